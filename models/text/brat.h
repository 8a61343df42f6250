/* brat.h - mentions beside a text, in BRAT's standoff form.
 *
 *     note.txt    Abc1 binds the IL-2 receptor.
 *     note.ann    T1<TAB>Gene 0 4<TAB>Abc1
 *                 T2<TAB>Gene 15 19;20 28<TAB>IL-2 receptor
 *
 * Places count characters (code points) from 0; the second is the one behind the mention. A mention
 * may have parts. Lines that begin with another letter than T (relations, events, notes) are
 * counted and passed over.
 */
#ifndef KD_TEXT_BRAT_H
#define KD_TEXT_BRAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define KD_BRAT_TEXT     ".txt" /* how names of a corpus' files end */
#define KD_BRAT_MENTIONS ".ann"

typedef struct {
    char    *type;       /* owned */
    uint32_t begin, end; /* characters, from the first part to the last */
    bool     has_parts;
    int32_t  line; /* of the file, from 1; 0 when it was not read */
} kd_mention;

typedef KD_VEC(kd_mention) kd_mentions;

/* Append the mentions of `path` to `out`, and the number of other lines to *others. `text` is what
 * they stand beside: KD_EDATA with file and line when a place lies outside it, or when the words
 * that the file repeats are not there (white space counts as equal). */
kd_status kd_brat_read(kd_mentions *out, int64_t *others, const char *path, const char *text,
                       size_t length, kd_error *err);

void kd_mentions_fini(kd_mentions *mentions);

#endif
