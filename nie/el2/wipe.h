/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of all VMs: the machine is reset, or the host's crash kernel takes over. DRAM may keep
 * what it holds over a reset, and what boots then need not load NIE.
 */
#ifndef NIE_EL2_WIPE_H
#define NIE_EL2_WIPE_H

#include "invariants.h"

/* Pages below have been wiped. */
extern u32 nie_wiped;

/*@ predicate wiped{L}(integer lo, integer hi) = \forall integer p; lo <= p < hi && managed(p) &&
      nie_pages.p[p].kind == NIE_K_GUEST ==> nie_zeroed.p[p] != 0;
*/

/**
 * nie_wipe() - zero the next part of what VMs have to themselves
 *
 * Pages GUEST, and the registers in pages NIE_CTX; at most 2 MiB of them, so that the caller can
 * come back for the rest. No record changes: the memory stays out of the host's reach.
 *
 * Context: nie_lock held, or EL2 has failed. No vCPU runs, nor will one.
 * Return: true when there is nothing left.
 */
/*@ requires nie_wiped <= NIE_NR_PAGES && nie_wiped % 512 == 0;
  @ requires ram_fixed && inv6 && inv12;
  @ assigns nie_wiped, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures next: \old(nie_wiped) <= nie_wiped <= NIE_NR_PAGES && nie_wiped % 512 == 0;
  @ ensures progress: \old(nie_wiped) < NIE_NR_PAGES ==> nie_wiped > \old(nie_wiped);
  @ ensures zeroes: wiped(\old(nie_wiped), nie_wiped);
  @ ensures done: \result == 1 <==> nie_wiped == NIE_NR_PAGES;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures INV_12: inv12;
  @ ensures tables: \forall integer t, i; 0 <= t < NIE_NR_PAGES && 0 <= i < 512 &&
  @   !(managed(t) && nie_pages.p[t].kind == NIE_K_GUEST) ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES &&
  @   !(managed(t) && nie_pages.p[t].kind == NIE_K_GUEST) ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
bool nie_wipe(void);

#endif /* NIE_EL2_WIPE_H */
