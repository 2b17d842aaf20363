// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random host calls from all CPUs at once, on few pages and few VMs: create, give, share, run, take
 * away, tear down, mostly with arguments that make sense. With an EL2 image that checks its own
 * invariants (scripts/module --debug-check) they are checked after every so many calls; in the end
 * all has to come back. A seed makes each CPU's choices, not how they mix.
 *
 * Never: names a page of the host's own outside the arena.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <asm/kvm_arm.h>
#include "../kunit/el2/check_call.h"
#include "attack.h"

#define NR_SOAK_VMS	6
#define NR_SOAK_VCPUS	2
#define FIRST		((u32)FREE)
#define NR_PAGES	((u32)NR_PLACES - FIRST)
#define MAX_CPUS	16

/**
 * struct soak_vm - a slot for a VM, used by all CPUs without a lock: what is read may be old
 * @handle: 0 if there is none
 * @type: NIE_VM_NORMAL or NIE_VM_PROTECTED
 * @run: place of each vCPU's run page, 0 if there is no vCPU
 */
struct soak_vm {
	atomic64_t handle;
	u64 type;
	u32 run[NR_SOAK_VCPUS];
};

/**
 * struct soaker - one CPU's thread
 * @state: of its random numbers
 * @calls: made, @done: of them with success, @runs: of vCPUs, @exits: by a trap
 */
struct soaker {
	struct task_struct *task;
	u64 state, calls, done, runs, exits;
};

static struct soak_vm vms[NR_SOAK_VMS];
static struct soaker soakers[MAX_CPUS];

/* xorshift64* (Vigna) */
static u32 pick(struct soaker *s, u32 below)
{
	s->state ^= s->state >> 12;
	s->state ^= s->state << 25;
	s->state ^= s->state >> 27;
	return (u32)(s->state * 0x2545f4914f6cdd1dul >> 33) % below;
}

/*
 * What every page of the arena holds at the start: code that shares its own page with the host,
 * unshares it, waits, and again. A normal VM's HVC is an exit.
 */
static const u32 code[] = {
	0x52b8c000, 0x72800060,			/* movz w0, #0xc600, lsl #16; movk w0, #3 */
	0x10ffffc1,				/* adr x1, . - 8 */
	0xaa1f03e2, 0xaa1f03e3, 0xd4000002,	/* mov x2, xzr; mov x3, xzr; hvc #0 */
	0x52b8c000, 0x72800080, 0xd4000002,	/* movz, movk w0, #4; hvc #0 */
	0xd503207f, 0x17fffff6,			/* wfi; b to the start */
};

/* A store to a page that may be gone by now. */
static void poke(u32 place, u32 offset, u64 value)
{
	try_access(ACCESS_WRITE, addr_of(place) + offset, &value);
}

static void fill_place(u32 place)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(code); i += 2) {
		u64 next = i + 1 < ARRAY_SIZE(code) ? code[i + 1] : 0;

		poke(place, 4 * i, next << 32 | code[i]);
	}
}

static u32 some_place(struct soaker *s)
{
	return FIRST + pick(s, NR_PAGES);
}

static u64 some_pfn(struct soaker *s)
{
	if (pick(s, 32))
		return pfn_of(some_place(s));
	switch (pick(s, 4)) {
	case 0:
		return w.image + pick(s, 512);
	case 1:
		return w.hole;
	case 2:
		return pfn_of(pick(s, FIRST));		/* of the VMs that are not ours */
	default:
		return ~0ul - pick(s, 4);
	}
}

/* So many pages from @pfn on as there are in the arena, or a number that is out of range. */
static u64 some_nr(struct soaker *s, u64 pfn)
{
	u64 end = pfn_of(NR_PLACES), nr = 1 + pick(s, pick(s, 4) ? 4 : 24);

	if (!pick(s, 64))
		return pick(s, 2) ? 0 : NIE_MAX_RANGE + 1;
	return pfn < end && pfn + nr > end ? end - pfn : nr;
}

static u64 some_gfn(struct soaker *s)
{
	static const u64 base[] = { 0, 508, 0x3fff8, 0xffff0 };

	return pick(s, 64) ? base[pick(s, ARRAY_SIZE(base))] + pick(s, 16) : ~0ul - pick(s, 4);
}

static u64 some_handle(struct soaker *s, struct soak_vm **slot)
{
	*slot = &vms[pick(s, NR_SOAK_VMS)];
	/* Never by chance a VM that is not ours: those stay as they are until the end. */
	if (!pick(s, 64))
		return pick(s, 2) ? w.stale : ~0ul - pick(s, 1000);
	return (u64)atomic64_read(&(*slot)->handle);
}

static long count(struct soaker *s, long err)
{
	s->calls++;
	s->done += !err;
	return err;
}

/* A slot for a new VM; if another CPU took the last one meanwhile, the VM goes at once. */
static void create(struct soaker *s)
{
	u64 type = pick(s, 2), bits = pick(s, 4) ? 32 : 41;
	struct nie_res res;
	u32 i;

	if (count(s, nie_hc_vm_create(&res, type, bits, pfn_of(some_place(s) & ~3u))))
		return;
	for (i = 0; i < NR_SOAK_VMS; i++) {
		if (atomic64_cmpxchg(&vms[i].handle, 0, (s64)res.r[0]))
			continue;
		vms[i].type = type;
		vms[i].run[0] = 0;
		vms[i].run[1] = 0;
		for (i = 0; i < 6; i++)
			count(s, nie_hc_vm_topup(NULL, res.r[0], pfn_of(some_place(s)), 1));
		return;
	}
	vm_end(res.r[0], 0, 0);
}

static void end_vm(struct soaker *s, struct soak_vm *vm, u64 handle)
{
	u64 pfn = some_pfn(s);

	if (!pick(s, 8))
		count(s, nie_hc_vm_teardown(NULL, handle));
	if (pick(s, 2))
		pfn = pfn_of(FIRST + pick(s, NR_PAGES / 2));
	count(s, nie_hc_vm_reclaim(NULL, handle, pfn, pick(s, 2) ? some_nr(s, pfn) : NR_PAGES / 2));
	if (!count(s, nie_hc_vm_destroy(NULL, handle)))
		atomic64_cmpxchg(&vm->handle, (s64)handle, 0);
}

static void add_vcpu(struct soaker *s, struct soak_vm *vm, u64 handle)
{
	u32 index = pick(s, NR_SOAK_VCPUS + 1), run = some_place(s);

	count(s, nie_hc_share_nie(NULL, pfn_of(run)));
	if (!count(s, nie_hc_vcpu_create(NULL, handle, index, some_pfn(s), pfn_of(run))) &&
	    index < NR_SOAK_VCPUS)
		vm->run[index] = run;
}

/* Interrupts are off from load to put, but for moments: nobody may move us. */
static void run_vcpu(struct soaker *s, struct soak_vm *vm, u64 handle)
{
	u32 index = pick(s, NR_SOAK_VCPUS), place = vm->run[index], i;
	struct nie_res res;

	if (place) {
		poke(place, offsetof(struct nie_run, hcr), HCR_TWI | HCR_TWE);
		poke(place, offsetof(struct nie_run, phys_timer), 0);	/* and used_lrs */
		poke(place, offsetof(struct nie_run, vgic_hcr), 0);
		poke(place, offsetof(struct nie_run, ask), pick(s, 8));
		poke(place, offsetof(struct nie_run, regs.pc), some_gfn(s) << PAGE_SHIFT);
		poke(place, offsetof(struct nie_run, regs.pstate), pick(s, 32) ? 0x3c5 : 0x3c9);
		poke(place, offsetof(struct nie_run, sysregs[NIE_SR_SCTLR_EL1]), 0x30d00800);
	}
	preempt_disable();
	if (!count(s, nie_hc_vcpu_load(NULL, handle, index))) {
		for (i = 1 + pick(s, 4); i; i--) {
			local_irq_disable();
			s->runs++;
			if (!count(s, nie_hc_vcpu_run(&res)))
				s->exits += res.r[0] == NIE_EXIT_TRAP;
			local_irq_enable();
		}
		count(s, nie_hc_vcpu_put(NULL));
	}
	if (!pick(s, 16))
		count(s, nie_hc_vcpu_run(&res));
	preempt_enable();
}

static void some_memory_call(struct soaker *s, u64 handle)
{
	u64 pfn = some_pfn(s), gfn = some_gfn(s), nr = some_nr(s, pfn);
	struct nie_res res;

	switch (pick(s, 14)) {
	case 0:
	case 1:
	case 2:
		count(s, nie_hc_donate_guest(&res, handle, pfn, gfn, nr));
		break;
	case 3:
	case 4:
	case 5:
		count(s, nie_hc_share_guest(&res, handle, pfn, gfn, nr, pick(s, 16) | 1));
		break;
	case 6:
		count(s, nie_hc_unshare_guest(&res, handle, gfn, nr));
		break;
	case 7:
		count(s, nie_hc_relax_guest(&res, handle, gfn, pick(s, 16) | 1));
		break;
	case 8:
		count(s, nie_hc_wrprotect_guest(&res, handle, gfn, nr));
		break;
	case 9:
		count(s, nie_hc_age_guest(&res, handle, gfn, nr, pick(s, 2)));
		break;
	case 10:
		count(s, nie_hc_query_guest(&res, handle, gfn));
		break;
	case 11:
		count(s, nie_hc_tlb_flush_vm(NULL, handle));
		break;
	case 12:
		count(s, nie_hc_vm_info(&res, handle));
		break;
	default:
		count(s, nie_hc_vm_topup(NULL, handle, pfn, nr));
	}
}

static void step(struct soaker *s)
{
	u64 value, handle;
	struct soak_vm *vm;

	handle = some_handle(s, &vm);
	switch (pick(s, 16)) {
	case 0:
		create(s);
		break;
	case 1:
		end_vm(s, vm, handle);
		break;
	case 2:
		add_vcpu(s, vm, handle);
		break;
	case 3:
	case 4:
		run_vcpu(s, vm, handle);
		break;
	case 5:
		count(s, nie_hc_unshare_nie(NULL, some_pfn(s)));
		break;
	case 6:
		try_access(ACCESS_READ, addr_of(some_place(s)), &value);
		break;
	case 7:
		fill_place(some_place(s));
		break;
	default:
		some_memory_call(s, handle);
	}
}

static int soak_thread(void *data)
{
	struct soaker *s = data;

	while (!kthread_should_stop()) {
		step(s);
		cond_resched();
	}
	return 0;
}

/* All that the threads have left behind; world_end() sees whether it was all. */
static void give_back(void)
{
	u32 i;

	for (i = 0; i < NR_SOAK_VMS; i++) {
		u64 handle = (u64)atomic64_xchg(&vms[i].handle, 0);
		long err = handle ? vm_end(handle, 0, 0) : 0;

		if (err)
			pr_err("VM %llx does not go away: %ld\n", handle, err);
	}
	for (i = FIRST; i < NR_PLACES; i++)
		nie_hc_unshare_nie(NULL, pfn_of(i));
}

/* The call that only an image with NIE_DEBUG_CHECK=1 has. */
static long check_call(struct nie_res *res, u64 op, u64 arg)
{
	return nie_call(res, NIE_CHECK_CALL, op, arg, 0, 0, 0);
}

static long look(u64 *looks)
{
	char text[NIE_CHECK_TEXT] = "";
	struct nie_res res, byte;
	long err = check_call(&res, NIE_CHECK_LOOK, 0);
	u32 i;

	if (!err)
		*looks = res.r[0];
	if (err != -EPERM)
		return err;
	for (i = 0; i < NIE_CHECK_TEXT - 1; i++) {
		check_call(&byte, NIE_CHECK_READ, i);
		text[i] = (char)byte.r[0];
	}
	pr_err("FAIL soak: \"%s\", of %x, %llx, after %llu calls\n", text, (u32)res.r[2], res.r[3],
	       res.r[1]);
	return err;
}

static void start_threads(u64 seed)
{
	struct task_struct *task;
	u32 cpu;

	for_each_online_cpu(cpu) {
		if (cpu >= MAX_CPUS)
			break;
		soakers[cpu].state = seed * 0x9e3779b97f4a7c15ul + cpu + 1;
		task = kthread_create_on_cpu(soak_thread, &soakers[cpu], cpu, "nie_soak/%u");
		if (IS_ERR(task))
			continue;
		soakers[cpu].task = task;
		wake_up_process(task);
	}
}

static u32 stop_threads(struct soaker *sum)
{
	u32 cpu, nr = 0;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!soakers[cpu].task)
			continue;
		kthread_stop(soakers[cpu].task);
		sum->calls += soakers[cpu].calls;
		sum->done += soakers[cpu].done;
		sum->runs += soakers[cpu].runs;
		sum->exits += soakers[cpu].exits;
		nr++;
	}
	return nr;
}

int soak_for(u32 seconds, u64 seed, u32 every)
{
	struct soaker sum = { 0 };
	u64 looks = 0;
	long err;
	u32 i, nr;

	for (i = FIRST; i < NR_PLACES; i++)
		fill_place(i);
	err = look(&looks);
	if (err == -EOPNOTSUPP)
		pr_info("skip soak_invariants: this EL2 does not check them (--debug-check)\n");
	check_call(NULL, NIE_CHECK_EVERY, every);
	pr_info("soak of %u seconds, soak_seed=%llu soak_every=%u\n", seconds, seed, every);
	start_threads(seed);
	for (i = 0; i < seconds && err != -EPERM; i++) {
		msleep(1000);
		err = look(&looks);
	}
	nr = stop_threads(&sum);
	check_call(NULL, NIE_CHECK_EVERY, 0);
	if (err != -EPERM)
		err = look(&looks);
	give_back();
	if (err != -EPERM)
		err = look(&looks);
	if (err == -EPERM)
		return -EIO;
	if (!sum.done || !sum.exits) {
		pr_err("FAIL soak: no call succeeded, or no run ended by a trap\n");
		return -EIO;
	}
	pr_info("ok soak: %u CPUs, %llu calls, %llu succeeded, %llu runs, %llu ended by a trap; %llu checks\n",
		nr, sum.calls, sum.done, sum.runs, sum.exits, looks);
	return 0;
}
