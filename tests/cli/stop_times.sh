#!/usr/bin/env bash
# stop_times.sh [N] - how long a run takes from being asked to stop to its exit, N times (5) for each of the five
# signals and for a deadline, while two cells train: in one process and with two MPI workers. It prints the figures
# of docs/RELIABILITY.md; only exit 75 and a bound that no stop should come near decide.
. "$(dirname "$0")/common.sh"
cd "$work"
repeats=${1:-5}
most_s=60
deadline_s=65
cat >study.cfg <<'CFG'
study = {
  name = "stopped";
  task = "ner";
  seeds = [1, 2, 3, 4];
  data = { corpus = "synth"; vocab_size = 400; synth = { sentences = 400; devel = 40; test = 60; }; };
  student = { kind = "bilstm"; layers = 1; embedding = 64; hidden = 128; classifier = 0; };
  train = { epochs = 100000; batch = 32; lr = 5e-3; };
};
CFG

now() { echo "${EPOCHREALTIME/,/.}"; }
minus() { awk "BEGIN { printf \"%.3f\", $1 - $2 }"; }

# Cells that have told an epoch by now.
training() { "$KDGRID" status store --json 2>/dev/null | grep -c '"epoch": [1-9]'; }

wait_for_training() {
  local last=$((SECONDS + 120))
  while [ "$(training)" -lt 2 ]; do
    kill -0 "$1" 2>/dev/null || { cat log; fail "the run is over too early"; return 1; }
    [ $SECONDS -lt $last ] || { fail "no cells at work after two minutes"; return 1; }
    sleep 0.2
  done
}

# note WHAT SECONDS
note() {
  echo "$2" >>"times.$1"
  awk "BEGIN { exit !($2 < $most_s) }" || fail "$1 took $2 s"
}

# ends PID WHAT: it does so with 75.
ends() {
  wait "$1"
  local code=$?
  [ $code = 75 ] || { cat log; fail "$2: exit $code"; }
}

ask() {
  "$KDGRID" run study.cfg $how --store store >/dev/null 2>log &
  local pid=$! asked
  if wait_for_training $pid; then
    asked=$(now)
    kill -"$1" $pid
    ends $pid "$1"
    note "$1" "$(minus "$(now)" "$asked")"
  else
    kill -9 $pid
  fi
}

# One run for a deadline in a store of its own. The time from the start of the program to where its deadline counts
# from (the start of MPI, too) is counted for the stop.
meet_deadline() {
  local began code
  began=$(now)
  "$KDGRID" run study.cfg $how --store "late.$1" --deadline $deadline_s >/dev/null 2>"log.$1"
  code=$?
  minus "$(minus "$(now)" "$began")" $deadline_s >"late.$1.s"
  [ $code = 75 ] && grep -q "the deadline has come" "log.$1" && touch "late.$1.met"
}

# All of them at once, since no cell begins that cannot save its state (every minute) before the deadline.
meet_deadlines() {
  local i runs=()
  for ((i = 1; i <= repeats; i++)); do
    meet_deadline $i &
    runs+=($!)
  done
  wait "${runs[@]}"
  for ((i = 1; i <= repeats; i++)); do
    [ -e "late.$i.met" ] || { cat "log.$i"; fail "the deadline met no cell"; }
    note deadline "$(cat "late.$i.s")"
  done
  rm -rf late.*
}

print_times() {
  local what
  printf '%s\n%-9s %3s %8s %8s %8s\n' "$1" asked n min median max
  for what in TERM INT HUP USR1 USR2 deadline; do
    sort -n "times.$what" 2>/dev/null |
      awk -v what=$what '{ t[NR] = $1 } END { if (NR) printf "%-9s %3d %7.2fs %7.2fs %7.2fs\n", what, NR, t[1],
        (t[int((NR + 1) / 2)] + t[int((NR + 2) / 2)]) / 2, t[NR] }'
  done
  rm -f times.*
}

try() {
  how=$1
  rm -rf store
  for ((i = 1; i <= repeats; i++)); do
    for signal in TERM INT HUP USR1 USR2; do ask $signal; done
  done
  meet_deadlines
  print_times "kdgrid run $how"
}

try "-j 2"
command -v mpirun >/dev/null && try "-n 2"
finish
