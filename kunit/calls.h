/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a call is made up: most arguments are near what is there. Who includes this has pick(), which
 * says a number below its argument, defined before.
 */
#ifndef NIE_KUNIT_CALLS_H
#define NIE_KUNIT_CALLS_H

#include "nie_test.h"

/* Handles, most of them of VMs. */
static u64 some_handle(void)
{
	u32 v = pick(6);

	if (pick(40) == 0)
		return pick(1000);
	return nie_vms.vm[v].generation * 256ul + v;
}

/* Pages in few places, near borders; sometimes of no use. */
static u64 some_pfn(void)
{
	static const u32 base[] = {
		FAKE_PLAIN(0), FAKE_PLAIN(1) - 8, FAKE_MIXED(0) - 8, FAKE_MIXED(1),
		FAKE_MIXED(3) - 8,
	};

	if (pick(60) == 0)
		return FAKE_IMAGE + pick(0x500);
	if (pick(200) == 0)
		return pick(2) ? ~0ul - pick(4) : NIE_NR_PAGES - pick(600);
	return base[pick(ARRAY_SIZE(base))] + pick(24);
}

/* A page of this kind, to get somewhere. */
static u64 pfn_of(u8 kind)
{
	u32 start = pick(FAKE_NR_PAGES);

	if (pick(20) == 0)
		return some_pfn();
	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		u32 pfn = fake_page_pfn((start + i) % FAKE_NR_PAGES);

		if (nie_pages.p[pfn].kind == kind && fake_content(pfn))
			return pfn;
	}
	return some_pfn();
}

/* A gfn, often one where something is mapped in some VM. */
static u64 some_gfn(void)
{
	static const u64 base[] = { 0, 500, 0x3fff8, 0x7fffff8, 0xffff8, 0xfffffff0 };
	u64 pfn = pick(2) ? pfn_of(pick(2) ? NIE_K_HOST_SHARED_GUEST : NIE_K_GUEST) : ~0ul;

	if (fake_page_index(pfn) >= 0)
		return nie_pages.p[pfn].base;
	return base[pick(ARRAY_SIZE(base))] + pick(24);
}

static u64 some_nr(void)
{
	static const u32 most[] = { 1, 2, 4, 4, 16, 16, 513 };

	return pick(most[pick(ARRAY_SIZE(most))]) + (pick(50) != 0);
}

static const u8 calls[] = {
	NIE_HC_SHARE_NIE, NIE_HC_SHARE_NIE, NIE_HC_UNSHARE_NIE, NIE_HC_VM_CREATE, NIE_HC_VM_CREATE,
	NIE_HC_VM_TOPUP, NIE_HC_VM_TOPUP, NIE_HC_VM_TEARDOWN, NIE_HC_VM_RECLAIM, NIE_HC_VM_RECLAIM,
	NIE_HC_VM_RECLAIM, NIE_HC_VM_DESTROY, NIE_HC_VM_DESTROY, NIE_HC_VCPU_CREATE, NIE_HC_VM_INFO,
	NIE_HC_DONATE_GUEST, NIE_HC_DONATE_GUEST, NIE_HC_SHARE_GUEST, NIE_HC_SHARE_GUEST,
	NIE_HC_SHARE_GUEST, NIE_HC_UNSHARE_GUEST, NIE_HC_UNSHARE_GUEST, NIE_HC_RELAX_GUEST,
	NIE_HC_WRPROTECT_GUEST, NIE_HC_AGE_GUEST, NIE_HC_TLB_FLUSH_VM, NIE_HC_QUERY_GUEST,
	NIE_HC_VCPU_LOAD, NIE_HC_VCPU_LOAD, NIE_HC_VCPU_PUT, NIE_HC_VCPU_RUN,
};

static void some_arguments(u32 nr, u64 *arg)
{
	arg[0] = some_handle();
	switch (nr) {
	case NIE_HC_SHARE_NIE:
		arg[0] = some_pfn();
		break;
	case NIE_HC_UNSHARE_NIE:
		arg[0] = pfn_of(NIE_K_HOST_SHARED_NIE);
		break;
	case NIE_HC_VM_CREATE:
		arg[0] = pick(2);
		arg[1] = 32 + pick(10);
		arg[2] = some_pfn() & ~(arg[1] > 39 ? (1ul << (arg[1] - 39)) - 1 : 0);
		break;
	case NIE_HC_VM_TOPUP:
	case NIE_HC_VM_RECLAIM:
		arg[1] = some_pfn();
		arg[2] = some_nr();
		break;
	case NIE_HC_VCPU_CREATE:
		arg[1] = pick(3);
		arg[2] = some_pfn();
		arg[3] = pfn_of(NIE_K_HOST_SHARED_NIE);
		break;
	case NIE_HC_VCPU_LOAD:
		arg[1] = pick(3);
		break;
	case NIE_HC_DONATE_GUEST:
	case NIE_HC_SHARE_GUEST:
		arg[1] = some_pfn();
		arg[2] = some_gfn();
		arg[3] = some_nr();
		arg[4] = pick(16) | (pick(8) != 0);
		break;
	case NIE_HC_RELAX_GUEST:
		arg[1] = some_gfn();
		arg[2] = pick(16) | 1;
		break;
	default:
		arg[1] = some_gfn();
		arg[2] = some_nr();
		arg[3] = pick(2);
	}
}

/* A call that would change pages outside the arenas, or map into a VM pages that have no memory. */
static bool out_of_bounds(u32 nr, const u64 *arg)
{
	u64 pfn, n;

	switch (nr) {
	case NIE_HC_SHARE_NIE:
		pfn = arg[0];
		n = 1;
		break;
	case NIE_HC_VM_CREATE:
		pfn = arg[2];
		n = 16;
		break;
	case NIE_HC_VCPU_CREATE:
		pfn = arg[2];
		n = 1;
		break;
	case NIE_HC_VM_TOPUP:
		pfn = arg[1];
		n = arg[2];
		break;
	case NIE_HC_DONATE_GUEST:
	case NIE_HC_SHARE_GUEST:
		pfn = arg[1];
		n = arg[3];
		break;
	default:
		return false;
	}
	for (u64 i = 0; i < n && i <= NIE_MAX_RANGE; i++)
		if (nie_page_kind(pfn + i) == NIE_K_HOST && (fake_page_index(pfn + i) < 0 ||
							     !fake_content((u32)(pfn + i))))
			return true;
	return false;
}

/* Some call, on some CPU. False if it is one that this machine cannot make. */
static bool some_call(u32 *nr, u64 *arg)
{
	*nr = calls[pick(ARRAY_SIZE(calls))];
	for (u32 i = 0; i < 5; i++)
		arg[i] = 0;
	some_arguments(*nr, arg);
	fake.cpu_index = pick(FAKE_NR_CPUS);
	return !out_of_bounds(*nr, arg);
}

#endif /* NIE_KUNIT_CALLS_H */
