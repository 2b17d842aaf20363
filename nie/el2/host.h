/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's stage-2: identity, a cache of the page records.
 *
 * Three flat arrays, one entry per 1 GiB, 2 MiB and 4 KiB range of the address space. Each managed
 * GiB (one with RAM, or with device memory that the host must not have) has its level-2 table and
 * all its level-3 tables from the start, and they always hold what the records want; a level-1 or
 * level-2 entry only toggles between a block and its own table. So nothing here allocates and
 * nothing here can fail.
 *
 * Lock: nie_lock. Break-before-make: an entry goes to 0, TLBI, then to its new value; another CPU
 * that faults meanwhile waits for nie_lock in nie_host_fault() and tries again.
 * Invariants: INV-6 between calls the entry in force for a page of a managed GiB grants what
 * nie_host_perm() of its record says, or less for NOT_RAM; INV-7 the counts are exact.
 */
#ifndef NIE_EL2_HOST_H
#define NIE_EL2_HOST_H

#include "invariants.h"

#define NIE_PERM_NONE	0u
#define NIE_PERM_RW	1u
#define NIE_PERM_RWX	2u

/* What the host may do with a page of this kind; NOT_RAM is for nie_host_fault() to decide. */
/*@ assigns \nothing;
  @ ensures \result == perm_of(kind);
  @*/
u32 nie_host_perm(u8 kind);

/**
 * nie_host_init_gib() - fill the tables of a managed GiB from the records
 * @gib: number of the GiB
 * Context: while NIE is being loaded, before the host runs under stage-2.
 */
/*@ requires gibs_fixed && ram_fixed && host_tlb_clean && managed_gib(gib);
  @ requires nie_host_l1.e[gib] == 0;
  @ assigns nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures clean: host_tlb_clean;
  @ ensures l3: \forall integer p; gib * 0x40000 <= p < (gib + 1) * 0x40000 ==>
  @   nie_host_l3.e[p] == host_want(p);
  @ ensures l2: \forall integer b; gib * 512 <= b < gib * 512 + 512 ==>
  @   nie_host_l2.e[b] == (nie_host_odd.n[b] != 0 ? l2_table(b) : l2_block(b)) &&
  @   nie_host_odd.n[b] == nr_odd(b * 512, 512);
  @ ensures l1: nie_host_odd_gib.n[gib] == nr_odd_mb(gib * 512, 512) &&
  @   nie_host_l1.e[gib] == (nie_host_odd_gib.n[gib] != 0 ? l1_table(gib) : l1_block(gib));
  @ ensures l3_others: \forall integer p; 0 <= p < NIE_NR_PAGES &&
  @   !(gib * 0x40000 <= p < (gib + 1) * 0x40000) ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures l2_others: \forall integer b; 0 <= b < NIE_NR_L2 &&
  @   !(gib * 512 <= b < gib * 512 + 512) ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]) &&
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]) &&
  @   nr_odd(b * 512, 512) == \old(nr_odd(b * 512, 512));
  @ ensures l1_others: \forall integer g; 0 <= g < NIE_NR_GIBS && g != gib ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]) &&
  @   nie_host_odd_gib.n[g] == \old(nie_host_odd_gib.n[g]) &&
  @   nr_odd_mb(g * 512, 512) == \old(nr_odd_mb(g * 512, 512));
  @*/
void nie_host_init_gib(u32 gib);

/**
 * nie_host_sync() - make the host's stage-2 agree with the records of a range
 * @pfn: first page; all pages of the range have records
 * @nr: number of pages, at most NIE_MAX_RANGE; RAM, all of them
 *
 * When it returns, no TLB grants more than the records do. Cannot fail.
 * Context: nie_lock held.
 */
/*@ requires gibs_fixed && ram_fixed;
  @ requires nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires ram: \forall integer p; pfn <= p < pfn + nr ==> managed(p) && nie_no_ram.p[p] == 0;
  @ requires inv6_but(pfn, pfn + nr) && inv7;
  @ assigns nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures INV_6: inv6;
  @ ensures INV_7: inv7;
  @ ensures done: \forall integer p; pfn <= p < pfn + nr ==> host_entry(p) == host_want(p);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + nr);
  @*/
void nie_host_sync(u32 pfn, u32 nr);

/**
 * nie_host_fault() - a stage-2 translation or permission fault of the host
 * @ipa: faulting address
 * @exec: it was an instruction fetch
 *
 * Maps device memory at first use.
 * Context: nie_lock held.
 * Return: true if the access is to be tried again, false if the host may not make it.
 */
/*@ requires gibs_fixed && ram_fixed && inv6 && inv7;
  @ requires nie_host_nr_pages <= NIE_NR_L1 * 0x40000;
  @ assigns nie_host_l1, nie_host_l2, nie_host_l3, nie_tlb;
  @ ensures INV_6: inv6;
  @ ensures INV_7: inv7;
  @ ensures frame: \forall integer p; managed(p) && nie_no_ram.p[p] == 0 ==>
  @   host_entry(p) == \old(host_entry(p));
  @ ensures result: \let p = ipa / 4096; \let perm = perm_of(kind_of(p));
  @   \result == 1 <==> p < nie_host_nr_pages &&
  @     (kind_of(p) == NIE_K_NOT_RAM || perm == 2 || (perm == 1 && exec == 0));
  @ ensures \result == 0 || \result == 1;
  @*/
bool nie_host_fault(u64 ipa, bool exec);

#endif /* NIE_EL2_HOST_H */
