/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page records: the single truth about who owns a page of RAM and who else may
 * reach it. Stage-2 tables are a cache of the records.
 *
 * Lock: nie_lock for every access, except while NIE is being loaded.
 * Invariants: INV-1 one record, hence one owner, a page; INV-2 the counts are
 * exact: nie_counts.kind[k] records are of kind k, nie_counts.vm[v] name VM v; INV-12 the pages of
 * kind HOST_SHARED_NIE, NIE_FREE, NIE_TABLE and NIE_CTX are in EL2's window, and no others.
 */
#ifndef NIE_EL2_PAGE_H
#define NIE_EL2_PAGE_H

#include "invariants.h"

/* Has this GiB records, host tables and a window: true if it holds RAM or denied device memory. */
/*@ assigns \nothing;
  @ ensures \result == 1 <==> managed_gib(gib);
  @ ensures \result == 0 || \result == 1;
  @*/
bool nie_gib_managed(u64 gib);

/**
 * nie_page_kind() - kind of a page
 * @pfn: any value
 * Context: nie_lock held.
 * Return: enum nie_kind; NIE_K_NOT_RAM for a page that NIE has no record of.
 */
/*@ assigns \nothing;
  @ ensures \result == kind_of(pfn);
  @*/
u8 nie_page_kind(u64 pfn);

/**
 * nie_page_names_vm() - does a record of this kind name a VM
 * @kind: enum nie_kind
 * Return: true if the record's vm field holds a VM's slot.
 */
/*@ assigns \nothing;
  @ ensures \result == 1 <==> names_vm(kind);
  @ ensures \result == 0 || \result == 1;
  @*/
bool nie_page_names_vm(u8 kind);

/**
 * nie_pages_are() - are all pages of a range of one kind
 * @pfn: first page, @nr at most NIE_MAX_RANGE, the range does not wrap
 * @nr: number of pages
 * @kind: enum nie_kind
 * Context: nie_lock held.
 * Return: true if every single page of the range is.
 */
/*@ assigns \nothing;
  @ ensures \result == 1 <==> \forall integer p; pfn <= p < pfn + nr ==> kind_of(p) == kind;
  @ ensures \result == 0 || \result == 1;
  @*/
bool nie_pages_are(u32 pfn, u32 nr, u8 kind);

/**
 * nie_page_set() - the only writer of a record; keeps the counts exact (INV-2)
 * @pfn: a page that has a record
 * @kind: enum nie_kind
 * @level: see struct nie_page
 * @vm: see struct nie_page
 * @base: see struct nie_page
 * Context: nie_lock held.
 */
/*@ requires managed(pfn) && kind < NIE_NR_KINDS && (names_vm(kind) ==> vm < NIE_NR_VMS);
  @ requires inv1 && inv2;
  @ assigns nie_pages, nie_counts;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures record: nie_pages.p[pfn].kind == kind && nie_pages.p[pfn].level == level &&
  @   nie_pages.p[pfn].vm == vm && nie_pages.p[pfn].base == base;
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_pages.p[p] == \old(nie_pages.p[p]);
  @*/
void nie_page_set(u32 pfn, u8 kind, u8 level, u16 vm, u32 base);

#endif /* NIE_EL2_PAGE_H */
