#!/bin/sh
# ub_refuses.sh - ub/run.sh notices what it is there to notice: a gallery of one program, spoilt in each way.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gallery=$work/gallery program=$work/gallery/ub/overflow_check.c lesson=$work/gallery/README.md

fresh() {
    rm -rf "$gallery"
    mkdir -p "$gallery/ub" "$gallery/tests"
    cp "$here/../ub/run.sh" "$here/../ub/overflow_check.c" "$gallery/ub"
    cp "$here/ub_limit.c" "$gallery/tests"
    echo overflow_check >"$gallery/ub/gallery.txt"
    printf '%s\n' before '<!-- ub: begin -->' 'an old table' '<!-- ub: end -->' after >"$lesson"
}

# expect STATUS WORDS ARGUMENT... - run.sh ends so, and says so
expect() {
    status=$1 words=$2
    shift 2
    got=0
    "$gallery/ub/run.sh" "$@" >"$work/out" 2>&1 || got=$?
    if [ "$got" != "$status" ] || ! grep -qF -- "$words" "$work/out"; then
        cat "$work/out"
        echo "status $got; expected $status and '$words'"
        exit 1
    fi
    echo "ok: $words"
}

spoil() { # EXPRESSION FILE: sed, and it must have changed something
    sed "$1" "$2" >"$work/spoilt"
    ! cmp -s "$work/spoilt" "$2" || { echo "sed '$1' changes nothing in $2"; exit 1; }
    cp "$work/spoilt" "$2"
}

fresh
got=0
"$gallery/ub/run.sh" overflow_check >"$work/out" 2>&1 || got=$?
[ "$got" != 77 ] || { cat "$work/out"; exit 77; }

expect 1 'its table is not what was seen'
expect 0 '1 behaviours' --write
expect 0 '1 behaviours'
[ "$(grep -cE '^(before|after|\| \[a check.*compare before adding \|)$' "$lesson")" = 3 ] || { cat "$lesson"; exit 1; }
spoil 's/compare before adding/hope/' "$lesson"
expect 1 'its table is not what was seen'
spoil '/ub: end/d' "$lesson"
expect 1 "needs one '<!-- ub: begin -->'" --write

fresh
spoil 's/there is a next one$/it is the last/' "$program"
cp "$lesson" "$work/lesson"
expect 1 "saw 'there is a next one', the comment says 'it is the last'" --write
cmp "$lesson" "$work/lesson" || { echo "the lesson was written, though a program is wrong"; exit 1; }
fresh
spoil 's/Seen by: undefined/Seen by: address/' "$program"
expect 1 '-fsanitize=address reports nothing' overflow_check
fresh
spoil 's/Seen by: undefined/Seen by: none/' "$program"
expect 1 'a sanitizer sees it, after all' overflow_check
fresh
spoil 's/^#ifdef REPAIRED/#ifdef NEVER/' "$program"
expect 1 'repaired, gcc:-O2: saw' overflow_check
fresh
spoil 's/^#ifdef REPAIRED/#if 1/' "$program"
expect 1 'nothing is exploited' overflow_check
fresh
spoil 's/return x < INT_MAX;/int next = x; next++; return next != INT_MIN;/' "$program"
expect 1 'runtime error: signed integer overflow' overflow_check
fresh
spoil '/Repaired:/d' "$program"
expect 1 "its top comment does not say 'Repaired'" overflow_check
fresh
spoil 's/Expected -O2:/Expected -O2 gcc:/' "$program"
expect 1 "its top comment does not say 'Expected -O2' for clang" overflow_check
fresh
spoil 's/^int main/int main(void) int/' "$program"
expect 1 'gcc -O0 does not compile it' overflow_check
fresh
spoil 's/^    printf/    for (;;)\n        pause();\n    printf/; s/<stdio.h>/<unistd.h>/' "$program"
spoil 's/tv_sec = 60/tv_sec = 1/' "$gallery/tests/ub_limit.c"
expect 1 "saw 'waited for a minute'" overflow_check
fresh
cp "$program" "$gallery/ub/unlisted.c"
expect 1 '> unlisted'
expect 2 'no program missing' missing
expect 2 'run.sh [--write | NAME...]' --all
mkdir "$work/bin"
printf '#!/bin/sh\necho 99.1\n' >"$work/bin/clang"
chmod +x "$work/bin/clang"
PATH=$work/bin:$PATH expect 77 'skipped: clang is 99.1'

gcc -o "$work/ub_limit" "$here/ub_limit.c"
for arguments in '' '0 /bin/true' '10s /bin/true' '60001 /bin/true' "10 $work/missing"; do
    got=0
    # shellcheck disable=SC2086
    "$work/ub_limit" $arguments 2>"$work/out" || got=$?
    if [ "$got" != 2 ] || [ ! -s "$work/out" ]; then
        echo "ub_limit $arguments: status $got, expected 2 and a word about it"
        exit 1
    fi
done
echo "ok: ub_limit refuses bad arguments"
