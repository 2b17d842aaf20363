/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module (EL1): what its files share. Each step of loading has an undo; see main.c for the
 * order.
 */
#ifndef NIE_NIE_H
#define NIE_NIE_H

#include <linux/list.h>
#include <linux/types.h>
#include "el2/types.h"
#include "el2/arch/boot.h"

#undef pr_fmt
#define pr_fmt(fmt) "nie: " fmt

/* Steps of loading, for nie.fail_step= (tests). */
enum nie_step {
	NIE_STEP_PROBE = 1,
	NIE_STEP_ATTACH,
	NIE_STEP_RESERVE,
	NIE_STEP_PLACE,
	NIE_STEP_ENTER,
	NIE_STEP_INIT_MEM,
	NIE_STEP_INIT_CPU,
	NIE_STEP_SEAL,
};

/**
 * nie_inject_failure() - does the fail_step parameter ask for a failure of this step
 * @step: which
 * Return: true once, if so.
 */
bool nie_inject_failure(enum nie_step step);

/**
 * struct nie_host - what probe found out about this machine
 * @flags: NIE_BOOT_*
 * @pa_bits: physical address bits, at most 48
 * @parange: ID_AA64MMFR0_EL1.PARange, for TCR_EL2 and VTCR_EL2
 * @bti: the CPUs have FEAT_BTI
 */
struct nie_host {
	u64 flags;
	u32 pa_bits;
	u32 parange;
	bool bti;
};

int nie_probe(struct nie_host *host);

/**
 * struct nie_mem - memory given to NIE
 * @nr_ram: ranges of RAM in @ram
 * @ram: System RAM, in pages
 * @nr_deny: ranges of device memory in @deny
 * @deny: what the host is not to reach from seal on
 * @nr_gic: pages in @gic
 * @gic: pages with registers that make the GIC write memory, and what these hold
 * @gic_reg: the registers that the host may access there
 * @nr_pins: ranges in @pin
 * @pin: the memory that it writes
 * @nr_gibs: GiBs with RAM, denied device memory or registers of @gic
 * @gib: their numbers
 * @nr_chunks: 2 MiB chunks allocated, in @chunk
 * @chunk: their first pages
 * @region: rest of the memory set aside by reserve_mem=size:2M:nie on the command line, physical
 * @region_end: its end
 * @from_region: the first so many chunks are from there, and are not freed
 * @bump: where the next small allocation comes from, in the current chunk
 */
struct nie_mem {
	u32 nr_ram;
	struct nie_boot_range ram[NIE_BOOT_MAX_RANGES];
	u32 nr_deny;
	struct nie_boot_range deny[NIE_BOOT_MAX_DENY];
	u32 nr_gic;
	struct nie_boot_gic gic[NIE_BOOT_MAX_GIC];
	struct nie_boot_reg gic_reg[NIE_NR_GIC_FRAMES][NIE_BOOT_MAX_REGS];
	u32 nr_pins;
	struct nie_boot_range pin[NIE_BOOT_MAX_PINS];
	u32 nr_gibs;
	u32 gib[NIE_BOOT_MAX_GIBS];
	u32 nr_chunks;
	struct page **chunk;
	phys_addr_t region, region_end;
	u32 from_region;
	unsigned long bump, bump_end;
};

#define NIE_CHUNK_ORDER	9
#define NIE_CHUNK_SIZE	(4096ul << NIE_CHUNK_ORDER)

/* Find RAM; later release everything. */
int nie_reserve(struct nie_mem *mem);
int nie_reserve_deny(struct nie_mem *mem, const char *list);
int nie_reserve_gic(struct nie_mem *mem);
/* Have records and host tables for this GiB; -E2BIG if there are too many. */
int nie_reserve_gib(struct nie_mem *mem, u64 gib);
void nie_release(struct nie_mem *mem);
/*
 * A zeroed 2 MiB chunk, or @nr zeroed pages aligned to @nr rounded up to a power of two; kernel
 * address or 0.
 */
unsigned long nie_chunk_alloc(struct nie_mem *mem);
unsigned long nie_page_alloc(struct nie_mem *mem, u32 nr);

/**
 * struct nie_placed - the image in its place
 * @boot: boot page
 * @boot_pa: its physical address
 * @image_pa: physical address of the image
 * @entry_pa: physical address of nie_entry
 * @panic: page for the registers of an EL2 panic
 * @bytes: memory NIE owns from now on
 */
struct nie_placed {
	struct nie_boot *boot;
	phys_addr_t boot_pa;
	phys_addr_t image_pa;
	phys_addr_t entry_pa;
	struct nie_panic *panic;
	u64 bytes;
};

int nie_place(const struct nie_host *host, struct nie_mem *mem, struct nie_placed *placed,
	      bool debug);

/* SHA-256 of the embedded image, hex, NUL-terminated. */
const char *nie_image_digest(void);

/* Take EL2 over on all CPUs and seal; on failure every CPU is back at the hyp-stub. */
int nie_takeover(const struct nie_placed *placed);
/* Tests only (debug_unload=1): give EL2 back. */
int nie_give_back(void);
/* EL2 of every CPU is the hyp-stub again: have KVM install itself, through its CPU PM notifier. */
void nie_restore_kvm(void);

/* takeover_asm.S */
u64 nie_stub_call(u64 fn, u64 a1, u64 a2, u64 a3);
u64 nie_leave_call(void);
void nie_panic_entry(void);
void nie_panic_report(void);
/* What nie_panic_report() prints from; before nie_takeover(). */
void nie_set_panic_page(const struct nie_placed *placed);

/* Is this a crash kernel? Then its /proc/vmcore can be read from here on. */
bool nie_vmcore_init(void);

int nie_sysfs_init(u64 bytes);
void nie_sysfs_exit(void);
void nie_sysfs_vm(u32 handle, bool exists, const u8 *measurement);

#endif /* NIE_NIE_H */
