/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Syndromes as the core reads and makes them: Arm ARM D24.2.40, ESR_ELx. arch/ has the kernel's
 * names.
 */
#ifndef NIE_EL2_ESR_H
#define NIE_EL2_ESR_H

#include "types.h"

#define NIE_EC_UNKNOWN	0x00u
#define NIE_EC_WFX	0x01u
#define NIE_EC_HVC64	0x16u
#define NIE_EC_SYS64	0x18u
#define NIE_EC_IABT_LOW	0x20u
#define NIE_EC_DABT_LOW	0x24u

#define NIE_ESR_IL	(1ul << 25)
/* Aborts. */
#define NIE_ABT_ISV	(1ul << 24)
#define NIE_ABT_SSE	(1ul << 21)
#define NIE_ABT_SF	(1ul << 15)
#define NIE_ABT_CM	(1ul << 8)
#define NIE_ABT_S1PTW	(1ul << 7)
#define NIE_ABT_WNR	(1ul << 6)
#define NIE_FSC_SEA	0x10ul
#define NIE_FSC_TRANS	0x04ul		/* translation fault, level in the two bits below */

/* System register by its encoding, as it stands in the ISS of a trapped MSR or MRS. */
#define NIE_SYS(op0, op1, crn, crm, op2)						\
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

/* PSTATE. */
#define NIE_PSTATE_MODE32	(1ul << 4)
#define NIE_PSTATE_RESET	0x3c5ul		/* EL1h, DAIF */
#define NIE_PSTATE_BTYPE	(1ul << 10)	/* 2 bits */
#define NIE_PSTATE_SSBS		(1ul << 12)
#define NIE_PSTATE_SS		(1ul << 21)
#define NIE_PSTATE_PAN		(1ul << 22)
#define NIE_PSTATE_DIT		(1ul << 24)
#define NIE_PSTATE_NZCV		(1ul << 28)	/* 4 bits */

/* A field of a register by its lowest bit and the number of its values; 2 for a bit. */
#define NIE_FIELD(x, lowest, nr)	((x) / (lowest) % (nr))

#define NIE_ESR_EC(esr)		((u32)NIE_FIELD(esr, 1ul << 26, 64))
#define NIE_ESR(ec, iss)	((ec) * (1ul << 26) + NIE_ESR_IL + (iss))

/* Size of an access, 0 to 3: 1 to 8 bytes; the register that it moves; MSR and MRS have theirs. */
#define NIE_ABT_SAS(esr)	NIE_FIELD(esr, 1ul << 22, 4)
#define NIE_ABT_SRT(esr)	((u32)NIE_FIELD(esr, 1ul << 16, 32))
#define NIE_SYS_RT(esr)		((u32)NIE_FIELD(esr, 1ul << 5, 32))

#endif /* NIE_EL2_ESR_H */
