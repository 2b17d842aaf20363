// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the system registers that trap from a protected vCPU. ID registers read as the hardware's,
 * without what NIE does not give to protected VMs; a few others are fixed; SGIs and the physical
 * timer are for the host; all else is undefined. Lock: none.
 * Never: changes a register of the machine.
 */
#include "private.h"
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

#define NR_ID_ROWS	(sizeof(id_rows) / sizeof(id_rows[0]))

/*@
  predicate is_row(integer i, integer crm, integer op2) =
    0 <= i < NR_ID_ROWS && id_rows[i].crm == crm && id_rows[i].op2 == op2;
  predicate no_row(integer n, integer crm, integer op2) =
    \forall integer i; 0 <= i < n ==> !(id_rows[i].crm == crm && id_rows[i].op2 == op2);
  logic integer range_of(integer ipa_bits) =
    ipa_bits < 36 ? 0 : ipa_bits < 40 ? 1 : ipa_bits < 42 ? 2 : 3;
  // What a row shows of the hardware's; of ID_AA64MMFR0 no more PARange than the VM has.
  logic integer row_value{L}(integer i, integer crm, integer op2) =
    (nie_id_regs[crm * 8 + op2] & id_rows[i].keep) | id_rows[i].fixed;
  logic integer shown{L}(integer i, integer crm, integer op2, integer ipa_bits) =
    crm == 7 && op2 == 0 && row_value(i, crm, op2) % 16 > range_of(ipa_bits) ?
    row_value(i, crm, op2) - row_value(i, crm, op2) % 16 + range_of(ipa_bits) :
    row_value(i, crm, op2);
*/

/* ID_AA64MMFR0_EL1.PARange for an address space of so many bits, rounded down. */
/*@ assigns \nothing;
  @ ensures \result == range_of(ipa_bits);
  @*/
static u64 pa_range(u8 ipa_bits)
{
	return ipa_bits < 36 ? 0 : ipa_bits < 40 ? 1 : ipa_bits < 42 ? 2 : 3;
}

/*@ requires \valid_read(vcpu) && crm < 8 && op2 < 8;
  @ assigns \nothing;
  @ ensures none: no_row(NR_ID_ROWS, crm, op2) ==> \result == 0;
  @ ensures row: !no_row(NR_ID_ROWS, crm, op2) ==>
  @   \exists integer i; is_row(i, crm, op2) && \result == shown(i, crm, op2, vcpu->ipa_bits);
  @*/
static u64 id_register(const struct nie_vcpu *vcpu, u32 crm, u32 op2)
{
	/*@ loop invariant 0 <= i <= NR_ID_ROWS;
	  @ loop invariant none: no_row(i, crm, op2);
	  @ loop assigns i;
	  @ loop variant NR_ID_ROWS - i;
	  @*/
	for (u32 i = 0; i < NR_ID_ROWS; i++) {
		u64 val;

		if (id_rows[i].crm != crm || id_rows[i].op2 != op2)
			continue;
		val = (arch_id_reg(crm, op2) & id_rows[i].keep) | id_rows[i].fixed;
		if (crm == 7 && op2 == 0 && val % 16 > pa_range(vcpu->ipa_bits))
			val = val - val % 16 + pa_range(vcpu->ipa_bits);
		//@ assert is_row(i, crm, op2) && val == shown(i, crm, op2, vcpu->ipa_bits);
		return val;
	}
	return 0;
}

/* Registers that read as a constant, or as the machine's; a write to them is ignored. */
/*@ requires \valid_read(vcpu) && \valid(val) && reg < 0x400000;
  @ assigns *val;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures fixed: \result == 1 <==> fixed_reg(reg);
  @ ensures other: \result == 1 ==> !host_reg(reg, 0) && !host_reg(reg, 1);
  @ ensures id: id_reg(reg) && no_row(NR_ID_ROWS, sys_crm(reg), sys_op2(reg)) ==> *val == 0;
  @ ensures row: id_reg(reg) && !no_row(NR_ID_ROWS, sys_crm(reg), sys_op2(reg)) ==>
  @   \exists integer i; is_row(i, sys_crm(reg), sys_op2(reg)) &&
  @   *val == shown(i, sys_crm(reg), sys_op2(reg), vcpu->ipa_bits);
  @ ensures others: !id_reg(reg) ==> *val == fixed_value(reg);
  @*/
static bool fixed_register(const struct nie_vcpu *vcpu, u32 reg, u64 *val)
{
	u32 op0 = reg / 0x100000, op1 = NIE_FIELD(reg, 0x4000, 8), crn = NIE_FIELD(reg, 0x400, 16);
	u32 crm = NIE_FIELD(reg, 2, 16);

	*val = 0;
	if (op0 == 2)				/* debug: RAZ/WI; trace is op1 1 */
		return op1 == 0 || op1 == 3;
	if (op0 == 3 && op1 == 0 && crn == 0 && crm >= 1 && crm <= 7) {
		*val = id_register(vcpu, crm, NIE_FIELD(reg, 0x20000, 8));
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
/*@ assigns \nothing;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures host: \result == 1 <==> host_reg(reg, read);
  @ ensures other: \result == 1 ==> !fixed_reg(reg);
  @*/
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

/* The register of a trapped MSR or MRS. */
/*@ assigns \nothing;
  @ ensures \result == sys_reg(esr) && \result < 0x400000;
  @*/
static u32 number(u64 esr)
{
	return (u32)(NIE_FIELD(esr, 0x400, 0x1000) * 0x400 + NIE_FIELD(esr, 2, 16) * 2);
}

/* An access that is over; @val is what a read gives. */
/*@ requires \valid(p);
  @ assigns p->file.regs.x[0 .. 30], p->file.regs.pc, p->file.regs.pstate;
  @ ensures next: at_next_pc{Pre,Post}(p);
  @ ensures read: esr % 2 != 0 && NIE_SYS_RT(esr) < 31 ==>
  @   p->file.regs.x[NIE_SYS_RT(esr)] == val;
  @ ensures others: xs_same_but{Pre,Post}(p, esr % 2 != 0 ? NIE_SYS_RT(esr) : 31);
  @*/
static void complete(struct nie_private *p, u64 esr, u64 val)
{
	if (esr % 2)
		nie_set_reg(p, NIE_SYS_RT(esr), val);
	nie_skip(p);
}

/* Rt = 0: x0 of the run page is what moves. */
/*@ requires \valid(p) && \valid(d) && \separated(p, d);
  @ assigns p->why, d->esr, d->x0;
  @ ensures esr: d->esr == NIE_ESR(NIE_EC_SYS64, sys_reg(esr) + esr % 2);
  @ ensures read: esr % 2 != 0 ==> p->why == NIE_WHY_SYS_READ && d->x0 == \old(d->x0);
  @ ensures write: esr % 2 == 0 ==> p->why == NIE_WHY_SYS_WRITE &&
  @   d->x0 == reg_of(p, NIE_SYS_RT(esr));
  @*/
static void tell(struct nie_private *p, u64 esr, struct nie_disclosed *d)
{
	d->esr = NIE_ESR(NIE_EC_SYS64, number(esr) + esr % 2);
	p->why = esr % 2 ? NIE_WHY_SYS_READ : NIE_WHY_SYS_WRITE;
	if (esr % 2 == 0)
		d->x0 = nie_reg(p, NIE_SYS_RT(esr));
}

bool nie_exit_sysreg(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;
	u32 reg = number(esr);
	u64 val;

	if (fixed_register(vcpu, reg, &val)) {
		complete(p, esr, val);
		//@ assert esr: d->esr == 0;
		//@ assert far: d->far == 0;
		//@ assert hpfar: d->hpfar == 0;
		//@ assert x0: d->x0 == 0;
		//@ assert x1: d->x1 == 0;
		//@ assert why: p->why == \at(p->why, Pre);
		//@ assert exception_same{Pre,Here}(p) && p->syndrome.esr == esr;
		return true;
	}
	if (host_register(reg, esr % 2)) {
		tell(p, esr, d);
		/*@ assert frame: xs_same_but{Pre,Here}(p, 31) && at_same_pc{Pre,Here}(p) &&
		      exception_same{Pre,Here}(p) && p->syndrome.esr == esr; */
		return false;
	}
	nie_inject_undef(p);
	//@ assert untold: tells_nothing(d) && p->why == \at(p->why, Pre);
	//@ assert p->syndrome.esr == esr;
	return true;
}
