#!/bin/sh
# check_launcher.sh ROOT - the launcher's promises that need no fresh machine: help, usage errors, and
# what it says when packages are missing and there is neither root nor sudo.
set -eu
root=$1
if [ ! -x "$root/build/release/grader/syslab" ]; then
    echo "skipped: the launcher runs the release build's grader, which is not built"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
status=0
complain() { echo "FAILED: $1"; sed 's/^/    /' "$work/out"; status=1; }

expect() { # STATUS TEXT COMMAND...
    want=$1 text=$2
    shift 2
    got=0
    "$@" >"$work/out" 2>&1 </dev/null || got=$?
    [ "$got" = "$want" ] || complain "$* exited $got, expected $want"
    grep -qF -- "$text" "$work/out" || complain "$*: no '$text' in its output"
}

expect 0 './syslab start' "$root/syslab" help
expect 0 'CHAPTER [--json FILE]' "$root/syslab" bench --help
expect 2 'CHAPTER [--json FILE]' "$root/syslab" bench
expect 2 'usage: ./syslab doctor' "$root/syslab" doctor extra
expect 0 'usage: ./syslab doctor' "$root/syslab" doctor --help
expect 2 'start takes no arguments' "$root/syslab" start now
expect 2 'nosuch' "$root/syslab" nosuch

# A machine without cmake and sudo, for somebody who is not root: the same shell and tools, but
# those two are not on the path.
mkdir "$work/bin" "$work/copy"
for tool in sh dirname readlink dpkg-query grep tr id sed tail mkdir env gcc ninja git pkg-config bwrap; do
    ln -s "$(command -v $tool)" "$work/bin/$tool"
done
cp "$root/syslab" "$work/copy/syslab"
if [ "$(id -u)" = 0 ]; then
    run='setpriv --reuid=65534 --regid=65534 --clear-groups'
else
    run=''
fi
# shellcheck disable=SC2086
expect 2 'apt-get install -y --no-install-recommends cmake' env PATH="$work/bin" "$(command -v setpriv)" ${run#setpriv} "$work/copy/syslab" start
[ $status != 0 ] || echo "the launcher keeps its promises"
exit $status
