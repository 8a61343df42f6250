/* account.c - journals, then the object or the text, then the texts of what it stands on. */
#include "harness/review/account.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/schema.h"
#include "results/role.h"

enum { NODES_MOST = 16 }; /* a cell, its corpus, targets, states, start, and teachers */

/* ---- texts ---- */

/* The text of a node: in its object, or in the work folder; "" when it is in neither. */
static kd_status read_text(kd_account *a, const kd_store *store, kd_id id, const char **out,
                           kd_error *err)
{
    kd_object *object;
    kd_str     text = KD_STR_INIT;
    kd_status  status = KD_OK;
    if (kd_store_shows(store, id)) {
        if ((status = kd_object_open(&object, store, id, err)) != KD_OK) return status;
        status = kd_object_get_text(object, "resolved", &text, err);
        kd_object_close(object);
    } else {
        char *path = kd_store_work_path(store, id, "cell");
        if (kd_fs_read(path, &text, NULL) != KD_OK) kd_str_reset(&text);
        free(path);
    }
    *out = kd_arena_strdup(a->arena, text.text);
    kd_str_fini(&text);
    return status;
}

/* Whether the list has a node already. */
static bool has_node(const kd_account *a, kd_id id)
{
    for (size_t i = 0; i < a->node_count; i++)
        if (kd_id_equal(a->nodes[i].id, id)) return true;
    return false;
}

/* The nodes below, each once; what cannot be read is left out: it is not what was asked about. */
static void read_below(kd_account *a, const kd_store *store, kd_resolved *nodes)
{
    for (size_t i = 0; i < a->node_count; i++)
        for (size_t k = 0; k < nodes[i].input_count && a->node_count < NODES_MOST; k++) {
            const char *text = "";
            kd_id       id = nodes[i].inputs[k].id;
            if (has_node(a, id) || read_text(a, store, id, &text, NULL) != KD_OK || !*text)
                continue;
            if (kd_resolved_parse(&nodes[a->node_count], a->arena, text, "cell", NULL) == KD_OK)
                a->node_count++;
        }
}

/* A text of other versions does not give its id any more; it is shown, and has no nodes. */
static void read_nodes(kd_account *a, const kd_store *store)
{
    kd_resolved *nodes = kd_arena_alloc(a->arena, NODES_MOST, sizeof *nodes);
    a->nodes = nodes;
    if (!*a->text || kd_resolved_parse(&nodes[0], a->arena, a->text, "cell", NULL) != KD_OK) return;
    a->node_count = 1;
    read_below(a, store, nodes);
}

/* ---- the object ---- */

kd_status kd_account_history(kd_account_column **out, size_t *count, kd_object *object,
                             kd_arena *arena, kd_error *err)
{
    const kd_h5_member *members;
    size_t              member_count, columns;
    kd_status           status = kd_object_members(object, &members, &member_count, err);
    *count = 0;
    if (status != KD_OK) return status;
    *out = kd_arena_alloc(arena, member_count + 1, sizeof **out);
    for (size_t i = 0; status == KD_OK && i < member_count; i++) {
        kd_account_column *column = &(*out)[*count];
        void              *values;
        if (!kd_starts_with(members[i].name, "history/") || members[i].type != KD_H5_F64) continue;
        status = kd_object_take(object, members[i].name, KD_H5_F64, arena, &values, &column->count,
                                &columns, err);
        if (status != KD_OK) break;
        column->name = kd_arena_strdup(arena, members[i].name + strlen("history/"));
        column->values = values;
        if (column->count != (*out)->count)
            status = kd_fail(err, KD_EDATA, "%s: has %zu moments, and %s %zu", members[i].name,
                             column->count, (*out)->name, (*out)->count);
        ++*count;
    }
    return status;
}

const kd_account_column *kd_account_column_of(const kd_account_column *history, size_t count,
                                              const char *name)
{
    for (size_t c = 0; c < count; c++)
        if (strcmp(history[c].name, name) == 0) return &history[c];
    return NULL;
}

static kd_status read_object(kd_account *a, const kd_store *store, kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open(&object, store, a->id, err);
    if (status != KD_OK) return status;
    a->kind = kd_arena_strdup(a->arena, kd_object_kind(object));
    status = kd_object_record(object, a->arena, &a->record, err);
    if (status == KD_OK) status = kd_object_facts(object, a->arena, &a->facts, &a->fact_count, err);
    if (status == KD_OK)
        status = kd_account_history(&a->history, &a->column_count, object, a->arena, err);
    kd_object_close(object);
    return status;
}

/* ---- the whole ---- */

/* By the settings that the cell has, whoever set them (role.h). */
static const char *role_of(const kd_account *a)
{
    const kd_resolved *node = &a->nodes[0];
    size_t             count = 0;
    if (strcmp(a->kind, "model") != 0 || a->node_count == 0) return NULL;
    kd_record_setting *settings =
        kd_arena_alloc(a->arena, node->set_count + node->tell_count + 1, sizeof *settings);
    for (size_t i = 0; i < node->set_count; i++)
        settings[count++] = (kd_record_setting){ node->set[i].key, node->set[i].value };
    for (size_t i = 0; i < node->tell_count; i++)
        settings[count++] = (kd_record_setting){ node->tell[i].key, node->tell[i].value };
    return kd_role_word(
        kd_record_role(&(kd_record){ .settings = settings, .setting_count = count }));
}

static const char *state_of(const kd_account *a, bool has_object)
{
    if (has_object) return kd_standing_word(KD_STANDING_DONE);
    if (!a->tally) return "unknown";
    kd_standing_state state = kd_standing_of(&a->standing, a->tally);
    return state == KD_STANDING_DONE ? "missing" : kd_standing_word(state);
}

static void list_inputs(kd_account *a, const kd_store *store)
{
    const kd_resolved *node = &a->nodes[0];
    if (a->node_count == 0) return;
    a->inputs = kd_arena_alloc(a->arena, node->input_count + 1, sizeof *a->inputs);
    for (size_t i = 0; i < node->input_count; i++) {
        const kd_tally_cell *tally = kd_tally_find(a->standing.tally, node->inputs[i].id);
        a->inputs[a->input_count++] =
            (kd_account_input){ .role = kd_input_role_word(node->inputs[i].role),
                                .id = node->inputs[i].id,
                                .label = tally ? tally->label : "",
                                .is_there = kd_store_shows(store, node->inputs[i].id) };
    }
}

kd_status kd_account_open(kd_account *out, const kd_store *store, kd_id id, kd_error *err)
{
    *out = (kd_account){ .id = id, .kind = "", .text = "", .arena = kd_arena_create(0) };
    kd_status status = kd_standing_take(&out->standing, store, err);
    if (status != KD_OK) {
        kd_arena_destroy(out->arena);
        return status;
    }
    bool has_object = kd_store_shows(store, id);
    out->tally = kd_tally_find(out->standing.tally, id);
    status = read_text(out, store, id, &out->text, err);
    if (status == KD_OK && has_object) status = read_object(out, store, err);
    if (status != KD_OK) {
        kd_account_close(out);
        return status;
    }
    read_nodes(out, store);
    if (!has_object && out->node_count > 0) out->kind = kd_node_kind_word(out->nodes[0].kind);
    out->role = role_of(out);
    out->state = state_of(out, has_object);
    list_inputs(out, store);
    return KD_OK;
}

const char *kd_account_origin(const kd_account *a, const kd_resolved_setting *setting)
{
    const kd_resolved *node = &a->nodes[0];
    int                row = kd_schema_find(setting->key);
    for (size_t i = 0; i < node->from_count; i++)
        if (strcmp(node->from[i].key, setting->key) == 0) return node->from[i].value;
    if (node->from_count > 0) return "default";
    bool is_default = row >= 0 && strcmp(kd_schema_defaults()[row], setting->value) == 0;
    return is_default ? "default" : NULL;
}

const char *kd_account_fact(const kd_account *a, const char *key)
{
    for (size_t i = 0; i < a->fact_count; i++)
        if (strcmp(a->facts[i].key, key) == 0) return a->facts[i].value;
    return NULL;
}

void kd_account_close(kd_account *a)
{
    kd_standing_drop(&a->standing);
    kd_arena_destroy(a->arena);
}
