#!/bin/sh
# cli_regrade.sh PROGRAM ROOT - a class graded by a test with a wrong assertion, which is then mended: what
# is graded again, and which changes are listed, also after a kill, on a full disk, without the files.
#
# The course is a copy with kits of its own, so that it can be changed.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
built=$SYSLAB_BUILD config=$SYSLAB_BUILD/include/grader/build_config.h
defined() { sed -n "s/.*define BUILD_CONFIG_$1  *\"\(.*\)\"/\1/p" "$config"; }
course=$scratch/course kits=$scratch/build/kits tests=exercises/$exercise/tests/test_arena.c
manifest=$course/exercises/$exercise/exercise.yaml
mkdir -p "$course/exercises/03_memory" "$scratch/build/grader"
cp -r "$root/03_memory" "$root/07_unsafe" "$course"
cp -r "$root/exercises/support" "$course/exercises"
cp -r "$root/exercises/03_memory/arena" "$root/exercises/03_memory/slab" "$course/exercises/03_memory"
cp "$SYSLAB_BUILD/grader/runner" "$scratch/build/grader"
# compile SOURCE OBJECT FLAG...: in the course; what was compiled before, of the same bytes, is kept.
mkdir "$scratch/compiled"
compile() {
    source=$1 object=$2
    shift 2
    key=$({ echo "$@"; "$(defined COMPILER)" "$@" -E "$source"; } | sha256sum | cut -d ' ' -f 1) || return 1
    [ -f "$scratch/compiled/$key" ] || "$(defined COMPILER)" "$@" -c "$source" -o "$scratch/compiled/$key" || return 1
    cp "$scratch/compiled/$key" "$object"
}
# build_kit NAME: both kits of an exercise, of the same members as those that were built with the course.
build_kit() {
    for build in plain asan; do
        flags=$(defined "FLAGS_$(echo "$build" | tr '[:lower:]' '[:upper:]')")
        rm -rf "$scratch/objects" "$kits/03_memory/$1/$build.a"
        mkdir -p "$scratch/objects" "$kits/03_memory/$1"
        for member in $(ar t "$built/kits/03_memory/$1/$build.a"); do
            source=$(cd "$course" && find "exercises/03_memory/$1/tests" exercises/support 03_memory \
                -maxdepth 1 -name "${member%.o}")
            # shellcheck disable=SC2086 # the flags are words
            (cd "$course" && compile "$source" "$scratch/objects/$member" $flags -D_GNU_SOURCE \
                -I "exercises/03_memory/$1/starter" -I exercises/support -I .) || fail "no kit"
        done
        (cd "$scratch/objects" && ar rcD "$kits/03_memory/$1/$build.a" ./*.o)
    done
}
export SYSLAB_ROOT="$course" SYSLAB_BUILD="$scratch/build"
sed -i 's|^    memset(text, .x., sizeof(text) - 1);|    expect_true(copy < next, "blocks go up"); /* planted */\n&|' "$course/$tests"
grep -q planted "$course/$tests" || fail "nothing planted"
build_kit arena
build_kit slab

class=$scratch/class db=$scratch/class/grades.sqlite
"$(dirname "$0")/generate_class.sh" "$root" "$class" 9 "$exercise"
"$(dirname "$0")/generate_class.sh" "$root" "$class" 4 03_memory/slab
cp -r "$class" "$scratch/handed-in"
expect 0 "$syslab" grade "$class"
said "13 graded now"
count() { sqlite3 "$db" "SELECT count(*) FROM records"; }
regrade() { expect "$1" "$syslab" regrade "$class"; }
touched() { "$syslab" regrade "$class" --dry-run --json | jq '.to_be_graded | length'; }
causes() { "$syslab" regrade "$class" --dry-run --json | jq -r '[.to_be_graded[].causes[]] | unique | .[]'; }
# grades DB: each arena's student, points and verdict.
grades() { "$syslab" report "$1" --format json | jq -c '.students[] | .student as $s | .grades[] | select(.exercise == "'$exercise'") | [$s, .points, .max_points, .verdict]'; }

echo "# an unrelated change touches nothing"
regrade 0
said "0 of 13 grades changed, 0 came out the same; 0 graded now"
sed -i -e 's/^title: .*/title: Another title/' -e '1i # a comment' -e 's/^  - >-$/  - >- # hint/' \
    -e 's/^    requirement: An arena gives/    requirement: An arena always gives/' "$manifest"
echo "/* kept */" >>"$course/exercises/$exercise/solution/arena.c"
echo "more" >>"$course/exercises/$exercise/README.md"
build_kit arena
[ "$(touched)" = 0 ] || fail "words for people make grades new: $(causes)"

echo "# each part of the suite is a reason, by its name"
changed_by() { # FILE SED CAUSE: change it, look, and change it back
    cp "$1" "$scratch/before"
    sed -i "$2" "$1"
    [ "$1" = "$manifest" ] || build_kit arena
    [ "$(touched)" = 9 ] || fail "$1: $(touched) touched"
    causes | grep -qF "$3" || fail "$1: the cause is not told: $(causes)"
    cp "$scratch/before" "$1"
    [ "$1" = "$manifest" ] || build_kit arena
    [ "$(touched)" = 0 ] || fail "$1: changed back, and still touched"
}
changed_by "$course/exercises/$exercise/starter/arena.h" "\$a /* more */" "the exercise's header (arena.h)"
changed_by "$course/exercises/support/subject.c" 's/pass %s/PASS %s/' "the frame that every test runs in (subject.c)"
changed_by "$manifest" 's/memory_mib: 256/memory_mib: 255/' "the limits (exercise.yaml): memory_mib 255, was 256"
changed_by "$manifest" 's/^symbols: \[/symbols: [abs, /' "'symbols' in exercise.yaml"
changed_by "$manifest" '0,/    points: 8/s//    points: 7/; 0,/    points: 6/s//    points: 7/' "what the tests are worth (exercise.yaml)"
changed_by "$manifest" 's/^    leaks: true/    leaks: false/' "which tests there are and how they are run"
sed -i '$a /* more */' "$course/03_memory/allocator.h"
[ "$(touched)" = 13 ] || fail "a header that every submission may include"
cp "$root/03_memory/allocator.h" "$course/03_memory/allocator.h"

echo "# the wrong assertion is mended: what would be graded again, without doing it"
grades "$db" >"$scratch/before.grades"
sed -i '/planted/d' "$course/$tests"
build_kit arena
expect 0 "$syslab" regrade "$class" --dry-run
said "the tests (test_arena.c)"
said "9 of 13 grades would be given again"
[ "$(count)" = 13 ] || fail "a dry run graded"

echo "# killed half-way, files changed and gone since; resumed: the changes are all there"
cp -r "$class" "$scratch/dry"
echo "/* later */" >>"$class/student001/$exercise/arena.c"
rm -r "$class/student003"
setsid "$syslab" regrade "$class" --jobs 1 >/dev/null 2>&1 &
pid=$!
tries=0
while [ "$(count)" -lt 16 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "no records come in"
    sleep 0.1
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null
half=$(count)
[ "$half" -lt 22 ] || fail "killed too late to mean anything"
left_behind() { find "${TMPDIR:-/tmp}" -maxdepth 1 -name "syslab_${pid}_*" "$@"; }
[ -n "$(left_behind)" ] || fail "what was killed had no folder"
left_behind -exec touch -d "1 minute ago" {} + # what is of this moment is not swept
expect 0 "$syslab" regrade "$class" --json
[ "$(jq .graded "$scratch/out")" = $((22 - half)) ] || fail "graded twice, or not at all"
[ "$(count)" = 22 ] || fail "old records are not kept"

echo "# ... exactly those that a class graded by the mended test has otherwise"
cp "$scratch/out" "$scratch/list.json"
expect 0 "$syslab" grade "$scratch/handed-in" --exercise arena
grades "$scratch/handed-in" >"$scratch/fresh.grades"
diff "$scratch/before.grades" "$scratch/fresh.grades" | sed -n 's/^> \["\([^"]*\)".*/\1/p' >"$scratch/expected"
jq -r '.changed[].student' "$scratch/list.json" | diff "$scratch/expected" - || fail "not the changes that there are"
grep -qx student003 "$scratch/expected" || fail "the planted assertion struck nobody"
jq -e '.unchanged == 9 - (.changed | length) and .without_a_file == [] and
    all(.changed[]; .causes == ["the tests (test_arena.c)"] and (.tests | length > 0)) and
    (.changed[] | select(.student == "student003") |
     .before == {verdict: "fail", points: 94, max_points: 100} and .now == {verdict: "pass", points: 100, max_points: 100}
     and .tests == ["strings_are_copied: passes; before: gives a wrong result"])' "$scratch/list.json" >/dev/null ||
    fail "the list is not right: $(cat "$scratch/list.json")"
regrade 0
said "student003  $exercise  94 of 100 fail → 100 of 100 pass"
said "strings_are_copied: passes; before: gives a wrong result"
said "$(wc -l <"$scratch/expected") of 13 grades changed"
said "; 0 graded now"
expect 0 "$syslab" explain student003 arena --db "$class"
said "94 of 100 points, fail"
said "100 of 100 points, pass (counts now)"
said "the tests (test_arena.c)"
said "The file is not there any more"

echo "# 'grade' after a change instead of regrade: the changes are listed all the same"
cp -r "$scratch/dry" "$scratch/other"
expect 0 "$syslab" grade "$scratch/other"
expect 0 "$syslab" regrade "$scratch/other" --json
jq -r '.changed[].student' "$scratch/out" | diff "$scratch/expected" - || fail "changes by grade are lost"
[ -z "$(left_behind)" ] || fail "the killed run's folder was not swept"

echo "# other points: what they come to follows from the tests' verdicts"
sed -i -e '/name: alloc_gives_memory/,/points/s/points: 8/points: 3/' -e '/name: strings_are_copied/,/points/s/points: 6/points: 11/' "$manifest"
sqlite3 "$db" "SELECT r.student || ' ' || sum(CASE WHEN t.value ->> 'points' > 0 THEN CASE t.value ->> 'name'
        WHEN 'alloc_gives_memory' THEN 3 WHEN 'strings_are_copied' THEN 11 ELSE t.value ->> 'points' END ELSE 0 END)
    FROM current c JOIN records r ON r.id = c.record, json_each(r.json, '\$.tests') t
    WHERE c.exercise = '$exercise' GROUP BY r.student HAVING sum(CASE WHEN t.value ->> 'points' > 0 THEN CASE t.value ->> 'name'
        WHEN 'alloc_gives_memory' THEN 3 WHEN 'strings_are_copied' THEN 11 ELSE t.value ->> 'points' END ELSE 0 END) <> r.points
    ORDER BY r.student" | sed 's/\.0$//' >"$scratch/expected"
[ -s "$scratch/expected" ] || fail "the points change for nobody"
expect 0 "$syslab" regrade "$class" --json
jq -r '.changed[] | "\(.student) \(.now.points)"' "$scratch/out" | sed 's/\.0$//' | diff "$scratch/expected" - || fail "not the points that follow"
jq -e '.graded == 9 and all(.changed[]; .causes == ["what the tests are worth (exercise.yaml)"] and
    (.tests | any(. == "strings_are_copied is worth 11 points, was 6")))' "$scratch/out" >/dev/null || fail "no reason: $(cat "$scratch/out")"

echo "# a read-only gradebook, a full disk"
if [ "$(id -u)" = 0 ]; then
    sed -i 's/memory_mib: 256/memory_mib: 200/' "$manifest"
    mounted=$scratch/disk
    mkdir "$mounted"
    if mount -t tmpfs -o size=4m tmpfs "$mounted" 2>/dev/null; then
        sqlite3 "$db" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
        cp "$db" "$mounted"
        mount -o remount,ro "$mounted"
        expect 2 "$syslab" regrade --db "$mounted/grades.sqlite"
        complained "Read-only file system"
        expect 0 "$syslab" regrade --db "$mounted/grades.sqlite" --dry-run
        said "9 of 13 grades would be given again"
        expect 0 "$syslab" explain student003 arena --db "$mounted/grades.sqlite"
        said "of 100 points, pass"
        mount -o remount,rw "$mounted"
        dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
        expect 2 "$syslab" regrade --db "$mounted/grades.sqlite"
        grep -qE "disk is full|No space left" "$scratch/err" || fail "no clear error"
        expect 2 env TMPDIR="$mounted" "$syslab" regrade "$class"
        complained "No space left on device"
        rm "$mounted/filler"
        expect 0 "$syslab" regrade --db "$mounted/grades.sqlite"
        said "0 of 13 grades changed, 9 came out the same"
        umount "$mounted"
    else
        echo "(not tried: this machine lets nobody mount)"
    fi
    mounted=''
    sed -i 's/memory_mib: 200/memory_mib: 256/' "$manifest"
else
    echo "(not tried: mounting needs root)"
fi

echo "# another grader alone is no reason, unless asked for"
sqlite3 "$db" "UPDATE records SET grader_hash = 'older', json = json_set(json, '\$.grader_hash', 'older') WHERE student = 'student002'"
[ "$(touched)" = 0 ] || fail "a newer grader is taken for a newer test"
expect 0 "$syslab" regrade "$class" --dry-run
said "2 grades by another grader or compiler"
expect 0 "$syslab" regrade "$class" --dry-run --grader
said "2 of 13 grades would be given again"
said "the grader's own programs"
expect 0 "$syslab" regrade "$class" --grader
said "; 2 graded now"

echo "# ... and so is another compiler, to 'grade' without being asked"
of_gcc_11() { sqlite3 "$db" "UPDATE records SET json = json_set(json, '\$.toolchain', 'gcc 11.4.0') WHERE student = '$1'"; }
of_gcc_11 student004
[ "$(touched)" = 0 ] || fail "a newer compiler is taken for a newer test"
expect 0 "$syslab" regrade "$class" --dry-run --grader
said "2 of 13 grades would be given again"
said ", was gcc 11.4.0"
before=$(count)
expect 0 "$syslab" regrade "$class" --grader
said "; 2 graded now"
[ "$(count)" = $((before + 2)) ] || fail "old records are not kept"
expect 0 "$syslab" regrade "$class" --dry-run --grader
said "0 of 13 grades would be given again"
of_gcc_11 student001
expect 0 "$syslab" grade "$class" --exercise slab
said "1 graded now"

echo "# a grade made without a sandbox, and graded again in one: both are kept"
one=$scratch/one
mkdir -p "$one/ann/$exercise"
cp "$folder/solution/arena.c" "$one/ann/$exercise/arena.c"
expect 0 "$syslab" grade "$one" --no-sandbox
sqlite3 "$one/grades.sqlite" "UPDATE records SET points = 40, verdict = 'fail', json = json_set(json, '\$.points', 40, '\$.verdict', 'fail')"
expect 0 "$syslab" grade "$one"
said "1 graded now"
expect 0 "$syslab" regrade "$one"
said "ann  $exercise  40 of 100 fail → 100 of 100 pass"
expect 0 "$syslab" explain ann arena --db "$one" --json
jq -e '[.history[] | [.points, .verdict]] == [[40, "fail"], [100, "pass"]]' "$scratch/out" >/dev/null || fail "the old grade is written over"

echo "# a regrading that met a fault, then 'grade': the moment without a grade and the new grade are both told"
mounted=$scratch/small
mkdir "$mounted"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=256k tmpfs "$mounted" 2>/dev/null; then
    sed -i 's/memory_mib: 256/memory_mib: 200/' "$manifest"
    expect 3 env TMPDIR="$mounted" "$syslab" regrade "$one"
    said "ann  $exercise  100 of 100 pass → no grade"
    umount "$mounted"
    cp -r "$one/ann" "$one/bob"
    expect 0 "$syslab" grade "$one"
    said "2 graded now"
    expect 0 "$syslab" regrade "$one"
    said "ann  $exercise  no grade → 100 of 100 pass"
    said "1 of 2 grades changed"
    expect 0 "$syslab" explain ann arena --db "$one" --json
    jq -e '[.history[].verdict] == ["fail", "pass", "grader_error", "pass"]' "$scratch/out" >/dev/null || fail "not what counted"
    sed -i 's/memory_mib: 200/memory_mib: 256/' "$manifest"
else
    echo "(not tried: mounting needs root)"
fi
mounted=''

echo "# a gradebook of the syslab before: read, explained, and graded again where the files are"
old=$scratch/old
mkdir -p "$old/ann/$exercise" "$old/bob/$exercise"
cp "$folder/solution/arena.c" "$old/ann/$exercise/arena.c"
hash=$(sha256sum "$old/ann/$exercise/arena.c" | cut -d ' ' -f 1)
sqlite3 "$db" "SELECT json_remove(json_set(r.json, '\$.suite_hash', 's1', '\$.submission_hash', '$hash', '\$.file', 'nowhere/arena.c'),
    '\$.builds', '\$.suite_parts', '\$.messages_cut_bytes') FROM records r WHERE student = 'student003' AND verdict = 'fail' LIMIT 1" >"$scratch/old.json"
sqlite3 "$old/grades.sqlite" >/dev/null <<SQL
PRAGMA journal_mode = WAL;
CREATE TABLE students(name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE records(id INTEGER PRIMARY KEY, student TEXT NOT NULL, exercise TEXT NOT NULL, submission_hash TEXT NOT NULL,
  suite_hash TEXT NOT NULL, grader_hash TEXT NOT NULL, verdict TEXT NOT NULL, points REAL NOT NULL, max_points INTEGER NOT NULL,
  layers TEXT NOT NULL, graded_at TEXT NOT NULL, json TEXT NOT NULL, UNIQUE(student, exercise, submission_hash, suite_hash, grader_hash));
CREATE TABLE current(student TEXT NOT NULL, exercise TEXT NOT NULL, record INTEGER NOT NULL REFERENCES records(id),
  PRIMARY KEY(student, exercise)) WITHOUT ROWID;
CREATE TABLE progress(exercise TEXT PRIMARY KEY, hints INTEGER NOT NULL DEFAULT 0, gave_up_at TEXT) WITHOUT ROWID;
PRAGMA user_version = 1;
INSERT INTO students VALUES('ann'), ('bob');
INSERT INTO records SELECT 1, 'ann', '$exercise', '$hash', 's1', 'g1', 'fail', 94, 100, 'namespaces', '2026-01-14T09:30:05Z', CAST(readfile('$scratch/old.json') AS TEXT);
INSERT INTO records SELECT 2, 'ann', '$exercise', '$hash', 's0', 'g1', 'fail', 94, 100, 'namespaces', '2026-01-13T09:30:05Z', CAST(readfile('$scratch/old.json') AS TEXT);
INSERT INTO records SELECT 3, 'bob', '$exercise', 'aa', 's1', 'g1', 'fail', 94, 100, 'namespaces', '2026-01-14T09:30:05Z', CAST(readfile('$scratch/old.json') AS TEXT);
INSERT INTO current VALUES('ann', '$exercise', 1), ('bob', '$exercise', 3);
SQL
expect 0 "$syslab" explain bob arena --db "$old"
said "94 of 100 points"
said "the older record does not"
said "Its text was not kept"
unsaid "To have this grade again"
expect 2 "$syslab" regrade "$old"
said "ann  $exercise  94 of 100 fail → 100 of 100 pass"
grep -q "^syslab: not graded again: bob $exercise" "$scratch/err" || fail "no word of bob"
expect 0 "$syslab" explain ann arena --db "$old" --json
jq -e '[.history[].points] == [94, 94, 94, 100]' "$scratch/out" >/dev/null || fail "an older gradebook's history"

echo "# errors"
cp "$manifest" "$scratch/before"
sed -i '0,/    points: 6/s//    points: six/' "$manifest"
expect 2 "$syslab" regrade "$class"
complained "exercise.yaml"
cp "$scratch/before" "$manifest"
expect 2 "$syslab" regrade "$scratch/nowhere"
complained "No such file"
rm "$kits/03_memory/arena/plain.a"
expect 2 "$syslab" regrade "$class"
complained "the tests of 03_memory/arena cannot be read"
echo passed
