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

/* An empty table breaks nothing. */
/*@ ghost
  /@ requires table_is_empty(c) && \forall integer w; live(w) ==> inv8_down_but(w, c);
     assigns \nothing;
     ensures \forall integer w; live(w) ==> inv8_down(w);
  @/
  static void empty_below(u32 c)
  {
  }

  /@ requires table_is_empty(c) && \forall integer w; live(w) ==> inv9_but(w, c);
     assigns \nothing;
     ensures \forall integer w; live(w) ==> inv9_of(w);
  @/
  static void empty_leaves(u32 c)
  {
  }
*/

/* NIE_FREE => NIE_TABLE, empty, not yet below another. */
/*@ requires live(v) && 2 <= level <= 3 && nie_vms.vm[v].pool_nr > 0;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4_slots: inv4_slots;
  @ ensures INV_4_pages: inv4_pages;
  @ ensures INV_4_dead: inv4_dead;
  @ ensures INV_12: inv12;
  @ ensures roots: \forall integer w; live(w) ==> inv8_roots(w);
  @ ensures down: \forall integer w; live(w) ==> inv8_down(w);
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, \result);
  @ ensures INV_9: inv9;
  @ ensures table: is_table(\result, v, level) && nie_pages.p[\result].base == base;
  @ ensures taken: \old(is_free_of(\result, v));
  @ ensures records: records_same_but{Pre,Post}(\result, \result + 1);
  @ ensures pool_nr: nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) - 1;
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
  @   u != \result ==> nie_tables.t[u].e[j] == \old(nie_tables.t[u].e[j]);
  @ ensures empty: table_is_empty(\result);
  @ ensures places: places_same{Pre,Post};
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static u32 new_table(u16 v, u8 level, u32 base)
{
	u32 c = nie_vm_take_page(v);

	/*@ assert roots_kept: \forall integer w; live(w) ==>
	      nie_vms.vm[w].root_pfn == \at(nie_vms.vm[w].root_pfn, Pre); */
	/*@ assert top_was: \forall integer w, b; \at(walk2(w, b), Pre) ==
	      child(\at(nie_vms.vm[w].root_pfn, Pre) + b / 512, b % 512); */
	/*@ assert top_is: \forall integer w, b; walk2(w, b) ==
	      child(nie_vms.vm[w].root_pfn + b / 512, b % 512); */
	/*@ assert top: \forall integer w, b; live(w) ==> walk2(w, b) == \at(walk2(w, b), Pre); */
	/*@ assert free: managed(c) && is_free_of(c, v) &&
	      nie_pages.p[c].base == nie_vms.vm[v].pool_nr; */
	/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
	      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != c; */
	/*@ assert pages: \forall integer p, w; managed(p) && 0 <= w < NIE_NR_VMS && p != c &&
	      is_free_of(p, w) && nie_vms.vm[w].state == NIE_VM_LIVE ==>
	      nie_pages.p[p].base < nie_vms.vm[w].pool_nr &&
	      nie_vms.vm[w].pool[nie_pages.p[p].base] == p; */
	arch_table_clear(c);
	nie_page_set(c, NIE_K_NIE_TABLE, level, v, base);
	//@ assert places: places_same{Pre,Here};
	//@ assert lives: \forall integer w; live(w) ==> \at(live(w), Pre);
	/*@ assert entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && u != c && 0 <= j < 512
	      ==> nie_tables.t[u].e[j] == \at(nie_tables.t[u].e[j], Pre); */
	/*@ assert children: \forall integer u, j; 0 <= u < NIE_NR_PAGES && u != c && 0 <= j < 512
	      ==> child(u, j) == \at(child(u, j), Pre); */
	/*@ assert tables: \forall integer u, w; is_table_of(u, w) && u != c ==>
	      \at(is_table_of(u, w), Pre); */
	/*@ assert kept: \forall integer u, w; \at(is_table_of(u, w), Pre) ==> u != c &&
	      is_table_of(u, w) && nie_pages.p[u].level == \at(nie_pages.p[u].level, Pre) &&
	      nie_pages.p[u].base == \at(nie_pages.p[u].base, Pre); */
	/*@ assert down: \forall integer w, u, i; live(w) && is_table_of(u, w) &&
	      nie_pages.p[u].level < 3 &&
	      u != c && 0 <= i < 512 ==> nie_tables.t[u].e[i] == 0 ||
	      \at(is_table(child(u, i), w, nie_pages.p[u].level + 1), Pre); */
	//@ assert below: \forall integer w; live(w) ==> inv8_down_but(w, c);
	//@ assert empty: table_is_empty(c);
	//@ ghost empty_below(c);
	//@ assert roots: \forall integer w; live(w) ==> inv8_roots(w);
	/*@ assert root: \forall integer w, b; place2(w, b) ==>
	      is_table(nie_vms.vm[w].root_pfn + b / 512, w, 1) &&
	      nie_vms.vm[w].root_pfn + b / 512 != c; */
	/*@ assert below_top: \forall integer w, b; place2(w, b) ==>
	      \let t = nie_vms.vm[w].root_pfn + b / 512; 0 <= t < NIE_NR_PAGES && t != c &&
	      0 <= b % 512 < 512 && child(t, b % 512) == \at(child(t, b % 512), Pre); */
	/*@ assert two: \forall integer w, b; place2(w, b) ==>
	      walk2(w, b) == \at(walk2(w, b), Pre); */
	/*@ assert second: \forall integer w, b; place2(w, b) ==> walk2(w, b) == NIE_NO_PAGE ||
	      (is_table(walk2(w, b), w, 2) && walk2(w, b) != c); */
	/*@ assert three: \forall integer w, b; place3(w, b) ==>
	      walk3(w, b) == \at(walk3(w, b), Pre); */
	/*@ assert third: \forall integer w, b; place3(w, b) ==> walk3(w, b) == NIE_NO_PAGE ||
	      (is_table(walk3(w, b), w, 3) && walk3(w, b) != c); */
	/*@ assert leaves: \forall integer w, u, i; live(w) && is_table(u, w, 3) && u != c &&
	      0 <= i < 512 ==> \let e = nie_tables.t[u].e[i]; e == 0 || (is_leaf(e, leaf_pfn(e)) &&
	      \at(is_at(\at(leaf_pfn(e), Here), w, nie_pages.p[u].base * 512 + i), Pre)); */
	/*@ assert others: \forall integer p; managed(p) && \at(nie_pages.p[p].kind, Pre) !=
	      NIE_K_NIE_FREE ==> p != c && record_same{Pre,Here}(p); */
	//@ assert mapped: \forall integer w; live(w) ==> inv9_but(w, c);
	//@ ghost empty_leaves(c);
	//@ assert walks: walks_same_but{Pre,Here}(v, 0, 0);
	return c;
}

/* Table c, at its place below entry i of table t. */
/*@ requires live(v) && i < 512 && inv8_but(c) && inv9 && inv12;
  @ requires parent: is_table(t, v, 1) || is_table(t, v, 2);
  @ requires nie_tables.t[t].e[i] == 0 && t != c && table_is_empty(c);
  @ requires place: is_table(c, v, nie_pages.p[t].level + 1) &&
  @   nie_pages.p[c].base == nie_pages.p[t].base * 512 + i;
  @ assigns nie_tables, nie_vcpus;
  @ ensures roots: \forall integer w; live(w) ==> inv8_roots(w);
  @ ensures down: \forall integer w; live(w) ==> inv8_down(w);
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
  @ ensures INV_9: inv9;
  @ ensures entry: child(t, i) == c;
  @ ensures entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
  @   !(u == t && j == i) ==> nie_tables.t[u].e[j] == \old(nie_tables.t[u].e[j]);
  @ ensures two: \forall integer w, b; place2(w, b) ==> walk2(w, b) == \old(walk2(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 1 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk2(w, b)) == NIE_NO_PAGE);
  @ ensures three: \forall integer w, b; place3(w, b) ==> walk3(w, b) == \old(walk3(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk3(w, b)) == NIE_NO_PAGE);
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void link(__attribute__((unused)) u16 v, u32 t, u32 i, u32 c)
{
	arch_guest_write(t, i, (u64)c * NIE_PAGE_SIZE + PTE_TABLE);
	/*@ assert children: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
	      !(u == t && j == i) ==> child(u, j) == \at(child(u, j), Pre); */
	//@ assert below: child(t, i) == c;
	//@ assert was: \at(child(t, i), Pre) == NIE_NO_PAGE;
	//@ assert down: \forall integer w; live(w) ==> inv8_down(w);
	/*@ assert root: \forall integer w, b; place2(w, b) ==>
	      is_table(nie_vms.vm[w].root_pfn + b / 512, w, 1) &&
	      nie_pages.p[nie_vms.vm[w].root_pfn + b / 512].base == b / 512; */
	/*@ assert two: \forall integer w, b; place2(w, b) &&
	      !(w == v && nie_pages.p[t].level == 1 && b == nie_pages.p[t].base * 512 + i) ==>
	      walk2(w, b) == \at(walk2(w, b), Pre); */
	/*@ assert here2: \forall integer w, b; place2(w, b) &&
	      w == v && nie_pages.p[t].level == 1 && b == nie_pages.p[t].base * 512 + i ==>
	      \at(walk2(w, b), Pre) == NIE_NO_PAGE && walk2(w, b) == c; */
	/*@ assert second: \forall integer w, b; place2(w, b) ==> walk2(w, b) == NIE_NO_PAGE ||
	      (is_table(walk2(w, b), w, 2) && nie_pages.p[walk2(w, b)].base == b); */
	/*@ assert changed2: \forall integer w, b; place2(w, b) &&
	      walk2(w, b) != \at(walk2(w, b), Pre)
	      ==> walk2(w, b) == c && \at(walk2(w, b), Pre) == NIE_NO_PAGE; */
	//@ assert zero: \forall integer j; 0 <= j < 512 ==> child(c, j) == NIE_NO_PAGE;
	/*@ assert three_new: \forall integer w, b; place3(w, b) &&
	      walk2(w, b / 512) != \at(walk2(w, b / 512), Pre) ==>
	      \at(walk3(w, b), Pre) == NIE_NO_PAGE && walk3(w, b) == NIE_NO_PAGE; */
	/*@ assert three_same: \forall integer w, b; place3(w, b) &&
	      walk2(w, b / 512) == \at(walk2(w, b / 512), Pre) &&
	      walk2(w, b / 512) != NIE_NO_PAGE &&
	      !(w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i) ==>
	      walk3(w, b) == \at(walk3(w, b), Pre); */
	/*@ assert three: \forall integer w, b; place3(w, b) &&
	      !(w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i) ==>
	      walk3(w, b) == \at(walk3(w, b), Pre); */
	/*@ assert here3: \forall integer w, b; place3(w, b) &&
	      w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i ==>
	      \at(walk3(w, b), Pre) == NIE_NO_PAGE && walk3(w, b) == c; */
	/*@ assert above: \forall integer w, b; place3(w, b) && walk2(w, b / 512) != NIE_NO_PAGE ==>
	      is_table(walk2(w, b / 512), w, 2) && nie_pages.p[walk2(w, b / 512)].base == b / 512 &&
	      b / 512 * 512 + b % 512 == b; */
	/*@ assert third: \forall integer w, b; place3(w, b) ==> walk3(w, b) == NIE_NO_PAGE ||
	      (is_table(walk3(w, b), w, 3) && nie_pages.p[walk3(w, b)].base == b); */
	/*@ assert changed3: \forall integer w, b; place3(w, b) &&
	      walk3(w, b) != \at(walk3(w, b), Pre)
	      ==> walk3(w, b) == c && \at(walk3(w, b), Pre) == NIE_NO_PAGE; */
	/*@ assert up1: is_table(t, v, 1) ==> nie_pages.p[t].base < nie_vms.vm[v].nr_roots; */
	/*@ assert up2: is_table(t, v, 2) ==> nie_pages.p[t].base / 512 < nie_vms.vm[v].nr_roots; */
	//@ assert base: nie_pages.p[c].base / 512 == nie_pages.p[t].base;
	/*@ assert c2: is_table(c, v, 2) ==>
	      place2(v, nie_pages.p[c].base) && walk2(v, nie_pages.p[c].base) == c; */
	/*@ assert c3: is_table(c, v, 3) ==>
	      place3(v, nie_pages.p[c].base) && walk3(v, nie_pages.p[c].base) == c; */
	//@ assert up_but: \forall integer w; live(w) ==> inv8_up(w, c);
	//@ assert up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
	//@ assert empty: table_is_empty(c);
	/*@ assert walk_new: \forall integer w, g; gfn_of_vm(w, g) &&
	      walk3(w, g / 512) != \at(walk3(w, g / 512), Pre) ==>
	      \at(walk(w, g), Pre) == 0 && walk(w, g) == 0; */
	/*@ assert apart: \forall integer w, g; gfn_of_vm(w, g) && walk3(w, g / 512) != NIE_NO_PAGE
	      ==>
	      walk3(w, g / 512) != t && 0 <= walk3(w, g / 512) < NIE_NR_PAGES; */
	/*@ assert others: \forall integer u, j; 0 <= u < NIE_NR_PAGES && u != t && 0 <= j < 512 ==>
	      nie_tables.t[u].e[j] == \at(nie_tables.t[u].e[j], Pre); */
	/*@ assert walk_same: \forall integer w, g; gfn_of_vm(w, g) &&
	      walk3(w, g / 512) == \at(walk3(w, g / 512), Pre) && walk3(w, g / 512) != NIE_NO_PAGE
	      ==>
	      walk(w, g) == \at(walk(w, g), Pre); */
	//@ assert walks: walks_same_but{Pre,Here}(v, 0, 0);
}

/* NIE_FREE => NIE_TABLE, below entry i of table t. */
/*@ requires live(v) && (is_table(t, v, 1) || is_table(t, v, 2)) && i < 512;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires free: nie_vms.vm[v].pool_nr > 0 && nie_tables.t[t].e[i] == 0;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures table: child(t, i) == \result && is_table(\result, v, nie_pages.p[t].level + 1) &&
  @   nie_pages.p[\result].base == nie_pages.p[t].base * 512 + i;
  @ ensures taken: \old(is_free_of(\result, v)) && managed(\result);
  @ ensures records: records_same_but{Pre,Post}(\result, \result + 1);
  @ ensures pool_nr: nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) - 1;
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
  @   u != \result && !(u == t && j == i) ==>
  @   nie_tables.t[u].e[j] == \old(nie_tables.t[u].e[j]);
  @ ensures places: places_same{Pre,Post};
  @ ensures two: \forall integer w, b; place2(w, b) ==> walk2(w, b) == \old(walk2(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 1 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk2(w, b)) == NIE_NO_PAGE);
  @ ensures three: \forall integer w, b; place3(w, b) ==> walk3(w, b) == \old(walk3(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk3(w, b)) == NIE_NO_PAGE);
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static u32 grow(u16 v, u32 t, u32 i)
{
	u32 c = new_table(v, nie_pages.p[t].level + 1, nie_pages.p[t].base * NIE_PER_TABLE + i);

	link(v, t, i, c);
	return c;
}

/*@ requires live(v) && (is_table(t, v, 1) || is_table(t, v, 2)) && i < 512;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires free: child(t, i) == NIE_NO_PAGE ==> nie_vms.vm[v].pool_nr > 0;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures table: child(t, i) == \result && \result != NIE_NO_PAGE &&
  @   is_table(\result, v, nie_pages.p[t].level + 1) &&
  @   nie_pages.p[\result].base == nie_pages.p[t].base * 512 + i;
  @ ensures records: pool_to_tables{Pre,Post}(v);
  @ ensures parent: record_same{Pre,Post}(t);
  @ ensures pool_nr: nie_vms.vm[v].pool_nr ==
  @   \old(nie_vms.vm[v].pool_nr) - (\old(child(t, i)) == NIE_NO_PAGE ? 1 : 0);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures places: places_same{Pre,Post};
  @ ensures two: \forall integer w, b; place2(w, b) ==> walk2(w, b) == \old(walk2(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 1 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk2(w, b)) == NIE_NO_PAGE);
  @ ensures three: \forall integer w, b; place3(w, b) ==> walk3(w, b) == \old(walk3(w, b)) ||
  @   (w == v && nie_pages.p[t].level == 2 && b == nie_pages.p[t].base * 512 + i &&
  @    \old(walk3(w, b)) == NIE_NO_PAGE);
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static u32 step(u16 v, u32 t, u32 i)
{
	u32 c = next(t, i);

	return c == NIE_NO_PAGE ? grow(v, t, i) : c;
}

/* The level-3 table for a gfn, with pages of the pool where tables are missing. */
/*@ requires live(v) && gfn_of_vm(v, gfn);
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires pool: wanted2(v, gfn / 0x40000) + wanted3(v, gfn / 512) <= nie_vms.vm[v].pool_nr;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures table: \result == walk3(v, gfn / 512) && is_table(\result, v, 3) &&
  @   nie_pages.p[\result].base == gfn / 512;
  @ ensures second: walk2(v, gfn / 0x40000) != NIE_NO_PAGE;
  @ ensures pool_nr: nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) -
  @   \old(wanted2(v, gfn / 0x40000) + wanted3(v, gfn / 512));
  @ ensures records: pool_to_tables{Pre,Post}(v);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures places: places_same{Pre,Post};
  @ ensures two: \forall integer b; place2(v, b) && b != gfn / 0x40000 ==>
  @   walk2(v, b) == \old(walk2(v, b));
  @ ensures three: \forall integer b; place3(v, b) && b != gfn / 512 ==>
  @   walk3(v, b) == \old(walk3(v, b));
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static u32 make_table(u16 v, u32 gfn)
{
	u32 t1 = root(v, gfn);
	u32 t2;

	//@ assert first: child(t1, gfn / 0x40000 % 512) == walk2(v, gfn / 0x40000);
	t2 = step(v, t1, gfn / NIE_PER_GIB % NIE_PER_TABLE);
	//@ assert root: t1 == nie_vms.vm[v].root_pfn + gfn / 0x40000 / 512;
	//@ assert below: t2 == child(t1, gfn / 0x40000 % 512);
	//@ assert vms: vms_kept{Pre,Here}(v);
	/*@ assert taken: nie_vms.vm[v].pool_nr == \at(nie_vms.vm[v].pool_nr, Pre) -
	      \at(wanted2(v, gfn / 0x40000), Pre); */
	//@ assert two: t2 == walk2(v, gfn / 0x40000);
	//@ assert base2: nie_pages.p[t2].base == gfn / 0x40000;
	//@ assert one: gfn / 512 / 512 == gfn / 0x40000;
	//@ assert three: walk3(v, gfn / 512) == \at(walk3(v, gfn / 512), Pre);
	//@ assert child: walk3(v, gfn / 512) == child(t2, gfn / 512 % 512);
	//@ assert base: gfn / 0x40000 * 512 + gfn / 512 % 512 == gfn / 512;
	t2 = step(v, t2, gfn / NIE_PER_TABLE % NIE_PER_TABLE);
	//@ assert places: places_same{Pre,Here};
	//@ assert lives: lives_same{Pre,Here};
	//@ assert pools: pools_same{Pre,Here}(v);
	//@ assert vcpus: vcpus_same{Pre,Here};
	//@ assert last: last_same{Pre,Here};
	return t2;
}

/*@ ghost
  /@ requires pfn < NIE_NR_PAGES && w <= 1 && xn <= 1;
     requires type == PTE_S2_NORMAL || type == PTE_S2_FWB_NORMAL || type == PTE_S2_NC;
     requires e == pfn * 4096 + PTE_GUEST + w * PTE_S2_W + xn * PTE_S2_XN + type;
     assigns \nothing;
     ensures leaf_w(e) == w && leaf_af(e) == 1 && leaf_xn(e) == xn;
     ensures is_leaf(e, pfn) && leaf_pfn(e) == pfn && e % 4 == 3;
     ensures leaf_nc(e) <==> type == PTE_S2_NC;
  @/
  static void leaf_bits(u64 e, u32 pfn, u32 w, u32 xn, u64 type)
  {
  }
*/

/*@ requires pfn < NIE_NR_PAGES;
  @ assigns \nothing;
  @ ensures leaf: is_leaf(\result, pfn) && leaf_pfn(\result) == pfn && \result % 4 == 3;
  @ ensures prot: grants(\result, prot) && leaf_af(\result) == 1;
  @ ensures nc: leaf_nc(\result) <==> (prot & NIE_PROT_NC) != 0;
  @*/
static u64 leaf(u32 pfn, u64 prot)
{
	u64 e = (u64)pfn * NIE_PAGE_SIZE + PTE_GUEST;
	u64 type = arch_guest_memattr(prot & NIE_PROT_NC);

	if (prot & NIE_PROT_W)
		e += PTE_S2_W;
	if (!(prot & NIE_PROT_X))
		e += PTE_S2_XN;
	//@ ghost leaf_bits(e + type, pfn, (prot & 2) != 0, (prot & 4) == 0, type);
	return e + type;
}

void nie_s2_set_leaf(u32 t, u32 gfn, u64 entry)
{
	arch_guest_write(t, gfn % NIE_PER_TABLE, entry);
	/*@ assert children: \forall integer u, j; managed(u) && nie_pages.p[u].level < 3 &&
	      0 <= j < 512 ==> child(u, j) == \at(child(u, j), Pre); */
	//@ assert down: \forall integer w; live(w) ==> inv8_down(w);
	/*@ assert root: \forall integer w, b; place2(w, b) ==>
	      is_table(nie_vms.vm[w].root_pfn + b / 512, w, 1) &&
	      nie_pages.p[nie_vms.vm[w].root_pfn + b / 512].base == b / 512; */
	/*@ assert two: \forall integer w, b; place2(w, b) ==>
	      walk2(w, b) == \at(walk2(w, b), Pre); */
	/*@ assert second: \forall integer w, b; place2(w, b) ==> walk2(w, b) == NIE_NO_PAGE ||
	      (is_table(walk2(w, b), w, 2) && nie_pages.p[walk2(w, b)].base == b); */
	/*@ assert three: \forall integer w, b; place3(w, b) ==>
	      walk3(w, b) == \at(walk3(w, b), Pre); */
	//@ assert tables: tables_same{Pre,Here};
	/*@ assert end: \forall integer w, b; place3(w, b) ==> walk3(w, b) == NIE_NO_PAGE ||
	      (is_table(walk3(w, b), w, 3) && nie_pages.p[walk3(w, b)].base == b); */
}

/*@ requires \let v = nie_pages.p[t].vm; live(v) && is_table(t, v, 3) && inv8 && inv9 && inv12;
  @ requires place: gfn < stop && nie_pages.p[t].base == gfn / 512 == (stop - 1) / 512;
  @ requires pages: pfn < NIE_NR_PAGES && stop - gfn <= NIE_NR_PAGES - pfn;
  @ requires free: \forall integer g; gfn <= g < stop ==> nie_tables.t[t].e[g % 512] == 0;
  @ requires records: \forall integer p; pfn <= p < pfn + (stop - gfn) ==>
  @   is_at(p, nie_pages.p[t].vm, gfn + (p - pfn));
  @ assigns nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures mapped: \forall integer g; gfn <= g < stop ==>
  @   leaf_is(nie_tables.t[t].e[g % 512], pfn + (g - gfn), prot);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, stop);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void map_in_table(u32 t, u32 pfn, u32 gfn, u32 stop, u64 prot)
{
	/*@ loop invariant gfn <= g <= stop;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant free: \forall integer h; g <= h < stop ==>
	  @   nie_tables.t[t].e[h % 512] == 0;
	  @ loop invariant mapped: \forall integer h; gfn <= h < g ==>
	  @   leaf_is(nie_tables.t[t].e[h % 512], pfn + (h - gfn), prot);
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant tables: tables_same{Pre,Here};
	  @ loop invariant walks: \let v = nie_pages.p[t].vm; \let done = g;
	  @   walks_same_but{Pre,Here}(v, \at(gfn, Pre), done);
	  @ loop assigns g, nie_tables, nie_vcpus;
	  @ loop variant stop - g;
	  @*/
	for (u32 g = gfn; g < stop; g++)
		nie_s2_set_leaf(t, g, leaf(pfn + (g - gfn), prot));
}

/* nie_s2_map() of [gfn, stop), all below one level-3 table. */
/*@ requires live(v) && gfn_of_vm(v, gfn) && gfn < stop && (stop - 1) / 512 == gfn / 512;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires pfn < NIE_NR_PAGES && stop - gfn <= NIE_NR_PAGES - pfn;
  @ requires pool: wanted2(v, gfn / 0x40000) + wanted3(v, gfn / 512) <= nie_vms.vm[v].pool_nr;
  @ requires free: \forall integer g; gfn <= g < stop ==> walk(v, g) == 0;
  @ requires pages: \forall integer p; pfn <= p < pfn + (stop - gfn) ==>
  @   is_at(p, v, gfn + (p - pfn));
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures mapped: \forall integer g; gfn <= g < stop ==>
  @   leaf_is(walk(v, g), pfn + (g - gfn), prot);
  @ ensures there: walk2(v, gfn / 0x40000) != NIE_NO_PAGE;
  @ ensures pool_nr: nie_vms.vm[v].pool_nr == \old(nie_vms.vm[v].pool_nr) -
  @   \old(wanted2(v, gfn / 0x40000) + wanted3(v, gfn / 512));
  @ ensures two: \forall integer b; place2(v, b) && b != gfn / 0x40000 ==>
  @   walk2(v, b) == \old(walk2(v, b));
  @ ensures three: \forall integer b; place3(v, b) && b != gfn / 512 ==>
  @   walk3(v, b) == \old(walk3(v, b));
  @ ensures walks: walks_same_but{Pre,Post}(v, gfn, stop);
  @ ensures records: pool_to_tables{Pre,Post}(v);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures places: places_same{Pre,Post};
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void map_part(u16 v, u32 pfn, u32 gfn, u32 stop, u64 prot)
{
	u32 t = make_table(v, gfn);

	//@ assert vm: nie_pages.p[t].vm == v;
	/*@ assert same: \forall integer p; pfn <= p < pfn + (stop - gfn) ==>
	      is_at(p, v, gfn + (p - pfn)); */
	/*@ assert entries: \forall integer h; gfn <= h < stop ==> h / 512 == gfn / 512 &&
	      walk(v, h) == 0 && walk(v, h) == nie_tables.t[t].e[h % 512]; */
	map_in_table(t, pfn, gfn, stop, prot);
	/*@ assert done: \forall integer h; gfn <= h < stop ==>
	      walk(v, h) == nie_tables.t[t].e[h % 512]; */
}

void nie_s2_map(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot)
{
	u32 end = gfn + nr;

	//@ assert inside: \forall integer h; gfn <= h < end ==> gfn_of_vm(v, h) && h < 0x80000000;
	/*@ loop invariant gfn <= g <= end;
	  @ loop invariant inside: \forall integer h; gfn <= h < end ==>
	  @   gfn_of_vm(v, h) && h < 0x80000000;
	  @ loop invariant fixed: ram_fixed;
	  @ loop invariant INV_1: inv1;
	  @ loop invariant INV_2: inv2;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_12: inv12;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant pool: g < end ==> wanted(v, g, end - g) <= nie_vms.vm[v].pool_nr;
	  @ loop invariant free: \forall integer h; g <= h < end ==> walk(v, h) == 0;
	  @ loop invariant kinds: \forall integer p; pfn <= p < pfn + nr ==>
	  @   managed(p) && mapped_kind(nie_pages.p[p].kind, v) && nie_pages.p[p].vm == v;
	  @ loop invariant bases: \forall integer p; pfn <= p < pfn + nr ==>
	  @   nie_pages.p[p].base == gfn + (p - pfn);
	  @ loop invariant mapped: \forall integer h; gfn <= h < g ==>
	  @   leaf_is(walk(v, h), pfn + (h - gfn), prot);
	  @ loop invariant records: pool_to_tables{Pre,Here}(\at(v, Pre));
	  @ loop invariant vms: vms_kept{Pre,Here}(\at(v, Pre));
	  @ loop invariant places: places_same{Pre,Here};
	  @ loop invariant walks: \let done = g;
	  @   walks_same_but{Pre,Here}(\at(v, Pre), \at(gfn, Pre), done);
	  @ loop assigns g, nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus;
	  @ loop variant end - g;
	  @*/
	for (u32 g = gfn; g < end; ) {
		u32 stop = nie_s2_table_end(g, end);

		/*@ assert pages: \forall integer p; pfn <= p < pfn + nr ==>
		      is_at(p, v, gfn + (p - pfn)); */
		//@ assert one: (stop - 1) / 512 == g / 512;
		/*@ assert rest: stop < end ==> stop / 512 == g / 512 + 1 &&
		      (end - 1) / 512 == stop / 512 && (end - 1) / 0x40000 == stop / 0x40000; */
		/*@ assert before: wanted(v, g, end - g) == wanted2(v, g / 0x40000) +
		      wanted3(v, g / 512) + (stop < end ? wanted3(v, stop / 512) : 0) +
		      (stop < end &&
		      stop / 0x40000 != g / 0x40000 ? wanted2(v, stop / 0x40000) : 0); */
		/*@ assert same: \let q = pfn + (g - gfn); \forall integer p;
		      q <= p < q + (stop - g) ==>
		      is_at(p, v, gfn + (p - pfn)) && gfn + (p - pfn) == g + (p - q); */
		map_part(v, pfn + (g - gfn), g, stop, prot);
		/*@ assert keep: \forall integer p; pfn <= p < pfn + nr ==>
		      record_same{LoopCurrent,Here}(p); */
		//@ assert lives: lives_same{Pre,Here};
		//@ assert pools: pools_same{Pre,Here}(\at(v, Pre));
		//@ assert vcpus: vcpus_same{Pre,Here};
		//@ assert last: last_same{Pre,Here};
		/*@ assert after: stop < end ==> wanted(v, stop, end - stop) ==
		      wanted2(v, stop / 0x40000) + wanted3(v, stop / 512); */
		/*@ assert left3: stop < end ==> wanted3(v, stop / 512) ==
		      \at(wanted3(v, \at(stop, Here) / 512), LoopCurrent); */
		/*@ assert left2: stop < end ==> wanted2(v, stop / 0x40000) ==
		      (stop / 0x40000 == g / 0x40000 ? 0 :
		       \at(wanted2(v, \at(stop, Here) / 0x40000), LoopCurrent)); */
		g = stop;
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
