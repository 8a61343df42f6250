#!/usr/bin/env bash
# states.sh - hidden states and maps of a teacher that are kept teach what a teacher asked in every step does, bit
# for bit; what is larger than allowed is asked, what is damaged is refused.
. "$(dirname "$0")/common.sh"
cd "$work"

# study FILE TASK 'METHODS' [SETTINGS]: a teacher of four layers, students that look inside it, with and without a
# budget. Batches stay below 512 rows, where products do not depend on neighbours (docs/NUMERICS.md).
study() {
  local head='pooler = false; head = "tags"'
  [ "$2" = ner ] || head='pooler = true; head = "class"'
  cat >"$1" <<CFG
study = {
  name = "states"; task = "$2"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 60; devel = 20; test = 20; }; };
  teacher = { kind = "bert"; layers = 4; hidden = 16; heads = 2; ffn = 32; positions = 400; $head;
              train = { epochs = 1; lr = 1e-3; }; };
  student = { kind = "bert"; layers = 2; hidden = 16; heads = 2; ffn = 32; positions = 400; $head; };
  train = { epochs = 2; batch = 8; lr = 1e-3; };
  distill = { attention_schedule = "linear"; embedding_schedule = "exp"; };
  ${4:-}
  axes = ( { key = "distill.method"; values = [$3]; }, { key = "targets.states_gib"; values = [0.0, 1.0]; } );
};
CFG
}

# Objects of the cells of METHOD, the one that asks first.
objects() {
  "$KDGRID" plan "$1" --store store --explain | sed -n "s/^[0-9]* \(..\)\([0-9a-f]*\) .*method=$2 .*/store\/objects\/\1\/\1\2.h5/p"
}

same_weights() {
  local asked kept
  { read -r asked; read -r kept; } < <(objects "$1" "$2")
  [ "$asked" != "$kept" ] || fail "$2: one cell for both ways"
  rm -rf asked kept
  "$KDGRID" model export "$asked" -o asked >/dev/null 2>log || { cat log; fail "$asked cannot be exported"; }
  "$KDGRID" model export "$kept" -o kept >/dev/null 2>log || { cat log; fail "$kept cannot be exported"; }
  cmp -s asked/model.safetensors kept/model.safetensors || fail "$2: kept states teach something else"
}

runs() { "$KDGRID" run "$1" --store store >/dev/null 2>log || { cat log; fail "$1 does not run"; }; }

study ner.cfg ner '"tinybert", "distilbert", "compact", "pkd", "fastbioner"'
study re.cfg re '"pkd", "doktra"'
runs ner.cfg
runs re.cfg
for method in tinybert distilbert compact pkd fastbioner; do same_weights ner.cfg $method; done
for method in pkd doktra; do same_weights re.cfg $method; done
study scores.cfg ner '"tinybert", "distilbert"'
sed -i 's/distill = {/distill = { pairing = "source"; attention_target = "scores";/' scores.cfg
runs scores.cfg
same_weights scores.cfg tinybert
study halves.cfg ner '"compact"' 'targets = { format = "f16"; };'
runs halves.cfg

# What the plan says of it, in words. Two of the five methods compare the same layers.
"$KDGRID" plan ner.cfg --store none >plan
grep -qE '^states +4 +0 +4 ' plan || fail "no line of states: $(cat plan)"
grep -qE '^5 students ask a teacher in every step; kept, its states would take up to about [0-9.]+ MiB' plan ||
  fail "no word on who asks: $(cat plan)"
"$KDGRID" plan ner.cfg --store none --explain >plan
grep -qE "tinybert states_gib=0 .*its teacher is asked in every step: kept, its states would take about [0-9.]+ MiB, more than targets.states_gib" plan ||
  fail "no word on a teacher that is asked: $(cat plan)"
grep -qE "tinybert states_gib=1 \(for its corpus and targets and states; its teacher's states are kept, about [0-9.]+ MiB\)" plan ||
  fail "no word on states that are kept: $(cat plan)"
"$KDGRID" plan ner.cfg -D targets.states_gib=1e-6 --store none | grep -qE '^states +[0-9]' && fail "more is kept than allowed"

# A corpus that is larger than its settings promise is held against the budget again, before anything is written.
study small.cfg ner '"compact"'
expect 1 'targets.states_gib: states and maps of this corpus take' \
  "$KDGRID" run small.cfg --store small -D targets.states_gib=0.003 -D data.vocab_size=60

# Damage ends the student that would learn from it, and says where it is.
student=$(objects ner.cfg compact | tail -n 1)
states=$(grep -ao 'input states [0-9a-f]*' "$student" | sed 's/.* \(..\)\(.*\)/store\/objects\/\1\/\1\2.h5/')
[ -f "$states" ] || fail "the student does not say which states it learned from"
printf 'damage' | dd of="$states" bs=1 seek=$(($(stat -c %s "$states") / 2)) conv=notrunc status=none
expect 1 "/train/" "$KDGRID" run ner.cfg --store store -D 'seeds=[2]' -D distill.method=compact -D targets.states_gib=1
grep -q "is damaged: its bytes do not give its checksum" err || fail "no word on the damage: $(cat err)"
finish
