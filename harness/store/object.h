/* object.h - one committed object: what a node of the graph computed, and how it came about.
 *
 *     /                    attributes: format, version, id, kind, contents
 *     /resolved            the text that a cell was started with
 *     /settings            rows of key and value: what a table may group by
 *     /metrics             rows of name and value: "test.entity_strict.f1", 0.8123
 *     /history/<column>    one value an epoch
 *     /weights/<name> ...  arrays, named by who writes them
 *     /provenance/facts    rows of key and value: program, libraries, host, job, times
 *     /provenance/timings  rows of name and seconds, or what else one run was measured at
 *
 * /resolved and /settings say what was asked for, /provenance how one run went; all the rest is
 * what was computed, and `contents` is its digest: two runs of one cell agree in it. An object
 * is written whole and renamed into place, or it does not exist; docs/FORMATS.md has the layout
 * in full.
 *
 * For tables and pages an object may be kept without its weights (kd_object_keep): the text left_out has a line for each
 * array that it has no more, with its checksum, so that `contents` is that of the whole one and can still be checked.
 */
#ifndef KD_STORE_OBJECT_H
#define KD_STORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/store/h5.h"
#include "harness/store/record.h"
#include "harness/store/store.h"

#define KD_OBJECT_VERSION 1

/* ---- write ---- */

typedef struct kd_object_draft kd_object_draft;

/* Facts about the program, from whoever knows them; any text may be NULL. Host, SLURM job and
 * the time of the commit are added by the draft. */
typedef struct {
    const char *version;   /* "0.1.0" */
    const char *commit;    /* of the sources */
    bool        is_dirty;  /* built from sources that differ from the commit */
    const char *libraries; /* "HDF5 1.10.8, OpenBLAS 0.3.21" */
    const char *cpu;       /* kind of CPU and instruction set */
    double      started_s; /* kd_clock_unix_s when the work began; 0 when unknown */
} kd_provenance;

/* Begin the object `id` of this kind ("model"). `resolved` is kept as it is; "" when there is
 * none. The caller commits or discards the draft, which borrows `store` until then. */
kd_status kd_object_create(kd_object_draft **out, const kd_store *store, kd_id id, const char *kind,
                           const char *resolved, kd_error *err);

/* Begin an object that belongs to no store, in a file of any name. Its id is the digest of its
 * contents. */
kd_status kd_object_create_file(kd_object_draft **out, const char *path, const char *kind,
                                kd_error *err);

/* Put an array of (rows, cols), or (rows) when cols is 0, under a name such as
 * "weights/lstm.weight_ih_l0". It is written now; `data` may change afterwards. */
kd_status kd_object_put(kd_object_draft *draft, const char *name, kd_h5_type type, const void *data,
                        size_t rows, size_t cols, kd_error *err);
kd_status kd_object_put_f32(kd_object_draft *draft, const char *name, const float *data,
                            size_t rows, size_t cols, kd_error *err);
kd_status kd_object_put_i32(kd_object_draft *draft, const char *name, const int32_t *data,
                            size_t rows, size_t cols, kd_error *err);
kd_status kd_object_put_text(kd_object_draft *draft, const char *name, const char *text,
                             kd_error *err);

/* The same piece by piece; go on with kd_h5_append and kd_h5_end. */
kd_status kd_object_begin(kd_h5_stream **out, kd_object_draft *draft, const char *name,
                          kd_h5_type type, size_t rows, size_t cols, kd_error *err);

/* One column of the history, a value for each of `epochs` epochs: "history/<column>". */
kd_status kd_object_put_history(kd_object_draft *draft, const char *column, const double *values,
                                size_t epochs, kd_error *err);

/* Rows of the tables; texts are copied. A name that comes twice is a bug. A timing "train_s" is
 * the metric "time.train_s" of the record; it says how one run went and is no part of the contents.
 */
void kd_object_put_setting(kd_object_draft *draft, const char *key, const char *value);
void kd_object_put_metric(kd_object_draft *draft, const char *name, double value);
void kd_object_put_timing(kd_object_draft *draft, const char *name, double seconds);
void kd_object_put_fact(kd_object_draft *draft, const char *key, const char *value);
void kd_object_put_provenance(kd_object_draft *draft, const kd_provenance *provenance);

/* Make it durable under its name, replacing one that is there. The draft is gone either way;
 * when this fails, nothing new is visible. */
kd_status kd_object_commit(kd_object_draft *draft, kd_error *err);
void      kd_object_discard(kd_object_draft *draft); /* NULL is fine */

/* ---- read ---- */

typedef struct kd_object kd_object;

/* Open and see that it is what its name says: KD_ENOINPUT when absent, KD_EDATA when it is
 * damaged, foreign or another object. The second form takes any file. */
kd_status kd_object_open(kd_object **out, const kd_store *store, kd_id id, kd_error *err);
kd_status kd_object_open_file(kd_object **out, const char *path, kd_error *err);

kd_id       kd_object_id(const kd_object *object);
kd_id       kd_object_contents(const kd_object *object); /* as written in the object */
const char *kd_object_kind(const kd_object *object);

/* Whether there is an array; what it is; its elements in memory of the caller or of the arena. */
kd_status kd_object_has(kd_object *object, const char *name, bool *has, kd_error *err);
kd_status kd_object_find(kd_object *object, const char *name, kd_h5_member *member, kd_error *err);
kd_status kd_object_get(kd_object *object, const char *name, kd_h5_type type, void *out,
                        size_t rows, size_t cols, kd_error *err);
kd_status kd_object_take(kd_object *object, const char *name, kd_h5_type type, kd_arena *arena,
                         void **out, size_t *rows, size_t *cols, kd_error *err);
/* Where it lies: see kd_h5_view. Borrowed until the object is closed. */
kd_status kd_object_view(kd_object *object, const char *name, kd_h5_type type, kd_arena *arena,
                         const void **out, size_t *rows, size_t *cols, kd_error *err);
kd_status kd_object_get_text(kd_object *object, const char *name, kd_str *out, kd_error *err);
kd_status kd_object_members(kd_object *object, const kd_h5_member **members, size_t *count,
                            kd_error *err);

/* Whether a member is part of what was computed, and so of the digest of the contents; else it is what was
 * asked for, or how one run went: paths and hosts, in which equal results may differ. */
bool kd_object_is_computed(const char *member);

/* Write what tables and pages are made from to `store`, as the object that was kept, durably: settings, metrics, history,
 * counts, labels, how the run went. Arrays of weights, pieces and outputs, and vocabularies, are left out; so is the host, and of
 * the files that were read the folders they lay in. */
kd_status kd_object_keep(kd_object *object, const kd_store *store, kd_error *err);

/* Take such an object away, where there is one, because the whole one is there. */
kd_status kd_object_drop_kept(const kd_store *store, kd_id id, kd_error *err);

/* Whether it is one that was kept so. Reading what was left out of it is KD_EDATA with these words. */
bool kd_object_is_kept(const kd_object *object);

/* Settings and metrics (timings among them) for the tables; all of it lives in the arena. */
kd_status kd_object_record(kd_object *object, kd_arena *arena, kd_record *record, kd_error *err);
kd_status kd_object_facts(kd_object *object, kd_arena *arena, kd_record_setting **facts,
                          size_t *count, kd_error *err);

/* Read every dataset and see that all checksums and the digest of the contents hold. */
kd_status kd_object_verify(kd_object *object, kd_error *err);

void kd_object_close(kd_object *object); /* NULL is fine */

#endif
