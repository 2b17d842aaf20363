// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: calls about NIE itself: identity, the early phase, tests. Lock: takes nie_lock as the
 * table says.
 */
#include <arch/el2.h>
#include <arch/lock.h>
#include "../el2/page.h"
#include "hostcalls.h"

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns out[0 .. 3];
  @ ensures unlocked: nie_locked == 0;
  @ ensures result: \result == 0 && out[0] == NIE_ABI_VERSION;
  @ ensures errno: \result == 0;
  @*/
int hc_version(const u64 *arg, u64 *out)
{
	out[0] = NIE_ABI_VERSION;
	out[1] = (nie_phase == NIE_PHASE_SEALED) + (nie_config.flags & NIE_BOOT_DEBUG ? 2 : 0);
	out[2] = NIE_UID_LO;
	out[3] = NIE_UID_HI;
	return 0;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0 .. 3];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == (\old(arg[0]) >= NIE_NR_KINDS ? -EINVAL : 0);
  @ ensures errno: \result == 0 || \result == -EINVAL;
  @*/
int hc_stats(const u64 *arg, u64 *out)
{
	if (arg[0] >= NIE_NR_KINDS)
		return -EINVAL;
	nie_lock();
	out[0] = nie_counts.kind[arg[0]];
	nie_unlock();
	return 0;
}

int hc_init_mem(const u64 *arg, u64 *out)
{
	int ret;

	nie_lock();
	ret = nie_init_mem();
	nie_unlock();
	return ret;
}

int hc_init_cpu(const u64 *arg, u64 *out)
{
	return nie_init_cpu();
}

int hc_leave(const u64 *arg, u64 *out)
{
	nie_leave();
	return 0;
}

int hc_seal(const u64 *arg, u64 *out)
{
	int ret;

	nie_lock();
	ret = nie_seal();
	nie_unlock();
	return ret;
}

int hc_unseal(const u64 *arg, u64 *out)
{
	int ret;

	nie_lock();
	ret = nie_unseal();
	nie_unlock();
	return ret;
}

int hc_fault(const u64 *arg, u64 *out)
{
	arch_fault();
	return 0;
}
