// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a protected VM that the host's kernel is asked to reach, by one process for another or
 * past its own page tables: an error and no data, the guest's memory stays as it is, and the host
 * goes on. Beside it the same on a page of the same mapping that is still the VMM's.
 */
#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/io_uring.h>
#include "kselftest_harness.h"
#include "protected_vm.h"

#define SECRET		0x5ec2e75ec2e7ul
#define FILLING		0xa5		/* of the guest's pages, behind the secret */
#define OURS		0x5a		/* of the VMM's page */
#define UNTOUCHED	0x11		/* of the buffer */
#define MARK		0x280		/* of tainted: an oops, a warning */

/* As parts of the memory: the VMM's own page, then two of the guest. */
enum { OWN = 1, AWAY = 2, AWAY_TOO = 3 };

static _Alignas(4096) char buf[2 * PAGE];

/* Where a child leaves its results. */
static struct box {
	long ret;
	int error;
	char *ram;
	char page[PAGE];
} *box;

FIXTURE(donated) {
	struct machine m;
	int file;
	char *own, *away;
	long taint;
};

FIXTURE_VARIANT(donated) {
	enum backing kind;
};

FIXTURE_VARIANT_ADD(donated, shared) { SHARED };
FIXTURE_VARIANT_ADD(donated, private) { PRIVATE };
FIXTURE_VARIANT_ADD(donated, huge) { THP };
FIXTURE_VARIANT_ADD(donated, hugetlb) { HUGETLB };

/* A protected VM whose guest has two pages of its memory. */
static int make_donated(struct machine *m, enum backing kind, int *file)
{
	if (make_protected(m) || set_slot(m->vm, 1, 0, RAM, 0, NULL))
		return -1;
	munmap(m->ram, NR_RAM * PAGE);
	m->ram = memory(kind, HUGE, file);
	if (m->ram == MAP_FAILED || set_slot(m->vm, 1, 0, RAM, NR_RAM * PAGE, m->ram))
		return -1;
	/* What is there before the first run is the guest's from then on. */
	memset(m->ram + AWAY * PAGE, FILLING, 2 * PAGE);
	if (store(m, RAM + AWAY * PAGE, SECRET) != DONE ||
	    store(m, RAM + AWAY_TOO * PAGE, SECRET) != DONE)
		return -1;
	memset(m->ram + OWN * PAGE, OURS, PAGE);
	return 0;
}

static bool intact(struct machine *m)
{
	unsigned long filling;

	memset(&filling, FILLING, 8);
	for (unsigned long page = RAM + AWAY * PAGE; page <= RAM + AWAY_TOO * PAGE; page += PAGE)
		if (load(m, page) != SECRET || load(m, page + 8) != filling ||
		    load(m, page + PAGE - 8) != filling)
			return false;
	return true;
}

static bool is_all(const char *p, int c, size_t n)
{
	while (n--)
		if (*p++ != (char)c)
			return false;
	return true;
}

static long taint(void)
{
	return number("/proc/sys/kernel/tainted") & MARK;
}

FIXTURE_SETUP(donated)
{
	kvm = -1;
	if (!nie_loaded() || kvm_unaware())
		SKIP(return, "no NIE in KVM");
	kvm = open("/dev/kvm", O_RDWR);
	ASSERT_LE(0, kvm);
	self->taint = taint();
	box = anonymous(sizeof(*box));
	ASSERT_NE(MAP_FAILED, box);
	if (variant->kind == HUGETLB && want_huge_pages())
		SKIP(return, "no huge pages to be had");
	ASSERT_EQ(0, make_donated(&self->m, variant->kind, &self->file));
	if (variant->kind == THP && !in_huge_pages())
		SKIP(return, "no huge page to be had");
	self->own = self->m.ram + OWN * PAGE;
	self->away = self->m.ram + AWAY * PAGE;
}

FIXTURE_TEARDOWN(donated)
{
	if (kvm < 0)
		return;
	EXPECT_TRUE(intact(&self->m));
	EXPECT_EQ(self->taint, taint());
	unmake(&self->m);
	close(kvm);
}

/* Moves a page of memory into buf, or buf into a page; -1 and errno if not one byte was moved. */
typedef long (*transfer)(char *page);

#define EXPECT_OUT_OF_REACH(get, set, error)			\
	out_of_reach(_metadata, self->own, self->away, get, set, error)

static void out_of_reach(struct __test_metadata *_metadata, char *own, char *away, transfer get,
			 transfer set, int error)
{
	memset(buf, UNTOUCHED, PAGE);
	EXPECT_EQ(PAGE, get(own));
	EXPECT_TRUE(is_all(buf, OURS, PAGE));
	memset(buf, UNTOUCHED, PAGE);
	EXPECT_EQ(-1, get(away));
	EXPECT_EQ(error, errno);
	EXPECT_TRUE(is_all(buf, UNTOUCHED, PAGE));
	if (!set)
		return;
	memset(buf, 0x77, PAGE);
	EXPECT_EQ(PAGE, set(own));
	EXPECT_TRUE(is_all(own, 0x77, PAGE));
	EXPECT_EQ(-1, set(away));
	EXPECT_EQ(error, errno);
}

static long process_vm(char *page, unsigned long size, bool write)
{
	struct iovec local = { buf, size }, remote = { page, size };

	return syscall(write ? SYS_process_vm_writev : SYS_process_vm_readv, getpid(), &local, 1,
		       &remote, 1, 0);
}

static long process_vm_get(char *page)
{
	return process_vm(page, PAGE, false);
}

static long process_vm_set(char *page)
{
	return process_vm(page, PAGE, true);
}

TEST_F(donated, process_vm)
{
	EXPECT_OUT_OF_REACH(process_vm_get, process_vm_set, EFAULT);
	/* A range that begins with the VMM's page ends where that ends. */
	memset(buf, UNTOUCHED, sizeof(buf));
	EXPECT_EQ(PAGE, process_vm(self->own, 2 * PAGE, false));
	EXPECT_TRUE(is_all(buf + PAGE, UNTOUCHED, PAGE));
}

static int proc_mem = -1;

static long proc_mem_get(char *page)
{
	return pread(proc_mem, buf, PAGE, (off_t)page);
}

static long proc_mem_set(char *page)
{
	return pwrite(proc_mem, buf, PAGE, (off_t)page);
}

TEST_F(donated, proc_mem)
{
	proc_mem = open("/proc/self/mem", O_RDWR);
	ASSERT_LE(0, proc_mem);
	EXPECT_OUT_OF_REACH(proc_mem_get, proc_mem_set, EIO);
	close(proc_mem);
}

/* In a child that traces its parent. */
static void trace(char *page, bool write)
{
	pid_t pid = getppid();
	unsigned long *words = (unsigned long *)box->page;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) || waitpid(pid, NULL, __WALL) != pid)
		_exit(1);
	box->error = 0;
	for (box->ret = 0; box->ret < (long)PAGE && !box->error; words++) {
		char *p = page + box->ret;

		errno = 0;
		if (write)
			ptrace(PTRACE_POKEDATA, pid, p, *words);
		else
			*words = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, p, NULL);
		box->error = errno;
		if (errno && !write)
			memset(words, UNTOUCHED, 8);
		box->ret += errno ? 0 : 8;
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	_exit(0);
}

static long traced(char *page, bool write)
{
	pid_t child;

	memcpy(box->page, buf, PAGE);
	child = fork();
	if (!child)
		trace(page, write);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	memcpy(buf, box->page, PAGE);
	errno = box->error;
	return box->ret ? box->ret : -1;
}

static long ptrace_get(char *page)
{
	return traced(page, false);
}

static long ptrace_set(char *page)
{
	return traced(page, true);
}

TEST_F(donated, ptrace)
{
	EXPECT_OUT_OF_REACH(ptrace_get, ptrace_set, EIO);
}

static int pipes[2];

static long vmsplice_get(char *page)
{
	struct iovec v = { page, PAGE };

	return vmsplice(pipes[1], &v, 1, 0) < 0 ? -1 : read(pipes[0], buf, PAGE);
}

TEST_F(donated, vmsplice)
{
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_OUT_OF_REACH(vmsplice_get, NULL, EFAULT);
}

/* A disk whose driver moves the data by the CPU. */
static int disk = -1;

static long direct_get(char *page)
{
	return pwrite(disk, page, PAGE, 0) < 0 ? -1 : pread(disk, buf, PAGE, 0);
}

static long direct_set(char *page)
{
	return pwrite(disk, buf, PAGE, 0) < 0 ? -1 : pread(disk, page, PAGE, 0);
}

TEST_F(donated, direct_io)
{
	disk = open("/dev/ram0", O_RDWR | O_DIRECT);
	if (disk < 0)
		SKIP(return, "no /dev/ram0");
	EXPECT_OUT_OF_REACH(direct_get, direct_set, EFAULT);
	/* What failed has not changed the disk: it has what direct_set() wrote. */
	EXPECT_EQ(PAGE, pread(disk, buf, PAGE, 0));
	EXPECT_TRUE(is_all(buf, 0x77, PAGE));
	close(disk);
}

static struct {
	int fd;
	struct io_uring_params p;
	char *rings;
	struct io_uring_sqe *sqe;
} uring;

static int uring_open(void)
{
	uring.fd = (int)syscall(SYS_io_uring_setup, 1, &uring.p);
	if (uring.fd < 0)
		return -1;
	uring.rings = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, uring.fd,
			   IORING_OFF_SQ_RING);
	uring.sqe = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, uring.fd, IORING_OFF_SQES);
	return uring.rings == MAP_FAILED || uring.sqe == MAP_FAILED ? -1 : 0;
}

/* One operation on a page's worth at offset 0 of the disk, to its end. */
static long uring_do(unsigned int op, char *page)
{
	unsigned int *tail = (unsigned int *)(uring.rings + uring.p.sq_off.tail);
	unsigned int *head = (unsigned int *)(uring.rings + uring.p.cq_off.head);
	struct io_uring_cqe *cqes = (struct io_uring_cqe *)(uring.rings + uring.p.cq_off.cqes);
	int res;

	*uring.sqe = (struct io_uring_sqe) {
		.opcode = (__u8)op, .fd = disk, .addr = (__u64)(uintptr_t)page, .len = PAGE,
	};
	((unsigned int *)(uring.rings + uring.p.sq_off.array))[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, uring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	res = cqes[*head & (uring.p.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	if (res >= 0)
		return res;
	errno = -res;
	return -1;
}

static long uring_get(char *page)
{
	return uring_do(IORING_OP_WRITE, page) < 0 ? -1 : pread(disk, buf, PAGE, 0);
}

static long uring_set(char *page)
{
	return pwrite(disk, buf, PAGE, 0) < 0 ? -1 : uring_do(IORING_OP_READ, page);
}

static long uring_register(char *page)
{
	struct iovec v = { page, PAGE };

	return syscall(SYS_io_uring_register, uring.fd, IORING_REGISTER_BUFFERS, &v, 1);
}

static void uring_unregister(void)
{
	syscall(SYS_io_uring_register, uring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
}

static long uring_fixed_get(char *page)
{
	long ret;

	if (uring_register(page))
		return -1;
	ret = uring_do(IORING_OP_WRITE_FIXED, page);
	uring_unregister();
	return ret < 0 ? -1 : pread(disk, buf, PAGE, 0);
}

static long uring_fixed_set(char *page)
{
	long ret;

	if (pwrite(disk, buf, PAGE, 0) < 0 || uring_register(page))
		return -1;
	ret = uring_do(IORING_OP_READ_FIXED, page);
	uring_unregister();
	return ret;
}

TEST_F(donated, io_uring)
{
	disk = open("/dev/ram0", O_RDWR | O_DIRECT);
	if (disk < 0 || uring_open())
		SKIP(return, "no /dev/ram0 or io_uring");
	EXPECT_OUT_OF_REACH(uring_get, uring_set, EFAULT);
	memset(self->own, OURS, PAGE);
	EXPECT_OUT_OF_REACH(uring_fixed_get, uring_fixed_set, EFAULT);
}

/* What somebody has is not given away while they have it, and the guest waits. */
static void no_donation_while_held(struct __test_metadata *_metadata, struct machine *m,
				   void (*release)(void))
{
	char *own = m->ram + OWN * PAGE;
	unsigned long word = 0;

	EXPECT_EQ(FAILED, store(m, RAM + OWN * PAGE, 7));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_TRUE(is_all(own, OURS, PAGE));
	release();
	EXPECT_TRUE(is_all(buf, OURS, PAGE));
	EXPECT_EQ(DONE, tell(m, 0, &word));
	EXPECT_EQ(7, load(m, RAM + OWN * PAGE));
	EXPECT_EQ(SIGBUS, peek(own, &word));
}

static void read_pipe(void)
{
	if (read(pipes[0], buf, PAGE) != PAGE)
		memset(buf, 0, PAGE);
}

TEST_F(donated, not_while_in_a_pipe)
{
	struct iovec v = { self->own, PAGE };

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(PAGE, vmsplice(pipes[1], &v, 1, 0));
	no_donation_while_held(_metadata, &self->m, read_pipe);
}

static void use_buffer(void)
{
	if (pread(disk, buf, PAGE, 0) != PAGE)
		memset(buf, 0, PAGE);
	uring_unregister();
}

TEST_F(donated, not_while_registered_with_io_uring)
{
	disk = open("/dev/ram0", O_RDWR | O_DIRECT);
	if (disk < 0 || uring_open())
		SKIP(return, "no /dev/ram0 or io_uring");
	ASSERT_EQ(0, uring_register(self->own));
	ASSERT_EQ(PAGE, uring_do(IORING_OP_WRITE_FIXED, self->own));
	no_donation_while_held(_metadata, &self->m, use_buffer);
}

/* What the guest shares is within reach again. */
TEST_F(donated, unless_shared)
{
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_SHARE, RAM + AWAY * PAGE));
	EXPECT_EQ(PAGE, process_vm_get(self->away));
	EXPECT_EQ(SECRET, *(unsigned long *)buf);
	EXPECT_EQ(PAGE, process_vm_set(self->away));
	EXPECT_EQ(0, guest_call(&self->m, NIE_GC_MEM_UNSHARE, RAM + AWAY * PAGE));
	EXPECT_EQ(-1, process_vm_get(self->away));
	EXPECT_EQ(EFAULT, errno);
}

/* And so it is once the VM is gone. */
TEST_F(donated, until_the_end_of_the_vm)
{
	char *away = self->away;
	int file;

	munmap(self->m.run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(self->m.vcpu);
	close(self->m.vm);
	memset(buf, UNTOUCHED, PAGE);
	EXPECT_EQ(PAGE, process_vm_get(away));
	EXPECT_TRUE(is_all(buf, 0, PAGE));
	EXPECT_EQ(PAGE, process_vm_set(away));
	ASSERT_EQ(0, make_donated(&self->m, SHARED, &file));
}

/* A child has its parent's memory, without the guest's. */
TEST_F(donated, fork)
{
	unsigned long value = 0;
	int ready[2], go[2], status = 0;
	pid_t child;

	ASSERT_EQ(0, pipe(ready) | pipe(go));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (write(ready[1], "", 1) != 1 || read(go[0], &value, 1) != 1)
			_exit(1);
		if (!is_all(self->own, OURS, PAGE))
			_exit(2);
		if (peek(self->away, &value) != SIGBUS || poke(self->away, 1) != SIGBUS)
			_exit(3);
		if (process_vm_get(self->away) != -1)
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(1, read(ready[0], &value, 1));
	/* The guest gets more memory and uses what it has, while the child is there. */
	EXPECT_EQ(DONE, store(&self->m, RAM + 5 * PAGE, 5));
	EXPECT_EQ(5, load(&self->m, RAM + 5 * PAGE));
	EXPECT_TRUE(intact(&self->m));
	ASSERT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(is_all(self->own, OURS, PAGE));
}

/* Same-page merging reads all that it is told of, and merges what is equal: two pages here. */
TEST_F(donated, ksm)
{
	char *twins = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	long scans, merged = 0;

	if (access("/sys/kernel/mm/ksm/run", W_OK))
		SKIP(return, "no KSM");
	ASSERT_NE(MAP_FAILED, twins);
	memset(twins, 0xc3, 2 * PAGE);
	ASSERT_EQ(0, madvise(twins, 2 * PAGE, MADV_MERGEABLE));
	ASSERT_EQ(0, madvise(self->m.ram, HUGE, MADV_MERGEABLE));
	ASSERT_EQ(0, put("/sys/kernel/mm/ksm/pages_to_scan", "10000"));
	ASSERT_EQ(0, put("/sys/kernel/mm/ksm/sleep_millisecs", "10"));
	scans = number("/sys/kernel/mm/ksm/full_scans");
	ASSERT_EQ(0, put("/sys/kernel/mm/ksm/run", "1"));
	for (int i = 0; i < 500; i++) {
		usleep(10000);
		merged = number("/proc/self/ksm_merging_pages");
		if (merged && number("/sys/kernel/mm/ksm/full_scans") >= scans + 4)
			break;
	}
	EXPECT_LT(0, merged);
	EXPECT_LE(scans + 4, number("/sys/kernel/mm/ksm/full_scans"));
	EXPECT_TRUE(intact(&self->m));
	EXPECT_EQ(0, put("/sys/kernel/mm/ksm/run", "2"));
	EXPECT_EQ(0, put("/sys/kernel/mm/ksm/run", "0"));
}

/* What the core has at an address; -1 if it has nothing. */
static long core_read(int core, const char *p, char *to)
{
	Elf64_Ehdr e;
	Elf64_Phdr h;

	if (pread(core, &e, sizeof(e), 0) != sizeof(e) || memcmp(e.e_ident, ELFMAG, SELFMAG))
		return -1;
	for (int i = 0; i < e.e_phnum; i++) {
		if (pread(core, &h, sizeof(h), (off_t)(e.e_phoff + (unsigned long)i * sizeof(h))) !=
		    sizeof(h))
			return -1;
		if (h.p_type == PT_LOAD && (Elf64_Addr)p >= h.p_vaddr &&
		    (Elf64_Addr)p + PAGE <= h.p_vaddr + h.p_filesz)
			return pread(core, to, PAGE,
				     (off_t)(h.p_offset + (Elf64_Addr)p - h.p_vaddr));
	}
	return -1;
}

TEST_F(donated, core_dump)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	char pattern[128] = "", dir[] = "/tmp/nie.XXXXXX", path[64];
	FILE *f = fopen("/proc/sys/kernel/core_pattern", "r");
	int core, status = 0;
	pid_t child;

	ASSERT_NE(NULL, mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/core", dir);
	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(pattern, sizeof(pattern), f));
	fclose(f);
	ASSERT_EQ(0, put("/proc/sys/kernel/core_pattern", path));
	child = fork();
	if (!child) {
		struct machine m;
		int file;

		if (setrlimit(RLIMIT_CORE, &limit) || put("/proc/self/coredump_filter", "0x7f") ||
		    make_donated(&m, variant->kind, &file))
			_exit(1);
		box->ram = m.ram;
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	waitpid(child, &status, 0);
	put("/proc/sys/kernel/core_pattern", pattern);
	ASSERT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(SIGABRT, WTERMSIG(status));
	EXPECT_TRUE(WCOREDUMP(status));

	core = open(path, O_RDONLY);
	if (core < 0) {
		snprintf(path, sizeof(path), "%s/core.%d", dir, child);
		core = open(path, O_RDONLY);
	}
	ASSERT_LE(0, core);
	memset(buf, UNTOUCHED, PAGE);
	EXPECT_EQ(PAGE, core_read(core, box->ram + OWN * PAGE, buf));
	EXPECT_TRUE(is_all(buf, OURS, PAGE));
	EXPECT_EQ(PAGE, core_read(core, box->ram + AWAY * PAGE, buf));
	EXPECT_TRUE(is_all(buf, 0, PAGE));
	close(core);
	unlink(path);
	rmdir(dir);
}

/* Memory that a file has is not to be had by way of the file. */
static int file = -1;
static char *file_base;

static long file_get(char *page)
{
	return pread(file, buf, PAGE, page - file_base);
}

static long file_set(char *page)
{
	return pwrite(file, buf, PAGE, page - file_base);
}

static long splice_get(char *page)
{
	off_t offset = page - file_base;

	return splice(file, &offset, pipes[1], NULL, PAGE, 0) < 0 ? -1 : read(pipes[0], buf, PAGE);
}

TEST_F(donated, file)
{
	char *copy;

	if (self->file < 0)
		SKIP(return, "no file");
	file = self->file;
	file_base = self->m.ram;
	if (variant->kind == HUGETLB) {
		/* By huge pages only: the second, which nobody has, and the first. */
		EXPECT_EQ(PAGE, file_get(file_base + HUGE));
		memset(buf, UNTOUCHED, PAGE);
		EXPECT_EQ(-1, file_get(self->away));
		EXPECT_EQ(EIO, errno);
		EXPECT_TRUE(is_all(buf, UNTOUCHED, PAGE));
		EXPECT_EQ(0, fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				       AWAY * PAGE + 8, PAGE));
		return;
	}
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_OUT_OF_REACH(file_get, file_set, EIO);
	memset(self->own, OURS, PAGE);
	EXPECT_OUT_OF_REACH(splice_get, NULL, EIO);

	/* Nor by a private copy, nor is it zeroed with a part of it. */
	copy = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	ASSERT_NE(MAP_FAILED, copy);
	EXPECT_EQ(0, poke(copy + OWN * PAGE, 1));
	EXPECT_TRUE(is_all(copy + OWN * PAGE + 8, OURS, PAGE - 8));
	EXPECT_EQ(SIGBUS, poke(copy + AWAY * PAGE, 1));
	EXPECT_EQ(0, ftruncate(file, AWAY * PAGE + 100));
}

TEST_HARNESS_MAIN
