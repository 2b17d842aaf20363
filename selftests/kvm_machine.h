/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM of a few instructions that does what it is told by MMIO, for tests of KVM as a VMM sees it.
 */
#ifndef SELFTESTS_KVM_MACHINE_H
#define SELFTESTS_KVM_MACHINE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#define PAGE		4096ul
#define CODE		0x40000000ul	/* one page, slot 0 */
#define RAM		0x40100000ul	/* NR_RAM pages, slot 1 */
#define ELSEWHERE	0x48000000ul
#define NR_RAM		64ul
#define DOORBELL	0x10000000ul	/* no memory: MMIO */

/* What the guest is told; a command is a value with one of these in its low bits. */
#define LOAD	0ul	/* the word at command */
#define STORE	1ul	/* a word at command - 1 */
#define CALL	2ul	/* an HVC whose x0 is the word, x1 command - 2 */
#define RESULT1	4ul	/* what the last one left in x1 */
#define RESULT2	12ul	/* ... and in x2 */

/*
 * The guest: reads a command and a word from the doorbell, obeys, writes the result to it. The MMU
 * is off. x19 to x28 are not touched: the tests have values in them. A protected one starts with
 * the doorbell in x0, which it opens for emulation: MMIO_GUARD_MAP.
 */
asm(".pushsection .rodata\n"
    ".globl	guest_start, guest_end\n"
    "guest_start:\n"
    "	movz	x9, #0x1000, lsl #16\n"
    "	cbz	x0, 1f\n"
    "	mov	x1, x0\n"
    "	movz	x0, #0x0007\n"
    "	movk	x0, #0xc600, lsl #16\n"
    "	mov	x2, xzr\n"
    "	mov	x3, xzr\n"
    "	hvc	#0\n"
    "1:	ldr	x10, [x9]\n"
    "	ldr	x11, [x9, #8]\n"
    "	tbnz	x10, #2, 5f\n"
    "	tbnz	x10, #1, 3f\n"
    "	tbnz	x10, #0, 2f\n"
    "	ldr	x11, [x10]\n"
    "	b	4f\n"
    "2:	sub	x10, x10, #1\n"
    "	str	x11, [x10]\n"
    "	b	4f\n"
    "3:	sub	x1, x10, #2\n"
    "	mov	x2, xzr\n"
    "	mov	x3, xzr\n"
    "	mov	x0, x11\n"
    "	hvc	#0\n"
    "	mov	x11, x0\n"
    "	mov	x12, x1\n"
    "	mov	x13, x2\n"
    "4:	str	x11, [x9, #16]\n"
    "	b	1b\n"
    "5:	tst	x10, #8\n"
    "	csel	x11, x12, x13, eq\n"
    "	b	4b\n"
    "guest_end:\n"
    ".popsection\n");
extern const char guest_start[], guest_end[];

struct machine {
	int vm, vcpu;
	struct kvm_run *run;
	char *code, *ram;
};

static int kvm = -1;

static int set_slot(int vm, unsigned int slot, unsigned long flags, unsigned long gpa,
		    unsigned long size, void *host)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = (__u32)flags, .guest_phys_addr = gpa,
		.memory_size = size, .userspace_addr = (__u64)(unsigned long)host,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static void *anonymous(unsigned long size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static int set_reg(const struct machine *m, __u64 id, void *value)
{
	struct kvm_one_reg r = { id, (__u64)(unsigned long)value };

	return ioctl(m->vcpu, KVM_SET_ONE_REG, &r);
}

static inline int get_reg(const struct machine *m, __u64 id, void *value)
{
	struct kvm_one_reg r = { id, (__u64)(unsigned long)value };

	return ioctl(m->vcpu, KVM_GET_ONE_REG, &r);
}

#define CORE(size, field)	(KVM_REG_ARM64 | KVM_REG_SIZE_##size | KVM_REG_ARM_CORE |	\
				 KVM_REG_ARM_CORE_REG(field))

static int init_vcpu(int vm, int vcpu, unsigned int feature)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		return -1;
	init.features[0] = 1 << KVM_ARM_VCPU_PSCI_0_2 | 1 << feature;
	return ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
}

/* A VM with the guest's code and RAM, ready to run. */
static inline int make(struct machine *m, unsigned long type)
{
	__u64 pc = CODE;

	m->code = anonymous(PAGE);
	m->ram = anonymous(NR_RAM * PAGE);
	m->vm = ioctl(kvm, KVM_CREATE_VM, type);
	if (m->vm < 0 || m->code == MAP_FAILED || m->ram == MAP_FAILED)
		return -1;
	memcpy(m->code, guest_start, (size_t)(guest_end - guest_start));
	if (set_slot(m->vm, 0, 0, CODE, PAGE, m->code) ||
	    set_slot(m->vm, 1, 0, RAM, NR_RAM * PAGE, m->ram))
		return -1;
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	if (m->vcpu < 0)
		return -1;
	m->run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
		      PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	if (m->run == MAP_FAILED || init_vcpu(m->vm, m->vcpu, KVM_ARM_VCPU_PSCI_0_2))
		return -1;
	return set_reg(m, CORE(U64, regs.pc), &pc);
}

static inline void unmake(struct machine *m)
{
	munmap(m->run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(m->vcpu);
	close(m->vm);
	munmap(m->code, PAGE);
	munmap(m->ram, NR_RAM * PAGE);
}

/* How a command ended. */
enum end { DONE, OTHER_MMIO, VM_EVENT, FAILED };

/* Where the access that OTHER_MMIO is about went. */
static unsigned long other_gpa;
static bool other_is_write;

/*
 * Have the guest obey one command; *word goes in, and comes out changed. errno if FAILED. An access
 * elsewhere, which reads 0, does not keep the guest from going on to the doorbell.
 */
static enum end tell(struct machine *m, unsigned long command, unsigned long *word)
{
	struct kvm_run *run = m->run;
	enum end end = DONE;

	for (;;) {
		if (ioctl(m->vcpu, KVM_RUN, 0))
			return FAILED;
		if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT)
			return VM_EVENT;
		if (run->exit_reason != KVM_EXIT_MMIO) {
			errno = ENOTSUP;
			return FAILED;
		}
		if (run->mmio.phys_addr < DOORBELL || run->mmio.phys_addr > DOORBELL + 16) {
			if (end == OTHER_MMIO)
				return end;
			end = OTHER_MMIO;
			other_gpa = run->mmio.phys_addr;
			other_is_write = run->mmio.is_write;
			memset(run->mmio.data, 0, 8);
			continue;
		}
		if (run->mmio.is_write) {
			memcpy(word, run->mmio.data, 8);
			return end;
		}
		memcpy(run->mmio.data, run->mmio.phys_addr == DOORBELL ? &command : word, 8);
	}
}

static inline enum end store(struct machine *m, unsigned long gpa, unsigned long value)
{
	return tell(m, gpa | STORE, &value);
}

/* What the guest reads there; ~0 if it did not come so far. */
static inline unsigned long load(struct machine *m, unsigned long gpa)
{
	unsigned long value = 0;

	return tell(m, gpa | LOAD, &value) == DONE ? value : ~0ul;
}

static bool nie_loaded(void)
{
	return !access("/sys/kernel/nie/state", R_OK);
}

/* With host_only=1 EL2 is NIE's and KVM does not know: no VM can run. */
static inline bool kvm_unaware(void)
{
	FILE *f = fopen("/sys/module/nie/parameters/host_only", "r");
	int c = f ? fgetc(f) : 'N';

	if (f)
		fclose(f);
	return nie_loaded() && c == 'Y';
}

#endif /* SELFTESTS_KVM_MACHINE_H */
