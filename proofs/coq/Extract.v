(* SPDX-License-Identifier: GPL-2.0-only *)
(* The machine as an OCaml program, for proofs/oracle. Numbers stay what they are in Coq. *)
From Coq Require Import NArith List Bool String Extraction ExtrOcamlBasic ExtrOcamlNativeString.
From NIE Require Import Maps State Calls GuestCalls Machine.

Extraction Language OCaml.
Set Extraction Output Directory ".".
Extraction "machine.ml" step sealed table row_of mkConfig kind rec leaf_at table_at vm_of running find flushes.
