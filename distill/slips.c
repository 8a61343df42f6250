/* slips.c - pairs, and their names. */
#include "distill/slips.h"

#include <stdbool.h>
#include <stdlib.h>

#include "harness/base/status.h"

const char *kd_slip_word(kd_slip_form form)
{
    static const char *const words[KD_SLIP_COUNT] = {
#define X(name, word) word,
        KD_SLIP_FORMS(X)
#undef X
    };
    return words[form];
}

const char *kd_slips_unsorted(kd_task task)
{
    return kd_task_of(task)->answer == KD_ANSWER_SPAN
               ? "Errors of questions are not sorted into kinds: an answer is right "
                 "or wrong in no way that has a name."
               : NULL;
}

static bool overlap(const kd_span *a, const kd_span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

void kd_slips_pair(const kd_span *gold, size_t golds, const kd_span *said, size_t saids,
                   kd_slip_take take, void *user)
{
    bool *is_paired = kd_alloc(saids + 1, sizeof *is_paired);

    for (size_t s = 0; s < saids; s++) is_paired[s] = false;
    for (size_t g = 0; g < golds; g++) {
        size_t s = 0;
        while (s < saids && (is_paired[s] || !overlap(&gold[g], &said[s]))) s++;
        if (s < saids) is_paired[s] = true;
        take(user, g, s < saids ? s : KD_SLIP_NONE);
    }
    for (size_t s = 0; s < saids; s++)
        if (!is_paired[s]) take(user, KD_SLIP_NONE, s);
    free(is_paired);
}

kd_slip_form kd_slip_form_of(const kd_span *gold, const kd_span *said)
{
    if (said == NULL) return KD_SLIP_MISSED;
    if (gold == NULL) return KD_SLIP_INVENTED;
    if (gold->type != said->type) return KD_SLIP_CONFUSED;
    if (said->first <= gold->first && said->last >= gold->last) return KD_SLIP_LONG;
    if (said->first >= gold->first && said->last <= gold->last) return KD_SLIP_SHORT;
    return KD_SLIP_SHIFTED;
}

void kd_slip_add_name(kd_str *out, const kd_labels *labels, const kd_span *gold,
                      const kd_span *said)
{
    kd_slip_form form = kd_slip_form_of(gold, said);

    kd_str_add(out, kd_labels_type(labels, gold != NULL ? gold->type : said->type));
    if (form != KD_SLIP_CONFUSED) {
        kd_str_addf(out, " %s", kd_slip_word(form));
        return;
    }
    kd_str_addf(out, " as %s", kd_labels_type(labels, said->type));
    if (said->first != gold->first || said->last != gold->last) kd_str_add(out, ", other words");
}
