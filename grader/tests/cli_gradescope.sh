#!/bin/sh
# cli_gradescope.sh PROGRAM ROOT - the entry script of a Gradescope container, run for real in a folder laid
# out as the container is: whatever happens, results.json is there, valid, and tells the truth.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
for tool in jq jsonschema git unzip; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
git -C "$root" rev-parse --verify -q HEAD >/dev/null || skip "the course is no git checkout, from which it is packed"
schema=$root/grader/tests/schemas/gradescope.schema.json
integrations=$root/grader/integrations/gradescope
export AUTOGRADER="$scratch/autograder" SYSLAB="$syslab"
results=$AUTOGRADER/results/results.json
submission=$AUTOGRADER/submission

echo "# pack: the zip has at its root what Gradescope looks for, and the course below it"
expect 2 "$integrations/pack.sh"
complained "usage"
expect 2 "$integrations/pack.sh" 03_memory/nothing "$scratch/a.zip"
complained "there is no exercise '03_memory/nothing'"
[ ! -e "$scratch/a.zip" ] || fail "a zip was made"
expect 2 "$integrations/pack.sh" "$exercise" "$scratch/a.zip" --nosandbox
complained "there is no option '--nosandbox'"
[ ! -e "$scratch/a.zip" ] || fail "a zip with a misspelt option was made"
echo "my notes" >"$scratch/notes.md"
expect 2 "$integrations/pack.sh" "$exercise" "$scratch/notes.md"
complained "is no zip"
[ "$(cat "$scratch/notes.md")" = "my notes" ] || fail "a file of another kind was lost"
expect 0 "$integrations/pack.sh" arena "$scratch/a.zip" --no-sandbox
[ "$(unzip -p "$scratch/a.zip" options)" = --no-sandbox ] || fail "the option is lost"
[ "$(unzip -p "$scratch/a.zip" exercise)" = "$exercise" ] || fail "a short name is not made whole"
expect 0 "$integrations/pack.sh" "$exercise" "$scratch/a.zip"
mkdir -p "$AUTOGRADER/source" "$submission"
unzip -q "$scratch/a.zip" -d "$AUTOGRADER/source" || fail "no zip"
for file in setup.sh run_autograder course/syslab course/grader/integrations/handed_in.sh; do
    [ -f "$AUTOGRADER/source/$file" ] || fail "$file is not in the zip"
done
for file in setup.sh run_autograder course/syslab; do
    [ -x "$AUTOGRADER/source/$file" ] || fail "$file is not executable"
done
[ "$(cat "$AUTOGRADER/source/exercise")" = "$exercise" ] || fail "not the exercise"
cp "$AUTOGRADER/source/run_autograder" "$AUTOGRADER/run_autograder" # as Gradescope does

# What is tested is this folder's script, committed or not.
cp "$integrations/run_autograder" "$AUTOGRADER/run_autograder"
cp "$root/grader/integrations/handed_in.sh" "$AUTOGRADER/source/course/grader/integrations/"

check_result() {
    [ -f "$results" ] || fail "there is no results.json"
    jsonschema -i "$results" "$schema" 2>"$scratch/err" || fail "not as $schema has it"
    [ "$(find "$AUTOGRADER/results" -type f | wc -l)" = 1 ] || fail "something else was left beside it"
}
# run [STATUS]: as Gradescope's harness does, in /autograder
run() {
    rm -f "$results"
    cd "$AUTOGRADER" || exit 1
    expect "${1:-0}" ./run_autograder
    cd "$scratch" || exit 1
    check_result
}
hand_in() { # FILE [PLACE]
    rm -rf "$submission"
    mkdir -p "$submission/$(dirname "${2:-arena.c}")"
    cp "$1" "$submission/${2:-arena.c}"
}
holds() { jq -e "$1" "$results" >/dev/null || fail "not so: $1"; }
score() { jq -r .score "$results"; }
no_grade() {
    holds 'has("score") | not'
    holds '[.tests[] | .score, .max_score] | all(. == 0)'
    holds 'any(.tests[]; .visibility == "hidden")'
    holds '.tests[0] | .visibility == "visible" and .status == "failed" and (.output | contains("There is no grade"))'
}

echo "# a pass, alone and in a tree"
hand_in "$folder/solution/arena.c"
run
[ "$(score)" = 100 ] || fail "not 100"
hand_in "$folder/solution/arena.c" "$exercise/arena.c"
run
[ "$(score)" = 100 ] || fail "not 100"

echo "# a failure, a file that does not build, and none"
hand_in "$folder/submissions/wrong/aligns_the_offset.c"
run
holds '.score > 0 and .score < 100 and any(.tests[]; .status == "failed" and (.output | contains("expected: ")))'
echo 'int broken' >"$submission/arena.c"
run
holds '.score == 0 and (.tests[0].output | contains("error: "))'
rm "$submission/arena.c"
echo "int x;" >"$submission/arean.c"
run
holds '.score == 0 and (.tests[0].output | contains("arena.c is missing; the folder has arean.c"))'
rm "$submission/arean.c"
run
holds '.score == 0 and (.tests[0].output | contains("arena.c is missing; the folder is empty"))'

echo "# a link to the reference is worth nothing, in the place of the file or of a folder"
ln -s "$folder/solution/arena.c" "$submission/arena.c"
run
holds '.score == 0 and (.tests[0].output | contains("symbolic link"))'
rm "$submission/arena.c"
mkdir "$submission/03_memory"
ln -s "$folder/solution" "$submission/$exercise"
run
holds '.score == 0'

echo "# a hostile submission does not reach the results"
hand_in "$folder/submissions/cheat/leaves_before_the_tests.c"
run
holds '.score == 0'

echo "# the grader killed while it works, too slow, crashed, or not there: no grade, and it says so"
hand_in "$folder/submissions/timeout/doubling_wraps_to_zero.c" # seconds of work
killed_grader "$scratch/killed"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$scratch/crashed"
chmod +x "$scratch/crashed"
for SYSLAB in "$scratch/killed" "$scratch/crashed" "$scratch/absent"; do
    run
    no_grade
done
printf '#!/bin/sh\nexit 3\n' >"$scratch/crashed" # a status that goes with a result, and none
SYSLAB=$scratch/crashed
run
no_grade
SYSLAB=$syslab
export SYSLAB_SECONDS=0.2
run
no_grade
holds '.tests[0].output | contains("stopped after 0.2 seconds")'
unset SYSLAB_SECONDS

echo "# the script itself killed: what it wrote first stands"
rm -f "$results"
setsid "$AUTOGRADER/run_autograder" >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -f "$results" ] && [ "$tries" -lt 600 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
pkill -KILL -s "$pid" # the whole session: timeout(1) put the grader into a group of its own
wait "$pid" 2>/dev/null
check_result
no_grade

echo "# a submission that is not there, and no place for results"
rm -rf "$submission"
run 2
no_grade
rm -rf "$AUTOGRADER/results"
echo "in the way" >"$AUTOGRADER/results"
expect 2 "$AUTOGRADER/run_autograder"
echo "# set up: nothing that a submission should not read is left, and hidden tests still grade"
course=$AUTOGRADER/source/course
cp "$integrations/setup.sh" "$AUTOGRADER/source/setup.sh"
[ -d "$course/exercises/03_memory/malloc/tests/hidden" ] || fail "malloc has no hidden tests"
# The build, which takes minutes, is the one that is tested.
cat >"$course/syslab" <<END
#!/bin/sh
mkdir -p build/release/grader
cp "$syslab" "$(dirname "$syslab")/runner" build/release/grader/
cp -r "$SYSLAB_BUILD/kits" build/release/
END
expect 0 "$AUTOGRADER/source/setup.sh"
for left in solution submissions hidden hostile; do
    [ -z "$(find "$course" -type d -name "$left" -not -path "*/build/*")" ] || fail "$left is left"
done
[ ! -e "$course/grader/tests" ] || fail "the grader's tests are left"
SYSLAB_ROOT=$course SYSLAB_BUILD=$course/build/release expect 0 "$course/build/release/grader/syslab" \
    test 03_memory/malloc --file "$root/exercises/03_memory/malloc/solution/malloc.c" --format gradescope
jq -e '.score == 100 and ([.tests[] | select(.visibility == "after_published")] | length > 0)' "$scratch/out" >/dev/null ||
    fail "hidden tests do not grade"
echo passed
