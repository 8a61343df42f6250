#!/usr/bin/env bash
# pool.sh - `kdgrid run` started several times on one store: they share the study, whoever of them is killed, and
# the table is that of a plain run, byte for byte.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
echo 'tables = ( { name = "scores"; rows = ["distill.method"]; metrics = ["test.f1", "devel.f1"]; } );' >>tiny.cfg
grid=(tiny.cfg -D 'seeds=[1,2,3,4,5,6,7,8]')
"$KDGRID" run "${grid[@]}" --store plain >want 2>log || { cat log; fail "the plain run failed"; }
objects() { find "$1/objects" -name '*.h5' | wc -l; }
cells=$(objects plain)

# three at once
for i in 1 2 3; do "$KDGRID" run "${grid[@]}" --store shared >"out.$i" 2>"log.$i" & done
for i in 1 2 3; do wait -n || fail "a member failed: $(tail -n 1 log.1 log.2 log.3)"; done
for i in 1 2 3; do same want "out.$i"; done
[ "$(objects shared)" = "$cells" ] || fail "$(objects shared) objects, expected $cells"
"$KDGRID" status shared --json | grep -q "\"done\": $cells" || fail "not all cells are done: $("$KDGRID" status shared)"
[ -z "$(ls shared/claims shared/members | grep -v :)" ] || fail "members left something: $(ls shared/claims shared/members)"
"$KDGRID" fsck shared >out || { cat out; fail "fsck finds a problem"; }

# one that holds a long cell is seen by all, keeps others from being alone, and is waited for; killed, it is
# taken over at once
"$KDGRID" run "${grid[@]}" -D train.epochs=100000 --store long >/dev/null 2>log &
first=$!
while kill -0 $first 2>/dev/null && ! ls long/work/*/log >/dev/null 2>&1; do sleep 0.02; done
"$KDGRID" run "${grid[@]}" -D train.epochs=100000 --store long >/dev/null 2>log.second &
second=$!
while kill -0 $second 2>/dev/null && [ "$(ls long/members 2>/dev/null | grep -vc '[.]')" != 2 ]; do sleep 0.02; done
while kill -0 $second 2>/dev/null && [ "$(ls long/journal | wc -l)" != 2 ]; do sleep 0.02; done
shows_both() {
  "$KDGRID" status long >out
  grep -q "at work: process $first on" out && grep -q "at work: process $second on" out
}
while kill -0 $second 2>/dev/null && ! shows_both; do sleep 0.02; done
shows_both || { cat out; fail "status does not show both"; }
"$KDGRID" status long --json | tr -d ' \n' | grep -q '"members":\[{"run":' || fail "the JSON form shows no members"
expect 74 "process $first on" "$KDGRID" gc long
expect 74 "process $second on" "$KDGRID" fsck long --repair
kill -9 $first
kill -TERM $second
wait $first 2>/dev/null
wait $second
[ $? = 75 ] || fail "a member that is asked to stop does not end with 75: $(tail -n 1 log.second)"
"$KDGRID" gc long >/dev/null 2>log || { cat log; fail "a member that was killed still holds the store"; }

# members killed at random, others in their place
RANDOM=5
start() { "$KDGRID" run "${grid[@]}" --store killed >"out.$1" 2>"log.$1" & pid[$1]=$!; }
pid=()
for i in 1 2 3; do start $i; done
for kill in 1 2 3 4 5 6 7 8; do
  sleep 0.$((RANDOM % 5 + 1))
  i=$((RANDOM % 3 + 1))
  kill -9 "${pid[$i]}" 2>/dev/null
  wait "${pid[$i]}" 2>/dev/null
  start $i
done
for i in 1 2 3; do wait "${pid[$i]}" || fail "a member failed: $(tail -n 1 log.$i)"; done
for i in 1 2 3; do same want "out.$i"; done
"$KDGRID" run "${grid[@]}" --store killed >out 2>log || fail "the last run failed"
same want out
"$KDGRID" fsck killed >out || { cat out; fail "fsck finds a problem after kills"; }
finish
