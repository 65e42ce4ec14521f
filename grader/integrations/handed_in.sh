# shellcheck shell=sh
# handed_in.sh - which exercise is meant, and which file of a submission is graded; sourced by the
# entry scripts.

# whole_name COURSE EXERCISE: print "03_memory/arena" for that or for "arena", or fail and print why not.
whole_name() {
    whole_course=$1 whole_wanted=$2
    set --
    for whole_manifest in "$whole_course/exercises/$whole_wanted/exercise.yaml" \
        "$whole_course"/exercises/*/"$whole_wanted/exercise.yaml"; do
        [ ! -f "$whole_manifest" ] || set -- "$@" "${whole_manifest#"$whole_course/exercises/"}"
    done
    if [ $# != 1 ]; then
        printf "there is no exercise '%s'; './syslab list' shows them all\n" "$whole_wanted"
        return 1
    fi
    printf '%s\n' "${1%/exercise.yaml}"
}

# handed_in COURSE EXERCISE FOLDER: print the path. A student hands in the file alone, or a tree as in
# the workspace: FOLDER/03_memory/arena/arena.c. A folder on the way that is a symbolic link is not
# followed, for it could lead to the reference; the file itself the grader looks at, and a missing
# one is graded as missing.
handed_in() {
    handed_name=$(sed -n 's/^file: *//p' "$1/exercises/$2/exercise.yaml")
    handed_root=$(cd -P -- "$3" && pwd) || return 1
    handed_nested=$(cd -P -- "$3/$2" 2>/dev/null && pwd)
    if [ "$handed_nested" = "$handed_root/$2" ] && { [ -e "$handed_nested/$handed_name" ] || [ -L "$handed_nested/$handed_name" ]; }; then
        printf '%s\n' "$handed_nested/$handed_name"
    else
        printf '%s\n' "$handed_root/$handed_name"
    fi
}
