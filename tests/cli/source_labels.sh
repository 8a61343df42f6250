#!/usr/bin/env bash
# source_labels.sh - data.labels = "source": the first source's four special labels before those of the corpus, START and END
# learned at [CLS] and [SEP], and with them the parameters that are published.
. "$(dirname "$0")/common.sh"
cd "$work"

mkdir corpus
for split in train devel test; do printf 'the\tO\nkinase\tS-GENE\nbinds\tO\n\nBRCA1\tB-GENE\ngene\tE-GENE\n\n' >corpus/$split.tsv; done
cat >study.cfg <<'CFG'
study = {
  name = "source"; task = "ner"; seeds = [1];
  data = { corpus = "corpus"; labels = "source"; vocab_size = 60; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 2; batch = 2; };
};
CFG
expect 0 "" "$KDGRID" run study.cfg --store store

# values DATASET FILE: its numbers, one a line.
values() { h5dump -y -w 1 -d "$1" "$2" | sed -n '/DATA {/,/}/p' | tr -d ' ,' | grep -E '^-?[0-9]+$'; }
for object in store/objects/*/*.h5; do
  [ "$(h5dump -a kind "$object" | grep -c '"corpus"')" = 1 ] || continue
  h5dump -d labels "$object" >said
  grep -qE 'PAD' said || fail "no PAD among the labels"
  names=$(sed -n '/DATA {/,/}/p' said | grep -oE '[A-Z]+(-GENE)?' | grep -vx DATA | xargs)
  case $names in "PAD START END UNK O "*) ;; *) fail "the labels are $names" ;; esac
  paste -d' ' <(values train/word "$object") <(values train/tags "$object") >pieces
  [ "$(awk '$1 == -1 { print $2 }' pieces | xargs)" = "1 2 1 2" ] || fail "[CLS] and [SEP] are not START and END: $(awk '$1 == -1 { print $2 }' pieces | xargs)"
  [ "$(awk '$1 != -1 && $2 < 4' pieces | wc -l)" = 0 ] || fail "a word has a special label"
  checked=yes
done
[ "${checked:-}" = yes ] || fail "no corpus was found in the store"

# The published students: 12,313,809 parameters with a linear head, 12,464,569 with one of 256 units (47.6 MiB).
shared=${KDGRID_SHARED:-$KDGRID_SOURCE/../shared}
[ -d "$shared/data/BC2GM" ] && [ -d "$shared/data/vocab/bert-base-cased" ] || finish
export KDGRID_DATA=$shared/data
cat >published.cfg <<'CFG'
study = {
  name = "published"; task = "ner"; seeds = [1];
  data = { corpus = "BC2GM"; vocab = "vocab/bert-base-cased"; lowercase = true; labels = "source"; max_pieces = 202;
           train_sentences = 8; devel_sentences = 8; test_sentences = 8; };
  student = { kind = "bilstm"; layers = 2; embedding = 300; hidden = 300; };
  train = { steps = 1; batch = 8; };
  axes = ( { key = "student.classifier"; values = [0, 256]; } );
};
CFG
expect 0 "" "$KDGRID" run published.cfg --store published
"$KDGRID" aggregate published --by student.classifier --metric size.parameters --format csv >table
grep -qE '^0,size.parameters,1,12313809,' table || { cat table; fail "the linear head's parameters"; }
grep -qE '^256,size.parameters,1,12464569,' table || { cat table; fail "the parameters with 256 units before the labels"; }
finish
