/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch of a protected VM: what the host gives it before vCPU 0 first runs is measured, what
 * it gives later is zeroed. So all that a VM ever finds in its memory is what it wrote itself, what
 * the measurement covers, and what it shares.
 */
#ifndef NIE_EL2_LAUNCH_H
#define NIE_EL2_LAUNCH_H

#include "invariants.h"
#include "sha256.h"

/**
 * struct nie_launch - of each VM
 * @generation: of the VM that it is about; of any other there is nothing yet
 * @started: vCPU 0 has run: @digest is the VM's measurement, before that @sha grows
 */
struct nie_launch {
	struct nie_launch_vm {
		u32 generation;
		u32 started;
		struct nie_sha256 sha;
		u64 digest[4];
	} vm[NIE_NR_VMS];
};

extern struct nie_launch nie_launch;

/*@
  // vCPU 0 of the VM that the slot has now ran.
  predicate launched{L}(integer v) =
    nie_launch.vm[v].generation == nie_vms.vm[v].generation && nie_launch.vm[v].started != 0;
  predicate digest_same{L1,L2}(integer v) = \forall integer i; 0 <= i < 4 ==>
    \at(nie_launch.vm[v].digest[i], L1) == \at(nie_launch.vm[v].digest[i], L2);
  predicate launches_same_but{L1,L2}(integer v) =
    \forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
      \at(nie_launch.vm[w], L1) == \at(nie_launch.vm[w], L2);
*/

/**
 * nie_launch_give() - measure a page that a VM gets, or zero it
 * @v: slot of a live protected VM
 * @pfn: the VM's by its record, mapped for nobody
 * @gfn: where it is going to be
 *
 * The message grows by 64 bytes, NIE_MEASURE_PAGE and the address as words and zeroes, and by the
 * page. The page is clean to PoC after, so what the guest reads is what was measured, whatever
 * memory types it and the host use.
 *
 * Context: nie_lock held.
 */
/*@ requires v < NIE_NR_VMS && managed(pfn);
  @ requires quiet: nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns nie_launch, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures launched: launched(v) <==> \old(launched(v));
  @ ensures zeroes: launched(v) ==> nie_zeroed.p[pfn] != 0;
  @ ensures digest: digest_same{Pre,Post}(v);
  @ ensures others: launches_same_but{Pre,Post}(v);
  @ ensures hidden: nie_window.p[pfn] == 0;
  @ ensures window: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_window.p[q] == \old(nie_window.p[q]) && nie_zeroed.p[q] == \old(nie_zeroed.p[q]);
  @ ensures tables: \forall integer t, i; 0 <= t < NIE_NR_PAGES && t != pfn && 0 <= i < 512 ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES && t != pfn ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
void nie_launch_give(u16 v, u32 pfn, u32 gfn);

/**
 * nie_launch_start() - the end of the launch
 * @v: slot of a live protected VM
 * @pc: where vCPU 0 starts
 * @x0: what it finds in x0
 *
 * The message ends with 64 bytes, NIE_MEASURE_START, @pc and @x0 as words and zeroes.
 *
 * Context: nie_lock held.
 */
/*@ requires v < NIE_NR_VMS;
  @ assigns nie_launch;
  @ ensures launched: launched(v);
  @ ensures once: \old(launched(v)) ==> digest_same{Pre,Post}(v);
  @ ensures others: launches_same_but{Pre,Post}(v);
  @*/
void nie_launch_start(u16 v, u64 pc, u64 x0);

#endif /* NIE_EL2_LAUNCH_H */
