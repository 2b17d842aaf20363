// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a host call in and out: numbers, phases, registers, shapes of arguments, and the order
 * of errors.
 */
#include "../nie/hostcalls/hostcalls.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define POOL	FAKE_PLAIN(0)
#define PAGES	FAKE_PLAIN(2)
#define H	0x1234500ul	/* no VM has this handle */

/* One call, straight: x0, x1 and the outputs. */
static struct nie_host_regs raw(u32 nr, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct nie_host_regs r = { .x = { NIE_HC_ID(nr), a1, a2, a3, a4, a5 } };

	nie_hostcall(nr, &r);
	return r;
}

/* The rows of the table. */
static const struct row {
	const char *name;
	u32 nr;
	u32 phase;
} rows[] = {
#define ROW(nr, NAME, name, phase, ...) { #name, nr, NIE_PHASE_##phase },
	NIE_HOSTCALLS(ROW)
#undef ROW
};

static void row_desc(const struct row *r, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", r->name);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

/*
 * Which calls there are in which phase, written out: | early | sealed | dead, ending |, without and
 * with debug.
 */
static bool want_available(const struct row *r, u32 phase, bool debug)
{
	static const u32 early[] = { NIE_HC_INIT_MEM, NIE_HC_INIT_CPU, NIE_HC_LEAVE, NIE_HC_SEAL };

	if (phase == NIE_PHASE_DEAD || phase == NIE_PHASE_ENDING)
		return false;
	if (r->nr == NIE_HC_VERSION || r->nr == NIE_HC_STATS || r->nr == NIE_HC_VM_INFO)
		return true;
	if (r->nr == NIE_HC_UNSEAL || r->nr == NIE_HC_FAULT)
		return debug;
	for (u32 i = 0; i < ARRAY_SIZE(early); i++)
		if (r->nr == early[i])
			return phase == NIE_PHASE_EARLY;
	return phase == NIE_PHASE_SEALED;
}

/* -EACCES comes before all others, so arguments that are wrong do not matter to it. */
static void hostcalls_phases(struct kunit *test)
{
	static const u32 phases[] = { NIE_PHASE_DEAD, NIE_PHASE_EARLY, NIE_PHASE_SEALED,
				      NIE_PHASE_ENDING };
	const struct row *row = test->param_value;

	for (u32 i = 0; i < ARRAY_SIZE(phases); i++) {
		for (u32 debug = 0; debug < 2; debug++) {
			struct nie_host_regs r;
			const char *changed;

			nie_test_init(test);
			nie_phase = phases[i];
			nie_config.flags = ~(u64)NIE_BOOT_DEBUG | (debug ? NIE_BOOT_DEBUG : 0);
			fake_snapshot();
			r = raw(row->nr, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul);
			KUNIT_EXPECT_EQ(test, r.x[0], (u64)0);
			KUNIT_EXPECT_EQ_MSG(test, (long)r.x[1] != -EACCES,
					    want_available(row, phases[i], debug),
					    "phase %u, debug %u", phases[i], debug);
			changed = fake_changed();
			if ((long)r.x[1])
				KUNIT_EXPECT_TRUE_MSG(test, !changed, "%s", changed);
			if ((long)r.x[1] == -EACCES) {
				KUNIT_EXPECT_EQ(test, fake.locks, (u64)0);
				KUNIT_EXPECT_EQ(test, fake_guard, 1ul);
			}
			nie_test_check(test);
		}
	}
}

/* The early calls: their answer is the one of arch/, under the lock if the table says so. */
static void hostcalls_early(struct kunit *test)
{
	static const int answers[] = { 0, -EPERM, -EINVAL, -EBUSY };
	const struct { u32 nr; u32 *calls; } early[] = {
		{ NIE_HC_INIT_MEM, &fake.calls.init_mem },
		{ NIE_HC_INIT_CPU, &fake.calls.init_cpu },
		{ NIE_HC_SEAL, &fake.calls.seal },
		{ NIE_HC_UNSEAL, &fake.calls.unseal },
	};

	nie_config.flags = NIE_BOOT_DEBUG;
	nie_phase = NIE_PHASE_EARLY;
	for (u32 i = 0; i < ARRAY_SIZE(early); i++) {
		for (u32 k = 0; k < ARRAY_SIZE(answers); k++) {
			u32 before = *early[i].calls;

			fake.answer = answers[k];
			KUNIT_EXPECT_EQ(test, (long)raw(early[i].nr, 0, 0, 0, 0, 0).x[1],
					(long)answers[k]);
			KUNIT_EXPECT_EQ(test, *early[i].calls, before + 1);
			nie_test_check(test);
		}
	}
	KUNIT_EXPECT_EQ(test, (long)raw(NIE_HC_LEAVE, 0, 0, 0, 0, 0).x[1], 0L);
	KUNIT_EXPECT_EQ(test, fake.calls.leave, 1u);
	KUNIT_EXPECT_EQ(test, fake_guard, 1ul);
	raw(NIE_HC_FAULT, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, fake_guard, 0ul);
	nie_test_check(test);
}

/* A number that is in no row: NOT_SUPPORTED in every phase, outputs zero. */
static void hostcalls_unknown(struct kunit *test)
{
	static const u32 phases[] = { NIE_PHASE_DEAD, NIE_PHASE_EARLY, NIE_PHASE_SEALED,
				      NIE_PHASE_ENDING };
	u32 known = 0;

	for (u32 nr = 0; nr < 512; nr++) {
		bool in_table = false;

		for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
			in_table |= rows[i].nr == nr;
		known += in_table;
		for (u32 i = 0; i < ARRAY_SIZE(phases) && !in_table; i++) {
			struct nie_host_regs r;

			nie_phase = phases[i];
			fake_snapshot();
			r = raw(nr, 1, 2, 3, 4, 5);
			KUNIT_EXPECT_EQ_MSG(test, r.x[0], ~(u64)0, "call %x", nr);
			for (u32 k = 1; k < 6; k++)
				KUNIT_EXPECT_EQ(test, r.x[k], (u64)0);
			KUNIT_EXPECT_TRUE(test, !fake_changed());
		}
	}
	KUNIT_EXPECT_EQ(test, known, (u32)ARRAY_SIZE(rows));
}

/* Shapes, to a VM that does not exist: -EINVAL for a bad one, -ENOENT for a good one. */
static const struct shape {
	const char *name;
	u32 nr;
	u64 arg[5];
	int want;
} shapes[] = {
#define SHAPE(NAME, want, ...)	{ #NAME ": " #__VA_ARGS__, NIE_HC_##NAME, { __VA_ARGS__ }, want }
	SHAPE(VM_TOPUP, -ENOENT, H, 0, 1),
	SHAPE(VM_TOPUP, -ENOENT, H, NIE_NR_PAGES - 512, 512),
	SHAPE(VM_TOPUP, -EINVAL, H, 0, 0),
	SHAPE(VM_TOPUP, -EINVAL, H, 0, 513),
	SHAPE(VM_TOPUP, -EINVAL, H, NIE_NR_PAGES, 1),
	SHAPE(VM_TOPUP, -EINVAL, H, NIE_NR_PAGES - 511, 512),
	SHAPE(VM_TOPUP, -EINVAL, H, ~0ul, 1),
	SHAPE(VM_TOPUP, -EINVAL, H, ~0ul, 2),
	SHAPE(VM_TEARDOWN, -ENOENT, H),
	SHAPE(VM_RECLAIM, -ENOENT, H, 0, 512),
	SHAPE(VM_RECLAIM, -EINVAL, H, 0, 0),
	SHAPE(VM_RECLAIM, -EINVAL, H, 0, 513),
	SHAPE(VM_RECLAIM, -EINVAL, H, NIE_NR_PAGES - 1, 2),
	SHAPE(VM_RECLAIM, -EINVAL, H, ~0ul, 2),
	SHAPE(VM_RECLAIM, -EINVAL, H, 0, 1ul << 32 | 1),
	SHAPE(VM_DESTROY, -ENOENT, H),
	SHAPE(VM_INFO, -ENOENT, H),
	SHAPE(TLB_FLUSH_VM, -ENOENT, H),
	SHAPE(VCPU_CREATE, -ENOENT, H, 511, NIE_NR_PAGES - 1, NIE_NR_PAGES - 1),
	SHAPE(VCPU_CREATE, -EINVAL, H, 512, 0, 0),
	SHAPE(VCPU_CREATE, -EINVAL, H, 0, NIE_NR_PAGES, 0),
	SHAPE(VCPU_CREATE, -EINVAL, H, 0, 0, NIE_NR_PAGES),
	SHAPE(VCPU_LOAD, -ENOENT, H, 511),
	SHAPE(VCPU_LOAD, -EINVAL, H, 512),
	SHAPE(DONATE_GUEST, -ENOENT, H, NIE_NR_PAGES - 512, (1ul << 32) - 512, 512),
	SHAPE(DONATE_GUEST, -EINVAL, H, NIE_NR_PAGES - 511, 0, 512),
	SHAPE(DONATE_GUEST, -EINVAL, H, 0, (1ul << 32) - 511, 512),
	SHAPE(DONATE_GUEST, -EINVAL, H, 0, 0, 0),
	SHAPE(DONATE_GUEST, -EINVAL, H, 0, 0, 513),
	SHAPE(DONATE_GUEST, -EINVAL, H, ~0ul, 0, 2),
	SHAPE(DONATE_GUEST, -EINVAL, H, 0, ~0ul, 2),
	SHAPE(SHARE_GUEST, -ENOENT, H, NIE_NR_PAGES - 512, (1ul << 32) - 512, 512, 1),
	SHAPE(SHARE_GUEST, -ENOENT, H, 0, 0, 1, 15),
	SHAPE(SHARE_GUEST, -EINVAL, H, NIE_NR_PAGES - 511, 0, 512, 1),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, (1ul << 32) - 511, 512, 1),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 0, 1),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 513, 1),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 1, 0),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 1, 14),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 1, 17),
	SHAPE(SHARE_GUEST, -EINVAL, H, 0, 0, 1, 1 | 1ul << 63),
	SHAPE(UNSHARE_GUEST, -ENOENT, H, (1ul << 32) - 512, 512),
	SHAPE(UNSHARE_GUEST, -EINVAL, H, (1ul << 32) - 511, 512),
	SHAPE(UNSHARE_GUEST, -EINVAL, H, 0, 0),
	SHAPE(UNSHARE_GUEST, -EINVAL, H, 0, 513),
	SHAPE(UNSHARE_GUEST, -EINVAL, H, 1ul << 32, 1),
	SHAPE(RELAX_GUEST, -ENOENT, H, (1ul << 32) - 1, 15),
	SHAPE(RELAX_GUEST, -EINVAL, H, 1ul << 32, 1),
	SHAPE(RELAX_GUEST, -EINVAL, H, 0, 0),
	SHAPE(RELAX_GUEST, -EINVAL, H, 0, 2),
	SHAPE(RELAX_GUEST, -EINVAL, H, 0, 17),
	SHAPE(WRPROTECT_GUEST, -ENOENT, H, (1ul << 32) - 512, 512),
	SHAPE(WRPROTECT_GUEST, -EINVAL, H, (1ul << 32) - 511, 512),
	SHAPE(WRPROTECT_GUEST, -EINVAL, H, 0, 0),
	SHAPE(WRPROTECT_GUEST, -EINVAL, H, 0, 513),
	SHAPE(AGE_GUEST, -ENOENT, H, (1ul << 32) - 512, 512, 1),
	SHAPE(AGE_GUEST, -ENOENT, H, 0, 1, 0),
	SHAPE(AGE_GUEST, -EINVAL, H, 0, 1, 2),
	SHAPE(AGE_GUEST, -EINVAL, H, 0, 1, 1ul << 32),
	SHAPE(AGE_GUEST, -EINVAL, H, (1ul << 32) - 511, 512, 1),
	SHAPE(AGE_GUEST, -EINVAL, H, 0, 0, 0),
	SHAPE(AGE_GUEST, -EINVAL, H, 0, 513, 0),
	SHAPE(QUERY_GUEST, -ENOENT, H, (1ul << 32) - 1),
	SHAPE(QUERY_GUEST, -EINVAL, H, 1ul << 32),
	SHAPE(SHARE_NIE, -EINVAL, NIE_NR_PAGES),
	SHAPE(SHARE_NIE, -EPERM, NIE_NR_PAGES - 1),
	SHAPE(SHARE_NIE, -EINVAL, 1ul << 32 | PAGES),
	SHAPE(UNSHARE_NIE, -EINVAL, NIE_NR_PAGES),
	SHAPE(UNSHARE_NIE, -EPERM, NIE_NR_PAGES - 1),
	SHAPE(UNSHARE_NIE, -EINVAL, 1ul << 32 | FAKE_PANIC),
	SHAPE(STATS, -EINVAL, NIE_NR_KINDS),
	SHAPE(STATS, -EINVAL, 1ul << 32),
	SHAPE(STATS, -EINVAL, ~0ul),
	SHAPE(STATS, 0, NIE_NR_KINDS - 1),
#undef SHAPE
};

/* In one table walk: hundreds of lines of result would say no more. */
static void hostcalls_shapes(struct kunit *test)
{
	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++)
		KUNIT_EXPECT_EQ_MSG(test, nie_test_call(test, shapes[i].nr, shapes[i].arg, NULL),
				    (long)shapes[i].want, "%s", shapes[i].name);
}

static void hostcalls_version(struct kunit *test)
{
	static const struct { u32 phase; u64 flags, features; } t[] = {
		{ NIE_PHASE_EARLY, 0, 0 },
		{ NIE_PHASE_SEALED, 0, 1 },
		{ NIE_PHASE_EARLY, NIE_BOOT_DEBUG, 2 },
		{ NIE_PHASE_SEALED, NIE_BOOT_DEBUG, 3 },
		{ NIE_PHASE_SEALED, ~(u64)NIE_BOOT_DEBUG, 1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct nie_host_regs r;

		nie_phase = t[i].phase;
		nie_config.flags = t[i].flags;
		r = raw(NIE_HC_VERSION, 9, 9, 9, 9, 9);
		KUNIT_EXPECT_EQ(test, r.x[0], (u64)0);
		KUNIT_EXPECT_EQ(test, r.x[1], (u64)0);
		KUNIT_EXPECT_EQ(test, r.x[2], (u64)1);
		KUNIT_EXPECT_EQ(test, r.x[3], t[i].features);
		KUNIT_EXPECT_EQ(test, r.x[4], (u64)0x4e49452d69736f6c);
		KUNIT_EXPECT_EQ(test, r.x[5], (u64)0x6174696f6e2d3031);
	}
}

static void hostcalls_stats(struct kunit *test)
{
	static const u64 want[NIE_NR_KINDS] = {
		[NIE_K_NOT_RAM] = 1024,
		[NIE_K_HOST] = 2 * NIE_PER_GIB - 1024 - 256 - 1792 - 1 - 5 - 7 - 3 - 5 - 2,
		[NIE_K_HOST_SHARED_NIE] = 2,
		[NIE_K_HOST_SHARED_GUEST] = 3,
		[NIE_K_GUEST] = 4,
		[NIE_K_GUEST_SHARED_HOST] = 1,
		[NIE_K_NIE_IMAGE] = 1792,
		[NIE_K_NIE_FREE] = 1 + 2,
		[NIE_K_NIE_TABLE] = 4 + 2 + 1 + 2,	/* roots, others */
		[NIE_K_NIE_CTX] = 1,
		[NIE_K_NIE_DEVICE] = 256,
	};
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 41, ROOT);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 32, ROOT + 5);

	nie_test_topup(test, n, POOL, 3);
	nie_test_topup(test, p, POOL + 3, 4);
	nie_test_share(test, n, PAGES, 7, 3);
	nie_test_donate(test, p, PAGES + 3, 7, 5);
	nie_test_guest_share(test, PAGES + 5);
	nie_test_vcpu(test, n, 0, PAGES + 10, PAGES + 11);
	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		EXPECT_OUT(test, want[k], STATS, k);
}

static struct kunit_case hostcalls_cases[] = {
	KUNIT_CASE_PARAM(hostcalls_phases, row_gen_params),
	KUNIT_CASE(hostcalls_early),
	KUNIT_CASE(hostcalls_unknown),
	KUNIT_CASE(hostcalls_shapes),
	KUNIT_CASE(hostcalls_version),
	KUNIT_CASE(hostcalls_stats),
	{}
};

static struct kunit_suite hostcalls_suite = {
	.name = "nie_hostcalls",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = hostcalls_cases,
};

kunit_test_suite(hostcalls_suite);
