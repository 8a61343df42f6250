/* judge_slips.c - errors by their kind: what stands beside what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/use/judge_internal.h"

typedef struct {
    kd_judging *judging;
    kd_map     *numbers; /* name of a kind -> its number in the order of meeting */
} slipping;

static const kd_span nowhere = { -1, -1, -1 };

static void add_slip(slipping *s, const char *name, int sentence, kd_span gold, kd_span said,
                     float sure)
{
    kd_judgement *out = s->judging->out;
    int64_t       kind = kd_map_number(s->numbers, name, -1);
    if (kind < 0) {
        kind = (int64_t)out->kinds.count;
        kd_map_put_number(s->numbers, name, kind);
        kd_vec_push(&out->kinds, (kd_slip_kind){ kd_strdup(name), 0 });
    }
    out->kinds.items[kind].count++;
    kd_vec_push(&out->slips, (kd_slip){ (int)kind, sentence, gold, said, sure });
}

/* ---- mentions ---- */

static bool overlap(const kd_span *a, const kd_span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* "Gene too long": what the model made of a mention that it found in part, or called otherwise. */
static void name_pair(kd_str *out, const kd_labels *labels, const kd_span *gold,
                      const kd_span *said)
{
    bool has_start = said->first <= gold->first, has_end = said->last >= gold->last;
    bool is_same = said->first == gold->first && said->last == gold->last;
    kd_str_reset(out);
    kd_str_add(out, kd_labels_type(labels, gold->type));
    if (gold->type != said->type)
        kd_str_addf(out, " as %s%s", kd_labels_type(labels, said->type),
                    is_same ? "" : ", other words");
    else if (has_start && has_end)
        kd_str_add(out, " too long");
    else if (said->first >= gold->first && said->last <= gold->last)
        kd_str_add(out, " too short");
    else
        kd_str_add(out, " shifted");
}

/* The first that was said in this place and is paired with nothing yet. */
static kd_judged_mention *find_partner(const kd_judged_mention *gold, kd_judged_mention *found,
                                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!found[i].is_hit && !found[i].is_paired && overlap(&gold->span, &found[i].span))
            return &found[i];
    return NULL;
}

static void slip_in_sentence(slipping *s, kd_judged_mention *gold, size_t golds,
                             kd_judged_mention *found, size_t founds)
{
    const kd_labels *labels = s->judging->out->labels;
    kd_str           name = KD_STR_INIT;
    for (size_t i = 0; i < golds; i++) {
        if (gold[i].is_hit) continue;
        kd_judged_mention *other = find_partner(&gold[i], found, founds);
        if (other) {
            other->is_paired = true;
            name_pair(&name, labels, &gold[i].span, &other->span);
            add_slip(s, name.text, gold[i].sentence, gold[i].span, other->span, other->sure);
        } else {
            kd_str_reset(&name);
            kd_str_addf(&name, "%s missed", kd_labels_type(labels, gold[i].span.type));
            add_slip(s, name.text, gold[i].sentence, gold[i].span, nowhere, NAN);
        }
    }
    for (size_t i = 0; i < founds; i++) {
        if (found[i].is_hit || found[i].is_paired) continue;
        kd_str_reset(&name);
        kd_str_addf(&name, "%s invented", kd_labels_type(labels, found[i].span.type));
        add_slip(s, name.text, found[i].sentence, nowhere, found[i].span, found[i].sure);
    }
    kd_str_fini(&name);
}

/* The mentions from `at` on that are of this sentence. */
static size_t count_in(const kd_judged_mentions *mentions, size_t at, int sentence)
{
    size_t end = at;
    while (end < mentions->count && mentions->items[end].sentence == sentence) end++;
    return end - at;
}

static void slip_over_mentions(slipping *s)
{
    kd_judging *j = s->judging;
    size_t      g = 0, f = 0;
    for (int b = 0; b < j->pack.sentences; b++) {
        size_t golds = count_in(&j->gold, g, b), founds = count_in(&j->found, f, b);
        if (golds + founds > 0)
            slip_in_sentence(s, j->gold.items + g, golds, j->found.items + f, founds);
        g += golds;
        f += founds;
    }
}

/* ---- classes ---- */

static void slip_over_rows(slipping *s)
{
    const kd_judging *j = s->judging;
    int               k = kd_labels_count(kd_predictor_trained(j->predictor)->labels);
    kd_str            name = KD_STR_INIT;
    for (int b = 0; b < j->pack.sentences; b++) {
        int32_t gold = j->pack.labels[b], said = j->said.rows[b];
        if (gold == said) continue;
        kd_str_reset(&name);
        kd_str_addf(&name, "%s as %s", kd_labels_name(j->out->labels, gold),
                    kd_labels_name(j->out->labels, said));
        add_slip(s, name.text, b, nowhere, nowhere, j->replies.odds.items[b * k + said]);
    }
    kd_str_fini(&name);
}

static void slip_over_sets(slipping *s)
{
    const kd_judging *j = s->judging;
    int               k = kd_labels_count(kd_predictor_trained(j->predictor)->labels);
    kd_str            name = KD_STR_INIT;
    for (int b = 0; b < j->pack.sentences; b++)
        for (int i = 0; i < k; i++) {
            bool gold = j->pack.labels[b] >> i & 1, said = j->said.rows[b] >> i & 1;
            if (gold == said) continue;
            kd_str_reset(&name);
            kd_str_addf(&name, "%s %s", kd_labels_name(j->out->labels, i),
                        said ? "invented" : "missed");
            add_slip(s, name.text, b, nowhere, nowhere, j->replies.odds.items[b * k + i]);
        }
    kd_str_fini(&name);
}

/* ---- the most frequent kinds first ---- */

static int by_count(const void *a, const void *b)
{
    const kd_slip_kind *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void sort_kinds(slipping *s)
{
    kd_judgement *out = s->judging->out;
    int          *place = kd_alloc(out->kinds.count + 1, sizeof *place);
    if (out->kinds.count > 0)
        qsort(out->kinds.items, out->kinds.count, sizeof *out->kinds.items, by_count);
    for (size_t i = 0; i < out->kinds.count; i++)
        place[kd_map_number(s->numbers, out->kinds.items[i].name, 0)] = (int)i;
    for (size_t i = 0; i < out->slips.count; i++)
        out->slips.items[i].kind = place[out->slips.items[i].kind];
    free(place);
}

void kd_judge_slips(kd_judging *j)
{
    slipping s = { .judging = j, .numbers = kd_map_create() };
    if (j->pack.task == KD_TASK_NER) slip_over_mentions(&s);
    if (j->pack.task == KD_TASK_RE) slip_over_rows(&s);
    if (j->pack.task == KD_TASK_HOC) slip_over_sets(&s);
    sort_kinds(&s);
    kd_map_destroy(s.numbers);
}
