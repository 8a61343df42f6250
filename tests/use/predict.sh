#!/usr/bin/env bash
# predict.sh - a trained network on texts: what it was measured at comes out again, in every form, in order, by any
# number of threads; bad input is named and passed over.
. "$(dirname "$0")/../cli/common.sh"
cd "$work"

# Rows are cut at 14 pieces, so that some sentences of the test split lose words.
cat >ner.cfg <<'CFG'
study = {
  name = "ner"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; max_pieces = 14;
           synth = { sentences = 240; devel = 60; test = 300; seed = 3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; classifier = 0; dropout = 0.1; };
  train = { epochs = 8; batch = 8; lr = 2e-2; };
  axes = ( { key = "student.crf"; values = [false, true]; } );
};
CFG
"$KDGRID" run ner.cfg --store store >/dev/null 2>log || { cat log; fail "the run failed"; }
"$KDGRID" data synth --sentences 240 --devel 60 --test 300 --seed 3 -o corpus >/dev/null
f1_of() { "$KDGRID" data score "$@" --json | sed -n '/"entity_strict"/,/"f1"/s/.*"f1": //p' | tr -d ,; }
stored_f1() { "$KDGRID" aggregate store --where student.crf=$1 --by student.crf --metric f1 --format csv-raw 2>/dev/null | tail -n 1; }

# The stored figure, and the stored tags, come out again.
for crf in false true; do
  predict="$KDGRID predict best --where student.crf=$crf --store store"
  $predict corpus/test.tsv --to tsv --cut >cut.$crf 2>err || { cat err; fail "predict crf=$crf"; }
  got=$(f1_of corpus/test.tsv cut.$crf 2>/dev/null)
  stored=$(stored_f1 $crf)
  tr , '\n' <<<"$stored" | awk -v f="$got" '$1 + 0 != 0 && ($1 - f) ^ 2 < 1e-20 { found = 1 } END { exit !found }' ||
    fail "crf=$crf: predicted F1 $got, stored $stored"
  grep -q "pieces and lost what is beyond" err || fail "nothing was cut"
  if python3 -c 'import h5py' 2>/dev/null; then
    id=$(sed -n 's/^kdgrid: \([0-9a-f]\{32\}\): the best.*/\1/p' err)
    python3 - store/objects/${id:0:2}/$id.h5 cut.$crf <<'PY' || fail "crf=$crf: other tags than the stored ones"
import sys, h5py
with h5py.File(sys.argv[1]) as f:
    names = f["labels"][()].decode().split("\n")
    stored = [names[t] for t in f["predictions/test"][()]]
said = [line.split("\t")[1] for line in open(sys.argv[2]).read().split("\n") if line]
sys.exit(stored != said)
PY
  fi
done

# Windows see what evaluation cuts.
predict="$KDGRID predict best --where student.crf=false --store store"
$predict corpus/test.tsv --to tsv >windows 2>err
grep -q "pieces and went through in overlapping windows" err || fail "no windows"
awk -v a="$(f1_of corpus/test.tsv windows 2>/dev/null)" -v b="$(f1_of corpus/test.tsv cut.false 2>/dev/null)" \
  'BEGIN { exit !(a > b) }' || fail "windows do not find more than a cut"

# Any number of threads, any number of files, in order; a pipe is as good as a file.
for n in 1 2 3 4 5 6 7; do cat corpus/test.tsv; done >seven.tsv
for n in 1 2 3 4 5 6 7; do cat windows; done >want
for threads in 1 3; do
  $predict seven.tsv --to tsv --threads $threads >got 2>/dev/null
  same want got
done
cat seven.tsv | $predict - --from tsv --to tsv >got 2>/dev/null
same want got
$predict corpus/test.tsv corpus/test.tsv --to tsv 2>/dev/null | cmp -s - <(cat windows windows) || fail "two files"
for precision in bf16 int8; do
  $predict seven.tsv --to tsv --threads 1 --precision $precision >one 2>err
  code=$?
  [ $code = 69 ] && continue # this build has none
  $predict seven.tsv --to tsv --threads 3 --precision $precision >three 2>/dev/null
  same one three
done

# An exported folder is the same model.
"$KDGRID" model export best --where student.crf=false --store store -o published 2>/dev/null || fail "export"
"$KDGRID" predict published corpus/test.tsv --to tsv >got 2>/dev/null
same windows got

# Labels in an order of their own, as published networks have them.
if command -v python3 >/dev/null; then
  cp -r published reversed
  python3 - reversed <<'PY'
import json, struct, sys
path = sys.argv[1] + "/model.safetensors"
data = bytearray(open(path, "rb").read())
length = struct.unpack("<Q", data[:8])[0]
tensors, base = json.loads(data[8:8 + length]), 8 + length
for name in ("classifier.weight", "classifier.bias"):
    begin, end = (base + o for o in tensors[name]["data_offsets"])
    row = (end - begin) // tensors[name]["shape"][0]
    rows = [bytes(data[at:at + row]) for at in range(begin, end, row)]
    data[begin:end] = b"".join(reversed(rows))
open(path, "wb").write(data)
path = sys.argv[1] + "/config.json"
config = json.load(open(path))
names = [config["id2label"][str(k)] for k in range(config["labels"])][::-1]
config["id2label"] = {str(k): n for k, n in enumerate(names)}
config["label2id"] = {n: k for k, n in enumerate(names)}
json.dump(config, open(path, "w"))
PY
  "$KDGRID" predict reversed corpus/test.tsv --to tsv >got 2>err || cat err
  same windows got
fi

# Places in every form point at the words.
sed -n 's/\t.*//p;s/^$/./p' corpus/test.tsv | tr '\n' ' ' | sed 's/ \. \. / .\n/g' >text.txt
printf 'On µm scale: ' | cat - text.txt >folder.txt
mkdir folder && cp folder.txt folder/a.txt && head -n 5 text.txt >folder/b.txt
$predict text.txt --json >text.jsonl 2>/dev/null
expect 0 "" $predict folder --to brat -o standoff
same folder/a.txt standoff/a.txt
[ -s standoff/a.ann ] && [ -s standoff/b.ann ] || fail "no mentions in brat"
grep -q "^T1	" standoff/b.ann || fail "numbers do not begin anew"
"$KDGRID" data stats standoff --task ner >/dev/null 2>err || fail "our BRAT is not read again: $(cat err)"
if command -v python3 >/dev/null; then
  python3 - text.txt text.jsonl <<'PY' || fail "places in JSON do not point at the words"
import json, sys
text = open(sys.argv[1]).read()
seen = 0
for line in open(sys.argv[2]):
    told = json.loads(line)
    assert text[told["begin"]:].startswith(told["text"]), told
    for m in told["mentions"]:
        assert text[m["begin"]:m["end"]] == m["text"] and 0 < m["score"] <= 1, m
        seen += 1
assert seen > 10
PY
fi
printf '{"id":"a","text":"no gene"}\n{"id":5,"text":""}\n' | $predict --from jsonl --json >got 2>/dev/null
grep -qx '{"id": "a", "mentions": \[.*\]}' got || fail "JSON lines: $(cat got)"
grep -qx '{"id": 5, "mentions": \[\]}' got || fail "JSON lines: $(cat got)"
NO_COLOR=1 $predict folder.txt --to text 2>/dev/null | grep -q '\[.* \(Gene\|Disease\)\]' || fail "no marks for people"

# Who asks line by line is answered line by line.
mkfifo asks answers
$predict - --from jsonl --json <asks >answers 2>/dev/null &
asker=$!
exec 3>asks 4<answers
for n in 1 2; do
  echo "{\"id\": $n, \"text\": \"no gene\"}" >&3
  read -r -t 30 line <&4 && [[ $line == "{\"id\": $n,"* ]] || fail "no answer to line $n: '$line'"
done
exec 3>&- 4<&-
wait $asker || fail "the asked one ended with $?"

# Bad input.
printf 'good one .\n\377\376 bad\nand\000nul\nlast one .\n' >bad.txt
expect 0 "bad.txt:2: byte 1 is 0xff, which is not UTF-8; passed over" $predict bad.txt --lines
grep -q "2 lines were passed over" err || fail "no count"
[ "$(wc -l <out)" = 2 ] || fail "lines beside bad ones are lost"
expect 65 "bad.txt:2: byte 1" $predict bad.txt --lines --strict
[ "$(wc -l <out)" = 1 ] || fail "what came before the bad line is lost"
head -c 100000 /dev/urandom | tr -d '\n' >noise.tsv
expect 65 "no line of the input could be read" $predict noise.tsv
: >empty.txt
expect 0 "0 sentences" $predict empty.txt
expect 66 "nowhere.txt" $predict nowhere.txt
expect 2 "--to brat and -o DIR go together" $predict text.txt --to brat
expect 2 "is where" $predict folder -o folder
expect 73 "is there already" $predict folder -o standoff
expect 2 "--precision is f32, bf16 or int8" $predict text.txt --precision f16
expect 66 "predict.sh.h5" "$KDGRID" predict predict.sh.h5 text.txt
expect 65 "" "$KDGRID" predict text.txt text.txt
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nother\n' >other.txt
expect 65 "piece 5 of the tokenizer is other, the model's is" $predict text.txt --tokenizer other.txt
rm published/vocab.txt
expect 66 "no vocab.txt" "$KDGRID" predict published text.txt
finish
