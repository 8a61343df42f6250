#!/usr/bin/env bash
# scripts.sh - every block of docs/SCRIPTS.md runs, where its tools are there, and says what the program says.
. "$(dirname "$0")/common.sh"
cd "$work"
page=$KDGRID_SOURCE/docs/SCRIPTS.md
export PATH=$(dirname "$KDGRID"):$PATH PYTHONDONTWRITEBYTECODE=1

cat >tiny.cfg <<'CFG'
study = {
  name = "tiny"; task = "ner"; seeds = [1, 2];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 240; devel = 40; test = 60; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; classifier = 0; train = { epochs = 4; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; classifier = 0; };
  train = { epochs = 8; batch = 8; lr = 2e-2; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse"]; } );
};
CFG
expect 0 "" "$KDGRID" run tiny.cfg --store store
expect 0 "" "$KDGRID" model export best --store store --format onnx -o tagger
"$KDGRID" data synth --sentences 3 --test 40 --seed 5 -o corpus >/dev/null
{ printf 'β-catenin of 5 µm .\n'; sed -n 's/\t.*//p;s/^$/./p' corpus/test.tsv | tr '\n' ' ' | sed 's/ \. \. / .\n/g'; } >notes.txt
"$KDGRID" predict best --store store notes.txt --json >want.jsonl 2>/dev/null || fail "predict"
found=$(grep -o '"type"' want.jsonl | wc -l)
[ "$found" -gt 10 ] || fail "$found mentions in the notes"

# block LANGUAGE NUMBER: that block of the page
block() { awk -v l="$1" -v n="$2" '$0 == "```" l { here = ++k == n; next } $0 == "```" { here = 0 } here' "$page"; }
[ "$(grep -c '^```python' "$page")" = 3 ] && [ "$(grep -c '^```r' "$page")" = 2 ] || fail "the page has other blocks"

python=""
for one in python3 /usr/bin/python3; do $one -c 'import pandas' 2>/dev/null && python=$one && break; done
if [ -n "$python" ]; then
  $python -c "$(block python 1)" >got 2>err || fail "a store with pandas: $(tail -n 1 err)"
  [ "$(grep -cE '^(none|logit-mse) +0\.[0-9]+ +0\.[0-9]+ +2$' got)" = 2 ] || fail "pandas says $(cat got)"
else
  echo "without pandas its block is not run"
fi
python3 -c "$(block python 2)" >got 2>err || fail "mentions in Python: $(tail -n 1 err)"
[ "$(wc -l <got)" = "$found" ] || fail "$(wc -l <got) mentions in Python, $found in the answers"

if Rscript -e 'library(jsonlite)' >/dev/null 2>&1; then
  Rscript -e "$(block r 1)" >got 2>err || fail "a store with R: $(tail -n 1 err)"
  [ "$(grep -cE ' (none|logit-mse) ' got)" = 2 ] || fail "R says $(cat got)"
  LC_ALL=C.UTF-8 Rscript -e "$(block r 2)" >got 2>err || fail "mentions in R: $(tail -n 1 err)"
  [ "$(grep -cE '^[0-9]+ +[0-9]+ +[0-9]+ ' got)" = "$found" ] || fail "R's mentions: $(cat got)"
else
  echo "without R and jsonlite its blocks are not run"
fi

if [ -d "${KDGRID_ONNXRUNTIME:-}/node_modules/onnxruntime-node" ] && /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  block python 3 | sed 's/\["The gene.*known\."\]/[line.rstrip("\\n") for line in open("notes.txt", encoding="utf-8")]/' >onnx.py
  PYTHONPATH=$KDGRID_SOURCE/tests/cli/onnxruntime /usr/bin/python3 onnx.py >got 2>err || fail "a model without the program: $(tail -n 1 err)"
  "$KDGRID" predict best --store store notes.txt --lines --json --reading seqeval 2>/dev/null |
    python3 -c 'import json, sys
for line in sys.stdin:
    for m in json.loads(line)["mentions"]: print(m["type"], m["text"], sep="\t")' >want
  [ "$(wc -l <want)" -gt 10 ] || fail "few mentions: $(cat want)"
  share=$(diff want got | grep -c '^[<>]')
  [ "$share" -le $(($(wc -l <want) / 10)) ] || fail "other mentions without the program: $(diff want got | head -n 5)"
else
  echo "without KDGRID_ONNXRUNTIME and numpy the model is asked by nobody else"
fi
finish
