/* gc.c - `kdgrid gc`: give back the disk that no table needs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/base/vec.h"
#include "harness/cmd/cmd.h"
#include "harness/config/resolved.h"
#include "harness/plan/session.h"
#include "harness/store/gc.h"

static const char about[] =
    "Removes what a store can do without: work of finished cells and files that were never\n"
    "finished; with studies also every object that none of them needs. With --disk-budget also "
    "what\n"
    "was set aside as damaged and then corpora and teachers' outputs, until the store is small\n"
    "enough; a later run makes them again where it needs them. Models, which are what tables are\n"
    "made from, stay, and so does what unfinished cells stand on; a budget that cannot be met so "
    "ends\n"
    "with exit code 3.";

typedef KD_VEC(kd_id) id_vec;

typedef struct {
    id_vec wanted, awaited;
} wants;

/* ---- studies ---- */

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

static void take_plan(wants *w, const kd_plan *plan)
{
    for (size_t n = 0; n < kd_plan_count(plan); n++) {
        const kd_plan_node *node = kd_plan_node_at(plan, n);
        kd_vec_push(&w->wanted, node->id);
        for (int i = 0; node->is_needed && i < node->input_count; i++)
            kd_vec_push(&w->awaited, kd_plan_node_at(plan, (size_t)node->inputs[i])->id);
    }
}

/* As it stands in the file; with every profile that is named too. */
static kd_status take_study(wants *w, const kd_store *store, const char *path,
                            const kd_study_options *options, kd_error *err)
{
    kd_session session;
    kd_status  status = kd_session_open(&session, path, options, NULL, KD_SESSION_PLANS, err);
    if (status == KD_OK) status = kd_session_look(session.plan, store, err);
    if (status == KD_OK) take_plan(w, session.plan);
    kd_session_close(&session);
    return status;
}

static kd_status take_studies(wants *w, const kd_store *store, char **paths, int count,
                              const kd_arg_list *profiles, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < count && status == KD_OK; i++) {
        status = take_study(w, store, paths[i], &(kd_study_options){ 0 }, err);
        for (size_t p = 0; p < profiles->count && status == KD_OK; p++)
            status = take_study(w, store, paths[i],
                                &(kd_study_options){ .profile = profiles->items[p] }, err);
    }
    if (w->wanted.count) qsort(w->wanted.items, w->wanted.count, sizeof(kd_id), by_id);
    if (w->awaited.count) qsort(w->awaited.items, w->awaited.count, sizeof(kd_id), by_id);
    return status;
}

static void read_inputs(const char *text, void (*see)(void *user, kd_id id), void *user)
{
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_resolved_parse(&node, arena, text, "cell", NULL); /* as far as it can be read */
    for (size_t i = 0; i < node.input_count; i++) see(user, node.inputs[i].id);
    kd_arena_destroy(arena);
}

/* ---- sizes ---- */

/* "500M", "1.5G", "4096": bytes, a thousand to the next letter. */
static kd_status parse_bytes(int64_t *out, const char *text, kd_error *err)
{
    static const char letters[] = "KMGT";
    double            number = -1, unit = 1;
    char             *copy = kd_strdup(text);
    size_t            length = strlen(copy);
    const char       *letter = length > 1 ? strchr(letters, copy[length - 1]) : NULL;
    if (letter && *letter) {
        unit = pow(1000, (double)(letter - letters + 1));
        copy[length - 1] = 0;
    }
    bool is_good = kd_parse_real(copy, &number) && number >= 0 && number * unit < 9e18;
    free(copy);
    if (!is_good)
        return kd_fail(err, KD_EUSAGE,
                       "gc: --disk-budget: expected bytes, or a number with K, M, G or T, found %s",
                       text);
    *out = (int64_t)(number * unit);
    return KD_OK;
}

/* ---- telling ---- */

static void print_item(void *user, const kd_gc_item *item)
{
    kd_json_writer *json = user;
    if (!json) {
        kd_say("%-12s %12lld  %s\n", kd_gc_word(item->class), (long long)item->bytes, item->path);
        return;
    }
    kd_json_begin(json, '{');
    kd_json_key(json, "class");
    kd_json_text(json, kd_gc_word(item->class));
    kd_json_key(json, "bytes");
    kd_json_int(json, item->bytes);
    kd_json_key(json, "path");
    kd_json_text(json, item->path);
    kd_json_end(json, '}');
}

static void print_counts(const kd_store *store, const kd_gc_counts *counts, bool is_dry)
{
    size_t items = 0;
    for (int i = 0; i < KD_GC_CLASS_COUNT; i++) items += counts->items[i];
    kd_say("%s: %zu things %s, %.3f of %.3f MB\n", kd_store_folder(store), items,
           is_dry ? "would go" : "are gone", 1e-6 * (double)counts->freed_bytes,
           1e-6 * (double)counts->before_bytes);
}

static kd_status run_json(const kd_store *store, const kd_gc_options *options, kd_error *err)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer json;
    kd_gc_counts   counts;
    kd_json_start(&json, &out, 2);
    kd_json_begin(&json, '{');
    kd_json_key(&json, "items");
    kd_json_begin(&json, '[');
    kd_status status = kd_gc_run(store, options, print_item, &json, &counts, err);
    kd_json_end(&json, ']');
    kd_json_key(&json, "before_bytes");
    kd_json_int(&json, counts.before_bytes);
    kd_json_key(&json, "freed_bytes");
    kd_json_int(&json, counts.freed_bytes);
    kd_json_key(&json, "dry");
    kd_json_bool(&json, options->is_dry);
    kd_json_end(&json, '}');
    if (status == KD_OK || status == KD_ECHECK) puts(out.text);
    kd_str_fini(&out);
    return status;
}

static kd_status run_text(const kd_store *store, const kd_gc_options *options, kd_error *err)
{
    kd_gc_counts counts;
    kd_status    status = kd_gc_run(store, options, print_item, NULL, &counts, err);
    if (status == KD_OK || status == KD_ECHECK) print_counts(store, &counts, options->is_dry);
    return status;
}

/* ---- the verb ---- */

static kd_status collect(char **words, int count, const kd_arg_list *profiles, kd_gc_options *o,
                         bool as_json, kd_error *err)
{
    wants     w = { 0 };
    kd_store *store;
    kd_status status =
        kd_store_open(&store, words[0], o->is_dry ? KD_STORE_READ : KD_STORE_WRITE, err);
    if (status != KD_OK) return status;
    status = take_studies(&w, store, words + 1, count - 1, profiles, err);
    if (count > 1) o->wanted = w.wanted.items;
    o->wanted_count = w.wanted.count;
    o->awaited = w.awaited.items;
    o->awaited_count = w.awaited.count;
    if (status == KD_OK) status = as_json ? run_json(store, o, err) : run_text(store, o, err);
    kd_vec_fini(&w.wanted);
    kd_vec_fini(&w.awaited);
    kd_store_close(store);
    return status;
}

kd_status kd_cmd_gc(int argc, char **argv, kd_error *err)
{
    const char   *budget = NULL;
    bool          as_json = false;
    kd_arg_list   profiles = { 0 };
    kd_gc_options o = { .budget_bytes = -1, .read_inputs = read_inputs };
    const kd_arg  table[] = {
         { 0, "disk-budget", KD_ARG_TEXT, &budget, "SIZE", "bytes, or a number with K, M, G or T" },
         { 'p', "profile", KD_ARG_LIST, &profiles, "NAME", "keep what this profile needs, too" },
         { 0, "dry-run", KD_ARG_FLAG, &o.is_dry, NULL, "only say what would go" },
         KD_ARG_JSON(as_json),
         KD_ARG_END,
    };
    kd_args   args = { .verb = "gc",
                       .usage = "STORE [EXPERIMENT.cfg]... [--disk-budget SIZE]",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, -1, err);
    if (status == KD_OK && budget) status = parse_bytes(&o.budget_bytes, budget, err);
    if (status == KD_OK && !args.helped)
        status = collect(args.words, args.count, &profiles, &o, as_json, err);
    kd_args_fini(&args);
    return status;
}
