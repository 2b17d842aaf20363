// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs: handles, slots, pools, and death in every order.
 */
#include "../nie/el2/vm.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define POOL	FAKE_PLAIN(0)
#define PAGES	FAKE_PLAIN(2)

static void vm_create_each_size(struct kunit *test)
{
	for (u64 bits = 0; bits < 64; bits++) {
		u64 roots = bits > 39 && bits < 44 ? 1ul << (bits - 39) : 1;
		bool ok = bits >= 32 && bits <= 43;
		u64 out[4];

		for (u64 type = 0; type < 3; type++) {
			nie_test_init(test);
			KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, VM_CREATE, type, bits, ROOT),
					(long)(ok && type < 2 ? 0 : -EINVAL));
			if (!ok || type == 2)
				continue;
			KUNIT_EXPECT_EQ(test, out[0], (u64)256);	/* slot 0, generation 1 */
			KUNIT_EXPECT_EQ(test, nie_counts.vm[0], (u32)roots);
			KUNIT_EXPECT_EQ(test, nie_vm_nr_roots(bits), (u32)roots);
			EXPECT_CALL(test, -EINVAL, VM_CREATE, type, bits + (1ul << 32), ROOT);
			/* Aligned to its number of roots. */
			if (roots > 1)
				EXPECT_CALL(test, -EINVAL, VM_CREATE, type, bits, ROOT + roots / 2);
			EXPECT_CALL(test, 0, VM_CREATE, type, bits, ROOT + 32 + roots);
		}
	}
}

/* Every root page has to be the host's own; the last one at the end of RAM. */
static void vm_create_checks_every_root(struct kunit *test)
{
	for (u32 i = 0; i < 16; i++) {
		EXPECT_CALL(test, 0, SHARE_NIE, ROOT + i);
		EXPECT_CALL(test, -EPERM, VM_CREATE, NIE_VM_NORMAL, 43, ROOT);
		EXPECT_CALL(test, 0, UNSHARE_NIE, ROOT + i);
	}
	EXPECT_CALL(test, -EPERM, VM_CREATE, NIE_VM_NORMAL, 43, FAKE_END);
	EXPECT_CALL(test, -EINVAL, VM_CREATE, NIE_VM_NORMAL, 43, NIE_NR_PAGES);
	EXPECT_CALL(test, -EPERM, VM_CREATE, NIE_VM_NORMAL, 43, NIE_NR_PAGES - 16);
	EXPECT_CALL(test, -EINVAL, VM_CREATE, NIE_VM_NORMAL, 43, NIE_NR_PAGES - 8);
	EXPECT_CALL(test, -EINVAL, VM_CREATE, NIE_VM_NORMAL, 43, ROOT + (1ul << 32));
	EXPECT_CALL(test, -EINVAL, VM_CREATE, NIE_VM_NORMAL, 43, -16ul);
	EXPECT_CALL(test, 0, VM_CREATE, NIE_VM_NORMAL, 43, ROOT);
}

/* Roots and contexts come to NIE with the host's content, and must not keep it. */
static void vm_pages_start_empty(struct kunit *test)
{
	u64 vm;

	for (u32 i = 0; i < 4; i++)
		fake_fill(ROOT + i, ~0ul);
	fake_fill(POOL, ~0ul);
	fake_fill(POOL + 1, ~0ul);
	fake_fill(POOL + 2, ~0ul);
	vm = nie_test_vm(test, NIE_VM_NORMAL, 41, ROOT);
	for (u32 i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, fake_is_zero(ROOT + i));
	nie_test_topup(test, vm, POOL, 2);
	nie_test_share(test, vm, PAGES, 0, 1);
	nie_test_vcpu(test, vm, 3, POOL + 2, POOL + 3);
	for (u32 i = sizeof(struct nie_vcpu) / 8; i < NIE_PER_TABLE; i++)
		KUNIT_EXPECT_EQ(test, fake_content(POOL + 2)[i], (u64)0);
}

static void vm_sixty_four(struct kunit *test)
{
	u64 handle[NIE_NR_VMS];

	for (u32 v = 0; v < NIE_NR_VMS; v++) {
		handle[v] = nie_test_vm(test, v % 2, 40, ROOT + 2 * v);
		KUNIT_EXPECT_EQ(test, handle[v], (u64)256 + v);
	}
	EXPECT_CALL(test, -ENOMEM, VM_CREATE, NIE_VM_NORMAL, 40, PAGES);
	EXPECT_CALL(test, -EPERM, VM_CREATE, NIE_VM_NORMAL, 40, ROOT);
	EXPECT_CALL(test, -EINVAL, VM_CREATE, NIE_VM_NORMAL, 31, ROOT);
	/* The slot that falls free is used again, under another handle. */
	EXPECT_CALL(test, 0, VM_TEARDOWN, handle[37]);
	EXPECT_CALL(test, -ENOMEM, VM_CREATE, NIE_VM_NORMAL, 40, PAGES);
	nie_test_reclaim_all(test, handle[37]);
	KUNIT_EXPECT_EQ(test, nie_test_vm(test, NIE_VM_NORMAL, 40, PAGES), (u64)2 * 256 + 37);
	for (u32 v = 0; v < NIE_NR_VMS; v++)
		EXPECT_CALL(test, v == 37 ? -ENOENT : 0, VM_INFO, handle[v]);
}

static void expect_no_vm(struct kunit *test, u64 h)
{
	EXPECT_CALL(test, -ENOENT, VM_TOPUP, h, PAGES, 1);
	EXPECT_CALL(test, -ENOENT, VM_TEARDOWN, h);
	EXPECT_CALL(test, -ENOENT, VM_RECLAIM, h, PAGES, 1);
	EXPECT_CALL(test, -ENOENT, VM_DESTROY, h);
	EXPECT_CALL(test, -ENOENT, VCPU_CREATE, h, 0, PAGES, PAGES + 1);
	EXPECT_CALL(test, -ENOENT, VM_INFO, h);
	EXPECT_CALL(test, -ENOENT, DONATE_GUEST, h, PAGES, 0, 1);
	EXPECT_CALL(test, -ENOENT, SHARE_GUEST, h, PAGES, 0, 1, NIE_PROT_R);
	EXPECT_CALL(test, -ENOENT, UNSHARE_GUEST, h, 0, 1);
	EXPECT_CALL(test, -ENOENT, RELAX_GUEST, h, 0, NIE_PROT_R);
	EXPECT_CALL(test, -ENOENT, WRPROTECT_GUEST, h, 0, 1);
	EXPECT_CALL(test, -ENOENT, AGE_GUEST, h, 0, 1, 0);
	EXPECT_CALL(test, -ENOENT, TLB_FLUSH_VM, h);
	EXPECT_CALL(test, -ENOENT, QUERY_GUEST, h, 0);
	EXPECT_CALL(test, -ENOENT, VCPU_LOAD, h, 0);
}

/* Handles that name no VM, to each call that takes one. */
static void vm_stale_handles(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT), b = 0;
	u64 handles[9];

	EXPECT_CALL(test, 0, VM_TEARDOWN, a);
	nie_test_reclaim_all(test, a);
	handles[0] = a;			/* destroyed, slot free */
	handles[1] = 0;				/* generation 0: before the first VM */
	handles[2] = 63;
	handles[3] = 256 + 64;			/* a slot that there is not */
	handles[4] = 255;
	handles[5] = ~0ul;
	handles[6] = 2 * 256;			/* the next generation, not created yet */
	handles[7] = (1ul << 32) + 256;		/* bits above the generation */
	handles[8] = (1ul << 40) + 256;
	for (u32 reused = 0; reused < 2; reused++) {
		for (u32 i = 0; i < ARRAY_SIZE(handles); i++)
			expect_no_vm(test, handles[i]);
		if (!reused)
			b = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
		handles[6] = 3 * 256;
		handles[7] = b + (1ul << 32);	/* bits above the generation */
		handles[8] = b + (1ul << 40);
	}
	KUNIT_EXPECT_EQ(test, b, (u64)2 * 256);
	EXPECT_CALL(test, 0, VM_TEARDOWN, b);
}

/* After 2^24 - 1 VMs a slot is not used any more. */
static void vm_generation_retires(struct kunit *test)
{
	u64 last;

	nie_vms.vm[0].generation = NIE_GEN_MAX - 1;
	model_set_generation(0, NIE_GEN_MAX - 1);
	last = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	KUNIT_EXPECT_EQ(test, last, (u64)0xffffff * 256);
	EXPECT_CALL(test, 0, VM_TEARDOWN, last);
	nie_test_reclaim_all(test, last);
	KUNIT_EXPECT_EQ(test, nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT), (u64)256 + 1);
	EXPECT_CALL(test, -ENOENT, VM_INFO, last);
	/* All slots retired: no VM ever again. */
	for (u32 v = 0; v < NIE_NR_VMS; v++) {
		if (v == 1)
			continue;
		nie_vms.vm[v].generation = NIE_GEN_MAX;
		model_set_generation(v, NIE_GEN_MAX);
	}
	EXPECT_CALL(test, -ENOMEM, VM_CREATE, NIE_VM_NORMAL, 40, PAGES);
}

static void vm_topup_limits(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);

	EXPECT_CALL(test, -EINVAL, VM_TOPUP, vm, POOL, 0);
	EXPECT_CALL(test, -EINVAL, VM_TOPUP, vm, POOL, 513);
	EXPECT_CALL(test, -ENOMEM, VM_TOPUP, vm, POOL, 65);
	EXPECT_CALL(test, -ENOMEM, VM_TOPUP, vm, POOL, 512);
	EXPECT_CALL(test, 0, VM_TOPUP, vm, POOL, 63);
	EXPECT_CALL(test, -ENOMEM, VM_TOPUP, vm, POOL + 64, 2);
	EXPECT_CALL(test, 0, VM_TOPUP, vm, POOL + 64, 1);
	EXPECT_CALL(test, -ENOMEM, VM_TOPUP, vm, POOL + 66, 1);
	/* -EPERM before -ENOMEM */
	EXPECT_CALL(test, -EPERM, VM_TOPUP, vm, POOL + 62, 10);
	EXPECT_CALL(test, -EPERM, VM_TOPUP, vm, ROOT, 1);
	/* What the tables took makes room again. */
	nie_test_share(test, vm, PAGES, 0, 1);
	EXPECT_CALL(test, -ENOMEM, VM_TOPUP, vm, POOL + 66, 3);
	EXPECT_CALL(test, 0, VM_TOPUP, vm, POOL + 66, 2);
}

/* Every page of a topup of 64, one at a time in a wrong state. */
static void vm_topup_checks_every_page(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);

	for (u32 i = 0; i < 64; i++) {
		EXPECT_CALL(test, 0, SHARE_NIE, FAKE_PLAIN(2) - 32 + i);
		EXPECT_CALL(test, -EPERM, VM_TOPUP, vm, FAKE_PLAIN(2) - 32, 64);
		EXPECT_CALL(test, 0, UNSHARE_NIE, FAKE_PLAIN(2) - 32 + i);
	}
	EXPECT_CALL(test, 0, VM_TOPUP, vm, FAKE_PLAIN(2) - 32, 64);
}

static void vm_info(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 41, ROOT), out[4];
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT + 16);
	static const u64 want[][4] = {
		{ 0, 0, 4 + 10 + 7 + 1, 6 }, { 1, 0, 2 + 5 + 3, 3 }, { 0, 1, 4 + 10 + 7 + 1, 0 },
	};

	nie_test_topup(test, n, POOL, 10);
	nie_test_topup(test, p, POOL + 10, 5);
	nie_test_share(test, n, PAGES, 0x3fffd, 7);
	nie_test_donate(test, p, PAGES + 7, 0, 3);
	nie_test_vcpu(test, n, 0, PAGES + 20, PAGES + 21);
	KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, VM_INFO, n), 0L);
	KUNIT_EXPECT_TRUE(test, !memcmp(out, want[0], sizeof(out)));
	KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, VM_INFO, p), 0L);
	KUNIT_EXPECT_TRUE(test, !memcmp(out, want[1], sizeof(out)));
	EXPECT_CALL(test, 0, VM_TEARDOWN, n);
	KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, VM_INFO, n), 0L);
	KUNIT_EXPECT_TRUE(test, !memcmp(out, want[2], sizeof(out)));
}

/* A VM with a page of every kind, on pages FIRST.. */
#define FIRST	FAKE_PLAIN(0)
#define NR_HELD	20u

static u64 full_vm(struct kunit *test, u64 type)
{
	u64 vm = nie_test_vm(test, type, 41, FIRST);

	nie_test_topup(test, vm, FIRST + 4, 6);
	if (type == NIE_VM_PROTECTED) {
		nie_test_donate(test, vm, FIRST + 10, 0x3fffe, 4);
		nie_test_guest_share(test, FIRST + 11);
		nie_test_donate(test, vm, FIRST + 14, 0, 2);
	} else {
		nie_test_share(test, vm, FIRST + 10, 0x3fffe, 4);
		nie_test_share(test, vm, FIRST + 14, 0, 2);
	}
	for (u32 i = 0; i < 4; i++)
		nie_test_vcpu(test, vm, 100 * i, FIRST + 16 + i, FIRST + 20 + i);
	return vm;
}

/* What a VM owned or NIE held is zero when the host gets it; what the host shared is untouched. */
static void check_scrubbed(struct kunit *test, u64 type, u32 i)
{
	bool shared = type == NIE_VM_NORMAL && i >= 10 && i < 16;
	u64 *p = fake_content(FIRST + i);

	KUNIT_EXPECT_EQ_MSG(test, nie_page_kind(FIRST + i), (u8)NIE_K_HOST, "page %u", i);
	if (shared)
		KUNIT_EXPECT_TRUE_MSG(test, p[0] == 0x1234 && p[511] == 0x1234, "page %u", i);
	else
		KUNIT_EXPECT_TRUE_MSG(test, fake_is_zero(FIRST + i), "page %u", i);
}

/* Page by page, in each of some orders: destroy is refused until the last one. */
static void vm_reclaim_in_any_order(struct kunit *test)
{
	static const u32 step[] = { 1, 3, 7, 9, 11, 13, 17, 19 };	/* coprime to NR_HELD */

	for (u64 type = NIE_VM_NORMAL; type <= NIE_VM_PROTECTED; type++) {
		for (u32 s = 0; s < ARRAY_SIZE(step); s++) {
			u64 vm;

			nie_test_init(test);
			vm = full_vm(test, type);
			for (u32 i = 10; i < 16; i++)
				fake_fill(FIRST + i, 0x1234);
			EXPECT_CALL(test, -EPERM, VM_RECLAIM, vm, FIRST, NR_HELD);
			EXPECT_CALL(test, -EPERM, VM_DESTROY, vm);
			EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
			EXPECT_CALL(test, -EPERM, VM_TEARDOWN, vm);
			for (u32 i = 0; i < NR_HELD; i++) {
				u32 k = i * step[s] % NR_HELD;

				EXPECT_CALL(test, -EBUSY, VM_DESTROY, vm);
				EXPECT_OUT(test, 1, VM_RECLAIM, vm, FIRST + k, 1);
				EXPECT_OUT(test, 0, VM_RECLAIM, vm, FIRST + k, 1);
				check_scrubbed(test, type, k);
			}
			EXPECT_CALL(test, 0, VM_DESTROY, vm);
			EXPECT_CALL(test, -ENOENT, VM_DESTROY, vm);
			for (u32 i = 0; i < 4; i++)
				EXPECT_CALL(test, 0, UNSHARE_NIE, FIRST + 20 + i);
		}
	}
}

/* By ranges: whole, with others' pages, holes and 1 GiB borders among them. */
static void vm_reclaim_ranges(struct kunit *test)
{
	u64 a, b;

	a = full_vm(test, NIE_VM_NORMAL);
	b = nie_test_vm(test, NIE_VM_PROTECTED, 40, FAKE_MIXED(0));
	nie_test_topup(test, b, FAKE_MIXED(0) + 2, 4);
	nie_test_donate(test, b, FAKE_MIXED(0) - 4, 0, 4);
	nie_test_donate(test, b, FIRST + 30, 100, 2);
	EXPECT_CALL(test, 0, VM_TEARDOWN, a);
	EXPECT_OUT(test, 0, VM_RECLAIM, a, FAKE_MIXED(0) - 256, 512);
	EXPECT_OUT(test, NR_HELD, VM_RECLAIM, a, FIRST, 512);
	EXPECT_CALL(test, 0, VM_DESTROY, a);
	EXPECT_CALL(test, 0, VM_TEARDOWN, b);
	EXPECT_OUT(test, 0, VM_RECLAIM, b, FAKE_END - 256, 512);
	EXPECT_OUT(test, 0, VM_RECLAIM, b, FAKE_IMAGE, 512);
	EXPECT_OUT(test, 0, VM_RECLAIM, b, NIE_NR_PAGES - 512, 512);
	EXPECT_OUT(test, 10, VM_RECLAIM, b, FAKE_MIXED(0) - 4, 10);
	EXPECT_CALL(test, -EBUSY, VM_DESTROY, b);
	EXPECT_OUT(test, 2, VM_RECLAIM, b, FIRST + 30, 512);
	EXPECT_CALL(test, 0, VM_DESTROY, b);
}

/* What a dying VM still refuses, and what it is refused. */
static void vm_dying_refuses(struct kunit *test)
{
	for (u64 type = NIE_VM_NORMAL; type <= NIE_VM_PROTECTED; type++) {
		u64 vm;

		nie_test_init(test);
		vm = full_vm(test, type);
		EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
		KUNIT_EXPECT_FALSE(test, fake_vmid_cached(vm % 256));
		EXPECT_CALL(test, -EPERM, VM_TEARDOWN, vm);
		EXPECT_CALL(test, -EPERM, VM_TOPUP, vm, PAGES, 1);
		EXPECT_CALL(test, -EPERM, VCPU_CREATE, vm, 1, PAGES, FIRST + 20);
		EXPECT_CALL(test, -EPERM, VCPU_LOAD, vm, 0);
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, vm, 1);
		EXPECT_CALL(test, -EPERM, DONATE_GUEST, vm, PAGES, 5, 1);
		EXPECT_CALL(test, -EPERM, SHARE_GUEST, vm, PAGES, 5, 1, NIE_PROT_R);
		EXPECT_CALL(test, -EPERM, UNSHARE_GUEST, vm, 0, 1);
		EXPECT_CALL(test, -EPERM, RELAX_GUEST, vm, 0, NIE_PROT_R);
		EXPECT_CALL(test, -EPERM, WRPROTECT_GUEST, vm, 0, 1);
		EXPECT_CALL(test, -EPERM, AGE_GUEST, vm, 0, 1, 1);
		EXPECT_CALL(test, -EPERM, QUERY_GUEST, vm, 0);
		EXPECT_CALL(test, 0, TLB_FLUSH_VM, vm);
		EXPECT_CALL(test, -EBUSY, VM_DESTROY, vm);
		/* A vCPU that is reclaimed is gone. */
		EXPECT_OUT(test, 1, VM_RECLAIM, vm, FIRST + 16, 1);
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, vm, 0);
	}
}

static struct kunit_case vm_cases[] = {
	KUNIT_CASE(vm_create_each_size),
	KUNIT_CASE(vm_create_checks_every_root),
	KUNIT_CASE(vm_pages_start_empty),
	KUNIT_CASE(vm_sixty_four),
	KUNIT_CASE(vm_stale_handles),
	KUNIT_CASE(vm_generation_retires),
	KUNIT_CASE(vm_topup_limits),
	KUNIT_CASE(vm_topup_checks_every_page),
	KUNIT_CASE(vm_info),
	KUNIT_CASE(vm_reclaim_in_any_order),
	KUNIT_CASE(vm_reclaim_ranges),
	KUNIT_CASE(vm_dying_refuses),
	{}
};

static struct kunit_suite vm_suite = {
	.name = "nie_vm",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = vm_cases,
};

kunit_test_suite(vm_suite);
