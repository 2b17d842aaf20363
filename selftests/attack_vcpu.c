// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on vCPUs and their run pages. A vCPU is loaded with preemption off, so that this CPU
 * stays its owner.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include "attack.h"

#define RUN_TRIES	64

static struct nie_run *run_page(void)
{
	return addr_of(RUN_N);
}

static void reset_run_page(void)
{
	memset(run_page(), 0, PAGE_SIZE);
	run_page()->regs.pstate = PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT;
	run_page()->regs.pc = PFN_PHYS(GFN_FREE);
}

/* Run until the exit is no interrupt; after one, this CPU takes it. Preemption is off. */
static long run_until_trap(void)
{
	struct nie_res res = {};
	long err = 0;
	u32 i;

	for (i = 0; i < RUN_TRIES && !err; i++) {
		local_irq_disable();
		err = nie_hc_vcpu_run(&res);
		local_irq_enable();
		if (res.r[0] != NIE_EXIT_IRQ)
			break;
	}
	return err ? err : (long)res.r[0];
}

static bool control_vcpu(long want)
{
	reset_run_page();
	preempt_disable();
	want = 0;
	CALL(vcpu_load, w.normal, 0);
	note("exit", run_until_trap(), NIE_EXIT_TRAP);
	note("its address", run_page()->hpfar == GFN_FREE << 4, true);
	CALL(vcpu_put);
	preempt_enable();
	memset(run_page(), 0, PAGE_SIZE);
	return true;
}

static bool run_unloaded(long want)
{
	CALL(vcpu_run);
	CALL(vcpu_put);
	return true;
}

static bool load_missing(long want)
{
	CALL(vcpu_load, w.normal, 1);
	CALL(vcpu_load, w.normal, 511);
	CALL(vcpu_load, w.other, 0);
	CALL(vcpu_load, w.dying, 0);
	/* Nor is it found while this CPU has another. */
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	CALL(vcpu_load, w.normal, 1);
	note("vcpu_load, protected", nie_hc_vcpu_load(NULL, w.prot, 0), -EBUSY);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	return true;
}

/* With the normal VM's vCPU loaded here, each of these finds it in use. */
static bool load_twice(long want)
{
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	CALL(vcpu_load, w.normal, 0);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	return true;
}

static bool teardown_loaded(long want)
{
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	CALL(vm_teardown, w.normal);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	return true;
}

static bool unshare_loaded(long want)
{
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	CALL(unshare_nie, pfn_of(RUN_N));
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	return true;
}

static bool destroy_loaded(long want)
{
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	CALL(vm_destroy, w.normal);
	CALL(vm_reclaim, w.normal, pfn_of(CTX_N), 1);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	return true;
}

/* A guest that starts at EL2, at EL3, or in a mode that is none. */
static bool run_at_el2(long want)
{
	static const u64 mode[] = { 0x9, 0x8, 0xd, 0xc, 0x6, 0xf, 0x13, 0x1a, 0x16 };
	u32 i;

	reset_run_page();
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		run_page()->regs.pstate = mode[i];
		note("vcpu_run", run_until_trap() == NIE_EXIT_IL ? want : 0, want);
	}
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	memset(run_page(), 0, PAGE_SIZE);
	return true;
}

/* A 32-bit guest on a CPU that has no 32-bit state: an ERET to it would stay at EL2. */
static bool run_32_bit(long want)
{
	if ((read_sysreg(id_aa64pfr0_el1) & 0xf) != 1)
		return false;
	reset_run_page();
	run_page()->regs.pstate = PSR_MODE32_BIT | PSR_MODE_EL0t;
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	note("vcpu_run", run_until_trap() == NIE_EXIT_IL ? want : 0, want);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	memset(run_page(), 0, PAGE_SIZE);
	return true;
}

/* What the host has at EL1 that a guest's registers must not replace. */
static void host_registers(u64 *r)
{
	*r++ = read_sysreg(sctlr_el1);
	*r++ = read_sysreg(tcr_el1);
	*r++ = read_sysreg(ttbr0_el1);
	*r++ = read_sysreg(ttbr1_el1);
	*r++ = read_sysreg(mair_el1);
	*r++ = read_sysreg(amair_el1);
	*r++ = read_sysreg(vbar_el1);
	*r++ = read_sysreg(cpacr_el1);
	*r++ = read_sysreg(contextidr_el1);
	*r++ = read_sysreg(cntkctl_el1);
	*r++ = read_sysreg(tpidr_el1);
	*r++ = read_sysreg(tpidr_el0);
	*r++ = read_sysreg(tpidrro_el0);
	*r++ = read_sysreg(mdscr_el1);
	*r++ = read_sysreg(sp_el0);
	*r++ = read_sysreg(mpidr_el1);
}

#define NR_HOST_REGISTERS	16

/* The worst that a run page can hold: all traps off, all registers garbage. */
static bool hostile_run_page(long want)
{
	u64 before[NR_HOST_REGISTERS], after[NR_HOST_REGISTERS];
	u32 i;

	memset(run_page(), 0xff, PAGE_SIZE);
	memset(run_page()->lr, 0, sizeof(run_page()->lr));
	memset(run_page()->ap0r, 0, sizeof(run_page()->ap0r));
	memset(run_page()->ap1r, 0, sizeof(run_page()->ap1r));
	run_page()->vmcr = 0;
	run_page()->cntvoff = ~0ul << 40;
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, w.normal, 0), 0);
	host_registers(before);
	for (i = 0; i < 4; i++) {
		run_page()->hcr = i & 1 ? ~0ul : ~(1ul << 8);	/* with and without VSE */
		run_page()->regs.pstate = PSR_MODE_EL1h;
		local_irq_disable();
		nie_hc_vcpu_run(&out);
		local_irq_enable();
	}
	host_registers(after);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	for (i = 0; i < NR_HOST_REGISTERS; i++)
		note("a register of the host", before[i] == after[i] ? want : 0, want);
	note("the virtual counter", read_sysreg(cntvct_el0) <= read_sysreg(cntpct_el0), true);
	memset(run_page(), 0, PAGE_SIZE);
	return true;
}

const struct attack vcpu_attacks[] = {
	{ "control_vcpu", ALLOWED, control_vcpu },
	{ "run_unloaded", -EPERM, run_unloaded },
	{ "load_missing", -ENOENT, load_missing },
	{ "load_twice", -EBUSY, load_twice },
	{ "teardown_loaded", -EBUSY, teardown_loaded },
	{ "unshare_loaded", -EBUSY, unshare_loaded },
	{ "destroy_loaded", -EPERM, destroy_loaded },
	{ "run_at_el2", BY_EXIT, run_at_el2 },
	{ "run_32_bit", BY_EXIT, run_32_bit },
	{ "hostile_run_page", BY_NOTHING, hostile_run_page },
	{}
};
