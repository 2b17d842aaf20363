// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: exceptions of the host. Lock: takes nie_lock for stage-2 faults.
 * Never: reads host memory.
 */
#include <asm/debug-monitors.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <linux/arm-smccc.h>
#include "../host.h"
#include "../private.h"
#include "el2.h"
#include "lock.h"
#include "trap.h"

/* PAR_EL1.PA[47:12] of a stage-1 walk for EL1 read: Arm ARM D24.2.135. */
static bool translate(u64 va, u64 *ipa)
{
	u64 par = read_sysreg(par_el1);
	u64 res;

	asm volatile("at s1e1r, %0" : : "r"(va));
	isb();
	res = read_sysreg(par_el1);
	write_sysreg(par, par_el1);
	if (res & SYS_PAR_EL1_F)
		return false;
	*ipa = (res & GENMASK_ULL(47, 12)) | (va & 0xfff);
	return true;
}

bool nie_fault_ipa(u64 esr, u64 far, u64 *ipa)
{
	/* HPFAR_EL2 is not valid for a permission fault outside a table walk: Arm ARM D24.2.63. */
	if (!(esr & ESR_ELx_S1PTW) && (esr & ESR_ELx_FSC_TYPE) == ESR_ELx_FSC_PERM)
		return translate(far, ipa);
	*ipa = (read_sysreg(hpfar_el2) & GENMASK_ULL(43, 4)) << 8 | (far & 0xfff);
	return true;
}

void nie_host_inject(u64 esr, u64 far)
{
	u64 spsr = read_sysreg(spsr_el2);

	write_sysreg(esr, esr_el1);
	write_sysreg(far, far_el1);
	write_sysreg(read_sysreg(elr_el2), elr_el1);
	write_sysreg(spsr, spsr_el1);
	write_sysreg(read_sysreg(vbar_el1) + nie_vector(spsr), elr_el2);
	write_sysreg(nie_handler_pstate(spsr, read_sysreg(sctlr_el1)), spsr_el2);
}

/* The same abort, taken to EL1, marked by S1PTW: a host without a stage-2 never sees that bit. */
static void inject_abort(u64 esr, u64 far)
{
	u64 ec = ESR_ELx_EC(esr);
	u64 spsr = read_sysreg(spsr_el2);

	if (!(spsr & PSR_MODE32_BIT) && (spsr & PSR_MODE_MASK) != PSR_MODE_EL0t)
		ec++;			/* lower EL => same EL, for both kinds of abort */
	nie_host_inject((esr & ~ESR_ELx_EC_MASK) | ec << ESR_ELx_EC_SHIFT | ESR_ELx_S1PTW, far);
}

/*
 * Once EL2 has stopped itself the lock may never come free, but the host needs its console to say
 * so: it is one CPU then, and what the fault may do is to map device memory.
 */
static bool host_fault(u64 ipa, bool exec)
{
	bool dead = nie_phase == NIE_PHASE_DEAD;
	bool again;

	if (!dead)
		nie_lock();
	again = nie_host_fault(ipa, exec);
	if (!dead)
		nie_unlock();
	return again;
}

static void host_abort(struct nie_host_regs *r, u64 esr)
{
	u64 far = read_sysreg(far_el2);
	u64 type = esr & ESR_ELx_FSC_TYPE;
	bool exec = ESR_ELx_EC(esr) == ESR_ELx_EC_IABT_LOW;
	bool again = false;
	u64 ipa;

	if (type == ESR_ELx_FSC_FAULT || type == ESR_ELx_FSC_PERM || type == ESR_ELx_FSC_ACCESS) {
		if (!nie_fault_ipa(esr, far, &ipa))
			return;		/* its stage 1 changed meanwhile: try again */
		again = host_fault(ipa, exec && !(esr & ESR_ELx_S1PTW));
		if (!again && nie_gic_access(r, esr, ipa)) {
			/* The next instruction: Arm ARM D2.12.4 for SS, D8.4.5 for BTYPE. */
			write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
			write_sysreg(read_sysreg(spsr_el2) & ~(u64)(DBG_SPSR_SS | PSR_BTYPE_MASK),
				     spsr_el2);
			again = true;
		}
	}
	if (!again)
		inject_abort(esr, far);
}

static void host_hvc(struct nie_host_regs *r)
{
	u32 fn = (u32)r->x[0];

	if ((fn & NIE_HC_MASK) == NIE_HC_BASE) {
		nie_hostcall(fn - NIE_HC_BASE, r);
		return;
	}
	/*
	 * The hyp-stub's calls (asm/virt.h): there is nothing to reset, and no other. A kernel that
	 * asks for a restart goes on as its crash kernel, at EL1, after the refusal. That one may
	 * hang until a watchdog resets the machine, so nothing of a VM may be left.
	 */
	if (r->x[0] == HVC_RESET_VECTORS)
		r->x[0] = 0;
	else if (r->x[0] == HVC_SOFT_RESTART && !nie_end())
		write_sysreg(read_sysreg(elr_el2) - 4, elr_el2);
	else if (r->x[0] < HVC_STUB_HCALL_NR)
		r->x[0] = HVC_STUB_ERR;
	else
		r->x[0] = (u64)SMCCC_RET_NOT_SUPPORTED;
}

void nie_host_trap(struct nie_host_regs *r)
{
	u64 esr = read_sysreg(esr_el2);

	switch (ESR_ELx_EC(esr)) {
	case ESR_ELx_EC_HVC64:
		host_hvc(r);
		break;
	case ESR_ELx_EC_SMC64:
		nie_host_smc(r);
		break;
	case ESR_ELx_EC_IABT_LOW:
	case ESR_ELx_EC_DABT_LOW:
		host_abort(r, esr);
		break;
	default:
		/* Nothing else is trapped from the host; if it comes, it is undefined there. */
		nie_host_inject(ESR_ELx_IL, read_sysreg(far_el1));
	}
}
