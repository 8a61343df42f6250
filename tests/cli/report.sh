#!/usr/bin/env bash
# report.sh - figures of a store in every form, and its page: whole, without a network, and looked at in a browser.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
sed -i 's/^  train = {/  distill = { alpha = 0.5; }; &/' tiny.cfg # a loss of two parts
cat >>tiny.cfg <<'CFG'
tables = ( { name = "own"; title = "A title & its <table>"; rows = ["distill.method"]; metrics = ["f1", "size_mib"];
             baseline = { distill = { method = "none"; }; }; } );
CFG

"$KDGRID" run tiny.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }

# well_formed FILE...: XML that a parser of another make reads
well_formed() {
  command -v xmllint >/dev/null || { echo "no xmllint: files are not parsed"; return; }
  xmllint --noout "$@" 2>err || { head -n 5 err; fail "not well formed: $*"; }
}

# ---- figures ----
for kind in curves tradeoff differences heat errors time; do
  expect 0 "" "$KDGRID" plot $kind store -o $kind.svg
  grep -q '<svg xmlns' $kind.svg || fail "$kind.svg is no SVG"
  grep -q 'cells\?: [0-9a-f]\{7\}' $kind.svg || fail "$kind.svg does not name its cells"
  well_formed $kind.svg
done
for form in svg pdf tex csv; do
  expect 0 "" "$KDGRID" plot curves store -o again.$form
  cp again.$form once.$form
  "$KDGRID" plot curves store -o again.$form && same once.$form again.$form
done
same curves.svg again.svg
expect 2 "ends in none of .svg, .pdf, .tex and .csv" "$KDGRID" plot curves store -o curves.png
[ "$(head -n 1 again.csv)" = "figure,name,x,y,low,high,cells" ] || fail "the head of a CSV is $(head -n 1 again.csv)"
[ "$(grep -c '^Loss,none,[0-9]' again.csv)" = 2 ] || fail "the loss of two epochs is not in the CSV"

# a reader of another make opens the PDF, and it has the words
if command -v pdfinfo >/dev/null && command -v pdftotext >/dev/null; then
  for kind in curves tradeoff differences heat time; do
    "$KDGRID" plot $kind store -o $kind.pdf >/dev/null
    pdfinfo $kind.pdf >info 2>err || fail "pdfinfo cannot read $kind.pdf"
    [ -s err ] && fail "pdfinfo says of $kind.pdf: $(head -n 1 err)"
    grep -q '^PDF version: *1.4' info || fail "$kind.pdf is no PDF 1.4"
    pdftotext $kind.pdf words 2>err && grep -q 'none' words || fail "no words in $kind.pdf"
    pdftoppm -r 100 -png -singlefile $kind.pdf drawn 2>err && [ ! -s err ] || fail "pdftoppm says of $kind.pdf: $(head -n 1 err)"
    [ "$(wc -c <drawn.png)" -gt 3000 ] || fail "$kind.pdf is almost empty"
  done
else
  echo "no pdfinfo or pdftotext: PDFs are not read"
fi

# and a paper takes the pictures, none wider than its text
if command -v pdflatex >/dev/null && kpsewhich pgfplots.sty >/dev/null; then
  { echo '\documentclass{article}\usepackage[T1]{fontenc}\usepackage{pgfplots}\pgfplotsset{compat=1.16}\begin{document}'
    for kind in curves tradeoff differences heat time; do
      "$KDGRID" plot $kind store -o $kind.tex >/dev/null
      printf '\\noindent\\input{%s.tex}\n\n' $kind
    done
    echo '\end{document}'; } >paper.tex
  timeout 100 pdflatex -interaction=nonstopmode -halt-on-error paper.tex >log 2>&1 || fail "pdflatex: $(grep -m 1 '^!' log)"
  grep -q Overfull log && fail "$(grep -m 1 Overfull log)"
else
  echo "no pdflatex with pgfplots: pictures for LaTeX are not set"
fi

expect 2 "did you mean curves?" "$KDGRID" plot curvs store -o x.svg
expect 2 "-o FILE.svg" "$KDGRID" plot curves store
expect 0 "" "$KDGRID" plot curves store --where seed=1 -o one.svg
grep -q 'class="s[0-9] band"' one.svg && fail "one seed has a band"
expect 2 "there are 1, 2" "$KDGRID" plot curves store --where seed=7 -o x.svg
# a figure of each score that is asked for, with commas or again; what ranks by none takes none
expect 0 "" "$KDGRID" plot differences store --metric f1,devel.f1 -m test.entity_strict.recall -o three.csv
cut -d, -f1 three.csv | sort -u | grep -c 'among' | grep -qx 3 || fail "three scores make $(cut -d, -f1 three.csv | sort -u)"
expect 0 "" "$KDGRID" plot differences store -o plain.csv
grep '^Differences of F1 (test)' plain.csv >one.csv
grep '^Differences of F1 (test)' three.csv >first.csv
same one.csv first.csv
expect 2 "plot: time shows no score" "$KDGRID" plot time store --metric f1 -o x.svg
expect 2 "time.train_s: more of it is not better" "$KDGRID" plot heat store --metric train_s -o x.svg
expect 2 "no cell has the metric 'f2'" "$KDGRID" plot heat store --metric f2 -o x.svg

# ---- the page ----
expect 0 "4 students" "$KDGRID" report store -o page.html
well_formed page.html
[ "$(wc -c <page.html)" -lt 200000 ] || fail "the page of four students has $(wc -c <page.html) bytes"
for id in asked warnings scores tables curves tradeoff differences heat errors time cells provenance; do
  grep -q "<section id=\"$id\"" page.html || fail "no section $id"
done
grep -q '<section id="failures"' page.html && fail "failures where none was"
sed -n '/<section id="tables"/,/<.section>/p' page.html >tables
grep -q 'A title &amp; its &lt;table&gt;' tables || fail "the study's own table is not on the page"
# the same figures as those that \`kdgrid table\` prints
"$KDGRID" table store --format csv | cut -d, -f2 | grep -o '^0\.[0-9]*' | while read -r f1; do
  grep -qF "$(printf '>%.4f' "$f1")" tables || echo "$f1"
done >absent
[ -s absent ] && fail "figures of the table that are not on the page: $(tr '\n' ' ' <absent)"
# and tested as there
said=$("$KDGRID" table store | grep -o '† better.*' | sed "s/'/\&#39;/")
grep -q 'two-level test' <<<"$said" && grep -qF "$said" tables || fail "the page's table has not '$said'"
grep -q 'Parts of the loss: method logit-mse' page.html || fail "no parts of a loss that has two"
grep -v 'http://www.w3.org/2000/svg' page.html | grep -qE '(src|href)="?(https?:)?//|@import|url\(' && fail "the page asks a network"
"$KDGRID" report store -o again.html 2>/dev/null && same page.html again.html

# errors are what the answers and the counts of the same cell say, by another way
row=$(sed -n '/<section id="errors"/,/<.section>/p' page.html | grep -m 1 '^<tr><td>none')
cell=$(grep -o 'title="1 cell: [0-9a-f]*' <<<"$row" | head -n 1 | sed 's/.*: //')
numbers=$(sed 's/<td\( class="t"\)*>[^<]*<.td>//g; s/<[^>]*>/ /g' <<<"$row")
"$KDGRID" export store --format sigf --cell "$cell" >counts
"$KDGRID" export store --format conll --cell "$cell" >conll
gold=$(awk -F'\t' '$2 ~ /^[BS]-/ { n++ } END { print n + 0 }' conll)
right=$(awk '{ n += $1 } END { print n }' counts)
missing=$(sed -n '/<section id="errors"/,/<.section>/p' page.html | grep -m 1 '<thead>' | sed 's/.*"gold"//' | grep -o 'title="[a-z ]*"' | grep -n invented | cut -d: -f1)
awk -v gold="$gold" -v right="$right" -v invented="${missing:-0}" '{
  for (i = 2; i <= NF; i++) if (i - 1 != invented) wrong += $i
  exit !($1 == gold && gold - wrong == right) }' <<<"$numbers" || fail "errors '$numbers' of $cell, where $right of $gold are right"

# relations are classes: which was taken for which, and no boundaries
sed 's/task = "ner"/task = "re"/; s/\[1, 2\]/[1]/; s/"none", "logit-mse"/"none"/' tiny.cfg >re.cfg
"$KDGRID" run re.cfg --store re >/dev/null 2>log || { tail -n 2 log; fail "relations do not run"; }
expect 0 "1 student," "$KDGRID" report re -o re.html
well_formed re.html
sed -n '/<section id="errors"/,/<.section>/p' re.html >errors
grep -q '>relations</th>' errors || fail "no errors of relations"
grep -qE 'too (long|short)' errors && fail "relations have boundaries"
grep -q 'for relation extraction on synth' re.html || fail "the task is not said"

# names of a store are words from outside
cp -a store 'a<b>&"c'
expect 0 "" "$KDGRID" report 'a<b>&"c' -o odd.html
well_formed odd.html
grep -qF 'a&lt;b&gt;&amp;&quot;c: ' odd.html || fail "the folder's name is not escaped"
expect 0 "" "$KDGRID" report store --where seed=1 -o one.html
grep -q 'settings have one run' one.html || fail "no warning of single runs"
mkdir nothing
expect 65 "nothing: is not a store" "$KDGRID" report nothing -o x.html
expect 2 "did you mean" "$KDGRID" report store --where distil.method=none -o x.html

expect 0 "" "$KDGRID" report store --metric test.entity_strict.recall,f1 -o recall.html
well_formed recall.html
sed -n '/<section id="scores"/,/<.section>/p' recall.html | grep -o 'title="[a-z.]*_[a-z.]*1\?"' | head -n 2 | tr '\n' ' ' |
  grep -qx 'title="test.entity_strict.recall" title="test.entity_strict.f1" ' || fail "other columns than those that were asked for"
sed -n '/<section id="differences"/,/<.section>/p' recall.html | grep -q 'Differences of recall (test)' || fail "figures are not of the first score"
expect 2 "no cell has the metric 'f2'" "$KDGRID" report store --metric f2 -o x.html

# ---- what changed ----
expect 0 "" "$KDGRID" report store -o later.html --compare-with one.html
well_formed later.html
sed -n '/<section id="changes"/,/<.section>/p' later.html >changes
grep -q 'Beside one.html .*2 students then, 4 now' changes || fail "changes since a page: $(sed -n 3p changes)"
grep -q 'new: 2 cells: ' changes || fail "new cells are not named"
expect 0 "" "$KDGRID" report store -o later.html --compare-with page.html
grep -q 'Nothing changed' later.html || fail "something changed in the same store"
grep -q '<section id="changes"' page.html && fail "changes where nobody asked for them"
"$KDGRID" report store -o later.html --since 2001-01-01 2>/dev/null
grep -q '0 students then, 4 now' later.html || fail "changes since a date"
"$KDGRID" report store -o later.html --since 2999-01-01 2>/dev/null
grep -q '4 students then, 4 now. Nothing changed' later.html || fail "changes since what is to come"
expect 2 "expected a day as 2026-11-29" "$KDGRID" report store -o x.html --since yesterday
expect 2 "two questions" "$KDGRID" report store -o x.html --since 2026-01-01 --compare-with page.html
expect 65 "curves.svg: no page of kdgrid report" "$KDGRID" report store -o x.html --compare-with curves.svg
expect 66 "absent.html: " "$KDGRID" report store -o x.html --compare-with absent.html
sed 's/"cells": *\[ *\[/"cells":[[7,/' page.html >spoilt.html
expect 65 "spoilt.html: the numbers of the page are damaged" "$KDGRID" report store -o x.html --compare-with spoilt.html
[ -e x.html ] && fail "a page was written where it was refused"

# ---- damage ----
cp -a store hurt
victim=$(ls -S hurt/objects/*/*.h5 | tail -n 1)
truncate -s 1000 "$victim"
expect 0 "" "$KDGRID" report hurt -o hurt.html
well_formed hurt.html
grep -q "$(basename "$victim" .h5)" hurt.html || fail "the page does not name the object that cannot be read"

# ---- failures ----
cp -a store fails
"$KDGRID" run tiny.cfg -D 'seeds=[1, 2, 3]' --store fails --memory 1 --retries 0 >/dev/null 2>&1
[ $? = 1 ] || fail "cells run in a megabyte"
expect 0 "" "$KDGRID" report fails -o fails.html
well_formed fails.html
sed -n '/<section id="failures"/,/<.section>/p' fails.html | grep -q '<td class="n">2</td>' || fail "two failures are not counted"
grep -q '2 nodes failed and are in no mean' fails.html || fail "no warning of failures"

# ---- beside a run ----
expect 2 "at least 1 second" "$KDGRID" report store -o x.html --follow --interval 0
expect 0 "4 students" "$KDGRID" report store -o still.html --follow
same still.html page.html # no run goes on: written once
sed 's/epochs = 2; batch = 16/epochs = 20000; batch = 16/; s/\[1, 2\]/[1]/; s/"none", "logit-mse"/"none"/' tiny.cfg >long.cfg
"$KDGRID" run long.cfg --store long >/dev/null 2>&1 &
run=$!
for ((i = 0; i < 600; i++)); do
  "$KDGRID" status long --json 2>/dev/null | grep -q '"devel_f1": [0-9]' && break
  sleep 0.1
done
"$KDGRID" report long -o live.html --follow --interval 1 >/dev/null 2>follow.err &
follow=$!
"$KDGRID" status long --watch --interval 0.3 >watched &
watch=$!
for ((i = 0; i < 600; i++)); do
  grep -q '<section id="running"' live.html 2>/dev/null && grep -q '<polyline class="s0 curve"' live.html && grep -q '[▁▂▃▄▅▆▇█]' watched && break
  sleep 0.1
done
[ $i -lt 600 ] || fail "no curve of a running cell after a minute: $(tail -n 2 watched)"
grep -q 'location.reload' live.html || fail "a page that is followed does not load itself again"
well_formed live.html
kill -INT $follow && wait $follow || fail "--follow ends with $? when it is asked to"
grep -q 'location.reload' live.html && fail "a page that nobody writes any more loads itself again"
"$KDGRID" report long -o live.html --follow --interval 1 2>/dev/null &
follow=$!
kill -INT $run
wait $run
wait $follow || fail "--follow does not end with its run: $?"
wait $watch || fail "status --watch does not end with its run: $?"
grep -q 'location.reload' live.html && fail "the last page loads itself again"

# ---- in a browser ----
command -v chromium >/dev/null || { [ "$failures" = 0 ] && skip "no chromium; all else passed"; finish; }
# shot NAME WIDTH HEIGHT ADDRESS: a picture of that size, and nothing on the console
shot() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --enable-logging=stderr --user-data-dir="$work/chromium" \
    --screenshot="$work/$1.png" --window-size="$2,$3" "file://$work/$4" >/dev/null 2>shot.err
  grep CONSOLE shot.err && fail "$1: the browser complains"
  [ -s "$1.png" ] || { tail -n 3 shot.err; fail "no picture $1"; return; }
  # width and height of a PNG are its bytes 16 to 23
  [ "$(od -An -tu1 -j16 -N8 "$1.png" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }')" = "$2 $3" ] || fail "$1 has another size"
  [ "$(wc -c <"$1.png")" -gt 40000 ] || fail "$1 is almost empty"
}
shot light 1100 2000 page.html
shot dark 1100 2000 'page.html?dark'
cmp -s light.png dark.png && fail "dark is as light"

# What the browser made of it: no wider than a phone, no text over another in a figure; tables that sort and hide
# columns, pictures that can be saved, marks that say what they are.
sed 's#</body>#<script>/*<![CDATA[*/\
var wide = document.documentElement.scrollWidth > innerWidth ? 1 : 0, over = 0, cut = 0;\
document.querySelectorAll("svg.chart").forEach(function (svg) {\
  var all = svg.getBoundingClientRect(), boxes = [].map.call(svg.querySelectorAll("text"), function (t) { return t.getBoundingClientRect(); });\
  boxes.forEach(function (a, i) {\
    if (a.left < all.left - 1 || a.right > all.right + 1 || a.bottom > all.bottom + 1) cut++;\
    boxes.slice(i + 1).forEach(function (b) {\
      if (a.left < b.right - 1 \&\& b.left < a.right - 1 \&\& a.top < b.bottom - 3 \&\& b.top < a.bottom - 3) over++;\
    });\
  });\
});\
var th = document.querySelectorAll("\#scores th")[0]; th.click(); th.click();\
var check = document.querySelectorAll("\#scores .columns input")[1]; check.checked = false; check.onchange();\
var hidden = document.querySelectorAll("\#scores th")[1].hidden \&\& document.querySelectorAll("\#scores td")[1].hidden;\
var saved = []; window.Blob = function (parts) { saved.push(parts[0]); }; URL.createObjectURL = function () { return "\#"; };\
[].forEach.call(document.querySelectorAll("\#tradeoff figure:first-child button"), function (b) { b.click(); });\
var svg = /^<svg [^>]*--c0:\#[^>]*><style>[^]*<circle /.test(saved[0]), csv = saved[1].split("\\n")[0];\
document.querySelector("\#tradeoff circle").dispatchEvent(new MouseEvent("click", { bubbles: true }));\
var says = document.querySelector(".said").textContent.split("\\n")[0], unnamed = document.querySelectorAll("button:empty,svg:not([aria-label])").length;\
document.body.setAttribute("data-seen", "wide=" + wide + " over=" + over + " cut=" + cut + " sort=" + th.getAttribute("aria-sort") +\
  " hidden=" + hidden + " svg=" + svg + " csv=" + csv + " says=" + says + " unnamed=" + unnamed);\
parent.postMessage(document.body.getAttribute("data-seen"), "*");\
/*]]>*/</script></body>#' page.html >seen.html
timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/chromium" --window-size=500,900 \
  --dump-dom "file://$work/seen.html" >dom 2>/dev/null
grep -o 'data-seen="[^"]*"' dom >seen || fail "the browser ran no script"
grep -q 'wide=0 over=0 cut=0 sort=descending hidden=true svg=true csv=name,size in MiB,F1 (test),sd,front,cells says=method [a-z-]* unnamed=0' seen || fail "in a browser: $(cat seen)"

# the same on a phone: a frame of its width, as a window has a least one
cat >phone.html <<'HTML'
<!DOCTYPE html><body><script>onmessage = function (e) { document.body.setAttribute("data-phone", e.data); };</script>
<iframe src="seen.html" width="360" height="800"></iframe></body>
HTML
timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --virtual-time-budget=5000 \
  --dump-dom "file://$work/phone.html" >dom 2>/dev/null
grep -o 'data-phone="[^"]*"' dom >seen
grep -q 'wide=0 over=0 cut=0 ' seen || fail "on a phone: $(cat seen)"

# and on paper, where nothing is that only a screen can do
timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --no-pdf-header-footer \
  --print-to-pdf="$work/print.pdf" "file://$work/page.html?dark" >/dev/null 2>&1
if command -v pdftotext >/dev/null; then
  pages=$(pdfinfo print.pdf | sed -n 's/^Pages: *//p')
  [ "${pages:-0}" -ge 2 ] && [ "$pages" -le 12 ] || fail "four students have ${pages:-no} pages on paper"
  pdftotext -layout print.pdf words
  grep -q 'What they get wrong' words || fail "a section is not on paper"
  grep -qE '^ *(numbers|columns|dark|light|kdgrid [0-9.]*) *$|Point at a mark' words && fail "what is for screens is on paper"
fi

finish
