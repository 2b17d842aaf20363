// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exits cost, counted by a bare-metal guest: a small VMM on /dev/kvm, the same under NIE and
 * on stock KVM; with the argument `protected` in a protected VM, which opens what it has for MMIO
 * and shares the page of results.
 *
 * The guest reads CNTVCT_EL0 around many rounds of one operation. Under QEMU's -icount shift=0 an
 * instruction takes one nanosecond of virtual time, so the ticks between two reads are
 * instructions, of all exception levels together. Prints one line an operation: `bench <name>
 * <instructions per operation>`. A protected VM's hypercalls are answered by NIE, its fault is a
 * donation, and share_4k is a share and its end. Boot and teardown are read by this program itself:
 * from KVM_CREATE_VM to the first exit, and the end of the VM, for 1 GiB of memory that it used.
 * Faults on huge pages are those of a VM of its own, which begins at guest_huge.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RAM_BASE	0x80000000ul
#define RAM_SIZE	0x2000000ul	/* 32 MiB */
#define GICD_BASE	0x08000000ul
#define GICR_BASE	0x080a0000ul
#define MMIO_BASE	0x0a000000ul	/* nothing there: exits to this program */
#define RESULTS		0x100000ul	/* offset in RAM: ticks of each operation */
#define TOUCH		0x1000000ul	/* offset in RAM of pages that are touched once */
#define ROUNDS		512
#define FAULTS		256
#define USED		4096	/* pages that the VM has in the end, at TOUCH */
#define HUGE_BASE	0x90000000ul
#define HUGE		0x200000ul
#define HUGE_FAULTS	8

enum op { OP_HYPERCALL, OP_VGIC_MMIO, OP_USER_MMIO, OP_FAULT_4K, OP_IPI, OP_SHARE_4K, NR_OPS };
#define OP_FAULT_2M	OP_HYPERCALL	/* the only one of its VM */

static const char * const names[] = {
	"hypercall", "vgic_mmio", "user_mmio", "fault_4k", "ipi", "share_4k",
};

static const int rounds[] = { ROUNDS, ROUNDS, ROUNDS, FAULTS, ROUNDS, FAULTS };

/*
 * The guest. x0 is 1 if it is protected. x19 = RAM, x20 = results. Each operation is measured by
 * `measure`, which leaves ticks in the results. vCPU 1 waits for SGI 1 and counts what it gets at
 * RESULTS + 0x100.
 */
asm("	.pushsection .rodata\n"
"	.balign 4096\n"
"	.globl guest_start, guest_end, guest_secondary, guest_huge\n"
"	.macro call fn, hi, lo\n"		/* a guest call about the page at hi:lo */
"	movz x0, #0xc600, lsl #16\n	movk x0, #\\fn\n"
"	movz x1, #\\hi, lsl #16\n	movk x1, #\\lo\n"
"	mov x2, xzr\n	mov x3, xzr\n	hvc #0\n"
"	.endm\n"
"	.macro measure slot\n"
"	isb\n	mrs x21, cntvct_el0\n	isb\n"
"	.endm\n"
"	.macro measured slot\n"
"	isb\n	mrs x22, cntvct_el0\n	isb\n"
"	sub x22, x22, x21\n	str x22, [x20, #(8 * \\slot)]\n"
"	.endm\n"
"guest_start:\n"
"	movz x19, #0x8000, lsl #16\n"
"	add x20, x19, #0x100000\n"
"	mov x27, x0\n"
"	cbz x27, 11f\n"
"	call 3, 0x8010, 0\n"			/* MEM_SHARE: results */
"	call 7, 0x0800, 0\n"			/* MMIO_GUARD: GICD, vCPU 1's GICR */
"	call 7, 0x080c, 0\n"
"	call 7, 0x080d, 0\n"
"	call 7, 0x0a00, 0\n"			/* ... MMIO_BASE */
"11:	movz x24, #0x0a00, lsl #16\n"
"	str wzr, [x24, #0x100]\n"		/* up */
"	mov x23, #512\n"
"	measure\n"
"1:	movz x0, #0x8000, lsl #16\n"		/* SMCCC_VERSION, answered by KVM */
"	hvc #0\n"
"	subs x23, x23, #1\n	b.ne 1b\n"
"	measured 0\n"
"	movz x24, #0x0800, lsl #16\n"
"	mov x23, #512\n"
"	measure\n"
"2:	ldr w0, [x24, #8]\n"			/* GICD_IIDR */
"	subs x23, x23, #1\n	b.ne 2b\n"
"	measured 1\n"
"	movz x24, #0x0a00, lsl #16\n"
"	mov x23, #512\n"
"	measure\n"
"3:	ldr w0, [x24, #8]\n"
"	subs x23, x23, #1\n	b.ne 3b\n"
"	measured 2\n"
"	movz x24, #0x8100, lsl #16\n"
"	mov x23, #256\n"
"	measure\n"
"4:	str x23, [x24]\n"
"	add x24, x24, #4096\n"
"	subs x23, x23, #1\n	b.ne 4b\n"
"	measured 3\n"
	/* SGIs to vCPU 1: distributor on, then wait until it says it is ready */
"	movz x24, #0x0a00, lsl #16\n"
"	str wzr, [x24, #0x100]\n"		/* wants vCPU 1 */
"15:	movz x0, #0xc400, lsl #16\n"		/* CPU_ON, once its thread runs it */
"	movk x0, #3\n"
"	mov x1, #1\n"
"	adr x2, guest_secondary\n"
"	mov x3, xzr\n"
"	hvc #0\n	cbnz x0, 15b\n"
"	movz x24, #0x0800, lsl #16\n"
"	mov w0, #0x12\n	str w0, [x24]\n"	/* GICD_CTLR: ARE, Group 1 */
"	add x25, x20, #0x100\n"
"5:	yield\n	ldr x0, [x25, #8]\n	cbz x0, 5b\n"
"	mov x23, #512\n"
"	mov x26, #0\n"
"	measure\n"
"6:	movz x0, #0x0100, lsl #16\n"		/* SGI 1 ... */
"	orr x0, x0, #2\n"			/* ... to affinity 0.0.0.1 */
"	msr s3_0_c12_c11_5, x0\n"		/* ICC_SGI1R_EL1 */
"	isb\n"
"	add x26, x26, #1\n"
"	b 10f\n"
"7:	yield\n"				/* lets QEMU -icount run the other CPU */
"10:	ldr x0, [x25]\n	cmp x0, x26\n	b.ne 7b\n"
"	subs x23, x23, #1\n	b.ne 6b\n"
"	measured 4\n"
"	cbz x27, 13f\n"
"	mov x23, #256\n"
"	measure\n"
"12:	call 3, 0x8100, 0\n"			/* MEM_SHARE, MEM_UNSHARE: the first touched page */
"	call 4, 0x8100, 0\n"
"	subs x23, x23, #1\n	b.ne 12b\n"
"	measured 5\n"
"13:	movz x24, #0x8100, lsl #16\n"
"	mov x23, #4096\n"
"14:	str x23, [x24]\n"
"	add x24, x24, #4096\n"
"	subs x23, x23, #1\n	b.ne 14b\n"
"	movz x24, #0x0a00, lsl #16\n"
"	str wzr, [x24, #0x100]\n"		/* done */
"8:	wfi\n	b 8b\n"
"guest_secondary:\n"
"	movz x19, #0x8000, lsl #16\n"
"	add x20, x19, #0x100000\n"
"	add x25, x20, #0x100\n"
"	movz x24, #0x080c, lsl #16\n"		/* this vCPU's redistributor */
"	str wzr, [x24, #0x14]\n"		/* GICR_WAKER */
"	add x24, x24, #0x10000\n"
"	mov w0, #-1\n"
"	str w0, [x24, #0x80]\n"			/* GICR_IGROUPR0: Group 1 */
"	mov w0, #2\n	str w0, [x24, #0x100]\n"	/* GICR_ISENABLER0: SGI 1 */
"	mov x0, #0xff\n	msr s3_0_c4_c6_0, x0\n"	/* ICC_PMR_EL1 */
"	mov x0, #1\n	msr s3_0_c12_c12_7, x0\n"	/* ICC_IGRPEN1_EL1 */
"	isb\n"
"	str x0, [x25, #8]\n"
"	mov x26, #0\n"
"9:	yield\n	mrs x0, s3_0_c12_c12_0\n"	/* ICC_IAR1_EL1, polled: no vectors needed */
"	cmp x0, #1\n	b.ne 9b\n"
"	msr s3_0_c12_c12_1, x0\n"		/* ICC_EOIR1_EL1 */
"	isb\n"
"	add x26, x26, #1\n"
"	str x26, [x25]\n"
"	b 9b\n"
"guest_huge:\n"
"	movz x19, #0x8000, lsl #16\n"
"	add x20, x19, #0x100000\n"
"	cbz x0, 16f\n"
"	call 3, 0x8010, 0\n"			/* MEM_SHARE: results */
"	call 7, 0x0a00, 0\n"			/* MMIO_GUARD: MMIO_BASE */
"16:	movz x24, #0x0a00, lsl #16\n"
"	str wzr, [x24, #0x100]\n"		/* up */
"	movz x24, #0x9000, lsl #16\n"
"	mov x23, #8\n"
"	measure\n"
"17:	str x23, [x24]\n"
"	add x24, x24, #0x200000\n"
"	subs x23, x23, #1\n	b.ne 17b\n"
"	measured 0\n"
"	movz x24, #0x0a00, lsl #16\n"
"	str wzr, [x24, #0x100]\n"		/* done */
"	b 8b\n"
"guest_end:\n"
"	.popsection\n");

extern const char guest_start[], guest_end[], guest_huge[];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int xioctl(int fd, unsigned long req, void *arg, const char *what)
{
	int ret = ioctl(fd, req, arg);

	if (ret < 0)
		die(what);
	return ret;
}

static void set_reg(int vcpu, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	xioctl(vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
}

/* A register in struct kvm_regs. */
#define REG(name)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |	\
			 (offsetof(struct kvm_regs, regs.name) / sizeof(uint32_t)))

static int make_vcpu(int vm, int id)
{
	struct kvm_vcpu_init init;
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, id);

	if (vcpu < 0)
		die("KVM_CREATE_VCPU");
	xioctl(vm, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2 | !!id << KVM_ARM_VCPU_POWER_OFF;
	xioctl(vcpu, KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");
	return vcpu;
}

static void gic_attr(int gic, uint32_t group, uint64_t attr, void *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	xioctl(gic, KVM_SET_DEVICE_ATTR, &a, "KVM_SET_DEVICE_ATTR");
}

static int make_gic(int vm)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = GICD_BASE, redist = GICR_BASE;

	xioctl(vm, KVM_CREATE_DEVICE, &dev, "KVM_CREATE_DEVICE");
	gic_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
	gic_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	gic_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	return dev.fd;
}

static int kvm_fd, run_size, vcpu, vcpu1;
static struct kvm_run *kvm_run;

/* Run vCPU 0 until the guest writes to MMIO_BASE + 0x100. */
static void run(void)
{
	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0) < 0 && errno != EINTR)
			die("KVM_RUN");
		if (kvm_run->exit_reason != KVM_EXIT_MMIO) {
			fprintf(stderr, "exit reason %u\n", kvm_run->exit_reason);
			exit(1);
		}
		if (kvm_run->mmio.is_write && kvm_run->mmio.phys_addr == MMIO_BASE + 0x100)
			return;
		memset(kvm_run->mmio.data, 0, sizeof(kvm_run->mmio.data));
	}
}

/* vCPU 1, until a signal ends it. */
static void *secondary(void *arg)
{
	while (!ioctl(vcpu1, KVM_RUN, 0))
		;
	return arg;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Nanoseconds that this program ran: what it waits for, such as RCU, does not count. */
static double used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void print(const char *name, double instructions, double count)
{
	printf("bench %s %.0f\n", name, instructions / count);
}

/* Memory that is there already: what is counted is the stage-2 fault, not that of user space. */
static char *memory(unsigned long size, int advice)
{
	char *p = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	p += -(uintptr_t)p % HUGE;
	madvise(p, size, advice);
	return p;
}

static void add_memory(int vm, int slot, unsigned long gpa, unsigned long size, char *host)
{
	struct kvm_userspace_memory_region mem = {
		.slot = slot, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	xioctl(vm, KVM_SET_USER_MEMORY_REGION, &mem, "KVM_SET_USER_MEMORY_REGION");
}

/* A VM with RAM and vCPU 0, which will start at an instruction of the guest. */
static int make_vm(bool protected, char *ram, const char *entry)
{
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, protected ? 1ul << 31 : 0);

	if (vm < 0)
		die("KVM_CREATE_VM");
	add_memory(vm, 0, RAM_BASE, RAM_SIZE, ram);
	vcpu = make_vcpu(vm, 0);
	set_reg(vcpu, REG(pc), RAM_BASE + (unsigned long)(entry - guest_start));
	set_reg(vcpu, REG(regs[0]), protected);
	kvm_run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (kvm_run == MAP_FAILED)
		die("mmap vcpu");
	return vm;
}

/* KiB of this process's memory that are in huge pages. */
static long in_huge_pages(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[128];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "AnonHugePages: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static void huge(bool protected, char *ram)
{
	char *big = memory(HUGE_FAULTS * HUGE, MADV_HUGEPAGE);
	uint64_t *results = (uint64_t *)(ram + RESULTS);
	int vm;

	memset(big, 0, HUGE_FAULTS * HUGE);
	if (in_huge_pages() != HUGE_FAULTS * HUGE / 1024)
		die("no huge pages");
	vm = make_vm(protected, ram, guest_huge);
	add_memory(vm, 1, HUGE_BASE, HUGE_FAULTS * HUGE, big);
	run();
	run();
	print("fault_2m", (double)results[OP_FAULT_2M] * 16, HUGE_FAULTS);
	print("fault_2m_per_4k", (double)results[OP_FAULT_2M] * 16, HUGE_FAULTS * 512);
	munmap(kvm_run, run_size);
	close(vcpu);
	close(vm);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	bool protected = argc > 1 && !strcmp(argv[1], "protected");
	double boot, teardown;
	uint64_t *results;
	pthread_t thread;
	int vm, gic, i;
	char *ram;

	kvm_fd = open("/dev/kvm", O_RDWR);
	if (kvm_fd < 0)
		die("/dev/kvm");
	run_size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	ram = memory(RAM_SIZE, MADV_NOHUGEPAGE);
	/* Zero what the guest will touch, or a protected VM would have it before it starts. */
	memset(ram + TOUCH, 0, USED * 4096);
	memcpy(ram, guest_start, guest_end - guest_start);

	boot = used();
	vm = make_vm(protected, ram, guest_start);
	vcpu1 = make_vcpu(vm, 1);
	gic = make_gic(vm);
	run();
	boot = used() - boot;
	run();
	if (pthread_create(&thread, NULL, secondary, NULL))
		die("pthread_create");
	run();

	results = (uint64_t *)(ram + RESULTS);
	for (i = 0; i < (protected ? NR_OPS : OP_SHARE_4K); i++)
		print(names[i], (double)results[i] * 16, rounds[i]);	/* 62.5 MHz */
	print("boot", boot, 1);

	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	teardown = used();
	munmap(kvm_run, run_size);
	close(gic);
	close(vcpu);
	close(vcpu1);
	close(vm);
	teardown = used() - teardown;
	print("teardown_gib", teardown, (double)USED * 4096 / (1 << 30));

	memset(ram + RESULTS, 0, 4096);
	memcpy(ram, guest_start, guest_end - guest_start);
	huge(protected, ram);
	return 0;
}
