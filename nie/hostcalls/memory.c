// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: decoding of the calls that move or look at memory. Lock: takes nie_lock.
 */
#include <arch/lock.h>
#include "../el2/vm.h"
#include "../el2/xfer.h"
#include "hostcalls.h"

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> \old(arg[0]) >= NIE_NR_PAGES;
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -EPERM;
  @*/
int hc_share_nie(const u64 *arg, u64 *out)
{
	int ret;

	(void)out;
	if (!pfn_ok(arg[0]))
		return -EINVAL;
	nie_lock();
	ret = nie_xfer_host_share_nie((u32)arg[0]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> \old(arg[0]) >= NIE_NR_PAGES;
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -EPERM || \result == -EBUSY;
  @*/
int hc_unshare_nie(const u64 *arg, u64 *out)
{
	int ret;

	(void)out;
	if (!pfn_ok(arg[0]))
		return -EINVAL;
	nie_lock();
	ret = nie_xfer_host_unshare_nie((u32)arg[0]);
	nie_unlock();
	return ret;
}

int hc_donate_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[3], NIE_NR_PAGES) || !range_ok(arg[2], arg[3], NIE_GFNS))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_donate_guest(v, (u32)arg[1], (u32)arg[2], (u32)arg[3], &out[0]);
	nie_unlock();
	return ret;
}

int hc_share_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[3], NIE_NR_PAGES) || !range_ok(arg[2], arg[3], NIE_GFNS) ||
	    !prot_ok(arg[4]))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_share_guest(v, (u32)arg[1], (u32)arg[2], (u32)arg[3], arg[4], &out[0]);
	nie_unlock();
	return ret;
}

int hc_unshare_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[2], NIE_GFNS))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_unshare_guest(v, (u32)arg[1], (u32)arg[2], &out[0]);
	nie_unlock();
	return ret;
}

int hc_relax_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	(void)out;
	if (arg[1] >= NIE_GFNS || !prot_ok(arg[2]))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT : nie_xfer_host_relax_guest(v, (u32)arg[1], arg[2]);
	nie_unlock();
	return ret;
}

int hc_wrprotect_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[2], NIE_GFNS))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_wrprotect_guest(v, (u32)arg[1], (u32)arg[2], &out[0]);
	nie_unlock();
	return ret;
}

int hc_age_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (!range_ok(arg[1], arg[2], NIE_GFNS) || arg[3] > 1)
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_age_guest(v, (u32)arg[1], (u32)arg[2], arg[3], &out[0]);
	nie_unlock();
	return ret;
}

int hc_query_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (arg[1] >= NIE_GFNS)
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT :
	      nie_xfer_host_query_guest(v, (u32)arg[1], &out[0], &out[1]);
	nie_unlock();
	return ret;
}
