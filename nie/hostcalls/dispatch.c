// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the way of a host call from its number to its handler and back. Lock: none; a stale
 * nie_phase costs a refusal, or lets a last call through beside the wipe, which is harmless as no
 * guest runs then. Never: knows what a call does.
 */
#include <arch/el2.h>
#include "hostcalls.h"

static bool available(u32 phase)
{
	if (phase == NIE_PHASE_DEBUG)
		return nie_phase & NIE_PHASE_ANY && nie_config.flags & NIE_BOOT_DEBUG;
	return phase & nie_phase;
}

#define NIE_HC_CASE(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc)	\
	case nr:								\
		return available(NIE_PHASE_##phase) ? hc_##name(arg, out) : -EACCES;

static int dispatch(u32 nr, const u64 *arg, u64 *out, bool *known)
{
	switch (nr) {
	NIE_HOSTCALLS(NIE_HC_CASE)
	}
	*known = false;
	return 0;
}

void nie_hostcall(u32 nr, struct nie_host_regs *r)
{
	u64 out[4] = { 0, 0, 0, 0 };
	bool known = true;
	int ret;

	if (nr == NIE_HC_VCPU_RUN && nie_phase == NIE_PHASE_SEALED)
		ret = hc_vcpu_run(&r->x[1], out);	/* the one that has to be quick */
	else
		ret = dispatch(nr, &r->x[1], out, &known);
	r->x[0] = known ? 0 : ~0ul;			/* SMCCC NOT_SUPPORTED */
	r->x[1] = (u64)(long)ret;
	for (u32 i = 0; i < 4; i++)
		r->x[2 + i] = out[i];
}
