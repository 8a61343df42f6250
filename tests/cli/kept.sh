#!/usr/bin/env bash
# kept.sh - a store that is kept without weights prints and checks its tables; what needs the weights says where they are gone; a run
# makes them again; the whole store takes its place. Stores in results/published agree with docs/RESULTS.md.
. "$(dirname "$0")/common.sh"

# published FOLDER PAGE: each store in it holds the tables that the page has.
published() {
  local store
  for store in "$1"/*/; do
    [ -d "$store/objects" ] || continue
    expect 0 '' "$KDGRID" table "$store" --check "$2"
    expect 0 '' "$KDGRID" fsck "$store"
    [ -z "$(find "$store/objects" -name '*.h5' -size +1M)" ] || fail "$store: an object of more than 1 MB"
  done
}
published "$KDGRID_SOURCE/results/published" "$KDGRID_SOURCE/docs/RESULTS.md"
# What training took in all may be more than what is told of the attempt that ended it.
expect 0 '' "$KDGRID" show e84e2f0 --store "$KDGRID_SOURCE/results/published/bc2gm-labels"
cd "$work"
grep -qx 'took  *3 min 5 s from a checkpoint on, 20 min 3 s of training in all, .*' out || fail "show: $(grep ^took out)"

write_tiny_study tiny.cfg
"$KDGRID" data synth --sentences 120 --devel 40 --test 60 -o corpus >/dev/null || fail "no corpus was invented"
sed -i 's/corpus = "synth"/corpus = "corpus"/' tiny.cfg
echo 'tables = ( { name = "tiny"; rows = ["distill.method"]; metrics = ["f1", "size_mib"]; } );' >>tiny.cfg
expect 0 '' "$KDGRID" run tiny.cfg --store whole --progress=none
expect 0 '' "$KDGRID" table whole
cp out page.md
mkdir published
expect 0 '' "$KDGRID" merge whole -o published/tiny --without-weights
published published page.md
sed 's/0\.[0-9]/0.9/' page.md >other.md
expect 3 '' "$KDGRID" table published/tiny --check other.md
expect 0 '' "$KDGRID" report published/tiny -o page.html
grep -q '<h1>tiny</h1>' page.html || fail "a merged store's page has another name than its study"
# errors are counted with the corpus, which is left out, and the page and the figure say so
sed -n '/<section id="errors"/,/<.section>/p' page.html | grep -q 'was left out when it was kept' || fail "the page does not say why no errors are counted"
expect 65 'nothing to draw as errors: cell' "$KDGRID" plot errors published/tiny -o errors.svg

# What reads stores reads it as the whole one.
for words in "table STORE" "table STORE --sources" "ls STORE" "aggregate STORE --by distill.method" "compare STORE --among distill.method" \
  "ls STORE --csv --sort id --columns id,state,role,student.hidden,test.entity_strict.f1,time.train_s"; do
  # shellcheck disable=SC2086
  "$KDGRID" ${words/STORE/whole} >said-whole 2>/dev/null || fail "$words: of the whole store"
  # shellcheck disable=SC2086
  "$KDGRID" ${words/STORE/published\/tiny} >said-kept 2>/dev/null || fail "$words: of the kept store"
  same <(sed 's/published.tiny/whole/g' said-kept) said-whole
done
# It says nothing of the machine: neither its name nor where files lay.
[ -n "$(find whole/objects -name '*.h5' -exec grep -l "$work" {} +)" ] || fail "the whole store has no paths that could be left out"
[ -z "$(find published/tiny/objects -name '*.h5' -exec grep -l "$work" {} +)" ] || fail "the kept store says where files lay"
host() { "$KDGRID" show "$1" --store "$2" --json | grep -c '"host": "..*"'; }
[ "$(host best whole)$(host best published/tiny)" = 10 ] || fail "the kept store says on which host it was"
id=$("$KDGRID" ls whole --csv 2>/dev/null | awk -F, 'NR == 2 { print $1 }')
expect 0 '' "$KDGRID" show "$id" --store published/tiny
grep -qx 'state *done' out || fail "the kept cell is not done: $(grep '^state' out)"
grep -q ' $' out && fail "lines of show end with blanks"
expect 0 '' "$KDGRID" log "$id" --store published/tiny
grep -q ' $' out && fail "lines of log end with blanks"
# Folders were left out, so a setting is as the study said it, and not the rest of a path.
"$KDGRID" show "$id" --store published/tiny --study >again.cfg || fail "show --study"
grep -q '^ *corpus = "corpus";' again.cfg || fail "the kept cell's corpus is $(grep 'corpus =' again.cfg)"
expect 0 '' "$KDGRID" status published/tiny
expect 0 '' "$KDGRID" report published/tiny -o page.html

# What needs them says so.
echo 'a gene' >text.txt
expect 65 'was left out when it was kept' "$KDGRID" predict "$id" text.txt --store published/tiny
expect 65 'was left out when it was kept' "$KDGRID" model export "$id" --store published/tiny -o out-model

# A run makes all of it again, to the same contents; and the whole store takes its place by itself.
expect 0 '' "$KDGRID" plan tiny.cfg --store published/tiny
grep -q '^tiny: 4 cells, 0 done' out || fail "a run would not make the cells again"
cp -r published/tiny again
expect 0 '' "$KDGRID" run tiny.cfg --store again --progress=none
[ -z "$(find again/objects -name '*.kept.h5')" ] || fail "what was made again is still there without its weights"
expect 0 '' "$KDGRID" merge whole again -o both
grep -q ' 0 differ' out || fail "what was made again has other contents"
expect 0 '' "$KDGRID" merge published/tiny whole -o joined
[ -z "$(find joined/objects -name '*.kept.h5')" ] || fail "the whole objects did not take the place of the kept ones"
expect 0 '' "$KDGRID" fsck joined
expect 0 '' "$KDGRID" gc published/tiny tiny.cfg
published published page.md

finish
