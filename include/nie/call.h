/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed EL1 wrappers of the host calls, generated from NIE_HOSTCALLS():
 *
 *	long nie_hc_<name>(struct nie_res *out, u64 arguments...)
 *
 * Each returns 0 or a negative errno; -EOPNOTSUPP where NIE does not answer. `out` takes the
 * outputs (x2..x5) and may be NULL. Only for EL1 of a host whose EL2 speaks SMCCC.
 * Who defines NIE_CALL_DONE(NAME, name, ret, a1..a5) first has it after each call. nie_call() is
 * without it and without instrumentation, so usable from noinstr code.
 */
#ifndef NIE_CALL_H
#define NIE_CALL_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <nie/hostcalls.h>

/* The outputs of a host call, x2..x5. */
struct nie_res {
	u64 r[4];
};

static __always_inline long nie_call(struct nie_res *out, u32 nr, u64 a1, u64 a2, u64 a3,
				     u64 a4, u64 a5)
{
	register u64 x0 asm("x0") = NIE_HC_ID(nr);
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;
	register u64 x4 asm("x4") = a4;
	register u64 x5 asm("x5") = a5;

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
		     : : "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			 "x16", "x17", "memory");
	if (out) {
		out->r[0] = x2;
		out->r[1] = x3;
		out->r[2] = x4;
		out->r[3] = x5;
	}
	return x0 ? -EOPNOTSUPP : (long)x1;
}

#define NIE_PARMS0()			struct nie_res *out
#define NIE_PARMS1(a)			struct nie_res *out, u64 a
#define NIE_PARMS2(a, b)		struct nie_res *out, u64 a, u64 b
#define NIE_PARMS3(a, b, c)		struct nie_res *out, u64 a, u64 b, u64 c
#define NIE_PARMS4(a, b, c, d)		struct nie_res *out, u64 a, u64 b, u64 c, u64 d
#define NIE_PARMS5(a, b, c, d, e)	struct nie_res *out, u64 a, u64 b, u64 c, u64 d, u64 e
#define NIE_PASS0()			0, 0, 0, 0, 0
#define NIE_PASS1(a)			a, 0, 0, 0, 0
#define NIE_PASS2(a, b)			a, b, 0, 0, 0
#define NIE_PASS3(a, b, c)		a, b, c, 0, 0
#define NIE_PASS4(a, b, c, d)		a, b, c, d, 0
#define NIE_PASS5(a, b, c, d, e)	a, b, c, d, e

#ifndef NIE_CALL_DONE
#define NIE_CALL_DONE(NAME, name, ret, ...)	do {} while (0)
#endif

#define NIE_HC_WRAPPER(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc)	\
static __always_inline long nie_hc_##name(NIE_PARMS##nargs args)		\
{										\
	long ret = nie_call(out, nr, NIE_PASS##nargs args);			\
										\
	NIE_CALL_DONE(NAME, name, ret, NIE_PASS##nargs args);			\
	return ret;								\
}

NIE_HOSTCALLS(NIE_HC_WRAPPER)
#undef NIE_HC_WRAPPER

#endif /* NIE_CALL_H */
