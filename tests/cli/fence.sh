#!/usr/bin/env bash
# fence.sh - a store that vanishes under a run, and a run that slept while somebody had the store alone: it ends at
# once, in words, by 74 and 75; nothing is recorded any more, no cell is blamed, and the same command goes on.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
longer="-D train.epochs=100000"

# begin STORE OPTION...: a run that is at its cells, as process $pid
begin() {
  local store=$1 last=$((SECONDS + 60))
  shift
  "$KDGRID" run tiny.cfg --store "$store" "$@" >/dev/null 2>log &
  pid=$!
  until ls "$store"/work/*/log >/dev/null 2>&1; do
    kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ] || { cat log; fail "$store: no cell"; return; }
    sleep 0.02
  done
}

# ends CODE WORDS: it ends so, within half a minute
ends() {
  local last=$((SECONDS + 30)) code
  while kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ]; do sleep 0.1; done
  kill -0 $pid 2>/dev/null && { fail "it goes on"; kill -9 $pid; }
  wait $pid
  code=$?
  [ $code = "$1" ] || { cat log; fail "exit $code, expected $1"; }
  grep -qF -- "$2" log || { cat log; fail "no words: $2"; }
}

# a store that vanishes, and comes back
begin moved $longer -j 2
mv moved elsewhere
ends 74 "moved: this store is gone"
grep -q "failed" log && { cat log; fail "a cell is blamed for it"; }
mv elsewhere moved
expect 0 "" "$KDGRID" run tiny.cfg --store moved -j 2

# one that slept, and was buried
begin slept $longer
all=$pid
for child in $(pgrep -P $pid); do all="$all $child $(pgrep -P "$child")"; done
kill -STOP $all
sleep 0.2
size=$(stat -c %s slept/journal/0001)
rm slept/members/*-"$pid"-*
kill -CONT $all
ends 75 "was taken for dead"
[ "$(stat -c %s slept/journal/0001)" = "$size" ] || fail "it wrote to its journal all the same"
ls slept/members/*-"$pid"-* 2>/dev/null && fail "it came back among the members"
expect 0 "" "$KDGRID" run tiny.cfg --store slept

# as_another_machine COMMAND...: that does not see our processes, also where / is no mount, as below chroot
as_another_machine() {
  unshare -pfm --propagation unchanged \
    sh -c 'mount --make-private /proc && mount -t proc proc /proc && exec "$@"' sh "$@"
}

# the same by gc and fsck --repair of another machine. A minute's patience takes six seconds by a clock that runs ten
# times as fast.
if as_another_machine true 2>/dev/null; then
  begin apart $longer
  all=$pid
  for child in $(pgrep -P $pid); do all="$all $child $(pgrep -P "$child")"; done
  kill -STOP $all
  KDGRID_FAULTS="haste=10" expect 0 "" as_another_machine "$KDGRID" fsck --repair apart
  KDGRID_FAULTS="haste=10" expect 0 "" as_another_machine "$KDGRID" gc apart
  kill -CONT $all
  ends 75 "was taken for dead"
  expect 0 "" "$KDGRID" run tiny.cfg --store apart
  expect 0 "" "$KDGRID" fsck apart
else
  echo "processes cannot be hidden from each other here: not tried with another machine"
fi
finish
