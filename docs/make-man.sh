#!/bin/sh
# make-man.sh PROGRAM - the manual page, made from the program's own help, so that the two agree.
set -eu
program=$1
version=$("$program" version | awk 'NR == 1 { print $2 }')
escape() { sed -e 's/\\/\\\\/g' -e 's/^\./\\\&./' -e "s/^'/\\\\\&'/" -e 's/-/\\-/g'; }

cat <<PAGE
.TH KDGRID 1 "" "kdgrid $version" "User Commands"
.SH NAME
kdgrid \\- knowledge\\-distillation studies for biomedical text mining on a CPU cluster
.SH SYNOPSIS
.B kdgrid
.I VERB
.RI [ OPTION ].\\|.\\|.
.RI [ ARGUMENT ].\\|.\\|.
.SH DESCRIPTION
kdgrid reads an experiment file, works out every model that has to be trained, runs what is
missing on MPI workers, keeps each result as one HDF5 object in a store, and prints the tables
of a paper with their statistics. A run that was stopped or killed is continued by the same command.
.SH VERBS
PAGE
"$program" help | awk '/^verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' | grep -v '^help$' |
  while read -r verb; do
    printf '.SS %s\n.nf\n' "$verb"
    "$program" help "$verb" | escape
    printf '.fi\n'
  done
cat <<PAGE
.SH EXIT STATUS
.nf
PAGE
"$program" help | awk '/^exit codes:/ { on = 1; next } /^$/ { on = 0 } on' | escape
cat <<PAGE
.fi
.SH ENVIRONMENT
.TP
.B KDGRID_LOG
error, warning, info or debug: what is said on standard error.
.TP
.B KDGRID_SHARE
the folder with experiments/templates, where it is not beside the program.
.TP
.B NO_COLOR
no colours, no moving progress bar.
.SH SEE ALSO
.BR mpirun (1),
.BR sbatch (1)
PAGE
