/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for nie/el2/arch/el2.h under Frama-C: what nie/hostcalls sees of it. */
#ifndef NIE_WP_ARCH_EL2_H
#define NIE_WP_ARCH_EL2_H

#include "../../../nie/el2/types.h"
#include "../../../nie/el2/invariants.h"
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
/*
 * A vCPU that is loaded is run without the lock: it touches its run page and this CPU's registers,
 * none of which is state of the core.
 */
/*@ requires \valid(exit_code);
  @ assigns *exit_code;
  @ ensures \result == (nie_cpus.pfn[nie_cpu] == NIE_NO_PAGE ? -EPERM : 0);
  @*/
int nie_vcpu_run(u64 *exit_code);

/* This CPU and what it has loaded: struct nie_cpu, which only this CPU writes. */
/*@ requires is_ctx(ctx_pfn) && nie_cpus.pfn[nie_cpu] == NIE_NO_PAGE;
  @ requires run_page: nie_window.p[nie_vcpus.c[ctx_pfn].run_pfn] != 0;
  @ assigns nie_cpus;
  @ ensures mine: nie_cpus.pfn[nie_cpu] == ctx_pfn;
  @ ensures others: \forall integer i; 0 <= i < NIE_NR_CPUS && i != nie_cpu ==>
  @   nie_cpus.pfn[i] == \old(nie_cpus.pfn[i]);
  @*/
void nie_vcpu_loaded(u32 ctx_pfn, bool flush);

/*@ requires nie_cpus.pfn[nie_cpu] != NIE_NO_PAGE;
  @ requires run_page: nie_window.p[nie_vcpus.c[nie_cpus.pfn[nie_cpu]].run_pfn] != 0;
  @ assigns nie_cpus;
  @ ensures mine: nie_cpus.pfn[nie_cpu] == NIE_NO_PAGE;
  @ ensures others: \forall integer i; 0 <= i < NIE_NR_CPUS && i != nie_cpu ==>
  @   nie_cpus.pfn[i] == \old(nie_cpus.pfn[i]);
  @*/
void nie_vcpu_unload(void);
void arch_fault(void);

/*@ assigns \nothing;
  @ ensures \result == nie_cpu;
  @*/
u32 arch_cpu_index(void);

/*@ assigns \nothing;
  @ ensures \result == 1 <==> nie_cpus.pfn[nie_cpu] != NIE_NO_PAGE;
  @ ensures \result == 0 || \result == 1;
  @*/
bool arch_vcpu_is_loaded(void);

/*@ assigns \nothing;
  @ ensures \result == nie_cpus.pfn[nie_cpu];
  @*/
u32 arch_vcpu_loaded_pfn(void);
void nie_hostcall(u32 nr, struct nie_host_regs *r);

#endif /* NIE_WP_ARCH_EL2_H */
