#!/usr/bin/env bash
# new.sh - a corpus of any form becomes an experiment file that runs as it is; what is wrong with it is said.
. "$(dirname "$0")/common.sh"
cd "$work"
says() { grep -qF -- "$1" out || fail "expected '$1' on stdout, found: $(head -n 20 out)"; }

# walk NAME: the file is planned, run at the size of smoke, and makes a table.
walk() {
  expect 0 "" "$KDGRID" plan "$1.cfg"
  expect 0 "" "$KDGRID" plan "$1.cfg" --profile laptop
  expect 0 "" "$KDGRID" run "$1.cfg" --profile smoke --store "store-$2"
  expect 0 "" "$KDGRID" table "$1.cfg" --profile smoke --store "store-$2"
  grep -q '^| .* |  *[*]*[0-9][0-9.]*[*]* |' out && ! grep -q 'not in the store yet' out || fail "$1: no table: $(cat out)"
}

# hoc FILE FIRST COUNT: documents of three sentences with two of the ten hallmarks.
hoc() {
  printf 'labels\tsentence\tindex\n' >"$1"
  for ((d = $2; d < $2 + $3; d++)); do
    for s in 0 1 2; do
      printf '0_%d,1_%d,2_0,3_0,4_0,5_0,6_0,7_0,8_0,9_0\tcells of kind %d grew in case %d .\t%d_s%d\n' \
        $((d % 2)) $((s % 2)) $((d % 2)) $d $d $s
    done
  done >>"$1"
}

# ---- a corpus of each task ----

"$KDGRID" data synth --sentences 120 --devel 40 --test 40 -o genes >/dev/null
"$KDGRID" data synth --task re --sentences 120 --devel 40 --test 40 -o pairs >/dev/null
mkdir documents
hoc documents/train.tsv 0 40
hoc documents/devel.tsv 100 10
hoc documents/test.tsv 200 10
for corpus in genes pairs documents; do
  expect 0 "" "$KDGRID" new "of-$corpus" --corpus $corpus/
  says "train 120 sentences, "
  says "next:    kdgrid plan  of-$corpus.cfg --profile smoke"
  case $corpus in pairs) says "kdgrid predict best SENTENCES --lines" ;; *) says "kdgrid predict best TEXT" ;; esac
  grep -q '^# train 120 sentences' of-$corpus.cfg || fail "$corpus: the file does not say what was found"
  awk 'length > 120 { exit 1 }' of-$corpus.cfg || fail "$corpus: lines that nobody can read"
  walk of-$corpus $corpus
  expect 0 "" "$KDGRID" new "alone-$corpus" --corpus $corpus --teacher none
  expect 0 "" "$KDGRID" plan "alone-$corpus.cfg" --profile smoke
  grep -q teacher out && fail "$corpus: a teacher where none was wanted"
done
expect 73 "of-genes.cfg is there already; nothing is written" "$KDGRID" new of-genes --corpus pairs
expect 73 "of-genes.cfg is there already" "$KDGRID" new of-genes.cfg --corpus pairs
grep -q 'corpus     = "genes"' of-genes.cfg || fail "the file was overwritten"

# ---- a teacher that is published ----

expect 0 "" "$KDGRID" new network --template relations
sed -i 's/method"; values = .*/method"; values = ["none"]; },/' network.cfg
expect 0 "" "$KDGRID" run network.cfg --profile smoke --store published-store -D student.positions=128
"$KDGRID" model export best --store published-store -o published 2>/dev/null || fail "nothing is exported"
expect 0 "" "$KDGRID" new taught --corpus pairs --teacher published
grep -q 'kind = "bert"; hidden = 32; layers = 1;.* heads = 2; ffn = 64;' taught.cfg || fail "sizes of config.json: $(grep kind taught.cfg)"
expect 0 "" "$KDGRID" plan taught.cfg --profile smoke
mkdir bare && cp published/config.json bare
expect 66 "--teacher: bare: no model.safetensors" "$KDGRID" new none --corpus pairs --teacher bare
cp published/model.safetensors bare
expect 66 "--teacher: bare: no vocab.txt" "$KDGRID" new none --corpus pairs --teacher bare
[ ! -e none.cfg ] || fail "a study whose teacher cannot be opened"
expect 66 "--teacher: nowhere/config.json" "$KDGRID" new none --corpus pairs --teacher nowhere

# Students with pieces of their own, beside a published teacher or not.
for corpus in pairs genes; do
  expect 0 "" "$KDGRID" new "two-$corpus" --corpus $corpus --teacher published --vocab built
  grep -qE '^    data +. \{ vocab = ".*published"|^    data +. \{ vocab = "published"' two-$corpus.cfg || fail "$corpus: no teacher.data: $(grep vocab two-$corpus.cfg)"
  expect 0 "" "$KDGRID" run two-$corpus.cfg --profile smoke --store two-store
  "$KDGRID" plan two-$corpus.cfg --profile smoke | grep -q "in the teacher's own pieces" || fail "$corpus: one vocabulary"
done
grep -q '^    vocab      = "published";' taught.cfg && ! grep -q 'data *= { vocab' taught.cfg || fail "taught.cfg: $(grep vocab taught.cfg)"
expect 0 "" "$KDGRID" new given --corpus pairs --vocab published
grep -q 'vocab      = "published";' given.cfg && expect 0 "" "$KDGRID" plan given.cfg --profile smoke
expect 66 "--vocab: no such file or folder: nowhere" "$KDGRID" new none --corpus pairs --vocab nowhere

# ---- text to pre-train on ----

mkdir texts && "$KDGRID" data synth --task text --sentences 300 -o texts/a.txt >/dev/null
expect 0 "" "$KDGRID" new words --corpus texts --task text
says "kdgrid model export best -o FOLDER"
expect 0 "" "$KDGRID" plan words.cfg --profile laptop
expect 0 "" "$KDGRID" run words.cfg --profile smoke --store words-store
grep -q 'perplexity' out || fail "no table of masked words: $(cat out)"
expect 0 "" "$KDGRID" model export best --store words-store -o encoder
expect 0 "" "$KDGRID" new more-words --template pretraining --corpus texts --teacher encoder
expect 0 "" "$KDGRID" run more-words.cfg --profile smoke --store words-store
grep -q 'kl' out || fail "no student learns from the teacher: $(cat out)"
expect 66 "genes" "$KDGRID" new e --corpus genes --template pretraining
expect 2 "--template relations is not for the task text" "$KDGRID" new e --corpus texts --task text --template relations
expect 66 "nowhere" "$KDGRID" new e --corpus nowhere --task text
expect 2 "of pretraining a published teacher and its students read the same pieces" \
  "$KDGRID" new e --corpus texts --task text --teacher encoder --vocab built

# ---- corpora that are not ready ----

mkdir nodevel && cp genes/train.tsv genes/test.tsv nodevel
expect 0 "" "$KDGRID" new nodevel-study --corpus nodevel
says "cut from nodevel/train.tsv, which has no devel beside it"
says "written: nodevel-study.cfg, and the splits to nodevel-study-corpus"
expect 0 "" "$KDGRID" plan nodevel-study.cfg
"$KDGRID" data stats nodevel-study-corpus/{train,devel,test}.tsv >parts
[ "$(grep -oE '^  [0-9]+ sentences' parts | tr -dc '0-9\n' | paste -sd ' ')" = "108 12 40" ] || fail "parts: $(cat parts)"
expect 73 "nodevel-again-corpus is there already" bash -c "mkdir nodevel-again-corpus; '$KDGRID' new nodevel-again --corpus nodevel"
[ -e nodevel-again.cfg ] && fail "a file without its corpus"

expect 0 "" "$KDGRID" new single --corpus genes/train.tsv
says "train 96 sentences"
says "devel 12 sentences"
expect 0 "" "$KDGRID" plan single.cfg
hoc all.tsv 0 30
expect 0 "" "$KDGRID" new whole --corpus all.tsv
says "train 72 sentences" # documents are not cut
expect 0 "" "$KDGRID" plan whole.cfg

mkdir schemes
for s in train dev; do
  for i in {1..8}; do printf 'The\tO\nIL\tB-Gene\n%d\tI-Gene\n\n' $i; done >schemes/$s.iob
done
printf 'x\tS-Drug\nIL\tB-Gene\n2\tE-Gene\n\n' >schemes/Test.conll
expect 0 "" "$KDGRID" new schemes-study --corpus schemes
says "tags are IOB2"
says "a sentence is written again in the other scheme"
says "Drug of test is never in train"
says "sentences of devel that are also in train: 8"
expect 0 "" "$KDGRID" run schemes-study.cfg --profile smoke --store schemes-store -D distill.method=none

printf 'The gene binds .\nNothing else .\n' >plain.txt
expect 65 "taken for the task ner: --task names another" "$KDGRID" new e --corpus plain.txt
grep -q tag-column err && fail "a column is asked for where there is one: $(cat err)"

# Columns beside words and tags: the last holds the tags, or the one that is named.
awk -F'\t' 'NF { print $1 "\t" $2 "\t" length($1); next } { print }' genes/train.tsv >odd.conll
expect 65 "is no tag: expected O, B-, I-, E- or S- and a type, or bare O, B, I, E, S; taken for the task ner" "$KDGRID" new odd --corpus odd.conll
grep -qF -- "--task names another, --tag-column the column of tags" err || fail "no way out is told: $(cat err)"
expect 0 "" "$KDGRID" new odd --corpus odd.conll --tag-column 2
says "train 96 sentences"
expect 0 "" "$KDGRID" plan odd.cfg
grep -q tag_column odd.cfg && fail "what was cut has two columns"
mkdir odd && for s in train devel test; do awk -F'\t' 'NF { print $1 "\t" $2 "\tx"; next } { print }' genes/$s.tsv >odd/$s.tsv; done
expect 0 "" "$KDGRID" new odd-splits --corpus odd --tag-column 2
grep -q '^    tag_column = 2;' odd-splits.cfg || fail "the study reads another column: $(grep -A3 corpus odd-splits.cfg)"
expect 0 "" "$KDGRID" plan odd-splits.cfg
expect 2 "--tag-column: expected a whole number from 0 to 16, found 17" "$KDGRID" new e --corpus odd --tag-column 17
expect 0 "" "$KDGRID" data stats odd.conll --tag-column 2
mkdir many && for s in train devel test; do
  for i in {1..9}; do printf 'w\tB-a_long_type_%d\n' $i; printf '%d\tO\n\n' {1..3}; done >many/$s.tsv
done
expect 0 "" "$KDGRID" new many-types --corpus many
awk 'length > 80 { exit 1 }' out || fail "wider than a terminal: $(cat out)"

mkdir -p brat
for ((i = 0; i < 30; i++)); do
  printf 'The gene Abc%d binds.\nNothing else is known of Abc%d.\n' $i $i >brat/$i.txt
  printf 'T1\tGene 9 %d\tAbc%d\n' $((12 + ${#i})) $i >brat/$i.ann
done
expect 0 "" "$KDGRID" new notes --corpus brat
says "train 48 sentences"
says "cut from brat, which has no devel beside it; by documents"
expect 0 "" "$KDGRID" plan notes.cfg

for ((i = 0; i < 40; i++)); do printf 'trial %d of mice or men\t%s\n' $i $((i % 2)); done >classes.tsv
expect 0 "" "$KDGRID" new classes --corpus classes.tsv
says "classes.tsv: texts of one class (re)"

# A document is in one split, whichever way a corpus tells of documents.
whole() {
  for s in train devel test; do grep -o 'Abc[0-9]*' $1-corpus/$s.tsv | sort -u; done | sort | uniq -d >shared
  [ ! -s shared ] || fail "$1: documents in two splits: $(paste -sd ' ' shared)"
}
whole notes
for ((i = 0; i < 30; i++)); do
  printf -- '-DOCSTART-\tO\n\nAbc%d\tB-Gene\nbinds\tO\n\nThe\tO\nAbc%d\tB-Gene\n\nIt\tO\n\n' $i $i
done >marked.conll
expect 0 "" "$KDGRID" new marked --corpus marked.conll
says "train 72 sentences"
says "by documents"
whole marked
head -n 70 marked.conll >seven.conll # documents are fewer than there would be parts
expect 0 "" "$KDGRID" new seven --corpus seven.conll
grep -q "by documents" out && fail "seven documents are cut in ten parts"

# ---- what is no corpus ----

mkdir empty words
expect 65 "empty: no file is called train.tsv" "$KDGRID" new e --corpus empty
touch words/a.tsv words/b.tsv
expect 65 "there is a.tsv, b.tsv" "$KDGRID" new e --corpus words
head -c 3000 /dev/urandom >noise.tsv
expect 65 "noise.tsv:1: " "$KDGRID" new e --corpus noise.tsv --task ner
printf 'A\tO\n\n' >tiny.tsv
mkdir few && for s in train devel test; do cp tiny.tsv few/$s.tsv; done
expect 65 "few: too few training sentences for a study: 1, at least 8" "$KDGRID" new e --corpus few
expect 65 "too few sentences (1) to cut" "$KDGRID" new e --corpus tiny.tsv
expect 66 "nowhere" "$KDGRID" new e --corpus nowhere
expect 2 "--task: expected one of: ner re hoc qa pair; found words" "$KDGRID" new e --corpus genes --task words
expect 2 "--template relations is not for the task ner" "$KDGRID" new e --corpus genes --template relations
expect 2 "no template is called relation;" "$KDGRID" new e --template relation
expect 2 "--corpus or --template is missing" "$KDGRID" new e
KDGRID_SHARE=$work/empty expect 66 "" "$KDGRID" new e --corpus genes
[ -e e.cfg ] || [ -e e-corpus ] && fail "a failure left something behind"

# ---- names ----

hostile='it'"'"'s "a" \ $(touch cut) # { corpus'
cp -r genes "$hostile"
expect 0 "" "$KDGRID" new hostile --corpus "$hostile"
expect 0 "" "$KDGRID" plan hostile.cfg --profile smoke
expect 0 "" "$KDGRID" new "$hostile/inside" --corpus genes
grep -qF "corpus     = \"$work/genes\"" "$hostile/inside.cfg" || fail "a path that is not found from elsewhere"
expect 0 "" "$KDGRID" plan "$hostile/inside.cfg"
expect 0 "" "$KDGRID" new "$hostile/cut" --corpus genes/train.tsv
expect 0 "" bash -c 'cd / && "$0" plan "$1"' "$KDGRID" "$work/$hostile/cut.cfg"
"$KDGRID" new "$hostile/again" --corpus genes | sed -n 's/^next: *kdgrid/"$KDGRID"/p' >next
expect 0 "" bash next # what it says is a command of a shell
expect 2 "the name of a study is letters" "$KDGRID" new "$hostile" --corpus genes
cp -r genes $'line\nseeds = 7;'
expect 2 "end of line" "$KDGRID" new e --corpus $'line\nseeds = 7;'
cp -r genes synth
expect 0 "" "$KDGRID" new named --corpus synth
expect 0 "" "$KDGRID" plan named.cfg
grep -qF 'corpus     = "./synth"' named.cfg || fail "a folder that is called as the invented corpus"

# ---- all that came with the program: each is planned at the size of smoke; a copy is the same study ----

expect 0 "" "$KDGRID" new --list
cp out list
awk 'length > 80 { exit 1 }' list || fail "lines that are longer than a terminal: $(awk 'length > 80' list)"
for name in entities relations documents questions pairs pretraining doktra compact-ner fastbioner bc2gm-students bc2gm-tinybert \
  distilbiobert squad bioasq; do
  grep -q "^$name " list || fail "$name is not in the list"
done
ids() { "$KDGRID" plan "$1" --profile smoke --explain | sed -n 's/^[0-9]* \([0-9a-f]\{32\}\) .*/\1/p'; }
unset KDGRID_DATA
for name in $(grep -o '^[^ ]*' list); do
  expect 0 "" "$KDGRID" new copy-of-$name --template $name
  says "kdgrid run   copy-of-$name.cfg --profile smoke"
  ids copy-of-$name.cfg >got
  [ -s got ] || fail "$name: no node is planned"
  original=$(find "$KDGRID_SOURCE/experiments" -name $name.cfg -not -path '*templates*')
  [ -n "$original" ] || continue
  ids "$original" >want
  same want got
  grep -qF "experiments/" copy-of-$name.cfg && grep -F "experiments/" copy-of-$name.cfg | grep -qF "/$name.cfg" &&
    fail "$name: its comments name another file"
done
expect 0 "" "$KDGRID" new first --template quickstart
says "written: first.cfg, which stands on common/synthetic.cfg"
expect 2 "no template is called synthetic" "$KDGRID" new e --template synthetic
expect 0 "" "$KDGRID" new tags --template biominilm-tags
says "written: tags.cfg, which stands on pretraining/biominilm.cfg, pretraining/biominilm-4x312.cfg, pretraining/biominilm-3x384.cfg"
echo '# mine' >>pretraining/biominilm.cfg
expect 73 "./pretraining/biominilm.cfg is there already, and is another study; nothing is written" "$KDGRID" new more --template biominilm-tags
[ ! -e more.cfg ] || fail "a study is written beside grounds that are others"
expect 2 "--template doktra is a whole study" "$KDGRID" new e --template doktra --corpus genes
finish
