// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks by the GIC: it writes memory where its registers say, and no stage 2 is in its way. The
 * registers keep what they held when NIE was loaded, and the memory cannot become a VM's. Not tried
 * here, since NIE does not look at them: commands of the ITS, and the second level of its tables.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sizes.h>
#include "attack.h"

#define ADDRESS		GENMASK_ULL(51, 16)
#define NR_BASERS	8

static void __iomem *rd, *its;

/* The first redistributor, with LPIs on, and the ITS. */
static bool map_gic(void)
{
	struct device_node *np = of_find_compatible_node(NULL, NULL, "arm,gic-v3");

	rd = np ? of_iomap(np, 1) : NULL;
	of_node_put(np);
	np = of_find_compatible_node(NULL, NULL, "arm,gic-v3-its");
	its = np ? of_iomap(np, 0) : NULL;
	of_node_put(np);
	return rd && its && readl(rd + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS;
}

static void unmap_gic(void)
{
	if (rd)
		iounmap(rd);
	if (its)
		iounmap(its);
}

/* Registers x0 to x30, but x18, which is the kernel's, and x29. */
#define EACH_REGISTER(X)						\
do {									\
	X(0); X(1); X(2); X(3); X(4); X(5); X(6); X(7); X(8); X(9); X(10); \
	X(11); X(12); X(13); X(14); X(15); X(16); X(17); X(19); X(20); X(21); \
	X(22); X(23); X(24); X(25); X(26); X(27); X(28); X(30);		\
} while (0)

#define LOAD(n)								\
do {									\
	asm volatile("ldr x" #n ", [%1]\n	mov %0, x" #n		\
		     : "=&r"(val) : "r"(rd + GICR_TYPER) : "x" #n, "memory"); \
	note("a load of GICR_TYPER to x" #n, val == typer, true);	\
} while (0)

#define STORE(n)							\
do {									\
	asm volatile("mov x" #n ", %0\n	str w" #n ", [%1]"		\
		     : : "r"(ctlr ^= 1), "r"(rd + GICR_CTLR) : "x" #n, "memory"); \
	note("a store to GICR_CTLR from x" #n,				\
	     (readl(rd + GICR_CTLR) ^ ctlr) & GICR_CTLR_ENABLE_LPIS, 0); \
} while (0)

static bool registers(void)
{
	u64 typer = readq(rd + GICR_TYPER), val;
	u32 ctlr = readl(rd + GICR_CTLR);

	note("GICR_PIDR2", (readl(rd + GICR_PIDR2) & 0xf0) >= 0x30, true);
	EACH_REGISTER(LOAD);
	asm volatile("mov x9, x29\n	ldr x29, [%1]\n	mov %0, x29\n	mov x29, x9"
		     : "=&r"(val) : "r"(rd + GICR_TYPER) : "x9", "memory");
	note("a load of GICR_TYPER to x29", val == typer, true);
	asm volatile("ldr xzr, [%0]" : : "r"(rd + GICR_TYPER) : "memory");
	EACH_REGISTER(STORE);
	asm volatile("str wzr, [%0]" : : "r"(rd + GICR_CTLR) : "memory");
	note("a store to GICR_CTLR from xzr", readl(rd + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS, 0);
	writel(GICR_CTLR_ENABLE_LPIS, rd + GICR_CTLR);
	note("LPIs on again", readl(rd + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS,
	     GICR_CTLR_ENABLE_LPIS);
	note("half of GICR_TYPER", readl(rd + GICR_TYPER + 4), (long)(typer >> 32));
	return true;
}

/* The registers work, their attributes can be changed, commands are carried out. */
static bool control_gic(long want)
{
	bool ok = map_gic();
	unsigned long flags;
	u64 baser;

	if (!ok)
		goto out;
	local_irq_save(flags);
	registers();
	writel(0, rd + GICR_CTLR);
	baser = readq(rd + GICR_PENDBASER);
	writeq(baser ^ GICR_PENDBASER_InnerShareable, rd + GICR_PENDBASER);
	note("GICR_PENDBASER, its attributes",
	     (readq(rd + GICR_PENDBASER) ^ baser) & GICR_PENDBASER_SHAREABILITY_MASK,
	     GICR_PENDBASER_InnerShareable);
	writeq(baser, rd + GICR_PENDBASER);
	writel(GICR_CTLR_ENABLE_LPIS, rd + GICR_CTLR);
	local_irq_restore(flags);
	writel(readl(its + GITS_CWRITER), its + GITS_CWRITER);
	note("the ITS has done what it was asked", readl(its + GITS_CREADR),
	     readl(its + GITS_CWRITER));
out:
	unmap_gic();
	return ok;
}

/* Another address in a register, as a whole and by halves; the register is off meanwhile. */
static void try_address(const char *what, void __iomem *reg, u64 pfn)
{
	u64 old = readq(reg);
	u64 val = (old & ~ADDRESS) | (PFN_PHYS(pfn) & ADDRESS);

	note("the address is another", val != old, true);
	writeq(val, reg);
	note(what, (readq(reg) ^ old) & ADDRESS, 0);
	writel((u32)val, reg);
	note(what, (readq(reg) ^ old) & ADDRESS, 0);
	writel((u32)(val >> 32) ^ 1, reg + 4);
	note(what, (readq(reg) ^ old) & ADDRESS, 0);
	writeq(old, reg);
}

/* Where the GIC keeps what is pending, and reads how LPIs are configured. */
static bool gic_lpi_tables(long want)
{
	bool ok = map_gic();
	unsigned long flags;

	if (ok) {
		local_irq_save(flags);
		writel(0, rd + GICR_CTLR);
		try_address("GICR_PENDBASER", rd + GICR_PENDBASER, pfn_of(DONATED));
		try_address("GICR_PENDBASER", rd + GICR_PENDBASER, w.image);
		try_address("GICR_PROPBASER", rd + GICR_PROPBASER, pfn_of(DONATED));
		try_address("GICR_PROPBASER", rd + GICR_PROPBASER, w.image);
		writel(GICR_CTLR_ENABLE_LPIS, rd + GICR_CTLR);
		local_irq_restore(flags);
	}
	unmap_gic();
	return ok;
}

/* Nor does a table come or go: where one that was not there would be, NIE does not know. */
static void try_valid(const char *what, void __iomem *reg)
{
	u64 old = readq(reg);

	writeq(old ^ GITS_BASER_VALID, reg);
	note(what, (readq(reg) ^ old) & GITS_BASER_VALID, 0);
	writeq(old, reg);
}

/* Where the ITS has its commands and its tables. */
static bool gic_its_tables(long want)
{
	bool ok = map_gic();
	unsigned long flags;
	u32 ctlr, i;

	if (ok) {
		local_irq_save(flags);
		ctlr = readl(its + GITS_CTLR);
		writel(ctlr & ~GITS_CTLR_ENABLE, its + GITS_CTLR);
		while (!(readl(its + GITS_CTLR) & GITS_CTLR_QUIESCENT))
			udelay(1);
		try_address("GITS_CBASER", its + GITS_CBASER, pfn_of(DONATED));
		try_valid("GITS_CBASER is valid", its + GITS_CBASER);
		for (i = 0; i < NR_BASERS; i++) {
			try_valid("GITS_BASER is valid", its + GITS_BASER + 8 * i);
			if (readq(its + GITS_BASER + 8 * i) >> 63)
				try_address("GITS_BASER", its + GITS_BASER + 8 * i,
					    pfn_of(DONATED));
		}
		writel(ctlr, its + GITS_CTLR);
		local_irq_restore(flags);
	}
	unmap_gic();
	return ok;
}

/* A CPU that was off when NIE was loaded: nobody knows where its tables would be. */
static bool gic_lpis_on(long want)
{
	bool ok = map_gic(), found = false;
	void __iomem *frame = rd;

	while (ok && !found && !(readq(frame + GICR_TYPER) & GICR_TYPER_LAST)) {
		frame += readq(frame + GICR_TYPER) & GICR_TYPER_VLPIS ? SZ_256K : SZ_128K;
		found = !(readl(frame + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS);
	}
	if (found) {
		writel(GICR_CTLR_ENABLE_LPIS, frame + GICR_CTLR);
		note("LPIs are on", readl(frame + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS, 0);
	}
	unmap_gic();
	return found;
}

/* A page that the GIC writes becomes nobody's else. */
static void try_page(u64 pfn, long want)
{
	CALL(donate_guest, w.prot, pfn, GFN_FREE, 1);
	CALL(share_guest, w.normal, pfn, GFN_FREE, 1, NIE_PROT_R | NIE_PROT_W);
	CALL(vm_topup, w.normal, pfn, 1);
	CALL(share_nie, pfn);
	CALL(unshare_nie, pfn);
}

static bool gic_pages(long want)
{
	bool ok = map_gic();
	u32 i;

	if (ok) {
		try_page(PHYS_PFN(readq(rd + GICR_PROPBASER) & GENMASK_ULL(51, 12)), want);
		try_page(PHYS_PFN(readq(rd + GICR_PENDBASER) & ADDRESS), want);
		try_page(PHYS_PFN(readq(its + GITS_CBASER) & GENMASK_ULL(51, 12)), want);
		for (i = 0; i < NR_BASERS; i++)
			if (readq(its + GITS_BASER + 8 * i) >> 63)
				try_page(PHYS_PFN(readq(its + GITS_BASER + 8 * i) &
						  GENMASK_ULL(47, 16)), want);
	}
	unmap_gic();
	return ok;
}

/* What is no register as a whole: EL2 must not touch it, the GIC's abort would be its own. */
static bool gic_no_register(long want)
{
	static const u16 offsets[] = { 0x10, 0x18, 0x50, 0x68, 0x80, 0x100, 0xff8, 0x00 };
	bool ok = map_gic();
	u64 val = 0;
	u32 i;

	for (i = 0; ok && i < ARRAY_SIZE(offsets); i++) {
		note("a load", try_access(ACCESS_READ, (const void __force *)rd + offsets[i], &val),
		     want);
		note("a store",
		     try_access(ACCESS_WRITE, (const void __force *)rd + offsets[i], &val), want);
	}
	if (ok)
		note("DC ZVA", try_access(ACCESS_ZVA, (const void __force *)rd, &val) != 0, true);
	unmap_gic();
	return ok;
}

const struct attack gic_attacks[] = {
	{ "control_gic", ALLOWED, control_gic },
	{ "gic_lpi_tables", BY_NOTHING, gic_lpi_tables },
	{ "gic_its_tables", BY_NOTHING, gic_its_tables },
	{ "gic_lpis_on", BY_NOTHING, gic_lpis_on },
	{ "gic_pages", -EPERM, gic_pages },
	{ "gic_no_register", BY_ABORT, gic_no_register },
	{}
};
