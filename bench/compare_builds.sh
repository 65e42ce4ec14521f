#!/bin/sh
# compare_builds.sh [ROUNDS] - ours in each build of the course: release, LTO, PGO, another malloc.
#
# Builds each preset, counts instructions under callgrind, then runs the benches of all builds in
# turn, ROUNDS times (default 5), and writes bench/results/builds.md. Of times, the first column is
# the release build's, the others the ratio to it in the same round, so that a machine that changes
# speed changes both. With 0 rounds, the instruction counts alone; 1 or 2 would show no spread.
# Exit: 0, 1 a build or a bench failed, 2 usage.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
rounds=${1:-5}
case $rounds in
'' | 1 | 2 | *[!0-9]*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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
for preset in $presets; do
    SYSLAB_BUILD=build/$preset quietly bench/gate.sh --update --baseline "$work/$preset.count"
    set -- "$@" "$work/$preset.count"
done
# The release build's instructions, and those of the others in proportion.
awk '
    FNR == 1 { n = split(FILENAME, part, "/"); file++; name[file] = part[n] }
    /^  "/ { gsub(/[",:]/, ""); count[$1, file] = $2; if (file == 1) row[++rows] = $1 }
    END {
        printf "| ours | release, instructions |"
        for (f = 2; f <= file; f++) { sub(/^release-/, "", name[f]); sub(/\.count$/, "", name[f]); printf " %s |", name[f] }
        printf "\n| --- | ---: |"
        for (f = 2; f <= file; f++) printf " ---: |"
        for (r = 1; r <= rows; r++) {
            printf "\n| `%s` | %.1f |", row[r], count[row[r], 1]
            for (f = 2; f <= file; f++) printf " %.2f |", count[row[r], f] / count[row[r], 1]
        }
        print ""
    }' "$@" > "$work/counts.md"

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
    echo 'Below 1, that build is better than the release build.'
    echo
    echo '## Instructions of one operation'
    echo
    echo 'Counted by callgrind, exact. Rows with two threads are left out.'
    echo
    cat "$work/counts.md"
    if [ "$rounds" -gt 0 ]; then
        echo
        echo '## Time of one operation'
        echo
        echo 'In brackets the distance between the quartiles of the ratio: a difference that is'
        echo 'smaller is no difference.'
        echo
        build/release/bench/bench_results builds "$@"
    fi
} > "$work/builds.md"
cp "$work/builds.md" bench/results/builds.md
cat bench/results/builds.md
