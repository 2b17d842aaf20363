/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for the guest of attack_guest.S: see program() in attack_turns.h. Its MMU is off. */

	.macro	program, name
	.balign	4
	.globl	program_\name
program_\name:
	.endm

	/* x0, x1: TTBR0_EL1, TTBR1_EL1; x3: TCR_EL1. The MMU is on for as long as \what takes. */
	.macro	translated, what:vararg
	stp	x4, x5, [sp, #-16]!
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x1
	msr	tcr_el1, x3
	mov	x4, #0xff
	msr	mair_el1, x4
	tlbi	vmalle1
	dsb	sy
	isb
	mrs	x4, sctlr_el1
	orr	x5, x4, #1
	msr	sctlr_el1, x5
	isb
	\what
	isb
	msr	sctlr_el1, x4
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	ldp	x4, x5, [sp], #16
	.endm

	.section .rodata, "a"
	/* x7: an address, and what is there */
	program	tables
	translated ldr x7, [x7]
	br	x2

	/* x7: an address, and PAR_EL1 of it */
	program	translate
	translated at s1e1r, x7
	mrs	x7, par_el1
	br	x2

	/* x0: SPSR_EL1 of an exception return to what comes next */
	program	eret
	adr	x1, 1f
	msr	elr_el1, x1
	msr	spsr_el1, x0
	eret
1:	br	x2

	/* x3: a function that is called x7 times */
	program	calls
1:	mov	x0, x3
	hvc	#0
	sub	x7, x7, #1
	cbnz	x7, 1b
	br	x2

	/* x0: ICC_IGRPEN1_EL1. Ends x1 interrupts from INTID x7 on, in every way there is. */
	program	eoi
	msr	s3_0_c12_c12_7, x0
1:	msr	s3_0_c12_c12_1, x7		// ICC_EOIR1_EL1
	msr	s3_0_c12_c8_1, x7		// ICC_EOIR0_EL1
	msr	s3_0_c12_c11_1, x7		// ICC_DIR_EL1
	mrs	x0, s3_0_c12_c12_0		// ICC_IAR1_EL1
	add	x7, x7, #1
	sub	x1, x1, #1
	cbnz	x1, 1b
	br	x2
