// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions of memory: each state of a page, and of a gfn, with each call; ranges; every sub-
 * page.
 */
#include "nie_test.h"

/* Pages by use. */
#define SUBJECT		(FAKE_PLAIN(1) + 50)	/* the page in question */
#define ROOTS		FAKE_PLAIN(2)
#define POOL		(FAKE_PLAIN(2) + 64)
#define SPARE		FAKE_MIXED(1)		/* the host's own, not used */
#define GFN		0x100ul

/* The VMs of the matrix. */
enum { N, N2, P, DN, DP, NR_VMS };	/* normal, another, protected, dying of both types */

static u64 vms[NR_VMS];

static u64 new_vm(struct kunit *test, u32 i, u64 type)
{
	vms[i] = nie_test_vm(test, type, 40, ROOTS + 2 * i);
	nie_test_topup(test, vms[i], POOL + 8 * i, 8);
	/* So that the tables of GFN and GFN + 1 are there. */
	if (type == NIE_VM_NORMAL)
		nie_test_share(test, vms[i], POOL + 200 + i, GFN + 8, 1);
	else
		nie_test_donate(test, vms[i], POOL + 200 + i, GFN + 8, 1);
	return vms[i];
}

static void new_vms(struct kunit *test)
{
	new_vm(test, N, NIE_VM_NORMAL);
	new_vm(test, N2, NIE_VM_NORMAL);
	new_vm(test, P, NIE_VM_PROTECTED);
	new_vm(test, DN, NIE_VM_NORMAL);
	new_vm(test, DP, NIE_VM_PROTECTED);
}

/*
 * States of a page. Each leaves SUBJECT (or the page it returns) in it; VMs DN and DP then start to
 * die.
 */
static u64 host_page(struct kunit *test) { return SUBJECT; }
static u64 host_in_2m(struct kunit *test) { return FAKE_MIXED(2) + 50; }

static u64 host_at_end(struct kunit *test) { return FAKE_PLAIN(5) + 511; }

static u64 host_in_4k(struct kunit *test)
{
	EXPECT_CALL(test, 0, SHARE_NIE, FAKE_MIXED(2) + 51);
	return FAKE_MIXED(2) + 50;
}

static u64 shared_nie(struct kunit *test)
{
	EXPECT_CALL(test, 0, SHARE_NIE, SUBJECT);
	return SUBJECT;
}

static u64 run_page(struct kunit *test)
{
	nie_test_vcpu(test, vms[N], 9, SUBJECT + 1, SUBJECT);
	return SUBJECT;
}

static u64 dying_run_page(struct kunit *test)
{
	nie_test_vcpu(test, vms[DN], 9, SUBJECT + 1, SUBJECT);
	return SUBJECT;
}

static u64 shared_here(struct kunit *test)
{
	nie_test_share(test, vms[N], SUBJECT, GFN, 1);
	return SUBJECT;
}

static u64 shared_elsewhere(struct kunit *test)
{
	nie_test_share(test, vms[N], SUBJECT, GFN + 1, 1);
	return SUBJECT;
}

static u64 shared_with_other(struct kunit *test)
{
	nie_test_share(test, vms[N2], SUBJECT, GFN, 1);
	return SUBJECT;
}

static u64 shared_with_dying(struct kunit *test)
{
	nie_test_share(test, vms[DN], SUBJECT, GFN, 1);
	return SUBJECT;
}

static u64 guest(struct kunit *test)
{
	nie_test_donate(test, vms[P], SUBJECT, GFN + 1, 1);
	return SUBJECT;
}

static u64 guest_here(struct kunit *test)
{
	nie_test_donate(test, vms[P], SUBJECT, GFN, 1);
	return SUBJECT;
}

static u64 guest_of_dying(struct kunit *test)
{
	nie_test_donate(test, vms[DP], SUBJECT, GFN, 1);
	return SUBJECT;
}

static u64 guest_shared(struct kunit *test)
{
	nie_test_guest_share(test, guest(test));
	return SUBJECT;
}

static u64 guest_shared_of_dying(struct kunit *test)
{
	nie_test_guest_share(test, guest_of_dying(test));
	return SUBJECT;
}

static u64 image(struct kunit *test) { return FAKE_IMAGE + 1; }
static u64 panic_page(struct kunit *test) { return FAKE_PANIC; }
static u64 device_page(struct kunit *test) { return FAKE_DEVICE; }
static u64 not_ram(struct kunit *test) { return FAKE_HOLE; }
static u64 no_record(struct kunit *test) { return FAKE_END; }
static u64 beyond(struct kunit *test) { return NIE_NR_PAGES; }
static u64 wraps(struct kunit *test) { return SUBJECT + (1ul << 32); }
static u64 pool_page(struct kunit *test) { return nie_vms.vm[vms[N] % 256].pool[0]; }
static u64 pool_page_dying(struct kunit *test) { return nie_vms.vm[vms[DN] % 256].pool[0]; }
static u64 root_table(struct kunit *test) { return ROOTS + 2 * N; }
static u64 root_table_dying(struct kunit *test) { return ROOTS + 2 * DP; }

/* A VM's level-2 or level-3 table. */
static u64 table_of(u64 vm, u32 level)
{
	for (u32 i = 0; i < FAKE_NR_PAGES; i++) {
		const struct nie_page *p = &nie_pages.p[fake_page_pfn(i)];

		if (p->kind == NIE_K_NIE_TABLE && p->level == level && p->vm == vm % 256)
			return fake_page_pfn(i);
	}
	return 0;
}

static u64 table2(struct kunit *test) { return table_of(vms[N], 2); }
static u64 table3(struct kunit *test) { return table_of(vms[N], 3); }
static u64 table3_dying(struct kunit *test) { return table_of(vms[DN], 3); }

static u64 context(struct kunit *test)
{
	nie_test_vcpu(test, vms[N], 9, SUBJECT, SUBJECT + 1);
	return SUBJECT;
}

static u64 context_of_dying(struct kunit *test)
{
	nie_test_vcpu(test, vms[DN], 9, SUBJECT, SUBJECT + 1);
	return SUBJECT;
}

/* Calls on a page. */
enum {
	SHARE, UNSHARE, CREATE, TOPUP, TOPUP_D, CTX, RUN,
	MAP, MAP_2, MAP_ELSEWHERE, MAP_P, MAP_D, MAP_OVER,
	GIVE, GIVE_N, GIVE_D, GIVE_OVER, TAKE_N, TAKE_DN, TAKE_DP, NR_CALLS
};

static long call(struct kunit *test, u32 c, u64 pfn)
{
	switch (c) {
	case SHARE:
		return CALL(test, SHARE_NIE, pfn);
	case UNSHARE:
		return CALL(test, UNSHARE_NIE, pfn);
	case CREATE:
		return CALL(test, VM_CREATE, NIE_VM_PROTECTED, 39, pfn);
	case TOPUP:
		return CALL(test, VM_TOPUP, vms[N], pfn, 1);
	case TOPUP_D:
		return CALL(test, VM_TOPUP, vms[DN], pfn, 1);
	case CTX:
		return CALL(test, VCPU_CREATE, vms[N], 1, pfn, SPARE + 1);
	case RUN:
		return CALL(test, VCPU_CREATE, vms[N], 1, SPARE, pfn);
	case MAP:
		return CALL(test, SHARE_GUEST, vms[N], pfn, GFN, 1, NIE_PROT_R);
	case MAP_2:
		return CALL(test, SHARE_GUEST, vms[N2], pfn, GFN, 1, NIE_PROT_R);
	case MAP_ELSEWHERE:
		return CALL(test, SHARE_GUEST, vms[N], pfn, GFN + 2, 1, NIE_PROT_R);
	case MAP_P:
		return CALL(test, SHARE_GUEST, vms[P], pfn, GFN, 1, NIE_PROT_R);
	case MAP_D:
		return CALL(test, SHARE_GUEST, vms[DN], pfn, GFN, 1, NIE_PROT_R);
	case MAP_OVER:
		return CALL(test, SHARE_GUEST, vms[N], pfn, GFN + 8, 1, NIE_PROT_R);
	case GIVE:
		return CALL(test, DONATE_GUEST, vms[P], pfn, GFN, 1);
	case GIVE_N:
		return CALL(test, DONATE_GUEST, vms[N], pfn, GFN, 1);
	case GIVE_D:
		return CALL(test, DONATE_GUEST, vms[DP], pfn, GFN, 1);
	case GIVE_OVER:
		return CALL(test, DONATE_GUEST, vms[P], pfn, GFN + 8, 1);
	case TAKE_N:
		return CALL(test, VM_RECLAIM, vms[N], pfn, 1);
	case TAKE_DN:
		return CALL(test, VM_RECLAIM, vms[DN], pfn, 1);
	default:
		return CALL(test, VM_RECLAIM, vms[DP], pfn, 1);
	}
}

/*
 * What each call returns, in the order of the enum. 0 done, P -EPERM, X -EEXIST, B -EBUSY, I
 * -EINVAL. vm_reclaim passes over what the VM does not hold: that is 0 too, and the model says what
 * changes.
 */
static const struct state {
	const char *name;
	u64 (*make)(struct kunit *test);
	char want[NR_CALLS + 1];
} states[] = {
	/*
	 * share nie, unshare; create, topup, of dying; context, run page; share guest here, other
	 * VM, elsewhere, protected, dying, over a page; donate here, normal, dying, over a page;
	 * reclaim of the live one, of the dying ones
	 */
	{ "host, 4K and blocks around",	host_page,		"0P00P0P000PPX0PPXP00" },
	{ "host, 2 MiB block",		host_in_2m,		"0P00P0P000PPX0PPXP00" },
	{ "host, last page of its GiB",	host_at_end,	"0P00P0P000PPX0PPXP00" },
	{ "host, 4K entries",		host_in_4k,		"0P00P0P000PPX0PPXP00" },
	{ "shared with NIE",		shared_nie,		"P0PPPP0PPPPPPPPPPP00" },
	{ "run page",			run_page,		"PBPPPPBPPPPPPPPPPP00" },
	{ "run page of a dying VM",	dying_run_page,		"PBPPPPBPPPPPPPPPPP00" },
	{ "the panic page",		panic_page,		"PBPPPPBPPPPPPPPPPP00" },
	{ "shared with the VM at the gfn",	shared_here,	"PPPPPPPXPPPPPPPPPP00" },
	{ "shared with the VM, other gfn",	shared_elsewhere, "PPPPPPPPPPPPPPPPPP00" },
	{ "shared with another VM",	shared_with_other,	"PPPPPPPPXPPPPPPPPP00" },
	{ "shared with a dying VM",	shared_with_dying,	"PPPPPPPPPPPPPPPPPP00" },
	{ "guest",			guest,			"PPPPPPPPPPPPPPPPPP00" },
	{ "guest, at the gfn",		guest_here,		"PPPPPPPPPPPPPPPPPP00" },
	{ "guest, of a dying VM",	guest_of_dying,		"PPPPPPPPPPPPPPPPPP00" },
	{ "guest, shared with the host",	guest_shared,	"PPPPPPPPPPPPPPPPPP00" },
	{ "guest, shared, of a dying VM",	guest_shared_of_dying, "PPPPPPPPPPPPPPPPPP00" },
	{ "NIE's image",		image,			"PPPPPPPPPPPPPPPPPP00" },
	{ "device that NIE keeps",	device_page,		"PPPPPPPPPPPPPPPPPP00" },
	{ "not RAM, with a record",	not_ram,		"PPPPPPPPPPPPPPPPPP00" },
	{ "not RAM, without a record",	no_record,		"PPPPPPPPPPPPPPPPPP00" },
	{ "beyond the last pfn",	beyond,			"IIIIIIIIIIIIIIIIIIII" },
	{ "pfn with high bits",		wraps,			"IIIIIIIIIIIIIIIIIIII" },
	{ "free page",			pool_page,		"PPPPPPPPPPPPPPPPPP00" },
	{ "free page of a dying VM",	pool_page_dying,	"PPPPPPPPPPPPPPPPPP00" },
	{ "root table",			root_table,		"PPPPPPPPPPPPPPPPPP00" },
	{ "root table of a dying VM",	root_table_dying,	"PPPPPPPPPPPPPPPPPP00" },
	{ "level-2 table",		table2,			"PPPPPPPPPPPPPPPPPP00" },
	{ "level-3 table",		table3,			"PPPPPPPPPPPPPPPPPP00" },
	{ "level-3 table of a dying VM",	table3_dying,	"PPPPPPPPPPPPPPPPPP00" },
	{ "vCPU context",		context,		"PPPPPPPPPPPPPPPPPP00" },
	{ "vCPU context of a dying VM",	context_of_dying,	"PPPPPPPPPPPPPPPPPP00" },
};

static void state_desc(const struct state *s, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", s->name);
}

KUNIT_ARRAY_PARAM(state, states, state_desc);

static long errno_of(char c)
{
	return c == '0' ? 0 : c == 'P' ? -EPERM : c == 'X' ? -EEXIST : c == 'B' ? -EBUSY : -EINVAL;
}

/* One state with each call, each on a fresh machine. */
static void xfer_state_and_call(struct kunit *test)
{
	const struct state *s = test->param_value;

	for (u32 c = 0; c < NR_CALLS; c++) {
		u64 pfn;

		nie_test_init(test);
		nie_test_quick(c > 0);
		new_vms(test);
		EXPECT_CALL(test, 0, SHARE_NIE, SPARE + 1);
		pfn = s->make(test);
		EXPECT_CALL(test, 0, VM_TEARDOWN, vms[DN]);
		EXPECT_CALL(test, 0, VM_TEARDOWN, vms[DP]);
		nie_test_quick(false);
		nie_test_check(test);
		KUNIT_EXPECT_EQ_MSG(test, call(test, c, pfn), errno_of(s->want[c]), "call %u", c);
		/* Twice: what is done cannot be done again, what is refused stays refused. */
		if (s->want[c] != '0')
			KUNIT_EXPECT_EQ_MSG(test, call(test, c, pfn), errno_of(s->want[c]),
					    "call %u", c);
		else
			call(test, c, pfn);
	}
}

/* A page of a GiB that is one block: what takes it away, and what brings the block back. */
static void xfer_one_gib_block(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(5) + 99;
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, FAKE_MIXED(0));
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, FAKE_MIXED(0) + 2);

	nie_test_topup(test, n, FAKE_MIXED(0) + 10, 4);
	nie_test_topup(test, p, FAKE_MIXED(0) + 20, 4);
	KUNIT_ASSERT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)1);
	EXPECT_CALL(test, 0, SHARE_NIE, pfn);
	KUNIT_EXPECT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)3);
	EXPECT_CALL(test, 0, UNSHARE_NIE, pfn);
	KUNIT_EXPECT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)1);
	/* A page that stays the host's does not split it. */
	nie_test_share(test, n, pfn, 0, 1);
	KUNIT_EXPECT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)1);
	EXPECT_OUT(test, 1, UNSHARE_GUEST, n, 0, 512);
	nie_test_donate(test, p, pfn, 0, 1);
	KUNIT_EXPECT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)3);
	EXPECT_CALL(test, 0, VM_TEARDOWN, p);
	EXPECT_OUT(test, 1, VM_RECLAIM, p, FAKE_PLAIN(5), 512);
	KUNIT_EXPECT_EQ(test, nie_host_l1.e[FAKE_PLAIN_GIB] & 3, (u64)1);
}

/* Ranges of pfns and gfns for the calls that map, and what they return. */
static const struct range {
	const char *name;
	u64 pfn, gfn, nr;
	long want;
} ranges[] = {
	{ "no page", FAKE_PLAIN(0), 0, 0, -EINVAL },
	{ "one page", FAKE_PLAIN(0), 0, 1, 0 },
	{ "512 pages", FAKE_PLAIN(0), 0, 512, 0 },
	{ "513 pages", FAKE_PLAIN(0), 0, 513, -EINVAL },
	{ "2^32 + 1 pages", FAKE_PLAIN(0), 0, (1ul << 32) + 1, -EINVAL },
	{ "2^64 - 1 pages", FAKE_PLAIN(0), 0, ~0ul, -EINVAL },
	{ "pfns cross 2 MiB", FAKE_PLAIN(1) - 3, 0, 512, 0 },
	{ "gfns cross 2 MiB", FAKE_PLAIN(0), 509, 512, 0 },
	{ "both cross 2 MiB", FAKE_PLAIN(1) - 200, 300, 512, 0 },
	{ "pfns cross 1 GiB", FAKE_MIXED(0) - 1, 7, 2, 0 },
	{ "pfns cross 1 GiB, 512", FAKE_MIXED(0) - 100, 0, 512, 0 },
	{ "gfns cross 1 GiB", FAKE_PLAIN(0), 0x3ffff, 2, 0 },
	{ "gfns cross 1 GiB, 512", FAKE_PLAIN(0), 0x40000 - 500, 512, 0 },
	{ "both cross 1 GiB", FAKE_MIXED(0) - 256, 0x40000 - 256, 512, 0 },
	{ "gfns cross 512 GiB, two roots", FAKE_PLAIN(0), 0x8000000 - 100, 512, 0 },
	{ "last gfns of the VM", FAKE_PLAIN(0), 0x20000000 - 512, 512, 0 },
	{ "last gfn of the VM", FAKE_PLAIN(0), 0x1fffffff, 1, 0 },
	{ "first gfn beyond the VM", FAKE_PLAIN(0), 0x20000000, 1, -EPERM },
	{ "gfns end one beyond the VM", FAKE_PLAIN(0), 0x20000000 - 511, 512, -EPERM },
	{ "last gfn of all", FAKE_PLAIN(0), 0xffffffff, 1, -EPERM },
	{ "gfns end at 2^32", FAKE_PLAIN(0), 0xffffffff - 511, 512, -EPERM },
	{ "gfns pass 2^32", FAKE_PLAIN(0), 0xffffffff - 510, 512, -EINVAL },
	{ "gfn 2^32", FAKE_PLAIN(0), 1ul << 32, 1, -EINVAL },
	{ "gfns wrap", FAKE_PLAIN(0), ~0ul, 2, -EINVAL },
	{ "gfn 2^64 - 1", FAKE_PLAIN(0), ~0ul, 1, -EINVAL },
	{ "pfns end at the last with a record", FAKE_END - 256, 0, 256, 0 },
	{ "pfns pass the last with a record", FAKE_END - 256, 0, 257, -EPERM },
	{ "pfns start before RAM", FAKE_FIRST - 1, 0, 2, -EPERM },
	{ "pfns start in a hole", FAKE_END - 257, 0, 256, -EPERM },
	{ "pfns end in the image", FAKE_IMAGE + 256, 0, 2, -EPERM },
	{ "last pfn", NIE_NR_PAGES - 1, 0, 1, -EPERM },
	{ "pfns end at the last", NIE_NR_PAGES - 512, 0, 512, -EPERM },
	{ "pfns pass the last", NIE_NR_PAGES - 511, 0, 512, -EINVAL },
	{ "pfn beyond", NIE_NR_PAGES, 0, 1, -EINVAL },
	{ "pfns wrap", ~0ul, 0, 2, -EINVAL },
	{ "pfn 2^64 - 1", ~0ul, 0, 1, -EINVAL },
	{ "pfn with high bits", FAKE_PLAIN(0) + (1ul << 32), 0, 1, -EINVAL },
};

static void range_desc(const struct range *r, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", r->name);
}

KUNIT_ARRAY_PARAM(range, ranges, range_desc);

static void xfer_ranges(struct kunit *test)
{
	const struct range *r = test->param_value;
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 41, ROOTS);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 41, ROOTS + 4);

	nie_test_topup(test, n, POOL, 8);
	nie_test_topup(test, p, POOL + 8, 8);
	if (r->pfn >= FAKE_END - 512 && r->pfn < FAKE_END && !r->want) {
		/* No memory behind these pages: only sharing leaves their content alone. */
		EXPECT_CALL(test, 0, SHARE_GUEST, n, r->pfn, r->gfn, r->nr, NIE_PROT_R);
		EXPECT_OUT(test, r->nr, UNSHARE_GUEST, n, r->gfn, r->nr);
		return;
	}
	EXPECT_CALL(test, r->want, DONATE_GUEST, p, r->pfn, r->gfn, r->nr);
	if (r->want) {
		EXPECT_CALL(test, r->want, SHARE_GUEST, n, r->pfn, r->gfn, r->nr, NIE_PROT_R);
		return;
	}
	EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, r->pfn, r->gfn, r->nr, NIE_PROT_R);
	EXPECT_CALL(test, 0, VM_TEARDOWN, p);
	EXPECT_OUT(test, r->nr, VM_RECLAIM, p, r->pfn, r->nr);
	EXPECT_CALL(test, 0, SHARE_GUEST, n, r->pfn, r->gfn, r->nr, NIE_PROT_R | NIE_PROT_W);
	EXPECT_OUT(test, r->nr, AGE_GUEST, n, r->gfn, r->nr, 1);
	EXPECT_OUT(test, r->nr, WRPROTECT_GUEST, n, r->gfn, r->nr);
	EXPECT_OUT(test, r->nr, UNSHARE_GUEST, n, r->gfn, r->nr);
}

/* The same ranges of gfns for the calls that go by gfn alone: holes are passed over. */
static void xfer_gfn_ranges(struct kunit *test)
{
	const struct range *r = test->param_value;
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 41, ROOTS);
	long want = r->want;

	if (r->pfn != FAKE_PLAIN(0))
		return;
	EXPECT_CALL(test, want, UNSHARE_GUEST, n, r->gfn, r->nr);
	EXPECT_CALL(test, want, WRPROTECT_GUEST, n, r->gfn, r->nr);
	EXPECT_CALL(test, want, AGE_GUEST, n, r->gfn, r->nr, 1);
	EXPECT_CALL(test, -EINVAL, AGE_GUEST, n, r->gfn, r->nr, 2);
	if (r->nr == 1) {
		EXPECT_CALL(test, want ? want : -EPERM, QUERY_GUEST, n, r->gfn);
		EXPECT_CALL(test, want ? want : -EPERM, RELAX_GUEST, n, r->gfn, NIE_PROT_R);
	}
}

/* Each page of 512 in a wrong state, one after the other: refused, and nothing changes. */
static void xfer_every_page_is_checked(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(1) - 256;
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOTS + 4);

	nie_test_topup(test, n, POOL, 8);
	nie_test_topup(test, p, POOL + 8, 8);
	for (u32 i = 0; i < 512; i++) {
		nie_test_quick(true);
		EXPECT_CALL(test, 0, SHARE_NIE, pfn + i);
		nie_test_quick(false);
		EXPECT_CALL(test, -EPERM, DONATE_GUEST, p, pfn, 1000, 512);
		EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, pfn, 1000, 512, NIE_PROT_R);
		nie_test_quick(true);
		EXPECT_CALL(test, 0, UNSHARE_NIE, pfn + i);
	}
	nie_test_quick(false);
	EXPECT_CALL(test, 0, DONATE_GUEST, p, pfn, 1000, 512);
}

/* Each gfn of 512 mapped already, one after the other. */
static void xfer_every_gfn_is_checked(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(1) - 256, other = FAKE_PLAIN(3);
	const u64 gfn = 0x40000 - 256;
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOTS + 4);

	nie_test_topup(test, n, POOL, 8);
	nie_test_topup(test, p, POOL + 8, 8);
	for (u32 i = 0; i < 512; i += 1 + (i > 2 && i < 250) * 20 + (i > 260 && i < 490) * 20) {
		nie_test_share(test, n, other, gfn + i, 1);
		EXPECT_CALL(test, -EEXIST, SHARE_GUEST, n, pfn, gfn, 512, NIE_PROT_R);
		EXPECT_OUT(test, 1, UNSHARE_GUEST, n, gfn, 512);
	}
	EXPECT_CALL(test, 0, SHARE_GUEST, n, pfn, gfn, 512, NIE_PROT_R);
	nie_test_donate(test, p, other, gfn + 511, 1);
	EXPECT_CALL(test, -EEXIST, DONATE_GUEST, p, other + 1, gfn, 512);
}

/* A page of a range that is shared at its place already: -EEXIST, but -EPERM if any is wrong. */
static void xfer_share_again(struct kunit *test)
{
	const u32 pfn = FAKE_PLAIN(0);
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	u64 m = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS + 2);

	nie_test_topup(test, n, POOL, 8);
	nie_test_topup(test, m, POOL + 8, 8);
	nie_test_share(test, n, FAKE_PLAIN(3), 140, 1);
	nie_test_share(test, m, FAKE_PLAIN(3) + 1, 141, 1);
	EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, FAKE_PLAIN(3), 140, 2, NIE_PROT_R);
	nie_test_share(test, n, pfn + 10, 110, 1);
	EXPECT_CALL(test, -EEXIST, SHARE_GUEST, n, pfn + 10, 110, 1, NIE_PROT_R);
	EXPECT_CALL(test, -EEXIST, SHARE_GUEST, n, pfn, 100, 20, NIE_PROT_R);
	EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, pfn, 101, 20, NIE_PROT_R);
	EXPECT_CALL(test, 0, SHARE_NIE, pfn + 15);
	EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, pfn, 100, 20, NIE_PROT_R);
	EXPECT_CALL(test, -EEXIST, SHARE_GUEST, n, pfn, 100, 15, NIE_PROT_R);
	EXPECT_CALL(test, 0, SHARE_GUEST, n, pfn, 100, 10, NIE_PROT_R);
	/* -EPERM before -EEXIST before -ENOMEM. */
	EXPECT_CALL(test, -EPERM, SHARE_GUEST, n, pfn + 15, 100, 1, NIE_PROT_R);
	EXPECT_CALL(test, -EEXIST, SHARE_GUEST, n, pfn + 20, 110, 500, NIE_PROT_R);
}

/* States of a gfn with each call that goes by gfn; N normal, P protected. */
static void xfer_gfn_state_and_call(struct kunit *test)
{
	/* Table and page there; table only; nothing; and the page of a protected or dying VM. */
	static const struct { u32 vm; u64 gfn; bool mapped; } t[] = {
		{ N, GFN + 8, true }, { N, GFN, false }, { N, 0x33333, false },
		{ P, GFN + 8, false }, { P, GFN, false },
		{ DN, GFN + 8, false }, { DP, GFN + 8, false },
	};
	long want;

	new_vms(test);
	EXPECT_CALL(test, 0, VM_TEARDOWN, vms[DN]);
	EXPECT_CALL(test, 0, VM_TEARDOWN, vms[DP]);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		u64 vm = vms[t[i].vm];

		want = t[i].mapped ? 0 : -EPERM;
		EXPECT_CALL(test, want, QUERY_GUEST, vm, t[i].gfn);
		EXPECT_CALL(test, want, RELAX_GUEST, vm, t[i].gfn, NIE_PROT_R | NIE_PROT_W);
		want = t[i].vm == N ? 0 : -EPERM;
		EXPECT_CALL(test, want, AGE_GUEST, vm, t[i].gfn, 1, 0);
		EXPECT_CALL(test, want, AGE_GUEST, vm, t[i].gfn, 1, 1);
		EXPECT_CALL(test, want, WRPROTECT_GUEST, vm, t[i].gfn, 1);
		EXPECT_CALL(test, want, UNSHARE_GUEST, vm, t[i].gfn, 1);
	}
}

/* From each permission, relaxed by each; then write-protected, and aged. */
static void xfer_permissions(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS), out[4];

	nie_test_topup(test, n, POOL, 4);
	for (u64 prot = 1; prot < 16; prot += 2) {
		for (u64 add = 0; add < 17; add++) {
			u64 after = (prot | add) & ~NIE_PROT_NC;

			EXPECT_CALL(test, 0, SHARE_GUEST, n, SUBJECT, 3, 1, prot);
			EXPECT_OUT(test, 1, AGE_GUEST, n, 0, 512, 1);
			EXPECT_OUT(test, 0, AGE_GUEST, n, 0, 512, 0);
			if (!(add & 1) || add > 15) {
				EXPECT_CALL(test, -EINVAL, RELAX_GUEST, n, 3, add);
				after = prot & ~NIE_PROT_NC;
			} else {
				EXPECT_CALL(test, 0, RELAX_GUEST, n, 3, add);
				EXPECT_OUT(test, 1, AGE_GUEST, n, 3, 1, 0);
			}
			KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, QUERY_GUEST, n, 3), 0L);
			KUNIT_EXPECT_EQ(test, out[0], (u64)SUBJECT);
			KUNIT_EXPECT_EQ(test, out[1], after);
			EXPECT_OUT(test, !!(after & NIE_PROT_W), WRPROTECT_GUEST, n, 3, 1);
			EXPECT_OUT(test, 0, WRPROTECT_GUEST, n, 3, 1);
			KUNIT_EXPECT_EQ(test, CALL_OUT(test, out, QUERY_GUEST, n, 3), 0L);
			KUNIT_EXPECT_EQ(test, out[1], after & ~NIE_PROT_W);
			EXPECT_OUT(test, 1, UNSHARE_GUEST, n, 3, 1);
			EXPECT_CALL(test, -EPERM, RELAX_GUEST, n, 3, NIE_PROT_R);
		}
	}
}

/* Calls over a range with holes, and pages of another VM at the same gfns. */
static void xfer_holes(struct kunit *test)
{
	u64 a = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	u64 b = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS + 2);
	const u64 gfn = 0x40000 - 300;
	u32 n = 0;

	nie_test_topup(test, a, POOL, 8);
	nie_test_topup(test, b, POOL + 8, 8);
	EXPECT_CALL(test, 0, SHARE_GUEST, b, FAKE_PLAIN(3), gfn, 512, NIE_PROT_R | NIE_PROT_W);
	for (u32 i = 0; i < 512; i += 37, n++)
		EXPECT_CALL(test, 0, SHARE_GUEST, a, FAKE_PLAIN(0) + i, gfn + i, 1,
			    NIE_PROT_R | (i % 2 ? NIE_PROT_W : 0));
	EXPECT_OUT(test, n, AGE_GUEST, a, gfn, 512, 0);
	EXPECT_OUT(test, n, AGE_GUEST, a, gfn, 512, 1);
	EXPECT_OUT(test, n / 2, WRPROTECT_GUEST, a, gfn, 512);
	EXPECT_OUT(test, n - 1, UNSHARE_GUEST, a, gfn + 1, 511);
	EXPECT_OUT(test, 1, UNSHARE_GUEST, a, gfn, 511);
	EXPECT_OUT(test, 512, AGE_GUEST, b, gfn, 512, 0);
	EXPECT_OUT(test, 512, UNSHARE_GUEST, b, gfn, 512);
}

/* Calls over part of what is mapped, within one table and across two, leave the rest alone. */
static void xfer_part(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	const u64 gfn = 500;

	nie_test_topup(test, n, POOL, 4);
	for (u32 skip = 2; skip < 8; skip += 5) {
		EXPECT_CALL(test, 0, SHARE_GUEST, n, FAKE_PLAIN(0), gfn, 20,
			    NIE_PROT_R | NIE_PROT_W);
		EXPECT_OUT(test, 6, AGE_GUEST, n, gfn + skip, 6, 1);
		EXPECT_OUT(test, 14, AGE_GUEST, n, gfn, 20, 0);
		EXPECT_OUT(test, 6, WRPROTECT_GUEST, n, gfn + skip, 6);
		EXPECT_OUT(test, 14, WRPROTECT_GUEST, n, gfn, 20);
		EXPECT_OUT(test, 6, UNSHARE_GUEST, n, gfn + skip, 6);
		EXPECT_OUT(test, 14, UNSHARE_GUEST, n, gfn, 20);
	}
}

/* The content of pages: sharing and unsharing leave it, donation keeps it for the guest. */
static void xfer_content(struct kunit *test)
{
	u64 n = nie_test_vm(test, NIE_VM_NORMAL, 40, ROOTS);
	u64 p = nie_test_vm(test, NIE_VM_PROTECTED, 40, ROOTS + 2);

	nie_test_topup(test, n, POOL, 2);
	nie_test_topup(test, p, POOL + 2, 2);
	fake_fill(SUBJECT, 0x1111);
	EXPECT_CALL(test, 0, SHARE_NIE, SUBJECT);
	EXPECT_CALL(test, 0, UNSHARE_NIE, SUBJECT);
	nie_test_share(test, n, SUBJECT, 5, 1);
	EXPECT_OUT(test, 1, UNSHARE_GUEST, n, 5, 1);
	KUNIT_EXPECT_EQ(test, fake_content(SUBJECT)[0], (u64)0x1111);
	nie_test_donate(test, p, SUBJECT, 5, 1);
	KUNIT_EXPECT_EQ(test, fake_content(SUBJECT)[511], (u64)0x1111);
	EXPECT_CALL(test, 0, VM_TEARDOWN, p);
	KUNIT_EXPECT_EQ(test, fake_content(SUBJECT)[511], (u64)0x1111);
	EXPECT_OUT(test, 1, VM_RECLAIM, p, SUBJECT, 1);
	KUNIT_EXPECT_TRUE(test, fake_is_zero(SUBJECT));
}

static struct kunit_case xfer_cases[] = {
	KUNIT_CASE_PARAM(xfer_state_and_call, state_gen_params),
	KUNIT_CASE(xfer_gfn_state_and_call),
	KUNIT_CASE(xfer_one_gib_block),
	KUNIT_CASE_PARAM(xfer_ranges, range_gen_params),
	KUNIT_CASE_PARAM(xfer_gfn_ranges, range_gen_params),
	KUNIT_CASE(xfer_every_page_is_checked),
	KUNIT_CASE(xfer_every_gfn_is_checked),
	KUNIT_CASE(xfer_share_again),
	KUNIT_CASE(xfer_permissions),
	KUNIT_CASE(xfer_holes),
	KUNIT_CASE(xfer_part),
	KUNIT_CASE(xfer_content),
	{}
};

static struct kunit_suite xfer_suite = {
	.name = "nie_xfer",
	.init = nie_test_init,
	.exit = nie_test_exit,
	.test_cases = xfer_cases,
};

kunit_test_suite(xfer_suite);
