# shellcheck shell=sh
# shellcheck disable=SC2154 # scratch is made by cli.sh
# slurm_cluster.sh - a real Slurm cluster on this machine, for tests; sourced after cli.sh.
#
# munged, slurmctld and one slurmd a node, all on loopback, as whoever runs the test, with everything
# they keep under $scratch/slurm. A node is a PID namespace: killing its first process is pulling the
# plug, for slurmd, slurmstepd and the jobs die at once. Each daemon dies with the shell that started
# it, however that comes about.
#
#   cluster_start NODE...       skips the test where the machine cannot do that
#   cluster_pull_plug NODE
#   cluster_plug_in NODE
#   cluster_stop_controller, cluster_start_controller
#   cluster_stop
slurm=$scratch/slurm
PATH=$PATH:/usr/sbin:/sbin

start_daemon() { # NAME COMMAND...
    daemon=$1
    shift
    setpriv --pdeathsig KILL "$@" >>"$slurm/log/$daemon.out" 2>&1 </dev/null &
    echo $! >"$slurm/$daemon.pid"
}
stop_daemon() {
    [ -f "$slurm/$1.pid" ] || return 0
    kill -KILL "$(cat "$slurm/$1.pid")" 2>/dev/null
    wait "$(cat "$slurm/$1.pid")" 2>/dev/null
    rm "$slurm/$1.pid"
}
is_up() { [ -f "$slurm/$1.pid" ] && kill -0 "$(cat "$slurm/$1.pid")" 2>/dev/null; }

cluster_needs() {
    for program in munged slurmctld slurmd sbatch squeue scancel setpriv unshare pkill; do
        command -v $program >/dev/null || skip "$program is not installed (packages slurmctld, slurmd, slurm-client, munge)"
    done
    as_user=''
    [ "$(id -u)" = 0 ] || as_user='--user --map-current-user'
    # shellcheck disable=SC2086
    unshare $as_user --pid --fork --mount-proc true 2>/dev/null || skip "this machine lets nobody make a PID namespace, which is a node here"
}

write_conf() { # FIRST-PORT NODE...
    port=$1
    shift
    cat <<CONF
ClusterName=syslab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$slurm/munge.socket,cred_expire=3
SlurmctldPidFile=$slurm/slurmctld.own-pid
SlurmctldLogFile=$slurm/log/slurmctld.log
StateSaveLocation=$slurm/state
SlurmdPidFile=$slurm/slurmd-%n.own-pid
SlurmdLogFile=$slurm/log/slurmd-%n.log
SlurmdSpoolDir=$slurm/spool-%n
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
MaxArraySize=7
MessageTimeout=5
SlurmdTimeout=5
KillWait=1
ReturnToService=2
PartitionName=class Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    for node; do
        port=$((port + 1))
        echo "NodeName=$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=$port CPUs=1 State=UNKNOWN"
    done
}

cluster_start_controller() { start_daemon slurmctld slurmctld -D -f "$SLURM_CONF"; }
# As an administrator does it: the controller writes down its jobs first.
cluster_stop_controller() {
    kill -TERM "$(cat "$slurm/slurmctld.pid")" 2>/dev/null || true
    wait "$(cat "$slurm/slurmctld.pid")" 2>/dev/null || true
    rm "$slurm/slurmctld.pid"
}
cluster_plug_in() {
    mkdir -p "$slurm/spool-$1"
    # shellcheck disable=SC2086
    start_daemon "node-$1" unshare $as_user --pid --fork --kill-child --mount-proc slurmd -D -N "$1" -f "$SLURM_CONF"
}
# The first process of the namespace is killed, not unshare above it, which buries it and then ends too.
cluster_pull_plug() {
    pkill -KILL -P "$(cat "$slurm/node-$1.pid")"
    wait "$(cat "$slurm/node-$1.pid")" 2>/dev/null
    rm "$slurm/node-$1.pid"
}

cluster_wait_idle() { # COUNT
    tries=0
    until [ "$(sinfo --noheader --states=idle --format=%D 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')" = "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || return 1
        is_up slurmctld || return 1
        sleep 0.2
    done
}

cluster_start() {
    cluster_needs
    mkdir -p "$slurm/state" "$slurm/log"
    chmod 711 "$scratch" "$slurm" # munge's clients must be able to get at its socket
    head -c 1024 /dev/urandom >"$slurm/munge.key"
    chmod 400 "$slurm/munge.key"
    export SLURM_CONF="$slurm/slurm.conf"
    start_daemon munged munged --foreground --force --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" \
        --pid-file="$slurm/munged.own-pid" --log-file="$slurm/log/munged.log" --seed-file="$slurm/munge.seed"
    # Ports below those that the kernel gives to clients. Where one is taken, all are drawn again.
    for attempt in 1 2 3 4 5; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
        write_conf "$port" "$@" >"$SLURM_CONF"
        cluster_start_controller
        for node; do cluster_plug_in "$node"; done
        cluster_wait_idle $# && return
        cluster_stop_nodes "$@"
    done
    tail -n 20 "$slurm"/log/*
    fail "no cluster after $attempt attempts"
}
cluster_stop_nodes() {
    for node; do cluster_pull_plug "$node"; done
    cluster_stop_controller
    rm -rf "$slurm"/state/* "$slurm"/spool-*
}
cluster_stop() {
    for running in "$slurm"/node-*.pid; do
        [ ! -f "$running" ] || cluster_pull_plug "$(basename "$running" .pid | sed 's/^node-//')"
    done
    for daemon in slurmctld munged; do stop_daemon $daemon; done
}
leave() {
    status=$?
    cluster_stop
    (exit "$status")
    clean_up
}
trap leave EXIT

# What both tests ask of it.
warned() { grep -qF -- "$1" "$scratch/err" || fail "stderr has no '$1'"; }
handed_back() { find "$1/records" -name '*.json' 2>/dev/null | wc -l; }
has_back() { [ "$(handed_back "$1")" -ge "$2" ]; } # FOLDER COUNT
is_idle() { [ -z "$(squeue --noheader 2>/dev/null)" ]; }
# until_true SECONDS WHAT COMMAND...: wait for it, at most so long.
until_true() {
    left=$(($1 * 5)) what=$2
    shift 2
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "waited too long for $what"
        sleep 0.2
    done
}
quiet() { "$@" >/dev/null 2>&1 || fail "'$*' failed"; }
# hold_back COMMAND...: in the background, with the job held up by the partition.
hold_back() {
    quiet scontrol update PartitionName=class State=DOWN
    : >"$scratch/err" # or the words of the run before are taken for this one's
    "$@" >"$scratch/out" 2>"$scratch/err" &
    pid=$!
    until_true 60 "a job that waits" grep -q "waits: PartitionDown" "$scratch/err"
}
let_go() { # STATUS
    quiet scontrol update PartitionName=class State=UP
    got=0
    wait "$pid" || got=$?
    [ "$got" = "$1" ] || fail "ended with $got, expected $1"
}
