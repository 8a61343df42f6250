#!/bin/bash
# test_submit.sh - `kdgrid submit` against a real SLURM of one node.
#
# A program that stands in for `kdgrid run` shows the ways a run can end; the script that
# `submit` made finds it through KDGRID.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/kdgrid-submit.XXXXXX")
trap '"$here/cluster.sh" down "$folder/slurm"; rm -rf "$folder"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$folder/slurm") || exit $?
export SLURM_CONF
program=$KDGRID
cd "$folder"

fail() {
    echo "FAILED: $*" >&2
    tail -n 20 ./*.log >&2 || true
    exit 1
}

# The value of one field of `scontrol show job`.
field() {
    scontrol -o show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# Wait up to 90 s (or $4) until a field of a job has a value. A requeued job must wait its turn: one
# that is hurried on starts before its first life has reported its end, and is ended by that report.
wait_for() {
    local last=$((SECONDS + ${4:-90}))
    until [ "$(field "$1" "$2")" = "$3" ]; do
        [ "$SECONDS" -lt "$last" ] || fail "job $1: $2 is $(field "$1" "$2"), not $3"
        sleep 0.2
    done
}

# Wait up to 90 s until a command succeeds.
wait_until() {
    local last=$((SECONDS + 90))
    until "$@"; do
        [ "$SECONDS" -lt "$last" ] || fail "in vain: $*"
        sleep 0.2
    done
}

has_object() {
    compgen -G 'real/objects/*/*.h5' >/dev/null
}

cat >study.cfg <<'CFG'
study = {
  name = "tiny";
  task = "ner";
  seeds = [1, 2];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 120; devel = 40; test = 60; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; };
  train = { epochs = 2; batch = 16; lr = 5e-3; };
};
slurm = { nodes = 1; tasks = 2; time = "00:05:00"; restarts = 2; output = "job-%j.log"; };
CFG

# Ends with the next code of the file `codes`; "stop" waits for a stop request and ends with 75.
cat >stand-in <<'SH'
#!/bin/bash
echo "$*" >>started
code=$(head -n 1 codes)
sed -i 1d codes
trap 'exit 75' USR1
if [ "$code" = stop ]; then
    touch waiting
    while :; do sleep 0.05; done
fi
exit "$code"
SH
chmod +x stand-in

begin() {
    rm -f started waiting
    printf '%s\n' "$@" >codes
}

echo "it prints a script that sbatch accepts"
"$program" submit study.cfg --store cells --dry-run >script.sh
grep -q '^#SBATCH --ntasks-per-node=2$' script.sh || fail "no tasks in the script"
[ ! -e cells.sbatch ] || fail "a dry run leaves a script"
sbatch --test-only script.sh 2>test-only.log || fail "sbatch does not accept the script"

export KDGRID=$folder/stand-in

echo "it says what will run, and finds the time that it needs"
"$program" submit study.cfg --store cells --dry-run -D 'slurm.time=""' >script.sh 2>said
grep -q '^#SBATCH --time=00:10:00$' script.sh || fail "the time is not the plan's: $(cat script.sh)"
grep -q '2 of 2 cells are to do: about .* core-hours; on 2 cores .*time limit 00:10:00' said || fail "it says: $(cat said)"

echo "it hands in a job that runs the study and ends with its code"
begin 0
job=$("$program" submit study.cfg --store cells)
wait_for "$job" JobState COMPLETED
"$program" submit study.cfg --store cells --dry-run 2>/dev/null | cmp - cells.sbatch || fail "the script beside the store differs"
[ "$(cat started)" = "run study.cfg -n 2 --store cells" ] || fail "started as: $(cat started)"
begin 1
job=$("$program" submit study.cfg)
wait_for "$job" JobState FAILED
[ "$(field "$job" ExitCode)" = 1:0 ] || fail "exit code $(field "$job" ExitCode)"
[ "$(field "$job" Restarts)" = 0 ] || fail "a failed study was requeued"

echo "it goes back into the queue when the study stopped early, and completes"
begin stop 0
job=$("$program" submit study.cfg)
wait_for "$job" JobState RUNNING
wait_until [ -e waiting ]
scancel --batch --signal=USR1 "$job"
wait_for "$job" JobState COMPLETED
[ "$(field "$job" Restarts)" = 1 ] || fail "$(field "$job" Restarts) restarts"
[ "$(wc -l <started)" = 2 ] || fail "started $(wc -l <started) times"
[ "$(grep -c 'back into the queue' "job-$job.log")" = 1 ] || fail "the log does not say it"

echo "it gives up after as many restarts as were allowed"
begin 75 75 75 75
job=$("$program" submit study.cfg)
wait_for "$job" JobState FAILED
[ "$(wc -l <started)" = 3 ] || fail "started $(wc -l <started) times"
[ "$(field "$job" ExitCode)" = 75:0 ] || fail "exit code $(field "$job" ExitCode)"

echo "its successor starts when it was cancelled, and leaves the queue when it completed"
begin stop 0
job=$("$program" submit study.cfg --store chain -D slurm.links=2 2>/dev/null)
wait_until [ -e waiting ]
scancel "$job"
wait_for $((job + 1)) JobState COMPLETED
wait_for $((job + 2)) JobState CANCELLED
[ "$(wc -l <started)" = 2 ] || fail "started $(wc -l <started) times"

echo "its successor does not repeat a study that failed"
begin 1 0
job=$("$program" submit study.cfg --store chain -D slurm.links=1 2>/dev/null)
wait_for $((job + 1)) JobState FAILED
[ "$(field $((job + 1)) ExitCode)" = 1:0 ] || fail "exit code $(field $((job + 1)) ExitCode)"
[ "$(wc -l <started)" = 1 ] || fail "the failed study was started again"

echo "it stops a real study early, and goes on with it to its end"
unset KDGRID
{ sed -e 's/epochs = 2/epochs = 200/' -e 's/seeds = .*/seeds = [1, 2, 3, 4];/' study.cfg
  echo 'tables = ( { name = "scores"; rows = ["distill.method"]; metrics = ["test.f1"]; } );'; } >real.cfg
job=$("$program" submit real.cfg --store real 2>/dev/null)
wait_for "$job" JobState RUNNING
wait_until has_object
scancel --batch --signal=USR1 "$job"
wait_for "$job" JobState COMPLETED 240
[ "$(field "$job" Restarts)" = 1 ] || fail "$(field "$job" Restarts) restarts"
"$program" table real.cfg --store real >table.md
grep -q '±' table.md || fail "no table: $(cat table.md)"
! grep -q 'not in the store' table.md || fail "cells are missing: $(cat table.md)"

echo "it passes on why SLURM refuses"
sed 's/nodes = 1;/nodes = 1; partition = "nowhere";/' study.cfg >refused.cfg
code=0
"$program" submit refused.cfg 2>refused.log || code=$?
[ "$code" = 69 ] || fail "exit code $code"
grep -qi 'invalid partition' refused.log || fail "it says: $(cat refused.log)"
