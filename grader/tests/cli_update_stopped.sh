#!/bin/sh
# cli_update_stopped.sh PROGRAM ROOT - an update that is killed at any of its steps, and the next one, tell what one
# that ran through tells; a line that is saved at any of its steps is there afterwards; nothing outside the tree is
# removed.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/cli_update_course.sh
. "$(dirname "$0")/cli_update_course.sh"
export SYSLAB_ROOT="$student"
if ldd "$syslab" | grep -q 'lib[at]san'; then skip "a sanitizer must come before what is preloaded"; fi
"${CC:-cc}" -O1 -shared -fPIC -o "$scratch/at_rename.so" "$(dirname "$0")/at_rename.c"

# Version 2: a line in each starter and in the module, one tool less, one that can be run no longer, one that can.
sed -i '30s/.*/\/* line 30 as version 2 has it *\//' "$theirs" "$course/exercises/01_x/beta/starter/beta.c"
sed -i '20s/.*/line 20 as version 2 has it/' "$course/01_x/module.c"
rm "$course/tools/old.sh"
chmod +x "$course/tools/other.sh"
chmod -x "$course/tools/plain.sh"
publish v2

unfinished=$SYSLAB_WORK/.syslab/unfinished.json
# In conflict: alpha, the module (a folder that is no clone has no base). Merged: beta.
edited() {
    fresh
    sed -i '30s/.*/mine at 30/' "$mine"
    sed -i '5s/.*/mine at 5/' "$SYSLAB_WORK/01_x/beta/beta.c"
    sed -i '3s/.*/my note in the module/' "$student/01_x/module.c"
}
# stopped N COMMAND: update to version 2 with COMMAND before its N-th step.
stopped() {
    got=0
    LD_PRELOAD="$scratch/at_rename.so" AT_RENAME=$1 AT_RENAME_DO=$2 \
        "$syslab" update "$scratch/v2" >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
}
told() { grep -E '^  (merged|conflict|kept|absent|left alone|updated|new) ' "$scratch/out"; }

echo "# a bit that the course changed is changed; the owner's other permissions stay"
fresh
chmod 600 "$student/tools/other.sh"
expect 0 "$syslab" update "$scratch/v2"
said "5 updated, " # two starters, the module, two modes
[ "$(stat -c %a "$student/tools/other.sh")" = 700 ] || fail "a tool that can be run now cannot"
[ "$(stat -c %a "$student/tools/plain.sh")" = 644 ] || fail "a tool that cannot be run any more can"
expect 0 "$syslab" update "$scratch/v2"
said "0 updated, 0 new"
fresh
echo "# mine" >>"$student/tools/other.sh"
expect 0 "$syslab" update "$scratch/v2"
said "kept"
[ -x "$student/tools/other.sh" ] || fail "an edited tool cannot be run"
grep -qx "# mine" "$student/tools/other.sh" || fail "a line of the student's is gone"

echo "# killed at each step: the next update tells the same, ends the same, and the one after has nothing to tell"
edited
expect 1 "$syslab" update "$scratch/v2"
told >"$scratch/whole"
[ "$(grep -c conflict "$scratch/whole")" = 2 ] || fail "there are not two conflicts"
step=0 killed=0 recalled=0
while :; do
    step=$((step + 1))
    edited
    # shellcheck disable=SC2016 # the shell that is started expands it
    stopped "$step" 'kill -KILL $PPID'
    [ "$got" = 137 ] || break
    killed=$((killed + 1))
    if [ ! -e "$unfinished" ] && told | cmp -s "$scratch/whole" -; then break; fi # all was told
    [ ! -e "$unfinished" ] || recalled=$((recalled + 1))
    expect 1 "$syslab" update "$scratch/v2"
    told | diff "$scratch/whole" - || fail "killed at step $step: the next update tells something else"
    for one in "mine at 30" "mine at 5" "my note in the module"; do
        grep -rqx "$one" "$SYSLAB_WORK" || fail "killed at step $step: '$one' is gone"
    done
    same "$mine.new" "$theirs"
    sed -n 's/^What you had is kept: //p' "$scratch/out" | while read -r folder; do
        [ -d "$folder" ] || fail "killed at step $step: there is no backup $folder"
        [ ! -e "$folder/course/01_x/module.c" ] || echo found
    done | grep -q found || fail "killed at step $step: the backup with the module is not named"
    [ ! -e "$unfinished" ] || fail "killed at step $step: the note is still there"
    expect 0 "$syslab" update "$scratch/v2"
    unsaid "conflict"
done
[ "$recalled" -ge 10 ] || fail "killed $killed times, and only $recalled times with something to recall"
echo "killed at each of $killed steps, $recalled of them after the first change"

echo "# killed twice, and each time after the first change"
edited
# shellcheck disable=SC2016
stopped 18 'kill -KILL $PPID'
[ "$got" = 137 ] || fail "not killed"
same "$mine.new" "$theirs"
# shellcheck disable=SC2016
stopped 10 'kill -KILL $PPID'
[ "$got" = 137 ] || fail "not killed again"
expect 1 "$syslab" update "$scratch/v2"
told | diff "$scratch/whole" - || fail "the third update tells something else"

echo "# a note that is none is named, and nothing is changed"
edited
echo '{"backups": 1' >"$unfinished"
expect 2 "$syslab" update "$scratch/v2"
complained "unfinished.json: expected what a stopped update left"
same "$student/release.json" "$scratch/v1/release.json"
rm "$unfinished"
mkdir "$unfinished"
expect 2 "$syslab" update "$scratch/v2"
complained "unfinished.json: Is a directory"
same "$student/release.json" "$scratch/v1/release.json"

echo "# a line that is saved at any step, to a file that changes and to one that goes, is there"
step=0 refused=0
while :; do
    step=$((step + 1))
    edited
    stopped "$step" "echo saved >>$student/tools/old.sh; echo saved >>$SYSLAB_WORK/01_x/beta/beta.c; echo >$scratch/saved"
    [ -e "$scratch/saved" ] || break
    rm "$scratch/saved"
    for one in "$student/tools/old.sh" "$SYSLAB_WORK/01_x/beta/beta.c"; do
        grep -qx saved "$one" || fail "saved before step $step: the line in $one is gone"
    done
    case $got in
    1) next=0 ;;
    2) next=1 refused=$((refused + 1)) && complained "it was saved while the update ran" ;;
    *) fail "saved before step $step: the update ended with $got" ;;
    esac
    expect "$next" "$syslab" update "$scratch/v2"
    grep -qx saved "$student/tools/old.sh" || fail "saved before step $step: the next update lost the line"
    grep -qx saved "$SYSLAB_WORK/01_x/beta/beta.c" || fail "saved before step $step: the next update lost the line"
done
[ "$refused" -gt 0 ] || fail "no save was seen"
echo "saved before each of $((step - 1)) steps: the update refused $refused times, and every line is there"

echo "# what a link leads to outside the tree stays; the link goes, and the folders up to the tree's"
fresh
mkdir -p "$scratch/elsewhere/deep"
mv "$student/tools/old.sh" "$scratch/elsewhere/deep/old.sh"
ln -s "$scratch/elsewhere/deep/old.sh" "$student/tools/old.sh"
expect 0 "$syslab" update "$scratch/v2"
[ ! -L "$student/tools/old.sh" ] || fail "the link is still there"
[ -f "$scratch/elsewhere/deep/old.sh" ] || fail "a file outside the course is gone"
fresh
rm -r "$scratch/elsewhere"
mv "$student/tools" "$scratch/elsewhere"
ln -s "$scratch/elsewhere" "$student/tools"
expect 0 "$syslab" update "$scratch/v2"
said "kept"
[ -f "$scratch/elsewhere/old.sh" ] || fail "a file outside the course is gone"

echo "# a tree in a folder whose name is a pattern"
odd="$scratch/w [x]"
rm -rf "$student" "$SYSLAB_WORK"
mkdir "$odd"
cp -a "$scratch/v1" "$odd/student"
export SYSLAB_ROOT="$odd/student" SYSLAB_WORK="$odd/work"
expect 0 "$syslab" init
said "(2 exercises"
expect 0 "$syslab" update "$scratch/v2"
grep -q "version 2" "$odd/work/01_x/alpha/alpha.c" || fail "the starter is not updated"
cp -a "$course" "$odd/course"
SYSLAB_ROOT="$odd/course" expect 0 "$syslab" release "$odd/out [1]"
sed -i 's/points: 100/points: 60/' "$odd/course/exercises/01_x/alpha/exercise.yaml"
echo "  - {name: second, points: 40, requirement: It runs., hidden: true}" >>"$odd/course/exercises/01_x/alpha/exercise.yaml"
echo '"second"' >"$odd/course/exercises/01_x/alpha/tests/test_alpha.c"
git -C "$odd/course" commit -qam hidden
SYSLAB_ROOT="$odd/course" expect 2 "$syslab" release "$odd/out [2]"
complained "test 'second' is marked hidden"
[ ! -e "$odd/out [2]" ] || fail "a hidden test was released"
echo passed
