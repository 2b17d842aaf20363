(* SPDX-License-Identifier: GPL-2.0-only *)
(*
 * Calls of protected guests about their own memory. They can only happen where config.protected_runs
 * is true. Like the host calls they decide on NIE's own state alone. The C never closes
 * MMIO. The C's MEASUREMENT is no call here: it moves nothing, and the value of it, a
 * function of what the host itself gave, is to the machine what the guest computes (GSet).
 *)
From Coq Require Import NArith List Bool.
From NIE Require Import Maps State Calls.
Import ListNotations.
Local Open Scope N_scope.

Inductive gcall :=
| MemShare (g : N)		(* GUEST => GUEST_SHARED_HOST *)
| MemUnshare (g : N)		(* GUEST_SHARED_HOST => GUEST *)
| MemRelinquish (g : N)		(* GUEST => HOST, scrubbed *)
| MmioOpen (g : N)		(* accesses at g, where nothing is mapped, are for the host to emulate *)
| MmioClose (g : N).

(* SMCCC: what the guest finds in x0. *)
Definition SUCCESS : N := 0.
Definition REFUSED : N := 18446744073709551613.	(* -3, INVALID_PARAMETER *)

Record greply := mkGreply { code : N; geffects : list effect }.

Section GuestCalls.
Context (C : config).

Definition refuse (k : kernel) : kernel * greply := (k, mkGreply REFUSED []).

Definition own_page (k : kernel) (v g : N) : option (N * bool) :=
  match leaf_at k v g with
  | Some l =>
    match rec C k (lpfn l) with
    | Guest _ _ => Some (lpfn l, false)
    | GuestHost _ _ => Some (lpfn l, true)
    | _ => None
    end
  | None => None
  end.

Definition guest_call (k : kernel) (v : N) (n : gcall) : kernel * greply :=
  match n with
  | MemShare g =>
    match own_page k v g with
    | Some (p, false) => (set_rec k p (GuestHost v g), mkGreply SUCCESS [])
    | _ => refuse k
    end
  | MemUnshare g =>
    match own_page k v g with
    | Some (p, true) => (set_rec k p (Guest v g), mkGreply SUCCESS [])
    | _ => refuse k
    end
  | MemRelinquish g =>
    match own_page k v g with
    | Some (p, false) => (unmap_one v g k, mkGreply SUCCESS [Zero p])
    | _ => refuse k
    end
  | MmioOpen g =>
    if is_mapped k v g || negb (g <? 2 ^ (vipa (vm_of k v) - 12)) then refuse k
    else (set_vm k v (with_mmio (vm_of k v) (put (vmmio (vm_of k v)) g tt)), mkGreply SUCCESS [])
  | MmioClose g =>
    (set_vm k v (with_mmio (vm_of k v) (del (vmmio (vm_of k v)) g)), mkGreply SUCCESS [])
  end.
End GuestCalls.
