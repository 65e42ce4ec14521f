#!/bin/sh
# cli_classroom.sh PROGRAM ROOT - the GitHub Classroom workflow, out of its YAML: the grading step run for real
# with GITHUB_OUTPUT set, and what it gives read as the reporter reads it.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
for tool in jq yq jsonschema; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
workflow=$root/grader/integrations/classroom/workflow.yml
schema=$root/grader/tests/schemas/classroom.schema.json
job='.jobs["run-autograding-tests"]'
of() { yq -r "$1" "$workflow"; }

echo "# the workflow: what each step needs is there before it"
[ "$(of "$job.steps | map(.name) | join(\",\")")" = "Fetch the submission,Fetch the course,Let the sandbox make its namespaces,Build the course,Grade,Report" ] ||
    fail "other steps than expected"
[ "$(of "$job.steps[0].with.path")" = submission ] || fail "the submission is elsewhere"
[ "$(of "$job.steps[1].with.path")" = course ] || fail "the course is elsewhere"
id=$(of "$job.steps[4].id")
runner=$(of "$job.steps[5].with.runners")
[ "$id" = "$runner" ] || fail "the reporter reads another step"
[ "$(of "$job.steps[5].env | keys[0]")" = "$(echo "$runner" | tr '[:lower:]' '[:upper:]')_RESULTS" ] || fail "not the variable that the reporter reads"
[ "$(of "$job.steps[5].env | to_entries[0].value")" = "\${{ steps.$id.outputs.result }}" ] || fail "not the step's output"
for number in 3 4; do # the programs that the steps name are there
    program=$(of "$job.steps[$number].run" | cut -d ' ' -f 1)
    [ -x "$root/${program#course/}" ] || fail "$program cannot be run"
done

# The runner's folder: what the two checkouts would have put there.
mkdir -p "$scratch/run/submission"
ln -s "$root" "$scratch/run/course"
export GITHUB_OUTPUT="$scratch/run/output" SYSLAB="$syslab"
EXERCISE=$(of .env.EXERCISE)
export EXERCISE
of "$job.steps[4].run" >"$scratch/run/step.sh"
hand_in() { # FILE
    rm -rf "$scratch/run/submission"
    mkdir -p "$scratch/run/submission"
    [ -z "$1" ] || cp "$1" "$scratch/run/submission/arena.c"
}
# step: as GitHub runs it; the result, decoded as the reporter does, is $scratch/result
step() {
    echo "before=kept" >"$GITHUB_OUTPUT"
    cd "$scratch/run" || exit 1
    expect 0 bash -e step.sh
    cd "$scratch" || exit 1
    [ "$(sed -n 1p "$GITHUB_OUTPUT")" = "before=kept" ] || fail "another step's output is lost"
    [ "$(wc -l <"$GITHUB_OUTPUT")" = 2 ] || fail "not one line"
    sed -n 's/^result=//p' "$GITHUB_OUTPUT" | base64 -d >"$scratch/result" || fail "not base64"
    jsonschema -i "$scratch/result" "$schema" 2>"$scratch/err" || fail "not as $schema has it"
}
holds() { jq -e "$1" "$scratch/result" >/dev/null || fail "not so: $1"; }

echo "# pass, fail, compile error, nothing handed in"
hand_in "$folder/solution/arena.c"
step
holds '.status == "pass" and .max_score == 100 and ([.tests[].score] | add) == 100'
whole=$EXERCISE EXERCISE=${EXERCISE#*/} # its short name does as well
step
holds '.status == "pass"'
EXERCISE=$whole
hand_in "$folder/submissions/wrong/aligns_the_offset.c"
step
holds '.status == "fail" and ([.tests[].score] | add | . > 0 and . < 100)'
holds 'any(.tests[]; .filename == "arena.c" and .line_no > 0 and (.message | contains("expected: ")))'
hand_in ''
echo 'int broken' >"$scratch/run/submission/arena.c"
step
holds '.status == "fail" and ([.tests[].score] | add) == 0 and (.tests[0].message | contains("error: "))'
hand_in ''
step
holds '.status == "fail" and .max_score == 100 and (.tests[0].message | contains("arena.c is missing"))'
ln -s "$folder/solution/arena.c" "$scratch/run/submission/arena.c"
step
holds '([.tests[].score] | add) == 0'

echo "# the grader killed, too slow, or silent: status error, and no points are sent"
hand_in "$folder/submissions/timeout/doubling_wraps_to_zero.c"
killed_grader "$scratch/killed"
printf '#!/bin/sh\nexit 1\n' >"$scratch/silent"
chmod +x "$scratch/silent"
for SYSLAB in "$scratch/killed" "$scratch/silent" "$scratch/absent"; do
    step
    holds '.status == "error" and .max_score == 0 and (.tests[0].message | contains("There is no grade"))'
done
SYSLAB=$syslab
SYSLAB_SECONDS=0.2
export SYSLAB_SECONDS
step
holds '.status == "error" and .max_score == 0'
unset SYSLAB_SECONDS
rm -rf "$scratch/run/submission"
step
holds '.status == "error" and (.tests[0].message | contains("could not be read"))'

echo "# used wrongly: one line, and no output"
: >"$GITHUB_OUTPUT"
grade=$root/grader/integrations/classroom/grade.sh
expect 2 "$grade" "$EXERCISE"
complained usage
expect 2 "$grade" 03_memory/nothing "$scratch"
complained "there is no exercise"
[ ! -s "$GITHUB_OUTPUT" ] || fail "there is an output"
unset GITHUB_OUTPUT
expect 2 "$grade" "$EXERCISE" "$scratch"
complained usage
echo passed
