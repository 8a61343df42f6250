#!/usr/bin/env bash
# no_files.sh - pipes, devices, sockets and links where files should be: nobody waits, and each is named.
. "$(dirname "$0")/common.sh"
cd "$work"
says() { grep -qF -- "$1" out || fail "expected '$1' on stdout, found: $(head -n 5 out)"; }
soon() { timeout 20 "$KDGRID" "$@"; } # 124 when it waits

# ---- what is given by hand may come through a pipe ----
printf 'the\tO\nIL-2\tB-Gene\ngene\tE-Gene\n\n' >good.tsv
expect 0 "" soon data stats <(cat good.tsv)
says "1 sentences, 3 tokens"
expect 0 "" soon data stats <(cat good.tsv) good.tsv
says "the first of 1 sentences that are also in"
expect 0 "" soon data stats /dev/stdin < <(cat good.tsv)
says "1 mentions"
printf 'the\ngene\n[UNK]\n[CLS]\n[SEP]\n[PAD]\n' >vocab.txt
expect 0 "" soon data tokenize --vocab <(cat vocab.txt) --tokenizer wordpiece <(echo the gene)
[ -s out ] || fail "no pieces of a text that came through a pipe"

# ---- whatever else is no file is refused by name ----
mkfifo pipe
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
for verb in "data stats" "data tokenize --vocab vocab.txt" "plan" "table --check" "run" "model info"; do
  soon $verb pipe >out 2>err </dev/null
  got=$?
  [ $got != 124 ] || fail "$verb waits for a pipe"
  [ $got != 0 ] || fail "$verb takes a pipe for a file"
done
expect 65 "pipe: is a pipe, not a file" soon data stats pipe
expect 65 "socket: is a socket, not a file" soon data stats socket
expect 65 "/dev/zero: is a device, not a file" soon data stats /dev/zero
expect 65 "/dev/zero: is a device, not a file" soon data tokenize --vocab vocab.txt /dev/zero
expect 65 "pipe: is a pipe, not a file" soon plan pipe

# ---- in a store ----
write_tiny_study tiny.cfg
expect 0 "" soon run tiny.cfg --store whole --progress=none
object=$(cd whole && ls objects/*/*.h5 | head -n 1)
for place in lock live catalogue.h5 journal/0002 "$object" work/pipe; do
  for what in pipe /dev/zero; do
    rm -rf store
    cp -a whole store
    rm -f "store/$place"
    if [ $what = pipe ]; then mkfifo "store/$place"; else ln -s $what "store/$place"; fi
    for verb in "status store" "fsck store" "plan tiny.cfg --store store" "table store" "ls store" \
      "gc store --dry-run" "fsck --repair store" "run tiny.cfg --store store --progress=none"; do
      soon $verb >out 2>err </dev/null
      got=$?
      [ $got != 124 ] || fail "$verb waits: $place is $what"
      [ $got -lt 128 ] && [ $got != 70 ] || fail "$verb ends with $got: $place is $what"
    done
  done
done

# ---- links out of a store: what they lead to stays as it is ----
printf 'precious\n' >mine
for place in lock live catalogue.h5 journal/0002 "$object"; do
  rm -rf store
  cp -a whole store
  rm -f "store/$place"
  ln -s "$work/mine" "store/$place"
  for verb in "fsck --repair store" "run tiny.cfg --store store --progress=none" \
    "gc store --disk-budget 1" "merge whole -o store"; do
    soon $verb >out 2>err </dev/null
  done
  [ "$(cat mine)" = precious ] || fail "a file was changed through store/$place"
done
mkdir outside
for place in damaged work; do
  rm -rf store
  cp -a whole store
  rm -rf "store/$place"
  echo precious >outside/mine
  mkdir -p outside/00000000000000000000000000000000
  ln -s "$work/outside" "store/$place"
  for verb in "gc store tiny.cfg --disk-budget 1" "fsck --repair store"; do
    soon $verb >out 2>err </dev/null
  done
  [ -e outside/mine ] && [ -d outside/00000000000000000000000000000000 ] ||
    fail "a file was removed through store/$place"
done
finish
