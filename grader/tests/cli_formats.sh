#!/bin/sh
# cli_formats.sh PROGRAM ROOT - each format of a report, held to what its readers publish, for honest
# and hostile submissions alike.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
for tool in jq jsonschema xmllint tidy sqlite3 python3; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
schemas=$root/grader/tests/schemas
class=$scratch/class
forger=$(printf 'm"<b>]]>&\nann  100\377')
put() { # STUDENT FILE
    mkdir -p "$class/$1/$exercise"
    [ -z "$2" ] || cp "$folder/$2" "$class/$1/$exercise/arena.c"
}
put ann solution/arena.c
put bob submissions/wrong/aligns_the_offset.c
put cyn submissions/leak/destroy_forgets_the_arena.c
put dan ''
put eve starter/arena.c
put "$forger" submissions/wrong/zero_size_gets_null.c
put '=cmd' starter/arena.c
printf '#error ]]> <script>alert(1)</script> caf\303\251\n' >>"$class/eve/$exercise/arena.c"
mkdir "$class/idle"
expect 0 "$syslab" grade "$class"
db=$class/grades.sqlite

# What no honest run gives: a fault of the grader's, and texts that were made to break each format.
edit() { # STUDENT VERDICT FILTER
    sqlite3 "$db" "SELECT json FROM records WHERE student = '$1'" | jq "$3" >"$scratch/record.json"
    sqlite3 "$db" "UPDATE records SET verdict = '$2', json = CAST(readfile('$scratch/record.json') AS TEXT) WHERE student = '$1'"
}
cp -r "$class/bob" "$class/fay"
cp -r "$class/bob" "$class/gus"
expect 0 "$syslab" grade "$class"
hostile='"]]> & \u0001 \u001b[31m \u007f \u0085 \u2028 \u202e \ufffe \uffff <script>document.title=1</script>\r\n<!-- <img src=x onerror=y> end"'
edit fay fail "(.message, .warnings) = $hostile | .tests[].runs[] |= (.output = $hostile * 200 | .expected = $hostile | .detail = $hostile)"
edit gus grader_error '.verdict = "grader_error" | .tests[3].verdict = "grader_error" | .tests[3].runs[0].verdict = "grader_error" | .tests[3].runs[0].detail = "no process could be made"'

# valid SCHEMA FILE...: hold the files to it, and see that the schema can say no.
valid() {
    schema=$schemas/$1.schema.json
    shift
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" -i "$1"
        last=$1
        shift
    done
    shift
    jsonschema "$@" "$schema" 2>"$scratch/err" || fail "not as $schema has it"
    jq '. + {"unpublished": 1}' "$last" >"$scratch/worse.json"
    if jsonschema -i "$scratch/worse.json" "$schema" >/dev/null 2>&1; then fail "$schema takes anything"; fi
}
# one STUDENT FORMAT: that view of the one grade, in $scratch/view
one() {
    expect 0 "$syslab" report "$class" --student "$1" --exercise arena --format "$2" --output "$scratch/view"
    [ ! -s "$scratch/out" ] || fail "something was printed besides"
}
field() { jq -r "$1" "$scratch/view"; }
holds() { jq -e "$1" "$scratch/view" >/dev/null || fail "not so: $1"; }

echo "# one grade: gradescope, exercism and classroom, of every student"
number=0
for student in ann bob cyn dan eve fay gus "$forger" '=cmd'; do
    number=$((number + 1))
    one "$student" gradescope
    mv "$scratch/view" "$scratch/gradescope.$number"
    one "$student" exercism
    mv "$scratch/view" "$scratch/exercism.$number"
    one "$student" classroom
    [ "$(wc -l <"$scratch/view")" = 1 ] || fail "not one line of base64"
    base64 -d "$scratch/view" >"$scratch/classroom.$number"
done
valid gradescope "$scratch"/gradescope.?
valid exercism "$scratch"/exercism.?
valid classroom "$scratch"/classroom.?

echo "# the same points everywhere; none where the grader failed"
points() { "$syslab" report "$class" --student "$1" --format json | jq '.students[0].grades[0].points'; }
for student in ann bob cyn dan eve fay; do
    points=$(points "$student")
    one "$student" gradescope
    [ "$(field '[.tests[].score] | add')" = "$points" ] || fail "$student: the cases do not add up to $points"
    [ "$(field .score)" = "$points" ] || fail "$student: gradescope does not say $points"
    one "$student" classroom
    [ "$(base64 -d "$scratch/view" | jq '[.tests[].score] | add')" = "$points" ] || fail "$student: classroom does not say $points"
    expect 0 "$syslab" report "$class" --student "$student" --format junit --output "$scratch/view"
    [ "$(xmllint --xpath 'string(//property[@name="points"]/@value)' "$scratch/view")" = "$points" ] || fail "$student: junit does not say $points"
done
[ "$(points gus)" = null ] || fail "a grader_error has points in JSON"
one gus gradescope
holds 'has("score") | not'
[ "$(field '[.tests[].visibility] | join(" ")')" = "visible hidden" ] || fail "the total is not withheld"
holds '.tests[0].output | contains("no process could be made")'
one gus classroom
base64 -d "$scratch/view" | jq -e '.status == "error" and .max_score == 0' >/dev/null || fail "the reporter would send points"
one gus exercism
[ "$(field .status)" = error ] || fail "no error"

echo "# what happened is said: a missing file, a compile error, a failing test, in the order of the manifest"
one dan gradescope
holds '.tests[0] | .status == "failed" and (.output | contains("arena.c is missing"))'
one eve exercism
holds '.status == "error" and (.message | contains("#error")) and .tests == []'
one bob exercism
sed -n 's/^  - name: //p' "$folder/exercise.yaml" | tr _ ' ' >"$scratch/order"
jq -r '.tests[].name' "$scratch/view" | cmp -s - "$scratch/order" || fail "not the manifest's order"
one fay exercism
holds 'all(.tests[] | select(.output); (.output | length) <= 500)'
holds 'any(.tests[]; .output | strings | endswith("Please limit to 500 chars"))'

echo "# hidden tests: shown by Gradescope when grades are published, by Classroom never"
malloc=$root/exercises/03_memory/malloc
awk '/^  - name:/ { name = $3 } /^    hidden: true/ { print name }' "$malloc/exercise.yaml" >"$scratch/hidden"
[ -s "$scratch/hidden" ] || fail "malloc has no hidden test"
"$syslab" test 03_memory/malloc --file "$malloc/starter/malloc.c" --format gradescope >"$scratch/view" 2>/dev/null
jq -r '.tests[] | select(.visibility == "after_published").name' "$scratch/view" | cmp -s - "$scratch/hidden" ||
    fail "not the manifest's hidden tests"
"$syslab" test 03_memory/malloc --file "$malloc/starter/malloc.c" --format classroom 2>/dev/null | base64 -d >"$scratch/view"
while read -r name; do
    jq -e --arg name "$name" '.tests[] | select(.name == $name) | .test_code == "" and .message == "This test is hidden."' \
        "$scratch/view" >/dev/null || fail "$name is told of"
done <"$scratch/hidden"

echo "# junit, of the class"
expect 0 "$syslab" report "$class" --format junit --output "$scratch/junit.xml"
xmllint --noout --schema "$schemas/junit.xsd" "$scratch/junit.xml" 2>"$scratch/err" || fail "not as JUnit.xsd has it"
sed 's/<failure /<failed /; s|</failure>|</failed>|' "$scratch/junit.xml" >"$scratch/worse.xml"
if xmllint --noout --schema "$schemas/junit.xsd" "$scratch/worse.xml" 2>/dev/null; then fail "the schema takes anything"; fi
path() { xmllint --xpath "$1" "$scratch/junit.xml"; }
[ "$(path 'count(//testsuite)')" = 9 ] || fail "not a suite for each grade"
[ "$(path 'count(//testsuite[@package="gus"]//error)')" = 2 ] || fail "the grader's fault is no error"
[ "$(path 'count(//testsuite[@package!="gus"]//error)')" = 0 ] || fail "a student's failure is an error"
[ "$(path 'sum(//testsuite/@failures)')" = "$(path 'count(//failure)')" ] || fail "the failures are miscounted"
[ "$(path 'sum(//testsuite/@skipped)')" = "$(path 'count(//skipped)')" ] || fail "the skips are miscounted"
[ "$(path 'sum(//testsuite/@tests)')" = "$(path 'count(//testcase)')" ] || fail "the tests are miscounted"
[ "$(path 'count(//testsuite[@package="eve"]//failure)')" = 1 ] || fail "a file that does not build has no failure"
# shellcheck disable=SC2016
path 'string(//testsuite[@package="fay"]//testcase[@name="blocks_are_aligned"]/failure)' | grep -qF ']]> & ' || fail "the text is not whole"

echo "# csv: the same number of fields in each row, and no formula"
expect 0 "$syslab" report "$class" --format csv --output "$scratch/book.csv"
python3 - "$scratch/book.csv" <<'END' 2>"$scratch/err" || fail "not RFC 4180"
import csv, sys
data = open(sys.argv[1], "rb").read()
assert data.count(b"\r\n") == data.count(b"\n"), "a bare newline"
rows = list(csv.reader(data.decode("utf-8").splitlines(), strict=True))
assert len(rows) == 11 and {len(row) for row in rows} == {4}, rows
assert rows[0] == ["student", "03_memory/arena points", "03_memory/arena verdict", "total"], rows[0]
assert not any(cell[:1] in tuple("=+-@") for row in rows for cell in row if cell), rows
END

echo "# json"
expect 0 "$syslab" report "$class" --format json --output "$scratch/book.json"
valid gradebook "$scratch/book.json"

echo "# html: valid, needs nothing from elsewhere, and every cell leads to a detail that is there"
expect 0 "$syslab" report "$class" --format html --output "$scratch/book.html"
tidy -q -e "$scratch/book.html" >"$scratch/tidy" 2>&1 || fail "tidy: $(head -n 5 "$scratch/tidy")"
[ ! -s "$scratch/tidy" ] || fail "tidy: $(head -n 5 "$scratch/tidy")"
if grep -qiE '<(script|img|link|iframe|object|embed)|(src|href)="[^#]' "$scratch/book.html"; then fail "the page needs something from elsewhere, or hostile text is markup"; fi
grep -o 'href="#[^"]*"' "$scratch/book.html" | sed 's/href="#//; s/"//' | sort -u >"$scratch/links"
grep -o 'id="[^"]*"' "$scratch/book.html" | sed 's/id="//; s/"//' | sort >"$scratch/ids"
[ -z "$(uniq -d "$scratch/ids")" ] || fail "an id is there twice"
[ -z "$(comm -23 "$scratch/links" "$scratch/ids")" ] || fail "a link leads nowhere"
[ "$(grep -c '^g[0-9]*-0$' "$scratch/links")" = 9 ] || fail "not a detail for each grade"
grep -qF '1 without a grade' "$scratch/book.html" || fail "the grader's fault is not said first"

echo "# the same grades give the same text"
for format in csv json html junit; do
    "$syslab" report "$class" --format "$format" >"$scratch/one" 2>/dev/null
    "$syslab" report "$db" --format "$format" 2>/dev/null | cmp -s - "$scratch/one" || fail "$format differs"
done

echo "# test --format: the same view of one file, and its verdict as the exit status"
rm "$scratch/view" # as this test decoded it, it is no report of ours
expect 0 "$syslab" test arena --file "$folder/solution/arena.c" --format gradescope --output "$scratch/view"
[ "$(field .score)" = 100 ] || fail "not 100"
expect 1 "$syslab" test arena --file "$class/bob/$exercise/arena.c" --format exercism
cp "$scratch/out" "$scratch/view"
valid exercism "$scratch/view"
expect 1 "$syslab" test arena --file "$class/bob/$exercise/arena.c" --format classroom
base64 -d "$scratch/out" >"$scratch/decoded"
valid classroom "$scratch/decoded"
expect 1 "$syslab" test arena --file "$class/bob/$exercise/arena.c" --format junit
xmllint --noout --schema "$schemas/junit.xsd" "$scratch/out" 2>/dev/null || fail "not as JUnit.xsd has it"

echo "# what stands at the path is told, not followed: nothing, a link to the reference, a folder, a FIFO"
mkdir "$scratch/odd"
ln -s "$folder/solution/arena.c" "$scratch/odd/link.c"
mkfifo "$scratch/odd/fifo.c"
mkdir "$scratch/odd/folder.c"
cd "$scratch/odd" || exit 1
for name in absent.c link.c fifo.c folder.c; do
    expect 1 "$syslab" test arena --file "$name" --format gradescope --output "$scratch/view"
    [ "$(field .score)" = 0 ] || fail "$name is worth points"
    holds ".tests[0].output | contains(\"$name is \")"
done
cd "$scratch" || exit 1

echo "# a machine that cannot grade: the answer is written all the same, and is no grade"
got=0
mkdir "$scratch/unbuilt"
SYSLAB_BUILD=$scratch/unbuilt "$syslab" test arena --file "$folder/solution/arena.c" --format gradescope --output "$scratch/view" 2>"$scratch/err" || got=$?
[ "$got" = 3 ] || fail "ended with $got"
[ -s "$scratch/err" ] || fail "nothing says why"
valid gradescope "$scratch/view"
holds '(has("score") | not) and (.tests[0].output | contains("There is no grade"))'

echo "# asked for what cannot be: one line, and nothing written"
rm -f "$scratch/view"
expect 2 "$syslab" report "$class" --format gradescop --output "$scratch/view"
complained "there is no format 'gradescop'"
expect 2 "$syslab" test arena --format xml
complained "there is no format 'xml' here; there are junit|gradescope|exercism|classroom"
expect 2 "$syslab" report "$class" --format gradescope --output "$scratch/view"
grep -qF "gradescope is of one grade, and here are 9" "$scratch/err" || fail "no clear error"
expect 2 "$syslab" report "$class" --output "$scratch/view"
complained "--output needs a --format"
expect 2 "$syslab" report "$class" --exercise nothing --format csv --output "$scratch/view"
complained "no grades in an exercise 'nothing'"
expect 2 "$syslab" test arena --format csv --output "$scratch/view"
complained "csv is of a class"
expect 2 "$syslab" test arena --json --format junit
complained "choose one"
[ ! -e "$scratch/view" ] || fail "something was written"
expect 2 "$syslab" report "$class" --format html --output "$scratch/nowhere/book.html"
grep -qF "was not written: No such file or directory" "$scratch/err" || fail "no clear error"
echo passed
