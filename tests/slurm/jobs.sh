# jobs.sh - what the scripts share that watch a real study in the queue of a real SLURM. Source it after tests/cli/common.sh.
#
#     gate      a member elsewhere, made up here, that is at some cells: a study behind a closed gate cannot be over
#               before what shall happen to it has happened. `open_gate` lets the jobs have them.

# write_study FILE NAME: 16 cells of a fraction of a second, a teacher and its targets.
write_study() {
  write_tiny_study "$1"
  sed -i "s/\"tiny\"/\"$2\"/; s/seeds = .*/seeds = [1, 2, 3, 4, 5, 6, 7, 8];/; s/  train = { epochs = 2;/  train = { epochs = 40;/" "$1"
  cat >>"$1" <<'CFG'
tables = ( { name = "scores"; rows = ["distill.method"]; metrics = ["test.f1", "devel.f1"]; } );
slurm = { nodes = 1; tasks = 1; time = "00:10:00"; restarts = 5; output = "job-%j.log"; };
CFG
}

# wait_for SECONDS COMMAND...: until the command succeeds. What follows would mean nothing without it.
wait_for() {
  local last=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $last ] || { fail "in vain: $*"; tail -n 3 job-*.log; squeue; exit 1; }
    sleep 0.1
  done
}

# field JOB NAME: what `scontrol show job` says.
field() { scontrol -o show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }
is() { [ "$(field "$1" "$2")" = "$3" ]; }

# submit STORE OPTION...: hand in study.cfg, and print the number of the job. Without one nothing that follows means anything.
submit() {
  local store=$1
  shift
  "$KDGRID" submit "${study:-study.cfg}" --store "$store" "$@" 2>"$store.said" || { cat "$store.said" >&2; return 1; }
}

live() { "$KDGRID" jobs "$1" --json | grep -c '"live": true'; }
none_live() { [ "$(live "$1")" = 0 ]; }
count() { [ "$("$KDGRID" jobs "$1" | grep -c " $2")" = "$3" ]; } # STORE STATE NUMBER
has_objects() { compgen -G "$1/objects/*/*.h5"; }

# members STORE: the jobs that are at work on it, as they call themselves.
members() { ls "$1/members" 2>/dev/null | grep -v -e '[.]' -e '^gate$'; }
has_members() { [ "$(members "$1" | wc -l)" = "$2" ]; }
has_member_on() { members "$1" | grep -q "^$2-"; }

# ---- gates ----

# close_gate STORE NUMBER: so many of the cells of a store `plain`, which is done, are held. The heart beats into the
# file that is there and never makes one.
close_gate() {
  local id
  mkdir -p "$1/objects" "$1/claims" "$1/members"
  printf 'kdgrid-member 1\nhost elsewhere\nboot other/1\npid 1\nstart 1\njob -\nrestart 0\nsince 1.0\nrun 0\nbeat ' >"$1/members/gate"
  for id in $("$KDGRID" ls plain --json | sed -n 's/^{"id": "\([0-9a-f]*\)".*/\1/p' | tail -n "$2"); do
    printf 'kdgrid-claim 1 gate\n' >"$1/claims/$id"
  done
  while [ -e "$1/members/gate" ]; do
    printf 1 | dd of="$1/members/gate" oflag=append conv=notrunc,nocreat status=none 2>/dev/null
    sleep 2
  done &
}

open_gate() {
  grep -lx 'kdgrid-claim 1 gate' "$1"/claims/* 2>/dev/null | xargs -r rm -f
  rm -f "$1/members/gate"
}

# ---- the end ----

# is_whole STORE [FILE PLAIN]: nobody is at work any more; the table is that of the plain run, byte for byte; nothing is
# damaged or left to do.
is_whole() {
  local file=${2:-study.cfg} plain=${3:-plain}
  "$KDGRID" table "$file" --store "$plain" >"$1.want"
  "$KDGRID" table "$file" --store "$1" >"$1.got"
  same "$1.want" "$1.got"
  "$KDGRID" fsck "$1" >"$1.fsck" || { cat "$1.fsck"; fail "$1: fsck finds a problem"; }
  "$KDGRID" run "$file" --store "$1" >"$1.got" 2>"$1.run" || { cat "$1.run"; fail "$1: it is not done"; }
  same "$1.want" "$1.got"
}
