#!/usr/bin/env bash
# hardened.sh KDGRID-MPI HARDENED STACK-CLASH COMPILE-COMMANDS - the programs that people get end at a wrong write.
. "$(dirname "$0")/common.sh"
[ "$2" = 1 ] || skip "this build is not a release"
command -v readelf >/dev/null || skip "readelf is absent"

# has PROGRAM WORDS OPTION...: what readelf says with these options has the words
has() {
  local program=$1 words=$2
  shift 2
  LC_ALL=C readelf -W "$@" "$program" >"$work/elf" || fail "readelf cannot read $program"
  grep -qE -- "$words" "$work/elf"
}

for program in "$KDGRID" "$1"; do
  has "$program" 'Type: +DYN' -h || fail "$program stands at a fixed address"
  has "$program" 'FLAGS_1.* PIE' -d || fail "$program is no position-independent executable"
  has "$program" 'FLAGS_1.* NOW' -d || fail "$program binds functions while it runs"
  has "$program" 'GNU_RELRO' -l || fail "$program can write over its table of functions"
  has "$program" 'GNU_STACK.* RWE' -l && fail "$program can run its stack"
  has "$program" '__stack_chk_fail' --dyn-syms || fail "$program does not guard its stack"
  has "$program" '__(v?snprintf|memcpy|fprintf)_chk' --dyn-syms || fail "$program is built without _FORTIFY_SOURCE"
done

# Probes of large frames leave no name in a program.
sources=$(grep -c '"command"' "$4")
[ "$3" != 1 ] || [ "$(grep '"command"' "$4" | grep -c -- -fstack-clash-protection)" = "$sources" ] ||
  fail "some of $sources sources are built without -fstack-clash-protection"
finish
