#!/bin/sh
# orders.sh INTERLEAVE FILE.c - every memory order that a driver meets is needed: each ` * Run: ... => complete:` of its comment is
# searched again with one order after the other a step weaker, and each, named by its place in the source, has to fail in one of
# the runs. Those of the kernel (futex.h) and of the C library's
# locks do not count.
#
# A line ` * Orders: FILE...` says whose orders they are, where other modules take part that have a driver of their own.
# A line ` * Stays: FILE OPERATION: WHY` excepts one: the order is needed, by an argument, and no search can show it.
# Run from the root. Exit: 0 all are, 1 some are not, or an exception is out of date.
set -eu
[ $# = 2 ] || { sed -n 2,10p "$0"; exit 2; }
interleave=$1 file=$2
out=$(mktemp)
trap 'rm -f "$out" "$out".*' EXIT
sed -n 's/^ \* Run: *//p' "$file" | grep '=> complete:' >"$out.runs"
sed -n 's/^ \* Stays: \([^ ]*\) \([^:]*\):.*/\1 \2/p' "$file" | sort >"$out.stays"
while read -r line; do
    options=${line%%=>*}
    before=${options%%--\ -D*} after=${options#"$before"}
    # shellcheck disable=SC2086
    "$interleave" --weaken $before "$file" $after >>"$out" 2>&1 || true
done <"$out.runs"
# "needed   FILE:LINE: OPERATION: what fails": the place and the operation, once each
awk -v files="$(sed -n 's/^ \* Orders: *//p' "$file")" '
    BEGIN { count = split(files, names, " "); for (i = 1; i <= count; i++) wanted[names[i]] = 1 }
    $1 != "needed" && $1 != "NEEDLESS" { next }
    {
        verdict = $1
        sub(/^[A-Za-z]+ +/, "")
        split($0, part, ": ")
        place = part[1] ": " part[2]
        if (part[1] ~ /^futex\.h:/ || part[2] ~ /^(futex|lock|unlock)/) next
        split(part[1], at, ":")
        if (count > 0 && !(at[1] in wanted)) next
        met[place] = 1
        if (verdict == "needed") fails[place] = 1
    }
    END { for (place in met) print (place in fails ? "needed " : "NEEDLESS ") place }' "$out" | sort >"$out.orders"
grep -q . "$out.orders" || { echo "$file: no order was met:"; head -n 20 "$out"; exit 1; }
sed -n 's/^NEEDLESS \([^:]*\):[0-9]*: \(.*\)/\1 \2/p' "$out.orders" | sort >"$out.needless"
if ! cmp -s "$out.needless" "$out.stays"; then
    echo "$file: no run fails with these orders weaker; make the driver ask more, or the order weaker, or say why it stays:"
    comm -23 "$out.needless" "$out.stays"
    echo "and these are said to stay, and are needed or gone:"
    comm -13 "$out.needless" "$out.stays"
    cat "$out.orders"
    exit 1
fi
echo "$file: $(grep -c . "$out.orders") orders, each needed but $(grep -c . "$out.stays") that stay by argument"
