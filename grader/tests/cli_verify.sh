#!/bin/sh
# cli_verify.sh PROGRAM ROOT - what `verify` is there to find: a manifest whose times are not those of the accepted
# solutions, and accepted solutions that fail.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
course=$scratch/course
copy=$course/exercises/$exercise
mkdir -p "$course/exercises/03_memory"
cp -r "$root/03_memory" "$root/07_unsafe" "$course/"
cp -r "$folder" "$course/exercises/03_memory/"
rm -rf "$copy/submissions"
mkdir -p "$copy/submissions/accepted"
export SYSLAB_ROOT="$course"
state() { sed -i "s/slowest_cpu_ms: {[^}]*}/slowest_cpu_ms: {plain: $1, asan: $2}/" "$copy/exercise.yaml"; }

echo "# usage"
expect 2 "$syslab" verify --fair 0
complained "wants a number from 1 up"
expect 2 "$syslab" verify --hostile --fair 2
complained "goes alone"
expect 2 "$syslab" verify 03_memory/arean
complained "there is no exercise '03_memory/arean'. Did you mean '$exercise'?"
expect 2 "$syslab" verify frob
complained "there is no exercise 'frob'; './syslab list' shows them all"

echo "# times that are far from the truth, either way; the line to put in is right"
state 5000 5000
expect 1 "$syslab" verify "$exercise"
said "2 of 2 as their folders say"
said "exercise.yaml states other times. As measured here: slowest_cpu_ms: {plain: "
line=$(sed -n 's/.*As measured here: slowest_cpu_ms: {plain: \(.*\), asan: \(.*\)}/\1 \2/p' "$scratch/out")
# shellcheck disable=SC2086 # two words
state $line
expect 0 "$syslab" verify arena
said "$exercise: 2 of 2 as their folders say"

echo "# a test that takes far longer than the others may state its own time, and that is held, too"
sed -i '/name: strings_are_copied/a\    slowest_cpu_ms: {plain: 9000, asan: 9000}' "$copy/exercise.yaml"
expect 1 "$syslab" verify "$exercise"
said "states other times for strings_are_copied"
sed -i '/slowest_cpu_ms: {plain: 9000/d' "$copy/exercise.yaml"

echo "# under load, the accepted pass; one that does not is a false failure, with its reason"
expect 0 "$syslab" verify --fair 2 "$exercise"
said "2 runs of 1 files, 0 false failures, 0 with points lost, 0 faults of the grader"
cp "$folder/submissions/wrong/zero_size_gets_null.c" "$copy/submissions/accepted/"
expect 1 "$syslab" verify --fair 2 "$exercise"
said "WRONG   2 runs, 2 false failures, 0 with points lost, 0 faults"
said "accepted/zero_size_gets_null.c"
said "impossible_requests_get_null, plain: "
said "4 runs of 2 files, 2 false failures, 0 with points lost, 0 faults of the grader"
echo passed
