#!/usr/bin/env bash
# choosing.sh - how many seeds a study takes, what devel chooses of a sweep, ranks over corpora, the width of a terminal.
. "$(dirname "$0")/common.sh"
cd "$work"
for corpus in one two three; do
  mkdir $corpus
  for split in train devel test; do
    for i in 1 2 3 4; do printf 'the\tO\nIL-%d%s\tB-Gene\n\na\tO\nTP5%d\tB-Gene\n\n' $i $corpus $i; done >$corpus/$split.tsv
  done
done
cat >study.cfg <<'CFG'
study = {
  name = "sweep"; task = "ner"; seeds = [1, 2];
  data = { corpus = "one"; vocab_size = 60; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };
  train = { epochs = 3; batch = 4; };
  axes = ( { key = "student.embedding"; values = [4, 8]; }, { key = "train.lr"; values = [0.0001, 0.01, 0.05]; } );
};
CFG
"$KDGRID" run study.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }

# ---- how many seeds ----
expect 0 "" "$KDGRID" plan study.cfg --store store --power --points 1,10
grep -qF '| found by 2 seeds | 1 point | 10 points |' out || { cat out; fail "no table of seeds"; }
grep -qF 'From 12 runs of 6 settings' out || fail "no word on what the spread is of"
expect 0 "" "$KDGRID" plan study.cfg --store store --power --json
python3 - <<'PY' || fail "the JSON of --power"
import json
rows = json.load(open("out"))["power"]
assert [r["spread"] for r in rows] == ["least", "pooled", "largest"], rows
assert rows[0]["sd"] <= rows[1]["sd"] <= rows[2]["sd"] and set(rows[0]) >= {"found", "seeds.0.5", "seeds.5"}, rows
PY
expect 0 "" "$KDGRID" plan study.cfg --store nowhere --power
grep -qF 'there is no spread to plan by' out || fail "a spread out of nothing"
expect 0 "" "$KDGRID" plan study.cfg --store store --power --metric train_s,devel.f1 --points 5
grep -qxF 'Seeds a side that find a difference of train' out && grep -qxF 'Seeds a side that find a difference of F1 (devel)' out &&
  grep -qF '| 5 s |' out && grep -qF '| 5 points |' out || { cat out; fail "no table of another metric"; }
expect 0 "" "$KDGRID" plan study.cfg --store store --power --metric '*.token_micro.f1' --json
python3 -c 'import json; m = [r["metric"] for r in json.load(open("out"))["power"]]; assert m == ["devel.token_micro.f1"] * 3 + ["test.token_micro.f1"] * 3, m' ||
  fail "the JSON of several metrics"
expect 2 "no cell has the metric 'devel.f2'" "$KDGRID" plan study.cfg --store store --power --metric devel.f2
expect 2 "--metric goes with --power" "$KDGRID" plan study.cfg --metric f1
expect 2 "'no' is no difference above 0" "$KDGRID" plan study.cfg --power --points no
expect 2 "do not go together" "$KDGRID" plan study.cfg --power --show-config

# ---- what devel chose, beside what python finds in the exported cells ----
"$KDGRID" export store --format jsonl >cells.jsonl
expect 0 "" "$KDGRID" aggregate store --by student.embedding --best-of train.lr --json
python3 - <<'PY' || fail "aggregate --best-of reports something else"
import json, statistics as s
cells = [json.loads(line) for line in open("cells.jsonl")]
for row in json.load(open("out"))["rows"]:
    of = [c for c in cells if c["student.embedding"] == row["student.embedding"]]
    mean = lambda lr, name: s.mean(c[name + ".entity_strict.f1"] for c in of if c["train.lr"] == lr)
    best = max(sorted({c["train.lr"] for c in of}), key=lambda lr: mean(lr, "devel"))
    assert row["train.lr"] == best and abs(row["mean"]["mean"] if isinstance(row["mean"], dict) else row["mean"]) - mean(best, "test") < 1e-12, row
    assert row["tried"] == 3 and row["runs"] == 6 and row["n"] == 2, row
PY
expect 0 "" "$KDGRID" aggregate store --by student.embedding --best-of train.lr --curve --format csv
[ "$(wc -l <out)" = 7 ] || { cat out; fail "expected three values for each of two groups"; }
expect 0 "" "$KDGRID" compare store --among student.embedding --best-of train.lr
grep -qF 'Chosen for student.embedding 4: train.lr' out || { cat out; fail "compare --among does not say what it chose"; }
expect 0 "" "$KDGRID" compare store --a student.embedding=4 --b student.embedding=8 --best-of train.lr
grep -qF 'Chosen for b: train.lr' out || fail "compare does not say what it chose"
for verb in "aggregate store --by student.embedding" "compare store --among student.embedding" \
  "compare store --a student.embedding=4 --b student.embedding=8"; do
  expect 2 "picked by it" "$KDGRID" $verb --best-of train.lr --best-by test.f1
  expect 2 "did you mean train.lr?" "$KDGRID" $verb --best-of train.l
  expect 2 "--best-by goes with --best-of" "$KDGRID" $verb --best-by devel.f1
done
expect 2 "is chosen" "$KDGRID" aggregate store --by train.lr --best-of train.lr
expect 2 "--curve goes with --best-of" "$KDGRID" aggregate store --by train.lr --curve
expect 2 "--best-by says what chooses" "$KDGRID" aggregate store --by student.embedding --best-of train.lr --by devel.f1
expect 2 "--best-by says what chooses" "$KDGRID" compare store --among student.embedding --best-of train.lr --by devel.f1

# ---- both ways to compare say the same ----
"$KDGRID" compare store --among student.embedding --by train.lr --json >pairs.json
"$KDGRID" compare store --a student.embedding=4 --b student.embedding=8 --by train.lr --json >sides.json
python3 - <<'PY' || fail "compare --among has other tests than compare"
import json
pairs, sides = (json.load(open(f))["rows"] for f in ("pairs.json", "sides.json"))
assert len(pairs) == len(sides) == 3
for p, s in zip(pairs, sides):
    assert (p["a"], p["b"], p["train.lr"]) == (4, 8, s["train.lr"]), p
    for name in ("p.welch", "p.wilcoxon", "p.answers", "low", "high"):
        if name in ("low", "high") and p["test"] != "Welch":
            continue
        assert p[name] == s[name] or abs(p[name] - s[name]) < 1e-12, (name, p, s)
    assert {"p.two-level", "p.paired", "improvement", "almost.bound", "verdict"} <= set(p), p
PY

# ---- the same in a table, by an option and by the file ----
expect 0 "" "$KDGRID" table store --best-of train.lr --by devel.f1
grep -qF 'Chosen for student.embedding 4: train.lr = ' out || { cat out; fail "a table does not say what was chosen"; }
cp out want
sed '/axes = /i\  tune = ( { keys = ["train.lr"]; by = "devel.f1"; } );' study.cfg >tuned.cfg
[ "$("$KDGRID" plan tuned.cfg --store store | head -n 1)" = "sweep: 12 cells, 12 done" ] || fail "what is chosen changes cells"
expect 0 "" "$KDGRID" table tuned.cfg --store store
same out want
sed -i 's/by = "devel.f1"/by = "devel.f2"/' tuned.cfg
expect 78 "tune: no cell will have the metric devel.f2" "$KDGRID" plan tuned.cfg
expect 2 "picked by it" "$KDGRID" table store --best-of train.lr --by test.f1

# ---- no wider than a terminal, unless it is asked for ----
widest() { awk '{ gsub(/±/, "+"); if (length($0) > most) most = length($0) } END { print most }' out; }
for verb in "aggregate store --by student.embedding,train.lr,seed" "compare store --among train.lr --by student.embedding --explain" \
  "compare store --a train.lr=0.01 --b train.lr=0.05 --by student.embedding"; do
  expect 0 " left out (--wide" "$KDGRID" $verb
  [ "$(widest)" -le 80 ] || { cat out; fail "wider than 80 columns: $verb"; }
  expect 0 "" "$KDGRID" $verb --wide
  [ "$(widest)" -gt 80 ] || fail "--wide leaves something out: $verb"
  mv out wide
  expect 0 "" "$KDGRID" $verb --format md
  same wide out
done
"$KDGRID" compare store --a train.lr=0.01 --b train.lr=0.05 --by student.embedding --metric f1,test.entity_strict.precision 2>err >/dev/null
[ "$(grep -c " left out (--wide" err)" = 1 ] || { cat err; fail "two tables leave out the same columns, which is to be said once"; }
command -v script >/dev/null && {
  script -qec "stty cols 132; '$KDGRID' aggregate store --by student.embedding,train.lr,seed" /dev/null >out 2>&1 </dev/null
  grep -q '| high |\| high ' out && ! grep -q " left out (--wide" out || { cat out; fail "there was room for all"; }
}

# ---- ranks over corpora ----
sed 's/corpus = "one"; //; s/axes = (.*train.lr.*/axes = ( { key = "student.embedding"; values = [4, 8]; }, { key = "data.corpus"; values = ["one", "two", "three"]; } );/' study.cfg >corpora.cfg
"$KDGRID" run corpora.cfg --store ranks >/dev/null 2>log || { cat log; fail "the study of three corpora does not run"; }
expect 0 "" "$KDGRID" compare ranks --among student.embedding --metric devel.token_micro.f1
grep -qF 'Ranks of student.embedding by devel.token_micro.f1 over 3 corpora' out || { cat out; fail "no table of ranks"; }
grep -qE 'Friedman' out || fail "no test of ranks"
expect 0 "" "$KDGRID" compare ranks --among student.embedding --ranks --baseline 4 --metric devel.token_micro.f1 --json
python3 - <<'PY' || fail "the JSON of --ranks"
import json
rows = json.load(open("out"))["rows"]
assert {r["student.embedding"] for r in rows} == {4, 8} and sum(r["rank"] for r in rows) == 3 and "three" in rows[0], rows
PY
expect 0 "" "$KDGRID" compare ranks --among student.embedding --metric devel.token_micro.f1 --format csv
[ "$(wc -l <out)" = 2 ] || { cat out; fail "CSV holds more than one table"; }
expect 2 "on two corpora" "$KDGRID" compare store --among student.embedding --ranks
expect 2 "go with --among" "$KDGRID" compare ranks --a student.embedding=4 --b student.embedding=8 --ranks
finish
