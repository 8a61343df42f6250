#!/usr/bin/env bash
# log.sh - what was tried of a cell: attempts over two runs, how each ended, and the lines its process wrote.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
sed -i 's/axes = (.*/axes = ( { key = "train.explode"; values = [1000, 1e-6]; } );/; s/seeds = .*/seeds = [1];/' tiny.cfg
for run in 1 2; do
  "$KDGRID" run tiny.cfg --store store --retry-failed >/dev/null 2>err
  [ $? = 1 ] || { cat err; fail "a loss may grow to a millionth of what it was"; }
done
says() { grep -qE -- "$1" out || fail "expected '$1' in: $(cat -v out)"; }

expect 0 "" "$KDGRID" log "explode=1e-06"
stamp='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z'
says '^[0-9a-f]{32}  explode=1e-06$'
for run in 1 2; do
  says "$stamp  run $run  attempt [0-9]+  assigned to worker 0$"
  says "$stamp  run $run  attempt [0-9]+  failed after .*, diverged: the loss has grown from"
  says "$stamp  run $run  (attempt [0-9]+  )?given-up"
done
id=$(head -n 1 out | cut -c 1-32)

# ---- the cell by hand, by the same word ----
expect 4 "the loss has grown from" "$KDGRID" cell "${id:0:8}" --store store
expect 0 "its object is there" "$KDGRID" cell best --store store
expect 66 "no cell has an id" "$KDGRID" cell feedfeed --store store
expect 66 "no/such/file" "$KDGRID" cell no/such/file --store store

# ---- the lines of its process: the last ones, seen and without effect ----
log=store/work/$id/log
[ -f "$log" ] || fail "a failed cell keeps no log"
printf 'line %d\n' $(seq 50) >"$log"
printf 'evil \e[31m\n' >>"$log"
expect 0 "" "$KDGRID" log "$id" --lines 3
[ "$(sed -n '/^log, the last lines$/,$p' out | wc -l)" = 4 ] || { cat out; fail "expected the last three lines"; }
says '^  line 49$'
says '^  evil .x1b\[31m$'
expect 0 "" "$KDGRID" log "$id" --lines 0
says '^  line 1$'
says '^log$'

# ---- of one that is done nothing is left to say ----
expect 0 "the best of 1" "$KDGRID" log best
says "$stamp  run 1  attempt 1  done after"
grep -q '^log' out && fail "a log of a cell that is done"
"$KDGRID" log "$id" --json 2>/dev/null | python3 -c '
import json, sys
got = json.load(sys.stdin)
what = [(r["run"], r["what"]) for r in got["records"]]
assert (1, "assigned") in what and (2, "failed") in what, what
assert all(r["study"] == "tiny" for r in got["records"]) and "line 50" in got["log"], got
' || fail "--json is not what is there"
expect 66 "no cell has an id" "$KDGRID" log feedfeed
finish
