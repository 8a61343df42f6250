/* errors.c - answers beside gold: mentions, relations, sets of classes; then as a table and as bars. */
#include "results/page/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/review/predictions.h"
#include "models/text/corpus.h"
#include "results/page/figures.h"
#include "results/page/html.h"
#include "results/page/page_internal.h"

enum { SETTINGS_MOST = 40, KINDS_NAMED = 4, BARS_MOST = 12 };

typedef struct {
    kd_errors          *out;
    const kd_predicted *a;
    kd_map             *numbers; /* name of a kind -> its number */
    kd_str              name;
    KD_VEC(kd_span) gold, said; /* of a sentence, those that the other side does not have */
} counting;

/* One of the kind that `name` says. */
static void add_error(counting *c, kd_slip_form form)
{
    int64_t number = kd_map_number(c->numbers, c->name.text, -1);

    c->out->forms[form]++;
    if (number < 0) {
        number = (int64_t)c->out->kinds.count;
        kd_map_put_number(c->numbers, c->name.text, number);
        kd_vec_push(&c->out->kinds, (kd_error_kind){ kd_strdup(c->name.text), (int)form, 0 });
    }
    c->out->kinds.items[number].count++;
}

/* ---- mentions ---- */

static void take_slip(void *user, size_t gold, size_t said)
{
    counting      *c = user;
    const kd_span *g = gold == KD_SLIP_NONE ? NULL : &c->gold.items[gold];
    const kd_span *s = said == KD_SLIP_NONE ? NULL : &c->said.items[said];

    kd_str_reset(&c->name);
    kd_slip_add_name(&c->name, c->a->labels, g, s);
    add_error(c, kd_slip_form_of(g, s));
}

/* Both sides go from left to right without overlap, so that equal spans meet. */
static void count_sentence(counting *c, int begin, int length)
{
    kd_spans gold =
        kd_spans_of(c->a->labels, KD_READ_STRICT, c->a->pack->word_tags + begin, length);
    kd_spans said = kd_spans_of(c->a->labels, KD_READ_STRICT, c->a->tags + begin, length);
    kd_span  g, s;
    bool     has_g = kd_spans_next(&gold, &g), has_s = kd_spans_next(&said, &s);

    kd_vec_reset(&c->gold);
    kd_vec_reset(&c->said);
    while (has_g || has_s) {
        bool takes_g = has_g && (!has_s || g.first <= s.first);
        bool takes_s = has_s && (!has_g || s.first <= g.first);
        bool is_right = takes_g && takes_s && g.last == s.last && g.type == s.type;
        c->out->gold += takes_g;
        if (takes_g && !is_right) kd_vec_push(&c->gold, g);
        if (takes_s && !is_right) kd_vec_push(&c->said, s);
        if (takes_g) has_g = kd_spans_next(&gold, &g);
        if (takes_s) has_s = kd_spans_next(&said, &s);
    }
    kd_slips_pair(c->gold.items, c->gold.count, c->said.items, c->said.count, take_slip, c);
}

static void count_mentions(counting *c)
{
    const kd_pack *pack = c->a->pack;

    c->out->of = "mentions";
    for (int b = 0; b < pack->sentences; b++)
        count_sentence(c, pack->word_begin[b], pack->word_begin[b + 1] - pack->word_begin[b]);
}

/* ---- classes ---- */

/* The negative class is what there is where no relation is; pairs of texts have none. */
static bool is_something(const counting *c, const char *class_name)
{
    return c->a->pack->task != KD_TASK_RE || kd_relation_is_positive(class_name);
}

static void count_classes(counting *c)
{
    c->out->of = c->a->pack->task == KD_TASK_RE ? "relations" : "pairs";
    for (int b = 0; b < c->a->pack->sentences; b++) {
        const char *gold = kd_labels_name(c->a->labels, c->a->pack->labels[b]);
        const char *said = kd_labels_name(c->a->labels, c->a->classes[b]);
        bool        is_gold = is_something(c, gold);
        c->out->gold += is_gold;
        if (c->a->pack->labels[b] == c->a->classes[b]) continue;
        kd_str_reset(&c->name);
        kd_str_addf(&c->name, "%s as %s", gold, said);
        add_error(c, !is_gold                ? KD_SLIP_INVENTED
                     : is_something(c, said) ? KD_SLIP_CONFUSED
                                             : KD_SLIP_MISSED);
    }
}

static void count_sets(counting *c)
{
    c->out->of = "labels";
    for (int b = 0; b < c->a->pack->sentences; b++)
        for (int k = 0; k < kd_labels_count(c->a->labels); k++) {
            bool         gold = c->a->pack->labels[b] >> k & 1, said = c->a->classes[b] >> k & 1;
            kd_slip_form form = gold ? KD_SLIP_MISSED : KD_SLIP_INVENTED;
            c->out->gold += gold;
            if (gold == said) continue;
            kd_str_reset(&c->name);
            kd_str_addf(&c->name, "%s %s", kd_labels_name(c->a->labels, k), kd_slip_word(form));
            add_error(c, form);
        }
}

/* ---- a cell ---- */

static int by_count(const void *a, const void *b)
{
    const kd_error_kind *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void count_all(kd_errors *out, const kd_predicted *answered)
{
    counting c = { .out = out, .a = answered, .numbers = kd_map_create(), .name = KD_STR_INIT };

    if (answered->pack->task == KD_TASK_NER && answered->tags) count_mentions(&c);
    if (kd_task_is_of_class(answered->pack->task) && answered->classes) count_classes(&c);
    if (answered->pack->task == KD_TASK_HOC && answered->classes) count_sets(&c);
    if (out->kinds.count > 0)
        qsort(out->kinds.items, out->kinds.count, sizeof *out->kinds.items, by_count);
    kd_map_destroy(c.numbers);
    kd_vec_fini(&c.gold);
    kd_vec_fini(&c.said);
    kd_str_fini(&c.name);
}

kd_status kd_errors_count(kd_errors *out, const kd_report *report, const kd_record *cell,
                          kd_error *err)
{
    const kd_store *store = kd_report_store_of(report, cell);
    kd_split        split = kd_starts_with(report->score.name, "devel.") ? KD_DEVEL : KD_TEST;
    kd_predictions *predictions;
    kd_status       status;

    *out = (kd_errors){ .of = "" };
    if (store == NULL) return kd_fail(err, KD_EDATA, "its store is not open");
    status = kd_predictions_open(&predictions, store, cell->id, split, err);
    if (status != KD_OK) return status;
    kd_predicted answered = kd_predictions_look(predictions);
    count_all(out, &answered);
    kd_predictions_close(predictions);
    /* where an answer stands in a text is right or wrong in no way that has a name */
    if (*out->of == '\0') return kd_fail(err, KD_EDATA, "its answers are no tags and no classes");
    return KD_OK;
}

void kd_errors_fini(kd_errors *errors)
{
    for (size_t i = 0; i < errors->kinds.count; i++) free(errors->kinds.items[i].name);
    kd_vec_fini(&errors->kinds);
}

const kd_record *kd_errors_best_run(const kd_report *report, const kd_group *group)
{
    const kd_record *best = NULL;
    kd_metric        metric;
    double           most = -INFINITY, score;

    if (!kd_report_metric(&report->students, "devel.f1", &metric)) metric = report->score;
    for (size_t i = 0; i < group->count; i++) {
        if (!kd_metric_read(&metric, group->cells[i], &score) || score <= most) continue;
        most = score;
        best = group->cells[i];
    }
    return best;
}

/* ---- the table ---- */

typedef struct {
    const kd_group *group;
    kd_id           id; /* of the run */
    kd_errors       errors;
} row;

typedef KD_VEC(row) rows;

static void count_settings(rows *out, const kd_report *r, kd_str *notes)
{
    for (size_t g = 0; g < r->groups.count && g < SETTINGS_MOST; g++) {
        row              one = { .group = &r->groups.groups[g] };
        const kd_record *run = kd_errors_best_run(r, one.group);
        kd_error         why;
        if (run == NULL) continue;
        one.id = run->id;
        if (kd_errors_count(&one.errors, r, run, &why) == KD_OK)
            kd_vec_push(out, one);
        else
            kd_str_addf(notes, "%s\n", why.text);
    }
    if (r->groups.count > SETTINGS_MOST)
        kd_str_addf(notes, "The first %d of %zu settings are listed.\n", SETTINGS_MOST,
                    r->groups.count);
}

static void set_most_frequent(kd_table *table, kd_entry *entry, const kd_errors *e)
{
    kd_str words = KD_STR_INIT;

    for (size_t k = 0; k < e->kinds.count && k < KINDS_NAMED; k++)
        kd_str_addf(&words, "%s%s %lld", k > 0 ? ", " : "", e->kinds.items[k].name,
                    (long long)e->kinds.items[k].count);
    kd_entry_set_text(table, entry, words.text);
    kd_str_fini(&words);
}

/* Columns of forms that there are: a class has no boundaries. */
static void fill(kd_table *table, const kd_report *r, const rows *all)
{
    size_t gold, column[KD_SLIP_COUNT], most;

    for (size_t k = 0; k < r->key_count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, r->keys[k], r->keys[k], -1);
    gold = kd_table_add_column(table, KD_COLUMN_NUMBER, "gold", all->items[0].errors.of, 0);
    for (int f = 0; f < KD_SLIP_COUNT; f++) {
        int64_t sum = 0;
        for (size_t i = 0; i < all->count; i++) sum += all->items[i].errors.forms[f];
        column[f] = SIZE_MAX;
        if (sum > 0)
            column[f] = kd_table_add_column(table, KD_COLUMN_NUMBER, kd_slip_word((kd_slip_form)f),
                                            kd_slip_word((kd_slip_form)f), 0);
    }
    most = kd_table_add_column(table, KD_COLUMN_TEXT, "kinds", "most frequent", -1);
    for (size_t i = 0; i < all->count; i++) {
        const row *one = &all->items[i];
        kd_entry  *entries = kd_table_add_row(table);
        for (size_t k = 0; k < r->key_count; k++)
            if (one->group->values[k] != NULL)
                kd_entry_set_text(table, &entries[k], one->group->values[k]);
        kd_entry_set_number(&entries[gold], (double)one->errors.gold);
        entries[gold].sources = &one->id;
        entries[gold].source_count = 1;
        for (int f = 0; f < KD_SLIP_COUNT; f++) {
            if (column[f] == SIZE_MAX) continue;
            kd_entry_set_number(&entries[column[f]], (double)one->errors.forms[f]);
            entries[column[f]].sources = &one->id;
            entries[column[f]].source_count = 1;
        }
        set_most_frequent(table, &entries[most], &one->errors);
    }
}

/* What there is to say of students whose errors have no kinds, or NULL. */
static const char *say_unsorted(const kd_report *r)
{
    const char *words = NULL;

    for (size_t i = 0; words == NULL && i < r->students.count; i++) {
        const char *name = kd_record_value(r->students.items[i], "task");
        kd_task     task;
        if (name != NULL && kd_task_parse(&task, name)) words = kd_slips_unsorted(task);
    }
    return words;
}

void kd_section_errors(kd_str *out, const kd_report *r)
{
    rows        all = KD_VEC_INIT;
    kd_str      notes = KD_STR_INIT;
    kd_table   *table = kd_table_create("What the run of each setting that did best on devel got "
                                          "wrong: counts of the split that scores are of.");
    const char *unsorted = say_unsorted(r);

    if (unsorted != NULL) kd_html_say(out, "%s", unsorted);
    if (r->has_score) count_settings(&all, r, &notes);
    if (all.count > 0) {
        fill(table, r, &all);
        kd_html_table(out, table, all.count > 30);
        kd_html_lines(out, notes.text);
    }
    kd_table_destroy(table);
    for (size_t i = 0; i < all.count; i++) kd_errors_fini(&all.items[i].errors);
    kd_vec_fini(&all);
    kd_str_fini(&notes);
}

/* ---- the figure ---- */

static const kd_group *best_group(const kd_report *r, size_t *number)
{
    const kd_group *best = NULL;
    double          most = -INFINITY;

    for (size_t g = 0; g < r->groups.count; g++) {
        kd_measure m = kd_group_measure(&r->groups.groups[g], &r->score);
        if (m.sample.n == 0 || m.sample.mean <= most) continue;
        most = m.sample.mean;
        best = &r->groups.groups[g];
        *number = g;
    }
    return best;
}

static void draw(kd_charts *out, const kd_report *r, const kd_errors *e, const char *name,
                 kd_id run)
{
    kd_chart_bar   bars[BARS_MOST];
    size_t         count = e->kinds.count < BARS_MOST ? e->kinds.count : BARS_MOST;
    kd_chart_words words = {
        .title = kd_arena_sprintf(r->arena, "Most frequent errors of %s", name),
        .about = "Of the best setting's run that did best on devel, by their kind; a colour for "
                 "each form.",
        .x = "errors",
        .y = "errors",
    };
    kd_str hover = KD_STR_INIT;

    for (size_t k = 0; k < count; k++) {
        const kd_error_kind *kind = &e->kinds.items[k];
        kd_str_reset(&hover);
        kd_str_addf(&hover, "%s: %lld beside %lld %s\n", kind->name, (long long)kind->count,
                    (long long)e->gold, e->of);
        kd_report_add_cells(&hover, &run, 1);
        bars[k] = (kd_chart_bar){ .name = kind->name,
                                  .figures =
                                      kd_arena_sprintf(r->arena, "%lld, %s", (long long)kind->count,
                                                       kd_slip_word((kd_slip_form)kind->form)),
                                  .hover = kd_arena_strdup(r->arena, hover.text),
                                  .value = (double)kind->count,
                                  .series = kind->form };
    }
    kd_chart_bars(out, &words, bars, count);
    kd_str_fini(&hover);
}

kd_status kd_figure_errors(kd_charts *out, const kd_report *r, kd_str *notes, kd_error *err)
{
    size_t           number = 0;
    const kd_group  *group = r->has_score ? best_group(r, &number) : NULL;
    const kd_record *run = group != NULL ? kd_errors_best_run(r, group) : NULL;
    kd_errors        errors;
    kd_error         why;

    (void)err;
    if (run == NULL) return KD_OK;
    if (kd_errors_count(&errors, r, run, &why) != KD_OK) {
        if (notes != NULL && say_unsorted(r) == NULL) kd_str_addf(notes, "%s\n", why.text);
        return KD_OK;
    }
    if (errors.kinds.count > 0) draw(out, r, &errors, r->names[number], run->id);
    kd_errors_fini(&errors);
    return KD_OK;
}
