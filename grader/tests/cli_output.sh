#!/bin/sh
# cli_output.sh PROGRAM ROOT - where reports and archives go, and what is no place for them.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
class=$scratch/class
mkdir -p "$class/ann/$exercise"
cp "$folder/starter/arena.c" "$class/ann/$exercise/arena.c"
db=$class/grades.sqlite
expect 0 "$syslab" grade "$class"
expect 0 "$syslab" report "$class" --format csv --output "$scratch/good.csv"

echo "# the database and what lies beside it are never replaced, whatever they are called"
cp "$db" "$scratch/before.sqlite"
ln -s "$db" "$scratch/soft"
ln "$db" "$scratch/hard"
for target in "$db" "$scratch/soft" "$scratch/hard" "$class/../class/grades.sqlite" \
    "$db-wal" "$db-shm" "$db-journal" "$db-lock"; do
    for kind in csv json html junit; do
        expect 2 "$syslab" report "$class" --format "$kind" --output "$target"
        complained "is the grades' database"
        [ ! -s "$scratch/out" ] || fail "something was written before the refusal"
    done
done
same "$db" "$scratch/before.sqlite"
[ -L "$scratch/soft" ] || fail "the link was replaced"

echo "# nor is a submission, nor what a link leads to that is one"
work=$class/ann/$exercise/arena.c
ln -s "$work" "$scratch/page.html"
for target in "$work" "$scratch/page.html"; do
    expect 2 "$syslab" report "$class" --format html --output "$target"
    complained "is a source file"
    expect 2 "$syslab" test arena --file "$work" --format junit --output "$target"
    complained "is a source file"
done
cp "$work" "$scratch/handed.in"
expect 2 "$syslab" test arena --file "$scratch/handed.in" --format junit --output "$scratch/handed.in"
complained "is a source file"
same "$work" "$folder/starter/arena.c"
same "$scratch/handed.in" "$work"

echo "# a link is followed; a FIFO and a device are written to"
echo student,total >"$scratch/real.csv"
ln -s real.csv "$scratch/link.csv"
expect 0 "$syslab" report "$class" --format csv --output "$scratch/link.csv"
[ -L "$scratch/link.csv" ] || fail "the link was replaced"
same "$scratch/real.csv" "$scratch/good.csv"
mkfifo "$scratch/fifo"
cat "$scratch/fifo" >"$scratch/read.csv" &
expect 0 "$syslab" report "$class" --format csv --output "$scratch/fifo"
wait
[ -p "$scratch/fifo" ] || fail "the FIFO was replaced"
same "$scratch/read.csv" "$scratch/good.csv"
ln -s /dev/full "$scratch/full"
expect 2 "$syslab" report "$class" --format json --output "$scratch/full"
complained "No space left on device"
[ -L "$scratch/full" ] || fail "the link was replaced"

echo "# a file of another kind may be somebody's work: no command replaces it, and each says so"
for text in "# My notes" "<!DOCTYPE html><title>my page</title>" '{"name": "my package"}' student; do
    printf '%s\n' "$text" >"$scratch/mine"
    for command in "report $class --format csv --output" "report $class --format json --output" \
        "report $class --format html --output" "report $class --format junit --output" \
        "similar $class --html" "test arena --file $work --format gradescope --output" \
        "explain ann arena --db $db --source"; do
        # shellcheck disable=SC2086 # words
        expect 2 "$syslab" $command "$scratch/mine"
        complained "may be somebody's work"
        [ ! -s "$scratch/out" ] || fail "something was written before the refusal"
        [ "$(cat "$scratch/mine")" = "$text" ] || fail "'$command' cost somebody their file"
    done
done
: >"$scratch/reports"
for once in first again; do
    for kind in csv json html junit; do # a report takes an older one's place, in any format
        expect 0 "$syslab" report "$class" --format "$kind" --output "$scratch/reports"
    done
    for kind in junit gradescope exercism classroom; do
        expect 1 "$syslab" test arena --file "$work" --format "$kind" --output "$scratch/reports"
    done
    expect 0 "$syslab" similar "$class" --html "$scratch/reports"
    expect 0 "$syslab" explain ann arena --db "$db" --source "$scratch/$once-source.c"
    expect 0 "$syslab" explain ann arena --db "$db" --source "$scratch/first-source.c"
done
same "$scratch/first-source.c" "$work"
echo "/* what follows */" >>"$scratch/first-source.c"
expect 2 "$syslab" explain ann arena --db "$db" --source "$scratch/first-source.c"
complained "may be somebody's work"

echo "# the standard output under another name is as '-': the report alone"
ln -s /proc/self/fd/1 "$scratch/stdout"
for name in - "$scratch/stdout"; do
    expect 0 "$syslab" report "$class" --format csv --output "$name"
    same "$scratch/out" "$scratch/good.csv"
    "$syslab" report "$class" --format csv --output "$name" | cmp -s - "$scratch/good.csv" || fail "not through a pipe"
done
[ -L "$scratch/stdout" ] || fail "the link was replaced"

echo "# a database is a regular file, and nothing is made beside what is none"
ln -s /dev/null "$scratch/null"
mkdir "$scratch/empty"
for path in "$scratch/null" "$scratch/fifo" /dev/null; do
    for command in "grade $class --db" report; do
        # shellcheck disable=SC2086
        expect 2 "$syslab" $command "$path"
        complained "not a regular file"
    done
    for made in "$path"-*; do
        [ ! -e "$made" ] || fail "$made was made"
    done
done
if [ ! -c /dev/null ] || [ ! -L "$scratch/null" ] || [ ! -p "$scratch/fifo" ]; then fail "a device was replaced"; fi
expect 2 "$syslab" grade "$class" --db "$scratch/empty"
complained "Is a directory"
[ -z "$(find "$scratch" -name 'empty-*')" ] || fail "a lock was made beside a folder"

echo "# submit: the same, and the student's work is no place for the archive"
expect 0 "$syslab" init
cp "$folder/solution/arena.c" "$file"
for name in - "$scratch/stdout"; do
    expect 0 "$syslab" submit --output "$name"
    [ "$(tar -tzf "$scratch/out")" = "$exercise/arena.c" ] || fail "the output is no archive"
done
gzip -c "$file" >"$scratch/real.tar.gz"
ln -s real.tar.gz "$scratch/link.tar.gz"
expect 0 "$syslab" submit --output "$scratch/link.tar.gz"
[ -L "$scratch/link.tar.gz" ] || fail "the link was replaced"
[ "$(tar -tzf "$scratch/real.tar.gz")" = "$exercise/arena.c" ] || fail "the link was not followed"
echo "my notes" >"$scratch/notes.md"
expect 2 "$syslab" submit --output "$scratch/notes.md"
complained "may be somebody's work"
[ "$(cat "$scratch/notes.md")" = "my notes" ] || fail "submit cost somebody their file"
expect 2 "$syslab" submit --output "$file"
complained "the archive would replace"
expect 2 "$syslab" submit --output "$SYSLAB_WORK/.syslab/progress.sqlite"
complained "the archive would replace"
same "$file" "$folder/solution/arena.c"
expect 2 "$syslab" submit --output "$scratch/full"
grep -q "was not written" "$scratch/err" || fail "no clear error"
[ -z "$(find "$scratch" -name '.syslab-*' -o -name '*.part')" ] || fail "a temporary file was left behind"
echo passed
