#!/usr/bin/env bash
# quickstart.sh - the first study gives README.md's table: digit for digit on the CPU that printed it, elsewhere nearly; and in it
# teachers help, at each size by more than the students' spread.
. "$(dirname "$0")/common.sh"
cd "$work"
study=$KDGRID_SOURCE/experiments/quickstart.cfg page=$KDGRID_SOURCE/README.md
cpu=$(awk -F ': *' '/^(vendor_id|cpu family|model)[\t ]*:/ { print $2 }' /proc/cpuinfo | head -n 3 | paste -sd ' ')

"$KDGRID" run "$study" -n 2 --store store >/dev/null 2>log || { cat log; fail "the run failed"; finish; }
if [ "$cpu" = "$(cat "$KDGRID_SOURCE/tests/golden/quickstart-cpu.txt")" ]; then
  expect 0 "" "$KDGRID" table "$study" --store store --check "$page"
fi

# "LABEL|LABEL|MEAN|SD" of the rows of a table, where there is a spread.
rows() { sed -n 's/^ *| *\([^|]*[^ |]\) *| *\([^|]*[^ |]\) *| *[*]*\([0-9.]*\) ± \([0-9.]*\)[*]* .*/\1|\2|\3|\4/p'; }
"$KDGRID" table "$study" --store store | rows >now
rows <"$page" >told
[ "$(wc -l <told)" = 5 ] || fail "README.md has another table: $(cat told)"
paste -d '|' told now | awk -F '|' '
  $1 != $5 || $2 != $6 { print "other rows: " $0; exit 1 }
  ($3 - $7) ^ 2 > 0.03 ^ 2 { print "far from what README.md says: " $0; exit 1 }' || fail "the table is another one"
for units in 16 32; do
  awk -F '|' -v n=0 -v units=$units '$1 == units { mean[n] = $3; sd[n++] = $4 }
    END { exit !(n == 2 && mean[1] - mean[0] > sd[0] + sd[1]) }' now || fail "teachers do not help $units units: $(cat now)"
done
finish
