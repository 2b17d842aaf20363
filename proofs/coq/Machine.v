(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The whole machine: NIE's state, memory, the registers of each CPU, and what host and guests can
 * do with them. One action is one access or one call; actions of all CPUs interleave.
 *
 * Memory is words by page and number. A register file maps numbers to values; a register has the
 * number of its word in the run page (struct nie_run), so that a normal VM's switch is a copy.
 * Device memory is memory here.
 *)
From Coq Require Import NArith List Bool.
From NIE Require Import Maps State Calls GuestCalls.
Import ListNotations.
Local Open Scope N_scope.

Definition words := map N.
Definition word (w : words) (n : N) : N := match get w n with Some x => x | None => 0 end.
Definition bank (m : map words) (i : N) : words := match get m i with Some w => w | None => empty end.
Definition at_ (m : map words) (i n : N) : N := word (bank m i) n.
Definition set_at (m : map words) (i n x : N) : map words := put m i (put (bank m i) n x).

(* struct nie_run, by 8-byte word. *)
Definition W_CNTVOFF : N := 7.
Definition W_VMCR : N := 8.		(* vmcr, ap0r[4], ap1r[4] *)
Definition W_LR : N := 20.		(* lr[16] *)
Definition W_ESR : N := 36.
Definition W_FAR : N := 37.
Definition W_HPFAR : N := 38.
Definition W_X0 : N := 46.
Definition W_PC : N := 78.
Definition W_PSTATE : N := 79.
(* A protected vCPU's: what the host asks for on the way in, of the words reserved1. *)
Definition W_ASK : N := 17.
Definition ASK_NEXT : N := 1.		(* the instruction is done: PC + 4 *)
Definition ASK_SEA : N := 2.		(* the access failed: an external abort *)
(* Not in the run page: NIE's own note of the register that an emulated read goes to, and of an
   exception that the guest is to take. *)
Definition R_TARGET : N := 512.
Definition R_SEA : N := 513.

Fixpoint upto (n : nat) (i : N) : list N :=
  match n with O => [] | S n => i :: upto n (i + 1) end.
Definition file : list N := upto 68 W_X0 ++ upto 66 116.	(* regs, sysregs; fp *)
Definition lists : list N := upto 16 W_LR.
Definition ctl_in : list N := upto 10 W_CNTVOFF.
Definition ctl_out : list N := upto 9 W_VMCR.

Fixpoint copy (l : list N) (from to : words) : words :=
  match l with [] => to | n :: l => copy l from (put to n (word from n)) end.
Fixpoint write_all (l : list (N * N)) (to : words) : words :=
  match l with [] => to | (n, x) :: l => write_all l (put to n x) end.

Record machine := mkMachine {
  kern : kernel;
  mem : map words;		(* by page *)
  regs : map words;		(* by CPU: what runs there now *)
  ich : map words;		(* by CPU: virtual interrupt interface and counter offset *)
  hostregs : map words;		(* by CPU: the host's, while its guest runs *)
  guestregs : map words		(* by context page: a protected vCPU's, while it does not run *)
}.

(* Why a guest stops. The fields are what the hardware's syndrome says; the register that an
   emulated access moves is not among them, since the host does not learn it. *)
Inductive exit :=
| XIrq
| XSerror
| XWfx (wfe : bool)
| XAbort (g : N) (write fetch : bool)		(* nothing mapped, or not for this access *)
| XMmio (g offset size : N) (write : bool)	(* at a gfn that the guest opened *)
| XSgi					(* ICC_SGI1R_EL1 write *)
| XTimer (reg : N) (write : bool)	(* CNTP_* *)
| XPsci
| XTrap (exitcode esr far hpfar : N).	(* anything: normal VMs *)

Inductive act :=
(* The host on a CPU. *)
| HSet (r x : N)			(* computes *)
| HRead (p n : N) (fetch : bool)
| HWrite (p n x : N)
| HCall (nr : N) (a : args)
(* The guest on a CPU. *)
| GSet (r x : N)
| GRead (g n : N) (fetch : bool) (r : N)	(* into register r *)
| GWrite (g n x : N)
| GIch (n x : N)			(* its interrupt interface *)
| GExit (e : exit) (r : N)		(* r: the register of an emulated access *)
| GCall (c : gcall).

Section Machine.
Context (C : config).
Local Notation rec := (rec C).

(* Addresses. *)

Definition host_allowed (k : kernel) (p : N) (fetch : bool) : bool :=
  (p <? nr_host_pages C) &&
  match host_perm (rec k p) with PRwx => true | PRw => negb fetch | PNone => false end.

Definition guest_page (k : kernel) (v g : N) (write fetch : bool) : option N :=
  match leaf_at k v g with
  | Some l => if (negb write || lw l) && (negb fetch || lx l) then Some (lpfn l) else None
  | None => None
  end.

(* The MMU marks what a guest touches. Only the age of pages that the host shares is ever looked at
   or cleared. *)
Definition touch (k : kernel) (v g : N) : kernel :=
  match leaf_at k v g with
  | Some l => if lyoung l then k else set_leaf v g (mkLeaf (lpfn l) (lw l) (lx l) (lnc l) true) k
  | None => k
  end.

(* Effects of host calls but Enter. *)

Definition with_kern (s : machine) (k : kernel) : machine :=
  mkMachine k (mem s) (regs s) (ich s) (hostregs s) (guestregs s).
Definition with_mem (s : machine) (m : map words) : machine :=
  mkMachine (kern s) m (regs s) (ich s) (hostregs s) (guestregs s).
Definition with_regs (s : machine) (r : map words) : machine :=
  mkMachine (kern s) (mem s) r (ich s) (hostregs s) (guestregs s).
Definition with_ich (s : machine) (r : map words) : machine :=
  mkMachine (kern s) (mem s) (regs s) r (hostregs s) (guestregs s).

Definition apply (cpu : N) (s : machine) (e : effect) : machine :=
  match e with
  | Zero p => mkMachine (kern s) (del (mem s) p) (regs s) (ich s) (hostregs s) (del (guestregs s) p)
  | LoadCtl r => with_ich s (put (ich s) cpu (copy ctl_in (bank (mem s) r) (bank (ich s) cpu)))
  | SaveCtl r => with_mem s (put (mem s) r (copy ctl_out (bank (ich s) cpu) (bank (mem s) r)))
  | Enter _ _ => s
  end.

(* What the host may supply to a protected vCPU, by its last exit. *)

Definition takes_x0 (w : reason) : bool := match w with Fresh | Read | Ask => true | _ => false end.
Definition takes_next (w : reason) : bool :=
  match w with Wait | Read | Write => true | _ => false end.
Definition takes_sea (w : reason) : bool :=
  match w with Abort | Read | Write => true | _ => false end.

Definition supply (w : reason) (run own : words) : words :=
  match w with
  | Fresh => copy file run own		(* the first state is the host's choice *)
  | _ =>
    let target := match w with Read => W_X0 + word own R_TARGET | _ => W_X0 end in
    let r := if takes_x0 w then put own target (word run W_X0) else own in
    let r := if takes_next w && N.testbit (word run W_ASK) 0
             then put r W_PC (word own W_PC + 4) else r in
    if takes_sea w && N.testbit (word run W_ASK) 1 then put r R_SEA 1 else r
  end.

(* The registers that this may change. *)
Definition may_change (w : reason) (own : words) (n : N) : bool :=
  match w with
  | Fresh => true
  | _ => (takes_x0 w && (n =? match w with Read => W_X0 + word own R_TARGET | _ => W_X0 end))
         || (takes_next w && (n =? W_PC)) || (takes_sea w && (n =? R_SEA))
  end.

(* PSTATE.M that ERET accepts: EL0t, EL1t, EL1h; 32-bit EL0 is left out. *)
Definition pstate_ok (x : N) : bool :=
  let m := N.land x 31 in (m =? 0) || (m =? 4) || (m =? 5).

Definition EXIT_IRQ : N := 0.
Definition EXIT_SERROR : N := 1.
Definition EXIT_TRAP : N := 2.
Definition EXIT_IL : N := 4.

Definition ctx_of (k : kernel) (v i : N) : N :=
  match vcpu_at k v i with Some x => ctx x | None => 0 end.
Definition why_of (k : kernel) (v i : N) : reason :=
  match vcpu_at k v i with Some x => why x | None => Fresh end.

(* SMCCC results, in the host's x0..x5. *)
Definition results (known : bool) (e : N) (o : list N) : list N :=
  [if known then 0 else 18446744073709551615;
   if e =? 0 then 0 else 18446744073709551616 - e;
   nth 0 o 0; nth 1 o 0; nth 2 o 0; nth 3 o 0].
Definition return_to_host (cpu : N) (s : machine) (x : list N) : machine :=
  with_regs s (put (regs s) cpu
    (write_all (combine (upto 6 W_X0) x) (bank (regs s) cpu))).

(* The first run of a protected VM's vCPU 0 ends the launch: nie_start() in the C. *)
Definition launch (k : kernel) (v i : N) : kernel :=
  let m := vm_of k v in
  if vprot m && (i =? 0) && negb (vstart m) then set_vm k v (with_start m) else k.

Definition enter (cpu v i : N) (s : machine) : machine * list N :=
  let k := kern s in
  let run := bank (mem s) (run_of k v i) in
  let own := bank (guestregs s) (ctx_of k v i) in
  let prot := vprot (vm_of k v) in
  let r := if prot then supply (why_of k v i) run own else run in
  let ill := negb prot && negb (pstate_ok (word run W_PSTATE)) in
  if ill then
    let x := results true 0 [EXIT_IL] in (return_to_host cpu s x, x)
  else
    (mkMachine (set_cpu (launch k v i) cpu (mkClaim v i true)) (mem s)
       (put (regs s) cpu (if prot then r else copy file run empty))
       (put (ich s) cpu (copy lists run (bank (ich s) cpu)))
       (put (hostregs s) cpu (bank (regs s) cpu)) (guestregs s), []).

(* What an exit discloses: words of the run page. *)

Definition ec (class iss : N) : N := class * 67108864 + 33554432 + iss.
Definition syndrome (e : exit) : list (N * N) :=
  match e with
  | XIrq | XSerror => []
  | XWfx wfe => [(W_ESR, ec 1 (if wfe then 1 else 0))]
  | XAbort g write fetch =>
    [(W_ESR, ec (if fetch then 32 else 36) (if write then 64 else 0)); (W_FAR, 0); (W_HPFAR, g * 16)]
  | XMmio g offset size write =>
    [(W_ESR, ec 36 (16777216 + size mod 4 * 4194304 + (if write then 64 else 0)));
     (W_FAR, offset mod 4096); (W_HPFAR, g * 16)]
  | XSgi => [(W_ESR, ec 24 0)]
  | XTimer reg write => [(W_ESR, ec 24 (reg mod 4096 * 1024 + (if write then 0 else 1)))]
  | XPsci => [(W_ESR, ec 22 0)]
  | XTrap _ esr far hpfar => [(W_ESR, esr); (W_FAR, far); (W_HPFAR, hpfar)]
  end.

(* The registers that a protected vCPU's exit shows. PSCI: the function and an MPIDR. *)
Definition shown (e : exit) (r : N) (own : words) : list (N * N) :=
  match e with
  | XMmio _ _ size true => [(W_X0, word own (W_X0 + r) mod 2 ^ (8 * 2 ^ (size mod 4)))]
  | XSgi | XTimer _ true => [(W_X0, word own (W_X0 + r))]
  | XPsci => [(W_X0, word own W_X0); (W_X0 + 1, word own (W_X0 + 1))]
  | _ => []
  end.

Definition reason_of (e : exit) : reason :=
  match e with
  | XIrq | XSerror | XTrap _ _ _ _ => Quiet
  | XWfx _ => Wait
  | XAbort _ _ _ => Abort
  | XMmio _ _ _ true | XSgi | XTimer _ true => Write
  | XMmio _ _ _ false | XTimer _ false => Read
  | XPsci => Ask
  end.

Definition exit_code (e : exit) : N :=
  match e with
  | XIrq => EXIT_IRQ | XSerror => EXIT_SERROR | XTrap c _ _ _ => c | _ => EXIT_TRAP
  end.

(* Can it be? Of a protected VM all other traps are EL2's own business, and MMIO is what the guest
   said it would be. *)
Definition exit_ok (k : kernel) (v : N) (e : exit) : bool :=
  if vprot (vm_of k v) then
    match e with
    | XTrap _ _ _ _ => false
    | XAbort g _ _ => negb (is_mapped k v g)
    | XMmio g _ _ _ =>
      negb (is_mapped k v g) && match get (vmmio (vm_of k v)) g with Some _ => true | None => false end
    | _ => true
    end
  else match e with XTrap _ _ _ _ => true | _ => false end.

Definition disclosed (k : kernel) (v : N) (e : exit) (r : N) (own ich : words) : list (N * N) :=
  List.map (fun n => (n, word ich n)) lists ++ syndrome e
  ++ (if vprot (vm_of k v) then shown e r own else List.map (fun n => (n, word own n)) file).

Definition leave (cpu v i : N) (e : exit) (r : N) (s : machine) : machine * list N :=
  let k := kern s in
  let own := bank (regs s) cpu in
  let p := run_of k v i in
  let prot := vprot (vm_of k v) in
  let k' := set_cpu k cpu (mkClaim v i false) in
  let k' := match vcpu_at k v i with
            | Some x => set_vm k' v (with_vcpu (vm_of k v)
                (put (vvcpu (vm_of k v)) i (mkVcpu (ctx x) (run x) (reason_of e))))
            | None => k'
            end in
  let x := results true 0 [exit_code e] in
  (return_to_host cpu
     (mkMachine k'
        (put (mem s) p (write_all (disclosed k v e r own (bank (ich s) cpu)) (bank (mem s) p)))
        (put (regs s) cpu (bank (hostregs s) cpu))
        (ich s) (hostregs s)
        (if prot then put (guestregs s) (ctx_of k v i) (put own R_TARGET r) else guestregs s)) x,
   x).

(* What a host call does, and x0..x5 at its end; none yet if the guest runs now. *)
Definition host_call (cpu nr : N) (a : args) (s : machine) : machine * list N :=
  match call C (kern s) cpu nr a with
  | (k, None) => let x := results false 0 [] in (return_to_host cpu s x, x)
  | (k, Some y) =>
    let s := fold_left (apply cpu) (effects y) (with_kern s k) in
    match effects y with
    | [Enter v i] => enter cpu v i s
    | _ => let x := results true (err y) (outs y) in (return_to_host cpu s x, x)
    end
  end.

(* The guest that runs on a CPU. *)
Definition running (s : machine) (cpu : N) : option (N * N) :=
  match get (cpus (kern s)) cpu with
  | Some x => if cguest x then Some (cvm x, cindex x) else None
  | None => None
  end.

(* One action on one CPU, and what it tells the actor. Impossible ones do nothing. *)
Definition step (s : machine) (cpu : N) (a : act) : machine * list N :=
  if negb (cpu <? nr_cpus C) then (s, []) else
  match running s cpu, a with
  | None, HSet r x => (with_regs s (set_at (regs s) cpu r x), [])
  | None, HRead p n fetch =>
    if host_allowed (kern s) p fetch then (s, [1; at_ (mem s) p n]) else (s, [0])
  | None, HWrite p n x =>
    if host_allowed (kern s) p false then (with_mem s (set_at (mem s) p n x), [1]) else (s, [0])
  | None, HCall nr a => host_call cpu nr a s
  | Some (v, i), GSet r x => (with_regs s (set_at (regs s) cpu r x), [])
  | Some (v, i), GRead g n fetch r =>
    match guest_page (kern s) v g false fetch with
    | Some p =>
      (with_regs (with_kern s (touch (kern s) v g)) (set_at (regs s) cpu r (at_ (mem s) p n)),
       [1; at_ (mem s) p n])
    | None => (s, [0])
    end
  | Some (v, i), GWrite g n x =>
    match guest_page (kern s) v g true false with
    | Some p => (with_mem (with_kern s (touch (kern s) v g)) (set_at (mem s) p n x), [1])
    | None => (s, [0])
    end
  | Some (v, i), GIch n x => (with_ich s (set_at (ich s) cpu n x), [])
  | Some (v, i), GExit e r => if exit_ok (kern s) v e then leave cpu v i e r s else (s, [])
  | Some (v, i), GCall c =>
    if vprot (vm_of (kern s) v) then
      let (k, y) := guest_call C (kern s) v c in
      let s := fold_left (apply cpu) (geffects y) (with_kern s k) in
      (with_regs s (set_at (regs s) cpu W_X0 (code y)), [code y])
    else (s, [])
  | _, _ => (s, [])
  end.

(* Runs. *)
Definition event := (N * act)%type.
Definition next (s : machine) (e : event) : machine := fst (step s (fst e) (snd e)).
Definition run_all (s : machine) (l : list event) : machine := fold_left next l s.

(* At seal: no VM, no claim; memory and registers are anything. *)
Definition initial (s : machine) : Prop := kern s = sealed.
Definition reachable (s : machine) : Prop := exists s0 l, initial s0 /\ s = run_all s0 l.

(* The VM that acts; None: the host, or nobody. *)
Definition actor (s : machine) (e : event) : option N :=
  match snd e with
  | HSet _ _ | HRead _ _ _ | HWrite _ _ _ | HCall _ _ => None
  | _ => match running s (fst e) with Some (v, _) => Some v | None => None end
  end.
End Machine.
