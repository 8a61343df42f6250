/* asked.c - what was asked, as a paper's section on methods would say it: what was compared, what was trained and how, by
 * which program, and what all share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/page/html.h"
#include "results/page/page_internal.h"
#include "results/role.h"

enum { VALUES_NAMED = 12, SAME_MOST = 200 };

static size_t count_role(const kd_cells *cells, kd_role role)
{
    size_t count = 0;

    for (size_t i = 0; i < cells->count; i++) count += kd_record_role(cells->items[i]) == role;
    return count;
}

/* The values of a key among the students, sorted and each once; in the arena. */
static const char **list_values(const kd_report *r, const char *key, size_t *count)
{
    kd_groups    groups;
    const char **values;

    kd_cells_group(&r->students, &key, 1, KD_ORDER_OF_VALUES, r->arena, &groups);
    values = kd_arena_alloc(r->arena, groups.count + 1, sizeof *values);
    for (size_t g = 0; g < groups.count; g++) values[g] = groups.groups[g].values[0];
    *count = groups.count;
    return values;
}

void kd_section_add_values(kd_str *out, const kd_report *r, const char *key)
{
    size_t       count;
    const char **values = list_values(r, key, &count);

    for (size_t v = 0; v < count && v < VALUES_NAMED; v++)
        kd_str_addf(out, "%s%s", v > 0 ? ", " : "", values[v] != NULL ? values[v] : "none set");
    if (count > VALUES_NAMED) kd_str_addf(out, " and %zu more", count - VALUES_NAMED);
}

/* "12", "12 to 50", "16, 32": the values of a key; false when no student has it. */
static bool add_setting(kd_str *out, const kd_report *r, const char *key)
{
    size_t       count;
    const char **values = list_values(r, key, &count);
    bool         has_value = false;

    for (size_t v = 0; v < count; v++) has_value = has_value || values[v] != NULL;
    if (has_value) kd_section_add_values(out, r, key);
    return has_value;
}

/* The same with words around it, those after it for several; or nothing. */
static void add_phrase(kd_str *out, const kd_report *r, const char *before, const char *key,
                       const char *after)
{
    kd_str value = KD_STR_INIT;

    if (add_setting(&value, r, key)) {
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

/* How many sentences the scores are of; 0 when nobody kept it. */
static size_t sentences_of(const kd_report *r)
{
    kd_counted      what = { NULL, false };
    kd_split_counts counts = { .n = 0 };
    kd_error        none;

    if (r->has_score) what = kd_counted_of(&r->score, r->arena);
    if (what.split == NULL || r->students.count == 0) return 0;
    if (kd_stores_counts(&r->stores, r->students.items[0], what, r->arena, &counts, &none) != KD_OK)
        return 0;
    return counts.n;
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
    size_t      students = r->students.count, seeds, sentences = sentences_of(r);
    const char *study = kd_report_study(r), *task = NULL;

    list_values(r, "seed", &seeds);
    if (students > 0) task = kd_record_value(r->students.items[0], "task");
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
    add_phrase(out, r, " on ", "data.corpus", "");
    add_phrase(out, r, " and unlabelled text (", "data.unlabelled", ")");
    if (sentences > 0)
        kd_str_addf(out, " (%zu %s sentences)", sentences,
                    kd_starts_with(r->score.name, "devel.") ? "devel" : "test");
    kd_str_addf(out, ". It has %zu student%s", students, students == 1 ? "" : "s");
    if (r->groups.count > 0)
        kd_str_addf(out, ": %zu setting%s with %zu seed%s", r->groups.count,
                    r->groups.count == 1 ? "" : "s", seeds, seeds == 1 ? "" : "s");
    if (seeds > 1) add_phrase(out, r, " (", "seed", ")");
    kd_str_add(out, ". ");
}

/* "16297 parameters", "16297 to 27081 parameters". */
static void add_parameters(kd_str *out, const kd_cells *cells, kd_role role)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < cells->count; i++) {
        const double *n = kd_record_number(cells->items[i], "size.parameters");
        if (n == NULL || kd_record_role(cells->items[i]) != role) continue;
        low = fmin(low, *n);
        high = fmax(high, *n);
    }
    if (low == high) kd_str_addf(out, " with %.0f parameters", low);
    if (low < high) kd_str_addf(out, " with %.0f to %.0f parameters", low, high);
}

/* A setting of their recipe. */
static void add_recipe(kd_str *out, const kd_report *r, kd_role role, const char *before,
                       const char *name, const char *after)
{
    add_phrase(
        out, r, before,
        kd_arena_sprintf(r->arena, "%strain.%s", role == KD_ROLE_STUDENT ? "" : "teacher.", name),
        after);
}

/* What they are and how they were trained. */
static void say_networks(kd_str *out, const kd_report *r, kd_role role)
{
    bool            are_students = role == KD_ROLE_STUDENT;
    const kd_cells *cells = are_students ? &r->students : &r->others;

    if (count_role(cells, role) == 0) return;
    kd_str_add(out, are_students ? "Students are " : "Teachers are ");
    if (!add_setting(out, r, are_students ? "student.kind" : "teacher.kind"))
        kd_str_add(out, "networks");
    else
        kd_str_add(out, " networks");
    add_phrase(out, r, " of ", are_students ? "student.layers" : "teacher.layers", " layers");
    add_phrase(out, r, " and ", are_students ? "student.hidden" : "teacher.hidden", " units");
    add_parameters(out, cells, role);
    add_phrase(out, r, ", begun from ", are_students ? "student.init" : "teacher.init", "");
    add_recipe(out, r, role, " and trained for ", "epochs", " epochs");
    add_recipe(out, r, role, " in batches of ", "batch", " sentences");
    add_recipe(out, r, role, " by AdamW with a learning rate of ", "lr", "");
    add_recipe(out, r, role, " (schedule ", "schedule", "");
    add_recipe(out, r, role, ", warm-up of ", "warmup", " updates");
    add_recipe(out, r, role, ", weight decay ", "weight_decay", ")");
    add_recipe(out, r, role, "; the weights kept are the ", "select", " by the score on devel");
    kd_str_add(out, ". ");
}

/* The best teacher's score, beside which the students' are read. */
static void say_teachers(kd_str *out, const kd_report *r)
{
    size_t teachers = count_role(&r->others, KD_ROLE_TEACHER);
    size_t starts = count_role(&r->others, KD_ROLE_START);
    double best = -INFINITY, score;

    for (size_t i = 0; r->has_score && i < r->others.count; i++)
        if (kd_record_role(r->others.items[i]) == KD_ROLE_TEACHER &&
            kd_metric_read(&r->score, r->others.items[i], &score))
            best = fmax(best, score);
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

/* Settings that all students share, for who looks for one of them. */
static void add_shared(kd_str *out, const kd_report *r)
{
    kd_table *table = kd_table_create(NULL);
    size_t    count;
    kd_cells  students = r->students;

    const char **keys = kd_cells_keys(&students, r->arena, &count);
    kd_table_add_column(table, KD_COLUMN_LABEL, "setting", "setting", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "value", "value", -1);
    for (size_t k = 0; k < count && kd_table_row_count(table) < SAME_MOST; k++) {
        size_t       values;
        const char **value = list_values(r, keys[k], &values);
        if (values != 1 || value[0] == NULL) continue;
        kd_entry *row = kd_table_add_row(table);
        kd_entry_set_text(table, &row[0], keys[k]);
        kd_entry_set_text(table, &row[1], value[0]);
    }
    if (kd_table_row_count(table) > 0) {
        kd_str_addf(out, "<details><summary>%zu settings that all students share</summary>\n",
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
