#!/bin/sh
# cli_names.sh PROGRAM ROOT - folders named to deceive: each keeps to its line and to its own work.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
class=$scratch/class
forger=$(printf 'mallory\nann  100 pass')
tabber=$(printf 'tab\tbed')
formula=$(printf '\357\274\235cmd')
for student in ann "$forger" "$tabber" "$formula"; do
    mkdir -p "$class/$student/$exercise"
    cp "$folder/starter/arena.c" "$class/$student/$exercise/arena.c"
done
mkdir "$class/$forger/$exercise$(printf '\nann')" # named for no exercise
forged() { grep -h '^ *ann  *100' "$scratch/out" "$scratch/err"; }
tab=$(printf '\t')

echo "# the progress, the table and the complaints have no line of the student's making"
expect 0 "$syslab" grade "$class"
said 'mallory^Jann  100 pass'
said 'tab^Ibed'
grep -qF 'mallory^Jann  100 pass' "$scratch/err" || fail "the progress does not spell the name out"
grep -qF 'arena^Jann' "$scratch/err" || fail "the misnamed folder is not spelt out"
if forged; then fail "a line was forged"; fi
if grep -q "$tab" "$scratch/out" "$scratch/err"; then fail "a tab arrived"; fi
expect 0 "$syslab" report "$class"
said 'mallory^Jann  100 pass'
if forged; then fail "a line was forged"; fi
[ "$(wc -l <"$scratch/out")" = 5 ] || fail "not a line for each student"
expect 0 "$syslab" report "$class" --student "$forger"
said 'mallory^Jann  100 pass'
[ -z "$(sed -n 3p "$scratch/out")" ] || fail "the row is not one line"

echo "# a row of CSV is a line; JSON keeps the name"
expect 0 "$syslab" report "$class" --format csv
[ "$(wc -l <"$scratch/out")" = 5 ] || fail "not a row for each student"
grep -q "^mallory^Jann  100 pass,0,fail,0.\$" "$scratch/out" || grep -qF 'mallory^Jann  100 pass,0,fail,0' "$scratch/out" || fail "the row is not whole"
said "\"'${formula}\","
expect 0 "$syslab" report "$class" --format json
jq -e --arg name "$forger" '[.students[].student] | index($name)' "$scratch/out" >/dev/null || fail "the name is lost"

echo "# a link in the place of a folder is listed by name and not followed; the others are graded"
linked=$scratch/linked
mkdir -p "$linked/ann/$exercise" "$linked/bob/03_memory" "$linked/cyn" "$scratch/elsewhere"
cp "$folder/solution/arena.c" "$linked/ann/$exercise/arena.c"
ln -s ann "$linked/mallory"
ln -s "$scratch/elsewhere" "$linked/$(printf 'eve\nann  100 pass')"
ln -s "../../ann/$exercise" "$linked/bob/$exercise"
ln -s ../ann/03_memory "$linked/cyn/03_memory"
expect 2 "$syslab" grade "$linked"
said "3 students, 1 grades: 1 pass"
unsaid mallory
for name in mallory 'eve^Jann  100 pass' "bob/$exercise" cyn/03_memory; do
    grep -qF "not graded: $name is a symbolic link" "$scratch/err" || fail "'$name' is not listed"
done
[ "$(grep -c 'not graded' "$scratch/err")" = 4 ] || fail "not one line for each link"
expect 0 "$syslab" report "$linked" --format csv
said "ann,100,pass,100"
unsaid mallory
rm -rf "$linked/ann" "$linked/bob" "$linked/cyn"
mkdir "$linked/dee"
ln -s "$class/ann/03_memory" "$linked/dee/03_memory"
expect 2 "$syslab" grade "$linked"
grep -q "not graded: dee/03_memory" "$scratch/err" || fail "a class of links alone is not told"
mkdir -p "$scratch/file/ann/$exercise"
ln -s "$class/ann/$exercise/arena.c" "$scratch/file/ann/$exercise/arena.c"
expect 0 "$syslab" grade "$scratch/file"
said "1 grades: 1 compile_error"
expect 0 "$syslab" grade --help
said "is not followed"

echo "# --help of each command says what each of its options does, and the exit codes"
for command in test report similar verify release update submit grade explain; do
    expect 0 "$syslab" "$command" --help
    said "Exit status: 0"
    named=$(sed -n '1,/^$/p' "$scratch/out" | grep -o -- '--[a-z-]*')
    for option in $named; do
        [ "$(grep -c -- "$option" "$scratch/out")" -ge 2 ] || [ "$command" = grade ] || [ "$command" = explain ] ||
            fail "$command --help does not say what $option does"
    done
done

echo "# a path with a newline in it keeps to its line"
mkdir "$scratch/$(printf 'a\n100 of 100')"
odd=$scratch/$(printf 'a\n100 of 100')/arena.c
cp "$folder/starter/arena.c" "$odd"
expect 1 "$syslab" test arena --file "$odd"
if grep -q '^100 of 100' "$scratch/out"; then fail "a line was forged"; fi
echo 'int broken' >"$odd"
expect 1 "$syslab" test arena --file "$odd"
if grep -q '^100 of 100' "$scratch/out"; then fail "a line was forged"; fi
echo passed
