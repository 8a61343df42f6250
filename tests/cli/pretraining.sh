#!/usr/bin/env bash
# pretraining.sh - an encoder learns masked words from nothing, goes on from there, teaches a smaller one, leaves in published
# form, and is fine-tuned from that folder.
. "$(dirname "$0")/common.sh"
cd "$work"

cat >words.cfg <<'CFG'
study = {
  name = "words"; task = "text"; seeds = [1];
  data = { vocab_size = 300; synth = { sentences = 120; devel = 40; test = 40; }; };
  student = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; positions = 64; init_range = 0.1; };
  train = { epochs = 6; batch = 16; lr = 2e-3; schedule = "linear"; warmup = 4; checkpoint_s = 0; };
  distill = { smoothing = 0; };
};
tables = ( { name = "words"; rows = ["student.layers"];
             metrics = ["devel.masked.perplexity", "test.masked.accuracy", "test.masked.loss"]; } );
CFG

metric() { "$KDGRID" show "$1" --store "$2" --json | grep -o "\"$3\": *[-0-9.e]*" | head -n 1 | sed 's/.*: *//'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && a + 0 < b + 0) }'; }

# From nothing: two runs give the same bits, and the perplexity is below that of a guess.
expect 0 '' "$KDGRID" run words.cfg --store nothing
expect 0 '' "$KDGRID" run words.cfg --store again
expect 0 '' "$KDGRID" table words.cfg --store nothing
grep -q perplexity out || fail "the table has no perplexity"
id=$("$KDGRID" ls nothing | awk 'NR == 2 { print $1 }')
perplexity=$(metric "$id" nothing devel.masked.perplexity)
less "$perplexity" 250 || fail "perplexity $perplexity of 300 pieces after six epochs"
same <("$KDGRID" show "$id" --store nothing --json | grep masked) <("$KDGRID" show "$id" --store again --json | grep masked)

# Out in published form: a BERT with a head over words, and back to go on with it.
expect 0 '' "$KDGRID" model export "$id" --store nothing -o encoder
grep -q BertForMaskedLM encoder/config.json || fail "encoder/config.json names no head over words"
expect 0 '' "$KDGRID" run words.cfg --store on -D student.init=encoder -D data.vocab=encoder -D train.epochs=2 -D train.warmup=0
on=$("$KDGRID" ls on | awk 'NR == 2 { print $1 }')
less "$(metric "$on" on devel.masked.perplexity)" "$perplexity" || fail "going on from an encoder did not help"

# A teacher that is that encoder, untrained further, asked in every step.
for method in distilbert compact tinybert fastbioner; do
  expect 0 '' "$KDGRID" run words.cfg --store taught -D distill.method=$method -D student.layers=1 -D data.vocab=encoder \
    -D teacher.kind=bert -D teacher.layers=2 -D teacher.hidden=32 -D teacher.heads=2 -D teacher.ffn=64 -D teacher.positions=64 \
    -D teacher.init=encoder -D teacher.train.epochs=0 -D student.init=teacher-layers -D train.epochs=1
done

# A task on the encoder: its head over words is left, one for tags begins.
cat >tags.cfg <<'CFG'
study = {
  name = "tags"; task = "ner"; seeds = [1];
  data = { vocab = "encoder"; synth = { sentences = 40; devel = 20; test = 20; }; };
  student = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; positions = 64; init = "encoder"; };
  train = { epochs = 1; batch = 8; lr = 1e-3; };
};
CFG
expect 0 '' "$KDGRID" run tags.cfg --store tags

# Which now says nothing of words.
tagger=$("$KDGRID" ls tags | awk 'NR == 2 { print $1 }')
expect 0 '' "$KDGRID" model export "$tagger" --store tags -o tagger
expect 78 'has no head for the task' "$KDGRID" plan words.cfg -D distill.method=kl -D data.vocab=tagger -D teacher.kind=bert \
  -D teacher.layers=2 -D teacher.hidden=32 -D teacher.heads=2 -D teacher.ffn=64 -D teacher.positions=64 -D teacher.init=tagger \
  -D teacher.train.epochs=0

finish
