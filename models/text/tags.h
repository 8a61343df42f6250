/* tags.h - labels and their numbers; tag schemes, the spans they spell, and conversion.
 *
 *     words    the  Abc  factor  of  Xyz  .
 *     IOBES    O    B-G  E-G     O   S-G  O        spans  [1,2] G   [4,4] G
 *     IOB2     O    B-G  I-G     O   B-G  O
 *     IOB1     O    I-G  I-G     O   I-G  O        B- only after a span of the same type
 *
 * A tag is a part (O B I E S) and a type; the type is what follows the first hyphen, and bare
 * B and I are tags of the type "". A label that is no tag (a class, or START) counts as
 * outside wherever tags are read, and so does a negative id.
 *
 * Sequences may be malformed, and there are three published ways to read one:
 *
 *     strict     only B I* E and S (IOBES) or B I* (IOB) of one type; the rest is no span
 *     conlleval  S is B and E is I; an I opens a span where none of its type is open
 *     seqeval    as conlleval, but E and S close their span: what follows opens a new one
 *
 * On well-formed sequences they agree.
 */
#ifndef KD_TEXT_TAGS_H
#define KD_TEXT_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

typedef enum {
    KD_SCHEME_NONE, /* no tags: a table of classes, or one that nothing was added to */
    KD_SCHEME_IOB1,
    KD_SCHEME_IOB2,
    KD_SCHEME_IOBES,
} kd_scheme;

const char *kd_scheme_name(kd_scheme scheme);                  /* "IOBES" */
bool        kd_scheme_parse(kd_scheme *out, const char *name); /* in any case of letters */

typedef enum { KD_PART_O, KD_PART_B, KD_PART_I, KD_PART_E, KD_PART_S } kd_part;

typedef struct {
    uint8_t part; /* a kd_part */
    int16_t type; /* index of the type, -1 for O */
} kd_tag;

/* Split "B-cell-line" into its part and type. False when it is no tag: an unknown prefix, a
 * prefix followed by something else than a hyphen, a hyphen with no type after it. */
bool kd_tag_parse(const char *text, size_t length, kd_part *part, const char **type,
                  size_t *type_length);

/* A table of labels: names, numbers and, for tags, what they mean. Ids follow the order of
 * adding and never change, so tables that were filled alike have equal ids.
 *
 * A reader fills an empty table in a fixed order that does not depend on the order of the
 * sentences: O, then the types in byte order, each with all the parts of its scheme in the
 * order B I E S. */
typedef struct kd_labels kd_labels;

kd_labels *kd_labels_create(void);

/* Add a tag type with every part that `scheme` has (O comes first if it is not there yet). The
 * first call settles the table's scheme; a later one must agree with it. Returns the type's
 * index; a type that is there keeps its index. */
int kd_labels_add_type(kd_labels *labels, kd_scheme scheme, const char *type, size_t length);

/* Add a label that is no tag: a class, START. Returns its id; one that is there keeps its id. */
int kd_labels_add_class(kd_labels *labels, const char *name, size_t length);

int           kd_labels_count(const kd_labels *labels);        /* K */
const char   *kd_labels_name(const kd_labels *labels, int id); /* "B-Gene" */
int           kd_labels_find(const kd_labels *labels, const char *name, size_t length); /* or -1 */
kd_scheme     kd_labels_scheme(const kd_labels *labels);
const kd_tag *kd_labels_tags(const kd_labels *labels);    /* (K), until the next add */
int           kd_labels_outside(const kd_labels *labels); /* id of O, or -1 */
int           kd_labels_types(const kd_labels *labels);
const char   *kd_labels_type(const kd_labels *labels, int type);
int           kd_labels_find_type(const kd_labels *labels, const char *type, size_t length);

/* The id of a tag, or -1 when the table has none such. */
int kd_labels_tag_id(const kd_labels *labels, kd_part part, int type);

void kd_labels_destroy(kd_labels *labels);

/* The tag of an id; ids below 0 are outside. */
static inline kd_tag kd_tag_of(const kd_tag *tags, int id)
{
    return id < 0 ? (kd_tag){ KD_PART_O, -1 } : tags[id];
}

/* Whether `scheme` lets `next` stand after `last`; O stands for the start and for the end. */
bool kd_tags_may_follow(kd_scheme scheme, kd_tag last, kd_tag next);

/* How many neighbours among the T tags the scheme forbids, both ends included. */
int kd_tags_invalid(const kd_labels *labels, const int16_t *ids, int length);

/* One span: words first..last of the sentence, both included. */
typedef struct {
    int first, last;
    int type;
} kd_span;

typedef enum { KD_READ_STRICT, KD_READ_CONLLEVAL, KD_READ_SEQEVAL } kd_reading;

/* Walk over the spans of one sentence, from left to right and without overlap:
 *
 *     kd_spans walk = kd_spans_of(labels, reading, ids, length);
 *     while (kd_spans_next(&walk, &span)) ...
 */
typedef struct {
    const kd_tag  *tags; /* private */
    const int16_t *ids;
    int            at, length;
    kd_scheme      scheme;
    kd_reading     reading;
} kd_spans;

kd_spans kd_spans_of(const kd_labels *labels, kd_reading reading, const int16_t *ids, int length);
bool     kd_spans_next(kd_spans *walk, kd_span *out);

/* Write the tags of a span into ids[first..last], in the table's own scheme. For IOB1 the
 * words before the span must be written already. */
void kd_tags_write_span(const kd_labels *labels, kd_span span, int16_t *ids);

/* Write T tags of `from` again as tags of `to`, which must know the types that occur and may be
 * the same table; `out` and `ids` are two arrays. Malformed sequences are read as conlleval does,
 * so the result is always well-formed, and for well-formed input converting back gives the same
 * tags. */
void kd_tags_convert(const kd_labels *to, int16_t *out, const kd_labels *from, const int16_t *ids,
                     int length);

#endif
