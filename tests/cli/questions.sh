#!/usr/bin/env bash
# questions.sh - questions about texts from an experiment file to their table: they are learned, distilled, scored and answered; what
# is no question, and what no method of questions is, is refused before anything runs.
. "$(dirname "$0")/common.sh"
cd "$work"

cat >questions.cfg <<'CFG'
study = {
  name = "questions"; task = "qa"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 500; max_pieces = 48; stride = 20; question_pieces = 12;
           synth = { sentences = 400; devel = 40; test = 60; names = 6; noise = 0.0; ambiguity = 0.0; unseen = 0.0; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 32; hidden = 32; dropout = 0.0;
              train = { epochs = 10; batch = 8; lr = 1e-2; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; dropout = 0.0; };
  train = { epochs = 10; batch = 8; lr = 1e-2; select_by = "mrr"; };
  distill = { alpha = 0.5; smoothing = 0.0; };
  measure = { latency = 5; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse", "kl", "soft-ce"]; } );
};
tables = ( { name = "questions"; title = "Answers"; rows = ["distill.method"];
             metrics = ["f1", "test.em", "test.strict", "test.lenient", "test.mrr"]; } );
CFG
"$KDGRID" run questions.cfg --store whole >table 2>log || { cat log; fail "does not run"; }
grep -q "strict accuracy (test)" table || fail "the table has no strict accuracy: $(cat table)"

# Who picks a word at random finds one answer in thirty.
"$KDGRID" aggregate whole --metric test.em --by distill.method --format csv >em
for method in none logit-mse kl soft-ce; do
  grep "^$method," em | awk -F, '{ exit !($4 > 0.25) }' || fail "$method has not learned: $(cat em)"
done

"$KDGRID" show best --where distill.method=kl --store whole >shown 2>log || { cat log; fail "show: $(tail -n 1 log)"; }
grep -q '^  lenient  *[01]\.[0-9]*$' shown || fail "show has no lenient accuracy: $(cat shown)"
"$KDGRID" report whole -o page.html >/dev/null 2>log || { cat log; fail "no page"; }
unsorted="Errors of questions are not sorted into kinds"
[ "$(grep -c "$unsorted" page.html)" = 1 ] || fail "the page does not say why there are no kinds of errors"

# A test stands on the questions.
"$KDGRID" compare whole --a distill.method=kl --b distill.method=none --json >pairs 2>log || { cat log; fail "no comparison"; }
grep -q '"p' pairs || fail "no test of two methods: $(head -c 400 pairs)"

# What a cell was measured at is what the model says of the same file again.
"$KDGRID" data synth --task qa --sentences 400 --devel 40 --test 60 --names 6 --noise 0 --ambiguity 0 --unseen 0 -o corpus >/dev/null ||
  fail "no invented questions"
"$KDGRID" data stats corpus/test.json | grep -q "60 questions, 60 answers; 0 rows without one" || fail "wrong counts of questions"
"$KDGRID" score best --where distill.method=kl --store whole corpus/test.json --json >scored 2>log || { cat log; fail "no score"; }
want=$(grep '^kl,' em | cut -d, -f4)
grep -q "\"em\": $want" scored || fail "test.em is $want, and a model asked again has $(grep -o '"em": [0-9.]*' scored)"
python3 - scored <<'PY' || fail "intervals of questions"
import json, sys
said = json.load(open(sys.argv[1]))
for name in ("em", "f1", "strict", "lenient", "mrr"): # of means of sixty, each from 0 to 1
    (low, high), value = said["intervals"][name], said["metrics"][name]
    assert low <= value <= high and (low < high or value in (0, 1)) and high - low < 4.5 * 0.5 / 60 ** 0.5, (name, low, value, high)
assert said["intervals"]["strict"][0] <= said["intervals"]["mrr"][0] <= said["intervals"]["lenient"][0], said["intervals"]
PY
"$KDGRID" score best --where distill.method=kl --store whole corpus/test.json >scored 2>log || { cat log; fail "no score"; }
awk 'length > 80 { exit 1 }' scored || fail "score is wider than a terminal: $(cat scored)"
[ "$(grep -c "^$unsorted" scored)" = 1 ] || fail "score does not say why there are no kinds of errors: $(cat scored)"

# The same study from files has the same figures.
"$KDGRID" run questions.cfg --store files -D data.corpus=corpus -D distill.method=kl >/dev/null 2>log || { cat log; fail "no run of files"; }
"$KDGRID" aggregate files --metric test.em --by task --format csv | grep -q ",$want," || fail "files teach something else"

# What the store keeps of the answers is scored as the cell was.
"$KDGRID" export whole --format conll --cell best --where distill.method=kl >kept 2>log || { cat log; fail "no answers come out of the store"; }
"$KDGRID" data score corpus/test.json kept --json | grep -q "\"em\": $want" || fail "the answers kept are others: $(head -n 2 kept)"

# Answers of other programs: SQuAD's map, lists, and our own lines. One of three is right, one is right in second place.
printf '%s' '{"data": [{"paragraphs": [{"context": "the FBN1 gene of 1991", "qas": [
  {"id": "a", "question": "Which?", "answers": [{"text": "FBN1", "answer_start": 4}]},
  {"id": "b", "question": "When?", "answers": [{"text": "1991", "answer_start": 17}]},
  {"id": "c", "question": "Why?", "answers": [], "is_impossible": true}]}]}]}' >gold.json
printf '%s\n' '{"a": "the fbn1", "b": ["1990", "1991"], "c": ""}' >map.json
"$KDGRID" data score gold.json map.json >out || fail "a map of answers is not scored"
printf '%s\n' 'em 0.666667' 'f1 0.666667' 'strict 0.000000' 'lenient 0.500000' 'mrr 0.250000' >want
tr -s ' ' <out >got
same want got
printf '%s\n' '{"id": "a", "answers": [{"text": "the fbn1"}]}' '{"id": "b", "answers": [{"text": "1990"}, {"text": "1991"}]}' >lines
expect 0 'lines: 1 of 3 questions have no answer there' "$KDGRID" data score gold.json lines
tr -s ' ' <out >got
same want got
expect 65 'map.json: no question d in gold.json' sh -c "sed 's/\"c\"/\"d\"/' map.json >other && mv other map.json; \"$KDGRID\" data score gold.json map.json"
expect 2 'questions need a file of answers' "$KDGRID" data score gold.json

# One question a line in, answers with their places out.
sed 's/.*"context": "\([^"]*\)", "qas": \[{"id": "test-0", "question": "\([^"]*\)".*/{"id": "α", "question": "\2", "context": "\1"}/' \
  corpus/test.json | head -c 2000 | head -n 1 >ask
grep -q '^{"id": "α", "question": "[a-z ]*?", "context": "' ask || printf '%s\n' \
  '{"id": "α", "question": "which gene blocks it ?", "context": "α morakin blocks brunta in mice ."}' >ask
printf '{"question": "no text ?"}\n' >>ask
"$KDGRID" predict best --where distill.method=kl --store whole ask >answers 2>log || { cat log; fail "no answers"; }
grep -q '^{"id": "α", "answers": \[{"begin": [0-9]*, "end": [0-9]*, "score": 0\.[0-9]*, "text": "' answers || fail "no places: $(cat answers)"
grep -q 'ask:2: expected an object with a "question" and a "context"; passed over' log || fail "a bad line is not named: $(cat log)"
expect 2 "questions come as JSON lines" "$KDGRID" predict best --where distill.method=kl --store whole --from text ask
expect 2 "tsv has no room for an answer's place" "$KDGRID" predict best --where distill.method=kl --store whole --to tsv ask

# A document of questions becomes such lines, and what is said of them has the figures of the cell.
expect 65 "kdgrid data convert questions" "$KDGRID" predict best --where distill.method=kl --store whole corpus/test.json
expect 0 "60 questions, each beside one text" "$KDGRID" data convert questions corpus/test.json
cp out lines.jsonl
"$KDGRID" predict best --where distill.method=kl --store whole lines.jsonl >said.jsonl 2>log || { cat log; fail "no answers"; }
"$KDGRID" data score corpus/test.json said.jsonl --json >out 2>log || { cat log; fail "answers are not scored"; }
em=$(grep '^kl,' em | cut -d, -f4)
grep -q "\"em\": $em" out || fail "test.em is $em, and of what predict says $(grep -o '"em": [0-9.]*' out)"

# Of a file with both sorts a part of a text is taken, and what is passed over is said.
printf '%s' '{"questions": [
  {"id": "f", "type": "factoid", "body": "Which gene?", "exact_answer": ["FBN1"], "snippets": [{"text": "FBN1 is mutated."}]},
  {"id": "y", "type": "yesno", "body": "Is FBN1 mutated?", "exact_answer": "yes", "snippets": [{"text": "It is."}, {"text": "It was."}]},
  {"id": "n", "type": "yesno", "body": "Is it rare?", "exact_answer": "no", "snippets": [{"text": "It is not."}]}]}' >both.json
expect 0 "both.json: questions of yes and no that are passed over: 2; --task pair takes them" "$KDGRID" data convert questions both.json
[ "$(cat out)" = '{"id": "f", "question": "Which gene?", "context": "FBN1 is mutated."}' ] || fail "other lines: $(cat out)"
expect 0 "2 questions, each beside one text" "$KDGRID" data convert questions both.json --task pair
printf '%s\n' '{"question": "Is FBN1 mutated?", "context": "It is. It was."}' '{"question": "Is it rare?", "context": "It is not."}' >want
same want out
expect 0 "" "$KDGRID" data convert questions both.json --task qa
grep -q "passed over" err && fail "who asked for one sort hears of the other: $(cat err)"
expect 65 "corpus/test.json: data[0]" "$KDGRID" data convert questions corpus/test.json --task pair
expect 2 "one of: qa pair; found ner" "$KDGRID" data convert questions both.json --task ner
expect 2 "--task is for questions" "$KDGRID" data convert pubmed both.json --task qa

# Questions without an answer: a model that met some says so of others, by a threshold; one that met none is not asked for it.
mkdir impossible
for split in train devel test; do # of every second question
  python3 - corpus/$split.json impossible/$split.json <<'PY' || fail "no questions without an answer"
import json, sys
whole = json.load(open(sys.argv[1]))
for i, p in enumerate(whole["data"][0]["paragraphs"]):
    if i % 2:
        p["qas"][0].update(answers=[], is_impossible=True, question="how many were there ?")
json.dump(whole, open(sys.argv[2], "w"))
PY
done
"$KDGRID" run questions.cfg --store unsure -D data.corpus=impossible -D distill.method=none >/dev/null 2>log || { cat log; fail "does not run without answers"; }
"$KDGRID" score best --store unsure impossible/test.json >scored 2>log || { cat log; fail "no score"; }
grep -q '^ *with an answer ' scored && grep -q '^ *without ' scored || fail "both sorts of questions are not told apart: $(cat scored)"
printf '%s\n' '{"id": 1, "question": "how many were there ?", "context": "morakin blocks brunta in mice ."}' \
  '{"id": 2, "question": "which gene blocks it ?", "context": "morakin blocks brunta in mice ."}' >sure
"$KDGRID" predict best --store unsure sure >out 2>log || { cat log; fail "no answers"; }
grep -q '^{"id": 1, "no_answer": true, "no_answer_margin": [0-9.]*, "answers": \[{"begin": -1, "end": -1, "score": [01][.0-9]*, "text": ""}' out ||
  fail "an answer to what has none: $(cat out)"
grep -q '^{"id": 2, "no_answer": false, "no_answer_margin": -' out || fail "none to what has one: $(cat out)"
"$KDGRID" predict best --store unsure --none-above 1000 sure | grep -q '"no_answer": true' && fail "1000 is no threshold"
[ "$("$KDGRID" predict best --store unsure --none-above -1000 sure 2>/dev/null | grep -c '"no_answer": true')" = 2 ] || fail "-1000 is no threshold"
"$KDGRID" predict best --store unsure --to text sure 2>/dev/null | grep -q '(no answer)' || fail "people do not read of it"
"$KDGRID" predict best --where distill.method=kl --store whole sure 2>/dev/null | grep -q no_answer && fail "none, where each question had one"
expect 2 "each question that the model learned from has an answer" \
  "$KDGRID" predict best --where distill.method=kl --store whole --none-above 0 sure

# Out under the published names, and in again.
"$KDGRID" run questions.cfg --store bert -D distill.method=none -D student.kind=bert -D student.heads=2 -D student.ffn=32 \
  -D train.epochs=1 >/dev/null 2>log || { cat log; fail "no encoder"; }
"$KDGRID" model export best --store bert -o folder >/dev/null 2>log || { cat log; fail "no export"; }
grep -q 'resamples of its 60 questions' folder/README.md || fail "the card counts something else: $(grep resamples folder/README.md)"
grep -q BertForQuestionAnswering folder/config.json || fail "another class: $(cat folder/config.json)"
grep -aq qa_outputs.weight folder/model.safetensors || fail "no qa_outputs"
"$KDGRID" predict folder ask >again 2>log || { cat log; fail "a published folder answers nothing"; }
"$KDGRID" predict best --store bert ask 2>/dev/null | cmp -s - again || fail "the folder answers otherwise"
"$KDGRID" run questions.cfg --store further -D distill.method=none -D student.kind=bert -D student.heads=2 -D student.ffn=32 \
  -D train.epochs=1 -D student.init=folder -D data.vocab=folder/vocab.txt >/dev/null 2>log || { cat log; fail "no learning after learning"; }

# A study for a file of questions that nobody prepared: the other splits are cut from it, rows of a question together.
mkdir own && cp corpus/train.json own/mine.json
"$KDGRID" new fresh --corpus own >told 2>log || { cat log; fail "no study for a file of questions"; }
grep -q 'kdgrid predict best QUESTIONS.jsonl' told || fail "what a model of questions reads is not told: $(tail -n 1 told)"
grep -q 'questions about texts (qa)' told || fail "the form is not told: $(cat told)"
grep -q '320 questions, 0 rows without' told || fail "other splits: $(cat told)"
"$KDGRID" run fresh.cfg --profile smoke --store fresh >table 2>log || { cat log; fail "the new study does not run"; }
grep -q 'MRR (test)' table || fail "the new study has no table: $(cat table)"

"$KDGRID" data synth --task qa --sentences 40 -o factoid.json >/dev/null
python3 - factoid.json both.json more.json <<'PY' || fail "no file of both sorts"
import json, sys
rows = [(p["context"], q) for d in json.load(open(sys.argv[1]))["data"] for p in d["paragraphs"] for q in p["qas"]]
more = [{"id": q["id"], "type": "factoid", "body": q["question"], "exact_answer": [q["answers"][0]["text"]], "snippets": [{"text": c}]} for c, q in rows]
json.dump({"questions": json.load(open(sys.argv[2]))["questions"] + more}, open(sys.argv[3], "w"))
PY
expect 0 "" "$KDGRID" new sorts --corpus more.json
grep -q 'questions of yes and no that are passed over: 2; --task pair takes them' out || fail "nothing is told of the others: $(cat out)"

# A folder of several files is one corpus, for new and for the split of a study; none of its files is another's.
mkdir years && cp corpus/devel.json years/2020.json && cp corpus/test.json years/2021.json
"$KDGRID" data stats corpus/devel.json corpus/test.json years >told 2>log || { cat log; fail "no counts of a folder"; }
awk '/ sentences, / { n[++k] = $1 } END { exit n[1] + n[2] != n[3] }' told || fail "a folder has not what its files have: $(cat told)"
expect 0 "" "$KDGRID" new of-years --corpus years
expect 0 "" "$KDGRID" plan of-years.cfg --profile smoke
"$KDGRID" run questions.cfg --store years-store -D data.corpus=corpus -D data.devel=years -D distill.method=none -D train.epochs=1 >/dev/null 2>log ||
  { cat log; fail "a folder is no split"; }
cp corpus/test.json years/again.json
expect 65 "is in an earlier file, too" "$KDGRID" data stats years

# Refused from the settings alone.
expect 78 "distill.method: doktra is not defined for answers in a text" \
  "$KDGRID" plan questions.cfg --store none -D distill.method=doktra -D student.kind=bert -D teacher.kind=bert
expect 78 "with task = qa the teacher says nothing of words" \
  "$KDGRID" plan questions.cfg --store none -D distill.method=kl -D teacher.data.vocab=folder/vocab.txt
expect 78 "student.crf: stands on tags, and task = qa has none" \
  "$KDGRID" plan questions.cfg --store none -D student.crf=true -D distill.method=none
expect 78 "one of: em f1 strict lenient mrr; found entity_strict.f1" \
  "$KDGRID" plan questions.cfg --store none -D train.select_by=entity_strict.f1

# Refused with its place, and nothing half done.
mkdir bad
for split in train devel test; do cp corpus/$split.json bad/; done
sed 's/"answer_start": [0-9]*/"answer_start": 1/' corpus/devel.json >bad/devel.json
expect 65 "bad/devel.json: data[0].paragraphs[0].qas[0]: the answer" "$KDGRID" run questions.cfg --store refused -D data.corpus=bad -D distill.method=none
[ -z "$(find refused/objects -name '*.h5' 2>/dev/null)" ] || fail "an object was made of a bad corpus"
expect 65 "data[0].paragraphs[0].qas[0]: the answer" "$KDGRID" data stats bad/devel.json
expect 65 "leaves no room for its text" "$KDGRID" run questions.cfg --store refused -D data.max_pieces=8 -D data.question_pieces=0 -D distill.method=none

# The published recipes: the same at a size of seconds, and planned at theirs once what they ask for is there.
recipes=$KDGRID_SOURCE/experiments/questions
for name in squad bioasq; do
  expect 0 '' "$KDGRID" run "$recipes/$name.cfg" --profile smoke --store smoke
  expect 66 'there is no' "$KDGRID" plan "$recipes/$name.cfg"
done
"$KDGRID" table "$recipes/bioasq.cfg" --profile smoke --store smoke | grep -q 'MRR (test)' || fail "the recipe's table has no MRR"
mkdir -p data/SQuAD data/BioASQ-7b
for name in biobert-base-cased-v1.1:12 biobert-squad:12 compact-biobert:6 compactbiobert-squad:6; do
  stand_in data/${name%:*} folder num_hidden_layers=${name#*:} hidden_size=768 num_attention_heads=12 intermediate_size=3072 \
    max_position_embeddings=512
done
for split in train devel test; do
  cp corpus/$split.json data/SQuAD/
  for n in $(seq 9); do
    printf '%s{"id": "5a%s%s", "type": "factoid", "body": "Which gene?", "exact_answer": [["FBN1", "fibrillin 1"]],
      "snippets": [{"text": "Mutations of fibrillin 1 were found."}, {"text": "In FBN1 nothing was found."}]}' "$([ $n = 1 ] || echo ,)" $split $n
  done | sed '1s/^/{"questions": [/; $s/$/]}/' >data/BioASQ-7b/$split.json
done
for name in squad bioasq; do
  KDGRID_DATA=$PWD/data "$KDGRID" plan "$recipes/$name.cfg" >out 2>err || { cat err; fail "$name is not planned"; }
  grep -q '^student ' out || fail "$name: no student is planned: $(cat out)"
done
"$KDGRID" data stats data/BioASQ-7b/test.json >out || fail "BioASQ's form is not read"
grep -q '9 questions, 36 answers; 0 rows without one' out || fail "wrong counts of BioASQ's form: $(cat out)"
finish
