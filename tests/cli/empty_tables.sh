#!/usr/bin/env bash
# empty_tables.sh - the published tables print before anything has run and without any file: published figures, sizes and parameters are
# there; their profiles for two cores plan, and so do the recipes of docs/METHODS.md, once what they ask for is there.
. "$(dirname "$0")/common.sh"
cd "$work"
unset KDGRID_DATA
experiments=$KDGRID_SOURCE/experiments

expect 0 '' "$KDGRID" table "$experiments/compact-ner.cfg" --store nowhere
grep -qE '^\| BioBERT +\| +12 \| +107726601 \| +110M \| +0 of 3 \| +410.9 \|' out || fail "BioBERT's size is not as planned"
grep -qE '^\| BioDistilBERT +\| +- \| +86.97 \| +0 of 1' out || fail "a published figure is not there, or a measured one is"
grep -q 'Sizes of what has not run are those of the networks as planned' out || fail "no note tells whose sizes these are"
for file in bc2gm-students bc2gm-tinybert fastbioner doktra; do
  expect 0 '' "$KDGRID" table "$experiments/$file.cfg" --store nowhere
  grep -q 'networks as planned' out || fail "$file: no size is filled"
done

# What a source does not state, and a size that nobody can know: a vocabulary that is neither there nor said to have so many pieces.
cat >small.cfg <<'CFG'
study = {
  name = "small"; task = "ner"; seeds = [1];
  data = { corpus = "corpus"; vocab = "vocabulary"; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
};
tables = ( { name = "small"; rows = ["student.hidden"]; metrics = ["f1", "size.parameters"];
             published = ( { metric = "f1"; value = "n/a"; source = "a page without it"; } ); } );
CFG
expect 0 '' "$KDGRID" table small.cfg --store nowhere
grep -qE '^\| +8 \| +- \| +n/a \| +0 of 1 \| +- \|' out || fail "what is not stated is not told, or a size is made up"
expect 0 '' "$KDGRID" table small.cfg --store nowhere -D data.vocab_size=100
grep -qE '^\| +8 \| +- \| +n/a \| +0 of 1 \| +[0-9]+ \|' out || fail "the size follows from the file, and is not there"
sed -i 's,"n/a","none",' small.cfg
expect 78 'expected a number' "$KDGRID" plan small.cfg

# Stand-ins for all that the profiles and recipes name.
cat >words.cfg <<'CFG'
study = {
  name = "words"; task = "text"; data = { vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; }; };
  student = { kind = "bert"; layers = 1; hidden = 16; heads = 2; ffn = 32; positions = 64; };
  train = { epochs = 1; batch = 16; }; distill = { smoothing = 0.0; };
};
CFG
expect 0 '' "$KDGRID" run words.cfg --store words --progress=none
id=$("$KDGRID" ls words --csv 2>/dev/null | awk -F, 'NR == 2 { print $1 }')
mkdir data data/text data/pubmed
expect 0 '' "$KDGRID" model export "$id" --store words -o own
sized() { stand_in data/$1 own max_position_embeddings=512 num_hidden_layers=$2 hidden_size=$3 num_attention_heads=12 intermediate_size=$4; }
for name in biobert-v1.2 biobert-base-cased-v1.1; do sized $name 12 768 3072; done
sized all-MiniLM-L6-v2 6 384 1536
sized distil-biobert 6 768 3072
stand_in data/albert-xlarge-v2 "$KDGRID_SOURCE/tests/golden/checkpoints/albert-mlm" vocab_size=$(wc -l <own/vocab.txt) embedding_size=128 \
  max_position_embeddings=512 num_hidden_layers=24 hidden_size=2048 num_attention_heads=16 intermediate_size=8192
cp own/vocab.txt data/albert-xlarge-v2/
for corpus in BC2GM BC5CDR-chem NCBI-disease JNLPBA-IOB2 s800; do
  "$KDGRID" data synth --task ner --sentences 100 --seed ${#corpus} -o data/$corpus >/dev/null || fail "no corpus was invented"
done
"$KDGRID" data synth --task re --sentences 100 -o data/ChemProt >/dev/null || fail "no relations were invented"
"$KDGRID" data synth --task text --sentences 100 -o data/text/a.txt >/dev/null || fail "no text was invented"
cp data/text/a.txt data/pubmed/
export KDGRID_DATA=$PWD/data

for file in bc2gm-students bc2gm-tinybert compact-ner doktra fastbioner biominilm-tags; do
  expect 0 '' "$KDGRID" plan "$experiments/$file.cfg" --profile here
  expect 0 '' "$KDGRID" table "$experiments/$file.cfg" --profile here --store nowhere
  grep -q MiniLM out || fail "$file: no caption says that MiniLM is in BioBERT's place"
  ! grep -E 'Chosen|that chose' out || fail "$file: something is chosen of nothing"
done

for study in more-sentences other-lessons; do
  expect 0 '' "$KDGRID" plan "$experiments/$study.cfg"
  expect 0 '' "$KDGRID" plan "$experiments/$study.cfg" --profile rates
done
for profile in rates alone here; do # of the invented corpus there are fewer sentences
  expect 0 '' "$KDGRID" plan "$experiments/few-labels.cfg" --profile $profile -D data.train_sentences=50
  expect 0 '' "$KDGRID" table "$experiments/few-labels.cfg" --profile $profile --store nowhere -D data.train_sentences=50
done
echo "word$(printf ' 0.5%.0s' $(seq 100))" >data/glove.6B.100d.txt
expect 0 '' "$KDGRID" plan "$experiments/word-vectors.cfg" -D data.train_sentences=50
expect 0 '' "$KDGRID" table "$experiments/word-vectors.cfg" --store nowhere -D data.train_sentences=50

awk '/^```cfg$/ { file = "recipe-" ++n ".cfg"; next } /^```$/ { file = ""; next } file { print > file }' "$KDGRID_SOURCE/docs/METHODS.md"
count=0
for recipe in recipe-*.cfg; do
  expect 0 '' "$KDGRID" plan "$recipe"
  count=$((count + 1))
done
[ $count = 7 ] || fail "$count recipes"

finish
