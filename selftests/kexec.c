// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads another kernel (a page of nothing: it is not started) and unloads it again. Exit status: 0,
 * or the errno of kexec_load.
 */
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char page[4096];
	struct kexec_segment segment = {
		.buf = page,
		.bufsz = sizeof(page),
		.mem = argc > 1 ? (void *)strtoul(argv[1], NULL, 0) : NULL,
		.memsz = sizeof(page),
	};

	if (syscall(SYS_kexec_load, segment.mem, 1ul, &segment,
		    (unsigned long)KEXEC_ARCH_AARCH64)) {
		int err = errno;

		perror("kexec_load");
		return err;
	}
	syscall(SYS_kexec_load, 0ul, 0ul, NULL, 0ul);
	return 0;
}
