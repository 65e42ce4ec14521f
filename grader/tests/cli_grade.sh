#!/bin/sh
# cli_grade.sh PROGRAM ROOT - a class of 30, or of STUDENTS: graded, interrupted, killed, resumed; the gradebook
# is the same, and nothing is graded twice.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
class=$scratch/class
all=${STUDENTS:-30}
some=$((all / 3))
"$(dirname "$0")/generate_class.sh" "$root" "$class" "$all" "$exercise"
mkdir "$class/zz-absent"                             # a student who handed in nothing
mkdir -p "$class/student001/03_memory/arenna"        # a folder named for no exercise
echo "not unpacked" >"$class/ann.tar.gz"
count() { sqlite3 "$1" "SELECT count(*) FROM records"; }
# What the gradebook says but for times.
book() { "$syslab" report "$1" --format json | jq 'del(.students[].grades[].graded_at)'; }

echo "# without interruption"
expect 0 "$syslab" grade "$class" --db "$scratch/whole.sqlite"
said "student001"
said "$all graded now, 0 graded before"
said "s of CPU"
grep -q "^syslab: not an exercise: student001/03_memory/arenna\. Did you mean student001/03_memory/arena/arena\.c?$" "$scratch/err" || fail "the misnamed folder is passed over in silence"
grep -q "must be unpacked" "$scratch/err" || fail "the archive is passed over in silence"
cat "$scratch/out"
[ "$(count "$scratch/whole.sqlite")" = "$all" ] || fail "not $all records"

echo "# killed half-way (SIGKILL), then resumed"
db=$class/grades.sqlite
setsid "$syslab" grade "$class" >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -f "$db" ] || [ "$(sqlite3 "$db" 'SELECT count(*) FROM records' 2>/dev/null || echo 0)" -lt "$some" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "no records come in"
    sleep 0.1
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null
done_before=$(count "$db")
if [ "$done_before" -lt "$some" ] || [ "$done_before" -ge "$all" ]; then
    fail "killed too late to mean anything: $done_before"
fi

echo "# resumed, then interrupted (SIGINT): those under way are finished"
setsid "$syslab" grade "$class" >"$scratch/out" 2>"$scratch/err" &
pid=$!
tries=0
while [ "$(count "$db")" -lt $((done_before + 4)) ] && [ "$tries" -lt 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -INT "-$pid"   # the whole group, as Ctrl-C does
got=0
wait "$pid" || got=$?
[ "$got" = 2 ] || fail "ended with $got"
grep -q "interrupted after" "$scratch/err" || fail "nothing said of the interruption"
grep -q "finishing what is under way" "$scratch/err" || fail "nothing said at once"
interrupted=$(count "$db")
[ "$interrupted" -lt "$all" ] || fail "interrupted too late to mean anything"
expect 0 "$syslab" report "$class"
grep -q "incomplete: $((all - interrupted)) not graded yet" "$scratch/err" || fail "an unfinished report looks finished"
grep -q "not an exercise: student001/03_memory/arenna" "$scratch/err" || fail "the report passes over the misnamed folder"

echo "# and to the end"
expect 0 "$syslab" grade "$class"
said "$((all - interrupted)) graded now, $interrupted graded before"
[ "$(count "$db")" = "$all" ] || fail "not $all records"
book "$class" >"$scratch/resumed.json"
book "$scratch/whole.sqlite" >"$scratch/whole.json"
diff "$scratch/whole.json" "$scratch/resumed.json" || fail "the gradebooks differ"
"$syslab" report "$class" --format csv --output "$scratch/resumed.csv" >/dev/null
"$syslab" report "$scratch/whole.sqlite" --format csv --output "$scratch/whole.csv" >/dev/null
same "$scratch/whole.csv" "$scratch/resumed.csv"

echo "# nothing is graded twice; what changed is graded again"
expect 0 "$syslab" grade "$class"
said "0 graded now, $all graded before"
echo "/* one more thing */" >>"$class/student001/$exercise/arena.c"
expect 0 "$syslab" report "$class"
grep -q "out of date: 1 changed since" "$scratch/err" || fail "the report shows the grade of an older file without a word"
expect 0 "$syslab" grade "$class"
said "1 graded now, $((all - 1)) graded before"

echo "# what is too large to be compiled is not graded twice either"
large=$scratch/large
mkdir -p "$large/some/$exercise" "$large/huge/$exercise"
truncate -s 2M "$large/some/$exercise/arena.c"
truncate -s 40M "$large/huge/$exercise/arena.c"
expect 0 "$syslab" grade "$large"
said "2 graded now, 0 graded before"
[ "$(sqlite3 "$large/grades.sqlite" "SELECT count(DISTINCT submission_hash) FROM records WHERE length(submission_hash) = 64")" = 2 ] ||
    fail "a file without a hash"
expect 0 "$syslab" grade "$large"
said "0 graded now, 2 graded before"
truncate -s 41M "$large/huge/$exercise/arena.c"
expect 0 "$syslab" grade "$large"
said "1 graded now, 1 graded before"

echo "# what lies where nothing is looked for is listed, each with where it should be"
astray=$scratch/astray
mkdir -p "$astray/ann/$exercise" "$astray/ivy/arena" "$astray/flat" "$astray/tarred" "$astray/hal/03_memory/arnea" \
    "$astray/gus/03_memory" "$astray/eve/03_memry/arena" "$astray/doc" "$astray/empty"
for place in "ann/$exercise/arena.c" ivy/arena/arena.c flat/arena.c hal/03_memory/arnea/arena.c gus/03_memory/aerna.c \
    eve/03_memry/arena/arena.c; do
    cp "$folder/starter/arena.c" "$astray/$place"
done
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do mkdir -p "$astray/wide/$number/$number"; done
echo answer >"$astray/doc/answer.txt"
echo notes >"$astray/ann/notes.txt"
echo archive >"$astray/tarred/submission.tar.gz"
expect 0 "$syslab" grade "$astray"
sed -i '/^ *[0-9]*\/[0-9]* /d' "$scratch/err"
cat >"$scratch/expected" <<END
syslab: not an exercise: doc/. Expected doc/<chapter>/<exercise>/<file>
syslab: not an exercise: eve/03_memry/arena. Expected eve/$exercise/arena.c
syslab: not an exercise: flat/arena.c. Expected flat/$exercise/arena.c
syslab: not an exercise: gus/03_memory/aerna.c. Did you mean gus/$exercise/arena.c?
syslab: not an exercise: hal/03_memory/arnea. Did you mean hal/$exercise/arena.c?
syslab: not an exercise: ivy/arena. Expected ivy/$exercise/arena.c
syslab: not an exercise: tarred/submission.tar.gz. Unpack it in tarred/
$(for number in 1 10 11 12 2 3 4 5; do echo "syslab: not an exercise: wide/$number/$number. Expected wide/<chapter>/<exercise>/<file>"; done)
syslab: not an exercise: wide/: 4 more
END
same "$scratch/err" "$scratch/expected"

echo "# report"
expect 0 "$syslab" report "$class" --student student002
said "student002"
unsaid "student003"
if grep -qE "incomplete|out of date" "$scratch/err"; then fail "a finished report is called incomplete"; fi
said "$exercise gives a wrong result: " # the starter's, which fails by its expectations
said "expected"
said "actual"
said "of 100 points"
expect 0 "$syslab" report "$class" --student student007
said "$exercise is not accepted"
said "arena.c is missing; the folder is empty"
"$syslab" report "$class" --format json | jq -e '[.students[].grades[] | select(.verdict == "fail")] | length > 0 and
    all(.tests | length > 0 and any(.verdict == "fail" and .requirement != "" and .points < .max_points))' \
    >/dev/null || fail "the JSON does not defend a grade"
"$syslab" report "$class" --format json --student student007 |
    jq -e '.students[0].grades[0] | (.message | contains("arena.c")) and all(.tests[]; .verdict == "skipped")' >/dev/null ||
    fail "the JSON has no message"
expect 2 "$syslab" report "$class" --student nobody
complained "no grades of a student"
[ "$(wc -l <"$scratch/whole.csv")" = "$(($(find "$class" -mindepth 1 -maxdepth 1 -type d | wc -l) + 1))" ] || fail "a student is missing from the CSV"
grep -q '^zz-absent,,,0' "$scratch/whole.csv" || fail "who handed in nothing is not blank"

echo "# a second run on the same database is kept out; a file that is no database is refused"
(flock -x 9; expect 2 "$syslab" grade "$class") 9>"$db-lock" || exit 1
grep -q "at work on" "$scratch/err" || fail "no clear error"
cp "$folder/README.md" "$scratch/text.sqlite"
expect 2 "$syslab" grade "$class" --db "$scratch/text.sqlite"
grep -q "not a SQLite database" "$scratch/err" || fail "no clear error"
same "$folder/README.md" "$scratch/text.sqlite"
echo passed
