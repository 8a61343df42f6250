#!/usr/bin/env bash
# doctor.sh - what would ruin a sweep is refused with its reason, and a limit can be moved.
. "$(dirname "$0")/common.sh"
cd "$work"

write_tiny_study tiny.cfg
expect 0 "" "$KDGRID" doctor tiny.cfg
grep -q '^ok  positions *teacher' out || fail "no line about the teacher's positions"
expect 0 "" "$KDGRID" doctor "$KDGRID_SOURCE/experiments/quickstart.cfg" --profile smoke
expect 0 "" "$KDGRID" doctor tiny.cfg --json
python3 -c 'import json; assert all(c["ok"] for c in json.load(open("out")))' || fail "--json"

expect 2 "something is missing" "$KDGRID" doctor
expect 2 "a limit is a share from 0 to 1, found 2" "$KDGRID" doctor tiny.cfg --max-cut 2
expect 66 "nowhere.cfg" "$KDGRID" doctor nowhere.cfg
expect 78 "train.lr" "$KDGRID" doctor tiny.cfg -D train.lr=-1

# ---- networks ----
expect 3 "teacher: pieces of the longest row, against its positions" \
  "$KDGRID" doctor tiny.cfg -D teacher.positions=8
expect 3 "student: pieces of the longest row, against its positions" \
  "$KDGRID" doctor tiny.cfg -D student.embeddings=bert -D student.positions=8
expect 0 "" "$KDGRID" doctor tiny.cfg -D student.positions=8 # which nothing of it counts
expect 3 "student: sentences of a batch, against those of train: 200, at most 120" \
  "$KDGRID" doctor tiny.cfg -D train.batch=200

# ---- corpora ----
mkdir corpus
sentence() { printf 'the\tO\n%s\tB-Gene\ngene\tE-Gene\nis\tO\nshort\tO\n\n' "$1"; }
fresh() {
  for name in abc bcd cde def; do sentence $name; done >corpus/train.tsv
  sentence xyz >corpus/devel.tsv
  sentence uvw >corpus/test.tsv
}
# The words are few, so a batch is small and only a mention is new.
study() { "$KDGRID" doctor tiny.cfg -D data.corpus=corpus -D train.batch=2 -D teacher.train.batch=2 "$@"; }
fresh
expect 0 "" study --max-unk 1

sentence abc >>corpus/test.tsv
expect 3 "test.tsv: sentences that train has too: 50.00 %, at most 5.00 %" study --max-unk 1
expect 0 "" study --max-unk 1 --max-duplicates 0.5

fresh
printf 'fever\tS-Disease\n\n' >>corpus/test.tsv
expect 3 "test.tsv: labels that earlier splits do not have: 1, at most 0" study --max-unk 1 --min-coverage 0

expect 0 "" study --max-unk 1 --min-coverage 0 --max-labels 1
expect 2 "--max-labels is 0 or more" study --max-labels -1

# ---- labels of a checkpoint ----
fresh
mkdir checkpoint
echo none >checkpoint/model.safetensors
labels() { # NAMES...: the checkpoint has these labels, in this order
  local id=0 text= name
  for name; do text="$text, \"$((id++))\": \"$name\""; done
  echo "{ \"architectures\": [\"BertForTokenClassification\"], \"model_type\": \"bert\", \"vocab_size\": 13," \
    "\"hidden_size\": 32, \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 64," \
    "\"max_position_embeddings\": 128, \"type_vocab_size\": 2, \"hidden_act\": \"gelu\"," \
    "\"id2label\": { ${text#, } } }" >checkpoint/config.json
}
encoder=(-D student.kind=bert -D student.hidden=32 -D student.heads=2 -D student.ffn=64 -D student.positions=128)
for who in teacher student; do
  labels O B-Gene I-Gene E-Gene S-Gene
  expect 0 "" study --max-unk 1 "${encoder[@]}" -D $who.init=checkpoint
  grep -q '^ok  labels .*checkpoint: labels that stand elsewhere' out || fail "no line about the $who's labels"
  labels O B-Gene E-Gene I-Gene S-Gene
  expect 3 "checkpoint: labels that stand elsewhere than in the data: 2, at most 0" study --max-unk 1 "${encoder[@]}" -D $who.init=checkpoint
  labels O B-Gene I-Gene
  expect 3 "checkpoint: labels that stand elsewhere than in the data: 2, at most 0" study --max-unk 1 "${encoder[@]}" -D $who.init=checkpoint
done
labels O B-Chemical I-Chemical
expect 0 "" study --max-unk 1 -D teacher.init=checkpoint
labels O "" I-Gene
expect 65 "id2label: 1 has no name that fills one line" study --max-unk 1 -D teacher.init=checkpoint
sed -i 's/gelu/sigmoid/' checkpoint/config.json
expect 65 "config.json: hidden_act" study --max-unk 1 -D teacher.init=checkpoint
rm checkpoint/config.json
expect 66 "config.json" study --max-unk 1 -D teacher.init=checkpoint
expect 65 "model.safetensors" study --max-unk 1 -D teacher.init=checkpoint/model.safetensors

fresh
printf 'the\tO\ngene\tE-Gene\n\n' >>corpus/train.tsv
expect 3 "train.tsv: tags that their scheme forbids: " study --max-unk 1
expect 0 "" study --max-unk 1 --max-invalid 0.1

fresh
sed 's/E-Gene/I-Gene/' corpus/test.tsv >iob2.tsv
mv iob2.tsv corpus/test.tsv
expect 3 "test.tsv: schemes that train is not written in: 1, at most 0" study --max-unk 1

fresh
expect 3 "devel.tsv: words that train has too: 80.00 %, at least 90.00 %" study --max-unk 1 --min-coverage 0.9
printf 'the\tO\n\xe2\x98\x83\tB-Gene\n\xe2\x98\x83\tE-Gene\n\n' >corpus/test.tsv
expect 3 "test.tsv: pieces that are [UNK]: 66.67 %, at most 50.00 %" study --max-unk 0.5 --min-coverage 0

fresh
expect 3 "words cut by the length limit" study --max-unk 1 -D data.max_pieces=5

# ---- a vocabulary by its folder ----
mkdir vocabulary
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the gene is short a b c d e f '##b' '##c' '##d' '##e' '##f' >vocabulary/vocab.txt
expect 0 "" study -D data.vocab=vocabulary --max-unk 0.2

# ---- word vectors ----
printf 'the 0.1 0.2\ngene 0.3 0.4\n' >vectors.txt
expect 0 "" study --max-unk 1 --vectors vectors.txt --min-hits 0.4
expect 3 "train.tsv: words that have a vector: 40.00 %, at least 50.00 %" study --max-unk 1 --vectors vectors.txt
expect 3 "train.tsv: words that have a vector: 40.00 %, at least 50.00 %" study --max-unk 1 -D student.vectors=vectors.txt -D student.embedding=2
[ "$(grep -c ' vectors ' out)" = 1 ] || fail "one file of vectors is checked more than once"
grep -q '^ok  pieces .*train.tsv: pieces that begin with a vector of their own: [1-9][0-9.]* %' out || fail "no share of pieces: $(cat out)"
grep -q "mean of their words" out && fail "means are told where there are none"
study --max-unk 1 --min-hits 0 -D student.vectors=vectors.txt -D student.embedding=2 -D student.vectors_rule=parts >out 2>&1
grep -q '^ok  pieces .*train.tsv: pieces that begin with the mean of their words' out || fail "no share of means: $(cat out)"
expect 78 "student.vectors: $work/vectors.txt has vectors of 2 numbers, the embedding has 16" study --max-unk 1 --min-hits 0 -D student.vectors=vectors.txt
printf 'the 0.1 0.2\ngene 0.3\n' >vectors.txt
expect 65 "vectors.txt:2" study --max-unk 1 --vectors vectors.txt
finish
