/* section.c - the sections that are words and tables. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/program.h"
#include "results/chart/markup.h"
#include "results/page/html.h"
#include "results/page/page_internal.h"
#include "results/role.h"

/* Rows of a page: a browser shows a thousand at once, and more only slowly. */
enum { CELLS_MOST = 2000, FAILURES_MOST = 50, OTHERS_NAMED = 6 };

/* ---- the main table ---- */

typedef struct {
    kd_metric metric;
    size_t    column;
} measured;
typedef KD_VEC(measured) measures;

/* Students are small and quick: a digit more than a study's tables have. */
static int decimals_of(const kd_metric *m)
{
    if (strcmp(m->unit, "MiB") == 0) return 2;
    return strcmp(m->unit, "ms") == 0 ? 3 : m->decimals;
}

static void add_measure(kd_table *table, measures *out, const kd_metric *m)
{
    kd_str   title = KD_STR_INIT;
    measured one = { .metric = *m };

    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->items[i].metric.name, m->name) == 0) return;
    kd_str_add(&title, m->title);
    if (*m->unit != '\0') kd_str_addf(&title, ", %s", m->unit);
    one.column = kd_table_add_column(table, KD_COLUMN_SPREAD, m->name, title.text, decimals_of(m));
    kd_vec_push(out, one);
    kd_str_fini(&title);
}

/* What was asked for, or the task's own; then what every study wants to know. */
static measures choose_measures(const kd_report *r, kd_table *table)
{
    static const char *const words[] = { "f1",       "devel.f1",
                                         "size_mib", "size.parameters",
                                         "train_s",  "time.latency.f32.median_ms" };
    measures                 out = KD_VEC_INIT;

    for (size_t i = 0; i < r->asked.count; i++) add_measure(table, &out, &r->asked.items[i]);
    for (size_t i = r->asked.count > 0; i < sizeof words / sizeof *words; i++) {
        kd_metric m;
        if (kd_report_metric(&r->students, words[i], &m)) add_measure(table, &out, &m);
    }
    return out;
}

/* A spread over runs means something for what differs between them; sizes do not. */
static void set_measure(kd_entry *entry, const kd_group *group, const kd_metric *metric)
{
    kd_measure m = kd_group_measure(group, metric);

    if (m.sample.n == 0) return;
    if (m.sample.sd > 0)
        kd_entry_set_spread(entry, m.sample.mean, m.sample.sd, m.sample.n);
    else
        kd_entry_set_number(entry, m.sample.mean);
    entry->sources = group->ids;
    entry->source_count = group->count;
}

/* A teacher has other settings, and stands below the table. */
static void note_other(kd_table *table, const kd_report *r, const kd_record *cell)
{
    char   id[KD_ID_TEXT];
    double score;

    kd_id_text(id, cell->id);
    if (r->has_score && kd_metric_read(&r->score, cell, &score))
        kd_table_note(table, "%s %.7s: %s %.*f", kd_role_word(kd_record_role(cell)), id,
                      r->score.title, r->score.decimals, score);
}

void kd_section_scores(kd_str *out, const kd_report *r)
{
    kd_table *table = kd_table_create("Mean ± standard deviation over runs; n is how many there "
                                      "are. Best of a column bold.");
    measures  all;
    size_t    n_column;

    if (r->students.count == 0) {
        kd_table_destroy(table);
        return;
    }
    for (size_t k = 0; k < r->key_count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, r->keys[k], r->keys[k], -1);
    n_column = kd_table_add_column(table, KD_COLUMN_NUMBER, "n", "n", 0);
    all = choose_measures(r, table);
    for (size_t g = 0; g < r->groups.count; g++) {
        const kd_group *group = &r->groups.groups[g];
        kd_entry       *row = kd_table_add_row(table);
        for (size_t k = 0; k < r->key_count; k++)
            if (group->values[k] != NULL) kd_entry_set_text(table, &row[k], group->values[k]);
        kd_entry_set_number(&row[n_column], (double)group->count);
        for (size_t m = 0; m < all.count; m++)
            set_measure(&row[all.items[m].column], group, &all.items[m].metric);
    }
    for (size_t m = 0; m < all.count; m++)
        if (all.items[m].metric.better != 0)
            kd_table_mark_best(table, all.items[m].column, all.items[m].metric.better);
    for (size_t i = 0; i < r->others.count && i < OTHERS_NAMED; i++)
        note_other(table, r, r->others.items[i]);
    kd_html_table(out, table, kd_table_row_count(table) > 30);
    kd_vec_fini(&all);
    kd_table_destroy(table);
}

/* ---- failures ---- */

static void add_class(kd_table *table, const kd_failure_class *class)
{
    kd_entry *row = kd_table_add_row(table);

    kd_entry_set_text(table, &row[0], class->word);
    kd_entry_set_number(&row[1], (double)class->count);
    kd_entry_set_text(table, &row[2], class->last->label);
    kd_entry_set_text(table, &row[3], class->last->text);
    row[0].sources = &class->last->id;
    row[0].source_count = 1;
}

void kd_section_failures(kd_str *out, const kd_report *r)
{
    kd_table *table = kd_table_create("Cells that failed for good, by what ended them.");
    kd_str    shares = KD_STR_INIT;

    kd_table_add_column(table, KD_COLUMN_LABEL, "class", "class", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "cells", "cells", 0);
    kd_table_add_column(table, KD_COLUMN_TEXT, "last", "the last", -1);
    kd_table_add_column(table, KD_COLUMN_TEXT, "text", "what it said", -1);
    for (size_t i = 0; i < r->parts.count; i++) {
        const kd_failures *f = &r->parts.items[i].standing.failures;
        if (!r->parts.items[i].stands) continue;
        for (size_t c = 0; c < f->classes.count; c++) add_class(table, &f->classes.items[c]);
        for (size_t s = 0; s < f->shares.count && s < FAILURES_MOST; s++)
            if (f->shares.items[s].stands_out)
                kd_str_addf(&shares,
                            "%zu of %zu cells with %s failed, more than by chance (p %.2g)\n",
                            f->shares.items[s].failed, f->shares.items[s].all,
                            f->shares.items[s].setting, f->shares.items[s].p);
    }
    if (kd_table_row_count(table) > 0) {
        kd_html_table(out, table, false);
        kd_html_lines(out, shares.text);
    }
    kd_str_fini(&shares);
    kd_table_destroy(table);
}

/* ---- every cell ---- */

/* A teacher has a seed of its own. */
static const char *seed_of(const kd_record *cell)
{
    const char *seed = kd_record_value(cell, "seed");

    return seed != NULL ? seed : kd_record_value(cell, "teacher.seed");
}

static void add_cell(kd_table *table, const kd_report *r, const kd_record *cell,
                     const measures *all)
{
    kd_entry *row = kd_table_add_row(table);
    char      id[KD_ID_TEXT];

    kd_id_text(id, cell->id);
    id[12] = '\0';
    kd_entry_set_text(table, row++, id);
    kd_entry_set_text(table, row++, kd_role_word(kd_record_role(cell)));
    for (size_t k = 0; k < r->key_count; k++, row++) {
        const char *value = kd_record_value(cell, r->keys[k]);
        if (value != NULL) kd_entry_set_text(table, row, value);
    }
    if (seed_of(cell) != NULL) kd_entry_set_text(table, row, seed_of(cell));
    for (size_t m = 0; m < all->count; m++) {
        double value;
        if (kd_metric_read(&all->items[m].metric, cell, &value))
            kd_entry_set_number(++row, value);
        else
            ++row;
    }
}

void kd_section_cells(kd_str *out, const kd_report *r)
{
    kd_table *table = kd_table_create(NULL);
    measures  shown;
    size_t    all = r->others.count + r->students.count;

    kd_table_add_column(table, KD_COLUMN_LABEL, "id", "id", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "role", "role", -1);
    for (size_t k = 0; k < r->key_count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, r->keys[k], r->keys[k], -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "seed", "seed", -1);
    shown = choose_measures(r, table);
    for (size_t i = 0; i < r->others.count && i < CELLS_MOST; i++)
        add_cell(table, r, r->others.items[i], &shown);
    for (size_t i = 0; i < r->students.count && kd_table_row_count(table) < CELLS_MOST; i++)
        add_cell(table, r, r->students.items[i], &shown);
    if (all > CELLS_MOST)
        kd_table_note(table, "%d of %zu cells; kdgrid ls has all.", CELLS_MOST, all);
    if (all > 0) kd_html_table(out, table, true);
    kd_vec_fini(&shown);
    kd_table_destroy(table);
}

/* ---- provenance ---- */

static void add_store(kd_str *out, const kd_report_part *part)
{
    const kd_standing *s = &part->standing;
    kd_str             line = KD_STR_INIT;

    kd_str_addf(&line, "%s:", part->folder);
    if (!part->stands) kd_str_add(&line, " its journals cannot be read");
    for (int state = 0; part->stands && state < KD_STANDING_COUNT; state++)
        if (s->counts[state] > 0)
            kd_str_addf(&line, "%s %zu %s", line.text[line.length - 1] == ':' ? "" : ",",
                        s->counts[state], kd_standing_word((kd_standing_state)state));
    if (part->stands && s->waiting > 0) kd_str_addf(&line, ", %zu waiting", s->waiting);
    kd_str_add(&line, "\n");
    kd_html_lines(out, line.text);
    kd_str_fini(&line);
}

void kd_section_provenance(kd_str *out, const kd_report *r)
{
    static const char *const versions[] = { KD_RECORD_SCHEMA, KD_RECORD_NUMERICS };

    kd_html_say(out, "All numbers are of objects of these stores, and each names its cells: point "
                     "at it. `kdgrid show ID --store STORE` tells all of one.");
    for (size_t i = 0; i < r->parts.count; i++) add_store(out, &r->parts.items[i]);
    for (int v = 0; v < 2 && r->students.count > 0; v++) {
        kd_str words = KD_STR_INIT;
        kd_section_add_values(&words, r, versions[v]);
        kd_html_say(out, "%s: %s", versions[v], words.text);
        kd_str_fini(&words);
    }
    kd_html_lines(out, r->notice.text);
    kd_html_say(out, "This page was made by kdgrid %s (%s).", kd_program_version,
                kd_program_commit);
}
