#!/usr/bin/env bash
# manual.sh - a page for each verb and for the experiment file, with all that the help says, that formatters like.
. "$(dirname "$0")/common.sh"
cd "$work"
expect 0 '' "$KDGRID" manual pages
expect 2 'something is missing' "$KDGRID" manual

# Words as a reader sees them: the macros' escapes undone.
plain() { sed -e 's/\\f[BIR]//g; s/\\&//g; s/\\-/-/g; s/\\e/\\/g; s/\\(ga/`/g; s/\\(ha/^/g; s/\\(ti/~/g' "$1"; }

# fits WORD...: its help is no wider than a terminal.
fits() {
  "$KDGRID" help "$@" | awk 'length > 80 { print; bad = 1 } END { exit bad }' >wide || fail "help $*: $(cat wide)"
}

verbs_of() { "$KDGRID" help $1 | awk '/^  [a-z]/ { print $1 }'; }

# check_page PAGE VERB...: it has each option of the verb and the summary in its owner's list.
check_page() {
  local page=pages/man1/$1.1 option
  shift
  [ -s "$page" ] || { fail "no page $page"; return; }
  fits "$@"
  plain "$page" >plain
  while read -r option; do
    grep -qE -- "(^|, )$option( |\$)" plain || fail "$page does not have $option"
  done < <("$KDGRID" help "$@" | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -- '--.*')
}
count=1
for verb in $("$KDGRID" help | awk '/^verbs:/ { on = 1; next } /^$/ { on = 0 } on && $1 != "help" { print $1 }'); do
  check_page "kdgrid-$verb" "$verb"
  count=$((count + 1))
  grep -q "kdgrid.-$verb" pages/man1/kdgrid.1 || fail "kdgrid.1 does not refer to $verb"
  "$KDGRID" help "$verb" | grep -q "^usage: kdgrid $verb VERB" || continue
  for below in $(verbs_of "$verb"); do
    check_page "kdgrid-$verb-$below" "$verb" "$below"
    count=$((count + 1))
  done
done
[ "$(ls pages/man1 | wc -l)" = "$count" ] || fail "$(ls pages/man1 | wc -l) pages, expected $count"

fits
"$KDGRID" help >overview
"$KDGRID" help help | cmp -s - overview || fail "help of help is another page"
expect 0 "" "$KDGRID" help score
grep -qF '`kdgrid help data score` is about another verb' out || fail "two verbs are called score: $(tail -n 2 out)"
expect 0 "" "$KDGRID" help tensors
grep -q 'another verb' out && fail "there is one verb tensors"

plain pages/man5/kdgrid.cfg.5 >plain
for key in $("$KDGRID" help config | sed -nE 's/^\| `([a-z_.0-9]+)` \| (text|int|real|bool) .*/\1/p'); do
  grep -qF "$key (" plain || fail "kdgrid.cfg.5 does not have $key"
done

# Formatters: what groff warns of; of mandoc, all but the date that there is none of and widths of lines.
if command -v groff >/dev/null; then
  said=$(groff -k -man -ww -Tutf8 -z pages/man?/* 2>&1)
  [ -z "$said" ] || fail "groff: $(head -n 3 <<<"$said")"
fi
if command -v mandoc >/dev/null; then
  mandoc -Tlint -W warning pages/man?/* | grep -v 'missing date' >said
  [ ! -s said ] || fail "mandoc: $(head -n 3 said)"
fi
finish
