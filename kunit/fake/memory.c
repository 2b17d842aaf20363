// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the fake machine, in the kernel.
 */
#include <linux/vmalloc.h>
#include "fake.h"

struct fake_tables *fake_tables;
static u64 *content;

u64 *fake_memory(u32 index)
{
	return content + (u64)index * NIE_PER_TABLE;
}

void fake_memory_window(u32 index, bool mapped)
{
}

int fake_memory_init(void)
{
	content = vzalloc(FAKE_NR_CONTENT * NIE_PER_TABLE * NIE_PAGE_SIZE);
	if (!content)
		return -ENOMEM;
	/* Page pfn at + pfn * 4096, as in the window; only the pages with memory are ours. */
	fake_tables = (void *)((unsigned long)content - FAKE_PLAIN(0) * NIE_PAGE_SIZE);
	return 0;
}

void fake_memory_exit(void)
{
	vfree(content);
	content = NULL;
}
