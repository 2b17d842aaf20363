(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * P2, of what a VM is given: a page that the host gives to a protected VM after its launch comes as
 * zeroes. So in its private memory a VM finds what was there when its launch ended, which the C
 * measures, and what it wrote itself. Into the memory of a running VM the host puts data through
 * pages that are shared only; registers are integrity_enter's.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words
  Behaviour Isolation.
Import ListNotations.
Local Open Scope N_scope.

Section Launch.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).
Local Notation step := (step C).
Local Notation next := (next C).

(* From k to k' a slot has the same VM or a later one, a launch that is over stays over, and only
   pages of Z became a VM's. *)
Definition same_launch (m m' : vm) : Prop :=
  vgen m < vgen m' \/ vgen m' = vgen m /\ (vstart m = true -> vstart m' = true).
Record tame (Z : N -> N -> Prop) (k k' : kernel) : Prop := mkTame {
  t_launch : forall v, same_launch (vm_of k v) (vm_of k' v);
  t_owner : forall v p, owner_of (rec k' p) = OVm v -> owner_of (rec k p) = OVm v \/ Z v p
}.
Definition none (v p : N) : Prop := False.
Implicit Type Z : N -> N -> Prop.

Lemma same_launch_refl m : same_launch m m.
Proof. right. auto. Qed.

Lemma tame_refl Z k : tame Z k k.
Proof. constructor; auto using same_launch_refl. Qed.

Lemma tame_trans Z k k1 k2 : tame Z k k1 -> tame Z k1 k2 -> tame Z k k2.
Proof.
  intros [A B] [A' B']. constructor.
  - intros v. destruct (A v) as [X|[X Y]], (A' v) as [X'|[X' Y']]; try (left; lia).
    right. split; [congruence|auto].
  - intros v p H. destruct (B' v p H); auto.
Qed.

Lemma tame_weaken Z k k' : tame none k k' -> tame Z k k'.
Proof. intros [A B]. constructor; [exact A|]. intros v p H. destruct (B v p H) as [|[]]; auto. Qed.

Lemma tame_rec Z k p x : (forall v, owner_of x = OVm v -> owner_of (rec k p) = OVm v \/ Z v p) ->
  tame Z k (set_rec k p x).
Proof.
  intros H. constructor; [intros v; apply same_launch_refl|]. intros v q. rewrite rec_set_rec.
  destruct (N.eqb_spec q p) as [->|]; auto.
Qed.

Lemma tame_vm Z k v m : same_launch (vm_of k v) m -> tame Z k (set_vm k v m).
Proof.
  intros H. constructor; [|auto]. intros w. rewrite vm_set_vm.
  destruct (N.eqb_spec w v) as [->|]; auto using same_launch_refl.
Qed.

Lemma tame_keep Z k v m : vgen m = vgen (vm_of k v) -> vstart m = vstart (vm_of k v) ->
  tame Z k (set_vm k v m).
Proof. intros G S. apply tame_vm. right. split; congruence. Qed.

Lemma tame_cpu Z k c x : tame Z k (set_cpu k c x).
Proof. constructor; auto using same_launch_refl. Qed.

Lemma tame_loop Z f n i k :
  (forall j t, i <= j -> j < i + N.of_nat n -> tame Z t (f j t)) -> tame Z k (loop n i f k).
Proof.
  intros F. pose proof (loop_ind (fun _ t => tame Z k t) f n i k) as L. apply L; [apply tame_refl|].
  intros j t L1 L2 T. eapply tame_trans; eauto.
Qed.

Lemma tame_grow Z v n b k : tame Z k (grow v n b k).
Proof.
  unfold grow. destruct (vpool (vm_of k v)); [apply tame_refl|].
  eapply tame_trans; [|apply tame_rec; discriminate].
  destruct (n =? 2); apply tame_keep; reflexivity.
Qed.

Lemma tame_map Z v p g x w e nc j k : (forall u, owner_of (x v j) = OVm u -> Z u (p + (j - g))) ->
  tame Z k (map_one v p g x w e nc j k).
Proof.
  intros H. unfold map_one. apply tame_trans with (ensure v j k).
  - unfold ensure. destruct (has2 _ _).
    + destruct (has3 _ _); [apply tame_refl|apply tame_grow].
    + destruct (has3 _ _); [apply tame_grow|]. eapply tame_trans; apply tame_grow.
  - eapply tame_trans; [|apply tame_rec; auto]. apply tame_keep; reflexivity.
Qed.

Lemma tame_unmap Z v g k : tame Z k (unmap_one v g k).
Proof.
  unfold unmap_one. destruct (leaf_at k v g); [|apply tame_refl].
  eapply tame_trans; [|apply tame_rec; discriminate]. apply tame_keep; reflexivity.
Qed.

Lemma tame_leaf Z k v g l : tame Z k (set_leaf v g l k).
Proof. apply tame_keep; reflexivity. Qed.

Lemma tame_release Z v p k : tame Z k (release C v p k).
Proof.
  unfold release, drop_vcpu. destruct (is_named _ _); [|apply tame_refl].
  destruct (rec k p); try (apply tame_rec; discriminate).
  eapply tame_trans; [|apply tame_rec; discriminate].
  destruct (vcpu_at k v index); [|apply tame_refl].
  eapply tame_trans; [|apply tame_rec; discriminate]. apply tame_keep; reflexivity.
Qed.

Ltac go := repeat match goal with
  | |- tame _ ?k (fst (if ?b then _ else _)) => destruct b eqn:?
  | |- tame _ ?k (fst (with_vm _ _ _ _)) => unfold with_vm; destruct (find _ _ _)
  | |- tame _ ?k (fst (normal_range _ _ _ _ _ _)) => unfold normal_range
  | |- tame _ ?k (fst (match (if ?b then _ else _) with _ => _ end)) => destruct b eqn:?
  | |- tame _ ?k (fst (match ?x with _ => _ end)) => destruct x eqn:?
  end; cbn [fst fail fail_with done]; try apply tame_refl.

Lemma tame_call_but_donate k cpu n a : n <> DONATE_GUEST ->
  tame none k (fst (call_named C k cpu n a)).
Proof.
  intros D. destruct n; cbn [call_named fst version fail fail_with done]; try apply tame_refl;
    try contradiction.
  - unfold stats. go.
  - unfold share_nie. go. apply tame_rec; discriminate.
  - unfold unshare_nie. go. apply tame_rec; discriminate.
  - unfold vm_create. go.
    eapply tame_trans; [|apply tame_loop; intros; apply tame_rec; discriminate].
    apply tame_vm. left. cbn. lia.
  - unfold vm_topup. go. apply tame_loop. intros j t _ _. unfold give_page.
    eapply tame_trans; [|apply tame_rec; discriminate]. apply tame_keep; reflexivity.
  - unfold vm_teardown. go. apply tame_keep; reflexivity.
  - unfold vm_reclaim. go. apply tame_loop. intros. apply tame_release.
  - unfold vm_destroy. go. apply tame_keep; reflexivity.
  - unfold vcpu_create. go. eapply tame_trans; [|apply tame_rec; discriminate].
    eapply tame_trans; [|apply tame_rec; discriminate]. apply tame_keep; reflexivity.
  - unfold vm_info. go.
  - unfold share_guest, map_range. go. apply tame_loop. intros. apply tame_map. discriminate.
  - unfold unshare_guest. go. apply tame_loop. intros. apply tame_unmap.
  - unfold relax_guest, normal_leaf. go. apply tame_leaf.
  - unfold wrprotect_guest. go. apply tame_loop. intros j t _ _. unfold protect_one.
    destruct (leaf_at t n j); [apply tame_leaf|apply tame_refl].
  - unfold age_guest. go. destruct (a3 a =? 1); [|apply tame_refl]. apply tame_loop. intros j t _ _.
    unfold age_one. destruct (leaf_at t n j); [apply tame_leaf|apply tame_refl].
  - unfold tlb_flush_vm. go.
  - unfold query_guest. go.
  - unfold vcpu_load. go. eapply tame_trans; [|apply tame_cpu]. apply tame_keep; reflexivity.
  - unfold vcpu_put. go. constructor; auto using same_launch_refl.
  - unfold vcpu_run. go.
Qed.

(* Of what became a started VM's, a call says that it is to be zeroed. *)
Lemma tame_call k cpu n a : let r := call_named C k cpu n a in
  tame (fun v p => vstart (vm_of k v) = true -> In (Zero p) (effects (snd r))) k (fst r).
Proof.
  cbv zeta. assert (N : n = DONATE_GUEST \/ n <> DONATE_GUEST)
    by (destruct n; auto; right; discriminate).
  destruct N as [->|N]; [|apply tame_weaken, tame_call_but_donate, N].
  cbn [call_named]. unfold donate_guest, with_vm, map_range.
  destruct (_ || _); [apply tame_refl|]. destruct (find C k (a0 a)) as [v|]; [|apply tame_refl].
  destruct (_ || _); [apply tame_refl|]. destruct (negb _); [apply tame_refl|].
  destruct (any_mapped _ _ _ _); [apply tame_refl|]. destruct (_ <? _); [apply tame_refl|].
  cbn [fst snd effects]. apply tame_loop. intros j t J1 J2. apply tame_map. cbn. intros u U S.
  injection U as <-. apply in_map. unfold wiped. rewrite S. apply In_select. conjs; auto; lia.
Qed.

Lemma tame_guest_call k v n : inv k -> tame none k (fst (guest_call C k v n)).
Proof.
  intros I. destruct n; cbn [guest_call].
  - destruct (own_page C k v g) as [[p []]|] eqn:O; try apply tame_refl.
    apply own_page_spec in O as [_ R]; [|exact I]. apply tame_rec. intros u. rewrite R. auto.
  - destruct (own_page C k v g) as [[p []]|] eqn:O; try apply tame_refl.
    apply own_page_spec in O as [_ R]; [|exact I]. apply tame_rec. intros u. rewrite R. auto.
  - destruct (own_page C k v g) as [[p []]|]; try apply tame_refl. apply tame_unmap.
  - destruct (_ || _); [apply tame_refl|]. apply tame_keep; reflexivity.
  - apply tame_keep; reflexivity.
Qed.

Lemma tame_touch Z k v g : tame Z k (touch k v g).
Proof.
  unfold touch. destruct (leaf_at k v g); [|apply tame_refl].
  destruct (lyoung l); [apply tame_refl|apply tame_leaf].
Qed.

Lemma tame_enter Z c v i s : tame Z (kern s) (kern (fst (enter c v i s))).
Proof.
  destruct (enter_kern c v i s) as [-> | ->]; [apply tame_refl|].
  eapply tame_trans; [|apply tame_cpu].
  unfold launch. destruct (_ && _); [|apply tame_refl]. apply tame_vm. right. auto.
Qed.

Definition blank (s s' : machine) (v p : N) : Prop :=
  vstart (vm_of (kern s) v) = true -> forall n, at_ (mem s') p n = 0.

Lemma tame_host_call s c nr a : inv (kern s) -> c < nr_cpus C ->
  let s' := fst (host_call C c nr a s) in tame (blank s s') (kern s) (kern s').
Proof.
  intros I B. unfold host_call. pose proof (call_good C boot_plain (kern s) c nr a I B) as G.
  unfold call in *. destruct (row_of nr) as [r|]; [|apply tame_refl].
  pose proof (tame_call (kern s) c (r_name r) a) as T. cbv zeta in T.
  destruct (call_named C (kern s) c (r_name r) a) as [k y]. cbn [fst snd] in T.
  destruct (good_shape _ _ _ _ G) as [l E _|q x E _ _ _ _|q E _ _ _|x E K _]; cbn [fst snd] in *.
  - assert (NE : forall T (f : N -> N -> T) d,
      match effects y with [Enter v i] => f v i | _ => d end = d).
    { intros. rewrite E. destruct l as [|p []]; reflexivity. }
    rewrite NE, E in *. cbv zeta. cbn [fst return_to_host with_regs kern].
    destruct (zeros_effect c l (with_kern s k)) as (Ek & _ & _ & _ & Z & _). rewrite Ek.
    destruct T as [T1 T2]. constructor; [exact T1|]. intros v p H.
    destruct (T2 v p H) as [|P]; [auto|]. right. intros S n. apply (Z p (P S) n).
  - rewrite E in *. destruct T as [T1 T2]. constructor; [exact T1|]. intros v p H.
    destruct (T2 v p H) as [|P]; [auto|]. right. intros S. destruct (P S) as [X|[]]. discriminate.
  - rewrite E in *. destruct T as [T1 T2]. constructor; [exact T1|]. intros v p H.
    destruct (T2 v p H) as [|P]; [auto|]. right. intros S. destruct (P S) as [X|[]]. discriminate.
  - rewrite E. subst k. cbn [fold_left apply]. rewrite with_kern_same. apply tame_enter.
Qed.

Lemma tame_step s c a : inv (kern s) -> let s' := fst (step s c a) in
  tame (blank s s') (kern s) (kern s').
Proof.
  intros I. cbv zeta.
  assert (F : forall (e : list effect) s, kern (fold_left (apply c) e s) = kern s).
  { induction e as [|x e IH]; intros t; [reflexivity|]. simpl. rewrite IH.
    destruct x; reflexivity. }
  unfold Machine.step. destruct (c <? nr_cpus C) eqn:B; cbn [negb]; [|apply tame_refl].
  apply N.ltb_lt in B. destruct (running s c) as [[v i]|] eqn:R, a; try apply tame_refl.
  - destruct (guest_page _ _ _ _ _); [apply tame_touch|apply tame_refl].
  - destruct (guest_page _ _ _ _ _); [apply tame_touch|apply tame_refl].
  - destruct (exit_ok _ _ _); [|apply tame_refl]. cbn [leave fst kern return_to_host with_regs].
    destruct (vcpu_at (kern s) v i); [|apply tame_cpu].
    eapply tame_trans; [apply tame_cpu|]. apply tame_keep; reflexivity.
  - destruct (vprot _); [|apply tame_refl]. pose proof (tame_guest_call (kern s) v c0 I) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. cbn [fst with_regs kern] in *. rewrite F.
    apply tame_weaken, G.
  - destruct (host_allowed _ _ _ _); apply tame_refl.
  - destruct (host_allowed _ _ _ _); apply tame_refl.
  - apply tame_host_call; auto.
Qed.

(* A page that becomes a started VM's is zero, whatever the host had in it. *)
Theorem integrity_donated s c a v p : reachable C s -> vstart (vm_of (kern s) v) = true ->
  let s' := next s (c, a) in
  owner_of (rec (kern s) p) <> OVm v -> owner_of (rec (kern s') p) = OVm v ->
  forall n, at_ (mem s') p n = 0.
Proof.
  intros R S s' N O. apply (reachable_inv C boot_plain) in R.
  destruct (t_owner _ _ _ (tame_step s c a R) v p O) as [|Z]; [contradiction|exact (Z S)].
Qed.

(* Over whole runs in which a started VM does nothing: as long as the slot is still its own, its
   private pages are those that it had, as they were, and zeroes. *)
Theorem integrity_launched s l v p g : reachable C s -> vstart (vm_of (kern s) v) = true ->
  (forall l1 e l2, l = l1 ++ e :: l2 -> actor (run_all C s l1) e <> Some v) ->
  let s' := run_all C s l in
  vgen (vm_of (kern s') v) = vgen (vm_of (kern s) v) -> rec (kern s') p = Guest v g ->
  (rec (kern s) p = Guest v g /\ forall n, at_ (mem s') p n = at_ (mem s) p n)
  \/ forall n, at_ (mem s') p n = 0.
Proof.
  intros R S. cbv zeta.
  assert (T : forall m, reachable C (run_all C s m)
    /\ same_launch (vm_of (kern s) v) (vm_of (kern (run_all C s m)) v)).
  { induction m as [|[c a] m [M1 M2]] using rev_ind; [split; [exact R|apply same_launch_refl]|].
    unfold run_all in *. rewrite fold_left_app. cbn [fold_left]. split.
    - destruct M1 as (s0 & m0 & H0 & ->). exists s0, (m0 ++ [(c, a)]). split; [exact H0|].
      unfold run_all. rewrite fold_left_app. reflexivity.
    - apply (reachable_inv C boot_plain) in M1.
      pose proof (t_launch _ _ _ (tame_step _ c a M1) v) as L.
      destruct M2 as [X|[X Y]], L as [X'|[X' Y']]; [left|left|left|right].
      + exact (N.lt_trans _ _ _ X X').
      + rewrite <- X' in X. exact X.
      + rewrite X in X'. exact X'.
      + split; [exact (eq_trans X' X)|]. intros Q. exact (Y' (Y Q)). }
  revert g. induction l as [|[c a] l IH] using rev_ind; intros g N G E; [left; auto|].
  destruct (T l) as [Rt Lt].
  assert (Et : forall e : event, run_all C s (l ++ [e]) = next (run_all C s l) e)
    by (intros e; unfold run_all; rewrite fold_left_app; reflexivity).
  rewrite Et in G, E |- *. clear Et. set (t := run_all C s l) in *.
  assert (A : actor t (c, a) <> Some v) by (apply (N l (c, a) []); reflexivity).
  pose proof (reachable_inv C boot_plain t Rt) as It.
  assert (Gt : vgen (vm_of (kern t) v) = vgen (vm_of (kern s) v)
    /\ vstart (vm_of (kern t) v) = true).
  { pose proof (t_launch _ _ _ (tame_step t c a It) v
      : same_launch (vm_of (kern t) v) (vm_of (kern (next t (c, a))) v)) as L.
    destruct Lt as [X|[X Y]]; [exfalso; destruct L as [L|[L _]]; lia|auto]. }
  destruct Gt as [Gt St].
  assert (O : owner_of (rec (kern t) p) = OVm v \/ owner_of (rec (kern t) p) <> OVm v)
    by (destruct (owner_of (rec (kern t) p)) as [| |w]; [right; discriminate..|];
        destruct (N.eq_dec w v); [left|right]; congruence).
  destruct O as [O|O].
  2: { right. apply (integrity_donated t c a v p Rt St O). rewrite E. reflexivity. }
  destruct (rec (kern t) p) eqn:Rp; try discriminate; injection O as ->.
  - destruct (integrity_memory C boot_plain t c a v g0 p Rt Rp A) as [(E' & M & _)|(_ & E' & _)];
      rewrite E in E'; [injection E' as <-|discriminate].
    destruct (IH g) as [[H1 H2]|H]; auto.
    + intros l1 e l2 Q. apply (N l1 e (l2 ++ [(c, a)])). rewrite Q, <- app_assoc. reflexivity.
    + left. split; [exact H1|]. intros n. rewrite M. apply H2.
    + right. intros n. rewrite M. apply H.
  - exfalso. unfold Machine.next in E. cbn [fst snd] in E.
    destruct (step_fate C boot_plain t c a It p)
      as [F _ _|w _ _ _ F _|F|w i n b F _|w h _ F|w h B F _|w i B F _ _];
      try (rewrite Rp in F; try discriminate); try congruence.
    destruct F as [F|F]; congruence.
Qed.
End Launch.
