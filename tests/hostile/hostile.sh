#!/usr/bin/env bash
# hostile.sh TABLE KIND - every row of TABLE.txt whose file is of this kind ends with its exit code and says its words.
#
# A row: KIND | STEPS | COMMAND | EXIT | WORDS. STEPS spoil a copy of something whole of that kind, or are "-" for it as
# it is. TABLE.sh has whole things and knows the steps: prepare, once, with study.cfg at hand; begin, before a row; spoil
# STEPS; named COMMAND puts names for words of its own.
. "$(dirname "$0")/../cli/common.sh"
here=$KDGRID_SOURCE/tests/hostile table=$1 kind=$2
. "$here/$table.sh"
cd "$work"
# What HDF5 and libconfig forget after a file that they cannot read is no memory of ours.
printf 'leak:%s\n' libhdf5 libconfig >leaks
export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0"
# A crash of HDF5 is an end in words (harness/base/guard.h), which a sanitizer would take for itself.
export ASAN_OPTIONS=allocator_may_return_null=1:handle_segv=0:handle_sigbus=0:handle_abort=0

shopt -s extglob

# acts: what was said holds a byte that would act on a terminal instead of being seen
acts() { LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$1"; }

# check ROW: make the input, run the command, compare
check() {
  local steps command exit says got
  IFS='|' read -r _ steps command exit says <<<"$1"
  steps=${steps##+( )} command=${command##+( )} exit=${exit// /} says=${says##+( )}
  steps=${steps%%+( )} command=${command%%+( )} says=${says%%+( )}
  rows=$((rows + 1))
  begin
  [ "$steps" = - ] || spoil "$steps" || { fail "cannot make: $steps"; return; }
  timeout 60 "$KDGRID" $(named "$command") >out 2>&1 </dev/null
  got=$?
  if [ $got != "$exit" ] || ! { [ -z "$says" ] || grep -qF -- "$says" out; }; then
    fail "$kind | $steps: exit $got, expected $exit and '$says'; it says
$(tail -n 5 out)"
  elif acts out; then
    fail "$kind | $steps: what it says would act on a terminal: $(tail -n 1 out | od -c | head -n 5)"
  fi
}

cat >study.cfg <<'CFG'
study = {
  name = "hostile"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 40; devel = 10; test = 10; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };
  train = { epochs = 1; batch = 16; lr = 5e-3; };
};
CFG
prepare
rows=0
while IFS= read -r row; do
  [[ $row != "$kind |"* ]] || check "$row"
done <"$here/$table.txt"
echo "$rows inputs"
[ $rows -gt 0 ] || fail "$table.txt has no row of '$kind'"
finish
