// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: VM slots, handles, pools; the VM life cycle. Lock: nie_lock.
 * Never: walks a guest table. Upholds INV-3, INV-4, INV-5.
 */
#include "vm.h"
#include "host.h"
#include "lemmas.h"
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

/* A VM has no vCPU loaded if each of its claims is 0. */
/*@ ghost
  /@ requires claims_ok && v < NIE_NR_VMS;
     assigns \nothing;
     ensures nr_loaded(v, 512) == 0 <==>
       \forall integer i; 0 <= i < NIE_NR_VCPUS ==> nie_claims.vm[v].n[i] == 0;
  @/
  static void count_claims(u32 v)
  {
	/@ loop invariant 0 <= k <= 512;
	   loop invariant \let m = k; 0 <= nr_loaded(v, m);
	   loop invariant \let m = k; nr_loaded(v, m) == 0 <==>
	     \forall integer i; 0 <= i < m ==> nie_claims.vm[v].n[i] == 0;
	   loop assigns k;
	   loop variant 512 - k;
	@/
	for (u32 k = 0; k < 512; k++)
		;
  }
*/

/* HOST => NIE_TABLE, level 1 */
/*@ requires v < NIE_NR_VMS && nie_vms.vm[v].state == NIE_VM_LIVE;
  @ requires 1 <= nr <= 16 && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn && all_host(pfn, nr);
  @ requires inv_host && inv3 && inv4 && inv10 && inv11 && inv12;
  @ requires inv8_others(v) && inv9_others(v) && no_record_names(v);
  @ requires vm: nie_vms.vm[v].root_pfn == pfn && nie_vms.vm[v].nr_roots == nr &&
  @   NIE_IPA_BITS_MIN <= nie_vms.vm[v].ipa_bits <= NIE_IPA_BITS_MAX &&
  @   nr == nr_roots(nie_vms.vm[v].ipa_bits);
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
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
	  @ loop invariant INV_10: inv10;
	  @ loop invariant INV_11: inv11;
	  @ loop invariant INV_12: inv12_but(pfn, pfn + nr);
	  @ loop invariant records: \let end = pfn + i;
	  @   records_same_but{Pre,Here}(\at(pfn, Pre), end);
	  @ loop assigns i, nie_pages, nie_counts;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
		      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn + i; */
		nie_page_set(pfn + i, NIE_K_NIE_TABLE, 1, v, i);
		//@ assert last: is_root_of(pfn + i, v) && nie_pages.p[pfn + i].base == i;
		/*@ assert before: \forall integer p; pfn <= p < pfn + i ==>
		      is_root_of(p, v) && nie_pages.p[p].base == p - pfn; */
		//@ assert slots: inv10_slots(-1);
		//@ assert pages: inv10_pages(-1);
		//@ assert content: inv10_content(-1);
		//@ assert cpus: inv10_cpus(-1, -1);
		//@ assert dying: inv10_dying(-1);
	}
	nie_host_sync(pfn, nr);
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant \forall integer p; pfn <= p < pfn + i ==>
	  @   nie_window.p[p] != 0 && table_is_empty(p);
	  @ loop invariant others: \forall integer t, j; 0 <= t < NIE_NR_PAGES &&
	  @   !(pfn <= t < pfn + nr) && 0 <= j < 512 ==>
	  @   nie_tables.t[t].e[j] == \at(nie_tables.t[t].e[j], Pre);
	  @ loop invariant INV_10: inv10;
	  @ loop invariant INV_11: inv11;
	  @ loop invariant INV_12: inv12_but(pfn, pfn + nr);
	  @ loop assigns i, nie_window, nie_tables, nie_vcpus;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		arch_window_map(pfn + i);
		arch_table_clear(pfn + i);
		//@ assert here: table_is_empty(pfn + i);
		//@ assert earlier: \forall integer p; pfn <= p < pfn + i ==> table_is_empty(p);
		//@ assert content: inv10_content(-1);
		//@ assert cpus: inv10_cpus(-1, -1);
		//@ assert claims: inv10_claims;
		//@ assert dying: inv10_dying(-1);
	}
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(\at(v, Pre));
	//@ assert trees: inv8_others(v);
	//@ assert maps: inv9_others(v);
	/*@ assert mine: \forall integer t; is_table_of(t, v) ==> pfn <= t < pfn + nr &&
	      is_root_of(t, v) && nie_pages.p[t].base == t - pfn && table_is_empty(t); */
	//@ assert roots: inv8_roots(v);
	//@ assert down: inv8_down(v);
	//@ assert up: inv8_up(v, NIE_NO_PAGE);
	//@ assert tree: inv8_of(v);
	//@ assert map: inv9_of(v);
}

/*@ requires inv3 && inv4 && inv8 && inv9 && inv10 && inv11 && v < NIE_NR_VMS;
  @ requires nie_vms.vm[v].state == NIE_VM_NONE && nie_vms.vm[v].generation < NIE_GEN_MAX;
  @ requires inv1 && nr == nr_roots(ipa_bits);
  @ requires NIE_IPA_BITS_MIN <= ipa_bits <= NIE_IPA_BITS_MAX;
  @ assigns nie_vms;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8_others(v);
  @ ensures INV_9: inv9_others(v);
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures unnamed: no_record_names(v);
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures vm: nie_vms.vm[v].state == NIE_VM_LIVE && nie_vms.vm[v].type == type &&
  @   nie_vms.vm[v].ipa_bits == ipa_bits && nie_vms.vm[v].root_pfn == root_pfn &&
  @   nie_vms.vm[v].nr_roots == nr &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation) + 1;
  @ ensures empty: nie_vms.vm[v].pool_nr == 0 && nie_vms.vm[v].loaded == 0 &&
  @   \forall integer i; 0 <= i < NIE_NR_VCPUS ==> nie_vms.vm[v].vcpu[i] == NIE_NO_PAGE;
  @*/
static void fill_slot(u16 v, u8 type, u8 ipa_bits, u32 root_pfn, u32 nr)
{
	//@ assert unnamed: no_record_names(v);
	//@ ghost count_claims(v);
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
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(\at(v, Pre));
	//@ assert trees: \at(inv8_others(\at(v, Pre)), Pre);
	//@ assert maps: \at(inv9_others(\at(v, Pre)), Pre);
	/*@ assert apart: \forall integer p; is_ctx(p) ==> nie_pages.p[p].vm != v &&
	      nie_vms.vm[nie_pages.p[p].vm] ==
	      \at(nie_vms.vm[\at(nie_pages.p[p].vm, Here)], Pre); */
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	//@ assert content: inv10_content(-1);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(-1);
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
  @ requires ram_fixed && inv1 && inv2 && inv3 && inv4 && inv8 && inv9 && inv10 && inv11;
  @ assigns nie_pages, nie_counts, nie_vms;
  @ ensures ram: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4_slots: inv4_slots;
  @ ensures INV_4_pages: inv4_pages;
  @ ensures INV_4_dead: inv4_dead;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
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
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	//@ assert content: inv10_content(-1);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(-1);
}

/* EL2 maps the pages that have become its own. */
/*@ requires nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires pages: \forall integer p; pfn <= p < pfn + nr ==>
  @   managed(p) && nie_pages.p[p].kind == NIE_K_NIE_FREE;
  @ requires inv12_but(pfn, pfn + nr);
  @ assigns nie_window;
  @ ensures INV_12: inv12;
  @*/
static void map_pages(u32 pfn, u32 nr)
{
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant INV_12: inv12_but(pfn + i, pfn + nr);
	  @ loop assigns i, nie_window;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++)
		arch_window_map(pfn + i);
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
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_10: inv10;
	  @ loop invariant INV_11: inv11;
	  @ loop invariant INV_12: inv12_but(pfn, pfn + i);
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
		/*@ assert kept: \forall integer p; pfn <= p < pfn + i ==>
		      record_same{LoopCurrent,Here}(p); */
		//@ assert before: \forall integer p; pfn <= p < pfn + i ==> is_free_of(p, v);
	}
	nie_host_sync(pfn, nr);
	map_pages(pfn, nr);
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
	//@ ghost count_claims(v);
	/*@ assert none: \forall integer i; 0 <= i < NIE_NR_VCPUS ==> loaded_on_some(v, i) == 0; */
	/*@ assert idle: \forall integer p; is_ctx(p) && nie_pages.p[p].vm == v ==>
	      nie_vcpus.c[p].cpu == NIE_NO_CPU; */
	nie_vms.vm[v].state = NIE_VM_DYING;
	nie_vms.vm[v].pool_nr = 0;	/* its NIE_FREE pages are reclaimed like all others */
	//@ assert claims: inv10_claims;
	//@ assert dying: inv10_dying(-1);
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	nie_s2_tlb_flush(v);
	arch_icache_invalidate();	/* from here on nobody fetches from its pages */
	return 0;
}

/* Nobody may reach a page that is scrubbed. */
/*@ requires inv_host && inv8 && inv9 && inv12 && managed(pfn);
  @ requires nie_pages.p[pfn].kind == NIE_K_GUEST_SHARED_HOST;
  @ requires nie_vms.vm[nie_pages.p[pfn].vm].state == NIE_VM_DYING;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb;
  @ ensures host: inv_host;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures record: nie_pages.p[pfn].kind == NIE_K_GUEST &&
  @   nie_pages.p[pfn].vm == \old(nie_pages.p[pfn].vm);
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @*/
static void hide(u32 pfn)
{
	nie_page_set(pfn, NIE_K_GUEST, 0, nie_pages.p[pfn].vm, nie_pages.p[pfn].base);
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	nie_host_sync(pfn, 1);
}

/* Zeroes, in a page of a dying VM that nobody else reaches; EL2 unmaps it. */
/*@ requires inv1 && inv8 && inv9 && inv10_but(pfn, -1) && inv11_but(pfn) && inv12;
  @ requires managed(pfn) && names_vm(nie_pages.p[pfn].kind);
  @ requires nie_vms.vm[nie_pages.p[pfn].vm].state == NIE_VM_DYING;
  @ requires quiet: nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10_but(pfn, -1);
  @ ensures INV_11: inv11_but(pfn);
  @ ensures INV_12: inv12_but(pfn, pfn + 1);
  @ ensures effect: nie_window.p[pfn] == 0 && nie_zeroed.p[pfn] != 0;
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @*/
static void scrub(u32 pfn)
{
	arch_scrub(pfn);
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	//@ assert content: inv10_content(pfn);
	//@ assert cpus: inv10_cpus(pfn, -1);
	//@ assert claims: inv10_claims;
	//@ assert dying: inv10_dying(pfn);
	//@ assert run_ctx: inv11_ctx(pfn);
	//@ assert run_pages: inv11_runs(pfn);
}

/* A page that is out of use => HOST */
/*@ requires inv_host && inv3 && inv4 && inv8 && inv9 && inv10_but(pfn, -1) && inv11_but(pfn);
  @ requires inv12_but(pfn, pfn + 1) && nie_window.p[pfn] == 0;
  @ requires managed(pfn) && names_vm(nie_pages.p[pfn].kind);
  @ requires nie_vms.vm[nie_pages.p[pfn].vm].state == NIE_VM_DYING;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures record: nie_pages.p[pfn].kind == NIE_K_HOST && host_entry(pfn) == l3_rwx(pfn);
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @*/
static void give_back(u32 pfn)
{
	/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
	      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn; */
	nie_page_set(pfn, NIE_K_HOST, 0, 0, 0);
	/*@ assert ctx: \forall integer p; is_ctx(p) <==> \at(is_ctx(p), Pre) && p != pfn; */
	/*@ assert same: \forall integer p; is_ctx(p) ==>
	      nie_pages.p[p] == \at(nie_pages.p[p], Pre); */
	/*@ assert run: \forall integer p; is_run_page(p) <==> \at(is_run_page(p), Pre); */
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	//@ assert named: inv3;
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	//@ assert content: inv10_content(-1);
	//@ assert cpus: inv10_cpus(-1, -1);
	//@ assert dying: inv10_dying(-1);
	//@ assert run_ctx: inv11_ctx(-1);
	//@ assert run_pages: inv11_runs(-1);
	nie_host_sync(pfn, 1);
}

/* Back to the host, whatever it was. */
/*@ requires inv_vms && managed(pfn) && names_vm(nie_pages.p[pfn].kind);
  @ requires nie_vms.vm[nie_pages.p[pfn].vm].state == NIE_VM_DYING;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures record: nie_pages.p[pfn].kind == NIE_K_HOST && host_entry(pfn) == l3_rwx(pfn);
  @ ensures scrubbed: \old(nie_pages.p[pfn].kind) != NIE_K_HOST_SHARED_GUEST ==>
  @   nie_zeroed.p[pfn] != 0;
  @ ensures zeroed: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @ ensures records: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   kept{Pre,Post}(p);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures others: \let v = \old(nie_pages.p[pfn].vm); vms_same_but{Pre,Post}(v);
  @ ensures state: \let v = \old(nie_pages.p[pfn].vm); nie_vms.vm[v].state == NIE_VM_DYING &&
  @   nie_vms.vm[v].generation == \old(nie_vms).vm[v].generation;
  @*/
static void release(u32 pfn)
{
	u8 kind = nie_pages.p[pfn].kind;

	/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
	      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn; */
	if (kind == NIE_K_NIE_CTX)
		nie_vcpu_release(pfn);
	//@ assert vcpus: inv10_but(pfn, -1);
	//@ assert runs: inv11_but(pfn);
	//@ assert vms: vms_same_but{Pre,Here}(\at(nie_pages.p[pfn].vm, Pre));
	if (kind == NIE_K_GUEST_SHARED_HOST)
		hide(pfn);
	/*@ assert records: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
	      nie_pages.p[p] == \at(nie_pages.p[p], Pre) ||
	      (\at(nie_pages.p[p].kind, Pre) == NIE_K_HOST_SHARED_NIE &&
	       nie_pages.p[p].kind == NIE_K_HOST_SHARED_NIE && nie_pages.p[p].base == 0); */
	//@ assert pools: inv4_slots && inv4_pages && inv4_dead;
	//@ assert slots: inv10_slots(pfn);
	//@ assert pages: inv10_pages(pfn);
	//@ assert content: inv10_content(pfn);
	//@ assert cpus: inv10_cpus(pfn, -1);
	//@ assert claims: inv10_claims;
	//@ assert dying: inv10_dying(pfn);
	//@ assert run_ctx: inv11_ctx(pfn);
	//@ assert run_pages: inv11_runs(pfn);
	//@ assert l3: inv6_l3(0, 0);
	if (kind != NIE_K_HOST_SHARED_GUEST)
		scrub(pfn);
	give_back(pfn);
}

/* One page of a range: 1 if the VM held it, and it went back. */
/*@ requires inv_vms && v < NIE_NR_VMS && nie_vms.vm[v].state == NIE_VM_DYING;
  @ requires pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == \old(has_vm(pfn, v));
  @ ensures none: has_vm(pfn, v) == 0;
  @ ensures effect: \result != 0 ==> nie_pages.p[pfn].kind == NIE_K_HOST &&
  @   host_entry(pfn) == l3_rwx(pfn) &&
  @   (\old(nie_pages.p[pfn].kind) != NIE_K_HOST_SHARED_GUEST ==> nie_zeroed.p[pfn] != 0);
  @ ensures zeroed: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @ ensures records: \forall integer p; 0 <= p < NIE_NR_PAGES && (p != pfn || \result == 0) ==>
  @   kept{Pre,Post}(p);
  @ ensures frame: \forall integer p; managed(p) && (p != pfn || \result == 0) ==>
  @   host_entry(p) == \old(host_entry(p));
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures state: nie_vms.vm[v].state == NIE_VM_DYING &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation);
  @*/
static u32 reclaim_page(u16 v, u32 pfn)
{
	if (!nie_page_names_vm(nie_page_kind(pfn)) || nie_pages.p[pfn].vm != v)
		return 0;
	release(pfn);
	return 1;
}

int nie_vm_reclaim(u16 v, u32 pfn, u32 nr, u64 *released)
{
	u64 n = 0;

	if (nie_vms.vm[v].state != NIE_VM_DYING)
		return -EPERM;

	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant host: inv_host;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_10: inv10;
	  @ loop invariant INV_11: inv11;
	  @ loop invariant INV_12: inv12;
	  @ loop invariant n: 0 <= n <= i && \let m = i; n == \at(nr_held(v, pfn, m), Pre);
	  @ loop invariant done: \forall integer p; pfn <= p < pfn + i ==> has_vm(p, v) == 0 &&
	  @   (\at(has_vm(p, v), Pre) != 0 ==> nie_pages.p[p].kind == NIE_K_HOST &&
	  @    host_entry(p) == l3_rwx(p) &&
	  @    (\at(nie_pages.p[p].kind, Pre) != NIE_K_HOST_SHARED_GUEST ==> nie_zeroed.p[p] != 0));
	  @ loop invariant rest: \forall integer p; 0 <= p < NIE_NR_PAGES &&
	  @   !(pfn <= p < pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
	  @   kept{Pre,Here}(p);
	  @ loop invariant frame: \forall integer p; managed(p) &&
	  @   !(pfn <= p < pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
	  @   host_entry(p) == \at(host_entry(p), Pre);
	  @ loop invariant others: vms_same_but{Pre,Here}(\at(v, Pre));
	  @ loop invariant state: nie_vms.vm[v].state == NIE_VM_DYING &&
	  @   nie_vms.vm[v].generation == \at(nie_vms.vm[v].generation, Pre);
	  @ loop assigns i, n, nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2,
	  @   nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed,
	  @   nie_tables, nie_vcpus;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		u32 one = reclaim_page(v, pfn + i);

		/*@ assert next: \let p = pfn + i; one == \at(has_vm(p, v), Pre); */
		/*@ assert step: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      kept{LoopCurrent,Here}(p); */
		/*@ assert so_far: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      kept{Pre,LoopCurrent}(p); */
		/*@ assert both: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      kept{Pre,LoopCurrent}(p) && kept{LoopCurrent,Here}(p) ==>
		      kept{Pre,Here}(p); */
		/*@ assert records: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      kept{Pre,Here}(p); */
		/*@ assert entries_step: \forall integer p; managed(p) &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      host_entry(p) == \at(host_entry(p), LoopCurrent); */
		/*@ assert entries_so_far: \forall integer p; managed(p) &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      \at(host_entry(p), LoopCurrent) == \at(host_entry(p), Pre); */
		/*@ assert entries: \forall integer p; managed(p) &&
		      !(pfn <= p <= pfn + i && \at(has_vm(p, v), Pre) != 0) ==>
		      host_entry(p) == \at(host_entry(p), Pre); */
		/*@ assert others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn + i ==>
		      kept{LoopCurrent,Here}(p); */
		/*@ assert same: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      kept{LoopCurrent,Here}(p) ==>
		      has_vm(p, v) == \at(has_vm(p, v), LoopCurrent); */
		/*@ assert before: \forall integer p; pfn <= p < pfn + i ==> has_vm(p, v) == 0; */
		/*@ assert free: \forall integer p; pfn <= p < pfn + i &&
		      \at(has_vm(p, v), Pre) != 0 ==>
		      nie_pages.p[p].kind == NIE_K_HOST && host_entry(p) == l3_rwx(p); */
		/*@ assert zeroes: \forall integer p; pfn <= p < pfn + i &&
		      \at(has_vm(p, v), Pre) != 0 &&
		      \at(nie_pages.p[p].kind, Pre) != NIE_K_HOST_SHARED_GUEST ==>
		      nie_zeroed.p[p] != 0; */
		/*@ assert was: \let p = pfn + i; one != 0 ==>
		      \at(nie_pages, LoopCurrent).p[p].kind == \at(nie_pages.p[p].kind, Pre); */
		/*@ assert last: \let p = pfn + i; has_vm(p, v) == 0 &&
		      (\at(has_vm(p, v), Pre) != 0 ==> nie_pages.p[p].kind == NIE_K_HOST &&
		       host_entry(p) == l3_rwx(p) &&
		       (\at(nie_pages.p[p].kind, Pre) != NIE_K_HOST_SHARED_GUEST ==>
			nie_zeroed.p[p] != 0)); */
		n += one;
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
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	return 0;
}
