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
/*@ requires inv_vms && v < NIE_NR_VMS && index < NIE_NR_VCPUS;
  @ requires ctx_pfn < NIE_NR_PAGES && run_pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_tables, nie_vcpus, nie_users;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(nie_vms.vm[v].state) != NIE_VM_LIVE ||
  @   \old(kind_of(ctx_pfn)) != NIE_K_HOST || \old(kind_of(run_pfn)) != NIE_K_HOST_SHARED_NIE ?
  @   -EPERM : \old(nie_vms.vm[v].vcpu[index]) != NIE_NO_PAGE ? -EEXIST :
  @   \old(nie_pages.p[run_pfn].base) != 0 ? -EBUSY : 0);
  @ ensures effect: \result == 0 ==> is_ctx_of(ctx_pfn, v, index) && host_entry(ctx_pfn) == 0 &&
  @   nie_vms.vm[v].vcpu[index] == ctx_pfn && is_run_page(run_pfn) &&
  @   nie_vcpus.c[ctx_pfn].run_pfn == run_pfn && nie_vcpus.c[ctx_pfn].cpu == NIE_NO_CPU;
  @ ensures records: \forall integer p; 0 <= p < NIE_NR_PAGES && p != ctx_pfn && p != run_pfn ==>
  @   nie_pages.p[p] == \old(nie_pages.p[p]);
  @ ensures frame: host_same_but{Pre,Post}(ctx_pfn, ctx_pfn + 1);
  @ ensures vms: vms_same_but{Pre,Post}(v) && vm_same_but_vcpu{Pre,Post}(v, index);
  @ ensures vcpus: \forall integer p; 0 <= p < NIE_NR_PAGES && p != ctx_pfn ==>
  @   nie_vcpus.c[p] == \old(nie_vcpus.c[p]);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} && nie_vms == \old(nie_vms) &&
  @   nie_vcpus == \old(nie_vcpus) && nie_tables == \old(nie_tables);
  @*/
int nie_vcpu_create(u16 v, u32 index, u32 ctx_pfn, u32 run_pfn);

/* A context page is about to go back to the host: no vCPU, a free run page. nie_lock held. */
/*@ requires inv_vms && is_ctx(ctx_pfn) && nie_vcpus.c[ctx_pfn].cpu == NIE_NO_CPU;
  @ assigns nie_pages, nie_counts, nie_vms;
  @ ensures ram: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_6: inv6;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10_but(ctx_pfn, -1);
  @ ensures INV_11: inv11_but(ctx_pfn);
  @ ensures INV_12: inv12;
  @ ensures effect: \let run = nie_vcpus.c[ctx_pfn].run_pfn;
  @   nie_vms.vm[nie_pages.p[ctx_pfn].vm].vcpu[nie_pages.p[ctx_pfn].base] == NIE_NO_PAGE &&
  @   run != ctx_pfn && kind_of(run) == NIE_K_HOST_SHARED_NIE && nie_pages.p[run].base == 0;
  @ ensures records: \let run = nie_vcpus.c[ctx_pfn].run_pfn;
  @   \forall integer p; 0 <= p < NIE_NR_PAGES && p != run ==>
  @     nie_pages.p[p] == \old(nie_pages.p[p]);
  @ ensures run: \let run = nie_vcpus.c[ctx_pfn].run_pfn;
  @   \old(nie_pages.p)[run].kind == NIE_K_HOST_SHARED_NIE;
  @ ensures vms: vms_same_but{Pre,Post}(nie_pages.p[ctx_pfn].vm) &&
  @   vm_same_but_vcpu{Pre,Post}(nie_pages.p[ctx_pfn].vm, nie_pages.p[ctx_pfn].base);
  @*/
void nie_vcpu_release(u32 ctx_pfn);

/**
 * nie_vcpu_load() - claim a vCPU for a CPU
 * @v: slot
 * @index: below NIE_NR_VCPUS
 * @cpu: this CPU, NIE_NO_CPU if it has a vCPU loaded already
 * @ctx_pfn: set to the context page
 * @flush: set if another vCPU of the VM ran here last, so that this CPU's TLB must go
 * Context: nie_lock held.
 * Return: 0, -ENOENT (no such vCPU), -EPERM (VM dying), -EBUSY (loaded already, or this CPU has
 *	another).
 */
/*@ requires inv_vms && v < NIE_NR_VMS && index < NIE_NR_VCPUS;
  @ requires nie_vms.vm[v].state != NIE_VM_NONE;
  @ requires cpu: cpu != NIE_NO_CPU ==> cpu < NIE_NR_CPUS && nie_cpus.pfn[cpu] == NIE_NO_PAGE;
  @ requires \valid(ctx_pfn) && \valid(flush) && \separated(ctx_pfn, flush);
  @ assigns nie_vms, nie_vcpus, nie_claims, *ctx_pfn, *flush;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10_but(-1, \result == 0 ? cpu : -1);
  @ ensures INV_11: inv11;
  @ ensures result: \let p = \old(nie_vms.vm[v].vcpu[index]);
  @   \result == (p == NIE_NO_PAGE ? -ENOENT :
  @     \old(nie_vms.vm[v].state) != NIE_VM_LIVE ? -EPERM :
  @     \old(nie_vcpus.c[nie_vms.vm[v].vcpu[index]].cpu) != NIE_NO_CPU || cpu == NIE_NO_CPU ?
  @     -EBUSY : 0);
  @ ensures effect: \result == 0 ==> *ctx_pfn == \old(nie_vms.vm[v].vcpu[index]) &&
  @   is_ctx_of(*ctx_pfn, v, index) && nie_vcpus.c[*ctx_pfn].cpu == cpu &&
  @   nie_vms.vm[v].loaded == \old(nie_vms.vm[v].loaded) + 1 &&
  @   nie_vms.vm[v].last_vcpu[cpu] == index + 1;
  @ ensures one: \result == 0 ==> \forall integer p; is_ctx(p) && nie_vcpus.c[p].cpu == cpu ==>
  @   p == *ctx_pfn;
  @ ensures flush: \result == 0 ==> (*flush != 0 <==>
  @   \old(nie_vms.vm[v].last_vcpu[cpu]) != 0 && \old(nie_vms.vm[v].last_vcpu[cpu]) != index + 1);
  @ ensures vms: vms_same_but{Pre,Post}(v) && vm_same_but_load{Pre,Post}(v, cpu);
  @ ensures vcpus: \forall integer p; 0 <= p < NIE_NR_PAGES &&
  @   p != \old(nie_vms.vm[v].vcpu[index]) ==> nie_vcpus.c[p] == \old(nie_vcpus.c[p]);
  @ ensures atomic: \result != 0 ==> nie_vms == \old(nie_vms) && nie_vcpus == \old(nie_vcpus) &&
  @   *ctx_pfn == \old(*ctx_pfn) && *flush == \old(*flush);
  @*/
int nie_vcpu_load(u16 v, u32 index, u32 cpu, u32 *ctx_pfn, bool *flush);

/* Release a vCPU that this CPU has loaded. nie_lock held. */
/*@ requires inv_vms && is_ctx(ctx_pfn) && nie_vcpus.c[ctx_pfn].cpu != NIE_NO_CPU;
  @ assigns nie_vms, nie_vcpus, nie_claims;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10_but(-1, \old(nie_vcpus.c[ctx_pfn].cpu));
  @ ensures INV_11: inv11;
  @ ensures effect: nie_vcpus.c[ctx_pfn].cpu == NIE_NO_CPU && \let v = nie_pages.p[ctx_pfn].vm;
  @   nie_vms.vm[v].loaded == \old(nie_vms).vm[v].loaded - 1;
  @ ensures vms: vms_same_but{Pre,Post}(nie_pages.p[ctx_pfn].vm) &&
  @   vm_same_but_load{Pre,Post}(nie_pages.p[ctx_pfn].vm, -1);
  @ ensures vcpus: \forall integer p; 0 <= p < NIE_NR_PAGES && p != ctx_pfn ==>
  @   nie_vcpus.c[p] == \old(nie_vcpus.c[p]);
  @*/
void nie_vcpu_put(u32 ctx_pfn);

#endif /* NIE_EL2_VCPU_H */
