#!/usr/bin/env bash
# wide_hosts.sh - a training whose three ranks are on three machines that mpirun reaches by ssh: the bits of one machine, also when a
# rank is killed. The machines are namespaces of this one, and ssh is a script that enters them.
. "$(dirname "$0")/common.sh"
command -v mpirun >/dev/null || skip "no mpirun"
unshare --mount --uts true 2>/dev/null || skip "machines need namespaces, and unshare may not make them here"
taskset -pc 0-1 $$ >/dev/null 2>&1 || skip "a machine of two cores is wanted"
trap 'kill $(cat "$work"/*.pid) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"

for machine in m1 m2 m3 m4; do
  unshare --mount --uts bash -c '
    hostname "$1" && mount -t tmpfs -o mode=1777 tmpfs /dev/shm && touch "$2" && exec sleep infinity' machine $machine "$work/$machine.up" &
  echo $! >$machine.pid
  echo "$machine slots=2" >>machines
done
for machine in m1 m2 m3 m4; do
  last=$((SECONDS + 60))
  until [ -e $machine.up ] || [ $SECONDS -gt $last ]; do sleep 0.05; done
  [ -e $machine.up ] || { fail "$machine does not come up"; finish; }
done
mkdir bin
cat >bin/ssh <<SSH
#!/bin/bash
while [[ \$1 == -* ]]; do shift; done
machine=\$(cat "$work/\$1.pid")
shift
exec nsenter -t "\$machine" --mount --uts bash -c "cd '$work'; \$*"
SSH
chmod +x bin/ssh

# Each process asks for all cores of a machine.
cat >hosts.cfg <<'CFG'
study = {
  name = "hosts"; task = "ner"; seeds = [1]; threads = 2;
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 160; devel = 20; test = 20; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; pooler = false; positions = 128;
              train = { epochs = 4; batch = 16; lr = 1e-3; ranks = 3; checkpoint_s = 0.05; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 2; batch = 8; lr = 5e-3; };
  distill = { method = "logit-mse"; };
  measure = { latency = 0; };
};
CFG
over_machines() { # STORE
  PATH=$work/bin:$PATH mpirun -n 5 --hostfile machines --map-by node --oversubscribe --bind-to none \
    "$KDGRID" run hosts.cfg --store "$work/$1" >/dev/null 2>"log-$1"
}

# ---- undisturbed, but for one rank that is killed ----

over_machines shot &
run=$!
until [ "$(ranks_of shot | wc -l)" = 3 ] || ! kill -0 $run 2>/dev/null; do sleep 0.02; done
victim=$(ranks_of shot | shuf -n 1)
kill -STOP "$victim" || { cat log-shot; fail "there are no three ranks"; }
folder=$(where shot)
[ "$(cat "$folder/hosts" | wc -l)" = 3 ] || { cat "$folder/hosts"; fail "its ranks are not on three machines"; }
cp "$folder/cell" teacher.cell
teacher=${folder##*/}
kill -9 "$victim"
wait $run || { cat log-shot; fail "the run over four machines failed"; }
"$KDGRID" log "$teacher" --store shot >out 2>/dev/null
grep -q ' attempt 1  .*crash' out || { cat out; fail "no attempt is told as a crash"; }

# ---- the bits of one machine ----

"$KDGRID" run hosts.cfg --store alone -D distill.method=none >/dev/null 2>log || { cat log; fail "the run on one machine failed"; }
mkdir -p "alone/work/$teacher"
cp teacher.cell "alone/work/$teacher/cell"
mpirun -n 3 --oversubscribe --bind-to none "$(dirname "$KDGRID")/kdgrid-mpi" cell "alone/work/$teacher/cell" --store alone >log 2>&1 ||
  { cat log; fail "three ranks on one machine failed"; }
[ -e "alone/objects/${teacher:0:2}/$teacher.h5" ] || fail "they left no teacher"
"$KDGRID" merge alone shot -o both >/dev/null 2>log || { cat log; fail "the teachers differ"; }
finish
