#!/bin/sh
# check_header.sh CC ROOT HEADER - the header compiles alone, and twice, without a warning.
set -eu
printf '#include "%s"\n#include "%s"\ntypedef int header_compiles;\n' "$3" "$3" |
    "$1" -std=c17 -D_GNU_SOURCE -I"$2" -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
        -Wstrict-prototypes -Wvla -Werror -fsyntax-only -x c -
