#!/bin/sh
# cli_explain.sh PROGRAM ROOT - a grade in words: why it is what it is, and how to have it again, also
# when the file was changed or is gone.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
class=$scratch/class db=$scratch/class/grades.sqlite
hand_in() { # STUDENT FILE
    mkdir -p "$class/$1/$exercise"
    cp "$2" "$class/$1/$exercise/arena.c"
}
hand_in ann "$folder/submissions/wrong/only_one_arena.c"
hand_in bob "$folder/solution/arena.c"
hand_in cat "$folder/submissions/cheat/leaves_before_the_tests.c"
hand_in dan "$folder/submissions/leak/destroy_frees_one_chunk.c"
hand_in "o'neil =x" "$folder/submissions/crash/freed_chunk_is_read.c"
hand_in "-dash" "$folder/solution/arena.c"
mkdir -p "$class/eve/$exercise" "$class/idle"
awk 'BEGIN { for (i = 0; i < 900; i++) printf "int f%d(void) { return g%d(); }\n", i, i }' >"$scratch/noisy.c"
hand_in max "$scratch/noisy.c"
expect 0 "$syslab" grade "$class"
explain() { expect 0 "$syslab" explain "$@" --db "$db"; }
field() { "$syslab" explain "$1" arena --db "$db" --json | jq -r "$2"; }

echo "# every field of a record is filled, and right"
"$syslab" explain ann arena --db "$db" --json >"$scratch/ann.json" || fail "no JSON"
jq -e --arg hash "$(sha256sum "$class/ann/$exercise/arena.c" | cut -d ' ' -f 1)" \
    --arg gcc "$(sed -n 's/.*define BUILD_CONFIG_COMPILER  *"\(.*\)"/\1/p' "$SYSLAB_BUILD/include/grader/build_config.h")" '
    .record | .student == "ann" and .exercise == "03_memory/arena" and .submission_hash == $hash
    and (.suite_hash | test("^[0-9a-f]{64}$")) and (.grader_hash | test("^[0-9a-f]{64}$"))
    and (.toolchain | test("^(gcc|clang) [0-9]+\\.[0-9]+"))
    and (.builds | map(.build)) == ["plain", "asan"]
    and (.toolchain as $t | .builds | all(.toolchain == $t and .wall_ns > 0 and .cpu_ns > 0))
    and (.builds[1].flags | contains("-fsanitize=address"))
    and .seed > 0 and .layers != "" and .wall_ns > 0 and .cpu_ns > 0
    and (.graded_at | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"))
    and ([.tests[].runs[]] | length == 24 and all(.wall_ns > 0 and .memory_peak_bytes > 0 and (.output_cut_bytes == 0)))
    and (.suite_parts | map(.name) | contains(["limits", "points", "tests", "arena.h", "course headers", "test_arena.c", "subject.c"]))
    and (.suite_parts | all(.hash | test("^[0-9a-f]{64}$")))
    and (.suite_parts[] | select(.name == "limits") | .text | contains("memory_mib 256"))' \
    "$scratch/ann.json" >/dev/null || fail "a field of the record is not as it should be: $(cat "$scratch/ann.json")"

echo "# why did I get 92?"
explain ann arena
said "ann, $exercise: 92 of 100 points"
said "alloc_gives_memory                0 of 8    gives a wrong result"
said "together                         92 of 100"
said 'Why the verdict is "fail"'
said "that did not"
said "required   the arena itself is in memory from the allocator"
said "read       03_memory/README.md#arena"
said "your code  ann/$exercise/arena.c:19 in arena_create"
said "file        ann/$exercise/arena.c"
said "static struct arena only;"
said "The file is still the one that was graded"
said "as they are now"
explain dan "$exercise"
said "leaks memory"
explain cat arena
said "The file was refused before any test could run"
said "assembly is not"
grep -v "^  ./syslab" "$scratch/out" | grep -F "$scratch" && fail "the instructor's folders are shown"
unsaid "What cost points"
explain eve arena
said "0 of 100 points"
said "arena.c is missing"
explain bob arena
said "100 of 100 points"
said "Every test passed in every way that it was run."
unsaid "What cost points"
if grep -q "$(printf '\033')" "$scratch/out"; then fail "colour in a file"; fi

echo "# what was cut is said"
[ "$(field max .record.messages_cut_bytes)" -gt 1000 ] || fail "nothing cut of the compiler's words"
explain max arena
said "$(field max .record.messages_cut_bytes) bytes of what the compiler said"

echo "# the points add up, test by test"
[ "$(field ann '[.record.tests[].points] | add')" = "$(field ann .record.points)" ] || fail "they do not"

# reproduce STUDENT: run the commands that explain gives, and get the same record but for times.
reproduce() {
    field "$1" '.reproduce[]' >"$scratch/commands"
    (cd "$scratch" && sed "s|^\./syslab|'$syslab'|; \$s|\$| --json|" "$scratch/commands" | sh >"$scratch/again.json")
    field "$1" .record >"$scratch/first.json"
    for record in first again; do
        jq 'del(.student, .file, .graded_at) | walk(if type == "object" then
            del(.wall_ns, .cpu_ns, .memory_peak_bytes, .expected, .actual, .detail) else . end)' \
            "$scratch/$record.json" >"$scratch/$record.plain"
    done
    diff "$scratch/first.plain" "$scratch/again.plain" || fail "$1's grade cannot be had again"
}
echo "# the same grade again, by the commands that it names"
for student in ann bob dan "o'neil =x"; do
    reproduce "$student"
done

echo "# the seed is the submission's, unless another is asked for"
grade() { "$syslab" test arena --file "$class/ann/$exercise/arena.c" --json "$@"; }
[ "$(grade | jq .seed)" = "$(field ann .record.seed)" ] || fail "the same file met other tests"
[ "$(field bob .record.seed)" != "$(field ann .record.seed)" ] || fail "all files have one seed"
[ "$(grade --seed 42 | jq .seed)" = 42 ] || fail "--seed is not heard"
for wrong in -1 0x10 "" 9007199254740992 4.5; do
    expect 2 "$syslab" test arena --file "$class/ann/$exercise/arena.c" --seed "$wrong"
    complained "--seed wants a number"
done

echo "# a file that was changed since, and one that is gone: said, and the grade can be had again"
cp "$class/ann/$exercise/arena.c" "$scratch/graded.c"
echo "/* later */" >>"$class/ann/$exercise/arena.c"
explain ann arena
said "The file has changed since"
unsaid "static struct arena only;" # lines of another file would mislead
[ "$(field ann .file.state)" = changed ] || fail "not told as changed"
reproduce ann
rm -r "$class/ann"
explain ann arena
said "The file is not there any more"
said "--source arena.c"
reproduce ann
same "$scratch/arena.c" "$scratch/graded.c"
expect 0 "$syslab" explain ann arena --db "$db" --source -
same "$scratch/out" "$scratch/graded.c"
expect 2 "$syslab" explain ann arena --db "$db" --source "$db"
complained "is the grades' database"
[ "$(sqlite3 "$db" "SELECT sum(length(deflated)) * 2 < sum(bytes) FROM sources")" = 1 ] || fail "the files are not kept small"
[ "$(sqlite3 "$db" "SELECT count(*) FROM sources")" = 6 ] || fail "not one source for each file that was read"

echo "# another grade of the same student: what was different, and what came of it"
hand_in dan "$folder/solution/arena.c"
expect 0 "$syslab" grade "$class"
explain dan arena
said "another file was handed in"
said "destroy_gives_everything_back: passes; before: leaks memory"
said "(counts now)"
[ "$(field dan '.history | length')" = 2 ] || fail "the history is not whole"
[ "$(field dan '.history[0].points < .history[1].points')" = true ] || fail "not oldest first"

echo "# a name that begins with a dash, after the options and --"
expect 0 "$syslab" explain --db "$db" -- -dash arena
said "-dash, $exercise: 100 of 100 points"
rm -r "$class/-dash"
expect 0 "$syslab" explain --db "$db" -- -dash arena
said "./syslab explain --db $db --source arena.c -- -dash $exercise"

echo "# names that shells and screens stumble over"
explain "o'neil =x" arena
said "/class/o'\\''neil =x/$exercise/arena.c'"
expect 0 "$syslab" explain ann 03_memory/arena --db "$class"
(cd "$class" && expect 0 "$syslab" explain ann arena) || exit 1

echo "# errors"
expect 2 "$syslab" explain ann
complained "explain wants a student and an exercise"
expect 2 "$syslab" explain anne arena --db "$db"
complained "no grade of a student 'anne'. Did you mean 'ann'?"
expect 2 "$syslab" explain idle arena --db "$db"
complained "idle has no submission for arena that was graded"
expect 2 "$syslab" explain bob slab --db "$db"
complained "no grade of the exercise 'slab'"
(cd "$scratch" && expect 2 "$syslab" explain bob arena && complained "--db FILE" &&
    expect 2 "$syslab" regrade && complained "DIR or --db FILE") || exit 1
expect 2 "$syslab" explain -dash arena
complained "comes last, after '--'"
expect 2 "$syslab" explain ann arean --db "$db"
complained "no grade of the exercise 'arean'. Did you mean '$exercise'?"
expect 2 "$syslab" explain ann arena --db "$scratch/nothing"
complained "No such file"
[ ! -e "$scratch/nothing" ] || fail "a database was made"
expect 2 "$syslab" explain ann arena --db "$root/README.md"
complained "not a SQLite database"
sqlite3 "$db" "UPDATE records SET json = '{}' WHERE student = 'bob'"
expect 2 "$syslab" explain bob arena --db "$db"
complained "cannot be read"
sqlite3 "$db" "UPDATE sources SET deflated = x'00' WHERE hash = '$(sha256sum "$scratch/graded.c" | cut -d ' ' -f 1)'"
expect 2 "$syslab" explain ann arena --db "$db" --source "$scratch/none.c"
complained "the database is damaged"
[ ! -e "$scratch/none.c" ] || fail "half a file"
echo passed
