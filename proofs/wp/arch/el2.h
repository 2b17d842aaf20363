/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for nie/el2/arch/el2.h under Frama-C: what nie/hostcalls sees of it. */
#ifndef NIE_WP_ARCH_EL2_H
#define NIE_WP_ARCH_EL2_H

#include "../../../nie/el2/types.h"
#include "../../../nie/el2/arch/boot.h"

struct nie_config {
	u64 flags;
};

extern struct nie_config nie_config;
extern u32 nie_phase;

struct nie_host_regs {
	u64 x[19];
	u64 lr;
	u64 reserved[12];
};

int nie_init_mem(void);
int nie_init_cpu(void);
int nie_seal(void);
int nie_unseal(void);
void nie_leave(void);
int nie_vcpu_run(u64 *exit_code);
void nie_vcpu_loaded(u32 ctx_pfn, bool flush);
void nie_vcpu_unload(void);
void arch_fault(void);
u32 arch_cpu_index(void);
bool arch_vcpu_is_loaded(void);
u32 arch_vcpu_loaded_pfn(void);
void nie_hostcall(u32 nr, struct nie_host_regs *r);

#endif /* NIE_WP_ARCH_EL2_H */
