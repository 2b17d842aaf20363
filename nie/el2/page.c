// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: page records and their counts. Lock: nie_lock.
 * Never: touches a page's content or a page table. Upholds INV-1, INV-2.
 */
#include "page.h"
#include "vm.h"
#include <arch/mem.h>

struct nie_counts nie_counts;

bool nie_gib_managed(u64 gib)
{
	return gib < NIE_NR_PAGES / NIE_PER_GIB && nie_gibs.g[gib].managed;
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
	struct nie_page *p = &nie_pages.p[pfn];

	nie_counts.kind[p->kind]--;
	if (nie_page_names_vm(p->kind))
		nie_vms.vm[p->vm].pages--;
	p->kind = kind;
	p->level = level;
	p->vm = vm;
	p->base = base;
	nie_counts.kind[kind]++;
	if (nie_page_names_vm(kind))
		nie_vms.vm[vm].pages++;
}
