(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The host calls after seal, as include/nie/hostcalls.h lists them: what they return, in which
 * order they refuse, and what they change. `call` is a function of NIE's own state alone; what a
 * call does to memory and registers it names as effects, which Machine.v carries out.
 *
 * Each call decides first and acts then: a refusal returns the state it was given.
 *)
From Coq Require Import String NArith List Bool.
From NIE Require Import Maps State.
Import ListNotations.
Local Open Scope N_scope.

Definition EPERM : N := 1.
Definition ENOENT : N := 2.
Definition ENOMEM : N := 12.
Definition EACCES : N := 13.
Definition EBUSY : N := 16.
Definition EEXIST : N := 17.
Definition EINVAL : N := 22.

Definition max_range : N := 512.
Definition per_table : N := 512.
Definition per_gib : N := 262144.
Definition nr_gfns : N := 4294967296.

(* What a call does beyond NIE's own state. *)
Inductive effect :=
| Zero (p : N)			(* scrub the page: memory, and registers that it holds *)
| LoadCtl (run : N)		(* vGIC and counter state: run page to CPU *)
| SaveCtl (run : N)		(* and back *)
| Enter (v i : N).		(* to the guest *)

Record reply := mkReply { err : N; outs : list N; effects : list effect }.
Definition result : Type := kernel * reply.

Section Calls.
Context (C : config).
Local Notation rec := (rec C).

Definition fail_with (k : kernel) (e : N) (o : list N) : result := (k, mkReply e o []).
Definition fail (k : kernel) (e : N) : result := fail_with k e [].
Definition done (k : kernel) (o : list N) : result := (k, mkReply 0 o []).

(* Shapes. *)
Definition range_ok (first nr limit : N) : bool :=
  (1 <=? nr) && (nr <=? max_range) && (first <? limit) && (nr <=? limit - first).
Definition prot_ok (prot : N) : bool := (prot <? 16) && N.testbit prot 0.
Definition prot_w (prot : N) : bool := N.testbit prot 1.
Definition prot_x (prot : N) : bool := N.testbit prot 2.
Definition prot_nc (prot : N) : bool := N.testbit prot 3.

Definition is_host (x : page) : bool := match x with Host => true | _ => false end.
Definition all_host (k : kernel) (p nr : N) : bool :=
  all_from (N.to_nat nr) p (fun q => is_host (rec k q)).

Definition is_dead (m : vm) : bool := match vlife m with Dead => true | _ => false end.
Definition is_live (m : vm) : bool := match vlife m with Live => true | _ => false end.
Definition is_dying (m : vm) : bool := match vlife m with Dying => true | _ => false end.

(* Handles: generation * 256 + slot. *)
Definition find (k : kernel) (handle : N) : option N :=
  let v := handle mod 256 in
  if nr_vms C <=? v then None
  else if is_dead (vm_of k v) then None
  else if vgen (vm_of k v) =? handle / 256 then Some v else None.

Definition with_vm (k : kernel) (handle : N) (f : N -> result) : result :=
  match find k handle with Some v => f v | None => fail k ENOENT end.

(* Pages shared with NIE. *)

Definition share_nie (k : kernel) (p : N) : result :=
  if negb (p <? nr_pages C) then fail k EINVAL
  else match rec k p with
  | Host => done (set_rec k p (HostNie false)) []
  | _ => fail k EPERM
  end.

Definition unshare_nie (k : kernel) (p : N) : result :=
  if negb (p <? nr_pages C) then fail k EINVAL
  else match rec k p with
  | HostNie false => done (set_rec k p Host) []
  | HostNie true => fail k EBUSY
  | _ => fail k EPERM
  end.

(* Life of a VM. *)

Fixpoint free_slot (k : kernel) (n : nat) (v : N) : option N :=
  match n with
  | O => None
  | S n => if is_dead (vm_of k v) && (vgen (vm_of k v) <? gen_max C) then Some v
           else free_slot k n (v + 1)
  end.

Definition nr_roots (ipa : N) : N := if 39 <? ipa then 2 ^ (ipa - 39) else 1.

Definition add_root (v root p : N) (k : kernel) : kernel := set_rec k p (Table v 1 (p - root)).

Definition new_vm (prot : bool) (ipa root gen : N) : vm :=
  mkVm Live prot ipa root gen [] empty empty empty empty empty empty false.

Definition vm_create (k : kernel) (type ipa root : N) : result :=
  if (1 <? type) || (ipa <? 32) || (43 <? ipa) then fail k EINVAL
  else if negb (range_ok root (nr_roots ipa) (nr_pages C)) || negb (root mod nr_roots ipa =? 0)
  then fail k EINVAL
  else if negb (all_host k root (nr_roots ipa)) then fail k EPERM
  else match free_slot k (N.to_nat (nr_vms C)) 0 with
  | None => fail k ENOMEM
  | Some v =>
    let gen := vgen (vm_of k v) + 1 in
    done (loop (N.to_nat (nr_roots ipa)) root (add_root v root)
           (set_vm k v (new_vm (type =? 1) ipa root gen)))
         [gen * 256 + v]
  end.

Definition pool_nr (m : vm) : N := N.of_nat (List.length (vpool m)).

Definition give_page (v p : N) (k : kernel) : kernel :=
  let m := vm_of k v in
  set_rec (set_vm k v (with_pool m (p :: vpool m))) p (Free v (pool_nr m)).

Definition vm_topup (k : kernel) (handle p nr : N) : result :=
  if negb (range_ok p nr (nr_pages C)) then fail k EINVAL
  else with_vm k handle (fun v =>
    if negb (is_live (vm_of k v)) || negb (all_host k p nr) then fail k EPERM
    else if nr_pool C - pool_nr (vm_of k v) <? nr then fail k ENOMEM
    else done (loop (N.to_nat nr) p (give_page v) k) []).

(* Nothing translates any more; contexts stay until their pages are released. *)
Definition stop_vm (m : vm) : vm :=
  mkVm Dying (vprot m) (vipa m) (vroot m) (vgen m) [] (vvcpu m) empty empty empty (vlast m) empty
    (vstart m).

Definition vm_teardown (k : kernel) (handle : N) : result :=
  with_vm k handle (fun v =>
    if negb (is_live (vm_of k v)) then fail k EPERM
    else if any_loaded C k v then fail k EBUSY
    else done (set_vm k v (stop_vm (vm_of k v))) []).

(* A context is about to go: no vCPU, a free run page. *)
Definition drop_vcpu (v i : N) (k : kernel) : kernel :=
  match vcpu_at k v i with
  | Some x => set_rec (set_vm k v (with_vcpu (vm_of k v) (del (vvcpu (vm_of k v)) i)))
                (run x) (HostNie false)
  | None => k
  end.

Definition release (v p : N) (k : kernel) : kernel :=
  if is_named v (rec k p) then
    match rec k p with
    | Ctx _ i => set_rec (drop_vcpu v i k) p Host
    | _ => set_rec k p Host
    end
  else k.

Definition held (k : kernel) (v p : N) : bool := is_named v (rec k p).
Definition zeroed (k : kernel) (v p : N) : bool :=
  match rec k p with HostGuest _ _ => false | x => is_named v x end.

Fixpoint select (n : nat) (i : N) (f : N -> bool) : list N :=
  match n with O => [] | S n => if f i then i :: select n (i + 1) f else select n (i + 1) f end.
Definition howmany (nr i : N) (f : N -> bool) : N :=
  N.of_nat (List.length (select (N.to_nat nr) i f)).

Definition vm_reclaim (k : kernel) (handle p nr : N) : result :=
  if negb (range_ok p nr (nr_pages C)) then fail k EINVAL
  else with_vm k handle (fun v =>
    if negb (is_dying (vm_of k v)) then fail k EPERM
    else (loop (N.to_nat nr) p (release v) k,
          mkReply 0 [howmany nr p (held k v)]
            (List.map Zero (select (N.to_nat nr) p (zeroed k v))))).

Definition vm_destroy (k : kernel) (handle : N) : result :=
  with_vm k handle (fun v =>
    if negb (is_dying (vm_of k v)) then fail k EPERM
    else if negb (none_named k v) then fail k EBUSY
    else done (set_vm k v (with_life (vm_of k v) Dead)) []).

Definition vm_info (k : kernel) (handle : N) : result :=
  with_vm k handle (fun v =>
    done k [if vprot (vm_of k v) then 1 else 0; if is_dying (vm_of k v) then 1 else 0;
            pages_of k v; pool_nr (vm_of k v)]).

(* Memory of VMs. *)

Definition gfns_inside (m : vm) (g nr : N) : bool :=
  let limit := 2 ^ (vipa m - 12) in (g <? limit) && (nr <=? limit - g).

Definition is_normal (m : vm) : bool := is_live m && negb (vprot m).
Definition is_protected (m : vm) : bool := is_live m && vprot m.

Definition has2 (m : vm) (g : N) : bool :=
  match get (vtab2 m) (g / per_gib) with Some _ => true | None => false end.
Definition has3 (m : vm) (g : N) : bool :=
  match get (vtab3 m) (g / per_table) with Some _ => true | None => false end.
Definition one (b : bool) : N := if b then 1 else 0.

(* Table pages missing for a range, which lies below one or two tables of each level. *)
Definition wanted (m : vm) (g nr : N) : N :=
  let last := g + nr - 1 in
  one (negb (has2 m g)) + one (negb (has3 m g))
  + one (negb (last / per_gib =? g / per_gib) && negb (has2 m last))
  + one (negb (last / per_table =? g / per_table) && negb (has3 m last)).

Definition is_mapped (k : kernel) (v g : N) : bool :=
  match leaf_at k v g with Some _ => true | None => false end.
Definition any_mapped (k : kernel) (v g nr : N) : bool :=
  any_from (N.to_nat nr) g (is_mapped k v).

(* The last page of the pool becomes a table. *)
Definition grow (v level base : N) (k : kernel) : kernel :=
  let m := vm_of k v in
  match vpool m with
  | [] => k
  | p :: rest =>
    let m := with_pool m rest in
    let m := if level =? 2 then with_tables m (put (vtab2 m) base p) (vtab3 m)
             else with_tables m (vtab2 m) (put (vtab3 m) base p) in
    set_rec (set_vm k v m) p (Table v level base)
  end.

Definition ensure (v g : N) (k : kernel) : kernel :=
  let k := if has2 (vm_of k v) g then k else grow v 2 (g / per_gib) k in
  if has3 (vm_of k v) g then k else grow v 3 (g / per_table) k.

Definition map_one (v p0 g0 : N) (x : N -> N -> page) (w e nc : bool) (g : N) (k : kernel) : kernel :=
  let k := ensure v g k in
  let p := p0 + (g - g0) in
  let m := vm_of k v in
  set_rec (set_vm k v (with_leaf m (put (vleaf m) g (mkLeaf p w e nc true)))) p (x v g).

(* Of the pages, z are zeroed. *)
Definition map_range (k : kernel) (v p g nr : N) (x : N -> N -> page) (w e nc : bool) (z : list N)
  : result :=
  let m := vm_of k v in
  if any_mapped k v g nr then fail k EEXIST
  else if pool_nr m <? wanted m g nr then fail_with k ENOMEM [wanted m g nr - pool_nr m]
  else (loop (N.to_nat nr) g (map_one v p g x w e nc) k, mkReply 0 [] (List.map Zero z)).

(* What a VM gets after its launch is zeroed; what it gets before, the C measures (GuestCalls.v). *)
Definition wiped (k : kernel) (v p nr : N) : list N :=
  if vstart (vm_of k v) then select (N.to_nat nr) p (fun _ => true) else [].

Definition donate_guest (k : kernel) (handle p g nr : N) : result :=
  if negb (range_ok p nr (nr_pages C)) || negb (range_ok g nr nr_gfns) then fail k EINVAL
  else with_vm k handle (fun v =>
    if negb (is_protected (vm_of k v)) || negb (gfns_inside (vm_of k v) g nr) then fail k EPERM
    else if negb (all_host k p nr) then fail k EPERM
    else map_range k v p g nr Guest true true false (wiped k v p nr)).

(* A page that is shared at this very gfn already. *)
Definition is_there (k : kernel) (v p0 g0 p : N) : bool :=
  match rec k p with HostGuest w g => (w =? v) && (g =? g0 + (p - p0)) | _ => false end.

Definition share_guest (k : kernel) (handle p g nr prot : N) : result :=
  if negb (range_ok p nr (nr_pages C)) || negb (range_ok g nr nr_gfns) || negb (prot_ok prot)
  then fail k EINVAL
  else with_vm k handle (fun v =>
    if negb (is_normal (vm_of k v)) || negb (gfns_inside (vm_of k v) g nr) then fail k EPERM
    else if negb (all_from (N.to_nat nr) p (fun q => is_host (rec k q) || is_there k v p g q))
    then fail k EPERM
    else if negb (all_host k p nr) then fail k EEXIST
    else map_range k v p g nr HostGuest (prot_w prot) (prot_x prot) (prot_nc prot) []).

Definition unmap_one (v g : N) (k : kernel) : kernel :=
  match leaf_at k v g with
  | Some l => set_rec (set_vm k v (with_leaf (vm_of k v) (del (vleaf (vm_of k v)) g))) (lpfn l) Host
  | None => k
  end.

(* What unshare, wrprotect and age have in common. *)
Definition normal_range (k : kernel) (handle g nr : N) (f : N -> result) : result :=
  if negb (range_ok g nr nr_gfns) then fail k EINVAL
  else with_vm k handle (fun v =>
    if negb (is_normal (vm_of k v)) || negb (gfns_inside (vm_of k v) g nr) then fail k EPERM
    else f v).

Definition unshare_guest (k : kernel) (handle g nr : N) : result :=
  normal_range k handle g nr (fun v =>
    done (loop (N.to_nat nr) g (unmap_one v) k) [howmany nr g (is_mapped k v)]).

Definition set_leaf (v g : N) (l : leaf) (k : kernel) : kernel :=
  set_vm k v (with_leaf (vm_of k v) (put (vleaf (vm_of k v)) g l)).

Definition protect_one (v g : N) (k : kernel) : kernel :=
  match leaf_at k v g with
  | Some l => set_leaf v g (mkLeaf (lpfn l) false (lx l) (lnc l) (lyoung l)) k
  | None => k
  end.

Definition leaf_is (f : leaf -> bool) (k : kernel) (v g : N) : bool :=
  match leaf_at k v g with Some l => f l | None => false end.

Definition wrprotect_guest (k : kernel) (handle g nr : N) : result :=
  normal_range k handle g nr (fun v =>
    done (loop (N.to_nat nr) g (protect_one v) k) [howmany nr g (leaf_is lw k v)]).

Definition age_one (v g : N) (k : kernel) : kernel :=
  match leaf_at k v g with
  | Some l => set_leaf v g (mkLeaf (lpfn l) (lw l) (lx l) (lnc l) false) k
  | None => k
  end.

Definition age_guest (k : kernel) (handle g nr clear : N) : result :=
  if 1 <? clear then fail k EINVAL
  else normal_range k handle g nr (fun v =>
    done (if clear =? 1 then loop (N.to_nat nr) g (age_one v) k else k)
         [howmany nr g (leaf_is lyoung k v)]).

(* The leaf at a gfn of a normal VM. *)
Definition normal_leaf (k : kernel) (v g : N) : option leaf :=
  if is_normal (vm_of k v) && gfns_inside (vm_of k v) g 1 then leaf_at k v g else None.

Definition relax_guest (k : kernel) (handle g prot : N) : result :=
  if negb (g <? nr_gfns) || negb (prot_ok prot) then fail k EINVAL
  else with_vm k handle (fun v =>
    match normal_leaf k v g with
    | None => fail k EPERM
    | Some l =>
      done (set_leaf v g (mkLeaf (lpfn l) (lw l || prot_w prot) (lx l || prot_x prot) (lnc l) true) k)
        []
    end).

Definition query_guest (k : kernel) (handle g : N) : result :=
  if negb (g <? nr_gfns) then fail k EINVAL
  else with_vm k handle (fun v =>
    match normal_leaf k v g with
    | None => fail k EPERM
    | Some l => done k [lpfn l; 1 + (if lw l then 2 else 0) + (if lx l then 4 else 0)]
    end).

Definition tlb_flush_vm (k : kernel) (handle : N) : result :=
  with_vm k handle (fun _ => done k []).

(* vCPUs. *)

Definition vcpu_create (k : kernel) (handle i c r : N) : result :=
  if negb (i <? nr_vcpus C) || negb (c <? nr_pages C) || negb (r <? nr_pages C) then fail k EINVAL
  else with_vm k handle (fun v =>
    let m := vm_of k v in
    if negb (is_live m) then fail k EPERM
    else match rec k c, rec k r with
    | Host, HostNie used =>
      match get (vvcpu m) i with
      | Some _ => fail k EEXIST
      | None =>
        if used then fail k EBUSY
        else (set_rec (set_rec (set_vm k v (with_vcpu m (put (vvcpu m) i (mkVcpu c r Fresh))))
                 c (Ctx v i)) r (HostNie true),
              mkReply 0 [] [Zero c])
      end
    | _, _ => fail k EPERM
    end).

(* Must vcpu_load flush this CPU's TLB: another vCPU of the VM ran there last. TLBs are not state
   here, but the oracle compares this with what the C does. *)
Definition flushes (k : kernel) (cpu v i : N) : bool :=
  match get (vlast (vm_of k v)) cpu with Some x => negb (x =? i + 1) | None => false end.

Definition claim_of (k : kernel) (cpu : N) : option claim := get (cpus k) cpu.

Definition vcpu_load (k : kernel) (cpu handle i : N) : result :=
  if negb (i <? nr_vcpus C) then fail k EINVAL
  else with_vm k handle (fun v =>
    let m := vm_of k v in
    match get (vvcpu m) i with
    | None => fail k ENOENT
    | Some x =>
      if negb (is_live m) || (vprot m && negb (protected_runs C)) then fail k EPERM
      else if is_loaded C k v i || match claim_of k cpu with Some _ => true | None => false end
      then fail k EBUSY
      else (set_cpu (set_vm k v (with_last m (put (vlast m) cpu (i + 1)))) cpu (mkClaim v i false),
            mkReply 0 [] [LoadCtl (run x)])
    end).

Definition run_of (k : kernel) (v i : N) : N :=
  match vcpu_at k v i with Some x => run x | None => 0 end.

Definition vcpu_put (k : kernel) (cpu : N) : result :=
  match claim_of k cpu with
  | None => fail k EPERM
  | Some x => (clear_cpu k cpu, mkReply 0 [] [SaveCtl (run_of k (cvm x) (cindex x))])
  end.

(* It returns when the guest exits, and may be the end of a launch: Machine.v. *)
Definition vcpu_run (k : kernel) (cpu : N) : result :=
  match claim_of k cpu with
  | None => fail k EPERM
  | Some x => (k, mkReply 0 [] [Enter (cvm x) (cindex x)])
  end.

(* NIE itself. *)

Definition version (k : kernel) : result :=
  done k [1; 1; 0x4e49452d69736f6c; 0x6174696f6e2d3031].

Definition stats (k : kernel) (n : N) : result :=
  if negb (n <? nr_kinds) then fail k EINVAL else done k [pages_of_kind C k n].

(* The table, in the order of hostcalls.h. Early and debug calls do not exist after seal. *)

Inductive name :=
| VERSION | STATS | INIT_MEM | INIT_CPU | LEAVE | SEAL | UNSEAL | FAULT | SHARE_NIE | UNSHARE_NIE
| VM_CREATE | VM_TOPUP | VM_TEARDOWN | VM_RECLAIM | VM_DESTROY | VCPU_CREATE | VM_INFO
| DONATE_GUEST | SHARE_GUEST | UNSHARE_GUEST | RELAX_GUEST | WRPROTECT_GUEST | AGE_GUEST
| TLB_FLUSH_VM | QUERY_GUEST | VCPU_LOAD | VCPU_PUT | VCPU_RUN.

Inductive phase := ANY | EARLY | DEBUG | SEALED.
Record row := mkRow { r_nr : N; r_name : name; r_text : String.string; r_phase : phase; r_args : N }.

Local Open Scope string_scope.
Definition table : list row := [
  mkRow 0x00 VERSION "version" ANY 0;
  mkRow 0x01 STATS "stats" ANY 1;
  mkRow 0x08 INIT_MEM "init_mem" EARLY 0;
  mkRow 0x09 INIT_CPU "init_cpu" EARLY 0;
  mkRow 0x0a LEAVE "leave" EARLY 0;
  mkRow 0x0b SEAL "seal" EARLY 0;
  mkRow 0x0c UNSEAL "unseal" DEBUG 0;
  mkRow 0x0d FAULT "fault" DEBUG 0;
  mkRow 0x10 SHARE_NIE "share_nie" SEALED 1;
  mkRow 0x11 UNSHARE_NIE "unshare_nie" SEALED 1;
  mkRow 0x20 VM_CREATE "vm_create" SEALED 3;
  mkRow 0x21 VM_TOPUP "vm_topup" SEALED 3;
  mkRow 0x22 VM_TEARDOWN "vm_teardown" SEALED 1;
  mkRow 0x23 VM_RECLAIM "vm_reclaim" SEALED 3;
  mkRow 0x24 VM_DESTROY "vm_destroy" SEALED 1;
  mkRow 0x25 VCPU_CREATE "vcpu_create" SEALED 4;
  mkRow 0x26 VM_INFO "vm_info" ANY 1;
  mkRow 0x30 DONATE_GUEST "donate_guest" SEALED 4;
  mkRow 0x31 SHARE_GUEST "share_guest" SEALED 5;
  mkRow 0x32 UNSHARE_GUEST "unshare_guest" SEALED 3;
  mkRow 0x33 RELAX_GUEST "relax_guest" SEALED 3;
  mkRow 0x34 WRPROTECT_GUEST "wrprotect_guest" SEALED 3;
  mkRow 0x35 AGE_GUEST "age_guest" SEALED 4;
  mkRow 0x36 TLB_FLUSH_VM "tlb_flush_vm" SEALED 1;
  mkRow 0x37 QUERY_GUEST "query_guest" SEALED 2;
  mkRow 0x40 VCPU_LOAD "vcpu_load" SEALED 2;
  mkRow 0x41 VCPU_PUT "vcpu_put" SEALED 0;
  mkRow 0x42 VCPU_RUN "vcpu_run" SEALED 0
].
Local Close Scope string_scope.

Definition row_of (nr : N) : option row := List.find (fun r => r_nr r =? nr) table.

Record args := mkArgs { a0 : N; a1 : N; a2 : N; a3 : N; a4 : N }.

Definition call_named (k : kernel) (cpu : N) (n : name) (a : args) : result :=
  match n with
  | VERSION => version k
  | STATS => stats k (a0 a)
  | INIT_MEM | INIT_CPU | LEAVE | SEAL | UNSEAL | FAULT => fail k EACCES
  | SHARE_NIE => share_nie k (a0 a)
  | UNSHARE_NIE => unshare_nie k (a0 a)
  | VM_CREATE => vm_create k (a0 a) (a1 a) (a2 a)
  | VM_TOPUP => vm_topup k (a0 a) (a1 a) (a2 a)
  | VM_TEARDOWN => vm_teardown k (a0 a)
  | VM_RECLAIM => vm_reclaim k (a0 a) (a1 a) (a2 a)
  | VM_DESTROY => vm_destroy k (a0 a)
  | VCPU_CREATE => vcpu_create k (a0 a) (a1 a) (a2 a) (a3 a)
  | VM_INFO => vm_info k (a0 a)
  | DONATE_GUEST => donate_guest k (a0 a) (a1 a) (a2 a) (a3 a)
  | SHARE_GUEST => share_guest k (a0 a) (a1 a) (a2 a) (a3 a) (a4 a)
  | UNSHARE_GUEST => unshare_guest k (a0 a) (a1 a) (a2 a)
  | RELAX_GUEST => relax_guest k (a0 a) (a1 a) (a2 a)
  | WRPROTECT_GUEST => wrprotect_guest k (a0 a) (a1 a) (a2 a)
  | AGE_GUEST => age_guest k (a0 a) (a1 a) (a2 a) (a3 a)
  | TLB_FLUSH_VM => tlb_flush_vm k (a0 a)
  | QUERY_GUEST => query_guest k (a0 a) (a1 a)
  | VCPU_LOAD => vcpu_load k cpu (a0 a) (a1 a)
  | VCPU_PUT => vcpu_put k cpu
  | VCPU_RUN => vcpu_run k cpu
  end.

(* By number; None for a number that is not in the table. *)
Definition call (k : kernel) (cpu nr : N) (a : args) : kernel * option reply :=
  match row_of nr with
  | None => (k, None)
  | Some r => let (k', x) := call_named k cpu (r_name r) a in (k', Some x)
  end.

(* Every name has exactly one row. *)
Lemma table_complete n : exists r, In r table /\ r_name r = n /\ row_of (r_nr r) = Some r.
Proof.
  destruct n;
    match goal with |- exists r, _ /\ r_name r = ?x /\ _ => eexists (mkRow _ x _ _ _) end;
    (split; [cbn; repeat (first [left; reflexivity | right])|split; reflexivity]).
Qed.
End Calls.
