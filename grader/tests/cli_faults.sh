#!/bin/sh
# cli_faults.sh PROGRAM ROOT - full disks, read-only workspaces and folders where files should be: a
# clear error each, and nothing is lost.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
[ "$(id -u)" = 0 ] || skip "a full and a read-only disk are small file systems mounted for this test, which needs root"

mounted=$scratch/disk
mkdir "$mounted"
mount -t tmpfs -o size=1m tmpfs "$mounted" 2>/dev/null || { mounted=''; skip "this machine lets nobody mount"; }
SYSLAB_WORK=$mounted/work
file=$SYSLAB_WORK/$exercise/arena.c

echo "# a full disk: init says so, leaves whole files only, and goes on when there is room"
dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
expect 2 "$syslab" init
complained "No space left on device"
complained "what exists is untouched"
[ -z "$(find "$mounted" -name '.syslab-*')" ] || fail "a temporary file was left behind"
rm "$mounted/filler"
mkdir -p "$SYSLAB_WORK/$exercise"
echo "/* mine */" >"$file"
dd if=/dev/zero of="$mounted/filler" bs=1k count=998 2>/dev/null
got=0
"$syslab" init >"$scratch/out" 2>"$scratch/err" || got=$?
[ "$got" = 0 ] || grep -q "No space left" "$scratch/err" || fail "init on a nearly full disk: $got"
for header in "$SYSLAB_WORK"/*/*/*.h; do
    [ ! -e "$header" ] || same "$header" "$root/exercises/$(dirname "${header#"$SYSLAB_WORK"/}")/starter/$(basename "$header")"
done
[ "$(cat "$file")" = "/* mine */" ] || fail "the student's file is gone"

echo "# reset on a full disk: the file is as it was"
dd if=/dev/zero of="$mounted/filler2" bs=1k 2>/dev/null
expect 2 "$syslab" reset arena
grep -q "is as it was: No space left" "$scratch/err" || fail "no clear error"
[ "$(cat "$file")" = "/* mine */" ] || fail "the student's file is gone"

echo "# hints on a full disk: shown, and said that they are not remembered"
expect 0 "$syslab" hint arena
said "Hint 1 of 3"
grep -q "not be remembered" "$scratch/err" || fail "nothing said about remembering"

echo "# a read-only workspace: read, tested and hinted all the same"
rm -f "$mounted/filler" "$mounted/filler2"
expect 0 "$syslab" init
cp "$folder/solution/arena.c" "$file"
mount -o remount,ro "$mounted"
expect 0 "$syslab" list
grep -q "not be remembered" "$scratch/err" || fail "nothing said about remembering"
expect 0 "$syslab" test arena
said "passes every test"
printf 'expect passes every test\nexpect Attention\nexpect not be remembered\nexpect waiting\nkey q\nexit 0\n' |
    TERM=xterm "$3" "$syslab" watch arena >"$scratch/out" 2>"$scratch/err" || fail "watch on a read-only disk"
expect 2 "$syslab" reset arena
grep -q "is as it was: Read-only file system" "$scratch/err" || fail "no clear error"
same "$file" "$folder/solution/arena.c"
expect 2 "$syslab" submit
grep -q "was not written" "$scratch/err" || fail "no clear error"
expect 0 "$syslab" submit --output "$scratch/out.tar.gz"
mount -o remount,rw "$mounted"

echo "# init into a read-only place: where, why and what to do"
rm -rf "$SYSLAB_WORK"
mount -o remount,ro "$mounted"
expect 2 "$syslab" init
complained "Read-only file system"
complained "SYSLAB_WORK"
mount -o remount,rw "$mounted"

echo "# a file where the workspace should be"
echo "precious" >"$SYSLAB_WORK"
expect 2 "$syslab" init
complained "Not a directory"
[ "$(cat "$SYSLAB_WORK")" = precious ] || fail "the file in the way was changed"

echo "# grading onto a full disk: an error, and the next run goes on"
class=$mounted/class
for student in ann bob; do
    mkdir -p "$class/$student/$exercise"
    { cat "$folder/starter/arena.c"; echo "/* $student */"; } >"$class/$student/$exercise/arena.c"
done
dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
expect 2 "$syslab" grade "$class"
grep -qE "disk is full|No space left" "$scratch/err" || fail "no clear error"
rm "$mounted/filler"
expect 0 "$syslab" grade "$class"
said "2 grades: 2 fail"

echo "# a report onto a full disk: the one that was there stays, and nothing half-written is left"
cp -r "$class" "$scratch/class"
rm -rf "$class"
class=$scratch/class
for format in csv json html junit; do
    expect 0 "$syslab" report "$class" --format "$format" --output "$mounted/report"
    cp "$mounted/report" "$scratch/report"
    dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
    expect 2 "$syslab" report "$class" --format "$format" --output "$mounted/report"
    complained "was not written: No space left on device"
    same "$mounted/report" "$scratch/report"
    rm "$mounted/filler"
done
dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
expect 2 "$syslab" test arena --file "$class/ann/$exercise/arena.c" --format gradescope --output "$mounted/report"
complained "was not written: No space left on device"
same "$mounted/report" "$scratch/report"
rm "$mounted/filler"
[ -z "$(find "$mounted" -name '.syslab-*')" ] || fail "a temporary file was left behind"
umount "$mounted"

echo "# a temporary folder that is mounted nodev, nosuid and noatime, as many machines have it"
mount -t tmpfs -o nodev,nosuid,noatime tmpfs "$mounted"
got=0
TMPDIR=$mounted "$syslab" test "$exercise" --file "$folder/solution/arena.c" >"$scratch/out" 2>"$scratch/err" || got=$?
[ "$got" = 0 ] || fail "the reference was graded $got there"
umount "$mounted"
mounted=''
echo passed
