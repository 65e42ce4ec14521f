#!/bin/sh
# version.sh CC PROGRAM - a program that needs SYSLAB_0.1 is not started with a library that has only
# SYSLAB_0.2: the loader says so, before anything of the wrong library runs.
set -eu
cc=$1 program=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'unsigned ffi_version(void) { return 0x000200; }' >"$work/other.c"
echo 'SYSLAB_0.2 { global: ffi_version; local: *; };' >"$work/other.map"
"$cc" -shared -fPIC -Wl,-soname,libsyslab.so.0 -Wl,--version-script="$work/other.map" -o "$work/libsyslab.so.0" "$work/other.c"
if LC_ALL=C LD_LIBRARY_PATH="$work" "$program" >"$work/log" 2>&1; then
    echo "$program ran with a library of another version"
    exit 1
fi
grep "version .SYSLAB_0.1' not found" "$work/log" || { cat "$work/log"; exit 1; }
