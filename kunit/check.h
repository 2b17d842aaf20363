/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants INV-1..INV-11 of nie/el2, executable. Shares no code with the core. They are
 * checked on the fake's machine, and at EL2 on the one that it runs on; what that is asked is in
 * fake/machine.h and el2/machine.h.
 */
#ifndef NIE_KUNIT_CHECK_H
#define NIE_KUNIT_CHECK_H

#include <linux/kernel.h>
#include <machine.h>

/**
 * check_invariants() - do they all hold, and what the fake watches over
 * Looks at the pages of the arenas and at all that is not per page; fake_check_rest() does the
 * others. Return: NULL, or what does not hold, starting with its name.
 */
const char *check_invariants(void);

/*
 * What the host's stage-2 says of a page: NIE_PERM_*; ~0 for an entry that is wrong in another way.
 */
u32 check_host_perm(u32 pfn);

/* The leaf at a gfn of a live VM, 0 if there is none. */
u64 check_walk(u16 v, u32 gfn);

/* What a check that does not hold returns: the text, until the next. */
const char *check_fail(const char *format, ...) __printf(1, 2);

#endif /* NIE_KUNIT_CHECK_H */
