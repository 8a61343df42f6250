# unhurt.sh - the part of test_nodes.sh in which no node dies, on nodes of its own beside the rest and in a folder of its own.
mkdir there && cp study.cfg other.cfg there && cd there || exit 1
work=$PWD
elsewhere=(-D 'slurm.extra=["--exclude=n[1-9]"]')

it "goes on when somebody puts the job back, and tells that it waits again"
close_gate back 4
job=$(submit back "${elsewhere[@]}") || exit 1
wait_for 90 has_objects back
scontrol requeue "$job"
wait_for 30 scontrol hold "$job" # so that it still waits when status is asked
wait_for 60 is "$job" Restarts 1
wait_for 60 count back PENDING 1
"$KDGRID" status back | grep -q "^queue    job $job: PENDING .*requeued 1 times" || fail "status tells: $("$KDGRID" status back)"
scontrol release "$job"
open_gate back
wait_for 90 is "$job" JobState COMPLETED
is_whole back

it "puts back that task of an array alone which stopped early"
close_gate task 4
job=$(submit task --jobs 3 "${elsewhere[@]}") || exit 1
wait_for 90 has_members task 3
for i in 1 2 3; do is "${job}_$i" JobId "$job" && namesake=$i; done # the number of the array is that of one of its tasks
scancel --batch --signal=USR1 "${job}_$namesake"
wait_for 60 is "${job}_$namesake" Restarts 1
wait_for 60 is "${job}_$namesake" JobState RUNNING
for i in 1 2 3; do [ $i = "$namesake" ] || is "${job}_$i" Restarts 0 || fail "task $i was put back, too"; done
open_gate task
wait_for 90 none_live task
count task COMPLETED 3 || fail "not all three completed: $("$KDGRID" jobs task)"
is_whole task

it "is suspended and goes on"
close_gate asleep 4
job=$(submit asleep "${elsewhere[@]}") || exit 1
wait_for 90 has_objects asleep
scontrol suspend "$job"
wait_for 30 count asleep SUSPENDED 1
scontrol resume "$job"
open_gate asleep
wait_for 90 is "$job" JobState COMPLETED
is_whole asleep

it "is cancelled and handed in again"
close_gate again 4
job=$(submit again --jobs 2 "${elsewhere[@]}") || exit 1
wait_for 90 has_objects again
"$KDGRID" cancel again >out 2>log || { cat log; fail "cancel failed"; }
wait_for 60 none_live again
job=$(submit again "${elsewhere[@]}") || exit 1
wait_for 90 has_members again 1
open_gate again
wait_for 90 is "$job" JobState COMPLETED
is_whole again

it "makes place for one who comes first: cancelled, its successor goes on; put back, it does so itself"
close_gate cancelled 4
close_gate requeued 4
job=$(submit cancelled -D slurm.links=1 -D slurm.partition=cancelled -D 'slurm.extra=["--nodelist=n10"]') || exit 1
next=$(sed -n 2p cancelled/jobs)
other=$(submit requeued -D slurm.partition=requeued -D 'slurm.extra=["--nodelist=n10"]') || exit 1
wait_for 90 has_objects cancelled
wait_for 90 has_objects requeued
sbatch -Q -p urgent -w n10 --exclusive -o /dev/null --wrap true
wait_for 60 is "$job" JobState PREEMPTED
wait_for 60 is "$other" Restarts 1
open_gate cancelled
open_gate requeued
wait_for 90 is "$next" JobState COMPLETED
wait_for 90 is "$other" JobState COMPLETED
is_whole cancelled
is_whole requeued

it "shares one store between two studies"
close_gate both 4
job=$(submit both --jobs 2 "${elsewhere[@]}") || exit 1
next=$(study=other.cfg submit both --jobs 2 --join "${elsewhere[@]}") || exit 1
wait_for 90 has_members both 4
open_gate both
wait_for 90 none_live both
count both COMPLETED 4 || fail "not all four completed: $("$KDGRID" jobs both)"
is_whole both
is_whole both other.cfg "$plain.other"

# ---- a site that is not as it should be ----

# stand_in FOLDER 'LINES': commands of that folder do what the lines say, and then what SLURM's do.
stand_in() {
  local command
  mkdir -p "$1"
  for command in squeue scontrol sacct sstat; do
    printf '#!/bin/bash\necho "%s $*" >>%s/calls\n%s\nexec %s "$@"\n' $command "$work/$1" "$2" "$(command -v $command)" >"$1/$command"
  done
  chmod +x "$1"/*
}

it "reads a queue that fails every other time"
close_gate odd 4
job=$(submit odd "${elsewhere[@]}") || exit 1
wait_for 90 has_objects odd
stand_in fails 'n=$(wc -l <"${0%/*}/calls"); [ $((n % 2)) = 0 ] || { echo "slurm_load_jobs error: Unable to contact" >&2; exit 1; }'
for try in 1 2 3 4 5 6; do
  PATH=$work/fails:$PATH "$KDGRID" status odd >out 2>log || { cat log; fail "status fails with the queue"; }
  grep -qE "^queue    job $job: (RUNNING on|unknown)" out || { cat out; fail "status tells what is not so"; }
done

it "waits for a scheduler that is slow, and not for one that does not answer"
stand_in slow 'sleep 1'
PATH=$work/slow:$PATH "$KDGRID" status odd >out 2>log || { cat log; fail "status fails"; }
grep -q "^queue    job $job: RUNNING on" out || { cat out; fail "a slow answer is no answer"; }
stand_in hangs 'exec sleep 600'
PATH=$work/hangs:$PATH "$KDGRID" status odd >out 2>log || { cat log; fail "status fails"; }
grep -q "^queue    job $job: unknown" out && grep -q '^  done' out || { cat out; fail "status does not tell what it knows"; }
[ "$(wc -l <hangs/calls)" -le 3 ] || fail "a scheduler that hangs was asked again and again: $(cat hangs/calls)"

it "does without accounting"
open_gate odd
wait_for 90 is "$job" JobState COMPLETED
sacct -j "$job" >/dev/null 2>&1 && fail "this site was to have no accounting"
"$KDGRID" jobs odd --json | tr -d ' \n' >out
grep -q '"state":"COMPLETED"' out && grep -q '"cpu_s":null' out || { cat out; fail "jobs needs accounting"; }
is_whole odd

it "is told when SLURM refuses to put a job back, and its successor goes on"
close_gate refused 4
stand_in strict '[ "$1" != requeue ] || { echo "Requested operation is presently disabled" >&2; exit 1; }'
job=$(PATH=$work/strict:$PATH submit refused -D slurm.links=1 "${elsewhere[@]}") || exit 1
next=$(sed -n 2p refused/jobs)
wait_for 90 has_objects refused
scancel --batch --signal=USR1 "$job"
wait_for 60 is "$job" JobState FAILED
grep -q 'SLURM does not put it back' "job-$job.log" || { cat "job-$job.log"; fail "the log does not tell"; }
open_gate refused
wait_for 90 is "$next" JobState COMPLETED
is_whole refused

it "says so when the site takes no array of that size, and leaves nothing in the queue"
expect 69 "array" "$KDGRID" submit study.cfg --store large --jobs 30
[ ! -s large/jobs ] || fail "something is in the queue: $(cat large/jobs)"
job=$(submit large --jobs 3 "${elsewhere[@]}") || exit 1
wait_for 90 none_live large
count large COMPLETED 3 || fail "not all three completed: $("$KDGRID" jobs large)"
is_whole large
