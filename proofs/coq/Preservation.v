(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * What each call does, as far as isolation needs to know: it keeps the invariants, moves records
 * only along the arrows of the design, scrubs what it must, and does nothing if it fails.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps.
Import ListNotations.
Local Open Scope N_scope.

Section Preservation.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).

(* The arrows: what may become of the record of page p, with these effects. *)
Inductive moved (k k' : kernel) (e : list effect) (p : N) : Prop :=
| Stays : rec k' p = rec k p -> ~ In (Zero p) e -> moved k k' e p
| Given : rec k p = Host ->
    (In (Zero p) e -> exists v i, rec k' p = Ctx v i \/ rec k' p = Guest v i) -> moved k k' e p
| Reused b x : rec k p = HostNie b -> rec k' p = x -> x = Host \/ x = HostNie true \/ x = HostNie false ->
    ~ In (Zero p) e -> moved k k' e p
| Unshared v g : rec k p = HostGuest v g -> rec k' p = Host -> ~ In (Zero p) e -> moved k k' e p
| Grown v i n b : rec k p = Free v i -> rec k' p = Table v n b -> ~ In (Zero p) e -> moved k k' e p
| Scrubbed v : names (rec k p) = Some v -> vlife (vm_of k v) = Dying -> rec k' p = Host ->
    In (Zero p) e -> moved k k' e p.

Inductive shape (k k' : kernel) (cpu : N) (e : list effect) : Prop :=
| Zeros l : e = List.map Zero l -> cpus k' = cpus k -> shape k k' cpu e
| Loads r x : e = [LoadCtl r] -> rec k r = HostNie true -> get (cpus k) cpu = None ->
    cpus k' = put (cpus k) cpu x -> cguest x = false -> shape k k' cpu e
| Saves r : e = [SaveCtl r] -> rec k r = HostNie true -> cpus k' = del (cpus k) cpu ->
    (forall p, rec k' p = rec k p) -> shape k k' cpu e
| Enters x : e = [Enter (cvm x) (cindex x)] -> k' = k -> get (cpus k) cpu = Some x ->
    shape k k' cpu e.

Record good (k : kernel) (cpu : N) (r : result) : Prop := mkGood {
  good_inv : inv (fst r);
  good_moved : forall p, moved k (fst r) (effects (snd r)) p;
  good_shape : shape k (fst r) cpu (effects (snd r));
  good_fail : err (snd r) <> 0 -> fst r = k /\ effects (snd r) = []
}.

Lemma good_same k cpu e o : inv k -> good k cpu (k, mkReply e o []).
Proof.
  intros I. constructor; cbn; auto.
  - intros p. apply Stays; auto.
  - apply (Zeros _ _ _ _ []); auto.
Qed.

Lemma good_done k k' cpu o : inv k' -> (forall p, moved k k' [] p) -> cpus k' = cpus k ->
  good k cpu (done k' o).
Proof. intros I M E. constructor; cbn; auto; [apply (Zeros _ _ _ _ []); auto|congruence]. Qed.

Lemma good_vm k cpu h f : inv k -> (forall v, find C k h = Some v -> good k cpu (f v)) ->
  good k cpu (with_vm C k h f).
Proof.
  intros I F. unfold with_vm. destruct (find C k h) as [v|]; [apply F; reflexivity|].
  apply good_same, I.
Qed.


Ltac bools := repeat match goal with
  | H : negb _ = false |- _ => apply negb_false_iff in H
  | H : negb _ = true |- _ => apply negb_true_iff in H
  | H : _ || _ = false |- _ => apply orb_false_iff in H; destruct H
  | H : _ && _ = true |- _ => apply andb_true_iff in H; destruct H
  | H : (_ <? _) = true |- _ => apply N.ltb_lt in H
  | H : (_ <? _) = false |- _ => apply N.ltb_ge in H
  | H : (_ <=? _) = true |- _ => apply N.leb_le in H
  | H : (_ <=? _) = false |- _ => apply N.leb_gt in H
  | H : (_ =? _) = true |- _ => apply N.eqb_eq in H
  | H : (_ =? _) = false |- _ => apply N.eqb_neq in H
  end.
Ltac refuse := repeat match goal with
  | |- good _ _ (if ?b then fail_with _ _ _ else _) => destruct b eqn:?; [apply good_same; assumption|]
  | |- good _ _ (if ?b then fail _ _ else _) => destruct b eqn:?; [apply good_same; assumption|]
  | |- good _ _ (with_vm _ _ _ _) => apply good_vm; [assumption|]; intros ? ?
  | |- good _ _ (normal_range _ _ _ _ _ _) => unfold normal_range
  end; bools.

Lemma is_live_spec m : is_live m = true -> vlife m = Live.
Proof. unfold is_live. destruct (vlife m); congruence. Qed.
Lemma is_dying_spec m : is_dying m = true -> vlife m = Dying.
Proof. unfold is_dying. destruct (vlife m); congruence. Qed.
Lemma is_normal_spec m : is_normal m = true -> vlife m = Live /\ vprot m = false.
Proof. unfold is_normal. intros H. bools. split; [apply is_live_spec|]; auto. Qed.
Lemma is_protected_spec m : is_protected m = true -> vlife m = Live /\ vprot m = true.
Proof. unfold is_protected. intros H. bools. split; [apply is_live_spec|]; auto. Qed.
Lemma is_host_spec x : is_host x = true -> x = Host.
Proof. destruct x; easy. Qed.

Lemma all_host_spec k p nr : all_host C k p nr = true ->
  forall q, p <= q -> q < p + nr -> rec k q = Host.
Proof.
  intros H q L U. apply is_host_spec. refine (all_from_spec _ _ _ H q L _). lia.
Qed.

Lemma loop_cpus (f : N -> kernel -> kernel) n i k :
  (forall j t, cpus (f j t) = cpus t) -> cpus (loop n i f k) = cpus k.
Proof. intros F. revert i k. induction n as [|n IH]; intros; simpl; [auto|]. rewrite IH. apply F. Qed.

(* Pages shared with NIE. *)

Lemma good_share_nie k cpu p : inv k -> good k cpu (share_nie C k p).
Proof.
  intros I. unfold share_nie. refuse. destruct (rec k p) eqn:R; try (apply good_same; exact I).
  apply good_done; [apply keep_share_nie; auto| |reflexivity].
  intros q. destruct (N.eq_dec q p) as [->|D]; [apply Given; cbn; easy|].
  apply Stays; [|easy]. rewrite rec_set_rec. apply N.eqb_neq in D. rewrite D. reflexivity.
Qed.

Lemma good_unshare_nie k cpu p : inv k -> good k cpu (unshare_nie C k p).
Proof.
  intros I. unfold unshare_nie. refuse.
  destruct (rec k p) as [| |[]| | | | | | | |] eqn:R; try (apply good_same; exact I).
  apply good_done; [apply keep_unshare_nie; auto| |reflexivity].
  intros q. destruct (N.eq_dec q p) as [->|D].
  - eapply Reused; eauto. rewrite rec_set_rec, N.eqb_refl. auto.
  - apply Stays; [|easy]. rewrite rec_set_rec. apply N.eqb_neq in D. rewrite D. reflexivity.
Qed.

(* Life of a VM. *)

Lemma free_slot_spec k n v0 v : free_slot C k n v0 = Some v -> vlife (vm_of k v) = Dead.
Proof.
  revert v0. induction n as [|n IH]; intros v0 H; simpl in H; [discriminate|].
  destruct (is_dead (vm_of k v0) && _) eqn:E; [|eauto].
  injection H as <-. bools. unfold is_dead in *. destruct (vlife (vm_of k v0)); congruence.
Qed.

Lemma good_vm_create k cpu type ipa root : inv k -> good k cpu (vm_create C k type ipa root).
Proof.
  intros I. unfold vm_create. refuse.
  destruct (free_slot C k _ 0) as [v|] eqn:F; [|apply good_same, I].
  apply free_slot_spec in F. match goal with H : all_host _ _ _ _ = true |- _ => rename H into A end.
  pose proof (all_host_spec _ _ _ A) as AH. clear A.
  set (m := new_vm _ _ _ _). set (n := nr_roots ipa) in *.
  pose proof (loop_ind (fun j t => inv t /\ vlife (vm_of t v) = Live
    /\ (forall q, j <= q -> q < root + n -> rec t q = Host)
    /\ forall q, rec t q = rec k q \/ rec k q = Host)
    (add_root v root) (N.to_nat n) root (set_vm k v m)) as L.
  cbn beta in L. destruct L as (L1 & _ & _ & L2).
  - conjs; auto.
    + apply keep_new; auto.
    + rewrite vm_set_vm, N.eqb_refl. reflexivity.
  - intros j t J1 J2 (T1 & T2 & T3 & T4). unfold add_root.
    assert (E : rec t j = Host) by (apply T3; lia).
    conjs.
    + apply keep_root; auto.
    + rewrite vm_set_rec. exact T2.
    + intros q Q1 Q2. rewrite rec_set_rec. destruct (N.eqb_spec q j); [lia|]. apply T3; lia.
    + intros q. rewrite rec_set_rec. destruct (N.eqb_spec q j) as [->|]; [|auto].
      right. apply AH; lia.
  - apply good_done; auto.
    + intros q. destruct (L2 q) as [E|E]; [apply Stays; easy|apply Given; easy].
    + etransitivity; [apply loop_cpus; reflexivity|reflexivity].
Qed.

Lemma good_vm_topup k cpu h p nr : inv k -> good k cpu (vm_topup C k h p nr).
Proof.
  intros I. unfold vm_topup. refuse.
  match goal with H : all_host _ _ _ _ = true |- _ => pose proof (all_host_spec _ _ _ H) as A end.
  match goal with H : is_live _ = true |- _ => apply is_live_spec in H end.
  pose proof (loop_ind (fun j t => inv t /\ vlife (vm_of t v) = Live
    /\ (forall q, j <= q -> q < p + nr -> rec t q = Host)
    /\ forall q, rec t q = rec k q \/ rec k q = Host)
    (give_page v) (N.to_nat nr) p k) as L.
  cbn beta in L. destruct L as (L1 & _ & _ & L2).
  - conjs; auto.
  - intros j t J1 J2 (T1 & T2 & T3 & T4).
    assert (E : rec t j = Host) by (apply T3; lia).
    conjs.
    + apply keep_give; auto.
    + unfold give_page. rewrite vm_set_rec, vm_set_vm, N.eqb_refl. exact T2.
    + intros q Q1 Q2. unfold give_page. rewrite rec_set_rec, rec_set_vm.
      destruct (N.eqb_spec q j); [lia|]. apply T3; lia.
    + intros q. unfold give_page. rewrite rec_set_rec, rec_set_vm.
      destruct (N.eqb_spec q j) as [->|]; [|auto]. right. apply A; lia.
  - apply good_done; auto.
    + intros q. destruct (L2 q) as [E|E]; [apply Stays; easy|apply Given; easy].
    + etransitivity; [apply loop_cpus; reflexivity|reflexivity].
Qed.

Lemma good_vm_teardown k cpu h : inv k -> good k cpu (vm_teardown C k h).
Proof.
  intros I. unfold vm_teardown. refuse. apply good_done; auto.
  - apply keep_stop; auto.
  - intros q. apply Stays; easy.
Qed.

Lemma good_vm_destroy k cpu h : inv k -> good k cpu (vm_destroy C k h).
Proof.
  intros I. unfold vm_destroy. refuse. apply good_done; auto.
  - apply keep_destroy; auto. apply is_dying_spec. assumption.
  - intros q. apply Stays; easy.
Qed.

Lemma In_select n i f p : In p (select n i f) <-> i <= p /\ p < i + N.of_nat n /\ f p = true.
Proof.
  revert i. induction n as [|n IH]; intros i; simpl.
  - split; [easy|lia].
  - destruct (f i) eqn:E; simpl; rewrite IH; split.
    + intros [->|(A & B & D)]; conjs; auto; lia.
    + intros (A & B & D). destruct (N.eq_dec i p); [auto|right; conjs; auto; lia].
    + intros (A & B & D). conjs; auto; lia.
    + intros (A & B & D). conjs; auto; [|lia].
      destruct (N.eq_dec i p); [congruence|lia].
Qed.

Lemma named_spec v x : is_named v x = true <-> names x = Some v.
Proof.
  unfold is_named. destruct (names x) as [w|]; [|easy]. split.
  - intros H. apply N.eqb_eq in H. congruence.
  - intros H. injection H as ->. apply N.eqb_refl.
Qed.

Lemma release_life v p k w : vlife (vm_of (release C v p k) w) = vlife (vm_of k w).
Proof.
  unfold release, drop_vcpu. destruct (is_named v (rec k p)); [|reflexivity].
  destruct (rec k p); try reflexivity.
  destruct (vcpu_at k v index); rewrite !vm_set_rec; [|reflexivity].
  rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; reflexivity.
Qed.

(* One page goes back: that page, and the run page of its vCPU if it is a context. *)
Lemma release_rec v p k : inv k -> forall q,
  (q = p /\ names (rec k p) = Some v /\ rec (release C v p k) q = Host)
  \/ rec (release C v p k) q = rec k q
  \/ rec k q = HostNie true /\ rec (release C v p k) q = HostNie false.
Proof.
  intros I q. unfold release. destruct (is_named v (rec k p)) eqn:N; [|auto].
  apply named_spec in N. destruct (N.eq_dec q p) as [->|D].
  - left. conjs; auto. destruct (rec k p); rewrite rec_set_rec, N.eqb_refl; reflexivity.
  - right. apply N.eqb_neq in D.
    destruct (rec k p) eqn:R; rewrite rec_set_rec, D; auto.
    unfold drop_vcpu. destruct (vcpu_at k v index) as [x|] eqn:X; [|auto].
    rewrite rec_set_rec, rec_set_vm. destruct (N.eqb_spec q (run x)) as [->|]; [|auto].
    right. split; [|reflexivity]. exact (proj2 (inv_vcpu _ _ I _ _ _ X)).
Qed.

Lemma good_vm_reclaim k cpu h p nr : inv k -> good k cpu (vm_reclaim C k h p nr).
Proof.
  intros I. unfold vm_reclaim. refuse.
  match goal with H : is_dying _ = true |- _ => apply is_dying_spec in H; rename H into D end.
  pose proof (loop_ind (fun j t => inv t /\ vlife (vm_of t v) = Dying
    /\ forall q,
       (names (rec k q) = Some v /\ p <= q < j /\ rec t q = Host)
       \/ ((names (rec k q) = Some v -> q < p \/ j <= q) /\
           (rec t q = rec k q \/ rec k q = HostNie true /\ rec t q = HostNie false)))
    (release C v) (N.to_nat nr) p k) as L.
  cbn beta in L. destruct L as (L1 & L2 & L3).
  - conjs; auto. intros q. right. split; [lia|auto].
  - intros j t J1 J2 (T1 & T2 & T3). conjs.
    + apply keep_release; auto.
    + rewrite release_life. exact T2.
    + intros q.
      assert (NH : forall x, x = HostNie false \/ x = HostNie true \/ x = Host -> names x = None)
        by (intros x [->|[->| ->]]; reflexivity).
      destruct (release_rec v j t T1 q) as [(-> & E1 & E2)|E].
      * left. destruct (T3 j) as [(? & ? & E3)|(F & [E3|[E4 E3]])].
        -- rewrite E3 in E1. discriminate.
        -- rewrite E3 in E1. conjs; auto; lia.
        -- rewrite E3 in E1. discriminate.
      * destruct (T3 q) as [(E1 & B & E2)|(F & G)].
        -- left. conjs; auto; try lia. destruct E as [E|[E ?]]; congruence.
        -- destruct (N.eq_dec q j) as [->|Dj].
           ++ right. split.
              ** intros Nm. exfalso.
                 assert (Rj : rec t j = rec k j) by (destruct G as [G|[G _]]; [auto|rewrite G in Nm; discriminate]).
                 assert (R2 : rec (release C v j t) j = Host).
                 { unfold release. rewrite <- Rj in Nm. apply named_spec in Nm. rewrite Nm.
                   destruct (rec t j); rewrite rec_set_rec, N.eqb_refl; reflexivity. }
                 rewrite <- Rj in Nm. destruct E as [E|[E _]].
                 --- rewrite R2 in E. rewrite <- E in Nm. discriminate.
                 --- rewrite E in Nm. discriminate.
              ** destruct E as [E|[E1 E2]], G as [G|[G1 G2]]; try (right; split; congruence);
                   left; congruence.
           ++ right. split; [intros Nm; specialize (F Nm); lia|].
              destruct E as [E|[E1 E2]], G as [G|[G1 G2]]; try (right; split; congruence);
                left; congruence.
  - assert (Z : forall q, In (Zero q) (List.map Zero (select (N.to_nat nr) p (zeroed C k v))) <->
      p <= q /\ q < p + nr /\ zeroed C k v q = true).
    { intros q. rewrite in_map_iff. split.
      - intros (q' & E & S). injection E as ->. apply In_select in S. rewrite N2Nat.id in S. exact S.
      - intros S. exists q. split; [reflexivity|]. apply In_select. rewrite N2Nat.id. exact S. }
    assert (Zn : forall q, zeroed C k v q = true -> names (rec k q) = Some v).
    { intros q S. unfold zeroed in S. destruct (rec k q) eqn:R; try discriminate S;
        apply named_spec; exact S. }
    constructor; cbn [fst snd effects err].
    + exact L1.
    + intros q. destruct (L3 q) as [(E1 & B & E2)|(F & E)].
      * destruct (zeroed C k v q) eqn:S.
        -- apply (Scrubbed _ _ _ _ v); auto. apply Z. conjs; auto; lia.
        -- unfold zeroed in S. destruct (rec k q) eqn:R; cbn in E1; try discriminate;
             try (injection E1 as ->; unfold is_named in S; cbn in S; rewrite N.eqb_refl in S; discriminate).
           eapply Unshared; eauto. intros X. apply Z in X as (_ & _ & X). unfold zeroed in X.
           rewrite R in X. discriminate.
      * assert (NI : ~ In (Zero q) (List.map Zero (select (N.to_nat nr) p (zeroed C k v)))).
        { intros X. apply Z in X as (X1 & X2 & X3). apply Zn in X3. specialize (F X3). lia. }
        destruct E as [E|[E1 E2]]; [apply Stays; auto|].
        eapply Reused; eauto.
    + eapply Zeros; [reflexivity|]. apply loop_cpus. intros j t. unfold release, drop_vcpu.
      destruct (is_named v (rec t j)); [|reflexivity]. destruct (rec t j); try reflexivity.
      destruct (vcpu_at t v index); reflexivity.
    + congruence.
Qed.

(* Memory of VMs. *)

Lemma grow_frame v n b k : inv k -> let k' := grow v n b k in
  (forall w, vlife (vm_of k' w) = vlife (vm_of k w) /\ vprot (vm_of k' w) = vprot (vm_of k w)
    /\ vleaf (vm_of k' w) = vleaf (vm_of k w))
  /\ (forall q, rec k' q = rec k q \/ exists i, rec k q = Free v i /\ rec k' q = Table v n b)
  /\ cpus k' = cpus k.
Proof.
  intros I. unfold grow. pose proof (inv_pool _ _ I v) as P.
  destruct (vpool (vm_of k v)) as [|p l] eqn:E; cbn zeta; [auto|]. destruct P as [P _].
  split; [|split; [|reflexivity]].
  { intros w. rewrite vm_set_rec, vm_set_vm. destruct (N.eqb_spec w v) as [->|]; [|auto].
    destruct (n =? 2); auto. }
  intros q. rewrite rec_set_rec, rec_set_vm. destruct (N.eqb_spec q p) as [->|]; [right; eauto|auto].
Qed.

Lemma ensure_frame v g k : inv k -> vlife (vm_of k v) = Live -> let k' := ensure v g k in
  inv k'
  /\ (forall w, vlife (vm_of k' w) = vlife (vm_of k w) /\ vprot (vm_of k' w) = vprot (vm_of k w)
    /\ vleaf (vm_of k' w) = vleaf (vm_of k w))
  /\ (forall q, rec k' q = rec k q \/ exists i n b, rec k q = Free v i /\ rec k' q = Table v n b)
  /\ cpus k' = cpus k.
Proof.
  intros I L. unfold ensure.
  assert (A : let k1 := if has2 (vm_of k v) g then k else grow v 2 (g / per_gib) k in
    inv k1 /\ (forall w, vlife (vm_of k1 w) = vlife (vm_of k w) /\ vprot (vm_of k1 w) = vprot (vm_of k w)
      /\ vleaf (vm_of k1 w) = vleaf (vm_of k w))
    /\ (forall q, rec k1 q = rec k q \/ exists i n b, rec k q = Free v i /\ rec k1 q = Table v n b)
    /\ cpus k1 = cpus k).
  { destruct (has2 (vm_of k v) g); cbn zeta; [auto|].
    destruct (grow_frame v 2 (g / per_gib) k I) as (G1 & G2 & G3).
    split; [apply keep_grow; auto|]. split; [apply G1|split; [|exact G3]].
    intros q. destruct (G2 q) as [|(i & ? & ?)]; eauto 8. }
  cbn zeta in *. set (k1 := if has2 _ _ then _ else _) in *. destruct A as (I1 & V1 & R1 & P1).
  destruct (has3 (vm_of k1 v) g); [auto|].
  destruct (grow_frame v 3 (g / per_table) k1 I1) as (G1 & G2 & G3).
  split; [apply keep_grow; auto; rewrite (proj1 (V1 v)); exact L|].
  split; [|split; [|congruence]].
  - intros w. destruct (V1 w) as (? & ? & ?), (G1 w) as (? & ? & ?). conjs; congruence.
  - intros q. destruct (G2 q) as [E|(i & E1 & E2)], (R1 q) as [F|(i' & n & b & F1 & F2)];
      try (left; congruence); right; [exists i', n, b|exists i, 3, (g / per_table)]; split; congruence.
Qed.

Lemma good_map_range k cpu v p g nr x w e nc z : inv k -> vlife (vm_of k v) = Live ->
  (forall q, p <= q -> q < p + nr -> rec k q = Host) ->
  (forall h, fits (vprot (vm_of k v)) (x v h) v h) ->
  (forall q, In q z -> p <= q /\ q < p + nr /\ forall h, x v h = Guest v h) ->
  good k cpu (map_range k v p g nr x w e nc z).
Proof.
  intros I Lv A X W. unfold map_range. refuse.
  match goal with H : any_mapped _ _ _ _ = false |- _ => rename H into M end.
  assert (U : forall h, g <= h -> h < g + nr -> leaf_at k v h = None).
  { intros h H1 H2. pose proof (any_from_spec _ _ _ M h) as T. cbn in T. unfold is_mapped in T.
    destruct (leaf_at k v h); [|reflexivity]. discriminate T; lia. }
  pose proof (loop_ind (fun j t => inv t /\ vlife (vm_of t v) = Live
    /\ vprot (vm_of t v) = vprot (vm_of k v)
    /\ (forall q, p + (j - g) <= q -> q < p + nr -> rec t q = Host)
    /\ (forall h, j <= h -> h < g + nr -> leaf_at t v h = None)
    /\ (forall q, rec t q = rec k q \/ rec k q = Host
         \/ exists i n b, rec k q = Free v i /\ rec t q = Table v n b)
    /\ cpus t = cpus k
    /\ (forall q, p <= q -> q < p + (j - g) -> exists h, rec t q = x v h))
    (map_one v p g x w e nc) (N.to_nat nr) g k) as L.
  cbn beta in L. destruct L as (L1 & _ & _ & _ & _ & L2 & L3 & L4).
  - conjs; auto; intros q Q1 Q2; [apply A|]; lia.
  - intros j t J1 J2 (T1 & T2 & T3 & T4 & T5 & T6 & T7 & T8). unfold map_one.
    destruct (ensure_frame v j t T1 T2) as (E1 & E2 & E3 & E4). set (t' := ensure v j t) in *.
    assert (HH : rec t' (p + (j - g)) = Host).
    { destruct (E3 (p + (j - g))) as [E|(i & n & b & E & _)]; rewrite T4 in E by lia; congruence. }
    destruct (E2 v) as (V1 & V2 & V3).
    split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]].
    + apply keep_map; auto; try congruence.
      * unfold leaf_at. rewrite V3. apply T5; lia.
      * rewrite V2, T3. apply X.
    + rewrite vm_set_rec, vm_set_vm, N.eqb_refl. cbn. congruence.
    + rewrite vm_set_rec, vm_set_vm, N.eqb_refl. cbn. congruence.
    + intros q Q1 Q2. rewrite rec_set_rec, rec_set_vm. destruct (N.eqb_spec q (p + (j - g))); [lia|].
      destruct (E3 q) as [E|(i & n' & b & E & _)]; rewrite T4 in E by lia; congruence.
    + intros h H1 H2. unfold leaf_at. rewrite vm_set_rec, vm_set_vm, N.eqb_refl. cbn.
      rewrite get_put. destruct (N.eqb_spec h j); [lia|]. rewrite V3. apply T5; lia.
    + intros q. rewrite rec_set_rec, rec_set_vm.
      destruct (N.eqb_spec q (p + (j - g))) as [->|]; [right; left; apply A; lia|].
      destruct (E3 q) as [E|(i & n' & b & F1 & F2)], (T6 q) as [G|[G|(i' & n'' & b' & G1 & G2)]]; auto.
      * left. congruence.
      * right. right. exists i', n'', b'. split; congruence.
      * right. right. exists i, n', b. split; congruence.
      * congruence.
    + cbn. congruence.
    + intros q Q1 Q2. rewrite rec_set_rec, rec_set_vm.
      destruct (N.eqb_spec q (p + (j - g))) as [->|]; [eauto|].
      destruct (T8 q) as [h T]; [lia|lia|]. exists h. destruct (E3 q) as [E|(i & n' & b & E & _)].
      * congruence.
      * pose proof (X h) as Y. rewrite <- T, E in Y. unfold fits in Y.
        destruct (vprot _); [destruct Y|]; discriminate.
  - assert (NZ : forall q, ~ In q z -> ~ In (Zero q) (List.map Zero z)).
    { intros q N H. apply in_map_iff in H as (q' & E & H). injection E as ->. contradiction. }
    constructor; cbn [fst snd effects err]; auto.
    + intros q. destruct (in_dec N.eq_dec q z) as [Q|Q].
      * destruct (W q Q) as (W1 & W2 & W3). apply Given; [apply A; auto|]. intros _.
        destruct (L4 q) as [h E]; [lia|lia|]. exists v, h. right. rewrite E. apply W3.
      * destruct (L2 q) as [E|[E|(i & n & b & E & F)]].
        -- apply Stays; auto.
        -- apply Given; [exact E|]. intros H. exfalso. exact (NZ q Q H).
        -- eapply Grown; eauto.
    + eapply Zeros; eauto.
    + congruence.
Qed.

Lemma good_donate_guest k cpu h p g nr : inv k -> good k cpu (donate_guest C k h p g nr).
Proof.
  intros I. unfold donate_guest. refuse.
  match goal with H : is_protected _ = true |- _ => apply is_protected_spec in H as [L P] end.
  apply good_map_range; auto.
  - apply all_host_spec. assumption.
  - intros h0. rewrite P. left. reflexivity.
  - unfold wiped. intros q Q. destruct (vstart (vm_of k v)); [|easy].
    apply In_select in Q as (Q1 & Q2 & _). conjs; auto. lia.
Qed.

Lemma good_share_guest k cpu h p g nr prot : inv k -> good k cpu (share_guest C k h p g nr prot).
Proof.
  intros I. unfold share_guest. refuse.
  match goal with H : is_normal _ = true |- _ => apply is_normal_spec in H as [L P] end.
  apply good_map_range; auto.
  - apply all_host_spec. assumption.
  - intros h0. rewrite P. reflexivity.
  - easy.
Qed.

Lemma good_unshare_guest k cpu h g nr : inv k -> good k cpu (unshare_guest C k h g nr).
Proof.
  intros I. unfold unshare_guest. refuse.
  match goal with H : is_normal _ = true |- _ => apply is_normal_spec in H as [L P] end.
  pose proof (loop_ind (fun j t => inv t /\ vprot (vm_of t v) = false /\ cpus t = cpus k
    /\ forall q, rec t q = rec k q \/ exists w h, rec k q = HostGuest w h /\ rec t q = Host)
    (unmap_one v) (N.to_nat nr) g k) as W.
  cbn beta in W. destruct W as (W1 & _ & W3 & W2).
  - conjs; auto.
  - intros j t J1 J2 (T1 & T2 & T3 & T4).
    pose proof (keep_unmap C t v j T1) as K. unfold unmap_one in *.
    destruct (leaf_at t v j) as [l|] eqn:E; [|auto].
    destruct (inv_leaf _ _ T1 _ _ _ E) as [_ F]. rewrite T2 in F. cbn in F.
    conjs; auto.
    + rewrite vm_set_rec, vm_set_vm, N.eqb_refl. exact T2.
    + intros q. rewrite rec_set_rec, rec_set_vm. destruct (N.eqb_spec q (lpfn l)) as [->|]; [|auto].
      right. destruct (T4 (lpfn l)) as [G|(w & h' & G1 & G2)]; [|congruence].
      exists v, j. split; congruence.
  - apply good_done; auto. intros q. destruct (W2 q) as [E|(w & h' & E & F)].
    + apply Stays; easy.
    + eapply Unshared; eauto.
Qed.

(* Changes of permission and age only. *)
Lemma good_attr k cpu v g nr f o : inv k ->
  (forall j t, match leaf_at t v j with
               | Some l => exists l', lpfn l' = lpfn l /\ f j t = set_leaf v j l' t
               | None => f j t = t end) ->
  good k cpu (done (loop (N.to_nat nr) g f k) o).
Proof.
  intros I F.
  pose proof (loop_ind (fun j t => inv t /\ cpus t = cpus k /\ forall q, rec t q = rec k q)
    f (N.to_nat nr) g k) as W.
  cbn beta in W. destruct W as (W1 & W2 & W3).
  - auto.
  - intros j t J1 J2 (T1 & T2 & T3). specialize (F j t).
    destruct (leaf_at t v j) as [l|] eqn:E; [|rewrite F; auto].
    destruct F as (l' & E1 & ->). conjs; auto. eapply keep_attr; eauto.
  - apply good_done; auto. intros q. apply Stays; [apply W3|easy].
Qed.

Lemma good_wrprotect_guest k cpu h g nr : inv k -> good k cpu (wrprotect_guest C k h g nr).
Proof.
  intros I. unfold wrprotect_guest. refuse. apply good_attr with v; auto.
  intros j t. unfold protect_one. destruct (leaf_at t v j); [eexists; split; [|reflexivity]|]; reflexivity.
Qed.

Lemma good_age_guest k cpu h g nr clear : inv k -> good k cpu (age_guest C k h g nr clear).
Proof.
  intros I. unfold age_guest. refuse. destruct (clear =? 1).
  - apply good_attr with v; auto. intros j t. unfold age_one. destruct (leaf_at t v j); [eexists; split; [|reflexivity]|]; reflexivity.
  - apply good_same, I.
Qed.

Lemma good_relax_guest k cpu h g prot : inv k -> good k cpu (relax_guest C k h g prot).
Proof.
  intros I. unfold relax_guest. refuse. unfold normal_leaf.
  destruct (is_normal (vm_of k v) && gfns_inside (vm_of k v) g 1); [|apply good_same, I].
  destruct (leaf_at k v g) as [l|] eqn:E; [|apply good_same, I].
  apply good_done; [|intros q; apply Stays; easy|reflexivity].
  eapply keep_attr; eauto.
Qed.

Lemma good_query_guest k cpu h g : inv k -> good k cpu (query_guest C k h g).
Proof. intros I. unfold query_guest. refuse. destruct (normal_leaf k v g); apply good_same, I. Qed.

(* vCPUs. *)

Lemma good_vcpu_create k cpu h i c r : inv k -> good k cpu (vcpu_create C k h i c r).
Proof.
  intros I. unfold vcpu_create. refuse.
  match goal with H : is_live _ = true |- _ => apply is_live_spec in H; rename H into L end.
  destruct (rec k c) eqn:Hc; try (apply good_same; exact I).
  destruct (rec k r) as [| |used| | | | | | | |] eqn:Hr; try (apply good_same; exact I).
  destruct (get (vvcpu (vm_of k v)) i) eqn:V; [apply good_same, I|].
  destruct used; [apply good_same, I|].
  assert (D : c <> r) by congruence.
  constructor; cbn [fst snd effects err].
  - apply keep_vcpu_create; auto.
  - intros q. destruct (N.eq_dec q r) as [->|Dr].
    + eapply Reused; eauto; [rewrite rec_set_rec, N.eqb_refl; auto|].
      intros [E|[]]. congruence.
    + destruct (N.eq_dec q c) as [->|Dc].
      * apply Given; auto. intros _. exists v, i. left. rewrite !rec_set_rec.
        rewrite (proj2 (N.eqb_neq c r)) by auto. rewrite N.eqb_refl. reflexivity.
      * apply Stays; [|intros [E|[]]; congruence]. rewrite !rec_set_rec.
        rewrite (proj2 (N.eqb_neq q r)), (proj2 (N.eqb_neq q c)) by auto. reflexivity.
  - apply (Zeros _ _ _ _ [c]); reflexivity.
  - congruence.
Qed.

Lemma good_vcpu_load k cpu h i : inv k -> cpu < nr_cpus C -> good k cpu (vcpu_load C k cpu h i).
Proof.
  intros I B. unfold vcpu_load. refuse.
  destruct (get (vvcpu (vm_of k v)) i) as [x|] eqn:V; [|apply good_same, I].
  refuse. match goal with H : is_live _ = true |- _ => apply is_live_spec in H; rename H into L end.
  unfold claim_of in *. destruct (get (cpus k) cpu) as [y|] eqn:Y; [discriminate|].
  assert (P : vprot (vm_of k v) = true -> protected_runs C = true).
  { intros P. match goal with H : vprot _ && _ = false |- _ => rewrite P in H; cbn in H end.
    bools. assumption. }
  constructor; cbn [fst snd effects err].
  - apply keep_load; eauto.
  - intros q. apply Stays; [reflexivity|]. intros [E|[]]; discriminate.
  - eapply Loads; eauto; [exact (proj2 (inv_vcpu _ _ I _ _ _ V))|reflexivity|reflexivity].
  - congruence.
Qed.

Lemma run_of_spec k c x : inv k -> get (cpus k) c = Some x ->
  rec k (run_of k (cvm x) (cindex x)) = HostNie true.
Proof.
  intros I H. destruct (inv_claim _ _ I _ _ H) as (_ & _ & _ & y & Y). unfold run_of. rewrite Y.
  exact (proj2 (inv_vcpu _ _ I _ _ _ Y)).
Qed.

Lemma good_vcpu_put k cpu : inv k -> good k cpu (vcpu_put k cpu).
Proof.
  intros I. unfold vcpu_put, claim_of. destruct (get (cpus k) cpu) as [x|] eqn:X; [|apply good_same, I].
  constructor; cbn [fst snd effects err].
  - apply keep_put; auto.
  - intros q. apply Stays; [reflexivity|]. intros [E|[]]; discriminate.
  - eapply Saves; eauto. eapply run_of_spec; eauto.
  - congruence.
Qed.

Lemma good_vcpu_run k cpu : inv k -> good k cpu (vcpu_run k cpu).
Proof.
  intros I. unfold vcpu_run, claim_of. destruct (get (cpus k) cpu) as [x|] eqn:X; [|apply good_same, I].
  constructor; cbn [fst snd effects err]; auto.
  - intros q. apply Stays; [reflexivity|]. intros [E|[]]; discriminate.
  - eapply Enters; eauto.
  - congruence.
Qed.

Theorem good_call_named k cpu n a : inv k -> cpu < nr_cpus C -> good k cpu (call_named C k cpu n a).
Proof.
  intros I B. destruct n; cbn [call_named]; try (apply good_same; exact I).
  - unfold stats. refuse. apply good_same, I.
  - apply good_share_nie, I.
  - apply good_unshare_nie, I.
  - apply good_vm_create, I.
  - apply good_vm_topup, I.
  - apply good_vm_teardown, I.
  - apply good_vm_reclaim, I.
  - apply good_vm_destroy, I.
  - apply good_vcpu_create, I.
  - unfold vm_info. refuse. apply good_same, I.
  - apply good_donate_guest, I.
  - apply good_share_guest, I.
  - apply good_unshare_guest, I.
  - apply good_relax_guest, I.
  - apply good_wrprotect_guest, I.
  - apply good_age_guest, I.
  - unfold tlb_flush_vm. refuse. apply good_same, I.
  - apply good_query_guest, I.
  - apply good_vcpu_load; auto.
  - apply good_vcpu_put, I.
  - apply good_vcpu_run, I.
Qed.
End Preservation.
