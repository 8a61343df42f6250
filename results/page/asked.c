/* asked.c - what was asked, as a paper's section on methods would say it: what was compared, what was trained and how, by
 * which program, and what all share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/page/html.h"
#include "results/page/page_internal.h"
#include "results/role.h"

enum { VALUES_NAMED = 12, SAME_MOST = 200 };

static kd_cells keep_role(const kd_cells *cells, kd_role role)
{
    kd_cells kept = KD_VEC_INIT;

    for (size_t i = 0; i < cells->count; i++)
        if (kd_record_role(cells->items[i]) == role) kd_vec_push(&kept, cells->items[i]);
    return kept;
}

/* The values of a key among cells, sorted and each once, NULL first where some have none; in the arena. */
static const char **list_values(const kd_report *r, const kd_cells *cells, const char *key,
                                size_t *count)
{
    kd_groups    groups;
    const char **values;

    kd_cells_group(cells, &key, 1, KD_ORDER_OF_VALUES, r->arena, &groups);
    values = kd_arena_alloc(r->arena, groups.count + 1, sizeof *values);
    for (size_t g = 0; g < groups.count; g++) values[g] = groups.groups[g].values[0];
    *count = groups.count;
    return values;
}

void kd_section_add_values(kd_str *out, const kd_report *r, const char *key)
{
    size_t       count;
    const char **values = list_values(r, &r->students, key, &count);

    for (size_t v = 0; v < count && v < VALUES_NAMED; v++)
        kd_str_addf(out, "%s%s", v > 0 ? ", " : "", values[v] != NULL ? values[v] : "without");
    if (count > VALUES_NAMED) kd_str_addf(out, " and %zu more", count - VALUES_NAMED);
}

/* "12", "16 and 32", "12, 16 and 32": the values of those cells that have one; false when none has. */
static bool add_setting(kd_str *out, const kd_report *r, const kd_cells *cells, const char *key)
{
    size_t       count, first;
    const char **values = list_values(r, cells, key, &count);

    first = count > 0 && values[0] == NULL;
    for (size_t v = first; v < count && v < first + VALUES_NAMED; v++)
        kd_str_addf(out, "%s%s",
                    v == first                                      ? ""
                    : v + 1 < count || count > first + VALUES_NAMED ? ", "
                                                                    : " and ",
                    values[v]);
    if (count > first + VALUES_NAMED)
        kd_str_addf(out, " and %zu more", count - first - VALUES_NAMED);
    return count > first;
}

/* The same with words around it, those after it for several; or nothing. */
static void add_phrase(kd_str *out, const kd_report *r, const kd_cells *cells, const char *before,
                       const char *key, const char *after)
{
    kd_str value = KD_STR_INIT;

    if (add_setting(&value, r, cells, key)) {
        kd_str_addf(out, "%s%s%s", before, value.text, after);
        /* "1 layers" */
        if (strcmp(value.text, "1") == 0 && kd_ends_with(after, "s"))
            kd_str_cut(out, out->length - 1);
    }
    kd_str_fini(&value);
}

static const char *task_words(const char *task)
{
    if (task == NULL) return "a task";
    if (strcmp(task, "ner") == 0) return "named-entity recognition";
    if (strcmp(task, "re") == 0) return "relation extraction";
    if (strcmp(task, "qa") == 0) return "question answering";
    if (strcmp(task, "pair") == 0) return "classification of pairs of texts";
    return strcmp(task, "hoc") == 0 ? "classification into sets of hallmarks" : task;
}

/* How many sentences the scores of a cell are of; 0 when nobody kept it. */
static size_t sentences_of(const kd_report *r, const kd_record *cell)
{
    kd_counted      what = { NULL, false };
    kd_split_counts counts = { .n = 0 };
    kd_error        none;

    if (r->has_score) what = kd_counted_of(&r->score, r->arena);
    if (what.split == NULL) return 0;
    if (kd_stores_counts(&r->stores, cell, what, r->arena, &counts, &none) != KD_OK) return 0;
    return counts.n;
}

/* " on BC2GM (5038 test sentences) and JNLPBA (1200 test sentences)" */
static void say_corpora(kd_str *out, const kd_report *r)
{
    const char *corpus = "data.corpus",
               *split = kd_starts_with(r->score.name, "devel.") ? "devel" : "test";
    kd_groups groups;

    kd_cells_group(&r->students, &corpus, 1, KD_ORDER_OF_VALUES, r->arena, &groups);
    for (size_t g = 0; g < groups.count && g < VALUES_NAMED; g++) {
        const kd_group *group = &groups.groups[g];
        size_t          sentences = sentences_of(r, group->cells[0]);
        if (group->values[0] != NULL)
            kd_str_addf(out, "%s%s",
                        g == 0                 ? " on "
                        : g + 1 < groups.count ? ", "
                                               : " and ",
                        group->values[0]);
        if (sentences > 0) kd_str_addf(out, " (%zu %s sentences)", sentences, split);
    }
    if (groups.count > VALUES_NAMED) kd_str_addf(out, " and %zu more", groups.count - VALUES_NAMED);
    add_phrase(out, r, &r->students, " and unlabelled text (", "data.unlabelled", ")");
}

/* ": 6 settings with 3 seeds (1, 2, 3)", ": 9 settings with 1 to 5 seeds (1, 2, 3, 4, 5)" */
static void say_seeds(kd_str *out, const kd_report *r)
{
    size_t least = SIZE_MAX, most = 0, all;

    list_values(r, &r->students, "seed", &all);
    for (size_t g = 0; g < r->groups.count; g++) {
        kd_cells cells = { r->groups.groups[g].cells, r->groups.groups[g].count, 0 };
        size_t   seeds;
        list_values(r, &cells, "seed", &seeds);
        least = seeds < least ? seeds : least;
        most = seeds > most ? seeds : most;
    }
    if (r->groups.count == 0) return;
    kd_str_addf(out, ": %zu setting%s with ", r->groups.count, r->groups.count == 1 ? "" : "s");
    if (least < most) kd_str_addf(out, "%zu to ", least);
    kd_str_addf(out, "%zu seed%s", most, most == 1 ? "" : "s");
    if (all < 2) return;
    kd_str_add(out, " (");
    kd_section_add_values(out, r, "seed");
    kd_str_add_char(out, ')');
}

/* The key that is compared, then the others. */
static const char *key_in_order(const kd_report *r, size_t k)
{
    if (k == 0) return r->keys[r->among];
    return r->keys[k <= r->among ? k - 1 : k];
}

/* What is compared, on what, how often. */
static void say_question(kd_str *out, const kd_report *r)
{
    size_t      students = r->students.count;
    const char *study = kd_report_study(r);
    const char *task = kd_record_value(r->students.items[0], "task");

    if (*study != '\0') kd_str_addf(out, "The study “%s” ", study);
    if (*study == '\0') kd_str_add(out, "The study ");
    if (r->key_count == 0) kd_str_addf(out, "trains one setting for %s", task_words(task));
    for (size_t k = 0; k < r->key_count; k++) {
        const char *key = key_in_order(r, k);
        kd_str_addf(out, "%s%s (", k == 0 ? "compares " : k == 1 ? " over " : " and ", key);
        kd_section_add_values(out, r, key);
        kd_str_add_char(out, ')');
    }
    if (r->key_count > 0) kd_str_addf(out, " for %s", task_words(task));
    say_corpora(out, r);
    kd_str_addf(out, ". It has %zu student%s", students, students == 1 ? "" : "s");
    say_seeds(out, r);
    kd_str_add(out, ". ");
}

/* "16297 parameters", "16297 to 27081 parameters". */
static void add_parameters(kd_str *out, const kd_cells *cells)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < cells->count; i++) {
        const double *n = kd_record_number(cells->items[i], "size.parameters");
        if (n == NULL) continue;
        low = fmin(low, *n);
        high = fmax(high, *n);
    }
    if (low == high) kd_str_addf(out, " with %.0f parameters", low);
    if (low < high) kd_str_addf(out, " with %.0f to %.0f parameters", low, high);
}

/* What networks are told of: their cells, and the prefix of their settings. */
typedef struct {
    const kd_report *report;
    const kd_cells  *cells;
    kd_role          role;
} networks;

static const char *key_of(const networks *n, const char *name)
{
    bool is_recipe = kd_starts_with(name, "train.");
    bool are_students = n->role == KD_ROLE_STUDENT;

    return kd_arena_sprintf(n->report->arena, "%s%s",
                            !are_students ? "teacher."
                            : is_recipe   ? ""
                                          : "student.",
                            name);
}

/* A setting of them. */
static void add_own(kd_str *out, const networks *n, const char *before, const char *name,
                    const char *after)
{
    add_phrase(out, n->report, n->cells, before, key_of(n, name), after);
}

/* " and trained for 10 epochs"; where a number of updates is said, epochs say nothing. */
static void add_length(kd_str *out, const networks *all)
{
    kd_cells    by_epochs = KD_VEC_INIT, by_steps = KD_VEC_INIT;
    networks    epochs = *all, steps = *all;
    const char *key = key_of(all, "train.steps");

    for (size_t i = 0; i < all->cells->count; i++) {
        const kd_record *cell = all->cells->items[i];
        const char      *said = kd_record_value(cell, key);
        if (said == NULL || strcmp(said, "0") == 0)
            kd_vec_push(&by_epochs, cell);
        else
            kd_vec_push(&by_steps, cell);
    }
    epochs.cells = &by_epochs;
    steps.cells = &by_steps;
    add_own(out, &epochs, " and trained for ", "train.epochs", " epochs");
    add_own(out, &steps, by_epochs.count > 0 ? " or " : " and trained for ", "train.steps",
            " updates");
    kd_vec_fini(&by_epochs);
    kd_vec_fini(&by_steps);
}

/* What those of one kind are and how they were trained. */
static void say_kind(kd_str *out, const networks *n, const char *kind)
{
    kd_str_addf(out, "%s%snetworks", kind != NULL ? kind : "", kind != NULL ? " " : "");
    add_own(out, n, " of ", "layers", " layers");
    add_own(out, n, " and ", "hidden", " units");
    add_parameters(out, n->cells);
    add_own(out, n, ", begun from ", "init", "");
    add_length(out, n);
    add_own(out, n, " in batches of ", "train.batch", " sentences");
    add_own(out, n, " by AdamW with a learning rate of ", "train.lr", "");
    add_own(out, n, " (schedule ", "train.schedule", "");
    add_own(out, n, ", warm-up of ", "train.warmup", " updates");
    add_own(out, n, ", weight decay ", "train.weight_decay", ")");
    add_own(out, n, "; the weights kept are the ", "train.select", " by the score on devel");
    kd_str_add(out, ". ");
}

/* A sentence for each kind of network. */
static void say_networks(kd_str *out, const kd_report *r, kd_role role)
{
    kd_cells    cells = keep_role(role == KD_ROLE_STUDENT ? &r->students : &r->others, role);
    const char *key = role == KD_ROLE_STUDENT ? "student.kind" : "teacher.kind";
    kd_groups   kinds;

    kd_cells_group(&cells, &key, 1, KD_ORDER_OF_VALUES, r->arena, &kinds);
    for (size_t k = 0; k < kinds.count; k++) {
        kd_cells own = { kinds.groups[k].cells, kinds.groups[k].count, 0 };
        networks n = { r, &own, role };
        kd_str_add(out, role == KD_ROLE_STUDENT ? k == 0 ? "Students are " : "Other students are "
                        : k == 0                ? "Teachers are "
                                                : "Other teachers are ");
        say_kind(out, &n, kinds.groups[k].values[0]);
    }
    kd_vec_fini(&cells);
}

/* The best teacher's score, beside which the students' are read. */
static void say_teachers(kd_str *out, const kd_report *r)
{
    kd_cells all = keep_role(&r->others, KD_ROLE_TEACHER);
    kd_cells begun = keep_role(&r->others, KD_ROLE_START);
    size_t   teachers = all.count, starts = begun.count;
    double   best = -INFINITY, score;

    for (size_t i = 0; r->has_score && i < teachers; i++)
        if (kd_metric_read(&r->score, all.items[i], &score)) best = fmax(best, score);
    kd_vec_fini(&all);
    kd_vec_fini(&begun);
    if (teachers > 0)
        kd_str_addf(out, "There %s %zu teacher%s", teachers == 1 ? "is" : "are", teachers,
                    teachers == 1 ? "" : "s");
    if (teachers > 0 && isfinite(best))
        kd_str_addf(out, "%s with %s %.*f", teachers == 1 ? "" : ", the best", r->score.title,
                    r->score.decimals, best);
    if (teachers > 0) kd_str_add(out, ". ");
    if (starts > 0)
        kd_str_addf(out, "%zu network%s fine-tuned first, for students to begin with. ", starts,
                    starts == 1 ? " was" : "s were");
}

/* What numbers are. */
static void say_measures(kd_str *out, const kd_report *r)
{
    if (!r->has_score) return;
    kd_str_addf(out,
                "Scores are %s: the mean over seeds and the standard deviation (divisor n - 1) "
                "where there are several",
                r->score.title);
    if (r->value_count > 1)
        kd_str_add(out, "; differences have 95 % intervals, and their p-values are corrected by "
                        "Holm's method over all pairs");
    kd_str_add(out, ".");
}

static size_t count_having(const kd_cells *cells, const char *key)
{
    size_t count = 0;

    for (size_t i = 0; i < cells->count; i++)
        count += kd_record_value(cells->items[i], key) != NULL;
    return count;
}

/* Settings in which students do not differ, for who looks for one of them; of those that only some students have, how many
 * these are. */
static void add_shared(kd_str *out, const kd_report *r)
{
    kd_table    *table = kd_table_create(NULL);
    size_t       count;
    const char **keys = kd_cells_keys(&r->students, r->arena, &count);

    kd_table_add_column(table, KD_COLUMN_LABEL, "setting", "setting", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "value", "value", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "students", "students", 0);
    for (size_t k = 0; k < count && kd_table_row_count(table) < SAME_MOST; k++) {
        size_t       values, having = count_having(&r->students, keys[k]);
        const char **value = list_values(r, &r->students, keys[k], &values);
        bool         some_lack = values > 0 && value[0] == NULL, is_telling = false;
        for (size_t t = 0; t < r->key_count; t++) is_telling |= strcmp(r->keys[t], keys[k]) == 0;
        if (values != 1 + (size_t)some_lack || is_telling) continue;
        kd_entry *row = kd_table_add_row(table);
        kd_entry_set_text(table, &row[0], keys[k]);
        kd_entry_set_text(table, &row[1], value[some_lack]);
        kd_entry_set_number(&row[2], (double)having);
    }
    if (kd_table_row_count(table) > 0) {
        kd_str_addf(out,
                    "<details><summary>%zu settings in which students do not differ</summary>\n",
                    kd_table_row_count(table));
        kd_html_table(out, table, true);
        kd_str_add(out, "</details>\n");
    }
    kd_table_destroy(table);
}

/* The program, libraries and machines that made the students. */
static void say_facts(kd_str *out, const kd_report *r)
{
    kd_str words = KD_STR_INIT;

    for (size_t f = 0; f < KD_REPORT_FACTS; f++) {
        const kd_report_fact *fact = &r->facts[f];
        if (fact->values.count == 0) continue;
        kd_str_addf(&words, "%s%s ", words.length > 0 ? ", " : "All was computed by ",
                    kd_report_fact_words[f]);
        for (size_t v = 0; v < fact->values.count && v < VALUES_NAMED; v++)
            kd_str_addf(&words, "%s%s", v > 0 ? " and " : "", fact->values.items[v]);
        if (fact->values.count > VALUES_NAMED)
            kd_str_addf(&words, " and %zu more", fact->values.count - VALUES_NAMED);
    }
    if (r->facts[0].values.count > 0) kd_html_say(out, "%s.", words.text);
    kd_str_fini(&words);
}

void kd_section_asked(kd_str *out, const kd_report *r)
{
    kd_str words = KD_STR_INIT;

    if (r->students.count == 0) {
        kd_html_say(out, "No student has finished yet; there is nothing to compare.");
        return;
    }
    say_question(&words, r);
    say_teachers(&words, r);
    kd_html_say(out, "%s", words.text);
    kd_str_reset(&words);
    say_networks(&words, r, KD_ROLE_STUDENT);
    say_networks(&words, r, KD_ROLE_TEACHER);
    kd_html_say(out, "%s", words.text);
    kd_str_reset(&words);
    say_measures(&words, r);
    if (words.length > 0) kd_html_say(out, "%s", words.text);
    say_facts(out, r);
    add_shared(out, r);
    kd_str_fini(&words);
}
