#!/bin/sh
# doctor.sh - what this machine has and lacks for the course, and what each lack costs.
#
# Each row is one probe of the real thing: a compile, a namespace made, a system call tried.
# Exit: 0 nothing needed is missing, 2 something that `start` needs is.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ $# != 0 ]; then
    echo "usage: ./syslab doctor"
    [ "$1" = --help ] || [ "$1" = -h ] || exit 2
    exit 0
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
needed_missing=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    green=$(printf '\033[32m') red=$(printf '\033[31m') yellow=$(printf '\033[33m') plain=$(printf '\033[0m')
else
    green='' red='' yellow='' plain=''
fi

has() { printf '  %shas  %s %-22s %s\n' "$green" "$plain" "$1" "$2"; }
lacks() { printf '  %slacks%s %-22s costs: %s\n' "$yellow" "$plain" "$1" "$2"; }
needs() {
    printf '  %sNEEDS%s %-22s costs: %s\n' "$red" "$plain" "$1" "$2"
    needed_missing=1
}

have() { command -v "$1" >/dev/null 2>&1; }
version_of() { "$1" --version 2>/dev/null | head -n 1 | sed 's/(.*) //'; }

# program NAME COST [needed]
program() {
    if have "$1"; then
        has "$1" "$(version_of "$1")"
    elif [ "${3:-}" = needed ]; then
        needs "$1" "$2"
    else
        lacks "$1" "$2"
    fi
}

# compiles NAME FLAGS COST <source: whether a program builds with FLAGS and exits 0
compiles() {
    cat >"$work/probe.c"
    # shellcheck disable=SC2086
    if have gcc && gcc $2 -o "$work/probe" "$work/probe.c" >"$work/log" 2>&1 && "$work/probe" >"$work/log" 2>&1; then
        has "$1" "works"
    else
        lacks "$1" "$3"
    fi
}

echo "Tools"
program gcc "everything: nothing can be compiled" needed
program cmake "everything: the course cannot be built (3.25 or newer)" needed
program ninja "everything: the course cannot be built" needed
program git "updates of the course" needed
program clang "selftest: the second compiler's opinion, and the fuzzers"
program valgrind "the instruction-count gate of the benches"
program cargo "the Rust peers in the bench tables"
program gnuplot "the plots of the bench tables"
# instructor only
if have sbatch; then
    has sbatch "here" # it tells its version only where a cluster is set up
else
    lacks sbatch "grade --engine slurm: a class on a cluster"
fi
# end instructor only
if have cmake; then
    cmake_version=$(cmake --version | sed -n '1s/.* //p')
    oldest=$(printf '3.25\n%s\n' "$cmake_version" | sort -V | head -n 1)
    [ "$oldest" = 3.25 ] || needs "cmake 3.25" "everything: $cmake_version is too old for the presets"
fi

echo "Libraries"
for library in check libcyaml yaml-0.1 jansson sqlite3 zlib libelf libseccomp libcrypto; do
    if have pkg-config && pkg-config --exists "$library" 2>/dev/null; then
        has "$library" "$(pkg-config --modversion "$library")"
    else
        needs "$library" "the grader cannot be built; ./syslab start installs it"
    fi
done
if have pkg-config && pkg-config --exists libdw 2>/dev/null; then
    has libdw "$(pkg-config --modversion libdw)"
else
    lacks libdw "interleave: tests that run in every way that threads can meet are a grader_error here (libdw-dev)"
fi
for library in libuv liburing; do
    if have pkg-config && pkg-config --exists "$library" 2>/dev/null; then
        has "$library" "$(pkg-config --modversion "$library")"
    else
        lacks "$library" "the chapters on asynchronous input and output"
    fi
done

echo "Sandbox"
if ! have bwrap; then
    needs bubblewrap "no grading but with --no-sandbox, which is for trusted code only"
elif bwrap --unshare-all --ro-bind / / true 2>"$work/log"; then
    has "user namespaces" "bubblewrap made a sandbox ($(bwrap --version))"
else
    lacks "user namespaces" "no grading but with --no-sandbox; bubblewrap said: $(head -n 1 "$work/log")"
fi
# The layers are asked of the grader, which runs a program and tells what it had around it.
# layer NAME WHAT COST
layer() {
    if grep -q "^$1" "$work/layers"; then
        has "$1" "$2"
    else
        lacks "$1" "$3"
    fi
}
# What Landlock keeps grew with its versions.
landlock_keeps() {
    printf 'version %s: files' "$1"
    [ "$1" -lt 4 ] || printf ', ports'
    [ "$1" -lt 6 ] || printf ', signals'
}
layers() {
    layer seccomp "system calls are filtered" "sockets, tracing and processes are stopped by the other layers alone"
    layer landlock "$(landlock_keeps "$(sed -n 's/^landlock version //p' "$work/layers" | grep . || echo 0)")" \
        "a test's files are kept by namespaces alone, with --no-sandbox by nothing (kernel 5.13 or newer has it)"
    layer cgroup "version $(sed -n 's/^cgroup_v//p' "$work/layers"): a test's memory and processes are counted together" \
        "a watch looks 40 times a second in its place, and does not see memory files; grading stays possible"
    layer no_new_privs "no program gains rights" "nothing can be graded: the kernel is too old"
    layer rlimits "sizes, descriptors, stack, address space" "nothing can be graded: the kernel is too old"
    grep -q '^no cgroup' "$work/layers" || return 0
    sed -n 's/^no cgroup: /                               /p' "$work/layers"
    [ ! -f /sys/fs/cgroup/cgroup.controllers ] ||
        echo "                               to have them: systemd-run --user --scope -p Delegate=yes ./syslab ..."
}
grader=$root/build/release/grader/syslab
if [ ! -x "$grader" ]; then
    echo "        the other layers are tried once the course is built"
elif SYSLAB_ROOT=$root SYSLAB_BUILD=$root/build/release "$grader" verify --layers >"$work/layers" 2>"$work/log"; then
    layers
else
    lacks sandbox "no grading: $(head -n 1 "$work/log")"
fi

echo "Kernel and compiler features"
compiles "address sanitizer" "-fsanitize=address,undefined" "the asan build of every exercise" <<'C'
#include <stdlib.h>
int main(void) { free(malloc(10)); return 0; }
C
compiles "thread sanitizer" "-fsanitize=thread -pthread" "the tsan build of exercises with threads" <<'C'
#include <pthread.h>
static void *work(void *p) { return p; }
int main(void) { pthread_t t; return pthread_create(&t, 0, work, 0) || pthread_join(t, 0); }
C
compiles io_uring "" "the io_uring backends fall back to epoll and a thread pool" <<'C'
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { return syscall(425 /* io_uring_setup */, 0, (void *)0) < 0 && (errno == ENOSYS || errno == EPERM); }
C
has kernel "$(uname -sr)"
has processors "$(nproc)"

echo
if [ "$needed_missing" = 0 ]; then
    printf '%sThis machine has all that the course needs.%s\n' "$green" "$plain"
    exit 0
fi
printf '%sSomething needed is missing. %s/syslab start installs it.%s\n' "$red" "$root" "$plain"
exit 2
