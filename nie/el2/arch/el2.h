/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of arch/ and the outermost layer (hostcalls/, trap.c) share.
 */
#ifndef NIE_EL2_ARCH_EL2_H
#define NIE_EL2_ARCH_EL2_H

#include "../types.h"
#include "boot.h"
#include "cpu.h"
#include "layout.h"

/**
 * struct nie_config - what stays known of the boot page after the early phase
 * Written during the early phase by the CPU that calls init_mem, read-only after.
 */
struct nie_config {
	u64 flags;
	u64 host_vttbr, host_vtcr, guest_vtcr;
	u64 panic_pfn, panic_entry;
	u64 nr_cpus;
	u64 host_hcr, host_cptr, host_mdcr, host_cnthctl;
	u64 host_hfg[5], host_hcrx, host_zcr, host_smcr;
	u64 mem_ready;
	u64 mpidr[NIE_NR_CPUS];
};

extern struct nie_config nie_config;
extern u32 nie_phase;			/* NIE_PHASE_EARLY, _SEALED, _ENDING, _DEAD; nie_lock */

/* The host's registers as entry.S saves them: x19..x29 at data aborts only, AAPCS64 keeps them. */
struct nie_host_regs {
	u64 x[19];
	u64 lr;
	u64 callee[11];
	u64 reserved;
};

/* By the CPU's number; its own is nie_this_cpu(). */
static inline struct nie_cpu *nie_cpu_data(u64 index)
{
	return (struct nie_cpu *)(NIE_VA_CPU + index * NIE_CPU_STRIDE + NIE_CPU_DATA);
}

/* entry.S: where the boot page is, and where it is mapped. */
extern u64 nie_boot_pa;

static inline const struct nie_boot *nie_boot_page(void)
{
	return (const struct nie_boot *)nie_boot_pa;
}

/* entry.S, switch.S, fpsimd.S */
extern char nie_host_vectors[], nie_guest_vectors[], nie_cpu_on_entry[];
u64 nie_guest_enter(volatile struct nie_regs *regs);
void nie_fpsimd_save(volatile struct nie_fpsimd *fp);
void nie_fpsimd_restore(const volatile struct nie_fpsimd *fp);
void __attribute__((noreturn)) nie_leave_el2(u64 vbar, u64 sctlr);

/* init.c */
int nie_init_mem(void);
int nie_init_cpu(void);
int nie_seal(void);
int nie_unseal(void);
void nie_leave(void);

/* mm.c: this CPU's TLB forgets the VM; no stage-1 walks while VTTBR_EL2 changes, then as before. */
void nie_tlb_flush_local(u64 vttbr);
void nie_hold_walks(void);
void nie_resume_walks(u64 sctlr, u64 tcr);

/* switch.c: fine-grained traps and HCRX_EL2 of the guest or the host, where there are any. */
void nie_set_fine_traps(const u64 *hfg, u64 hcrx);
int nie_vcpu_run(u64 *exit_code);
/* EL2 has failed: put the host's state back if a guest's is on the CPU. */
void nie_vcpu_abandon(void);
void nie_vcpu_loaded(u32 ctx_pfn, bool flush);
void nie_vcpu_unload(void);

/* Tests only: touch the guard page below the first stack, which is never mapped. */
static inline void arch_fault(void)
{
	asm volatile("str xzr, [%0]" : : "r"(NIE_VA_CPU) : "memory");
}

/* This CPU, and the vCPU that it has loaded. */
static inline u32 arch_cpu_index(void)
{
	return (u32)nie_this_cpu()->index;
}

static inline bool arch_vcpu_is_loaded(void)
{
	return nie_this_cpu()->vcpu;
}

static inline u32 arch_vcpu_loaded_pfn(void)
{
	return (u32)nie_this_cpu()->vcpu_pfn;
}

/* gic.c: the host's access to a register of a GIC, carried out for it; false if it is none. */
bool nie_gic_access(struct nie_host_regs *r, u64 esr, u64 ipa);

/* trap.c, psci.c */
void nie_host_trap(struct nie_host_regs *r);
void nie_host_smc(struct nie_host_regs *r);
void nie_host_inject(u64 esr, u64 far);
u64 nie_psci_cpu_on_context(void);
/* No VM runs any more; true once nothing of theirs is left in memory. To be called until it is. */
bool nie_end(void);

/* hostcalls/dispatch.c */
void nie_hostcall(u32 nr, struct nie_host_regs *r);

/* panic.c */
void __attribute__((noreturn)) nie_panic(u64 reason);

#endif /* NIE_EL2_ARCH_EL2_H */
