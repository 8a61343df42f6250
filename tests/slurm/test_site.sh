#!/bin/bash
# test_site.sh - what a site says for all its studies, read by `submit` from a file written by hand or by its probe. No SLURM is
# needed: scripts are only printed, and the site's commands are stand-ins.
. "$KDGRID_SOURCE/tests/cli/common.sh"
cd "$work"
write_tiny_study tiny.cfg
echo 'slurm = { tasks = 2; time = "00:30:00"; };' >>tiny.cfg
export KDGRID_SITE=$work/site.cfg

# has 'line': the script has it, and has_not.
script() { "$KDGRID" submit tiny.cfg --store cells --dry-run "$@" >script.sh 2>log || { cat log; fail "submit failed"; }; }
has() { grep -qxF -- "$1" script.sh || { fail "no line '$1' in the script"; grep -E "SBATCH|run" script.sh; }; }
has_not() { ! grep -qF -- "$1" script.sh || fail "'$1' is in the script"; }

echo "it takes from the site what the file leaves open, and from the file what it says"
cat >site.cfg <<'CFG'
slurm = {
  partition = "short"; account = "bio7"; time = "01:00:00"; tasks = 8;
  modules   = [ "openmpi/4.1", "hdf5" ];
  container = "apptainer exec /shared/kdgrid.sif";
  extra     = [ "--mail-type=END" ];
};
CFG
script
has '#SBATCH --partition=short'
has '#SBATCH --account=bio7'
has '#SBATCH --time=00:30:00'
has '#SBATCH --ntasks-per-node=2'
has '#SBATCH --mail-type=END'
has 'module load openmpi/4.1'
has 'module load hdf5'
has 'apptainer exec /shared/kdgrid.sif "$kdgrid" run tiny.cfg -n "$workers" --store cells &'
script -D slurm.partition=long -D 'slurm.container=""'
has '#SBATCH --partition=long'
has_not apptainer

echo "it takes the shape that the site prefers, for jobs of one node"
echo 'probe = { shape = "array"; partition = "probed"; };' >>site.cfg
script
has '#SBATCH --array=1-4'
has '#SBATCH --partition=short'
has_not probed
script -D slurm.nodes=2
has_not '--array'
script --shape one
has_not '--array'
script --jobs 9 --at-once 3
has '#SBATCH --array=1-9%3'
script --elastic 5 -D slurm.pace_s=7
has 'apptainer exec /shared/kdgrid.sif "$kdgrid" run tiny.cfg -j "$workers" --store cells --elastic 5 --pace 7 -D slurm.pace_s=7 &'
expect 2 "the shape is one" "$KDGRID" submit tiny.cfg --shape one --jobs 3 --dry-run
expect 2 "two shapes" "$KDGRID" submit tiny.cfg --elastic 3 --jobs 3 --dry-run
expect 2 "expected one, array or elastic" "$KDGRID" submit tiny.cfg --shape round --dry-run

echo "it names file, line and key of what is wrong"
printf 'slurm = {\n  partition = "a";\n  acount = "b";\n};\n' >site.cfg
expect 78 "$work/site.cfg:3: slurm.acount: unknown key; did you mean slurm.account?" "$KDGRID" submit tiny.cfg --dry-run
printf 'slurm = {\n  nodes = "two";\n};\n' >site.cfg
expect 78 "$work/site.cfg:2: slurm.nodes: expected a whole number" "$KDGRID" submit tiny.cfg --dry-run
printf 'slurm = { modules = [ "a", 3 ]; };\n' >site.cfg
expect 78 "$work/site.cfg:1" "$KDGRID" submit tiny.cfg --dry-run
printf 'study = { };\n' >site.cfg
expect 78 "$work/site.cfg:1: study: unknown key" "$KDGRID" submit tiny.cfg --dry-run
printf 'slurm = {\n' >site.cfg
expect 78 "$work/site.cfg" "$KDGRID" submit tiny.cfg --dry-run

echo "it needs the file only where somebody named it"
rm site.cfg
expect 66 "$work/site.cfg" "$KDGRID" submit tiny.cfg --dry-run
KDGRID_SITE='' script
mkdir -p home/.config/kdgrid
echo 'slurm = { partition = "home"; };' >home/.config/kdgrid/site.cfg
(unset KDGRID_SITE XDG_CONFIG_HOME; HOME=$work/home "$KDGRID" submit tiny.cfg --dry-run >script.sh 2>/dev/null)
has '#SBATCH --partition=home'
finish
