/* SPDX-License-Identifier: GPL-2.0-only */
/* The real descriptor bits. */
#include "../../../nie/el2/arch/pte.h"
