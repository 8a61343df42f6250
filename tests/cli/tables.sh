#!/usr/bin/env bash
# tables.sh - tables of a store by itself, of a file whose store is to come.
. "$(dirname "$0")/common.sh"
cd "$work"

# Corpora of a file of our own, so that there is something to be without.
mkdir corpus
for split in train devel test; do
  for i in 1 2 3 4; do printf 'the\tO\nIL-%d\tB-Gene\n\na\tO\nTP5%d\tB-Gene\n\n' $i $i; done >corpus/$split.tsv
done
cat >tables.part <<'CFG'
tables = ( { name = "main"; title = "Widths"; rows = ["student.hidden"]; columns = ["distill.method"]; metrics = ["f1"];
             published = ( { student = { hidden = 16; }; value = 0.77; source = "an article"; } ); } );
CFG
cat >small.cfg <<'CFG'
study = {
  name = "small"; task = "ner"; seeds = [1, 2];
  data = { corpus = "corpus"; vocab_size = 60; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; classifier = 0; };
  train = { epochs = 1; batch = 4; };
  axes = ( { key = "student.hidden"; values = [8, 16]; } );
};
@include "tables.part"
CFG

# ---- before there is anything ----
expect 0 "there is no store later yet" "$KDGRID" table small.cfg --store later
grep -qF '|     16 |               - |                    0.7700 |  0 of 2 |' out || { cat out; fail "no published figure beside an empty place"; }
grep -qF '4 of 4 cells are not in the store yet.' out || fail "no note that nothing is there"
[ ! -e later ] || fail "a question made a store"
mkdir empty
expect 0 "there is no store empty yet" "$KDGRID" table small.cfg --store empty

# ---- before there is anything to measure ----
sed 's/corpus = "corpus"/corpus = "BC2GM"; vocab = "words"/' small.cfg >far.cfg
expect 0 "there is no store later yet" "$KDGRID" table far.cfg --store later
grep -qF '|     16 |               - |                    0.7700 |  0 of 2 |' out || { cat out; fail "no published figure without corpora"; }
tr -s '\n ' ' ' <out | grep -qF 'Nothing is measured; missing are BC2GM/train.tsv, BC2GM/devel.tsv, BC2GM/test.tsv, words.' ||
  { cat out; fail "no note that names what is missing"; }
expect 66 "far.cfg: 4 files are missing" "$KDGRID" table far.cfg --store later --check out
grep -qF '4 of 4 cells are not in the store yet.' out && fail "--check printed a table"
for verb in plan run doctor; do
  expect 66 "far.cfg: 4 files are missing; \`kdgrid data fetch BC2GM\` brings those of these names" "$KDGRID" $verb far.cfg
  for name in BC2GM/train.tsv BC2GM/devel.tsv BC2GM/test.tsv; do
    grep -qF "far.cfg:3: data.corpus: there is no $name in ." err || { cat err; fail "$verb does not say that $name is missing"; }
  done
  grep -qF "far.cfg:3: data.vocab: there is no words in ." err || fail "$verb says nothing of the vocabulary"
done
cp small.cfg near.cfg && mv corpus/devel.tsv kept
expect 66 "near.cfg:3: data.corpus: there is no corpus/devel.tsv in ." "$KDGRID" plan near.cfg
mv kept corpus/devel.tsv
expect 66 "; \`kdgrid data fetch biobert-base-cased-v1.1\` brings it, or says how to" "$KDGRID" plan near.cfg -D data.vocab=biobert-base-cased-v1.1
rm far.cfg near.cfg
[ ! -e later ] && [ ! -e store ] || fail "a study without its files made a store"

mkdir other && touch other/file
expect 65 "other" "$KDGRID" table small.cfg --store other
expect 65 "" "$KDGRID" table empty

# ---- the store alone ----
"$KDGRID" run small.cfg --store store >ran 2>log || { cat log; fail "the study does not run"; }
KDGRID_TRAIN__LR=0.01 "$KDGRID" run small.cfg --store store -D 'seeds=[3]' >ran_other 2>log || fail "it does not run with a seed of its own"
"$KDGRID" table small.cfg --store store >want
same ran want
mv corpus away
rm small.cfg tables.part
cp -a store moved && chmod -R a-w moved
expect 0 "1 earlier form of these studies is left out" "$KDGRID" table moved
same out ran_other
expect 0 "" "$KDGRID" table moved --list --format csv
[ "$(cut -d, -f2-5 out | tr '\n' ';')" = "study,cells,done,tables;small,2,2,1;small,4,4,1;" ] || { cat out; fail "the list is another one"; }
first=$(sed -n 3p out | cut -c1-8)
expect 0 "" "$KDGRID" table moved --study "$first"
same out want
cp out paper.md
expect 0 "" "$KDGRID" table moved --study "$first" --check paper.md
sed -i 's/0\.77/0.78/' paper.md
expect 3 "paper.md differs from the store in 1 place" "$KDGRID" table moved --study "$first" --check paper.md
expect 0 "" "$KDGRID" table moved --study small --json
python3 -c 'import json; t = json.load(open("out")); assert len(t) == 1 and len(t[0]["rows"]) == 2, t' || fail "--json"
chmod -R u+w moved

# ---- one of several tables, which is a CSV by itself ----
cp -r "$KDGRID_SOURCE/results/published/few-labels" several
expect 0 "" "$KDGRID" table several --table few-labels-bilstm --format csv
[ "$(wc -l <out)" = 5 ] && ! grep -q '^$' out || { cat out; fail "the table is not there alone"; }
expect 2 "no table is called other; there are few-labels, few-labels-bilstm" "$KDGRID" table several --table other
expect 2 "make another" "$KDGRID" table several --table few-labels --rows seed

# ---- a table that nobody wrote down ----
expect 0 "" "$KDGRID" table store --study "$first" --columns student.hidden --metric 'f1,test.token_micro.*' --where seed=1 --format csv
head -n 1 out | grep -qF 'student.hidden=8:test.entity_strict.f1,student.hidden=8:test.entity_strict.f1.sd' || { cat out; fail "other columns"; }
head -n 1 out | grep -qF 'student.hidden=16:test.token_micro.recall' || fail "no column of a pattern"
[ "$(wc -l <out)" = 2 ] || { cat out; fail "expected one row"; }
expect 0 "" "$KDGRID" table store --study "$first" --rows seed --metric f1 --format csv
[ "$(cut -d, -f1 out | tr '\n' ' ')" = "seed 1 2 " ] || { cat out; fail "rows are not the seeds"; }
expect 2 "did you mean student.hidden?" "$KDGRID" table store --rows student.hiden
expect 2 "test.token_micro.f1" "$KDGRID" table store --metric test.token_mico.f1

# ---- every form stays what it is with cells named ----
expect 0 "" "$KDGRID" table store --study "$first" --sources --rows student.hidden --format json
python3 -c 'import json; t = json.load(open("out"))[0]["rows"][0]; assert len(t["size.mib"]["cells"]) == len(t["test.entity_strict.f1"]["cells"]) == 2, t' || fail "JSON with cells"
expect 0 "" "$KDGRID" table store --study "$first" --sources --rows student.hidden --format csv
python3 -c 'import csv; t = list(csv.DictReader(open("out"))); assert len(t) == 2 and all(len(r["size.mib.cells"].split()) == 2 and None not in r for r in t), t' || fail "CSV with cells"
expect 0 "" "$KDGRID" table store --study "$first" --sources --format tex
sed '1,/end{table}/d' out | grep -v '^% \|^$' && fail "LaTeX with cells that are no comments"
expect 0 "" "$KDGRID" table store --study "$first" --sources --format html
grep -qE '<td data-cells="[0-9a-f]{32} [0-9a-f]{32}">' out || { cat out; fail "HTML names no cells"; }
python3 -c 'import xml.dom.minidom as m; m.parseString("<x>" + open("out").read() + "</x>")' || fail "HTML is not well-formed"

expect 2 "no such study is kept; there are small" "$KDGRID" table store --study smal
expect 2 "go with an experiment file" "$KDGRID" table store -D seeds=1
expect 0 "" "$KDGRID" fsck store

# ---- what became of them ----
for file in store/studies/*; do echo >>"$file"; done
expect 66 "are not those that it is named by" "$KDGRID" table store
expect 3 "2 problems" "$KDGRID" fsck store
rm -r store/studies
expect 66 "store keeps no study" "$KDGRID" table store

finish
