// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: VM slots, handles, pools; the VM life cycle. Lock: nie_lock.
 * Never: walks a guest table. Upholds INV-3, INV-4, INV-5.
 */
#include "vm.h"
#include "host.h"
#include "page.h"
#include "s2.h"
#include "vcpu.h"
#include <arch/mem.h>

struct nie_vms nie_vms;

u16 nie_vm_find(u64 handle)
{
	u64 slot = handle % 256;

	if (slot >= NIE_NR_VMS || nie_vms.vm[slot].state == NIE_VM_NONE)
		return NIE_NO_VM;
	if (nie_vms.vm[slot].generation != handle / 256)
		return NIE_NO_VM;
	return (u16)slot;
}

u32 nie_vm_nr_roots(u64 ipa_bits)
{
	return ipa_bits > 39 ? 1u << (ipa_bits - 39) : 1;
}

static u16 free_slot(void)
{
	for (u16 v = 0; v < NIE_NR_VMS; v++)
		if (nie_vms.vm[v].state == NIE_VM_NONE && nie_vms.vm[v].generation < NIE_GEN_MAX)
			return v;
	return NIE_NO_VM;
}

static void clear_slot(struct nie_vm *vm)
{
	vm->pool_nr = 0;
	vm->loaded = 0;
	for (u32 i = 0; i < NIE_NR_VCPUS; i++)
		vm->vcpu[i] = NIE_NO_PAGE;
	for (u32 i = 0; i < NIE_NR_CPUS; i++)
		vm->last_vcpu[i] = 0;
}

int nie_vm_create(u8 type, u8 ipa_bits, u32 root_pfn, u64 *handle)
{
	u32 nr = nie_vm_nr_roots(ipa_bits);
	struct nie_vm *vm;
	u16 v;

	if (!nie_pages_are(root_pfn, nr, NIE_K_HOST))
		return -EPERM;
	v = free_slot();
	if (v == NIE_NO_VM)
		return -ENOMEM;

	vm = &nie_vms.vm[v];
	clear_slot(vm);
	vm->generation++;
	vm->type = type;
	vm->ipa_bits = ipa_bits;
	vm->root_pfn = root_pfn;
	vm->nr_roots = (u8)nr;
	vm->state = NIE_VM_LIVE;
	for (u32 i = 0; i < nr; i++)
		nie_page_set(root_pfn + i, NIE_K_NIE_TABLE, 1, v, i);
	nie_host_sync(root_pfn, nr);
	for (u32 i = 0; i < nr; i++) {
		arch_window_map(root_pfn + i);
		arch_table_clear(root_pfn + i);
	}
	*handle = (u64)vm->generation * 256 + v;
	return 0;
}

/* Host: HOST => NIE_FREE */
int nie_vm_topup(u16 v, u32 pfn, u32 nr)
{
	struct nie_vm *vm = &nie_vms.vm[v];

	if (vm->state != NIE_VM_LIVE || !nie_pages_are(pfn, nr, NIE_K_HOST))
		return -EPERM;
	if (nr > NIE_NR_POOL - vm->pool_nr)
		return -ENOMEM;

	for (u32 i = 0; i < nr; i++) {
		nie_page_set(pfn + i, NIE_K_NIE_FREE, 0, v, vm->pool_nr);
		vm->pool[vm->pool_nr] = pfn + i;
		vm->pool_nr++;
	}
	nie_host_sync(pfn, nr);
	for (u32 i = 0; i < nr; i++)
		arch_window_map(pfn + i);
	return 0;
}

u32 nie_vm_take_page(u16 v)
{
	struct nie_vm *vm = &nie_vms.vm[v];

	vm->pool_nr--;
	return vm->pool[vm->pool_nr];
}

int nie_vm_teardown(u16 v)
{
	struct nie_vm *vm = &nie_vms.vm[v];

	if (vm->state != NIE_VM_LIVE)
		return -EPERM;
	if (vm->loaded)
		return -EBUSY;
	vm->state = NIE_VM_DYING;
	vm->pool_nr = 0;		/* its NIE_FREE pages are reclaimed like all others */
	nie_s2_tlb_flush(v);
	return 0;
}

/* Back to the host, whatever it was. */
static void release(u32 pfn)
{
	u8 kind = nie_pages.p[pfn].kind;

	if (kind == NIE_K_NIE_CTX)
		nie_vcpu_release(pfn);
	if (kind == NIE_K_GUEST_SHARED_HOST) {
		/* Nobody may reach a page that is scrubbed. */
		nie_page_set(pfn, NIE_K_GUEST, 0, nie_pages.p[pfn].vm, nie_pages.p[pfn].base);
		nie_host_sync(pfn, 1);
	}
	if (kind != NIE_K_HOST_SHARED_GUEST)
		arch_scrub(pfn);
	nie_page_set(pfn, NIE_K_HOST, 0, 0, 0);
}

int nie_vm_reclaim(u16 v, u32 pfn, u32 nr, u64 *released)
{
	u64 n = 0;

	if (nie_vms.vm[v].state != NIE_VM_DYING)
		return -EPERM;

	for (u32 i = 0; i < nr; i++) {
		if (!nie_page_names_vm(nie_page_kind((u64)pfn + i)) || nie_pages.p[pfn + i].vm != v)
			continue;
		release(pfn + i);
		nie_host_sync(pfn + i, 1);
		n++;
	}
	*released = n;
	return 0;
}

int nie_vm_destroy(u16 v)
{
	struct nie_vm *vm = &nie_vms.vm[v];

	if (vm->state != NIE_VM_DYING)
		return -EPERM;
	if (nie_counts.vm[v])
		return -EBUSY;
	vm->state = NIE_VM_NONE;
	return 0;
}
