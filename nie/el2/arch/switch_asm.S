/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into a guest and back out: general-purpose registers and the guest's vectors.
 * Never: touches a system register; switch.c does that.
 */
#include "boot.h"
#include "cpu.h"

#define FRAME_REGS	96
#define FRAME_SIZE	112

	.text

/*
 * u64 nie_guest_enter(volatile struct nie_regs *regs)
 * Runs the guest whose state is on the CPU. Each of x0..x30 is read once. Returns NIE_EXIT_*.
 */
	.globl	nie_guest_enter
nie_guest_enter:
	hint	#34				// bti c
	sub	sp, sp, #FRAME_SIZE
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	str	x0, [sp, #FRAME_REGS]
	mov	x30, x0
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	eret
	dsb	nsh
	isb

	.macro	guest_vector, code
	.balign	128
	hint	#16				// esb: an SError of the guest goes to DISR
	stp	x0, x1, [sp, #-16]!
	mov	x0, #\code
	b	guest_exit
	.endm

	.macro	el2_vector
	.balign	128
	b	guest_el2_fault
	.endm

	.balign	2048
	.globl	nie_guest_vectors
nie_guest_vectors:
	.rept	8
	el2_vector
	.endr
	guest_vector 2				// synchronous
	guest_vector 0				// IRQ
	guest_vector 0				// FIQ
	guest_vector 1				// SError
	guest_vector 2				// the same from AArch32 EL0
	guest_vector 0
	guest_vector 0
	guest_vector 1
	.balign	128

/* EL2 faulted while the guest's state was on the CPU: the host's vectors know how to panic. */
guest_el2_fault:
	b	nie_host_vectors + 4 * 128

guest_exit:
	ldr	x1, [sp, #(16 + FRAME_REGS)]
	stp	x2, x3, [x1, #16]
	ldp	x2, x3, [sp]
	stp	xzr, xzr, [sp], #16		// nothing stays on the stack: nie_end()
	stp	x2, x3, [x1, #0]
	stp	x4, x5, [x1, #32]
	stp	x6, x7, [x1, #48]
	stp	x8, x9, [x1, #64]
	stp	x10, x11, [x1, #80]
	stp	x12, x13, [x1, #96]
	stp	x14, x15, [x1, #112]
	stp	x16, x17, [x1, #128]
	stp	x18, x19, [x1, #144]
	stp	x20, x21, [x1, #160]
	stp	x22, x23, [x1, #176]
	stp	x24, x25, [x1, #192]
	stp	x26, x27, [x1, #208]
	stp	x28, x29, [x1, #224]
	str	x30, [x1, #240]
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	add	sp, sp, #FRAME_SIZE
	ret
