#!/usr/bin/env bash
# onnx_folder.sh - `model export --format onnx`: what is in the folder, and what is refused by name.
. "$(dirname "$0")/common.sh"
cd "$work"
run_tiny_models

expect 0 "" "$KDGRID" model export "$student" --format onnx -o student
expect 0 "" "$KDGRID" model export "$teacher" --format onnx --precision int8 -o teacher
for folder in student teacher; do
  [ "$(ls $folder | paste -sd ' ')" = "README.md model.onnx predict.py tokenizer.json" ] || fail "$folder has $(ls $folder)"
done
grep -qa MatMulInteger teacher/model.onnx || fail "the teacher's products are not int8"
cp student/model.onnx first.onnx
expect 0 "" "$KDGRID" model export "$student" --format onnx -o student
same first.onnx student/model.onnx

# An earlier export is written over, and nobody's own files.
mkdir mine && echo '# mine' >mine/README.md
expect 73 "mine/README.md is there already, and of no export; name another folder" "$KDGRID" model export "$student" --format onnx -o mine
[ "$(ls mine)" = README.md ] && [ "$(cat mine/README.md)" = '# mine' ] || fail "somebody's file is lost"
mkdir weights && echo '{}' >weights/config.json
expect 73 "weights/config.json is there already" "$KDGRID" model export "$student" -o weights

# What cuts words in the folder, its script among them, cuts them as the vocabulary does.
expect 0 "" "$KDGRID" model export "$student" -o published
printf '%s\n' "the other gene-3, 2.5 mg; IL-2 therefore" "The p53-/- gene, IL-2Rα; 5±2 mg" \
  "naïve Δ_café x_y 中文a (T→C) 10.5%" "" "$(printf 'x%.0s' {1..101}) a" >text
"$KDGRID" data tokenize --vocab published/vocab.txt <text >want
"$KDGRID" data tokenize --vocab student/tokenizer.json <text >got
same want got
PYTHONIOENCODING=utf-8 PYTHONDONTWRITEBYTECODE=1 python3 "$KDGRID_SOURCE/tests/cli/onnx_cut.py" student <text >got || fail "predict.py"
same want got

# The script is for this network alone, and short.
[ "$(grep -vc '^$' student/predict.py)" -le 55 ] || fail "predict.py has $(grep -vc '^$' student/predict.py) lines"
grep -q 'label"\|import Tokenizer\|separators' student/predict.py && fail "what other networks need stands in predict.py"

# The card has the metrics of the object, an interval over its sentences, labels, size and settings.
for line in '# bilstm, head of tags, for synth' '| distill.method | ' '## How to load it' 'resamples of its 60 sentences' \
  '| parameters | ' '| train.lr | 0.005 |' '| 0 | '; do
  for card in student published; do grep -qF -- "$line" $card/README.md || fail "$card/README.md without $line"; done
done
grep -q 'predict.py' student/README.md && ! grep -q 'predict.py' published/README.md || fail "how to load which"

expect 2 "--format is published or onnx, not pickle" "$KDGRID" model export "$student" --format pickle -o none
expect 2 "--precision is f32 or int8, not bf16" "$KDGRID" model export "$student" --format onnx --precision bf16 -o none
expect 2 "only --format onnx has --precision int8" "$KDGRID" model export "$teacher" --precision int8 -o none
[ ! -e none ] || fail "a folder of nothing"
finish
