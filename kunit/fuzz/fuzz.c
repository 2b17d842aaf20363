// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry: its bytes choose calls and their arguments, which run on the core and on the
 * model. Built and run by scripts/fuzz.
 */
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

#define CHECK_EVERY	32	/* calls; in between only answers are compared */

static void run(struct kunit *test)
{
	u64 arg[5];
	u32 nr;

	nie_test_quick(true);
	for (u32 step = 1; bytes.end - bytes.next >= 2; step++) {
		if (some_call(&nr, arg))
			nie_test_call(test, nr, arg, NULL);
		if (step % CHECK_EVERY == 0)
			nie_test_check(test);
	}
	nie_test_quick(false);
	nie_test_exit(test);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return native_module_init();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct kunit test;

	memset(&test, 0, sizeof(test));
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
