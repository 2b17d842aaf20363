/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hostile host: what its files share.
 *
 * An attack is a function that makes one or more accesses or calls, each of which must be refused
 * in one documented way. Around each the whole state is compared: NIE's counts, its view of five
 * handles, and what the host reads from each page of the arena.
 */
#ifndef SELFTESTS_ATTACK_H
#define SELFTESTS_ATTACK_H

#include <linux/types.h>
#include <nie/call.h>
#include <nie/run.h>

/* How an attack is refused, where that is not by an errno of NIE's. */
#define BY_ABORT	1L	/* an abort with ESR_EL1.S1PTW set */
#define BY_EXIT		2L	/* vcpu_run returns at once with NIE_EXIT_IL */
#define BY_SMCCC	3L	/* an SMCCC or PSCI status, or the hyp-stub's error */
#define BY_NOTHING	4L	/* the call succeeds and changes nothing */
#define BY_ORDER	5L	/* of all CPUs exactly one wins, or none after the fact */
#define BY_ZEROES	6L	/* the page comes back zeroed */
#define BY_EQUAL	8L	/* the host sees the same, whatever the secret */

/* A control shows that the same kind of action works where it is allowed. */
#define ALLOWED		7L

struct attack {
	const char *name;
	long want;		/* -errno or one of the above */
	bool (*run)(long want);	/* false: not possible here */
};

extern const struct attack access_attacks[], call_attacks[], vcpu_attacks[], phase_attacks[],
	smc_attacks[], gic_attacks[], race_attacks[], protected_attacks[], hostile_call_attacks[],
	hostile_guest_attacks[], sweep_attacks[], noninterference_attacks[];

/* The arena: contiguous pages, each with its place in the world below. */
enum place {
	ROOT_P, ROOT_N, ROOT_O, ROOT_D, ROOT_S,		/* root tables of the VMs */
	POOL_P = 8, POOL_N = 16, POOL_O = 24,		/* eight pages each */
	CTX_P = 32, CTX_N, RUN_P, RUN_N,
	DONATED = 40,					/* four pages; free ones on both sides */
	SHARED = 48,					/* four pages */
	RUN_FREE = 52,					/* shared with NIE, used by no vCPU */
	TABLES = 56,					/* stage-1 tables for fetches */
	FREE = 64,					/* the host's own */
	NR_PLACES = 256,
};

#define NR_POOL		8
#define NR_RANGE	4
#define GFN_DONATED	0x100ul
#define GFN_SHARED	0x200ul
#define GFN_FREE	0x208ul
#define IPA_BITS	32ul
#define NR_GFNS		(1ul << (IPA_BITS - 12))

/**
 * struct world - what the attacks work on
 * @prot: a protected VM: DONATED at GFN_DONATED, one vCPU
 * @normal: a normal VM: SHARED at GFN_SHARED, one vCPU
 * @other: another normal VM, with a pool only
 * @dying: a VM that is being torn down and still holds its root
 * @stale: the handle of a VM that is gone
 * @image: first page of a 2 MiB range that is NIE's
 * @hole: a page that is no RAM
 * @alone: nobody else uses NIE, so all counts must stay the same
 */
struct world {
	u64 prot, normal, other, dying, stale;
	u64 image, hole;
	bool alone;
};

extern struct world w;

int world_make(void);
int world_end(void);
u64 pfn_of(u32 place);
void *addr_of(u32 place);
/* Give a page of the arena the content it had at the start. */
void refill(u32 place, u32 nr);
/* A VM with its root at FREE + @at and a pool of the four pages after it; 0 on failure. */
u64 vm_make(u64 type, u32 at);
/* Tear it down, take all of the arena back from it, destroy it, refill what it had. */
long vm_end(u64 handle, u32 at, u32 nr);

/* attack_soak.c: random calls; the invariants are looked at after @every calls. 0, or -EIO. */
int soak_for(u32 seconds, u64 seed, u32 every);

struct state;
struct state *state_take(void);
/* What differs, NULL if nothing does. */
const char *state_differs(const struct state *a, const struct state *b);

/* One access or call of an attack. The first that is not as wanted is remembered. */
void note(const char *what, long got, long want);
void note_call(const char *what, long got, long want);
/* What the host saw in two runs, where it is not the same. */
void note_differs(const char *step, const char *what, u64 index, u64 one, u64 other);
extern struct nie_res out;

/* A host call that must end with @want, its outputs zero if that is an error. */
#define CALL(name, ...)	note_call(#name "(" #__VA_ARGS__ ")",	\
				  nie_hc_##name(&out, ##__VA_ARGS__), want)

/* attack_asm.S */
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_ZVA, ACCESS_WALK, ACCESS_EXEC };

u64 attack_asm_access(u64 op, u64 va, u64 *value);
void attack_asm_hvc(u64 *x);
void attack_asm_smc(u64 *x);
void attack_asm_fp_load(const u64 *v);
void attack_asm_fp_save(u64 *v);

/* The access; BY_ABORT if NIE refused it, 0 if it went through, -EFAULT for any other exception. */
long try_access(enum access op, const void *addr, u64 *value);

#endif /* SELFTESTS_ATTACK_H */
