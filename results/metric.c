/* metric.c - the table of aliases, and the table of what endings mean; metric_title.c has their words. */
#include "results/metric_internal.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/base/str.h"
#include "harness/store/keys.h"

/* Words that tables use. Of several names the first that a cell has is meant: each task has one
 * of them; of masked words, each asked once and answered once, the share found is their F1. A name that begins with a dot is a split's. */
enum { ALIAS_NAMES = 6 };

static const struct {
    const char *word, *names[ALIAS_NAMES];
} aliases[] = {
    { "f1",
      { ".entity_strict.f1", ".relation.f1", ".document.f1", ".pair.macro.f1", ".masked.accuracy",
        ".f1" } },
    { "train_s", { KD_KEY_TIME KD_KEY_TRAIN_S } },
    { "size_mib", { KD_KEY_MIB } },
    { "train_mib", { KD_KEY_TRAIN_MIB } },
};
#define ALIAS_COUNT (sizeof aliases / sizeof *aliases)

#define ERROR_ROOM 280 /* bytes of a kd_error for a list of names */

/* By the end of the name, the first that fits. */
static const struct {
    const char *ending, *unit;
    int         decimals, better;
} traits[] = {
    { "f1", "", 4, +1 },        { "precision", "", 4, +1 },
    { "recall", "", 4, +1 },    { ".em", "", 4, +1 },
    { ".strict", "", 4, +1 },   { ".lenient", "", 4, +1 },
    { ".mrr", "", 4, +1 },      { "accuracy", "", 4, +1 },
    { "loss", "", 4, -1 },      { "perplexity", "", 3, -1 },
    { "parameters", "", 0, 0 }, { "_per_s", "/s", 0, +1 },
    { "_s", "s", 1, -1 },       { "_ms", "ms", 2, -1 },
    { "mib", "MiB", 1, -1 },    { "", "", 4, 0 },
};

static bool any_has(const kd_cells *cells, const char *name)
{
    for (size_t i = 0; i < cells->count; i++)
        if (kd_record_number(cells->items[i], name) != NULL) return true;
    return false;
}

/* The alias that `word` is, with or without a split before it; its split goes to `split`. */
static int find_alias(const char *word, char *split, size_t size)
{
    const char *dot = strchr(word, '.');

    for (int a = 0; a < (int)ALIAS_COUNT; a++) {
        if (strcmp(word, aliases[a].word) == 0) return a;
        if (dot == NULL || aliases[a].names[0][0] != '.') continue;
        if (strcmp(dot + 1, aliases[a].word) != 0) continue;
        snprintf(split, size, "%.*s", (int)(dot - word), word);
        return a;
    }
    return -1;
}

bool kd_metric_is_alias(const char *word)
{
    char split[32];
    return find_alias(word, split, sizeof split) >= 0;
}

/* Put the first of the alias's names that a cell has, or simply the first. */
static bool choose_name(char *name, size_t size, int alias, const char *split,
                        const kd_cells *cells)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < ALIAS_NAMES && aliases[alias].names[i] != NULL; i++) {
            const char *tail = aliases[alias].names[i];
            snprintf(name, size, "%s%s", tail[0] == '.' ? split : "", tail);
            if (pass == 1 || any_has(cells, name)) return pass == 0;
        }
    return false;
}

static void set_traits(kd_metric *metric, const char *name)
{
    size_t i = 0;

    while (!kd_ends_with(name, traits[i].ending)) i++;
    metric->unit = traits[i].unit;
    metric->decimals = traits[i].decimals;
    metric->better = traits[i].better;
}

/* As many of the words as an error has room for. */
static void add_words(kd_str *list, const char *const *words, size_t count)
{
    size_t i = 0;

    for (; i < count && list->length < ERROR_ROOM; i++)
        kd_str_addf(list, "%s%s", i > 0 ? ", " : "", words[i]);
    if (i < count) kd_str_addf(list, " and %zu more", count - i);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Records of one catalogue share their texts: then a look at pointers says that nothing is new. */
static bool has_names_of(const kd_record *a, const kd_record *b)
{
    if (a->metric_count != b->metric_count) return false;
    for (size_t i = 0; i < a->metric_count; i++)
        if (a->metrics[i].name != b->metrics[i].name) return false;
    return true;
}

const char **kd_metrics_list(const kd_cells *cells, size_t *count)
{
    kd_map *seen = kd_map_create();
    KD_VEC(const char *) names = KD_VEC_INIT;

    kd_vec_reserve(&names, 1);
    for (size_t i = 0; i < cells->count; i++) {
        const kd_record *cell = cells->items[i];
        if (i > 0 && has_names_of(cell, cells->items[i - 1])) continue;
        for (size_t m = 0; m < cell->metric_count; m++) {
            if (kd_map_get(seen, cell->metrics[m].name) != NULL) continue;
            kd_map_put_number(seen, cell->metrics[m].name, 0);
            kd_vec_push(&names, cell->metrics[m].name);
        }
    }
    if (names.count > 0) qsort(names.items, names.count, sizeof *names.items, compare_texts);
    kd_map_destroy(seen);
    *count = names.count;
    return names.items;
}

/* Only what some cell has is named, so that nobody is sent back to the word that was asked for. */
static kd_status fail_unknown(const kd_cells *cells, const char *word, const char *split,
                              kd_error *err)
{
    char         name[sizeof((kd_metric *)0)->name];
    size_t       count, known = 0;
    const char **names = kd_metrics_list(cells, &count), *nearest;
    const char **words = kd_alloc(ALIAS_COUNT + count, sizeof *words);
    kd_str       list = KD_STR_INIT;

    for (size_t a = 0; a < ALIAS_COUNT; a++)
        if (choose_name(name, sizeof name, (int)a, split, cells)) words[known++] = aliases[a].word;
    for (size_t i = 0; i < count; i++) words[known++] = names[i];
    add_words(&list, words, known);
    nearest = kd_nearest(word, words, known);
    kd_fail(err, KD_EUSAGE, "no cell has the metric '%s'%s%s%s; there are %s", word,
            nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "?" : "", list.text);
    free(words);
    free(names);
    kd_str_fini(&list);
    return KD_EUSAGE;
}

kd_status kd_metric_resolve(kd_metric *out, const kd_cells *cells, const char *word,
                            const char *split, kd_error *err)
{
    char which[32];
    int  alias;
    bool is_there;

    snprintf(which, sizeof which, "%s", split);
    alias = find_alias(word, which, sizeof which);
    if (alias >= 0) {
        is_there = choose_name(out->name, sizeof out->name, alias, which, cells);
    } else {
        is_there = any_has(cells, word);
        snprintf(out->name, sizeof out->name, "%s", word);
    }
    kd_metric_set_title(out);
    if (!is_there && cells->count > 0) return fail_unknown(cells, word, which, err);
    set_traits(out, out->name);
    out->is_size = strcmp(out->unit, "MiB") == 0;
    return KD_OK;
}

/* ---- several ---- */

static void push_once(kd_metrics *out, const kd_metric *metric)
{
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->items[i].name, metric->name) == 0) return;
    kd_vec_push(out, *metric);
}

static kd_status push_fitting(kd_metrics *out, const kd_cells *cells, const char *pattern,
                              const char *split, kd_error *err)
{
    size_t       count, fitting = 0;
    const char **names = kd_metrics_list(cells, &count);
    kd_status    status = KD_OK;

    for (size_t i = 0; status == KD_OK && i < count; i++) {
        kd_metric metric;
        if (fnmatch(pattern, names[i], FNM_NOESCAPE) != 0) continue;
        fitting++;
        status = kd_metric_resolve(&metric, cells, names[i], split, err);
        if (status == KD_OK) push_once(out, &metric);
    }
    free(names);
    if (fitting == 0 && cells->count > 0) return fail_unknown(cells, pattern, split, err);
    return status;
}

static kd_status push_word(kd_metrics *out, const kd_cells *cells, const char *word,
                           const char *split, kd_error *err)
{
    kd_metric metric;
    kd_status status;

    if (word[strcspn(word, "*?")] != '\0') return push_fitting(out, cells, word, split, err);
    status = kd_metric_resolve(&metric, cells, word, split, err);
    if (status == KD_OK) push_once(out, &metric);
    return status;
}

kd_status kd_metrics_resolve(kd_metrics *out, const kd_cells *cells, const char *const *words,
                             size_t count, const char *split, kd_error *err)
{
    kd_status status = KD_OK;

    *out = (kd_metrics)KD_VEC_INIT;
    for (size_t i = 0; status == KD_OK && i < count; i++) {
        char *list = kd_strdup(words[i]), *rest = list, *word;
        while (status == KD_OK && (word = strsep(&rest, ",")) != NULL)
            if (*word != '\0') status = push_word(out, cells, word, split, err);
        free(list);
    }
    if (status == KD_OK && out->count == 0 && cells->count > 0)
        status = kd_fail(err, KD_EUSAGE, "--metric: no name of a metric");
    return status;
}

bool kd_metric_read(const kd_metric *metric, const kd_record *cell, double *out)
{
    const double *number = kd_record_number(cell, metric->name);

    if (number == NULL || isnan(*number)) return false;
    *out = *number;
    return true;
}

bool kd_metric_is_score(const kd_metric *metric)
{
    return metric->better > 0 && metric->unit[0] == '\0';
}

bool kd_metric_is_timing(const char *name)
{
    return kd_starts_with(name, KD_KEY_TIME);
}
