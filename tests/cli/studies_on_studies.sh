#!/usr/bin/env bash
# studies_on_studies.sh - from raw text to a distilled, fine-tuned student and its table by one command over three files; a setting
# of the first one that is changed makes again what stands on it, and nothing else.
. "$(dirname "$0")/common.sh"
cd "$work"

mkdir elsewhere corpus
for n in $(seq 1 120); do echo "the kinase BRCA$((n % 7)) binds p5$((n % 3)) and kinase $n is bound by p53 again"; done >elsewhere/text.txt
for split in train devel test; do
  for n in $(seq 1 24); do printf 'the\tO\nBRCA%d\tB\nkinase\tI\nbinds\tO\np5%d\tB\n\n' $((n % 5)) $((n % 3)); done >corpus/$split.tsv
done

# Its text lies beside it, and not beside who stands on it.
cat >elsewhere/encoder.cfg <<'CFG'
study = {
  name = "encoder"; task = "text"; seeds = [1, 2];
  data = { corpus = "text.txt"; vocab_size = 120; max_pieces = 32; held_out = 0.2; };
  student = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 64; };
  train = { epochs = 2; batch = 16; lr = 2e-3; };
  distill = { smoothing = 0.0; };
};
tables = ( { name = "encoder"; rows = ["student.layers"]; metrics = ["test.masked.accuracy"]; } );
CFG
cat >distilled.cfg <<'CFG'
study = {
  name = "distilled"; task = "text";
  data = { corpus = "elsewhere/text.txt"; max_pieces = 32; held_out = 0.2; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 64;
              init = "elsewhere/encoder.cfg"; init_where = "seed = 2"; train = { epochs = 0; }; };
  student = { kind = "bert"; layers = 1; hidden = 16; heads = 2; ffn = 32; positions = 64; init = "teacher-layers"; };
  train = { epochs = 1; batch = 16; lr = 2e-3; };
  distill = { method = "kl"; smoothing = 0.0; };
};
CFG
cat >tags.cfg <<'CFG'
study = {
  name = "tags"; task = "ner"; seeds = [1];
  data = { corpus = "corpus"; };
  student = { kind = "bert"; hidden = 16; heads = 2; ffn = 32; positions = 64; };
  train = { epochs = 2; batch = 8; lr = 2e-3; };
  axes = ( { zip = ( { key = "student.init";       values = ["scratch", "elsewhere/encoder.cfg", "distilled.cfg"]; },
                     { key = "student.init_where"; values = ["", "seed = 2", ""]; },
                     { key = "student.layers";     values = [2, 2, 1]; } ); } );
};
tables = ( { name = "tags"; rows = ["student.init"]; metrics = ["f1", "size_mib"]; } );
CFG

# What is to come, under the names of the studies; another cell of the encoder is not needed.
expect 0 '' "$KDGRID" plan tags.cfg --explain
grep -qE '^encoder +2 +0 +2 ' out || fail "the plan does not count the encoder's two nodes"
grep -qE '^distilled +3 +0 +3 ' out || fail "the plan does not count three nodes of the distilled study"
grep -q 'for its corpus and distilled)' out || fail "a cell does not say what it waits for"

expect 0 '' "$KDGRID" run tags.cfg --store store
grep -q 'encoder: seed=2' err || fail "the encoder is not told by its study's name"
grep -qE '^\| distilled.cfg +\|' out || fail "the table has no row of who begins as the distilled student"
expect 0 '' "$KDGRID" run tags.cfg --store again
figures() { "$KDGRID" ls "$1" --csv --sort id --columns id,test.entity_strict.f1,test.masked.accuracy || fail "no figures of $1"; }
same <(figures store 2>/dev/null) <(figures again 2>/dev/null)

# Who stands on others is known by all that read the store.
expect 0 '' "$KDGRID" table store --list
grep -q '| encoder ' out || fail "the store does not keep the study below"
expect 0 '' "$KDGRID" report store -o page.html
grep -q 'It has 3 students' page.html || fail "the page counts what the study stands on among its students"
expect 0 '' "$KDGRID" gc store tags.cfg
[ "$(find store/objects -name '*.h5' | wc -l)" = 10 ] || fail "gc removed what the study stands on"
expect 0 '' "$KDGRID" fsck store
expect 0 '' "$KDGRID" doctor tags.cfg --max-duplicates 1

# One cell, repeated from anywhere.
id=$("$KDGRID" ls store --csv --where student.init=distilled.cfg 2>/dev/null | awk -F, 'NR == 2 { print $1 }')
mkdir far
"$KDGRID" show "$id" --store store --study >far/again.cfg
(cd far && "$KDGRID" plan again.cfg --explain) | grep -q "$id" || fail "the cell has another id when it is planned again"

# Of the encoder that is needed: the other study, run by itself, finds it done.
expect 0 '' "$KDGRID" plan elsewhere/encoder.cfg --store store
grep -q '^encoder: 2 cells, 1 done' out || fail "the encoder of seed 2 is not done for its own study"

# A changed pre-training makes again what stands on it: the encoder, what it is as a teacher, both students of it.
sed -i 's/lr = 2e-3/lr = 3e-3/' elsewhere/encoder.cfg
expect 0 '' "$KDGRID" plan tags.cfg --store store --explain
grep -qE '^all +10 +5 +5 ' out || fail "of ten nodes not five are to do"
grep -qE 'done +init=scratch' out || fail "a student from nothing is to be made again"
grep -qE '^encoder +2 +1 +1 ' out || fail "the encoder's corpus is to be made again"
expect 0 '' "$KDGRID" run tags.cfg --store store

# A circle, told with its place.
sed 's/init = "teacher-layers"/init = "tags.cfg"; init_where = "student.layers = 1"/' distilled.cfg >round.cfg
sed 's/distilled.cfg/round.cfg/' tags.cfg >turned.cfg
sed -i 's/tags.cfg/turned.cfg/' round.cfg
expect 78 'round.cfg:6: student.init: a circle' "$KDGRID" plan turned.cfg

finish
