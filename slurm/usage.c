/* usage.c - three commands, each of which knows a part. */
#include "slurm/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/process.h"

#define ANSWER_S 20.0

/* ---- SLURM's numbers ---- */

/* "2-03:04:05", "03:04:05", "04:05", "04:05.678". */
static double read_time(const char *text)
{
    double days = 0, total = 0;
    char  *end;
    if (*text == '\0') return NAN;
    for (;; text = end + 1) {
        double part = strtod(text, &end);
        if (end == text) return NAN;
        if (*end == '-') {
            days = part;
            continue;
        }
        total = total * 60 + part;
        if (*end != ':') return days * 86400 + total;
    }
}

/* "1024M", "1.50G", "8020K", "0": bytes. What follows ("Gn", "Gc" of old releases) is the caller's. */
static double read_bytes(const char *text, const char **after)
{
    static const char units[] = "KMGTP";
    char             *end;
    double            bytes = strtod(text, &end);
    if (end == text) bytes = NAN;
    const char *unit = *end ? strchr(units, *end) : NULL;
    for (const char *u = units; unit && u <= unit; u++) bytes *= 1024;
    if (after) *after = end + (unit != NULL);
    return bytes;
}

/* The value of "name=" in a list such as "cpu=4,mem=32G,node=1"; NULL when absent. */
static const char *find_share(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += length)
        if ((at == list || strchr(", =", at[-1])) && at[length] == '=') return at + length + 1;
    return NULL;
}

/* The larger of two, of which either may be unknown. */
static void keep_most(double *most, double value)
{
    *most = fmax(*most, value);
}

static void add_known(double *sum, double value)
{
    if (!isnan(value)) *sum = isnan(*sum) ? value : *sum + value;
}

/* ---- answers ---- */

bool kd_usage_read_scontrol(kd_job_usage *out, const char *text)
{
    const char *cores = find_share(text, "NumCPUs"), *run = find_share(text, "RunTime");
    const char *shares = strstr(text, " TRES="); /* newer releases: AllocTRES */
    if (!shares) shares = strstr(text, " AllocTRES=");
    const char *memory = shares ? find_share(shares + 1, "mem") : NULL;
    if (!cores) return false;
    out->cores = strtod(cores, NULL);
    if (run) out->run_s = read_time(run);
    if (memory) out->memory_asked = read_bytes(memory, NULL);
    return true;
}

enum { FIELDS = 8 };

/* The fields of a line, which is cut. */
static bool split(char *line, char *fields[], int count)
{
    for (int i = 0; i < count; i++)
        if (!(fields[i] = strsep(&line, "|"))) return false;
    return true;
}

static bool each_line(kd_job_usage *out, const char *text, int fields,
                      void (*read)(kd_job_usage *, char *fields[]))
{
    char *copy = kd_strdup(text), *rest = copy, *line, *found[FIELDS];
    bool  knows = false;
    while ((line = strsep(&rest, "\n"))) {
        if (!split(line, found, fields)) continue;
        read(out, found);
        knows = true;
    }
    free(copy);
    return knows;
}

/* Of the whole of a job, and of its steps: "1234_7", "1234_7.batch". Only steps know their memory. */
static void read_account(kd_job_usage *out, char *fields[])
{
    double cores = strtod(fields[2], NULL), nodes = strtod(fields[7], NULL);
    keep_most(&out->memory_used, read_bytes(fields[6], NULL));
    if (strchr(fields[0], '.')) return;
    out->run_s = strtod(fields[1], NULL);
    out->cores = cores;
    out->cpu_s = read_time(fields[3]);
    const char *unit, *share = find_share(fields[5], "mem");
    double      asked = read_bytes(fields[4], &unit);
    if (share)
        out->memory_asked = read_bytes(share, NULL);
    else
        out->memory_asked = *unit == 'c' ? asked * cores : *unit == 'n' ? asked * nodes : asked;
}

bool kd_usage_read_sacct(kd_job_usage *out, const char *text)
{
    return each_line(out, text, FIELDS, read_account);
}

/* The steps of one job run at once. */
static void read_step(kd_job_usage *out, char *fields[])
{
    double tasks = strtod(fields[1], NULL);
    add_known(&out->cpu_s, tasks * read_time(fields[2]));
    add_known(&out->memory_used, tasks * read_bytes(fields[3], NULL));
}

bool kd_usage_read_sstat(kd_job_usage *out, const char *text)
{
    out->cpu_s = out->memory_used = NAN;
    return each_line(out, text, 4, read_step);
}

/* ---- asking ---- */

static bool ask(kd_job_usage *out, const char *const *argv,
                bool (*read)(kd_job_usage *, const char *))
{
    kd_str         output = KD_STR_INIT;
    kd_process_end end;
    bool           knows = kd_process_capture(argv, ANSWER_S, &output, NULL, &end, NULL) == KD_OK &&
                 end.exited && end.code == 0 && output.text && read(out, output.text);
    kd_str_fini(&output);
    return knows;
}

/* Of a job that runs, sacct knows only what has ended of it. */
void kd_usage_ask(kd_job_usage *out, const char *job, kd_job_state state)
{
    const char *const sacct[] = { "sacct", "-nP", "-j", job, "-o", KD_USAGE_SACCT, NULL };
    const char *const scontrol[] = { "scontrol", "-o", "show", "job", job, NULL };
    const char *const sstat[] = { "sstat", "-nPa", "-j", job, "-o", KD_USAGE_SSTAT, NULL };
    *out = (kd_job_usage)KD_JOB_USAGE_INIT;
    if (state == KD_JOB_WAITING || state == KD_JOB_UNKNOWN) return;
    if (!ask(out, sacct, kd_usage_read_sacct)) ask(out, scontrol, kd_usage_read_scontrol);
    if (state == KD_JOB_RUNNING) ask(out, sstat, kd_usage_read_sstat);
}

/* ---- telling ---- */

/* Of the cores' time, from 0 to 1. */
static double efficiency_of(const kd_job_usage *u)
{
    return u->run_s > 0 && u->cores > 0 ? u->cpu_s / (u->run_s * u->cores) : NAN;
}

void kd_usage_words(kd_str *out, const kd_job_usage *u)
{
    const double gib = 1 << 30;
    double       used = efficiency_of(u) * u->cores;
    if (!isnan(used))
        kd_str_addf(out, ", %.1f of %.0f cores used", used, u->cores);
    else if (!isnan(u->cores))
        kd_str_addf(out, ", %.0f core%s", u->cores, u->cores > 1 ? "s" : "");
    if (!isnan(u->memory_used) && u->memory_asked > 0)
        kd_str_addf(out, ", %.1f of %.1f GiB", u->memory_used / gib, u->memory_asked / gib);
    else if (!isnan(u->memory_used))
        kd_str_addf(out, ", %.1f GiB", u->memory_used / gib);
    else if (u->memory_asked > 0)
        kd_str_addf(out, ", %.1f GiB asked", u->memory_asked / gib);
}

static void put(kd_json_writer *w, const char *key, double number)
{
    kd_json_key(w, key);
    if (isnan(number))
        kd_json_null(w);
    else
        kd_json_real_digits(w, number, 6);
}

void kd_usage_put(kd_json_writer *w, const kd_job_usage *u)
{
    put(w, "cores", u->cores);
    put(w, "run_s", u->run_s);
    put(w, "cpu_s", u->cpu_s);
    put(w, "cpu_efficiency", efficiency_of(u));
    put(w, "memory_asked_bytes", u->memory_asked);
    put(w, "memory_used_bytes", u->memory_used);
}
