/* study_table_choices.c - what devel chose of the cells of each place (best_of.h).
 *
 * Choices are made in the order of the file, each for every value of what later ones choose: the learning rate for
 * each number of epochs, then the epochs at its best rate.
 */
#include <string.h>

#include "results/study_table_internal.h"

static bool is_key(const kd_best_of *choice, const char *key)
{
    for (size_t k = 0; k < choice->key_count; k++)
        if (strcmp(choice->keys[k], key) == 0) return true;
    return false;
}

static bool is_among(const kd_best_of *choice, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_key(choice, keys[i])) return true;
    return false;
}

/* Those keys that the choice leaves; in the arena. */
static const char *const *leave_keys(const kd_best_of *choice, const char *const *keys,
                                     size_t *count, kd_arena *arena)
{
    const char **left = kd_arena_alloc(arena, *count + 1, sizeof *left);
    size_t       kept = 0;

    for (size_t i = 0; i < *count; i++)
        if (!is_key(choice, keys[i])) left[kept++] = keys[i];
    *count = kept;
    return left;
}

static void take_keys_out(kd_study_builder *b, const kd_best_of *choice)
{
    static const char *const one[] = {
        "student.kind"
    }; /* a table of one setting still has a row */

    b->spec->rows = leave_keys(choice, b->spec->rows, &b->spec->row_count, b->arena);
    b->spec->columns = leave_keys(choice, b->spec->columns, &b->spec->column_count, b->arena);
    if (b->spec->row_count > 0) return;
    b->spec->rows = one;
    b->spec->row_count = 1;
}

static void add_choice(kd_study_builder *b, const kd_best_of *choice, bool takes_keys_out)
{
    const kd_study_table *s = b->spec;

    if (takes_keys_out)
        take_keys_out(b, choice);
    else if (is_among(choice, s->rows, s->row_count) ||
             is_among(choice, s->columns, s->column_count))
        return;
    b->choices[b->choice_count++] = *choice;
}

void kd_study_table_plan_choices(kd_study_builder *b)
{
    size_t               count, tables;
    const kd_study_tune *tunes = kd_study_tunes(b->source->study, &count);
    bool                 is_of_axes;

    kd_study_tables(b->source->study, &tables);
    is_of_axes = tables == 0 && b->source->asked == NULL;
    b->choices = kd_arena_alloc(b->arena, count + 1, sizeof *b->choices);
    if (b->source->best_of != NULL) {
        add_choice(b, b->source->best_of, true);
        return;
    }
    for (size_t i = 0; i < count; i++)
        add_choice(b, &(kd_best_of){ tunes[i].keys, tunes[i].key_count, tunes[i].by }, is_of_axes);
}

/* The keys that tell the places of choice number `which` apart. */
static const char **list_places(const kd_study_builder *b, size_t which, size_t *count)
{
    size_t       room = b->spec->row_count + b->spec->column_count + 1;
    const char **keys;

    for (size_t i = which + 1; i < b->choice_count; i++) room += b->choices[i].key_count;
    keys = kd_arena_alloc(b->arena, room, sizeof *keys);
    *count = 0;
    for (size_t i = 0; i < b->spec->row_count; i++) keys[(*count)++] = b->spec->rows[i];
    for (size_t i = 0; i < b->spec->column_count; i++) keys[(*count)++] = b->spec->columns[i];
    for (size_t i = which + 1; i < b->choice_count; i++)
        for (size_t k = 0; k < b->choices[i].key_count; k++)
            if (!is_key(&b->choices[which], b->choices[i].keys[k]))
                keys[(*count)++] = b->choices[i].keys[k];
    return keys;
}

static kd_status choose(kd_study_builder *b, size_t which, kd_error *err)
{
    const kd_best_of *choice = &b->choices[which];
    kd_cells          done = KD_VEC_INIT;
    kd_chosens        chosens;
    kd_metric         by;
    size_t            place_count;
    const char      **place = list_places(b, which, &place_count);
    kd_status         status;

    for (size_t i = 0; i < b->shown.count; i++)
        if (b->shown.items[i]->metric_count > 0) kd_vec_push(&done, b->shown.items[i]);
    status = kd_best_of_resolve(&by, choice, &done, err);
    if (status == KD_OK) {
        kd_best_of_keep(&b->shown, choice, &by, NULL, place, place_count, b->arena, &chosens);
        if (done.count > 0) {
            kd_best_of_note(&chosens, NULL, place, place_count, b->table);
            b->chosen_by = by;
        }
    } else if (b->source->best_of == NULL) {
        kd_while(err, status = KD_ECONFIG, "%s: tune", kd_study_path(b->source->study));
    }
    kd_vec_fini(&done);
    return status;
}

kd_status kd_study_table_choose(kd_study_builder *b, kd_error *err)
{
    kd_status status = KD_OK;

    for (size_t i = 0; i < b->cells.count; i++) kd_vec_push(&b->shown, b->cells.items[i]);
    for (size_t i = 0; status == KD_OK && i < b->choice_count; i++) status = choose(b, i, err);
    return status;
}
