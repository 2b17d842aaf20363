// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the world switch, and this CPU's loaded vCPU. No lock on the run path: a loaded vCPU
 * belongs to its CPU. Never: reads a field of the run page twice in one run; gives a guest or the
 * host the other's registers; writes to the run page of a protected vCPU what exits.c does not
 * disclose.
 *
 * There is one world switch. Where the registers are, in the run page or in NIE's own page, is in
 * struct nie_cpu; what the run is to have in force is in struct nie_entry. run_normal() and
 * run_protected() make it up.
 *
 * Order (Arm ARM D8.1.5, out-of-context translation regimes): save host, stop and drain profiling,
 * DSB, guest EL1 registers with walks held off, VTTBR and traps, ISB, guest SCTLR and TCR, GIC,
 * enter; the reverse on the way back.
 */
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/pgtable-hwdef.h>
#include <asm/sysreg.h>
#include <linux/irqchip/arm-gic-v3.h>
#include "../vm.h"
#include "el2.h"
#include "mem.h"
#include "trap.h"

/* HCR_EL2 for every guest. */
#define HCR_FORCED	(HCR_VM | HCR_RW | HCR_PTW | HCR_SWIO | HCR_FB | HCR_BSU_IS | HCR_AMO |	\
			 HCR_IMO | HCR_FMO | HCR_TSC | HCR_TSW | HCR_TIDCP | HCR_TACR |		\
			 HCR_TLOR | HCR_TID3)
/* What the host may ask for, for a normal VM. */
#define HCR_ALLOWED	(HCR_TWI | HCR_TWE | HCR_VSE | HCR_TVM | HCR_TID1 | HCR_TID2 |		\
			 HCR_TID4 | HCR_API | HCR_APK)
#define MDCR_FORCED	(MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TPMS | MDCR_EL2_TTRF |	\
			 MDCR_EL2_TDRA | MDCR_EL2_TDOSA)
#define MDCR_ALLOWED	(MDCR_EL2_TDA | MDCR_EL2_TDE)
/*
 * A protected VM's: what ../sysregs.c answers traps, and the host asks for no more than a trap of
 * WFI and WFE.
 */
#define HCR_PROTECTED	(HCR_TID1 | HCR_TID2 | HCR_TID5)
#define HCR_ASKED	(HCR_TWI | HCR_TWE)
#define MDCR_PROTECTED	MDCR_EL2_TDA
#define CPTR_GUEST	(CPTR_EL2_TAM | CPTR_EL2_TTA | CPTR_EL2_TSM | CPTR_EL2_TZ |		\
			 CPTR_NVHE_EL2_RES1)
#define ICH_HCR_ALLOWED	(ICH_HCR_EN | ICH_HCR_UIE | ICH_HCR_NPIE | ICH_HCR_TC | ICH_HCR_TALL0 |	\
			 ICH_HCR_TALL1 | ICH_HCR_TDIR | BIT(2) | GENMASK(7, 4))
#define ICH_HCR_ASKED	(ICH_HCR_EN | ICH_HCR_UIE | ICH_HCR_NPIE | BIT(2) | GENMASK(7, 4))

/*
 * Guest calls and traps that EL2 deals with itself, in one vcpu_run: after that many the host has a
 * look, whether it has an interrupt or not.
 */
#define MAX_STAYS	64

/**
 * struct nie_entry - what a run has in force
 * @pstate: SPSR_EL2, a state that the guest may be in
 * @hcr: HCR_EL2; VSE is clear after the run if the guest has taken the virtual SError
 * @mdcr: bits of MDCR_EL2 besides HPMN and MDCR_FORCED
 * @vsesr: VSESR_EL2, if VSE
 * @cnthctl: CNTHCTL_EL2
 * @vgic_hcr: ICH_HCR_EL2
 * @lr: list registers, in and out
 * @used: how many, any value on the way in
 */
struct nie_entry {
	u64 pstate, hcr, mdcr, vsesr, cnthctl, vgic_hcr;
	volatile u64 *lr;
	u32 used;
};

/* EL1 and EL0 state besides SCTLR_EL1 and TCR_EL1, which nie_resume_walks() restores. */
#define EACH_SYSREG(op)								\
do {										\
	op(CPACR_EL1); op(TTBR0_EL1); op(TTBR1_EL1); op(ESR_EL1);		\
	op(AFSR0_EL1); op(AFSR1_EL1); op(FAR_EL1); op(MAIR_EL1);		\
	op(VBAR_EL1); op(CONTEXTIDR_EL1); op(AMAIR_EL1); op(CNTKCTL_EL1);	\
	op(PAR_EL1); op(TPIDR_EL1); op(SP_EL1); op(ELR_EL1); op(SPSR_EL1);	\
	op(TPIDR_EL0); op(TPIDRRO_EL0); op(MDSCR_EL1);				\
} while (0)

#define EACH_KEY(op)								\
do {										\
	op(APIAKEYLO_EL1); op(APIAKEYHI_EL1); op(APIBKEYLO_EL1);		\
	op(APIBKEYHI_EL1); op(APDAKEYLO_EL1); op(APDAKEYHI_EL1);		\
	op(APDBKEYLO_EL1); op(APDBKEYHI_EL1); op(APGAKEYLO_EL1);		\
	op(APGAKEYHI_EL1);							\
} while (0)

#define SAVE(NAME)		(sr[NIE_SR_##NAME] = read_sysreg_s(SYS_##NAME))
#define RESTORE(NAME)		write_sysreg_s(sr[NIE_SR_##NAME], SYS_##NAME)

static inline void save_sysregs(volatile u64 *sr)
{
	SAVE(SCTLR_EL1);
	SAVE(TCR_EL1);
	EACH_SYSREG(SAVE);
}

static inline void restore_sysregs(const volatile u64 *sr)
{
	EACH_SYSREG(RESTORE);
}

static void save_keys(volatile u64 *sr)
{
	EACH_KEY(SAVE);
}

static void restore_keys(const volatile u64 *sr)
{
	EACH_KEY(RESTORE);
}

/* Stop the host's profiling and trace before its translation goes: Arm ARM D17.3, D6.5. */
static void drain_profiling(struct nie_cpu *cpu)
{
	cpu->spe_pmscr = 0;
	cpu->trbe_trfcr = 0;
	if (nie_config.flags & NIE_BOOT_SPE && read_sysreg_s(SYS_PMBLIMITR_EL1) & PMBLIMITR_EL1_E) {
		cpu->spe_pmscr = read_sysreg_s(SYS_PMSCR_EL1);
		write_sysreg_s(0, SYS_PMSCR_EL1);
		isb();
		asm volatile("hint #17" : : : "memory");	/* PSB CSYNC */
	}
	if (nie_config.flags & NIE_BOOT_TRBE &&
	    read_sysreg_s(SYS_TRBLIMITR_EL1) & TRBLIMITR_EL1_E) {
		cpu->trbe_trfcr = read_sysreg_s(SYS_TRFCR_EL1);
		write_sysreg_s(0, SYS_TRFCR_EL1);
		isb();
		asm volatile("hint #18" : : : "memory");	/* TSB CSYNC */
	}
}

static void restore_profiling(struct nie_cpu *cpu)
{
	if (cpu->spe_pmscr)
		write_sysreg_s(cpu->spe_pmscr, SYS_PMSCR_EL1);
	if (cpu->trbe_trfcr)
		write_sysreg_s(cpu->trbe_trfcr, SYS_TRFCR_EL1);
}

void nie_set_fine_traps(const u64 *hfg, u64 hcrx)
{
	if (nie_config.flags & NIE_BOOT_FGT) {
		write_sysreg_s(hfg[0], SYS_HFGRTR_EL2);
		write_sysreg_s(hfg[1], SYS_HFGWTR_EL2);
		write_sysreg_s(hfg[2], SYS_HFGITR_EL2);
		write_sysreg_s(hfg[3], SYS_HDFGRTR_EL2);
		write_sysreg_s(hfg[4], SYS_HDFGWTR_EL2);
	}
	if (nie_config.flags & NIE_BOOT_HCX)
		write_sysreg_s(hcrx, SYS_HCRX_EL2);
}

/* From here on the CPU's EL1 and EL0 state is the guest's, walked through its own stage-2. */
static void traps_to_guest(struct nie_vcpu *vcpu, const struct nie_entry *e)
{
	static const u64 none[5];

	write_sysreg(nie_config.guest_vtcr | (64 - vcpu->ipa_bits), vtcr_el2);
	write_sysreg(vcpu->vttbr, vttbr_el2);
	write_sysreg(e->hcr, hcr_el2);
	if (e->hcr & HCR_VSE && nie_config.flags & NIE_BOOT_RAS)
		write_sysreg_s(e->vsesr, SYS_VSESR_EL2);
	write_sysreg((nie_config.host_mdcr & MDCR_EL2_HPMN_MASK) | MDCR_FORCED | e->mdcr, mdcr_el2);
	write_sysreg(CPTR_GUEST | CPTR_EL2_TFP, cptr_el2);
	write_sysreg(1 << 15, hstr_el2);
	write_sysreg(e->cnthctl, cnthctl_el2);
	nie_set_fine_traps(none, 0);
	write_sysreg(nie_guest_vectors, vbar_el2);
}

static void traps_to_host(void)
{
	write_sysreg(nie_config.host_vtcr, vtcr_el2);
	write_sysreg(nie_config.host_vttbr, vttbr_el2);
	write_sysreg(nie_config.host_hcr, hcr_el2);
	write_sysreg(nie_config.host_mdcr, mdcr_el2);
	write_sysreg(nie_config.host_cptr, cptr_el2);
	write_sysreg(0, hstr_el2);
	write_sysreg(nie_config.host_cnthctl, cnthctl_el2);
	write_sysreg(read_sysreg(mpidr_el1), vmpidr_el2);
	nie_set_fine_traps(nie_config.host_hfg, nie_config.host_hcrx);
	write_sysreg(nie_host_vectors, vbar_el2);
}

static void write_lr(u32 n, u64 val)
{
#define W(n)	case n: write_sysreg_s(val, SYS_ICH_LR##n##_EL2); break
	switch (n) {
	W(0); W(1); W(2); W(3); W(4); W(5); W(6); W(7);
	W(8); W(9); W(10); W(11); W(12); W(13); W(14); W(15);
	}
#undef W
}

static u64 read_lr(u32 n)
{
#define R(n)	case n: return read_sysreg_s(SYS_ICH_LR##n##_EL2)
	switch (n) {
	R(0); R(1); R(2); R(3); R(4); R(5); R(6); R(7);
	R(8); R(9); R(10); R(11); R(12); R(13); R(14); R(15);
	}
#undef R
	return 0;
}

/* GIC spec IHI 0069, 12.4. */
static void vgic_to_guest(struct nie_cpu *cpu, struct nie_entry *e)
{
	if (e->used > cpu->nr_lrs)
		e->used = (u32)cpu->nr_lrs;
	write_sysreg_s(e->vgic_hcr, SYS_ICH_HCR_EL2);
	for (u32 i = 0; i < e->used; i++)
		write_lr(i, e->lr[i]);
	/* The guest must not turn its system register interface off. */
	write_sysreg_s(ICC_SRE_EL2_SRE | 6, SYS_ICC_SRE_EL2);
}

static void vgic_to_host(const struct nie_entry *e)
{
	for (u32 i = 0; i < e->used; i++) {
		e->lr[i] = read_lr(i);
		write_lr(i, 0);
	}
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	write_sysreg_s(ICC_SRE_EL2_SRE | 6 | ICC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
}

static void fp_to_guest(struct nie_cpu *cpu)
{
	write_sysreg(CPTR_GUEST, cptr_el2);
	isb();
	nie_fpsimd_save(&cpu->host_fp);
	nie_fpsimd_restore(&cpu->file->fp);
	cpu->fp_live = 1;
}

static void fp_to_host(struct nie_cpu *cpu)
{
	if (!cpu->fp_live)
		return;
	nie_fpsimd_save(&cpu->file->fp);
	nie_fpsimd_restore(&cpu->host_fp);
	cpu->fp_live = 0;
}

/* Exits that EL2 deals with itself: true to go on with the guest. */
static bool handled(struct nie_cpu *cpu, u64 code)
{
	u64 esr, ipa;

	if (code != NIE_EXIT_TRAP)
		return false;
	esr = read_sysreg(esr_el2);
	cpu->syndrome->esr = esr;
	switch (ESR_ELx_EC(esr)) {
	case ESR_ELx_EC_FP_ASIMD:
		fp_to_guest(cpu);
		return true;
	case ESR_ELx_EC_IABT_LOW:
	case ESR_ELx_EC_DABT_LOW:
		cpu->syndrome->far = read_sysreg(far_el2);
		if (!nie_fault_ipa(esr, read_sysreg(far_el2), &ipa))
			return true;		/* the guest should just try again */
		cpu->syndrome->hpfar = (ipa >> 12) << 4;
		return false;
	default:
		return false;
	}
}

/* Has this CPU a 32-bit EL0? An ERET to a state that is none stays at EL2: Arm ARM D1.4.4. */
static bool has_aarch32(void)
{
	return (read_sysreg(id_aa64pfr0_el1) & 0xf) == 2;
}

/* Modes a guest may be in: EL0t, EL1t, EL1h, and 32-bit user mode. */
static bool pstate_ok(u64 pstate)
{
	u64 mode = pstate & (PSR_MODE_MASK | PSR_MODE32_BIT);

	return mode == PSR_MODE_EL0t || mode == PSR_MODE_EL1t || mode == PSR_MODE_EL1h ||
	       (mode == (PSR_MODE32_BIT | PSR_MODE_EL0t) && has_aarch32());
}

static void leave_guest(struct nie_cpu *cpu, u64 pauth)
{
	volatile struct nie_file *file = cpu->file;
	u64 *host = cpu->host_sr;

	save_sysregs(file->sysregs);
	asm volatile("dsb nsh" : : : "memory");
	nie_hold_walks();
	restore_sysregs(host);
	fp_to_host(cpu);
	traps_to_host();
	nie_resume_walks(host[NIE_SR_SCTLR_EL1], host[NIE_SR_TCR_EL1]);
	write_sysreg(cpu->host_sp_el0, sp_el0);
	if (pauth) {
		save_keys(file->sysregs);
		restore_keys(host);
	}
	restore_profiling(cpu);
	cpu->in_guest = 0;
}

/* A pending SError that the guest's exit found: Arm ARM D1.3.6, RAS ESB. */
static u64 serror_of_guest(volatile struct nie_syndrome *s)
{
	u64 disr = nie_config.flags & NIE_BOOT_RAS ? read_sysreg_s(SYS_DISR_EL1) : 0;

	if (!disr)
		return 0;
	write_sysreg_s(0, SYS_DISR_EL1);
	s->disr = disr;
	return NIE_EXIT_WITH_SERROR;
}

/* Into the guest and back; returns the exit code. */
static u64 world_switch(struct nie_cpu *cpu, struct nie_entry *e)
{
	volatile struct nie_file *file = cpu->file;
	u64 host_elr, host_spsr, code, pauth;
	u64 *host = cpu->host_sr;

	if (nie_config.flags & NIE_BOOT_RAS)
		e->hcr |= HCR_TEA | HCR_TERR;
	if (nie_config.flags & NIE_BOOT_FWB)
		e->hcr |= HCR_FWB;
	pauth = nie_config.flags & NIE_BOOT_PAUTH && e->hcr & HCR_API;

	host_elr = read_sysreg(elr_el2);
	host_spsr = read_sysreg(spsr_el2);
	cpu->host_sp_el0 = read_sysreg(sp_el0);
	save_sysregs(host);
	if (pauth) {
		save_keys(host);
		restore_keys(file->sysregs);
	}
	drain_profiling(cpu);
	asm volatile("dsb nsh" : : : "memory");
	cpu->in_guest = 1 + !!pauth;

	nie_hold_walks();
	restore_sysregs(file->sysregs);
	write_sysreg(file->sysregs[NIE_SR_MPIDR_EL1], vmpidr_el2);
	traps_to_guest(cpu->vcpu, e);
	if (nie_config.flags & NIE_BOOT_RAS)
		write_sysreg_s(file->sysregs[NIE_SR_DISR_EL1], SYS_VDISR_EL2);
	nie_resume_walks(file->sysregs[NIE_SR_SCTLR_EL1], file->sysregs[NIE_SR_TCR_EL1]);
	vgic_to_guest(cpu, e);
	write_sysreg(file->regs.sp, sp_el0);
	write_sysreg(file->regs.pc, elr_el2);
	write_sysreg(e->pstate, spsr_el2);

	do {
		code = nie_guest_enter(&file->regs);
	} while (handled(cpu, code));

	code |= serror_of_guest(cpu->syndrome);
	file->regs.sp = read_sysreg(sp_el0);
	file->regs.pc = read_sysreg(elr_el2);
	file->regs.pstate = read_sysreg(spsr_el2);
	if (nie_config.flags & NIE_BOOT_RAS)
		file->sysregs[NIE_SR_DISR_EL1] = read_sysreg_s(SYS_VDISR_EL2);
	if (e->hcr & HCR_VSE)		/* has the guest taken it? */
		e->hcr = read_sysreg(hcr_el2);
	vgic_to_host(e);
	leave_guest(cpu, pauth);
	write_sysreg(host_elr, elr_el2);
	write_sysreg(host_spsr, spsr_el2);
	return code;
}

static u64 run_normal(struct nie_cpu *cpu)
{
	volatile struct nie_run *run = cpu->run;
	struct nie_entry e;
	u64 code;
	bool vse;

	e.pstate = run->regs.pstate;
	if (!pstate_ok(e.pstate))
		return NIE_EXIT_IL;
	e.hcr = (run->hcr & HCR_ALLOWED) | HCR_FORCED;
	vse = e.hcr & HCR_VSE;
	e.mdcr = run->mdcr & MDCR_ALLOWED;
	e.vsesr = run->vsesr;
	/* CNTHCTL_EL2: EL1PCTEN if the guest may read the physical counter, never EL1PCEN. */
	e.cnthctl = run->phys_timer ? 1 : 0;
	e.vgic_hcr = run->vgic_hcr & ICH_HCR_ALLOWED;
	e.lr = run->lr;
	e.used = run->used_lrs;
	code = world_switch(cpu, &e);
	if (vse)
		run->hcr = e.hcr;
	return code;
}

/* ICH_AP0Rn_EL2, ICH_AP1Rn_EL2: as many as the CPU has. */
#define AP(n, op)	do { if (cpu->nr_apr > (n)) { op(0, n); op(1, n); } } while (0)
#define AP_IN(g, n)	write_sysreg_s(from->ap##g##r[n], SYS_ICH_AP##g##R##n##_EL2)
#define AP_OUT(g, n)	(to->ap##g##r[n] = read_sysreg_s(SYS_ICH_AP##g##R##n##_EL2))
#define AP_ALL(op)	do { AP(0, op); AP(1, op); AP(2, op); AP(3, op); } while (0)

/* The virtual timer of the host, whatever it uses it for. */
static void timer_to_host(struct nie_cpu *cpu)
{
	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(cpu->host_cntv_cval, cntv_cval_el0);
	write_sysreg(cpu->host_cntv_ctl, cntv_ctl_el0);
}

/* What is the host's to load and put for a normal VM: interface state and virtual timer. */
static void own_to_guest(struct nie_cpu *cpu, const struct nie_private *from)
{
	write_sysreg_s(from->vmcr, SYS_ICH_VMCR_EL2);
	AP_ALL(AP_IN);
	cpu->host_cntv_ctl = read_sysreg(cntv_ctl_el0);
	cpu->host_cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(from->cntv_cval, cntv_cval_el0);
	write_sysreg(from->cntv_ctl, cntv_ctl_el0);
}

static void own_to_host(struct nie_cpu *cpu, struct nie_private *to)
{
	to->cntv_ctl = read_sysreg(cntv_ctl_el0);
	to->cntv_cval = read_sysreg(cntv_cval_el0);
	timer_to_host(cpu);
	to->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	AP_ALL(AP_OUT);
}

/* All that a protected vCPU's exit writes to the run page. */
static void tell_host(struct nie_cpu *cpu, const struct nie_private *p,
		      const struct nie_disclosed *d, u64 code, u32 used)
{
	volatile struct nie_run *run = cpu->run;
	bool armed = p->cntv_ctl % 4 == 1;	/* ENABLE, not IMASK */

	run->esr = d->esr;
	run->far = d->far;
	run->hpfar = d->hpfar;
	run->regs.x[0] = d->x0;
	run->regs.x[1] = d->x1;
	run->disr = code & NIE_EXIT_WITH_SERROR ? nie_serror_class(p->syndrome.disr) : 0;
	for (u32 i = 0; i < used; i++)
		run->lr[i] = p->lr[i];
	run->vmcr = p->vmcr;
	run->cntv_ctl = armed ? p->cntv_ctl : 0;
	run->cntv_cval = armed ? p->cntv_cval : 0;
}

/* All that the host has a say in for a protected vCPU, each field read once. */
static void ask_host(struct nie_cpu *cpu, struct nie_private *p, struct nie_entry *e)
{
	volatile struct nie_run *run = cpu->run;

	e->hcr = HCR_FORCED | HCR_PROTECTED | (run->hcr & HCR_ASKED);
	if (nie_config.flags & NIE_BOOT_PAUTH)
		e->hcr |= HCR_API | HCR_APK;
	e->mdcr = MDCR_PROTECTED;
	e->vsesr = 0;
	e->cnthctl = 1;			/* no offset: both counters are the machine's */
	e->vgic_hcr = run->vgic_hcr & ICH_HCR_ASKED;
	e->lr = p->lr;
	e->used = run->used_lrs;
	if (e->used > cpu->nr_lrs)
		e->used = (u32)cpu->nr_lrs;
	for (u32 i = 0; i < e->used; i++)
		p->lr[i] = nie_lr_sane(run->lr[i]);
}

static u64 run_protected(struct nie_cpu *cpu)
{
	struct nie_private *p = arch_private((u32)cpu->vcpu_pfn);
	volatile struct nie_run *run = cpu->run;
	struct nie_disclosed d;
	struct nie_entry e;
	u64 code, hcr, x0;

	x0 = run->regs.x[0];
	if (p->power == NIE_POWER_ON)
		nie_resume(p, run->ask, x0);
	else if (!nie_start(cpu->vcpu, p, run->regs.pc, x0))
		return NIE_EXIT_OFF;
	ask_host(cpu, p, &e);
	hcr = e.hcr;
	for (u32 stays = 0; ; stays++) {
		e.hcr = hcr | (p->vse ? HCR_VSE : 0);
		e.pstate = p->file.regs.pstate;
		own_to_guest(cpu, p);
		code = world_switch(cpu, &e);
		own_to_host(cpu, p);
		p->vse = !!(e.hcr & HCR_VSE);
		if (!nie_exit(cpu->vcpu, p, code, &d))
			break;
		code = NIE_EXIT_IRQ;
		if (stays == MAX_STAYS)
			break;
	}
	if (code == (NIE_EXIT_TRAP | NIE_EXIT_WITH_SERROR))
		code = NIE_EXIT_IRQ | NIE_EXIT_WITH_SERROR;	/* no word of the trap */
	tell_host(cpu, p, &d, code, e.used);
	return code;
}

int nie_vcpu_run(u64 *exit_code)
{
	struct nie_cpu *cpu = nie_this_cpu();

	if (!cpu->vcpu)
		return -EPERM;
	/* Either nie_end() sees this CPU run, or this CPU sees its phase. */
	WRITE_ONCE(cpu->running, 1);
	asm volatile("dmb ish" : : : "memory");
	if (READ_ONCE(nie_phase) != NIE_PHASE_SEALED) {
		WRITE_ONCE(cpu->running, 0);
		return -EACCES;
	}
	*exit_code = cpu->vcpu->is_protected ? run_protected(cpu) : run_normal(cpu);
	smp_store_release(&cpu->running, 0);
	return 0;
}

void nie_vcpu_abandon(void)
{
	struct nie_cpu *cpu = nie_this_cpu();

	if (cpu->in_guest) {
		leave_guest(cpu, cpu->in_guest - 1);
		if (cpu->vcpu->is_protected)
			timer_to_host(cpu);
	}
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	write_sysreg_s(ICC_SRE_EL2_SRE | 6 | ICC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
	write_sysreg(0, cntvoff_el2);
	smp_store_release(&cpu->running, 0);
}

/* struct nie_file and struct nie_syndrome are parts of the run page: same fields, same order. */
_Static_assert(offsetof(struct nie_run, sysregs) - offsetof(struct nie_run, regs) ==
	       offsetof(struct nie_file, sysregs), "sysregs");
_Static_assert(offsetof(struct nie_run, fp) - offsetof(struct nie_run, regs) ==
	       offsetof(struct nie_file, fp), "fp");
_Static_assert(offsetof(struct nie_run, disr) - offsetof(struct nie_run, esr) ==
	       offsetof(struct nie_syndrome, disr), "disr");

/* After nie_vcpu_load() said yes. */
void nie_vcpu_loaded(u32 ctx_pfn, bool flush)
{
	struct nie_cpu *cpu = nie_this_cpu();
	volatile struct nie_run *from;

	cpu->vcpu = arch_vcpu(ctx_pfn);
	cpu->vcpu_pfn = ctx_pfn;
	from = (volatile struct nie_run *)&nie_tables.t[cpu->vcpu->run_pfn];
	cpu->run = from;
	if (flush)
		nie_tlb_flush_local(cpu->vcpu->vttbr);
	if (cpu->vcpu->is_protected) {
		cpu->file = &arch_private(ctx_pfn)->file;
		cpu->syndrome = &arch_private(ctx_pfn)->syndrome;
		write_sysreg(0, cntvoff_el2);
		return;
	}
	cpu->file = (volatile struct nie_file *)&from->regs;
	cpu->syndrome = (volatile struct nie_syndrome *)&from->esr;
	write_sysreg_s(from->vmcr, SYS_ICH_VMCR_EL2);
	AP_ALL(AP_IN);
	write_sysreg(from->cntvoff, cntvoff_el2);
}

void nie_vcpu_unload(void)
{
	struct nie_cpu *cpu = nie_this_cpu();
	volatile struct nie_run *to = cpu->run;

	if (!cpu->vcpu->is_protected) {
		to->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
		AP_ALL(AP_OUT);
	}
	write_sysreg(0, cntvoff_el2);
	cpu->vcpu = NULL;
	cpu->run = NULL;
}
