#!/bin/sh
# programs.sh INTERLEAVE FILE.c - each line ` * Run: [OPTION...] [-- COMPILER-OPTION...] => TEXT` of the file's comment is run,
# from the root, and TEXT is in what it prints.
set -eu
[ $# = 2 ] || { sed -n 2,3p "$0"; exit 2; }
interleave=$1 file=$2
failed=0 runs=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
sed -n 's/^ \* Run: *//p' "$file" >"$out.runs"
trap 'rm -f "$out" "$out.runs"' EXIT
while read -r line; do
    options=${line%%=>*} text=${line#*=> }
    before=${options%%--\ -D*} after=${options#"$before"}
    # shellcheck disable=SC2086
    "$interleave" $before "$file" $after >"$out" 2>&1 || true
    runs=$((runs + 1))
    grep -qF -- "$text" "$out" || {
        echo "$file: $options: wanted \"$text\", got:"
        head -n 40 "$out"
        failed=1
    }
done <"$out.runs"
[ "$runs" -gt 0 ] || { echo "$file has no line ' * Run:'"; exit 1; }
[ "$failed" = 0 ] && echo "$file: $runs runs, each as its comment says"
exit "$failed"
