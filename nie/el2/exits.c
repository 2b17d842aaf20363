// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the exit table of protected vCPUs. For each exit what the host learns, and in nie_resume()
 * what it may supply; a row that is not here discloses nothing and takes nothing. Lock: takes
 * nie_lock to look at MMIO ranges and to start a vCPU.
 * Never: discloses a register that the guest did not hand to the host by what it did.
 *
 *	exit			host learns			host may supply
 *	IRQ			the code			-
 *	SError			the code, DISR's class		a virtual SError
 *	WFI, WFE		which				PC + 4
 *	abort on memory		gfn, write or fetch		a page (donate_guest), or SEA
 *	read of opened MMIO	gfn, offset, size		value and PC + 4, or SEA
 *	write of opened MMIO	the same, and the value		PC + 4, or SEA
 *	SGI1R, CNTP_* (sysregs.c)  which register, value written  PC + 4, a value read
 *	PSCI (guestcalls.c)	function, MPIDR of CPU_ON	-
 *	relinquish		function, address		-
 *
 * Everything else is dealt with here or is an undefined instruction to the guest. List registers,
 * ICH_VMCR and the virtual timer's deadline go with every exit: arch/switch.c.
 */
#include "protected.h"
#include "esr.h"
#include "launch.h"
#include <arch/lock.h>

bool nie_start(const struct nie_vcpu *vcpu, struct nie_private *p, u64 pc, u64 x0)
{
	bool on = true;

	nie_lock();
	if (p->power == NIE_POWER_PENDING) {
		nie_reset(p, vcpu->index, p->entry, p->context);
	} else if (p->power == NIE_POWER_NEW && vcpu->index == 0) {
		nie_launch_start(vcpu->vm, pc, x0);
		nie_reset(p, 0, pc, x0);
	} else {
		on = false;
	}
	if (on)
		p->power = NIE_POWER_ON;
	nie_unlock();
	return on;
}

/* The low n bytes. */
static u64 low(u64 x, u32 n)
{
	return n < 8 ? x & ((1ul << 8 * n) - 1) : x;
}

/* What a load leaves in its register: Arm ARM D24.2.40, SAS, SSE, SF. */
static u64 loaded(u64 esr, u64 x)
{
	u32 n = NIE_ABT_SIZE(esr);
	u64 sign = 1ul << (8 * n - 1);

	x = low(x, n);
	if (esr & NIE_ABT_SSE)
		x = (x ^ sign) - sign;
	return esr & NIE_ABT_SF ? x : low(x, 4);
}

void nie_resume(struct nie_private *p, u64 ask, u64 x0)
{
	u32 why = p->why;
	u64 esr = p->syndrome.esr;

	p->why = NIE_WHY_QUIET;
	if (why == NIE_WHY_SERROR && ask & NIE_ASK_VSE)
		p->vse = 1;
	if (ask & NIE_ASK_SEA && (why == NIE_WHY_ABORT || why == NIE_WHY_MMIO_READ ||
				  why == NIE_WHY_MMIO_WRITE)) {
		nie_inject_sea(p);
		return;
	}
	if (!(ask & NIE_ASK_NEXT))
		return;
	if (why == NIE_WHY_MMIO_READ)
		nie_set_reg(p, NIE_ABT_SRT(esr), loaded(esr, x0));
	else if (why == NIE_WHY_SYS_READ)
		nie_set_reg(p, NIE_SYS_RT(esr), x0);
	else if (why != NIE_WHY_MMIO_WRITE && why != NIE_WHY_SYS_WRITE && why != NIE_WHY_WAIT)
		return;
	nie_skip(p);
}

/*
 * Is it an access that the host can emulate without a look at the instruction? One that goes on in
 * the next page is none: what is there may be memory.
 */
static bool emulable(u64 esr, u64 far, u64 pstate)
{
	return NIE_ESR_EC(esr) == NIE_EC_DABT_LOW && esr & NIE_ABT_ISV &&
	       !(esr & (NIE_ABT_CM | NIE_ABT_S1PTW)) && !(pstate & NIE_PSTATE_MODE32) &&
	       far % NIE_PAGE_SIZE + NIE_ABT_SIZE(esr) <= NIE_PAGE_SIZE;
}

static bool exit_mmio(struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;

	if (!emulable(esr, p->syndrome.far, p->file.regs.pstate)) {
		nie_inject_sea(p);
		return true;
	}
	/* SAS as it is; SRT = 0 and 64 bits wide, since x0 of the run page is what moves. */
	d->esr = NIE_ESR(NIE_EC_DABT_LOW, NIE_ABT_ISV | NIE_ABT_SF | (esr & 3ul << 22) |
			      (esr & NIE_ABT_WNR) | NIE_FSC_TRANS | 3);
	d->far = p->syndrome.far % NIE_PAGE_SIZE;
	d->hpfar = p->syndrome.hpfar;
	p->why = NIE_WHY_MMIO_READ;
	if (esr & NIE_ABT_WNR) {
		d->x0 = low(nie_reg(p, NIE_ABT_SRT(esr)), NIE_ABT_SIZE(esr));
		p->why = NIE_WHY_MMIO_WRITE;
	}
	return false;
}

static bool exit_abort(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;
	bool mmio;

	if ((esr & NIE_FSC_TYPE) != NIE_FSC_TRANS) {
		nie_inject_sea(p);
		return true;
	}
	nie_lock();
	mmio = nie_mmio_is_open(vcpu->vm, p->syndrome.hpfar >> 4);
	nie_unlock();
	if (mmio)
		return exit_mmio(p, d);
	d->esr = NIE_ESR(NIE_ESR_EC(esr), NIE_FSC_TRANS | 3);
	if (NIE_ESR_EC(esr) == NIE_EC_DABT_LOW)
		d->esr |= esr & NIE_ABT_WNR;
	d->hpfar = p->syndrome.hpfar;
	p->why = NIE_WHY_ABORT;
	return false;
}

bool nie_exit(const struct nie_vcpu *vcpu, struct nie_private *p, u64 code,
	      struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;

	d->esr = 0;
	d->far = 0;
	d->hpfar = 0;
	d->x0 = 0;
	d->x1 = 0;
	p->why = code == NIE_EXIT_IRQ || code == NIE_EXIT_TRAP ? NIE_WHY_QUIET : NIE_WHY_SERROR;
	if (code != NIE_EXIT_TRAP) {
		/* The SError first, then the trapped instruction again; of an HVC PC is past it. */
		if ((u32)code % 4 == NIE_EXIT_TRAP && NIE_ESR_EC(esr) == NIE_EC_HVC64)
			p->file.regs.pc -= 4;
		return false;
	}

	switch (NIE_ESR_EC(esr)) {
	case NIE_EC_WFX:
		d->esr = NIE_ESR(NIE_EC_WFX, esr & NIE_WFX_TI);
		p->why = NIE_WHY_WAIT;
		return false;
	case NIE_EC_HVC64:
		return nie_exit_hvc(vcpu, p, d);
	case NIE_EC_SYS64:
		return nie_exit_sysreg(vcpu, p, d);
	case NIE_EC_IABT_LOW:
	case NIE_EC_DABT_LOW:
		return exit_abort(vcpu, p, d);
	default:
		nie_inject_undef(p);
		return true;
	}
}

/* Arm ARM D24.2.36, DISR_EL1: IDS, or AET EA DFSC. */
u64 nie_serror_class(u64 disr)
{
	return disr & 1ul << 24 ? 1ul << 24 : disr & 0x1e3f;
}

/* GIC IHI 0069, ICH_LR<n>_EL2: HW is bit 61, pINTID bits 44:32. PPIs are 16 to 31. */
u64 nie_lr_sane(u64 lr)
{
	u64 pintid = lr >> 32 & 0x1fff;

	if (lr >> 61 & 1 && (pintid < 16 || pintid > 31))
		lr &= ~(1ul << 61 | 0x1ffful << 32);
	return lr;
}
