#!/usr/bin/env bash
# tutorial.sh - every command of docs/TUTORIAL.md works in its order, at the size of smoke and on an invented corpus.
. "$(dirname "$0")/common.sh"
cd "$work"
page=$KDGRID_SOURCE/docs/TUTORIAL.md
kdgrid() { "$KDGRID" "$@"; }

# Lines of an example that begin with "$ " are commands.
sed -n 's/^    [$] //p' "$page" | sed 's/--profile laptop/--profile smoke/g' >commands
count=$(wc -l <commands)
[ "$count" -ge 12 ] || fail "the page has $count commands"
for verb in new plan run table ls show predict score 'model export' compare; do
  grep -q "kdgrid $verb" commands || fail "the page does not show kdgrid $verb"
done

"$KDGRID" data synth --sentences 300 -o invented >/dev/null
sed 's/-Gene$/-Disease/' invented/train.tsv >diseases.conll
while IFS= read -r command; do
  eval "$command" >out 2>err </dev/null || fail "exit $?: $command: $(tail -n 1 err)"
done <commands

[ -s tagger/model.safetensors ] || fail "no model was exported"
grep -q '"begin"' found.jsonl || fail "nothing was predicted: $(head -n 3 found.jsonl)"
finish
