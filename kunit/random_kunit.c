// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mixed calls in random order, with arguments near what is there, from several CPUs in turn.
 * Seeded: a failure names its seed and step.
 */
#include <arch/lock.h>
#include "nie_test.h"

#define NR_STEPS	700

static u64 state;

/* xorshift64* (Vigna) */
static u32 pick(u32 below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (u32)(state * 0x2545f4914f6cdd1dul >> 33) % below;
}

#include "calls.h"

/* A guest's call about a page, mostly one that it has. */
static void guest_call(struct kunit *test)
{
	static const u32 fn[] = {
		NIE_GC_MEM_SHARE, NIE_GC_MEM_SHARE, NIE_GC_MEM_UNSHARE, NIE_GC_MEM_RELINQUISH,
	};
	u64 pfn = pfn_of(pick(2) ? NIE_K_GUEST : NIE_K_GUEST_SHARED_HOST);
	u32 gfn = (u32)some_gfn();
	u16 v = (u16)pick(6);

	if (fake_page_index(pfn) >= 0 && nie_page_names_vm(nie_pages.p[pfn].kind)) {
		v = nie_pages.p[pfn].vm;
		gfn = nie_pages.p[pfn].base;
	}
	nie_test_guest_call(test, v, gfn, fn[pick(ARRAY_SIZE(fn))]);
}

static const u64 seeds[] = { 1, 2, 3, 0x4e4945, 0xdeadbeef, 0x123456789abcdef };

static void seed_desc(const u64 *seed, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %lx", (unsigned long)*seed);
}

KUNIT_ARRAY_PARAM(seed, seeds, seed_desc);

static void random_calls(struct kunit *test)
{
	u32 done = 0;

	state = *(const u64 *)test->param_value;
	for (u32 step = 0; step < NR_STEPS; step++) {
		u64 arg[5];
		u32 nr;

		if (pick(8) == 0)
			guest_call(test);
		if (some_call(&nr, arg) && nie_test_call(test, nr, arg, NULL) == 0)
			done++;
	}
	KUNIT_EXPECT_TRUE_MSG(test, done > NR_STEPS / 8, "only %u calls succeeded", done);
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_PARAM(random_calls, seed_gen_params),
	{}
};

static struct kunit_suite random_suite = {
	.name = "nie_random",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);
