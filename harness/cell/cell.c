/* cell.c - a table of kinds, and what is the same for all: draft, facts, commit. */
#include "harness/cell/cell.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/program.h"
#include "harness/cell/cell_internal.h"
#include "harness/store/keys.h"

typedef kd_status (*maker)(const kd_resolved *node, const kd_cell_context *context,
                           kd_object_draft *draft, kd_error *err);

static const maker makers[] = {
    [KD_NODE_CORPUS] = kd_cell_make_corpus,
    [KD_NODE_MODEL] = kd_cell_make_model,
    [KD_NODE_TARGETS] = kd_cell_make_targets,
    [KD_NODE_STATES] = kd_cell_make_states,
};

/* What tables group by: the node's own settings and those further up. */
static void put_settings(kd_object_draft *draft, const kd_resolved *node)
{
    for (size_t i = 0; i < node->set_count; i++)
        kd_object_put_setting(draft, node->set[i].key, node->set[i].value);
    for (size_t i = 0; i < node->tell_count; i++)
        kd_object_put_setting(draft, node->tell[i].key, node->tell[i].value);
}

/* What an id is made with besides settings and inputs: who cannot make it again can say why. */
static void put_versions(kd_object_draft *draft)
{
    char text[16];
    snprintf(text, sizeof text, "%d", KD_SCHEMA_VERSION);
    kd_object_put_fact(draft, "schema", text);
    snprintf(text, sizeof text, "%d", KD_NUMERICS_VERSION);
    kd_object_put_fact(draft, "numerics", text);
}

static kd_status make(const kd_resolved *node, const char *text, const kd_cell_context *context,
                      kd_error *err)
{
    double           started_s = kd_clock_unix_s();
    double           clock = kd_clock_s(), cpu = kd_clock_cpu_s();
    kd_object_draft *draft;
    kd_status        status = kd_object_create(&draft, context->store, node->id,
                                               kd_node_kind_word(node->kind), text, err);
    if (status != KD_OK) return status;
    put_settings(draft, node);
    put_versions(draft);
    kd_object_put_provenance(draft, &(kd_provenance){ .version = kd_program_version,
                                                      .commit = kd_program_commit,
                                                      .is_dirty = kd_program_is_dirty,
                                                      .libraries = kd_program_libraries,
                                                      .cpu = kd_program_cpu(),
                                                      .started_s = started_s });
    status = makers[node->kind](node, context, draft, err);
    if (status != KD_OK) {
        kd_object_discard(draft);
        return status;
    }
    kd_object_put_timing(draft, KD_KEY_CELL_S, kd_clock_s() - clock);
    kd_object_put_timing(draft, "cpu_s", kd_clock_cpu_s() - cpu);
    return kd_object_commit(draft, err);
}

kd_status kd_cell_run(const kd_resolved *node, const char *text, const kd_cell_context *context,
                      kd_error *err)
{
    if (node->kind == KD_NODE_NOOP) return kd_cell_run_noop(node, context, err);
    if (kd_store_has(context->store, node->id)) return KD_OK;
    return make(node, text, context, err);
}
