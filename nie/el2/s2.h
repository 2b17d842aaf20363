/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage-2 tables of VMs: three levels (level 1 is one to sixteen contiguous pages), 4 KiB leaves.
 *
 * A table page is named by its pfn and reached by index through the window,
 * nie_tables.t[pfn].e[i]; no pointer is ever followed. Lock: nie_lock. Invariants: INV-8 the
 * tables of a VM form a tree of its own NIE_TABLE pages, each at the place that its record's level
 * and base say; INV-9 a leaf exists only where the record of its page names this VM and this gfn,
 * so a page is mapped in one VM at most, at one gfn.
 */
#ifndef NIE_EL2_S2_H
#define NIE_EL2_S2_H

#include "invariants.h"

/*@
  // Where in the tables a range lies.
  predicate range_of_vm{L}(integer v, integer gfn, integer nr) =
    1 <= nr <= NIE_MAX_RANGE && gfn_of_vm(v, gfn) && gfn_of_vm(v, gfn + nr - 1);
  logic integer wanted2{L}(integer v, integer b) = walk2(v, b) == NIE_NO_PAGE ? 1 : 0;
  logic integer wanted3{L}(integer v, integer b) = walk3(v, b) == NIE_NO_PAGE ? 1 : 0;
  logic integer wanted{L}(integer v, integer gfn, integer nr) = \let last = gfn + nr - 1;
    wanted2(v, gfn / 0x40000) + wanted3(v, gfn / 512) +
    (last / 0x40000 != gfn / 0x40000 ? wanted2(v, last / 0x40000) : 0) +
    (last / 512 != gfn / 512 ? wanted3(v, last / 512) : 0);
  // What a leaf grants, as NIE_PROT_*.
  predicate grants(integer e, integer prot) =
    leaf_w(e) == ((prot & NIE_PROT_W) != 0 ? 1 : 0) &&
    leaf_xn(e) == ((prot & NIE_PROT_X) != 0 ? 0 : 1);
  predicate leaf_nc(integer e) = leaf_rest(e) % 64 == PTE_S2_NC + PTE_PAGE;
  predicate leaf_is(integer e, integer p, integer prot) = is_leaf(e, p) && leaf_pfn(e) == p &&
    e % 4 == 3 && grants(e, prot) && leaf_af(e) == 1 &&
    (leaf_nc(e) <==> (prot & NIE_PROT_NC) != 0);
  // Records: pages of the pool became tables.
  predicate pool_to_tables{L1,L2}(integer v) = \forall integer p; 0 <= p < NIE_NR_PAGES ==>
    record_same{L1,L2}(p) ||
    (\at(managed(p) && is_free_of(p, v), L1) && \at(nie_pages.p[p].vm, L2) == v &&
     \at(nie_pages.p[p].kind, L2) == NIE_K_NIE_TABLE);
*/

/**
 * nie_s2_wanted() - table pages missing for mapping a range
 * @v: slot of a live VM
 * @gfn: first, inside the VM's address space with all the range
 * @nr: at most NIE_MAX_RANGE
 * Context: nie_lock held.
 * Return: 0..4, the pages that nie_s2_map() would take from the pool.
 */
/*@ requires live(v) && inv8_of(v) && range_of_vm(v, gfn, nr);
  @ assigns \nothing;
  @ ensures \result == wanted(v, gfn, nr);
  @*/
u32 nie_s2_wanted(u16 v, u32 gfn, u32 nr);

/* Is anything mapped in the range? Arguments as nie_s2_wanted(). */
/*@ requires live(v) && inv8_of(v) && range_of_vm(v, gfn, nr);
  @ assigns \nothing;
  @ ensures \result == 0 <==>
  @   \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) % 4 != 3;
  @ ensures \result == 0 || \result == 1;
  @*/
bool nie_s2_any(u16 v, u32 gfn, u32 nr);

/**
 * nie_s2_map() - map pfn.. at gfn..
 * @v: slot of a live VM whose pool has nie_s2_wanted() pages
 * @pfn: first page; the records already name the VM and the gfns
 * @gfn: first; nothing is mapped in the range
 * @nr: at most NIE_MAX_RANGE
 * @prot: NIE_PROT_*
 * Context: nie_lock held.
 */
/*@ requires live(v) && range_of_vm(v, gfn, nr) && inv8 && inv9 && inv12;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed;
  @ requires pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires pool: wanted(v, gfn, nr) <= nie_vms.vm[v].pool_nr;
  @ requires free: \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) == 0;
  @ requires pages: \forall integer p; pfn <= p < pfn + nr ==> is_at(p, v, gfn + (p - pfn));
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures mapped: \forall integer g; gfn <= g < gfn + nr ==>
  @   leaf_is(walk(v, g), pfn + (g - gfn), prot);
  @ ensures walks: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures records: pool_to_tables{Pre,Post}(v);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures places: places_same{Pre,Post};
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
void nie_s2_map(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot);

/**
 * nie_s2_set_leaf() - the only writer of a leaf
 * @t: level-3 table for @gfn
 * @gfn: where
 * @entry: 0, or a leaf
 * Context: nie_lock held.
 */
/*@ requires \let v = nie_pages.p[t].vm; live(v) && is_table(t, v, 3) && inv8 && inv9 && inv12;
  @ requires place: nie_pages.p[t].base == gfn / 512;
  @ requires value: entry == 0 || (is_leaf(entry, leaf_pfn(entry)) &&
  @   is_at(leaf_pfn(entry), nie_pages.p[t].vm, gfn));
  @ requires bbm: \let old = nie_tables.t[t].e[gfn % 512];
  @   old == 0 || entry == 0 || leaf_rest(old) == leaf_rest(entry);
  @ assigns nie_tables, nie_vcpus;
  @ ensures roots: \forall integer w; live(w) ==> inv8_roots(w);
  @ ensures down: \forall integer w; live(w) ==> inv8_down(w);
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
  @ ensures INV_9: inv9;
  @ ensures entry: nie_tables.t[t].e[gfn % 512] == entry;
  @ ensures entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
  @   !(u == t && j == gfn % 512) ==> nie_tables.t[u].e[j] == \old(nie_tables.t[u].e[j]);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, gfn + 1);
  @ ensures walk: walk(nie_pages.p[t].vm, gfn) == entry;
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
void nie_s2_set_leaf(u32 t, u32 gfn, u64 entry);

/**
 * nie_s2_table() - the level-3 table for a gfn
 * @v: slot of a live VM
 * @gfn: inside the VM's address space
 * Context: nie_lock held.
 * Return: the table page, NIE_NO_PAGE if there is none yet.
 */
/*@ requires live(v) && inv8_of(v) && gfn_of_vm(v, gfn);
  @ assigns \nothing;
  @ ensures table: \result == walk3(v, gfn / 512);
  @ ensures place: \result != NIE_NO_PAGE ==> is_table(\result, v, 3) &&
  @   nie_pages.p[\result].base == gfn / 512;
  @*/
u32 nie_s2_table(u16 v, u32 gfn);

/* First gfn after @gfn that another level-3 table serves, or @end if that comes first. */
/*@ requires gfn < 0x80000000;
  @ assigns \nothing;
  @ ensures \result == (gfn / 512 * 512 + 512 < end ? gfn / 512 * 512 + 512 : end);
  @ ensures gfn < end ==> gfn < \result <= end;
  @ ensures same: \forall integer g; gfn <= g < \result ==> g / 512 == gfn / 512;
  @*/
u32 nie_s2_table_end(u32 gfn, u32 end);

/* Page of a leaf entry, and whether it is one. */
/*@ assigns \nothing;
  @ ensures \result == leaf_pfn(entry);
  @*/
u32 nie_s2_entry_pfn(u64 entry);
/*@ assigns \nothing;
  @ ensures \result == (entry % 4 == 3 ? 1 : 0);
  @*/
bool nie_s2_entry_valid(u64 entry);

/* Invalidate TLB entries of a range of gfns, and of all of the VM, on all CPUs. */
/*@ requires v < NIE_NR_VMS;
  @ assigns \nothing;
  @*/
void nie_s2_tlb_flush_range(u16 v, u32 gfn, u32 nr);
/*@ requires v < NIE_NR_VMS;
  @ assigns \nothing;
  @*/
void nie_s2_tlb_flush(u16 v);

/* VTTBR_EL2 of a VM: root table and VMID. The VMID is the slot + 1; the host's is 0. */
/*@ requires v < NIE_NR_VMS;
  @ assigns \nothing;
  @ ensures \result == vttbr_of(v);
  @*/
u64 nie_s2_vttbr(u16 v);

#endif /* NIE_EL2_S2_H */
