(* SPDX-License-Identifier: GPL-2.0-only *)
(* What the main theorems rest on: `check` reads what this prints. *)
From NIE Require Import Calls Preservation Behaviour Isolation Launch Confidentiality Age Tables
  Example.

Print Assumptions reachable_inv.
Print Assumptions exclusivity.
Print Assumptions integrity_memory.
Print Assumptions integrity_running.
Print Assumptions integrity_saved.
Print Assumptions integrity_enter.
Print Assumptions integrity_donated.
Print Assumptions integrity_launched.
Print Assumptions unwind_other.
Print Assumptions unwind_silent.
Print Assumptions unwind_declared.
Print Assumptions confidentiality.
Print Assumptions unseen.
Print Assumptions protected_marked.
Print Assumptions protected_silent.
Print Assumptions pool_suffices.
Print Assumptions scrub.
Print Assumptions failure_atomic.
Print Assumptions bounded.
Print Assumptions table_complete.
