#!/usr/bin/env bash
# install.sh - what `cmake --install` puts below a prefix, and that it works there: also through a link, with MPI.
. "$(dirname "$0")/common.sh"
build=${1:?the build folder}
[ -e "$build/docs/man/made" ] || skip "the manual pages are not built"
cd "$work"
expect 0 '' cmake --install "$build" --prefix "$work/place"
for file in bin/kdgrid bin/kdgrid-mpi share/kdgrid/experiments/quickstart.cfg share/kdgrid/experiments/common \
  share/man/man1/kdgrid.1 share/man/man1/kdgrid-data-stats.1 share/man/man5/kdgrid.cfg.5 \
  share/bash-completion/completions/kdgrid share/zsh/site-functions/_kdgrid share/doc/kdgrid/CONFIG.md; do
  [ -e "place/$file" ] || fail "no $file"
done
grep -rl -- "$KDGRID_SOURCE" place/share && fail "a file names the folder of the sources"

# Moved, and called by a link, it finds its other half.
mv place moved
mkdir links && ln -s ../moved/bin/kdgrid links/
export PATH=$work/links:$PATH
expect 0 '' kdgrid plan moved/share/kdgrid/experiments/quickstart.cfg
write_tiny_study tiny.cfg
expect 0 '' kdgrid run tiny.cfg -n 2 --store store
expect 0 'everything asked for is complete' bash -c 'kdgrid status store >&2'
finish
