/* SPDX-License-Identifier: GPL-2.0-only */
/* The real layout: the proof is about all of its address space. */
#include "../../../nie/el2/arch/layout.h"
