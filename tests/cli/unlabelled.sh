#!/usr/bin/env bash
# unlabelled.sh - a student learns of its teacher on sentences that nobody has labelled: with every method that learns logits, for
# tags and relations, beside augmentation and a vocabulary of the teacher's own; and what is wrong with such sentences is said.
. "$(dirname "$0")/common.sh"
cd "$work"

"$KDGRID" data synth -o ner --sentences 40 --devel 16 --test 16 --unlabelled 60 >/dev/null
"$KDGRID" data synth -o re --task re --sentences 40 --devel 16 --test 16 --unlabelled 60 >/dev/null
head -n 30 ner/unlabelled.txt >first.txt
mkdir more
tail -n 30 ner/unlabelled.txt | gzip >more/rest.txt.gz

cat >study.cfg <<'CFG'
study = {
  name = "unlabelled"; task = "ner"; seeds = [1];
  data = { corpus = "ner"; vocab_size = 300; unlabelled = ["first.txt", "more"]; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 16; positions = 128; train = { epochs = 1; batch = 8; }; };
  student = { kind = "bert"; layers = 1; hidden = 16; heads = 2; ffn = 16; positions = 128; };
  train = { epochs = 1; batch = 8; checkpoint_s = 0; };
  distill = { alpha = 0.5; };
  measure = { latency = 0; };
};
CFG
study() { "$KDGRID" "$1" study.cfg "${@:2}"; }
# ids OPTION...: of its cells
ids() { study plan --explain "$@" | awk '$2 ~ /^[0-9a-f]+$/ && length($2) == 32 { print $2 }'; }
# numbers STORE NAME: this metric of every object that has it
numbers() { for o in "$1"/objects/*/*.h5; do h5dump -d /metrics "$o" | grep -A 1 "\"$2[\\\"]" | sed -n '2s/ *//p'; done; }

# ---- every method that learns logits, and the one that does not ----
methods='["none", "logit-mse", "soft-ce", "kl", "tinybert", "distilbert", "fastbioner"]'
expect 0 "" study run --store all -D "distill.method=$methods" -D distill.hidden_from=0.5
expect 0 "" study run --store deep -D 'distill.method=["pkd", "compact"]' -D student.layers=2
expect 0 "" study run --store crf -D distill.method=crf-posterior -D student.crf=true -D teacher.crf=true -D data.unlabelled_share=0.5
expect 0 "" study run --store live -D distill.method=kl -D distill.teacher_mode=train
expect 0 "" study run --store kept -D distill.method=tinybert -D targets.states_gib=1
expect 0 "" study run --store apart -D distill.method=kl -D teacher.data.vocab=built -D teacher.data.vocab_size=120 -D augment.passes=1
expect 0 "" "$KDGRID" verify --store apart best

# a node for the teacher, one for its targets; the teacher learns from labels alone, and so does `none`
expect 0 "" study plan -D "distill.method=$methods"
grep -qE '^corpus +2 ' out && grep -qE '^teacher +1 ' out && grep -qE '^targets +1 ' out || fail "other nodes: $(cat out)"
[ "$(ids -D distill.method='["none", "kl"]' | head -n 1)" = "$(ids -D distill.method=none -D data.unlabelled=)" ] ||
  fail "a cell that learns from labels knows of unlabelled text"
[ "$(ids -D distill.method=kl)" != "$(ids -D distill.method=kl -D data.unlabelled=)" ] || fail "unlabelled text is no part of an id"
[ "$(ids -D distill.method=kl -D data.unlabelled=first.txt)" != "$(ids -D distill.method=kl)" ] || fail "two texts are one"
cp first.txt again.txt
[ "$(ids -D distill.method=kl -D data.unlabelled=first.txt)" = "$(ids -D distill.method=kl -D data.unlabelled=again.txt)" ] ||
  fail "a name is part of an id"

if command -v h5dump >/dev/null; then
  [ "$(numbers all train.unlabelled_sentences)" = 60 ] || fail "not one corpus with 60 unlabelled sentences: $(numbers all train.unlabelled_sentences)"
  [ "$(numbers apart train.unlabelled_sentences | sort -u)" = 60 ] || fail "augmentation makes copies of what has no labels"
fi
expect 0 "" "$KDGRID" show --store all "$(ids -D distill.method=kl | cut -c 1-10)"
grep -q 'data.unlabelled .*first.txt,more' out || fail "show says nothing of unlabelled text"
"$KDGRID" show --store all --study "$(ids -D distill.method=kl | cut -c 1-10)" >again.cfg
[ "$("$KDGRID" plan again.cfg --explain | awk 'length($2) == 32 { print $2 }')" = "$(ids -D distill.method=kl)" ] ||
  fail "a study made of a cell has another cell: $(cat again.cfg)"

expect 0 "" "$KDGRID" report all -o page.html
grep -q 'on ner (16 test sentences) and unlabelled text (first.txt,more)' page.html || fail "the page does not say what text was asked"

# ---- shares and bounds ----
expect 0 "" study run --store share -D distill.method=kl -D data.unlabelled_share=0.5 -D data.unlabelled_sentences=20
expect 78 "asks for 61 sentences without labels, and there are 60" study plan -D distill.method=kl -D data.unlabelled_sentences=61
expect 78 "train.batch: 48 is more than the 40 labelled sentences there are" \
  study plan -D distill.method=kl -D data.unlabelled_share=0.5 -D train.batch=96

# ---- relations ----
relations() { study "$@" -D task=re -D data.corpus=re -D data.unlabelled=re/unlabelled.txt -D 'student.pooler=true' -D 'teacher.pooler=true'; }
expect 0 "" relations run --store re -D 'distill.method=["none", "kl", "doktra"]'

# ---- what was found ----
expect 0 "" study doctor -D 'distill.method=["none", "kl"]' --min-coverage 0
[ "$(grep -c 'unlabelled *data.unlabelled: sentences without labels: 60, at least 1' out)" = 1 ] || fail "doctor: $(cat out)"
[ "$(grep -c 'ok  labels *.*ner/test.tsv' out)" = 1 ] || fail "doctor looks at labelled sentences twice: $(cat out)"
expect 3 "ner/test.tsv: sentences that data.unlabelled has too: 100.00 %, at most 5.00 %" \
  study doctor -D distill.method=kl -D data.unlabelled=ner/test.tsv --min-coverage 0
expect 0 "" "$KDGRID" data stats ner/train.tsv --unlabelled ner/unlabelled.txt
grep -q '^ner/unlabelled.txt: unlabelled' out && grep -q '  60 sentences, ' out || fail "stats: $(cat out)"
expect 2 "--unlabelled: is for ner and re" "$KDGRID" data synth --task text --unlabelled 3 -o text
expect 2 "--unlabelled: needs a folder" "$KDGRID" data synth --unlabelled 3 -o one.tsv

# ---- what is wrong with a file ----
text() { study plan -D distill.method=kl -D "data.unlabelled=$1"; }
: >empty.txt
printf '\n \n' >blank.txt
printf 'one\ncaf\351\n' >latin.txt
{ echo one; head -c 10000000 /dev/zero | tr '\0' a; echo; } >huge.txt
expect 65 "data.unlabelled: $work/empty.txt: no sentence is in it" text empty.txt
expect 65 "data.unlabelled: $work/blank.txt: no sentence is in it" text blank.txt
expect 65 "latin.txt:2: byte 4 is 0xe9, which is not UTF-8" text latin.txt
expect 65 "huge.txt:2: a line of more than 1048575 bytes" text huge.txt
expect 66 "study.cfg: 2 files are missing" text first.txt,no.txt,nowhere
grep -q 'data.unlabelled: there is no no.txt' err && grep -q 'data.unlabelled: there is no nowhere' err || fail "not all that is missing: $(cat err)"
expect 78 "data.unlabelled: is for methods that learn of a teacher's logits; none does not" study plan -D distill.method=none
expect 78 "data.unlabelled: is for tags and relations, not for the task qa" study plan -D distill.method=kl -D task=qa -D data.corpus=synth
finish
