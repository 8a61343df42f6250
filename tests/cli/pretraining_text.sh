#!/usr/bin/env bash
# pretraining_text.sh - texts of many files, plain and packed; one array or many; what is held out; what is refused.
. "$(dirname "$0")/common.sh"
cd "$work"

mkdir -p files/texts/more
"$KDGRID" data synth --task text --sentences 300 -o files/all.txt >/dev/null || fail "no text was invented"
sed -n 1,120p files/all.txt >files/texts/a.txt
sed -n 121,200p files/all.txt | gzip -c >files/texts/b.txt.gz
sed -n 201,300p files/all.txt >files/texts/more/c.txt
cat >words.cfg <<'CFG'
study = {
  name = "words"; task = "text"; seeds = [1];
  data = { corpus = "files/texts"; vocab_size = 300; max_pieces = 64; held_out = 0.2; };
  student = { kind = "bert"; layers = 1; hidden = 16; heads = 2; ffn = 32; positions = 64; init_range = 0.1; };
  train = { epochs = 1; batch = 16; lr = 2e-3; checkpoint_s = 0; };
  distill = { smoothing = 0; };
};
CFG

figures() { "$KDGRID" show "$("$KDGRID" ls "$1" | awk 'NR == 2 { print $1 }')" --store "$1" --json | grep masked; }

expect 0 '' "$KDGRID" plan words.cfg
expect 0 '' "$KDGRID" run words.cfg --store one
expect 0 '' "$KDGRID" run words.cfg --store parts -D data.part_pieces=500
expect 0 '' "$KDGRID" run words.cfg --store file -D data.corpus=files/all.txt
expect 0 '' "$KDGRID" doctor words.cfg
same <(figures one) <(figures parts)
same <(figures one) <(figures file)
[ "$(figures one | grep -c .)" -ge 8 ] || fail "devel and test have no figures"

# Of words of their own, from a file, in more rows.
expect 0 '' "$KDGRID" run words.cfg --store named -D data.devel=files/texts/a.txt -D data.test=files/texts/b.txt.gz \
  -D data.documents=split -D data.max_pieces=10
figures named | grep -q '"devel.masked.asked"' || fail "a named devel is not measured"

# ---- a disk that is full in the middle: what was packed until there is taken over, and the object is the same ----
went_on=0
for count in 30 45 60; do
  KDGRID_FAULTS="fail=write:${count}x100000 log=$work/faults$count" "$KDGRID" run words.cfg --store full -D data.part_pieces=300 >out 2>err
  parts=$(find full/work* -name 'text-[0-9]*' 2>/dev/null | wc -l)
  expect 0 '' "$KDGRID" run words.cfg --store full -D data.part_pieces=300
  same <(figures one) <(figures full)
  if [ "$parts" -gt 0 ]; then
    went_on=$((went_on + 1))
    [ -z "$(find full/work* -name 'text-*' 2>/dev/null)" ] || fail "saved parts are left behind"
  fi
  rm -rf full
done
[ $went_on -gt 0 ] || fail "no write failed between two parts"

# ---- refused, with nothing half done ----
bad() { # WORDS EXIT SETTING...; 1 where only the cell, which reads all of it, can tell
  local words=$1 code=$2; shift 2
  expect "$code" "$words" "$KDGRID" run words.cfg --store bad "$@"
  [ -z "$(find bad/objects -name '*.h5' 2>/dev/null)" ] || fail "an object of: $*"
  rm -rf bad
}
printf '\n  \n' >files/empty.txt
bad 'has no documents to learn from' 65 -D data.corpus=files/empty.txt
head -c 400 files/texts/b.txt.gz >files/cut.txt.gz
bad 'ends in the middle of gzip' 1 -D data.corpus=files/cut.txt.gz
{ head -c 200 files/texts/b.txt.gz; printf 'XXXX'; tail -c +205 files/texts/b.txt.gz; } >files/spoilt.txt.gz
bad 'damaged gzip' 65 -D data.corpus=files/spoilt.txt.gz
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n' >files/no_mask.txt
bad 'the vocabulary has no [MASK]' 65 -D data.vocab=files/no_mask.txt
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n!\n' >files/no_words.txt
bad 'no piece of any document is in the vocabulary' 1 -D data.vocab=files/no_words.txt
bad 'leaves no room for two pieces' 78 -D data.max_pieces=3 -D data.vocab=files/no_words.txt
mkdir files/none && touch files/none/README.md
bad 'without texts' 66 -D data.corpus=files/none
bad 'asks for 1000 documents of train' 1 -D data.train_sentences=1000
cp files/no_words.txt files/texts/vocab.txt
bad 'vocab.txt in it: take that out' 65

# ---- articles in XML ----
cat >files/medline.xml <<'XML'
<?xml version="1.0"?>
<PubmedArticleSet><PubmedArticle><Article><ArticleTitle>[A gene.]</ArticleTitle>
<Abstract><AbstractText>It &lt;binds&gt;.</AbstractText></Abstract></Article></PubmedArticle>
<PubmedArticle><Article><ArticleTitle>Alone</ArticleTitle></Article></PubmedArticle></PubmedArticleSet>
XML
gzip -k files/medline.xml
expect 0 '' "$KDGRID" data convert pubmed files/medline.xml files/medline.xml.gz -o made.txt
same made.txt <(printf 'A gene. It <binds>.\nA gene. It <binds>.\n')
expect 0 '1 without an abstract' "$KDGRID" data convert pubmed files/medline.xml
same out <(printf 'A gene. It <binds>.\n')
expect 65 'has no <article>' "$KDGRID" data convert jats files/medline.xml -o none.txt
[ -e none.txt ] && fail "a text of articles that could not be read"
sed -i 's/&lt;/\&lt /' files/medline.xml
expect 65 'medline.xml:3: expected ; behind &lt' "$KDGRID" data convert pubmed files/medline.xml -o made.txt
same made.txt <(printf 'A gene. It <binds>.\nA gene. It <binds>.\n') # what was there stays
expect 2 "expected pubmed, jats or questions, found 'html'" "$KDGRID" data convert html files/medline.xml

finish
