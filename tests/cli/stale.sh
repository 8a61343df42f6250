#!/usr/bin/env bash
# stale.sh - no verb prints figures that no object holds: objects are damaged, set aside, replaced and lost
# after they were catalogued, and what is missing is counted.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
for store in store other; do
  "$KDGRID" run tiny.cfg --store $store >/dev/null 2>log || { cat log; fail "the run in $store failed"; }
done
object_of() { echo "$1/objects/$(echo "$2" | cut -c 1-2)/$2.h5"; }
seconds() { "$KDGRID" aggregate "$1" --by distill.method,seed --metric train_s --format csv 2>log |
  grep '^none,1,' | cut -d , -f 5; }
victim=$("$KDGRID" table tiny.cfg --store store --sources |
  grep 'method none.*entity_strict.f1:' | tail -n 1 | sed 's/.*f1: //; s/ .*//')
[ -f "$(object_of store "$victim")" ] || fail "no source is named for a figure: '$victim'"
"$KDGRID" table tiny.cfg --store store >paper.md
expect 0 "" "$KDGRID" table tiny.cfg --store store --check paper.md
cp -a store aged

# a disk that decays changes bytes and no time: --check and fsck ask the object, not the catalogue
object=$(object_of aged "$victim")
cp -a "$object" whole
printf 'decay' | dd of="$object" bs=1 seek=8 conv=notrunc status=none
touch -r whole "$object"
expect 3 "paper.md differs from the store in" "$KDGRID" table tiny.cfg --store aged --check paper.md
expect 3 "1 problem" "$KDGRID" fsck aged

# what anybody writes to changes its time: the figures are gone from every form, and counted
object=$(object_of store "$victim")
printf 'damage' | dd of="$object" bs=1 seek=8 conv=notrunc status=none
expect 0 "made before and are missing now: 1 unreadable" "$KDGRID" table tiny.cfg --store store
grep -q 'Of these, made before and missing now: 1 unreadable' out || { cat out; fail "the table counts nothing missing"; }
expect 3 "paper.md differs from the store in" "$KDGRID" table tiny.cfg --store store --check paper.md
"$KDGRID" fsck store --repair >/dev/null || fail "the store is not mended"
expect 0 "" "$KDGRID" fsck store
for form in md csv; do
  expect 0 "missing objects, which are in no figure: 1 set aside as damaged" \
    "$KDGRID" aggregate store --by distill.method --format $form
done
"$KDGRID" aggregate store --by distill.method 2>/dev/null | grep -q 'in no figure: 1 set aside' ||
  fail "the aggregate's table has no note"
[ -z "$(seconds store)" ] || fail "the seconds of an object that was set aside are printed"

# it comes again from elsewhere, with the seconds that it took there
"$KDGRID" merge other -o store >/dev/null || fail "merge failed"
[ -n "$(seconds other)" ] && [ "$(seconds store)" = "$(seconds other)" ] ||
  fail "train_s is $(seconds store), and the object has $(seconds other)"
expect 0 "" "$KDGRID" fsck store
expect 0 "" "$KDGRID" table tiny.cfg --store store
! grep -q 'missing' out || fail "something is missing still"

# an object that is simply gone
rm "$object"
expect 0 "1 acknowledged and not there" "$KDGRID" aggregate store --by seed
expect 0 "" "$KDGRID" aggregate store other --by seed
[ ! -s err ] || { cat err; fail "the other store has it"; }
"$KDGRID" run tiny.cfg --store store >out 2>log || { cat log; fail "what was lost is not made again"; }
! grep -q 'missing' out log || fail "something is missing after the run"
finish
