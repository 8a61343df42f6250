/* sweep_next.c - a lease becomes a file that says what to do, unless the object is there or others are at it. */
#include "harness/dispatch/sweep_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/ledger/ledger_rehearse.h"

/* Not durable on purpose: whoever needs the file is told only after it is written, and a later
 * lease writes it again. */
static kd_status write_text(const kd_store *store, const char *path, const kd_str *text,
                            kd_error *err)
{
    int       fd;
    kd_status status =
        kd_fs_open_below(&fd, kd_store_folder(store), path, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (status != KD_OK) return status;
    int     wrong = kd_fault_errno(KD_FAULT_WRITE);
    ssize_t put = wrong ? 0 : write(fd, text->text, text->length);
    if (!wrong) wrong = put < 0 ? errno : put < (ssize_t)text->length ? ENOSPC : 0;
    if (close(fd) != 0 && !wrong) wrong = errno;
    return wrong ? kd_fail_errno(err, wrong, "%s", path) : KD_OK;
}

/* The machines of a wide cell that is not only where its worker is. Whether it is spread over others. */
static bool list_hosts(const kd_sweep *s, int worker, kd_hosts *out)
{
    size_t             count = kd_ledger_stretches(s->ledger, worker, NULL, 0);
    bool               is_spread = false;
    kd_ledger_stretch *stretches = kd_alloc(count + 1, sizeof *stretches);
    kd_ledger_stretches(s->ledger, worker, stretches, count);
    for (size_t i = 0; i < count; i++) {
        is_spread |= stretches[i].place != s->seats[worker].place;
        kd_hosts_add(out, s->seats[stretches[i].place].host, stretches[i].ranks);
    }
    free(stretches);
    return is_spread;
}

static kd_status write_hosts(kd_sweep *s, int worker, kd_assignment *out, kd_error *err)
{
    kd_hosts  hosts = KD_VEC_INIT;
    kd_status status = KD_OK;
    out->is_spread = list_hosts(s, worker, &hosts);
    if (out->is_spread) {
        char *path = kd_store_work_path(s->options.store, out->id, "hosts");
        kd_str_reset(&s->text);
        kd_hosts_print(&hosts, &s->text);
        status = write_text(s->options.store, path, &s->text, err);
        free(path);
    }
    kd_vec_fini(&hosts);
    return status;
}

static kd_status write_cell(kd_sweep *s, uint32_t node, kd_id id, kd_error *err)
{
    kd_status status;
    kd_str_reset(&s->text);
    if ((status = s->options.work.text(s->options.work.self, node, &s->text, err)) != KD_OK ||
        (status = kd_store_make_work(s->options.store, id, err)) != KD_OK)
        return status;
    char *path = kd_store_work_path(s->options.store, id, "cell");
    status = write_text(s->options.store, path, &s->text, err);
    free(path);
    return status;
}

static void adopt(kd_sweep *s, int worker, kd_lease lease, kd_id id, double now_s)
{
    kd_outcome outcome = { .is_done = true, .point = KD_PROGRESS_POINT_INIT };
    kd_ledger_done(s->ledger, lease, -1);
    kd_sweep_append(s, KD_JOURNAL_ADOPTED, id, lease.attempt, worker);
    kd_sweep_tell(s, id, lease.node, KD_EVENT_ADOPTED, &outcome, 0, now_s);
}

static void fail_to_start(kd_sweep *s, int worker, kd_lease lease, kd_status status,
                          const kd_error *err, double now_s)
{
    kd_outcome outcome = kd_outcome_of(kd_cause_of_status(status), status, err);
    kd_sweep_result(s, worker, lease, &outcome, now_s);
}

/* A cell that is too wide for this member waits for one that has more cores, as long as one lives. */
static bool is_for_another(kd_sweep *s, const kd_work_item *item, double now_s)
{
    int cores = kd_sweep_cores_of(item);
    if (item->ranks > 1) return false; /* there is room, or this run had not begun */
    return s->cores > 0 && cores > s->cores && kd_claims_has_wider(s->claims, s->cores, now_s);
}

/* Whether there is nothing to do for this lease: the object is there, or will be by other hands. It is
 * looked for once more under the claim: who had that before may just have finished. */
static bool is_taken_care_of(kd_sweep *s, int worker, kd_lease lease, const kd_work_item *item,
                             double now_s)
{
    kd_id id = item->id;
    bool  is_there = kd_store_has(s->options.store, id);
    if (!is_there && (is_for_another(s, item, now_s) || !kd_claims_take(s->claims, id, now_s))) {
        kd_sweep_leave_elsewhere(s, lease, now_s);
        return true;
    }
    s->elsewhere_s[lease.node] = 0;
    if (!is_there && !kd_store_has_now(s->options.store, id)) return false;
    kd_claims_drop(s->claims, id);
    adopt(s, worker, lease, id, now_s);
    return true;
}

bool kd_sweep_next(kd_sweep *s, int worker, double now_s, kd_assignment *out)
{
    kd_lease lease;
    kd_error err;
    while (kd_ledger_rehearse(s->ledger, worker, now_s, &lease)) {
        kd_work_item item = kd_sweep_item(s, lease.node);
        *out = (kd_assignment){ .lease = lease,
                                .id = item.id,
                                .memory_bytes = s->options.memory_bytes,
                                .time_s = s->options.time_s,
                                .silence_s = s->options.silence_s,
                                .threads = kd_sweep_cores_of(&item),
                                .is_empty = item.is_empty };
        s->tasks[worker] = (kd_sweep_task){ .lease = lease, .point = KD_PROGRESS_POINT_INIT };
        if (!item.is_empty && is_taken_care_of(s, worker, lease, &item, now_s)) continue;
        kd_status status = write_cell(s, lease.node, item.id, &err);
        if (status == KD_OK && item.ranks > 1) status = write_hosts(s, worker, out, &err);
        if (status != KD_OK) {
            fail_to_start(s, worker, lease, status, &err, now_s);
            continue;
        }
        kd_journal_append(s->journal, &(kd_journal_entry){ .type = KD_JOURNAL_ASSIGNED,
                                                           .id = item.id,
                                                           .attempt = lease.attempt,
                                                           .worker = worker,
                                                           .text = kd_sweep_label(s, lease.node) });
        s->tasks[worker].since_s = kd_clock_unix_s();
        return true;
    }
    return false;
}
