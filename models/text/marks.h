/* marks.h - where the two mentions of a relation stand, in pieces.
 *
 *     [CLS] @ gene $ ##s bind @ chem ##ical $ [SEP]
 *           ^1                ^6                       marks of this sentence: 1 6
 *
 * Corpora of relations mask both mentions of a pair: @GENE$, @CHEMICAL$ (models/text/corpus.h). A
 * network that counts distances to them (models/bilstm.c) has to know the pieces with which the masks
 * begin. They are read from the pieces, by the text that these stand for, so that a corpus that is
 * stored needs nothing beside its vocabulary.
 */
#ifndef KD_TEXT_MARKS_H
#define KD_TEXT_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "models/text/pack.h"

/* The mask of a mention: "@", a type in letters, digits and underscores, "$"; two types with a hyphen between are the
 * mask of two mentions that overlap, and @OTHER$ is of one that is not asked about. */
typedef struct {
    const char *text; /* from its "@" on */
    size_t      length;
    bool        is_overlap, is_other;
} kd_mask;

/* The first mask of a text; false when there is none. */
bool kd_mask_find(kd_mask *out, const char *text, size_t length);

/* Whether a text has the marks of a pair: two masks, or one of an overlap. */
bool kd_mask_has_pair(const char *text, size_t length);

/* Text of piece `id`, as a vocabulary has it; borrowed until the next call. */
typedef const char *(*kd_piece_text)(const void *vocab, int32_t id);

/* Fill pack->marks (2B) for a pack of relations: for each sentence the row, counted from its begin,
 * of its first mask and of its second; -1 for one that it does not have or that was cut. @CHEM-GENE$,
 * of an overlapping pair, is both; @OTHER$ is none. Of more than two the first two count. Returns how
 * many sentences have both. */
int kd_pack_find_marks(kd_pack *pack, kd_piece_text text_of, const void *vocab);

#endif
