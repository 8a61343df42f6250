/* queue_json.c - what `squeue --json` says, of any release, as the lines of its text. */
#include <stdio.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/str.h"
#include "slurm/queue.h"

/* A number was a number, and is { "set": true, "infinite": false, "number": 7 } since 23.02. */
static int64_t number_of(const kd_json *value, int64_t fallback)
{
    if (!value || kd_json_type_of(value) != KD_JSON_OBJECT) return kd_json_to_int(value, fallback);
    if (!kd_json_to_bool(kd_json_get(value, "set"), true)) return fallback;
    return kd_json_to_int(kd_json_get(value, "number"), fallback);
}

/* A state was a word, and is a list of them, of which the first is the state and others say more. */
static const char *word_of(const kd_json *value)
{
    if (value && kd_json_type_of(value) == KD_JSON_ARRAY)
        value = kd_json_count(value) > 0 ? kd_json_at(value, 0) : NULL;
    return kd_json_to_text(value, "");
}

/* "1234", "1234_7", "1234_[8-9]". */
static void add_number(kd_str *out, const kd_json *job)
{
    int64_t     own = number_of(kd_json_get(job, "job_id"), 0);
    int64_t     array = number_of(kd_json_get(job, "array_job_id"), 0);
    int64_t     task = number_of(kd_json_get(job, "array_task_id"), -1);
    const char *waiting = kd_json_to_text(kd_json_get(job, "array_task_string"), "");
    kd_str_addf(out, "%lld", (long long)(array > 0 ? array : own));
    if (array > 0 && *waiting)
        kd_str_addf(out, "_[%.*s]", (int)strcspn(waiting, "%"), waiting);
    else if (array > 0 && task >= 0)
        kd_str_addf(out, "_%lld", (long long)task);
}

/* What wait(2) says, in one number; since 23.11 as its parts. */
static void add_exit(kd_str *out, const kd_json *value)
{
    if (!value) return;
    if (kd_json_type_of(value) != KD_JSON_OBJECT || kd_json_get(value, "number")) {
        kd_str_addf(out, "%lld", (long long)number_of(value, 0));
        return;
    }
    const kd_json *signal = kd_json_get(value, "signal");
    kd_str_addf(out, "%lld:%lld", (long long)number_of(kd_json_get(value, "return_code"), 0),
                (long long)number_of(signal ? kd_json_get(signal, "id") : NULL, 0));
}

static void add_start(kd_str *out, const kd_json *value)
{
    char    stamp[32];
    int64_t start = number_of(value, 0);
    kd_str_add(out, start > 0 ? kd_clock_stamp(stamp, sizeof stamp, (double)start) : "N/A");
}

static void add_job(kd_str *out, const kd_json *job)
{
    add_number(out, job);
    kd_str_addf(out, "|%s|%s|%s|", word_of(kd_json_get(job, "job_state")),
                kd_json_to_text(kd_json_get(job, "state_reason"), ""),
                kd_json_to_text(kd_json_get(job, "nodes"), ""));
    add_start(out, kd_json_get(job, "start_time"));
    kd_str_addf(out, "|%lld|", (long long)number_of(kd_json_get(job, "restart_cnt"), -1));
    add_exit(out, kd_json_get(job, "exit_code"));
    kd_str_add(out, "|\n");
}

bool kd_queue_lines_of_json(kd_str *out, const char *text, size_t length)
{
    kd_json_document *document;
    if (kd_json_parse(&document, text, length, "squeue --json", NULL) != KD_OK) return false;
    const kd_json *root = kd_json_root(document);
    bool           is_object = kd_json_type_of(root) == KD_JSON_OBJECT;
    const kd_json *jobs = is_object ? kd_json_get(root, "jobs") : NULL;
    bool           is_list = jobs && kd_json_type_of(jobs) == KD_JSON_ARRAY;
    for (size_t i = 0; is_list && i < kd_json_count(jobs); i++) {
        const kd_json *job = kd_json_at(jobs, i);
        if (kd_json_type_of(job) == KD_JSON_OBJECT) add_job(out, job);
    }
    kd_json_close(document);
    return is_list;
}
