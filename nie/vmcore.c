// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owns: what nie.ko does in a crash kernel, which runs under the NIE of the kernel that crashed.
 * /proc/vmcore covers all of that kernel's RAM; what is not the host's, VMs' memory and NIE itself,
 * reads as zeroes instead of ending in an oops. Lock: none.
 */
#include <linux/crash_dump.h>
#include <linux/io.h>
#include <linux/uaccess.h>
#include "nie.h"

#ifdef CONFIG_PROC_VMCORE
/* No need to ask NIE, or even to know that it is there: a fault says so. */
static bool readable(struct vmcore_cb *cb, unsigned long pfn)
{
	void *page = memremap(PFN_PHYS(pfn), PAGE_SIZE, MEMREMAP_WB);
	u64 word;
	bool ok;

	if (!page)
		return true;		/* the reader's own mapping will say why */
	ok = !copy_from_kernel_nofault(&word, page, sizeof(word));
	memunmap(page);
	return ok;
}

static struct vmcore_cb cb = { .pfn_is_ram = readable };

bool nie_vmcore_init(void)
{
	if (!is_kdump_kernel())
		return false;
	register_vmcore_cb(&cb);
	pr_info("crash kernel: memory of VMs and of NIE reads as zeroes in /proc/vmcore\n");
	return true;
}
#else
bool nie_vmcore_init(void)
{
	return false;
}
#endif
