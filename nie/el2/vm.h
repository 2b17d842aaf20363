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

#define NIE_IPA_BITS_MIN	32u
#define NIE_IPA_BITS_MAX	43u
#define NIE_GEN_MAX		0xffffffu

/**
 * nie_vm_find() - the slot of a handle
 * @handle: any value
 * Context: nie_lock held.
 * Return: slot of a live or dying VM, or NIE_NO_VM.
 */
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
int nie_vm_create(u8 type, u8 ipa_bits, u32 root_pfn, u64 *handle);

/* Number of level-1 tables of an address space of @ipa_bits. */
u32 nie_vm_nr_roots(u64 ipa_bits);

/**
 * nie_vm_topup() - Host: HOST => NIE_FREE, into the VM's pool
 * @v: slot of a live VM
 * @pfn: first page
 * @nr: number of pages
 * Context: nie_lock held.
 * Return: 0, -EPERM (a page is not the host's own), -ENOMEM (the pool cannot hold them).
 */
int nie_vm_topup(u16 v, u32 pfn, u32 nr);

/**
 * nie_vm_take_page() - take a page out of the pool; it stays NIE_FREE until the caller sets it
 * @v: slot of a live VM with a page in its pool
 * Context: nie_lock held.
 * Return: the page; its content is undefined.
 */
u32 nie_vm_take_page(u16 v);

/**
 * nie_vm_teardown() - LIVE => DYING
 * @v: slot
 * Context: nie_lock held.
 * Return: 0, -EPERM (dying already), -EBUSY (a vCPU is loaded).
 */
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
int nie_vm_reclaim(u16 v, u32 pfn, u32 nr, u64 *released);

/**
 * nie_vm_destroy() - DYING => NONE
 * @v: slot
 * Context: nie_lock held.
 * Return: 0, -EPERM (not dying), -EBUSY (a record still names it).
 */
int nie_vm_destroy(u16 v);

#endif /* NIE_EL2_VM_H */
