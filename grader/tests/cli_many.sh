#!/bin/sh
# cli_many.sh PROGRAM ROOT - the commands that take a class through: each once, on a class of three. For the
# sanitizer's build, where the scripts that try each of them in full (cli_grade.sh, cli_regrade.sh, cli_mutate.sh,
# cli_slurm.sh, cli_output.sh) are in the long tier.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/slurm_cluster.sh
. "$(dirname "$0")/slurm_cluster.sh"
class=$scratch/class db=$scratch/class/grades.sqlite
hand_in() { # STUDENT FILE
    mkdir -p "$class/$1/$exercise"
    cp "$2" "$class/$1/$exercise/arena.c"
}
hand_in ann "$folder/solution/arena.c"
hand_in bob "$folder/starter/arena.c"
hand_in cat "$folder/submissions/cheat/leaves_before_the_tests.c"
csv() { "$syslab" report "$1" --format csv; }

echo "# grade, interrupted and resumed"
setsid "$syslab" grade "$class" --jobs 1 >"$scratch/out" 2>"$scratch/err" &
pid=$!
tries=0
until [ "$(sqlite3 "$db" 'SELECT count(*) FROM records' 2>/dev/null || echo 0)" != 0 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "no record comes in"
    sleep 0.1
done
kill -INT "-$pid"
wait "$pid"
expect 0 "$syslab" grade "$class"
said "3 grades: 1 pass, 1 fail, 1 compile_error"
expect 0 "$syslab" grade "$class"
said "0 graded now, 3 graded before"
expect 0 "$syslab" report "$class" --format html --output "$scratch/grades.html"
csv "$class" >"$scratch/local.csv"

echo "# regrade: a grade by an older test"
sqlite3 "$db" "UPDATE records SET suite_hash = 'older', points = 40, verdict = 'fail',
    json = json_set(json, '\$.suite_hash', 'older', '\$.points', 40, '\$.verdict', 'fail') WHERE student = 'ann'"
expect 0 "$syslab" regrade "$class"
said "ann  $exercise  40 of 100 fail → 100 of 100 pass"
said "1 of 3 grades changed"
csv "$class" | diff "$scratch/local.csv" - || fail "another gradebook"

echo "# mutate: a sample of two"
expect 0 "$syslab" mutate arena --sample 2 --json
[ "$(jq '.[0].mutants | length' "$scratch/out")" = 2 ] || fail "not two mutants"

echo "# a cluster of one node"
cluster_start n1
expect 0 "$syslab" grade "$class" --db "$scratch/slurm.sqlite" --engine slurm
said "3 graded now, 0 graded before"
csv "$scratch/slurm.sqlite" | diff "$scratch/local.csv" - || fail "another gradebook"
echo passed
