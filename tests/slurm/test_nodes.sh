#!/bin/bash
# test_nodes.sh - a study over several nodes of a real SLURM, to which happens what happens to jobs: nodes die, the controller dies,
# time is up, somebody else comes first. The table is that of a plain run each time, byte for byte.
#
# Nodes 1 to 4 are for what happens in turn and kills nodes, 5 to 7 lose one amid a job of all three, 8 and 9 are for what has to wait
# long, 10 to 12 for what happens in turn beside that.
. "$KDGRID_SOURCE/tests/cli/common.sh"
. "$KDGRID_SOURCE/tests/slurm/jobs.sh"
here=$(cd "$(dirname "$0")" && pwd)
trap 'kill $(jobs -p) 2>/dev/null; "$here/cluster.sh" down "$work/slurm"; rm -rf "$work"' EXIT
SLURM_CONF=$("$here/cluster.sh" up "$work/slurm" 12) || exit $?
export SLURM_CONF
cluster() { "$here/cluster.sh" "$1" "$work/slurm" "$2"; }
cd "$work"
here_only=(-D 'slurm.extra=["--exclude=n[5-12]"]')
plain=$work/plain
it() { echo "it $* ($SECONDS s)"; }

# Processes of `kdgrid run` over a store of this folder, on all nodes.
runs_of() {
  local pid
  for pid in $(pgrep -f "/kdgrid run study.cfg .*--store $1( |\$)"); do
    [ "$(readlink "/proc/$pid/cwd")" = "$PWD" ] && echo "$pid"
  done
}

write_study study.cfg nodes
sed 's/"nodes"/"other"/; s/seeds = .*/seeds = [11, 12, 13, 14];/' study.cfg >other.cfg
"$KDGRID" run study.cfg --store plain >/dev/null 2>log || { cat log; fail "the plain run failed"; }
"$KDGRID" run other.cfg --store plain.other >/dev/null 2>log || { cat log; fail "the plain run failed"; }

# ---- what has to wait long, beside all that follows ----

# The signal before the limit comes within half a minute.
time_is_up() {
  close_gate limit 4
  job=$(submit limit -D 'slurm.extra=["--nodelist=n9"]' -D slurm.time=00:01:00 -D slurm.notice_s=30) || exit 1
  wait_for 150 is "$job" Restarts 1
  open_gate limit
  wait_for 90 is "$job" JobState COMPLETED
  grep -q 'stopped early; back into the queue' "job-$job.log" || { cat "job-$job.log"; fail "the log does not tell"; }
  is_whole limit
}

# held JOB STORE: it is held still while it is at a cell, or when only those behind the gate are left. One that is between
# two cells is let go on.
held() {
  scontrol suspend "$1" && is "$1" JobState SUSPENDED || return 1
  grep -hvs ' gate$' "$2"/claims/* && return 0
  [ "$(compgen -G "$2/objects/*/*.h5" | wc -l)" -ge 17 ] && return 0
  scontrol resume "$1"
  return 1
}

# A node is lost with a job that does not come back. The other one, on another machine, cannot see that process; it
# waits for a heart that does not beat.
member_is_lost() {
  close_gate lost 2
  job=$(submit lost -D 'slurm.extra=["--nodelist=n8", "--no-requeue"]') || exit 1
  wait_for 90 has_objects lost
  wait_for 60 held "$job" lost
  next=$(submit lost --join -D 'slurm.extra=["--nodelist=n9"]') || exit 1
  wait_for 90 has_member_on lost n9
  cluster kill n8
  open_gate lost
  wait_for 60 is "$job" JobState NODE_FAIL
  wait_for 240 is "$next" JobState COMPLETED
  is_whole lost
}

# One job of three nodes loses one. It goes on with the others, or mpirun does not get over it and the job is put back.
job_loses_a_node() {
  close_gate shrunk 4
  job=$(submit shrunk -D slurm.nodes=3 -D slurm.tasks=2 -D 'slurm.extra=["--nodelist=n[5-7]"]') || exit 1
  wait_for 90 has_objects shrunk
  cluster kill n7
  is "$job" JobState RUNNING || fail "a job that lost a node is $(field "$job" JobState)"
  cluster start n7
  open_gate shrunk
  wait_for 240 is "$job" JobState COMPLETED
  is_whole shrunk
}

# The same without MPI: a member on each node. The others go on at once, no start follows, and of the lost one's cells a minute later.
members_lose_one() {
  close_gate split 4
  job=$(submit split -D slurm.mpi=none -D slurm.nodes=3 -D slurm.tasks=2 -D 'slurm.extra=["--nodelist=n[5-7]"]') || exit 1
  wait_for 90 has_objects split
  for node in n5 n6 n7; do wait_for 60 has_member_on split $node; done
  cluster kill n7
  open_gate split
  wait_for 240 is "$job" JobState COMPLETED
  is "$job" Restarts 0 || fail "it was put back $(field "$job" Restarts) times"
  grep -q 'Node failure on n7' "job-$job.log" || { cat "job-$job.log"; fail "no node was lost"; }
  is_whole split
}
three_nodes() { job_loses_a_node; members_lose_one; }

# A program that does not stop when it is told runs into the limit. Then SLURM ends it, and either the script has just time enough
# to put the job back or its successor goes on.
is_over_time() { is "$1" JobState TIMEOUT || is "$1" Restarts 1; }
time_is_over() {
  printf '#!/bin/bash\ntrap "" USR1 TERM\n"%s" "$@" &\nwait $!\n' "$KDGRID" >deaf
  chmod +x deaf
  close_gate over 4
  job=$(KDGRID=$work/deaf submit over -D 'slurm.extra=["--nodelist=n9"]' -D slurm.time=00:01:00 -D slurm.links=1) || exit 1
  wait_for 240 is_over_time "$job"
  open_gate over
  wait_for 120 none_live over
  "$KDGRID" jobs over | grep -q COMPLETED || fail "no job completed: $("$KDGRID" jobs over)"
  is_whole over
}

# beside WORDS FUNCTION: it begins here, and ends below. How, a file says: a shell forgets the end of a process whose number
# another one has got meanwhile.
beside() {
  local end=$PWD/$2.end
  (trap 'echo "exit $?, $failures failures" >"$end"' EXIT; failures=0; "$2") >"$2.out" 2>&1 &
  words+=("$1") names+=("$2")
}
words=() names=()
unhurt() { . "$here/unhurt.sh"; }
beside "goes on where no node dies" unhurt
beside "stops before its time is up, waits again and completes" time_is_up
beside "runs into its time limit, and is gone on with" time_is_over
beside "takes over what a lost node held, a minute later" member_is_lost
beside "completes when its job loses a node, with ranks and with members" three_nodes

# ---- what happens in turn, with deaths ----

it "runs one job over four nodes"
job=$(submit wide -D slurm.nodes=4 -D slurm.tasks=2 "${here_only[@]}") || exit 1
wait_for 90 is "$job" JobState COMPLETED
is "$job" NumNodes 4 || fail "it ran on $(field "$job" NumNodes) nodes"
is_whole wide

it "outlives three of six members, killed at random"
close_gate six 4
job=$(submit six --jobs 6 -D slurm.tasks=2 "${here_only[@]}") || exit 1
wait_for 90 has_members six 6
for node in n1 n2 n3; do has_member_on six $node || fail "no member on $node: $(members six)"; done
for victim in $(runs_of six | shuf -n 3); do
  sleep 0.$((RANDOM % 4))
  kill -9 "$victim"
done
wait_for 60 count six FAILED 3
open_gate six
wait_for 90 none_live six
count six COMPLETED 3 || fail "not three completed: $("$KDGRID" jobs six)"
is_whole six

it "lets no more than two of an array run at a time"
close_gate two 2
job=$(submit two --jobs 5 --at-once 2 "${here_only[@]}") || exit 1
wait_for 90 count two RUNNING 2
wait_for 60 has_members two 2
"$KDGRID" jobs two | grep -q 'PENDING (JobArrayTaskLimit)' || fail "the rest does not wait: $("$KDGRID" jobs two)"
open_gate two
last=$((SECONDS + 120))
until none_live two || [ $SECONDS -gt $last ]; do
  [ "$("$KDGRID" jobs two | grep -c ' RUNNING')" -le 2 ] || fail "more than two run: $("$KDGRID" jobs two)"
done
count two COMPLETED 5 || fail "not all five completed: $("$KDGRID" jobs two)"
is_whole two

it "goes on when a node dies under a member, which comes back elsewhere"
close_gate dead 4
job=$(submit dead --jobs 3 -D slurm.tasks=4 "${here_only[@]}") || exit 1
wait_for 90 has_members dead 3
wait_for 60 has_objects dead
victim=$(squeue -h -j "$job" -w n2 -o %A)
cluster kill n2
wait_for 60 is "$victim" Restarts 1
cluster start n2
open_gate dead
wait_for 90 none_live dead
count dead COMPLETED 3 || fail "not all three completed: $("$KDGRID" jobs dead)"
is_whole dead

it "goes on when the first node of a job dies, and the job is put back"
close_gate first 4
job=$(submit first -D slurm.nodes=2 -D slurm.tasks=2 "${here_only[@]}") || exit 1
wait_for 90 has_objects first
node=$(field "$job" BatchHost)
cluster kill "$node"
wait_for 60 is "$job" Restarts 1
cluster start "$node"
open_gate first
wait_for 90 is "$job" JobState COMPLETED
is_whole first

it "has two copies of a job whose node was lost sight of, and the old one makes place"
close_gate copies 4
job=$(submit copies "${here_only[@]}") || exit 1
wait_for 90 has_objects copies
node=$(field "$job" BatchHost)
cluster kill "$node/slurmd"
wait_for 60 is "$job" Restarts 1
wait_for 90 grep -q 'was taken for dead' "job-$job.log"
open_gate copies
wait_for 90 is "$job" JobState COMPLETED
is "$job" Restarts 1 || fail "the old copy put the new one back: $(cat "job-$job.log")"
cluster start "$node"
is_whole copies

# ---- what had to wait ----

for i in "${!names[@]}"; do
  it "${words[$i]}"
  wait_for 600 [ -s "${names[$i]}.end" ]
  cat "${names[$i]}.out"
  grep -qx 'exit 0, 0 failures' "${names[$i]}.end" || fail "it does not: $(cat "${names[$i]}.end")"
done

# ---- the end of all answers ----

it "does not miss the controller, and finds it again"
close_gate blind 4
job=$(submit blind --jobs 2 "${here_only[@]}") || exit 1
wait_for 90 has_members blind 2
touch mark
scontrol update "jobid=$job" comment=seen # a change that is saved, some seconds later
wait_for 60 [ slurm/state/job_state -nt mark ]
cluster kill slurmctld
"$KDGRID" status blind >out 2>log || { cat log; fail "status needs the controller"; }
grep -q "^queue    job $job: unknown" out && grep -q '^  done' out || { cat out; fail "status does not tell what it knows"; }
expect 69 "" "$KDGRID" submit study.cfg --store blind --join
cluster start slurmctld
wait_for 60 count blind RUNNING 2
open_gate blind
wait_for 90 none_live blind
count blind COMPLETED 2 || fail "not both completed: $("$KDGRID" jobs blind)"
is_whole blind

finish
