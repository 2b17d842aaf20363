(* SPDX-License-Identifier: GPL-2.0-only *)
(* Finite maps from N, and loops over short ranges of N. Everything here computes. *)
From Coq Require Import NArith List Bool Lia FMapPositive.
Import ListNotations.
Local Open Scope N_scope.

Definition map (A : Type) := PositiveMap.t A.
Definition empty {A} : map A := PositiveMap.empty A.
Definition get {A} (m : map A) (n : N) : option A := PositiveMap.find (N.succ_pos n) m.
Definition put {A} (m : map A) (n : N) (a : A) : map A := PositiveMap.add (N.succ_pos n) a m.
Definition del {A} (m : map A) (n : N) : map A := PositiveMap.remove (N.succ_pos n) m.

(* How many entries satisfy f. *)
Definition count {A} (f : N -> A -> bool) (m : map A) : N :=
  PositiveMap.fold (fun k a n => if f (Pos.pred_N k) a then n + 1 else n) m 0.

Definition none_of {A} (f : A -> bool) (m : map A) : bool :=
  forallb (fun e => negb (f (snd e))) (PositiveMap.elements m).

Lemma succ_pos_inj a b : N.succ_pos a = N.succ_pos b -> a = b.
Proof. intros H. apply N.succ_inj. rewrite <- !N.succ_pos_spec. congruence. Qed.

Lemma get_empty {A} n : get (@empty A) n = None.
Proof. apply PositiveMap.gempty. Qed.

Lemma get_put {A} (m : map A) n a k : get (put m n a) k = if N.eqb k n then Some a else get m k.
Proof.
  unfold get, put. destruct (N.eqb_spec k n) as [->|H].
  - apply PositiveMap.gss.
  - apply PositiveMap.gso. intros E. apply H, succ_pos_inj, E.
Qed.

Lemma get_del {A} (m : map A) n k : get (del m n) k = if N.eqb k n then None else get m k.
Proof.
  unfold get, del. destruct (N.eqb_spec k n) as [->|H].
  - apply PositiveMap.grs.
  - apply PositiveMap.gro. intros E. apply H, succ_pos_inj, E.
Qed.

Lemma none_of_get {A} f (m : map A) n a : none_of f m = true -> get m n = Some a -> f a = false.
Proof.
  unfold none_of, get. intros H G. apply PositiveMap.elements_correct in G.
  rewrite forallb_forall in H. apply H in G. simpl in G. destruct (f a); easy.
Qed.

(* f i, f (i + 1), ... f (i + n - 1): all true; one true. *)
Fixpoint all_from (n : nat) (i : N) (f : N -> bool) : bool :=
  match n with O => true | S n => f i && all_from n (i + 1) f end.
Fixpoint any_from (n : nat) (i : N) (f : N -> bool) : bool :=
  match n with O => false | S n => f i || any_from n (i + 1) f end.
(* The loop s := f i s for i, i + 1, ... i + n - 1. *)
Fixpoint loop {S : Type} (n : nat) (i : N) (f : N -> S -> S) (s : S) : S :=
  match n with O => s | Datatypes.S n => loop n (i + 1) f (f i s) end.

Lemma all_from_spec n i f :
  all_from n i f = true -> forall j, i <= j -> j < i + N.of_nat n -> f j = true.
Proof.
  revert i. induction n as [|n IH]; intros i H j L U; [lia|].
  simpl in H. apply andb_prop in H as [H1 H2].
  destruct (N.eq_dec j i) as [->|D]; [exact H1|]. apply (IH (i + 1)); auto; lia.
Qed.

Lemma any_from_spec n i f :
  any_from n i f = false -> forall j, i <= j -> j < i + N.of_nat n -> f j = false.
Proof.
  revert i. induction n as [|n IH]; intros i H j L U; [lia|].
  simpl in H. apply orb_false_elim in H as [H1 H2].
  destruct (N.eq_dec j i) as [->|D]; [exact H1|]. apply (IH (i + 1)); auto; lia.
Qed.

Lemma any_from_true n i f :
  any_from n i f = true -> exists j, i <= j /\ j < i + N.of_nat n /\ f j = true.
Proof.
  revert i. induction n as [|n IH]; intros i H; [easy|].
  simpl in H. apply orb_prop in H as [H|H].
  - exists i. repeat split; auto; lia.
  - apply IH in H as (j & ? & ? & ?). exists j. repeat split; auto; lia.
Qed.

(* Loop invariants: P i s holds before the i-th turn. *)
Lemma loop_ind {S : Type} (P : N -> S -> Prop) (f : N -> S -> S) n :
  forall i s, P i s ->
  (forall j t, i <= j -> j < i + N.of_nat n -> P j t -> P (j + 1) (f j t)) ->
  P (i + N.of_nat n) (loop n i f s).
Proof.
  induction n as [|n IH]; intros i s H F; simpl loop.
  - replace (i + N.of_nat 0) with i by lia. exact H.
  - replace (i + N.of_nat (Datatypes.S n)) with (i + 1 + N.of_nat n) by lia.
    apply IH; [apply F; auto; lia|]. intros j t L U. apply F; lia.
Qed.

(* Conjunctions, but not records. *)
Ltac conjs := repeat match goal with |- _ /\ _ => split end.
