/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of a protected guest: HVC #0, SMCCC 1.1 (DEN0028). The numbers of KVM's vendor services are
 * those of include/linux/arm-smccc.h, so that a mainline guest with CONFIG_ARM_PKVM_GUEST finds
 * them; PSCI is DEN0022, 1.1. Every other number returns NIE_SMCCC_NOT_SUPPORTED. The first
 * arguments are in x1.., results in x0..x3; a call changes no other register.
 *
 * Results: NIE_SMCCC_*. A call that returns NIE_SMCCC_INVALID has had no effect.
 */
#ifndef NIE_GUESTCALLS_H
#define NIE_GUESTCALLS_H

#define NIE_SMCCC_SUCCESS		0UL
#define NIE_SMCCC_NOT_SUPPORTED		(~0UL)		/* -1 */
#define NIE_SMCCC_INVALID		(~0UL - 2)	/* -3, INVALID_PARAMETER */

#define NIE_GC_SMCCC_VERSION		0x80000000
#define NIE_GC_SMCCC_FEATURES		0x80000001
#define NIE_GC_KVM_UID			0x8600ff01
#define NIE_GC_KVM_FEATURES		0x86000000	/* bit n of x0..x3: function n is there */

/* x1..x3 = 0. Returns the size of what share and unshare work on: 4096. */
#define NIE_GC_HYP_MEMINFO		0xc6000002
/*
 * x1 = address of a page of the guest's own, x2 = x3 = 0: GUEST => GUEST_SHARED_HOST, and back. A
 * page that the host has not given yet is asked for first. INVALID: not such a page.
 */
#define NIE_GC_MEM_SHARE		0xc6000003
#define NIE_GC_MEM_UNSHARE		0xc6000004
/*
 * x1 = address of a page of the guest's own, not shared, x2 = x3 = 0: GUEST => HOST, zeroed; the
 * host learns the address. The next access there asks the host for a page, which reads zero.
 * INVALID: not such a page.
 */
#define NIE_GC_MEM_RELINQUISH		0xc6000009
/*
 * x1 = address of a page where the guest has no memory, x2 = x3 = 0: accesses there are for the
 * host to emulate, for as long as the VM lives. INVALID: there is memory, or the address is outside
 * the guest's address space, or the VM has NIE_NR_MMIO separate ranges already.
 */
#define NIE_GC_MMIO_GUARD		0xc6000007

/*
 * NIE's own. x1 = 0 or 16, x2 = x3 = 0: 16 bytes of the VM's measurement from there on, as they
 * lie in memory, in x1 and x2. It is the SHA-256 of a message: for each page that the host gave
 * before vCPU 0 first ran, in the order of giving, a header and the page; and a last header. A
 * header is 64 bytes, in little-endian 8-byte words: NIE_MEASURE_PAGE and the page's address, or
 * NIE_MEASURE_START, PC and x0 of vCPU 0's first instruction; zeroes. Pages that the host gives
 * later are zero.
 */
#define NIE_GC_MEASUREMENT		0xc6008100
#define NIE_MEASURE_PAGE		0UL
#define NIE_MEASURE_START		1UL

/* TRNG DEN0098, 1.0: what the firmware returns; NOT_SUPPORTED if it has none. */
#define NIE_GC_TRNG_VERSION		0x84000050
#define NIE_GC_TRNG_FEATURES		0x84000051
#define NIE_GC_TRNG_GET_UUID		0x84000052
#define NIE_GC_TRNG_RND			0x84000053	/* or-ed with NIE_GC_64BIT: RND64 */

#define NIE_GC_PSCI_VERSION		0x84000000
#define NIE_GC_PSCI_CPU_SUSPEND		0x84000001
#define NIE_GC_PSCI_CPU_OFF		0x84000002
#define NIE_GC_PSCI_CPU_ON		0x84000003
#define NIE_GC_PSCI_AFFINITY_INFO	0x84000004
#define NIE_GC_PSCI_MIGRATE_TYPE	0x84000006
#define NIE_GC_PSCI_SYSTEM_OFF		0x84000008
#define NIE_GC_PSCI_SYSTEM_RESET	0x84000009
#define NIE_GC_PSCI_FEATURES		0x8400000a
#define NIE_GC_64BIT			0x40000000	/* or-ed to SUSPEND, ON, AFFINITY, RND */

#define NIE_PSCI_INVALID_PARAMS		(~0UL - 1)	/* -2 */
#define NIE_PSCI_ALREADY_ON		(~0UL - 3)	/* -4 */
#define NIE_PSCI_ON_PENDING		(~0UL - 4)	/* -5 */
#define NIE_PSCI_INVALID_ADDRESS	(~0UL - 8)	/* -9 */

#endif /* NIE_GUESTCALLS_H */
