#!/bin/bash
# cluster.sh - a SLURM of one node for tests, with all its state in one folder.
#
#     cluster.sh up FOLDER      munged, slurmctld, slurmd; ready when it returns
#     cluster.sh down FOLDER    ends them and the jobs that are left
#
# `up` prints the path of slurm.conf, for SLURM_CONF. It exits with 77 and says why where no such
# cluster can be: not root, or a program is absent (Debian: slurm-wlm slurm-wlm-basic-plugins munge).
set -eu

command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
export PATH="$PATH:/usr/sbin:/sbin" SLURM_CONF="$folder/slurm.conf"

skip() {
    echo "cluster.sh: $*" >&2
    exit 77
}

# Whether anybody listens on this port of the loopback.
is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Two neighbouring free ports below those that the kernel gives out.
find_ports() {
    port=$((20000 + $$ % 10000))
    while is_taken "$port" || is_taken $((port + 1)); do port=$((port + 2)); done
}

# Of what is not about paths, each line is there for a reason:
# - root runs everything, and no cgroup is asked for: a test machine may have neither users nor cgroups
# - the node claims four CPUs, real or not
# - cred_expire is also how long a requeued job waits before it may start again
# - finished jobs stay visible for an hour, as there is no accounting
write_conf() {
    local host
    host=$(hostname -s)
    cat >"$SLURM_CONF" <<CONF
ClusterName=kdgrid
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=1024 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
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
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
KillWait=2
ReturnToService=2
PropagateResourceLimits=NONE
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
CONF
}

# Wait up to 20 s until a command succeeds.
wait_until() {
    local tries=200
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

is_idle() {
    sinfo -h -o %T | grep -qx idle
}

up() {
    local program
    [ "$(id -u)" = 0 ] || skip "a SLURM for tests needs root"
    for program in munged slurmctld slurmd sbatch scontrol; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
    [ -n "$(ls -A /sys/fs/cgroup 2>/dev/null)" ] ||
        skip "slurmd wants a cgroup file system, and none is mounted at /sys/fs/cgroup"
    find_ports
    write_conf
    mkdir -p "$folder/state" "$folder/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --seed-file="$folder/munge.seed" \
        --log-file="$folder/munged.log" 2>>"$folder/munged.err"
    slurmctld -c 2>>"$folder/slurmctld.err"
    slurmd 2>>"$folder/slurmd.err"
    if ! wait_until is_idle; then
        tail -n 5 "$folder"/*.log >&2
        down
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

down() {
    if [ -e "$folder/slurmctld.pid" ]; then
        timeout 5 scancel --user=root || true
        wait_until is_empty || true
    fi
    end slurmd
    end slurmctld
    end munged
}

"$command"
