/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Basic types of the EL2 core. The core includes nothing of the kernel's; this
 * header is what it has instead, so that the same C builds for EL2, for KUnit,
 * host-native and under Frama-C.
 */
#ifndef NIE_EL2_TYPES_H
#define NIE_EL2_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/errno.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <errno.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
#endif

#include <nie/hostcalls.h>

#define NIE_PAGE_SIZE	4096ul
#define NIE_PER_TABLE	512u		/* entries of a table, and pages of a 2 MiB range */
#define NIE_PER_GIB	0x40000u	/* pages of a 1 GiB range */
#define NIE_NO_PAGE	0xffffffffu	/* no pfn */
#define NIE_NR_VMS	64u
#define NIE_NR_VCPUS	512u		/* of one VM */
#define NIE_NR_POOL	64u		/* free table pages of one VM */
#define NIE_NO_VM	0xffffu
#define NIE_NR_CPUS	256u
#define NIE_NO_CPU	0xffffffffu
#define NIE_NO_MPIDR	(~0ul)

#endif /* NIE_EL2_TYPES_H */
