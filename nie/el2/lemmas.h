/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INV-8 and INV-9 hold in a state if they held in another and nothing that they speak of differs.
 * Nothing here is code.
 */
#ifndef NIE_EL2_LEMMAS_H
#define NIE_EL2_LEMMAS_H

#include "invariants.h"

/*@
  // INV-8
  lemma kept_tables{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) ==>
    \forall integer t, v; \at(live(v), L2) && v != x ==>
    (\at(is_table_of(t, v), L1) <==> \at(is_table_of(t, v), L2)) &&
    (\at(is_table_of(t, v), L1) ==> record_same{L1,L2}(t));
  lemma kept_children{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) ==>
    \forall integer t, v, i; \at(live(v), L2) && v != x && \at(is_table_of(t, v), L2) &&
    0 <= i < 512 ==> \at(child(t, i), L1) == \at(child(t, i), L2);
  lemma kept_roots{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v; \at(live(v), L2) && v != x ==> \at(inv8_roots(v), L2);
  lemma kept_below{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer t, v, i; \at(live(v), L2) && v != x && \at(is_table_of(t, v), L2) &&
    \at(nie_pages.p[t].level, L2) < 3 && 0 <= i < 512 && t != NIE_NO_PAGE ==>
    \at(nie_tables.t[t].e[i], L2) == \at(nie_tables.t[t].e[i], L1) &&
    (\at(nie_tables.t[t].e[i], L1) == 0 ||
     (\at(nie_tables.t[t].e[i] == child(t, i) * 4096 + PTE_TABLE, L1) &&
      \at(is_table(child(t, i), v, \at(nie_pages.p[t].level, L2) + 1), L1) &&
      \at(nie_pages.p[child(t, i)].base, L1) == \at(nie_pages.p[t].base, L2) * 512 + i));
  lemma kept_first{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b; \at(place2(v, b), L2) && v != x ==>
    \let t = \at(nie_vms.vm[v].root_pfn, L2) + b / 512; \at(is_table(t, v, 1), L1) &&
    t == \at(nie_vms.vm[v].root_pfn, L1) + b / 512 && 0 <= b % 512 < 512 &&
    \at(child(t, b % 512), L1) == \at(child(t, b % 512), L2);
  lemma kept_second{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b; \at(place2(v, b), L2) && v != x ==>
    \at(walk2(v, b), L1) == \at(walk2(v, b), L2);
  lemma kept_below_first{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b; \at(place2(v, b), L2) && v != x ==>
    \at(walk2(v, b), L1) == NIE_NO_PAGE || \at(is_table(walk2(v, b), v, 2), L1);
  lemma parts: \forall integer b; 0 <= b ==> 0 <= b / 512 && 0 <= b % 512 < 512;
  lemma parent{L}: \forall integer v, b; place3(v, b) ==> place2(v, b / 512);
  lemma kept_parent{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b; \at(place2(v, b), L2) && v != x ==>
    \let t = \at(walk2(v, b), L2); \at(walk2(v, b), L1) == t &&
    (t == NIE_NO_PAGE || \at(is_table_of(t, v), L2));
  lemma kept_below_second{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b, i, t; \at(place2(v, b), L2) && v != x && 0 <= i < 512 &&
    t == \at(walk2(v, b), L2) && t != NIE_NO_PAGE ==>
    \at(live(v) && is_table_of(t, v), L2) && \at(child(t, i), L1) == \at(child(t, i), L2);
  lemma kept_leaf_table{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b, t; \at(place3(v, b), L2) && v != x &&
    t == \at(walk2(v, b / 512), L2) && t != NIE_NO_PAGE ==>
    \at(walk2(v, b / 512), L1) == t && \at(child(t, b % 512), L1) == \at(child(t, b % 512), L2);
  lemma kept_third{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v, b; \at(place3(v, b), L2) && v != x ==>
    \at(walk3(v, b), L1) == \at(walk3(v, b), L2);
  lemma kept_next{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer t, v, i; \at(live(v), L2) && v != x && \at(is_table_of(t, v), L2) &&
    \at(nie_pages.p[t].level, L2) < 3 && 0 <= i < 512 && t != NIE_NO_PAGE ==>
    \let c = \at(child(t, i), L2); \at(nie_tables.t[t].e[i], L2) == 0 ||
    (\at(nie_tables.t[t].e[i], L2) == c * 4096 + PTE_TABLE &&
     \at(is_table(c, v, nie_pages.p[t].level + 1), L2) &&
     \at(nie_pages.p[c].base, L2) == \at(nie_pages.p[t].base, L2) * 512 + i);
  lemma kept_down{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x), L1) ==>
    \forall integer v; \at(live(v), L2) && v != x ==> \at(inv8_down(v), L2);
  lemma kept_places{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x) && natural, L1) ==>
    \forall integer t, v; \at(live(v), L2) && v != x && \at(is_table_of(t, v), L2) ==>
    \let n = \at(nie_pages.p[t].level, L2); \let b = \at(nie_pages.p[t].base, L2);
    (n == 1 && \at(b < nie_vms.vm[v].nr_roots && t == nie_vms.vm[v].root_pfn + b, L2)) ||
    (n == 2 && \at(place2(v, b), L2) && t == \at(walk2(v, b), L1)) ||
    (n == 3 && \at(place3(v, b), L2) && t == \at(walk3(v, b), L1));
  lemma kept_up{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x) && natural, L1) ==>
    \forall integer v; \at(live(v), L2) && v != x ==> \at(inv8_up(v, NIE_NO_PAGE), L2);
  lemma kept_trees{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv8_others(x) && natural, L1) ==> \at(inv8_others(x), L2);
  lemma all_trees{L}: inv8 <==> inv8_others(NIE_NO_VM);

  // INV-9
  lemma kept_at{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) ==>
    \forall integer p, v, g; \at(live(v), L2) && v != x && \at(is_at(p, v, g), L1) ==>
    \at(is_at(p, v, g), L2);
  lemma kept_entries{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv9_others(x), L1) ==>
    \forall integer t, v, i; \at(live(v), L2) && v != x && \at(is_table(t, v, 3), L2) &&
    0 <= i < 512 ==> \let e = \at(nie_tables.t[t].e[i], L2); e == 0 || (is_leaf(e, leaf_pfn(e)) &&
    \at(is_at(leaf_pfn(e), v, \at(nie_pages.p[t].base, L2) * 512 + i), L1));
  lemma kept_leaves{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv9_others(x), L1) ==>
    \forall integer v; \at(live(v), L2) && v != x ==> \at(inv9_of(v), L2);
  lemma kept_maps{L1,L2}: \forall integer x; tables_untouched{L1,L2}(x) &&
    \at(inv9_others(x), L1) ==> \at(inv9_others(x), L2);
  lemma all_maps{L}: inv9 <==> inv9_others(NIE_NO_VM);
*/

#endif /* NIE_EL2_LEMMAS_H */
