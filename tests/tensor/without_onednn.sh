#!/usr/bin/env bash
# without_onednn.sh SOURCES INCLUDES - matrix products build without oneDNN and pass their tests.
#
# First its header's folder INCLUDES is hidden, as if the package were absent: CMake says so and goes
# on. Then the same with KD_WITH_ONEDNN=OFF, and the products alone are built and tried.
set -uo pipefail
sources=$1 includes=$2
build=$(mktemp -d "${TMPDIR:-/tmp}/kdgrid-plain-XXXXXX")
trap 'rm -rf "$build"' EXIT
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }

cmake -S "$sources" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O1 \
  -DCMAKE_IGNORE_PATH="$includes" >"$build/log" 2>&1 ||
  fail "cmake without the package: $(tail -n 5 "$build/log")"
grep -q 'oneDNN is not found (libdnnl-dev): matrix products use OpenBLAS, f32 only' "$build/log" ||
  fail "cmake does not say that oneDNN is absent"

cmake -S "$sources" -B "$build" -DCMAKE_IGNORE_PATH= -DKD_WITH_ONEDNN=OFF >"$build/log" 2>&1 ||
  fail "cmake with KD_WITH_ONEDNN=OFF: $(tail -n 5 "$build/log")"
cmake --build "$build" --target test_tensor_gemm >"$build/log" 2>&1 ||
  fail "$(grep -m 5 -E 'error|FAILED' "$build/log")"
"$build/tests/tensor/test_tensor_gemm" >"$build/log" 2>&1 || fail "$(cat "$build/log")"
for precision in bf16 int8; do
  grep -q "skipped: precision $precision needs oneDNN" "$build/log" || fail "$precision is left out, and nothing says so"
done
echo "passed"
