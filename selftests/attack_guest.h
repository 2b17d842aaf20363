/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protected guest that the attacks work on: three pages of memory from GUEST_GFN, its code, a
 * page that it shares with the host, its data. It carries out one instruction of the host's choice
 * a turn, with a secret in all of its registers that the instruction does not need, and says in the
 * shared page what became of them. The secrets are words of its data: GUEST_SECRETS + n is of xn,
 * + 32 on of V0 to V31, + 96 on of system registers.
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
#define GUEST_HIDE	19	/* in: 1, x3 is a secret too, and not written here */

#define GUEST_SECRETS	256	/* word of the data page */
#define GUEST_SECOND_ENTRY	4	/* where a second vCPU starts, in the code page */

/* Instructions, Arm ARM C6.2. */
#define NOP		0xd503201fu
#define WFE		0xd503205fu
#define WFI		0xd503207fu
#define HVC		0xd4000002u
#define SMC		0xd4000003u
#define LOOP		0x14000000u		/* b . */
#define BR_X9		0xd61f0120u
#define STR		0xf9000127u		/* str x7, [x9], and so on */
#define STRB		0x39000127u
#define LDR		0xf9400127u
#define LDR_W		0xb9400127u
#define LDRSB		0x39800127u
#define LDRSB_W		0x39c00127u
#define LDP		0xa9401127u		/* ldp x7, x4, [x9]: no syndrome */
#define MRS_X7(reg)	(0xd5200007u | (reg))
#define MSR_X7(reg)	(0xd5000007u | (reg))
#define RT(insn, n)	(((insn) & ~31u) | (n))	/* the same with xn for x7 */

/* The guest's address space. */
#define IPA(gfn)	((gfn) << PAGE_SHIFT)
#define GFN_SPARE	0x200ul			/* memory that the host has not given yet */
#define GFN_MMIO	0x9000ul

/* Places, from FREE on: root and pool of vm_make() come first. */
#define CODE		8
#define SHARED_P	9
#define DATA		10
#define CTX0		11
#define RUN0		12
#define CTX1		13
#define RUN1		14
#define SPARE		15
#define NR_GUEST_PLACES	20

#define RUN_TRIES	64
#define START_X0	0x1234567800000001ul
#define FILL		0x1f1f1f1f1f1f1f1ful	/* in words of the run page that are the host's */

#ifndef __ASSEMBLY__
#include <nie/run.h>

extern const char attack_guest[], attack_guest_after[];
extern u64 vm, *shared;		/* the VM, its shared page */
extern struct nie_run *run;	/* of the vCPU that is loaded */

/*
 * The VM, not started: vCPU 0 is loaded, and preemption off. Every word of its data is its number
 * with SECRET_HI, but x3's is 1. The bits of @flip are inverted in all of them, but for the low 8
 * bits of x10's, 16 of x12's and 32 of x11's.
 */
void guest_make(u64 flip);
/* After its end: its pages are as they were before guest_make(). */
void guest_unshare(void);
/* Turn to the other vCPU. */
void other_vcpu(u32 index);
/* Put FILL where NIE has no business to write. */
void fill_run_page(struct nie_run *r);
#endif

#endif /* SELFTESTS_ATTACK_GUEST_H */
