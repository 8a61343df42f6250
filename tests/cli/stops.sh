#!/usr/bin/env bash
# stops.sh - each of the five signals, and the end of a SLURM job, stop a run in words and with 75; the same command
# goes on, and the table is that of a run that was never stopped.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
longer="-D train.epochs=12 -D train.checkpoint_s=0.1"

"$KDGRID" run tiny.cfg $longer --store whole >/dev/null 2>log || { cat log; fail "the undisturbed run failed"; }

# Wait until a cell is at work, or the run is over.
wait_for_cell() { while kill -0 "$1" 2>/dev/null && ! pgrep -P "$1" >/dev/null; do sleep 0.02; done; }

stopped=0
for signal in TERM INT HUP USR1 USR2; do
  "$KDGRID" run tiny.cfg $longer --store stopped >/dev/null 2>log &
  pid=$!
  wait_for_cell $pid
  kill -"$signal" $pid 2>/dev/null
  wait $pid
  code=$?
  case $code in
  75) stopped=$((stopped + 1)); grep -q "are left to do (asked to stop); run again to go on" log || { cat log; fail "$signal: no words"; } ;;
  0) ;; # it was done first
  *) cat log; fail "$signal: exit $code" ;;
  esac
  [ -z "$(pgrep -f "store stopped")" ] || fail "$signal: a process is left"
done
[ $stopped -ge 3 ] || fail "only $stopped of 5 signals met a run at work"

# 35 s before SLURM ends the job, with 30 s for the requeue: no cell that saves its state every minute may begin
SLURM_JOB_ID=1 SLURM_JOB_END_TIME=$(($(date +%s) + 35)) \
  expect 75 "run again to go on" "$KDGRID" run tiny.cfg -D seeds=7 -D train.epochs=100000 --store job
expect 75 "run again to go on" "$KDGRID" run tiny.cfg -D seeds=7 -D train.epochs=100000 --store job --deadline 1

"$KDGRID" run tiny.cfg $longer --store stopped >/dev/null 2>log || { cat log; fail "the stopped run does not go on"; }
"$KDGRID" merge whole stopped -o both >/dev/null 2>log || { cat log; fail "a stopped cell differs"; }
finish
