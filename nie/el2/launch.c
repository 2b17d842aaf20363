// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: what each protected VM was started with. Lock: nie_lock.
 * Never: reads a page that the host can still reach; measures anything of a VM that runs.
 */
#include <nie/guestcalls.h>
#include "launch.h"
#include <arch/mem.h>

struct nie_launch nie_launch;

/* What there is about the VM that the slot has now. */
/*@ requires v < NIE_NR_VMS;
  @ assigns nie_launch.vm[v];
  @ ensures place: \result == &nie_launch.vm[v];
  @ ensures generation: nie_launch.vm[v].generation == nie_vms.vm[v].generation;
  @ ensures started: nie_launch.vm[v].started != 0 <==> \old(launched(v));
  @ ensures digest: digest_same{Pre,Post}(v);
  @*/
static struct nie_launch_vm *launch_of(u16 v)
{
	struct nie_launch_vm *l = &nie_launch.vm[v];

	if (l->generation != nie_vms.vm[v].generation) {
		l->generation = nie_vms.vm[v].generation;
		l->started = 0;
		nie_sha256_init(&l->sha);
	}
	return l;
}

void nie_launch_give(u16 v, u32 pfn, u32 gfn)
{
	struct nie_launch_vm *l = launch_of(v);
	u64 w[8] = { NIE_MEASURE_PAGE, (u64)gfn * NIE_PAGE_SIZE };

	if (l->started) {
		arch_scrub(pfn);
		return;
	}
	/* First: a line that the host left in a cache is not what is in memory. */
	arch_page_clean(pfn);
	arch_window_map(pfn);
	nie_sha256_block(&l->sha, w);
	/*@ loop invariant 0 <= i <= NIE_PER_TABLE;
	  @ loop assigns i, w[0 .. 7], l->sha;
	  @ loop variant NIE_PER_TABLE - i;
	  @*/
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		w[i % 8] = arch_page_word(pfn, i);
		if (i % 8 == 7)
			nie_sha256_block(&l->sha, w);
	}
	arch_window_unmap(pfn);
}

void nie_launch_start(u16 v, u64 pc, u64 x0)
{
	struct nie_launch_vm *l = launch_of(v);
	const u64 w[8] = { NIE_MEASURE_START, pc, x0 };

	if (l->started)
		return;
	nie_sha256_block(&l->sha, w);
	nie_sha256_end(&l->sha, l->digest);
	l->started = 1;
}
