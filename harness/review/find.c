/* find.c - digits, then labels; "best" asks the catalogue. */
#include "harness/review/find.h"

#include <stdlib.h>
#include <string.h>

#include "harness/store/catalogue.h"
#include "harness/store/tally.h"
#include "results/aggregate.h"
#include "results/role.h"

#define LISTED 4 /* of the cells that a word fits */

typedef KD_VEC(kd_id) id_vec;

/* ---- by digits and by label ---- */

typedef struct {
    const kd_store *store;
    const char     *word;
    kd_tally       *tally;
    id_vec          all, fit; /* sorted */
} search;

static int compare_ids(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

static void sort_once_each(id_vec *ids)
{
    size_t kept = 0;
    if (ids->count > 0) qsort(ids->items, ids->count, sizeof *ids->items, compare_ids);
    for (size_t i = 0; i < ids->count; i++)
        if (kept == 0 || !kd_id_equal(ids->items[kept - 1], ids->items[i]))
            ids->items[kept++] = ids->items[i];
    ids->count = kept;
}

static kd_status gather(search *s, bool without_object, kd_error *err)
{
    kd_id    *ids;
    size_t    count;
    kd_status status = kd_store_list(s->store, &ids, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++) kd_vec_push(&s->all, ids[i]);
    free(ids);
    if ((status = kd_tally_open(&s->tally, s->store, NULL, NULL, err)) != KD_OK) return status;
    const kd_tally_cell *cells = kd_tally_cells(s->tally, &count);
    for (size_t i = 0; without_object && i < count; i++) kd_vec_push(&s->all, cells[i].id);
    sort_once_each(&s->all);
    return KD_OK;
}

static bool is_digits(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789abcdef")] == '\0';
}

static void match_digits(search *s)
{
    for (size_t i = 0; i < s->all.count; i++) {
        char text[KD_ID_TEXT];
        kd_id_text(text, s->all.items[i]);
        if (kd_starts_with(text, s->word)) kd_vec_push(&s->fit, s->all.items[i]);
    }
}

static const char *label_of(const search *s, kd_id id)
{
    const kd_tally_cell *cell = kd_tally_find(s->tally, id);
    return cell && cell->label[0] ? cell->label : "no label";
}

static void match_label(search *s)
{
    for (size_t i = 0; i < s->all.count; i++)
        if (strcmp(label_of(s, s->all.items[i]), s->word) == 0)
            kd_vec_push(&s->fit, s->all.items[i]);
}

static kd_status fail_several(search *s, kd_error *err)
{
    kd_str list = KD_STR_INIT;
    int    digits = kd_find_digits(s->fit.items, s->fit.count);
    for (size_t i = 0; i < s->fit.count && i < LISTED; i++) {
        char text[KD_ID_TEXT];
        kd_id_text(text, s->fit.items[i]);
        kd_str_addf(&list, "%s%.*s (%.48s)", i ? ", " : "", digits, text,
                    label_of(s, s->fit.items[i]));
    }
    if (s->fit.count > LISTED) kd_str_addf(&list, " and %zu more", s->fit.count - LISTED);
    kd_fail(err, KD_EUSAGE, "%s: %zu cells fit %s: %s", kd_store_folder(s->store), s->fit.count,
            s->word, list.text);
    kd_str_fini(&list);
    return KD_EUSAGE;
}

static kd_status fail_none(const search *s, kd_error *err)
{
    const char **labels = kd_alloc(s->all.count + 1, sizeof *labels);
    for (size_t i = 0; i < s->all.count; i++) labels[i] = label_of(s, s->all.items[i]);
    const char *nearest = is_digits(s->word) ? NULL : kd_nearest(s->word, labels, s->all.count);
    kd_fail(err, KD_ENOINPUT,
            "%s: no cell has an id that begins with, or a label that is, %s%s%s%s",
            kd_store_folder(s->store), s->word, nearest ? "; did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    free(labels);
    return KD_ENOINPUT;
}

static kd_status choose_by_word(kd_id *out, search *s, kd_error *err)
{
    if (is_digits(s->word) && strlen(s->word) >= KD_FIND_DIGITS) match_digits(s);
    if (s->fit.count == 0) match_label(s);
    if (s->fit.count > 1) return fail_several(s, err);
    if (s->fit.count == 0 && is_digits(s->word) && strlen(s->word) < KD_FIND_DIGITS)
        return kd_fail(err, KD_EUSAGE, "%s: an id needs %d digits at least", s->word,
                       KD_FIND_DIGITS);
    if (s->fit.count == 0) return fail_none(s, err);
    *out = s->fit.items[0];
    return KD_OK;
}

static kd_status find_by_word(kd_id *out, const kd_store *store, const char *word,
                              bool without_object, kd_error *err)
{
    search    s = { .store = store, .word = word };
    kd_status status = gather(&s, without_object, err);
    if (status == KD_OK) status = choose_by_word(out, &s, err);
    kd_tally_close(s.tally);
    kd_vec_fini(&s.all);
    kd_vec_fini(&s.fit);
    return status;
}

/* ---- the best ---- */

static kd_status check_metric(const kd_metric *metric, kd_error *err)
{
    if (kd_starts_with(metric->name, "test."))
        return kd_fail(err, KD_EUSAGE,
                       "best is chosen on devel, not by %s: a figure on test that chose its model "
                       "no longer says how good that is; devel.%s would do",
                       metric->name, metric->name + strlen("test."));
    if (metric->better == 0)
        return kd_fail(err, KD_EUSAGE, "best: neither more nor less of %s is better", metric->name);
    return KD_OK;
}

static kd_status resolve(kd_metrics *metrics, const kd_cells *cells, const kd_find_choice *choice,
                         kd_error *err)
{
    static const char *const main_metric = "f1";
    bool                     is_said = choice->metric_count > 0;
    kd_status status = kd_metrics_resolve(metrics, cells, is_said ? choice->metrics : &main_metric,
                                          is_said ? choice->metric_count : 1, "devel", err);
    for (size_t i = 0; status == KD_OK && i < metrics->count; i++)
        status = check_metric(&metrics->items[i], err);
    return status;
}

/* Above 0 when `a` is better than `b` by the first metric that tells them apart and both have. */
static int compare_cells(const kd_metrics *metrics, const kd_record *a, const kd_record *b)
{
    for (size_t i = 0; i < metrics->count; i++) {
        double x, y;
        if (!kd_metric_read(&metrics->items[i], a, &x) ||
            !kd_metric_read(&metrics->items[i], b, &y) || x == y)
            continue;
        return x > y ? metrics->items[i].better : -metrics->items[i].better;
    }
    return 0;
}

/* Figures of different corpora say nothing of which model is better. */
static bool differ_in_corpus(const kd_cells *cells, const kd_metric *metric)
{
    const char *first = NULL;
    double      value;
    for (size_t i = 0; i < cells->count; i++) {
        const char *corpus = kd_record_value(cells->items[i], "data.corpus");
        if (!corpus || !kd_metric_read(metric, cells->items[i], &value)) continue;
        if (first && strcmp(first, corpus) != 0) return true;
        first = corpus;
    }
    return false;
}

static kd_status take_best(kd_id *out, const kd_store *store, const kd_cells *cells,
                           const kd_metrics *metrics, const char *role, kd_str *said, kd_error *err)
{
    const kd_metric *first = metrics->items;
    const kd_record *best = NULL;
    double           most = 0, value;
    size_t           ties = 0, asked = 0;
    for (size_t i = 0; i < cells->count; i++) {
        if (!kd_metric_read(first, cells->items[i], &value)) continue;
        asked++;
        int order = best ? compare_cells(metrics, cells->items[i], best) : 1;
        ties += best && order == 0;
        if (order > 0) best = cells->items[i], most = value, ties = 0;
    }
    if (!best)
        return kd_fail(err, KD_ENOINPUT, "%s: no finished %s has %s", kd_store_folder(store),
                       role ? role : "student", first ? first->name : "a metric");
    *out = best->id;
    if (!said) return KD_OK;
    char text[KD_ID_TEXT];
    kd_id_text(text, best->id);
    kd_str_addf(said, "%s: the best of %zu by %s, %.4f", text, asked, first->name, most);
    for (size_t i = 1; i < metrics->count; i++)
        kd_str_addf(said, ", then by %s", metrics->items[i].name);
    if (ties > 0)
        kd_str_addf(said, "; %zu more %s the same, and its id is the first", ties,
                    ties == 1 ? "has" : "have");
    if (differ_in_corpus(cells, first))
        kd_str_add(said,
                   "; they are of several corpora, which --where data.corpus=... tells apart");
    return KD_OK;
}

static kd_status choose_best(kd_id *out, const kd_store *store, const kd_catalogue *catalogue,
                             const kd_find_choice *choice, kd_str *said, kd_error *err)
{
    kd_cells         cells = KD_VEC_INIT;
    kd_left_out      left_out;
    kd_metrics       metrics = KD_VEC_INIT;
    size_t           count;
    kd_status        status = KD_OK;
    const kd_record *records = kd_catalogue_records(catalogue, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(records[i].kind, "model") == 0) kd_vec_push(&cells, &records[i]);
    for (size_t i = 0; status == KD_OK && i < choice->where_count; i++)
        status = kd_cells_keep(&cells, choice->where[i], err);
    if (status == KD_OK) status = kd_cells_keep_role(&cells, choice->role, &left_out, err);
    if (status == KD_OK) status = resolve(&metrics, &cells, choice, err);
    if (status == KD_OK) status = take_best(out, store, &cells, &metrics, choice->role, said, err);
    kd_vec_fini(&metrics);
    kd_vec_fini(&cells);
    return status;
}

static kd_status find_best(kd_id *out, const kd_store *store, const kd_find_choice *choice,
                           kd_str *said, kd_error *err)
{
    kd_catalogue *catalogue;
    kd_status     status = kd_catalogue_open(&catalogue, store, NULL, err);
    if (status == KD_OK) status = choose_best(out, store, catalogue, choice, said, err);
    kd_catalogue_close(catalogue);
    return status;
}

/* ---- both ---- */

kd_status kd_find(kd_id *out, const kd_store *store, const char *word, const kd_find_choice *choice,
                  kd_str *said, kd_error *err)
{
    *out = (kd_id){ 0 };
    if (said) kd_str_reset(said);
    if (strcmp(word, "best") == 0) return find_best(out, store, choice, said, err);
    if (choice->where_count > 0 || choice->metric_count > 0 || choice->role)
        return kd_fail(err, KD_EUSAGE,
                       "%s: --where, --metric and --role choose what is 'best', and nothing else",
                       word);
    return find_by_word(out, store, word, choice->without_object, err);
}

int kd_find_digits(kd_id *ids, size_t count)
{
    int digits = KD_FIND_SHORT;
    if (count > 0) qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < count; i++) {
        char a[KD_ID_TEXT], b[KD_ID_TEXT];
        int  same = 0;
        kd_id_text(a, ids[i - 1]);
        kd_id_text(b, ids[i]);
        while (a[same] != '\0' && a[same] == b[same]) same++;
        if (a[same] != '\0' && same + 1 > digits) digits = same + 1;
    }
    return digits;
}
