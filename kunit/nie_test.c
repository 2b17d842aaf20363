// SPDX-License-Identifier: GPL-2.0-only
/*
 * The harness of the suites, and the module.
 */
#include <linux/stdarg.h>
#include <linux/module.h>
#include <linux/string.h>
#include <arch/lock.h>
#include "../nie/el2/host.h"
#include "../nie/el2/page.h"
#include "../nie/el2/xfer.h"
#include "nie_test.h"

const char *check_fail(const char *format, ...)
{
	static char why[160];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return why;
}

static const struct row {
	u32 nr;
	const char *lock;
	int errors[8];
} rows[] = {
#define LIST(...) { __VA_ARGS__ }
#define ROW(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc) { nr, lock, LIST errors },
	NIE_HOSTCALLS(ROW)
#undef ROW
#undef LIST
};

static const struct row *row_of(u32 nr)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr == nr)
			return &rows[i];
	return NULL;
}

/* Does the row of a call say that it takes the lock? */
static bool takes_lock(u32 nr)
{
	return !strcmp(row_of(nr)->lock, "nie");
}

/* Does the row of a call list this error? What fails for its phase is not listed. */
static bool is_listed(u32 nr, long error)
{
	const struct row *row = row_of(nr);

	for (u32 i = 0; i < ARRAY_SIZE(row->errors); i++)
		if (row->errors[i] == -error)
			return true;
	return error == -EACCES;
}

void nie_test_check(struct kunit *test)
{
	const char *bad = check_invariants();

	KUNIT_ASSERT_TRUE_MSG(test, !bad, "%s", bad);
	bad = model_compare();
	KUNIT_ASSERT_TRUE_MSG(test, !bad, "%s", bad);
}

#define REG_PATTERN(i)	(0x5a5a000000000000ul + (i))

/* SMCCC: x0 says whether the call is known, x6..x17 are preserved. */
static void check_registers(struct kunit *test, const struct nie_host_regs *r)
{
	KUNIT_ASSERT_EQ(test, r->x[0], (u64)0);
	for (u32 i = 6; i < 19; i++)
		KUNIT_ASSERT_EQ_MSG(test, r->x[i], (u64)REG_PATTERN(i), "x%u", i);
	KUNIT_ASSERT_EQ(test, r->lr, (u64)REG_PATTERN(19));
}

static bool quick;

void nie_test_quick(bool on)
{
	quick = on;
}

long nie_test_call(struct kunit *test, u32 nr, const u64 *arg, u64 *out)
{
	static struct nie_host_regs r;
	u64 want_out[4] = { 0 };
	const char *bad;
	u64 locks;
	long want;

	r.x[0] = NIE_HC_ID(nr);
	for (u32 i = 0; i < 5; i++)
		r.x[1 + i] = arg[i];
	for (u32 i = 6; i < 19; i++)
		r.x[i] = REG_PATTERN(i);
	r.lr = REG_PATTERN(19);
	if (!quick)
		fake_snapshot();
	locks = fake.locks;
	want = model_call(nr, arg, want_out);
	nie_hostcall(nr, &r);

	KUNIT_ASSERT_EQ_MSG(test, (long)r.x[1], want, "call %x(%lx, %lx, %lx, %lx, %lx)", nr,
			    (long)arg[0], (long)arg[1], (long)arg[2], (long)arg[3], (long)arg[4]);
	KUNIT_ASSERT_TRUE_MSG(test, !want || is_listed(nr, want), "call %x: %ld", nr, want);
	for (u32 i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ_MSG(test, r.x[2 + i], want_out[i], "call %x: output %u", nr, i);
	if (out)
		memcpy(out, want_out, sizeof(want_out));
	if (quick)
		return want;
	check_registers(test, &r);
	if (want) {
		bad = fake_changed();
		KUNIT_ASSERT_TRUE_MSG(test, !bad, "call %x failed, but changed %s", nr, bad);
	} else {
		KUNIT_ASSERT_EQ_MSG(test, fake.locks - locks, (u64)takes_lock(nr), "lock of %x",
				    nr);
	}
	nie_test_check(test);
	return want;
}

void nie_test_expect(struct kunit *test, long want, const u64 *first, u32 nr, const u64 *arg,
		     const char *text)
{
	u64 out[4];

	KUNIT_EXPECT_EQ_MSG(test, nie_test_call(test, nr, arg, out), want, "%s", text);
	if (first)
		KUNIT_EXPECT_EQ_MSG(test, out[0], *first, "%s: output", text);
}

u64 nie_test_vm(struct kunit *test, u64 type, u64 ipa_bits, u32 root_pfn)
{
	u64 out[4];

	KUNIT_ASSERT_EQ(test, CALL_OUT(test, out, VM_CREATE, type, ipa_bits, root_pfn), 0L);
	return out[0];
}

void nie_test_topup(struct kunit *test, u64 handle, u32 pfn, u32 nr)
{
	KUNIT_ASSERT_EQ(test, CALL(test, VM_TOPUP, handle, pfn, nr), 0L);
}

void nie_test_share(struct kunit *test, u64 handle, u32 pfn, u64 gfn, u32 nr)
{
	KUNIT_ASSERT_EQ(test, CALL(test, SHARE_GUEST, handle, pfn, gfn, nr, NIE_PROT_R), 0L);
}

void nie_test_donate(struct kunit *test, u64 handle, u32 pfn, u64 gfn, u32 nr)
{
	KUNIT_ASSERT_EQ(test, CALL(test, DONATE_GUEST, handle, pfn, gfn, nr), 0L);
}

void nie_test_vcpu(struct kunit *test, u64 handle, u32 index, u32 ctx_pfn, u32 run_pfn)
{
	KUNIT_ASSERT_EQ(test, CALL(test, SHARE_NIE, run_pfn), 0L);
	KUNIT_ASSERT_EQ(test, CALL(test, VCPU_CREATE, handle, index, ctx_pfn, run_pfn), 0L);
}

static int guest_call(u16 v, u32 gfn, u32 fn)
{
	switch (fn) {
	case NIE_GC_MEM_SHARE:
		return nie_xfer_guest_share(v, gfn);
	case NIE_GC_MEM_UNSHARE:
		return nie_xfer_guest_unshare(v, gfn);
	default:
		return nie_xfer_guest_relinquish(v, gfn);
	}
}

int nie_test_guest_call(struct kunit *test, u64 handle, u32 gfn, u32 fn)
{
	u16 v = (u16)(handle % 256);
	int want = model_guest_call(v, gfn, fn);
	u32 pfn = want ? 0 : (u32)(check_walk(v, gfn) >> 12);
	const char *bad;
	int ret;

	if (!want && fn == NIE_GC_MEM_SHARE)
		fake_declassify(pfn);
	fake_snapshot();
	nie_lock();
	ret = guest_call(v, gfn, fn);
	nie_unlock();
	if (!want && fn == NIE_GC_MEM_UNSHARE)
		fake_classify(pfn);
	KUNIT_EXPECT_EQ(test, ret, want);
	bad = want ? fake_changed() : NULL;
	KUNIT_ASSERT_TRUE_MSG(test, !bad, "refused, but changed %s", bad);
	nie_test_check(test);
	return ret;
}

void nie_test_guest_share(struct kunit *test, u32 pfn)
{
	struct nie_page *p = &nie_pages.p[pfn];

	KUNIT_ASSERT_EQ(test, nie_test_guest_call(test, p->vm, p->base, NIE_GC_MEM_SHARE), 0);
}

void nie_test_reclaim_all(struct kunit *test, u64 handle)
{
	for (u32 a = 0; a < FAKE_NR_ARENAS; a++)
		EXPECT_CALL(test, 0, VM_RECLAIM, handle, fake_page_pfn(a * NIE_PER_TABLE), 512);
	KUNIT_ASSERT_EQ(test, CALL(test, VM_DESTROY, handle), 0L);
}

int nie_test_init(struct kunit *test)
{
	quick = false;
	fake_reset();
	model_reset();
	return 0;
}

void nie_test_exit(struct kunit *test)
{
	const char *bad = fake_check_rest();

	KUNIT_EXPECT_TRUE_MSG(test, !bad, "%s", bad);
	bad = check_invariants();
	KUNIT_EXPECT_TRUE_MSG(test, !bad, "%s", bad);
}

static int __init nie_kunit_init(void)
{
	return fake_init();
}

static void __exit nie_kunit_exit(void)
{
	fake_exit();
}

module_init(nie_kunit_init);
module_exit(nie_kunit_exit);
MODULE_DESCRIPTION("KUnit suites of NIE's core");
MODULE_LICENSE("GPL");
