# files.sh - files of other people in formats of other people, in the folder `here`. STEPS, with ";;" between:
#
#     text NAME BYTES        NAME is exactly these bytes; \n, \0, \xff and \x7c (a bar) as printf's %b has them
#     add NAME BYTES         and these behind
#     many NAME N BYTES      and these behind, N times
#     cut NAME N             only the first N bytes
#     poke NAME AT BYTES     these in the place of others, from byte AT on
#     swap NAME OLD NEW      the first OLD of a text becomes NEW; words, without blanks
#     tensors NAME N HEADER  safetensors: this header, and N bytes of zeros behind it
#     zip NAME MEMBER...     a zip of these files of `here`, as PyTorch writes it
#     gone NAME              there is no such file

golden=$KDGRID_SOURCE/tests/golden

prepare() {
  [ "$kind" != texts ] || "$KDGRID" run study.cfg --store whole >log 2>&1 || fail "no store to begin with: $(cat log)"
}

begin() {
  rm -rf here made
  case $kind in
  torch | config | ids) cp -r "$golden/checkpoints/bert-tags" here ;;
  texts) cp -r whole here ;;
  *) mkdir here ;;
  esac
  case $kind in
  spiece) cp "$golden/unigram.model" here/spiece.model ;;
  experiment) cp study.cfg here ;;
  esac
  echo "Abc1 binds." >line
}

# bytes TEXT: as printf has them, and the blanks at its ends, which a row cannot have
bytes() { printf '%b' "$1"; }

step() {
  local verb=$1 name=here/$2 rest=${3-} number word one i
  case $verb in
  text) bytes "$rest" >"$name" ;;
  add) bytes "$rest" >>"$name" ;;
  many)
    read -r number word <<<"$rest"
    bytes "$word" >once
    i=$(($(wc -c <once) * number))
    while [ "$(wc -c <once)" -lt $i ]; do cat once once >twice && mv twice once; done
    head -c $i once >>"$name"
    ;;
  cut) truncate -s "$rest" "$name" ;;
  poke)
    read -r number word <<<"$rest"
    bytes "$word" | dd of="$name" bs=1 seek="$number" conv=notrunc status=none
    ;;
  swap)
    read -r number word <<<"$rest"
    i=$(cat "$name") one=$(bytes "$number")
    [[ $i == *"$one"* ]] || return 1
    printf '%s\n' "${i/"$one"/"$(bytes "$word")"}" >"$name"
    ;;
  tensors)
    read -r number word <<<"$rest"
    i=$(bytes "$word" | wc -c)
    bytes "$(printf '\\x%02x\\x%02x\\x%02x\\0\\0\\0\\0\\0' $((i & 255)) $((i >> 8 & 255)) $((i >> 16)))" >"$name"
    bytes "$word" >>"$name"
    head -c "$number" /dev/zero >>"$name"
    ;;
  zip) (cd here && "$MAKE_ZIP" "$2" $rest) ;;
  gone) rm -r "$name" ;;
  *) return 1 ;;
  esac
}

spoil() {
  local steps=$1 one verb name rest
  while [ -n "$steps" ]; do
    one=${steps%%' ;; '*}
    [ "$one" = "$steps" ] && steps= || steps=${steps#*' ;; '}
    IFS=' ' read -r verb name rest <<<"$one"
    mkdir -p "here/$(dirname "$name")"
    step "$verb" "$name" "$rest" || return 1
  done
}

named() { echo "$1"; }
