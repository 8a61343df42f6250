/* tour.c - every verb is asked for its page, and the page's table goes to the visitor. */
#include "harness/cmd/tour.h"

#include <stdlib.h>

typedef struct {
    kd_tour_visitor visitor;
    kd_tour_stop    stop;
    const kd_verb  *below; /* the rows of the table that the stop turned out to be */
    int             below_count;
} tour;

static void meet_verb(void *user, const kd_args *args)
{
    tour *t = user;
    t->visitor.on_verb(t->visitor.user, &t->stop, args);
}

static void meet_verbs(void *user, const kd_verb_table *table)
{
    tour *t = user;
    t->visitor.on_verbs(t->visitor.user, &t->stop, table);
    t->below = table->verbs;
    t->below_count = table->count;
}

/* A table of verbs stands on the stack of who was asked, but its rows are static. */
static kd_status visit(tour *t, const kd_verb *verb, const char *owner, kd_error *err)
{
    char *name = *owner ? kd_sprintf("%s %s", owner, verb->name) : kd_strdup(verb->name);
    char *word = kd_strdup(verb->name), help[] = "--help", *argv[] = { word, help, NULL };
    t->stop = (kd_tour_stop){ name, verb->summary };
    kd_status status = verb->run(2, argv, err);
    free(word);
    free(name);
    return status;
}

static kd_status walk(tour *t, const kd_verb *verbs, int count, const char *owner, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < count && status == KD_OK; i++) {
        if (!verbs[i].run) continue;
        t->below_count = 0;
        status = visit(t, &verbs[i], owner, err);
        if (status == KD_OK && t->below_count > 0)
            status = walk(t, t->below, t->below_count, verbs[i].name, err);
    }
    return status;
}

kd_status kd_tour(kd_tour_visitor visitor, kd_error *err)
{
    const kd_verb_table *program = kd_cmd_program();
    tour                 t = { .visitor = visitor };
    kd_args_read_pages((kd_args_reader){ meet_verb, &t });
    kd_verbs_read_pages((kd_verbs_reader){ meet_verbs, &t });
    kd_status status = walk(&t, program->verbs, program->count, "", err);
    kd_args_read_pages((kd_args_reader){ NULL, NULL });
    kd_verbs_read_pages((kd_verbs_reader){ NULL, NULL });
    return status;
}
