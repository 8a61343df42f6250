/* wide_rank.c - one peer: the cell's text, the store, the exchange. */
#include "harness/dispatch/wide_rank.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/interrupt.h"
#include "harness/base/log.h"
#include "harness/cell/cell.h"
#include "harness/dispatch/exchange.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/ranks.h"

#define TOLD_S \
    2.0 /* in which rank 0 has told a failure that all ranks meet, before the first of them leaves */

static volatile sig_atomic_t was_asked_to_stop;

static void note_signal(int number)
{
    (void)number;
    was_asked_to_stop = 1;
}

static bool should_stop(void *user)
{
    (void)user;
    return was_asked_to_stop;
}

static void tell(void *user, const kd_progress_point *point)
{
    (void)user;
    kd_launch_tell_point(point);
}

static kd_status run(const char *path, const char *folder, const kd_peers *peers, kd_error *err)
{
    kd_str      text = KD_STR_INIT;
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_store   *store = NULL;
    kd_status   status;
    if ((status = kd_fs_read(path, &text, err)) == KD_OK &&
        (status = kd_resolved_parse(&node, arena, text.text, path, err)) == KD_OK &&
        (status = kd_store_open(&store, folder, KD_STORE_WRITE, err)) == KD_OK) {
        kd_cell_context context = { .store = store,
                                    .should_stop = should_stop,
                                    .on_progress = peers->rank == 0 ? tell : NULL,
                                    .peers = peers };
        status = kd_cell_run(&node, text.text, &context, err);
    }
    kd_store_close(store);
    kd_arena_destroy(arena);
    kd_str_fini(&text);
    return status;
}

/* What all ranks meet in the same place rank 0 tells; a disk or a file that is not there may be one rank's alone. */
static bool is_own_affair(kd_status status)
{
    return status == KD_EIO || status == KD_ENOINPUT;
}

static void name_rank(int rank)
{
    char name[32];
    snprintf(name, sizeof name, "rank %d", rank);
    if (rank > 0) kd_log_set_name(name);
}

kd_status kd_wide_rank(int argc, char **argv, kd_error *err)
{
    const char  *folder = "store";
    const kd_arg table[] = { { 0, "store", KD_ARG_TEXT, &folder, "DIR", "as of kdgrid cell" },
                             KD_ARG_END };
    kd_args      args = { "cell", "FILE --store DIR", "One rank of a wide cell.", table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK) status = kd_args_expect(&args, 1, 1, err);
    if (status != KD_OK) return status;
    static const int asking[] = { SIGUSR1 };
    kd_interrupt_catch(asking, 1, note_signal, SA_RESTART);
    kd_peers peers = kd_exchange_open();
    name_rank(peers.rank);
    if (peers.rank == 0) kd_launch_tell_ready();
    status = run(args.words[0], folder, &peers, err);
    if (status == KD_OK) kd_exchange_meet(INFINITY);
    if (peers.rank == 0)
        kd_launch_tell_end(status, err->text);
    else if (is_own_affair(status))
        kd_log_error("%s", err->text);
    if (status != KD_OK && !is_own_affair(status)) kd_exchange_meet(TOLD_S);
    kd_exchange_close();
    return status;
}
