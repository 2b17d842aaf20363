/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the proof takes from the hardware and from nie/el2/arch: the only unproved contracts of
 * functions that nie/el2 calls. References: Arm ARM DDI 0487, chapter and rule area.
 *
 * The host's TLBs are ghost state. For each descriptor that was ever in force, nie_tlb says whether
 * some CPU may still hold a copy that is older than memory; that it may hold a copy of what is in
 * memory now goes without saying. Contracts are relations: where a copy may stay, nothing is said
 * of whether it does.
 */
#ifndef NIE_WP_ARCH_HARDWARE_H
#define NIE_WP_ARCH_HARDWARE_H

#include "mem.h"
#include "pte.h"

/**
 * struct nie_tlb - ghost: what a TLB may hold beyond what is in memory, 0 if nothing
 * @b1: an older block entry of this GiB
 * @w1: an older table entry of this GiB (walk cache)
 * @b2: an older block entry of this 2 MiB range
 * @w2: an older table entry of this 2 MiB range
 * @p: an older page entry of this page
 */
struct nie_tlb {
	int b1[NIE_NR_L1];
	int w1[NIE_NR_L1];
	int b2[NIE_NR_L2];
	int w2[NIE_NR_L2];
	int p[NIE_NR_PAGES];
};

extern struct nie_tlb nie_tlb;

/* Ghost: which pages of managed GiBs are no RAM. Fixed before seal. */
struct nie_no_ram { int p[NIE_NR_PAGES]; };

extern struct nie_no_ram nie_no_ram;

/*@
  // Descriptors: Arm ARM D8.3.1, VMSAv8-64, 4 KiB granule.
  logic integer l1_block(integer g) = g * 0x40000000 + BLOCK_HOST_RWX;
  logic integer l1_table{L}(integer g) = nie_gibs.g[g].l2_pfn * 4096 + PTE_TABLE;
  logic integer l2_block(integer b) = b * 0x200000 + BLOCK_HOST_RWX;
  logic integer l2_table{L}(integer b) = (nie_gibs.g[b / 512].l3_pfn + b % 512) * 4096 + PTE_TABLE;
  logic integer l3_rwx(integer p) = p * 4096 + PTE_HOST_RWX;
  logic integer l3_rw(integer p) = p * 4096 + PTE_HOST_RW;

  // A VM's leaf: the bits that change while it is valid, and the others.
  logic integer leaf_w(integer e) = e / PTE_S2_W % 2;
  logic integer leaf_af(integer e) = e / PTE_S2_AF % 2;
  logic integer leaf_xn(integer e) = e / PTE_S2_XN % 2;
  logic integer leaf_rest(integer e) =
    e - leaf_w(e) * PTE_S2_W - leaf_af(e) * PTE_S2_AF - leaf_xn(e) * PTE_S2_XN;

  predicate managed_gib{L}(integer g) = 0 <= g < NIE_NR_GIBS && nie_gibs.g[g].managed != 0;
  predicate managed_mb{L}(integer b) = 0 <= b < NIE_NR_L2 && nie_gibs.g[b / 512].managed != 0;
  predicate managed{L}(integer p) =
    0 <= p < NIE_NR_PAGES && nie_gibs.g[p / 0x40000].managed != 0;

  // Which tables a walk may reach, by what is in memory or by what a walk cache holds (D8.2, D8.16).
  predicate walks_l2{L}(integer g) = nie_host_l1.e[g] == l1_table(g) || nie_tlb.w1[g] != 0;
  predicate walks_l3{L}(integer b) =
    (walks_l2(b / 512) && nie_host_l2.e[b] == l2_table(b)) || nie_tlb.w2[b] != 0;
*/

/*
 * Stores of descriptors. Break-before-make (D8.16.1): a valid descriptor that translations may use
 * is replaced by another only by way of an invalid one, and after TLB maintenance, so that no TLB
 * ever holds two that differ. A descriptor that was in force may stay in TLBs.
 */
/*@ requires gib < NIE_NR_L1;
  @ requires value: entry == 0 || entry == l1_block(gib) ||
  @   (managed_gib(gib) && entry == l1_table(gib));
  @ requires bbm: entry != 0 ==> nie_host_l1.e[gib] == 0 && nie_tlb.b1[gib] == 0 &&
  @   nie_tlb.w1[gib] == 0;
  @ requires bbm_l2: entry != 0 ==> \forall integer b; gib * 512 <= b < gib * 512 + 512 &&
  @   b < NIE_NR_L2 ==> nie_tlb.b2[b] == 0 && nie_tlb.w2[b] == 0;
  @ requires bbm_l3: entry != 0 ==> \forall integer p; gib * 0x40000 <= p < (gib + 1) * 0x40000 &&
  @   p < NIE_NR_PAGES ==> nie_tlb.p[p] == 0;
  @ assigns nie_host_l1, nie_tlb;
  @ ensures nie_host_l1.e[gib] == entry;
  @ ensures \forall integer g; 0 <= g < NIE_NR_L1 && g != gib ==>
  @   nie_host_l1.e[g] == \old(nie_host_l1.e[g]);
  @ ensures b1: \forall integer g; 0 <= g < NIE_NR_L1 ==> nie_tlb.b1[g] == \old(nie_tlb.b1[g]) ||
  @   (g == gib && \old(nie_host_l1.e[g]) == l1_block(g));
  @ ensures w1: \forall integer g; 0 <= g < NIE_NR_L1 ==> nie_tlb.w1[g] == \old(nie_tlb.w1[g]) ||
  @   (g == gib && managed_gib(g) && \old(nie_host_l1.e[g]) == l1_table(g));
  @ ensures b2: nie_tlb.b2 == \old(nie_tlb.b2);
  @ ensures w2: nie_tlb.w2 == \old(nie_tlb.w2);
  @ ensures p: nie_tlb.p == \old(nie_tlb.p);
  @*/
void arch_host_write_l1(u32 gib, u64 entry);

/*@ requires mb < NIE_NR_L2 && managed_mb(mb);
  @ requires value: entry == 0 || entry == l2_block(mb) || entry == l2_table(mb);
  @ requires bbm: entry != 0 && walks_l2(mb / 512) ==> nie_host_l2.e[mb] == 0;
  @ requires bbm_l2: entry != 0 ==> nie_tlb.b2[mb] == 0 && nie_tlb.w2[mb] == 0;
  @ requires bbm_l3: entry != 0 ==> \forall integer p; mb * 512 <= p < mb * 512 + 512 ==>
  @   nie_tlb.p[p] == 0;
  @ assigns nie_host_l2, nie_tlb;
  @ ensures nie_host_l2.e[mb] == entry;
  @ ensures \forall integer b; 0 <= b < NIE_NR_L2 && b != mb ==>
  @   nie_host_l2.e[b] == \old(nie_host_l2.e[b]);
  @ ensures b2: \forall integer b; 0 <= b < NIE_NR_L2 ==> nie_tlb.b2[b] == \old(nie_tlb.b2[b]) ||
  @   (b == mb && \old(walks_l2(b / 512)) && \old(nie_host_l2.e[b]) == l2_block(b));
  @ ensures w2: \forall integer b; 0 <= b < NIE_NR_L2 ==> nie_tlb.w2[b] == \old(nie_tlb.w2[b]) ||
  @   (b == mb && \old(walks_l2(b / 512)) && \old(nie_host_l2.e[b]) == l2_table(b));
  @ ensures b1: nie_tlb.b1 == \old(nie_tlb.b1);
  @ ensures w1: nie_tlb.w1 == \old(nie_tlb.w1);
  @ ensures p: nie_tlb.p == \old(nie_tlb.p);
  @*/
void arch_host_write_l2(u32 mb, u64 entry);

/*@ requires managed(pfn);
  @ requires value: entry == 0 || entry == l3_rw(pfn) || entry == l3_rwx(pfn);
  @ requires bbm: entry != 0 && walks_l3(pfn / 512) ==>
  @   nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns nie_host_l3, nie_tlb;
  @ ensures nie_host_l3.e[pfn] == entry;
  @ ensures \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_host_l3.e[q] == \old(nie_host_l3.e[q]);
  @ ensures p: \forall integer q; 0 <= q < NIE_NR_PAGES ==> nie_tlb.p[q] == \old(nie_tlb.p[q]) ||
  @   (q == pfn && \old(walks_l3(q / 512)) && \old(nie_host_l3.e[q]) != 0);
  @ ensures b1: nie_tlb.b1 == \old(nie_tlb.b1);
  @ ensures w1: nie_tlb.w1 == \old(nie_tlb.w1);
  @ ensures b2: nie_tlb.b2 == \old(nie_tlb.b2);
  @ ensures w2: nie_tlb.w2 == \old(nie_tlb.w2);
  @*/
void arch_host_write_l3(u32 pfn, u64 entry);

/*
 * TLBI IPAS2E1IS for each page, or VMALLS12E1IS, then VMALLE1IS, DSB (D8.17): copies of all levels
 * that translate one of these addresses are gone on all CPUs. A table entry counts as gone only if
 * the whole range that it serves was named.
 */
/*@ requires pfn < NIE_NR_PAGES && nr <= NIE_NR_PAGES - pfn;
  @ assigns nie_tlb;
  @ ensures p: \forall integer q; 0 <= q < NIE_NR_PAGES ==>
  @   nie_tlb.p[q] == (pfn <= q < pfn + nr ? 0 : \old(nie_tlb.p[q]));
  @ ensures b2: \forall integer b; 0 <= b < NIE_NR_L2 ==>
  @   nie_tlb.b2[b] == (pfn <= b * 512 && b * 512 + 512 <= pfn + nr ? 0 : \old(nie_tlb.b2[b]));
  @ ensures w2: \forall integer b; 0 <= b < NIE_NR_L2 ==>
  @   nie_tlb.w2[b] == (pfn <= b * 512 && b * 512 + 512 <= pfn + nr ? 0 : \old(nie_tlb.w2[b]));
  @ ensures b1: \forall integer g; 0 <= g < NIE_NR_L1 ==>
  @   nie_tlb.b1[g] == (pfn <= g * 0x40000 && (g + 1) * 0x40000 <= pfn + nr ? 0 :
  @                     \old(nie_tlb.b1[g]));
  @ ensures w1: \forall integer g; 0 <= g < NIE_NR_L1 ==>
  @   nie_tlb.w1[g] == (pfn <= g * 0x40000 && (g + 1) * 0x40000 <= pfn + nr ? 0 :
  @                     \old(nie_tlb.w1[g]));
  @*/
void arch_host_tlbi_pages(u32 pfn, u32 nr);

/*
 * One address: a block entry goes whole, however a TLB may have split it (D8.17, D8.14: TLB
 * maintenance for one address of a block applies to all of the block's entries).
 */
/*@ requires pfn < NIE_NR_PAGES;
  @ assigns nie_tlb;
  @ ensures p: \forall integer q; 0 <= q < NIE_NR_PAGES ==>
  @   nie_tlb.p[q] == (q == pfn ? 0 : \old(nie_tlb.p[q]));
  @ ensures b2: \forall integer b; 0 <= b < NIE_NR_L2 ==>
  @   nie_tlb.b2[b] == (b == pfn / 512 ? 0 : \old(nie_tlb.b2[b]));
  @ ensures w2: nie_tlb.w2 == \old(nie_tlb.w2);
  @ ensures b1: \forall integer g; 0 <= g < NIE_NR_L1 ==>
  @   nie_tlb.b1[g] == (g == pfn / 0x40000 ? 0 : \old(nie_tlb.b1[g]));
  @ ensures w1: nie_tlb.w1 == \old(nie_tlb.w1);
  @*/
void arch_host_tlbi_table(u32 pfn);

/* DSB ISHST, ISB (D8.16.2): stores of valid descriptors are seen; without it, a fault more. */
/*@ assigns \nothing; */
void arch_host_sync_done(void);

/* Ghost: the pages that EL2 itself maps, in its window; and the pages that hold zeroes. */
struct nie_window { int p[NIE_NR_PAGES]; };
struct nie_zeroed { int p[NIE_NR_PAGES]; };

extern struct nie_window nie_window;
extern struct nie_zeroed nie_zeroed;

/*
 * Ghost: the context page that each CPU has loaded, NIE_NO_PAGE if none (arch/switch.c); the CPU
 * that runs this; the page that NIE panics into, fixed before seal.
 */
struct nie_cpus { u32 pfn[NIE_NR_CPUS]; };

extern struct nie_cpus nie_cpus;
extern u32 nie_cpu;
extern u32 nie_panic_pfn;

/* Ghost: which vCPUs are loaded (1), and the context page of the vCPU that a run page serves. */
struct nie_vm_claims { int n[NIE_NR_VCPUS]; };
struct nie_claims { struct nie_vm_claims vm[NIE_NR_VMS]; };
struct nie_users { u32 p[NIE_NR_PAGES]; };

//@ ghost extern struct nie_claims nie_claims;
//@ ghost extern struct nie_users nie_users;

/* EL2 stage 1: a store, DSB, ISB; a store, TLBI VAE2IS, DSB (D8.16, D8.17). */
/*@ requires managed(pfn);
  @ assigns nie_window;
  @ ensures nie_window.p[pfn] != 0;
  @ ensures \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_window.p[q] == \old(nie_window.p[q]);
  @*/
void arch_window_map(u32 pfn);

/*@ requires managed(pfn);
  @ assigns nie_window;
  @ ensures nie_window.p[pfn] == 0;
  @ ensures \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_window.p[q] == \old(nie_window.p[q]);
  @*/
void arch_window_unmap(u32 pfn);

/* Stores through the window. A page of the window is one object with two readings. */
/*@ requires managed(pfn) && nie_window.p[pfn] != 0;
  @ assigns nie_tables, nie_vcpus;
  @ ensures \forall integer i; 0 <= i < 512 ==> nie_tables.t[pfn].e[i] == 0;
  @ ensures \forall integer t, i; 0 <= t < NIE_NR_PAGES && t != pfn && 0 <= i < 512 ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures \forall integer t; 0 <= t < NIE_NR_PAGES && t != pfn ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
void arch_table_clear(u32 pfn);

#define arch_vcpu(pfn)	(&nie_vcpus.c[pfn])

/*
 * Zeroes, cleaned to PoC (D7.5.9): they are what anyone reads after, if nobody else can reach the
 * page meanwhile.
 */
/*@ requires managed(pfn);
  @ requires quiet: nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns nie_window, nie_zeroed, nie_tables, nie_vcpus;
  @ ensures nie_window.p[pfn] == 0 && nie_zeroed.p[pfn] != 0;
  @ ensures window: \forall integer q; 0 <= q < NIE_NR_PAGES && q != pfn ==>
  @   nie_window.p[q] == \old(nie_window.p[q]) && nie_zeroed.p[q] == \old(nie_zeroed.p[q]);
  @ ensures tables: \forall integer t, i; 0 <= t < NIE_NR_PAGES && t != pfn && 0 <= i < 512 ==>
  @   nie_tables.t[t].e[i] == \old(nie_tables.t[t].e[i]);
  @ ensures vcpus: \forall integer t; 0 <= t < NIE_NR_PAGES && t != pfn ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
void arch_scrub(u32 pfn);

/* The private state of a vCPU, which is no part of what is proved here. */
/*@ requires managed(ctx_pfn) && nie_window.p[ctx_pfn] != 0;
  @ assigns \nothing;
  @*/
void arch_private_clear(u32 ctx_pfn);

/* A load through the window, of a page that no other can change: nothing is said of its content. */
/*@ requires managed(pfn) && i < 512 && nie_window.p[pfn] != 0;
  @ requires quiet: nie_host_l3.e[pfn] == 0 && nie_tlb.p[pfn] == 0;
  @ assigns \nothing;
  @*/
u64 arch_page_word(u32 pfn, u32 i);

/* DC CIVAC by line, DSB (D7.5.9): what the host wrote is what a guest reads, whatever its types. */
/*@ requires managed(pfn);
  @ assigns \nothing;
  @*/
void arch_page_clean(u32 pfn);

/* IC IALLUIS, DSB, ISB (D7.5.9): nobody fetches what a page held for its last owner. */
/*@ assigns \nothing;
  @*/
void arch_icache_invalidate(void);

/*
 * A store to a table of a VM. Break-before-make (D8.16.1): a valid descriptor is only replaced by 0
 * or by one that differs in S2AP, AF and XN. Hardware may set AF of a leaf at any time: nothing
 * depends on that it is clear.
 */
/*@ requires managed(table) && i < 512 && nie_window.p[table] != 0;
  @ requires bbm: \let old = nie_tables.t[table].e[i];
  @   old % 2 == 0 || entry == 0 || leaf_rest(old) == leaf_rest(entry);
  @ assigns nie_tables, nie_vcpus;
  @ ensures nie_tables.t[table].e[i] == entry;
  @ ensures \forall integer t, j; 0 <= t < NIE_NR_PAGES && 0 <= j < 512 &&
  @   !(t == table && j == i) ==> nie_tables.t[t].e[j] == \old(nie_tables.t[t].e[j]);
  @ ensures \forall integer t; 0 <= t < NIE_NR_PAGES && t != table ==>
  @   nie_vcpus.c[t] == \old(nie_vcpus.c[t]);
  @*/
void arch_guest_write(u32 table, u32 i, u64 entry);

/* DSB ISHST (D8.16.2) */
/*@ assigns \nothing; */
void arch_guest_write_done(void);

/* TLBI IPAS2E1IS for each page, or VMALLS12E1IS, under the VM's VMID. Ghost state yet to come. */
/*@ assigns \nothing; */
void arch_guest_tlbi_range(u64 vttbr, u32 gfn, u32 nr);

/* TLBI VMALLS12E1IS under the VM's VMID: no TLB holds anything of it. Ghost state yet to come. */
/*@ assigns \nothing; */
void arch_guest_tlbi_all(u64 vttbr);

/* MemAttr of a guest's leaf: Normal, write-back or non-cacheable (D8.5.5, D8.5.6). */
/*@ assigns \nothing;
  @ ensures nc != 0 ==> \result == PTE_S2_NC;
  @ ensures nc == 0 ==> \result == PTE_S2_NORMAL || \result == PTE_S2_FWB_NORMAL;
  @*/
u64 arch_guest_memattr(bool nc);

/* MRS of an ID register (D24.2). */
/*@ requires 4 <= crm < 8 && op2 < 8;
  @ assigns \nothing;
  @ ensures \result == nie_id_regs[crm * 8 + op2];
  @*/
u64 arch_id_reg(u32 crm, u32 op2);

/* MRS of CTR_EL0 (D24.2). */
/*@ assigns \nothing;
  @ ensures \result == nie_ctr;
  @*/
u64 arch_ctr(void);

#endif /* NIE_WP_ARCH_HARDWARE_H */
