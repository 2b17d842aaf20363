// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a check of a test does in a program: it prints what is wrong, and may end the test.
 */
#include <linux/stdarg.h>
#include <kunit/test.h>

void native_check(struct kunit *test, struct native_check c, bool ok, const char *format, ...)
{
	va_list args;

	if (ok)
		return;
	printf("    # %s:%d: %s: ", c.file, c.line, c.text);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	test->failed = 1;
	if (c.stop)
		longjmp(test->abort, 1);
}

void native_check_eq(struct kunit *test, struct native_check c, long a, long b, const char *format,
		     ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	native_check(test, c, a == b, "%ld (%lx), %ld (%lx): %s", a, a, b, b, message);
}
