# shellcheck shell=sh disable=SC2154 # the variables are from cli.sh
# cli_release_course.sh - the course as it lies in the working tree, committed in a checkout of its own; sourced by
# the tests of `release` after cli.sh.
git -C "$root" rev-parse --git-dir >/dev/null 2>&1 || skip "a release is made from a git checkout, and $root is none"
course=$scratch/course
mkdir "$course"
git -C "$root" ls-files -z | tar -C "$root" --ignore-failed-read --null -T - -c 2>"$scratch/err" | tar -x -C "$course"
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
commit() {
    git -C "$course" add -A
    git -C "$course" -c user.name=author -c user.email=author@example.org commit -qm "$1"
}
git -C "$course" init -q
commit "the course"
export SYSLAB_ROOT="$course"
