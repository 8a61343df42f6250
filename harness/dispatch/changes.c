/* changes.c - the journal says what was made, the objects say how, the plan says what is asked for.
 */
#include "harness/dispatch/changes.h"

#include <stdint.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/vec.h"
#include "harness/store/journal.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"

#define PAIRS 100 /* so many old and so many new nodes are compared at most, to find near ones */

/* ---- two nodes ---- */

static void say_setting(kd_str *out, const char *key, const char *before, const char *now)
{
    if (out->length) kd_str_add(out, ", ");
    if (before && now)
        kd_str_addf(out, "%s was %s and is %s", key, before, now);
    else
        kd_str_addf(out, "%s is %s", key, now ? "new" : "gone");
}

/* Both are sorted by key. */
static size_t compare_settings(kd_str *out, const kd_resolved *before, const kd_resolved *now)
{
    size_t b = 0, n = 0, count = 0;
    while (b < before->set_count || n < now->set_count) {
        const kd_resolved_setting *old = b < before->set_count ? &before->set[b] : NULL,
                                  *new = n < now->set_count ? &now->set[n] : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old->key, new->key);
        if (order != 0 || strcmp(old->value, new->value) != 0) {
            say_setting(out, order <= 0 ? old->key : new->key, order <= 0 ? old->value : NULL,
                        order >= 0 ? new->value : NULL);
            count++;
        }
        b += order <= 0;
        n += order >= 0;
    }
    return count;
}

static size_t compare_files(kd_str *out, const kd_resolved *before, const kd_resolved *now)
{
    size_t count = 0;
    for (size_t i = 0; i < now->file_count; i++) {
        const kd_resolved_file *file = &now->files[i],
                               *old = kd_resolved_file_of(before, file->role);
        if (old && kd_id_equal(old->contents, file->contents)) continue;
        if (out->length) kd_str_add(out, ", ");
        kd_str_addf(out, old ? "%s has other contents" : "%s is new", file->path);
        count++;
    }
    return count;
}

size_t kd_changes_compare(kd_str *out, const kd_resolved *before, const kd_resolved *now)
{
    return compare_settings(out, before, now) + compare_files(out, before, now);
}

/* ---- what the journal tells ---- */

typedef struct {
    const kd_plan *plan;
    const char    *name;
    uint32_t       run; /* the newest that is one of the study */
    KD_VEC(kd_id) old;
} past;

static kd_status recall(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    past *p = user;
    if (entry->type == KD_JOURNAL_RUN_BEGIN && strcmp(entry->text, p->name) == 0)
        p->run = entry->run;
    bool is_done = entry->type == KD_JOURNAL_DONE || entry->type == KD_JOURNAL_ADOPTED;
    if (is_done && entry->run == p->run && kd_plan_find(p->plan, entry->id) == SIZE_MAX)
        kd_vec_push(&p->old, entry->id);
    return KD_OK;
}

/* Those whose objects are gone are no longer of interest. */
static void drop_absent(past *p, const kd_store *store)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->old.count; i++)
        if (kd_store_shows(store, p->old.items[i])) p->old.items[kept++] = p->old.items[i];
    p->old.count = kept;
}

/* ---- the nearest pair ---- */

typedef struct {
    kd_arena    *arena;
    kd_resolved *before, *now;
    size_t       before_count, now_count;
    size_t      *nodes; /* of `now` */
} candidates;

/* As an object keeps it. One of another version is read all the same; its id does not fit it. */
static bool read_resolved(kd_resolved *out, kd_arena *arena, const kd_store *store, kd_id id)
{
    kd_object *object;
    kd_str     text = KD_STR_INIT;
    kd_error   ignored;
    bool       is_read = false;
    if (kd_object_open(&object, store, id, NULL) != KD_OK) return false;
    if (kd_object_get_text(object, KD_KEY_RESOLVED, &text, NULL) == KD_OK) {
        kd_status status = kd_resolved_parse(out, arena, text.text, "object", &ignored);
        is_read = status == KD_OK || out->set_count > 0;
    }
    kd_str_fini(&text);
    kd_object_close(object);
    return is_read;
}

static void collect(candidates *c, const past *p, const kd_store *store, kd_plan *plan)
{
    c->arena = kd_arena_create(0);
    c->before = kd_arena_alloc(c->arena, PAIRS, sizeof *c->before);
    c->now = kd_arena_alloc(c->arena, PAIRS, sizeof *c->now);
    c->nodes = kd_arena_alloc(c->arena, PAIRS, sizeof *c->nodes);
    for (size_t i = 0; i < p->old.count && c->before_count < PAIRS; i++)
        c->before_count +=
            read_resolved(&c->before[c->before_count], c->arena, store, p->old.items[i]);
    for (size_t n = 0; n < kd_plan_count(plan) && c->now_count < PAIRS; n++) {
        if (!kd_plan_node_at(plan, n)->is_needed) continue;
        if (kd_plan_resolve(plan, n, c->arena, &c->now[c->now_count], NULL) != KD_OK) continue;
        c->nodes[c->now_count++] = n;
    }
}

/* Whether it stands on the same objects: then a difference is its own. */
static bool has_same_inputs(const kd_resolved *a, const kd_resolved *b)
{
    if (a->input_count != b->input_count) return false;
    for (size_t i = 0; i < a->input_count; i++)
        if (!kd_id_equal(a->inputs[i].id, b->inputs[i].id)) return false;
    return true;
}

/* The pair that differs in the fewest places, none being the fewest where only the version can be
 * it. *node is SIZE_MAX when there is no pair. */
static size_t find_nearest(const candidates *c, kd_str *words, size_t *node)
{
    size_t least = SIZE_MAX;
    kd_str text = KD_STR_INIT;
    *node = SIZE_MAX;
    for (size_t b = 0; b < c->before_count; b++)
        for (size_t n = 0; n < c->now_count; n++) {
            if (c->before[b].kind != c->now[n].kind) continue;
            kd_str_reset(&text);
            size_t count = kd_changes_compare(&text, &c->before[b], &c->now[n]);
            if (count == 0 && !has_same_inputs(&c->before[b], &c->now[n])) continue;
            if (count >= least) continue;
            least = count;
            *node = c->nodes[n];
            kd_str_reset(words);
            kd_str_add(words, count ? text.text
                                    : "the version of the settings or of the numerics is another");
        }
    kd_str_fini(&text);
    return least;
}

kd_status kd_changes_describe(kd_str *out, const kd_store *store, kd_plan *plan, const char *name,
                              kd_error *err)
{
    past       p = { .plan = plan, .name = name };
    candidates c = { 0 };
    kd_str     words = KD_STR_INIT;
    size_t     node;
    kd_status  status = kd_journal_replay(store, recall, NULL, &p, err);
    drop_absent(&p, store);
    if (status == KD_OK && p.old.count > 0) {
        collect(&c, &p, store, plan);
        kd_str_addf(out, "the study has changed: %zu earlier results of %s are not asked for now",
                    p.old.count, name);
        if (find_nearest(&c, &words, &node) != SIZE_MAX) {
            kd_str_add(out, "; nearest to one is ");
            kd_plan_label(plan, node, out);
            kd_str_addf(out, ": %s", words.text);
        }
        kd_arena_destroy(c.arena);
    }
    kd_vec_fini(&p.old);
    kd_str_fini(&words);
    return status;
}
