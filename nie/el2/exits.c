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

/* The low bytes, as many as SAS says. */
/*@ requires sas < 4;
  @ assigns \nothing;
  @ ensures \result == low_of(x, sas);
  @*/
static u64 low(u64 x, u64 sas)
{
	return sas == 0 ? x % 0x100 : sas == 1 ? x % 0x10000 : sas == 2 ? x % 0x100000000 : x;
}

/* A number of as many bytes with its sign in all bits above. */
/*@ requires sas < 4;
  @ assigns \nothing;
  @ ensures \result == signed_of(x, sas);
  @*/
static u64 extend(u64 x, u64 sas)
{
	if (sas == 0)
		return x % 0x80 + (NIE_FIELD(x, 0x80, 2) ? 0xffffffffffffff80 : 0);
	if (sas == 1)
		return x % 0x8000 + (NIE_FIELD(x, 0x8000, 2) ? 0xffffffffffff8000 : 0);
	if (sas == 2)
		return x % 0x80000000 + (NIE_FIELD(x, 0x80000000, 2) ? 0xffffffff80000000 : 0);
	return x;
}

/* What a load leaves in its register: Arm ARM D24.2.40, SAS, SSE, SF. */
/*@ assigns \nothing;
  @ ensures \result == loaded_of(esr, x);
  @*/
static u64 loaded(u64 esr, u64 x)
{
	u64 sas = NIE_ABT_SAS(esr);

	x = NIE_FIELD(esr, NIE_ABT_SSE, 2) ? extend(x, sas) : low(x, sas);
	return NIE_FIELD(esr, NIE_ABT_SF, 2) ? x : low(x, 2);
}

/* The access that made the vCPU exit is over; @x0 is what it read. */
/*@ requires \valid(p);
  @ assigns p->file.regs.x[0 .. 30], p->file.regs.pc, p->file.regs.pstate;
  @ ensures next: at_next_pc{Pre,Post}(p);
  @ ensures value: \let n = supplied(p, why); n < 31 ==>
  @   p->file.regs.x[n] == supplied_value(p, why, x0);
  @ ensures others: xs_same_but{Pre,Post}(p, supplied(p, why));
  @*/
static void finish(struct nie_private *p, u32 why, u64 x0)
{
	u64 esr = p->syndrome.esr;

	if (why == NIE_WHY_MMIO_READ)
		nie_set_reg(p, NIE_ABT_SRT(esr), loaded(esr, x0));
	else if (why == NIE_WHY_SYS_READ)
		nie_set_reg(p, NIE_SYS_RT(esr), x0);
	nie_skip(p);
}

void nie_resume(struct nie_private *p, u64 ask, u64 x0)
{
	u32 why = p->why;
	bool access = why == NIE_WHY_MMIO_READ || why == NIE_WHY_MMIO_WRITE;

	p->why = NIE_WHY_QUIET;
	if (why == NIE_WHY_SERROR && NIE_FIELD(ask, NIE_ASK_VSE, 2))
		p->vse = 1;
	if (NIE_FIELD(ask, NIE_ASK_SEA, 2) && (access || why == NIE_WHY_ABORT)) {
		nie_inject_sea(p);
		//@ assert sea: takes_sea(why, ask) && sea_taken{Pre,Here}(p);
	} else if (ask % 2 && (access || why == NIE_WHY_WAIT || why == NIE_WHY_SYS_READ ||
			       why == NIE_WHY_SYS_WRITE)) {
		finish(p, why, x0);
		/*@ assert next: takes_next(why, ask) && at_next_pc{Pre,Here}(p) &&
		      exception_same{Pre,Here}(p) && xs_same_but{Pre,Here}(p, supplied(p, why)); */
	}
}

/* Can the host emulate it without the instruction? The page after that of MMIO may be memory. */
/*@ assigns \nothing;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures \result == 1 <==> can_emulate(esr, far, pstate);
  @*/
static bool emulable(u64 esr, u64 far, u64 pstate)
{
	u64 sas = NIE_ABT_SAS(esr);
	u64 size = sas == 0 ? 1 : sas == 1 ? 2 : sas == 2 ? 4 : 8;

	return NIE_ESR_EC(esr) == NIE_EC_DABT_LOW && NIE_FIELD(esr, NIE_ABT_ISV, 2) &&
	       !NIE_FIELD(esr, NIE_ABT_CM, 2) && !NIE_FIELD(esr, NIE_ABT_S1PTW, 2) &&
	       !NIE_FIELD(pstate, NIE_PSTATE_MODE32, 2) &&
	       far % NIE_PAGE_SIZE + size <= NIE_PAGE_SIZE;
}

/* SAS as it is; SRT = 0 and 64 bits wide, since x0 of the run page is what moves. */
/*@ requires \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ assigns p->why, d->esr, d->far, d->hpfar, d->x0;
  @ ensures told: mmio_told(p, d);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @ ensures pc: at_same_pc{Pre,Post}(p);
  @ ensures exception: exception_same{Pre,Post}(p);
  @*/
static void tell_mmio(struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;
	u64 write = NIE_FIELD(esr, NIE_ABT_WNR, 2);

	d->esr = NIE_ESR(NIE_EC_DABT_LOW, NIE_ABT_ISV + NIE_ABT_SF + NIE_FSC_TRANS + 3 +
			 NIE_ABT_SAS(esr) * (1ul << 22) + write * NIE_ABT_WNR);
	d->far = p->syndrome.far % NIE_PAGE_SIZE;
	d->hpfar = p->syndrome.hpfar;
	if (write)
		d->x0 = low(nie_reg(p, NIE_ABT_SRT(esr)), NIE_ABT_SAS(esr));
	p->why = write ? NIE_WHY_MMIO_WRITE : NIE_WHY_MMIO_READ;
}

/* Which gfn, and if it is a fetch or a store; no data, no offset. */
/*@ requires \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ requires NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ||
  @   NIE_ESR_EC(p->syndrome.esr) == NIE_EC_DABT_LOW;
  @ assigns p->why, d->esr, d->hpfar;
  @ ensures told: memory_told(p, d);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @ ensures pc: at_same_pc{Pre,Post}(p);
  @ ensures exception: exception_same{Pre,Post}(p);
  @*/
static void tell_memory(struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;

	d->esr = NIE_ESR((u64)NIE_ESR_EC(esr), NIE_FSC_TRANS + 3);
	if (NIE_ESR_EC(esr) == NIE_EC_DABT_LOW)
		d->esr += NIE_FIELD(esr, NIE_ABT_WNR, 2) * NIE_ABT_WNR;
	d->hpfar = p->syndrome.hpfar;
	p->why = NIE_WHY_ABORT;
}

/*@ requires \valid_read(vcpu) && \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ requires \separated(vcpu, p) && \separated(vcpu, d);
  @ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS && vcpu->vm < NIE_NR_VMS && mmio_ok;
  @ requires NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ||
  @   NIE_ESR_EC(p->syndrome.esr) == NIE_EC_DABT_LOW;
  @ assigns nie_locked, NIE_STATE, p->file.regs.pc, p->file.regs.pstate,
  @   p->file.sysregs[NIE_SR_ESR_EL1], p->file.sysregs[NIE_SR_ELR_EL1],
  @   p->file.sysregs[NIE_SR_SPSR_EL1], p->file.sysregs[NIE_SR_FAR_EL1], p->why,
  @   d->esr, d->far, d->hpfar, d->x0;
  @ ensures unlocked: nie_locked == 0;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures row: \result == 1 ==> own_abort(vcpu->vm, p, \old(p->file.regs.pstate));
  @ ensures rest: \result == 0 ==> !own_abort(vcpu->vm, p, \old(p->file.regs.pstate));
  @ ensures memory: \result == 0 && !mmio_open(vcpu->vm, p->syndrome.hpfar / 16) ==>
  @   memory_told(p, d);
  @ ensures mmio: \result == 0 && mmio_open(vcpu->vm, p->syndrome.hpfar / 16) ==>
  @   mmio_told(p, d);
  @ ensures frame: \result == 0 ==> at_same_pc{Pre,Post}(p) && exception_same{Pre,Post}(p);
  @ ensures own: \result == 1 ==> tells_nothing(d) && p->why == \old(p->why) &&
  @   sea_taken{Pre,Post}(p);
  @ ensures xs: xs_same_but{Pre,Post}(p, 31);
  @*/
static bool exit_abort(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	u64 esr = p->syndrome.esr;
	bool mmio;

	if (NIE_FIELD(esr, 4, 16) != NIE_FSC_TRANS / 4) {
		nie_inject_sea(p);
		//@ assert own: sea_taken{Pre,Here}(p);
		//@ assert sea_xs: xs_same_but{Pre,Here}(p, 31);
		//@ assert untold: tells_nothing(d);
		//@ assert row: own_abort(vcpu->vm, p, \at(p->file.regs.pstate, Pre));
		return true;
	}
	nie_lock();
	mmio = nie_mmio_is_open(vcpu->vm, p->syndrome.hpfar / 16);
	nie_unlock();
	//@ assert xs: xs_same_but{Pre,Here}(p, 31);
	//@ assert pc: at_same_pc{Pre,Here}(p);
	//@ assert exception: exception_same{Pre,Here}(p);
	//@ assert mmio: mmio == 1 <==> mmio_open(vcpu->vm, p->syndrome.hpfar / 16);
	if (mmio && !emulable(esr, p->syndrome.far, p->file.regs.pstate)) {
		//@ assert plain: !can_emulate(esr, p->syndrome.far, \at(p->file.regs.pstate, Pre));
		nie_inject_sea(p);
		//@ assert own: sea_taken{Pre,Here}(p);
		//@ assert sea_xs: xs_same_but{Pre,Here}(p, 31);
		//@ assert untold: tells_nothing(d);
		//@ assert row: own_abort(vcpu->vm, p, \at(p->file.regs.pstate, Pre));
		return true;
	}
	/*@ assert plain:
	      mmio == 0 || can_emulate(esr, p->syndrome.far, \at(p->file.regs.pstate, Pre)); */
	if (mmio)
		tell_mmio(p, d);
	else
		tell_memory(p, d);
	//@ assert kept: xs_same_but{Pre,Here}(p, 31);
	//@ assert at: at_same_pc{Pre,Here}(p);
	//@ assert frame: exception_same{Pre,Here}(p);
	//@ assert row: !own_abort(vcpu->vm, p, \at(p->file.regs.pstate, Pre));
	return false;
}

/*@ requires \valid_read(vcpu) && \valid(p) && \valid(d) && \separated(p, d) && tells_nothing(d);
  @ requires \separated(vcpu, p) && \separated(vcpu, d);
  @ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS && vcpu->vm < NIE_NR_VMS && mmio_ok;
  @ assigns nie_locked, NIE_STATE, nie_mmio, p->file.regs.x[0 .. 30], p->file.regs.pc,
  @   p->file.regs.pstate, p->file.sysregs[NIE_SR_ESR_EL1], p->file.sysregs[NIE_SR_ELR_EL1],
  @   p->file.sysregs[NIE_SR_SPSR_EL1], p->file.sysregs[NIE_SR_FAR_EL1], p->syndrome.far,
  @   p->why, p->power, p->entry, p->context, d->esr, d->far, d->hpfar, d->x0, d->x1;
  @ ensures boolean: \result == 0 || \result == 1;
  @ ensures unlocked: nie_locked == 0;
  @ ensures ok: mmio_ok;
  @ ensures wait: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_WFX ==> wait_row{Pre,Post}(p, d, \result);
  @ ensures hvc: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_HVC64 ==>
  @   hvc_row{Pre,Post}(p) && d->far == 0;
  @ ensures sys: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_SYS64 ==> sys_row{Pre,Post}(p, d, \result);
  @ ensures abort: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ||
  @   NIE_ESR_EC(p->syndrome.esr) == NIE_EC_DABT_LOW ==>
  @   abort_row{Pre,Post}(vcpu->vm, p, d, \result);
  @ ensures undefined: !has_row(NIE_ESR_EC(p->syndrome.esr)) ==>
  @   undefined_row{Pre,Post}(p) && \result == 1;
  @ ensures goes_on: \result == 1 && NIE_ESR_EC(p->syndrome.esr) != NIE_EC_HVC64 ==>
  @   tells_nothing(d) && p->why == \old(p->why);
  @*/
static bool exit_trap(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	switch (NIE_ESR_EC(p->syndrome.esr)) {
	case NIE_EC_WFX:
		d->esr = NIE_ESR(NIE_EC_WFX, p->syndrome.esr % 2);
		p->why = NIE_WHY_WAIT;
		//@ assert xs: xs_same_but{Pre,Here}(p, 31);
		//@ assert pc: at_same_pc{Pre,Here}(p);
		//@ assert exception: exception_same{Pre,Here}(p);
		//@ assert same: regs_same{Pre,Here}(p);
		//@ assert told: told(d, NIE_ESR(NIE_EC_WFX, p->syndrome.esr % 2), 0, 0, 0, 0);
		//@ assert wait: wait_row{Pre,Here}(p, d, 0);
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
		//@ assert undefined: undefined_row{Pre,Here}(p) && tells_nothing(d);
		return true;
	}
}

/*@
  // Rows are the same from a state that is the same to them.
  lemma regs_since{L1,L2,L3}: \forall struct nie_private *p;
    regs_same{L1,L2}(p) && regs_same{L2,L3}(p) ==> regs_same{L1,L3}(p);
  lemma xs_since{L1,L2,L3}: \forall struct nie_private *p, integer n;
    regs_same{L1,L2}(p) && xs_same_but{L2,L3}(p, n) ==> xs_same_but{L1,L3}(p, n);
  lemma next_since{L1,L2,L3}: \forall struct nie_private *p;
    regs_same{L1,L2}(p) && at_next_pc{L2,L3}(p) ==> at_next_pc{L1,L3}(p);
  lemma exception_since{L1,L2,L3}: \forall struct nie_private *p;
    regs_same{L1,L2}(p) && exception_same{L2,L3}(p) ==> exception_same{L1,L3}(p);
  lemma sea_since{L1,L2,L3}: \forall struct nie_private *p;
    regs_same{L1,L2}(p) && trap_same{L1,L2}(p) && sea_taken{L2,L3}(p) ==> sea_taken{L1,L3}(p);
  lemma undefined_row_since{L1,L2,L3}: \forall struct nie_private *p; regs_same{L1,L2}(p) &&
    trap_same{L1,L2}(p) && undefined_row{L2,L3}(p) ==> undefined_row{L1,L3}(p);
  lemma wait_row_since{L1,L2,L3}: \forall struct nie_private *p, struct nie_disclosed *d,
    integer on; regs_same{L1,L2}(p) && trap_same{L1,L2}(p) && wait_row{L2,L3}(p, d, on) ==>
    wait_row{L1,L3}(p, d, on);
  lemma sys_row_since{L1,L2,L3}: \forall struct nie_private *p, struct nie_disclosed *d,
    integer on; regs_same{L1,L2}(p) && trap_same{L1,L2}(p) && sys_row{L2,L3}(p, d, on) ==>
    sys_row{L1,L3}(p, d, on);
  lemma abort_row_since{L1,L2,L3}: \forall integer v, struct nie_private *p,
    struct nie_disclosed *d, integer on; regs_same{L1,L2}(p) && trap_same{L1,L2}(p) &&
    abort_row{L2,L3}(v, p, d, on) ==> abort_row{L1,L3}(v, p, d, on);
*/

bool nie_exit(const struct nie_vcpu *vcpu, struct nie_private *p, u64 code,
	      struct nie_disclosed *d)
{
	bool on = false;

	d->esr = 0;
	d->far = 0;
	d->hpfar = 0;
	d->x0 = 0;
	d->x1 = 0;
	p->why = code == NIE_EXIT_IRQ || code == NIE_EXIT_TRAP ? NIE_WHY_QUIET : NIE_WHY_SERROR;
	//@ assert nothing: tells_nothing(d);
	//@ assert regs: regs_same{Pre,Here}(p);
	//@ assert rest: rest_same{Pre,Here}(p);
	//@ assert traps: trap_same{Pre,Here}(p);
	if (code == NIE_EXIT_TRAP) {
		on = exit_trap(vcpu, p, d);
		/*@ assert wait: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_WFX ==>
		      wait_row{Pre,Here}(p, d, on); */
		/*@ assert sys: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_SYS64 ==>
		      sys_row{Pre,Here}(p, d, on); */
		/*@ assert abort: NIE_ESR_EC(p->syndrome.esr) == NIE_EC_IABT_LOW ||
		      NIE_ESR_EC(p->syndrome.esr) == NIE_EC_DABT_LOW ==>
		      abort_row{Pre,Here}(vcpu->vm, p, d, on); */
		/*@ assert undefined: !has_row(NIE_ESR_EC(p->syndrome.esr)) ==>
		      undefined_row{Pre,Here}(p); */
	} else if (code % 4 == NIE_EXIT_TRAP && NIE_ESR_EC(p->syndrome.esr) == NIE_EC_HVC64) {
		/* The SError first, then the trapped instruction again; of an HVC PC is past it. */
		p->file.regs.pc = nie_plus(p->file.regs.pc, ~0ul - 3);
		//@ assert untold: tells_nothing(d);
		//@ assert xs: xs_same_but{Pre,Here}(p, 31);
		/*@ assert esr: p->file.sysregs[NIE_SR_ESR_EL1] ==
		      \at(p->file.sysregs[NIE_SR_ESR_EL1], Pre); */
		/*@ assert elr: p->file.sysregs[NIE_SR_ELR_EL1] ==
		      \at(p->file.sysregs[NIE_SR_ELR_EL1], Pre); */
		/*@ assert spsr: p->file.sysregs[NIE_SR_SPSR_EL1] ==
		      \at(p->file.sysregs[NIE_SR_SPSR_EL1], Pre); */
		/*@ assert far: p->file.sysregs[NIE_SR_FAR_EL1] ==
		      \at(p->file.sysregs[NIE_SR_FAR_EL1], Pre); */
		//@ assert exception: exception_same{Pre,Here}(p);
		//@ assert pstate: p->file.regs.pstate == \at(p->file.regs.pstate, Pre);
		//@ assert other: rest_same{Pre,Here}(p);
	}
	return on;
}

/* Arm ARM D24.2.36, DISR_EL1: IDS, or AET EA DFSC. */
u64 nie_serror_class(u64 disr)
{
	return NIE_FIELD(disr, 1ul << 24, 2) ? 1ul << 24 :
	       NIE_FIELD(disr, 0x200, 16) * 0x200 + disr % 64;
}

/* GIC IHI 0069, ICH_LR<n>_EL2: HW is bit 61, pINTID bits 44:32. PPIs are 16 to 31. */
u64 nie_lr_sane(u64 lr)
{
	u64 pintid = NIE_FIELD(lr, 1ul << 32, 0x2000);

	if (NIE_FIELD(lr, 1ul << 61, 2) && (pintid < 16 || pintid > 31))
		lr -= (1ul << 61) + pintid * (1ul << 32);
	return lr;
}
