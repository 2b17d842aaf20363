/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs: creation, and the claim of a physical CPU on one (load, put). Running is arch/switch.c.
 *
 * A vCPU's context page is a NIE page; index i of VM v is nie_vms.vm[v].vcpu[i]. Lock: nie_lock
 * for all fields, but a vCPU that is loaded belongs to the CPU that loaded it, which runs it
 * without a lock. Invariants: INV-10 a vCPU is loaded on one CPU at most, and nie_vms.vm[v].loaded
 * counts them; INV-11 a run page serves one vCPU, and is HOST_SHARED_NIE with base 1 as long as it
 * does.
 */
#ifndef NIE_EL2_VCPU_H
#define NIE_EL2_VCPU_H

#include "invariants.h"

/**
 * nie_vcpu_create() - Host: HOST => NIE_CTX for the context page
 * @v: slot
 * @index: below NIE_NR_VCPUS
 * @ctx_pfn: context page
 * @run_pfn: run page
 * Context: nie_lock held.
 * Return: 0, -EPERM (VM dying, context page not the host's own, run page not HOST_SHARED_NIE),
 *	-EEXIST (index in use), -EBUSY (run page in use).
 */
int nie_vcpu_create(u16 v, u32 index, u32 ctx_pfn, u32 run_pfn);

/* A context page is about to go back to the host: no vCPU, a free run page. nie_lock held. */
void nie_vcpu_release(u32 ctx_pfn);

/**
 * nie_vcpu_load() - claim a vCPU for a CPU
 * @v: slot
 * @index: below NIE_NR_VCPUS
 * @cpu: this CPU, NIE_NO_CPU if it has a vCPU loaded already
 * @ctx_pfn: set to the context page
 * @flush: set if another vCPU of the VM ran here last, so that this CPU's TLB must go
 * Context: nie_lock held.
 * Return: 0, -ENOENT (no such vCPU), -EPERM (VM dying, or protected: those cannot
 *	run yet), -EBUSY (loaded already, or this CPU has another).
 */
int nie_vcpu_load(u16 v, u32 index, u32 cpu, u32 *ctx_pfn, bool *flush);

/* Release a vCPU that this CPU has loaded. nie_lock held. */
void nie_vcpu_put(u32 ctx_pfn);

#endif /* NIE_EL2_VCPU_H */
