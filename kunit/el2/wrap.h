/* SPDX-License-Identifier: GPL-2.0-only */
/* What ld --wrap=nie_hostcall makes of nie_hostcall(): the call's own code, and who is called. */
#ifndef NIE_KUNIT_EL2_WRAP_H
#define NIE_KUNIT_EL2_WRAP_H

#include <arch/el2.h>

void __real_nie_hostcall(u32 nr, struct nie_host_regs *r);
void __wrap_nie_hostcall(u32 nr, struct nie_host_regs *r);

#endif /* NIE_KUNIT_EL2_WRAP_H */
