// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage-2 tables of VMs: which tables a range wants, what they hold, and what is found in them.
 */
#include <arch/lock.h>
#include "../nie/el2/s2.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)	/* sixteen roots */
#define POOL	FAKE_PLAIN(0)
#define PAGES	FAKE_PLAIN(2)

static void s2_entry_format(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, nie_s2_entry_valid(0));
	KUNIT_EXPECT_FALSE(test, nie_s2_entry_valid(0x1000));
	KUNIT_EXPECT_FALSE(test, nie_s2_entry_valid(0x1001));
	KUNIT_EXPECT_FALSE(test, nie_s2_entry_valid(0x1002));
	KUNIT_EXPECT_TRUE(test, nie_s2_entry_valid(0x1003));
	KUNIT_EXPECT_EQ(test, nie_s2_entry_pfn(0x0040000012345fff), 0x12345u);
	KUNIT_EXPECT_EQ(test, nie_s2_entry_pfn(0xfffff00000000fff), 0u);
	KUNIT_EXPECT_EQ(test, nie_s2_entry_pfn(0x00000fffffffffff), 0xffffffffu);
}

static void s2_table_end(struct kunit *test)
{
	static const struct { u32 gfn, end, want; } t[] = {
		{ 0, 1, 1 }, { 0, 512, 512 }, { 0, 513, 512 }, { 511, 513, 512 }, { 511, 512, 512 },
		{ 512, 513, 513 }, { 512, 1024, 1024 }, { 100, 612, 512 },
		{ 0x3ffff, 0x40001, 0x40000 },
		{ 0x7ffffff, 0x80001ff, 0x8000000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		KUNIT_EXPECT_EQ_MSG(test, nie_s2_table_end(t[i].gfn, t[i].end), t[i].want, "%u", i);
}

static void s2_vttbr(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, PAGES);
	u64 b = nie_test_vm(test, NIE_VM_NORMAL, 32, PAGES + 5);

	KUNIT_EXPECT_EQ(test, nie_s2_vttbr(a % 256), 1ul << 48 | (u64)PAGES << 12);
	KUNIT_EXPECT_EQ(test, nie_s2_vttbr(b % 256), 2ul << 48 | (u64)(PAGES + 5) << 12);
}

/* Tables a range wants, after something has been mapped (or not, nr 0) elsewhere. */
static const struct wanted {
	const char *name;
	u64 gfn, nr;
	u64 other_gfn, other_nr;
	u32 want;
} wanted[] = {
	{ "first page", 0, 1, 0, 0, 2 },
	{ "one whole table", 512, 512, 0, 0, 2 },
	{ "two tables", 1, 512, 0, 0, 3 },
	{ "two tables, two pages", 511, 2, 0, 0, 3 },
	{ "two GiB", 0x3ffff, 2, 0, 0, 4 },
	{ "two GiB, 512 pages", 0x40000 - 300, 512, 0, 0, 4 },
	{ "two roots", 0x7ffffff, 2, 0, 0, 4 },
	{ "last page", 0x7fffffff, 1, 0, 0, 2 },
	{ "last 512 pages", 0x7ffffe00, 512, 0, 0, 2 },
	{ "in a table that is there", 5, 100, 0, 1, 0 },
	{ "first of two is there", 511, 2, 0, 1, 1 },
	{ "second of two is there", 511, 2, 600, 1, 1 },
	{ "level 2 is there", 1024, 2, 0, 1, 1 },
	{ "level 2 is there, two tables", 1535, 2, 0, 1, 2 },
	{ "two GiB, the first is there", 0x3ffff, 2, 0x3fff0, 1, 2 },
	{ "two GiB, level 2 of the first is there", 0x3ffff, 2, 0, 1, 3 },
	{ "two GiB, the second is there", 0x3ffff, 2, 0x40100, 1, 2 },
	{ "two GiB, level 2 of the second is there", 0x3ffff, 2, 0x50000, 1, 3 },
	{ "the same place below another root", 0x8000000, 1, 0, 1, 2 },
	{ "the same place below another level-2 table", 0x40000, 1, 0, 1, 2 },
};

static void wanted_desc(const struct wanted *w, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", w->name);
}

KUNIT_ARRAY_PARAM(wanted, wanted, wanted_desc);

/*
 * nie_s2_wanted() says how many; each smaller pool is refused with the right number; then it fits.
 */
static void s2_wanted_and_shortage(struct kunit *test)
{
	static const u64 types[] = { NIE_VM_NORMAL, NIE_VM_PROTECTED };
	const struct wanted *w = test->param_value;

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		u32 nr = types[i] == NIE_VM_NORMAL ? NIE_HC_SHARE_GUEST : NIE_HC_DONATE_GUEST;
		u64 arg[5] = { 0, PAGES + 20, w->gfn, w->nr, NIE_PROT_R };
		u64 out[4], vm;
		u16 v;

		nie_test_init(test);
		vm = nie_test_vm(test, types[i], 43, ROOT);
		v = vm % 256;
		arg[0] = vm;
		if (w->other_nr) {
			u64 other[5] = { vm, PAGES, w->other_gfn, w->other_nr, NIE_PROT_R };
			u32 need = nie_s2_wanted(v, w->other_gfn, w->other_nr);

			nie_test_topup(test, vm, POOL + 100, need);
			KUNIT_ASSERT_EQ(test, nie_test_call(test, nr, other, NULL), 0L);
		}
		KUNIT_ASSERT_EQ(test, nie_s2_wanted(v, w->gfn, w->nr), w->want);
		for (u32 pool = 0; pool < w->want; pool++) {
			KUNIT_EXPECT_EQ(test, nie_test_call(test, nr, arg, out), (long)-ENOMEM);
			KUNIT_EXPECT_EQ(test, out[0], (u64)(w->want - pool));
			nie_test_topup(test, vm, POOL + pool, 1);
		}
		KUNIT_EXPECT_EQ(test, nie_test_call(test, nr, arg, out), 0L);
		KUNIT_EXPECT_EQ(test, nie_vms.vm[v].pool_nr, 0u);
		KUNIT_EXPECT_EQ(test, nie_s2_wanted(v, w->gfn, w->nr), 0u);
	}
}

/* A single page at each end of, in, and beside a range of 512 that lies across two tables. */
static void s2_any(struct kunit *test)
{
	const u64 gfn = 0x40000 - 200, nr = 512;
	static const int at[] = { -1, 0, 1, 199, 200, 201, 510, 511, 512 };
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u16 v = vm % 256;

	nie_test_topup(test, vm, POOL, 10);
	KUNIT_EXPECT_FALSE(test, nie_s2_any(v, gfn, nr));
	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		nie_test_share(test, vm, PAGES, gfn + at[i], 1);
		KUNIT_EXPECT_EQ_MSG(test, nie_s2_any(v, gfn, nr), at[i] >= 0 && at[i] < 512, "%d",
				    at[i]);
		KUNIT_EXPECT_TRUE(test, nie_s2_any(v, gfn + at[i], 1));
		KUNIT_EXPECT_FALSE(test, nie_s2_any(v, gfn + at[i] - 1, 1));
		KUNIT_EXPECT_FALSE(test, nie_s2_any(v, gfn + at[i] + 1, 1));
		EXPECT_OUT(test, 1, UNSHARE_GUEST, vm, gfn + at[i], 1);
	}
}

/* Each combination of permissions, and the table that serves the page. */
static void s2_map_permissions(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u16 v = vm % 256;
	u32 t;

	KUNIT_EXPECT_EQ(test, nie_s2_table(v, 77), NIE_NO_PAGE);
	nie_test_topup(test, vm, POOL, 2);
	for (u64 prot = 0; prot < 16; prot++) {
		u64 e;

		if (!(prot & NIE_PROT_R)) {
			EXPECT_CALL(test, -EINVAL, SHARE_GUEST, vm, PAGES, 77, 1, prot);
			continue;
		}
		EXPECT_CALL(test, 0, SHARE_GUEST, vm, PAGES, 77, 1, prot);
		t = nie_s2_table(v, 77);
		KUNIT_ASSERT_TRUE(test, t == POOL || t == POOL + 1);
		e = nie_tables.t[t].e[77];
		/* Page, inner shareable, accessed, readable; then memory type, S2AP[1], XN[1]. */
		KUNIT_EXPECT_EQ(test, e, (u64)PAGES << 12 | 3 | 3 << 8 | 1 << 10 | 1 << 6 |
				(prot & NIE_PROT_NC ? 5 : 15) << 2 |
				(prot & NIE_PROT_W ? 1 << 7 : 0) |
				(prot & NIE_PROT_X ? 0 : 1ul << 54));
		EXPECT_OUT(test, 1, UNSHARE_GUEST, vm, 77, 1);
	}
}

/* The two flushes reach this VM's VMID and the whole range; others' entries stay. */
static void s2_flush(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 b = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 2);

	nie_test_topup(test, a, POOL, 2);
	nie_test_topup(test, b, POOL + 2, 2);
	nie_test_share(test, a, PAGES, 5, 1);
	nie_test_share(test, b, PAGES + 1, 5, 1);
	KUNIT_EXPECT_TRUE(test, fake_vmid_cached(a % 256) && fake_vmid_cached(b % 256));
	EXPECT_CALL(test, 0, TLB_FLUSH_VM, b);
	KUNIT_EXPECT_TRUE(test, fake_vmid_cached(a % 256) && !fake_vmid_cached(b % 256));
}

static struct kunit_case s2_cases[] = {
	KUNIT_CASE(s2_entry_format),
	KUNIT_CASE(s2_table_end),
	KUNIT_CASE(s2_vttbr),
	KUNIT_CASE_PARAM(s2_wanted_and_shortage, wanted_gen_params),
	KUNIT_CASE(s2_any),
	KUNIT_CASE(s2_map_permissions),
	KUNIT_CASE(s2_flush),
	{}
};

static struct kunit_suite s2_suite = {
	.name = "nie_s2",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = s2_cases,
};

kunit_test_suite(s2_suite);
