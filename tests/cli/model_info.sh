#!/usr/bin/env bash
# model_info.sh - the published sizes come out, to the last weight and as their tables print them.
. "$(dirname "$0")/common.sh"
cd "$work"

# PARAMETERS SIZE ARGUMENTS... in both forms of output
sized() {
  local parameters=$1 size=$2
  shift 2
  "$KDGRID" model info "$@" --json >json || fail "info $*"
  grep -q "^  \"parameters\": $parameters,\$" json || fail "$* has not $parameters weights: $(grep parameters json)"
  grep -q "^  \"size\": \"$size\"\$" json || fail "$* is not $size MiB: $(grep '"size"' json)"
  "$KDGRID" model info "$@" >text || fail "info $*"
  grep -qE "^parameters +$parameters\$" text && grep -qE "^size +$size MiB as f32\$" text || fail "text of $*"
}

cased="-D vocab=28996" nine="-D vocab=28996 -D labels=9"
base="-D layers=12 -D hidden=768 -D heads=12 -D ffn=3072" six="-D layers=6 -D hidden=768 -D ffn=3072"
tiny="-D layers=4 -D hidden=312 -D ffn=1200"
large="-D layers=24 -D hidden=1024 -D heads=16 -D ffn=4096"
xlarge="-D vocab=30000 -D layers=24 -D hidden=2048 -D heads=16 -D ffn=8192 -D pooler=true"

# The table of systems, row by row, and the Size column: methods specification 1.1, 1.2.
sized 12313809 47 bilstm $nine --decimals 0
sized 12313809 46.9 bilstm $nine --rounding trunc
sized 12464569 47.6 bilstm $nine -D embedding=300 -D hidden=300 -D classifier=256
sized 10570169 40.3 bilstm $nine -D classifier=256 -D hidden=200
sized 27554185 105 bilstm $nine -D classifier=256 -D embeddings=bert -D embedding=768 --decimals 0
sized 14260065 54 bert $nine $tiny --distill method=tinybert --distill pairing=source \
  --teacher hidden=768 --teacher layers=12 --decimals 0
sized 107726601 411 bert $nine $base -D pooler=false --decimals 0            # BioBERT, tags
sized 65190912 248.7 bert $cased $six -D head=none -D segments=0            # BioDistilBERT, cased
sized 66362880 253.2 bert -D vocab=30522 $six -D head=none -D segments=0    # and uncased
sized 65192448 248.7 bert $cased $six -D head=none                          # DistilBioBERT, CompactBioBERT
sized 65783040 250.9 bert $cased $six -D head=none -D pooler=true           # the same; FastBioNER's student
sized 14350248 54.7 bert -D vocab=30522 $tiny -D head=none -D pooler=true   # BioTinyBERT
sized 13874136 52.9 bert $cased $tiny -D head=none -D pooler=true           # TinyBioBERT
sized 24581888 93.8 mobilebert -D vocab=30522 -D layers=24 -D hidden=512 -D heads=4 -D ffn=512 -D head=none
sized 108310272 413.2 bert $cased $base -D head=none -D pooler=true         # BioBERT
sized 108314886 413.2 bert $cased $base -D head=class -D labels=6 -D pooler=true # DoKTra's teacher
sized 354310144 1351.6 roberta -D vocab=50265 $large -D head=none           # its students, without a head
sized 355365894 1355.6 roberta -D vocab=50265 $large -D head=class -D labels=6
sized 58724864 224 albert $xlarge -D head=none --decimals 0
sized 58737158 224.1 albert $xlarge -D head=class -D labels=6
sized 124647939 475.5 roberta -D vocab=50265 $base -D head=class -D labels=3 # of its financial ones

# Counting makes no weights: 1.4 GB of them do not fit here.
if ! ldd "$KDGRID" | grep -q libasan; then
  (ulimit -v 400000 && exec "$KDGRID" model info roberta -D vocab=50265 $large -D head=class -D labels=6) >text ||
    fail "counting takes memory for weights"
  grep -q ' 355365894$' text || fail "counting within little memory"
fi

"$KDGRID" model info bilstm $nine >text
for word in layers embedding hidden embeddings lstm head operations; do
  grep -qE "^ *$word " text || fail "no line about $word"
done
grep -q 'in a sentence of 35$' text || fail "the length of the sentence"
"$KDGRID" model info bert $nine --length 64 --json | grep -q '"sentence_length": 64' || fail "--length"

expect 2 "kind" "$KDGRID" model info lstm
expect 78 "did you mean hidden" "$KDGRID" model info bilstm -D hiden=3
expect 78 "layers" "$KDGRID" model info bilstm $nine -D layers=0
expect 78 "heads: hidden = 300 is not a multiple of 7" "$KDGRID" model info bert $nine -D heads=7
expect 2 "--rounding is half_up_2stage or trunc" "$KDGRID" model info bilstm $nine --rounding up
expect 2 "--decimals is 0 to 6" "$KDGRID" model info bilstm $nine --decimals 9
finish
