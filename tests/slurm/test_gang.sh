#!/bin/bash
# test_gang.sh - a training whose three ranks are on three nodes of a real SLURM: the bits of one machine; a rank of it dies, a node of
# it dies, its job is stopped; narrow cells beside it go on. What finds no room is told before anything starts.
. "$KDGRID_SOURCE/tests/cli/common.sh"
. "$KDGRID_SOURCE/tests/slurm/jobs.sh"
here=$(cd "$(dirname "$0")" && pwd)
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
cores=2 # of every machine here, whatever it has: what a process may use, and so all that it starts
taskset -pc 0-1 $$ >/dev/null 2>&1 || skip "a machine of two cores is wanted"
trap 'kill $(jobs -p) 2>/dev/null; "$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm" 4) || exit $?
export SLURM_CONF
cluster() { "$here/cluster.sh" "$1" "$work/slurm" "$2"; }
cd "$work"
it() { echo "it $* ($SECONDS s)"; }
study=gang.cfg

# Each process asks for all cores of a node, so three ranks are on three nodes, and a narrow cell has the fourth.
cat >gang.cfg <<CFG
study = {
  name = "gang"; task = "ner"; seeds = [1, 2]; threads = $cores;
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 160; devel = 20; test = 20; }; };
  teacher = { kind = "bert"; layers = 2; hidden = 32; heads = 2; ffn = 64; pooler = false; positions = 128;
              train = { epochs = 12; batch = 16; lr = 1e-3; ranks = 3; checkpoint_s = 0.05; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 8; batch = 8; lr = 5e-3; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse"]; } );
  measure = { latency = 0; };
};
slurm = { nodes = 4; tasks = 2; cpus = 1; time = "00:10:00"; restarts = 5; output = "job-%j.log"; };
CFG

# ---- words ----

expect 78 "gang.cfg:5: teacher.train.ranks: 3 ranks need 9 cores of 3 each, and the job has 4 nodes of 2 x 1 (slurm." \
  "$KDGRID" submit gang.cfg --store none --dry-run -D threads=3
expect 78 "and the job has 3 nodes of 2 x 1 (slurm.nodes, tasks, cpus)" \
  "$KDGRID" submit gang.cfg --store none --dry-run -D threads=1 -D slurm.mpi=none -D slurm.nodes=3
timeout 200 salloc -Q -N 2 --ntasks-per-node=2 mpirun -n 3 --oversubscribe --bind-to none \
  "$KDGRID" run gang.cfg --store "$work/small" >/dev/null 2>log
[ $? = 78 ] || { cat log; fail "three ranks on two nodes are not refused"; }
grep -q "gang.cfg:5: teacher.train.ranks: 3 ranks need .* its workers have 2 x $cores" log || { cat log; fail "it does not say why"; }
! has_objects small || fail "something ran before it was refused"

# ---- the bits of one machine ----

narrow_runs() { "$KDGRID" status "$1" | grep -q '^running .*method=none'; }

# freeze STORE: one of three ranks, which is `frozen` then, at the next checkpoint; the others wait for it, so nothing is over
# before what shall happen to it.
has_new_checkpoint() {
  local file
  for file in "$1/work/$teacher"/*.h5; do [ "$file" -nt "$1.mark" ] && return 0; done
  return 1
}
freeze() {
  local last=$((SECONDS + 300))
  touch "$1.mark"
  until has_new_checkpoint "$1" || [ $SECONDS -gt $last ]; do sleep 0.02; done
  frozen=$(ranks_of "$1" | shuf -n 1)
  kill -STOP "$frozen" || fail "its ranks were over too soon"
}
is_told() { # USR1 waits for who is frozen
  local mask
  for mask in $(sed -n 's/^S[hi][dg]Pnd:[[:space:]]*//p' "/proc/$1/status"); do [ $((0x$mask & 0x200)) = 0 ] || return 0; done
  return 1
}

it "runs on three nodes, and a narrow cell beside it"
job=$(submit whole) || exit 1
wait_for 120 where whole
folder=$(where whole)
[ "$(wc -l <"$folder/hosts")" = 3 ] || { cat "$folder/hosts"; fail "its ranks are not on three machines"; }
! grep -qv 'slots=1$' "$folder/hosts" || { cat "$folder/hosts"; fail "not one on each"; }
cp "$folder/cell" teacher.cell
teacher=${folder##*/}
wait_for 60 narrow_runs whole
wait_for 300 is "$job" JobState COMPLETED
is "$job" Restarts 0 || fail "it was put back"

"$KDGRID" run gang.cfg --store alone -D 'axes=[]' -D distill.method=none >/dev/null 2>log || { cat log; fail "the run without SLURM failed"; }
mkdir -p "alone/work/$teacher"
cp teacher.cell "alone/work/$teacher/cell"
mpirun -n 3 --oversubscribe --bind-to none "$(dirname "$KDGRID")/kdgrid-mpi" cell "alone/work/$teacher/cell" --store alone >log 2>&1 ||
  { cat log; fail "three ranks on one machine failed"; }
[ -e "alone/objects/${teacher:0:2}/$teacher.h5" ] || fail "they left no teacher"
# alike A B: they have the same objects with the same contents.
alike() { "$KDGRID" merge "$1" "$2" -o "both-$1-$2" >/dev/null 2>log || { cat log; fail "$1 and $2 differ"; }; }
alike alone whole

# ---- what happens to it ----

tells() { "$KDGRID" log "$teacher" --store "$1" 2>/dev/null | grep -q "$2"; }
# all_at_once STORE: no cell but the teacher was tried twice.
all_at_once() {
  local id
  for id in $("$KDGRID" ls "$1" --json | sed -n 's/^{"id": "\([0-9a-f]*\)".*/\1/p'); do
    [ "$("$KDGRID" log "$id" --store "$1" | grep -c ' assigned to ')" = 1 ] || { "$KDGRID" log "$id" --store "$1"; fail "$1: a narrow cell was hurt"; }
  done
}

it "outlives one of its ranks, and then a node, and the narrow cell beside it goes on"
job=$(submit hurt -D train.epochs=2000) || exit 1 # so that narrow cells are not over before ranks begin
freeze hurt
wait_for 60 narrow_runs hurt
kill -9 "$frozen"
wait_for 60 tells hurt ' attempt 1  .*crash'
freeze hurt
node=$(sed 's/ .*//' "$(where hurt)/hosts" | grep -vx n1 | tail -n 1) # the job's script is on n1
cluster kill "$node"
is_lost() { tells hurt ' attempt 2  .*lost' || is "$job" Restarts 1; }
wait_for 150 is_lost
kill -CONT "$frozen" 2>/dev/null
cluster start "$node"
wait_for 300 is "$job" JobState COMPLETED
if is "$job" Restarts 0; then all_at_once hurt; else echo "mpirun did not get over the loss of $node, and the job was put back"; fi
alike whole hurt

it "stops, waits again and goes on to the same bits"
job=$(submit stopped) || exit 1
freeze stopped
scancel --batch --signal=USR1 "$job"
wait_for 60 is_told "$frozen"
kill -CONT "$frozen"
wait_for 60 is "$job" Restarts 1
wait_for 300 is "$job" JobState COMPLETED
tells stopped ' attempt 1  stopped' || { "$KDGRID" log "$teacher" --store stopped; fail "it was not stopped at a safe point"; }
alike whole stopped

if srun --mpi=list 2>&1 | grep -q pmix; then
  it "runs on three nodes where srun has started the workers"
  under_srun() { timeout 200 srun -N 4 -n 8 --mpi=pmix "$KDGRID" run gang.cfg --store "$work/srun" >/dev/null 2>log; }
  under_srun || under_srun || { cat log; fail "under srun: exit $?"; } # some starts of SLURM's pmix hang or crash
  alike whole srun
fi
finish
