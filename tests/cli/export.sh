#!/usr/bin/env bash
# export.sh - tables, answers and curves, each read again by something that is not this program.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work"
write_tiny_study tiny.cfg
sed -i 's/axes = (/axes = ( { key = "train.explode"; values = [1000, 1e-6]; },/' tiny.cfg
"$KDGRID" run tiny.cfg --store store >/dev/null 2>log
[ $? = 1 ] || { cat log; fail "a loss may grow to a millionth of what it was"; }

# ---- tables: 9 cells, the teacher among them ----
"$KDGRID" export store >table.csv 2>err || { cat err; fail "no CSV"; }
"$KDGRID" export store --format jsonl >table.jsonl || fail "no JSON lines"
python3 - <<'PY' || fail "CSV and JSON lines differ, or are not what is there"
import csv, json
rows = list(csv.DictReader(open("table.csv")))
objects = [json.loads(line) for line in open("table.jsonl")]
assert len(rows) == len(objects) == 9, (len(rows), len(objects))
assert sorted(r["state"] for r in rows) == ["done"] * 5 + ["failed"] * 4, rows
for row, o in zip(rows, objects):
    assert row.keys() == o.keys() and row["id"] == o["id"] and len(row) > 60
    for key, value in o.items():
        if value is None: assert row[key] == "", (key, row[key])
        elif isinstance(value, bool): assert row[key] == str(value).lower(), key
        elif isinstance(value, (int, float)): assert float(row[key]) == value, key
        else: assert row[key] == value, key
done = [o for o in objects if o["role"] == "student" and o["state"] == "done"]
assert {o["seed"] for o in done} == {1, 2} and all(0 <= o["test.entity_strict.f1"] <= 1 for o in done)
PY
expect 0 "" "$KDGRID" export store --where seed=1 --role student --state done
[ "$(wc -l <out)" = 3 ] || fail "expected a header and the two cells of a seed"

# ---- the lines of docs/FINDING.md, where there is pandas ----
for python in python3 /usr/bin/python3; do "$python" -c 'import pandas' 2>/dev/null && break; python=; done
if [ -n "$python" ]; then
  line=$(grep -m 1 -o 'pd.read_json(.*' "$KDGRID_SOURCE/docs/FINDING.md")
  (PATH=$(dirname "$KDGRID"):$PATH "$python" -c "import pandas as pd, subprocess
print(len($line))") >rows 2>err || { cat err; fail "pandas does not take it"; }
  [ "$(cat rows)" = 2 ] || { cat rows; fail "expected a mean for each of the two methods that are done"; }
else
  echo "pandas is not there: its line in docs/FINDING.md is not run"
fi

# ---- answers: scored again, they give the figures of the cell ----
f1_of() { "$KDGRID" show best --json 2>/dev/null | python3 -c 'import json, sys; print("%.6f" % json.load(sys.stdin)["metrics"][sys.argv[1]])' "$1"; }
for split in devel test; do
  "$KDGRID" export store --format conll --cell best --split $split >$split.tsv 2>err || { cat err; fail "no answers of $split"; }
  "$KDGRID" export store --format sigf --cell best --split $split >$split.counts 2>err || { cat err; fail "no counts of $split"; }
  got=$("$KDGRID" data score $split.tsv | awk '$1 == "entity_strict" { print $4 }')
  [ "$got" = "$(f1_of $split.entity_strict.f1)" ] || fail "answers of $split score $got, and the cell $(f1_of $split.entity_strict.f1)"
  "$KDGRID" data score $split.tsv --metric entity_strict --counts >again.counts
  same $split.counts again.counts
done
grep -q '^warning\|pieces' err && fail "words that the grammar can give again came from pieces"

# ---- relations: a line a sentence, whose last two fields agree as often as the cell's accuracy says ----
cat >re.cfg <<'CFG'
study = { name = "re"; task = "re"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 60; devel = 20; test = 40; }; };
  student = { kind = "bert"; layers = 1; hidden = 32; heads = 2; ffn = 64; positions = 128; head = "class"; pooler = true; };
  train = { epochs = 1; batch = 16; };
};
CFG
"$KDGRID" run re.cfg --store re >/dev/null 2>log || { cat log; fail "a study of relations does not run"; }
expect 0 "" "$KDGRID" export re --format conll --cell best
got=$(awk -F'\t' '{ same += $2 == $3 } END { printf "%d %.4f", NR, same / NR }' out)
want=$("$KDGRID" show best --store re 2>/dev/null | awk '/^test/ { on = 1 } on && $1 == "accuracy" { print 40, $2; exit }')
[ "$got" = "$want" ] || fail "answers to relations: lines and accuracy are $got, expected $want"
grep -q '@GENE' out || fail "the sentences have no words"

# ---- where the files of a corpus have changed, words are put together from pieces ----
mkdir corpus
for split in train devel test; do
  for i in 1 2 3 4 5 6 7 8; do printf 'The\tO\nEpo%d\tB-Gene\nreceptor\tI-Gene\nbinds\tO\n\n' $i; done >corpus/$split.tsv
done
sed 's/corpus = "synth"/corpus = "corpus"/; s/batch = 16/batch = 4/; s/axes = .*//' tiny.cfg >files.cfg
"$KDGRID" run files.cfg --store files >/dev/null 2>log || { cat log; fail "a corpus of files does not run"; }
expect 0 "" "$KDGRID" export files --format conll --cell best
[ ! -s err ] || ! grep -q pieces err || fail "words came from pieces while the files are there"
cut -f 1 out | sed 's/^$//' >words
cut -f 1 corpus/test.tsv >want
same words want
cp out from_files
echo >>corpus/test.tsv
expect 0 "words are put together from pieces" "$KDGRID" export files --format conll --cell best
same <(cut -f 2,3 out) <(cut -f 2,3 from_files)
[ "$(wc -l <out)" = "$(wc -l <from_files)" ] || fail "another number of lines"

# ---- curves: event files, decoded by the format's own rules ----
expect 0 "curves: histories of 5 cells" "$KDGRID" export store --format tensorboard --out curves
"$KDGRID" show best --json >best.json 2>/dev/null
python3 "$here/tfevents.py" curves best.json || fail "the event files are not what they should be"

# ---- what is not to be had ----
expect 2 "did you mean jsonl?" "$KDGRID" export store --format json1
expect 2 "--cell CELL is missing" "$KDGRID" export store --format conll
expect 2 "expected devel or test" "$KDGRID" export store --format sigf --cell best --split train
expect 2 "--out DIR is missing" "$KDGRID" export store --format tensorboard
failed=$("$KDGRID" ls store --state failed --columns id --csv 2>/dev/null | tail -n 1)
expect 66 "no cell has an id" "$KDGRID" export store --format conll --cell "$failed"
finish
