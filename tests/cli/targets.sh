#!/usr/bin/env bash
# targets.sh - logits that were computed elsewhere come in, teach, and are refused when they are of something else.
. "$(dirname "$0")/common.sh"
cd "$work"
python=python3 # Debian's h5py belongs to Debian's Python, which need not be the first
"$python" -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import h5py' 2>/dev/null || skip "python3-h5py is absent"
make_file() { "$python" "$KDGRID_SOURCE/tests/cli/targets.py" "$@" || fail "targets.py $*"; }

cat >study.cfg <<'CFG'
study = {
  name = "elsewhere"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; };
  targets = { file = "made.h5"; };
  train = { epochs = 2; batch = 16; lr = 5e-3; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse", "kl"]; } );
};
CFG
expect 66 "study.cfg:5: targets.file: there is no made.h5" "$KDGRID" plan study.cfg

"$KDGRID" targets corpus study.cfg -D targets.file= --store store >where || fail "no corpus is made"
corpus=$(sed 's/^corpus: //' where)
[ -f "$corpus" ] || fail "the corpus is not where it is said to be: $(cat where)"

for fault in "order|'/labels': label 0 is" "names|'/labels': there are more names" \
  "pieces|'/ids/3': piece 1 is" "length|another corpus or another tokenizer" \
  "shape|'/logits/3' is" "nan|'/logits/3' holds a number that is not finite" \
  "missing|'/ids' has 59 sentences, the corpus has 60"; do
  make_file "$corpus" bad.h5 "${fault%%|*}"
  expect 65 "${fault#*|}" "$KDGRID" targets import bad.h5 study.cfg --store store
done
make_file "$corpus" made.h5
for other in data.vocab_size=200 data.synth.seed=9 data.synth.sentences=61; do
  expect 65 "made.h5: '/ids" "$KDGRID" targets import made.h5 study.cfg -D $other --store other
  expect 1 "made.h5: '/ids" "$KDGRID" run study.cfg -D $other -D distill.method=kl --store other
done
rm made.h5
echo "no numbers" >none.h5
expect 65 "none.h5: is not a whole HDF5 file" "$KDGRID" targets import none.h5 study.cfg --store store
cp none.h5 made.h5
expect 65 "study.cfg:5: targets.file: " "$KDGRID" plan study.cfg
rm made.h5
expect 66 "gone.h5" "$KDGRID" targets import gone.h5 study.cfg --store store

make_file "$corpus" made.h5 order
expect 3 "made.h5: labels that stand elsewhere than in the data: 2, at most 0" "$KDGRID" doctor study.cfg
make_file "$corpus" made.h5
expect 0 "" "$KDGRID" doctor study.cfg
grep -q '^ok  labels .*made.h5' out || fail "doctor does not look at the file of targets"
"$KDGRID" targets import made.h5 study.cfg --store store >imported || fail "made.h5 is refused"
object=$(sed -n 's/^targets[^:]*: //p' imported)
"$python" - "$object" <<'PY' || fail "the object does not say where its targets come from"
import h5py, sys
with h5py.File(sys.argv[1]) as f:
    facts = {k.decode(): v.decode() for k, v in f["provenance/facts"]}
    assert facts["targets.file"].endswith("/made.h5") and len(facts["targets.contents"]) == 32, facts
    assert facts["targets.source"] == "the true labels, as logits", facts
    assert abs(f["logits/train"][:].max() - 4) < 1e-6
PY
"$KDGRID" run study.cfg --store store >table 2>log || { cat log; fail "a study with such targets does not run"; }
grep -q "teacher" log && fail "a teacher was trained beside them"
grep -q "^\[3/5\]\|done" log || fail "nothing was reused"
[ "$("$KDGRID" aggregate store --metric f1 --by distill.method --format csv | grep -c .)" = 4 ] || fail "three cells are expected"

# The path is no part of an id, what is in the file is.
id_of() { "$KDGRID" plan "$1" --diff "$2" | grep -c '^[+-]'; }
mkdir elsewhere && cp made.h5 elsewhere/there.h5
sed 's/made.h5/elsewhere\/there.h5/' study.cfg >moved.cfg
[ "$(id_of moved.cfg study.cfg)" = 0 ] || fail "a moved file is another study"
"$python" -c 'import h5py; h5py.File("elsewhere/there.h5", "a")["logits/0"][0, 0] = 3'
[ "$(id_of moved.cfg study.cfg)" = 4 ] || fail "other logits are the same study"
# Of several teachers the mean is measured, beside the targets that it gives.
cat >several.cfg <<'CFG'
study = {
  name = "several"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; count = 2; train = { epochs = 20; batch = 16; lr = 1e-2; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; };
  distill = { method = "logit-mse"; }; train = { epochs = 1; batch = 16; };
};
CFG
"$KDGRID" run several.cfg --store mean >table 2>log || { cat log; fail "two teachers do not teach"; }
shown=$(sed -n 's/.*targets[^:]*: devel f1 \([0-9.]*\).*/\1/p' log)
"$python" - "$shown" mean/objects/*/*.h5 <<'PY' || { cat log; fail "the mean of two teachers has no score"; }
import h5py, sys
for path in sys.argv[2:]:
    with h5py.File(path) as f:
        if "logits/train" in f:
            metrics = {k.decode(): v for k, v in f["metrics"]} if "metrics" in f else dict(f.attrs)
            assert "%.4f" % metrics["devel.entity_strict.f1"] == sys.argv[1], (metrics, sys.argv[1])
            assert metrics["test.token_micro.f1"] > 0 and "predictions/devel" in f
            break
else:
    raise SystemExit("no targets")
PY
finish
