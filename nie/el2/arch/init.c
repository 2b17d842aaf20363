// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the early phase at EL2, the state of EL2 on each CPU, and the phase. Lock: nie_lock for
 * the phase; the host calls init_mem on one CPU while the others wait. Never: trusts the boot page
 * after seal.
 */
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <linux/irqchip/arm-gic-v3.h>
#include "../host.h"
#include "../page.h"
#include "../vcpu.h"
#include "../vm.h"
#include "el2.h"
#include "layout.h"
#include "lock.h"
#include "mem.h"

struct nie_config nie_config;
u32 nie_phase = NIE_PHASE_EARLY;

/* entry.S */
long nie_cpu_enter(u64 boot_pa, u64 index, u64 stub_vbar, u64 stub_sctlr);
u64 nie_cpu_on(void);

/* Vector lengths and fine-grained traps of the host; NIE keeps what the kernel set at boot. */
static void save_host_el2(struct nie_config *c)
{
	if (c->flags & NIE_BOOT_FGT) {
		c->host_hfg[0] = read_sysreg_s(SYS_HFGRTR_EL2);
		c->host_hfg[1] = read_sysreg_s(SYS_HFGWTR_EL2);
		c->host_hfg[2] = read_sysreg_s(SYS_HFGITR_EL2);
		c->host_hfg[3] = read_sysreg_s(SYS_HDFGRTR_EL2);
		c->host_hfg[4] = read_sysreg_s(SYS_HDFGWTR_EL2);
	}
	if (c->flags & NIE_BOOT_HCX)
		c->host_hcrx = read_sysreg_s(SYS_HCRX_EL2);
	if (c->flags & NIE_BOOT_SVE)
		c->host_zcr = read_sysreg_s(SYS_ZCR_EL2);
	if (c->flags & NIE_BOOT_SME)
		c->host_smcr = read_sysreg_s(SYS_SMCR_EL2);
}

static void restore_host_el2(const struct nie_config *c)
{
	nie_set_fine_traps(c->host_hfg, c->host_hcrx);
	if (c->flags & NIE_BOOT_SVE)
		write_sysreg_s(c->host_zcr, SYS_ZCR_EL2);
	if (c->flags & NIE_BOOT_SME)
		write_sysreg_s(c->host_smcr, SYS_SMCR_EL2);
}

/* List and active-priority registers of this CPU: GIC spec IHI 0069, ICH_VTR_EL2. */
static void probe_gic(struct nie_cpu *cpu)
{
	u64 vtr = read_sysreg_s(SYS_ICH_VTR_EL2);
	u64 pre_bits = ((vtr >> 26) & 7) + 1;

	cpu->nr_lrs = (vtr & 0x1f) + 1;
	if (cpu->nr_lrs > NIE_MAX_LRS)
		cpu->nr_lrs = NIE_MAX_LRS;
	cpu->nr_apr = pre_bits >= 7 ? 4 : pre_bits == 6 ? 2 : 1;
}

/* Takeover, first thing in C, EL2's MMU just on. Returns what the host sees in x0. */
long nie_cpu_enter(u64 boot_pa, u64 index, u64 stub_vbar, u64 stub_sctlr)
{
	const struct nie_boot *boot = (const struct nie_boot *)boot_pa;
	struct nie_cpu *cpu = nie_this_cpu();

	cpu->canary = read_sysreg(cntpct_el0) * 0x9e3779b97f4a7c15ul;
	cpu->boot_pa = boot_pa;
	cpu->index = index;
	cpu->mpidr = boot->mpidr[index];
	cpu->stub_vbar = stub_vbar;
	cpu->stub_sctlr = stub_sctlr;
	cpu->stub_hcr = read_sysreg(hcr_el2);
	cpu->stub_cptr = read_sysreg(cptr_el2);
	cpu->stub_mdcr = read_sysreg(mdcr_el2);
	cpu->stub_cnthctl = read_sysreg(cnthctl_el2);
	cpu->vcpu = NULL;
	cpu->stage2 = 0;
	probe_gic(cpu);
	cpu->entered = 1;
	return 0;
}

static void copy_config(const struct nie_boot *boot)
{
	struct nie_cpu *cpu = nie_this_cpu();
	struct nie_config *c = &nie_config;

	c->flags = boot->flags;
	c->host_vttbr = boot->host_vttbr;
	c->host_vtcr = boot->host_vtcr;
	c->guest_vtcr = boot->guest_vtcr;
	c->panic_pfn = boot->panic_pfn;
	c->panic_entry = boot->panic_entry;
	c->nr_cpus = boot->nr_cpus;
	c->host_hcr = cpu->stub_hcr | HCR_VM | HCR_TSC;
	c->host_cptr = cpu->stub_cptr;
	c->host_mdcr = cpu->stub_mdcr;
	c->host_cnthctl = cpu->stub_cnthctl;
	save_host_el2(c);
	for (u64 i = 0; i < c->nr_cpus; i++)
		c->mpidr[i] = boot->mpidr[i];
}

static int check_boot(const struct nie_boot *b)
{
	if (b->magic != NIE_BOOT_MAGIC || b->nr_cpus > NIE_NR_CPUS ||
	    b->nr_ram > NIE_BOOT_MAX_RANGES || b->nr_nie > NIE_BOOT_MAX_RANGES ||
	    b->nr_deny > NIE_BOOT_MAX_DENY || b->nr_gibs > NIE_BOOT_MAX_GIBS ||
	    b->nr_gic > NIE_BOOT_MAX_GIC || b->nr_pins > NIE_BOOT_MAX_PINS)
		return -EINVAL;
	return 0;
}

static void set_kind(const struct nie_boot_range *r, u64 nr, u8 kind)
{
	for (u64 i = 0; i < nr; i++)
		for (u64 p = r[i].pfn; p < r[i].pfn + r[i].nr; p++)
			if (nie_gib_managed(p / NIE_PER_GIB))
				nie_page_set((u32)p, kind, 0, 0, 0);
}

/* What the GIC writes is as good as no RAM: the host's, and nothing else ever. */
static void init_gic(const struct nie_boot *boot)
{
	for (u64 i = 0; i < boot->nr_gic; i++)
		nie_page_set((u32)boot->gic[i].pfn, NIE_K_NIE_DEVICE, 0, 0, 0);
	for (u64 i = 0; i < boot->nr_pins; i++)
		for (u64 p = boot->pin[i].pfn; p < boot->pin[i].pfn + boot->pin[i].nr; p++)
			if (nie_page_kind((u32)p) == NIE_K_HOST)
				nie_page_set((u32)p, NIE_K_NOT_RAM, 0, 0, 0);
}

int nie_init_mem(void)
{
	const struct nie_boot *boot = nie_boot_page();

	if (check_boot(boot))
		return -EINVAL;
	if (nie_config.mem_ready)
		return -EPERM;

	copy_config(boot);
	nie_host_nr_pages = 1ul << (boot->pa_bits - 12);
	for (u64 i = 0; i < boot->nr_gibs; i++) {
		struct nie_gib *g = &nie_gibs.g[boot->gib[i].gib];

		g->l2_pfn = boot->gib[i].l2_pfn;
		g->l3_pfn = boot->gib[i].l3_pfn;
		g->managed = 1;
		nie_counts.kind[NIE_K_NOT_RAM] += NIE_PER_GIB;
	}
	set_kind(boot->ram, boot->nr_ram, NIE_K_HOST);
	set_kind(boot->nie, boot->nr_nie, NIE_K_NIE_IMAGE);
	set_kind(boot->deny, boot->nr_deny, NIE_K_NIE_DEVICE);
	nie_page_set((u32)boot->panic_pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 1);
	arch_window_map((u32)boot->panic_pfn);
	init_gic(boot);
	for (u64 i = 0; i < boot->nr_gibs; i++)
		nie_host_init_gib(boot->gib[i].gib);
	arch_host_sync_done();
	nie_config.mem_ready = 1;
	return 0;
}

static void host_stage2_on(void)
{
	asm volatile("dsb nsh" : : : "memory");
	write_sysreg(nie_config.host_vtcr, vtcr_el2);
	write_sysreg(nie_config.host_vttbr, vttbr_el2);
	write_sysreg(nie_config.host_hcr, hcr_el2);
	isb();
	asm volatile("tlbi vmalls12e1\n	dsb nsh" : : : "memory");
	isb();
	nie_this_cpu()->stage2 = 1;
}

int nie_init_cpu(void)
{
	if (!nie_config.mem_ready)
		return -EPERM;
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	host_stage2_on();
	return 0;
}

int nie_seal(void)
{
	if (!nie_config.mem_ready)
		return -EPERM;
	for (u64 i = 0; i < nie_config.nr_cpus; i++)
		if (nie_cpu_data(i)->entered && !nie_cpu_data(i)->stage2)
			return -EPERM;
	nie_phase = NIE_PHASE_SEALED;
	return 0;
}

int nie_unseal(void)
{
	for (u32 v = 0; v < NIE_NR_VMS; v++)
		if (nie_vms.vm[v].state != NIE_VM_NONE)
			return -EBUSY;
	nie_phase = NIE_PHASE_EARLY;
	return 0;
}

void nie_leave(void)
{
	struct nie_cpu *cpu = nie_this_cpu();

	cpu->entered = 0;
	cpu->stage2 = 0;
	write_sysreg(cpu->stub_hcr, hcr_el2);
	write_sysreg(0, vttbr_el2);
	isb();
	asm volatile("tlbi vmalls12e1\n	dsb nsh" : : : "memory");
	isb();
	nie_leave_el2(cpu->stub_vbar, cpu->stub_sctlr);
}

/* As the kernel's own start-up code would have it: Documentation/arch/arm64/booting.rst. */
static void init_el2_registers(void)
{
	write_sysreg(nie_config.host_cnthctl, cnthctl_el2);
	write_sysreg(0, cntvoff_el2);
	write_sysreg(nie_config.host_mdcr, mdcr_el2);
	write_sysreg_s(read_sysreg_s(SYS_ICC_SRE_EL2) | ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE,
		       SYS_ICC_SRE_EL2);
	isb();
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	write_sysreg(0, hstr_el2);
	write_sysreg(read_sysreg(midr_el1), vpidr_el2);
	write_sysreg(read_sysreg(mpidr_el1), vmpidr_el2);
	write_sysreg(nie_config.host_cptr, cptr_el2);
	isb();
	restore_host_el2(&nie_config);
}

/* A core that the host started, or that resumes: EL2's MMU just on. Returns the host's x0. */
u64 nie_cpu_on(void)
{
	struct nie_cpu *cpu = nie_this_cpu();

	if (cpu->vcpu) {			/* it went off with a vCPU loaded */
		nie_lock();
		nie_vcpu_put((u32)cpu->vcpu_pfn);
		nie_unlock();
		cpu->vcpu = NULL;
	}
	cpu->canary = read_sysreg(cntpct_el0) * 0x9e3779b97f4a7c15ul;
	cpu->index = ((u64)cpu - NIE_VA_CPU) / NIE_CPU_STRIDE;
	probe_gic(cpu);
	init_el2_registers();
	host_stage2_on();
	cpu->entered = 1;
	write_sysreg(INIT_SCTLR_EL1_MMU_OFF, sctlr_el1);
	write_sysreg(PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT, spsr_el2);
	return nie_psci_cpu_on_context();
}
