#!/usr/bin/env bash
# bad_input.sh - what is no text, no corpus or no model for predict, score and serve: it is named, memory stays bounded, and what
# stands around it is answered.
. "$(dirname "$0")/../cli/common.sh"
cd "$work"
run_small_tagger
predict="$KDGRID predict best --store store --json"
score="$KDGRID score best --store store"
lines() { [ "$(wc -l <out)" = "$1" ] || fail "$(wc -l <out) answers, expected $1"; }

# ---- a line of 10 MB between two others; of words and JSON it is one line, of text many sentences ----

head -c 10000000 /dev/zero | tr '\0' 'a' >long
{ printf 'a\tO\n\n'; cat long; printf '\tO\n\nb\tO\n'; } >long.tsv
{ echo '{"id": 1, "text": "gene"}'; printf '{"id": 2, "text": "'; cat long; echo '"}'; echo '{"id": 3, "text": "gene"}'; } >long.jsonl
{ echo 'Before.'; cat long; echo; echo 'After.'; } >long.txt
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "word " }' >words.txt
expect 0 "long.tsv:3: a line of 1048576 bytes or more; passed over" $predict long.tsv
lines 2
expect 65 "long.tsv:3: a line of 1048576 bytes or more" $predict long.tsv --strict
expect 0 "long.jsonl:2: a line of 1048576 bytes or more; passed over" $predict long.jsonl
grep -q '"id": 3' out || fail "what follows a long line is lost"
expect 65 "long.tsv:3: a line of 10000002 bytes, the limit is 1048575" $score long.tsv
for text in long.txt words.txt; do
  expect 0 "sentences were too long for one and cut" $predict $text
  [ "$(wc -l <out)" -gt 10 ] || fail "$text: few answers"
done
tail -n 1 out | grep -q '"begin": 9[0-9]*,' || fail "the end of a long text is lost: $(tail -n 1 out | head -c 100)"

# ---- an input without an end takes no more memory than one of a page ----

if [ -x /usr/bin/time ] && ! grep -qa __asan_init "$KDGRID"; then
  for count in 100 100000; do
    awk -v n=$count 'BEGIN { for (i = 0; i < n; i++) print "A gene of 2 mice was seen ." }' |
      /usr/bin/time -f %M -o kib $predict --lines --threads 1 - >out 2>err || fail "$count lines: $(cat err)"
    lines $count
    cp kib kib.$count
  done
  awk 'NR == 1 { few = $1 } NR == 2 { exit !($1 < few + 40000 && $1 < 300000) }' kib.100 kib.100000 ||
    fail "memory grows: $(cat kib.100 kib.100000)"
fi

# ---- bytes that are no text ----

head -c 300000 /dev/urandom | tr -d '\n' >binary
printf 'Fine.\n' | cat binary - >mixed.txt
expect 65 "no line of the input could be read" $predict binary
expect 65 "binary:1: " $score binary
printf '\xff\xfeg\0e\0n\0e\0' >utf16.txt
expect 65 "utf16.txt:1: a NUL byte (is this UTF-16 or binary?); passed over" $predict utf16.txt
printf 'a\0b\tO\n\nc\tO\n' >nul.tsv
expect 0 "nul.tsv:1: a NUL byte" $predict nul.tsv
lines 1
expect 65 "nul.tsv:1: a NUL byte" $score nul.tsv
printf '{"id": 1, "text": "a"}\n{"id": 2, "text": "a\\u0000b"}\n{"id": 3, "text": 7}\n{"id": 4}\n[]\n{"id": 5, "text": "b"}\n' >some.jsonl
expect 0 "4 lines were passed over" $predict some.jsonl
lines 2
printf 'a\xffb\tO\n\nc\tO\n' >latin.tsv
expect 0 "latin.tsv:1: byte 2 is 0xff, which is not UTF-8; passed over" $predict latin.tsv
lines 1
expect 65 "latin.tsv:1: byte 2 is 0xff" $score latin.tsv

# ---- nothing, and line ends of other systems ----

: >empty.txt
: >empty.tsv
: >empty.jsonl
printf '\n \n\t\n' >blank.txt
for nothing in empty.txt empty.tsv empty.jsonl blank.txt -; do
  expect 0 "0 sentences" $predict $nothing </dev/null
  lines 0
done
mkdir none
expect 66 "none: no .txt file here" $predict none
expect 66 "nowhere.txt: No such file" $predict nowhere.txt
grep -q "0 sentences" err && fail "what was not read is counted: $(cat err)"
expect 65 "empty.tsv:1: no sentences" $score empty.tsv
printf 'Ab rose.\r\nIt fell.\r\n' >cr.txt
printf 'Ab rose.\nIt fell.\n' >lf.txt
for text in lf.txt cr.txt; do $predict $text --lines 2>/dev/null | sed 's/"begin": [0-9]*/at/' >$text.said; done
same lf.txt.said cr.txt.said
printf 'Ab rose.\rIt fell.\r' >old.txt
expect 0 "2 sentences" $predict old.txt
sed 's/$/\r/' <<<$'a\tO\nb\tO\n\nc\tO' >cr.tsv
expect 0 "2 sentences" $predict cr.tsv
grep -q '\\u000d' out && fail "carriage returns are answered"
expect 0 "line ends in CR LF; the CR is dropped" $score cr.tsv

# ---- options that nobody can mean ----

for asked in "predict best cr.txt" "score best cr.tsv" "serve best --port 0"; do
  expect 2 "${asked%% *}: --threads is 1 to 1024" "$KDGRID" $asked --store store --threads 100000
done
expect 2 "predict: --scores is a column of --to tsv" $predict cr.txt --scores

# ---- a corpus with other labels ----

"$KDGRID" data synth --sentences 20 --test 40 -o corpus >/dev/null
sed 's/-Gene$/-Protein/; s/-Disease$/-Illness/' corpus/test.tsv >others.tsv
sed 's/-Disease$/-Illness/' corpus/test.tsv >some.tsv
expect 65 "others.tsv: its labels are Illness, Protein, the model's are Disease, Gene" $score others.tsv
expect 0 "some.tsv: the model knows no Illness; it says Disease, Gene" $score some.tsv
"$KDGRID" data synth --task re --sentences 20 --test 20 -o pairs >/dev/null
expect 65 "pairs/test.tsv:1: 'label' is no tag" $score pairs/test.tsv

# ---- a model that is none, or has no tokenizer ----

object=$(ls store/objects/*/*.h5 | while read -r file; do "$KDGRID" model tensors "$file" >/dev/null 2>&1 && echo "$file"; done | head -n 1)
head -c 2000 "$object" >cut.h5
expect 65 "cut.h5" "$KDGRID" predict cut.h5 cr.txt
expect 65 "" "$KDGRID" predict ner.cfg cr.txt
corpus_object=$(grep -L lstm.weight store/objects/*/*.h5 | head -n 1)
expect 65 "" "$KDGRID" predict "$corpus_object" cr.txt
"$KDGRID" model import "$KDGRID_SOURCE/tests/golden/checkpoints/roberta-tags" -o bare.h5 2>/dev/null || fail "import"
for verb in predict score; do
  expect 65 "has no tokenizer with it: name its file or folder with --tokenizer" "$KDGRID" $verb bare.h5 corpus/test.tsv
done
expect 65 "has no tokenizer with it" timeout 20 "$KDGRID" serve bare.h5 --port 0
finish
