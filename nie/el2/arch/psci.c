// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: SMCs of the host. Default deny; PSCI is relayed so that every core comes up in NIE first,
 * and nothing of a VM is in memory when the machine resets. Lock: nie_lock for the entry points in
 * struct nie_cpu and the end. Never: lets the host name an entry point at EL2. Sources: PSCI
 * DEN0022, SMCCC DEN0028, TRNG DEN0098.
 */
#include <asm/sysreg.h>
#include <asm/barrier.h>
#include <linux/arm-smccc.h>
#include <uapi/linux/psci.h>
#include "../wipe.h"
#include "el2.h"
#include "layout.h"
#include "lock.h"
#include "mem.h"

/* SMCCC 1.1: x0..x3 may change, the others are preserved; up to x7 are arguments. */
void arch_smc(u64 *x)
{
	register u64 x0 asm("x0") = x[0];
	register u64 x1 asm("x1") = x[1];
	register u64 x2 asm("x2") = x[2];
	register u64 x3 asm("x3") = x[3];

	asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : :
		     "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		     "x16", "x17", "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

/* The slot of a core, or a free one for a core that was off when NIE was loaded. */
static u64 find_slot(u64 mpidr)
{
	for (u64 i = 0; i < nie_config.nr_cpus; i++)
		if (nie_config.mpidr[i] == mpidr)
			return i;
	for (u64 i = 0; i < nie_config.nr_cpus; i++)
		if (nie_config.mpidr[i] == NIE_NO_MPIDR)
			return i;
	return NIE_NR_CPUS;
}

/* Take a CPU's entry slot; false if a start of it is under way. */
static bool claim(struct nie_cpu *cpu, u64 entry, u64 context)
{
	if (cpu->psci_pending)
		return false;
	cpu->psci_entry = entry;
	cpu->psci_context = context;
	cpu->psci_pending = 1;
	return true;
}

/* The CPU that has come up takes its entry point; returns the context ID for x0. */
u64 nie_psci_cpu_on_context(void)
{
	struct nie_cpu *cpu = nie_this_cpu();
	u64 context;

	nie_lock();
	write_sysreg(cpu->psci_entry, elr_el2);
	context = cpu->psci_context;
	cpu->psci_pending = 0;
	nie_unlock();
	return context;
}

/* CPU_ON(target, entry, context) */
static void cpu_on(u64 *x)
{
	u64 mpidr = x[1];
	u64 index, known;
	bool ok = false;

	nie_lock();
	index = find_slot(mpidr);
	if (index < NIE_NR_CPUS)
		ok = claim(nie_cpu_data(index), x[2], x[3]);
	known = index < NIE_NR_CPUS ? nie_config.mpidr[index] : 0;
	if (ok)
		nie_config.mpidr[index] = mpidr;
	nie_unlock();
	if (!ok) {
		x[0] = (u64)(index < NIE_NR_CPUS ? PSCI_RET_ON_PENDING : PSCI_RET_INVALID_PARAMS);
		return;
	}
	x[2] = (u64)nie_cpu_on_entry;
	x[3] = index;
	arch_smc(x);
	if (x[0] == PSCI_RET_SUCCESS)
		return;
	nie_lock();
	nie_cpu_data(index)->psci_pending = 0;
	nie_config.mpidr[index] = known;
	nie_unlock();
}

/* CPU_SUSPEND(state, entry, context), SYSTEM_SUSPEND(entry, context): back here, or at entry. */
static void suspend(u64 *x, u32 entry_arg)
{
	struct nie_cpu *cpu = nie_this_cpu();
	bool ok;

	nie_lock();
	ok = claim(cpu, x[entry_arg], x[entry_arg + 1]);
	nie_unlock();
	if (!ok) {
		x[0] = (u64)PSCI_RET_INTERNAL_FAILURE;
		return;
	}
	x[entry_arg] = (u64)nie_cpu_on_entry;
	x[entry_arg + 1] = cpu->index;
	arch_smc(x);
	nie_lock();
	cpu->psci_pending = 0;
	nie_unlock();
}

bool nie_end(void)
{
	bool dead = nie_phase == NIE_PHASE_DEAD;
	bool done = true;

	if (nie_phase == NIE_PHASE_EARLY)
		return true;
	/* Once EL2 has failed the lock may never come free: nie_wipe() can do without. */
	if (!dead)
		nie_lock();
	if (nie_phase == NIE_PHASE_SEALED)
		nie_phase = NIE_PHASE_ENDING;
	asm volatile("dmb ish" : : : "memory");
	for (u64 i = 0; i < nie_config.nr_cpus; i++)
		if (smp_load_acquire(&nie_cpu_data(i)->running))
			done = false;
	if (done)
		done = nie_wipe();
	if (!dead)
		nie_unlock();
	return done;
}

/*
 * EL3's reset may leave DRAM as it is. Part by part, the host coming back to the same instruction
 * meanwhile, with all its registers as they were.
 */
static void reset(u64 *x)
{
	if (nie_end())
		arch_smc(x);
	else
		write_sysreg(read_sysreg(elr_el2) - 4, elr_el2);
}

/* Calls that go to EL3 as they are: nothing in them is an address that EL3 would use. */
static bool allowed(u32 fn)
{
	static const u32 list[] = {
		PSCI_0_2_FN_PSCI_VERSION, PSCI_0_2_FN_CPU_OFF, PSCI_0_2_FN_AFFINITY_INFO,
		PSCI_0_2_FN64_AFFINITY_INFO, PSCI_0_2_FN_MIGRATE_INFO_TYPE,
		PSCI_1_0_FN_PSCI_FEATURES,
		PSCI_1_0_FN_STAT_RESIDENCY, PSCI_1_0_FN64_STAT_RESIDENCY,
		PSCI_1_0_FN_STAT_COUNT, PSCI_1_0_FN64_STAT_COUNT,
		ARM_SMCCC_VERSION_FUNC_ID, ARM_SMCCC_ARCH_FEATURES_FUNC_ID,
		ARM_SMCCC_ARCH_SOC_ID, ARM_SMCCC_ARCH_WORKAROUND_1,
		ARM_SMCCC_ARCH_WORKAROUND_2, ARM_SMCCC_ARCH_WORKAROUND_3,
		ARM_SMCCC_TRNG_VERSION, ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_GET_UUID,
		ARM_SMCCC_TRNG_RND32, ARM_SMCCC_TRNG_RND64,
	};

	for (u32 i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == fn)
			return true;
	return false;
}

/*
 * A 32-bit call in its 64-bit form. EL3 would cut nie_cpu_on_entry to 32 bits, and the core would
 * come up at EL2 at an address that may be the host's. Sources: PSCI DEN0022 5.1, SMCCC DEN0028
 * 2.6.
 */
static void widen(u64 *x)
{
	if (x[0] & PSCI_0_2_64BIT)
		return;
	x[0] = (u32)x[0] | PSCI_0_2_64BIT;
	for (u32 i = 1; i < 4; i++)
		x[i] = (u32)x[i];
}

void nie_host_smc(struct nie_host_regs *r)
{
	/* A trapped SMC returns to itself: step over it. Arm ARM D1.3.6.3. */
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);

	switch ((u32)r->x[0]) {
	case PSCI_0_2_FN_CPU_ON:
	case PSCI_0_2_FN64_CPU_ON:
		widen(r->x);
		cpu_on(r->x);
		break;
	case PSCI_0_2_FN_CPU_SUSPEND:
	case PSCI_0_2_FN64_CPU_SUSPEND:
		widen(r->x);
		suspend(r->x, 2);
		break;
	case PSCI_1_0_FN_SYSTEM_SUSPEND:
	case PSCI_1_0_FN64_SYSTEM_SUSPEND:
		widen(r->x);
		suspend(r->x, 1);
		break;
	case PSCI_0_2_FN_SYSTEM_OFF:
	case PSCI_0_2_FN_SYSTEM_RESET:
	case PSCI_1_1_FN_SYSTEM_RESET2:
	case PSCI_1_1_FN64_SYSTEM_RESET2:
		reset(r->x);
		break;
	default:
		if (allowed((u32)r->x[0]))
			arch_smc(r->x);
		else
			r->x[0] = (u64)SMCCC_RET_NOT_SUPPORTED;
	}
}
