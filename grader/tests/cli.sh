# shellcheck shell=sh disable=SC2034 # the variables are for the tests that source this
# cli.sh - what the tests of the program's commands share; sourced by cli_*.sh.
#
#   cli_*.sh PROGRAM ROOT      PROGRAM is the syslab to test, ROOT the course's folder
#
# Each test has a workspace of its own under $scratch, which is removed when it ends.
set -u
syslab=$1 root=$2
scratch=$(mktemp -d)
mounted=''
clean_up() {
    status=$?
    [ -z "$mounted" ] || umount "$mounted" 2>/dev/null
    chmod -R u+rwX "$scratch"
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
export SYSLAB_WORK="$scratch/work" SYSLAB_ROOT="$root" LC_ALL=C.UTF-8
unset NO_COLOR
exercise=03_memory/arena
file=$SYSLAB_WORK/$exercise/arena.c
folder=$root/exercises/$exercise

fail() {
    echo "FAILED: $*"
    echo "--- output:"
    cat "$scratch/out" "$scratch/err" 2>/dev/null
    exit 1
}
skip() {
    echo "skipped: $*"
    exit 77
}
# expect STATUS COMMAND...: run it and hold it to its exit status.
expect() {
    wanted=$1
    shift
    got=0
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
    [ "$got" = "$wanted" ] || fail "'$*' ended with $got, expected $wanted"
}
said() { grep -qF -- "$1" "$scratch/out" || fail "the output has no '$1'"; }
unsaid() { if grep -qF -- "$1" "$scratch/out"; then fail "the output has '$1'"; fi; }
# complained TEXT: one clear line on stderr, which has the text.
complained() {
    grep -qF -- "$1" "$scratch/err" || fail "stderr has no '$1'"
    [ "$(wc -l <"$scratch/err")" = 1 ] || fail "stderr has more than one line"
}
same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
# killed_grader FILE: make it a program that runs syslab, and kills it as soon as its sandbox is there.
killed_grader() {
    cat >"$1" <<END
#!/bin/sh
"$syslab" "\$@" &
tries=0
while [ -z "\$(cat /proc/\$!/task/*/children 2>/dev/null)" ] && [ "\$tries" -lt 500 ]; do
    tries=\$((tries + 1))
    sleep 0.02
done
kill -KILL \$!
wait \$!
END
    chmod +x "$1"
}
