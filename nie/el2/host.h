/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's stage-2: identity, a cache of the page records.
 *
 * Three flat arrays, one entry per 1 GiB, 2 MiB and 4 KiB range of the address space. Each managed
 * GiB (one with RAM, or with device memory that the host must not have) has its level-2 table and
 * all its level-3 tables from the start, and they always hold what the records want; a level-1 or
 * level-2 entry only toggles between a block and its own table. So nothing here allocates and
 * nothing here can fail.
 *
 * Lock: nie_lock. Break-before-make: an entry goes to 0, TLBI, then to its new value; another CPU
 * that faults meanwhile waits for nie_lock in nie_host_fault() and tries again.
 * Invariants: INV-6 between calls the entry in force for a page of a managed GiB grants what
 * nie_host_perm() of its record says, or less for NOT_RAM; INV-7 the counts are exact.
 */
#ifndef NIE_EL2_HOST_H
#define NIE_EL2_HOST_H

#include "invariants.h"

#define NIE_PERM_NONE	0u
#define NIE_PERM_RW	1u
#define NIE_PERM_RWX	2u

/* What the host may do with a page of this kind; NOT_RAM is for nie_host_fault() to decide. */
u32 nie_host_perm(u8 kind);

/**
 * nie_host_init_gib() - fill the tables of a managed GiB from the records
 * @gib: number of the GiB
 * Context: while NIE is being loaded, before the host runs under stage-2.
 */
void nie_host_init_gib(u32 gib);

/**
 * nie_host_sync() - make the host's stage-2 agree with the records of a range
 * @pfn: first page; all pages of the range have records
 * @nr: number of pages, at most NIE_MAX_RANGE
 *
 * When it returns, no TLB grants more than the records do. Cannot fail.
 * Context: nie_lock held.
 */
void nie_host_sync(u32 pfn, u32 nr);

/**
 * nie_host_fault() - a stage-2 translation or permission fault of the host
 * @ipa: faulting address
 * @exec: it was an instruction fetch
 *
 * Maps device memory at first use.
 * Context: nie_lock held.
 * Return: true if the access is to be tried again, false if the host may not make it.
 */
bool nie_host_fault(u64 ipa, bool exec);

#endif /* NIE_EL2_HOST_H */
