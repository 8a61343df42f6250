#!/usr/bin/env bash
# report.sh - figures of a store, and its page: whole, without a network, and looked at in a browser.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg

"$KDGRID" run tiny.cfg --store store >/dev/null 2>log || { cat log; fail "the study does not run"; }

# well_formed FILE...: XML that a parser of another make reads
well_formed() {
  command -v xmllint >/dev/null || { echo "no xmllint: files are not parsed"; return; }
  xmllint --noout "$@" 2>err || { head -n 5 err; fail "not well formed: $*"; }
}

# ---- figures ----
for kind in curves tradeoff differences heat time; do
  expect 0 "" "$KDGRID" plot $kind store -o $kind.svg
  grep -q '<svg xmlns' $kind.svg || fail "$kind.svg is no SVG"
  grep -q 'cells\?: [0-9a-f]\{7\}' $kind.svg || fail "$kind.svg does not name its cells"
  well_formed $kind.svg
done
"$KDGRID" plot curves store -o again.svg && same curves.svg again.svg
expect 2 "did you mean curves?" "$KDGRID" plot curvs store -o x.svg
expect 2 "-o FILE.svg" "$KDGRID" plot curves store
expect 0 "" "$KDGRID" plot curves store --where seed=1 -o one.svg
grep -q 'class="s[0-9] fill band"' one.svg && fail "one seed has a band"
expect 2 "there are 1, 2" "$KDGRID" plot curves store --where seed=7 -o x.svg

finish
