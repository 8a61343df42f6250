/* judge_slips.c - errors by their kind: what stands beside what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/slips.h"
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

/* The mentions of one sentence that are not right: their spans, and where they came from. */
typedef struct {
    KD_VEC(kd_span) spans;
    KD_VEC(const kd_judged_mention *) mentions;
} wrong;

typedef struct {
    slipping *slipping;
    wrong     gold, said;
    kd_str    name;
} pairing;

static void list_wrong(wrong *out, const kd_judged_mention *mentions, size_t count)
{
    kd_vec_reset(&out->spans);
    kd_vec_reset(&out->mentions);
    for (size_t i = 0; i < count; i++) {
        if (mentions[i].is_hit) continue;
        kd_vec_push(&out->spans, mentions[i].span);
        kd_vec_push(&out->mentions, &mentions[i]);
    }
}

static const kd_judged_mention *mention_of(const wrong *side, size_t number)
{
    return number == KD_SLIP_NONE ? NULL : side->mentions.items[number];
}

static void take_slip(void *user, size_t gold_number, size_t said_number)
{
    pairing                 *s = user;
    const kd_judged_mention *gold = mention_of(&s->gold, gold_number);
    const kd_judged_mention *said = mention_of(&s->said, said_number);
    kd_str_reset(&s->name);
    kd_slip_add_name(&s->name, s->slipping->judging->out->labels, gold ? &gold->span : NULL,
                     said ? &said->span : NULL);
    add_slip(s->slipping, s->name.text, gold ? gold->sentence : said->sentence,
             gold ? gold->span : nowhere, said ? said->span : nowhere, said ? said->sure : NAN);
}

/* The mentions from `at` on that are of this sentence. */
static size_t count_in(const kd_judged_mentions *mentions, size_t at, int sentence)
{
    size_t end = at;
    while (end < mentions->count && mentions->items[end].sentence == sentence) end++;
    return end - at;
}

static void slip_over_mentions(slipping *slips)
{
    kd_judging *j = slips->judging;
    pairing     s = { .slipping = slips, .name = KD_STR_INIT };
    size_t      g = 0, f = 0;
    for (int b = 0; b < j->pack.sentences; b++) {
        size_t golds = count_in(&j->gold, g, b), founds = count_in(&j->found, f, b);
        list_wrong(&s.gold, j->gold.items + g, golds);
        list_wrong(&s.said, j->found.items + f, founds);
        kd_slips_pair(s.gold.spans.items, s.gold.spans.count, s.said.spans.items,
                      s.said.spans.count, take_slip, &s);
        g += golds;
        f += founds;
    }
    kd_vec_fini(&s.gold.spans);
    kd_vec_fini(&s.gold.mentions);
    kd_vec_fini(&s.said.spans);
    kd_vec_fini(&s.said.mentions);
    kd_str_fini(&s.name);
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
    if (kd_task_is_of_class(j->pack.task)) slip_over_rows(&s);
    if (j->pack.task == KD_TASK_HOC) slip_over_sets(&s);
    sort_kinds(&s);
    kd_map_destroy(s.numbers);
}
