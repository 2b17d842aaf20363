/* SPDX-License-Identifier: GPL-2.0-only */
/* The embedded EL2 image: what its linker script puts at its start. */
#ifndef NIE_IMAGE_H
#define NIE_IMAGE_H

#include <linux/types.h>

#define NIE_IMAGE_MAGIC	0x00324c455f45494eull	/* "NIE_EL2" */

struct nie_image_header {
	u64 magic;
	u64 text_end;		/* offsets from the start of the image, whole pages */
	u64 rodata_end;
	u64 image_end;		/* with .bss, which the embedded image leaves out */
	u64 entry;
	u64 boot_pa;		/* where the boot page's physical address goes */
};

extern const char nie_image[];		/* starts with its header */
extern const char nie_image_blob_end[];
extern const char nie_image_sha256[];	/* hex digits, newline */

#endif /* NIE_IMAGE_H */
