#!/usr/bin/env bash
# first_weights.sh - a network that is trained no further is the one whose weights it started from, be they an
# object's or a published folder's; what does not agree is said; a student starts from its fine-tuned self.
. "$(dirname "$0")/common.sh"
cd "$work"

# study FILE 'STUDENT' 'TRAIN' 'MORE': one cell, a BERT of two layers.
study() {
  cat >"$1" <<CFG
study = {
  name = "start"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; noise = 0.0; }; };
  student = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false; $2 };
  train = { batch = 16; lr = 5e-3; $3 };
  ${4:-}
};
CFG
}
runs() { "$KDGRID" run "$1" --store store >/dev/null 2>log || { cat log; fail "$1 does not run"; }; }

study first.cfg '' 'epochs = 40;'
runs first.cfg
cp "$(grep -l 'bert.encoder' store/objects/*/*.h5)" first.h5
"$KDGRID" model export first.h5 -o published || fail "the first model is not exported"

study object.cfg 'init = "first.h5";' 'epochs = 0;'
study folder.cfg 'init = "published";' 'epochs = 0;'
for way in object folder; do
  runs $way.cfg
done
"$KDGRID" aggregate store --metric test.token_micro.f1 --by train.epochs --format csv >table
want=$(awk -F, '$1 == 40 { print $4 }' table) got=$(awk -F, '$1 == 0 { print $3, $4, $5 }' table)
[ "$got" = "2 $want 0" ] && [ "$want" != 0 ] || { cat table; fail "first weights are not what they came from"; }

study wide.cfg 'init = "first.h5"; activation = "relu";' 'epochs = 1;'
expect 1 "" "$KDGRID" run wide.cfg --store other
grep -q "student.init: .*first.h5: activation is gelu there, and student.activation = relu" err || { cat err; fail "an activation that differs"; }
study deep.cfg 'init = "published";' 'epochs = 1;'
sed -i 's/layers = 2/layers = 1/' deep.cfg
expect 78 "deep.cfg:4: student.layers: 1, and student.init = published has layers = 2; did you mean 2?" "$KDGRID" plan deep.cfg
study deep.cfg 'init = "published";' 'epochs = 1;' 'axes = ( { key = "student.layers"; values = [2, 3]; } );'
expect 78 "student.layers: 3, and student.init = published has layers = 2" "$KDGRID" plan deep.cfg
study kind.cfg 'init = "published";' 'epochs = 1;'
sed -i 's/kind = "bert"/kind = "roberta"/' kind.cfg
expect 78 "kind.cfg:4: student.kind: roberta, and student.init = published has kind = bert; did you mean bert?" "$KDGRID" plan kind.cfg

# Sizes that nobody says are the folder's: one cell with that which says them, and its table and page speak of these sizes.
study said.cfg 'init = "published";' 'epochs = 0;'
sed 's/ layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128;//' said.cfg >unsaid.cfg
for way in said unsaid; do "$KDGRID" plan $way.cfg --store store --explain >$way.plan || fail "no plan of $way sizes"; done
same <(sed 's/ .*said\.cfg.*//' said.plan) <(sed 's/ .*said\.cfg.*//' unsaid.plan)
grep -q '^0 [0-9a-f]* done' unsaid.plan || { cat unsaid.plan; fail "unsaid sizes make another cell"; }
expect 0 "" "$KDGRID" table unsaid.cfg --store store --rows student.hidden,student.layers,student.positions --metric test.token_micro.f1
grep -qE '^\| +16 \| +2 \| +128 \|.* 1 \|' out || { cat out; fail "a table with sizes that nobody said"; }
cp unsaid.cfg roles.cfg # of a teacher, and of what was fine-tuned
sed -i 's/epochs = 0;/epochs = 1;/; s/init = "published"; }/init = "fine-tuned"; }/; s/^};$/  finetune = { init = "published"; train = { epochs = 1; }; };\
  teacher = { kind = "bert"; init = "published"; train = { epochs = 1; }; }; distill = { method = "kl"; };\
};/' roles.cfg
for size in teacher.hidden student.hidden; do
  expect 78 "$size: 8, and " "$KDGRID" plan roles.cfg -D $size=8
done
expect 0 "" "$KDGRID" run roles.cfg --store roles
study head.cfg "init = \"$KDGRID_SOURCE/tests/golden/checkpoints/distilbert-class\";" 'epochs = 0;' # what its head stands on comes along
sed -i 's/ layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false;//; s/"ner"/"re"/' head.cfg
expect 0 "" "$KDGRID" table head.cfg --store nowhere --rows student.pooler,student.pooler_activation,student.segments --metric f1
grep -qE '^\| true +\| relu +\| +0 \|' out || { cat out; fail "a head of sentences on another state than its own"; }
cp -r published spoilt && sed -i 's/"model_type": "bert"/"model_type": "electra"/' spoilt/config.json
sed 's/published/spoilt/' unsaid.cfg >spoilt.cfg
expect 65 "model_type: electra is none of" "$KDGRID" plan spoilt.cfg
study words.cfg 'init = "first.h5";' 'epochs = 1;'
sed -i 's/vocab_size = 300/vocab_size = 200/' words.cfg
expect 1 "" "$KDGRID" run words.cfg --store other
grep -q "it knows 300 pieces and the corpus has 200" err || { cat err; fail "a vocabulary that differs"; }

# A head whose labels have other names is no use to a network that is trained no further; in another order they are
# found by name, and one that the corpus has not is left out.
label() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" published/config.json | head -n 1; }
one=$(label 1) two=$(label 2)
[ -n "$one" ] && [ -n "$two" ] || fail "the published folder names no labels"
cp -r published renamed
sed -i "s/\"$two\"/\"B-Planet\"/" renamed/config.json
study renamed.cfg 'init = "renamed";' 'epochs = 0;'
expect 1 "train.epochs = 0 leaves its head as it is (see student.label_names): its head has no label $two, it has" \
  "$KDGRID" run renamed.cfg --store other
expect 3 "renamed: labels of the data that its head has not: 1, at most 0" "$KDGRID" doctor renamed.cfg --max-unk 1
study renamed.cfg '' 'epochs = 1;' "distill = { method = \"logit-mse\"; };
  teacher = { kind = \"bert\"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false; init = \"renamed\"; train = { epochs = 0; }; };"
expect 1 "teacher.train.epochs = 0 leaves its head as it is" "$KDGRID" run renamed.cfg --store other
sed -i 's/train = { epochs = 0; }/train = { epochs = 1; }/' renamed.cfg
runs renamed.cfg # it gets a new head and learns it

# relabel FOLDER 'ORDER': the published head with its labels in this order; x is one that no corpus has.
relabel() {
  cp -r published "$1"
  python3 - "$1" $2 <<'PY'
import json, struct, sys
folder, order = sys.argv[1], sys.argv[2:]
config = json.load(open(folder + "/config.json"))
names = [config["id2label"][str(k)] for k in range(len(config["id2label"]))]
named = ["B-Planet" if k == "x" else names[int(k)] for k in order]
config["id2label"] = {str(k): name for k, name in enumerate(named)}
config["label2id"] = {name: k for k, name in enumerate(named)}
with open(folder + "/model.safetensors", "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    data = file.read()
made, out = {}, b""
for name, t in header.items():
    if name == "__metadata__":
        continue
    begin, end = t["data_offsets"]
    raw, shape = data[begin:end], t["shape"]
    if name.startswith("classifier"):
        row = len(raw) // shape[0]
        raw = b"".join(raw[:row] if k == "x" else raw[int(k) * row:(int(k) + 1) * row] for k in order)
        shape = [len(order)] + shape[1:]
    made[name] = {"dtype": t["dtype"], "shape": shape, "data_offsets": [len(out), len(out) + len(raw)]}
    out += raw
text = json.dumps(made).encode()
json.dump(config, open(folder + "/config.json", "w"))
open(folder + "/model.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + out)
PY
}
count=$(grep -cE '^ *"[0-9]+": "' published/config.json)
backwards=$(seq $((count - 1)) -1 0 | tr '\n' ' ')
relabel swapped "$backwards"
relabel wider "x $backwards"
relabel numbered "$backwards"
names=$(for k in $backwards; do label $k; done | paste -sd,)
for k in $(seq 0 $((count - 1))); do sed -i "s/\"$k\": \"[^\"]*\"/\"$k\": \"LABEL_$k\"/" numbered/config.json; done
study swapped.cfg 'init = "swapped";' 'epochs = 0;'
study wider.cfg 'init = "wider";' 'epochs = 0;'
study numbered.cfg "init = \"numbered\"; label_names = \"$names\";" 'epochs = 0;'
for way in swapped wider; do
  "$KDGRID" doctor $way.cfg --max-unk 1 >out 2>&1
  grep -q "^ok  labels .*$way: labels of the data that its head has not: 0" out || { cat out; fail "doctor does not find $way's labels"; }
done
for way in swapped wider numbered; do
  "$KDGRID" run $way.cfg --store $way.store >/dev/null 2>log || { cat log; fail "$way does not run"; }
  "$KDGRID" aggregate $way.store --metric test.token_micro.f1 --by train.epochs --format csv >table
  [ "$(awk -F, '$1 == 0 { print $4 }' table)" = "$want" ] || { cat table; fail "$way: another head than the published one"; }
done
study numbered.cfg 'init = "numbered";' 'epochs = 0;'
expect 1 ", it has $count: LABEL_0, ..." "$KDGRID" run numbered.cfg --store other
study numbered.cfg 'init = "numbered"; label_names = "O,B-Gene";' 'epochs = 0;'
expect 1 "student.label_names: names 2 labels, the head has $count" "$KDGRID" run numbered.cfg --store other

# A BiLSTM as a program of its own saves it: other names for the head, no config.json, labels that have numbers alone.
bilstm() {
  study "$1" "$2" "$3"
  sed -i 's/kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false;/kind = "bilstm"; layers = 2; embedding = 8; hidden = 8; classifier = 6;/' "$1"
}
bilstm lstm.cfg '' 'epochs = 40;'
"$KDGRID" run lstm.cfg --store lstm >/dev/null 2>log || { cat log; fail "the BiLSTM does not run"; }
"$KDGRID" model export "$(grep -l 'lstm.weight' lstm/objects/*/*.h5)" -o lstm-out 2>/dev/null || fail "the BiLSTM is not exported"
mkdir bare
python3 - lstm-out/model.safetensors bare/model.safetensors <<'PY'
import json, struct, sys
with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    data = file.read()
new = lambda name: name.replace("classifier.dense", "linear.0").replace("classifier.out_proj", "linear.3")
text = json.dumps({new(name): t for name, t in header.items()}).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + data)
PY
names=$(for k in $(seq 0 $((count - 1))); do label $k; done | paste -sd,)
bilstm bare.cfg "init = \"bare\"; label_names = \"$names\";" 'epochs = 0;'
"$KDGRID" run bare.cfg --store lstm >/dev/null 2>log || { cat log; fail "a bare state_dict does not run"; }
"$KDGRID" aggregate lstm --metric test.token_micro.f1 --by train.epochs --format csv >table
want=$(awk -F, '$1 == 40 { print $4 }' table)
[ -n "$want" ] && [ "$(awk -F, '$1 == 0 { print $4 }' table)" = "$want" ] || { cat table; fail "a bare state_dict is another network"; }
bilstm bare.cfg 'init = "bare";' 'epochs = 1;'
sed 's/ layers = 2; embedding = 8; hidden = 8; classifier = 6;//' bare.cfg >unsaid.cfg
expect 0 "" "$KDGRID" table unsaid.cfg --store nowhere --rows student.layers,student.embedding,student.hidden,student.classifier --metric f1
grep -qE '^\| +2 \| +8 \| +8 \| +6 \|' out || { cat out; fail "a bare state_dict has other sizes"; }
"$KDGRID" doctor bare.cfg --max-unk 1 >out 2>&1
grep -q "^ok  labels .*bare: " out || { cat out; fail "doctor and a folder without config.json"; }

# Nor is one without a head, which would be drawn: of a folder the plan says so, of what it cannot see the cell.
study pieces.cfg '' 'epochs = 0;'
expect 78 "train.epochs: 0 trains nothing, and with student.init = scratch weights are drawn" "$KDGRID" plan pieces.cfg
study bare.cfg '' 'epochs = 1;' "distill = { method = \"logit-mse\"; };
  teacher = { kind = \"bert\"; layers = 2; hidden = 8; heads = 2; ffn = 12; init = \"$KDGRID_SOURCE/tests/golden/checkpoints/bert-none\"; train = { epochs = 0; }; };"
expect 78 "bare.cfg:7: teacher.train.epochs: 0 trains nothing, and teacher.init = " "$KDGRID" run bare.cfg --store other
study pooled.cfg 'init = "published";' 'epochs = 0;'
sed -i 's/pooler = false/pooler = true/' pooled.cfg
expect 1 "it has no bert.pooler.dense.weight, and train.epochs = 0 would leave it as it is drawn" "$KDGRID" run pooled.cfg --store other
study tuned0.cfg 'init = "fine-tuned";' 'epochs = 1;' 'finetune = { init = "renamed"; train = { epochs = 0; }; };'
expect 1 "finetune.init: " "$KDGRID" run tuned0.cfg --store other
grep -q "finetune.train.epochs = 0 leaves its head as it is" err || { cat err; fail "the role of what was fine-tuned"; }

# Weights that change between the plan and the cell would stand under the wrong id.
for way in first.h5 published; do
  object=$(grep -l "file init .*/$way\$" store/objects/*/*.h5 | head -n 1)
  grep -aoE '(kdgrid-cell|node|id|input|file|set|tell) .*' "$object" | sed '/^kdgrid-cell/,$!d' >node.txt
  rm "$object"
  cp -r $way kept && if [ -d $way ]; then printf ' ' >>$way/config.json; else printf 'x' >>$way; fi
  expect 65 "$way: has changed since the study was planned; run it again" "$KDGRID" cell node.txt --store store
  rm -rf $way && mv kept $way
  expect 0 "" "$KDGRID" cell node.txt --store store
done

# The layers that were named, of a teacher that has four; nothing moves them at a rate of 0.
digests() { "$KDGRID" model tensors "$1" --json 2>/dev/null | tr -d ' \n' | grep -o '"name":"bert.encoder.layer.[0-9]*.output.dense.weight"[^}]*' |
  sed 's/.*layer.\([0-9]*\).*"digest":"\([0-9a-f]*\)".*/\1 \2/'; }
for way in odd:'1 3' even:'2 4' '4,1':'4 1' spread:'2 4'; do
  study layers.cfg 'init = "teacher-layers"; init_layers = "'"${way%%:*}"'";' 'epochs = 1; weight_decay = 0.0;' "distill = { method = \"logit-mse\"; };
    teacher = { kind = \"bert\"; layers = 4; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false; train = { epochs = 1; }; };"
  rm -rf layers && "$KDGRID" run layers.cfg --store layers -D train.lr=0 >/dev/null 2>log || { cat log; fail "${way%%:*} does not run"; }
  for object in layers/objects/*/*.h5; do
    case $(digests "$object" | wc -l) in 4) digests "$object" >teacher.txt ;; 2) digests "$object" >student.txt ;; esac
  done
  want=$(for k in ${way#*:}; do sed -n "${k}s/.* //p" teacher.txt; done)
  [ -n "$want" ] && [ "$(sed 's/.* //' student.txt)" = "$want" ] || fail "${way%%:*} takes other layers: $(cat student.txt teacher.txt)"
done

# Tuned, then distilled; and a teacher that was trained elsewhere.
study tuned.cfg 'init = "fine-tuned";' 'epochs = 1;' 'finetune = { train = { epochs = 40; batch = 16; lr = 5e-3; }; };'
runs tuned.cfg
grep -q "fine-tuned student" log && fail "the tuned student is the first study's own and is there already"
study taught.cfg '' 'epochs = 1;' 'distill = { method = "logit-mse"; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = false; init = "published"; train = { epochs = 0; }; };'
runs taught.cfg
grep -q "teacher" log || { cat log; fail "no teacher was made of published weights"; }
finish
