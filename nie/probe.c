// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the question whether this machine can run NIE. One line and one errno a refusal, with the
 * cure. Never: changes anything.
 */
#include <linux/arm-smccc.h>
#include <linux/cpufeature.h>
#include <linux/mm.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include "nie.h"

static u32 field(u64 reg, u32 shift)
{
	return (reg >> shift) & 0xf;
}

static u32 pa_bits_of(u32 parange)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

	return parange < ARRAY_SIZE(bits) ? bits[parange] : 48;
}

static bool has_cap(unsigned int cap)
{
	return cpus_have_cap(cap);
}

static u64 features(void)
{
	u64 dfr0 = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);
	u64 flags = 0;

	if (has_cap(ARM64_HAS_STAGE2_FWB))
		flags |= NIE_BOOT_FWB;
	if (has_cap(ARM64_SVE))
		flags |= NIE_BOOT_SVE;
	if (has_cap(ARM64_SME))
		flags |= NIE_BOOT_SME;
	if (has_cap(ARM64_WORKAROUND_REPEAT_TLBI))
		flags |= NIE_BOOT_REPEAT_TLBI;
	if (field(read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1), ID_AA64PFR0_EL1_RAS_SHIFT))
		flags |= NIE_BOOT_RAS;
	if (read_sanitised_ftr_reg(SYS_ID_AA64ISAR1_EL1) &
	    (ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK) ||
	    field(read_sanitised_ftr_reg(SYS_ID_AA64ISAR2_EL1), ID_AA64ISAR2_EL1_APA3_SHIFT))
		flags |= NIE_BOOT_PAUTH;
	if (field(read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1), ID_AA64MMFR0_EL1_FGT_SHIFT))
		flags |= NIE_BOOT_FGT;
	if (field(read_sanitised_ftr_reg(SYS_ID_AA64MMFR1_EL1), ID_AA64MMFR1_EL1_HCX_SHIFT))
		flags |= NIE_BOOT_HCX;
	if (field(dfr0, ID_AA64DFR0_EL1_PMSVer_SHIFT) &&
	    !(read_sysreg_s(SYS_PMBIDR_EL1) & PMBIDR_EL1_P))
		flags |= NIE_BOOT_SPE;
	if (field(dfr0, ID_AA64DFR0_EL1_TraceBuffer_SHIFT) &&
	    !(read_sysreg_s(SYS_TRBIDR_EL1) & TRBIDR_EL1_P))
		flags |= NIE_BOOT_TRBE;
	return flags;
}

/**
 * nie_probe() - can NIE run here
 * @host: filled in
 * Context: process context.
 * Return: 0, -ENODEV (the machine or the kernel's mode does not allow it), -EBUSY (somebody has
 * EL2).
 */
int nie_probe(struct nie_host *host)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);

	if (PAGE_SIZE != 4096) {
		pr_err("the kernel has %lu byte pages: use one with 4 KiB pages\n", PAGE_SIZE);
		return -ENODEV;
	}
	if (is_kernel_in_hyp_mode()) {
		pr_err("the kernel runs at EL2 (VHE): boot with kvm-arm.mode=nvhe\n");
		return -ENODEV;
	}
	if (is_protected_kvm_enabled()) {
		pr_err("pKVM has EL2: boot with kvm-arm.mode=nvhe\n");
		return -EBUSY;
	}
	if (!field(pfr0, ID_AA64PFR0_EL1_EL2_SHIFT) ||
	    arm_smccc_1_1_get_conduit() == SMCCC_CONDUIT_HVC) {
		pr_err("EL2 is not there for this kernel: start it at EL2 (QEMU: -M virt,virtualization=on)\n");
		return -ENODEV;
	}
	if (!field(pfr0, ID_AA64PFR0_EL1_GIC_SHIFT) || !has_cap(ARM64_HAS_GIC_CPUIF_SYSREGS)) {
		pr_err("no GICv3: use a machine that has one (QEMU: -M virt,gic-version=3)\n");
		return -ENODEV;
	}
	if (num_possible_cpus() > NIE_NR_CPUS) {
		pr_err("more than %u CPUs: boot with nr_cpus=%u\n", NIE_NR_CPUS, NIE_NR_CPUS);
		return -ENODEV;
	}

	host->parange = field(mmfr0, ID_AA64MMFR0_EL1_PARANGE_SHIFT);
	if (host->parange > 5)
		host->parange = 5;	/* 48 bits: all that 4 KiB tables without LPA2 reach */
	host->pa_bits = pa_bits_of(host->parange);
	host->flags = features();
	host->bti = field(read_sanitised_ftr_reg(SYS_ID_AA64PFR1_EL1), ID_AA64PFR1_EL1_BT_SHIFT);
	return 0;
}
