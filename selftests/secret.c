// SPDX-License-Identifier: GPL-2.0-only
/*
 * A protected VM with a secret: QWZXKVJP, which it makes of two words that are in its code, in a
 * page and in all registers that are free for it. It shares a page with its host that is full of
 * qwzxkvjp. usage: secret FILE; FILE exists once all is in place, and the VM runs until the end of
 * the machine, storing its secret all the time.
 */
#include "protected_vm.h"
#include "secret.h"

int main(int argc, char **argv)
{
	struct machine m;
	int fd;

	kvm = open("/dev/kvm", O_RDWR);
	if (argc != 2 || kvm < 0 || make_protected(&m))
		return 1;
	memcpy(m.code, secret_start, (size_t)(secret_end - secret_start));
	if (ioctl(m.vcpu, KVM_RUN, 0) || m.run->exit_reason != KVM_EXIT_MMIO ||
	    m.run->mmio.phys_addr != DOORBELL || m.run->mmio.data[0] ||
	    memcmp(m.ram + PAGE, "qwzxkvjp", 8))
		return 2;
	fd = open(argv[1], O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		return 3;
	for (;;)
		ioctl(m.vcpu, KVM_RUN, 0);
}
