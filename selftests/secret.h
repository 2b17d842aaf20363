/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest of secret.c. Starts with its doorbell's address in x0. */
#ifndef SELFTESTS_SECRET_H
#define SELFTESTS_SECRET_H

asm(".pushsection .rodata\n"
"	.globl	secret_start, secret_end\n"
"secret_start:\n"
"	mov	x1, x0\n"
"	mov	x29, x0\n"
"	movz	x0, #0x0007\n"			/* MMIO_GUARD_MAP */
"	movk	x0, #0xc600, lsl #16\n"
"	mov	x2, xzr\n"
"	mov	x3, xzr\n"
"	hvc	#0\n"
"	movz	x2, #0xcdef\n"
"	movk	x2, #0x89ab, lsl #16\n"
"	movk	x2, #0x4567, lsl #32\n"
"	movk	x2, #0x0123, lsl #48\n"
"	movz	x3, #0x9abe\n"
"	movk	x3, #0xd1f1, lsl #16\n"
"	movk	x3, #0x132c, lsl #32\n"
"	movk	x3, #0x5169, lsl #48\n"
"	eor	x2, x2, x3\n"
"	eor	x3, x2, #0x2020202020202020\n"
"	movz	x4, #0x4010, lsl #16\n"		/* RAM */
"	add	x5, x4, #1, lsl #12\n"
"1:	str	x2, [x4], #8\n"
"	cmp	x4, x5\n"
"	b.ne	1b\n"
"	add	x5, x4, #1, lsl #12\n"
"2:	str	x3, [x4], #8\n"
"	cmp	x4, x5\n"
"	b.ne	2b\n"
"	mov	x28, x2\n"
"	sub	x1, x4, #1, lsl #12\n"
"	movz	x0, #0x0003\n"			/* MEM_SHARE */
"	movk	x0, #0xc600, lsl #16\n"
"	mov	x2, xzr\n"
"	mov	x3, xzr\n"
"	hvc	#0\n"
"	mov	x2, #3 << 20\n"			/* CPACR_EL1.FPEN */
"	msr	cpacr_el1, x2\n"
"	isb\n"
".irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
"	dup	v\\n\\().2d, x28\n"
".endr\n"
".irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,30\n"
"	mov	x\\n, x28\n"
".endr\n"
"	msr	tpidr_el1, x28\n"
"	str	x0, [x29]\n"			/* what MEM_SHARE said */
"	movz	x29, #0x4010, lsl #16\n"
"3:	str	x28, [x29]\n"			/* and again */
"	b	3b\n"
"secret_end:\n"
".popsection\n");

extern const char secret_start[], secret_end[];

#endif /* SELFTESTS_SECRET_H */
