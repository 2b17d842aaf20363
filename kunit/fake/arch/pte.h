/* SPDX-License-Identifier: GPL-2.0-only */
/* The real descriptor bits: kunit/check.c decodes them on its own. */
#include "../../../nie/el2/arch/pte.h"
