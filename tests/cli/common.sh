# common.sh - what the tests of the real program share. Source it; KDGRID is the program.
set -uo pipefail
: "${KDGRID:?the path of the program}" "${KDGRID_SOURCE:?the folder of the sources}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 NO_COLOR=1

work=$(mktemp -d "${TMPDIR:-/tmp}/kdgrid-cli-XXXXXX")
export XDG_CACHE_HOME=$work/cache # what a person's programs remember is left alone
trap 'rm -rf "$work"' EXIT
failures=0

fail() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }
finish() { [ "$failures" = 0 ] && echo "passed" && exit 0; echo "$failures failures"; exit 1; }

# expect EXIT 'words on stderr' COMMAND...: it ends with this code and says these words, in one line;
# the empty text asks for none.
expect() {
  local want=$1 words=$2 got
  shift 2
  "$@" >"$work/out" 2>"$work/err"
  got=$?
  [ $got = "$want" ] || fail "exit $got, expected $want: $* ($(tail -n 1 "$work/err"))"
  [ -z "$words" ] || grep -qF -- "$words" "$work/err" || fail "expected '$words' on stderr of: $*
$(head -n 5 "$work/err")"
}

# One that leaves at its first match would end what writes into it by SIGPIPE, and with that the pipeline.
grep() {
  [[ $1 == -q* ]] || { command grep "$@"; return; }
  local others=${1#-q}
  shift
  command grep ${others:+"-$others"} "$@" | cat >/dev/null
}

# same A B: two files are equal, byte for byte.
same() { cmp -s "$1" "$2" || { fail "$1 and $2 differ"; diff "$1" "$2" | head -n 10; }; }

# stand_in FOLDER OF [KEY=VALUE]...: a copy of the folder OF whose config.json has these values, for who plans and looks at no weight.
stand_in() {
  local folder=$1 said
  mkdir -p "$folder" && cp "$2"/* "$folder"
  for said in "${@:3}"; do sed -i "s/\"${said%%=*}\": [^,}]*/\"${said%%=*}\": ${said#*=}/" "$folder/config.json"; done
}

# A study that is over in two seconds: 4 cells, a teacher and its targets.
write_tiny_study() {
  cat >"$1" <<'CFG'
study = {
  name = "tiny";
  task = "ner";
  seeds = [1, 2];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 120; devel = 40; test = 60; }; };
  teacher = { kind = "bert"; layers = 1; hidden = 32; heads = 2; ffn = 64; pooler = false; positions = 128;
              train = { epochs = 2; lr = 1e-3; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; };
  train = { epochs = 2; batch = 16; lr = 5e-3; };
  axes = ( { key = "distill.method"; values = ["none", "logit-mse"]; } );
};
CFG
}

# One seed of it in `store`, with `student` and `teacher` the objects of two of its networks.
run_tiny_models() {
  local object
  write_tiny_study tiny.cfg
  "$KDGRID" run tiny.cfg --store store -D seeds=1 >/dev/null 2>&1 || fail "run"
  for object in store/objects/*/*.h5; do
    "$KDGRID" model tensors "$object" >tensors.txt 2>/dev/null || continue
    if grep -q ' lstm.weight_ih_l0$' tensors.txt; then student=$object; else teacher=$object; fi
  done
}

# where STORE: the work folder of the cell that is spread over machines; ranks_of STORE: its processes on all of them.
where() { local file; file=$(compgen -G "$1/work/*/hosts") && echo "${file%/hosts}"; }
ranks_of() {
  local pid
  for pid in $(pgrep -f "kdgrid-mpi cell .*$1/work/"); do
    case $(readlink "/proc/$pid/exe") in */kdgrid-mpi) echo "$pid" ;; esac
  done
}

# `store` with one small tagger that finds something.
run_small_tagger() {
  cat >ner.cfg <<'CFG'
study = {
  name = "ner"; task = "ner"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 120; devel = 40; test = 60; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 16; hidden = 16; classifier = 0; };
  train = { epochs = 2; batch = 8; lr = 2e-2; };
};
CFG
  expect 0 "" "$KDGRID" run ner.cfg --store store
}
