#!/bin/sh
# cli_grader_errors.sh PROGRAM ROOT - faults of the grader and its machine, while a class is graded: nobody gets a
# zero for one. The grade is `grader_error`, listed apart, the exit status is 3, and the next run grades again.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
real=$SYSLAB_BUILD
export SYSLAB_BUILD="$scratch/build"
mkdir -p "$SYSLAB_BUILD/grader" "$SYSLAB_BUILD/kits"
cp "$real/grader/runner" "$SYSLAB_BUILD/grader/"
cp -r "$real/kits/03_memory" "$SYSLAB_BUILD/kits/"
class=$scratch/class

# A class of two, fresh: both hand in the reference.
new_class() {
    rm -rf "$class"
    for student in ann bob; do
        mkdir -p "$class/$student/$exercise"
        { cat "$folder/solution/arena.c"; echo "/* $student */"; } >"$class/$student/$exercise/arena.c"
    done
}

# nobodys_zero WORDS: how two faults are told, and that two right grades follow once they are mended.
nobodys_zero() {
    said "2 grader_error"
    [ "$(sqlite3 "$class/grades.sqlite" "SELECT count(*) FROM records WHERE verdict = 'grader_error' AND points = 0")" = 2 ] ||
        fail "not two grader errors in the records"
    got=0
    "$syslab" report "$class" >"$scratch/out" 2>"$scratch/err" || got=$?
    said "grader_error"
    "$syslab" report "$class" --format json | jq -e --arg words "$1" \
        '[.students[].grades[] | select(.verdict == "grader_error" and (.message | test($words)))] | length == 2' \
        >"$scratch/out" || fail "the report does not say '$1'"
    mended
    expect 0 "$syslab" grade "$class"
    said "2 graded now, 0 graded before"
    said "2 grades: 2 pass"
}

echo "# a kit that is missing: said before anybody is graded"
new_class
mv "$SYSLAB_BUILD/kits/$exercise/asan.a" "$scratch/asan.a"
expect 2 "$syslab" grade "$class"
complained "Build the course"
expect 3 "$syslab" test "$exercise" --file "$class/ann/$exercise/arena.c"
said "no fault of yours"
mv "$scratch/asan.a" "$SYSLAB_BUILD/kits/$exercise/asan.a"

cp "$SYSLAB_BUILD/kits/$exercise/plain.a" "$scratch/plain.a"
mended() { cp "$scratch/plain.a" "$SYSLAB_BUILD/kits/$exercise/plain.a"; }
for bytes in 0 100 2048; do
    echo "# a kit that is cut to $bytes bytes: the same"
    new_class
    truncate -s "$bytes" "$SYSLAB_BUILD/kits/$exercise/plain.a"
    expect 2 "$syslab" grade "$class"
    complained "Build the course"
    mended
done

echo "# a kit that is whole, and has no tests in it"
new_class
truncate -s 8 "$SYSLAB_BUILD/kits/$exercise/plain.a"
expect 3 "$syslab" grade "$class"
nobodys_zero "The kit with the tests is damaged"

echo "# verify counts a fault apart from a false failure"
course=$scratch/course
mkdir -p "$course/exercises/03_memory"
cp -r "$root/03_memory" "$root/07_unsafe" "$course/"
cp -r "$folder" "$course/exercises/03_memory/"
rm -rf "$course/exercises/03_memory/arena/submissions"
mv "$SYSLAB_BUILD/kits/$exercise/asan.a" "$scratch/asan.a"
expect 3 env SYSLAB_ROOT="$course" "$syslab" verify --fair 1 "$exercise"
said "1 runs of 1 files, 0 false failures, 0 with points lost, 1 faults of the grader" # at rest, too
mv "$scratch/asan.a" "$SYSLAB_BUILD/kits/$exercise/asan.a"

echo "# runners that are killed under the grader's hands"
new_class
for student in ann bob; do
    sed 's/^void \*arena_alloc(.*/&\n/; /^void \*arena_alloc(/,/^{/ s/^{/{ for (volatile int i = 0; i == 0;) {}/' \
        "$folder/solution/arena.c" >"$class/$student/$exercise/arena.c"
    echo "/* $student */" >>"$class/$student/$exercise/arena.c"
done
# What descends from the program that was started here: no other test's.
descendants() { for child in $(pgrep -P "$1"); do echo "$child"; descendants "$child"; done; }
"$syslab" grade "$class" >"$scratch/out" 2>"$scratch/err" &
pid=$!
tries=0
while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 600 ]; do
    for process in $(descendants "$pid"); do
        [ "$(cat "/proc/$process/comm" 2>/dev/null)" != runner ] || kill -KILL "$process" 2>/dev/null
    done
    tries=$((tries + 1))
    sleep 0.1
done
got=0
wait "$pid" || got=$?
[ "$got" = 3 ] || fail "ended with $got, expected 3"
mended() { cp "$folder/solution/arena.c" "$class/ann/$exercise/arena.c" && cp "$folder/solution/arena.c" "$class/bob/$exercise/arena.c"; }
nobodys_zero "could not be run|The sandbox" # whichever job it was at: compiler, linker or test

echo "# files and folders that the grader's user may not read: named, nobody's zero, and the others are graded"
new_class
for student in carl dan eve; do cp -r "$class/ann" "$class/$student"; done
mkdir -m 777 "$scratch/db"
other=''
if [ "$(id -u)" = 0 ]; then # who may read everything
    other='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 "$scratch"
    # shellcheck disable=SC2086 # words
    $other test -r "$root/exercises" || skip "the rest needs a course that others can read: it lies in $root"
fi
grade_as_other() { # shellcheck disable=SC2086 # words
    expect "$1" $other "$syslab" grade "$class" --db "$scratch/db/grades.sqlite"
}
row() { sqlite3 "$scratch/db/grades.sqlite" "SELECT r.verdict || ' ' || (r.json ->> 'message') FROM current c JOIN records r ON r.id = c.record WHERE c.student = '$1'"; }
rm "$class/eve/$exercise/arena.c"
grade_as_other 0
said "4 pass"
[ "$(row eve)" = "compile_error arena.c is missing; the folder is empty." ] || fail "eve: $(row eve)"
rm "$scratch"/db/*
mv "$class/eve" "$scratch/eve"
grade_as_other 0
mv "$scratch/eve" "$class/eve"
grade_as_other 0
for student in ann eve; do
    echo "/* handed in, or changed, since */" >>"$class/$student/$exercise/arena.c"
    chmod 000 "$class/$student/$exercise/arena.c"
done
chmod 000 "$class/bob"
chmod 444 "$class/dan/03_memory"
grade_as_other 3
said "2 graded now, 1 graded before"
for student in ann eve; do
    [ "$(row "$student")" = "grader_error arena.c cannot be read by the grader: Permission denied." ] || fail "$student: $(row "$student")"
done
for name in bob dan/03_memory/arena; do
    grep -qxF "syslab: not graded, through no fault of the student's: $name: Permission denied" "$scratch/err" || fail "no word of $name"
done
chmod 755 "$class/bob" "$class/dan/03_memory"
chmod 644 "$class/ann/$exercise/arena.c" "$class/eve/$exercise/arena.c"
cp "$folder/solution/arena.c" "$class/eve/$exercise/arena.c"
grade_as_other 0
said "5 grades: 5 pass"
chmod 000 "$class"/*
grade_as_other 3
[ "$(grep -c "no fault of the student's" "$scratch/err")" = 5 ] || fail "not all five are named"
chmod 755 "$class"/*

echo "# a grader without memory: one request in its whole life is refused, every fifth in turn"
without_memory() {
    command -v "${CC:-cc}" >/dev/null || skip "no C compiler for the rest"
    "${CC:-cc}" -O1 -shared -fPIC -o "$scratch/refuse.so" "$(dirname "$0")/refuse_memory.c"
    one="$syslab test $exercise --file $folder/solution/arena.c --build plain --json"
    calls=$(LD_PRELOAD="$scratch/refuse.so" REFUSE_AT=0 $one 2>&1 >/dev/null | sed -n 's/^calls //p')
    [ "${calls:-0}" -gt 50 ] || fail "only '$calls' requests for memory were seen"
    for at in $(seq 1 5 "$calls"); do
        got=0
        LD_PRELOAD="$scratch/refuse.so" REFUSE_AT=$at $one >"$scratch/out" 2>"$scratch/err" || got=$?
        case $got in
        0) jq -e '.verdict == "pass" and .points == 100' "$scratch/out" >/dev/null || fail "not the right grade" ;;
        2 | 3) jq -e '.verdict == "grader_error"' "$scratch/out" >/dev/null 2>&1 || grep -q "out of memory\|allocate" "$scratch/err" || fail "no clear error" ;;
        *) fail "request $at of $calls refused: ended with $got" ;;
        esac
    done
}
# A sanitizer brings a malloc of its own, ahead of any that is loaded before it.
if ldd "$syslab" | grep -q 'lib[at]san'; then
    echo "  (not under a sanitizer)"
else
    without_memory
fi

[ "$(id -u)" = 0 ] || skip "the rest mounts small disks, which needs root"
mounted=$scratch/disk
mkdir "$mounted"
for kib in 100 256 400; do
    echo "# a disk of $kib KiB, too small for what the tools write"
    new_class
    mount -t tmpfs -o "size=${kib}k" tmpfs "$mounted" 2>/dev/null || { mounted=''; skip "this machine lets nobody mount"; }
    expect 3 env TMPDIR="$mounted" "$syslab" grade "$class"
    umount "$mounted"
    mended() { :; }
    nobodys_zero "No space left on device"
done
mounted=''

echo "# bubblewrap that goes away half-way: hidden in a mount namespace of this grader's own"
new_class
mkdir "$scratch/tmp"
got=0
# shellcheck disable=SC2016 # the words are the inner shell's to expand
TMPDIR=$scratch/tmp unshare -m sh -c '
    "$1" grade "$2" --jobs 1 >"$3/out" 2>"$3/err" &
    pid=$!
    while kill -0 "$pid" && [ -z "$(find "$TMPDIR" -name "syslab_*")" ]; do sleep 0.01; done
    mount --bind /bin/false /usr/bin/bwrap
    wait "$pid"' sh "$syslab" "$class" "$scratch" || got=$?
[ "$got" = 3 ] || fail "ended with $got, expected 3"
said "grader_error"
[ "$(sqlite3 "$class/grades.sqlite" "SELECT count(*) FROM records WHERE verdict NOT IN ('grader_error', 'pass')")" = 0 ] ||
    fail "a student was blamed"
expect 0 "$syslab" grade "$class"
said "2 grades: 2 pass"
echo passed
