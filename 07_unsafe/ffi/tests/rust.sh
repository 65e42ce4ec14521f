#!/bin/sh
# rust.sh WHAT LIBRARY_FOLDER TARGET - the crate rust/, built offline on libsyslab.so in that folder. WHAT is
#   test      its tests
#   valgrind  those of boundary.rs, under valgrind
#   refused   compile what must not compile: each program in rust/refused/ begins with the error that refuses it
# Skipped (77) without cargo or valgrind.
set -eu
what=$1 folder=$2 target=$3
command -v cargo >/dev/null 2>&1 || { echo "skipped: no cargo (package cargo)"; exit 77; }
export SYSLAB_LIB_DIR="$folder" CARGO_TARGET_DIR="$target"
in_crate() {
    command=$1
    shift
    cargo "$command" --quiet --offline --locked --manifest-path rust/Cargo.toml "$@"
}

case $what in
test)
    rustc --version
    in_crate test --lib --tests
    exit 0
    ;;
valgrind)
    command -v valgrind >/dev/null 2>&1 || { echo "skipped: no valgrind (package valgrind)"; exit 77; }
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${host}_RUNNER=$PWD/tests/valgrind.sh"
    in_crate test --test boundary
    exit 0
    ;;
refused) in_crate build ;;
*)
    echo "WHAT is test, valgrind or refused"
    exit 1
    ;;
esac

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compile() {
    rustc --edition 2021 --emit=metadata --out-dir "$out" -L "native=$folder" \
        --extern "syslab=$target/debug/libsyslab.rlib" "$1" >"$out/log" 2>&1
}
# The way of compiling is right: what is allowed goes through.
printf 'fn main() { let a = syslab::Arena::new().unwrap(); a.alloc(1u32).unwrap(); }\n' >"$out/allowed.rs"
compile "$out/allowed.rs" || { cat "$out/log"; exit 1; }
count=0
for program in rust/refused/*.rs; do
    code=$(sed -n '1s/^\/\/! \(E[0-9]*\):.*/\1/p' "$program")
    [ -n "$code" ] || { echo "$program does not begin with //! E0000: why"; exit 1; }
    if compile "$program"; then
        echo "$program compiles, and must not"
        exit 1
    fi
    grep -q "^error\[$code\]" "$out/log" || { echo "$program: not refused for $code:"; cat "$out/log"; exit 1; }
    count=$((count + 1))
done
echo "$count programs refused, each for its reason"
