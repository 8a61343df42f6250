#!/usr/bin/env bash
# kinds.sh KIND - encoders of this kind learn every task from an experiment file, taught by a BERT, and go out and in again.
. "$(dirname "$0")/common.sh"
cd "$work"

# study FILE TASK KIND 'METHODS' 'STUDENT': a BERT that teaches, a small student of another kind.
study() {
  local head=tags pooler=false
  [ "$2" = ner ] || { head=class pooler=true; }
  cat >"$1" <<CFG
study = {
  name = "kinds"; task = "$2"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 200; devel = 40; test = 40; noise = 0.0; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 128; pooler = $pooler; head = "$head";
              train = { epochs = 2; batch = 16; lr = 3e-3; }; };
  student = { kind = "$3"; layers = 2; hidden = 16; heads = 2; ffn = 32; pooler = $pooler; head = "$head"; $5 };
  train = { epochs = 12; batch = 16; lr = 5e-3; };
  axes = ( { key = "distill.method"; values = [$4]; } );
};
CFG
}

# learns FILE CELLS LEAST METRIC: it runs, and each cell that learned from labels alone has this much at least.
learns() {
  "$KDGRID" run "$1" --store "$1.store" >/dev/null 2>log || { cat log; fail "$1 does not run"; }
  "$KDGRID" aggregate "$1.store" --metric "$4" --by student.kind,distill.method --format csv >table || fail "$1 has no table"
  [ "$(grep -c ',' table)" -gt "$2" ] || { cat table; fail "$1: expected $2 rows"; }
  awk -F, -v least="$3" '$1 != "" && $2 == "none" { for (i = 3; i <= NF; i++) if ($i + 0 >= least && $i <= 1) ok = 1 } END { exit !ok }' table ||
    { cat table; fail "$1: nothing was learned"; }
}

kind=$1 extra='' published=()
case $kind in
roberta)
  published=('"layer_norm_eps": 1e-05' '"max_position_embeddings": 514' '"type_vocab_size": 1' '"pad_token_id": 1')
  ;;
albert)
  extra='embedding = 8;'
  published=('"hidden_act": "gelu_new"' '"embedding_size": 8' '"classifier_dropout_prob": 0.1' '"num_hidden_groups": 1')
  ;;
mobilebert)
  extra='embedding = 8; bottleneck = 8; feedforwards = 2;'
  published=('"hidden_act": "relu"' '"normalization_type": "no_norm"' '"trigram_input": true' '"hidden_dropout_prob": 0,')
  ;;
esac

study ner.cfg ner $kind '"none", "compact"' "$extra"
learns ner.cfg 2 0.5 test.token_micro.f1
study re.cfg re $kind '"none", "doktra"' "$extra"
learns re.cfg 2 0.3 test.f1
for object in ner.cfg.store/objects/*/*.h5; do
  "$KDGRID" model tensors "$object" 2>/dev/null | grep " $kind.embeddings" >/dev/null || continue
  "$KDGRID" model export "$object" -o out || fail "export of a $kind"
done
grep -q "\"model_type\": \"$kind\"" out/config.json || fail "what a $kind is published as"
study again.cfg ner $kind '"none"' "$extra init = \"out\";"
sed -i 's/  train = { epochs = 12/  train = { epochs = 0/' again.cfg
learns again.cfg 1 0.5 test.token_micro.f1 # without any training

# What nobody set is as the kind was published.
for line in "${published[@]}"; do
  grep -q "$line" out/config.json || fail "a $kind without $line"
done
finish
