/* SPDX-License-Identifier: GPL-2.0-only */
/* The EL2 image and its SHA-256, embedded so that the module's signature covers them. */
#include <linux/linkage.h>
	.section .rodata
	.balign	4096
	.globl	nie_image
nie_image:
	.incbin	"nie/el2/nie.bin"
	.globl	nie_image_blob_end
nie_image_blob_end:
	.globl	nie_image_sha256
nie_image_sha256:
	.incbin	"nie/el2/nie.sha256"
	.byte	0
