/* aggregate_table.c - one pass to choose, one to group, one to measure. */
#include "results/aggregate_table.h"

#include "results/format.h"
#include "results/role.h"

/* One question in hand. */
typedef struct {
    const kd_aggregate_query *query;
    kd_arena                 *arena;
    kd_table                 *table;
    kd_cells                  cells; /* that are asked about */
    kd_metrics                metrics;
    kd_metric                 by; /* what the choice looks at */
    kd_left_out               left_out;
} question;

static kd_status check_keys(question *q, kd_error *err)
{
    const kd_aggregate_query *query = q->query;
    kd_status                 status = KD_OK;

    for (size_t k = 0; status == KD_OK && k < query->key_count; k++)
        status = kd_cells_check_key(&q->cells, query->keys[k], err);
    if (query->choice == NULL || status != KD_OK) return status;
    status = kd_best_of_check_place(query->choice, query->keys, query->key_count, err);
    if (status != KD_OK) return status;
    return kd_best_of_resolve(&q->by, query->choice, &q->cells, err);
}

static kd_status open_question(question *q, const kd_cells *cells, kd_error *err)
{
    const kd_aggregate_query *query = q->query;
    kd_status                 status;

    for (size_t i = 0; i < cells->count; i++) kd_vec_push(&q->cells, cells->items[i]);
    status = kd_cells_keep_role(&q->cells, query->role, &q->left_out, err);
    if (status == KD_OK) status = check_keys(q, err);
    if (status == KD_OK)
        status = kd_metrics_resolve(&q->metrics, &q->cells, query->metrics, query->metric_count,
                                    query->split, err);
    return status;
}

static void close_question(question *q)
{
    kd_vec_fini(&q->metrics);
    kd_vec_fini(&q->cells);
}

/* ---- the table ---- */

enum { COLUMN_METRIC, COLUMN_N, COLUMN_MEAN, COLUMN_SD, COLUMN_LOW, COLUMN_HIGH, COLUMNS };

static void add_labels(kd_table *table, const char *const *keys, size_t count)
{
    for (size_t k = 0; k < count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, keys[k], keys[k], -1);
}

/* One metric is named above the table, and its column may go. */
static char *caption_of(const question *q)
{
    kd_str text = KD_STR_INIT;
    char  *kept;

    if (q->metrics.count != 1) return NULL;
    kd_str_add(&text, q->metrics.items[0].name);
    for (size_t k = 0; k < q->query->key_count; k++)
        kd_str_addf(&text, "%s%s", k == 0 ? " by " : ", ", q->query->keys[k]);
    kept = kd_arena_strdup(q->arena, text.text);
    kd_str_fini(&text);
    return kept;
}

static kd_table *create_table(const question *q)
{
    const kd_aggregate_query *query = q->query;
    static const struct {
        const char *name;
        int         decimals, spare;
    } columns[COLUMNS] = {
        [COLUMN_METRIC] = { "metric", -1, 3 }, [COLUMN_N] = { "n", 0, 0 },
        [COLUMN_MEAN] = { "mean", -1, 0 },     [COLUMN_SD] = { "sd", -1, 0 },
        [COLUMN_LOW] = { "low", -1, 2 },       [COLUMN_HIGH] = { "high", -1, 2 },
    };
    kd_table *table = kd_table_create(caption_of(q));

    add_labels(table, query->keys, query->key_count);
    if (query->choice != NULL) add_labels(table, query->choice->keys, query->choice->key_count);
    for (int c = 0; c < COLUMNS; c++) {
        kd_column_kind kind = c == COLUMN_METRIC ? KD_COLUMN_LABEL : KD_COLUMN_NUMBER;
        size_t         column =
            kd_table_add_column(table, kind, columns[c].name, columns[c].name, columns[c].decimals);
        if (c != COLUMN_METRIC || q->metrics.count == 1)
            table->columns.items[column].spare = columns[c].spare;
    }
    if (query->choice != NULL) {
        kd_table_add_column(table, KD_COLUMN_NUMBER, "tried", "tried", 0);
        kd_table_add_column(table, KD_COLUMN_NUMBER, "runs", "runs", 0);
    }
    return table;
}

/* A number that a reader sees with the metric's decimals and a program in full. */
static void set_rounded(kd_table *table, kd_entry *entry, double value, const kd_metric *metric)
{
    kd_str text = KD_STR_INIT;

    kd_entry_set_number(entry, value);
    if (entry->kind == KD_ENTRY_NUMBER) {
        kd_format_real(&text, value, metric->decimals);
        entry->text = kd_arena_strdup(table->arena, text.text);
    }
    kd_str_fini(&text);
}

static void fill_measured(kd_table *table, kd_entry *row, const kd_group *group,
                          const kd_metric *metric)
{
    kd_measure measure = kd_group_measure(group, metric);

    kd_entry_set_text(table, &row[COLUMN_METRIC], metric->name);
    kd_entry_set_number(&row[COLUMN_N], (double)measure.sample.n);
    set_rounded(table, &row[COLUMN_MEAN], measure.sample.mean, metric);
    set_rounded(table, &row[COLUMN_SD], measure.sample.sd, metric);
    set_rounded(table, &row[COLUMN_LOW], measure.interval.low, metric);
    set_rounded(table, &row[COLUMN_HIGH], measure.interval.high, metric);
    row[COLUMN_MEAN].sources = group->ids;
    row[COLUMN_MEAN].source_count = group->count;
}

static void add_row(question *q, const kd_group *group, size_t key_count, const kd_metric *metric,
                    const kd_chosens *chosens)
{
    kd_entry        *row = kd_table_add_row(q->table);
    const kd_chosen *chosen = kd_best_of_find(chosens, group->values, q->query->key_count);

    for (size_t k = 0; k < key_count; k++, row++)
        if (group->values[k] != NULL) kd_entry_set_text(q->table, row, group->values[k]);
    fill_measured(q->table, row, group, metric);
    if (chosen == NULL) return;
    kd_entry_set_number(&row[COLUMNS], (double)chosen->tuned.tried);
    kd_entry_set_number(&row[COLUMNS + 1], (double)chosen->tuned.runs);
}

/* ---- what stands below ---- */

static void note_missing(kd_table *table, const kd_missing_counts *missing)
{
    kd_str words = KD_STR_INIT;

    if (missing->total == 0) return;
    kd_missing_add_words(&words, missing);
    kd_table_note(table, "Missing objects, which are in no figure: %s.", words.text);
    kd_str_fini(&words);
}

static void note_left_out(const question *q)
{
    kd_str text = KD_STR_INIT;

    kd_left_out_say(&text, &q->left_out);
    if (text.length > 0) kd_table_note(q->table, "%s", text.text);
    kd_str_fini(&text);
}

static void note_what_is_measured(const question *q, const kd_groups *groups)
{
    kd_str text = KD_STR_INIT;

    note_left_out(q);
    kd_groups_list_varying(groups, &text);
    if (text.length > 0)
        kd_table_note(q->table,
                      "means run over cells that differ in more than the seed: %s; --by tells them "
                      "apart",
                      text.text);
    kd_str_fini(&text);
    if (groups->count == 0) kd_table_note(q->table, "There is no such cell.");
}

/* The spread of one run is not 0 but unknown. */
static void note_single_runs(kd_table *table, size_t key_count)
{
    size_t single = 0, rows = kd_table_row_count(table);

    for (size_t row = 0; row < rows; row++) {
        const kd_entry *n = kd_table_entry(table, row, key_count + COLUMN_N);
        single += n->kind == KD_ENTRY_NUMBER && n->value == 1;
    }
    if (single > 0)
        kd_table_note(table, "%zu of %zu row%s %s of one run, which has no spread.", single, rows,
                      rows == 1 ? "" : "s", single == 1 ? "is" : "are");
}

/* ---- the questions ---- */

/* The keys of the group, then those of the choice; in the arena. */
static const char **join_keys(const question *q, size_t *count)
{
    const kd_aggregate_query *query = q->query;
    size_t                    chosen = query->choice != NULL ? query->choice->key_count : 0;
    const char **keys = kd_arena_alloc(q->arena, query->key_count + chosen + 1, sizeof *keys);

    for (size_t k = 0; k < query->key_count; k++) keys[k] = query->keys[k];
    for (size_t k = 0; k < chosen; k++) keys[query->key_count + k] = query->choice->keys[k];
    *count = query->key_count + chosen;
    return keys;
}

static void fill_table(question *q)
{
    const kd_aggregate_query *query = q->query;
    kd_chosens                chosens = { NULL, 0 };
    kd_groups                 groups;
    size_t                    key_count;
    const char              **keys = join_keys(q, &key_count);

    q->table = create_table(q);
    if (query->choice != NULL)
        kd_best_of_keep(&q->cells, query->choice, &q->by, NULL, query->keys, query->key_count,
                        q->arena, &chosens);
    kd_cells_group(&q->cells, keys, key_count, KD_ORDER_OF_VALUES, q->arena, &groups);
    for (size_t g = 0; g < groups.count; g++)
        for (size_t m = 0; m < q->metrics.count; m++)
            add_row(q, &groups.groups[g], key_count, &q->metrics.items[m], &chosens);
    kd_table_note(q->table,
                  "low and high: 95 %% interval of the mean, Student's t over the n runs");
    note_single_runs(q->table, key_count);
    kd_best_of_note(&chosens, NULL, query->keys, query->key_count, q->table);
    for (size_t m = 0; query->choice != NULL && m < q->metrics.count; m++)
        kd_best_of_note_luck(&q->by, &q->metrics.items[m], q->table);
    note_what_is_measured(q, &groups);
    note_missing(q->table, &query->missing);
}

kd_status kd_aggregate_table(kd_table **out, const kd_cells *cells, const kd_aggregate_query *query,
                             kd_arena *arena, kd_error *err)
{
    question  q = { .query = query, .arena = arena };
    kd_status status = open_question(&q, cells, err);

    if (status == KD_OK) fill_table(&q);
    *out = q.table;
    close_question(&q);
    return status;
}

/* ---- curves ---- */

static void add_curve(question *q, const kd_chosen *chosen, const kd_metric *metric)
{
    for (size_t n = 1; n <= chosen->tuned.tried; n++) {
        kd_entry *row = kd_table_add_row(q->table);
        for (size_t k = 0; k < q->query->key_count; k++, row++)
            if (chosen->place[k] != NULL) kd_entry_set_text(q->table, row, chosen->place[k]);
        kd_entry_set_text(q->table, &row[0], metric->name);
        kd_entry_set_number(&row[1], (double)n);
        set_rounded(q->table, &row[2], chosen->curve[n - 1], metric);
    }
}

/* A choice takes cells away, so each metric's is made among all. */
static void add_curves(question *q, const kd_metric *metric)
{
    const kd_aggregate_query *query = q->query;
    kd_cells                  cells = KD_VEC_INIT;
    kd_chosens                chosens;

    for (size_t i = 0; i < q->cells.count; i++) kd_vec_push(&cells, q->cells.items[i]);
    kd_best_of_keep(&cells, query->choice, &q->by, metric, query->keys, query->key_count, q->arena,
                    &chosens);
    for (size_t i = 0; i < chosens.count; i++) add_curve(q, &chosens.items[i], metric);
    kd_vec_fini(&cells);
}

kd_status kd_aggregate_curves(kd_table **out, const kd_cells *cells,
                              const kd_aggregate_query *query, kd_arena *arena, kd_error *err)
{
    question  q = { .query = query, .arena = arena };
    kd_status status = open_question(&q, cells, err);

    if (status == KD_OK) {
        size_t metric;
        q.table = kd_table_create(caption_of(&q));
        add_labels(q.table, query->keys, query->key_count);
        metric = kd_table_add_column(q.table, KD_COLUMN_LABEL, "metric", "metric", -1);
        if (q.metrics.count == 1) q.table->columns.items[metric].spare = 1;
        kd_table_add_column(q.table, KD_COLUMN_NUMBER, "values", "values", 0);
        kd_table_add_column(q.table, KD_COLUMN_NUMBER, "expected", "expected", -1);
        for (size_t m = 0; m < q.metrics.count; m++) add_curves(&q, &q.metrics.items[m]);
        kd_table_note(q.table,
                      "expected: of the one that %s chooses among so many values tried at random; "
                      "close to all that were tried it is too low.",
                      q.by.name);
        note_left_out(&q);
    }
    *out = q.table;
    close_question(&q);
    return status;
}
