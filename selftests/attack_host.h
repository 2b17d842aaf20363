/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's own registers, those that a run of a guest has to leave alone. */
#ifndef SELFTESTS_ATTACK_HOST_H
#define SELFTESTS_ATTACK_HOST_H

#include <linux/types.h>

#define SYS_SP_EL0	sys_reg(3, 0, 4, 1, 0)
#define SYS_FPCR	sys_reg(3, 3, 4, 4, 0)
#define SYS_FPSR	sys_reg(3, 3, 4, 4, 1)
#define SYS_DBGBVR0_EL1	sys_reg(2, 0, 0, 0, 4)
#define SYS_DBGBCR0_EL1	sys_reg(2, 0, 0, 0, 5)
#define SYS_DBGWVR0_EL1	sys_reg(2, 0, 0, 0, 6)
#define SYS_DBGWCR0_EL1	sys_reg(2, 0, 0, 0, 7)
#define HOST_REGS(X)	\
	X(SCTLR_EL1) X(CPACR_EL1) X(TTBR0_EL1) X(TTBR1_EL1) X(TCR_EL1) X(ESR_EL1) X(AFSR0_EL1)	\
	X(AFSR1_EL1) X(FAR_EL1) X(MAIR_EL1) X(VBAR_EL1) X(CONTEXTIDR_EL1) X(AMAIR_EL1)		\
	X(CNTKCTL_EL1) X(PAR_EL1) X(TPIDR_EL1) X(ELR_EL1) X(SPSR_EL1) X(SP_EL0) X(TPIDR_EL0)	\
	X(TPIDRRO_EL0) X(MDSCR_EL1) X(CNTV_CVAL_EL0) X(CNTP_CVAL_EL0) X(CNTV_CTL_EL0)		\
	X(ICC_PMR_EL1) X(ICC_BPR1_EL1) X(ICC_CTLR_EL1) X(ICC_IGRPEN1_EL1) X(ICC_SRE_EL1)	\
	X(FPCR) X(FPSR) X(DBGBVR0_EL1) X(DBGBCR0_EL1) X(DBGWVR0_EL1) X(DBGWCR0_EL1)		\
	X(OSLSR_EL1) X(CSSELR_EL1) X(MPIDR_EL1) X(MIDR_EL1)
/* On a CPU with pointer authentication. */
#define HOST_KEYS(X)	\
	X(APIAKEYLO_EL1) X(APIAKEYHI_EL1) X(APIBKEYLO_EL1) X(APIBKEYHI_EL1) X(APDAKEYLO_EL1)	\
	X(APDAKEYHI_EL1) X(APDBKEYLO_EL1) X(APDBKEYHI_EL1) X(APGAKEYLO_EL1) X(APGAKEYHI_EL1)

#define HOST_COUNT(reg)	+ 1
enum {
	NR_HOST_KEYS = 0 HOST_KEYS(HOST_COUNT),
	NR_HOST_REGS = 0 HOST_REGS(HOST_COUNT) + NR_HOST_KEYS + 1,	/* DISR_EL1: with RAS */
};

#undef HOST_COUNT

extern const char *const host_reg_names[NR_HOST_REGS];

/* What a CPU has not is not written to @val. */
void read_host(u64 *val);
/* Has this CPU keys of pointer authentication, RAS? */
bool has_pauth(void);
bool has_ras(void);

#endif /* SELFTESTS_ATTACK_HOST_H */
