// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry: its bytes choose calls and their arguments, which run on the core and on the
 * model. With NIE_FUZZ_TRACE=1 the calls go to stdout, as proofs/oracle reads them, with a line "T"
 * before those of each input. Built and run by scripts/fuzz.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kunit/test.h>
#include "../nie_test.h"

static struct {
	const u8 *next, *end;
} bytes;

/* Two bytes of the input a choice; 0 when it has ended. */
static unsigned int pick(unsigned int below)
{
	u16 n = 0;

	if (bytes.end - bytes.next < 2)
		return 0;
	memcpy(&n, bytes.next, 2);
	bytes.next += 2;
	return n % below;
}

#include "../calls.h"

static bool trace;

static void print_call(u32 nr, const u64 *arg)
{
	printf("C %x %x", fake.cpu_index, nr);
	for (u32 i = 0; i < 5; i++)
		printf(" %llx", (unsigned long long)arg[i]);
	printf("\n");
}

static u64 call(struct kunit *test, u32 nr, const u64 *arg)
{
	u64 out[4] = { 0 };

	if (trace)
		print_call(nr, arg);
	nie_test_call(test, nr, arg, out);
	return out[0];
}

#define SET_UP(nr, ...)	call(test, nr, (const u64[5]) { __VA_ARGS__ })

/* A VM of either type with a vCPU, tables and memory: chance alone takes long to get there. */
static void set_up(struct kunit *test)
{
	for (u64 type = NIE_VM_NORMAL; type <= NIE_VM_PROTECTED; type++) {
		u64 pfn = FAKE_PLAIN(0) + 64 + 64 * type;
		u64 vm = SET_UP(NIE_HC_VM_CREATE, type, 40, pfn);

		SET_UP(NIE_HC_VM_TOPUP, vm, pfn + 2, 12);
		SET_UP(NIE_HC_SHARE_NIE, pfn + 14);
		SET_UP(NIE_HC_VCPU_CREATE, vm, 0, pfn + 15, pfn + 14);
		SET_UP(type ? NIE_HC_DONATE_GUEST : NIE_HC_SHARE_GUEST, vm, pfn + 16, 504, 16, 7);
	}
}

#define CHECK_EVERY	32	/* calls; in between only answers are compared */

static void run(struct kunit *test)
{
	u64 arg[5];
	u32 nr;

	nie_test_quick(true);
	if (pick(4))
		set_up(test);
	for (u32 step = 1; bytes.end - bytes.next >= 2; step++) {
		if (!some_call(&nr, arg))
			continue;
		call(test, nr, arg);
		if (step % CHECK_EVERY == 0)
			nie_test_check(test);
	}
	nie_test_quick(false);
	nie_test_exit(test);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	trace = getenv("NIE_FUZZ_TRACE");
	return native_module_init();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct kunit test;

	memset(&test, 0, sizeof(test));
	if (trace)
		printf("T\n");
	bytes.next = data;
	bytes.end = data + size;
	if (nie_test_init(&test))
		abort();
	if (!setjmp(test.abort))
		run(&test);
	if (test.failed)
		abort();
	return 0;
}
