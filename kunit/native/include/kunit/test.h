/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of the kernel's <kunit/test.h> as the suites use, for a program on the build machine. */
#ifndef NIE_NATIVE_KUNIT_H
#define NIE_NATIVE_KUNIT_H

#include <setjmp.h>
#include <stdio.h>
#include <linux/kernel.h>

#define KUNIT_PARAM_DESC_SIZE	128

struct kunit {
	const void *param_value;
	void *priv;
	int failed;
	jmp_buf abort;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[64];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

/* The linker's: the section of kunit_test_suite(). */
extern struct kunit_suite *__start_kunit_suites[], *__stop_kunit_suites[];

#define KUNIT_CASE(f)			{ .run_case = f, .name = #f }
#define KUNIT_CASE_PARAM(f, gen)	{ .run_case = f, .name = #f, .generate_params = gen }

#define KUNIT_ARRAY_PARAM(name, X, get_desc)						\
static const void *name##_gen_params(const void *prev, char *desc)			\
{											\
	typeof((X)[0]) * next = prev ? ((typeof(next))prev) + 1 : (X);			\
											\
	if (next - (X) >= (long)ARRAY_SIZE(X))						\
		return NULL;								\
	get_desc(next, desc);								\
	return next;									\
}

#define kunit_test_suite(suite)								\
	static struct kunit_suite *suite_pointer __used __section("kunit_suites") = &(suite)

/* Where a check stands, whether the test ends with it, and what it says. */
struct native_check {
	const char *file;
	int line;
	bool stop;
	const char *text;
};

void native_check(struct kunit *test, struct native_check c, bool ok, const char *format, ...)
	__printf(4, 5);
void native_check_eq(struct kunit *test, struct native_check c, long a, long b, const char *format,
		     ...) __printf(5, 6);

#define native_here(stop, text)	((struct native_check) { __FILE__, __LINE__, stop, text })
#define native_eq(test, stop, a, b, ...)	\
	native_check_eq(test, native_here(stop, #a " == " #b), (long)(a), (long)(b), __VA_ARGS__)
#define native_true(test, stop, ok, ...)	\
	native_check(test, native_here(stop, #ok), ok, __VA_ARGS__)

#define KUNIT_EXPECT_EQ(t, a, b)		native_eq(t, 0, a, b, "%s", "")
#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...)	native_eq(t, 0, a, b, __VA_ARGS__)
#define KUNIT_ASSERT_EQ(t, a, b)		native_eq(t, 1, a, b, "%s", "")
#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...)	native_eq(t, 1, a, b, __VA_ARGS__)
#define KUNIT_EXPECT_TRUE(t, c)			native_true(t, 0, c, "%s", "")
#define KUNIT_EXPECT_TRUE_MSG(t, c, ...)	native_true(t, 0, c, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE(t, c)		native_true(t, 0, !(c), "%s", "")
#define KUNIT_ASSERT_TRUE(t, c)			native_true(t, 1, c, "%s", "")
#define KUNIT_ASSERT_TRUE_MSG(t, c, ...)	native_true(t, 1, c, __VA_ARGS__)

#endif /* NIE_NATIVE_KUNIT_H */
