/* fixture.h - what all tests that need a store share: new stores, ids, objects, records, damage.
 *
 *     kd_store        *store = fixture_store("one");
 *     kd_object_draft *draft = fixture_model(store, fixture_id(3));
 *     kd_object_put_metric(draft, "test.f1", 0.5);
 *     fixture_finish(draft);
 *     fixture_record(store, &(kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = fixture_id(3) }, 1);
 *     kd_store_close(store);
 */
#ifndef KD_TESTS_STORE_FIXTURE_H
#define KD_TESTS_STORE_FIXTURE_H

#include <stdbool.h>

#include "harness/store/journal.h"
#include "harness/store/object.h"
#include "harness/store/store.h"
#include "tests/support/support.h"

/* A new store "<test folder>/<name>", open for writing; the caller closes it. One of that name that was there
 * before is gone. */
kd_store *fixture_store(const char *name);

/* The n-th id; no two are alike, and their order is not that of n. */
kd_id fixture_id(unsigned n);

/* A model to put things in, and its commit. */
kd_object_draft *fixture_model(const kd_store *store, kd_id id);
void             fixture_finish(kd_object_draft *draft);

/* Records in a journal of their own, durable. */
void fixture_record(const kd_store *store, const kd_journal_entry *entries, size_t count);

/* Commit a small model: settings, metrics, history, weights, provenance, all made from `seed`. */
kd_status fixture_commit(const kd_store *store, kd_id id, int seed, kd_error *err);

/* "<store>/<name>"; the path lives until the program ends. */
const char *fixture_path(const kd_store *store, const char *name);

/* Set the times of an object's file to `seconds` since 1970: tests do not wait for a clock's tick.
 */
void fixture_date(const kd_store *store, kd_id id, long seconds);

/* How many rows the file of the catalogue has, whatever became of their objects. */
size_t fixture_rows(const kd_store *store);

/* Change one byte of a file; overwrite a file without any ceremony; its contents. */
void  fixture_flip(const char *path, size_t offset, unsigned char mask);
void  fixture_write(const char *path, const void *bytes, size_t length);
char *fixture_read(const char *path, size_t *length); /* the caller frees it */

/* Ways in which nothing can ever be read where a file stood, from 0 on: a folder, a link to itself, a link to
 * nothing, a file that gives EIO. False when there is no such way. */
bool fixture_spoil(const char *path, int way);

#endif
