// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for nie/el2/arch: effects on ordinary memory, ghost TLBs, complaints about broken
 * rules.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <arch/lock.h>
#include "../../nie/el2/host.h"
#include "../../nie/el2/launch.h"
#include "../../nie/el2/mmio.h"
#include "../../nie/el2/wipe.h"
#include "fake.h"

struct nie_gibs nie_gibs;
struct nie_host_odd_gib nie_host_odd_gib;
u64 nie_host_nr_pages;
struct fake_records *fake_pages;
struct fake_l3 *fake_host_l3;
struct fake_l2 fake_host_l2;
struct fake_l1 fake_host_l1;
struct fake_odd nie_host_odd;
struct nie_config nie_config;
u32 nie_phase;
unsigned long fake_guard;
struct fake fake;

#define NR_L1	ARRAY_SIZE(fake_host_l1.e)
#define NR_STALE	2048

/* A leaf that a TLB may hold though the tables say otherwise. */
struct stale {
	u16 vm;
	u32 gfn;
	u64 entry;
};

/* Ghost state of TLBs and pages. */
static struct ghost {
	/* The host's stage-2: what TLBs may hold; entries that went to 0 without a TLBI since. */
	u8 l1_cached[NR_L1], l1_pending[NR_L1], below_l1[NR_L1];
	u8 l2_cached[FAKE_NR_MBS], l2_pending[FAKE_NR_MBS], below_l2[FAKE_NR_MBS];
	u8 l3_cached[FAKE_NR_PAGES], l3_pending[FAKE_NR_PAGES];
	bool host_unsynced;
	/* VMs */
	u8 vmid_cached[NIE_NR_VMS];
	u32 nr_stale;
	struct stale stale[NR_STALE];
	bool guest_unsynced;
	/* Pages */
	u8 window[FAKE_NR_PAGES];
	u8 secret[FAKE_NR_PAGES];	/* holds what was a VM's or NIE's */
	u8 cleaned[FAKE_NR_PAGES];	/* cleaned to PoC since the host lost it */
	/* Instruction caches may hold what the host had there, or a VM. */
	u8 host_code[FAKE_NR_PAGES], guest_code[FAKE_NR_PAGES];
	u8 touched[FAKE_NR_PAGES];	/* its memory may not be zero */
} ghost, pristine_ghost;

/* All else that a call may change, arenas only. */
struct state {
	struct fake fake;
	struct nie_page pages[FAKE_NR_PAGES];
	u64 l3[FAKE_NR_PAGES];
	struct fake_l2 l2;
	struct fake_l1 l1;
	struct fake_odd odd;
	struct nie_gibs gibs;
	struct nie_host_odd_gib odd_gib;
	struct nie_counts counts;
	struct nie_vms vms;
	struct nie_launch launch;
	struct { struct nie_vcpu vcpu; struct nie_private own; } vcpus[64];
	u8 window[FAKE_NR_PAGES];
	u64 phase;
	u64 end;
};

static struct state *pristine, *snapshot;
static struct fake_records *pristine_pages;
static struct fake_l3 *pristine_l3;
static bool building;

static const u32 arena_mb[FAKE_NR_ARENAS] = {
	1018, 1019, 1020, 1021, 1022, 1023,
	1024, 1025, 1026, 1027, 1532, 1533, 1534, 1535,
};

static s8 arena_of_mb[FAKE_NR_MBS];

#define complain(...) do {								\
	if (!fake.complaint[0])								\
		snprintf(fake.complaint, sizeof(fake.complaint), __VA_ARGS__);		\
} while (0)

int fake_page_index(u64 pfn)
{
	s8 a = pfn < NIE_NR_PAGES ? arena_of_mb[pfn / NIE_PER_TABLE] : -1;

	return a < 0 ? -1 : a * (int)NIE_PER_TABLE + (int)(pfn % NIE_PER_TABLE);
}

u32 fake_page_pfn(u32 index)
{
	return arena_mb[index / NIE_PER_TABLE] * NIE_PER_TABLE + index % NIE_PER_TABLE;
}

u64 *fake_content(u32 pfn)
{
	int i = fake_page_index(pfn);

	return i < 0 || i >= (int)(FAKE_NR_CONTENT * NIE_PER_TABLE) ? NULL : fake_memory(i);
}

void fake_fill(u32 pfn, u64 pattern)
{
	u64 *p = fake_content(pfn);

	ghost.touched[fake_page_index(pfn)] = 1;
	for (u32 i = 0; i < NIE_PER_TABLE; i++)
		p[i] = pattern;
}

bool fake_is_zero(u32 pfn)
{
	u64 *p = fake_content(pfn);

	for (u32 i = 0; i < NIE_PER_TABLE; i++)
		if (p[i])
			return false;
	return true;
}

bool fake_is_clean(u32 pfn)
{
	return ghost.cleaned[fake_page_index(pfn)];
}

/* An effect: of a page of an arena, unless the machine is being built. */
static int effect(const char *what, u64 pfn)
{
	int i = fake_page_index(pfn);

	fake.ops++;
	if (building)
		return i;
	if (!fake.locked)
		complain("%s without the lock", what);
	if (i < 0)
		complain("%s at %lx, outside the arenas", what, (unsigned long)pfn);
	return i;
}

static int content_effect(const char *what, u32 pfn)
{
	int i = effect(what, pfn);

	if (i >= (int)(FAKE_NR_CONTENT * NIE_PER_TABLE)) {
		complain("%s at %x, which has no memory", what, pfn);
		return -1;
	}
	return i;
}

void nie_lock(void)
{
	if (fake.locked)
		complain("the lock is taken twice");
	fake.locked = true;
	fake.locks++;
}

void nie_unlock(void)
{
	if (!fake.locked)
		complain("the lock is released, but not held");
	fake.locked = false;
}

/* What a valid host entry, block or page, lets the host do: S2AP is bits 7:6, XN bits 54:53. */
static u32 entry_perm(u64 e)
{
	if (!(e & 1) || (e >> 6 & 3) != 3)
		return NIE_PERM_NONE;
	return (e >> 53 & 3) == 0 ? NIE_PERM_RWX : NIE_PERM_RW;
}

static bool is_block(u64 e)
{
	return (e & 3) == 1;
}

static bool is_table(u64 e)
{
	return (e & 3) == 3;
}

u32 fake_host_reach(u32 pfn)
{
	int i = fake_page_index(pfn);

	if (ghost.l1_cached[pfn / NIE_PER_GIB] || ghost.l2_cached[pfn / NIE_PER_TABLE])
		return NIE_PERM_RWX;
	return ghost.l3_cached[i];
}

/* The host gets at a page: what was there must be gone. */
static void host_gains(u32 pfn)
{
	int i = fake_page_index(pfn);

	if (i < 0)
		return;
	if (ghost.secret[i])
		complain("the host gets page %x before it is scrubbed", pfn);
	if (ghost.guest_code[i] && nie_pages.p[pfn].kind != NIE_K_GUEST_SHARED_HOST)
		complain("the host gets page %x, which instruction caches still hold", pfn);
	ghost.cleaned[i] = 0;
}

/* Rules of a store that make break-before-make. */
static void check_bbm(const char *level, u64 old, u64 new, bool pending)
{
	if (!new || old == new)
		return;
	if (old)
		complain("%s entry changed without break-before-make", level);
	if (pending)
		complain("%s entry made before TLBI", level);
}

void arch_host_write_l1(u32 gib, u64 entry)
{
	u64 old;

	fake.ops++;
	if (gib >= NR_L1) {
		complain("level-1 store at GiB %x", gib);
		return;
	}
	old = fake_host_l1.e[gib];
	fake_host_l1.e[gib] = entry;
	ghost.host_unsynced = true;
	if (building)
		return;
	if (!fake.locked)
		complain("level-1 store without the lock");
	check_bbm("level-1", old, entry, ghost.l1_pending[gib]);
	if (!entry && old)
		ghost.l1_pending[gib] = 1;
	if (is_table(entry))
		ghost.below_l1[gib] = 1;
	if (!is_block(entry))
		return;
	if (ghost.below_l1[gib])
		complain("1 GiB block over entries that a TLB may hold");
	ghost.l1_cached[gib] = 1;
	for (u32 mb = gib * NIE_PER_TABLE; mb < (gib + 1) * NIE_PER_TABLE && mb < FAKE_NR_MBS; mb++)
		if (nie_gib_managed(gib) && !is_block(fake_host_l2.e[mb]))
			complain("1 GiB block though 2 MiB range %x is none", mb);
}

static bool any_l3_cached(u32 mb)
{
	int first = fake_page_index((u64)mb * NIE_PER_TABLE);

	for (u32 i = 0; first >= 0 && i < NIE_PER_TABLE; i++)
		if (ghost.l3_cached[first + i])
			return true;
	return false;
}

void arch_host_write_l2(u32 mb, u64 entry)
{
	u64 old;

	effect("level-2 store", (u64)mb * NIE_PER_TABLE);
	old = fake_host_l2.e[mb];
	fake_host_l2.e[mb] = entry;
	ghost.host_unsynced = true;
	if (building)
		return;
	check_bbm("level-2", old, entry, ghost.l2_pending[mb]);
	if (!entry && old)
		ghost.l2_pending[mb] = 1;
	if (is_table(entry))
		ghost.below_l2[mb] = 1;
	if (!is_block(entry))
		return;
	if (ghost.below_l2[mb] && any_l3_cached(mb))
		complain("2 MiB block over entries that a TLB may hold");
	ghost.l2_cached[mb] = 1;
	for (u32 p = mb * NIE_PER_TABLE; p < (mb + 1) * NIE_PER_TABLE; p++)
		host_gains(p);
}

void arch_host_write_l3(u32 pfn, u64 entry)
{
	int i = effect("level-3 store", pfn);
	u64 old = fake_host_l3->e[pfn];

	fake_host_l3->e[pfn] = entry;
	ghost.host_unsynced = true;
	if (building || i < 0)
		return;
	check_bbm("level-3", old, entry, ghost.l3_pending[i]);
	if (is_block(fake_host_l2.e[pfn / NIE_PER_TABLE]) ||
	    is_block(fake_host_l1.e[pfn / NIE_PER_GIB]))
		complain("level-3 store at %x under a block", pfn);
	if (!entry && old) {
		ghost.l3_pending[i] = 1;
		ghost.host_code[i] = 1;
	}
	if (entry_perm(entry) > ghost.l3_cached[i])
		ghost.l3_cached[i] = entry_perm(entry);
	if (entry)
		host_gains(pfn);
}

/* TLBI of the level-1 and level-2 entries that serve a page. */
static void tlbi_upper(u32 pfn)
{
	u32 gib = pfn / NIE_PER_GIB;
	u32 mb = pfn / NIE_PER_TABLE;

	ghost.l1_pending[gib] = 0;
	ghost.l2_pending[mb] = 0;
	ghost.l1_cached[gib] = is_block(fake_host_l1.e[gib]);
	ghost.l2_cached[mb] = is_block(fake_host_l2.e[mb]);
	ghost.host_unsynced = false;
}

void arch_host_tlbi_table(u32 pfn)
{
	effect("TLBI", pfn / NIE_PER_GIB == FAKE_PLAIN_GIB ? FAKE_PLAIN(0) : FAKE_MIXED(0));
	tlbi_upper(pfn);
}

void arch_host_tlbi_pages(u32 pfn, u32 nr)
{
	u32 end = pfn + nr;

	effect("TLBI", pfn / NIE_PER_GIB == FAKE_PLAIN_GIB ? FAKE_PLAIN(0) : FAKE_MIXED(0));
	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		u32 p = fake_page_pfn(i);

		if (p < pfn || p >= end)
			continue;
		ghost.l3_pending[i] = 0;
		ghost.l3_cached[i] = entry_perm(fake_host_l3->e[p]);
	}
	for (u32 mb = pfn / NIE_PER_TABLE; mb <= (end - 1) / NIE_PER_TABLE; mb++) {
		tlbi_upper(mb * NIE_PER_TABLE);
		if (mb * NIE_PER_TABLE >= pfn && (mb + 1) * NIE_PER_TABLE <= end &&
		    !is_table(fake_host_l2.e[mb]))
			ghost.below_l2[mb] = 0;
	}
	if (pfn % NIE_PER_GIB == 0 && nr >= NIE_PER_GIB &&
	    !is_table(fake_host_l1.e[pfn / NIE_PER_GIB]))
		ghost.below_l1[pfn / NIE_PER_GIB] = 0;
}

void arch_host_sync_done(void)
{
	ghost.host_unsynced = false;
}

bool fake_unsynced(void)
{
	return ghost.host_unsynced || ghost.guest_unsynced;
}

bool fake_in_window(u32 pfn)
{
	return ghost.window[fake_page_index(pfn)];
}

void fake_declassify(u32 pfn)
{
	ghost.secret[fake_page_index(pfn)] = 0;
}

void fake_classify(u32 pfn)
{
	ghost.secret[fake_page_index(pfn)] = 1;
}

static bool nie_owns(u8 kind)
{
	return kind == NIE_K_NIE_FREE || kind == NIE_K_NIE_TABLE || kind == NIE_K_NIE_CTX;
}

void arch_window_map(u32 pfn)
{
	int i = content_effect("window map", pfn);
	u8 kind = nie_pages.p[pfn].kind;

	if (i < 0)
		return;
	if (nie_owns(kind)) {
		if (fake_host_reach(pfn) != NIE_PERM_NONE)
			complain("page %x becomes NIE's while the host reaches it", pfn);
		ghost.secret[i] = 1;
	} else if (kind == NIE_K_GUEST) {		/* to be measured */
		if (fake_host_reach(pfn) != NIE_PERM_NONE)
			complain("page %x is measured while the host reaches it", pfn);
		if (!ghost.cleaned[i])
			complain("page %x is measured and not cleaned", pfn);
	} else if (kind != NIE_K_HOST_SHARED_NIE) {
		complain("page %x of kind %u enters the window", pfn, kind);
	}
	ghost.window[i] = 1;
	ghost.touched[i] = 1;
	fake_memory_window(i, true);
}

void arch_window_unmap(u32 pfn)
{
	int i = content_effect("window unmap", pfn);

	if (i < 0)
		return;
	if (!ghost.window[i])
		complain("page %x leaves the window, but is not there", pfn);
	ghost.window[i] = 0;
	fake_memory_window(i, false);
}

u64 arch_page_word(u32 pfn, u32 i)
{
	int n = fake_page_index(pfn);

	if (n < 0 || !ghost.window[n] || i >= NIE_PER_TABLE)
		complain("page %x read outside the window", pfn);
	return fake_content(pfn) ? fake_content(pfn)[i] : 0;
}

void arch_table_clear(u32 pfn)
{
	int i = content_effect("clear", pfn);

	if (i < 0)
		return;
	if (!ghost.window[i])
		complain("page %x cleared outside the window", pfn);
	if (fake_host_reach(pfn) != NIE_PERM_NONE)
		complain("page %x cleared while the host reaches it", pfn);
	memset(fake_memory(i), 0, NIE_PAGE_SIZE);
}

/* The leaf at a gfn, by the descriptor format alone. */
static u64 walk(u16 v, u32 gfn)
{
	struct nie_vm *vm = &nie_vms.vm[v];
	u64 e;

	if (vm->state != NIE_VM_LIVE)
		return 0;
	e = nie_tables.t[vm->root_pfn + (gfn >> 27)].e[gfn >> 18 & 511];
	if (e & 1)
		e = nie_tables.t[e >> 12 & 0xfffffffful].e[gfn >> 9 & 511];
	if (e & 1)
		e = nie_tables.t[e >> 12 & 0xfffffffful].e[gfn & 511];
	return e;
}

/* Of a VM that lives one gfn can go by itself: its leaf, and what TLBs hold of that. */
static bool may_reach(u16 v, u32 gfn)
{
	if (!ghost.vmid_cached[v] || nie_vms.vm[v].state != NIE_VM_LIVE)
		return ghost.vmid_cached[v];
	if (walk(v, gfn))
		return true;
	for (u32 s = 0; s < ghost.nr_stale; s++)
		if (ghost.stale[s].vm == v && ghost.stale[s].gfn == gfn)
			return true;
	return false;
}

void arch_scrub(u32 pfn)
{
	int i = content_effect("scrub", pfn);
	struct nie_page *p = &nie_pages.p[pfn];

	if (i < 0)
		return;
	if (fake_host_reach(pfn) != NIE_PERM_NONE)
		complain("page %x scrubbed while the host reaches it", pfn);
	if (nie_phase != NIE_PHASE_ENDING &&
	    (!nie_page_names_vm(p->kind) || may_reach(p->vm, p->base)))
		complain("page %x scrubbed while its VM may reach it", pfn);
	memset(fake_memory(i), 0, NIE_PAGE_SIZE);
	ghost.secret[i] = 0;
	ghost.cleaned[i] = 1;
	ghost.window[i] = 0;
	fake_memory_window(i, false);
}

void arch_private_clear(u32 ctx_pfn)
{
	int i = fake_page_index(ctx_pfn);

	if (i < 0 || !ghost.window[i] || nie_pages.p[ctx_pfn].kind != NIE_K_NIE_CTX)
		complain("page %x is no context", ctx_pfn);
	else
		memset(arch_private(ctx_pfn), 0, NIE_PAGE_SIZE - NIE_PRIVATE_OFFSET);
	fake.ops++;
}

void arch_page_clean(u32 pfn)
{
	int i = content_effect("clean", pfn);

	if (i < 0)
		return;
	if (fake_host_reach(pfn) != NIE_PERM_NONE)
		complain("page %x cleaned while the host reaches it", pfn);
	if (ghost.window[i])
		complain("page %x cleaned, which unmaps it from the window", pfn);
	ghost.cleaned[i] = 1;
}

void arch_icache_invalidate(void)
{
	memset(ghost.host_code, 0, sizeof(ghost.host_code));
	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		const struct nie_page *p = &nie_pages.p[fake_page_pfn(i)];

		if (nie_vms.vm[p->vm].state != NIE_VM_LIVE || !may_reach(p->vm, p->base))
			ghost.guest_code[i] = 0;
	}
	fake.ops++;
}

/* What of a guest leaf needs break-before-make: all but S2AP[1], XN and AF. */
static u64 fixed_bits(u64 leaf)
{
	return leaf & ~(1ul << 7 | 1ul << 54 | 1ul << 10);
}

static void leaf_stored(u32 pfn, u16 v, u32 gfn, u64 old, u64 new)
{
	struct nie_page *p = &nie_pages.p[pfn];
	int i = fake_page_index(pfn);

	if (old && fixed_bits(old) != fixed_bits(new))
		complain("leaf changed without break-before-make at gfn %x", gfn);
	for (u32 s = 0; s < ghost.nr_stale; s++)
		if (ghost.stale[s].vm == v && ghost.stale[s].gfn == gfn &&
		    fixed_bits(ghost.stale[s].entry) != fixed_bits(new))
			complain("leaf made before TLBI at gfn %x", gfn);
	if (i < 0 || !nie_page_names_vm(p->kind) || p->vm != v || p->base != gfn)
		complain("leaf at gfn %x for page %x, whose record does not say so", gfn, pfn);
	if (i < 0 || p->kind != NIE_K_GUEST)
		return;
	if (fake_host_reach(pfn) != NIE_PERM_NONE)
		complain("page %x mapped in a VM while the host reaches it", pfn);
	if (!ghost.cleaned[i])
		complain("page %x mapped in a VM and not cleaned", pfn);
	if (ghost.host_code[i])
		complain("page %x mapped in a VM, with old lines in instruction caches", pfn);
	ghost.guest_code[i] = 1;
	ghost.secret[i] = 1;
	ghost.touched[i] = 1;
}

static void table_stored(u32 below, u32 table, u32 i, u64 old)
{
	struct nie_page *t = &nie_pages.p[table];
	struct nie_page *b = &nie_pages.p[below];

	if (old)
		complain("a table replaces an entry");
	if (b->kind != NIE_K_NIE_TABLE || b->vm != t->vm || b->level != t->level + 1 ||
	    b->base != t->base * NIE_PER_TABLE + i)
		complain("table %x linked where its record does not say", below);
	if (fake_page_index(below) < 0 || !fake_in_window(below) || !fake_is_zero(below))
		complain("table %x linked, but not empty", below);
}

static void push_stale(u16 v, u32 gfn, u64 entry)
{
	if (ghost.nr_stale == NR_STALE)
		complain("too many TLB entries that need a TLBI");
	else
		ghost.stale[ghost.nr_stale++] = (struct stale){ v, gfn, entry };
}

void arch_guest_write(u32 table, u32 i, u64 entry)
{
	int idx = content_effect("guest table store", table);
	struct nie_page *t = &nie_pages.p[table];
	u32 gfn = t->base * NIE_PER_TABLE + i;
	u64 old;

	if (idx < 0)
		return;
	if (t->kind != NIE_K_NIE_TABLE || !ghost.window[idx] || i >= NIE_PER_TABLE) {
		complain("guest table store in page %x", table);
		return;
	}
	old = fake_memory(idx)[i];
	fake_memory(idx)[i] = entry;
	if ((old ^ entry) & ~(1ul << 10))
		ghost.guest_unsynced = true;
	if (entry)
		ghost.vmid_cached[t->vm] = 1;
	if (t->level != 3) {
		if (entry)
			table_stored((u32)(entry >> 12), table, i, old);
		return;
	}
	if (old && old != entry)
		push_stale(t->vm, gfn, old);
	if (entry)
		leaf_stored((u32)(entry >> 12 & 0xfffffffful), t->vm, gfn, old, entry);
}

void arch_guest_write_done(void)
{
	ghost.guest_unsynced = false;
}

static u16 vm_of(u64 vttbr)
{
	u64 v = (vttbr >> 48) - 1;

	effect("guest TLBI", FAKE_PLAIN(0));
	ghost.guest_unsynced = false;
	if (v >= NIE_NR_VMS || (vttbr & 0xfffffffffffful) >> 12 != nie_vms.vm[v].root_pfn) {
		complain("TLBI with VTTBR %lx", (unsigned long)vttbr);
		return 0;
	}
	return (u16)v;
}

static void drop_stale(u16 v, u64 gfn, u64 nr)
{
	u32 n = 0;

	for (u32 s = 0; s < ghost.nr_stale; s++) {
		struct stale *e = &ghost.stale[s];

		if (e->vm != v || e->gfn < gfn || e->gfn >= gfn + nr)
			ghost.stale[n++] = *e;
	}
	ghost.nr_stale = n;
}

void arch_guest_tlbi_range(u64 vttbr, u32 gfn, u32 nr)
{
	drop_stale(vm_of(vttbr), gfn, nr);
}

void arch_guest_tlbi_all(u64 vttbr)
{
	u16 v = vm_of(vttbr);

	drop_stale(v, 0, 1ul << 32);
	ghost.vmid_cached[v] = nie_vms.vm[v].loaded != 0;
}

u64 arch_guest_memattr(bool nc)
{
	return nc ? 0x5ul << 2 : 0xful << 2;
}

/* Does leaf a grant all that leaf b does? */
static bool covers(u64 a, u64 b)
{
	return a && fixed_bits(a) == fixed_bits(b) && (a & 1ul << 7 || !(b & 1ul << 7)) &&
	       (!(a & 1ul << 54) || b & 1ul << 54);
}

const char *fake_check_guest_tlb(void)
{
	for (u32 s = 0; s < ghost.nr_stale; s++)
		if (!covers(walk(ghost.stale[s].vm, ghost.stale[s].gfn), ghost.stale[s].entry))
			return "a TLB may hold a leaf that is gone";
	return NULL;
}

bool fake_vmid_cached(u16 v)
{
	return ghost.vmid_cached[v];
}

/* CPUs and phases */

u64 arch_id_reg(u32 crm, u32 op2)
{
	return fake.id;
}

u64 arch_ctr(void)
{
	return fake.id;
}

void arch_smc(u64 *x)
{
	memcpy(fake.smc, x, sizeof(fake.smc));
	memcpy(x, fake.el3, sizeof(fake.el3));
}

u32 arch_cpu_index(void)
{
	return fake.cpu_index;
}

bool arch_vcpu_is_loaded(void)
{
	return fake.cpu[fake.cpu_index].loaded;
}

u32 arch_vcpu_loaded_pfn(void)
{
	return fake.cpu[fake.cpu_index].ctx_pfn;
}

void nie_vcpu_loaded(u32 ctx_pfn, bool flush)
{
	effect("vCPU load", ctx_pfn);
	if (fake.cpu[fake.cpu_index].loaded)
		complain("a vCPU is loaded over another");
	fake.cpu[fake.cpu_index] = (struct fake_cpu){ true, ctx_pfn };
	fake.flushed = flush;
	ghost.vmid_cached[nie_pages.p[ctx_pfn].vm] = 1;
}

void nie_vcpu_unload(void)
{
	effect("vCPU unload", fake.cpu[fake.cpu_index].ctx_pfn);
	fake.cpu[fake.cpu_index] = (struct fake_cpu){ false, 0 };
}

int nie_vcpu_run(u64 *exit_code)
{
	if (!arch_vcpu_is_loaded())
		return -EPERM;
	*exit_code = fake.exit_code;
	return 0;
}

/* A call of nie/el2/arch/init.c, with or without the lock. */
static int answer(u32 *calls, bool locked)
{
	fake.ops++;
	(*calls)++;
	if (fake.locked != locked)
		complain("an early call %s the lock", locked ? "without" : "with");
	return fake.answer;
}

int nie_init_mem(void)
{
	return answer(&fake.calls.init_mem, true);
}

int nie_init_cpu(void)
{
	return answer(&fake.calls.init_cpu, false);
}

int nie_seal(void)
{
	return answer(&fake.calls.seal, true);
}

int nie_unseal(void)
{
	return answer(&fake.calls.unseal, true);
}

void nie_leave(void)
{
	answer(&fake.calls.leave, false);
}

/* The whole state */

static void save_vcpu(struct state *s, u32 n, u32 ctx_pfn)
{
	s->vcpus[n].vcpu = *arch_vcpu(ctx_pfn);
	s->vcpus[n].own = *arch_private(ctx_pfn);
}

static void save(struct state *s)
{
	u32 n = 0;

	for (u32 a = 0; a < FAKE_NR_ARENAS; a++) {
		u32 pfn = arena_mb[a] * NIE_PER_TABLE;
		u32 i = a * NIE_PER_TABLE;

		memcpy(&s->pages[i], &nie_pages.p[pfn], NIE_PER_TABLE * sizeof(s->pages[0]));
		memcpy(&s->l3[i], &fake_host_l3->e[pfn], NIE_PER_TABLE * sizeof(s->l3[0]));
	}
	s->l2 = fake_host_l2;
	s->l1 = fake_host_l1;
	s->odd = nie_host_odd;
	s->gibs = nie_gibs;
	s->odd_gib = nie_host_odd_gib;
	s->counts = nie_counts;
	memcpy(&s->vms, &nie_vms, sizeof(s->vms));
	s->launch = nie_launch;
	s->fake = fake;
	s->phase = nie_phase;
	memcpy(s->window, ghost.window, sizeof(s->window));
	memset(s->vcpus, 0, sizeof(s->vcpus));
	for (u32 i = 0; i < FAKE_NR_CONTENT * NIE_PER_TABLE && n < ARRAY_SIZE(s->vcpus); i++)
		if (s->pages[i].kind == NIE_K_NIE_CTX)
			save_vcpu(s, n++, fake_page_pfn(i));
}

void fake_snapshot(void)
{
	save(snapshot);
}

const char *fake_changed(void)
{
	const struct state *before = snapshot;
	struct state *after = snapshot + 1;
	const struct { const char *name; size_t from, to; } parts[] = {
#define PART(name, from, to)	{ name, offsetof(struct state, from), offsetof(struct state, to) }
		PART("stores, TLBIs, or the state of CPUs", fake, pages),
		PART("page records", pages, l3),
		PART("the host's tables", l3, odd),
		PART("counts", odd, vms),
		PART("VMs", vms, launch),
		PART("measurements", launch, vcpus),
		PART("vCPUs", vcpus, window),
		PART("the window", window, phase),
		PART("the phase", phase, end),
#undef PART
	};

	save(after);
	/* That the lock was taken is no effect. */
	after->fake.locks = before->fake.locks;
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (memcmp((const u8 *)before + parts[i].from, (const u8 *)after + parts[i].from,
			   parts[i].to - parts[i].from))
			return parts[i].name;
	return NULL;
}

void fake_reset(void)
{
	for (u32 a = 0; a < FAKE_NR_ARENAS; a++) {
		u32 pfn = arena_mb[a] * NIE_PER_TABLE;
		u32 i = a * NIE_PER_TABLE;

		memcpy(&nie_pages.p[pfn], &pristine->pages[i],
		       NIE_PER_TABLE * sizeof(nie_pages.p[0]));
		memcpy(&fake_host_l3->e[pfn], &pristine->l3[i], NIE_PER_TABLE * sizeof(u64));
	}
	fake_host_l2 = pristine->l2;
	fake_host_l1 = pristine->l1;
	nie_host_odd = pristine->odd;
	nie_gibs = pristine->gibs;
	nie_host_odd_gib = pristine->odd_gib;
	nie_counts = pristine->counts;
	memcpy(&nie_vms, &pristine->vms, sizeof(nie_vms));
	nie_launch = pristine->launch;
	nie_wiped = 0;
	for (u32 i = 0; i < FAKE_NR_CONTENT * NIE_PER_TABLE; i++) {
		if (ghost.touched[i])
			memset(fake_memory(i), 0, NIE_PAGE_SIZE);
		if (ghost.window[i])
			fake_memory_window(i, false);
	}
	memcpy(&ghost, &pristine_ghost, sizeof(ghost));
	memset(&fake, 0, sizeof(fake));
	memset(&nie_mmio, 0, sizeof(nie_mmio));
	fake_guard = 1;
	nie_phase = NIE_PHASE_SEALED;
	nie_config.flags = 0;
}

const char *fake_check_rest(void)
{
	for (u32 mb = 0; mb < FAKE_NR_MBS; mb++) {
		u32 pfn = mb * NIE_PER_TABLE;

		if (arena_of_mb[mb] >= 0)
			continue;
		if (memcmp(&nie_pages.p[pfn], &pristine_pages->p[pfn],
			   NIE_PER_TABLE * sizeof(struct nie_page)))
			return "a page record outside the arenas has changed";
		if (memcmp(&fake_host_l3->e[pfn], &pristine_l3->e[pfn],
			   NIE_PER_TABLE * sizeof(u64)))
			return "a host entry outside the arenas has changed";
	}
	return NULL;
}

static void set_kind(u32 pfn, u32 nr, u8 kind)
{
	for (u32 i = 0; i < nr; i++)
		nie_page_set(pfn + i, kind, 0, 0, 0);
}

/* As nie_init_mem() does. */
static void build(void)
{
	building = true;
	memset(fake_pages, 0xee, sizeof(*fake_pages));
	nie_host_nr_pages = NR_L1 * (u64)NIE_PER_GIB;
	for (u32 gib = FAKE_PLAIN_GIB; gib <= FAKE_MIXED_GIB; gib++) {
		memset(&nie_pages.p[gib * NIE_PER_GIB], 0, NIE_PER_GIB * sizeof(struct nie_page));
		nie_gibs.g[gib].l2_pfn = FAKE_TABLES + gib - 1;
		nie_gibs.g[gib].l3_pfn = FAKE_TABLES + gib * NIE_PER_TABLE;
		nie_gibs.g[gib].managed = 1;
		nie_counts.kind[NIE_K_NOT_RAM] += NIE_PER_GIB;
		set_kind(gib * NIE_PER_GIB, NIE_PER_GIB, NIE_K_HOST);
	}
	set_kind(FAKE_TABLES, 3 * NIE_PER_TABLE, NIE_K_NIE_IMAGE);
	set_kind(FAKE_IMAGE, 256, NIE_K_NIE_IMAGE);
	nie_page_set(FAKE_PANIC, NIE_K_HOST_SHARED_NIE, 0, 0, 1);
	set_kind(FAKE_DEVICE, 256, NIE_K_NIE_DEVICE);
	set_kind(FAKE_DEVICE + 256, 256 + 512 + 256, NIE_K_NOT_RAM);
	for (u32 gib = FAKE_PLAIN_GIB; gib <= FAKE_MIXED_GIB; gib++)
		nie_host_init_gib(gib);
	arch_host_sync_done();
	ghost.window[fake_page_index(FAKE_PANIC)] = 1;
	building = false;
}

/* What TLBs may hold of the host's tables as they are built. */
static void build_ghost(void)
{
	for (u32 gib = 0; gib < NR_L1; gib++) {
		ghost.l1_cached[gib] = is_block(fake_host_l1.e[gib]);
		ghost.below_l1[gib] = is_table(fake_host_l1.e[gib]);
	}
	for (u32 mb = 0; mb < FAKE_NR_MBS; mb++) {
		ghost.l2_cached[mb] = is_block(fake_host_l2.e[mb]);
		ghost.below_l2[mb] = is_table(fake_host_l2.e[mb]);
	}
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		ghost.l3_cached[i] = entry_perm(fake_host_l3->e[fake_page_pfn(i)]);
}

int fake_init(void)
{
	memset(arena_of_mb, -1, sizeof(arena_of_mb));
	for (u32 a = 0; a < FAKE_NR_ARENAS; a++)
		arena_of_mb[arena_mb[a]] = (s8)a;

	fake_pages = vzalloc(sizeof(*fake_pages));
	fake_host_l3 = vzalloc(sizeof(*fake_host_l3));
	pristine_pages = vzalloc(sizeof(*pristine_pages));
	pristine_l3 = vzalloc(sizeof(*pristine_l3));
	pristine = vzalloc(sizeof(*pristine));
	snapshot = vzalloc(2 * sizeof(*snapshot));
	if (!fake_pages || !fake_host_l3 || !pristine_pages || !pristine_l3 || !pristine ||
	    !snapshot || fake_memory_init()) {
		fake_exit();
		return -ENOMEM;
	}

	build();
	build_ghost();
	save(pristine);
	memcpy(&pristine_ghost, &ghost, sizeof(ghost));
	memcpy(pristine_pages, fake_pages, sizeof(*fake_pages));
	memcpy(pristine_l3, fake_host_l3, sizeof(*fake_host_l3));
	fake_reset();
	return 0;
}

void fake_exit(void)
{
	fake_memory_exit();
	vfree(fake_pages);
	vfree(fake_host_l3);
	vfree(pristine_pages);
	vfree(pristine_l3);
	vfree(pristine);
	vfree(snapshot);
}
