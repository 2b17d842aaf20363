/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nie/el2/arch/lock.h under Frama-C. While the lock is free other CPUs may do
 * whatever keeps the invariants: who takes it finds any state that has them, and has to leave one.
 */
#ifndef NIE_WP_ARCH_LOCK_H
#define NIE_WP_ARCH_LOCK_H

#include "../../../nie/el2/invariants.h"
#include "../../../nie/el2/launch.h"

#define NIE_STATE	nie_pages, nie_counts, nie_vms, nie_host_l1, nie_host_l2, nie_host_l3,	\
			nie_host_odd, nie_host_odd_gib, nie_tlb, nie_window, nie_zeroed,	\
			nie_tables, nie_vcpus, nie_claims, nie_users, nie_cpus, nie_launch

/* Ghost: this CPU holds nie_lock. */
extern int nie_locked;

/*@ requires nie_locked == 0 && nie_cpu < NIE_NR_CPUS;
  @ assigns nie_locked, NIE_STATE;
  @ ensures nie_locked == 1 && inv_vms;
  @ ensures mine: nie_cpus.pfn[nie_cpu] == \old(nie_cpus.pfn[nie_cpu]);
  @*/
void nie_lock(void);

/*@ requires nie_locked == 1 && inv_vms;
  @ assigns nie_locked;
  @ ensures nie_locked == 0;
  @*/
void nie_unlock(void);

#endif /* NIE_WP_ARCH_LOCK_H */
