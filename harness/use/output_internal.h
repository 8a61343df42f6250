/* output_internal.h - what writers of the forms share: where in a portion they are. */
#ifndef KD_USE_OUTPUT_INTERNAL_H
#define KD_USE_OUTPUT_INTERNAL_H

#include "harness/base/json.h"
#include "harness/use/output.h"

/* A mention in its sentence. */
typedef struct {
    uint64_t    begin, end; /* characters of the document */
    size_t      at, length; /* bytes of the sentence */
    const char *type;
    int         type_number;
    float       score;
} kd_told;

/* A sentence with its answers; arrays are those of its own words. */
typedef struct {
    const kd_item  *item;
    const char     *text;
    const kd_place *places;
    int             words;
    const int16_t  *tags;
    const float    *sure;
    int32_t         classes;
    const float    *odds; /* (K) */
    const kd_told  *told;
    size_t          told_count;
    const char     *question; /* which is asked of the text, or the first of two texts; else NULL */
    const kd_candidate *answers; /* the best first */
    int                 answer_count;
    bool                may_be_none; /* "no answer" was asked for, */
    float               margin;      /* and is ahead of the best answer by this */
} kd_answered;

typedef struct kd_output_form kd_output_form;

struct kd_output {
    kd_output_options     options;
    const kd_output_form *form;
    kd_str                out; /* what goes to the stream next */
    KD_VEC(kd_told) told;
    int64_t mentions;
    int64_t rows; /* sentences so far */

    /* Of the document at hand. */
    kd_document    of;
    kd_str         name, word, question;
    kd_json_writer json;
    int64_t        sentence; /* from 0 */
    int32_t        bits;     /* classes of its sentences so far */
    KD_VEC(float) best;      /* (K) the highest odds of each */
    kd_fs_draft draft;       /* brat */
    int64_t     before;      /* brat: mentions of the documents before it */
};

struct kd_output_form {
    kd_status (*begin)(kd_output *o, kd_error *err); /* a document; NULL for nothing to do */
    kd_status (*sentence)(kd_output *o, const kd_answered *a, kd_error *err);
    kd_status (*end)(kd_output *o, kd_error *err);
};

extern const kd_output_form kd_output_brat;

#endif
