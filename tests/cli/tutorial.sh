#!/usr/bin/env bash
# tutorial.sh - every command of docs/TUTORIAL.md works in its order, at the size of smoke and on an invented corpus.
. "$(dirname "$0")/common.sh"
cd "$work"
page=$KDGRID_SOURCE/docs/TUTORIAL.md
kdgrid() { "$KDGRID" "$@"; }

# The package onnxruntime is node's, where that is there.
has_runtime=false
[ -d "${KDGRID_ONNXRUNTIME:-}/node_modules/onnxruntime-node" ] && /usr/bin/python3 -c 'import numpy' 2>/dev/null && has_runtime=true
python3() {
  $has_runtime || { cat >/dev/null; echo "without KDGRID_ONNXRUNTIME and numpy nothing runs $1" >&2; return 0; }
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$KDGRID_SOURCE/tests/cli/onnxruntime /usr/bin/python3 "$@"
}

# shown COMMAND: the lines that the page has below it.
shown() { awk -v c="    \$ $1" '{ sub(/--profile laptop/, "--profile smoke") } $0 == c { here = 1; next } /^    [$] / || /^[^ ]/ { here = 0 } here { print substr($0, 5) }' "$page"; }

# Lines of an example that begin with "$ " are commands.
sed -n 's/^    [$] //p' "$page" | sed 's/--profile laptop/--profile smoke/g' >commands
count=$(wc -l <commands)
[ "$count" -ge 12 ] || fail "the page has $count commands"
for verb in new plan run table ls show report predict score 'model export' compare; do
  grep -q "kdgrid $verb" commands || fail "the page does not show kdgrid $verb"
done

"$KDGRID" data synth --sentences 300 -o invented >/dev/null
sed 's/-Gene$/-Disease/' invented/train.tsv >diseases.conll
while IFS= read -r command; do
  eval "$command" >out 2>err </dev/null || fail "exit $?: $command: $(tail -n 8 err)"
  case $command in
  ls\ *) [ "$(shown "$command")" = "$(cat out)" ] || fail "the page shows other files: $command: $(cat out)" ;;
  kdgrid\ table* | kdgrid\ run* | kdgrid\ compare*) # tables of the same columns
    shown "$command" | awk '/^[|] -/ { print before } /begin[{]tabular/ { print } { before = $0 }' | tr -s ' ' >forms
    [ -s forms ] || fail "the page shows no table of $command"
    while IFS= read -r form; do
      tr -s ' ' <out | grep -qxF -- "$form" || fail "the page shows another table: $command: $form: $(cat out)"
    done <forms
    ;;
  *python3\ *) ! $has_runtime || grep -q '"words": \[\[0, 9, ' out || fail "$command: $(cat out)" ;;
  esac
done <commands

[ -s report.html ] || fail "no page was written"
[ -s tagger/model.safetensors ] || fail "no model was exported"
grep -q '"begin"' found.jsonl || fail "nothing was predicted: $(head -n 3 found.jsonl)"
finish
