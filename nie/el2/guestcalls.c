// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: calls of protected guests: SMCCC, KVM's vendor services, PSCI. Lock: takes nie_lock for one
 * core call. Never: tells the host more than the function and whom to wake or which page it has
 * back; takes a result from it. Sources: SMCCC DEN0028, PSCI DEN0022, TRNG DEN0098.
 */
#include <nie/guestcalls.h>
#include "protected.h"
#include "xfer.h"
#include <arch/mem.h>

/* The guest goes on, with this in x0. */
static bool done(struct nie_private *p, u64 result)
{
	p->file.regs.x[0] = result;
	return true;
}

/* An address of a page in the guest's address space, and nothing in x2 and x3. */
static bool page_ok(const struct nie_vcpu *vcpu, const struct nie_private *p)
{
	const __u64 *x = p->file.regs.x;

	return x[1] % NIE_PAGE_SIZE == 0 && x[1] >> vcpu->ipa_bits == 0 && !x[2] && !x[3];
}

/* The page is not there yet: the host is asked for it, and the guest calls again. */
static bool ask_for_page(struct nie_private *p, u64 ipa, struct nie_disclosed *d)
{
	p->file.regs.pc -= 4;
	p->syndrome.far = 0;
	p->why = NIE_WHY_ABORT;
	d->esr = NIE_ESR(NIE_EC_DABT_LOW, NIE_ABT_WNR | NIE_FSC_TRANS | 3);
	d->hpfar = ipa / NIE_PAGE_SIZE << 4;
	return false;
}

/* The host learns the function, and whom to wake or which page is its own. */
static bool tell(struct nie_disclosed *d, u64 fn, u64 x1)
{
	d->esr = NIE_ESR(NIE_EC_HVC64, 0);
	d->x0 = fn;
	d->x1 = x1;
	return false;
}

static bool mem_call(const struct nie_vcpu *vcpu, struct nie_private *p, u32 fn,
		     struct nie_disclosed *d)
{
	u64 ipa = p->file.regs.x[1];
	u32 gfn = (u32)(ipa / NIE_PAGE_SIZE);
	int ret = -EEXIST;
	bool mmio;

	if (!page_ok(vcpu, p))
		return done(p, NIE_SMCCC_INVALID);
	nie_lock();
	mmio = nie_mmio_is_open(vcpu->vm, gfn);
	if (fn == NIE_GC_MEM_SHARE)
		ret = nie_xfer_guest_share(vcpu->vm, gfn);
	else if (fn == NIE_GC_MEM_UNSHARE)
		ret = nie_xfer_guest_unshare(vcpu->vm, gfn);
	else if (fn == NIE_GC_MEM_RELINQUISH)
		ret = nie_xfer_guest_relinquish(vcpu->vm, gfn);
	else if (!nie_xfer_guest_has(vcpu->vm, gfn))
		ret = nie_mmio_open(vcpu->vm, gfn);
	nie_unlock();
	if (ret == -ENOENT && fn == NIE_GC_MEM_SHARE && !mmio)
		return ask_for_page(p, ipa, d);
	done(p, ret ? NIE_SMCCC_INVALID : NIE_SMCCC_SUCCESS);
	if (ret || fn != NIE_GC_MEM_RELINQUISH)
		return true;
	return tell(d, fn, ipa);
}

/* Private state of the VM's vCPU that PSCI calls so, NULL if there is none. nie_lock held. */
static struct nie_private *vcpu_at(u16 v, u64 mpidr)
{
	u32 index = (u32)((mpidr & 15) | (mpidr >> 8 & 31) << 4);

	if ((nie_mpidr(index) & 0xffffff) != mpidr || nie_vms.vm[v].vcpu[index] == NIE_NO_PAGE)
		return NULL;
	return arch_private(nie_vms.vm[v].vcpu[index]);
}

static u64 cpu_on(u16 v, u64 mpidr, u64 entry, u64 context)
{
	struct nie_private *target = vcpu_at(v, mpidr);

	if (!target)
		return NIE_PSCI_INVALID_PARAMS;
	if (entry % 4 || entry >> nie_vms.vm[v].ipa_bits)
		return NIE_PSCI_INVALID_ADDRESS;
	if (target->power == NIE_POWER_ON)
		return NIE_PSCI_ALREADY_ON;
	if (target->power == NIE_POWER_PENDING)
		return NIE_PSCI_ON_PENDING;
	target->entry = entry;
	target->context = context;
	target->power = NIE_POWER_PENDING;
	return NIE_SMCCC_SUCCESS;
}

/* This vCPU runs no more: until CPU_ON, or for good if its VM ends. */
static bool power_off(struct nie_private *p, u64 fn, struct nie_disclosed *d)
{
	nie_lock();
	p->power = NIE_POWER_OFF;
	nie_unlock();
	return tell(d, fn, 0);
}

static bool psci_cpu_on(const struct nie_vcpu *vcpu, struct nie_private *p, u64 mpidr, u64 entry,
			u64 context, struct nie_disclosed *d)
{
	u64 ret;

	nie_lock();
	ret = cpu_on(vcpu->vm, mpidr, entry, context);
	nie_unlock();
	done(p, ret);
	return ret == NIE_SMCCC_SUCCESS ? tell(d, NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT, mpidr) : true;
}

static bool psci_affinity_info(const struct nie_vcpu *vcpu, struct nie_private *p, u64 mpidr,
			       u64 level)
{
	u64 ret = NIE_PSCI_INVALID_PARAMS;
	const struct nie_private *other;

	nie_lock();
	other = vcpu_at(vcpu->vm, mpidr);
	if (other && !level)
		ret = other->power == NIE_POWER_ON ? 0 : other->power == NIE_POWER_PENDING ? 2 : 1;
	nie_unlock();
	return done(p, ret);
}

/* Standby: to the host it is a WFI, to the guest it is over at the next run. */
static bool psci_suspend(struct nie_private *p, struct nie_disclosed *d)
{
	done(p, NIE_SMCCC_SUCCESS);
	d->esr = NIE_ESR(NIE_EC_WFX, 0);
	return false;
}

/* Four words at once: x0..x3. */
static bool words(struct nie_private *p, u64 x0, u64 x1, u64 x2, u64 x3)
{
	p->file.regs.x[1] = x1;
	p->file.regs.x[2] = x2;
	p->file.regs.x[3] = x3;
	return done(p, x0);
}

/* The firmware's entropy, if it has any, never the host's. TRNG DEN0098: one argument. */
static bool trng(struct nie_private *p, u32 fn)
{
	u64 x[4] = { fn, p->file.regs.x[1] };

	arch_smc(x);
	return words(p, x[0], x[1], x[2], x[3]);
}

/* For SMCCC_ARCH_FEATURES and PSCI_FEATURES. */
static u64 features(u32 fn)
{
	static const u32 list[] = {
		NIE_GC_SMCCC_VERSION, NIE_GC_SMCCC_FEATURES, NIE_GC_PSCI_VERSION,
		NIE_GC_PSCI_CPU_SUSPEND, NIE_GC_PSCI_CPU_SUSPEND | NIE_GC_64BIT,
		NIE_GC_PSCI_CPU_OFF, NIE_GC_PSCI_CPU_ON, NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT,
		NIE_GC_PSCI_AFFINITY_INFO, NIE_GC_PSCI_AFFINITY_INFO | NIE_GC_64BIT,
		NIE_GC_PSCI_MIGRATE_TYPE, NIE_GC_PSCI_SYSTEM_OFF, NIE_GC_PSCI_SYSTEM_RESET,
		NIE_GC_PSCI_FEATURES,
	};

	for (u32 i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == fn)
			return NIE_SMCCC_SUCCESS;
	return NIE_SMCCC_NOT_SUPPORTED;
}

/* Two words of it. The VM runs, so it does not change. */
static bool measurement(u16 v, struct nie_private *p)
{
	const u64 *half = &nie_launch.vm[v].digest[p->file.regs.x[1] / 8 & 2];
	const __u64 *x = p->file.regs.x;

	if ((x[1] && x[1] != 16) || x[2] || x[3])
		return done(p, NIE_SMCCC_INVALID);
	return words(p, NIE_SMCCC_SUCCESS, half[0], half[1], 0);
}

bool nie_exit_hvc(const struct nie_vcpu *vcpu, struct nie_private *p, struct nie_disclosed *d)
{
	const __u64 *x = p->file.regs.x;
	u32 fn = (u32)x[0];

	if (p->syndrome.esr & 0xffff)			/* HVC #0 it has to be */
		return done(p, NIE_SMCCC_NOT_SUPPORTED);
	switch (fn) {
	case NIE_GC_SMCCC_VERSION:
	case NIE_GC_PSCI_VERSION:
		return done(p, 0x10001);
	case NIE_GC_SMCCC_FEATURES:
	case NIE_GC_PSCI_FEATURES:
		return done(p, features((u32)x[1]));
	case NIE_GC_KVM_UID:				/* 28b46fb6-2ec5-11e9-a9ca-4b564d003a74 */
		return words(p, 0xb66fb428, 0xe911c52e, 0x564bcaa9, 0x743a004d);
	case NIE_GC_KVM_FEATURES:			/* functions 0, 2, 3, 4, 7, 9 */
		return words(p, 0x29d, 0, 0, 0);
	case NIE_GC_HYP_MEMINFO:
		return done(p, x[1] || x[2] || x[3] ? NIE_SMCCC_INVALID : NIE_PAGE_SIZE);
	case NIE_GC_MEASUREMENT:
		return measurement(vcpu->vm, p);
	case NIE_GC_MEM_SHARE:
	case NIE_GC_MEM_UNSHARE:
	case NIE_GC_MEM_RELINQUISH:
	case NIE_GC_MMIO_GUARD:
		return mem_call(vcpu, p, fn, d);
	case NIE_GC_TRNG_VERSION ... NIE_GC_TRNG_RND:
	case NIE_GC_TRNG_RND | NIE_GC_64BIT:
		return trng(p, fn);
	case NIE_GC_PSCI_CPU_SUSPEND:
	case NIE_GC_PSCI_CPU_SUSPEND | NIE_GC_64BIT:
		return psci_suspend(p, d);
	case NIE_GC_PSCI_CPU_OFF:
	case NIE_GC_PSCI_SYSTEM_OFF:
	case NIE_GC_PSCI_SYSTEM_RESET:
		return power_off(p, fn, d);
	case NIE_GC_PSCI_CPU_ON:
		return psci_cpu_on(vcpu, p, (u32)x[1], (u32)x[2], (u32)x[3], d);
	case NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT:
		return psci_cpu_on(vcpu, p, x[1], x[2], x[3], d);
	case NIE_GC_PSCI_AFFINITY_INFO:
		return psci_affinity_info(vcpu, p, (u32)x[1], (u32)x[2]);
	case NIE_GC_PSCI_AFFINITY_INFO | NIE_GC_64BIT:
		return psci_affinity_info(vcpu, p, x[1], x[2]);
	case NIE_GC_PSCI_MIGRATE_TYPE:
		return done(p, 2);			/* no trusted OS to migrate */
	default:
		return done(p, NIE_SMCCC_NOT_SUPPORTED);
	}
}
