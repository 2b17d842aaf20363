/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the tests run the core on, and what the fake notes about it.
 *
 * Four GiB of addresses: GiB 0 and 3 hold no RAM; GiB 1 is all the host's at first, so one 1 GiB
 * block; GiB 2 has RAM, NIE's image, a device the host must not have, and holes. Tests change pages
 * of the arenas only: 2 MiB ranges, of which the first FAKE_NR_CONTENT have memory behind them. The
 * fake objects to a store to any other.
 *
 * TLBs are ghost state: what any CPU may still hold. An entry that was valid stays until a TLBI
 * covers it, and every valid level-2 and level-3 entry counts as cached, whatever stands above it
 * (a stale walk-cache entry may lead there).
 */
#ifndef NIE_FAKE_H
#define NIE_FAKE_H

#include <arch/mem.h>
#include <arch/el2.h>
#include "../../nie/el2/page.h"
#include "../../nie/el2/vm.h"

#define FAKE_NR_GIBS		4u
#define FAKE_NR_MBS		(FAKE_NR_GIBS * NIE_PER_TABLE)
#define FAKE_PLAIN_GIB		1u
#define FAKE_MIXED_GIB		2u
#define FAKE_NR_CONTENT		10u
#define FAKE_NR_ARENAS		14u
#define FAKE_NR_PAGES		(FAKE_NR_ARENAS * NIE_PER_TABLE)
#define FAKE_NR_CPUS		4u

#define FAKE_FIRST		(FAKE_PLAIN_GIB * NIE_PER_GIB)	/* first page of GiB 1 */
/* Arenas, in this order: 0..5 end GiB 1, 0..3 start GiB 2, 508..511 end it. */
#define FAKE_PLAIN(n)		((FAKE_PLAIN_GIB * NIE_PER_TABLE + 506 + (n)) * NIE_PER_TABLE)
#define FAKE_MIXED(n)		((FAKE_MIXED_GIB * NIE_PER_TABLE + (n)) * NIE_PER_TABLE)
#define FAKE_TABLES		FAKE_MIXED(505)	/* three 2 MiB ranges: the host's tables */
#define FAKE_IMAGE		FAKE_MIXED(508)	/* 256 pages */
#define FAKE_PANIC		(FAKE_IMAGE + 256)	/* the panic page; then 255 pages HOST */
#define FAKE_DEVICE		FAKE_MIXED(509)	/* 256 pages denied, 256 NOT_RAM */
#define FAKE_HOLE		FAKE_MIXED(510)	/* 512 pages NOT_RAM */
#define FAKE_LAST		FAKE_MIXED(511)	/* 256 pages NOT_RAM, the last 256 HOST */
#define FAKE_END		((FAKE_MIXED_GIB + 1) * NIE_PER_GIB)	/* first page of GiB 3 */

struct fake_cpu {
	bool loaded;
	u32 ctx_pfn;
};

/**
 * struct fake - ghost state, and knobs of the tests
 * @ops: number of effects that the core has had on memory, tables, TLBs and CPUs
 * @locks: number of times nie_lock was taken
 * @cpu_index: the CPU that calls
 * @flushed: the last vCPU load flushed this CPU's TLB
 * @exit_code: of the next vcpu_run
 * @id: what each ID register of the machine says, and CTR_EL0
 * @smc: what EL3 was asked last; @el3: what it answers, x0..x3
 * @answer: what the next nie_init_mem(), nie_init_cpu(), nie_seal() or nie_unseal() returns
 * @calls: number of calls of each of these and of nie_leave()
 * @complaint: the first rule that the core broke, empty if none
 */
struct fake {
	u64 ops;
	u64 locks;
	bool locked;
	u32 cpu_index;
	struct fake_cpu cpu[FAKE_NR_CPUS];
	bool flushed;
	u64 exit_code;
	u64 id;
	u64 smc[4], el3[4];
	int answer;
	struct { u32 init_mem, init_cpu, seal, unseal, leave; } calls;
	char complaint[128];
};

extern struct fake fake;

int fake_init(void);
void fake_exit(void);

/* The machine as it is after init_mem: sealed, no VM. */
void fake_reset(void);

/* Outside the arenas all is as it was. NULL if so, else what is not. */
const char *fake_check_rest(void);

/* Number of a page among those of all arenas, -1 if it is in none; and back. */
int fake_page_index(u64 pfn);
u32 fake_page_pfn(u32 index);

/* The memory of a page, NULL if it has none. */
u64 *fake_content(u32 pfn);
void fake_fill(u32 pfn, u64 pattern);
bool fake_is_zero(u32 pfn);
/* Cleaned to PoC since the host last got it? */
bool fake_is_clean(u32 pfn);

bool fake_in_window(u32 pfn);

/* The VM itself lets the host see a page of its own. */
void fake_declassify(u32 pfn);
/* ... and sees to it that the host no longer does. */
void fake_classify(u32 pfn);

/* What the host may still reach the page with through any TLB: NIE_PERM_*. */
u32 fake_host_reach(u32 pfn);

/* Is there a TLB entry of a VM that its tables no longer back? NULL, or a complaint. */
const char *fake_check_guest_tlb(void);
/* May any TLB hold an entry with this VM's VMID? */
bool fake_vmid_cached(u16 v);

/* Stores that no walker need have seen yet. */
bool fake_unsynced(void);

/* A copy of all that a call may change; is it all the same? NULL, or the name of what is not. */
void fake_snapshot(void);
const char *fake_changed(void);

/* kunit/fake/memory.c, kunit/native/memory.c: the memory, which starts at FAKE_PLAIN(0). */
int fake_memory_init(void);
void fake_memory_exit(void);
u64 *fake_memory(u32 index);
void fake_memory_window(u32 index, bool mapped);

#endif /* NIE_FAKE_H */
