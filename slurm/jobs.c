/* jobs.c - numbers in a file, each asked about. */
#include "slurm/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/base/str.h"

#define ANSWER_S 20.0
#define SLOW_S   5.0 /* a scheduler that took so long is not asked again */

static char *jobs_path(const kd_store *store)
{
    return kd_fs_join(kd_store_folder(store), "jobs");
}

/* ---- the file ---- */

kd_status kd_jobs_add(const kd_store *store, const char *number, kd_error *err)
{
    int       fd;
    char     *path = jobs_path(store), *line = kd_sprintf("%s\n", number);
    kd_status status =
        kd_fs_open_below(&fd, kd_store_folder(store), path, O_WRONLY | O_CREAT | O_APPEND, err);
    if (status == KD_OK) {
        bool is_written = write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
        if (!is_written) status = kd_fail_errno(err, errno, "%s: cannot write", path);
        close(fd);
    }
    free(line);
    free(path);
    return status;
}

/* "1234" or "1234;cluster"; whatever else a line holds is nobody's job. */
static bool is_number(const char *line)
{
    size_t digits = strspn(line, "0123456789");
    return digits > 0 && digits < 20 && (line[digits] == '\0' || line[digits] == ';');
}

/* ---- asking ---- */

/* "7", "[8-9]", or nothing for a job that is no array. */
static void name_task(kd_store_job *job, const char *number, const char *line)
{
    char        task[32] = "";
    const char *at = strstr(line, " ArrayTaskId=");
    if (at) sscanf(at, " ArrayTaskId=%31[0-9,%-]", task);
    task[strcspn(task, "%")] = '\0';
    int  digits = (int)strspn(number, "0123456789");
    bool is_one = task[strspn(task, "0123456789")] == '\0';
    if (!*task)
        snprintf(job->number, sizeof job->number, "%.*s", digits, number);
    else
        snprintf(job->number, sizeof job->number, is_one ? "%.*s_%s" : "%.*s_[%s]", digits, number,
                 task);
}

/* scontrol says a line for each task of an array that runs or has run, and one for all that wait. */
static bool read_lines(kd_store_jobs *out, const char *number, char *text)
{
    bool knows = false;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        kd_store_job job;
        if (!kd_queue_read_scontrol(&job.at, line)) continue;
        name_task(&job, number, line);
        kd_vec_push(out, job);
        knows = true;
    }
    return knows;
}

static void ask(kd_store_jobs *out, const char *number)
{
    char              bare[24];
    const char *const argv[] = { "scontrol", "-o", "show", "job", bare, NULL };
    kd_str            text = KD_STR_INIT;
    kd_process_end    end;
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(number, ";"), number);
    bool knows = kd_process_capture(argv, ANSWER_S, &text, NULL, &end, NULL) == KD_OK &&
                 end.exited && end.code == 0 && read_lines(out, bare, text.text);
    kd_str_fini(&text);
    if (knows) return;
    kd_store_job job;
    name_task(&job, bare, "");
    kd_queue_ask(&job.at, bare);
    kd_vec_push(out, job);
}

kd_status kd_jobs_ask(const kd_store *store, kd_store_jobs *out, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    char  *path = jobs_path(store);
    bool   is_slow = false;
    *out = (kd_store_jobs)KD_VEC_INIT;
    kd_status status = kd_fs_exists(path) ? kd_fs_read(path, &text, err) : KD_OK;
    for (char *rest = text.text, *line; status == KD_OK && (line = strsep(&rest, "\n"));) {
        if (!is_number(line)) continue;
        double began_s = kd_clock_s();
        if (!is_slow) {
            ask(out, line);
            is_slow = kd_clock_s() - began_s > SLOW_S;
            continue;
        }
        kd_store_job job = { .at = { .word = "unknown", .exit_code = -1, .restarts = -1 } };
        snprintf(job.at.reason, sizeof job.at.reason, "SLURM does not answer");
        name_task(&job, line, "");
        kd_vec_push(out, job);
    }
    kd_str_fini(&text);
    free(path);
    return status;
}

/* ---- telling ---- */

void kd_job_words(kd_str *out, const kd_store_job *job)
{
    kd_str_add(out, job->at.word);
    if (job->at.nodes[0]) kd_str_addf(out, " on %s", job->at.nodes);
    if (job->at.reason[0]) kd_str_addf(out, " (%s)", job->at.reason);
    if (job->at.exit_code > 0) kd_str_addf(out, ", exit %d", job->at.exit_code);
    if (job->at.signal > 0) kd_str_addf(out, ", signal %d", job->at.signal);
    if (job->at.restarts > 0) kd_str_addf(out, ", requeued %d times", job->at.restarts);
}

static void put_text(kd_json_writer *w, const char *key, const char *text)
{
    kd_json_put_text(w, key, *text ? text : NULL);
}

void kd_job_put(kd_json_writer *w, const kd_store_job *job)
{
    kd_json_put_text(w, "job", job->number);
    kd_json_put_text(w, "state", job->at.word);
    kd_json_put_bool(w, "live", kd_job_is_live(job));
    put_text(w, "reason", job->at.reason);
    put_text(w, "nodes", job->at.nodes);
    kd_json_put_int(w, "exit_code", job->at.exit_code);
    kd_json_put_int(w, "restarts", job->at.restarts);
}

/* ---- ending ---- */

/* The script of a job takes TERM for a wish to stop and not to come back (job.sh.in). */
kd_status kd_jobs_cancel(const kd_store_job *job, bool now, kd_error *err)
{
    const char *const gentle[] = { "scancel", "--batch", "--signal=TERM", job->number, NULL };
    const char *const hard[] = { "scancel", job->number, NULL };
    kd_str            output = KD_STR_INIT, errors = KD_STR_INIT;
    kd_process_end    end;
    char              how[64];
    bool              runs = job->at.state == KD_JOB_RUNNING;
    kd_status         status =
        kd_process_capture(runs && !now ? gentle : hard, ANSWER_S, &output, &errors, &end, err);
    if (status == KD_ENOINPUT)
        status = kd_fail(err, KD_EUNAVAILABLE, "scancel is not here");
    else if (status == KD_OK && (!end.exited || end.code != 0))
        status =
            kd_fail(err, KD_EUNAVAILABLE, "job %s: %s", job->number,
                    errors.length > 0 ? errors.text : kd_process_end_words(how, sizeof how, &end));
    kd_str_fini(&output);
    kd_str_fini(&errors);
    return status;
}
