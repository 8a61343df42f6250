#!/usr/bin/env bash
# ls.sh - cells of a store as lines: what varies, how they stand, in the width there is, and for programs.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
# two limits of the loss, one of which every training passes
sed -i 's/axes = (/axes = ( { key = "train.explode"; values = [1000, 1e-6]; },/' tiny.cfg
"$KDGRID" run tiny.cfg --store store >/dev/null 2>log
[ $? = 1 ] || { cat log; fail "a loss may grow to a millionth of what it was"; }

expect 0 "left out: 1 teacher" "$KDGRID" ls store
[ "$(wc -l <out)" = 9 ] || { cat out; fail "expected a line of titles and 8 cells"; }
head -n 1 out | grep -qE '^id +state +method +explode +seed +F1 \(devel\) +F1 \(test\)$' || { cat out; fail "other titles"; }
grep -qE '^[0-9a-f]{7} +failed +none +1e-06 +1 +- +-$' out || { cat out; fail "no failed cell"; }
[ "$(grep -c ' done ' out)" = 4 ] || fail "expected 4 cells that are done"

# ---- what is asked for ----
"$KDGRID" ls store --where seed=1 --where train.explode=1000 --sort -devel.f1 --columns devel.f1 2>err | tail -n +2 >got
sort -rg got >want
same want got
[ "$(wc -l <got)" = 2 ] || fail "expected the two cells of one seed and limit"
expect 0 "" "$KDGRID" ls store --state failed --columns id,label --csv
grep -qE '^[0-9a-f]{32},explode=1e-06 method=none seed=1$' out || { cat out; fail "no label of a failed cell"; }
expect 2 "there are 1e-06, 1000" "$KDGRID" ls store --where train.explode=17
expect 2 "did you mean train.explode?" "$KDGRID" ls store --sort train.exploed
expect 2 "did you mean failed?" "$KDGRID" ls store --state faild

# ---- a study knows what waits ----
expect 0 "" "$KDGRID" ls store --study tiny.cfg -D 'seeds=[1, 2, 3]' --columns state,seed --csv
[ "$(sort out | uniq -c | tr -s ' ' | tr '\n' ';')" = " 2 done,1; 2 done,2; 2 failed,1; 2 failed,2; 1 state,seed; 4 waiting,3;" ] ||
  { cat out; fail "the cells of a study are others"; }
expect 0 "" "$KDGRID" ls store --study tiny.cfg -D 'seeds=[2, 3]' --state waiting --where train.explode=1000
[ "$(wc -l <out)" = 3 ] || { cat out; fail "expected two cells that wait"; }
expect 2 "go with --study" "$KDGRID" ls store -D seeds=1

# ---- 80 columns where there is no terminal; all with --wide ----
many=test.entity_strict.f1,devel.entity_strict.f1,test.accuracy,devel.accuracy,size_mib,train_s
expect 0 "are left out (--wide has all): distill.method, train.explode, seed, time.train_s" "$KDGRID" ls store --metric $many
awk 'length > 80 { exit 1 }' out || { cat out; fail "wider than 80 columns"; }
expect 0 "" "$KDGRID" ls store --metric $many --wide
awk 'NR == 1 && NF >= 11 { found = 1 } END { exit !found }' out || { cat out; fail "--wide leaves something out"; }

for verb in ls show log export; do
  "$KDGRID" help $verb | awk 'length > 80 { exit 1 }' || fail "the help page of $verb is wider than 80 columns"
done

# ---- for programs ----
"$KDGRID" ls store --json 2>/dev/null | python3 -c '
import json, sys
got = json.load(sys.stdin)
cells = got["cells"]
assert got["waiting"] == 0 and len(cells) == 8, got
assert sum(c["state"] == "failed" and c["devel.entity_strict.f1"] is None for c in cells) == 4, cells
assert all(c["train.explode"] in (1000, 1e-06) and c["seed"] in (1, 2) for c in cells), cells
' || fail "--json is not what is there"

# ---- words from outside are seen and do nothing ----
mkdir $'evil\e[31m'
for split in train devel test; do printf 'the\tO\nIL-2\tB-Gene\n\na\tO\nTP53\tB-Gene\n\n' >$'evil\e[31m'/$split.tsv; done
sed $'s/corpus = "synth"/corpus = "evil\e[31m"/; s/axes = .*//; s/batch = 16/batch = 2/' tiny.cfg >evil.cfg
"$KDGRID" run evil.cfg --store evil >/dev/null 2>log || { cat log; fail "the second run failed"; }
expect 0 "" "$KDGRID" ls evil --columns id,data.corpus
grep -qF 'evil\x1b[31m' out || { cat -v out; fail "no corpus of that name"; }
grep -q $'\e' out && fail "an escape reached the terminal"
finish
