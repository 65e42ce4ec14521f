#!/bin/sh
# cli_slurm.sh PROGRAM ROOT - a class graded on a real Slurm cluster of three nodes, one of which dies
# half-way: the gradebook is the one that this machine makes, byte for byte but for times.
#
# Times are graded_at in JSON; CSV has none. Where a test of an exercise prints an address, which address
# space randomisation draws anew in each run, on one machine too, the digits are taken out.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/slurm_cluster.sh
. "$(dirname "$0")/slurm_cluster.sh"
leave() {
    status=$?
    cluster_stop
    (exit "$status")
    clean_up
}
trap leave EXIT
cluster_start n1 n2 n3

count() { sqlite3 "$1" "SELECT count(*) FROM records"; }
warned() { grep -qF -- "$1" "$scratch/err" || fail "stderr has no '$1'"; }
books() { # DB OUT: both gradebooks
    for format in csv json; do
        "$syslab" report "$1" --format $format --output "$2.$format" >/dev/null || fail "no report of $1"
    done
    sed -i '/"graded_at":/d; s/0x[0-9a-f]\{6,\}/0xADDRESS/g' "$2.json"
}
handed_back() { find "$1/records" -name '*.json' 2>/dev/null | wc -l; }
# until SECONDS WHAT COMMAND...: wait for it, at most so long.
until_true() {
    left=$(($1 * 5)) what=$2
    shift 2
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "waited too long for $what"
        sleep 0.2
    done
}
has_back() { [ "$(handed_back "$1")" -ge "$2" ]; }
is_idle() { [ -z "$(squeue --noheader 2>/dev/null)" ]; }

echo "# a class, with names that are hard to hand on"
class=$scratch/class
"$(dirname "$0")/generate_class.sh" "$root" "$class" 23 "$exercise"
# shellcheck disable=SC2016 # a dollar sign in a name is what is meant
odd=$(printf 'o"dd 100%%\n\303\266\377'\'' \\$(touch x)')
mkdir -p "$class/$odd/$exercise" "$class/absent"
cp "$folder/solution/arena.c" "$class/$odd/$exercise/arena.c"
expect 0 "$syslab" grade "$class" --db "$scratch/local.sqlite"
books "$scratch/local.sqlite" "$scratch/local"

echo "# on the cluster: a node is lost half-way, with its slurmd, slurmstepd and jobs"
"$syslab" grade "$class" --engine slurm >"$scratch/out" 2>"$scratch/err" &
pid=$!
until_true 60 "the first records" has_back "$class/.units" 8
node=$(squeue --noheader --states=running --format=%N | head -n 1)
[ -n "$node" ] || fail "no node is at work half-way"
[ "$(handed_back "$class/.units")" -lt 24 ] || fail "too late to mean anything"
cluster_pull_plug "$node"
got=0
wait "$pid" || got=$?
[ "$got" = 0 ] || fail "ended with $got"
warned "24 units in 6 tasks" # MaxArraySize is 7: four units a task
said "24 graded now, 0 graded before"
cat "$scratch/out"
[ "$(sinfo --noheader --Node --states=down,no_respond --format=%N)" = "$node" ] || fail "$node was not lost"
books "$class/grades.sqlite" "$scratch/slurm"
same "$scratch/local.csv" "$scratch/slurm.csv"
diff "$scratch/local.json" "$scratch/slurm.json" || fail "the gradebooks differ"
[ ! -e "$class/.units" ] || fail "the tray is left behind"
[ "$(count "$class/grades.sqlite")" = 24 ] || fail "not 24 records"

echo "# nothing is graded twice; what changed is graded again"
expect 0 "$syslab" grade "$class" --engine slurm
said "0 graded now, 24 graded before"
[ ! -s "$scratch/err" ] || fail "a job was submitted for nothing"
until_true 60 "the job's end" is_idle
echo "passed"
