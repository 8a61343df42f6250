#!/usr/bin/env bash
# hostile.sh KIND - every row of inputs.txt whose file is of this kind ends with its exit code and says its words.
#
# A row: KIND | STEPS | COMMAND | EXIT | WORDS. STEPS spoil a copy of a whole file of that kind (make_h5.c), or are
# "-" for the file as it is; in COMMAND stand FILE for the copy, STORE for the store that it is in, STUDY for the study.
. "$(dirname "$0")/../cli/common.sh"
kind=$1 table=$KDGRID_SOURCE/tests/hostile/inputs.txt
cd "$work"
# What HDF5 forgets after a file that it cannot read is no memory of ours.
echo "leak:libhdf5" >leaks
export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0" ASAN_OPTIONS=allocator_may_return_null=1

cat >study.cfg <<'CFG'
study = {
  name = "hostile"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 40; devel = 10; test = 10; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };
  train = { epochs = 1; batch = 16; lr = 5e-3; };
};
CFG
"$KDGRID" run study.cfg --store whole >log 2>&1 || fail "no store to begin with: $(cat log)"
"$KDGRID" model import "$KDGRID_SOURCE/tests/golden/checkpoints/bert-tags" -o whole.h5 || fail "no object to begin with"
corpus=$("$KDGRID" targets corpus study.cfg --store whole | sed 's/^corpus: //')
"$MAKE_H5" --targets "$corpus" made.h5 || fail "no targets to begin with"
checkpoint=$("$MAKE_H5" --checkpoint whole)
model=$(ls whole/objects/*/*.h5 | grep -v "$corpus")
cp whole.h5 there.h5

# begin: a whole file of this kind as $file, in $store where there is one
begin() {
  rm -rf here here.h5 exported merged
  store=here
  case $kind in
  object) cp whole.h5 here.h5 && file=here.h5 ;;
  targets) cp made.h5 here.h5 && cp -r whole here && file=here.h5 ;;
  store) cp -r whole here && rm -f here/catalogue.h5 && file=here/${model#whole/} ;;
  catalogue) cp -r whole here && file=here/catalogue.h5 ;;
  checkpoint) cp -r whole here && file=here/${checkpoint#whole/} ;;
  esac
}

words() { sed "s/^ *//; s/ *$//" <<<"$1"; }

# check ROW: make the input, run the command, compare
check() {
  local of steps command exit says got
  IFS='|' read -r of steps command exit says <<<"$1"
  steps=$(words "$steps") command=$(words "$command") exit=$(words "$exit") says=$(words "$says")
  [ "$(words "$of")" = "$kind" ] || return 0
  rows=$((rows + 1))
  begin
  [ "$steps" = - ] || "$MAKE_H5" $file "$steps" || { fail "cannot make: $steps"; return; }
  command=${command//FILE/$file} command=${command//STORE/$store} command=${command//STUDY/study.cfg}
  timeout 60 "$KDGRID" $command >out 2>&1
  got=$?
  if [ $got != "$exit" ] || ! grep -qF -- "$says" out; then
    fail "$of| $steps: exit $got, expected $exit and '$says'; it says
$(tail -n 5 out)"
  fi
}

rows=0
while IFS= read -r row; do
  case $row in '' | '#'*) continue ;; esac
  check "$row"
done <"$table"
echo "$rows inputs"
[ $rows -gt 0 ] || fail "$table has no row of '$kind'"
finish
