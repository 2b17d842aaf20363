/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one host call more that an image with NIE_DEBUG_CHECK=1 has; all others say NOT_SUPPORTED.
 * It is in no table: no image that is shipped has it. x1 = one of NIE_CHECK_*, x2 = its argument.
 * Returns x1 = -EPERM if an invariant has been violated at some time, or 0; x2 the number of looks,
 * x3 of host calls; x4 and x5 the first two numbers of the text of the violation. After one, no
 * other call is answered any more.
 */
#ifndef NIE_KUNIT_EL2_CHECK_CALL_H
#define NIE_KUNIT_EL2_CHECK_CALL_H

#define NIE_CHECK_CALL	0xf0

#define NIE_CHECK_LOOK	0	/* look now */
#define NIE_CHECK_EVERY	1	/* look after every x2 calls; 0: never */
#define NIE_CHECK_READ	2	/* in x2, byte x2 of the text of the first violation */

#define NIE_CHECK_TEXT	96

#endif /* NIE_KUNIT_EL2_CHECK_CALL_H */
