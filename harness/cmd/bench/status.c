/* status.c - `kdgrid bench status`: the journal of many cells, told by `kdgrid status`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "distill/method.h"
#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/store/journal.h"

typedef struct {
    int  cells, repeats;
    bool as_json;
} status_options;

enum { TEXT, MEMORY, FIGURES };

static const kd_figure blank[FIGURES] = {
    [TEXT] = { "status_s", "status", "s" },
    [MEMORY] = { "memory_mib", "  of which memory", "MiB" },
};

/* What a run of a real study leaves: each cell assigned under its name and done, one in a thousand
 * given up. */
static kd_status write_journal(const char *folder, int cells, kd_error *err)
{
    kd_store   *store = NULL;
    kd_journal *journal = NULL;
    kd_str      label = KD_STR_INIT;
    kd_status   status = kd_store_open(&store, folder, KD_STORE_CREATE, err);
    if (status == KD_OK) status = kd_journal_open(&journal, store, err);
    if (status == KD_OK)
        kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN,
                                                        .worker = -1,
                                                        .value = cells,
                                                        .text = "bench" });
    for (int i = 0; i < cells && status == KD_OK; i++) {
        kd_journal_entry entry = { .id = kd_id_of_bytes(&i, sizeof i),
                                   .attempt = 1,
                                   .worker = i % 7 };
        kd_str_reset(&label);
        kd_str_addf(&label, "hidden=%d method=%s seed=%d", 8 + i % 25, kd_methods[1 - i % 2]->name,
                    i / 50);
        entry.type = KD_JOURNAL_ASSIGNED;
        entry.text = label.text;
        kd_journal_append(journal, &entry);
        bool has_failed = i % 1000 == 999;
        entry.type = has_failed ? KD_JOURNAL_GIVEN_UP : KD_JOURNAL_DONE;
        entry.status = has_failed ? KD_EDIVERGED : KD_OK;
        entry.cause = has_failed ? KD_CAUSE_DIVERGED : KD_CAUSE_NONE;
        entry.text = has_failed ? "exit 4: epoch 3: the loss is not finite" : NULL;
        kd_journal_append(journal, &entry);
        if (i % 10000 == 9999) status = kd_journal_commit(journal, err);
    }
    if (status == KD_OK) status = kd_journal_commit(journal, err);
    kd_journal_close(journal);
    kd_store_close(store);
    kd_str_fini(&label);
    return status;
}

static kd_status bench(const status_options *o, kd_figure *figures, kd_error *err)
{
    char     *folder = NULL;
    kd_status status = kd_bench_folder(&folder, err);
    if (status != KD_OK) return status;
    char             *store = kd_fs_join(folder, "store"), *output = kd_fs_join(folder, "out");
    const char *const words[] = { "status", store, NULL };
    status = write_journal(store, o->cells, err);
    for (int i = 0; i < o->repeats && status == KD_OK; i++) {
        kd_verb_cost cost;
        status = kd_bench_verb(words, output, &cost, err);
        if (status != KD_OK) break;
        kd_figure_add(&figures[TEXT], cost.seconds);
        kd_figure_add(&figures[MEMORY], cost.peak_mib);
    }
    kd_fs_remove(folder, NULL);
    free(store);
    free(output);
    free(folder);
    return status;
}

kd_status kd_bench_status(int argc, char **argv, kd_error *err)
{
    status_options o = { .cells = 1000000, .repeats = 5 };
    const kd_arg   table[] = { { 0, "cells", KD_ARG_INT, &o.cells, "N", "in the store (1000000)" },
                               { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of the bench (5)" },
                               KD_ARG_JSON(o.as_json),
                               KD_ARG_END };
    kd_args        args = { "bench status", "[OPTION]...",
                            "How long `kdgrid status` takes for a store of many cells.", table };
    kd_figure      figures[FIGURES] = { blank[TEXT], blank[MEMORY] };
    kd_status      status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.cells < 1 || o.repeats < 1)
        return kd_fail(err, KD_EUSAGE, "bench status: expected numbers of 1 or more");
    status = bench(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    return status;
}
