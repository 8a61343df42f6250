/* probe.c - four commands and a system call become a few rows. */
#include "slurm/probe.h"

#include <ctype.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "harness/base/process.h"

#define ANSWER_S 15.0
#define LINKS    3 /* successors where a preempted job is cancelled */
#define SOME     8 /* jobs of an array */

/* ---- reading ---- */

/* Copy the value of a line "Name   = value"; what is not said stays as it is. */
static void read_text(const char *text, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *at = line + length;
        if (strncmp(line, name, length) != 0 || !isspace((unsigned char)*at)) continue;
        at += strspn(at, " \t");
        if (*at != '=') continue;
        at += 1 + strspn(at + 1, " \t");
        size_t bytes = strcspn(at, "\n");
        while (bytes > 0 && isspace((unsigned char)at[bytes - 1])) bytes--;
        snprintf(out, size, "%.*s", (int)bytes, at);
        return;
    }
}

static void read_number(const char *text, const char *name, int *out)
{
    char value[64] = "";
    read_text(text, name, value, sizeof value);
    sscanf(value, "%d", out);
}

void kd_probe_read_config(kd_probe *out, const char *text)
{
    char parameters[2048] = "";
    read_text(text, "SLURM_VERSION", out->version, sizeof out->version);
    read_text(text, "ClusterName", out->cluster, sizeof out->cluster);
    read_text(text, "PreemptMode", out->preempt, sizeof out->preempt);
    read_text(text, "AccountingStorageType", out->accounting, sizeof out->accounting);
    read_text(text, "SelectType", out->select, sizeof out->select);
    read_number(text, "KillWait", &out->kill_wait_s);
    read_number(text, "MaxArraySize", &out->most_array);
    read_number(text, "MaxJobCount", &out->most_jobs);
    read_text(text, "PreemptParameters", parameters, sizeof parameters);
    out->signals_preempts = strstr(parameters, "send_user_signal") != NULL;
    parameters[0] = '\0';
    read_text(text, "SchedulerParameters", parameters, sizeof parameters);
    const char *resolution = strstr(parameters, "bf_resolution=");
    out->resolution_s = resolution ? atoi(resolution + strlen("bf_resolution=")) : 60;
}

enum { FIELDS = 8 };

/* The default partition has a star behind its name. */
bool kd_probe_read_sinfo(kd_probe *out, const char *text, const char *partition)
{
    char *copy = kd_strdup(text), *rest = copy, *line, *field[FIELDS];
    bool  is_found = false;
    while (!is_found && (line = strsep(&rest, "\n"))) {
        int count = 0;
        while (count < FIELDS && (field[count] = strsep(&line, "|"))) count++;
        if (count < FIELDS) continue;
        char *star = strchr(field[0], '*');
        if (star) *star = '\0';
        is_found = partition ? strcmp(field[0], partition) == 0 : star != NULL;
        if (!is_found) continue;
        snprintf(out->partition, sizeof out->partition, "%s", field[0]);
        snprintf(out->most_time, sizeof out->most_time, "%s", field[2]);
        out->nodes = atoi(field[3]); /* "64+" of unequal ones is the least */
        out->cores = atoi(field[4]);
        out->memory_mb = atoi(field[5]);
        snprintf(out->preempt_here, sizeof out->preempt_here, "%s", field[6]);
        snprintf(out->shares, sizeof out->shares, "%s", field[7]);
    }
    free(copy);
    return is_found;
}

/* "MPI plugin types are...", "srun: MPI types are...", then a name a line; of newer ones "specific pmix plugin versions
 * available: pmix_v4". */
void kd_probe_read_plugins(kd_probe *out, const char *text)
{
    kd_str names = KD_STR_INIT;
    char  *copy = kd_strdup(text), *rest = copy, *line;
    while ((line = strsep(&rest, "\n"))) {
        if (kd_starts_with(line, "srun: ")) line += 6;
        line += strspn(line, " \t");
        size_t length = strcspn(line, " \t");
        if (length == 0 || line[length] != '\0') continue;
        kd_str_addf(&names, "%s%s", names.length ? " " : "", line);
    }
    snprintf(out->plugins, sizeof out->plugins, "%s", names.text);
    kd_str_fini(&names);
    free(copy);
}

/* ---- asking ---- */

static kd_status ask(const char *const *argv, kd_str *out, kd_str *errors, kd_error *err)
{
    kd_process_end end;
    kd_status      status = kd_process_capture(argv, ANSWER_S, out, errors, &end, err);
    if (status == KD_ENOINPUT)
        return kd_fail(err, KD_EUNAVAILABLE, "%s is not here: this machine knows no SLURM",
                       argv[0]);
    if (status != KD_OK) return kd_while(err, KD_EUNAVAILABLE, "SLURM does not answer");
    if (end.exited && end.code == 0) return KD_OK;
    return kd_fail(err, KD_EUNAVAILABLE, "%s: %.*s", argv[0], (int)strcspn(errors->text, "\n"),
                   errors->length ? errors->text : "ended without a word");
}

static kd_status ask_controller(kd_probe *p, kd_str *out, kd_str *errors, kd_error *err)
{
    const char *const config[] = { "scontrol", "show", "config", NULL };
    kd_status         status = ask(config, out, errors, err);
    if (status == KD_OK) kd_probe_read_config(p, out->text);
    return status;
}

static kd_status ask_partition(kd_probe *p, const char *partition, kd_str *out, kd_str *errors,
                               kd_error *err)
{
    const char *const sinfo[] = { "sinfo", "-h", "-o", KD_PROBE_SINFO, NULL };
    kd_status         status = ask(sinfo, out, errors, err);
    if (status != KD_OK || kd_probe_read_sinfo(p, out->text, partition)) return status;
    return partition
               ? kd_fail(err, KD_EUSAGE, "sinfo knows no partition %s", partition)
               : kd_fail(err, KD_EUSAGE,
                         "the site has no default partition; name one: -D slurm.partition=...");
}

/* The least limit of all the accounts that a person has. */
static void ask_person(kd_probe *p, kd_str *out, kd_str *errors)
{
    const struct passwd *person = getpwuid(geteuid());
    if (!person || strstr(p->accounting, "/none") || !*p->accounting) return;
    char             *user = kd_sprintf("user=%s", person->pw_name);
    const char *const sacctmgr[] = { "sacctmgr",         "-nP", "show", "assoc", user,
                                     "format=MaxSubmit", NULL };
    if (ask(sacctmgr, out, errors, NULL) == KD_OK)
        for (char *rest = out->text, *line; (line = strsep(&rest, "\n"));) {
            int most = atoi(line);
            if (most > 0 && (p->most_submitted == 0 || most < p->most_submitted))
                p->most_submitted = most;
        }
    free(user);
}

static bool is_in_path(const char *program)
{
    const char *path = getenv("PATH");
    char       *copy = kd_strdup(path ? path : ""), *rest = copy, *folder;
    bool        is_there = false;
    while (!is_there && (folder = strsep(&rest, ":"))) {
        char *file = kd_sprintf("%s/%s", *folder ? folder : ".", program);
        is_there = access(file, X_OK) == 0;
        free(file);
    }
    free(copy);
    return is_there;
}

/* Numbers of statfs(2) and of those file systems' own headers. */
static const struct {
    unsigned    number;
    bool        is_shared;
    const char *name;
} file_systems[] = {
    { 0x6969, true, "nfs" },          { 0x0bd00bd0, true, "lustre" },
    { 0x47504653, true, "gpfs" },     { 0x19830326, true, "beegfs" },
    { 0x00c36400, true, "ceph" },     { 0xff534d42, true, "cifs" },
    { 0xfe534d42, true, "smb2" },     { 0x5346414f, true, "afs" },
    { 0x01021997, true, "9p" },       { 0x65735546, true, "fuse" },
    { 0xef53, false, "ext4" },        { 0x58465342, false, "xfs" },
    { 0x9123683e, false, "btrfs" },   { 0x01021994, false, "tmpfs" },
    { 0x794c7630, false, "overlay" }, { 0x2fc12fc1, false, "zfs" },
};

static void ask_files(kd_probe *p, const char *folder)
{
    struct statfs info;
    p->is_shared = true; /* nothing is said of one that nobody knows */
    if (statfs(folder, &info) != 0) return;
    snprintf(p->files, sizeof p->files, "0x%x", (unsigned)info.f_type);
    for (size_t i = 0; i < sizeof file_systems / sizeof *file_systems; i++) {
        if (file_systems[i].number != (unsigned)info.f_type) continue;
        snprintf(p->files, sizeof p->files, "%s", file_systems[i].name);
        p->is_shared = file_systems[i].is_shared;
    }
}

kd_status kd_probe_ask(kd_probe *out, const char *partition, const char *folder, kd_error *err)
{
    const char *const plugins[] = { "srun", "--mpi=list", NULL };
    kd_str            text = KD_STR_INIT, errors = KD_STR_INIT;
    *out = (kd_probe){ .version = "" };
    kd_status status = ask_controller(out, &text, &errors, err);
    kd_str_reset(&text);
    if (status == KD_OK) status = ask_partition(out, partition, &text, &errors, err);
    kd_str_reset(&text);
    kd_str_reset(&errors);
    if (status == KD_OK && ask(plugins, &text, &errors, NULL) == KD_OK) {
        kd_str_addf(&text, "\n%s", errors.text); /* older releases list them there */
        kd_probe_read_plugins(out, text.text);
    }
    kd_str_reset(&text);
    if (status == KD_OK) ask_person(out, &text, &errors);
    out->has_mpirun = is_in_path("mpirun");
    ask_files(out, folder);
    kd_str_fini(&text);
    kd_str_fini(&errors);
    return status;
}

/* ---- what it means ---- */

/* A partition may say its own. */
static const char *preemption_of(const kd_probe *p)
{
    return *p->preempt_here ? p->preempt_here : *p->preempt ? p->preempt : "OFF";
}

static bool gives_whole_nodes(const kd_probe *p)
{
    return strcmp(p->select, "select/linear") == 0 || strcmp(p->shares, "EXCLUSIVE") == 0;
}

static const char *preemption_words(const char *mode)
{
    if (strstr(mode, "CANCEL")) return "what is preempted is cancelled, and a successor goes on";
    if (strstr(mode, "REQUEUE")) return "what is preempted goes back into the queue by itself";
    if (strstr(mode, "SUSPEND")) return "what is preempted sleeps, and goes on";
    return "what runs is not preempted";
}

static void tell_limits(const kd_probe *p, kd_str *out)
{
    if (p->most_array > 1)
        kd_str_addf(out, "arrays       up to %d jobs", p->most_array - 1);
    else
        kd_str_add(out, "arrays       not allowed");
    if (p->most_jobs > 0) kd_str_addf(out, "; %d jobs in all", p->most_jobs);
    if (p->most_submitted > 0) kd_str_addf(out, ", %d of one person", p->most_submitted);
    kd_str_add_char(out, '\n');
}

void kd_probe_tell(const kd_probe *p, kd_str *out)
{
    const char *mode = preemption_of(p);
    bool        has_account = *p->accounting && !strstr(p->accounting, "/none");
    kd_str_addf(out, "scheduler    SLURM %s, cluster %s\n", p->version, p->cluster);
    kd_str_addf(out, "partition    %s: %d node%s of %d cores and %.1f GiB, time limit %s, %s\n",
                p->partition, p->nodes, p->nodes == 1 ? "" : "s", p->cores, p->memory_mb / 1024.0,
                p->most_time, gives_whole_nodes(p) ? "given whole" : "shared by jobs");
    kd_str_addf(out, "preemption   %s: %s\n", mode, preemption_words(mode));
    kd_str_addf(out, "signals      USR1 before the time limit%s; KILL %d s after TERM\n",
                p->signals_preempts ? " and before preemption" : "", p->kill_wait_s);
    kd_str_addf(out, "time         limits in whole minutes; starts are planned in steps of %d s\n",
                p->resolution_s);
    tell_limits(p, out);
    kd_str_addf(out, "accounting   %s\n",
                has_account ? "sacct knows jobs that ended, and what they used"
                            : "none: jobs that ended are soon unknown");
    kd_str_addf(out, "MPI          %s; srun has %s\n",
                p->has_mpirun ? "mpirun is here" : "no mpirun in PATH",
                *p->plugins ? p->plugins : "no plug-in that it tells");
    kd_str_addf(out, "files        %s%s\n", *p->files ? p->files : "not known",
                p->is_shared ? "" : ": of this machine alone, unless it is exported to the nodes");
}

__attribute__((format(printf, 4, 5))) static void choose(kd_probe_choices *out, const char *key,
                                                         const char *value, const char *fmt, ...)
{
    kd_probe_choice choice = { .key = key };
    va_list         args;
    va_start(args, fmt);
    snprintf(choice.value, sizeof choice.value, "%s", value);
    vsnprintf(choice.why, sizeof choice.why, fmt, args);
    va_end(args);
    kd_vec_push(out, choice);
}

static void choose_number(kd_probe_choices *out, const char *key, int number, const char *why)
{
    char value[24];
    snprintf(value, sizeof value, "%d", number);
    choose(out, key, value, "%s", why);
}

static int most_tasks(const kd_probe *p)
{
    int most = p->most_array > 1 ? p->most_array - 1 : 0;
    return p->most_submitted > 0 && p->most_submitted < most ? p->most_submitted : most;
}

static void choose_shape(const kd_probe *p, kd_probe_choices *out)
{
    if (gives_whole_nodes(p)) {
        choose(out, "shape", "\"one\"",
               "nodes are given whole, and one job of many ranks fills them");
    } else if (most_tasks(p) > 1) {
        choose(out, "shape", "\"array\"",
               "nodes are shared: small jobs fit into gaps, and need no MPI");
        if (most_tasks(p) < SOME) choose_number(out, "jobs", most_tasks(p), "more are not allowed");
    } else if (p->most_submitted != 1) {
        choose(out, "shape", "\"elastic\"",
               "arrays are not allowed: small jobs are handed in one by one");
    } else {
        choose(out, "shape", "\"one\"", "one job at a time is allowed");
    }
}

static void choose_start(const kd_probe *p, kd_probe_choices *out)
{
    char names[sizeof p->plugins + 2];
    snprintf(names, sizeof names, " %s ", p->plugins);
    if (p->has_mpirun) return;
    if (strstr(names, " pmix "))
        choose(out, "mpi", "\"pmix\"",
               "there is no mpirun: srun starts the ranks of jobs of several nodes");
    else if (*p->plugins)
        choose(out, "mpi", "\"" KD_SLURM_NO_MPI "\"",
               "there is no mpirun, and srun has no pmix: each node of a job runs by itself");
}

void kd_probe_choose(const kd_probe *p, kd_probe_choices *out)
{
    choose_shape(p, out);
    choose_start(p, out);
    if (strstr(preemption_of(p), "CANCEL"))
        choose_number(out, "links", LINKS,
                      "a preempted job is cancelled: successors wait behind it");
}
