/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protected vCPUs: their private state, and what passes between it and the host.
 *
 * A protected vCPU's registers are in its context page, behind struct nie_vcpu, and nowhere else.
 * The host sees of them what exits.c discloses at an exit and changes of them what nie_resume()
 * takes before the next run; both in values, not in shared memory: arch/switch.c reads and writes
 * the run page.
 *
 * Lock: a loaded vCPU's private state belongs to the CPU that has it loaded, but power, entry and
 * context, which other vCPUs of the VM change: nie_lock. Power leaves NIE_POWER_ON on its own CPU
 * only, so that CPU may look at it without the lock.
 */
#ifndef NIE_EL2_PROTECTED_H
#define NIE_EL2_PROTECTED_H

#include <arch/lock.h>
#include "launch.h"
#include "mmio.h"
#include "private.h"

/*@
  // Power, entry, context and nie_mmio are here as they are when a function takes the lock: it does
  // not look at them before. What CPU_ON writes to another vCPU is in nie_tables.

  // Loads and stores: the low bytes of a register; a number with its sign in all bits above.
  logic integer low_of(integer x, integer sas) =
    sas == 0 ? x % 0x100 : sas == 1 ? x % 0x10000 : sas == 2 ? x % 0x100000000 : x;
  logic integer signed_of(integer x, integer sas) =
    sas == 0 ? x % 0x80 + (x / 0x80 % 2 != 0 ? 0xffffffffffffff80 : 0) :
    sas == 1 ? x % 0x8000 + (x / 0x8000 % 2 != 0 ? 0xffffffffffff8000 : 0) :
    sas == 2 ? x % 0x80000000 + (x / 0x80000000 % 2 != 0 ? 0xffffffff80000000 : 0) : x;
  logic integer extended_of(integer esr, integer x) = NIE_FIELD(esr, NIE_ABT_SSE, 2) != 0 ?
    signed_of(x, NIE_ABT_SAS(esr)) : low_of(x, NIE_ABT_SAS(esr));
  logic integer loaded_of(integer esr, integer x) = NIE_FIELD(esr, NIE_ABT_SF, 2) != 0 ?
    extended_of(esr, x) : low_of(extended_of(esr, x), 2);

  // What the host may supply: a value, in this register, 31 for none; SEA; PC + 4.
  logic integer supplied{L}(struct nie_private *p, integer why) =
    why == NIE_WHY_MMIO_READ ? NIE_ABT_SRT(p->syndrome.esr) :
    why == NIE_WHY_SYS_READ ? NIE_SYS_RT(p->syndrome.esr) : 31;
  logic integer supplied_value{L}(struct nie_private *p, integer why, integer x0) =
    why == NIE_WHY_MMIO_READ ? loaded_of(p->syndrome.esr, x0) : x0;
  predicate takes_sea(integer why, integer ask) = NIE_FIELD(ask, NIE_ASK_SEA, 2) != 0 &&
    (why == NIE_WHY_ABORT || why == NIE_WHY_MMIO_READ || why == NIE_WHY_MMIO_WRITE);
  predicate takes_next(integer why, integer ask) = ask % 2 != 0 && !takes_sea(why, ask) &&
    (why == NIE_WHY_WAIT || why == NIE_WHY_MMIO_READ || why == NIE_WHY_MMIO_WRITE ||
     why == NIE_WHY_SYS_READ || why == NIE_WHY_SYS_WRITE);
  predicate sea_taken{L1,L2}(struct nie_private *p) =
    \let ec = (NIE_ESR_EC(\at(p->syndrome.esr, L1)) == NIE_EC_IABT_LOW ? NIE_EC_IABT_LOW :
      NIE_EC_DABT_LOW) + 1 - from_el0(\at(p->file.regs.pstate, L1));
    \at(p->file.sysregs[NIE_SR_FAR_EL1], L2) == \at(p->syndrome.far, L1) &&
    has_taken{L1,L2}(p, NIE_ESR(ec, NIE_FSC_SEA), \at(nie_id_regs[57], L1));

  // Aborts: what is told of one on memory, of one on MMIO; and which are the guest's own business.
  logic integer bytes_of(integer sas) = sas == 0 ? 1 : sas == 1 ? 2 : sas == 2 ? 4 : 8;
  predicate can_emulate(integer esr, integer far, integer pstate) =
    NIE_ESR_EC(esr) == NIE_EC_DABT_LOW && NIE_FIELD(esr, NIE_ABT_ISV, 2) != 0 &&
    NIE_FIELD(esr, NIE_ABT_CM, 2) == 0 && NIE_FIELD(esr, NIE_ABT_S1PTW, 2) == 0 &&
    NIE_FIELD(pstate, NIE_PSTATE_MODE32, 2) == 0 &&
    far % 4096 + bytes_of(NIE_ABT_SAS(esr)) <= 4096;
  logic integer memory_esr(integer esr) = NIE_ESR(NIE_ESR_EC(esr), NIE_FSC_TRANS + 3) +
    (NIE_ESR_EC(esr) == NIE_EC_DABT_LOW ? NIE_FIELD(esr, NIE_ABT_WNR, 2) * NIE_ABT_WNR : 0);
  logic integer mmio_esr(integer esr) = NIE_ESR(NIE_EC_DABT_LOW, NIE_ABT_ISV + NIE_ABT_SF +
    NIE_FSC_TRANS + 3 + NIE_ABT_SAS(esr) * (1ul << 22) +
    NIE_FIELD(esr, NIE_ABT_WNR, 2) * NIE_ABT_WNR);
  predicate own_abort{L}(integer v, struct nie_private *p, integer pstate) =
    NIE_FIELD(p->syndrome.esr, 4, 16) != NIE_FSC_TRANS / 4 ||
    (mmio_open(v, p->syndrome.hpfar / 16) &&
     !can_emulate(p->syndrome.esr, p->syndrome.far, pstate));
  predicate memory_told{L}(struct nie_private *p, struct nie_disclosed *d) =
    p->why == NIE_WHY_ABORT &&
    told(d, memory_esr(p->syndrome.esr), 0, p->syndrome.hpfar, 0, 0);
  predicate mmio_told{L}(struct nie_private *p, struct nie_disclosed *d) =
    \let esr = p->syndrome.esr; \let write = NIE_FIELD(esr, NIE_ABT_WNR, 2);
    p->why == (write != 0 ? NIE_WHY_MMIO_WRITE : NIE_WHY_MMIO_READ) &&
    told(d, mmio_esr(esr), p->syndrome.far % 4096, p->syndrome.hpfar,
      write == 0 ? 0 : low_of(reg_of(p, NIE_ABT_SRT(esr)), NIE_ABT_SAS(esr)), 0);
  // The guest's registers that exits change: all but PC, all.
  predicate rest_same{L1,L2}(struct nie_private *p) = xs_same_but{L1,L2}(p, 31) &&
    exception_same{L1,L2}(p) && \at(p->file.regs.pstate, L1) == \at(p->file.regs.pstate, L2);
  predicate regs_same{L1,L2}(struct nie_private *p) =
    rest_same{L1,L2}(p) && \at(p->file.regs.pc, L1) == \at(p->file.regs.pc, L2);
  // An HVC is to be made again: PC - 4.
  logic integer again(integer pc) = wrapped(pc + 0xfffffffffffffffc);

  // What else rows of the exit table look at.
  predicate trap_same{L1,L2}(struct nie_private *p) =
    \at(p->file.sysregs[NIE_SR_VBAR_EL1], L1) == \at(p->file.sysregs[NIE_SR_VBAR_EL1], L2) &&
    \at(p->file.sysregs[NIE_SR_SCTLR_EL1], L1) == \at(p->file.sysregs[NIE_SR_SCTLR_EL1], L2) &&
    \at(p->syndrome.esr, L1) == \at(p->syndrome.esr, L2) &&
    \at(p->syndrome.far, L1) == \at(p->syndrome.far, L2) &&
    \at(p->syndrome.hpfar, L1) == \at(p->syndrome.hpfar, L2) &&
    \at(nie_id_regs[57], L1) == \at(nie_id_regs[57], L2);

  // Rows of the exit table. 1 for on: the guest goes on.
  predicate wait_row{L1,L2}(struct nie_private *p, struct nie_disclosed *d, integer on) =
    on == 0 && \at(p->why, L2) == NIE_WHY_WAIT && regs_same{L1,L2}(p) &&
    told{L2}(d, NIE_ESR(NIE_EC_WFX, \at(p->syndrome.esr, L1) % 2), 0, 0, 0, 0);
  predicate hvc_row{L1,L2}(struct nie_private *p) = exception_same{L1,L2}(p) &&
    \at(p->file.regs.pstate, L1) == \at(p->file.regs.pstate, L2) &&
    \forall integer i; 4 <= i < 31 ==>
      \at(p->file.regs.x[i], L1) == \at(p->file.regs.x[i], L2);
  predicate undefined_row{L1,L2}(struct nie_private *p) =
    has_taken{L1,L2}(p, NIE_ESR_IL, \at(nie_id_regs[57], L1)) && xs_same_but{L1,L2}(p, 31);
  predicate sys_told{L}(struct nie_private *p, struct nie_disclosed *d) =
    \let esr = p->syndrome.esr;
    p->why == (esr % 2 != 0 ? NIE_WHY_SYS_READ : NIE_WHY_SYS_WRITE) &&
    told(d, NIE_ESR(NIE_EC_SYS64, sys_reg(esr) + esr % 2), 0, 0,
      esr % 2 != 0 ? 0 : reg_of(p, NIE_SYS_RT(esr)), 0);
  predicate sys_row{L1,L2}(struct nie_private *p, struct nie_disclosed *d, integer on) =
    \let esr = \at(p->syndrome.esr, L1);
    (on == 0 <==> host_reg(sys_reg(esr), esr % 2)) &&
    (on == 0 ==> sys_told{L2}(p, d) && regs_same{L1,L2}(p)) &&
    (fixed_reg(sys_reg(esr)) ==> at_next_pc{L1,L2}(p) && exception_same{L1,L2}(p) &&
      xs_same_but{L1,L2}(p, esr % 2 != 0 ? NIE_SYS_RT(esr) : 31)) &&
    (on == 1 && !fixed_reg(sys_reg(esr)) ==> undefined_row{L1,L2}(p));
  predicate abort_row{L1,L2}(integer v, struct nie_private *p, struct nie_disclosed *d,
    integer on) =
    (on == 1 <==> own_abort{L2}(v, p, \at(p->file.regs.pstate, L1))) &&
    (on == 1 ==> sea_taken{L1,L2}(p) && xs_same_but{L1,L2}(p, 31)) &&
    (on == 0 ==> regs_same{L1,L2}(p)) &&
    (on == 0 && mmio_open{L2}(v, \at(p->syndrome.hpfar, L2) / 16) ==> mmio_told{L2}(p, d)) &&
    (on == 0 && !mmio_open{L2}(v, \at(p->syndrome.hpfar, L2) / 16) ==> memory_told{L2}(p, d));
  predicate has_row(integer ec) = ec == NIE_EC_WFX || ec == NIE_EC_HVC64 || ec == NIE_EC_SYS64 ||
    ec == NIE_EC_IABT_LOW || ec == NIE_EC_DABT_LOW;
*/

/**
 * nie_start() - make a vCPU ready for its first instruction
 * @vcpu: loaded here
 * @p: its private state, power not ON
 * @pc: where the host wants vCPU 0 to start, and @x0 what it is to find in x0
 * Context: takes nie_lock.
 * Return: false if it is off.
 */
/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(vcpu) && \valid(p) && \separated(vcpu, p) && vcpu->vm < NIE_NR_VMS;
  @ assigns nie_locked, NIE_STATE, p->file, p->vmcr, p->ap0r[0 .. 3], p->ap1r[0 .. 3],
  @   p->cntv_ctl, p->cntv_cval, p->why, p->vse, p->power;
  @ ensures unlocked: nie_locked == 0;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures starts: \result == 1 <==> \old(p->power) == NIE_POWER_PENDING ||
  @   (\old(p->power) == NIE_POWER_NEW && vcpu->index == 0);
  @ ensures on: \result == 1 ==> p->power == NIE_POWER_ON;
  @ ensures pending: \old(p->power) == NIE_POWER_PENDING ==>
  @   is_reset(p, vcpu->index, p->entry, p->context);
  @ ensures first: \old(p->power) == NIE_POWER_NEW && vcpu->index == 0 ==>
  @   is_reset(p, 0, pc, x0) && launched(vcpu->vm);
  @ ensures off: \result == 0 ==> *p == \old(*p);
  @*/
bool nie_start(const struct nie_vcpu *vcpu, struct nie_private *p, u64 pc, u64 x0);

/**
 * nie_resume() - what the host supplies, as far as the last exit lets it; once
 * @p: private state of a vCPU that is on
 * @ask: NIE_ASK_*, any value
 * @x0: any value
 */
/*@ requires \valid(p);
  @ assigns p->why, p->vse, p->file.regs.x[0 .. 30], p->file.regs.pc, p->file.regs.pstate,
  @   p->file.sysregs[NIE_SR_ESR_EL1], p->file.sysregs[NIE_SR_ELR_EL1],
  @   p->file.sysregs[NIE_SR_SPSR_EL1], p->file.sysregs[NIE_SR_FAR_EL1];
  @ ensures once: p->why == NIE_WHY_QUIET;
  @ ensures vse: p->vse ==
  @   (\old(p->why) == NIE_WHY_SERROR && NIE_FIELD(ask, NIE_ASK_VSE, 2) != 0 ? 1 : \old(p->vse));
  @ ensures sea: takes_sea(\old(p->why), ask) ==>
  @   sea_taken{Pre,Post}(p) && xs_same_but{Pre,Post}(p, 31);
  @ ensures next: takes_next(\old(p->why), ask) ==>
  @   at_next_pc{Pre,Post}(p) && exception_same{Pre,Post}(p) &&
  @   xs_same_but{Pre,Post}(p, supplied(p, \old(p->why)));
  @ ensures value: takes_next(\old(p->why), ask) ==> \let n = supplied(p, \old(p->why));
  @   n < 31 ==> p->file.regs.x[n] == supplied_value(p, \old(p->why), x0);
  @ ensures nothing: !takes_sea(\old(p->why), ask) && !takes_next(\old(p->why), ask) ==>
  @   at_same_pc{Pre,Post}(p) && exception_same{Pre,Post}(p) && xs_same_but{Pre,Post}(p, 31);
  @*/
void nie_resume(struct nie_private *p, u64 ask, u64 x0);

/**
 * nie_exit() - the exit table: what NIE does itself, what the host learns
 * @vcpu: loaded here
 * @p: its private state, registers and syndrome of the exit in place
 * @code: NIE_EXIT_IRQ, _SERROR or _TRAP, perhaps with NIE_EXIT_WITH_SERROR
 * @d: set
 * Context: takes nie_lock. The host's stage-2 is in force.
 * Return: true if the guest goes on, false if the host is to know.
 */
/*@ requires \valid_read(vcpu) && \valid(p) && \valid(d) && \separated(p, d);
  @ requires \separated(vcpu, p) && \separated(vcpu, d);
  @ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS && vcpu->vm < NIE_NR_VMS && mmio_ok;
  @ assigns nie_locked, NIE_STATE, nie_mmio, p->file.regs.x[0 .. 30], p->file.regs.pc,
  @   p->file.regs.pstate, p->file.sysregs[NIE_SR_ESR_EL1], p->file.sysregs[NIE_SR_ELR_EL1],
  @   p->file.sysregs[NIE_SR_SPSR_EL1], p->file.sysregs[NIE_SR_FAR_EL1], p->syndrome.far,
  @   p->why, p->power, p->entry, p->context, *d;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures unlocked: nie_locked == 0;
  @ ensures ok: mmio_ok;
  @ ensures quiet: code != NIE_EXIT_TRAP ==> \result == 0 && tells_nothing(d) &&
  @   p->why == (code == NIE_EXIT_IRQ ? NIE_WHY_QUIET : NIE_WHY_SERROR) && rest_same{Pre,Post}(p);
  @ ensures again: code != NIE_EXIT_TRAP ==> p->file.regs.pc ==
  @   (code % 4 == NIE_EXIT_TRAP && NIE_ESR_EC(p->syndrome.esr) == NIE_EC_HVC64 ?
  @    again(\old(p->file.regs.pc)) : \old(p->file.regs.pc));
  @ ensures wait: \let ec = NIE_ESR_EC(p->syndrome.esr);
  @   code == NIE_EXIT_TRAP && ec == NIE_EC_WFX ==> wait_row{Pre,Post}(p, d, \result);
  @ ensures hvc: \let ec = NIE_ESR_EC(p->syndrome.esr);
  @   code == NIE_EXIT_TRAP && ec == NIE_EC_HVC64 ==> hvc_row{Pre,Post}(p) && d->far == 0;
  @ ensures sys: \let ec = NIE_ESR_EC(p->syndrome.esr);
  @   code == NIE_EXIT_TRAP && ec == NIE_EC_SYS64 ==> sys_row{Pre,Post}(p, d, \result);
  @ ensures abort: \let ec = NIE_ESR_EC(p->syndrome.esr);
  @   code == NIE_EXIT_TRAP && (ec == NIE_EC_IABT_LOW || ec == NIE_EC_DABT_LOW) ==>
  @   abort_row{Pre,Post}(vcpu->vm, p, d, \result);
  @ ensures undefined: code == NIE_EXIT_TRAP && !has_row(NIE_ESR_EC(p->syndrome.esr)) ==>
  @   undefined_row{Pre,Post}(p) && \result == 1;
  @ ensures goes_on: \result == 1 && NIE_ESR_EC(p->syndrome.esr) != NIE_EC_HVC64 ==>
  @   tells_nothing(d) && p->why == NIE_WHY_QUIET;
  @*/
bool nie_exit(const struct nie_vcpu *vcpu, struct nie_private *p, u64 code,
	      struct nie_disclosed *d);

/* Of DISR_EL1 what the host learns of an SError: its class, or that the CPU has its own codes. */
/*@ assigns \nothing;
  @ ensures \result == (NIE_FIELD(disr, 1ul << 24, 2) != 0 ? 1ul << 24 :
  @   NIE_FIELD(disr, 0x200, 16) * 0x200 + disr % 64);
  @*/
u64 nie_serror_class(u64 disr);

/* A list register of the host's: HW only for a PPI, which can be no more than the guest's timer. */
/*@ assigns \nothing;
  @ ensures \let pintid = NIE_FIELD(lr, 1ul << 32, 0x2000);
  @   \result == (NIE_FIELD(lr, 1ul << 61, 2) != 0 && !(16 <= pintid <= 31) ?
  @   lr - (1ul << 61) - pintid * (1ul << 32) : lr);
  @*/
u64 nie_lr_sane(u64 lr);

/* guestcalls.c: a row of the exit table; as nie_exit(), that has set @d to 0. */
/*@ requires \valid_read(vcpu) && \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ requires \separated(vcpu, p) && \separated(vcpu, d);
  @ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS && vcpu->vm < NIE_NR_VMS && mmio_ok;
  @ assigns nie_locked, NIE_STATE, nie_mmio, p->file.regs.x[0 .. 3], p->file.regs.pc,
  @   p->syndrome.far, p->why, p->power, p->entry, p->context, d->esr, d->hpfar, d->x0, d->x1;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures unlocked: nie_locked == 0;
  @ ensures ok: mmio_ok;
  @ ensures frame: hvc_row{Pre,Post}(p);
  @*/
bool nie_exit_hvc(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d);

#endif /* NIE_EL2_PROTECTED_H */
