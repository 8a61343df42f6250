/* lacks.c - what a study names and nobody has brought. */
#include "harness/plan/lacks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/fetch/sets.h"

/* "BC2GM/train.tsv" is of the set BC2GM, and "vocab/bert-base-cased/vocab.txt" of vocab/bert-base-cased. */
static const char *set_of(const char *name)
{
    const kd_fetch_set *set = NULL;
    const char         *near;
    char               *folder = kd_strdup(name), *cut = folder;

    while (cut && !(set = kd_fetch_find(folder, &near)))
        if ((cut = strrchr(folder, '/'))) *cut = '\0';
    free(folder);
    return set ? set->name : NULL;
}

void kd_lacks_add(kd_lacks *lacks, const kd_study *study, const char *key, const char *name)
{
    const char *place = kd_study_place(study, key);
    for (size_t i = 0; i < lacks->count; i++)
        if (!strcmp(lacks->items[i].name, name) && !strcmp(lacks->items[i].place, place)) return;
    kd_lack lack = { .place = kd_strdup(place),
                     .name = kd_strdup(name),
                     .where = kd_strdup(kd_study_searched(study, name)),
                     .set = set_of(name) };
    kd_vec_push(lacks, lack);
}

/* The sets that they are parts of, each once. */
static void add_sets(const kd_lacks *lacks, kd_str *out)
{
    for (size_t i = 0; i < lacks->count; i++) {
        const char *set = lacks->items[i].set;
        for (size_t k = 0; k < i && set; k++)
            if (lacks->items[k].set == set) set = NULL;
        if (set) kd_str_addf(out, " %s", set);
    }
}

/* Where it was looked for gives way to what is to be done about it, in an error's one line. */
static kd_status fail_with_first(const kd_lacks *lacks, const char *more, kd_error *err)
{
    const kd_lack *first = &lacks->items[0];
    int            used = (int)(strlen(first->place) + strlen(first->name) + strlen(more) + 16);
    int            room = (int)sizeof err->text - used;
    return kd_fail(err, KD_ENOINPUT, "%s: there is no %s%.*s%s", first->place, first->name,
                   room > 0 ? room : 0, first->where, more);
}

kd_status kd_lacks_fail(const kd_lacks *lacks, kd_error *err)
{
    char     *more;
    kd_status status;

    if (lacks->count == 0) return KD_OK;
    more = lacks->count > 1      ? kd_sprintf(" (and %zu more)", lacks->count - 1)
           : lacks->items[0].set ? kd_sprintf("; `kdgrid data fetch %s` brings it, or says how to",
                                              lacks->items[0].set)
                                 : kd_strdup("");
    status = fail_with_first(lacks, more, err);
    free(more);
    return status;
}

kd_status kd_lacks_tell(const kd_lacks *lacks, const char *what, kd_error *err)
{
    kd_str    sets = KD_STR_INIT;
    kd_status status;

    KD_CHECK(lacks->count > 0, "lacks: nothing is missing");
    if (lacks->count == 1) return kd_lacks_fail(lacks, err);
    for (size_t i = 0; i < lacks->count; i++) {
        const kd_lack *lack = &lacks->items[i];
        kd_log_error("%s: there is no %s%s", lack->place, lack->name, lack->where);
    }
    add_sets(lacks, &sets);
    status = sets.length == 0
                 ? kd_fail(err, KD_ENOINPUT, "%.200s: %zu files are missing", what, lacks->count)
                 : kd_fail(err, KD_ENOINPUT,
                           "%.200s: %zu files are missing; `kdgrid data fetch%.200s` brings those "
                           "of these names, or says how to",
                           what, lacks->count, sets.text);
    kd_str_fini(&sets);
    return status;
}

void kd_lacks_names(const kd_lacks *lacks, kd_str *out)
{
    size_t begun = 0;

    for (size_t i = 0; i < lacks->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < i; k++)
            is_known |= !strcmp(lacks->items[k].name, lacks->items[i].name);
        if (!is_known) kd_str_addf(out, "%s%s", begun++ ? ", " : "", lacks->items[i].name);
    }
}

void kd_lacks_fini(kd_lacks *lacks)
{
    for (size_t i = 0; i < lacks->count; i++) {
        free(lacks->items[i].place);
        free(lacks->items[i].name);
        free(lacks->items[i].where);
    }
    kd_vec_fini(lacks);
}
