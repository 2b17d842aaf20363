// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of the oracle: the core on the fake machine of kunit/. Makes up a trace, or reads one,
 * carries it out, and prints each line with what came of it and a digest of the whole state:
 *
 *	C cpu nr a0 a1 a2 a3 a4 | x0 x1 x2 x3 x4 x5 flush | digest	host call
 *	H cpu pfn word fetch | allowed value | digest			host read
 *	W cpu pfn word value | allowed | digest				host write
 *	G cpu gfn word fetch | allowed value | digest			guest read, of the loaded vCPU
 *	S cpu gfn word value | allowed | digest				guest write
 *	M cpu gfn call 0 | done | digest				guest call: 1 share,
 *									0 unshare, 2 relinquish
 *
 * All numbers hexadecimal; flush: the call flushed this CPU's TLB for the VM. The first lines say
 * what there is at seal: B first nr kind used, for records; P, sizes; K, counts.
 *
 * usage: core gen SEED N	core replay <TRACE	core dump <TRACE	core table	core errors
 */
#include <linux/kernel.h>
#include <arch/lock.h>
#include <arch/pte.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>
#include "kunit/check.h"
#include "nie/el2/host.h"
#include "nie/el2/launch.h"
#include "nie/el2/protected.h"
#include "nie/el2/xfer.h"

/* For kunit/check.c. */
const char *check_fail(const char *format, ...)
{
	static char why[160];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return why;
}

/* The digest: exclusive or over all items of the state; OCaml's integers have 63 bits. */
#define MASK	0x7ffffffffffffffful
#define FACTOR	0x2545f4914f6cdd1dul
#define START	0x1e3779b97f4a7c15ul

static u64 digest;
static bool print_items;

static void item(u64 tag, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const u64 field[] = { tag, a, b, c, d, e };
	u64 x = START;

	if (print_items)
		printf("%lx %lx %lx %lx %lx %lx\n", tag, a, b, c, d, e);
	for (u32 i = 0; i < 6; i++) {
		x = ((x ^ (field[i] & MASK)) * FACTOR) & MASK;
		x ^= x >> 31;
	}
	digest ^= x;
}

#define CONTENT		(FAKE_NR_CONTENT * NIE_PER_TABLE)

static const u32 words[] = { 0, 1, 511 };
static struct nie_page boot[FAKE_NR_PAGES];

static void page_items(void)
{
	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		u32 pfn = fake_page_pfn(i);
		const struct nie_page *p = &nie_pages.p[pfn];

		if (memcmp(p, &boot[i], sizeof(*p)))
			item(1, pfn, p->kind, p->level, p->vm, p->base);
		if (i >= CONTENT || p->kind == NIE_K_NIE_FREE || p->kind == NIE_K_NIE_TABLE ||
		    p->kind == NIE_K_NIE_CTX)
			continue;
		for (u32 w = 0; w < ARRAY_SIZE(words); w++)
			if (fake_memory(i)[words[w]])
				item(11, pfn, words[w], fake_memory(i)[words[w]], 0, 0);
	}
}

/* The tables of a live VM, from the root down. */
static void table_items(u16 v, u32 table, u32 level, u64 base)
{
	for (u64 i = 0; i < NIE_PER_TABLE; i++) {
		u64 e = nie_tables.t[table].e[i];
		u32 pfn = (u32)(e >> 12);

		if (!(e & 1))
			continue;
		if (level < 3) {
			item(8, v, level + 1, base * 512 + i, pfn, 0);
			table_items(v, pfn, level + 1, base * 512 + i);
		} else {
			item(7, v, base * 512 + i, pfn,
			     (e & PTE_S2_W ? 1 : 0) | (e & PTE_S2_XN ? 0 : 2) |
			     ((e >> 2 & 15) == 5 ? 4 : 0), !!(e & PTE_S2_AF));
		}
	}
}

static void vm_items(u16 v)
{
	const struct nie_vm *vm = &nie_vms.vm[v];

	if (vm->state == NIE_VM_NONE) {
		if (vm->generation)
			item(3, v, vm->generation, 0, 0, 0);
		return;
	}
	item(2, v, vm->state, vm->type, vm->ipa_bits, vm->root_pfn);
	item(3, v, vm->generation, vm->pool_nr, vm->loaded, nie_counts.vm[v]);
	if (nie_launch.vm[v].generation == vm->generation && nie_launch.vm[v].started)
		item(12, v, 1, 0, 0, 0);
	for (u32 i = 0; i < vm->pool_nr; i++)
		item(4, v, i, vm->pool[i], 0, 0);
	for (u32 i = 0; i < NIE_NR_VCPUS; i++) {
		const struct nie_vcpu *vcpu;

		if (vm->vcpu[i] == NIE_NO_PAGE)
			continue;
		vcpu = arch_vcpu(vm->vcpu[i]);
		item(5, vcpu->vm, vcpu->index, vm->vcpu[i], vcpu->run_pfn, 0);
		if (vcpu->cpu == NIE_NO_CPU)
			continue;
		item(6, vcpu->cpu, v, i, 0, 0);
		if (!fake.cpu[vcpu->cpu].loaded || fake.cpu[vcpu->cpu].ctx_pfn != vm->vcpu[i])
			item(60, vcpu->cpu, v, i, 0, 0);
	}
	for (u32 cpu = 0; cpu < FAKE_NR_CPUS; cpu++)
		if (vm->last_vcpu[cpu])
			item(9, v, cpu, vm->last_vcpu[cpu], 0, 0);
	if (vm->state == NIE_VM_LIVE)
		for (u32 i = 0; i < vm->nr_roots; i++)
			table_items(v, vm->root_pfn + i, 1, i);
}

static void state_items(void)
{
	digest = 0;
	page_items();
	for (u16 v = 0; v < NIE_NR_VMS; v++)
		vm_items(v);
	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		item(10, k, nie_counts.kind[k], 0, 0, 0);
}

/* Accesses. */

static bool host_may(u64 pfn, bool fetch)
{
	u32 need = fetch ? NIE_PERM_RWX : NIE_PERM_RW;
	bool again;

	if (pfn >> 52)
		return false;
	if (fake_page_index(pfn) >= 0 && nie_page_kind(pfn) != NIE_K_NOT_RAM)
		return fake_host_reach((u32)pfn) >= need;
	nie_lock();
	again = nie_host_fault(pfn * NIE_PAGE_SIZE, fetch);
	nie_unlock();
	return again;
}

/* The memory that the loaded vCPU of a CPU reaches at a gfn, NULL if it faults; marks the access. */
static u64 *guest_page(u32 cpu, u64 gfn, bool write, bool fetch)
{
	u32 t, i;
	u64 e;
	u16 v;

	if (!fake.cpu[cpu].loaded)
		return NULL;
	v = nie_pages.p[fake.cpu[cpu].ctx_pfn].vm;
	if (gfn >> (nie_vms.vm[v].ipa_bits - 12))
		return NULL;
	t = nie_vms.vm[v].root_pfn + (u32)(gfn >> 27);
	for (u32 level = 1; ; level++) {
		i = gfn >> (27 - 9 * level) & 511;
		e = nie_tables.t[t].e[i];
		if (!(e & 1))
			return NULL;
		if (level == 3)
			break;
		t = (u32)(e >> 12);
	}
	if ((write && !(e & PTE_S2_W)) || (fetch && e & PTE_S2_XN))
		return NULL;
	fake_memory(fake_page_index(t))[i] = e | PTE_S2_AF;
	return fake_content(e >> 12 & 0xffffffff);
}

static bool loaded_protected(u32 cpu)
{
	return fake.cpu[cpu].loaded && arch_vcpu(fake.cpu[cpu].ctx_pfn)->is_protected;
}

/* What its run does to a protected vCPU before the world switch, which is not here. */
static void start(u32 cpu)
{
	u32 ctx = fake.cpu[cpu].ctx_pfn;

	if (loaded_protected(cpu) && arch_private(ctx)->power != NIE_POWER_ON)
		nie_start(arch_vcpu(ctx), arch_private(ctx), 0, 0);
}

/* The loaded vCPU's VM shares its page at a gfn, ends that, or gives the page back: did it? */
static bool guest_call(u32 cpu, u32 gfn, u64 call)
{
	u64 *page = loaded_protected(cpu) ? guest_page(cpu, gfn, false, false) : NULL;
	u32 pfn = page ? (u32)(page - fake_memory(0)) / NIE_PER_TABLE : 0;
	u8 kind = page ? nie_pages.p[fake_page_pfn(pfn)].kind : 0;
	u16 v;
	int ret;

	if (!loaded_protected(cpu))
		return false;
	v = nie_pages.p[fake.cpu[cpu].ctx_pfn].vm;
	if (kind == NIE_K_GUEST && call == 1)
		fake_declassify(fake_page_pfn(pfn));
	nie_lock();
	ret = call == 1 ? nie_xfer_guest_share(v, gfn) : call == 0 ? nie_xfer_guest_unshare(v, gfn) :
	      nie_xfer_guest_relinquish(v, gfn);
	nie_unlock();
	if (!ret && call == 0)
		fake_classify(fake_page_pfn(pfn));
	return !ret;
}

struct op {
	char what;
	u64 cpu, a[6];
};

#define NR_ARGS(o)	((o)->what == 'C' ? 6 : 3)

static void print_list(const u64 *x, u32 n)
{
	for (u32 i = 0; i < n; i++)
		printf(" %lx", x[i]);
}

static void host_call(const struct op *o, u64 *result)
{
	static struct nie_host_regs r;

	r.x[0] = NIE_HC_ID(o->a[0]);
	for (u32 i = 0; i < 5; i++)
		r.x[1 + i] = o->a[1 + i];
	/* A protected vCPU only ever leaves for an interrupt here. */
	fake.exit_code = loaded_protected((u32)o->cpu) ? NIE_EXIT_IRQ : o->a[1] & 7;
	fake.flushed = false;
	if (o->a[0] == NIE_HC_VCPU_RUN)
		start((u32)o->cpu);
	nie_hostcall((u32)o->a[0], &r);
	for (u32 i = 0; i < 6; i++)
		result[i] = r.x[i];
	result[6] = fake.flushed;
}

/* Carry out one line; returns the number of results. */
static u32 execute(const struct op *o, u64 *result)
{
	u64 *p;

	fake.cpu_index = (u32)o->cpu;
	switch (o->what) {
	case 'C':
		host_call(o, result);
		return 7;
	case 'H':
	case 'W':
		result[0] = host_may(o->a[0], o->what == 'H' && o->a[2]);
		p = fake_content((u32)o->a[0]);
		result[1] = 0;
		if (!result[0])
			return o->what == 'H' ? 2 : 1;
		if (o->what == 'H') {
			result[1] = p ? p[o->a[1]] : 0;
			return 2;
		}
		if (p)
			p[o->a[1]] = o->a[2];
		return 1;
	case 'M':
		start((u32)o->cpu);
		result[0] = guest_call((u32)o->cpu, (u32)o->a[0], o->a[1]);
		return 1;
	default:
		start((u32)o->cpu);
		p = guest_page((u32)o->cpu, o->a[0], o->what == 'S', o->what == 'G' && o->a[2]);
		result[0] = p != NULL;
		result[1] = p && o->what == 'G' ? p[o->a[1]] : 0;
		if (p && o->what == 'S')
			p[o->a[1]] = o->a[2];
		return o->what == 'G' ? 2 : 1;
	}
}

static struct op current;

/* The core reached for a page that it has not mapped, or worse. */
static void died(int sig)
{
	printf("%c %lx", current.what, current.cpu);
	print_list(current.a, NR_ARGS(&current));
	printf(" | | \n! the core died of signal %d\n", sig);
	fflush(stdout);
	_exit(1);
}

static bool run(const struct op *o)
{
	static u64 count;
	u64 result[7];
	const char *bad;
	u32 n;

	current = *o;
	n = execute(o, result);
	state_items();
	printf("%c %lx", o->what, o->cpu);
	print_list(o->a, NR_ARGS(o));
	printf(" |");
	print_list(result, n);
	printf(" | %lx\n", digest);
	bad = fake.complaint[0] ? fake.complaint : fake_check_guest_tlb();
	if (!bad && ++count % 512 == 0)
		bad = check_invariants();
	if (bad)
		printf("! %s\n", bad);
	return !bad;
}

/* Making traces up. */

static u64 seed;

/* xorshift64* (Vigna) */
static u32 pick(u32 below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (u32)(seed * 0x2545f4914f6cdd1dul >> 33) % below;
}

static u64 wild(void)
{
	switch (pick(4)) {
	case 0: return ~0ul - pick(600);
	case 1: return 1ul << pick(64);
	case 2: return NIE_NR_PAGES - pick(600);
	default: return pick(1000);
	}
}

/* A VM in this state, if there is one. */
static u16 some_vm(u8 state)
{
	u16 start = (u16)pick(NIE_NR_VMS);

	for (u32 i = 0; i < NIE_NR_VMS; i++)
		if (nie_vms.vm[(start + i) % NIE_NR_VMS].state == state)
			return (start + i) % NIE_NR_VMS;
	return start;
}

static u32 nr_live(void)
{
	u32 n = 0;

	for (u32 v = 0; v < NIE_NR_VMS; v++)
		n += nie_vms.vm[v].state == NIE_VM_LIVE;
	return n;
}

static u64 handle_of(u16 v)
{
	return nie_vms.vm[v].generation * 256ul + v;
}

/* A page of this kind, of this VM unless that is NIE_NO_VM. */
static u64 pfn_of(u8 kind, u16 v)
{
	u32 start = pick(CONTENT);

	for (u32 i = 0; i < CONTENT; i++) {
		u32 pfn = fake_page_pfn((start + i) % CONTENT);
		const struct nie_page *p = &nie_pages.p[pfn];

		if (p->kind == kind && (v == NIE_NO_VM || p->vm == v))
			return pfn;
	}
	return FAKE_PLAIN(pick(6)) + pick(512);
}

/* A page whose record names this VM. */
static u64 named_pfn(u16 v)
{
	u32 start = pick(CONTENT);

	for (u32 i = 0; i < CONTENT; i++) {
		u32 pfn = fake_page_pfn((start + i) % CONTENT);

		if (nie_page_names_vm(nie_pages.p[pfn].kind) && nie_pages.p[pfn].vm == v)
			return pfn;
	}
	return fake_page_pfn(start);
}

/* Single pages come from the first arenas, so that the others have room for ranges. */
static u64 single_pfn(void)
{
	for (u32 i = 0; i < 20; i++) {
		u32 pfn = fake_page_pfn(pick(3 * NIE_PER_TABLE));

		if (nie_pages.p[pfn].kind == NIE_K_HOST)
			return pfn;
	}
	return pfn_of(NIE_K_HOST, NIE_NO_VM);
}

/* The start of a range of the host's own pages, with luck. */
static u64 range_pfn(u64 nr)
{
	u64 pfn = 0;

	for (u32 i = 0; i < 12; i++) {
		u32 n = 0;

		pfn = fake_page_pfn(3 * NIE_PER_TABLE + pick(CONTENT - 3 * NIE_PER_TABLE));
		if (pick(4) == 0)
			pfn -= pfn % 512;
		while (n < nr && n < 64 && nie_page_kind(pfn + n) == NIE_K_HOST)
			n++;
		if (n == nr || n == 64)
			break;
	}
	return pfn;
}

static u64 some_pfn(void)
{
	static const u32 base[] = {
		FAKE_PLAIN(0), FAKE_PLAIN(2) - 8, FAKE_MIXED(0) - 8, FAKE_MIXED(1), FAKE_MIXED(3) - 8,
	};

	if (pick(60) == 0)
		return FAKE_IMAGE + pick(0x500);
	if (pick(3) == 0)
		return fake_page_pfn(pick(CONTENT));
	return base[pick(ARRAY_SIZE(base))] + pick(32);
}

static u64 some_gfn(void)
{
	static const u64 base[] = {
		0, 0, 0x1f0, 0x1f0, 0x400, 0x3fff0, 0xffff0, 0x7fffff0, 0x40000000,
	};

	return base[pick(ARRAY_SIZE(base))] + pick(24);
}

/* A gfn where something is mapped, if there is. */
static u64 mapped_gfn(u16 v)
{
	u64 pfn = pfn_of(nie_vms.vm[v].type == NIE_VM_NORMAL ? NIE_K_HOST_SHARED_GUEST : NIE_K_GUEST, v);

	return nie_pages.p[pfn].base;
}

static u64 some_nr(void)
{
	static const u32 most[] = { 1, 2, 4, 8, 16, 16, 40, 64, 513 };

	return pick(most[pick(ARRAY_SIZE(most))]) + (pick(50) != 0);
}

static const struct row {
	u32 nr;
	const char *name, *phase, *args;
	u32 nr_args;
	int errors[8];
} rows[] = {
#define LIST(...) { __VA_ARGS__ }
#define ROW(nr, NAME, name, phase, nargs, args, outs, lock, errors, doc)	\
	{ nr, #name, #phase, #args, nargs, LIST errors },
	NIE_HOSTCALLS(ROW)
#undef ROW
#undef LIST
};

/* An argument, by its name in the table; false if no such name is known. */
static bool argument(const char *name, const struct row *row, u16 v, u64 *x)
{
	if (!strcmp(name, "handle"))
		*x = handle_of(v) - (pick(100) == 0 ? 256 : 0);
	else if (!strcmp(name, "kind"))
		*x = pick(NIE_NR_KINDS + 1);
	else if (!strcmp(name, "type"))
		*x = pick(2);
	else if (!strcmp(name, "ipa_bits"))
		*x = pick(8) ? 32 + pick(12) : pick(64);
	else if (!strcmp(name, "root_pfn"))
		*x = pick(4) ? single_pfn() & ~(pick(2) ? 15ul : 0ul) : some_pfn();
	else if (!strcmp(name, "ctx_pfn"))
		*x = pick(8) ? single_pfn() : some_pfn();
	else if (!strcmp(name, "run_pfn"))
		*x = pick(8) ? pfn_of(NIE_K_HOST_SHARED_NIE, NIE_NO_VM) : some_pfn();
	else if (!strcmp(name, "index"))
		*x = pick(12) ? pick(row->nr == NIE_HC_VCPU_LOAD ? 3 : 5) : 508 + pick(8);
	else if (!strcmp(name, "gfn"))
		*x = pick(3) ? some_gfn() : mapped_gfn(v);
	else if (!strcmp(name, "nr"))
		*x = row->nr == NIE_HC_VM_RECLAIM && pick(4) ? 512 : some_nr();
	else if (!strcmp(name, "prot"))
		*x = pick(16) | (pick(8) != 0);
	else if (!strcmp(name, "clear"))
		*x = pick(2) + (pick(20) == 0);
	else if (!strcmp(name, "pfn") && row->nr == NIE_HC_UNSHARE_NIE)
		*x = pick(4) ? pfn_of(NIE_K_HOST_SHARED_NIE, NIE_NO_VM) : some_pfn();
	else if (!strcmp(name, "pfn") && row->nr == NIE_HC_VM_RECLAIM)
		*x = named_pfn(v) & ~(pick(4) ? 511ul : 0ul);
	else if (!strcmp(name, "pfn") && row->nr == NIE_HC_SHARE_NIE)
		*x = pick(4) ? single_pfn() : some_pfn();
	else if (!strcmp(name, "pfn"))
		*x = pick(6) ? range_pfn(pick(40)) : some_pfn();
	else
		return false;
	if (pick(150) == 0)
		*x = wild();
	return true;
}

/* A live VM of this type, with luck. */
static u16 live_vm(u8 type)
{
	u16 v = 0;

	for (u32 i = 0; i < 8; i++) {
		v = some_vm(NIE_VM_LIVE);
		if (nie_vms.vm[v].type == type)
			break;
	}
	return v;
}

/* The VM that a call is most likely to be about. */
static u16 vm_for(u32 nr)
{
	if (pick(10) == 0)
		return (u16)pick(8);
	switch (nr) {
	case NIE_HC_DONATE_GUEST:
		return live_vm(NIE_VM_PROTECTED);
	case NIE_HC_SHARE_GUEST:
	case NIE_HC_UNSHARE_GUEST:
	case NIE_HC_RELAX_GUEST:
	case NIE_HC_WRPROTECT_GUEST:
	case NIE_HC_AGE_GUEST:
	case NIE_HC_QUERY_GUEST:
		return live_vm(NIE_VM_NORMAL);
	case NIE_HC_VM_RECLAIM:
	case NIE_HC_VM_DESTROY:
		return some_vm(NIE_VM_DYING);
	default:
		return some_vm(NIE_VM_LIVE);
	}
}

/* More often than others: what a VM needs to get anywhere; seldom: what leads nowhere. */
static u32 weight(const struct row *row)
{
	if (row->phase[0] != 'S')
		return 2;
	switch (row->nr) {
	case NIE_HC_SHARE_NIE:
		return 6;
	case NIE_HC_VM_TEARDOWN:
		return 4;
	case NIE_HC_VM_INFO:
	case NIE_HC_TLB_FLUSH_VM:
		return 4;
	case NIE_HC_VM_RECLAIM:
	case NIE_HC_VM_TOPUP:
	case NIE_HC_VCPU_LOAD:
		return 16;
	case NIE_HC_DONATE_GUEST:
	case NIE_HC_SHARE_GUEST:
		return 40;
	default:
		return 8;
	}
}

static void some_call(struct op *o)
{
	const struct row *row;
	char text[64], *name, *rest;
	u32 sum = 0, n = 1, i;
	static u32 nr;
	bool crowd;
	u16 v;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		sum += weight(&rows[i]);
	sum = pick(sum);
	for (i = 0; sum >= weight(&rows[i]); i++)
		sum -= weight(&rows[i]);
	row = &rows[i];
	/* From time to time VMs are made and not destroyed, until no slot is left. */
	crowd = nr++ / 4096 % 16 == 15;
	if (row->nr == NIE_HC_VM_CREATE && nr_live() > 6 && !crowd && pick(30))
		row = &rows[pick(ARRAY_SIZE(rows))];
	if (row->nr == NIE_HC_VM_DESTROY && crowd)
		row = &rows[pick(ARRAY_SIZE(rows))];
	if (row->nr == NIE_HC_VM_TEARDOWN && nr_live() < 5 && pick(10))
		row = &rows[pick(ARRAY_SIZE(rows))];
	o->a[0] = pick(300) ? row->nr : pick(256);
	v = vm_for(row->nr);
	snprintf(text, sizeof(text), "%s", row->args);
	for (name = strtok_r(text, "(), ", &rest); name; name = strtok_r(NULL, "(), ", &rest)) {
		if (!argument(name, row, v, &o->a[n])) {
			fprintf(stderr, "core: no values for argument `%s` of %s\n", name, row->name);
			exit(2);
		}
		n++;
	}
	for (; n < 6; n++)
		o->a[n] = row->nr == NIE_HC_VCPU_RUN || pick(4) == 0 ? pick(8) : 0;
	/* A page where it is shared already. */
	if (row->nr == NIE_HC_SHARE_GUEST && pick(8) == 0) {
		o->a[2] = pfn_of(NIE_K_HOST_SHARED_GUEST, v);
		o->a[3] = o->a[2] < NIE_NR_PAGES ? nie_pages.p[o->a[2]].base : 0;
	}
}

static void some_access(struct op *o)
{
	o->what = "HWGSM"[pick(5)];
	if (o->what == 'H' || o->what == 'W') {
		o->a[0] = pick(20) ? some_pfn() : wild();
	} else {
		u16 v = some_vm(NIE_VM_LIVE);

		for (u32 i = 0; i < 4 && !fake.cpu[o->cpu].loaded; i++)
			o->cpu = pick(FAKE_NR_CPUS);
		if (fake.cpu[o->cpu].loaded)
			v = nie_pages.p[fake.cpu[o->cpu].ctx_pfn].vm;
		o->a[0] = pick(4) ? mapped_gfn(v) : some_gfn();
	}
	o->a[1] = o->what == 'M' ? pick(3) : words[pick(ARRAY_SIZE(words))];
	o->a[2] = o->what == 'H' || o->what == 'G' ? pick(4) == 0 : pick(1000000);
}

/* A call that would change pages that have no memory here, or a write there. */
static bool out_of_bounds(const struct op *o)
{
	u64 pfn = o->a[0], n = 1;

	if (o->what == 'W')
		return host_may(pfn, false) && !fake_content((u32)pfn);
	if (o->what != 'C')
		return false;
	switch (o->a[0]) {
	case NIE_HC_SHARE_NIE:
		pfn = o->a[1];
		break;
	case NIE_HC_VM_CREATE:
		pfn = o->a[3];
		n = 16;
		break;
	case NIE_HC_VCPU_CREATE:
		pfn = o->a[3];
		break;
	case NIE_HC_VM_TOPUP:
		pfn = o->a[2];
		n = o->a[3];
		break;
	case NIE_HC_DONATE_GUEST:
	case NIE_HC_SHARE_GUEST:
		pfn = o->a[2];
		n = o->a[4];
		break;
	default:
		return false;
	}
	for (u64 i = 0; i < n && i <= NIE_MAX_RANGE; i++)
		if (nie_page_kind(pfn + i) == NIE_K_HOST &&
		    (fake_page_index(pfn + i) < 0 || !fake_content((u32)(pfn + i))))
			return true;
	return false;
}

static int generate(u64 n)
{
	for (u64 i = 0; i < n;) {
		struct op o = { .what = 'C', .cpu = pick(FAKE_NR_CPUS) };

		if (pick(5) == 0)
			some_access(&o);
		else
			some_call(&o);
		if (out_of_bounds(&o))
			continue;
		if (!run(&o))
			return 1;
		i++;
	}
	return 0;
}

/* A trace from standard input; what follows the first | of a line is not looked at. */
static int replay(bool dump)
{
	char line[512];

	while (fgets(line, sizeof(line), stdin)) {
		struct op o = { .what = line[0] };
		char *p = line + 1;

		if (!strchr("CHWGSM", line[0]))
			continue;
		o.cpu = strtoul(p, &p, 16);
		for (u32 i = 0; i < NR_ARGS(&o); i++)
			o.a[i] = strtoul(p, &p, 16);
		if (o.cpu >= FAKE_NR_CPUS || out_of_bounds(&o))
			continue;
		if (!run(&o) && !dump)
			return 1;
	}
	if (dump) {
		print_items = true;
		printf("= state\n");
		state_items();
	}
	return 0;
}

static void print_boot(void)
{
	u64 first = 0;

	for (u64 pfn = 1; pfn <= NIE_NR_PAGES; pfn++) {
		bool used = nie_page_kind(first) == NIE_K_HOST_SHARED_NIE && nie_pages.p[first].base;

		if (pfn < NIE_NR_PAGES && nie_page_kind(pfn) == nie_page_kind(first))
			continue;
		printf("B %lx %lx %x %x\n", first, pfn - first, nie_page_kind(first), used);
		first = pfn;
	}
	for (u32 i = 0; i < FAKE_NR_PAGES; i++)
		boot[i] = nie_pages.p[fake_page_pfn(i)];
	printf("P %lx %lx %x %x %x %x %x\n", NIE_NR_PAGES, nie_host_nr_pages, NIE_NR_VMS, NIE_NR_VCPUS,
	       NIE_NR_POOL, FAKE_NR_CPUS, NIE_GEN_MAX);
	for (u32 k = 0; k < NIE_NR_KINDS; k++)
		printf("K %x %lx\n", k, (u64)nie_counts.kind[k]);
}

/* What a call may return after seal: number and error, as in a line of a trace. */
static void print_errors(const struct row *row)
{
	if (!strcmp(row->phase, "EARLY") || !strcmp(row->phase, "DEBUG")) {
		printf("%x %lx\n", row->nr, (u64)-EACCES);
		return;
	}
	for (u32 i = 0; row->errors[i]; i++)
		printf("%x %lx\n", row->nr, (u64)-row->errors[i]);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "table")) {
		for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
			printf("%x %s %s %x\n", rows[i].nr, rows[i].name, rows[i].phase, rows[i].nr_args);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "errors")) {
		for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
			print_errors(&rows[i]);
		return 0;
	}
	if (fake_init())
		return 2;
	signal(SIGSEGV, died);
	signal(SIGBUS, died);
	print_boot();
	if (argc == 4 && !strcmp(argv[1], "gen")) {
		seed = strtoul(argv[2], NULL, 0) * 2 + 1;
		return generate(strtoul(argv[3], NULL, 0));
	}
	if (argc == 2 && !strcmp(argv[1], "replay"))
		return replay(false);
	if (argc == 2 && !strcmp(argv[1], "dump"))
		return replay(true);
	fprintf(stderr, "usage: core gen SEED N | core replay <TRACE | core dump <TRACE | core table | core errors\n");
	return 2;
}
