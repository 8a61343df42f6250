/* verbs.c - argv[1] finds its row. */
#include "harness/cmd/verbs.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/base/vec.h"

bool kd_verbs_asks_help(const char *word)
{
    return !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
}

const kd_verb *kd_verbs_find(const kd_verb_table *table, const char *name)
{
    for (int i = 0; i < table->count; i++)
        if (strcmp(table->verbs[i].name, name) == 0) return &table->verbs[i];
    return NULL;
}

void kd_verbs_print(const kd_verb_table *table)
{
    const kd_verb *verbs = table->verbs;
    int            width = 4;
    for (int i = 0; i < table->count; i++)
        if ((int)strlen(verbs[i].name) > width) width = (int)strlen(verbs[i].name);
    for (int i = 0; i < table->count; i++)
        printf("  %-*s  %s\n", width, verbs[i].name, verbs[i].summary);
}

/* "data: no verb is called stat; did you mean stats?" */
kd_status kd_verbs_unknown(const kd_verb_table *table, const char *name, kd_error *err)
{
    KD_VEC(const char *) names = KD_VEC_INIT;
    for (int i = 0; i < table->count; i++) kd_vec_push(&names, table->verbs[i].name);
    const char *near = kd_nearest(name, names.items, names.count);
    kd_vec_fini(&names);
    kd_status status =
        near ? kd_fail(err, KD_EUSAGE, "no verb is called %s; did you mean %s?", name, near)
             : kd_fail(err, KD_EUSAGE, "no verb is called %s; `kdgrid help%s%s` lists them", name,
                       *table->owner ? " " : "", table->owner);
    return *table->owner ? kd_while(err, status, "%s", table->owner) : status;
}

static kd_verbs_reader page_reader;

void kd_verbs_read_pages(kd_verbs_reader reader)
{
    page_reader = reader;
}

static void show_page(const kd_verb_table *table)
{
    if (page_reader.read) {
        page_reader.read(page_reader.user, table);
        return;
    }
    printf("usage: kdgrid %s VERB [OPTION]... [ARGUMENT]...\n\n%s\n\n", table->owner, table->about);
    kd_verbs_print(table);
    printf("\n`kdgrid help %s VERB` says more.\n", table->owner);
}

kd_status kd_verbs_run(const kd_verb_table *table, int argc, char **argv, kd_error *err)
{
    const char *name = argc > 1 ? argv[1] : "help";
    if (kd_verbs_asks_help(name)) {
        show_page(table);
        return argc > 1 ? KD_OK : kd_fail(err, KD_EUSAGE, "%s: a verb is missing", table->owner);
    }
    const kd_verb *verb = kd_verbs_find(table, name);
    return verb ? verb->run(argc - 1, argv + 1, err) : kd_verbs_unknown(table, name, err);
}
