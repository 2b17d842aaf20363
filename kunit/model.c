// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plain meaning of each host call. Written from the design and include/nie/hostcalls.h, not
 * from the core.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "check.h"
#include "model.h"

#define MAX_TABLES	512

struct model_vm {
	u8 state, type, ipa_bits;
	u32 generation;
	u32 free;			/* pages in the pool */
	u32 root;
	u32 nr_tables;
	u64 table[MAX_TABLES];		/* level << 32 | first gfn, of tables below the roots */
};

static struct model {
	struct model_page page[FAKE_NR_PAGES];
	struct model_vm vm[NIE_NR_VMS];
	u32 last[FAKE_NR_CPUS][NIE_NR_VMS];	/* index + 1 of the vCPU that ran there last */
	bool flush;
} m;

static u8 kind_of(u64 pfn)
{
	int i = fake_page_index(pfn);

	if (i >= 0)
		return m.page[i].kind;
	if (pfn / NIE_PER_GIB != FAKE_PLAIN_GIB && pfn / NIE_PER_GIB != FAKE_MIXED_GIB)
		return NIE_K_NOT_RAM;
	return pfn - FAKE_TABLES < 3 * NIE_PER_TABLE ? NIE_K_NIE_IMAGE : NIE_K_HOST;
}

static struct model_page *page(u64 pfn)
{
	return &m.page[fake_page_index(pfn)];
}

static void become(u64 pfn, u8 kind, u16 v, u32 base)
{
	*page(pfn) = (struct model_page){ .kind = kind, .vm = v, .base = base };
}

static bool all_host(u64 pfn, u64 nr)
{
	for (u64 i = 0; i < nr; i++)
		if (kind_of(pfn + i) != NIE_K_HOST)
			return false;
	return true;
}

static bool is_mapped(const struct model_page *p, u16 v)
{
	return (p->kind == NIE_K_HOST_SHARED_GUEST || p->kind == NIE_K_GUEST ||
		p->kind == NIE_K_GUEST_SHARED_HOST) && p->vm == v;
}

static bool has_vm(const struct model_page *p, u16 v)
{
	return (is_mapped(p, v) || p->kind == NIE_K_NIE_FREE || p->kind == NIE_K_NIE_TABLE ||
		p->kind == NIE_K_NIE_CTX) && p->vm == v;
}

/* The context of a vCPU, NULL if there is none. */
static struct model_page *vcpu(u16 v, u64 index)
{
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		if (m.page[i].kind == NIE_K_NIE_CTX && m.page[i].vm == v && m.page[i].base == index)
			return &m.page[i];
	return NULL;
}

/* The next page at or after *i that VM v has mapped in [gfn, gfn + nr). */
static struct model_page *mapped(u16 v, u64 gfn, u64 nr, u32 *i)
{
	for (; *i < FAKE_NR_PAGES; (*i)++)
		if (is_mapped(&m.page[*i], v) && m.page[*i].base - gfn < nr)
			return &m.page[(*i)++];
	return NULL;
}

static bool range(u64 first, u64 nr, u64 limit)
{
	return nr >= 1 && nr <= 512 && first < limit && first + nr <= limit;
}

static bool find(u64 handle, u16 *v)
{
	for (*v = 0; *v < NIE_NR_VMS; (*v)++)
		if (m.vm[*v].state != NIE_VM_NONE && handle == m.vm[*v].generation * 256ul + *v)
			return true;
	return false;
}

static bool gfns_ok(u16 v, u8 type, u64 gfn, u64 nr)
{
	return m.vm[v].state == NIE_VM_LIVE && m.vm[v].type == type &&
	       (gfn + nr) << 12 <= 1ul << m.vm[v].ipa_bits;
}

static bool has_table(u16 v, u64 table)
{
	for (u32 i = 0; i < m.vm[v].nr_tables; i++)
		if (m.vm[v].table[i] == table)
			return true;
	return false;
}

/* The tables missing for a range; makes them if asked to. */
static u32 tables(u16 v, u64 gfn, u64 nr, bool make)
{
	struct model_vm *vm = &m.vm[v];
	u32 before = vm->nr_tables, n;

	for (u64 g = gfn; g < gfn + nr; g++) {
		if (!has_table(v, 2ul << 32 | g >> 18))
			vm->table[vm->nr_tables++] = 2ul << 32 | g >> 18;
		if (!has_table(v, 3ul << 32 | g >> 9))
			vm->table[vm->nr_tables++] = 3ul << 32 | g >> 9;
	}
	n = vm->nr_tables - before;
	if (make)
		vm->free -= n;
	else
		vm->nr_tables = before;
	return n;
}

static int share_nie(const u64 *arg, u64 *out)
{
	if (arg[0] >= NIE_NR_PAGES)
		return -EINVAL;
	if (kind_of(arg[0]) != NIE_K_HOST)
		return -EPERM;
	become(arg[0], NIE_K_HOST_SHARED_NIE, 0, 0);
	return 0;
}

static int unshare_nie(const u64 *arg, u64 *out)
{
	if (arg[0] >= NIE_NR_PAGES)
		return -EINVAL;
	if (kind_of(arg[0]) != NIE_K_HOST_SHARED_NIE)
		return -EPERM;
	if (page(arg[0])->base)
		return -EBUSY;
	become(arg[0], NIE_K_HOST, 0, 0);
	return 0;
}

static int vm_create(const u64 *arg, u64 *out)
{
	u64 roots = arg[1] > 39 && arg[1] < 44 ? 1ul << (arg[1] - 39) : 1;
	u16 v;

	if (arg[0] > 1 || arg[1] < 32 || arg[1] > 43 || arg[2] % roots ||
	    !range(arg[2], roots, NIE_NR_PAGES))
		return -EINVAL;
	if (!all_host(arg[2], roots))
		return -EPERM;
	for (v = 0; v < NIE_NR_VMS; v++)
		if (m.vm[v].state == NIE_VM_NONE && m.vm[v].generation < 0xffffff)
			break;
	if (v == NIE_NR_VMS)
		return -ENOMEM;
	m.vm[v] = (struct model_vm){
		.state = NIE_VM_LIVE, .type = arg[0], .ipa_bits = arg[1], .root = arg[2],
		.generation = m.vm[v].generation + 1,
	};
	for (u64 i = 0; i < roots; i++)
		become(arg[2] + i, NIE_K_NIE_TABLE, v, i);
	for (u32 cpu = 0; cpu < FAKE_NR_CPUS; cpu++)
		m.last[cpu][v] = 0;
	out[0] = m.vm[v].generation * 256ul + v;
	return 0;
}

static int vm_topup(const u64 *arg, u64 *out)
{
	u16 v;

	if (!range(arg[1], arg[2], NIE_NR_PAGES))
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_LIVE || !all_host(arg[1], arg[2]))
		return -EPERM;
	if (m.vm[v].free + arg[2] > 64)
		return -ENOMEM;
	for (u64 i = 0; i < arg[2]; i++)
		become(arg[1] + i, NIE_K_NIE_FREE, v, 0);
	m.vm[v].free += arg[2];
	return 0;
}

static int vm_teardown(const u64 *arg, u64 *out)
{
	u16 v;

	if (!find(arg[0], &v))
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_LIVE)
		return -EPERM;
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		if (m.page[i].kind == NIE_K_NIE_CTX && m.page[i].vm == v && m.page[i].cpu)
			return -EBUSY;
	m.vm[v].state = NIE_VM_DYING;
	m.vm[v].free = 0;
	return 0;
}

static int vm_reclaim(const u64 *arg, u64 *out)
{
	u16 v;

	if (!range(arg[1], arg[2], NIE_NR_PAGES))
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_DYING)
		return -EPERM;
	for (u64 pfn = arg[1]; pfn < arg[1] + arg[2]; pfn++) {
		if (fake_page_index(pfn) < 0 || !has_vm(page(pfn), v))
			continue;
		if (page(pfn)->kind == NIE_K_NIE_CTX)
			page(page(pfn)->run)->base = 0;
		become(pfn, NIE_K_HOST, 0, 0);
		out[0]++;
	}
	return 0;
}

static u32 pages_of(u16 v)
{
	u32 n = 0;

	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		n += has_vm(&m.page[i], v);
	return n;
}

static int vm_destroy(const u64 *arg, u64 *out)
{
	u16 v;

	if (!find(arg[0], &v))
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_DYING)
		return -EPERM;
	if (pages_of(v))
		return -EBUSY;
	m.vm[v].state = NIE_VM_NONE;
	return 0;
}

static int vm_info(const u64 *arg, u64 *out)
{
	u16 v;

	if (!find(arg[0], &v))
		return -ENOENT;
	out[0] = m.vm[v].type;
	out[1] = m.vm[v].state == NIE_VM_DYING;
	out[2] = pages_of(v);
	out[3] = m.vm[v].free;
	return 0;
}

static int vcpu_create(const u64 *arg, u64 *out)
{
	u16 v;

	if (arg[1] >= 512 || arg[2] >= NIE_NR_PAGES || arg[3] >= NIE_NR_PAGES)
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_LIVE || kind_of(arg[2]) != NIE_K_HOST ||
	    kind_of(arg[3]) != NIE_K_HOST_SHARED_NIE)
		return -EPERM;
	if (vcpu(v, arg[1]))
		return -EEXIST;
	if (page(arg[3])->base)
		return -EBUSY;
	become(arg[2], NIE_K_NIE_CTX, v, arg[1]);
	page(arg[2])->run = arg[3];
	page(arg[3])->base = 1;
	return 0;
}

static int map(u16 v, const u64 *arg, u8 kind, u64 prot, u64 *out)
{
	u32 n = 0, need;

	if (mapped(v, arg[2], arg[3], &n))
		return -EEXIST;
	need = tables(v, arg[2], arg[3], false);
	if (need > m.vm[v].free) {
		out[0] = need - m.vm[v].free;
		return -ENOMEM;
	}
	tables(v, arg[2], arg[3], true);
	for (u64 i = 0; i < arg[3]; i++) {
		become(arg[1] + i, kind, v, arg[2] + i);
		page(arg[1] + i)->prot = prot;
		page(arg[1] + i)->young = 1;
	}
	return 0;
}

static int donate_guest(const u64 *arg, u64 *out)
{
	u16 v;

	if (!range(arg[1], arg[3], NIE_NR_PAGES) || !range(arg[2], arg[3], 1ul << 32))
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	if (!gfns_ok(v, NIE_VM_PROTECTED, arg[2], arg[3]) || !all_host(arg[1], arg[3]))
		return -EPERM;
	return map(v, arg, NIE_K_GUEST, NIE_PROT_R | NIE_PROT_W | NIE_PROT_X, out);
}

static int share_guest(const u64 *arg, u64 *out)
{
	bool there = false;
	u16 v;

	if (!range(arg[1], arg[3], NIE_NR_PAGES) || !range(arg[2], arg[3], 1ul << 32) ||
	    arg[4] > 15 || !(arg[4] & 1))
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	if (!gfns_ok(v, NIE_VM_NORMAL, arg[2], arg[3]))
		return -EPERM;
	for (u64 i = 0; i < arg[3]; i++) {
		u64 pfn = arg[1] + i;

		if (kind_of(pfn) == NIE_K_HOST)
			continue;
		if (kind_of(pfn) != NIE_K_HOST_SHARED_GUEST || page(pfn)->vm != v ||
		    page(pfn)->base != arg[2] + i)
			return -EPERM;
		there = true;
	}
	return there ? -EEXIST : map(v, arg, NIE_K_HOST_SHARED_GUEST, arg[4], out);
}

/* What unshare, wrprotect and age have in common. */
static int check_normal_range(const u64 *arg, u16 *v)
{
	if (!range(arg[1], arg[2], 1ul << 32))
		return -EINVAL;
	if (!find(arg[0], v))
		return -ENOENT;
	return gfns_ok(*v, NIE_VM_NORMAL, arg[1], arg[2]) ? 0 : -EPERM;
}

static int unshare_guest(const u64 *arg, u64 *out)
{
	struct model_page *p;
	u32 i = 0;
	u16 v;
	int ret = check_normal_range(arg, &v);

	while (!ret && (p = mapped(v, arg[1], arg[2], &i))) {
		*p = (struct model_page){ .kind = NIE_K_HOST };
		out[0]++;
	}
	return ret;
}

static int wrprotect_guest(const u64 *arg, u64 *out)
{
	struct model_page *p;
	u32 i = 0;
	u16 v;
	int ret = check_normal_range(arg, &v);

	while (!ret && (p = mapped(v, arg[1], arg[2], &i))) {
		out[0] += !!(p->prot & NIE_PROT_W);
		p->prot &= ~NIE_PROT_W;
	}
	return ret;
}

static int age_guest(const u64 *arg, u64 *out)
{
	struct model_page *p;
	u32 i = 0;
	u16 v;
	int ret = arg[3] > 1 ? -EINVAL : check_normal_range(arg, &v);

	while (!ret && (p = mapped(v, arg[1], arg[2], &i))) {
		out[0] += p->young;
		if (arg[3])
			p->young = 0;
	}
	return ret;
}

static int one_normal(u64 handle, u64 gfn, struct model_page **p)
{
	u32 i = 0;
	u16 v;

	if (!find(handle, &v))
		return -ENOENT;
	*p = gfns_ok(v, NIE_VM_NORMAL, gfn, 1) ? mapped(v, gfn, 1, &i) : NULL;
	return *p ? 0 : -EPERM;
}

static int relax_guest(const u64 *arg, u64 *out)
{
	struct model_page *p;
	int ret;

	if (arg[1] >= 1ul << 32 || arg[2] > 15 || !(arg[2] & 1))
		return -EINVAL;
	ret = one_normal(arg[0], arg[1], &p);
	if (ret)
		return ret;
	p->prot |= arg[2] & (NIE_PROT_W | NIE_PROT_X);
	p->young = 1;
	return 0;
}

static int query_guest(const u64 *arg, u64 *out)
{
	struct model_page *p;
	int ret;

	if (arg[1] >= 1ul << 32)
		return -EINVAL;
	ret = one_normal(arg[0], arg[1], &p);
	if (ret)
		return ret;
	out[0] = fake_page_pfn(p - m.page);
	out[1] = p->prot & ~NIE_PROT_NC;
	return 0;
}

static int tlb_flush_vm(const u64 *arg, u64 *out)
{
	u16 v;

	return find(arg[0], &v) ? 0 : -ENOENT;
}

static int vcpu_load(const u64 *arg, u64 *out)
{
	struct model_page *p;
	u32 *last;
	u16 v;

	if (arg[1] >= 512)
		return -EINVAL;
	if (!find(arg[0], &v))
		return -ENOENT;
	p = vcpu(v, arg[1]);
	if (!p)
		return -ENOENT;
	if (m.vm[v].state != NIE_VM_LIVE)
		return -EPERM;
	if (p->cpu || fake.cpu[fake.cpu_index].loaded)
		return -EBUSY;
	p->cpu = fake.cpu_index + 1;
	last = &m.last[fake.cpu_index][v];
	m.flush = *last && *last != arg[1] + 1;
	*last = arg[1] + 1;
	return 0;
}

static struct model_page *loaded(void)
{
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		if (m.page[i].kind == NIE_K_NIE_CTX && m.page[i].cpu == fake.cpu_index + 1)
			return &m.page[i];
	return NULL;
}

static int vcpu_put(const u64 *arg, u64 *out)
{
	struct model_page *p = loaded();

	if (!p)
		return -EPERM;
	p->cpu = 0;
	return 0;
}

static int vcpu_run(const u64 *arg, u64 *out)
{
	if (!loaded())
		return -EPERM;
	out[0] = fake.exit_code;
	return 0;
}

static int stats(const u64 *arg, u64 *out)
{
	if (arg[0] >= NIE_NR_KINDS)
		return -EINVAL;
	/* INV-2 says that this is right. */
	out[0] = nie_counts.kind[arg[0]];
	return 0;
}

static int version(const u64 *arg, u64 *out)
{
	out[0] = 1;
	out[1] = 1;
	out[2] = 0x4e49452d69736f6c;
	out[3] = 0x6174696f6e2d3031;
	return 0;
}

int model_call(u32 nr, const u64 *arg, u64 *out)
{
	switch (nr) {
#define CALL(NAME, name)	case NIE_HC_##NAME: return name(arg, out)
	CALL(VERSION, version);
	CALL(STATS, stats);
	CALL(SHARE_NIE, share_nie);
	CALL(UNSHARE_NIE, unshare_nie);
	CALL(VM_CREATE, vm_create);
	CALL(VM_TOPUP, vm_topup);
	CALL(VM_TEARDOWN, vm_teardown);
	CALL(VM_RECLAIM, vm_reclaim);
	CALL(VM_DESTROY, vm_destroy);
	CALL(VM_INFO, vm_info);
	CALL(VCPU_CREATE, vcpu_create);
	CALL(DONATE_GUEST, donate_guest);
	CALL(SHARE_GUEST, share_guest);
	CALL(UNSHARE_GUEST, unshare_guest);
	CALL(RELAX_GUEST, relax_guest);
	CALL(WRPROTECT_GUEST, wrprotect_guest);
	CALL(AGE_GUEST, age_guest);
	CALL(QUERY_GUEST, query_guest);
	CALL(TLB_FLUSH_VM, tlb_flush_vm);
	CALL(VCPU_LOAD, vcpu_load);
	CALL(VCPU_PUT, vcpu_put);
	CALL(VCPU_RUN, vcpu_run);
#undef CALL
	default:
		return -EACCES;
	}
}

/* The page of a protected VM at a gfn. */
static struct model_page *own_page(u16 v, u64 gfn)
{
	u32 i = 0;

	return gfns_ok(v, NIE_VM_PROTECTED, gfn, 1) ? mapped(v, gfn, 1, &i) : NULL;
}

int model_guest_call(u16 v, u64 gfn, u32 fn)
{
	struct model_page *p = own_page(v, gfn);

	if (!p)
		return -ENOENT;
	if (p->kind != (fn == NIE_GC_MEM_UNSHARE ? NIE_K_GUEST_SHARED_HOST : NIE_K_GUEST))
		return -EPERM;
	if (fn == NIE_GC_MEM_RELINQUISH)
		*p = (struct model_page){ .kind = NIE_K_HOST };
	else
		p->kind = fn == NIE_GC_MEM_SHARE ? NIE_K_GUEST_SHARED_HOST : NIE_K_GUEST;
	return 0;
}

void model_set_generation(u16 v, u32 generation)
{
	m.vm[v].generation = generation;
}

bool model_flush(void)
{
	return m.flush;
}

void model_reset(void)
{
	memset(&m, 0, sizeof(m));
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		m.page[i].kind = NIE_K_HOST;
	for (u32 i = 0; i < 256; i++) {
		page(FAKE_IMAGE + i)->kind = NIE_K_NIE_IMAGE;
		page(FAKE_DEVICE + i)->kind = NIE_K_NIE_DEVICE;
		page(FAKE_DEVICE + 256 + i)->kind = NIE_K_NOT_RAM;
		page(FAKE_HOLE + i)->kind = NIE_K_NOT_RAM;
		page(FAKE_HOLE + 256 + i)->kind = NIE_K_NOT_RAM;
		page(FAKE_LAST + i)->kind = NIE_K_NOT_RAM;
	}
	become(FAKE_PANIC, NIE_K_HOST_SHARED_NIE, 0, 1);
}

/* A table below the roots is a free page to the model. */
static u8 plain_kind(const struct nie_page *p)
{
	return p->kind == NIE_K_NIE_TABLE && p->level > 1 ? NIE_K_NIE_FREE : p->kind;
}

static const char *compare_leaf(u32 pfn, const struct model_page *p)
{
	u64 e = check_walk(p->vm, p->base);

	if ((u32)(e >> 12 & 0xfffffffful) != pfn)
		return check_fail("page %x: leaf %lx", pfn, (unsigned long)e);
	if (!(e >> 7 & 1) != !(p->prot & NIE_PROT_W) ||
	    !(e >> 54 & 1) != !!(p->prot & NIE_PROT_X) || (e >> 10 & 1) != p->young ||
	    (e >> 2 & 15) != (p->prot & NIE_PROT_NC ? 5 : 15) || (e >> 53 & 1) ||
	    (e & ~0xffffffff000ul) >> 55 != 0)
		return check_fail("page %x: leaf %lx, expected prot %x young %u", pfn,
				  (unsigned long)e, p->prot, p->young);
	return NULL;
}

static const char *compare_page(u32 pfn, const struct model_page *p)
{
	const struct nie_page *c = &nie_pages.p[pfn];

	if (p->kind == NIE_K_HOST && c->kind == NIE_K_HOST && !c->vm && !c->base)
		return NULL;
	if (plain_kind(c) != p->kind)
		return check_fail("page %x is of kind %u, expected %u", pfn, plain_kind(c),
				  p->kind);
	if (c->vm != p->vm)
		return check_fail("page %x has VM %u, expected %u", pfn, c->vm, p->vm);
	if (p->kind != NIE_K_NIE_FREE && c->base != p->base)
		return check_fail("page %x has base %x, expected %x", pfn, c->base, p->base);
	if (p->kind == NIE_K_NIE_CTX) {
		const struct nie_vcpu *vcpu = (const struct nie_vcpu *)fake_content(pfn);

		if (vcpu->run_pfn != p->run || vcpu->cpu + 1 != p->cpu)
			return check_fail("context %x", pfn);
	}
	if (is_mapped(p, p->vm) && m.vm[p->vm].state == NIE_VM_LIVE)
		return compare_leaf(pfn, p);
	return NULL;
}

static const char *compare_vm(u16 v)
{
	const struct nie_vm *c = &nie_vms.vm[v];
	const struct model_vm *vm = &m.vm[v];

	if (c->state != vm->state || c->generation != vm->generation)
		return check_fail("VM %u: state %u generation %x, expected %u, %x", v, c->state,
				  c->generation, vm->state, vm->generation);
	if (vm->state == NIE_VM_NONE)
		return NULL;
	if (c->type != vm->type || c->ipa_bits != vm->ipa_bits || c->root_pfn != vm->root ||
	    c->pool_nr != vm->free)
		return check_fail("VM %u: type %u bits %u root %x free %u, expected %u", v, c->type,
				  c->ipa_bits, c->root_pfn, c->pool_nr, vm->free);
	return NULL;
}

/* The tables of live VMs below their roots: those that the model says, no others. */
static const char *compare_tables(void)
{
	u32 tables[NIE_NR_VMS] = { 0 };

	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		const struct nie_page *p = &nie_pages.p[fake_page_pfn(i)];

		if (p->kind != NIE_K_NIE_TABLE || p->level == 1 || m.vm[p->vm].state != NIE_VM_LIVE)
			continue;
		if (!has_table(p->vm, (u64)p->level << 32 | p->base))
			return check_fail("VM %u: table of level %u, base %x", p->vm, p->level,
					  p->base);
		tables[p->vm]++;
	}
	for (u16 v = 0; v < NIE_NR_VMS; v++)
		if (m.vm[v].state == NIE_VM_LIVE && tables[v] != m.vm[v].nr_tables)
			return check_fail("VM %u: %u tables, expected %u", v, tables[v],
					  m.vm[v].nr_tables);
	return NULL;
}

const char *model_compare(void)
{
	const char *bad = NULL;

	for (u32 i = 0; i < FAKE_NR_PAGES && !bad; i++)
		bad = compare_page(fake_page_pfn(i), &m.page[i]);
	for (u16 v = 0; v < NIE_NR_VMS && !bad; v++)
		bad = compare_vm(v);
	return bad ? bad : compare_tables();
}
