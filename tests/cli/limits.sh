#!/usr/bin/env bash
# limits.sh - a store that a run holds, too few descriptors, a disk that cannot be written to: said in one
# line, by 73 or 74, and the same command goes on when the cause is gone.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg

# a store that is at work cannot be had alone; a run that was killed is no obstacle
"$KDGRID" run tiny.cfg -D train.epochs=100000 --store held >/dev/null 2>log &
pid=$!
while kill -0 $pid 2>/dev/null && ! ls held/work/*/log >/dev/null 2>&1; do sleep 0.02; done
expect 74 "this store is held by process $pid on $(hostname)" "$KDGRID" fsck held --repair
expect 74 "is held by process $pid" "$KDGRID" gc held
kill -9 $pid
wait $pid 2>/dev/null
"$KDGRID" run tiny.cfg --store held >/dev/null 2>log || { cat log; fail "a killed holder still holds the store"; }

# too few descriptors
refused=0
for ((files = 3; files <= 24; files += 3)); do
  (ulimit -n $files && exec "$KDGRID" run tiny.cfg --store few) >/dev/null 2>log
  code=$?
  case $code in
  0) ;;
  73 | 74) refused=$((refused + 1)); grep -q "Too many open files" log || { cat log; fail "$files descriptors: no words"; } ;;
  *) [ $files -le 6 ] || { cat log; fail "$files descriptors: exit $code"; } ;; # the loader itself needs some
  esac
done
[ $refused -gt 0 ] || fail "no limit of descriptors was felt"
"$KDGRID" run tiny.cfg --store few >/dev/null 2>log || { cat log; fail "the run did not go on"; }
"$KDGRID" merge held few -o both >/dev/null 2>log || { cat log; fail "a cell differs"; }

# little address space: OpenBLAS' threads get no memory and try for ever, which nobody waits for
if ldd "$KDGRID" | grep -q libasan; then
  echo "the address sanitizer needs more address space than a limit leaves: not tried with it"
else
  (ulimit -v 200000 && exec timeout 60 "$KDGRID" run tiny.cfg --store few) >/dev/null 2>log
  code=$?
  case $code in 0 | 1 | 71 | 74 | 75) ;; *) cat log; fail "little memory: exit $code" ;; esac

  # crashes_before_main KIB: a verb that does nothing crashes there, too: libgfortran, which OpenBLAS brings, calls itself when it
  # has no memory to say that it has none, until its stack is at an end.
  crashes_before_main() {
    local i
    for i in 1 2 3 4 5; do
      (ulimit -v "$1" && exec "$KDGRID" version) >/dev/null 2>&1
      [ $? = 139 ] && return
    done
    return 1
  }

  # as little as just starts: words, or what the loader (127), OpenBLAS (130) and the Fortran library (1) say before the
  # program begins; and nothing is called damaged for it
  refused=0
  for ((kib = 84000; kib <= 132000; kib += 600)); do
    (ulimit -v $kib && exec "$KDGRID" fsck both) >out 2>log
    code=$?
    case $code in
    0 | 127 | 130) ;;
    1) grep -q "^Memory allocation failed" log || { cat log; fail "fsck in $kib KiB: exit 1"; } ;;
    71) refused=$((refused + 1)); grep -q "out of memory" log || { cat log; fail "$kib KiB: no words"; } ;;
    139) crashes_before_main $kib || fail "fsck in $kib KiB: crashed" ;;
    *) cat out log; fail "fsck in $kib KiB: exit $code" ;;
    esac
  done
  [ $refused -gt 0 ] || echo "no limit between the loader's and enough was felt"
fi

# a store for a group: only what its owner works on stays closed
expect 2 "there is no group 'no such group'" "$KDGRID" run tiny.cfg -D seeds=1 --store other --group 'no such group'
(umask 077; "$KDGRID" run tiny.cfg -D seeds=1 --store lab --group "$(id -gn)" >out 2>log) || fail "--group: $(tail -n 1 log)"
closed=$(find lab -name work -prune -o -type d ! -perm 2770 -print -o -type f ! -perm 660 -print)
[ -z "$closed" ] || fail "not the group's: $closed"
[ "$(stat -c %a lab/work)" = 2700 ] || fail "work is mode $(stat -c %a lab/work)"

# a read-only disk
mkdir disk
mount -t tmpfs -o size=50m tmpfs disk 2>/dev/null || { echo "a small file system cannot be mounted here"; finish; }
trap 'umount "$work/disk"; rm -rf "$work"' EXIT
"$KDGRID" run tiny.cfg -D seeds=1 --store disk/store >want 2>log || fail "the run failed"
mount -o remount,ro disk
expect 0 "" "$KDGRID" run tiny.cfg -D seeds=1 --store disk/store
same want out
expect 0 "" "$KDGRID" status disk/store
expect 73 "Read-only file system" "$KDGRID" run tiny.cfg --store disk/store
mount -o remount,rw disk
expect 0 "" "$KDGRID" run tiny.cfg --store disk/store
expect 0 "" "$KDGRID" fsck disk/store
finish
