/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot page(s): what nie.ko tells the EL2 image when it starts it.
 *
 * Written by EL1 before takeover, when the host is trusted. Read by EL2 during the early phase, and
 * gic[] after it; the pages are NIE's then.
 */
#ifndef NIE_EL2_ARCH_BOOT_H
#define NIE_EL2_ARCH_BOOT_H

#define NIE_BOOT_MAGIC		0x4e49455f424f4f54	/* "NIE_BOOT" */
#define NIE_BOOT_MAX_RANGES	96
#define NIE_BOOT_MAX_DENY	16
#define NIE_BOOT_MAX_GIBS	1024
#define NIE_BOOT_MAX_GIC	(2 * NIE_NR_CPUS + 16)
#define NIE_BOOT_MAX_PINS	(NIE_NR_CPUS + 160)
#define NIE_BOOT_MAX_REGS	14

#define NIE_BOOT_DEBUG		1ul	/* debug_unload=1: DEBUG calls are available */
#define NIE_BOOT_FWB		2ul	/* every CPU has FEAT_S2FWB */
#define NIE_BOOT_REPEAT_TLBI	4ul	/* an erratum wants TLBI; DSB twice */
#define NIE_BOOT_RAS		8ul	/* every CPU has FEAT_RAS */
#define NIE_BOOT_PAUTH		16ul	/* every CPU has pointer authentication */
#define NIE_BOOT_FGT		32ul	/* every CPU has FEAT_FGT */
#define NIE_BOOT_HCX		64ul	/* every CPU has FEAT_HCX */
#define NIE_BOOT_SPE		128ul	/* some CPU has SPE that EL1 may use */
#define NIE_BOOT_TRBE		256ul	/* some CPU has TRBE that EL1 may use */
#define NIE_BOOT_SVE		512ul	/* the host kernel uses SVE */
#define NIE_BOOT_SME		1024ul	/* the host kernel uses SME */

#ifndef __ASSEMBLY__

enum { NIE_GIC_RD, NIE_GIC_VLPI, NIE_GIC_ITS, NIE_NR_GIC_FRAMES };

struct nie_boot_range {
	u64 pfn;
	u64 nr;
};

struct nie_boot_gib {
	u32 gib;
	u32 l2_pfn;
	u32 l3_pfn;
};

/* A register of a GIC, size 4 or 8 (0: none); bits that stay as they are, or may be cleared. */
struct nie_boot_reg {
	u32 offset;
	u16 size;
	u16 may_clear;
	u64 frozen;
};

/* The first page of a frame, and what its registers held when NIE was loaded. */
struct nie_boot_gic {
	u64 pfn;
	u64 frame;		/* NIE_GIC_* */
	u64 value[NIE_BOOT_MAX_REGS];
};

/**
 * struct nie_boot - boot parameters; offsets of the first fields are known to entry.S
 */
struct nie_boot {
	u64 magic;
	u64 ttbr0;		/* EL2 stage-1 root, TTBR0_EL2 */
	u64 tcr;		/* TCR_EL2 */
	u64 mair;		/* MAIR_EL2 */
	u64 sctlr;		/* SCTLR_EL2 */
	u64 flags;		/* NIE_BOOT_* */
	u64 pa_bits;		/* size of the host's stage-2 input, 32..48 */
	u64 host_vttbr;		/* root of the host's stage-2 */
	u64 host_vtcr;		/* VTCR_EL2 for the host */
	u64 guest_vtcr;		/* VTCR_EL2 for guests, without T0SZ */
	u64 panic_pfn;		/* page for EL2's registers after a panic; the host's */
	u64 panic_entry;	/* EL1 virtual address to go on at after an EL2 panic */
	u64 nr_cpus;
	u64 nr_ram;
	u64 nr_nie;
	u64 nr_deny;
	u64 nr_gibs;
	u64 nr_gic;
	u64 nr_pins;
	u64 mpidr[NIE_NR_CPUS];
	struct nie_boot_range ram[NIE_BOOT_MAX_RANGES];
	struct nie_boot_range nie[NIE_BOOT_MAX_RANGES];	/* image, records, tables */
	struct nie_boot_range deny[NIE_BOOT_MAX_DENY];	/* not for the host */
	struct nie_boot_gib gib[NIE_BOOT_MAX_GIBS];
	struct nie_boot_reg reg[NIE_NR_GIC_FRAMES][NIE_BOOT_MAX_REGS];
	struct nie_boot_gic gic[NIE_BOOT_MAX_GIC];	/* registers by which a GIC writes memory */
	struct nie_boot_range pin[NIE_BOOT_MAX_PINS];	/* the memory that it writes */
};

#define NIE_PANIC_LOCK		16	/* the lock's owner has panicked */
#define NIE_PANIC_STACK		17	/* a canary was overwritten */

/* What EL2 leaves in the panic page. */
struct nie_panic {
	u64 magic;		/* NIE_BOOT_MAGIC once the rest is there */
	u64 cpu;
	u64 reason;		/* vector number 0..15, or NIE_PANIC_* */
	u64 esr;
	u64 far;
	u64 hpfar;
	u64 elr;
	u64 spsr;
	u64 sp;
	u64 x[31];
};

#endif /* __ASSEMBLY__ */
#endif /* NIE_EL2_ARCH_BOOT_H */
