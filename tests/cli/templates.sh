#!/usr/bin/env bash
# templates.sh - whatever `kdgrid new --list` shows becomes a folder of its own whose smoke profile runs to its table, with nothing
# fetched and nothing beside it. One store is behind all, as equal nodes need no second run to be seen.
. "$(dirname "$0")/common.sh"
cd "$work"
unset KDGRID_DATA

"$KDGRID" new --list >list || fail "no list"
[ "$(wc -l <list)" -ge 20 ] || fail "the list is short: $(cat list)"
for name in $(grep -o '^[^ ]*' list); do
  mkdir "$name" && cd "$name"
  expect 0 "" "$KDGRID" new study --template "$name"
  expect 0 "" "$KDGRID" run study.cfg --profile smoke --store ../store
  cp "$work/out" table
  grep -q '^| .*[0-9]\.[0-9]' table || fail "$name: no table: $(tail -n 5 table)"
  grep -q 'not in the store yet' table && fail "$name: cells are open: $(cat table)"
  cd ..
done
finish
