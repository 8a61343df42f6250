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

# A site of stand-ins, which answer as SLURM does.
mkdir bin
cat >bin/scontrol <<'SH'
#!/bin/sh
[ "$*" = "show config" ] || exit 1
printf 'ClusterName = east\nKillWait = 30 sec\nMaxArraySize = 5\nMaxJobCount = 10000\nPreemptMode = CANCEL\n'
printf 'AccountingStorageType = accounting_storage/slurmdbd\nSelectType = select/cons_tres\nSLURM_VERSION = 24.11.1\n'
SH
printf '#!/bin/sh\necho "gpu|up|1:00:00|2|8|1000|OFF|EXCLUSIVE"; echo "cpu*|up|1-00:00:00|40|128|515000|CANCEL|NO"\n' >bin/sinfo
printf '#!/bin/sh\nprintf "MPI plugin types are...\\n\\tnone\\n\\tpmix\\n"\n' >bin/srun
printf '#!/bin/sh\necho 30; echo 3; echo\n' >bin/sacctmgr
chmod +x bin/*
probe() { PATH=$work/bin:/usr/bin:/bin "$KDGRID" submit --probe "$@"; }

echo "it asks a site, chooses, says why, and remembers it beside what a person wrote"
export KDGRID_SITE=$work/config/site.cfg
mkdir config
printf 'slurm = {\n  account = "bio7"; # mine\n};\n' >config/site.cfg
cp config/site.cfg mine
probe >out 2>log || { cat log; fail "the probe failed"; }
grep -q '^scheduler    SLURM 24.11.1, cluster east$' out && grep -q '^partition    cpu: 40 nodes of 128 cores' out &&
  grep -q '^preemption   CANCEL: ' out && grep -q '^arrays       up to 4 jobs; 10000 jobs in all, 3 of one person$' out &&
  grep -q '^slurm.shape = "array": ' out && grep -q '^slurm.jobs = 3: ' out && grep -q '^slurm.links = 3: ' out ||
  { cat out; fail "the probe says something else"; }
script
has '#SBATCH --array=1-3'
has '#SBATCH --account=bio7'
head -n 3 config/site.cfg | cmp -s - mine || fail "what a person wrote was changed"
echo '# behind' >>config/site.cfg
probe -D slurm.partition=gpu >out 2>log || { cat log; fail "the second probe failed"; }
grep -q '^slurm.shape = "one": ' out || { cat out; fail "whole nodes are not seen"; }
[ "$(grep -c '^probe = {' config/site.cfg)" = 1 ] && grep -qx '# behind' config/site.cfg && grep -q '# mine' config/site.cfg ||
  { cat config/site.cfg; fail "the file was not made anew in its part alone"; }
script
has_not '--array'

echo "it remembers nothing when it is told so, and fails when there is nobody to ask"
cp config/site.cfg before
probe --dry-run --json >out 2>log || { cat log; fail "the dry probe failed"; }
tr -d ' \n' <out | grep -q '"chosen":\[{"key":"shape","value":"\\"array\\""' || { cat out; fail "the JSON has no choice"; }
same before config/site.cfg
expect 2 "no partition night" probe -D slurm.partition=night
expect 2 "and no other setting" probe -D train.epochs=3
expect 2 "" probe tiny.cfg
printf '#!/bin/sh\necho "slurm_load_ctl_conf error: Unable to contact slurm controller" >&2; exit 1\n' >bin/scontrol
expect 69 "Unable to contact slurm controller" probe
rm bin/scontrol
mkdir empty
expect 69 "scontrol is not here" env PATH="$work/empty" "$KDGRID" submit --probe
same before config/site.cfg
finish
