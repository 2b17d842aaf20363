(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * What NIE keeps: page records, VMs, claims of CPUs. Nothing here is secret: the results of host
 * calls are functions of this state alone (Calls.v). Memory and registers are in Machine.v.
 *
 * A record is the truth about its page, so the host's stage-2 is not state: what the host may do
 * is host_perm of the record. A VM's stage-2 is the map vleaf from gfn to page and permissions, and
 * the table pages that the C needs for it.
 *)
From Coq Require Import NArith List Bool.
From NIE Require Import Maps.
Import ListNotations.
Local Open Scope N_scope.

(* struct nie_page: kind, and the fields that mean something for it. *)
Inductive page :=
| NotRam
| Host
| HostNie (used : bool)			(* used: some vCPU's run page, or the panic page *)
| HostGuest (v g : N)
| Guest (v g : N)
| GuestHost (v g : N)
| Image
| Free (v slot : N)
| Table (v level base : N)
| Ctx (v index : N)
| Device.

(* enum nie_kind *)
Definition kind (x : page) : N :=
  match x with
  | NotRam => 0 | Host => 1 | HostNie _ => 2 | HostGuest _ _ => 3 | Guest _ _ => 4
  | GuestHost _ _ => 5 | Image => 6 | Free _ _ => 7 | Table _ _ _ => 8 | Ctx _ _ => 9 | Device => 10
  end.
Definition nr_kinds : N := 11.

(* The VM that a record names. *)
Definition names (x : page) : option N :=
  match x with
  | HostGuest v _ | Guest v _ | GuestHost v _ | Free v _ | Table v _ _ | Ctx v _ => Some v
  | _ => None
  end.

(* What the host may do with a page. *)
Inductive perm := PNone | PRw | PRwx.
Definition host_perm (x : page) : perm :=
  match x with
  | NotRam | Host | HostGuest _ _ => PRwx
  | HostNie _ | GuestHost _ _ => PRw
  | _ => PNone
  end.

Inductive life := Dead | Live | Dying.

(* One page of a VM's stage-2; always readable. *)
Record leaf := mkLeaf { lpfn : N; lw : bool; lx : bool; lnc : bool; lyoung : bool }.

(* Why a vCPU last left its CPU, as far as it decides what the host may supply (Machine.v). *)
Inductive reason :=
| Fresh					(* has not run yet *)
| Quiet					(* nothing to supply: IRQ, SError *)
| Wait					(* WFI, WFE: PC *)
| Abort					(* on RAM: a page, or SEA *)
| Read					(* x0 and PC: MMIO or system register read *)
| Write					(* PC: MMIO or system register write *)
| Ask.					(* x0: PSCI; the PC is behind the HVC already *)

Record vcpu := mkVcpu { ctx : N; run : N; why : reason }.

Record vm := mkVm {
  vlife : life;
  vprot : bool;				(* NIE_VM_PROTECTED *)
  vipa : N;				(* ipa_bits *)
  vroot : N;				(* root_pfn *)
  vgen : N;				(* generation *)
  vpool : list N;			(* free table pages, the last one given first *)
  vvcpu : map vcpu;			(* by index *)
  vleaf : map leaf;			(* by gfn *)
  vtab2 : map N;			(* level-2 table of gfn / 2^18 *)
  vtab3 : map N;			(* level-3 table of gfn / 2^9 *)
  vlast : map N;			(* by CPU: index + 1 of the vCPU that was loaded there last *)
  vmmio : map unit;			(* gfns that the guest opened for MMIO *)
  vstart : bool				(* vCPU 0 of a protected VM has run: its launch is over *)
}.

Definition no_vm : vm :=
  mkVm Dead false 0 0 0 [] empty empty empty empty empty empty false.

(* A CPU has at most one vCPU loaded, and then is in the host or in the guest. *)
Record claim := mkClaim { cvm : N; cindex : N; cguest : bool }.

Record kernel := mkKernel { pages : map page; vms : map vm; cpus : map claim }.

(* The machine, and how NIE was built for it. *)
Record config := mkConfig {
  nr_pages : N;				(* NIE_NR_PAGES *)
  nr_host_pages : N;			(* size of the physical address space *)
  nr_vms : N;
  nr_vcpus : N;
  nr_pool : N;
  nr_cpus : N;
  gen_max : N;
  boot : N -> page;			(* records at seal *)
  boot_count : N -> N;			(* how many of each kind *)
  protected_runs : bool			(* may vCPUs of protected VMs be loaded: in the C, yes *)
}.

Section State.
Context (C : config).

Definition rec (k : kernel) (p : N) : page :=
  match get (pages k) p with Some x => x | None => boot C p end.

Definition vm_of (k : kernel) (v : N) : vm :=
  match get (vms k) v with Some m => m | None => no_vm end.

Definition set_rec (k : kernel) (p : N) (x : page) : kernel :=
  mkKernel (put (pages k) p x) (vms k) (cpus k).
Definition set_vm (k : kernel) (v : N) (m : vm) : kernel :=
  mkKernel (pages k) (put (vms k) v m) (cpus k).
Definition set_cpu (k : kernel) (c : N) (x : claim) : kernel :=
  mkKernel (pages k) (vms k) (put (cpus k) c x).
Definition clear_cpu (k : kernel) (c : N) : kernel :=
  mkKernel (pages k) (vms k) (del (cpus k) c).

Definition with_life (m : vm) (x : life) : vm :=
  mkVm x (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) (vleaf m) (vtab2 m) (vtab3 m)
    (vlast m) (vmmio m) (vstart m).
Definition with_pool (m : vm) (x : list N) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) x (vvcpu m) (vleaf m) (vtab2 m) (vtab3 m)
    (vlast m) (vmmio m) (vstart m).
Definition with_vcpu (m : vm) (x : map vcpu) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) x (vleaf m) (vtab2 m) (vtab3 m)
    (vlast m) (vmmio m) (vstart m).
Definition with_leaf (m : vm) (x : map leaf) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) x (vtab2 m) (vtab3 m)
    (vlast m) (vmmio m) (vstart m).
Definition with_tables (m : vm) (x2 x3 : map N) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) (vleaf m) x2 x3
    (vlast m) (vmmio m) (vstart m).
Definition with_last (m : vm) (x : map N) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) (vleaf m) (vtab2 m)
    (vtab3 m) x (vmmio m) (vstart m).
Definition with_mmio (m : vm) (x : map unit) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) (vleaf m) (vtab2 m)
    (vtab3 m) (vlast m) x (vstart m).
Definition with_start (m : vm) : vm :=
  mkVm (vlife m) (vprot m) (vipa m) (vroot m) (vgen m) (vpool m) (vvcpu m) (vleaf m) (vtab2 m)
    (vtab3 m) (vlast m) (vmmio m) true.

Definition leaf_at (k : kernel) (v g : N) : option leaf := get (vleaf (vm_of k v)) g.
Definition vcpu_at (k : kernel) (v i : N) : option vcpu := get (vvcpu (vm_of k v)) i.

(* A table at its place: level 2 and 3. *)
Definition table_of (m : vm) (level base : N) : option N :=
  if level =? 2 then get (vtab2 m) base
  else if level =? 3 then get (vtab3 m) base else None.
Definition table_at (k : kernel) (v level base : N) : option N := table_of (vm_of k v) level base.

(* The only way from a gfn to a page. *)
Definition translate (k : kernel) (v g : N) : option N :=
  match leaf_at k v g with Some l => Some (lpfn l) | None => None end.

Definition is_loaded (k : kernel) (v i : N) : bool :=
  any_from (N.to_nat (nr_cpus C)) 0 (fun c =>
    match get (cpus k) c with Some x => (cvm x =? v) && (cindex x =? i) | None => false end).
Definition any_loaded (k : kernel) (v : N) : bool :=
  any_from (N.to_nat (nr_cpus C)) 0 (fun c =>
    match get (cpus k) c with Some x => cvm x =? v | None => false end).

(* What the C keeps as counts (INV-2) is counted here. *)
Definition is_named (v : N) (x : page) : bool :=
  match names x with Some w => w =? v | None => false end.
Definition pages_of (k : kernel) (v : N) : N := count (fun _ x => is_named v x) (pages k).
Definition none_named (k : kernel) (v : N) : bool := none_of (is_named v) (pages k).
Definition pages_of_kind (k : kernel) (n : N) : N :=
  boot_count C n + count (fun _ x => kind x =? n) (pages k)
    - count (fun p _ => kind (boot C p) =? n) (pages k).

Definition sealed : kernel := mkKernel empty empty empty.
End State.
