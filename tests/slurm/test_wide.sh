#!/bin/bash
# test_wide.sh - a training of two ranks inside an allocation of two nodes, under mpirun and under srun: its ranks are started
# on the node of the worker that has it, and the results are those of a run without SLURM.
. "$KDGRID_SOURCE/tests/cli/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
command -v mpirun >/dev/null || skip "mpirun is not here (Debian: openmpi-bin)"
[ "$(nproc)" -ge 2 ] || skip "two ranks need two cores"
trap '"$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm" 2) || exit $?
export SLURM_CONF
cd "$work"
write_tiny_study tiny.cfg
wide="-D teacher.train.ranks=2 -D distill.method=logit-mse"

"$KDGRID" run tiny.cfg --store alone $wide >/dev/null 2>log || { cat log; fail "the run without SLURM failed"; }

echo "it runs under mpirun in an allocation"
timeout 200 salloc -Q -N 2 -n 3 mpirun -n 3 --oversubscribe --bind-to none "$KDGRID" run tiny.cfg --store "$work/mpirun" $wide \
  >/dev/null 2>log || { cat log; fail "under mpirun: exit $?"; }
"$KDGRID" merge alone mpirun -o both.mpirun >/dev/null 2>log || { cat log; fail "mpirun: a cell differs"; }

if srun --mpi=list 2>&1 | grep -q pmix; then
  echo "it runs under srun"
  under_srun() { timeout 200 srun -N 2 -n 3 --mpi=pmix "$KDGRID" run tiny.cfg --store "$work/srun" $wide >/dev/null 2>log; }
  under_srun || under_srun || { cat log; fail "under srun: exit $?"; } # some starts of SLURM's pmix hang or crash
  "$KDGRID" merge alone srun -o both.srun >/dev/null 2>log || { cat log; fail "srun: a cell differs"; }
fi
finish
