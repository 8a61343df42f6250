/* queue.c - three commands that may know, asked in turn. */
#include "slurm/queue.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/process.h"
#include "harness/base/str.h"

#define ANSWER_S 20.0

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
    static const char *const nothings[] = { "None", "(null)", "None assigned", "n/a" };

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

bool kd_queue_read_scontrol(kd_queue_job *out, const char *text)
{
    size_t      length;
    const char *value = find_value(text, "JobState", &length);

    if (value == NULL || !set_state(out, value, length)) return false;
    if ((value = find_value(text, "Reason", &length)) != NULL)
        copy_text(out->reason, sizeof out->reason, value, length);
    if ((value = find_value(text, "NodeList", &length)) != NULL)
        copy_text(out->nodes, sizeof out->nodes, value, length);
    if ((value = find_value(text, "ExitCode", &length)) != NULL)
        sscanf(value, "%d:%d", &out->exit_code, &out->signal);
    if ((value = find_value(text, "Restarts", &length)) != NULL)
        sscanf(value, "%d", &out->restarts);
    return true;
}

/* The next field of a line whose fields end at '|'; `*at` moves behind it. */
static const char *next_field(const char **at, size_t *length)
{
    const char *field = *at;

    *length = strcspn(field, "|\n");
    *at = field + *length + (field[*length] == '|');
    return field;
}

bool kd_queue_read_squeue(kd_queue_job *out, const char *text)
{
    size_t      length;
    const char *field = next_field(&text, &length);

    if (!set_state(out, field, length)) return false;
    field = next_field(&text, &length);
    copy_text(out->reason, sizeof out->reason, field, length);
    field = next_field(&text, &length);
    copy_text(out->nodes, sizeof out->nodes, field, length);
    return true;
}

bool kd_queue_read_sacct(kd_queue_job *out, const char *text)
{
    size_t      length;
    const char *field = next_field(&text, &length);

    if (!set_state(out, field, length)) return false;
    field = next_field(&text, &length);
    sscanf(field, "%d:%d", &out->exit_code, &out->signal);
    field = next_field(&text, &length);
    copy_text(out->nodes, sizeof out->nodes, field, length);
    return true;
}

/* Run one of them; false when it is absent, fails, or speaks of no job. */
static bool ask(kd_queue_job *out, const char *const *argv,
                bool (*read)(kd_queue_job *, const char *))
{
    kd_str         output = KD_STR_INIT;
    kd_process_end end;
    bool           knows = kd_process_capture(argv, ANSWER_S, &output, NULL, &end, NULL) == KD_OK &&
                 end.exited && end.code == 0 && read(out, output.text);

    kd_str_fini(&output);
    return knows;
}

void kd_queue_ask(kd_queue_job *out, const char *job)
{
    char              number[32];
    const char *const scontrol[] = { "scontrol", "-o", "show", "job", number, NULL };
    const char *const squeue[] = {
        "squeue", "-h", "-t", "all", "-j", number, "-o", "%T|%r|%N", NULL
    };
    const char *const sacct[] = { "sacct", "-nPX", "-j", number, "-o", "State,ExitCode,NodeList",
                                  NULL };

    snprintf(number, sizeof number, "%.*s", (int)strcspn(job, ";"), job); /* without the cluster */
    if (ask(out, scontrol, kd_queue_read_scontrol)) return;
    if (ask(out, squeue, kd_queue_read_squeue)) return;
    if (ask(out, sacct, kd_queue_read_sacct)) return;
    set_unknown(out, "no SLURM command knows the job");
}
