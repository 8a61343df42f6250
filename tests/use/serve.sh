#!/usr/bin/env bash
# serve.sh - a network over HTTP: answers like predict's; clients that send nothing, too much or garbage, leave, or are
# too many; a port in use; an end that owes nobody an answer.
. "$(dirname "$0")/../cli/common.sh"
command -v curl >/dev/null || skip "curl is not here"
cd "$work"
run_small_tagger

# start OPTION...: the server's process is $server, its address $at.
start() {
  rm -f listens
  "$KDGRID" serve best --store store "$@" >listens 2>said &
  server=$!
  for _ in {1..100}; do [ -s listens ] && break; sleep 0.1; done
  at=$(sed -n 's/^listening at //p' listens)
}
# end: it stops by itself, and with success.
end() {
  kill -TERM "$server"
  wait "$server"
  local got=$?
  [ "$got" = 0 ] || { cat said; fail "the server ended with $got"; }
}
# code WANT CURL...: the status of an answer, whose body is in body.
code() {
  local want=$1 got
  shift
  got=$(curl -s -m 20 -o body -w '%{http_code}' "$@")
  [ "$got" = "$want" ] || fail "status $got, expected $want: curl $* ($(head -c 200 body))"
}

expect 2 'one of --port N and --socket PATH' "$KDGRID" serve best --store store
start --port 0 --threads 2 --queue 4 --limit 64 --timeout 3
[ -n "$at" ] || { cat said; fail "it does not listen"; finish; }

# Answers are those of predict.
printf 'The gene Abc1 was seen with fever.\nAnother line of text.\n' >text.txt
printf '{"id": "a", "text": "Abc1 and fever."}\n{"id": 2, "text": "None here."}\n' >lines.jsonl
"$KDGRID" predict best --store store text.txt --json >want 2>/dev/null
code 200 --data-binary @text.txt -H 'Content-Type: text/plain' "$at/predict"
same body want
"$KDGRID" predict best --store store lines.jsonl --json >want 2>/dev/null
code 200 --data-binary @lines.jsonl -H 'Content-Type: application/json' "$at/predict"
same body want
code 200 "$at/health"
grep -q '"status": "ok"' body || fail "health: $(cat body)"

# Nothing, garbage, too much, the wrong way.
code 400 -d '' "$at/predict"
code 400 --data-binary '{"text": ' -H 'Content-Type: application/json' "$at/predict"
grep -q '^{"error": "the text:1' body || fail "the place of a bad line: $(cat body)"
head -c 5000 /dev/urandom >garbage
code 400 --data-binary @garbage -H 'Content-Type: application/json' "$at/predict"
printf 'a\0b' >nul
code 400 --data-binary @nul "$at/predict"
head -c 100000 /dev/zero | tr '\0' 'a' >large
code 413 --data-binary @large "$at/predict"
code 413 --data-binary @large -H 'Transfer-Encoding: chunked' -H 'Expect:' "$at/predict"
code 404 "$at/elsewhere"
code 405 "$at/predict"
code 405 -X DELETE "$at/health"
host=${at#http://}
exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
printf 'no HTTP at all\r\n\r\n' >&3
exec 3>&-

# A client that says nothing, and one that says a byte now and then, are hung up on.
exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
exec 4<>"/dev/tcp/${host%:*}/${host#*:}"
printf 'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n' >&4
exec 5<>"/dev/tcp/${host%:*}/${host#*:}"
drip() { for _ in {1..60}; do printf "$1" >&$2 || break; sleep 0.5; done 2>/dev/null; }
drip x 4 &
drips=$!
drip G 5 &
drips="$drips $!"
timeout 10 cat <&3 >/dev/null || fail "a silent client is kept"
timeout 15 cat <&4 >/dev/null || fail "a slow client is kept"
timeout 10 cat <&5 >/dev/null || fail "a client whose head comes slowly is kept"
kill $drips 2>/dev/null
exec 3>&- 4>&- 5>&-
code 200 "$at/health"

# More at once than there is room for: each is answered or told to come back.
for i in {1..60}; do for _ in {1..30}; do cat text.txt; done; done | head -c 8000 >long.txt
for i in {1..40}; do
  printf 'url=%s\ndata-binary=@long.txt\noutput=out.%d\nwrite-out="%%{http_code}\\n"\nsilent\nmax-time=60\nnext\n' "$at/predict" $i
done | sed '$d' >many
curl --parallel --parallel-immediate --parallel-max 40 -K many 2>/dev/null | sort | uniq -c >codes
[ "$(awk '{ n += $1 } END { print n }' codes)" = 40 ] || fail "not all were answered: $(cat codes)"
grep -vqE ' (200|503)$' codes && fail "other answers: $(cat codes)"
grep -q ' 200$' codes || fail "nobody was answered: $(cat codes)"
code 200 "$at/metrics"
refused=$(awk '/503/ { print $1 }' codes)
grep -q "^kdgrid_texts_total{result=\"refused\"} ${refused:-0}$" body || fail "metrics and answers differ: $(cat body codes)"
expect 69 'is in use' "$KDGRID" serve best --store store --port "${at##*:}"

# Texts that it has when it is told to end are answered.
curl -s -m 20 -o last -w '%{http_code}' --data-binary @long.txt "$at/predict" >last.code &
client=$!
sleep 0.2
end
wait $client
[ "$(cat last.code)" = 200 ] || fail "the last client got $(cat last.code)"

# A socket of this user alone; what a killed server left is no hindrance.
start --socket here.sock
[ "$(stat -c %a here.sock)" = 600 ] || fail "others may use the socket"
code 200 --unix-socket here.sock --data-binary @text.txt http://localhost/predict
expect 69 'is in use' "$KDGRID" serve best --store store --socket here.sock
kill -KILL "$server"
wait "$server" 2>/dev/null
start --socket here.sock
code 200 --unix-socket here.sock http://localhost/health
end
[ ! -e here.sock ] || fail "the socket is left"

# Pairs of texts come as JSON; running text is none.
cat >pair.cfg <<'CFG'
study = {
  name = "pair"; task = "pair"; seeds = [1];
  data = { corpus = "synth"; vocab_size = 300; synth = { sentences = 40; devel = 20; test = 20; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 8; hidden = 8; };
  train = { epochs = 1; batch = 8; };
};
CFG
expect 0 '' "$KDGRID" run pair.cfg --store pairs
printf '{"id": "a", "question": "Is it?", "context": "It is."}\n{"sentence1": "a", "sentence2": "b"}\n' >pairs.jsonl
"$KDGRID" predict best --store pairs pairs.jsonl --json >want 2>/dev/null
start --store pairs --socket here.sock
code 200 --unix-socket here.sock --data-binary @pairs.jsonl -H 'Content-Type: application/json' http://localhost/predict
same body want
code 400 --unix-socket here.sock --data-binary @text.txt -H 'Content-Type: text/plain' http://localhost/predict
grep -q 'pairs of texts come as tsv or jsonl, not as text' body || fail "a text is taken for a pair: $(cat body)"
end
finish
