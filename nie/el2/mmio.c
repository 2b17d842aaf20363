// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: where each protected VM has opened its address space for emulated devices. Lock: nie_lock.
 * Never: closes a gfn again; a slot's next VM has another generation, and with it an empty list.
 *
 * All that a guest has not opened is its memory, whether the host has given it a page yet or not.
 * So NIE need not be told where RAM is, and a store to a page that is not there yet never discloses
 * data: the alternative, ranges of RAM at creation, would trust the host to tell.
 */
#include "mmio.h"

struct nie_mmio nie_mmio;

bool nie_mmio_is_open(u16 v, u64 gfn)
{
	const struct nie_mmio_vm *m = &nie_mmio.vm[v];

	if (m->generation != nie_vms.vm[v].generation)
		return false;
	/*@ loop invariant 0 <= i <= m->nr;
	  @ loop invariant none: \forall integer j; 0 <= j < i ==> !mmio_in(v, j, gfn);
	  @ loop assigns i;
	  @ loop variant m->nr - i;
	  @*/
	for (u32 i = 0; i < m->nr; i++) {
		if (gfn >= m->range[i].first && gfn < m->range[i].end) {
			//@ assert here: mmio_in(v, i, gfn);
			return true;
		}
	}
	return false;
}

/* The list is to be that of the VM that the slot has now. */
/*@ requires v < NIE_NR_VMS && mmio_ok;
  @ assigns nie_mmio;
  @ ensures ok: mmio_ok;
  @ ensures current: mmio_current(v);
  @ ensures open: \forall integer g; mmio_open(v, g) <==> \old(mmio_open(v, g));
  @ ensures others: mmio_same_but{Pre,Post}(v);
  @ ensures same: \old(mmio_current(v)) ==> nie_mmio == \old(nie_mmio);
  @ ensures none: !\old(mmio_current(v)) ==> nie_mmio.vm[v].nr == 0;
  @*/
static void renew(u16 v)
{
	struct nie_mmio_vm *m = &nie_mmio.vm[v];

	if (m->generation != nie_vms.vm[v].generation) {
		m->generation = nie_vms.vm[v].generation;
		m->nr = 0;
	}
}

/* The range that a gfn would make longer, or the number of ranges. */
/*@ requires v < NIE_NR_VMS && mmio_ok;
  @ assigns \nothing;
  @ ensures range: \result <= nie_mmio.vm[v].nr;
  @ ensures found: \result < nie_mmio.vm[v].nr ==> nie_mmio.vm[v].range[\result].end == gfn;
  @ ensures first: \forall integer i; 0 <= i < \result ==> nie_mmio.vm[v].range[i].end != gfn;
  @*/
static u32 ending_at(u16 v, u32 gfn)
{
	const struct nie_mmio_vm *m = &nie_mmio.vm[v];
	u32 i = 0;

	/*@ loop invariant 0 <= i <= m->nr;
	  @ loop invariant none: \forall integer j; 0 <= j < i ==> m->range[j].end != gfn;
	  @ loop assigns i;
	  @ loop variant m->nr - i;
	  @*/
	while (i < m->nr && m->range[i].end != gfn)
		i++;
	return i;
}

/*@ requires v < NIE_NR_VMS && mmio_ok && mmio_current(v) && i < nie_mmio.vm[v].nr;
  @ requires nie_mmio.vm[v].range[i].end < 0xffffffff;
  @ assigns nie_mmio;
  @ ensures ok: mmio_ok;
  @ ensures open: mmio_open(v, \old(nie_mmio.vm[v].range[i].end));
  @ ensures rest: \forall integer g; g != \old(nie_mmio.vm[v].range[i].end) ==>
  @   (mmio_open(v, g) <==> \old(mmio_open(v, g)));
  @ ensures others: mmio_same_but{Pre,Post}(v);
  @*/
static void extend(u16 v, u32 i)
{
	struct nie_mmio_vm *m = &nie_mmio.vm[v];

	m->range[i].end++;
	//@ assert longer: mmio_in(v, i, m->range[i].end - 1);
	/*@ assert same: \forall integer j, g; 0 <= j < m->nr && g != m->range[i].end - 1 ==>
	      (mmio_in(v, j, g) <==> \at(mmio_in(v, j, g), Pre)); */
}

/*@ requires v < NIE_NR_VMS && mmio_ok && mmio_current(v) && gfn < 0xffffffff;
  @ requires nie_mmio.vm[v].nr < NIE_NR_MMIO;
  @ assigns nie_mmio;
  @ ensures ok: mmio_ok;
  @ ensures open: mmio_open(v, gfn);
  @ ensures rest: \forall integer g; g != gfn ==> (mmio_open(v, g) <==> \old(mmio_open(v, g)));
  @ ensures others: mmio_same_but{Pre,Post}(v);
  @*/
static void append(u16 v, u32 gfn)
{
	struct nie_mmio_vm *m = &nie_mmio.vm[v];

	m->range[m->nr].first = gfn;
	m->range[m->nr].end = gfn + 1;
	m->nr++;
	//@ assert new: mmio_in(v, m->nr - 1, gfn);
	//@ assert one: \forall integer g; g != gfn ==> !mmio_in(v, m->nr - 1, g);
	/*@ assert same: \forall integer j, g; 0 <= j < m->nr - 1 ==>
	      (mmio_in(v, j, g) <==> \at(mmio_in(v, j, g), Pre)); */
}

int nie_mmio_open(u16 v, u32 gfn)
{
	u32 i;

	if (nie_mmio_is_open(v, gfn))
		return 0;
	renew(v);
	i = ending_at(v, gfn);
	if (i < nie_mmio.vm[v].nr)
		extend(v, i);
	else if (i < NIE_NR_MMIO)
		append(v, gfn);
	else
		return -ENOMEM;
	return 0;
}
