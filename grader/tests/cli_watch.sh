#!/bin/sh
# cli_watch.sh PROGRAM ROOT PTY_DRIVE - watch, on a terminal: saves in each editor's way, keys, signals.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
drive=$3
expect 0 "$syslab" init
export TERM=xterm
watch() {
    "$drive" "$syslab" watch arena >"$scratch/out" 2>"$scratch/err" ||
        fail "$1"
    cat "$scratch/out"
}

echo "# a red test, a save, a success that stays until n; keys"
watch "keys and saves" <<STEPS
expect waiting for a save
raw
key h
expect Hint 1 of 3
key l
expect not started
save $file $folder/solution/arena.c
expect testing
within 20000 passes every test in every build
expect waiting for a save
absent testing
key r
expect testing
expect passes every test
expect waiting for a save
rename $file $folder/starter/arena.c
expect testing
expect actual
expect waiting for a save
key n
expect waiting for a save
key n
expect not passed yet: n goes on after a pass
absent testing
key q
exit 0
sane
STEPS

echo "# a burst of events is one run, and a save during a run starts another"
watch "coalescing" <<STEPS
expect waiting for a save
burst $file $folder/solution/arena.c
expect testing
expect waiting for a save
absent testing
save $file $folder/starter/arena.c
expect testing
save $file $folder/solution/arena.c
expect passes every test in every build
expect waiting for a save
key q
exit 0
sane
STEPS

echo "# the folder may go away and come back"
watch "folder" <<STEPS
expect waiting for a save
run mv $SYSLAB_WORK/$exercise $scratch/away && rm -rf $scratch/away
run "$syslab" init
expect testing
expect actual
expect waiting for a save
key q
exit 0
STEPS

for signal in 1 2 3 15; do
    echo "# signal $signal gives the terminal back"
    watch "signal $signal" <<STEPS
expect waiting for a save
raw
kill $signal
exit 0
sane
STEPS
done

echo "# so does a crash"
watch "crash" <<STEPS
expect waiting for a save
raw
kill 11
exit 139
sane
STEPS

echo "# Ctrl-Z gives it back, and going on takes it again"
watch "stop" <<STEPS
expect waiting for a save
key ^Z
run sleep 0.3
sane
kill 18
expect waiting for a save
raw
key q
exit 0
sane
STEPS

echo "# without a terminal: no keys, no redrawing, one verdict after the other"
cp "$folder/starter/arena.c" "$file"
"$syslab" watch arena >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
wait_for() {
    tries=0
    until grep -q "$1" "$scratch/out"; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { kill "$pid"; fail "no '$1' without a terminal"; }
        sleep 0.1
    done
}
wait_for "actual"
cp "$folder/solution/arena.c" "$file"
wait_for "passes every test"
kill -TERM "$pid"
wait "$pid" || fail "ended with $?"
if grep -q "$(printf '\033')" "$scratch/out"; then fail "escape sequences without a terminal"; fi
echo passed
