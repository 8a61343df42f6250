#!/usr/bin/env bash
# pairs.sh - two texts and a class from an experiment file to their table: they are learned, distilled, scored and answered; what is no
# pair, and what no method of pairs is, is refused before anything runs.
. "$(dirname "$0")/common.sh"
cd "$work"

cat >pairs.cfg <<'CFG'
study = {
  name = "pairs"; task = "pair"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; max_pieces = 48;
           synth = { sentences = 600; devel = 60; test = 80; names = 4; noise = 0.0; ambiguity = 0.0; unseen = 0.0; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; positions = 64; pooler = true; init_range = 0.15;
              dropout = 0.0; train = { epochs = 15; batch = 8; lr = 3e-3; schedule = "linear"; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; dropout = 0.0; };
  train = { epochs = 12; batch = 8; lr = 1e-2; schedule = "linear"; };
  distill = { smoothing = 0.0; };
  axes = ( { key = "distill.method"; values = ["none", "kl", "doktra"]; } );
};
tables = ( { name = "pairs"; title = "Pairs"; rows = ["distill.method"];
             metrics = ["f1", "test.accuracy", "test.pair.yes.f1", "test.pair.no.f1"]; } );
CFG
"$KDGRID" run pairs.cfg --store whole >table 2>log || { cat log; fail "does not run"; }
grep -q "F1 of yes (test)" table || fail "the table has no F1 of one class: $(cat table)"

# Who says the same of everything is right of half.
"$KDGRID" aggregate whole --metric test.accuracy --by distill.method --format csv >right
for method in none kl doktra; do
  grep "^$method," right | awk -F, '{ exit !($4 > 0.65) }' || fail "$method has not learned: $(cat right)"
done
"$KDGRID" aggregate whole --metric f1 --by distill.method --format csv >macro
want=$(grep '^kl,' macro | cut -d, -f4)

# Macro F1 is a mean over classes; answers are exchanged all the same.
"$KDGRID" compare whole --among distill.method >out 2>log || { cat log; fail "no comparison"; }
grep -q 'by exchanging' out && grep -q '^| kl  *| none  *|.* [01]\.[0-9]* |$' out || fail "no test by answers: $(cat out)"

"$KDGRID" report whole -o page.html >/dev/null 2>log || { cat log; fail "no page"; }
grep -q 'classification of pairs of texts' page.html || fail "the page does not say what was asked"
grep -q 'yes as no\|no as yes' page.html || fail "the page has no errors by their kind"

# What a cell was measured at is what the model says of the same file again, and so is what the store keeps of its answers.
"$KDGRID" data synth --task pair --sentences 600 --devel 60 --test 80 --names 4 --noise 0 --ambiguity 0 --unseen 0 -o corpus >told ||
  fail "no invented pairs"
grep -q 'test.tsv: 80 sentences, 80 questions, 0 wrongly labelled' told || fail "not told: $(cat told)"
"$KDGRID" data stats corpus/test.tsv >out || fail "no counts"
grep -q 'test.tsv: pair' out && grep -q 'pairs by class: no [0-9]*, yes [0-9]*$' out || fail "wrong counts: $(cat out)"
model="best --where distill.method=kl --store whole"
"$KDGRID" score $model corpus/test.tsv --json >scored 2>log || { cat log; fail "no score"; }
grep -q "\"pair.macro.f1\": $want" scored || fail "test.pair.macro.f1 is $want, asked again $(grep -o '"pair[^,]*' scored)"
python3 - scored <<'PY' || fail "intervals of pairs"
import json, sys
said = json.load(open(sys.argv[1]))
of = said["intervals"]
for name in ("pair.macro.f1", "pair.macro.precision", "pair.macro.recall", "accuracy"):
    assert of[name][0] < said["metrics"][name] < of[name][1], (name, of[name])
# a mean of two lies between the two, draw by draw
assert min(of["pair.no.f1"][0], of["pair.yes.f1"][0]) <= of["pair.macro.f1"][0], of
assert of["pair.macro.f1"][1] <= max(of["pair.no.f1"][1], of["pair.yes.f1"][1]), of
PY
grep -q '"no as yes"\|"yes as no"' scored || fail "no kinds of errors"
"$KDGRID" export whole --format conll --cell best --where distill.method=kl >kept 2>log || { cat log; fail "no answers come out of the store"; }
[ "$(awk -F'\t' 'NF == 4' kept | wc -l)" = 80 ] || fail "not two texts, gold and answer: $(head -n 2 kept)"
"$KDGRID" run pairs.cfg --store files -D data.corpus=corpus -D distill.method=kl >/dev/null 2>log || { cat log; fail "no run of files"; }
"$KDGRID" aggregate files --metric f1 --by task --format csv | grep -q ",$want," || fail "files teach something else"
(printf 'index\tsentence1\tsentence2\tlabel\n'; cut -f 1,2,4 kept | awk '{ print NR - 1 "\t" $0 }') >said.tsv
"$KDGRID" data score corpus/test.tsv said.tsv --json >out 2>log || { cat log; fail "files are not scored"; }
grep -q "\"f1\": $want" out || fail "another macro F1 by files: $(cat out)"

# A pair a line in, a class out: as JSON, as rows, with and without labels, from a pipe.
printf '%s\n' '{"id": "q", "question": "does a gene help against the disease ?", "context": "morakin blocks brunta in mice ."}' \
  '{"sentence1": "a", "sentence2": "b"}' '{"question": "no text ?"}' '{"question": " ", "context": "x"}' >ask.jsonl
"$KDGRID" predict $model ask.jsonl >answers 2>log || { cat log; fail "no answers"; }
grep -q '^{"id": "q", "class": "\(yes\|no\)", "score": [01][.0-9]*}$' answers || fail "no class: $(cat answers)"
[ "$(wc -l <answers)" = 2 ] || fail "not two answers: $(cat answers)"
grep -q 'ask.jsonl:3: expected an object with a "question" and a "context", or with a "sentence1" and a "sentence2"; passed over' log ||
  fail "a bad line is not named: $(cat log)"
grep -q 'ask.jsonl:4: an empty first text; passed over' log || fail "an empty text is not named: $(cat log)"
"$KDGRID" predict $model - <ask.jsonl 2>/dev/null | cmp -s - answers || fail "a pipe is answered otherwise"
"$KDGRID" predict $model corpus/test.tsv --to tsv >rows 2>log || { cat log; fail "no rows"; }
cut -f 1-3 corpus/test.tsv >want
cut -f 1-3 rows >got
same want got
"$KDGRID" data score corpus/test.tsv rows --json | grep -q "\"f1\": $want" || fail "rows say something else: $(head -n 2 rows)"
cut -f 2,3 corpus/test.tsv | sed 1d >bare.tsv
"$KDGRID" predict $model bare.tsv --to tsv 2>/dev/null | cmp -s - rows || fail "rows without labels are answered otherwise"
head -n 2 bare.tsv | "$KDGRID" predict $model --from tsv --to text - >out 2>log || { cat log; fail "no text"; }
grep -q '^\(yes\|no\) [01]\.[0-9]*  .* ? | .* \.$' out || fail "not for people: $(cat out)"
expect 2 "pairs of texts come as tsv or jsonl, not as text" "$KDGRID" predict $model --from text ask.jsonl
expect 2 "corpus: is a folder, and no file of pairs" "$KDGRID" predict $model corpus

# Out under the published names, where one word says that a class is of two texts, and in again.
"$KDGRID" run pairs.cfg --store bert -D distill.method=none -D student.kind=bert -D student.heads=2 -D student.ffn=32 \
  -D student.pooler=true -D student.positions=64 -D train.epochs=1 -D train.lr=1e-3 >/dev/null 2>log || { cat log; fail "no encoder"; }
"$KDGRID" model export best --store bert -o folder >/dev/null 2>log || { cat log; fail "no export"; }
grep -q 'Accuracy of the test split: .* of its 80 pairs' folder/README.md || fail "the card counts something else: $(grep resamples folder/README.md)"
grep -q BertForSequenceClassification folder/config.json || fail "another class: $(cat folder/config.json)"
"$KDGRID" predict best --store bert ask.jsonl >first 2>/dev/null || fail "no answer"
"$KDGRID" predict folder ask.jsonl >again 2>log || { cat log; fail "a published folder answers nothing"; }
same first again
cp -r folder foreign && sed -i 's/"finetuning_task": "pair"/"finetuning_task": "mrpc"/' foreign/config.json
cmp -s folder/config.json foreign/config.json && fail "config.json does not say the task"
"$KDGRID" predict foreign --task pair ask.jsonl >again 2>log || { cat log; fail "--task does not help"; }
same first again
expect 65 "" "$KDGRID" predict foreign ask.jsonl
expect 2 "--task ner: its head (class) does not answer so" "$KDGRID" predict folder --task ner ask.jsonl

# A study for a file of pairs that nobody prepared.
mkdir own && cp corpus/train.tsv own/mine.tsv
"$KDGRID" new fresh --corpus own >told 2>log || { cat log; fail "no study for a file of pairs"; }
grep -q 'pairs of texts (pair)' told || fail "the form is not told: $(cat told)"
"$KDGRID" run fresh.cfg --profile smoke --store fresh >table 2>log || { cat log; fail "the new study does not run"; }
grep -q 'accuracy (test)' table || fail "the new study has no table: $(cat table)"
"$KDGRID" new invented --template pairs >/dev/null 2>log && "$KDGRID" plan invented.cfg >/dev/null || { cat log; fail "no template"; }

# Refused from the settings alone.
expect 78 "distill.method: crf-posterior is not defined for pairs of texts: it learns from a label for every piece" \
  "$KDGRID" plan pairs.cfg --store none -D distill.method=crf-posterior
expect 78 "student.crf: stands on tags, and task = pair has none" \
  "$KDGRID" plan pairs.cfg --store none -D student.crf=true -D distill.method=none
expect 78 "one of: pair.macro.f1 accuracy; found relation.f1" \
  "$KDGRID" plan pairs.cfg --store none -D train.select_by=relation.f1
expect 78 "max_pieces: 4 leaves no room for a piece of both texts" \
  "$KDGRID" run pairs.cfg --store refused -D data.max_pieces=4 -D distill.method=none
expect 1 "distances: no sentence has a mention that is masked" \
  "$KDGRID" run pairs.cfg --store refused -D student.distances=4 -D distill.method=none

# Refused with its place, and nothing half done.
mkdir bad && cp corpus/*.tsv bad/
printf '81\tis it ?\t\tyes\n' >>bad/devel.tsv
expect 65 "bad/devel.tsv:62: the second text is empty" "$KDGRID" run pairs.cfg --store spoilt -D data.corpus=bad -D distill.method=none
[ -z "$(find spoilt/objects -name '*.h5' 2>/dev/null)" ] || fail "an object was made of a bad corpus"

# The published recipe: the same at a size of seconds, and planned at its own once what it asks for is there.
recipe=$KDGRID_SOURCE/experiments/questions/yesno.cfg
expect 0 '' "$KDGRID" run "$recipe" --profile smoke --store smoke
expect 66 'there is no' "$KDGRID" plan "$recipe"
mkdir -p data/BioASQ-7b-yesno
for name in biobert-base-cased-v1.1:12 compact-biobert:6; do
  stand_in data/${name%:*} folder num_hidden_layers=${name#*:} hidden_size=768 num_attention_heads=12 intermediate_size=3072 \
    max_position_embeddings=512
done
for split in train devel test; do
  for n in $(seq 18); do
    printf '%s{"id": "5a%s%s", "type": "yesno", "body": "Is it so?", "exact_answer": "%s",
      "snippets": [{"text": "Mutations of fibrillin 1 were found."}, {"text": "In FBN1 nothing was found."}]}' \
      "$([ $n = 1 ] || echo ,)" $split $n "$([ $n -gt 12 ] && echo no || echo yes)"
  done | sed '1s/^/{"questions": [/; $s/$/]}/' >data/BioASQ-7b-yesno/$split.json
done
KDGRID_DATA=$PWD/data "$KDGRID" plan "$recipe" >out 2>err || { cat err; fail "the recipe is not planned"; }
grep -q '^student ' out || fail "no student is planned: $(cat out)"
"$KDGRID" data stats --task pair data/BioASQ-7b-yesno/test.json >out || fail "BioASQ's form is not read"
grep -q 'pairs by class: no 6, yes 12' out || fail "wrong counts of BioASQ's form: $(cat out)"
finish
