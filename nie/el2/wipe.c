// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: how far the wipe has come. Lock: nie_lock. Never: changes a record, or touches a page that
 * anyone else reaches.
 */
#include "wipe.h"
#include "page.h"
#include <arch/mem.h>

u32 nie_wiped;

/*@ requires managed(pfn) && ram_fixed && inv6 && inv12;
  @ assigns nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures zero: nie_pages.p[pfn].kind == NIE_K_GUEST ==> nie_zeroed.p[pfn] != 0;
  @ ensures zeroed: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @ ensures INV_12: inv12;
  @ ensures tables: \forall integer t, i; 0 <= t < NIE_NR_PAGES && 0 <= i < 512 &&
  @   !(t == pfn && nie_pages.p[t].kind == NIE_K_GUEST) ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES &&
  @   !(t == pfn && nie_pages.p[t].kind == NIE_K_GUEST) ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
static void wipe_page(u32 pfn)
{
	u8 kind = nie_page_kind(pfn);

	if (kind == NIE_K_GUEST)
		arch_scrub(pfn);
	else if (kind == NIE_K_NIE_CTX)
		arch_private_clear(pfn);
}

bool nie_wipe(void)
{
	u32 next = nie_wiped, end;

	if (next == NIE_NR_PAGES)
		return true;
	/* All of a GiB without records at once; else 2 MiB. */
	if (!nie_gib_managed(next / NIE_PER_GIB)) {
		nie_wiped = (next / NIE_PER_GIB + 1) * NIE_PER_GIB;
		return nie_wiped == NIE_NR_PAGES;
	}
	end = next + NIE_PER_TABLE;
	/*@ loop invariant \at(nie_wiped, Pre) <= next <= end;
	  @ loop invariant zeroes: \let now = next; wiped(\at(nie_wiped, Pre), now);
	  @ loop invariant INV_12: inv12;
	  @ loop invariant tables: \forall integer t, i; 0 <= t < NIE_NR_PAGES && 0 <= i < 512 &&
	  @   !(managed(t) && nie_pages.p[t].kind == NIE_K_GUEST) ==>
	  @   nie_tables.t[t].e[i] == \at(nie_tables.t[t].e[i], Pre);
	  @ loop invariant vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES &&
	  @   !(managed(t) && nie_pages.p[t].kind == NIE_K_GUEST) ==>
	  @   nie_vcpus.c[t] == \at(nie_vcpus.c[t], Pre);
	  @ loop assigns next, nie_window, nie_zeroed, nie_tables, nie_vcpus;
	  @ loop variant end - next;
	  @*/
	for (; next < end; next++)
		wipe_page(next);
	nie_wiped = end;
	return nie_wiped == NIE_NR_PAGES;
}
