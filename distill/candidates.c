/* candidates.c - the best pairs of a window, kept in one short list a question. */
#include "distill/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

enum { TRIED = 20 /* best starts and ends of a window */ };

/* ---- lists ---- */

const char *kd_candidate_text(const kd_questions *questions, const kd_candidate *candidate,
                              size_t *length)
{
    const char *context = questions->rows.items[candidate->row].context;
    int32_t     begin = candidate->begin;
    *length = 0;
    if (begin < 0) return context;
    *length = kd_characters(context, &begin, candidate->end);
    return context + begin;
}

static bool is_same_text(const kd_questions *questions, const kd_candidate *a,
                         const kd_candidate *b)
{
    size_t      long_a, long_b;
    const char *text_a = kd_candidate_text(questions, a, &long_a);
    const char *text_b = kd_candidate_text(questions, b, &long_b);
    return long_a == long_b && memcmp(text_a, text_b, long_a) == 0;
}

/* Put into the list of its question, unless as good a one or enough better ones stand there. */
static void offer(kd_candidates *to, const kd_questions *questions, kd_candidate offered)
{
    int32_t       question = questions->rows.items[offered.row].number;
    kd_candidate *list = to->items + (size_t)question * (size_t)to->most;
    int32_t      *count = &to->count[question], at = *count;
    if (at == to->most && offered.score <= list[at - 1].score) return;
    for (int i = 0; i < *count; i++) {
        if (!is_same_text(questions, &list[i], &offered)) continue;
        if (list[i].score >= offered.score) return;
        at = i;
        break;
    }
    if (at == *count && *count < to->most) ++*count;
    if (at == to->most) at--;
    for (; at > 0 && list[at - 1].score < offered.score; at--) list[at] = list[at - 1];
    list[at] = offered;
}

/* ---- windows ---- */

/* The rows of a window whose column is largest, the best first. */
static int best_rows(const kd_pack *pack, int window, const float *logits, int column,
                     int out[TRIED])
{
    int count = 0;
    for (int n = pack->piece_begin[window]; n < pack->piece_begin[window + 1]; n++) {
        float value = logits[2 * (size_t)n + (size_t)column];
        int   at = count;
        if (pack->word[n] != 1) continue;
        while (at > 0 && logits[2 * (size_t)out[at - 1] + (size_t)column] < value) at--;
        if (at == TRIED) continue;
        if (count < TRIED) count++;
        memmove(out + at + 1, out + at, (size_t)(count - 1 - at) * sizeof *out);
        out[at] = n;
    }
    return count;
}

static void offer_window(kd_candidates *to, const kd_pack *pack, int window, const float *logits)
{
    int starts[TRIED], ends[TRIED];
    int start_count = best_rows(pack, window, logits, 0, starts);
    int end_count = best_rows(pack, window, logits, 1, ends);
    for (int s = 0; s < start_count; s++)
        for (int e = 0; e < end_count; e++) {
            int first = starts[s], last = ends[e];
            if (last < first || last - first >= pack->answer_pieces) continue;
            offer(to, pack->questions,
                  (kd_candidate){ .row = pack->documents[window],
                                  .begin = pack->places[2 * (size_t)first],
                                  .end = pack->places[2 * (size_t)last + 1],
                                  .score =
                                      logits[2 * (size_t)first] + logits[2 * (size_t)last + 1] });
        }
}

/* "No answer" is what the least of a question's windows says of it; a question without any other has it whatever is
 * asked. */
static void offer_none(kd_candidates *to, const kd_pack *pack, const float *logits,
                       kd_no_answer asked)
{
    const kd_questions *questions = pack->questions;
    kd_candidate       *none = kd_alloc((size_t)to->questions + 1, sizeof *none);
    for (int q = 0; q < to->questions; q++)
        none[q] = (kd_candidate){ .row = -1, .begin = -1, .end = -1, .score = INFINITY };
    for (int b = 0; b < pack->sentences; b++) {
        size_t        cls = 2 * (size_t)pack->piece_begin[b];
        float         score = logits[cls] + logits[cls + 1];
        int32_t       row = pack->documents[b];
        kd_candidate *of = &none[questions->rows.items[row].number];
        if (of->row >= 0 && of->score <= score) continue;
        of->row = row;
        of->score = score;
    }
    for (int q = 0; q < to->questions; q++) {
        bool has_other = to->count[q] > 0;
        if (none[q].row < 0) continue;
        to->margin[q] =
            has_other ? none[q].score - to->items[(size_t)q * (size_t)to->most].score : INFINITY;
        none[q].score -= asked.above;
        if (asked.may_be || !has_other) offer(to, questions, none[q]);
    }
    free(none);
}

void kd_candidates_find(kd_candidates *out, const kd_pack *pack, const float *logits, int most,
                        kd_no_answer none)
{
    size_t questions = (size_t)pack->questions->count;
    *out = (kd_candidates){ .questions = pack->questions->count, .most = most };
    out->count = kd_alloc(questions + 1, sizeof *out->count);
    out->items = kd_alloc(questions * (size_t)most + 1, sizeof *out->items);
    out->margin = kd_alloc(questions + 1, sizeof *out->margin);
    for (int b = 0; b < pack->sentences; b++) offer_window(out, pack, b, logits);
    offer_none(out, pack, logits, none);
}

void kd_candidates_fini(kd_candidates *candidates)
{
    free(candidates->count);
    free(candidates->items);
    free(candidates->margin);
    *candidates = (kd_candidates){ .count = NULL };
}
