// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: vCPU creation and claims. Lock: nie_lock.
 * Never: reads the run page. Upholds INV-10, INV-11.
 */
#include "vcpu.h"
#include "host.h"
#include "page.h"
#include "s2.h"
#include "vm.h"
#include <arch/mem.h>

int nie_vcpu_create(u16 v, u32 index, u32 ctx_pfn, u32 run_pfn)
{
	struct nie_vm *vm = &nie_vms.vm[v];
	struct nie_vcpu *vcpu;

	if (vm->state != NIE_VM_LIVE || nie_page_kind(ctx_pfn) != NIE_K_HOST ||
	    nie_page_kind(run_pfn) != NIE_K_HOST_SHARED_NIE)
		return -EPERM;
	if (vm->vcpu[index] != NIE_NO_PAGE)
		return -EEXIST;
	if (nie_pages.p[run_pfn].base)
		return -EBUSY;

	nie_page_set(ctx_pfn, NIE_K_NIE_CTX, 0, v, index);
	nie_page_set(run_pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 1);
	nie_host_sync(ctx_pfn, 1);
	arch_window_map(ctx_pfn);
	arch_table_clear(ctx_pfn);
	vcpu = arch_vcpu(ctx_pfn);
	vcpu->vm = v;
	vcpu->index = (u16)index;
	vcpu->run_pfn = run_pfn;
	vcpu->cpu = NIE_NO_CPU;
	vcpu->ipa_bits = vm->ipa_bits;
	vcpu->is_protected = vm->type == NIE_VM_PROTECTED;
	vcpu->vttbr = nie_s2_vttbr(v);
	vm->vcpu[index] = ctx_pfn;
	return 0;
}

void nie_vcpu_release(u32 ctx_pfn)
{
	const struct nie_vcpu *vcpu = arch_vcpu(ctx_pfn);

	nie_vms.vm[vcpu->vm].vcpu[vcpu->index] = NIE_NO_PAGE;
	nie_page_set(vcpu->run_pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 0);
}

int nie_vcpu_load(u16 v, u32 index, u32 cpu, u32 *ctx_pfn, bool *flush)
{
	struct nie_vm *vm = &nie_vms.vm[v];
	struct nie_vcpu *vcpu;

	if (vm->vcpu[index] == NIE_NO_PAGE)
		return -ENOENT;
	if (vm->state != NIE_VM_LIVE)
		return -EPERM;
	vcpu = arch_vcpu(vm->vcpu[index]);
	if (vcpu->is_protected)
		return -EPERM;
	if (vcpu->cpu != NIE_NO_CPU || cpu == NIE_NO_CPU)
		return -EBUSY;

	vcpu->cpu = cpu;
	vm->loaded++;
	*ctx_pfn = vm->vcpu[index];
	*flush = vm->last_vcpu[cpu] != 0 && vm->last_vcpu[cpu] != index + 1;
	vm->last_vcpu[cpu] = (u16)(index + 1);
	return 0;
}

void nie_vcpu_put(u32 ctx_pfn)
{
	struct nie_vcpu *vcpu = arch_vcpu(ctx_pfn);

	vcpu->cpu = NIE_NO_CPU;
	nie_vms.vm[vcpu->vm].loaded--;
}
