/* intake_internal.h - what the forms know of the intake: lines in, sentences out. */
#ifndef KD_USE_INTAKE_INTERNAL_H
#define KD_USE_INTAKE_INTERNAL_H

#include "harness/use/intake.h"

#define KD_SENTENCE_BYTES 65536 /* the longest sentence of words */
#define KD_SENTENCE_WORDS 8192
#define KD_COLUMNS_SHOWN  16

struct kd_intake {
    kd_intake_options options;
    KD_VEC(char *) paths;       /* of files, "-" for stdin */
    KD_VEC(kd_form) forms;      /* of each */
    size_t           at;        /* the one that is open, or comes next */
    int              fd;        /* -1: none is open */
    bool             is_file;   /* no pipe: reading never waits for a writer */
    bool             is_at_end; /* of what is open */
    kd_str           bytes;     /* read and not looked at from `used` on */
    size_t           used;
    int64_t          line;          /* the number of the line given last */
    bool             is_swallowing; /* what is left of a line that was too long */
    bool             goes_on;       /* the part given last does not end its line */
    kd_portion      *portion;       /* that is being filled */
    kd_splitter     *splitter;      /* of texts; in a line of JSON, of its own text */
    uint64_t         character;     /* of the document, where its lines are sentences */
    kd_status        failed;        /* of a visitor or a bad line, with `strict` */
    kd_error         error;
    kd_intake_counts counts;

    /* A sentence of words that is being read, or the columns of rows. */
    kd_str words;
    KD_VEC(kd_place) places;
    uint32_t characters;
    bool     is_spoiled;              /* it has a bad line */
    int      columns, text_column[2]; /* 0 before the first row; the second of pairs */
};

typedef struct {
    char  *text; /* without its end, followed by NUL */
    size_t length;
    bool   begins; /* it is no later part of a line */
    bool   ends;   /* its line ends with it */
} kd_intake_line;

/* ---- lines that cannot be taken (intake_skip.c) ---- */

/* The open file, as people know it. */
const char *kd_intake_path(const kd_intake *in);

/* Pass the line over and count it. Returns KD_OK, or KD_EDATA with `strict`. */
__attribute__((format(printf, 2, 3))) kd_status kd_intake_skip(kd_intake *in, const char *fmt, ...);

/* Whether the bytes are UTF-8 without NUL; else it is passed over with this status. */
bool kd_intake_check(kd_intake *in, const char *text, size_t length, kd_status *status);

/* ---- the forms (intake_forms.c) ---- */

typedef struct {
    void (*begin)(kd_intake *in);                                 /* a file */
    kd_status (*line)(kd_intake *in, const kd_intake_line *line); /* each of its lines */
    void (*end)(kd_intake *in);
    bool in_parts; /* long lines come in parts; else they are passed over */
} kd_intake_form;

const kd_intake_form *kd_intake_form_of(kd_form form, kd_task task);

/* Sentences of texts go to the portion through this. */
void kd_intake_hear(const kd_sentence *sentence, void *user);

#endif
