/* card.c - README.md of an exported network: what its object knows, for who was not there.
 *
 * An object that came in from a published folder was never measured: what it does not know is left
 * out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/program.h"
#include "harness/cmd/model/export.h"
#include "harness/store/keys.h"
#include "results/stats.h"

enum { DRAWS = 2000 };
#define LEVEL 0.95

/* A value of the study's, in a cell of a table. */
static void add_value(kd_str *out, const char *text)
{
    kd_str shown = KD_STR_INIT;

    kd_str_add_visible(&shown, text, strlen(text));
    for (const char *c = shown.text; *c; c++) {
        if (*c == '|') kd_str_add_char(out, '\\');
        kd_str_add_char(out, *c);
    }
    kd_str_fini(&shown);
}

static void add_row(kd_str *out, const char *what, const char *value)
{
    if (!value || !*value) return;
    kd_str_add(out, "| ");
    add_value(out, what);
    kd_str_add(out, " | ");
    add_value(out, value);
    kd_str_add(out, " |\n");
}

static void add_table(kd_str *out, const char *title, const char *left, const char *right)
{
    kd_str_addf(out, "\n## %s\n\n| %s | %s |\n| :--- | :--- |\n", title, left, right);
}

/* ---- what it is ---- */

static void add_network(kd_str *out, const kd_exported *from, const kd_record *record)
{
    const kd_arch *arch = kd_model_arch(from->model);
    const char    *corpus = kd_record_value(record, "data.corpus");

    kd_str_addf(out, "# %s, head of %s", kd_arch_kind(arch)->name, kd_head_word(arch->head));
    if (corpus) {
        kd_str_add(out, ", for ");
        add_value(out, corpus);
    }
    kd_str_addf(out, "\n\nA network of the kind %s: %s.\n", kd_arch_kind(arch)->name,
                kd_arch_kind(arch)->about);
    if (from->words->labels && *from->words->labels) {
        add_table(out, "Labels", "logit", "label");
        kd_str labels = KD_STR_INIT, number = KD_STR_INIT;
        char  *rest = NULL;
        int    k = 0;
        kd_str_add(&labels, from->words->labels);
        for (char *label = strtok_r(labels.text, "\n", &rest); label;
             label = strtok_r(NULL, "\n", &rest)) {
            kd_str_reset(&number);
            kd_str_addf(&number, "%d", k++);
            add_row(out, number.text, label);
        }
        kd_str_fini(&labels);
        kd_str_fini(&number);
    }
}

static void add_settings(kd_str *out, const kd_record *record, const char *title,
                         const char *const *prefixes)
{
    bool is_begun = false;

    for (size_t i = 0; i < record->setting_count; i++)
        for (const char *const *p = prefixes; *p; p++) {
            if (!kd_starts_with(record->settings[i].key, *p)) continue;
            if (!is_begun) add_table(out, title, "setting", "value");
            is_begun = true;
            add_row(out, record->settings[i].key, record->settings[i].value);
        }
}

/* ---- how good it is ---- */

enum { COUNTS = 3 }; /* right, predicted, gold */

static double f1_of(const double *sums, size_t columns)
{
    (void)columns;
    return sums[1] + sums[2] > 0.0 ? 2.0 * sums[0] / (sums[1] + sums[2]) : 0.0;
}

/* From right, predicted and gold of each sentence. */
static kd_status add_interval(kd_str *out, const kd_record *record, kd_object *object,
                              kd_arena *arena, kd_error *err)
{
    static const char name[] = KD_KEY_COUNTS "test";
    void             *counts = NULL;
    size_t            n = 0, columns = 0;
    bool              has = false, are_questions = false;
    bool              are_pairs = kd_record_number(record, "test.pair.macro.f1") != NULL;
    kd_status         status = kd_object_has(object, name, &has, err);

    if (status != KD_OK || !has) return status;
    if ((status = kd_object_has(object, "scores/test", &are_questions, err)) != KD_OK)
        return status;
    status = kd_object_take(object, name, KD_H5_I32, arena, &counts, &n, &columns, err);
    if (status == KD_OK && columns != COUNTS)
        status =
            kd_fail(err, KD_EDATA, "%s: expected %d columns, found %zu", name, COUNTS, columns);
    if (status != KD_OK || n < 2) return status;
    double *rows = kd_arena_alloc(arena, n * COUNTS, sizeof *rows), sums[COUNTS] = { 0 };
    for (size_t i = 0; i < n * COUNTS; i++)
        sums[i % COUNTS] += rows[i] = ((const int32_t *)counts)[i];
    kd_rng      rng = kd_rng_root(0);
    kd_interval in = kd_stats_bootstrap_sums(rows, n, COUNTS, f1_of, LEVEL, DRAWS, &rng);
    kd_str_addf(out,
                "\n%s of the test split: %.4f, 95%% interval %.4f to %.4f from %d resamples of its "
                "%zu %s",
                are_pairs ? "Accuracy" : "F1", f1_of(sums, COUNTS), in.low, in.high, DRAWS, n,
                are_questions ? "questions"
                : are_pairs   ? "pairs"
                              : "sentences");
    if (!are_questions && !are_pairs)
        kd_str_addf(out, "\n(%.0f right, %.0f predicted, %.0f in the corpus)", sums[0], sums[1],
                    sums[2]);
    kd_str_add(out, ". This is one network from one seed: the spread\nover seeds is in its study's "
                    "table.\n");
    return KD_OK;
}

static bool is_of_split(const char *name)
{
    return kd_starts_with(name, "test.") || kd_starts_with(name, "devel.");
}

static kd_status add_metrics(kd_str *out, const kd_record *record, kd_object *object,
                             kd_arena *arena, kd_error *err)
{
    bool is_begun = false;

    for (size_t i = 0; i < record->metric_count; i++) {
        const kd_record_metric *m = &record->metrics[i];
        if (!is_of_split(m->name)) continue;
        if (!is_begun) add_table(out, "Metrics", "split and metric", "value");
        is_begun = true;
        add_row(out, m->name, kd_arena_sprintf(arena, "%.4f", m->value));
    }
    return is_begun ? add_interval(out, record, object, arena, err) : KD_OK;
}

static kd_status add_size(kd_str *out, const kd_exported *from, const kd_record *record,
                          kd_arena *arena, kd_error *err)
{
    kd_model_size size;
    kd_status status = kd_model_measure(&size, kd_model_arch(from->model), KD_USUAL_LENGTH, err);

    if (status != KD_OK) return status;
    add_table(out, "Size and speed", "what", "value");
    add_row(out, "parameters", kd_arena_sprintf(arena, "%zu", size.parameters));
    add_row(out, "MiB in float32", kd_arena_sprintf(arena, "%.3g", size.mib));
    add_row(out, "operations a piece",
            kd_arena_sprintf(arena, "%.0f in a sentence of %d", size.operations_per_token,
                             size.length));
    for (size_t i = 0; i < record->metric_count; i++)
        if (kd_starts_with(record->metrics[i].name, KD_KEY_TIME "latency"))
            add_row(out, record->metrics[i].name + strlen(KD_KEY_TIME),
                    kd_arena_sprintf(arena,
                                     "%.3g, a sentence at a time on the machine that trained it",
                                     record->metrics[i].value));
    return KD_OK;
}

/* ---- the page ---- */

static kd_status print(kd_str *out, const kd_exported *from, kd_object *object, kd_arena *arena,
                       kd_error *err)
{
    static const char *const data[] = { "data.", NULL };
    static const char *const method[] = {
        "distill.", "seed", "student.", "teacher.", "train.", NULL
    };
    kd_record record;
    kd_status status = kd_object_record(object, arena, &record, err);

    if (status != KD_OK) return status;
    add_network(out, from, &record);
    status = add_metrics(out, &record, object, arena, err);
    if (status == KD_OK) status = add_size(out, from, &record, arena, err);
    if (status != KD_OK) return status;
    kd_str_addf(out, "\n## How to load it\n\n%s\n", from->loading);
    if (kd_model_arch(from->model)->head == KD_HEAD_MLM)
        kd_str_add(
            out,
            "\nIt was trained on masked words and answers no task yet: a study begins with it by\n"
            "`student.init` and `data.vocab`. Of such words the F1 above is the share that is "
            "found.\n");
    add_settings(out, &record, "Data", data);
    add_settings(out, &record, "Method", method);
    kd_str_addf(out, "\n" KD_CARD_SIGNED "%s.\n", kd_program_version);
    return KD_OK;
}

kd_status kd_export_card(const char *folder, const kd_exported *from, kd_object *object,
                         kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_arena *arena = kd_arena_create(0);
    char     *path = kd_fs_join(folder, KD_CARD_FILE);
    kd_status status = print(&text, from, object, arena, err);

    if (status == KD_OK) status = kd_fs_write(path, text.text, text.length, err);
    free(path);
    kd_arena_destroy(arena);
    kd_str_fini(&text);
    return status;
}
