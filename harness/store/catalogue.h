/* catalogue.h - the records of all objects of a store, from one file.
 *
 *     objects/(names, stamps)  --compare-->  catalogue.h5   what is new is read and added
 *                                                |          what was replaced is read again
 *                                                |          what is gone is dropped
 *                                                v
 *                                          kd_record[]      sorted by id
 *
 * The catalogue is an index and no truth: it may be deleted at any time, and is rebuilt from
 * the objects. A row holds the stamp that its object's file had when it was read (store.h), and
 * is shown only while the file still has it. A store that cannot be written to is brought up to
 * date in memory only.
 */
#ifndef KD_STORE_CATALOGUE_H
#define KD_STORE_CATALOGUE_H

#include <stddef.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/store/record.h"
#include "harness/store/store.h"

typedef struct kd_catalogue kd_catalogue;

/* Open it up to date; the caller owns it. Objects that cannot be read are left out, with a line
 * about each in `notice` (may be NULL; emptied first). */
kd_status kd_catalogue_open(kd_catalogue **out, const kd_store *store, kd_str *notice,
                            kd_error *err);

/* Bring the file up to date, for who has added to the objects or taken from them: then questions
 * that may not write need not read every object. */
kd_status kd_catalogue_update(const kd_store *store, kd_error *err);

/* The records of those of `ids` that have an object, read from the objects themselves: what a disk
 * did to them since they were catalogued shows. The file is neither read nor written. */
kd_status kd_catalogue_read(kd_catalogue **out, const kd_store *store, const kd_id *ids,
                            size_t id_count, kd_str *notice, kd_error *err);

/* The rows of the file as they are, whatever became of the objects, for who checks them; empty
 * without a file that can be used. The caller owns it, also when the disk did not give the file: KD_EIO. */
kd_status kd_catalogue_peek(kd_catalogue **out, const kd_store *store, kd_error *err);

/* Write STORE/catalogue.h5 from records that are known already, sorted by id: those of all objects
 * of the store. What does not agree with the objects is put right when it is opened. */
kd_status kd_catalogue_write(const kd_store *store, const kd_record *records, size_t count,
                             kd_error *err);

/* All records, sorted by id; they live until the catalogue is closed. */
const kd_record *kd_catalogue_records(const kd_catalogue *catalogue, size_t *count);
const kd_record *kd_catalogue_find(const kd_catalogue *catalogue, kd_id id); /* or NULL */

/* The ids of the objects that are there and cannot be read, sorted. */
const kd_id *kd_catalogue_unreadable(const kd_catalogue *catalogue, size_t *count);

/* What the file of a record's object was like when it was read. */
kd_store_stamp kd_catalogue_stamp(const kd_catalogue *catalogue, const kd_record *record);

void kd_catalogue_close(kd_catalogue *catalogue); /* NULL is fine */

#endif
