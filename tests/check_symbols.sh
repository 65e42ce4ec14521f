#!/bin/sh
# check_symbols.sh NM ARCHIVE MODULE,MODULE,... - fail on an exported symbol that does not begin with
# the name of the module (the archive member) that defines it; allocator_tracking.c is the module allocator's, too.
set -eu
nm=$1 archive=$2 modules=$3
"$nm" -g --defined-only -A "$archive" | awk -v modules="$modules" '
BEGIN { count = split(modules, list, ","); for (i = 1; i <= count; i++) known[list[i]] = 1 }
{
    # archive.a:arena.c.o:0000 T arena_alloc
    split($1, part, ":"); member = part[2]; sub(/(\.c|(_x86_64|_aarch64)\.S)?\.o$/, "", member)
    while (!(member in known) && sub(/_[a-z0-9]+$/, "", member)) {}
    name = $NF
    if (name ~ /^(__asan_|__odr_asan|__gcov_|__llvm_|__prof|__start_|__stop_|__tsan|__ubsan)/) next
    seen++
    if (!(member in known) || (name != member && index(name, member "_") != 1)) {
        print "symbol " name " in " member ".c: exported names begin with " member "_"
        bad = 1
    }
}
END { if (!seen) { print "no symbol seen in the archive"; exit 1 } exit bad }'
