#!/bin/sh
# cli_mutate.sh PROGRAM ROOT - mutants of a reference of a few lines: which are killed, which survive,
# which are equivalent; and what is wrong with the author's files is said in words.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
command -v jq >/dev/null || skip "jq is not installed"

# A course of one exercise. Its kits are another one's with a test of their own, compiled with the flags of
# cmake/SyslabExercise.cmake.
tiny=01_tiny/clamp
course=$scratch/course
exercise=$course/exercises/$tiny
kits=$scratch/build/kits/$tiny
mkdir -p "$exercise/starter" "$exercise/solution" "$exercise/tests" "$kits" "$scratch/build/grader" "$scratch/tmp"
cp "$SYSLAB_BUILD/grader/runner" "$scratch/build/grader/"
cat >"$exercise/exercise.yaml" <<'END'
title: A number between two others
file: clamp.c
lesson: README.md
interface: [clamp]
limits: {slowest_cpu_ms: {plain: 1, asan: 5}, margin: 20, memory_mib: 64, processes: 1, file_kib: 64, output_kib: 64}
hints: [one, two, three]
tests:
  - name: it_clamps
    points: 100
    requirement: A number below is the lower, one above is the upper.
END
echo 'int clamp(int value, int low, int high);' >"$exercise/starter/clamp.h"
cat >"$exercise/solution/clamp.c" <<'END'
#include "clamp.h"

int clamp(int value, int low, int high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}
END
# build_kits CHECK...: the exercise's one test has these statements.
build_kits() {
    {
        printf '#include <signal.h>\n#include "clamp.h"\n#include "subject.h"\nstatic void it_clamps(void)\n{\n'
        printf '    %s\n' "$@"
        printf '    subject_done();\n}\nconst struct subject_test subject_tests[] = {{"it_clamps", it_clamps}, {NULL, NULL}};\n'
    } >"$exercise/tests/test_clamp.c"
    for build in plain asan; do
        flags='-O2 -g'
        [ $build = plain ] || flags='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
        # shellcheck disable=SC2086
        gcc -std=c17 $flags -D_GNU_SOURCE -I"$exercise/starter" -I"$root/exercises/support" -I"$root" \
            -c "$exercise/tests/test_clamp.c" -o "$scratch/test_clamp.o" || fail "the kit does not compile"
        cp "$SYSLAB_BUILD/kits/03_memory/arena/$build.a" "$kits/$build.a"
        ar d "$kits/$build.a" test_arena.c.o
        ar r "$kits/$build.a" "$scratch/test_clamp.o"
    done
}
mutate() { TMPDIR=$scratch/tmp SYSLAB_ROOT=$course SYSLAB_BUILD=$scratch/build "$syslab" mutate "$@"; }
below='expect_int(clamp(-5, 1, 10), 1, "below");'
between='expect_int(clamp(5, 0, 10), 5, "between");'
above='expect_int(clamp(15, 0, 10), 10, "above");'
# fate CHANGE: what became of the mutants with this change, sorted.
fate() { jq -r --arg change "$1" '.[0].mutants[] | select(.change == $change) | .fate' "$scratch/out" | sort | tr '\n' ' '; }

echo "# a whole test: only what is equivalent survives"
build_kits "$below" "$between" "$above"
expect 1 mutate clamp --json
[ "$(fate '< -> <=')" = "survived " ] || fail "< -> <= is: $(fate '< -> <=')"
# The compiler knows that both are the same number where they are equal.
[ "$(fate '> -> >=')" = "same " ] || fail "> -> >= is: $(fate '> -> >=')"
[ "$(fate 'value > high -> !(value > high)')" = "duplicate " ] || fail "a duplicate was not found"
[ "$(jq '.[0].counts.survived' "$scratch/out")" = 1 ] || fail "not one survivor"
[ "$(jq '.[0].counts.fault' "$scratch/out")" = 0 ] || fail "a fault"
[ "$(jq '[.[0].counts[]] | add' "$scratch/out")" = "$(jq '.[0].made' "$scratch/out")" ] || fail "the counts do not add up"
jq -e '.[0].mutants[] | select(.fate == "killed") | .killed_by == "it_clamps, plain"' "$scratch/out" >/dev/null || fail "who killed?"
expect 1 mutate clamp
said "comparison: < -> <="
said "if (value < low)"
said "kill rate"

echo "# listed with a reason, they are equivalent, and the floor holds"
cat >"$exercise/solution/mutants.yaml" <<'END'
equivalent:
  - operator: comparison
    line: if (value < low)
    change: "< -> <="
    reason: At the limit both are the same number.
  - operator: comparison
    line: "return value > high ? high : value;"
    change: "> -> >="
    occurrence: 1
    reason: Likewise.
END
expect 0 mutate clamp --json
[ "$(fate '< -> <=')" = "equivalent " ] || fail "< -> <= is: $(fate '< -> <=')"
[ "$(jq '.[0].kill_rate' "$scratch/out")" = 100 ] 2>/dev/null || [ "$(jq '.[0].kill_rate' "$scratch/out")" = 100.0 ] || fail "rate"
expect 0 mutate --all
said "At the limit both are the same number."
said "kill rate 100.0 %"

echo "# a test that looks at nothing above: its survivors are named, and the floor is missed"
build_kits "$below" "$between"
expect 1 mutate clamp --json
[ "$(fate 'value > high -> 0')" = "survived " ] || fail "value > high -> 0 is: $(fate 'value > high -> 0')"
jq -e '.[0].passes == false and .[0].kill_rate < 95' "$scratch/out" >/dev/null || fail "it passed"

echo "# a mutant that loops is killed by the limit; one that is not C is not counted"
build_kits "$below" "$between" "$above"
mkdir "$scratch/foreign"
cat >"$scratch/foreign/loops.c" <<'END'
#include "clamp.h"
int clamp(int value, int low, int high) { for (volatile int i = 0; i < 1; ) {} return value < low ? low : value > high ? high : value; }
END
echo 'int clamp(' >"$scratch/foreign/broken.c"
echo 'int clamp(int v, int l, int h) { return v < l ? l : v > h ? h : v; }' >"$scratch/foreign/right.c"
cp "$exercise/solution/clamp.c" "$scratch/foreign/same.c"
cp "$scratch/foreign/right.c" "$scratch/foreign/zz.c"
expect 1 mutate clamp --mutants "$scratch/foreign" --json
[ "$(jq -r '.[0].mutants[] | "\(.file) \(.fate)"' "$scratch/out")" = "broken.c not compiled
loops.c killed
right.c survived
same.c same
zz.c duplicate" ] || {
    # A compiler may make the reference's code of right.c too.
    [ "$(jq -r '.[0].mutants[] | select(.file == "right.c") | .fate' "$scratch/out")" = same ] || fail "other fates"
}
[ "$(jq -r '.[0].mutants[] | select(.file == "loops.c") | .verdict' "$scratch/out")" = timeout_cpu ] || fail "loops.c"
expect 2 mutate clamp --mutants "$scratch/tmp"
complained "no C files"

echo "# where no mutant was put to the test, nothing passed"
mkdir "$scratch/none" "$scratch/outside"
echo 'int clamp(' >"$scratch/none/broken.c"
echo 'int clamp(int low' >"$scratch/none/other.c"
expect 2 mutate clamp --mutants "$scratch/none"
complained "no mutant was killed and none survived"
complained "of 2, 2 do not compile"
cp "$exercise/solution/clamp.c" "$scratch/none/same.c"
expect 2 mutate clamp --mutants "$scratch/none" --json
complained "1 are the reference's own program"

echo "# what somebody outside killed was not noticed by a test"
build_kits "$below" "$between" 'if (clamp(15, 0, 10) == 99) raise(SIGKILL);' "$above"
sed 's/return value > high ? high/return value > high ? 99/' "$exercise/solution/clamp.c" >"$scratch/outside/killed.c"
expect 3 mutate clamp --mutants "$scratch/outside"
said "killed with SIGKILL, and not by the grader: it_clamps, plain"
said "kill rate 0.0 % of 0"
build_kits "$below" "$between" "$above"
expect 0 mutate clamp --mutants "$scratch/outside"

echo "# a sample is the same one each time, and says which"
expect 0 mutate clamp --sample 5 --json
jq '[.[0].mutants[] | del(.killed_by)]' "$scratch/out" >"$scratch/first"
[ "$(jq length "$scratch/first")" = 5 ] || fail "not five"
expect 0 mutate clamp --sample 5 --json
jq '[.[0].mutants[] | del(.killed_by)]' "$scratch/out" >"$scratch/second"
same "$scratch/first" "$scratch/second"
expect 0 mutate clamp --sample 5 --seed 2
said "a sample of 5 (seed 2)"
expect 0 mutate clamp --only return_value
said "return_value"
unsaid "comparison"
expect 2 mutate clamp --only nothing_has_this
complained "no mutant"

echo "# the table goes between its markers, and nowhere else"
printf 'before\n<!-- mutants -->\nold\n<!-- end -->\nafter\n' >"$scratch/page.md"
expect 0 mutate --all --page "$scratch/page.md"
sed -i 's,^| --- .*,&\n| 00_other/first | 1 |\n| '$tiny' | 7 | stale |\n| 99_other/last | 2 |,' "$scratch/page.md"
expect 0 mutate clamp --page "$scratch/page.md"
[ "$(grep '^| [0-9]' "$scratch/page.md" | cut -d ' ' -f 2 | tr '\n' ' ')" = "00_other/first $tiny 99_other/last " ] ||
    fail "other rows: $(cat "$scratch/page.md")"
grep -q "^| $tiny | .* | 100.0 % |$" "$scratch/page.md" || fail "no row: $(cat "$scratch/page.md")"
if grep -q "old\|stale" "$scratch/page.md"; then fail "the old table is still there"; fi
[ "$(sed -n '1p;$p' "$scratch/page.md")" = "before
after" ] || fail "the rest of the page changed"
echo "nothing" >"$scratch/page.md"
expect 2 mutate --all --page "$scratch/page.md"
complained "expected the lines <!-- mutants -->"
expect 2 mutate --all --page "$scratch/missing.md"
complained "No such file"
expect 2 mutate --all --page "$scratch/page.md" --sample 3
complained "--page wants all of"
expect 2 mutate
complained "mutate wants one exercise, or --all"
expect 2 mutate clamp --all
expect 2 mutate nothing
expect 0 mutate --help
said "mutants.yaml"

echo "# a listed mutant that is killed is stale; one that is not there, a wrong key, no reason: in words"
listed=$exercise/solution/mutants.yaml
cp "$listed" "$scratch/right.yaml"
cat >>"$listed" <<'END'
  - operator: condition
    line: if (value < low)
    change: "value < low -> 0"
    reason: It is not.
END
sed -i 's/operator: condition/operator: error_check/' "$listed"
expect 1 mutate clamp
said "listed as equivalent, and killed"
sed 's/if (value < low)/if (value <= low)/' "$scratch/right.yaml" >"$listed"
expect 2 mutate clamp
complained "names no mutant of clamp.c: comparison, line 'if (value <= low)'"
sed 's/reason: Likewise/because: Likewise/' "$scratch/right.yaml" >"$listed"
expect 2 mutate clamp
complained "mutants.yaml:10: Unexpected key: because"
sed '/reason: Likewise/d' "$scratch/right.yaml" >"$listed"
expect 2 mutate clamp
complained "mutants.yaml"
complained "reason"
{ cat "$scratch/right.yaml"; sed 1d "$scratch/right.yaml"; } >"$listed"
expect 2 mutate clamp
complained "listed twice"
cp "$scratch/right.yaml" "$listed"

echo "# a reference that fails its tests, or does not compile, has no mutants"
cp "$exercise/solution/clamp.c" "$scratch/reference.c"
sed -i 's/return low;/return low + 1;/' "$exercise/solution/clamp.c"
rm "$listed"
expect 2 mutate clamp
complained "does not pass its own tests: fail, it_clamps, plain"
echo 'int clamp(int a, int b, int c) { return a + ; }' >"$exercise/solution/clamp.c"
expect 2 mutate clamp
complained "does not compile"
rm "$exercise/solution/clamp.c"
expect 2 mutate clamp
complained "No such file"
cp "$scratch/reference.c" "$exercise/solution/clamp.c"
cp "$scratch/right.yaml" "$listed"

echo "# no room to work in, no kit: said, with another status than a missed floor"
got=0
TMPDIR=$scratch/gone SYSLAB_ROOT=$course SYSLAB_BUILD=$scratch/build "$syslab" mutate clamp >"$scratch/out" 2>"$scratch/err" || got=$?
[ $got = 2 ] || fail "without a TMPDIR it ended with $got"
grep -q "No such file" "$scratch/err" || fail "not said why"
mv "$kits/asan.a" "$scratch/asan.a"
expect 2 mutate clamp
grep -q "not built" "$scratch/err" || fail "not said that the kit is missing"
mv "$scratch/asan.a" "$kits/asan.a"

echo "# an interrupt ends it soon, says so, and leaves nothing behind"
TMPDIR=$scratch/tmp SYSLAB_ROOT=$course SYSLAB_BUILD=$scratch/build "$syslab" mutate clamp >"$scratch/out" 2>"$scratch/err" &
running=$!
tries=0
until [ -n "$(ls "$scratch/tmp")" ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "it does not begin"
    sleep 0.05
done
# The shell starts what is in the background deaf to SIGINT; SIGTERM takes the same way.
kill -TERM $running
got=0
wait $running || got=$?
[ $got = 2 ] || fail "interrupted, it ended with $got"
grep -q "interrupted while" "$scratch/err" || fail "it did not say so"
[ -z "$(ls "$scratch/tmp")" ] || fail "left behind: $(ls "$scratch/tmp")"
echo "passed"
