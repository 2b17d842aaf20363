(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * P3: what the host and other VMs see does not depend on a VM's private memory and registers, but
 * for what it shares and what its exits disclose. First step by step, then over whole runs, in which
 * the VM may compute anything, in any number of steps.
 *)
From Coq Require Import NArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words Behaviour
  Isolation.
Import ListNotations.
Local Open Scope N_scope.

Section Confidentiality.
Context (C : config).
Hypothesis boot_plain : forall p, names (boot C p) = None.
Local Notation rec := (rec C).
Local Notation inv := (inv C).
Local Notation step := (step C).
Local Notation next := (next C).

(* What is VM v's own: its pages that it does not share, registers of its vCPUs, saved or live. *)
Definition private_page (k : kernel) (v p : N) : Prop := exists g, rec k p = Guest v g.
Definition private_ctx (k : kernel) (v p : N) : Prop := exists i, rec k p = Ctx v i.
Definition private_cpu (k : kernel) (v c : N) : Prop :=
  exists i, get (cpus k) c = Some (mkClaim v i true).

(* Two states that differ there only. *)
Record alike (v : N) (s t : machine) : Prop := mkAlike {
  k_kern : kern s = kern t;
  k_mem : forall p, ~ private_page (kern s) v p -> same (bank (mem s) p) (bank (mem t) p);
  k_regs : forall c, ~ private_cpu (kern s) v c -> same (bank (regs s) c) (bank (regs t) c);
  k_ich : forall c, same (bank (ich s) c) (bank (ich t) c);
  k_host : forall c, same (bank (hostregs s) c) (bank (hostregs t) c);
  k_saved : forall p, ~ private_ctx (kern s) v p -> same (bank (guestregs s) p) (bank (guestregs t) p)
}.

Lemma same_refl a : same a a.
Proof. intros n. reflexivity. Qed.
Hint Resolve same_refl : core.

Lemma same_bank_put m m' i w w' j : (j = i -> same w w') -> (j <> i -> same (bank m j) (bank m' j)) ->
  same (bank (put m i w) j) (bank (put m' i w') j).
Proof. intros H G. rewrite !bank_put. destruct (N.eqb_spec j i); auto. Qed.

Lemma same_at m m' i n : same (bank m i) (bank m' i) -> at_ m i n = at_ m' i n.
Proof. intros H. apply H. Qed.

Lemma same_set m m' i n x j : same (bank m j) (bank m' j) ->
  same (bank (set_at m i n x) j) (bank (set_at m' i n x) j).
Proof.
  intros H. unfold set_at. rewrite !bank_put. destruct (N.eqb_spec j i) as [->|]; [|exact H].
  apply same_put, H.
Qed.

(* With equal reads on the outside of what is private after it. *)
Lemma alike_return v c s t x : alike v s t -> ~ private_cpu (kern s) v c ->
  alike v (return_to_host c s x) (return_to_host c t x).
Proof.
  intros [K M R I H S] N. constructor; cbn; auto.
  intros d D. apply same_bank_put; [intros _; apply same_write_all, R, N|intros _; apply R, D].
Qed.

Lemma not_running_not_private s v c : running s c = None -> ~ private_cpu (kern s) v c.
Proof. intros R [i H]. unfold running in R. rewrite H in R. discriminate. Qed.

Lemma running_alike v s t c : alike v s t -> running s c = running t c.
Proof. intros A. unfold running. rewrite (k_kern _ _ _ A). reflexivity. Qed.

(* The same scrubbing on both sides. *)
Lemma alike_zeros v c l k' : forall s t, alike v s t ->
  cpus k' = cpus (kern s) ->
  (forall p, private_page (kern s) v p -> private_page k' v p \/ In (Zero p) (List.map Zero l)) ->
  (forall p, private_ctx (kern s) v p -> private_ctx k' v p \/ In (Zero p) (List.map Zero l)) ->
  alike v (fold_left (apply c) (List.map Zero l) (with_kern s k'))
          (fold_left (apply c) (List.map Zero l) (with_kern t k')).
Proof.
  intros s t A K PM PS.
  destruct (zeros_effect c l (with_kern s k')) as (E1 & E2 & E3 & E4 & E5 & E6).
  destruct (zeros_effect c l (with_kern t k')) as (F1 & F2 & F3 & F4 & F5 & F6).
  cbn [with_kern kern regs ich hostregs mem guestregs] in *.
  constructor; rewrite ?E1, ?E2, ?E3, ?E4, ?F1, ?F2, ?F3, ?F4; try apply A; auto.
  - intros p N n. destruct (in_dec N.eq_dec p l) as [J|J].
    + apply (in_map Zero) in J. etransitivity; [apply (E5 p J n)|symmetry; apply (F5 p J n)].
    + assert (J' : ~ In (Zero p) (List.map Zero l)).
      { intros H. apply in_map_iff in H as (x & X & Y). injection X as ->. contradiction. }
      etransitivity; [apply (E6 p J' n)|]. etransitivity; [|symmetry; apply (F6 p J' n)].
      apply (k_mem _ _ _ A). intros Q. destruct (PM p Q); contradiction.
  - intros d D. apply (k_regs _ _ _ A). intros [i Q]. apply D. exists i. rewrite K. exact Q.
  - intros p N n. destruct (in_dec N.eq_dec p l) as [J|J].
    + apply (in_map Zero) in J. etransitivity; [apply (E5 p J n)|symmetry; apply (F5 p J n)].
    + assert (J' : ~ In (Zero p) (List.map Zero l)).
      { intros H. apply in_map_iff in H as (x & X & Y). injection X as ->. contradiction. }
      etransitivity; [apply (E6 p J' n)|]. etransitivity; [|symmetry; apply (F6 p J' n)].
      apply (k_saved _ _ _ A). intros Q. destruct (PS p Q); contradiction.
Qed.

Lemma not_private_nie k v r b : rec k r = HostNie b -> ~ private_page k v r.
Proof. intros E [g H]. congruence. Qed.

(* The host enters a guest: of v everything that becomes different is v's. *)
Lemma alike_enter v c s t x : inv (kern s) -> alike v s t -> get (cpus (kern s)) c = Some x ->
  running s c = None ->
  snd (enter c (cvm x) (cindex x) s) = snd (enter c (cvm x) (cindex x) t)
  /\ alike v (fst (enter c (cvm x) (cindex x) s)) (fst (enter c (cvm x) (cindex x) t)).
Proof.
  intros I A X R. pose proof (k_kern _ _ _ A) as K. unfold enter. rewrite <- K.
  destruct (claim_vcpu C _ _ _ I X) as (y & Y & Ec & Er & Rc & Rr). rewrite Ec, Er.
  assert (SR : same (bank (mem s) (run y)) (bank (mem t) (run y)))
    by (apply (k_mem _ _ _ A), (not_private_nie _ _ _ _ Rr)).
  rewrite (SR W_PSTATE). destruct (_ && _).
  - cbn [fst snd]. split; [reflexivity|]. apply alike_return; auto. apply not_running_not_private, R.
  - destruct (launch_frame C (kern s) (cvm x) (cindex x)) as (L1 & L2 & _).
    set (k := launch (kern s) (cvm x) (cindex x)) in *. clearbody k.
    cbn [fst snd]. split; [reflexivity|]. constructor; cbn [kern mem regs ich hostregs guestregs].
    + reflexivity.
    + intros p N. apply A. intros [g Q]. apply N. exists g. rewrite <- L1 in Q. exact Q.
    + intros d D. apply same_bank_put.
      * intros ->. destruct (vprot (vm_of (kern s) (cvm x))); [|apply same_copy; auto].
        apply same_supply; [exact SR|]. apply (k_saved _ _ _ A).
        intros [i Q]. apply D. rewrite Rc in Q. injection Q as <- <-.
        exists (cindex x). cbn. rewrite get_put, N.eqb_refl. reflexivity.
      * intros Dc. apply (k_regs _ _ _ A). intros [i Q]. apply D. exists i. cbn.
        rewrite L2, get_put. apply N.eqb_neq in Dc. rewrite Dc. exact Q.
    + intros d. apply same_bank_put; intros; [|apply A]. apply same_copy; [exact SR|apply A].
    + intros d. apply same_bank_put; intros; [|apply A]. apply (k_regs _ _ _ A), not_running_not_private, R.
    + intros p N. apply A. intros [j Q]. apply N. exists j. rewrite <- L1 in Q. exact Q.
Qed.

(* The page that a call takes away from v was scrubbed. *)
Lemma call_private v c k y l s : inv (kern s) -> good C (kern s) c (k, y) -> effects y = List.map Zero l ->
  (forall p, private_page (kern s) v p -> private_page k v p \/ In (Zero p) (List.map Zero l))
  /\ (forall p, private_ctx (kern s) v p -> private_ctx k v p \/ In (Zero p) (List.map Zero l)).
Proof.
  intros I G E. split; intros p [g H]; pose proof (good_moved _ _ _ _ G p) as M; cbn [fst snd] in M;
    rewrite E in M; destruct M as [M1 M2|M1 M2|b z M1 M2 M3 M4|w h M1 M2 M3|w i n b M1 M2 M3|w M1 M2 M3 M4];
    try (rewrite H in M1; discriminate); auto; left; exists g; congruence.
Qed.

Lemma alike_call v c nr a s t : inv (kern s) -> alike v s t -> c < nr_cpus C -> running s c = None ->
  snd (host_call C c nr a s) = snd (host_call C c nr a t)
  /\ alike v (fst (host_call C c nr a s)) (fst (host_call C c nr a t)).
Proof.
  intros I A B R. pose proof (k_kern _ _ _ A) as K. unfold host_call. rewrite <- K.
  pose proof (not_running_not_private s v c R) as NP.
  pose proof (call_good C boot_plain (kern s) c nr a I B) as G.
  destruct (call C (kern s) c nr a) as [k [y|]].
  2: { cbn. split; [reflexivity|]. apply alike_return; auto. }
  destruct (good_shape _ _ _ _ G) as [l E Kc|r x E Rr N Kc Gx|r E Rr Kc P|x E Kk X]; cbn [fst snd] in *.
  - assert (NE : forall T (f : N -> N -> T) d, match effects y with [Enter v i] => f v i | _ => d end = d).
    { intros. rewrite E. destruct l as [|p []]; reflexivity. }
    rewrite !NE. cbn [fst snd]. split; [reflexivity|]. rewrite E.
    destruct (call_private v c k y l s I G E) as [PM PS].
    apply alike_return; [apply alike_zeros; auto|].
    destruct (zeros_effect c l (with_kern s k)) as (E1 & _). rewrite E1. cbn.
    intros [i Q]. apply NP. exists i. rewrite <- Kc. exact Q.
  - rewrite E. cbn [fold_left apply fst snd]. split; [reflexivity|].
    apply alike_return.
    + constructor; cbn [with_ich with_kern kern mem regs ich hostregs guestregs].
      * reflexivity.
      * intros p Np. apply (k_mem _ _ _ A). intros [g Q]. apply Np. exists g.
        destruct (good_moved _ _ _ _ G p) as [M1 M2|M1 M2|b z M1 M2 M3 M4|w h M1 M2 M3|w i n b M1 M2 M3|w M1 M2 M3 M4];
          cbn [fst snd] in *; try (rewrite Q in M1; discriminate); [congruence|].
        rewrite E in M4. destruct M4 as [M4|[]]. discriminate.
      * intros d D. apply (k_regs _ _ _ A). intros [i Q]. apply D. exists i. rewrite Kc, get_put.
        destruct (N.eqb_spec d c) as [->|]; [congruence|exact Q].
      * intros d. apply same_bank_put; intros; [|apply A]. apply same_copy; [|apply A].
        apply (k_mem _ _ _ A), (not_private_nie _ _ _ _ Rr).
      * apply A.
      * intros p Np. apply (k_saved _ _ _ A). intros [g Q]. apply Np. exists g.
        destruct (good_moved _ _ _ _ G p) as [M1 M2|M1 M2|b z M1 M2 M3 M4|w h M1 M2 M3|w i n b M1 M2 M3|w M1 M2 M3 M4];
          cbn [fst snd] in *; try (rewrite Q in M1; discriminate); [congruence|].
        rewrite E in M4. destruct M4 as [M4|[]]. discriminate.
    + cbn. intros [i Q]. rewrite Kc, get_put, N.eqb_refl in Q. injection Q as ->. discriminate.
  - rewrite E. cbn [fold_left apply fst snd]. split; [reflexivity|].
    apply alike_return.
    + constructor; cbn [with_mem with_kern kern mem regs ich hostregs guestregs].
      * reflexivity.
      * intros p Np. assert (Np' : ~ private_page (kern s) v p)
          by (intros [g Q]; apply Np; exists g; rewrite P; exact Q).
        apply same_bank_put; intros; [|apply (k_mem _ _ _ A), Np'].
        apply same_copy; [apply A|]. apply (k_mem _ _ _ A), (not_private_nie _ _ _ _ Rr).
      * intros d D. apply (k_regs _ _ _ A). intros [i Q]. destruct (N.eq_dec d c) as [->|Dc].
        -- apply NP. exists i. exact Q.
        -- apply D. exists i. rewrite Kc, get_del. apply N.eqb_neq in Dc. rewrite Dc. exact Q.
      * apply A.
      * apply A.
      * intros p Np. apply (k_saved _ _ _ A). intros [i Q]. apply Np. exists i. rewrite P. exact Q.
    + cbn. intros [i Q]. rewrite Kc, get_del, N.eqb_refl in Q. discriminate.
  - rewrite E. subst k. cbn [fold_left apply]. rewrite with_kern_same.
    replace (with_kern t (kern s)) with t by (rewrite K; symmetry; apply with_kern_same).
    apply alike_enter; auto.
Qed.

(* The new claims after one of v's CPUs, or another's, is left. *)
Lemma cpus_set_private k v c w i b d : d <> c ->
  private_cpu (set_cpu k c (mkClaim w i b)) v d <-> private_cpu k v d.
Proof.
  intros D. unfold private_cpu. cbn. rewrite get_put. apply N.eqb_neq in D. rewrite D. reflexivity.
Qed.

Lemma alike_leave v c w i e r r' s t : inv (kern s) -> alike v s t -> running s c = Some (w, i) ->
  disclosed (kern s) w e r (bank (regs s) c) (bank (ich s) c)
    = disclosed (kern s) w e r' (bank (regs t) c) (bank (ich t) c) ->
  (w <> v -> r = r') ->
  snd (leave c w i e r s) = snd (leave c w i e r' t)
  /\ alike v (fst (leave c w i e r s)) (fst (leave c w i e r' t)).
Proof.
  intros I A R E Er'. split; [reflexivity|].
  pose proof (running_claim _ _ _ _ R) as X. pose proof (k_kern _ _ _ A) as K.
  destruct (claim_vcpu C _ _ _ I X) as (y & Y & Ec & Er & Rc & Rr). cbn [cvm cindex] in *.
  destruct (leave_kern C s c w i e r R I) as (_ & L1 & L2 & _).
  unfold leave. rewrite <- K. rewrite Ec, Er. cbn [fst].
  apply alike_return.
  - constructor; cbn [kern mem regs ich hostregs guestregs].
    + reflexivity.
    + intros p Np. assert (Np' : ~ private_page (kern s) v p)
        by (intros [g Q]; apply Np; exists g; etransitivity; [apply L1|exact Q]).
      apply same_bank_put; intros; [|apply (k_mem _ _ _ A), Np'].
      rewrite E. apply same_write_all. apply (k_mem _ _ _ A), (not_private_nie _ _ _ _ Rr).
    + intros d D. apply same_bank_put; intros; [apply A|]. apply (k_regs _ _ _ A). intros [j Q].
      apply D. exists j. etransitivity; [apply (f_equal (fun m => get m d) L2)|].
      rewrite get_put. rewrite (proj2 (N.eqb_neq d c)) by assumption. exact Q.
    + apply A.
    + apply A.
    + intros p Np. assert (Np' : ~ private_ctx (kern s) v p)
        by (intros [g Q]; apply Np; exists g; etransitivity; [apply L1|exact Q]).
      destruct (vprot _); [|apply (k_saved _ _ _ A), Np'].
      apply same_bank_put; intros; [|apply (k_saved _ _ _ A), Np']. subst p.
      assert (W : w <> v) by (intros ->; apply Np'; exists i; exact Rc).
      rewrite (Er' W). apply same_put. apply (k_regs _ _ _ A). intros [j Q]. congruence.
  - intros [j Q]. pose proof (f_equal (fun m => get m c) L2) as Q'. cbn beta in Q'.
    rewrite get_put, N.eqb_refl in Q'. cbn [leave fst kern return_to_host with_regs] in *.
    rewrite Q' in Q. discriminate.
Qed.

Lemma alike_kern v s t k : alike v s t -> (forall p, rec k p = rec (kern s) p) -> cpus k = cpus (kern s) ->
  alike v (with_kern s k) (with_kern t k).
Proof.
  intros A R P. constructor; cbn; try apply A; auto.
  - intros p N. apply A. intros [g Q]. apply N. exists g. rewrite R. exact Q.
  - intros c N. apply A. intros [i Q]. apply N. exists i. rewrite P. exact Q.
  - intros p N. apply A. intros [g Q]. apply N. exists g. rewrite R. exact Q.
Qed.

Lemma alike_set_regs v s t c r x : alike v s t ->
  alike v (with_regs s (set_at (regs s) c r x)) (with_regs t (set_at (regs t) c r x)).
Proof.
  intros A. constructor; cbn; try apply A. intros d N. apply same_set, A, N.
Qed.
Lemma alike_set_mem v s t p n x : alike v s t ->
  alike v (with_mem s (set_at (mem s) p n x)) (with_mem t (set_at (mem t) p n x)).
Proof.
  intros A. constructor; cbn; try apply A. intros d N. apply same_set, A, N.
Qed.
Lemma alike_set_ich v s t c n x : alike v s t ->
  alike v (with_ich s (set_at (ich s) c n x)) (with_ich t (set_at (ich t) c n x)).
Proof.
  intros A. constructor; cbn; try apply A. intros d. apply same_set, A.
Qed.

(* The guest's own calls: the same on both sides, and what it shares reads the same. *)
Definition shares_alike (v : N) (s t : machine) (n : gcall) : Prop :=
  match n with
  | MemShare g => forall p, translate (kern s) v g = Some p -> same (bank (mem s) p) (bank (mem t) p)
  | _ => True
  end.

Lemma alike_guest_call v w c n s t : inv (kern s) -> alike v s t ->
  (w = v -> shares_alike v s t n) ->
  let k := fst (guest_call C (kern s) w n) in
  let y := snd (guest_call C (kern s) w n) in
  alike v (fold_left (apply c) (geffects y) (with_kern s k)) (fold_left (apply c) (geffects y) (with_kern t k)).
Proof.
  intros I A Sh. pose proof (good_guest_call C (kern s) w n I) as G.
  pose proof (k_kern _ _ _ A) as K.
  assert (PS : forall l, geffects (snd (guest_call C (kern s) w n)) = List.map Zero l ->
    forall p, private_ctx (kern s) v p -> private_ctx (fst (guest_call C (kern s) w n)) v p
      \/ In (Zero p) (List.map Zero l)).
  { intros l E p [i Q]. left. exists i.
    destruct (gg_moved _ _ _ _ G p) as [M _|g [M|M] _ _ _|g M _ _]; congruence. }
  assert (D : (exists g p, n = MemShare g /\ w = v /\ translate (kern s) v g = Some p
      /\ rec (kern s) p = Guest v g
      /\ guest_call C (kern s) w n = (set_rec (kern s) p (GuestHost v g), mkGreply SUCCESS []))
    \/ forall l, geffects (snd (guest_call C (kern s) w n)) = List.map Zero l ->
      forall p, private_page (kern s) v p -> private_page (fst (guest_call C (kern s) w n)) v p
        \/ In (Zero p) (List.map Zero l)).
  { destruct n as [g|g|g|g|g].
    - cbn [guest_call]. destruct (own_page C (kern s) w g) as [[p []]|] eqn:O.
      + right. intros l E p' [h Q]. left. exists h. exact Q.
      + apply own_page_spec in O as [T Rp]; [|exact I]. destruct (N.eq_dec w v) as [->|W].
        * left. exists g, p. auto.
        * right. intros l E p' [h Q]. left. exists h. cbn [fst]. rewrite rec_set_rec.
          destruct (N.eqb_spec p' p) as [->|]; [congruence|exact Q].
      + right. intros l E p' [h Q]. left. exists h. exact Q.
    - right. intros l E p [h Q]. cbn [guest_call] in *.
      destruct (own_page C (kern s) w g) as [[p' []]|] eqn:O; try (left; exists h; exact Q).
      apply own_page_spec in O as [T Rp]; [|exact I]. left. exists h. cbn [fst]. rewrite rec_set_rec.
      destruct (N.eqb_spec p p') as [->|]; [congruence|exact Q].
    - right. intros l E p [h Q]. destruct (gg_moved _ _ _ _ G p) as [M _|g' [M|M] _ F Z|g' M F Z].
      + left. exists h. congruence.
      + destruct F as [F|F]; [left; exists g'; rewrite F; congruence|].
        exfalso. cbn [guest_call] in *.
        destruct (own_page C (kern s) w g) as [[p' []]|] eqn:O; cbn [refuse fst] in F; try congruence.
        apply own_page_spec in O as [T Rp]; [|exact I]. unfold unmap_one in F.
        unfold translate in T. destruct (leaf_at (kern s) w g) as [lf|]; [|discriminate].
        cbn [fst] in F. rewrite rec_set_rec in F. destruct (p =? lpfn lf); [discriminate|].
        rewrite rec_set_vm in F. congruence.
      + congruence.
      + right. rewrite E in Z. exact Z.
    - right. intros l E p [h Q]. left. exists h. cbn [guest_call] in *. destruct (_ || _); exact Q.
    - right. intros l E p [h Q]. left. exists h. exact Q. }
  cbv zeta. destruct D as [(g & p & -> & -> & T & Rp & E)|PM].
  - rewrite E. cbn [fst snd geffects fold_left]. specialize (Sh eq_refl). cbn [shares_alike] in Sh.
    constructor; cbn [with_kern kern mem regs ich hostregs guestregs]; try apply A; auto.
    + intros q N. destruct (N.eq_dec q p) as [->|Dq]; [apply Sh, T|].
      apply A. intros [h Q]. apply N. exists h. rewrite rec_set_rec. apply N.eqb_neq in Dq. rewrite Dq. exact Q.
    + intros q N. apply A. intros [j Q]. apply N. exists j. rewrite rec_set_rec.
      destruct (N.eqb_spec q p) as [->|]; [congruence|exact Q].
  - destruct (gg_zeros _ _ _ _ G) as [l E]. rewrite E. apply alike_zeros; auto.
    exact (gg_cpus _ _ _ _ G).
Qed.

(* ---- Unwinding. A step of anybody but v. ---- *)

Theorem unwind_other v s t c a : inv (kern s) -> alike v s t -> actor s (c, a) <> Some v ->
  snd (step s c a) = snd (step t c a) /\ alike v (fst (step s c a)) (fst (step t c a)).
Proof.
  intros I A N. pose proof (k_kern _ _ _ A) as K. unfold Machine.step.
  destruct (c <? nr_cpus C) eqn:B; cbn [negb]; [|split; [reflexivity|exact A]]. apply N.ltb_lt in B.
  rewrite <- (running_alike v s t c A).
  destruct (running s c) as [[w i]|] eqn:R.
  - assert (NP : ~ private_cpu (kern s) v c \/ w = v).
    { destruct (N.eq_dec w v); [auto|]. left. intros [j Q]. apply running_claim in R. congruence. }
    destruct a; try (split; [reflexivity|exact A]);
      (assert (W : w <> v) by (intros ->; apply N; unfold Machine.actor; cbn [fst snd]; rewrite R; reflexivity));
      destruct NP as [NP|]; try contradiction.
    + split; [reflexivity|]. apply alike_set_regs, A.
    + rewrite <- K. destruct (guest_page (kern s) w g false fetch) as [p|] eqn:P; [|split; [reflexivity|exact A]].
      destruct (guest_page_spec C _ _ _ _ _ _ I P) as (_ & _ & F).
      assert (Np : ~ private_page (kern s) v p).
      { intros [h Q]. unfold fits in F. destruct (vprot _); [destruct F|]; congruence. }
      rewrite (same_at _ _ p n (k_mem _ _ _ A p Np)). cbn [fst snd]. split; [reflexivity|].
      destruct (touch_frame C (kern s) w g I) as (_ & T1 & T2 & _).
      apply (alike_set_regs v (with_kern s _) (with_kern t _)), alike_kern; auto.
    + rewrite <- K. destruct (guest_page (kern s) w g true false) as [p|] eqn:P; [|split; [reflexivity|exact A]].
      cbn [fst snd]. split; [reflexivity|].
      destruct (touch_frame C (kern s) w g I) as (_ & T1 & T2 & _).
      apply (alike_set_mem v (with_kern s _) (with_kern t _)), alike_kern; auto.
    + split; [reflexivity|]. apply alike_set_ich, A.
    + rewrite <- K. destruct (exit_ok (kern s) w e); [|split; [reflexivity|exact A]].
      apply alike_leave; auto. apply same_disclosed; [apply A, NP|apply A].
    + rewrite <- K. destruct (vprot (vm_of (kern s) w)); [|split; [reflexivity|exact A]].
      pose proof (alike_guest_call v w c c0 s t I A) as G.
      destruct (guest_call C (kern s) w c0) as [k y]. cbn [fst snd] in *. split; [reflexivity|].
      apply alike_set_regs, G. congruence.
  - assert (NP := not_running_not_private s v c R).
    destruct a; try (split; [reflexivity|exact A]).
    + split; [reflexivity|]. apply alike_set_regs, A.
    + rewrite <- K. destruct (host_allowed C (kern s) p fetch) eqn:H; [|split; [reflexivity|exact A]].
      cbn [fst snd]. split; [|exact A]. f_equal. f_equal. apply same_at, A. intros [g Q].
      unfold host_allowed in H. rewrite Q in H. cbn in H. rewrite andb_false_r in H. discriminate.
    + rewrite <- K. destruct (host_allowed C (kern s) p false); [|split; [reflexivity|exact A]].
      split; [reflexivity|]. apply alike_set_mem, A.
    + apply alike_call; auto.
Qed.

(* ---- A silent step of v: all that it changes is v's own. ---- *)

(* The MMU has nothing to mark: always so for a protected VM's pages, which are never aged. *)
Definition marked (k : kernel) (v g : N) : Prop :=
  match leaf_at k v g with Some l => lyoung l = true | None => True end.

Definition silent (s : machine) (v : N) (e : event) : Prop :=
  actor s e = Some v /\
  match snd e with
  | GSet _ _ => True
  | GRead g _ _ _ => marked (kern s) v g
  | GWrite g _ _ => marked (kern s) v g /\
    match guest_page (kern s) v g true false with Some p => private_page (kern s) v p | None => True end
  | _ => False
  end.

Lemma marked_touch k v g : marked k v g -> touch k v g = k.
Proof. unfold marked, touch. destruct (leaf_at k v g) as [l|]; [intros ->|]; reflexivity. Qed.

Lemma alike_refl v s : alike v s s.
Proof. constructor; auto. Qed.
Lemma alike_sym v s t : alike v s t -> alike v t s.
Proof.
  intros [K M R I H S]. constructor; auto; rewrite <- ?K; try (intros; intro; symmetry; auto; fail).
  - intros p N n. symmetry. apply M, N.
  - intros p N n. symmetry. apply R, N.
  - intros p n. symmetry. apply I.
  - intros p n. symmetry. apply H.
  - intros p N n. symmetry. apply S, N.
Qed.
Lemma alike_trans v s t u : alike v s t -> alike v t u -> alike v s u.
Proof.
  intros [K M R I H S] [K' M' R' I' H' S']. rewrite <- K in *. constructor.
  - congruence.
  - intros p N n. etransitivity; [apply M, N|apply M', N].
  - intros p N n. etransitivity; [apply R, N|apply R', N].
  - intros p n. etransitivity; [apply I|apply I'].
  - intros p n. etransitivity; [apply H|apply H'].
  - intros p N n. etransitivity; [apply S, N|apply S', N].
Qed.

Theorem unwind_silent v s c a : inv (kern s) -> silent s v (c, a) -> alike v s (fst (step s c a)).
Proof.
  intros I [A S]. cbn [snd] in S. unfold Machine.actor in A. cbn [fst snd] in A.
  destruct a; try contradiction; destruct (running s c) as [[w i]|] eqn:R; try discriminate;
    injection A as ->; unfold Machine.step; destruct (negb _); try apply alike_refl; rewrite R;
    assert (P : private_cpu (kern s) v c) by (exists i; apply running_claim, R).
  - constructor; auto. intros d D. cbn. intros m. unfold set_at. rewrite bank_put.
    destruct (N.eqb_spec d c) as [->|]; [contradiction|reflexivity].
  - destruct (guest_page _ _ _ _ _); [|apply alike_refl]. rewrite (marked_touch _ _ _ S), with_kern_same.
    constructor; auto. intros d D. cbn. intros m. unfold set_at. rewrite bank_put.
    destruct (N.eqb_spec d c) as [->|]; [contradiction|reflexivity].
  - destruct S as [S G]. destruct (guest_page _ _ _ _ _) as [p|]; [|apply alike_refl].
    rewrite (marked_touch _ _ _ S), with_kern_same.
    constructor; auto. intros d D. cbn. intros m. unfold set_at. rewrite bank_put.
    destruct (N.eqb_spec d p) as [->|]; [contradiction|reflexivity].
Qed.

(* ---- A declared step of v: it tells the same on both sides. ---- *)

Definition declared (v : N) (s t : machine) (c : N) (a b : act) : Prop :=
  exists i, running s c = Some (v, i) /\
  match a, b with
  | GRead g _ f _, GRead h _ f' _ => g = h /\ f = f'		(* the age of a page *)
  | GWrite g n x, GWrite h m y => g = h /\ n = m /\ x = y	(* a page that others can read *)
  | GIch n x, GIch m y => n = m /\ x = y			(* its interrupts *)
  | GExit e r, GExit e' r' => e = e' /\
    disclosed (kern s) v e r (bank (regs s) c) (bank (ich s) c)
      = disclosed (kern s) v e r' (bank (regs t) c) (bank (ich t) c)
  | GCall n, GCall m => n = m /\ shares_alike v s t n
  | _, _ => False
  end.

Theorem unwind_declared v s t c a b : inv (kern s) -> alike v s t -> declared v s t c a b ->
  alike v (fst (step s c a)) (fst (step t c b))
  /\ match a with GExit _ _ => snd (step s c a) = snd (step t c b) | _ => True end.
Proof.
  intros I A (i & R & D). pose proof (k_kern _ _ _ A) as K.
  pose proof (running_alike v s t c A) as R'. rewrite R in R'. unfold Machine.step.
  destruct (negb _); [split; [exact A|destruct a; auto]|]. rewrite R, <- R'.
  assert (P : private_cpu (kern s) v c) by (exists i; apply running_claim, R).
  destruct a, b; try contradiction; rewrite <- ?K.
  - destruct D as (<- & <-). split; [|exact Logic.I].
    destruct (guest_page (kern s) v g false fetch) as [p|]; [|exact A]. cbn [fst].
    destruct (touch_frame C (kern s) v g I) as (_ & T1 & T2 & _).
    pose proof (alike_kern v s t (touch (kern s) v g) A T1 T2) as A'.
    constructor; try apply A'. intros d N. cbn in N. intros m. cbn. unfold set_at. rewrite !bank_put.
    destruct (N.eqb_spec d c) as [->|]; [|apply A', N].
    exfalso. apply N. destruct P as [j P]. exists j. rewrite T2. exact P.
  - destruct D as (<- & <- & <-). split; [|exact Logic.I].
    destruct (guest_page (kern s) v g true false) as [p|]; [|exact A]. cbn [fst].
    destruct (touch_frame C (kern s) v g I) as (_ & T1 & T2 & _).
    apply (alike_set_mem v (with_kern s _) (with_kern t _)), alike_kern; auto.
  - destruct D as (<- & <-). split; [|exact Logic.I]. apply alike_set_ich, A.
  - destruct D as (<- & E). destruct (exit_ok (kern s) v e); [|auto].
    apply and_comm. apply alike_leave; auto. congruence.
  - destruct D as (<- & E). split; [|exact Logic.I]. destruct (vprot (vm_of (kern s) v)); [|exact A].
    pose proof (alike_guest_call v v c c0 s t I A (fun _ => E)) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. cbn [fst snd] in *. apply alike_set_regs, G.
Qed.

(* ---- Whole runs. ---- *)

(* What a step shows to others than v: what it tells its actor; of v's own steps, exits return to
   the host. *)
Definition shows (v : N) (s : machine) (e : event) : list (list N) :=
  let o := snd (step s (fst e) (snd e)) in
  match actor s e with
  | Some w => if w =? v then match snd e with GExit _ _ => [o] | _ => [] end else [o]
  | None => [o]
  end.

Fixpoint observed (v : N) (s : machine) (l : list event) : list (list N) :=
  match l with [] => [] | e :: l => shows v s e ++ observed v (next s e) l end.

(* Two runs from two states: the others do the same in both, v does what it likes as long as what it
   declares is the same. *)
Inductive tell_same (v : N) : machine -> list event -> machine -> list event -> Prop :=
| TNil s t : tell_same v s [] t []
| TOther s l t m e : actor s e <> Some v ->
    tell_same v (next s e) l (next t e) m -> tell_same v s (e :: l) t (e :: m)
| TLeft s l t m e : silent s v e -> tell_same v (next s e) l t m -> tell_same v s (e :: l) t m
| TRight s l t m e : silent t v e -> tell_same v s l (next t e) m -> tell_same v s l t (e :: m)
| TBoth s l t m c a b : declared v s t c a b ->
    tell_same v (next s (c, a)) l (next t (c, b)) m -> tell_same v s ((c, a) :: l) t ((c, b) :: m).

Lemma silent_shows v s e : silent s v e -> shows v s e = [].
Proof.
  intros [A S]. unfold shows. rewrite A, N.eqb_refl. destruct (snd e); auto; contradiction.
Qed.

Lemma actor_alike v s t e : alike v s t -> actor s e = actor t e.
Proof. intros A. unfold Machine.actor. rewrite (running_alike v s t _ A). reflexivity. Qed.

Lemma confidential_inv v s l t m : tell_same v s l t m -> inv (kern s) -> alike v s t ->
  observed v s l = observed v t m /\ alike v (run_all C s l) (run_all C t m).
Proof.
  intros T. induction T as [s t|s l t m e N T IH|s l t m e S T IH|s l t m e S T IH|s l t m c a b D T IH];
    intros I A; cbn [observed run_all fold_left].
  - auto.
  - destruct (unwind_other v s t (fst e) (snd e) I A) as [O A'].
    { destruct e. exact N. }
    destruct (IH (step_inv C boot_plain s _ _ I) A') as [H1 H2]. split; [|exact H2].
    rewrite H1. f_equal. unfold shows. rewrite <- (actor_alike v s t e A), O. reflexivity.
  - rewrite (silent_shows _ _ _ S). cbn [app]. apply IH; [apply step_inv; auto|].
    destruct e as [c a]. pose proof (unwind_silent v s c a I S) as A'.
    eapply alike_trans; [apply alike_sym; exact A'|exact A].
  - rewrite (silent_shows _ _ _ S). cbn [app]. apply IH; auto.
    destruct e as [c a]. rewrite (k_kern _ _ _ A) in I. pose proof (unwind_silent v t c a I S) as A'.
    eapply alike_trans; [exact A|exact A'].
  - destruct (unwind_declared v s t c a b I A D) as [A' O].
    destruct (IH (step_inv C boot_plain s _ _ I) A') as [H1 H2]. split; [|exact H2].
    rewrite H1. f_equal. destruct D as (i & R & D). pose proof (running_alike v s t c A) as R'.
    unfold shows, Machine.actor. cbn [fst snd]. rewrite <- R', R.
    destruct a, b; try contradiction; rewrite ?N.eqb_refl; auto. rewrite O. reflexivity.
Qed.

Theorem confidentiality v s l t m : reachable C s -> alike v s t -> tell_same v s l t m ->
  observed v s l = observed v t m /\ alike v (run_all C s l) (run_all C t m).
Proof. intros R A T. apply confidential_inv; auto. apply reachable_inv; auto. Qed.

(* In particular: where v does nothing, its private state is not seen. *)
Corollary unseen v s t l : reachable C s -> alike v s t ->
  (forall l1 e l2, l = l1 ++ e :: l2 -> actor (run_all C s l1) e <> Some v) ->
  observed v s l = observed v t l.
Proof.
  intros R A N. apply (confidentiality v s l t l R A).
  pose proof (reachable_inv C boot_plain s R) as I. clear R. revert s t A N I.
  induction l as [|e l IH]; intros s t A N I; constructor.
  - apply (N [] e l). reflexivity.
  - apply IH.
    + destruct (unwind_other v s t (fst e) (snd e) I A) as [_ A']; [|exact A'].
      destruct e. apply (N [] _ l). reflexivity.
    + intros l1 e' l2 E. rewrite E in N. apply (N (e :: l1) e' l2). reflexivity.
    + apply step_inv; auto.
Qed.
End Confidentiality.
