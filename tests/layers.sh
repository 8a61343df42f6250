#!/usr/bin/env bash
# layers.sh - no include points upward, each foreign header stays behind its one door, and no text outside
# models/ spells a kind of network.
#
# The floors are ARCHITECTURE.md's; a file may include what is on a lower floor or in its own
# folder. Prints every breach and exits 1 when there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# floor_of FILE: its floor in $floor; no process, for there are thousands of includes
floor_of() {
  case $1 in
  harness/base/*) floor=0 ;;
  models/tensor/* | models/text/*) floor=1 ;;
  models/*) floor=2 ;;
  distill/*) floor=3 ;;
  harness/config/* | harness/store/*) floor=4 ;;
  harness/plan/* | harness/cell/* | results/* | slurm/*) floor=5 ;;
  harness/dispatch/*) floor=6 ;;
  harness/*) floor=7 ;;
  *) floor=9 ;;
  esac
}

# header (regular expression)   the files that may include it
doors='
cblas\.h                 models/tensor/gemm[a-z_]*\.c
dnnl[a-z_]*\.h           models/tensor/gemm[a-z_]*\.c
hdf5[a-z_]*\.h           harness/store/(h5|foreign)\.c|tests/store/test_foreign\.c
libconfig\.h             harness/config/source\.c
mpi\.h                   harness/dispatch/[a-z_]*\.[ch]|harness/main_mpi\.c
jansson\.h               harness/base/json\.c
xxhash\.h                harness/base/digest\.c
utf8proc\.h              models/text/unicode\.c
zip\.h                   models/weights/zip\.c
cmocka\.h                tests/.*
'

breaches=0
breach() { echo "$1"; breaches=$((breaches + 1)); }

while IFS=: read -r file line include; do
  target=${include#*\"} target=${target%%\"*}
  [ "${file%/*}" = "${target%/*}" ] && continue
  [ "${file%/*}:${target%/*}" = models/weights:models ] && continue # checkpoints of the networks
  [ -f "$target" ] || continue # made at build time
  floor_of "$file"
  own=$floor
  floor_of "$target"
  [ "$floor" -lt "$own" ] || breach "$file:$line: $target is not on a lower floor"
done < <(grep -rnE '^#include "' --include='*.c' --include='*.h' harness models distill results slurm)

while read -r header door; do
  [ -n "$header" ] || continue
  while IFS=: read -r file line _; do
    grep -qE "^($door)$" <<<"$file" || breach "$file:$line: <$header> has its door elsewhere ($door)"
  done < <(grep -rnE "^#include [<\"]([a-z]*/)?$header[>\"]" --include='*.c' --include='*.h' \
             harness models distill results slurm bench tests || true)
done <<<"$doors"

# Words in quotes that are a kind's name, as KD_MODEL_KINDS has them; comments may show one.
kinds=$(sed -n '/^#define KD_MODEL_KINDS/,/[^\\]$/s/^ *X([A-Z0-9]*, \([a-z0-9]*\)).*/\1/p' models/model.h | paste -sd '|')
[ -n "$kinds" ] || breach "models/model.h: there is no table of kinds"
while IFS=: read -r file line _; do
  breach "$file:$line: spells a kind of network; ask its kd_model_kind (models/model.h)"
done < <(grep -rnE "\"([^\"]*[^\"A-Za-z0-9_-])?($kinds)([^\"A-Za-z0-9_-][^\"]*)?\"" --include='*.c' --include='*.h' \
           harness distill results slurm | grep -vE '^[^:]*:[0-9]*: *(\*|/\*)')

[ "$breaches" = 0 ] || { echo "layers: $breaches breaches"; exit 1; }
echo "layers: every include points downward, every foreign header stays behind its door, no kind is spelled"
