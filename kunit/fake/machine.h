/* SPDX-License-Identifier: GPL-2.0-only */
/* What the checker of the invariants asks of the machine: here, the fake's. See ../check.h. */
#ifndef NIE_FAKE_MACHINE_H
#define NIE_FAKE_MACHINE_H

#include "fake.h"

static inline u32 machine_nr_gibs(void)
{
	return 2;
}

static inline u32 machine_gib(u32 i)
{
	return FAKE_PLAIN_GIB + i;
}

static inline u32 machine_nr_pages(void)
{
	return FAKE_NR_PAGES;
}

static inline u32 machine_pfn(u32 i)
{
	return fake_page_pfn(i);
}

static inline bool machine_has(u64 pfn)
{
	return fake_page_index(pfn) >= 0;
}

/* Pages of this kind among those that are in no arena. */
static inline u64 machine_rest(u32 kind)
{
	return kind == NIE_K_HOST ? 2ul * NIE_PER_GIB - FAKE_NR_PAGES - 3ul * NIE_PER_TABLE :
	       kind == NIE_K_NIE_IMAGE ? 3ul * NIE_PER_TABLE : 0;
}

static inline const struct nie_vcpu *machine_vcpu(u32 pfn)
{
	return (const struct nie_vcpu *)fake_content(pfn);
}

static inline bool machine_in_window(u32 pfn)
{
	return fake_in_window(pfn);
}

static inline u32 machine_nr_cpus(void)
{
	return FAKE_NR_CPUS;
}

static inline u32 machine_loaded(u32 cpu)
{
	return fake.cpu[cpu].loaded ? fake.cpu[cpu].ctx_pfn : NIE_NO_PAGE;
}

static inline u32 machine_host_reach(u32 pfn)
{
	return fake_host_reach(pfn);
}

static inline bool machine_vmid_cached(u16 v)
{
	return fake_vmid_cached(v);
}

/* What else the machine watches over. NULL, or what the core did wrong. */
static inline const char *machine_complaint(void)
{
	const char *tlb = fake_check_guest_tlb();

	if (tlb)
		return tlb;
	if (fake.locked)
		return "the lock is still held";
	if (fake_unsynced())
		return "stores to tables without a barrier";
	return fake.complaint[0] ? fake.complaint : NULL;
}

#endif /* NIE_FAKE_MACHINE_H */
