#!/bin/sh
# symbols.sh READELF LIBRARY LIST [OUT] - what libsyslab.so exports is what LIST says, a line a symbol:
# name, version, kind, and the size of what is not a function. A name that slipped out is a promise nobody meant; one that went missing breaks
# programs that are already built. With OUT the list of now is written there, to be read and committed.
set -eu
readelf=$1 library=$2 list=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LC_ALL=C "$readelf" --dyn-syms --wide "$library" |
    awk '$7 ~ /^[0-9]+$/ && $5 != "LOCAL" { sub(/@@/, " ", $8); print $8, $4 ($4 == "FUNC" ? "" : " " $3) }' | LC_ALL=C sort >"$work/now"
[ -s "$work/now" ] || { echo "$library: no exported symbol seen"; exit 1; }
if [ $# = 4 ]; then
    { grep '^#' "$list" || true; cat "$work/now"; } >"$work/out"
    cp "$work/out" "$4"
    exit 0
fi
grep -v '^#' "$list" >"$work/promised"
if ! diff "$work/promised" "$work/now" >"$work/diff"; then
    sed -n 's/^</gone or changed:/p; s/^>/exported and not promised:/p' "$work/diff"
    echo "If that is meant: a new name goes into syslab.map and $list; a name that goes, or an object that"
    echo "changes its size, is a new SOVERSION."
    exit 1
fi
LC_ALL=C "$readelf" --dynamic "$library" | grep -q 'SONAME.*\[libsyslab\.so\.0\]' || { echo "the soname is not libsyslab.so.0"; exit 1; }
echo "$(wc -l <"$work/now") symbols, as promised"
