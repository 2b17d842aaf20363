(* SPDX-License-Identifier: GPL-2.0-only *)
(* The invariants hold at seal, and each small step that calls are made of keeps them. *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant.
Import ListNotations.
Local Open Scope N_scope.

Section Steps.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).

Lemma inv_sealed : inv (sealed).
Proof.
  assert (R : forall p, rec sealed p = boot C p) by (intros; unfold State.rec, sealed; simpl; rewrite get_empty; reflexivity).
  assert (V : forall v, vm_of sealed v = no_vm) by (intros; unfold vm_of, sealed; simpl; rewrite get_empty; reflexivity).
  constructor; intros; unfold leaf_at, vcpu_at, table_at, table_of in *; rewrite ?R, ?V in *; cbn in *;
    try rewrite get_empty in *; try discriminate; auto;
    try match goal with H : context [boot C ?p] |- _ => pose proof (boot_plain p) end.
  - congruence.
  - destruct (n =? 2); [|destruct (n =? 3)]; rewrite ?get_empty in *; discriminate.
  - match goal with H : boot C ?p = _ |- _ => pose proof (boot_plain p) as E; rewrite H in E end.
    discriminate.
  - unfold sealed in *. simpl in *. rewrite get_empty in *. discriminate.
Qed.


Lemma keep_share_nie k p : inv k -> rec k p = Host -> inv (set_rec k p (HostNie false)).
Proof. intros I H. keep I. Qed.

Lemma keep_unshare_nie k p : inv k -> rec k p = HostNie false -> inv (set_rec k p Host).
Proof. intros I H. keep I. Qed.

Lemma keep_give k v p : inv k -> rec k p = Host -> vlife (vm_of k v) = Live ->
  inv (give_page v p k).
Proof.
  intros I H L. unfold give_page, pool_nr. keep I.
  split; [autorewrite with view; cases; congruence|pool_step].
Qed.

Lemma keep_grow k v n b : inv k -> vlife (vm_of k v) = Live -> n = 2 \/ n = 3 -> inv (grow v n b k).
Proof.
  intros I L N. unfold grow. destruct (vpool (vm_of k v)) as [|p l] eqn:E; [exact I|].
  pose proof (inv_pool _ _ I v) as P. rewrite E in P. pose proof (pool_ok_notin _ _ _ _ P) as NI.
  destruct P as [P1 P2].
  assert (K : forall x, pool_ok (rec (set_rec (set_vm k v x) p (Table v n b))) v l).
  { intros x. assert (A : forall q, In q l -> q <> p) by (intros q A ->; auto). clear E NI P1.
    induction l as [|q l IH]; simpl in *; [auto|]. destruct P2 as [P3 P4].
    split; [|apply IH; auto]. autorewrite with view. cases; [|exact P3].
    exfalso. apply (A p); auto. }
  assert (F : forall x y q i, rec (set_rec (set_vm k v x) p (Table v n b)) q = Free y i ->
    y = v -> In q l).
  { intros x y q i H ->. autorewrite with view in H. cases; [discriminate|].
    apply (inv_free _ _ I) in H; [|exact L]. rewrite E in H. destruct H; congruence. }
  destruct N; subst n; cbn [N.eqb Pos.eqb].
  all: keep I.
  all: try (eapply (F (vm_of k v)); [autorewrite with view; rewrite (proj2 (N.eqb_neq _ _)); eauto|reflexivity]).
  all: match goal with H : table_of _ _ _ = _ |- _ => apply table_put2 in H || apply table_put3 in H;
    destruct H as [(? & ? & ?)|H] end; [split; congruence|sat1; split; congruence].
Qed.

Lemma keep_map k v g p X w e nc : inv k -> rec k p = Host -> vlife (vm_of k v) = Live ->
  leaf_at k v g = None -> fits (vprot (vm_of k v)) X v g ->
  inv (set_rec (set_vm k v (with_leaf (vm_of k v) (put (vleaf (vm_of k v)) g (mkLeaf p w e nc true)))) p X).
Proof.
  intros I H L N F. unfold leaf_at in N. fit; subst X; keep I.
Qed.

Lemma keep_unmap k v g : inv k -> inv (unmap_one v g k).
Proof.
  intros I. unfold unmap_one. destruct (leaf_at k v g) as [l|] eqn:E; [|exact I]. unfold leaf_at in E.
  keep I.
Qed.

Lemma keep_attr k v g l l' : inv k -> leaf_at k v g = Some l -> lpfn l' = lpfn l -> inv (set_leaf v g l' k).
Proof.
  intros I E Q. unfold leaf_at in E. unfold set_leaf. keep I.
Qed.


Lemma keep_stop k v : inv k -> any_loaded C k v = false -> inv (set_vm k v (stop_vm (vm_of k v))).
Proof.
  intros I A.
  assert (N : forall c x, get (cpus k) c = Some x -> cvm x <> v).
  { intros c x H E. pose proof (inv_claim _ _ I _ _ H) as (L & _). unfold any_loaded in A.
    pose proof (any_from_spec _ _ _ A c) as T. cbn in T. rewrite H, E, N.eqb_refl in T.
    discriminate T; lia. }
  keep I.
  exfalso. eapply N; eauto.
Qed.

Lemma keep_destroy k v : inv k -> vlife (vm_of k v) = Dying -> none_named k v = true -> inv (set_vm k v (with_life (vm_of k v) Dead)).
Proof.
  intros I D A.
  assert (N : forall p, names (rec k p) <> Some v).
  { intros p E. unfold State.rec in E. destruct (get (pages k) p) as [x|] eqn:G.
    - pose proof (none_of_get _ _ _ _ A G) as T. unfold is_named in T. rewrite E, N.eqb_refl in T.
      discriminate.
    - rewrite boot_plain in E. discriminate. }
  keep I. apply Iidle. congruence.
Qed.

Lemma keep_new k v prot ipa root gen : inv k -> vlife (vm_of k v) = Dead ->
  inv (set_vm k v (new_vm prot ipa root gen)).
Proof.
  intros I D. assert (N : forall p, names (rec k p) <> Some v) by (intros p E; exact (inv_name _ _ I _ _ E D)).
  keep I.
  all: try (exfalso; apply (N p); rewrite H; reflexivity).
  all: try (exfalso; apply (N p); destruct (rec k p); cbn in *; inj; congruence).
  all: eapply N; eauto.
Qed.

Lemma keep_root k v n p : inv k -> rec k p = Host -> vlife (vm_of k v) = Live ->
  inv (set_rec k p (Table v 1 n)).
Proof. intros I H L. keep I. Qed.

Lemma keep_release k v p : inv k -> vlife (vm_of k v) = Dying -> inv (release C v p k).
Proof.
  intros I D. unfold release, drop_vcpu, is_named.
  destruct (names (rec k p)) as [w|] eqn:E; [|exact I].
  destruct (N.eqb_spec w v); [subst w|exact I].
  destruct (rec k p) eqn:R; try discriminate; cbn in E; inj.
  6: { destruct (inv_ctx _ _ I _ _ _ R) as (x & X & <-). rewrite X.
    destruct (inv_vcpu _ _ I _ _ _ X) as [_ U].
    pose proof (inv_run _ _ I) as IR. unfold vcpu_at in X, IR.
    keep I.
    all: try (match goal with H : get _ _ = Some ?a, E : run ?a = run ?b |- _ =>
      destruct (IR _ _ _ _ _ _ H X E); congruence end).
    match goal with H : State.rec _ _ _ = Ctx _ _ |- _ => destruct (Ictx _ _ _ H) as (? & ? & ?) end.
    congruence. }
  all: keep I.
  all: match goal with |- pool_ok _ ?w _ => destruct (N.eq_dec w v) as [->|?] end.
  - rewrite (inv_idle _ _ I v) by congruence. exact Logic.I.
  - refine (pool_ok_ext _ _ _ _ _ (Ipool _)). intros ? ? E. norm; congruence.
Qed.

Lemma keep_vcpu_create k v i c r : inv k -> vlife (vm_of k v) = Live -> rec k c = Host ->
  rec k r = HostNie false -> vcpu_at k v i = None ->
  inv (set_rec (set_rec (set_vm k v (with_vcpu (vm_of k v)
    (put (vvcpu (vm_of k v)) i (mkVcpu c r Fresh)))) c (Ctx v i)) r (HostNie true)).
Proof.
  intros I L H R N. assert (c <> r) by congruence. unfold vcpu_at in N. keep I.
  all: try (match goal with E : mkVcpu _ _ _ = _ |- _ =>
    pose proof (f_equal ctx E); pose proof (f_equal run E); cbn in * end; exfalso; congruence).

  - match goal with E : State.rec _ _ _ = Ctx _ _ |- _ => destruct (Ictx _ _ _ E) as (? & ? & ?) end.
    congruence.
Qed.

Lemma keep_load k v i c l : inv k -> c < nr_cpus C -> vlife (vm_of k v) = Live ->
  (vprot (vm_of k v) = true -> protected_runs C = true) -> is_loaded C k v i = false ->
  get (cpus k) c = None -> (exists x, vcpu_at k v i = Some x) ->
  inv (set_cpu (set_vm k v (with_last (vm_of k v) l)) c (mkClaim v i false)).
Proof.
  intros I B L P A N [x X]. unfold vcpu_at in X.
  assert (U : forall d y, get (cpus k) d = Some y -> cvm y = v -> cindex y = i -> False).
  { intros d y H E1 E2. pose proof (inv_claim _ _ I _ _ H) as (LT & _). unfold is_loaded in A.
    pose proof (any_from_spec _ _ _ A d) as T. cbn in T. rewrite H, E1, E2, !N.eqb_refl in T.
    discriminate T; lia. }
  keep I.
  all: try (exfalso; eapply U; eauto; congruence).
  all: match goal with E : mkClaim _ _ _ = ?y |- _ => destruct y; cbn in *; injection E; intros; subst end.
  eauto 8.
Qed.

Lemma keep_put k c : inv k -> inv (clear_cpu k c).
Proof. intros I. keep I. Qed.

Lemma keep_mode k c x b : inv k -> get (cpus k) c = Some x ->
  inv (set_cpu k c (mkClaim (cvm x) (cindex x) b)).
Proof. intros I H. keep I. Qed.

Lemma keep_start k v : inv k -> inv (set_vm k v (with_start (vm_of k v))).
Proof. intros I. keep I. Qed.

(* The reason of the last exit. *)
Lemma keep_why k v i x w : inv k -> vcpu_at k v i = Some x ->
  inv (set_vm k v (with_vcpu (vm_of k v) (put (vvcpu (vm_of k v)) i (mkVcpu (ctx x) (run x) w)))).
Proof.
  intros I H. unfold vcpu_at in H. keep I. eexists. split; [reflexivity|]. cbn.
  match goal with E : State.rec _ _ ?p = Ctx _ _ |- _ = ?p => destruct (Ictx _ _ _ E) as (? & ? & ?) end.
  congruence.
Qed.

Lemma keep_mmio k v m : inv k -> inv (set_vm k v (with_mmio (vm_of k v) m)).
Proof. intros I. keep I. Qed.

Lemma keep_guest_share k v g p X : inv k -> rec k p = Guest v g \/ rec k p = GuestHost v g ->
  X = Guest v g \/ X = GuestHost v g -> inv (set_rec k p X).
Proof. intros I [H|H] [->| ->]; keep I.
  all: try (eapply Iname; rewrite H; reflexivity).
  all: apply Iplace; [rewrite H; reflexivity|assumption].
Qed.


End Steps.
