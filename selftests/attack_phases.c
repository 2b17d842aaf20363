// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks through other doors to EL2: calls whose time is over, ids that are none, KVM's and the
 * hyp-stub's calls, and SMCs to the firmware.
 */
#include <linux/arm-smccc.h>
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cputype.h>
#include <asm/kvm_asm.h>
#include <asm/virt.h>
#include <uapi/linux/psci.h>
#include "attack.h"

static bool is_debug(void)
{
	return !nie_hc_version(&out) && out.r[1] & 2;
}

/* x0 of a call with all other registers filled; what a call preserves is checked. */
static u64 raw(void (*conduit)(u64 *x), u64 fn, u64 a1, u64 a2, u64 a3)
{
	u64 x[18] = { fn, a1, a2, a3 };
	u32 i;

	for (i = 4; i < ARRAY_SIZE(x); i++)
		x[i] = 0x4e49450000ul + i;
	conduit(x);
	for (i = 8; i < ARRAY_SIZE(x); i++)
		note("a register that the call preserves", x[i] == 0x4e49450000ul + i, true);
	return x[0];
}

static void refused_by(void (*conduit)(u64 *x), u64 fn, u64 arg, u64 status, long want)
{
	char what[32];
	u64 got = raw(conduit, fn, arg, PFN_PHYS(w.image), 0);

	scnprintf(what, sizeof(what), "%llx: %llx", fn, got);
	note(what, got == status ? want : 0, want);
}

static bool control_phases(long want)
{
	note("version", raw(attack_asm_hvc, NIE_HC_ID(NIE_HC_VERSION), 0, 0, 0) == 0, true);
	/* The upper half of x0 is no part of an SMCCC function id. */
	note("version, upper half set",
	     raw(attack_asm_hvc, 1ul << 63 | NIE_HC_ID(NIE_HC_VERSION), 0, 0, 0) == 0, true);
	return true;
}

static bool early_calls(long want)
{
	CALL(init_mem);
	CALL(init_cpu);
	CALL(leave);
	CALL(seal);
	return true;
}

static bool debug_calls(long want)
{
	if (is_debug())
		return false;
	CALL(unseal);
	CALL(fault);
	return true;
}

#define NIE_HC_CASE(nr, ...) case nr:
static bool known_call(u32 nr)
{
	switch (nr) {
	NIE_HOSTCALLS(NIE_HC_CASE)
		return true;
	default:
		return false;
	}
}

static bool unknown_calls(long want)
{
	u32 nr;

	for (nr = 0; nr < 256; nr++)
		if (!known_call(nr))
			refused_by(attack_asm_hvc, NIE_HC_ID(nr), 0, ~0ul, want);
	/* Beside our range, and in the 32-bit convention. */
	refused_by(attack_asm_hvc, NIE_HC_BASE + 0x100, 0, ~0ul, want);
	refused_by(attack_asm_hvc, NIE_HC_BASE - 0x100, 0, ~0ul, want);
	refused_by(attack_asm_hvc, NIE_HC_BASE & ~BIT(30), 0, ~0ul, want);
	return true;
}

/* The calls of KVM's own EL2 code. */
static bool kvm_calls(long want)
{
	u64 i;

	for (i = 0; i < 128; i++)
		refused_by(attack_asm_hvc, KVM_HOST_SMCCC_ID(i), 0, ~0ul, want);
	return true;
}

static bool stub_set_vectors(long want)
{
	refused_by(attack_asm_hvc, HVC_SET_VECTORS, PFN_PHYS(pfn_of(FREE)), HVC_STUB_ERR, want);
	return true;
}

static bool stub_finalise(long want)
{
	refused_by(attack_asm_hvc, HVC_FINALISE_EL2, 0, HVC_STUB_ERR, want);
	return true;
}

/* Answered, and nothing happens: NIE is there after it. */
static bool stub_reset(long want)
{
	note("RESET_VECTORS", (long)raw(attack_asm_hvc, HVC_RESET_VECTORS, 0, 0, 0), 0);
	note("NIE is there", nie_hc_version(&out), 0);
	note("and sealed", out.r[1] & 1, true);
	return true;
}

const struct attack phase_attacks[] = {
	{ "control_phases", ALLOWED, control_phases },
	{ "early_calls", -EACCES, early_calls },
	{ "debug_calls", -EACCES, debug_calls },
	{ "unknown_calls", BY_SMCCC, unknown_calls },
	{ "kvm_calls", BY_SMCCC, kvm_calls },
	{ "stub_set_vectors", BY_SMCCC, stub_set_vectors },
	{ "stub_finalise", BY_SMCCC, stub_finalise },
	{ "stub_reset", BY_NOTHING, stub_reset },
	{}
};

/* NIE loads only where PSCI is called by SMC, so that EL3 or its emulation is there. */
static bool control_smc(long want)
{
	note("PSCI_VERSION",
	     (long)raw(attack_asm_smc, PSCI_0_2_FN_PSCI_VERSION, 0, 0, 0) > 0, true);
	note("AFFINITY_INFO of this CPU",
	     (long)raw(attack_asm_smc, PSCI_0_2_FN64_AFFINITY_INFO,
		       read_cpuid_mpidr() & MPIDR_HWID_BITMASK, 0, 0), PSCI_0_2_AFFINITY_LEVEL_ON);
	return true;
}

static bool smc_list(const u32 *fn, u32 nr, long want)
{
	u32 i;

	for (i = 0; i < nr; i++)
		refused_by(attack_asm_smc, fn[i], virt_to_phys(addr_of(FREE)), ~0ul, want);
	return true;
}

/* On the CPU that suspends: the status, or -ENXIO if NIE or the stage-2 is not there after it. */
static int suspend_here(void *fn)
{
	u64 ret = raw(attack_asm_smc, *(u32 *)fn, 0, PFN_PHYS(w.image), 1);
	u64 value;

	if (nie_hc_version(&out) ||
	    try_access(ACCESS_READ, phys_to_virt(PFN_PHYS(w.image)), &value) != BY_ABORT)
		return -ENXIO;
	return (int)ret;
}

/*
 * CPU_SUSPEND to standby, on each CPU: it waits for an interrupt, the tick at the latest, and
 * comes back after the SMC. The entry point is a page of NIE's, the context ID 1: what of them
 * reaches the firmware is for scripts/el2-look to see. SYSTEM_SUSPEND is not there, or denied while
 * a second CPU is on; it must not keep the next suspend from its turn.
 */
static bool control_suspend(long want)
{
	static u32 fn[] = {
		PSCI_0_2_FN64_CPU_SUSPEND, PSCI_0_2_FN_CPU_SUSPEND,
		PSCI_1_0_FN64_SYSTEM_SUSPEND, PSCI_0_2_FN64_CPU_SUSPEND,
	};
	unsigned int cpu, i;
	int ret;

	if (num_online_cpus() == 1)
		return false;
	for_each_online_cpu(cpu) {
		for (i = 0; i < ARRAY_SIZE(fn); i++) {
			ret = smp_call_on_cpu(cpu, suspend_here, &fn[i], false);
			if (fn[i] == PSCI_1_0_FN64_SYSTEM_SUSPEND)
				note("SYSTEM_SUSPEND", ret == PSCI_RET_NOT_SUPPORTED ||
				     ret == PSCI_RET_DENIED, true);
			else
				note("CPU_SUSPEND", ret, PSCI_RET_SUCCESS);
		}
	}
	return true;
}

/* SiP, OEM, standard hypervisor and trusted OS services, yielding calls, no service at all. */
static bool smc_unknown(long want)
{
	static const u32 fn[] = {
		0x82000000, 0xc2000000, 0x83000000, 0xc3000000, 0xc5000020, 0xb2000000, 0xf2000000,
		0x00000000, 0x32000000, 0xffffffff, 0xc4000150, 0x82000020,
	};

	return smc_list(fn, ARRAY_SIZE(fn), want);
}

static bool smc_sdei(long want)
{
	static const u32 fn[] = { 0xc4000020, 0xc4000021, 0xc4000022, 0xc400002e, 0xc4000031 };

	return smc_list(fn, ARRAY_SIZE(fn), want);
}

/* FF-A: version, buffers, donate, lend, share, reclaim, direct request. */
static bool smc_ffa(long want)
{
	static const u32 fn[] = {
		0x84000063, 0x84000066, 0xc4000066, 0x84000071, 0xc4000071, 0x84000072, 0xc4000072,
		0x84000073, 0xc4000073, 0x84000077, 0x8400006f, 0xc400006f,
	};

	return smc_list(fn, ARRAY_SIZE(fn), want);
}

/* PSCI that is not relayed: CPU_FREEZE, CPU_DEFAULT_SUSPEND, MEM_PROTECT, MIGRATE... */
static bool smc_psci_denied(long want)
{
	static const u32 fn[] = {
		0x8400000b, 0x8400000c, 0xc400000c, 0x84000013, 0x84000014, 0xc4000014, 0x8400000f,
		0x84000005, 0xc4000005,
	};

	return smc_list(fn, ARRAY_SIZE(fn), want);
}

static bool cpu_on_unknown(long want)
{
	u64 status = (u64)PSCI_RET_INVALID_PARAMS;

	refused_by(attack_asm_smc, PSCI_0_2_FN64_CPU_ON, 0xff00ffffff, status, want);
	refused_by(attack_asm_smc, PSCI_0_2_FN64_CPU_ON, ~0ul, status, want);
	refused_by(attack_asm_smc, PSCI_0_2_FN_CPU_ON, 0xffffff, status, want);
	return true;
}

static u64 mpidr[NR_CPUS];

static void note_mpidr(void *unused)
{
	mpidr[smp_processor_id()] = read_cpuid_mpidr() & MPIDR_HWID_BITMASK;
}

static bool cpu_on_running(long want)
{
	unsigned int cpu;

	on_each_cpu(note_mpidr, NULL, 1);
	for_each_online_cpu(cpu) {
		refused_by(attack_asm_smc, PSCI_0_2_FN64_CPU_ON, mpidr[cpu],
			   (u64)PSCI_RET_ALREADY_ON, want);
		refused_by(attack_asm_smc, PSCI_0_2_FN_CPU_ON, mpidr[cpu],
			   (u64)PSCI_RET_ALREADY_ON, want);
	}
	return true;
}

const struct attack smc_attacks[] = {
	{ "control_smc", ALLOWED, control_smc },
	{ "control_suspend", ALLOWED, control_suspend },
	{ "smc_unknown", BY_SMCCC, smc_unknown },
	{ "smc_sdei", BY_SMCCC, smc_sdei },
	{ "smc_ffa", BY_SMCCC, smc_ffa },
	{ "smc_psci_denied", BY_SMCCC, smc_psci_denied },
	{ "cpu_on_unknown", BY_SMCCC, cpu_on_unknown },
	{ "cpu_on_running", BY_SMCCC, cpu_on_running },
	{}
};
