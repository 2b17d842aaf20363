// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the pages with the registers by which a GIC is told where to write. The host's accesses are
 * done here, but for the addresses: they stay as they were when NIE was loaded. Lock: none, a
 * register is accessed once. Never: accesses what is no register as a whole, since the GIC may
 * answer with an abort, and it would be EL2's own.
 */
#include <linux/bitfield.h>
#include <asm/esr.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include "../wipe.h"
#include "el2.h"

/* The register of a frame that n bytes at an offset are, or half of it. */
static u32 find(const struct nie_boot_reg *reg, u64 offset, u32 n)
{
	u32 i = 0;

	while (i < NIE_BOOT_MAX_REGS && (offset < reg[i].offset || offset % n ||
					 offset + n > reg[i].offset + reg[i].size))
		i++;
	return i;
}

/*
 * May the host write these bytes? All is thawed once nothing of a VM is left: a crash kernel makes
 * tables of its own.
 */
static bool may_write(const struct nie_boot_reg *reg, u64 old, u64 offset, u32 n, u64 val)
{
	u64 shift = 8 * (offset - reg->offset);
	u64 differ = (val ^ old >> shift) & (n == 8 ? ~0ul : 0xfffffffful);

	if (reg->may_clear)
		differ &= val;
	return !(differ & (reg->frozen >> shift)) || nie_wiped == NIE_NR_PAGES;
}

static bool access(struct nie_host_regs *r, u64 esr, u64 page, u64 offset)
{
	const struct nie_boot_gic *g = &nie_boot_page()->gic[page];
	const struct nie_boot_reg *reg = nie_boot_page()->reg[g->frame];
	u64 va = NIE_VA_GIC + page * NIE_PAGE_SIZE + offset;
	u32 n = 1u << FIELD_GET(ESR_ELx_SAS, esr), rt = (u32)FIELD_GET(ESR_ELx_SRT_MASK, esr);
	u32 i = find(reg, offset, n);
	u64 zero = 0;
	u64 *x = rt < 19 ? &r->x[rt] : rt < 30 ? &r->callee[rt - 19] : rt == 30 ? &r->lr : &zero;

	if (n < 4 || i == NIE_BOOT_MAX_REGS)
		return false;
	if (!(esr & ESR_ELx_WNR))
		*x = n == 8 ? *(volatile u64 *)va : *(volatile u32 *)va;
	else if (!may_write(&reg[i], g->value[i], offset, n, *x))
		return true;
	else if (n == 8)
		*(volatile u64 *)va = *x;
	else
		*(volatile u32 *)va = (u32)*x;
	return true;
}

bool nie_gic_access(struct nie_host_regs *r, u64 esr, u64 ipa)
{
	const struct nie_boot *boot = nie_boot_page();
	u64 i = 0;

	if (ESR_ELx_EC(esr) != ESR_ELx_EC_DABT_LOW || !(esr & ESR_ELx_ISV) ||
	    esr & (ESR_ELx_SSE | ESR_ELx_CM | ESR_ELx_S1PTW) ||
	    read_sysreg(spsr_el2) & PSR_MODE32_BIT)
		return false;
	while (i < boot->nr_gic && boot->gic[i].pfn != ipa / NIE_PAGE_SIZE)
		i++;
	return i < boot->nr_gic && access(r, esr, i, ipa % NIE_PAGE_SIZE);
}
