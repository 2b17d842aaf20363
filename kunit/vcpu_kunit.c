// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs: creation, run pages, and the claim of a CPU on one.
 */
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define CTX	FAKE_PLAIN(2)
#define RUN	FAKE_PLAIN(3)

static void on_cpu(u32 cpu)
{
	fake.cpu_index = cpu;
}

static void vcpu_create(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	const struct nie_vcpu *c = (const struct nie_vcpu *)fake_content(CTX);

	fake_fill(CTX, ~0ul);
	EXPECT_CALL(test, 0, SHARE_NIE, RUN);
	EXPECT_CALL(test, 0, VCPU_CREATE, vm, 511, CTX, RUN);
	KUNIT_EXPECT_EQ(test, c->vm, 0);
	KUNIT_EXPECT_EQ(test, c->index, 511);
	KUNIT_EXPECT_EQ(test, c->run_pfn, RUN);
	KUNIT_EXPECT_EQ(test, c->cpu, NIE_NO_CPU);
	KUNIT_EXPECT_EQ(test, c->ipa_bits, 40);
	KUNIT_EXPECT_EQ(test, c->is_protected, 0);
	KUNIT_EXPECT_EQ(test, c->vttbr, 1ul << 48 | (u64)ROOT << 12);
}

/* Errors, and which of two comes first. */
static void vcpu_create_refuses(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 b = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT + 2);

	nie_test_vcpu(test, a, 3, CTX, RUN);
	EXPECT_CALL(test, 0, SHARE_NIE, RUN + 1);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 512, CTX + 1, RUN + 1);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 1ul << 32, CTX + 1, RUN + 1);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 0, NIE_NR_PAGES, RUN + 1);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 0, CTX + 1, NIE_NR_PAGES);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 0, CTX + 1 + (1ul << 32), RUN + 1);
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, a, 0, CTX + 1, RUN + 1 + (1ul << 32));
	EXPECT_CALL(test, -EINVAL, VCPU_CREATE, 0, 512, CTX, RUN);		/* before -ENOENT */
	EXPECT_CALL(test, -ENOENT, VCPU_CREATE, 0, 3, CTX, RUN);		/* before -EPERM */
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 0, CTX, RUN + 1);		/* a context */
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 0, RUN + 1, RUN + 1);		/* the run page */
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 0, CTX + 1, CTX + 1);		/* not shared */
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 0, CTX + 1, CTX + 2);
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 3, CTX, RUN);			/* before -EEXIST */
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 3, CTX + 1, CTX + 2);
	EXPECT_CALL(test, -EEXIST, VCPU_CREATE, a, 3, CTX + 1, RUN);		/* before -EBUSY */
	EXPECT_CALL(test, -EEXIST, VCPU_CREATE, a, 3, CTX + 1, RUN + 1);
	EXPECT_CALL(test, -EBUSY, VCPU_CREATE, a, 4, CTX + 1, RUN);
	EXPECT_CALL(test, -EBUSY, VCPU_CREATE, b, 3, CTX + 1, RUN);		/* another VM's */
	EXPECT_CALL(test, -EBUSY, VCPU_CREATE, b, 3, CTX + 1, FAKE_PANIC);
	EXPECT_CALL(test, 0, VCPU_CREATE, b, 3, CTX + 1, RUN + 1);
	EXPECT_CALL(test, 0, VM_TEARDOWN, a);
	EXPECT_CALL(test, -EPERM, VCPU_CREATE, a, 3, CTX + 2, RUN);
}

/* A run page serves one vCPU at a time, and is free once the context is reclaimed. */
static void vcpu_run_page(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 b = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 2);

	nie_test_vcpu(test, a, 0, CTX, RUN);
	EXPECT_CALL(test, -EBUSY, UNSHARE_NIE, RUN);
	EXPECT_CALL(test, -EBUSY, VCPU_CREATE, b, 0, CTX + 1, RUN);
	EXPECT_CALL(test, 0, VM_TEARDOWN, a);
	EXPECT_CALL(test, -EBUSY, UNSHARE_NIE, RUN);
	/* The run page itself names no VM: it is not reclaimed. */
	EXPECT_OUT(test, 0, VM_RECLAIM, a, RUN, 1);
	EXPECT_OUT(test, 1, VM_RECLAIM, a, CTX, 1);
	EXPECT_CALL(test, 0, VCPU_CREATE, b, 0, CTX + 1, RUN);
	EXPECT_CALL(test, -EBUSY, UNSHARE_NIE, RUN);
	EXPECT_CALL(test, 0, VM_TEARDOWN, b);
	EXPECT_OUT(test, 1, VM_RECLAIM, b, CTX + 1, 1);
	EXPECT_CALL(test, 0, UNSHARE_NIE, RUN);
	EXPECT_CALL(test, -EPERM, UNSHARE_NIE, RUN);
}

static void vcpu_load_put(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 other = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 2);

	nie_test_vcpu(test, vm, 0, CTX, RUN);
	nie_test_vcpu(test, vm, 511, CTX + 1, RUN + 1);
	nie_test_vcpu(test, other, 0, CTX + 2, RUN + 2);
	EXPECT_CALL(test, -EPERM, VCPU_PUT, 0);
	EXPECT_CALL(test, -EPERM, VCPU_RUN, 0);

	EXPECT_CALL(test, 0, VCPU_LOAD, vm, 0);
	KUNIT_EXPECT_EQ(test, fake.cpu[0].ctx_pfn, CTX);
	EXPECT_CALL(test, -EBUSY, VCPU_LOAD, vm, 0);		/* loaded here */
	EXPECT_CALL(test, -EBUSY, VCPU_LOAD, vm, 511);		/* another is loaded here */
	EXPECT_CALL(test, -EBUSY, VCPU_LOAD, other, 0);
	on_cpu(1);
	EXPECT_CALL(test, -EPERM, VCPU_PUT, 0);			/* this CPU has none */
	EXPECT_CALL(test, -EPERM, VCPU_RUN, 0);
	EXPECT_CALL(test, -EBUSY, VCPU_LOAD, vm, 0);		/* loaded there */
	EXPECT_CALL(test, 0, VCPU_LOAD, vm, 511);
	KUNIT_EXPECT_EQ(test, nie_vms.vm[vm % 256].loaded, 2u);
	on_cpu(2);
	EXPECT_CALL(test, 0, VCPU_LOAD, other, 0);
	EXPECT_CALL(test, 0, VCPU_PUT, 0);
	on_cpu(0);
	EXPECT_CALL(test, 0, VCPU_PUT, 0);
	EXPECT_CALL(test, -EPERM, VCPU_PUT, 0);
	on_cpu(2);
	EXPECT_CALL(test, 0, VCPU_LOAD, vm, 0);
	KUNIT_EXPECT_EQ(test, fake.cpu[2].ctx_pfn, CTX);
	KUNIT_EXPECT_EQ(test, fake.cpu[1].ctx_pfn, CTX + 1);
}

/* Of two errors the first of the order in hostcalls.h. */
static void vcpu_load_refuses(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT + 2);
	u64 d = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 4);

	nie_test_vcpu(test, n, 7, CTX, RUN);
	nie_test_vcpu(test, p, 7, CTX + 1, RUN + 1);
	nie_test_vcpu(test, d, 7, CTX + 2, RUN + 2);
	EXPECT_CALL(test, 0, VM_TEARDOWN, d);
	for (u32 busy = 0; busy < 2; busy++) {
		EXPECT_CALL(test, -EINVAL, VCPU_LOAD, n, 512);
		EXPECT_CALL(test, -EINVAL, VCPU_LOAD, 0, ~0ul);
		EXPECT_CALL(test, -EINVAL, VCPU_LOAD, n, 7 + (1ul << 32));
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, 0, 7);
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, n, 6);
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, p, 6);
		EXPECT_CALL(test, -ENOENT, VCPU_LOAD, d, 6);
		EXPECT_CALL(test, -EPERM, VCPU_LOAD, d, 7);
		EXPECT_CALL(test, busy ? -EBUSY : 0, VCPU_LOAD, busy ? n : p, 7);
	}
}

static void vcpu_teardown_while_loaded(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);

	for (u32 i = 0; i < 3; i++) {
		nie_test_vcpu(test, vm, i, CTX + i, RUN + i);
		on_cpu(i);
		EXPECT_CALL(test, 0, VCPU_LOAD, vm, i);
	}
	for (u32 i = 0; i < 3; i++) {
		on_cpu(3);
		EXPECT_CALL(test, -EBUSY, VM_TEARDOWN, vm);
		on_cpu(i);
		EXPECT_CALL(test, -EBUSY, VM_TEARDOWN, vm);
		EXPECT_CALL(test, 0, VCPU_PUT, 0);
	}
	EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
	EXPECT_CALL(test, -EPERM, VCPU_LOAD, vm, 0);
}

static void load(struct kunit *test, u64 vm, u32 index, u32 cpu, bool flush)
{
	on_cpu(cpu);
	EXPECT_CALL(test, 0, VCPU_LOAD, vm, index);
	KUNIT_EXPECT_EQ(test, model_flush(), flush);
	KUNIT_EXPECT_EQ_MSG(test, fake.flushed, flush, "vCPU %u CPU %u", index, cpu);
	EXPECT_CALL(test, 0, VCPU_PUT, 0);
}

/* vCPUs of a VM share a VMID: a CPU's TLB goes when it turns from one to another, and only then. */
static void vcpu_load_flushes(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	u64 b = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT + 2);

	nie_test_vcpu(test, a, 0, CTX, RUN);
	nie_test_vcpu(test, a, 511, CTX + 1, RUN + 1);
	nie_test_vcpu(test, b, 1, CTX + 2, RUN + 2);
	load(test, a, 0, 0, false);
	load(test, a, 0, 0, false);
	load(test, a, 511, 0, true);
	load(test, a, 511, 0, false);
	load(test, a, 0, 1, false);
	load(test, b, 1, 0, false);
	load(test, a, 511, 0, false);
	load(test, a, 0, 0, true);
	load(test, a, 511, 1, true);
	/* The slot's next VM starts afresh. */
	on_cpu(0);
	EXPECT_CALL(test, 0, VM_TEARDOWN, a);
	nie_test_reclaim_all(test, a);
	a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);
	KUNIT_EXPECT_EQ(test, a % 256, (u64)0);
	EXPECT_CALL(test, -ENOENT, VCPU_LOAD, a, 0);
	EXPECT_CALL(test, 0, VCPU_CREATE, a, 5, CTX, RUN);
	load(test, a, 5, 0, false);
	load(test, a, 5, 1, false);
}

static void vcpu_run(struct kunit *test)
{
	u64 vm = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOT);

	nie_test_vcpu(test, vm, 0, CTX, RUN);
	EXPECT_CALL(test, 0, VCPU_LOAD, vm, 0);
	fake.exit_code = NIE_EXIT_TRAP | NIE_EXIT_WITH_SERROR;
	EXPECT_OUT(test, NIE_EXIT_TRAP | NIE_EXIT_WITH_SERROR, VCPU_RUN, 0);
	EXPECT_CALL(test, 0, VCPU_PUT, 0);
	EXPECT_CALL(test, -EPERM, VCPU_RUN, 0);
}

static struct kunit_case vcpu_cases[] = {
	KUNIT_CASE(vcpu_create),
	KUNIT_CASE(vcpu_create_refuses),
	KUNIT_CASE(vcpu_run_page),
	KUNIT_CASE(vcpu_load_put),
	KUNIT_CASE(vcpu_load_refuses),
	KUNIT_CASE(vcpu_teardown_while_loaded),
	KUNIT_CASE(vcpu_load_flushes),
	KUNIT_CASE(vcpu_run),
	{}
};

static struct kunit_suite vcpu_suite = {
	.name = "nie_vcpu",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = vcpu_cases,
};

kunit_test_suite(vcpu_suite);
