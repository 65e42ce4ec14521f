#!/bin/sh
# run.sh CHAPTER [--json FILE] [--svg FILE] [--row NAME] [--samples N] - the benches of a chapter, in
# one table. `./syslab bench` calls it.
#
#   bench/run.sh 03_memory
#   bench/run.sh 03_memory --json bench/results/03_memory.json --svg bench/results/03_memory.svg
#   bench/run.sh 03_memory --row arena/alloc-16B
#
# SYSLAB_BUILD names the build folder (default build/release). A floor that is missed is named, and
# is no failure: the machine may be the reason. Exit: 0, 1 a wrong answer, 2 usage or not built.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${SYSLAB_BUILD:-$root/build/release}
tools=$build/bench/bench_results

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
}
misused() {
    usage >&2
    exit 2
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
'' | -*) misused ;;
esac
chapter=${1%/} json='' svg='' row='' samples=''
shift
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || misused
    case $1 in
    --json) json=$2 ;;
    --svg) svg=$2 ;;
    --row) row=$2 ;;
    --samples) samples=$2 ;;
    *) misused ;;
    esac
    shift 2
done
[ -x "$tools" ] || { echo "not built: $tools (cmake --build --preset release)" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
set --
for source in "$root/$chapter"/bench/bench_*.c; do
    program=$build/$chapter/$(basename "$source" .c)
    [ -x "$program" ] || continue
    if [ -n "$row" ]; then
        "$program" --list | grep -qxF "$row" || continue
    fi
    name=$(basename "$program")
    echo "$name ..." >&2
    "$program" ${row:+--row "$row"} ${samples:+--samples "$samples"} --json "$work/$name.json" \
        > "$work/$name.log" || { status=$?; cat "$work/$name.log"; exit $status; }
    set -- "$@" "$work/$name.json"
done
[ $# -gt 0 ] || { echo "$chapter: no bench${row:+ has the row $row} in $build" >&2; exit 2; }

"$tools" merge "$work/all.json" "$@"
"$tools" table "$work/all.json"
if [ -n "$json" ]; then
    cp "$work/all.json" "$json"
    echo "rows: $json"
fi
if [ -n "$svg" ]; then
    "$tools" plot "$work/all.json" > "$work/plot.data"
    if command -v gnuplot > /dev/null; then
        gnuplot -e "data='$work/plot.data'; svg='$svg'; name='$chapter'" "$root/bench/plot.gp"
        echo "plot: $svg"
    else
        echo "no plot: gnuplot is not installed (package gnuplot-nox)"
    fi
fi
