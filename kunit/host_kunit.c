// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's stage-2: blocks and their splitting, device memory, faults. Break-before-make and what
 * TLBs may hold is the fake's to watch; check_invariants() says whether the tables are what the
 * records want.
 */
#include <arch/lock.h>
#include "../nie/el2/host.h"
#include "../nie/el2/page.h"
#include "nie_test.h"

#define BLOCK_1G	1
#define BLOCK_2M	2
#define PAGE_4K		3

/* The level of the entry in force for a page. */
static u32 level_of(u32 pfn)
{
	if ((nie_host_l1.e[pfn / NIE_PER_GIB] & 3) != 3)
		return BLOCK_1G;
	return (nie_host_l2.e[pfn / NIE_PER_TABLE] & 3) == 3 ? PAGE_4K : BLOCK_2M;
}

static void host_perm_of_each_kind(struct kunit *test)
{
	static const u32 want[NIE_NR_KINDS] = {
		[NIE_K_NOT_RAM] = NIE_PERM_NONE,
		[NIE_K_HOST] = NIE_PERM_RWX,
		[NIE_K_HOST_SHARED_NIE] = NIE_PERM_RW,
		[NIE_K_HOST_SHARED_GUEST] = NIE_PERM_RWX,
		[NIE_K_GUEST] = NIE_PERM_NONE,
		[NIE_K_GUEST_SHARED_HOST] = NIE_PERM_RW,
		[NIE_K_NIE_IMAGE] = NIE_PERM_NONE,
		[NIE_K_NIE_FREE] = NIE_PERM_NONE,
		[NIE_K_NIE_TABLE] = NIE_PERM_NONE,
		[NIE_K_NIE_CTX] = NIE_PERM_NONE,
		[NIE_K_NIE_DEVICE] = NIE_PERM_NONE,
	};

	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		KUNIT_EXPECT_EQ_MSG(test, nie_host_perm(k), want[k], "kind %u", k);
	for (u32 k = NIE_NR_KINDS; k < 256; k++)
		KUNIT_EXPECT_EQ_MSG(test, nie_host_perm(k), NIE_PERM_NONE, "kind %u", k);
}

/* nie_host_init_gib(): every page of both GiB, in and out of the arenas. */
static void host_at_start(struct kunit *test)
{
	u32 bad = 0;

	for (u32 pfn = FAKE_FIRST; pfn < FAKE_END; pfn++) {
		bool ram = nie_page_kind(pfn) == NIE_K_HOST;
		u32 want = pfn == FAKE_PANIC ? NIE_PERM_RW : ram ? NIE_PERM_RWX : NIE_PERM_NONE;

		bad += check_host_perm(pfn) != want;
	}
	KUNIT_EXPECT_EQ(test, bad, 0u);
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		KUNIT_EXPECT_EQ(test, level_of(FAKE_FIRST + i * 512), (u32)BLOCK_1G);
		KUNIT_EXPECT_EQ(test, level_of(FAKE_MIXED(i)), (u32)(i < 505 ? BLOCK_2M : PAGE_4K));
		KUNIT_EXPECT_EQ(test, nie_host_l2.e[FAKE_FIRST / 512 + i] & 3, (u64)1);
		KUNIT_EXPECT_EQ(test, nie_host_odd.n[FAKE_FIRST / 512 + i], (u64)0);
	}
	for (u32 gib = 0; gib < 8; gib++)
		if (gib != FAKE_PLAIN_GIB && gib != FAKE_MIXED_GIB)
			KUNIT_EXPECT_EQ(test, nie_host_l1.e[gib], (u64)0);
	nie_test_check(test);
}

/* A record, as a transition would set it; its window too. Kinds that name no VM. */
static void set_kind(u32 pfn, u8 kind)
{
	u8 old = nie_pages.p[pfn].kind;

	if (old == NIE_K_HOST_SHARED_NIE && kind != old)
		arch_window_unmap(pfn);
	nie_page_set(pfn, kind, 0, 0, 0);
	if (kind == NIE_K_HOST_SHARED_NIE && kind != old)
		arch_window_map(pfn);
}

static void check(struct kunit *test)
{
	const char *bad = check_invariants();

	KUNIT_ASSERT_TRUE_MSG(test, !bad, "%s", bad);
}

/* Set all records of a range and sync; kinds are used in turn. */
static void sync(struct kunit *test, u32 pfn, u32 nr, const u8 *kinds, u32 nr_kinds)
{
	nie_lock();
	for (u32 i = 0; i < nr; i++)
		set_kind(pfn + i, kinds[i % nr_kinds]);
	nie_host_sync(pfn, nr);
	nie_unlock();
	check(test);
}

static const u8 host[] = { NIE_K_HOST };
static const u8 device[] = { NIE_K_NIE_DEVICE };
static const u8 mixed[] = { NIE_K_NIE_DEVICE, NIE_K_HOST, NIE_K_HOST_SHARED_NIE };

static const struct range {
	const char *name;
	u32 pfn, nr;
} ranges[] = {
	{ "one page, first of its GiB", FAKE_MIXED(0), 1 },
	{ "one page, last of its GiB", FAKE_MIXED(0) - 1, 1 },
	{ "one page, last of its 2 MiB", FAKE_PLAIN(2) - 1, 1 },
	{ "one page, first of its 2 MiB", FAKE_PLAIN(2), 1 },
	{ "one page, within", FAKE_MIXED(1) + 77, 1 },
	{ "2 MiB", FAKE_PLAIN(1), 512 },
	{ "2 MiB but the last page", FAKE_MIXED(1), 511 },
	{ "2 MiB but the first page", FAKE_MIXED(1) + 1, 511 },
	{ "across 2 MiB, 2 pages", FAKE_PLAIN(1) - 1, 2 },
	{ "across 2 MiB, 512 pages", FAKE_PLAIN(1) + 100, 512 },
	{ "across 1 GiB, 2 pages", FAKE_MIXED(0) - 1, 2 },
	{ "across 1 GiB, 512 pages", FAKE_MIXED(0) - 511, 512 },
};

static void range_desc(const struct range *r, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", r->name);
}

KUNIT_ARRAY_PARAM(range, ranges, range_desc);

/* Take a range away and give it back, whole and in alternation. */
static void host_sync_range(struct kunit *test)
{
	const struct range *r = test->param_value;
	u64 ops;

	sync(test, r->pfn, r->nr, device, 1);
	KUNIT_EXPECT_EQ(test, level_of(r->pfn), (u32)PAGE_4K);
	sync(test, r->pfn, r->nr, mixed, 3);
	sync(test, r->pfn, r->nr, device, 1);
	sync(test, r->pfn, r->nr, mixed, 2);
	ops = fake.ops;
	sync(test, r->pfn, r->nr, mixed, 2);
	KUNIT_EXPECT_EQ_MSG(test, fake.ops, ops, "a sync of what is in sync");
	sync(test, r->pfn, r->nr, host, 1);
	for (u32 i = 0; i < r->nr; i++)
		KUNIT_EXPECT_EQ(test, level_of(r->pfn + i),
				(u32)(r->pfn + i < FAKE_MIXED(0) ? BLOCK_1G : BLOCK_2M));
	nie_test_check(test);
}

/* A sync does not look beyond its range: a record there may be about to change. */
static void host_sync_keeps_to_range(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(1) + 20;

	sync(test, pfn, 8, device, 1);
	nie_lock();
	set_kind(pfn + 1, NIE_K_HOST);
	set_kind(pfn + 4, NIE_K_HOST);
	nie_host_sync(pfn + 2, 2);
	nie_host_sync(pfn + 6, 2);
	KUNIT_EXPECT_EQ(test, nie_host_l3.e[pfn + 1], (u64)0);
	KUNIT_EXPECT_EQ(test, nie_host_l3.e[pfn + 4], (u64)0);
	/* Nor does it when it has something to do. */
	set_kind(pfn + 2, NIE_K_HOST);
	set_kind(pfn + 3, NIE_K_HOST);
	nie_host_sync(pfn + 2, 2);
	KUNIT_EXPECT_EQ(test, nie_host_l3.e[pfn + 1], (u64)0);
	KUNIT_EXPECT_EQ(test, nie_host_l3.e[pfn + 4], (u64)0);
	nie_host_sync(pfn, 8);
	nie_unlock();
	check(test);
	sync(test, pfn, 8, host, 1);
	KUNIT_EXPECT_EQ(test, level_of(pfn), (u32)BLOCK_1G);
}

/* A block returns with the last page, in whichever order the pages return. */
static void host_block_returns_with_last_page(struct kunit *test)
{
	const u32 first = FAKE_PLAIN(3);

	sync(test, first, 512, device, 1);
	for (u32 i = 0; i < 512; i++) {
		KUNIT_EXPECT_EQ(test, level_of(first), (u32)PAGE_4K);
		KUNIT_EXPECT_EQ(test, level_of(FAKE_PLAIN(2)), (u32)BLOCK_2M);
		sync(test, first + i * 5 % 512, 1, host, 1);
	}
	KUNIT_EXPECT_EQ(test, level_of(first), (u32)BLOCK_1G);
}

/* Two odd ranges in one GiB: the 1 GiB block returns with the second. */
static void host_gib_returns_with_last_range(struct kunit *test)
{
	sync(test, FAKE_PLAIN(0), 1, device, 1);
	sync(test, FAKE_PLAIN(5) + 511, 1, device, 1);
	sync(test, FAKE_PLAIN(0), 1, host, 1);
	KUNIT_EXPECT_EQ(test, level_of(FAKE_PLAIN(0)), (u32)BLOCK_2M);
	sync(test, FAKE_PLAIN(5) + 511, 1, host, 1);
	KUNIT_EXPECT_EQ(test, level_of(FAKE_PLAIN(0)), (u32)BLOCK_1G);
}

/* Each permission to each other, beside a page that keeps the range split, and alone. */
static void host_sync_each_change(struct kunit *test)
{
	for (u32 alone = 0; alone < 2; alone++) {
		if (!alone)
			sync(test, FAKE_PLAIN(1), 1, device, 1);
		for (u32 from = 0; from < 3; from++) {
			for (u32 to = 0; to < 3; to++) {
				sync(test, FAKE_PLAIN(1) + 9, 1, &mixed[from], 1);
				sync(test, FAKE_PLAIN(1) + 9, 1, &mixed[to], 1);
			}
		}
		sync(test, FAKE_PLAIN(1), 10, host, 1);
	}
	KUNIT_EXPECT_EQ(test, level_of(FAKE_PLAIN(1)), (u32)BLOCK_1G);
}

static const struct fault {
	const char *name;
	u64 pfn;
	bool read, exec;	/* may the host go on? */
	u32 level;		/* what is mapped after it, 0: nothing changes */
} faults[] = {
	{ "device, GiB without records", 0x1234, true, true, BLOCK_1G },
	{ "device, last page below RAM", FAKE_FIRST - 1, true, true, BLOCK_1G },
	{ "device, first page after RAM", FAKE_END, true, true, BLOCK_1G },
	{ "device, beyond the last record", NIE_NR_PAGES, true, true, BLOCK_1G },
	{ "device, last page of the address space", 0x1fffff, true, true, BLOCK_1G },
	{ "outside the address space", 0x200000, false, false, 0 },
	{ "far outside", ~0ul >> 12, false, false, 0 },
	{ "device in a 2 MiB range with others", FAKE_DEVICE + 256, true, true, PAGE_4K },
	{ "device in a 2 MiB range with RAM", FAKE_LAST + 255, true, true, PAGE_4K },
	{ "device, a 2 MiB range", FAKE_HOLE + 99, true, true, BLOCK_2M },
	{ "device that NIE keeps", FAKE_DEVICE + 255, false, false, 0 },
	{ "NIE's image", FAKE_IMAGE, false, false, 0 },
	{ "NIE's tables", FAKE_TABLES + 1024, false, false, 0 },
	{ "the panic page", FAKE_PANIC, true, false, 0 },
	{ "the host's own, block", FAKE_PLAIN(0), true, true, 0 },
	{ "the host's own, page", FAKE_PANIC + 1, true, true, 0 },
};

static void fault_desc(const struct fault *f, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", f->name);
}

KUNIT_ARRAY_PARAM(fault, faults, fault_desc);

static bool fault_at(u64 ipa, bool exec)
{
	bool retry;

	nie_lock();
	retry = nie_host_fault(ipa, exec);
	nie_unlock();
	return retry;
}

/* The entry in force, for pages with and without records. */
static u64 entry_of(u64 pfn, u32 level)
{
	return level == BLOCK_1G ? nie_host_l1.e[pfn / NIE_PER_GIB] :
	       level == BLOCK_2M ? nie_host_l2.e[pfn / NIE_PER_TABLE] : nie_host_l3.e[pfn];
}

static void host_fault(struct kunit *test)
{
	const struct fault *f = test->param_value;
	const char *changed;

	for (u32 exec = 0; exec < 2; exec++) {
		nie_test_init(test);
		fake_snapshot();
		KUNIT_EXPECT_EQ(test, fault_at(f->pfn * NIE_PAGE_SIZE + 0xfff, exec),
				exec ? f->exec : f->read);
		changed = fake_changed();
		KUNIT_EXPECT_EQ_MSG(test, !changed, !f->level, "%s", changed ? changed : "nothing");
		nie_test_check(test);
		if (!f->level)
			continue;
		/* Identity, RWX, Normal: S1 has the last word on the type. */
		KUNIT_EXPECT_EQ(test, entry_of(f->pfn, f->level) & 0xffc00000000007fful,
				(u64)(0x7fc | (f->level == PAGE_4K ? 3 : 1)));
		KUNIT_EXPECT_EQ(test, entry_of(f->pfn, f->level) >> 12 & 0xffffffffful,
				f->level == PAGE_4K ? f->pfn :
				f->pfn & ~(f->level == BLOCK_1G ? 0x3fffful : 0x1fful));
		fake_snapshot();
		KUNIT_EXPECT_TRUE(test, fault_at(f->pfn * NIE_PAGE_SIZE, exec));
		changed = fake_changed();
		KUNIT_EXPECT_TRUE_MSG(test, !changed, "again: %s", changed);
		nie_test_check(test);
	}
}

/* Faults on what VMs and NIE have; the pages of a range that is split are not all the host's. */
static void host_fault_on_given_pages(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, FAKE_PLAIN(0));
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, FAKE_PLAIN(0) + 4);
	const struct { u32 pfn; bool read, exec; } want[] = {
		{ FAKE_PLAIN(0), false, false },		/* NIE_TABLE */
		{ FAKE_PLAIN(0) + 10, false, false },		/* NIE_FREE */
		{ FAKE_PLAIN(0) + 30, true, true },		/* HOST_SHARED_GUEST */
		{ FAKE_PLAIN(0) + 31, false, false },		/* GUEST */
		{ FAKE_PLAIN(0) + 32, true, false },		/* GUEST_SHARED_HOST */
		{ FAKE_PLAIN(0) + 33, false, false },		/* NIE_CTX */
		{ FAKE_PLAIN(0) + 34, true, false },		/* HOST_SHARED_NIE */
		{ FAKE_PLAIN(0) + 35, true, true },		/* HOST */
	};

	nie_test_topup(test, n, FAKE_PLAIN(0) + 10, 4);
	nie_test_topup(test, p, FAKE_PLAIN(0) + 20, 4);
	nie_test_share(test, n, FAKE_PLAIN(0) + 30, 1, 1);
	nie_test_donate(test, p, FAKE_PLAIN(0) + 31, 1, 2);
	nie_test_guest_share(test, FAKE_PLAIN(0) + 32);
	nie_test_vcpu(test, n, 0, FAKE_PLAIN(0) + 33, FAKE_PLAIN(0) + 34);
	fake_snapshot();
	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		u64 ipa = (u64)want[i].pfn << 12;

		KUNIT_EXPECT_EQ_MSG(test, fault_at(ipa, false), want[i].read, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, fault_at(ipa, true), want[i].exec, "%u", i);
	}
	KUNIT_EXPECT_TRUE(test, !fake_changed());
	nie_test_check(test);
}

static struct kunit_case host_cases[] = {
	KUNIT_CASE(host_perm_of_each_kind),
	KUNIT_CASE(host_at_start),
	KUNIT_CASE_PARAM(host_sync_range, range_gen_params),
	KUNIT_CASE(host_sync_keeps_to_range),
	KUNIT_CASE(host_block_returns_with_last_page),
	KUNIT_CASE(host_gib_returns_with_last_range),
	KUNIT_CASE(host_sync_each_change),
	KUNIT_CASE_PARAM(host_fault, fault_gen_params),
	KUNIT_CASE(host_fault_on_given_pages),
	{}
};

static struct kunit_suite host_suite = {
	.name = "nie_host",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = host_cases,
};

kunit_test_suite(host_suite);
