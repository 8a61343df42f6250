#!/usr/bin/env bash
# verb.sh - what `kdgrid plan` prints.
set -uo pipefail
: "${KDGRID:?the path of the program}" "${KDGRID_SOURCE:?the folder of the sources}"
work=$(mktemp -d "${TMPDIR:-/tmp}/kdgrid-plan-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache # what a person's programs remember is left alone
failures=0

fail() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }
# says 'WORDS' COMMAND...: it succeeds and its output holds a line with these words.
says() {
  local words=$1
  shift
  "$@" >out 2>err || fail "exit $?: $* ($(cat err))"
  grep -qE -- "$words" out || fail "expected '$words' from: $*
$(head -n 20 out)"
}

cat >a.cfg <<'CFG'
study = {
  seeds = [1, 2];
  teacher = { kind = "bert"; layers = 1; hidden = 32; heads = 2; ffn = 64; };
  student = { kind = "bilstm"; layers = 1; };
  axes = ( { key = "student.hidden"; values = [16, 32]; },
           { key = "distill.method"; values = ["none", "logit-mse"]; } );
};
profiles = { tiny = { seeds = [1]; }; };
CFG
sed 's/\[16, 32\]/[32, 64]/' a.cfg >b.cfg

says '^a: 8 cells, 0 done$' "$KDGRID" plan a.cfg
says '^student +8 +0 +8 ' "$KDGRID" plan a.cfg
says '^all +11 +0 +11 ' "$KDGRID" plan a.cfg
says '^Shared: 11 nodes stand for 24' "$KDGRID" plan a.cfg
says '^a: 4 cells' "$KDGRID" plan a.cfg --profile tiny
says '^a: 2 cells' "$KDGRID" plan a.cfg -p tiny -D student.hidden=8
says '^0 [0-9a-f]{32} waits +hidden=16 method=none seed=1 \(for its corpus\)$' "$KDGRID" plan a.cfg --explain
says 'method=logit-mse seed=1 \(for its corpus and targets\)$' "$KDGRID" plan a.cfg --explain
says '^Against a.cfg: 4 added, 4 removed, 4 kept$' "$KDGRID" plan b.cfg --diff a.cfg
says '^- [0-9a-f]{32} hidden=16 method=none seed=1$' "$KDGRID" plan b.cfg --diff a.cfg
says '^student.hidden = \[16, 32\] +# axis$' "$KDGRID" plan a.cfg --show-config
says '^teacher.train.accumulate = 1 +# default; train.accumulate is the student.s alone$' \
  "$KDGRID" plan a.cfg --show-config -D train.accumulate=2
says '^finetune.train.accumulate = 1 +# default; train.accumulate is the student.s alone$' \
  "$KDGRID" plan a.cfg --show-config -D 'train.accumulate=[1, 2]'
says '^teacher.train.accumulate = 1 +# default$' "$KDGRID" plan a.cfg --show-config
says '^train.epochs = 3 +# environment: KDGRID_TRAIN__EPOCHS$' \
  env KDGRID_TRAIN__EPOCHS=3 "$KDGRID" plan a.cfg --show-config
says '"cells": 8' "$KDGRID" plan a.cfg --json
says '"added": 4' "$KDGRID" plan b.cfg --diff a.cfg --json

# Times stand on what was measured, once; what else a plan says does not.
says '^Times stand on rates measured on this machine earlier[.]$' "$KDGRID" plan a.cfg
says '"rates": "measured on this machine earlier"' "$KDGRID" plan a.cfg --json
says '"learned_from": 0' "$KDGRID" plan a.cfg --json
rates=$(ls "$XDG_CACHE_HOME"/kdgrid/rates/*)
"$KDGRID" plan a.cfg --explain | sed -n '/^0 /,$p' >ids
"$KDGRID" plan a.cfg --json | grep longest_path_s >fast
sed -i 's/^f32 product .*/f32 product 0.5/' "$rates"
"$KDGRID" plan a.cfg --explain | sed -n '/^0 /,$p' >ids_of_a_slow_machine
"$KDGRID" plan a.cfg --json | grep longest_path_s >slow
[ -s ids ] || fail "no cell is explained"
cmp -s ids ids_of_a_slow_machine || fail "rates have changed ids or what is done"
cmp -s fast slow && fail "times do not stand on the rates that were kept"
rm "$rates"
says '^Times stand on rates measured on this machine[.]$' "$KDGRID" plan a.cfg
XDG_CACHE_HOME=/proc/nowhere says 'rates measured on this machine[.]$' "$KDGRID" plan a.cfg

# What ranks would give is said where a teacher is most of the longest path, and not where it is done by many already.
large="-D teacher.layers=8 -D teacher.hidden=256 -D teacher.ffn=1024 -D student.hidden=8"
says '^By teacher.train.ranks it would take about .* with 2, .* with 4, .* with 8, and what gradients take' "$KDGRID" plan a.cfg $large
says '"4": [0-9.]+' "$KDGRID" plan a.cfg $large --json
"$KDGRID" plan a.cfg $large -D teacher.train.ranks=8 | grep -q 'By teacher' && fail "eight ranks are advised to who has them"

# And on what finished models took, also those of another study.
cat >done.cfg <<'CFG'
study = {
  data = { synth = { sentences = 100; devel = 10; test = 10; }; };
  student = { kind = "bilstm"; layers = 1; hidden = 64; embedding = 32; };
  train = { epochs = 8; };
};
CFG
"$KDGRID" run done.cfg --store learned >out 2>&1 || fail "run: $(cat out)"
says 'earlier and on what 1 finished model took[.]$' "$KDGRID" plan a.cfg --store learned
says '"learned_from": 1' "$KDGRID" plan a.cfg --store learned --json
says '^quickstart: 12 cells' "$KDGRID" plan "$KDGRID_SOURCE/experiments/quickstart.cfg"
[ ! -e store ] || fail "planning made a store"

# A checkpoint counts with every file that its readers open: an index and all its shards.
mkdir shards
sed "s/_embeddings\": 7/_embeddings\": 64/" "$KDGRID_SOURCE/tests/golden/checkpoints/bert-none/config.json" >shards/config.json
echo '{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}' >shards/model.safetensors.index.json
echo 1 >shards/one.safetensors
echo 2 >shards/two.safetensors
cat >init.cfg <<'CFG'
study = { seeds = [1]; student = { kind = "bert"; init = "shards"; }; };
CFG
id() { "$KDGRID" plan init.cfg --explain | awk '$1 == "0" { print $2 }'; }
first=$(id)
[ ${#first} = 32 ] || fail "a study that starts from shards is not planned"
echo '{}' >shards/unread.json
[ "$(id)" = "$first" ] || fail "a file that no reader opens is in the id"
echo 3 >shards/two.safetensors
second=$(id)
[ "$second" != "$first" ] || fail "a changed shard gives the same id"
sed -i 's/"b"/"c"/' shards/model.safetensors.index.json
[ "$(id)" != "$second" ] || fail "a changed index gives the same id"
rm shards/one.safetensors
"$KDGRID" plan init.cfg >out 2>err && fail "planned without a shard"
grep -q "init.cfg:1: student.init: .*one.safetensors" err || fail "no word on the shard: $(cat err)"

[ "$failures" = 0 ] && echo passed
exit "$((failures > 0))"
