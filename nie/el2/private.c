// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: changes of a protected vCPU's private state that are no run: reset, the next instruction,
 * exceptions. Lock: none, the vCPU is loaded here or cannot run yet.
 * Never: looks at anything of the host's.
 */
#include "protected.h"
#include "esr.h"
#include <arch/mem.h>

/* SCTLR_EL1 with MMU and caches off: its RES1 bits, Arm ARM D24.2.127. */
#define SCTLR_RESET	0x30d00800ul
#define SCTLR_SPAN	(1ul << 23)
#define SCTLR_DSSBS	(1ul << 44)
#define MMFR1_PAN	(0xful << 20)

u64 nie_mpidr(u32 index)
{
	return 1ul << 31 | (index & 15) | (u64)(index >> 4 & 0xff) << 8;
}

u64 nie_reg(const struct nie_private *p, u32 n)
{
	return n < 31 ? p->file.regs.x[n] : 0;
}

void nie_set_reg(struct nie_private *p, u32 n, u64 val)
{
	if (n < 31)
		p->file.regs.x[n] = val;
}

void nie_reset(struct nie_private *p, u32 index, u64 pc, u64 x0)
{
	u64 *word = (u64 *)&p->file;

	for (u32 i = 0; i < sizeof(p->file) / sizeof(*word); i++)
		word[i] = 0;
	p->file.regs.pc = pc;
	p->file.regs.x[0] = x0;
	p->file.regs.pstate = NIE_PSTATE_EL1H | NIE_PSTATE_DAIF;
	p->file.sysregs[NIE_SR_MPIDR_EL1] = nie_mpidr(index);
	p->file.sysregs[NIE_SR_SCTLR_EL1] = SCTLR_RESET;
	p->vmcr = 0;
	for (u32 i = 0; i < 4; i++) {
		p->ap0r[i] = 0;
		p->ap1r[i] = 0;
	}
	p->cntv_ctl = 0;
	p->cntv_cval = 0;
	p->why = NIE_WHY_QUIET;
	p->vse = 0;
}

void nie_skip(struct nie_private *p)
{
	p->file.regs.pc += 4;
	p->file.regs.pstate &= ~(NIE_PSTATE_BTYPE | NIE_PSTATE_SS);
}

/* Offsets in a vector table: Arm ARM D1.3.1.5. */
static u64 vector(u64 pstate)
{
	if (pstate & NIE_PSTATE_MODE32)
		return 0x600;
	if ((pstate & NIE_PSTATE_MODE) == 0)
		return 0x400;
	return (pstate & 1) ? 0x200 : 0;
}

/* A synchronous exception to EL1: Arm ARM D1.3.4, AArch64.TakeException(). */
static void take(struct nie_private *p, u64 esr)
{
	struct nie_file *f = &p->file;
	u64 old = f->regs.pstate;
	u64 new = NIE_PSTATE_EL1H | NIE_PSTATE_DAIF;

	if (!(old & NIE_PSTATE_MODE32))
		new |= old & (NIE_PSTATE_NZCV | NIE_PSTATE_DIT | NIE_PSTATE_PAN);
	if (!(f->sysregs[NIE_SR_SCTLR_EL1] & SCTLR_SPAN) && arch_id_reg(7, 1) & MMFR1_PAN)
		new |= NIE_PSTATE_PAN;
	if (f->sysregs[NIE_SR_SCTLR_EL1] & SCTLR_DSSBS)
		new |= NIE_PSTATE_SSBS;
	f->sysregs[NIE_SR_ESR_EL1] = esr;
	f->sysregs[NIE_SR_ELR_EL1] = f->regs.pc;
	f->sysregs[NIE_SR_SPSR_EL1] = old;
	f->regs.pc = f->sysregs[NIE_SR_VBAR_EL1] + vector(old);
	f->regs.pstate = new;
}

void nie_inject_undef(struct nie_private *p)
{
	take(p, NIE_ESR(NIE_EC_UNKNOWN, 0));
}

void nie_inject_sea(struct nie_private *p)
{
	u64 pstate = p->file.regs.pstate;
	bool el0 = pstate & NIE_PSTATE_MODE32 || (pstate & NIE_PSTATE_MODE) == 0;
	u32 ec = NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ? NIE_EC_IABT_LOW :
								  NIE_EC_DABT_LOW;

	p->file.sysregs[NIE_SR_FAR_EL1] = p->syndrome.far;
	take(p, NIE_ESR(el0 ? ec : ec + 1, NIE_FSC_SEA));
}
