#!/bin/bash
# test_elastic.sh - an elastic pool on a real SLURM of one node: it grows while cells wait, and shrinks to nothing; the table is that
# of a plain run, byte for byte.
. "$KDGRID_SOURCE/tests/cli/common.sh"
. "$KDGRID_SOURCE/tests/slurm/jobs.sh"
here=$(cd "$(dirname "$0")" && pwd)
trap '"$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm") || exit $?
export SLURM_CONF KDGRID_SITE=
cd "$work"
write_tiny_study tiny.cfg
cat >>tiny.cfg <<'CFG'
tables = ( { name = "scores"; rows = ["distill.method"]; metrics = ["test.f1", "devel.f1"]; } );
slurm = { nodes = 1; tasks = 1; time = "00:05:00"; pace_s = 1; output = "job-%j.log"; };
CFG
grid=(-D 'seeds=[1,2,3,4]' -D train.epochs=120) # some seconds in all, whatever the machine

"$KDGRID" run tiny.cfg "${grid[@]}" --store plain >want 2>log || { cat log; fail "the plain run failed"; }

echo "it hands in more jobs while cells wait, and takes those that wait out of the queue when none does"
"$KDGRID" submit tiny.cfg "${grid[@]}" --store elastic --elastic 6 >out 2>log || { cat log; fail "submit failed"; }
[ "$(wc -l <elastic/jobs)" = 1 ] || fail "it begins with more than one job"
wait_for 200 none_live elastic
jobs=$(wc -l <elastic/jobs)
[ "$jobs" -gt 1 ] && [ "$jobs" -le 6 ] || fail "$jobs jobs were handed in"
"$KDGRID" jobs elastic >out
! grep -vE ' (COMPLETED|CANCELLED)' out || fail "a job ended otherwise"
grep -q 'is handed in: 2 of the pool wait or run' job-*.log || { cat job-*.log; fail "no log says that the pool has grown"; }

echo "it leaves nothing to do, and the plain run's table"
"$KDGRID" run tiny.cfg "${grid[@]}" --store elastic >/dev/null 2>log && ! grep -q 'done in' log || { cat log; fail "cells were left"; }
"$KDGRID" table tiny.cfg "${grid[@]}" --store elastic >got
"$KDGRID" table tiny.cfg "${grid[@]}" --store plain >want
same want got
"$KDGRID" fsck elastic >out || { cat out; fail "fsck finds a problem"; }
finish
