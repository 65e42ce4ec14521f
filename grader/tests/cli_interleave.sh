#!/bin/sh
# cli_interleave.sh PROGRAM ROOT - a test under interleave: what the student sees, the replay by hand, the record, and a
# machine without it.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
explorer=$SYSLAB_BUILD/exercises/explorer
[ -x "$explorer" ] || skip "interleave is not built: it needs libdw-dev"
matched() { grep -q -- "$1" "$scratch/out" || fail "the output has no line like '$1'"; }
export SYSLAB_ROOT="$root/grader/tests/course"
slot=$SYSLAB_ROOT/exercises/explored/slot
racy=$slot/submissions/race/put_is_relaxed.c

echo "# the trace is shown: columns, lines, values, the store that was read, and how to see it again"
expect 1 "$syslab" test explored/slot --file "$racy"
matched 'value_is_passed_on .* has a data race'
matched 'data race: thread 0 reads .* at slot.c:28; thread 1 writes it at slot.c:20'
matched 'line thread 0  *thread 1'
matched 'slot.c:26  load .* -> 1 (line 5) acq'
said 'again: ./syslab interleave --exercise explored/slot --test value_is_passed_on --replay a'
said 'int value = slot->value;'
schedule=$(sed -n 's/.*--test value_is_passed_on --replay //p' "$scratch/out" | head -n 1)

echo "# the schedule reproduces it; the right answer passes"
expect 1 "$explorer" --exercise explored/slot --test value_is_passed_on --replay "$schedule" "$racy"
matched 'data race: thread 0 reads .*:28; thread 1 writes it at .*:20'
expect 0 "$explorer" --exercise explored/slot --test value_is_passed_on "$slot/solution/slot.c"
said 'complete: '
expect 2 "$explorer" --exercise explored/slot --test nonsense "$racy"
complained 'no test named nonsense'
expect 2 "$explorer" --exercise explored/none --test value_is_passed_on "$racy"
complained 'no such kit'
expect 2 "$explorer" --exercise explored/slot

echo "# an expectation"
expect 1 "$syslab" test explored/slot --file "$slot/submissions/wrong/forgets_to_wait.c"
matched 'required *the second value waits'
matched 'expected *2'
said 'interleave_slot.c:'

echo "# what cannot be explored is named"
expect 1 "$syslab" test explored/slot --file "$slot/submissions/fail/writes_a_record.c"
said 'calls that can be explored'
said 'write'

echo "# the record knows the build, and two gradings of one file are alike"
expect 1 "$syslab" test explored/slot --file "$racy" --json
said '"build": "interleave"'
said '"verdict": "race"'
grep -v '_ns"\|_bytes"\|graded_at' "$scratch/out" >"$scratch/first"
expect 1 "$syslab" test explored/slot --file "$racy" --json
grep -v '_ns"\|_bytes"\|graded_at' "$scratch/out" | cmp - "$scratch/first" || fail "another record"
expect 1 "$syslab" test explored/slot --file "$racy" --build interleave
said 'has a data race'

echo "# a test of a test: with the mutant an execution has to fail, and its schedule reproduces it"
driver=exercises/02_concurrency/write_the_driver
lost() {
    wants=$1
    shift
    expect "$wants" env SYSLAB_ROOT="$root" "$explorer" --exercise 02_concurrency/write_the_driver --test kills_the_lost_update "$@"
}
lost 0 "$root/$driver/solution/write_the_driver.c"
said 'complete: 15 executions'
said 'now one has to fail: execution'
schedule=$(sed -n 's/^again: --replay //p' "$scratch/out")
lost 0 --replay "$schedule" "$root/$driver/solution/write_the_driver.c"
said 'required: what was given back can be taken again'
lost 1 "$root/$driver/submissions/wrong/stays_alone.c"
said 'now one has to fail: complete: 1 executions'
lost 1 "$root/$driver/submissions/wrong/fails_always.c"
unsaid 'now one has to fail'
expect 1 env SYSLAB_ROOT="$root" "$syslab" test 02_concurrency/write_the_driver --file "$root/$driver/submissions/wrong/stays_alone.c"
matched 'actual *none of 1 does'
echo "# a crash is none of those that were to be found"
expect 1 env SYSLAB_ROOT="$root" "$explorer" --exercise 02_concurrency/write_the_driver --test kills_the_early_store "$root/$driver/submissions/crash/aborts.c"
said 'now one has to fail: execution'
said 'abort was called'
echo "# a bound on executions"
expect 1 env SYSLAB_ROOT="$root" "$syslab" test 02_concurrency/write_the_driver --file "$root/$driver/submissions/wrong/has_five_threads.c"
matched 'expected *at most 1000 executions'

echo "# without the explorer the machine is at fault, and says what to do"
mkdir -p "$scratch/build/kits/explored/slot" "$scratch/build/grader"
cp "$SYSLAB_BUILD/kits/explored/slot/plain.a" "$SYSLAB_BUILD/kits/explored/slot/asan.a" "$SYSLAB_BUILD/kits/explored/slot/tsan.a" \
    "$scratch/build/kits/explored/slot/"
cp "$SYSLAB_BUILD/grader/runner" "$scratch/build/grader/"
expect 3 env SYSLAB_BUILD="$scratch/build" "$syslab" test explored/slot --file "$slot/solution/slot.c"
said 'libdw'
echo passed
