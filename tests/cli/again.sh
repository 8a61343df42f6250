#!/usr/bin/env bash
# again.sh - verify makes cells again and tells the same from the other; gc keeps what tables need; an object
# says enough about itself to be made again by hand.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
"$KDGRID" run tiny.cfg --store store >/dev/null 2>log || { cat log; fail "the run failed"; }
ids() { find "$1/objects" -name '*.h5' | sed 's|.*/||; s|[.]h5$||'; }

# each comes out the same, and the store is only read
chmod -R a-w store
"$KDGRID" verify $(ids store) --store store >out 2>log || { cat out log; fail "a cell did not come out the same"; }
chmod -R u+w store
[ "$(grep -c ': the same contents$' out)" = 7 ] || { cat out; fail "not all seven cells were made again"; }
"$KDGRID" verify "$(ids store | head -n 1 | cut -c 1-8)" --store store --json | grep -q '"same": true' ||
  fail "the JSON form does not say that it is the same"
expect 66 "no cell has an id that begins with, or a label that is, nothing" "$KDGRID" verify nothing --store store
expect 66 "no cell has an id that begins with, or a label that is, " "$KDGRID" verify "" --store store

# Slower kernels add in another order. Where that gives other numbers, merge and verify both say so.
ONEDNN_MAX_CPU_ISA=SSE41 OPENBLAS_CORETYPE=Prescott "$KDGRID" run tiny.cfg --store slow >/dev/null 2>log ||
  { cat log; fail "the run with slower kernels failed"; }
if "$KDGRID" merge store slow -o both >/dev/null 2>log; then
  echo "kernels of this machine agree bit for bit: other contents are not tested"
else
  other=$(grep -o '[0-9a-f]\{32\}: its contents' log | head -n 1 | cut -c 1-32)
  expect 3 "1 of 1 came out with other contents" "$KDGRID" verify "$other" --store slow
  grep -q "^$other: .*: OTHER CONTENTS" out && grep -q "other values" out && grep -q "perhaps: " out ||
    { cat out; fail "verify does not say what differs and why"; }
fi

# what an object keeps of itself
if command -v h5dump >/dev/null; then
  object=$(find store/objects -name '*.h5' -exec grep -l 'set train.lr = ' {} + | head -n 1)
  h5dump -d /resolved -d /provenance/facts "$object" >dump
  for fact in 'node model' 'input corpus [0-9a-f]' 'set seed = ' 'set train.lr = ' '"program.commit' '"program.dirty' \
    '"program.version' '"libraries' '"cpu' '"host' '"started' '"committed' '"schema' '"numerics'; do
    grep -q "$fact" dump || fail "an object does not keep its $fact"
  done
  SLURM_JOB_ID=4711 "$KDGRID" run tiny.cfg -D seeds=3 --store job >/dev/null 2>log || { cat log; fail "the job failed"; }
  h5dump -d /provenance/facts "$(find job/objects -name '*.h5' | head -n 1)" | grep -q 4711 || fail "no SLURM job in an object"
fi

# gc: nothing to do, then what one seed does not need, then all that no table needs
table() { "$KDGRID" table "$1" --store store --format csv 2>&1; }
sed 's/seeds = \[1, 2\]/seeds = [1]/' tiny.cfg >one.cfg
table one.cfg >want
[ "$("$KDGRID" gc store | tail -n 1)" = "$("$KDGRID" gc store tiny.cfg | tail -n 1)" ] || fail "gc finds something to remove"
"$KDGRID" gc store one.cfg --dry-run | grep -c '^unwanted' | grep -qx 2 || fail "gc does not find the two cells of seed 2"
[ "$(ids store | wc -l)" = 7 ] || fail "a dry run removed something"
"$KDGRID" gc store one.cfg >/dev/null || fail "gc failed"
expect 3 "bytes have to stay, and the budget is 1000;" "$KDGRID" gc store one.cfg --disk-budget 1K
[ "$(ids store | wc -l)" = 3 ] || fail "corpus and targets should be gone and three models left"
table one.cfg >got
same want got
"$KDGRID" fsck store >out || { cat out; fail "fsck finds a problem after gc"; }
expect 2 "--disk-budget: expected bytes" "$KDGRID" gc store --disk-budget much
expect 66 "is not in the store any more" "$KDGRID" verify "$(ids store | head -n 1)" --store store
"$KDGRID" run tiny.cfg --store store >/dev/null 2>log || { cat log; fail "what gc removed is not made again"; }
"$KDGRID" fsck store >out || { cat out; fail "fsck finds a problem at the end"; }
finish
