#!/usr/bin/env bash
# packaging.sh - one list of packages, which has every library that the programs are linked with; the recipes in docs/packaging
# have their form and bring what it says.
. "$(dirname "$0")/common.sh"
mpi=${1:?the other program}
recipes=$KDGRID_SOURCE/docs/packaging
cd "$work"

list=$KDGRID_SOURCE/harness/cmake/packages.txt
# packages COLUMN: what the list has there, for the program
packages() { awk -v c="$1" '/^[^#]/ && $c != "-" && $6 == "program" { print $c }' "$list"; }

# The list: six columns, no package twice, and every library that the two programs are linked with.
awk '/^[^#]/ && (NF != 6 || $6 !~ /^(program|tests)$/) { print FILENAME ": " $0; bad = 1 } END { exit bad }' "$list" || fail "rows of another form"
for column in 1 2 3 4 5; do
  [ -z "$(awk -v c=$column '/^[^#]/ && $c != "-" { print $c }' "$list" | sort | uniq -d)" ] || fail "column $column has a name twice"
done
if command -v dpkg-query >/dev/null && command -v readelf >/dev/null && grep -q '^VERSION_ID="12"' /etc/os-release; then
  packages 4 >run
  for library in $(readelf -d "$KDGRID" "$mpi" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort -u); do
    path=$(ldd "$KDGRID" "$mpi" | awk -v l="$library" '$1 == l { print $3; exit }')
    package=$(dpkg-query -S "*${path#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1)
    case $package in
    libc6 | libgomp1 | libgcc* | *san* | *ubsan* | "") ;; # of every system, or of no package
    *) grep -qxF -- "$package" run || fail "the list does not bring $package, which has $library" ;;
    esac
  done
fi

# Apptainer: a stage that builds by ./setup, one that stays; sections that there are; both bring packages by the list.
definition=$recipes/kdgrid.def
[ "$(grep -c '^Bootstrap: ' "$definition")" = 2 ] || fail "kdgrid.def: two stages are expected"
[ "$(grep -c '^Stage: ' "$definition")" = 2 ] || fail "kdgrid.def: both stages have names"
grep -oE '^%[a-z]+' "$definition" | grep -vxE '%(files|post|environment|runscript|test|labels|help)' &&
  fail "kdgrid.def: no section is called so"
for section in files post environment runscript test labels help; do
  grep -q "^%$section" "$definition" || fail "kdgrid.def: no section %$section"
done
sed -n '/^%post/,/^%[^p]/p' "$definition" | grep -v '^%' | grep -vE '^(Bootstrap|From|Stage)' >post.sh
bash -n post.sh || fail "kdgrid.def: %post is no shell"
grep -q './setup install --prefix /opt/kdgrid' post.sh || fail "kdgrid.def: the program is not built by ./setup"
mkdir -p opt/kdgrid/share/kdgrid && cp "$list" opt/kdgrid/share/kdgrid/
sed -n 's/.*apt-get install -y --no-install-recommends /echo /p' post.sh | sed "s|/opt/|$work/opt/|" >brings.sh
bash brings.sh | tr ' ' '\n' | sort >brought
[ "$(paste -sd ' ' brought)" = "$(packages 4 | sort | paste -sd ' ')" ] || fail "kdgrid.def brings $(paste -sd ' ' brought)"

# Spack: the recipe is Python, its class can be made, and it depends on what the list says.
command -v python3 >/dev/null || skip "python3 is not here"
cp "$recipes/package.py" .
PYTHONDONTWRITEBYTECODE=1 python3 -c 'compile(open("package.py").read(), "package.py", "exec")' || fail "package.py is no Python"
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
for name in $(packages 5); do grep -qx -- "$name" depends || fail "package.py does not depend on $name"; done
for name in $(grep -vx c depends); do packages 5 | grep -qx -- "$name" || fail "the list does not know $name of package.py"; done
finish
