#!/usr/bin/env bash
# pretraining_recipes.sh - the six recipes plan at published size once what they ask for is there, and run as `smoke`.
. "$(dirname "$0")/common.sh"
cd "$work"
recipes=$KDGRID_SOURCE/experiments/pretraining

# Stand-ins: a text, and folders whose contents only a cell looks at; of a teacher that nothing trains the head is looked at.
mkdir -p data/pubmed data/text
"$KDGRID" data synth --task text --sentences 50 -o data/pubmed/a.txt >/dev/null || fail "no text was invented"
cp data/pubmed/a.txt data/text/
expect 0 '' "$KDGRID" run "$recipes/biodistilbert.cfg" --profile smoke --store smoke
id=$("$KDGRID" ls smoke | awk 'NR == 2 { print $1 }')
expect 0 '' "$KDGRID" model export "$id" --store smoke -o data/biobert-v1.2
for name in distilbert-base-cased tinybert-4l-312d mobilebert-uncased vocab/bert-base-cased vocab/bert-base-uncased; do
  mkdir -p "data/$name" && cp data/biobert-v1.2/* "data/$name"
done

count=0
for file in "$recipes"/*.cfg; do
  name=$(basename "$file" .cfg)
  unset KDGRID_DATA
  expect 66 'there is no' "$KDGRID" plan "$file"
  export KDGRID_DATA=$PWD/data
  expect 0 '' "$KDGRID" plan "$file"
  grep -q '^student ' out || fail "$name: no student is planned"
  expect 0 '' "$KDGRID" plan "$file" --profile laptop
  expect 0 '' "$KDGRID" run "$file" --profile smoke --store smoke
  grep -q masked "$file" && grep -q perplexity out || fail "$name: its table has no perplexity"
  count=$((count + 1))
done
[ $count = 6 ] || fail "$count recipes"

finish
