(* SPDX-License-Identifier: GPL-2.0-only *)
(* What one step of the machine does to its parts. *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words.
Import ListNotations.
Local Open Scope N_scope.

Section Behaviour.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).
Local Notation step := (step C).

Lemma call_good k cpu nr a : inv k -> cpu < nr_cpus C ->
  match call C k cpu nr a with
  | (k', Some y) => good C k cpu (k', y)
  | (k', None) => k' = k
  end.
Proof.
  intros I B. unfold call. destruct (row_of nr) as [r|]; [|reflexivity].
  pose proof (good_call_named C boot_plain k cpu (r_name r) a I B) as G.
  destruct (call_named C k cpu (r_name r) a). exact G.
Qed.

(* Guest calls. *)

Inductive gmoved (k k' : kernel) (v : N) (e : list effect) (p : N) : Prop :=
| GStays : rec k' p = rec k p -> ~ In (Zero p) e -> gmoved k k' v e p
| GFlips g : rec k p = Guest v g \/ rec k p = GuestHost v g -> translate k v g = Some p ->
    rec k' p = Guest v g \/ rec k' p = GuestHost v g -> ~ In (Zero p) e -> gmoved k k' v e p
| GGone g : rec k p = Guest v g -> rec k' p = Host -> In (Zero p) e -> gmoved k k' v e p.

Record ggood (k : kernel) (v : N) (r : kernel * greply) : Prop := mkGGood {
  gg_inv : inv (fst r);
  gg_moved : forall p, gmoved k (fst r) v (geffects (snd r)) p;
  gg_zeros : exists l, geffects (snd r) = List.map Zero l;
  gg_cpus : cpus (fst r) = cpus k;
  gg_life : forall w, vlife (vm_of (fst r) w) = vlife (vm_of k w)
    /\ vprot (vm_of (fst r) w) = vprot (vm_of k w)
}.

Lemma ggood_refuse k v : inv k -> ggood k v (refuse k).
Proof.
  intros I. constructor; cbn; auto.
  - intros p. apply GStays; auto.
  - exists []. reflexivity.
Qed.

Lemma own_page_spec k v g p b : inv k -> own_page C k v g = Some (p, b) ->
  translate k v g = Some p /\ rec k p = (if b then GuestHost v g else Guest v g).
Proof.
  intros I. unfold own_page, translate. destruct (leaf_at k v g) as [l|] eqn:E; [|discriminate].
  destruct (inv_leaf _ _ I _ _ _ E) as [_ F].
  destruct (rec k (lpfn l)) eqn:R; try discriminate; intros H; injection H as <- <-; split; auto;
    unfold fits in F; destruct (vprot (vm_of k v)); [destruct F as [F|F]| |destruct F as [F|F]|]; congruence.
Qed.

Lemma good_guest_call k v c : inv k -> ggood k v (guest_call C k v c).
Proof.
  intros I. destruct c as [g|g|g|g|g]; cbn [guest_call].
  - destruct (own_page C k v g) as [[p []]|] eqn:O; try (apply ggood_refuse; exact I).
    apply own_page_spec in O as [T R]; [|exact I].
    constructor; cbn [fst snd geffects]; try (exists []; reflexivity); auto.
    + eapply keep_guest_share; eauto.
    + intros q. destruct (N.eq_dec q p) as [->|D].
      * eapply GFlips; eauto. rewrite rec_set_rec, N.eqb_refl. auto.
      * apply GStays; [|easy]. rewrite rec_set_rec. apply N.eqb_neq in D. rewrite D. reflexivity.
  - destruct (own_page C k v g) as [[p []]|] eqn:O; try (apply ggood_refuse; exact I).
    apply own_page_spec in O as [T R]; [|exact I].
    constructor; cbn [fst snd geffects]; try (exists []; reflexivity); auto.
    + eapply keep_guest_share; eauto.
    + intros q. destruct (N.eq_dec q p) as [->|D].
      * eapply GFlips; eauto. rewrite rec_set_rec, N.eqb_refl. auto.
      * apply GStays; [|easy]. rewrite rec_set_rec. apply N.eqb_neq in D. rewrite D. reflexivity.
  - destruct (own_page C k v g) as [[p []]|] eqn:O; try (apply ggood_refuse; exact I).
    apply own_page_spec in O as [T R]; [|exact I].
    pose proof (keep_unmap C k v g I) as K.
    unfold translate in T. unfold unmap_one in *. destruct (leaf_at k v g) as [l|]; [|discriminate].
    injection T as <-. constructor; cbn [fst snd geffects]; auto.
    + intros q. destruct (N.eq_dec q (lpfn l)) as [->|D].
      * eapply GGone; eauto; [|left; reflexivity]. rewrite rec_set_rec, N.eqb_refl. reflexivity.
      * apply GStays; [|intros [E|[]]; congruence]. rewrite rec_set_rec. apply N.eqb_neq in D.
        rewrite D. reflexivity.
    + exists [lpfn l]. reflexivity.
    + intros w. rewrite vm_set_rec, vm_set_vm. destruct (N.eqb_spec w v) as [->|]; auto.
  - destruct (_ || _); [apply ggood_refuse, I|].
    constructor; cbn [fst snd geffects]; try (exists []; reflexivity); auto.
    + apply keep_mmio, I.
    + intros q. apply GStays; easy.
    + intros w. rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; auto.
  - constructor; cbn [fst snd geffects]; try (exists []; reflexivity); auto.
    + apply keep_mmio, I.
    + intros q. apply GStays; easy.
    + intros w. rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; auto.
Qed.

(* Scrubbing. *)

Lemma zeros_effect cpu l : forall s, let s' := fold_left (apply cpu) (List.map Zero l) s in
  kern s' = kern s /\ regs s' = regs s /\ ich s' = ich s /\ hostregs s' = hostregs s
  /\ (forall p, In (Zero p) (List.map Zero l) -> forall n, at_ (mem s') p n = 0 /\ at_ (guestregs s') p n = 0)
  /\ (forall p, ~ In (Zero p) (List.map Zero l) -> forall n, at_ (mem s') p n = at_ (mem s) p n
      /\ at_ (guestregs s') p n = at_ (guestregs s) p n).
Proof.
  induction l as [|q l IH]; intros s; cbn zeta; simpl fold_left.
  - repeat split; try reflexivity; destruct H.
  - specialize (IH (mkMachine (kern s) (del (mem s) q) (regs s) (ich s) (hostregs s) (del (guestregs s) q))).
    cbn zeta in IH. destruct IH as (A & B & D & E & F & G). cbn [kern regs ich hostregs mem guestregs] in *.
    conjs; auto.
    + intros p H n. destruct (in_dec N.eq_dec p l) as [J|J].
      * apply F. apply in_map, J.
      * destruct H as [H|H]; [|apply in_map_iff in H as (x & X & Y); injection X as ->; contradiction].
        injection H as ->. destruct (G p) with (n := n) as [-> ->].
        { intros H. apply in_map_iff in H as (x & X & Y). injection X as ->. contradiction. }
        rewrite !at_del, N.eqb_refl. auto.
    + intros p H n. simpl in H. destruct (G p) with (n := n) as [-> ->]; [tauto|].
      rewrite !at_del. destruct (N.eqb_spec p q) as [->|]; [tauto|auto].
Qed.

Lemma touch_frame k v g : inv k -> inv (touch k v g) /\ (forall p, rec (touch k v g) p = rec k p)
  /\ cpus (touch k v g) = cpus k
  /\ (forall w, vlife (vm_of (touch k v g) w) = vlife (vm_of k w) /\ vprot (vm_of (touch k v g) w) = vprot (vm_of k w)).
Proof.
  intros I. unfold touch. destruct (leaf_at k v g) as [l|] eqn:E; [|auto].
  destruct (lyoung l); [auto|]. conjs; auto.
  - eapply keep_attr; eauto.
  - intros w. unfold set_leaf. rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; auto.
Qed.

Lemma guest_page_spec k v g w f p : inv k -> guest_page k v g w f = Some p ->
  translate k v g = Some p /\ vlife (vm_of k v) = Live /\ fits (vprot (vm_of k v)) (rec k p) v g.
Proof.
  intros I. unfold guest_page, translate. destruct (leaf_at k v g) as [l|] eqn:E; [|discriminate].
  destruct (_ && _); [|discriminate]. intros H. injection H as <-.
  destruct (inv_leaf _ _ I _ _ _ E). auto.
Qed.

(* How a step looks, by who acts. *)

Lemma running_claim s c v i : running s c = Some (v, i) -> get (cpus (kern s)) c = Some (mkClaim v i true).
Proof.
  unfold running. destruct (get (cpus (kern s)) c) as [[w j b]|]; [|discriminate]. cbn.
  destruct b; [|discriminate]. intros H. injection H as -> ->. reflexivity.
Qed.

Lemma claim_vcpu k c x : inv k -> get (cpus k) c = Some x ->
  exists y, vcpu_at k (cvm x) (cindex x) = Some y
    /\ ctx_of k (cvm x) (cindex x) = ctx y /\ run_of k (cvm x) (cindex x) = run y
    /\ rec k (ctx y) = Ctx (cvm x) (cindex x) /\ rec k (run y) = HostNie true.
Proof.
  intros I H. destruct (inv_claim _ _ I _ _ H) as (_ & _ & _ & y & Y). exists y.
  destruct (inv_vcpu _ _ I _ _ _ Y). unfold ctx_of, run_of. rewrite Y. auto.
Qed.

(* The state after the effects of a host call, before it returns. *)
Definition called (s : machine) (cpu : N) (k : kernel) (e : list effect) : machine :=
  fold_left (apply cpu) e (with_kern s k).

Inductive host_outcome (s : machine) (cpu : N) (s' : machine) (o : list N) : Prop :=
| OUnknown : s' = return_to_host cpu s o -> o = results false 0 [] -> host_outcome s cpu s' o
| OZeros k y l : good C (kern s) cpu (k, y) -> effects y = List.map Zero l -> cpus k = cpus (kern s) ->
    o = results true (err y) (outs y) ->
    s' = return_to_host cpu (called s cpu k (effects y)) o -> host_outcome s cpu s' o
| OLoads k y r x : good C (kern s) cpu (k, y) -> effects y = [LoadCtl r] ->
    rec (kern s) r = HostNie true -> get (cpus (kern s)) cpu = None ->
    cpus k = put (cpus (kern s)) cpu x -> cguest x = false ->
    o = results true (err y) (outs y) ->
    s' = return_to_host cpu (apply cpu (with_kern s k) (LoadCtl r)) o -> host_outcome s cpu s' o
| OSaves k y r : good C (kern s) cpu (k, y) -> effects y = [SaveCtl r] ->
    rec (kern s) r = HostNie true -> cpus k = del (cpus (kern s)) cpu ->
    (forall p, rec k p = rec (kern s) p) -> o = results true (err y) (outs y) ->
    s' = return_to_host cpu (apply cpu (with_kern s k) (SaveCtl r)) o -> host_outcome s cpu s' o
| OEnters x : get (cpus (kern s)) cpu = Some x ->
    (s', o) = enter cpu (cvm x) (cindex x) s -> host_outcome s cpu s' o.

Lemma with_kern_same s : with_kern s (kern s) = s.
Proof. destruct s. reflexivity. Qed.

Lemma host_call_cases s cpu nr a : inv (kern s) -> cpu < nr_cpus C ->
  host_outcome s cpu (fst (host_call C cpu nr a s)) (snd (host_call C cpu nr a s)).
Proof.
  intros I B. unfold host_call. pose proof (call_good (kern s) cpu nr a I B) as G.
  destruct (call C (kern s) cpu nr a) as [k [y|]]; [|apply OUnknown; reflexivity].
  destruct (good_shape _ _ _ _ G) as [l E K|r x E R N K M|r E R K P|x E K X]; cbn [fst snd] in *.
  - assert (NE : forall T (f : N -> N -> T) d, match effects y with [Enter v i] => f v i | _ => d end = d).
    { intros. rewrite E. destruct l as [|p []]; reflexivity. }
    rewrite NE. eapply OZeros; eauto.
  - rewrite E. eapply OLoads; eauto.
  - rewrite E. eapply OSaves; eauto.
  - rewrite E. subst k. cbn [fold_left apply]. rewrite with_kern_same. eapply OEnters; eauto.
    destruct (enter cpu (cvm x) (cindex x) s). reflexivity.
Qed.

Lemma return_kern cpu s x : kern (return_to_host cpu s x) = kern s.
Proof. reflexivity. Qed.

Lemma launch_frame k v i : (forall p, rec (launch k v i) p = rec k p)
  /\ cpus (launch k v i) = cpus k /\ (inv k -> inv (launch k v i)).
Proof. unfold launch. destruct (_ && _); auto. conjs; auto. apply keep_start. Qed.

Lemma enter_kern cpu v i s : kern (fst (enter cpu v i s)) = kern s
  \/ kern (fst (enter cpu v i s)) = set_cpu (launch (kern s) v i) cpu (mkClaim v i true).
Proof. unfold enter. destruct (_ && _); auto. Qed.

Lemma enter_rec cpu v i s p : rec (kern (fst (enter cpu v i s))) p = rec (kern s) p.
Proof.
  destruct (enter_kern cpu v i s) as [-> | ->]; [reflexivity|]. apply (launch_frame (kern s) v i).
Qed.

Lemma leave_kern s c v i e r : running s c = Some (v, i) -> inv (kern s) ->
  let k' := kern (fst (leave c v i e r s)) in
  inv k' /\ (forall p, rec k' p = rec (kern s) p)
  /\ cpus k' = put (cpus (kern s)) c (mkClaim v i false)
  /\ (forall w, vlife (vm_of k' w) = vlife (vm_of (kern s) w)).
Proof.
  intros R I. apply running_claim in R. destruct (claim_vcpu _ _ _ I R) as (y & Y & _). cbn in Y.
  cbn [leave fst kern return_to_host with_regs]. rewrite Y.
  pose proof (keep_mode C _ _ _ false I R) as K. cbn in K.
  conjs.
  - apply (keep_why C (set_cpu (kern s) c (mkClaim v i false)) v i y (reason_of e) K Y).
  - reflexivity.
  - reflexivity.
  - intros w. rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; reflexivity.
Qed.

Theorem step_inv s c a : inv (kern s) -> inv (kern (fst (step s c a))).
Proof.
  intros I. unfold Machine.step. destruct (c <? nr_cpus C) eqn:B; cbn [negb]; [|exact I].
  apply N.ltb_lt in B.
  destruct (running s c) as [[v i]|] eqn:R, a; try exact I.
  - destruct (guest_page _ _ _ _ _); [|exact I]. cbn. apply touch_frame, I.
  - destruct (guest_page _ _ _ _ _); [|exact I]. cbn. apply touch_frame, I.
  - destruct (exit_ok _ _ _); [|exact I]. apply leave_kern; auto.
  - destruct (vprot _); [|exact I]. pose proof (good_guest_call (kern s) v c0 I) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. destruct (gg_zeros _ _ _ G) as [l E].
    cbn [fst snd] in *. rewrite E. cbn [with_regs kern].
    destruct (zeros_effect c l (with_kern s k)) as (-> & _). exact (gg_inv _ _ _ G).
  - destruct (host_allowed _ _ _ _); exact I.
  - destruct (host_allowed _ _ _ _); exact I.
  - destruct (host_call_cases s c nr a I B) as [E _|k y l G E _ _ ->|k y r x G E _ _ _ _ _ ->|k y r G E _ _ _ _ ->|x X E].
    + rewrite E. exact I.
    + rewrite return_kern. unfold called. rewrite E. destruct (zeros_effect c l (with_kern s k)) as (-> & _).
      exact (good_inv _ _ _ _ G).
    + exact (good_inv _ _ _ _ G).
    + exact (good_inv _ _ _ _ G).
    + replace (fst (host_call C c nr a s)) with (fst (enter c (cvm x) (cindex x) s)) by (rewrite <- E; reflexivity).
      destruct (enter_kern c (cvm x) (cindex x) s) as [-> | ->]; [exact I|].
      destruct (launch_frame (kern s) (cvm x) (cindex x)) as (_ & K & J).
      apply keep_mode; [auto|]. rewrite K. exact X.
Qed.

Theorem reachable_inv s : reachable C s -> inv (kern s).
Proof.
  intros (s0 & l & S & ->). assert (I : inv (kern s0)) by (rewrite S; apply inv_sealed, boot_plain).
  clear S. revert s0 I. unfold run_all. induction l as [|e l IH]; intros s0 I; simpl; [exact I|].
  apply IH, step_inv, I.
Qed.
End Behaviour.
