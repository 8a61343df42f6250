#!/usr/bin/env bash
# methods.sh - every method goes from an experiment file to a table; what is not defined is refused at plan time.
. "$(dirname "$0")/common.sh"
cd "$work"

# study FILE TASK 'METHODS' [STUDENT [DISTILL]]: a teacher of four layers, students, one cell a method.
study() {
  local student='kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32' head='pooler = false; head = "tags"'
  [ "$2" = ner ] || head='pooler = true; head = "class"'
  [ -z "${4:-}" ] || student=$4
  cat >"$1" <<CFG
study = {
  name = "methods"; task = "$2"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; }; };
  teacher = { kind = "bert"; layers = 4; hidden = 16; heads = 2; ffn = 32; positions = 128; $head;
              distill = { confidence_penalty = 0.3; }; train = { epochs = 1; lr = 1e-3; }; };
  student = { $student; positions = 128; $head; };
  train = { epochs = 2; batch = 16; lr = 1e-3; };
  distill = { ${5:-} };
  axes = ( { key = "distill.method"; values = [$3]; } );
};
CFG
}

# runs FILE CELLS: it runs, and as many cells have a score.
runs() {
  "$KDGRID" run "$1" --store "$1.store" >/dev/null 2>log || { cat log; fail "$1 does not run"; }
  "$KDGRID" aggregate "$1.store" --metric f1 --by student.hidden,distill.method --format csv >table || fail "$1 has no table"
  [ "$(grep -c . table)" -gt "$2" ] || { cat table; fail "$1: expected $2 rows"; }
}

says() { grep -qF -- "$1" "$work/out" || fail "expected '$1' on stdout, found: $(head -n 5 "$work/out")"; }
refused() { expect 78 "$2" "$KDGRID" plan "$1"; }

study ner.cfg ner '"none", "logit-mse", "soft-ce", "kl", "tinybert", "distilbert", "compact", "pkd", "fastbioner"'
runs ner.cfg 9
"$KDGRID" table ner.cfg --store ner.cfg.store | grep -q 'fastbioner is a reconstruction' || fail "no table says reconstruction"


# all methods with one of them, in words; a seed each is no spread to hold them against
expect 0 "" "$KDGRID" compare ner.cfg.store --among distill.method --baseline none --explain --wide
says "kl"
says "It speaks of these trained models on sentences of this kind, not of other seeds."
says "the exchange of answers decides"
expect 2 "--baseline: distill.method=nne: no cell has this value; did you mean none?" \
  "$KDGRID" compare ner.cfg.store --among distill.method --baseline nne
expect 2 "compare: --baseline, --explain and --ranks go with --among KEY" \
  "$KDGRID" compare ner.cfg.store --a distill.method=kl --b distill.method=none --explain
expect 2 "compare: --among stands in place of --a and --b" \
  "$KDGRID" compare ner.cfg.store --among distill.method --a distill.method=kl

narrow='kind = "bert"; layers = 2; hidden = 8; heads = 2; ffn = 32'
lstm='kind = "bilstm"; layers = 1; hidden = 8; embedding = 8'
study wide.cfg ner '"tinybert"' "$narrow" 'pairing = "source";'
runs wide.cfg 1
study spared.cfg ner '"fastbioner"' "$lstm" 'hidden_schedule = "off";'
runs spared.cfg 1
study re.cfg re '"tinybert", "doktra"' "$narrow"
runs re.cfg 2

for pooling in max mean attention; do
  study $pooling.cfg re '"logit-mse", "soft-ce", "kl", "doktra"' "$lstm; pooling = \"$pooling\""
  runs $pooling.cfg 4
done
study tags.cfg ner '"doktra"'
refused tags.cfg 'doktra is not defined for named entities: it learns from one label a sentence'
study lstm.cfg ner '"tinybert"' "$lstm"
refused lstm.cfg "tinybert needs the student's attention maps, which a bilstm does not have"
study widths.cfg ner '"compact"' "$narrow"
refused widths.cfg 'student.hidden = 8, teacher.hidden = 16'
study layers.cfg ner '"pkd"' 'kind = "bert"; layers = 3; hidden = 16; heads = 2; ffn = 32'
refused layers.cfg 'teacher.layers = 4 is no multiple of student.layers = 3'
study cold.cfg ner '"kl"' '' 'temperature = 0;'
refused cold.cfg 'cold.cfg:8: distill.temperature'
study share.cfg ner '"kl"' '' 'alpha = 1.5;'
refused share.cfg 'share.cfg:8: distill.alpha: expected a number from 0 to 1'
study unlabelled.cfg ner '"logit-mse"' '' 'padding = "source";'
refused unlabelled.cfg 'unlabelled.cfg:8: distill.padding: source needs distill.rows = all: a PAD has no label'
study pads.cfg ner '"logit-mse"' '' 'padding = "source"; rows = "all";'
refused pads.cfg 'pads.cfg:8: distill.padding: source needs targets.padding = true'
sed 's/^  train =/  targets = { padding = true; format = "f16"; };\n  train =/' pads.cfg >padded.cfg
runs padded.cfg 1
# A BiLSTM over a block of embeddings has positions too: the first run says how long a sentence is, the second
# has just so many places and none for a PAD.
block='kind = "bilstm"; embeddings = "bert"; embedding = 8; hidden = 8; layers = 1'
sed "s/teacher = { kind = \"bert\"; layers = 4; hidden = 16; heads = 2; ffn = 32; positions = 128/teacher = { $block; positions = 4/" padded.cfg >block.cfg
expect 78 "teacher.positions: 4 are too few for a sentence of" "$KDGRID" run block.cfg --store block.store
longest=$(sed -n 's/.*too few for a sentence of \([0-9]*\) pieces.*/\1/p' "$work/err" | head -n 1)
sed -i "s/positions = 4/positions = $longest/" block.cfg
expect 1 "targets.padding: teacher.positions = $longest leaves no place" "$KDGRID" run block.cfg --store block.store
study live.cfg ner '"kl", "distilbert"' '' 'teacher_mode = "train";'
runs live.cfg 2

# Which weights are best is by any number on devel, and never changes what is trained.
study by.cfg ner '"none"' 'kind = "bilstm"; layers = 1; hidden = 16; embedding = 16'
sed -i 's/seeds = \[1\]/seeds = [2, 4]/; s/epochs = 2; batch = 16; lr = 1e-3/epochs = 20; batch = 8; lr = 2e-2/' by.cfg
sed 's/  train = {/  train = { select_by = "token_micro.f1";/' by.cfg >by_token.cfg
for by in by by_token; do
  runs $by.cfg 1
  "$KDGRID" aggregate $by.cfg.store --metric devel.token_micro.f1 --by seed --format csv | cut -d, -f4 | tail -n +2 >$by.scores
done
paste by.scores by_token.scores | awk '$2 < $1 { exit 1 } $2 > $1 { more = 1 } END { exit !more }' ||
  { paste by.scores by_token.scores; fail "best by token_micro.f1 is not the best by it"; }
sed 's/token_micro.f1/entity_strict.Planet.f1/' by_token.cfg >planet.cfg
expect 1 "train.select_by: devel has no entity_strict.Planet.f1" "$KDGRID" run planet.cfg --store planet.store

# A batch larger than the corpus is seen before the first cell; what only a run can see ends it in words, once: a loss that explodes.
study batch.cfg ner '"none"'
sed -i 's/batch = 16/batch = 61/' batch.cfg
expect 78 "train.batch: 61 is more than the 60 sentences there are" "$KDGRID" run batch.cfg --store batch.store
study explodes.cfg ner '"none"'
sed -i 's/batch = 16; lr = 1e-3/batch = 16; lr = 10.0; clip = 0.0; explode = 3.0; epochs = 50/; s/epochs = 2; batch/batch/' explodes.cfg
expect 1 "a smaller lr" "$KDGRID" run explodes.cfg --store explodes.store
[ "$(grep -c 'failed for good (diverged)' "$work/err")" = 1 ] || fail "a diverged cell was tried again"
finish
