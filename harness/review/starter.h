/* starter.h - an experiment file for a corpus, from a template and a few rules; or one of those that came with the
 * program, under another name.
 *
 *     survey of a corpus  --+
 *     template of its task -+-> NAME.cfg, and NAME-corpus/ where splits had to be cut
 *     teacher, vocabulary  -+
 *
 * A template is an experiment file on the shelf (shelf.h) in which
 *
 *     ${steps}          stands for a number or a text that is chosen here
 *     ?trained|line     is a line that is there only when the teacher is trained from nothing; so are `published`
 *                       (from a checkpoint), `alone` (none), `taught` (either); of the students' pieces `own` (learned from
 *                       the corpus), `given` (of --vocab), `shared` (the published teacher's), and `two` where a
 *                       published teacher reads others than they
 *
 * and whose first line, "# entities: mentions in text; ...", says what it is for.
 */
#ifndef KD_REVIEW_STARTER_H
#define KD_REVIEW_STARTER_H

#include "harness/review/survey.h"

/* What a teacher is when it is no folder. */
#define KD_STARTER_TRAINED "trained"
#define KD_STARTER_ALONE   "none"

typedef struct {
    const char *name; /* what follows it is NAME.cfg; its last part names the study */
    const char
        *template; /* NULL: the one of the corpus' task; a whole study goes with nothing below */
    const char *corpus;     /* a folder or file; NULL: an invented one */
    const char *task;       /* NULL: guessed */
    const char *tag_column; /* the value of data.tag_column; NULL: the last one */
    const char
        *vocab; /* of the students, "built" or a path; NULL: the published teacher's, or built */
    const char
        *teacher; /* KD_STARTER_TRAINED, KD_STARTER_ALONE or a published folder; NULL: trained */
} kd_starter_options;

/* Write the file, and what there is to say of it, with what to run next, to `told`. KD_ECREATE when
 * something is there already under its name. A whole study that stands on others brings these. */
kd_status kd_starter_write(const kd_starter_options *options, kd_str *told, kd_error *err);

/* Add each template and whole study: its name and what it is for (shelf.h). */
kd_status kd_starter_list(kd_str *out, kd_error *err);

#endif
