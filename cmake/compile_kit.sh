#!/bin/sh
# compile_kit.sh ROOT COMPILER WORD... - compile a kit's file under a name that is the same wherever the course
# lies: the sanitizers write down the names of files and headers as the compiler found them, where
# -ffile-prefix-map does not reach. "course" is a link to ROOT in the folder of the build, where
# the compiler is run.
root=$1
shift
[ -e course ] || exec "$@"
for word; do
    shift
    case $word in
    "$root"/*) word=course/${word#"$root"/} ;;
    "-I$root" | "-I$root"/*) word=-Icourse${word#"-I$root"} ;;
    esac
    set -- "$@" "$word"
done
exec "$@"
