/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that may be refused, with vectors of their own instead of the kernel's, so that a
 * refused fetch does not end in an oops; HVC and SMC with every register in view. All exceptions
 * are masked while the vectors are ours.
 */
#include <linux/linkage.h>

/* Vector table, Arm ARM D1.3.1.5. Only "current EL with SP_ELx, synchronous" can happen. */
	.text
	.balign	2048
SYM_CODE_START_LOCAL(attack_vectors)
	.rept	128
	b	.
	.endr
	b	attack_caught			// + 0x200
	.rept	383
	b	.
	.endr
SYM_CODE_END(attack_vectors)

/*
 * u64 attack_asm_access(u64 op, u64 va, u64 *value): ESR_EL1 of the exception, 0 if there was none.
 * op: 0 load, 1 store, 2 DC ZVA, 3 user load, 4 call; 3 and 4 with *value in TTBR0_EL1.
 */
SYM_FUNC_START(attack_asm_access)
	mrs	x9, daif
	msr	daifset, #15
	mrs	x10, vbar_el1
	adr	x11, attack_vectors
	msr	vbar_el1, x11
	isb
	mov	x4, xzr
	mov	x12, xzr
	mov	x15, x30
	ldr	x5, [x2]
	cmp	x0, #1
	b.lo	0f
	b.eq	1f
	cmp	x0, #3
	b.lo	2f
	mrs	x12, ttbr0_el1
	msr	ttbr0_el1, x5
	isb
	b.eq	3f
	blr	x1
	b	attack_resume
0:	ldr	x5, [x1]
	b	attack_resume
1:	str	x5, [x1]
	b	attack_resume
2:	dc	zva, x1
	b	attack_resume
3:	ldtr	x5, [x1]
attack_resume:
	cbz	x12, 5f
	msr	ttbr0_el1, x12
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
5:	msr	vbar_el1, x10
	isb
	msr	daif, x9
	mov	x30, x15
	str	x5, [x2]
	mov	x0, x4
	ret
SYM_FUNC_END(attack_asm_access)

SYM_CODE_START_LOCAL(attack_caught)
	mrs	x4, esr_el1
	adr	x11, attack_resume
	msr	elr_el1, x11
	mrs	x11, spsr_el1
	bic	x11, x11, #(3 << 10)		// BTYPE
	msr	spsr_el1, x11
	eret
SYM_CODE_END(attack_caught)

/* void attack_asm_hvc(u64 x[18]), void attack_asm_smc(u64 x[18]): x0..x17 in and out. */
	.macro	conduit, name, insn
SYM_FUNC_START(\name)
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x19, [sp, #16]
	mov	x19, x0
	ldp	x0, x1, [x19, #0]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	ldp	x12, x13, [x19, #96]
	ldp	x14, x15, [x19, #112]
	ldp	x16, x17, [x19, #128]
	\insn	#0
	ldr	x19, [sp, #16]
	stp	x0, x1, [x19, #0]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldr	x19, [sp, #24]
	ldp	x29, x30, [sp], #32
	ret
SYM_FUNC_END(\name)
	.endm

/* void attack_asm_fp_load(u64 v[64]), void attack_asm_fp_save(u64 v[64]): V0..V31. */
	.arch_extension fp
	.arch_extension simd
	.macro	fp_all, name, op
SYM_FUNC_START(\name)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	q\n, [x0, #(16 * \n)]
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	q\n, [x0, #(16 * \n)]
	.endr
	ret
SYM_FUNC_END(\name)
	.endm

	fp_all	attack_asm_fp_load, ldr
	fp_all	attack_asm_fp_save, str

	conduit	attack_asm_hvc, hvc
	conduit	attack_asm_smc, smc
