// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks by plain access: loads, stores, fetches and table walks of what is no longer the host's.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/pgtable-hwdef.h>
#include <asm/pgtable-prot.h>
#include <asm/sysreg.h>
#include "attack.h"

/* Fetches and table walks are made at an address of the user half, through tables of our own. */
#define USER_VA		((const void *)SZ_1G)

static void sync_icache(const void *addr)
{
	asm volatile("dc cvau, %0\n	dsb ish\n	ic ialluis\n	dsb ish\n	isb"
		     : : "r"(addr) : "memory");
}

/* TTBR0_EL1 for a root table, with the ASID in use. */
static u64 ttbr0(u64 root_pfn)
{
	return (read_sysreg(ttbr0_el1) & GENMASK_ULL(63, 48)) | PFN_PHYS(root_pfn);
}

static u64 *table(u32 level)
{
	return addr_of(TABLES + level);
}

/* Call into a page: mapped at USER_VA, executable and read-only at EL1. */
static long try_exec(u64 pfn)
{
	bool level0 = (read_sysreg(tcr_el1) & 63) < 25;
	u64 ttbr = ttbr0(pfn_of(TABLES + !level0));
	long ret;

	memset(table(0), 0, 4 * PAGE_SIZE);
	*table(0) = PFN_PHYS(pfn_of(TABLES + 1)) | PTE_TYPE_PAGE;
	table(1)[1] = PFN_PHYS(pfn_of(TABLES + 2)) | PTE_TYPE_PAGE;
	*table(2) = PFN_PHYS(pfn_of(TABLES + 3)) | PTE_TYPE_PAGE;
	*table(3) = PFN_PHYS(pfn) | PTE_TYPE_PAGE | PTE_AF | PTE_SHARED | PTE_RDONLY | PTE_NG |
		    PTE_ATTRINDX(MT_NORMAL);
	dsb(ishst);
	ret = try_access(ACCESS_EXEC, USER_VA, &ttbr);
	refill(TABLES, 4);
	return ret;
}

/* Have the CPU walk a translation table that is this page. */
static long try_walk(u64 pfn)
{
	u64 ttbr = ttbr0(pfn);

	return try_access(ACCESS_WALK, USER_VA, &ttbr);
}

static bool control_access(long want)
{
	u64 *word = addr_of(FREE);
	u64 value = 0;

	note("read", try_access(ACCESS_READ, word, &value), 0);
	note("what was read", value == *word, true);
	value = 0xd65f03c0;			/* ret */
	note("write", try_access(ACCESS_WRITE, word, &value), 0);
	note("what was written", *word == value, true);
	sync_icache(word);
	note("fetch", try_exec(pfn_of(FREE)), 0);
	note("DC ZVA", try_access(ACCESS_ZVA, word, &value), 0);
	note("what was zeroed", *word, 0);
	memset(word, 0, PAGE_SIZE);
	/* An empty table: a stage-1 fault, not NIE's refusal. */
	note("walk", try_walk(pfn_of(FREE)), -EFAULT);
	refill(FREE, 1);
	value = 1;
	note("write to a shared page", try_access(ACCESS_WRITE, addr_of(SHARED), &value), 0);
	refill(SHARED, 1);
	return true;
}

static void each_page(const char *what, enum access op, u32 place, u32 nr, long want)
{
	u64 value = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		note(what, try_access(op, addr_of(place + i), &value), want);
		note(what, try_access(op, addr_of(place + i) + PAGE_SIZE - 8, &value), want);
	}
}

static bool read_donated(long want)
{
	each_page("a read", ACCESS_READ, DONATED, NR_RANGE, want);
	return true;
}

static bool write_donated(long want)
{
	each_page("a write", ACCESS_WRITE, DONATED, NR_RANGE, want);
	return true;
}

static bool zva_donated(long want)
{
	each_page("DC ZVA", ACCESS_ZVA, DONATED, NR_RANGE, want);
	return true;
}

static bool exec_donated(long want)
{
	note("a fetch", try_exec(pfn_of(DONATED)), want);
	return true;
}

/* From a page of the host's own into a donated one, and out of it. */
static bool straddle_donated(long want)
{
	u64 value = 0;

	note("into it", try_access(ACCESS_READ, addr_of(DONATED) - 4, &value), want);
	note("out of it", try_access(ACCESS_READ, addr_of(DONATED + NR_RANGE) - 4, &value), want);
	return true;
}

static bool walk_donated(long want)
{
	note("a table walk", try_walk(pfn_of(DONATED)), want);
	return true;
}

static bool read_nie(long want)
{
	u64 value, pfn;

	for (pfn = w.image; pfn < w.image + 512; pfn++)
		note("a read", try_access(ACCESS_READ, __va(PFN_PHYS(pfn)), &value), want);
	return true;
}

static bool write_nie(long want)
{
	u64 value = 0, pfn;

	for (pfn = w.image; pfn < w.image + 512; pfn++)
		note("a write", try_access(ACCESS_WRITE, __va(PFN_PHYS(pfn)), &value), want);
	return true;
}

static bool exec_nie(long want)
{
	note("a fetch", try_exec(w.image), want);
	return true;
}

static bool walk_nie(long want)
{
	note("a table walk", try_walk(w.image), want);
	return true;
}

static bool read_table(long want)
{
	each_page("a root table", ACCESS_READ, ROOT_P, 4, want);
	each_page("the pool", ACCESS_READ, POOL_P, 3 * NR_POOL, want);
	return true;
}

static bool write_table(long want)
{
	each_page("a root table", ACCESS_WRITE, ROOT_P, 4, want);
	each_page("the pool", ACCESS_WRITE, POOL_P, 3 * NR_POOL, want);
	return true;
}

static bool read_context(long want)
{
	each_page("a vCPU context", ACCESS_READ, CTX_P, 2, want);
	return true;
}

static bool write_context(long want)
{
	each_page("a vCPU context", ACCESS_WRITE, CTX_P, 2, want);
	return true;
}

static bool exec_run_page(long want)
{
	note("a fetch", try_exec(pfn_of(RUN_FREE)), want);
	note("a fetch from one in use", try_exec(pfn_of(RUN_N)), want);
	return true;
}

/* Of all RAM the host may not read as many pages as the records say, no more and no fewer. */
static int count_refused(struct resource *res, void *data)
{
	u64 *refused = data, pfn, value;

	for (pfn = PFN_UP(res->start); pfn < PFN_DOWN(res->end + 1); pfn++) {
		if (try_access(ACCESS_READ, __va(PFN_PHYS(pfn)), &value) == BY_ABORT)
			(*refused)++;
		if (pfn % 1024 == 0)
			cond_resched();
	}
	return 0;
}

static bool scan_ram(long want)
{
	static const u8 kinds[] = { NIE_K_GUEST, NIE_K_NIE_IMAGE, NIE_K_NIE_FREE, NIE_K_NIE_TABLE,
				    NIE_K_NIE_CTX };
	u64 refused = 0, recorded = 0;
	u32 i;

	if (!w.alone)
		return false;
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
			    &refused, count_refused);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!nie_hc_stats(&out, kinds[i]))
			recorded += out.r[0];
	note("pages refused and pages recorded", refused == recorded ? want : 0, want);
	return true;
}

const struct attack access_attacks[] = {
	{ "control_access", ALLOWED, control_access },
	{ "read_donated", BY_ABORT, read_donated },
	{ "write_donated", BY_ABORT, write_donated },
	{ "zva_donated", BY_ABORT, zva_donated },
	{ "exec_donated", BY_ABORT, exec_donated },
	{ "straddle_donated", BY_ABORT, straddle_donated },
	{ "walk_donated", BY_ABORT, walk_donated },
	{ "read_nie", BY_ABORT, read_nie },
	{ "write_nie", BY_ABORT, write_nie },
	{ "exec_nie", BY_ABORT, exec_nie },
	{ "walk_nie", BY_ABORT, walk_nie },
	{ "read_table", BY_ABORT, read_table },
	{ "write_table", BY_ABORT, write_table },
	{ "read_context", BY_ABORT, read_context },
	{ "write_context", BY_ABORT, write_context },
	{ "exec_run_page", BY_ABORT, exec_run_page },
	{ "scan_ram", BY_ABORT, scan_ram },
	{}
};
