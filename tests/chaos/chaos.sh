#!/usr/bin/env bash
# chaos.sh KILLS MPI_KILLS - whatever is killed, whenever: nothing acknowledged is lost or counted twice, every
# object and the table are those of an undisturbed run, nothing is left behind.
. "$KDGRID_SOURCE/tests/cli/common.sh"
cd "$work"
write_tiny_study tiny.cfg

# chaos NAME SEED KILLS [OPTION]...: the verdict has to be yes, and as many were killed.
chaos() {
  local name=$1 seed=$2 kills=$3
  shift 3
  "$KDGRID" run tiny.cfg --store "$name" --chaos "$seed" --kills "$kills" "$@" >verdict 2>log ||
    fail "exit $? under chaos: $(tail -n 1 log)"
  cat verdict
  grep -q "^verdict: nothing was lost" verdict || { fail "the verdict is not yes"; tail -n 20 "$name.chaos/runs"; }
  local killed
  killed=$(sed -n 's/^chaos with seed [0-9]*: \([0-9]*\) killed in .*/\1/p' verdict)
  [ "${killed:-0}" -ge "$kills" ] || fail "only $killed of $kills were killed"
}

chaos alone 20261126 "$1" -j 2
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
chaos ranks 20261127 "$2" -n 2

expect 2 "is not empty; name another" "$KDGRID" run tiny.cfg --store alone --chaos 1
expect 2 "--kills 1 or more" "$KDGRID" run tiny.cfg --store new --chaos 1 --kills 0
finish
