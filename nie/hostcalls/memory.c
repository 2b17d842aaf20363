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

	if (!pfn_ok(arg[0]))
		return -EINVAL;
	nie_lock();
	ret = nie_xfer_host_unshare_nie((u32)arg[0]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(is_range(\old(arg[1]), \old(arg[3]), NIE_NR_PAGES) &&
  @   is_range(\old(arg[2]), \old(arg[3]), NIE_GFNS));
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256;
  @   \let pfn = \old(arg[1]) - \old(arg[2]); protected(v) &&
  @   \forall integer g; 0 <= g - \old(arg[2]) < \old(arg[3]) ==>
  @   nie_pages.p[pfn + g].kind == NIE_K_GUEST && is_at(pfn + g, v, g) &&
  @   host_entry(pfn + g) == 0 &&
  @   leaf_is(walk(v, g), pfn + g, NIE_PROT_R | NIE_PROT_W | NIE_PROT_X);
  @ ensures nothing: \result != -ENOMEM ==> out[0] == \old(out[0]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM ||
  @   \result == -EEXIST || \result == -ENOMEM;
  @*/
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
	//@ assert slot: v != NIE_NO_VM ==> v == \at(arg[0], Pre) % 256;
	/*@ assert records: ret == 0 ==> \let pfn = \at(arg[1] - arg[2], Pre);
	      \forall integer g; 0 <= g - \at(arg[2], Pre) < \at(arg[3], Pre) ==>
	      nie_pages.p[pfn + g].kind == NIE_K_GUEST && is_at(pfn + g, v, g) &&
	      host_entry(pfn + g) == 0; */
	/*@ assert leaves: ret == 0 ==> \let pfn = \at(arg[1] - arg[2], Pre);
	      \forall integer g; 0 <= g - \at(arg[2], Pre) < \at(arg[3], Pre) ==>
	      leaf_is(walk(v, g), pfn + g, NIE_PROT_R | NIE_PROT_W | NIE_PROT_X); */
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(is_range(\old(arg[1]), \old(arg[3]), NIE_NR_PAGES) &&
  @   is_range(\old(arg[2]), \old(arg[3]), NIE_GFNS) && is_prot(\old(arg[4])));
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256;
  @   \let pfn = \old(arg[1]) - \old(arg[2]); normal(v) &&
  @   \forall integer g; 0 <= g - \old(arg[2]) < \old(arg[3]) ==>
  @   leaf_is(walk(v, g), pfn + g, \old(arg[4]));
  @ ensures nothing: \result != -ENOMEM ==> out[0] == \old(out[0]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM ||
  @   \result == -EEXIST || \result == -ENOMEM;
  @*/
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
	//@ assert slot: v != NIE_NO_VM ==> v == \at(arg[0], Pre) % 256;
	/*@ assert leaves: ret == 0 ==> \let pfn = \at(arg[1] - arg[2], Pre);
	      \forall integer g; 0 <= g - \at(arg[2], Pre) < \at(arg[3], Pre) ==>
	      leaf_is(walk(v, g), pfn + g, \at(arg[4], Pre)); */
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !is_range(\old(arg[1]), \old(arg[2]), NIE_GFNS);
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256; normal(v) &&
  @   out[0] <= \old(arg[2]) && \forall integer g; 0 <= g - \old(arg[1]) < \old(arg[2]) ==>
  @   walk(v, g) == 0;
  @ ensures nothing: \result != 0 ==> out[0] == \old(out[0]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM;
  @*/
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
	//@ assert slot: v != NIE_NO_VM ==> v == \at(arg[0], Pre) % 256;
	/*@ assert gone: ret == 0 ==> \forall integer g;
	      \at(arg[1], Pre) <= g < \at(arg[1] + arg[2], Pre) ==> walk(v, g) == 0; */
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE;
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(\old(arg[1]) < NIE_GFNS && is_prot(\old(arg[2])));
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256; \let e = walk(v, \old(arg[1]));
  @   mapped_normal(v, \old(arg[1])) && leaf_af(e) == 1 &&
  @   ((\old(arg[2]) & NIE_PROT_W) != 0 ==> leaf_w(e) == 1) &&
  @   ((\old(arg[2]) & NIE_PROT_X) != 0 ==> leaf_xn(e) == 0);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM;
  @*/
int hc_relax_guest(const u64 *arg, u64 *out)
{
	int ret;
	u16 v;

	if (arg[1] >= NIE_GFNS || !prot_ok(arg[2]))
		return -EINVAL;
	nie_lock();
	v = nie_vm_find(arg[0]);
	ret = v == NIE_NO_VM ? -ENOENT : nie_xfer_host_relax_guest(v, (u32)arg[1], arg[2]);
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !is_range(\old(arg[1]), \old(arg[2]), NIE_GFNS);
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256; normal(v) &&
  @   out[0] <= \old(arg[2]) && \forall integer g; 0 <= g - \old(arg[1]) < \old(arg[2]) ==>
  @   leaf_w(walk(v, g)) == 0;
  @ ensures nothing: \result != 0 ==> out[0] == \old(out[0]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM;
  @*/
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
	//@ assert slot: v != NIE_NO_VM ==> v == \at(arg[0], Pre) % 256;
	/*@ assert leaves: ret == 0 ==> \forall integer g;
	      \at(arg[1], Pre) <= g < \at(arg[1] + arg[2], Pre) ==> leaf_w(walk(v, g)) == 0; */
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> !(is_range(\old(arg[1]), \old(arg[2]), NIE_GFNS) &&
  @   \old(arg[3]) <= 1);
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256; normal(v) &&
  @   out[0] <= \old(arg[2]) && \forall integer g; 0 <= g - \old(arg[1]) < \old(arg[2]) ==>
  @   (\old(arg[3]) == 1 ==> leaf_af(walk(v, g)) == 0);
  @ ensures nothing: \result != 0 ==> out[0] == \old(out[0]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM;
  @*/
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
	//@ assert slot: v != NIE_NO_VM ==> v == \at(arg[0], Pre) % 256;
	/*@ assert leaves: ret == 0 && \at(arg[3], Pre) == 1 ==> \forall integer g;
	      \at(arg[1], Pre) <= g < \at(arg[1] + arg[2], Pre) ==> leaf_af(walk(v, g)) == 0; */
	nie_unlock();
	return ret;
}

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ requires \valid_read(arg + (0 .. 5)) && \valid(out + (0 .. 3));
  @ assigns nie_locked, NIE_STATE, out[0 .. 1];
  @ ensures unlocked: nie_locked == 0;
  @ ensures shape: \result == -EINVAL <==> \old(arg[1]) >= NIE_GFNS;
  @ ensures enoent: \result == -ENOENT <==> no_vm_has(\old(arg[0])) && \result != -EINVAL;
  @ ensures done: \result == 0 ==> \let v = \old(arg[0]) % 256; \let e = walk(v, \old(arg[1]));
  @   mapped_normal(v, \old(arg[1])) && out[0] == leaf_pfn(e) &&
  @   out[1] == NIE_PROT_R + leaf_w(e) * NIE_PROT_W + (1 - leaf_xn(e)) * NIE_PROT_X;
  @ ensures nothing: \result != 0 ==> out[0] == \old(out[0]) && out[1] == \old(out[1]);
  @ ensures errno: \result == 0 || \result == -EINVAL || \result == -ENOENT || \result == -EPERM;
  @*/
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
