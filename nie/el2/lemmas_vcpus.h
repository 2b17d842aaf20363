/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INV-10 and INV-11 hold in a state if they held in another and nothing that they speak of differs.
 * Nothing here is code.
 */
#ifndef NIE_EL2_LEMMAS_VCPUS_H
#define NIE_EL2_LEMMAS_VCPUS_H

#include "invariants.h"

/*@
  // INV-10
  lemma kept_ctx{L1,L2}: vcpus_untouched{L1,L2} && \at(inv1 && natural, L1) ==>
    \forall integer p; (\at(is_ctx(p), L1) <==> \at(is_ctx(p), L2)) && (\at(is_ctx(p), L1) ==>
    record_same{L1,L2}(p) && 0 <= \at(nie_pages.p[p].vm, L1) < NIE_NR_VMS);
  lemma kept_slots{L1,L2}: vcpus_untouched{L1,L2} && \at(inv10, L1) ==> \at(inv10_slots(-1), L2);
  lemma kept_pages{L1,L2}: vcpus_untouched{L1,L2} && \at(inv1 && inv10 && natural, L1) ==>
    \at(inv10_pages(-1), L2);
  lemma kept_content{L1,L2}: vcpus_untouched{L1,L2} && \at(inv1 && inv10 && natural, L1) ==>
    \at(inv10_content(-1), L2);
  lemma kept_held{L1,L2}: vcpus_untouched{L1,L2} &&
    \at(inv1 && inv10 && natural && natural_cpus, L1) ==>
    \forall integer p; \at(is_ctx(p), L2) && \at(nie_vcpus.c[p].cpu, L2) != NIE_NO_CPU ==>
    \let i = \at(nie_vcpus.c[p].cpu, L2); 0 <= i < NIE_NR_CPUS && \at(nie_cpus.pfn[i], L2) == p;
  lemma kept_loads{L1,L2}: vcpus_untouched{L1,L2} &&
    \at(inv1 && inv10 && natural && natural_cpus, L1) ==>
    \forall integer i, p; 0 <= i < NIE_NR_CPUS && p == \at(nie_cpus.pfn[i], L2) &&
    p != NIE_NO_PAGE ==> \at(is_ctx(p), L2) && p != -1 && \at(nie_vcpus.c[p].cpu, L2) == i;
  lemma kept_cpus{L1,L2}: vcpus_untouched{L1,L2} &&
    \at(inv1 && inv10 && natural && natural_cpus, L1) ==> \at(inv10_cpus(-1, -1), L2);
  lemma kept_claims{L1,L2}: vcpus_untouched{L1,L2} && \at(inv10, L1) ==> \at(inv10_claims, L2);
  lemma kept_loaded{L1,L2}: vcpus_untouched{L1,L2} && \at(inv10, L1) ==> \at(inv10_loaded, L2);
  lemma kept_dying{L1,L2}: vcpus_untouched{L1,L2} && \at(inv1 && inv10 && natural, L1) ==>
    \at(inv10_dying(-1), L2);
  lemma kept_vcpus{L1,L2}: vcpus_untouched{L1,L2} &&
    \at(inv1 && inv10 && natural && natural_cpus, L1) ==> \at(inv10, L2);

  // INV-11
  lemma kept_run_ctx{L1,L2}: vcpus_untouched{L1,L2} && \at(inv11, L1) ==> \at(inv11_ctx(-1), L2);
  lemma kept_run_pages{L1,L2}: vcpus_untouched{L1,L2} && \at(inv11, L1) ==>
    \at(inv11_runs(-1), L2);
  lemma kept_runs{L1,L2}: vcpus_untouched{L1,L2} && \at(inv11, L1) ==> \at(inv11, L2);
*/

#endif /* NIE_EL2_LEMMAS_VCPUS_H */
