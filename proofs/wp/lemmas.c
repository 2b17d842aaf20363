// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lemmas of nie/el2/lemmas.h, proved once: no code. A file whose functions are listed one
 * by one in proofs/wp/files proves those, and not the lemmas that it includes.
 */
#include "../../nie/el2/lemmas.h"
