#!/bin/bash
# run.sh [--write | NAME...] - compile each program of the gallery and run it: what -O0 and -O2 make of
# it, the sanitizer that sees it, and its repair, which has to be clean everywhere.
#
#   run.sh               all that gallery.txt lists; fails where one no longer does what its top
#                        comment says, or where the lesson's table is not what was seen
#   run.sh --write       the same, and puts the table into the lesson
#   run.sh NAME...       only these
#
# Exit: 0 as the comments say, 1 not, 2 bad usage, 77 without the compilers that they speak of.
set -u
here=$(cd "$(dirname "$0")" && pwd)
lesson=$here/../README.md
# Only whether there is a report counts here: the names of its functions take longer than the program.
export ASAN_OPTIONS=symbolize=0 UBSAN_OPTIONS=symbolize=0 MSAN_OPTIONS=symbolize=0 TSAN_OPTIONS=symbolize=0
flags=(-std=c17 -D_GNU_SOURCE -w -pthread -fuse-ld=gold)

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# What compilers exploit differs from one to the next: the comments speak of these.
need() { # COMPILER VERSION
    local version
    command -v "$1" >/dev/null 2>&1 || { echo "skipped: no $1 here"; exit 77; }
    version=$("$1" -dumpversion)
    [ "${version%%.*}" = "$2" ] || { echo "skipped: $1 is $version, and the gallery speaks of $1 $2"; exit 77; }
}

bad() { echo "$1.c: $2" >>"$work/bad"; }

# comment NAME - the lines ' * Key: value' of its top comment, into said[Key]; its title into said[title].
comment() {
    local line key
    said=()
    while IFS= read -r line; do
        case $line in
        "/* $1.c - "*.) line=${line#*" - "} said[title]=${line%.} ;;
        ' */') break ;;
        ' * '*': '*) line=${line#' * '} && said[${line%%: *}]=${line#*: } ;;
        esac
    done <"$here/$1.c"
    for key in title Rule 'Seen by' Repair Repaired; do
        [ -n "${said[$key]:-}" ] || bad "$1" "its top comment does not say '$key'"
    done
}

# build NAME COMPILER OPTION... - to $work/program. In half the time: by gold, and clang only compiles (to
# link as well, it starts itself a second time), where no sanitizer is to be linked in.
build() {
    local name=$1 compiler=$2 file=$here/$1.c
    shift 2
    if [[ $compiler == clang && $* != *-fsanitize=* ]]; then
        clang "${flags[@]}" "$@" -c -o "$work/program.o" "$file" && gcc "${flags[@]}" -o "$work/program" "$work/program.o"
    else
        "$compiler" "${flags[@]}" "$@" -o "$work/program" "$file"
    fi >"$work/log" 2>&1 || { bad "$name" "$compiler $* does not compile it: $(head -1 "$work/log")"; return 1; }
}

# run MILLISECONDS KIB - runs $work/program, to $work/out and $work/err, and says in one line how it went.
# The limit is CPU time of its own, so that a busy machine changes nothing.
run() {
    local status=0
    (
        ulimit -c 0 -f 64 -v "$2"
        exec "$work/ub_limit" "$1" "$work/program"
    ) >"$work/out" 2>"$work/err" </dev/null || status=$?
    case $status in
    155) echo "did not end" ;;
    136) echo SIGFPE ;;
    139) echo SIGSEGV ;;
    142) echo "waited for a minute" ;;
    *) cat "$work/out" ;;
    esac
}

plain() { build "$@" && saw=$(run 250 1048576); } # NAME COMPILER OPTION...

sanitized() { # NAME COMPILER SANITIZERS [OPTION]
    build "$1" "$2" -O0 "-fsanitize=$3" -fno-sanitize-recover=all ${4:+"$4"} && saw=$(run 1000 unlimited)
}

# The sanitizers write these words, and nothing else does.
reported() { grep -qE 'runtime error:|(ERROR|WARNING): (Address|Memory|Thread)Sanitizer' "$work/err"; }

observe() { # NAME COMPILER LEVEL
    local expected
    saw=''
    plain "$1" "$2" "$3" || return
    expected=${said["Expected $3 $2"]:-${said["Expected $3"]:-}}
    if [ -z "$expected" ]; then
        bad "$1" "its top comment does not say 'Expected $3' for $2; saw '$saw'"
    elif [ "$saw" != "$expected" ]; then
        bad "$1" "$2 $3: saw '$saw', the comment says '$expected'"
    fi
}

check_seen() { # NAME
    local seen=${said['Seen by']:-} only='' compiler
    case $seen in *' ('*')') only=${seen#*\(} only=${only%)} seen=${seen% (*} ;; esac
    case $seen in
    none) # claimed of the two that everybody uses
        sanitized "$1" clang address,undefined || return
        ! reported || bad "$1" "a sanitizer sees it, after all: $(head -1 "$work/err")"
        return
        ;;
    memory) only=clang ;; # gcc has none
    esac
    for compiler in ${only:-gcc clang}; do
        sanitized "$1" "$compiler" "$seen" || continue
        reported || bad "$1" "$compiler -fsanitize=$seen reports nothing"
    done
}

check_repair() { # NAME
    local expected=${said[Repaired]:-} builds one
    for one in gcc:-O0 gcc:-O2 clang:-O0 clang:-O2; do
        plain "$1" "${one%:*}" "${one#*:}" -DREPAIRED || continue
        [ "$saw" = "$expected" ] || bad "$1" "repaired, $one: saw '$saw', the comment says '$expected'"
    done
    builds='gcc:address,undefined,float-cast-overflow clang:memory'
    case ${said['Seen by']:-} in *clang*) builds="$builds clang:address,undefined" ;; esac
    ! grep -q pthread "$here/$1.c" || builds="$builds gcc:thread"
    for one in $builds; do
        sanitized "$1" "${one%%:*}" "${one#*:}" -DREPAIRED || continue
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

row() { # NAME: its line of the table
    local name=$1 zero_gcc zero_clang two_gcc two_clang zero rule=${said[Rule]:-}
    observe "$name" gcc -O0
    zero_gcc=$saw
    observe "$name" clang -O0
    zero_clang=$saw
    observe "$name" gcc -O2
    two_gcc=$saw
    observe "$name" clang -O2
    two_clang=$saw
    [ "$zero_gcc" != "$two_gcc" ] || [ "$zero_clang" != "$two_clang" ] ||
        bad "$name" "-O0 and -O2 do the same, with both compilers: nothing is exploited"
    zero=$(cell "$zero_gcc")
    [ "$zero_gcc" = "$zero_clang" ] || zero="gcc $zero, clang $(cell "$zero_clang")"
    echo "| [${said[title]:-}](ub/$name.c), ${rule#ISO C17 } | $zero | $(cell "$two_gcc") | $(cell "$two_clang") |" \
        "${said['Seen by']:-} | ${said[Repair]:-} |"
}

table() { # NAME...
    local name saw
    local -A said
    echo '| behaviour, and the rule in ISO C17 | -O0 | -O2, gcc | -O2, clang | seen by | repair |'
    echo '| --- | --- | --- | --- | --- | --- |'
    for name; do
        comment "$name"
        row "$name"
        check_seen "$name"
        check_repair "$name"
    done
}

# The lesson with the new table between its markers; fails where it has not one of each.
lesson_with_table() {
    awk -v table="$work/table" '
        /^<!-- ub: begin -->$/ { print; while ((getline line < table) > 0) print line; skip = 1; begun++ }
        /^<!-- ub: end -->$/ { skip = 0; ended++ }
        !skip { print }
        END { exit !(begun == 1 && ended == 1) }' "$lesson"
}

check_lesson() {
    if ! lesson_with_table >"$work/lesson"; then
        echo "$lesson: needs one '<!-- ub: begin -->' and one '<!-- ub: end -->', each alone on its line" >>"$work/bad"
    elif [ -z "$write" ] && ! diff "$lesson" "$work/lesson"; then
        echo "$lesson: its table is not what was seen; run.sh --write puts it there" >>"$work/bad"
    fi
}

# Every program is listed, and everything listed is there.
check_list() {
    local difference
    difference=$(diff <(sort "$here/gallery.txt") <(basename -s .c "$here"/*.c | sort)) ||
        { echo "gallery.txt (<) and the programs here (>) differ:"; echo "$difference"; exit 1; }
}

write='' names=()
for argument; do
    case $argument in
    --write) write=1 ;;
    -*) usage ;;
    *)
        name=$(basename "$argument" .c)
        [ -f "$here/$name.c" ] || { echo "run.sh: no program $name in $here" >&2; exit 2; }
        names+=("$name")
        ;;
    esac
done
[ -z "$write" ] || [ ${#names[@]} -eq 0 ] || usage
[ "$(uname -m)" = x86_64 ] || { echo "skipped: the gallery speaks of x86-64"; exit 77; }
need gcc 12
need clang 14
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/bad"
gcc -std=c17 -D_GNU_SOURCE -O1 -o "$work/ub_limit" "$here/../tests/ub_limit.c" || exit 1

if [ ${#names[@]} -gt 0 ]; then
    table "${names[@]}" | tee "$work/table"
else
    check_list
    mapfile -t names <"$here/gallery.txt"
    table "${names[@]}" >"$work/table"
    check_lesson
fi
if [ -s "$work/bad" ]; then
    cat "$work/bad"
    exit 1
fi
[ -z "$write" ] || cp "$work/lesson" "$lesson"
echo "${#names[@]} behaviours: as their comments say"
