#!/bin/sh
# compare_builds.sh [ROUNDS] - ours in each build of the course: release, LTO, PGO, another malloc.
#
# Builds each preset, then runs the benches of all builds in turn, ROUNDS times (default 5), and
# writes bench/results/builds.md. The first column is the time in the release build, the others the
# ratio to it in the same round, so that a machine that changes speed changes both.
# Exit: 0, 1 a build or a bench failed, 2 usage.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
rounds=${1:-5}
case $rounds in
'' | *[!0-9]* | 0) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
presets='release release-lto pgo release-jemalloc release-mimalloc'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

quietly() {
    "$@" > "$work/log" 2>&1 || { tail -30 "$work/log"; echo "failed: $*"; exit 1; }
}

for preset in $presets; do
    echo "building $preset" >&2
    if [ "$preset" = pgo ]; then
        quietly cmake --preset pgo-generate
        quietly cmake --build --preset pgo-generate --target syslab_benches
        quietly ctest --preset pgo-generate -R '\.bench\.'
    fi
    quietly cmake --preset "$preset"
    quietly cmake --build --preset "$preset" --target syslab_benches
done

set --
round=1
while [ "$round" -le "$rounds" ]; do
    echo "round $round of $rounds" >&2
    for preset in $presets; do
        mkdir "$work/$preset.$round"
    done
    for source in 0*/bench/bench_*.c; do
        program=$(dirname "$(dirname "$source")")/$(basename "$source" .c)
        for preset in $presets; do
            [ -x "build/$preset/$program" ] || continue
            quietly "build/$preset/$program" --ours --samples 3 \
                --json "$work/$preset.$round/$(basename "$program").json"
        done
    done
    for preset in $presets; do
        quietly build/release/bench/bench_results merge "$work/$preset.$round.json" \
            "$work/$preset.$round"/*.json
        set -- "$@" "${preset#release-}=$work/$preset.$round.json"
    done
    round=$((round + 1))
done

mkdir -p bench/results
{
    echo '# Builds compared'
    echo
    echo "Made by \`bench/compare_builds.sh $rounds\`: $(cc --version | head -1)."
    echo 'The time of one operation of ours in the release build, and in the other builds the ratio to'
    echo 'it (and the distance between the quartiles): below 1, that build is faster.'
    echo
    build/release/bench/bench_results builds "$@"
} > "$work/builds.md"
cp "$work/builds.md" bench/results/builds.md
cat bench/results/builds.md
