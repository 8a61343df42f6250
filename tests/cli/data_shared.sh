#!/usr/bin/env bash
# data_shared.sh - `data stats` agrees with the published counts of the real corpora.
. "$(dirname "$0")/common.sh"
shared=${KDGRID_SHARED:-$KDGRID_SOURCE/../shared}
[ -d "$shared/data" ] || skip "no shared corpora"
cd "$work"

# field KEY: the number of a key of the last --json.
field() { sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" out | head -n 1; }

# ner CORPUS SPLIT SENTENCES TOKENS MENTIONS LONGEST: with no invalid transition.
ner() {
  local folder
  for folder in "$1" "$1-IOB2"; do
    local file=$shared/data/$folder/$2.tsv
    [ -f "$file" ] || continue
    expect 0 "" "$KDGRID" data stats --task ner --json "$file"
    local found="$(field sentences) $(field tokens) $(field mentions) $(field invalid_transitions) $(field longest_sentence)"
    [ "$found" = "$3 $4 $5 0 $6" ] || fail "$folder $2: $found, expected $3 $4 $5 0 $6"
  done
}
ner BC2GM train 12574 355405 15197 171
ner BC2GM devel 2519 71042 3061 265
ner BC2GM test 5038 143465 6325 205
ner BC5CDR-chem train 4560 118170 5203 154
ner BC5CDR-chem devel 4581 117453 5347 225
ner BC5CDR-chem test 4797 124750 5385 165
ner NCBI-disease train 5424 135701 5134 123
ner NCBI-disease devel 923 23969 787 86
ner NCBI-disease test 940 24497 960 106
ner JNLPBA train 16807 445090 46750 204
ner JNLPBA devel 1739 47461 4551 123
ner JNLPBA test 3856 101039 8662 208

# says FILE WORDS: a line of the plain report.
says() {
  expect 0 "" "$KDGRID" data stats "$shared/data/$1"
  grep -qF -- "$2" out || fail "$1: expected '$2'"
}
says JNLPBA/train.tsv "DNA 8481, RNA 844, cell_line 3430, cell_type 6192, protein 27803"
says JNLPBA/devel.tsv "DNA 1052, RNA 107, cell_line 400, cell_type 526, protein 2466"
says JNLPBA/test.tsv "DNA 1056, RNA 118, cell_line 500, cell_type 1921, protein 5067"
says JNLPBA-IOB2/train.tsv "note, 1800 times: a document mark is skipped"
says JNLPBA-IOB2/devel.tsv "note, 200 times: a document mark is skipped"
says JNLPBA-IOB2/test.tsv "note, 404 times: a document mark is skipped"
says ChemProt/train.tsv "CPR:3 761, CPR:4 2251, CPR:5 172, CPR:6 235, CPR:9 713, false 12389"
says ChemProt/devel.tsv "CPR:3 548, CPR:4 1093, CPR:5 115, CPR:6 199, CPR:9 457, false 7949"
says ChemProt/test.tsv "CPR:3 664, CPR:4 1658, CPR:5 183, CPR:6 292, CPR:9 644, false 10955"
says HoC/train.tsv "0: 9034 1: 2565 2: 464 3: 50 4: 5 5: 1"
says HoC/devel.tsv "0: 1337 1: 401 2: 55 3: 4 4: 1"
says HoC/test.tsv "0: 2650 1: 768 2: 115 3: 13 4: 1"
finish
