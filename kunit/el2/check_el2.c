// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the check of the invariants at EL2 itself. Only in an image that is built with
 * NIE_DEBUG_CHECK=1 (scripts/module --debug-check), for tests: such an image is not what is proved.
 * The linker puts __wrap_nie_hostcall() where nie_hostcall() is called (ld --wrap), so that no
 * source of the image knows of it. Lock: takes nie_lock to look, with all of the core at rest.
 */
#include <linux/stdarg.h>
#include <arch/el2.h>
#include <arch/lock.h>
#include "../check.h"
#include "check_call.h"
#include "wrap.h"

struct machine machine;

/* Calls since the start, and after how many to look; how often that was. */
static u64 calls, period, looks;

/* The first thing that did not hold: its text as it is in check.c, its first two numbers. */
static char text[NIE_CHECK_TEXT];
static u64 numbers[2];

/* The compiler calls it for what check.c initialises; the image itself has none. */
#undef memset
void *memset(void *to, int c, size_t n)
{
	u8 *byte = to;

	for (size_t i = 0; i < n; i++)
		byte[i] = (u8)c;
	return to;
}

const char *check_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	numbers[0] = va_arg(args, u64);
	numbers[1] = va_arg(args, u64);
	va_end(args);
	return format;
}

static void find_gibs(void)
{
	for (u32 g = 0; g < NIE_NR_GIBS && machine.nr_gibs < MACHINE_MAX_GIBS; g++)
		if (nie_gib_managed(g))
			machine.gib[machine.nr_gibs++] = g;
}

/* A plain page of the host's: a record of this kind and no more, a leaf that grants all. */
#define PLAIN_RECORD	((u64)NIE_K_HOST)
#define PLAIN_LEAF	(3ul << 6 | 3ul << 8 | 1ul << 10 | 0xful << 2 | 3)

/* Is every page of a 2 MiB range plain, and the range a block? */
static bool is_plain(u32 mb)
{
	const u64 *record = (const u64 *)&nie_pages.p[(u64)mb * NIE_PER_TABLE];
	volatile const u64 *window = (volatile u64 *)NIE_VA_WINDOW_L3;
	u64 odd = nie_host_odd.n[mb] | ((nie_host_l2.e[mb] & 3) ^ 1);

	for (u64 i = 0, pfn = (u64)mb * NIE_PER_TABLE; i < NIE_PER_TABLE && !odd; i++, pfn++)
		odd = (record[i] ^ PLAIN_RECORD) | window[pfn] |
		      (nie_host_l3.e[pfn] ^ (pfn << 12 | PLAIN_LEAF));
	return odd == 0;
}

/* Is every page of a 2 MiB range no RAM, and such that the host may have mapped it or not? */
static bool is_no_ram(u32 mb)
{
	const u64 *record = (const u64 *)&nie_pages.p[(u64)mb * NIE_PER_TABLE];
	volatile const u64 *window = (volatile u64 *)NIE_VA_WINDOW_L3;
	u64 odd = nie_host_odd.n[mb] ^ NIE_PER_TABLE;

	for (u64 i = 0, pfn = (u64)mb * NIE_PER_TABLE; i < NIE_PER_TABLE && !odd; i++, pfn++) {
		u64 leaf = nie_host_l3.e[pfn];

		odd = record[i] | window[pfn] | (leaf && leaf != (pfn << 12 | PLAIN_LEAF));
	}
	return odd == 0;
}

static void find_ranges(void)
{
	machine.nr_ranges = 0;
	machine.plain = 0;
	machine.no_ram = 0;
	for (u32 g = 0; g < machine.nr_gibs; g++) {
		for (u32 i = 0, mb = machine.gib[g] * NIE_PER_TABLE; i < NIE_PER_TABLE; i++, mb++) {
			if (is_plain(mb))
				machine.plain += NIE_PER_TABLE;
			else if (is_no_ram(mb))
				machine.no_ram += NIE_PER_TABLE;
			else if (machine.nr_ranges < MACHINE_MAX_RANGES)
				machine.range[machine.nr_ranges++] = mb;
		}
	}
}

static void look(void)
{
	const char *bad;

	if (text[0])
		return;
	if (!machine.nr_gibs)
		find_gibs();
	find_ranges();
	looks++;
	bad = check_invariants();
	for (u32 i = 0; bad && bad[i] && i < NIE_CHECK_TEXT - 1; i++)
		text[i] = bad[i];
}

/* NIE_CHECK_LOOK, NIE_CHECK_EVERY, NIE_CHECK_READ: see check_call.h. */
static void check_call(struct nie_host_regs *r)
{
	u64 op = r->x[1], arg = r->x[2];

	nie_lock();
	if (op == NIE_CHECK_EVERY)
		period = arg;
	else if (op == NIE_CHECK_LOOK)
		look();
	r->x[0] = 0;
	r->x[1] = text[0] ? (u64)-EPERM : 0;
	r->x[2] = looks;
	r->x[3] = calls;
	r->x[4] = numbers[0];
	r->x[5] = numbers[1];
	if (op == NIE_CHECK_READ && arg < NIE_CHECK_TEXT)
		r->x[2] = (u64)text[arg];
	nie_unlock();
}

void __wrap_nie_hostcall(u32 nr, struct nie_host_regs *r)
{
	if (nie_phase == NIE_PHASE_SEALED && nr == NIE_CHECK_CALL) {
		check_call(r);
		return;
	}
	if (text[0]) {			/* the core is not to be trusted, nor to be disturbed */
		r->x[0] = ~0ul;
		return;
	}
	__real_nie_hostcall(nr, r);
	if (nie_phase != NIE_PHASE_SEALED)
		return;
	nie_lock();
	calls++;
	if (period && calls % period == 0)
		look();
	nie_unlock();
}
