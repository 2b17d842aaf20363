// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on a protected VM that runs: what an exit shows, what the host may supply, its memory.
 *
 * After every run the run page must hold nothing of the guest's but what the exit is documented to
 * disclose: words that NIE has no business to write keep the host's pattern, the others are
 * compared with what the attack expects, and none of the guest's secrets is anywhere in it, nor in
 * the registers that the call returns.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/kvm_arm.h>
#include <asm/neon.h>
#include <asm/sysreg.h>
#include <crypto/sha2.h>
#include <nie/guestcalls.h>
#include "attack.h"
#include "attack_guest.h"
#include "attack_host.h"
#include "attack_turns.h"

u64 vm, *shared;
struct nie_run *run;
u64 turns, runs;
static u64 measured[4];

static void look_at_run_page(const u64 *x)
{
	const u64 *word = (const u64 *)run;
	const u64 *rest = (const u64 *)&run->regs.x[2];
	u32 i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		note("a secret in the run page", word[i] >> 32 == SECRET_HI ? (long)i : -1, -1);
	for (i = 0; i < 18; i++)
		note("a secret in a register", x[i] >> 32 == SECRET_HI ? (long)i : -1, -1);
	for (; rest < word + PAGE_SIZE / 8; rest++)
		note("a word that is not NIE's to write", *rest == FILL ? -1 : rest - word, -1);
}

void fill_run_page(struct nie_run *r)
{
	size_t from = offsetof(struct nie_run, regs.x[2]);

	memset((u8 *)r + from, FILL & 0xff, PAGE_SIZE - from);
}

/* The host's own registers are as they were before the run. */
static void look_at_host(const u64 *before, const u64 *after)
{
	u32 i;

	for (i = 0; i < NR_HOST_REGS; i++)
		note(host_reg_names[i], before[i] == after[i], true);
}

long run_once(void)
{
	u64 x[18] = { NIE_HC_ID(NIE_HC_VCPU_RUN) };
	u64 before[NR_HOST_REGS] = {}, after[NR_HOST_REGS] = {};

	local_irq_disable();
	read_host(before);
	attack_asm_hvc(x);
	read_host(after);
	local_irq_enable();
	run->ask = 0;
	runs++;
	look_at_host(before, after);
	look_at_run_page(x);
	return x[1] ? (long)x[1] : (long)x[2];
}

/* With what the host has to say of the last exit, until one that is no interrupt. */
long go_on(u64 ask)
{
	long code = NIE_EXIT_IRQ;
	u32 i;

	run->ask = ask;
	for (i = 0; i < RUN_TRIES && code == NIE_EXIT_IRQ; i++)
		code = run_once();
	return code;
}

/* The same, but with something else in the run page, which only then gets its pattern. */
static long go_on_blind(u64 ask)
{
	run->ask = ask;
	local_irq_disable();
	note("vcpu_run", nie_hc_vcpu_run(&out), 0);
	local_irq_enable();
	run->ask = 0;
	fill_run_page(run);
	return out.r[0] == NIE_EXIT_IRQ ? go_on(0) : (long)out.r[0];
}

/* The exit is a trap that shows exactly this. */
void shows(const char *what, long code, u64 esr, u64 far, u64 hpfar, u64 x0, u64 x1)
{
	note(what, code, NIE_EXIT_TRAP);
	note(what, (long)run->esr, (long)esr);
	note(what, (long)run->far, (long)far);
	note(what, (long)run->hpfar, (long)hpfar);
	note(what, (long)run->regs.x[0], (long)x0);
	note(what, (long)run->regs.x[1], (long)x1);
	note(what, (long)(run->disr | run->cntv_ctl | run->cntv_cval), 0);
}

/* The guest has done its turn; all its registers are as they were. */
void turn_done(const char *what, long code)
{
	shows(what, code, ESR_WFI, 0, 0, 0, 0);
	turns++;
	note(what, (long)shared[GUEST_TURNS], (long)turns);
	note("a register of the guest changed", (long)shared[GUEST_CHANGED], 0);
}

/* What the guest does when it goes on. */
void next_insn(u32 insn)
{
	shared[GUEST_INSN] = insn;
	shared[GUEST_GO] = 1;
}

/*
 * A turn, from the WFI of the last to its first exit. A WFI as the instruction of a turn is no exit
 * if an interrupt is pending just then: once more.
 */
long turn(u32 insn, u64 x7, u64 x9)
{
	long code;

	do {
		next_insn(insn);
		shared[GUEST_X7] = x7;
		shared[GUEST_X9] = x9;
		code = go_on(NIE_ASK_NEXT);
	} while (insn == WFI && shared[GUEST_TURNS] == turns + 1 && ++turns < RUN_TRIES);
	return code;
}

/* A turn without an exit. */
void whole_turn(const char *what, u32 insn, u64 x7, u64 x9)
{
	turn_done(what, turn(insn, x7, x9));
}

/* A turn that ends in an exception in the guest. */
void turn_takes(const char *what, u32 insn, u64 x9, u64 esr)
{
	whole_turn(what, insn, 0, x9);
	note(what, (long)shared[GUEST_TAKEN], 1);
	note(what, (long)shared[GUEST_ESR], (long)esr);
}

/* A guest call without an exit: its result. */
u64 call(u64 fn, u64 x1, u64 x2, u64 x3)
{
	shared[GUEST_X0] = fn;
	shared[GUEST_X0 + 1] = x1;
	shared[GUEST_X0 + 2] = x2;
	shared[GUEST_X0 + 3] = x3;
	whole_turn("a guest call", HVC, 0, 0);
	return shared[GUEST_X0];
}

void expect_call(const char *what, u64 fn, u64 x1, u64 want)
{
	note(what, (long)call(fn, x1, 0, 0), (long)want);
}

long program(const u32 *insn, u64 x0, u64 x1, u64 x3, u64 x7)
{
	u32 *to = (u32 *)shared + PROGRAM / 4, nr = 0;

	do
		to[nr] = insn[nr];
	while (insn[nr++] != BR_X2 && nr < (RESULTS - PROGRAM) / 4);
	shared[GUEST_X0] = x0;
	shared[GUEST_X0 + 1] = x1;
	shared[GUEST_X0 + 2] = IPA(GUEST_GFN) + (u64)(attack_guest_after - attack_guest);
	shared[GUEST_X0 + 3] = x3;
	return turn(BR_X9, x7, IPA(GUEST_GFN + 1) + PROGRAM);
}

static void add_vcpu(u32 index, u32 ctx, u32 run_place)
{
	struct nie_run *r = addr_of(FREE + run_place);

	memset(r, 0, PAGE_SIZE);
	r->hcr = HCR_TWI | HCR_TWE;
	fill_run_page(r);
	note("share_nie", nie_hc_share_nie(NULL, pfn_of(FREE + run_place)), 0);
	note("vcpu_create", nie_hc_vcpu_create(NULL, vm, index, pfn_of(FREE + ctx),
					       pfn_of(FREE + run_place)), 0);
}

/* The measurement that the VM is to have: its three pages as the host has them now. */
static void measure(void)
{
	u64 header[8] = { NIE_MEASURE_PAGE };
	struct sha256_state sha;
	u32 i;

	sha256_init(&sha);
	for (i = 0; i < 3; i++) {
		header[1] = IPA(GUEST_GFN + i);
		sha256_update(&sha, (u8 *)header, sizeof(header));
		sha256_update(&sha, addr_of(FREE + CODE + i), PAGE_SIZE);
	}
	header[0] = NIE_MEASURE_START;
	header[1] = IPA(GUEST_GFN);
	header[2] = START_X0;
	sha256_update(&sha, (u8 *)header, sizeof(header));
	sha256_final(&sha, (u8 *)measured);
}

void guest_make(u64 flip)
{
	u64 *data = addr_of(FREE + DATA);
	u32 i;

	vm = vm_make(NIE_VM_PROTECTED, 0);
	memcpy(addr_of(FREE + CODE), attack_guest, PAGE_SIZE);
	shared = addr_of(FREE + SHARED_P);
	memset(shared, 0, PAGE_SIZE);
	for (i = 0; i < PAGE_SIZE / 8; i++)
		data[i] = (((u64)SECRET_HI << 32) + i) ^ flip;
	data[GUEST_SECRETS + 3] = 1 ^ flip;
	data[GUEST_SECRETS + 10] ^= flip & 0xff;
	data[GUEST_SECRETS + 11] ^= flip & 0xffffffff;
	data[GUEST_SECRETS + 12] ^= flip & 0xffff;
	measure();
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + CODE), GUEST_GFN, 3), 0);
	add_vcpu(0, CTX0, RUN0);
	add_vcpu(1, CTX1, RUN1);
	run = addr_of(FREE + RUN0);
	run->regs.pc = IPA(GUEST_GFN);
	run->regs.x[0] = START_X0;
	preempt_disable();
	note("vcpu_load", nie_hc_vcpu_load(NULL, vm, 0), 0);
}

/* The VM, and its first turn: it shares its page. Preemption is off until end(). */
void begin(void)
{
	guest_make(0);
	turns = 0;
	turn_done("the start", go_on_blind(0));
}

void guest_unshare(void)
{
	nie_hc_unshare_nie(NULL, pfn_of(FREE + RUN0));
	nie_hc_unshare_nie(NULL, pfn_of(FREE + RUN1));
	refill(FREE, NR_GUEST_PLACES);
}

void end(void)
{
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	preempt_enable();
	note("its end", vm_end(vm, 0, 0), 0);
	guest_unshare();
}

static bool control_guest(long want)
{
	begin();
	note("x0 at the start", (long)shared[GUEST_START_X0], (long)START_X0);
	note("MPIDR_EL1", (long)shared[GUEST_MPIDR], 1l << 31);
	note("MEM_SHARE", (long)shared[GUEST_SHARED], 0);
	whole_turn("nothing", NOP, 0, 0);
	whole_turn("its own memory", STR, 5, IPA(GUEST_GFN + 2));
	whole_turn("its own memory", LDR, 0, IPA(GUEST_GFN + 2));
	note("what it stored", (long)shared[GUEST_X7], 5);
	end();
	return true;
}

static bool exit_wfx(long want)
{
	long code;

	begin();
	shows("WFI", turn(WFI, 0, 0), ESR_WFI, 0, 0, 0, 0);
	note("it waits", (long)shared[GUEST_TURNS], (long)turns);
	turn_done("WFI", go_on(NIE_ASK_NEXT));
	shows("WFI again", turn(WFI, 0, 0), ESR_WFI, 0, 0, 0, 0);
	shows("WFI again", go_on(0), ESR_WFI, 0, 0, 0, 0);
	turn_done("WFI again", go_on(NIE_ASK_NEXT));
	code = turn(WFE, 0, 0);
	if (shared[GUEST_TURNS] == turns) {		/* QEMU never traps it */
		shows("WFE", code, ESR_WFE, 0, 0, 0, 0);
		code = go_on(NIE_ASK_NEXT);
	}
	turn_done("WFE", code);
	end();
	return true;
}

/* An interrupt of the host while the guest loops with secrets in its registers. */
static bool exit_irq(long want)
{
	u64 before = read_sysreg(cntvct_el0);
	u32 seen = 0;

	begin();
	next_insn(LOOP);
	run->ask = NIE_ASK_NEXT;
	while (seen < 3 && read_sysreg(cntvct_el0) - before < 5 * (u64)read_sysreg(cntfrq_el0)) {
		seen += run_once() == NIE_EXIT_IRQ;
		note("what it shows", (long)(run->esr | run->far | run->hpfar | run->disr), 0);
		note("what it shows", (long)(run->regs.x[0] | run->regs.x[1]), 0);
	}
	note("interrupts", seen, 3);
	end();
	return true;
}

static void expect_measurement(void)
{
	u32 i;

	for (i = 0; i < 4; i += 2) {
		expect_call("the measurement", NIE_GC_MEASUREMENT, 8 * i, NIE_SMCCC_SUCCESS);
		note("a word of it", (long)shared[GUEST_X0 + 1], (long)measured[i]);
		note("a word of it", (long)shared[GUEST_X0 + 2], (long)measured[i + 1]);
	}
}

/* What the host puts into memory that it gives to a running VM, the VM does not see. */
static bool late_content(long want)
{
	u64 addr = IPA(GFN_SPARE);

	begin();
	expect_measurement();
	memset(addr_of(FREE + SPARE), 0x5a, PAGE_SIZE);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	whole_turn("a load", LDR, 0x77, addr);
	note("the first word", (long)shared[GUEST_X7], 0);
	whole_turn("a load", LDR, 0x77, addr + PAGE_SIZE - 8);
	note("the last word", (long)shared[GUEST_X7], 0);
	expect_measurement();
	expect_call("an offset", NIE_GC_MEASUREMENT, 8, NIE_SMCCC_INVALID);
	end();
	return true;
}

/* A store to memory that is not there yet shows no data, however often the host asks for it. */
static bool exit_abort(long want)
{
	u64 addr = IPA(GFN_SPARE) + 0x128;
	u64 value;

	begin();
	shows("a store", turn(STR, 0x5a, addr), ESR_WRITE, 0, GFN_SPARE << 4, 0, 0);
	run->regs.x[0] = 77;
	shows("as if it were MMIO", go_on(NIE_ASK_NEXT), ESR_WRITE, 0, GFN_SPARE << 4, 0, 0);
	turn_done("an external abort", go_on(NIE_ASK_SEA));
	note("its syndrome", (long)shared[GUEST_ESR], SEA_READ);
	note("its address", (long)shared[GUEST_FAR], (long)addr);
	shows("a load", turn(LDRSB, 0x5a, addr), ESR_READ, 0, GFN_SPARE << 4, 0, 0);
	run->regs.x[0] = 77;
	shows("as if it were MMIO", go_on(NIE_ASK_NEXT), ESR_READ, 0, GFN_SPARE << 4, 0, 0);
	turn_done("an external abort", go_on(NIE_ASK_SEA));
	note("the register", (long)shared[GUEST_X7], 0x5a);
	shows("a store", turn(STR, 0x5a, addr), ESR_WRITE, 0, GFN_SPARE << 4, 0, 0);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	turn_done("with a page", go_on(0));
	whole_turn("a load", LDR, 0, addr);
	note("what it stored", (long)shared[GUEST_X7], 0x5a);
	note("the host's read", try_access(ACCESS_READ, addr_of(FREE + SPARE), &value), BY_ABORT);
	end();
	return true;
}

static bool exit_fetch(long want)
{
	begin();
	shows("a fetch", turn(BR_X9, 0, IPA(GFN_SPARE)), ESR_FETCH, 0, GFN_SPARE << 4, 0, 0);
	shows("PC + 4", go_on(NIE_ASK_NEXT), ESR_FETCH, 0, GFN_SPARE << 4, 0, 0);
	turn_done("an external abort", go_on(NIE_ASK_SEA));
	note("its syndrome", (long)shared[GUEST_ESR], SEA_FETCH);
	note("its address", (long)shared[GUEST_FAR], IPA(GFN_SPARE));
	end();
	return true;
}

/* A load of what the host emulates: what it gives, and what the register holds then. */
static void mmio_load(u32 insn, u32 size, u64 give, u64 want)
{
	u64 addr = IPA(GFN_MMIO) + 0x48;

	shows("a load", turn(insn, 0, addr), ESR_MMIO(size, 0ul), 0x48, GFN_MMIO << 4, 0, 0);
	run->regs.x[0] = give;
	turn_done("a load", go_on(NIE_ASK_NEXT));
	note("the register", (long)shared[GUEST_X7], (long)want);
}

static bool exit_mmio(long want)
{
	u64 addr = IPA(GFN_MMIO) + 0x48;

	begin();
	expect_call("MMIO_GUARD", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	expect_call("twice", NIE_GC_MMIO_GUARD, IPA(GFN_MMIO), 0);
	shows("a store", turn(STR, 0xabcdef0123456789, addr), ESR_MMIO(3, 1ul), 0x48,
	      GFN_MMIO << 4, 0xabcdef0123456789, 0);
	turn_done("a store", go_on(NIE_ASK_NEXT));
	shows("a byte", turn(STRB, 0xabcdef0123456789, addr), ESR_MMIO(0, 1ul), 0x48,
	      GFN_MMIO << 4, 0x89, 0);
	turn_done("a byte", go_on(NIE_ASK_NEXT));
	mmio_load(LDR, 3, 0x8877665544332211, 0x8877665544332211);
	mmio_load(LDR_W, 2, 0x8877665584332211, 0x84332211);
	mmio_load(LDRSB, 0, 0x8877665584332281, 0xffffffffffffff81);
	mmio_load(LDRSB_W, 0, 0x8877665584332281, 0xffffff81);
	shows("a load", turn(LDR, 3, addr), ESR_MMIO(3, 0ul), 0x48, GFN_MMIO << 4, 0, 0);
	turn_done("an external abort", go_on(NIE_ASK_SEA | NIE_ASK_NEXT));
	note("its syndrome", (long)shared[GUEST_ESR], SEA_READ);
	note("the register", (long)shared[GUEST_X7], 3);
	/* One without a syndrome, one that fetches: the guest's own fault. */
	turn_takes("a pair", LDP, addr, SEA_READ);
	turn_takes("a fetch", BR_X9, IPA(GFN_MMIO), SEA_FETCH);
	addr = IPA(GFN_MMIO + 1);
	shows("next to it", turn(STR, 1, addr), ESR_WRITE, 0, (GFN_MMIO + 1) << 4, 0, 0);
	end();
	return true;
}

static bool exit_sysreg(long want)
{
	begin();
	shows("SGI", turn(MSR_X7(SYS_ICC_SGI1R_EL1), 0x10002, 0), ESR_SGI1R, 0, 0, 0x10002, 0);
	shows("SGI again", go_on(0), ESR_SGI1R, 0, 0, 0x10002, 0);
	turn_done("SGI", go_on(NIE_ASK_NEXT));
	shows("timer", turn(MSR_X7(SYS_CNTP_CVAL_EL0), 0x77, 0), ESR_CVAL, 0, 0, 0x77, 0);
	turn_done("timer", go_on(NIE_ASK_NEXT));
	shows("timer", turn(MRS_X7(SYS_CNTP_CTL_EL0), 0x77, 0), ESR_CTL, 0, 0, 0, 0);
	run->regs.x[0] = 5;
	turn_done("timer", go_on(NIE_ASK_NEXT | NIE_ASK_SEA));
	note("CNTP_CTL_EL0", (long)shared[GUEST_X7], 5);
	end();
	return true;
}

/* Registers that NIE answers itself, whatever the host would like. */
static bool guest_sysregs(long want)
{
	static const u32 undefined[] = {
		SYS_PMCR_EL0, SYS_RGSR_EL1, SYS_ERRSELR_EL1, SYS_LORC_EL1, SYS_PMBLIMITR_EL1,
	};
	u32 i;

	begin();
	whole_turn("ID_AA64PFR0_EL1", MRS_X7(SYS_ID_AA64PFR0_EL1), 0, 0);
	note("EL1, EL0: AArch64 only", shared[GUEST_X7] & 0xffff, 0x11);
	note("RAS SVE", shared[GUEST_X7] >> 28 & 0xff, 0);
	whole_turn("ID_AA64DFR0_EL1", MRS_X7(SYS_ID_AA64DFR0_EL1), 0, 0);
	note("no PMU", (long)shared[GUEST_X7], 0x101006);
	whole_turn("ID_AA64MMFR0_EL1", MRS_X7(SYS_ID_AA64MMFR0_EL1), 0, 0);
	note("PARange", shared[GUEST_X7] & 15, 0);
	whole_turn("ID_ISAR0_EL1", MRS_X7(SYS_ID_ISAR0_EL1), 7, 0);
	note("no AArch32", (long)shared[GUEST_X7], 0);
	whole_turn("CTR_EL0", MRS_X7(SYS_CTR_EL0), 0, 0);
	note("CTR_EL0", (long)shared[GUEST_X7], (long)read_sysreg(ctr_el0));
	whole_turn("MDSCR_EL1", MSR_X7(SYS_MDSCR_EL1), ~0ul, 0);
	whole_turn("MDSCR_EL1", MRS_X7(SYS_MDSCR_EL1), 7, 0);
	note("MDSCR_EL1", (long)shared[GUEST_X7], 0);
	whole_turn("ICC_SRE_EL1", MRS_X7(SYS_ICC_SRE_EL1), 0, 0);
	note("ICC_SRE_EL1", (long)shared[GUEST_X7], 7);
	for (i = 0; i < ARRAY_SIZE(undefined); i++)
		turn_takes("an undefined register", MRS_X7(undefined[i]), 0, UNDEFINED);
	turn_takes("SMC", SMC, 0, UNDEFINED);
	end();
	return true;
}

/* Between turns the host writes whatever it likes to the registers in the run page. */
static bool change_registers(long want)
{
	size_t from = offsetof(struct nie_run, regs);
	u32 i;

	begin();
	for (i = 0; i < 4; i++) {
		next_insn(NOP);
		memset((u8 *)run + from, (int)i * 0x55, PAGE_SIZE - from);
		run->regs.pstate = i == 1 ? 0x9 : 0x3c5;
		turn_done("a turn", go_on_blind(NIE_ASK_NEXT));
	}
	end();
	return true;
}

/* What only other exits take. */
static bool forged_supply(long want)
{
	begin();
	run->regs.x[0] = 0x666;
	next_insn(NOP);
	/* A WFI takes no abort and no value. */
	turn_done("WFI", go_on(NIE_ASK_NEXT | NIE_ASK_SEA | NIE_ASK_VSE));
	shows("WFI", go_on(NIE_ASK_SEA | NIE_ASK_VSE), ESR_WFI, 0, 0, 0, 0);
	/* Once only: the second time nothing is pending. */
	shows("WFI", turn(WFI, 0, 0), ESR_WFI, 0, 0, 0, 0);
	turn_done("WFI", go_on(NIE_ASK_NEXT));
	run->hcr = ~0ul;
	run->mdcr = ~0ul;
	run->vsesr = ~0ul;
	run->phys_timer = ~0u;
	turn_done("all traps", turn(NOP, 0, 0));
	note("an exception", (long)shared[GUEST_TAKEN], 0);
	end();
	return true;
}

/* Another start: by the run page, after a put and a load, by another vCPU. */
static bool second_entry(long want)
{
	begin();
	run->regs.pc = IPA(GUEST_GFN);
	run->regs.x[0] = 0x99;
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	note("vcpu_load", nie_hc_vcpu_load(NULL, vm, 0), 0);
	next_insn(NOP);
	turn_done("it went on", go_on_blind(NIE_ASK_NEXT));
	note("x0 at the start", (long)shared[GUEST_START_X0], (long)START_X0);
	end();
	return true;
}

/* Turn to the other vCPU, and try to run it from anywhere. */
void other_vcpu(u32 index)
{
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	note("vcpu_load", nie_hc_vcpu_load(NULL, vm, index), 0);
	run = addr_of(FREE + (index ? RUN1 : RUN0));
}

static bool start_by_host(long want)
{
	begin();
	other_vcpu(1);
	run->regs.pc = IPA(GUEST_GFN);
	note("before CPU_ON", nie_hc_vcpu_run(&out), 0);
	note("before CPU_ON", out.r[0] == NIE_EXIT_OFF ? want : 0, want);
	run->regs.pc = FILL;
	other_vcpu(0);
	expect_call("AFFINITY_INFO: off", AFFINITY_INFO, 1, 1);
	expect_call("CPU_ON of none", CPU_ON, 2, NIE_PSCI_INVALID_PARAMS);
	expect_call("CPU_ON of itself", CPU_ON, 0, NIE_PSCI_ALREADY_ON);
	/* CPU_ON tells whom to wake, neither where nor with what. */
	shared[GUEST_X0] = CPU_ON;
	shared[GUEST_X0 + 1] = 1;
	shared[GUEST_X0 + 2] = IPA(GUEST_GFN) + GUEST_SECOND_ENTRY;
	shared[GUEST_X0 + 3] = ((u64)SECRET_HI << 32) + 99;
	shows("CPU_ON", turn(HVC, 0, 0), ESR_HVC, 0, 0, CPU_ON, 1);
	run->regs.x[0] = 0x666;
	turn_done("CPU_ON", go_on(NIE_ASK_NEXT | NIE_ASK_SEA));
	note("its result", (long)shared[GUEST_X0], 0);
	expect_call("AFFINITY_INFO: pending", AFFINITY_INFO, 1, 2);
	expect_call("CPU_ON again", CPU_ON, 1, NIE_PSCI_ON_PENDING);
	other_vcpu(1);
	run->regs.pc = IPA(GUEST_GFN);
	run->regs.x[0] = 0x99;
	shows("CPU_OFF", go_on_blind(NIE_ASK_NEXT), ESR_HVC, 0, 0, NIE_GC_PSCI_CPU_OFF, 0);
	note("its x0", (long)shared[GUEST_SECOND], (long)((u64)SECRET_HI << 32) + 99);
	note("its MPIDR", (long)shared[GUEST_SECOND + 1], (1l << 31) + 1);
	note("after CPU_OFF", go_on(NIE_ASK_NEXT) == (long)NIE_EXIT_OFF ? want : 0, want);
	note("it is off", (long)shared[GUEST_SECOND + 2], 0);
	other_vcpu(0);
	shared[GUEST_X0] = NIE_GC_PSCI_SYSTEM_OFF;
	shows("SYSTEM_OFF", turn(HVC, 0, 0), ESR_HVC, 0, 0, NIE_GC_PSCI_SYSTEM_OFF, 0);
	note("after SYSTEM_OFF", go_on(NIE_ASK_NEXT) == (long)NIE_EXIT_OFF ? want : 0, want);
	end();
	return true;
}

/* Guest calls: no exit, results from NIE alone. */
static bool guest_calls(long want)
{
	begin();
	expect_call("SMCCC_VERSION", NIE_GC_SMCCC_VERSION, 0, 0x10001);
	expect_call("PSCI_VERSION", NIE_GC_PSCI_VERSION, 0, 0x10001);
	expect_call("UID", NIE_GC_KVM_UID, 0, 0xb66fb428);
	note("UID", (long)shared[GUEST_X0 + 3], 0x743a004d);
	expect_call("features", NIE_GC_KVM_FEATURES, 0, 0x29d);
	expect_call("HYP_MEMINFO", NIE_GC_HYP_MEMINFO, 0, PAGE_SIZE);
	expect_call("HYP_MEMINFO", NIE_GC_HYP_MEMINFO, 1, NIE_SMCCC_INVALID);
	expect_call("TRNG", 0x84000050, 0, NIE_SMCCC_NOT_SUPPORTED);
	expect_call("a host call", NIE_HC_ID(NIE_HC_VM_TEARDOWN), vm, NIE_SMCCC_NOT_SUPPORTED);
	expect_call("share, unaligned", NIE_GC_MEM_SHARE, IPA(GUEST_GFN) + 8, NIE_SMCCC_INVALID);
	expect_call("share, far off", NIE_GC_MEM_SHARE, 1ul << 32, NIE_SMCCC_INVALID);
	expect_call("share, far off", NIE_GC_MEM_SHARE, ~0xffful, NIE_SMCCC_INVALID);
	expect_call("share twice", NIE_GC_MEM_SHARE, IPA(GUEST_GFN + 1), NIE_SMCCC_INVALID);
	expect_call("unshare", NIE_GC_MEM_UNSHARE, IPA(GUEST_GFN + 2), NIE_SMCCC_INVALID);
	expect_call("unshare nothing", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), NIE_SMCCC_INVALID);
	expect_call("MMIO over memory", NIE_GC_MMIO_GUARD, IPA(GUEST_GFN), NIE_SMCCC_INVALID);
	expect_call("MMIO, far off", NIE_GC_MMIO_GUARD, 1ul << 32, NIE_SMCCC_INVALID);
	note("share, arguments", (long)call(NIE_GC_MEM_SHARE, IPA(GUEST_GFN), 1, 0),
	     (long)NIE_SMCCC_INVALID);
	end();
	return true;
}

/* What a guest shares the host may read and write, not execute, exactly until it is unshared. */
static bool share_until_unshare(long want)
{
	u64 *page = addr_of(FREE + SPARE), value = 0;

	begin();
	shared[GUEST_X0] = NIE_GC_MEM_SHARE;
	shared[GUEST_X0 + 1] = IPA(GFN_SPARE);
	shared[GUEST_X0 + 2] = 0;
	shared[GUEST_X0 + 3] = 0;
	shows("share of what is not there", turn(HVC, 0, 0), ESR_WRITE, 0, GFN_SPARE << 4, 0, 0);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	turn_done("share", go_on(NIE_ASK_NEXT));
	note("its result", (long)shared[GUEST_X0], 0);
	note("read", try_access(ACCESS_READ, page, &value), 0);
	value = 0x1122;
	note("write", try_access(ACCESS_WRITE, page, &value), 0);
	whole_turn("a load", LDR, 0, IPA(GFN_SPARE));
	note("what the host wrote", (long)shared[GUEST_X7], 0x1122);
	whole_turn("a store", STR, 0x3344, IPA(GFN_SPARE));
	note("what the guest wrote", *page == 0x3344, true);
	note("stealing it", nie_hc_share_nie(NULL, pfn_of(FREE + SPARE)), -EPERM);
	expect_call("unshare", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), 0);
	note("read", try_access(ACCESS_READ, page, &value), want);
	note("write", try_access(ACCESS_WRITE, page, &value), want);
	whole_turn("a load", LDR, 0, IPA(GFN_SPARE));
	note("what is there", (long)shared[GUEST_X7], 0x3344);
	expect_call("unshare again", NIE_GC_MEM_UNSHARE, IPA(GFN_SPARE), NIE_SMCCC_INVALID);
	note("code", try_access(ACCESS_READ, addr_of(FREE + CODE), &value), want);
	note("data", try_access(ACCESS_READ, addr_of(FREE + DATA), &value), want);
	note("context", try_access(ACCESS_READ, addr_of(FREE + CTX0), &value), want);
	end();
	return true;
}

/* What the guest gives back is zero, and no longer its own; the host has no say in it. */
static bool relinquish(long want)
{
	u64 *page = addr_of(FREE + SPARE), secret = ((u64)SECRET_HI << 32) + 78;
	u32 i;

	begin();
	memset(page, 0x5a, PAGE_SIZE);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	whole_turn("a store", STR, secret, IPA(GFN_SPARE));
	whole_turn("a store", STR, secret, IPA(GFN_SPARE) + 0xff8);
	expect_call("what is shared", NIE_GC_MEM_RELINQUISH, IPA(GUEST_GFN + 1), NIE_SMCCC_INVALID);
	expect_call("unaligned", NIE_GC_MEM_RELINQUISH, IPA(GFN_SPARE) + 8, NIE_SMCCC_INVALID);
	expect_call("far off", NIE_GC_MEM_RELINQUISH, ~0xffful, NIE_SMCCC_INVALID);
	shared[GUEST_X0] = NIE_GC_MEM_RELINQUISH;
	shared[GUEST_X0 + 1] = IPA(GFN_SPARE);
	shared[GUEST_X0 + 2] = 0;
	shared[GUEST_X0 + 3] = 0;
	shows("the call", turn(HVC, 0, 0), ESR_HVC, 0, 0, NIE_GC_MEM_RELINQUISH, IPA(GFN_SPARE));
	for (i = 0; i < PAGE_SIZE / 8; i++)
		note("a word that is left", page[i] ? 0 : want, want);
	page[0] = 0x1234;
	run->regs.x[0] = 77;
	turn_done("after it", go_on(NIE_ASK_NEXT | NIE_ASK_SEA));
	note("its result", (long)shared[GUEST_X0], 0);
	note("exceptions", (long)shared[GUEST_TAKEN], 0);
	shows("a load", turn(LDR, 0, IPA(GFN_SPARE)), ESR_READ, 0, GFN_SPARE << 4, 0, 0);
	note("donate_guest", nie_hc_donate_guest(NULL, vm, pfn_of(FREE + SPARE), GFN_SPARE, 1), 0);
	turn_done("with a page", go_on(0));
	note("what is there", shared[GUEST_X7] ? 0 : want, want);
	end();
	return true;
}

static bool scrub_guest(long want)
{
	static const u32 places[] = { CODE, SHARED_P, DATA, CTX0, CTX1 };
	u64 *word;
	u32 i, k;

	begin();
	whole_turn("a store", STR, ((u64)SECRET_HI << 32) + 77, IPA(GUEST_GFN + 2) + 0xff8);
	note("vcpu_put", nie_hc_vcpu_put(NULL), 0);
	note("teardown", nie_hc_vm_teardown(NULL, vm), 0);
	note("reclaim", nie_hc_vm_reclaim(NULL, vm, pfn_of(FREE), NR_GUEST_PLACES), 0);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		word = addr_of(FREE + places[i]);
		for (k = 0; k < PAGE_SIZE / 8; k++)
			note("a word that is left", word[k] ? 0 : want, want);
	}
	preempt_enable();
	note("its end", vm_end(vm, 0, 0), 0);
	guest_unshare();
	return true;
}

static u64 fp_page[64];

/* The host's own registers after a run, of those that the guest has filled with secrets. */
static bool host_state(long want)
{
	u64 key_lo = 0, key_hi = 0, ctl, cval;
	u32 i;

	begin();
	next_insn(NOP);
	if (has_pauth()) {
		key_lo = read_sysreg_s(SYS_APIAKEYLO_EL1);
		key_hi = read_sysreg_s(SYS_APGAKEYHI_EL1);
	}
	ctl = read_sysreg(cntv_ctl_el0);
	cval = read_sysreg(cntv_cval_el0);
	for (i = 0; i < 64; i++)
		fp_page[i] = i * 0x0101010101010101;
	kernel_neon_begin();
	attack_asm_fp_load(fp_page);
	run->ask = NIE_ASK_NEXT;
	for (i = 0; i < RUN_TRIES && shared[GUEST_TURNS] == turns; i++) {
		local_irq_disable();
		nie_hc_vcpu_run(&out);
		local_irq_enable();
		run->ask = 0;
	}
	memset(fp_page, 0, sizeof(fp_page));
	attack_asm_fp_save(fp_page);
	kernel_neon_end();
	turn_done("a turn", (long)out.r[0]);
	for (i = 0; i < 64; i++)
		note("an FP register of the host", fp_page[i] == i * 0x0101010101010101, true);
	if (has_pauth()) {
		note("a key", read_sysreg_s(SYS_APIAKEYLO_EL1) == key_lo, true);
		note("a key", read_sysreg_s(SYS_APGAKEYHI_EL1) == key_hi, true);
		note("a key of the guest's", key_lo >> 32 == SECRET_HI, false);
		note("a key of the guest's", key_hi >> 32 == SECRET_HI, false);
	}
	/* The timer: off, then with a secret deadline. */
	whole_turn("the timer", MSR_X7(SYS_CNTV_CVAL_EL0), ((u64)SECRET_HI << 32) + 1, 0);
	whole_turn("the timer", MRS_X7(SYS_CNTV_CVAL_EL0), 0, 0);
	note("its deadline", (long)shared[GUEST_X7], (long)((u64)SECRET_HI << 32) + 1);
	note("CNTV_CTL_EL0", read_sysreg(cntv_ctl_el0) == ctl, true);
	note("a deadline of the guest's", cval >> 32 == SECRET_HI, false);
	note("CNTV_CVAL_EL0", read_sysreg(cntv_cval_el0) == cval, true);
	end();
	return true;
}

/* List registers: a HW interrupt that is no PPI loses its number; the count is clamped. */
static bool hostile_lrs(long want)
{
	u32 i;

	begin();
	run->used_lrs = 2;
	run->lr[0] = 1ul << 61 | 40ul << 32 | 1ul << 62 | 33;	/* HW, SPI 40; pending */
	run->lr[1] = 1ul << 61 | 27ul << 32 | 1ul << 62 | 27;	/* HW, PPI 27 */
	turn_done("a turn", turn(NOP, 0, 0));
	note("the SPI", run->lr[0] == (1ul << 62 | 33) ? want : 0, want);
	note("the PPI", run->lr[1] == (1ul << 61 | 27ul << 32 | 1ul << 62 | 27), true);
	memset(run->lr, 0, sizeof(run->lr));
	run->used_lrs = ~0u;
	run->vgic_hcr = ~1ul;
	run->vmcr = ~0ul;
	turn_done("a turn", turn(NOP, 0, 0));
	whole_turn("the guest's priority mask", MRS_X7(SYS_ICC_PMR_EL1), 0, 0);
	note("ICC_PMR_EL1", (long)shared[GUEST_X7], 0);
	for (i = 0; i < NIE_MAX_LRS; i++)
		note("a list register", run->lr[i] ? 0 : want, want);
	end();
	return true;
}

/* All other CPUs write to the run page while this one runs the guest; WFI stays a trap. */
static bool scribbling;

static void scribble(void *unused)
{
	u64 *word = (u64 *)run, x = 1;
	u32 i;

	while (READ_ONCE(scribbling)) {
		WRITE_ONCE(word[0], x | HCR_TWI | HCR_TWE);
		for (i = 1; i < PAGE_SIZE / 8; i++)
			WRITE_ONCE(word[i], x);
		x = x * 0x5851f42d4c957f2d + 1;
	}
}

static void nothing(void *unused)
{
}

static bool race_run_page(long want)
{
	u64 changed = 0;
	u32 i;

	if (num_online_cpus() < 2)
		return false;
	begin();
	WRITE_ONCE(scribbling, true);
	smp_call_function(scribble, NULL, 0);
	for (i = 0; i < 4000; i++) {
		next_insn(NOP);
		local_irq_disable();
		nie_hc_vcpu_run(&out);
		local_irq_enable();
		changed |= shared[GUEST_CHANGED];
	}
	WRITE_ONCE(scribbling, false);
	smp_call_function(nothing, NULL, 1);
	memset(run, 0, PAGE_SIZE);
	run->hcr = HCR_TWI | HCR_TWE;
	fill_run_page(run);
	note("turns", shared[GUEST_TURNS] > turns ? want : 0, want);
	/* To the end of its turn: only then do its words stand for the turn. */
	shared[GUEST_GO] = 0;
	go_on(0);
	note("a register of the guest changed", (long)(changed | shared[GUEST_CHANGED]), 0);
	note("an exception", (long)shared[GUEST_TAKEN], 0);
	turns = shared[GUEST_TURNS];
	whole_turn("a turn after it", NOP, 0, 0);
	end();
	return true;
}

const struct attack protected_attacks[] = {
	{ "control_guest", ALLOWED, control_guest },
	{ "exit_wfx", BY_NOTHING, exit_wfx },
	{ "exit_irq", BY_NOTHING, exit_irq },
	{ "exit_abort", BY_NOTHING, exit_abort },
	{ "exit_fetch", BY_NOTHING, exit_fetch },
	{ "exit_mmio", BY_NOTHING, exit_mmio },
	{ "exit_sysreg", BY_NOTHING, exit_sysreg },
	{ "guest_sysregs", BY_NOTHING, guest_sysregs },
	{ "guest_calls", BY_SMCCC, guest_calls },
	{ "change_registers", BY_NOTHING, change_registers },
	{ "forged_supply", BY_NOTHING, forged_supply },
	{ "second_entry", BY_NOTHING, second_entry },
	{ "start_by_host", BY_EXIT, start_by_host },
	{ "share_until_unshare", BY_ABORT, share_until_unshare },
	{ "relinquish", BY_ZEROES, relinquish },
	{ "late_content", BY_ZEROES, late_content },
	{ "scrub_guest", BY_ZEROES, scrub_guest },
	{ "host_state", BY_NOTHING, host_state },
	{ "hostile_lrs", BY_NOTHING, hostile_lrs },
	{ "race_run_page", BY_NOTHING, race_run_page },
	{}
};
