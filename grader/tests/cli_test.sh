#!/bin/sh
# cli_test.sh PROGRAM ROOT - test: the verdict in words and as JSON, odd files, colour, and submit.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
esc=$(printf '\033')
expect 0 "$syslab" init

echo "# the first red test, in words"
expect 1 "$syslab" test
said "$exercise"
said " points"
said "expected"
said "actual"
said "$file:"
said "03_memory/README.md"
said "exercises/$exercise/tests/test_arena.c:"
unsaid "$esc"
said "./syslab hint $exercise"
expect 0 "$syslab" next
said "The last test run ended with"
said "actual"
expect 1 "$syslab" solution arena

echo "# JSON"
expect 1 "$syslab" test arena --json
jq -e '.verdict == "fail" and .max_points == 100 and (.tests | length) > 3 and .points < 100' \
    "$scratch/out" >/dev/null || fail "the JSON is not as promised"
expect 0 "$syslab" test arena --file "$folder/solution/arena.c" --json
jq -e '.verdict == "pass" and .points == 100' "$scratch/out" >/dev/null || fail "the reference has no pass"
expect 0 "$syslab" list
said "failing" # another file's pass is not the student's

echo "# one build alone is quick, and remembered by nobody"
cp "$folder/solution/arena.c" "$file"
expect 0 "$syslab" test arena --build plain
said "Only the plain build ran"
expect 0 "$syslab" list
said "failing"

echo "# a pass"
expect 0 "$syslab" test
said "passes every test in every build"
said "./syslab solution $exercise"
expect 0 "$syslab" list
said "passed"
expect 0 "$syslab" solution arena
same "$scratch/out" "$folder/solution/arena.c"

echo "# odd files get a verdict and a clear word; none harms anything"
sed 's/$/\r/' "$folder/solution/arena.c" >"$scratch/crlf.c"
expect 0 "$syslab" test arena --file "$scratch/crlf.c"
: >"$scratch/empty.c"
expect 1 "$syslab" test arena --file "$scratch/empty.c"
head -c 5000 /dev/urandom >"$scratch/binary.c"
expect 1 "$syslab" test arena --file "$scratch/binary.c"
if LC_ALL=C grep -q "$esc" "$scratch/out"; then fail "raw bytes reached the terminal"; fi
{ printf '/* caf\351 */\n'; cat "$folder/solution/arena.c"; } >"$scratch/latin1.c"
got=0
"$syslab" test arena --file "$scratch/latin1.c" >"$scratch/out" 2>"$scratch/err" || got=$?
[ "$got" -le 1 ] || fail "a Latin-1 file ended with $got"
{ cat "$folder/solution/arena.c"; echo 'int main(void) { return 0; }'; } >"$scratch/main.c"
expect 1 "$syslab" test arena --file "$scratch/main.c"
said "main"
expect 2 "$syslab" test arena --file "$scratch/absent.c"
complained "No such file"
expect 2 "$syslab" test arena --file "$scratch"
complained "is a folder"
expect 2 "$syslab" test "$file"
complained "that is a file: use --file"
rm "$file"
expect 2 "$syslab" test arena
complained "syslab init"
expect 0 "$syslab" init

echo "# help, and output that cannot be written"
expect 0 "$syslab" help
if grep -q '.\{81\}' "$scratch/out"; then fail "help is wider than 80 columns"; fi
expect 0 "$syslab" help test
said "usage: ./syslab test"
expect 2 "$syslab" help tset
complained "Did you mean 'test'"
got=0
"$syslab" list >/dev/full 2>"$scratch/err" || got=$?
[ "$got" = 2 ] || fail "a list that was not written ended with $got"
complained "could not be written: No space left"

echo "# what does not build shows the compiler's words at a place that can be clicked"
sed 's/;/ /' "$folder/solution/arena.c" >"$file"
echo 'int broken(void) { return 1 }' >>"$file"
expect 1 "$syslab" test arena
said "does not build"
said "$file:"
said "error:"

echo "# in every build, and whichever way the grader compiled it, they name the student's file and none of its own"
for build in plain asan; do
    for before in '' 'static int unused __attribute__((unused));'; do
        { echo "$before"; sed 's/return NULL;/return NULL/' "$folder/starter/arena.c"; } >"$file"
        expect 1 "$syslab" test arena --build "$build"
        said "$file:"
        said "error: expected ';'"
        if grep -qE "(plain|asan)\.|\.[is]\b|syslab_|/work/include|include/arena" "$scratch/out"; then fail "a name of the grader's own"; fi
    done
done

echo "# a student's escape sequences are spelt out"
{ printf '#error "\033[2Jred"\n'; cat "$folder/starter/arena.c"; } >"$file"
expect 1 "$syslab" test arena
unsaid "$esc"

echo "# colour on a terminal, unless it is turned off"
coloured() { TERM=$1 script -qec "$syslab test arena --build plain" /dev/null </dev/null 2>&1 | grep -q "$esc\[3"; }
coloured xterm || fail "no colour on a terminal"
! coloured dumb || fail "colour on a dumb terminal"
! NO_COLOR=1 coloured xterm || fail "colour in spite of NO_COLOR"
LC_ALL=C expect 1 "$syslab" test arena --build plain
if LC_ALL=C grep -q '[^ -~]' "$scratch/out"; then fail "not plain ASCII in the C locale"; fi

echo "# a fault of the machine's is not put on the student"
mkdir "$scratch/build"
ln -s "$SYSLAB_BUILD/grader" "$scratch/build/grader" # all but the tests
SYSLAB_BUILD=$scratch/build expect 3 "$syslab" test arena
said "could not be graded, which is no fault of yours"
said "are not built"
said "./syslab doctor"
unsaid "✗"
unsaid "Make this one pass"

echo "# submit: one archive, laid out as grade reads it"
cp "$folder/starter/arena.c" "$file"
rm -rf "$SYSLAB_WORK/.syslab"
expect 2 "$syslab" submit
complained "nothing to submit"
cp "$folder/solution/arena.c" "$file"
expect 0 "$syslab" submit
said "changed since it was last tested"
expect 0 "$syslab" test arena
touch "$SYSLAB_WORK/$exercise/.arena.c.swp"
expect 0 "$syslab" submit
said "100 of 100"
complained "open in an editor"
[ "$(tar -tzf "$SYSLAB_WORK/submission.tar.gz")" = "$exercise/arena.c" ] || fail "the archive holds something else"
mkdir -p "$scratch/class/ann"
tar -xzf "$SYSLAB_WORK/submission.tar.gz" -C "$scratch/class/ann"
expect 0 "$syslab" grade "$scratch/class"
said "1 grades: 1 pass"
echo passed
