/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each protected VM has opened its address space for devices that the host emulates.
 */
#ifndef NIE_EL2_MMIO_H
#define NIE_EL2_MMIO_H

#include "state.h"

#define NIE_NR_MMIO	64u

/**
 * struct nie_mmio - what each VM has opened
 * @generation: of the VM that has
 * @nr: ranges in use
 * @range: gfns, from first to before end
 */
struct nie_mmio {
	struct nie_mmio_vm {
		u32 generation;
		u32 nr;
		struct { u32 first, end; } range[NIE_NR_MMIO];
	} vm[NIE_NR_VMS];
};

extern struct nie_mmio nie_mmio;

/*@
  predicate mmio_ok{L} = \forall integer v; 0 <= v < NIE_NR_VMS ==>
    nie_mmio.vm[v].nr <= NIE_NR_MMIO && \forall integer i; 0 <= i < nie_mmio.vm[v].nr ==>
      nie_mmio.vm[v].range[i].first < nie_mmio.vm[v].range[i].end;
  predicate mmio_in{L}(integer v, integer i, integer gfn) =
    nie_mmio.vm[v].range[i].first <= gfn < nie_mmio.vm[v].range[i].end;
  // The list is about the VM that the slot has now.
  predicate mmio_current{L}(integer v) =
    nie_mmio.vm[v].generation == nie_vms.vm[v].generation;
  predicate mmio_open{L}(integer v, integer gfn) = mmio_current(v) &&
    \exists integer i; 0 <= i < nie_mmio.vm[v].nr && mmio_in(v, i, gfn);
  predicate mmio_same_but{L1,L2}(integer v) = \forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
    \at(nie_mmio.vm[w], L1) == \at(nie_mmio.vm[w], L2);
  // It is full, and no range ends where this one begins.
  predicate mmio_full{L}(integer v, integer gfn) =
    mmio_current(v) && nie_mmio.vm[v].nr == NIE_NR_MMIO &&
    \forall integer i; 0 <= i < NIE_NR_MMIO ==> nie_mmio.vm[v].range[i].end != gfn;
*/

/**
 * nie_mmio_open() - accesses at a gfn are for the host to emulate, as long as the VM lives
 * @v: slot of a live VM
 * @gfn: inside its address space, nothing mapped there
 * Context: nie_lock held.
 * Return: 0, -ENOMEM (NIE_NR_MMIO ranges already).
 */
/*@ requires v < NIE_NR_VMS && mmio_ok && gfn < 0xffffffff;
  @ assigns nie_mmio;
  @ ensures ok: mmio_ok;
  @ ensures result: \result == 0 || \result == -ENOMEM;
  @ ensures enomem: \result == -ENOMEM <==> \old(!mmio_open(v, gfn)) && \old(mmio_full(v, gfn));
  @ ensures open: \result == 0 ==> mmio_open(v, gfn);
  @ ensures rest: \forall integer g; g != gfn ==> (mmio_open(v, g) <==> \old(mmio_open(v, g)));
  @ ensures others: mmio_same_but{Pre,Post}(v);
  @ ensures atomic: \result != 0 ==> nie_mmio == \old(nie_mmio);
  @*/
int nie_mmio_open(u16 v, u32 gfn);

/* Has the VM that the slot has now opened it? nie_lock held. */
/*@ requires v < NIE_NR_VMS && mmio_ok;
  @ assigns \nothing;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures open: \result == 1 <==> mmio_open(v, gfn);
  @*/
bool nie_mmio_is_open(u16 v, u64 gfn);

#endif /* NIE_EL2_MMIO_H */
