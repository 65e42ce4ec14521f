#!/bin/sh
# check_layers.sh ROOT - a chapter includes only chapters below it, and its CMake links show exactly
# that: what the library's sources include is what DEPENDS names. 07_unsafe/ffi is a room of its own, above
# 03_memory: it makes one shared object of the two. Nothing includes it.
set -eu
cd "$1"
bottom_up='07_unsafe 03_memory 02_concurrency 01_async 06_channels 05_io 08_process 04_networking'
status=0
below=''
for chapter in $bottom_up; do
    [ -d "$chapter" ] || { below="$below $chapter"; continue; }
    # 05_io and 08_process are side by side: neither includes the other.
    allowed=$below
    [ "$chapter" != 08_process ] || allowed=$(echo "$below" | sed 's/ 05_io//')
    includes() {
        grep -ho '^ *# *include "0[1-8]_[a-z]*/' "$@" 2>/dev/null | sed 's/.*"//; s|/||' | sort -u
    }
    for used in $(find "$chapter" -path 07_unsafe/ffi -prune -o -name '*.[chS]' -exec grep -ho '^ *# *include "0[1-8]_[a-z]*/' {} + |
                  sed 's/.*"//; s|/||' | sort -u); do
        case " $chapter$allowed " in
        *" $used "*) ;;
        *) echo "$chapter includes $used, which is not below it:"; grep -rn "include \"$used/" "$chapter"; status=1 ;;
        esac
    done
    # shellcheck disable=SC2046
    used=$(includes $(find "$chapter" -maxdepth 1 -name '*.[chS]') | grep -v "^$chapter\$" | sed 's/^[0-9]*_//' | sort | tr '\n' ' ')
    linked=$(tr '\n' ' ' <"$chapter/CMakeLists.txt" | sed 's/.*syslab_library(\([^)]*\)).*/\1/' |
             sed -n 's/.*DEPENDS *//p' | tr ' ' '\n' | grep -v '^$' | sort | tr '\n' ' ')
    if [ "$used" != "$linked" ]; then
        echo "$chapter: its library's sources include [ $used], its DEPENDS names [ $linked]"
        status=1
    fi
    below="$below $chapter"
done
if find 07_unsafe/ffi -name '*.[chS]' -exec grep -n '^ *# *include "0[1-8]_' {} + |
    grep -v 'include "07_unsafe/\|include "03_memory/'; then
    echo "07_unsafe/ffi includes a chapter above 03_memory"
    status=1
fi
if grep -rn --include='*.[chS]' 'include "07_unsafe/ffi/' 0[1-8]_* grader exercises 2>/dev/null | grep -v '^07_unsafe/ffi/'; then
    echo "07_unsafe/ffi is included from outside: who is written in C takes the modules themselves"
    status=1
fi
if grep -rn --include='*.[chS]' '#include "grader/' 0[1-8]_* 2>/dev/null; then
    echo "a chapter includes the grader"
    status=1
fi
# The grader's rooms, likewise: a source includes its own room's headers and those below it. main.c is above them all.
below=''
for room in base course record inspect engine store formats desk class similar release verify commands; do
    below="$below $room"
    for used in $(find "grader/$room" -name '*.[ch]' -exec grep -ho '^#include "grader/[a-z]*/' {} + | sed 's/.*grader.//; s|/||' | sort -u); do
        case " $below " in
        *" $used "*) ;;
        *) echo "grader/$room includes grader/$used, which is not below it:"; grep -rn "include \"grader/$used/" "grader/$room"; status=1 ;;
        esac
    done
done
for room in grader/*/; do
    case "$below tests hostile integrations " in
    *" $(basename "$room") "*) ;;
    *) echo "$room is no room that this script knows: where does it stand?"; status=1 ;;
    esac
done
[ $status != 0 ] || echo "layers hold"
exit $status
