/* studies.c - files that are named by their contents; their time is that of the last run. */
#include "harness/store/studies.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define ENDING ".json"

static char *folder_of(const kd_store *store)
{
    return kd_fs_join(kd_store_folder(store), "studies");
}

char *kd_studies_path(const kd_store *store, kd_id id)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    return kd_sprintf("%s/studies/%s" ENDING, kd_store_folder(store), text);
}

bool kd_studies_parse(kd_id *id, const char *name)
{
    char text[KD_ID_TEXT];
    if (strlen(name) != KD_ID_TEXT - 1 + strlen(ENDING) || !kd_ends_with(name, ENDING))
        return false;
    memcpy(text, name, KD_ID_TEXT - 1);
    text[KD_ID_TEXT - 1] = 0;
    return kd_id_parse(id, text);
}

/* `run` is when it was run, NULL for now. That the time could not be set is no loss. */
static void note_run(const kd_store *store, const char *path, const struct timespec *run)
{
    int             fd;
    struct timespec times[2];
    if (kd_fs_open_below(&fd, kd_store_folder(store), path, O_WRONLY, NULL) != KD_OK) return;
    if (run) times[0] = times[1] = *run;
    (void)futimens(fd, run ? times : NULL);
    close(fd);
}

static kd_status write_text(const kd_store *store, const char *path, const char *text,
                            size_t length, kd_error *err)
{
    char     *folder = folder_of(store);
    kd_status status = kd_fs_make_below(kd_store_folder(store), folder, 0777, err);
    free(folder);
    return status == KD_OK ? kd_fs_write(path, text, length, err) : status;
}

kd_status kd_studies_put(const kd_store *store, const char *text, size_t length, kd_error *err)
{
    kd_id     id = kd_id_of_bytes(text, length);
    char     *path = kd_studies_path(store, id);
    kd_status status = KD_OK;
    if (kd_studies_verify(path, id, NULL) == KD_OK)
        note_run(store, path, NULL);
    else
        status = write_text(store, path, text, length, err);
    free(path);
    return status;
}

/* ---- what is there ---- */

static int latest_first(const void *a, const void *b)
{
    const kd_stored_study *x = a, *y = b;
    if (x->run.tv_sec != y->run.tv_sec) return x->run.tv_sec > y->run.tv_sec ? -1 : 1;
    if (x->run.tv_nsec != y->run.tv_nsec) return x->run.tv_nsec > y->run.tv_nsec ? -1 : 1;
    return kd_id_compare(x->id, y->id);
}

kd_status kd_studies_list(const kd_store *store, kd_stored_study **out, size_t *count,
                          kd_error *err)
{
    char  *folder = folder_of(store);
    char **names = NULL;
    size_t name_count = 0;
    KD_VEC(kd_stored_study) found = KD_VEC_INIT;
    kd_status status =
        kd_fs_is_folder(folder) ? kd_fs_list(folder, &names, &name_count, err) : KD_OK;
    for (size_t i = 0; i < name_count; i++) {
        kd_stored_study study = { .run = { 0 } };
        struct stat     info;
        if (!kd_studies_parse(&study.id, names[i])) continue;
        char *path = kd_fs_join(folder, names[i]);
        if (stat(path, &info) == 0) study.run = info.st_mtim;
        free(path);
        kd_vec_push(&found, study);
    }
    if (found.count) qsort(found.items, found.count, sizeof *found.items, latest_first);
    kd_fs_free_names(names, name_count);
    free(folder);
    *out = found.items;
    *count = found.count;
    return status;
}

kd_status kd_studies_verify(const char *path, kd_id id, kd_error *err)
{
    kd_id     now;
    kd_status status = kd_id_of_file(&now, path, err);
    if (status != KD_OK) return status;
    return kd_id_equal(now, id)
               ? KD_OK
               : kd_fail(err, KD_EDATA, "%s: its bytes are not those that it is named by", path);
}

/* What is damaged there stays there. */
static kd_status copy_one(const kd_store *store, const kd_store *from, const kd_stored_study *study,
                          kd_error *err)
{
    char     *path = kd_studies_path(from, study->id), *ours;
    kd_str    text = KD_STR_INIT;
    kd_status status = KD_OK;
    ours = kd_studies_path(store, study->id);
    if (!kd_fs_exists(ours) && kd_studies_verify(path, study->id, NULL) == KD_OK) {
        status = kd_fs_read(path, &text, err);
        if (status == KD_OK) status = write_text(store, ours, text.text, text.length, err);
        if (status == KD_OK) note_run(store, ours, &study->run);
    }
    kd_str_fini(&text);
    free(ours);
    free(path);
    return status;
}

kd_status kd_studies_copy(const kd_store *store, const kd_store *from, kd_error *err)
{
    kd_stored_study *studies;
    size_t           count;
    kd_status        status = kd_studies_list(from, &studies, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = copy_one(store, from, &studies[i], err);
    free(studies);
    return status;
}
