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

/**
 * nie_s2_wanted() - table pages missing for mapping a range
 * @v: slot of a live VM
 * @gfn: first, inside the VM's address space with all the range
 * @nr: at most NIE_MAX_RANGE
 * Context: nie_lock held.
 * Return: 0..4, the pages that nie_s2_map() would take from the pool.
 */
u32 nie_s2_wanted(u16 v, u32 gfn, u32 nr);

/* Is anything mapped in the range? Arguments as nie_s2_wanted(). */
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
void nie_s2_map(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot);

/**
 * nie_s2_table() - the level-3 table for a gfn
 * @v: slot of a live VM
 * @gfn: inside the VM's address space
 * Context: nie_lock held.
 * Return: the table page, NIE_NO_PAGE if there is none yet.
 */
u32 nie_s2_table(u16 v, u32 gfn);

/* First gfn after @gfn that another level-3 table serves, or @end if that comes first. */
u32 nie_s2_table_end(u32 gfn, u32 end);

/* Page of a leaf entry, and whether it is one. */
u32 nie_s2_entry_pfn(u64 entry);
bool nie_s2_entry_valid(u64 entry);

/* Invalidate TLB entries of a range of gfns, and of all of the VM, on all CPUs. */
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
