#!/bin/sh
# pack.sh EXERCISE OUT.zip [--no-sandbox] - make the zip that is uploaded to a Gradescope programming
# assignment: setup.sh, run_autograder, and the course as it was last committed.
#
#   pack.sh 03_memory/arena arena.zip
#   pack.sh 03_memory/arena arena.zip --no-sandbox     where the container has no namespaces
#
# Exit: 0 done, 2 usage or machine.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
course=$(CDPATH='' cd -- "$here/../../.." && pwd)
fail() {
    echo "pack.sh: $*" >&2
    exit 2
}
[ $# -ge 2 ] || fail "usage: pack.sh EXERCISE OUT.zip [--no-sandbox]"
exercise=$1 out=$2
shift 2
# shellcheck source=grader/integrations/handed_in.sh
. "$course/grader/integrations/handed_in.sh"
exercise=$(whole_name "$course" "$exercise") || fail "$exercise"
for option; do
    case $option in
    --no-sandbox) ;;
    *) fail "there is no option '$option' for a container's grading; there is --no-sandbox" ;;
    esac
done
if [ -s "$out" ] && [ "$(head -c 4 "$out" | od -An -tx1)" != " 50 4b 03 04" ]; then
    fail "$out is there and is no zip, but may be somebody's work; name another file, or remove that one"
fi
git -C "$course" rev-parse --verify -q HEAD >/dev/null || fail "$course is no git checkout, from which the course is packed"
case $out in /*) ;; *) out=$PWD/$out ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$exercise" >"$work/exercise"
echo "$*" >"$work/options"
# The zip's root has the files themselves and no folder around them: Gradescope looks there.
git -C "$course" archive --format=zip -o "$work/out.zip" \
    --prefix= --add-file="$here/setup.sh" --add-file="$here/run_autograder" \
    --add-file="$work/exercise" --add-file="$work/options" --prefix=course/ HEAD ||
    fail "the course could not be packed"
{ cp "$work/out.zip" "$out.part" && mv -f "$out.part" "$out"; } || fail "$out was not written"
echo "$out: $exercise, for Gradescope"
