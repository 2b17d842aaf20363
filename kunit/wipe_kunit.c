// SPDX-License-Identifier: GPL-2.0-only
/* What is left in memory of VMs when the machine is reset. */
#include <nie/guestcalls.h>
#include <arch/lock.h>
#include "../nie/el2/host.h"
#include "../nie/el2/protected.h"
#include "../nie/el2/wipe.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define CTX	FAKE_PLAIN(2)
#define RUN	FAKE_PLAIN(3)
#define PAGES	FAKE_PLAIN(4)
#define SHARED	(PAGES + NIE_PER_TABLE + 7)
#define NORMAL	FAKE_MIXED(0)

static u64 vm;

/* A protected VM with two ranges of 2 MiB, one page of them shared; a normal VM. */
static void make(struct kunit *test)
{
	u64 normal = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 32);

	vm = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT);
	nie_test_topup(test, vm, ROOT + 64, 6);
	nie_test_topup(test, normal, ROOT + 72, 6);
	nie_test_vcpu(test, vm, 0, CTX, RUN);
	nie_test_vcpu(test, normal, 0, CTX + 1, RUN + 1);
	for (u32 i = 0; i < 2 * NIE_PER_TABLE; i++)
		fake_fill(PAGES + i, 0x1111111111111111ul + i);
	nie_test_donate(test, vm, PAGES, 0x400, NIE_PER_TABLE);
	nie_test_donate(test, vm, PAGES + NIE_PER_TABLE, 0x600, NIE_PER_TABLE);
	nie_test_guest_share(test, SHARED);
	fake_fill(NORMAL, 0x2222222222222222ul);
	nie_test_share(test, normal, NORMAL, 0x40, 1);
	memset(arch_private(CTX), 0xa5, sizeof(struct nie_private));
}

static bool is_zero(const void *from, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		if (((const u8 *)from)[i])
			return false;
	return true;
}

static u32 wipe(struct kunit *test)
{
	u32 steps = 0;
	bool done;

	nie_phase = NIE_PHASE_ENDING;
	do {
		u64 ops = fake.ops;

		nie_lock();
		done = nie_wipe();
		nie_unlock();
		steps++;
		KUNIT_ASSERT_TRUE(test, fake.ops - ops <= NIE_PER_TABLE);
		KUNIT_ASSERT_TRUE(test, steps < 100000);
	} while (!done);
	return steps;
}

/* What is a VM's alone is zero and cleaned to PoC, in steps of 2 MiB; all else is as it was. */
static void wiped(struct kunit *test)
{
	struct nie_vcpu vcpu;

	make(test);
	memcpy(&vcpu, arch_vcpu(CTX), sizeof(vcpu));
	KUNIT_EXPECT_FALSE(test, fake_is_zero(PAGES));
	/* A GiB without RAM is one step. */
	KUNIT_EXPECT_EQ(test, wipe(test), 2 * NIE_PER_TABLE + NIE_NR_GIBS - 2);
	KUNIT_EXPECT_EQ_MSG(test, fake.complaint[0], 0, "%s", fake.complaint);
	for (u32 i = 0; i < 2 * NIE_PER_TABLE; i++) {
		if (PAGES + i == SHARED)
			continue;
		KUNIT_ASSERT_TRUE_MSG(test, fake_is_zero(PAGES + i), "page %u", i);
		KUNIT_ASSERT_TRUE_MSG(test, fake_is_clean(PAGES + i), "page %u", i);
		KUNIT_ASSERT_EQ(test, nie_page_kind(PAGES + i), NIE_K_GUEST);
		KUNIT_ASSERT_EQ(test, fake_host_reach(PAGES + i), NIE_PERM_NONE);
	}
	KUNIT_EXPECT_TRUE(test, is_zero(arch_private(CTX), NIE_PAGE_SIZE - NIE_PRIVATE_OFFSET));
	KUNIT_EXPECT_FALSE(test, memcmp(&vcpu, arch_vcpu(CTX), sizeof(vcpu)));
	KUNIT_EXPECT_FALSE(test, fake_is_zero(SHARED));
	KUNIT_EXPECT_FALSE(test, fake_is_zero(NORMAL));
	/* Once more: there is nothing to do. */
	KUNIT_EXPECT_EQ(test, wipe(test), 1u);
}

static struct kunit_case wipe_cases[] = {
	KUNIT_CASE(wiped),
	{}
};

static struct kunit_suite wipe_suite = {
	.name = "nie_wipe",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = wipe_cases,
};

kunit_test_suite(wipe_suite);
