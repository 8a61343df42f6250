#!/bin/bash
# test_srun.sh - a study under `srun --mpi=pmix` and under mpirun inside an allocation, on a real SLURM of one node:
# the ranks are SLURM's own, and the results are those of a run without MPI, byte for byte.
. "$KDGRID_SOURCE/tests/cli/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
trap '"$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm") || exit $?
export SLURM_CONF
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
srun --mpi=list 2>&1 | grep -q pmix || skip "this SLURM has no pmix (Debian: slurm-wlm-basic-plugins)"
cd "$work"
write_tiny_study tiny.cfg
ranks=3
saved="checkpoint-*.h5"
long="-D train.epochs=100000 -D train.checkpoint_s=0.1"

says() { grep -qF -- "$1" log || { cat log; fail "the log does not say: $1"; }; }

# ranks_of STORE [RANK]: processes of the job over this store; the folder is no one else's.
ranks_of() {
  local pid
  for pid in $(pgrep -f "kdgrid-mpi run .*--store $work/$1\$"); do
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qE "^(PMIX_RANK|OMPI_COMM_WORLD_RANK)=${2:-[0-9]+}\$" && echo "$pid"
  done
}

wait_for_ranks() {
  local last=$((SECONDS + 60))
  until [ "$(ranks_of "$1" | wc -l)" = $ranks ]; do
    kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ] || { cat log; fail "$1: $(ranks_of "$1" | wc -l) ranks, not $ranks"; return 1; }
    sleep 0.05
  done
}

wait_for_cells() {
  local last=$((SECONDS + 60))
  until compgen -G "$1/work/*/$saved" >/dev/null; do
    kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ] || { cat log; fail "$1: no cell saves its state"; return 1; }
    sleep 0.05
  done
}

# Some starts of SLURM's pmix hang or crash in MPI_Init (1 of some hundreds): then once more.
under_srun() { timeout 120 srun -n $ranks --mpi=pmix "$KDGRID" run "$@" || timeout 120 srun -n $ranks --mpi=pmix "$KDGRID" run "$@"; }
under_mpirun() { timeout 120 salloc -Q -n $ranks mpirun -n $ranks --oversubscribe --bind-to none "$KDGRID" run "$@"; }

# is_whole STORE: it goes on to its end without MPI, its cells are those of the first run, nothing is damaged.
is_whole() {
  "$KDGRID" run tiny.cfg --store "$1" >/dev/null 2>log || { cat log; fail "$1: does not go on"; }
  "$KDGRID" merge alone "$1" -o "both.$1" >/dev/null 2>log || { cat log; fail "$1: a cell differs"; }
  expect 0 "" "$KDGRID" fsck "$1"
}

"$KDGRID" run tiny.cfg --store alone >table 2>log || { cat log; fail "the run without MPI failed"; }

for way in srun mpirun; do
  echo "it runs a study under $way with the ranks that it is given"
  under_$way tiny.cfg --store "$work/$way" >"$way.out" 2>log &
  pid=$!
  wait_for_ranks $way
  wait $pid || { cat log; fail "$way: exit $?"; }
  says "done in"
  [ "$(grep -c '^|' "$way.out")" = "$(grep -c '^|' table)" ] || { cat "$way.out"; fail "$way: not one table"; }
  is_whole $way
done

echo "it stops when SLURM signals the step, and goes on"
timeout 120 srun -n $ranks --mpi=pmix "$KDGRID" run tiny.cfg $long --store "$work/stopped" >/dev/null 2>log &
pid=$!
wait_for_cells stopped && scancel --signal=USR1 "$(squeue -h -o %A -t R | head -n 1)"
wait $pid
code=$?
[ $code = 75 ] || { cat log; fail "stopped: exit $code"; }
says "run again to go on"
is_whole stopped

echo "it outlives a worker that is killed: whatever SLURM does with the step, the store is whole"
timeout 120 srun -n $ranks --mpi=pmix "$KDGRID" run tiny.cfg $long --store "$work/shot" >/dev/null 2>log &
pid=$!
wait_for_cells shot && kill -9 "$(ranks_of shot 2)"
last=$((SECONDS + 30))
while kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ]; do sleep 0.1; done
kill -0 $pid 2>/dev/null && { echo "the step goes on without it"; scancel --signal=USR1 "$(squeue -h -o %A -t R | head -n 1)"; }
last=$((SECONDS + 90))
while kill -0 $pid 2>/dev/null && [ $SECONDS -lt $last ]; do sleep 0.1; done
kill -0 $pid 2>/dev/null && { cat log; fail "a step without one worker does not end"; scancel -u root; }
wait $pid
echo "the step ended with $?: $(tail -n 1 log)"
is_whole shot

echo "it is handed in as one job whose ranks srun starts, completes, and goes back into the queue when it is stopped"
export KDGRID_SITE=
{ cat tiny.cfg; echo 'slurm = { tasks = 2; time = "00:05:00"; mpi = "pmix"; output = "job-%j.log"; };'; } >job.cfg

# by_job STORE [OPTION]...: the number of the job.
by_job() { "$KDGRID" submit job.cfg --store "$@" 2>log || { cat log >&2; fail "submit failed"; }; }
# in_time SECONDS COMMAND...: until the command succeeds.
in_time() {
  local last=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $last ] || return 1; sleep 0.2; done
}
has_ended() { [ "$(scontrol -o show job "$1" | grep -cE 'JobState=(COMPLETED|FAILED|CANCELLED|TIMEOUT)')" = 1 ]; }
completes() { in_time 100 has_ended "$1"; scontrol -o show job "$1" | grep -q 'JobState=COMPLETED'; }

job=$(by_job handed)
grep -q '^srun --ntasks=.* --mpi=pmix ' handed.sbatch || fail "srun is not in the script"
completes "$job" || { scancel "$job"; completes "$(by_job handed --join)"; } || { cat job-*.log; fail "the job does not complete"; }
is_whole handed
job=$(by_job halted $long)
in_time 100 compgen -G "halted/work/*/$saved" || { cat "job-$job.log"; fail "no cell saves its state"; }
scancel --batch --signal=USR1 "$job"
in_time 60 grep -q 'stopped early; back into the queue' "job-$job.log" || { cat "job-$job.log"; fail "it does not go back"; }
scancel "$job"
in_time 60 has_ended "$job"
is_whole halted

finish
