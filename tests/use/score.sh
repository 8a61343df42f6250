#!/usr/bin/env bash
# score.sh - a model on a corpus: the figures that its cell stored, counts that add up, relations and documents, a corpus
# with labels of its own.
. "$(dirname "$0")/../cli/common.sh"
cd "$work"
command -v python3 >/dev/null || skip "no python3"

cat >ner.cfg <<'CFG'
study = {
  name = "ner"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; max_pieces = 16;
           synth = { sentences = 240; devel = 60; test = 200; seed = 3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 24; hidden = 24; classifier = 0; dropout = 0.1; };
  train = { epochs = 8; batch = 8; lr = 2e-2; };
};
CFG
cat >re.cfg <<'CFG'
study = {
  name = "re"; task = "re"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; max_pieces = 64; synth = { sentences = 240; devel = 60; test = 100; seed = 3; }; };
  student = { kind = "bert"; layers = 1; hidden = 48; heads = 2; ffn = 96; positions = 64; pooler = true; init_range = 0.1; dropout = 0.0; };
  train = { epochs = 10; batch = 8; lr = 5e-3; };
};
CFG
sed 's/"re"/"hoc"/g; s/corpus = "synth"/corpus = "hoc"/; s/ synth = {[^}]*};//' re.cfg >hoc.cfg

# Rows whose hallmarks are words of theirs, two sentences a document.
mkdir hoc
for split in train devel test; do
  awk -v seed=$split 'BEGIN { srand(length(seed)); print "labels\tsentence\tindex"
    for (i = 0; i < 160; i++) { a = int(rand() * 10); b = int(rand() * 10); line = ""
      for (k = 0; k < 10; k++) line = line (k ? "," : "") k "_" (k == a || k == b ? 1 : 0)
      printf "%s\twe saw sign%s and sign%s here .\t%d_s%d\n", line, substr("abcdefghij", a + 1, 1), substr("abcdefghij", b + 1, 1), i / 2, i % 2 } }' >hoc/$split.tsv
done
for task in ner re hoc; do
  "$KDGRID" run $task.cfg --store $task.store >/dev/null 2>log || { cat log; fail "the run of $task failed"; }
done
"$KDGRID" data synth --sentences 240 --devel 60 --test 200 --seed 3 -o corpus >/dev/null
"$KDGRID" data synth --sentences 240 --devel 60 --test 100 --seed 3 --task re -o pairs >/dev/null

score() { "$KDGRID" score best "$2" --store $1.store --json "${@:3}" >$1.json 2>err || { cat err; fail "score $1"; }; }
score ner corpus/test.tsv
score re pairs/test.tsv
score hoc hoc/test.tsv
for task in ner re hoc; do
  id=$("$KDGRID" model tensors best --store $task.store 2>&1 >/dev/null | sed 's/^kdgrid: //; s/:.*//')
  python3 - $task.store/objects/${id:0:2}/$id.h5 $task.json <<'PY' || fail "$task"
import json, sys
said = json.load(open(sys.argv[2]))
try:
    import h5py
    with h5py.File(sys.argv[1]) as f:
        stored = {n.decode(): v for n, v in f["metrics"][()].tolist()}
    mine = {n: v for n, v in stored.items() if n.startswith("test.") and n[5:] in said["metrics"]}
    assert len(mine) == len(said["metrics"]), (sorted(mine), sorted(said["metrics"]))
    for n, v in mine.items():
        assert v == said["metrics"][n[5:]], (n, v, said["metrics"][n[5:]])
except ImportError:
    pass
whole = said["whole"]
assert whole["f1"] > 0.1, whole
assert whole["f1_interval"][0] < whole["f1"] < whole["f1_interval"][1] or whole["f1"] == 1, whole
for name, (low, high) in said["intervals"].items():
    assert low <= said["metrics"][name] <= high and high - low < 0.6, (name, low, high)
wanted = {"entity_strict.f1": ["entity_strict.macro.f1", "entity_strict.macro.recall", "entity_lenient.recall", "entity_lenient.piece.f1", "token_micro.precision", "entity_strict.Gene.f1"], "relation.f1": [], "document.f1": []}
main = next(n for n in wanted if n in said["metrics"])
for name in [main, "accuracy"] + wanted[main]:
    assert name in said["intervals"], (name, said["intervals"])
assert said["intervals"][main] == whole["f1_interval"]
assert sum(said["kinds_of_error"].values()) == len(said["errors"])
for name, r in said["reliability"].items():
    n = sum(r["count"])
    ece = sum(c * abs(s - t) for c, s, t in zip(r["count"], r["score"], r["right"])) / n
    assert abs(ece - r["ece"]) < 1e-9 and n > 0, name
if "said" in (said["errors"] or [{}])[0]:
    for groups in ("by_type", "by_length", "by_seen"):
        for count in ("tp", "predicted", "gold"):
            assert sum(g[count] for g in said[groups]) == whole[count], (groups, count)
    missed = sum(e["gold"] is not None for e in said["errors"])
    wrong = sum(e["said"] is not None for e in said["errors"])
    assert missed == whole["gold"] - whole["tp"] and wrong == whole["predicted"] - whole["tp"]
    seen = {g["name"]: g for g in said["by_seen"]}
    assert seen["seen"]["recall"] > seen["unseen"]["recall"], seen
PY
done

# The training corpus by its name is the model's own.
cp ner.json own.json
score ner corpus/test.tsv --train corpus/train.tsv
same own.json ner.json
score ner corpus/test.tsv --threads 1
same own.json ner.json

# For people; a corpus with a type that the model does not have.
expect 0 "" "$KDGRID" score best corpus/test.tsv --store ner.store --by seen --errors 1
grep -q '^unseen ' out && ! grep -q '^1 word ' out || fail "--by seen: $(cat out)"
grep -q '\[.*\]' out || fail "no sentence with an error"
sed 's/-Gene/-Protein/' corpus/test.tsv >protein.tsv
expect 0 "a type or class that the splits read before do not have" "$KDGRID" score best protein.tsv --store ner.store
grep -q 'Protein as Gene' out || fail "no confusion of Protein and Gene"

# Relations and documents in and out.
cut -f 2 pairs/test.tsv | tail -n +2 >lines.txt
predict() { "$KDGRID" predict best --store $1.store "${@:2}" 2>err || { cat err; fail "predict $*"; }; }
predict re lines.txt --to tsv >got.tsv
"$KDGRID" data score pairs/test.tsv got.tsv --task re --json >got.json || fail "relations are not read again"
python3 -c 'import json; a = json.load(open("got.json")); b = json.load(open("re.json"))
assert a["relation"]["f1"] == b["metrics"]["relation.f1"], (a["relation"], b["metrics"])' || fail "relations by lines"
predict re pairs/test.tsv --to tsv >columns.tsv
same got.tsv columns.tsv
grep -q 'no two marks' err && fail "marks are not seen: $(cat err)"
{ head -n 2 lines.txt; echo 'Nothing is marked here .'; } | predict re --lines - >/dev/null
grep -q '1 sentence has no two marks' err || fail "a sentence without a pair is not told: $(cat err)"
predict hoc hoc/test.tsv --to tsv >got.tsv
cut -f 1,2 got.tsv >a
python3 - hoc/test.tsv got.tsv hoc.json <<'PY' || fail "hallmarks by rows"
import json, sys
gold, said = [[l.split("\t") for l in open(p).read().split("\n")[1:] if l] for p in sys.argv[1:3]]
assert [g[1] for g in gold] == [s[1] for s in said]
right = sum(g[0] == s[0] for g, s in zip(gold, said)) / len(gold)
assert abs(right - json.load(open(sys.argv[3]))["metrics"]["accuracy"]) < 1e-9, right
PY
printf '{"id":"d","text":"we saw signa and signb here . we saw signc and signd here ."}\n' | predict hoc --from jsonl --json >got
grep -q '^{"id": "d", "classes": \[{"class": ".*", "score": [01]' got || fail "a document: $(cat got)"
{ printf '{"id":"long","text":"'; for i in $(seq 40); do printf 'we saw signa and signb here , '; done; echo '"}'; } >long.jsonl
predict hoc long.jsonl >got
grep -q "1 sentence has more than 64 pieces and went through in overlapping windows" err || fail "no windows: $(cat err)"
grep -q '^{"id": "long", "classes": \[{"class": ' got || fail "a long document: $(cat got)"
predict hoc long.jsonl --cut >/dev/null
grep -q "1 sentence has more than 64 pieces and lost what is beyond" err || fail "nothing is cut: $(cat err)"
expect 2 "brat has mentions alone" "$KDGRID" predict best --store hoc.store lines.txt -o folder

# Tags in another column than the last, as the study says it, or who asks.
mkdir columns
for split in train devel test; do awk -F'\t' 'NF { print $1 "\t" $2 "\t" length($1); next } { print }' corpus/$split.tsv >columns/$split.tsv; done
"$KDGRID" run ner.cfg --store columns.store -D data.corpus=columns -D data.tag_column=2 -D train.epochs=2 >/dev/null 2>log ||
  { cat log; fail "the run of columns failed"; }
"$KDGRID" score best columns/test.tsv --store columns.store --json >columns.json 2>err || { cat err; fail "its own column is not read"; }
"$KDGRID" score best corpus/test.tsv --store columns.store --json >two.json 2>err || { cat err; fail "two columns are not read"; }
grep -v '"corpus"' columns.json >a && grep -v '"corpus"' two.json >b && same a b
expect 65 "is no tag" "$KDGRID" score best columns/test.tsv --store ner.store
expect 0 "" "$KDGRID" score best columns/test.tsv --store ner.store --tag-column 2
expect 2 "--tag-column: expected a whole number from 0 to 16, found 99" "$KDGRID" score best columns/test.tsv --store ner.store --tag-column 99
expect 66 "corpus: a folder of splits; name one of them, as corpus/test.tsv" "$KDGRID" score best corpus --store ner.store
"$KDGRID" score best protein.tsv --store ner.store --errors 2 2>/dev/null | awk 'length > 80 { print; bad = 1 } END { exit bad }' >wide ||
  fail "wider than a terminal: $(cat wide)"

# What is wrong.
expect 66 "nowhere.tsv" "$KDGRID" score best nowhere.tsv --store ner.store
expect 2 "--by is type, length or seen" "$KDGRID" score best corpus/test.tsv --store ner.store --by size
: >empty.tsv
expect 65 "empty" "$KDGRID" score best empty.tsv --store ner.store
finish
