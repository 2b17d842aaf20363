// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a protected VM is started with. Digests are sha256sum's of the message that
 * include/nie/guestcalls.h describes.
 */
#include <nie/guestcalls.h>
#include "../nie/el2/launch.h"
#include "../nie/el2/protected.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define CTX	FAKE_PLAIN(2)
#define RUN	FAKE_PLAIN(3)
#define PAGES	FAKE_PLAIN(4)

static u64 vm;

static void make(struct kunit *test)
{
	vm = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT);
	nie_test_topup(test, vm, ROOT + 16, 4);
	nie_test_vcpu(test, vm, 0, CTX, RUN);
	nie_test_vcpu(test, vm, 1, CTX + 1, RUN + 1);
	for (u32 i = 0; i < 4; i++)
		fake_fill(PAGES + i, 0x1111111111111111ul * (i + 1));
}

static bool start(u64 pc, u64 x0)
{
	return nie_start(arch_vcpu(CTX), arch_private(CTX), pc, x0);
}

static bool is_digest(const u64 *got, u64 a, u64 b, u64 c, u64 d)
{
	return got[0] == a && got[1] == b && got[2] == c && got[3] == d;
}

static void sha256(struct kunit *test)
{
	struct nie_sha256 s;
	u64 w[8], digest[4];

	nie_sha256_init(&s);
	nie_sha256_end(&s, digest);
	KUNIT_EXPECT_TRUE(test, is_digest(digest, 0x141cfc9842c4b0e3ul, 0x24b96f99c8f4fb9aul,
					  0x4c939b64e441ae27ul, 0x55b852781b9995a4ul));
	/* Bytes 0 to 63. */
	for (u64 i = 0; i < 8; i++)
		w[i] = 0x0706050403020100ul + i * 0x0808080808080808ul;
	nie_sha256_init(&s);
	nie_sha256_block(&s, w);
	nie_sha256_end(&s, digest);
	KUNIT_EXPECT_TRUE(test, is_digest(digest, 0x620371f3acb9eafdul, 0x8f9ea2c9cd5826bdul,
					  0x3a601198cf7f759cul, 0x081115d9d17c448cul));
	/* 64000 times `a`. */
	for (u64 i = 0; i < 8; i++)
		w[i] = 0x6161616161616161ul;
	nie_sha256_init(&s);
	for (u32 i = 0; i < 1000; i++)
		nie_sha256_block(&s, w);
	nie_sha256_end(&s, digest);
	KUNIT_EXPECT_TRUE(test, is_digest(digest, 0x0c4a50a79d5f9ab7ul, 0xe2d5814ab5f206a6ul,
					  0x164497f84d928c8aul, 0xbed6dc52165020f3ul));
}

static bool measures(u64 a, u64 b, u64 c, u64 d)
{
	return nie_launch.vm[0].started && is_digest(nie_launch.vm[0].digest, a, b, c, d);
}

#define NOTHING	0xddc5964e4ea39c54ul, 0x56ecc0e06522b73dul,	\
		0xf37bce044d9347dful, 0x08c54ebb8b6f3d8dul
#define THREE	0xa751f78108362d8cul, 0xcc81c30a9b29d9f4ul,	\
		0x4050ccfaa9f20fabul, 0x994ba421f50eb18dul

/* Order, address and content each count, however many calls it takes; so do PC and x0. */
static void measured(struct kunit *test)
{
	make(test);
	nie_test_donate(test, vm, PAGES, 0x80, 2);
	nie_test_donate(test, vm, PAGES + 2, 0x10, 1);
	KUNIT_EXPECT_EQ(test, fake_content(PAGES + 2)[511], 0x3333333333333333ul);
	KUNIT_EXPECT_FALSE(test, nie_launch.vm[0].started);
	KUNIT_EXPECT_TRUE(test, start(0x80010, 0x77));
	KUNIT_EXPECT_TRUE(test, measures(THREE));
}

static void measured_in_another_order(struct kunit *test)
{
	make(test);
	nie_test_donate(test, vm, PAGES + 2, 0x10, 1);
	nie_test_donate(test, vm, PAGES, 0x80, 1);
	nie_test_donate(test, vm, PAGES + 1, 0x81, 1);
	KUNIT_EXPECT_TRUE(test, start(0x80010, 0x77));
	KUNIT_EXPECT_TRUE(test, measures(0xc90fe4f00b01876dul, 0x8ccb3b54f7ea0eb0ul,
					 0x94c8e74670a333fcul, 0x063f7931ca487623ul));
}

static void measured_elsewhere(struct kunit *test)
{
	make(test);
	nie_test_donate(test, vm, PAGES, 0xfffffff, 1);
	KUNIT_EXPECT_TRUE(test, start(0, 0));
	KUNIT_EXPECT_TRUE(test, measures(0x838a309b036c7af9ul, 0x766aaaff4a607623ul,
					 0xf0ead74e2ef68a60ul, 0x0370a92b3c37d34bul));
}

/* What the host gives to a VM that has started is zeroed, and changes no measurement. */
static void zeroed_later(struct kunit *test)
{
	make(test);
	KUNIT_EXPECT_FALSE(test, nie_start(arch_vcpu(CTX + 1), arch_private(CTX + 1), 1, 1));
	KUNIT_EXPECT_FALSE(test, nie_launch.vm[0].started);
	KUNIT_EXPECT_TRUE(test, start(0x80010, 0x77));
	KUNIT_EXPECT_TRUE(test, measures(NOTHING));
	nie_test_donate(test, vm, PAGES, 0x80, 2);
	KUNIT_EXPECT_TRUE(test, fake_is_zero(PAGES));
	KUNIT_EXPECT_TRUE(test, fake_is_zero(PAGES + 1));
	KUNIT_EXPECT_TRUE(test, measures(NOTHING));
	/* vCPU 0 starts again, by PSCI: the launch is over. */
	arch_private(CTX)->power = NIE_POWER_PENDING;
	KUNIT_EXPECT_TRUE(test, start(1, 1));
	nie_launch_start(0, 1, 1);
	KUNIT_EXPECT_TRUE(test, measures(NOTHING));
}

/* A call that fails has measured nothing: all is checked first. */
static void refused(struct kunit *test)
{
	make(test);
	nie_test_donate(test, vm, PAGES, 0x80, 2);
	EXPECT_CALL(test, -EEXIST, DONATE_GUEST, vm, PAGES + 2, 0x81, 1);
	EXPECT_CALL(test, -EPERM, DONATE_GUEST, vm, PAGES, 0x90, 1);
	nie_test_donate(test, vm, PAGES + 2, 0x10, 1);
	KUNIT_EXPECT_TRUE(test, start(0x80010, 0x77));
	KUNIT_EXPECT_TRUE(test, measures(THREE));
}

/* The slot's next VM begins anew. */
static void next_vm(struct kunit *test)
{
	make(test);
	nie_test_donate(test, vm, PAGES, 0x80, 1);
	KUNIT_EXPECT_TRUE(test, start(0, 0));
	EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
	nie_test_reclaim_all(test, vm);
	EXPECT_CALL(test, 0, UNSHARE_NIE, RUN);
	EXPECT_CALL(test, 0, UNSHARE_NIE, RUN + 1);
	measured(test);
}

/* The guest asks for it by halves. */
static void asked(struct kunit *test)
{
	static const u64 bad[][3] = { { 8, 0, 0 }, { 32, 0, 0 }, { 0, 1, 0 }, { 16, 0, 1 } };
	struct nie_private *p = arch_private(CTX);
	__u64 *x = p->file.regs.x;
	struct nie_disclosed d;

	measured(test);
	p->syndrome.esr = 0x5a000000;
	for (u64 i = 0; i < 2 + ARRAY_SIZE(bad); i++) {
		memset(&d, 0xff, sizeof(d));
		x[0] = NIE_GC_MEASUREMENT;
		x[1] = i < 2 ? 16 * i : bad[i - 2][0];
		x[2] = i < 2 ? 0 : bad[i - 2][1];
		x[3] = i < 2 ? 0 : bad[i - 2][2];
		x[4] = 0x5ec4;
		KUNIT_EXPECT_TRUE(test, nie_exit(arch_vcpu(CTX), p, NIE_EXIT_TRAP, &d));
		KUNIT_EXPECT_TRUE(test, !d.esr && !d.far && !d.hpfar && !d.x0 && !d.x1);
		KUNIT_EXPECT_EQ(test, x[4], 0x5ec4);
		if (i >= 2) {
			KUNIT_EXPECT_EQ(test, x[0], NIE_SMCCC_INVALID);
			continue;
		}
		KUNIT_EXPECT_EQ(test, x[0], 0);
		KUNIT_EXPECT_EQ(test, x[1], ((const u64[]){ THREE })[2 * i]);
		KUNIT_EXPECT_EQ(test, x[2], ((const u64[]){ THREE })[2 * i + 1]);
		KUNIT_EXPECT_EQ(test, x[3], 0);
	}
}

static struct kunit_case launch_cases[] = {
	KUNIT_CASE(sha256),
	KUNIT_CASE(measured),
	KUNIT_CASE(measured_in_another_order),
	KUNIT_CASE(measured_elsewhere),
	KUNIT_CASE(zeroed_later),
	KUNIT_CASE(refused),
	KUNIT_CASE(next_vm),
	KUNIT_CASE(asked),
	{}
};

static struct kunit_suite launch_suite = {
	.name = "nie_launch",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = launch_cases,
};

kunit_test_suite(launch_suite);
