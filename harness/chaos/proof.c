/* proof.c - the log, the journal, the objects, side by side. */
#include "harness/chaos/proof.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/vec.h"
#include "harness/store/fsck.h"
#include "harness/store/journal.h"
#include "harness/store/object.h"

const char *kd_proof_words(kd_proof proof)
{
    static const char *const words[KD_PROOF_COUNT] = {
#define X(name, words) words,
        KD_PROOFS(X)
#undef X
    };
    return words[proof];
}

void kd_proof_fail(kd_proofs *proofs, kd_proof proof, size_t count, const char *fmt, ...)
{
    va_list args;
    if (count == 0) return;
    if (proofs->failed[proof] == 0) {
        va_start(args, fmt);
        vsnprintf(proofs->first[proof].text, sizeof proofs->first[proof].text, fmt, args);
        va_end(args);
    }
    proofs->failed[proof] += count;
}

void kd_proof_renew(kd_proofs *kept, const kd_proofs *look)
{
    kd_proofs old = *kept;
    *kept = *look;
    for (int i = 0; i < KD_PROOF_COUNT; i++) {
        if (old.failed[i] <= look->failed[i]) continue;
        kept->failed[i] = old.failed[i];
        kept->first[i] = old.first[i];
    }
}

void kd_proof_sum(kd_proofs *total, const kd_proofs *one)
{
    for (int i = 0; i < KD_PROOF_COUNT; i++)
        kd_proof_fail(total, (kd_proof)i, one->failed[i], "%s", one->first[i].text);
    for (int i = 0; i < KD_FAULT_COUNT; i++) total->faults[i] += one->faults[i];
    total->acknowledged += one->acknowledged;
    total->cells += one->cells;
}

/* ---- the log ---- */

/* What one run claimed, and what is there of it. */
typedef struct {
    uint32_t run;
    uint64_t claimed, found;
} claim;

/* A record that says that a cell is done. */
typedef struct {
    kd_id id;
    bool  is_adopted; /* found made, by whoever it was */
} result;

typedef struct {
    kd_proofs *proofs;
    size_t     members;
    KD_VEC(claim) claims;
    KD_VEC(result) done;
} evidence;

static claim *claim_of(evidence *e, uint32_t run)
{
    for (size_t i = e->claims.count; i-- > 0;) /* the newest is asked for most */
        if (e->claims.items[i].run == run) return &e->claims.items[i];
    kd_vec_push(&e->claims, (claim){ .run = run });
    return &e->claims.items[e->claims.count - 1];
}

static void take_line(evidence *e, const char *line)
{
    unsigned           run;
    unsigned long long sequence;
    if (sscanf(line, "durable %u %llu", &run, &sequence) == 2) {
        claim *c = claim_of(e, run);
        if (sequence > c->claimed) c->claimed = sequence;
    }
    for (int i = 0; i < KD_FAULT_COUNT; i++)
        e->proofs->faults[i] += strcmp(line, kd_fault_word((kd_fault)i)) == 0;
}

static void read_log(evidence *e, const char *log)
{
    kd_str text = KD_STR_INIT;
    if (kd_fs_read(log, &text, NULL) == KD_OK)
        for (char *line, *rest = text.text; (line = strsep(&rest, "\n"));) take_line(e, line);
    kd_str_fini(&text);
}

/* ---- the journal ---- */

static kd_status see_record(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    evidence *e = user;
    claim    *c = claim_of(e, entry->run);
    c->found += entry->sequence <= c->claimed;
    if (entry->type == KD_JOURNAL_DONE || entry->type == KD_JOURNAL_ADOPTED)
        kd_vec_push(&e->done, (result){ entry->id, entry->type == KD_JOURNAL_ADOPTED });
    return KD_OK;
}

static void see_damage(void *user, const kd_journal_damage *damage)
{
    evidence *e = user;
    /* A torn tail is what a killed writer leaves; anywhere else something was lost. */
    kd_proof_fail(e->proofs, KD_PROOF_DAMAGED, !damage->is_tail,
                  "journal/%04u: %llu bytes at %llu are no record", damage->run,
                  (unsigned long long)damage->length, (unsigned long long)damage->offset);
}

static void judge_claims(const evidence *e)
{
    for (size_t i = 0; i < e->claims.count; i++) {
        const claim *c = &e->claims.items[i];
        e->proofs->acknowledged += c->claimed;
        kd_proof_fail(e->proofs, KD_PROOF_LOST, c->claimed - c->found,
                      "journal/%04u: %llu records were said to be durable, %llu are there", c->run,
                      (unsigned long long)c->claimed, (unsigned long long)c->found);
    }
}

/* Of one cell, what was done before what was adopted. */
static int by_id(const void *a, const void *b)
{
    const result *first = a, *second = b;
    int           order = kd_id_compare(first->id, second->id);
    return order ? order : (int)first->is_adopted - (int)second->is_adopted;
}

/* A run that is alone adopts only what nobody has told; of several each tells what it found made by another. */
static bool is_twice(const evidence *e, const result *before, const result *r)
{
    return kd_id_equal(before->id, r->id) && (e->members == 1 || !r->is_adopted);
}

static void judge_results(const evidence *e, const kd_store *store)
{
    const result *r = e->done.items;
    if (e->done.count) qsort(e->done.items, e->done.count, sizeof *r, by_id);
    for (size_t i = 0; i < e->done.count; i++) {
        char text[KD_ID_TEXT];
        kd_id_text(text, r[i].id);
        if (i > 0)
            kd_proof_fail(e->proofs, KD_PROOF_TWICE, is_twice(e, &r[i - 1], &r[i]),
                          "cell %s has two records", text);
        if (i > 0 && kd_id_equal(r[i - 1].id, r[i].id)) continue;
        e->proofs->cells++;
        kd_proof_fail(e->proofs, KD_PROOF_LOST, !kd_store_has(store, r[i].id),
                      "cell %s was done and has no object", text);
    }
}

void kd_proof_store(kd_proofs *proofs, const char *folder, const char *log, size_t members)
{
    evidence  e = { .proofs = proofs, .members = members };
    kd_store *store = NULL;
    kd_error  why = { "" };
    read_log(&e, log);
    char     *objects = kd_fs_join(folder, "objects");
    bool      is_made = kd_fs_is_folder(objects); /* else a run was killed before it did anything */
    kd_status status = is_made ? kd_store_open(&store, folder, KD_STORE_READ, &why) : KD_OK;
    if (store) status = kd_journal_replay(store, see_record, see_damage, &e, &why);
    kd_proof_fail(proofs, KD_PROOF_CLOSED, status != KD_OK, "%s", why.text);
    if (store) judge_results(&e, store);
    judge_claims(&e);
    kd_store_close(store);
    kd_vec_fini(&e.claims);
    kd_vec_fini(&e.done);
    free(objects);
}

/* ---- the end ---- */

static void see_finding(void *user, const kd_fsck_finding *finding)
{
    kd_proof_fail(user, KD_PROOF_DAMAGED, finding->is_problem, "%s: %s", finding->kind,
                  finding->text);
}

void kd_proof_whole(kd_proofs *proofs, const char *folder)
{
    kd_store      *store;
    kd_fsck_counts counts;
    kd_error       why;
    kd_status      status = kd_store_open(&store, folder, KD_STORE_READ, &why);
    if (status == KD_OK) status = kd_fsck_run(store, false, see_finding, proofs, &counts, &why);
    kd_proof_fail(proofs, KD_PROOF_CLOSED, status != KD_OK, "%s", why.text);
    kd_store_close(store);
}

static bool read_contents(kd_id *out, const kd_store *store, kd_id id, kd_error *why)
{
    kd_object *object;
    if (kd_object_open(&object, store, id, why) != KD_OK) return false;
    *out = kd_object_contents(object);
    kd_object_close(object);
    return true;
}

static void compare(kd_proofs *proofs, const kd_store *store, const kd_store *undisturbed, kd_id id)
{
    kd_id    ours, theirs;
    kd_error why;
    char     text[KD_ID_TEXT];
    kd_id_text(text, id);
    if (!read_contents(&theirs, undisturbed, id, &why) || !read_contents(&ours, store, id, &why))
        kd_proof_fail(proofs, KD_PROOF_MISSING, 1, "%s", why.text);
    else
        kd_proof_fail(proofs, KD_PROOF_UNEQUAL, !kd_id_equal(ours, theirs),
                      "cell %s is not what the undisturbed run made", text);
}

void kd_proof_equal(kd_proofs *proofs, const char *folder, const char *undisturbed)
{
    kd_store *stores[2] = { NULL, NULL };
    kd_id    *ids = NULL;
    size_t    count = 0;
    kd_error  why;
    kd_status status = kd_store_open(&stores[0], folder, KD_STORE_READ, &why);
    if (status == KD_OK) status = kd_store_open(&stores[1], undisturbed, KD_STORE_READ, &why);
    if (status == KD_OK) status = kd_store_list(stores[1], &ids, &count, &why);
    kd_proof_fail(proofs, KD_PROOF_CLOSED, status != KD_OK, "%s", why.text);
    for (size_t i = 0; i < count; i++) compare(proofs, stores[0], stores[1], ids[i]);
    kd_store_close(stores[0]);
    kd_store_close(stores[1]);
    free(ids);
}
