/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checker of the invariants asks of the machine: here, the one that EL2 runs on. Most
 * 2 MiB ranges are all the host's own, or no RAM, in the records, the host's stage-2 and EL2's
 * window: they are only counted, the others are looked at page by page. What TLBs hold cannot be
 * seen. See ../check.h.
 */
#ifndef NIE_KUNIT_EL2_MACHINE_H
#define NIE_KUNIT_EL2_MACHINE_H

#include <arch/el2.h>
#include <arch/mem.h>
#include "../../nie/el2/page.h"
#include "../../nie/el2/vm.h"

#define MACHINE_MAX_GIBS	16u
#define MACHINE_MAX_RANGES	2048u

/**
 * struct machine - what there is to look at
 * @nr_gibs, @gib: that have records; set before the first check
 * @nr_ranges, @range: 2 MiB ranges that are not plain; set before each check
 * @plain: pages in the others that are the host's own; @no_ram: that are no RAM
 */
struct machine {
	u32 nr_gibs, nr_ranges;
	u64 plain, no_ram;
	u32 gib[MACHINE_MAX_GIBS];
	u32 range[MACHINE_MAX_RANGES];
};

extern struct machine machine;

void *memset(void *to, int c, size_t n);

static inline u32 machine_nr_gibs(void)
{
	return machine.nr_gibs;
}

static inline u32 machine_gib(u32 i)
{
	return machine.gib[i];
}

static inline u32 machine_nr_pages(void)
{
	return machine.nr_ranges * NIE_PER_TABLE;
}

static inline u32 machine_pfn(u32 i)
{
	return machine.range[i / NIE_PER_TABLE] * NIE_PER_TABLE + i % NIE_PER_TABLE;
}

static inline bool machine_has(u64 pfn)
{
	return nie_gib_managed(pfn / NIE_PER_GIB);
}

static inline u64 machine_rest(u32 kind)
{
	return kind == NIE_K_HOST ? machine.plain : kind == NIE_K_NOT_RAM ? machine.no_ram : 0;
}

static inline const struct nie_vcpu *machine_vcpu(u32 pfn)
{
	return arch_vcpu(pfn);
}

static inline bool machine_in_window(u32 pfn)
{
	return ((volatile u64 *)NIE_VA_WINDOW_L3)[pfn];
}

static inline u32 machine_nr_cpus(void)
{
	return (u32)nie_config.nr_cpus;
}

static inline u32 machine_loaded(u32 cpu)
{
	const struct nie_cpu *c = (const struct nie_cpu *)(NIE_VA_CPU + cpu * NIE_CPU_STRIDE +
							   NIE_CPU_DATA);

	return c->vcpu ? (u32)c->vcpu_pfn : NIE_NO_PAGE;
}

static inline u32 machine_host_reach(u32 pfn)
{
	return 0;
}

static inline bool machine_vmid_cached(u16 v)
{
	return false;
}

static inline const char *machine_complaint(void)
{
	return NULL;
}

#endif /* NIE_KUNIT_EL2_MACHINE_H */
