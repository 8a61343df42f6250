/* supervise.c - start a cell, listen, enforce its limits, say in one line how it ended. */
#include "harness/child/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/child/memory.h"

#define LOOK_S    0.05       /* a log that grows is looked at so often, */
#define LOOK_MOST 0.5        /* one that does not ever more rarely */
#define LOG_LIMIT (16 << 20) /* of a longer log only the end is kept */
#define LOG_KEPT  (64 << 10)
#define TAIL      1024 /* bytes of the log that are read for its last lines */

/* Why we ended it, when we did. */
typedef enum { OURS_NOT, OURS_STOP, OURS_TIME, OURS_HANG } reason;

struct kd_child {
    kd_child_options  options;
    kd_process        process;
    kd_progress_point point;
    char              line[256]; /* of the pipe, as far as it has come */
    size_t            line_length;
    double            started_s, heard_s, looked_s;
    double            kill_s;              /* when SIGKILL follows; 0 for never */
    int64_t           log_start, log_size; /* where its words begin, and end */
    double            look_s;              /* between looks at the log */
    int64_t           kills;               /* over memory, before it began; -1 for unknown */
    reason            reason;
};

/* ---- its words ---- */

static void take_line(kd_child *child)
{
    child->line[child->line_length] = 0;
    child->line_length = 0;
    kd_progress_point_read(&child->point, child->line);
}

/* A line that does not fit is cut: progress is told in short lines. */
static void listen_to(kd_child *child)
{
    char    bytes[512];
    ssize_t got;
    if (child->process.pipe < 0) return;
    while ((got = read(child->process.pipe, bytes, sizeof bytes)) > 0) {
        child->heard_s = kd_clock_s();
        for (ssize_t i = 0; i < got; i++)
            if (bytes[i] == '\n')
                take_line(child);
            else if (child->line_length + 1 < sizeof child->line)
                child->line[child->line_length++] = bytes[i];
    }
    if (got == 0) { /* it closed its end: a closed pipe would keep poll(2) from sleeping */
        close(child->process.pipe);
        child->process.pipe = -1;
    }
}

/* ---- its limits ---- */

static void end_for(kd_child *child, reason why, double grace_s)
{
    if (child->reason == OURS_NOT) child->reason = why;
    double kill_s = kd_clock_s() + grace_s;
    if (child->kill_s > 0 && child->kill_s <= kill_s) return;
    child->kill_s = kill_s;
    kd_process_signal(&child->process, grace_s > 0 ? SIGTERM : SIGKILL);
}

/* The log is opened for appending, so it can be cut while the cell writes; what it writes between
 * our reading and our cutting is lost. */
static void bound_log(kd_child *child)
{
    static const char note[] = "(the log grew past 16 MB; here follows its end)\n";
    int64_t           size = kd_fs_size(child->options.log);
    child->look_s = size == child->log_size ? fmin(2 * child->look_s, LOOK_MOST) : LOOK_S;
    child->log_size = size;
    if (size <= LOG_LIMIT) return;
    int     fd = open(child->options.log, O_RDWR | O_APPEND | KD_FS_AS_IT_IS);
    char   *end = kd_alloc(LOG_KEPT, 1);
    ssize_t got = fd < 0 ? 0 : pread(fd, end, LOG_KEPT, size - LOG_KEPT);
    if (fd >= 0 && ftruncate(fd, 0) == 0 && write(fd, note, sizeof note - 1) > 0 && got > 0 &&
        write(fd, end, (size_t)got) < got) { /* a full disk: then the end is missing */
    }
    if (fd >= 0) close(fd);
    free(end);
    child->log_start = 0;
}

/* When we were away, so may the cell have been: its spans are longer by that. */
static void forgive(kd_child *child, double now_s)
{
    double away_s = kd_clock_absence_s(child->looked_s, now_s);
    child->started_s += away_s;
    child->heard_s = fmin(child->heard_s + away_s, now_s);
    if (child->kill_s > 0) child->kill_s += away_s;
}

static void enforce(kd_child *child, double now_s)
{
    const kd_child_options *o = &child->options;
    forgive(child, now_s);
    if (child->kill_s > 0 && now_s >= child->kill_s) kd_process_signal(&child->process, SIGKILL);
    if (child->reason == OURS_NOT && o->time_s > 0 && now_s - child->started_s > o->time_s)
        end_for(child, OURS_TIME, o->grace_s);
    if (child->reason == OURS_NOT && o->silence_s > 0 && now_s - child->heard_s > o->silence_s)
        end_for(child, OURS_HANG, 0);
    bound_log(child);
    child->looked_s = now_s;
}

/* Seconds until something has to be enforced. */
static double next_limit(const kd_child *child, double now_s)
{
    const kd_child_options *o = &child->options;
    double                  next = child->looked_s + child->look_s;
    if (child->kill_s > 0) next = fmin(next, child->kill_s);
    if (o->time_s > 0 && child->reason == OURS_NOT) next = fmin(next, child->started_s + o->time_s);
    if (o->silence_s > 0 && child->reason == OURS_NOT)
        next = fmin(next, child->heard_s + o->silence_s);
    return fmax(0.001, next - now_s);
}

/* ---- its end ---- */

/* The system ends who wants too much memory by SIGKILL. Where it counts whom, a count that grew
 * while this child lived tells; where nobody counts, who was that large is taken at its size. */
static bool was_too_large(const kd_child *child, const kd_process_end *end)
{
    int64_t limit = child->options.memory_bytes;
    if (child->kills >= 0 && kd_memory_kills("") > child->kills) return true;
    if (limit <= 0) limit = kd_memory_limit("");
    return end->peak_bytes > limit - limit / 5;
}

/* The last lines of this attempt's log, oldest first, joined by " | ". */
static void add_tail(const kd_child *child, int lines, kd_str *out)
{
    char    text[TAIL + 1];
    int64_t size = kd_fs_size(child->options.log), from = child->log_start;
    int     fd = open(child->options.log, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (size - from > TAIL) from = size - TAIL;
    ssize_t got = pread(fd, text, TAIL, from);
    close(fd);
    if (got <= 0) return;
    while (got > 0 && text[got - 1] == '\n') got--;
    text[got] = 0;
    char *start = text + got;
    for (; start > text; start--)
        if (start[-1] == '\n' && --lines == 0) break;
    for (char *line, *rest = start; (line = strsep(&rest, "\n"));) {
        if (!*line) continue;
        kd_str_add(out, line == start ? ": " : " | ");
        kd_str_add(out, line);
    }
}

/* What a cell says of its own failure is all there is to say: the exit code stands in the outcome as a
 * status, and the program's name and "error" come once, from whoever tells it in the end. */
static void leave_message(kd_str *text)
{
    static const char head[] = ": kdgrid: error: ";
    const char       *found = strstr(text->text, head);
    if (!found) return;
    size_t before = (size_t)(found - text->text) + sizeof head - 1;
    memmove(text->text, text->text + before, text->length - before + 1);
    text->length -= before;
}

static bool is_lost(const kd_process_end *end)
{
    return end->exited && end->code == KD_CHILD_LOST;
}

static kd_status status_of(const kd_process_end *end)
{
    if (is_lost(end)) return KD_EIO;
    return end->exited ? kd_status_of_exit(end->code) : KD_EBUG;
}

static void describe(const kd_child *child, const kd_process_end *end, kd_outcome *out)
{
    kd_str text = KD_STR_INIT;
    char   words[64], limit[32];
    bool   is_known = end->exited && status_of(end) != KD_EBUG;
    kd_str_add(&text, kd_process_end_words(words, sizeof words, end));
    if (child->reason == OURS_TIME)
        kd_str_addf(&text, " after its time limit of %s",
                    kd_clock_words(limit, sizeof limit, child->options.time_s));
    if (child->reason == OURS_HANG)
        kd_str_addf(&text, " after it said nothing for %s",
                    kd_clock_words(limit, sizeof limit, child->options.silence_s));
    add_tail(child, is_known ? 1 : 3, &text);
    if (is_known && child->reason == OURS_NOT) leave_message(&text);
    snprintf(out->text, sizeof out->text, "%s", text.text);
    kd_str_fini(&text);
}

static kd_cause cause_of(const kd_child *child, const kd_process_end *end, kd_status status)
{
    switch (child->reason) {
    case OURS_TIME:
        return KD_CAUSE_TIME;
    case OURS_HANG:
        return KD_CAUSE_HANG;
    case OURS_STOP:
        if (!end->exited || status == KD_ESTOPPED) return KD_CAUSE_STOPPED;
        break;
    case OURS_NOT:
        if (!end->exited && end->signal == SIGKILL && was_too_large(child, end))
            return KD_CAUSE_MEMORY;
    }
    if (!end->exited && end->signal != SIGABRT) return KD_CAUSE_CRASH;
    if (is_lost(end)) return KD_CAUSE_LOST;
    return kd_cause_of_status(status);
}

static void classify(const kd_child *child, const kd_process_end *end, kd_outcome *out)
{
    *out = (kd_outcome){ .point = child->point,
                         .wall_s = kd_clock_s() - child->started_s,
                         .cpu_s = end->seconds,
                         .peak_bytes = end->peak_bytes };
    if (end->exited && end->code == 0) {
        out->is_done = true;
        return;
    }
    out->status = status_of(end);
    out->cause = cause_of(child, end, out->status);
    describe(child, end, out);
    if (out->cause == KD_CAUSE_STOPPED) out->status = KD_ESTOPPED;
}

/* ---- in the order of its life ---- */

/* A nursery finds all functions of its libraries once, before it forks; else each child looks up
 * those that it calls, and copies the pages that they are written to. */
static const char *const        nursery_env[] = { "LD_BIND_NOW=1", "OMP_NUM_THREADS=1",
                                                  "OPENBLAS_NUM_THREADS=1", NULL };
static const char *const *const one_thread = nursery_env + 1;
static const char *const        hidden[] = { "OMPI_", "PMIX_", "ORTE_", "PRTE_", NULL };

kd_nursery *kd_child_nursery(const char *const *verb)
{
    return kd_nursery_create(verb, nursery_env, hidden);
}

kd_status kd_child_start(kd_child **out, const kd_child_options *options, kd_error *err)
{
    kd_process_options p = { .argv = options->argv,
                             .extra_env = one_thread,
                             .drop_env = hidden,
                             .output = options->log,
                             .pipe_fd = KD_CHILD_PIPE,
                             .dies_with_parent = true,
                             .memory_bytes = options->memory_bytes };
    kd_child          *child = kd_alloc(1, sizeof *child);
    int64_t            size = kd_fs_size(options->log);
    child->options = *options;
    child->log_start = child->log_size = size > 0 ? size : 0;
    child->look_s = LOOK_S;
    child->kills = kd_memory_kills("");
    child->point = (kd_progress_point)KD_PROGRESS_POINT_INIT;
    child->started_s = child->heard_s = child->looked_s = kd_clock_s();
    kd_status status = options->nursery
                           ? kd_nursery_spawn(options->nursery, &child->process, &p, err)
                           : kd_process_spawn(&child->process, &p, err);
    if (status != KD_OK) {
        free(child);
        return status;
    }
    *out = child;
    return KD_OK;
}

void kd_child_wait(kd_child *const *children, size_t count, int other, double timeout_s)
{
    KD_VEC(struct pollfd) polls = KD_VEC_INIT;
    double now_s = kd_clock_s();
    kd_vec_reserve(&polls, 2 * count + 1);
    kd_vec_push(&polls, (struct pollfd){ other, POLLIN, 0 });
    for (size_t i = 0; i < count; i++) {
        const kd_process *p = &children[i]->process;
        if (p->pidfd >= 0) kd_vec_push(&polls, (struct pollfd){ p->pidfd, POLLIN, 0 });
        if (p->pipe >= 0) kd_vec_push(&polls, (struct pollfd){ p->pipe, POLLIN, 0 });
        timeout_s = fmin(timeout_s, next_limit(children[i], now_s));
        if (p->pidfd < 0) timeout_s = fmin(timeout_s, 0.01); /* then only looking tells */
    }
    struct timespec t = { (time_t)timeout_s, (long)(fmod(timeout_s, 1.0) * 1e9) };
    ppoll(polls.items, polls.count, &t, NULL);
    kd_vec_fini(&polls);

    now_s = kd_clock_s();
    for (size_t i = 0; i < count; i++) {
        listen_to(children[i]);
        enforce(children[i], now_s);
    }
}

kd_progress_point kd_child_point(const kd_child *child)
{
    return child->point;
}

bool kd_child_ended(kd_child *child, kd_outcome *out)
{
    kd_process_end end;
    if (!kd_process_wait(&child->process, 0, &end)) return false;
    listen_to(child);
    bound_log(child);
    classify(child, &end, out);
    return true;
}

void kd_child_stop(kd_child *child, bool is_urgent)
{
    end_for(child, OURS_STOP, is_urgent ? 0 : child->options.grace_s);
}

void kd_child_close(kd_child *child)
{
    if (!child) return;
    kd_process_close(&child->process);
    free(child);
}

kd_outcome kd_outcome_of(kd_cause cause, kd_status status, const kd_error *err)
{
    kd_outcome out = { .cause = cause, .status = status, .point = KD_PROGRESS_POINT_INIT };
    snprintf(out.text, sizeof out.text, "%s", err->text);
    return out;
}
