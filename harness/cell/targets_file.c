/* targets_file.c - logits that were computed elsewhere, checked against the corpus.
 *
 *     /labels       texts: the names of the columns, in their order
 *     /ids/<n>      whole numbers (T): the pieces of sentence n of the training split
 *     /logits/<n>   floats (T,K), or (1,K) for a class of the sentence
 *     source        an attribute of the file, for people: where the logits come from
 *
 * Pieces are compared one by one: logits of another corpus, or of another way to cut words, would
 * otherwise be learned without anybody noticing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/objects/targets.h"
#include "harness/store/foreign.h"

typedef struct {
    kd_foreign       *file;
    const char       *path;
    const kd_dataset *dataset;
    const kd_pack    *pack;
    size_t            labels;
    float            *logits; /* (rows,K) */
    int32_t          *ids;    /* of the sentence at hand */
} reading;

/* ---- labels ---- */

static kd_status check_labels(const reading *r, kd_error *err)
{
    kd_str    names = KD_STR_INIT;
    kd_status status = kd_foreign_texts(r->file, "labels", &names, err);
    if (status == KD_OK && (status = kd_dataset_agrees(r->dataset, names.text, err)) != KD_OK)
        kd_while(err, status, "%s: '/labels'", r->path);
    kd_str_fini(&names);
    return status;
}

/* ---- sentences ---- */

static kd_status check_count(const reading *r, const char *group, kd_error *err)
{
    size_t    count;
    kd_status status = kd_foreign_count(r->file, group, &count, err);
    if (status == KD_OK && count != (size_t)r->pack->sentences)
        return kd_fail(err, KD_EDATA, "%s: '/%s' has %zu sentences, the corpus has %d", r->path,
                       group, count, r->pack->sentences);
    return status;
}

static kd_status check_pieces(reading *r, int sentence, int length, kd_error *err)
{
    char           name[32];
    size_t         rows, cols;
    const int32_t *here = r->pack->ids + r->pack->piece_begin[sentence];
    snprintf(name, sizeof name, "ids/%d", sentence);
    kd_status status = kd_foreign_shape(r->file, name, &rows, &cols, err);
    if (status != KD_OK) return status;
    if (rows != (size_t)length || cols != 0)
        return kd_fail(err, KD_EDATA,
                       "%s: '/%s' has %zu pieces, sentence %d of the corpus has %d: another corpus "
                       "or another tokenizer",
                       r->path, name, rows, sentence, length);
    if ((status = kd_foreign_ints(r->file, name, r->ids, rows, err)) != KD_OK) return status;
    for (int i = 0; i < length; i++)
        if (r->ids[i] != here[i])
            return kd_fail(err, KD_EDATA,
                           "%s: '/%s': piece %d is %d, in the corpus it is %d: another corpus or "
                           "another tokenizer",
                           r->path, name, i, r->ids[i], here[i]);
    return KD_OK;
}

static kd_status read_logits(const reading *r, int sentence, size_t from, size_t count,
                             kd_error *err)
{
    char   name[32];
    size_t rows, cols;
    float *to = r->logits + from * r->labels;
    snprintf(name, sizeof name, "logits/%d", sentence);
    kd_status status = kd_foreign_shape(r->file, name, &rows, &cols, err);
    if (status != KD_OK) return status;
    if (rows != count || cols != r->labels)
        return kd_fail(err, KD_EDATA, "%s: '/%s' is (%zu,%zu), expected (%zu,%zu)", r->path, name,
                       rows, cols, count, r->labels);
    if ((status = kd_foreign_floats(r->file, name, to, rows * cols, err)) != KD_OK) return status;
    for (size_t i = 0; i < count * r->labels; i++)
        if (!isfinite(to[i]))
            return kd_fail(err, KD_EDATA, "%s: '/%s' holds a number that is not finite", r->path,
                           name);
    return KD_OK;
}

static kd_status read_sentence(reading *r, int sentence, kd_error *err)
{
    bool      is_of_pieces = kd_task_is_of_pieces(r->pack->task);
    int       from = r->pack->piece_begin[sentence];
    int       length = r->pack->piece_begin[sentence + 1] - from;
    kd_status status = check_pieces(r, sentence, length, err);
    if (status != KD_OK) return status;
    return read_logits(r, sentence, (size_t)(is_of_pieces ? from : sentence),
                       is_of_pieces ? (size_t)length : 1, err);
}

static kd_status read_all(reading *r, kd_error *err)
{
    kd_status status = check_labels(r, err);
    if (status == KD_OK) status = check_count(r, "ids", err);
    if (status == KD_OK) status = check_count(r, "logits", err);
    for (int b = 0; b < r->pack->sentences && status == KD_OK; b++)
        status = read_sentence(r, b, err);
    return status;
}

kd_status kd_targets_read_file(const char *path, const kd_dataset *dataset, float **logits,
                               kd_str *source, kd_error *err)
{
    reading   r = { .path = path,
                    .dataset = dataset,
                    .pack = &dataset->split[KD_TRAIN],
                    .labels = (size_t)kd_labels_count(dataset->labels) };
    kd_status status = kd_foreign_open(&r.file, path, err);
    *logits = NULL;
    if (status != KD_OK) return status;
    r.logits = kd_alloc((size_t)kd_targets_rows(r.pack) * r.labels, sizeof *r.logits);
    r.ids = kd_alloc((size_t)r.pack->pieces + 1, sizeof *r.ids);
    status = read_all(&r, err);
    if (status == KD_OK) status = kd_foreign_mark(r.file, "source", source, err);
    kd_foreign_close(r.file);
    free(r.ids);
    if (status == KD_OK)
        *logits = r.logits;
    else
        free(r.logits);
    return status;
}
