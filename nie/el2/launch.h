/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch of a protected VM: what the host gives it before vCPU 0 first runs is measured, what
 * it gives later is zeroed. So all that a VM ever finds in its memory is what it wrote itself, what
 * the measurement covers, and what it shares.
 */
#ifndef NIE_EL2_LAUNCH_H
#define NIE_EL2_LAUNCH_H

#include "sha256.h"

/**
 * struct nie_launch - of each VM
 * @generation: of the VM that it is about; of any other there is nothing yet
 * @started: vCPU 0 has run: @digest is the VM's measurement, before that @sha grows
 */
struct nie_launch {
	struct nie_launch_vm {
		u32 generation;
		u32 started;
		struct nie_sha256 sha;
		u64 digest[4];
	} vm[NIE_NR_VMS];
};

extern struct nie_launch nie_launch;

/**
 * nie_launch_give() - measure a page that a VM gets, or zero it
 * @v: slot of a live protected VM
 * @pfn: the VM's by its record, mapped for nobody
 * @gfn: where it is going to be
 *
 * The message grows by 64 bytes, NIE_MEASURE_PAGE and the address as words and zeroes, and by the
 * page. The page is clean to PoC after, so what the guest reads is what was measured, whatever
 * memory types it and the host use.
 *
 * Context: nie_lock held.
 */
void nie_launch_give(u16 v, u32 pfn, u32 gfn);

/**
 * nie_launch_start() - the end of the launch
 * @v: slot of a live protected VM
 * @pc: where vCPU 0 starts
 * @x0: what it finds in x0
 *
 * The message ends with 64 bytes, NIE_MEASURE_START, @pc and @x0 as words and zeroes.
 *
 * Context: nie_lock held.
 */
void nie_launch_start(u16 v, u64 pc, u64 x0);

#endif /* NIE_EL2_LAUNCH_H */
