/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translation table descriptor bits (Arm ARM D8.3, VMSAv8-64, 4 KiB granule). Values only.
 */
#ifndef NIE_EL2_ARCH_PTE_H
#define NIE_EL2_ARCH_PTE_H

#define PTE_TABLE		3ul			/* D8.3.1: table descriptor, levels 0-2 */
#define PTE_PAGE		3ul			/* D8.3.1: page descriptor, level 3 */
#define PTE_BLOCK		1ul			/* D8.3.1: block descriptor, levels 1-2 */
#define PTE_S2_R		(1ul << 6)		/* S2AP[0] */
#define PTE_S2_W		(1ul << 7)		/* S2AP[1] */
#define PTE_SH_INNER		(3ul << 8)
#define PTE_S2_AF		(1ul << 10)
#define PTE_S2_XN		(1ul << 54)		/* XN[1:0] = 0b10: not at EL1, EL0 */

/* Stage-2 MemAttr[3:0] (D8.5.5): without FWB, Normal WB, Normal NC */
#define PTE_S2_NORMAL		(0xful << 2)
#define PTE_S2_NC		(0x5ul << 2)
/* With FWB (D8.5.6): force Normal WB; Normal NC */
#define PTE_S2_FWB_NORMAL	(0x6ul << 2)
#define PTE_S2_FWB_NC		(0x5ul << 2)

#define PTE_HOST_RAM		(PTE_S2_AF | PTE_SH_INNER | PTE_S2_NORMAL | PTE_S2_R | PTE_S2_W)
#define PTE_HOST_RWX		(PTE_HOST_RAM | PTE_PAGE)
#define PTE_HOST_RW		(PTE_HOST_RAM | PTE_PAGE | PTE_S2_XN)
#define BLOCK_HOST_RWX		(PTE_HOST_RAM | PTE_BLOCK)

/* A guest leaf, without its memory type, write permission and execute-never. */
#define PTE_GUEST		(PTE_S2_AF | PTE_SH_INNER | PTE_S2_R | PTE_PAGE)

/* EL2 stage 1 (D8.3.1.2, EL2 regime with E2H = 0) */
#define PTE_EL2_AP_RO		(1ul << 7)
#define PTE_EL2_AP_RES1		(1ul << 6)
#define PTE_EL2_GP		(1ul << 50)		/* BTI guarded page, RES0 without BTI */
#define PTE_EL2_XN		(1ul << 54)
#define PTE_EL2_RAM		(PTE_S2_AF | PTE_SH_INNER | PTE_EL2_AP_RES1)
#define PTE_EL2_RW		(PTE_EL2_RAM | PTE_EL2_XN)
#define PTE_EL2_RO		(PTE_EL2_RAM | PTE_EL2_XN | PTE_EL2_AP_RO)
#define PTE_EL2_RX		(PTE_EL2_RAM | PTE_EL2_AP_RO | PTE_EL2_GP)
#define PTE_EL2_ATTR_DEVICE	(1ul << 2)		/* AttrIndx: the second of MAIR_EL2 */
#define PTE_EL2_DEVICE		(PTE_EL2_RW | PTE_EL2_ATTR_DEVICE)

#endif /* NIE_EL2_ARCH_PTE_H */
