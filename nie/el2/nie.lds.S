/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EL2 image: header, code, read-only data, data; each part a number of whole pages, so that
 * EL2 maps them RX, RO and RW. Linked at 0, runs anywhere: no relocation may be left.
 */
OUTPUT_ARCH(aarch64)
ENTRY(nie_entry)
SECTIONS
{
	. = 0;
	.text : {
		nie_image_start = .;
		/* struct nie_image_header in nie/image.h */
		QUAD(0x00324c455f45494e)	/* "NIE_EL2" */
		QUAD(nie_text_end)
		QUAD(nie_rodata_end)
		QUAD(nie_image_end)
		QUAD(nie_entry)
		QUAD(nie_boot_pa)
		*(.text.entry)
		*(.text .text.*)
		. = ALIGN(4096);
	}
	nie_text_end = .;
	.rodata : {
		*(.rodata .rodata.*)
		. = ALIGN(4096);
	}
	nie_rodata_end = .;
	.data : {
		*(.data.boot)
		*(.data .data.*)
		. = ALIGN(4096);
	}
	.bss : {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	}
	nie_image_end = .;
	/* A position-independent image without relocations has none of these filled. */
	.dynamic : { *(.dynamic) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.hash : { *(.hash) *(.gnu.hash) }
	.rela : { *(.rela*) }
	.got : { *(.got) *(.got.plt) }
	.plt : { *(.plt) *(.iplt) *(.igot*) }
	.version : { *(.gnu.version*) *(.dynbss) }
	ASSERT(SIZEOF(.rela) == 0, "the EL2 image has relocations")
	/* the linker itself puts four words here */
	ASSERT(SIZEOF(.got) <= 32, "the EL2 image has a GOT")
	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.modinfo) *(.ARM.attributes)
		      *(.discard*) *(.altinstr*) *(__bug_table) *(__ksymtab*) }
	.debug : { *(.debug*) }
}
