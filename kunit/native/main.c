// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the KUnit suites as a program on the build machine; prints a TAP line for each test case.
 * usage: nie-native-test [PART OF A NAME]
 */
#include <kunit/test.h>

/* One run of a test case; returns 1 if it failed. */
static int run_one(const struct kunit_suite *suite, const struct kunit_case *c, const void *param,
		   const char *desc)
{
	static struct kunit test;

	memset(&test, 0, sizeof(test));
	test.param_value = param;
	if (suite->init && suite->init(&test))
		return 1;
	if (!setjmp(test.abort))
		c->run_case(&test);
	if (suite->exit && !setjmp(test.abort))
		suite->exit(&test);
	if (test.failed && param)
		printf("    # failed: %s\n", desc);
	return test.failed;
}

static int run_case(const struct kunit_suite *suite, const struct kunit_case *c)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const void *param = NULL;
	int failed = 0;

	if (!c->generate_params)
		return run_one(suite, c, NULL, "");
	while ((param = c->generate_params(param, desc)))
		failed |= run_one(suite, c, param, desc);
	return failed;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	int failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (native_module_init())
		return 2;
	for (struct kunit_suite **s = __start_kunit_suites; s < __stop_kunit_suites; s++) {
		for (const struct kunit_case *c = (*s)->test_cases; c->run_case; c++) {
			char name[256];
			int failed;

			snprintf(name, sizeof(name), "%s: %s", (*s)->name, c->name);
			if (!strstr(name, part))
				continue;
			failed = run_case(*s, c);
			printf("%s - native: %s\n", failed ? "not ok" : "ok", name);
			failures += failed;
		}
	}
	native_module_exit();
	return failures ? 1 : 0;
}
