#!/usr/bin/env bash
# finding.sh - a cell is found by its id, its first digits, its label or as the best, by every verb that takes one.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
"$KDGRID" run tiny.cfg --store store >/dev/null 2>log || { cat log; fail "the run failed"; }

expect 0 ": the best of 4 by devel.entity_strict.f1, 0." "$KDGRID" model tensors best
id=$(sed 's/^kdgrid: //; s/:.*//' err)
object=store/objects/${id:0:2}/$id.h5
[ -f "$object" ] || fail "best is no object: '$id'"
"$KDGRID" model tensors "$object" >by_path
same by_path out
for word in "$id" "${id:0:8}"; do
  expect 0 "" "$KDGRID" model tensors "$word" --store store
  same by_path out
done
expect 0 "by devel.entity_strict.f1" "$KDGRID" model tensors best --where distill.method=none --where seed=2
expect 0 "" "$KDGRID" model tensors "method=none seed=2" --store store
echo 5 6 7 >sentences
expect 0 "the best of 4" "$KDGRID" model forward best --ids sentences --json
expect 0 "the best of 4" "$KDGRID" model export best -o published
expect 0 "the best of 1" "$KDGRID" show best --role teacher
grep -q '^kind *teacher$' out || fail "not a teacher: $(head -n 3 out)"
expect 0 "the best of 1" "$KDGRID" model export best --role teacher -o teacher
[ -f published/model.safetensors ] || fail "nothing is exported"
expect 0 "" "$KDGRID" verify "${id:0:8}" --store store
grep -q "^$id: model, made again in .*: the same contents" out || { cat out; fail "verify found another cell"; }

# words that mean no cell, or were cheating
expect 2 "not by test.entity_strict.f1" "$KDGRID" model tensors best --metric test.f1
expect 2 "seed" "$KDGRID" model tensors best --where sed=2
expect 2 "choose what is 'best'" "$KDGRID" verify "$id" --store store --where seed=1
finish
