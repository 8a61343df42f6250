#!/usr/bin/env bash
# doktra_tasks.sh - the five tasks of DoKTra run from files as they are published: headers or none, orders of classes and
# columns, the class that is no relation, and for documents the union of their sentences.
. "$(dirname "$0")/common.sh"
cd "$work"

cat >study.cfg <<'CFG'
study = {
  name = "tasks"; task = "re"; seeds = [1];
  data = { vocab_size = 150; max_pieces = 64; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; dropout = 0.0; pooling = "max"; };
  train = { epochs = 20; batch = 4; lr = 2e-2; };
  distill = { method = "none"; smoothing = 0.0; };
};
CFG

# rows TASK: "sentence<TAB>label" of eight pairs with two of its classes.
rows() {
  local n
  for n in 1 2 3 4; do
    case $1 in
    chemprot) printf '@CHEMICAL$ stops a%d @GENE$\tCPR:4\n@CHEMICAL$ near a%d @GENE$\tfalse\n' $n $n ;;
    gad) printf 'a%d @GENE$ causes @DISEASE$\t1\na%d @GENE$ without @DISEASE$\t0\n' $n $n ;;
    ddi) printf '@drug$ lifts a%d @brand$\tDDI-effect\n@group$ beside a%d @drug_n$\tDDI-false\n' $n $n ;;
    i2b2) printf '@test$ reveals a%d @problem$\tTeRP\n@treatment$ beside a%d @problem$\tfalse\n' $n $n ;;
    esac
  done
}

# split TASK SPLIT: with an index and the header, where that task has one there.
split() {
  case $1-$2 in
  chemprot-train | chemprot-devel | gad-train | gad-test) rows $1 ;;
  *) printf 'index\tsentence\tlabel\n'; rows $1 | awk '{ print NR - 1 "\t" $0 }' ;;
  esac >$1/$2.tsv
}

# scores TASK METRIC [SETTING]...: it is learned, and by this number.
scores() {
  local task=$1 metric=$2
  shift 2
  KDGRID_DATA=$work "$KDGRID" run study.cfg --store $task.store -D data.corpus=$task "$@" >/dev/null 2>log ||
    { cat log; fail "$task does not run"; return; }
  "$KDGRID" aggregate $task.store --metric $metric --by seed --format csv >table 2>log || { cat log; fail "$task has no $metric"; }
  awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) if ($i + 0 > 0.9 && $i <= 1) ok = 1 } END { exit !ok }' table ||
    { cat table; fail "$task was not learned"; }
}

# labels TASK NAMES: in this order, whichever came first.
labels() {
  local object
  object=$(grep -rl "student" $1.store/objects --include='*.h5' | head -n 1)
  "$KDGRID" model export "$object" -o $1.folder >/dev/null 2>log || { cat log; fail "no export of $1"; }
  tr -d ' \n' <$1.folder/config.json | grep -qF "$2" || { cat $1.folder/config.json; fail "classes of $1 in another order"; }
}

for task in chemprot gad ddi i2b2; do
  mkdir $task
  for s in train devel test; do split $task $s; done
  scores $task test.relation.f1 -D data.relation=$task
  scores $task test.accuracy -D data.relation=$task
done
labels chemprot '"0":"CPR:3","1":"CPR:4","2":"CPR:5","3":"CPR:6","4":"CPR:9","5":"false"'
labels gad '"0":"0","1":"1"'
labels ddi '"0":"DDI-mechanism","1":"DDI-effect","2":"DDI-advise","3":"DDI-int","4":"DDI-false"'
labels i2b2 '"0":"PIP","1":"TeCP","2":"TeRP","3":"TrAP","4":"TrCP","5":"TrIP","6":"TrNAP","7":"TrWP","8":"false"'

mkdir hoc
none=0_0,1_0,2_0,3_0,4_0,5_0,6_0,7_0,8_0
for s in train devel test; do
  printf 'labels\tsentence\tindex\n' >hoc/$s.tsv
  for n in 1 2 3 4; do
    printf '0_1,%s\tgrowth of a%d goes on\t%d_s0\n%s,9_1\tdeath of a%d is late\t%d_s1\n' "${none#*,},9_0" $n $n $none $n $n >>hoc/$s.tsv
  done
done
scores hoc test.document.f1 -D task=hoc
rm -r hoc.store
scores hoc test.document.f1 -D task=hoc -D data.hallmarks=two
labels hoc '"0":"0_0","1":"0_1","2":"1_0",'
object=$(grep -rl student hoc.store/objects --include='*.h5' | head -n 1)
printf 'growth of a2 goes on\n' >text
"$KDGRID" predict "$object" text >said 2>log || { cat log; fail "twenty outputs give no answer"; }
tr -d ' \n' <said | grep -q '"0_1"' || { cat said; fail "the hallmark that holds is not told"; }
grep -q '"[0-9]_0"' said && fail "what does not hold is told"
"$KDGRID" score "$object" hoc/test.tsv >said 2>log || { cat log; fail "twenty outputs have no score"; }
grep -q 'document .*1\.0000' said || { cat said; fail "twenty outputs score otherwise on the same file"; }
finish
