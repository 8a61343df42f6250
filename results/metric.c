/* metric.c - the table of aliases, and the table of what endings mean. */
#include "results/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/base/str.h"

/* Words that tables use. Of several names the first that a cell has is meant: each task has one
 * of them. A name that begins with a dot is a split's. */
static const struct {
    const char *word, *title, *names[4];
} aliases[] = {
    { "f1", "F1", { ".entity_strict.f1", ".relation.f1", ".document.f1" } },
    { "train_s", "train", { "time.train_s" } },
    { "size_mib", "size", { "size.mib" } },
};
#define ALIAS_COUNT (sizeof aliases / sizeof *aliases)

#define ERROR_ROOM 280 /* bytes of a kd_error for a list of names */

/* What measures of a split are called; one that is not here keeps its name. */
static const struct {
    const char *name, *title;
} measures[] = {
    { "entity_strict.f1", "F1" },
    { "relation.f1", "F1" },
    { "document.f1", "F1" },
    { "entity_lenient.f1", "lenient F1" },
    { "token_micro.f1", "F1 of pieces" },
};

/* By the end of the name, the first that fits. */
static const struct {
    const char *ending, *unit;
    int         decimals, better;
} traits[] = {
    { "f1", "", 4, +1 },       { "precision", "", 4, +1 }, { "recall", "", 4, +1 },
    { "accuracy", "", 4, +1 }, { "loss", "", 4, -1 },      { "parameters", "", 0, 0 },
    { "_per_s", "/s", 0, +1 }, { "_s", "s", 1, -1 },       { "_ms", "ms", 2, -1 },
    { "mib", "MiB", 1, -1 },   { "", "", 4, 0 },
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
        for (int i = 0; i < 4 && aliases[alias].names[i] != NULL; i++) {
            const char *tail = aliases[alias].names[i];
            snprintf(name, size, "%s%s", tail[0] == '.' ? split : "", tail);
            if (pass == 1 || any_has(cells, name)) return pass == 0;
        }
    return false;
}

/* "F1 of pieces (devel)" for "devel.token_micro.f1". */
static void set_title(kd_metric *metric)
{
    const char *dot = strchr(metric->name, '.'), *measure = dot != NULL ? dot + 1 : NULL;
    int         length = dot != NULL ? (int)(dot - metric->name) : 0;

    snprintf(metric->title, sizeof metric->title, "%s", metric->name);
    for (size_t i = 0; measure != NULL && i < sizeof measures / sizeof *measures; i++)
        if (strcmp(measure, measures[i].name) == 0)
            snprintf(metric->title, sizeof metric->title, "%s (%.*s)", measures[i].title, length,
                     metric->name);
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

/* Only what some cell has is named, so that nobody is sent back to the word that was asked for. */
static kd_status fail_unknown(const kd_cells *cells, const char *word, const char *split,
                              kd_error *err)
{
    char         name[sizeof((kd_metric *)0)->name];
    kd_map      *names = kd_map_create();
    kd_str       list = KD_STR_INIT;
    const char  *nearest;
    const char **words;
    kd_status    status;

    for (size_t a = 0; a < ALIAS_COUNT; a++)
        if (choose_name(name, sizeof name, (int)a, split, cells))
            kd_map_put_number(names, aliases[a].word, 0);
    for (size_t i = 0; i < cells->count; i++)
        for (size_t m = 0; m < cells->items[i]->metric_count; m++)
            kd_map_put_number(names, cells->items[i]->metrics[m].name, 0);
    words = kd_alloc(kd_map_count(names), sizeof *words);
    for (size_t i = 0; i < kd_map_count(names); i++) words[i] = kd_map_key(names, i);
    add_words(&list, words, kd_map_count(names));
    nearest = kd_nearest(word, words, kd_map_count(names));
    status = kd_fail(err, KD_EUSAGE, "no cell has the metric '%s'%s%s%s; there are %s", word,
                     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "?" : "", list.text);
    free(words);
    kd_str_fini(&list);
    kd_map_destroy(names);
    return status;
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
        bool of_split = aliases[alias].names[0][0] == '.';
        is_there = choose_name(out->name, sizeof out->name, alias, which, cells);
        snprintf(out->title, sizeof out->title, of_split ? "%s (%s)" : "%s", aliases[alias].title,
                 which);
    } else {
        is_there = any_has(cells, word);
        snprintf(out->name, sizeof out->name, "%s", word);
        set_title(out);
    }
    if (!is_there && cells->count > 0) return fail_unknown(cells, word, which, err);
    set_traits(out, out->name);
    out->is_size = strcmp(out->unit, "MiB") == 0;
    return KD_OK;
}

bool kd_metric_read(const kd_metric *metric, const kd_record *cell, double *out)
{
    const double *number = kd_record_number(cell, metric->name);

    if (number == NULL || isnan(*number)) return false;
    *out = *number;
    return true;
}

bool kd_metric_is_timing(const char *name)
{
    return kd_starts_with(name, "time.");
}
