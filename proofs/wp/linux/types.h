/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for the kernel's header under Frama-C. */
#ifndef NIE_WP_LINUX_TYPES_H
#define NIE_WP_LINUX_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;

#endif /* NIE_WP_LINUX_TYPES_H */
