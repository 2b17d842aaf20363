(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The age of a page is a flow from a VM to the host: the MMU marks what a guest touches. It is one of
 * normal VMs only: nobody clears the marks of a protected VM, so its reads are always silent, and so
 * are its writes to pages of its own.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words Behaviour
  Isolation Confidentiality.
Import ListNotations.
Local Open Scope N_scope.

Section Age.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.

(* From k to k' no leaf of a protected VM lost its mark. *)
Definition ages (k k' : kernel) : Prop := forall v g l,
  vprot (vm_of k' v) = true -> leaf_at k' v g = Some l ->
  lyoung l = true \/ vprot (vm_of k v) = true /\ leaf_at k v g = Some l.

Lemma ages_refl k : ages k k.
Proof. intros v g l P L. auto. Qed.

Lemma ages_trans k k1 k2 : ages k k1 -> ages k1 k2 -> ages k k2.
Proof. intros A B v g l P L. destruct (B v g l P L) as [|[P1 L1]]; eauto. Qed.

Lemma ages_rec k p x : ages k (set_rec k p x).
Proof. intros v g l P L. auto. Qed.

Lemma ages_vm k v m : (forall g l, vprot m = true -> get (vleaf m) g = Some l ->
    lyoung l = true \/ vprot (vm_of k v) = true /\ leaf_at k v g = Some l) ->
  ages k (set_vm k v m).
Proof.
  intros H w g l P L. unfold leaf_at in L. rewrite vm_set_vm in *.
  destruct (N.eqb_spec w v) as [->|]; auto.
Qed.

(* The leaves are as before. *)
Lemma ages_keep k v m : vprot m = vprot (vm_of k v) -> vleaf m = vleaf (vm_of k v) -> ages k (set_vm k v m).
Proof. intros P L. apply ages_vm. intros g l. rewrite P, L. auto. Qed.

Lemma ages_loop f n : (forall j t, ages t (f j t)) -> forall i k, ages k (loop n i f k).
Proof.
  intros F. induction n as [|n IH]; intros i k; simpl; [apply ages_refl|].
  eapply ages_trans; [apply F|apply IH].
Qed.

Lemma ages_grow v n b k : ages k (grow v n b k).
Proof.
  unfold grow. destruct (vpool (vm_of k v)); [apply ages_refl|].
  eapply ages_trans; [|apply ages_rec]. destruct (n =? 2); apply ages_keep; reflexivity.
Qed.

Lemma ages_ensure v g k : ages k (ensure v g k).
Proof.
  unfold ensure. destruct (has2 _ _).
  - destruct (has3 _ _); [apply ages_refl|apply ages_grow].
  - destruct (has3 _ _); [apply ages_grow|]. eapply ages_trans; apply ages_grow.
Qed.

Lemma ages_map v p g x w e nc j k : ages k (map_one v p g x w e nc j k).
Proof.
  unfold map_one. eapply ages_trans; [apply ages_ensure|]. eapply ages_trans; [|apply ages_rec].
  apply ages_vm. intros h l P L. cbn in *. rewrite get_put in L.
  destruct (h =? j); [|auto]. injection L as <-. auto.
Qed.

Lemma ages_unmap v g k : ages k (unmap_one v g k).
Proof.
  unfold unmap_one. destruct (leaf_at k v g); [|apply ages_refl].
  eapply ages_trans; [|apply ages_rec]. apply ages_vm. intros h l' P L. cbn in *.
  rewrite get_del in L. destruct (h =? g); [discriminate|auto].
Qed.

Lemma ages_leaf_normal k v g l : vprot (vm_of k v) = false -> ages k (set_leaf v g l k).
Proof. intros P. apply ages_vm. cbn. congruence. Qed.

Lemma normal_loop (f : N -> kernel -> kernel) v n i k : vprot (vm_of k v) = false ->
  (forall j t, f j t = t \/ exists l, f j t = set_leaf v j l t) -> ages k (loop n i f k).
Proof.
  intros P F. revert i k P. induction n as [|n IH]; intros i k P; simpl; [apply ages_refl|].
  destruct (F i k) as [E|[l E]]; rewrite E; [auto|].
  eapply ages_trans; [apply ages_leaf_normal, P|]. apply IH. unfold set_leaf. rewrite vm_set_vm, N.eqb_refl.
  exact P.
Qed.

Lemma ages_release v p k : ages k (release C v p k).
Proof.
  unfold release, drop_vcpu. destruct (is_named _ _); [|apply ages_refl].
  destruct (rec C k p); try apply ages_rec.
  eapply ages_trans; [|apply ages_rec]. destruct (vcpu_at k v index); [|apply ages_refl].
  eapply ages_trans; [|apply ages_rec]. apply ages_keep; reflexivity.
Qed.

Ltac go := repeat match goal with
  | |- ages ?k (fst (if ?b then _ else _)) => destruct b eqn:?
  | |- ages ?k (fst (with_vm _ _ _ _)) => unfold with_vm; destruct (find _ _ _)
  | |- ages ?k (fst (normal_range _ _ _ _ _ _)) => unfold normal_range
  | |- ages ?k (fst (match (if ?b then _ else _) with _ => _ end)) => destruct b eqn:?
  | |- ages ?k (fst (match ?x with _ => _ end)) => destruct x eqn:?
  end; cbn [fst fail fail_with done]; try apply ages_refl.

Ltac normal := match goal with H : negb (is_normal ?m) || _ = false |- _ =>
  apply orb_false_iff in H; destruct H as [H _]; apply negb_false_iff in H; apply is_normal_spec in H; destruct H end.

Lemma ages_call k cpu n a : ages k (fst (call_named C k cpu n a)).
Proof.
  destruct n; cbn [call_named fst version fail fail_with done]; try apply ages_refl.
  - unfold stats. go.
  - unfold share_nie. go. apply ages_rec.
  - unfold unshare_nie. go. apply ages_rec.
  - unfold vm_create. go. eapply ages_trans; [|apply ages_loop; intros; apply ages_rec].
    apply ages_vm. intros g l P L. cbn in L. rewrite get_empty in L. discriminate.
  - unfold vm_topup. go. apply ages_loop. intros j t. unfold give_page.
    eapply ages_trans; [|apply ages_rec]. apply ages_keep; reflexivity.
  - unfold vm_teardown. go. apply ages_vm. intros g l P L. cbn in L. rewrite get_empty in L. discriminate.
  - unfold vm_reclaim. go. apply ages_loop. intros. apply ages_release.
  - unfold vm_destroy. go. apply ages_keep; reflexivity.
  - unfold vcpu_create. go. eapply ages_trans; [|apply ages_rec]. eapply ages_trans; [|apply ages_rec].
    apply ages_keep; reflexivity.
  - unfold vm_info. go.
  - unfold donate_guest, map_range. go. apply ages_loop. intros. apply ages_map.
  - unfold share_guest, map_range. go. apply ages_loop. intros. apply ages_map.
  - unfold unshare_guest. go. apply ages_loop. intros. apply ages_unmap.
  - unfold relax_guest, normal_leaf. go.
    match goal with H : is_normal _ && _ = true |- _ => apply andb_true_iff in H; destruct H as [H _];
      apply is_normal_spec in H; destruct H end.
    apply ages_leaf_normal. assumption.
  - unfold wrprotect_guest. go. normal. apply (normal_loop _ n); auto. intros j t. unfold protect_one.
    destruct (leaf_at t n j); eauto.
  - unfold age_guest. go. normal. destruct (a3 a =? 1); [|apply ages_refl]. apply (normal_loop _ n); auto.
    intros j t. unfold age_one. destruct (leaf_at t n j); eauto.
  - unfold tlb_flush_vm. go.
  - unfold query_guest. go.
  - unfold vcpu_load. go. apply ages_keep; reflexivity.
  - unfold vcpu_put. go. intros v g l P L. auto.
  - unfold vcpu_run. go.
Qed.

Lemma ages_touch k v g : ages k (touch k v g).
Proof.
  unfold touch. destruct (leaf_at k v g) as [l|] eqn:E; [|apply ages_refl].
  destruct (lyoung l); [apply ages_refl|]. apply ages_vm. intros h l' P L. cbn in *. rewrite get_put in L.
  destruct (h =? g); [|auto]. injection L as <-. auto.
Qed.

Lemma ages_guest_call k v n : ages k (fst (guest_call C k v n)).
Proof.
  destruct n; cbn [guest_call].
  - destruct (own_page C k v g) as [[p []]|]; try apply ages_refl. apply ages_rec.
  - destruct (own_page C k v g) as [[p []]|]; try apply ages_refl. apply ages_rec.
  - destruct (own_page C k v g) as [[p []]|]; try apply ages_refl. apply ages_unmap.
  - destruct (_ || _); [apply ages_refl|]. apply ages_keep; reflexivity.
  - apply ages_keep; reflexivity.
Qed.

(* A step changes NIE's state through one of these. *)
Lemma ages_step s c a : ages (kern s) (kern (fst (step C s c a))).
Proof.
  assert (F : forall (e : list effect) s, kern (fold_left (apply c) e s) = kern s).
  { induction e as [|x e IH]; intros t; [reflexivity|]. simpl. rewrite IH. destruct x; reflexivity. }
  assert (Cl : forall k x, ages k (set_cpu k c x)) by (intros k x v g l P L; auto).
  assert (En : forall t v i, ages (kern t) (kern (fst (enter c v i t)))).
  { intros t v i. destruct (enter_kern c v i t) as [-> | ->]; [apply ages_refl|].
    eapply ages_trans; [|apply Cl]. unfold launch. destruct (_ && _); [|apply ages_refl].
    apply ages_keep; reflexivity. }
  unfold step. destruct (negb _); [apply ages_refl|].
  destruct (running s c) as [[v i]|] eqn:R, a; try apply ages_refl.
  - destruct (guest_page _ _ _ _ _); [apply ages_touch|apply ages_refl].
  - destruct (guest_page _ _ _ _ _); [apply ages_touch|apply ages_refl].
  - destruct (exit_ok _ _ _); [|apply ages_refl]. cbn [leave fst kern return_to_host with_regs].
    destruct (vcpu_at (kern s) v i); [|apply Cl].
    eapply ages_trans; [apply Cl|]. apply ages_keep; reflexivity.
  - destruct (vprot _); [|apply ages_refl]. pose proof (ages_guest_call (kern s) v c0) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. cbn [fst with_regs kern] in *. rewrite F. exact G.
  - destruct (host_allowed _ _ _ _); apply ages_refl.
  - destruct (host_allowed _ _ _ _); apply ages_refl.
  - unfold host_call, call. destruct (row_of nr) as [r|]; [|apply ages_refl].
    pose proof (ages_call (kern s) c (r_name r) a) as G.
    destruct (call_named C (kern s) c (r_name r) a) as [k y]. cbn [fst] in G.
    set (t := fold_left (apply c) (effects y) (with_kern s k)).
    assert (T : kern t = k) by apply F.
    assert (D : ages (kern s) (kern (fst (let x := results true (err y) (outs y) in (return_to_host c t x, x)))))
      by (cbn; rewrite T; exact G).
    destruct (effects y) as [|[p|p|p|v i] [|]]; try exact D.
    eapply ages_trans; [exact G|]. rewrite <- T. apply En.
Qed.

Theorem protected_marked s v g : reachable C s -> vprot (vm_of (kern s) v) = true -> marked (kern s) v g.
Proof.
  intros (s0 & l & S & ->) P. unfold marked. destruct (leaf_at _ v g) as [x|] eqn:L; [|exact Logic.I].
  assert (K : forall l s, kern s = kern s -> (forall w h y, vprot (vm_of (kern s) w) = true ->
      leaf_at (kern s) w h = Some y -> lyoung y = true) ->
    forall w h y, vprot (vm_of (kern (run_all C s l)) w) = true ->
      leaf_at (kern (run_all C s l)) w h = Some y -> lyoung y = true).
  { clear. induction l as [|e l IH]; intros s _ H; [exact H|]. simpl. apply IH; [reflexivity|].
    intros w h y P L. destruct (ages_step s (fst e) (snd e) w h y P L) as [|[P1 L1]]; eauto. }
  apply (K l s0 eq_refl) with (w := v) (h := g) (y := x); auto.
  intros w h y _ L'. rewrite S in L'. unfold leaf_at, vm_of, sealed in L'. cbn in L'.
  rewrite get_empty in L'. cbn in L'. rewrite get_empty in L'. discriminate.
Qed.

(* So whatever a protected VM reads, and whatever it writes to pages that it does not share, nobody
   sees. *)
Theorem protected_silent s v c a : reachable C s -> vprot (vm_of (kern s) v) = true ->
  actor s (c, a) = Some v ->
  match a with
  | GSet _ _ | GRead _ _ _ _ => True
  | GWrite g _ _ => forall p, translate (kern s) v g = Some p -> private_page C (kern s) v p
  | _ => False
  end -> silent C s v (c, a).
Proof.
  intros R P A H. split; [exact A|]. cbn [snd]. destruct a; auto; try (apply protected_marked; auto).
  split; [apply protected_marked; auto|].
  destruct (guest_page (kern s) v g true false) as [p|] eqn:G; [|exact Logic.I]. apply H.
  unfold guest_page, translate in *. destruct (leaf_at (kern s) v g) as [l|]; [|discriminate].
  destruct (_ && _); congruence.
Qed.
End Age.
