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

#include <nie/run.h>
#include "mmio.h"
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

/* What an exit tells the host, besides its code; 0 where it tells nothing. */
struct nie_disclosed {
	u64 esr, far, hpfar, x0, x1;
};

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

/* MPIDR_EL1 of a vCPU, as KVM numbers them: Aff0 below 16, then Aff1. */
u64 nie_mpidr(u32 index);

/* private.c: a register by its number, 31 being xzr. */
u64 nie_reg(const struct nie_private *p, u32 n);
void nie_set_reg(struct nie_private *p, u32 n, u64 val);
/* The next instruction. */
void nie_skip(struct nie_private *p);
/* Exceptions into EL1: undefined instruction; synchronous external abort of the last exit. */
void nie_inject_undef(struct nie_private *p);
void nie_inject_sea(struct nie_private *p);
/* All of it as at reset. */
void nie_reset(struct nie_private *p, u32 index, u64 pc, u64 x0);

/* sysregs.c, guestcalls.c: rows of the exit table; as nie_exit(). */
bool nie_exit_sysreg(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d);
bool nie_exit_hvc(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d);

#endif /* NIE_EL2_PROTECTED_H */
