/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU data of EL2: one page a CPU, found through TPIDR_EL2. Used by its own CPU only, without
 * a lock; but others read @running, and what others write (psci_*) is handed over by PSCI CPU_ON
 * itself. The offsets at the top are known to entry.S and to the compiler's stack protector.
 */
#ifndef NIE_EL2_ARCH_CPU_H
#define NIE_EL2_ARCH_CPU_H

#define NIE_CPU_CANARY		0	/* -mstack-protector-guard-offset */
#define NIE_CPU_PANIC_SP	8
#define NIE_CPU_X_TMP		16	/* two registers, for the panic vectors */
#define NIE_CPU_BOOT		32

#ifndef __ASSEMBLY__
#include <nie/run.h>
#include "../protected.h"
#include "../types.h"
#include "boot.h"

struct nie_cpu {
	u64 canary;
	u64 panic_sp;
	u64 x_tmp[2];
	u64 boot_pa;			/* physical address of the boot page */
	u64 index;
	u64 entered;			/* this CPU runs NIE */
	u64 stage2;			/* ... and its host is under stage-2 */
	/* The hyp-stub's, for NIE_HC_LEAVE. */
	u64 stub_vbar, stub_sctlr, stub_hcr, stub_cptr, stub_mdcr, stub_cnthctl;
	/* PSCI: where the host wants this CPU to come up. */
	u64 psci_entry, psci_context, psci_pending;
	u64 mpidr;
	/* The loaded vCPU: its context page and run page, or NULL. */
	struct nie_vcpu *vcpu;
	volatile struct nie_run *run;
	/* In the run page, or, of a protected vCPU, in the context page. */
	volatile struct nie_file *file;
	volatile struct nie_syndrome *syndrome;
	u64 vcpu_pfn;
	u64 running;			/* NIE_HC_VCPU_RUN is under way; read by nie_end() */
	u64 nr_lrs, nr_apr;
	u64 in_guest;			/* the guest's EL1 state is on the CPU */
	u64 fp_live;			/* ... and its FP registers */
	u64 host_mdcr, host_hfg[5], host_hcrx, host_sp_el0;
	u64 host_cntv_ctl, host_cntv_cval;
	u64 spe_pmscr, trbe_trfcr;
	u64 host_sr[NIE_NR_SYSREGS];
	struct nie_fpsimd host_fp __attribute__((aligned(16)));
};

_Static_assert(sizeof(struct nie_cpu) <= 4096, "one page");

static inline struct nie_cpu *nie_this_cpu(void)
{
	struct nie_cpu *c;

	asm("mrs %0, tpidr_el2" : "=r"(c));
	return c;
}

#endif /* __ASSEMBLY__ */
#endif /* NIE_EL2_ARCH_CPU_H */
