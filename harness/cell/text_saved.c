/* text_saved.c - a header, then the arrays; a checksum over both tells what is whole. */
#include "harness/cell/text_saved.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/digest.h"
#include "harness/base/fs.h"

#define MAGIC 0x3174786574646bULL /* "kdtext1" */

/* Plain bytes, of this program on this machine: nobody else reads them. */
typedef struct {
    uint64_t         magic, size, checksum; /* of all that follows it */
    kd_text_progress progress;
    kd_text_stats    stats[KD_SPLITS];
    int64_t          pieces[KD_SPLITS], rows[KD_SPLITS];
} header;

static char *path_of(const kd_store *store, kd_id node, int number)
{
    char *name = kd_sprintf("text-%d", number);
    char *path = kd_store_work_path(store, node, name);
    free(name);
    return path;
}

/* ---- put ---- */

static uint64_t sum_up(const header *head, const kd_saved_part *part)
{
    kd_running_checksum *sum = kd_checksum_begin(0);
    kd_checksum_add(sum, &head->progress, sizeof *head - offsetof(header, progress));
    for (int s = 0; s < KD_SPLITS; s++) {
        kd_checksum_add(sum, part->rows[s].ids, (size_t)part->rows[s].pieces * sizeof(int32_t));
        kd_checksum_add(sum, part->rows[s].ends, (size_t)part->rows[s].rows * sizeof(int32_t));
    }
    return kd_checksum_end(sum);
}

static header header_of(const kd_saved_part *part)
{
    header head;
    memset(&head, 0, sizeof head); /* the gaps are digested as well */
    head.magic = MAGIC;
    head.size = sizeof head;
    head.progress = part->progress;
    for (int s = 0; s < KD_SPLITS; s++) {
        head.stats[s] = part->stats[s];
        head.pieces[s] = part->rows[s].pieces;
        head.rows[s] = part->rows[s].rows;
        head.size += 4 * (uint64_t)(head.pieces[s] + head.rows[s]);
    }
    head.checksum = sum_up(&head, part);
    return head;
}

kd_status kd_saved_part_put(const kd_store *store, kd_id node, int number,
                            const kd_saved_part *part, kd_error *err)
{
    kd_fs_draft draft;
    header      head = header_of(part);
    kd_status   status = kd_store_make_work(store, node, err);
    if (status != KD_OK) return status;
    char *path = path_of(store, node, number);
    status = kd_fs_draft_open(&draft, path, err);
    if (status == KD_OK) {
        status = kd_fs_draft_write(&draft, &head, sizeof head, err);
        for (int s = 0; s < KD_SPLITS && status == KD_OK; s++) {
            const kd_saved_rows *r = &part->rows[s];
            status = kd_fs_draft_write(&draft, r->ids, (size_t)r->pieces * sizeof *r->ids, err);
            if (status == KD_OK)
                status = kd_fs_draft_write(&draft, r->ends, (size_t)r->rows * sizeof *r->ends, err);
        }
        if (status == KD_OK)
            status = kd_fs_draft_commit(&draft, path, err);
        else
            kd_fs_draft_discard(&draft);
    }
    free(path);
    return status;
}

/* ---- get ---- */

/* The arrays behind the header, when they are as long as the file. */
static bool find_rows(kd_saved_part *out, const header *head, const kd_fs_view *view)
{
    const int32_t *at = (const int32_t *)(const void *)(view->bytes + sizeof *head);
    size_t         left = (view->length - sizeof *head) / sizeof *at;
    for (int s = 0; s < KD_SPLITS; s++) {
        int64_t pieces = head->pieces[s], rows = head->rows[s];
        if (pieces < 0 || rows < 0 || (uint64_t)pieces > left ||
            (uint64_t)rows > left - (size_t)pieces)
            return false;
        out->rows[s] = (kd_saved_rows){ at, at + pieces, pieces, rows };
        at += pieces + rows;
        left -= (size_t)(pieces + rows);
    }
    return left == 0;
}

static bool read_part(kd_saved_part *out, const kd_fs_view *view)
{
    header head;
    if (view->length < sizeof head) return false;
    memcpy(&head, view->bytes, sizeof head);
    if (head.magic != MAGIC || head.size != view->length || !find_rows(out, &head, view))
        return false;
    out->progress = head.progress;
    memcpy(out->stats, head.stats, sizeof head.stats);
    return out->rows[KD_TRAIN].rows > 0 && head.checksum == sum_up(&head, out);
}

kd_status kd_saved_part_get(kd_saved_part *out, kd_fs_view *view, const kd_store *store, kd_id node,
                            int number, bool *has, kd_error *err)
{
    char     *path = path_of(store, node, number);
    kd_status status = KD_OK;
    *has = kd_fs_exists(path);
    if (*has) status = kd_fs_map(view, path, err);
    if (*has && status == KD_OK && !read_part(out, view)) {
        kd_fs_unmap(view);
        *has = false;
    }
    free(path);
    return status;
}
