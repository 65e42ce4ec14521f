#!/bin/sh
# check_demo.sh SOURCE PROGRAM - run a demo and hold it to its own top comment.
#
# The comment says what a reader will see:
#     Expected output:
#         a line          compared exactly; "..." stands for any text, alone on a line for any lines
#     Exit status: 1      only where it is not 0
#     Needs: address      only for a demo that shows a sanitizer's report: cmake/SyslabTargets.cmake makes it
#                         a test of that sanitizer's build alone
set -eu
source=$1 program=$2
status=$(sed -n 's/^ \* Exit status: *//p' "$source")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^ \* Expected output:/ { on = 1; next }
     on && /^ \*     / { print substr($0, 8); next }
     on && /^ \*$/ { next }
     on { exit }' "$source" > "$work/expected"
[ -s "$work/expected" ] || { echo "$source: no 'Expected output:' in the top comment"; exit 1; }
got=0
timeout 50 "$program" > "$work/actual" 2>&1 < /dev/null || got=$?
[ "$got" = "${status:-0}" ] || { cat "$work/actual"; echo "exit status $got, expected ${status:-0}"; exit 1; }
awk -v expected="$work/expected" '
function matches(line, pattern,    re) {
    re = pattern
    gsub(/[][\\.^$*+?(){}|]/, "\\\\&", re)
    gsub(/\\\.\\\.\\\./, ".*", re)
    return line ~ ("^" re "$")
}
BEGIN { while ((getline line < expected) > 0) want[++n] = line; at = 1 }
{
    if (at <= n && want[at] == "...") {
        if (at < n && matches($0, want[at + 1])) at += 2
        next
    }
    if (at > n || !matches($0, want[at])) {
        print "line " NR " was not expected: " $0
        if (at <= n) print "expected:                " want[at]
        bad = 1; exit
    }
    at++
}
END {
    if (!bad && at <= n && !(at == n && want[at] == "...")) { print "missing: " want[at]; bad = 1 }
    exit bad
}' "$work/actual" || { echo "--- the whole output:"; cat "$work/actual"; exit 1; }
