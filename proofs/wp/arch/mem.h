/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nie/el2/arch/mem.h under Frama-C: the same arrays, of their real sizes, as objects
 * that do not overlap. That they do not, and that a record, a table entry or a window page of a
 * managed GiB is mapped at EL2, is nie/place.c's work and assumed here; which function may touch
 * which record is said by `managed` in the contracts.
 */
#ifndef NIE_WP_ARCH_MEM_H
#define NIE_WP_ARCH_MEM_H

#include "../../../nie/el2/private.h"
#include "../../../nie/el2/state.h"
#include "layout.h"

#define NIE_NR_L1	(1ul << (NIE_PA_BITS_MAX - 30))
#define NIE_NR_L2	(NIE_NR_PAGES / 512)

struct nie_pages { struct nie_page p[NIE_NR_PAGES]; };
struct nie_host_l1 { u64 e[NIE_NR_L1]; };
struct nie_host_l2 { u64 e[NIE_NR_L2]; };
struct nie_host_odd { u64 n[NIE_NR_L2]; };
struct nie_host_l3 { u64 e[NIE_NR_PAGES]; };
struct nie_table { u64 e[512]; };
struct nie_tables { struct nie_table t[NIE_NR_PAGES]; };
struct nie_vcpus { struct nie_vcpu c[NIE_NR_PAGES]; };

struct nie_gib {
	u32 managed;
	u32 l2_pfn;
	u32 l3_pfn;
};

struct nie_gibs { struct nie_gib g[NIE_NR_GIBS]; };
struct nie_host_odd_gib { u32 n[NIE_NR_GIBS]; };

extern struct nie_pages nie_pages;
extern struct nie_host_l1 nie_host_l1;
extern struct nie_host_l2 nie_host_l2;
extern struct nie_host_l3 nie_host_l3;
extern struct nie_host_odd nie_host_odd;
extern struct nie_tables nie_tables;
extern struct nie_vcpus nie_vcpus;
extern struct nie_gibs nie_gibs;
extern struct nie_host_odd_gib nie_host_odd_gib;
extern u64 nie_host_nr_pages;

#include "hardware.h"

#endif /* NIE_WP_ARCH_MEM_H */
