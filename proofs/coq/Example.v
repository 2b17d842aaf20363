(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The theorems are about something: a small machine on which a protected VM is made, gets memory,
 * runs, writes a secret, shares a page and exits; and a normal VM as it runs today.
 *)
From Coq Require Import NArith List Bool.
From NIE Require Import Maps State Calls GuestCalls Machine.
Import ListNotations.
Local Open Scope N_scope.

Definition small (prot : bool) : config :=
  mkConfig 4096 4096 4 4 8 2 16777215 (fun p => if p <? 4096 then Host else NotRam)
    (fun _ => 0) prot.

Lemma small_plain prot p : names (boot (small prot) p) = None.
Proof. cbn. destruct (p <? 4096); reflexivity. Qed.

Definition start : machine := mkMachine sealed empty empty empty empty empty.

Definition call5 (nr a b c d e : N) : act := HCall nr (mkArgs a b c d e).
Definition outcome (prot : bool) (l : list event) (e : event) : list N :=
  snd (step (small prot) (run_all (small prot) start l) (fst e) (snd e)).

Definition handle : N := 256.
Definition set_up (type : N) : list event := [
  (0, call5 0x20 type 32 8 0 0);			(* vm_create *)
  (0, call5 0x21 handle 16 4 0 0);			(* vm_topup *)
  (0, call5 0x10 30 0 0 0 0);				(* share_nie *)
  (0, call5 0x25 handle 0 40 30 0)			(* vcpu_create *)
].
Definition secret : list event := set_up 1 ++ [
  (0, call5 0x30 handle 100 5 2 0);			(* donate_guest *)
  (0, call5 0x40 handle 0 0 0 0);			(* vcpu_load *)
  (0, call5 0x42 0 0 0 0 0);				(* vcpu_run *)
  (0, GWrite 5 7 42);
  (0, GWrite 6 7 43);
  (0, GCall (MemShare 6))
].

(* The guest reads its secret; the host does not; what the guest shares the host reads. *)
Example guest_reads : outcome true secret (0, GRead 5 7 false 50) = [1; 42].
Proof. vm_compute. reflexivity. Qed.
Example host_is_refused : outcome true secret (1, HRead 100 7 false) = [0].
Proof. vm_compute. reflexivity. Qed.
Example host_reads_shared : outcome true secret (1, HRead 101 7 false) = [1; 43].
Proof. vm_compute. reflexivity. Qed.
Example exit_returns : outcome true secret (0, GExit XIrq 0) = [0; 0; 0; 0; 0; 0].
Proof. vm_compute. reflexivity. Qed.

(* What is in a page that the host donates the VM finds if it has not run yet, and not after. *)
Definition given (p g : N) : list event := [
  (1, HWrite p 7 9);
  (1, call5 0x30 handle p g 1 0)			(* donate_guest *)
].
Example found_at_launch :
  outcome true (set_up 1 ++ given 102 7
    ++ [(0, call5 0x40 handle 0 0 0 0); (0, call5 0x42 0 0 0 0 0)])
    (0, GRead 7 7 false 50) = [1; 9].
Proof. vm_compute. reflexivity. Qed.
Example zero_later : outcome true (secret ++ given 102 7) (0, GRead 7 7 false 50) = [1; 0].
Proof. vm_compute. reflexivity. Qed.

(* After teardown the page comes back, and is zero. *)
Definition dead : list event := secret ++ [
  (0, GExit XIrq 0);
  (0, call5 0x41 0 0 0 0 0);				(* vcpu_put *)
  (0, call5 0x22 handle 0 0 0 0);			(* vm_teardown *)
  (1, call5 0x23 handle 100 2 0 0)			(* vm_reclaim *)
].
Example page_is_back : outcome true dead (1, HRead 100 7 false) = [1; 0].
Proof. vm_compute. reflexivity. Qed.
Example still_held : outcome true dead (0, call5 0x24 handle 0 0 0 0) = [0; 18446744073709551600; 0; 0; 0; 0].
Proof. vm_compute. reflexivity. Qed.

(* As the C is today: a protected vCPU cannot be loaded, a normal one can. *)
Example protected_refused :
  outcome false (set_up 1) (0, call5 0x40 handle 0 0 0 0) = [0; 18446744073709551615; 0; 0; 0; 0].
Proof. vm_compute. reflexivity. Qed.
Example normal_runs :
  outcome false (set_up 0 ++ [(0, call5 0x31 handle 100 5 1 3); (0, call5 0x40 handle 0 0 0 0);
    (0, call5 0x42 0 0 0 0 0); (0, GWrite 5 7 42)]) (1, HRead 100 7 false) = [1; 42].
Proof. vm_compute. reflexivity. Qed.
