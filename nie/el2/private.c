// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: changes of a protected vCPU's private state that are no run: reset, the next instruction,
 * exceptions. Lock: none, the vCPU is loaded here or cannot run yet.
 * Never: looks at anything of the host's.
 */
#include "private.h"
#include <arch/mem.h>

u64 nie_plus(u64 x, u64 y)
{
	u64 room = ~0ul - x;

	return y > room ? y - room - 1 : x + y;
}

u64 nie_mpidr(u32 index)
{
	return (1ul << 31) + index % 16 + index / 16 % 256 * 256ul;
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

/*@ requires \valid(f);
  @ assigns *f;
  @ ensures regs: f->regs.sp == 0 && f->regs.pc == 0 && f->regs.pstate == 0 &&
  @   \forall integer i; 0 <= i < 31 ==> f->regs.x[i] == 0;
  @ ensures sysregs: \forall integer i; 0 <= i < NIE_NR_SYSREGS ==> f->sysregs[i] == 0;
  @ ensures fp: f->fp.fpsr == 0 && f->fp.fpcr == 0 &&
  @   \forall integer i; 0 <= i < 64 ==> f->fp.v[i] == 0;
  @*/
static void clear(struct nie_file *f)
{
	/*@ loop invariant 0 <= i <= 31;
	  @ loop invariant zero: \forall integer j; 0 <= j < i ==> f->regs.x[j] == 0;
	  @ loop assigns i, f->regs.x[0 .. 30];
	  @ loop variant 31 - i;
	  @*/
	for (u32 i = 0; i < 31; i++)
		f->regs.x[i] = 0;
	f->regs.sp = 0;
	f->regs.pc = 0;
	f->regs.pstate = 0;
	/*@ loop invariant 0 <= i <= NIE_NR_SYSREGS;
	  @ loop invariant zero: \forall integer j; 0 <= j < i ==> f->sysregs[j] == 0;
	  @ loop assigns i, f->sysregs[0 .. NIE_NR_SYSREGS - 1];
	  @ loop variant NIE_NR_SYSREGS - i;
	  @*/
	for (u32 i = 0; i < NIE_NR_SYSREGS; i++)
		f->sysregs[i] = 0;
	/*@ loop invariant 0 <= i <= 64;
	  @ loop invariant zero: \forall integer j; 0 <= j < i ==> f->fp.v[j] == 0;
	  @ loop assigns i, f->fp.v[0 .. 63];
	  @ loop variant 64 - i;
	  @*/
	for (u32 i = 0; i < 64; i++)
		f->fp.v[i] = 0;
	f->fp.fpsr = 0;
	f->fp.fpcr = 0;
}

void nie_reset(struct nie_private *p, u32 index, u64 pc, u64 x0)
{
	clear(&p->file);
	p->file.regs.pc = pc;
	p->file.regs.x[0] = x0;
	p->file.regs.pstate = NIE_PSTATE_RESET;
	p->file.sysregs[NIE_SR_MPIDR_EL1] = nie_mpidr(index);
	p->file.sysregs[NIE_SR_SCTLR_EL1] = NIE_SCTLR_RESET;
	p->vmcr = 0;
	/*@ loop invariant 0 <= i <= 4;
	  @ loop invariant zero: \forall integer j; 0 <= j < i ==>
	  @   p->ap0r[j] == 0 && p->ap1r[j] == 0;
	  @ loop assigns i, p->ap0r[0 .. 3], p->ap1r[0 .. 3];
	  @ loop variant 4 - i;
	  @*/
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
	u64 old = p->file.regs.pstate;

	p->file.regs.pc = nie_plus(p->file.regs.pc, 4);
	p->file.regs.pstate = old - NIE_FIELD(old, NIE_PSTATE_BTYPE, 4) * NIE_PSTATE_BTYPE -
			      NIE_FIELD(old, NIE_PSTATE_SS, 2) * NIE_PSTATE_SS;
}

u64 nie_vector(u64 pstate)
{
	if (NIE_FIELD(pstate, NIE_PSTATE_MODE32, 2))
		return 0x600;
	if (pstate % 16 == 0)
		return 0x400;
	return pstate % 2 ? 0x200 : 0;
}

u64 nie_handler_pstate(u64 old, u64 sctlr)
{
	u64 new = NIE_PSTATE_RESET, pan = 0;

	if (!NIE_FIELD(old, NIE_PSTATE_MODE32, 2)) {
		new += NIE_FIELD(old, NIE_PSTATE_NZCV, 16) * NIE_PSTATE_NZCV +
		       NIE_FIELD(old, NIE_PSTATE_DIT, 2) * NIE_PSTATE_DIT;
		pan = NIE_FIELD(old, NIE_PSTATE_PAN, 2);
	}
	if (!NIE_FIELD(sctlr, NIE_SCTLR_SPAN, 2) && NIE_FIELD(arch_id_reg(7, 1), NIE_MMFR1_PAN, 16))
		pan = 1;
	return new + pan * NIE_PSTATE_PAN +
	       NIE_FIELD(sctlr, NIE_SCTLR_DSSBS, 2) * NIE_PSTATE_SSBS;
}

/* A synchronous exception to EL1. */
/*@ requires \valid(p);
  @ assigns p->file.regs.pc, p->file.regs.pstate, p->file.sysregs[NIE_SR_ESR_EL1],
  @   p->file.sysregs[NIE_SR_ELR_EL1], p->file.sysregs[NIE_SR_SPSR_EL1];
  @ ensures taken: has_taken{Pre,Post}(p, esr, nie_id_regs[57]);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @*/
static void take(struct nie_private *p, u64 esr)
{
	struct nie_file *f = &p->file;
	u64 old = f->regs.pstate;

	f->sysregs[NIE_SR_ESR_EL1] = esr;
	f->sysregs[NIE_SR_ELR_EL1] = f->regs.pc;
	f->sysregs[NIE_SR_SPSR_EL1] = old;
	f->regs.pc = nie_plus(f->sysregs[NIE_SR_VBAR_EL1], nie_vector(old));
	f->regs.pstate = nie_handler_pstate(old, f->sysregs[NIE_SR_SCTLR_EL1]);
}

void nie_inject_undef(struct nie_private *p)
{
	take(p, NIE_ESR(NIE_EC_UNKNOWN, 0));
}

void nie_inject_sea(struct nie_private *p)
{
	u64 pstate = p->file.regs.pstate;
	bool el0 = NIE_FIELD(pstate, NIE_PSTATE_MODE32, 2) || pstate % 16 == 0;
	u32 ec = NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ? NIE_EC_IABT_LOW :
								  NIE_EC_DABT_LOW;

	if (!el0)
		ec++;
	/*@ assert class: ec == (NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ? NIE_EC_IABT_LOW :
	      NIE_EC_DABT_LOW) + 1 - from_el0(pstate); */
	p->file.sysregs[NIE_SR_FAR_EL1] = p->syndrome.far;
	take(p, NIE_ESR(ec, NIE_FSC_SEA));
}
