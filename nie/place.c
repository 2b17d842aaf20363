// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the EL2 image in its place, EL2's stage-1 tables, the boot page. Lock: none, one caller.
 * Never: maps anything both writable and executable at EL2 (the image is W^X, all else is data).
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>
#include "el2/arch/layout.h"
#include "el2/arch/pte.h"
#include "image.h"
#include "nie.h"

/* One level of EL2's stage 1 down from *table, which is made if it is missing. */
static u64 *s1_next(struct nie_mem *mem, u64 *table, u32 i)
{
	unsigned long next;

	if (!table[i]) {
		next = nie_page_alloc(mem, 1);
		if (!next)
			return NULL;
		table[i] = virt_to_phys((void *)next) | PTE_TABLE;
	}
	return phys_to_virt(table[i] & GENMASK_ULL(47, 12));
}

/* The level-2 table for va. */
static u64 *s1_level2(struct nie_mem *mem, u64 *root, u64 va)
{
	u64 *t = s1_next(mem, root, (va >> 39) & 511);

	return t ? s1_next(mem, t, (va >> 30) & 511) : NULL;
}

/* Map [va, va + size) at EL2, in 2 MiB blocks where that is possible. */
static int s1_map(struct nie_mem *mem, u64 *root, u64 va, phys_addr_t pa, u64 size, u64 prot)
{
	while (size) {
		bool block = IS_ALIGNED(va | pa, NIE_CHUNK_SIZE) && size >= NIE_CHUNK_SIZE;
		u64 step = block ? NIE_CHUNK_SIZE : PAGE_SIZE;
		u64 *t = s1_level2(mem, root, va);

		if (!t)
			return -ENOMEM;
		if (block) {
			t[(va >> 21) & 511] = pa | prot | PTE_BLOCK;
		} else {
			t = s1_next(mem, t, (va >> 21) & 511);
			if (!t)
				return -ENOMEM;
			t[(va >> 12) & 511] = pa | prot | PTE_PAGE;
		}
		va += step;
		pa += step;
		size -= step;
	}
	return 0;
}

static int s1_map_kernel(struct nie_mem *mem, u64 *root, u64 va, unsigned long kva, u64 size)
{
	return s1_map(mem, root, va, virt_to_phys((void *)kva), size, PTE_EL2_RW);
}

/* Records, host tables and window of one GiB. */
static int place_gib(struct nie_mem *mem, u64 *root, u32 gib, struct nie_boot_gib *out)
{
	u64 first = (u64)gib * NIE_PER_GIB;
	unsigned long records = nie_chunk_alloc(mem);
	unsigned long host_l3 = nie_chunk_alloc(mem);
	unsigned long window_l3 = nie_chunk_alloc(mem);
	unsigned long host_l2 = nie_page_alloc(mem, 1);
	unsigned long odd = nie_page_alloc(mem, 1);
	u64 *window_l2 = s1_level2(mem, root, NIE_VA_WINDOW + first * PAGE_SIZE);
	u32 i;

	if (!records || !host_l3 || !window_l3 || !host_l2 || !odd || !window_l2)
		return -ENOMEM;
	for (i = 0; i < 512; i++)
		window_l2[i] = (virt_to_phys((void *)window_l3) + i * PAGE_SIZE) | PTE_TABLE;
	if (s1_map_kernel(mem, root, NIE_VA_RECORDS + first * 8, records, NIE_CHUNK_SIZE) ||
	    s1_map_kernel(mem, root, NIE_VA_HOST_L3 + first * 8, host_l3, NIE_CHUNK_SIZE) ||
	    s1_map_kernel(mem, root, NIE_VA_WINDOW_L3 + first * 8, window_l3, NIE_CHUNK_SIZE) ||
	    s1_map_kernel(mem, root, NIE_VA_HOST_L2 + first / 512 * 8, host_l2, PAGE_SIZE) ||
	    s1_map_kernel(mem, root, NIE_VA_HOST_ODD + first / 512 * 8, odd, PAGE_SIZE))
		return -ENOMEM;
	out->gib = gib;
	out->l2_pfn = (u32)PHYS_PFN(virt_to_phys((void *)host_l2));
	out->l3_pfn = (u32)PHYS_PFN(virt_to_phys((void *)host_l3));
	return 0;
}

/* Stacks and struct nie_cpu of each CPU that may ever come up; the gaps stay unmapped. */
static int place_cpus(struct nie_mem *mem, u64 *root)
{
	u32 cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		u64 va = NIE_VA_CPU + cpu * NIE_CPU_STRIDE;
		unsigned long kva = nie_page_alloc(mem, NIE_CPU_PAGES);

		if (!kva ||
		    s1_map_kernel(mem, root, va + NIE_CPU_STACK, kva, 2 * PAGE_SIZE) ||
		    s1_map_kernel(mem, root, va + NIE_CPU_PANIC_STACK, kva + 2 * PAGE_SIZE,
				  PAGE_SIZE) ||
		    s1_map_kernel(mem, root, va + NIE_CPU_DATA, kva + 3 * PAGE_SIZE, PAGE_SIZE))
			return -ENOMEM;
	}
	return 0;
}

/* Code RX, read-only data RO, data RW, each at its physical address. */
static int place_image(struct nie_mem *mem, u64 *root, struct nie_placed *placed)
{
	const struct nie_image_header *h = (const struct nie_image_header *)nie_image;
	unsigned long kva = nie_page_alloc(mem, (u32)(h->image_end / PAGE_SIZE));
	phys_addr_t pa;

	if (!kva)
		return -ENOMEM;
	pa = virt_to_phys((void *)kva);
	memcpy((void *)kva, nie_image, nie_image_blob_end - nie_image);
	*(u64 *)(kva + h->boot_pa) = placed->boot_pa;
	placed->image_pa = pa;
	placed->entry_pa = pa + h->entry;
	if (s1_map(mem, root, pa, pa, h->text_end, PTE_EL2_RX) ||
	    s1_map(mem, root, pa + h->text_end, pa + h->text_end, h->rodata_end - h->text_end,
		   PTE_EL2_RO) ||
	    s1_map(mem, root, pa + h->rodata_end, pa + h->rodata_end,
		   h->image_end - h->rodata_end, PTE_EL2_RW))
		return -ENOMEM;
	return 0;
}

/*
 * The root of the host's stage-2: one entry a GiB, and a level-0 table above it where there are
 * that many.
 */
static int place_host_root(struct nie_mem *mem, u64 *root, struct nie_boot *boot, u32 pa_bits)
{
	u64 entries = 1ull << (pa_bits - 30);
	u32 pages = (u32)DIV_ROUND_UP(entries, 512);
	unsigned long l1 = nie_page_alloc(mem, pages);
	unsigned long l0;
	u64 *e;
	u32 i;

	if (!l1 || s1_map_kernel(mem, root, NIE_VA_HOST_L1, l1, pages * PAGE_SIZE))
		return -ENOMEM;
	boot->host_vttbr = virt_to_phys((void *)l1);
	if (pages <= 16)			/* concatenated level-1 tables: Arm ARM D8.2.8 */
		return 0;
	l0 = nie_page_alloc(mem, 1);
	if (!l0)
		return -ENOMEM;
	e = (u64 *)l0;
	for (i = 0; i < pages; i++)
		e[i] = (virt_to_phys((void *)l1) + i * PAGE_SIZE) | PTE_TABLE;
	boot->host_vttbr = virt_to_phys((void *)l0);
	return 0;
}

/* TCR_EL2, VTCR_EL2, SCTLR_EL2, MAIR_EL2: Arm ARM D24.2. */
static void place_registers(struct nie_boot *boot, const struct nie_host *host)
{
	u64 walk = 1 << 8 | 1 << 10 | 3 << 12;		/* IRGN0, ORGN0 write-back, SH0 inner */
	u64 ps = (u64)host->parange << 16;
	u64 vtcr = BIT(31) | walk | ps | BIT(21);	/* RES1, HA */
	bool level0 = host->pa_bits > 43;

	boot->tcr = BIT(31) | BIT(23) | walk | ps | (64 - 48);
	boot->mair = 0x04ff;		/* attribute 0: Normal, write-back; 1: Device-nGnRE */
	/* RES1 bits, then M C SA I WXN, and BT where there is BTI */
	boot->sctlr = 0x30c50830 | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19);
	if (host->bti)
		boot->sctlr |= BIT(36);
	boot->host_vtcr = vtcr | (level0 ? 2 << 6 : 1 << 6) | (64 - host->pa_bits);
	boot->guest_vtcr = vtcr | 1 << 6;
}

/* Registers of the GIC that EL2 accesses for the host: gic.c there. */
static int place_gic(struct nie_mem *mem, u64 *root, struct nie_boot *boot)
{
	u32 i;

	for (i = 0; i < mem->nr_gic; i++)
		if (s1_map(mem, root, NIE_VA_GIC + i * PAGE_SIZE, PFN_PHYS(mem->gic[i].pfn),
			   PAGE_SIZE, PTE_EL2_DEVICE))
			return -ENOMEM;
	memcpy(boot->gic, mem->gic, sizeof(boot->gic));
	memcpy(boot->reg, mem->gic_reg, sizeof(boot->reg));
	boot->nr_gic = mem->nr_gic;
	memcpy(boot->pin, mem->pin, sizeof(boot->pin));
	boot->nr_pins = mem->nr_pins;
	return 0;
}

/* Everything in the chunks is NIE's; neighbouring chunks make one range. */
static int place_ranges(const struct nie_mem *mem, struct nie_boot *boot)
{
	u32 i;

	for (i = 0; i < mem->nr_chunks; i++) {
		u64 pfn = page_to_pfn(mem->chunk[i]);
		u32 k;

		for (k = 0; k < boot->nr_nie; k++) {
			if (boot->nie[k].pfn + boot->nie[k].nr == pfn) {
				boot->nie[k].nr += 512;
				break;
			}
			if (pfn + 512 == boot->nie[k].pfn) {
				boot->nie[k].pfn = pfn;
				boot->nie[k].nr += 512;
				break;
			}
		}
		if (k < boot->nr_nie)
			continue;
		if (k == NIE_BOOT_MAX_RANGES) {
			pr_err("memory is too fragmented: load nie.ko earlier\n");
			return -ENOMEM;
		}
		boot->nie[k].pfn = pfn;
		boot->nie[k].nr = 512;
		boot->nr_nie++;
	}
	return 0;
}

/* Clean to PoC: EL2 starts with its MMU and data cache off. Arm ARM D7.5.9. */
static void clean_chunks(const struct nie_mem *mem)
{
	u64 line = 4ull << ((read_sysreg(ctr_el0) >> 16) & 15);
	u32 i;

	for (i = 0; i < mem->nr_chunks; i++) {
		unsigned long va = (unsigned long)page_address(mem->chunk[i]);
		unsigned long end = va + NIE_CHUNK_SIZE;

		for (; va < end; va += line)
			asm volatile("dc civac, %0" : : "r"(va) : "memory");
	}
	dsb(sy);
	asm volatile("ic ialluis" : : : "memory");
	dsb(ish);
	isb();
}

/* A CPU that is off now gets a slot when the host starts it. */
static void note_mpidr(void *data)
{
	struct nie_boot *boot = data;

	boot->mpidr[smp_processor_id()] = read_sysreg(mpidr_el1) & MPIDR_HWID_BITMASK;
}

const char *nie_image_digest(void)
{
	return nie_image_sha256;
}

/**
 * nie_place() - put the image and its tables in their place
 * @host: from nie_probe()
 * @mem: from nie_reserve(); chunks are allocated from it, nie_release() undoes that
 * @placed: filled in
 * @debug: DEBUG host calls are to be available
 * Context: process context.
 * Return: 0, -ENOMEM.
 */
int nie_place(const struct nie_host *host, struct nie_mem *mem, struct nie_placed *placed,
	      bool debug)
{
	u32 boot_pages = DIV_ROUND_UP(sizeof(struct nie_boot), PAGE_SIZE);
	u64 *root = (u64 *)nie_page_alloc(mem, 1);
	struct nie_boot *boot = (struct nie_boot *)nie_page_alloc(mem, boot_pages);
	u32 i;

	if (!root || !boot)
		return -ENOMEM;
	placed->boot = boot;
	placed->boot_pa = virt_to_phys(boot);
	boot->magic = NIE_BOOT_MAGIC;
	boot->ttbr0 = virt_to_phys(root);
	boot->flags = host->flags | (debug ? NIE_BOOT_DEBUG : 0);
	boot->pa_bits = host->pa_bits;
	boot->panic_pfn = PHYS_PFN(virt_to_phys(placed->panic));
	boot->panic_entry = (u64)nie_panic_entry;
	boot->nr_cpus = nr_cpu_ids;
	for (i = 0; i < NIE_NR_CPUS; i++)
		boot->mpidr[i] = NIE_NO_MPIDR;
	place_registers(boot, host);

	if (place_image(mem, root, placed) || place_cpus(mem, root) ||
	    s1_map(mem, root, placed->boot_pa, placed->boot_pa, boot_pages * PAGE_SIZE,
		   PTE_EL2_RO) ||
	    place_host_root(mem, root, boot, host->pa_bits))
		return -ENOMEM;
	for (i = 0; i < mem->nr_gibs; i++)
		if (place_gib(mem, root, mem->gib[i], &boot->gib[i]))
			return -ENOMEM;
	boot->nr_gibs = mem->nr_gibs;
	memcpy(boot->ram, mem->ram, sizeof(boot->ram));
	boot->nr_ram = mem->nr_ram;
	memcpy(boot->deny, mem->deny, sizeof(boot->deny));
	boot->nr_deny = mem->nr_deny;
	if (place_gic(mem, root, boot) || place_ranges(mem, boot))
		return -ENOMEM;
	placed->bytes = mem->nr_chunks * NIE_CHUNK_SIZE;
	on_each_cpu(note_mpidr, boot, 1);
	clean_chunks(mem);
	return 0;
}
