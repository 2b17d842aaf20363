// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: decoding of the calls about VMs and vCPUs. Lock: takes nie_lock, but not to run a vCPU.
 */
#include <arch/el2.h>
#include <arch/lock.h>
#include "../el2/s2.h"
#include "../el2/vcpu.h"
#include "../el2/vm.h"
#include "hostcalls.h"

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0 .. 3];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(\old(arg[0]) <= NIE_VM_PROTECTED &&
  @   NIE_IPA_BITS_MIN <= \old(arg[1]) <= NIE_IPA_BITS_MAX &&
  @   \old(arg[2]) + nr_roots(\old(arg[1])) <= NIE_NR_PAGES &&
  @   \old(arg[2]) % nr_roots(\old(arg[1])) == 0);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -EPERM ||
  @   \result == -ENOMEM;
  @*/
int hc_vm_create(const u64 *arg, u64 *out)
{
	u64 nr;
	int ret;

	if (arg[0] > NIE_VM_PROTECTED || arg[1] < NIE_IPA_BITS_MIN || arg[1] > NIE_IPA_BITS_MAX)
		return -EINVAL;
	nr = nie_vm_nr_roots(arg[1]);
	if (!range_ok(arg[2], nr, NIE_NR_PAGES) || arg[2] % nr)
		return -EINVAL;
	nie_lock();
	ret = nie_vm_create((u8)arg[0], (u8)arg[1], (u32)arg[2], &out[0]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(1 <= \old(arg[2]) <= NIE_MAX_RANGE &&
  @   \old(arg[1]) < NIE_NR_PAGES && \old(arg[1]) + \old(arg[2]) <= NIE_NR_PAGES);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT ||
  @   \result == -EPERM || \result == -ENOMEM;
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @*/
int hc_vm_topup(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[2], NIE_NR_PAGES))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT : nie_vm_topup(v, (u32)arg[1], (u32)arg[2]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures errno: \result == 0 || \result == -ENOENT || \result == -EPERM || \result == -EBUSY;
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @*/
int hc_vm_teardown(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT : nie_vm_teardown(v);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0 .. 3];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(1 <= \old(arg[2]) <= NIE_MAX_RANGE &&
  @   \old(arg[1]) < NIE_NR_PAGES && \old(arg[1]) + \old(arg[2]) <= NIE_NR_PAGES);
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT ||
  @   \result == -EPERM;
  @*/
int hc_vm_reclaim(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[2], NIE_NR_PAGES))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_vm_reclaim(v, (u32)arg[1], (u32)arg[2], &out[0]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures errno: \result == 0 || \result == -ENOENT || \result == -EPERM || \result == -EBUSY;
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @*/
int hc_vm_destroy(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT : nie_vm_destroy(v);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0 .. 3];
  @ ensures unlocked: nie_locked == 0;
  @ ensures result: \result == 0 || \result == -ENOENT;
  @ ensures nothing: \result != 0 ==> \forall integer i; 0 <= i < 4 ==> out[i] == \old(out[i]);
  @ ensures errno: \result == 0 || \result == -ENOENT;
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @*/
int hc_vm_info(const u64 *arg, u64 *out)
{
	u16 v;

	nie_lock();
	v = nie_vm_find(arg[0]);
	if (v != NIE_NO_VM) {
		out[0] = nie_vms.vm[v].type;
		out[1] = nie_vms.vm[v].state == NIE_VM_DYING;
		out[2] = nie_counts.vm[v];
		out[3] = nie_vms.vm[v].pool_nr;
	}
	nie_unlock();
	return v == NIE_NO_VM ? -ENOENT : 0;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures errno: \result == 0 || \result == -ENOENT;
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @*/
int hc_tlb_flush_vm(const u64 *arg, u64 *out)
{
	u16 v;

	nie_lock();
	v = nie_vm_find(arg[0]);
	if (v != NIE_NO_VM)
		nie_s2_tlb_flush(v);
	nie_unlock();
	return v == NIE_NO_VM ? -ENOENT : 0;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(\old(arg[1]) < NIE_NR_VCPUS &&
  @   \old(arg[2]) < NIE_NR_PAGES && \old(arg[3]) < NIE_NR_PAGES);
  @ ensures enoent: \result == -ENOENT ==> no_vm_has(\old(arg[0]));
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT ||
  @   \result == -EPERM || \result == -EEXIST || \result == -EBUSY;
  @*/
int hc_vcpu_create(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (arg[1] >= NIE_NR_VCPUS || !pfn_ok(arg[2]) || !pfn_ok(arg[3]))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_vcpu_create(v, (u32)arg[1], (u32)arg[2], (u32)arg[3]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> \old(arg[1]) >= NIE_NR_VCPUS;
  @ ensures mine: \result == 0 ? \old(nie_cpus.pfn[nie_cpu]) == NIE_NO_PAGE &&
  @   nie_cpus.pfn[nie_cpu] != NIE_NO_PAGE : nie_cpus.pfn[nie_cpu] == \old(nie_cpus.pfn[nie_cpu]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT ||
  @   \result == -EPERM || \result == -EBUSY;
  @*/
int hc_vcpu_load(const u64 *arg, u64 *out)
{
	u32 cpu = arch_vcpu_is_loaded() ? NIE_NO_CPU : arch_cpu_index();
	u32 ctx_pfn = NIE_NO_PAGE;
	bool flush = false;
	int ret;
	u16 v;

	if (arg[1] >= NIE_NR_VCPUS)
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_vcpu_load(v, (u32)arg[1], cpu, &ctx_pfn, &flush);
	//@ assert vcpus: ret == 0 ? inv10_but(-1, cpu) : inv10;
	/*@ assert theirs: \forall integer i; 0 <= i < NIE_NR_CPUS && (ret != 0 || i != cpu) &&
	      nie_cpus.pfn[i] != NIE_NO_PAGE ==> is_ctx(nie_cpus.pfn[i]) &&
	      nie_vcpus.c[nie_cpus.pfn[i]].cpu == i; */
	if (!ret)
		nie_vcpu_loaded(ctx_pfn, flush);
	//@ assert slots: inv10_slots(-1);
	/*@ assert mine: ret == 0 ==> cpu == nie_cpu && nie_cpus.pfn[cpu] == ctx_pfn &&
	      is_ctx(ctx_pfn) && nie_vcpus.c[ctx_pfn].cpu == cpu; */
	/*@ assert held: \forall integer p; is_ctx(p) && nie_vcpus.c[p].cpu != NIE_NO_CPU ==>
	      nie_vcpus.c[p].cpu < NIE_NR_CPUS && nie_cpus.pfn[nie_vcpus.c[p].cpu] == p; */
	/*@ assert loads: \forall integer i; 0 <= i < NIE_NR_CPUS &&
	      nie_cpus.pfn[i] != NIE_NO_PAGE ==> is_ctx(nie_cpus.pfn[i]) &&
	      nie_vcpus.c[nie_cpus.pfn[i]].cpu == i; */
	//@ assert cpus: inv10_cpus(-1, -1);
	//@ assert loaded: inv10;
	//@ assert rest: inv_host && inv3 && inv4 && inv8 && inv9 && inv11 && inv12;
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures result: \result == (\old(nie_cpus.pfn[nie_cpu]) == NIE_NO_PAGE ? -EPERM : 0);
  @ ensures mine: nie_cpus.pfn[nie_cpu] == NIE_NO_PAGE;
  @ ensures errno: \result == 0 || \result == -EPERM;
  @*/
int hc_vcpu_put(const u64 *arg, u64 *out)
{
	if (!arch_vcpu_is_loaded())
		return -EPERM;
	nie_lock();
	nie_vcpu_put(arch_vcpu_loaded_pfn());
	//@ assert vcpus: inv10_but(-1, nie_cpu);
	//@ assert none: \forall integer p; is_ctx(p) ==> nie_vcpus.c[p].cpu != nie_cpu;
	nie_vcpu_unload();
	//@ assert cpus: inv10_cpus(-1, -1);
	//@ assert unloaded: inv10;
	//@ assert rest: inv_host && inv3 && inv4 && inv8 && inv9 && inv11 && inv12;
	nie_unlock();
	return 0;
}

/*@ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns out[0 .. 3];
  @ ensures result: \result == (nie_cpus.pfn[nie_cpu] == NIE_NO_PAGE ? -EPERM : 0);
  @ ensures errno: \result == 0 || \result == -EPERM;
  @*/
int hc_vcpu_run(const u64 *arg, u64 *out)
{
	return nie_vcpu_run(&out[0]);
}
