#!/bin/sh
# complete.sh NM LIST ARCHIVE... - all that the chapters' archives offer is in the shared object too: a function
# of a new module that nobody listed would be missing where it is linked, and in no other build.
set -eu
nm=$1 list=$2
shift 2
# What only the modules call among themselves.
inside='^(intern_directory_.*|pool_depot_.*|pool_slab_.*|bytes_block_create|context_(main|restore|start))$'
missing=$("$nm" -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | grep -vE '^(__|_)' | grep -vE "$inside" | while read -r name; do
    grep -q "^$name " "$list" || echo "$name"
done)
[ -z "$missing" ] || { echo "not in syslab.map and $list:"; echo "$missing"; exit 1; }
echo "complete"
