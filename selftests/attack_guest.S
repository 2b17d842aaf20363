/* SPDX-License-Identifier: GPL-2.0-only */
/* A bare-metal guest, one page of code; runs at EL1 with its MMU off. See attack_guest.h. */
#include "attack_guest.h"

	.arch_extension fp
	.arch_extension simd

	/* The address of secret n, in the page of data. */
	.macro	secret_at, reg, n
	adr	\reg, attack_guest
	add	\reg, \reg, #(2 * 4096)
	add	\reg, \reg, #(8 * (GUEST_SECRETS + \n))
	.endm

	.macro	secret, reg, n
	adr	\reg, attack_guest
	add	\reg, \reg, #(2 * 4096)
	ldr	\reg, [\reg, #(8 * (GUEST_SECRETS + \n))]
	.endm

	/* A secret into a register of its own, by way of x4. */
	.macro	fill_reg, reg, n
	secret	x4, \n
	msr	\reg, x4
	.endm

	.macro	each_fp, what
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\what	\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\what	\n
	.endr
	.endm

	.macro	fill_fp, n
	ldr	q\n, [x4, #(16 * \n)]
	.endm

	/* x5 bit 32 if it is not as filled. */
	.macro	check_fp, n
	mov	x1, v\n\().d[0]
	mov	x2, v\n\().d[1]
	ldp	x7, x8, [x4, #(16 * \n)]
	cmp	x1, x7
	ccmp	x2, x8, #0, eq
	cset	x1, ne
	orr	x5, x5, x1, lsl #32
	.endm

	/* x5 bit 33 if it is not as filled. */
	.macro	check_reg, reg, n
	mrs	x1, \reg
	secret	x4, \n
	cmp	x1, x4
	cset	x1, ne
	orr	x5, x5, x1, lsl #33
	.endm

	.section .rodata, "a"
	.balign	4096
	.globl	attack_guest
attack_guest:
guest_base:
	b	first
	b	second

first:
	mov	x27, x0
	adr	x28, attack_guest
	add	x28, x28, #4096			// the shared page
	add	x1, x28, #4096			// data
	add	x1, x1, #1024
	mov	sp, x1
	adr	x1, guest_vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)			// CPACR_EL1.FPEN
	msr	cpacr_el1, x1
	isb
	movz	w0, #0xc600, lsl #16
	movk	w0, #3				// MEM_SHARE
	mov	x1, x28
	mov	x2, xzr
	mov	x3, xzr
	hvc	#0
	str	x0, [x28, #(8 * GUEST_SHARED)]
	str	x27, [x28, #(8 * GUEST_START_X0)]
	mrs	x1, mpidr_el1
	str	x1, [x28, #(8 * GUEST_MPIDR)]

done:
	ldr	x0, [x28, #(8 * GUEST_TURNS)]
	add	x0, x0, #1
	str	x0, [x28, #(8 * GUEST_TURNS)]
	dsb	sy
	/* With an interrupt pending a WFI is over at once, and no exit. */
1:	wfi
	ldr	x0, [x28, #(8 * GUEST_GO)]
	cbz	x0, 1b
	str	xzr, [x28, #(8 * GUEST_GO)]
	ldr	w1, [x28, #(8 * GUEST_INSN)]
	adr	x2, slot
	str	w1, [x2]
	dsb	sy
	ic	iallu
	dsb	sy
	isb

	bl	fill
	str	xzr, [x28, #(8 * GUEST_TAKEN)]
	ldr	x0, [x28, #(8 * GUEST_HIDE)]
	cmp	x0, #0
	secret	x0, 3
	ldp	x2, x3, [x28, #(8 * GUEST_X0 + 16)]
	csel	x3, x0, x3, ne
	ldp	x0, x1, [x28, #(8 * GUEST_X0)]
	ldr	x7, [x28, #(8 * GUEST_X7)]
	ldr	x9, [x28, #(8 * GUEST_X9)]
	.irp	n, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26
	secret	x\n, \n
	.endr
	.irp	n, 27, 28, 29, 30
	secret	x\n, \n
	.endr
slot:
	nop
	.globl	attack_guest_after
attack_guest_after:
after:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22
	str	x\n, [sp, #(8 * \n)]
	.endr
	.irp	n, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [sp, #(8 * \n)]
	.endr
	adr	x28, attack_guest
	add	x28, x28, #4096
	stp	x0, x1, [x28, #(8 * GUEST_X0)]
	ldr	x0, [x28, #(8 * GUEST_HIDE)]
	cmp	x0, #0
	csel	x3, xzr, x3, ne
	stp	x2, x3, [x28, #(8 * GUEST_X0 + 16)]
	str	x7, [x28, #(8 * GUEST_X7)]

	mov	x5, xzr				// what has changed
	mov	x6, #30				// x30..x4, but x7 and x9
1:	cmp	x6, #7
	ccmp	x6, #9, #4, ne
	b.eq	2f
	secret_at x1, 0
	ldr	x1, [x1, x6, lsl #3]
	ldr	x2, [sp, x6, lsl #3]
	cmp	x1, x2
	cset	x2, ne
	lsl	x2, x2, x6
	orr	x5, x5, x2
2:	sub	x6, x6, #1
	cmp	x6, #4
	b.ge	1b

	secret_at x4, 32
	each_fp	check_fp
	check_reg tpidr_el0, 96
	check_reg tpidrro_el0, 97
	check_reg tpidr_el1, 98
	check_reg sp_el0, 99
	str	x5, [x28, #(8 * GUEST_CHANGED)]
	b	done

second:
	adr	x28, attack_guest
	add	x28, x28, #4096
	ldr	x1, [x28, #(8 * GUEST_HIDE)]
	cmp	x1, #0
	secret	x1, 3
	csel	x1, x1, xzr, ne
	eor	x0, x0, x1
	str	x0, [x28, #(8 * GUEST_SECOND)]
	mrs	x1, mpidr_el1
	str	x1, [x28, #(8 * GUEST_SECOND + 8)]
	movz	w0, #0x8400, lsl #16
	movk	w0, #2				// CPU_OFF
	hvc	#0
	mov	x1, #1
	str	x1, [x28, #(8 * GUEST_SECOND + 16)]
	b	.

/*
 * The next instruction, or the same after an SError; if it cannot be fetched, or the state is
 * illegal, the one after the turn's.
 */
taken:
	stp	x16, x17, [sp, #-32]!
	str	x15, [sp, #16]
	adr	x15, attack_guest
	add	x15, x15, #4096
	ldr	x16, [x15, #(8 * GUEST_TAKEN)]
	add	x16, x16, #1
	str	x16, [x15, #(8 * GUEST_TAKEN)]
	mrs	x16, esr_el1
	str	x16, [x15, #(8 * GUEST_ESR)]
	lsr	x17, x16, #29
	cmp	x17, #4				// an abort; else FAR_EL1 is still the secret
	mrs	x17, far_el1
	csel	x17, x17, xzr, eq
	str	x17, [x15, #(8 * GUEST_FAR)]
	lsr	x16, x16, #26
	mrs	x17, elr_el1
	cmp	x16, #0x2f			// SError
	add	x15, x17, #4
	csel	x17, x17, x15, eq
	adr	x15, after
	sub	x16, x16, #0x20
	cmp	x16, #1				// instruction abort
	ccmp	x16, #2, #4, ne			// PC alignment
	ccmn	x16, #18, #4, ne		// illegal state
	csel	x17, x15, x17, eq
	msr	elr_el1, x17
	mrs	x16, spsr_el1
	bic	x16, x16, #(1 << 20)		// IL
	msr	spsr_el1, x16
	ldr	x15, [sp, #16]
	ldp	x16, x17, [sp], #32
	eret

	/* Vectors, Arm ARM D1.3.1.5: current EL with SP_ELx, synchronous and SError; no other. */
	.balign	2048
guest_vectors:
	.rept	128
	b	.
	.endr
	b	taken
	.rept	95
	b	.
	.endr
	b	taken

/* Secrets into all that is not a general-purpose register; what the CPU has not is passed over. */
fill:
	fill_reg s3_0_c2_c1_0, 100		// the five keys of pointer authentication
	fill_reg s3_0_c2_c1_1, 101
	fill_reg s3_0_c2_c1_2, 102
	fill_reg s3_0_c2_c1_3, 103
	fill_reg s3_0_c2_c2_0, 104
	fill_reg s3_0_c2_c2_1, 105
	fill_reg s3_0_c2_c2_2, 106
	fill_reg s3_0_c2_c2_3, 107
	fill_reg s3_0_c2_c3_0, 108
	fill_reg s3_0_c2_c3_1, 109
	fill_reg tpidr_el0, 96
	fill_reg tpidrro_el0, 97
	fill_reg tpidr_el1, 98
	fill_reg sp_el0, 99
	fill_reg ttbr0_el1, 110			// the MMU is off
	fill_reg ttbr1_el1, 111
	fill_reg tcr_el1, 112
	fill_reg mair_el1, 113
	fill_reg amair_el1, 114
	fill_reg contextidr_el1, 115
	fill_reg afsr0_el1, 116
	fill_reg afsr1_el1, 117
	fill_reg far_el1, 118
	fill_reg esr_el1, 119
	fill_reg elr_el1, 120
	fill_reg spsr_el1, 121
	fill_reg par_el1, 122
	fill_reg cntkctl_el1, 123
	fill_reg fpsr, 124
	fill_reg fpcr, 125
	secret_at x4, 32
	each_fp	fill_fp
	ret
	.org	guest_base + 4096
