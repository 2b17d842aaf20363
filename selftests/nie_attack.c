// SPDX-License-Identifier: GPL-2.0-only
/*
 * nie_attack.ko: a hostile host, for tests only. Loading it attacks NIE from EL1 in many ways; each
 * attack must be refused as documented and change nothing. It prints one line an attack,
 *
 *	nie_attack: ok <name>: refused (<how>)		nie_attack: FAIL <name>: <what happened>
 *	nie_attack: skip <name>				nie_attack: N passed, N failed, N skipped
 *
 * and loads only if none failed. only=name,name runs some of them; soak=SECONDS is attack_soak.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "attack.h"

static char *only;
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "names of attacks to run, separated by commas (default: all)");

static bool list;
module_param(list, bool, 0444);
MODULE_PARM_DESC(list, "print the names of the attacks, run none");

static uint soak;
module_param(soak, uint, 0444);
MODULE_PARM_DESC(soak, "instead of the attacks, random calls on all CPUs for so many seconds");

static ulong soak_seed = 1;
module_param(soak_seed, ulong, 0444);
MODULE_PARM_DESC(soak_seed, "what the random calls start from");

static uint soak_every = 200;
module_param(soak_every, uint, 0444);
MODULE_PARM_DESC(soak_every, "calls from one check of the invariants to the next");

struct nie_res out;
static char problem[200];
static u32 passed, failed, skipped;

static const char *describe(long result)
{
	static const struct {
		long result;
		const char *name;
	} names[] = {
		{ -EACCES, "-EACCES" }, { -EINVAL, "-EINVAL" }, { -ENOENT, "-ENOENT" },
		{ -EPERM, "-EPERM" }, { -EEXIST, "-EEXIST" }, { -EBUSY, "-EBUSY" },
		{ -ENOMEM, "-ENOMEM" }, { -EOPNOTSUPP, "NOT_SUPPORTED" },
		{ -EFAULT, "other exception" },
		{ BY_ABORT, "abort" }, { BY_EXIT, "illegal-state exit" },
		{ BY_SMCCC, "SMCCC status" }, { BY_NOTHING, "no effect" },
		{ BY_ORDER, "one CPU wins" }, { BY_ZEROES, "zeroed" },
		{ BY_EQUAL, "the same whatever the secret" }, { ALLOWED, "allowed" },
		{ 0, "it went through" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].result == result)
			return names[i].name;
	return "?";
}

void note(const char *what, long got, long want)
{
	if (got != want && !problem[0])
		scnprintf(problem, sizeof(problem), "%s: %s (%ld), not %s", what, describe(got),
			  got, describe(want));
}

void note_call(const char *what, long got, long want)
{
	u32 i;

	note(what, got, want);
	for (i = 0; want && i < 4; i++)
		if (out.r[i] && !(want == -ENOMEM && i == 0) && !problem[0])
			scnprintf(problem, sizeof(problem), "%s: output %u is %llx", what, i,
				  out.r[i]);
}

void note_differs(const char *step, const char *what, u64 index, u64 one, u64 other)
{
	if (!problem[0])
		scnprintf(problem, sizeof(problem),
			  "%s: %s[%llu]: %llx with one secret, %llx with the other",
			  step, what, index, one, other);
}

/* Is the name in the list, separated by commas? */
static bool named(const char *names, const char *name)
{
	size_t n = strlen(name);

	while (names) {
		if (!strncmp(names, name, n) && (names[n] == ',' || !names[n] || names[n] == '\n'))
			return true;
		names = strchr(names, ',');
		if (names)
			names++;
	}
	return false;
}

static void report(const struct attack *a, bool ran, const char *differs)
{
	const char *word = a->want == ALLOWED ? "works" : "refused";

	if (!ran) {
		pr_info("skip %s: not possible here\n", a->name);
		skipped++;
	} else if (problem[0] || differs) {
		pr_err("FAIL %s: %s\n", a->name, problem[0] ? problem : differs);
		failed++;
	} else {
		pr_info("ok %s: %s (%s)\n", a->name, word, describe(a->want));
		passed++;
	}
}

static void run(const struct attack *a)
{
	struct state *before = state_take(), *after;
	const char *differs = "out of memory";
	bool ran;

	problem[0] = 0;
	ran = before && a->run(a->want);
	after = state_take();
	if (before && after)
		differs = state_differs(before, after);
	report(a, ran, ran ? differs : NULL);
	kfree(before);
	kfree(after);
}

/* The first of a table is the control of its class: it runs whenever one of the class does. */
static void run_class(const struct attack *table)
{
	const struct attack *a;
	bool any = !only;

	for (a = table; a->name; a++)
		any |= only && named(only, a->name);
	for (a = table; any && a->name; a++)
		if (!only || a == table || named(only, a->name))
			run(a);
}

static const struct attack *const classes[] = {
	access_attacks, call_attacks, vcpu_attacks, phase_attacks, smc_attacks, gic_attacks,
	race_attacks, protected_attacks, hostile_call_attacks, hostile_guest_attacks, sweep_attacks,
	noninterference_attacks,
};

static u32 known(const char *name, size_t len)
{
	const struct attack *a;
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		for (a = classes[i]; a->name; a++) {
			if (list)
				pr_info("%s\n", a->name);
			n += strlen(a->name) == len && !strncmp(a->name, name, len);
		}
	}
	return n;
}

/* Is every name in `only` one of ours? */
static bool only_ok(void)
{
	const char *name = only, *end;

	while (name) {
		end = strchrnul(name, ',');
		if (!known(name, (size_t)(end - name))) {
			pr_err("only=%s: no attack %.*s\n", only, (int)(end - name), name);
			return false;
		}
		name = *end ? end + 1 : NULL;
	}
	return true;
}

static int __init attack_init(void)
{
	struct nie_res res;
	u32 i;
	int err;

	if (list) {
		known("", 0);
		return 0;
	}
	if (!only_ok())
		return -EINVAL;
	if (nie_hc_version(&res) || !(res.r[1] & 1)) {
		pr_err("NIE is not loaded, or not sealed\n");
		return -ENODEV;
	}
	cpus_read_lock();
	err = world_make();
	if (err)
		pr_err("FAIL setup: %d\n", err);
	if (!err && soak)
		err = soak_for(soak, soak_seed, soak_every);
	for (i = 0; !err && !soak && i < ARRAY_SIZE(classes); i++)
		run_class(classes[i]);
	failed += !!err;
	if (world_end()) {
		pr_err("FAIL give_back: not all pages came back, or the counts differ\n");
		failed++;
	} else {
		pr_info("ok give_back: all pages are the host's again%s\n",
			w.alone ? ", all counts as before" : "");
		passed++;
	}
	cpus_read_unlock();
	pr_info("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? -EIO : 0;
}

static void __exit attack_exit(void)
{
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NIE: a hostile host, for tests only");
