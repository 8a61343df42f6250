#!/usr/bin/env bash
# `kdgrid data fetch`: its list, its terms, a mirror; docs/CORPORA.md has the table that the program prints.
. "$KDGRID_SOURCE/tests/cli/common.sh"
cd "$work"
data=${KDGRID_DATA:-$KDGRID_SOURCE/../shared/data} # read alone: what is fetched goes below $work
unset KDGRID_DATA

"$KDGRID" data fetch >list || fail "no list"
[ "$(grep -c '^    licence: ' list)" -gt 10 ] || fail "not every set has its licence"
awk 'length > 160 { exit 1 }' list || fail "a line is too long"
"$KDGRID" data fetch --list --json | grep -q '"sha256_known": "all"' || fail "no JSON"
"$KDGRID" data fetch --list --markdown >table.md
while IFS= read -r line; do
  grep -qxF -- "$line" "$KDGRID_SOURCE/docs/CORPORA.md" || fail "docs/CORPORA.md lacks: $line"
done <table.md

expect 2 "did you mean BC2GM" "$KDGRID" data fetch BC2GMM --accept
expect 2 "--accept says that you accept the licence of s800" "$KDGRID" data fetch s800 </dev/null
for name in DDI:"CC BY-NC 4.0" i2b2:"each person signs" BioASQ-7b:"register there" BC4CHEMD:"ask its organisers"; do
  expect 2 "${name#*:}" "$KDGRID" data fetch "${name%%:*}" --accept
done
# A file of which nobody knows the digest comes, and the record says what it was.
mkdir -p mirror/SQuAD
for split in train dev; do echo '{}' >mirror/SQuAD/$split-v1.1.json; done
expect 0 "" "$KDGRID" data fetch SQuAD --accept --from mirror --into data
grep -q 'of 3 no SHA-256 is known here' out && [ "$(grep -c '"sha256": "' data/SQuAD/FETCHED.json)" = 3 ] || fail "it says: $(cat out)"
expect 2 "only https" "$KDGRID" data fetch s800 --accept --from http://192.0.2.1/
expect 69 "after 0 bytes; the same command goes on" "$KDGRID" data fetch s800 --accept --from http://127.0.0.1:1
expect 66 "has neither s800/train.tsv nor train.tsv" "$KDGRID" data fetch s800 --accept --from .
mkdir -p mirror/s800
for split in train devel test; do echo "a	O" >mirror/s800/$split.tsv; done
expect 65 "its SHA-256 is" "$KDGRID" data fetch s800 --accept --from mirror --into data
[ ! -e data/s800/train.tsv ] || fail "a wrong file was kept"

# With the real files at hand they are what the list says, and are found by KDGRID_DATA.
if [ -d "$data/s800" ]; then
  for name in BC2GM BC5CDR-chem NCBI-disease NCBI-disease-IOB2 JNLPBA-IOB2 s800 HoC ChemProt; do
    "$KDGRID" data fetch $name --accept --from "$data" --into data >said 2>/dev/null || fail "$name: $(cat said)"
    grep -q "^data/$name: 3 fetched" said || fail "$name: $(cat said)"
  done
  for name in vocab/bert-base-cased vocab/bert-base-uncased vocab/albert-base-v2; do
    "$KDGRID" data fetch $name --accept --from "$data" --into data >said 2>/dev/null || fail "$name: $(cat said)"
    grep -q "^data/$name: 1 fetched" said || fail "$name: $(cat said)"
  done
  KDGRID_DATA=data "$KDGRID" data fetch s800 --accept >said 2>/dev/null || fail "what is there is fetched again"
  grep -q '0 fetched (0.0 MB), 3 were there' said || fail "it says: $(cat said)"
fi
finish
