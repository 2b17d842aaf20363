(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The claims: P1 exclusivity, P2 integrity, P3 confidentiality, P4 scrub, and of P6 that a call that
 * fails changes nothing and works on at most 512 pages. For every machine (config) whose records
 * name no VM at seal, every initial content of memory and registers, and whatever host and guests do.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words Behaviour.
Import ListNotations.
Local Open Scope N_scope.

Section Isolation.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).
Local Notation step := (step C).
Local Notation next := (next C).
Local Notation actor := (actor).

Inductive owner := OHost | ONie | OVm (v : N).
Definition owner_of (x : page) : owner :=
  match x with
  | NotRam | Host | HostNie _ | HostGuest _ _ => OHost
  | Guest v _ | GuestHost v _ => OVm v
  | Image | Free _ _ | Table _ _ _ | Ctx _ _ | Device => ONie
  end.

(* ---- P1: one owner a page (owner_of is a function), and nobody reaches what is another's. ---- *)

Record exclusive (k : kernel) : Prop := {
  (* A page is mapped in one VM at most, at one gfn. *)
  x_once : forall v w g h p, translate k v g = Some p -> translate k w h = Some p -> v = w /\ g = h;
  (* What a VM has mapped is its own, or the host's and shared with it there. *)
  x_guest : forall v g p, translate k v g = Some p ->
    owner_of (rec k p) = OVm v \/ rec k p = HostGuest v g;
  (* What the host reaches is its own, or a VM's that the VM shares. *)
  x_host : forall p fetch, host_allowed C k p fetch = true ->
    owner_of (rec k p) = OHost \/ exists v g, rec k p = GuestHost v g;
  (* What is NIE's nobody reaches. *)
  x_nie : forall p, owner_of (rec k p) = ONie ->
    (forall fetch, host_allowed C k p fetch = false) /\ (forall v g, translate k v g <> Some p)
}.

Lemma translate_fits k v g p : inv k -> translate k v g = Some p ->
  vlife (vm_of k v) = Live /\ fits (vprot (vm_of k v)) (rec k p) v g.
Proof.
  intros I. unfold translate. destruct (leaf_at k v g) as [l|] eqn:E; [|discriminate].
  intros H. injection H as <-. apply (inv_leaf _ _ I _ _ _ E).
Qed.

Theorem exclusivity s : reachable C s -> exclusive (kern s).
Proof.
  intros R. pose proof (reachable_inv C boot_plain s R) as I. constructor.
  - intros v w g h p T U. apply translate_fits in T as [_ T], U as [_ U]; auto. unfold fits in *.
    destruct (vprot _), (vprot _); repeat match goal with H : _ \/ _ |- _ => destruct H end;
      split; congruence.
  - intros v g p T. apply translate_fits in T as [_ T]; auto. unfold fits in T.
    destruct (vprot _); [destruct T as [-> | ->]|]; auto.
  - intros p f H. unfold host_allowed in H. apply andb_true_iff in H as [_ H].
    destruct (rec (kern s) p); try discriminate; cbn; eauto.
  - intros p O. split.
    + intros f. unfold host_allowed. destruct (p <? nr_host_pages C); [|reflexivity].
      destruct (rec (kern s) p); try discriminate; reflexivity.
    + intros v g T. apply translate_fits in T as [_ T]; auto. unfold fits in T.
      destruct (vprot _); [destruct T as [T|T]|]; rewrite T in O; discriminate.
Qed.

(* ---- What a step does to one page. ---- *)

Inductive fate (s : machine) (e : event) (s' : machine) (p : N) : Prop :=
| Untouched : rec (kern s') p = rec (kern s) p ->
    (forall n, at_ (guestregs s') p n = at_ (guestregs s) p n) ->
    (forall n, at_ (mem s') p n = at_ (mem s) p n) -> fate s e s' p
| Wiped v : owner_of (rec (kern s) p) <> OHost -> names (rec (kern s) p) = Some v ->
    vlife (vm_of (kern s) v) = Dying \/ actor s e = Some v ->
    rec (kern s') p = Host ->
    (forall n, at_ (mem s') p n = 0 /\ at_ (guestregs s') p n = 0) -> fate s e s' p
| OfHost : owner_of (rec (kern s) p) = OHost -> fate s e s' p
| Inner v i n b : rec (kern s) p = Free v i -> rec (kern s') p = Table v n b -> fate s e s' p
| Shared v g : rec (kern s) p = GuestHost v g -> rec (kern s') p = GuestHost v g -> fate s e s' p
| ByVm v g : actor s e = Some v -> rec (kern s) p = Guest v g \/ rec (kern s) p = GuestHost v g ->
    rec (kern s') p = Guest v g \/ rec (kern s') p = GuestHost v g -> fate s e s' p
| Saved v i : actor s e = Some v -> rec (kern s) p = Ctx v i -> rec (kern s') p = Ctx v i ->
    (forall n, at_ (mem s') p n = at_ (mem s) p n) -> fate s e s' p.

Lemma fate_same s e s' : kern s' = kern s -> mem s' = mem s -> guestregs s' = guestregs s ->
  forall p, fate s e s' p.
Proof. intros E F G p. apply Untouched; intros; congruence. Qed.

Lemma host_call_fate s c nr a : inv (kern s) -> c < nr_cpus C ->
  forall p, fate s (c, HCall nr a) (fst (host_call C c nr a s)) p.
Proof.
  intros I B p.
  destruct (host_call_cases C boot_plain s c nr a I B)
    as [E _|k y l G E _ _ E'|k y r x G E R _ _ _ _ E'|k y r G E R _ P _ E'|x X E].
  - rewrite E. apply fate_same; reflexivity.
  - rewrite E'. unfold called. rewrite E.
    destruct (zeros_effect c l (with_kern s k)) as (Ek & _ & _ & _ & Z1 & Z2).
    set (t := fold_left _ _ _) in *. pose proof (good_moved _ _ _ _ G p) as M. cbn [fst snd] in M.
    rewrite E in M.
    assert (Er : rec (kern (return_to_host c t (snd (host_call C c nr a s)))) p = rec k p)
      by (cbn; rewrite Ek; reflexivity).
    destruct M as [M1 M2|M1 M2|b x M1 M2 M3 M4|v g M1 M2 M3|v i n b M1 M2 M3|v M1 M2 M3 M4].
    + apply Untouched; [congruence| |]; intros n; apply (Z2 p M2 n).
    + apply OfHost. rewrite M1. reflexivity.
    + apply OfHost. rewrite M1. reflexivity.
    + apply OfHost. rewrite M1. reflexivity.
    + apply (Inner _ _ _ _ v i n b); [exact M1|congruence].
    + destruct (owner_of (rec (kern s) p)) eqn:O; [apply OfHost; exact O| |];
        (eapply (Wiped _ _ _ _ v); [rewrite O; discriminate|exact M1|left; exact M2|congruence|intros n; apply (Z1 p M4 n)]).
  - rewrite E'. pose proof (good_moved _ _ _ _ G p) as M. cbn [fst snd] in M. rewrite E in M.
    assert (NZ : ~ In (Zero p) [LoadCtl r]) by (intros [X|[]]; discriminate).
    destruct M as [M1 M2|M1 M2|b z M1 M2 M3 M4|v g M1 M2 M3|v i n b M1 M2 M3|v M1 M2 M3 M4];
      try contradiction; try (apply OfHost; rewrite M1; reflexivity).
    + apply Untouched; [exact M1| |]; reflexivity.
    + eapply Inner; eauto.
  - rewrite E'. destruct (N.eq_dec p r) as [->|D].
    + apply OfHost. rewrite R. reflexivity.
    + apply Untouched; [exact (P p)|reflexivity|]. intros n. cbn. rewrite at_put.
      apply N.eqb_neq in D. rewrite D. reflexivity.
  - replace (fst (host_call C c nr a s)) with (fst (enter c (cvm x) (cindex x) s)) by (rewrite <- E; reflexivity).
    apply Untouched; [apply enter_rec| |]; intros n; unfold enter; destruct (_ && _); reflexivity.
Qed.

Lemma step_fate s c a : inv (kern s) -> forall p, fate s (c, a) (fst (step s c a)) p.
Proof.
  intros I p. unfold Machine.step. destruct (c <? nr_cpus C) eqn:B; cbn [negb]; [|apply fate_same; reflexivity].
  apply N.ltb_lt in B.
  destruct (running s c) as [[v i]|] eqn:R, a; try (apply fate_same; reflexivity);
    try (match goal with |- fate _ ?e _ _ =>
      assert (A : actor s e = Some v) by (unfold Machine.actor; cbn [fst snd]; rewrite R; reflexivity) end).
  - destruct (guest_page _ _ _ _ _); [|apply fate_same; reflexivity].
    destruct (touch_frame C (kern s) v g I) as (_ & T & _). apply Untouched; [apply T| |]; reflexivity.
  - destruct (guest_page _ _ _ _ _) as [q|] eqn:P; [|apply fate_same; reflexivity].
    destruct (touch_frame C (kern s) v g I) as (_ & T & _).
    destruct (guest_page_spec C _ _ _ _ _ _ I P) as (_ & _ & F).
    destruct (N.eq_dec p q) as [->|D].
    + unfold fits in F. destruct (vprot _).
      * apply (ByVm _ _ _ _ v g); [exact A|destruct F; auto|]. cbn. rewrite T. destruct F; auto.
      * apply OfHost. rewrite F. reflexivity.
    + apply Untouched; [apply T|reflexivity|]. intros m. cbn. rewrite at_set.
      apply N.eqb_neq in D. rewrite D. reflexivity.
  - destruct (exit_ok _ _ _); [|apply fate_same; reflexivity].
    destruct (leave_kern C s c v i e r R I) as (_ & L & _).
    pose proof (running_claim _ _ _ _ R) as K.
    destruct (claim_vcpu C _ _ _ I K) as (y & Y & Ec & Er & Rc & Rr). cbn [cvm cindex] in *.
    destruct (N.eq_dec p (run y)) as [->|D]; [apply OfHost; rewrite Rr; reflexivity|].
    assert (M : forall n, at_ (mem (fst (leave c v i e r s))) p n = at_ (mem s) p n).
    { intros n. cbn. rewrite at_put, Er. apply N.eqb_neq in D. rewrite D. reflexivity. }
    destruct (N.eq_dec p (ctx y)) as [->|D'].
    + apply (Saved _ _ _ _ v i); auto. rewrite L. exact Rc.
    + apply Untouched; auto. intros n. cbn. destruct (vprot _); [|reflexivity].
      rewrite at_put, Ec. apply N.eqb_neq in D'. rewrite D'. reflexivity.
  - destruct (vprot _); [|apply fate_same; reflexivity].
    pose proof (good_guest_call C (kern s) v c0 I) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. destruct (gg_zeros _ _ _ _ G) as [l E].
    pose proof (gg_moved _ _ _ _ G p) as M. cbn [fst snd] in *. rewrite E in *.
    destruct (zeros_effect c l (with_kern s k)) as (Ek & _ & _ & _ & Z1 & Z2).
    set (t := fold_left _ _ _) in *.
    assert (Er : forall r, rec (kern (with_regs t r)) p = rec k p) by (intros; cbn; rewrite Ek; reflexivity).
    destruct M as [M1 M2|g M1 M2 M3 M4|g M1 M2 M3].
    + apply Untouched; [rewrite Er; exact M1| |]; intros n; apply (Z2 p M2 n).
    + apply (ByVm _ _ _ _ v g); auto. rewrite Er. exact M3.
    + apply (Wiped _ _ _ _ v); [rewrite M1; discriminate|rewrite M1; reflexivity|right; exact A|rewrite Er; exact M2|].
      intros n. apply (Z1 p M3 n).
  - destruct (host_allowed _ _ _ _); apply fate_same; reflexivity.
  - destruct (host_allowed _ _ _ _) eqn:H; [|apply fate_same; reflexivity].
    destruct (N.eq_dec p p0) as [->|D].
    + unfold host_allowed in H. apply andb_true_iff in H as [_ H].
      destruct (rec (kern s) p0) eqn:Rp; try discriminate; try (apply OfHost; rewrite Rp; reflexivity).
      eapply Shared; exact Rp.
    + apply Untouched; try reflexivity. intros m. cbn. rewrite at_set. apply N.eqb_neq in D.
      rewrite D. reflexivity.
  - apply host_call_fate; auto.
Qed.

(* ---- P4: what leaves a VM or NIE is zero when the host has it; it never goes anywhere else. ---- *)

Theorem scrub s c a p : reachable C s -> let s' := next s (c, a) in
  owner_of (rec (kern s) p) <> OHost -> owner_of (rec (kern s') p) <> owner_of (rec (kern s) p) ->
  rec (kern s') p = Host /\ forall n, at_ (mem s') p n = 0 /\ at_ (guestregs s') p n = 0.
Proof.
  intros R s' N D. apply (reachable_inv C boot_plain) in R.
  destruct (step_fate s c a R p) as [E _ _|v _ _ _ E Z|E|v i n b E F|v g E F|v g _ E F|v i _ E F _].
  - exfalso. apply D. unfold s', Machine.next. cbn [fst snd]. rewrite E. reflexivity.
  - auto.
  - contradiction.
  - exfalso. apply D. unfold s', Machine.next. cbn [fst snd]. rewrite E, F. reflexivity.
  - exfalso. apply D. unfold s', Machine.next. cbn [fst snd]. rewrite E, F. reflexivity.
  - exfalso. apply D. unfold s', Machine.next. cbn [fst snd].
    destruct E as [-> | ->], F as [-> | ->]; reflexivity.
  - exfalso. apply D. unfold s', Machine.next. cbn [fst snd]. rewrite E, F. reflexivity.
Qed.

(* ---- P2: nobody but a VM changes its private memory and registers. ---- *)

(* Private memory: only the scrubbing of a dying VM takes it away, and a live VM keeps it where it was. *)
Theorem integrity_memory s c a v g p : reachable C s -> rec (kern s) p = Guest v g ->
  actor s (c, a) <> Some v -> let s' := next s (c, a) in
  (rec (kern s') p = Guest v g /\ (forall n, at_ (mem s') p n = at_ (mem s) p n)
   /\ (vlife (vm_of (kern s') v) = Live -> translate (kern s') v g = Some p))
  \/ (vlife (vm_of (kern s) v) = Dying /\ rec (kern s') p = Host /\ forall n, at_ (mem s') p n = 0).
Proof.
  intros R E A s'. apply (reachable_inv C boot_plain) in R.
  pose proof (step_inv C boot_plain s c a R) as I'.
  destruct (step_fate s c a R p) as [F _ M|w _ Nm D F Z|F|w i n b F _|w h F _|w h B F _|w i B F _ _];
    try (rewrite E in F; try discriminate).
  - left. split; [exact F|]. split; [exact M|]. intros L.
    destruct (inv_place _ _ I' p v g) as (l & L1 & L2); [rewrite F; reflexivity|exact L|].
    unfold translate. unfold s', Machine.next. cbn [fst snd] in *. rewrite L1, L2. reflexivity.
  - rewrite E in Nm. injection Nm as <-. right. destruct D as [D|D]; [|contradiction].
    conjs; auto. intros n. apply Z.
  - destruct F as [F|F]; congruence.
Qed.

(* A step is on one CPU: registers and claims of the others stay. *)
Lemma return_other c d s x : c <> d -> forall n, at_ (regs (return_to_host d s x)) c n = at_ (regs s) c n.
Proof. intros D n. cbn. rewrite at_put. apply N.eqb_neq in D. rewrite D. reflexivity. Qed.

Lemma step_local s c d a : inv (kern s) -> c <> d -> let s' := fst (step s d a) in
  get (cpus (kern s')) c = get (cpus (kern s)) c
  /\ (forall n, at_ (regs s') c n = at_ (regs s) c n) /\ (forall n, at_ (ich s') c n = at_ (ich s) c n).
Proof.
  intros I D. apply N.eqb_neq in D as D'. unfold Machine.step.
  destruct (d <? nr_cpus C) eqn:B; cbn [negb]; [|auto]. apply N.ltb_lt in B.
  assert (SR : forall r x n, at_ (set_at (regs s) d r x) c n = at_ (regs s) c n)
    by (intros; rewrite at_set, D'; reflexivity).
  assert (SI : forall r x n, at_ (set_at (ich s) d r x) c n = at_ (ich s) c n)
    by (intros; rewrite at_set, D'; reflexivity).
  destruct (running s d) as [[v i]|] eqn:R, a; try (cbn; auto; fail).
  - destruct (guest_page _ _ _ _ _); [|auto]. destruct (touch_frame C (kern s) v g I) as (_ & _ & T & _).
    cbn. rewrite T. auto.
  - destruct (guest_page _ _ _ _ _); [|auto]. destruct (touch_frame C (kern s) v g I) as (_ & _ & T & _).
    cbn. rewrite T. auto.
  - destruct (exit_ok _ _ _); [|auto]. destruct (leave_kern C s d v i e r R I) as (_ & _ & L & _).
    cbv zeta. rewrite L, get_put, D'. split; [reflexivity|]. split; intros n; cbn.
    + rewrite !at_put, D'. reflexivity.
    + reflexivity.
  - destruct (vprot _); [|auto]. pose proof (good_guest_call C (kern s) v c0 I) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. destruct (gg_zeros _ _ _ _ G) as [l E].
    pose proof (gg_cpus _ _ _ _ G) as K. cbn [fst snd] in *. rewrite E.
    destruct (zeros_effect d l (with_kern s k)) as (E1 & E2 & E3 & _).
    cbv zeta. cbn. rewrite E1, E2, E3. cbn. rewrite K. conjs; auto.
  - destruct (host_allowed _ _ _ _); auto.
  - destruct (host_allowed _ _ _ _); auto.
  - cbv zeta. destruct (host_call_cases C boot_plain s d nr a I B)
      as [E _|k y l G E K _ E'|k y r x G E Rr _ K _ _ E'|k y r G E Rr K P _ E'|x X E].
    + rewrite E. conjs; auto. intros n. apply return_other. intros ->. rewrite N.eqb_refl in D'. discriminate.
    + rewrite E'. unfold called. rewrite E. destruct (zeros_effect d l (with_kern s k)) as (E1 & E2 & E3 & _).
      rewrite return_kern. rewrite E1. cbn [with_kern kern]. rewrite K. split; [reflexivity|].
      split; intros n; cbn; rewrite ?at_put, ?D', ?E2, ?E3; reflexivity.
    + rewrite E'. rewrite return_kern. cbn [apply with_ich with_kern kern]. rewrite K, get_put, D'.
      split; [reflexivity|]. split; intros n; cbn; rewrite at_put, D'; reflexivity.
    + rewrite E'. rewrite return_kern. cbn [apply with_mem with_kern kern]. rewrite K, get_del, D'.
      split; [reflexivity|]. split; intros n; cbn; rewrite ?at_put, ?D'; reflexivity.
    + replace (fst (host_call C d nr a s)) with (fst (enter d (cvm x) (cindex x) s)) by (rewrite <- E; reflexivity).
      destruct (launch_frame C (kern s) (cvm x) (cindex x)) as (_ & L & _).
      unfold enter. destruct (_ && _); cbn; rewrite ?L, ?get_put, ?D'; (split; [reflexivity|]);
        split; intros n; rewrite ?at_put, ?D'; reflexivity.
Qed.

(* Registers of a vCPU that runs, and that it runs at all. *)
Theorem integrity_running s c d a v i : reachable C s -> running s c = Some (v, i) ->
  actor s (d, a) <> Some v -> let s' := next s (d, a) in
  running s' c = Some (v, i)
  /\ (forall n, at_ (regs s') c n = at_ (regs s) c n) /\ (forall n, at_ (ich s') c n = at_ (ich s) c n).
Proof.
  intros R Rn A s'. apply (reachable_inv C boot_plain) in R. destruct (N.eq_dec c d) as [->|D].
  - assert (E : step s d a = (s, [])).
    { unfold Machine.step. destruct (negb _); [reflexivity|]. unfold Machine.actor in A. cbn [fst snd] in A.
      rewrite Rn in *. destruct a; try reflexivity; contradiction. }
    unfold s', Machine.next. cbn [fst snd]. rewrite E. auto.
  - destruct (step_local s c d a R D) as (E & Er & Ei). split; [|auto].
    unfold s', Machine.next. cbn [fst snd]. unfold running in *. rewrite E. exact Rn.
Qed.

(* Registers of a protected vCPU that does not run. *)
Theorem integrity_saved s c a v i p : reachable C s -> rec (kern s) p = Ctx v i ->
  actor s (c, a) <> Some v -> let s' := next s (c, a) in
  (rec (kern s') p = Ctx v i /\ forall n, at_ (guestregs s') p n = at_ (guestregs s) p n)
  \/ (vlife (vm_of (kern s) v) = Dying /\ rec (kern s') p = Host /\ forall n, at_ (guestregs s') p n = 0).
Proof.
  intros R E A s'. apply (reachable_inv C boot_plain) in R.
  destruct (step_fate s c a R p) as [F M _|w _ Nm D F Z|F|w j n b F _|w h F _|w h B F _|w j B F _ _];
    try (rewrite E in F; try discriminate).
  - left. split; [exact F|exact M].
  - rewrite E in Nm. injection Nm as <-. right. destruct D as [D|D]; [|contradiction].
    conjs; auto. intros n. apply Z.
  - destruct F as [F|F]; congruence.
  - congruence.
Qed.

(* The one door: when the host has a protected vCPU run, its registers are those that it left with,
   but for what its last exit lets the host supply. *)
Theorem integrity_enter s c a v i : reachable C s -> running s c = None ->
  let s' := next s (c, a) in running s' c = Some (v, i) -> vprot (vm_of (kern s) v) = true ->
  let p := ctx_of (kern s) v i in
  forall n, may_change (why_of (kern s) v i) (bank (guestregs s) p) n = false ->
  at_ (regs s') c n = at_ (guestregs s) p n.
Proof.
  intros R Rn s' Rn' P p n M. apply (reachable_inv C boot_plain) in R as I.
  unfold s', Machine.next, Machine.step in *. cbn [fst snd] in *.
  destruct (c <? nr_cpus C) eqn:B; cbn [negb] in *; [|cbn in *; congruence]. apply N.ltb_lt in B.
  rewrite Rn in *.
  destruct a as [? ?|q m f|q m x|nr a| | | | | |]; try (unfold running in *; cbn in *; congruence).
  - destruct (host_allowed _ _ _ _); unfold running in *; cbn in *; congruence.
  - destruct (host_allowed _ _ _ _); cbn in *; unfold running in *; cbn in *; congruence.
  - destruct (host_call_cases C boot_plain s c nr a I B)
      as [E _|k y l G E K _ E'|k y r x G E Rr _ K Gx _ E'|k y r G E Rr K Pr _ E'|x X E].
    + rewrite E in Rn'. unfold running in *. cbn in *. congruence.
    + rewrite E' in Rn'. unfold called, running in *. rewrite return_kern, E in Rn'.
      destruct (zeros_effect c l (with_kern s k)) as (E1 & _). rewrite E1 in Rn'. cbn in *.
      rewrite K in Rn'. congruence.
    + rewrite E' in Rn'. unfold running in *. cbn in *. rewrite K, get_put, N.eqb_refl, Gx in Rn'. discriminate.
    + rewrite E' in Rn'. unfold running in *. cbn in *. rewrite K, get_del, N.eqb_refl in Rn'. discriminate.
    + replace (fst (host_call C c nr a s)) with (fst (enter c (cvm x) (cindex x) s)) in * by (rewrite <- E; reflexivity).
      unfold enter in *. destruct (negb (vprot _) && _) eqn:Il.
      * unfold running in *. cbn in *. congruence.
      * unfold running in Rn'. cbn in Rn'. rewrite get_put, N.eqb_refl in Rn'. injection Rn' as Ev Ei.
        rewrite Ev, Ei in *. rewrite P. cbn. rewrite at_put, N.eqb_refl. apply supply_frame. exact M.
Qed.

(* ---- P6: a call that fails has changed nothing, and no call works on more than 512 pages. ---- *)

Theorem failure_atomic k c nr a k' y : inv k -> c < nr_cpus C ->
  call C k c nr a = (k', Some y) -> err y <> 0 -> k' = k /\ effects y = [].
Proof.
  intros I B E F. pose proof (call_good C boot_plain k c nr a I B) as G. rewrite E in G.
  exact (good_fail _ _ _ _ G F).
Qed.

(* The argument of a ranged call that says how many. *)
Definition pages_asked (n : name) (a : args) : N :=
  match n with
  | VM_TOPUP | VM_RECLAIM | UNSHARE_GUEST | WRPROTECT_GUEST | AGE_GUEST => a2 a
  | DONATE_GUEST | SHARE_GUEST => a3 a
  | VM_CREATE => nr_roots (a1 a)
  | _ => 1
  end.

Theorem bounded k c n a : max_range < pages_asked n a ->
  err (snd (call_named C k c n a)) = EINVAL /\ fst (call_named C k c n a) = k.
Proof.
  intros H. assert (R : forall x l, range_ok x (pages_asked n a) l = false).
  { intros x l. unfold range_ok. apply N.leb_gt in H. rewrite H, andb_false_r. reflexivity. }
  destruct n; cbn [call_named pages_asked] in *; try (unfold max_range in H; lia);
    unfold vm_create, vm_topup, vm_reclaim, donate_guest, share_guest, unshare_guest, wrprotect_guest,
      age_guest, normal_range; rewrite ?R; cbn; auto.
  all: try (destruct (_ || _); cbn; auto; fail).
  all: destruct (1 <? _); cbn; auto.
Qed.
End Isolation.
