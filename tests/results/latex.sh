#!/usr/bin/env bash
# latex.sh - tables as a paper takes them: pdflatex reads them, and none is wider than its page.
. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/paper.sh"
cd "$work"
cat >study.cfg <<'CFG'
study = {
  name = "paper"; task = "ner"; seeds = [1, 2];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 30; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };
  train = { epochs = 1; batch = 16; };
  axes = ( { key = "train.lr"; values = [0.001, 0.01, 0.02]; }, { key = "data.synth.sentences"; values = [60, 61]; } );
};
tables = ( { name = "main"; title = "Students & teachers of $K$ classes"; label = "tab:main"; rows = ["train.lr"];
             columns = ["data.synth.sentences"]; metrics = ["f1"]; second = true;
             published = ( { train = { lr = 0.01; }; value = 0.7745; } );
             labels = ( { key = "train.lr"; label = "$\\alpha$"; },
                        { key = "train.lr"; value = 0.001; label = "a long method_1"; },
                        { key = "data.synth.sentences"; value = 60; label = "NCBI-disease"; },
                        { key = "data.synth.sentences"; value = 61; label = "BC5CDR"; } ); },
           { name = "percent"; title = "In percent"; unit = "percent"; digits = 1; best = "row"; align = "siunitx"; second = true;
             rows = ["train.lr"]; columns = ["data.synth.sentences"]; metrics = ["f1", "devel.f1"]; } );
CFG
"$KDGRID" run study.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }
expect 0 "" "$KDGRID" table store --format tex
cp out tables.tex
grep -qF '\caption{Students \& teachers of $K$ classes (n = 2)}' tables.tex || fail "the caption is another one"
grep -qF '\label{tab:main}' tables.tex || fail "no label"
grep -qF ' & \multicolumn{2}{c}{NCBI-disease} & \multicolumn{2}{c}{BC5CDR} \\' tables.tex || { cat tables.tex; fail "no heads over groups"; }
grep -qF '$\alpha$ & F1 (test) & published & F1 (test) & published \\' tables.tex || fail "no formula in a label"
[ "$(grep -c '\\underline{' tables.tex)" -ge 2 ] || fail "nothing is underlined"
expect 0 "" "$KDGRID" table store --check tables.tex

# ---- any digit that is changed is found ----
for form in md tex html; do
  "$KDGRID" table store --format $form >whole.$form 2>/dev/null || continue
  python3 - "$KDGRID" $form <<'PY' || fail "$form: a changed digit is not found"
import random, re, subprocess, sys
program, form = sys.argv[1:]
text = open("whole." + form, encoding="utf-8").read()
mark = {"md": r"^\|.*[±-].*$", "tex": r"^    [^\\\n]*&.*\\\\$", "html": r"^ *<tr><t[dh].*<td.*$"}[form]
spans = [(row.start() + d.start(), row.start() + d.end()) for row in re.finditer(mark, text, re.M)
         for d in re.finditer(r"\d+\.\d+", row.group())]
spans += [(m.start(1), m.end(1)) for m in re.finditer(r"\(n = (\d+)\)", text)]
digits = [i for a, b in spans for i in range(a, b) if text[i].isdigit()]
assert len(digits) > 30, (form, len(digits))
random.seed(1)
for i in random.sample(digits, 25):
    with open("bad." + form, "w", encoding="utf-8") as out:
        out.write(text[:i] + str((int(text[i]) + random.randint(1, 9)) % 10) + text[i + 1:])
    got = subprocess.run([program, "table", "store", "--check", "bad." + form], capture_output=True)
    assert got.returncode == 3, (form, text[max(0, i - 40):i + 20], got.returncode)
PY
done

sed 's/"percent"; digits/"per"; digits/' study.cfg >wrong.cfg
expect 78 "expected one of fraction, percent, found the text \"per\"" "$KDGRID" table wrong.cfg
[ "$failures" = 0 ] || finish

set_paper 'See Tables~\ref{tab:main}.'

# ---- real studies: their labels are long, and neither table nor picture is wider than its page ----
for store in "$KDGRID_SOURCE"/results/published/*/; do
  [ -d "$store/objects" ] || continue
  expect 0 "" "$KDGRID" table "$store" --format tex
  cp out tables.tex
  pictures=()
  for kind in curves tradeoff differences heat time; do
    kpsewhich pgfplots.sty >/dev/null && "$KDGRID" plot $kind "$store" -o $kind.tex >/dev/null || continue
    pictures+=("\noindent\input{$kind.tex}" "")
  done
  set_paper "${pictures[@]}"
done
finish
