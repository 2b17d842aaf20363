/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protected guest that the attacks work on: three pages of memory from GUEST_GFN, its code, a
 * page that it shares with the host, its data. It carries out one instruction of the host's choice
 * a turn, with a secret in all of its registers that the instruction does not need, and says in the
 * shared page what became of them.
 */
#ifndef SELFTESTS_ATTACK_GUEST_H
#define SELFTESTS_ATTACK_GUEST_H

#define GUEST_GFN	0x100
#define SECRET_HI	0x5ec2e711	/* upper half of every secret; the lower is a number */

/* Words of the shared page. */
#define GUEST_TURNS	0	/* turns done; the first is the start */
#define GUEST_INSN	1	/* in: the instruction */
#define GUEST_X0	2	/* in, out: x0..x3 */
#define GUEST_X7	6	/* in, out */
#define GUEST_X9	7	/* in: the address of loads and stores */
#define GUEST_TAKEN	8	/* out: exceptions that the instruction took */
#define GUEST_ESR	9	/* of the last: ESR_EL1, FAR_EL1 */
#define GUEST_FAR	10
#define GUEST_CHANGED	11	/* out: registers that are not what they were: bit n for xn, */
				/* 32 for FP, 33 for a system register */
#define GUEST_START_X0	12	/* out: x0 at the start, MPIDR_EL1, result of MEM_SHARE */
#define GUEST_MPIDR	13
#define GUEST_SHARED	14
#define GUEST_SECOND	15	/* out: x0, MPIDR_EL1 of the second vCPU, 1 if CPU_OFF returned */
#define GUEST_GO	18	/* in: 1, the guest is to go on, and not only out of WFI */
#define GUEST_NR_WORDS	19

#define GUEST_SECOND_ENTRY	4	/* where a second vCPU starts, in the code page */

#ifndef __ASSEMBLY__
extern const char attack_guest[];
#endif

#endif /* SELFTESTS_ATTACK_GUEST_H */
