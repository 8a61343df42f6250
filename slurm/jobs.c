/* jobs.c - numbers in a file, each asked about. */
#include "slurm/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/base/str.h"

#define ANSWER_S 20.0

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

static kd_status ask(const kd_store *store, kd_store_jobs *out, kd_queue_since since, bool *answers,
                     kd_error *err)
{
    kd_str text = KD_STR_INIT;
    char  *path = jobs_path(store);
    KD_VEC(const char *) numbers = KD_VEC_INIT;
    *out = (kd_store_jobs)KD_VEC_INIT;
    kd_status status = kd_fs_exists(path) ? kd_fs_read(path, &text, err) : KD_OK;
    char     *rest = status == KD_OK && text.length > 0 ? text.text : NULL;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (is_number(line)) kd_vec_push(&numbers, line);
    *answers = kd_queue_ask_all(out, numbers.items, numbers.count, since, KD_QUEUE_MOST_S);
    kd_vec_fini(&numbers);
    kd_str_fini(&text);
    free(path);
    return status;
}

kd_status kd_jobs_ask(const kd_store *store, kd_store_jobs *out, kd_error *err)
{
    bool answers;
    return ask(store, out, KD_QUEUE_EVER, &answers, err);
}

kd_status kd_jobs_ask_folder(const char *folder, kd_store_jobs *out, kd_error *err)
{
    kd_store *store;
    kd_status status = kd_store_open(&store, folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    if ((status = kd_jobs_ask(store, out, err)) != KD_OK) kd_vec_fini(out);
    kd_store_close(store);
    return status;
}

kd_status kd_jobs_ask_live(const kd_store *store, kd_store_jobs *out, kd_error *err)
{
    bool      answers;
    kd_status status = ask(store, out, KD_QUEUE_LIVE, &answers, err);
    if (status != KD_OK || answers) return status;
    return kd_fail(err, KD_EUNAVAILABLE, "SLURM does not answer");
}

/* ---- telling ---- */

void kd_job_words(kd_str *out, const kd_store_job *job)
{
    kd_str_add(out, job->at.word);
    if (job->at.nodes[0]) kd_str_addf(out, " on %s", job->at.nodes);
    if (job->at.reason[0]) kd_str_addf(out, " (%s)", job->at.reason);
    if (job->at.starts[0]) kd_str_addf(out, ", expected to start %s", job->at.starts);
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
    put_text(w, "expected_start", job->at.starts);
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
