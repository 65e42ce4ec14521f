#!/bin/sh
# cli_update.sh PROGRAM ROOT - update: what becomes of each file, from folders and from git, and that a full
# disk, a read-only one, a half copy, an odd file or a stopped update loses nothing.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/cli_update_course.sh
. "$(dirname "$0")/cli_update_course.sh"
export SYSLAB_ROOT="$student"

# Version 2: a starter's line 30, a module's, a new exercise and tool, one tool less.
sed -i '30s/.*/\/* line 30 as version 2 has it *\//' "$theirs"
echo "int alpha_run(long);" >"$course/exercises/01_x/alpha/starter/alpha.h"
sed -i '20s/.*/line 20 as version 2 has it/' "$course/01_x/module.c"
rm "$course/tools/old.sh"
echo "new tool" >"$course/tools/new.sh"
chmod +x "$course/tools/new.sh"
add_exercise gamma
publish v2

kept() { sed -n 's/^What you had is kept: //p' "$scratch/out"; } # the backup that was named
merged() { # [FILE]: line 5 is the student's, line 30 version 2's
    grep -qx "mine at 5" "${1:-$mine}" || fail "a line of the student's is gone"
    grep -q "version 2" "${1:-$mine}" || fail "the new starter's line is not there"
}
is_v2() { # the course's files are those of version 2
    same "$student/release.json" "$scratch/v2/release.json"
    jq -r '.files[] | .sha256 + "  " + .path' "$student/release.json" | (cd "$student" && sha256sum --quiet -c) ||
        fail "the tree is not the new version"
}

echo "# nothing edited: everything is the new version; a second update has nothing to do"
fresh
same "$base" "$scratch/v1/exercises/01_x/alpha/starter/alpha.c"
expect 0 "$syslab" update "$scratch/v2"
is_v2
said "updated"
said "3 updated, "
said "1 removed"
said "./syslab start"
same "$mine" "$theirs"
same "$base" "$theirs"
same "$SYSLAB_WORK/01_x/gamma/gamma.c" "$course/exercises/01_x/gamma/starter/gamma.c"
[ ! -e "$student/tools/old.sh" ] || fail "a file that the course has no longer is there"
[ -x "$student/tools/new.sh" ] || fail "a tool cannot be run"
[ ! -e "$SYSLAB_WORK/.syslab/update" ] || fail "something is left of the update"
expect 0 "$syslab" update "$scratch/v2"
said "0 updated, 0 new, 0 removed"
unsaid "is kept"
expect 0 "$syslab" init
said "(3 exercises, 1 new file" # gamma's signpost

echo "# both edited, in different lines: git's merge, and a copy of what was there"
fresh
sed -i '5s/.*/mine at 5/; $a mine at the end' "$mine"
cp "$mine" "$scratch/before"
sed -i '3s/.*/my note in the module/' "$student/01_x/module.c"
expect 1 "$syslab" update "$scratch/v2"
said "merged"
merged
grep -qx "mine at the end" "$mine" || fail "a line of the student's is gone"
same "$(kept)/01_x/alpha/alpha.c" "$scratch/before"
said "yours is in the backup" # the module: a folder that is no clone has no base to merge from
grep -qx "my note in the module" "$(kept)/course/01_x/module.c" || fail "the student's module is gone"
is_v2

echo "# both edited the same line: the student's stays, the new starter lies beside, once"
fresh
sed -i '30s/.*/mine at 30/' "$mine"
cp "$mine" "$scratch/before"
expect 1 "$syslab" update "$scratch/v2"
said "conflict"
said "yours stays as it is"
same "$mine" "$scratch/before"
same "$mine.new" "$theirs"
expect 0 "$syslab" update "$scratch/v2"
unsaid "conflict"
same "$mine" "$scratch/before"
[ ! -e "$mine.new.1" ] || fail "a second copy is beside it"
echo "half merged by hand" >>"$mine.new"
cp "$scratch/v1/exercises/01_x/alpha/starter/alpha.c" "$base"
expect 1 "$syslab" update "$scratch/v2"
grep -qx "half merged by hand" "$mine.new" || fail "the file beside was overwritten"
same "$mine.new.1" "$theirs"

echo "# Windows line ends, no last newline, bytes that are no UTF-8: merged as they are"
fresh
{ printf 'mine\r\n'; sed 's/$/\r/' "$mine"; } >"$scratch/crlf" && cp "$scratch/crlf" "$mine"
expect 0 "$syslab" update "$scratch/v2"
said "merged"
[ "$(head -n 1 "$mine")" = "$(printf 'mine\r')" ] || fail "the student's line is another"
[ "$(grep -c "$(printf '\r')\$" "$mine")" = "$(wc -l <"$mine")" ] || fail "line ends are mixed"
grep -q "version 2" "$mine" || fail "the new line is not there"
fresh
{ printf 'b\344h\n'; cat "$mine"; printf 'no newline at my end'; } >"$scratch/odd" && cp "$scratch/odd" "$mine"
expect 0 "$syslab" update "$scratch/v2"
said "merged"
[ "$(tail -c 20 "$mine")" = "no newline at my end" ] || fail "the last line is another"
[ "$(head -c 3 "$mine" | od -An -tx1)" = " 62 e4 68" ] || fail "bytes changed"

echo "# no text at all: a conflict, and not a byte of it changes"
fresh
{ cat "$mine"; printf '\000\001\002'; } >"$scratch/odd" && cp "$scratch/odd" "$mine"
expect 1 "$syslab" update "$scratch/v2"
said "conflict"
same "$mine" "$scratch/odd"

echo "# a file or exercise that the student removed or renamed stays removed; a folder in its place stays"
fresh
mv "$SYSLAB_WORK/01_x/beta" "$SYSLAB_WORK/01_x/beta_first_try"
echo "more" >>"$course/exercises/01_x/beta/starter/beta.c"
rm "$mine"
mkdir "$mine"
publish v2b
expect 1 "$syslab" update "$scratch/v2b"
said "absent"
[ ! -e "$SYSLAB_WORK/01_x/beta" ] || fail "a removed exercise came back"
[ -d "$SYSLAB_WORK/01_x/beta_first_try" ] || fail "a renamed exercise is gone"
said "left alone"
[ -d "$mine" ] || fail "a folder of the student's is gone"

echo "# a workspace, and a file in it, behind symbolic links: what they lead to is updated, the links stay"
fresh
mv "$SYSLAB_WORK" "$scratch/elsewhere"
ln -s elsewhere "$SYSLAB_WORK"
mv "$mine" "$scratch/dropbox.c"
ln -s "$scratch/dropbox.c" "$mine"
sed -i '5s/.*/mine at 5/' "$scratch/dropbox.c"
expect 0 "$syslab" update "$scratch/v2"
[ -L "$mine" ] || fail "the link was replaced"
[ -L "$SYSLAB_WORK" ] || fail "the workspace's link was replaced"
merged "$scratch/dropbox.c"
rm -rf "$SYSLAB_WORK" "$scratch/elsewhere"

echo "# a workspace from before bases were kept: merged from the starter that the tree still has"
fresh
sed -i '5s/.*/mine at 5/' "$mine"
rm -r "$SYSLAB_WORK/.syslab/base"
expect 0 "$syslab" update "$scratch/v2"
said "merged"
merged

echo "# files of the student's in the course's folders stay; one in the place of a new one is kept aside"
fresh
echo "my own" >"$student/tools/mine.sh"
echo "my own new tool" >"$student/tools/new.sh"
echo "edited" >>"$student/tools/old.sh"
echo "edited too" >>"$student/tools/other.sh"
expect 1 "$syslab" update "$scratch/v2"
[ "$(cat "$student/tools/mine.sh")" = "my own" ] || fail "a file of the student's own is gone"
grep -qx "my own new tool" "$(kept)/course/tools/new.sh" || fail "what was in the place of a new file is gone"
grep -qx "edited" "$student/tools/old.sh" || fail "an edited file that the course has no longer is gone"
grep -qx "edited too" "$student/tools/other.sh" || fail "an edit of what did not change is gone"
said "kept"

echo "# a clone: the followed branch is fetched, edited course files are merged, the branch moves forward"
published=$scratch/published
git init -q -b main "$published"
take() { # VERSION: it becomes the next commit of the published repository
    git --git-dir="$published/.git" --work-tree="$scratch/$1" add -A
    git --git-dir="$published/.git" commit -qm "$1"
}
take v1
rm -rf "$student" "$SYSLAB_WORK"
git clone -q "$published" "$student"
expect 0 "$syslab" init
expect 0 "$syslab" update
said "0 updated, 0 new, 0 removed"
take v2
sed -i '3s/.*/my note in the module/' "$student/01_x/module.c"
sed -i '5s/.*/mine at 5/' "$mine"
expect 0 "$syslab" update
said "merged"
grep -qx "my note in the module" "$student/01_x/module.c" || fail "the student's edit of a module is gone"
grep -q "version 2" "$student/01_x/module.c" || fail "the module is not merged"
[ "$(git -C "$student" status --porcelain)" = " M 01_x/module.c" ] || fail "git shows more than the student's edit"
[ "$(git -C "$student" rev-parse HEAD)" = "$(git -C "$published" rev-parse HEAD)" ] || fail "the branch did not move"
expect 0 "$syslab" update
said "0 updated, 0 new, 0 removed"

echo "# a clone with commits of its own keeps its branch; from a URL"
rm -rf "$student" "$SYSLAB_WORK"
git clone -q "$published" "$student"
git -C "$student" reset -q --hard HEAD~1
echo "my tool" >"$student/tools/mine.sh"
git -C "$student" add tools/mine.sh
git -C "$student" commit -qm mine
own=$(git -C "$student" rev-parse HEAD)
expect 0 "$syslab" init
expect 0 "$syslab" update
said "Your git branch stays"
[ "$(git -C "$student" rev-parse HEAD)" = "$own" ] || fail "the student's branch moved"
is_v2
fresh
expect 0 "$syslab" update "file://$published"
is_v2
said "Version"

echo "# in the course's own checkout, the workspace alone is updated, from the starters that git brought"
rm -rf "$SYSLAB_WORK"
cp "$scratch/v1/exercises/01_x/alpha/starter/alpha.c" "$theirs"
SYSLAB_ROOT=$course expect 0 "$syslab" init
sed -i '5s/.*/mine at 5/' "$mine"
cp "$scratch/v2/exercises/01_x/alpha/starter/alpha.c" "$theirs"
SYSLAB_ROOT=$course expect 0 "$syslab" update
said "merged"
merged
SYSLAB_ROOT=$course expect 2 "$syslab" update "$scratch/v2"
complained "git pull"

echo "# reset begins with the starter of now, and so does the next merge"
fresh
expect 0 "$syslab" update "$scratch/v2"
echo mine >"$mine"
expect 0 "$syslab" reset 01_x/alpha
same "$mine" "$theirs"
same "$base" "$theirs"

echo "# wrong sources are refused in words, before anything changes"
fresh
sed -i '5s/.*/mine at 5/' "$mine"
cp -a "$student" "$scratch/student_before"
cp -a "$SYSLAB_WORK" "$scratch/work_before"
untouched() {
    diff -r "$student" "$scratch/student_before" || fail "the tree changed"
    diff -r -x update "$SYSLAB_WORK" "$scratch/work_before" || fail "the workspace changed"
}
cp -a "$scratch/v2" "$scratch/half"
rm "$scratch/half/01_x/README.md"
expect 2 "$syslab" update "$scratch/half"
complained "is not whole"
cp -a "$scratch/v2/01_x/README.md" "$scratch/half/01_x/README.md"
echo "torn" >>"$scratch/half/01_x/module.c"
expect 2 "$syslab" update "$scratch/half"
complained "is not what its release.json says"
sed -i 's|"01_x/README.md"|"../outside"|' "$scratch/half/release.json"
expect 2 "$syslab" update "$scratch/half"
complained "expected what ./syslab release writes"
expect 2 "$syslab" update "$scratch/nowhere"
complained "git says"
expect 2 "$syslab" update "$course"
complained "release.json"
expect 2 "$syslab" update "$student"
complained "is this tree itself"
expect 2 "$syslab" update
complained "name the new version"
untouched
mkdir "$scratch/bin"
PATH=$scratch/bin expect 2 "$syslab" update "$scratch/v2"
complained "Nothing was changed"
untouched

echo "# one update at a time"
mkdir -p "$SYSLAB_WORK/.syslab/update"
flock "$SYSLAB_WORK/.syslab/update" "$syslab" update "$scratch/v2" >"$scratch/out" 2>"$scratch/err" && fail "two updates ran"
complained "another update"
untouched

[ "$(id -u)" = 0 ] || skip "all but full and read-only disks, which are mounted by root"
echo "# disks that fill up, one page later each time: nothing is lost, and the next update goes on"
mounted=$scratch/disk
mkdir "$mounted"
SYSLAB_WORK=$mounted/work
student=$mounted/student
SYSLAB_ROOT=$student
mine=$SYSLAB_WORK/01_x/alpha/alpha.c
stopped=0
for spare in 0 4 8 12 16 20 24 32 40 48; do
    mount -t tmpfs -o size=600k tmpfs "$mounted" 2>/dev/null || { mounted=''; skip "this machine lets nobody mount"; }
    fresh
    sed -i '5s/.*/mine at 5/' "$mine"
    echo "my beta" >>"$SYSLAB_WORK/01_x/beta/beta.c"
    echo "my note" >>"$student/01_x/module.c"
    head -c 1024k /dev/zero >"$mounted/filler" 2>/dev/null
    truncate -s "-${spare}k" "$mounted/filler"
    got=0
    "$syslab" update "$scratch/v2" >"$scratch/out" 2>"$scratch/err" || got=$?
    if [ $got = 2 ]; then
        stopped=$((stopped + 1))
        grep -q "No space left on device" "$scratch/err" || fail "no clear error"
    fi
    grep -rqx "mine at 5" "$SYSLAB_WORK" || fail "$spare KiB spare: a line of the workspace is gone"
    grep -rqx "my beta" "$SYSLAB_WORK" || fail "$spare KiB spare: a line of the workspace is gone"
    grep -rqx "my note" "$student" "$SYSLAB_WORK" || fail "$spare KiB spare: a line in the course's files is gone"
    rm "$mounted/filler"
    "$syslab" update "$scratch/v2" >"$scratch/out" 2>"$scratch/err"
    [ $? -le 1 ] || fail "$spare KiB spare: the next update does not go on"
    is_v2
    merged
    umount "$mounted"
done
[ $stopped -ge 3 ] || fail "the disk was full only $stopped times"

echo "# a read-only disk: said, and nothing else"
mount -t tmpfs tmpfs "$mounted"
fresh
mount -o remount,ro "$mounted"
expect 2 "$syslab" update "$scratch/v2"
complained "Read-only file system"
umount "$mounted"
mounted=''
echo "# an older version is not taken by mistake: who wants it names it"
fresh
# later NAME: published in a day, as far as git can tell.
later() { GIT_COMMITTER_DATE="$(date -d "tomorrow" +%s) +0000" publish "$1"; }
sed -i '20s/.*/line 20 as version 3 has it/' "$course/01_x/module.c"
later v3
expect 0 "$syslab" update "$scratch/v3"
older=$(jq -r .commit "$scratch/v2/release.json")
find "$student" "$SYSLAB_WORK" -type f ! -path '*/.git/*' -exec sha256sum {} + | sort >"$scratch/sums"
expect 2 "$syslab" update "$scratch/v2"
complained "is older than yours"
complained "./syslab update $scratch/v2 --to $(echo "$older" | cut -c 1-12)"
expect 2 "$syslab" update "$scratch/v2" --to 0123456789
complained "not 0123456789"
expect 2 "$syslab" update "$scratch/v2" --to "$(echo "$older" | cut -c 1-3)"
complained "Nothing was changed"
find "$student" "$SYSLAB_WORK" -type f ! -path '*/.git/*' -exec sha256sum {} + | sort | diff "$scratch/sums" - ||
    fail "something changed all the same"
expect 0 "$syslab" update "$scratch/v3" # the same again is not older
expect 0 "$syslab" update "$scratch/v2" --to "$(echo "$older" | cut -c 1-12)"
is_v2
echo passed
