/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nie/el2/arch/mem.h: the same names, over ordinary memory, for a machine of four
 * GiB. The arrays that only arch/ may store to are const here: a direct store does not compile.
 */
#ifndef NIE_FAKE_ARCH_MEM_H
#define NIE_FAKE_ARCH_MEM_H

#include "../../../nie/el2/private.h"
#include "../../../nie/el2/state.h"
#include "layout.h"

struct fake_records { struct nie_page p[NIE_NR_PAGES]; };
struct fake_l1 { u64 e[1ul << (NIE_PA_BITS_MAX - 30)]; };
struct fake_l2 { u64 e[NIE_NR_PAGES / NIE_PER_TABLE]; };
struct fake_odd { u64 n[NIE_NR_PAGES / NIE_PER_TABLE]; };
struct fake_l3 { u64 e[NIE_NR_PAGES]; };
struct nie_table { u64 e[NIE_PER_TABLE]; };
struct fake_tables { struct nie_table t[NIE_NR_PAGES]; };

extern struct fake_records *fake_pages;
extern struct fake_l3 *fake_host_l3;
extern struct fake_l2 fake_host_l2;
extern struct fake_l1 fake_host_l1;
extern struct fake_tables *fake_tables;
extern struct fake_odd nie_host_odd;

#define nie_pages	(*fake_pages)
#define nie_host_l1	(*(const struct fake_l1 *)&fake_host_l1)
#define nie_host_l2	(*(const struct fake_l2 *)&fake_host_l2)
#define nie_host_l3	(*(const struct fake_l3 *)fake_host_l3)
#define nie_tables	(*(const struct fake_tables *)fake_tables)

struct nie_gib {
	u32 managed;
	u32 l2_pfn;
	u32 l3_pfn;
};

struct nie_gibs { struct nie_gib g[NIE_NR_GIBS]; };
struct nie_host_odd_gib { u32 n[NIE_NR_GIBS]; };

extern struct nie_gibs nie_gibs;
extern struct nie_host_odd_gib nie_host_odd_gib;
extern u64 nie_host_nr_pages;

static inline struct nie_vcpu *arch_vcpu(u32 ctx_pfn)
{
	return (struct nie_vcpu *)&nie_tables.t[ctx_pfn];
}

static inline struct nie_private *arch_private(u32 ctx_pfn)
{
	return (struct nie_private *)((unsigned long)&nie_tables.t[ctx_pfn] + NIE_PRIVATE_OFFSET);
}

u64 arch_page_word(u32 pfn, u32 i);

u64 arch_id_reg(u32 crm, u32 op2);
u64 arch_ctr(void);
void arch_smc(u64 *x);

void arch_window_map(u32 pfn);
void arch_window_unmap(u32 pfn);
void arch_table_clear(u32 pfn);
void arch_scrub(u32 pfn);
void arch_private_clear(u32 ctx_pfn);
void arch_page_clean(u32 pfn);
void arch_icache_invalidate(void);

void arch_host_write_l1(u32 gib, u64 entry);
void arch_host_write_l2(u32 mb, u64 entry);
void arch_host_write_l3(u32 pfn, u64 entry);
void arch_host_tlbi_pages(u32 pfn, u32 nr);
void arch_host_tlbi_table(u32 pfn);
void arch_host_sync_done(void);

void arch_guest_write(u32 table, u32 i, u64 entry);
void arch_guest_write_done(void);
void arch_guest_tlbi_range(u64 vttbr, u32 gfn, u32 nr);
void arch_guest_tlbi_all(u64 vttbr);
u64 arch_guest_memattr(bool nc);

#endif /* NIE_FAKE_ARCH_MEM_H */
