#!/bin/sh
# generate_class.sh ROOT DIR COUNT [EXERCISE ...] - a class of COUNT submissions, as students write them.
#
# Each student hands in every exercise that is named (03_memory/arena if none is): the reference, the
# starter, or a file of submissions/, in turn, made distinct by a comment. Some have nothing in the
# folder, some an empty file, some Windows line ends. What would run into a time limit is left out
# unless SLOW=1. The same arguments make the same class.
set -eu
root=$1 dir=$2 count=$3
shift 3
[ $# -gt 0 ] || set -- 03_memory/arena

variants() {
    for variant in "$root/exercises/$1"/solution/*.c "$root/exercises/$1"/starter/*.c \
        "$root/exercises/$1"/submissions/*/*.c; do
        case $variant in
        */timeout/* | */deadlock/*) [ -z "${SLOW:-}" ] || echo "$variant" ;;
        *) [ ! -f "$variant" ] || echo "$variant" ;;
        esac
    done
}

hand_in() {
    target=$dir/$(printf 'student%03d' "$1")/$2
    name=${2##*/}
    mkdir -p "$target"
    case $(($1 % 23)) in
    7) return ;; # the folder, and nothing in it
    11) : >"$target/$name.c" ;;
    13) sed 's/$/\r/' "$3" >"$target/$name.c" ;;
    *) { cat "$3"; printf '/* handed in by student %s */\n' "$1"; } >"$target/$name.c" ;;
    esac
}

made=0 student=0
while [ "$made" -lt "$count" ]; do
    student=$((student + 1))
    for exercise; do
        [ "$made" -lt "$count" ] || break
        total=$(variants "$exercise" | wc -l)
        hand_in "$student" "$exercise" "$(variants "$exercise" | sed -n "$(((student - 1) % total + 1))p")"
        made=$((made + 1))
    done
done
echo "$made submissions of $student students in $dir"
