// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the transitions of memory. Lock: nie_lock.
 * Never: acts before its last check. Upholds INV-1..INV-9 together.
 */
#include "xfer.h"
#include "host.h"
#include "launch.h"
#include "lemmas_vcpus.h"
#include "lemmas.h"
#include "page.h"
#include "s2.h"
#include "vm.h"
#include <arch/mem.h>
#include <arch/pte.h>

/* Host: HOST => HOST_SHARED_NIE */
int nie_xfer_host_share_nie(u32 pfn)
{
	if (nie_page_kind(pfn) != NIE_K_HOST)
		return -EPERM;

	nie_page_set(pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 0);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	nie_host_sync(pfn, 1);
	arch_window_map(pfn);
	return 0;
}

/* Host: HOST_SHARED_NIE => HOST */
int nie_xfer_host_unshare_nie(u32 pfn)
{
	if (nie_page_kind(pfn) != NIE_K_HOST_SHARED_NIE)
		return -EPERM;
	if (nie_pages.p[pfn].base)
		return -EBUSY;

	arch_window_unmap(pfn);
	nie_page_set(pfn, NIE_K_HOST, 0, 0, 0);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	nie_host_sync(pfn, 1);
	return 0;
}

/* Size of a guest physical address space, in pages: 2^(ipa_bits - 12). */
/*@ requires NIE_IPA_BITS_MIN <= ipa_bits <= NIE_IPA_BITS_MAX;
  @ assigns \nothing;
  @ ensures \result == gfns_of(ipa_bits);
  @*/
static u64 nr_gfns(u8 ipa_bits)
{
	u64 n = 1ul << (NIE_IPA_BITS_MIN - 12);

	/*@ loop invariant NIE_IPA_BITS_MIN <= b <= ipa_bits && n == gfns_of(b);
	  @ loop assigns b, n;
	  @ loop variant ipa_bits - b;
	  @*/
	for (u8 b = NIE_IPA_BITS_MIN; b < ipa_bits; b++)
		n *= 2;
	return n;
}

/*@ requires v < NIE_NR_VMS && live(v) && inv8_roots(v) && nr >= 1;
  @ assigns \nothing;
  @ ensures \result == 1 <==> inside(v, gfn, nr);
  @ ensures place: \result == 1 ==>
  @   gfn_of_vm(v, gfn) && gfn_of_vm(v, gfn + nr - 1) && gfn + nr <= 0x80000000;
  @ ensures \result == 0 || \result == 1;
  @*/
static bool gfns_inside(u16 v, u32 gfn, u32 nr)
{
	u64 limit = nr_gfns(nie_vms.vm[v].ipa_bits);

	//@ assert roots: limit <= nie_vms.vm[v].nr_roots * 0x8000000;
	return gfn < limit && nr <= limit - gfn;
}

/*@ requires v < NIE_NR_VMS;
  @ assigns \nothing;
  @ ensures \result == 1 <==> live(v) && nie_vms.vm[v].type == type;
  @ ensures \result == 0 || \result == 1;
  @*/
static bool live(u16 v, u8 type)
{
	return nie_vms.vm[v].state == NIE_VM_LIVE && nie_vms.vm[v].type == type;
}

/* All pages HOST: 0. Some already where they are to be shared, the others HOST: -EEXIST. */
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES;
  @ requires nr <= NIE_NR_PAGES - pfn && gfn + nr <= 0x80000000;
  @ assigns \nothing;
  @ ensures host: \result == 0 <==> all_host(pfn, nr);
  @ ensures eperm: \result == -EPERM <==> \exists integer p; pfn <= p < pfn + nr &&
  @   kind_of(p) != NIE_K_HOST && !shared_at(p, v, gfn + (p - pfn));
  @ ensures result: \result == 0 || \result == -EPERM || \result == -EEXIST;
  @*/
static int check_shareable(u16 v, u32 pfn, u32 gfn, u32 nr)
{
	int ret = 0;

	/*@ loop invariant 0 <= i <= nr && (ret == 0 || ret == -EEXIST);
	  @ loop invariant host: ret == 0 <==>
	  @   \forall integer p; pfn <= p < pfn + i ==> kind_of(p) == NIE_K_HOST;
	  @ loop invariant fine: \forall integer p; pfn <= p < pfn + i ==>
	  @   kind_of(p) == NIE_K_HOST || shared_at(p, v, gfn + (p - pfn));
	  @ loop assigns i, ret;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		u8 kind = nie_page_kind((u64)pfn + i);

		if (kind == NIE_K_HOST)
			continue;
		if (kind != NIE_K_HOST_SHARED_GUEST || nie_pages.p[pfn + i].vm != v ||
		    nie_pages.p[pfn + i].base != gfn + i)
			return -EPERM;
		ret = -EEXIST;
	}
	return ret;
}

/*@ requires live(v) && inv8_of(v) && range_of_vm(v, gfn, nr) && \valid(missing);
  @ assigns *missing;
  @ ensures result: \result == (wanted(v, gfn, nr) <= nie_vms.vm[v].pool_nr ? 0 : -ENOMEM);
  @ ensures missing: *missing == (\result == 0 ? \old(*missing) :
  @   wanted(v, gfn, nr) - nie_vms.vm[v].pool_nr);
  @*/
static int check_pool(u16 v, u32 gfn, u32 nr, u64 *missing)
{
	u32 need = nie_s2_wanted(v, gfn, nr);

	if (need <= nie_vms.vm[v].pool_nr)
		return 0;
	*missing = need - nie_vms.vm[v].pool_nr;
	return -ENOMEM;
}

/* HOST => HOST_SHARED_GUEST or GUEST, the records alone. */
/*@ requires live(v) && kind_of(pfn) == NIE_K_HOST && mapped_kind(kind, v);
  @ requires kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ assigns nie_pages, nie_counts;
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
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
  @ ensures INV_9: inv9;
  @ ensures page: is_at(pfn, v, gfn) && nie_pages.p[pfn].kind == kind;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @*/
static void give_page(u16 v, u32 pfn, u32 gfn, u8 kind)
{
	/*@ assert only: \forall integer w, u, i; live(w) && is_table(u, w, 3) && 0 <= i < 512 &&
	      nie_tables.t[u].e[i] != 0 ==> leaf_pfn(nie_tables.t[u].e[i]) != pfn; */
	/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
	      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn; */
	nie_page_set(pfn, kind, 0, v, gfn);
	/*@ assert others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
	      record_same{Pre,Here}(q); */
	/*@ assert entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 ==>
	      nie_tables.t[u].e[j] == \at(nie_tables.t[u].e[j], Pre); */
	//@ assert places: places_same{Pre,Here};
}

/*@ requires live(v) && all_host(pfn, nr) && mapped_kind(kind, v);
  @ requires kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires 1 <= nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires gfn + nr <= 0x80000000;
  @ assigns nie_pages, nie_counts;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures pages: \forall integer p; pfn <= p < pfn + nr ==>
  @   is_at(p, v, gfn + (p - pfn)) && nie_pages.p[p].kind == kind;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + nr);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @*/
static void give_pages(u16 v, u32 pfn, u32 gfn, u32 nr, u8 kind)
{
	/*@ assert ram: \forall integer p; pfn <= p < pfn + nr ==> kind_of(p) == NIE_K_HOST &&
	      managed(p) && nie_pages.p[p].kind == NIE_K_HOST; */
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant fixed: ram_fixed;
	  @ loop invariant INV_1: inv1;
	  @ loop invariant INV_2: inv2;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_12: inv12;
	  @ loop invariant rest: \forall integer p; pfn + i <= p < pfn + nr ==>
	  @   managed(p) && nie_pages.p[p].kind == NIE_K_HOST;
	  @ loop invariant kinds: \forall integer p; pfn <= p < pfn + i ==> managed(p) &&
	  @   nie_pages.p[p].kind == kind && nie_pages.p[p].vm == v;
	  @ loop invariant bases: \forall integer p; pfn <= p < pfn + i ==>
	  @   nie_pages.p[p].base == gfn + (p - pfn);
	  @ loop invariant records: \let end = pfn + i;
	  @   records_same_but{Pre,Here}(\at(pfn, Pre), end);
	  @ loop invariant tables: tables_same{Pre,Here};
	  @ loop invariant walks: walks_same_but{Pre,Here}(\at(v, Pre), 0, 0);
	  @ loop invariant places: places_same{Pre,Here};
	  @ loop assigns i, nie_pages, nie_counts;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++) {
		give_page(v, pfn + i, gfn + i, kind);
		/*@ assert keep: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn + i ==>
		      record_same{LoopCurrent,Here}(p); */
		/*@ assert last: managed(pfn + i) && nie_pages.p[pfn + i].kind == kind &&
		      nie_pages.p[pfn + i].vm == v && nie_pages.p[pfn + i].base == gfn + i; */
		/*@ assert before: \forall integer p; pfn <= p < pfn + i ==> managed(p) &&
		      nie_pages.p[p].kind == kind && nie_pages.p[p].vm == v; */
		/*@ assert before_base: \forall integer p; pfn <= p < pfn + i ==>
		      nie_pages.p[p].base == gfn + (p - pfn); */
	}
}

/* Host: HOST => HOST_SHARED_GUEST */
int nie_xfer_host_share_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot, u64 *missing)
{
	int ret;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	ret = check_shareable(v, pfn, gfn, nr);
	if (ret)
		return ret;
	if (nie_s2_any(v, gfn, nr))
		return -EEXIST;
	//@ assert none: none_at(v, gfn, nr);
	ret = check_pool(v, gfn, nr, missing);
	if (ret)
		return ret;

	give_pages(v, pfn, gfn, nr, NIE_K_HOST_SHARED_GUEST);
	/*@ assert in: \forall integer p; pfn <= p < pfn + nr ==>
	      nie_pages.p[p].kind == NIE_K_HOST_SHARED_GUEST &&
	      \at(kind_of(p), Pre) == NIE_K_HOST; */
	/*@ assert was: \forall integer p; pfn <= p < pfn + nr ==>
	      \at(nie_pages.p[p].kind, Pre) == NIE_K_HOST; */
	/*@ assert rest: \forall integer p; 0 <= p < NIE_NR_PAGES && !(pfn <= p < pfn + nr) ==>
	      record_same{Pre,Here}(p); */
	/*@ assert out: \forall integer p; managed(p) && !(pfn <= p < pfn + nr) ==>
	      nie_pages.p[p].kind == \at(nie_pages.p[p].kind, Pre); */
	/*@ assert perms: \forall integer p; managed(p) ==>
	      perm_of(nie_pages.p[p].kind) == perm_of(\at(nie_pages.p[p].kind, Pre)); */
	/*@ assert wants: \forall integer p; managed(p) ==>
	      host_want(p) == \at(host_want(p), Pre); */
	//@ assert l3: inv6_l3(0, 0);
	//@ assert free: \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) == 0;
	nie_s2_map(v, pfn, gfn, nr, prot);
	//@ assert records: given{Pre,Here}(v, pfn, pfn + nr);
	/*@ assert shared: \forall integer p; pfn <= p < pfn + nr ==>
	      shared_at(p, v, gfn + (p - pfn)); */
	/*@ assert perms_again: \forall integer p; managed(p) ==>
	      perm_of(nie_pages.p[p].kind) == perm_of(\at(nie_pages.p[p].kind, Pre)); */
	//@ assert l3_again: inv6_l3(0, 0);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpu_pages: vcpu_pages_same{Pre,Here};
	//@ assert contexts: contexts_same{Pre,Here};
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	return 0;
}

/* The content of pages that a VM gets: measured or zeroed, and what was fetched of it forgotten. */
/*@ requires live(v) && inv8 && inv9 && inv12 && ram_fixed && inv6;
  @ requires 1 <= nr <= NIE_MAX_RANGE && pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires gfn + nr <= 0x80000000;
  @ requires pages: \forall integer p; pfn <= p < pfn + nr ==> managed(p) &&
  @   nie_pages.p[p].kind == NIE_K_GUEST && nie_no_ram.p[p] == 0;
  @ assigns nie_launch, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures launched: launched(v) <==> \old(launched(v));
  @ ensures zeroes: launched(v) ==> \forall integer p; pfn <= p < pfn + nr ==>
  @   nie_zeroed.p[p] != 0;
  @ ensures digest: digest_same{Pre,Post}(v);
  @ ensures others: launches_same_but{Pre,Post}(v);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void give_content(u16 v, u32 pfn, u32 gfn, u32 nr)
{
	/*@ assert quiet: \forall integer p; pfn <= p < pfn + nr ==>
	      nie_host_l3.e[p] == 0 && nie_tlb.p[p] == 0; */
	/*@ loop invariant 0 <= i <= nr;
	  @ loop invariant launched: launched(v) <==> \at(launched(v), Pre);
	  @ loop invariant zeroes: launched(v) ==> \forall integer p; pfn <= p < pfn + i ==>
	  @   nie_zeroed.p[p] != 0;
	  @ loop invariant digest: digest_same{Pre,Here}(\at(v, Pre));
	  @ loop invariant others: launches_same_but{Pre,Here}(\at(v, Pre));
	  @ loop invariant INV_12: inv12;
	  @ loop invariant entries: \forall integer t, j; 0 <= t < NIE_NR_PAGES &&
	  @   !(pfn <= t < pfn + nr) && 0 <= j < 512 ==>
	  @   nie_tables.t[t].e[j] == \at(nie_tables.t[t].e[j], Pre);
	  @ loop invariant vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES &&
	  @   !(pfn <= t < pfn + nr) ==> nie_vcpus.c[t] == \at(nie_vcpus.c[t], Pre);
	  @ loop assigns i, nie_launch, nie_window, nie_zeroed, nie_tables, nie_vcpus;
	  @ loop variant nr - i;
	  @*/
	for (u32 i = 0; i < nr; i++)
		nie_launch_give(v, pfn + i, gfn + i);
	arch_icache_invalidate();
	//@ assert natural: \at(natural, Pre);
	//@ assert untouched: tables_untouched{Pre,Here}(NIE_NO_VM);
	/*@ assert second: \forall integer w, b; place2(w, b) && walk2(w, b) != NIE_NO_PAGE ==>
	      is_table(walk2(w, b), w, 2); */
	/*@ assert third: \forall integer w, b; place3(w, b) && walk3(w, b) != NIE_NO_PAGE ==>
	      is_table(walk3(w, b), w, 3); */
	/*@ assert leaves: \forall integer w, b, i; place3(w, b) && walk3(w, b) != NIE_NO_PAGE &&
	      0 <= i < 512 ==> nie_tables.t[walk3(w, b)].e[i] ==
	      \at(nie_tables.t[\at(walk3(w, b), Here)].e[i], Pre); */
	/*@ assert place: \forall integer w, g; gfn_of_vm(w, g) ==> place3(w, g / 512) &&
	      0 <= g % 512 < 512; */
}

/* Host: HOST => GUEST */
int nie_xfer_host_donate_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 *missing)
{
	int ret;

	if (!live(v, NIE_VM_PROTECTED) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	if (!nie_pages_are(pfn, nr, NIE_K_HOST))
		return -EPERM;
	if (nie_s2_any(v, gfn, nr))
		return -EEXIST;
	//@ assert none: none_at(v, gfn, nr);
	ret = check_pool(v, gfn, nr, missing);
	if (ret)
		return ret;

	/*@ assert ram: \forall integer p; pfn <= p < pfn + nr ==> kind_of(p) == NIE_K_HOST &&
	      managed(p) && nie_pages.p[p].kind == NIE_K_HOST && nie_no_ram.p[p] == 0; */
	give_pages(v, pfn, gfn, nr, NIE_K_GUEST);
	/*@ assert out: \forall integer p; managed(p) && !(pfn <= p < pfn + nr) ==>
	      nie_pages.p[p].kind == \at(nie_pages.p[p].kind, Pre); */
	/*@ assert rest: \forall integer p; 0 <= p < NIE_NR_PAGES && !(pfn <= p < pfn + nr) ==>
	      record_same{Pre,Here}(p); */
	//@ assert need: wanted(v, gfn, nr) <= nie_vms.vm[v].pool_nr;
	//@ assert l3: inv6_l3(pfn, pfn + nr);
	nie_host_sync(pfn, nr);
	/*@ assert hidden: \forall integer p; pfn <= p < pfn + nr ==> host_entry(p) == 0; */
	give_content(v, pfn, gfn, nr);
	/*@ assert places: \let last = gfn + nr - 1; place2(v, gfn / 0x40000) &&
	      place3(v, gfn / 512) && place2(v, last / 0x40000) && place3(v, last / 512); */
	//@ assert need_still: wanted(v, gfn, nr) <= nie_vms.vm[v].pool_nr;
	//@ assert launch: launched(v) <==> \at(launched(v), Pre);
	//@ assert launches: digest_same{Pre,Here}(v) && launches_same_but{Pre,Here}(v);
	//@ assert free: \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) == 0;
	nie_s2_map(v, pfn, gfn, nr, NIE_PROT_R | NIE_PROT_W | NIE_PROT_X);
	//@ assert records: given{Pre,Here}(v, pfn, pfn + nr);
	//@ assert same: nie_vms.vm[v].generation == \at(nie_vms.vm[v].generation, Pre);
	/*@ assert guests: \forall integer p; pfn <= p < pfn + nr ==> managed(p) &&
	      nie_pages.p[p].kind == NIE_K_GUEST && nie_pages.p[p].vm == v &&
	      nie_pages.p[p].base == gfn + (p - pfn); */
	/*@ assert perms: \forall integer p; managed(p) && !(pfn <= p < pfn + nr) ==>
	      perm_of(nie_pages.p[p].kind) == perm_of(\at(nie_pages.p[p].kind, Pre)); */
	//@ assert l3_again: inv6_l3(0, 0);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpu_pages: vcpu_pages_same{Pre,Here};
	//@ assert contexts: contexts_same{Pre,Here};
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	return 0;
}

/* HOST_SHARED_GUEST => HOST of the page that is mapped at gfn, in table t. */
/*@ requires \let v = nie_pages.p[t].vm; normal(v) && is_table(t, v, 3);
  @ requires inv_host && inv3 && inv4 && inv8 && inv9 && inv12;
  @ requires place: nie_pages.p[t].base == gfn / 512 && nie_tables.t[t].e[gfn % 512] != 0;
  @ assigns nie_pages, nie_counts, nie_tables, nie_vcpus;
  @ ensures fixed: ram_fixed;
  @ ensures INV_1: inv1;
  @ ensures INV_2: inv2;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_6: inv6;
  @ ensures INV_7: inv7;
  @ ensures gibs: gibs_fixed;
  @ ensures INV_12: inv12;
  @ ensures roots: \forall integer w; live(w) ==> inv8_roots(w);
  @ ensures down: \forall integer w; live(w) ==> inv8_down(w);
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
  @ ensures INV_9: inv9;
  @ ensures record: \let p = \old(leaf_pfn(nie_tables.t[t].e[gfn % 512]));
  @   \old(is_at(p, nie_pages.p[t].vm, gfn)) && nie_pages.p[p].kind == NIE_K_HOST;
  @ ensures records: \let p = \old(leaf_pfn(nie_tables.t[t].e[gfn % 512]));
  @   records_same_but{Pre,Post}(p, p + 1);
  @ ensures entry: nie_tables.t[t].e[gfn % 512] == 0;
  @ ensures entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
  @   !(u == t && j == gfn % 512) ==> nie_tables.t[u].e[j] == \old(nie_tables.t[u].e[j]);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, gfn + 1);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void unshare_page(u32 t, u32 gfn)
{
	u32 p = nie_s2_entry_pfn(nie_tables.t[t].e[gfn % NIE_PER_TABLE]);

	//@ assert at: is_at(p, nie_pages.p[t].vm, gfn);
	nie_s2_set_leaf(t, gfn, 0);
	/*@ assert only: \forall integer w, u, i; live(w) && is_table(u, w, 3) && 0 <= i < 512 &&
	      nie_tables.t[u].e[i] != 0 ==> leaf_pfn(nie_tables.t[u].e[i]) != p; */
	nie_page_set(p, NIE_K_HOST, 0, 0, 0);
	/*@ assert entries: \forall integer u, j; 0 <= u < NIE_NR_PAGES && 0 <= j < 512 &&
	      !(u == t && j == gfn % 512) ==>
	      nie_tables.t[u].e[j] == \at(nie_tables.t[u].e[j], Pre); */
	/*@ assert others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != p ==>
	      record_same{Pre,Here}(q); */
}

/*@ requires \let v = nie_pages.p[t].vm; normal(v) && is_table(t, v, 3);
  @ requires inv_host && inv3 && inv4 && inv8 && inv9 && inv12;
  @ requires place: gfn < stop && nie_pages.p[t].base == gfn / 512 && (stop - 1) / 512 == gfn / 512;
  @ assigns nie_pages, nie_counts, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures contexts: contexts_same{Pre,Post};
  @ ensures result: \result <= stop - gfn;
  @ ensures gone: \forall integer g; gfn <= g < stop ==> nie_tables.t[t].e[g % 512] == 0;
  @ ensures back: \forall integer g; gfn <= g < stop && \old(nie_tables.t[t].e[g % 512]) != 0 ==>
  @   nie_pages.p[\old(leaf_pfn(nie_tables.t[t].e[g % 512]))].kind == NIE_K_HOST;
  @ ensures table: record_same{Pre,Post}(t);
  @ ensures records: \let v = nie_pages.p[t].vm; unshared{Pre,Post}(v, gfn, stop);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, stop);
  @*/
static u64 unshare_in_table(u32 t, u32 gfn, u32 stop)
{
	u64 n = 0;

	/*@ loop invariant \at(gfn, Pre) <= gfn <= stop && n <= gfn - \at(gfn, Pre);
	  @ loop invariant host: inv_host;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_12: inv12;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant gone: \forall integer g; \at(gfn, Pre) <= g < gfn ==>
	  @   nie_tables.t[t].e[g % 512] == 0;
	  @ loop invariant rest: \forall integer g; gfn <= g < stop ==>
	  @   nie_tables.t[t].e[g % 512] == \at(nie_tables.t[t].e[g % 512], Pre);
	  @ loop invariant back: \forall integer g; \at(gfn, Pre) <= g < gfn &&
	  @   \at(nie_tables.t[t].e[g % 512], Pre) != 0 ==>
	  @   nie_pages.p[\at(leaf_pfn(nie_tables.t[t].e[g % 512]), Pre)].kind == NIE_K_HOST;
	  @ loop invariant table: record_same{Pre,Here}(\at(t, Pre));
	  @ loop invariant records: \let v = nie_pages.p[t].vm; \let now = gfn;
	  @   unshared{Pre,Here}(v, \at(gfn, Pre), now);
	  @ loop invariant tables: tables_same{Pre,Here};
	  @ loop invariant walks: \let v = nie_pages.p[t].vm; \let now = gfn;
	  @   walks_same_but{Pre,Here}(v, \at(gfn, Pre), now);
	  @ loop assigns gfn, n, nie_pages, nie_counts, nie_tables, nie_vcpus;
	  @ loop variant stop - gfn;
	  @*/
	for (; gfn < stop; gfn++) {
		/*@ assert leaf: \let e = nie_tables.t[t].e[gfn % 512]; e == 0 || (e % 4 == 3 &&
		      is_leaf(e, leaf_pfn(e)) && is_at(leaf_pfn(e), nie_pages.p[t].vm, gfn)); */
		if (!nie_s2_entry_valid(nie_tables.t[t].e[gfn % NIE_PER_TABLE]))
			continue;
		unshare_page(t, gfn);
		n++;
	}
	return n;
}

/* Host: HOST_SHARED_GUEST => HOST */
int nie_xfer_host_unshare_guest(u16 v, u32 gfn, u32 nr, u64 *pages)
{
	u64 n = 0;
	u32 end;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	end = gfn + nr;

	/*@ loop invariant gfn <= g <= end && n <= g - gfn;
	  @ loop invariant inside: \forall integer h; gfn <= h < end ==>
	  @   gfn_of_vm(v, h) && h < 0x80000000;
	  @ loop invariant host: inv_host;
	  @ loop invariant INV_3: inv3;
	  @ loop invariant INV_4: inv4;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant INV_12: inv12;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant gone: \forall integer h; gfn <= h < g ==> walk(v, h) == 0;
	  @ loop invariant back: \forall integer h; gfn <= h < g && \at(walk(v, h), Pre) != 0 ==>
	  @   0 <= \at(leaf_pfn(walk(v, h)), Pre) < NIE_NR_PAGES &&
	  @   nie_pages.p[\at(leaf_pfn(walk(v, h)), Pre)].kind == NIE_K_HOST;
	  @ loop invariant records: \let now = g;
	  @   unshared{Pre,Here}(\at(v, Pre), \at(gfn, Pre), now);
	  @ loop invariant walks: \let now = g;
	  @   walks_same_but{Pre,Here}(\at(v, Pre), \at(gfn, Pre), now);
	  @ loop assigns g, n, nie_pages, nie_counts, nie_tables, nie_vcpus;
	  @ loop variant end - g;
	  @*/
	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);
		u32 stop = nie_s2_table_end(g, end);

		//@ assert same: \forall integer h; g <= h < stop ==> h / 512 == g / 512;
		/*@ assert was: \forall integer h; g <= h < stop ==>
		      walk(v, h) == \at(walk(v, h), Pre) &&
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		/*@ assert leaves: \forall integer h; g <= h < stop && walk(v, h) != 0 ==>
		      0 <= leaf_pfn(walk(v, h)) < NIE_NR_PAGES; */
		if (t != NIE_NO_PAGE)
			n += unshare_in_table(t, g, stop);
		/*@ assert is: \forall integer h; g <= h < stop ==>
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		//@ assert here: \forall integer h; g <= h < stop ==> walk(v, h) == 0;
		/*@ assert kept: \forall integer p; 0 <= p < NIE_NR_PAGES &&
		      \at(nie_pages.p[p].kind, LoopCurrent) == NIE_K_HOST ==>
		      nie_pages.p[p].kind == NIE_K_HOST; */
		/*@ assert earlier: \forall integer h; gfn <= h < g && \at(walk(v, h), Pre) != 0 ==>
		      nie_pages.p[\at(leaf_pfn(walk(v, h)), Pre)].kind == NIE_K_HOST; */
		/*@ assert pages: \forall integer h; g <= h < stop && \at(walk(v, h), Pre) != 0 ==>
		      0 <= \at(leaf_pfn(walk(v, h)), Pre) < NIE_NR_PAGES; */
		/*@ assert there: \forall integer h; g <= h < stop && \at(walk(v, h), Pre) != 0 ==>
		      nie_pages.p[\at(leaf_pfn(walk(v, h)), Pre)].kind == NIE_K_HOST; */
	}
	if (n)
		nie_s2_tlb_flush_range(v, gfn, nr);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	*pages = n;
	return 0;
}

/* A bit of a leaf, and the leaf with it or without. */
/*@ requires bit == PTE_S2_W || bit == PTE_S2_AF || bit == PTE_S2_XN;
  @ assigns \nothing;
  @ ensures \result ==
  @   (bit == PTE_S2_W ? leaf_w(e) : bit == PTE_S2_AF ? leaf_af(e) : leaf_xn(e));
  @*/
static bool has(u64 e, u64 bit)
{
	return e / bit % 2;
}

/*@ requires bit == PTE_S2_W || bit == PTE_S2_AF || bit == PTE_S2_XN;
  @ requires is_leaf(e, leaf_pfn(e));
  @ assigns \nothing;
  @ ensures leaf: is_leaf(\result, leaf_pfn(e)) && leaf_pfn(\result) == leaf_pfn(e);
  @ ensures rest: leaf_rest(\result) == leaf_rest(e);
  @ ensures w: leaf_w(\result) == (bit == PTE_S2_W ? 1 : leaf_w(e));
  @ ensures af: leaf_af(\result) == (bit == PTE_S2_AF ? 1 : leaf_af(e));
  @ ensures xn: leaf_xn(\result) == (bit == PTE_S2_XN ? 1 : leaf_xn(e));
  @*/
static u64 with(u64 e, u64 bit)
{
	return has(e, bit) ? e : e + bit;
}

/*@ requires bit == PTE_S2_W || bit == PTE_S2_AF || bit == PTE_S2_XN;
  @ requires is_leaf(e, leaf_pfn(e));
  @ assigns \nothing;
  @ ensures leaf: is_leaf(\result, leaf_pfn(e)) && leaf_pfn(\result) == leaf_pfn(e);
  @ ensures rest: leaf_rest(\result) == leaf_rest(e);
  @ ensures w: leaf_w(\result) == (bit == PTE_S2_W ? 0 : leaf_w(e));
  @ ensures af: leaf_af(\result) == (bit == PTE_S2_AF ? 0 : leaf_af(e));
  @ ensures xn: leaf_xn(\result) == (bit == PTE_S2_XN ? 0 : leaf_xn(e));
  @*/
static u64 without(u64 e, u64 bit)
{
	return has(e, bit) ? e - bit : e;
}

/* The entry at a gfn of a VM of this type, 0 if nothing is mapped there. */
/*@ requires v < NIE_NR_VMS && inv8 && inv9 && \valid(table);
  @ assigns *table;
  @ ensures none: \result == 0 <==> !mapped_as(v, type, gfn);
  @ ensures leaf: \result != 0 ==> \result == walk(v, gfn) &&
  @   is_leaf(\result, leaf_pfn(\result)) && is_at(leaf_pfn(\result), v, gfn);
  @ ensures table: \result != 0 ==> is_table(*table, v, 3) &&
  @   nie_pages.p[*table].base == gfn / 512 && \result == nie_tables.t[*table].e[gfn % 512];
  @*/
static u64 leaf_of(u16 v, u8 type, u32 gfn, u32 *table)
{
	u64 e;

	if (!live(v, type) || !gfns_inside(v, gfn, 1))
		return 0;
	*table = nie_s2_table(v, gfn);
	if (*table == NIE_NO_PAGE)
		return 0;
	e = nie_tables.t[*table].e[gfn % NIE_PER_TABLE];
	return nie_s2_entry_valid(e) ? e : 0;
}

int nie_xfer_host_relax_guest(u16 v, u32 gfn, u64 prot)
{
	u64 e;
	u32 t;

	e = leaf_of(v, NIE_VM_NORMAL, gfn, &t);
	if (!e)
		return -EPERM;

	e = with(e, PTE_S2_AF);
	if (prot & NIE_PROT_W)
		e = with(e, PTE_S2_W);
	if (prot & NIE_PROT_X)
		e = without(e, PTE_S2_XN);
	nie_s2_set_leaf(t, gfn, e);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	nie_s2_tlb_flush_range(v, gfn, 1);
	return 0;
}

/*@ requires \let v = nie_pages.p[t].vm; live(v) && is_table(t, v, 3) && inv8 && inv9 && inv12;
  @ requires place: gfn < stop && nie_pages.p[t].base == gfn / 512 && (stop - 1) / 512 == gfn / 512;
  @ assigns nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures contexts: contexts_same{Pre,Post};
  @ ensures result: \result <= stop - gfn;
  @ ensures effect: \forall integer g; gfn <= g < stop ==>
  @   readonly{Pre,Post}(t, g);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, stop);
  @*/
static u64 wrprotect_in_table(u32 t, u32 gfn, u32 stop)
{
	u64 n = 0;

	/*@ loop invariant \at(gfn, Pre) <= gfn <= stop && n <= gfn - \at(gfn, Pre);
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant done: \let now = gfn; \forall integer g; \at(gfn, Pre) <= g < now ==>
	  @   readonly{Pre,Here}(\at(t, Pre), g);
	  @ loop invariant rest: \forall integer g; gfn <= g < stop ==>
	  @   nie_tables.t[t].e[g % 512] == \at(nie_tables.t[t].e[g % 512], Pre);
	  @ loop invariant tables: tables_same{Pre,Here};
	  @ loop invariant walks: \let v = nie_pages.p[t].vm; \let now = gfn;
	  @   walks_same_but{Pre,Here}(v, \at(gfn, Pre), now);
	  @ loop assigns gfn, n, nie_tables, nie_vcpus;
	  @ loop variant stop - gfn;
	  @*/
	for (; gfn < stop; gfn++) {
		u64 e = nie_tables.t[t].e[gfn % NIE_PER_TABLE];

		/*@ assert leaf: e == 0 || (e % 4 == 3 && is_leaf(e, leaf_pfn(e)) &&
		      is_at(leaf_pfn(e), nie_pages.p[t].vm, gfn)); */
		if (nie_s2_entry_valid(e) && has(e, PTE_S2_W)) {
			nie_s2_set_leaf(t, gfn, without(e, PTE_S2_W));
			n++;
		}
		/*@ assert here: readonly_entry(nie_tables.t[t].e[gfn % 512], e); */
		/*@ assert earlier: \let now = gfn; \forall integer g; \at(gfn, Pre) <= g < now ==>
		      readonly{Pre,Here}(\at(t, Pre), g); */
	}
	return n;
}

int nie_xfer_host_wrprotect_guest(u16 v, u32 gfn, u32 nr, u64 *pages)
{
	u64 n = 0;
	u32 end;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	end = gfn + nr;

	/*@ loop invariant gfn <= g <= end && n <= g - gfn;
	  @ loop invariant inside: \forall integer h; gfn <= h < end ==>
	  @   gfn_of_vm(v, h) && h < 0x80000000;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant done: \let now = g; \forall integer h; gfn <= h < now ==>
	  @   readonly_at{Pre,Here}(\at(v, Pre), h);
	  @ loop invariant walks: \let now = g;
	  @   walks_same_but{Pre,Here}(\at(v, Pre), \at(gfn, Pre), now);
	  @ loop assigns g, n, nie_tables, nie_vcpus;
	  @ loop variant end - g;
	  @*/
	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);
		u32 stop = nie_s2_table_end(g, end);

		/*@ assert same: \forall integer h; g <= h < stop ==> h / 512 == g / 512; */
		/*@ assert was: \forall integer h; g <= h < stop ==>
		      walk(v, h) == \at(walk(v, h), Pre) &&
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		if (t != NIE_NO_PAGE)
			n += wrprotect_in_table(t, g, stop);
		/*@ assert is: \forall integer h; g <= h < stop ==>
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		/*@ assert hole: t == NIE_NO_PAGE ==> \forall integer h; g <= h < stop ==>
		      walk(v, h) == 0 && \at(walk(v, h), Pre) == 0; */
		/*@ assert there: t != NIE_NO_PAGE ==> \forall integer h; g <= h < stop ==>
		      readonly_entry(nie_tables.t[t].e[h % 512], \at(walk(v, h), Pre)); */
		/*@ assert here: \forall integer h; g <= h < stop ==>
		      readonly_entry(walk(v, h), \at(walk(v, h), Pre)); */
	}
	if (n)
		nie_s2_tlb_flush_range(v, gfn, nr);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	*pages = n;
	return 0;
}

/*@ requires \let v = nie_pages.p[t].vm; live(v) && is_table(t, v, 3) && inv8 && inv9 && inv12;
  @ requires place: gfn < stop && nie_pages.p[t].base == gfn / 512 && (stop - 1) / 512 == gfn / 512;
  @ assigns nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures contexts: contexts_same{Pre,Post};
  @ ensures result: \result <= stop - gfn;
  @ ensures effect: \forall integer g; gfn <= g < stop ==>
  @   aged{Pre,Post}(t, g, clear);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: \let v = nie_pages.p[t].vm; walks_same_but{Pre,Post}(v, gfn, stop);
  @*/
static u64 age_in_table(u32 t, u32 gfn, u32 stop, bool clear)
{
	u64 n = 0;

	/*@ loop invariant \at(gfn, Pre) <= gfn <= stop && n <= gfn - \at(gfn, Pre);
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant done: \let now = gfn; \forall integer g; \at(gfn, Pre) <= g < now ==>
	  @   aged{Pre,Here}(\at(t, Pre), g, \at(clear, Pre));
	  @ loop invariant rest: \forall integer g; gfn <= g < stop ==>
	  @   nie_tables.t[t].e[g % 512] == \at(nie_tables.t[t].e[g % 512], Pre);
	  @ loop invariant tables: tables_same{Pre,Here};
	  @ loop invariant walks: \let v = nie_pages.p[t].vm; \let now = gfn;
	  @   walks_same_but{Pre,Here}(v, \at(gfn, Pre), now);
	  @ loop assigns gfn, n, nie_tables, nie_vcpus;
	  @ loop variant stop - gfn;
	  @*/
	for (; gfn < stop; gfn++) {
		u64 e = nie_tables.t[t].e[gfn % NIE_PER_TABLE];

		/*@ assert leaf: e == 0 || (e % 4 == 3 && is_leaf(e, leaf_pfn(e)) &&
		      is_at(leaf_pfn(e), nie_pages.p[t].vm, gfn)); */
		if (nie_s2_entry_valid(e) && has(e, PTE_S2_AF)) {
			if (clear)
				nie_s2_set_leaf(t, gfn, without(e, PTE_S2_AF));
			n++;
		}
		/*@ assert here: aged_entry(nie_tables.t[t].e[gfn % 512], e, clear); */
		/*@ assert earlier: \let now = gfn; \forall integer g; \at(gfn, Pre) <= g < now ==>
		      aged{Pre,Here}(\at(t, Pre), g, \at(clear, Pre)); */
	}
	return n;
}

/*
 * A TLB may keep the old age for a while: that is the host's loss of precision, not a permission.
 */
int nie_xfer_host_age_guest(u16 v, u32 gfn, u32 nr, bool clear, u64 *young)
{
	u64 n = 0;
	u32 end;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	end = gfn + nr;

	/*@ loop invariant gfn <= g <= end && n <= g - gfn;
	  @ loop invariant inside: \forall integer h; gfn <= h < end ==>
	  @   gfn_of_vm(v, h) && h < 0x80000000;
	  @ loop invariant INV_8: inv8;
	  @ loop invariant INV_9: inv9;
	  @ loop invariant contexts: contexts_same{Pre,Here};
	  @ loop invariant done: \let now = g; \forall integer h; gfn <= h < now ==>
	  @   aged_at{Pre,Here}(\at(v, Pre), h, \at(clear, Pre));
	  @ loop invariant walks: \let now = g;
	  @   walks_same_but{Pre,Here}(\at(v, Pre), \at(gfn, Pre), now);
	  @ loop assigns g, n, nie_tables, nie_vcpus;
	  @ loop variant end - g;
	  @*/
	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);
		u32 stop = nie_s2_table_end(g, end);

		/*@ assert same: \forall integer h; g <= h < stop ==> h / 512 == g / 512; */
		/*@ assert was: \forall integer h; g <= h < stop ==>
		      walk(v, h) == \at(walk(v, h), Pre) &&
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		if (t != NIE_NO_PAGE)
			n += age_in_table(t, g, stop, clear);
		/*@ assert is: \forall integer h; g <= h < stop ==>
		      walk(v, h) == (t == NIE_NO_PAGE ? 0 : nie_tables.t[t].e[h % 512]); */
		/*@ assert hole: t == NIE_NO_PAGE ==> \forall integer h; g <= h < stop ==>
		      walk(v, h) == 0 && \at(walk(v, h), Pre) == 0; */
		/*@ assert there: t != NIE_NO_PAGE ==> \forall integer h; g <= h < stop ==>
		      aged_entry(nie_tables.t[t].e[h % 512], \at(walk(v, h), Pre), clear); */
		/*@ assert here: \forall integer h; g <= h < stop ==>
		      aged_entry(walk(v, h), \at(walk(v, h), Pre), clear); */
	}
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	*young = n;
	return 0;
}

int nie_xfer_host_query_guest(u16 v, u32 gfn, u64 *pfn, u64 *prot)
{
	u64 e;
	u32 t;

	e = leaf_of(v, NIE_VM_NORMAL, gfn, &t);
	if (!e)
		return -EPERM;
	*pfn = nie_s2_entry_pfn(e);
	*prot = NIE_PROT_R + (has(e, PTE_S2_W) ? NIE_PROT_W : 0) +
		(has(e, PTE_S2_XN) ? 0 : NIE_PROT_X);
	return 0;
}

/* The page at a gfn of a protected VM, NIE_NO_PAGE if there is none. */
/*@ requires v < NIE_NR_VMS && inv8 && inv9 && \valid(table);
  @ assigns *table;
  @ ensures none: \result == NIE_NO_PAGE <==> !mapped_as(v, NIE_VM_PROTECTED, gfn);
  @ ensures page: \result != NIE_NO_PAGE ==> \result == leaf_pfn(walk(v, gfn)) &&
  @   is_at(\result, v, gfn) && managed(\result);
  @ ensures table: \result != NIE_NO_PAGE ==> is_table(*table, v, 3) &&
  @   nie_pages.p[*table].base == gfn / 512;
  @*/
static u32 own_page(u16 v, u32 gfn, u32 *table)
{
	u64 e = leaf_of(v, NIE_VM_PROTECTED, gfn, table);

	return e ? nie_s2_entry_pfn(e) : NIE_NO_PAGE;
}

/* GUEST <=> GUEST_SHARED_HOST of the page that is mapped at gfn. */
/*@ requires v < NIE_NR_VMS && protected(v) && inv_vms && is_at(pfn, v, gfn);
  @ requires kind == NIE_K_GUEST || kind == NIE_K_GUEST_SHARED_HOST;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures page: is_at(pfn, v, gfn) && nie_pages.p[pfn].kind == kind;
  @ ensures entry: host_entry(pfn) == (kind == NIE_K_GUEST ? 0 : l3_rw(pfn));
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures host_frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures walks: walks_same_but{Pre,Post}(v, 0, 0);
  @*/
static void set_kind(u16 v, u32 pfn, u32 gfn, u8 kind)
{
	nie_page_set(pfn, kind, 0, v, gfn);
	/*@ assert others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
	      record_same{Pre,Here}(q); */
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	nie_host_sync(pfn, 1);
}

/* Guest: GUEST => GUEST_SHARED_HOST */
int nie_xfer_guest_share(u16 v, u32 gfn)
{
	u32 t, pfn = own_page(v, gfn, &t);

	if (pfn == NIE_NO_PAGE)
		return -ENOENT;
	if (nie_page_kind(pfn) != NIE_K_GUEST)
		return -EPERM;

	set_kind(v, pfn, gfn, NIE_K_GUEST_SHARED_HOST);
	return 0;
}

/*
 * Guest: GUEST_SHARED_HOST => GUEST. Cleaned, so that no line that the host left in a cache is
 * written back over what the guest stores with its caches off.
 */
int nie_xfer_guest_unshare(u16 v, u32 gfn)
{
	u32 t, pfn = own_page(v, gfn, &t);

	if (pfn == NIE_NO_PAGE)
		return -ENOENT;
	if (nie_page_kind(pfn) != NIE_K_GUEST_SHARED_HOST)
		return -EPERM;

	set_kind(v, pfn, gfn, NIE_K_GUEST);
	arch_page_clean(pfn);
	return 0;
}

/* Zeroes, in a page of a VM that is mapped for nobody. */
/*@ requires inv8 && inv9 && inv12 && managed(pfn) && nie_pages.p[pfn].kind == NIE_K_GUEST;
  @ requires quiet: nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_12: inv12;
  @ ensures zeroes: nie_zeroed.p[pfn] != 0;
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != pfn ==>
  @   nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @ ensures tables: tables_same{Pre,Post};
  @ ensures walks: walks_same_but{Pre,Post}(0, 0, 0);
  @ ensures entries: \forall integer t, i; 0 <= t < NIE_NR_PAGES && t != pfn && 0 <= i < 512 ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures contexts: contexts_same{Pre,Post};
  @*/
static void zero_page(u32 pfn)
{
	arch_scrub(pfn);
	//@ assert natural: \at(natural, Pre);
	//@ assert untouched: tables_untouched{Pre,Here}(NIE_NO_VM);
	/*@ assert second: \forall integer w, b; place2(w, b) && walk2(w, b) != NIE_NO_PAGE ==>
	      is_table(walk2(w, b), w, 2); */
	/*@ assert third: \forall integer w, b; place3(w, b) && walk3(w, b) != NIE_NO_PAGE ==>
	      is_table(walk3(w, b), w, 3); */
	/*@ assert leaves: \forall integer w, b, i; place3(w, b) && walk3(w, b) != NIE_NO_PAGE &&
	      0 <= i < 512 ==> nie_tables.t[walk3(w, b)].e[i] ==
	      \at(nie_tables.t[\at(walk3(w, b), Here)].e[i], Pre); */
	/*@ assert place: \forall integer w, g; gfn_of_vm(w, g) ==> place3(w, g / 512) &&
	      0 <= g % 512 < 512; */
}

/* GUEST => HOST of a page that no table names, the record alone. */
/*@ requires managed(pfn) && nie_pages.p[pfn].kind == NIE_K_GUEST;
  @ requires inv1 && inv2 && inv3 && inv4 && ram_fixed && inv8 && inv9 && inv12;
  @ requires only: \forall integer w, u, i; live(w) && is_table(u, w, 3) && 0 <= i < 512 &&
  @   nie_tables.t[u].e[i] != 0 ==> leaf_pfn(nie_tables.t[u].e[i]) != pfn;
  @ assigns nie_pages, nie_counts;
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
  @ ensures up: \forall integer w; live(w) ==> inv8_up(w, NIE_NO_PAGE);
  @ ensures INV_9: inv9;
  @ ensures kind: nie_pages.p[pfn].kind == NIE_K_HOST;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @*/
static void free_page(u32 pfn)
{
	/*@ assert not_pool: \forall integer w, k; 0 <= w < NIE_NR_VMS &&
	      0 <= k < nie_vms.vm[w].pool_nr ==> nie_vms.vm[w].pool[k] != pfn; */
	nie_page_set(pfn, NIE_K_HOST, 0, 0, 0);
	/*@ assert others: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
	      record_same{Pre,Here}(q); */
	//@ assert places: places_same{Pre,Here};
}

/* Guest: GUEST => HOST. Nobody reaches the page, by data or instructions, while it is zeroed. */
int nie_xfer_guest_relinquish(u16 v, u32 gfn)
{
	u32 t, pfn = own_page(v, gfn, &t);

	if (pfn == NIE_NO_PAGE)
		return -ENOENT;
	if (nie_page_kind(pfn) != NIE_K_GUEST)
		return -EPERM;

	nie_s2_set_leaf(t, gfn, 0);
	nie_s2_tlb_flush_range(v, gfn, 1);
	arch_icache_invalidate();
	zero_page(pfn);
	/*@ assert only: \forall integer w, u, i; live(w) && is_table(u, w, 3) && 0 <= i < 512 &&
	      nie_tables.t[u].e[i] != 0 ==> leaf_pfn(nie_tables.t[u].e[i]) != pfn; */
	free_page(pfn);
	//@ assert natural: \at(natural && natural_cpus, Pre);
	//@ assert vcpus: vcpus_untouched{Pre,Here};
	nie_host_sync(pfn, 1);
	return 0;
}

bool nie_xfer_guest_has(u16 v, u32 gfn)
{
	u32 t;

	return own_page(v, gfn, &t) != NIE_NO_PAGE;
}
