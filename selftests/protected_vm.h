/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine of kvm_machine.h as a protected VM, and what an access of its VMM ends with.
 */
#ifndef SELFTESTS_PROTECTED_VM_H
#define SELFTESTS_PROTECTED_VM_H

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <nie/guestcalls.h>
#include "kvm_machine.h"

#define HUGE		0x200000ul
#define NR_HUGE		"/proc/sys/vm/nr_hugepages"

#ifndef KVM_VM_TYPE_ARM_PROTECTED
#define KVM_VM_TYPE_ARM_PROTECTED	0x80000000ul
#endif

static sigjmp_buf back;
static void *volatile fault_address;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(back, sig);
}

/* The signal that a read ends with, 0 if it goes through and *value has what it found. */
static inline int peek(const char *p, unsigned long *value)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		*value = *(const volatile unsigned long *)p;
	return sig;
}

static inline int poke(char *p, unsigned long value)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		*(volatile unsigned long *)p = value;
	return sig;
}

/* The number that a file has, -1 if none. */
static inline long number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (f) {
		if (fscanf(f, "%ld", &n) != 1)
			n = -1;
		fclose(f);
	}
	return n;
}

static inline int put(const char *path, const char *value)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return -1;
	fputs(value, f);
	return fclose(f);
}

enum backing { SHARED, PRIVATE, THP, SHARED_THP, HUGETLB };

/* So many bytes, aligned to 2 MiB; *file has them, and 2 MiB more, if they are shared. */
static inline char *memory(enum backing kind, unsigned long size, int *file)
{
	char *p = mmap(NULL, size + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;

	p = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	*file = -1;
	if (kind != PRIVATE && kind != THP) {
		*file = memfd_create("ram", kind == HUGETLB ? MFD_HUGETLB : 0);
		if (*file < 0 || ftruncate(*file, (off_t)(size + HUGE)))
			return MAP_FAILED;
		flags = MAP_FIXED | MAP_SHARED;
	}
	p = mmap(p, size, PROT_READ | PROT_WRITE, flags, *file, 0);
	if (p != MAP_FAILED && kind != HUGETLB)
		madvise(p, size, kind == PRIVATE || kind == SHARED ? MADV_NOHUGEPAGE :
								     MADV_HUGEPAGE);
	return p;
}

/* How much of this process's memory is in huge pages, but for those of hugetlbfs. */
static inline unsigned long in_huge_pages(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	unsigned long kib, sum = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "AnonHugePages: %lu", &kib) == 1 ||
		    sscanf(line, "ShmemPmdMapped: %lu", &kib) == 1)
			sum += kib * 1024;
	if (f)
		fclose(f);
	return sum;
}

/* Four pages of hugetlbfs. */
static inline int want_huge_pages(void)
{
	return number(NR_HUGE) < 4 && (put(NR_HUGE, "4") || number(NR_HUGE) < 4);
}

/* A guest call with one argument, a page's address. */
static inline unsigned long guest_call(struct machine *m, unsigned long fn, unsigned long gpa)
{
	return tell(m, gpa | CALL, &fn) == DONE ? fn : 0xbad;
}

/* Is every VM protected, whatever its type? */
static bool always(void)
{
	FILE *f = fopen("/sys/module/nie/parameters/protect", "r");
	int c = f ? fgetc(f) : 't';

	if (f)
		fclose(f);
	return c == 'a';
}

static int make_protected(struct machine *m)
{
	struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	__u64 doorbell = DOORBELL;

	if (sigaction(SIGBUS, &action, NULL) || make(m, always() ? 0 : KVM_VM_TYPE_ARM_PROTECTED))
		return -1;
	return set_reg(m, CORE(U64, regs.regs[0]), &doorbell);
}

#endif /* SELFTESTS_PROTECTED_VM_H */
