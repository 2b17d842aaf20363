// SPDX-License-Identifier: GPL-2.0-only
/*
 * A protected VM as its VMM sees it: what the VMM cannot reach, what the guest shares, what KVM
 * refuses and with which errno, and that all memory comes back, zeroed.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <linux/psci.h>
#include "kselftest_harness.h"
#include "protected_vm.h"

/* Pages of this process that are counted as locked. */
static long locked_pages(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	long kib = -1;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %ld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib / 4;
}

/* From here on RLIMIT_MEMLOCK counts for this process. */
static int drop_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	return (int)syscall(SYS_capset, &header, data);
}

/* To end a KVM_RUN with EINTR. */
static void on_alarm(int sig)
{
	(void)sig;
}

FIXTURE(protected) {
	struct machine m;
};

FIXTURE_SETUP(protected)
{
	kvm = -1;
	if (!nie_loaded() || kvm_unaware())
		SKIP(return, "no NIE in KVM");
	kvm = open("/dev/kvm", O_RDWR);
	ASSERT_LE(0, kvm);
	ASSERT_EQ(0, make_protected(&self->m));
}

FIXTURE_TEARDOWN(protected)
{
	if (kvm >= 0)
		unmake(&self->m);
	close(kvm);
}

TEST_F(protected, runs)
{
	EXPECT_EQ(DONE, store(&self->m, RAM + 8, 0x1234));
	EXPECT_EQ(0x1234, load(&self->m, RAM + 8));
}

TEST_F(protected, what_the_vmm_put_there_is_there)
{
	*(unsigned long *)(self->m.ram + 3 * PAGE) = 0x5678;
	EXPECT_EQ(0x5678, load(&self->m, RAM + 3 * PAGE));
}

TEST_F(protected, memory_is_not_the_vmm_s)
{
	unsigned long value = 0;

	ASSERT_EQ(DONE, store(&self->m, RAM + PAGE, 0x5ec2e7));
	EXPECT_EQ(SIGBUS, peek(self->m.ram + PAGE + 16, &value));
	EXPECT_EQ((void *)(self->m.ram + PAGE + 16), fault_address);
	EXPECT_EQ(SIGBUS, poke(self->m.ram + PAGE, 1));
	EXPECT_EQ(SIGBUS, peek(self->m.code, &value));
	EXPECT_EQ(0x5ec2e7, load(&self->m, RAM + PAGE));
	/* The page beside it, which the guest has not touched, is. */
	EXPECT_EQ(0, poke(self->m.ram + 2 * PAGE, 1));
}

TEST_F(protected, memory_is_not_a_system_call_s)
{
	int null = open("/dev/zero", O_RDWR), file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	ASSERT_EQ(DONE, store(&self->m, RAM, 1));
	ASSERT_LE(0, null);
	EXPECT_EQ(-1, read(null, self->m.ram, 8));
	EXPECT_EQ(EFAULT, errno);
	if (file >= 0) {
		EXPECT_EQ(-1, write(file, self->m.ram, 8));
		EXPECT_EQ(EFAULT, errno);
		close(file);
	}
	close(null);
}

TEST_F(protected, share_lasts_until_unshare)
{
	unsigned long value = 0;

	ASSERT_EQ(DONE, store(&self->m, RAM + PAGE, 0xabc));
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, RAM + PAGE));
	EXPECT_EQ(0, peek(self->m.ram + PAGE, &value));
	EXPECT_EQ(0xabc, value);
	EXPECT_EQ(0, poke(self->m.ram + PAGE, 0xdef));
	EXPECT_EQ(0xdef, load(&self->m, RAM + PAGE));
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_UNSHARE, RAM + PAGE));
	EXPECT_EQ(SIGBUS, peek(self->m.ram + PAGE, &value));
	EXPECT_EQ(0xdef, load(&self->m, RAM + PAGE));
}

/* A page that the guest has not touched yet is fetched first. */
TEST_F(protected, share_of_a_new_page)
{
	unsigned long value = 1;

	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, RAM + 5 * PAGE));
	EXPECT_EQ(0, peek(self->m.ram + 5 * PAGE, &value));
	EXPECT_EQ(0, value);
}

TEST_F(protected, memory_comes_back_zeroed)
{
	unsigned long value = 1;
	long locked = locked_pages();
	char *ram = self->m.ram;

	for (unsigned long i = 0; i < NR_RAM; i++)
		ASSERT_EQ(DONE, store(&self->m, RAM + i * PAGE, 0x5ec2e7 + i));
	EXPECT_EQ(locked + (long)NR_RAM + 1, locked_pages());
	munmap(self->m.run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(self->m.vcpu);
	close(self->m.vm);
	for (unsigned long i = 0; i < NR_RAM; i++) {
		EXPECT_EQ(0, peek(ram + i * PAGE, &value));
		EXPECT_EQ(0, value);
		EXPECT_EQ(0, poke(ram + i * PAGE, i));
	}
	EXPECT_EQ(locked, locked_pages());
	ASSERT_EQ(0, make(&self->m, 0));
}

TEST_F(protected, a_page_given_back_is_zero_and_not_locked)
{
	char *page = self->m.ram + 6 * PAGE;
	unsigned long value = 1;
	long locked;

	ASSERT_EQ(DONE, store(&self->m, RAM + 6 * PAGE, 0x5ec2e7));
	EXPECT_EQ(SIGBUS, peek(page, &value));
	locked = locked_pages();
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_RELINQUISH, RAM + 6 * PAGE));
		EXPECT_EQ(locked - 1, locked_pages());
		EXPECT_EQ(0, peek(page, &value));
		EXPECT_EQ(0, value);
		EXPECT_EQ(0, poke(page, 0x1234));
		/* The next access has the VMM's page donated again, without its content. */
		EXPECT_EQ(0, load(&self->m, RAM + 6 * PAGE));
		EXPECT_EQ(locked, locked_pages());
		EXPECT_EQ(SIGBUS, peek(page, &value));
		ASSERT_EQ(DONE, store(&self->m, RAM + 6 * PAGE, 0x5ec2e7));
	}
	/* It may be another one: the VMM has thrown the old one away. */
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_RELINQUISH, RAM + 6 * PAGE));
	EXPECT_EQ(0, madvise(page, PAGE, MADV_REMOVE));
	EXPECT_EQ(0, load(&self->m, RAM + 6 * PAGE));
	/* Not what the guest shares, nor what it has not. */
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, RAM + 6 * PAGE));
	EXPECT_EQ(NIE_SMCCC_INVALID,
		  guest_call(&self->m, NIE_GC_MEM_RELINQUISH, RAM + 6 * PAGE));
	EXPECT_EQ(NIE_SMCCC_INVALID,
		  guest_call(&self->m, NIE_GC_MEM_RELINQUISH, RAM + 7 * PAGE));
}

/*
 * An access that is neither memory nor opened is never told: the guest takes an abort, and since it
 * has no vectors, another, and so on.
 */
TEST_F(protected, no_mmio_but_what_the_guest_opened)
{
	struct sigaction action = { .sa_handler = on_alarm };
	unsigned long word = 0x5ec2e7;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	EXPECT_EQ(DONE, store(&self->m, RAM, 1));
	alarm(1);
	EXPECT_EQ(FAILED, tell(&self->m, ELSEWHERE | STORE, &word));
	EXPECT_EQ(EINTR, errno);
}

TEST_F(protected, memory_counts_as_locked)
{
	struct rlimit limit = { (rlim_t)(locked_pages() + 2) * PAGE, RLIM_INFINITY };
	unsigned long word = 0;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, drop_ipc_lock());
	ASSERT_EQ(DONE, store(&self->m, RAM, 1));	/* the second, beside the code */
	EXPECT_EQ(FAILED, store(&self->m, RAM + PAGE, 2));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, poke(self->m.ram + PAGE, 0));
	/* With a higher limit the guest goes on where it was. */
	limit.rlim_cur = RLIM_INFINITY;
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	EXPECT_EQ(DONE, tell(&self->m, 0, &word));
	EXPECT_EQ(2, load(&self->m, RAM + PAGE));
}

/* A vCPU that nobody turned on: only its VM can. */
TEST_F(protected, the_vmm_starts_the_first_vcpu_only)
{
	int vcpu = ioctl(self->m.vm, KVM_CREATE_VCPU, 1);
	struct kvm_run *run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
				   PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	struct kvm_one_reg pc = { CORE(U64, regs.pc), (__u64)(unsigned long)&(__u64){ CODE } };

	ASSERT_NE(MAP_FAILED, run);
	ASSERT_EQ(0, init_vcpu(self->m.vm, vcpu, KVM_ARM_VCPU_PSCI_0_2));
	ASSERT_EQ(0, ioctl(vcpu, KVM_SET_ONE_REG, &pc));
	ASSERT_EQ(0, ioctl(vcpu, KVM_RUN, 0));
	EXPECT_EQ(KVM_EXIT_FAIL_ENTRY, run->exit_reason);
	EXPECT_EQ(EPERM, run->fail_entry.hardware_entry_failure_reason);
	EXPECT_EQ(DONE, store(&self->m, RAM, 1));
	munmap(run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(vcpu);
}

TEST_F(protected, registers_are_private_once_it_runs)
{
	struct kvm_guest_debug debug = { .control = KVM_GUESTDBG_ENABLE };
	struct kvm_vcpu_events events = {};
	__u64 value = 7;

	EXPECT_EQ(0, get_reg(&self->m, CORE(U64, regs.regs[19]), &value));
	ASSERT_EQ(DONE, store(&self->m, RAM, 1));
	EXPECT_EQ(-1, get_reg(&self->m, CORE(U64, regs.regs[19]), &value));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, set_reg(&self->m, CORE(U64, regs.pc), &value));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->m.vcpu, KVM_GET_VCPU_EVENTS, &events));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->m.vcpu, KVM_SET_VCPU_EVENTS, &events));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, init_vcpu(self->m.vm, self->m.vcpu, KVM_ARM_VCPU_PSCI_0_2));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->m.vcpu, KVM_SET_GUEST_DEBUG, &debug));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, get_reg(&self->m, KVM_REG_ARM_TIMER_CNT, &value));
}

TEST_F(protected, slots)
{
	void *more = anonymous(PAGE);

	EXPECT_EQ(!always(), ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM));
	EXPECT_EQ(-1, set_slot(self->m.vm, 2, KVM_MEM_READONLY, ELSEWHERE, PAGE, more));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, set_slot(self->m.vm, 2, KVM_MEM_LOG_DIRTY_PAGES, ELSEWHERE, PAGE, more));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, set_slot(self->m.vm, 1, KVM_MEM_LOG_DIRTY_PAGES, RAM, NR_RAM * PAGE,
			       self->m.ram));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, set_slot(self->m.vm, 2, 0, ELSEWHERE, PAGE, more));
	EXPECT_EQ(0, set_slot(self->m.vm, 2, 0, ELSEWHERE, 0, NULL));
	ASSERT_EQ(DONE, store(&self->m, RAM, 4));
	EXPECT_EQ(-1, set_slot(self->m.vm, 1, 0, ELSEWHERE, NR_RAM * PAGE, self->m.ram));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, set_slot(self->m.vm, 1, 0, RAM, 0, NULL));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(4, load(&self->m, RAM));
	munmap(more, PAGE);
}

/* Memory that the VMM unmaps is still the guest's. */
TEST_F(protected, unmapped_memory_stays)
{
	ASSERT_EQ(DONE, store(&self->m, RAM, 0x77));
	ASSERT_EQ(0, madvise(self->m.ram, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0x77, load(&self->m, RAM));
	ASSERT_EQ(0, munmap(self->m.ram, PAGE));
	EXPECT_EQ(0x77, load(&self->m, RAM));
}

/* The one VM that there is, as /sys/kernel/nie tells its measurement; empty if it has none. */
static void told_by_sysfs(char *digest)
{
	FILE *f = popen("cat /sys/kernel/nie/vms/*/measurement 2>/dev/null", "r");

	if (!f || fscanf(f, "%64s", digest) != 1)
		*digest = 0;
	if (f)
		pclose(f);
}

/* What the guest is told by NIE. */
static void told_by_guest(struct machine *m, char *digest)
{
	unsigned long words[4];

	for (unsigned long i = 0; i < 2; i++) {
		*digest = 0;
		if (guest_call(m, NIE_GC_MEASUREMENT, i * 16))
			return;
		words[2 * i] = load(m, RESULT1);
		words[2 * i + 1] = load(m, RESULT2);
	}
	for (unsigned int i = 0; i < sizeof(words); i++)
		sprintf(digest + 2 * i, "%02x", ((const unsigned char *)words)[i]);
}

static void header(FILE *f, unsigned long a, unsigned long b, unsigned long c)
{
	unsigned long words[8] = { a, b, c };

	fwrite(words, sizeof(words), 1, f);
}

/* sha256sum of what the VM starts with: its code, and one page of RAM. */
static void computed(const struct machine *m, unsigned int page, char *digest)
{
	FILE *f = popen("sha256sum >/tmp/digest", "w");

	*digest = 0;
	if (!f)
		return;
	header(f, NIE_MEASURE_PAGE, CODE, 0);
	fwrite(m->code, PAGE, 1, f);
	header(f, NIE_MEASURE_PAGE, RAM + page * PAGE, 0);
	fwrite(m->ram + page * PAGE, PAGE, 1, f);
	header(f, NIE_MEASURE_START, CODE, DOORBELL);
	pclose(f);
	f = fopen("/tmp/digest", "r");
	if (!f || fscanf(f, "%64s", digest) != 1)
		*digest = 0;
	if (f)
		fclose(f);
}

/* What was in memory before the first run is measured and stays; what comes later is zeroed. */
TEST_F(protected, launch)
{
	char want[65], sysfs[65], guest[65];
	long locked = locked_pages();

	told_by_sysfs(sysfs);
	EXPECT_STREQ("", sysfs);
	memset(self->m.ram + 3 * PAGE, 0x5a, PAGE);
	memset(self->m.ram + 4 * PAGE, 0, PAGE);
	computed(&self->m, 3, want);
	ASSERT_EQ(64, strlen(want));
	ASSERT_EQ(DONE, store(&self->m, RAM, 1));
	/* The code, page 3, and the page that was stored to; not the zeroes. */
	EXPECT_EQ(locked + 3, locked_pages());
	EXPECT_EQ(SIGBUS, peek(self->m.ram + 3 * PAGE, &(unsigned long){ 0 }));
	EXPECT_EQ(0x5a5a5a5a5a5a5a5aul, load(&self->m, RAM + 3 * PAGE));

	told_by_sysfs(sysfs);
	EXPECT_STREQ(want, sysfs);
	told_by_guest(&self->m, guest);
	EXPECT_STREQ(want, guest);

	EXPECT_EQ(0, poke(self->m.ram + 4 * PAGE, 0x666));
	EXPECT_EQ(0, poke(self->m.ram + 5 * PAGE, 0x666));
	EXPECT_EQ(0, load(&self->m, RAM + 4 * PAGE));
	EXPECT_EQ(0, load(&self->m, RAM + 5 * PAGE));
	told_by_guest(&self->m, guest);
	EXPECT_STREQ(want, guest);
}

TEST_F(protected, psci_off)
{
	unsigned long x = PSCI_0_2_FN_SYSTEM_OFF;

	EXPECT_EQ(VM_EVENT, tell(&self->m, CALL, &x));
	EXPECT_EQ(KVM_SYSTEM_EVENT_SHUTDOWN, self->m.run->system_event.type);
}

TEST_HARNESS_MAIN
