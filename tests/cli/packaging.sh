#!/usr/bin/env bash
# packaging.sh - the form of the recipes in docs/packaging, and that they bring every library that the program has.
. "$(dirname "$0")/common.sh"
mpi=${1:?the other program}
recipes=$KDGRID_SOURCE/docs/packaging
cd "$work"

# Apptainer: a stage that builds, one that stays; sections that there are; every library's package.
definition=$recipes/kdgrid.def
[ "$(grep -c '^Bootstrap: ' "$definition")" = 2 ] || fail "kdgrid.def: two stages are expected"
[ "$(grep -c '^Stage: ' "$definition")" = 2 ] || fail "kdgrid.def: both stages have names"
grep -oE '^%[a-z]+' "$definition" | grep -vxE '%(files|post|environment|runscript|test|labels|help)' &&
  fail "kdgrid.def: no section is called so"
sed -n '/^%post/,/^%[^p]/p' "$definition" | grep -v '^%' | grep -vE '^(Bootstrap|From|Stage)' >post.sh
bash -n post.sh || fail "kdgrid.def: %post is no shell"
if command -v dpkg-query >/dev/null && command -v readelf >/dev/null && grep -q '^VERSION_ID="12"' /etc/os-release; then
  for library in $(readelf -d "$KDGRID" "$mpi" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort -u); do
    path=$(ldd "$KDGRID" "$mpi" | awk -v l="$library" '$1 == l { print $3; exit }')
    package=$(dpkg-query -S "*${path#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1)
    case $package in
    libc6 | libgomp1 | libgcc* | *san* | *ubsan* | "") ;; # of every system, or of no package
    *) grep -qw -- "${package//+/\\+}" post.sh || fail "kdgrid.def does not bring $package, which has $library" ;;
    esac
  done
fi

# Spack: the recipe is Python, and its class can be made; each package that CMake looks for is in it.
command -v python3 >/dev/null || skip "python3 is not here"
cp "$recipes/package.py" .
python3 -m py_compile package.py || fail "package.py is no Python"
cat >spack.py <<'PY'
import sys, types
spack, package, said = types.ModuleType("spack"), types.ModuleType("spack.package"), []
class CMakePackage:
    pass
package.CMakePackage = CMakePackage
for name in "license version variant depends_on generator".split():
    setattr(package, name, lambda *a, name=name, **k: said.append((name,) + a))
sys.modules["spack"], sys.modules["spack.package"] = spack, package
space = {}
exec(open("package.py").read(), space)
assert issubclass(space["Kdgrid"], CMakePackage) and hasattr(space["Kdgrid"], "cmake_args")
print(*(s[1].split("@")[0].split("~")[0].split(" ")[0] for s in said if s[0] == "depends_on"), sep="\n")
PY
python3 spack.py >depends || fail "package.py: its class cannot be made"
for name in $(sed -n 's/^ *kd_package(\([a-z0-9]*\).*/\1/p' "$KDGRID_SOURCE/harness/cmake/packages.cmake" | grep -v cmocka) onednn; do
  grep -q "$name" depends || fail "package.py does not depend on $name"
done
finish
