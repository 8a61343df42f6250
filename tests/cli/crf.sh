#!/usr/bin/env bash
# crf.sh - a teacher with a CRF and students with one, from an experiment file to their table: they learn, go on to
# the same bits after a stop, and come out and back in; what does not fit is refused before anything runs.
. "$(dirname "$0")/common.sh"
cd "$work"

cat >crf.cfg <<'CFG'
study = {
  name = "crf"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 240; devel = 60; test = 80; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 32; hidden = 32; classifier = 0; crf = true; dropout = 0.1;
              train = { epochs = 8; batch = 8; lr = 2e-2; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; crf = true; dropout = 0.1; };
  train = { epochs = 8; batch = 8; lr = 2e-2; checkpoint_s = 0.01; select_by = "entity_lenient.f1"; };
  distill = { alpha = 0.5; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse", "crf-posterior"]; } );
};
CFG
numbers="--metric f1 --by distill.method --format csv"
runs() { "$KDGRID" run "$@" >/dev/null 2>log || { cat log; fail "does not run: $*"; }; }

# Objects of the cells of METHOD in STORE.
object() {
  "$KDGRID" plan crf.cfg --store "$1" --explain | sed -n "s/^[0-9]* \(..\)\([0-9a-f]*\) .*$2.*/$1\/objects\/\1\/\1\2.h5/p"
}

# All learn: what says O everywhere, or any tag, has next to nothing.
runs crf.cfg --store whole
"$KDGRID" aggregate whole $numbers >want || fail "no table"
for method in none logit-mse crf-posterior; do
  grep -E "^\"?$method\"?," want | awk -F, '{ exit !($4 > 0.5) }' || fail "$method has not learned: $(cat want)"
done

# Each stopped at its checkpoints, they end with the same bits.
for method in none none logit-mse logit-mse crf-posterior crf-posterior; do
  touch mark
  "$KDGRID" run crf.cfg --store stopped -D distill.method=$method >/dev/null 2>>stops &
  pid=$!
  while kill -0 $pid 2>/dev/null && [ -z "$(find stopped/work -name 'checkpoint-*' -newer mark 2>/dev/null)" ]; do sleep 0.02; done
  kill -TERM $pid 2>/dev/null
  wait $pid
done
"$KDGRID" run crf.cfg --store stopped >/dev/null 2>>stops || { cat stops; fail "a stopped run does not go on"; }
for method in none logit-mse crf-posterior; do
  grep -q "method=$method: stopped, to be continued" stops || grep -q "student: stopped, to be continued" stops ||
    fail "$method was not stopped: $(cat stops)"
done
"$KDGRID" merge whole stopped -o both >/dev/null 2>log || { cat log; fail "a resumed cell differs"; }

# Out and in again: in our own words, with its CRF, and the same scores without any training.
student=$(object whole crf-posterior)
"$KDGRID" model export "$student" -o folder >/dev/null 2>log || { cat log; fail "no export"; }
grep -q "in kdgrid's own words" log || fail "no word on whose words config.json has: $(cat log)"
grep -q '"crf": true' folder/config.json || fail "config.json does not say crf"
grep -aq 'crf.transitions' folder/model.safetensors || fail "the CRF was not written"
"$KDGRID" model import folder -o back.h5 >/dev/null 2>log || { cat log; fail "no import"; }
"$KDGRID" model export back.h5 -o again >/dev/null 2>log || { cat log; fail "no second export"; }
same folder/model.safetensors again/model.safetensors
scored() { "$KDGRID" run crf.cfg --store "$1" -D distill.method=none -D train.epochs=0 -D "student.init=$2" "${@:3}"; }
runs crf.cfg --store scored -D distill.method=none -D train.epochs=0 -D "student.init=$PWD/back.h5"
"$KDGRID" aggregate scored $numbers | sed -n 's/^none,/crf-posterior,/p' >got
grep '^crf-posterior,' want >had
same had got
expect 1 "it has a CRF, and train.epochs = 0 would leave its head: set student.crf" \
  scored bare "$PWD/back.h5" -D student.crf=false

# Several teachers are one CRF, and halves teach like floats.
runs crf.cfg --store several -D teacher.count=2 -D distill.method=crf-posterior
"$KDGRID" aggregate several $numbers | awk -F, 'NR > 1 { exit !($4 > 0.5) }' || fail "several teachers teach nothing"
runs crf.cfg --store halves -D targets.format=f16 -D distill.method=crf-posterior
"$KDGRID" aggregate halves $numbers | awk -F, 'NR > 1 { exit !($4 > 0.5) }' || fail "halves teach nothing"
runs crf.cfg --store pads -D targets.padding=true -D distill.padding=source -D distill.rows=all -D distill.method=logit-mse \
  -D teacher.kind=bert -D teacher.heads=2 -D teacher.ffn=32 -D teacher.pooler=false

# What does not fit is said from the settings alone.
expect 78 "crf-posterior compares tags under a CRF, and the student has none: set student.crf" \
  "$KDGRID" plan crf.cfg --store none -D student.crf=false
expect 78 "crf-posterior compares tags under a CRF, and the teacher has none: set teacher.crf" \
  "$KDGRID" plan crf.cfg --store none -D teacher.crf=false
expect 78 "student.crf: stands on tags, and task = re has none" \
  "$KDGRID" plan crf.cfg --store none -D task=re -D distill.method=none
expect 78 "confidence_penalty: is for tags that are predicted each for itself" \
  "$KDGRID" plan crf.cfg --store none -D distill.confidence_penalty=0.3
finish
