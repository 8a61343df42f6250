/* study_table_notes.c - what a reader has to know of a study's table besides its figures. */
#include "results/study_table_internal.h"

static void add_lost_note(kd_study_builder *b, const kd_missing_counts *lost)
{
    kd_str words = KD_STR_INIT;

    kd_missing_add_words(&words, lost);
    kd_table_note(b->table, "Of these, made before and missing now: %s.", words.text);
    kd_str_fini(&words);
}

static void add_missing_note(kd_study_builder *b)
{
    size_t            missing = 0, all = 0;
    kd_missing_counts lost = { 0 };

    kd_study_table_count_anew(b);
    for (size_t i = 0; i < b->cells.count; i++) {
        const kd_record         *cell = b->cells.items[i];
        const kd_missing_object *object = NULL;
        if (!kd_study_table_is_first(b, cell)) continue;
        all++;
        if (cell->metric_count > 0) continue;
        missing++;
        if (b->source->missing != NULL) object = kd_missing_get(b->source->missing, cell->id);
        if (object != NULL) kd_missing_count(&lost, object->why);
    }
    if (missing > 0)
        kd_table_note(b->table, "%zu of %zu cells are not in the store yet.", missing, all);
    if (lost.total > 0) add_lost_note(b, &lost);
}

static void add_published_notes(kd_study_builder *b)
{
    for (size_t i = 0; i < b->spec->published_count; i++) {
        const kd_table_published *p = &b->spec->published[i];
        if (b->is_used[i] && p->source != NULL)
            kd_table_note(b->table, "Published: %s.", p->source);
        if (!b->is_used[i])
            kd_table_note(b->table, "A published figure, %s, belongs to no row.",
                          p->is_not_stated ? KD_PUBLISHED_NOT_STATED
                                           : kd_arena_sprintf(b->arena, "%g", p->value));
    }
}

/* A method that its source does not fully describe says so below every table it is in. */
static void add_method_notes(kd_study_builder *b)
{
    const char *before = NULL;

    for (size_t i = 0; i < kd_expected_count(b->expected); i++) {
        const char *remark, *method;
        kd_expected_take(b->expected, i);
        method = kd_expected_said(b->expected, "distill.method");
        if (method == before) continue; /* equal values of a study are one text */
        remark = kd_expected_remark(b->expected);
        if (remark != NULL) kd_table_note(b->table, "distill.method = %s is a %s.", method, remark);
        before = method;
    }
}

/* The spread of one run is not 0 but unknown. What students learned from is one run as a rule. */
static void add_single_note(const kd_study_builder *b)
{
    size_t first = b->spec->extra_count * b->table->columns.count;

    for (size_t i = first; i < b->table->entries.count; i++) {
        const kd_entry *entry = &b->table->entries.items[i];
        if (entry->kind != KD_ENTRY_SPREAD || entry->n != 1) continue;
        kd_table_note(b->table, "A figure without ± is of one run, which has no spread.");
        return;
    }
}

/* A mean over a grid is none over seeds. */
static void add_varying_note(const kd_study_builder *b)
{
    const kd_study_table *s = b->spec;
    size_t                count = s->row_count + s->column_count;
    const char          **keys = kd_arena_alloc(b->arena, count + 1, sizeof *keys);
    kd_cells              done = KD_VEC_INIT;
    kd_groups             places;
    kd_str                text = KD_STR_INIT;

    for (size_t i = 0; i < count; i++)
        keys[i] = i < s->row_count ? s->rows[i] : s->columns[i - s->row_count];
    for (size_t i = 0; i < b->shown.count; i++)
        if (b->shown.items[i]->metric_count > 0) kd_vec_push(&done, b->shown.items[i]);
    kd_cells_group(&done, keys, count, KD_ORDER_OF_CELLS, b->arena, &places);
    kd_groups_list_varying(&places, &text);
    if (text.length > 0)
        kd_table_note(b->table,
                      "Means run over cells that differ in more than the seed: %s; rows or columns "
                      "of these, or --where, tell them apart.",
                      text.text);
    kd_str_fini(&text);
    kd_vec_fini(&done);
}

/* Nor is one over teachers of several kinds. */
static void add_extra_note(const kd_study_builder *b, size_t which)
{
    kd_cells  cells = KD_VEC_INIT;
    kd_groups all;
    kd_str    text = KD_STR_INIT;

    for (size_t c = 0; c < b->columns.count && text.length == 0; c++) {
        kd_study_table_extra_cells(b, which, &b->columns.groups[c], &cells);
        kd_cells_group(&cells, NULL, 0, KD_ORDER_OF_CELLS, b->arena, &all);
        kd_groups_list_varying(&all, &text);
    }
    if (text.length > 0)
        kd_table_note(b->table,
                      "The mean of \"%s\" runs over models that differ in more than the seed: %s; "
                      "`where` beside its label, or --where, tells them apart.",
                      b->spec->extras[which].label, text.text);
    kd_str_fini(&text);
    kd_vec_fini(&cells);
}

static void add_luck_notes(const kd_study_builder *b)
{
    for (size_t m = 0; *b->chosen_by.name && m < b->metrics.count; m++)
        kd_best_of_note_luck(&b->chosen_by, &b->metrics.items[m], b->table);
}

static void add_condition_notes(const kd_study_builder *b)
{
    for (size_t i = 0; i < b->source->where.count; i++)
        kd_table_note(b->table, "Only cells with %s.", b->source->where.items[i]);
}

void kd_study_table_add_notes(kd_study_builder *b)
{
    add_missing_note(b);
    if (b->source->note != NULL) kd_table_note(b->table, "%s", b->source->note);
    if (b->has_planned)
        kd_table_note(b->table, "Sizes of what has not run are those of the networks as planned.");
    add_single_note(b);
    add_varying_note(b);
    for (size_t i = 0; i < b->spec->extra_count; i++) add_extra_note(b, i);
    add_luck_notes(b);
    add_condition_notes(b);
    add_published_notes(b);
    add_method_notes(b);
}
