// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest, by its calls: a protected VM attacks NIE and the host with every kind of
 * function number and argument. Each call must end as include/nie/guestcalls.h says, change no
 * register but its result, show the host nothing, and leave it a CPU and, in the end, all pages.
 */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <asm/sysreg.h>
#include "attack.h"
#include "attack_guest.h"
#include "attack_turns.h"

#define UNSUPPORTED	NIE_SMCCC_NOT_SUPPORTED
#define INVALID		NIE_SMCCC_INVALID
#define BAD_PARAMS	NIE_PSCI_INVALID_PARAMS
#define CODE_IPA	IPA((u64)GUEST_GFN)
#define DATA_IPA	IPA(GUEST_GFN + 2ul)
#define MMIO_IPA	IPA(GFN_MMIO)

/* A call, its result, and x1..x3 as they were. */
static void calls(const char *what, u64 fn, u64 x1, u64 x2, u64 x3, u64 want)
{
	note(what, (long)call(fn, x1, x2, x3), (long)want);
	note(what, (long)shared[GUEST_X0 + 1], (long)x1);
	note(what, (long)shared[GUEST_X0 + 2], (long)x2);
	note(what, (long)shared[GUEST_X0 + 3], (long)x3);
}

/* A call that the host learns of, to where it does. */
static long told(u64 fn, u64 x1, u64 x2, u64 x3)
{
	shared[GUEST_X0] = fn;
	shared[GUEST_X0 + 1] = x1;
	shared[GUEST_X0 + 2] = x2;
	shared[GUEST_X0 + 3] = x3;
	return turn(HVC, 0, 0);
}

static void give_spare(void)
{
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
}

/* What the attacks below have refused works with good arguments. */
static bool control_hostile_calls(long want)
{
	u64 value;

	begin();
	give_spare();
	calls("share", NIE_GC_MEM_SHARE, IPA(GFN_SPARE), 0, 0, 0);
	note("shared", try_access(ACCESS_READ, addr_of(FREE + SPARE), &value), 0);
	calls("unshare", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), 0, 0, 0);
	note("private", try_access(ACCESS_READ, addr_of(FREE + SPARE), &value), BY_ABORT);
	calls("open", NIE_GC_MMIO_GUARD, MMIO_IPA, 0, 0, 0);
	shows("relinquish", told(NIE_GC_MEM_RELINQUISH, IPA(GFN_SPARE), 0, 0), ESR_HVC, 0, 0,
	      NIE_GC_MEM_RELINQUISH, IPA(GFN_SPARE));
	turn_done("relinquish", go_on(NIE_ASK_NEXT));
	note("the host's", try_access(ACCESS_READ, addr_of(FREE + SPARE), &value), 0);
	calls("a function", NIE_GC_SMCCC_VERSION, 0, 0, 0, 0x10001);
	calls("the upper half", NIE_GC_SMCCC_VERSION | ~0ul << 32, 0, 0, 0, 0x10001);
	calls("a feature", NIE_GC_PSCI_FEATURES, CPU_ON, 0, 0, 0);
	end();
	return true;
}

/* Calls on memory: none of these names a page that the call may have. */
static bool hostile_addresses(long want)
{
	static const u64 fns[] = {
		NIE_GC_MEM_SHARE, NIE_GC_MEM_UNSHARE, NIE_GC_MEM_RELINQUISH, NIE_GC_MMIO_GUARD,
	};
	static const u64 bad[] = {
		CODE_IPA + 1, DATA_IPA + 0x800, SHARED_IPA + 8, IPA(GFN_SPARE) + 0xfff,
		1ul << 32, 1ul << 32 | DATA_IPA, 1ul << 44, 1ul << 52 | DATA_IPA,
		1ul << 56 | DATA_IPA, 1ul << 63 | DATA_IPA, ~0ul, ~0xffful,
	};
	u64 value;
	u32 i, k;

	begin();
	give_spare();
	expect_call("open", NIE_GC_MMIO_GUARD, MMIO_IPA, 0);
	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		for (k = 0; k < ARRAY_SIZE(bad); k++)
			calls("no page", fns[i], bad[k], 0, 0, INVALID);
		calls("x2", fns[i], IPA(GFN_SPARE), 1, 0, INVALID);
		calls("x3", fns[i], IPA(GFN_SPARE), 0, 1ul << 63, INVALID);
		calls("x2", fns[i], SHARED_IPA, 1, 0, INVALID);
		calls("x3", fns[i], IPA(GFN_MMIO + 1), 0, ~0ul, INVALID);
		if (fns[i] != NIE_GC_MMIO_GUARD)
			calls("a device", fns[i], MMIO_IPA, 0, 0, INVALID);
	}
	calls("share twice", NIE_GC_MEM_SHARE, SHARED_IPA, 0, 0, INVALID);
	calls("what is shared", NIE_GC_MEM_RELINQUISH, SHARED_IPA, 0, 0, INVALID);
	calls("what is not shared", NIE_GC_MEM_UNSHARE, CODE_IPA, 0, 0, INVALID);
	calls("nothing there", NIE_GC_MEM_RELINQUISH, IPA(GFN_SPARE + 1), 0, 0, INVALID);
	calls("nothing there", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE + 1), 0, 0, INVALID);
	calls("a device over code", NIE_GC_MMIO_GUARD, CODE_IPA, 0, 0, INVALID);
	calls("a device over what is shared", NIE_GC_MMIO_GUARD, SHARED_IPA, 0, 0, INVALID);
	calls("a device over memory", NIE_GC_MMIO_GUARD, IPA(GFN_SPARE), 0, 0, INVALID);
	note("its spare page", try_access(ACCESS_READ, addr_of(FREE + SPARE), &value), BY_ABORT);
	note("its data", try_access(ACCESS_READ, addr_of(FREE + DATA), &value), BY_ABORT);
	whole_turn("its memory is memory", STR, 5, IPA(GFN_SPARE));
	end();
	return true;
}

/* Is it a number of guestcalls.h? */
static bool documented(u32 fn)
{
	switch (fn & ~NIE_GC_64BIT) {
	case NIE_GC_PSCI_VERSION ... NIE_GC_PSCI_FEATURES:
	case NIE_GC_TRNG_VERSION ... NIE_GC_TRNG_RND:
	case NIE_GC_SMCCC_VERSION:
	case NIE_GC_SMCCC_FEATURES:
	case NIE_GC_KVM_FEATURES ... NIE_GC_KVM_FEATURES + 9:
	case NIE_GC_KVM_UID:
	case NIE_GC_MEASUREMENT & ~NIE_GC_64BIT:
		return true;
	default:
		return false;
	}
}

static u64 next_random(u64 *seed)
{
	*seed = *seed * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
	return *seed >> 16 ^ *seed << 40;
}

/* 4096 function numbers, half of them near a service's first, with hostile arguments. */
static bool random_calls(long want)
{
	static const u64 args[] = {
		0, 1, CODE_IPA, SHARED_IPA, DATA_IPA, DATA_IPA + 8, 1ul << 32, 1ul << 63, ~0ul,
	};
	u64 seed = 1, x;
	u32 i, fn;

	begin();
	for (i = 0; i < 4096;) {
		x = next_random(&seed);
		fn = (u32)x;
		if (i % 2)
			fn &= 0xff00001f | (x & 1ul << 40 ? 0xff00 : 0);
		if (documented(fn))
			continue;
		calls("no call", (x << 8 & ~0xfffffffful) | fn, args[x % 9], args[x / 9 % 9],
		      args[x / 81 % 9], UNSUPPORTED);
		i++;
	}
	expect_call("and then", NIE_GC_SMCCC_VERSION, 0, 0x10001);
	end();
	return true;
}

/* NIE's calls for the host, each with arguments that are good there, and those of the hyp-stub. */
static bool host_calls_by_guest(long want)
{
	u64 value;
	u32 n;

	begin();
	for (n = 0; n < 0x100; n++) {
		calls("on itself", NIE_HC_ID(n), vm, pfn_of(FREE + SPARE), GFN_SPARE, UNSUPPORTED);
		calls("on another", NIE_HC_ID(n), w.prot, pfn_of(DONATED), 1, UNSUPPORTED);
		calls("on a page", NIE_HC_ID(n), pfn_of(FREE + SPARE), 1, 0, UNSUPPORTED);
	}
	for (n = 0; n < 8; n++)
		calls("the hyp-stub's", n, CODE_IPA, 0, 0, UNSUPPORTED);
	note("the page", try_access(ACCESS_WRITE, addr_of(FREE + SPARE), &value), 0);
	end();
	return true;
}

/* HVC #n is no call, and SMC and what debuggers and EL2 would use is undefined. */
static bool other_doors(long want)
{
	static const u32 undefined[] = {
		SMC, SMC | 1 << 5, SMC | 0xffff << 5, 0xd4400000 /* HLT */, 0xd4a00001 /* DCPS1 */,
		0xd4a00002 /* DCPS2 */, 0xd4a00003 /* DCPS3 */, 0x00000000 /* UDF */,
	};
	static const u64 fns[] = {
		NIE_GC_MEM_SHARE, NIE_GC_MEM_RELINQUISH, NIE_GC_PSCI_SYSTEM_OFF, CPU_ON,
	};
	static const u32 imm[] = { 1, 0x4a48, 0x8000, 0xffff };
	u32 i, k;

	begin();
	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		for (k = 0; k < ARRAY_SIZE(imm); k++) {
			shared[GUEST_X0] = fns[i];
			shared[GUEST_X0 + 1] = DATA_IPA;
			whole_turn("HVC #n", HVC | imm[k] << 5, 0, 0);
			note("HVC #n", (long)shared[GUEST_X0], (long)UNSUPPORTED);
		}
		for (k = 0; k < ARRAY_SIZE(undefined); k++) {
			shared[GUEST_X0] = fns[i];
			turn_takes("undefined", undefined[k], 0, UNDEFINED);
			note("undefined", (long)shared[GUEST_X0], (long)fns[i]);
		}
	}
	/* Its own exceptions are its own. */
	turn_takes("SVC", 0xd4000021, 0, ESR(0x15, 1));
	turn_takes("BRK", 0xd4200020, 0, ESR(0x3c, 1));
	end();
	return true;
}

static bool hostile_psci(long want)
{
	static const u64 none[] = {
		2, 15, 16, 0xff, 0x100, 0x200, 0xff00, 1ul << 16, 1ul << 24, 1ul << 30 | 1,
		1ul << 31 | 1, 1ul << 32 | 1, 1ul << 40 | 1, 1ul << 63 | 1, ~0ul,
	};
	static const u32 unsupported[] = {
		0x84000005, 0x84000007, 0xc4000007, 0x8400000b, 0x8400000c, 0xc400000c, 0x8400000d,
		0xc400000d, 0x8400000e, 0xc400000e, 0x8400000f, 0x84000010, 0x84000011, 0x84000012,
		0xc4000012, 0x84000013, 0x84000014, 0xc4000014, 0xc4000000, 0xc4000002, 0xc4000008,
		0xc4000009, 0xc400000a, 0x8400001f,
	};
	u64 entry = CODE_IPA + GUEST_SECOND_ENTRY;
	u32 i;

	begin();
	for (i = 0; i < ARRAY_SIZE(unsupported); i++) {
		calls("no PSCI", unsupported[i], 1, entry, 0, UNSUPPORTED);
		expect_call("nor a feature", NIE_GC_PSCI_FEATURES, unsupported[i], UNSUPPORTED);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		calls("CPU_ON of none", CPU_ON, none[i], entry, 0, BAD_PARAMS);
		calls("AFFINITY_INFO of none", AFFINITY_INFO, none[i], 0, 0, BAD_PARAMS);
	}
	for (i = 1; i < 4; i++)
		calls("a level", AFFINITY_INFO, 0, i, 0, BAD_PARAMS);
	calls("a level", AFFINITY_INFO, 0, 1ul << 32, 0, BAD_PARAMS);
	calls("32 bits", AFFINITY_INFO & ~NIE_GC_64BIT, 1ul << 32, 1ul << 32, 0, 0);
	for (i = 1; i < 4; i++)
		calls("an entry", CPU_ON, 1, entry + i, 0, NIE_PSCI_INVALID_ADDRESS);
	calls("an entry", CPU_ON, 1, 1ul << 32, 0, NIE_PSCI_INVALID_ADDRESS);
	calls("an entry", CPU_ON, 1, ~3ul, 0, NIE_PSCI_INVALID_ADDRESS);
	calls("itself", CPU_ON, 0, entry, 0, NIE_PSCI_ALREADY_ON);
	expect_call("still off", AFFINITY_INFO, 1, 1);
	/* Where there is no memory: it starts, and waits for some. */
	shows("CPU_ON", told(CPU_ON, 1, IPA(GFN_SPARE), 7), ESR_HVC, 0, 0, CPU_ON, 1);
	turn_done("CPU_ON", go_on(NIE_ASK_NEXT));
	note("CPU_ON", (long)shared[GUEST_X0], 0);
	for (i = 0; i < 200; i++)
		calls("a storm", CPU_ON, 1, entry, i, NIE_PSCI_ON_PENDING);
	other_vcpu(1);
	shows("its first fetch", go_on(0), ESR_FETCH, 0, GFN_SPARE << 4, 0, 0);
	shows("and again", go_on(NIE_ASK_NEXT), ESR_FETCH, 0, GFN_SPARE << 4, 0, 0);
	other_vcpu(0);
	calls("it runs", CPU_ON, 1, entry, 0, NIE_PSCI_ALREADY_ON);
	shows("CPU_OFF", told(NIE_GC_PSCI_CPU_OFF, 0, 0, 0), ESR_HVC, 0, 0, NIE_GC_PSCI_CPU_OFF, 0);
	note("off", go_on(NIE_ASK_NEXT), NIE_EXIT_OFF);
	end();
	return true;
}

/* Nobody is left to wake the last vCPU: the host cannot either, and takes all back. */
static bool last_cpu_off(long want)
{
	begin();
	shows("CPU_OFF", told(NIE_GC_PSCI_CPU_OFF, 0, 0, 0), ESR_HVC, 0, 0, NIE_GC_PSCI_CPU_OFF, 0);
	run->regs.pc = CODE_IPA;
	note("by itself", nie_hc_vcpu_run(&out), 0);
	note("by itself", out.r[0] == NIE_EXIT_OFF ? want : 0, want);
	other_vcpu(1);
	run->regs.pc = CODE_IPA;
	note("by another", nie_hc_vcpu_run(&out), 0);
	note("by another", out.r[0] == NIE_EXIT_OFF ? want : 0, want);
	end();
	return true;
}

/* As many devices as there is room for, and more. What did not fit is memory, as before. */
static bool device_exhaustion(long want)
{
	u64 last = IPA(GFN_MMIO + 2 * 63), more = last + 2 * PAGE_SIZE;
	u32 i;

	begin();
	for (i = 0; i < 64; i++)
		expect_call("a device", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO + 2 * i), 0);
	expect_call("one too many", NIE_GC_MMIO_GUARD, more, INVALID);
	expect_call("before one", NIE_GC_MMIO_GUARD, MMIO_IPA - PAGE_SIZE, INVALID);
	expect_call("the last page", NIE_GC_MMIO_GUARD, IPA(NR_GFNS - 1), INVALID);
	expect_call("one more time", NIE_GC_MMIO_GUARD, last, 0);
	expect_call("behind one", NIE_GC_MMIO_GUARD, last + PAGE_SIZE, 0);
	shows("a device", turn(STR, 0x77, last), ESR_MMIO(3, 1ul), 0, last >> 8, 0x77, 0);
	turn_done("a device", go_on(NIE_ASK_NEXT));
	shows("behind it", turn(STR, 0x78, last + PAGE_SIZE), ESR_MMIO(3, 1ul), 0,
	      (last + PAGE_SIZE) >> 8, 0x78, 0);
	turn_done("behind it", go_on(NIE_ASK_NEXT));
	shows("none", turn(STR, 0x79, more), ESR_WRITE, 0, more >> 8, 0, 0);
	turn_done("none", go_on(NIE_ASK_SEA));
	end();
	return true;
}

/*
 * Calls without an end: after 65 the host has its CPU, though its interrupts are masked at the GIC,
 * so that nothing else ends a run.
 */
static bool call_storm(long want)
{
	u64 before, mask = read_sysreg_s(SYS_ICC_PMR_EL1);
	long code;

	begin();
	before = runs;
	write_sysreg_s(0, SYS_ICC_PMR_EL1);
	isb();
	code = program(program_calls, 0, 0, NIE_GC_SMCCC_VERSION, 65 * 32);
	write_sysreg_s(mask, SYS_ICC_PMR_EL1);
	isb();
	turn_done("calls", code);
	note("the last result", (long)shared[GUEST_X0], 0x10001);
	note("the host's turns", (long)(runs - before), 32 + 1);
	end();
	return true;
}

/* The guest gives its own code away, and its vectors with it. */
static bool give_code_away(long want)
{
	u64 *code = addr_of(FREE + CODE);
	u32 i;

	begin();
	shows("relinquish", told(NIE_GC_MEM_RELINQUISH, CODE_IPA, 0, 0), ESR_HVC, 0, 0,
	      NIE_GC_MEM_RELINQUISH, CODE_IPA);
	for (i = 0; i < PAGE_SIZE / 8; i++)
		note("a word that is left", code[i] ? 0 : want, want);
	shows("a fetch", go_on(NIE_ASK_NEXT), ESR_FETCH, 0, (u64)GUEST_GFN << 4, 0, 0);
	for (i = 0; i < 4; i++)
		shows("its vectors", go_on(NIE_ASK_SEA), ESR_FETCH, 0, (u64)GUEST_GFN << 4, 0, 0);
	/* Zeroes are undefined instructions, those of its vectors too: only the host ends that. */
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + CODE), GUEST_GFN, 1), 0);
	note("no end", run_once(), NIE_EXIT_IRQ);
	note("no end", (long)(run->esr | run->far | run->hpfar | run->regs.x[0]), 0);
	end();
	return true;
}

const struct attack hostile_call_attacks[] = {
	{ "control_hostile_calls", ALLOWED, control_hostile_calls },
	{ "hostile_addresses", BY_SMCCC, hostile_addresses },
	{ "random_calls", BY_SMCCC, random_calls },
	{ "host_calls_by_guest", BY_SMCCC, host_calls_by_guest },
	{ "other_doors", BY_NOTHING, other_doors },
	{ "hostile_psci", BY_SMCCC, hostile_psci },
	{ "last_cpu_off", BY_EXIT, last_cpu_off },
	{ "device_exhaustion", BY_SMCCC, device_exhaustion },
	{ "call_storm", BY_NOTHING, call_storm },
	{ "give_code_away", BY_ZEROES, give_code_away },
	{}
};
