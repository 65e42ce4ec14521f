#!/bin/bash
# bench_class.sh [COUNT] - what grading costs in CPU, beside a plain make of the same work.
#
# A class of COUNT (200) submissions of 03_memory/arena is graded by `syslab grade`, and the same
# submissions go through `make -j2`: the same compiler, flags, builds and tests, and nothing else: no
# sandbox, no inspection, no records. Both sides run in alternation, ROUNDS (3) times. Prints CPU
# seconds (user and system, children included) of each round, and the median ratio. Target: 1.3.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=${SYSLAB_BUILD:-$root/build/release}
count=${1:-200} rounds=${ROUNDS:-3} exercise=03_memory/arena
export SYSLAB_ROOT=$root SYSLAB_BUILD=$build
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$here/tests/generate_class.sh" "$root" "$scratch/class" "$count" $exercise

flags() { sed -n "s/^#define BUILD_CONFIG_FLAGS_$1 *\"\(.*\)\"/\1/p" "$build/include/grader/build_config.h"; }
compiler=$(sed -n 's/^#define BUILD_CONFIG_COMPILER *"\(.*\)"/\1/p' "$build/include/grader/build_config.h")
cat >"$scratch/Makefile" <<MAKE
SUBMISSIONS := \$(wildcard $scratch/class/*/$exercise/arena.c)
PLAIN := \$(patsubst $scratch/class/%/$exercise/arena.c,$scratch/out/%.plain.done,\$(SUBMISSIONS))
ASAN := \$(PLAIN:.plain.done=.asan.done)
.PHONY: all
all: \$(PLAIN) \$(ASAN)
MAKE
for name in PLAIN ASAN; do
    lower=$(echo $name | tr '[:upper:]' '[:lower:]')
    cat >>"$scratch/Makefile" <<MAKE
$scratch/out/%.$lower.done: $scratch/class/%/$exercise/arena.c
	-@ulimit -c 0 -t 10; $compiler $(flags $name) -D_GNU_SOURCE -w -I$root/exercises/$exercise/starter -I$root -c \$< -o \$@.o 2>/dev/null && \\
	$compiler $(flags $name) \$@.o $build/kits/$exercise/$lower.a -o \$@.exe -lpthread 2>/dev/null && \\
	for t in \$\$(\$@.exe); do \$@.exe \$\$t >/dev/null 2>&1; done; touch \$@
MAKE
done

cpu() { # of the command, children included
    TIMEFORMAT='%U %S'
    { time "$@" >"$scratch/log" 2>&1 || true; } 2>&1 | awk '{ printf "%.2f\n", $1 + $2 }'
}
for ((round = 1; round <= rounds; round++)); do
    rm -rf "$scratch/out" "$scratch"/grades.sqlite*
    mkdir "$scratch/out"
    plain=$(cpu make -j2 -f "$scratch/Makefile" all)
    grade=$(cpu "$build/grader/syslab" grade "$scratch/class" --jobs 2 --db "$scratch/grades.sqlite")
    tail -n 2 "$scratch/log"
    echo "round $round: make -j2 $plain s, grade $grade s, ratio $(echo "$grade $plain" | awk '{ printf "%.2f", $1 / $2 }')"
done | tee "$scratch/rounds"
sed -n 's/.*ratio //p' "$scratch/rounds" | sort -n | awk '{ v[NR] = $1 } END { print "median ratio: " v[int((NR + 1) / 2)] " (target 1.3)" }'
