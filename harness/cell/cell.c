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

static double total_of(const kd_peers *peers, double seconds)
{
    if (peers) peers->total(peers->user, &seconds, 1);
    return seconds;
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
    kd_object_put_timing(draft, "cpu_s", total_of(context->peers, kd_clock_cpu_s() - cpu));
    return kd_object_commit(draft, err);
}

/* What every rank but the first does: it trains, and says what that took. */
static kd_status help(const kd_resolved *node, const kd_cell_context *context, kd_error *err)
{
    double    cpu = kd_clock_cpu_s();
    kd_status status = makers[node->kind](node, context, NULL, err);
    if (status == KD_OK) total_of(context->peers, kd_clock_cpu_s() - cpu);
    return status;
}

static kd_status check_peers(const kd_resolved *node, const kd_peers *peers, kd_error *err)
{
    int       ranks, count = peers ? peers->count : 1;
    kd_status status = kd_cell_ranks(&ranks, node, err);
    if (status != KD_OK || ranks == count) return status;
    return kd_fail(err, KD_EUNAVAILABLE, "the cell is one of %d ranks, and was started with %d",
                   ranks, count);
}

/* All ranks go by what the first one sees. */
static bool is_there(const kd_resolved *node, const kd_cell_context *context)
{
    const kd_peers *peers = context->peers;
    bool            there = kd_store_has(context->store, node->id);
    if (peers) peers->give(peers->user, &there, sizeof there);
    return there;
}

kd_status kd_cell_run(const kd_resolved *node, const char *text, const kd_cell_context *context,
                      kd_error *err)
{
    if (node->kind == KD_NODE_NOOP) return kd_cell_run_noop(node, context, err);
    if (is_there(node, context)) return KD_OK;
    kd_status status = check_peers(node, context->peers, err);
    if (status != KD_OK) return status;
    bool helps = context->peers && context->peers->rank > 0;
    return helps ? help(node, context, err) : make(node, text, context, err);
}
