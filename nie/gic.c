// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the search for the GIC's redistributors and ITSs, by device tree or ACPI, and for the
 * memory that they write. Lock: none, one caller. Never: writes a register.
 * Sources: GIC spec IHI 0069; ACPI 6.5, 5.2.12 (MADT).
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sizes.h>
#include "el2/arch/layout.h"
#include "nie.h"

/* Whether there is a table, its address, size and pages, and whether it is a table of tables. */
#define BASER(n)								\
	{ GITS_BASER + 8 * (n), 8, 0, GITS_BASER_VALID | GITS_BASER_INDIRECT |		\
	  GENMASK_ULL(47, 12) | GENMASK_ULL(9, 8) | GENMASK_ULL(7, 0) }

/*
 * The registers that the host may access in the first page of each frame: IHI 0069, 12.11, 12.12,
 * 12.19. LPIs may be turned off, but not on where their tables are not known. In a VLPI frame the
 * vPE that is resident changes all the time, so the host has to do without.
 */
enum { RD_CTLR, RD_PROPBASER, RD_PENDBASER };
enum { ITS_CBASER, ITS_BASER, ITS_END = ITS_BASER + 8 };

static const struct nie_boot_reg regs[NIE_NR_GIC_FRAMES][NIE_BOOT_MAX_REGS] = {
	[NIE_GIC_RD] = {
		[RD_CTLR] = { GICR_CTLR, 4, 1, GICR_CTLR_ENABLE_LPIS },
		[RD_PROPBASER] = { GICR_PROPBASER, 8, 0, GENMASK_ULL(51, 12) | GENMASK_ULL(4, 0) },
		[RD_PENDBASER] = { GICR_PENDBASER, 8, 0, GENMASK_ULL(51, 16) },
		{ GICR_IIDR, 4 }, { GICR_TYPER, 8 }, { GICR_WAKER, 4 }, { GICR_SETLPIR, 8 },
		{ GICR_CLRLPIR, 8 }, { GICR_INVLPIR, 8 }, { GICR_INVALLR, 8 }, { GICR_SYNCR, 4 },
	},
	[NIE_GIC_VLPI] = {
		{ GICR_VPROPBASER, 8, 0, ~0ul }, { GICR_VPENDBASER, 8, 0, ~0ul },
	},
	[NIE_GIC_ITS] = {
		[ITS_CBASER] = { GITS_CBASER, 8, 0,
				 GITS_CBASER_VALID | GENMASK_ULL(51, 12) | GENMASK_ULL(7, 0) },
		[ITS_BASER] = BASER(0), BASER(1), BASER(2), BASER(3), BASER(4), BASER(5), BASER(6),
		BASER(7),
		{ GITS_CTLR, 4 }, { GITS_IIDR, 4 }, { GITS_TYPER, 8 }, { GITS_CWRITER, 8 },
		{ GITS_CREADR, 8 },
	},
};

static int pin_range(struct nie_mem *mem, u64 pfn, u64 end)
{
	u32 i;

	for (i = 0; i < mem->nr_pins; i++)
		if (mem->pin[i].pfn == pfn && mem->pin[i].nr == end - pfn)
			return 0;		/* one property table serves all CPUs */
	if (mem->nr_pins == NIE_BOOT_MAX_PINS)
		return -E2BIG;
	mem->pin[mem->nr_pins].pfn = pfn;
	mem->pin[mem->nr_pins].nr = end - pfn;
	mem->nr_pins++;
	return 0;
}

/* What of a table is RAM: nothing else can become a VM's. */
static int add_pin(struct nie_mem *mem, u64 pa, u64 size)
{
	u64 pfn = pa >> PAGE_SHIFT, end = pfn + DIV_ROUND_UP(size, PAGE_SIZE);
	int err = 0;
	u32 i;

	for (i = 0; i < mem->nr_ram && !err; i++) {
		u64 from = max(pfn, mem->ram[i].pfn);
		u64 to = min(end, mem->ram[i].pfn + mem->ram[i].nr);

		if (from < to)
			err = pin_range(mem, from, to);
	}
	return err;
}

/* The tables of LPIs: a byte each for their configuration, a bit each for what is pending. */
static int pin_lpis(struct nie_mem *mem, const struct nie_boot_gic *g)
{
	u64 prop = g->value[RD_PROPBASER], pend = g->value[RD_PENDBASER];
	u64 lpis = 1ull << ((prop & GENMASK_ULL(4, 0)) + 1);
	int err;

	if (!(g->value[RD_CTLR] & GICR_CTLR_ENABLE_LPIS))
		return 0;
	err = lpis > SZ_8K ? add_pin(mem, prop & GENMASK_ULL(51, 12), lpis - SZ_8K) : 0;
	return err ? err : add_pin(mem, pend & GENMASK_ULL(51, 16), lpis / 8);
}

/* The ITS's commands, and its tables; 64 KiB pages have bits 51:48 of an address in 15:12. */
static int pin_its(struct nie_mem *mem, const struct nie_boot_gic *g)
{
	u32 i, shift;
	int err = 0;
	u64 v, pa;

	v = g->value[ITS_CBASER];
	if (v >> 63)
		err = add_pin(mem, v & GENMASK_ULL(51, 12), ((v & 0xff) + 1) * SZ_4K);
	for (i = ITS_BASER; i < ITS_END && !err; i++) {
		v = g->value[i];
		if (!(v >> 63))
			continue;
		shift = 12 + 2 * ((v >> 8) & 3);
		pa = v & GENMASK_ULL(47, 12);
		if (shift == 16)
			pa = (pa & GENMASK_ULL(47, 16)) | (v & GENMASK_ULL(15, 12)) << 36;
		err = add_pin(mem, pa, ((v & 0xff) + 1) << shift);
	}
	return err;
}

/* Take the first page of a frame, and what its registers hold. */
static int add_frame(struct nie_mem *mem, phys_addr_t pa, u32 frame)
{
	struct nie_boot_gic *g = &mem->gic[mem->nr_gic];
	const struct nie_boot_reg *reg = regs[frame];
	void __iomem *base;
	u32 i;

	if (mem->nr_gic == NIE_BOOT_MAX_GIC || pa >> PAGE_SHIFT >= NIE_NR_PAGES ||
	    nie_reserve_gib(mem, pa >> 30))
		return -E2BIG;
	base = ioremap(pa, PAGE_SIZE);
	if (!base)
		return -ENOMEM;
	g->pfn = pa >> PAGE_SHIFT;
	g->frame = frame;
	for (i = 0; i < NIE_BOOT_MAX_REGS; i++)
		if (reg[i].frozen)
			g->value[i] = reg[i].size == 4 ? readl(base + reg[i].offset) :
							 readq(base + reg[i].offset);
	iounmap(base);
	mem->nr_gic++;
	return frame == NIE_GIC_RD ? pin_lpis(mem, g) : frame == NIE_GIC_ITS ? pin_its(mem, g) : 0;
}

/* Redistributors lie one behind the other, or a stride apart: 12.2, GICR_TYPER. */
static int add_redistributors(struct nie_mem *mem, phys_addr_t pa, u64 size, u64 stride)
{
	phys_addr_t end = pa + size;
	void __iomem *base;
	u64 typer = 0;
	int err = 0;

	while (!err && pa + SZ_128K <= end && !(typer & GICR_TYPER_LAST)) {
		base = ioremap(pa, PAGE_SIZE);
		if (!base)
			return -ENOMEM;
		typer = readq(base + GICR_TYPER);
		iounmap(base);
		err = add_frame(mem, pa, NIE_GIC_RD);
		if (!err && typer & GICR_TYPER_VLPIS)
			err = add_frame(mem, pa + SZ_128K, NIE_GIC_VLPI);
		pa += stride ? stride : typer & GICR_TYPER_VLPIS ? SZ_256K : SZ_128K;
	}
	return err;
}

static int from_device_tree(struct nie_mem *mem)
{
	struct device_node *np;
	struct resource res;
	u32 i, regions;
	u64 stride;
	int err = 0;

	for_each_compatible_node(np, NULL, "arm,gic-v3") {
		if (of_property_read_u32(np, "#redistributor-regions", &regions))
			regions = 1;
		if (of_property_read_u64(np, "redistributor-stride", &stride))
			stride = 0;
		for (i = 1; i <= regions && !err; i++) {
			err = of_address_to_resource(np, (int)i, &res);
			if (!err)
				err = add_redistributors(mem, res.start, resource_size(&res),
							 stride);
		}
	}
	for_each_compatible_node(np, NULL, "arm,gic-v3-its") {
		if (!err && of_device_is_available(np)) {
			err = of_address_to_resource(np, 0, &res);
			if (!err)
				err = add_frame(mem, res.start, NIE_GIC_ITS);
		}
	}
	return err;
}

#ifdef CONFIG_ACPI
static int add_madt(struct nie_mem *mem, const struct acpi_subtable_header *h)
{
	const struct acpi_madt_generic_redistributor *gicr = (const void *)h;
	const struct acpi_madt_generic_translator *its = (const void *)h;
	const struct acpi_madt_generic_interrupt *gicc = (const void *)h;

	switch (h->type) {
	case ACPI_MADT_TYPE_GENERIC_REDISTRIBUTOR:
		return add_redistributors(mem, gicr->base_address, gicr->length, 0);
	case ACPI_MADT_TYPE_GENERIC_TRANSLATOR:
		return add_frame(mem, its->base_address, NIE_GIC_ITS);
	case ACPI_MADT_TYPE_GENERIC_INTERRUPT:
		return gicc->gicr_base_address ?
		       add_redistributors(mem, gicc->gicr_base_address, SZ_128K, 0) : 0;
	default:
		return 0;
	}
}

static int from_acpi(struct nie_mem *mem)
{
	struct acpi_table_header *madt;
	u32 at = sizeof(struct acpi_table_madt);
	int err = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &madt)))
		return -ENODEV;
	while (!err && at + sizeof(struct acpi_subtable_header) <= madt->length) {
		const struct acpi_subtable_header *h = (void *)madt + at;

		if (h->length < sizeof(*h) || at + h->length > madt->length)
			break;
		err = add_madt(mem, h);
		at += h->length;
	}
	acpi_put_table(madt);
	return err;
}
#else
static int from_acpi(struct nie_mem *mem)
{
	return -ENODEV;
}
#endif

/**
 * nie_reserve_gic() - find the registers that make the GIC write memory, and that memory
 * @mem: after nie_reserve()
 * Context: process context.
 * Return: 0, -ENODEV (no redistributor found), -E2BIG, -ENOMEM.
 */
int nie_reserve_gic(struct nie_mem *mem)
{
	int err = acpi_disabled ? from_device_tree(mem) : from_acpi(mem);

	memcpy(mem->gic_reg, regs, sizeof(regs));
	if (!err && !mem->nr_gic)
		err = -ENODEV;
	if (err)
		pr_err("cannot tell where the GIC's redistributors and ITSs are (%d)\n", err);
	return err;
}
