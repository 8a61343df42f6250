#!/usr/bin/env bash
# relations.sh - a BiLSTM learns relations, alone and of a BERT, pooled in each way and with distances to both mentions; it
# goes out, comes in and answers. What has no mentions is refused.
. "$(dirname "$0")/common.sh"
cd "$work"
unset KDGRID_DATA

cat >study.cfg <<'CFG'
study = {
  name = "relations"; task = "re"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 240; devel = 60; test = 60; noise = 0.0; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = true;
              train = { epochs = 2; batch = 16; lr = 3e-3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; dropout = 0.1; };
  train = { epochs = 12; batch = 8; lr = 1e-2; };
  distill = { loss_switch = 0.2; };
  axes = ( { zip = ( { key = "distill.method";    values = ["none", "none", "doktra"]; },
                     { key = "student.pooling";   values = ["max", "mean", "attention"]; },
                     { key = "student.distances"; values = [4, 0, 4]; } ); } );
};
CFG
"$KDGRID" run study.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }
"$KDGRID" aggregate store --metric test.f1 --by distill.method,student.pooling --format csv >table || fail "no table"
[ "$(grep -c '^none\|^doktra' table)" = 3 ] || { cat table; fail "expected 3 rows"; }
# What says false everywhere has 0.
awk -F, '/^none|^doktra/ { least = $1 == "none" ? 0.4 : 0.2; ok = 0
    for (i = 3; i <= NF; i++) if ($i + 0 > least && $i <= 1) ok = 1
    if (!ok) bad = 1 } END { exit bad }' table ||
  { cat table; fail "a student has learned nothing"; }

# Out and in again, it says the same.
object=$(grep -rl 'pooling.weight' store/objects --include='*.h5' | head -n 1)
"$KDGRID" model export "$object" -o folder >/dev/null 2>log || { cat log; fail "no export"; }
grep -q '"distances": 4' folder/config.json || fail "config.json does not say distances"
grep -aq 'distance.1.weight' folder/model.safetensors || fail "the distances were not written"
"$KDGRID" model import folder -o back.h5 >/dev/null 2>log || { cat log; fail "no import"; }
"$KDGRID" model export back.h5 -o again >/dev/null 2>log || { cat log; fail "no second export"; }
same folder/model.safetensors again/model.safetensors

# It knows where the masks of a text are.
printf 'the @GENE$ blocks @DISEASE$ in mice\n' >text.txt
"$KDGRID" predict "$object" text.txt >said 2>log || { cat log; fail "no answer"; }
grep -q '"class"' said || fail "an answer without a class: $(cat said)"

# The recipe of real relations at a size of seconds; at its own it says what to bring.
recipe=$KDGRID_SOURCE/experiments/chemprot-bilstm.cfg
expect 0 "" "$KDGRID" run "$recipe" --profile smoke --store smoke
expect 66 "data.corpus: there is no" "$KDGRID" plan "$recipe"
mkdir -p data/ChemProt
for split in train devel test; do
  for n in $(seq 40); do printf '@CHEMICAL$ a%d binds @GENE$ b\tCPR:3\n@CHEMICAL$ a%d and @GENE$ b\tfalse\n' $n $n; done >data/ChemProt/$split.tsv
done
KDGRID_DATA=$work/data expect 66 "student.vectors: there is no" "$KDGRID" plan "$recipe" --profile glove
printf 'binds%s\n' "$(printf ' 0.1%.0s' $(seq 100))" >data/glove.6B.100d.txt
KDGRID_DATA=$work/data expect 0 "" "$KDGRID" plan "$recipe" --profile glove
grep -q '^student  *12 ' out || fail "not twelve students: $(cat out)"

expect 78 "distances: are to the two mentions of a relation" \
  "$KDGRID" plan study.cfg --store none -D task=ner -D distill.method=none -D student.distances=4
mkdir plain
for split in train devel test; do
  for n in $(seq 1 12); do printf 'a%d binds b\tyes\na%d and b\tno\n' $n $n; done >plain/$split.tsv
done
KDGRID_DATA=$work expect 1 "distances: no sentence has a mention that is masked as in @GENE$" \
  "$KDGRID" run study.cfg --store unmarked -D data.corpus=plain -D distill.method=none -D student.distances=4 -D student.pooling=max
finish
