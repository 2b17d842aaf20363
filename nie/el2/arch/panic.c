// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: EL2's own faults. The registers go to the panic page, EL2 answers no call any more, and
 * the host goes on at its panic entry, which prints them and stops all CPUs. Guests never run
 * again; what was donated stays out of reach, since the host's stage-2 stays in force. Never:
 * takes a lock.
 */
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <linux/compiler.h>
#include "el2.h"
#include "layout.h"
#include "mem.h"

static u64 panic_cpu_plus_1;

struct panic_frame {
	u64 x[31];
	u64 pad;
	u64 sp;
};

void nie_panic_fault(const struct panic_frame *f, u64 vector);

static void fill(volatile struct nie_panic *p, u64 reason, const struct panic_frame *f)
{
	p->cpu = panic_cpu_plus_1 - 1;
	p->reason = reason;
	p->esr = read_sysreg(esr_el2);
	p->far = read_sysreg(far_el2);
	p->hpfar = read_sysreg(hpfar_el2);
	p->elr = read_sysreg(elr_el2);
	p->spsr = read_sysreg(spsr_el2);
	p->sp = f ? f->sp : 0;
	for (u32 i = 0; f && i < 31; i++)
		p->x[i] = f->x[i];
	asm volatile("dsb ish" : : : "memory");
	p->magic = NIE_BOOT_MAGIC;
	asm volatile("dsb ish" : : : "memory");
}

/* This CPU's host goes on at its panic entry, EL1h, all masked, with EL2 as the host has it. */
static void __attribute__((noreturn)) to_host(void)
{
	nie_vcpu_abandon();
	write_sysreg(nie_config.panic_entry, elr_el2);
	write_sysreg(PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT, spsr_el2);
	asm volatile("isb\n	mov x0, xzr\n	eret" : : : "memory");
	__builtin_unreachable();
}

static void __attribute__((noreturn)) stop(u64 reason, const struct panic_frame *f)
{
	if (!panic_cpu_plus_1 && nie_config.mem_ready) {
		nie_phase = NIE_PHASE_DEAD;
		panic_cpu_plus_1 = ((u64)nie_this_cpu() - NIE_VA_CPU) / NIE_CPU_STRIDE + 1;
		fill((volatile struct nie_panic *)&nie_tables.t[nie_config.panic_pfn], reason, f);
		to_host();
	}
	/* A second fault, or one before there is a panic page. nie_end() need not wait for it. */
	if (nie_config.mem_ready)
		WRITE_ONCE(nie_this_cpu()->running, 0);
	for (;;)
		asm volatile("wfe");
}

void nie_panic_fault(const struct panic_frame *f, u64 vector)
{
	stop(vector, f);
}

void nie_panic(u64 reason)
{
	stop(reason, NULL);
}

/* The compiler's stack protector found its canary changed. */
void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	nie_panic(NIE_PANIC_STACK);
}
