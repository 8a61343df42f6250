#!/usr/bin/env bash
# power.sh CUTS - the store is on an ext4 whose power is cut: what was acknowledged is there, and the study goes on.
# What a cut leaves of a claim may be an empty file, which the next run watches for a minute before it takes it over.
. "$KDGRID_SOURCE/tests/cli/common.sh"
cd "$work"
write_tiny_study tiny.cfg
"$KDGRID" run tiny.cfg --store cut --chaos 20261129 --kills "$1" --chaos-kinds power >verdict 2>log ||
  fail "exit $? under power cuts: $(tail -n 1 log)"
cat verdict
reason=$(sed -n 's/^power was not cut: //p' verdict)
[ -z "$reason" ] || skip "$reason"
cuts=$(sed -n 's/^ *\([0-9]*\)  power cuts$/\1/p' verdict)
[ "${cuts:-0}" -ge "$1" ] || fail "only ${cuts:-0} of $1 cuts"
grep -q "^verdict: nothing was lost" verdict || fail "the verdict is not yes"
mountpoint -q cut && fail "the disk is still mounted"
[ -e cut.disk ] && fail "the disk is left"
expect 0 "" "$KDGRID" fsck cut
finish
