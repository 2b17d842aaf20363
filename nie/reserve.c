// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: which memory is RAM, and the 2 MiB chunks that become NIE's. Lock: none, one caller.
 * Never: gives a chunk back once NIE is sealed.
 */
#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "el2/arch/layout.h"
#include "nie.h"

/* Three chunks a GiB (records, host level 3, window level 3) and some for the rest. */
#define MAX_CHUNKS	(3 * NIE_BOOT_MAX_GIBS + 64)

int nie_reserve_gib(struct nie_mem *mem, u64 gib)
{
	u32 i;

	for (i = 0; i < mem->nr_gibs; i++)
		if (mem->gib[i] == gib)
			return 0;
	if (mem->nr_gibs == NIE_BOOT_MAX_GIBS)
		return -E2BIG;
	mem->gib[mem->nr_gibs++] = (u32)gib;
	return 0;
}

static int add_ram(struct resource *res, void *arg)
{
	struct nie_mem *mem = arg;
	u64 first = PFN_UP(res->start), end = PFN_DOWN(res->end + 1);
	u64 gib;

	if (first >= end)
		return 0;
	if (mem->nr_ram == NIE_BOOT_MAX_RANGES || end > NIE_NR_PAGES)
		return -E2BIG;
	mem->ram[mem->nr_ram].pfn = first;
	mem->ram[mem->nr_ram].nr = end - first;
	mem->nr_ram++;
	for (gib = first / NIE_PER_GIB; gib <= (end - 1) / NIE_PER_GIB; gib++)
		if (nie_reserve_gib(mem, gib))
			return -E2BIG;
	return 0;
}

/* Memory that the command line has set aside: large hosts have no other way to give that much. */
static void find_region(struct nie_mem *mem)
{
	phys_addr_t start, size;

	if (!reserve_mem_find_by_name("nie", &start, &size))
		return;
	mem->region = ALIGN(start, NIE_CHUNK_SIZE);
	mem->region_end = start + size;
}

/**
 * nie_reserve() - find RAM
 * @mem: zeroed; filled in
 * Context: process context.
 * Return: 0, -E2BIG (more RAM, or more ranges, than NIE has room for), -ENOMEM.
 */
int nie_reserve(struct nie_mem *mem)
{
	int ret;

	ret = walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
				  mem, add_ram);
	if (ret) {
		pr_err("RAM beyond 16 TiB - 1 GiB, in more than %u ranges or %u GiB: not supported, use mem=\n",
		       NIE_BOOT_MAX_RANGES, NIE_BOOT_MAX_GIBS);
		return ret;
	}
	find_region(mem);
	mem->chunk = kvcalloc(MAX_CHUNKS, sizeof(*mem->chunk), GFP_KERNEL);
	return mem->chunk ? 0 : -ENOMEM;
}

static bool overlaps_ram(const struct nie_mem *mem, u64 pfn, u64 nr)
{
	u32 i;

	for (i = 0; i < mem->nr_ram; i++)
		if (pfn < mem->ram[i].pfn + mem->ram[i].nr && mem->ram[i].pfn < pfn + nr)
			return true;
	return false;
}

/* One `start+size`; *s is left behind it. */
static int add_deny(struct nie_mem *mem, const char **s)
{
	u64 start, size, gib;
	char *end;

	start = memparse(*s, &end);
	if (end == *s || *end != '+')
		return -EINVAL;
	*s = end + 1;
	size = memparse(*s, &end);
	if (end == *s || (*end && *end != ',' && *end != '\n'))
		return -EINVAL;
	*s = end;
	if (!size || !PAGE_ALIGNED(start | size) || size > SZ_1G ||
	    (start >> PAGE_SHIFT) + (size >> PAGE_SHIFT) > NIE_NR_PAGES ||
	    mem->nr_deny == NIE_BOOT_MAX_DENY ||
	    overlaps_ram(mem, start >> PAGE_SHIFT, size >> PAGE_SHIFT))
		return -EINVAL;
	mem->deny[mem->nr_deny].pfn = start >> PAGE_SHIFT;
	mem->deny[mem->nr_deny].nr = size >> PAGE_SHIFT;
	mem->nr_deny++;
	for (gib = start >> 30; gib <= (start + size - 1) >> 30; gib++)
		if (nie_reserve_gib(mem, gib))
			return -EINVAL;
	return 0;
}

/**
 * nie_reserve_deny() - parse the deny parameter
 * @mem: after nie_reserve()
 * @list: start+size[,start+size...], addresses of device memory, whole pages, up to 1 GiB each
 * Return: 0 or -EINVAL.
 */
int nie_reserve_deny(struct nie_mem *mem, const char *list)
{
	const char *s = list;

	while (s && *s && *s != '\n') {
		if (add_deny(mem, &s)) {
			pr_err("deny=%s: must be start+size[,...], page aligned, not RAM, below 16 TiB - 1 GiB\n",
			       list);
			return -EINVAL;
		}
		if (*s == ',')
			s++;
	}
	return 0;
}

unsigned long nie_chunk_alloc(struct nie_mem *mem)
{
	struct page *page;

	if (mem->nr_chunks == MAX_CHUNKS)
		return 0;
	if (mem->region + NIE_CHUNK_SIZE <= mem->region_end) {
		page = phys_to_page(mem->region);
		memset(page_address(page), 0, NIE_CHUNK_SIZE);
		mem->region += NIE_CHUNK_SIZE;
		mem->from_region++;
	} else {
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, NIE_CHUNK_ORDER);
		if (!page)
			return 0;
	}
	mem->chunk[mem->nr_chunks++] = page;
	return (unsigned long)page_address(page);
}

unsigned long nie_page_alloc(struct nie_mem *mem, u32 nr)
{
	unsigned long size = nr * 4096ul;
	unsigned long va = ALIGN(mem->bump, roundup_pow_of_two(size));

	if (!mem->bump || va + size > mem->bump_end) {
		va = nie_chunk_alloc(mem);
		if (!va)
			return 0;
		mem->bump_end = va + NIE_CHUNK_SIZE;
	}
	mem->bump = va + size;
	return va;
}

void nie_release(struct nie_mem *mem)
{
	u32 i;

	for (i = mem->from_region; i < mem->nr_chunks; i++)
		__free_pages(mem->chunk[i], NIE_CHUNK_ORDER);
	kvfree(mem->chunk);
	memset(mem, 0, sizeof(*mem));
}
