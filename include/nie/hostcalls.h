/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * THE table of host calls: ids, dispatch, EL1 wrappers, tracepoint and counter
 * names, the fuzzer's descriptions and Documentation/abi-hostcalls.rst are all
 * generated from NIE_HOSTCALLS() below. Nothing about a call is written twice.
 *
 * Calling convention (SMCCC 1.1 fast call, vendor specific hypervisor range):
 *   in:  x0 = NIE_HC_ID(n), x1..x6 arguments
 *   out: x0 = 0, or -1 (NOT_SUPPORTED) for an id that is not in the table,
 *        x1 = 0 or a negative errno, x2..x5 outputs (zero on failure).
 *        x6..x17 are preserved.
 *
 * Errno, in order of precedence; a call that fails has had no effect at all:
 *   -EACCES  the call is not available in this phase (early call after seal, ...)
 *   -EINVAL  shape: an argument is out of its range, misaligned, or a range wraps
 *   -ENOENT  no such VM or vCPU: never existed, destroyed, or a stale handle
 *   -EPERM   the owner or the state of a page, or the state of the VM, forbids it
 *   -EEXIST  something is there already (a mapping at the gfn, a vCPU of that index)
 *   -EBUSY   in use now (a vCPU loaded elsewhere, a VM with pages or loaded vCPUs)
 *   -ENOMEM  the VM's table pool is too small, x2 = number of pages wanted; x2 = 0 if the pool is
 *            full, or if there is no VM slot left
 */
#ifndef NIE_HOSTCALLS_H
#define NIE_HOSTCALLS_H

#define NIE_ABI_VERSION		1

/* SMCCC: fast call, 64-bit convention, vendor specific hypervisor service, own number space. */
#define NIE_HC_BASE		0xC6008000
#define NIE_HC_MASK		0xFFFFFF00
#define NIE_HC_ID(n)		(NIE_HC_BASE + (n))

/* Phases. A call is available in the phases that its row names; see nie_hc_dispatch(). */
#define NIE_PHASE_DEAD		0	/* EL2 has faulted: no call is available any more */
#define NIE_PHASE_EARLY		1	/* from takeover until seal */
#define NIE_PHASE_SEALED	2	/* from seal on */
#define NIE_PHASE_ANY		3
#define NIE_PHASE_DEBUG		4	/* any of both, and only if loaded with debug_unload=1 */
#define NIE_PHASE_ENDING	8	/* reset or crash kernel: no call is available any more */

/* UID returned by NIE_HC_VERSION: 4e49452d-6973-6f6c-6174-696f6e2d3031, in two halves. */
#define NIE_UID_LO		0x4e49452d69736f6cUL
#define NIE_UID_HI		0x6174696f6e2d3031UL

/* The largest number of 4 KiB pages one call works on: bounds its time at EL2. */
#define NIE_MAX_RANGE		512UL

/* VM types, the argument of vm_create. */
#define NIE_VM_NORMAL		0UL	/* host pages shared with the VM */
#define NIE_VM_PROTECTED	1UL	/* host pages donated to the VM */

/* Permissions of a guest mapping, the argument `prot`. NIE_PROT_R must be set. */
#define NIE_PROT_R		1UL
#define NIE_PROT_W		2UL
#define NIE_PROT_X		4UL
#define NIE_PROT_NC		8UL	/* Normal non-cacheable instead of write-back */

/* Exit codes of vcpu_run (x2). The values are those of KVM's ARM_EXCEPTION_*. */
#define NIE_EXIT_IRQ		0UL
#define NIE_EXIT_SERROR		1UL
#define NIE_EXIT_TRAP		2UL
#define NIE_EXIT_IL		4UL
#define NIE_EXIT_OFF		5UL	/* a protected vCPU that its VM has not turned on */
#define NIE_EXIT_WITH_SERROR	(1UL << 31)	/* or-ed in: an SError was pending */

/*
 * X(nr, NAME, name, phase, nr_args, (argument names), "outputs", "lock", (errors), "doc")
 *   lock: "nie" takes the NIE lock at EL2, "none" does not.
 *   errors: all that the call returns in its phase, in order of precedence.
 */
#define NIE_HOSTCALLS(X)									\
X(0x00, VERSION, version, ANY, 0, (), "abi, features, uid_lo, uid_hi", "none", (),		\
	"Identify NIE. features: bit 0 sealed, bit 1 debug_unload.")				\
X(0x01, STATS, stats, ANY, 1, (kind), "pages", "nie", (EINVAL),					\
	"Number of RAM pages whose record has this kind (enum nie_kind).")			\
X(0x08, INIT_MEM, init_mem, EARLY, 0, (), "", "nie", (EINVAL, EPERM),				\
	"Build page records and the host stage-2 from the boot page. Once, on one CPU.")	\
X(0x09, INIT_CPU, init_cpu, EARLY, 0, (), "", "none", (EPERM),					\
	"Put this CPU under the host stage-2. After init_mem.")					\
X(0x0a, LEAVE, leave, EARLY, 0, (), "", "none", (),						\
	"Give this CPU's EL2 back to the hyp-stub that was there before. "			\
	"Does not return to NIE.")								\
X(0x0b, SEAL, seal, EARLY, 0, (), "", "nie", (EPERM),						\
	"End the early phase. -EPERM unless every CPU that entered is under stage-2.")		\
X(0x0c, UNSEAL, unseal, DEBUG, 0, (), "", "nie", (EBUSY),					\
	"Tests only: back to the early phase so that leave works. -EBUSY while a VM exists.")	\
X(0x0d, FAULT, fault, DEBUG, 0, (), "", "none", (),						\
	"Tests only: make EL2 fault on itself, to show the panic path.")			\
X(0x10, SHARE_NIE, share_nie, SEALED, 1, (pfn), "", "nie", (EINVAL, EPERM),			\
	"HOST => HOST_SHARED_NIE, for a run page.")						\
X(0x11, UNSHARE_NIE, unshare_nie, SEALED, 1, (pfn), "", "nie", (EINVAL, EPERM, EBUSY),		\
	"HOST_SHARED_NIE => HOST. -EBUSY while a vCPU uses it as its run page.")		\
X(0x20, VM_CREATE, vm_create, SEALED, 3, (type, ipa_bits, root_pfn), "handle",			\
	"nie", (EINVAL, EPERM, ENOMEM),								\
	"Create a VM. ipa_bits 32..43. root_pfn: first of 2^max(0, ipa_bits - 39) pages, "	\
	"naturally aligned, HOST => NIE_TABLE.")						\
X(0x21, VM_TOPUP, vm_topup, SEALED, 3, (handle, pfn, nr), "",					\
	"nie", (EINVAL, ENOENT, EPERM, ENOMEM),							\
	"Donate pages for the VM's tables: HOST => NIE_FREE. "					\
	"-ENOMEM if the pool cannot hold them.")						\
X(0x22, VM_TEARDOWN, vm_teardown, SEALED, 1, (handle), "", "nie", (ENOENT, EPERM, EBUSY),	\
	"Start the VM's death: it has no table and no vCPU from here on. "			\
	"-EBUSY while a vCPU is loaded.")							\
X(0x23, VM_RECLAIM, vm_reclaim, SEALED, 3, (handle, pfn, nr), "pages",				\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"Take back what a dying VM holds in this range; what it owned is zeroed first. "	\
	"Pages of the range that the VM does not hold are passed over.")			\
X(0x24, VM_DESTROY, vm_destroy, SEALED, 1, (handle), "", "nie", (ENOENT, EPERM, EBUSY),		\
	"Free the handle of a dying VM. -EBUSY while a page record names it.")			\
X(0x25, VCPU_CREATE, vcpu_create, SEALED, 4, (handle, index, ctx_pfn, run_pfn), "",		\
	"nie", (EINVAL, ENOENT, EPERM, EEXIST, EBUSY),						\
	"Create a vCPU, index 0..511. ctx_pfn: HOST => NIE_CTX. "				\
	"run_pfn: HOST_SHARED_NIE and unused.")							\
X(0x26, VM_INFO, vm_info, ANY, 1, (handle), "type, dying, pages, free", "nie", (ENOENT),	\
	"What NIE knows of a VM: its type, whether it is dying, pages held, pages in its pool.")\
X(0x30, DONATE_GUEST, donate_guest, SEALED, 4, (handle, pfn, gfn, nr), "wanted",		\
	"nie", (EINVAL, ENOENT, EPERM, EEXIST, ENOMEM),						\
	"HOST => GUEST(vm, gfn): the VM has the pages, the host no longer. Protected VMs.")	\
X(0x31, SHARE_GUEST, share_guest, SEALED, 5, (handle, pfn, gfn, nr, prot), "wanted",		\
	"nie", (EINVAL, ENOENT, EPERM, EEXIST, ENOMEM),						\
	"HOST => HOST_SHARED_GUEST(vm, gfn). Normal VMs.")					\
X(0x32, UNSHARE_GUEST, unshare_guest, SEALED, 3, (handle, gfn, nr), "pages",			\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"HOST_SHARED_GUEST => HOST for every page mapped in the range; holes are passed over.")	\
X(0x33, RELAX_GUEST, relax_guest, SEALED, 3, (handle, gfn, prot), "",				\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"Add permissions to one mapped page and mark it accessed. "				\
	"-EPERM if nothing is mapped. Normal VMs.")						\
X(0x34, WRPROTECT_GUEST, wrprotect_guest, SEALED, 3, (handle, gfn, nr), "pages",		\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"Remove write permission in the range; holes are passed over. Normal VMs.")		\
X(0x35, AGE_GUEST, age_guest, SEALED, 4, (handle, gfn, nr, clear), "young",			\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"Number of pages in the range accessed since last cleared; clear = 1 clears. Normal VMs.")\
X(0x36, TLB_FLUSH_VM, tlb_flush_vm, SEALED, 1, (handle), "", "nie", (ENOENT),			\
	"Invalidate all TLB entries of the VM on all CPUs.")					\
X(0x37, QUERY_GUEST, query_guest, SEALED, 2, (handle, gfn), "pfn, prot",			\
	"nie", (EINVAL, ENOENT, EPERM),								\
	"What is mapped at gfn. -EPERM if nothing is. Normal VMs.")				\
X(0x40, VCPU_LOAD, vcpu_load, SEALED, 2, (handle, index), "",					\
	"nie", (EINVAL, ENOENT, EPERM, EBUSY),							\
	"Claim a vCPU for this CPU; loads vGIC CPU interface state and CNTVOFF "		\
	"from the run page of a normal VM's.")							\
X(0x41, VCPU_PUT, vcpu_put, SEALED, 0, (), "", "nie", (EPERM),					\
	"Release this CPU's vCPU; saves vGIC CPU interface state to the run page, CNTVOFF = 0.")\
X(0x42, VCPU_RUN, vcpu_run, SEALED, 0, (), "exit code", "none", (EPERM),			\
	"Run this CPU's vCPU until an exit. -EPERM if none is loaded.")

/* Ids: NIE_HC_VERSION ..., and one more than the last. */
#define NIE_HC_ENUM(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc) NIE_HC_##NAME = nr,
enum nie_hc { NIE_HOSTCALLS(NIE_HC_ENUM) NIE_HC_END };
#undef NIE_HC_ENUM

/* Kinds of page records (struct nie_page.kind) as `stats` counts them. */
#define NIE_KINDS(X)								\
	X(NOT_RAM)		/* not RAM, or RAM that NIE was not told of */	\
	X(HOST)			/* the host's own */				\
	X(HOST_SHARED_NIE)	/* the host's, shared with NIE */		\
	X(HOST_SHARED_GUEST)	/* the host's, shared with one VM at one gfn */	\
	X(GUEST)		/* a VM's own, at one gfn */			\
	X(GUEST_SHARED_HOST)	/* a VM's, shared with the host */		\
	X(NIE_IMAGE)		/* NIE's code, data, records, fixed tables */	\
	X(NIE_FREE)		/* in a VM's pool */				\
	X(NIE_TABLE)		/* a VM's stage-2 table */			\
	X(NIE_CTX)		/* a vCPU context */				\
	X(NIE_DEVICE)		/* device memory that the host must not have */

#define NIE_KIND_ENUM(name) NIE_K_##name,
enum nie_kind { NIE_KINDS(NIE_KIND_ENUM) NIE_NR_KINDS };
#undef NIE_KIND_ENUM

#endif /* NIE_HOSTCALLS_H */
