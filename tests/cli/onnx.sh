#!/usr/bin/env bash
# onnx.sh - ONNX Runtime says of padded batches what `model forward` says of each sentence, for every kind and head, and
# predict.py finds in texts what `kdgrid predict` finds.
# KDGRID_ONNXRUNTIME is a folder where `npm install onnxruntime-node` was run.
. "$(dirname "$0")/common.sh"
command -v node >/dev/null || skip "node is not there"
[ -d "${KDGRID_ONNXRUNTIME:-}/node_modules/onnxruntime-node" ] || skip "KDGRID_ONNXRUNTIME names no folder with onnxruntime-node"
cd "$work"
cat >near.py <<'PY'
import json, sys
want, got = ([json.loads(line)["logits"] for line in open(path)] for path in sys.argv[1:3])
assert [[len(row) for row in rows] for rows in want] == [[len(row) for row in rows] for rows in got], "other shapes"
most = max(abs(x - y) for rows, others in zip(want, got) for row, other in zip(rows, others) for x, y in zip(row, other))
assert most <= float(sys.argv[3]), "off by %g" % most
PY

# agrees OBJECT IDS TOLERANCE OPTION...
agrees() {
  local object=$1 ids=$2 tolerance=$3
  shift 3
  "$KDGRID" model export "$object" --format onnx "$@" -o out 2>err || { fail "$object: $(cat err)"; return; }
  "$KDGRID" model forward "$object" --ids "$ids" --json >want || fail "forward $object"
  node "$KDGRID_SOURCE/tests/cli/onnx.js" "$KDGRID_ONNXRUNTIME" out/model.onnx "$ids" >got 2>err || fail "$object: $(head -n 3 err)"
  python3 near.py want got "$tolerance" 2>err || fail "$object $*: $(tail -n 1 err)"
}

printf '2 5 12 3\n4\n1 4 9 0 11 7\n' >ids.txt
for folder in "$KDGRID_SOURCE"/tests/golden/checkpoints/*-{tags,class,multilabel,mlm,span}; do
  name=${folder##*/}
  "$KDGRID" model import "$folder" -o "$name.h5" 2>/dev/null || fail "import $name"
  agrees "$name.h5" ids.txt 1e-4
  case $name in *-tags | *-class) agrees "$name.h5" ids.txt 0.2 --precision int8 ;; esac
done

cat >words.cfg <<'CFG'
study = {
  name = "words"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 40; devel = 20; test = 20; }; };
  student = { kind = "bilstm"; layers = 2; embedding = 16; hidden = 12; classifier = 8; positions = 64; };
  train = { epochs = 1; batch = 16; lr = 2e-2; };
  axes = ( { key = "student.embeddings"; values = ["trained", "bert", "multichannel"]; } );
};
CFG
"$KDGRID" run words.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }
printf '2 5 12 3\n4\n1 4 9 0 11 7\n22 33 44 55 66 77 88 99 100\n' >ids.txt
for object in $(grep -l lstm.weight store/objects/*/*.h5); do
  agrees "$object" ids.txt 1e-4
  agrees "$object" ids.txt 0.2 --precision int8
done

# Taggers that find something, with and without a CRF.
for crf in false true; do
  "$KDGRID" run words.cfg --store taggers -D student.embeddings=trained -D student.crf=$crf -D data.synth.sentences=240 \
    -D train.epochs=6 -D train.batch=8 >/dev/null 2>log || { cat log; fail "crf=$crf does not run"; }
done
cat >bert.cfg <<'CFG'
study = {
  name = "bert"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 240; devel = 20; test = 20; }; };
  student = { kind = "bert"; layers = 2; hidden = 48; heads = 4; ffn = 96; positions = 128; crf = true; pooler = false; init_range = 0.1; };
  train = { epochs = 8; batch = 8; lr = 3e-3; };
};
CFG
"$KDGRID" run bert.cfg --store taggers >/dev/null 2>log || { cat log; fail "a BERT with a CRF does not run"; }
for object in $(grep -l lstm.weight taggers/objects/*/*.h5); do
  agrees "$object" ids.txt 1e-4
  agrees "$object" ids.txt 0.2 --precision int8
done

# What measures both sides runs through.
if [ -x /usr/bin/time ]; then
  SENTENCES=40 STEPS=1 ROUNDS=1 SECONDS_EACH=0 MILLION=40 THREADS=1 bash "$KDGRID_SOURCE/bench/peers-predict.sh" small >figures 2>err || fail "bench: $(cat err)"
  [ "$(grep -cE '^\| small +\| (f32|int8) .*[0-9] \|$' figures)" = 8 ] || fail "bench: $(cat figures)"
  grep -q '^40 sentences through the small BiLSTM' figures || fail "bench: $(cat figures)"
fi

# The script, its texts in batches of 32, beside `predict`: all words and tags, those of a CRF's best paths, too.
python=""
for one in python3 /usr/bin/python3; do $one -c 'import numpy' 2>/dev/null && python=$one && break; done
[ -n "$python" ] || { echo "without numpy predict.py is not run"; finish; }
cat >words.py <<'PY'
import json, sys
want = [tuple(line.rstrip("\n").split("\t")) for line in open(sys.argv[2]) if line.strip()]
got = [(d["text"][b:e], tag) for d in map(json.loads, open(sys.argv[1])) for b, e, tag in d["words"]]
assert [w for w, _ in got] == [w for w, _ in want], "other words"
assert sum(tag != "O" for _, tag in want) > 20, "nothing is found"
differ = sum(a != b for a, b in zip(got, want))
assert differ <= float(sys.argv[3]) * len(want), "%d of %d tags differ" % (differ, len(want))
PY
"$KDGRID" data synth --sentences 3 --test 100 --seed 9 -o corpus >/dev/null
sed -n 's/\t.*//p;s/^$/./p' corpus/test.tsv | tr '\n' ' ' | sed 's/ \. \. / .\n/g' >text.txt
for tagger in "bilstm false" "bilstm true" "bert true"; do
  best=(best --where "student.kind=${tagger% *}" --where "student.crf=${tagger#* }" --store taggers)
  "$KDGRID" predict "${best[@]}" text.txt --lines --to tsv >want 2>err || fail "predict: $(cat err)"
  for precision in f32 int8; do
    [ $precision = f32 ] && may_differ=0 || may_differ=0.05
    "$KDGRID" model export "${best[@]}" --format onnx --precision $precision -o tagger 2>err || fail "export: $(cat err)"
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$KDGRID_SOURCE/tests/cli/onnxruntime "$python" tagger/predict.py <text.txt >got 2>err ||
      fail "predict.py: $(tail -n 1 err)"
    python3 words.py got want $may_differ 2>err || fail "$tagger $precision: $(tail -n 1 err)"
  done
done


# Two texts: the graph is told which is which, and predict.py makes the rows that the program makes.
cat >pairs.cfg <<'CFG'
study = {
  name = "pairs"; task = "pair"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; max_pieces = 20; synth = { sentences = 60; devel = 20; test = 20; }; };
  student = { kind = "bert"; layers = 1; hidden = 16; heads = 2; ffn = 32; positions = 64; pooler = true; init_range = 0.5; };
  train = { epochs = 2; batch = 8; lr = 5e-3; };
};
CFG
"$KDGRID" run pairs.cfg --store pairs >/dev/null 2>log || { cat log; fail "the study of pairs does not run"; }
"$KDGRID" data synth --task pair --sentences 1 --devel 1 --test 20 -o corpus >/dev/null || fail "no pairs"
cut -f 2,3 corpus/test.tsv | sed 1d >asked.tsv
"$KDGRID" model export best --store pairs --format onnx -o out 2>err || fail "no graph of pairs: $(cat err)"
grep -aq token_type_ids out/model.onnx || fail "the graph has no third input"
printf '%s\t%s\n' head class texts 2 separators 1 cls 2 sep 3 pad 0 longest 20 >out/told
PYTHONDONTWRITEBYTECODE=1 python3 "$KDGRID_SOURCE/tests/cli/onnx_pairs.py" out asked.tsv ids.txt kinds.txt 2>err || fail "predict.py: $(tail -n 1 err)"
[ "$(awk 'NF > most { most = NF } END { print most }' ids.txt)" = 20 ] || fail "no row is as long as the longest"
node "$KDGRID_SOURCE/tests/cli/onnx.js" "$KDGRID_ONNXRUNTIME" out/model.onnx ids.txt kinds.txt >got 2>err || fail "pairs: $(head -n 3 err)"
"$KDGRID" predict best --store pairs asked.tsv --to tsv --scores 2>/dev/null | sed 1d >want
python3 - want got <<'PY' 2>err || fail "pairs: $(tail -n 1 err)"
import json, math, sys
for row, line in zip(open(sys.argv[1]), open(sys.argv[2])):
    logits, (label, score) = json.loads(line)["logits"][0], row.split("\t")[3:]
    said = max(range(2), key=logits.__getitem__)
    assert label == ["no", "yes"][said], (label, logits)
    assert abs(float(score) - 1 / sum(math.exp(x - logits[said]) for x in logits)) < 1e-3, (score, logits)
PY
finish
