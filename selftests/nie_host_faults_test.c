// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of the host that reaches for NIE's memory, by /dev/mem: each access ends in SIGBUS, a
 * system call that is given such memory in -EFAULT, and the host goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include "kselftest_harness.h"

#define CHUNK	0x200000ul		/* NIE takes memory in such pieces */
#define PAGE	4096ul

static sigjmp_buf back;
static volatile uintptr_t fault_address;
static volatile int fault_code;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = (uintptr_t)info->si_addr;
	fault_code = info->si_code;
	siglongjmp(back, sig);
}

enum access { READ, WRITE, EXEC, ATOMIC };

/* The signal that an access ends with, 0 if it goes through. */
static int try(enum access how, volatile char *p)
{
	int sig = sigsetjmp(back, 1);

	if (sig)
		return sig;
	switch (how) {
	case READ:
		(void)*p;
		break;
	case WRITE:
		*p = 1;
		break;
	case EXEC:
		((void (*)(void))(uintptr_t)p)();
		break;
	case ATOMIC:
		__atomic_fetch_add((volatile int *)p, 1, __ATOMIC_SEQ_CST);
		break;
	}
	return 0;
}

static unsigned long fixed_size(void)
{
	FILE *f = fopen("/sys/kernel/nie/fixed_size", "r");
	unsigned long n = 0;

	if (f) {
		if (fscanf(f, "%lu", &n) != 1)
			n = 0;
		fclose(f);
	}
	return n;
}

/* NIE's chunks: their number, and the first one's address. */
static unsigned long find_refused(int mem, unsigned long *first)
{
	FILE *f = fopen("/proc/iomem", "r");
	unsigned long start, end, n = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx : System RAM", &start, &end) != 2 ||
		    !strstr(line, " : System RAM"))
			continue;
		for (start = (start + CHUNK - 1) & ~(CHUNK - 1); start + CHUNK - 1 <= end;
		     start += CHUNK) {
			char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, mem, (off_t)start);

			if (p == MAP_FAILED)
				continue;
			if (try(READ, p) == SIGBUS && !n++)
				*first = start;
			munmap(p, PAGE);
		}
	}
	if (f)
		fclose(f);
	return n;
}

FIXTURE(fault) {
	int mem;
	unsigned long refused, first;
	char *p;
};

FIXTURE_SETUP(fault)
{
	struct sigaction act = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

	self->mem = -1;
	self->p = MAP_FAILED;
	if (!fixed_size())
		SKIP(return, "nie.ko is not loaded");
	self->mem = open("/dev/mem", O_RDWR);	/* with O_SYNC it is not executable */
	if (self->mem < 0)
		SKIP(return, "no /dev/mem");
	ASSERT_EQ(0, sigaction(SIGBUS, &act, NULL));
	ASSERT_EQ(0, sigaction(SIGSEGV, &act, NULL));
	self->refused = find_refused(self->mem, &self->first);
	if (self->refused)
		self->p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED,
			       self->mem, (off_t)self->first);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(fault)
{
	if (self->p != MAP_FAILED)
		munmap(self->p, CHUNK);
	if (self->mem >= 0)
		close(self->mem);
}

TEST_F(fault, all_of_it_is_out_of_reach)
{
	EXPECT_EQ(fixed_size() / CHUNK, self->refused);
}

TEST_F(fault, every_page)
{
	unsigned int through = 0;

	for (unsigned long o = 0; o < CHUNK; o += PAGE)
		if (try(READ, self->p + o) != SIGBUS)
			through++;
	EXPECT_EQ(0, through);
}

TEST_F(fault, every_access)
{
	EXPECT_EQ(SIGBUS, try(READ, self->p + 9 * PAGE));
	EXPECT_EQ(SIGBUS, try(WRITE, self->p + 9 * PAGE));
	EXPECT_EQ(SIGBUS, try(ATOMIC, self->p + 9 * PAGE));
	EXPECT_EQ(SIGBUS, try(EXEC, self->p + 9 * PAGE));
}

TEST_F(fault, the_signal_says_where)
{
	ASSERT_EQ(SIGBUS, try(READ, self->p + 5 * PAGE + 64));
	EXPECT_EQ((uintptr_t)self->p + 5 * PAGE + 64, fault_address);
	EXPECT_LT(0, fault_code);
}

/* The kernel's own accesses on behalf of a process. */
TEST_F(fault, system_calls_get_efault)
{
	struct iovec local = { .iov_len = 8 }, remote = { .iov_base = self->p, .iov_len = 8 };
	int fd[2], zero = open("/dev/zero", O_RDONLY);
	char buf[8];

	ASSERT_EQ(0, pipe(fd));
	ASSERT_LE(0, zero);
	errno = 0;
	EXPECT_EQ(-1, write(fd[1], self->p, 8));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(8, write(fd[1], "12345678", 8));
	errno = 0;
	EXPECT_EQ(-1, read(fd[0], self->p, 8));
	EXPECT_EQ(EFAULT, errno);
	errno = 0;
	EXPECT_EQ(-1, read(zero, self->p, 8));
	EXPECT_EQ(EFAULT, errno);
	errno = 0;
	EXPECT_EQ(-1, open(self->p, O_RDONLY));
	EXPECT_EQ(EFAULT, errno);
	local.iov_base = buf;
	EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	close(zero);
	close(fd[0]);
	close(fd[1]);
}

/* A child dies of it, if it does not catch it; its parent does not. */
TEST_F_SIGNAL(fault, without_a_handler, SIGBUS)
{
	if (self->mem < 0)
		SKIP(raise(SIGBUS), "nothing to read");
	signal(SIGBUS, SIG_DFL);
	(void)*(volatile char *)self->p;
}

TEST_HARNESS_MAIN
