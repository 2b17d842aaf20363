// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the moment in which EL2 changes hands. All CPUs are in stop_machine; they go step by step
 * together, and if one fails at any step before seal, all give EL2 back. Lock: stop_machine.
 */
#include <linux/cpu_pm.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <asm/virt.h>
#include <nie/trace.h>
#include <nie/call.h>
#include "nie.h"

#define NR_STEPS	4	/* enter, init_mem, init_cpu, seal */

/**
 * struct takeover - what the CPUs share
 * @placed: the image
 * @arrived: CPUs that have reached the barrier so far, over all barriers
 * @error: for each barrier, an error of a CPU that came to it, 0 if none. One each: a quick CPU may
 *	already have failed on its way to the next barrier while a slow one looks at this one
 */
struct takeover {
	const struct nie_placed *placed;
	atomic_t arrived;
	atomic_t error[NR_STEPS + 1];
};

/*
 * All CPUs meet; @step counts the barriers. Returns the same to all: an error if any CPU came with
 * one.
 */
static int meet(struct takeover *t, int step, long err)
{
	if (err)
		atomic_set(&t->error[step], (int)err);
	atomic_inc(&t->arrived);
	while (atomic_read(&t->arrived) < (int)num_online_cpus() * step)
		cpu_relax();
	smp_mb();		/* pairs with atomic_set() before atomic_inc() of the others */
	return atomic_read(&t->error[step]);
}

static int enter(const struct nie_placed *placed, unsigned int cpu)
{
	nie_stub_call(HVC_RESET_VECTORS, 0, 0, 0);
	if (nie_stub_call(HVC_SOFT_RESTART, placed->entry_pa, placed->boot_pa, cpu))
		return -EIO;
	return nie_hc_version(NULL);
}

/* Step by step, until an error. *entered: this CPU is in NIE. */
static int go(struct takeover *t, bool first, bool *entered)
{
	unsigned int cpu = smp_processor_id();
	bool last = cpumask_next(cpu, cpu_online_mask) >= nr_cpu_ids;
	long err;

	err = last && nie_inject_failure(NIE_STEP_ENTER) ? -EIO : enter(t->placed, cpu);
	*entered = !err;
	err = meet(t, 1, err);
	if (err)
		return (int)err;

	err = 0;
	if (first)
		err = nie_inject_failure(NIE_STEP_INIT_MEM) ? -EIO : nie_hc_init_mem(NULL);
	err = meet(t, 2, err);
	if (err)
		return (int)err;

	err = last && nie_inject_failure(NIE_STEP_INIT_CPU) ? -EIO : nie_hc_init_cpu(NULL);
	err = meet(t, 3, err);
	if (err)
		return (int)err;

	err = 0;
	if (first)
		err = nie_inject_failure(NIE_STEP_SEAL) ? -EIO : nie_hc_seal(NULL);
	return meet(t, NR_STEPS, err);
}

static int takeover_cpu(void *data)
{
	struct takeover *t = data;
	bool first = smp_processor_id() == cpumask_first(cpu_online_mask);
	bool entered = false;
	int err = go(t, first, &entered);

	if (err && entered)
		nie_leave_call();
	return err;
}

/**
 * nie_takeover() - EL2 changes hands on all online CPUs
 * @placed: from nie_place()
 * Context: process context.
 * Return: 0, or a negative errno with every CPU back at the hyp-stub.
 */
int nie_takeover(const struct nie_placed *placed)
{
	struct takeover t = { .placed = placed };

	return stop_machine(takeover_cpu, &t, cpu_online_mask);
}

static int leave_cpu(void *unused)
{
	nie_leave_call();
	return 0;
}

int nie_give_back(void)
{
	long err = nie_hc_unseal(NULL);

	return err ? (int)err : stop_machine(leave_cpu, NULL, cpu_online_mask);
}

static void restore_cpu(void *unused)
{
	unsigned long flags;

	local_irq_save(flags);
	if (!cpu_pm_enter())
		cpu_pm_exit();
	local_irq_restore(flags);
}

void nie_restore_kvm(void)
{
	on_each_cpu(restore_cpu, NULL, 1);
}

static const struct nie_placed *panic_from;

void nie_set_panic_page(const struct nie_placed *placed)
{
	panic_from = placed;
}

/* From nie_panic_entry: print what EL2 left, and stop. */
void nie_panic_report(void)
{
	const struct nie_panic *p = panic_from->panic;
	int i;

	pr_emerg("EL2 stopped itself on CPU %llu: vector or reason %llu\n", p->cpu, p->reason);
	pr_emerg("ESR_EL2 %016llx FAR_EL2 %016llx HPFAR_EL2 %016llx\n", p->esr, p->far, p->hpfar);
	pr_emerg("ELR_EL2 %016llx SPSR_EL2 %016llx SP_EL2 %016llx\n", p->elr, p->spsr, p->sp);
	pr_emerg("ELR_EL2 is nie.elf + %#llx\n", p->elr - panic_from->image_pa);
	for (i = 0; i < 30; i += 2)
		pr_emerg("x%-2d %016llx  x%-2d %016llx\n", i, p->x[i], i + 1, p->x[i + 1]);
	pr_emerg("x30 %016llx\n", p->x[30]);
	panic("NIE: EL2 stopped itself");
}
