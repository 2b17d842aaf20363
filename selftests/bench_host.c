// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host itself pays for running under stage-2: a system call, and a page fault. Counted as
 * bench_vm.c does, from user space; prints `bench <name> <instructions per operation>`.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS	1024

static uint64_t now(void)
{
	uint64_t t;

	asm volatile("isb\n	mrs %0, cntvct_el0\n	isb" : "=r"(t));
	return t;
}

static void print(const char *name, uint64_t ticks)
{
	printf("bench %s %llu\n", name, (unsigned long long)(ticks * 16 / ROUNDS));
}

int main(void)
{
	uint64_t start;
	char *mem;
	int i;

	syscall(SYS_getppid);
	start = now();
	for (i = 0; i < ROUNDS; i++)
		syscall(SYS_getppid);
	print("host_syscall", now() - start);

	mem = mmap(NULL, ROUNDS * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (mem == MAP_FAILED)
		return 1;
	madvise(mem, ROUNDS * 4096ul, MADV_NOHUGEPAGE);
	start = now();
	for (i = 0; i < ROUNDS; i++)
		mem[i * 4096ul] = 1;
	print("host_page_fault", now() - start);
	return 0;
}
