/* attempts.c - one pass over the journals. */
#include "harness/review/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"

typedef struct {
    kd_attempts *out;
    kd_id        id;
    const char  *study; /* of the run that is being read */
} reading;

static kd_status take(void *user, const kd_journal_entry *entry, kd_error *err)
{
    reading     *r = user;
    kd_attempts *a = r->out;
    (void)err;
    if (entry->type == KD_JOURNAL_RUN_BEGIN) r->study = kd_arena_strdup(a->arena, entry->text);
    if (!kd_id_equal(entry->id, r->id) || kd_id_is_none(entry->id)) return KD_OK;
    kd_vec_push(&a->records, (kd_attempt_record){ *entry, r->study });
    kd_journal_entry *kept = &a->records.items[a->records.count - 1].entry;
    kept->text = kd_arena_strdup(a->arena, entry->text);
    if (entry->type == KD_JOURNAL_ASSIGNED) a->label = kept->text;
    return KD_OK;
}

static void count_damage(void *user, const kd_journal_damage *damage)
{
    reading *r = user;
    r->out->damages += !damage->is_tail;
}

kd_status kd_attempts_open(kd_attempts *out, const kd_store *store, kd_id id, kd_error *err)
{
    *out = (kd_attempts){ .label = "", .log = KD_STR_INIT, .arena = kd_arena_create(0) };
    reading   r = { .out = out, .id = id, .study = "" };
    kd_status status = kd_journal_replay(store, take, count_damage, &r, err);
    if (status != KD_OK) {
        kd_attempts_close(out);
        return status;
    }
    char *path = kd_store_work_path(store, id, "log");
    if (kd_fs_read(path, &out->log, NULL) != KD_OK) kd_str_reset(&out->log);
    free(path);
    return KD_OK;
}

void kd_attempts_close(kd_attempts *a)
{
    kd_vec_fini(&a->records);
    kd_str_fini(&a->log);
    kd_arena_destroy(a->arena);
}
