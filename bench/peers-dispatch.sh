#!/usr/bin/env bash
# peers-dispatch.sh - no-op cells a second, ours beside GNU parallel, in one run.
#
#     bench/peers-dispatch.sh [BUILD/bin/kdgrid [FOLDER-OF-PEERS]]
#
# FOLDER-OF-PEERS has gnu_parallel.sh; ../shared/tools/peers without it. Prints the
# median of each side and the ratio of the two. REPEATS (3) runs; GNU parallel gets TASKS (100) in each.
# Needs mpirun and parallel (Debian).
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
kdgrid=${1:-$here/build/release/bin/kdgrid}
peers=${2:-$here/../shared/tools/peers}
ranks=4 repeats=${REPEATS:-3} tasks=${TASKS:-100}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
[ -x "$kdgrid" ] || { echo "there is no $kdgrid"; exit 66; }
[ -f "$peers/gnu_parallel.sh" ] || { echo "there are no peers in $peers"; exit 66; }

# median: of the numbers on stdin, one a line.
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# rate: the tasks_per_s of the lines on stdin.
rate() { sed -n 's/.*tasks_per_s=\([0-9]*\).*/\1/p' | median; }
# ours KEY: the median of a figure in $json.
ours() { printf '%s' "$json" | sed -n "s/.*\"$1\":{[^}]*\"median\":\([0-9.e+]*\).*/\1/p"; }
# line WHAT OURS THEIRS PEER
line() { awk -v w="$1" -v a="$2" -v b="$3" -v p="$4" 'BEGIN { printf "%-40s %10.0f   %-28s %8.0f   %6.1f x\n", w, a, p, b, a / b }'; }

json=$("$kdgrid" bench dispatch --ranks $ranks --repeats "$repeats" --only process --json | tr -d ' \n') || exit
process=$(ours process_per_s)
joblog=$(bash "$peers/gnu_parallel.sh" "$tasks" "$repeats" | grep "^parallel-joblog jobs=$ranks " | rate)

printf '%-40s %10s   %-28s %8s   %8s\n' "cells a second, $ranks ranks" kdgrid peer "" ratio
line "no-op cells as processes" "$process" "$joblog" "GNU parallel --joblog, $ranks jobs"
