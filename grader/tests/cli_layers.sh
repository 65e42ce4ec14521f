#!/bin/sh
# cli_layers.sh PROGRAM ROOT - the sandbox's layers, in a record, in words and in the doctor's list.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
solution=$folder/solution/arena.c

echo "# a record lists the layers that its tests had, and the list of the machine agrees"
expect 0 "$syslab" verify --layers
grep -E '^(namespaces|seccomp|landlock|no_new_privs|rlimits|cgroup_v[12])$' "$scratch/out" | tr '\n' ',' >"$scratch/layers"
grep -q 'namespaces,seccomp,.*no_new_privs,rlimits,' "$scratch/layers" || fail "not what every sandbox has"
expect 0 "$syslab" test arena --file "$solution" --json
said "\"layers\": \"$(sed 's/,$//' "$scratch/layers")\""

echo "# without a sandbox the others stay, and it is said"
expect 0 "$syslab" test arena --file "$solution" --json --no-sandbox
said 'without_namespaces"'
if grep -q '"layers": "namespaces' "$scratch/out"; then fail "there were none"; fi
expect 0 "$syslab" test arena --file "$solution" --no-sandbox
said 'without a sandbox'

echo "# a layer is taken away for the attacks alone"
expect 2 "$syslab" verify 03_memory/arena --without landlock
complained '--hostile'
expect 2 "$syslab" verify --hostile --without rlimits
complained 'not rlimits'
expect 2 "$syslab" test arena --without landlock

echo "# the doctor says what the grader saw"
[ -x "$root/build/release/grader/syslab" ] || exit 0 # that is the one it asks
"$root/tests/doctor.sh" >"$scratch/out" 2>&1 || true
cp "$scratch/out" "$scratch/doctor"
grep -q 'has *seccomp' "$scratch/doctor" || fail "the doctor missed seccomp"
if grep -q cgroup_v "$scratch/layers"; then
    grep -q 'has *cgroup' "$scratch/doctor" || fail "the doctor missed the groups"
else
    grep -q 'lacks *cgroup' "$scratch/doctor" || fail "the doctor saw groups that are not there"
fi
