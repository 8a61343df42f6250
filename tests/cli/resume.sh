#!/usr/bin/env bash
# resume.sh [KILLS] - a run that is killed at random moments ends with the same table, whatever happened.
. "$(dirname "$0")/common.sh"
cd "$work"
kills=${1:-6}
write_tiny_study tiny.cfg
numbers="--metric f1 --by student.hidden,distill.method --format csv"

"$KDGRID" run tiny.cfg --store whole >/dev/null 2>log || { cat log; fail "the undisturbed run failed"; }
"$KDGRID" aggregate whole $numbers >want || fail "no table of the undisturbed run"

# with two MPI workers the numbers are the same, bit for bit
if command -v mpirun >/dev/null; then
  "$KDGRID" run tiny.cfg -n 2 --store two >/dev/null 2>log || { cat log; fail "the run with two workers failed"; }
  "$KDGRID" aggregate two $numbers >got
  same want got
  "$KDGRID" merge whole two -o both >/dev/null 2>log || { cat log; fail "two runs of the same cells differ"; }
fi

# a run with nothing left to do does nothing
"$KDGRID" run tiny.cfg --store whole >again 2>log || fail "the second run failed"
"$KDGRID" table tiny.cfg --store whole >table
same again table

# Cells of a run in one process: children of its nursery, which is its child.
cells_of() {
  local nursery
  nursery=$(pgrep -d, -P "$1") && pgrep -P "$nursery"
}

# when the last run was killed amid its last record, though all is done, the next one mends what it left
truncate -s -5 whole/journal/0001
expect 3 "1 problem" "$KDGRID" fsck whole
"$KDGRID" run tiny.cfg --store whole >again 2>log || { cat log; fail "the run over a torn journal failed"; }
same again table
expect 0 "" "$KDGRID" fsck whole

# a cell's process that is killed is tried again, and the sweep goes on
"$KDGRID" run tiny.cfg --store shot >/dev/null 2>log &
pid=$!
shot=0
for ((i = 0; i < 400 && shot < 2; i++)); do
  cell=$(cells_of $pid | head -n 1)
  [ -n "$cell" ] && kill -9 "$cell" 2>/dev/null && shot=$((shot + 1))
  while [ -n "$cell" ] && kill -0 "$cell" 2>/dev/null; do sleep 0.01; done
  sleep 0.01
done
wait $pid || { cat log; fail "a run whose cells were killed did not end well"; }
[ $shot -gt 0 ] || fail "no cell was there to be killed"
"$KDGRID" aggregate shot $numbers >got
same want got

# killed again and again, then left alone
RANDOM=7
for ((i = 0; i < kills; i++)); do
  workers=$((i % 2 ? 2 : 0))
  command -v mpirun >/dev/null || workers=0
  setsid "$KDGRID" run tiny.cfg $([ $workers = 0 ] || echo "-n $workers") --store killed >/dev/null 2>&1 &
  pid=$!
  sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
done
for try in 1 2 3 4 5 6 7 8; do # a holder that was killed may take a moment to be gone
  "$KDGRID" run tiny.cfg --store killed >/dev/null 2>log && break
  sleep 0.5
done
"$KDGRID" aggregate killed $numbers >got || { cat log; fail "the killed store gives no table"; }
same want got
"$KDGRID" merge whole killed -o all >/dev/null 2>log || { cat log; fail "a resumed cell differs"; }
"$KDGRID" fsck killed >/dev/null || fail "fsck finds the killed store damaged"
finish
