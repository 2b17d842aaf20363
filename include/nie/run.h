/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run page: one 4 KiB page a vCPU, host memory shared with NIE.
 *
 * Owner: the host, except between vcpu_run and its return, when NIE reads and
 * writes it and the host must not rely on what it finds there.
 * NIE reads each field at most once a call and masks what it reads. For a
 * normal VM the register file is here, since it belongs to the host anyway.
 * A protected VM's is NIE's, and of this page vcpu_run uses only: hcr (TWI,
 * TWE), vgic_hcr, used_lrs, lr and ask on the way in; regs.x[0] if ask says so;
 * before the first run of vCPU 0 regs.pc and regs.x[0], where it starts and
 * what it finds in x0. On the way out lr, vmcr, esr, far, hpfar, disr, cntv_ctl,
 * cntv_cval, regs.x[0] and regs.x[1], each 0 if the exit does not disclose it.
 */
#ifndef NIE_RUN_H
#define NIE_RUN_H

#include <linux/types.h>

/* EL1 and EL0 system registers that the world switch saves and restores, in run page order. */
#define NIE_SYSREGS(X)		\
	X(MPIDR_EL1)		\
	X(SCTLR_EL1)		\
	X(CPACR_EL1)		\
	X(TTBR0_EL1)		\
	X(TTBR1_EL1)		\
	X(TCR_EL1)		\
	X(ESR_EL1)		\
	X(AFSR0_EL1)		\
	X(AFSR1_EL1)		\
	X(FAR_EL1)		\
	X(MAIR_EL1)		\
	X(VBAR_EL1)		\
	X(CONTEXTIDR_EL1)	\
	X(AMAIR_EL1)		\
	X(CNTKCTL_EL1)		\
	X(PAR_EL1)		\
	X(TPIDR_EL1)		\
	X(SP_EL1)		\
	X(ELR_EL1)		\
	X(SPSR_EL1)		\
	X(TPIDR_EL0)		\
	X(TPIDRRO_EL0)		\
	X(MDSCR_EL1)		\
	X(DISR_EL1)		\
	X(APIAKEYLO_EL1)	\
	X(APIAKEYHI_EL1)	\
	X(APIBKEYLO_EL1)	\
	X(APIBKEYHI_EL1)	\
	X(APDAKEYLO_EL1)	\
	X(APDAKEYHI_EL1)	\
	X(APDBKEYLO_EL1)	\
	X(APDBKEYHI_EL1)	\
	X(APGAKEYLO_EL1)	\
	X(APGAKEYHI_EL1)

#define NIE_SYSREG_ENUM(name) NIE_SR_##name,
enum nie_sysreg { NIE_SYSREGS(NIE_SYSREG_ENUM) NIE_NR_SYSREGS };
#undef NIE_SYSREG_ENUM

#define NIE_MAX_LRS	16

/* Same layout as the kernel's struct user_pt_regs. sp is SP_EL0. */
struct nie_regs {
	__u64 x[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

/* Same layout as the kernel's struct user_fpsimd_state. */
struct nie_fpsimd {
	__u64 v[64];
	__u32 fpsr;
	__u32 fpcr;
	__u32 reserved[2];
};

/* The registers of a vCPU: at `regs` in the run page, or NIE's own of a protected one. */
struct nie_file {
	struct nie_regs regs;
	__u64 sysregs[NIE_NR_SYSREGS];
	__u64 reserved;
	struct nie_fpsimd fp __attribute__((aligned(16)));
};

/*
 * What the host does about the last exit of a protected vCPU, once, in `ask`. Bits that the exit
 * does not take are ignored.
 */
#define NIE_ASK_NEXT	1UL	/* done: the next instruction; a read takes regs.x[0] */
#define NIE_ASK_SEA	2UL	/* an access failed: synchronous external abort */
#define NIE_ASK_VSE	4UL	/* after an SError: the guest is to take it */

struct nie_run {
	/* In, read by vcpu_run. */
	/*
	 * HCR_EL2 bits the host asks for: TWI TWE VSE TVM TID1 TID2 TID4 API APK; others are
	 * ignored. VSE is also out: clear once the guest has taken the virtual SError.
	 */
	__u64 hcr;
	__u64 mdcr;		/* MDCR_EL2 bits the host asks for: TDE TDA; others ignored */
	__u64 vsesr;		/* VSESR_EL2, used if HCR_EL2.VSE */
	__u32 phys_timer;	/* 1: the guest may read CNTPCT_EL0 directly (no physical offset) */
	__u32 used_lrs;		/* list registers in use, clamped to what the CPU has */
	/* ICH_HCR_EL2: En UIE LRENPIE NPIE VGrp*IE TC TALL0 TALL1 TDIR; others ignored */
	__u64 vgic_hcr;
	__u64 reserved0[2];
	/* In at vcpu_load, out at vcpu_put. */
	__u64 cntvoff;		/* CNTVOFF_EL2 while loaded (in only) */
	__u64 vmcr;		/* ICH_VMCR_EL2 */
	__u64 ap0r[4];		/* ICH_AP0R<n>_EL2 */
	__u64 ap1r[4];		/* ICH_AP1R<n>_EL2 */
	/* In, vcpu_run, protected VMs. */
	__u64 ask;		/* NIE_ASK_* */
	__u64 reserved1[2];
	/* In and out, vcpu_run. */
	__u64 lr[NIE_MAX_LRS];	/* ICH_LR<n>_EL2 */
	/* Out, written by vcpu_run. */
	__u64 esr;		/* ESR_EL2 of a trap */
	__u64 far;		/* FAR_EL2 of an abort */
	__u64 hpfar;		/* HPFAR_EL2 of an abort */
	__u64 disr;		/* DISR_EL1 with NIE_EXIT_WITH_SERROR on a CPU with RAS */
	/* Out, vcpu_run, protected VMs: the virtual timer, or 0 if it is off or masked. */
	__u64 cntv_ctl;		/* CNTV_CTL_EL0 */
	__u64 cntv_cval;	/* CNTV_CVAL_EL0 */
	__u64 reserved2[4];
	/* The register file of a normal VM's vCPU. */
	struct nie_regs regs;
	__u64 sysregs[NIE_NR_SYSREGS];
	__u64 reserved3;
	struct nie_fpsimd fp __attribute__((aligned(16)));
	__u8 reserved4[2640];
};

_Static_assert(sizeof(struct nie_regs) == 272, "layout");
_Static_assert(sizeof(struct nie_fpsimd) == 528, "layout");
_Static_assert(sizeof(struct nie_run) == 4096, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, regs) == 368, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, sysregs) == 640, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, fp) == 928, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, ask) == 136, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, lr) == 160, "layout");
_Static_assert(__builtin_offsetof(struct nie_run, cntv_ctl) == 320, "layout");
_Static_assert(__builtin_offsetof(struct nie_file, sysregs) == 640 - 368, "layout");
_Static_assert(__builtin_offsetof(struct nie_file, fp) == 928 - 368, "layout");

#endif /* NIE_RUN_H */
