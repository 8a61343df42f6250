#!/usr/bin/env bash
# model_weights.sh - checkpoints that PyTorch wrote, in and out; what lies is refused.
. "$(dirname "$0")/common.sh"
golden=$KDGRID_SOURCE/tests/golden/checkpoints
helper=$KDGRID_SOURCE/tests/cli/model_weights.py
ask() { python3 "$helper" "$@" || fail "$*"; }
forward() { "$KDGRID" model forward "$1" --ids "${2:-$work/ids.txt}" --json --hidden || fail "forward $1"; }
tensors() { "$KDGRID" model tensors "$1" --json || fail "tensors $1"; }
cd "$work"
export PYTHONDONTWRITEBYTECODE=1

# ---- in and out: a folder, its object, and the folder made of that say the same ----
printf '2 5 12 3\n4\n1 4 9 0 11 7\n' >ids.txt
for folder in "$golden"/*; do
  name=${folder##*/}
  forward "$folder" >"$name.out"
  ask want "$folder" "$name.out"
  "$KDGRID" model import "$folder" -o "$name.h5" 2>err || fail "import $name: $(cat err)"
  forward "$name.h5" >"$name.h5.out"
  same "$name.out" "$name.h5.out"
  expect 0 "" "$KDGRID" model export "$name.h5" -o "out-$name"
  forward "out-$name" >"$name.again"
  same "$name.out" "$name.again"
  "$KDGRID" model import "out-$name" -o again.h5 2>err || fail "import out-$name: $(cat err)"
  tensors "$name.h5" >"$name.json"
  tensors again.h5 >again.json
  same "$name.json" again.json
done
same "$golden/bert-tags/vocab.txt" out-bert-tags/vocab.txt
[ ! -e out-bert-class/vocab.txt ] || fail "a vocabulary came from nowhere"
tensors out-bert-class/model.safetensors >out.json
ask equal bert-class.json out.json
tensors "$golden/bert-multilabel/pytorch_model.bin.index.json" >out.json
grep -q '"BF16"' out.json || fail "the type of a shard's tensor"
"$KDGRID" model forward "$golden/distilbert-class" --ids ids.txt --json | grep -qE '^\{"logits": \[\[[^]]*\]\]\}$' ||
  fail "a sequence head has one row"

# ---- a student of a store ----
run_tiny_models
expect 0 "config.json is in kdgrid's own words" "$KDGRID" model export "$student" -o student
expect 0 "" "$KDGRID" model export "$teacher" -o teacher
grep -q '"BertForTokenClassification"' teacher/config.json || fail "the teacher's class"
grep -q '"do_lower_case": ' teacher/tokenizer_config.json || fail "the teacher's tokenizer"
for name in student teacher; do
  forward $name >$name.out
  forward "${!name}" >$name.h5.out
  same $name.out $name.h5.out
done

# ---- word vectors ----
ask vectors student/vocab.txt vectors.txt
seq 0 $(($(wc -l <student/vocab.txt) - 1)) >every.txt
sed "s|kind = \"bilstm\";|& vectors = \"$work/vectors.txt\";|; s/seeds = .*/seeds = [1];/" tiny.cfg >vectors.cfg
"$KDGRID" run vectors.cfg --store vectors -D train.lr=0 >/dev/null 2>&1 || fail "run with vectors"
for object in vectors/objects/*/*.h5; do
  "$KDGRID" model tensors "$object" 2>/dev/null | grep -q ' lstm.weight_ih_l0$' || continue
  forward "$object" every.txt >every.out
  ask filled student/vocab.txt vectors.txt every.out
done
[ -s every.out ] || fail "no student began with the vectors"
sed -i 's/ [^ ]*$//' vectors.txt
expect 1 "" "$KDGRID" run vectors.cfg --store narrow
grep -rq "vectors of 15 numbers, the embedding has 16" out err narrow || fail "vectors of another width"

# ---- what lies ----
ask bad .
while read -r file words; do
  expect 65 "$file: $words" "$KDGRID" model tensors "$file"
done <<'CASES'
huge.safetensors claims a header of 9223372036854775808 bytes
negative.safetensors w: shape is no list of sizes
past.safetensors w: data_offsets: expected begin and end
overlap.safetensors x: overlaps another tensor
long.safetensors has a header of 5242880 bytes, more than
nan.safetensors w: number 1 is nan
inf.safetensors w: number 1 is inf
path.bin member a/../../data.pkl: its name leads out of the file
global.bin data.pkl: byte 3: names the global 'os.system'
CASES
expect 65 "twice.safetensors: header:1: not valid JSON at byte" "$KDGRID" model tensors twice.safetensors
expect 65 "deep.safetensors: header:1: not valid JSON" "$KDGRID" model tensors deep.safetensors
head -c 900 "$golden/bert-tags/pytorch_model.bin" >short.bin
expect 65 "short.bin: " "$KDGRID" model tensors short.bin
cp -r "$golden/bert-class" changed
sed -i 's/"intermediate_size": 12/"intermediate_size": 13/' changed/config.json
expect 65 "changed: bert.encoder.layer.0.intermediate.dense.weight: shape is [12, 8], config.json makes it [13, 8]" \
  "$KDGRID" model import changed -o changed.h5
[ ! -e changed.h5 ] || fail "an object was made of a bad checkpoint"
while IFS='|' read -r name from to words; do # another architecture, a tensor too many or too few, a decoder of its own
  rm -rf other && cp -r "$golden/$name" other
  sed -i "s/$from/$to/" other/config.json
  expect 65 "$words" "$KDGRID" model import other -o other.h5
  [ ! -e other.h5 ] || fail "an object was made of a checkpoint of which is to be said: $words"
done <<'CASES'
bert-class|"model_type": "bert"|"model_type": "electra"|model_type: electra
bert-class|BertForSequenceClassification|BertForMultipleChoice|architectures: BertForMultipleChoice
bert-class|"num_hidden_layers": 2|"num_hidden_layers": 3|bert.encoder.layer.2.
bert-class|"num_hidden_layers": 2|"num_hidden_layers": 1|bert.encoder.layer.1.
bert-mlm|^{|{"tie_word_embeddings": false,|config.json: tie_word_embeddings: the decoder of these networks is tied
roberta-class|"model_type": "roberta"|"model_type": "bert"|config.json: model_type: is bert, and no weight has a name of that family
CASES
echo "1 99" >wide.txt
expect 65 "wide.txt:1: expected a token id below 13, found 99" \
  "$KDGRID" model forward "$golden/bert-tags" --ids wide.txt --json
printf 'no object' >no.h5
expect 65 "no.h5: " "$KDGRID" model tensors no.h5
expect 66 "nowhere" "$KDGRID" model import nowhere -o x.h5
expect 2 "-o FILE.h5 is missing" "$KDGRID" model import "$golden/bert-tags"
expect 2 "-o DIR is missing" "$KDGRID" model export model.h5

# ---- the other side ----
if /usr/bin/python3 -c 'import torch' 2>/dev/null; then
  /usr/bin/python3 "$KDGRID_SOURCE/tests/golden/make_checkpoints.py" made/checkpoints || fail "make_checkpoints.py"
  pairs=()
  for folder in "$golden"/*; do
    name=${folder##*/}
    same "$folder/want.json" "made/checkpoints/$name/want.json"
    pairs+=("out-$name" "$folder")
  done
  /usr/bin/python3 "$helper" load "${pairs[@]}" || fail "PyTorch does not take what we write"
  /usr/bin/python3 "$helper" bilstm student "$work/student.out" || fail "PyTorch does not take the student"
else
  echo "python3-torch is absent: what we write is held against the committed figures alone"
fi
finish
