// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest, by what it does with the machine: translation, vectors, devices, interrupts and
 * the timer, so that it sees or reaches what is not its own, or that the host does not get its CPU
 * back. run_once() compares the host's registers around every run.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include "attack.h"
#include "attack_guest.h"
#include "attack_turns.h"

#define MMIO_ADDR	(IPA(GFN_MMIO) + 0x48)

/* Stage 1 as it should be: 4 KiB granule, 32 bits in, 36 out, blocks of 1 GiB. */
#define TCR		(32ul | 32ul << 16 | 2ul << 30 | 1ul << 32)
#define TABLE_IPA	(SHARED_IPA + RESULTS)
#define TTBR1_VA	(0xffffffff00000000ul)

static void make_table(void)
{
	u32 i;

	for (i = 0; i < 4; i++)
		shared[RESULTS / 8 + i] = (u64)i << 30 | 1 << 10 | 1;	/* AF, block */
}

/* The programs with what they are meant for, and the rest of what the attacks do. */
static bool control_hostile_guest(long want)
{
	begin();
	make_table();
	turn_done("its tables", program(program_tables, TABLE_IPA, TABLE_IPA, TCR,
					TTBR1_VA + SCRATCH_IPA));
	note("what is there", (long)shared[GUEST_X7], ((long)SECRET_HI << 32) + 3072 / 8);
	note("no exception", (long)shared[GUEST_TAKEN], 0);
	turn_done("AT", program(program_translate, TABLE_IPA, TABLE_IPA, TCR,
				TTBR1_VA + SCRATCH_IPA));
	note("its address", (long)(shared[GUEST_X7] & GENMASK(47, 12)), IPA(GUEST_GFN + 2));
	turn_done("a return", program(program_eret, PSR_MODE_EL1h | 0x3c0, 0, 0, 0));
	note("no exception", (long)shared[GUEST_TAKEN], 0);
	end();
	return true;
}

/* Tables where there is no memory, where there are devices, beyond all addresses. */
static bool tables_nowhere(long want)
{
	u64 va = TTBR1_VA + SCRATCH_IPA;
	u32 i;

	begin();
	make_table();
	expect_call("open", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	turn_done("in a device", program(program_tables, TABLE_IPA, IPA(GFN_MMIO), TCR, va));
	note("in a device", (long)shared[GUEST_TAKEN], 1);
	note("its syndrome", (long)shared[GUEST_ESR], SEA_READ);
	note("its address", (long)shared[GUEST_FAR], (long)va);
	turn_done("AT", program(program_translate, TABLE_IPA, IPA(GFN_MMIO), TCR, va));
	note("AT", (long)shared[GUEST_TAKEN], 1);
	/* Arm ARM D24.2.40: WnR is 1 for AT. */
	shows("AT", program(program_translate, TABLE_IPA, IPA(GFN_SPARE), TCR, va), ESR_WRITE, 0,
	      GFN_SPARE << 4, 0, 0);
	turn_done("AT", go_on(NIE_ASK_SEA));
	shows("beyond", program(program_tables, TABLE_IPA, 1ul << 32, TCR, va), ESR_READ, 0,
	      1ul << 32 >> 8, 0, 0);
	turn_done("beyond", go_on(NIE_ASK_SEA));
	shows("in no memory", program(program_tables, TABLE_IPA, IPA(GFN_SPARE), TCR, va),
	      ESR_READ, 0, GFN_SPARE << 4, 0, 0);
	run->regs.x[0] = (u64)SECRET_HI << 32;
	shows("as if it were MMIO", go_on(NIE_ASK_NEXT), ESR_READ, 0, GFN_SPARE << 4, 0, 0);
	/* With a page, which is zero: stage 1 has no entry there. */
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	turn_done("with a page", go_on(0));
	note("its syndrome", (long)shared[GUEST_ESR], ESR(0x25, 5));
	/* Those of its code, its vectors too: it never goes on, and the host has its CPU back. */
	shows("its code", program(program_tables, IPA(GFN_SPARE + 1), TABLE_IPA, TCR, va),
	      ESR_FETCH, 0, (GFN_SPARE + 1) << 4, 0, 0);
	for (i = 0; i < 4; i++)
		shows("its vectors", go_on(NIE_ASK_SEA), ESR_FETCH, 0, (GFN_SPARE + 1) << 4, 0, 0);
	end();
	begin();
	make_table();
	expect_call("open", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	note("all in a device", program(program_tables, IPA(GFN_MMIO), TABLE_IPA, TCR, va),
	     NIE_EXIT_IRQ);
	note("all in a device", (long)(run->esr | run->far | run->hpfar | run->regs.x[0]), 0);
	end();
	return true;
}

/* Vectors where there is no memory, in a device, in code that makes the next exception. */
static bool vectors_nowhere(long want)
{
	u32 i;

	begin();
	whole_turn("VBAR_EL1", MSR_X7(SYS_VBAR_EL1), IPA(GFN_SPARE), 0);
	shows("an exception", turn(0, 0, 0), ESR_FETCH, 0, GFN_SPARE << 4, 0, 0);
	for (i = 0; i < 4; i++)
		shows("and again", go_on(NIE_ASK_SEA | NIE_ASK_NEXT), ESR_FETCH, 0,
		      GFN_SPARE << 4, 0, 0);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	note("no end", run_once(), NIE_EXIT_IRQ);
	note("no end", (long)(run->esr | run->far | run->hpfar | run->regs.x[0]), 0);
	end();
	begin();
	expect_call("open", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	whole_turn("VBAR_EL1", MSR_X7(SYS_VBAR_EL1), IPA(GFN_MMIO), 0);
	note("in a device", turn(0, 0, 0), NIE_EXIT_IRQ);
	note("in a device", (long)(run->esr | run->far | run->hpfar | run->regs.x[0]), 0);
	end();
	return true;
}

/* Exception returns to where EL1 must not: EL2, EL3, 32-bit modes of EL1, and no mode at all. */
static bool illegal_returns(long want)
{
	static const u64 mode[] = { 0x8, 0x9, 0xc, 0xd, 0x1, 0x2, 0x3, 0x6, 0xb, 0x13, 0x16, 0x1a };
	u32 i;

	begin();
	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		turn_done("a return", program(program_eret, mode[i] | 0x3c0, 0, 0, 0));
		note("illegal state", (long)shared[GUEST_TAKEN], 1);
		note("illegal state", (long)shared[GUEST_ESR], ESR(0x0e, 0));
	}
	turn_takes("PC unaligned", BR_X9, SHARED_IPA + PROGRAM + 2, ESR(0x22, 0));
	shows("beyond", turn(BR_X9, 0, 1ul << 32), ESR_FETCH, 0, 1ul << 32 >> 8, 0, 0);
	turn_done("beyond", go_on(NIE_ASK_SEA));
	shows("far beyond", turn(STR, 5, 1ul << 39), ESR_WRITE, 0, 1ul << 39 >> 8, 0, 0);
	turn_done("far beyond", go_on(NIE_ASK_SEA));
	end();
	return true;
}

/* Accesses to an opened device: those that the host can emulate, and those that it cannot. */
static bool device_accesses(long want)
{
	static const struct {
		u32 insn, esr_size;
		u64 given, x7;
	} loads[] = {
		{ 0x79400127, 1, 0x1122334455667788, 0x7788 },			/* ldrh w7 */
		{ 0x79800127, 1, 0x112233445566f788, 0xfffffffffffff788 },	/* ldrsh x7 */
		{ 0x79c00127, 1, 0x112233445566f788, 0xfffff788 },		/* ldrsh w7 */
		{ 0xb9800127, 2, 0x11223344f5667788, 0xfffffffff5667788 },	/* ldrsw x7 */
		{ 0x38400927, 0, 0x1122334455667788, 0x88 },			/* ldtrb w7 */
		{ 0xf940013f, 3, 0x1122334455667788, 5 },			/* ldr xzr */
	};
	static const struct {
		u32 insn, size;
		u64 shown;
	} stores[] = {
		{ 0x79000127, 1, 0x7788 }, { 0xb9000127, 2, 0x55667788 },
		{ 0xf8000927, 3, 0x1122334455667788 } /* sttr */, { 0xf900013f, 3, 0 } /* xzr */,
		{ 0x3900013f, 0, 0 },
	};
	static const u32 refused[] = {
		0xa9001127 /* stp x7, x4 */, 0xa9401127, 0x69401127 /* ldpsw */,
		0xc85f7d27 /* ldxr */, 0xc87f1127 /* ldxp */, 0x3dc0013f /* ldr q31 */,
		0x3d80013f /* str q31 */, 0x4c40713f /* ld1 */, 0xfd400120 /* ldr d0 */,
	};
	u32 i;

	begin();
	expect_call("open", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		shows("a load", turn(loads[i].insn, 5, MMIO_ADDR),
		      ESR_MMIO(loads[i].esr_size, 0ul), 0x48, GFN_MMIO << 4, 0, 0);
		run->regs.x[0] = loads[i].given;
		turn_done("a load", go_on(NIE_ASK_NEXT));
		note("what it loaded", (long)shared[GUEST_X7], (long)loads[i].x7);
	}
	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		shows("a store", turn(stores[i].insn, 0x1122334455667788, MMIO_ADDR),
		      ESR_MMIO(stores[i].size, 1ul), 0x48, GFN_MMIO << 4, stores[i].shown, 0);
		run->regs.x[0] = 0x666;
		turn_done("a store", go_on(NIE_ASK_NEXT));
		note("its register", (long)shared[GUEST_X7], 0x1122334455667788);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		turn_takes("no syndrome", refused[i], IPA(GFN_MMIO), SEA_READ);
	end();
	return true;
}

/*
 * An access that begins in a device's page and ends in memory: the host gets no part of it, and
 * none is done. NIE makes it an external abort, if the CPU has not made it an alignment fault.
 */
static bool device_edge(long want)
{
	static const u32 insns[] = { STR, LDR };
	u64 esr, edge = IPA(GFN_SPARE);
	u32 i;

	begin();
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	expect_call("open", NIE_GC_MMIO_GUARD, edge - PAGE_SIZE, 0);
	shows("the last word", turn(STR, 5, edge - 8), ESR_MMIO(3, 1ul), 0xff8,
	      (edge - PAGE_SIZE) >> 8, 5, 0);
	turn_done("the last word", go_on(NIE_ASK_NEXT));
	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		whole_turn("half of it", insns[i], 0x1122334455667788, edge - 4);
		esr = shared[GUEST_ESR];
		note("half of it", (long)shared[GUEST_TAKEN], 1);
		note("half of it", esr == SEA_READ || (esr & ~0x40ul) == ESR(0x25, 0x21), true);
		note("its register", (long)shared[GUEST_X7], 0x1122334455667788);
	}
	whole_turn("the other half", LDR, 5, edge);
	note("the other half", (long)shared[GUEST_X7], 0);
	end();
	return true;
}

/* Interrupts that are none, ended in every way; priorities and groups that the host never gave. */
static bool interrupt_storm(long want)
{
	static const u32 regs[] = {
		SYS_ICC_PMR_EL1, SYS_ICC_BPR0_EL1, SYS_ICC_BPR1_EL1, SYS_ICC_CTLR_EL1,
		SYS_ICC_IGRPEN0_EL1, SYS_ICC_IGRPEN1_EL1, SYS_ICC_SRE_EL1,
		sys_reg(3, 0, 12, 8, 4), sys_reg(3, 0, 12, 9, 0),	/* ICC_AP<n>R0_EL1 */
	};
	u32 i;

	begin();
	for (i = 0; i < 70; i++) {
		shows("SGI to nobody", turn(MSR_X7(SYS_ICC_SGI1R_EL1), 0xffff00ff0000ul | i, 0),
		      ESR_SGI1R, 0, 0, 0xffff00ff0000ul | i, 0);
		turn_done("SGI to nobody", go_on(NIE_ASK_NEXT));
	}
	run->vgic_hcr = 1;				/* En */
	run->used_lrs = 2;
	run->lr[0] = 1ul << 62 | 1ul << 60 | 40;	/* pending, group 1 */
	run->lr[1] = 1ul << 62 | 1ul << 61 | 1ul << 60 | 99ul << 32 | 99;	/* ... SPI 99 */
	whole_turn("ICC_PMR_EL1", MSR_X7(SYS_ICC_PMR_EL1), 0xf0, 0);
	turn_done("all ends", program(program_eoi, 1, 1100, 0, 0));
	note("it took both", (long)((run->lr[0] | run->lr[1]) >> 62 & 1), 0);
	note("no interrupt of the host's", (long)(run->lr[1] >> 61 & 1), 0);
	run->used_lrs = 0;
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		whole_turn("a register", MSR_X7(regs[i]), ~0ul, 0);
	/* Another vCPU has none of that. */
	shared[GUEST_X0] = CPU_ON;
	shared[GUEST_X0 + 1] = 1;
	shared[GUEST_X0 + 2] = IPA(GUEST_GFN) + GUEST_SECOND_ENTRY;
	shows("CPU_ON", turn(HVC, 0, 0), ESR_HVC, 0, 0, CPU_ON, 1);
	note("its own", run->vmcr != 0, true);
	other_vcpu(1);
	shows("CPU_OFF", go_on(0), ESR_HVC, 0, 0, NIE_GC_PSCI_CPU_OFF, 0);
	note("another's ICH_VMCR", run->vmcr >> 24 || (run->vmcr & 3) ? 0 : want, want);
	end();
	return true;
}

/* A timer that is over as soon as the guest runs: the host has it, and all its own. */
static bool timer_storm(long want)
{
	long code;
	u32 i;

	begin();
	whole_turn("its deadline", MSR_X7(SYS_CNTV_CVAL_EL0), 1, 0);
	code = turn(MSR_X7(SYS_CNTV_CTL_EL0), 1, 0);
	for (i = 0; i < 3; i++) {
		note("an exit", code == NIE_EXIT_IRQ || code == NIE_EXIT_TRAP, true);
		note("CNTV_CTL_EL0", (long)run->cntv_ctl, 5);	/* ENABLE, ISTATUS */
		note("CNTV_CVAL_EL0", (long)run->cntv_cval, 1);
		note("what else", (long)(run->far | run->hpfar | run->regs.x[0]), 0);
		code = go_on(0);
	}
	end();
	return true;
}

/*
 * A normal VM, all of whose registers the host may see, runs on the same CPU after every register
 * of the protected one held a secret: its own are as the host had them.
 */
static bool bystander(long want)
{
	static const u32 code[] = { 0x6e201c00 /* eor v0 */, HVC };
	struct nie_run *normal = addr_of(RUN_N), *mine = run;
	static struct nie_run before;
	u32 i, n;

	begin();
	mine = run;
	whole_turn("a turn", NOP, 0, 0);
	for (n = 0; n < 4; n++) {
		memset(normal, 0, PAGE_SIZE);
		for (i = 0; i < 31; i++)
			normal->regs.x[i] = 0x1001 * i;
		for (i = 0; i < 64; i++)
			normal->fp.v[i] = i < 2 ? 0 : i * 0x101;
		normal->sysregs[NIE_SR_SCTLR_EL1] = 0x30d00800;
		normal->sysregs[NIE_SR_CPACR_EL1] = 3 << 20;
		normal->sysregs[NIE_SR_MPIDR_EL1] = 1ul << 31;
		normal->regs.pstate = PSR_MODE_EL1h | 0x3c0;
		normal->regs.pc = IPA(GFN_SHARED);
		memcpy(addr_of(SHARED), code, sizeof(code));
		before = *normal;
		note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
		note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
		for (i = 0; i < RUN_TRIES && (!i || out.r[0] == NIE_EXIT_IRQ); i++) {
			local_irq_disable();
			note("vcpu_run", nie_hc_vcpu_run(&out), 0);
			local_irq_enable();
		}
		note("its exit", (long)normal->esr, ESR_HVC);
		note("its pc", (long)normal->regs.pc, IPA(GFN_SHARED) + 8);
		note("its x0..x30", memcmp(normal->regs.x, before.regs.x, 31 * 8) ? 0 : want, want);
		note("its FP", memcmp(&normal->fp, &before.fp, sizeof(before.fp)) ? 0 : want, want);
		for (i = 0; i < NIE_NR_SYSREGS; i++)
			note("its system registers", normal->sysregs[i] == before.sysregs[i] ?
			     -1 : (long)i, -1);
		note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
		note("vcpu_load", nie_hc_vcpu_load(NULL, vm, 0), 0);
		run = mine;
		whole_turn("the next turn", NOP, 0, 0);
	}
	end();
	memset(normal, 0, PAGE_SIZE);
	refill(SHARED, 1);
	return true;
}

const struct attack hostile_guest_attacks[] = {
	{ "control_hostile_guest", ALLOWED, control_hostile_guest },
	{ "tables_nowhere", BY_NOTHING, tables_nowhere },
	{ "vectors_nowhere", BY_NOTHING, vectors_nowhere },
	{ "illegal_returns", BY_NOTHING, illegal_returns },
	{ "device_accesses", BY_NOTHING, device_accesses },
	{ "device_edge", BY_NOTHING, device_edge },
	{ "interrupt_storm", BY_NOTHING, interrupt_storm },
	{ "timer_storm", BY_NOTHING, timer_storm },
	{ "bystander", BY_NOTHING, bystander },
	{}
};
