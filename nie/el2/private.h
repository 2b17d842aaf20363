/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A protected vCPU's private state, what becomes of it without a run (reset, the next instruction,
 * exceptions), and what the host learns of trapped system registers. protected.h has the lock.
 */
#ifndef NIE_EL2_PRIVATE_H
#define NIE_EL2_PRIVATE_H

#include <nie/run.h>
#include "esr.h"
#include "state.h"

/*
 * A new context page is zero. vCPU 0 starts where the host says at its first run, any other only
 * where its VM says by PSCI CPU_ON.
 */
enum nie_power {
	NIE_POWER_NEW,		/* has never run */
	NIE_POWER_OFF,
	NIE_POWER_PENDING,	/* starts at its next run, at @entry */
	NIE_POWER_ON,
};

/* What the last exit lets the host supply. */
enum nie_why {
	NIE_WHY_QUIET,		/* nothing */
	NIE_WHY_WAIT,		/* PC + 4 */
	NIE_WHY_ABORT,		/* SEA; or a page, by another call */
	NIE_WHY_MMIO_READ,	/* a value and PC + 4; or SEA */
	NIE_WHY_MMIO_WRITE,	/* PC + 4, or SEA */
	NIE_WHY_SYS_READ,	/* a value and PC + 4 */
	NIE_WHY_SYS_WRITE,	/* PC + 4 */
	NIE_WHY_SERROR,		/* a virtual SError */
};

/* As the hardware has it, HPFAR_EL2 made good; fields and order as in the run page. */
struct nie_syndrome {
	u64 esr, far, hpfar, disr;
};

/**
 * struct nie_private - a protected vCPU's own state, NIE_PRIVATE_OFFSET into its context page
 * @file: registers while it does not run
 * @lr: list registers of this run, after nie_lr_sane()
 * @syndrome: of the last exit
 * @vmcr: ICH_VMCR_EL2; @ap0r, @ap1r: active priorities
 * @cntv_ctl: CNTV_CTL_EL0; @cntv_cval: CNTV_CVAL_EL0
 * @entry: PC of a start that is pending; @context: its x0
 * @power: enum nie_power
 * @why: enum nie_why
 * @vse: 1 if a virtual SError is pending
 */
struct nie_private {
	struct nie_file file;
	u64 lr[NIE_MAX_LRS];
	struct nie_syndrome syndrome;
	u64 vmcr, ap0r[4], ap1r[4];
	u64 cntv_ctl, cntv_cval;
	u64 entry, context;
	u32 power;
	u32 why;
	u32 vse;
	u32 reserved;
};

#define NIE_PRIVATE_OFFSET	256ul

_Static_assert(sizeof(struct nie_vcpu) <= NIE_PRIVATE_OFFSET, "room for struct nie_vcpu");
_Static_assert(NIE_PRIVATE_OFFSET + sizeof(struct nie_private) <= NIE_PAGE_SIZE, "one page");

/* SCTLR_EL1 with MMU and caches off: its RES1 bits, Arm ARM D24.2.127. */
#define NIE_SCTLR_RESET	0x30d00800ul
#define NIE_SCTLR_SPAN	(1ul << 23)
#define NIE_SCTLR_DSSBS	(1ul << 44)
/* ID_AA64MMFR1_EL1.PAN */
#define NIE_MMFR1_PAN	(1ul << 20)

/* Ghost: the ID registers (3, 0, 0, crm, op2) of this CPU, at crm * 8 + op2; its CTR_EL0. */
//@ ghost extern u64 nie_id_regs[64];
//@ ghost extern u64 nie_ctr;

/*@
  // Addition of registers.
  logic integer wrapped(integer x) = x % 0x10000000000000000;
  logic integer mpidr(integer index) = 0x80000000 + index % 16 + index / 16 % 256 * 256;
  // PSTATE at the next instruction: BTYPE and SS are 0.
  logic integer stepped(integer s) =
    s - NIE_FIELD(s, NIE_PSTATE_BTYPE, 4) * NIE_PSTATE_BTYPE -
    NIE_FIELD(s, NIE_PSTATE_SS, 2) * NIE_PSTATE_SS;
  // Exceptions to EL1: the vector (D1.3.1.5), PSTATE there (D1.3.4), and whether it came from EL0.
  logic integer from_el0(integer s) =
    NIE_FIELD(s, NIE_PSTATE_MODE32, 2) != 0 || s % 16 == 0 ? 1 : 0;
  logic integer vector_of(integer s) = NIE_FIELD(s, NIE_PSTATE_MODE32, 2) != 0 ? 0x600 :
    s % 16 == 0 ? 0x400 : s % 2 != 0 ? 0x200 : 0;
  logic integer kept_pan(integer s) =
    NIE_FIELD(s, NIE_PSTATE_MODE32, 2) != 0 ? 0 : NIE_FIELD(s, NIE_PSTATE_PAN, 2);
  logic integer kept_rest(integer s) = NIE_FIELD(s, NIE_PSTATE_MODE32, 2) != 0 ? 0 :
    NIE_FIELD(s, NIE_PSTATE_NZCV, 16) * NIE_PSTATE_NZCV +
    NIE_FIELD(s, NIE_PSTATE_DIT, 2) * NIE_PSTATE_DIT;
  logic integer taken(integer s, integer sctlr, integer mmfr1) = NIE_PSTATE_RESET + kept_rest(s) +
    (NIE_FIELD(sctlr, NIE_SCTLR_SPAN, 2) == 0 && NIE_FIELD(mmfr1, NIE_MMFR1_PAN, 16) != 0 ?
     NIE_PSTATE_PAN : kept_pan(s) * NIE_PSTATE_PAN) +
    NIE_FIELD(sctlr, NIE_SCTLR_DSSBS, 2) * NIE_PSTATE_SSBS;
  predicate xs_same_but{L1,L2}(struct nie_private *p, integer n) = \forall integer i;
    0 <= i < 31 && i != n ==> \at(p->file.regs.x[i], L1) == \at(p->file.regs.x[i], L2);
  predicate has_taken{L1,L2}(struct nie_private *p, integer esr, integer mmfr1) =
    \let s = \at(p->file.regs.pstate, L1);
    \at(p->file.sysregs[NIE_SR_ESR_EL1], L2) == esr &&
    \at(p->file.sysregs[NIE_SR_ELR_EL1], L2) == \at(p->file.regs.pc, L1) &&
    \at(p->file.sysregs[NIE_SR_SPSR_EL1], L2) == s &&
    \at(p->file.regs.pc, L2) ==
      wrapped(\at(p->file.sysregs[NIE_SR_VBAR_EL1], L1) + vector_of(s)) &&
    \at(p->file.regs.pstate, L2) ==
      taken(s, \at(p->file.sysregs[NIE_SR_SCTLR_EL1], L1), mmfr1);
*/

/*@
  // As at reset.
  predicate reset_start{L}(struct nie_private *p, integer pc, integer x0) =
    p->file.regs.pc == pc && p->file.regs.x[0] == x0 && p->file.regs.pstate == NIE_PSTATE_RESET;
  predicate reset_regs{L}(struct nie_private *p) = p->file.regs.sp == 0 &&
    \forall integer i; 1 <= i < 31 ==> p->file.regs.x[i] == 0;
  predicate reset_sysregs{L}(struct nie_private *p, integer index) =
    p->file.sysregs[NIE_SR_MPIDR_EL1] == mpidr(index) &&
    p->file.sysregs[NIE_SR_SCTLR_EL1] == NIE_SCTLR_RESET &&
    \forall integer i; 0 <= i < NIE_NR_SYSREGS && i != NIE_SR_MPIDR_EL1 &&
      i != NIE_SR_SCTLR_EL1 ==> p->file.sysregs[i] == 0;
  predicate reset_fp{L}(struct nie_private *p) = p->file.fp.fpsr == 0 && p->file.fp.fpcr == 0 &&
    \forall integer i; 0 <= i < 64 ==> p->file.fp.v[i] == 0;
  predicate reset_rest{L}(struct nie_private *p) =
    p->cntv_ctl == 0 && p->cntv_cval == 0 && p->vse == 0 && p->why == NIE_WHY_QUIET &&
    p->vmcr == 0 && \forall integer i; 0 <= i < 4 ==> p->ap0r[i] == 0 && p->ap1r[i] == 0;
  predicate is_reset{L}(struct nie_private *p, integer index, integer pc, integer x0) =
    reset_start(p, pc, x0) && reset_regs(p) && reset_sysregs(p, index) && reset_fp(p) &&
    reset_rest(p);
*/

/* Sum of two registers, modulo 2^64. */
/*@ assigns \nothing;
  @ ensures \result == wrapped(x + y);
  @*/
u64 nie_plus(u64 x, u64 y);

/* MPIDR_EL1 of a vCPU, as KVM numbers them: Aff0 below 16, then Aff1. */
/*@ assigns \nothing;
  @ ensures \result == mpidr(index);
  @*/
u64 nie_mpidr(u32 index);

/* A register by its number, 31 being xzr. */
/*@ requires \valid_read(p);
  @ assigns \nothing;
  @ ensures \result == (n < 31 ? p->file.regs.x[n] : 0);
  @*/
u64 nie_reg(const struct nie_private *p, u32 n);

/*@ requires \valid(p);
  @ assigns p->file.regs.x[0 .. 30];
  @ ensures set: n < 31 ==> p->file.regs.x[n] == val;
  @ ensures others: \forall integer i; 0 <= i < 31 && i != n ==>
  @   p->file.regs.x[i] == \old(p->file.regs.x[i]);
  @*/
void nie_set_reg(struct nie_private *p, u32 n, u64 val);

/* The next instruction. */
/*@ requires \valid(p);
  @ assigns p->file.regs.pc, p->file.regs.pstate;
  @ ensures pc: p->file.regs.pc == wrapped(\old(p->file.regs.pc) + 4);
  @ ensures pstate: p->file.regs.pstate == stepped(\old(p->file.regs.pstate));
  @*/
void nie_skip(struct nie_private *p);

/* An exception to EL1: the offset in its vector table, Arm ARM D1.3.1.5. */
/*@ assigns \nothing;
  @ ensures \result == vector_of(pstate);
  @*/
u64 nie_vector(u64 pstate);

/* PSTATE of its handler: Arm ARM D1.3.4, AArch64.TakeException(). */
/*@ assigns \nothing;
  @ ensures \result == taken(old, sctlr, nie_id_regs[57]);
  @*/
u64 nie_handler_pstate(u64 old, u64 sctlr);

/* Exceptions into EL1: undefined instruction. */
/*@ requires \valid(p);
  @ assigns p->file.regs.pc, p->file.regs.pstate, p->file.sysregs[NIE_SR_ESR_EL1],
  @   p->file.sysregs[NIE_SR_ELR_EL1], p->file.sysregs[NIE_SR_SPSR_EL1];
  @ ensures taken: has_taken{Pre,Post}(p, NIE_ESR_IL, nie_id_regs[57]);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @*/
void nie_inject_undef(struct nie_private *p);

/* Synchronous external abort of the last exit. */
/*@ requires \valid(p);
  @ assigns p->file.regs.pc, p->file.regs.pstate, p->file.sysregs[NIE_SR_ESR_EL1],
  @   p->file.sysregs[NIE_SR_ELR_EL1], p->file.sysregs[NIE_SR_SPSR_EL1],
  @   p->file.sysregs[NIE_SR_FAR_EL1];
  @ ensures far: p->file.sysregs[NIE_SR_FAR_EL1] == p->syndrome.far;
  @ ensures taken: \let ec = (NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ?
  @     NIE_EC_IABT_LOW : NIE_EC_DABT_LOW) + 1 - from_el0(\old(p->file.regs.pstate));
  @   has_taken{Pre,Post}(p, NIE_ESR(ec, NIE_FSC_SEA), nie_id_regs[57]);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @*/
void nie_inject_sea(struct nie_private *p);

/* All of it as at reset, but for power and the list registers. */
/*@ requires \valid(p);
  @ assigns p->file, p->vmcr, p->ap0r[0 .. 3], p->ap1r[0 .. 3], p->cntv_ctl, p->cntv_cval, p->why,
  @   p->vse;
  @ ensures start: reset_start(p, pc, x0);
  @ ensures regs: reset_regs(p);
  @ ensures sysregs: reset_sysregs(p, index);
  @ ensures fp: reset_fp(p);
  @ ensures rest: reset_rest(p);
  @*/
void nie_reset(struct nie_private *p, u32 index, u64 pc, u64 x0);

/* What an exit tells the host, besides its code; 0 where it tells nothing. */
struct nie_disclosed {
	u64 esr, far, hpfar, x0, x1;
};

/*@
  // A system register by its number, as NIE_SYS(); that of a trapped MSR or MRS.
  logic integer sys_reg(integer esr) = esr / 0x400 % 0x1000 * 0x400 + esr / 2 % 16 * 2;
  logic integer sys_op0(integer reg) = reg / 0x100000;
  logic integer sys_op1(integer reg) = reg / 0x4000 % 8;
  logic integer sys_op2(integer reg) = reg / 0x20000 % 8;
  logic integer sys_crn(integer reg) = reg / 0x400 % 16;
  logic integer sys_crm(integer reg) = reg / 2 % 16;
  predicate id_reg(integer reg) = sys_op0(reg) == 3 && sys_op1(reg) == 0 && sys_crn(reg) == 0 &&
    1 <= sys_crm(reg) <= 7;
  predicate zero_reg(integer reg) =
    (sys_op0(reg) == 2 && (sys_op1(reg) == 0 || sys_op1(reg) == 3)) ||
    reg == NIE_SYS(3, 0, 0, 0, 6) || reg == NIE_SYS(3, 0, 1, 0, 1) ||
    reg == NIE_SYS(3, 1, 0, 0, 0) || reg == NIE_SYS(3, 1, 0, 0, 1) ||
    reg == NIE_SYS(3, 1, 0, 0, 7) || reg == NIE_SYS(3, 2, 0, 0, 0);
  predicate fixed_reg(integer reg) = id_reg(reg) || zero_reg(reg) ||
    reg == NIE_SYS(3, 3, 0, 0, 1) || reg == NIE_SYS(3, 0, 12, 12, 5);
  // Values of those that are no ID registers; sysregs.c has these.
  logic integer fixed_value{L}(integer reg) = reg == NIE_SYS(3, 3, 0, 0, 1) ? nie_ctr :
    reg == NIE_SYS(3, 0, 12, 12, 5) ? 7 : 0;
  predicate host_reg(integer reg, integer read) =
    reg == NIE_SYS(3, 3, 14, 2, 0) || reg == NIE_SYS(3, 3, 14, 2, 1) ||
    reg == NIE_SYS(3, 3, 14, 2, 2) || (read == 0 && (reg == NIE_SYS(3, 0, 12, 11, 5) ||
    reg == NIE_SYS(3, 0, 12, 11, 6) || reg == NIE_SYS(3, 0, 12, 11, 7)));

  logic integer reg_of{L}(struct nie_private *p, integer n) = n < 31 ? p->file.regs.x[n] : 0;
  predicate at_same_pc{L1,L2}(struct nie_private *p) =
    \at(p->file.regs.pc, L1) == \at(p->file.regs.pc, L2) &&
    \at(p->file.regs.pstate, L1) == \at(p->file.regs.pstate, L2);
  predicate at_next_pc{L1,L2}(struct nie_private *p) =
    \at(p->file.regs.pc, L2) == wrapped(\at(p->file.regs.pc, L1) + 4) &&
    \at(p->file.regs.pstate, L2) == stepped(\at(p->file.regs.pstate, L1));
  predicate exception_same{L1,L2}(struct nie_private *p) =
    \at(p->file.sysregs[NIE_SR_ESR_EL1], L1) == \at(p->file.sysregs[NIE_SR_ESR_EL1], L2) &&
    \at(p->file.sysregs[NIE_SR_ELR_EL1], L1) == \at(p->file.sysregs[NIE_SR_ELR_EL1], L2) &&
    \at(p->file.sysregs[NIE_SR_SPSR_EL1], L1) == \at(p->file.sysregs[NIE_SR_SPSR_EL1], L2) &&
    \at(p->file.sysregs[NIE_SR_FAR_EL1], L1) == \at(p->file.sysregs[NIE_SR_FAR_EL1], L2);
  predicate tells_nothing{L}(struct nie_disclosed *d) =
    d->esr == 0 && d->far == 0 && d->hpfar == 0 && d->x0 == 0 && d->x1 == 0;
  predicate told{L}(struct nie_disclosed *d, integer esr, integer far, integer hpfar, integer x0,
    integer x1) =
    d->esr == esr && d->far == far && d->hpfar == hpfar && d->x0 == x0 && d->x1 == x1;
*/

/* sysregs.c: a row of the exit table; as nie_exit(), that has set @d to 0. */
/*@ requires \valid_read(vcpu) && \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ requires \separated(vcpu, p) && \separated(vcpu, d);
  @ assigns p->file.regs.x[0 .. 30], p->file.regs.pc, p->file.regs.pstate,
  @   p->file.sysregs[NIE_SR_ESR_EL1], p->file.sysregs[NIE_SR_ELR_EL1],
  @   p->file.sysregs[NIE_SR_SPSR_EL1], p->why, d->esr, d->x0;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures row: \let esr = p->syndrome.esr;
  @   \result == 0 <==> host_reg(sys_reg(esr), esr % 2);
  @ ensures told: \let esr = p->syndrome.esr; \result == 0 ==>
  @   d->esr == NIE_ESR(NIE_EC_SYS64, sys_reg(esr) + esr % 2) &&
  @   d->x0 == (esr % 2 != 0 ? 0 : reg_of(p, NIE_SYS_RT(esr)));
  @ ensures why: \result == 0 ==>
  @   p->why == (p->syndrome.esr % 2 != 0 ? NIE_WHY_SYS_READ : NIE_WHY_SYS_WRITE);
  @ ensures frame: \result == 0 ==>
  @   xs_same_but{Pre,Post}(p, 31) && at_same_pc{Pre,Post}(p) && exception_same{Pre,Post}(p);
  @ ensures goes_on: \result == 1 ==> tells_nothing(d) && p->why == \old(p->why);
  @ ensures next: fixed_reg(sys_reg(p->syndrome.esr)) ==>
  @   at_next_pc{Pre,Post}(p) && exception_same{Pre,Post}(p);
  @ ensures write: fixed_reg(sys_reg(p->syndrome.esr)) ==>
  @   xs_same_but{Pre,Post}(p, p->syndrome.esr % 2 != 0 ? NIE_SYS_RT(p->syndrome.esr) : 31);
  @ ensures read: \let esr = p->syndrome.esr; \let reg = sys_reg(esr); fixed_reg(reg) &&
  @   !id_reg(reg) && esr % 2 != 0 && NIE_SYS_RT(esr) < 31 ==>
  @   p->file.regs.x[NIE_SYS_RT(esr)] == fixed_value(reg);
  @ ensures undefined: \result == 1 && !fixed_reg(sys_reg(p->syndrome.esr)) ==>
  @   has_taken{Pre,Post}(p, NIE_ESR_IL, nie_id_regs[57]) && xs_same_but{Pre,Post}(p, 31);
  @*/
bool nie_exit_sysreg(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d);

#endif /* NIE_EL2_PRIVATE_H */
