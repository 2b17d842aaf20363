(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The invariants of NIE's state (Documentation/invariants.rst), and what follows for small updates.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls.
Import ListNotations.
Local Open Scope N_scope.

Section Invariant.
Context (C : config).
Local Notation rec := (rec C).

(* The VM and gfn that a record of a mapped page gives. *)
Definition place (x : page) : option (N * N) :=
  match x with
  | HostGuest v g | Guest v g | GuestHost v g => Some (v, g)
  | _ => None
  end.

(* What may be mapped at gfn g of VM v. *)
Definition fits (prot : bool) (x : page) (v g : N) : Prop :=
  if prot then x = Guest v g \/ x = GuestHost v g else x = HostGuest v g.

(* The pool as the C has it: each page's record holds its index in the array. *)
Fixpoint pool_ok (f : N -> page) (v : N) (l : list N) : Prop :=
  match l with
  | [] => True
  | p :: l => f p = Free v (N.of_nat (List.length l)) /\ pool_ok f v l
  end.

Record inv (k : kernel) : Prop := mkInv {
  (* INV-9: what is mapped belongs there, so a page is mapped once at most... *)
  inv_leaf : forall v g l, leaf_at k v g = Some l ->
    vlife (vm_of k v) = Live /\ fits (vprot (vm_of k v)) (rec k (lpfn l)) v g;
  (* ...and a page of a live VM is mapped where its record says. *)
  inv_place : forall p v g, place (rec k p) = Some (v, g) -> vlife (vm_of k v) = Live ->
    exists l, leaf_at k v g = Some l /\ lpfn l = p;
  (* INV-3 *)
  inv_name : forall p v, names (rec k p) = Some v -> vlife (vm_of k v) <> Dead;
  (* INV-4 *)
  inv_pool : forall v, pool_ok (rec k) v (vpool (vm_of k v));
  inv_free : forall p v i, rec k p = Free v i -> vlife (vm_of k v) = Live ->
    In p (vpool (vm_of k v));
  inv_idle : forall v, vlife (vm_of k v) <> Live -> vpool (vm_of k v) = [];
  (* INV-8 *)
  inv_table : forall v n b p, table_at k v n b = Some p ->
    rec k p = Table v n b /\ vlife (vm_of k v) = Live;
  (* INV-11, and a context for each vCPU *)
  inv_vcpu : forall v i x, vcpu_at k v i = Some x ->
    rec k (ctx x) = Ctx v i /\ rec k (run x) = HostNie true;
  inv_ctx : forall p v i, rec k p = Ctx v i -> exists x, vcpu_at k v i = Some x /\ ctx x = p;
  inv_run : forall v i x w j y, vcpu_at k v i = Some x -> vcpu_at k w j = Some y ->
    run x = run y -> v = w /\ i = j;
  (* INV-10, INV-5 *)
  inv_claim : forall c x, get (cpus k) c = Some x ->
    c < nr_cpus C /\ vlife (vm_of k (cvm x)) = Live
    /\ (vprot (vm_of k (cvm x)) = true -> protected_runs C = true)
    /\ exists y, vcpu_at k (cvm x) (cindex x) = Some y;
  inv_one : forall c d x y, get (cpus k) c = Some x -> get (cpus k) d = Some y ->
    cvm x = cvm y -> cindex x = cindex y -> c = d
}.

(* Views of an updated state. *)

Lemma rec_set_rec k p x q : rec (set_rec k p x) q = if q =? p then x else rec k q.
Proof. unfold State.rec, set_rec. simpl. rewrite get_put. destruct (q =? p); reflexivity. Qed.
Lemma rec_set_vm k v m q : rec (set_vm k v m) q = rec k q.
Proof. reflexivity. Qed.
Lemma rec_set_cpu k c x q : rec (set_cpu k c x) q = rec k q.
Proof. reflexivity. Qed.
Lemma rec_clear_cpu k c q : rec (clear_cpu k c) q = rec k q.
Proof. reflexivity. Qed.
Lemma vm_set_vm k v m w : vm_of (set_vm k v m) w = if w =? v then m else vm_of k w.
Proof. unfold vm_of, set_vm. simpl. rewrite get_put. destruct (w =? v); reflexivity. Qed.
Lemma vm_set_rec k p x w : vm_of (set_rec k p x) w = vm_of k w.
Proof. reflexivity. Qed.
Lemma vm_set_cpu k c x w : vm_of (set_cpu k c x) w = vm_of k w.
Proof. reflexivity. Qed.
Lemma vm_clear_cpu k c w : vm_of (clear_cpu k c) w = vm_of k w.
Proof. reflexivity. Qed.
Lemma cpus_set_rec k p x : cpus (set_rec k p x) = cpus k.
Proof. reflexivity. Qed.
Lemma cpus_set_vm k v m : cpus (set_vm k v m) = cpus k.
Proof. reflexivity. Qed.
Lemma cpus_set_cpu k c x : cpus (set_cpu k c x) = put (cpus k) c x.
Proof. reflexivity. Qed.
Lemma cpus_clear_cpu k c : cpus (clear_cpu k c) = del (cpus k) c.
Proof. reflexivity. Qed.

Lemma table_with_pool m x : table_of (with_pool m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_vcpu m x : table_of (with_vcpu m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_leaf m x : table_of (with_leaf m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_life m x : table_of (with_life m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_last m x : table_of (with_last m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_mmio m x : table_of (with_mmio m x) = table_of m.
Proof. reflexivity. Qed.
Lemma table_with_start m : table_of (with_start m) = table_of m.
Proof. reflexivity. Qed.
Lemma table_new a b c d n x : table_of (new_vm a b c d) n x = None.
Proof. unfold table_of. cbn. rewrite !get_empty. destruct (n =? 2), (n =? 3); reflexivity. Qed.
Lemma table_stop m n x : table_of (stop_vm m) n x = None.
Proof. unfold table_of. cbn. rewrite !get_empty. destruct (n =? 2), (n =? 3); reflexivity. Qed.
Lemma table_put2 m l b p n c q :
  table_of (with_tables (with_pool m l) (put (vtab2 m) b p) (vtab3 m)) n c = Some q ->
  n = 2 /\ c = b /\ q = p \/ table_of m n c = Some q.
Proof.
  unfold table_of. cbn. rewrite get_put. destruct (N.eqb_spec n 2), (N.eqb_spec c b); auto.
  intros H. injection H. auto.
Qed.
Lemma table_put3 m l b p n c q :
  table_of (with_tables (with_pool m l) (vtab2 m) (put (vtab3 m) b p)) n c = Some q ->
  n = 3 /\ c = b /\ q = p \/ table_of m n c = Some q.
Proof.
  unfold table_of. cbn. rewrite get_put.
  destruct (N.eqb_spec n 2), (N.eqb_spec n 3), (N.eqb_spec c b); auto.
  intros H. injection H. auto.
Qed.
Arguments table_of : simpl never.

Lemma pool_ok_ext f f' v l : (forall p i, f p = Free v i -> f' p = f p) ->
  pool_ok f v l -> pool_ok f' v l.
Proof.
  intros E. induction l as [|p l IH]; simpl; [tauto|].
  intros [H1 H2]. split; [|apply IH, H2]. rewrite (E _ _ H1). exact H1.
Qed.

Lemma pool_ok_In f v l p : pool_ok f v l -> In p l -> exists i, f p = Free v i /\ i < N.of_nat (List.length l).
Proof.
  induction l as [|q l IH]; simpl; [tauto|]. intros [H1 H2] [->|H].
  - exists (N.of_nat (List.length l)). split; [exact H1|lia].
  - destruct (IH H2 H) as (i & E & L). exists i. split; [exact E|lia].
Qed.

Lemma pool_ok_notin f v l p : pool_ok f v (p :: l) -> ~ In p l.
Proof.
  simpl. intros [H1 H2] I. destruct (pool_ok_In _ _ _ _ H2 I) as (i & E & L).
  rewrite H1 in E. inversion E. lia.
Qed.

End Invariant.

Global Hint Rewrite table_with_pool table_with_vcpu table_with_leaf table_with_life table_with_last
  table_with_mmio table_with_start table_new table_stop : view.
Global Hint Rewrite rec_set_rec rec_set_vm rec_set_cpu rec_clear_cpu vm_set_vm vm_set_rec vm_set_cpu
  vm_clear_cpu cpus_set_rec cpus_set_vm cpus_set_cpu cpus_clear_cpu @get_put @get_del @get_empty
  : view.

(* Case analysis on every comparison of N in sight. *)
Ltac cases := repeat match goal with
  | H : context [?a =? ?a] |- _ => rewrite N.eqb_refl in H
  | |- context [?a =? ?a] => rewrite N.eqb_refl
  | H : context [if ?a =? ?b then _ else _] |- _ => destruct (N.eqb_spec a b); [subst|]
  | |- context [if ?a =? ?b then _ else _] => destruct (N.eqb_spec a b); [subst|]
  end.
Ltac views := unfold leaf_at, vcpu_at, table_at in *; autorewrite with view in *; cbn in *.
Ltac inj := repeat match goal with
  | H : Some _ = Some _ |- _ => injection H; clear H; intros; subst
  | H : (_, _) = (_, _) |- _ => injection H; clear H; intros; subst
  | H : Some _ = None |- _ => discriminate H
  | H : None = Some _ |- _ => discriminate H
  end.


Ltac open I := pose proof (inv_leaf _ _ I) as Ileaf; pose proof (inv_place _ _ I) as Iplace;
  pose proof (inv_name _ _ I) as Iname; pose proof (inv_pool _ _ I) as Ipool;
  pose proof (inv_free _ _ I) as Ifree; pose proof (inv_table _ _ I) as Itable;
  pose proof (inv_idle _ _ I) as Iidle;
  pose proof (inv_vcpu _ _ I) as Ivcpu; pose proof (inv_ctx _ _ I) as Ictx;
  pose proof (inv_run _ _ I) as Irun; pose proof (inv_claim _ _ I) as Iclaim;
  pose proof (inv_one _ _ I) as Ione; unfold leaf_at, vcpu_at, table_at in *.

(* Consequences of what is in sight. *)
Ltac sat1 := match goal with
  | F : forall v g l, get (vleaf (vm_of ?k v)) g = Some l -> _, H : get (vleaf (vm_of ?k ?v)) ?g = Some ?l |- _ =>
    lazymatch goal with _ : fits _ (rec _ k (lpfn l)) v g |- _ => fail | _ => destruct (F _ _ _ H) end
  | F : forall v i x, get (vvcpu (vm_of ?k v)) i = Some x -> _ /\ _, H : get (vvcpu (vm_of ?k ?v)) ?i = Some ?x |- _ =>
    lazymatch goal with _ : rec _ k (ctx x) = Ctx v i |- _ => fail | _ => destruct (F _ _ _ H) end
  | F : forall v n b p, table_of (vm_of ?k v) n b = Some p -> _, H : table_of (vm_of ?k ?v) ?n ?b = Some ?p |- _ =>
    lazymatch goal with _ : rec _ k p = Table v n b |- _ => fail | _ => destruct (F _ _ _ _ H) end
  | F : forall p v g, place (rec _ ?k p) = Some (v, g) -> _, H : place (rec _ ?k ?p) = Some (?v, ?g),
      L : vlife (vm_of ?k ?v) = Live |- _ =>
    lazymatch goal with _ : lpfn _ = p |- _ => fail | _ => destruct (F _ _ _ H L) as (? & ? & ?) end
  | F : forall c x, get (cpus ?k) c = Some x -> _ /\ _, H : get (cpus ?k) ?c = Some ?x |- _ =>
    lazymatch goal with _ : c < nr_cpus _ |- _ => fail | _ => destruct (F _ _ H) as (? & ? & ? & ?) end
  end.
Ltac fit := repeat match goal with
  | H : fits ?b _ _ _ |- _ => unfold fits in H; destruct b eqn:?
  | H : _ \/ _ |- _ => destruct H
  | H : exists _, _ |- _ => destruct H
  | H : _ /\ _ |- _ => destruct H
  end.

Ltac norm := repeat (progress (autorewrite with view in *; cbn in *; cases; cbn in *; inj)).

Ltac pool_step := match goal with
  | F : forall v, pool_ok _ v _ |- pool_ok _ ?v _ =>
    refine (pool_ok_ext _ _ v _ _ (F v)); let E := fresh in
    intros ? ? E; norm; congruence
  end.

Ltac easy_one := solve [eauto | pool_step | congruence].
Ltac keep I := constructor; unfold leaf_at, vcpu_at, table_at; intros; norm;
  open I; try easy_one; repeat sat1; fit; try easy_one;
  try solve [exfalso; congruence | unfold fits; intuition congruence
    | unfold fits; match goal with H : vprot ?m = _ |- context [vprot ?m] => rewrite H end; auto
    | eexists; split; [reflexivity|congruence]].

