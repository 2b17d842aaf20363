/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the suites make host calls: each call runs on the core and on the model, and then outputs,
 * the whole state, what did not change on failure, and the invariants are checked. The test ends at
 * the first failure.
 */
#ifndef NIE_KUNIT_TEST_H
#define NIE_KUNIT_TEST_H

#include <kunit/test.h>
#include "check.h"
#include "model.h"

/* init and exit of every suite: a fresh machine; it all checked at the end. */
int nie_test_init(struct kunit *test);
void nie_test_exit(struct kunit *test);

/**
 * nie_test_call() - make a host call, check all
 * @test: ends here if anything is wrong
 * @nr: NIE_HC_*
 * @arg: five arguments
 * @out: set to the four outputs; may be NULL
 * Return: 0 or -errno.
 */
long nie_test_call(struct kunit *test, u32 nr, const u64 *arg, u64 *out);

/*
 * While on: calls run on core and model, and their answers are compared, no more. For the steps
 * that build a state, which other tests check; nie_test_check() follows.
 */
void nie_test_quick(bool on);

/* All invariants, and agreement with the model. */
void nie_test_check(struct kunit *test);

/* The call returns want and, if first is not NULL, has this first output. */
void nie_test_expect(struct kunit *test, long want, const u64 *first, u32 nr, const u64 *arg,
		     const char *text);

#define ARGUMENTS(...)			((const u64 [5]) { __VA_ARGS__ })
#define CALL_OUT(test, out, NAME, ...)	\
	nie_test_call(test, NIE_HC_##NAME, ARGUMENTS(__VA_ARGS__), out)
#define CALL(test, NAME, ...)		CALL_OUT(test, NULL, NAME, __VA_ARGS__)
#define EXPECT_CALL(test, want, NAME, ...)						\
	nie_test_expect(test, want, NULL, NIE_HC_##NAME, ARGUMENTS(__VA_ARGS__),	\
			#NAME "(" #__VA_ARGS__ ")")
/* The call succeeds, with this first output. */
#define EXPECT_OUT(test, first, NAME, ...)						\
	nie_test_expect(test, 0, ARGUMENTS(first), NIE_HC_##NAME, ARGUMENTS(__VA_ARGS__),	\
			#NAME "(" #__VA_ARGS__ ")")

/* Steps that have to succeed. */
u64 nie_test_vm(struct kunit *test, u64 type, u64 ipa_bits, u32 root_pfn);
void nie_test_topup(struct kunit *test, u64 handle, u32 pfn, u32 nr);
void nie_test_share(struct kunit *test, u64 handle, u32 pfn, u64 gfn, u32 nr);
void nie_test_donate(struct kunit *test, u64 handle, u32 pfn, u64 gfn, u32 nr);
void nie_test_vcpu(struct kunit *test, u64 handle, u32 index, u32 ctx_pfn, u32 run_pfn);
/* A guest's call about a page of its own, NIE_GC_MEM_*; core and model agree. 0 or -errno. */
int nie_test_guest_call(struct kunit *test, u64 handle, u32 gfn, u32 fn);
/* It shares a page that it has. */
void nie_test_guest_share(struct kunit *test, u32 pfn);
/* Reclaim all of a dying VM and destroy it. */
void nie_test_reclaim_all(struct kunit *test, u64 handle);

#endif /* NIE_KUNIT_TEST_H */
