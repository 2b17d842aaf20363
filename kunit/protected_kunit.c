// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protected vCPUs without a world switch: each exit with what it discloses and what the host may
 * supply then, trapped system registers, guest calls. Syndromes are written out by the Arm ARM,
 * D24.2.40, not by nie/el2/esr.h.
 */
#include <linux/string.h>
#include <nie/guestcalls.h>
#include "../nie/el2/host.h"
#include "../nie/el2/protected.h"
#include "nie_test.h"

#define ROOT	FAKE_PLAIN(1)
#define CTX	FAKE_PLAIN(2)
#define RUN	FAKE_PLAIN(3)
#define PAGES	FAKE_PLAIN(4)
#define GFN	0x80ul
#define PC	0x80010ul

/* pstate */
#define EL0	0x0ul
#define EL1T	0x4ul
#define EL1H	0x5ul
#define A32	0x10ul
#define MASKED	0x3c5ul		/* EL1h, DAIF */
#define NZCV	0xf0000000ul
#define PAN		0x400000ul

static u64 vm;
static struct nie_vcpu *vcpu;
static struct nie_private *p;
static struct nie_disclosed d;

/* A protected VM with two vCPUs and two pages at GFN; vCPU 0 is on, at PC. */
static void make(struct kunit *test, u64 ipa_bits)
{
	vm = nie_test_vm(test, NIE_VM_PROTECTED, ipa_bits, ROOT);
	nie_test_topup(test, vm, ROOT + 16, 4);
	nie_test_vcpu(test, vm, 0, CTX, RUN);
	nie_test_vcpu(test, vm, 1, CTX + 1, RUN + 1);
	nie_test_donate(test, vm, PAGES, GFN, 2);
	vcpu = arch_vcpu(CTX);
	p = arch_private(CTX);
	KUNIT_ASSERT_TRUE(test, nie_start(vcpu, p, PC, 0x77));
	for (u32 i = 1; i < 31; i++)
		p->file.regs.x[i] = 0x5ec0 + i;
	p->file.sysregs[NIE_SR_VBAR_EL1] = 0xaa000;
}

static bool trap(u64 esr, u64 far, u64 gfn)
{
	p->syndrome = (struct nie_syndrome){ .esr = esr, .far = far, .hpfar = gfn << 4 };
	memset(&d, 0xff, sizeof(d));
	return nie_exit(vcpu, p, NIE_EXIT_TRAP, &d);
}

static bool discloses(u64 esr, u64 far, u64 hpfar, u64 x0, u64 x1)
{
	return d.esr == esr && d.far == far && d.hpfar == hpfar && d.x0 == x0 && d.x1 == x1;
}

/* As after a run that used everything. */
static void use_all(struct nie_private *q)
{
	memset(&q->file, 0x5a, sizeof(q->file));
	memset(q->ap0r, 1, sizeof(q->ap0r));
	memset(q->ap1r, 1, sizeof(q->ap1r));
	q->vmcr = 1;
	q->cntv_ctl = 1;
	q->cntv_cval = 1;
	q->vse = 1;
	q->why = NIE_WHY_MMIO_READ;
	q->lr[0] = 1;
}

/* As at reset, but for PC, x0, PSTATE, MPIDR_EL1 and SCTLR_EL1. List registers come with a run. */
static bool is_reset(const struct nie_private *q)
{
	bool ok = !q->vmcr && !q->cntv_ctl && !q->cntv_cval && !q->vse && q->why == NIE_WHY_QUIET;

	for (u32 i = 0; i < 4; i++)
		ok = ok && !q->ap0r[i] && !q->ap1r[i];
	for (u32 i = 1; i < 31; i++)
		ok = ok && !q->file.regs.x[i];
	for (u32 i = 0; i < NIE_NR_SYSREGS; i++)
		ok = ok && (!q->file.sysregs[i] || i == NIE_SR_MPIDR_EL1 || i == NIE_SR_SCTLR_EL1);
	for (u32 i = 0; i < 64; i++)
		ok = ok && !q->file.fp.v[i];
	return ok && !q->file.regs.sp && !q->file.fp.fpsr && !q->file.fp.fpcr && q->lr[0] == 1;
}

/* The guest has taken an exception from PC, by this vector. */
static bool took(u64 esr, u64 vector, u64 pstate)
{
	bool ok = p->file.regs.pc == 0xaa000 + vector && p->file.regs.pstate == pstate &&
		  p->file.sysregs[NIE_SR_ESR_EL1] == esr && p->file.sysregs[NIE_SR_ELR_EL1] == PC;

	p->file.regs.pc = PC;
	p->file.regs.pstate = MASKED;
	return ok;
}

static void start(struct kunit *test)
{
	struct nie_private *other;

	make(test, 40);
	KUNIT_EXPECT_EQ(test, p->power, NIE_POWER_ON);
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0x77);
	KUNIT_EXPECT_EQ(test, p->file.regs.pstate, MASKED);
	KUNIT_EXPECT_EQ(test, p->file.sysregs[NIE_SR_MPIDR_EL1], 1ul << 31);
	KUNIT_EXPECT_EQ(test, p->file.sysregs[NIE_SR_SCTLR_EL1], 0x30d00800);
	/* Once; and no other vCPU where the host likes. */
	KUNIT_EXPECT_FALSE(test, nie_start(vcpu, p, PC + 4, 1));
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC);
	other = arch_private(CTX + 1);
	KUNIT_EXPECT_FALSE(test, nie_start(arch_vcpu(CTX + 1), other, PC, 1));
	KUNIT_EXPECT_EQ(test, other->power, NIE_POWER_NEW);
	p->power = NIE_POWER_OFF;
	KUNIT_EXPECT_FALSE(test, nie_start(vcpu, p, PC, 1));
	KUNIT_EXPECT_EQ(test, nie_mpidr(15), (1ul << 31) + 15);
	KUNIT_EXPECT_EQ(test, nie_mpidr(16), (1ul << 31) + 0x100);
	KUNIT_EXPECT_EQ(test, nie_mpidr(511), (1ul << 31) + 0x1f0f);
	KUNIT_EXPECT_EQ(test, nie_plus(~0ul, 4), 3);
	KUNIT_EXPECT_EQ(test, nie_plus(~0ul - 4, 4), ~0ul);
}

/* Exits that are the host's: what it learns. MMIO is open at gfn 0x900; x7 is 0x5ec7. */
static const struct exit {
	const char *name;
	u64 esr, far, gfn;
	u64 want_esr, want_far, want_hpfar, want_x0;
	u32 why;
} exits[] = {
	{ "WFI", 0x07f00000, 1, 2, 0x06000000, 0, 0, 0, NIE_WHY_WAIT },
	{ "WFE", 0x07f00001, 1, 2, 0x06000001, 0, 0, 0, NIE_WHY_WAIT },
	{ "WFET", 0x07f003e7, 1, 2, 0x06000001, 0, 0, 0, NIE_WHY_WAIT },
	{ "load", 0x93e70006, 0x12345678, 0x300, 0x92000007, 0, 0x3000, 0, NIE_WHY_ABORT },
	{ "store", 0x93e78045, 0x12345678, 0x300, 0x92000047, 0, 0x3000, 0, NIE_WHY_ABORT },
	{ "load, 16-bit instruction", 0x91000004, 1, 0x300, 0x92000007, 0, 0x3000, 0,
		NIE_WHY_ABORT },
	{ "table walk", 0x920000c6, 1, 0x300, 0x92000047, 0, 0x3000, 0, NIE_WHY_ABORT },
	{ "beyond the address space", 0x93c70004, 1, 0xffffffff, 0x92000007, 0, 0xffffffff0, 0,
		NIE_WHY_ABORT },
	{ "fetch", 0x82000046, 0x12345678, 0x300, 0x82000007, 0, 0x3000, 0, NIE_WHY_ABORT },
	{ "MMIO load", 0x93a70007, 0x12345678, 0x900, 0x93808007, 0x678, 0x9000, 0,
		NIE_WHY_MMIO_READ },
	{ "MMIO load, 8 bytes", 0x93c78007, 0xfff8, 0x900, 0x93c08007, 0xff8, 0x9000, 0,
		NIE_WHY_MMIO_READ },
	{ "MMIO byte", 0x93070047, 8, 0x900, 0x93008047, 8, 0x9000, 0xc7, NIE_WHY_MMIO_WRITE },
	{ "MMIO store", 0x93478047, 8, 0x900, 0x93408047, 8, 0x9000, 0x5ec7, NIE_WHY_MMIO_WRITE },
	{ "MMIO store of xzr", 0x93df8047, 8, 0x900, 0x93c08047, 8, 0x9000, 0, NIE_WHY_MMIO_WRITE },
	{ "MMIO store, 8 bytes", 0x93c78047, 8, 0x900, 0x93c08047, 8, 0x9000, 0x5ec7,
		NIE_WHY_MMIO_WRITE },
	{ "SGI1R", 0x623a30f6, 1, 2, 0x623a3016, 0, 0, 0x5ec7, NIE_WHY_SYS_WRITE },
	{ "ASGI1R", 0x623c30f6, 1, 2, 0x623c3016, 0, 0, 0x5ec7, NIE_WHY_SYS_WRITE },
	{ "SGI0R", 0x623e30f6, 1, 2, 0x623e3016, 0, 0, 0x5ec7, NIE_WHY_SYS_WRITE },
	{ "CNTP_TVAL read", 0x6230f8e5, 1, 2, 0x6230f805, 0, 0, 0, NIE_WHY_SYS_READ },
	{ "CNTP_CTL read", 0x6232f8e5, 1, 2, 0x6232f805, 0, 0, 0, NIE_WHY_SYS_READ },
	{ "CNTP_CVAL write", 0x6234f8e4, 1, 2, 0x6234f804, 0, 0, 0x5ec7, NIE_WHY_SYS_WRITE },
};

static void exit_desc(const struct exit *e, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", e->name);
}

KUNIT_ARRAY_PARAM(exit, exits, exit_desc);

static void open_mmio(struct kunit *test, u64 gfn)
{
	p->file.regs.x[0] = NIE_GC_MMIO_GUARD;
	p->file.regs.x[1] = gfn << 12;
	p->file.regs.x[2] = 0;
	p->file.regs.x[3] = 0;
	KUNIT_ASSERT_TRUE(test, trap(0x5a000000, 0, 0));
	KUNIT_ASSERT_EQ(test, p->file.regs.x[0], 0);
	for (u32 i = 0; i < 4; i++)
		p->file.regs.x[i] = 0x5ec0 + i;
}

static void discloses_exit(struct kunit *test)
{
	const struct exit *e = test->param_value;
	struct nie_file before;

	make(test, 40);
	open_mmio(test, 0x900);
	before = p->file;
	KUNIT_EXPECT_FALSE(test, trap(e->esr, e->far, e->gfn));
	KUNIT_EXPECT_TRUE_MSG(test,
			      discloses(e->want_esr, e->want_far, e->want_hpfar, e->want_x0, 0),
			      "%lx %lx %lx %lx %lx", (long)d.esr, (long)d.far, (long)d.hpfar,
			      (long)d.x0, (long)d.x1);
	KUNIT_EXPECT_EQ(test, p->why, e->why);
	KUNIT_EXPECT_TRUE(test, !memcmp(&p->file, &before, sizeof(before)));
}

/* What the host supplies then, with all that it can ask for. */
static void supplies(struct kunit *test)
{
	const struct exit *e = test->param_value;
	bool read = e->why == NIE_WHY_MMIO_READ || e->why == NIE_WHY_SYS_READ;
	bool sea = e->why == NIE_WHY_ABORT || e->why == NIE_WHY_MMIO_READ ||
		   e->why == NIE_WHY_MMIO_WRITE;
	struct nie_file before;

	make(test, 40);
	open_mmio(test, 0x900);
	p->file.regs.pstate = MASKED | 3ul << 10 | 1ul << 21;	/* BTYPE, SS */
	before = p->file;
	/* Nothing asked for, nothing done; and that was the only chance. */
	trap(e->esr, e->far, e->gfn);
	nie_resume(p, NIE_ASK_VSE, 0x1234567887654321);
	nie_resume(p, ~0ul, 0x1234567887654321);
	KUNIT_EXPECT_TRUE(test, !memcmp(&p->file, &before, sizeof(before)));
	KUNIT_EXPECT_EQ(test, p->vse, 0u);
	trap(e->esr, e->far, e->gfn);
	nie_resume(p, NIE_ASK_NEXT, 0x1234567887654321);
	if (e->why != NIE_WHY_ABORT) {
		before.regs.pc += 4;
		before.regs.pstate = MASKED;
		if (read)
			before.regs.x[7] = e->why == NIE_WHY_SYS_READ || e->esr & 1ul << 15 ?
						   0x1234567887654321 : 0xffffffff87654321;
	}
	if (e->esr == 0x93a70007)		/* 32 bits, signed, into a 32-bit register */
		before.regs.x[7] = 0x87654321;
	KUNIT_EXPECT_TRUE(test, !memcmp(&p->file, &before, sizeof(before)));
	p->file.regs.pc = PC;
	p->file.regs.pstate = MASKED;
	trap(e->esr, e->far, e->gfn);
	nie_resume(p, NIE_ASK_SEA, 0);
	if (sea) {
		KUNIT_EXPECT_TRUE(test, took(e->esr >> 26 == 0x20 ? 0x86000010 : 0x96000010, 0x200,
					     MASKED));
		KUNIT_EXPECT_EQ(test, p->file.sysregs[NIE_SR_FAR_EL1], e->far);
	} else {
		KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC);
	}
}

/* SAS, SSE, SF: what a load makes of what the host gives. */
static void loads(struct kunit *test)
{
	static const struct { u64 iss, want; } cases[] = {
		{ 0x01000000, 0x88 }, { 0x01008000, 0x88 },
		{ 0x01200000, 0xffffff88 }, { 0x01208000, 0xffffffffffffff88 },
		{ 0x01400000, 0x9988 }, { 0x01608000, 0xffffffffffff9988 },
		{ 0x01600000, 0xffff9988 }, { 0x01800000, 0xbbaa9988 },
		{ 0x01a08000, 0xffffffffbbaa9988 }, { 0x01c08000, 0xffeeddccbbaa9988 },
		{ 0x01e08000, 0xffeeddccbbaa9988 },
	};

	make(test, 40);
	open_mmio(test, 0x900);
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_FALSE(test, trap(0x92070007 | cases[i].iss, 0, 0x900));
		nie_resume(p, NIE_ASK_NEXT, 0xffeeddccbbaa9988);
		KUNIT_EXPECT_EQ_MSG(test, p->file.regs.x[7], cases[i].want, "case %u", i);
	}
	/* Signed, and positive. */
	for (u32 i = 0; i < 3; i++) {
		static const u64 want[] = { 0x44, 0x3344, 0x11223344 };

		KUNIT_EXPECT_FALSE(test, trap(0x93278007 | (u64)i << 22, 0, 0x900));
		nie_resume(p, NIE_ASK_NEXT, 0x11223344);
		KUNIT_EXPECT_EQ(test, p->file.regs.x[7], want[i]);
	}
	KUNIT_EXPECT_FALSE(test, trap(0x93df8007, 0, 0x900));	/* to xzr */
	nie_resume(p, NIE_ASK_NEXT, ~0ul);
	KUNIT_EXPECT_EQ(test, p->file.regs.sp, 0);
}

/* Aborts that are the guest's own business. */
static void own_aborts(struct kunit *test)
{
	static const u64 esr[] = {
		0x92c70007,		/* MMIO without a syndrome: ISV clear */
		0x93c78107,		/* cache maintenance */
		0x93c78087,		/* a table walk */
		0x93c78010,		/* an external abort */
		0x93c7800f,		/* a permission fault */
		0x93c7800b,		/* access flag */
		0x93c78000,		/* address size */
		0x93c78030,		/* a TLB conflict */
	};

	make(test, 40);
	open_mmio(test, 0x900);
	for (u32 i = 0; i < ARRAY_SIZE(esr); i++) {
		KUNIT_EXPECT_TRUE(test, trap(esr[i], 0x4444, 0x900));
		KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
		KUNIT_EXPECT_TRUE_MSG(test, took(0x96000010, 0x200, MASKED), "%lx", (long)esr[i]);
	}
	/* 8 and 2 bytes of which the last are in the next page. */
	KUNIT_EXPECT_TRUE(test, trap(0x93c78047, 0x4ff9, 0x900));
	KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x96000010, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x93470007, 0x4fff, 0x900));
	KUNIT_EXPECT_TRUE(test, took(0x96000010, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x82000007, 0x4444, 0x900));	/* a fetch */
	KUNIT_EXPECT_TRUE(test, took(0x86000010, 0x200, MASKED));
	/* A fetch has no ISV, but if it had it would be none of the host's. */
	KUNIT_EXPECT_TRUE(test, trap(0x83c78007, 0x4444, 0x900));
	KUNIT_EXPECT_TRUE(test, took(0x86000010, 0x200, MASKED));
	p->file.regs.pstate = EL0;
	KUNIT_EXPECT_TRUE(test, trap(0x82000007, 0x4444, 0x900));
	KUNIT_EXPECT_TRUE(test, took(0x82000010, 0x400, MASKED));
	p->file.regs.pstate = A32;
	KUNIT_EXPECT_TRUE(test, trap(0x93c78007, 0x4444, 0x900));
	KUNIT_EXPECT_TRUE(test, took(0x92000010, 0x600, MASKED));
}

/* What has no row: an undefined instruction, by the right vector, with the right PSTATE. */
static void undefined(struct kunit *test)
{
	static const u64 esr[] = {
		0x02000000, 0x0e000000, 0x1e000000, 0x24000000, 0x3a000000, 0x4e000000, 0x5e000000,
		0x66000000, 0x72000000, 0xbe000000, 0xf2000000,
		0x6232e8e1, 0x623830e9, 0x62204021, 0x623a30f7,
	};
	static const struct { u64 from, vector, to; } modes[] = {
		{ EL0 | NZCV, 0x400, MASKED | NZCV }, { EL1T, 0, MASKED }, { EL1H, 0x200, MASKED },
		{ EL1H | 1ul << 24 | 1ul << 10, 0x200, MASKED | 1ul << 24 },
		{ A32 | NZCV, 0x600, MASKED }, { EL0 | PAN, 0x400, MASKED | PAN },
	};

	make(test, 40);
	for (u32 i = 0; i < ARRAY_SIZE(esr); i++) {
		KUNIT_EXPECT_TRUE(test, trap(esr[i], 0, 0));
		KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
		KUNIT_EXPECT_TRUE_MSG(test, took(0x02000000, 0x200, MASKED), "%lx", (long)esr[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		p->file.regs.pstate = modes[i].from;
		KUNIT_EXPECT_TRUE(test, trap(0x02000000, 0, 0));
		KUNIT_EXPECT_EQ(test, p->file.sysregs[NIE_SR_SPSR_EL1], modes[i].from);
		KUNIT_EXPECT_TRUE_MSG(test, took(0x02000000, modes[i].vector, modes[i].to),
				      "mode %u", i);
	}
	/* PAN unless SPAN, where the CPU has it; SSBS by DSSBS. */
	p->file.sysregs[NIE_SR_SCTLR_EL1] = 0;
	KUNIT_EXPECT_TRUE(test, trap(0x02000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	fake.id = ~0ul;
	KUNIT_EXPECT_TRUE(test, trap(0x02000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED | PAN));
	p->file.sysregs[NIE_SR_SCTLR_EL1] = 1ul << 44 | 1ul << 23;
	KUNIT_EXPECT_TRUE(test, trap(0x02000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED | 1ul << 12));
}

/* An interrupt or an SError shows nothing and takes nothing, but a virtual SError after one. */
static void quiet(struct kunit *test)
{
	static const u64 codes[] = {
		NIE_EXIT_IRQ, NIE_EXIT_SERROR, NIE_EXIT_IRQ | NIE_EXIT_WITH_SERROR,
	};
	/* HVC, WFI, an abort, an ID register, something undefined */
	static const u64 esr[] = { 0x5a000000, 0x06000000, 0x93c78047, 0x623003e1, 0x02000000 };
	u64 with_serror = NIE_EXIT_TRAP | NIE_EXIT_WITH_SERROR;
	struct nie_file before;

	make(test, 40);
	before = p->file;
	for (u32 i = 0; i < ARRAY_SIZE(codes) * 2; i++) {
		p->syndrome.esr = esr[i % 2 * 2];	/* of the exit before */
		KUNIT_EXPECT_FALSE(test, nie_exit(vcpu, p, codes[i / 2], &d));
		KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
		nie_resume(p, ~0ul, 5);
		KUNIT_EXPECT_TRUE(test, !memcmp(&p->file, &before, sizeof(before)));
		KUNIT_EXPECT_EQ(test, p->vse, i > 1);
	}
	/* With a trap: nothing is done about that, the guest comes to it again. */
	for (u32 i = 0; i < ARRAY_SIZE(esr); i++) {
		p->file = before;
		p->file.regs.x[0] = 0x84000002;		/* CPU_OFF, if it is the HVC */
		p->syndrome.esr = esr[i];
		p->vse = 0;
		KUNIT_EXPECT_FALSE(test, nie_exit(vcpu, p, with_serror, &d));
		KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
		KUNIT_EXPECT_EQ(test, p->file.regs.pc, before.regs.pc - (i ? 0 : 4));
		p->file.regs.pc = before.regs.pc;
		p->file.regs.x[0] = before.regs.x[0];
		nie_resume(p, ~0ul, 5);
		KUNIT_EXPECT_TRUE(test, !memcmp(&p->file, &before, sizeof(before)));
		KUNIT_EXPECT_EQ(test, p->power, (u32)NIE_POWER_ON);
		KUNIT_EXPECT_EQ(test, p->vse, 1u);
	}
	p->vse = 0;
	nie_exit(vcpu, p, NIE_EXIT_SERROR, &d);
	nie_resume(p, NIE_ASK_NEXT | NIE_ASK_SEA, 5);
	KUNIT_EXPECT_EQ(test, p->vse, 0u);
	KUNIT_EXPECT_EQ(test, nie_serror_class(0xffffffff), 1ul << 24);
	KUNIT_EXPECT_EQ(test, nie_serror_class(0xfeffffff), 0x1e3ful);
	/* List registers: HW with a PPI only. */
	KUNIT_EXPECT_EQ(test, nie_lr_sane(1ul << 61 | 15ul << 32 | 7), 7ul);
	KUNIT_EXPECT_EQ(test, nie_lr_sane(1ul << 61 | 16ul << 32 | 7), 1ul << 61 | 16ul << 32 | 7);
	KUNIT_EXPECT_EQ(test, nie_lr_sane(1ul << 61 | 31ul << 32 | 7), 1ul << 61 | 31ul << 32 | 7);
	KUNIT_EXPECT_EQ(test, nie_lr_sane(3ul << 61 | 32ul << 32 | 7), 1ul << 62 | 7);
	KUNIT_EXPECT_EQ(test, nie_lr_sane(1ul << 62 | 1ul << 41 | 7), 1ul << 62 | 1ul << 41 | 7);
}

/* MRS x7 of (op0, op1, crn, crm, op2). */
static u64 read(struct kunit *test, u32 op0, u32 op1, u32 crn, u32 crm, u32 op2)
{
	u64 iss = op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | 7 << 5 | crm << 1 | 1;

	p->file.regs.x[7] = 0xbad;
	KUNIT_EXPECT_TRUE(test, trap(0x62000000 | iss, 0, 0));
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC + 4);
	p->file.regs.pc = PC;
	/* A write does nothing, and does not fail. */
	KUNIT_EXPECT_TRUE(test, trap(0x62000000 | (iss & ~1ul), 0, 0));
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC + 4);
	p->file.regs.pc = PC;
	return p->file.regs.x[7];
}

static void id_registers(struct kunit *test)
{
	make(test, 40);
	fake.id = ~0ul;
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 4, 0), 0xff0f00000fff0011);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 4, 1), 0xff);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 4, 4), 0);		/* ZFR0 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 5, 0), 0x101006);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 6, 0), 0xfffffffff0fffff0);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 6, 1), 0x00ffffffffffffff);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 6, 2), 0xfff0fff0);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 7, 0), 0xffff0ff2);	/* 40 bits */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 7, 1), 0xff0f000f0f00f);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 7, 2), 0xf0ff00fff00f0fff);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 7, 7), 0);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 2, 0), 0);		/* AArch32 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, read(test, 3, 3, 0, 0, 1), ~0ul);		/* CTR_EL0 */
	fake.id = 0;
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 4, 0), 0x11);
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 7, 0), 0);
}

static void pa_ranges(struct kunit *test)
{
	static const u8 bits[] = { 32, 35, 36, 39, 40, 41, 42, 43 };
	static const u8 range[] = { 0, 0, 1, 1, 2, 2, 3, 3 };

	make(test, 40);
	fake.id = ~0ul;
	for (u32 i = 0; i < ARRAY_SIZE(bits); i++) {
		struct nie_vcpu v = { .ipa_bits = bits[i] };

		p->syndrome.esr = 0x623000ef;		/* MRS x7, ID_AA64MMFR0_EL1 */
		KUNIT_EXPECT_TRUE(test, nie_exit(&v, p, NIE_EXIT_TRAP, &d));
		KUNIT_EXPECT_EQ(test, p->file.regs.x[7] & 15, range[i]);
	}
}

static void fixed_registers(struct kunit *test)
{
	make(test, 40);
	fake.id = ~0ul;
	KUNIT_EXPECT_EQ(test, read(test, 2, 0, 0, 2, 2), 0);		/* MDSCR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 2, 0, 0, 15, 4), 0);		/* DBGBVR15_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 2, 3, 0, 4, 0), 0);		/* DBGDTR_EL0 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 0, 0, 6), 0);		/* REVIDR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 1, 0, 1), 0);		/* ACTLR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 1, 0, 0, 0), 0);		/* CCSIDR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 1, 0, 0, 1), 0);		/* CLIDR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 1, 0, 0, 7), 0);		/* AIDR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 2, 0, 0, 0), 0);		/* CSSELR_EL1 */
	KUNIT_EXPECT_EQ(test, read(test, 3, 0, 12, 12, 5), 7);		/* ICC_SRE_EL1 */
	/* Into xzr. */
	KUNIT_EXPECT_TRUE(test, trap(0x62000000 | 0x3003e1 | 4 << 1, 0, 0));
	p->file.regs.pc = PC;
	/* Undefined: beside the ID registers op0 1, op1 3, CRm 0, 8; trace, DC ISW, PMCR_EL0. */
	KUNIT_EXPECT_TRUE(test, trap(0x62100009, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x6230c009, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x62320001, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x62300011, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x62204001, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x62140000 | 7 << 10 | 6 << 1, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
	KUNIT_EXPECT_TRUE(test, trap(0x6230c000 | 9 << 10 | 12 << 1 | 1, 0, 0));
	KUNIT_EXPECT_TRUE(test, took(0x02000000, 0x200, MASKED));
}

/* A guest call that does not exit. */
static u64 hvc(struct kunit *test, u64 fn, u64 x1, u64 x2, u64 x3)
{
	p->file.regs.x[0] = fn;
	p->file.regs.x[1] = x1;
	p->file.regs.x[2] = x2;
	p->file.regs.x[3] = x3;
	KUNIT_EXPECT_TRUE_MSG(test, trap(0x5a000000, 0, 0), "%lx", (long)fn);
	KUNIT_EXPECT_TRUE(test, discloses(0, 0, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC);
	for (u32 i = 4; i < 31; i++)
		KUNIT_EXPECT_EQ(test, p->file.regs.x[i], 0x5ec0ul + i);
	return p->file.regs.x[0];
}

static void calls(struct kunit *test)
{
	static const struct { u64 fn, x1, want; } rows[] = {
		{ 0x80000000, 0, 0x10001 }, { 0xffffffff80000000, 0, 0x10001 },
		{ 0x84000000, 0, 0x10001 }, { 0x84000006, 0, 2 },
		{ 0x80000001, 0x80000000, 0 }, { 0x80000001, 0x80000001, 0 },
		{ 0x80000001, 0x80008000, ~0ul }, { 0x80000001, 0x80003fff, ~0ul },
		{ 0x8400000a, 0x84000000, 0 }, { 0x8400000a, 0x84000001, 0 },
		{ 0x8400000a, 0xc4000001, 0 }, { 0x8400000a, 0x84000002, 0 },
		{ 0x8400000a, 0x84000003, 0 }, { 0x8400000a, 0xc4000003, 0 },
		{ 0x8400000a, 0x84000004, 0 }, { 0x8400000a, 0xc4000004, 0 },
		{ 0x8400000a, 0x84000006, 0 }, { 0x8400000a, 0x84000008, 0 },
		{ 0x8400000a, 0x84000009, 0 }, { 0x8400000a, 0x8400000a, 0 },
		{ 0x8400000a, 0x84000012, ~0ul }, { 0x8400000a, 0xc400000e, ~0ul },
		{ 0xc6000002, 0, 4096 }, { 0xc6000002, 1, ~0ul - 2 },
		{ 0x84000054, 0, ~0ul }, { 0xc4000052, 0, ~0ul }, { 0x84000012, 0, ~0ul },
		{ 0x8400004f, 0, ~0ul }, { 0xc4000054, 0, ~0ul }, { 0xffffffff, 0, ~0ul },
		{ 0xc6008000, 0, ~0ul }, { 0xc6000005, 0, ~0ul },
		{ 0xc4000002, 0, ~0ul }, { 0, 0, ~0ul },
	};

	make(test, 40);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, hvc(test, rows[i].fn, rows[i].x1, 0, 0), rows[i].want,
				    "row %u", i);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000002, 0, 1, 0), ~0ul - 2);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000002, 0, 0, 1), ~0ul - 2);
	KUNIT_EXPECT_EQ(test, hvc(test, 0x8600ff01, 0, 0, 0), 0xb66fb428);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[1], 0xe911c52e);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[2], 0x564bcaa9);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[3], 0x743a004d);
	KUNIT_EXPECT_EQ(test, hvc(test, 0x86000000, 1, 1, 1), 0x29d);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[1] | p->file.regs.x[2] | p->file.regs.x[3], 0);
	/* HVC #1 */
	p->file.regs.x[0] = 0x80000000;
	KUNIT_EXPECT_TRUE(test, trap(0x5a000001, 0, 0));
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], ~0ul);
	/* Standby: a WFI to the host, that takes nothing. */
	p->file.regs.x[0] = 0xc4000001;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, discloses(0x06000000, 0, 0, 0, 0));
	nie_resume(p, ~0ul, 5);
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0);
	p->file.regs.x[0] = 0x84000001;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
}

/* EL3 is asked for entropy, with one argument; the host is not. */
static void entropy(struct kunit *test)
{
	static const u64 fn[] = {
		0x84000050, 0x84000051, 0x84000052, 0x84000053, 0xc4000053, 0xffffffffc4000053,
	};

	make(test, 40);
	for (u32 i = 0; i < ARRAY_SIZE(fn); i++) {
		for (u32 k = 0; k < 4; k++)
			fake.el3[k] = 0x7a1d00 + i * 4 + k;
		KUNIT_EXPECT_EQ(test, hvc(test, fn[i], 192, 0x5ec, 0x5ec), 0x7a1d00 + i * 4);
		for (u32 k = 1; k < 4; k++)
			KUNIT_EXPECT_EQ(test, p->file.regs.x[k], 0x7a1d00 + i * 4 + k);
		KUNIT_EXPECT_EQ(test, fake.smc[0], fn[i] & 0xffffffff);
		KUNIT_EXPECT_EQ(test, fake.smc[1], 192);
		KUNIT_EXPECT_EQ(test, fake.smc[2] | fake.smc[3], 0);
	}
}

#define INVALID	(~0ul - 2)

static void memory_calls(struct kunit *test)
{
	make(test, 40);
	/* What the model says too. */
	KUNIT_ASSERT_EQ(test, model_guest_call(0, GFN, NIE_GC_MEM_SHARE), 0);
	fake_declassify(PAGES);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, GFN << 12, 0, 0), 0);
	nie_test_check(test);
	KUNIT_EXPECT_EQ(test, check_host_perm(PAGES), NIE_PERM_RW);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, GFN << 12, 0, 0), INVALID);
	KUNIT_ASSERT_EQ(test, model_guest_call(0, GFN, NIE_GC_MEM_UNSHARE), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000004, GFN << 12, 0, 0), 0);
	fake_classify(PAGES);
	nie_test_check(test);
	KUNIT_EXPECT_EQ(test, check_host_perm(PAGES), NIE_PERM_NONE);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000004, GFN << 12, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, (GFN << 12) + 1, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, GFN << 12, 1, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, GFN << 12, 0, 1), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, 1ul << 40, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, 1ul << 44 | GFN << 12, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000004, 0x300000, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, GFN << 12, 0, 0), INVALID);
	/* To share what is not there: the host is asked for it, and the call made again. */
	p->file.regs.x[0] = 0xc6000003;
	p->file.regs.x[1] = 0x300000;
	p->file.regs.x[2] = 0;
	p->file.regs.x[3] = 0;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, discloses(0x92000047, 0, 0x3000, 0, 0));
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC - 4);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0xc6000003);
	nie_resume(p, NIE_ASK_NEXT, 5);
	KUNIT_EXPECT_EQ(test, p->file.regs.pc, PC - 4);
	/* ... or it says that there is none. */
	p->file.regs.pc = PC + 4;
	p->file.sysregs[NIE_SR_FAR_EL1] = 5;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 7, 0));
	nie_resume(p, NIE_ASK_SEA, 5);
	KUNIT_EXPECT_TRUE(test, took(0x96000010, 0x200, MASKED));
	KUNIT_EXPECT_EQ(test, p->file.sysregs[NIE_SR_FAR_EL1], 0);
	/* ... unless it is no memory. */
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, 0x300000, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000003, 0x300000, 0, 0), INVALID);
}

/* Ranges grow; separate ones are as many as there is room for; another VM starts with none. */
static void mmio_ranges(struct kunit *test)
{
	make(test, 40);
	for (u64 i = 0; i < NIE_NR_MMIO; i++)
		KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, (0x1000 + 2 * i) << 12, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, 0x2000 << 12, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, 0x1001 << 12, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, 0x1001 << 12, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, nie_mmio.vm[0].nr, NIE_NR_MMIO);
	KUNIT_EXPECT_TRUE(test, nie_mmio_is_open(0, 0x1001));
	KUNIT_EXPECT_TRUE(test, nie_mmio_is_open(0, 0x1002));
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1003));
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000007, 0x1003 << 12, 0, 0), 0);
	KUNIT_EXPECT_TRUE(test, nie_mmio_is_open(0, 0x1003));
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0xfff));
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1000 + 2 * NIE_NR_MMIO));
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1000 + (1ul << 32)));
	EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
	nie_test_reclaim_all(test, vm);
	vm = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOT);
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1001));
	nie_mmio_open(0, 5);
	KUNIT_EXPECT_TRUE(test, nie_mmio_is_open(0, 5));
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1001));
	/* What the slot's last VM had in its second range is neither there nor grows. */
	KUNIT_EXPECT_FALSE(test, nie_mmio_is_open(0, 0x1003));
	KUNIT_EXPECT_EQ(test, nie_mmio_open(0, 0x1004), 0);
	KUNIT_EXPECT_TRUE(test, nie_mmio_is_open(0, 0x1004));
}

#define INVALID_PARAMS	(~0ul - 1)

static void psci(struct kunit *test)
{
	struct nie_vcpu *other_vcpu = NULL;
	struct nie_private *other = NULL;

	make(test, 40);
	other_vcpu = arch_vcpu(CTX + 1);
	other = arch_private(CTX + 1);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0x84000004, 0xf00000001, 0, 0), 1);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 1, 1, 0), INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 2, 0, 0), INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 0x80000001, 0, 0), INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 0x2001, PC, 0), INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 0x1f0f, PC, 0), INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 0, PC, 0), ~0ul - 3);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 1, PC + 2, 0), ~0ul - 8);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 1, 1ul << 40, 0), ~0ul - 8);
	KUNIT_EXPECT_EQ(test, other->power, NIE_POWER_NEW);
	/* On: the host learns whom to wake. */
	p->file.regs.x[0] = 0x84000003;
	p->file.regs.x[1] = 0xf00000001;
	p->file.regs.x[2] = 0xf00000000 + PC;
	p->file.regs.x[3] = 0xf00000099;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
	KUNIT_EXPECT_TRUE(test, discloses(0x5a000000, 0, 0, 0xc4000003, 1));
	KUNIT_EXPECT_EQ(test, p->why, NIE_WHY_QUIET);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 1, PC, 0), ~0ul - 4);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 1, 0, 0), 2);
	KUNIT_EXPECT_TRUE(test, nie_start(other_vcpu, other, 0x666, 0x666));
	KUNIT_EXPECT_EQ(test, other->file.regs.pc, PC);
	KUNIT_EXPECT_EQ(test, other->file.regs.x[0], 0x99);
	KUNIT_EXPECT_EQ(test, other->file.sysregs[NIE_SR_MPIDR_EL1], (1ul << 31) + 1);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000004, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc4000003, 1, PC, 0), ~0ul - 3);
	/* Off, each way. */
	for (u64 fn = 0x84000002; fn <= 0x84000009; fn += fn == 0x84000002 ? 6 : 1) {
		p->power = NIE_POWER_ON;
		p->file.regs.x[0] = fn;
		KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
		KUNIT_EXPECT_TRUE(test, discloses(0x5a000000, 0, 0, fn, 0));
		KUNIT_EXPECT_EQ(test, p->power, NIE_POWER_OFF);
		KUNIT_EXPECT_FALSE(test, nie_start(vcpu, p, PC, 0));
	}
	/* And on again, by the other. */
	vcpu = other_vcpu;
	p = other;
	p->file.regs.x[0] = 0xc4000003;
	p->file.regs.x[1] = 0;
	p->file.regs.x[2] = PC + 8;
	p->file.regs.x[3] = ~0ul;
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 0, 0));
	use_all(arch_private(CTX));
	KUNIT_EXPECT_TRUE(test, nie_start(arch_vcpu(CTX), arch_private(CTX), 0x666, 0x666));
	KUNIT_EXPECT_TRUE(test, is_reset(arch_private(CTX)));
	KUNIT_EXPECT_EQ(test, arch_private(CTX)->file.regs.pc, PC + 8);
	KUNIT_EXPECT_EQ(test, arch_private(CTX)->file.regs.x[0], ~0ul);
}

/* The transitions: whose page, in which state. */
static void guest_share(struct kunit *test)
{
	u64 normal = nie_test_vm(test, NIE_VM_NORMAL, 32, FAKE_PLAIN(1) + 40);

	make(test, 32);
	nie_test_topup(test, normal, ROOT + 48, 4);
	nie_test_share(test, normal, PAGES + 9, GFN, 1);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, normal, GFN, NIE_GC_MEM_SHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 2, NIE_GC_MEM_SHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 512, NIE_GC_MEM_SHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, 1 << 20, NIE_GC_MEM_SHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, ~0u, NIE_GC_MEM_UNSHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_UNSHARE), -EPERM);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_SHARE), 0);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_SHARE), -EPERM);
	EXPECT_CALL(test, -EPERM, DONATE_GUEST, vm, PAGES, GFN + 8, 1);
	EXPECT_CALL(test, -EPERM, SHARE_NIE, PAGES);
	KUNIT_EXPECT_FALSE(test, fake_is_clean(PAGES));
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_UNSHARE), 0);
	KUNIT_EXPECT_TRUE(test, fake_is_clean(PAGES));
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_UNSHARE), -EPERM);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 1, NIE_GC_MEM_SHARE), 0);
	EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_SHARE), -ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 1, NIE_GC_MEM_UNSHARE), -ENOENT);
	EXPECT_OUT(test, 2, VM_RECLAIM, vm, PAGES, 2);
}

/* What a guest gives back is zero before the host has it, and gone for the guest. */
static void guest_relinquish(struct kunit *test)
{
	u64 normal = nie_test_vm(test, NIE_VM_NORMAL, 32, FAKE_PLAIN(1) + 40);

	make(test, 32);
	nie_test_topup(test, normal, ROOT + 48, 4);
	nie_test_share(test, normal, PAGES + 9, GFN, 1);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, normal, GFN, NIE_GC_MEM_RELINQUISH),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 2, NIE_GC_MEM_RELINQUISH),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_SHARE), 0);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_RELINQUISH), -EPERM);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_UNSHARE), 0);
	fake_content(PAGES)[7] = 0x5ec;
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_RELINQUISH), 0);
	KUNIT_EXPECT_EQ(test, fake_content(PAGES)[7], 0);
	KUNIT_EXPECT_EQ(test, check_host_perm(PAGES), NIE_PERM_RWX);
	KUNIT_EXPECT_EQ(test, check_walk((u16)(vm % 256), GFN), 0);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN, NIE_GC_MEM_RELINQUISH), -ENOENT);
	/* The same page, or another one, at the same place again. */
	nie_test_donate(test, vm, PAGES, GFN, 1);
	p->file.regs.x[0] = 0xc6000009;
	p->file.regs.x[1] = GFN << 12;
	p->file.regs.x[2] = 0;
	p->file.regs.x[3] = 0;
	KUNIT_ASSERT_EQ(test, model_guest_call((u16)(vm % 256), GFN,
					       NIE_GC_MEM_RELINQUISH), 0);
	KUNIT_EXPECT_FALSE(test, trap(0x5a000000, 7, 0));
	KUNIT_EXPECT_TRUE(test, discloses(0x5a000000, 0, 0, 0xc6000009, GFN << 12));
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0);
	nie_resume(p, NIE_ASK_NEXT | NIE_ASK_SEA, 5);
	KUNIT_EXPECT_EQ(test, p->file.regs.x[0], 0);
	nie_test_check(test);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000009, GFN << 12, 0, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000009, (GFN + 1) << 12, 1, 0), INVALID);
	KUNIT_EXPECT_EQ(test, hvc(test, 0xc6000009, ((GFN + 1) << 12) + 8, 0, 0), INVALID);
	EXPECT_CALL(test, 0, VM_TEARDOWN, vm);
	KUNIT_EXPECT_EQ(test, nie_test_guest_call(test, vm, GFN + 1, NIE_GC_MEM_RELINQUISH),
			-ENOENT);
}

static struct kunit_case protected_cases[] = {
	KUNIT_CASE(start),
	KUNIT_CASE_PARAM(discloses_exit, exit_gen_params),
	KUNIT_CASE_PARAM(supplies, exit_gen_params),
	KUNIT_CASE(loads),
	KUNIT_CASE(own_aborts),
	KUNIT_CASE(undefined),
	KUNIT_CASE(quiet),
	KUNIT_CASE(id_registers),
	KUNIT_CASE(pa_ranges),
	KUNIT_CASE(fixed_registers),
	KUNIT_CASE(calls),
	KUNIT_CASE(entropy),
	KUNIT_CASE(memory_calls),
	KUNIT_CASE(mmio_ranges),
	KUNIT_CASE(psci),
	KUNIT_CASE(guest_share),
	KUNIT_CASE(guest_relinquish),
	{}
};

static struct kunit_suite protected_suite = {
	.name = "nie_protected",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = protected_cases,
};

kunit_test_suite(protected_suite);
