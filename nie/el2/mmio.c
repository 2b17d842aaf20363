// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: where each protected VM has opened its address space for emulated devices. Lock: nie_lock.
 * Never: closes a gfn again; a slot's next VM has another generation, and with it an empty list.
 *
 * All that a guest has not opened is its memory, whether the host has given it a page yet or not.
 * So NIE need not be told where RAM is, and a store to a page that is not there yet never discloses
 * data: the alternative, ranges of RAM at creation, would trust the host to tell.
 */
#include "protected.h"

struct nie_mmio nie_mmio;

bool nie_mmio_is_open(u16 v, u64 gfn)
{
	const struct nie_mmio_vm *m = &nie_mmio.vm[v];

	if (m->generation != nie_vms.vm[v].generation)
		return false;
	for (u32 i = 0; i < m->nr; i++)
		if (gfn >= m->range[i].first && gfn < m->range[i].end)
			return true;
	return false;
}

int nie_mmio_open(u16 v, u32 gfn)
{
	struct nie_mmio_vm *m = &nie_mmio.vm[v];

	if (nie_mmio_is_open(v, gfn))
		return 0;
	if (m->generation != nie_vms.vm[v].generation) {
		m->generation = nie_vms.vm[v].generation;
		m->nr = 0;
	}
	for (u32 i = 0; i < m->nr; i++) {
		if (m->range[i].end == gfn) {
			m->range[i].end++;
			return 0;
		}
	}
	if (m->nr == NIE_NR_MMIO)
		return -ENOMEM;
	m->range[m->nr].first = gfn;
	m->range[m->nr].end = gfn + 1;
	m->nr++;
	return 0;
}
