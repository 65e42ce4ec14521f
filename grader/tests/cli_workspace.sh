#!/bin/sh
# cli_workspace.sh PROGRAM ROOT - init, list, next, hint, reset, solution, and wrong words.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"

echo "# init makes the workspace, and never touches what is there"
expect 0 "$syslab" init
same "$file" "$folder/starter/arena.c"
same "$SYSLAB_WORK/$exercise/arena.h" "$folder/starter/arena.h"
grep -q "exercises/$exercise/README.md" "$SYSLAB_WORK/$exercise/README.md" || fail "no way to the handout"
echo "/* mine */" >"$file"
rm "$SYSLAB_WORK/$exercise/arena.h"
expect 0 "$syslab" init
said "1 new file"
[ "$(cat "$file")" = "/* mine */" ] || fail "init overwrote the student's file"
[ -f "$SYSLAB_WORK/$exercise/arena.h" ] || fail "init did not bring the header back"
[ -z "$(find "$SYSLAB_WORK" -name '.syslab-*')" ] || fail "a temporary file was left behind"

echo "# list and next"
expect 0 "$syslab" list
said "$exercise"
said "failing"
said "not started"
said "0 of"
expect 0 "$syslab" next
said "$exercise"
said "$file"
said "exercises/$exercise/README.md"
said "Not tested yet"

echo "# hints come one at a time and are counted"
expect 0 "$syslab" hint arena
said "Hint 1 of 3"
unsaid "Hint 2"
said "2 more hints"
expect 0 "$syslab" hint arena
said "Hint 2 of 3"
said "1 more hint"
expect 0 "$syslab" hint "$exercise"
said "Hint 3 of 3"
expect 0 "$syslab" hint arena
said "all the hints"

echo "# reset keeps what was there"
expect 0 "$syslab" reset arena
same "$file" "$folder/starter/arena.c"
backup=$(sed -n 's/^What was there is kept: //p' "$scratch/out")
[ "$(cat "$backup")" = "/* mine */" ] || fail "no backup at '$backup'"
expect 0 "$syslab" reset arena
unsaid "is kept"
[ "$(find "$SYSLAB_WORK/.syslab/backup" -name arena.c | wc -l)" = 1 ] || fail "an untouched starter was kept"
echo "/* mine again */" >"$file"
expect 0 "$syslab" reset arena
second=$(sed -n 's/^What was there is kept: //p' "$scratch/out")
[ "$second" != "$backup" ] || fail "the second backup replaced the first"
[ "$(cat "$backup")" = "/* mine */" ] || fail "the first backup is gone"
rm "$file"
expect 0 "$syslab" reset arena
same "$file" "$folder/starter/arena.c"

echo "# the solution is for those who passed, or gave up, which is recorded"
expect 1 "$syslab" solution arena
complained "not passed yet"
[ ! -s "$scratch/out" ] || fail "the solution was shown"
expect 0 "$syslab" solution arena --give-up
same "$scratch/out" "$folder/solution/arena.c"
expect 0 "$syslab" list
said "gave up"
expect 0 "$syslab" solution arena
expect 0 "$syslab" next
unsaid "$exercise  "

echo "# wrong words get one clear line and exit 2"
expect 2 "$syslab" hint 03_memory/arenna
complained "Did you mean '03_memory/arena'?"
expect 2 "$syslab" hint nonsense
complained "syslab list"
expect 2 "$syslab" lst
complained "Did you mean 'list'?"
expect 2 "$syslab" test --jsn
complained "Did you mean '--json'?"
expect 2 "$syslab" test arena --file
complained "wants a value"
expect 2 "$syslab" test --file "$file"
complained "needs the exercise"
expect 2 "$syslab" test arena --build fast
complained "plain, asan, tsan"
expect 2 "$syslab" hint arena slab
complained "one argument too many"
expect 2 "$syslab" grade "$scratch" --jobs 0
complained "number from 1 up"
expect 2 "$syslab" grade "$scratch/nowhere"
complained "No such file"
expect 2 "$syslab" report "$scratch"
complained "No such file"
expect 2 "$syslab" "$(printf '\033[2Jx')"
complained "^[[2Jx"
expect 2 "$syslab"
expect 0 "$syslab" help
said "Exit status"
expect 0 "$syslab" test --help
said "--no-sandbox"
expect 0 "$syslab" --version
said "syslab "

echo "# a wrong manifest is told with file and line, and does not hide the other exercises"
course=$scratch/course
mkdir -p "$course/exercises/03_memory"
ln -s "$root/exercises/03_memory/arena" "$course/exercises/03_memory/arena"
mkdir "$course/exercises/03_memory/broken"
sed 's/^title:/titel:/' "$folder/exercise.yaml" >"$course/exercises/03_memory/broken/exercise.yaml"
SYSLAB_ROOT=$course expect 2 "$syslab" hint broken
complained "exercise.yaml:"
SYSLAB_ROOT=$course expect 0 "$syslab" list
said "03_memory/arena"
said "exercise.yaml:"
echo passed
