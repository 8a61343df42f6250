/* verify.c - the cell is run in a store of its own, in which the objects that it stands on are
 * links into the real one. */
#include "harness/review/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/child/scratch.h"
#include "harness/child/stop.h"
#include "harness/child/supervise.h"
#include "harness/config/resolved.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"

/* One cell, there and here. */
typedef struct {
    const kd_store  *store;
    kd_id            id;
    const char      *text; /* the id, in words */
    const char      *program;
    kd_arena        *arena;
    kd_object       *there, *here;
    kd_str           resolved;
    kd_resolved      node;
    char            *folder; /* scratch */
    int              held;
    kd_store        *scratch;
    kd_outcome       outcome;
    kd_verification *told;
} verification;

__attribute__((format(printf, 2, 3))) static void say(kd_verify_lines *to, const char *fmt, ...)
{
    va_list args;
    kd_str  text = KD_STR_INIT;
    va_start(args, fmt);
    kd_str_addv(&text, fmt, args);
    va_end(args);
    kd_vec_push(to, kd_str_take(&text));
}

/* ---- facts ---- */

static const char *fact_of(const kd_record_setting *facts, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, key) == 0) return facts[i].value;
    return "unknown";
}

/* What two runs of one cell may differ by. */
static kd_status compare_facts(verification *v, kd_error *err)
{
    static const char *const keys[] = { "cpu", "libraries", "program.version", "program.commit",
                                        "program.dirty" };
    kd_record_setting       *there, *here;
    size_t                   there_count, here_count;
    kd_status status = kd_object_facts(v->there, v->arena, &there, &there_count, err);
    if (status == KD_OK) status = kd_object_facts(v->here, v->arena, &here, &here_count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *a = fact_of(there, there_count, keys[i]),
                   *b = fact_of(here, here_count, keys[i]);
        if (strcmp(a, b) != 0) say(&v->told->reasons, "%s: %s there, %s here", keys[i], a, b);
    }
    if (v->told->reasons.count == 0)
        say(&v->told->reasons, "program, libraries and CPU are the same, so it is the environment "
                               "(OPENBLAS_CORETYPE, ONEDNN_MAX_CPU_ISA), bad memory or a bug");
    if (strcmp(fact_of(here, here_count, "program.dirty"), "true") == 0)
        say(&v->told->reasons, "this program was built from sources that differ from its commit");
    return KD_OK;
}

/* An id that the settings do not give: they meant something else, or numbers were made otherwise.
 */
static kd_status explain_id(const verification *v, kd_error *err)
{
    kd_record_setting *facts;
    size_t             count;
    kd_error           why = *err;
    kd_status          status = kd_object_facts(v->there, v->arena, &facts, &count, err);
    if (status != KD_OK) return status;
    const char *schema = fact_of(facts, count, "schema"),
               *numerics = fact_of(facts, count, "numerics");
    char ours[2][16];
    snprintf(ours[0], sizeof ours[0], "%d", KD_SCHEMA_VERSION);
    snprintf(ours[1], sizeof ours[1], "%d", KD_NUMERICS_VERSION);
    if (strcmp(schema, ours[0]) == 0 && strcmp(numerics, ours[1]) == 0)
        return kd_fail(err, KD_EDATA, "%s", why.text);
    return kd_fail(err, KD_EDATA,
                   "%s: was made under version %s of the settings and %s of the numerics; this "
                   "program has %s and %s, and cannot make it again",
                   v->text, schema, numerics, ours[0], ours[1]);
}

static kd_status open_there(verification *v, kd_error *err)
{
    kd_status status = kd_object_open(&v->there, v->store, v->id, err);
    if (status == KD_OK) status = kd_object_verify(v->there, err);
    if (status == KD_OK) status = kd_object_get_text(v->there, KD_KEY_RESOLVED, &v->resolved, err);
    if (status != KD_OK) return status;
    status = kd_resolved_parse(&v->node, v->arena, v->resolved.text, v->text, err);
    return status == KD_EDATA ? explain_id(v, err) : status;
}

/* ---- again ---- */

static kd_status link_input(const verification *v, const kd_resolved_input *input, kd_error *err)
{
    if (!kd_store_has(v->store, input->id)) {
        char text[KD_ID_TEXT];
        kd_id_text(text, input->id);
        return kd_fail(
            err, KD_ENOINPUT,
            "%s: its %s %s is not in the store any more; a run that needs it makes it again",
            v->text, kd_input_role_word(input->role), text);
    }
    kd_status status = kd_store_make_shard(v->scratch, input->id, err);
    if (status != KD_OK) return status;
    char *from = kd_store_object_path(v->store, input->id);
    char *full = realpath(from, NULL), *to = kd_store_object_path(v->scratch, input->id);
    if (!full || symlink(full, to) != 0) status = kd_fail_errno(err, errno, "%s", to);
    free(from);
    free(full);
    free(to);
    return status;
}

static kd_status open_scratch(verification *v, kd_error *err)
{
    const char *place = getenv("TMPDIR");
    if (!place) place = "/tmp";
    kd_scratch_clean(place);
    kd_status status = kd_scratch_make(&v->folder, &v->held, place, err);
    if (status != KD_OK) return status;
    status = kd_store_open(&v->scratch, v->folder, KD_STORE_CREATE, err);
    for (size_t i = 0; i < v->node.input_count && status == KD_OK; i++)
        status = link_input(v, &v->node.inputs[i], err);
    if (status == KD_OK) status = kd_store_make_work(v->scratch, v->id, err);
    return status;
}

static kd_status watch(verification *v, const kd_child_options *options, kd_error *err)
{
    kd_child *child;
    kd_status status = kd_child_start(&child, options, err);
    if (status != KD_OK) return status;
    while (!kd_child_ended(child, &v->outcome)) {
        kd_child_wait(&child, 1, -1, 1.0);
        if (kd_stop_count() > 0) kd_child_stop(child, kd_stop_count() > 1);
    }
    kd_child_close(child);
    if (v->outcome.is_done) return KD_OK;
    return kd_fail(err, v->outcome.status, "%s: cannot be run again: %s", v->text, v->outcome.text);
}

static kd_status run_again(verification *v, kd_error *err)
{
    char *cell = kd_store_work_path(v->scratch, v->id, "cell"),
         *log = kd_store_work_path(v->scratch, v->id, "log");
    char        pipe[16];
    const char *argv[] = { v->program, "cell",          cell, "--store",
                           v->folder,  "--progress-fd", pipe, NULL };
    snprintf(pipe, sizeof pipe, "%d", KD_CHILD_PIPE);
    kd_child_options options = { .argv = argv, .log = log, .grace_s = 60 };
    kd_status        status = kd_fs_write(cell, v->resolved.text, v->resolved.length, err);
    if (status == KD_OK) status = watch(v, &options, err);
    if (status == KD_OK) status = kd_object_open(&v->here, v->scratch, v->id, err);
    free(cell);
    free(log);
    return status;
}

/* ---- what differs ---- */

/* Bit for bit: NaN is NaN again, and 0 is not -0. */
static bool is_same_number(double a, double b)
{
    uint64_t bits_a, bits_b;
    memcpy(&bits_a, &a, sizeof a);
    memcpy(&bits_b, &b, sizeof b);
    return bits_a == bits_b;
}

static kd_status compare_metrics(verification *v, kd_error *err)
{
    kd_record there, here;
    kd_status status = kd_object_record(v->there, v->arena, &there, err);
    if (status == KD_OK) status = kd_object_record(v->here, v->arena, &here, err);
    for (size_t i = 0; status == KD_OK && i < there.metric_count; i++) {
        const kd_record_metric *metric = &there.metrics[i];
        const double           *again = kd_record_number(&here, metric->name);
        if (kd_starts_with(metric->name, KD_KEY_TIME)) continue;
        if (!again)
            say(&v->told->differences, "%s: %.17g there, none here", metric->name, metric->value);
        else if (!is_same_number(*again, metric->value))
            say(&v->told->differences, "%s: %.17g there, %.17g here", metric->name, metric->value,
                *again);
    }
    return status;
}

static const kd_h5_member *find_member(const kd_h5_member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0) return &members[i];
    return NULL;
}

/* Metrics were told one by one. */
static bool is_compared(const char *name)
{
    return kd_object_is_computed(name) && strcmp(name, KD_KEY_METRICS) != 0;
}

static kd_status compare_members(verification *v, kd_error *err)
{
    const kd_h5_member *there, *here;
    size_t              there_count, here_count;
    kd_status           status = kd_object_members(v->there, &there, &there_count, err);
    if (status == KD_OK) status = kd_object_members(v->here, &here, &here_count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < there_count; i++) {
        const kd_h5_member *again = find_member(here, here_count, there[i].name);
        if (!is_compared(there[i].name)) continue;
        if (!again)
            say(&v->told->differences, "%s: not here", there[i].name);
        else if (again->rows != there[i].rows || again->cols != there[i].cols)
            say(&v->told->differences, "%s: (%zu,%zu) there, (%zu,%zu) here", there[i].name,
                there[i].rows, there[i].cols, again->rows, again->cols);
        else if (again->checksum != there[i].checksum)
            say(&v->told->differences, "%s: other values", there[i].name);
    }
    for (size_t i = 0; i < here_count; i++)
        if (is_compared(here[i].name) && !find_member(there, there_count, here[i].name))
            say(&v->told->differences, "%s: not there", here[i].name);
    return KD_OK;
}

static bool is_same(const verification *v)
{
    return kd_id_equal(kd_object_contents(v->there), kd_object_contents(v->here));
}

static kd_status compare(verification *v, kd_error *err)
{
    if (is_same(v)) return KD_OK;
    kd_status status = compare_metrics(v, err);
    if (status == KD_OK) status = compare_members(v, err);
    return status == KD_OK ? compare_facts(v, err) : status;
}

/* ---- the whole ---- */

static void close_all(verification *v)
{
    kd_object_close(v->there);
    kd_object_close(v->here);
    kd_store_close(v->scratch);
    if (v->held >= 0) kd_scratch_remove(v->folder);
    if (v->held >= 0) close(v->held);
    free(v->folder);
    kd_str_fini(&v->resolved);
    kd_arena_destroy(v->arena);
}

static void tell(verification *v)
{
    snprintf(v->told->kind, sizeof v->told->kind, "%s", kd_object_kind(v->there));
    v->told->wall_s = v->outcome.wall_s;
    v->told->is_same = is_same(v);
}

kd_status kd_verify(kd_verification *out, const kd_store *store, kd_id id, const char *program,
                    kd_error *err)
{
    *out = (kd_verification){ .is_same = false };
    verification v = { .store = store,
                       .id = id,
                       .text = out->id,
                       .program = program,
                       .told = out,
                       .arena = kd_arena_create(0),
                       .held = -1 };
    kd_str_init(&v.resolved);
    kd_id_text(out->id, id);
    kd_status status = open_there(&v, err);
    if (status == KD_OK) status = open_scratch(&v, err);
    if (status == KD_OK) status = run_again(&v, err);
    if (status == KD_OK) status = compare(&v, err);
    if (status == KD_OK) tell(&v);
    close_all(&v);
    return status;
}

static void free_lines(kd_verify_lines *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    kd_vec_fini(list);
}

void kd_verification_fini(kd_verification *told)
{
    free_lines(&told->differences);
    free_lines(&told->reasons);
}
