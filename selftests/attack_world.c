// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: the arena and the VMs that the attacks work on, and the state that must not change.
 * Never: frees a page that NIE has not given back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/esr.h>
#include "attack.h"

#define ARENA_ORDER	8

struct world w;
static struct page *arena;
static u64 first_counts[NIE_NR_KINDS];

/**
 * struct state - what an attack must leave as it was
 * @counts: pages of each kind
 * @info: vm_info of the five handles
 * @leaf: what is mapped at the shared gfns
 * @word: first word of each page of the arena, 0 where the host may not read
 * @can: read 1, write 2
 * @image: may the host read NIE's image
 */
struct state {
	u64 counts[NIE_NR_KINDS];
	u64 info[5][5];
	u64 leaf[NR_RANGE][3];
	u64 word[NR_PLACES];
	u8 can[NR_PLACES];
	long image;
};

u64 pfn_of(u32 place)
{
	return page_to_pfn(arena) + place;
}

void *addr_of(u32 place)
{
	return page_address(arena) + place * PAGE_SIZE;
}

void refill(u32 place, u32 nr)
{
	u64 *word = addr_of(place);
	u32 i;

	for (i = 0; i < nr * PAGE_SIZE / sizeof(*word); i++)
		word[i] = 0x5ec3e70000000000ul + place * 512ul + i;
}

long try_access(enum access op, const void *addr, u64 *value)
{
	u64 esr = attack_asm_access(op, (u64)addr, value);
	u64 ec = ESR_ELx_EC(esr);

	if (!esr)
		return 0;
	if (!(esr & ESR_ELx_S1PTW))
		return -EFAULT;
	return ec == (op == ACCESS_EXEC ? ESR_ELx_EC_IABT_CUR : ESR_ELx_EC_DABT_CUR) ? BY_ABORT :
										       -EFAULT;
}

static void take_counts(u64 *counts)
{
	struct nie_res res;
	u32 k;

	for (k = 0; k < NIE_NR_KINDS; k++)
		counts[k] = nie_hc_stats(&res, k) ? ~0ul : res.r[0];
}

static void take_vm(u64 *info, u64 handle)
{
	struct nie_res res;

	info[0] = (u64)nie_hc_vm_info(&res, handle);
	memcpy(&info[1], res.r, sizeof(res.r));
}

static void take_page(struct state *s, u32 place)
{
	u64 value = 0;

	if (try_access(ACCESS_READ, addr_of(place), &value))
		return;
	s->can[place] = 1;
	s->word[place] = value;
	if (!try_access(ACCESS_WRITE, addr_of(place), &value))
		s->can[place] |= 2;
}

struct state *state_take(void)
{
	struct state *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct nie_res res;
	u64 value;
	u32 i;

	if (!s)
		return NULL;
	if (w.alone)
		take_counts(s->counts);
	take_vm(s->info[0], w.prot);
	take_vm(s->info[1], w.normal);
	take_vm(s->info[2], w.other);
	take_vm(s->info[3], w.dying);
	take_vm(s->info[4], w.stale);
	for (i = 0; i < NR_RANGE; i++) {
		s->leaf[i][0] = (u64)nie_hc_query_guest(&res, w.normal, GFN_SHARED + i);
		s->leaf[i][1] = res.r[0];
		s->leaf[i][2] = res.r[1];
	}
	for (i = 0; i < NR_PLACES; i++)
		take_page(s, i);
	s->image = w.image ? try_access(ACCESS_READ, __va(PFN_PHYS(w.image)), &value) : 0;
	return s;
}

const char *state_differs(const struct state *a, const struct state *b)
{
	if (memcmp(a->counts, b->counts, sizeof(a->counts)))
		return "the counts of pages changed";
	if (memcmp(a->info, b->info, sizeof(a->info)))
		return "a VM changed";
	if (memcmp(a->leaf, b->leaf, sizeof(a->leaf)))
		return "a mapping of the normal VM changed";
	if (memcmp(a->can, b->can, sizeof(a->can)) || a->image != b->image)
		return "what the host may access changed";
	if (memcmp(a->word, b->word, sizeof(a->word)))
		return "the content of a page changed";
	return NULL;
}

u64 vm_make(u64 type, u32 at)
{
	struct nie_res res;
	u64 handle;

	if (nie_hc_vm_create(&res, type, IPA_BITS, pfn_of(FREE + at)))
		return 0;
	handle = res.r[0];
	if (nie_hc_vm_topup(NULL, handle, pfn_of(FREE + at + 1), 4))
		pr_err("no pool for a VM\n");
	return handle;
}

long vm_end(u64 handle, u32 at, u32 nr)
{
	long err;

	err = nie_hc_vm_teardown(NULL, handle);
	if (err && err != -EPERM)
		return err;
	err = nie_hc_vm_reclaim(NULL, handle, pfn_of(0), NR_PLACES);
	if (!err)
		err = nie_hc_vm_destroy(NULL, handle);
	if (!err)
		refill(FREE + at, nr);
	return err;
}

/* The first 2 MiB of RAM that the host may not read; a page that is no RAM. */
static int look_at_ram(struct resource *res, void *unused)
{
	u64 pfn = ALIGN(PFN_UP(res->start), 512);
	u64 value;

	if (!w.hole)
		w.hole = PFN_DOWN(res->start) - 1;
	for (; !w.image && pfn + 512 <= PFN_DOWN(res->end + 1); pfn += 512) {
		if (try_access(ACCESS_READ, __va(PFN_PHYS(pfn)), &value) == BY_ABORT &&
		    try_access(ACCESS_READ, __va(PFN_PHYS(pfn + 511)), &value) == BY_ABORT)
			w.image = pfn;
		cond_resched();
	}
	return 0;
}

static int make_protected(void)
{
	struct nie_res res;

	if (nie_hc_vm_create(&res, NIE_VM_PROTECTED, IPA_BITS, pfn_of(ROOT_P)))
		return -EIO;
	w.prot = res.r[0];
	if (nie_hc_vm_topup(NULL, w.prot, pfn_of(POOL_P), NR_POOL) ||
	    nie_hc_donate_guest(NULL, w.prot, pfn_of(DONATED), GFN_DONATED, NR_RANGE) ||
	    nie_hc_share_nie(NULL, pfn_of(RUN_P)) ||
	    nie_hc_vcpu_create(NULL, w.prot, 0, pfn_of(CTX_P), pfn_of(RUN_P)))
		return -EIO;
	return 0;
}

static int make_normal(void)
{
	struct nie_res res;

	if (nie_hc_vm_create(&res, NIE_VM_NORMAL, IPA_BITS, pfn_of(ROOT_N)))
		return -EIO;
	w.normal = res.r[0];
	memset(addr_of(RUN_N), 0, PAGE_SIZE);
	if (nie_hc_vm_topup(NULL, w.normal, pfn_of(POOL_N), NR_POOL) ||
	    nie_hc_share_guest(NULL, w.normal, pfn_of(SHARED), GFN_SHARED, NR_RANGE,
			       NIE_PROT_R | NIE_PROT_W | NIE_PROT_X) ||
	    nie_hc_share_nie(NULL, pfn_of(RUN_N)) ||
	    nie_hc_vcpu_create(NULL, w.normal, 0, pfn_of(CTX_N), pfn_of(RUN_N)))
		return -EIO;
	return 0;
}

static int make_others(void)
{
	struct nie_res res;

	if (nie_hc_vm_create(&res, NIE_VM_NORMAL, IPA_BITS, pfn_of(ROOT_O)))
		return -EIO;
	w.other = res.r[0];
	if (nie_hc_vm_create(&res, NIE_VM_NORMAL, IPA_BITS, pfn_of(ROOT_D)))
		return -EIO;
	w.dying = res.r[0];
	if (nie_hc_vm_create(&res, NIE_VM_NORMAL, IPA_BITS, pfn_of(ROOT_S)))
		return -EIO;
	w.stale = res.r[0];
	if (nie_hc_vm_topup(NULL, w.other, pfn_of(POOL_O), NR_POOL) ||
	    nie_hc_vm_teardown(NULL, w.dying) || nie_hc_vm_teardown(NULL, w.stale) ||
	    nie_hc_vm_reclaim(NULL, w.stale, pfn_of(ROOT_S), 1) ||
	    nie_hc_vm_destroy(NULL, w.stale) || nie_hc_share_nie(NULL, pfn_of(RUN_FREE)))
		return -EIO;
	refill(ROOT_S, 1);
	/* Its tables are there from the start: an attack that maps and unmaps changes nothing. */
	if (nie_hc_share_guest(NULL, w.other, pfn_of(FREE), GFN_FREE, 1, NIE_PROT_R) ||
	    nie_hc_unshare_guest(NULL, w.other, GFN_FREE, 1))
		return -EIO;
	return 0;
}

int world_make(void)
{
	u32 place;

	arena = alloc_pages(GFP_KERNEL, ARENA_ORDER);
	if (!arena)
		return -ENOMEM;
	for (place = 0; place < NR_PLACES; place++)
		refill(place, 1);
	/* `ret`, for the fetches. */
	*(u32 *)addr_of(RUN_FREE) = 0xd65f03c0;
	*(u32 *)addr_of(DONATED) = 0xd65f03c0;
	take_counts(first_counts);
	w.alone = !first_counts[NIE_K_NIE_TABLE];
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1, NULL,
			    look_at_ram);
	if (!w.image || make_protected() || make_normal() || make_others())
		return -EIO;
	return 0;
}

static void drop(u64 handle)
{
	long err = handle ? vm_end(handle, 0, 0) : 0;

	if (err)
		pr_err("VM %llu does not go away: %ld\n", handle, err);
}

/* Everything back; 0 if all counts are what they were and the host may access every page again. */
int world_end(void)
{
	u64 counts[NIE_NR_KINDS], value;
	u32 lost = 0, place;

	drop(w.prot);
	drop(w.normal);
	drop(w.other);
	drop(w.dying);
	nie_hc_unshare_nie(NULL, pfn_of(RUN_P));
	nie_hc_unshare_nie(NULL, pfn_of(RUN_N));
	nie_hc_unshare_nie(NULL, pfn_of(RUN_FREE));
	for (place = 0; place < NR_PLACES; place++)
		if (try_access(ACCESS_READ, addr_of(place), &value) ||
		    try_access(ACCESS_WRITE, addr_of(place), &value))
			lost++;
	take_counts(counts);
	if (lost)
		return -EIO;		/* and the arena is lost: better than a crash */
	__free_pages(arena, ARENA_ORDER);
	for (place = 0; w.alone && place < NIE_NR_KINDS; place++)
		if (counts[place] != first_counts[place])
			pr_err("%llu pages of kind %u, %llu before\n", counts[place], place,
			       first_counts[place]);
	if (w.alone && memcmp(counts, first_counts, sizeof(counts)))
		return -EIO;
	return 0;
}
