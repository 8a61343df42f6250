# h5.sh - HDF5 files of ours, spoiled by make_h5.c. In COMMAND stand FILE for the copy, STORE for the store that it is
# in, STUDY for the study.

prepare() {
  "$KDGRID" run study.cfg --store whole >log 2>&1 || fail "no store to begin with: $(cat log)"
  "$KDGRID" model import "$KDGRID_SOURCE/tests/golden/checkpoints/bert-tags" -o whole.h5 || fail "no object to begin with"
  corpus=$("$KDGRID" targets corpus study.cfg --store whole | sed 's/^corpus: //')
  "$MAKE_H5" --targets "$corpus" made.h5 || fail "no targets to begin with"
  checkpoint=$("$MAKE_H5" --checkpoint whole)
  model=$(ls whole/objects/*/*.h5 | grep -v "$corpus")
  cp whole.h5 there.h5
}

# A whole file of this kind as $file, in $store where there is one.
begin() {
  rm -rf here here.h5 exported merged
  store=here
  case $kind in
  object) cp whole.h5 here.h5 && file=here.h5 ;;
  targets) cp made.h5 here.h5 && cp -r whole here && file=here.h5 ;;
  store) cp -r whole here && rm -f here/catalogue.h5 && file=here/${model#whole/} ;;
  catalogue) cp -r whole here && file=here/catalogue.h5 ;;
  checkpoint) cp -r whole here && file=here/${checkpoint#whole/} ;;
  esac
}

spoil() { "$MAKE_H5" $file "$1"; }

named() {
  local command=$1
  command=${command//FILE/$file} command=${command//STORE/$store}
  echo "${command//STUDY/study.cfg}"
}
