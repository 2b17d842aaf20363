/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants as formulas; Documentation/invariants.rst has them in words. Nothing here is code.
 */
#ifndef NIE_EL2_INVARIANTS_H
#define NIE_EL2_INVARIANTS_H

#include "state.h"
#include <arch/mem.h>
#include <arch/pte.h>

/*@
  logic integer naming(integer kind) =
    kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST || kind == NIE_K_GUEST_SHARED_HOST ||
    kind == NIE_K_NIE_FREE || kind == NIE_K_NIE_TABLE || kind == NIE_K_NIE_CTX ? 1 : 0;
  predicate names_vm(integer kind) = naming(kind) == 1;
  logic integer kind_of{L}(integer p) =
    0 <= p < NIE_NR_PAGES && nie_gibs.g[p / 0x40000].managed != 0 ? nie_pages.p[p].kind :
    NIE_K_NOT_RAM;

  // INV-1
  predicate inv1{L} = \forall integer p; managed(p) ==>
    nie_pages.p[p].kind < NIE_NR_KINDS &&
    (names_vm(nie_pages.p[p].kind) ==> nie_pages.p[p].vm < NIE_NR_VMS);

  // INV-2
  logic integer has_kind{L}(integer p, integer k) =
    nie_gibs.g[p / 0x40000].managed != 0 && nie_pages.p[p].kind == k ? 1 : 0;
  logic integer has_vm{L}(integer p, integer v) =
    nie_gibs.g[p / 0x40000].managed != 0 && naming(nie_pages.p[p].kind) == 1 &&
    nie_pages.p[p].vm == v ? 1 : 0;
  logic integer nr_kind{L}(integer k, integer n) =
    n <= 0 ? 0 : nr_kind(k, n - 1) + has_kind(n - 1, k);
  logic integer nr_vm{L}(integer v, integer n) =
    n <= 0 ? 0 : nr_vm(v, n - 1) + has_vm(n - 1, v);
  // (n is a variable so that provers leave the sum alone where nobody speaks of it)
  predicate inv2{L} =
    (\forall integer k, n; 0 <= k < NIE_NR_KINDS && n == NIE_NR_PAGES ==>
      nie_counts.kind[k] == nr_kind(k, n)) &&
    (\forall integer v, n; 0 <= v < NIE_NR_VMS && n == NIE_NR_PAGES ==>
      nie_counts.vm[v] == nr_vm(v, n));

  // What is no RAM stays so: from seal on no record becomes or ceases to be NOT_RAM.
  predicate ram_fixed{L} = \forall integer p; managed(p) ==>
    (nie_pages.p[p].kind == NIE_K_NOT_RAM <==> nie_no_ram.p[p] != 0);
  predicate gibs_fixed{L} = \forall integer g; managed_gib(g) ==>
    nie_gibs.g[g].l2_pfn < NIE_NR_PAGES && nie_gibs.g[g].l3_pfn <= NIE_NR_PAGES - 512;

  // What the host may do with a page, as NIE_PERM_*, and the level-3 entry that says so.
  logic integer perm_of(integer kind) =
    kind == NIE_K_HOST || kind == NIE_K_HOST_SHARED_GUEST ? 2 :
    kind == NIE_K_HOST_SHARED_NIE || kind == NIE_K_GUEST_SHARED_HOST ? 1 : 0;
  logic integer host_want{L}(integer p) =
    perm_of(nie_pages.p[p].kind) == 2 ? l3_rwx(p) :
    perm_of(nie_pages.p[p].kind) == 1 ? l3_rw(p) : 0;
  // What a walk from the root finds for a page of a managed GiB, as a level-3 entry.
  logic integer host_entry{L}(integer p) =
    nie_host_l1.e[p / 0x40000] == l1_block(p / 0x40000) ? l3_rwx(p) :
    nie_host_l1.e[p / 0x40000] != l1_table(p / 0x40000) ? 0 :
    nie_host_l2.e[p / 512] == l2_block(p / 512) ? l3_rwx(p) :
    nie_host_l2.e[p / 512] != l2_table(p / 512) ? 0 : nie_host_l3.e[p];
  predicate host_plain{L}(integer p) = nie_no_ram.p[p] == 0 && nie_host_l3.e[p] == l3_rwx(p);

  // INV-6, but for the level-3 entries of [lo, hi), whose records have just changed
  predicate inv6_l3{L}(integer lo, integer hi) = \forall integer p; managed(p) ==>
    (nie_no_ram.p[p] != 0 ? nie_host_l3.e[p] == 0 || nie_host_l3.e[p] == l3_rwx(p) :
     nie_host_l3.e[p] == 0 || nie_host_l3.e[p] == l3_rw(p) || nie_host_l3.e[p] == l3_rwx(p)) &&
    (nie_no_ram.p[p] == 0 && !(lo <= p < hi) ==> nie_host_l3.e[p] == host_want(p));
  predicate inv6_l2_of{L}(integer b) =
    nie_host_l2.e[b] == l2_table(b) ||
    (nie_host_l2.e[b] == l2_block(b) &&
     ((\forall integer p; b * 512 <= p < b * 512 + 512 ==> host_plain(p)) ||
      (\forall integer p; b * 512 <= p < b * 512 + 512 ==> nie_no_ram.p[p] != 0)));
  predicate inv6_l2{L} = \forall integer b; managed_mb(b) ==> inv6_l2_of(b);
  predicate inv6_l1_of{L}(integer g) =
    nie_host_l1.e[g] == l1_table(g) ||
    (nie_host_l1.e[g] == l1_block(g) &&
     \forall integer p; g * 0x40000 <= p < (g + 1) * 0x40000 ==> host_plain(p));
  lemma page_ranges: \forall integer p; 0 <= p ==>
    p / 512 * 512 <= p < p / 512 * 512 + 512 &&
    p / 0x40000 * 0x40000 <= p < (p / 0x40000 + 1) * 0x40000;
  lemma entry_of_page{L}: \forall integer p; managed(p) && nie_no_ram.p[p] == 0 &&
    inv6_l1_of(p / 0x40000) && inv6_l2_of(p / 512) ==> host_entry(p) == nie_host_l3.e[p];
  predicate inv6_l1{L} =
    (\forall integer g; managed_gib(g) ==> inv6_l1_of(g)) &&
    (\forall integer g; 0 <= g < NIE_NR_L1 && !managed_gib(g) ==>
      nie_host_l1.e[g] == 0 || nie_host_l1.e[g] == l1_block(g));
  predicate entries_are_l3{L} = \forall integer p; managed(p) && nie_no_ram.p[p] == 0 ==>
    host_entry(p) == nie_host_l3.e[p];
  lemma entry_of_ram{L}: inv6_l1 && inv6_l2 ==> entries_are_l3;
  // No TLB holds anything but what is in memory, tables and blocks; and pages.
  predicate host_tlb_calm{L} =
    (\forall integer g; 0 <= g < NIE_NR_L1 ==> nie_tlb.b1[g] == 0 && nie_tlb.w1[g] == 0) &&
    (\forall integer b; 0 <= b < NIE_NR_L2 ==> nie_tlb.b2[b] == 0 && nie_tlb.w2[b] == 0);
  predicate host_tlb_clean{L} = host_tlb_calm &&
    \forall integer p; 0 <= p < NIE_NR_PAGES ==> nie_tlb.p[p] == 0;
  predicate inv6_but{L}(integer lo, integer hi) =
    inv6_l3(lo, hi) && inv6_l2 && inv6_l1 && host_tlb_clean;
  predicate inv6{L} = inv6_but(0, 0);

  // INV-7
  logic integer odd_page{L}(integer p) =
    nie_no_ram.p[p] != 0 || nie_host_l3.e[p] != l3_rwx(p) ? 1 : 0;
  logic integer nr_odd{L}(integer lo, integer n) =
    n <= 0 ? 0 : nr_odd(lo, n - 1) + odd_page(lo + n - 1);
  logic integer nr_odd_mb{L}(integer lo, integer n) =
    n <= 0 ? 0 : nr_odd_mb(lo, n - 1) + (nie_host_odd.n[lo + n - 1] != 0 ? 1 : 0);
  predicate inv7_mb{L} = \forall integer b; managed_mb(b) ==>
    nie_host_odd.n[b] == nr_odd(b * 512, 512);
  predicate inv7_gib{L} = \forall integer g; managed_gib(g) ==>
    nie_host_odd_gib.n[g] == nr_odd_mb(g * 512, 512);
  predicate inv7_counts{L} = inv7_mb && inv7_gib;
  // ... and a block is in force wherever one can be
  predicate inv7_blocks{L} =
    (\forall integer b; managed_mb(b) && nie_host_odd.n[b] == 0 ==>
      nie_host_l2.e[b] == l2_block(b)) &&
    (\forall integer g; managed_gib(g) && nie_host_odd_gib.n[g] == 0 ==>
      nie_host_l1.e[g] == l1_block(g));
  predicate inv7{L} = inv7_counts && inv7_blocks;

  // The host's entries outside [lo, hi) are as they were.
  predicate host_same_but{L1,L2}(integer lo, integer hi) =
    \forall integer p; \at(managed(p), L1) && !(lo <= p < hi) ==>
      \at(host_entry(p), L2) == \at(host_entry(p), L1);

  predicate all_host{L}(integer lo, integer nr) =
    \forall integer p; lo <= p < lo + nr ==> kind_of(p) == NIE_K_HOST;

  // What holds of the host's memory between calls.
  predicate inv_host{L} = gibs_fixed && ram_fixed && inv1 && inv2 && inv6 && inv7;

  // INV-3
  predicate inv3{L} =
    (\forall integer v; 0 <= v < NIE_NR_VMS ==>
      nie_vms.vm[v].state <= NIE_VM_DYING && nie_vms.vm[v].generation <= NIE_GEN_MAX) &&
    (\forall integer p; managed(p) && names_vm(nie_pages.p[p].kind) ==>
      nie_vms.vm[nie_pages.p[p].vm].state != NIE_VM_NONE);

  // INV-4
  predicate is_free_of{L}(integer p, integer v) =
    nie_pages.p[p].kind == NIE_K_NIE_FREE && nie_pages.p[p].vm == v;
  logic integer nr_roots(integer ipa_bits) =
    ipa_bits == 43 ? 16 : ipa_bits == 42 ? 8 : ipa_bits == 41 ? 4 : ipa_bits == 40 ? 2 : 1;
  predicate is_root_of{L}(integer p, integer v) =
    nie_pages.p[p].kind == NIE_K_NIE_TABLE && nie_pages.p[p].level == 1 && nie_pages.p[p].vm == v;
  predicate table_is_empty{L}(integer p) =
    \forall integer i; 0 <= i < 512 ==> nie_tables.t[p].e[i] == 0;
  predicate inv4_slots{L} = \forall integer v; 0 <= v < NIE_NR_VMS ==>
    nie_vms.vm[v].pool_nr <= NIE_NR_POOL &&
    \forall integer k; 0 <= k < nie_vms.vm[v].pool_nr ==>
      managed(nie_vms.vm[v].pool[k]) && is_free_of(nie_vms.vm[v].pool[k], v) &&
      nie_pages.p[nie_vms.vm[v].pool[k]].base == k;
  predicate inv4_pages{L} = \forall integer p, v; managed(p) && 0 <= v < NIE_NR_VMS &&
    is_free_of(p, v) && nie_vms.vm[v].state == NIE_VM_LIVE ==>
    nie_pages.p[p].base < nie_vms.vm[v].pool_nr &&
    nie_vms.vm[v].pool[nie_pages.p[p].base] == p;
  predicate inv4_dead{L} = \forall integer v; 0 <= v < NIE_NR_VMS &&
    nie_vms.vm[v].state != NIE_VM_LIVE ==> nie_vms.vm[v].pool_nr == 0;

  predicate inv4{L} = inv4_slots && inv4_pages && inv4_dead;

  // INV-10, but for a context page c that is being made or released (-1: none)
  predicate is_ctx{L}(integer p) = managed(p) && nie_pages.p[p].kind == NIE_K_NIE_CTX;
  predicate is_vcpu{L}(integer v, integer i) =
    nie_vms.vm[v].state != NIE_VM_NONE && nie_vms.vm[v].vcpu[i] != NIE_NO_PAGE;
  predicate is_ctx_of{L}(integer p, integer v, integer i) =
    is_ctx(p) && nie_pages.p[p].vm == v && nie_pages.p[p].base == i;
  predicate inv10_slots{L}(integer c) =
    \forall integer v, i; 0 <= v < NIE_NR_VMS && 0 <= i < NIE_NR_VCPUS && is_vcpu(v, i) ==>
      is_ctx_of(nie_vms.vm[v].vcpu[i], v, i) && nie_vms.vm[v].vcpu[i] != c;
  predicate inv10_pages{L}(integer c) = \forall integer p; is_ctx(p) && p != c ==>
    nie_pages.p[p].base < NIE_NR_VCPUS &&
    nie_vms.vm[nie_pages.p[p].vm].vcpu[nie_pages.p[p].base] == p;
  // VTTBR_EL2: the VMID is the slot + 1
  logic integer vttbr_of{L}(integer v) =
    (v + 1) * 0x1000000000000 + nie_vms.vm[v].root_pfn * 4096;
  predicate ctx_agrees{L}(integer p) = \let v = nie_pages.p[p].vm;
    nie_vcpus.c[p].vm == v && nie_vcpus.c[p].index == nie_pages.p[p].base &&
    nie_vcpus.c[p].ipa_bits == nie_vms.vm[v].ipa_bits && nie_vcpus.c[p].vttbr == vttbr_of(v) &&
    (nie_vcpus.c[p].is_protected != 0 <==> nie_vms.vm[v].type == NIE_VM_PROTECTED);
  predicate inv10_content{L}(integer c) = \forall integer p; is_ctx(p) && p != c ==> ctx_agrees(p);
  // ... a CPU has what says that this CPU has it, and nothing else; but for CPU n
  predicate inv10_cpus{L}(integer c, integer n) =
    (\forall integer p; is_ctx(p) && p != c && nie_vcpus.c[p].cpu != NIE_NO_CPU &&
      nie_vcpus.c[p].cpu != n ==>
      nie_vcpus.c[p].cpu < NIE_NR_CPUS && nie_cpus.pfn[nie_vcpus.c[p].cpu] == p) &&
    (\forall integer i; 0 <= i < NIE_NR_CPUS && i != n && nie_cpus.pfn[i] != NIE_NO_PAGE ==>
      is_ctx(nie_cpus.pfn[i]) && nie_cpus.pfn[i] != c && nie_vcpus.c[nie_cpus.pfn[i]].cpu == i);
  // ... and so many vCPUs of a VM are loaded
  predicate claims_ok{L} =
    \forall integer v, i; 0 <= v < NIE_NR_VMS && 0 <= i < NIE_NR_VCPUS ==>
      0 <= nie_claims.vm[v].n[i] <= 1;
  logic integer loaded_on_some{L}(integer v, integer i) =
    nie_vms.vm[v].state != NIE_VM_NONE && nie_vms.vm[v].vcpu[i] != NIE_NO_PAGE &&
    nie_vcpus.c[nie_vms.vm[v].vcpu[i]].cpu != NIE_NO_CPU ? 1 : 0;
  predicate inv10_claims{L} =
    \forall integer v, i; 0 <= v < NIE_NR_VMS && 0 <= i < NIE_NR_VCPUS ==>
      nie_claims.vm[v].n[i] == loaded_on_some(v, i);
  logic integer nr_loaded{L}(integer v, integer n) =
    n <= 0 ? 0 : nr_loaded(v, n - 1) + nie_claims.vm[v].n[n - 1];
  predicate inv10_loaded{L} = \forall integer v, n; 0 <= v < NIE_NR_VMS && n == NIE_NR_VCPUS &&
    nie_vms.vm[v].state != NIE_VM_NONE ==> nie_vms.vm[v].loaded == nr_loaded(v, n);
  // ... none of a dying one
  predicate inv10_dying{L}(integer c) = \forall integer p; is_ctx(p) && p != c &&
    nie_vms.vm[nie_pages.p[p].vm].state == NIE_VM_DYING ==> nie_vcpus.c[p].cpu == NIE_NO_CPU;
  predicate inv10_but{L}(integer c, integer n) =
    inv10_slots(c) && inv10_pages(c) && inv10_content(c) && inv10_cpus(c, n) && inv10_claims &&
    inv10_loaded && inv10_dying(c);
  predicate inv10{L} = inv10_but(-1, -1);

  // INV-11, but for the vCPU of context page c
  predicate is_run_page{L}(integer p) =
    managed(p) && nie_pages.p[p].kind == NIE_K_HOST_SHARED_NIE && nie_pages.p[p].base != 0;
  predicate inv11_ctx{L}(integer c) = \forall integer p; is_ctx(p) && p != c ==>
    is_run_page(nie_vcpus.c[p].run_pfn) && nie_vcpus.c[p].run_pfn != nie_panic_pfn &&
    nie_users.p[nie_vcpus.c[p].run_pfn] == p;
  predicate inv11_runs{L}(integer c) = \forall integer p; is_run_page(p) && p != nie_panic_pfn ==>
    is_ctx(nie_users.p[p]) && nie_users.p[p] != c && nie_vcpus.c[nie_users.p[p]].run_pfn == p;
  predicate inv11_but{L}(integer c) =
    inv11_ctx(c) && inv11_runs(c) && is_run_page(nie_panic_pfn);
  predicate inv11{L} = inv11_but(-1);

  // INV-12, but for [lo, hi)
  predicate in_window(integer kind) = kind == NIE_K_HOST_SHARED_NIE || kind == NIE_K_NIE_FREE ||
    kind == NIE_K_NIE_TABLE || kind == NIE_K_NIE_CTX;
  predicate inv12_but{L}(integer lo, integer hi) = \forall integer p; managed(p) &&
    !(lo <= p < hi) ==> (nie_window.p[p] != 0 <==> in_window(nie_pages.p[p].kind));
  predicate inv12{L} = inv12_but(0, 0);

  predicate vms_same_but{L1,L2}(integer v) = \forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
    \at(nie_vms.vm[w], L1) == \at(nie_vms.vm[w], L2);
  predicate vm_same_but_pool{L1,L2}(integer v) =
    \at(nie_vms.vm[v].state, L1) == \at(nie_vms.vm[v].state, L2) &&
    \at(nie_vms.vm[v].type, L1) == \at(nie_vms.vm[v].type, L2) &&
    \at(nie_vms.vm[v].ipa_bits, L1) == \at(nie_vms.vm[v].ipa_bits, L2) &&
    \at(nie_vms.vm[v].nr_roots, L1) == \at(nie_vms.vm[v].nr_roots, L2) &&
    \at(nie_vms.vm[v].root_pfn, L1) == \at(nie_vms.vm[v].root_pfn, L2) &&
    \at(nie_vms.vm[v].generation, L1) == \at(nie_vms.vm[v].generation, L2) &&
    \at(nie_vms.vm[v].loaded, L1) == \at(nie_vms.vm[v].loaded, L2) &&
    (\forall integer i; 0 <= i < NIE_NR_VCPUS ==>
      \at(nie_vms.vm[v].vcpu[i], L1) == \at(nie_vms.vm[v].vcpu[i], L2)) &&
    (\forall integer i; 0 <= i < NIE_NR_CPUS ==>
      \at(nie_vms.vm[v].last_vcpu[i], L1) == \at(nie_vms.vm[v].last_vcpu[i], L2));
  predicate places_same{L1,L2} = \forall integer v; 0 <= v < NIE_NR_VMS ==>
    \at(nie_vms.vm[v].state, L1) == \at(nie_vms.vm[v].state, L2) &&
    \at(nie_vms.vm[v].type, L1) == \at(nie_vms.vm[v].type, L2) &&
    \at(nie_vms.vm[v].ipa_bits, L1) == \at(nie_vms.vm[v].ipa_bits, L2) &&
    \at(nie_vms.vm[v].nr_roots, L1) == \at(nie_vms.vm[v].nr_roots, L2) &&
    \at(nie_vms.vm[v].root_pfn, L1) == \at(nie_vms.vm[v].root_pfn, L2);
  // VMs are as they were, but for the pool of v.
  predicate lives_same{L1,L2} = \forall integer w; 0 <= w < NIE_NR_VMS ==>
    \at(nie_vms.vm[w].generation, L1) == \at(nie_vms.vm[w].generation, L2) &&
    \at(nie_vms.vm[w].loaded, L1) == \at(nie_vms.vm[w].loaded, L2);
  predicate pools_same{L1,L2}(integer v) =
    (\forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
      \at(nie_vms.vm[w].pool_nr, L1) == \at(nie_vms.vm[w].pool_nr, L2)) &&
    (\forall integer w, k; 0 <= w < NIE_NR_VMS && w != v && 0 <= k < NIE_NR_POOL ==>
      \at(nie_vms.vm[w].pool[k], L1) == \at(nie_vms.vm[w].pool[k], L2));
  predicate vcpus_same{L1,L2} =
    \forall integer w, i; 0 <= w < NIE_NR_VMS && 0 <= i < NIE_NR_VCPUS ==>
      \at(nie_vms.vm[w].vcpu[i], L1) == \at(nie_vms.vm[w].vcpu[i], L2);
  predicate last_same{L1,L2} =
    \forall integer w, i; 0 <= w < NIE_NR_VMS && 0 <= i < NIE_NR_CPUS ==>
      \at(nie_vms.vm[w].last_vcpu[i], L1) == \at(nie_vms.vm[w].last_vcpu[i], L2);
  predicate vms_kept{L1,L2}(integer v) = places_same{L1,L2} && lives_same{L1,L2} &&
    pools_same{L1,L2}(v) && vcpus_same{L1,L2} && last_same{L1,L2};
  predicate vm_same_but_vcpu{L1,L2}(integer v, integer i) =
    \at(nie_vms.vm[v].state, L1) == \at(nie_vms.vm[v].state, L2) &&
    \at(nie_vms.vm[v].type, L1) == \at(nie_vms.vm[v].type, L2) &&
    \at(nie_vms.vm[v].ipa_bits, L1) == \at(nie_vms.vm[v].ipa_bits, L2) &&
    \at(nie_vms.vm[v].nr_roots, L1) == \at(nie_vms.vm[v].nr_roots, L2) &&
    \at(nie_vms.vm[v].root_pfn, L1) == \at(nie_vms.vm[v].root_pfn, L2) &&
    \at(nie_vms.vm[v].generation, L1) == \at(nie_vms.vm[v].generation, L2) &&
    \at(nie_vms.vm[v].pool_nr, L1) == \at(nie_vms.vm[v].pool_nr, L2) &&
    \at(nie_vms.vm[v].loaded, L1) == \at(nie_vms.vm[v].loaded, L2) &&
    (\forall integer k; 0 <= k < NIE_NR_POOL ==>
      \at(nie_vms.vm[v].pool[k], L1) == \at(nie_vms.vm[v].pool[k], L2)) &&
    (\forall integer j; 0 <= j < NIE_NR_VCPUS && j != i ==>
      \at(nie_vms.vm[v].vcpu[j], L1) == \at(nie_vms.vm[v].vcpu[j], L2)) &&
    (\forall integer j; 0 <= j < NIE_NR_CPUS ==>
      \at(nie_vms.vm[v].last_vcpu[j], L1) == \at(nie_vms.vm[v].last_vcpu[j], L2));
  predicate vm_same_but_load{L1,L2}(integer v, integer cpu) =
    \at(nie_vms.vm[v].state, L1) == \at(nie_vms.vm[v].state, L2) &&
    \at(nie_vms.vm[v].type, L1) == \at(nie_vms.vm[v].type, L2) &&
    \at(nie_vms.vm[v].ipa_bits, L1) == \at(nie_vms.vm[v].ipa_bits, L2) &&
    \at(nie_vms.vm[v].nr_roots, L1) == \at(nie_vms.vm[v].nr_roots, L2) &&
    \at(nie_vms.vm[v].root_pfn, L1) == \at(nie_vms.vm[v].root_pfn, L2) &&
    \at(nie_vms.vm[v].generation, L1) == \at(nie_vms.vm[v].generation, L2) &&
    \at(nie_vms.vm[v].pool_nr, L1) == \at(nie_vms.vm[v].pool_nr, L2) &&
    \at(nie_vms.vm[v].pool, L1) == \at(nie_vms.vm[v].pool, L2) &&
    \at(nie_vms.vm[v].vcpu, L1) == \at(nie_vms.vm[v].vcpu, L2) &&
    (\forall integer j; 0 <= j < NIE_NR_CPUS && j != cpu ==>
      \at(nie_vms.vm[v].last_vcpu[j], L1) == \at(nie_vms.vm[v].last_vcpu[j], L2));
  // A record as it was, or that of a run page that is one no longer.
  predicate kept{L1,L2}(integer p) = \at(nie_pages.p[p], L1) == \at(nie_pages.p[p], L2) ||
    (\at(nie_pages.p[p].kind, L1) == NIE_K_HOST_SHARED_NIE &&
     \at(nie_pages.p[p].kind, L2) == NIE_K_HOST_SHARED_NIE && \at(nie_pages.p[p].base, L2) == 0);
  // Number of pages of [lo, lo + n) that name the VM.
  logic integer nr_held{L}(integer v, integer lo, integer n) =
    n <= 0 ? 0 : nr_held(v, lo, n - 1) + has_vm(lo + n - 1, v);
  predicate no_free_slot{L} = \forall integer v; 0 <= v < NIE_NR_VMS ==>
    nie_vms.vm[v].state != NIE_VM_NONE || nie_vms.vm[v].generation >= NIE_GEN_MAX;
  // No record names the VM.
  predicate no_record_names{L}(integer v) = \forall integer p; managed(p) &&
    names_vm(nie_pages.p[p].kind) ==> nie_pages.p[p].vm != v;

  // No VM has this handle.
  predicate no_vm_has{L}(integer handle) = \forall integer v; 0 <= v < NIE_NR_VMS ==>
    nie_vms.vm[v].state == NIE_VM_NONE || handle != nie_vms.vm[v].generation * 256 + v;
  // Tables of VMs: what the code reads in an entry, and where a walk ends.
  logic integer child{L}(integer t, integer i) =
    nie_tables.t[t].e[i] % 4 == 3 ? nie_tables.t[t].e[i] / 4096 % 0x100000000 : NIE_NO_PAGE;
  logic integer walk2{L}(integer v, integer b) =
    child(nie_vms.vm[v].root_pfn + b / 512, b % 512);
  logic integer walk3{L}(integer v, integer b) =
    walk2(v, b / 512) == NIE_NO_PAGE ? NIE_NO_PAGE : child(walk2(v, b / 512), b % 512);
  logic integer walk{L}(integer v, integer gfn) =
    walk3(v, gfn / 512) == NIE_NO_PAGE ? 0 : nie_tables.t[walk3(v, gfn / 512)].e[gfn % 512];
  predicate live{L}(integer v) = 0 <= v < NIE_NR_VMS && nie_vms.vm[v].state == NIE_VM_LIVE;
  predicate is_table_of{L}(integer t, integer v) =
    managed(t) && nie_pages.p[t].kind == NIE_K_NIE_TABLE && nie_pages.p[t].vm == v;
  predicate is_table{L}(integer t, integer v, integer level) =
    is_table_of(t, v) && nie_pages.p[t].level == level;
  predicate place2{L}(integer v, integer b) =
    live(v) && 0 <= b && b / 512 < nie_vms.vm[v].nr_roots;
  predicate place3{L}(integer v, integer b) =
    live(v) && 0 <= b && b / 512 / 512 < nie_vms.vm[v].nr_roots;
  predicate gfn_of_vm{L}(integer v, integer gfn) = live(v) &&
    0 <= gfn && gfn / 512 / 512 / 512 < nie_vms.vm[v].nr_roots;

  // INV-8, for one VM: its root tables; each entry of a table names the table below; a table is
  // where a walk to its place ends.
  predicate inv8_roots{L}(integer v) =
    NIE_IPA_BITS_MIN <= nie_vms.vm[v].ipa_bits <= NIE_IPA_BITS_MAX &&
    nie_vms.vm[v].nr_roots == nr_roots(nie_vms.vm[v].ipa_bits) &&
    nie_vms.vm[v].root_pfn + nie_vms.vm[v].nr_roots <= NIE_NR_PAGES &&
    \forall integer t; nie_vms.vm[v].root_pfn <= t <
      nie_vms.vm[v].root_pfn + nie_vms.vm[v].nr_roots ==>
      is_table(t, v, 1) && nie_pages.p[t].base == t - nie_vms.vm[v].root_pfn;
  predicate inv8_down_but{L}(integer v, integer c) = \forall integer t, i; is_table_of(t, v) &&
    nie_pages.p[t].level < 3 && 0 <= i < 512 && t != c ==> nie_tables.t[t].e[i] == 0 ||
    (nie_tables.t[t].e[i] == child(t, i) * 4096 + PTE_TABLE &&
     is_table(child(t, i), v, nie_pages.p[t].level + 1) &&
     nie_pages.p[child(t, i)].base == nie_pages.p[t].base * 512 + i);
  predicate inv8_down{L}(integer v) = inv8_down_but(v, NIE_NO_PAGE);
  predicate inv8_up{L}(integer v, integer orphan) =
    \forall integer t; is_table_of(t, v) && t != orphan ==>
    \let n = nie_pages.p[t].level; \let b = nie_pages.p[t].base;
    (n == 1 && b < nie_vms.vm[v].nr_roots && t == nie_vms.vm[v].root_pfn + b) ||
    (n == 2 && b / 512 < nie_vms.vm[v].nr_roots && t == walk2(v, b)) ||
    (n == 3 && b / 512 / 512 < nie_vms.vm[v].nr_roots && t == walk3(v, b));
  predicate inv8_of{L}(integer v) =
    inv8_roots(v) && inv8_down(v) && inv8_up(v, NIE_NO_PAGE);
  predicate inv8_but{L}(integer orphan) = \forall integer v; live(v) ==>
    inv8_roots(v) && inv8_down(v) && inv8_up(v, orphan);
  predicate inv8{L} = inv8_but(NIE_NO_PAGE);
  predicate inv8_others{L}(integer x) = \forall integer v; live(v) && v != x ==> inv8_of(v);

  // The page of a leaf, and what else is in it but for the bits that calls change.
  logic integer leaf_pfn(integer e) = e / 4096 % 0x100000000;
  predicate is_leaf(integer e, integer p) = 0 <= p < NIE_NR_PAGES &&
    \let type = leaf_rest(e) - p * 4096 - (PTE_S2_R + PTE_SH_INNER + PTE_PAGE);
    type == PTE_S2_NORMAL || type == PTE_S2_FWB_NORMAL || type == PTE_S2_NC;
  lemma leaf_page: \forall integer p, e; 0 <= e && is_leaf(e, p) ==>
    leaf_pfn(e) == p && e % 4 == 3;

  // INV-9, for one VM
  predicate mapped_kind{L}(integer kind, integer v) =
    nie_vms.vm[v].type == NIE_VM_PROTECTED ?
      kind == NIE_K_GUEST || kind == NIE_K_GUEST_SHARED_HOST : kind == NIE_K_HOST_SHARED_GUEST;
  predicate is_at{L}(integer p, integer v, integer gfn) =
    managed(p) && mapped_kind(nie_pages.p[p].kind, v) && nie_pages.p[p].vm == v &&
    nie_pages.p[p].base == gfn;
  predicate inv9_but{L}(integer v, integer c) =
    \forall integer t, i; is_table(t, v, 3) && 0 <= i < 512 && t != c ==>
    \let e = nie_tables.t[t].e[i]; e == 0 ||
    (is_leaf(e, leaf_pfn(e)) && is_at(leaf_pfn(e), v, nie_pages.p[t].base * 512 + i));
  predicate inv9_of{L}(integer v) = inv9_but(v, NIE_NO_PAGE);
  predicate inv9{L} = \forall integer v; live(v) ==> inv9_of(v);
  predicate inv9_others{L}(integer x) = \forall integer v; live(v) && v != x ==> inv9_of(v);

  // What holds whenever the lock is free.
  predicate inv_vms{L} =
    inv_host && inv3 && inv4 && inv8 && inv9 && inv10 && inv11 && inv12;

  // The tables above leaves are where they were.
  predicate tables_same{L1,L2} =
    (\forall integer w, b; \at(place2(w, b), L1) ==>
      \at(walk2(w, b), L2) == \at(walk2(w, b), L1)) &&
    (\forall integer w, b; \at(place3(w, b), L1) ==>
      \at(walk3(w, b), L2) == \at(walk3(w, b), L1));
  // Nothing else is mapped, or no longer.
  predicate walks_same_but{L1,L2}(integer v, integer lo, integer hi) =
    \forall integer w, g; \at(gfn_of_vm(w, g), L1) && !(w == v && lo <= g < hi) ==>
      \at(walk(w, g), L2) == \at(walk(w, g), L1);

  predicate record_same{L1,L2}(integer p) =
    \at(nie_pages.p[p].kind, L1) == \at(nie_pages.p[p].kind, L2) &&
    \at(nie_pages.p[p].level, L1) == \at(nie_pages.p[p].level, L2) &&
    \at(nie_pages.p[p].vm, L1) == \at(nie_pages.p[p].vm, L2) &&
    \at(nie_pages.p[p].base, L1) == \at(nie_pages.p[p].base, L2);

  // What INV-10 and INV-11 speak of is as it was: context pages, run pages, vCPUs, claims.
  predicate of_vcpus{L}(integer p) = nie_pages.p[p].kind == NIE_K_NIE_CTX ||
    (nie_pages.p[p].kind == NIE_K_HOST_SHARED_NIE && nie_pages.p[p].base != 0);
  predicate vcpu_pages_same{L1,L2} = \forall integer p; 0 <= p < NIE_NR_PAGES &&
    (\at(of_vcpus(p), L1) || \at(of_vcpus(p), L2)) ==>
    record_same{L1,L2}(p);
  predicate contexts_same{L1,L2} = \forall integer p; 0 <= p < NIE_NR_PAGES &&
    \at(nie_pages.p[p].kind, L1) == NIE_K_NIE_CTX ==>
    \at(nie_vcpus.c[p], L2) == \at(nie_vcpus.c[p], L1);
  predicate fixed_same{L1,L2} = \at(nie_panic_pfn, L1) == \at(nie_panic_pfn, L2) &&
    \forall integer g; 0 <= g < NIE_NR_GIBS ==>
      \at(nie_gibs.g[g].managed, L1) == \at(nie_gibs.g[g].managed, L2);
  predicate claims_same{L1,L2} =
    (\forall integer v, i; 0 <= v < NIE_NR_VMS && 0 <= i < NIE_NR_VCPUS ==>
      \at(nie_claims.vm[v].n[i], L1) == \at(nie_claims.vm[v].n[i], L2)) &&
    (\forall integer v, n; 0 <= v < NIE_NR_VMS && n == NIE_NR_VCPUS ==>
      \at(nr_loaded(v, n), L1) == \at(nr_loaded(v, n), L2)) &&
    (\forall integer p; 0 <= p < NIE_NR_PAGES ==>
      \at(nie_users.p[p], L1) == \at(nie_users.p[p], L2)) &&
    (\forall integer i; 0 <= i < NIE_NR_CPUS ==>
      \at(nie_cpus.pfn[i], L1) == \at(nie_cpus.pfn[i], L2));
  predicate vcpus_untouched{L1,L2} = vcpu_pages_same{L1,L2} && contexts_same{L1,L2} &&
    fixed_same{L1,L2} && claims_same{L1,L2} && places_same{L1,L2} && lives_same{L1,L2} &&
    vcpus_same{L1,L2};

  // What INV-8 and INV-9 say of live VMs but x is as it was: their places, tables, mapped pages.
  predicate of_guests(integer kind) = kind == NIE_K_NIE_TABLE ||
    kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST || kind == NIE_K_GUEST_SHARED_HOST;
  predicate lives_on{L1,L2}(integer x) = \forall integer v; \at(live(v), L2) && v != x ==>
    \at(live(v), L1) && \at(nie_vms.vm[v].type, L1) == \at(nie_vms.vm[v].type, L2) &&
    \at(nie_vms.vm[v].ipa_bits, L1) == \at(nie_vms.vm[v].ipa_bits, L2) &&
    \at(nie_vms.vm[v].nr_roots, L1) == \at(nie_vms.vm[v].nr_roots, L2) &&
    \at(nie_vms.vm[v].root_pfn, L1) == \at(nie_vms.vm[v].root_pfn, L2);
  predicate guest_pages_same{L1,L2}(integer x) = \forall integer p; 0 <= p < NIE_NR_PAGES &&
    ((of_guests(\at(nie_pages.p[p].kind, L1)) && \at(nie_pages.p[p].vm, L1) != x &&
      \at(live(\at(nie_pages.p[p].vm, L1)), L2)) ||
     (\at(nie_pages.p[p].kind, L2) == NIE_K_NIE_TABLE && \at(nie_pages.p[p].vm, L2) != x &&
      \at(live(nie_pages.p[p].vm), L2))) ==> record_same{L1,L2}(p);
  predicate guest_tables_same{L1,L2}(integer x) = \forall integer t, i; 0 <= t < NIE_NR_PAGES &&
    0 <= i < 512 && \at(nie_pages.p[t].kind, L2) == NIE_K_NIE_TABLE &&
    \at(nie_pages.p[t].vm, L2) != x && \at(live(nie_pages.p[t].vm), L2) ==>
    \at(nie_tables.t[t].e[i], L1) == \at(nie_tables.t[t].e[i], L2);
  predicate tables_untouched{L1,L2}(integer x) = fixed_same{L1,L2} && lives_on{L1,L2}(x) &&
    guest_pages_same{L1,L2}(x) && guest_tables_same{L1,L2}(x);

  // What the types say: a lemma is about any values.
  predicate natural{L} = \forall integer p; 0 <= p < NIE_NR_PAGES ==>
    0 <= nie_pages.p[p].vm && 0 <= nie_pages.p[p].base;
  predicate natural_cpus{L} = \forall integer p; 0 <= p < NIE_NR_PAGES ==>
    0 <= nie_vcpus.c[p].cpu;

  // What no transition touches, and what an error leaves: everything.
  predicate records_same_but{L1,L2}(integer lo, integer hi) =
    \forall integer p; 0 <= p < NIE_NR_PAGES && !(lo <= p < hi) ==>
      \at(nie_pages.p[p], L1) == \at(nie_pages.p[p], L2);
  predicate host_state_same{L1,L2} =
    \at(nie_pages, L1) == \at(nie_pages, L2) && \at(nie_counts, L1) == \at(nie_counts, L2) &&
    \at(nie_host_l1, L1) == \at(nie_host_l1, L2) &&
    \at(nie_host_l2, L1) == \at(nie_host_l2, L2) &&
    \at(nie_host_l3, L1) == \at(nie_host_l3, L2) &&
    \at(nie_host_odd, L1) == \at(nie_host_odd, L2) &&
    \at(nie_host_odd_gib, L1) == \at(nie_host_odd_gib, L2) &&
    \at(nie_tlb, L1) == \at(nie_tlb, L2) && \at(nie_window, L1) == \at(nie_window, L2);
*/

#endif /* NIE_EL2_INVARIANTS_H */
