#!/bin/sh
# cli_kits.sh PROGRAM ROOT - the kits of two clones of one course, built at other places, are the same to the byte:
# they are part of what a grade follows from, and a place is not.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
command -v ninja >/dev/null || skip "no ninja"
unset CMAKE_C_COMPILER_LAUNCHER # whose cache could hand over what was built elsewhere

# clone FOLDER BUILD: an exercise with all that a kit can have, and its kits.
clone() {
    mkdir -p "$1/exercises/$exercise" "$2"
    cp -r "$root/cmake" "$root/03_memory" "$root/07_unsafe" "$1"
    cp -r "$root/exercises/support" "$1/exercises"
    cp -r "$folder/starter" "$folder/solution" "$folder/tests" "$1/exercises/$exercise"
    mkdir -p "$1/exercises/$exercise/tests/hidden"
    echo 'int hidden[4]; const char *hidden_file(void) { return __FILE__; }' >"$1/exercises/$exercise/tests/hidden/test_arena.c"
    mkdir -p "$1/exercises/$exercise/tests/plugins"
    echo 'const char *plugin_file(void); const char *plugin_file(void) { return __FILE__; }' >"$1/exercises/$exercise/tests/plugins/one.c"
    cat >"$1/CMakeLists.txt" <<'LISTS'
cmake_minimum_required(VERSION 3.22)
project(clone LANGUAGES C)
add_library(syslab_warnings INTERFACE)
include(cmake/SyslabExercise.cmake)
syslab_exercise(03_memory/arena SUPPORT 03_memory/allocator.c 03_memory/allocator_tracking.c PLUGINS one THREADS REFERENCE)
LISTS
    expect 0 cmake -G Ninja -S "$1" -B "$2"
    expect 0 cmake --build "$2" -- -j2
}
clone "$scratch/one" "$scratch/one/build"
clone "$scratch/of/a longer name" "$scratch/elsewhere"
same "$scratch/one/build/kits/$exercise/files/one.so" "$scratch/elsewhere/kits/$exercise/files/one.so"
for build in plain asan tsan; do
    kit=kits/$exercise/$build.a
    same "$scratch/one/build/$kit" "$scratch/elsewhere/$kit"
    if grep -qF "$scratch" "$scratch/elsewhere/$kit"; then fail "$kit names the folder that it was built in"; fi
    # "./course/exercises/.../test_arena.c": a report can still say where in the tests something happened.
    grep -qaF "exercises/$exercise/tests/test_arena.c" "$scratch/elsewhere/$kit" || grep -qaF test_arena.c "$scratch/elsewhere/$kit" ||
        fail "$kit does not name its sources"
done

echo "# a change is still seen, and still in its own member alone"
echo "/* more */ int one_more = 1;" >>"$scratch/elsewhere/course/exercises/$exercise/tests/test_arena.c"
expect 0 cmake --build "$scratch/elsewhere" -- -j2
said "test_arena.c.o"
unsaid "subject.c.o"
if cmp -s "$scratch/one/build/$kit" "$scratch/elsewhere/$kit"; then fail "the change is not in the kit"; fi
echo passed
