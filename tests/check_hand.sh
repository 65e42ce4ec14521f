#!/bin/sh
# check_hand.sh ROOT BUILD WHAT - the hand that the course is written in, held by tools: WHAT is
#   format   clang-format on every C file but those kept as they are on purpose
#   tidy     clang-tidy, as .clang-tidy says, on every source that BUILD's compile commands name
#   shell    shellcheck on every script
# Exit: 0 clean, 1 not, 77 without the tool (it says so).
set -eu
root=$1 build=$2 what=$3
cd "$root"

tracked() {
    if [ -d .git ] || [ -f .git ]; then
        git ls-files -- "$@"
    else
        find . -path ./build -prune -o -path ./work -prune -o -type f -print | sed 's|^\./||' |
            grep -E "($(echo "$*" | sed 's/\*\./\\./g; s/ /|/g'))\$"
    fi
}
# Mistakes and attacks are kept byte for byte.
ours() { tracked "$@" | grep -vE '^exercises/.*/submissions/|^grader/hostile/|/data/'; }
need() { command -v "$1" >/dev/null 2>&1 || { echo "skipped: $1 is not installed"; exit 77; }; }

case $what in
format)
    need clang-format
    ours '*.c' '*.h' | xargs clang-format --dry-run -Werror
    ;;
tidy)
    need clang-tidy
    grep -o "\"file\": \"$root/[^\"]*\.c\"" "$build/compile_commands.json" | sed 's/.*: "//; s/"$//' | sort -u |
        grep -vE '/submissions/|/hostile/|/tests/' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2>"$build/tidy.log"
    ;;
shell)
    need shellcheck
    # A student's tree has no integrations.
    { ls syslab .ci/run grader/integrations/gradescope/run_autograder 2>/dev/null || true; ours '*.sh'; } | xargs shellcheck
    ;;
*)
    echo "WHAT is format, tidy or shell"
    exit 1
    ;;
esac
echo "clean"
