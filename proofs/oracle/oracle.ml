(* SPDX-License-Identifier: GPL-2.0-only *)
(* The Coq side of the oracle: reads what core.c prints, does each line on the machine that was
   extracted from Coq, and compares results and the digest of the whole state. The first difference
   ends it with status 1.

   usage: oracle <OUTPUT-OF-CORE	oracle dump <OUTPUT-OF-CORE	oracle table *)

open Machine

(* Numbers. *)

let rec pos_of_int i =
  if i = 1 then XH else if i land 1 = 1 then XI (pos_of_int (i lsr 1)) else XO (pos_of_int (i lsr 1))
let n_of_int i = if i = 0 then N0 else Npos (pos_of_int i)

let n_of_hex s =
  let bit acc b = match acc with
    | None -> if b = 1 then Some XH else None
    | Some p -> Some (if b = 1 then XI p else XO p) in
  let digit acc c =
    let d = int_of_string ("0x" ^ String.make 1 c) in
    List.fold_left bit acc [d lsr 3; (d lsr 2) land 1; (d lsr 1) land 1; d land 1] in
  match Seq.fold_left digit None (String.to_seq s) with None -> N0 | Some p -> Npos p

let rec bits = function XH -> [1] | XO p -> 0 :: bits p | XI p -> 1 :: bits p
let hex_of_n = function
  | N0 -> "0"
  | Npos p ->
    let rec digits = function
      | a :: b :: c :: d :: l -> (a + 2 * b + 4 * c + 8 * d) :: digits l
      | [] -> []
      | l -> digits (l @ [0]) in
    let text = String.concat "" (List.rev_map (Printf.sprintf "%x") (digits (bits p))) in
    if String.length text > 1 && text.[0] = '0' then String.sub text 1 (String.length text - 1) else text

let rec int_of_pos = function XH -> 1 | XO p -> 2 * int_of_pos p | XI p -> 2 * int_of_pos p + 1
let int_of_n = function N0 -> 0 | Npos p -> int_of_pos p

(* The digest, as in core.c, kept up by what changes. *)

let dumping = Array.length Sys.argv > 1 && Sys.argv.(1) = "dump"
let items : (int * int * int * int * int * int, unit) Hashtbl.t = Hashtbl.create 1000
let digest = ref 0
let hash6 t a b c d e =
  let mix x v = let x = (x lxor v) * 0x2545f4914f6cdd1d in x lxor (x lsr 31) in
  mix (mix (mix (mix (mix (mix 0x1e3779b97f4a7c15 t) a) b) c) d) e
let item add t a b c d e =
  if dumping then begin
    let i = (t, a, b, c, d, e) in
    if add then Hashtbl.replace items i () else Hashtbl.remove items i
  end;
  digest := !digest lxor hash6 t a b c d e

(* What differs between two maps; parts that are the same in memory are not looked at. *)
let diff (a : 'a PositiveMap.t) (b : 'a PositiveMap.t) (f : int -> 'a option -> 'a option -> unit) =
  let open PositiveMap in
  let rec go a b bits weight =
    if a != b then begin
      let al, av, ar = match a with Leaf -> (Leaf, None, Leaf) | Node (l, v, r) -> (l, v, r) in
      let bl, bv, br = match b with Leaf -> (Leaf, None, Leaf) | Node (l, v, r) -> (l, v, r) in
      if av != bv then f (bits + weight - 1) av bv;
      go al bl bits (2 * weight);
      go ar br (bits + weight) (2 * weight)
    end in
  go a b 0 1

(* The machine. *)

let ranges : (int * int * page) list ref = ref []	(* first, end, what *)
let counts = Array.make 16 N0
let page_of_kind kind used = match kind with
  | 0 -> NotRam | 1 -> Host | 2 -> HostNie used | 6 -> Image | 10 -> Device
  | _ -> failwith "a kind that no record has at seal"
let boot_page p =
  let rec look = function
    | [] -> NotRam
    | (first, last, x) :: l -> if p >= first && p < last then x else look l in
  look !ranges

let config = ref None
let conf () = match !config with Some c -> c | None -> failwith "no P line"

let empty_machine = { kern = sealed; mem = PositiveMap.Leaf; regs = PositiveMap.Leaf;
  ich = PositiveMap.Leaf; hostregs = PositiveMap.Leaf; guestregs = PositiveMap.Leaf }
let state = ref empty_machine

(* struct nie_page *)
let fields = function
  | NotRam -> (0, 0, 0, 0) | Host -> (1, 0, 0, 0)
  | HostNie used -> (2, 0, 0, if used then 1 else 0)
  | HostGuest (v, g) -> (3, 0, int_of_n v, int_of_n g)
  | Guest (v, g) -> (4, 0, int_of_n v, int_of_n g)
  | GuestHost (v, g) -> (5, 0, int_of_n v, int_of_n g)
  | Image -> (6, 0, 0, 0)
  | Free (v, slot) -> (7, 0, int_of_n v, int_of_n slot)
  | Table (v, level, base) -> (8, int_of_n level, int_of_n v, int_of_n base)
  | Ctx (v, i) -> (9, 0, int_of_n v, int_of_n i)
  | Device -> (10, 0, 0, 0)

let named = Array.make 256 0		(* records that name each VM *)
let kinds = Array.make 16 0
let loaded = Array.make 256 0

let words = [0; 1; 511]
let mem_items add p x m =
  match x with
  | Free _ | Table _ | Ctx _ -> ()
  | _ -> List.iter (fun w ->
      match get m (n_of_int w) with
      | None | Some N0 -> ()
      | Some v -> item add 11 p w (int_of_n v) 0 0) words

let page_items add p x m =
  let kind, level, v, base = fields x in
  let n = if add then 1 else -1 in
  kinds.(kind) <- kinds.(kind) + n;
  (match x with
   | HostGuest _ | Guest _ | GuestHost _ | Free _ | Table _ | Ctx _ -> named.(v) <- named.(v) + n
   | _ -> ());
  if x <> boot_page p then item add 1 p kind level v base;
  mem_items add p x m

let bank m p = match get m (n_of_int p) with Some w -> w | None -> PositiveMap.Leaf

(* The items of a VM that are not maps. *)
let vm_items add v (m : vm) named loaded =
  let state = match m.vlife with Dead -> 0 | Live -> 1 | Dying -> 2 in
  let gen = int_of_n m.vgen in
  if state = 0 then (if gen <> 0 then item add 3 v gen 0 0 0)
  else begin
    item add 2 v state (if m.vprot then 1 else 0) (int_of_n m.vipa) (int_of_n m.vroot);
    item add 3 v gen (List.length m.vpool) loaded named;
    if m.vstart then item add 12 v 1 0 0 0;
    List.iteri (fun i p -> item add 4 v i (int_of_n p) 0 0) (List.rev m.vpool)
  end

let opt add f = function None -> () | Some x -> f add x
let both f a b = opt false f a; opt true f b

let map_items v (a : vm) (b : vm) =
  let d m n f = diff m n (fun k x y -> both (fun add -> f add k) x y) in
  d a.vvcpu b.vvcpu (fun add i (x : vcpu) -> item add 5 v i (int_of_n x.ctx) (int_of_n x.run) 0);
  d a.vleaf b.vleaf (fun add g l ->
    let prot = (if l.lw then 1 else 0) lor (if l.lx then 2 else 0) lor (if l.lnc then 4 else 0) in
    item add 7 v g (int_of_n l.lpfn) prot (if l.lyoung then 1 else 0));
  d a.vtab2 b.vtab2 (fun add i p -> item add 8 v 2 i (int_of_n p) 0);
  d a.vtab3 b.vtab3 (fun add i p -> item add 8 v 3 i (int_of_n p) 0);
  d a.vlast b.vlast (fun add c x -> item add 9 v c (int_of_n x) 0 0)

(* A dead VM has no items but its generation. *)
let shown (m : vm) = if m.vlife = Dead then { no_vm with vgen = m.vgen } else m

let update () =
  let vm_table = Hashtbl.create 8 in
  fun (s : machine) (t : machine) ->
    let pages = Hashtbl.create 8 in
    let old_named = Array.copy named and old_loaded = Array.copy loaded in
    let old_kinds = Array.copy kinds in
    diff s.kern.pages t.kern.pages (fun p _ _ -> Hashtbl.replace pages p ());
    diff s.mem t.mem (fun p _ _ -> Hashtbl.replace pages p ());
    Hashtbl.iter (fun p () ->
      let n = n_of_int p in
      page_items false p (rec0 (conf ()) s.kern n) (bank s.mem p);
      page_items true p (rec0 (conf ()) t.kern n) (bank t.mem p)) pages;
    diff s.kern.cpus t.kern.cpus (fun c a b ->
      let f add (x : claim) =
        let v = int_of_n x.cvm in
        loaded.(v) <- loaded.(v) + (if add then 1 else -1);
        item add 6 c v (int_of_n x.cindex) 0 0 in
      both f a b);
    Array.iteri (fun k n ->
      if n <> kinds.(k) then begin
        item false 10 k n 0 0 0;
        item true 10 k kinds.(k) 0 0 0
      end) old_kinds;
    Hashtbl.reset vm_table;
    diff s.kern.vms t.kern.vms (fun v _ _ -> Hashtbl.replace vm_table v ());
    Array.iteri (fun v n -> if n <> named.(v) || old_loaded.(v) <> loaded.(v)
      then Hashtbl.replace vm_table v ()) old_named;
    Hashtbl.iter (fun v () ->
      let a = shown (vm_of s.kern (n_of_int v)) and b = shown (vm_of t.kern (n_of_int v)) in
      vm_items false v a old_named.(v) old_loaded.(v);
      vm_items true v b named.(v) loaded.(v);
      map_items v a b) vm_table
let update = update ()

(* One line. *)

let zero = N0
let act cpu a =
  let t, o = step (conf ()) !state cpu a in
  state := t;
  o

let is_running cpu = running !state cpu <> None

(* A guest leaves: a normal one by a trap, a protected one by an interrupt. *)
let leave cpu code =
  let e = match running !state cpu with
    | Some (v, _) when (vm_of !state.kern v).vprot -> XIrq
    | _ -> XTrap (n_of_int code, zero, zero, zero) in
  act cpu (GExit (e, zero))

(* A guest's access: into the guest, the access, and out again by an interrupt. *)
let in_guest cpu a =
  let call = HCall (n_of_int 0x42, { a0 = zero; a1 = zero; a2 = zero; a3 = zero; a4 = zero }) in
  ignore (act cpu call);
  if not (is_running cpu) then []
  else begin
    let o = act cpu a in
    ignore (leave cpu 0);
    o
  end

(* A call of a protected guest: 1 if it was made and succeeded. *)
let guest_call cpu g call =
  let c = if call = zero then MemUnshare g else if call = n_of_int 1 then MemShare g
    else MemRelinquish g in
  match in_guest cpu (GCall c) with
  | [c] when c = N0 -> [n_of_int 1]
  | _ -> [zero]

let r_scratch = n_of_int 1000		(* no register of the run page *)

(* Of a vcpu_load that succeeds: does it flush? In the state before it. *)
let flush cpu (a : n array) =
  if a.(0) <> n_of_int 0x40 then false
  else match find0 (conf ()) !state.kern a.(1) with
    | Some v -> flushes !state.kern cpu v a.(2)
    | None -> false

let execute what cpu (a : n array) =
  match what with
  | 'C' ->
    let flush = flush cpu a in
    let o = act cpu (HCall (a.(0), { a0 = a.(1); a1 = a.(2); a2 = a.(3); a3 = a.(4); a4 = a.(5) })) in
    let o = if is_running cpu then
        leave cpu (int_of_n a.(1) land 7)
      else o in
    o @ [if flush && List.nth o 1 = N0 then n_of_int 1 else zero]
  | 'H' -> act cpu (HRead (a.(0), a.(1), a.(2) <> N0))
  | 'W' -> act cpu (HWrite (a.(0), a.(1), a.(2)))
  | 'G' -> in_guest cpu (GRead (a.(0), a.(1), a.(2) <> N0, r_scratch))
  | 'S' -> in_guest cpu (GWrite (a.(0), a.(1), a.(2)))
  | 'M' -> guest_call cpu a.(0) a.(1)
  | _ -> failwith "what line is this?"

let pad what o =
  let n = match what with 'C' -> 7 | 'H' | 'G' -> 2 | _ -> 1 in
  List.init n (fun i -> match List.nth_opt o i with Some x -> x | None -> zero)

(* What is in the state at seal. *)
let begin_state () =
  Array.iteri (fun k n -> if k < 11 then begin
    kinds.(k) <- int_of_n n;
    item true 10 k kinds.(k) 0 0 0
  end) counts

let tally = Hashtbl.create 64
let line_number = ref 0
let done_lines = ref 0

let compare_line line what cpu a want_results want_digest =
  let before = !state in
  let o = pad what (execute what cpu a) in
  update before !state;
  let results = String.concat " " (List.map hex_of_n o) in
  incr done_lines;
  let key = match what with
    | 'C' -> (match row_of a.(0) with Some r -> r.r_text | None -> "(no such call)")
    | 'H' -> "(host read)" | 'W' -> "(host write)" | 'G' -> "(guest read)" | 'S' -> "(guest write)" | _ -> "(guest shares)" in
  let ok = match what, o with 'C', _ :: e :: _ -> e = N0 | _, x :: _ -> x <> N0 | _ -> false in
  let n, m = Option.value (Hashtbl.find_opt tally key) ~default:(0, 0) in
  Hashtbl.replace tally key (n + 1, if ok then m + 1 else m);
  let digest = Printf.sprintf "%x" !digest in
  if not dumping && (results <> want_results || digest <> want_digest) then begin
    Printf.printf "line %d: %s\n" !line_number line;
    if results <> want_results then Printf.printf "results: core %s, model %s\n" want_results results
    else print_string "the same results, another state\n";
    exit 1
  end

let int_of_hex s = int_of_string ("0x" ^ s)

let parse line =
  incr line_number;
  match String.split_on_char ' ' line with
  | ["B"; first; nr; kind; used] ->
    let first = int_of_hex first in
    ranges := (first, first + int_of_hex nr, page_of_kind (int_of_hex kind) (used = "1")) :: !ranges
  | ["P"; pages; host_pages; vms; vcpus; pool; cpus; gens] ->
    let table = Array.make (int_of_hex pages) NotRam in
    List.iter (fun (first, last, x) -> Array.fill table first (last - first) x) !ranges;
    config := Some { nr_pages = n_of_hex pages; nr_host_pages = n_of_hex host_pages;
      nr_vms = n_of_hex vms; nr_vcpus = n_of_hex vcpus; nr_pool = n_of_hex pool;
      nr_cpus = n_of_hex cpus; gen_max = n_of_hex gens;
      boot = (fun p -> let p = int_of_n p in
        if p >= 0 && p < Array.length table then table.(p) else NotRam);
      boot_count = (fun k -> counts.(int_of_n k)); protected_runs = true }
  | ["K"; k; n] ->
    let k = int_of_hex k in
    counts.(k) <- n_of_hex n;
    if k = 10 then begin_state ()
  | "!" :: _ -> print_string ("core: " ^ line ^ "\n"); if not dumping then exit 1
  | "=" :: _ -> raise End_of_file
  | what :: cpu :: rest ->
    let rec until acc = function
      | "|" :: l -> (List.rev acc, l)
      | x :: l -> until (x :: acc) l
      | [] -> (List.rev acc, []) in
    let a, rest = until [] rest in
    let results, rest = until [] rest in
    compare_line line what.[0] (n_of_hex cpu) (Array.of_list (List.map n_of_hex a))
      (String.concat " " results) (String.concat " " rest)
  | _ -> ()

let text_of_phase = function ANY -> "ANY" | EARLY -> "EARLY" | DEBUG -> "DEBUG" | SEALED -> "SEALED"

let () =
  if Array.length Sys.argv > 1 && Sys.argv.(1) = "table" then
    List.iter (fun r -> Printf.printf "%s %s %s %s\n" (hex_of_n r.r_nr) r.r_text
      (text_of_phase r.r_phase) (hex_of_n r.r_args)) table
  else begin
    (try while true do parse (input_line stdin) done with End_of_file -> ());
    if dumping then
      Hashtbl.iter (fun (t, a, b, c, d, e) () -> Printf.printf "%x %x %x %x %x %x\n" t a b c d e) items
    else begin
      Printf.printf "same: %d\n" !done_lines;
      Hashtbl.fold (fun k x l -> (k, x) :: l) tally [] |> List.sort compare
      |> List.iter (fun (k, (n, m)) -> Printf.printf "# %s: %d, %d of them succeeded\n" k n m)
    end
  end
