// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks from all CPUs at once. They meet, then make the same call or rivals of it: exactly one
 * may win.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>
#include "attack.h"

#define ROUNDS	32
#define RWX	(NIE_PROT_R | NIE_PROT_W | NIE_PROT_X)

/**
 * struct race - one round
 * @fn: what each CPU does; @rank is 0.. in the order of CPU numbers
 * @arg: for @fn
 * @arrived: CPUs at the barriers, over all of them
 * @nr: CPUs
 * @ret: what each CPU's call returned, by rank
 */
struct race {
	long (*fn)(struct race *r, u32 rank);
	u64 arg;
	atomic_t arrived;
	u32 nr;
	long ret[NR_CPUS];
};

static struct race race;

static void meet(struct race *r, u32 barrier)
{
	atomic_inc(&r->arrived);
	while (atomic_read(&r->arrived) < (int)(r->nr * barrier))
		cpu_relax();
}

static u32 my_rank(void)
{
	unsigned int cpu;
	u32 rank = 0;

	for_each_online_cpu(cpu) {
		if (cpu == (unsigned int)smp_processor_id())
			break;
		rank++;
	}
	return rank;
}

static void race_cpu(void *data)
{
	struct race *r = data;
	u32 rank = my_rank();

	meet(r, 1);
	r->ret[rank] = r->fn(r, rank);
}

static void run_round(long (*fn)(struct race *r, u32 rank), u64 arg)
{
	race.fn = fn;
	race.arg = arg;
	race.nr = num_online_cpus();
	atomic_set(&race.arrived, 0);
	on_each_cpu(race_cpu, &race, 1);
}

/* One CPU got 0, all others @lost; returns who won. */
static u32 one_wins(long lost, long want)
{
	u32 i, winner = 0, nr = 0;

	for (i = 0; i < race.nr; i++) {
		if (race.ret[i] == 0) {
			winner = i;
			nr++;
		} else {
			note("a loser", race.ret[i], lost);
		}
	}
	note("winners", nr == 1 ? want : 0, want);
	return winner;
}

static long nothing(struct race *r, u32 rank)
{
	return rank;
}

static bool control_races(long want)
{
	if (num_online_cpus() < 2)
		return false;
	run_round(nothing, 0);
	note("a CPU that was there", race.ret[race.nr - 1], race.nr - 1);
	return true;
}

static long donate(struct race *r, u32 rank)
{
	return nie_hc_donate_guest(NULL, r->arg, pfn_of(FREE + 5), 0, 8);
}

static bool race_donate(long want)
{
	u32 i;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 vm = vm_make(NIE_VM_PROTECTED, 0);

		run_round(donate, vm);
		one_wins(-EPERM, want);
		note("vm_info", nie_hc_vm_info(&out, vm), 0);
		note("pages of the VM", (long)out.r[2], 1 + 4 + 8);
		note("its end", vm_end(vm, 0, 16), 0);
	}
	return true;
}

/* Two VMs, one page. */
static u64 side(u32 rank)
{
	return rank & 1 ? w.other : w.normal;
}

static long share(struct race *r, u32 rank)
{
	return nie_hc_share_guest(NULL, side(rank), pfn_of(FREE), GFN_FREE, 2, RWX);
}

static bool race_share(long want)
{
	u32 i, k;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 winner;

		run_round(share, 0);
		for (k = 0; k < race.nr; k++)	/* the winner's own side finds it mapped already */
			if (race.ret[k] == -EEXIST)
				race.ret[k] = -EPERM;
		winner = side(one_wins(-EPERM, want));
		note("unshare", nie_hc_unshare_guest(&out, winner, GFN_FREE, 2), 0);
		note("pages", (long)out.r[0], 2);
	}
	return true;
}

/* One page: run page, shared page or a VM's table. */
static long take(struct race *r, u32 rank)
{
	u64 pfn = pfn_of(FREE + 8);

	switch (rank % 3) {
	case 0:
		return nie_hc_share_nie(NULL, pfn);
	case 1:
		return nie_hc_donate_guest(NULL, r->arg, pfn, 0, 1);
	default:
		return nie_hc_vm_topup(NULL, r->arg, pfn, 1);
	}
}

static bool race_take(long want)
{
	u32 i;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 vm = vm_make(NIE_VM_PROTECTED, 0);

		run_round(take, vm);
		if (one_wins(-EPERM, want) % 3 == 0)
			note("unshare_nie", nie_hc_unshare_nie(NULL, pfn_of(FREE + 8)), 0);
		note("its end", vm_end(vm, 0, 16), 0);
	}
	return true;
}

static long teardown(struct race *r, u32 rank)
{
	return nie_hc_vm_teardown(NULL, r->arg);
}

static long destroy(struct race *r, u32 rank)
{
	return nie_hc_vm_destroy(NULL, r->arg);
}

static bool race_teardown(long want)
{
	u32 i;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 vm = vm_make(NIE_VM_PROTECTED, 0);

		run_round(teardown, vm);
		one_wins(-EPERM, want);
		note("reclaim", nie_hc_vm_reclaim(NULL, vm, pfn_of(FREE), 16), 0);
		run_round(destroy, vm);
		one_wins(-ENOENT, want);
	}
	refill(FREE, 16);
	return true;
}

/* Each page is counted by the one who gets it. */
static long reclaim(struct race *r, u32 rank)
{
	struct nie_res res;
	long err = nie_hc_vm_reclaim(&res, r->arg, pfn_of(FREE), 16);

	return err ? err : (long)res.r[0];
}

static bool race_reclaim(long want)
{
	u32 i, k;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 vm = vm_make(NIE_VM_PROTECTED, 0);
		long total = 0;

		note("donate", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + 5), 0, 8), 0);
		note("teardown", nie_hc_vm_teardown(NULL, vm), 0);
		run_round(reclaim, vm);
		for (k = 0; k < race.nr; k++)
			total += race.ret[k];
		note("pages reclaimed", total == 1 + 4 + 8 ? want : 0, want);
		note("destroy", nie_hc_vm_destroy(NULL, vm), 0);
	}
	refill(FREE, 16);
	return true;
}

static long load(struct race *r, u32 rank)
{
	long err = nie_hc_vcpu_load(NULL, w.normal, 0);

	meet(r, 2);
	return err ? err : nie_hc_vcpu_put(NULL);
}

static bool race_load(long want)
{
	u32 i;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		run_round(load, 0);
		one_wins(-EBUSY, want);
	}
	memset(addr_of(RUN_N), 0, PAGE_SIZE);
	return true;
}

static bool given_away;

#define READS	2000

/* One CPU gives a page away, the others read it: not once after the call is back. */
static long read_while_donated(struct race *r, u32 rank)
{
	u64 value;
	long seen = 0;
	u32 i;

	if (rank == 0) {
		for (i = 0; i < READS / 4; i++)
			cpu_relax();
		seen = nie_hc_donate_guest(NULL, r->arg, pfn_of(FREE + 8), 0, 1);
		smp_store_release(&given_away, true);	/* after the call is back */
		return seen;
	}
	for (i = 0; i < READS; i++) {
		bool given = smp_load_acquire(&given_away);	/* before the read */

		if (!try_access(ACCESS_READ, addr_of(FREE + 8), &value) && given)
			seen++;
	}
	return seen;
}

static bool race_read(long want)
{
	u32 i, k;

	if (num_online_cpus() < 2)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		u64 vm = vm_make(NIE_VM_PROTECTED, 0);

		given_away = false;
		run_round(read_while_donated, vm);
		for (k = 0; k < race.nr; k++)
			note("reads after the donation", race.ret[k] == 0 ? want : 0, want);
		note("its end", vm_end(vm, 0, 16), 0);
	}
	return true;
}

const struct attack race_attacks[] = {
	{ "control_races", ALLOWED, control_races },
	{ "race_donate", BY_ORDER, race_donate },
	{ "race_share", BY_ORDER, race_share },
	{ "race_take", BY_ORDER, race_take },
	{ "race_teardown", BY_ORDER, race_teardown },
	{ "race_reclaim", BY_ORDER, race_reclaim },
	{ "race_load", BY_ORDER, race_load },
	{ "race_read", BY_ORDER, race_read },
	{}
};
