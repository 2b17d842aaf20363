// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariants, checked on the core's own state by other means than the core's: descriptors are
 * decoded by their bits (Arm ARM D8.3), sums are taken over all pages.
 */
#include "../nie/el2/host.h"
#include "check.h"

#define RWX_BITS	((3ul << 6) | (3ul << 8) | (1ul << 10) | (0xful << 2))
#define OUTPUT(e)	((u32)((e) >> 12 & 0xfffffffful))

static bool names_vm(u8 kind)
{
	return kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST ||
	       kind == NIE_K_GUEST_SHARED_HOST || kind == NIE_K_NIE_FREE ||
	       kind == NIE_K_NIE_TABLE || kind == NIE_K_NIE_CTX;
}

static bool is_guest_leaf(u8 kind)
{
	return kind == NIE_K_HOST_SHARED_GUEST || kind == NIE_K_GUEST ||
	       kind == NIE_K_GUEST_SHARED_HOST;
}

/* Design 4, the column "host". */
static u32 perm_of(u8 kind)
{
	static const u8 perm[NIE_NR_KINDS] = {
		[NIE_K_HOST] = NIE_PERM_RWX,
		[NIE_K_HOST_SHARED_NIE] = NIE_PERM_RW,
		[NIE_K_HOST_SHARED_GUEST] = NIE_PERM_RWX,
		[NIE_K_GUEST_SHARED_HOST] = NIE_PERM_RW,
	};

	return perm[kind];
}

/* Most pages are the host's and nothing else: a quick answer for them. */
static bool is_plain_record(const struct nie_page *p)
{
	return p->kind == NIE_K_HOST && !p->level && !p->vm && !p->base;
}

/* INV-1: a record is well-formed, and fields that its kind does not use are zero. */
static const char *check_record(u32 pfn, const struct nie_page *p)
{
	if (p->kind >= NIE_NR_KINDS)
		return check_fail("INV-1: page %x has kind %u", pfn, p->kind);
	if (!(p->kind == NIE_K_NIE_TABLE ? p->level >= 1 && p->level <= 3 : p->level == 0))
		return check_fail("INV-1: page %x of kind %u has level %u", pfn, p->kind, p->level);
	if (!names_vm(p->kind) && p->vm != 0)
		return check_fail("INV-1: page %x of kind %u has a VM", pfn, p->kind);
	if (!names_vm(p->kind) && p->base != 0 &&
	    !(p->kind == NIE_K_HOST_SHARED_NIE && p->base == 1))
		return check_fail("INV-1: page %x of kind %u has base %x", pfn, p->kind, p->base);
	if (names_vm(p->kind) && (p->vm >= NIE_NR_VMS || nie_vms.vm[p->vm].state == NIE_VM_NONE))
		return check_fail("INV-3: page %x of kind %u names VM %u, which does not exist",
				  pfn, p->kind, p->vm);
	return NULL;
}

/* INV-1, INV-2, INV-3 */
static const char *check_records(void)
{
	static u64 kinds[NIE_NR_KINDS];
	static u32 vms[NIE_NR_VMS];

	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		kinds[k] = machine_rest(k);
	for (u32 v = 0; v < NIE_NR_VMS; v++)
		vms[v] = 0;
	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];
		const char *bad = is_plain_record(p) ? NULL : check_record(pfn, p);

		if (bad)
			return bad;
		kinds[p->kind]++;
		if (names_vm(p->kind))
			vms[p->vm]++;
	}
	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		if (nie_counts.kind[k] != kinds[k])
			return check_fail("INV-2: %lu records of kind %u, counted %lu",
					  (unsigned long)kinds[k], k,
					  (unsigned long)nie_counts.kind[k]);
	for (u32 v = 0; v < NIE_NR_VMS; v++)
		if (nie_counts.vm[v] != vms[v] && nie_vms.vm[v].state != NIE_VM_NONE)
			return check_fail("INV-2: %u records name VM %u, counted %u", vms[v], v,
					  nie_counts.vm[v]);
	return NULL;
}

/* INV-4: the pool of a live VM holds exactly its NIE_FREE pages; a dying one has no pool. */
static const char *check_pools(void)
{
	u32 free[NIE_NR_VMS] = { 0 };

	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];

		if (p->kind != NIE_K_NIE_FREE || nie_vms.vm[p->vm].state != NIE_VM_LIVE)
			continue;
		free[p->vm]++;
		if (p->base >= nie_vms.vm[p->vm].pool_nr || nie_vms.vm[p->vm].pool[p->base] != pfn)
			return check_fail("INV-4: free page %x is not in slot %u of its pool", pfn,
					  p->base);
	}
	for (u32 v = 0; v < NIE_NR_VMS; v++)
		if (nie_vms.vm[v].state != NIE_VM_NONE && nie_vms.vm[v].pool_nr != free[v])
			return check_fail("INV-4: VM %u has %u free pages, its pool %u", v, free[v],
					  nie_vms.vm[v].pool_nr);
	return NULL;
}

static u32 bits_perm(u64 e)
{
	if ((e & RWX_BITS) != RWX_BITS)
		return ~0u;
	if ((e >> 53 & 3) == 0)
		return NIE_PERM_RWX;
	return (e >> 53 & 3) == 2 ? NIE_PERM_RW : ~0u;
}

static u32 leaf_perm(u64 e, u32 pfn, u32 level)
{
	u32 span = level == 3 ? 1 : level == 2 ? NIE_PER_TABLE : NIE_PER_GIB;

	if (e == 0)
		return NIE_PERM_NONE;
	if ((e & 3) != (level == 3 ? 3 : 1) || OUTPUT(e) != pfn / span * span)
		return ~0u;
	return bits_perm(e);
}

u32 check_host_perm(u32 pfn)
{
	const struct nie_gib *g = &nie_gibs.g[pfn / NIE_PER_GIB];
	u32 mb = pfn / NIE_PER_TABLE;
	u64 e = nie_host_l1.e[pfn / NIE_PER_GIB];

	if ((e & 3) != 3)
		return leaf_perm(e, pfn, 1);
	if (!g->managed || e != ((u64)g->l2_pfn << 12 | 3))
		return ~0u;
	e = nie_host_l2.e[mb];
	if ((e & 3) != 3)
		return leaf_perm(e, pfn, 2);
	if (e != ((u64)(g->l3_pfn + mb % NIE_PER_TABLE) << 12 | 3))
		return ~0u;
	return leaf_perm(nie_host_l3.e[pfn], pfn, 3);
}

/* INV-6: the entry in force is what the record wants, and no TLB has more. */
static const char *check_host_page(u32 pfn)
{
	u8 kind = nie_pages.p[pfn].kind;
	u32 perm = check_host_perm(pfn);
	u32 reach = machine_host_reach(pfn);

	if (kind == NIE_K_NOT_RAM) {
		if (perm != NIE_PERM_NONE && perm != NIE_PERM_RWX)
			return check_fail("INV-6: page %x, not RAM, has host permission %x", pfn,
					  perm);
		return NULL;
	}
	if (perm != perm_of(kind))
		return check_fail("INV-6: page %x of kind %u has host permission %x", pfn, kind,
				  perm);
	if (leaf_perm(nie_host_l3.e[pfn], pfn, 3) != perm_of(kind))
		return check_fail("INV-6: page %x of kind %u has level-3 entry %lx", pfn, kind,
				  (unsigned long)nie_host_l3.e[pfn]);
	if (reach > perm_of(kind))
		return check_fail("INV-6: page %x of kind %u: a TLB may hold permission %u", pfn,
				  kind, reach);
	return NULL;
}

/* INV-7: the counts, and a block wherever one can be. */
static const char *check_host_range(u32 mb)
{
	u32 first = mb * NIE_PER_TABLE, odd = 0, device = 0;
	u32 perm = check_host_perm(first);
	bool table = (nie_host_l1.e[mb / NIE_PER_TABLE] & 3) == 3 && (nie_host_l2.e[mb] & 3) == 3;
	bool sound = table ? perm != ~0u : perm == NIE_PERM_RWX;
	const char *bad;

	for (u32 p = first; p < first + NIE_PER_TABLE; p++) {
		/* A page that is plain, below the same tables or block as the first one. */
		if (sound && is_plain_record(&nie_pages.p[p]) &&
		    nie_host_l3.e[p] == ((u64)p << 12 | RWX_BITS | 3))
			continue;
		odd += perm_of(nie_pages.p[p].kind) != NIE_PERM_RWX;
		device += nie_pages.p[p].kind == NIE_K_NOT_RAM;
		bad = check_host_page(p);
		if (bad)
			return bad;
	}
	if (nie_host_odd.n[mb] != odd)
		return check_fail("INV-7: range %x has %u odd pages, counted %lu", mb, odd,
				  (unsigned long)nie_host_odd.n[mb]);
	if ((nie_host_l2.e[mb] & 3) != (odd ? 3 : 1) && device != NIE_PER_TABLE)
		return check_fail("INV-7: range %x with %u odd pages has level-2 entry %lx", mb,
				  odd, (unsigned long)nie_host_l2.e[mb]);
	return NULL;
}

static const char *check_host(void)
{
	for (u32 i = 0; i < machine_nr_pages(); i += NIE_PER_TABLE) {
		const char *bad = check_host_range(machine_pfn(i) / NIE_PER_TABLE);

		if (bad)
			return bad;
	}
	for (u32 i = 0; i < machine_nr_gibs(); i++) {
		u32 gib = machine_gib(i), odd = 0;

		for (u32 mb = gib * NIE_PER_TABLE; mb < (gib + 1) * NIE_PER_TABLE; mb++)
			odd += nie_host_odd.n[mb] != 0;
		if (nie_gibs.g[gib].managed != 1 || nie_host_odd_gib.n[gib] != odd)
			return check_fail("INV-7: GiB %u has %u odd ranges, counted %u", gib, odd,
					  nie_host_odd_gib.n[gib]);
		if ((nie_host_l1.e[gib] & 3) != (odd ? 3 : 1))
			return check_fail("INV-7: GiB %u with %u odd ranges has level-1 entry %lx",
					  gib, odd, (unsigned long)nie_host_l1.e[gib]);
	}
	return NULL;
}

u64 check_walk(u16 v, u32 gfn)
{
	u64 e = nie_tables.t[nie_vms.vm[v].root_pfn + (gfn >> 27)].e[gfn >> 18 & 511];

	if ((e & 3) == 3)
		e = nie_tables.t[OUTPUT(e)].e[gfn >> 9 & 511];
	return (e & 3) == 3 ? nie_tables.t[OUTPUT(e)].e[gfn & 511] : 0;
}

/* INV-8 and INV-9, one entry of a table of a live VM; counts the tables that it names. */
static const char *check_entry(u32 table, u32 i, u64 e, u32 *tables)
{
	const struct nie_page *t = &nie_pages.p[table];
	u64 below = (u64)t->base * NIE_PER_TABLE + i;
	const struct nie_page *p;

	if ((e & 3) != 3 || !machine_has(OUTPUT(e)))
		return check_fail("INV-8: entry %u of table %x is %lx", i, table, (unsigned long)e);
	p = &nie_pages.p[OUTPUT(e)];
	if (t->level < 3) {
		if (e != ((u64)OUTPUT(e) << 12 | 3) || p->kind != NIE_K_NIE_TABLE ||
		    p->vm != t->vm || p->level != t->level + 1 || p->base != below)
			return check_fail("INV-8: entry %u of table %x leads to page %x", i, table,
					  OUTPUT(e));
		(*tables)++;
		return NULL;
	}
	if (!is_guest_leaf(p->kind) || p->vm != t->vm || p->base != below)
		return check_fail("INV-9: gfn %lx of VM %u is page %x, not by its record",
				  (unsigned long)below, t->vm, OUTPUT(e));
	if ((e & 3ul << 53) == 1ul << 53 || (e & 3ul << 53) == 3ul << 53 || !(e & 1ul << 6) ||
	    (e >> 8 & 3) != 3)
		return check_fail("INV-9: leaf %lx", (unsigned long)e);
	return NULL;
}

static const char *check_table(u32 table, u32 *tables)
{
	const struct nie_page *t = &nie_pages.p[table];
	const struct nie_vm *vm = &nie_vms.vm[t->vm];

	if (t->level == 1)
		if (t->base >= vm->nr_roots || table != vm->root_pfn + t->base)
			return check_fail("INV-8: page %x is a root of VM %u, but not there", table,
					  t->vm);
	for (u32 i = 0; i < NIE_PER_TABLE; i++) {
		u64 e = nie_tables.t[table].e[i];
		const char *bad = e ? check_entry(table, i, e, tables) : NULL;

		if (bad)
			return bad;
	}
	return NULL;
}

/* INV-5, INV-8: what VMs are made of. */
static const char *check_roots(void)
{
	for (u32 v = 0; v < NIE_NR_VMS; v++) {
		if (nie_vms.vm[v].state == NIE_VM_DYING && machine_vmid_cached(v))
			return check_fail("INV-5: a TLB may hold entries of dying VM %u", v);
		if (nie_vms.vm[v].state != NIE_VM_LIVE)
			continue;
		for (u32 i = 0; i < nie_vms.vm[v].nr_roots; i++)
			if (nie_pages.p[nie_vms.vm[v].root_pfn + i].kind != NIE_K_NIE_TABLE ||
			    nie_pages.p[nie_vms.vm[v].root_pfn + i].vm != v)
				return check_fail("INV-8: root %u of VM %u is not its table", i, v);
	}
	return NULL;
}

static bool is_of_live_vm(const struct nie_page *p)
{
	return names_vm(p->kind) && nie_vms.vm[p->vm].state == NIE_VM_LIVE;
}

/* INV-8, INV-9: every table but the roots is named by one entry. */
static const char *check_tables(void)
{
	u32 named = 0, tables = 0;

	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];
		const char *bad;

		if (p->kind != NIE_K_NIE_TABLE || !is_of_live_vm(p))
			continue;
		bad = check_table(pfn, &named);
		if (bad)
			return bad;
		tables += p->level > 1;
	}
	if (named != tables)
		return check_fail("INV-8: %u tables, %u entries that lead to one", tables, named);
	return NULL;
}

/* INV-9: every page of a VM is mapped by one leaf. Walks tables, which have to be sound by now. */
static const char *check_leaves(void)
{
	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];

		if (is_guest_leaf(p->kind) && is_of_live_vm(p) &&
		    OUTPUT(check_walk(p->vm, p->base)) != pfn)
			return check_fail("INV-9: page %x is not mapped at gfn %x", pfn, p->base);
	}
	return NULL;
}

/* INV-10, INV-11 for the vCPU of one context page. */
static const char *check_vcpu(u32 pfn, u32 *loaded)
{
	const struct nie_page *p = &nie_pages.p[pfn];
	const struct nie_vm *vm = &nie_vms.vm[p->vm];
	const struct nie_vcpu *c = machine_vcpu(pfn);

	if (p->base >= NIE_NR_VCPUS || vm->vcpu[p->base] != pfn)
		return check_fail("INV-10: context %x is not vCPU %u of VM %u", pfn, p->base,
				  p->vm);
	if (c->vm != p->vm || c->index != p->base || c->ipa_bits != vm->ipa_bits ||
	    c->is_protected != vm->type ||
	    c->vttbr != ((u64)(p->vm + 1) << 48 | (u64)vm->root_pfn << 12))
		return check_fail("INV-10: context %x has wrong content", pfn);
	if (!machine_has(c->run_pfn) ||
	    nie_pages.p[c->run_pfn].kind != NIE_K_HOST_SHARED_NIE ||
	    nie_pages.p[c->run_pfn].base != 1)
		return check_fail("INV-11: run page %x of context %x", c->run_pfn, pfn);
	if (c->cpu == NIE_NO_CPU)
		return NULL;
	if (c->cpu >= machine_nr_cpus() || machine_loaded(c->cpu) != pfn)
		return check_fail("INV-10: context %x says it is loaded on CPU %u", pfn, c->cpu);
	if (vm->state != NIE_VM_LIVE)
		return check_fail("INV-5: a vCPU of a dying VM is loaded");
	loaded[p->vm]++;
	return NULL;
}

static const char *check_vcpus(void)
{
	u32 loaded[NIE_NR_VMS] = { 0 }, vcpus[NIE_NR_VMS] = { 0 };
	u32 in_use = 1, contexts = 0, sum = 0, on_cpu = 0;	/* the panic page is in use */

	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];

		in_use -= p->kind == NIE_K_HOST_SHARED_NIE && p->base;
		if (p->kind == NIE_K_NIE_CTX) {
			const char *bad = check_vcpu(pfn, loaded);

			if (bad)
				return bad;
			contexts++;
			vcpus[p->vm]++;
		}
	}
	if (in_use + contexts != 0)
		return check_fail("INV-11: %u vCPUs, %u run pages in use", contexts, -in_use);
	for (u32 v = 0; v < NIE_NR_VMS; v++) {
		u32 n = 0;

		if (nie_vms.vm[v].state == NIE_VM_NONE)
			continue;
		for (u32 i = 0; i < NIE_NR_VCPUS; i++)
			n += nie_vms.vm[v].vcpu[i] != NIE_NO_PAGE;
		if (n != vcpus[v])
			return check_fail("INV-10: VM %u has %u contexts and %u vCPUs", v, vcpus[v],
					  n);
		if (nie_vms.vm[v].loaded != loaded[v])
			return check_fail("INV-10: VM %u has %u vCPUs loaded, counted %u", v,
					  loaded[v], nie_vms.vm[v].loaded);
		sum += loaded[v];
	}
	for (u32 cpu = 0; cpu < machine_nr_cpus(); cpu++)
		on_cpu += machine_loaded(cpu) != NIE_NO_PAGE;
	if (sum != on_cpu)
		return check_fail("INV-10: %u vCPUs are loaded, on %u CPUs", sum, on_cpu);
	return NULL;
}

/* EL2's window has exactly NIE's pages and the pages shared with it. */
static const char *check_window(void)
{
	for (u32 i = 0; i < machine_nr_pages(); i++) {
		u32 pfn = machine_pfn(i);
		u8 kind = nie_pages.p[pfn].kind;
		bool want = kind == NIE_K_NIE_FREE || kind == NIE_K_NIE_TABLE ||
			    kind == NIE_K_NIE_CTX || kind == NIE_K_HOST_SHARED_NIE;

		if (machine_in_window(pfn) != want)
			return check_fail("window: page %x of kind %u is %s", pfn, kind,
					  want ? "missing" : "there");
	}
	return NULL;
}

const char *check_invariants(void)
{
	const char *bad = check_records();

	/*
	 * No table of functions: EL2 calls none through a pointer. At EL2 only what the window has
	 * can be read, so each step relies on those before.
	 */
	if (!bad)
		bad = check_window();
	if (!bad)
		bad = check_pools();
	if (!bad)
		bad = check_host();
	if (!bad)
		bad = check_roots();
	if (!bad)
		bad = check_tables();
	if (!bad)
		bad = check_leaves();
	if (!bad)
		bad = check_vcpus();
	return bad ? bad : machine_complaint();
}
