// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the host's stage-2 entries and their counts. Lock: nie_lock.
 * Never: allocates, fails, or grants what a record does not. Upholds INV-6, INV-7.
 */
#include "host.h"
#include "page.h"
#include <arch/mem.h>
#include <arch/pte.h>

u32 nie_host_perm(u8 kind)
{
	switch (kind) {
	case NIE_K_HOST:
	case NIE_K_HOST_SHARED_GUEST:
		return NIE_PERM_RWX;
	case NIE_K_HOST_SHARED_NIE:
	case NIE_K_GUEST_SHARED_HOST:
		return NIE_PERM_RW;
	default:
		return NIE_PERM_NONE;
	}
}

/* The level-3 entry of a page that is plain host memory. */
/*@ requires pfn < NIE_NR_PAGES;
  @ assigns \nothing;
  @ ensures \result == l3_rwx(pfn);
  @*/
static u64 plain_l3(u32 pfn)
{
	return (u64)pfn * NIE_PAGE_SIZE + PTE_HOST_RWX;
}

/* The level-3 entry that a record wants. */
/*@ requires managed(pfn);
  @ assigns \nothing;
  @ ensures \result == host_want(pfn);
  @*/
static u64 want_l3(u32 pfn)
{
	u32 perm = nie_host_perm(nie_pages.p[pfn].kind);

	if (perm == NIE_PERM_NONE)
		return 0;
	return perm == NIE_PERM_RWX ? plain_l3(pfn) : (u64)pfn * NIE_PAGE_SIZE + PTE_HOST_RW;
}

/*@ requires mb < NIE_NR_L2;
  @ assigns \nothing;
  @ ensures \result == l2_block(mb);
  @*/
static u64 block_l2(u32 mb)
{
	return (u64)mb * (NIE_PAGE_SIZE * NIE_PER_TABLE) + BLOCK_HOST_RWX;
}

/*@ requires managed_mb(mb) && gibs_fixed;
  @ assigns \nothing;
  @ ensures \result == l2_table(mb);
  @*/
static u64 table_l2(u32 mb)
{
	u64 l3 = nie_gibs.g[mb / NIE_PER_TABLE].l3_pfn + mb % NIE_PER_TABLE;

	return l3 * NIE_PAGE_SIZE + PTE_TABLE;
}

/*@ requires gib < NIE_NR_L1;
  @ assigns \nothing;
  @ ensures \result == l1_block(gib);
  @*/
static u64 block_l1(u32 gib)
{
	return (u64)gib * (NIE_PAGE_SIZE * NIE_PER_GIB) + BLOCK_HOST_RWX;
}

/*@ requires managed_gib(gib) && gibs_fixed;
  @ assigns \nothing;
  @ ensures \result == l1_table(gib);
  @*/
static u64 table_l1(u32 gib)
{
	return (u64)nie_gibs.g[gib].l2_pfn * NIE_PAGE_SIZE + PTE_TABLE;
}

/* The level-2 entry that the count wants. */
/*@ requires managed_mb(mb) && gibs_fixed;
  @ assigns \nothing;
  @ ensures \result == (nie_host_odd.n[mb] != 0 ? l2_table(mb) : l2_block(mb));
  @*/
static u64 want_l2(u32 mb)
{
	return nie_host_odd.n[mb] ? table_l2(mb) : block_l2(mb);
}

/* What the counts mean. */
/*@ ghost
  /@ assigns \nothing;
     ensures mbs: \forall integer b; 0 <= b < NIE_NR_L2 ==> 0 <= nr_odd(b * 512, 512) <= 512 &&
       (nr_odd(b * 512, 512) == 0 <==>
	\forall integer p; b * 512 <= p < b * 512 + 512 ==> host_plain(p));
     ensures gibs: \forall integer g; 0 <= g < NIE_NR_GIBS ==>
       0 <= nr_odd_mb(g * 512, 512) <= 512 &&
       (nr_odd_mb(g * 512, 512) == 0 <==>
	\forall integer b; g * 512 <= b < g * 512 + 512 ==> nie_host_odd.n[b] == 0);
  @/
  static void count_meaning(void)
  {
	/@ loop invariant 0 <= i <= 512;
	   loop invariant mbs: \let k = i; \forall integer b; 0 <= b < NIE_NR_L2 ==>
	     0 <= nr_odd(b * 512, k) <= k &&
	     (nr_odd(b * 512, k) == 0 <==>
	      \forall integer p; b * 512 <= p < b * 512 + k ==> host_plain(p));
	   loop invariant gibs: \let k = i; \forall integer g; 0 <= g < NIE_NR_GIBS ==>
	     0 <= nr_odd_mb(g * 512, k) <= k &&
	     (nr_odd_mb(g * 512, k) == 0 <==>
	      \forall integer b; g * 512 <= b < g * 512 + k ==> nie_host_odd.n[b] == 0);
	   loop assigns i;
	   loop variant 512 - i;
	@/
	for (u32 i = 0; i < 512; i++)
		;
  }
*/

/*@ ghost
  /@ requires inv7_counts && managed_mb(mb);
     assigns \nothing;
     ensures pages: nie_host_odd.n[mb] == 0 <==>
       \forall integer p; mb * 512 <= p < mb * 512 + 512 ==> host_plain(p);
     ensures gib: nie_host_odd_gib.n[mb / 512] == 0 ==> nie_host_odd.n[mb] == 0;
  @/
  static void plain_mb(u32 mb)
  {
	count_meaning();
	/@ assert nie_host_odd.n[mb] == nr_odd(mb * 512, 512); @/
	/@ assert nie_host_odd_gib.n[mb / 512] == nr_odd_mb(mb / 512 * 512, 512); @/
	/@ assert mb / 512 * 512 <= mb < mb / 512 * 512 + 512; @/
  }
*/

/*@ ghost
  /@ requires inv7_counts && managed_gib(gib);
     assigns \nothing;
     ensures nie_host_odd_gib.n[gib] == 0 ==>
       \forall integer p; gib * 0x40000 <= p < (gib + 1) * 0x40000 ==> host_plain(p);
  @/
  static void plain_gib(u32 gib)
  {
	/@ loop invariant 0 <= i <= 512;
	   loop invariant nie_host_odd_gib.n[gib] == 0 ==> \forall integer p;
	     gib * 0x40000 <= p < gib * 0x40000 + i * 512 ==> host_plain(p);
	   loop assigns i;
	   loop variant 512 - i;
	@/
	for (u32 i = 0; i < 512; i++) {
		/@ assert managed: managed_mb(gib * 512 + i); @/
		plain_mb(gib * 512 + i);
	}
  }
*/

/* Store a level-3 entry: the number of odd pages changes by what changes here. */
/*@ requires managed(pfn);
  @ requires value: entry == 0 || entry == l3_rw(pfn) || entry == l3_rwx(pfn);
  @ requires bbm: entry != 0 && walks_l3(pfn / 512) ==>
  @   nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ requires host_tlb_calm;
  @ assigns nie_host_l3, nie_tlb;
  @ ensures entry: nie_host_l3.e[pfn] == entry;
  @ ensures others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_host_l3.e[q] == \old(nie_host_l3.e[q]) && nie_tlb.p[q] == \old(nie_tlb.p[q]);
  @ ensures stale: \old(nie_host_l3.e[pfn]) == 0 || \old(!walks_l3(pfn / 512)) ==>
  @   nie_tlb.p[pfn] == \old(nie_tlb.p[pfn]);
  @ ensures calm: host_tlb_calm;
  @ ensures counts: \forall integer b; 0 <= b < NIE_NR_L2 && b != pfn / 512 ==>
  @   nr_odd(b * 512, 512) == \old(nr_odd(b * 512, 512));
  @ ensures count: \let b = pfn / 512;
  @   nr_odd(b * 512, 512) == \old(nr_odd(b * 512, 512)) + odd_page(pfn) - \old(odd_page(pfn));
  @*/
static void write_l3(u32 pfn, u64 entry)
{
	arch_host_write_l3(pfn, entry);
	/*@ ghost
	  /@ loop invariant 0 <= i <= 512;
	     loop invariant \let k = i; \forall integer b; 0 <= b < NIE_NR_L2 && b != pfn / 512 ==>
	       nr_odd(b * 512, k) == \at(nr_odd(b * 512, k), Pre);
	     loop invariant \let k = i; \let b = pfn / 512;
	       nr_odd(b * 512, k) == \at(nr_odd(b * 512, k), Pre) +
	       (pfn < b * 512 + k ? odd_page(pfn) - \at(odd_page(pfn), Pre) : 0);
	     loop assigns i;
	     loop variant 512 - i;
	  @/
	  for (u32 i = 0; i < 512; i++)
		;
	*/
}

/*@ requires managed_mb(mb);
  @ assigns nie_host_odd;
  @ ensures count: nie_host_odd.n[mb] == n;
  @ ensures others: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != mb / 512 ==>
  @   nr_odd_mb(g * 512, 512) == \old(nr_odd_mb(g * 512, 512));
  @ ensures gib: \let g = mb / 512;
  @   nr_odd_mb(g * 512, 512) == \old(nr_odd_mb(g * 512, 512)) +
  @     (n != 0 ? 1 : 0) - (\old(nie_host_odd.n[mb]) != 0 ? 1 : 0);
  @*/
static void set_odd(u32 mb, u64 n)
{
	nie_host_odd.n[mb] = n;
	/*@ ghost
	  /@ loop invariant 0 <= i <= 512;
	     loop invariant \let k = i; \forall integer g; 0 <= g < NIE_NR_GIBS && g != mb / 512 ==>
	       nr_odd_mb(g * 512, k) == \at(nr_odd_mb(g * 512, k), Pre);
	     loop invariant \let k = i; \let g = mb / 512;
	       nr_odd_mb(g * 512, k) == \at(nr_odd_mb(g * 512, k), Pre) +
	       (mb < g * 512 + k ?
		(n != 0 ? 1 : 0) - (\at(nie_host_odd.n[mb], Pre) != 0 ? 1 : 0) : 0);
	     loop assigns i;
	     loop variant 512 - i;
	  @/
	  for (u32 i = 0; i < 512; i++)
		;
	*/
}

/* Number of pages of a 2 MiB range that are not plain host memory. */
/*@ requires managed_mb(mb);
  @ requires \forall integer p; mb * 512 <= p < mb * 512 + 512 && nie_no_ram.p[p] != 0 ==>
  @   nie_host_l3.e[p] == 0;
  @ assigns \nothing;
  @ ensures \result == nr_odd(mb * 512, 512);
  @*/
static u32 count_odd(u32 mb)
{
	u32 n = 0;

	/*@ loop invariant 0 <= i <= 512 && 0 <= n <= i;
	  @ loop invariant n == nr_odd(mb * 512, i);
	  @ loop assigns i, n;
	  @ loop variant 512 - i;
	  @*/
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		u32 p = mb * NIE_PER_TABLE + i;

		if (nie_host_l3.e[p] != plain_l3(p))
			n++;
	}
	return n;
}

/* Number of 2 MiB ranges of a GiB that have such pages. */
/*@ requires managed_gib(gib);
  @ assigns \nothing;
  @ ensures \result == nr_odd_mb(gib * 512, 512);
  @*/
static u32 count_odd_mbs(u32 gib)
{
	u32 n = 0;

	/*@ loop invariant 0 <= i <= 512 && 0 <= n <= i;
	  @ loop invariant n == nr_odd_mb(gib * 512, i);
	  @ loop assigns i, n;
	  @ loop variant 512 - i;
	  @*/
	for (u32 i = 0; i < NIE_PER_TABLE; i++)
		if (nie_host_odd.n[gib * NIE_PER_TABLE + i])
			n++;
	return n;
}

/* A 2 MiB range has one odd page more, or one less. */
/*@ requires managed_mb(mb) && inv7_gib;
  @ requires odd ? nie_host_odd.n[mb] < 512 : nie_host_odd.n[mb] > 0;
  @ assigns nie_host_odd, nie_host_odd_gib;
  @ ensures inv7_gib;
  @ ensures nie_host_odd.n[mb] == \old(nie_host_odd.n[mb]) + (odd ? 1 : -1);
  @ ensures \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures \forall integer g; 0 <= g < NIE_NR_GIBS && g != mb / 512 ==>
  @   nie_host_odd_gib.n[g] == \old(nie_host_odd_gib.n[g]);
  @*/
static void count_change(u32 mb, bool odd)
{
	u64 was = nie_host_odd.n[mb];
	u64 is = odd ? was + 1 : was - 1;

	//@ ghost count_meaning();
	set_odd(mb, is);
	//@ ghost count_meaning();
	if (was == 0)
		nie_host_odd_gib.n[mb / NIE_PER_TABLE]++;
	else if (is == 0)
		nie_host_odd_gib.n[mb / NIE_PER_TABLE]--;
	/*@ assert here: nie_host_odd_gib.n[mb / 512] == nr_odd_mb(mb / 512 * 512, 512); */
	/*@ assert others: \forall integer g; managed_gib(g) && g != mb / 512 ==>
	      nie_host_odd_gib.n[g] == nr_odd_mb(g * 512, 512); */
}

/* Store a level-3 entry of RAM, and keep the counts exact. */
/*@ requires managed(pfn) && nie_no_ram.p[pfn] == 0;
  @ requires value: entry == 0 || entry == l3_rw(pfn) || entry == l3_rwx(pfn);
  @ requires bbm: entry != 0 ==> nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ requires host_tlb_calm && inv7_counts;
  @ assigns nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures entry: nie_host_l3.e[pfn] == entry;
  @ ensures others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_host_l3.e[q] == \old(nie_host_l3.e[q]) && nie_tlb.p[q] == \old(nie_tlb.p[q]);
  @ ensures stale: \old(nie_host_l3.e[pfn]) == 0 ==> nie_tlb.p[pfn] == \old(nie_tlb.p[pfn]);
  @ ensures calm: host_tlb_calm;
  @ ensures counts: inv7_counts;
  @ ensures odds: \forall integer b; 0 <= b < NIE_NR_L2 && b != pfn / 512 ==>
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures odd_gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != pfn / 0x40000 ==>
  @   nie_host_odd_gib.n[g] == \old(nie_host_odd_gib.n[g]);
  @*/
static void set_l3(u32 pfn, u64 entry)
{
	bool was_plain = nie_host_l3.e[pfn] == plain_l3(pfn);
	bool is_plain = entry == plain_l3(pfn);

	write_l3(pfn, entry);
	//@ ghost count_meaning();
	/*@ assert gib: pfn / 512 / 512 == pfn / 0x40000; */
	/*@ assert others: \forall integer b; managed_mb(b) && b != pfn / 512 ==>
	      nie_host_odd.n[b] == nr_odd(b * 512, 512); */
	/*@ assert here: nie_host_odd.n[pfn / 512] == nr_odd(pfn / 512 * 512, 512) +
	      (was_plain != 0 ? 0 : 1) - (is_plain != 0 ? 0 : 1); */
	/*@ assert range: 0 <= nr_odd(pfn / 512 * 512, 512) <= 512; */
	if (was_plain != is_plain)
		count_change(pfn / NIE_PER_TABLE, was_plain);
}

/*
 * Toggle a level-1 entry. Through a table, TLBs hold entries for any page of the range: all of
 * them have to go before a block covers it. Of a block, TLBI of one address is enough.
 */
/*@ requires managed_gib(gib) && gibs_fixed && host_tlb_clean;
  @ requires entry == l1_block(gib) || entry == l1_table(gib);
  @ requires nie_host_l1.e[gib] == l1_block(gib) || nie_host_l1.e[gib] == l1_table(gib);
  @ assigns nie_host_l1, nie_tlb;
  @ ensures nie_host_l1.e[gib] == entry;
  @ ensures \forall integer g; 0 <= g < NIE_NR_L1 && g != gib ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]);
  @ ensures host_tlb_clean;
  @*/
static void set_l1(u32 gib, u64 entry)
{
	bool was_table = nie_host_l1.e[gib] == table_l1(gib);

	if (nie_host_l1.e[gib] == entry)
		return;
	arch_host_write_l1(gib, 0);
	if (was_table)
		arch_host_tlbi_pages(gib * NIE_PER_GIB, NIE_PER_GIB);
	else
		arch_host_tlbi_table(gib * NIE_PER_GIB);
	arch_host_write_l1(gib, entry);
}

/*
 * Toggle a level-2 entry, likewise. A block that grants more than some record is never put in
 * force.
 */
/*@ requires managed_mb(mb) && gibs_fixed && host_tlb_clean;
  @ requires entry == l2_block(mb) || entry == l2_table(mb);
  @ requires nie_host_l2.e[mb] == l2_block(mb) || nie_host_l2.e[mb] == l2_table(mb);
  @ assigns nie_host_l2, nie_tlb;
  @ ensures nie_host_l2.e[mb] == entry;
  @ ensures \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]);
  @ ensures host_tlb_clean;
  @*/
static void set_l2(u32 mb, u64 entry)
{
	bool was_table = nie_host_l2.e[mb] == table_l2(mb);

	if (nie_host_l2.e[mb] == entry)
		return;
	arch_host_write_l2(mb, 0);
	if (was_table)
		arch_host_tlbi_pages(mb * NIE_PER_TABLE, NIE_PER_TABLE);
	else
		arch_host_tlbi_table(mb * NIE_PER_TABLE);
	arch_host_write_l2(mb, entry);
}

/* Before a page of this 2 MiB range stops being plain host memory: 4K entries come in force. */
/*@ requires managed_mb(mb) && gibs_fixed && host_tlb_clean && inv6_l1_of(mb / 512) &&
  @   inv6_l2_of(mb);
  @ assigns nie_host_l1, nie_host_l2, nie_tlb;
  @ ensures nie_host_l1.e[mb / 512] == l1_table(mb / 512) && nie_host_l2.e[mb] == l2_table(mb);
  @ ensures l1: \forall integer g; 0 <= g < NIE_NR_L1 && g != mb / 512 ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]);
  @ ensures l2: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]);
  @ ensures host_tlb_clean;
  @*/
static void split(u32 mb)
{
	u32 gib = mb / NIE_PER_TABLE;

	set_l1(gib, table_l1(gib));
	set_l2(mb, table_l2(mb));
}

/* After all pages of this 2 MiB range are plain host memory again: blocks come in force. */
/*@ requires managed_mb(mb) && gibs_fixed && host_tlb_clean && inv7_counts;
  @ requires nie_host_l1.e[mb / 512] == l1_table(mb / 512) && nie_host_l2.e[mb] == l2_table(mb);
  @ assigns nie_host_l1, nie_host_l2, nie_tlb;
  @ ensures l1_of: inv6_l1_of(mb / 512);
  @ ensures l2_of: inv6_l2_of(mb);
  @ ensures l1_block: nie_host_odd_gib.n[mb / 512] == 0 ==>
  @   nie_host_l1.e[mb / 512] == l1_block(mb / 512);
  @ ensures l2_block: nie_host_odd.n[mb] == 0 ==> nie_host_l2.e[mb] == l2_block(mb);
  @ ensures l1: \forall integer g; 0 <= g < NIE_NR_L1 && g != mb / 512 ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]);
  @ ensures l2: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]);
  @ ensures host_tlb_clean;
  @*/
static void coalesce(u32 mb)
{
	u32 gib = mb / NIE_PER_TABLE;

	//@ ghost count_meaning();
	//@ ghost plain_gib(gib);
	set_l2(mb, want_l2(mb));
	if (!nie_host_odd_gib.n[gib])
		set_l1(gib, block_l1(gib));
}

/* Take away what the records of [lo, hi), all in one 2 MiB range, no longer want. */
/*@ requires lo < hi <= NIE_NR_PAGES && lo / 512 == (hi - 1) / 512;
  @ requires ram: \forall integer p; lo <= p < hi ==> managed(p) && nie_no_ram.p[p] == 0;
  @ requires host_tlb_clean && inv7_counts;
  @ assigns nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures clean: host_tlb_clean;
  @ ensures counts: inv7_counts;
  @ ensures gone: \forall integer p; lo <= p < hi ==>
  @   nie_host_l3.e[p] == 0 || nie_host_l3.e[p] == host_want(p);
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && !(lo <= p < hi) ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures odds: \forall integer b; 0 <= b < NIE_NR_L2 && b != lo / 512 ==>
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures odd_gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != lo / 0x40000 ==>
  @   nie_host_odd_gib.n[g] == \old(nie_host_odd_gib.n[g]);
  @*/
static void take_away(u32 lo, u32 hi)
{
	bool flush = false;

	/*@ loop invariant lo <= p <= hi;
	  @ loop invariant gone: \forall integer q; lo <= q < p ==>
	  @   nie_host_l3.e[q] == 0 || nie_host_l3.e[q] == host_want(q);
	  @ loop invariant others: \forall integer q; 0 <= q < NIE_NR_PAGES && !(lo <= q < p) ==>
	  @   nie_host_l3.e[q] == \at(nie_host_l3.e[q], Pre) && nie_tlb.p[q] == 0;
	  @ loop invariant calm: host_tlb_calm && inv7_counts;
	  @ loop invariant flush: flush == 0 || flush == 1;
	  @ loop invariant quiet: flush == 0 ==> host_tlb_clean;
	  @ loop invariant odds: \forall integer b; 0 <= b < NIE_NR_L2 && b != lo / 512 ==>
	  @   nie_host_odd.n[b] == \at(nie_host_odd.n[b], Pre);
	  @ loop invariant odd_gibs:
	  @   \forall integer g; 0 <= g < NIE_NR_GIBS && g != lo / 0x40000 ==>
	  @   nie_host_odd_gib.n[g] == \at(nie_host_odd_gib.n[g], Pre);
	  @ loop assigns p, flush, nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
	  @ loop variant hi - p;
	  @*/
	for (u32 p = lo; p < hi; p++) {
		if (nie_host_l3.e[p] == 0 || nie_host_l3.e[p] == want_l3(p))
			continue;
		//@ assert mb: p / 512 == lo / 512 && p / 0x40000 == lo / 0x40000;
		set_l3(p, 0);
		flush = true;
	}
	if (flush)
		arch_host_tlbi_pages(lo, hi - lo);
}

/* Put in what the records of [lo, hi), all in one 2 MiB range, want. */
/*@ requires lo < hi <= NIE_NR_PAGES && lo / 512 == (hi - 1) / 512;
  @ requires ram: \forall integer p; lo <= p < hi ==> managed(p) && nie_no_ram.p[p] == 0;
  @ requires host_tlb_clean && inv7_counts;
  @ requires gone: \forall integer p; lo <= p < hi ==>
  @   nie_host_l3.e[p] == 0 || nie_host_l3.e[p] == host_want(p);
  @ assigns nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures clean: host_tlb_clean;
  @ ensures counts: inv7_counts;
  @ ensures here: \forall integer p; lo <= p < hi ==> nie_host_l3.e[p] == host_want(p);
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && !(lo <= p < hi) ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures odds: \forall integer b; 0 <= b < NIE_NR_L2 && b != lo / 512 ==>
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures odd_gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != lo / 0x40000 ==>
  @   nie_host_odd_gib.n[g] == \old(nie_host_odd_gib.n[g]);
  @*/
static void put_in(u32 lo, u32 hi)
{
	/*@ loop invariant lo <= p <= hi;
	  @ loop invariant here: \forall integer q; lo <= q < p ==>
	  @   nie_host_l3.e[q] == host_want(q);
	  @ loop invariant others: \forall integer q; 0 <= q < NIE_NR_PAGES && !(lo <= q < p) ==>
	  @   nie_host_l3.e[q] == \at(nie_host_l3.e[q], Pre);
	  @ loop invariant clean: host_tlb_clean && inv7_counts;
	  @ loop invariant odds: \forall integer b; 0 <= b < NIE_NR_L2 && b != lo / 512 ==>
	  @   nie_host_odd.n[b] == \at(nie_host_odd.n[b], Pre);
	  @ loop invariant odd_gibs:
	  @   \forall integer g; 0 <= g < NIE_NR_GIBS && g != lo / 0x40000 ==>
	  @   nie_host_odd_gib.n[g] == \at(nie_host_odd_gib.n[g], Pre);
	  @ loop assigns p, nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
	  @ loop variant hi - p;
	  @*/
	for (u32 p = lo; p < hi; p++) {
		u64 want = want_l3(p);

		//@ assert mb: p / 512 == lo / 512 && p / 0x40000 == lo / 0x40000;
		if (nie_host_l3.e[p] != want)
			set_l3(p, want);
	}
}

/*@ requires lo <= hi;
  @ requires \forall integer p; lo <= p < hi ==> managed(p);
  @ assigns \nothing;
  @ ensures \result == 1 <==>
  @   \forall integer p; lo <= p < hi ==> nie_host_l3.e[p] == host_want(p);
  @ ensures \result == 0 || \result == 1;
  @*/
static bool in_sync(u32 lo, u32 hi)
{
	/*@ loop invariant lo <= p <= hi;
	  @ loop invariant \forall integer q; lo <= q < p ==> nie_host_l3.e[q] == host_want(q);
	  @ loop assigns p;
	  @ loop variant hi - p;
	  @*/
	for (u32 p = lo; p < hi; p++)
		if (nie_host_l3.e[p] != want_l3(p))
			return false;
	return true;
}

/* nie_host_sync() of [lo, hi), all in one 2 MiB range. */
/*@ requires gibs_fixed;
  @ requires lo < hi <= NIE_NR_PAGES && lo / 512 == (hi - 1) / 512;
  @ requires ram: \forall integer p; lo <= p < hi ==> managed(p) && nie_no_ram.p[p] == 0;
  @ requires inv6_but(0, NIE_NR_PAGES) && inv7;
  @ assigns nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb;
  @ ensures l3: inv6_l3(0, NIE_NR_PAGES);
  @ ensures here: \forall integer p; lo <= p < hi ==> nie_host_l3.e[p] == host_want(p);
  @ ensures l2: inv6_l2;
  @ ensures l1: inv6_l1;
  @ ensures clean: host_tlb_clean;
  @ ensures counts: inv7_counts;
  @ ensures blocks: inv7_blocks;
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && !(lo <= p < hi) ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures frame: host_same_but{Pre,Post}(lo, hi);
  @*/
static void sync_mb(u32 lo, u32 hi)
{
	u32 mb = lo / NIE_PER_TABLE;

	if (in_sync(lo, hi))
		return;
	//@ assert mb: \forall integer p; lo <= p < hi ==> p / 512 == mb && p / 0x40000 == mb / 512;
	//@ assert ram: entries_are_l3;
	split(mb);
	take_away(lo, hi);
	put_in(lo, hi);
	coalesce(mb);
	/*@ assert l2_blocks: \forall integer b; managed_mb(b) && b != mb &&
	      nie_host_odd.n[b] == 0 ==> nie_host_l2.e[b] == l2_block(b); */
	/*@ assert l1_blocks: \forall integer g; managed_gib(g) && g != mb / 512 &&
	      nie_host_odd_gib.n[g] == 0 ==> nie_host_l1.e[g] == l1_block(g); */
	/*@ assert same: \forall integer b; managed_mb(b) && b != mb ==>
	      nie_host_l2.e[b] == \at(nie_host_l2.e[b], Pre) && \at(inv6_l2_of(b), Pre); */
	/*@ assert apart: \forall integer b, p; managed_mb(b) && b != mb &&
	      b * 512 <= p < b * 512 + 512 ==> nie_host_l3.e[p] == \at(nie_host_l3.e[p], Pre); */
	/*@ assert plain: \forall integer b; managed_mb(b) && b != mb &&
	      (\forall integer p; b * 512 <= p < b * 512 + 512 ==> \at(host_plain(p), Pre)) ==>
	      (\forall integer p; b * 512 <= p < b * 512 + 512 ==> host_plain(p)); */
	//@ assert l1_of: \forall integer g; managed_gib(g) && g != mb / 512 ==> inv6_l1_of(g);
	//@ assert l2_of: \forall integer b; managed_mb(b) && b != mb ==> inv6_l2_of(b);
	//@ assert l1: inv6_l1;
	//@ assert l2: inv6_l2;
	//@ assert ram: entries_are_l3;
	/*@ assert in_gib: \forall integer p; managed(p) && nie_no_ram.p[p] != 0 &&
	      p / 0x40000 == mb / 512 ==> nie_host_l1.e[mb / 512] == l1_table(mb / 512) &&
	      \at(nie_host_l1.e[p / 0x40000], Pre) == l1_table(mb / 512); */
	/*@ assert in_mb: \forall integer p; managed(p) && nie_no_ram.p[p] != 0 && p / 512 == mb
	      ==> nie_host_l2.e[mb] == l2_table(mb) &&
	      \at(nie_host_l2.e[p / 512], Pre) == l2_table(mb); */
	/*@ assert no_ram: \forall integer p; managed(p) && nie_no_ram.p[p] != 0 ==>
	      host_entry(p) == \at(host_entry(p), Pre); */
}

void nie_host_sync(u32 pfn, u32 nr)
{
	u32 end = pfn + nr;

	/*@ loop invariant \at(pfn, Pre) <= pfn <= end;
	  @ loop invariant l3: inv6_l3(pfn, end);
	  @ loop invariant l2: inv6_l2;
	  @ loop invariant l1: inv6_l1;
	  @ loop invariant clean: host_tlb_clean;
	  @ loop invariant counts: inv7_counts;
	  @ loop invariant blocks: inv7_blocks;
	  @ loop invariant frame: \let done = pfn; host_same_but{Pre,Here}(\at(pfn, Pre), done);
	  @ loop assigns pfn, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd, nie_host_odd_gib,
	  @   nie_tlb;
	  @ loop variant end - pfn;
	  @*/
	while (pfn < end) {
		u32 stop = (pfn / NIE_PER_TABLE + 1) * NIE_PER_TABLE;

		if (stop > end)
			stop = end;
		//@ assert mb: pfn < stop <= (pfn / 512 + 1) * 512;
		//@ assert one: (stop - 1) / 512 == pfn / 512;
		sync_mb(pfn, stop);
		pfn = stop;
	}
	/*@ assert want: \forall integer p; \at(pfn, Pre) <= p < end ==>
	      nie_host_l3.e[p] == host_want(p) && inv6_l1_of(p / 0x40000) && inv6_l2_of(p / 512); */
	arch_host_sync_done();
}

/* Fill the tables of a 2 MiB range that nothing walks yet. */
/*@ requires gibs_fixed && ram_fixed && host_tlb_clean && managed_mb(mb);
  @ requires nie_host_l1.e[mb / 512] == 0;
  @ assigns nie_host_l2, nie_host_l3, nie_host_odd, nie_tlb;
  @ ensures clean: host_tlb_clean;
  @ ensures l3: \forall integer p; mb * 512 <= p < mb * 512 + 512 ==>
  @   nie_host_l3.e[p] == host_want(p);
  @ ensures count: nie_host_odd.n[mb] == nr_odd(mb * 512, 512);
  @ ensures l2: nie_host_l2.e[mb] == (nie_host_odd.n[mb] != 0 ? l2_table(mb) : l2_block(mb));
  @ ensures l3_others: \forall integer p; 0 <= p < NIE_NR_PAGES &&
  @   !(mb * 512 <= p < mb * 512 + 512) ==> nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures others: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]) &&
  @   nie_host_odd.n[b] == \old(nie_host_odd.n[b]);
  @ ensures counts: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nr_odd(b * 512, 512) == \old(nr_odd(b * 512, 512));
  @ ensures gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != mb / 512 ==>
  @   nr_odd_mb(g * 512, 512) == \old(nr_odd_mb(g * 512, 512));
  @*/
static void init_mb(u32 mb)
{
	/*@ loop invariant 0 <= i <= 512;
	  @ loop invariant clean: host_tlb_clean;
	  @ loop invariant l3: \forall integer p; mb * 512 <= p < mb * 512 + i ==>
	  @   nie_host_l3.e[p] == host_want(p);
	  @ loop invariant others: \forall integer p; 0 <= p < NIE_NR_PAGES &&
	  @   !(mb * 512 <= p < mb * 512 + i) ==> nie_host_l3.e[p] == \at(nie_host_l3.e[p], Pre);
	  @ loop invariant counts: \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
	  @   nr_odd(b * 512, 512) == \at(nr_odd(b * 512, 512), Pre);
	  @ loop assigns i, nie_host_l3, nie_tlb;
	  @ loop variant 512 - i;
	  @*/
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		u32 p = mb * NIE_PER_TABLE + i;

		//@ assert mb: p / 512 == mb && p / 0x40000 == mb / 512;
		write_l3(p, want_l3(p));
	}
	set_odd(mb, count_odd(mb));
	arch_host_write_l2(mb, want_l2(mb));
}

void nie_host_init_gib(u32 gib)
{
	/*@ loop invariant gib * 512 <= mb <= gib * 512 + 512;
	  @ loop invariant clean: host_tlb_clean;
	  @ loop invariant l3: \forall integer p;
	  @   gib * 0x40000 <= p < mb * 512 ==> nie_host_l3.e[p] == host_want(p);
	  @ loop invariant l2: \forall integer b; gib * 512 <= b < mb ==>
	  @   nie_host_l2.e[b] == (nie_host_odd.n[b] != 0 ? l2_table(b) : l2_block(b));
	  @ loop invariant counts: \forall integer b; gib * 512 <= b < mb ==>
	  @   nie_host_odd.n[b] == nr_odd(b * 512, 512);
	  @ loop invariant l3_others: \forall integer p; 0 <= p < NIE_NR_PAGES &&
	  @   !(gib * 0x40000 <= p < (gib + 1) * 0x40000) ==>
	  @   nie_host_l3.e[p] == \at(nie_host_l3.e[p], Pre);
	  @ loop invariant others: \forall integer b; 0 <= b < NIE_NR_L2 &&
	  @   !(gib * 512 <= b < gib * 512 + 512) ==>
	  @   nie_host_l2.e[b] == \at(nie_host_l2.e[b], Pre) &&
	  @   nie_host_odd.n[b] == \at(nie_host_odd.n[b], Pre) &&
	  @   nr_odd(b * 512, 512) == \at(nr_odd(b * 512, 512), Pre);
	  @ loop invariant gibs: \forall integer g; 0 <= g < NIE_NR_GIBS && g != gib ==>
	  @   nr_odd_mb(g * 512, 512) == \at(nr_odd_mb(g * 512, 512), Pre);
	  @ loop assigns mb, nie_host_l2, nie_host_l3, nie_host_odd, nie_tlb;
	  @ loop variant gib * 512 + 512 - mb;
	  @*/
	for (u32 mb = gib * NIE_PER_TABLE; mb < (gib + 1) * NIE_PER_TABLE; mb++) {
		//@ assert gib: mb / 512 == gib;
		init_mb(mb);
		//@ assert here: nie_host_odd.n[mb] == nr_odd(mb * 512, 512);
		/*@ assert earlier: \forall integer b; gib * 512 <= b < mb ==>
		      nie_host_odd.n[b] == nr_odd(b * 512, 512); */
	}
	nie_host_odd_gib.n[gib] = count_odd_mbs(gib);
	arch_host_write_l1(gib, nie_host_odd_gib.n[gib] ? table_l1(gib) : block_l1(gib));
}

/* Is this whole 2 MiB range device memory that the host may have? */
/*@ requires managed_mb(mb) && ram_fixed;
  @ assigns \nothing;
  @ ensures \result == 1 <==>
  @   \forall integer p; mb * 512 <= p < mb * 512 + 512 ==> nie_no_ram.p[p] != 0;
  @ ensures \result == 0 || \result == 1;
  @*/
static bool all_device(u32 mb)
{
	/*@ loop invariant 0 <= i <= 512;
	  @ loop invariant \forall integer p; mb * 512 <= p < mb * 512 + i ==> nie_no_ram.p[p] != 0;
	  @ loop assigns i;
	  @ loop variant 512 - i;
	  @*/
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		//@ assert managed(mb * 512 + i);
		if (nie_pages.p[mb * NIE_PER_TABLE + i].kind != NIE_K_NOT_RAM)
			return false;
	}
	return true;
}

/*
 * Device memory. Its stage-2 type is Normal as well: the stronger of both stages' types wins (Arm
 * ARM D8.6.7), so the host's stage 1 says what it is, as on a machine without NIE.
 */
/* A GiB without records. */
/*@ requires gib < NIE_NR_L1 && !managed_gib(gib) && inv6 && inv7;
  @ assigns nie_host_l1, nie_tlb;
  @ ensures inv6 && inv7;
  @ ensures \forall integer g; 0 <= g < NIE_NR_L1 && g != gib ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]);
  @*/
static void map_device_gib(u32 gib)
{
	if (nie_host_l1.e[gib] == 0)
		arch_host_write_l1(gib, block_l1(gib));
}

/*@ requires managed(pfn) && nie_no_ram.p[pfn] != 0 && nie_host_l3.e[pfn] == 0;
  @ requires host_tlb_clean && inv7_mb;
  @ assigns nie_host_l3, nie_tlb;
  @ ensures here: nie_host_l3.e[pfn] == l3_rwx(pfn);
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @ ensures clean: host_tlb_clean;
  @ ensures counts: inv7_mb;
  @*/
static void map_device_page(u32 pfn)
{
	//@ assert was: odd_page(pfn) == 1;
	write_l3(pfn, plain_l3(pfn));
	//@ assert is: odd_page(pfn) == 1;
	//@ assert here: nie_host_odd.n[pfn / 512] == nr_odd(pfn / 512 * 512, 512);
	/*@ assert others: \forall integer b; managed_mb(b) && b != pfn / 512 ==>
	      nie_host_odd.n[b] == nr_odd(b * 512, 512); */
}

/*@ requires gibs_fixed && ram_fixed && inv6 && inv7;
  @ requires managed(pfn) && nie_no_ram.p[pfn] != 0;
  @ assigns nie_host_l2, nie_host_l3, nie_tlb;
  @ ensures l3: inv6_l3(0, 0);
  @ ensures l2: inv6_l2;
  @ ensures l1: inv6_l1;
  @ ensures clean: host_tlb_clean;
  @ ensures counts: inv7_counts;
  @ ensures blocks: inv7_blocks;
  @ ensures ram: \forall integer p; managed(p) && nie_no_ram.p[p] == 0 ==>
  @   nie_host_l3.e[p] == \old(nie_host_l3.e[p]);
  @*/
static void map_device(u32 pfn)
{
	u32 mb = pfn / NIE_PER_TABLE;

	//@ assert mb: managed_mb(mb) && inv6_l2_of(mb);
	if (all_device(mb))
		set_l2(mb, block_l2(mb));
	else if (nie_host_l3.e[pfn] == 0)
		map_device_page(pfn);
}

bool nie_host_fault(u64 ipa, bool exec)
{
	u64 pfn = ipa / NIE_PAGE_SIZE;
	u8 kind;

	if (pfn >= nie_host_nr_pages)
		return false;
	//@ assert before: entries_are_l3;
	kind = nie_page_kind(pfn);
	if (kind == NIE_K_NOT_RAM) {
		if (nie_gib_managed(pfn / NIE_PER_GIB))
			map_device((u32)pfn);
		else
			map_device_gib((u32)(pfn / NIE_PER_GIB));
		arch_host_sync_done();
		//@ assert after: entries_are_l3;
		return true;
	}
	/* The entry was out of force for a moment (break-before-make). */
	return nie_host_perm(kind) == NIE_PERM_RWX || (!exec && nie_host_perm(kind) == NIE_PERM_RW);
}
