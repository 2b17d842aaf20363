// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the stage-2 tables of VMs. Lock: nie_lock. Never: decides whether a page may be mapped;
 * changes a record other than that of a page that becomes a table. Upholds INV-8, INV-9.
 */
#include "s2.h"
#include "page.h"
#include "vm.h"
#include <arch/mem.h>
#include <arch/pte.h>

bool nie_s2_entry_valid(u64 entry)
{
	return entry % 4 == 3;
}

u32 nie_s2_entry_pfn(u64 entry)
{
	return (u32)(entry / NIE_PAGE_SIZE % 0x100000000ul);
}

/* The table below entry i of table t. */
/*@ requires t < NIE_NR_PAGES && i < 512;
  @ assigns \nothing;
  @ ensures \result == child(t, i);
  @*/
static u32 next(u32 t, u32 i)
{
	u64 e = nie_tables.t[t].e[i];

	return nie_s2_entry_valid(e) ? nie_s2_entry_pfn(e) : NIE_NO_PAGE;
}

/*@ requires live(v) && inv8_roots(v) && gfn_of_vm(v, gfn);
  @ assigns \nothing;
  @ ensures \result == nie_vms.vm[v].root_pfn + gfn / 0x40000 / 512;
  @ ensures place: is_table(\result, v, 1) && nie_pages.p[\result].base == gfn / 0x40000 / 512;
  @*/
static u32 root(u16 v, u32 gfn)
{
	return nie_vms.vm[v].root_pfn + gfn / NIE_PER_GIB / NIE_PER_TABLE;
}

/* The level-2 table for a gfn. */
/*@ requires live(v) && inv8_of(v) && gfn_of_vm(v, gfn);
  @ assigns \nothing;
  @ ensures table: \result == walk2(v, gfn / 0x40000);
  @ ensures place: \result != NIE_NO_PAGE ==> is_table(\result, v, 2) &&
  @   nie_pages.p[\result].base == gfn / 0x40000;
  @*/
static u32 table2(u16 v, u32 gfn)
{
	return next(root(v, gfn), gfn / NIE_PER_GIB % NIE_PER_TABLE);
}

u32 nie_s2_table(u16 v, u32 gfn)
{
	u32 t = table2(v, gfn);

	return t == NIE_NO_PAGE ? NIE_NO_PAGE : next(t, gfn / NIE_PER_TABLE % NIE_PER_TABLE);
}

u32 nie_s2_wanted(u16 v, u32 gfn, u32 nr)
{
	u32 last = gfn + nr - 1;
	u32 n = 0;

	/* A range of at most 512 pages lies below one or two tables of each level. */
	if (table2(v, gfn) == NIE_NO_PAGE)
		n++;
	if (nie_s2_table(v, gfn) == NIE_NO_PAGE)
		n++;
	if (last / NIE_PER_GIB != gfn / NIE_PER_GIB && table2(v, last) == NIE_NO_PAGE)
		n++;
	if (last / NIE_PER_TABLE != gfn / NIE_PER_TABLE && nie_s2_table(v, last) == NIE_NO_PAGE)
		n++;
	return n;
}

u32 nie_s2_table_end(u32 gfn, u32 end)
{
	u32 stop = (gfn / NIE_PER_TABLE + 1) * NIE_PER_TABLE;

	return stop < end ? stop : end;
}

/*@ requires t < NIE_NR_PAGES && gfn <= stop;
  @ assigns \nothing;
  @ ensures \result == 0 <==>
  @   \forall integer g; gfn <= g < stop ==> nie_tables.t[t].e[g % 512] % 4 != 3;
  @ ensures \result == 0 || \result == 1;
  @*/
static bool any_in_table(u32 t, u32 gfn, u32 stop)
{
	/*@ loop invariant \at(gfn, Pre) <= gfn <= stop;
	  @ loop invariant \forall integer g; \at(gfn, Pre) <= g < gfn ==>
	  @   nie_tables.t[t].e[g % 512] % 4 != 3;
	  @ loop assigns gfn;
	  @ loop variant stop - gfn;
	  @*/
	for (; gfn < stop; gfn++)
		if (nie_s2_entry_valid(nie_tables.t[t].e[gfn % NIE_PER_TABLE]))
			return true;
	return false;
}

bool nie_s2_any(u16 v, u32 gfn, u32 nr)
{
	u32 end = gfn + nr;

	/*@ loop invariant gfn <= g <= end;
	  @ loop invariant none: \forall integer h; gfn <= h < g ==> walk(v, h) % 4 != 3;
	  @ loop assigns g;
	  @ loop variant end - g;
	  @*/
	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);

		if (t != NIE_NO_PAGE && any_in_table(t, g, nie_s2_table_end(g, end)))
			return true;
	}
	return false;
}

/* NIE_FREE => NIE_TABLE, below entry i of table t. */
static u32 grow(u16 v, u32 t, u32 i)
{
	u32 c = nie_vm_take_page(v);

	arch_table_clear(c);
	nie_page_set(c, NIE_K_NIE_TABLE, nie_pages.p[t].level + 1, v,
		     nie_pages.p[t].base * NIE_PER_TABLE + i);
	arch_guest_write(t, i, (u64)c * NIE_PAGE_SIZE + PTE_TABLE);
	return c;
}

static u32 step(u16 v, u32 t, u32 i)
{
	u32 c = next(t, i);

	return c == NIE_NO_PAGE ? grow(v, t, i) : c;
}

static u64 leaf(u32 pfn, u64 prot)
{
	u64 e = (u64)pfn * NIE_PAGE_SIZE + PTE_GUEST;

	if (prot & NIE_PROT_W)
		e += PTE_S2_W;
	if (!(prot & NIE_PROT_X))
		e += PTE_S2_XN;
	return e + arch_guest_memattr(prot & NIE_PROT_NC);
}

void nie_s2_map(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot)
{
	u32 end = gfn + nr;

	for (u32 g = gfn; g < end;) {
		u32 stop = nie_s2_table_end(g, end);
		u32 t = step(v, root(v, g), g / NIE_PER_GIB % NIE_PER_TABLE);

		t = step(v, t, g / NIE_PER_TABLE % NIE_PER_TABLE);
		for (; g < stop; g++)
			arch_guest_write(t, g % NIE_PER_TABLE, leaf(pfn + (g - gfn), prot));
	}
	arch_guest_write_done();
}

u64 nie_s2_vttbr(u16 v)
{
	return (v + 1ul) * (1ul << 48) + (u64)nie_vms.vm[v].root_pfn * NIE_PAGE_SIZE;
}

void nie_s2_tlb_flush_range(u16 v, u32 gfn, u32 nr)
{
	arch_guest_tlbi_range(nie_s2_vttbr(v), gfn, nr);
}

void nie_s2_tlb_flush(u16 v)
{
	arch_guest_tlbi_all(nie_s2_vttbr(v));
}
