/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways into EL2: takeover and CPU_ON (MMU off), the host's vectors, EL2's own faults.
 * Never: trusts a register value of the host. Vector layout: Arm ARM D1.3.1.
 */
#include <asm/sysreg.h>
#include "boot.h"
#include "cpu.h"
#include "layout.h"

/*
 * No instruction after an ERET is executed, not even speculatively (dsb; isb where SB is not known
 * to exist).
 */
	.macro	sb_nie
	dsb	nsh
	isb
	.endm

/* x1 = CPU index => x2 = its struct nie_cpu, sp = its stack */
	.macro	cpu_area
	mov	x3, #NIE_CPU_STRIDE
	movz	x2, #(NIE_VA_CPU >> 32), lsl #32
	madd	x3, x1, x3, x2
	add	x2, x3, #NIE_CPU_DATA
	mov	x4, #NIE_CPU_STACK_TOP
	add	x4, x3, x4
	mov	sp, x4
	mov	x4, #NIE_CPU_PANIC_STACK_TOP
	add	x4, x3, x4
	str	x4, [x2, #NIE_CPU_PANIC_SP]
	msr	tpidr_el2, x2
	.endm

/*
 * x0 = boot page: EL2 stage 1 on. Clobbers x3..x6. Arm ARM D8.2.3, D8.16 (the image is mapped at
 * its PA).
 */
	.macro	mmu_on
	ldp	x3, x4, [x0, #8]		// ttbr0, tcr
	ldp	x5, x6, [x0, #24]		// mair, sctlr
	msr	ttbr0_el2, x3
	msr	tcr_el2, x4
	msr	mair_el2, x5
	isb
	tlbi	alle2
	tlbi	alle1				// all VMIDs: unknown at reset
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x6
	isb
	.endm

	.section .text.entry, "ax"

/*
 * Takeover: from the hyp-stub by HVC_SOFT_RESTART, MMU off, ELR_EL2 and SPSR_EL2 those of the HVC.
 * x0 = physical address of the boot page, x1 = CPU index. Returns to the host with x0 = 0 or
 * -errno.
 */
	.globl	nie_entry
nie_entry:
	mrs	x7, vbar_el2
	mrs	x8, sctlr_el2
	mmu_on
	cpu_area
	adrp	x3, nie_host_vectors
	add	x3, x3, #:lo12:nie_host_vectors
	msr	vbar_el2, x3
	isb
	stp	x29, x30, [sp, #-16]!
	mov	x2, x7
	mov	x3, x8
	bl	nie_cpu_enter
	ldp	x29, x30, [sp], #16
	eret
	sb_nie

/*
 * PSCI CPU_ON, CPU_SUSPEND: a core comes up here in EL2 with its MMU off. x0 = CPU index.
 */
	.globl	nie_cpu_on_entry
nie_cpu_on_entry:
	mov	x1, x0
	msr	daifset, #15
	adrp	x0, nie_boot_pa
	ldr	x0, [x0, #:lo12:nie_boot_pa]
	mmu_on
	cpu_area
	adrp	x3, nie_host_vectors
	add	x3, x3, #:lo12:nie_host_vectors
	msr	vbar_el2, x3
	isb
	bl	nie_cpu_on
	mov	x1, xzr
	mov	x2, xzr
	eret
	sb_nie

/* Give EL2 back: x0 = vectors, x1 = SCTLR_EL2 of the stub. Returns to the host with x0 = x1 = 0. */
	.globl	nie_leave_el2
nie_leave_el2:
	msr	vbar_el2, x0
	isb
	msr	sctlr_el2, x1
	isb
	tlbi	alle2
	dsb	nsh
	isb
	mov	x0, xzr
	mov	x1, xzr
	eret
	sb_nie

	.macro	host_trap
	sub	sp, sp, #256
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mov	x0, sp
	b	host_trap_c
	.endm

/* One entry of the panic vectors: keep x0, x1, find out which it was. */
	.macro	panic_vector, nr
	.balign	128
	msr	tpidrro_el0, x0			// a user register, and the host will stop
	mrs	x0, tpidr_el2
	str	x1, [x0, #(NIE_CPU_X_TMP + 8)]
	mrs	x1, tpidrro_el0
	str	x1, [x0, #NIE_CPU_X_TMP]
	mov	x1, #\nr
	b	panic_entry
	.endm

	.text
	.balign	2048
	.globl	nie_host_vectors
nie_host_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	panic_vector \n
	.endr
	.balign	128				// lower EL, AArch64, synchronous
	host_trap
	.irp	n, 9, 10, 11
	panic_vector \n
	.endr
	.balign	128				// lower EL, AArch32 (a 32-bit process), synchronous
	host_trap
	.irp	n, 13, 14, 15
	panic_vector \n
	.endr
	.balign	128

/*
 * AAPCS64: C keeps x19..x29 and sp; all others come back from the frame. A data abort may be a load
 * that EL2 carries out for the host, into any register.
 */
host_trap_c:
	mrs	x1, esr_el2
	lsr	x1, x1, #26
	cmp	x1, #0x24
	b.eq	data_abort_c
	bl	nie_host_trap
host_trap_done:
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	ldp	x0, x1, [sp, #0]
	add	sp, sp, #256
	eret
	sb_nie

data_abort_c:
	stp	x19, x20, [sp, #160]
	stp	x21, x22, [sp, #176]
	stp	x23, x24, [sp, #192]
	stp	x25, x26, [sp, #208]
	stp	x27, x28, [sp, #224]
	str	x29, [sp, #240]
	bl	nie_host_trap
	ldp	x19, x20, [sp, #160]
	ldp	x21, x22, [sp, #176]
	ldp	x23, x24, [sp, #192]
	ldp	x25, x26, [sp, #208]
	ldp	x27, x28, [sp, #224]
	ldr	x29, [sp, #240]
	b	host_trap_done

/* x0 = struct nie_cpu, x1 = vector number; the fault's x0 and x1 are in x_tmp. */
panic_entry:
	stp	x2, x3, [x0, #NIE_CPU_BOOT + 0]	// boot_pa, index: not read any more
	ldr	x2, [x0, #NIE_CPU_PANIC_SP]
	mov	x3, sp
	mov	sp, x2
	sub	sp, sp, #272
	str	x3, [sp, #256]
	ldp	x2, x3, [x0, #NIE_CPU_X_TMP]
	stp	x2, x3, [sp, #0]
	ldp	x2, x3, [x0, #NIE_CPU_BOOT]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x0, sp
	bl	nie_panic_fault
	b	.

/* The state of EL2 when it is about to go on at EL1 after a panic: x0 = EL1 entry. */
	.section .data.boot, "aw"
	.globl	nie_boot_pa
	.balign	8
nie_boot_pa:
	.quad	0				// set by nie.ko in its copy of the image
