#!/usr/bin/env bash
# visible.sh - names from outside that hold escape sequences never reach a terminal as such, whatever verb tells of
# them: no byte below a blank but the end of a line and a tab, on stdout and stderr, and the name is there to be seen.
. "$(dirname "$0")/common.sh"
cd "$work"
esc=$'\x1b[31mRED\x07' shown='\x1b[31mRED\x07'
in_json='\u001b[31mRED\u0007' in_tex='\textbackslash{}u001b[31mRED\textbackslash{}u0007'

# quiet WHAT FILE: nothing in it acts
quiet() {
  LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$2" && fail "$1: would act on a terminal:
$(LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' "$2" | head -n 3 | od -c | head -n 6)"
}

# tells COMMAND...: says the name, to be seen; hushed: whatever it says, nothing acts
hushed() {
  "$KDGRID" "$@" >out 2>err </dev/null
  case $? in 0 | 1 | 2 | 3 | 65 | 66 | 69 | 73 | 78) ;; *) fail "ends badly: $*" ;; esac
  quiet "$* (stdout)" out
  quiet "$* (stderr)" err
}
tells() {
  hushed "$@"
  cat out err | grep -qF -e "$shown" -e "$in_json" -e "$in_tex" || fail "does not show the name: $*
$(cat out err | tail -n 4)"
}

# ---- a corpus whose tags, and a study whose names and folders, hold escapes ----
mkdir "c$esc"
for split in train devel test; do
  for i in 1 2 3 4 5 6 7 8; do printf 'Abc%s\tB-G%s\nbinds\tO\nIL%s\tO\n\n' $i "$esc" "$i"; done >"c$esc/$split.tsv"
done
cp -r "c$esc" "d$esc"
echo >>"d$esc/test.tsv"
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAbc\nbinds\n%s\n' "$esc" >"v$esc.txt"
cat >study.cfg <<CFG
study = {
  name = "visible"; task = "ner"; seeds = [1];
  data = { corpus = "c$esc"; vocab = "v$esc.txt"; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };
  train = { epochs = 1; batch = 4; lr = 5e-3; };
  axes = ( { key = "student.hidden"; values = [8, 12]; }, { key = "data.corpus"; values = ["c$esc", "d$esc"]; } );
};
tables = ( { name = "t"; rows = ["student.hidden", "data.corpus"]; metrics = ["f1"]; } );
CFG
cp study.cfg "s$esc.cfg"
store="st$esc"

tells data stats "c$esc/train.tsv"
hushed data stats --json "c$esc/train.tsv"
tells data score "c$esc/train.tsv"
hushed data score --json "c$esc/train.tsv"
hushed data augment "c$esc/train.tsv" "o$esc.tsv"
tells data vocab "c$esc/train.tsv" --size 40 -o "w$esc.txt"
tells data tokenize --vocab "none$esc" /dev/null
printf '%s\n' "$esc" >text
hushed data tokenize --vocab "v$esc.txt" text
tells data embeddings "none$esc"
printf '%s 1 2\n' "$esc" >"e$esc.txt"
hushed data embeddings "e$esc.txt" --vocab "v$esc.txt"
tells doctor "s$esc.cfg"
hushed doctor --json "s$esc.cfg"
tells plan "s$esc.cfg" --show-config
tells plan "s$esc.cfg" --explain
sed "s/8, 12/8/" study.cfg >less.cfg
tells plan "s$esc.cfg" --diff less.cfg
hushed plan "s$esc.cfg" --json
tells plan "none$esc.cfg"
tells plan study.cfg -D "student.$esc=1"
tells plan study.cfg -D "student.kind=$esc"
tells plan study.cfg --profile "$esc"

# ---- a store of it ----
hushed run "s$esc.cfg" --store "$store"
hushed run study.cfg --store "$store" -D "student.hidden=[8,$esc]"
mkdir -p "$store/members" "$store/objects/aa" "$store/work/$esc"
echo x >"$store/members/$esc"
echo x >"$store/objects/aa/$esc.h5"
hushed status "$store"
rm -f "$store/members/$esc"
hushed status --json "$store"
tells fsck "$store"
hushed fsck --json "$store"
tells gc --dry-run "$store"
hushed gc --dry-run --json "$store"
hushed jobs "$store"
hushed cancel "$store"
for format in md tex csv json; do
  tells aggregate "$store" --by data.corpus --format $format
  tells table study.cfg --store "$store" --format $format
done
tells aggregate "$store" --by "data.$esc"
hushed compare "$store" --among student.hidden
tells merge "$store" -o "m$esc"
tells verify "$esc" --store "$store"
tells submit "none$esc.cfg"
for id in $(ls "$store"/objects/*/*.h5 | grep -v 'aa/'); do
  hushed model tensors "$id"
  hushed model export "$id" -o "x$esc"
done
tells model export "none$esc.h5" -o x
tells cell "./none$esc"
printf 'kdgrid-cell 1\nnode %s\n' "$esc" >cell
hushed cell cell
tells targets import "none$esc.h5" study.cfg --store "$store"
tells "verb$esc"
tells help "verb$esc"
tells status "$store" "--option$esc"

# ---- weights whose tensors are named so ----
header='{"a\u001b[31mRED\u0007":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
{ printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0"; printf '%s\0\0\0\0' "$header"; } >m.safetensors
tells model tensors m.safetensors
hushed model tensors --json m.safetensors
mkdir published
cp m.safetensors published/model.safetensors
cp "$KDGRID_SOURCE/tests/golden/checkpoints/bert-tags/config.json" published
hushed model import published -o "made$esc.h5"
finish
