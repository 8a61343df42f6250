#!/usr/bin/env bash
# layers.sh - no include points upward, each foreign header stays behind its one door, neither a kind of
# network nor a method of distillation is spelled outside its own folder, and a type's name is one thing.
#
# The floors are ARCHITECTURE.md's; a file may include what is on a lower floor or in its own
# folder. Prints every breach and exits 1 when there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# floor_of FILE: its floor in $floor; no process, for there are thousands of includes
floor_of() {
  case $1 in
  harness/base/*) floor=1 ;;
  models/tensor/* | models/text/* | models/onnx/* | harness/store/* | results/chart/*) floor=2 ;;
  results/page/*) floor=11 ;;
  models/weights/*) floor=4 ;;
  models/*) floor=3 ;;
  distill/* | harness/ledger/*) floor=5 ;;
  harness/config/* | harness/child/* | harness/fetch/*) floor=6 ;;
  harness/plan/* | harness/objects/* | results/* | slurm/*) floor=7 ;;
  harness/cell/*) floor=8 ;;
  harness/dispatch/* | harness/use/*) floor=9 ;;
  harness/review/* | harness/chaos/*) floor=10 ;;
  harness/cmd/cmd.h | harness/cmd/verbs.h | harness/cmd/finding.h) floor=11 ;;
  harness/cmd/*) floor=12 ;;
  harness/*) floor=13 ;;
  *) floor=99 ;;
  esac
}

# header (regular expression)   the files that may include it
doors='
cblas\.h                 models/tensor/gemm[a-z_]*\.c
dnnl[a-z_]*\.h           models/tensor/gemm[a-z_]*\.c
hdf5[a-z_]*\.h           harness/store/h5_internal\.h|tests/(store/test_foreign|hostile/make_h5|fuzz/h5_seeds)\.c
harness/store/h5_internal\.h  harness/store/(h5[a-z_]*|foreign)\.c
libconfig\.h             harness/config/source\.c
mpi\.h                   harness/dispatch/(coordinator|exchange|ranks|worker)\.c
jansson\.h               harness/base/json\.c
xxhash\.h                harness/base/digest\.c
utf8proc\.h              models/text/unicode\.c
zip\.h                   models/weights/zip\.c
zlib\.h                  harness/base/stream_gzip\.c
zstd\.h                  harness/base/stream_zstd\.c
microhttpd\.h            harness/use/http\.c
curl/curl\.h             harness/fetch/download\.c
models/onnx/messages\.pb-c\.h  models/onnx/onnx\.c|tests/onnx/.*\.c
harness/config/schema\.h  (harness|tests)/.*
harness/config/grid\.h    (harness/config|tests)/.*
cmocka\.h                tests/.*
'

breaches=0
breach() { echo "$1"; breaches=$((breaches + 1)); }

while IFS=: read -r file line include; do
  target=${include#*\"} target=${target%%\"*}
  [ "${file%/*}" = "${target%/*}" ] && continue
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

# Every file of a method has its row, and whoever is above asks for a method's traits. "none" is a word
# of many lists.
while IFS=: read -r file row; do
  row=${row#const kd_method kd_method_} row=${row%% *}
  grep -qw "X($row)" distill/methods.h || breach "$file: distill/methods.h has no row $row"
done < <(grep -E '^const kd_method kd_method_[a-z_]+ =' distill/*.c)
while IFS= read -r name; do
  [ "$name" = none ] && continue
  while IFS=: read -r file line _; do
    breach "$file:$line: names the method $name"
  done < <(grep -rn "\"$name\"" --include='*.c' --include='*.h' harness results slurm)
done < <(sed -n 's/^ *\.name = "\(.*\)",$/\1/p' distill/method_*.c)

# Words in quotes that are a kind's name, as KD_MODEL_KINDS has them; comments may show one, and addresses.
kinds=$(sed -n '/^#define KD_MODEL_KINDS/,/[^\\]$/s/^ *X([A-Z0-9]*, \([a-z0-9]*\)).*/\1/p' models/model.h | paste -sd '|')
[ -n "$kinds" ] || breach "models/model.h: there is no table of kinds"
while IFS=: read -r file line _; do
  breach "$file:$line: spells a kind of network; ask its kd_model_kind (models/model.h)"
done < <(grep -rnE "\"([^\"]*[^\"A-Za-z0-9_/-])?($kinds)([^\"A-Za-z0-9_/-][^\"]*)?\"" --include='*.c' --include='*.h' \
           harness distill results slurm | grep -vE '^[^:]*:[0-9]*: *(\*|/\*)')

# Prints "NAME FILE:LINE" for each typedef: the word before a parameter list or the last word, comments and
# what stands in braces left aside.
types_of() {
  awk 'FNR == 1 { text = ""; is_comment = 0 }
       {
         line = $0
         gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
         if (is_comment) { if (!sub(/.*\*\//, "", line)) next; is_comment = 0 }
         if (sub(/\/\*.*/, "", line)) is_comment = 1
         if (text == "") {
           if (line !~ /^typedef[ \t]/) next
           begin = FNR
         }
         text = text " " line
         while (gsub(/\{[^{}]*\}/, "", text)) {}
         if (text ~ /\{/ || text !~ /;/) next
         sub(/;.*/, "", text)
         if (match(text, /\( *\* *[a-z_0-9]+ *\) *\(/)) text = substr(text, RSTART, RLENGTH)
         else {
           gsub(/__attribute__ *\(\(.*\)\)|KD_VEC\([^()]*\)/, "", text)
           sub(/\(.*/, "", text)
           sub(/\[.*/, "", text)
         }
         gsub(/[^A-Za-z_0-9]+$/, "", text)
         gsub(/.*[^A-Za-z_0-9]/, "", text)
         print text, FILENAME ":" begin
         text = ""
       }' "$@"
}

# A public type has its name to itself; what only one file knows may be named by a plain word again elsewhere.
mapfile -t headers < <(find harness models distill results slurm -name '*.h')
mapfile -t sources < <(find harness models distill results slurm -name '*.c')
while read -r name places; do
  breach "the type $name is defined more than once: $places"
done < <({ types_of "${headers[@]}" | sed 's/^/h /'; types_of "${sources[@]}" | sed 's/^/c /'; } |
           awk '{ places[$2] = places[$2] " " $3; count[$2]++ }
                $1 == "h" || $2 ~ /^kd_/ { is_public[$2] = 1 }
                END { for (name in count) if (count[name] > 1 && is_public[name]) print name places[name] }')

[ "$breaches" = 0 ] || { echo "layers: $breaches breaches"; exit 1; }
echo "layers: includes point downward, foreign headers stay behind their doors, closed sets in their folders, types have one name"
