#!/bin/sh
# cgroup_v2.sh BUILD - the sandbox's layers on a kernel that has control groups of version 2 alone.
#
# Boots Debian's kernel in qemu, by emulation, on a memory disk with nothing but the tests of the layers, and
# runs them as root in the first group, as a student alone in a group delegated to him, and as a student who
# shares his group with others, which is no place to make groups in. It takes about two minutes.
# Exit: 0 all passed, 1 one did not, 77 cannot be tried here (it says why).
set -eu
build=$1
skip() { echo "skipped: $1"; exit 77; }
[ "$(uname -m)" = x86_64 ] || skip "the kernel that it boots is for x86-64"
for program in qemu-system-x86_64 busybox bwrap dpkg-deb apt-get; do
    command -v "$program" >/dev/null || skip "needs $program"
done
tests=$build/grader/test_grader_layers
[ -x "$tests" ] || skip "$tests is not built"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# The package that the kernel's metapackage stands for, unpacked and never installed.
mkdir "$work/kernel"
chmod 755 "$work" "$work/kernel"
package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
[ -n "$package" ] || skip "no kernel package in this machine's sources"
(cd "$work/kernel" && apt-get download -q "$package" >"$work/log" 2>&1) || skip "the kernel could not be downloaded: $(tail -n 1 "$work/log")"
dpkg-deb -x "$work"/kernel/*.deb "$work/kernel"

echo "==> a memory disk with the tests"
mkdir -p "$root/usr/bin" "$root/usr/lib/x86_64-linux-gnu" "$root/usr/lib64" "$root/etc" "$root$build/grader"
for folder in proc sys dev tmp new; do mkdir "$root/$folder"; done
for folder in bin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
cp "$(command -v busybox)" "$root/usr/bin/busybox"
for name in $(busybox --list); do
    [ "$name" = busybox ] || ln -sf busybox "$root/usr/bin/$name"
done
cp /usr/bin/bwrap "$root/usr/bin/"
cp "$build/grader/runner" "$build/grader/sandbox_guest" "$tests" "$root$build/grader/"
ldd "$tests" "$build/grader/sandbox_guest" /usr/bin/bwrap | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u |
    while read -r library; do cp -L "$library" "$root/usr/lib/x86_64-linux-gnu/"; done
cp -L /lib64/ld-linux-x86-64.so.2 "$root/usr/lib64/"
printf 'root:x:0:0::/:/bin/sh\nstudent:x:1000:1000::/:/bin/sh\n' >"$root/etc/passwd"

# Step into the group, then run the tests, alone or beside the shell. $1: the case, $2: CK_FORK
cat >"$root/as_student" <<'END'
#!/bin/sh
echo $$ >/sys/fs/cgroup/scope/cgroup.procs
exec su student -c "CK_RUN_CASE=$1 CK_FORK=$2 exec TESTS"
END
cat >"$root/init" <<'END'
#!/bin/sh
# bubblewrap turns the root folder around, which the kernel's first one does not allow: move to another.
if [ ! -e /moved ]; then
    mount -t tmpfs new /new
    for part in usr etc tmp proc sys dev bin lib lib64 init as_student TOP; do cp -a "/$part" /new/; done
    mkdir /new/new
    touch /new/moved
    exec switch_root /new /init
fi
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 -o nsdelegate cgroup /sys/fs/cgroup
chmod 1777 /tmp
run() {
    echo "== $1"
    shift
    "$@"
    echo "status $?"
}
scope=/sys/fs/cgroup/scope
run "root" TESTS
echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
mkdir $scope
chown -R 1000:1000 $scope
run "a student alone in a delegated group: groups" /as_student cgroup no
run "a student alone in a delegated group: without groups" /as_student no_cgroup no
run "a student among others: files" /as_student landlock yes
run "a student among others: everything is dead" /as_student each yes
find /sys/fs/cgroup -name '*syslab*'
echo "left: $(find /sys/fs/cgroup -name '*syslab*' | wc -l)"
echo "all done"
poweroff -f
END
top=$(echo "$build" | cut -d / -f 2)
sed -i "s#TESTS#$tests#; s#TOP#$top#" "$root/init" "$root/as_student"
chmod +x "$root/init" "$root/as_student"
(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >"$work/disk")

echo "==> $package, by emulation"
timeout 900 qemu-system-x86_64 -m 1500 -smp 2 -nographic -no-reboot -net none -kernel "$work"/kernel/boot/vmlinuz-* \
    -initrd "$work/disk" -append "console=ttyS0 cgroup_no_v1=all quiet panic=-1" </dev/null >"$work/console" 2>&1 || true
tr -d '\r' <"$work/console" | grep -aE '^(==|status|[0-9]+%|left:|all done)|:[FE]:|no scopes' || true
tr -d '\r' <"$work/console" >"$work/said"
grep -qax "all done" "$work/said" || { tail -n 20 "$work/said"; echo "FAILED: it did not come to its end"; exit 1; }
[ "$(grep -acx 'status 0' "$work/said")" = 5 ] || { echo "FAILED: not every run passed"; exit 1; }
grep -qax "left: 0" "$work/said" || { echo "FAILED: groups were left behind"; exit 1; }
if grep -qa "no control groups" "$work/said"; then echo "FAILED: the groups were not found"; exit 1; fi
