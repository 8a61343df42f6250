#!/usr/bin/env bash
# chaos.sh KILLS MPI_KILLS REPEATED - whatever is killed, whenever: nothing acknowledged is lost or counted twice,
# every object and the table are those of an undisturbed run, nothing is left behind. The same seed gives each run the
# same list of deeds; how many runs it takes may differ, for a full disk may end one before a deed or behind it.
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

# What each run of a store is planned to get, and what the first one, which nothing precedes, got.
plans() { sed -n 's/^round [0-9]*, run/run/p' "$1.chaos/deeds"; }
first_deeds() { sed -n '/^run 1,/p' "$1.chaos/deeds"; }

# Power has a test of its own (power.sh): what it leaves of a claim is watched for a minute.
kinds=kill,stop,tear,fill,clock

chaos first 7 "$3" --chaos-kinds $kinds
chaos second 7 "$3" --chaos-kinds $kinds
grep -q killed first.chaos/deeds || fail "no deed is noted"
runs=$({ plans first | wc -l; plans second | wc -l; } | sort -n | head -n 1)
for name in first second; do
  { plans $name | head -n $((runs - 1)); first_deeds $name; } >$name.plans
done
same first.plans second.plans
chaos other 8 2 --chaos-kinds $kinds
cmp -s <(head -n 3 first.chaos/deeds) <(head -n 3 other.chaos/deeds) && fail "another seed does the same"
again=$(sed -n 's/^again: kdgrid //p' verdict)
[ "$again" = "run tiny.cfg --store other --chaos 8 --kills 2 --chaos-kinds $kinds" ] ||
  fail "the command to repeat is '$again'"
chaos stopped 9 1 --chaos-kinds kill
grep -qE 'fail=|jump=|stopped|asked|torn' stopped.chaos/deeds && fail "kinds were not chosen"

chaos alone 20261126 "$1" -j 2 --chaos-kinds $kinds
chaos pool 20261128 "$2" --members 3 --chaos-kinds $kinds
[ "$(ls pool.chaos/log.1.[123] | wc -l)" = 3 ] || fail "there were not three members"
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
chaos ranks 20261127 "$2" -n 2 --chaos-kinds $kinds

expect 2 "is not empty; name another" "$KDGRID" run tiny.cfg --store alone --chaos 1
expect 2 "--chaos-kinds: there is no 'flood'; there are kill, stop, tear, fill, clock, power" \
  "$KDGRID" run tiny.cfg --store new --chaos 1 --chaos-kinds kill,flood
expect 2 "--members 1 to 64" "$KDGRID" run tiny.cfg --store new --chaos 1 --members 0
expect 2 "--kills 1 or more" "$KDGRID" run tiny.cfg --store new --chaos 1 --kills 0
finish
