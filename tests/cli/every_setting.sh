#!/usr/bin/env bash
# every_setting.sh - every setting of the schema is read by what runs: the same cell with another value has other contents.
#
# every_setting.txt says which: studies (`base NAME`, then settings over the smallest study) with the values that each tries. A
# key that none of them tries fails.
. "$(dirname "$0")/common.sh"
cd "$work"

# "BASE KIND KEY VALUE" a line, with the rows of each `use` in its place.
awk '
  $1 == "rows" || $1 == "base" { in_rows = $1 == "rows"; name = $2; next }
  /^ *(#|$)/ { next }
  in_rows { kept[name, ++lines[name]] = $0; next }
  $1 == "use" {
    for (i = 1; i <= lines[$2]; i++) { n = split(kept[$2, i], part); rest = part[3]
      for (j = 4; j <= n; j++) rest = rest " " part[j]
      print name, part[1], $3 part[2], rest }
    next
  }
  { print name, $0 }' "$KDGRID_SOURCE/tests/cli/every_setting.txt" | sed 's/  */ /g' >rows

# Files that settings name: a corpus in three columns with one tag written as IOB2, its last sentence unended, and word vectors.
corpus() {
  local split n i
  mkdir -p files/other
  for split in train devel test; do
    for n in $(seq 1 24); do
      printf 'the\tX\tO\nBRCA%d\tX\tB-GENE\nkinase\tX\tI-GENE\nbinds\tX\tO\n%s\tX\tB-GENE\n\n' $((n % 5)) "p5$((n % 3))"
    done >files/$split.tsv
    printf 'last\tX\tO\nTP53\tX\tB-GENE\n' >>files/$split.tsv
    sed 's/kinase/ligase/' files/$split.tsv >files/other/$split.tsv
  done
  for n in $(seq 1 60); do echo "the kinase BRCA$((n % 7)) binds p5$((n % 3)) and the last kinase $n binds the other"; done >files/text.txt
  sed 's/last/first/' files/text.txt >files/other.txt
  mkdir files/pairs
  for split in train devel test; do
    { printf 'index\tsentence\tlabel\n'
      for n in $(seq 1 12); do
        printf '%d\t@CHEMICAL$ binds @GENE$\tCPR:9\n%d\t@CHEMICAL$ stops @GENE$\tCPR:3\n%d\t@GENE$ and @CHEMICAL$\tfalse\n' $n $n $n
      done; } >files/pairs/$split.tsv
  done
  mkdir files/documents
  for split in train devel test; do
    { printf 'labels\tsentence\tindex\n'
      for n in $(seq 1 18); do
        printf '0_%d,1_%d,2_0,3_0,4_0,5_0,6_0,7_0,8_0,9_0\tgrowth of a%d goes on\t%d_s0\n' $((n % 2)) $((n % 3 == 0)) $((n % 6)) $n
      done; } >files/documents/$split.tsv
  done
  for i in the binds kinase last BRCA1; do printf '%s' "$i"; for n in $(seq 1 8); do printf ' 0.%d' "$n"; done; echo; done >files/vectors.txt
  cp -r "$KDGRID_SOURCE/tests/golden/checkpoints/bert-tags" files/
  cat >files/other.cfg <<'CFG'
study = {
  task = "ner"; data = { vocab_size = 200; synth = { sentences = 48; devel = 16; test = 16; }; };
  student = { layers = 1; embedding = 8; hidden = 8; }; train = { epochs = 1; batch = 8; };
};
CFG
  { printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n'; printf '%s\n' the binds kinase last {a..z} {A..Z} {0..9} '##'{a..z} '##'{A..Z} '##'{0..9}; } >files/vocab.txt
  { printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n'; printf '%s\n' {a..z} {0..9} '##'{a..z} '##'{0..9}; } >files/letters.txt
}

smallest() {
  cat <<'CFG'
study = {
  name = "every"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 200; synth = { sentences = 48; devel = 16; test = 16; }; };
  teacher = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; train = { epochs = 1; batch = 8; lr = 5e-3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 2; batch = 8; lr = 5e-3; checkpoint_s = 0; };
  finetune = { train = { epochs = 1; batch = 8; lr = 5e-3; }; };
  measure = { latency = 0; };
};
CFG
}

# outcome STORE SETTING...: run the study so in an empty store; ids and contents of all that it made, or what it said.
outcome() {
  local store=$1 options=() setting object
  shift
  for setting in "$@"; do options+=(-D "$setting"); done
  rm -rf "$store"
  "$KDGRID" run smallest.cfg --store "$store" "${options[@]}" >"$store.log" 2>&1 || { tail -n 1 "$store.log"; return 1; }
  (cd "$store/objects" && echo */*.h5)
  for object in "$store"/objects/*/*.h5; do h5dump -a contents "$object" | sed -n 's/.*(0): "\([0-9a-f]*\)".*/\1/p'; done
}

# told STORE LINE: some node has this line.
told() {
  local object
  for object in "$1"/objects/*/*.h5; do h5dump -d /resolved "$object"; done | grep -F "tell $2" >/dev/null
}

# differ KIND KEY VALUE WAS NOW STORE: hold the outcomes of both values against what KIND says.
differ() {
  case $1 in
    told)
      [ "$5" = "$4" ] || fail "$base: $2 = $3 makes other cells"
      told "$6" "$2 = $3" || fail "$base: nobody is told of $2"
      ;;
    *)
      [ "$(head -n 1 <<<"$5")" != "$(head -n 1 <<<"$4")" ] || fail "$base: $2 = $3 is no part of what is run"
      [ "$1" = id ] || [ "$(tail -n +2 <<<"$5")" != "$(tail -n +2 <<<"$4")" ] ||
        fail "$base: nothing reads $2: with $3 the same comes out"
      ;;
  esac
}

# try BASE: every line below it, against the base itself.
try() {
  local base=$1 store=store-$1 settings=() was now kind key value
  mapfile -t settings < <(sed -n "s/^$base with //p" rows)
  was=$(outcome "$store" "${settings[@]}") || { fail "$base: $was"; return; }
  while read -r kind key value; do
    if now=$(outcome "$store" "${settings[@]}" "$key=$value"); then
      if [ "$kind" = refused ]; then fail "$base: $key = $value runs"; else differ "$kind" "$key" "$value" "$was" "$now" "$store"; fi
    elif [ "$kind" != refused ]; then
      fail "$base: $key = $value: $now"
    elif [[ $now = *bug:* ]]; then
      fail "$base: $key = $value is not refused in words: $now"
    fi
  done < <(sed -n "/^$base with /d; s/^$base //p" rows)
  [ "$failures" = 0 ]
}

corpus
smallest >smallest.cfg
export KDGRID_DATA=$work/files
if [ "${1:-}" != "" ]; then try "$1"; finish; fi

# A key that the file of rows does not have.
"$KDGRID" plan smallest.cfg --show-config | awk '/ =/ && /#/ { print $1 }' | sort >keys
awk '$2 != "with" { print $3 }' rows | sort -u >tried
while read -r key; do fail "every_setting.txt does not try $key"; done < <(comm -23 keys tried)
while read -r key; do fail "every_setting.txt tries $key, which is none"; done < <(comm -13 keys tried)

bases=$(awk '{ print $1 }' rows | uniq)
try_one() { (failures=0; try "$1") >"said-$1" 2>&1 || echo "$1" >>broken; }
running=0
for base in $bases; do
  try_one "$base" &
  [ $((++running % 2)) = 0 ] && wait
done
wait
cat said-* 2>/dev/null
[ ! -e broken ] || failures=$((failures + $(wc -l <broken)))
finish
