/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transitions of memory between host, NIE and VMs. Each is checked whole, then done whole.
 *
 * Lock: nie_lock. Arguments have passed the decode layer: 1 <= nr <= NIE_MAX_RANGE, no range
 * wraps, v is the slot of a live or dying VM. Every other transition does not exist. Errors in
 * this order: -EPERM owner, state, or gfn outside the VM; -EEXIST; -EBUSY; -ENOMEM.
 */
#ifndef NIE_EL2_XFER_H
#define NIE_EL2_XFER_H

#include "invariants.h"

/* Host: HOST => HOST_SHARED_NIE. -EPERM */
/*@ requires inv_vms && pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window;
  @ ensures inv: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(kind_of(pfn)) == NIE_K_HOST ? 0 : -EPERM);
  @ ensures effect: \result == 0 ==> nie_pages.p[pfn].kind == NIE_K_HOST_SHARED_NIE &&
  @   nie_pages.p[pfn].base == 0 && host_entry(pfn) == l3_rw(pfn) && nie_window.p[pfn] != 0;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_host_share_nie(u32 pfn);

/* Host: HOST_SHARED_NIE => HOST. -EPERM; -EBUSY if it is a run page in use. */
/*@ requires inv_vms && pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window;
  @ ensures inv: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(kind_of(pfn)) != NIE_K_HOST_SHARED_NIE ? -EPERM :
  @                             \old(nie_pages.p[pfn].base) != 0 ? -EBUSY : 0);
  @ ensures effect: \result == 0 ==> nie_pages.p[pfn].kind == NIE_K_HOST &&
  @   host_entry(pfn) == l3_rwx(pfn) && nie_window.p[pfn] == 0;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_host_unshare_nie(u32 pfn);

/*
 * Host: HOST => HOST_SHARED_GUEST(v, gfn). Normal VMs.
 * -EPERM; -EEXIST something is mapped in the range, or a page is shared there already;
 * -ENOMEM with *wanted table pages missing.
 */
int nie_xfer_host_share_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot, u64 *wanted);

/* Host: HOST => GUEST(v, gfn). Protected VMs. Errors as above. */
int nie_xfer_host_donate_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 *wanted);

/* Host: HOST_SHARED_GUEST => HOST for all that is mapped in the range; *pages of them. -EPERM */
int nie_xfer_host_unshare_guest(u16 v, u32 gfn, u32 nr, u64 *pages);

/* Permissions and age of what is mapped. Normal VMs only, -EPERM otherwise. */
int nie_xfer_host_relax_guest(u16 v, u32 gfn, u64 prot);
int nie_xfer_host_wrprotect_guest(u16 v, u32 gfn, u32 nr, u64 *pages);
int nie_xfer_host_age_guest(u16 v, u32 gfn, u32 nr, bool clear, u64 *young);
int nie_xfer_host_query_guest(u16 v, u32 gfn, u64 *pfn, u64 *prot);

#endif /* NIE_EL2_XFER_H */
