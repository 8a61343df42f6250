/* cmd.h - every verb of the program, one file each.
 *
 * A verb gets argv with its own name at argv[0], prints its results to stdout, tells people
 * what it does on stderr, and returns what main turns into an exit code. Adding one is one
 * file and one row here. Verbs with verbs of their own (bench, data, model) have such a list in
 * their folder.
 */
#ifndef KD_CMD_CMD_H
#define KD_CMD_CMD_H

#include "harness/cmd/verbs.h"

/* clang-format off */
/*    verb       what it does                                                    */
#define KD_VERBS(X)                                                                \
    X(new,       "look at a corpus and write an experiment file for it")           \
    X(plan,      "read an experiment file and say what would run")                 \
    X(doctor,    "check a study's corpora before a sweep")                         \
    X(run,       "run the cells that have no object yet, or go on with them")      \
    X(submit,    "write a SLURM job that runs and resumes itself, and hand it in") \
    X(jobs,      "what SLURM says of the jobs of a store")                         \
    X(cancel,    "end the jobs of a store, and leave it resumable")                \
    X(status,    "say how far a store is, also while it is being filled")          \
    X(ls,        "list the cells of a store, a line each")                         \
    X(show,      "all that is known of one cell, and how to repeat it")            \
    X(log,       "what was tried of one cell, and how each attempt ended")         \
    X(table,     "turn a study's objects into the paper's table")                  \
    X(aggregate, "mean, spread and interval over one or several stores")           \
    X(compare,   "which of two settings is better, by how much, how sure")         \
    X(report,    "a page about one or several stores, as one file")                \
    X(plot,      "curves, trade-offs, differences of stores, as a file")           \
    X(export,    "figures, answers and curves for other programs")                 \
    X(predict,   "a trained network on texts: mentions, relations, classes")       \
    X(score,     "how right a model is on a corpus, and where it errs")            \
    X(serve,     "a trained network as an HTTP service on this machine")           \
    X(model,     "networks: sizes, published weights, outputs")                    \
    X(targets,   "logits that were computed elsewhere")                            \
    X(data,      "corpora, tag files, vocabularies, scores")                       \
    X(bench,     "how fast this machine does what a study does")                   \
    X(cell,      "run one cell here, as a worker does")                            \
    X(merge,     "put the objects of several stores into one")                     \
    X(fsck,      "check a store, and mend what can be rebuilt")                    \
    X(verify,    "run cells again and see whether they come out the same")         \
    X(gc,        "give back the disk that no table needs")                         \
    X(completion, "candidates for bash and zsh, as their TAB key asks for them")    \
    X(manual,    "write the manual pages into a folder")                           \
    X(version,   "this program, its libraries and this machine")
/* clang-format on */

#define X(verb, summary) kd_status kd_cmd_##verb(int argc, char **argv, kd_error *err);
KD_VERBS(X)
#undef X

/* The program: argv[1] is the verb. */
kd_status kd_cmd_run_program(int argc, char **argv, kd_error *err);

/* Verbs that have verbs of their own, and the tables of those. */
#define KD_VERB_OWNERS(X) X(data) X(model) X(bench)
#define X(owner)          extern const kd_verb_table kd_cmd_##owner##_verbs;
KD_VERB_OWNERS(X)
#undef X

/* The program's own verbs; "help", the last, has no function. */
const kd_verb_table *kd_cmd_program(void);

#endif
