#!/bin/sh
# rust.sh LIBRARY_FOLDER TARGET - build and test the crate rust/ offline, on libsyslab.so in that folder,
# and under valgrind if it is there; then compile what must not compile: each program in rust/refused/
# begins with the error that refuses it.
# Skipped (77) without cargo.
set -eu
folder=$1 target=$2
command -v cargo >/dev/null 2>&1 || { echo "skipped: no cargo (package cargo)"; exit 77; }
export SYSLAB_LIB_DIR="$folder" CARGO_TARGET_DIR="$target"
rustc --version
cargo test --quiet --offline --locked --manifest-path rust/Cargo.toml --lib --tests
if command -v valgrind >/dev/null 2>&1; then
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    env "CARGO_TARGET_${host}_RUNNER=$PWD/tests/valgrind.sh" \
        cargo test --quiet --offline --locked --manifest-path rust/Cargo.toml --test boundary
fi
cargo build --quiet --offline --locked --manifest-path rust/Cargo.toml

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
