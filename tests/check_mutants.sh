#!/bin/sh
# check_mutants.sh PROGRAM ROOT - the table in exercises/MUTANTS.md is of today's references: it has a row
# for each exercise, as many mutants as are made now, and no rate below the floor.
# Exit: 0 it is, 1 it is not, 77 without jq.
set -eu
syslab=$1 root=$2
page=$root/exercises/MUTANTS.md
export SYSLAB_ROOT="$root"
command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
rows=$(sed -n '/^<!-- mutants -->$/,/^<!-- end -->$/s/^| \([0-9].*\) |$/\1/p' "$page")
wrong=0
# A few of each are graded, so that one is not equivalent; it is the count that is wanted, not whether they die.
"$syslab" mutate --all --sample 5 --json >"${TMPDIR:-/tmp}/check_mutants.$$" || [ $? = 1 ]
made=$(jq -r '.[] | "\(.exercise) \(.made)"' "${TMPDIR:-/tmp}/check_mutants.$$")
rm -f "${TMPDIR:-/tmp}/check_mutants.$$"
for exercise in $(echo "$made" | cut -d ' ' -f 1); do
    row=$(echo "$rows" | grep "^$exercise |" || true)
    now=$(echo "$made" | sed -n "s|^$exercise ||p")
    then=$(echo "$row" | cut -d '|' -f 2 | tr -d ' ')
    rate=$(echo "$row" | sed 's/.*| \([0-9.]*\) %$/\1/')
    if [ "$now" != "$then" ]; then
        echo "$page: $exercise has $now mutants, and the table says '$then'. Run: ./syslab mutate --all --page exercises/MUTANTS.md"
        wrong=1
    elif ! awk "BEGIN { exit !($rate >= 95) }"; then
        echo "$page: $exercise: a rate of $rate % is below the floor of 95 %"
        wrong=1
    fi
done
[ "$(echo "$rows" | grep -c .)" = "$(echo "$made" | grep -c .)" ] || { echo "$page: there are rows of other exercises"; wrong=1; }
[ $wrong = 0 ] && echo "$(echo "$made" | grep -c .) rows: all are of today's references"
exit $wrong
