// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: what this CPU says of itself. Lock: none. Never: decides what a guest may know of it
 * (../sysregs.c).
 */
#include <asm/sysreg.h>
#include "el2.h"
#include "mem.h"

/* Of pointer authentication only what every CPU has: it decides whether keys are switched. */
static u64 without_pauth(u64 val, u64 mask)
{
	return nie_config.flags & NIE_BOOT_PAUTH ? val : val & ~mask;
}

u64 arch_id_reg(u32 crm, u32 op2)
{
	switch (crm * 8 + op2) {
	case 4 * 8 + 0:
		return read_sysreg_s(SYS_ID_AA64PFR0_EL1);
	case 4 * 8 + 1:
		return read_sysreg_s(SYS_ID_AA64PFR1_EL1);
	case 6 * 8 + 0:
		return read_sysreg_s(SYS_ID_AA64ISAR0_EL1);
	case 6 * 8 + 1:
		return without_pauth(read_sysreg_s(SYS_ID_AA64ISAR1_EL1),
				     ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK |
				     ID_AA64ISAR1_EL1_GPA_MASK | ID_AA64ISAR1_EL1_GPI_MASK);
	case 6 * 8 + 2:
		return without_pauth(read_sysreg_s(SYS_ID_AA64ISAR2_EL1),
				     ID_AA64ISAR2_EL1_APA3_MASK | ID_AA64ISAR2_EL1_GPA3_MASK |
				     ID_AA64ISAR2_EL1_PAC_frac_MASK);
	case 7 * 8 + 0:
		return read_sysreg_s(SYS_ID_AA64MMFR0_EL1);
	case 7 * 8 + 1:
		return read_sysreg_s(SYS_ID_AA64MMFR1_EL1);
	case 7 * 8 + 2:
		return read_sysreg_s(SYS_ID_AA64MMFR2_EL1);
	default:
		return 0;
	}
}

u64 arch_ctr(void)
{
	return read_sysreg(ctr_el0);
}
