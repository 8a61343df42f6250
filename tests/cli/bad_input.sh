#!/usr/bin/env bash
# bad_input.sh - what is wrong is said in one line with its place, by the exit code of the table.
. "$(dirname "$0")/common.sh"
cd "$work"

expect 2 "a verb is missing" "$KDGRID"
expect 2 "no verb is called rum; did you mean run?" "$KDGRID" rum
expect 2 "no verb is called rum; did you mean run?" "$KDGRID" help rum
expect 2 "model: no verb is called inf; did you mean info?" "$KDGRID" model inf
expect 0 "" "$KDGRID" help data stats
cp "$work/out" "$work/page"
expect 0 "" "$KDGRID" help stats
same "$work/page" "$work/out"
expect 0 "" "$KDGRID" help student.hidden
expect 0 "" "$KDGRID" help targets.
grep -q 'targets.format' "$work/out" || fail "help targets. lists no settings"
expect 2 "no setting is called student.hiden; did you mean student.hidden?" "$KDGRID" help student.hiden
says "usage: kdgrid data stats"
expect 2 "no option --jsn, did you mean --json?" "$KDGRID" version --jsn
expect 2 "something is missing" "$KDGRID" run
expect 66 "nowhere.cfg" "$KDGRID" run nowhere.cfg

write_tiny_study tiny.cfg
change() { sed "$1" tiny.cfg >bad.cfg; }
change 's/hidden = 16/hiden = 16/'
expect 78 "bad.cfg:8: student.hiden: unknown key; did you mean student.hidden?" "$KDGRID" plan bad.cfg
change 's/epochs = 2; batch/epochs = "two"; batch/'
expect 78 "bad.cfg:9: train.epochs: expected a whole number" "$KDGRID" plan bad.cfg
change 's/lr = 5e-3/lr = -1.0/'
expect 78 "bad.cfg:9: train.lr: expected a number from" "$KDGRID" plan bad.cfg
change 's/hidden = 16/hiden = 16/; s/epochs = 2; batch/epochs = "two"; batch/'
for words in "error: bad.cfg:8: student.hiden: unknown key" "error: bad.cfg:9: train.epochs: expected" "error: bad.cfg: 2 mistakes"; do
  expect 78 "$words" "$KDGRID" plan bad.cfg
done
change 's/"logit-mse"\]/"logit-msee"]/'
expect 78 "bad.cfg:10:" "$KDGRID" plan bad.cfg
change 's/^  task/  task = /'
expect 78 "bad.cfg:3:" "$KDGRID" plan bad.cfg
change 's/corpus = "synth"/corpus = "no-such-corpus"/'
expect 66 "KDGRID_DATA" "$KDGRID" run bad.cfg --store store
expect 66 "bad.cfg:5: data.corpus" "$KDGRID" run bad.cfg --store store
[ ! -e store ] || fail "a store was made for a study that cannot run"

mkdir -p corpus
printf 'IL-2\tB-Gene\ngene\tE-Gene\n\n' >corpus/devel.tsv
cp corpus/devel.tsv corpus/test.tsv
for bad in 'IL-2 B-Gene' 'IL-2' '	O' 'IL-2	Q-Gene'; do
  printf 'the\tO\n%s\n\n' "$bad" >corpus/train.tsv
  change 's/corpus = "synth"/corpus = "corpus"/'
  expect 65 "corpus/train.tsv:2: " "$KDGRID" run bad.cfg --store store-data
  [ ! -e store-data ] || fail "a store was made for a corpus that cannot be read"
done
: >corpus/train.tsv
expect 65 "corpus/train.tsv" "$KDGRID" run bad.cfg --store store-data
[ ! -e store-data ] || fail "a store was made for an empty corpus"

expect 73 "" "$KDGRID" run tiny.cfg --store /proc/kdgrid-store
finish
