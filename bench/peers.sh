#!/usr/bin/env bash
# peers.sh - our training, distillation, masked words and inference beside other programs', same lengths, same machine.
#
#   bench/peers.sh [train|distill|mlm|infer|all] [MODEL...]      distill is of the BiLSTM alone, mlm of tinybert and minilm
#   bench/peers.sh all minilm mobilebert albert
#
# A step of masked words: rows of ROWS pieces, 15 of 100 chosen, vocabulary and batch the same on both sides. PyTorch decodes
# all pieces of a row, as the usual library does, and takes the chosen ones' logits from these; ours decodes the chosen ones.
#
# Models are those of `kdgrid bench`: bilstm tinybert minilm distilbert mobilebert albert bert. Prints a table: ours, theirs, ratio, the part of the machine's own peak, peak memory. Both sides run in turn,
# so that what else the machine does hits both; a ratio is the median of those of single rounds.
#
#   KDGRID          the program (build/release/bin/kdgrid)
#   KDGRID_PEERS    folder with torch_peer.py, ort_peer.js
#   KDGRID_LENGTHS  folder with bc2gm_train_lengths.txt and bc2gm_devel_lengths.txt
#   THREADS         of both sides (1)
#   ROWS            pieces of a row of `mlm`, one or more ("128 256"), and how many rows are a batch, MLM_BATCH (16);
#                   MLM_STEPS (2) are measured, after one that is not on the other side and three on ours
#   RUNS            how often each row is measured (1); each run prints its own line
#   STEPS           training steps that are measured on our side (20); PEER_STEPS on theirs (5)
#   REPEATS         epochs of 20 steps of each kind in `distill` (5)
#   ROUNDS          of a model in `train`, `mlm` and `infer`, theirs and ours in turn; medians are printed (3)
#   NODE_PATH       where node finds onnxruntime-node
#
# A variable that would keep a peer's BLAS from choosing the kernels for this CPU is unset for the peer.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
kdgrid=${KDGRID:-$root/build/release/bin/kdgrid}
peers=${KDGRID_PEERS:-$root/../shared/tools/peers}
lengths=${KDGRID_LENGTHS:-$root/../shared/data/bench}
threads=${THREADS:-1} runs=${RUNS:-1} steps=${STEPS:-20} peer_steps=${PEER_STEPS:-5} repeats=${REPEATS:-5} rounds=${ROUNDS:-3}
rows=${ROWS:-128 256} mlm_batch=${MLM_BATCH:-16} mlm_steps=${MLM_STEPS:-2}
python=${PYTHON:-/usr/bin/python3}
networks=$root/bench/peers_networks.py
what=${1:-all}
[ $# -gt 0 ] && shift

[ -x "$kdgrid" ] || { echo "peers.sh: no program at $kdgrid (KDGRID)" >&2; exit 1; }
[ -f "$peers/torch_peer.py" ] || { echo "peers.sh: no peers in $peers (KDGRID_PEERS)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# field KEY: the number behind "KEY": in one line of JSON
field() { sed -E "s/.*\"$1\": ?([-0-9.e+]+).*/\1/"; }
peer() { env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_NUM_THREADS="$threads" "$@"; }

line() { # work, precision, ours, theirs, ratio, share of peak, MiB
  printf '| %-18s | %-9s | %10s | %10s | %6s | %6s | %6s |\n' "$@"
}

# median: the middle one of the numbers on standard input
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }

# row NAME PRECISION AT FORMAT SHARE: a line of the medians in AT.*
row() {
  line "$1" "$2" "$(printf "$4" "$(median <"$3.$2.ours")")" "$(printf "$4" "$(median <"$3.theirs")")" \
    "$(printf %.2f "$(median <"$3.$2.ratio")")" "$5" "$(printf %.0f "$(median <"$3.$2.mib")")"
}

# steps_of MODEL WORDS: training steps of both sides in turn, and a row of each precision; what the step is, is in the arrays
# `on_ours` and `on_theirs`, options of `kdgrid bench step` and of torch_peer.py.
steps_of() {
  local model=$1 at=$work/$1.steps precision theirs ours rate
  rm -f "$at".*
  for _ in $(seq "$rounds"); do
    theirs=$(peer "$python" "$networks" "$peers" train --model "$model" --threads "$threads" "${on_theirs[@]}" | field tokens_per_s)
    echo "$theirs" >>"$at.theirs"
    for precision in f32 bf16; do
      ours=$("$kdgrid" bench step --model "$model" --precision "$precision" --threads "$threads" --json "${on_ours[@]}")
      rate=$(field tokens_per_s <<<"$ours")
      echo "$rate" >>"$at.$precision.ours"
      awk "BEGIN { print $rate / $theirs }" >>"$at.$precision.ratio"
      field share_of_peak <<<"$ours" >>"$at.$precision.share"
      field peak_mib <<<"$ours" >>"$at.$precision.mib"
    done
  done
  for precision in f32 bf16; do
    row "$2" "$precision" "$at" %.0f "$(awk "BEGIN { printf \"%.0f %%\", 100 * $(median <"$at.$precision.share") }")"
  done
}

train() {
  local on_ours=(--lengths "$lengths/bc2gm_train_lengths.txt" --steps "$steps")
  local on_theirs=(--mode train --lengths "$lengths/bc2gm_train_lengths.txt" --batch 32 --steps "$peer_steps")
  steps_of "$1" "$1 train"
}

# The vocabulary is that of `kdgrid bench`.
mlm() {
  local pieces on_ours on_theirs
  for pieces in $rows; do
    on_ours=(--words asked --row "$pieces" --batch "$mlm_batch" --steps "$mlm_steps" --warmup 3)
    on_theirs=(--mode mlm --row "$pieces" --vocab 28996 --batch "$mlm_batch" --steps "$mlm_steps" --warmup 1)
    steps_of "$1" "$1 mlm $pieces"
  done
}

# Theirs asks a BERT of base size in every step; ours has asked it once for 30 epochs.
distill() {
  local theirs ours
  theirs=$(peer "$python" "$peers/torch_peer.py" --model bilstm --mode distill \
    --lengths "$lengths/bc2gm_train_lengths.txt" --batch 32 --steps "$peer_steps" \
    --threads "$threads" | field tokens_per_s)
  for precision in f32 bf16; do
    ours=$("$kdgrid" bench distill --precision "$precision" --threads "$threads" --repeats "$repeats" \
      --lengths "$lengths/bc2gm_train_lengths.txt" --json)
    local rate costs
    rate=$(field distillation_tokens_per_s <<<"$ours")
    costs=$(awk "BEGIN { printf \"%+.1f %%\", 100 * ($(rate_of 'hard labels') / $(rate_of 'targets f32') - 1) }")
    line "bilstm distill" "$precision" "$(printf %.0f "$rate")" "$(printf %.0f "$theirs")" \
      "$(awk "BEGIN { printf \"%.2f\", $rate / $theirs }")" "" ""
    echo "  an epoch with stored targets, against hard labels: $costs ($precision)"
  done
}

# rate_of KIND: tokens a second of a kind of epoch in $ours
rate_of() { sed -E "s/.*\"$1\": ?\{[^}]*\"tokens_per_s\": ?([0-9.e+]+).*/\1/" <<<"$ours"; }

infer() {
  local model=$1 at=$work/$1.infer precision theirs ours ms
  [ -f "$work/$model.onnx" ] || peer "$python" "$networks" "$peers" export "$work" "$model" >/dev/null
  rm -f "$at".*
  for _ in $(seq "$rounds"); do
    theirs=$(peer node "$peers/ort_peer.js" "$work/$model.onnx" \
      "$lengths/bc2gm_devel_lengths.txt" "$threads" 200 | field ms_per_step_median)
    echo "$theirs" >>"$at.theirs"
    for precision in f32 bf16 int8; do
      ours=$("$kdgrid" bench infer --model "$model" --precision "$precision" --threads "$threads" \
        --lengths "$lengths/bc2gm_devel_lengths.txt" --steps 200 --json)
      ms=$(field ms_per_step_median <<<"$ours")
      echo "$ms" >>"$at.$precision.ours"
      awk "BEGIN { print $theirs / $ms }" >>"$at.$precision.ratio"
      field peak_mib <<<"$ours" >>"$at.$precision.mib"
    done
  done
  for precision in f32 bf16 int8; do row "$model infer" "$precision" "$at" %.3f ""; done
}

echo "$("$kdgrid" version | head -n 1); $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1);" \
  "$threads thread(s); training in real tokens/s, inference in ms (median of 200)"
line work precision ours theirs ratio peak MiB
line --- --- ---: ---: ---: ---: ---:
for _ in $(seq "$runs"); do
  if [ "$what" = train ] || [ "$what" = all ]; then
    for model in "${@:-bilstm tinybert distilbert}"; do
      for m in $model; do train "$m"; done
    done
  fi
  if [ "$what" = distill ] || [ "$what" = all ]; then distill; fi
  if [ "$what" = mlm ] || [ "$what" = all ]; then
    for model in "${@:-tinybert minilm}"; do
      for m in $model; do case $m in tinybert | minilm) mlm "$m" ;; esac; done
    done
  fi
  if [ "$what" = infer ] || [ "$what" = all ]; then
    for model in "${@:-bilstm tinybert bert}"; do
      for m in $model; do infer "$m"; done
    done
  fi
done
