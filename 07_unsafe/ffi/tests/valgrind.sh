#!/bin/sh
# valgrind.sh PROGRAM [ARG...] - run it under valgrind: no invalid access, no block that nobody points to any
# more. Skipped (77) without valgrind.
set -eu
command -v valgrind >/dev/null 2>&1 || { echo "skipped: no valgrind (package valgrind)"; exit 77; }
# Of a script it would look at the shell.
[ "$(head -c 4 "$1" | tail -c 3)" = ELF ] || { echo "$1 is not a program"; exit 1; }
# Check forks for each test; one process is what is looked at.
export CK_FORK=no PYTHONMALLOC=malloc
exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
    --show-leak-kinds=definite "$@"
