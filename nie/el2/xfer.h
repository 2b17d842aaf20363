/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transitions of memory between host, NIE and VMs. Each is checked whole, then done whole.
 *
 * Lock: nie_lock. Arguments have passed the decode layer: 1 <= nr <= NIE_MAX_RANGE, no range
 * wraps, v is the slot of a live or dying VM. Every other transition does not exist. Errors in
 * this order: -EPERM owner, state, or gfn outside the VM; -EEXIST; -EBUSY; -ENOMEM.
 */
#ifndef NIE_EL2_XFER_H
#define NIE_EL2_XFER_H

#include "invariants.h"
#include "launch.h"
#include "s2.h"

/*@
  // Guests' address spaces, in pages
  logic integer gfns_of(integer ipa_bits) =
    ipa_bits == 32 ? 0x100000 : ipa_bits == 33 ? 0x200000 : ipa_bits == 34 ? 0x400000 :
    ipa_bits == 35 ? 0x800000 : ipa_bits == 36 ? 0x1000000 : ipa_bits == 37 ? 0x2000000 :
    ipa_bits == 38 ? 0x4000000 : ipa_bits == 39 ? 0x8000000 : ipa_bits == 40 ? 0x10000000 :
    ipa_bits == 41 ? 0x20000000 : ipa_bits == 42 ? 0x40000000 : 0x80000000;
  predicate inside{L}(integer v, integer gfn, integer nr) =
    gfn + nr <= gfns_of(nie_vms.vm[v].ipa_bits);
  predicate normal{L}(integer v) = live(v) && nie_vms.vm[v].type == NIE_VM_NORMAL;
  predicate protected{L}(integer v) = live(v) && nie_vms.vm[v].type == NIE_VM_PROTECTED;
  predicate none_at{L}(integer v, integer gfn, integer nr) =
    \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) == 0;
  // What a donation asks for, but for tables.
  predicate donatable{L}(integer v, integer pfn, integer gfn, integer nr) =
    protected(v) && inside(v, gfn, nr) && all_host(pfn, nr);
  predicate mapped_as{L}(integer v, integer type, integer gfn) =
    live(v) && nie_vms.vm[v].type == type && inside(v, gfn, 1) && walk(v, gfn) != 0;
  // The page there, and its kind.
  logic integer page_at{L}(integer v, integer gfn) = leaf_pfn(walk(v, gfn));
  logic integer kind_at{L}(integer v, integer gfn) = nie_pages.p[page_at(v, gfn)].kind;
  predicate mapped_normal{L}(integer v, integer gfn) =
    normal(v) && inside(v, gfn, 1) && walk(v, gfn) != 0;
  predicate shared_at{L}(integer p, integer v, integer gfn) =
    kind_of(p) == NIE_K_HOST_SHARED_GUEST && nie_pages.p[p].vm == v && nie_pages.p[p].base == gfn;
  // What sharing asks for: pages may be shared there already.
  predicate shareable{L}(integer v, integer pfn, integer gfn, integer nr) =
    normal(v) && inside(v, gfn, nr) && \forall integer p; pfn <= p < pfn + nr ==>
    kind_of(p) == NIE_K_HOST || shared_at(p, v, gfn + (p - pfn));
  // Records: pages that v had at gfns of [lo, hi) are the host's own.
  predicate unshared{L1,L2}(integer v, integer lo, integer hi) =
    \forall integer p; 0 <= p < NIE_NR_PAGES ==> record_same{L1,L2}(p) ||
    (\at(managed(p) && nie_pages.p[p].kind == NIE_K_HOST_SHARED_GUEST && nie_pages.p[p].vm == v &&
	 lo <= nie_pages.p[p].base < hi, L1) && \at(nie_pages.p[p].kind, L2) == NIE_K_HOST);
  // Records but those of [lo, hi): pages of the VM's pool became tables.
  predicate given{L1,L2}(integer v, integer lo, integer hi) =
    \forall integer p; 0 <= p < NIE_NR_PAGES && !(lo <= p < hi) ==> record_same{L1,L2}(p) ||
    (\at(managed(p) && is_free_of(p, v), L1) && \at(nie_pages.p[p].vm, L2) == v &&
     \at(nie_pages.p[p].kind, L2) == NIE_K_NIE_TABLE);
  // A leaf, or nothing, without write permission; or, perhaps, young no longer.
  predicate readonly_entry(integer e, integer was) = leaf_rest(e) == leaf_rest(was) &&
    leaf_xn(e) == leaf_xn(was) && leaf_af(e) == leaf_af(was) && leaf_w(e) == 0;
  predicate aged_entry(integer e, integer was, integer clear) = leaf_rest(e) == leaf_rest(was) &&
    leaf_xn(e) == leaf_xn(was) && leaf_w(e) == leaf_w(was) &&
    leaf_af(e) == (clear != 0 ? 0 : leaf_af(was));
  predicate readonly{L1,L2}(integer t, integer g) =
    readonly_entry(\at(nie_tables.t[t].e[g % 512], L2), \at(nie_tables.t[t].e[g % 512], L1));
  predicate aged{L1,L2}(integer t, integer g, integer clear) =
    aged_entry(\at(nie_tables.t[t].e[g % 512], L2), \at(nie_tables.t[t].e[g % 512], L1), clear);
  predicate readonly_at{L1,L2}(integer v, integer g) =
    readonly_entry(\at(walk(v, g), L2), \at(walk(v, g), L1));
  predicate aged_at{L1,L2}(integer v, integer g, integer clear) =
    aged_entry(\at(walk(v, g), L2), \at(walk(v, g), L1), clear);
*/

/* Host: HOST => HOST_SHARED_NIE. -EPERM */
/*@ requires inv_vms && pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window;
  @ ensures inv: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(kind_of(pfn)) == NIE_K_HOST ? 0 : -EPERM);
  @ ensures effect: \result == 0 ==> nie_pages.p[pfn].kind == NIE_K_HOST_SHARED_NIE &&
  @   nie_pages.p[pfn].base == 0 && host_entry(pfn) == l3_rw(pfn) && nie_window.p[pfn] != 0;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_host_share_nie(u32 pfn);

/* Host: HOST_SHARED_NIE => HOST. -EPERM; -EBUSY if it is a run page in use. */
/*@ requires inv_vms && pfn < NIE_NR_PAGES;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window;
  @ ensures inv: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == (\old(kind_of(pfn)) != NIE_K_HOST_SHARED_NIE ? -EPERM :
  @                             \old(nie_pages.p[pfn].base) != 0 ? -EBUSY : 0);
  @ ensures effect: \result == 0 ==> nie_pages.p[pfn].kind == NIE_K_HOST &&
  @   host_entry(pfn) == l3_rwx(pfn) && nie_window.p[pfn] == 0;
  @ ensures records: records_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures frame: host_same_but{Pre,Post}(pfn, pfn + 1);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_host_unshare_nie(u32 pfn);

/*
 * Host: HOST => HOST_SHARED_GUEST(v, gfn). Normal VMs.
 * -EPERM; -EEXIST something is mapped in the range, or a page is shared there already;
 * -ENOMEM with *wanted table pages missing.
 */
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && \valid(missing);
  @ requires pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires inv_vms && gfn + nr <= 0x100000000;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus, *missing;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == 0 || \result == -EPERM || \result == -EEXIST ||
  @   \result == -ENOMEM;
  @ ensures eperm: \result == -EPERM <==> \old(!shareable(v, pfn, gfn, nr));
  @ ensures eexist: \result == -EEXIST <==> \old(shareable(v, pfn, gfn, nr)) &&
  @   \old(!(all_host(pfn, nr) && none_at(v, gfn, nr)));
  @ ensures enomem: \result == -ENOMEM <==> \old(shareable(v, pfn, gfn, nr)) &&
  @   \old(all_host(pfn, nr) && none_at(v, gfn, nr)) &&
  @   \old(wanted(v, gfn, nr) > nie_vms.vm[v].pool_nr);
  @ ensures missing: *missing == (\result == -ENOMEM ?
  @   wanted(v, gfn, nr) - nie_vms.vm[v].pool_nr : \old(*missing));
  @ ensures effect: \result == 0 ==> \old(normal(v) && inside(v, gfn, nr) && all_host(pfn, nr)) &&
  @   \forall integer g; gfn <= g < gfn + nr ==> \old(walk(v, g)) == 0 &&
  @   leaf_is(walk(v, g), pfn + (g - gfn), prot);
  @ ensures owner: \result == 0 ==> \forall integer p; pfn <= p < pfn + nr ==>
  @   shared_at(p, v, gfn + (p - pfn));
  @ ensures records: given{Pre,Post}(v, pfn, pfn + nr);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures atomic: \result != 0 ==> nie_pages == \old(nie_pages) &&
  @   nie_counts == \old(nie_counts) && nie_tables == \old(nie_tables) &&
  @   nie_vms == \old(nie_vms);
  @*/
int nie_xfer_host_share_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot, u64 *missing);

/*
 * Host: HOST => GUEST(v, gfn). Protected VMs. -EPERM; -EEXIST; -ENOMEM. Errors as above. What the
 * pages held is measured, or zeroed once the VM has run.
 */
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && \valid(missing);
  @ requires pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ requires inv_vms && gfn + nr <= 0x100000000;
  @ assigns nie_pages, nie_counts, nie_vms, nie_tables, nie_vcpus, nie_host_l1, nie_host_l2,
  @   nie_host_l3, nie_host_odd, nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed, nie_launch,
  @   *missing;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == 0 || \result == -EPERM || \result == -EEXIST ||
  @   \result == -ENOMEM;
  @ ensures eperm: \result == -EPERM <==> \old(!donatable(v, pfn, gfn, nr));
  @ ensures eexist: \result == -EEXIST <==> \old(donatable(v, pfn, gfn, nr)) &&
  @   \old(!none_at(v, gfn, nr));
  @ ensures enomem: \result == -ENOMEM <==> \old(donatable(v, pfn, gfn, nr)) &&
  @   \old(none_at(v, gfn, nr)) && \old(wanted(v, gfn, nr) > nie_vms.vm[v].pool_nr);
  @ ensures missing: *missing == (\result == -ENOMEM ?
  @   wanted(v, gfn, nr) - nie_vms.vm[v].pool_nr : \old(*missing));
  @ ensures owner: \result == 0 ==> \forall integer p; pfn <= p < pfn + nr ==>
  @   nie_pages.p[p].kind == NIE_K_GUEST && is_at(p, v, gfn + (p - pfn)) && host_entry(p) == 0;
  @ ensures effect: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr ==>
  @   leaf_is(walk(v, g), pfn + (g - gfn), NIE_PROT_R | NIE_PROT_W | NIE_PROT_X);
  @ ensures content: \result == 0 && \old(launched(v)) ==> \forall integer p;
  @   pfn <= p < pfn + nr ==> nie_zeroed.p[p] != 0;
  @ ensures launched: launched(v) <==> \old(launched(v));
  @ ensures launches: \result == 0 ==>
  @   digest_same{Pre,Post}(v) && launches_same_but{Pre,Post}(v);
  @ ensures records: given{Pre,Post}(v, pfn, pfn + nr);
  @ ensures vms: vms_kept{Pre,Post}(v);
  @ ensures host_frame: host_same_but{Pre,Post}(pfn, pfn + nr);
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} && nie_vms == \old(nie_vms) &&
  @   nie_tables == \old(nie_tables) && nie_vcpus == \old(nie_vcpus) &&
  @   nie_zeroed == \old(nie_zeroed) && nie_launch == \old(nie_launch);
  @*/
int nie_xfer_host_donate_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 *missing);

/* Host: HOST_SHARED_GUEST => HOST for all that is mapped in the range; *pages of them. -EPERM */
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && \valid(pages);
  @ requires inv_vms && gfn + nr <= 0x100000000;
  @ assigns nie_pages, nie_counts, nie_tables, nie_vcpus, *pages;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == 0 || \result == -EPERM;
  @ ensures ok: \result == 0 <==> normal(v) && inside(v, gfn, nr);
  @ ensures gone: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr ==> walk(v, g) == 0;
  @ ensures back: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr &&
  @   \old(walk(v, g)) != 0 ==> nie_pages.p[\old(leaf_pfn(walk(v, g)))].kind == NIE_K_HOST;
  @ ensures count: \result == 0 ==> *pages <= nr;
  @ ensures records: unshared{Pre,Post}(v, gfn, gfn + nr);
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures atomic: \result != 0 ==> nie_pages == \old(nie_pages) &&
  @   nie_counts == \old(nie_counts) && nie_tables == \old(nie_tables) && *pages == \old(*pages);
  @*/
int nie_xfer_host_unshare_guest(u16 v, u32 gfn, u32 nr, u64 *pages);

/* Permissions and age of what is mapped. Normal VMs only, -EPERM otherwise. */
/*@ requires v < NIE_NR_VMS && inv_vms;
  @ assigns nie_tables, nie_vcpus;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures result: \result == 0 || \result == -EPERM;
  @ ensures ok: \result == 0 <==> \old(mapped_normal(v, gfn));
  @ ensures effect: \result == 0 ==> \let e = walk(v, gfn); \let was = \old(walk(v, gfn));
  @   leaf_rest(e) == leaf_rest(was) && leaf_af(e) == 1 &&
  @   leaf_w(e) == ((prot & NIE_PROT_W) != 0 ? 1 : leaf_w(was)) &&
  @   leaf_xn(e) == ((prot & NIE_PROT_X) != 0 ? 0 : leaf_xn(was));
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + 1);
  @ ensures atomic: \result != 0 ==> nie_tables == \old(nie_tables);
  @*/
int nie_xfer_host_relax_guest(u16 v, u32 gfn, u64 prot);
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && inv_vms && \valid(pages);
  @ requires gfn + nr <= 0x100000000;
  @ assigns nie_tables, nie_vcpus, *pages;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures result: \result == 0 || \result == -EPERM;
  @ ensures ok: \result == 0 <==> normal(v) && inside(v, gfn, nr);
  @ ensures effect: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr ==>
  @   readonly_at{Pre,Post}(v, g);
  @ ensures plain: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr ==>
  @   leaf_w(walk(v, g)) == 0;
  @ ensures count: \result == 0 ==> *pages <= nr;
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures atomic: \result != 0 ==> nie_tables == \old(nie_tables) && *pages == \old(*pages);
  @*/
int nie_xfer_host_wrprotect_guest(u16 v, u32 gfn, u32 nr, u64 *pages);
/*@ requires v < NIE_NR_VMS && 1 <= nr <= NIE_MAX_RANGE && inv_vms && \valid(young);
  @ requires gfn + nr <= 0x100000000;
  @ assigns nie_tables, nie_vcpus, *young;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures result: \result == 0 || \result == -EPERM;
  @ ensures ok: \result == 0 <==> normal(v) && inside(v, gfn, nr);
  @ ensures effect: \result == 0 ==> \forall integer g; gfn <= g < gfn + nr ==>
  @   aged_at{Pre,Post}(v, g, clear);
  @ ensures count: \result == 0 ==> *young <= nr;
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + nr);
  @ ensures atomic: \result != 0 ==> nie_tables == \old(nie_tables) && *young == \old(*young);
  @*/
int nie_xfer_host_age_guest(u16 v, u32 gfn, u32 nr, bool clear, u64 *young);
/*@ requires v < NIE_NR_VMS && inv_vms && \valid(pfn) && \valid(prot);
  @ requires \separated(pfn, prot);
  @ assigns *pfn, *prot;
  @ ensures result: \result == 0 || \result == -EPERM;
  @ ensures ok: \result == 0 <==> mapped_normal(v, gfn);
  @ ensures page: \result == 0 ==> *pfn == leaf_pfn(walk(v, gfn)) && is_at(*pfn, v, gfn);
  @ ensures prot: \result == 0 ==> *prot == NIE_PROT_R + leaf_w(walk(v, gfn)) * NIE_PROT_W +
  @   (1 - leaf_xn(walk(v, gfn))) * NIE_PROT_X;
  @ ensures atomic: \result != 0 ==> *pfn == \old(*pfn) && *prot == \old(*prot);
  @*/
int nie_xfer_host_query_guest(u16 v, u32 gfn, u64 *pfn, u64 *prot);

/**
 * nie_xfer_guest_share() - Guest: GUEST => GUEST_SHARED_HOST
 * @v: slot of the VM that asks
 * @gfn: any value
 * Context: nie_lock held.
 * Return: 0, -ENOENT (nothing is mapped there), -EPERM (it is shared already).
 */
/*@ requires v < NIE_NR_VMS && inv_vms;
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
  @ ensures result: \result == 0 || \result == -ENOENT || \result == -EPERM;
  @ ensures enoent: \result == -ENOENT <==> \old(!mapped_as(v, NIE_VM_PROTECTED, gfn));
  @ ensures eperm: \result == -EPERM <==> \old(mapped_as(v, NIE_VM_PROTECTED, gfn)) &&
  @   \old(kind_at(v, gfn)) != NIE_K_GUEST;
  @ ensures effect: \result == 0 ==> \let p = \old(page_at(v, gfn)); is_at(p, v, gfn) &&
  @   nie_pages.p[p].kind == NIE_K_GUEST_SHARED_HOST && host_entry(p) == l3_rw(p);
  @ ensures records: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   records_same_but{Pre,Post}(p, p + 1);
  @ ensures host_frame: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   host_same_but{Pre,Post}(p, p + 1);
  @ ensures frame: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_guest_share(u16 v, u32 gfn);

/* Guest: GUEST_SHARED_HOST => GUEST. As above; -EPERM if it is not shared. */
/*@ requires v < NIE_NR_VMS && inv_vms;
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
  @ ensures result: \result == 0 || \result == -ENOENT || \result == -EPERM;
  @ ensures enoent: \result == -ENOENT <==> \old(!mapped_as(v, NIE_VM_PROTECTED, gfn));
  @ ensures eperm: \result == -EPERM <==> \old(mapped_as(v, NIE_VM_PROTECTED, gfn)) &&
  @   \old(kind_at(v, gfn)) != NIE_K_GUEST_SHARED_HOST;
  @ ensures effect: \result == 0 ==> \let p = \old(page_at(v, gfn)); is_at(p, v, gfn) &&
  @   nie_pages.p[p].kind == NIE_K_GUEST && host_entry(p) == 0;
  @ ensures records: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   records_same_but{Pre,Post}(p, p + 1);
  @ ensures host_frame: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   host_same_but{Pre,Post}(p, p + 1);
  @ ensures frame: walks_same_but{Pre,Post}(v, 0, 0);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post};
  @*/
int nie_xfer_guest_unshare(u16 v, u32 gfn);

/* Guest: GUEST => HOST, zeroed. As above; -EPERM if it is shared. */
/*@ requires v < NIE_NR_VMS && inv_vms;
  @ assigns nie_pages, nie_counts, nie_host_l1, nie_host_l2, nie_host_l3, nie_host_odd,
  @   nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures host: inv_host;
  @ ensures INV_3: inv3;
  @ ensures INV_4: inv4;
  @ ensures INV_8: inv8;
  @ ensures INV_9: inv9;
  @ ensures INV_10: inv10;
  @ ensures INV_11: inv11;
  @ ensures INV_12: inv12;
  @ ensures result: \result == 0 || \result == -ENOENT || \result == -EPERM;
  @ ensures enoent: \result == -ENOENT <==> \old(!mapped_as(v, NIE_VM_PROTECTED, gfn));
  @ ensures eperm: \result == -EPERM <==> \old(mapped_as(v, NIE_VM_PROTECTED, gfn)) &&
  @   \old(kind_at(v, gfn)) != NIE_K_GUEST;
  @ ensures effect: \result == 0 ==> \let p = \old(page_at(v, gfn));
  @   nie_pages.p[p].kind == NIE_K_HOST && host_entry(p) == l3_rwx(p) && nie_zeroed.p[p] != 0;
  @ ensures gone: \result == 0 ==> walk(v, gfn) == 0;
  @ ensures records: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   records_same_but{Pre,Post}(p, p + 1);
  @ ensures host_frame: \let p = \old(page_at(v, gfn)); \result == 0 ==>
  @   host_same_but{Pre,Post}(p, p + 1);
  @ ensures zeroed: \let q = \old(page_at(v, gfn)); \result == 0 ==> \forall integer p;
  @   0 <= p < NIE_NR_PAGES && p != q ==> nie_zeroed.p[p] == \old(nie_zeroed.p[p]);
  @ ensures frame: walks_same_but{Pre,Post}(v, gfn, gfn + 1);
  @ ensures atomic: \result != 0 ==> host_state_same{Pre,Post} &&
  @   nie_tables == \old(nie_tables) && nie_vcpus == \old(nie_vcpus) &&
  @   nie_zeroed == \old(nie_zeroed);
  @*/
int nie_xfer_guest_relinquish(u16 v, u32 gfn);

/* Has a protected VM a page at the gfn? */
/*@ requires v < NIE_NR_VMS && inv_vms;
  @ assigns \nothing;
  @ ensures \result == 1 <==> mapped_as(v, NIE_VM_PROTECTED, gfn);
  @*/
bool nie_xfer_guest_has(u16 v, u32 gfn);

#endif /* NIE_EL2_XFER_H */
