// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: stores to translation tables, TLB and cache maintenance, EL2's window. Lock: nie_lock.
 * Never: decides anything. TLB maintenance: Arm ARM D8.17; stage 2 by IPA needs the stage-1-and-2
 * combined entries gone too (TLBI VMALLE1IS after TLBI IPAS2E1IS).
 */
#include <asm/kvm_arm.h>
#include <asm/pgtable-hwdef.h>
#include <asm/sysreg.h>
#include "mem.h"
#include "boot.h"
#include "el2.h"
#include "pte.h"

struct nie_gibs nie_gibs;
struct nie_host_odd_gib nie_host_odd_gib;
u64 nie_host_nr_pages;

#define WINDOW_L3	((volatile u64 *)NIE_VA_WINDOW_L3)

/* Beyond this, one TLBI for the whole VMID is cheaper than one per page. */
#define TLBI_MAX_PAGES	64

static void dsb_ish(void)
{
	asm volatile("dsb ish" : : : "memory");
}

static void dsb_ishst(void)
{
	asm volatile("dsb ishst" : : : "memory");
}

/*
 * Complete TLB maintenance; on CPUs with an erratum that lets a TLBI finish early, do the last one
 * twice.
 */
static void tlbi_el2_done(u64 page)
{
	dsb_ish();
	if (nie_config.flags & NIE_BOOT_REPEAT_TLBI) {
		asm volatile("tlbi vae2is, %0" : : "r"(page) : "memory");
		dsb_ish();
	}
	isb();
}

static void tlbi_stage2_done(void)
{
	dsb_ish();
	asm volatile("tlbi vmalle1is" : : : "memory");
	dsb_ish();
	if (nie_config.flags & NIE_BOOT_REPEAT_TLBI) {
		asm volatile("tlbi vmalle1is" : : : "memory");
		dsb_ish();
	}
	isb();
}

void arch_window_map(u32 pfn)
{
	WINDOW_L3[pfn] = (u64)pfn * NIE_PAGE_SIZE | PTE_EL2_RW | PTE_PAGE;
	dsb_ishst();
	isb();
}

void arch_window_unmap(u32 pfn)
{
	u64 page = NIE_VA_WINDOW / NIE_PAGE_SIZE + pfn;

	WINDOW_L3[pfn] = 0;
	dsb_ishst();
	asm volatile("tlbi vae2is, %0" : : "r"(page) : "memory");
	tlbi_el2_done(page);
}

void arch_table_clear(u32 pfn)
{
	u64 va = (u64)&nie_tables.t[pfn];
	u64 end = va + NIE_PAGE_SIZE;

	asm volatile("1:	stp	xzr, xzr, [%0]\n"
		     "	stp	xzr, xzr, [%0, #16]\n"
		     "	stp	xzr, xzr, [%0, #32]\n"
		     "	stp	xzr, xzr, [%0, #48]\n"
		     "	add	%0, %0, #64\n"
		     "	cmp	%0, %1\n"
		     "	b.ne	1b"
		     : "+r"(va) : "r"(end) : "memory", "cc");
	dsb_ishst();
}

static u64 dcache_line(void)
{
	return 4ul << ((read_sysreg(ctr_el0) >> 16) & 15);	/* CTR_EL0.DminLine */
}

/* Clean and invalidate a window page to PoC: Arm ARM D7.5.9. */
static void clean_window(u32 pfn)
{
	u64 line = dcache_line();
	u64 va = (u64)&nie_tables.t[pfn];

	for (u64 end = va + NIE_PAGE_SIZE; va < end; va += line)
		asm volatile("dc civac, %0" : : "r"(va) : "memory");
	asm volatile("dsb sy" : : : "memory");
}

void arch_scrub(u32 pfn)
{
	arch_window_map(pfn);
	arch_table_clear(pfn);
	clean_window(pfn);
	arch_window_unmap(pfn);
}

void arch_private_clear(u32 ctx_pfn)
{
	u64 *word = (u64 *)arch_private(ctx_pfn);

	for (u32 i = 0; i < (NIE_PAGE_SIZE - NIE_PRIVATE_OFFSET) / sizeof(*word); i++)
		word[i] = 0;
	clean_window(ctx_pfn);
}

void arch_page_clean(u32 pfn)
{
	if (nie_config.flags & NIE_BOOT_FWB)
		return;
	arch_window_map(pfn);
	clean_window(pfn);
	arch_window_unmap(pfn);
}

/* Arm ARM B2.7.4, D7.5.9: instruction caches may hold a page's old content by physical address. */
void arch_icache_invalidate(void)
{
	if (!(read_sysreg(ctr_el0) & BIT(CTR_EL0_DIC_SHIFT)))
		asm volatile("ic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}

void arch_host_write_l1(u32 gib, u64 entry)
{
	nie_host_l1.e[gib] = entry;
}

void arch_host_write_l2(u32 mb, u64 entry)
{
	nie_host_l2.e[mb] = entry;
}

void arch_host_write_l3(u32 pfn, u64 entry)
{
	nie_host_l3.e[pfn] = entry;
}

void arch_host_sync_done(void)
{
	dsb_ishst();
	isb();
}

/* Operand of TLBI IPAS2E1IS: IPA[47:12] (C5.5). */
static void tlbi_ipa(u64 pfn)
{
	asm volatile("tlbi ipas2e1is, %0" : : "r"(pfn) : "memory");
}

/* For the VMID in VTTBR_EL2, which is the host's except within guest_begin()..guest_end(). */
static void tlbi_range(u64 pfn, u32 nr)
{
	dsb_ishst();
	if (nr > TLBI_MAX_PAGES)
		asm volatile("tlbi vmalls12e1is" : : : "memory");
	else
		for (u32 i = 0; i < nr; i++)
			tlbi_ipa(pfn + i);
	tlbi_stage2_done();
}

void arch_host_tlbi_pages(u32 pfn, u32 nr)
{
	tlbi_range(pfn, nr);
}

void arch_host_tlbi_table(u32 pfn)
{
	tlbi_range(pfn, 1);
}

void arch_guest_write(u32 table, u32 i, u64 entry)
{
	nie_tables.t[table].e[i] = entry;
}

void arch_guest_write_done(void)
{
	dsb_ishst();
}

u64 arch_guest_memattr(bool nc)
{
	if (nie_config.flags & NIE_BOOT_FWB)
		return nc ? PTE_S2_FWB_NC : PTE_S2_FWB_NORMAL;
	return nc ? PTE_S2_NC : PTE_S2_NORMAL;
}

void nie_hold_walks(void)
{
	write_sysreg(read_sysreg(tcr_el1) | TCR_EPD0_MASK | TCR_EPD1_MASK, tcr_el1);
	isb();
	write_sysreg(read_sysreg(sctlr_el1) | SCTLR_ELx_M, sctlr_el1);
	isb();
}

/* The MMU first, then its walks. */
void nie_resume_walks(u64 sctlr, u64 tcr)
{
	isb();
	write_sysreg(sctlr, sctlr_el1);
	isb();
	write_sysreg(tcr, tcr_el1);
}

/*
 * Make VTTBR_EL2 name another VMID for TLB maintenance. EL1 walks are held off meanwhile
 * (TCR_EL1.EPDx, with the stage-1 MMU forced on), for CPUs that may speculate an AT or a walk with
 * the wrong context (errata 1165522, 1319367, 1319537, 1530923).
 */
struct walk_state {
	u64 tcr, sctlr;
};

static void guest_begin(struct walk_state *w, u64 vttbr)
{
	asm volatile("dsb ish" : : : "memory");
	w->tcr = read_sysreg(tcr_el1);
	w->sctlr = read_sysreg(sctlr_el1);
	nie_hold_walks();
	write_sysreg(vttbr, vttbr_el2);
	isb();
}

static void guest_end(const struct walk_state *w)
{
	write_sysreg(nie_config.host_vttbr, vttbr_el2);
	nie_resume_walks(w->sctlr, w->tcr);
	isb();
}

void arch_guest_tlbi_range(u64 vttbr, u32 gfn, u32 nr)
{
	struct walk_state w;

	guest_begin(&w, vttbr);
	tlbi_range(gfn, nr);
	guest_end(&w);
}

void arch_guest_tlbi_all(u64 vttbr)
{
	struct walk_state w;

	guest_begin(&w, vttbr);
	dsb_ishst();
	asm volatile("tlbi vmalls12e1is" : : : "memory");
	tlbi_stage2_done();
	guest_end(&w);
}

void nie_tlb_flush_local(u64 vttbr)
{
	struct walk_state w;

	guest_begin(&w, vttbr);
	asm volatile("tlbi vmalle1\n	ic iallu\n	dsb nsh" : : : "memory");
	isb();
	guest_end(&w);
}
