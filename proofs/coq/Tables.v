(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * The pool suffices: what `wanted` says is what mapping takes, so a mapping never lacks its tables
 * (INV-8), and a call that promises not to fail does not.
 *)
From Coq Require Import NArith ZArith List Bool Lia.
From NIE Require Import Maps State Calls GuestCalls Invariant Steps Preservation Machine Words Behaviour
  Isolation Confidentiality Age.
Import ListNotations.
Local Open Scope N_scope.
Ltac Zify.zify_post_hook ::= Z.to_euclidean_division_equations.

Section Tables.
Context (C : config).

Definition h2 (m : vm) (b : N) : bool := match get (vtab2 m) b with Some _ => true | None => false end.
Definition h3 (m : vm) (b : N) : bool := match get (vtab3 m) b with Some _ => true | None => false end.

(* wanted, by the tables of its ends. *)
Definition need (a2 b2 a3 b3 : N) (m : vm) : N :=
  one (negb (h2 m a2)) + one (negb (h3 m a3)) + one (negb (b2 =? a2) && negb (h2 m b2))
  + one (negb (b3 =? a3) && negb (h3 m b3)).

Lemma wanted_need m g nr : wanted m g nr =
  need (g / per_gib) ((g + nr - 1) / per_gib) (g / per_table) ((g + nr - 1) / per_table) m.
Proof. reflexivity. Qed.

Lemma ends3 g nr j : 1 <= nr -> nr <= 512 -> g <= j -> j < g + nr ->
  j / per_table = g / per_table \/ j / per_table = (g + nr - 1) / per_table.
Proof. unfold per_table. intros. lia. Qed.
Lemma ends2 g nr j : 1 <= nr -> nr <= 512 -> g <= j -> j < g + nr ->
  j / per_gib = g / per_gib \/ j / per_gib = (g + nr - 1) / per_gib.
Proof. unfold per_gib. intros. lia. Qed.

Section Ends.
Context (a2 b2 a3 b3 : N).
Local Notation need := (need a2 b2 a3 b3).

Definition enough (m : vm) : Prop := need m <= pool_nr m.

Lemma pool_cons p l : N.of_nat (List.length (p :: l : list N)) = N.of_nat (List.length l) + 1.
Proof. cbn [List.length]. lia. Qed.

Lemma grow2_enough k v b : b = a2 \/ b = b2 -> enough (vm_of k v) -> h2 (vm_of k v) b = false ->
  let m := vm_of (grow v 2 b k) v in
  enough m /\ h2 m b = true /\ (forall x, h2 (vm_of k v) x = true -> h2 m x = true)
  /\ (forall x, h3 m x = h3 (vm_of k v) x).
Proof.
  intros B E H. unfold enough in *. unfold grow. destruct (vpool (vm_of k v)) as [|p l] eqn:P.
  - exfalso. assert (Z : pool_nr (vm_of k v) = 0) by (unfold pool_nr; rewrite P; reflexivity).
    rewrite Z in E. clear Z P. unfold Tables.need in E.
    destruct B as [-> | ->]; rewrite H in E; cbn [negb one] in E; [lia|].
    destruct (N.eqb_spec b2 a2) as [Q|]; [rewrite <- Q, H in E|]; cbn [negb andb one] in E; lia.
  - cbn zeta. rewrite vm_set_rec, vm_set_vm, N.eqb_refl. cbn [N.eqb Pos.eqb].
    set (m' := with_tables _ _ _).
    assert (X2 : forall x, h2 m' x = if x =? b then true else h2 (vm_of k v) x).
    { intros x. unfold h2, m'. cbn. rewrite get_put. destruct (x =? b); reflexivity. }
    assert (X3 : forall x, h3 m' x = h3 (vm_of k v) x) by reflexivity.
    assert (XP : pool_nr (vm_of k v) = pool_nr m' + 1).
    { unfold pool_nr, m'. cbn. rewrite P. apply pool_cons. }
    conjs; auto.
    + unfold Tables.need in *. rewrite !X2, !X3. rewrite XP in E. clear XP X2 X3.
      destruct B as [-> | ->]; rewrite H in E; rewrite N.eqb_refl; cbn [negb one] in *.
      * destruct (N.eqb_spec b2 a2); cbn [negb andb one] in *; lia.
      * destruct (N.eqb_spec b2 a2) as [Q|Q]; cbn [negb andb one] in *.
        -- subst b2. rewrite N.eqb_refl in *. rewrite H in E. cbn [negb one] in *. lia.
        -- rewrite (proj2 (N.eqb_neq a2 b2)) by auto. lia.
    + rewrite X2, N.eqb_refl. reflexivity.
    + intros x Hx. rewrite X2. destruct (x =? b); auto.
Qed.

Lemma grow3_enough k v b : b = a3 \/ b = b3 -> enough (vm_of k v) -> h3 (vm_of k v) b = false ->
  let m := vm_of (grow v 3 b k) v in
  enough m /\ h3 m b = true /\ (forall x, h3 (vm_of k v) x = true -> h3 m x = true)
  /\ (forall x, h2 m x = h2 (vm_of k v) x).
Proof.
  intros B E H. unfold enough in *. unfold grow. destruct (vpool (vm_of k v)) as [|p l] eqn:P.
  - exfalso. assert (Z : pool_nr (vm_of k v) = 0) by (unfold pool_nr; rewrite P; reflexivity).
    rewrite Z in E. clear Z P. unfold Tables.need in E.
    destruct B as [-> | ->]; rewrite H in E; cbn [negb one] in E; [lia|].
    destruct (N.eqb_spec b3 a3) as [Q|]; [rewrite <- Q, H in E|]; cbn [negb andb one] in E; lia.
  - cbn zeta. rewrite vm_set_rec, vm_set_vm, N.eqb_refl. cbn [N.eqb Pos.eqb].
    set (m' := with_tables _ _ _).
    assert (X3 : forall x, h3 m' x = if x =? b then true else h3 (vm_of k v) x).
    { intros x. unfold h3, m'. cbn. rewrite get_put. destruct (x =? b); reflexivity. }
    assert (X2 : forall x, h2 m' x = h2 (vm_of k v) x) by reflexivity.
    assert (XP : pool_nr (vm_of k v) = pool_nr m' + 1).
    { unfold pool_nr, m'. cbn. rewrite P. apply pool_cons. }
    conjs; auto.
    + unfold Tables.need in *. rewrite !X2, !X3. rewrite XP in E. clear XP X2 X3.
      destruct B as [-> | ->]; rewrite H in E; rewrite N.eqb_refl; cbn [negb one] in *.
      * destruct (N.eqb_spec b3 a3); cbn [negb andb one] in *; lia.
      * destruct (N.eqb_spec b3 a3) as [Q|Q]; cbn [negb andb one] in *.
        -- subst b3. rewrite N.eqb_refl in *. rewrite H in E. cbn [negb one] in *. lia.
        -- rewrite (proj2 (N.eqb_neq a3 b3)) by auto. lia.
    + rewrite X3, N.eqb_refl. reflexivity.
    + intros x Hx. rewrite X3. destruct (x =? b); auto.
Qed.

Lemma ensure_enough k v g :
  g / per_gib = a2 \/ g / per_gib = b2 -> g / per_table = a3 \/ g / per_table = b3 ->
  enough (vm_of k v) -> let m := vm_of (ensure v g k) v in
  enough m /\ has2 m g = true /\ has3 m g = true
  /\ (forall x, h2 (vm_of k v) x = true -> h2 m x = true)
  /\ (forall x, h3 (vm_of k v) x = true -> h3 m x = true).
Proof.
  intros B2 B3 E. unfold ensure.
  change (has2 (vm_of k v) g) with (h2 (vm_of k v) (g / per_gib)).
  set (k1 := if h2 _ _ then _ else _).
  assert (A : enough (vm_of k1 v) /\ h2 (vm_of k1 v) (g / per_gib) = true
    /\ (forall x, h2 (vm_of k v) x = true -> h2 (vm_of k1 v) x = true)
    /\ (forall x, h3 (vm_of k1 v) x = h3 (vm_of k v) x)).
  { unfold k1. destruct (h2 (vm_of k v) (g / per_gib)) eqn:H; [auto|].
    apply grow2_enough; auto. }
  destruct A as (A1 & A2 & A3 & A4). clearbody k1.
  change (has3 (vm_of k1 v) g) with (h3 (vm_of k1 v) (g / per_table)).
  cbn zeta. destruct (h3 (vm_of k1 v) (g / per_table)) eqn:H.
  - conjs; auto. intros x Hx. rewrite A4. exact Hx.
  - destruct (grow3_enough k1 v (g / per_table) B3 A1 H) as (D1 & D2 & D3 & D4).
    conjs; auto.
    + change (h2 (vm_of (grow v 3 (g / per_table) k1) v) (g / per_gib) = true). rewrite D4. exact A2.
    + intros x Hx. rewrite D4. auto.
    + intros x Hx. apply D3. rewrite A4. exact Hx.
Qed.
End Ends.

(* INV-8: a mapped gfn has its tables. *)
Definition seated (m : vm) : Prop :=
  forall g l, get (vleaf m) g = Some l -> has2 m g = true /\ has3 m g = true.

Lemma ensure_leaf k v g w : vleaf (vm_of (ensure v g k) w) = vleaf (vm_of k w).
Proof.
  assert (G : forall n b k, vleaf (vm_of (grow v n b k) w) = vleaf (vm_of k w)).
  { intros n b t. unfold grow. destruct (vpool (vm_of t v)); [reflexivity|].
    rewrite vm_set_rec, vm_set_vm. destruct (N.eqb_spec w v) as [->|]; [|reflexivity].
    destruct (n =? 2); reflexivity. }
  unfold ensure. destruct (has2 _ _); destruct (has3 _ _); rewrite ?G; reflexivity.
Qed.

Theorem map_seated k v p g nr x w e nc z : 1 <= nr -> nr <= 512 -> seated (vm_of k v) ->
  let r := map_range k v p g nr x w e nc z in err (snd r) = 0 -> seated (vm_of (fst r) v).
Proof.
  intros N1 N2 S. unfold map_range.
  destruct (any_mapped k v g nr); [cbn; discriminate|].
  destruct (pool_nr (vm_of k v) <? wanted (vm_of k v) g nr) eqn:W; [cbn; discriminate|]. intros _.
  apply N.ltb_ge in W. rewrite wanted_need in W. cbn [fst].
  pose proof (loop_ind (fun j t =>
    enough (g / per_gib) ((g + nr - 1) / per_gib) (g / per_table) ((g + nr - 1) / per_table) (vm_of t v)
    /\ seated (vm_of t v)) (map_one v p g x w e nc) (N.to_nat nr) g k) as L.
  cbn beta in L. apply L.
  - split; [exact W|exact S].
  - intros j t J1 J2 [T1 T2]. rewrite N2Nat.id in J2. unfold map_one.
    destruct (ensure_enough _ _ _ _ t v j (ends2 g nr j N1 N2 J1 J2) (ends3 g nr j N1 N2 J1 J2) T1)
      as (E1 & E2 & E3 & E4 & E5).
    rewrite vm_set_rec, vm_set_vm, N.eqb_refl. split; [exact E1|].
    intros h l H. cbn in H. rewrite get_put in H.
    destruct (N.eqb_spec h j) as [->|]; [split; [exact E2|exact E3]|].
    rewrite ensure_leaf in H. destruct (T2 h l H) as [H2 H3]. split; [apply E4, H2|apply E5, H3].
Qed.

(* The other VMs: nothing that is theirs changes. *)
Lemma map_one_other v p g x w e nc j k u : u <> v -> vm_of (map_one v p g x w e nc j k) u = vm_of k u.
Proof.
  intros D. apply N.eqb_neq in D.
  assert (G : forall n b t, vm_of (grow v n b t) u = vm_of t u).
  { intros n b t. unfold grow. destruct (vpool (vm_of t v)); [reflexivity|].
    rewrite vm_set_rec, vm_set_vm, D. reflexivity. }
  unfold map_one, ensure. rewrite vm_set_rec, vm_set_vm, D.
  destruct (has2 _ _); destruct (has3 _ _); rewrite ?G; reflexivity.
Qed.

Definition seats (k k' : kernel) : Prop := forall v, seated (vm_of k v) -> seated (vm_of k' v).

Lemma seats_refl k : seats k k.
Proof. intros v H. exact H. Qed.
Lemma seats_trans k k1 k2 : seats k k1 -> seats k1 k2 -> seats k k2.
Proof. intros A B v H. auto. Qed.
Lemma seats_rec k p x : seats k (set_rec k p x).
Proof. intros v H. exact H. Qed.
Lemma seats_vm k v m : (seated (vm_of k v) -> seated m) -> seats k (set_vm k v m).
Proof. intros H w S. rewrite vm_set_vm. destruct (N.eqb_spec w v) as [->|]; auto. Qed.
Lemma seats_empty k v m : vleaf m = empty -> seats k (set_vm k v m).
Proof. intros E. apply seats_vm. intros _ g l H. rewrite E, get_empty in H. discriminate. Qed.
Lemma seats_leaf k v g l l' : leaf_at k v g = Some l -> seats k (set_leaf v g l' k).
Proof.
  intros E. apply seats_vm. intros S h x H. cbn in H. rewrite get_put in H.
  destruct (N.eqb_spec h g) as [->|]; [exact (S _ _ E)|exact (S _ _ H)].
Qed.
Lemma seats_loop f n : (forall j t, seats t (f j t)) -> forall i k, seats k (loop n i f k).
Proof.
  intros F. induction n as [|n IH]; intros i k; simpl; [apply seats_refl|].
  eapply seats_trans; [apply F|apply IH].
Qed.
Lemma seats_unmap v g k : seats k (unmap_one v g k).
Proof.
  unfold unmap_one. destruct (leaf_at k v g); [|apply seats_refl].
  eapply seats_trans; [|apply seats_rec]. apply seats_vm. intros S h x H. cbn in H.
  rewrite get_del in H. destruct (h =? g); [discriminate|exact (S _ _ H)].
Qed.
Lemma seats_release v p k : seats k (release C v p k).
Proof.
  unfold release, drop_vcpu. destruct (is_named _ _); [|apply seats_refl].
  destruct (rec C k p); try apply seats_rec.
  eapply seats_trans; [|apply seats_rec]. destruct (vcpu_at k v index); [|apply seats_refl].
  eapply seats_trans; [|apply seats_rec]. apply seats_vm. intros S. exact S.
Qed.

Lemma seats_map_range k v p g nr x w e nc z : 1 <= nr -> nr <= 512 ->
  seats k (fst (map_range k v p g nr x w e nc z)).
Proof.
  intros N1 N2 u S. destruct (N.eq_dec u v) as [->|D].
  - pose proof (map_seated k v p g nr x w e nc z N1 N2 S) as M. cbn zeta in M.
    unfold map_range in *. destruct (any_mapped _ _ _ _); [exact S|].
    destruct (_ <? _); [exact S|]. apply M. reflexivity.
  - unfold map_range. destruct (any_mapped _ _ _ _); [exact S|]. destruct (_ <? _); [exact S|].
    cbn [fst].
    assert (L : forall n i t, vm_of (loop n i (map_one v p g x w e nc) t) u = vm_of t u).
    { induction n as [|n IH]; intros i t; simpl; [reflexivity|]. rewrite IH. apply map_one_other, D. }
    rewrite L. exact S.
Qed.

Lemma range_ok_nr a nr l : range_ok a nr l = true -> 1 <= nr /\ nr <= 512.
Proof.
  unfold range_ok, max_range. intros H. repeat (apply andb_true_iff in H; destruct H as [H ?]).
  split; apply N.leb_le; assumption.
Qed.

Ltac go := repeat match goal with
  | |- seats ?k (fst (if ?b then _ else _)) => destruct b eqn:?
  | |- seats ?k (fst (with_vm _ _ _ _)) => unfold with_vm; destruct (find _ _ _)
  | |- seats ?k (fst (normal_range _ _ _ _ _ _)) => unfold normal_range
  | |- seats ?k (fst (match (if ?b then _ else _) with _ => _ end)) => destruct b eqn:?
  | |- seats ?k (fst (map_range _ _ _ _ _ _ _ _ _ _)) => apply seats_map_range
  | |- seats ?k (fst (match ?x with _ => _ end)) => destruct x eqn:?
  end; cbn [fst fail fail_with done]; try apply seats_refl.
Ltac nr_ok := match goal with H : negb (range_ok _ ?nr _) || _ || _ = false |- _ =>
      apply orb_false_iff in H; destruct H as [H _] | _ => idtac end;
  match goal with H : negb (range_ok _ ?nr _) || _ = false |- _ =>
    apply orb_false_iff in H; destruct H as [H _]; apply negb_false_iff in H; apply range_ok_nr in H;
    destruct H; assumption end.

Lemma seats_call k cpu n a : seats k (fst (call_named C k cpu n a)).
Proof.
  destruct n; cbn [call_named fst version fail fail_with done]; try apply seats_refl.
  - unfold stats. go.
  - unfold share_nie. go. apply seats_rec.
  - unfold unshare_nie. go. apply seats_rec.
  - unfold vm_create. go. eapply seats_trans; [|apply seats_loop; intros; apply seats_rec].
    apply seats_empty. reflexivity.
  - unfold vm_topup. go. apply seats_loop. intros j t. unfold give_page.
    eapply seats_trans; [|apply seats_rec]. apply seats_vm. intros S. exact S.
  - unfold vm_teardown. go. apply seats_empty. reflexivity.
  - unfold vm_reclaim. go. apply seats_loop. intros. apply seats_release.
  - unfold vm_destroy. go. apply seats_vm. intros S. exact S.
  - unfold vcpu_create. go. eapply seats_trans; [|apply seats_rec]. eapply seats_trans; [|apply seats_rec].
    apply seats_vm. intros S. exact S.
  - unfold vm_info. go.
  - unfold donate_guest. go; nr_ok.
  - unfold share_guest. go; nr_ok.
  - unfold unshare_guest. go. apply seats_loop. intros. apply seats_unmap.
  - unfold relax_guest, normal_leaf. go. eapply seats_leaf; eauto.
  - unfold wrprotect_guest. go. apply seats_loop. intros j t. unfold protect_one.
    destruct (leaf_at t n j) eqn:E; [eapply seats_leaf; eauto|apply seats_refl].
  - unfold age_guest. go. destruct (a3 a =? 1); [|apply seats_refl]. apply seats_loop. intros j t.
    unfold age_one. destruct (leaf_at t n j) eqn:E; [eapply seats_leaf; eauto|apply seats_refl].
  - unfold tlb_flush_vm. go.
  - unfold query_guest. go.
  - unfold vcpu_load. go. intros w S. unfold vm_of. cbn.
    apply (seats_vm k n (with_last (vm_of k n) (put (vlast (vm_of k n)) cpu (a1 a + 1))) (fun S => S) w S).
  - unfold vcpu_put. go. intros w S. exact S.
  - unfold vcpu_run. go.
Qed.

Lemma seats_guest_call k v n : seats k (fst (guest_call C k v n)).
Proof.
  destruct n; cbn [guest_call].
  - destruct (own_page C k v g) as [[p []]|]; try apply seats_refl. apply seats_rec.
  - destruct (own_page C k v g) as [[p []]|]; try apply seats_refl. apply seats_rec.
  - destruct (own_page C k v g) as [[p []]|]; try apply seats_refl. apply seats_unmap.
  - destruct (_ || _); [apply seats_refl|]. apply seats_vm. intros S. exact S.
  - apply seats_vm. intros S. exact S.
Qed.

Lemma seats_touch k v g : seats k (touch k v g).
Proof.
  unfold touch. destruct (leaf_at k v g) eqn:E; [|apply seats_refl].
  destruct (lyoung l); [apply seats_refl|]. eapply seats_leaf; eauto.
Qed.

Lemma seats_step s c a : seats (kern s) (kern (fst (step C s c a))).
Proof.
  assert (F : forall (e : list effect) s, kern (fold_left (apply c) e s) = kern s).
  { induction e as [|x e IH]; intros t; [reflexivity|]. simpl. rewrite IH. destruct x; reflexivity. }
  assert (Cl : forall k x, seats k (set_cpu k c x)) by (intros k x v S; exact S).
  assert (En : forall t v i, seats (kern t) (kern (fst (enter c v i t)))).
  { intros t v i. destruct (enter_kern c v i t) as [-> | ->]; [apply seats_refl|].
    eapply seats_trans; [|apply Cl]. unfold launch. destruct (_ && _); [|apply seats_refl].
    apply seats_vm. intros S. exact S. }
  unfold step. destruct (negb _); [apply seats_refl|].
  destruct (running s c) as [[v i]|] eqn:R, a; try apply seats_refl.
  - destruct (guest_page _ _ _ _ _); [apply seats_touch|apply seats_refl].
  - destruct (guest_page _ _ _ _ _); [apply seats_touch|apply seats_refl].
  - destruct (exit_ok _ _ _); [|apply seats_refl]. cbn [leave fst kern return_to_host with_regs].
    destruct (vcpu_at (kern s) v i); [|apply Cl].
    eapply seats_trans; [apply Cl|]. apply seats_vm. intros S. exact S.
  - destruct (vprot _); [|apply seats_refl]. pose proof (seats_guest_call (kern s) v c0) as G.
    destruct (guest_call C (kern s) v c0) as [k y]. cbn [fst with_regs kern] in *. rewrite F. exact G.
  - destruct (host_allowed _ _ _ _); apply seats_refl.
  - destruct (host_allowed _ _ _ _); apply seats_refl.
  - unfold host_call, call. destruct (row_of nr) as [r|]; [|apply seats_refl].
    pose proof (seats_call (kern s) c (r_name r) a) as G.
    destruct (call_named C (kern s) c (r_name r) a) as [k y]. cbn [fst] in G.
    set (t := fold_left (apply c) (effects y) (with_kern s k)).
    assert (T : kern t = k) by apply F.
    assert (D : seats (kern s) (kern (fst (let x := results true (err y) (outs y) in (return_to_host c t x, x)))))
      by (cbn; rewrite T; exact G).
    destruct (effects y) as [|[p|p|p|v i] [|]]; try exact D.
    eapply seats_trans; [exact G|]. rewrite <- T. apply En.
Qed.

(* In every reachable state each mapped gfn of each VM has its tables: the pool never ran out. *)
Theorem pool_suffices s v : reachable C s -> seated (vm_of (kern s) v).
Proof.
  intros (s0 & l & S & ->). assert (H : forall v, seated (vm_of (kern s0) v)).
  { intros w g x H. rewrite S in H. unfold vm_of, sealed in H. cbn in H. rewrite get_empty in H.
    cbn in H. rewrite get_empty in H. discriminate. }
  clear S. revert s0 H. induction l as [|e l IH]; intros s0 H; [apply H|]. simpl. apply IH.
  intros w. apply seats_step, H.
Qed.
End Tables.
