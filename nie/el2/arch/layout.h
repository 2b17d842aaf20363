/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's address space. nie/place.c builds the tables for it, EL2 relies on it.
 *
 * The image runs at the physical address it was put at (below 2^44). Everything else lies above
 * 2^45. Arrays that are indexed by pfn are mapped only where a managed GiB needs them.
 */
#ifndef NIE_EL2_ARCH_LAYOUT_H
#define NIE_EL2_ARCH_LAYOUT_H

/*
 * RAM lies below 16 TiB, so that a pfn has 32 bits, and not in the last GiB below that, so that the
 * pfn after any range has as well and NIE_NO_PAGE is no page.
 */
#define NIE_PA_BITS_RAM		44
#define NIE_NR_GIBS		((1ul << (NIE_PA_BITS_RAM - 30)) - 1)
#define NIE_NR_PAGES		(NIE_NR_GIBS << 18)
#define NIE_PA_BITS_MAX		48

#define NIE_VA_WINDOW		0x200000000000ul	/* pfn at + pfn * 4096: NIE's only */
#define NIE_VA_RECORDS		0x400000000000ul	/* struct nie_page, 8 bytes a page */
#define NIE_VA_HOST_L3		0x401000000000ul	/* host's level-3 entries, 8 a page */
#define NIE_VA_WINDOW_L3	0x402000000000ul	/* the window's, 8 bytes a page */
#define NIE_VA_HOST_L2		0x403000000000ul	/* host's level-2, 8 bytes a 2 MiB */
#define NIE_VA_HOST_ODD		0x404000000000ul	/* counts, 8 bytes a 2 MiB */
#define NIE_VA_HOST_L1		0x405000000000ul	/* host's level-1, 8 bytes a GiB */
#define NIE_VA_CPU		0x406000000000ul	/* per CPU: see below */
#define NIE_VA_GIC		0x407000000000ul	/* gic[] of the boot page, a page each */

/* Per CPU, 64 KiB apart; the gaps are guard pages. */
#define NIE_CPU_STRIDE		0x10000ul
#define NIE_CPU_STACK		0x1000ul		/* two pages of stack */
#define NIE_CPU_STACK_TOP	0x3000ul
#define NIE_CPU_PANIC_STACK	0x4000ul		/* one page, for EL2's own faults */
#define NIE_CPU_PANIC_STACK_TOP	0x5000ul
#define NIE_CPU_DATA		0x6000ul		/* struct nie_cpu, one page */
#define NIE_CPU_PAGES		4			/* stack, stack, panic stack, data */

#endif /* NIE_EL2_ARCH_LAYOUT_H */
