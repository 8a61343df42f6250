#!/usr/bin/env bash
# deb.sh - the Debian package that CPack makes of a build: what is in it, what it depends on, and that it runs where it was
# unpacked. With a second word, `bare`, it is also installed in a Debian 12 that debootstrap makes, which takes a mirror and root:
# ctest --preset release -C long -R deb_bare
. "$(dirname "$0")/common.sh"
build=${1:?the build folder} bare=${2:-}
for tool in cpack dpkg-deb dpkg-shlibdeps; do command -v $tool >/dev/null || skip "$tool is not here"; done
grep -q '^VERSION_ID="12"' /etc/os-release || skip "not Debian 12"
[ -e "$build/docs/man/made" ] || skip "the manual pages are not built"
grep -qa __asan_init "$KDGRID" && skip "a sanitized build is not packed"
list=$KDGRID_SOURCE/harness/cmake/packages.txt
cd "$work"

(cd "$build" && cpack -G DEB -B "$work/made") >log 2>&1 || { tail -n 5 log; fail "cpack"; finish; }
package=$(echo "$work"/made/*.deb)
[ -f "$package" ] || { fail "no package: $(ls made)"; finish; }

# It depends on what the list says to run with, and on nothing that only builds need.
dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/ .*//' | sort -u >depends
for name in $(awk '/^[^#]/ && $4 != "-" { print $4 }' "$list"); do
  grep -qE "^$name(\$|t64)|^${name%-pthread}" depends || fail "the package does not depend on $name: $(paste -sd ' ' depends)"
done
grep -- '-dev$' depends && fail "it depends on what only builds need"
[ "$(dpkg-deb -f "$package" Package Architecture Section | sort | paste -sd ' ')" = \
  "Architecture: $(dpkg --print-architecture) Package: kdgrid Section: science" ] || fail "control: $(dpkg-deb -f "$package")"
dpkg-deb -c "$package" | awk '$1 !~ /^[-dl]rwxr-xr-x$|^-rw-r--r--$|^lrwxrwxrwx$/ || $2 != "root/root" { print; bad = 1 } END { exit bad }' ||
  fail "files of others, or that others may write"

# Unpacked it has all parts and runs them.
dpkg-deb -x "$package" root
for file in bin/kdgrid bin/kdgrid-mpi share/kdgrid/experiments/quickstart.cfg share/kdgrid/experiments/templates/entities.cfg \
  share/man/man1/kdgrid-run.1 share/man/man5/kdgrid.cfg.5 share/bash-completion/completions/kdgrid share/zsh/site-functions/_kdgrid \
  share/doc/kdgrid/TUTORIAL.md share/doc/kdgrid/LICENSE; do
  ls "root/usr/$file"* >/dev/null 2>&1 || fail "no $file"
done
grep -rl -- "$KDGRID_SOURCE" root/usr/share && fail "a file names the folder of the sources"
installed=$work/root/usr/bin/kdgrid
expect 0 '' env -u KDGRID_SHARE "$installed" new genes --template entities
expect 0 '' "$installed" run genes.cfg --profile smoke --store store -n 2
expect 0 '' "$installed" plan root/usr/share/kdgrid/experiments/quickstart.cfg
[ -n "$bare" ] || finish

# ---- in a Debian that has nothing else ----
[ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null || skip "debootstrap and root are needed"
mirror=$(sed -nE 's/^deb (\[[^]]*\] )?(http[^ ]*) .*/\2/p; s/^URIs: *([^ ]*).*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
debootstrap --variant=minbase bookworm debian "$mirror" >log 2>&1 || { tail -n 3 log; fail "debootstrap"; finish; }
cp -a /etc/apt/apt.conf.d/. debian/etc/apt/apt.conf.d/ 2>/dev/null
cp "$package" debian/tmp/kdgrid.deb
within() { chroot debian env -i PATH=/usr/bin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "$@"; }
mount -t proc proc debian/proc && trap 'umount "$work/debian/proc"; rm -rf "$work"' EXIT
within apt-get update >log 2>&1
within apt-get install -y --no-install-recommends /tmp/kdgrid.deb >log 2>&1 || { tail -n 5 log; fail "apt-get install"; }
within kdgrid version || fail "the program does not start"
within sh -c 'cd /root && kdgrid run /usr/share/kdgrid/experiments/quickstart.cfg -n 2 --store store' >table 2>log || { tail -n 5 log; fail "the quickstart"; }
grep -q '^| ' table || fail "no table: $(tail -n 5 table)"
finish
