/* marks.c - the pieces of a sentence as one text without blanks, and the masks in it. */
#include "models/text/marks.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

typedef struct {
    kd_str text;              /* of the pieces of a sentence, one after another */
    KD_VEC(int32_t) piece_of; /* (bytes of text) which piece a byte is from */
} spelling;

/* What a piece says of its place: that it continues a word, or that it begins one (byte BPE's blank,
 * SentencePiece's). */
static const char *without_place(const char *piece)
{
    static const char *const places[] = { "##", "\xc4\xa0", "\xe2\x96\x81" };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t length = strlen(places[i]);
        if (strncmp(piece, places[i], length) == 0 && piece[length]) return piece + length;
    }
    return piece;
}

static void spell(spelling *s, const kd_pack *pack, int sentence, kd_piece_text text_of,
                  const void *vocab)
{
    int begin = pack->piece_begin[sentence], end = pack->piece_begin[sentence + 1];

    kd_str_reset(&s->text);
    kd_vec_reset(&s->piece_of);
    for (int n = begin; n < end; n++) {
        if (pack->word[n] < 0) continue;
        kd_str_add(&s->text, without_place(text_of(vocab, pack->ids[n])));
        while (s->piece_of.count < s->text.length) kd_vec_push(&s->piece_of, n - begin);
    }
}

/* Whether a mask begins at `at`, an "@". */
static bool read_mask(kd_mask *out, const char *at, const char *end)
{
    const char *stop = at + 1;

    *out = (kd_mask){ .text = at };
    for (; stop < end && (isalnum((unsigned char)*stop) || *stop == '_' || *stop == '-'); stop++)
        out->is_overlap |= *stop == '-';
    if (stop == end || *stop != '$' || stop == at + 1) return false;
    out->length = (size_t)(stop + 1 - at);
    out->is_other = out->length == 7 && strncasecmp(at, "@OTHER$", 7) == 0;
    return true;
}

bool kd_mask_find(kd_mask *out, const char *text, size_t length)
{
    const char *end = text + length;

    for (const char *at = text; (at = memchr(at, '@', (size_t)(end - at))) != NULL; at++)
        if (read_mask(out, at, end)) return true;
    return false;
}

bool kd_mask_has_pair(const char *text, size_t length)
{
    const char *end = text + length;
    kd_mask     mask;
    int         marks = 0;

    for (const char *at = text; kd_mask_find(&mask, at, (size_t)(end - at));
         at = mask.text + mask.length)
        if (!mask.is_other) marks += mask.is_overlap ? 2 : 1;
    return marks >= 2;
}

static bool find_in_sentence(const spelling *s, int32_t marks[2])
{
    const char *end = s->text.text + s->text.length;
    kd_mask     mask;
    int         found = 0;

    for (const char *at = s->text.text; found < 2 && kd_mask_find(&mask, at, (size_t)(end - at));
         at = mask.text + mask.length) {
        if (mask.is_other) continue;
        marks[found++] = s->piece_of.items[mask.text - s->text.text];
        if (mask.is_overlap && found == 1) marks[found++] = marks[0];
    }
    return found == 2;
}

int kd_pack_find_marks(kd_pack *pack, kd_piece_text text_of, const void *vocab)
{
    spelling s = { KD_STR_INIT, KD_VEC_INIT };
    int      both = 0;

    KD_CHECK(pack->task == KD_TASK_RE, "marks: of task %s", kd_task_name(pack->task));
    for (int b = 0; b < pack->sentences; b++) {
        int32_t *marks = pack->marks + 2 * (size_t)b;
        marks[0] = marks[1] = -1;
        spell(&s, pack, b, text_of, vocab);
        both += s.text.length > 0 && find_in_sentence(&s, marks);
    }
    kd_str_fini(&s.text);
    kd_vec_fini(&s.piece_of);
    return both;
}
