#!/bin/bash
# run.sh [--write | NAME...] - compile each program of the gallery and run it: what -O0 and -O2 make of
# it, the sanitizer that sees it, and its repair, which has to be clean everywhere.
#
#   run.sh               all of them; fails where one no longer does what its top comment says, or
#                        where the lesson's table is not what was seen
#   run.sh --write       the same, and puts the table into the lesson
#   run.sh NAME...       only these
#
# A program that has not ended after a second of its own CPU time "did not end": by the CPU's clock, so
# that a busy machine changes nothing.
# Exit: 0 as the comments say, 1 not, 2 bad usage, 77 without the compilers that they speak of.
set -u
here=$(cd "$(dirname "$0")" && pwd)
lesson=$here/../README.md

arithmetic='overflow_check overflow_loop overflow_bound overflow_cancel overflow_abs overflow_compare
    overflow_promoted shift_width remainder_min divide_zero float_range bool_two'
pointers='null_deref null_memcpy null_printf null_static bounds_search bounds_member pointer_wrap
    dangling_block realloc_old call_never_set'
promises='alias_float alias_struct align_struct restrict_overlap memcpy_overlap const_changed
    volatile_cast'
flow='uninit_branch return_missing longjmp_local loop_endless race_flag'

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# What compilers exploit differs from one to the next: the comments speak of these.
need() {
    local version
    command -v "$1" >/dev/null 2>&1 || { echo "skipped: no $1 here"; exit 77; }
    version=$("$1" -dumpversion)
    [ "${version%%.*}" = "$2" ] || { echo "skipped: $1 is $version, and the gallery speaks of $1 $2"; exit 77; }
}

# label NAME KEY [COMPILER] - what the top comment says; of this compiler, or of both.
label() {
    local said=''
    [ $# -lt 3 ] || said=$(sed -n "s/^ \* $2 $3: *//p;/^ \*\/$/q" "$here/$1.c")
    [ -n "$said" ] || said=$(sed -n "s/^ \* $2: *//p;/^ \*\/$/q" "$here/$1.c")
    printf '%s' "$said"
}

bad() { echo "$1.c: $2" >>"$work/bad"; }

# build NAME COMPILER OPTION... - to $work/program
build() {
    local name=$1 compiler=$2
    shift 2
    "$compiler" -std=c17 -D_GNU_SOURCE -w -pthread "$@" -o "$work/program" "$here/$name.c" >"$work/log" 2>&1 ||
        { bad "$name" "$compiler $* does not compile it: $(head -1 "$work/log")"; return 1; }
}

# run MEMORY - runs $work/program, to $work/out and $work/err, and says how it went in one line.
run() {
    local status=0
    (
        ulimit -c 0 -f 64 -v "$1"
        ulimit -S -t 1
        exec timeout -s KILL 60 "$work/program"
    ) >"$work/out" 2>"$work/err" </dev/null || status=$?
    case $status in
    152) echo "did not end" ;;
    136) echo SIGFPE ;;
    139) echo SIGSEGV ;;
    137) echo "stuck for a minute, or out of memory" ;;
    *) cat "$work/out" ;;
    esac
}

# observe NAME COMPILER LEVEL - what the broken program does, held to the comment.
observe() {
    local expected
    build "$1" "$2" "$3" || return
    saw=$(run 1048576)
    expected=$(label "$1" "Expected $3" "$2")
    [ "$saw" = "$expected" ] || bad "$1" "$2 $3: saw '$saw', the comment says '$expected'"
}

# The sanitizers write these words, and nothing else does.
reported() { grep -qE 'runtime error:|(ERROR|WARNING): (Address|Memory|Thread)Sanitizer' "$work/err"; }

# sanitize NAME COMPILER SANITIZERS [OPTION] - the broken program, or the repair with -DREPAIRED
sanitize() {
    build "$1" "$2" -O0 -g "-fsanitize=$3" -fno-sanitize-recover=all ${4:+"$4"} && saw=$(run unlimited)
}

check_seen() { # NAME
    local seen only compiler
    seen=$(label "$1" "Seen by")
    only=$(echo "$seen" | sed -n 's/.*(\(.*\))$/\1/p')
    seen=${seen% (*}
    case $seen in
    none) # claimed of the two that everybody uses
        sanitize "$1" clang address,undefined || return
        ! reported || bad "$1" "a sanitizer sees it, after all: $(head -1 "$work/err")"
        return
        ;;
    memory) only=clang ;;
    esac
    for compiler in ${only:-gcc clang}; do
        sanitize "$1" "$compiler" "$seen" || continue
        reported || bad "$1" "$compiler -fsanitize=$seen reports nothing"
    done
}

check_repair() { # NAME
    local expected builds one
    expected=$(label "$1" Repaired)
    for one in gcc:-O0 gcc:-O2 clang:-O0 clang:-O2; do
        build "$1" "${one%:*}" "${one#*:}" -DREPAIRED || continue
        saw=$(run 1048576)
        [ "$saw" = "$expected" ] || bad "$1" "repaired, $one: saw '$saw', the comment says '$expected'"
    done
    builds='gcc:address,undefined,float-cast-overflow clang:address,undefined clang:memory'
    ! grep -q pthread "$here/$1.c" || builds="$builds gcc:thread clang:thread"
    for one in $builds; do
        sanitize "$1" "${one%%:*}" "${one#*:}" -DREPAIRED || continue
        [ "$saw" = "$expected" ] || bad "$1" "repaired, $one: saw '$saw', the comment says '$expected'"
        [ ! -s "$work/err" ] || bad "$1" "repaired, $one: $(head -1 "$work/err")"
    done
}

# cell SAW - program output as code, what became of the program as text
cell() {
    case $1 in
    "did not end" | SIG*) echo "*$1*" ;;
    *) echo "\`$1\`" ;;
    esac
}

row() { # NAME: one line of the table
    local name=$1 zero_gcc zero_clang two_gcc two_clang zero title
    observe "$name" gcc -O0 && zero_gcc=$saw
    observe "$name" clang -O0 && zero_clang=$saw
    observe "$name" gcc -O2 && two_gcc=$saw
    observe "$name" clang -O2 && two_clang=$saw
    [ "$zero_gcc" != "$two_gcc" ] || [ "$zero_clang" != "$two_clang" ] ||
        bad "$name" "-O0 and -O2 do the same, with both compilers: nothing is exploited"
    zero=$(cell "$zero_gcc")
    [ "$zero_gcc" = "$zero_clang" ] || zero="gcc $zero, clang $(cell "$zero_clang")"
    title=$(sed -n '1s/^[^-]* - \(.*\)\.$/\1/p' "$here/$name.c")
    printf '| [%s](ub/%s.c), %s | %s | %s | %s | %s | %s |\n' "$title" "$name" "$(label "$name" Rule | sed 's/ISO C17 //')" \
        "$zero" "$(cell "$two_gcc")" "$(cell "$two_clang")" "$(label "$name" "Seen by")" "$(label "$name" Repair)"
}

table() { # NAME...
    local name saw=''
    echo '| behaviour, and the rule in ISO C17 | -O0 | -O2, gcc | -O2, clang | seen by | repair |'
    echo '| --- | --- | --- | --- | --- | --- |'
    for name; do
        row "$name"
        check_seen "$name"
        check_repair "$name"
    done
}

# The lesson with the new table between its markers.
lesson_with_table() {
    awk -v table="$work/table" '
        /^<!-- ub: begin -->$/ { print; while ((getline line < table) > 0) print line; skip = 1; begun++ }
        /^<!-- ub: end -->$/ { skip = 0; ended++ }
        !skip { print }
        END { exit !(begun == 1 && ended == 1) }' "$lesson"
}

all="$arithmetic $pointers $promises $flow"
write='' names=''
for argument; do
    case $argument in
    --write) write=1 ;;
    -*) usage ;;
    *)
        name=$(basename "$argument" .c)
        [ -f "$here/$name.c" ] || { echo "run.sh: no program $name in $here" >&2; exit 2; }
        names="$names $name"
        ;;
    esac
done
[ -z "$write" ] || [ -z "$names" ] || usage
[ "$(uname -m)" = x86_64 ] || { echo "skipped: the gallery speaks of x86-64"; exit 77; }
need gcc 12
need clang 14
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/bad"

# shellcheck disable=SC2086
table ${names:-$all} >"$work/table"
if [ -n "$names" ]; then
    cat "$work/table"
else
    for file in "$here"/*.c; do
        # shellcheck disable=SC2086
        printf '%s\n' $all | grep -qx "$(basename "$file" .c)" || bad "$(basename "$file" .c)" "is not in the list of run.sh"
    done
    if ! lesson_with_table >"$work/lesson"; then
        bad "../README" "needs one '<!-- ub: begin -->' and one '<!-- ub: end -->', each alone on its line"
    elif ! cmp -s "$work/lesson" "$lesson" && [ -z "$write" ]; then
        diff "$lesson" "$work/lesson"
        bad "../README" "its table is not what was seen: run.sh --write"
    fi
fi
if [ -s "$work/bad" ]; then
    cat "$work/bad"
    exit 1
fi
[ -z "$write" ] || cp "$work/lesson" "$lesson"
echo "$(($(wc -l <"$work/table") - 2)) behaviours: as their comments say"
