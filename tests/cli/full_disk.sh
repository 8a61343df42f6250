#!/usr/bin/env bash
# full_disk.sh - a store on a disk that is full keeps what it has, says 74, and goes on when there is room.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
mkdir disk
mount -t tmpfs -o size=400k tmpfs disk 2>/dev/null || skip "a small file system cannot be mounted here"
trap 'umount "$work/disk"; rm -rf "$work"' EXIT

expect 74 "No space left on device" "$KDGRID" run tiny.cfg --store disk/store
objects=$(find disk/store/objects -name '*.h5' | wc -l)
[ "$objects" -gt 0 ] || fail "nothing was done before the disk was full"

mount -o remount,size=50m disk
"$KDGRID" run tiny.cfg --store disk/store >got 2>log || { cat log; fail "the run did not go on"; }
"$KDGRID" run tiny.cfg --store whole >want 2>log || fail "the undisturbed run failed"
"$KDGRID" merge whole disk/store -o both >/dev/null 2>log || { cat log; fail "a cell differs"; }
"$KDGRID" fsck disk/store >/dev/null || fail "fsck finds the store damaged"
finish
