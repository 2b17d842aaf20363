/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HVCs that NIE or the hyp-stub answers with their own register conventions, and the host's way on
 * after an EL2 panic.
 */
#include <linux/linkage.h>

/* u64 nie_stub_call(u64 fn, u64 a1, u64 a2, u64 a3): x0..x17 may change, as in a call. */
SYM_FUNC_START(nie_stub_call)
	hvc	#0
	ret
SYM_FUNC_END(nie_stub_call)

/*
 * u64 nie_leave_call(void): NIE leaves from deep in its C code; only sp and x18 come back as they
 * were.
 */
SYM_FUNC_START(nie_leave_call)
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	movz	x0, #0xc600, lsl #16		// NIE_HC_ID(NIE_HC_LEAVE)
	movk	x0, #0x800a
	hvc	#0
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
SYM_FUNC_END(nie_leave_call)

/* EL2 continues here, at EL1h with all exceptions masked, once it has stopped itself. */
SYM_CODE_START(nie_panic_entry)
	bl	nie_panic_report
	b	.
SYM_CODE_END(nie_panic_entry)
