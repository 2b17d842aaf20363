// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the MMU reads in the descriptors of the host's stage-2 that the contracts speak of, bit by
 * bit (Arm ARM D8.3.1): type, output address, S2AP, AF, XN. Lemmas only, proved like all others.
 */
#include "../../nie/el2/invariants.h"

/*@
  logic integer bits(integer e, integer lowest, integer range) = (e / lowest) % range;
  logic integer type_of(integer e) = bits(e, 1, 4);
  // bits 47..12, in pages
  logic integer output_of(integer e) = bits(e, 0x1000, 0x1000000000);
  // NIE_PERM_*, by S2AP[1:0] = bits 7..6, AF = bit 10, XN[1:0] = bits 54..53; -1 for others
  logic integer perm_in(integer e) =
    bits(e, 0x40, 4) != 3 || bits(e, 0x400, 2) != 1 ? -1 :
    bits(e, 0x20000000000000, 4) == 0 ? 2 : bits(e, 0x20000000000000, 4) == 2 ? 1 : -1;

  lemma rwx_page: \forall integer p; 0 <= p < NIE_NR_PAGES ==>
    type_of(l3_rwx(p)) == 3 && output_of(l3_rwx(p)) == p && perm_in(l3_rwx(p)) == 2;
  lemma rw_page: \forall integer p; 0 <= p < NIE_NR_PAGES ==>
    type_of(l3_rw(p)) == 3 && output_of(l3_rw(p)) == p && perm_in(l3_rw(p)) == 1;
  lemma block_2m: \forall integer b; 0 <= b < NIE_NR_L2 ==>
    type_of(l2_block(b)) == 1 && output_of(l2_block(b)) == b * 512 && perm_in(l2_block(b)) == 2;
  lemma block_1g: \forall integer g; 0 <= g < NIE_NR_L1 ==>
    type_of(l1_block(g)) == 1 && output_of(l1_block(g)) == g * 0x40000 &&
    perm_in(l1_block(g)) == 2;
  lemma table_of_gib{L}: \forall integer g; managed_gib(g) && gibs_fixed ==>
    type_of(l1_table(g)) == 3 && output_of(l1_table(g)) == nie_gibs.g[g].l2_pfn;
  lemma table_of_mb{L}: \forall integer b; managed_mb(b) && gibs_fixed ==>
    type_of(l2_table(b)) == 3 && output_of(l2_table(b)) == nie_gibs.g[b / 512].l3_pfn + b % 512;
  lemma block_or_table{L}: \forall integer b; managed_mb(b) && gibs_fixed ==>
    l2_block(b) != l2_table(b) && l1_block(b / 512) != l1_table(b / 512);
*/
