#!/usr/bin/env bash
# studies.sh - the studies of real corpora: they can be planned, say what is absent, and take the part they state.
. "$(dirname "$0")/common.sh"
studies="bc2gm-laptop chemprot-laptop bc2gm-labels chemprot-roberta chemprot-albert ncbi-mobilebert"
cd "$work"

# ---- a part of a corpus is that part ----

# write_corpus FOLDER SENTENCES: so many sentences in train, always two in devel and test.
write_corpus() {
  mkdir -p "$1"
  for split in train devel test; do
    local count=$2
    [ $split = train ] || count=2
    for ((i = 0; i < count; i++)); do printf 'protein%d\tS-GENE\nbinds\tO\nx%d\tO\n\n' $i $((i % 3)); done >"$1/$split.tsv"
  done
}
write_corpus whole 9
write_corpus part 6
cat >part.cfg <<'CFG'
study = {
  name = "part"; task = "ner"; seeds = [1];
  data = { corpus = "part"; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 2; batch = 2; };
};
CFG
# What the model is and does; its vocabulary is built from the training split.
measures() {
  "$KDGRID" aggregate "$1" --by student.kind --metric size.parameters,devel.accuracy,test.token_micro.f1 --format csv
}
expect 0 "" "$KDGRID" run part.cfg --store by-file
expect 0 "" "$KDGRID" run part.cfg --store by-count -D data.corpus=whole -D data.train_sentences=6
expect 0 "" "$KDGRID" run part.cfg --store all -D data.corpus=whole
for store in by-file by-count all; do measures $store >$store.csv; done
same by-file.csv by-count.csv
cmp -s all.csv by-count.csv && fail "a part and the whole give the same model"
expect 78 "data.train_sentences: asks for 10 sentences of $work/whole/train.tsv, which has 9" \
  "$KDGRID" run part.cfg --store too-many -D data.corpus=whole -D data.train_sentences=10

# ---- the studies ----

for study in $studies; do
  unset KDGRID_DATA
  cp "$KDGRID_SOURCE/experiments/$study.cfg" .
  expect 66 "$study.cfg:" "$KDGRID" plan $study.cfg
  expect 66 "data.corpus: there is no" "$KDGRID" plan $study.cfg
done

# ---- the published tables: each prints before anything is there, says what to bring, and runs at smoke size ----

# paper STUDY FIGURES 'what to fetch': FIGURES published figures stand beside empty places.
paper() {
  local study=$1 figures=$2 fetched=$3 count
  cp "$KDGRID_SOURCE/experiments/$study.cfg" .
  expect 0 "there is no store nothing yet" "$KDGRID" table $study.cfg --store nothing --json
  count=$(python3 -c '
import json
tables = json.load(open("out"))
said = [v for t in tables for r in t["rows"] for k, v in r.items() if "published" in k and v is not None]
measured = [v for t in tables for r in t["rows"] for k, v in r.items() if isinstance(v, dict) and v.get("mean") is not None]
notes = [n for t in tables for n in t["notes"]]
assert not measured, measured
assert not [n for n in notes if "belongs to no row" in n], notes
assert all(any("Nothing is measured; missing are" in n for n in t["notes"]) for t in tables), notes
print(len(said))') || fail "$study: its tables are not as they should be without a store"
  [ "$count" = "$figures" ] || fail "$study: $count published figures, expected $figures"
  expect 66 "files are missing; \`kdgrid data fetch $fetched\` brings" "$KDGRID" plan $study.cfg --profile full
  expect 0 "" "$KDGRID" plan $study.cfg --profile smoke
  expect 0 "" "$KDGRID" run $study.cfg --profile smoke --store $study.store
  grep -q 'not in the store yet' out && fail "$study: cells are open after its smoke profile"
}
unset KDGRID_DATA
paper bc2gm-students 24 "BC2GM biobert-base-cased-v1.1"
paper bc2gm-tinybert 3 "BC2GM biobert-base-cased-v1.1"
paper fastbioner 3 "NCBI-disease biobert-base-cased-v1.1 BC5CDR-chem BC4CHEMD"
paper compact-ner 17 "biobert-base-cased-v1.1 BC2GM BC5CDR-chem NCBI-disease bio-distilbert-cased distil-biobert compact-biobert bio-mobilebert bio-tinybert tiny-biobert"
paper doktra 5 "ChemProt albert-xlarge-v2 biobert-base-cased-v1.1 GAD DDI i2b2 HoC roberta-large"
for study in few-labels word-vectors three-layers more-sentences other-lessons; do
  cp "$KDGRID_SOURCE/experiments/$study.cfg" .
  expect 0 "there is no store nothing yet" "$KDGRID" table $study.cfg --store nothing
  expect 66 "files are missing; \`kdgrid data fetch" "$KDGRID" plan $study.cfg
  expect 0 "" "$KDGRID" run $study.cfg --profile smoke --store $study.store
  grep -q 'not in the store yet' out && fail "$study: cells are open after its smoke profile"
done
# a row of `also` for each kind of teacher, and a word where one mixes them
expect 0 "" "$KDGRID" table other-lessons.cfg --profile smoke --store other-lessons.store
for row in 'MiniLM +(\| +- +)+\| .*\| +1 \|' 'MiniLM under a CRF .*\| +1 \|' 'a BiLSTM .* ± .*\| +3 \|' 'mean of three BiLSTMs .*\| +1 \|'; do
  grep -qE "^\| $row" out || fail "no row as $row in: $(cat out)"
done
grep -q "runs over models" out && fail "a row of one kind of teacher mixes them"
expect 0 "" "$KDGRID" table other-lessons.store --study other-lessons --rows distill.method --metric f1 --also teacher="a teacher"
grep -qF 'The mean of "a teacher" runs over models that differ in more than the seed: teacher.' out || fail "no word on mixed teachers: $(cat out)"

expect 0 "there is no store nothing yet" "$KDGRID" table fastbioner.cfg --profile here --store nothing
grep -qF "with MiniLM in BioBERT's place" out || fail "the table of fastbioner's profile here does not say whose it is"
expect 66 "8 files are missing; \`kdgrid data fetch NCBI-disease all-MiniLM-L6-v2 BC5CDR-chem\` brings" "$KDGRID" plan fastbioner.cfg --profile here
[ ! -e nothing ] || fail "a table made a store"

# ---- the studies, on their corpora ----

shared=${KDGRID_SHARED:-$KDGRID_SOURCE/../shared}
if [ -d "$shared/data/BC2GM" ] && [ -d "$shared/data/ChemProt" ]; then
  export KDGRID_DATA="$shared/data"
  for study in $studies; do
    expect 0 "" "$KDGRID" plan $study.cfg
    grep -qE "^$study: [0-9]+ cells, 0 done$" out || fail "$study: no plan"
    expect 0 "" "$KDGRID" table $study.cfg --store all
    grep -q 'cells are not in the store yet' out || fail "$study: no empty table"
  done
  # two kinds of pieces at the sizes of the publications, without their checkpoints
  for study in chemprot-roberta chemprot-albert ncbi-mobilebert; do
    expect 66 "init: there is no" "$KDGRID" plan $study.cfg --profile published
    expect 0 "" "$KDGRID" plan $study.cfg --profile published -D teacher.init=scratch -D finetune.init=scratch \
      -D student.init=$([ $study = ncbi-mobilebert ] && echo scratch || echo fine-tuned)
    grep -q "Of the corpora, 1 is in the teacher's own pieces" out || fail "$study: teacher and student read the same pieces"
  done
  # at the size of its own smoke profile, from the published file to the published columns
  expect 0 "" "$KDGRID" run bc2gm-labels.cfg --profile smoke --store smoke
  grep -qE '^\| +0 \| +16 \| +1 \| 0.001 \|' out || { cat out; fail "bc2gm-labels: no table at smoke size"; }
fi
finish
