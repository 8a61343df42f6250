#!/usr/bin/env bash
# in-turn.sh - two builds of the program beside each other: one bench of both, again and again in turn, so that whatever else the
# machine does meets both.
#
#     bench/in-turn.sh BEFORE/bin/kdgrid NOW/bin/kdgrid [BENCH [OPTION]...]
#
# BENCH and its options are those of `kdgrid bench`; without them `dispatch --only process --repeats 1`. RUNS (5) turns. Prints,
# for each figure, the median of each side over the turns, and of the ratios within a turn the least, the median and the largest.
set -uo pipefail
[ $# -ge 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
before=$1 now=$2
shift 2
[ $# -gt 0 ] || set -- dispatch --only process --repeats 1
for program in "$before" "$now"; do [ -x "$program" ] || { echo "there is no program $program" >&2; exit 66; }; done
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# figures TURN SIDE PROGRAM BENCH...: "FIGURE TURN SIDE MEDIAN" of each
figures() {
  local turn=$1 side=$2 program=$3 json
  shift 3
  json=$("$program" bench "$@" --json | tr -d ' \n') || return
  grep -oE '"[A-Za-z0-9_.]+":\{[^{}]*"median":[-0-9.e+]+' <<<"$json" | sed -E "s/^\"([^\"]*)\".*\"median\":(.*)/\1 $turn $side \2/"
}

for ((turn = 1; turn <= ${RUNS:-5}; turn++)); do
  figures $turn before "$before" "$@" || exit
  figures $turn now "$now" "$@" || exit
done | awk '
  function sorted(list, n, i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j] < list[j - 1]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
  }
  function middle(list, n) { return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
  { if (!($1 in seen)) { seen[$1] = 1; names[++count] = $1 } value[$1, $2, $3] = $4; if ($2 > turns) turns = $2 }
  END {
    printf "%-28s %12s %12s   %s\n", "median of " turns " turns", "before", "now", "now / before: least, median, largest"
    for (f = 1; f <= count; f++) {
      n = 0
      for (t = 1; t <= turns; t++) {
        if (!((names[f], t, "before") in value) || !((names[f], t, "now") in value)) continue
        n++
        a[n] = value[names[f], t, "before"] + 0; b[n] = value[names[f], t, "now"] + 0
        r[n] = a[n] != 0 ? b[n] / a[n] : 1
      }
      if (n == 0) continue
      sorted(a, n); sorted(b, n); sorted(r, n)
      printf "%-28s %12.4g %12.4g   %.3f, %.3f, %.3f\n", names[f], middle(a, n), middle(b, n), r[1], middle(r, n), r[n]
    }
    exit count == 0
  }'
