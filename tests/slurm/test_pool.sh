#!/bin/bash
# test_pool.sh - jobs that share one study, on a real SLURM of one node: handed in as an array, seen, throttled,
# joined, killed, cancelled and handed in again; the table is that of a plain run, byte for byte.
. "$KDGRID_SOURCE/tests/cli/common.sh"
. "$KDGRID_SOURCE/tests/slurm/jobs.sh"
here=$(cd "$(dirname "$0")" && pwd)
trap '"$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm") || exit $?
export SLURM_CONF
cd "$work"
write_tiny_study tiny.cfg
cat >>tiny.cfg <<'CFG'
tables = ( { name = "scores"; rows = ["distill.method"]; metrics = ["test.f1", "devel.f1"]; } );
slurm = { nodes = 1; tasks = 1; time = "00:05:00"; output = "job-%j.log"; };
CFG
grid=(-D 'seeds=[1,2,3,4,5,6,7,8]')
endless=(-D train.epochs=100000 -D train.checkpoint_s=0.1)

live() { "$KDGRID" jobs "$1" --json | grep -c '"live": true'; }
running() { [ "$("$KDGRID" jobs "$1" | grep -c ' RUNNING')" = "$2" ]; }
at_rest() { ! "$KDGRID" jobs "$1" | grep -q "^$2 .* RUNNING"; }
claims() { [ "$(ls "$1/claims" | wc -l)" = "$2" ]; }

"$KDGRID" run tiny.cfg "${grid[@]}" --store plain >want 2>log || { cat log; fail "the plain run failed"; }

echo "it shares a study between the jobs of an array"
job=$("$KDGRID" submit tiny.cfg "${grid[@]}" --store shared --jobs 3 2>log) || { cat log; fail "submit failed"; }
[ -d shared/objects ] || fail "the store is not there at once"
"$KDGRID" jobs shared | grep -q "^$job" || fail "jobs does not know it: $("$KDGRID" jobs shared)"
wait_for 120 none_live shared
[ "$("$KDGRID" jobs shared | grep -c ' COMPLETED')" = 3 ] || fail "not all three completed: $("$KDGRID" jobs shared)"
"$KDGRID" table tiny.cfg "${grid[@]}" --store shared >got
"$KDGRID" table tiny.cfg "${grid[@]}" --store plain >want
same want got
"$KDGRID" fsck shared >out || { cat out; fail "fsck finds a problem"; }

echo "it refuses a second job of a store, and lets it join"
job=$("$KDGRID" submit tiny.cfg "${grid[@]}" "${endless[@]}" --store long --jobs 3 --at-once 2 2>log) || { cat log; fail "submit failed"; }
wait_for 60 running long 2
expect 74 "job ${job}_" "$KDGRID" submit tiny.cfg "${grid[@]}" "${endless[@]}" --store long
expect 0 "" "$KDGRID" submit tiny.cfg "${grid[@]}" "${endless[@]}" --store long --join
[ "$(live long)" = 4 ] || fail "four jobs should wait or run: $("$KDGRID" jobs long)"
wait_for 60 running long 3
wait_for 60 claims long 3

echo "it shows the queue beside the store"
wait_for 60 compgen -G "long/work/*/checkpoint-*.h5"
"$KDGRID" status long >out
grep -q "^queue    job ${job}_1: RUNNING on " out && grep -q "^queue    job ${job}_.*: PENDING (JobArrayTaskLimit)" out &&
  grep -q "^also at work: process" out || { cat out; fail "status does not show the jobs"; }

"$KDGRID" status long --json | tr -d ' \n' >out
grep -q '"queue":\[{"job"' out && grep -q "{\"job\":\"${job}_1\",\"state\":\"RUNNING\",\"live\":true" out ||
  { cat out; fail "its JSON form has no queue"; }
"$KDGRID" jobs long >out
grep -q "^${job}_1 .*RUNNING on .*1 .*core" out || { cat out; fail "jobs does not tell the cores of a job"; }
"$KDGRID" jobs long --json | tr -d ' \n' >out
grep -q '"cores":1,"run_s":[1-9]' out || { cat out; fail "the JSON form does not tell them"; }

echo "it cancels all of them, and leaves everything resumable"
"$KDGRID" cancel long >out 2>log || { cat out log; fail "cancel failed"; }
grep -q "is asked to stop" out && grep -q "is out of the queue" out || { cat out; fail "cancel does not say what it does"; }
wait_for 60 none_live long
[ "$("$KDGRID" status long --json | tr -d ' \n' | grep -o '"stopped":[0-9]*')" = '"stopped":3' ] ||
  fail "three cells should be stopped: $("$KDGRID" status long)"
"$KDGRID" cancel long | grep -q "no job of this store" || fail "a second cancel finds something"

echo "it goes on when a job is killed, and when all of them are and it is handed in again"
job=$("$KDGRID" submit tiny.cfg "${grid[@]}" --store killed --jobs 3 2>log) || { cat log; fail "submit failed"; }
wait_for 60 compgen -G "killed/objects/*/*.h5"
scancel --signal=KILL --full "${job}_1"
wait_for 60 at_rest killed "${job}_1"
"$KDGRID" cancel killed --now >/dev/null 2>&1
wait_for 60 none_live killed
job=$("$KDGRID" submit tiny.cfg "${grid[@]}" --store killed --jobs 2 2>log) || { cat log; fail "submit failed"; }
wait_for 120 none_live killed
"$KDGRID" table tiny.cfg "${grid[@]}" --store killed >got
same want got
"$KDGRID" run tiny.cfg "${grid[@]}" --store killed >/dev/null 2>log || { cat log; fail "it is not done"; }
"$KDGRID" fsck killed >out || { cat out; fail "fsck finds a problem after kills"; }

echo "it is hurt by no scheduler that fails"
mkdir broken
for command in scontrol squeue sacct; do printf '#!/bin/sh\necho nothing; exit 1\n' >broken/$command; done
chmod +x broken/*
PATH=$work/broken:$PATH "$KDGRID" status killed >out 2>log || { cat log; fail "status failed"; }
grep -q "^queue    job ${job}: unknown (SLURM does not answer)" out || { cat out; fail "an unknown job is not told"; }
finish
