#!/usr/bin/env bash
# show.sh - one cell in words and JSON: settings with their origin, figures, history; and the same cell again.
. "$(dirname "$0")/common.sh"
cd "$work"
write_tiny_study tiny.cfg
sed -i 's/axes = (/axes = ( { key = "train.explode"; values = [1000, 1e-6]; },/' tiny.cfg
printf 'profiles = { short = { train = { epochs = 1; }; }; };\n' >>tiny.cfg
"$KDGRID" run tiny.cfg -p short -D train.clip=2 --store "a store" >/dev/null 2>log
[ $? = 1 ] || { cat log; fail "a loss may grow to a millionth of what it was"; }
says() { grep -qE -- "$1" out || fail "expected '$1' in: $(head -n 20 out)"; }

# ---- in words ----
expect 0 "the best of 2" "$KDGRID" show best --store "a store" --where distill.method=logit-mse
says '^state +done, after 1 attempt$'
says '^kind +student$'
says '^host +.'
says '^ +distill.method = logit-mse +# axis$'
says '^ +train.epochs = 1 +# profile: tiny.cfg:[0-9]+$'
says '^ +train.clip = 2 +# command line: -D$'
says '^ +train.lr = 0.005 +# file: tiny.cfg:9$'
says '^ +train.beta1 = 0.9 +# default$'
says '^  targets +[0-9a-f]{32}  targets'
says '^  entity_strict +[0-9.]+ +[0-9.]+ +[0-9.]+$'
says '^  entity_strict\.[A-Z][a-z]+ +[0-9.]+ +[0-9.]+ +[0-9.]+$'
says '^ +epoch +update +loss +score'
says "--store 'a store'"
awk 'length > 200 { exit 1 }' out || fail "a line of more than 200 bytes"

# ---- the very command lines that it prints give the same cell ----
id=$(sed -n 's/^cell *//p' out)
sed -n '/^again$/,$p' out | tail -n +2 | sed "s|kdgrid |\"$KDGRID\" |g" >again.sh
[ "$(wc -l <again.sh)" = 2 ] || { cat again.sh; fail "expected two ways to repeat a student"; }
bash -e again.sh >log 2>&1 || { cat log; fail "what show prints does not run"; }
grep -q "the same contents" log || { cat log; fail "verify found other contents"; }
[ -f "again/objects/${id:0:2}/$id.h5" ] || fail "the experiment file of the cell has another id"
teacher=$("$KDGRID" ls "a store" --role teacher --columns id --csv 2>/dev/null | tail -n 1)
expect 0 "" "$KDGRID" show "${teacher:0:9}" --store "a store"
says '^kind +teacher$'
sed -n '/kdgrid show/p' out | sed "s|kdgrid |\"$KDGRID\" |g" >again.sh
cp -r "a store" kept
"$KDGRID" show "$teacher" --store "a store" --cell >text
rm "a store/objects/${teacher:0:2}/$teacher.h5"
expect 0 "" "$KDGRID" show "$id" --store "a store"
expect 0 "" "$KDGRID" cell text --store "a store"
cmp -s <("$KDGRID" model tensors "$teacher" --store kept) <("$KDGRID" model tensors "$teacher" --store "a store") ||
  fail "the teacher's text makes another teacher"
grep -q -- '--cell >again && ' again.sh || { cat again.sh; fail "no way to repeat a teacher"; }
expect 2 "is no cell of a study by itself: --cell has its text" "$KDGRID" show "$teacher" --store "a store" --study

# ---- a cell that failed ----
failed=$("$KDGRID" ls "a store" --state failed --columns id --csv 2>/dev/null | tail -n 1)
expect 0 "" "$KDGRID" show "$failed" --store "a store"
says '^state +failed, after 1 attempt, of which 1 failed$'
says '^because +the loss has grown from'
says '^ +train.explode = 1e-06 +# axis$'

# ---- for programs ----
"$KDGRID" show "$id" --store "a store" --json | python3 -c '
import json, sys
got = json.load(sys.stdin)
assert got["settings"]["train.clip"] == {"value": "2", "origin": "command line: -D", "in_id": True}, got["settings"]["train.clip"]
assert got["metrics"]["size.parameters"] > 0 and len(got["history"]["loss"]) == 1, got
assert {i["role"] for i in got["inputs"]} == {"corpus", "targets"} and len(got["again"]) == 2, got
' || fail "--json is not what is there"
expect 66 "no cell has an id" "$KDGRID" show feedfeed --store "a store"
finish
