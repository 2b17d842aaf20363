// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the host's stage-2 entries and their counts. Lock: nie_lock.
 * Never: allocates, fails, or grants what a record does not. Upholds INV-6, INV-7.
 */
#include "host.h"
#include "page.h"
#include <arch/mem.h>
#include <arch/pte.h>

u32 nie_host_perm(u8 kind)
{
	switch (kind) {
	case NIE_K_HOST:
	case NIE_K_HOST_SHARED_GUEST:
		return NIE_PERM_RWX;
	case NIE_K_HOST_SHARED_NIE:
	case NIE_K_GUEST_SHARED_HOST:
		return NIE_PERM_RW;
	default:
		return NIE_PERM_NONE;
	}
}

/* The level-3 entry that a record wants. */
static u64 want_l3(u32 pfn)
{
	u32 perm = nie_host_perm(nie_pages.p[pfn].kind);

	if (perm == NIE_PERM_NONE)
		return 0;
	return (u64)pfn * NIE_PAGE_SIZE + (perm == NIE_PERM_RWX ? PTE_HOST_RWX : PTE_HOST_RW);
}

static u64 block_l2(u32 mb)
{
	return (u64)mb * (NIE_PAGE_SIZE * NIE_PER_TABLE) + BLOCK_HOST_RWX;
}

static u64 table_l2(u32 mb)
{
	u64 l3 = nie_gibs.g[mb / NIE_PER_TABLE].l3_pfn + mb % NIE_PER_TABLE;

	return l3 * NIE_PAGE_SIZE + PTE_TABLE;
}

static u64 block_l1(u32 gib)
{
	return (u64)gib * (NIE_PAGE_SIZE * NIE_PER_GIB) + BLOCK_HOST_RWX;
}

static u64 table_l1(u32 gib)
{
	return (u64)nie_gibs.g[gib].l2_pfn * NIE_PAGE_SIZE + PTE_TABLE;
}

/*
 * Number of pages of a 2 MiB range that are not plain host memory; the range is a block if none
 * is.
 */
static u32 count_odd(u32 mb)
{
	u32 n = 0;

	for (u32 i = 0; i < NIE_PER_TABLE; i++)
		if (nie_host_perm(nie_pages.p[mb * NIE_PER_TABLE + i].kind) != NIE_PERM_RWX)
			n++;
	return n;
}

/* The level-2 entry that the count wants. */
static u64 want_l2(u32 mb)
{
	return nie_host_odd.n[mb] ? table_l2(mb) : block_l2(mb);
}

void nie_host_init_gib(u32 gib)
{
	u32 odd = 0;

	for (u32 mb = gib * NIE_PER_TABLE; mb < (gib + 1) * NIE_PER_TABLE; mb++) {
		for (u32 p = mb * NIE_PER_TABLE; p < (mb + 1) * NIE_PER_TABLE; p++)
			arch_host_write_l3(p, want_l3(p));
		nie_host_odd.n[mb] = count_odd(mb);
		if (nie_host_odd.n[mb])
			odd++;
		arch_host_write_l2(mb, want_l2(mb));
	}
	nie_host_odd_gib.n[gib] = odd;
	arch_host_write_l1(gib, odd ? table_l1(gib) : block_l1(gib));
}

/*
 * Toggle a level-1 entry. Through a table, TLBs hold entries for any page of the range: all of
 * them have to go before a block covers it. Of a block, TLBI of one address is enough.
 */
static void set_l1(u32 gib, u64 entry)
{
	bool was_table = nie_host_l1.e[gib] == table_l1(gib);

	if (nie_host_l1.e[gib] == entry)
		return;
	arch_host_write_l1(gib, 0);
	if (was_table)
		arch_host_tlbi_pages(gib * NIE_PER_GIB, NIE_PER_GIB);
	else
		arch_host_tlbi_table(gib * NIE_PER_GIB);
	arch_host_write_l1(gib, entry);
}

/*
 * Toggle a level-2 entry, likewise. A block that grants more than some record is never put in
 * force.
 */
static void set_l2(u32 mb, u64 entry)
{
	bool was_table = nie_host_l2.e[mb] == table_l2(mb);

	if (nie_host_l2.e[mb] == entry)
		return;
	arch_host_write_l2(mb, 0);
	if (was_table)
		arch_host_tlbi_pages(mb * NIE_PER_TABLE, NIE_PER_TABLE);
	else
		arch_host_tlbi_table(mb * NIE_PER_TABLE);
	arch_host_write_l2(mb, entry);
}

/* Before a page of this 2 MiB range stops being plain host memory: 4K entries come in force. */
static void split(u32 mb)
{
	u32 gib = mb / NIE_PER_TABLE;

	set_l1(gib, table_l1(gib));
	set_l2(mb, table_l2(mb));
}

/* After all pages of this 2 MiB range are plain host memory again: blocks come in force. */
static void coalesce(u32 mb)
{
	u32 gib = mb / NIE_PER_TABLE;

	set_l2(mb, want_l2(mb));
	if (!nie_host_odd_gib.n[gib])
		set_l1(gib, block_l1(gib));
}

/* Keep the counts exact: one page of the range changed from plain host memory, or to it. */
static void count_change(u32 mb, bool odd)
{
	if (odd) {
		if (nie_host_odd.n[mb]++ == 0)
			nie_host_odd_gib.n[mb / NIE_PER_TABLE]++;
	} else {
		if (--nie_host_odd.n[mb] == 0)
			nie_host_odd_gib.n[mb / NIE_PER_TABLE]--;
	}
}

static bool is_plain(u32 pfn, u64 entry)
{
	return entry == (u64)pfn * NIE_PAGE_SIZE + PTE_HOST_RWX;
}

/* Take away what the records of [lo, hi), all in one 2 MiB range, no longer want. */
static void take_away(u32 lo, u32 hi)
{
	bool flush = false;

	for (u32 p = lo; p < hi; p++) {
		u64 old = nie_host_l3.e[p];

		if (old == 0 || old == want_l3(p))
			continue;
		if (is_plain(p, old))
			count_change(p / NIE_PER_TABLE, true);
		arch_host_write_l3(p, 0);
		flush = true;
	}
	if (flush)
		arch_host_tlbi_pages(lo, hi - lo);
}

/* Put in what the records of [lo, hi), all in one 2 MiB range, want. */
static void put_in(u32 lo, u32 hi)
{
	for (u32 p = lo; p < hi; p++) {
		u64 want = want_l3(p);

		if (nie_host_l3.e[p] == want)
			continue;
		arch_host_write_l3(p, want);
		if (is_plain(p, want))
			count_change(p / NIE_PER_TABLE, false);
	}
}

static bool in_sync(u32 lo, u32 hi)
{
	for (u32 p = lo; p < hi; p++)
		if (nie_host_l3.e[p] != want_l3(p))
			return false;
	return true;
}

void nie_host_sync(u32 pfn, u32 nr)
{
	u32 end = pfn + nr;

	while (pfn < end) {
		u32 mb = pfn / NIE_PER_TABLE;
		u32 stop = (mb + 1) * NIE_PER_TABLE;

		if (stop > end)
			stop = end;
		if (!in_sync(pfn, stop)) {
			split(mb);
			take_away(pfn, stop);
			put_in(pfn, stop);
			coalesce(mb);
		}
		pfn = stop;
	}
	arch_host_sync_done();
}

/* Is this whole 2 MiB range device memory that the host may have? */
static bool all_device(u32 mb)
{
	for (u32 i = 0; i < NIE_PER_TABLE; i++)
		if (nie_pages.p[mb * NIE_PER_TABLE + i].kind != NIE_K_NOT_RAM)
			return false;
	return true;
}

/*
 * Device memory. Its stage-2 type is Normal as well: the stronger of both stages' types wins (Arm
 * ARM D8.6.7), so the host's stage 1 says what it is, as on a machine without NIE.
 */
/* A GiB without records. */
static void map_device_gib(u32 gib)
{
	if (nie_host_l1.e[gib] == 0)
		arch_host_write_l1(gib, (u64)gib * (NIE_PAGE_SIZE * NIE_PER_GIB) +
					BLOCK_HOST_RWX);
}

static void map_device(u32 pfn)
{
	u32 mb = pfn / NIE_PER_TABLE;

	if (all_device(mb))
		set_l2(mb, (u64)mb * (NIE_PAGE_SIZE * NIE_PER_TABLE) + BLOCK_HOST_RWX);
	else if (nie_host_l3.e[pfn] == 0)
		arch_host_write_l3(pfn, (u64)pfn * NIE_PAGE_SIZE + PTE_HOST_RWX);
}

bool nie_host_fault(u64 ipa, bool exec)
{
	u64 pfn = ipa / NIE_PAGE_SIZE;
	u8 kind;

	if (pfn >= nie_host_nr_pages)
		return false;
	kind = nie_page_kind(pfn);
	if (kind == NIE_K_NOT_RAM) {
		if (nie_gib_managed(pfn / NIE_PER_GIB))
			map_device((u32)pfn);
		else
			map_device_gib((u32)(pfn / NIE_PER_GIB));
		arch_host_sync_done();
		return true;
	}
	/* The entry was out of force for a moment (break-before-make). */
	return nie_host_perm(kind) == NIE_PERM_RWX || (!exec && nie_host_perm(kind) == NIE_PERM_RW);
}
