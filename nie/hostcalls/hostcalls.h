/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host-call handlers: hc_<name>(arguments, outputs) for each row of NIE_HOSTCALLS(). A handler
 * checks the shape of its arguments, takes nie_lock, finds the VM, and makes one core call. It
 * never walks a table.
 */
#ifndef NIE_HOSTCALLS_HOSTCALLS_H
#define NIE_HOSTCALLS_HOSTCALLS_H

#include "../el2/types.h"
#include <arch/mem.h>

/* More than any VM has; each VM's own limit is checked later. */
#define NIE_GFNS	(1ul << 32)

#define NIE_HC_DECLARE(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc)	\
	int hc_##name(const u64 *arg, u64 *out);
NIE_HOSTCALLS(NIE_HC_DECLARE)
#undef NIE_HC_DECLARE

/*@
  predicate is_range(integer first, integer nr, integer limit) =
    1 <= nr <= NIE_MAX_RANGE && first < limit && first + nr <= limit;
  predicate is_prot(integer prot) = prot < 16 && (prot & NIE_PROT_R) != 0;
*/

/* Is [first, first + nr) a range of 1..NIE_MAX_RANGE below limit, that does not wrap? */
/*@ assigns \nothing;
  @ ensures \result == 1 <==> is_range(first, nr, limit);
  @ ensures \result == 0 || \result == 1;
  @*/
static inline bool range_ok(u64 first, u64 nr, u64 limit)
{
	return nr >= 1 && nr <= NIE_MAX_RANGE && first < limit && nr <= limit - first;
}

/*@ assigns \nothing;
  @ ensures \result == 1 <==> pfn < NIE_NR_PAGES;
  @ ensures \result == 0 || \result == 1;
  @*/
static inline bool pfn_ok(u64 pfn)
{
	return pfn < NIE_NR_PAGES;
}

/* NIE_PROT_*: readable at least, and no other bits. */
/*@ assigns \nothing;
  @ ensures \result == 1 <==> is_prot(prot);
  @ ensures \result == 0 || \result == 1;
  @*/
static inline bool prot_ok(u64 prot)
{
	return prot < 16 && (prot & NIE_PROT_R);
}

#endif /* NIE_HOSTCALLS_HOSTCALLS_H */
