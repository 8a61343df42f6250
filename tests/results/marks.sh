#!/usr/bin/env bash
# marks.sh - figures beside a baseline, a teacher and an ensemble, in every form; nothing of them drifts unseen.
. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/paper.sh"
cd "$work"
cat >study.cfg <<'CFG'
study = {
  name = "marks"; task = "ner"; seeds = [1, 2, 3];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 120; devel = 30; test = 80; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 24; classifier = 0; count = 2;
              train = { epochs = 10; batch = 8; lr = 0.02; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; classifier = 0; };
  train = { epochs = 10; batch = 8; lr = 0.02; };
  axes = ( { key = "student.hidden"; values = [2, 32]; }, { key = "distill.method"; values = ["none", "logit-mse"]; } );
};
tables = ( { name = "main"; title = "Students of 2 teachers"; label = "tab:marks"; rows = ["student.hidden"]; columns = ["distill.method"];
             metrics = ["f1"]; unit = "percent"; digits = 1; baseline = { student = { hidden = 2; }; };
             also = ( { role = "teacher"; label = "a teacher"; }, { role = "ensemble"; label = "both & all"; } );
             ratio = ( { metric = "f1"; of = "teacher"; } ); },
           { name = "aligned"; title = "Widths & sizes"; rows = ["student.hidden"]; columns = ["distill.method"]; metrics = ["f1", "size_mib"];
             align = "siunitx"; second = true; baseline = { student = { hidden = 2; }; };
             ratio = ( { metric = "size_mib"; of = { student = { hidden = 2; }; }; digits = 2; } ); } );
CFG
"$KDGRID" run study.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }
"$KDGRID" export store --format jsonl --role all >cells.jsonl

# ---- the figures, beside what python makes of the exported cells ----
expect 0 "" "$KDGRID" table store --json
python3 - <<'PY' || fail "figures beside a teacher or a baseline"
import json, statistics as s
cells = [json.loads(line) for line in open("cells.jsonl")]
first, second = json.load(open("out"))
f1 = "test.entity_strict.f1"
teacher = s.mean(c[f1] for c in cells if c["role"] == "teacher")
def of(hidden, method, name=f1):
    return s.mean(c[name] for c in cells if c["student.hidden"] == hidden and c["distill.method"] == method)
rows = first["rows"]
assert [r["student.hidden"] for r in rows] == ["a teacher", "both & all", 2, 32], rows
near = lambda a, b: abs(a - b) < 1e-12
for method in ("none", "logit-mse"):
    key = f"distill.method={method}:"
    assert near(rows[0][key + f1]["mean"], teacher) and rows[0][key + f1]["n"] == 2, rows[0]
    assert rows[1][key + f1]["n"] == 1 and rows[1][key + f1]["mean"] > 0, rows[1]
    assert "p" not in rows[0][key + f1] and "p" not in rows[2][key + f1], rows
    assert rows[3][key + f1]["mark"] == "†" and rows[3][key + f1]["p"] < 0.05 and rows[3][key + f1]["test"] == "two-level", rows[3]
    for r in rows[2:]:
        assert near(r[key + "ratio:" + f1], of(r["student.hidden"], method) / teacher), r
    wide = second["rows"][1]
    assert near(wide[key + "change:size.mib"], of(32, method, "size.mib") / of(2, method, "size.mib") - 1), wide
assert "† better, ‡ worse than 2 at 5 %, by the two-level test with Holm's correction for 2 comparisons" in first["caption"], first["caption"]
# both p are one family: the larger is at most twice what the pairs have by themselves
PY
expect 0 "" "$KDGRID" compare store --among student.hidden --by distill.method --baseline 2 --json
cp out pairs.json
"$KDGRID" table store --json >tables.json
python3 - <<'PY' || fail "a mark's p is not that of compare --among"
import json
rows = json.load(open("tables.json"))[0]["rows"]
for pair in json.load(open("pairs.json"))["rows"]:
    got = rows[3]["distill.method=" + pair["distill.method"] + ":test.entity_strict.f1"]["p"]
    assert abs(got - pair["p.holm"]) < 1e-12, (got, pair)
PY
expect 0 "" "$KDGRID" table store --format csv
python3 - <<'PY' || fail "CSV with marks"
import csv, io
text = open("out", encoding="utf-8").read().split("\n\n")[0]
rows = list(csv.DictReader(io.StringIO(text)))
key = "distill.method=none:test.entity_strict.f1"
assert rows[3][key + ".mark"] == "†" and float(rows[3][key + ".p"]) < 0.05 and rows[2][key + ".p"] == "" and None not in rows[3], rows
PY

# ---- the same tables by options alone ----
asked() { "$KDGRID" table store --rows student.hidden --columns distill.method --format csv "$@"; }
"$KDGRID" table store --format csv | sed '/^$/,$d' >want
asked --metric f1 --baseline student.hidden=2 --also "teacher=a teacher" --also "ensemble=both & all" --ratio f1=teacher >got
same want got
"$KDGRID" table store --format csv | sed '1,/^$/d' >want
asked --metric f1,size_mib --baseline student.hidden=2 --ratio size_mib=student.hidden=2 >got
same want got
expect 2 "--ratio: teacher is a row of --also teacher" asked --ratio f1=teacher
expect 2 "--ratio: the table has no metric loss" asked --ratio loss=student.hidden=2
expect 2 "--ratio: expected METRIC=teacher or METRIC=KEY=VALUE, found f1" asked --ratio f1
expect 2 "--also: expected teacher or ensemble, found tutor" asked --also tutor
expect 2 "--baseline: expected KEY=VALUE, found 2" asked --baseline 2
expect 2 "--baseline: no cell of the study has student.hidden = 3" asked --baseline student.hidden=3
expect 2 "--baseline: no setting is called student.hiden; did you mean student.hidden?" asked --baseline student.hiden=2
expect 78 "baseline: train.epochs makes neither rows nor columns" asked --baseline train.epochs=10

# ---- nothing drifts unseen: any digit of rows, heads, captions and notes, any sign ----
for form in md tex html; do
  "$KDGRID" table store --format $form >whole.$form
  expect 0 "" "$KDGRID" table store --check whole.$form
  python3 - "$KDGRID" $form <<'PY' || fail "$form: a change is not found"
import random, re, subprocess, sys
program, form = sys.argv[1:]
text = open("whole." + form, encoding="utf-8").read()
def found(changed, what):
    with open("bad." + form, "w", encoding="utf-8") as out:
        out.write(changed)
    got = subprocess.run([program, "table", "store", "--check", "bad." + form], capture_output=True)
    assert got.returncode == 3, (form, what, got.returncode)
layout = re.compile(r"begin\{tabular|cmidrule|setlength|colspan|sisetup")
digits, at = [], 0
for line in text.splitlines(keepends=True):
    if not layout.search(line):
        digits += [at + m.start() for m in re.finditer(r"\d", line)]
    at += len(line)
assert len(digits) > 80, (form, len(digits))
random.seed(2)
for i in random.sample(digits, 8) + digits[:3]:
    found(text[:i] + str((int(text[i]) + random.randint(1, 9)) % 10) + text[i + 1:], text[max(0, i - 40):i + 20])
for sign in [m.start() for m in re.finditer(r"\\dagger|†", text)]:
    if text.rfind("\n", 0, sign) < text.rfind("better", 0, sign) or "better" in text[sign:text.find("\n", sign)]:
        continue # the caption's own
    length = 1 if text[sign] == "†" else len("\\dagger")
    found(text[:sign] + text[sign + length:], "a sign taken out")
    found(text[:sign] + ("‡" if length == 1 else "\\ddagger") + text[sign + length:], "a sign turned round")
PY
done

# ---- what cannot be ----
wrong() { sed "s/$1/$2/" study.cfg >wrong.cfg; expect "$3" "$4" "$KDGRID" table wrong.cfg --store store; }
wrong 'of = "teacher"' 'of = "tutor"' 78 'no row of `also` has the role "tutor"'
wrong 'ratio = ( { metric = "f1"; of' 'ratio = ( { metric = "loss"; of' 78 'the table has no metric loss'
wrong 'baseline = { student = { hidden = 2; }; };' 'baseline = { train = { lr = 0.02; }; };' 78 'baseline: train.lr makes neither rows nor columns'
wrong 'role = "ensemble"' 'role = "pupil"' 78 'expected one of teacher, ensemble'
[ "$failures" = 0 ] || finish

cp whole.tex tables.tex
set_paper
finish
