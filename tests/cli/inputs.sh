#!/usr/bin/env bash
# inputs.sh - what no cell can run is said by plan and by run before the first cell: it is in the settings and in the
# files. Corpora are read once and remembered; a warning of their reader is told once a study.
. "$(dirname "$0")/common.sh"
cd "$work"

mkdir corpus
for split in train devel test; do
  printf 'the\tO\ngene\tB-Gene\nof\tE-Gene\nx\tO\n\nthe\tO\nshort\tS-Gene\n\n' >corpus/$split.tsv
done
cat >study.cfg <<'CFG'
study = {
  name = "inputs"; seeds = [1, 2];
  data = { corpus = "corpus"; vocab_size = 40; };
  teacher = { kind = "bert"; layers = 1; hidden = 32; heads = 2; ffn = 64; positions = 128;
              train = { epochs = 1; batch = 2; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 1; batch = 2; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse"]; },
           { key = "augment.passes"; values = [0, 1]; } );
};
CFG
expect 0 "" "$KDGRID" plan study.cfg

# refused WORDS [SETTING]...: by plan, and by run before it makes a store.
refused() {
  local words=$1 settings=() verb
  shift
  for s in "$@"; do settings+=(-D "$s"); done
  for verb in plan run; do
    expect 78 "$words" "$KDGRID" $verb study.cfg "${settings[@]}" --store none
  done
  [ ! -e none ] || fail "a store was made for a study that cannot run: $words"
}
refused "-D teacher.positions: 4 are too few for a sentence of" teacher.positions=4
refused "student.positions: 4 are too few for a sentence of" student.kind=bert student.heads=2 'student.positions=[128, 4]'
refused "student.labels: " student.labels=7
refused "student.vocab: " student.vocab=7
refused "-D train.batch: 9 is more than the 8 sentences there are" 'augment.passes=1' train.batch=9
refused "-D teacher.train.batch: 3 is more than the 2 sentences there are" teacher.train.batch=3
refused "-D data.labels: source is for tags, not for the task re" task=re student.kind=bert student.heads=2 student.pooler=true data.labels=source
printf 'tables = ( { name = "main"; metrics = ["f1", "test.relation.f1"]; } );\n' | cat study.cfg - >wrong.cfg
expect 78 "wrong.cfg: table main: no cell will have the metric test.relation.f1" "$KDGRID" plan wrong.cfg
expect 78 "wrong.cfg: table main: no cell will have the metric test.relation.f1" "$KDGRID" doctor wrong.cfg
expect 78 "wrong.cfg: table main: no cell will have the metric test.relation.f1" "$KDGRID" run wrong.cfg --store none

# ---- a file that its reader refuses ----
cp corpus/train.tsv whole.tsv
printf 'the\tQ-Gene\n\n' >>corpus/train.tsv
expect 65 "corpus/train.tsv:9: " "$KDGRID" plan study.cfg
cp whole.tsv corpus/train.tsv

# ---- warnings ----
sed -i 's/$/\r/' corpus/train.tsv
printf 'the\tO\r\n' >>corpus/train.tsv # nothing ends the last sentence, as everywhere
for again in 1 2; do # the second time from what is remembered
  expect 0 "corpus/train.tsv:1: line ends in CR LF; the CR is dropped (9 times)" "$KDGRID" plan study.cfg
  [ "$(grep -c 'CR LF' err)" = 1 ] || fail "a warning is told more than once by plan"
  grep -q 'empty line' err && fail "what every corpus does is told"
done
[ "$(ls "$XDG_CACHE_HOME/kdgrid/corpora" | wc -l)" -ge 2 ] || fail "nothing is remembered"
expect 0 "" "$KDGRID" run study.cfg --store store
[ "$(grep -c 'CR LF' err)" = 1 ] || fail "a warning is told $(grep -c 'CR LF' err) times by run"

# ---- what is remembered ----
for spoilt in "$XDG_CACHE_HOME"/kdgrid/corpora/*; do echo 'no numbers' >"$spoilt"; done
refused "-D teacher.positions: 4 are too few for a sentence of" teacher.positions=4
XDG_CACHE_HOME=/proc/nowhere expect 0 "" "$KDGRID" plan study.cfg
finish
