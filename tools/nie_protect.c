// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded into a VMM that does not know of protected VMs: each VM that it creates is one,
 * and read-only memory slots, which a protected VM cannot have, are not offered. `nie run` does it.
 */
#include <stdarg.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <linux/kvm.h>

#define KVM_VM_TYPE_ARM_PROTECTED	0x80000000ul

int ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list list;

	va_start(list, request);
	arg = va_arg(list, unsigned long);
	va_end(list);
	if (request == KVM_CREATE_VM)
		arg |= KVM_VM_TYPE_ARM_PROTECTED;
	if (request == KVM_CHECK_EXTENSION && arg == KVM_CAP_READONLY_MEM)
		return 0;
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
