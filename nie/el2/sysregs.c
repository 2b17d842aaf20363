// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the system registers that trap from a protected vCPU. ID registers read as the hardware's,
 * without what NIE does not give to protected VMs; a few others are fixed; SGIs and the physical
 * timer are for the host; all else is undefined. Lock: none.
 * Never: changes a register of the machine.
 */
#include "protected.h"
#include "esr.h"
#include <arch/mem.h>

#define F(lsb)	(0xful << (lsb))

/*
 * ID registers (3, 0, 0, crm, op2): fields as the hardware has them, and fixed fields: Arm ARM
 * D24.2. What is not listed is zero: AArch32 at any EL, SVE, SME, MTE, RAS, MPAM, AMU, PMU,
 * profiling, trace, and whatever has to be enabled in HCRX_EL2.
 */
static const struct id_row {
	u32 crm, op2;
	u64 keep, fixed;
} id_rows[] = {
	/* ID_AA64PFR0: FP AdvSIMD GIC DIT CSV2 CSV3; EL0 and EL1 AArch64 only */
	{ 4, 0, F(16) | F(20) | F(24) | F(48) | F(56) | F(60), 0x11 },
	/* ID_AA64PFR1: BT SSBS */
	{ 4, 1, F(0) | F(4), 0 },
	/* ID_AA64DFR0: Armv8 debug, two breakpoints, two watchpoints, all RAZ/WI below */
	{ 5, 0, 0, 0x101006 },
	/* ID_AA64ISAR0: all but TME */
	{ 6, 0, ~(F(0) | F(24)), 0 },
	/* ID_AA64ISAR1: all but XS LS64 */
	{ 6, 1, ~(F(56) | F(60)), 0 },
	/* ID_AA64ISAR2: RPRES GPA3 APA3 BC PAC_frac CLRBHB */
	{ 6, 2, F(4) | F(8) | F(12) | F(20) | F(24) | F(28), 0 },
	/* ID_AA64MMFR0: PARange ASIDBits BigEnd BigEndEL0 TGran16 TGran64 TGran4 */
	{ 7, 0, F(0) | F(4) | F(8) | F(16) | F(20) | F(24) | F(28), 0 },
	/* ID_AA64MMFR1: HAFDBS HPDS PAN ETS AFP nTLBPA */
	{ 7, 1, F(0) | F(12) | F(20) | F(36) | F(44) | F(48), 0 },
	/* ID_AA64MMFR2: CnP UAO LSM VARange ST AT IDS TTL BBM E0PD */
	{ 7, 2, F(0) | F(4) | F(8) | F(16) | F(28) | F(32) | F(36) | F(48) | F(52) | F(60), 0 },
};

/* ID_AA64MMFR0_EL1.PARange for an address space of so many bits, rounded down. */
static u64 pa_range(u8 ipa_bits)
{
	return ipa_bits < 36 ? 0 : ipa_bits < 40 ? 1 : ipa_bits < 42 ? 2 : 3;
}

static u64 id_register(const struct nie_vcpu *vcpu, u32 crm, u32 op2)
{
	for (u32 i = 0; i < sizeof(id_rows) / sizeof(id_rows[0]); i++) {
		const struct id_row *r = &id_rows[i];
		u64 val;

		if (r->crm != crm || r->op2 != op2)
			continue;
		val = (arch_id_reg(crm, op2) & r->keep) | r->fixed;
		if (crm == 7 && op2 == 0 && (val & F(0)) > pa_range(vcpu->ipa_bits))
			val = (val & ~F(0)) | pa_range(vcpu->ipa_bits);
		return val;
	}
	return 0;
}

/* Registers that read as a constant, or as the machine's; a write to them is ignored. */
static bool fixed_register(const struct nie_vcpu *vcpu, u32 reg, u64 *val)
{
	u32 op0 = reg >> 20, op1 = reg >> 14 & 7, crn = reg >> 10 & 15, crm = reg >> 1 & 15;

	*val = 0;
	if (op0 == 2)				/* debug: RAZ/WI; trace is op1 1 */
		return op1 == 0 || op1 == 3;
	if (op0 == 3 && op1 == 0 && crn == 0 && crm >= 1 && crm <= 7) {
		*val = id_register(vcpu, crm, reg >> 17 & 7);
		return true;
	}
	switch (reg) {
	case NIE_SYS(3, 0, 0, 0, 6):		/* REVIDR_EL1 */
	case NIE_SYS(3, 0, 1, 0, 1):		/* ACTLR_EL1 */
	case NIE_SYS(3, 1, 0, 0, 0):		/* CCSIDR_EL1: lines of 16 bytes, one set and way */
	case NIE_SYS(3, 1, 0, 0, 1):		/* CLIDR_EL1: no cache is kept by set and way */
	case NIE_SYS(3, 1, 0, 0, 7):		/* AIDR_EL1 */
	case NIE_SYS(3, 2, 0, 0, 0):		/* CSSELR_EL1 */
		return true;
	case NIE_SYS(3, 3, 0, 0, 1):
		*val = arch_ctr();		/* CTR_EL0 */
		return true;
	case NIE_SYS(3, 0, 12, 12, 5):		/* ICC_SRE_EL1: SRE DFB DIB */
		*val = 7;
		return true;
	default:
		return false;
	}
}

/* The host's to emulate: it learns the register and the value written, and gives the value read. */
static bool host_register(u32 reg, bool read)
{
	switch (reg) {
	case NIE_SYS(3, 0, 12, 11, 5):		/* ICC_SGI1R_EL1 */
	case NIE_SYS(3, 0, 12, 11, 6):		/* ICC_ASGI1R_EL1 */
	case NIE_SYS(3, 0, 12, 11, 7):		/* ICC_SGI0R_EL1 */
		return !read;
	case NIE_SYS(3, 3, 14, 2, 0):		/* CNTP_TVAL_EL0 */
	case NIE_SYS(3, 3, 14, 2, 1):		/* CNTP_CTL_EL0 */
	case NIE_SYS(3, 3, 14, 2, 2):		/* CNTP_CVAL_EL0 */
		return true;
	default:
		return false;
	}
}

bool nie_exit_sysreg(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;
	u32 reg = (u32)esr & NIE_SYS_MASK;
	bool read = esr & NIE_SYS_READ;
	u64 val;

	if (fixed_register(vcpu, reg, &val)) {
		if (read)
			nie_set_reg(p, NIE_SYS_RT(esr), val);
		nie_skip(p);
		return true;
	}
	if (!host_register(reg, read)) {
		nie_inject_undef(p);
		return true;
	}
	/* Rt = 0: x0 of the run page is what moves. */
	d->esr = NIE_ESR(NIE_EC_SYS64, reg | read);
	p->why = read ? NIE_WHY_SYS_READ : NIE_WHY_SYS_WRITE;
	if (!read)
		d->x0 = nie_reg(p, NIE_SYS_RT(esr));
	return false;
}
