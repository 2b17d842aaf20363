/* SPDX-License-Identifier: GPL-2.0-only */
/* What kunit/ uses of the kernel's headers, for a program on the build machine. */
#ifndef NIE_NATIVE_KERNEL_H
#define NIE_NATIVE_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef signed char s8;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define vzalloc(size)		calloc(1, size)
#define vfree(p)		free(p)
#define __init
#define __exit
#define module_init(f)		int (*native_module_init)(void) = f
#define module_exit(f)		void (*native_module_exit)(void) = f
#define MODULE_DESCRIPTION(s)	struct native_description
#define MODULE_LICENSE(s)	struct native_license
/* __printf, __used and __section come from scripts/native-test. */

/* What module_init() and module_exit() name. */
extern int (*native_module_init)(void);
extern void (*native_module_exit)(void);

#endif /* NIE_NATIVE_KERNEL_H */
