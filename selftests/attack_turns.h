/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A protected VM that runs, turn by turn, and what its exits show: attack_protected.c has the
 * functions, for the attacks there and for those of a hostile guest.
 */
#ifndef SELFTESTS_ATTACK_TURNS_H
#define SELFTESTS_ATTACK_TURNS_H

#include <nie/guestcalls.h>
#include "attack_guest.h"

#define CPU_ON		(NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT)
#define AFFINITY_INFO	(NIE_GC_PSCI_AFFINITY_INFO | NIE_GC_64BIT)

/* Syndromes that exits disclose. */
#define ESR(ec, iss)	((u64)(ec) << 26 | 1ul << 25 | (iss))
#define ESR_WFI		ESR(0x01, 0)
#define ESR_WFE		ESR(0x01, 1)
#define ESR_HVC		ESR(0x16, 0)
#define ESR_READ	ESR(0x24, 7)		/* translation fault, level 3 */
#define ESR_WRITE	ESR(0x24, 0x47)
#define ESR_FETCH	ESR(0x20, 7)
#define ESR_MMIO(size, write)	ESR(0x24, 1ul << 24 | (u64)(size) << 22 | 1ul << 15 |	\
				    (write) << 6 | 7)
#define ESR_SGI1R	ESR(0x18, 0x3a3016)	/* Rt = 0, whatever it was; writes */
#define ESR_CVAL	ESR(0x18, 0x34f804)
#define ESR_CTL		ESR(0x18, 0x32f805)	/* read */
/* Syndromes that the guest finds. */
#define SEA_READ	ESR(0x25, 0x10)
#define SEA_FETCH	ESR(0x21, 0x10)
#define UNDEFINED	ESR(0x00, 0)

extern u64 turns;			/* that the guest has done */
extern u64 runs;			/* of vcpu_run, by run_once() */

/* The VM, and its first turn: it shares its page. Preemption is off until end(). */
void begin(void);
void end(void);
/* One vcpu_run, whatever ends it: its code, or an errno. */
long run_once(void);
/* With what the host has to say of the last exit, until one that is no interrupt. */
long go_on(u64 ask);
/* What the guest does when it goes on. */
void next_insn(u32 insn);
/* A turn to its first exit; one without an exit; one that ends in an exception in the guest. */
long turn(u32 insn, u64 x7, u64 x9);
void whole_turn(const char *what, u32 insn, u64 x7, u64 x9);
void turn_takes(const char *what, u32 insn, u64 x9, u64 esr);
/* The exit is a trap that shows exactly this; or the end of the turn. */
void shows(const char *what, long code, u64 esr, u64 far, u64 hpfar, u64 x0, u64 x1);
void turn_done(const char *what, long code);
/* A guest call without an exit: its result. */
u64 call(u64 fn, u64 x1, u64 x2, u64 x3);
void expect_call(const char *what, u64 fn, u64 x1, u64 want);

/*
 * A turn that is more than one instruction: those up to `br x2`, from attack_programs.S or made up,
 * in the page that the guest shares. x0, x1, x3, x7 are its own, x2 is where it goes back to.
 */
#define PROGRAM		512u		/* where in the shared page */
#define RESULTS		2048u
#define BR_X2		0xd61f0040u

#define SHARED_IPA	IPA(GUEST_GFN + 1ul)
#define SCRATCH_IPA	(IPA(GUEST_GFN + 2ul) + 3072)	/* memory behind the secrets */

long program(const u32 *insn, u64 x0, u64 x1, u64 x3, u64 x7);

extern const u32 program_tables[], program_translate[], program_eret[], program_calls[],
	program_eoi[];

#endif /* SELFTESTS_ATTACK_TURNS_H */
