#!/usr/bin/env bash
# launched.sh - what a coordinator under mpirun could not do comes back by its name, also where it can write nothing
# at all; and one that says nothing any more is ended, however early it fell silent.
. "$(dirname "$0")/common.sh"
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
cd "$work"
write_tiny_study tiny.cfg

# nothing can be written by the coordinator, which comes after the four folders of the store that the launcher looks for: no
# disk is asked for the words that say so
expect 0 "" "$KDGRID" run tiny.cfg -n 1 --store unwritten -D 'seeds=[1]'
KDGRID_FAULTS="fail=write:5x100000 log=$work/faults" expect 74 "cannot create the folder: No space left" \
  timeout 60 "$KDGRID" run tiny.cfg -n 1 --store unwritten
expect 0 "" "$KDGRID" run tiny.cfg -n 1 --store unwritten
left=$(find unwritten -maxdepth 1 -name '.*' ! -name . -print)
[ -z "$left" ] || fail "left in the store: $left"

# MPI's own files are larger than they may be, which a second try does not change: no end to run again after
(ulimit -f 1000; expect 69 "mpirun did not bring the workers up" timeout 60 "$KDGRID" run tiny.cfg -n 1 --store limited; exit $failures) ||
  failures=1

# coordinator PID: the rank 0 that the launcher PID has started
coordinator() {
  local ranks rank
  ranks=$(pgrep -P "$(pgrep -P "$1" mpirun | head -n 1)" kdgrid-mpi 2>/dev/null)
  for rank in $ranks; do
    grep -qzx OMPI_COMM_WORLD_RANK=0 "/proc/$rank/environ" 2>/dev/null && echo "$rank"
  done
  true
}

# falls_silent NAME EPOCHS READY...: the coordinator is stopped once the command READY succeeds, and ended by the launcher;
# a clock that runs twice as fast makes half a minute of a minute. Leaves the launcher's exit in $code.
falls_silent() {
  local name=$1 epochs=$2 pid rank='' last=$((SECONDS + 60))
  shift 2
  KDGRID_FAULTS="haste=2" "$KDGRID" run tiny.cfg -D train.epochs="$epochs" -n 1 --store "$name" >/dev/null 2>log &
  pid=$!
  until rank=$(coordinator $pid) && [ -n "$rank" ] && "$@"; do
    kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ] || { cat log; fail "$name: no coordinator"; return; }
    sleep 0.02
  done
  kill -STOP "$rank"
  last=$((SECONDS + 90))
  while kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ]; do sleep 0.2; done
  kill -0 $pid 2>/dev/null && { fail "$name: nobody noticed"; kill -9 $pid "$rank"; }
  wait $pid
  code=$?
}

# before MPI is up it is started again; just after that the run is over. It has work enough not to be done while mpirun, which continues
# whom it ends, ends it
falls_silent first 1000 true
case $code in
0) grep -q "it is tried once more" log || { cat log; fail "the first start was not given up"; } ;;
75) grep -q "the coordinator is gone" log || { cat log; fail "no words about an early silence"; } ;;
*) cat log; fail "exit $code after an early silence" ;;
esac

# when it works; mpirun continues whom it ends, so one that is quick says by itself that it was asked to stop
is_member() { ls early/members/* >/dev/null 2>&1; }
falls_silent early 100000 is_member
[ $code = 75 ] || { cat log; fail "exit $code after the coordinator fell silent"; }
grep -qE "the coordinator is gone|left to do \(asked to stop\)" log || { cat log; fail "no words about the coordinator"; }

# MPI calls the death of a rank an error; nobody is told so
loses_a_worker() {
  local pid rank
  "$KDGRID" run tiny.cfg -D train.epochs=8 -n 2 --store killed >/dev/null 2>log &
  pid=$!
  until ls killed/work/*/log >/dev/null 2>&1 || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
  rank=$(pgrep -P "$(pgrep -P $pid mpirun | head -n 1)" kdgrid-mpi | tail -n 1)
  kill -9 "$rank"
  wait $pid
  code=$?
}
loses_a_worker
[ $code = 0 ] || { cat log; fail "exit $code after a worker was killed"; }
grep -q "worker 2 died" log || { cat log; fail "no worker died"; }
grep PMIX log && fail "MPI's own words about it"
finish
