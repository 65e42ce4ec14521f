#!/bin/bash
# bench_latency.sh [SAVES] - from a save to the verdict, as a student at `watch` sees it.
#
# Drives `syslab watch` on a terminal and saves in turn the starter, whose plain verdict shows at
# once, and the reference, whose verdict takes all builds. Prints the median and the largest of SAVES
# (10) each. Target on two cores: plain verdict 500 ms, all builds 1500 ms.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=${SYSLAB_BUILD:-$root/build/release}
saves=${1:-10} exercise=03_memory/arena
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export SYSLAB_ROOT=$root SYSLAB_BUILD=$build SYSLAB_WORK=$scratch/work TERM=xterm LC_ALL=C.UTF-8
"$build/grader/syslab" init >/dev/null
file=$SYSLAB_WORK/$exercise/arena.c
{
    echo "expect waiting for a save"
    for ((i = 0; i < saves; i++)); do
        echo "save $file $root/exercises/$exercise/solution/arena.c"
        echo "within 29000 passes every test in every build"
        echo "expect waiting for a save"
        echo "save $file $root/exercises/$exercise/starter/arena.c"
        echo "within 29000 actual"
        echo "expect waiting for a save"
    done
    printf 'key q\nexit 0\n'
} >"$scratch/steps"
"$build/grader/pty_drive" "$build/grader/syslab" watch arena <"$scratch/steps" >"$scratch/times"
summary() {
    sed -n "s/^$1: \([0-9]*\) ms/\1/p" "$scratch/times" | sort -n |
        awk -v name="$2" '{ v[NR] = $1 } END { printf "%s: median %d ms, largest %d ms (%d saves)\n", name, v[int((NR + 1) / 2)], v[NR], NR }'
}
summary "actual" "plain verdict"
summary "passes every test in every build" "all builds"
