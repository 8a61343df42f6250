/* double.c - a made-up study. */
#include "tests/dispatch/double.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/store/journal.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

kd_id kd_double_id(size_t node)
{
    return (kd_id){ 0x5eedull + (node << 56), node + 1 };
}

static kd_work_item item(void *self, size_t node)
{
    const kd_double *d = self;
    bool             is_done = d->is_done && d->is_done(node);
    return (kd_work_item){ .id = kd_double_id(node),
                           .inputs = &d->input,
                           .input_count = d->input >= 0 && (size_t)d->input != node,
                           .threads = d->threads ? d->threads(node) : 1,
                           .ranks = d->ranks ? d->ranks(node) : 1,
                           .cost_s = 0.1,
                           .is_cell = d->input < 0 || (size_t)d->input != node,
                           .is_done = is_done,
                           .is_needed = !is_done };
}

static size_t find(void *self, kd_id id)
{
    const kd_double *d = self;
    return id.low >= 1 && id.low <= d->count ? (size_t)id.low - 1 : SIZE_MAX;
}

static void label(void *self, size_t node, kd_str *out)
{
    (void)self;
    kd_str_addf(out, "double %zu", node);
}

static kd_status refuse(void *self, size_t node, const char *there, kd_error *err)
{
    (void)self;
    return kd_fail(err, KD_ECONFIG, "double %zu finds no room: %s", node, there);
}

static kd_status text(void *self, size_t node, kd_str *out, kd_error *err)
{
    (void)self, (void)err;
    kd_str_addf(out, "%zu\n", node);
    return KD_OK;
}

kd_work kd_double_work(kd_double *study)
{
    return (kd_work){ .count = study->count,
                      .self = study,
                      .item = item,
                      .find = find,
                      .label = label,
                      .refuse = refuse,
                      .text = text };
}

/* What lives until the program ends. */
static kd_store *stores[64];
static char     *programs[64];
static size_t    store_count, program_count;

static void free_all(void)
{
    while (store_count > 0) kd_store_close(stores[--store_count]);
    while (program_count > 0) free(programs[--program_count]);
}

const char *kd_double_program(const char *name, const char *body)
{
    kd_str      script = KD_STR_INIT;
    char       *file = kd_sprintf("%s.d", name);
    char       *folder = kd_fs_join(kd_test_folder(), file);
    char       *path = kd_fs_join(folder, name);
    kd_error    err;
    const char *head = "#!/bin/sh\n"
                       "file=$2; store=$4; work=${file%/*}; id=${work##*/}\n"
                       "read node < $file; tries=0\n"
                       "[ -f $store/tries.$node ] && read tries < $store/tries.$node\n"
                       "echo $((tries + 1)) > $store/tries.$node\n"
                       "leave() { a=$store/objects/${id%\"${id#??}\"}; [ -d $a ] || mkdir -p $a; "
                       ": > $a/$id.h5; }\n";
    kd_str_addf(&script, "%s%s\n", head, body);
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_fs_write(path, script.text, script.length, &err), &err);
    chmod(path, 0755);
    kd_str_fini(&script);
    free(file);
    free(folder);
    if (store_count + program_count == 0) atexit(free_all);
    return programs[program_count++] = path;
}

kd_store *kd_double_store(void)
{
    char name[32];
    if (store_count + program_count == 0) atexit(free_all);
    snprintf(name, sizeof name, "store.%zu", store_count);
    return stores[store_count++] = fixture_store(name);
}

void kd_double_put(const kd_store *store, const char *name)
{
    kd_error err;
    assert_ok(kd_fs_write(fixture_path(store, name), "", 0, &err), &err);
}

void kd_double_wait(const kd_store *store, const char *name)
{
    const double last_s = kd_clock_s() + 60;
    while (!kd_fs_exists(fixture_path(store, name))) {
        if (kd_clock_s() > last_s) fail_msg("nobody puts %s into the store", name);
        kd_sleep_s(0.005);
    }
}

typedef struct {
    int    type;
    size_t node, count;
} tally;

static kd_status count_record(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    tally *t = user;
    if ((int)entry->type == t->type &&
        (t->node == SIZE_MAX || kd_id_equal(entry->id, kd_double_id(t->node))))
        t->count++;
    return KD_OK;
}

size_t kd_double_records(const kd_store *store, int type, size_t node)
{
    tally    t = { type, node, 0 };
    kd_error err;
    assert_ok(kd_journal_replay(store, count_record, NULL, &t, &err), &err);
    return t.count;
}

kd_sweep_options kd_double_options(const kd_store *store, kd_double *study, kd_progress *progress)
{
    return (kd_sweep_options){
        .store = store,
        .work = kd_double_work(study),
        .name = "double",
        .workers = 2,
        .rules = { .own_retries = 2, .ground_retries = 5, .rest_s = 0.01, .checkpoint_s = 60 },
        .progress = progress
    };
}
