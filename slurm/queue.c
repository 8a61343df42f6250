/* queue.c - three commands that may know, asked in turn. */
#include "slurm/queue.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/process.h"
#include "harness/base/str.h"

#define SHARE 0.5 /* of the time there is, for one command that may hang */

static const struct {
    const char  *word;
    kd_job_state state;
} states[] = {
    { "PENDING", KD_JOB_WAITING },       { "REQUEUED", KD_JOB_WAITING },
    { "REQUEUE_HOLD", KD_JOB_WAITING },  { "REQUEUE_FED", KD_JOB_WAITING },
    { "RESV_DEL_HOLD", KD_JOB_WAITING }, { "SPECIAL_EXIT", KD_JOB_WAITING },
    { "SUSPENDED", KD_JOB_WAITING },     { "STOPPED", KD_JOB_WAITING },
    { "CONFIGURING", KD_JOB_RUNNING },   { "RUNNING", KD_JOB_RUNNING },
    { "RESIZING", KD_JOB_RUNNING },      { "SIGNALING", KD_JOB_RUNNING },
    { "STAGE_OUT", KD_JOB_RUNNING },     { "COMPLETING", KD_JOB_RUNNING },
    { "COMPLETED", KD_JOB_COMPLETED },   { "BOOT_FAIL", KD_JOB_ENDED },
    { "CANCELLED", KD_JOB_ENDED },       { "DEADLINE", KD_JOB_ENDED },
    { "FAILED", KD_JOB_ENDED },          { "NODE_FAIL", KD_JOB_ENDED },
    { "OUT_OF_MEMORY", KD_JOB_ENDED },   { "PREEMPTED", KD_JOB_ENDED },
    { "REVOKED", KD_JOB_ENDED },         { "TIMEOUT", KD_JOB_ENDED },
};

static void set_unknown(kd_queue_job *out, const char *why)
{
    *out = (kd_queue_job){
        .state = KD_JOB_UNKNOWN, .word = "unknown", .exit_code = -1, .restarts = -1
    };
    snprintf(out->reason, sizeof out->reason, "%s", why);
}

/* "CANCELLED by 1000" and "CANCELLED+" are CANCELLED. A word that no row has stays unknown, with
 * itself as the reason. */
static bool set_state(kd_queue_job *out, const char *word, size_t length)
{
    size_t bare = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    set_unknown(out, "");
    if (bare > length) bare = length;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strlen(states[i].word) != bare || strncmp(states[i].word, word, bare) != 0) continue;
        out->state = states[i].state;
        snprintf(out->word, sizeof out->word, "%s", states[i].word);
        return true;
    }
    snprintf(out->reason, sizeof out->reason, "SLURM says %.*s", (int)length, word);
    return length > 0;
}

/* SLURM writes its nothings as words. */
static void copy_text(char *out, size_t size, const char *from, size_t length)
{
    static const char *const nothings[] = { "None", "(null)", "None assigned",
                                            "n/a",  "N/A",    "Unknown" };

    snprintf(out, size, "%.*s", (int)length, from);
    for (size_t i = 0; i < sizeof nothings / sizeof *nothings; i++)
        if (strcmp(out, nothings[i]) == 0) out[0] = '\0';
}

/* The value of " Name=value " in a line of scontrol; NULL when absent. */
static const char *find_value(const char *text, const char *name, size_t *length)
{
    size_t size = strlen(name);

    for (const char *at = text; (at = strstr(at, name)) != NULL; at += size) {
        if ((at != text && at[-1] != ' ') || at[size] != '=') continue;
        *length = strcspn(at + size + 1, " \n");
        return at + size + 1;
    }
    return NULL;
}

/* "7", "[8-9]", or nothing for a job that is no array. */
static void name_task(kd_store_job *job, const char *line)
{
    char        task[48] = "";
    size_t      length;
    const char *number = find_value(line, "JobId", &length);
    const char *first = find_value(line, "ArrayJobId", &length);
    const char *at = find_value(line, "ArrayTaskId", &length);
    int         digits = (int)strspn(first ? first : number ? number : "", "0123456789");
    if (at) sscanf(at, "%47[0-9,%-]", task);
    task[strcspn(task, "%")] = '\0';
    bool is_one = task[strspn(task, "0123456789")] == '\0';
    snprintf(job->number, sizeof job->number,
             !*task   ? "%.*s"
             : is_one ? "%.*s_%s"
                      : "%.*s_[%s]",
             digits,
             first    ? first
             : number ? number
                      : "",
             task);
}

bool kd_queue_read_scontrol(kd_store_job *job, const char *line)
{
    size_t        length;
    kd_queue_job *out = &job->at;
    const char   *value = find_value(line, "JobState", &length);

    if (value == NULL || !set_state(out, value, length)) return false;
    if ((value = find_value(line, "Reason", &length)) != NULL)
        copy_text(out->reason, sizeof out->reason, value, length);
    if ((value = find_value(line, "NodeList", &length)) != NULL)
        copy_text(out->nodes, sizeof out->nodes, value, length);
    if ((value = find_value(line, "ExitCode", &length)) != NULL)
        sscanf(value, "%d:%d", &out->exit_code, &out->signal);
    if ((value = find_value(line, "Restarts", &length)) != NULL)
        sscanf(value, "%d", &out->restarts);
    if (out->state == KD_JOB_WAITING && (value = find_value(line, "StartTime", &length)) != NULL)
        copy_text(out->starts, sizeof out->starts, value, length);
    name_task(job, line);
    return true;
}

/* The next field of a line whose fields end at '|', without the blanks behind it; `*at` moves on. */
static const char *next_field(const char **at, size_t *length)
{
    const char *field = *at;

    *length = strcspn(field, "|\n");
    *at = field + *length + (field[*length] == '|');
    while (*length > 0 && field[*length - 1] == ' ') --*length;
    return field;
}

static void next_text(const char **at, char *out, size_t size)
{
    size_t      length;
    const char *field = next_field(at, &length);
    copy_text(out, size, field, length);
}

/* "1234_[3-8%2]" without how many may run at once. */
static void next_number(const char **at, kd_store_job *job)
{
    next_text(at, job->number, sizeof job->number);
    char *share = strchr(job->number, '%');
    if (share) memmove(share, share + strcspn(share, "]"), strlen(share + strcspn(share, "]")) + 1);
}

static bool next_state(const char **at, kd_queue_job *out)
{
    size_t      length;
    const char *field = next_field(at, &length);
    return set_state(out, field, length);
}

/* "7:0"; or, as squeue has it in some releases, what wait(2) says. */
static void next_exit(const char **at, kd_queue_job *out)
{
    char text[24];
    int  status;
    next_text(at, text, sizeof text);
    if (sscanf(text, "%d:%d", &out->exit_code, &out->signal) == 2) return;
    if (sscanf(text, "%d", &status) != 1) return;
    out->exit_code = status >> 8 & 255;
    out->signal = status & 127;
}

bool kd_queue_read_squeue(kd_store_job *job, const char *line)
{
    char          restarts[16];
    kd_queue_job *out = &job->at;
    next_number(&line, job);
    if (!isdigit((unsigned char)*job->number) || !next_state(&line, out)) return false;
    next_text(&line, out->reason, sizeof out->reason);
    next_text(&line, out->nodes, sizeof out->nodes);
    next_text(&line, out->starts, sizeof out->starts);
    if (out->state != KD_JOB_WAITING) out->starts[0] = '\0';
    next_text(&line, restarts, sizeof restarts);
    sscanf(restarts, "%d", &out->restarts);
    next_exit(&line, out);
    return true;
}

bool kd_queue_read_sacct(kd_store_job *job, const char *line)
{
    kd_queue_job *out = &job->at;
    next_number(&line, job);
    if (!isdigit((unsigned char)*job->number) || !next_state(&line, out)) return false;
    next_exit(&line, out);
    next_text(&line, out->nodes, sizeof out->nodes);
    return true;
}

/* ---- asking ---- */

typedef struct {
    double until_s, share_s; /* of all commands, of one */
    bool   answers;          /* somebody did */
} asking;

/* Run one of them, for as long as there is time; false when it is absent, fails or is not asked. A controller
 * that says that there is no such job has answered. */
static bool ask(asking *a, const char *const *argv, kd_str *out)
{
    kd_str         errors = KD_STR_INIT;
    kd_process_end end;
    double         left_s = fmin(a->share_s, a->until_s - kd_clock_s());
    kd_str_reset(out);
    if (left_s <= 0) return false;
    bool ran = kd_process_capture(argv, left_s, out, &errors, &end, NULL) == KD_OK && end.exited;
    bool is_good = ran && end.code == 0;
    a->answers |= is_good || strstr(errors.text, "Invalid job id") != NULL;
    kd_str_fini(&errors);
    return is_good;
}

/* "12,13,14" of those that are wanted. */
static char *list_of(const char *const *numbers, const bool *wanted, size_t count)
{
    kd_str list = KD_STR_INIT;
    for (size_t i = 0; i < count; i++)
        if (!wanted || wanted[i])
            kd_str_addf(&list, "%s%.*s", list.length ? "," : "", (int)strcspn(numbers[i], ";"),
                        numbers[i]); /* without the cluster */
    return kd_str_take(&list);
}

/* "12_7" is a job of 12. */
static bool is_of(const kd_store_job *job, const char *number)
{
    size_t digits = strspn(number, "0123456789");
    return strncmp(job->number, number, digits) == 0 &&
           (job->number[digits] == '\0' || job->number[digits] == '_');
}

/* Those lines of an answer that speak of `number`; `out` may be NULL. */
static bool take_lines(kd_store_jobs *out, const char *number, const char *text,
                       bool (*read)(kd_store_job *, const char *))
{
    bool knows = false;
    for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
        kd_store_job job;
        char        *line = kd_strndup(text, strcspn(text, "\n"));
        bool         is_one = read(&job, line) && is_of(&job, number);
        if (is_one && out) kd_vec_push(out, job);
        knows |= is_one;
        free(line);
    }
    return knows;
}

static void add_unknown(kd_store_jobs *out, const char *number, bool answers)
{
    kd_store_job job;
    set_unknown(&job.at, answers ? "no SLURM command knows the job" : "SLURM does not answer");
    snprintf(job.number, sizeof job.number, "%.*s", (int)strspn(number, "0123456789"), number);
    kd_vec_push(out, job);
}

/* What squeue says of all; where it fails, what scontrol says of each, as long as that is in time. */
static void ask_controller(asking *a, kd_str *all, kd_str *each, bool *missing,
                           const char *const *numbers, size_t count)
{
    char             *list = list_of(numbers, NULL, count);
    const char       *fields = KD_QUEUE_SQUEUE;
    const char *const squeue[] = { "squeue", "-h", "-t", "all", "-j", list, "-O", fields, NULL };
    bool              is_told = ask(a, squeue, all);
    free(list);
    for (size_t i = 0; i < count; i++) {
        missing[i] = !take_lines(NULL, numbers[i], all->text, kd_queue_read_squeue);
        if (!missing[i] || is_told) continue;
        char             *number = kd_strndup(numbers[i], strcspn(numbers[i], ";"));
        const char *const scontrol[] = { "scontrol", "-o", "show", "job", number, NULL };
        ask(a, scontrol, &each[i]);
        missing[i] = !take_lines(NULL, number, each[i].text, kd_queue_read_scontrol);
        free(number);
    }
}

static void ask_accounting(asking *a, kd_str *out, const char *const *numbers, const bool *missing,
                           size_t count)
{
    char             *list = list_of(numbers, missing, count);
    const char *const sacct[] = { "sacct", "-nPX", "-j", list, "-o", KD_QUEUE_SACCT, NULL };
    asking            others = *a; /* who answers here is not the one who hands out nodes */
    if (*list) ask(&others, sacct, out);
    free(list);
}

bool kd_queue_ask_all(kd_store_jobs *out, const char *const *numbers, size_t count,
                      kd_queue_since since, double most_s)
{
    asking  a = { .until_s = kd_clock_s() + most_s, .share_s = SHARE * most_s };
    kd_str  all = KD_STR_INIT, account = KD_STR_INIT;
    kd_str *each = kd_alloc(count + 1, sizeof *each);
    bool   *missing = kd_alloc(count + 1, sizeof *missing);
    for (size_t i = 0; i < count; i++) kd_str_init(&each[i]);
    if (count > 0) ask_controller(&a, &all, each, missing, numbers, count);
    if (since == KD_QUEUE_EVER) ask_accounting(&a, &account, numbers, missing, count);
    for (size_t i = 0; i < count; i++)
        if (!take_lines(out, numbers[i], all.text, kd_queue_read_squeue) &&
            !take_lines(out, numbers[i], each[i].text, kd_queue_read_scontrol) &&
            !take_lines(out, numbers[i], account.text, kd_queue_read_sacct))
            add_unknown(out, numbers[i], a.answers);
    for (size_t i = 0; i < count; i++) kd_str_fini(&each[i]);
    kd_str_fini(&all);
    kd_str_fini(&account);
    free(each);
    free(missing);
    return a.answers || count == 0;
}

void kd_queue_ask(kd_queue_job *out, const char *number)
{
    kd_store_jobs jobs = KD_VEC_INIT;
    kd_queue_ask_all(&jobs, &number, 1, KD_QUEUE_EVER, KD_QUEUE_MOST_S);
    *out = jobs.items[0].at;
    kd_vec_fini(&jobs);
}
