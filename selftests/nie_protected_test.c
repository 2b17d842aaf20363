// SPDX-License-Identifier: GPL-2.0-only
/*
 * A protected VM as its VMM sees it: what the VMM cannot reach, what the guest shares, what KVM
 * refuses and with which errno, by how many host calls the guest gets its memory, and that all of
 * it comes back, zeroed.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

/* sha256sum of what the VM starts with: its code, and one more page. */
static void computed(const struct machine *m, unsigned long gpa, const char *page, char *digest)
{
	FILE *f = popen("sha256sum >/tmp/digest", "w");

	*digest = 0;
	if (!f)
		return;
	header(f, NIE_MEASURE_PAGE, CODE, 0);
	fwrite(m->code, PAGE, 1, f);
	header(f, NIE_MEASURE_PAGE, gpa, 0);
	fwrite(page, PAGE, 1, f);
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
	computed(&self->m, RAM + 3 * PAGE, self->m.ram + 3 * PAGE, want);
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

/* Memory in huge pages. The slots that a test wants of it are at BIG. */
#define BIG		ELSEWHERE
#define PAGES		(HUGE / PAGE)

FIXTURE(huge) {
	struct machine m;
	char *mem;
	int file;
	long calls, locked, held, before;
};

FIXTURE_VARIANT(huge) {
	enum backing kind;
};

FIXTURE_VARIANT_ADD(huge, anonymous) { THP };
FIXTURE_VARIANT_ADD(huge, memfd) { SHARED_THP };
FIXTURE_VARIANT_ADD(huge, hugetlb) { HUGETLB };

/* The number behind a name in a file of such lines. */
static long field(const char *path, const char *name)
{
	FILE *f = fopen(path, "r");
	char word[64] = "";
	long n = -1;

	while (f && fscanf(f, "%63s %ld", word, &n) == 2)
		if (!strcmp(word, name))
			break;
	if (f)
		fclose(f);
	return strcmp(word, name) ? -1 : n;
}

/*
 * How often the host has called to donate, less the calls that were refused for want of a table:
 * after the first run it is one for 2 MiB, and a call tops it up.
 */
static long calls(void)
{
	return field("/sys/kernel/debug/nie_calls", "donate_guest") -
	       field("/sys/kernel/debug/nie_calls", "vm_topup");
}

/* Pages that the kernel has pinned for anyone, and those of them that it still has. */
static long pinned_pages(void)
{
	number("/proc/sys/vm/stat_refresh");
	return field("/proc/vmstat", "nr_foll_pin_acquired");
}

static long held_pages(void)
{
	return pinned_pages() - field("/proc/vmstat", "nr_foll_pin_released");
}

/* Since the last time so many calls were made, and the guest has got so many pages. */
#define EXPECT_DONATED(nr_calls, nr_pages) do {			\
	long calls_now = calls(), locked_now = locked_pages();	\
	EXPECT_EQ(nr_calls, calls_now - self->calls);		\
	EXPECT_EQ(nr_pages, locked_now - self->locked);		\
	self->calls = calls_now;				\
	self->locked = locked_now;				\
} while (0)

FIXTURE_SETUP(huge)
{
	kvm = -1;
	if (!nie_loaded() || kvm_unaware())
		SKIP(return, "no NIE in KVM");
	if (variant->kind == HUGETLB && want_huge_pages())
		SKIP(return, "no huge pages to be had");
	put("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise");
	/* Two huge pages that the VMM has used, and one more. */
	self->mem = memory(variant->kind, 3 * HUGE, &self->file);
	ASSERT_NE(MAP_FAILED, self->mem);
	memset(self->mem, 1, 2 * HUGE);
	memset(self->mem, 0, 2 * HUGE);
	if (variant->kind != HUGETLB && in_huge_pages() != 2 * HUGE)
		SKIP(return, "no huge pages to be had");
	kvm = open("/dev/kvm", O_RDWR);
	ASSERT_LE(0, kvm);
	ASSERT_LE(0, calls());
	self->before = locked_pages();
	self->held = held_pages();
	ASSERT_EQ(0, make_protected(&self->m));
}

FIXTURE_TEARDOWN(huge)
{
	if (kvm < 0)
		return;
	unmake(&self->m);
	EXPECT_EQ(self->before, locked_pages());
	EXPECT_EQ(self->held, held_pages());
	close(kvm);
}

/* From here on what the guest touches is donated. */
#define START_WITH(gpa, size, host) do {				\
	ASSERT_EQ(0, set_slot(self->m.vm, 2, 0, gpa, size, host));	\
	ASSERT_EQ(DONE, store(&self->m, RAM, 1));			\
	self->calls = calls();						\
	self->locked = locked_pages();					\
} while (0)

TEST_F(huge, at_once)
{
	unsigned long value = 1;

	START_WITH(BIG, 3 * HUGE, self->mem);
	EXPECT_EQ(0, poke(self->mem + 9 * PAGE, 0x666));
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_DONATED(1, PAGES);
	EXPECT_EQ(SIGBUS, peek(self->mem, &value));
	EXPECT_EQ(SIGBUS, peek(self->mem + HUGE - PAGE, &value));
	EXPECT_EQ(DONE, store(&self->m, BIG, 1));
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE - PAGE, 511));
	EXPECT_EQ(0, load(&self->m, BIG + 9 * PAGE));
	EXPECT_EQ(5, load(&self->m, BIG + 5 * PAGE));
	EXPECT_DONATED(0, 0);
	/* The next one, which the guest has not touched, is the VMM's; by its last page it goes. */
	EXPECT_EQ(0, poke(self->mem + HUGE, 1));
	EXPECT_EQ(DONE, store(&self->m, BIG + 2 * HUGE - PAGE, 1));
	EXPECT_DONATED(1, PAGES);
	/* The third is there with the guest's access. */
	EXPECT_EQ(DONE, store(&self->m, BIG + 2 * HUGE + 7 * PAGE, 7));
	EXPECT_DONATED(1, PAGES);
	EXPECT_EQ(511, load(&self->m, BIG + HUGE - PAGE));
}

TEST_F(huge, comes_back_zeroed)
{
	unsigned long value;

	START_WITH(BIG, 2 * HUGE, self->mem);
	for (unsigned long i = 0; i < 2 * PAGES; i++)
		ASSERT_EQ(DONE, store(&self->m, BIG + i * PAGE, 0x5ec2e7 + i));
	EXPECT_DONATED(2, 2 * PAGES);
	munmap(self->m.run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(self->m.vcpu);
	close(self->m.vm);
	EXPECT_EQ(self->before, locked_pages());
	EXPECT_EQ(self->held, held_pages());
	for (unsigned long i = 0; i < 2 * PAGES; i++) {
		value = 1;
		ASSERT_EQ(0, peek(self->mem + i * PAGE, &value));
		ASSERT_EQ(0, value);
		ASSERT_EQ(0, poke(self->mem + i * PAGE, i));
	}
	ASSERT_EQ(0, make(&self->m, 0));
}

/* Where the guest cannot have all of a huge page, or not where it could be one of its own. */
TEST_F(huge, misaligned)
{
	ASSERT_EQ(0, set_slot(self->m.vm, 3, 0, BIG + 4 * HUGE + PAGE, HUGE, self->mem + HUGE));
	START_WITH(BIG, HUGE, self->mem + PAGE);
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_EQ(DONE, store(&self->m, BIG + 6 * PAGE, 6));
	EXPECT_DONATED(2, 2);
	EXPECT_EQ(DONE, store(&self->m, BIG + 4 * HUGE + 20 * PAGE, 20));
	EXPECT_DONATED(1, 1);
}

TEST_F(huge, slot_begins_within)
{
	START_WITH(BIG + PAGE, 2 * HUGE - PAGE, self->mem + PAGE);
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(0, poke(self->mem, 1));
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE, 6));
	EXPECT_DONATED(1, PAGES);
}

TEST_F(huge, slot_ends_within)
{
	START_WITH(BIG, 2 * HUGE - PAGE, self->mem);
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE + 5 * PAGE, 5));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(0, poke(self->mem + 2 * HUGE - PAGE, 1));
	EXPECT_EQ(DONE, store(&self->m, BIG, 6));
	EXPECT_DONATED(1, PAGES);
}

TEST_F(huge, two_slots)
{
	ASSERT_EQ(0, set_slot(self->m.vm, 3, 0, BIG, HUGE / 2, self->mem));
	START_WITH(BIG + HUGE / 2, HUGE / 2, self->mem + HUGE / 2);
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE / 2 + 6 * PAGE, 6));
	EXPECT_DONATED(2, 2);
}

TEST_F(huge, memory_counts_as_locked)
{
	struct rlimit limit = { 0, RLIM_INFINITY };
	unsigned long word = 0;

	START_WITH(BIG, 2 * HUGE, self->mem);
	limit.rlim_cur = (rlim_t)(self->locked + 100) * PAGE;
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, drop_ipc_lock());
	for (unsigned long i = 0; i < 100; i++)
		ASSERT_EQ(DONE, store(&self->m, BIG + i * PAGE, i));
	EXPECT_EQ(FAILED, store(&self->m, BIG + HUGE, 1));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_DONATED(100, 100);
	EXPECT_EQ(0, poke(self->mem + HUGE, 0));
	/* With 2 MiB more it is all of it. */
	limit.rlim_cur += HUGE;
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	EXPECT_EQ(DONE, tell(&self->m, 0, &word));
	EXPECT_DONATED(1, PAGES);
	EXPECT_EQ(FAILED, store(&self->m, BIG + 100 * PAGE, 1));
	EXPECT_EQ(ENOMEM, errno);
}

enum other { NORMAL, PROTECTED, SHARING, NR_OTHERS };

/* A VM that has one page of it, and may share it with the host. */
static int make_other(struct machine *other, enum other kind, char *page)
{
	if ((kind == NORMAL ? make(other, 0) : make_protected(other)) ||
	    set_slot(other->vm, 2, 0, BIG, PAGE, page) || store(other, BIG, 7) != DONE)
		return -1;
	return kind == SHARING ? (int)guest_call(other, NIE_GC_MEM_SHARE, BIG) : 0;
}

TEST_F(huge, another_vm_has_a_page)
{
	unsigned long word = 0, part = 0;
	struct machine other;

	START_WITH(BIG, NR_OTHERS * HUGE, self->mem);
	for (int kind = always() ? PROTECTED : NORMAL; kind < NR_OTHERS; kind++, part += HUGE) {
		ASSERT_EQ(0, make_other(&other, (enum other)kind, self->mem + part + 7 * PAGE));
		self->calls = calls();
		self->locked = locked_pages();
		EXPECT_EQ(DONE, store(&self->m, BIG + part + 5 * PAGE, 5));
		/* Only NIE knows what a normal VM has: it refuses the first call. */
		EXPECT_DONATED(kind == NORMAL ? 2 : 1, 1);
		EXPECT_EQ(5, load(&self->m, BIG + part + 5 * PAGE));
		EXPECT_EQ(FAILED, store(&self->m, BIG + part + 7 * PAGE, 8));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(7, load(&other, BIG));
		EXPECT_EQ(0, poke(self->mem + part, 1));
		unmake(&other);
		EXPECT_EQ(DONE, tell(&self->m, 0, &word));
		EXPECT_EQ(8, load(&self->m, BIG + part + 7 * PAGE));
	}
}

/* Somebody has one page of it: the guest waits, and then gets it all. */
TEST_F(huge, not_while_in_a_pipe)
{
	struct iovec v = { self->mem + 9 * PAGE, PAGE };
	unsigned long word = 0;
	char buf[PAGE];
	int pipes[2];

	START_WITH(BIG, HUGE, self->mem);
	self->mem[9 * PAGE] = 0x77;
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(PAGE, vmsplice(pipes[1], &v, 1, 0));
	EXPECT_EQ(FAILED, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_DONATED(0, 0);
	EXPECT_EQ(0, poke(self->mem + 5 * PAGE, 0));
	ASSERT_EQ(PAGE, read(pipes[0], buf, PAGE));
	EXPECT_EQ(0x77, buf[0]);
	EXPECT_EQ(DONE, tell(&self->m, 0, &word));
	EXPECT_DONATED(1, PAGES);
}

/* What the VM starts with is measured page by page, and only that is taken. */
TEST_F(huge, launch)
{
	char want[65], guest[65];
	long pinned;

	memset(self->mem + 3 * PAGE, 0x5a, PAGE);
	computed(&self->m, BIG + 3 * PAGE, self->mem + 3 * PAGE, want);
	ASSERT_EQ(64, strlen(want));
	START_WITH(BIG, 2 * HUGE, self->mem);
	EXPECT_EQ(self->before + 3, self->locked);
	told_by_guest(&self->m, guest);
	EXPECT_STREQ(want, guest);
	/* It is not lost when its huge page would be donated, nor if the host can reach it. */
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, BIG + 3 * PAGE));
	pinned = pinned_pages();
	EXPECT_EQ(DONE, store(&self->m, BIG + 4 * PAGE, 4));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(pinned + 1, pinned_pages());
	EXPECT_EQ(0x5a5a5a5a5a5a5a5aul, load(&self->m, BIG + 3 * PAGE));
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE, 5));
	EXPECT_DONATED(1, PAGES);
	told_by_guest(&self->m, guest);
	EXPECT_STREQ(want, guest);
}

/* Page by page it is shared and given back; once all of it is, it can go at once again. */
TEST_F(huge, in_parts)
{
	unsigned long value = 1;
	struct iovec to = { &value, 8 }, from = { self->mem + 6 * PAGE, 8 };

	START_WITH(BIG, HUGE, self->mem);
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_EQ(DONE, store(&self->m, BIG + 6 * PAGE, 6));
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, BIG + 6 * PAGE));
	EXPECT_EQ(8, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	EXPECT_EQ(6, value);
	EXPECT_EQ(SIGBUS, peek(self->mem + 7 * PAGE, &value));
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_UNSHARE, BIG + 6 * PAGE));
	EXPECT_EQ(SIGBUS, peek(self->mem + 6 * PAGE, &value));
	EXPECT_DONATED(1, PAGES);

	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_RELINQUISH, BIG + 6 * PAGE));
	EXPECT_DONATED(0, -1);
	EXPECT_EQ(0, peek(self->mem + 6 * PAGE, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, poke(self->mem + 6 * PAGE, 0x666));
	EXPECT_EQ(0, load(&self->m, BIG + 6 * PAGE));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(5, load(&self->m, BIG + 5 * PAGE));

	for (unsigned long i = 0; i < PAGES; i++)
		ASSERT_EQ(0, guest_call(&self->m, NIE_GC_MEM_RELINQUISH, BIG + i * PAGE));
	EXPECT_DONATED(0, -(long)PAGES);
	EXPECT_EQ(self->locked, locked_pages());
	EXPECT_EQ(0, load(&self->m, BIG + 5 * PAGE));
	EXPECT_DONATED(1, PAGES);
}

static int resident(char *page)
{
	unsigned char vec = 0;

	return mincore(page, PAGE, &vec) ? -1 : vec & 1;
}

/* No page is brought in that the guest has not asked for. */
TEST_F(huge, hole)
{
	if (variant->kind == HUGETLB)
		SKIP(return, "huge pages of hugetlbfs have no holes");
	START_WITH(BIG, 2 * HUGE, self->mem);
	for (char *part = self->mem; part < self->mem + 2 * HUGE; part += HUGE)
		ASSERT_EQ(0, madvise(part + 9 * PAGE, PAGE,
				     variant->kind == THP ? MADV_DONTNEED : MADV_REMOVE));
	ASSERT_EQ(0, resident(self->mem + 9 * PAGE));
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(0, resident(self->mem + 9 * PAGE));
	EXPECT_EQ(1, resident(self->mem + 8 * PAGE));
	/* Filled, it is another page. */
	EXPECT_EQ(0, poke(self->mem + HUGE + 9 * PAGE, 0x666));
	EXPECT_EQ(DONE, store(&self->m, BIG + HUGE + 5 * PAGE, 5));
	EXPECT_DONATED(1, 1);
	EXPECT_EQ(0, poke(self->mem + HUGE + 9 * PAGE, 0x667));
}

TEST_F(protected, small_pages_come_one_by_one)
{
	int file;
	char *mem = memory(PRIVATE, HUGE, &file);
	long before, pinned;

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, set_slot(self->m.vm, 2, 0, BIG, HUGE, mem));
	ASSERT_EQ(DONE, store(&self->m, RAM, 1));
	before = calls();
	pinned = pinned_pages();
	EXPECT_EQ(DONE, store(&self->m, BIG + 5 * PAGE, 5));
	EXPECT_EQ(DONE, store(&self->m, BIG + 6 * PAGE, 6));
	EXPECT_EQ(before + 2, calls());
	EXPECT_EQ(pinned + 2, pinned_pages());
	EXPECT_EQ(1, resident(mem + 6 * PAGE));
	EXPECT_EQ(0, resident(mem + 7 * PAGE));
}

TEST_HARNESS_MAIN
