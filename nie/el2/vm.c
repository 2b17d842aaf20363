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
	switch (ipa_bits) {
	case 40:
		return 2;
	case 41:
		return 4;
	case 42:
		return 8;
	case 43:
		return 16;
	default:
		return 1;
	}
}

/*@ assigns \nothing;
  @ ensures free: \result != NIE_NO_VM ==> \result < NIE_NR_VMS &&
  @   nie_vms.vm[\result].state == NIE_VM_NONE && nie_vms.vm[\result].generation < NIE_GEN_MAX;
  @ ensures none: \result == NIE_NO_VM <==> \forall integer v; 0 <= v < NIE_NR_VMS ==>
  @   !(nie_vms.vm[v].state == NIE_VM_NONE && nie_vms.vm[v].generation < NIE_GEN_MAX);
  @*/
static u16 free_slot(void)
{
	/*@ loop invariant 0 <= v <= NIE_NR_VMS;
	  @ loop invariant \forall integer w; 0 <= w < v ==>
	  @   !(nie_vms.vm[w].state == NIE_VM_NONE && nie_vms.vm[w].generation < NIE_GEN_MAX);
	  @ loop assigns v;
	  @ loop variant NIE_NR_VMS - v;
	  @*/
	for (u16 v = 0; v < NIE_NR_VMS; v++)
		if (nie_vms.vm[v].state == NIE_VM_NONE && nie_vms.vm[v].generation < NIE_GEN_MAX)
			return v;
	return NIE_NO_VM;
}

/*@ requires v < NIE_NR_VMS;
  @ assigns nie_vms;
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures nie_vms.vm[v].pool_nr == 0 && nie_vms.vm[v].loaded == 0;
  @ ensures nie_vms.vm[v].state == \old(nie_vms.vm[v].state);
  @ ensures nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation);
  @ ensures vcpus: \forall integer i; 0 <= i < NIE_NR_VCPUS ==>
  @   nie_vms.vm[v].vcpu[i] == NIE_NO_PAGE;
  @ ensures cpus: \forall integer i; 0 <= i < NIE_NR_CPUS ==> nie_vms.vm[v].last_vcpu[i] == 0;
  @*/
static void clear_slot(u16 v)
{
	nie_vms.vm[v].pool_nr = 0;
	nie_vms.vm[v].loaded = 0;
	/*@ loop invariant 0 <= i <= NIE_NR_VCPUS;
	  @ loop invariant others: vms_same_but{Pre,Here}(\at(v, Pre));
	  @ loop invariant nie_vms.vm[v].pool_nr == 0 && nie_vms.vm[v].loaded == 0;
	  @ loop invariant nie_vms.vm[v].state == \at(nie_vms.vm[v].state, Pre);
	  @ loop invariant nie_vms.vm[v].generation == \at(nie_vms.vm[v].generation, Pre);
	  @ loop invariant \forall integer j; 0 <= j < i ==> nie_vms.vm[v].vcpu[j] == NIE_NO_PAGE;
	  @ loop assigns i, nie_vms;
	  @ loop variant NIE_NR_VCPUS - i;
	  @*/
	for (u32 i = 0; i < NIE_NR_VCPUS; i++)
		nie_vms.vm[v].vcpu[i] = NIE_NO_PAGE;
	/*@ loop invariant 0 <= i <= NIE_NR_CPUS;
	  @ loop invariant others: vms_same_but{Pre,Here}(\at(v, Pre));
	  @ loop invariant nie_vms.vm[v].pool_nr == 0 && nie_vms.vm[v].loaded == 0;
	  @ loop invariant nie_vms.vm[v].state == \at(nie_vms.vm[v].state, Pre);
	  @ loop invariant nie_vms.vm[v].generation == \at(nie_vms.vm[v].generation, Pre);
	  @ loop invariant \forall integer j; 0 <= j < NIE_NR_VCPUS ==>
	  @   nie_vms.vm[v].vcpu[j] == NIE_NO_PAGE;
	  @ loop invariant \forall integer j; 0 <= j < i ==> nie_vms.vm[v].last_vcpu[j] == 0;
	  @ loop assigns i, nie_vms;
	  @ loop variant NIE_NR_CPUS - i;
	  @*/
	for (u32 i = 0; i < NIE_NR_CPUS; i++)
		nie_vms.vm[v].last_vcpu[i] = 0;
}

/* HOST => NIE_TABLE, level 1 */
/*@ requires v < NIE_NR_VMS && nie_vms.vm[v].state == NIE_VM_LIVE;
  @ requires 1 <= nr <= 16 && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn && all_host(pfn, nr);
  @ requires inv_host && inv3 && inv4;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures effect: \forall integer p; pfn <= p < pfn + nr ==>
  @   is_root_of(p, v) && nie_pages.p[p].base == p - pfn && host_entry(p) == 0 &&
  @   nie_window.p[p] != 0 && table_is_empty(p);
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + nr);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + nr);
  @*/
static void make_roots(u16 v, u32 pfn, u32 nr)
{
	/*@ assert ram: \forall integer p; pfn <= p < pfn + nr ==>
	      kind_of(p) == NIE_K_HOST && managed(p) && nie_pages.p[p].kind == NIE_K_HOST &&
	      nie_no_ram.p[p] == 0; */
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant rest: \forall integer p; pfn + i <= p < pfn + nr ==>
	  @   nie_pages.p[p].kind == NIE_K_HOST;
	  @ loop invariant done: \forall integer p; pfn <= p < pfn + i ==>
	  @   is_root_of(p, v) && nie_pages.p[p].base == p - pfn;
	  @ loop invariant fixed: ram_fixed;
	  @ loop invariant INV_1: inv1;
	  @ loop invariant INV_2: inv2;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4_slots: inv4_slots;
	  @ loop invariant INV_4_pages: inv4_pages;
	  @ loop invariant INV_4_dead: inv4_dead;
	  @ loop invariant records: \let end = pfn + i;
	  @   records_same_but{Pre,Here}(\at(pfn, Pre), end);
	  @ loop assigns i, nie_pages, nie_counts;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
		      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn + i; */
		nie_page_set(pfn + i, NIE_K_NIE_TABLE, 1, v, i);
	}
	nie_host_sync(pfn, nr);
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant \forall integer p; pfn <= p < pfn + i ==>
	  @   nie_window.p[p] != 0 && table_is_empty(p);
	  @ loop assigns i, nie_window, nie_tables, nie_vcpus;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		arch_window_map(pfn + i);
		arch_table_clear(pfn + i);
		//@ assert here: table_is_empty(pfn + i);
		//@ assert earlier: \forall integer p; pfn <= p < pfn + i ==> table_is_empty(p);
	}
}

/*@ requires inv3 && inv4 && v < NIE_NR_VMS;
  @ requires nie_vms.vm[v].state == NIE_VM_NONE && nie_vms.vm[v].generation < NIE_GEN_MAX;
  @ requires inv1;
  @ assigns nie_vms;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures vm: nie_vms.vm[v].state == NIE_VM_LIVE && nie_vms.vm[v].type == type &&
  @   nie_vms.vm[v].ipa_bits == ipa_bits && nie_vms.vm[v].root_pfn == root_pfn &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation) + 1;
  @ ensures empty: nie_vms.vm[v].pool_nr == 0 && nie_vms.vm[v].loaded == 0 &&
  @   \forall integer i; 0 <= i < NIE_NR_VCPUS ==> nie_vms.vm[v].vcpu[i] == NIE_NO_PAGE;
  @*/
static void fill_slot(u16 v, u8 type, u8 ipa_bits, u32 root_pfn, u32 nr)
{
	//@ assert unnamed: no_record_names(v);
	clear_slot(v);
	nie_vms.vm[v].generation++;
	nie_vms.vm[v].type = type;
	nie_vms.vm[v].ipa_bits = ipa_bits;
	nie_vms.vm[v].root_pfn = root_pfn;
	nie_vms.vm[v].nr_roots = (u8)nr;
	nie_vms.vm[v].state = NIE_VM_LIVE;
	/*@ assert states: \forall integer w; 0 <= w < NIE_NR_VMS ==>
	      nie_vms.vm[w].state <= NIE_VM_DYING && nie_vms.vm[w].generation <= NIE_GEN_MAX; */
	/*@ assert named: \forall integer p; managed(p) && names_vm(nie_pages.p[p].kind) ==>
	      nie_pages.p[p].vm != v && nie_vms.vm[nie_pages.p[p].vm].state != NIE_VM_NONE; */
	/*@ assert not_free: \forall integer p; managed(p) ==> !is_free_of(p, v); */
}

int nie_vm_create(u8 type, u8 ipa_bits, u32 root_pfn, u64 *handle)
{
	u32 nr = nie_vm_nr_roots(ipa_bits);
	u16 v;

	if (!nie_pages_are(root_pfn, nr, NIE_K_HOST))
		return -EPERM;
	v = free_slot();
	if (v == NIE_NO_VM)
		return -ENOMEM;

	//@ assert host: all_host(root_pfn, nr);
	fill_slot(v, type, ipa_bits, root_pfn, nr);
	make_roots(v, root_pfn, nr);
	*handle = (u64)nie_vms.vm[v].generation * 256 + v;
	return 0;
}

/* HOST => NIE_FREE, the next of the pool; the host's stage-2 follows later. */
/*@ requires v < NIE_NR_VMS && nie_vms.vm[v].state == NIE_VM_LIVE;
  @ requires nie_vms.vm[v].pool_nr < NIE_NR_POOL && kind_of(pfn) == NIE_K_HOST;
  @ requires ram_fixed && inv1 && inv2 && inv3 && inv4;
  @ assigns nie_pages, nie_counts, nie_vms;
  @ ensures ram: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4_slots: inv4_slots;
  @ ensures INV_4_pages: inv4_pages;
  @ ensures INV_4_dead: inv4_dead;
  @ ensures record: is_free_of(pfn, v) && nie_pages.p[pfn].base == \old(nie_vms.vm[v].pool_nr);
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures pool_nr: nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) + 1;
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures vm: vm_same_but_pool{Pre,Post}(v);
  @*/
static void pool_add(u16 v, u32 pfn)
{
	u32 slot = nie_vms.vm[v].pool_nr;

	nie_page_set(pfn, NIE_K_NIE_FREE, 0, v, slot);
	nie_vms.vm[v].pool[slot] = pfn;
	nie_vms.vm[v].pool_nr = slot + 1;
}

/* Host: HOST => NIE_FREE */
int nie_vm_topup(u16 v, u32 pfn, u32 nr)
{
	if (nie_vms.vm[v].state != NIE_VM_LIVE || !nie_pages_are(pfn, nr, NIE_K_HOST))
		return -EPERM;
	if (nr > NIE_NR_POOL - nie_vms.vm[v].pool_nr)
		return -ENOMEM;

	//@ assert host: all_host(pfn, nr);
	/*@ assert ram: \forall integer p; pfn <= p < pfn + nr ==>
	      kind_of(p) == NIE_K_HOST && managed(p) && nie_pages.p[p].kind == NIE_K_HOST &&
	      nie_no_ram.p[p] == 0; */
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant rest: \forall integer p; pfn + i <= p < pfn + nr ==>
	  @   nie_pages.p[p].kind == NIE_K_HOST;
	  @ loop invariant fixed: ram_fixed;
	  @ loop invariant INV_1: inv1;
	  @ loop invariant INV_2: inv2;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant done: \forall integer p; pfn <= p < pfn + i ==> is_free_of(p, v);
	  @ loop invariant records: \let end = pfn + i;
	  @   records_same_but{Pre,Here}(\at(pfn, Pre), end);
	  @ loop invariant pool_nr: nie_vms.vm[v].pool_nr == \at(nie_vms.vm[v].pool_nr, Pre) + i;
	  @ loop invariant others: vms_same_but{Pre,Here}(\at(v, Pre));
	  @ loop invariant vm: vm_same_but_pool{Pre,Here}(\at(v, Pre));
	  @ loop assigns i, nie_pages, nie_counts, nie_vms;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		//@ assert next: kind_of(pfn + i) == NIE_K_HOST;
		pool_add(v, pfn + i);
		//@ assert last: is_free_of(pfn + i, v);
		//@ assert before: \forall integer p; pfn <= p < pfn + i ==> is_free_of(p, v);
	}
	nie_host_sync(pfn, nr);
	/*@ loop invariant 0 <= i <= nr;
	  @ loop assigns i, nie_window;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++)
		arch_window_map(pfn + i);
	return 0;
}

u32 nie_vm_take_page(u16 v)
{
	u32 slot = nie_vms.vm[v].pool_nr - 1;

	nie_vms.vm[v].pool_nr = slot;
	return nie_vms.vm[v].pool[slot];
}

int nie_vm_teardown(u16 v)
{
	if (nie_vms.vm[v].state != NIE_VM_LIVE)
		return -EPERM;
	if (nie_vms.vm[v].loaded)
		return -EBUSY;
	nie_vms.vm[v].state = NIE_VM_DYING;
	nie_vms.vm[v].pool_nr = 0;	/* its NIE_FREE pages are reclaimed like all others */
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

/* A count of 0: no record names the VM. */
/*@ ghost
  /@ requires inv2 && v < NIE_NR_VMS;
     assigns \nothing;
     ensures nie_counts.vm[v] == 0 ==> no_record_names(v);
  @/
  static void count_names(u32 v)
  {
	/@ loop invariant 0 <= i <= NIE_NR_PAGES;
	   loop invariant 0 <= nr_vm(v, i);
	   loop invariant nr_vm(v, i) == 0 ==>
	     \forall integer p; 0 <= p < i ==> has_vm(p, v) == 0;
	   loop assigns i;
	   loop variant NIE_NR_PAGES - i;
	@/
	for (u64 i = 0; i < NIE_NR_PAGES; i++)
		;
	/@ assert nie_counts.vm[v] == nr_vm(v, NIE_NR_PAGES); @/
	/@ assert nie_counts.vm[v] == 0 ==>
	     \forall integer p; 0 <= p < NIE_NR_PAGES ==> has_vm(p, v) == 0; @/
	/@ assert nie_counts.vm[v] == 0 ==> \forall integer p; managed(p) &&
	     names_vm(nie_pages.p[p].kind) ==> has_vm(p, v) == 0 && nie_pages.p[p].vm != v; @/
  }
*/

int nie_vm_destroy(u16 v)
{
	if (nie_vms.vm[v].state != NIE_VM_DYING)
		return -EPERM;
	if (nie_counts.vm[v])
		return -EBUSY;
	//@ ghost count_names(v);
	nie_vms.vm[v].state = NIE_VM_NONE;
	return 0;
}
