#!/bin/sh
# harness.sh CASE HARNESS WRONG RESULTS GATE - the bench programs as a user runs them.
set -eu
case=$1 harness=$2 wrong=$3 results=$4 gate=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# status EXPECTED COMMAND ... - run it, its output in $work/out.
status() {
    expected=$1 got=0
    shift
    "$@" > "$work/out" 2>&1 || got=$?
    [ $got = "$expected" ] || { cat "$work/out"; echo "exit $got, expected $expected: $*"; exit 1; }
}

# says PATTERN - the last output has such a line.
says() {
    grep -q -- "$1" "$work/out" || { cat "$work/out"; echo "does not say: $1"; exit 1; }
}

case $case in
wrong_answer)
    status 1 "$wrong" --smoke --row wrong/at-once
    says 'wrong/at-once: wrong answer: impostor gives'
    status 1 "$wrong" --row wrong/late --samples 2
    says 'wrong/late: wrong answer: sleeper gives'
    ;;
skipped)
    status 0 "$harness" --smoke
    says 'skipped: nothing (package cargo and librust-nothing-dev)'
    status 0 "$harness" --row harness/alloc --samples 2
    says 'skipped: nothing (package cargo and librust-nothing-dev)'
    ;;
json)
    status 0 "$harness" --samples 3 --json "$work/rows.json"
    status 0 "$results" merge "$work/all.json" "$work/rows.json" "$work/rows.json"
    status 0 "$results" table "$work/all.json"
    says '^harness/two-threads .*0.01 MISSED'
    says '^floor missed: harness/two-threads'
    says '^skipped: nothing'
    status 0 "$results" plot "$work/all.json"
    says '^0 "harness/alloc / '
    status 0 "$harness" --ours --samples 2 --row harness/alloc --json "$work/ours.json"
    [ "$(grep -c '"bench"' "$work/ours.json")" = 1 ]
    status 2 "$harness" --json "$work/no/such/folder.json"
    ;;
usage)
    for arguments in --nonsense extra '--samples 0' '--samples 1x' '--only syslab' '--row none' \
        '--only nobody --iterations 1' '--count 0' '--iterations -1'; do
        # shellcheck disable=SC2086
        status 2 "$harness" $arguments
    done
    status 0 "$harness" --only twin --iterations 10
    status 0 "$harness" --list
    says '^harness/fresh$'
    ;;
run)
    # One row of a real chapter, through the script that `./syslab bench` calls.
    run=$(dirname "$gate")/run.sh
    status 0 "$run" 03_memory --row arena/alloc-16B --samples 2 --json "$work/rows.json" \
        --svg "$work/plot.svg"
    says '^arena/alloc-16B '
    status 0 "$results" table "$work/rows.json"
    ! command -v gnuplot > /dev/null || grep -q 'arena/alloc-16B / ' "$work/plot.svg"
    status 2 "$run" 03_memory --row arena/none
    says '03_memory: no bench has the row arena/none'
    status 2 "$run" 03_memory --json
    status 2 "$run"
    ;;
gate)
    # A gate that cannot fail is none: an honest baseline passes, a doctored one does not.
    command -v valgrind > /dev/null || { echo "skipped: no valgrind"; exit 77; }
    case $("$harness" --toolchain) in
    *RelWithDebInfo) ;;
    *) echo "skipped: the gate counts the release build alone"; exit 77 ;;
    esac
    status 0 "$gate" --update --baseline "$work/honest" "$harness"
    status 0 "$gate" --baseline "$work/honest" "$harness"
    says '2 rows within 5% of the baseline'
    grep -c two-threads "$work/honest" && { echo "spinning threads were counted"; exit 1; }
    awk '/harness\/alloc/ { sub(/[0-9.]+,/, $2 / 1.08 ",") } { print }' "$work/honest" > "$work/low"
    status 1 "$gate" --baseline "$work/low" "$harness"
    says '^harness/alloc .*+8'
    sed 's/harness\/fresh/harness\/gone/' "$work/honest" > "$work/gone"
    status 1 "$gate" --baseline "$work/gone" "$harness"
    says '^not in the baseline: harness/fresh'
    says '^gone, but in the baseline: harness/gone'
    sed 's/"gcc [0-9.]*/"gcc 99.1/; s/"clang/"gcc/' "$work/honest" > "$work/other"
    status 77 "$gate" --baseline "$work/other" "$harness"
    says '^skipped: counted with'
    ;;
*)
    echo "no such case: $case"
    exit 2
    ;;
esac
