/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NIE lock: a ticket lock, so that every CPU gets its turn whatever the host does. It orders
 * all page records, tables and VM state. Taken only in the outermost layer (hostcalls/, host
 * aborts, exits.c, guestcalls.c), never twice, never held across guest execution.
 */
#ifndef NIE_EL2_ARCH_LOCK_H
#define NIE_EL2_ARCH_LOCK_H

void nie_lock(void);
void nie_unlock(void);

#endif /* NIE_EL2_ARCH_LOCK_H */
