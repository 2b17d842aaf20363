// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the transitions of memory. Lock: nie_lock.
 * Never: acts before its last check. Upholds INV-1..INV-9 together.
 */
#include "xfer.h"
#include "host.h"
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
	nie_host_sync(pfn, 1);
	return 0;
}

static bool gfns_inside(u16 v, u32 gfn, u32 nr)
{
	u64 limit = 1ul << (nie_vms.vm[v].ipa_bits - 12);

	return gfn < limit && nr <= limit - gfn;
}

static bool live(u16 v, u8 type)
{
	return nie_vms.vm[v].state == NIE_VM_LIVE && nie_vms.vm[v].type == type;
}

/* All pages HOST: 0. Some already where they are to be shared, the others HOST: -EEXIST. */
static int check_shareable(u16 v, u32 pfn, u32 gfn, u32 nr)
{
	int ret = 0;

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

static int check_pool(u16 v, u32 gfn, u32 nr, u64 *wanted)
{
	u32 need = nie_s2_wanted(v, gfn, nr);

	if (need <= nie_vms.vm[v].pool_nr)
		return 0;
	*wanted = need - nie_vms.vm[v].pool_nr;
	return -ENOMEM;
}

/* Host: HOST => HOST_SHARED_GUEST */
int nie_xfer_host_share_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 prot, u64 *wanted)
{
	int ret;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	ret = check_shareable(v, pfn, gfn, nr);
	if (ret)
		return ret;
	if (nie_s2_any(v, gfn, nr))
		return -EEXIST;
	ret = check_pool(v, gfn, nr, wanted);
	if (ret)
		return ret;

	for (u32 i = 0; i < nr; i++)
		nie_page_set(pfn + i, NIE_K_HOST_SHARED_GUEST, 0, v, gfn + i);
	nie_s2_map(v, pfn, gfn, nr, prot);
	return 0;
}

/* Host: HOST => GUEST */
int nie_xfer_host_donate_guest(u16 v, u32 pfn, u32 gfn, u32 nr, u64 *wanted)
{
	int ret;

	if (!live(v, NIE_VM_PROTECTED) || !gfns_inside(v, gfn, nr))
		return -EPERM;
	if (!nie_pages_are(pfn, nr, NIE_K_HOST))
		return -EPERM;
	if (nie_s2_any(v, gfn, nr))
		return -EEXIST;
	ret = check_pool(v, gfn, nr, wanted);
	if (ret)
		return ret;

	for (u32 i = 0; i < nr; i++)
		nie_page_set(pfn + i, NIE_K_GUEST, 0, v, gfn + i);
	nie_host_sync(pfn, nr);
	for (u32 i = 0; i < nr; i++)
		arch_page_clean(pfn + i);
	nie_s2_map(v, pfn, gfn, nr, NIE_PROT_R | NIE_PROT_W | NIE_PROT_X);
	return 0;
}

static u64 unshare_in_table(u32 t, u32 gfn, u32 stop)
{
	u64 n = 0;

	for (; gfn < stop; gfn++) {
		u64 e = nie_tables.t[t].e[gfn % NIE_PER_TABLE];

		if (!nie_s2_entry_valid(e))
			continue;
		arch_guest_write(t, gfn % NIE_PER_TABLE, 0);
		nie_page_set(nie_s2_entry_pfn(e), NIE_K_HOST, 0, 0, 0);
		n++;
	}
	return n;
}

/* Host: HOST_SHARED_GUEST => HOST */
int nie_xfer_host_unshare_guest(u16 v, u32 gfn, u32 nr, u64 *pages)
{
	u32 end = gfn + nr;
	u64 n = 0;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;

	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);

		if (t != NIE_NO_PAGE)
			n += unshare_in_table(t, g, nie_s2_table_end(g, end));
	}
	if (n)
		nie_s2_tlb_flush_range(v, gfn, nr);
	*pages = n;
	return 0;
}

/* The entry at a gfn of a normal VM, 0 if nothing is mapped there. */
static u64 normal_leaf(u16 v, u32 gfn, u32 *table)
{
	u64 e;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, 1))
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

	e = normal_leaf(v, gfn, &t);
	if (!e)
		return -EPERM;

	e |= PTE_S2_AF;
	if (prot & NIE_PROT_W)
		e |= PTE_S2_W;
	if (prot & NIE_PROT_X)
		e &= ~PTE_S2_XN;
	arch_guest_write(t, gfn % NIE_PER_TABLE, e);
	nie_s2_tlb_flush_range(v, gfn, 1);
	return 0;
}

static u64 wrprotect_in_table(u32 t, u32 gfn, u32 stop)
{
	u64 n = 0;

	for (; gfn < stop; gfn++) {
		u64 e = nie_tables.t[t].e[gfn % NIE_PER_TABLE];

		if (!nie_s2_entry_valid(e) || !(e & PTE_S2_W))
			continue;
		arch_guest_write(t, gfn % NIE_PER_TABLE, e & ~PTE_S2_W);
		n++;
	}
	return n;
}

int nie_xfer_host_wrprotect_guest(u16 v, u32 gfn, u32 nr, u64 *pages)
{
	u32 end = gfn + nr;
	u64 n = 0;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;

	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);

		if (t != NIE_NO_PAGE)
			n += wrprotect_in_table(t, g, nie_s2_table_end(g, end));
	}
	if (n)
		nie_s2_tlb_flush_range(v, gfn, nr);
	*pages = n;
	return 0;
}

static u64 age_in_table(u32 t, u32 gfn, u32 stop, bool clear)
{
	u64 n = 0;

	for (; gfn < stop; gfn++) {
		u64 e = nie_tables.t[t].e[gfn % NIE_PER_TABLE];

		if (!nie_s2_entry_valid(e) || !(e & PTE_S2_AF))
			continue;
		if (clear)
			arch_guest_write(t, gfn % NIE_PER_TABLE, e & ~PTE_S2_AF);
		n++;
	}
	return n;
}

/*
 * A TLB may keep the old age for a while: that is the host's loss of precision, not a permission.
 */
int nie_xfer_host_age_guest(u16 v, u32 gfn, u32 nr, bool clear, u64 *young)
{
	u32 end = gfn + nr;
	u64 n = 0;

	if (!live(v, NIE_VM_NORMAL) || !gfns_inside(v, gfn, nr))
		return -EPERM;

	for (u32 g = gfn; g < end; g = nie_s2_table_end(g, end)) {
		u32 t = nie_s2_table(v, g);

		if (t != NIE_NO_PAGE)
			n += age_in_table(t, g, nie_s2_table_end(g, end), clear);
	}
	*young = n;
	return 0;
}

int nie_xfer_host_query_guest(u16 v, u32 gfn, u64 *pfn, u64 *prot)
{
	u64 e;
	u32 t;

	e = normal_leaf(v, gfn, &t);
	if (!e)
		return -EPERM;
	*pfn = nie_s2_entry_pfn(e);
	*prot = NIE_PROT_R | (e & PTE_S2_W ? NIE_PROT_W : 0) | (e & PTE_S2_XN ? 0 : NIE_PROT_X);
	return 0;
}
