#!/usr/bin/env bash
# wide.sh [KILLS] - a training that two ranks share: refused where there is no room, the same bits whatever is killed, and beside
# narrow cells and another wide one.
. "$(dirname "$0")/common.sh"
command -v mpirun >/dev/null || skip "no mpirun"
[ "$(nproc)" -ge 2 ] || skip "two ranks need two cores"
cd "$work"
kills=${1:-5}

cat >wide.cfg <<'CFG'
study = {
  name = "wide"; task = "ner"; seeds = [1, 2];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 160; devel = 20; test = 20; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; pooler = false; positions = 128;
              train = { epochs = 12; batch = 16; lr = 1e-3; ranks = 2; checkpoint_s = 0.05; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 2; batch = 8; lr = 5e-3; };
  distill = { method = "logit-mse"; };
  measure = { latency = 0; };
};
CFG

# ---- words ----

expect 78 "teacher.train.ranks: 17 are more than the 16 sentences of a batch" \
  "$KDGRID" plan wide.cfg -D teacher.train.ranks=17
many=$(($(nproc) + 1))
expect 78 "wide.cfg:5: teacher.train.ranks: 2 ranks need $((2 * many)) cores of $many each, and this machine has $(nproc)" \
  "$KDGRID" run wide.cfg --store none -D threads=$many
expect 78 "wide.cfg:5: teacher.train.ranks: 2 ranks need $((2 * many)) cores of $many each, and its workers have 1 x $(nproc)" \
  "$KDGRID" run wide.cfg --store elsewhere -n 2 -D threads=$many # where only the workers know their machines
expect 1 "teacher: mpirun is not here" env PATH=/nowhere "$KDGRID" run wide.cfg --store alone
expect 78 "train.ranks: expected" "$KDGRID" plan wide.cfg -D train.ranks=0
[ "$("$KDGRID" plan wide.cfg --explain -D teacher.train.ranks=1 | grep '^0 ')" = \
  "$(sed 's/ranks = 2; //' wide.cfg >narrow.cfg; "$KDGRID" plan narrow.cfg --explain | grep '^0 ')" ] ||
  fail "one rank is not what a study without ranks has"
[ "$("$KDGRID" plan wide.cfg --explain | grep '^0 ')" != "$("$KDGRID" plan narrow.cfg --explain | grep '^0 ')" ] ||
  fail "two ranks have the id of one"

# ---- undisturbed, twice, and by hand ----

"$KDGRID" run wide.cfg --store whole >/dev/null 2>log || { cat log; fail "the undisturbed run failed"; }
"$KDGRID" run wide.cfg --store again >/dev/null 2>log || { cat log; fail "the second run failed"; }
# alike A B: they have the same objects with the same contents.
alike() { "$KDGRID" merge "$1" "$2" -o "both-$2" >/dev/null 2>log || { cat log; fail "$1 and $2 differ"; }; }
alike whole again
teacher=$("$KDGRID" ls whole --role teacher --json | sed -n 's/.*"id": "\([0-9a-f]*\)".*/\1/p' | head -n 1)
[ -n "$teacher" ] || fail "no teacher is listed"
"$KDGRID" verify "$teacher" --store whole >out 2>log || { cat log out; fail "a wide cell is not made again to the same bits"; }

# ---- ranks are killed ----

# Of that store alone, whoever else runs on this machine; the mpirun among them may die as well.
ranks_of() { pgrep -f "kdgrid-mpi cell $work/$1/work/" | sort -n; }
# A rank is there and a checkpoint is written: the next attempt has something to go on from.
can_be_shot() { [ -n "$(ranks_of "$1")" ] && compgen -G "$1/work/*/*.h5" >/dev/null; }
RANDOM=3
start() { # STORE: its process is `run`
  "$KDGRID" run wide.cfg --store "$work/$1" --retries 100 >/dev/null 2>"log-$1" &
  run=$!
}
# shoot_some STORE NUMBER: so many of its ranks, one after another.
shoot_some() {
  local left=$2 pids
  while [ $left -gt 0 ] && kill -0 $run 2>/dev/null; do
    if ! can_be_shot "$1"; then sleep 0.01; continue; fi
    mapfile -t pids < <(ranks_of "$1")
    kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null && left=$((left - 1)) shot=$((shot + 1))
    while [ -n "$(ranks_of "$1")" ]; do sleep 0.01; done
  done
}
# Before each retry a cell rests twice as long as before the last one, so after five the run is killed as well, and another goes on.
shoot() {
  shot=0
  start "$1"
  while shoot_some "$1" $(($2 - shot < 5 ? $2 - shot : 5)) && [ $shot -lt "$2" ] && kill -9 $run 2>/dev/null; do
    wait $run 2>/dev/null
    while [ -n "$(ranks_of "$1")" ]; do sleep 0.01; done
    start "$1"
  done
  wait $run || { cat "log-$1"; fail "a run whose ranks were killed did not end well"; }
  [ $shot = "$2" ] || fail "only $shot of $2 ranks could be killed"
}
shoot shot "$kills"
alike whole shot
"$KDGRID" log "$teacher" --store shot >out 2>/dev/null
grep -q "crash" out || fail "no attempt is told as a crash: $(head -n 5 out)"

# ---- a failure that all ranks meet is told once, by its class ----

expect 1 "" "$KDGRID" run wide.cfg --store exploded -D teacher.train.explode=1e-9
grep -q "the loss has grown" "$work/err" || fail "a wide cell does not say why it failed: $(cat "$work/err")"
"$KDGRID" status exploded >out 2>&1
grep -q diverged out || fail "a wide cell that diverged is called something else: $(cat out)"

# ---- asked to stop ----

"$KDGRID" run wide.cfg --store "$work/stopped" >/dev/null 2>log &
run=$!
until can_be_shot stopped || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
kill -TERM $run
wait $run
[ $? = 75 ] || fail "a wide cell that was asked to stop: exit $? and not 75: $(cat log)"
[ -z "$(ranks_of stopped)" ] || fail "ranks outlive the run"
"$KDGRID" run wide.cfg --store stopped >/dev/null 2>log || { cat log; fail "it does not go on"; }
alike whole stopped

# ---- two wide cells and narrow ones, of several workers ----

sed 's/ranks = 2; //; s/train = { epochs = 2; batch = 8; lr = 5e-3; };/train = { epochs = 4; batch = 8; lr = 5e-3; };/; s/name = "wide";/name = "mixed";/' wide.cfg |
  sed '$d' >mixed.cfg
cat >>mixed.cfg <<'CFG'
  axes = ( { key = "train.ranks"; values = [1, 2]; } );
};
CFG
"$KDGRID" run mixed.cfg --store mixed -n 2 >/dev/null 2>log || { cat log; fail "narrow and wide cells under mpirun"; }
"$KDGRID" run mixed.cfg --store mixed-here --jobs 2 >/dev/null 2>log || { cat log; fail "narrow and wide cells in one process"; }
alike mixed mixed-here

# ---- whatever else kills ----

if [ "$kills" -ge 50 ]; then
  "$KDGRID" run wide.cfg --store chaotic --chaos 3 --kills 20 >/dev/null 2>log || { cat log; fail "a wide cell under chaos"; }
  alike whole chaotic
fi
finish
