#!/usr/bin/env bash
# two_vocabularies.sh - a WordPiece teacher teaches students that cut the same sentences by byte BPE, by another WordPiece
# vocabulary and by unigram, tags by words and relations by sentences; with one vocabulary on both sides it teaches what it
# teaches by pieces. What needs the same pieces is refused.
. "$(dirname "$0")/common.sh"
cd "$work"

# Bytes and a few merges: what a byte-level vocabulary must have, and no more.
write_bpe() {
  mkdir bpe
  local n code id=4
  {
    printf '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3'
    for n in $(seq 0 255); do
      code=$n
      # Printing characters stand for themselves, the others for what follows 255 (models/text/bpe.c).
      if ((n < 33)); then code=$((256 + n)); elif ((n > 126 && n < 161)); then code=$((256 + n - 94)); elif ((n == 173)); then code=323; fi
      printf ', "\\u%04x": %d' $code $((id++))
    done
    for n in th he in er; do printf ', "%s": %d' $n $((id++)); done
    printf '}\n'
  } >bpe/vocab.json
  printf '#version: 0.2\nt h\nh e\ni n\ne r\n' >bpe/merges.txt
}
write_bpe
mkdir unigram && cp "$KDGRID_SOURCE/tests/golden/unigram.model" unigram/spiece.model

# study FILE TASK 'METHODS' 'DATA' 'TEACHER_DATA' [MORE]: a teacher of two layers; batches stay below 512 rows, where
# products do not depend on neighbours (docs/NUMERICS.md).
study() {
  local head='pooler = false; head = "tags"' student='classifier = 0'
  [ "$2" = ner ] || { head='pooler = true; head = "class"'; student='pooling = "max"'; }
  cat >"$1" <<CFG
study = {
  name = "two"; task = "$2"; seeds = [1];
  data = { corpus = "synth"; $4 synth = { sentences = 60; devel = 20; test = 20; noise = 0.0; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 512; $head;
              data = { $5 }; train = { epochs = 2; batch = 8; lr = 3e-3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; dropout = 0.1; $student; };
  finetune = { train = { epochs = 1; batch = 8; lr = 5e-3; }; };
  train = { epochs = 3; batch = 8; lr = 5e-3; };
  distill = { loss_switch = 0.5; };
  measure = { latency = 0; };
  ${6:-}
  axes = ( { key = "distill.method"; values = [$3]; } );
};
CFG
}

runs() { "$KDGRID" run "$1" --store store "${@:2}" >/dev/null 2>log || { cat log; fail "$* does not run"; }; }
object() { # FILE CELL [SETTING]...
  "$KDGRID" plan "$1" --store store --explain "${@:3}" | sed -n "s/^$2 \(..\)\([0-9a-f]*\) .*/store\/objects\/\1\/\1\2.h5/p"
}

# same_students FILE CELLS [SETTING]...: said once and said twice, the same teacher and the same students.
same_students() {
  local cell once twice settings=("${@:3}")
  runs $1.cfg "${settings[@]}"
  "$KDGRID" plan $1_twice.cfg --store store "${settings[@]}" >plan
  grep -qE '^teacher +1 +1 +0 ' plan || fail "$1: another teacher: $(cat plan)"
  runs $1_twice.cfg "${settings[@]}"
  for ((cell = 0; cell < $2; cell++)); do
    once=$(object $1.cfg $cell "${settings[@]}") twice=$(object $1_twice.cfg $cell "${settings[@]}")
    [ "$once" != "$twice" ] || fail "$1, cell $cell: one cell for both ways"
    rm -rf once twice
    "$KDGRID" model export "$once" -o once >/dev/null 2>log && "$KDGRID" model export "$twice" -o twice >/dev/null 2>log || { cat log; fail "no export"; }
    cmp -s once/model.safetensors twice/model.safetensors || fail "$1 $3, cell $cell: another student"
  done
}

# One vocabulary on both sides, said once and said twice: the same students, bit for bit. First pieces alone are learned, so
# what is said of words and what is said of pieces is one thing.
study tags.cfg ner '"logit-mse", "kl", "soft-ce"' 'vocab_size = 200; inherit = false;' ''
study tags_twice.cfg ner '"logit-mse", "kl", "soft-ce"' 'vocab_size = 200; inherit = false;' 'vocab = "built"; vocab_size = 200; inherit = false;'
study pairs.cfg re '"kl", "doktra"' 'vocab_size = 200;' ''
study pairs_twice.cfg re '"kl", "doktra"' 'vocab_size = 200;' 'vocab = "built"; vocab_size = 200;'
same_students tags 3
same_students tags 1 -D augment.passes=1 -D targets.format=f16 -D distill.method=kl
same_students tags 1 -D teacher.crf=true -D student.crf=true -D distill.method=crf-posterior
same_students pairs 2
same_students pairs 1 -D distill.teacher_mode=train -D distill.method=kl
same_students tags 1 -D distill.teacher_mode=train -D distill.method=kl
same_students tags 1 -D distill.teacher_mode=train -D teacher.crf=true -D student.crf=true -D distill.method=crf-posterior
same_students pairs 1 -D distill.method=pkd -D student.kind=bert -D student.layers=2 -D student.heads=2 -D student.ffn=32 -D student.pooler=true

# States that are kept stand on what the teacher reads alone, so there it is one cell for both ways.
kept=(-D targets.states_gib=1 -D distill.method=doktra)
runs pairs_twice.cfg "${kept[@]}"
[ "$(object pairs.cfg 0 "${kept[@]}")" = "$(object pairs_twice.cfg 0 "${kept[@]}")" ] || fail "kept states of one vocabulary are of two"

# Students of one teacher by vocabularies of their own, with copies, two teachers, and a start of their own. What is said of
# words is said once for all of them.
vocabularies='axes = ( { key = "data.vocab"; values = ["bpe", "unigram", "built"]; } );'
study many.cfg ner '"logit-mse"' 'vocab_size = 120;' 'vocab = "built"; vocab_size = 200;' 'augment = { passes = 1; };'
sed -i "s/  axes = .*/  $vocabularies/; s/distill = {/distill = { method = \"logit-mse\"; alpha = 0.5;/; s/train = { epochs = 2/count = 2; train = { epochs = 2/; s/dropout = 0.1;/dropout = 0.1; init = \"fine-tuned\";/" many.cfg
"$KDGRID" plan many.cfg --store none >plan || fail "no plan of many vocabularies"
for line in 'corpus +8 ' 'teacher +2 ' 'targets +1 ' 'student +3 ' 'fine-tuned +3 '; do
  grep -qE "^$line" plan || fail "expected $line in: $(cat plan)"
done
grep -qF "Of the corpora, 2 are in the teacher's own pieces (teacher.data.vocab)." plan || fail "no word on the teacher's pieces: $(cat plan)"
runs many.cfg
"$KDGRID" table many.cfg --store store --rows data.vocab --also teacher="a teacher" --metric f1 >out
grep -qE '^\| a teacher +\|.*[0-9] .*\| +2 \|' out || fail "the table does not find the two teachers: $(cat out)"
runs many.cfg -D targets.words=mean
runs many.cfg -D distill.teacher_mode=train -D teacher.count=1
"$KDGRID" doctor many.cfg --max-unk 1 >out || fail "doctor says no: $(cat out)"
grep -q 'train as the teacher reads it: pieces that are \[UNK\]' out || fail "doctor does not look at the teacher's pieces: $(cat out)"
study sequences.cfg re '"kl", "doktra"' 'vocab_size = 120;' 'vocab = "built"; vocab_size = 200;'
sed -i "s/values = \[\"kl\", \"doktra\"\]; } );/values = [\"kl\", \"doktra\"]; }, { key = \"data.vocab\"; values = [\"bpe\", \"built\"]; } );/" sequences.cfg
runs sequences.cfg
grep -q '\[UNK\]' log && fail "words are unknown"

# A cell says enough to be made again elsewhere, with both vocabularies where they are.
files=(-D distill.method=kl -D data.vocab=unigram -D teacher.data.vocab=bpe)
runs tags_twice.cfg "${files[@]}"
id=$(basename "$(object tags_twice.cfg 0 "${files[@]}")" .h5)
mkdir elsewhere
"$KDGRID" show "$id" --store store --study >elsewhere/again.cfg || fail "the cell does not say what it is"
grep -q "vocab = \"$work/unigram\"" elsewhere/again.cfg && grep -q "vocab = \"$work/bpe\"" elsewhere/again.cfg || fail "vocabularies without their places"
(cd elsewhere && "$KDGRID" plan again.cfg --store ../store --explain) | grep -q "^0 $id done" || fail "another cell than the one that was shown"

# What needs the same pieces is named.
refused() { expect 78 "$1" "$KDGRID" plan "${@:2}" --store none; }
encoder=(-D student.kind=bert -D student.layers=2 -D student.heads=2 -D student.ffn=32 -D student.pooler=false -D student.classifier=0)
for method in tinybert distilbert compact pkd fastbioner; do
  refused "distill.method: $method compares the inside of both piece by piece" tags_twice.cfg "${encoder[@]}" -D distill.method=$method
done
refused "targets.words: mean is over all pieces of a word, and distill.teacher_mode = train has the first one speak" \
  tags_twice.cfg -D distill.method=kl -D distill.teacher_mode=train -D targets.words=mean -D teacher.data.inherit=true
refused "distill.padding: source learns" tags_twice.cfg -D distill.method=logit-mse -D distill.padding=source -D distill.rows=all -D targets.padding=true
refused "student.init: teacher-embeddings takes over" tags_twice.cfg -D student.init=teacher-embeddings
refused "targets.words: mean is over all pieces of a word, and with teacher.data.inherit = false" tags_twice.cfg -D targets.words=mean
refused "targets.words: mean is over all pieces of a word, and teacher.crf" many.cfg -D targets.words=mean -D teacher.crf=true
expect 66 "teacher.data.vocab: there is no none.txt" "$KDGRID" plan many.cfg -D teacher.data.vocab=none.txt --store none

# A file of logits is of the teacher's pieces. Its labels reach a student with other pieces that sees no other labels.
python=python3 # Debian's h5py belongs to Debian's Python, which need not be the first
"$python" -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import h5py' 2>/dev/null || finish
study file.cfg ner '"logit-mse"' 'vocab_size = 400;' 'vocab = "built"; vocab_size = 150; max_pieces = 30;' 'targets = { file = "made.h5"; };'
sed -i 's/  train = { epochs = 3; batch = 8; lr = 5e-3;/  train = { epochs = 16; batch = 8; lr = 2e-2;/; s/sentences = 60/sentences = 120/' file.cfg
"$KDGRID" targets corpus file.cfg -D targets.file= --store store >where || fail "no corpora are made"
theirs=$(sed -n 's/^corpus as the teacher reads it[^:]*: //p' where) ours=$(sed -n 's/^corpus[^:]*: //p' where | grep -vF "$theirs")
"$python" - "$theirs" "$ours" <<'PY' || fail "both do not read the same sentences"
import h5py, sys
with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2]) as b:
    for name in "word_begin", "word_tags":
        assert (a["train"][name][:] == b["train"][name][:]).all(), name
    assert len(a["train/ids"]) != len(b["train/ids"])
PY
make_file() { "$python" "$KDGRID_SOURCE/tests/cli/targets.py" "$@" || fail "targets.py $*"; }
make_file "$ours" made.h5
expect 65 "another corpus or another tokenizer" "$KDGRID" targets import made.h5 file.cfg --store store
make_file "$theirs" made.h5
"$KDGRID" targets import made.h5 file.cfg --store store >imported 2>log || { cat log; fail "made.h5 is refused"; }
grep -q 'words have no piece of the teacher' log || fail "no word on words that were cut: $(cat log)"
runs file.cfg
"$python" - "$(sed -n 's/^targets[^:]*: //p' imported)" "$(object file.cfg 0)" <<'PY' || fail "what was said of words did not reach the student"
import h5py, numpy as np, sys
with h5py.File(sys.argv[1]) as t, h5py.File(sys.argv[2]) as s:
    said = t["logits/words"][:]
    lost = np.isnan(said)
    metrics = {k.decode(): v for k, v in t["metrics"]}
    assert 0 < lost[:, 0].sum() == metrics["targets.lost_words"] < len(said) / 2 and (lost.all(1) == lost.any(1)).all(), metrics
    assert said[~lost].max() == 4
    metrics = {k.decode(): v for k, v in s["metrics"]}
    assert metrics["devel.token_micro.f1"] > 0.4, metrics
PY
finish
