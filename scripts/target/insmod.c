// SPDX-License-Identifier: GPL-2.0-only
/*
 * insmod for the tests: one attempt (busybox makes two), and the errno of a
 * refusal is the exit status. Built with the kernel's nolibc.
 *
 * usage: insmod FILE [PARAMETER=VALUE...]
 */
#define EXIT_USAGE 255

int main(int argc, char **argv)
{
	char params[1024] = "";
	size_t len = 0, n;
	int fd, i, ret;

	if (argc < 2)
		return EXIT_USAGE;
	for (i = 2; i < argc; i++) {
		n = strlen(argv[i]);
		if (len + n + 2 > sizeof(params))
			return EXIT_USAGE;
		memcpy(params + len, argv[i], n);
		len += n;
		params[len++] = ' ';
		params[len] = '\0';
	}

	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return errno;
	}
	ret = my_syscall3(__NR_finit_module, fd, params, 0);
	if (ret < 0)
		printf("insmod %s: refused with errno %d\n", argv[1], -ret);
	return -ret;
}
