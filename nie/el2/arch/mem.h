/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core sees of memory and of the MMU: the arrays, and the stores, barriers and TLB
 * maintenance that go with them. kunit/fake/arch/mem.h stands in for this file in unit tests.
 */
#ifndef NIE_EL2_ARCH_MEM_H
#define NIE_EL2_ARCH_MEM_H

#include "../private.h"
#include "../state.h"
#include "layout.h"

struct nie_pages { struct nie_page p[NIE_NR_PAGES]; };
struct nie_host_l1 { u64 e[1ul << (NIE_PA_BITS_MAX - 30)]; };
struct nie_host_l2 { u64 e[NIE_NR_PAGES / NIE_PER_TABLE]; };
struct nie_host_odd { u64 n[NIE_NR_PAGES / NIE_PER_TABLE]; };
struct nie_host_l3 { u64 e[NIE_NR_PAGES]; };
struct nie_table { u64 e[NIE_PER_TABLE]; };
struct nie_tables { struct nie_table t[NIE_NR_PAGES]; };

#define nie_pages	(*(struct nie_pages *)NIE_VA_RECORDS)
#define nie_host_l1	(*(volatile struct nie_host_l1 *)NIE_VA_HOST_L1)
#define nie_host_l2	(*(volatile struct nie_host_l2 *)NIE_VA_HOST_L2)
#define nie_host_odd	(*(struct nie_host_odd *)NIE_VA_HOST_ODD)
#define nie_host_l3	(*(volatile struct nie_host_l3 *)NIE_VA_HOST_L3)
#define nie_tables	(*(volatile struct nie_tables *)NIE_VA_WINDOW)

/**
 * struct nie_gib - a GiB of physical address space, fixed before seal
 * @managed: it has records, host tables and a window
 * @l2_pfn: page of its host level-2 table
 * @l3_pfn: first of 512 contiguous pages, its host level-3 tables
 */
struct nie_gib {
	u32 managed;
	u32 l2_pfn;
	u32 l3_pfn;
};

struct nie_gibs { struct nie_gib g[NIE_NR_GIBS]; };

/* Number of 2 MiB ranges of each GiB that are not all plain host memory; 0 means a 1 GiB block. */
struct nie_host_odd_gib { u32 n[NIE_NR_GIBS]; };

extern struct nie_gibs nie_gibs;
extern struct nie_host_odd_gib nie_host_odd_gib;
extern u64 nie_host_nr_pages;	/* size of the physical address space in pages */

/* A vCPU's context page, through the window. */
static inline struct nie_vcpu *arch_vcpu(u32 ctx_pfn)
{
	return (struct nie_vcpu *)&nie_tables.t[ctx_pfn];
}

/* The private state of a protected VM's vCPU, in the same page. */
static inline struct nie_private *arch_private(u32 ctx_pfn)
{
	return (struct nie_private *)((u64)&nie_tables.t[ctx_pfn] + NIE_PRIVATE_OFFSET);
}

/* A word of a page that the window maps. */
static inline u64 arch_page_word(u32 pfn, u32 i)
{
	return nie_tables.t[pfn].e[i];
}

/* This CPU's ID register (3, 0, 0, crm, op2), crm 4 to 7; and its CTR_EL0. */
u64 arch_id_reg(u32 crm, u32 op2);
u64 arch_ctr(void);
/* A call to EL3, x0..x3 in and out: SMCCC DEN0028. */
void arch_smc(u64 *x);

/* Map a page of NIE's, or a run page, read-write at EL2. */
void arch_window_map(u32 pfn);
/* Undo it; no CPU's EL2 can reach the page after. */
void arch_window_unmap(u32 pfn);
/* Zero a page that the window maps. */
void arch_table_clear(u32 pfn);
/* Zero a page that no VM and no host can reach, clean it to PoC, and unmap it from EL2. */
void arch_scrub(u32 pfn);
/* Zero the private state of a vCPU that runs no more, and clean it to PoC. */
void arch_private_clear(u32 ctx_pfn);
/* Clean and invalidate a page to PoC (not needed with FWB). */
void arch_page_clean(u32 pfn);
/* No CPU fetches what pages held so far (not needed where caches are coherent, CTR_EL0.DIC). */
void arch_icache_invalidate(void);

/* Store one entry of the host's stage-2, single-copy atomic. */
void arch_host_write_l1(u32 gib, u64 entry);
void arch_host_write_l2(u32 mb, u64 entry);
void arch_host_write_l3(u32 pfn, u64 entry);
/*
 * TLBI for [pfn, pfn + nr) of the host's stage-2, leaf entries, all CPUs; completes before it
 * returns.
 */
void arch_host_tlbi_pages(u32 pfn, u32 nr);
/* The same for the level-1 or level-2 entry that serves pfn. */
void arch_host_tlbi_table(u32 pfn);
/* Earlier stores to the host's stage-2 are visible to all table walkers. */
void arch_host_sync_done(void);

/* Store one entry of a VM's table. */
void arch_guest_write(u32 table, u32 i, u64 entry);
/* Earlier stores to VM tables are visible to all table walkers. */
void arch_guest_write_done(void);
/* TLBI for a VM on all CPUs; completes before it returns. */
void arch_guest_tlbi_range(u64 vttbr, u32 gfn, u32 nr);
void arch_guest_tlbi_all(u64 vttbr);
/* MemAttr of a guest leaf: Normal write-back, or Normal non-cacheable. */
u64 arch_guest_memattr(bool nc);

#endif /* NIE_EL2_ARCH_MEM_H */
