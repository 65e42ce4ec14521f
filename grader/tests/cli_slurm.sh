#!/bin/sh
# cli_slurm.sh PROGRAM ROOT - a class graded on a real Slurm cluster of three nodes, one of which dies
# half-way: the gradebook is the one that this machine makes, byte for byte but for times.
#
# Times are graded_at in JSON; CSV has none.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/slurm_cluster.sh
. "$(dirname "$0")/slurm_cluster.sh"
cluster_start n1 n2 n3

count() { sqlite3 "$1" "SELECT count(*) FROM records"; }
books() { # DB OUT: both gradebooks
    for format in csv json; do
        "$syslab" report "$1" --format $format --output "$2.$format" >/dev/null || fail "no report of $1"
    done
    sed -i '/"graded_at":/d' "$2.json"
}
echo "# a class, with names that are hard to hand on"
class=$scratch/class
"$(dirname "$0")/generate_class.sh" "$root" "$class" 13 "$exercise"
# shellcheck disable=SC2016 # a dollar sign in a name is what is meant
odd=$(printf 'o"dd 100%%\n\303\266\377'\'' \\$(touch x)')
mkdir -p "$class/$odd/$exercise" "$class/absent"
cp "$folder/solution/arena.c" "$class/$odd/$exercise/arena.c"
expect 0 "$syslab" grade "$class" --db "$scratch/local.sqlite"
books "$scratch/local.sqlite" "$scratch/local"

echo "# on the cluster: a node is lost half-way, with its slurmd, slurmstepd and jobs"
# Half-way by its own word, on a fast machine and a slow one: the first task that begins is stopped as soon as its
# grader has a sandbox, and its node is lost when the other nodes have handed back a part of the class.
mkdir "$scratch/here"
cp "$syslab" "$scratch/here/syslab"
hold_back "$scratch/here/syslab" grade "$class" --engine slurm
mv "$scratch/here/syslab" "$scratch/here/itself" # which the jobs that follow find
cat >"$scratch/here/syslab" <<END
#!/bin/sh
mkdir "$scratch/stopped" 2>/dev/null || exec "$syslab" "\$@"
"$syslab" "\$@" &
until [ -n "\$(cat /proc/\$!/task/*/children 2>/dev/null)" ]; do :; done
kill -STOP \$!
echo "\$SLURMD_NODENAME" >"$scratch/stopped/node"
wait
END
chmod +x "$scratch/here/syslab"
quiet scontrol update PartitionName=class State=UP
until_true 60 "a node that is half-way" test -s "$scratch/stopped/node"
until_true 120 "the first records" has_back "$class/.units" 4
node=$(cat "$scratch/stopped/node")
[ "$(handed_back "$class/.units")" -lt 14 ] || fail "the stopped task was not stopped"
cluster_pull_plug "$node"
got=0
wait "$pid" || got=$?
[ "$got" = 0 ] || fail "ended with $got"
warned "14 units in 7 tasks" # MaxArraySize is 7: two units a task
warned "NODE_FAIL 1"
warned "units have no grade"
said "14 graded now, 0 graded before"
cat "$scratch/out"
[ "$(sinfo --noheader --Node --states=down,no_respond --format=%N)" = "$node" ] || fail "$node was not lost"
books "$class/grades.sqlite" "$scratch/slurm"
same "$scratch/local.csv" "$scratch/slurm.csv"
diff "$scratch/local.json" "$scratch/slurm.json" || fail "the gradebooks differ"
[ ! -e "$class/.units" ] || fail "the tray is left behind"
[ "$(count "$class/grades.sqlite")" = 14 ] || fail "not 14 records"

echo "# nothing is graded twice; what changed is graded again"
expect 0 "$syslab" grade "$class" --engine slurm
said "0 graded now, 14 graded before"
[ ! -s "$scratch/err" ] || fail "a job was submitted for nothing"
until_true 60 "the job's end" is_idle
cluster_plug_in "$node"
cluster_wait_idle 3 || fail "the node does not come back"

small=$scratch/small
"$(dirname "$0")/generate_class.sh" "$root" "$small" 4 "$exercise"
tray=$small/.units
db=$small/grades.sqlite
ended() { # STATUS
    got=0
    wait "$pid" || got=$?
    [ "$got" = "$1" ] || fail "ended with $got, expected $1"
}

echo "# Ctrl-C leaves the job at work; the next run finds it, and what came back meanwhile"
hold_back "$syslab" grade "$small" --engine slurm
kill -INT "$pid"
ended 2
warned "the job goes on without this terminal"
warned "the next run goes on from here"
[ -n "$(squeue --noheader)" ] || fail "the job is gone"
hold_back "$syslab" grade "$small" --engine slurm
warned "of an earlier run is still at work"
let_go 0
if grep -q "4 units in" "$scratch/err"; then fail "the class was handed out twice"; fi
[ "$(count "$db")" = 4 ] || fail "not 4 records"

echo "# killed, and the job cancelled: only what is missing is handed out again"
rm "$db"*
until_true 60 "the job's end" is_idle
hold_back "$syslab" grade "$small" --engine slurm
kill -KILL "$pid"
wait "$pid" 2>/dev/null
scancel --user="$(id -un)"
until_true 60 "the job's end" is_idle
quiet scontrol update PartitionName=class State=UP
"$syslab" unit "$tray" 0 >"$scratch/out" 2>&1 || fail "a unit by hand" # whatever runs a command on a machine will do for a cluster
before=$(handed_back "$tray")
[ "$before" = 1 ] || fail "$before are back, not the one of task 0"
expect 0 "$syslab" grade "$small" --engine slurm
warned ": $((4 - before)) units in"
[ "$(count "$db")" = 4 ] || fail "not 4 records"

echo "# the controller may be away meanwhile"
rm "$db"*
until_true 60 "the job's end" is_idle
hold_back "$syslab" grade "$small" --engine slurm
cluster_stop_controller
until_true 60 "a word on the controller" grep -q "What comes back is collected all the same" "$scratch/err"
cluster_start_controller
until_true 60 "the controller" squeue --noheader
let_go 0
[ "$(count "$db")" = 4 ] || fail "not 4 records"

echo "# a job that somebody cancels ends the run"
rm "$db"*
until_true 60 "the job's end" is_idle
hold_back "$syslab" grade "$small" --engine slurm
scancel --user="$(id -un)"
ended 2
warned "it was cancelled"
quiet scontrol update PartitionName=class State=UP

echo "# what came back and is no record of its unit is refused and kept; a grader's fault is tried again"
until_true 60 "the job's end" is_idle
ids=$(sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' "$tray/units.jsonl")
first=$(echo "$ids" | sed -n 1p) second=$(echo "$ids" | sed -n 2p) third=$(echo "$ids" | sed -n 3p)
rm "$db"*
"$syslab" unit "$tray" 0 >"$scratch/unit.out"
"$syslab" unit "$tray" 0 >"$scratch/unit.out"
grep -q "^0 graded, [1-9] found graded, 0 without" "$scratch/unit.out" || fail "a unit was graded twice"
cp "$tray/records/$first.json" "$tray/records/$second.json"
echo '{"exercise": "03_memory/arena", "points": 100' >"$tray/records/$first.json"
jq '.verdict = "grader_error" | .message = "out of luck"' "$tray/records/$second.json" >"$tray/records/$third.json"
cp "$tray/records/$second.json" "$scratch/second.json"
expect 0 "$syslab" grade "$small" --engine slurm
warned "does not have the shape of a record"
warned "it is a record of another student"
said "4 graded now"
"$syslab" grade "$small" --db "$scratch/small.sqlite" >/dev/null 2>&1
books "$db" "$scratch/there"
books "$scratch/small.sqlite" "$scratch/here"
same "$scratch/here.csv" "$scratch/there.csv"
same "$scratch/here.json" "$scratch/there.json"
echo passed
