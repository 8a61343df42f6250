#!/usr/bin/env bash
# make.sh - the pictures of docs/REPORT.md, by the program itself: bash docs/pictures/make.sh [KDGRID]
# The quickstart takes half a minute of two cores; with KDGRID_DATA the study of jnlpba.cfg is run too.
set -euo pipefail
cd "$(dirname "$0")/../.."
kdgrid=${1:-build/release/bin/kdgrid}
stores=${STORES:-$(mktemp -d)} # kept where the caller names it: what is done is not done again

"$kdgrid" run experiments/quickstart.cfg --store "$stores/quickstart" -n 2 >/dev/null
for kind in curves tradeoff differences; do
  "$kdgrid" plot $kind "$stores/quickstart" -o docs/pictures/$kind.svg
done
if [ -n "${KDGRID_DATA:-}" ]; then
  "$kdgrid" run docs/pictures/jnlpba.cfg --store "$stores/jnlpba" -n 2 >/dev/null
  for kind in curves differences heat errors; do
    "$kdgrid" plot $kind "$stores/jnlpba" -o docs/pictures/jnlpba-$kind.svg
  done
fi
