/* checkpoint.c - generations of one cell's state, each a file of its own.
 *
 *     /                attributes: format, version, id, position
 *     /blocks/<name>   (n) f32
 *     /state/<name>    (n) u8
 */
#include "harness/store/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/store/h5.h"

#define FORMAT  "kdgrid checkpoint"
#define VERSION 1
#define KEPT    2 /* generations */

struct kd_checkpoint_draft {
    kd_h5          *h5;
    const kd_store *store;
    kd_id           id;
};

struct kd_checkpoint {
    kd_h5  *h5;
    int64_t position;
};

/* ---- generations ---- */

/* The number in "checkpoint-00000012.h5"; -1 for another name. */
static int parse_generation(const char *name)
{
    int number, used = 0;
    if (sscanf(name, "checkpoint-%8d.h5%n", &number, &used) != 1) return -1;
    return used && !name[used] && number >= 0 ? number : -1;
}

static char *generation_path(const kd_store *store, kd_id id, int generation)
{
    char name[32];
    snprintf(name, sizeof name, "checkpoint-%08d.h5", generation);
    return kd_store_work_path(store, id, name);
}

/* The numbers of all generations, newest first; the caller frees them. None is fine. */
static kd_status list_generations(const kd_store *store, kd_id id, int **generations, size_t *count,
                                  kd_error *err)
{
    char     *folder = kd_store_work_path(store, id, NULL);
    char    **names = NULL;
    size_t    name_count = 0;
    kd_status status = KD_OK;
    if (kd_fs_exists(folder)) status = kd_fs_list(folder, &names, &name_count, err);
    *generations = kd_alloc(name_count + 1, sizeof **generations);
    *count = 0;
    for (size_t i = name_count; i-- > 0;) { /* names are sorted, and so are their eight digits */
        int generation = parse_generation(names[i]);
        if (generation >= 0) (*generations)[(*count)++] = generation;
    }
    kd_fs_free_names(names, name_count);
    free(folder);
    return status;
}

/* ---- write ---- */

static kd_status write_marks(kd_h5 *h5, kd_id id, int64_t position, kd_error *err)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    kd_status status = kd_h5_put_mark(h5, "format", FORMAT, err);
    if (status == KD_OK) status = kd_h5_put_count(h5, "version", VERSION, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "id", text, err);
    if (status == KD_OK) status = kd_h5_put_count(h5, "position", position, err);
    return status;
}

kd_status kd_checkpoint_create(kd_checkpoint_draft **out, const kd_store *store, kd_id id,
                               int64_t position, kd_error *err)
{
    int   *generations = NULL;
    size_t count;
    char  *path = NULL, *beside = NULL;
    kd_h5 *h5 = NULL;

    *out = NULL;
    kd_status status = kd_store_make_work(store, id, err);
    if (status != KD_OK) return status;
    if ((status = list_generations(store, id, &generations, &count, err)) != KD_OK) goto done;
    path = generation_path(store, id, count ? generations[0] + 1 : 1);
    beside = kd_store_work_path(store, id, kd_fs_name(path));
    if ((status = kd_h5_create(&h5, path, beside, err)) != KD_OK) goto done;
    if ((status = write_marks(h5, id, position, err)) != KD_OK) {
        kd_h5_discard(h5);
        goto done;
    }
    *out = kd_alloc(1, sizeof **out);
    **out = (kd_checkpoint_draft){ h5, store, id };
done:
    free(generations);
    free(beside);
    free(path);
    return status;
}

static kd_status put(kd_checkpoint_draft *draft, const char *group, const char *name,
                     kd_h5_type type, const void *data, size_t count, kd_error *err)
{
    char     *path = kd_fs_join(group, name);
    kd_status status = kd_h5_put(draft->h5, path, type, data, count, 0, err);
    free(path);
    return status;
}

kd_status kd_checkpoint_put_f32(kd_checkpoint_draft *draft, const char *name, const float *data,
                                size_t count, kd_error *err)
{
    return put(draft, "blocks", name, KD_H5_F32, data, count, err);
}

kd_status kd_checkpoint_put_state(kd_checkpoint_draft *draft, const char *name, const void *bytes,
                                  size_t length, kd_error *err)
{
    return put(draft, "state", name, KD_H5_U8, bytes, length, err);
}

static kd_status remove_old(const kd_store *store, kd_id id, kd_error *err)
{
    int      *generations;
    size_t    count;
    kd_status status = list_generations(store, id, &generations, &count, err);
    for (size_t i = KEPT; i < count && status == KD_OK; i++) {
        char *path = generation_path(store, id, generations[i]);
        status = kd_fs_remove_below(kd_store_folder(store), path, err);
        free(path);
    }
    free(generations);
    return status;
}

kd_status kd_checkpoint_commit(kd_checkpoint_draft *draft, kd_error *err)
{
    kd_status status = kd_h5_commit(draft->h5, err);
    if (status == KD_OK) status = remove_old(draft->store, draft->id, err);
    free(draft);
    return status;
}

void kd_checkpoint_discard(kd_checkpoint_draft *draft)
{
    if (!draft) return;
    kd_h5_discard(draft->h5);
    free(draft);
}

/* ---- read ---- */

static kd_status check_marks(kd_h5 *h5, kd_id id, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    int64_t   version = 0;
    char      want[KD_ID_TEXT];
    kd_status status = kd_h5_get_mark(h5, "format", &text, err);
    kd_id_text(want, id);
    if (status == KD_OK && strcmp(text.text, FORMAT) != 0)
        status =
            kd_fail(err, KD_EDATA, "%s: is a '%s', not a '%s'", kd_h5_path(h5), text.text, FORMAT);
    if (status == KD_OK) status = kd_h5_get_count(h5, "version", &version, err);
    if (status == KD_OK && version != VERSION)
        status = kd_fail(err, KD_EDATA, "%s: is of version %lld, this program reads version %d",
                         kd_h5_path(h5), (long long)version, VERSION);
    if (status == KD_OK) status = kd_h5_get_mark(h5, "id", &text, err);
    if (status == KD_OK && strcmp(text.text, want) != 0)
        status = kd_fail(err, KD_EDATA, "%s: belongs to the cell %s", kd_h5_path(h5), text.text);
    kd_str_fini(&text);
    return status;
}

static kd_status verify_all(kd_h5 *h5, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_status           status = kd_h5_members(h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = kd_h5_verify(h5, members[i].name, err);
    return status;
}

static kd_status open_file(kd_checkpoint **out, const char *path, kd_id id, kd_error *err)
{
    kd_h5    *h5;
    int64_t   position;
    kd_status status = kd_h5_open(&h5, path, err);
    if (status != KD_OK) return status;
    status = check_marks(h5, id, err);
    if (status == KD_OK) status = kd_h5_get_count(h5, "position", &position, err);
    if (status == KD_OK) status = verify_all(h5, err);
    if (status == KD_OK) {
        *out = kd_alloc(1, sizeof **out);
        **out = (kd_checkpoint){ h5, position };
    } else {
        kd_h5_close(h5);
    }
    return status;
}

kd_status kd_checkpoint_verify(const char *path, kd_id id, kd_error *err)
{
    kd_checkpoint *checkpoint = NULL;
    kd_status      status = open_file(&checkpoint, path, id, err);
    kd_checkpoint_close(checkpoint);
    return kd_store_judge(status, path);
}

/* Open one generation; a damaged one is told of and set aside, and *out stays NULL. */
static kd_status try_generation(kd_checkpoint **out, const kd_store *store, kd_id id,
                                int generation, kd_str *notice, kd_error *err)
{
    char     *path = generation_path(store, id, generation);
    kd_error  why;
    kd_status status = kd_store_judge(open_file(out, path, id, &why), path);
    if (status == KD_EDATA) {
        if (notice) kd_str_addf(notice, "%s\n", why.text);
        status = kd_store_is_writable(store) ? kd_store_set_aside(store, path, err) : KD_OK;
    } else if (status != KD_OK) {
        kd_fail(err, status, "%s", why.text);
    }
    free(path);
    return status;
}

kd_status kd_checkpoint_open(kd_checkpoint **out, const kd_store *store, kd_id id, kd_str *notice,
                             kd_error *err)
{
    int      *generations;
    size_t    count;
    kd_status status = list_generations(store, id, &generations, &count, err);
    *out = NULL;
    if (notice) kd_str_reset(notice);
    for (size_t i = 0; i < count && status == KD_OK && !*out; i++)
        status = try_generation(out, store, id, generations[i], notice, err);
    free(generations);
    return status;
}

int64_t kd_checkpoint_position(const kd_checkpoint *checkpoint)
{
    return checkpoint->position;
}

static kd_status get(kd_checkpoint *checkpoint, const char *group, const char *name,
                     kd_h5_type type, void *out, size_t count, kd_error *err)
{
    char     *path = kd_fs_join(group, name);
    kd_status status = kd_h5_get(checkpoint->h5, path, type, out, count, 0, err);
    free(path);
    return status;
}

kd_status kd_checkpoint_get_f32(kd_checkpoint *checkpoint, const char *name, float *out,
                                size_t count, kd_error *err)
{
    return get(checkpoint, "blocks", name, KD_H5_F32, out, count, err);
}

kd_status kd_checkpoint_get_state(kd_checkpoint *checkpoint, const char *name, void *out,
                                  size_t length, kd_error *err)
{
    return get(checkpoint, "state", name, KD_H5_U8, out, length, err);
}

size_t kd_checkpoint_size(kd_checkpoint *checkpoint, const char *name)
{
    static const char *const groups[] = { "blocks", "state" };
    size_t                   size = 0;
    for (int i = 0; i < 2 && !size; i++) {
        kd_h5_member member;
        char        *path = kd_fs_join(groups[i], name);
        if (kd_h5_find(checkpoint->h5, path, &member, NULL) == KD_OK) size = member.rows;
        free(path);
    }
    return size;
}

void kd_checkpoint_close(kd_checkpoint *checkpoint)
{
    if (!checkpoint) return;
    kd_h5_close(checkpoint->h5);
    free(checkpoint);
}
