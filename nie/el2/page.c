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
	for (u32 i = 0; i < nr; i++)
		if (nie_page_kind((u64)pfn + i) != kind)
			return false;
	return true;
}

void nie_page_set(u32 pfn, u8 kind, u8 level, u16 vm, u32 base)
{
	u8 old = nie_pages.p[pfn].kind;

	nie_counts.kind[old]--;
	if (nie_page_names_vm(old))
		nie_counts.vm[nie_pages.p[pfn].vm]--;
	nie_pages.p[pfn].kind = kind;
	nie_pages.p[pfn].level = level;
	nie_pages.p[pfn].vm = vm;
	nie_pages.p[pfn].base = base;
	nie_counts.kind[kind]++;
	if (nie_page_names_vm(kind))
		nie_counts.vm[vm]++;
}
