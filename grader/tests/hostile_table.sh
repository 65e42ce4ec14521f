#!/bin/sh
# hostile_table.sh ROOT - the table of grader/hostile/README.md names each attack once, under its verdict.
set -eu
cd "$1/grader/hostile"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in */*.c; do echo "${file%.c}"; done | sort >"$work/files"
# shellcheck disable=SC2016 # backquotes are what is looked for
sed -n '/^## The table/,/^## What stands/p' README.md | grep '^|' | grep -o '`[a-z_]*/[a-z_0-9]*`' | tr -d '`' | sort >"$work/table"
[ -s "$work/table" ] || { echo "no table was found"; exit 1; }
if ! diff "$work/files" "$work/table"; then
    echo "FAILED: < is a file that the table lacks, > a row without a file (or twice)"
    exit 1
fi
# What a file says of a missing layer stands beside it in the table.
grep -l 'Without [a-z]*: ' -- */*.c | while read -r file; do
    # shellcheck disable=SC2016
    words=$(grep -o 'Without [a-z]*: [a-z_]*' "$file" | sed 's/Without \([a-z]*\): \(.*\)/(without \1: `\2`)/')
    grep -qF "\`${file%.c}\` $words" README.md || { echo "FAILED: the table lacks for $file: $words"; exit 1; }
done
echo "$(wc -l <"$work/files") attacks, each in the table"
[ "$(wc -l <"$work/files")" -ge 40 ]
