#!/usr/bin/env bash
# data.sh - the verbs of `kdgrid data` on small files, and what is wrong with bad ones.
. "$(dirname "$0")/common.sh"
cd "$work"
says() { grep -qF -- "$1" out || fail "expected '$1' on stdout, found: $(head -n 5 out)"; }

# ---- what works ----
printf 'the\tO\nIL-2\tB-Gene\ngene\tE-Gene\n\nABC\tS-Gene\nbinds\tO\n\n' >good.tsv
expect 0 "" "$KDGRID" data stats good.tsv
says "2 sentences, 5 tokens"
says "2 mentions (1 of one token, longest 2), 0 invalid transitions"
expect 0 "" "$KDGRID" data stats good.tsv good.tsv
says "good.tsv:1: the first of 2 sentences that are also in good.tsv (line 1)"
expect 0 "" "$KDGRID" data stats --json good.tsv
says '"mentions": 2'

sed 's/S-Gene/O/' good.tsv >half.tsv
expect 0 "" "$KDGRID" data score good.tsv half.tsv --counts
printf '1\t1\t1\n0\t0\t1\n' >counts
same counts out
expect 0 "" "$KDGRID" data score good.tsv half.tsv --counts --json
python3 -c 'import json; assert json.load(open("out"))["entity_strict"]["counts"] == [[1, 1, 1], [0, 0, 1]]' || fail "counts as JSON"
printf 'the\tO\tO\nIL\tS-Gene\tS-Gene\n##2\tS-Gene\tO\n\n' >pieces.tsv
expect 0 "" "$KDGRID" data score pieces.tsv --metric 'entity_s*,token_micro' -m entity_lenient
[ "$(grep -oE '^(entity|token)[a-z_]+' out | tr '\n' ' ')" = "entity_strict entity_lenient entity_seqeval token_micro " ] || fail "other metrics than those asked for: $(cat out)"
expect 2 "did you mean entity_strict?" "$KDGRID" data score pieces.tsv --metric entity_strit
expect 2 "no name of a metric" "$KDGRID" data score pieces.tsv --metric ,
expect 0 "" "$KDGRID" data score pieces.tsv --metric entity_strict --counts
grep -qx "1	1	2" out || fail "pieces one by one: $(cat out)"
expect 0 "" "$KDGRID" data score pieces.tsv --metric entity_strict --counts --unit word
grep -qx "1	1	1" out || fail "words by their first piece: $(cat out)"
expect 0 "" "$KDGRID" data augment good.tsv more.tsv --passes 2 --mode fixed
expect 0 "" "$KDGRID" data stats more.tsv
says "14 sentences"
cp more.tsv first.tsv
expect 0 "" "$KDGRID" data augment good.tsv more.tsv --passes 2 --mode fixed
same first.tsv more.tsv

expect 0 "" "$KDGRID" data synth --sentences 50 -o synth
expect 0 "train: 50 sentences, " "$KDGRID" data synth --sentences 50 --seed 1
same out synth/train.tsv
expect 0 "" "$KDGRID" data stats synth/train.tsv
says "50 sentences"
for task in re hoc text; do
  expect 0 "train: 50 sentences" "$KDGRID" data synth --task $task --sentences 50 --seed 1
  cp out first.tsv
  expect 0 "" "$KDGRID" data synth --task $task --sentences 50 --seed 1
  same first.tsv out
  expect 0 "" "$KDGRID" data stats --task $task first.tsv
  says "50 sentences"
done
expect 0 "" "$KDGRID" data vocab synth/train.tsv --size 300 -o vocab.txt
printf 'the gene\n' >line.txt
expect 0 "" "$KDGRID" data tokenize --vocab vocab.txt line.txt
[ -s out ] || fail "no pieces"
expect 0 "" "$KDGRID" data tokenize --vocab vocab.txt --ids line.txt
grep -qE '^[0-9 ]+$' out || fail "--ids prints something else than ids"

printf 'the 1 2\ngene 3 4\n' >vectors.txt
expect 0 "" "$KDGRID" data embeddings vectors.txt --corpus good.tsv
says "dimensions  2"
says "tokens      2 of "

# ---- what is refused: the exit code and the place ----
bad() { # WORDS BYTES: the second line of a tagged file
  printf "the\tO\n$2\n\n" >bad.tsv
  expect 65 "$1" "$KDGRID" data stats --task ner bad.tsv
}
bad "bad.tsv:2: " 'IL-2'
bad "bad.tsv:2: " '\tO'
bad "bad.tsv:2: " 'IL-2 B-Gene'
bad "bad.tsv:2: " 'IL-2\tQ-GENE'
bad "bad.tsv:2: " 'IL\0-2\tO'
bad "bad.tsv:2: " 'IL\377-2\tO'
: >bad.tsv
expect 65 "bad.tsv:1: no sentences" "$KDGRID" data stats --task ner bad.tsv
printf '\n\n\n' >bad.tsv
expect 65 "bad.tsv:3: no sentences" "$KDGRID" data stats --task ner bad.tsv
printf '\377\376t\0h\0e\0\t\0O\0\n\0' >bad.tsv
expect 65 "bad.tsv:1: UTF-16" "$KDGRID" data stats --task ner bad.tsv
{ printf 'the\tO\n'; head -c 1100000 /dev/zero | tr '\0' a; printf '\tO\n\n'; } >bad.tsv
expect 65 "bad.tsv:2: " "$KDGRID" data stats --task ner bad.tsv
expect 66 "nowhere.tsv" "$KDGRID" data stats nowhere.tsv

printf '\357\273\277the\tO\r\n\r\n' >odd.tsv
expect 0 "" "$KDGRID" data stats --task ner odd.tsv
says "a byte order mark is skipped"
says "line ends in CR LF"
printf 'the\tO\ngene\tE-Gene\n\nIL-2\tB-Gene\ngene\tE-Gene\n\n' >odd.tsv
expect 0 "" "$KDGRID" data stats odd.tsv
says "1 invalid transitions"
says "a tag that its scheme forbids here; line 2"
printf 'fever\tS-Disease\n\n' >new.tsv
expect 0 "" "$KDGRID" data stats good.tsv new.tsv
says "that the splits read before do not have; line 1"
{ for _ in $(seq 5000); do printf 'a\tO\n'; done; printf '\n'; } >long.tsv
expect 0 "" "$KDGRID" data stats --task ner long.tsv
says "longest 5000"

printf '[PAD]\nthe\n' >bad.txt
expect 65 "bad.txt:2: no [UNK]" "$KDGRID" data tokenize --vocab bad.txt line.txt
printf '[UNK]\nthe\nthe\n' >bad.txt
expect 65 "bad.txt:3" "$KDGRID" data tokenize --vocab bad.txt line.txt
printf '' >bad.txt
expect 65 "bad.txt:1: an empty vocabulary" "$KDGRID" data tokenize --vocab bad.txt line.txt
printf 'the \377\n' >bad.txt
expect 65 "bad.txt:1: byte 5 is not UTF-8" "$KDGRID" data tokenize --vocab vocab.txt bad.txt
printf 'the 1 2\ngene 3\n' >bad.txt
expect 65 "bad.txt:2" "$KDGRID" data embeddings bad.txt
printf 'the 1 2\ngene 3 x\n' >bad.txt
expect 65 "bad.txt:2" "$KDGRID" data embeddings bad.txt

# ---- the command line ----
expect 2 "data: a verb is missing" "$KDGRID" data
expect 2 "did you mean stats?" "$KDGRID" data stat
expect 2 "--task: expected" "$KDGRID" data stats --task nre good.tsv
expect 2 "--mode" "$KDGRID" data augment good.tsv more.tsv --mode fixd
expect 2 "--unit: expected word or piece" "$KDGRID" data score good.tsv half.tsv --unit letter
expect 2 "--task: expected" "$KDGRID" data synth --task words

# ---- bench ----
expect 0 "" "$KDGRID" bench text --sentences 50 --repeats 1
says "words/s"
expect 0 "" "$KDGRID" bench text --repeats 1 --json good.tsv
says '"words_per_s"'
expect 2 "bench: a verb is missing" "$KDGRID" bench
expect 0 "" "$KDGRID" bench compare --sides 3 --sentences 50 --draws 10 --repeats 1 --json
says '"pairs_s"'
expect 2 "bench compare: expected numbers of 1 or more, 2 draws" "$KDGRID" bench compare --draws 1
printf '3\n7\n250\n' >lengths
expect 0 "" "$KDGRID" bench infer --lengths lengths --model tinybert --steps 3 --json
says '"tokens": 216,'
says '"peak_mib": '
expect 0 "" "$KDGRID" bench infer --lengths lengths --steps 2 --batch 3 --json
says '"batch": 3,'
says '"tokens": 432,'
expect 65 "lengths: 3 lengths, a batch is 4" "$KDGRID" bench infer --lengths lengths --batch 4
expect 2 "threads, steps and batch are 1 or more" "$KDGRID" bench infer --lengths lengths --batch 0
"$KDGRID" model import "$KDGRID_SOURCE/tests/golden/checkpoints/bert-tags" -o bert.h5 2>/dev/null || fail "import"
expect 65 "lengths: a sentence of 202 pieces, the network takes" "$KDGRID" bench infer --lengths lengths --model bert.h5
printf '3\n5\n' >lengths
expect 0 "" "$KDGRID" bench infer --lengths lengths --model bert.h5 --steps 2 --json
says '"tokens": 12,'
expect 2 "one of bilstm tinybert minilm distilbert mobilebert albert bert, not elmo" "$KDGRID" bench infer --lengths lengths --model elmo
expect 2 "--lengths FILE is missing" "$KDGRID" bench infer
expect 2 "--precision is f32, bf16 or int8, not fp16" "$KDGRID" bench infer --lengths lengths --precision fp16
printf '3\nlong\n' >lengths
expect 65 "lengths:2: expected a length, found 'long'" "$KDGRID" bench infer --lengths lengths
finish
