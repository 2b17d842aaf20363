/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the core: page records and their counts, VMs, vCPUs. What each means is said here;
 * what holds of them together is in invariants.h; who may write them in page.h, vm.h and vcpu.h.
 */
#ifndef NIE_EL2_STATE_H
#define NIE_EL2_STATE_H

#include "types.h"

/**
 * struct nie_page - what NIE knows of one 4 KiB page
 * @kind: owner and state in one, enum nie_kind
 * @level: of a NIE_TABLE page: 1 (root), 2 or 3
 * @vm: HOST_SHARED_GUEST, GUEST, GUEST_SHARED_HOST, NIE_FREE, NIE_TABLE, NIE_CTX: the VM's slot
 * @base: the gfn (HOST_SHARED_GUEST, GUEST*), the table's first gfn / 512^(4 - level) (NIE_TABLE),
 *	the slot in the VM's pool (NIE_FREE), the vCPU index (NIE_CTX), 1 if it is
 *	some vCPU's run page (HOST_SHARED_NIE); else 0
 */
struct nie_page {
	u8 kind;
	u8 level;
	u16 vm;
	u32 base;
};

_Static_assert(sizeof(struct nie_page) == 8, "a record is 8 bytes");

/* Number of records of each kind, and number of records that name each VM. */
struct nie_counts {
	u64 kind[NIE_NR_KINDS];
	u32 vm[NIE_NR_VMS];
};

extern struct nie_counts nie_counts;

#define NIE_IPA_BITS_MIN	32u
#define NIE_IPA_BITS_MAX	43u
#define NIE_GEN_MAX		0xffffffu

enum nie_vm_state {
	NIE_VM_NONE,		/* no VM in this slot */
	NIE_VM_LIVE,
	NIE_VM_DYING,		/* tables are dead; records that name it are released one by one */
};

/**
 * struct nie_vm - one VM
 * @state: enum nie_vm_state
 * @type: NIE_VM_NORMAL or NIE_VM_PROTECTED
 * @ipa_bits: size of the guest physical address space
 * @root_pfn: first of the contiguous level-1 tables
 * @nr_roots: number of level-1 tables
 * @generation: of the handle in use, or of the next one
 * @pool_nr: number of free table pages
 * @loaded: number of vCPUs that are loaded on some CPU
 * @pool: the free table pages
 * @vcpu: context page of each vCPU, NIE_NO_PAGE if there is none
 * @last_vcpu: for each CPU, index + 1 of the vCPU of this VM that ran there last, 0 if none did
 */
struct nie_vm {
	u8 state;
	u8 type;
	u8 ipa_bits;
	u8 nr_roots;
	u32 root_pfn;
	u32 generation;
	u32 pool_nr;
	u32 loaded;
	u32 pool[NIE_NR_POOL];
	u32 vcpu[NIE_NR_VCPUS];
	u16 last_vcpu[NIE_NR_CPUS];
};

struct nie_vms {
	struct nie_vm vm[NIE_NR_VMS];
};

extern struct nie_vms nie_vms;

/**
 * struct nie_vcpu - a vCPU, at the start of its context page
 * @vm: slot of its VM
 * @index: its index in the VM
 * @run_pfn: its run page
 * @cpu: the CPU that has it loaded, or NIE_NO_CPU
 * @ipa_bits: of its VM
 * @protected: its VM is protected
 * @vttbr: VTTBR_EL2 to run it with
 */
struct nie_vcpu {
	u16 vm;
	u16 index;
	u32 run_pfn;
	u32 cpu;
	u8 ipa_bits;
	u8 is_protected;
	u64 vttbr;
};

#endif /* NIE_EL2_STATE_H */
