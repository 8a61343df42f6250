#!/usr/bin/env bash
# model_weights.sh - a checkpoint that PyTorch wrote says here what it says there.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
"$python" -c 'import torch' 2>/dev/null || skip "python3-torch is absent"
cd "$work"
"$python" "$KDGRID_SOURCE/tests/cli/model_weights.py" . || fail "the reference could not be made"

for folder in bert distilbert; do
  "$KDGRID" model forward $folder --ids ids.txt --json --hidden >$folder.out || fail "forward $folder"
  "$python" "$KDGRID_SOURCE/tests/cli/model_weights.py" --compare $folder/want.json $folder.out ||
    fail "$folder differs from PyTorch"
  "$KDGRID" model tensors $folder/pytorch_model.bin --json >$folder.tensors || fail "tensors $folder"
done
expect 65 "names the global" "$KDGRID" model tensors foreign.bin
expect 65 "its name leads out of the file" "$KDGRID" model tensors path.bin
head -c 900 bert/pytorch_model.bin >short.bin
expect 65 "short.bin: " "$KDGRID" model tensors short.bin
echo "1 99" >wide.txt
expect 65 "wide.txt:1: expected a token id below 17, found 99" \
  "$KDGRID" model forward bert --ids wide.txt --json
finish
