#!/usr/bin/env bash
# ids.sh - the cells of the shipped experiments, and of a study of every kind of network, keep their ids, so that
# what a store holds is found again.
#
# An id that has to change is a new KD_SCHEMA_VERSION or KD_NUMERICS_VERSION (harness/config/resolved.h), or that of
# cells which compute something else by a new default, as those with soft losses did by distill.rows.
# Then, with KDGRID_DATA naming the corpora:  bash tests/plan/ids.sh --print >tests/golden/ids.txt
set -uo pipefail
: "${KDGRID:?the path of the program}" "${KDGRID_SOURCE:?the folder of the sources}"
export KDGRID_DATA=${KDGRID_DATA:-$KDGRID_SOURCE/../shared/data}
golden=$KDGRID_SOURCE/tests/golden/ids.txt

studies=("$KDGRID_SOURCE"/experiments/*.cfg "$KDGRID_SOURCE/tests/plan/kinds.cfg")

# wants_more FILE: than a corpus, published checkpoints or vectors; it has a profile that needs no files.
wants_more() { grep -qE '^  full  *= |"student\.vectors"|init = "all-MiniLM' "$1"; }

# ids_of FILE: "NAME ID" for each cell, in the order of the study.
ids_of() {
  local profile=()
  wants_more "$1" && profile=(--profile smoke)
  "$KDGRID" plan "$1" ${profile[@]+"${profile[@]}"} --explain |
    awk -v name="$(basename "$1" .cfg)" '$2 ~ /^[0-9a-f]+$/ && length($2) == 32 { print name, $2 }'
}
# corpus_of FILE: the folder of files that it needs, or nothing.
corpus_of() { wants_more "$1" || sed -n '/"synth"/d; s/^ *corpus *= "\(.*\)";.*/\1/p' "$1"; }

if [ "${1:-}" = --print ]; then
  for file in "${studies[@]}"; do ids_of "$file"; done
  exit
fi

failures=0
for file in "${studies[@]}"; do
  name=$(basename "$file" .cfg) corpus=$(corpus_of "$file")
  if [ -n "$corpus" ] && [ ! -d "$KDGRID_DATA/$corpus" ]; then
    echo "skipped: $name, there is no $corpus"
    continue
  fi
  want=$(grep "^$name " "$golden") || { echo "FAILED: $name has no ids in $golden"; failures=1; continue; }
  [ "$(ids_of "$file")" = "$want" ] && continue
  echo "FAILED: the ids of $name are others"
  diff <(ids_of "$file") <(echo "$want") | head -n 6
  failures=1
done
[ $failures = 0 ] && echo passed
exit $failures
