#!/bin/sh
# check_consumer.sh BUILD SOURCE CC - install the course into an empty prefix, then configure, build
# and run a project that knows it only through find_package(Syslab).
set -eu
build=$1 source=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
if grep -rn "$(dirname "$(dirname "$build")")" "$work/prefix/lib" --include='*.cmake'; then
    echo "the installed package names the source tree"
    exit 1
fi
"$work/build/consumer"
