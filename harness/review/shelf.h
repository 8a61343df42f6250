/* shelf.h - the experiment files that came with the program, as beginnings of others.
 *
 *     experiments/templates/NAME.cfg      filled for a corpus of one's own (starter.h)
 *     experiments/NAME.cfg, and those in folders beside it: whole studies, copied under another name
 *
 * Of whole studies those can be chosen that have a profile `smoke`, which runs without any files; the others, and files that
 * studies include, are there for those that stand on them. What a file is for says the first paragraph of the comment at its head.
 */
#ifndef KD_REVIEW_SHELF_H
#define KD_REVIEW_SHELF_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

typedef enum {
    KD_SHELF_TEMPLATE,
    KD_SHELF_STUDY,
    KD_SHELF_PART, /* is copied beside a study that names it, and has no name for `new` */
} kd_shelf_kind;

typedef struct {
    char  *name;  /* "squad" */
    char  *place; /* "experiments/questions/squad.cfg", as its own comments have it */
    kd_str text;

    kd_shelf_kind kind;
} kd_shelf_item;

/* Open for reading: templates first, each part in the order of its names. */
typedef struct {
    KD_VEC(kd_shelf_item) items;
} kd_shelf;

/* Read what was installed with the program, or is in $KDGRID_SHARE. KD_ENOINPUT when neither has it. The caller closes it. */
kd_status kd_shelf_open(kd_shelf *out, kd_error *err);
void      kd_shelf_close(kd_shelf *shelf);

/* The template or study of this name, or NULL; it lives as long as the shelf. */
const kd_shelf_item *kd_shelf_find(const kd_shelf *shelf, const char *name);

/* A file that a study includes or stands on, and where a copy of the study looks for it: beside itself, or below. */
typedef struct {
    const kd_shelf_item *item;
    char                *path; /* "pretraining/biominilm.cfg" */
} kd_shelf_ground;

typedef KD_VEC(kd_shelf_ground) kd_shelf_grounds;

/* Add all that `item` stands on, and what these do, each once; without those that are not on the shelf. The caller
 * finis the list before the shelf is closed. */
void kd_shelf_find_grounds(const kd_shelf *shelf, const kd_shelf_item *item, kd_shelf_grounds *out);
void kd_shelf_grounds_fini(kd_shelf_grounds *grounds);

/* Add for each template and study its name and what it is for, in lines for a terminal. */
void kd_shelf_tell(const kd_shelf *shelf, kd_str *out);

#endif
