/* object_internal.h - what the files of objects share.
 *
 *     object.c             drafts: put, commit
 *     object_read.c        open, get, verify
 *     object_contents.c    the digest of what an object holds, and its marks
 *     object_keep.c        one that is kept without its weights
 */
#ifndef KD_STORE_OBJECT_INTERNAL_H
#define KD_STORE_OBJECT_INTERNAL_H

#include <string.h>

#include "harness/store/keys.h"
#include "harness/store/object.h"

#define KD_OBJECT_FORMAT  "kdgrid object"
#define KD_OBJECT_FACTS   KD_KEY_PROVENANCE "facts"
#define KD_OBJECT_TIMINGS KD_KEY_PROVENANCE "timings"

struct kd_object {
    kd_h5 *h5;
    kd_id  id, contents;
    kd_str kind;
    char  *store;    /* its folder, "" for a file by itself */
    kd_str left_out; /* of one that was kept */
};

/* Tables are in these orders. */
static inline int kd_object_by_key(const void *a, const void *b)
{
    return strcmp(((const kd_record_setting *)a)->key, ((const kd_record_setting *)b)->key);
}

static inline int kd_object_by_name(const void *a, const void *b)
{
    return strcmp(((const kd_record_metric *)a)->name, ((const kd_record_metric *)b)->name);
}

/* The digest of all that was computed, by name: names, types, shapes, checksums; also of what was left out. */
kd_status kd_object_digest(kd_id *out, kd_h5 *h5, const char *kind, kd_error *err);

/* What tells what a file is; the last that is written to it. */
kd_status kd_object_put_marks(kd_h5 *h5, kd_id id, const char *kind, kd_id contents, kd_error *err);

/* A line for an array that is left out, as kd_object_digest reads it: "f32 300 32 3f0c... weights/x". */
void kd_object_print_left_out(const kd_h5_member *member, kd_str *out);

#endif
