// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page records: what there is a record of, which kinds name a VM, and the counts.
 */
#include <arch/lock.h>
#include "../nie/el2/page.h"
#include "nie_test.h"

static void page_kinds_at_start(struct kunit *test)
{
	static const struct { u64 pfn; u8 kind; } want[] = {
		{ 0, NIE_K_NOT_RAM },
		{ FAKE_FIRST - 1, NIE_K_NOT_RAM },
		{ FAKE_FIRST, NIE_K_HOST },
		{ FAKE_PLAIN(0), NIE_K_HOST },
		{ FAKE_MIXED(0) - 1, NIE_K_HOST },
		{ FAKE_MIXED(0), NIE_K_HOST },
		{ FAKE_TABLES, NIE_K_NIE_IMAGE },
		{ FAKE_IMAGE, NIE_K_NIE_IMAGE },
		{ FAKE_PANIC, NIE_K_HOST_SHARED_NIE },
		{ FAKE_PANIC + 1, NIE_K_HOST },
		{ FAKE_DEVICE, NIE_K_NIE_DEVICE },
		{ FAKE_HOLE, NIE_K_NOT_RAM },
		{ FAKE_LAST, NIE_K_NOT_RAM },
		{ FAKE_END - 1, NIE_K_HOST },
		{ FAKE_END, NIE_K_NOT_RAM },
		{ NIE_NR_PAGES - 1, NIE_K_NOT_RAM },
		{ NIE_NR_PAGES, NIE_K_NOT_RAM },
		{ NIE_NR_PAGES + FAKE_FIRST, NIE_K_NOT_RAM },
		{ 1ul << 32 | FAKE_FIRST, NIE_K_NOT_RAM },
		{ ~0ul, NIE_K_NOT_RAM },
	};

	for (u32 i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ_MSG(test, nie_page_kind(want[i].pfn), want[i].kind, "pfn %lx",
				    (long)want[i].pfn);
	nie_test_check(test);
}

static void page_managed_gibs(struct kunit *test)
{
	for (u64 gib = 0; gib < 2 * FAKE_NR_GIBS; gib++)
		KUNIT_EXPECT_EQ(test, nie_gib_managed(gib),
				gib == FAKE_PLAIN_GIB || gib == FAKE_MIXED_GIB);
	KUNIT_EXPECT_FALSE(test, nie_gib_managed(~0ul / NIE_PER_GIB));
	KUNIT_EXPECT_FALSE(test, nie_gib_managed(1ul << 32 | FAKE_PLAIN_GIB));
}

static void page_names_vm(struct kunit *test)
{
	static const bool names[NIE_NR_KINDS] = {
		[NIE_K_HOST_SHARED_GUEST] = true, [NIE_K_GUEST] = true,
		[NIE_K_GUEST_SHARED_HOST] = true, [NIE_K_NIE_FREE] = true,
		[NIE_K_NIE_TABLE] = true, [NIE_K_NIE_CTX] = true,
	};

	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		KUNIT_EXPECT_EQ_MSG(test, nie_page_names_vm(k), names[k], "kind %u", k);
	for (u32 k = NIE_NR_KINDS; k < 256; k++)
		KUNIT_EXPECT_FALSE(test, nie_page_names_vm(k));
}

/* One page of another kind, at each place of a range and beside it. */
static void page_range_sees_every_page(struct kunit *test)
{
	const u32 first = FAKE_PLAIN(1) - 100, nr = NIE_MAX_RANGE;

	KUNIT_EXPECT_TRUE(test, nie_pages_are(first, nr, NIE_K_HOST));
	KUNIT_EXPECT_FALSE(test, nie_pages_are(first, nr, NIE_K_NOT_RAM));
	for (u32 odd = first - 1; odd <= first + nr; odd++) {
		nie_page_set(odd, NIE_K_NIE_DEVICE, 0, 0, 0);
		KUNIT_EXPECT_EQ_MSG(test, nie_pages_are(first, nr, NIE_K_HOST),
				    odd < first || odd >= first + nr, "pfn %x", odd);
		KUNIT_EXPECT_TRUE(test, nie_pages_are(odd, 1, NIE_K_NIE_DEVICE));
		nie_page_set(odd, NIE_K_HOST, 0, 0, 0);
	}
	/* Off the end of RAM, and of the records. */
	KUNIT_EXPECT_TRUE(test, nie_pages_are(FAKE_END - 256, 256, NIE_K_HOST));
	KUNIT_EXPECT_FALSE(test, nie_pages_are(FAKE_END - 256, 257, NIE_K_HOST));
	KUNIT_EXPECT_FALSE(test, nie_pages_are(FAKE_END - 257, 257, NIE_K_HOST));
	KUNIT_EXPECT_TRUE(test, nie_pages_are(NIE_NR_PAGES - 1, 2, NIE_K_NOT_RAM));
	nie_test_check(test);
}

/* From each kind to each kind: the record as asked, the counts exact. */
static void page_set_counts(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(2) + 7;
	u64 kinds[NIE_NR_KINDS];
	u32 a = 3, b = 4;

	for (u32 from = 0; from < NIE_NR_KINDS; from++) {
		for (u32 to = 0; to < NIE_NR_KINDS; to++) {
			nie_page_set(pfn, from, 0, a, 1);
			memcpy(kinds, nie_counts.kind, sizeof(kinds));
			kinds[from]--;
			kinds[to]++;
			nie_page_set(pfn, to, 2, b, 0xabcdef01);
			KUNIT_EXPECT_TRUE_MSG(test, !memcmp(kinds, nie_counts.kind, sizeof(kinds)),
					      "%u to %u", from, to);
			KUNIT_EXPECT_EQ(test, nie_counts.vm[a], 0u);
			KUNIT_EXPECT_EQ(test, nie_counts.vm[b], (u32)nie_page_names_vm(to));
			KUNIT_EXPECT_EQ(test, nie_pages.p[pfn].kind, to);
			KUNIT_EXPECT_EQ(test, nie_pages.p[pfn].level, 2);
			KUNIT_EXPECT_EQ(test, nie_pages.p[pfn].vm, b);
			KUNIT_EXPECT_EQ(test, nie_pages.p[pfn].base, 0xabcdef01u);
			nie_page_set(pfn, NIE_K_HOST, 0, 0, 0);
		}
	}
	nie_test_check(test);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(page_kinds_at_start),
	KUNIT_CASE(page_managed_gibs),
	KUNIT_CASE(page_names_vm),
	KUNIT_CASE(page_range_sees_every_page),
	KUNIT_CASE(page_set_counts),
	{}
};

static struct kunit_suite page_suite = {
	.name = "nie_page",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = page_cases,
};

kunit_test_suite(page_suite);
