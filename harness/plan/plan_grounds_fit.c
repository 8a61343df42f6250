/* plan_grounds_fit.c - whether a cell goes together with the model that it stands on, and in whose pieces it reads.
 *
 * Weights have a place in a network of the same kind and sizes, and rows of an embedding mean something to who numbers the
 * pieces alike. Both are settings, so both are seen here, before anything is made. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_grounds.h"
#include "models/model.h"

/* The settings that may name another study, and whose network begins so; NULL: it is asked as it is. */
static const struct {
    const char *key, *arch;
} places[] = {
    { "student.init", "student." },
    { "finetune.init", "student." },
    { "teacher.init", "teacher." },
    { "targets.file", NULL },
};
enum { PLACES = sizeof places / sizeof *places };

/* What a vocabulary alone does not say of the pieces of a word. */
static const char *const piece_rows[] = { "data.tokenizer", "data.letters", "data.lowercase",
                                          "data.vocab_size" };
enum { PIECE_ROWS = sizeof piece_rows / sizeof *piece_rows };

kd_task kd_ground_task(const kd_ground_cell *cell)
{
    const kd_plan_node *node = &cell->plan->nodes.items[cell->node];
    kd_task             task;
    bool                is_task =
        kd_task_parse(&task, kd_grid_value(cell->plan->grid, (size_t)node->cell, "task"));
    KD_CHECK(is_task, "plan: the schema allows a task that is not there");
    return task;
}

static const char *value_there(const kd_ground_cell *cell, const char *key)
{
    const kd_plan_node *node = &cell->plan->nodes.items[cell->node];
    return kd_grid_value(cell->plan->grid, (size_t)node->cell, key);
}

/* ---- sizes ---- */

static kd_status check_size(kd_plan *plan, const char *key, const char *arch, const char *name,
                            const char *const *values, const kd_ground_cell *cell, kd_error *err)
{
    char       *here_key = kd_sprintf("%s%s", arch, name);
    char       *there_key = kd_sprintf("student.%s", name);
    const char *here = kd_plan_value(values, here_key), *there = value_there(cell, there_key);
    kd_status   status = KD_OK;
    if (strcmp(here, there) != 0)
        status = kd_fail(err, KD_ECONFIG,
                         "%s: %s, and %s = %s begins with weights of %s (%s); did you mean %s?",
                         kd_study_place(plan->study, here_key), here, key, cell->named, there,
                         kd_study_place(cell->plan->study, there_key), there);
    free(here_key);
    free(there_key);
    return status;
}

static kd_status check_sizes(kd_plan *plan, const char *key, const char *arch,
                             const char *const *values, const kd_ground_cell *cell, kd_error *err)
{
    kd_arch   of;
    kd_status status = check_size(plan, key, arch, "kind", values, cell, err);
    if (status == KD_OK) status = kd_plan_read(kd_arch_settings(), arch, values, &of, err);
    if (status != KD_OK) return status;
    const char *agreeing = kd_arch_kind(&of)->agreeing;
    for (const kd_setting *row = kd_arch_settings(); row->key && status == KD_OK; row++)
        if (kd_list_has(agreeing, row->key))
            status = check_size(plan, key, arch, row->key, values, cell, err);
    return status;
}

/* ---- pieces ---- */

/* Of a corpus that is at home in the plan: its vocabulary's file, or the corpus that it was built from. */
static void pieces_of_corpus(kd_plan *plan, size_t corpus, kd_ground_pieces *out)
{
    size_t              there;
    kd_plan            *home = kd_plan_home_of(plan, corpus, &there);
    const kd_plan_node *node = &home->nodes.items[there];
    kd_resolved         text;
    kd_error            err;
    if (node->input_count > 0) {
        pieces_of_corpus(home, (size_t)node->inputs[0], out);
        return;
    }
    kd_arena    *arena = kd_arena_create(0);
    const char **values = kd_arena_alloc(arena, home->rows, sizeof *values);
    kd_status    status = kd_plan_cell(home, (size_t)node->cell, values, &err);
    if (status == KD_OK) status = kd_plan_resolve_values(home, node, values, arena, &text, &err);
    KD_CHECK(status == KD_OK, "plan: %s", err.text);
    const kd_resolved_file *file = kd_resolved_file_of(&text, KD_FILE_VOCAB);
    *out = (kd_ground_pieces){ .plan = home, .corpus = there };
    if (file) out->contents = file->contents;
    if (file) out->path = kd_arena_strdup(home->arena, file->path);
    for (int i = 0; i < PIECE_ROWS; i++) {
        const char *value = kd_resolved_value(&text, piece_rows[i]);
        out->rows[i] = value ? kd_arena_strdup(home->arena, value) : NULL;
    }
    kd_arena_destroy(arena);
}

/* A cell's own corpus is its first input. */
static void pieces_of_cell(const kd_ground_cell *cell, kd_ground_pieces *out)
{
    const kd_plan_node *node = &cell->plan->nodes.items[cell->node];
    kd_found_pieces    *known = cell->plan->pieces.items;
    for (size_t i = 0; i < cell->plan->pieces.count; i++)
        if (known[i].corpus == node->inputs[0]) {
            *out = *(const kd_ground_pieces *)known[i].pieces;
            return;
        }
    pieces_of_corpus(cell->plan, (size_t)node->inputs[0], out);
    kd_ground_pieces *kept = kd_arena_alloc(cell->plan->arena, 1, sizeof *kept);
    *kept = *out;
    kd_vec_push(&cell->plan->pieces, ((kd_found_pieces){ node->inputs[0], kept }));
}

static bool are_same(const kd_ground_pieces *a, const kd_ground_pieces *b)
{
    if (a->path || b->path) return a->path && b->path && kd_id_equal(a->contents, b->contents);
    return kd_id_equal(a->plan->nodes.items[a->corpus].id, b->plan->nodes.items[b->corpus].id);
}

/* Whether a setting that may name a study is read, and would give the cell its vocabulary. */
static bool gives_pieces(const char *key, const char *const *values)
{
    bool is_before = !strcmp(key, "finetune.init");
    if (!kd_option_is_study(kd_plan_value(values, key))) return false;
    if (is_before) return !strcmp(kd_plan_value(values, "student.init"), KD_INIT_FINE_TUNED);
    return strcmp(key, "teacher.init") != 0 || !kd_plan_reads_apart(values);
}

/* The first of the settings that gives a vocabulary; NULL for none. */
static kd_status find_giver(kd_plan *plan, const char *const *values, const char **key,
                            kd_ground_cell *out, kd_error *err)
{
    *key = NULL;
    *out = (kd_ground_cell){ NULL, 0, NULL };
    for (int i = 0; i < PLACES; i++) {
        if (!gives_pieces(places[i].key, values)) continue;
        *key = places[i].key;
        return kd_ground_find(plan, places[i].key, values, out, err);
    }
    return KD_OK;
}

bool kd_ground_reads_by(kd_plan *plan, const char *const *values, kd_ground_pieces *out)
{
    const char    *key;
    kd_ground_cell cell;
    kd_error       err;
    if (find_giver(plan, values, &key, &cell, &err) != KD_OK || !cell.plan) return false;
    pieces_of_cell(&cell, out);
    return out->path || !kd_option_is_path(kd_plan_value(values, "data.vocab"));
}

/* A row that somebody said has to be what it is there; others follow. */
static kd_status take_row(kd_plan *plan, int i, const kd_ground_pieces *pieces, const char *key,
                          const char *named, const char **values, kd_error *err)
{
    int         row = kd_schema_find(piece_rows[i]);
    const char *there = pieces->rows[i];
    if (!there || !strcmp(values[row], there)) return KD_OK;
    if (kd_study_origin(plan->study, row))
        return kd_fail(err, KD_ECONFIG, "%s: %s, and %s = %s reads with %s; did you mean %s?",
                       kd_study_place(plan->study, piece_rows[i]), values[row], key, named, there,
                       there);
    values[row] = there;
    return KD_OK;
}

static kd_status take_pieces(kd_plan *plan, const char *key, const kd_ground_cell *cell,
                             const char **values, kd_error *err)
{
    const char     **vocab = &values[kd_schema_find("data.vocab")];
    kd_ground_pieces pieces;
    kd_status        status = KD_OK;
    if (kd_option_is_path(*vocab)) return KD_OK; /* which kd_ground_check looks at */
    pieces_of_cell(cell, &pieces);
    for (int i = 0; i < PIECE_ROWS && status == KD_OK; i++)
        status = take_row(plan, i, &pieces, key, cell->named, values, err);
    if (status == KD_OK && pieces.path) *vocab = pieces.path;
    return status;
}

kd_status kd_plan_cell(kd_plan *plan, size_t cell, const char **values, kd_error *err)
{
    const char    *key;
    kd_ground_cell giver;
    kd_grid_cell(plan->grid, cell, values);
    kd_plan_leave_unlabelled(values);
    kd_status status = find_giver(plan, values, &key, &giver, err);
    return status == KD_OK && giver.plan ? take_pieces(plan, key, &giver, values, err) : status;
}

/* What the network of `arch` reads here: a file, or what the cell was given; false for pieces of its own. */
static kd_status pieces_here(kd_plan *plan, bool is_apart, const char *const *values,
                             kd_ground_pieces *out, bool *has, kd_error *err)
{
    const char   *key = is_apart ? "teacher.data.vocab" : "data.vocab";
    kd_plan_files files = { 0 };
    kd_status     status = kd_plan_file_of(plan, KD_FILE_VOCAB, key, values, &files, err);
    *has = files.count > 0;
    if (*has)
        *out = (kd_ground_pieces){ .contents = files.file[0].contents, .path = files.file[0].path };
    else if (status == KD_OK && !is_apart)
        *has = kd_ground_reads_by(plan, values, out);
    return status;
}

static kd_status check_pieces(kd_plan *plan, const char *key, const char *const *values,
                              const kd_ground_cell *cell, kd_error *err)
{
    bool             is_apart = !strcmp(key, "teacher.init") && kd_plan_reads_apart(values), has;
    const char      *vocab = is_apart ? "teacher.data.vocab" : "data.vocab";
    kd_ground_pieces here = { .path = NULL }, there;
    kd_status        status = pieces_here(plan, is_apart, values, &here, &has, err);
    if (status != KD_OK) return status;
    pieces_of_cell(cell, &there);
    if (has && are_same(&here, &there)) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: %s reads other pieces than %s = %s (%s)%s%s%s",
                   kd_study_place(plan->study, key), cell->named, vocab,
                   kd_plan_value(values, vocab), kd_study_place(plan->study, vocab),
                   there.path ? "; did you mean " : "", there.path ? there.path : "",
                   there.path ? "?" : "");
}

kd_status kd_ground_check(kd_plan *plan, const char *key, const char *const *values,
                          const kd_ground_cell *cell, kd_error *err)
{
    const char *arch = NULL;
    kd_status   status = KD_OK;
    if (!cell->plan) return KD_OK;
    for (int i = 0; i < PLACES; i++)
        if (!strcmp(places[i].key, key)) arch = places[i].arch;
    if (arch)
        status = check_sizes(plan, key, arch, values, cell, err);
    else if (kd_ground_task(cell) != kd_plan_task(values))
        status = kd_fail(err, KD_ECONFIG, "%s: %s has task = %s, and here it is %s",
                         kd_study_place(plan->study, key), cell->named,
                         kd_task_name(kd_ground_task(cell)), kd_task_name(kd_plan_task(values)));
    return status == KD_OK ? check_pieces(plan, key, values, cell, err) : status;
}
