/* catalogue.h - the records of all objects of a store, from one file.
 *
 *     objects/(names)  --compare-->  catalogue.h5   what is new is read and added
 *                                        |          what is gone is dropped
 *                                        v
 *                                  kd_record[]      sorted by id
 *
 * The catalogue is an index and no truth: it may be deleted at any time, and is rebuilt from
 * the objects. A store that cannot be written to is brought up to date in memory only.
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

/* Write STORE/catalogue.h5 from records that are known already, sorted by id: those of all objects
 * of the store. What does not agree with the objects is put right when it is opened. */
kd_status kd_catalogue_write(const kd_store *store, const kd_record *records, size_t count,
                             kd_error *err);

/* All records, sorted by id; they live until the catalogue is closed. */
const kd_record *kd_catalogue_records(const kd_catalogue *catalogue, size_t *count);
const kd_record *kd_catalogue_find(const kd_catalogue *catalogue, kd_id id); /* or NULL */

void kd_catalogue_close(kd_catalogue *catalogue); /* NULL is fine */

#endif
