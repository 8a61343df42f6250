#!/usr/bin/env bash
# house.sh [BUILD] - how rooms and modules stand to one another: no module is in a circle with others, and
# ARCHITECTURE.md says how many rooms and arrows there are.
#
# A room is a folder of the first level, each folder of harness, each program, and results/page, which stands
# floors above results. A module is NAME.c with NAME.h; NAME_internal.h is NAME's. An arrow is an include;
# between modules, where BUILD is told, a folder with their objects, a call is one as well.
set -euo pipefail
build=${1:-}
build=${build:+$(realpath "$build")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Calls that may close a circle, and why.
allowed='
harness/cmd/cmd harness/cmd/completion   a verb that goes through the list of verbs is in that list
harness/cmd/cmd harness/cmd/manual       the same
'

# "FILE TARGET" for each include of ours.
grep -roE '^#include "[^"]+' --include='*.c' --include='*.h' harness models distill results slurm |
  sed 's/:#include "/ /' | while read -r file target; do
  if [ -f "$target" ]; then echo "$file $target"; fi # else it is made at build time
done >"$work/includes"

# Pairs of files become pairs of modules, pairs of rooms; what stays inside of one is no arrow.
modules() { sed -E 's/\.[ch]( |$)/\1/g; s/_internal( |$)/\1/g' | awk '$1 != $2' | sort -u; }
modules <"$work/includes" >"$work/by-include"

rooms() {
  sed -E 's#(results/page|harness/[^/ ]*)[^ ]*#:\1#g; s#(^| )([a-z][^/ ]*)[^ ]*#\1\2#g; s#:##g' |
    awk '$1 != $2' | sort -u
}
rooms <"$work/includes" >"$work/rooms"
room_count=$(tr ' ' '\n' <"$work/rooms" | sort -u | wc -l)
arrow_count=$(wc -l <"$work/rooms")
module_count=$(find harness models distill results slurm -name '*.[ch]' | sed -E 's/(_internal)?\.[ch]$//' | sort -u | wc -l)

# "FILE TARGET" for each call of a function, or use of a variable, that another file has.
calls() {
  find harness models distill results slurm -name '*.c.o' -printf '%p\n' >"$work/objects"
  xargs nm -A -P -g <"$work/objects" 2>/dev/null |
    sed -E 's#CMakeFiles/[^/]*\.dir/##; s#\.o: # #; s#/\./#/#g' |
    awk '$3 ~ /^[TDBRC]$/ { at[$2] = $1 } $3 == "U" { from[NR] = $1; name[NR] = $2 }
         END { for (n in from) if (name[n] in at) print from[n], at[name[n]] }'
}
: >"$work/by-call"
if [ -n "$build" ]; then
  (cd "$build" && calls) | while read -r file target; do
    if [ -f "$file" ] && [ -f "$target" ]; then echo "$file $target"; fi # else left of a file that is gone
  done | modules >"$work/by-call"
  [ -s "$work/by-call" ] || { echo "house: no calls were found below $build"; exit 1; }
fi

# What tsort cannot put into an order goes in circles.
breaches=0
tell_circles() {
  local loops
  loops=$({ tsort 2>&1 >/dev/null || true; } | sed 's/^tsort: //; s/^-: input contains a loop:$/  circle:/')
  if [ -z "$loops" ]; then return; fi
  echo "$1: modules in a circle, perhaps more than one:"
  tr '\n' ' ' <<<"$loops"
  echo
  breaches=$((breaches + 1))
}
awk 'NR == FNR { if (NF > 1) may[$1 " " $2] = 1; next } !($0 in may)' <(echo "$allowed") "$work/by-call" >"$work/held"
tell_circles "by includes" <"$work/by-include"
tell_circles "by calls" <"$work/held"
tell_circles "rooms, by includes" <"$work/rooms"

said=$(grep -oE '^[0-9]+ rooms, [0-9]+ arrows' ARCHITECTURE.md || echo "0 rooms, 0 arrows")
read -r said_rooms _ said_arrows _ <<<"$said"
if [ "$said_rooms" != "$room_count" ] || [ "$arrow_count" -gt "$said_arrows" ]; then
  echo "ARCHITECTURE.md says $said; there are $room_count rooms, $arrow_count arrows"
  breaches=$((breaches + 1))
fi

[ "$breaches" = 0 ] || exit 1
echo "house: $room_count rooms, $arrow_count arrows between them; $module_count modules, none in a circle"
