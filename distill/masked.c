/* masked.c - which pieces are hidden, and what is shown in their place.
 *
 * A unit is a piece, or a word: a piece that begins one and those that continue it. Each unit of a row is
 * chosen by a draw of its own, as the usual Python code has it, so that a row has 15 of 100 in the mean and not in each
 * case. The one with the smallest draw of a batch is kept in mind for the batch that has none. */
#include "distill/masked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

#define ROW(kind, member, ...) KD_##kind##_ROW(kd_mask_options, member, #member, __VA_ARGS__)

static const kd_choice units[] = { { "pieces", KD_MASK_PIECES },
                                   { "words", KD_MASK_WORDS },
                                   KD_CHOICE_END };

const kd_setting kd_mask_settings[] = {
    ROW(REAL, mask_rate, "0.15", 0.001, 0.9, NULL,
        "task text: share of the pieces that are asked for, chosen anew each time",
        .before = "0.15"),
    ROW(REAL, mask_hidden, "0.8", 0, 1, NULL, "of these, shown as [MASK]", .before = "0.8"),
    ROW(REAL, mask_random, "0.1", 0, 1, NULL,
        "of these, shown as any piece; the others are shown as they are", .before = "0.1"),
    ROW(CHOICE, mask_unit, "pieces", units, NULL,
        "what is chosen: each piece for itself, or all pieces of a word together",
        .before = "pieces"),
    KD_SETTING_END,
};

kd_status kd_mask_check(const kd_mask_options *o, kd_error *err)
{
    if (o->mask_hidden + o->mask_random <= 1 + 1e-9) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "mask_random: %g beside mask_hidden = %g is more than all",
                   o->mask_random, o->mask_hidden);
}

/* ---- the pieces ---- */

typedef enum { BEGINS, CONTINUES, SPECIAL } role;

struct kd_masker {
    kd_mask_options options;
    int32_t         mask;
    int             pieces; /* of the vocabulary */
    uint8_t        *role;   /* (pieces) */
    size_t          room;   /* rows that the arrays below have */
    int32_t        *shown, *truth, *asked, *row;
};

/* How a vocabulary says that a piece begins a word: by what the others have, or by what it has itself. */
static const char *const blanks[] = { "\xc4\xa0" /* BPE */, "\xe2\x96\x81" /* SentencePiece */ };

static bool starts(const char *piece, const char *mark)
{
    return strncmp(piece, mark, strlen(mark)) == 0;
}

/* The mark of pieces that begin words; NULL where "##" marks the others. */
static const char *mark_of_words(const kd_vocab *vocab)
{
    int counts[2] = { 0, 0 };
    for (int i = 0; i < kd_vocab_size(vocab); i++) {
        const char *piece = kd_vocab_piece(vocab, i);
        if (starts(piece, "##") && piece[2]) return NULL;
        for (int k = 0; k < 2; k++) counts[k] += starts(piece, blanks[k]);
    }
    if (counts[0] + counts[1] == 0) return NULL;
    return blanks[counts[1] > counts[0]];
}

static int set_roles(kd_masker *m, const kd_vocab *vocab)
{
    const char       *mark = mark_of_words(vocab);
    const kd_specials s = kd_vocab_specials(vocab);
    const int32_t     specials[] = { s.pad, s.unk, s.cls, s.sep, s.mask };
    int               ordinary = m->pieces;
    for (int i = 0; i < m->pieces; i++) {
        const char *piece = kd_vocab_piece(vocab, i);
        m->role[i] = (mark ? starts(piece, mark) : !starts(piece, "##")) ? BEGINS : CONTINUES;
    }
    for (size_t k = 0; k < sizeof specials / sizeof *specials; k++)
        if (specials[k] >= 0) {
            m->role[specials[k]] = SPECIAL;
            ordinary--;
        }
    return ordinary;
}

kd_status kd_masker_create(kd_masker **out, const kd_mask_options *options, const kd_vocab *vocab,
                           kd_error *err)
{
    int32_t   mask = kd_vocab_specials(vocab).mask;
    kd_status status = kd_mask_check(options, err);
    if (status != KD_OK) return status;
    if (mask < 0)
        return kd_fail(
            err, KD_EDATA,
            "the vocabulary has no [MASK] (<mask>), which hides a word that is asked for");
    kd_masker *m = kd_alloc(1, sizeof *m);
    m->options = *options;
    m->mask = mask;
    m->pieces = kd_vocab_size(vocab);
    m->role = kd_alloc((size_t)m->pieces, sizeof *m->role);
    *out = m;
    if (set_roles(m, vocab) > 0) return KD_OK;
    kd_masker_destroy(m);
    return kd_fail(err, KD_EDATA, "the vocabulary has special pieces alone");
}

static void release_rows(kd_masker *m)
{
    free(m->shown);
    free(m->truth);
    free(m->asked);
    free(m->row);
}

void kd_masker_destroy(kd_masker *m)
{
    if (!m) return;
    release_rows(m);
    free(m->role);
    free(m);
}

static void make_room(kd_masker *m, size_t rows)
{
    if (rows <= m->room) return;
    release_rows(m);
    m->room = rows + rows / 2;
    m->shown = kd_alloc(m->room, sizeof *m->shown);
    m->truth = kd_alloc(m->room, sizeof *m->truth);
    m->asked = kd_alloc(m->room, sizeof *m->asked);
    m->row = kd_alloc(m->room, sizeof *m->row);
}

/* ---- hiding ---- */

/* Rows begin .. end-1 of a batch that are chosen together. */
typedef struct {
    int    begin, end;
    double draw;
} unit;

static role role_of(const kd_masker *m, int32_t piece)
{
    KD_CHECK(piece >= 0 && piece < m->pieces, "masked: piece %d of %d", piece, m->pieces);
    return (role)m->role[piece];
}

static unit unit_at(const kd_masker *m, const int32_t *ids, int n, int end)
{
    unit u = { n, n + 1, 0 };
    if (m->options.mask_unit == KD_MASK_WORDS)
        while (u.end < end && role_of(m, ids[u.end]) == CONTINUES) u.end++;
    return u;
}

static int32_t show(const kd_masker *m, kd_rng *rng, int32_t piece)
{
    double draw = kd_rng_uniform(rng);
    if (draw < m->options.mask_hidden) return m->mask;
    if (draw < m->options.mask_hidden + m->options.mask_random)
        return (int32_t)kd_rng_below(rng, (uint64_t)m->pieces);
    return piece;
}

static void hide_unit(kd_masker *m, kd_rng *rng, const int32_t *ids, const unit *u)
{
    for (int n = u->begin; n < u->end; n++) {
        m->truth[n] = ids[n];
        m->shown[n] = show(m, rng, ids[n]);
    }
}

/* Draws of a row are made in its order, so that what is shown at one place never depends on what follows. */
static int hide_row(kd_masker *m, kd_rng rng, const int32_t *ids, int begin, int end, unit *least)
{
    int hidden = 0;
    for (int n = begin; n < end; n++) {
        if (role_of(m, ids[n]) == SPECIAL) continue;
        unit u = unit_at(m, ids, n, end);
        u.draw = kd_rng_uniform(&rng);
        if (u.draw < least->draw) *least = u;
        if (u.draw < m->options.mask_rate) {
            hide_unit(m, &rng, ids, &u);
            hidden++;
        }
        n = u.end - 1;
    }
    return hidden;
}

static int gather(kd_masker *m, int rows)
{
    int count = 0;
    for (int n = 0; n < rows; n++)
        if (m->truth[n] >= 0) {
            m->row[count] = n;
            m->asked[count++] = m->truth[n];
        }
    return count;
}

void kd_masker_hide(kd_masker *m, const kd_rng *stream, const kd_batch *batch,
                    const int32_t *numbers, kd_masked *out)
{
    const kd_rows *rows = &batch->rows;
    int            total = kd_rows_total(rows), hidden = 0;
    unit           least = { 0, 0, 2 };
    make_room(m, (size_t)total);
    memcpy(m->shown, batch->ids, (size_t)total * sizeof *m->shown);
    for (int n = 0; n < total; n++) m->truth[n] = -1;
    for (int b = 0; b < rows->count; b++)
        hidden += hide_row(m, kd_rng_split(stream, "row", (uint64_t)numbers[b]), batch->ids,
                           rows->begin[b], rows->begin[b + 1], &least);
    if (hidden == 0) {
        kd_rng rng = kd_rng_split(stream, "least", (uint64_t)numbers[0]);
        hide_unit(m, &rng, batch->ids, &least);
    }
    out->at = (kd_pick){ gather(m, total), m->row };
    out->asked = m->asked;
    out->truth = m->truth;
    out->batch = *batch;
    out->batch.ids = m->shown;
    out->batch.at = &out->at;
}

/* ---- how well they are found ---- */

double kd_masked_loss(const kd_masked_score *s)
{
    return s->asked ? s->loss / (double)s->asked : 0;
}

double kd_masked_accuracy(const kd_masked_score *s)
{
    return s->asked ? (double)s->right / (double)s->asked : 0;
}

double kd_masked_perplexity(const kd_masked_score *s)
{
    return exp(kd_masked_loss(s));
}

kd_rng kd_masked_held_out(void)
{
    kd_rng root = kd_rng_root(0);
    return kd_rng_split(&root, "held-out", 0);
}
