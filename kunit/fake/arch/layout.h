/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for nie/el2/arch/layout.h: four GiB of RAM at most, eight GiB of address space. */
#ifndef NIE_FAKE_ARCH_LAYOUT_H
#define NIE_FAKE_ARCH_LAYOUT_H

#define NIE_PA_BITS_RAM		32
#define NIE_NR_GIBS		4ul
#define NIE_NR_PAGES		(NIE_NR_GIBS << 18)
#define NIE_PA_BITS_MAX		33

#endif /* NIE_FAKE_ARCH_LAYOUT_H */
