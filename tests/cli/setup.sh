#!/usr/bin/env bash
# setup.sh - what ./setup asks for: its own script beside a dpkg, a cmake and a user that are made up.
. "$(dirname "$0")/common.sh"
cd "$work"
mkdir -p bin checkout/harness/cmake
cp "$KDGRID_SOURCE/setup" checkout/
cp "$KDGRID_SOURCE/harness/cmake/packages.txt" checkout/harness/cmake/
tool() { printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"; chmod +x "bin/$1"; }
for name in bash dirname sed xargs echo mktemp cat rm head awk tee nproc; do ln -s "$(type -P $name)" bin/$name; done
tool id 'echo 1000'
tool apt-get 'echo apt-get "$@" >>"$0.log"'
tool dpkg-query 'case " $ABSENT " in *" ${@: -1} "*) exit 1 ;; esac; echo -n installed'
tool cmake 'echo "cmake $*" >>"$0.log"; [ -z "${CMAKE_STOPS:-}" ]'
try() { env -i PATH="$work/bin" ABSENT="$ABSENT" CMAKE_STOPS="${CMAKE_STOPS:-}" bash checkout/setup "$@"; }

# Without root and without tools nothing is built; the packages are named, those of the tests only for tests.
ABSENT="libzip-dev cmake libcmocka-dev hdf5-tools"
expect 1 'apt-get install cmake libzip-dev' try demo
grep -q cmocka err && fail "the demo asks for the library of the tests"
expect 1 'apt-get install cmake libzip-dev libcmocka-dev hdf5-tools' try test
[ ! -e bin/apt-get.log ] || fail "apt-get was called: $(cat bin/apt-get.log)"

# With the tools there CMake finds out, and when it stops the packages are named, too.
for name in cc ninja pkg-config mpirun; do tool $name true; done
ABSENT="libzip-dev libcmocka-dev"
CMAKE_STOPS=yes expect 1 'apt-get install libzip-dev' try demo
rm -f bin/cmake.log
expect 0 '' try build
grep -q -- '-DKD_TESTS=OFF' bin/cmake.log || fail "build builds the tests: $(cat bin/cmake.log)"

# Nothing is missing: the demo builds the two programs and no more.
ABSENT=""
rm -f bin/cmake.log
try demo >out 2>err
grep -q -- '--build --preset release --target kdgrid kdgrid-mpi$' bin/cmake.log || fail "the demo builds $(cat bin/cmake.log)"

# A folder of one's own needs no root; another is refused before anything is built.
rm -f bin/cmake.log
mkdir -p "own" && tool kdgrid 'echo kdgrid 9.9' && mkdir -p own/place/bin && cp bin/kdgrid own/place/bin/
expect 0 '' try install --prefix own/place
grep -q -- "--install build/release --prefix $work/own/place" bin/cmake.log || fail "install: $(cat bin/cmake.log)"
[ "$(id -u)" = 0 ] || expect 1 'cannot be written here without root' try install --prefix /none
expect 1 'expects a folder' try install --prefix
finish
