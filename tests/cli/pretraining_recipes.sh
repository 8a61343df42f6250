#!/usr/bin/env bash
# pretraining_recipes.sh - the recipes plan at published size once what they ask for is there, and run as `smoke`; so does the
# study of tags that stands on three of them.
. "$(dirname "$0")/common.sh"
cd "$work"
recipes=$KDGRID_SOURCE/experiments/pretraining

# Stand-ins: a text, and folders of whose contents a plan sees the sizes and, of a teacher that nothing trains, the head.
mkdir -p data/pubmed data/text
"$KDGRID" data synth --task text --sentences 50 -o data/pubmed/a.txt >/dev/null || fail "no text was invented"
cp data/pubmed/a.txt data/text/
expect 0 '' "$KDGRID" run "$recipes/biodistilbert.cfg" --profile smoke --store smoke
id=$("$KDGRID" ls smoke | awk 'NR == 2 { print $1 }')
expect 0 '' "$KDGRID" model export "$id" --store smoke -o own
golden=$KDGRID_SOURCE/tests/golden/checkpoints tables="max_position_embeddings=512"
sized() { stand_in data/$1 "$golden/bert-mlm" $tables num_hidden_layers=$2 hidden_size=$3 num_attention_heads=12 intermediate_size=$4; }
sized biobert-v1.2 12 768 3072
sized all-MiniLM-L6-v2 6 384 1536
sized tinybert-4l-312d 4 312 1200
stand_in data/distilbert-base-cased "$golden/distilbert-mlm" $tables n_layers=6 dim=768 n_heads=12 hidden_dim=3072
stand_in data/mobilebert-uncased "$golden/mobilebert-mlm" $tables num_hidden_layers=24 hidden_size=512 num_attention_heads=4 \
  intermediate_size=512 embedding_size=128 intra_bottleneck_size=128 num_feedforward_networks=4
mkdir -p data/vocab/bert-base-cased data/vocab/bert-base-uncased
for folder in data/*/config.json data/vocab/*/; do cp own/vocab.txt "${folder%config.json}"; done

count=0
for file in "$recipes"/*.cfg; do
  name=$(basename "$file" .cfg)
  unset KDGRID_DATA
  expect 66 'there is no' "$KDGRID" plan "$file"
  export KDGRID_DATA=$PWD/data
  expect 0 '' "$KDGRID" plan "$file"
  grep -q '^student ' out || fail "$name: no student is planned"
  expect 0 '' "$KDGRID" plan "$file" --profile laptop
  expect 0 '' "$KDGRID" run "$file" --profile smoke --store smoke
  grep -q masked "$file" && grep -q perplexity out || fail "$name: its table has no perplexity"
  count=$((count + 1))
done
[ $count = 9 ] || fail "$count recipes"

# From text to tags: 48 cells over five models of three other files.
tags=$KDGRID_SOURCE/experiments/biominilm-tags.cfg
for corpus in NCBI-disease BC2GM; do
  "$KDGRID" data synth --task ner --sentences 2000 --seed ${#corpus} -o data/$corpus >/dev/null || fail "no corpus was invented"
done
expect 0 '' "$KDGRID" plan "$tags"
grep -qE '^student +48 ' out || fail "not 48 students are planned"
grep -qE '^biominilm-4x312 +2 ' out || fail "the distilled encoder's study is not planned"
expect 0 '' "$KDGRID" plan "$tags" --profile here
grep -qE '^all +5[56] ' out || fail "not all nodes are planned"
expect 0 '' "$KDGRID" plan "$tags" --profile laptop
expect 0 '' "$KDGRID" run "$tags" --profile smoke --store smoke
grep -qE '^\| pretraining/biominilm-3x384.cfg +\|' out || fail "the table has no row of the distilled encoder"

finish
