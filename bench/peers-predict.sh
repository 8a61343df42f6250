#!/usr/bin/env bash
# peers-predict.sh - sentences a second of trained taggers, ours beside ONNX Runtime's, of the same networks in one run.
#
#   bench/peers-predict.sh [NETWORK...]       small bilstm tinybert minilm (all)
#
# Each network is made by a study of one update and exported by `kdgrid model export --format onnx`. Sentences are those of
# a corpus. Four comparisons, of f32 with f32 and int8 with int8, each a row:
#
#   batches of 32, sorted     `kdgrid bench infer` beside the network in ONNX Runtime, both in batches of neighbours by length:
#                             packed here, padded there, though next to nothing is left to pad
#   batches of 32, as read    the same of ours, which sorts whatever it is given; the other side pads batches of neighbours in the
#                             file, as a script does that takes sentences as they come
#   one at a time             one sentence a batch on both sides, in the order of the file
#   predict, words to JSON    `kdgrid predict` from words to JSON, cutting and writing included, beside ONNX Runtime's network
#                             alone in sorted batches of 32
#
# Then a million sentences through `kdgrid predict` and the small BiLSTM.
# Both sides run in turn; medians of ROUNDS, and a ratio is the median of those of single rounds.
#
#   KDGRID              the program (build/release/bin/kdgrid)
#   KDGRID_ONNXRUNTIME  folder in which `npm install onnxruntime-node` was run
#   CORPUS              words and tags, a word a line ($KDGRID_DATA/BC2GM/devel.tsv where it is, else invented sentences)
#   SENTENCES           of it, at most (2000)
#   THREADS             of both sides (2)
#   STEPS               batches of 32 that are measured, and ten times as many single sentences (60)
#   SECONDS_EACH        that a run of `kdgrid predict` takes at least, by reading the corpus again and again (3)
#   ROUNDS              of each comparison (3)
#   MILLION             sentences of the last one (1000000); 0 leaves it out
#
# Needs node, and GNU time for the memory of the last one.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
kdgrid=${KDGRID:-$root/build/release/bin/kdgrid}
packages=${KDGRID_ONNXRUNTIME:-}
corpus=${CORPUS:-${KDGRID_DATA:-}/BC2GM/devel.tsv}
sentences=${SENTENCES:-2000} threads=${THREADS:-2} steps=${STEPS:-60} rounds=${ROUNDS:-3} million=${MILLION:-1000000} seconds=${SECONDS_EACH:-3}
[ $# -gt 0 ] || set -- small bilstm tinybert minilm
[ -x "$kdgrid" ] || { echo "peers-predict.sh: no program at $kdgrid (KDGRID)" >&2; exit 1; }
[ -d "$packages/node_modules/onnxruntime-node" ] || { echo "peers-predict.sh: KDGRID_ONNXRUNTIME names no folder with onnxruntime-node" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# field KEY: the number behind "KEY": in one line of JSON
field() { sed -nE "s/.*\"$1\": ?([-0-9.e+]+).*/\1/p"; }
# median: the middle one of the numbers on standard input
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'; }

network() {
  case $1 in
  small) echo 'kind = "bilstm"; layers = 1; embedding = 64; hidden = 64; classifier = 0;' ;;
  bilstm) echo 'kind = "bilstm"; layers = 2; embedding = 300; hidden = 300; classifier = 256;' ;;
  tinybert) echo 'kind = "bert"; layers = 4; hidden = 312; heads = 12; ffn = 1200; pooler = false;' ;;
  minilm) echo 'kind = "bert"; layers = 6; hidden = 384; heads = 12; ffn = 1536; pooler = false;' ;;
  *) echo "peers-predict.sh: no network is called $1" >&2; exit 2 ;;
  esac
}

# The corpus: its first sentences to train on, eight of them as other splits, which nothing is asked of.
mkdir "$work/corpus"
if [ -f "$corpus" ]; then
  awk -v most="$sentences" 'BEGIN { RS = ""; ORS = "\n\n" } NR <= most' "$corpus" >"$work/corpus/train.tsv"
else
  "$kdgrid" data synth --sentences "$sentences" -o "$work/invented" >/dev/null
  cp "$work/invented/train.tsv" "$work/corpus/train.tsv"
fi
for split in devel test; do awk 'BEGIN { RS = ""; ORS = "\n\n" } NR <= 8' "$work/corpus/train.tsv" >"$work/corpus/$split.tsv"; done
count=$(awk 'BEGIN { RS = "" } END { print NR }' "$work/corpus/train.tsv")

# make NETWORK: its model in $work/NETWORK.h5, graphs in NETWORK.f32 and .int8
make() {
  local settings
  settings=$(network "$1")
  cat >"$work/$1.cfg" <<CFG
study = {
  name = "$1"; task = "ner"; seeds = [1];
  data = { corpus = "$work/corpus"; vocab_size = 4000; max_pieces = 256; };
  student = { $settings };
  train = { steps = 1; batch = 8; };
};
CFG
  "$kdgrid" run "$work/$1.cfg" --store "$work/$1.store" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
  id=$("$kdgrid" ls "$work/$1.store" --role student --csv 2>/dev/null | sed -n '2s/,.*//p')
  cp "$work/$1.store/objects/${id:0:2}/$id.h5" "$work/$1.h5"
  for precision in f32 int8; do
    "$kdgrid" model export best --store "$work/$1.store" --format onnx --precision $precision -o "$work/$1.$precision" 2>/dev/null
  done
  awk -F '\t' 'NF { printf "%s%s", between, $1; between = " "; next } { print ""; between = "" }' "$work/corpus/train.tsv" |
    "$kdgrid" data tokenize --vocab "$work/$1.f32/tokenizer.json" | awk '{ print NF }' >"$work/$1.lengths"
}

# ours NETWORK PRECISION BATCH STEPS, theirs the same and ORDER: sentences a second
ours() {
  "$kdgrid" bench infer --model "$work/$1.h5" --lengths "$work/$1.lengths" --precision "$2" --batch "$3" --steps "$4" \
    --threads "$threads" --json | field sentences_per_s
}
theirs() {
  env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE node "$root/bench/peers-predict.js" "$packages" "$work/$1.$2/model.onnx" \
    "$work/$1.lengths" "$threads" "$4" "$3" "$5" | field sentences_per_s
}
# predicted NETWORK PRECISION: the same of `kdgrid predict` on the corpus, given so many times in one run, all included
predicted() {
  local begin end files=()
  for ((i = 0; i < repeats; i++)); do files+=("$work/corpus/train.tsv"); done
  begin=$(date +%s%N)
  "$kdgrid" predict best --store "$work/$1.store" "${files[@]}" --precision "$2" --threads "$threads" --json >"$work/said" 2>"$work/log" ||
    { cat "$work/log" >&2; return 1; }
  end=$(date +%s%N)
  awk -v n="$((count * repeats))" -v ns="$((end - begin))" 'BEGIN { print 1e9 * n / ns }'
}

# row NETWORK PRECISION WORDS OURS-COMMAND BATCH STEPS ORDER: rounds in turn, and a line of their medians
row() {
  local at=$work/row a b
  rm -f "$at".*
  for ((round = 0; round < rounds; round++)); do
    b=$(theirs "$1" "$2" "$5" "$6" "$7")
    a=$("$4" "$1" "$2" "$5" "$6")
    echo "$a" >>"$at.ours"
    echo "$b" >>"$at.theirs"
    ratio "$a" "$b" >>"$at.ratio"
  done
  printf '| %-8s | %-4s | %-30s | %10.1f | %12.1f | %6.2f |\n' "$1" "$2" "$3" "$(median <"$at.ours")" "$(median <"$at.theirs")" "$(median <"$at.ratio")"
}

echo "$("$kdgrid" version | head -n 1); $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); $threads threads;" \
  "onnxruntime-node $(sed -n 's/^  "version": "\(.*\)".*/\1/p' "$packages/node_modules/onnxruntime-node/package.json"); $count sentences"
printf '| %-8s | %-4s | %-30s | %10s | %12s | %6s |\n' network "" "sentences a second" kdgrid "ONNX Runtime" ratio
printf '| %-8s | %-4s | %-30s | %10s | %12s | %6s |\n' --- --- --- ---: ---: ---:
for name in "$@"; do
  make "$name"
  for precision in f32 int8; do
    row "$name" $precision "batches of 32, sorted" ours 32 "$steps" sorted
    row "$name" $precision "batches of 32, as read" ours 32 "$steps" file
    row "$name" $precision "one at a time" ours 1 $((10 * steps)) file
    repeats=1
    repeats=$(awk -v rate="$(predicted "$name" $precision)" -v n="$count" -v s="$seconds" 'BEGIN { print int(rate * s / n) + 1 }')
    row "$name" $precision "predict, words to JSON" predicted 32 "$steps" sorted
  done
done

[ "$million" -gt 0 ] || exit 0
[ -d "$work/small.store" ] || make small
for ((n = 0; n < million; n += count)); do cat "$work/corpus/train.tsv"; done >"$work/million.tsv"
/usr/bin/time -f '%e %M' -o "$work/time" "$kdgrid" predict best --store "$work/small.store" "$work/million.tsv" --threads "$threads" --json \
  >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
awk -v n="$n" '{ printf "%d sentences through the small BiLSTM, words to JSON: %.1f s, %.0f MiB at most\n", n, $1, $2 / 1024 }' "$work/time"
