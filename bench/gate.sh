#!/bin/sh
# gate.sh [--update] [--baseline FILE] [PROGRAM ...] - fail when ours executes 5% more instructions for
# some row than the committed baseline says.
#
# Instruction counts are exact where times are noise: two runs of the same program differ by nothing.
# They depend on the toolchain, so the baseline records it, and on another one the gate is skipped.
# A row that the baseline lacks, or the other way round, is named and fails: `--update` rewrites it.
# To see what grew: valgrind --tool=callgrind PROGRAM --row NAME --only syslab --iterations 10000
#
# Without PROGRAM: every bench of the build folder SYSLAB_BUILD (default build/release).
# Exit: 0, 1 a row over the limit, 2 usage, 77 skipped.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${SYSLAB_BUILD:-$root/build/release}
baseline=$root/bench/baseline.json
operations=20000 limit=1.05 update='' whole=yes

while [ $# -gt 0 ]; do
    case $1 in
    --update) update=yes && shift ;;
    --baseline)
        [ $# -ge 2 ] || exit 2
        baseline=$2 && shift 2
        ;;
    -*) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *)
        # Some programs are not missed when others are named, but for a baseline of their own.
        [ "$baseline" != "$root/bench/baseline.json" ] || whole=''
        break
        ;;
    esac
done
if [ $# -eq 0 ]; then
    for source in "$root"/0*/bench/bench_*.c; do
        chapter=$(basename "$(dirname "$(dirname "$source")")")
        program=$build/$chapter/$(basename "$source" .c)
        [ ! -x "$program" ] || set -- "$@" "$program"
    done
fi
[ $# -gt 0 ] || { echo "skipped: no bench is built in $build"; exit 77; }
command -v valgrind > /dev/null || { echo "skipped: no valgrind (package valgrind)"; exit 77; }

toolchain=$("$1" --toolchain)
if [ -z "$update" ]; then
    [ -r "$baseline" ] || { echo "skipped: no baseline $baseline"; exit 77; }
    recorded=$(sed -n 's/.*"toolchain": "\(.*\)".*/\1/p' "$baseline")
    [ "$toolchain" = "$recorded" ] || {
        echo "skipped: counted with '$toolchain', the baseline is of '$recorded'"
        exit 77
    }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# The C library picks its memcpy by the processor: take the plain one, the same on every machine. The
# TLS option keeps the program from executing itself again, which callgrind would not follow.
hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-ERMS,-FSRM,-RTM,-BMI2,-LZCNT
GLIBC_TUNABLES=glibc.cpu.hwcaps=$hwcaps:glibc.rtld.optional_static_tls=16384
export GLIBC_TUNABLES
for program in "$@"; do
    name=$(basename "$program")
    valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$work/$name.out" \
        "$program" --count $operations > "$work/$name.rows" 2> "$work/$name.log" || {
        cat "$work/$name.log"
        echo "failed under callgrind: $name"
        exit 1
    }
    # A dump for each row: "desc: Trigger: Client Request: <row>" and "totals: <instructions>".
    # callgrind's last dump, at the program's end, has no row.
    # A program whose rows all take several threads has none that can be counted.
    [ -s "$work/$name.rows" ] || continue
    for dump in "$work/$name.out".*; do
        awk '/^desc: Trigger: Client Request: / { row = $5 }
             /^totals:|^summary:/ { total = $2 }
             END { if (row != "") print row, total }' "$dump"
    done > "$work/$name.counts"
    awk 'NR == FNR { total[$1] = $2; next }
         { if (!($1 in total)) { print "not counted: " $1 > "/dev/stderr"; exit 1 }
           printf "%s %.2f\n", $1, total[$1] / $2 }' "$work/$name.counts" "$work/$name.rows" \
        >> "$work/counted"
done
sort -o "$work/counted" "$work/counted"

if [ -n "$update" ]; then
    awk -v toolchain="$toolchain" -v operations=$operations '
        BEGIN { print "{"
                print " \"toolchain\": \"" toolchain "\","
                print " \"operations\": " operations ","
                print " \"instructions\": {" }
        { printf "%s  \"%s\": %s", (NR > 1 ? ",\n" : ""), $1, $2 }
        END { print "\n }\n}" }' "$work/counted" > "$work/baseline"
    cp "$work/baseline" "$baseline"
    echo "$(wc -l < "$work/counted") rows: $baseline"
    exit 0
fi

sed -n 's/^  "\([^"]*\)": \([0-9.]*\),\{0,1\}$/\1 \2/p' "$baseline" > "$work/expected"
awk -v limit=$limit -v whole=$whole '
    NR == FNR { expected[$1] = $2; next }
    { seen[$1] = 1; rows++ }
    !($1 in expected) { print "not in the baseline: " $1 " (" $2 "): gate.sh --update"; bad = 1; next }
    { base = expected[$1]
      # Rows of a few instructions: half of one is noise of the loop around them.
      if ($2 > base * limit && $2 > base + 0.5) {
          printf "%-32s %10.2f instructions, baseline %.2f: %+.1f%%\n", $1, $2, base, ($2 / base - 1) * 100
          bad = 1
      } else if ($2 < base / limit && $2 < base - 0.5)
          printf "%-32s %10.2f instructions, baseline %.2f: better; gate.sh --update keeps it\n", $1, $2, base
    }
    END {
        for (row in expected)
            if (whole && !(row in seen)) { print "gone, but in the baseline: " row ": gate.sh --update"; bad = 1 }
        if (!bad) print rows " rows within 5% of the baseline"
        exit bad
    }' "$work/expected" "$work/counted"
