#!/bin/bash
# cluster.sh - a SLURM on this machine for tests, with all its state in one folder.
#
#     cluster.sh up FOLDER [NODES]    munged, slurmctld, slurmd; ready when it returns
#     cluster.sh down FOLDER          ends them and the jobs that are left
#     cluster.sh kill FOLDER WHAT     a node loses power, with all that runs on it: n2; its slurmd dies and its jobs
#                                     run on: n2/slurmd; the controller dies: slurmctld
#     cluster.sh start FOLDER WHAT    it is back: n2, slurmctld
#
# Without NODES there is one node, this machine. With it they are virtual ones, n1 to nNODES, four CPUs each: a slurmd in
# namespaces of its own, with a host name, processes and shared memory that are no other node's. So a node
# knows as little of another one's processes as if it stood in another room, and one SIGKILL ends all that runs on it.
#
# `up` prints the path of slurm.conf, for SLURM_CONF. It exits with 77 and says why where no such
# cluster can be: not root, or a program is absent (Debian: slurm-wlm slurm-wlm-basic-plugins munge).
set -eu

command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
what=${3:-}
export PATH="$PATH:/usr/sbin:/sbin" SLURM_CONF="$folder/slurm.conf"

skip() {
    echo "cluster.sh: $*" >&2
    exit 77
}

# Whether anybody listens on this port of the loopback.
is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

are_free() {
    local p
    for ((p = port; p <= port + ${what:-1}; p++)); do ! is_taken "$p" || return 1; done
}

# Neighbouring free ports below those that the kernel gives out: of the controller, then of each node.
find_ports() {
    port=$((20000 + $$ % 10000))
    until are_free; do port=$((port + 2)); done
}

# The nodes and the partitions. A job of `urgent` takes the place of one of `cancelled`, which ends, or of
# `requeued`, which waits again.
write_nodes() {
    local node=$1 kind="CPUs=4 RealMemory=1024 State=UNKNOWN"
    if [ -z "$what" ]; then
        echo "NodeName=$node NodeAddr=127.0.0.1 $kind"
        echo "SlurmdPort=$((port + 1))"
    else
        node="n[1-$what]"
        echo "NodeName=$node NodeHostname=$1 NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + what))] $kind"
        echo "TmpFS=$folder/tmp/%n"
    fi
    echo "PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP PreemptMode=OFF"
    echo "PartitionName=cancelled Nodes=$node State=UP PreemptMode=CANCEL"
    echo "PartitionName=requeued Nodes=$node State=UP PreemptMode=REQUEUE"
    echo "PartitionName=urgent Nodes=$node State=UP PriorityTier=9 PreemptMode=OFF"
}

# Of what is not about paths, each line is there for a reason:
# - root runs everything, and no cgroup is asked for: a test machine may have neither users nor cgroups
# - a node claims four CPUs, real or not
# - cred_expire is also how long a requeued job waits before it may start again
# - nothing is given up because the machine is busy: `kill` says itself that a node is down
# - finished jobs stay visible for an hour, as there is no accounting
write_conf() {
    local host
    host=$(hostname -s)
    cat >"$SLURM_CONF" <<CONF
ClusterName=kdgrid
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
$(write_nodes "$host")
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmUser=root
SlurmdUser=root
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=3600
MaxArraySize=20
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
KillWait=2
MessageTimeout=15
BatchStartTimeout=60
ReturnToService=2
PropagateResourceLimits=NONE
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
CONF
}

# Wait up to 60 s until a command succeeds.
wait_until() {
    local last=$((SECONDS + 60))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$last" ] || return 1
        sleep 0.1
    done
}

are_idle() {
    [ "$(sinfo -h -N -p main -t idle -o %N | wc -l)" = "${what:-1}" ]
}

is_idle() {
    sinfo -h -n "$1" -p main -o %T | grep -qx idle
}

is_virtual() {
    [ -d "$folder/tmp" ]
}

# ---- nodes ----

# The first process of a node stays when its slurmd dies, as a machine does.
start_node() {
    mkdir -p "$folder/spool/$1" "$folder/tmp/$1"
    setsid unshare --mount --uts --pid --fork --kill-child --mount-proc bash -c '
        hostname "$1" && mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1
        slurmd -D -N "$1" &
        sleep infinity' node "$1" >>"$folder/$1.out" 2>&1 </dev/null &
    echo $! >"$folder/$1.pid"
}

# The process whose death ends a node; that of its slurmd.
is_node() {
    grep -qzF "SLURM_CONF=$folder/" "/proc/$(cat "$folder/$1.pid")/environ" 2>/dev/null
}

slurmd_of() {
    pgrep -x slurmd -P "$(pgrep -P "$(cat "$folder/$1.pid")")" | head -n 1
}

kill_node() {
    local first
    is_node "$1" || return 0
    first=$(pgrep -P "$(cat "$folder/$1.pid")") || true
    kill -9 "$(cat "$folder/$1.pid")"
    [ -z "$first" ] || wait_until [ ! -e "/proc/$first" ]
}

is_down() {
    scontrol update "nodename=$1" state=down reason=test
}

# ---- the verbs ----

kill_() {
    case $what in
        slurmctld) kill -9 "$(cat "$folder/slurmctld.pid")" ;;
        */slurmd) kill -9 "$(slurmd_of "${what%/*}")" && wait_until is_down "${what%/*}" ;;
        *) kill_node "$what" && wait_until is_down "$what" ;;
    esac
}

start_() {
    if [ "$what" = slurmctld ]; then
        slurmctld 2>>"$folder/slurmctld.err"
        wait_until scontrol ping
    else
        kill_node "$what"
        start_node "$what"
        wait_until is_idle "$what"
    fi
}

up_() {
    local program node
    [ "$(id -u)" = 0 ] || skip "a SLURM for tests needs root"
    for program in munged slurmctld slurmd sbatch scontrol; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
    [ -n "$(ls -A /sys/fs/cgroup 2>/dev/null)" ] ||
        skip "slurmd wants a cgroup file system, and none is mounted at /sys/fs/cgroup"
    [ -z "$what" ] || unshare --mount --uts --pid --fork --mount-proc true 2>/dev/null ||
        skip "virtual nodes need namespaces, and unshare may not make them here"
    find_ports
    write_conf
    mkdir -p "$folder/state" "$folder/spool" ${what:+"$folder/tmp"}
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --seed-file="$folder/munge.seed" \
        --log-file="$folder/munged.log" 2>>"$folder/munged.err"
    slurmctld -c 2>>"$folder/slurmctld.err"
    if is_virtual; then
        for ((node = 1; node <= what; node++)); do start_node "n$node"; done
    else
        slurmd 2>>"$folder/slurmd.err"
    fi
    if ! wait_until are_idle; then
        tail -n 5 "$folder"/*.log >&2
        down_
        exit 1
    fi
    echo "$SLURM_CONF"
}

# End a daemon by the pid it wrote, if that is still a process of this cluster.
end() {
    local pid
    pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
    grep -qzF "$folder" "/proc/$pid/environ" "/proc/$pid/cmdline" 2>/dev/null || return 0
    kill "$pid"
    wait_until [ ! -e "/proc/$pid" ] || kill -9 "$pid"
}

is_empty() {
    [ -z "$(timeout 5 squeue -h)" ]
}

down_() {
    local file
    if is_virtual; then
        for file in "$folder"/n*.pid; do
            file=${file##*/}
            kill_node "${file%.pid}"
        done
    elif [ -e "$folder/slurmctld.pid" ]; then
        timeout 5 scancel --user=root || true
        wait_until is_empty || true
        end "slurmd.$(hostname -s)"
    fi
    end slurmctld
    end munged
}

"${command}_"
