#!/usr/bin/env bash
# changed.sh - an edited study, an input file with other contents: other ids, nothing old is mixed in, and the run
# says in words what has changed.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
run() { "$KDGRID" run tiny.cfg --store store >out 2>log || { cat log; fail "the run failed"; }; }
says() { grep -qF -- "$1" log || { cat log; fail "the run does not say: $1"; }; }
count() { find store/objects -name '*.h5' | wc -l; }

run
! grep -q "has changed" log || fail "a first run tells of a change"
run
! grep -q "has changed" log || fail "a run with nothing to do tells of a change"

sed -i 's/lr = 5e-3/lr = 6e-3/' tiny.cfg
run
says "the study has changed: 4 earlier results of tiny are not asked for now"
says "train.lr was 0.005 and is 0.006"
[ "$(count)" = 11 ] || fail "four cells should have been added to seven objects, there are $(count)"

# a corpus of files, one of which changes
mkdir corpus
for split in train devel test; do
  for ((i = 0; i < 40; i++)); do printf 'IL-%d\tB-Gene\ngene\tI-Gene\nbinds\tO\n\n' $i; done >corpus/$split.tsv
done
sed -i 's/corpus = "synth"/corpus = "corpus"/; s/vocab_size = 400; synth = {[^}]*};/vocab_size = 40;/' tiny.cfg
sed -i 's/name = "tiny"/name = "files"/' tiny.cfg
run
! grep -q "has changed" log || { cat log; fail "another study is taken for a change of the first"; }
printf 'the\tO\nIL-6\tB-Gene\n\n' >>corpus/train.tsv
run
says "the study has changed: "
says "corpus/train.tsv has other contents"
finish
