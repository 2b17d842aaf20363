// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: vCPU creation and claims. Lock: nie_lock.
 * Never: reads the run page. Upholds INV-10, INV-11.
 */
#include "vcpu.h"
#include "host.h"
#include "lemmas.h"
#include "page.h"
#include "s2.h"
#include "vm.h"
#include <arch/mem.h>

/*
 * One vCPU is loaded, or no longer is: the sum of its VM changes by that, and no other. And what a
 * sum is.
 */
/*@ ghost
  /@ requires v < NIE_NR_VMS && i < NIE_NR_VCPUS && 0 <= n <= 1;
     requires claims_ok;
     assigns nie_claims;
     ensures claim: nie_claims.vm[v].n[i] == n;
     ensures claims: claims_ok;
     ensures others: \forall integer w, j; 0 <= w < NIE_NR_VMS && 0 <= j < NIE_NR_VCPUS &&
       !(w == v && j == i) ==> nie_claims.vm[w].n[j] == \old(nie_claims.vm[w].n[j]);
     ensures sums: \forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
       nr_loaded(w, 512) == \old(nr_loaded(w, 512));
     ensures sum: nr_loaded(v, 512) ==
       \old(nr_loaded(v, 512)) + n - \old(nie_claims.vm[v].n[i]);
     ensures bounds: 0 <= \old(nr_loaded(v, 512)) <= 512 && 0 <= nr_loaded(v, 512) <= 512;
  @/
  static void set_claim(u32 v, u32 i, int n)
  {
	nie_claims.vm[v].n[i] = n;
	/@ loop invariant 0 <= k <= 512;
	   loop invariant \let m = k; \forall integer w; 0 <= w < NIE_NR_VMS && w != v ==>
	     nr_loaded(w, m) == \at(nr_loaded(w, m), Pre);
	   loop invariant \let m = k; nr_loaded(v, m) == \at(nr_loaded(v, m), Pre) +
	     (i < k ? n - \at(nie_claims.vm[v].n[i], Pre) : 0);
	   loop invariant \let m = k; 0 <= nr_loaded(v, m) <= m &&
	     0 <= \at(nr_loaded(v, m), Pre) <= m;
	   loop assigns k;
	   loop variant 512 - k;
	@/
	for (u32 k = 0; k < 512; k++)
		;
  }
*/

/* What the context page of a new vCPU says. */
/*@ requires v < NIE_NR_VMS && index < NIE_NR_VCPUS && ctx_pfn < NIE_NR_PAGES;
  @ assigns nie_vcpus;
  @ ensures content: nie_vcpus.c[ctx_pfn].vm == v && nie_vcpus.c[ctx_pfn].index == index &&
  @   nie_vcpus.c[ctx_pfn].run_pfn == run_pfn && nie_vcpus.c[ctx_pfn].cpu == NIE_NO_CPU &&
  @   nie_vcpus.c[ctx_pfn].ipa_bits == nie_vms.vm[v].ipa_bits &&
  @   nie_vcpus.c[ctx_pfn].vttbr == vttbr_of(v) &&
  @   (nie_vcpus.c[ctx_pfn].is_protected != 0 <==> nie_vms.vm[v].type == NIE_VM_PROTECTED);
  @ ensures others: \forall integer p; 0 <= p < NIE_NR_PAGES && p != ctx_pfn ==>
  @   nie_vcpus.c[p] == \old(nie_vcpus.c[p]);
  @*/
static void fill(u16 v, u32 index, u32 ctx_pfn, u32 run_pfn)
{
	arch_vcpu(ctx_pfn)->vm = v;
	arch_vcpu(ctx_pfn)->index = (u16)index;
	arch_vcpu(ctx_pfn)->run_pfn = run_pfn;
	arch_vcpu(ctx_pfn)->cpu = NIE_NO_CPU;
	arch_vcpu(ctx_pfn)->ipa_bits = nie_vms.vm[v].ipa_bits;
	arch_vcpu(ctx_pfn)->is_protected = nie_vms.vm[v].type == NIE_VM_PROTECTED;
	arch_vcpu(ctx_pfn)->vttbr = nie_s2_vttbr(v);
}

int nie_vcpu_create(u16 v, u32 index, u32 ctx_pfn, u32 run_pfn)
{
	if (nie_vms.vm[v].state != NIE_VM_LIVE || nie_page_kind(ctx_pfn) != NIE_K_HOST ||
	    nie_page_kind(run_pfn) != NIE_K_HOST_SHARED_NIE)
		return -EPERM;
	if (nie_vms.vm[v].vcpu[index] != NIE_NO_PAGE)
		return -EEXIST;
	if (nie_pages.p[run_pfn].base)
		return -EBUSY;

	/*@ assert apart: \forall integer w, j; 0 <= w < NIE_NR_VMS && 0 <= j < NIE_NR_VCPUS &&
	      is_vcpu(w, j) ==> 0 <= nie_vms.vm[w].vcpu[j] < NIE_NR_PAGES &&
	      nie_vms.vm[w].vcpu[j] != ctx_pfn && nie_vms.vm[w].vcpu[j] != run_pfn; */
	/*@ assert elsewhere: \forall integer i; 0 <= i < NIE_NR_CPUS ==>
	      nie_cpus.pfn[i] != ctx_pfn && nie_cpus.pfn[i] != run_pfn; */
	nie_page_set(ctx_pfn, NIE_K_NIE_CTX, 0, v, index);
	nie_page_set(run_pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 1);
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	//@ assert pool_dead: inv4_dead;
	nie_host_sync(ctx_pfn, 1);
	arch_window_map(ctx_pfn);
	arch_table_clear(ctx_pfn);
	fill(v, index, ctx_pfn, run_pfn);
	nie_vms.vm[v].vcpu[index] = ctx_pfn;
	//@ ghost nie_users.p[run_pfn] = ctx_pfn;
	/*@ assert others: \forall integer w, j; 0 <= w < NIE_NR_VMS && 0 <= j < NIE_NR_VCPUS &&
	      !(w == v && j == index) ==> (is_vcpu(w, j) <==> \at(is_vcpu(w, j), Pre)) &&
	      nie_vms.vm[w].vcpu[j] == \at(nie_vms.vm[w].vcpu[j], Pre); */
	/*@ assert same: \forall integer w, j; 0 <= w < NIE_NR_VMS && 0 <= j < NIE_NR_VCPUS &&
	      !(w == v && j == index) ==>
	      loaded_on_some(w, j) == \at(loaded_on_some(w, j), Pre); */
	//@ assert places: places_same{Pre,Here};
	/*@ assert ctx: \forall integer p; is_ctx(p) && p != ctx_pfn ==> \at(is_ctx(p), Pre) &&
	      nie_pages.p[p] == \at(nie_pages.p[p], Pre) &&
	      nie_vcpus.c[p] == \at(nie_vcpus.c[p], Pre); */
	/*@ assert run: \forall integer p; is_run_page(p) && p != run_pfn ==>
	      \at(is_run_page(p), Pre) && nie_users.p[p] == \at(nie_users.p[p], Pre); */
	/*@ assert theirs: \forall integer w, j; 0 <= w < NIE_NR_VMS && 0 <= j < NIE_NR_VCPUS &&
	      !(w == v && j == index) && is_vcpu(w, j) ==>
	      is_ctx_of(nie_vms.vm[w].vcpu[j], w, j); */
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	/*@ assert content_others: \forall integer p; is_ctx(p) && p != ctx_pfn ==>
	      \at(ctx_agrees(p), Pre) && ctx_agrees(p); */
	//@ assert content: inv10_content(-1);
	/*@ assert held: \forall integer p; is_ctx(p) && nie_vcpus.c[p].cpu != NIE_NO_CPU ==>
	      nie_vcpus.c[p].cpu < NIE_NR_CPUS && nie_cpus.pfn[nie_vcpus.c[p].cpu] == p; */
	/*@ assert loads: \forall integer i; 0 <= i < NIE_NR_CPUS &&
	      nie_cpus.pfn[i] != NIE_NO_PAGE ==> is_ctx(nie_cpus.pfn[i]) &&
	      nie_vcpus.c[nie_cpus.pfn[i]].cpu == i; */
	//@ assert cpus: inv10_cpus(-1, -1);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(-1);
	//@ assert pool_slots_again: inv4_slots;
	//@ assert pool_pages_again: inv4_pages;
	//@ assert pool_dead_again: inv4_dead;
	//@ assert run_ctx: inv11_ctx(-1);
	//@ assert run_pages: inv11_runs(-1);
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	return 0;
}

void nie_vcpu_release(u32 ctx_pfn)
{
	u32 run_pfn = arch_vcpu(ctx_pfn)->run_pfn;

	nie_vms.vm[arch_vcpu(ctx_pfn)->vm].vcpu[arch_vcpu(ctx_pfn)->index] = NIE_NO_PAGE;
	nie_page_set(run_pfn, NIE_K_HOST_SHARED_NIE, 0, 0, 0);
	//@ assert slots: inv10_slots(ctx_pfn);
	//@ assert pages: inv10_pages(ctx_pfn);
	//@ assert content: inv10_content(ctx_pfn);
	//@ assert cpus: inv10_cpus(ctx_pfn, -1);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(ctx_pfn);
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
}

int nie_vcpu_load(u16 v, u32 index, u32 cpu, u32 *ctx_pfn, bool *flush)
{
	u32 pfn = nie_vms.vm[v].vcpu[index];
	u16 last;

	if (pfn == NIE_NO_PAGE)
		return -ENOENT;
	if (nie_vms.vm[v].state != NIE_VM_LIVE)
		return -EPERM;
	if (arch_vcpu(pfn)->cpu != NIE_NO_CPU || cpu == NIE_NO_CPU)
		return -EBUSY;

	//@ ghost set_claim(v, index, 1);
	arch_vcpu(pfn)->cpu = cpu;
	nie_vms.vm[v].loaded++;
	last = nie_vms.vm[v].last_vcpu[cpu];
	nie_vms.vm[v].last_vcpu[cpu] = (u16)(index + 1);
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	//@ assert content: inv10_content(-1);
	//@ assert cpus: inv10_cpus(-1, cpu);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(-1);
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
	*ctx_pfn = pfn;
	*flush = last != 0 && last != index + 1;
	return 0;
}

void nie_vcpu_put(u32 ctx_pfn)
{
	u16 v = arch_vcpu(ctx_pfn)->vm;

	//@ assert before: inv10_claims;
	//@ ghost set_claim(v, nie_vcpus.c[ctx_pfn].index, 0);
	arch_vcpu(ctx_pfn)->cpu = NIE_NO_CPU;
	nie_vms.vm[v].loaded--;
	//@ assert slots: inv10_slots(-1);
	//@ assert pages: inv10_pages(-1);
	//@ assert content: inv10_content(-1);
	//@ assert cpus: \let n = \at(nie_vcpus.c[ctx_pfn].cpu, Pre); inv10_cpus(-1, n);
	//@ assert claims: inv10_claims;
	//@ assert loaded: inv10_loaded;
	//@ assert dying: inv10_dying(-1);
	//@ assert pool_slots: inv4_slots;
	//@ assert pool_pages: inv4_pages;
	//@ assert natural: \at(natural, Pre);
	//@ assert tables: tables_untouched{Pre,Here}(NIE_NO_VM);
}
