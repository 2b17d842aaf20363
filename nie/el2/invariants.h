/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants as formulas; Documentation/invariants.rst has them in words. Nothing here is code.
 */
#ifndef NIE_EL2_INVARIANTS_H
#define NIE_EL2_INVARIANTS_H

#include "state.h"
#include <arch/mem.h>
#include <arch/pte.h>

#endif /* NIE_EL2_INVARIANTS_H */
