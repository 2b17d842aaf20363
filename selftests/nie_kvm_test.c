// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM as a VMM sees it, with NIE as without: a guest of a few instructions that does what it is
 * told by MMIO; memory slots, the dirty log, registers. Then what KVM does not offer under NIE, and
 * with which errno it says so; those tests are skipped without NIE.
 */
#include <stdlib.h>
#include <linux/psci.h>
#include "kselftest_harness.h"
#include "kvm_machine.h"

FIXTURE(kvm) {
	struct machine m;
};

FIXTURE_SETUP(kvm)
{
	kvm = -1;
	if (kvm_unaware())
		SKIP(return, "host_only=1");
	kvm = open("/dev/kvm", O_RDWR);
	if (kvm < 0)
		SKIP(return, "no /dev/kvm");
	ASSERT_EQ(0, make(&self->m, 0));
}

FIXTURE_TEARDOWN(kvm)
{
	if (kvm >= 0)
		unmake(&self->m);
	close(kvm);
}

TEST_F(kvm, mmio)
{
	struct kvm_run *run = self->m.run;
	unsigned long word;

	/* Each step of the doorbell as it is, once. */
	ASSERT_EQ(0, ioctl(self->m.vcpu, KVM_RUN, 0));
	ASSERT_EQ(KVM_EXIT_MMIO, run->exit_reason);
	EXPECT_EQ(DOORBELL, run->mmio.phys_addr);
	EXPECT_EQ(8, run->mmio.len);
	EXPECT_EQ(0, run->mmio.is_write);
	word = RAM;
	memcpy(run->mmio.data, &word, 8);
	memcpy(self->m.ram, "of host", 8);
	ASSERT_EQ(0, ioctl(self->m.vcpu, KVM_RUN, 0));
	EXPECT_EQ(DOORBELL + 8, run->mmio.phys_addr);
	EXPECT_EQ(0, run->mmio.is_write);
	ASSERT_EQ(0, ioctl(self->m.vcpu, KVM_RUN, 0));
	EXPECT_EQ(DOORBELL + 16, run->mmio.phys_addr);
	EXPECT_EQ(1, run->mmio.is_write);
	EXPECT_EQ(0, memcmp(run->mmio.data, "of host", 8));
}

TEST_F(kvm, memory_is_shared_with_the_vmm)
{
	for (unsigned long i = 0; i < NR_RAM; i++) {
		unsigned long *word = (unsigned long *)(self->m.ram + i * PAGE + 8 * i);

		*word = 0x1234567800ul + i;
		EXPECT_EQ(*word, load(&self->m, RAM + i * PAGE + 8 * i));
		EXPECT_EQ(DONE, store(&self->m, RAM + i * PAGE + 8 * i, ~i));
		EXPECT_EQ(~i, *(volatile unsigned long *)word);
	}
}

TEST_F(kvm, psci)
{
	unsigned long x = PSCI_0_2_FN_PSCI_VERSION;

	EXPECT_EQ(DONE, tell(&self->m, CALL, &x));
	EXPECT_LE(1ul << 16, x);
	x = PSCI_0_2_FN_SYSTEM_OFF;
	EXPECT_EQ(VM_EVENT, tell(&self->m, CALL, &x));
	EXPECT_EQ(KVM_SYSTEM_EVENT_SHUTDOWN, self->m.run->system_event.type);
}

TEST_F(kvm, psci_reset_and_again)
{
	unsigned long x = PSCI_0_2_FN_SYSTEM_RESET;
	__u64 pc = CODE;

	EXPECT_EQ(VM_EVENT, tell(&self->m, CALL, &x));
	EXPECT_EQ(KVM_SYSTEM_EVENT_RESET, self->m.run->system_event.type);
	ASSERT_EQ(0, init_vcpu(self->m.vm, self->m.vcpu, KVM_ARM_VCPU_PSCI_0_2));
	ASSERT_EQ(0, set_reg(&self->m, CORE(U64, regs.pc), &pc));
	EXPECT_EQ(DONE, store(&self->m, RAM, 5));
	EXPECT_EQ(5, load(&self->m, RAM));
}

TEST_F(kvm, slot_moves)
{
	unsigned long word = 0;

	ASSERT_EQ(DONE, store(&self->m, RAM + PAGE, 77));
	ASSERT_EQ(0, set_slot(self->m.vm, 1, 0, ELSEWHERE, NR_RAM * PAGE, self->m.ram));
	EXPECT_EQ(77, load(&self->m, ELSEWHERE + PAGE));
	EXPECT_EQ(DONE, store(&self->m, ELSEWHERE + PAGE, 78));
	EXPECT_EQ(78, *(volatile unsigned long *)(self->m.ram + PAGE));
	/* Nothing is left where it was. */
	EXPECT_EQ(OTHER_MMIO, tell(&self->m, RAM + PAGE, &word));
	EXPECT_EQ(RAM + PAGE, other_gpa);
}

TEST_F(kvm, slot_goes_and_comes)
{
	unsigned long word = 0;

	ASSERT_EQ(DONE, store(&self->m, RAM, 1));
	ASSERT_EQ(0, set_slot(self->m.vm, 1, 0, RAM, 0, NULL));
	EXPECT_EQ(OTHER_MMIO, tell(&self->m, RAM | STORE, &word));
	EXPECT_TRUE(other_is_write);
	EXPECT_EQ(1, *(volatile unsigned long *)self->m.ram);
	ASSERT_EQ(0, set_slot(self->m.vm, 1, 0, RAM, PAGE, self->m.ram + PAGE));
	*(volatile unsigned long *)(self->m.ram + PAGE) = 2;
	EXPECT_EQ(2, load(&self->m, RAM));
}

TEST_F(kvm, memory_goes_under_the_guest)
{
	ASSERT_EQ(DONE, store(&self->m, RAM + PAGE, 3));
	ASSERT_EQ(0, madvise(self->m.ram, NR_RAM * PAGE, MADV_REMOVE));
	EXPECT_EQ(0, load(&self->m, RAM + PAGE));
	EXPECT_EQ(DONE, store(&self->m, RAM + PAGE, 4));
	EXPECT_EQ(4, *(volatile unsigned long *)(self->m.ram + PAGE));
}

TEST_F(kvm, read_only_slot)
{
	unsigned long word = 9;

	ASSERT_EQ(0, set_slot(self->m.vm, 2, KVM_MEM_READONLY, ELSEWHERE, PAGE, anonymous(PAGE)));
	EXPECT_EQ(0, load(&self->m, ELSEWHERE));
	EXPECT_EQ(OTHER_MMIO, tell(&self->m, ELSEWHERE | STORE, &word));
	EXPECT_TRUE(other_is_write);
	EXPECT_EQ(ELSEWHERE, other_gpa);
}

/* Bit i: page i of the slot was written since the last call. */
static __u64 dirty(const struct machine *m)
{
	__u64 bits = ~0ull;
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = &bits };

	return ioctl(m->vm, KVM_GET_DIRTY_LOG, &log) ? ~0ull : bits;
}

TEST_F(kvm, dirty_log)
{
	ASSERT_EQ(DONE, store(&self->m, RAM + 3 * PAGE, 1));
	ASSERT_EQ(0, set_slot(self->m.vm, 1, KVM_MEM_LOG_DIRTY_PAGES, RAM, NR_RAM * PAGE,
			      self->m.ram));
	dirty(&self->m);
	EXPECT_EQ(0, dirty(&self->m));
	ASSERT_EQ(DONE, store(&self->m, RAM + 3 * PAGE, 2));
	ASSERT_EQ(DONE, store(&self->m, RAM + 63 * PAGE, 2));
	ASSERT_EQ(0, load(&self->m, RAM + 40 * PAGE));
	EXPECT_EQ(1ull << 3 | 1ull << 63, dirty(&self->m));
	EXPECT_EQ(0, dirty(&self->m));
	ASSERT_EQ(DONE, store(&self->m, RAM + 3 * PAGE, 3));
	EXPECT_EQ(1ull << 3, dirty(&self->m));
	ASSERT_EQ(2, load(&self->m, RAM + 3 * PAGE + PAGE * 60));
	EXPECT_EQ(0, dirty(&self->m));
	/* Off, and what was written stays. */
	ASSERT_EQ(0, set_slot(self->m.vm, 1, 0, RAM, NR_RAM * PAGE, self->m.ram));
	EXPECT_EQ(3, load(&self->m, RAM + 3 * PAGE));
	EXPECT_EQ(DONE, store(&self->m, RAM + 3 * PAGE, 4));
}

/* EL1 and EL0 registers that the guest does not touch, with bits that each of them has. */
static const struct {
	__u64 id, value;
} sysregs[] = {
	{ ARM64_SYS_REG(3, 0, 2, 0, 0), 0x0000000041000000 },	/* TTBR0_EL1 */
	{ ARM64_SYS_REG(3, 0, 2, 0, 1), 0x0000000042000000 },	/* TTBR1_EL1 */
	{ ARM64_SYS_REG(3, 0, 5, 2, 0), 0x0000000056000000 },	/* ESR_EL1 */
	{ ARM64_SYS_REG(3, 0, 6, 0, 0), 0xffff00001234567c },	/* FAR_EL1 */
	{ ARM64_SYS_REG(3, 0, 10, 2, 0), 0x0000bbff440c0400 },	/* MAIR_EL1 */
	{ ARM64_SYS_REG(3, 0, 12, 0, 0), 0x0000000040007800 },	/* VBAR_EL1 */
	{ ARM64_SYS_REG(3, 0, 13, 0, 1), 0x0000000000001234 },	/* CONTEXTIDR_EL1 */
	{ ARM64_SYS_REG(3, 0, 13, 0, 4), 0x0123456789abcdef },	/* TPIDR_EL1 */
	{ ARM64_SYS_REG(3, 3, 13, 0, 2), 0xfedcba9876543210 },	/* TPIDR_EL0 */
	{ ARM64_SYS_REG(3, 3, 13, 0, 3), 0x1122334455667788 },	/* TPIDRRO_EL0 */
	{ CORE(U64, sp_el1), 0x40007ff0 },
	{ CORE(U64, elr_el1), 0x40001234 },
	{ CORE(U64, regs.sp), 0x40006000 },
};

#define NR_SYSREGS	(sizeof(sysregs) / sizeof(sysregs[0]))

TEST_F(kvm, one_reg_general)
{
	unsigned long word = 0;
	__u64 v, want;

	for (unsigned int i = 0; i < 31; i++) {
		v = 0x0101010101010101ull * i;
		ASSERT_EQ(0, set_reg(&self->m, CORE(U64, regs.regs[i]), &v));
	}
	for (unsigned int i = 0; i < 31; i++) {
		ASSERT_EQ(0, get_reg(&self->m, CORE(U64, regs.regs[i]), &v));
		EXPECT_EQ(0x0101010101010101ull * i, v);
	}
	ASSERT_EQ(0, get_reg(&self->m, CORE(U64, regs.pc), &v));
	EXPECT_EQ(CODE, v);
	ASSERT_EQ(DONE, store(&self->m, RAM, 99));
	for (unsigned int i = 0; i < 31; i++) {
		want = i == 9 ? DOORBELL : i == 10 ? RAM : i == 11 ? 99 : 0x0101010101010101ull * i;
		ASSERT_EQ(0, get_reg(&self->m, CORE(U64, regs.regs[i]), &v));
		EXPECT_EQ(want, v) TH_LOG("x%u", i);
	}
	/* A change takes effect: the guest starts over, with another doorbell's address. */
	ASSERT_EQ(0, get_reg(&self->m, CORE(U64, regs.pc), &v));
	EXPECT_LT(CODE, v);
	v = 0x11000000;
	ASSERT_EQ(0, set_reg(&self->m, CORE(U64, regs.regs[9]), &v));
	EXPECT_EQ(OTHER_MMIO, tell(&self->m, RAM, &word));
	EXPECT_EQ(0x11000000, other_gpa);
}

TEST_F(kvm, one_reg_system)
{
	__u64 v;

	for (unsigned int i = 0; i < NR_SYSREGS; i++) {
		v = sysregs[i].value;
		ASSERT_EQ(0, set_reg(&self->m, sysregs[i].id, &v)) TH_LOG("%u", i);
	}
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < NR_SYSREGS; i++) {
			ASSERT_EQ(0, get_reg(&self->m, sysregs[i].id, &v));
			EXPECT_EQ(sysregs[i].value, v) TH_LOG("%u, round %u", i, round);
		}
		ASSERT_EQ(DONE, store(&self->m, RAM, round));
	}
}

TEST_F(kvm, one_reg_fp)
{
	__u64 v[2];

	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; !round && i < 32; i++) {
			v[0] = i;
			v[1] = ~(__u64)i;
			ASSERT_EQ(0, set_reg(&self->m, CORE(U128, fp_regs.vregs[i]), v));
		}
		for (unsigned int i = 0; i < 32; i++) {
			ASSERT_EQ(0, get_reg(&self->m, CORE(U128, fp_regs.vregs[i]), v));
			EXPECT_EQ(i, v[0]);
			EXPECT_EQ(~(__u64)i, v[1]);
		}
		ASSERT_EQ(DONE, store(&self->m, RAM, round));
	}
}

TEST_F(kvm, one_reg_unknown)
{
	__u64 v = 0;

	EXPECT_EQ(-1, get_reg(&self->m, ARM64_SYS_REG(3, 7, 15, 15, 7), &v));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, set_reg(&self->m, ARM64_SYS_REG(3, 7, 15, 15, 7), &v));
	EXPECT_EQ(ENOENT, errno);
}

/* A processor state that would be EL2 is not to be had. */
TEST_F(kvm, no_el2_for_a_guest)
{
	__u64 v = 0x3c9;

	EXPECT_EQ(-1, set_reg(&self->m, CORE(U64, regs.pstate), &v));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(DONE, store(&self->m, RAM, 1));
}

TEST_F(kvm, vm_types)
{
	int limit = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE), vm;

	ASSERT_LE(40, limit);
	for (unsigned long bits = 32; bits <= (unsigned long)limit; bits++) {
		vm = ioctl(kvm, KVM_CREATE_VM, bits);
		EXPECT_LE(0, vm) TH_LOG("%lu bits", bits);
		close(vm);
	}
	EXPECT_EQ(-1, ioctl(kvm, KVM_CREATE_VM, (unsigned long)limit + 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(kvm, KVM_CREATE_VM, 31ul));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(kvm, KVM_CREATE_VM, 1ul << 30));
	EXPECT_EQ(EINVAL, errno);
	/* A protected VM: nie_protected_test. */
	vm = ioctl(kvm, KVM_CREATE_VM, 1ul << 31);
	EXPECT_TRUE(vm >= 0 || errno == EINVAL);
	EXPECT_EQ(nie_loaded(), vm >= 0);
	close(vm);
}

/* Two VMs side by side, with their own memory at the same addresses. */
TEST_F(kvm, two_vms)
{
	struct machine other;

	ASSERT_EQ(0, make(&other, 32));
	for (unsigned long i = 0; i < 8; i++) {
		EXPECT_EQ(DONE, store(&self->m, RAM + i * PAGE, i));
		EXPECT_EQ(DONE, store(&other, RAM + i * PAGE, 100 + i));
	}
	for (unsigned long i = 0; i < 8; i++) {
		EXPECT_EQ(i, load(&self->m, RAM + i * PAGE));
		EXPECT_EQ(100 + i, load(&other, RAM + i * PAGE));
	}
	unmake(&other);
	EXPECT_EQ(7, load(&self->m, RAM + 7 * PAGE));
}

FIXTURE(nie) {
	struct machine m;
};

FIXTURE_SETUP(nie)
{
	kvm = -1;
	if (!nie_loaded() || kvm_unaware())
		SKIP(return, "KVM's VMs are not NIE's");
	kvm = open("/dev/kvm", O_RDWR);
	ASSERT_LE(0, kvm);
	ASSERT_EQ(0, make(&self->m, 0));
}

FIXTURE_TEARDOWN(nie)
{
	if (kvm >= 0)
		unmake(&self->m);
	close(kvm);
}

TEST_F(nie, no_such_capability)
{
	static const int caps[] = { KVM_CAP_ARM_SVE, KVM_CAP_ARM_MTE, KVM_CAP_ARM_EL1_32BIT };
	struct kvm_enable_cap mte = { .cap = KVM_CAP_ARM_MTE };
	int vm;

	for (unsigned int i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		EXPECT_EQ(0, ioctl(self->m.vm, KVM_CHECK_EXTENSION, caps[i]))
			TH_LOG("%d", caps[i]);
	}
	EXPECT_GE(43, ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE));
	vm = ioctl(kvm, KVM_CREATE_VM, 0ul);
	ASSERT_LE(0, vm);
	EXPECT_EQ(-1, ioctl(vm, KVM_ENABLE_CAP, &mte));
	EXPECT_EQ(EINVAL, errno);
	close(vm);
}

TEST_F(nie, no_such_feature)
{
	static const unsigned int features[] = { KVM_ARM_VCPU_SVE, KVM_ARM_VCPU_EL1_32BIT };

	for (unsigned int i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		int vm = ioctl(kvm, KVM_CREATE_VM, 0ul), vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);

		ASSERT_LE(0, vcpu);
		EXPECT_EQ(-1, init_vcpu(vm, vcpu, features[i])) TH_LOG("feature %u", features[i]);
		EXPECT_EQ(EINVAL, errno);
		close(vcpu);
		close(vm);
	}
}

TEST_F(nie, no_gicv2)
{
	struct kvm_create_device v2 = { .type = KVM_DEV_TYPE_ARM_VGIC_V2 };
	struct kvm_create_device v3 = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	int vm = ioctl(kvm, KVM_CREATE_VM, 0ul);

	ASSERT_LE(0, vm);
	EXPECT_EQ(-1, ioctl(vm, KVM_CREATE_DEVICE, &v2));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, ioctl(vm, KVM_CREATE_DEVICE, &v3));
	close((int)v3.fd);
	close(vm);
}

/* A device's registers, as VFIO would map them. */
TEST_F(nie, no_device_memory)
{
	int mem = open("/dev/mem", O_RDWR | O_SYNC);
	void *p = mem < 0 ? MAP_FAILED :
		  mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mem, 0x09000000);

	if (p == MAP_FAILED)
		SKIP(return, "no device memory to map");
	EXPECT_EQ(-1, set_slot(self->m.vm, 2, 0, ELSEWHERE, PAGE, p));
	EXPECT_EQ(EINVAL, errno);
	munmap(p, PAGE);
	close(mem);
}

/* One page for two VMs: the second one's access fails, the first one's go on. */
TEST_F(nie, a_page_is_in_one_vm)
{
	struct machine other;
	unsigned long word = 0;

	ASSERT_EQ(0, make(&other, 0));
	ASSERT_EQ(0, set_slot(other.vm, 2, 0, ELSEWHERE, PAGE, self->m.ram));
	EXPECT_EQ(DONE, store(&self->m, RAM, 11));
	EXPECT_EQ(FAILED, tell(&other, ELSEWHERE, &word));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(11, load(&self->m, RAM));
	/* When the first gives it up, the second may have it. */
	ASSERT_EQ(0, set_slot(self->m.vm, 1, 0, RAM, 0, NULL));
	EXPECT_EQ(11, load(&other, ELSEWHERE));
	unmake(&other);
}

TEST_F(nie, a_page_is_at_one_address)
{
	unsigned long word = 0;

	ASSERT_EQ(0, set_slot(self->m.vm, 2, 0, ELSEWHERE, PAGE, self->m.ram));
	EXPECT_EQ(DONE, store(&self->m, RAM, 12));
	EXPECT_EQ(FAILED, tell(&self->m, ELSEWHERE, &word));
	EXPECT_EQ(EFAULT, errno);
	/* Without the second slot the same access is MMIO. */
	ASSERT_EQ(0, set_slot(self->m.vm, 2, 0, ELSEWHERE, 0, NULL));
	EXPECT_EQ(OTHER_MMIO, tell(&self->m, ELSEWHERE, &word));
	EXPECT_EQ(12, load(&self->m, RAM));
	EXPECT_EQ(DONE, store(&self->m, RAM, 13));
}

TEST_HARNESS_MAIN
