/* attempt.c - paths and a command line around a child. */
#include "harness/child/attempt.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/base/fs.h"

struct kd_attempt {
    const kd_site *site;
    kd_assignment  assign;
    char          *cell, *log, *hosts;
    kd_child      *child;
};

kd_nursery *kd_attempt_nursery(const char *program)
{
    return kd_child_nursery((const char *[]){ program, "cell", "--nursery", NULL });
}

kd_status kd_attempt_start(kd_attempt **out, const kd_site *site, const kd_assignment *assign,
                           kd_error *err)
{
    kd_attempt *a = kd_alloc(1, sizeof *a);
    a->site = site;
    a->assign = *assign;
    a->cell = kd_store_work_path(site->store, assign->id, "cell");
    a->log = kd_store_work_path(site->store, assign->id, "log");
    a->hosts = kd_store_work_path(site->store, assign->id, "hosts");

    char        pipe[16];
    const char *argv[] = { site->program,
                           "cell",
                           a->cell,
                           "--store",
                           kd_store_folder(site->store),
                           "--progress-fd",
                           pipe,
                           assign->is_spread ? "--hosts" : NULL,
                           a->hosts,
                           NULL };
    snprintf(pipe, sizeof pipe, "%d", KD_CHILD_PIPE);
    kd_child_options options = { .argv = argv,
                                 .log = a->log,
                                 .memory_bytes = assign->memory_bytes,
                                 .time_s = assign->time_s,
                                 .silence_s = assign->silence_s,
                                 .grace_s = site->grace_s,
                                 .nursery = site->nursery };
    kd_status        status = kd_child_start(&a->child, &options, err);
    if (status != KD_OK) {
        kd_attempt_close(a);
        return status;
    }
    *out = a;
    return KD_OK;
}

kd_lease kd_attempt_lease(const kd_attempt *attempt)
{
    return attempt->assign.lease;
}

kd_child *kd_attempt_child(const kd_attempt *attempt)
{
    return attempt->child;
}

/* Seen here and not by the coordinator: the machine that renamed the object into place knows of
 * it at once, another one of the cluster may not for some seconds. */
static void expect_object(const kd_attempt *a, kd_outcome *out)
{
    if (a->assign.is_empty || kd_store_has(a->site->store, a->assign.id)) return;
    out->is_done = false;
    out->cause = KD_CAUSE_ABORT;
    out->status = KD_EBUG;
    snprintf(out->text, sizeof out->text, "it ended well, but left no object");
}

/* Its own file was there when it was started. When a failure that it would be blamed for finds it gone,
 * so is the store, or what is seen of it from this machine: the ground's failure. */
static void expect_ground(const kd_attempt *a, kd_outcome *out)
{
    if (out->cause != KD_CAUSE_BAD && out->cause != KD_CAUSE_ABORT) return;
    if (kd_fs_exists(a->cell)) return;
    out->cause = KD_CAUSE_SYSTEM;
    out->status = KD_EIO;
    snprintf(out->text, sizeof out->text, "%s: is gone, and with it the cell's work",
             kd_store_folder(a->site->store));
}

bool kd_attempt_ended(kd_attempt *a, kd_outcome *out)
{
    if (!kd_child_ended(a->child, out)) return false;
    if (out->is_done) expect_object(a, out);
    if (!out->is_done) expect_ground(a, out);
    /* A work folder that cannot be removed costs disk, not the result. */
    if (out->is_done && !a->site->keeps_work)
        kd_store_drop_work(a->site->store, a->assign.id, NULL);
    return true;
}

void kd_attempt_close(kd_attempt *a)
{
    if (!a) return;
    kd_child_close(a->child);
    free(a->cell);
    free(a->log);
    free(a->hosts);
    free(a);
}
