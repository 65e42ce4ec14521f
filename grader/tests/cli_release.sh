#!/bin/sh
# cli_release.sh PROGRAM ROOT - release: the students' tree is whole and has no answer in it; and whatever is
# wrong leaves no tree. cli_released_tree.sh builds one.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/cli_release_course.sh
. "$(dirname "$0")/cli_release_course.sh"

echo "# the same commit gives the same tree: bytes, modes and times, under any umask"
expect 0 "$syslab" release "$scratch/tree"
said "Left out:"
(umask 077 && "$syslab" release "$scratch/again/" >"$scratch/out") || fail "the second release"
pack() { tar --sort=name --owner=0 --group=0 -C "$1" -c . | sha256sum; }
[ "$(pack "$scratch/tree")" = "$(pack "$scratch/again")" ] || fail "two releases of one commit differ"
rm -rf "$scratch/again"
tree=$scratch/tree

echo "# release.json lists every file with its hash, and nothing else is there"
(cd "$tree" && find . -type f ! -name release.json -printf '%P\n' | LC_ALL=C sort) >"$scratch/found"
jq -r '.files[].path' "$tree/release.json" >"$scratch/listed"
same "$scratch/found" "$scratch/listed"
jq -r '.files[] | .sha256 + "  " + .path' "$tree/release.json" >"$scratch/sums"
(cd "$tree" && sha256sum --quiet -c "$scratch/sums") || fail "a hash is wrong"
[ "$(jq -r .commit "$tree/release.json")" = "$(git -C "$course" rev-parse HEAD)" ] || fail "another commit's"

echo "# what students must not have is not there"
for folder in solution submissions hidden hostile; do
    [ -z "$(find "$tree" -type d -name $folder)" ] || fail "there is a folder $folder"
done
if grep -rn 'instructor only' "$tree" --include='*.txt' --include='*.md' --include='*.cmake' --include='*.sh'; then
    fail "a mark is left"
fi
for manifest in "$course"/exercises/*/*/exercise.yaml; do
    tests=${manifest#"$course"/}
    tests=$tree/${tests%/exercise.yaml}/tests
    awk '/^  - name:/ { name = $3 } /^    hidden: true/ { print name }' "$manifest" >"$scratch/hidden"
    while read -r name; do
        if grep -rnF "\"$name\"" "$tests"; then fail "hidden test $name is there"; fi
    done <"$scratch/hidden"
done

# Lines of a solution, which a student could copy; not those that everybody has: of starters, headers,
# handouts and chapters. A line of at least 30 characters that occurs in them says nothing, nor does a heading.
# Nor what stands behind a line as a comment.
lines() { cat "$@" | sed 's/^[[:space:]]*//; s|[[:space:]]*/\*[^*]*\*/$||; s/[[:space:]]*$//' | awk 'length >= 30 && !/^\/\* ---- /' | LC_ALL=C sort -u; }
lines "$course"/exercises/*/*/solution/*.c >"$scratch/answers"
lines "$course"/exercises/*/*/starter/* "$course"/exercises/*/*/README.md "$course"/0*/*.[ch] "$course"/0*/README.md \
    >"$scratch/common"
LC_ALL=C comm -23 "$scratch/answers" "$scratch/common" >"$scratch/secrets"
[ "$(wc -l <"$scratch/secrets")" -gt 100 ] || fail "only $(wc -l <"$scratch/secrets") lines of answers to look for"
leaks() { (cd "$1" && grep -rnIF -f "$scratch/secrets" exercises grader cmake tests bench docs ./*.* >"$scratch/leaks"); }
if leaks "$tree"; then
    cat "$scratch/leaks"
    fail "lines of a solution are in the students' tree"
fi
leaks "$course" || fail "the search for lines of solutions finds none in the course either"
echo "$(wc -l <"$scratch/secrets") lines of solutions: none is in the tree"

echo "# unsuitable places are refused in words, and stay as they are"
mkdir "$scratch/full" "$scratch/empty"
echo mine >"$scratch/full/file"
expect 2 "$syslab" release "$scratch/full"
complained "Directory not empty"
[ "$(cat "$scratch/full/file")" = mine ] || fail "a file was changed"
expect 2 "$syslab" release "$scratch/full/file"
complained "is no folder"
expect 2 "$syslab" release "$scratch/nowhere/tree"
complained "No such file"
expect 2 "$syslab" release "$course/tree"
complained "lies in the course"
expect 2 "$syslab" release ""
complained "name a new folder"
expect 2 "$syslab" release
complained "needs a new folder"
ln -s "$scratch/empty" "$scratch/link"
expect 2 "$syslab" release "$scratch/link"
complained "is no folder"
expect 0 "$syslab" release "$scratch/empty"
[ -f "$scratch/empty/release.json" ] || fail "an empty folder was not filled"

echo "# killed at any moment: no tree, or a whole one"
for delay in 005 010 015 020 030 040 060 080 120 160 240; do
    rm -rf "$scratch/killed"
    timeout -s KILL "0.$delay" "$syslab" release "$scratch/killed" >/dev/null 2>&1
    [ ! -e "$scratch/killed" ] || [ -f "$scratch/killed/release.json" ] || fail "half a tree after $delay ms"
done

echo "# what a kill left goes with the next release there; what another is at work on stays, and other names"
rm -rf "$scratch/killed"
mkdir -p "$scratch/.killed.syslab-abcdef/03_memory" "$scratch/.killed.syslab-atwork" "$scratch/.killed.syslab-mynotes"
(flock -x 9; expect 0 "$syslab" release "$scratch/killed") 9<"$scratch/.killed.syslab-atwork" || exit 1
[ "$(find "$scratch" -maxdepth 1 -name '.killed.syslab-*' -printf '%f\n' | sort | tr '\n' ' ')" = \
    ".killed.syslab-atwork .killed.syslab-mynotes " ] || fail "not swept, or too much"
rm -rf "$scratch/killed" "$scratch"/.killed.syslab-*

echo "# only commits are released"
echo "/* not committed */" >>"$course/03_memory/arena.c"
echo "untracked" >"$course/03_memory/untracked.c"
expect 2 "$syslab" release "$scratch/dirty"
complained "03_memory/arena.c"
git -C "$course" checkout -q 03_memory/arena.c
expect 0 "$syslab" release "$scratch/dirty"
[ ! -e "$scratch/dirty/03_memory/untracked.c" ] || fail "an untracked file came along"
rm "$course/03_memory/untracked.c"
# As in a hook, which git tells where its repository is.
GIT_DIR="$root/.git" GIT_INDEX_FILE="$root/none" expect 0 "$syslab" release "$scratch/hooked"
rm -rf "$scratch/hooked" "$scratch/dirty" "$scratch/empty"
mv "$course/.git" "$scratch/git"
expect 2 "$syslab" release "$scratch/none"
complained "is no git checkout"
mv "$scratch/git" "$course/.git"
mkdir "$scratch/bin"
PATH=$scratch/bin expect 2 "$syslab" release "$scratch/none"
complained "git could not be run"

echo "# what would make a wrong tree is refused: marks without partner, links, hidden tests in sight"
wrong() { # TEXT: the commit is refused with TEXT, and undone
    commit wrong
    expect 2 "$syslab" release "$scratch/wrong"
    complained "$1"
    [ ! -e "$scratch/wrong" ] || fail "there is a tree"
    git -C "$course" reset -q --hard HEAD~1
}
echo '<!-- instructor only -->' >>"$course/bench/README.md"
wrong "bench/README.md:$(($(wc -l <"$course/bench/README.md")))"
printf '/* end instructor only */\n' >>"$course/03_memory/arena.h"
wrong "03_memory/arena.h:"
ln -s arena.c "$course/03_memory/link.c"
wrong "03_memory/link.c is a link"
sed -i '0,/^    points: /s//    hidden: true\n    points: /' "$course/exercises/$exercise/exercise.yaml"
wrong "alloc_gives_memory' is marked hidden"
[ -z "$(find "$scratch" -maxdepth 1 -name '.*.syslab-*')" ] || fail "a temporary tree was left behind"

[ "$(id -u)" = 0 ] || skip "all but the full and the read-only disk, which are mounted by root"
echo "# a full disk, at several depths, leaves nothing; a read-only one is told"
mounted=$scratch/disk
mkdir "$mounted"
for size in 4k 200k 1m 2m; do
    mount -t tmpfs -o size=$size tmpfs "$mounted" 2>/dev/null || { mounted=''; skip "this machine lets nobody mount"; }
    expect 2 "$syslab" release "$mounted/tree"
    complained "No space left on device"
    [ -z "$(ls -A "$mounted")" ] || fail "something is left: $(ls -A "$mounted")"
    umount "$mounted"
done
mount -t tmpfs -o ro tmpfs "$mounted"
expect 2 "$syslab" release "$mounted/tree"
complained "Read-only file system"
umount "$mounted"
mounted=''
echo passed
