/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs: slots, handles, the pool of table pages, life and death.
 *
 * Lock: nie_lock for everything here.
 * A handle is generation * 256 + slot; a slot's generation grows at each destroy, so a stale handle
 * never finds a later VM (until the 24-bit generation wraps: then the slot is retired).
 * Invariants: INV-3 a record that names a VM names a live or dying one; INV-4 the pool of a live VM
 * holds exactly its NIE_FREE pages, each once, that of a dying one nothing; INV-5 a dying VM has no
 * stage-2 table in use: no CPU has its VTTBR and no TLB holds its VMID.
 */
#ifndef NIE_EL2_VM_H
#define NIE_EL2_VM_H

#include "invariants.h"

/**
 * nie_vm_find() - the slot of a handle
 * @handle: any value
 * Context: nie_lock held.
 * Return: slot of a live or dying VM, or NIE_NO_VM.
 */
/*@ assigns \nothing;
  @ ensures found: \result != NIE_NO_VM ==> \result < NIE_NR_VMS &&
  @   nie_vms.vm[\result].state != NIE_VM_NONE &&
  @   handle == nie_vms.vm[\result].generation * 256 + \result;
  @ ensures none: \result == NIE_NO_VM ==> no_vm_has(handle);
  @*/
u16 nie_vm_find(u64 handle);

/**
 * nie_vm_create() - create a VM; HOST => NIE_TABLE for its level-1 tables
 * @type: NIE_VM_NORMAL or NIE_VM_PROTECTED
 * @ipa_bits: NIE_IPA_BITS_MIN..NIE_IPA_BITS_MAX
 * @root_pfn: first root page, naturally aligned
 * @handle: set to the VM's handle on success
 * Context: nie_lock held.
 * Return: 0, -EPERM (a root page is not the host's own), -ENOMEM (no slot).
 */
/*@ requires inv_vms && type <= NIE_VM_PROTECTED && \valid(handle);
  @ requires NIE_IPA_BITS_MIN <= ipa_bits <= NIE_IPA_BITS_MAX;
  @ requires root_pfn + nr_roots(ipa_bits) <= NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_tables, nie_vcpus, *handle;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == 0 || \result == -EPERM || \result == -ENOMEM;
  @ ensures eperm: \result == -EPERM <==> \old(!all_host(root_pfn, nr_roots(ipa_bits)));
  @ ensures enomem: \result == -ENOMEM <==> \old(all_host(root_pfn, nr_roots(ipa_bits))) &&
  @   \old(no_free_slot);
  @ ensures effect: \result == 0 ==> \let v = *handle % 256; v < NIE_NR_VMS &&
  @   nie_vms.vm[v].state == NIE_VM_LIVE && nie_vms.vm[v].type == type &&
  @   nie_vms.vm[v].ipa_bits == ipa_bits && nie_vms.vm[v].root_pfn == root_pfn &&
  @   *handle == nie_vms.vm[v].generation * 256 + v && vms_same_but{Pre,Post}(v);
  @ ensures tables: \result == 0 ==> \forall integer p;
  @   root_pfn <= p < root_pfn + nr_roots(ipa_bits) ==> is_root_of(p, *handle % 256) &&
  @   nie_pages.p[p].base == p - root_pfn && host_entry(p) == 0 && table_is_empty(p);
  @ ensures records: records_same_but{Pre,Post}(root_pfn, root_pfn + nr_roots(ipa_bits));
  @ ensures frame: host_same_but{Pre,Post}(root_pfn, root_pfn + nr_roots(ipa_bits));
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} && nie_vms == \old(nie_vms) &&
  @   *handle == \old(*handle);
  @*/
int nie_vm_create(u8 type, u8 ipa_bits, u32 root_pfn, u64 *handle);

/* Number of level-1 tables of an address space of @ipa_bits. */
/*@ requires NIE_IPA_BITS_MIN <= ipa_bits <= NIE_IPA_BITS_MAX;
  @ assigns \nothing;
  @ ensures \result == nr_roots(ipa_bits);
  @*/
u32 nie_vm_nr_roots(u64 ipa_bits);

/**
 * nie_vm_topup() - Host: HOST => NIE_FREE, into the VM's pool
 * @v: slot of a live VM
 * @pfn: first page
 * @nr: number of pages
 * Context: nie_lock held.
 * Return: 0, -EPERM (a page is not the host's own), -ENOMEM (the pool cannot hold them).
 */
/*@ requires inv_vms && v < NIE_NR_VMS;
  @ requires 1 <= nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures eperm: \result == -EPERM <==> \old(nie_vms.vm[v].state) != NIE_VM_LIVE ||
  @   \old(!all_host(pfn, nr));
  @ ensures enomem: \result == -ENOMEM <==> \old(nie_vms.vm[v].state) == NIE_VM_LIVE &&
  @   \old(all_host(pfn, nr)) && nr > NIE_NR_POOL - \old(nie_vms.vm[v].pool_nr);
  @ ensures result: \result == 0 || \result == -EPERM || \result == -ENOMEM;
  @ ensures effect: \result == 0 ==> \forall integer p; pfn <= p < pfn + nr ==>
  @   is_free_of(p, v) && host_entry(p) == 0;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + nr);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + nr);
  @ ensures vms: vms_same_but{Pre,Post}(v) && vm_same_but_pool{Pre,Post}(v);
  @ ensures pool_nr: \result == 0 ==> nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) + nr;
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} && nie_vms == \old(nie_vms);
  @*/
int nie_vm_topup(u16 v, u32 pfn, u32 nr);

/**
 * nie_vm_take_page() - take a page out of the pool; it stays NIE_FREE until the caller sets it
 * @v: slot of a live VM with a page in its pool
 * Context: nie_lock held.
 * Return: the page; its content is undefined.
 */
/*@ requires v < NIE_NR_VMS && 0 < nie_vms.vm[v].pool_nr <= NIE_NR_POOL;
  @ assigns nie_vms;
  @ ensures \result == \old(nie_vms.vm[v].pool[nie_vms.vm[v].pool_nr - 1]);
  @ ensures nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) - 1;
  @ ensures nie_vms.vm[v].pool == \old(nie_vms.vm[v].pool);
  @ ensures vms_same_but{Pre,Post}(v) && vm_same_but_pool{Pre,Post}(v);
  @*/
u32 nie_vm_take_page(u16 v);

/**
 * nie_vm_teardown() - LIVE => DYING
 * @v: slot
 * Context: nie_lock held.
 * Return: 0, -EPERM (dying already), -EBUSY (a vCPU is loaded).
 */
/*@ requires inv_vms && v < NIE_NR_VMS;
  @ assigns nie_vms;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(nie_vms.vm[v].state) != NIE_VM_LIVE ? -EPERM :
  @                             \old(nie_vms.vm[v].loaded) != 0 ? -EBUSY : 0);
  @ ensures effect: \result == 0 ==> nie_vms.vm[v].state == NIE_VM_DYING &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation);
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures atomic: \result != 0 ==> nie_vms == \old(nie_vms);
  @*/
int nie_vm_teardown(u16 v);

/**
 * nie_vm_reclaim() - a dying VM's pages of a range go back to the host, scrubbed unless they were
 * the host's
 * @v: slot
 * @pfn: first page
 * @nr: number of pages, at most NIE_MAX_RANGE
 * @released: number of pages that went back
 * Context: nie_lock held.
 * Return: 0, -EPERM (the VM is not dying).
 */
/*@ requires inv_vms && v < NIE_NR_VMS && \valid(released);
  @ requires 1 <= nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ assigns nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed, nie_tables, nie_vcpus, *released;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(nie_vms.vm[v].state) != NIE_VM_DYING ? -EPERM : 0);
  @ ensures effect: \result == 0 ==> \forall integer p; pfn <= p < pfn + nr &&
  @   \old(has_vm(p, v)) != 0 ==> nie_pages.p[p].kind == NIE_K_HOST && host_entry(p) == l3_rwx(p) &&
  @   (\old(nie_pages.p)[p].kind != NIE_K_HOST_SHARED_GUEST ==> nie_zeroed.p[p] != 0);
  @ ensures none: \result == 0 ==> \forall integer p; pfn <= p < pfn + nr ==> has_vm(p, v) == 0;
  @ ensures released: \result == 0 ==> *released == \old(nr_held(v, pfn, nr));
  @ ensures records: \forall integer p; 0 <= p < NIE_NR_PAGES && \old(has_vm(p, v)) == 0 ==>
  @   kept{Pre,Post}(p);
  @ ensures rest: \forall integer p; 0 <= p < NIE_NR_PAGES && !(pfn <= p < pfn + nr) ==>
  @   kept{Pre,Post}(p);
  @ ensures frame: \forall integer p; \old(managed(p)) &&
  @   !(pfn <= p < pfn + nr && \old(has_vm(p, v)) != 0) ==>
  @   host_entry(p) == \old(host_entry(p));
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures state: nie_vms.vm[v].state == \old(nie_vms.vm[v].state) &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} && nie_vms == \old(nie_vms) &&
  @   *released == \old(*released);
  @*/
int nie_vm_reclaim(u16 v, u32 pfn, u32 nr, u64 *released);

/**
 * nie_vm_destroy() - DYING => NONE
 * @v: slot
 * Context: nie_lock held.
 * Return: 0, -EPERM (not dying), -EBUSY (a record still names it).
 */
/*@ requires inv_vms && v < NIE_NR_VMS;
  @ assigns nie_vms;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(nie_vms.vm[v].state) != NIE_VM_DYING ? -EPERM :
  @                             nie_counts.vm[v] != 0 ? -EBUSY : 0);
  @ ensures effect: \result == 0 ==> nie_vms.vm[v].state == NIE_VM_NONE && no_record_names(v) &&
  @   nie_vms.vm[v].generation == \old(nie_vms.vm[v].generation);
  @ ensures others: vms_same_but{Pre,Post}(v);
  @ ensures atomic: \result != 0 ==> nie_vms == \old(nie_vms);
  @*/
int nie_vm_destroy(u16 v);

#endif /* NIE_EL2_VM_H */
