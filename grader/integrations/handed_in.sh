# shellcheck shell=sh
# handed_in.sh - which file of a submission is graded; sourced by the entry scripts.

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
