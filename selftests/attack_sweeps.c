// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest executes every system instruction there is: op0 1 to 3, both directions. Each is
 * undefined, or one of a list that an EL1 of its own may have; of the host's registers none changes
 * (run_once() compares them) and none is read.
 */
#include <linux/mm.h>
#include <asm/sysreg.h>
#include "attack.h"
#include "attack_guest.h"
#include "attack_turns.h"

/* Encodings as they stand in an instruction, and ranges of them, Arm ARM C5, D24. */
#define ENC(op0, op1, crn, crm, op2)	\
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define ANY_OP2(args...)	ENC(args, 0), ENC(args, 7)
#define ANY_CRM(args...)	ENC(args, 0, 0), ENC(args, 15, 7)
#define ONE(args...)		ENC(args), ENC(args)
#define IN_SYS	0x200000u		/* bit L of SYSL, MRS */

/* What is not undefined in the guest, by its own nature or because NIE answers it. */
static const u32 defined[][2] = {
	/* SYS: IC, DC by address, AT of stage 1, TLBI of EL1 */
	{ ONE(1, 0, 7, 1, 0) }, { ONE(1, 0, 7, 5, 0) }, { ONE(1, 3, 7, 5, 1) },
	{ ONE(1, 0, 7, 6, 1) }, { ENC(1, 0, 7, 6, 3), ENC(1, 0, 7, 6, 3) },
	{ ANY_OP2(1, 3, 7, 4) }, { ANY_OP2(1, 3, 7, 10) }, { ANY_OP2(1, 3, 7, 11) },
	{ ANY_OP2(1, 3, 7, 12) }, { ANY_OP2(1, 3, 7, 13) }, { ANY_OP2(1, 3, 7, 14) },
	{ ENC(1, 0, 7, 8, 0), ENC(1, 0, 7, 9, 1) }, { ANY_OP2(1, 3, 7, 3) },
	{ ENC(1, 0, 8, 1, 0), ENC(1, 0, 9, 7, 7) },
	/* Debug: read as zero */
	{ ENC(2, 0, 0, 0, 0), ENC(2, 0, 7, 15, 7) }, { ENC(2, 3, 0, 0, 0), ENC(2, 3, 0, 15, 7) },
	/* Identification */
	{ ENC(3, 0, 0, 0, 0), ENC(3, 0, 0, 7, 7) }, { ONE(3, 1, 0, 0, 0) },
	{ ONE(3, 1, 0, 0, 1) }, { ONE(3, 1, 0, 0, 7) }, { ONE(3, 2, 0, 0, 0) },
	{ ONE(3, 3, 0, 0, 1) }, { ONE(3, 3, 0, 0, 7) },
	/* SCTLR, ACTLR, CPACR; translation and its keys; exceptions */
	{ ENC(3, 0, 1, 0, 0), ENC(3, 0, 1, 0, 2) }, { ENC(3, 0, 2, 0, 0), ENC(3, 0, 2, 0, 2) },
	{ ENC(3, 0, 2, 1, 0), ENC(3, 0, 2, 3, 1) }, { ENC(3, 0, 4, 0, 0), ENC(3, 0, 4, 2, 4) },
	{ ONE(3, 0, 4, 6, 0) }, { ENC(3, 0, 5, 1, 0), ENC(3, 0, 5, 2, 0) },
	{ ONE(3, 0, 6, 0, 0) },
	{ ONE(3, 0, 7, 4, 0) }, { ONE(3, 0, 10, 2, 0) }, { ONE(3, 0, 10, 3, 0) },
	{ ONE(3, 0, 12, 0, 0) }, { ONE(3, 0, 12, 1, 0) }, { ONE(3, 0, 12, 1, 1) },
	/* GIC CPU interface; SGIs are for the host */
	{ ENC(3, 0, 12, 8, 0), ENC(3, 0, 12, 9, 7) },
	{ ENC(3, 0, 12, 11, 1), ENC(3, 0, 12, 12, 7) },
	/* CONTEXTIDR, TPIDR; timers: CNTP is for the host */
	{ ONE(3, 0, 13, 0, 1) }, { ONE(3, 0, 13, 0, 4) }, { ONE(3, 0, 14, 1, 0) },
	{ ONE(3, 3, 2, 4, 0) }, { ONE(3, 3, 2, 4, 1) }, { ENC(3, 3, 4, 2, 0), ENC(3, 3, 4, 5, 1) },
	{ ONE(3, 3, 13, 0, 2) }, { ONE(3, 3, 13, 0, 3) },
	{ ENC(3, 3, 14, 0, 0), ENC(3, 3, 14, 3, 2) },
	/*
	 * What QEMU 7.2 does not trap: implementation defined (HCR_EL2.TIDCP); SMPRI_EL1 and
	 * TPIDR2_EL0 of SME (HFGRTR_EL2, since SME comes with FGT)
	 */
	{ ANY_CRM(3, 1, 11) }, { ANY_CRM(3, 1, 15) },
	{ ONE(3, 0, 1, 2, 4) }, { ONE(3, 3, 13, 0, 5) },
};

/* Writes that would end the sweep itself: what the guest's code stands on. */
static const u32 spared[][2] = {
	{ ENC(3, 0, 1, 0, 0), ENC(3, 0, 1, 0, 2) }, { ONE(3, 0, 4, 1, 0) }, { ONE(3, 0, 4, 2, 0) },
	{ ONE(3, 0, 12, 0, 0) }, { ONE(3, 0, 13, 0, 4) }, { ONE(3, 3, 13, 0, 2) },
	{ ONE(3, 3, 13, 0, 3) },
};

static bool in_ranges(const u32 (*range)[2], u32 nr, u32 enc)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (enc >= range[i][0] && enc <= range[i][1])
			return true;
	return false;
}

#define IN(args, enc)	in_ranges(args, ARRAY_SIZE(args), enc)

/* Registers as a syndrome has them: CNTP_*, and ICC_SGI*R_EL1 that are written. */
static bool is_hosts(u64 reg, bool read)
{
	static const u32 regs[] = { 0x30f804, 0x32f804, 0x34f804, 0x3a3016, 0x3c3016, 0x3e3016 };
	u32 i;

	for (i = 0; i < (read ? 3 : 6); i++)
		if (reg == regs[i])
			return true;
	return false;
}

/* The host's part in a turn: CNTP_* and SGIs, each with its number and what is written, if any. */
static long with_registers(long code, u64 written)
{
	u64 reg, read;
	u32 i;

	for (i = 0; i < 256 && code != NIE_EXIT_IRQ; i++) {
		if (code != NIE_EXIT_TRAP || run->esr >> 26 != 0x18)
			break;
		read = run->esr & 1;
		reg = run->esr & 0x3ffffe;
		note("a register of the host's", is_hosts(reg, read), true);
		shows("a register", code, ESR(0x18, reg | read), 0, 0, read ? 0 : written, 0);
		run->regs.x[0] = 0x77;
		code = go_on(NIE_ASK_NEXT);
	}
	return code;
}

#define BATCH	64u
#define MARK	0x5a5aul
#define MOV_X7_MARK	0xd28b4b47u	/* mov x7, #MARK */
#define LDR_X1_X3	0xf9400061u	/* ldr x1, [x3] */
#define STP_X7_X1	0xa8810527u	/* stp x7, x1, [x9], #16 */
#define ADD_X9		0x91180129u	/* add x9, x9, #(RESULTS - PROGRAM) */

/* 64 system instructions from @enc on: what x7 is after each, and if it was an exception. */
static void batch(u32 enc, u64 x7, bool (*check)(u32 enc, u64 value, bool taken))
{
	static u32 insn[2 + 4 * BATCH];
	const u64 *result = &shared[RESULTS / 8];
	bool write = !(enc & IN_SYS);
	u64 before = 0;
	u32 i, n = 0;

	insn[n++] = ADD_X9;
	for (i = 0; i < BATCH; i++) {
		insn[n++] = write ? NOP : MOV_X7_MARK;
		insn[n++] = write && IN(spared, enc + 32 * i) ? NOP : 0xd5000007u | (enc + 32 * i);
		insn[n++] = LDR_X1_X3;
		insn[n++] = STP_X7_X1;
	}
	insn[n] = BR_X2;
	turn_done("system instructions", with_registers(program(insn, 0, 0, SHARED_IPA +
								8 * GUEST_TAKEN, x7), x7));
	for (i = 0; i < BATCH; i++) {
		if (!check((enc & ~IN_SYS) + 32 * i, result[2 * i], result[2 * i + 1] != before))
			note_call("a system instruction", (long)(enc + 32 * i), 0);
		before = result[2 * i + 1];
	}
}

/* All with this op0; @in: IN_SYS or 0. */
static void sweep(u32 op0, u32 in, u64 x7, bool (*check)(u32 enc, u64 value, bool taken))
{
	u32 enc;

	for (enc = ENC(op0, 0, 0, 0, 0); enc < ENC(op0 + 1, 0, 0, 0, 0); enc += 32 * BATCH)
		batch(enc | in, x7, check);
}

static bool is_defined(u32 enc, u64 value, bool taken)
{
	return taken || IN(defined, enc);
}

/* A read gives nothing of the host's: no address of the kernel, of debug registers nothing. */
static bool is_readable(u32 enc, u64 value, bool taken)
{
	if (taken)
		return value == MARK;
	if (enc >> 19 == 2 && value)
		return false;
	return IN(defined, enc) && (value >> 48 != 0xffff || value == ~0ul);
}

/* The rest of a sweep: it goes on, and its vCPU is none the worse for it. */
static void after_sweep(void)
{
	whole_turn("MPIDR_EL1", MRS_X7(SYS_MPIDR_EL1), 0, 0);
	note("MPIDR_EL1", (long)shared[GUEST_X7], 1l << 31);
	whole_turn("a store", STR, 5, SCRATCH_IPA);
	whole_turn("a load", LDR, 0, SCRATCH_IPA);
	note("a load", (long)shared[GUEST_X7], 5);
}

/* x7 has the value that a defined register has, and stays as it was for one that is not. */
static bool is_as_known(u32 enc, u64 value, bool taken)
{
	if (enc == ENC(3, 0, 1, 0, 0))		/* SCTLR_EL1, as at reset */
		return !taken && value == 0x30d00800;
	if (enc == ENC(3, 0, 1, 0, 2))		/* CPACR_EL1 */
		return !taken && value == 3 << 20;
	if (enc == ENC(3, 4, 1, 1, 0))		/* HCR_EL2 */
		return taken && value == MARK;
	return true;
}

static bool control_sweep(long want)
{
	begin();
	batch(ENC(3, 0, 1, 0, 0) | IN_SYS, 0, is_as_known);
	batch(ENC(3, 4, 1, 0, 0) | IN_SYS, 0, is_as_known);
	note("undefined ones", shared[GUEST_TAKEN] > 32, true);
	after_sweep();
	end();
	return true;
}

static bool read_all_registers(long want)
{
	begin();
	sweep(2, IN_SYS, 0, is_readable);
	sweep(3, IN_SYS, 0, is_readable);
	after_sweep();
	end();
	return true;
}

static bool write_all_registers(long want)
{
	begin();
	sweep(2, 0, ~0ul, is_defined);
	sweep(3, 0, ~0ul, is_defined);
	sweep(3, 0, 0xa5a5a5a5a5a5a5a6, is_defined);
	after_sweep();
	end();
	return true;
}

static bool all_system_instructions(long want)
{
	begin();
	sweep(1, 0, SCRATCH_IPA, is_defined);
	sweep(1, IN_SYS, 0, is_readable);
	sweep(1, 0, IPA(0xfffffff), is_defined);
	after_sweep();
	end();
	return true;
}

const struct attack sweep_attacks[] = {
	{ "control_sweep", ALLOWED, control_sweep },
	{ "read_all_registers", BY_NOTHING, read_all_registers },
	{ "write_all_registers", BY_NOTHING, write_all_registers },
	{ "all_system_instructions", BY_NOTHING, all_system_instructions },
	{}
};
