#!/bin/sh
# cross.sh SOURCE... - build a program for AArch64 and run it under qemu-user. Skipped (77) without
# the cross compiler (package gcc-aarch64-linux-gnu, libc6-dev-arm64-cross) or qemu-user.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cc=aarch64-linux-gnu-gcc
command -v $cc >/dev/null 2>&1 || { echo "skipped: no $cc (package gcc-aarch64-linux-gnu)"; exit 77; }
command -v qemu-aarch64 >/dev/null 2>&1 || { echo "skipped: no qemu-aarch64 (package qemu-user)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for optimise in -O0 -O2; do
    $cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror $optimise -static -I"$root" -o "$work/program" "$@"
    echo "AArch64, $optimise:"
    qemu-aarch64 "$work/program"
done
