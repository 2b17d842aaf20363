// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: kexec ADDRESS: load another kernel (a page of nothing: it is not started), and unload it
 * again; or kexec IMAGE INITRD CMDLINE FLAGS: load a real one by kexec_file_load. Exit status: 0,
 * or the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load_file(char **argv)
{
	int image = open(argv[1], O_RDONLY), initrd = open(argv[2], O_RDONLY);

	if (!syscall(SYS_kexec_file_load, image, initrd, strlen(argv[3]) + 1, argv[3],
		     strtoul(argv[4], NULL, 0)))
		return 0;
	return errno;
}

int main(int argc, char **argv)
{
	static char page[4096];
	struct kexec_segment segment = {
		.buf = page,
		.bufsz = sizeof(page),
		.mem = argc > 1 ? (void *)strtoul(argv[1], NULL, 0) : NULL,
		.memsz = sizeof(page),
	};

	if (argc == 5)
		return load_file(argv);
	if (syscall(SYS_kexec_load, segment.mem, 1ul, &segment,
		    (unsigned long)KEXEC_ARCH_AARCH64)) {
		int err = errno;

		perror("kexec_load");
		return err;
	}
	syscall(SYS_kexec_load, 0ul, 0ul, NULL, 0ul);
	return 0;
}
