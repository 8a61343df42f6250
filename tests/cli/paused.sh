#!/usr/bin/env bash
# paused.sh SECONDS - a whole run with MPI workers is stopped, mpirun and cells too, for longer than any part of it
# waits for another one (60 s), and continued: it goes on as if nothing had been.
. "$(dirname "$0")/common.sh"
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
cd "$work"
write_tiny_study tiny.cfg
longer="-D train.epochs=40"
seconds=${1:-75}

# members PID: it and all that it started, directly or not; no one else's.
members() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do members "$child"; done
}

"$KDGRID" run tiny.cfg $longer --store whole >/dev/null 2>log || { cat log; fail "the undisturbed run failed"; }
"$KDGRID" run tiny.cfg $longer -n 2 --store paused >/dev/null 2>log &
pid=$!
last=$((SECONDS + 60))
until grep -q "teacher" log; do
  kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ] || { cat log; fail "no teacher"; break; }
  sleep 0.05
done
all=$(members $pid)
kill -STOP $all 2>/dev/null
echo "$(wc -w <<<"$all") processes are stopped for $seconds s"
sleep "$seconds"
kill -CONT $all 2>/dev/null
wait $pid || { cat log; fail "the continued run ended with $?"; }
grep -qE "lost|silent|retry|tried again" log && { cat log; fail "somebody was blamed"; }
"$KDGRID" merge whole paused -o both >/dev/null 2>log || { cat log; fail "a cell differs"; }
finish
