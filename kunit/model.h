/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host calls do, in the plainest terms: the tests run each call on this and on the core,
 * and compare. No tables, no TLBs, no counts; which of a VM's free pages becomes a table is left
 * open.
 */
#ifndef NIE_KUNIT_MODEL_H
#define NIE_KUNIT_MODEL_H

#include <nie/guestcalls.h>
#include "fake/fake.h"

/**
 * struct model_page - a page
 * @kind: enum nie_kind; NIE_FREE for a VM's tables as well, roots apart
 * @prot: as mapped, NIE_PROT_*; @young: accessed since last cleared
 * @vm: the slot that its record names
 * @base: gfn, vCPU index, or 1 for a run page in use
 * @run: run page, and @cpu: CPU + 1 or 0, of a context
 */
struct model_page {
	u8 kind;
	u8 prot;
	u8 young;
	u8 cpu;
	u16 vm;
	u32 base;
	u32 run;
};

void model_reset(void);

/*
 * The call, as vcpu_run and all others do it in phase SEALED. Return: 0 or -errno; up to four
 * outputs.
 */
int model_call(u32 nr, const u64 *arg, u64 *out);

/* A guest's call about a page of its own: NIE_GC_MEM_*. Return: 0 or -errno. */
int model_guest_call(u16 v, u64 gfn, u32 fn);

/* Slot's next VM has this generation + 1. */
void model_set_generation(u16 v, u32 generation);

/* Does the core's state agree? NULL, or what does not. */
const char *model_compare(void);

/* Did the last vcpu_load have to flush this CPU's TLB? */
bool model_flush(void);

#endif /* NIE_KUNIT_MODEL_H */
