#!/usr/bin/env bash
# export_words.sh - what a study cut by byte BPE or by unigrams goes out with its tokenizer, and comes in again.
. "$(dirname "$0")/common.sh"
cd "$work"
cp "$KDGRID_SOURCE/tests/golden/unigram.model" .
python3 - <<'PY'
import json
visible = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 256)]
hidden = [b for b in range(256) if b not in visible]
characters = [chr(b) for b in visible] + [chr(0x100 + i) for i in range(len(hidden))]
merges = ["t h", "th e", "e r", "o n"]
pieces = ["<s>", "<pad>", "</s>", "<unk>", *characters, *(m.replace(" ", "") for m in merges), "<mask>"]
json.dump({piece: i for i, piece in enumerate(pieces)}, open("vocab.json", "w"))
open("merges.txt", "w").write("\n".join(["#version: 0.2", *merges]) + "\n")
PY

# study FILE KIND VOCAB MORE TRAIN
study() {
  cat >"$1" <<CFG
study = {
  name = "words"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab = "$3"; synth = { sentences = 40; devel = 20; test = 20; }; };
  student = { kind = "$2"; layers = 1; hidden = 8; heads = 2; ffn = 8; $4 };
  train = { batch = 16; $5 };
};
CFG
}
runs() { "$KDGRID" run "$1" --store "$2" >/dev/null 2>log || { cat log; fail "$1 does not run"; }; }
trained() { grep -l "$1.embeddings" "$2"/objects/*/*.h5; }
echo "the other gene-3, 2.5 mg; IL-2 α therefore" >text

for case in albert:unigram.model roberta:vocab.json; do
  kind=${case%:*} vocab=${case#*:} files=unigram.model:spiece.model
  [ $kind = albert ] || files='vocab.json:vocab.json merges.txt:merges.txt'
  study $kind.cfg $kind $vocab '' 'epochs = 1;'
  runs $kind.cfg $kind
  expect 0 "" "$KDGRID" model export "$(trained $kind $kind)" -o out-$kind
  ! grep -q "no tokenizer" err || fail "$kind goes out without its tokenizer"
  [ ! -e out-$kind/vocab.txt ] || fail "a WordPiece vocabulary came from nowhere"
  "$KDGRID" data tokenize --vocab $vocab <text >want
  "$KDGRID" data tokenize --vocab out-$kind/tokenizer.json <text >got
  same want got
  for file in $files; do same "${file%:*}" "out-$kind/${file#*:}"; done
  grep -q '"tokenizer_class": "PreTrainedTokenizerFast"' out-$kind/tokenizer_config.json || fail "$kind's tokenizer class"
  study again.cfg $kind out-$kind "init = \"out-$kind\";" 'epochs = 0;'
  runs again.cfg again-$kind # the folder is a vocabulary and a network of its own
done
# What the study lowered first, the files alone would cut otherwise.
study lowered.cfg roberta vocab.json '' 'epochs = 0; steps = 1;'
sed -i "s|vocab = |lowercase = true; vocab = |" lowered.cfg
runs lowered.cfg lowered
expect 0 "" "$KDGRID" model export "$(trained roberta lowered)" -o out-lowered
[ -e out-lowered/tokenizer.json ] && [ ! -e out-lowered/vocab.json ] || fail "lowered words go out with files that do not lower"
grep -q '"cls_token": "<s>"' out-roberta/tokenizer_config.json || fail "a RoBERTa's first piece"
grep -q '"mask_token": "\[MASK\]"' out-albert/tokenizer_config.json || fail "an ALBERT's mask"

# A file that has changed since would cut other pieces.
sed -i 's/^t h$/h e/; s/^th e$/he r/' merges.txt
python3 - <<'PY'
import json
pieces = json.load(open("vocab.json"))
pieces = {{"th": "he", "the": "her"}.get(p, p): i for p, i in pieces.items()}
json.dump(pieces, open("vocab.json", "w"))
PY
expect 0 "vocab.json: is not there, or not as the study had it: no tokenizer is written" \
  "$KDGRID" model export "$(trained roberta roberta)" -o changed
[ ! -e changed/tokenizer.json ] && [ ! -e changed/vocab.json ] || fail "another tokenizer is written"
# and weights that learned the old ones would read them as others, though they are as many
study other.cfg roberta vocab.json 'init = "out-roberta";' 'epochs = 1;'
expect 1 "out-roberta: its vocabulary is not the corpus's; give data.vocab that vocabulary" "$KDGRID" run other.cfg --store other
LC_ALL=C sed 's/gene/gnee/' unigram.model >other.model
cmp -s other.model unigram.model && fail "the unigrams have no piece with gene"
study other.cfg albert other.model 'init = "out-albert";' 'epochs = 1;'
expect 1 "out-albert: its vocabulary is not the corpus's" "$KDGRID" run other.cfg --store other
finish
