#!/bin/sh
# cli_update_lines.sh PROGRAM ROOT - update never loses a student's line: random edits on both sides, updates
# that are killed at random moments, and after each of them every line that the student added is looked for, in
# the workspace and in the tree or in a backup. The update that gets through tells, and ends with, what one that
# nobody killed does.
#
#   UPDATE_SEED=N    the seed, which is printed; UPDATE_ROUNDS=N how many rounds
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/cli_update_course.sh
. "$(dirname "$0")/cli_update_course.sh"
export SYSLAB_ROOT="$student"
seed=${UPDATE_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
rounds=${UPDATE_ROUNDS:-15}
echo "seed $seed, $rounds rounds"

# random LESS: the next number from 0 to LESS - 1 (Knuth's MMIX generator, cut to what a shell counts in).
state=$seed
random() {
    state=$(((state * 1103515245 + 12345) % 2147483648))
    number=$(((state / 65536) % $1))
}

# edit FILE WHO: replace, insert and remove up to 6 lines at random; each new line is unique and names WHO.
serial=0
edit() {
    random 7
    edits=$number
    while [ "$edits" -gt 0 ]; do
        edits=$((edits - 1))
        serial=$((serial + 1))
        lines=$(wc -l <"$1")
        random "$((lines + 1))"
        at=$((number + 1))
        random 4
        case $number in
        0) sed -i "${at}d" "$1" ;;
        1) sed -i "${at}s/.*/    $2 line $serial replaced/" "$1" ;;
        2) sed -i "${at}i\\    $2 line $serial inserted" "$1" ;;
        3) printf '    %s line %s, the last and unended' "$2" $serial >>"$1" && [ $((serial % 2)) = 0 ] && echo >>"$1" ;;
        esac
    done
    return 0
}

# Whatever else the student's editor does to a file.
mistreat() {
    random 12
    case $number in
    0) sed -i 's/$/\r/' "$1" ;;
    1) printf 'student bytes \344\366\374 %s\n' $serial >>"$1" ;;
    2) printf 'student zero \000 %s\n' $serial >>"$1" ;;
    esac
}

# The student's lines, from the files that are there now, without line ends: each must be found from here on.
remember() {
    for one in "$mine" "$SYSLAB_WORK/01_x/beta/beta.c" "$student/01_x/module.c"; do
        tr -d '\r' <"$one" | LC_ALL=C grep -a 'student' || true
    done | LC_ALL=C sort -u >"$scratch/lines"
}
look_for_lines() { # WHEN
    find "$SYSLAB_WORK" "$student" -type f ! -path '*/.syslab/base/*' ! -path '*/.syslab/update/*' ! -path '*/.git/*' \
        -exec cat {} + 2>/dev/null | tr '\r' '\n' | LC_ALL=C sort -u >"$scratch/have"
    LC_ALL=C comm -23 "$scratch/lines" "$scratch/have" >"$scratch/lost"
    # Files without a last newline run together in the list above: those are looked for one by one.
    while IFS= read -r line; do
        LC_ALL=C grep -rqaF -e "$line" --exclude-dir=base --exclude-dir=update --exclude-dir=.git "$SYSLAB_WORK" "$student" ||
            fail "seed $seed, round $round, $1: lost '$line'"
    done <"$scratch/lost"
}

told() { grep -aE '^  (merged|conflict|kept|absent|left alone|updated|new) ' "$scratch/out" || true; }

# Update once with nobody in the way, note what it told, and put back what was there before.
foresee() {
    rm -rf "$scratch/before"
    mkdir "$scratch/before"
    cp -a "$student" "$SYSLAB_WORK" "$scratch/before"
    foreseen=0
    "$syslab" update "$scratch/next" >"$scratch/out" 2>"$scratch/err" || foreseen=$?
    told >"$scratch/foreseen"
    rm -rf "$student" "$SYSLAB_WORK"
    cp -a "$scratch/before/." "$scratch"
}
as_foreseen() {
    [ "$status" = "$foreseen" ] || fail "seed $seed, round $round: ended with $status, and with $foreseen when nobody killed it"
    told | diff "$scratch/foreseen" - || fail "seed $seed, round $round: after $was_killed kills something else is told"
}

git init -q -b main "$scratch/published"
take() {
    git --git-dir="$scratch/published/.git" --work-tree="$scratch/$1" add -A
    git --git-dir="$scratch/published/.git" commit -qm "$1" --allow-empty
}
take v1

killed=0 merged=0 conflicts=0 lines=0
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    rm -rf "$student" "$SYSLAB_WORK" "$scratch/next"
    git -C "$course" checkout -q "$(git -C "$course" rev-list --max-parents=0 HEAD)" -- .
    random 2
    if [ "$number" = 0 ]; then
        git clone -q "$scratch/published" "$student"
        git -C "$student" reset -q --hard "$(git -C "$student" rev-list --max-parents=0 HEAD)"
    else
        cp -a "$scratch/v1" "$student"
    fi
    expect 0 "$syslab" init
    random 4
    [ "$number" != 0 ] || rm -rf "$SYSLAB_WORK/.syslab/base"
    edit "$mine" student
    mistreat "$mine"
    edit "$SYSLAB_WORK/01_x/beta/beta.c" student
    edit "$student/01_x/module.c" student
    edit "$theirs" course
    edit "$course/exercises/01_x/beta/starter/beta.c" course
    edit "$course/01_x/module.c" course
    publish next
    remember
    lines=$((lines + $(wc -l <"$scratch/lines")))
    foresee
    random 4
    kills=$number done=0 was_killed=0
    while [ "$kills" -gt 0 ]; do
        kills=$((kills - 1))
        random 90
        status=0
        timeout -s KILL "$(printf '0.%03d' $((number + 5)))" "$syslab" update "$scratch/next" >"$scratch/out" 2>&1 || status=$?
        if [ "$status" = 137 ]; then
            was_killed=$((was_killed + 1))
            [ -e "$SYSLAB_WORK/.syslab/unfinished.json" ] || ! told | cmp -s "$scratch/foreseen" - || done=1
        elif [ "$done" = 0 ]; then
            done=1
            as_foreseen
        fi
        look_for_lines "after a kill"
    done
    status=0
    "$syslab" update "$scratch/next" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ "$status" -le 1 ] || fail "seed $seed, round $round: update ended with $status"
    [ "$done" = 1 ] || as_foreseen
    merged=$((merged + $(grep -c '^  merged' "$scratch/out")))
    conflicts=$((conflicts + $(grep -c '^  conflict' "$scratch/out")))
    killed=$((killed + was_killed))
    look_for_lines "after the update"
    jq -r '.files[] | .path' "$scratch/next/release.json" | while read -r path; do
        [ -f "$student/$path" ] || fail "seed $seed, round $round: $path is not there"
    done || exit 1
    # A second update finds nothing to do, and loses nothing either.
    expect 0 "$syslab" update "$scratch/next"
    look_for_lines "after a second update"
done
echo "$lines lines of the student's, $merged merges, $conflicts conflicts, $killed kills: every line is there"
[ "$merged" -gt 0 ] || fail "nothing was merged"
[ "$conflicts" -gt 0 ] || fail "nothing was in conflict"
echo passed
