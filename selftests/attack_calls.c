// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks by host calls about memory and VMs: malformed, replayed, about somebody else's pages,
 * with a handle that is none. CALL() compares the errno with that of the attack.
 */
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "attack.h"

#define RWX		(NIE_PROT_R | NIE_PROT_W | NIE_PROT_X)
#define NR_ALL_PFNS	(BIT(32) - BIT(18))	/* 16 TiB - 1 GiB: what a pfn may be */
#define NR_ALL_GFNS	BIT(32)

/* An ordinary page, for calls that must fail for another reason. */
static const u64 page = FREE;

/* The same calls, with good arguments. */
static bool control_calls(long want)
{
	u64 vm = vm_make(NIE_VM_PROTECTED, 0);

	want = 0;
	CALL(donate_guest, vm, pfn_of(FREE + 8), 0, 4);
	CALL(vm_info, vm);
	note("pages of the VM", out.r[2] == 1 + 4 + 4, true);
	note("its end", vm_end(vm, 0, 16), 0);
	CALL(share_guest, w.normal, pfn_of(FREE), GFN_FREE, 8, RWX);
	CALL(query_guest, w.normal, GFN_FREE + 7);
	note("its page", out.r[0] == pfn_of(FREE + 7) && out.r[1] == RWX, true);
	CALL(wrprotect_guest, w.normal, GFN_FREE, 8);
	CALL(relax_guest, w.normal, GFN_FREE, NIE_PROT_R | NIE_PROT_W);
	CALL(age_guest, w.normal, GFN_FREE, 8, 1);
	CALL(tlb_flush_vm, w.normal);
	CALL(unshare_guest, w.normal, GFN_FREE, 8);
	CALL(share_nie, pfn_of(FREE));
	CALL(unshare_nie, pfn_of(FREE));
	return true;
}

/* Every call that takes a page, with this one. */
static void each_page_call(u64 pfn, long want)
{
	CALL(share_nie, pfn);
	CALL(unshare_nie, pfn);
	CALL(vm_create, NIE_VM_PROTECTED, IPA_BITS, pfn);
	CALL(vm_topup, w.normal, pfn, 1);
	CALL(vcpu_create, w.normal, 1, pfn, pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn);
	CALL(donate_guest, w.prot, pfn, GFN_FREE, 1);
	CALL(share_guest, w.normal, pfn, GFN_FREE, 1, RWX);
}

static bool wild_pfn(long want)
{
	each_page_call(NR_ALL_PFNS, want);
	each_page_call(BIT(32) + pfn_of(page), want);	/* good in its lower half */
	each_page_call(~0ul, want);
	each_page_call(1ul << 63 | pfn_of(page), want);
	CALL(vm_reclaim, w.dying, NR_ALL_PFNS, 1);
	CALL(vm_reclaim, w.dying, ~0ul, 1);
	return true;
}

static bool beyond_ram(long want)
{
	each_page_call(NR_ALL_PFNS - 1, want);
	each_page_call(1ul << 30, want);
	return true;
}

static bool device_pfn(long want)
{
	each_page_call(w.hole, want);
	if (!pfn_valid(0x8000))
		each_page_call(0x8000, want);		/* where QEMU has its GIC */
	return true;
}

static bool pfn_zero(long want)
{
	if (pfn_valid(0))
		return false;
	each_page_call(0, want);
	return true;
}

/* Every call with a range of pages or of gfns, with this one. */
static void each_range_call(u64 pfn, u64 gfn, u64 nr, long want)
{
	CALL(donate_guest, w.prot, pfn, gfn, nr);
	CALL(share_guest, w.normal, pfn, gfn, nr, RWX);
}

static bool wrapping_pfn(long want)
{
	static const u64 nr[] = { 2, 512 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		each_range_call(0 - nr[i] + 1, GFN_FREE, nr[i], want);
		each_range_call(NR_ALL_PFNS - nr[i] + 1, GFN_FREE, nr[i], want);
		CALL(vm_topup, w.normal, 0 - nr[i] + 1, nr[i]);
		CALL(vm_topup, w.normal, NR_ALL_PFNS - nr[i] + 1, nr[i]);
		CALL(vm_reclaim, w.dying, 0 - nr[i] + 1, nr[i]);
	}
	CALL(vm_create, NIE_VM_NORMAL, 43, NR_ALL_PFNS);
	return true;
}

static bool wrapping_gfn(long want)
{
	static const u64 nr[] = { 2, 512 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		each_range_call(pfn_of(page), 0 - nr[i] + 1, nr[i], want);
		each_range_call(pfn_of(page), NR_ALL_GFNS - nr[i] + 1, nr[i], want);
		CALL(unshare_guest, w.normal, 0 - nr[i] + 1, nr[i]);
		CALL(wrprotect_guest, w.normal, NR_ALL_GFNS - nr[i] + 1, nr[i]);
		CALL(age_guest, w.normal, 0 - nr[i] + 1, nr[i], 1);
	}
	CALL(relax_guest, w.normal, NR_ALL_GFNS + GFN_SHARED, RWX);
	CALL(query_guest, w.normal, NR_ALL_GFNS + GFN_SHARED);
	return true;
}

static bool bad_length(long want)
{
	static const u64 nr[] = { 0, NIE_MAX_RANGE + 1, 1ul << 32, ~0ul };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		each_range_call(pfn_of(page), GFN_FREE, nr[i], want);
		CALL(vm_topup, w.normal, pfn_of(page), nr[i]);
		CALL(vm_reclaim, w.dying, pfn_of(page), nr[i]);
		CALL(unshare_guest, w.normal, GFN_SHARED, nr[i]);
		CALL(wrprotect_guest, w.normal, GFN_SHARED, nr[i]);
		CALL(age_guest, w.normal, GFN_SHARED, nr[i], 1);
	}
	return true;
}

static bool bad_prot(long want)
{
	static const u64 prot[] = { 0, NIE_PROT_W, NIE_PROT_W | NIE_PROT_X, 16 | RWX, ~0ul };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prot); i++) {
		CALL(share_guest, w.normal, pfn_of(page), GFN_FREE, 1, prot[i]);
		CALL(relax_guest, w.normal, GFN_SHARED, prot[i]);
	}
	CALL(age_guest, w.normal, GFN_SHARED, 1, 2);
	return true;
}

static bool bad_create(long want)
{
	CALL(vm_create, 2, IPA_BITS, pfn_of(page));
	CALL(vm_create, ~0ul, IPA_BITS, pfn_of(page));
	CALL(vm_create, NIE_VM_NORMAL, 31, pfn_of(page));
	CALL(vm_create, NIE_VM_NORMAL, 44, pfn_of(page));
	CALL(vm_create, NIE_VM_NORMAL, 256 + IPA_BITS, pfn_of(page));
	CALL(vm_create, NIE_VM_NORMAL, 40, pfn_of(page + 1));	/* two roots, misaligned */
	CALL(vm_create, NIE_VM_NORMAL, 43, pfn_of(page + 8));	/* sixteen roots, misaligned */
	return true;
}

static bool gfn_outside(long want)
{
	each_range_call(pfn_of(page), NR_GFNS, 1, want);
	each_range_call(pfn_of(page), NR_GFNS - 1, 2, want);
	each_range_call(pfn_of(page), NR_ALL_GFNS - 1, 1, want);
	CALL(unshare_guest, w.normal, NR_GFNS - 1, 2);
	CALL(relax_guest, w.normal, NR_GFNS, RWX);
	CALL(query_guest, w.normal, NR_GFNS);
	return true;
}

/* Ranges of the host's pages that hold one or more that are somebody else's. */
static void overlap(u32 place, u32 nr, long want)
{
	each_range_call(pfn_of(place), GFN_FREE, nr, want);
	CALL(vm_topup, w.other, pfn_of(place), nr);
}

static bool overlap_first(long want)
{
	overlap(DONATED + NR_RANGE - 1, 4, want);
	overlap(SHARED + NR_RANGE - 1, 2, want);
	return true;
}

static bool overlap_middle(long want)
{
	overlap(DONATED - 2, NR_RANGE + 4, want);
	overlap(SHARED - 2, 8, want);
	return true;
}

static bool overlap_last(long want)
{
	overlap(DONATED - 3, 4, want);
	overlap(SHARED - 3, 4, want);
	/* Root tables: the first four of eight, and some of sixteen. */
	CALL(vm_create, NIE_VM_NORMAL, 42, pfn_of(DONATED));
	CALL(vm_create, NIE_VM_NORMAL, 43, pfn_of(CTX_P));
	return true;
}

/* The whole of NIE's memory in ranges of the largest size. */
static bool overlap_image(long want)
{
	each_range_call(w.image, GFN_FREE, NIE_MAX_RANGE, want);
	each_page_call(w.image, want);
	each_page_call(w.image + 511, want);
	return true;
}

static bool double_donate(long want)
{
	CALL(donate_guest, w.prot, pfn_of(DONATED), GFN_DONATED, NR_RANGE);
	CALL(donate_guest, w.prot, pfn_of(DONATED), GFN_FREE, 1);
	return true;
}

static bool steal_donated(long want)
{
	each_page_call(pfn_of(DONATED), want);
	each_page_call(pfn_of(DONATED + NR_RANGE - 1), want);
	return true;
}

/* A page that one VM has, to another VM. */
static bool steal_page(long want)
{
	CALL(share_guest, w.other, pfn_of(SHARED), GFN_SHARED, 1, RWX);
	CALL(share_guest, w.other, pfn_of(SHARED), GFN_FREE, NR_RANGE, RWX);
	CALL(share_guest, w.other, pfn_of(DONATED), GFN_FREE, 1, RWX);
	CALL(donate_guest, w.prot, pfn_of(SHARED), GFN_FREE, 1);
	each_page_call(pfn_of(SHARED + 1), want);
	return true;
}

static bool share_second_gfn(long want)
{
	CALL(share_guest, w.normal, pfn_of(SHARED), GFN_FREE, 1, RWX);
	CALL(share_guest, w.normal, pfn_of(SHARED), GFN_SHARED + 1, 1, RWX);
	return true;
}

static bool replay_share(long want)
{
	CALL(share_guest, w.normal, pfn_of(SHARED), GFN_SHARED, NR_RANGE, RWX);
	CALL(share_guest, w.normal, pfn_of(SHARED + 1), GFN_SHARED + 1, 1, NIE_PROT_R);
	return true;
}

static bool occupied_gfn(long want)
{
	CALL(share_guest, w.normal, pfn_of(page), GFN_SHARED, 1, RWX);
	CALL(share_guest, w.normal, pfn_of(page), GFN_SHARED - 1, 2, RWX);
	CALL(donate_guest, w.prot, pfn_of(page), GFN_DONATED, 1);
	CALL(donate_guest, w.prot, pfn_of(page), GFN_DONATED - 3, 4);
	return true;
}

static bool wrong_type(long want)
{
	CALL(donate_guest, w.normal, pfn_of(page), GFN_FREE, 1);
	CALL(share_guest, w.prot, pfn_of(page), GFN_FREE, 1, RWX);
	return true;
}

/* What the host may do with a normal VM's mappings, it may not with a protected one's. */
static bool protected_mapping(long want)
{
	CALL(unshare_guest, w.prot, GFN_DONATED, NR_RANGE);
	CALL(relax_guest, w.prot, GFN_DONATED, RWX);
	CALL(wrprotect_guest, w.prot, GFN_DONATED, 1);
	CALL(age_guest, w.prot, GFN_DONATED, 1, 0);
	CALL(query_guest, w.prot, GFN_DONATED);
	return true;
}

static bool empty_gfn(long want)
{
	CALL(relax_guest, w.normal, GFN_FREE, RWX);
	CALL(query_guest, w.normal, GFN_FREE);
	CALL(query_guest, w.normal, NR_GFNS - 1);
	return true;
}

static bool starved_pool(long want)
{
	struct nie_res res;
	u64 vm;

	if (nie_hc_vm_create(&res, NIE_VM_PROTECTED, IPA_BITS, pfn_of(FREE + 1)))
		return false;
	vm = res.r[0];
	CALL(donate_guest, vm, pfn_of(page), GFN_FREE, 1);
	note("pages wanted", out.r[0], 2);
	CALL(donate_guest, vm, pfn_of(page + 2), NR_GFNS / 2 - 1, 2);
	note("pages wanted across a GiB", out.r[0], 4);
	note("the VM's end", vm_end(vm, 1, 1), 0);
	return true;
}

static bool pool_overflow(long want)
{
	CALL(vm_topup, w.other, pfn_of(FREE), 64 - NR_POOL + 3);	/* two are in use */
	CALL(vm_topup, w.other, pfn_of(FREE), 64);
	return true;
}

/* What NIE has already, once more to NIE. */
static bool topup_nie(long want)
{
	CALL(vm_topup, w.other, pfn_of(ROOT_P), 1);
	CALL(vm_topup, w.other, pfn_of(ROOT_O), 1);
	CALL(vm_topup, w.other, pfn_of(POOL_O), NR_POOL);
	CALL(vm_topup, w.other, pfn_of(POOL_N), 1);
	CALL(vm_topup, w.other, pfn_of(CTX_P), 1);
	CALL(vm_topup, w.other, pfn_of(RUN_FREE), 1);
	return true;
}

static bool create_on_nie(long want)
{
	CALL(vm_create, NIE_VM_NORMAL, IPA_BITS, pfn_of(ROOT_P));
	CALL(vm_create, NIE_VM_NORMAL, IPA_BITS, pfn_of(POOL_P));
	CALL(vm_create, NIE_VM_NORMAL, IPA_BITS, pfn_of(CTX_P));
	CALL(vm_create, NIE_VM_NORMAL, IPA_BITS, pfn_of(RUN_FREE));
	return true;
}

static bool context_taken(long want)
{
	CALL(vcpu_create, w.normal, 1, pfn_of(ROOT_N), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(POOL_N), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(CTX_N), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(DONATED), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(SHARED), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1, pfn_of(RUN_FREE), pfn_of(RUN_FREE));
	return true;
}

static bool run_page_not_shared(long want)
{
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(page + 1));
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(page));
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(DONATED));
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(CTX_P));
	return true;
}

static bool run_page_reused(long want)
{
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(RUN_N));
	CALL(vcpu_create, w.normal, 1, pfn_of(page), pfn_of(RUN_P));
	CALL(vcpu_create, w.prot, 1, pfn_of(page), pfn_of(RUN_N));
	return true;
}

static bool unshare_run_page(long want)
{
	CALL(unshare_nie, pfn_of(RUN_N));
	CALL(unshare_nie, pfn_of(RUN_P));
	return true;
}

static bool unshare_unshared(long want)
{
	CALL(unshare_nie, pfn_of(page));
	CALL(unshare_nie, pfn_of(SHARED));
	CALL(unshare_nie, pfn_of(DONATED));
	CALL(unshare_nie, pfn_of(POOL_P));
	CALL(unshare_nie, w.image);
	return true;
}

static bool vcpu_index(long want)
{
	CALL(vcpu_create, w.normal, 512, pfn_of(page), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, ~0ul, pfn_of(page), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.normal, 1ul << 32, pfn_of(page), pfn_of(RUN_FREE));
	CALL(vcpu_load, w.normal, 512);
	CALL(vcpu_load, w.normal, 1ul << 32);
	return true;
}

static bool vcpu_twice(long want)
{
	CALL(vcpu_create, w.normal, 0, pfn_of(page), pfn_of(RUN_FREE));
	CALL(vcpu_create, w.prot, 0, pfn_of(page), pfn_of(RUN_FREE));
	return true;
}

/* Every call that takes a handle, with this one. */
static void each_handle_call(u64 handle, long want)
{
	CALL(vm_topup, handle, pfn_of(page), 1);
	CALL(vm_teardown, handle);
	CALL(vm_reclaim, handle, pfn_of(page), 1);
	CALL(vm_destroy, handle);
	CALL(vcpu_create, handle, 1, pfn_of(page), pfn_of(RUN_FREE));
	CALL(vm_info, handle);
	CALL(donate_guest, handle, pfn_of(page), GFN_FREE, 1);
	CALL(share_guest, handle, pfn_of(page), GFN_FREE, 1, RWX);
	CALL(unshare_guest, handle, GFN_SHARED, 1);
	CALL(relax_guest, handle, GFN_SHARED, RWX);
	CALL(wrprotect_guest, handle, GFN_SHARED, 1);
	CALL(age_guest, handle, GFN_SHARED, 1, 1);
	CALL(tlb_flush_vm, handle);
	CALL(query_guest, handle, GFN_SHARED);
	CALL(vcpu_load, handle, 0);
}

static bool handle_stale(long want)
{
	each_handle_call(w.stale, want);
	return true;
}

static bool handle_generation(long want)
{
	each_handle_call(w.normal + 256, want);
	each_handle_call(w.normal - 256, want);
	each_handle_call(w.prot + (1ul << 40), want);	/* beyond 32 bits */
	each_handle_call(w.prot | 1ul << 63, want);
	each_handle_call(w.normal % 256, want);		/* generation 0 */
	return true;
}

static bool handle_guessed(long want)
{
	u64 h;

	each_handle_call(0, want);
	each_handle_call(~0ul, want);
	for (h = 0; h < 0x10000; h++)
		if (w.alone && h != w.prot && h != w.normal && h != w.other && h != w.dying)
			CALL(vm_info, h);
	for (h = 64; h < 256; h++)			/* slots that do not exist */
		each_handle_call(w.normal / 256 * 256 + h, want);
	return true;
}

/* The first error by the order of the ABI: shape, then handle, then owner. */
static bool precedence_shape(long want)
{
	CALL(donate_guest, w.stale, pfn_of(DONATED), GFN_FREE, 0);
	CALL(share_guest, w.stale, NR_ALL_PFNS, GFN_FREE, 1, RWX);
	CALL(vm_topup, ~0ul, pfn_of(DONATED), 513);
	CALL(vcpu_load, w.stale, 512);
	return true;
}

static bool precedence_handle(long want)
{
	CALL(donate_guest, w.stale, pfn_of(DONATED), NR_GFNS, 1);
	CALL(share_guest, ~0ul, pfn_of(SHARED), GFN_SHARED, 1, RWX);
	CALL(vcpu_create, w.stale, 0, pfn_of(DONATED), pfn_of(RUN_N));
	return true;
}

static bool precedence_owner(long want)
{
	/* Not the host's page, and the gfn is taken, and the pool is empty. */
	CALL(donate_guest, w.prot, pfn_of(SHARED), GFN_DONATED, 1);
	CALL(share_guest, w.normal, pfn_of(DONATED), GFN_SHARED, 1, RWX);
	CALL(vcpu_create, w.normal, 0, pfn_of(DONATED), pfn_of(RUN_N));
	return true;
}

static bool reclaim_live(long want)
{
	CALL(vm_reclaim, w.prot, pfn_of(DONATED), NR_RANGE);
	CALL(vm_reclaim, w.prot, pfn_of(POOL_P), 1);
	CALL(vm_reclaim, w.normal, pfn_of(SHARED), NR_RANGE);
	CALL(vm_reclaim, w.normal, pfn_of(CTX_N), 1);
	return true;
}

/* Through a VM that may be reclaimed from, what it does not hold: passed over. */
static void reclaim_nothing(u64 pfn, u32 nr)
{
	note("vm_reclaim", nie_hc_vm_reclaim(&out, w.dying, pfn, nr), 0);
	note("pages reclaimed", (long)out.r[0], 0);
}

static bool reclaim_foreign(long want)
{
	reclaim_nothing(pfn_of(DONATED), NR_RANGE);
	reclaim_nothing(pfn_of(SHARED), NR_RANGE);
	reclaim_nothing(pfn_of(ROOT_P), 3);
	reclaim_nothing(pfn_of(POOL_P), NR_PLACES - POOL_P);
	reclaim_nothing(w.hole, 1);
	return true;
}

static bool reclaim_nie(long want)
{
	reclaim_nothing(w.image, NIE_MAX_RANGE);
	reclaim_nothing(pfn_of(RUN_FREE), 1);
	return true;
}

static bool destroy_live(long want)
{
	CALL(vm_destroy, w.prot);
	CALL(vm_destroy, w.normal);
	return true;
}

static bool destroy_held(long want)
{
	CALL(vm_destroy, w.dying);
	return true;
}

static bool teardown_twice(long want)
{
	CALL(vm_teardown, w.dying);
	return true;
}

static bool revive_dying(long want)
{
	CALL(vm_topup, w.dying, pfn_of(page), 1);
	CALL(vcpu_create, w.dying, 0, pfn_of(page), pfn_of(RUN_FREE));
	CALL(donate_guest, w.dying, pfn_of(page), GFN_FREE, 1);
	CALL(share_guest, w.dying, pfn_of(page), GFN_FREE, 1, RWX);
	CALL(unshare_guest, w.dying, GFN_FREE, 1);
	CALL(query_guest, w.dying, GFN_FREE);
	return true;
}

static bool is_zero(u32 place, u32 nr)
{
	u64 value;
	u32 i;

	for (i = 0; i < nr; i++)
		if (try_access(ACCESS_READ, addr_of(place + i), &value))
			return false;
	return !memchr_inv(addr_of(place), 0, nr * PAGE_SIZE);
}

/* A secret goes into a VM, the VM dies, the host takes its pages back: nothing of it is left. */
static bool scrub(long want)
{
	u32 at = FREE + 8;
	u64 vm;

	note("pages hold a secret", is_zero(FREE, 1) || is_zero(at, 8), false);
	vm = vm_make(NIE_VM_PROTECTED, 0);
	note("donation", nie_hc_donate_guest(NULL, vm, pfn_of(at), 0, 8), 0);
	note("teardown", nie_hc_vm_teardown(NULL, vm), 0);
	note("a read meanwhile", try_access(ACCESS_READ, addr_of(at), &out.r[0]), BY_ABORT);
	note("reclaim", nie_hc_vm_reclaim(&out, vm, pfn_of(FREE), 16), 0);
	note("pages reclaimed", (long)out.r[0], 13);
	note("guest memory", is_zero(at, 8) ? want : 0, want);
	note("tables and pool", is_zero(FREE, 5) ? want : 0, want);
	note("destroy", nie_hc_vm_destroy(NULL, vm), 0);
	refill(FREE, 16);
	return true;
}

const struct attack call_attacks[] = {
	{ "control_calls", ALLOWED, control_calls },
	{ "pfn_wild", -EINVAL, wild_pfn },
	{ "pfn_beyond_ram", -EPERM, beyond_ram },
	{ "pfn_device", -EPERM, device_pfn },
	{ "pfn_zero", -EPERM, pfn_zero },
	{ "pfn_wraps", -EINVAL, wrapping_pfn },
	{ "gfn_wraps", -EINVAL, wrapping_gfn },
	{ "gfn_outside", -EPERM, gfn_outside },
	{ "bad_length", -EINVAL, bad_length },
	{ "bad_prot", -EINVAL, bad_prot },
	{ "bad_create", -EINVAL, bad_create },
	{ "overlap_first", -EPERM, overlap_first },
	{ "overlap_middle", -EPERM, overlap_middle },
	{ "overlap_last", -EPERM, overlap_last },
	{ "overlap_image", -EPERM, overlap_image },
	{ "double_donate", -EPERM, double_donate },
	{ "steal_donated", -EPERM, steal_donated },
	{ "steal_page", -EPERM, steal_page },
	{ "share_second_gfn", -EPERM, share_second_gfn },
	{ "replay_share", -EEXIST, replay_share },
	{ "occupied_gfn", -EEXIST, occupied_gfn },
	{ "wrong_type", -EPERM, wrong_type },
	{ "protected_mapping", -EPERM, protected_mapping },
	{ "empty_gfn", -EPERM, empty_gfn },
	{ "starved_pool", -ENOMEM, starved_pool },
	{ "pool_overflow", -ENOMEM, pool_overflow },
	{ "topup_nie", -EPERM, topup_nie },
	{ "create_on_nie", -EPERM, create_on_nie },
	{ "context_taken", -EPERM, context_taken },
	{ "run_page_not_shared", -EPERM, run_page_not_shared },
	{ "run_page_reused", -EBUSY, run_page_reused },
	{ "unshare_run_page", -EBUSY, unshare_run_page },
	{ "unshare_unshared", -EPERM, unshare_unshared },
	{ "vcpu_index", -EINVAL, vcpu_index },
	{ "vcpu_twice", -EEXIST, vcpu_twice },
	{ "handle_stale", -ENOENT, handle_stale },
	{ "handle_generation", -ENOENT, handle_generation },
	{ "handle_guessed", -ENOENT, handle_guessed },
	{ "precedence_shape", -EINVAL, precedence_shape },
	{ "precedence_handle", -ENOENT, precedence_handle },
	{ "precedence_owner", -EPERM, precedence_owner },
	{ "reclaim_live", -EPERM, reclaim_live },
	{ "reclaim_foreign", BY_NOTHING, reclaim_foreign },
	{ "reclaim_nie", BY_NOTHING, reclaim_nie },
	{ "destroy_live", -EPERM, destroy_live },
	{ "destroy_held", -EBUSY, destroy_held },
	{ "teardown_twice", -EPERM, teardown_twice },
	{ "revive_dying", -EPERM, revive_dying },
	{ "scrub", BY_ZEROES, scrub },
	{}
};
