// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two runs, two secrets: the same host does the same things with two protected VMs that differ in
 * their secrets alone, and must see the same. All bits of a secret are inverted in the second run;
 * they are in the VM's memory, in all of its registers that a step does not need, in the keys of
 * pointer authentication, in the deadline of its timer while that is masked.
 *
 * What the host sees goes into a log, which is compared word by word: x0..x17 after each call, the
 * whole run page and the page that the guest shares, which of the host's own registers a run has
 * changed, what accesses to the VM's pages do, what NIE says of VM and pages, and in the end each
 * page that comes back.
 *
 * When an interrupt ends a run is chance: what goes into the log is the first exit of another kind,
 * and one trace where the guest does nothing but wait for an interrupt. A handle is in no log.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/kvm_arm.h>
#include <asm/neon.h>
#include <asm/sysreg.h>
#include <nie/guestcalls.h>
#include "attack.h"
#include "attack_guest.h"
#include "attack_host.h"

#define NR_SEEN		0x40000u

/* Instructions besides those of attack_guest.h: operands are secrets, or in part. */
#define STR_SECRET	RT(STR, 8)
#define LDR_SECRET	RT(LDR, 8)
#define STP_SECRETS	0xa9002928u		/* stp x8, x10, [x9]: no syndrome */
#define STR_POST	0xf8008528u		/* str x8, [x9], #8: nor here */
#define ST1_SECRET	0x4c007120u		/* st1 {v0.16b}, [x9] */
#define DC_ZVA		0xd50b7429u		/* dc zva, x9 */
#define STRB_X10	0x3900012au		/* the same byte in both runs, and so on */
#define STRH_X12	0x7900012cu
#define STR_W11		0xb900012bu
#define MRS_SECRET(reg)	RT(MRS_X7(reg), 8)
#define MSR_SECRET(reg)	RT(MSR_X7(reg), 8)
#define MSR_X3(reg)	RT(MSR_X7(reg), 3)
#define HVC_1		0xd4000022u
#define ESB		0xd503221fu
#define UNMASK_A	0xd50344ffu		/* msr daifclr, #4 */
#define BRK		0xd4200000u
#define ADDR		(IPA(GFN_SPARE) + 0x128)
#define MMIO_ADDR	(IPA(GFN_MMIO) + 0x48)

/**
 * struct log - what the host saw in one run
 * @nr: words; more than NR_SEEN if there was no room
 * @seen: in the order of seeing; @step and @what are literals, the same in both runs
 */
struct log {
	u32 nr;
	struct seen {
		const char *step, *what;
		u64 index, value;
	} seen[NR_SEEN];
};

static struct log *log;
static const char *step;

static void see(const char *what, u64 index, u64 value)
{
	if (log->nr < NR_SEEN)
		log->seen[log->nr] = (struct seen){ step, what, index, value };
	log->nr++;
}

static void see_words(const char *what, const u64 *word, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		see(what, i, word[i]);
}

/**
 * struct shot - what one vcpu_run did to the host's registers
 * @x: x0..x17 after it
 * @before: the host's own registers; @after: after it
 * @fp: V0..V31 after it
 */
static struct shot {
	u64 x[18];
	u64 before[NR_HOST_REGS], after[NR_HOST_REGS];
	u64 fp[64];
} shot;

static void call_regs(u64 *x, u32 nr)
{
	u32 i;

	x[0] = NIE_HC_ID(nr);
	for (i = 1; i < 18; i++)
		x[i] = 0x7070707070707000 + i;
}

static long run_once(void)
{
	u32 i;

	call_regs(shot.x, NIE_HC_VCPU_RUN);
	for (i = 0; i < 64; i++)
		shot.fp[i] = i * 0x0101010101010101;
	kernel_neon_begin();
	local_irq_disable();
	write_sysreg_s(0, SYS_FPSR);
	write_sysreg_s(0, SYS_FPCR);
	/* So that a run that leaves the guest's shows, and not only the first that does. */
	write_sysreg(0, par_el1);
	write_sysreg(0, far_el1);
	write_sysreg(0, esr_el1);
	attack_asm_fp_load(shot.fp);
	read_host(shot.before);
	attack_asm_hvc(shot.x);
	read_host(shot.after);
	attack_asm_fp_save(shot.fp);
	write_sysreg_s(0, SYS_FPSR);
	write_sysreg_s(0, SYS_FPCR);
	local_irq_enable();
	kernel_neon_end();
	run->ask = 0;
	return shot.x[1] ? (long)shot.x[1] : (long)shot.x[2];
}

/* With what the host has to say of the last exit, until one that is no interrupt. */
static long run_on(u64 ask)
{
	long code = NIE_EXIT_IRQ;
	u32 i;

	run->ask = ask;
	for (i = 0; i < RUN_TRIES && code == NIE_EXIT_IRQ; i++)
		code = run_once();
	return code;
}

static void see_exit(void)
{
	u32 i;

	see_words("x", shot.x, ARRAY_SIZE(shot.x));
	see_words("run page", (u64 *)run, PAGE_SIZE / 8);
	see_words("FP of the host", shot.fp, ARRAY_SIZE(shot.fp));
	for (i = 0; i < NR_HOST_REGS; i++)
		see(host_reg_names[i], 0, shot.before[i] ^ shot.after[i]);
}

static void see_shot(void)
{
	see_exit();
	see_words("shared page", shared, PAGE_SIZE / 8);
}

/* What the guest does next: its x0..x2, x7, x9; @hide: x3 is a secret. */
static void next_insn(u32 insn, u64 x7, u64 x9, const u64 *x0_x2, bool hide)
{
	memset(shared, 0, PAGE_SIZE);
	shared[GUEST_INSN] = insn;
	if (x0_x2)
		memcpy(&shared[GUEST_X0], x0_x2, 3 * sizeof(u64));
	shared[GUEST_X7] = x7;
	shared[GUEST_X9] = x9;
	shared[GUEST_HIDE] = hide;
	shared[GUEST_GO] = 1;
}

/* A turn of the guest, from the WFI of the last to its first exit. */
static void turn(const char *name, u32 insn, u64 x7, u64 x9)
{
	step = name;
	next_insn(insn, x7, x9, NULL, true);
	run_on(NIE_ASK_NEXT);
	see_shot();
}

static void turn_call(const char *name, u64 fn, u64 x1, u64 x2, bool hide)
{
	u64 x[3] = { fn, x1, x2 };

	step = name;
	next_insn(HVC, 0, 0, x, hide);
	run_on(NIE_ASK_NEXT);
	see_shot();
}

/* What the host says to an exit, and the next. */
static void answer(const char *name, u64 ask, u64 x0)
{
	step = name;
	run->regs.x[0] = x0;
	run_on(ask);
	see_shot();
}

/* A host call, and all that it leaves in the registers. */
static void host_call(const char *name, u32 nr, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 x[18];

	call_regs(x, nr);
	x[1] = a1;
	x[2] = a2;
	x[3] = a3;
	x[4] = a4;
	x[5] = a5;
	attack_asm_hvc(x);
	see_words(name, x, ARRAY_SIZE(x));
}

#define CALL_(NAME, a1, a2, a3, a4, a5, ...)	\
	host_call(#NAME, NIE_HC_##NAME, a1, a2, a3, a4, a5)
#define HOST_CALL(NAME, ...)	CALL_(NAME, ##__VA_ARGS__, 0, 0, 0, 0, 0)

/*
 * Calls that must fail, or change nothing, on a page that is not the host's alone. Arguments: v the
 * VM, o another protected one, m a normal one, s one that is gone; p the page, r a run page in use;
 * g a gfn; n a number out of range; digits and i (IPA bits) as they are.
 */
static const struct {
	const char *name;
	u32 nr;
	const char *args;
} refused[] = {
#define R(NAME, args)	{ #NAME, NIE_HC_##NAME, args }
	R(VERSION, ""), R(STATS, "n"), R(INIT_MEM, ""), R(INIT_CPU, ""), R(LEAVE, ""), R(SEAL, ""),
	R(SHARE_NIE, "p"), R(SHARE_NIE, "n"), R(UNSHARE_NIE, "p"),
	R(VM_CREATE, "1ip"), R(VM_CREATE, "0ip"), R(VM_CREATE, "nip"),
	R(VM_TOPUP, "vp1"), R(VM_TOPUP, "op1"), R(VM_TOPUP, "sp1"), R(VM_TOPUP, "vp0"),
	R(VM_TEARDOWN, "v"), R(VM_TEARDOWN, "s"), R(VM_DESTROY, "v"), R(VM_DESTROY, "s"),
	R(VCPU_CREATE, "v2pr"), R(VCPU_CREATE, "v0pr"), R(VCPU_CREATE, "vnpr"),
	R(VM_INFO, "v"), R(VM_INFO, "s"),
	R(DONATE_GUEST, "vpg1"), R(DONATE_GUEST, "opg1"), R(DONATE_GUEST, "mpg1"),
	R(DONATE_GUEST, "vpn1"), R(DONATE_GUEST, "vpg0"), R(DONATE_GUEST, "spg1"),
	R(SHARE_GUEST, "vpg17"), R(SHARE_GUEST, "mpg17"), R(SHARE_GUEST, "mpg10"),
	R(UNSHARE_GUEST, "vg1"), R(UNSHARE_GUEST, "vgn"), R(RELAX_GUEST, "vg7"),
	R(WRPROTECT_GUEST, "vg1"), R(AGE_GUEST, "vg11"), R(TLB_FLUSH_VM, "v"),
	R(TLB_FLUSH_VM, "s"), R(QUERY_GUEST, "vg"), R(QUERY_GUEST, "mg"), R(QUERY_GUEST, "vn"),
	R(VCPU_LOAD, "v0"), R(VCPU_LOAD, "v1"), R(VCPU_LOAD, "vn"), R(VCPU_LOAD, "s0"),
	{ "no call", 0x7f, "v" },
	R(VM_RECLAIM, "vpn"), R(VM_RECLAIM, "vp1"),
#undef R
};

static u64 argument(char c, u64 pfn, u64 gfn)
{
	switch (c) {
	case 'v':
		return vm;
	case 'o':
		return w.prot;
	case 'm':
		return w.normal;
	case 's':
		return w.stale;
	case 'p':
		return pfn;
	case 'r':
		return pfn_of(FREE + RUN1);
	case 'g':
		return gfn;
	case 'n':
		return ~0ul;
	case 'i':
		return IPA_BITS;
	default:
		return c - '0';
	}
}

static void refused_calls(const char *name, u32 place, u64 gfn)
{
	u32 i, k;

	step = name;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		const char *args = refused[i].args;
		u64 a[5] = { 0 };

		for (k = 0; args[k]; k++)
			a[k] = argument(args[k], pfn_of(FREE + place), gfn);
		host_call(refused[i].name, refused[i].nr, a[0], a[1], a[2], a[3], a[4]);
	}
}

static long see_page(const char *what, u32 place)
{
	u64 value;
	long err = try_access(ACCESS_READ, addr_of(FREE + place), &value);

	see(what, place, (u64)err);
	if (!err)
		see_words(what, addr_of(FREE + place), PAGE_SIZE / 8);
	return err;
}

/* What NIE says of VM and pages, and what the host's accesses to each page do. */
static void look_around(const char *name)
{
	u32 i;

	step = name;
	HOST_CALL(VM_INFO, vm);
	for (i = 0; w.alone && i < NIE_NR_KINDS; i++)
		HOST_CALL(STATS, i);
	for (i = 0; i < NR_GUEST_PLACES; i++) {
		u64 zero = 0;

		if (!see_page("a page that is read", i))
			continue;
		see("write", i, (u64)try_access(ACCESS_WRITE, addr_of(FREE + i), &zero));
		see("DC ZVA", i, (u64)try_access(ACCESS_ZVA, addr_of(FREE + i), &zero));
	}
}

/* Every trace ends like this, wherever its vCPUs are: all comes back, and is looked at. */
static void finish(void)
{
	u32 i;

	look_around("before the end");
	HOST_CALL(VCPU_PUT);
	HOST_CALL(VM_TEARDOWN, vm);
	look_around("dying");
	HOST_CALL(VCPU_RUN);
	refused_calls("dying, its data", DATA, GUEST_GFN + 2);
	refused_calls("dying, a context", CTX0, GUEST_GFN);
	step = "pages that come back";
	for (i = 0; i < NR_GUEST_PLACES; i++) {
		HOST_CALL(VM_RECLAIM, vm, pfn_of(FREE + i), 1);
		HOST_CALL(VM_INFO, vm);
		see_page("page", i);
	}
	HOST_CALL(VM_DESTROY, vm);
	look_around("gone");
	preempt_enable();
	guest_unshare();
}

/* The host's trace, once, with the secrets of @flip. */
static void run_trace(struct log *l, u64 flip, void (*trace)(void))
{
	log = l;
	log->nr = 0;
	guest_make(flip);
	answer("start", 0, START_X0);
	trace();
	finish();
	note("words of the log", log->nr <= NR_SEEN ? 0 : log->nr, 0);
}

/* The first word that differs, NULL if none does. */
static const struct seen *difference(const struct log *a, const struct log *b)
{
	u32 i;

	for (i = 0; i < a->nr && i < NR_SEEN; i++)
		if (memcmp(&a->seen[i], &b->seen[i], sizeof(a->seen[i])))
			return &a->seen[i];
	return NULL;
}

static void compare(const struct log *a, const struct log *b)
{
	const struct seen *first = difference(a, b);

	note("length of the logs", b->nr, a->nr);
	if (first)
		note_differs(first->step, first->what, first->index, first->value,
			     b->seen[first - a->seen].value);
}

static struct log *logs(void)
{
	struct log *l = vzalloc(2 * sizeof(*l));

	note("memory for the logs", l ? 0 : -ENOMEM, 0);
	return l;
}

static bool two_runs(void (*trace)(void))
{
	struct log *l = logs();

	if (!l)
		return true;
	run_trace(&l[0], 0, trace);
	run_trace(&l[1], ~0ul, trace);
	compare(&l[0], &l[1]);
	vfree(l);
	return true;
}

/* The guest shows a page with secrets itself. */
static void trace_reveal(void)
{
	turn("nothing", NOP, 0, 0);
	turn_call("MEM_SHARE", NIE_GC_MEM_SHARE, IPA(GUEST_GFN + 2), 0, false);
	see_page("its data", DATA);
}

/* The same secret twice looks the same, two secrets that the guest shows do not. */
static bool control_two_runs(long want)
{
	struct log *l = logs();

	if (!l)
		return true;
	run_trace(&l[0], 0, trace_reveal);
	run_trace(&l[1], 0, trace_reveal);
	compare(&l[0], &l[1]);
	run_trace(&l[1], ~0ul, trace_reveal);
	note("a page that the guest shows", difference(&l[0], &l[1]) ? want : 0, want);
	vfree(l);
	return true;
}

/* WFI is no exit if an interrupt is pending just then: once more. QEMU never traps WFE. */
static void trace_waits(void)
{
	u32 i = 0;

	turn("nothing", NOP, 0, 0);
	step = "WFI";
	do {
		next_insn(WFI, 0, 0, NULL, true);
		run_on(NIE_ASK_NEXT);
	} while (shared[GUEST_TURNS] && ++i < RUN_TRIES);
	see_shot();
	answer("WFI, PC + 4", NIE_ASK_NEXT, 5);
	step = "WFE";
	next_insn(WFE, 0, 0, NULL, true);
	run_on(NIE_ASK_NEXT);
	if (!shared[GUEST_TURNS])
		run_on(NIE_ASK_NEXT);
	see_shot();
	turn_call("CPU_SUSPEND", NIE_GC_PSCI_CPU_SUSPEND, 0, 0, false);
	answer("CPU_SUSPEND, go on", 0, 5);
	for (i = 0; i < 8; i++) {
		memset(shared, 0, PAGE_SIZE);
		answer("all that may be asked", i, 5);
	}
}

/* Aborts on memory that is not there: whatever the host answers, and in the end a page. */
static void trace_aborts(void)
{
	static const u32 insns[] = {
		STR_SECRET, LDR_SECRET, STP_SECRETS, STR_POST, ST1_SECRET, DC_ZVA, STRB_X10, LDP,
		BR_X9, LDRSB,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		turn("an access to no memory", insns[i], 0, ADDR);
		answer("as if it were MMIO", NIE_ASK_NEXT, 77);
		answer("an SError that was none", NIE_ASK_VSE, 77);
		look_around("an abort is pending");
		answer("an external abort", NIE_ASK_SEA | NIE_ASK_NEXT, 77);
	}
	turn("a store to no memory", STR_SECRET, 0, ADDR);
	HOST_CALL(DONATE_GUEST, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1);
	answer("with a page", 0, 0);
	look_around("the secret is stored");
	turn("a load", LDR_SECRET, 0, ADDR);
	turn("a breakpoint", BRK, 0, 0);
	turn("a store to no memory", STR_SECRET, 0, ADDR + PAGE_SIZE);
}

/* What the guest opened: the host learns what is stored, and of a register no more than that. */
static void trace_mmio(void)
{
	turn_call("MMIO_GUARD", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0, false);
	turn("a store", STR, 0xabcdef, MMIO_ADDR);
	answer("done", NIE_ASK_NEXT, 1);
	turn("8 bits", STRB_X10, 0, MMIO_ADDR);
	answer("done", NIE_ASK_NEXT, 1);
	turn("16 bits", STRH_X12, 0, MMIO_ADDR);
	answer("done", NIE_ASK_NEXT, 1);
	turn("32 bits", STR_W11, 0, MMIO_ADDR);
	answer("an external abort", NIE_ASK_SEA, 1);
	turn("a load", LDR_SECRET, 0, MMIO_ADDR);
	answer("nothing", 0, 1);
	answer("an SError that was none", NIE_ASK_VSE, 1);
	answer("done", NIE_ASK_NEXT, 0x1122334455667788);
	turn("a load", LDR_SECRET, 0, MMIO_ADDR);
	answer("an external abort", NIE_ASK_SEA, 0);
	turn("a pair", STP_SECRETS, 0, MMIO_ADDR);
	turn("with write-back", STR_POST, 0, MMIO_ADDR);
	turn("a vector", ST1_SECRET, 0, MMIO_ADDR);
	turn("a fetch", BR_X9, 0, MMIO_ADDR);
	turn("a load that nobody ends", LDR_SECRET, 0, MMIO_ADDR);
}

/* System registers, other traps, and the timer with a deadline that is past or far off. */
static void trace_sysregs(void)
{
	static const u32 regs[] = {
		SYS_PMCR_EL0, SYS_MDSCR_EL1, SYS_ID_AA64PFR0_EL1, SYS_ACTLR_EL1, SYS_ICC_SRE_EL1,
		SYS_RGSR_EL1, SYS_LORC_EL1, SYS_PMBLIMITR_EL1, SYS_CSSELR_EL1, SYS_ERRSELR_EL1,
	};
	u32 i;

	turn("SGI", MSR_X7(SYS_ICC_SGI1R_EL1), 0x10002, 0);
	answer("nothing", 0, 1);
	answer("done", NIE_ASK_NEXT, 1);
	turn("CNTP_CVAL", MSR_X7(SYS_CNTP_CVAL_EL0), 0x77, 0);
	answer("done", NIE_ASK_NEXT | NIE_ASK_SEA, 1);
	turn("CNTP_CTL", MRS_SECRET(SYS_CNTP_CTL_EL0), 0, 0);
	answer("done", NIE_ASK_NEXT, 5);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		turn("a write", MSR_SECRET(regs[i]), 0, 0);
		turn("a read", MRS_SECRET(regs[i]), 0, 0);
	}
	turn("SMC", SMC, 0, 0);
	turn("HVC #1", HVC_1, 0, 0);
	turn("the deadline", MSR_X3(SYS_CNTV_CVAL_EL0), 0, 0);
	turn("the timer masked", MSR_X7(SYS_CNTV_CTL_EL0), 3, 0);
	turn("nothing", NOP, 0, 0);
	other_vcpu(1);
	look_around("it is not loaded");
	other_vcpu(0);
	turn("the timer off", MSR_X7(SYS_CNTV_CTL_EL0), 0, 0);
	turn("the timer off and masked", MSR_X7(SYS_CNTV_CTL_EL0), 2, 0);
}

static void trace_psci(void)
{
	turn_call("VERSION", NIE_GC_PSCI_VERSION, 0, 0, false);
	turn_call("no call", 0x84000050, 0, 0, true);
	turn_call("AFFINITY_INFO", NIE_GC_PSCI_AFFINITY_INFO, 1, 0, false);
	other_vcpu(1);
	answer("before CPU_ON", NIE_ASK_NEXT, 5);
	other_vcpu(0);
	turn_call("CPU_ON of none", NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT, 2, 0, true);
	turn_call("CPU_ON", NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT, 1,
		  IPA(GUEST_GFN) + GUEST_SECOND_ENTRY, true);
	other_vcpu(1);
	run->regs.pc = IPA(GUEST_GFN);
	answer("CPU_OFF", NIE_ASK_NEXT, 5);
	answer("after CPU_OFF", NIE_ASK_NEXT, 5);
	other_vcpu(0);
	answer("CPU_ON is over", NIE_ASK_NEXT | NIE_ASK_SEA, 5);
	turn_call("CPU_ON again", NIE_GC_PSCI_CPU_ON | NIE_GC_64BIT, 1,
		  IPA(GUEST_GFN) + GUEST_SECOND_ENTRY, true);
	answer("CPU_ON is over", NIE_ASK_NEXT, 5);
	turn_call("SYSTEM_OFF", NIE_GC_PSCI_SYSTEM_OFF, 0, 0, false);
	answer("after SYSTEM_OFF", NIE_ASK_NEXT, 5);
}

/* Memory that the guest shares for a while: what it puts there before and after is its own. */
static void trace_sharing(void)
{
	turn_call("MEM_SHARE of no memory", NIE_GC_MEM_SHARE, IPA(GFN_SPARE), 0, false);
	HOST_CALL(DONATE_GUEST, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1);
	answer("with a page", NIE_ASK_NEXT, 0);
	look_around("shared");
	turn("a store", STR, 0x3344, ADDR);
	see_page("what it shares", SPARE);
	*(u64 *)addr_of(FREE + SPARE) = 0x5566;
	turn_call("MEM_UNSHARE", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), 0, false);
	turn("a store of a secret", STR_SECRET, 0, ADDR);
	look_around("no longer shared");
	turn_call("MEM_UNSHARE again", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), 0, false);
	turn("a store of 0", STR, 0, ADDR);
	turn_call("MEM_SHARE", NIE_GC_MEM_SHARE, IPA(GFN_SPARE), 0, false);
	see_page("what it shares", SPARE);
}

/* All host calls that must fail, on each kind of page, while the guest's store is pending. */
static void trace_calls(void)
{
	static const u32 places[] = { 0, 1, CODE, SHARED_P, DATA, CTX0, RUN0, CTX1 };
	u32 i;

	turn("a store to no memory", STR_SECRET, 0, ADDR);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		refused_calls("a store is pending", places[i], GUEST_GFN + i % 3);
		look_around("after these calls");
		answer("nothing", 0, 0);
	}
	answer("an external abort", NIE_ASK_SEA, 0);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		refused_calls("it waits", places[i], GFN_SPARE);
	turn("nothing", NOP, 0, 0);
}

/* Whatever else is in the run page. No maintenance interrupt: with one the guest never runs. */
static void trace_run_page(void)
{
	static const u8 fill[] = { 0x00, 0x55, 0xaa, 0xff };
	size_t regs = offsetof(struct nie_run, regs);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fill); i++) {
		memset(run, fill[i], PAGE_SIZE);
		run->hcr |= HCR_TWI | HCR_TWE;
		run->vgic_hcr &= fill[i] & 1 ? 0x55 : ~1ul;
		turn("nothing", NOP, 0, 0);
		turn("a store to no memory", STR_SECRET, 0, ADDR);
		memset((u8 *)run + regs, ~fill[i], PAGE_SIZE - regs);
		answer("an external abort", NIE_ASK_SEA, 0);
		turn("the priority mask", MRS_SECRET(SYS_ICC_PMR_EL1), 0, 0);
	}
	memset(run->lr, 0, sizeof(run->lr));
	run->used_lrs = 2;
	run->lr[0] = 1ul << 61 | 40ul << 32 | 1ul << 62 | 33;	/* HW, SPI 40; pending */
	run->lr[1] = 1ul << 61 | 27ul << 32 | 1ul << 62 | 27;	/* HW, PPI 27 */
	turn("list registers", NOP, 0, 0);
}

/* The guest has all its secrets in its registers, and nothing but an interrupt ends its run. */
static void trace_irq(void)
{
	u64 before = read_sysreg(cntvct_el0), second = read_sysreg(cntfrq_el0);
	u32 seen = 0;

	step = "an interrupt";
	next_insn(LOOP, 0, 0, NULL, true);
	run->ask = NIE_ASK_NEXT;
	/* The first exit may still be before the loop. */
	while (seen < 4 && read_sysreg(cntvct_el0) - before < 5 * second)
		if (run_once() == NIE_EXIT_IRQ && seen++)
			see_shot();
}

/*
 * A virtual SError, asked for at exits that were no SError: none is pending in the guest, and none
 * comes when it unmasks them. What the guest has in DISR_EL1 is its own.
 */
static void trace_no_serror(void)
{
	static const struct {
		u32 insn;
		u64 addr;
	} exits[] = {
		{ NOP, 0 }, { HVC, 0 }, { STR_SECRET, ADDR }, { LDR_SECRET, ADDR }, { BR_X9, ADDR },
		{ STR, MMIO_ADDR }, { LDR_SECRET, MMIO_ADDR }, { MSR_X7(SYS_ICC_SGI1R_EL1), 0 },
		{ MRS_SECRET(SYS_CNTP_CTL_EL0), 0 },
	};
	u32 i;

	turn_call("MMIO_GUARD", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0, false);
	turn("DISR_EL1", has_ras() ? MSR_SECRET(SYS_DISR_EL1) : NOP, 0, 0);
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		turn("an exit", exits[i].insn, 0, exits[i].addr);
		run->hcr |= HCR_VSE;
		run->vsesr = ~0ul;
		answer("an SError that was none", NIE_ASK_VSE, 1);
		answer("and an end", NIE_ASK_VSE | NIE_ASK_NEXT, 1);
		answer("and another", NIE_ASK_VSE | NIE_ASK_SEA, 1);
	}
	turn("ISR_EL1", MRS_X7(SYS_ISR_EL1), 0, 0);
	note("ISR_EL1.A", (long)(shared[GUEST_X7] & ISR_EL1_A), 0);
	turn("SErrors are unmasked", UNMASK_A, 0, 0);
	note("turns", (long)shared[GUEST_TURNS], 1);
	note("exceptions", (long)shared[GUEST_TAKEN], 0);
}

/*
 * QEMU raises no physical SError. NIE learns of one from DISR_EL1, after the ESB of the guest's
 * vectors: the host writes to it itself before the run, so that the next exit is one of an SError
 * to NIE, with the secrets in all registers of the guest. An interrupt may be sooner than the
 * guest's call, but is the same exit; how far the guest is then is chance, so the page that it
 * shares is not in the log.
 */
static void serror(const char *name, u64 disr)
{
	u64 x[3] = { NIE_GC_SMCCC_VERSION };

	step = name;
	next_insn(HVC, 0, 0, x, true);
	write_sysreg_s(disr, SYS_DISR_EL1);
	note(name, run_on(NIE_ASK_NEXT), NIE_EXIT_IRQ | NIE_EXIT_WITH_SERROR);
	see_exit();
	note("its class", (long)run->disr, (long)disr & 0x3fffffff);
}

/* The host asks for a virtual SError: the guest takes it when it unmasks them, once. */
static void trace_serror(void)
{
	static const u64 class[] = { 0x11, 0x211, 0xc11, 1 << 24, 0x1e3f };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(class); i++) {
		serror("an SError", 1ul << 31 | class[i]);
		answer("no virtual one", i & 1 ? NIE_ASK_NEXT : NIE_ASK_SEA, 5);
		turn("ISR_EL1", MRS_X7(SYS_ISR_EL1), 0, 0);
		note("none is pending", (long)(shared[GUEST_X7] & ISR_EL1_A), 0);
	}
	/* One more. While it is pending WFI is no exit, so the next turn is to follow at once. */
	serror("one more", 1ul << 31 | 0x11);
	run->vsesr = ~0ul;
	step = "a virtual one, and a store to no memory";
	next_insn(STR_SECRET, 0, ADDR, NULL, true);
	run_on(NIE_ASK_VSE);
	see_exit();
	step = "it is taken";
	next_insn(UNMASK_A, 0, 0, NULL, true);
	run_on(NIE_ASK_SEA);
	see_shot();
	note("its syndrome", (long)shared[GUEST_ESR], 0x2ful << 26 | 1 << 25);
	note("it is taken", (long)shared[GUEST_TAKEN], 1);
	turn("it is over", MRS_X7(SYS_ISR_EL1), 0, 0);
	note("it is over", (long)(shared[GUEST_X7] & ISR_EL1_A), 0);
	turn("DISR_EL1", MSR_SECRET(SYS_DISR_EL1), 0, 0);
	turn("ESB", ESB, 0, 0);
}

#define TWO_RUNS(name)						\
static bool two_runs_##name(long want)				\
{								\
	return two_runs(trace_##name);				\
}

TWO_RUNS(waits)
TWO_RUNS(aborts)
TWO_RUNS(mmio)
TWO_RUNS(sysregs)
TWO_RUNS(psci)
TWO_RUNS(sharing)
TWO_RUNS(calls)
TWO_RUNS(run_page)
TWO_RUNS(irq)
TWO_RUNS(no_serror)

/* DISR_EL1 and ESB come with RAS. */
static bool two_runs_serror(long want)
{
	return has_ras() && two_runs(trace_serror);
}

const struct attack noninterference_attacks[] = {
	{ "control_two_runs", ALLOWED, control_two_runs },
	{ "two_runs_waits", BY_EQUAL, two_runs_waits },
	{ "two_runs_aborts", BY_EQUAL, two_runs_aborts },
	{ "two_runs_mmio", BY_EQUAL, two_runs_mmio },
	{ "two_runs_sysregs", BY_EQUAL, two_runs_sysregs },
	{ "two_runs_psci", BY_EQUAL, two_runs_psci },
	{ "two_runs_sharing", BY_EQUAL, two_runs_sharing },
	{ "two_runs_calls", BY_EQUAL, two_runs_calls },
	{ "two_runs_run_page", BY_EQUAL, two_runs_run_page },
	{ "two_runs_irq", BY_EQUAL, two_runs_irq },
	{ "two_runs_no_serror", BY_EQUAL, two_runs_no_serror },
	{ "two_runs_serror", BY_EQUAL, two_runs_serror },
	{}
};
