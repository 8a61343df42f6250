#!/usr/bin/env bash
# completion.sh - what TAB offers: bash's own function, driven as readline drives it, and zsh's with the same words.
. "$(dirname "$0")/common.sh"
mkdir "$work/here" && cd "$work/here"

"$KDGRID" completion bash >../script.bash || fail "no script for bash"
"$KDGRID" completion zsh >../script.zsh || fail "no script for zsh"
expect 2 'bash or zsh, not fish' "$KDGRID" completion fish

# A store has ids by the names of its objects.
a=ab$(printf '0%.0s' {1..30}) b=ab1$(printf '0%.0s' {1..29}) c=cd$(printf '0%.0s' {1..30})
mkdir -p s/objects/{ab,cd} runs
touch s/objects/ab/{$a,$b}.h5 s/objects/cd/$c.h5 s/objects/cd/$c.h5.tmp.host-1-2 one.cfg

source ../script.bash
# COMP_WORDS as bash makes them: split at blanks, and at '=' with that as a word.
in_bash() {
  local line=$1 IFS=$' \t\n'
  local text=${line//=/ = }
  read -ra COMP_WORDS <<<"kdgrid $text"
  [[ $line != *[\ ] && -n $line ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _kdgrid kdgrid "${COMP_WORDS[COMP_CWORD]}" "" 2>../said
  [ ! -s ../said ] || fail "'$line': $(cat ../said)"
  echo "${COMPREPLY[*]-}"
}

sorted() { tr ' ' '\n' <<<"$1" | sort | paste -sd ' '; }

# The words of a line, and what stands for the last of them without what is kept.
offers() {
  local got
  got=$(in_bash "$1")
  [ "$(sorted "$got")" = "$(sorted "$2")" ] || fail "bash: '$1' gives '$got', not '$2'"
  [ -z "$zsh" ] || printf '%s\n%s\n' "$1" "${3-$2}" >>../for_zsh
}

zsh=$(command -v zsh || true)
verbs=$("$KDGRID" help | awk '/^verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' | paste -sd ' ')
offers '' "$verbs"
offers 'comp' 'compare completion'
offers 'data s' 'stats score synth'
offers 'help data t' 'tokenize'
offers 'help conf' 'config'
offers 'help config ' ''
offers 'help student.hid' 'student.hidden'
offers 'help serv' 'serve'
offers 'data fetch NCBI' 'NCBI-disease NCBI-disease-IOB2'
offers 'data fetch NCBI-disease vocab/bert-base-c' 'vocab/bert-base-cased'
offers 'plot cu' 'curves'
offers 'plot curves ' 'runs s' ''
offers 'data convert pubmed o' 'one.cfg' ''
offers 'new own --teacher ' 'none trained runs s' 'none trained'
offers 'new own --vocab o' 'one.cfg' ''
offers 'predict be' 'best' # and no store is called so
offers 'completion ' 'bash zsh'
for verb in $verbs; do
  [ "$verb" = help ] && continue
  options=$("$KDGRID" help "$verb" | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -- '--.*' | paste -sd ' ')
  offers "$verb --" "${options:---help}"
done
offers 'run one.cfg --re' '--retries --retry-failed'
offers 'table one.cfg --format ' 'md tex html csv csv-raw json'
offers 'table one.cfg --format=c' 'csv csv-raw'
offers 'table one.cfg -f t' 'tex'
offers 'predict best --to ' 'jsonl tsv brat text'
offers 'data synth --task h' 'hoc'
offers 'new own --task p' 'pair'
offers 'new own --template do' 'documents doktra'
offers 'new own --template synth' '' # what studies include is none
offers 'data convert ' 'pubmed jats questions'
offers 'model export best --format ' 'published onnx'
offers 'run one.cfg -D distill.me' "$("$KDGRID" help config | grep -oE '^\| `distill\.me[a-z_.]+' | sed 's/.*`//; s/$/=/' | paste -sd ' ')"
offers 'run one.cfg -D student.kind=r' 'roberta'
offers 'run one.cfg --define student.kind=b' 'bilstm bert'
offers 'run one.cfg --where student.kind=r' ''
offers 'plan one.cfg -D precision=' 'f32 bf16'
offers "show --store s a" "$a $b"
offers "show --store=s ab1" "$b"
offers "show --store s " "best $a $b $c one.cfg runs s" "best $a $b $c"
offers "show --store s cd" "$c"
offers 'show --store r' 'runs' ''
offers 'run o' 'one.cfg' ''
offers 'status ru' 'runs' ''
offers 'run one.cfg --workers ' ''
offers 'nothing -' '--help'

# Every word that is offered for an option is one that its verb's help names.
while read -r verb option words; do
  page=$("$KDGRID" help $verb)
  for word in $words; do
    grep -qw -- "$word" <<<"$page" || fail "$verb $option offers $word, which its help does not name"
  done
done < <(sed -n "s/^    '\([a-z ]*\) \(--[a-z-]*\)'.*) kind='=\(.*\)' ;;$/\1|\2|\3/p" ../script.bash | tr '|' '\t' |
  awk -F'\t' '{ gsub(" ", "_", $1); print $1, $2, $3 }' | sed 's/^\([a-z]*\)_/\1 /' | grep -E '^[a-z]+ --')

began=$EPOCHREALTIME
for ((i = 0; i < 20; i++)); do in_bash 'run one.cfg -D student.' >/dev/null; done
echo "a completion takes $((( ${EPOCHREALTIME/./} - ${began/./} ) / 20)) us"

if [ -z "$zsh" ]; then
  [ "$failures" != 0 ] || skip "zsh is not here; bash completes as it should"
  finish
fi
cat >../drive.zsh <<'E2'
compdef() { : }
source ../script.zsh
try() { emulate -L ksh; setopt null_glob; _kdgrid_find "$@"; }
bad=0
while IFS= read -r line && IFS= read -r want; do
  words=(${(s: :)line})
  [[ $line != *' ' && -n $line ]] || words+=('')
  try "${words[@]}"
  got="${candidates[*]}"
  [[ $got == $want ]] || { print "zsh: '$line' gives '$got', not '$want'"; bad=1 }
done <../for_zsh
exit $bad
E2
"$zsh" -f ../drive.zsh || fail "zsh completes otherwise"
finish
