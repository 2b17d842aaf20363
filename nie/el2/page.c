// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: page records and their counts. Lock: nie_lock.
 * Never: touches a page's content or a page table. Upholds INV-1, INV-2.
 */
#include "page.h"
#include <arch/mem.h>

struct nie_counts nie_counts;

bool nie_gib_managed(u64 gib)
{
	return gib < NIE_NR_GIBS && nie_gibs.g[gib].managed;
}

u8 nie_page_kind(u64 pfn)
{
	if (!nie_gib_managed(pfn / NIE_PER_GIB))
		return NIE_K_NOT_RAM;
	return nie_pages.p[pfn].kind;
}

bool nie_page_names_vm(u8 kind)
{
	switch (kind) {
	case NIE_K_HOST_SHARED_GUEST:
	case NIE_K_GUEST:
	case NIE_K_GUEST_SHARED_HOST:
	case NIE_K_NIE_FREE:
	case NIE_K_NIE_TABLE:
	case NIE_K_NIE_CTX:
		return true;
	default:
		return false;
	}
}

bool nie_pages_are(u32 pfn, u32 nr, u8 kind)
{
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant \forall integer p; pfn <= p < pfn + i ==> kind_of(p) == kind;
	  @ loop assigns i;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++)
		if (nie_page_kind((u64)pfn + i) != kind)
			return false;
	return true;
}

/*@ ghost
  /@ assigns \nothing;
     ensures kinds: 0 <= nr_kind(k, NIE_NR_PAGES) <= NIE_NR_PAGES;
     ensures vms: 0 <= nr_vm(v, NIE_NR_PAGES) <= NIE_NR_PAGES;
     ensures kind_seen: has_kind(p, k) != 0 && p < NIE_NR_PAGES ==> nr_kind(k, NIE_NR_PAGES) > 0;
     ensures vm_seen: has_vm(p, v) != 0 && p < NIE_NR_PAGES ==> nr_vm(v, NIE_NR_PAGES) > 0;
  @/
  static void count_bounds(u32 p, u32 k, u32 v)
  {
	/@ loop invariant 0 <= i <= NIE_NR_PAGES;
	   loop invariant 0 <= nr_kind(k, i) <= i && 0 <= nr_vm(v, i) <= i;
	   loop invariant p < i && has_kind(p, k) != 0 ==> nr_kind(k, i) > 0;
	   loop invariant p < i && has_vm(p, v) != 0 ==> nr_vm(v, i) > 0;
	   loop assigns i;
	   loop variant NIE_NR_PAGES - i;
	@/
	for (u64 i = 0; i < NIE_NR_PAGES; i++)
		;
  }
*/

void nie_page_set(u32 pfn, u8 kind, u8 level, u16 vm, u32 base)
{
	u8 old = nie_pages.p[pfn].kind;

	//@ ghost count_bounds(pfn, old, nie_pages.p[pfn].vm);
	nie_counts.kind[old]--;
	if (nie_page_names_vm(old))
		nie_counts.vm[nie_pages.p[pfn].vm]--;
	nie_pages.p[pfn].kind = kind;
	nie_pages.p[pfn].level = level;
	nie_pages.p[pfn].vm = vm;
	nie_pages.p[pfn].base = base;
	/*@ assert same: \forall integer q, k; 0 <= q < NIE_NR_PAGES && q != pfn ==>
	      has_kind(q, k) == \at(has_kind(q, k), Pre) &&
	      has_vm(q, k) == \at(has_vm(q, k), Pre); */
	/*@ ghost
	  /@ loop invariant 0 <= i <= NIE_NR_PAGES;
	     loop invariant \forall integer k, j; 0 <= j <= i && j <= pfn ==>
	       nr_kind(k, j) == \at(nr_kind(k, j), Pre) && nr_vm(k, j) == \at(nr_vm(k, j), Pre);
	     loop invariant kinds: \forall integer k, j; pfn < j <= i ==> nr_kind(k, j) ==
	       \at(nr_kind(k, j), Pre) - \at(has_kind(pfn, k), Pre) + has_kind(pfn, k);
	     loop invariant vms: \forall integer k, j; pfn < j <= i ==> nr_vm(k, j) ==
	       \at(nr_vm(k, j), Pre) - \at(has_vm(pfn, k), Pre) + has_vm(pfn, k);
	     loop assigns i;
	     loop variant NIE_NR_PAGES - i;
	  @/
	  for (u64 i = 0; i < NIE_NR_PAGES; i++)
		;
	*/
	//@ ghost count_bounds(pfn, kind, vm);
	nie_counts.kind[kind]++;
	if (nie_page_names_vm(kind))
		nie_counts.vm[vm]++;
}
