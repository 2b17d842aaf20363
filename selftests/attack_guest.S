/* SPDX-License-Identifier: GPL-2.0-only */
/* A bare-metal guest, one page of code; runs at EL1 with its MMU off. See attack_guest.h. */
#include "attack_guest.h"

	.arch_extension fp
	.arch_extension simd

	.macro	secret, reg, n
	movz	\reg, #(SECRET_HI >> 16), lsl #48
	movk	\reg, #(SECRET_HI & 0xffff), lsl #32
	movk	\reg, #\n
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
	dup	v\n\().2d, x4
	.endm

	/* x5 bit 32 if it is not as filled. */
	.macro	check_fp, n
	mov	x1, v\n\().d[0]
	mov	x2, v\n\().d[1]
	cmp	x1, x4
	ccmp	x2, x4, #0, eq
	cset	x1, ne
	orr	x5, x5, x1, lsl #32
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

	secret	x4, 4
	msr	tpidr_el0, x4
	msr	tpidrro_el0, x4
	msr	tpidr_el1, x4
	msr	sp_el0, x4
	msr	far_el1, x4
	msr	elr_el1, x4
	msr	afsr0_el1, x4
	msr	s3_0_c2_c1_0, x4		// APIAKEYLO_EL1, if there is one
	msr	s3_0_c2_c3_1, x4		// APGAKEYHI_EL1
	each_fp	fill_fp
	str	xzr, [x28, #(8 * GUEST_TAKEN)]
	ldp	x0, x1, [x28, #(8 * GUEST_X0)]
	ldp	x2, x3, [x28, #(8 * GUEST_X0 + 16)]
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
	stp	x2, x3, [x28, #(8 * GUEST_X0 + 16)]
	str	x7, [x28, #(8 * GUEST_X7)]

	mov	x5, xzr				// what has changed
	mov	x6, #30				// x30..x4, but x7 and x9
1:	cmp	x6, #7
	ccmp	x6, #9, #4, ne
	b.eq	2f
	secret	x1, 0
	add	x1, x1, x6
	ldr	x2, [sp, x6, lsl #3]
	cmp	x1, x2
	cset	x2, ne
	lsl	x2, x2, x6
	orr	x5, x5, x2
2:	sub	x6, x6, #1
	cmp	x6, #4
	b.ge	1b

	secret	x4, 4
	each_fp	check_fp
	.irp	reg, tpidr_el0, tpidrro_el0, tpidr_el1, sp_el0
	mrs	x1, \reg
	cmp	x1, x4
	cset	x1, ne
	orr	x5, x5, x1, lsl #33
	.endr
	str	x5, [x28, #(8 * GUEST_CHANGED)]
	b	done

second:
	adr	x28, attack_guest
	add	x28, x28, #4096
	str	x0, [x28, #(8 * GUEST_SECOND)]
	mrs	x1, mpidr_el1
	str	x1, [x28, #(8 * GUEST_SECOND + 8)]
	movz	w0, #0x8400, lsl #16
	movk	w0, #2				// CPU_OFF
	hvc	#0
	mov	x1, #1
	str	x1, [x28, #(8 * GUEST_SECOND + 16)]
	b	.

/* The next instruction; after an instruction abort, the one after the turn's. */
taken:
	stp	x16, x17, [sp, #-32]!
	str	x15, [sp, #16]
	adr	x15, attack_guest
	add	x15, x15, #4096
	ldr	x16, [x15, #(8 * GUEST_TAKEN)]
	add	x16, x16, #1
	str	x16, [x15, #(8 * GUEST_TAKEN)]
	mrs	x16, far_el1
	str	x16, [x15, #(8 * GUEST_FAR)]
	mrs	x16, esr_el1
	str	x16, [x15, #(8 * GUEST_ESR)]
	lsr	x16, x16, #26
	mrs	x17, elr_el1
	add	x17, x17, #4
	adr	x15, after
	cmp	x16, #0x21
	csel	x17, x15, x17, eq
	msr	elr_el1, x17
	ldr	x15, [sp, #16]
	ldp	x16, x17, [sp], #32
	eret

	/* Vectors, Arm ARM D1.3.1.5: current EL with SP_ELx, synchronous; no other is wanted. */
	.balign	2048
guest_vectors:
	.rept	128
	b	.
	.endr
	b	taken
	.org	guest_base + 4096
