#!/bin/sh
# unwind.sh PROGRAM - stop in the middle of a context, and see that gdb finds the way out of it: up to
# context_start, and not a frame further; and after each instruction of a switch. PROGRAM is
# demo_context_generator. Skipped (77) without gdb.
set -eu
program=$1
command -v gdb >/dev/null 2>&1 || { echo "skipped: no gdb (package gdb)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Run the demo under gdb with these commands.
debug() {
    printf '%s\n' 'set debuginfod enabled off' "$@" > "$work/commands"
    gdb -nx -batch -x "$work/commands" "$program" > "$work/gdb" 2>&1 < /dev/null || true
    if grep -E 'corrupt|Backtrace stopped' "$work/gdb"; then fail "gdb lost its way"; fi
}
fail() {
    cat "$work/gdb"
    echo "$*"
    exit 1
}
# The functions of the backtraces, one a line.
frames() { sed -n 's/^#[0-9]* *\(0x[0-9a-f]* in \)\{0,1\}\([A-Za-z_0-9]*\).*/\2/p' "$work/gdb"; }

debug 'break tree_visit' 'run' 'bt'
frames | uniq | tr '\n' ' ' > "$work/found" # uniq: the recursion once
[ "$(cat "$work/found")" = 'tree_visit walk walk_all context_main context_start ' ] ||
    fail "the way out of the context: $(cat "$work/found")"
echo "ok: $(cat "$work/found")"

# The first switch: 13 instructions on the caller's stack, then as many on the new one.
set -- 'break context_swap' 'run' 'delete'
for step in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    set -- "$@" 'stepi' "echo STEP $step\\n" 'bt'
done
debug "$@"
awk '/^STEP/ { if (last) print last; last = "nothing" }
     /^#/ { last = $0; sub(/^#[0-9]+ +(0x[0-9a-f]+ in )?/, "", last); sub(/ .*/, "", last) }
     END { print last }' "$work/gdb" | uniq -c > "$work/outermost"
[ "$(awk '{ print $2 }' "$work/outermost" | tr '\n' ' ')" = 'main context_start ' ] ||
    fail "the outermost frame while instructions go by: $(cat "$work/outermost")"
echo "ok: after each instruction of the switch:"
cat "$work/outermost"
