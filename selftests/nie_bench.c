// SPDX-License-Identifier: GPL-2.0-only
/*
 * What host calls cost: loads, prints, and does not stay. Needs a sealed NIE, but no KVM.
 *
 * Under QEMU's -icount shift=0 an instruction takes one nanosecond of virtual time; CNTVCT_EL0
 * runs at 62.5 MHz, so single calls are known to 16 instructions, averages better. Prints `bench
 * <name> <instructions>`.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <asm/sysreg.h>
#include <nie/call.h>

#define ROUNDS	64
#define GFN	0x80000ul
#define RW	(NIE_PROT_R | NIE_PROT_W)

static u64 longest;

static u64 now(void)
{
	u64 t;

	isb();
	t = read_sysreg(cntvct_el0);
	isb();
	return t;
}

static u64 instructions(u64 ticks)
{
	return ticks * (1000000000ull / read_sysreg(cntfrq_el0));
}

static void print(const char *name, u64 ticks, u64 ops)
{
	pr_info("bench %s %llu\n", name, instructions(ticks) / ops);
}

/* Time one call into a sum, and keep the longest single call. */
#define TIME(sum, call)						\
	do {							\
		u64 t0 = now(), t1;				\
		long err = call;				\
								\
		t1 = now();					\
		if (err)					\
			pr_err("bench: " #call ": %ld\n", err);	\
		(sum) += t1 - t0;				\
		if (t1 - t0 > longest)				\
			longest = t1 - t0;			\
	} while (0)

static u64 pfn_of(void *va)
{
	return PHYS_PFN(virt_to_phys(va));
}

static void *page_for(u64 handle)
{
	void *page = (void *)get_zeroed_page(GFP_ATOMIC);

	if (page && nie_hc_vm_topup(NULL, handle, pfn_of(page), 1)) {
		free_page((unsigned long)page);
		page = NULL;
	}
	return page;
}

static void give_back(u64 handle, void *page)
{
	struct nie_res res;

	if (!nie_hc_vm_reclaim(&res, handle, pfn_of(page), 1) && res.r[0] == 1)
		free_page((unsigned long)page);
}

static void share(u64 handle, u64 pfn)
{
	u64 one = 0, un_one = 0, all = 0, un_all = 0, wp = 0, relax = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		TIME(one, nie_hc_share_guest(NULL, handle, pfn + i, GFN + i, 1, RW));
		TIME(wp, nie_hc_wrprotect_guest(NULL, handle, GFN + i, 1));
		TIME(relax, nie_hc_relax_guest(NULL, handle, GFN + i, RW));
		TIME(un_one, nie_hc_unshare_guest(NULL, handle, GFN + i, 1));
	}
	TIME(all, nie_hc_share_guest(NULL, handle, pfn, GFN, 512, RW));
	TIME(un_all, nie_hc_unshare_guest(NULL, handle, GFN, 512));
	print("share_guest_4k", one, ROUNDS);
	print("wrprotect_guest_4k", wp, ROUNDS);
	print("relax_guest_4k", relax, ROUNDS);
	print("unshare_guest_4k", un_one, ROUNDS);
	print("share_guest_2m", all, 1);
	print("unshare_guest_2m", un_all, 1);
}

static void donate(u64 handle, u64 pfn)
{
	u64 one = 0, all = 0;
	int i;

	for (i = 0; i < ROUNDS; i++)
		TIME(one, nie_hc_donate_guest(NULL, handle, pfn + i, GFN + i, 1));
	TIME(all, nie_hc_donate_guest(NULL, handle, pfn + 512, GFN + 512, 512));
	print("donate_measured_4k", one, ROUNDS);
	print("donate_measured_2m", all, 1);
}

static void reclaim(u64 handle, u64 pfn)
{
	u64 one = 0, all = 0;
	int i;

	for (i = 0; i < ROUNDS; i++)
		TIME(one, nie_hc_vm_reclaim(NULL, handle, pfn + i, 1));
	TIME(all, nie_hc_vm_reclaim(NULL, handle, pfn + 512, 512));
	print("reclaim_4k", one, ROUNDS);
	print("reclaim_2m", all, 1);
}

static int bench_vm(u64 type, struct page *memory)
{
	void *root = (void *)get_zeroed_page(GFP_ATOMIC), *table[3];
	u64 pfn = page_to_pfn(memory);
	struct nie_res res;
	u64 handle;
	int i;

	if (!root || nie_hc_vm_create(&res, type, 39, pfn_of(root)))
		return -EIO;
	handle = res.r[0];
	for (i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = page_for(handle);
	if (type == NIE_VM_NORMAL)
		share(handle, pfn);
	else
		donate(handle, pfn);
	nie_hc_vm_teardown(NULL, handle);
	if (type == NIE_VM_PROTECTED)
		reclaim(handle, pfn);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i])
			give_back(handle, table[i]);
	give_back(handle, root);
	return (int)nie_hc_vm_destroy(NULL, handle);
}

static int __init nie_bench_init(void)
{
	struct page *memory = alloc_pages(GFP_KERNEL, 10);
	unsigned long flags;
	u64 version = 0;
	int i, err;

	if (!memory)
		return -ENOMEM;
	local_irq_save(flags);
	for (i = 0; i < ROUNDS; i++)
		TIME(version, nie_hc_version(NULL));
	print("version", version, ROUNDS);
	err = bench_vm(NIE_VM_NORMAL, memory);
	if (!err)
		err = bench_vm(NIE_VM_PROTECTED, memory);
	local_irq_restore(flags);
	print("longest_call", longest, 1);
	if (!err)
		__free_pages(memory, 10);
	return err ? err : -EAGAIN;
}

module_init(nie_bench_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NIE: instructions of host calls");
MODULE_AUTHOR("The NIE project");
