#!/bin/sh
# cli_released_tree.sh PROGRAM ROOT - the students' tree from nothing: it builds, grades, and its own tests pass; then
# the next version comes.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/cli_release_course.sh
. "$(dirname "$0")/cli_release_course.sh"
tree=$scratch/tree
expect 0 "$syslab" release "$tree"

echo "# from nothing: start, list, test, hint, next, verify; its lessons, layers and format hold"
unset SYSLAB_ROOT SYSLAB_WORK SYSLAB_BUILD
cd "$tree" || exit 1
expect 0 ./syslab start
said "nothing is missing"
said "alloc_gives_memory"
said "Ready."
expect 0 ./syslab list
said "of 84"
expect 1 ./syslab test malloc
said "16 more points are graded at your instructor's"
expect 0 ./syslab hint
said "Hint 1 of 3"
expect 2 ./syslab solution arena --give-up
complained "solutions are not part of this tree"
expect 0 ./syslab next
unsaid "gave up"
expect 2 ./syslab release "$scratch/second"
complained "is a student's tree"
expect 0 ./syslab verify 03_memory/arena
said "1 of 1"
cp "$course/exercises/$exercise/solution/arena.c" "work/$exercise/arena.c"
expect 0 ./syslab test arena
unsaid "./syslab solution"
(cd build/release && ctest -R '^house\.(layers|lessons|launcher|format|shell)$' --no-tests=error >"$scratch/out" 2>&1) ||
    fail "the tree's own house tests"
ctest --test-dir build/release -N >"$scratch/out"
said "exercise.03_memory/malloc"
unsaid "grader.cli"

echo "# the next version, by the launcher: the starter is merged, the course is built again and grades"
sed -i 's/^#include "arena.h"/\/* New in this version. *\/\n&/' "$course/exercises/$exercise/starter/arena.c"
echo "/* New in this version. */" >>"$course/exercises/$exercise/starter/arena.h"
commit "the next version"
SYSLAB_ROOT=$course expect 0 "$syslab" release "$scratch/next"
echo "int broken" >>grader/main.c # what does not build does not keep the new version away
cp grader/main.c "$scratch/main.c"
expect 0 ./syslab update "$scratch/next"
said "merged"
said "kept"
same grader/main.c "$scratch/main.c"
cp "$scratch/next/grader/main.c" grader/main.c
grep -q "New in this version" "work/$exercise/arena.c" || fail "the starter's new line did not come"
expect 0 ./syslab test arena
expect 0 ./syslab update "$scratch/next"
said "0 updated, 0 new, 0 removed"
cd "$scratch" || exit 1
echo passed
