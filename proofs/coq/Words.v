(* SPDX-License-Identifier: GPL-2.0-only *)
(* Memory and registers, read pointwise. *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Machine.
Import ListNotations.
Local Open Scope N_scope.

Lemma word_put w n x m : word (put w n x) m = if m =? n then x else word w m.
Proof. unfold word. rewrite get_put. destruct (m =? n); reflexivity. Qed.
Lemma word_empty m : word empty m = 0.
Proof. unfold word. rewrite get_empty. reflexivity. Qed.
Lemma bank_put m i w j : bank (put m i w) j = if j =? i then w else bank m j.
Proof. unfold bank. rewrite get_put. destruct (j =? i); reflexivity. Qed.
Lemma bank_del m i j : bank (del m i) j = if j =? i then empty else bank m j.
Proof. unfold bank. rewrite get_del. destruct (j =? i); reflexivity. Qed.
Lemma at_put m i w j n : at_ (put m i w) j n = if j =? i then word w n else at_ m j n.
Proof. unfold at_. rewrite bank_put. destruct (j =? i); reflexivity. Qed.
Lemma at_del m i j n : at_ (del m i) j n = if j =? i then 0 else at_ m j n.
Proof. unfold at_. rewrite bank_del. destruct (j =? i); [apply word_empty|reflexivity]. Qed.
Lemma at_set m i n x j k : at_ (set_at m i n x) j k = if (j =? i) && (k =? n) then x else at_ m j k.
Proof.
  unfold set_at. rewrite at_put. destruct (N.eqb_spec j i) as [->|]; [|reflexivity].
  rewrite word_put. reflexivity.
Qed.

(* Two files that read the same. *)
Definition same (a b : words) : Prop := forall n, word a n = word b n.

Lemma same_put a b n x : same a b -> same (put a n x) (put b n x).
Proof. intros H m. rewrite !word_put. destruct (m =? n); auto. Qed.

Lemma same_copy l from from' a b : same from from' -> same a b -> same (copy l from a) (copy l from' b).
Proof.
  intros F. revert a b. induction l as [|n l IH]; intros a b H; simpl; [exact H|].
  apply IH. rewrite (F n). apply same_put, H.
Qed.

Lemma same_write_all l a b : same a b -> same (write_all l a) (write_all l b).
Proof.
  revert a b. induction l as [|[n x] l IH]; intros a b H; simpl; [exact H|].
  apply IH, same_put, H.
Qed.

Lemma same_map (l : list N) a b : same a b ->
  List.map (fun n => (n, word a n)) l = List.map (fun n => (n, word b n)) l.
Proof. intros H. apply map_ext. intros n. rewrite H. reflexivity. Qed.

Lemma same_supply w run run' own own' : same run run' -> same own own' ->
  same (supply w run own) (supply w run' own').
Proof.
  intros R O. unfold supply.
  destruct w; try (apply same_copy; assumption); cbn [takes_x0 takes_next takes_sea andb];
    rewrite ?(R W_X0), ?(R W_ASK), ?(O W_PC), ?(O R_TARGET);
    repeat match goal with |- context [if ?b then _ else _] => destruct b end;
    repeat apply same_put; assumption.
Qed.

Lemma same_shown e r own own' : same own own' -> shown e r own = shown e r own'.
Proof. intros O. unfold shown. destruct e as [| | | |? ? ? []| |? []| |]; rewrite ?(O _); try reflexivity. Qed.

Lemma same_disclosed k v e r own own' ich ich' : same own own' -> same ich ich' ->
  disclosed k v e r own ich = disclosed k v e r own' ich'.
Proof.
  intros O I. unfold disclosed. rewrite (same_map _ _ _ I). f_equal. f_equal.
  destruct (vprot (vm_of k v)); [apply same_shown, O|apply same_map, O].
Qed.

(* What the host may not change is not changed. *)
Lemma supply_frame w run own n : may_change w own n = false -> word (supply w run own) n = word own n.
Proof.
  unfold may_change, supply. destruct w; cbn [takes_x0 takes_next takes_sea andb orb]; try discriminate;
    intros H; repeat match goal with |- context [if ?b then _ else _] => destruct b end;
    repeat match goal with
    | H : _ || _ = false |- _ => apply orb_false_iff in H; destruct H
    end; rewrite ?word_put;
    repeat match goal with
    | H : (_ =? _) = false |- _ => rewrite H; clear H
    end; reflexivity.
Qed.
