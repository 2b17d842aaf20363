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

#include "private.h"
#include "mmio.h"

/**
 * nie_start() - make a vCPU ready for its first instruction
 * @vcpu: loaded here
 * @p: its private state, power not ON
 * @pc: where the host wants vCPU 0 to start, and @x0 what it is to find in x0
 * Context: takes nie_lock.
 * Return: false if it is off.
 */
bool nie_start(const struct nie_vcpu *vcpu, struct nie_private *p, u64 pc, u64 x0);

/**
 * nie_resume() - what the host supplies, as far as the last exit lets it; once
 * @p: private state of a vCPU that is on
 * @ask: NIE_ASK_*, any value
 * @x0: any value
 */
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
bool nie_exit(const struct nie_vcpu *vcpu, struct nie_private *p, u64 code,
	      struct nie_disclosed *d);

/* Of DISR_EL1 what the host learns of an SError: its class, or that the CPU has its own codes. */
u64 nie_serror_class(u64 disr);

/* A list register of the host's: HW only for a PPI, which can be no more than the guest's timer. */
u64 nie_lr_sane(u64 lr);

/* guestcalls.c: a row of the exit table; as nie_exit(). */
bool nie_exit_hvc(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d);

#endif /* NIE_EL2_PROTECTED_H */
