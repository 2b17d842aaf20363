// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the fake machine, in a program: one file, mapped once for the tests and once as the
 * window, where a page that the core has not mapped faults.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kernel.h>
#include "../fake/fake.h"

#define CONTENT	(FAKE_NR_CONTENT * NIE_PER_TABLE * NIE_PAGE_SIZE)

struct fake_tables *fake_tables;
static unsigned char *content;
static int file = -1;

u64 *fake_memory(u32 index)
{
	return (u64 *)(content + index * NIE_PAGE_SIZE);
}

void fake_memory_window(u32 index, bool mapped)
{
	if (mprotect(&fake_tables->t[fake_page_pfn(index)], NIE_PAGE_SIZE,
		     mapped ? PROT_READ | PROT_WRITE : PROT_NONE))
		abort();
}

int fake_memory_init(void)
{
	file = memfd_create("nie", 0);
	if (file < 0 || ftruncate(file, CONTENT))
		return -ENOMEM;
	content = mmap(NULL, CONTENT, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	fake_tables = mmap(NULL, sizeof(*fake_tables), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (content == MAP_FAILED || fake_tables == MAP_FAILED)
		return -ENOMEM;
	if (mmap(&fake_tables->t[FAKE_PLAIN(0)], CONTENT, PROT_NONE, MAP_SHARED | MAP_FIXED, file,
		 0) == MAP_FAILED)
		return -ENOMEM;
	return 0;
}

void fake_memory_exit(void)
{
	munmap(content, CONTENT);
	munmap(fake_tables, sizeof(*fake_tables));
	close(file);
}
