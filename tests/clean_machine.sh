#!/bin/sh
# clean_machine.sh ROOT [start] - both commands of the README from nothing: a fresh Debian folder with git
# and a shell, a clone of the committed tree, ./syslab start, and ./syslab selftest unless `start`
# alone was asked for.
#
# Needs root (a second operating system's folder is made and entered), debootstrap, bubblewrap and the
# package sources of this machine. Takes about half an hour. CI runs it with: ./syslab selftest --clean-machine
# Exit: 0 both ended well, 1 one did not, 77 cannot be tried here (it says why).
set -eu
root=$1 only=${2:-both}
release=${CLEAN_MACHINE_RELEASE:-bookworm}

skip() { echo "skipped: $1"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"
command -v debootstrap >/dev/null 2>&1 || skip "needs debootstrap"
command -v bwrap >/dev/null 2>&1 || skip "needs bubblewrap"

# The first Debian archive of this machine's sources, in either of their two formats.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -n 's/^URIs: *\([^ ]*\/debian\)\/*$/\1/p; s/^deb \([^ ]*\/debian\)\/* .*/\1/p' | head -n 1)
[ -n "$mirror" ] || skip "no Debian archive in this machine's package sources"

work=$(mktemp -d /var/tmp/clean-machine.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
echo "==> a fresh Debian ($release)"
debootstrap --variant=minbase --include=git,ca-certificates "$release" "$work/debian" "$mirror" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log"
    exit 1
}
cp /etc/resolv.conf "$work/debian/etc/resolv.conf"
# A folder has no services: a package that brings one is not to start it.
printf '#!/bin/sh\nexit 101\n' >"$work/debian/usr/sbin/policy-rc.d"
chmod +x "$work/debian/usr/sbin/policy-rc.d"
# Only these settings of the package client come along: how to reach the archive.
for setting in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/99*; do
    [ ! -f "$setting" ] || cp "$setting" "$work/debian/etc/apt/apt.conf.d/"
done
git clone -q --no-local "$root" "$work/debian/root/syslab"

# The whole of /proc comes along: a sandbox inside may mount its own only where nothing of it is hidden.
inside() {
    bwrap --bind "$work/debian" / --dev /dev --bind /proc /proc --bind /sys /sys --tmpfs /tmp --cap-add ALL \
        --die-with-parent --clearenv --setenv PATH /usr/sbin:/usr/bin:/sbin:/bin --setenv HOME /root \
        --setenv TERM dumb --chdir /root/syslab "$@"
}

echo "==> ./syslab start"
started=$(date +%s)
inside ./syslab start || { echo "start failed"; exit 1; }
echo "==> start took $(($(date +%s) - started)) s"
inside test -f work/03_memory/arena/arena.c || { echo "start made no workspace"; exit 1; }
echo "==> again: nothing to install, an edited file left alone"
inside sh -c 'echo "/* mine */" >> work/03_memory/arena/arena.c'
inside ./syslab start >"$work/again" || { cat "$work/again"; exit 1; }
grep -q 'nothing is missing' "$work/again"
inside grep -q 'mine' work/03_memory/arena/arena.c
if [ "$only" = both ]; then
    echo "==> ./syslab selftest"
    inside ./syslab selftest || { echo "selftest failed"; exit 1; }
fi
echo "a clean machine runs both commands"
