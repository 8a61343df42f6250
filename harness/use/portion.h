/* portion.h - a stretch of the input on its way through a model: whole sentences with their places.
 *
 *     items   BEGIN "a.txt"   SENTENCE   SENTENCE   END   BEGIN "b.txt"   SENTENCE ...
 *
 * A document may begin in one portion and end in a later one. Characters are code points, counted from the
 * beginning of the document's text.
 */
#ifndef KD_USE_PORTION_H
#define KD_USE_PORTION_H

#include "models/text/corpus.h"
#include "models/text/sentences.h"

typedef enum { KD_ITEM_BEGIN, KD_ITEM_SENTENCE, KD_ITEM_END } kd_item_kind;

/* What a document is. */
typedef enum {
    KD_OF_FILE,   /* a file of many sentences, answered one by one; its name is a path, or "-" */
    KD_OF_FOLDER, /* a file that is one text, answered as a whole; its name is a path */
    KD_OF_NAME,   /* a text with a name, answered as a whole */
    KD_OF_NUMBER, /* the same, and the name is a number */
} kd_document;

typedef struct {
    kd_item_kind kind;
    size_t       text, length; /* in the portion's text: a sentence, or the name of a document */
    uint64_t     character;    /* SENTENCE: where it begins in its document */
    size_t      first_place; /* SENTENCE: its first word; words end where those of the next begin */
    kd_document of;          /* BEGIN */
} kd_item;

typedef struct {
    kd_str text;
    KD_VEC(kd_item) items;
    KD_VEC(kd_place) places; /* of words in their sentences; none where sentences are rows */
    int sentences;
} kd_portion;

void kd_portion_init(kd_portion *portion);
void kd_portion_reset(kd_portion *portion);
void kd_portion_fini(kd_portion *portion);

void kd_portion_begin(kd_portion *portion, const char *name, kd_document of);
void kd_portion_end(kd_portion *portion);

/* Append a sentence; `places` may be NULL. */
void kd_portion_add(kd_portion *portion, const char *text, size_t length, uint64_t character,
                    const kd_place *places, size_t count);

/* Append two texts, or a question and the text that it is asked of: two items, which count as one sentence. */
void kd_portion_pair(kd_portion *portion, const char *first, size_t first_length,
                     const char *second, size_t second_length);

/* Its sentences as a corpus, whose words lie in the portion; the caller finis it. */
void kd_portion_corpus(const kd_portion *portion, kd_task task, kd_corpus *out);

/* Where the words of a sentence end: that of the item `at`. */
size_t kd_portion_places_end(const kd_portion *portion, size_t at);

#endif
