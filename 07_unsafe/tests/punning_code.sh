#!/bin/sh
# punning_code.sh ROOT - memcpy of a fixed size is one instruction: compile punning_code.c with each
# compiler that is here, also for AArch64, and count the instructions of each function.
set -eu
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seen=0

# The functions of a listing that are longer than their name says.
too_long() {
    awk '/^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name); allowed = name; sub(/.*_in_/, "", allowed); functions++ }
         /^ +[0-9a-f]+:\t/ && !/\t(ret|xchg +%ax,%ax|(data16 |cs )*nop.*)/ { count[name]++; limit[name] = allowed }
         END { for (name in count) if (count[name] > limit[name]) print name ": " count[name] " instructions"
               if (functions < 14) print "only " functions + 0 " functions were seen" }' "$1"
}

for compiler in gcc clang aarch64-linux-gnu-gcc; do
    command -v "$compiler" >/dev/null 2>&1 || { echo "skipped: no $compiler"; continue; }
    objdump=objdump
    [ "$compiler" != aarch64-linux-gnu-gcc ] || objdump=aarch64-linux-gnu-objdump
    "$compiler" -std=c17 -O2 -fomit-frame-pointer -I"$root" -c -o "$work/code.o" "$root/07_unsafe/tests/punning_code.c"
    $objdump -d --no-show-raw-insn "$work/code.o" > "$work/listing"
    too_long "$work/listing" > "$work/bad"
    [ ! -s "$work/bad" ] || { cat "$work/listing" "$work/bad"; echo "$compiler: longer than one instruction and a swap"; exit 1; }
    echo "ok: $compiler"
    seen=$((seen + 1))
done
[ "$seen" -gt 0 ] || exit 77
