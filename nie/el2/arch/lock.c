// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the NIE lock. Acquire and release semantics: Arm ARM B2.3.11 (LDAXR, LDAR, STLR).
 */
#include <linux/types.h>
#include "el2.h"
#include "lock.h"

static u32 ticket_next;
static u32 ticket_owner;

void nie_lock(void)
{
	u32 mine, tmp, fail;

	asm volatile("1:	ldaxr	%w0, %3\n"
		     "	add	%w1, %w0, #1\n"
		     "	stxr	%w2, %w1, %3\n"
		     "	cbnz	%w2, 1b"
		     : "=&r"(mine), "=&r"(tmp), "=&r"(fail), "+Q"(ticket_next)
		     : : "memory");
	/* Its owner leaves EL2 within the bound of a call, so this ends, or it has panicked. */
	for (;;) {
		asm volatile("ldar %w0, %1" : "=r"(tmp) : "Q"(ticket_owner) : "memory");
		if (tmp == mine)
			return;
		if (nie_phase == NIE_PHASE_DEAD)
			nie_panic(NIE_PANIC_LOCK);
		asm volatile("yield");
	}
}

void nie_unlock(void)
{
	asm volatile("stlr %w1, %0" : "=Q"(ticket_owner) : "r"(ticket_owner + 1) : "memory");
}
