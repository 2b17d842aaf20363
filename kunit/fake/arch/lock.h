/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nie/el2/arch/lock.h. The fake counts, and objects to a second lock and to effects
 * without one.
 */
#ifndef NIE_FAKE_ARCH_LOCK_H
#define NIE_FAKE_ARCH_LOCK_H

void nie_lock(void);
void nie_unlock(void);

#endif /* NIE_FAKE_ARCH_LOCK_H */
