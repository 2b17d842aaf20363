/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine of kvm_machine.h as a protected VM, and what an access of its VMM ends with.
 */
#ifndef SELFTESTS_PROTECTED_VM_H
#define SELFTESTS_PROTECTED_VM_H

#include <setjmp.h>
#include <signal.h>
#include <nie/guestcalls.h>
#include "kvm_machine.h"

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
