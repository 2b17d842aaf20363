/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an exit of a protected vCPU tells the host. Here: trapped system registers; protected.h has
 * the other rows.
 */
#ifndef NIE_EL2_DISCLOSED_H
#define NIE_EL2_DISCLOSED_H

#include "private.h"

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
  predicate xs_same_but{L1,L2}(struct nie_private *p, integer n) = \forall integer i;
    0 <= i < 31 && i != n ==> \at(p->file.regs.x[i], L1) == \at(p->file.regs.x[i], L2);
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

/* A row of the exit table; as nie_exit(), that has set @d to 0. */
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

#endif /* NIE_EL2_DISCLOSED_H */
