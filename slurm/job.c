/* job.c - the template's places, filled. */
#include "slurm/job.h"

#include <ctype.h>
#include <string.h>

#include "slurm/job_template.h"

/* ---- directives ---- */

/* "#SBATCH --name=value"; sbatch splits these lines into words as a shell does. */
static void add_directive(kd_str *out, const char *name, const char *value)
{
    if (*value == '\0') return;
    kd_str_addf(out, "#SBATCH --%s=", name);
    kd_str_add_shell(out, value);
    kd_str_add_char(out, '\n');
}

static void add_number(kd_str *out, const char *name, int value)
{
    kd_str_addf(out, "#SBATCH --%s=%d\n", name, value);
}

static void add_extra(kd_str *out, const char *lines)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0) kd_str_addf(out, "#SBATCH %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

/* Where and how large; a rank on every core means whole nodes. */
static void add_resources(kd_str *out, const kd_slurm_options *o)
{
    add_directive(out, "partition", o->partition);
    add_directive(out, "account", o->account);
    add_directive(out, "qos", o->qos);
    add_directive(out, "reservation", o->reservation);
    add_directive(out, "constraint", o->constraint);
    add_number(out, "nodes", o->nodes);
    if (o->tasks > 0)
        add_number(out, "ntasks-per-node", o->tasks);
    else
        kd_str_add(out, "#SBATCH --exclusive\n");
    add_number(out, "cpus-per-task", o->cpus);
    add_directive(out, "mem", o->memory);
    add_directive(out, "time", o->time);
}

static void add_array(kd_str *out, const kd_job *job)
{
    if (job->shape != KD_SHAPE_ARRAY) return;
    kd_str_addf(out, "#SBATCH --array=1-%d", job->pool);
    if (job->at_once > 0) kd_str_addf(out, "%%%d", job->at_once);
    kd_str_add_char(out, '\n');
}

static void add_directives(kd_str *out, const kd_job *job)
{
    add_directive(out, "job-name", job->name);
    add_directive(out, "chdir", job->folder);
    add_resources(out, job->options);
    add_array(out, job);
    add_directive(out, "output", job->options->output);
    kd_str_add(out, "#SBATCH --open-mode=append\n#SBATCH --requeue\n");
    kd_str_addf(out, "#SBATCH --signal=B:USR1@%d\n", job->options->notice_s);
    if (job->shape == KD_SHAPE_ONE && job->options->nodes > 1)
        kd_str_add(out, "#SBATCH --no-kill\n");
    add_extra(out, job->options->extra);
    kd_str_cut(out, out->length - 1); /* the template has the line's end */
}

/* ---- places ---- */

/* How a job starts its workers. One of a pool on one node needs no MPI: its cells are children of `kdgrid run`; and neither
 * does one whose nodes have a member each, which share the store as jobs of a pool do. */
typedef enum { BY_ITSELF, BY_MEMBERS, BY_SRUN, BY_MPIRUN } start;

static start start_of(const kd_job *job)
{
    if (job->shape != KD_SHAPE_ONE && job->options->nodes == 1) return BY_ITSELF;
    if (strcmp(job->options->mpi, KD_SLURM_NO_MPI) == 0) return BY_MEMBERS;
    return *job->options->mpi != '\0' ? BY_SRUN : BY_MPIRUN;
}

static void add_workers(kd_str *out, const kd_slurm_options *o)
{
    if (o->tasks > 0)
        kd_str_addf(out, "%d", o->nodes * o->tasks);
    else if (o->cpus == 1)
        kd_str_add(out, "$((SLURM_JOB_NUM_NODES * SLURM_CPUS_ON_NODE))");
    else
        kd_str_addf(out, "$((SLURM_JOB_NUM_NODES * (SLURM_CPUS_ON_NODE / %d)))", o->cpus);
}

static void add_options(kd_str *out, const kd_job *job)
{
    if (job->shape == KD_SHAPE_ELASTIC)
        kd_str_addf(out, " --elastic %d --pace %d", job->pool, job->options->pace_s);
    if (job->group != NULL) {
        kd_str_add(out, " --group ");
        kd_str_add_shell(out, job->group);
    }
    if (job->profile != NULL) {
        kd_str_add(out, " --profile ");
        kd_str_add_shell(out, job->profile);
    }
    for (size_t i = 0; i < job->override_count; i++) {
        kd_str_add(out, " -D ");
        kd_str_add_shell(out, job->overrides[i]);
    }
}

/* "kdgrid run ...", with so many workers as `workers` says. */
static void add_program(kd_str *out, const kd_job *job, const char *workers)
{
    if (*job->options->container != '\0') kd_str_addf(out, "%s ", job->options->container);
    kd_str_add(out, "\"$kdgrid\" run ");
    kd_str_add_shell(out, job->experiment);
    kd_str_add(out, workers);
    kd_str_add(out, " --store ");
    kd_str_add_shell(out, job->store);
    add_options(out, job);
}

/* Ranks that srun starts are those of the job, and one more that coordinates and needs no core. Of members there is one on each node,
 * and none minds the end of another. */
static void add_run(kd_str *out, const kd_job *job)
{
    static const char *const workers[] = { [BY_ITSELF] = " -j \"$workers\"",
                                           [BY_MEMBERS] = " -j \"$each\"",
                                           [BY_SRUN] = "",
                                           [BY_MPIRUN] = " -n \"$workers\"" };
    start                    how = start_of(job);
    if (how == BY_MEMBERS)
        kd_str_addf(out,
                    "each=$((workers / SLURM_JOB_NUM_NODES))\n"
                    "srun --nodes=\"$SLURM_JOB_NUM_NODES\" --ntasks=\"$SLURM_JOB_NUM_NODES\" "
                    "--ntasks-per-node=1 --cpus-per-task=$((each * %d)) --no-kill "
                    "--kill-on-bad-exit=0 --wait=0 --mpi=none ",
                    job->options->cpus);
    if (how == BY_SRUN) {
        kd_str_add(out, "srun --ntasks=$((workers + 1)) --overcommit --no-kill --mpi=");
        kd_str_add_shell(out, job->options->mpi);
        kd_str_add_char(out, ' ');
    }
    add_program(out, job, workers[how]);
}

/* A node that is lost makes srun end with a code that says nothing of the study. What the other members left, if anything, is
 * done on this one, and its code is the study's; or in the next start, where they were told to stop. */
static void add_rest(kd_str *out, const kd_job *job)
{
    if (start_of(job) != BY_MEMBERS) return;
    kd_str_add(
        out, "\nif [ \"$code\" -gt 1 ] && [ -n \"$told\" ]; then\n"
             "    code=75\n"
             "elif [ \"$code\" -gt 1 ] && [ \"$code\" -ne 75 ]; then\n"
             "    echo \"kdgrid: the members ended with $code; what is left is done here\"\n    ");
    add_program(out, job, " -j \"$each\"");
    kd_str_add(out, " &\n    study=$!\n    attend\nfi");
}

/* A batch script is no login shell, and may have to be told what `module` is. */
static void add_prologue(kd_str *out, const kd_slurm_options *o)
{
    const char *lines = o->modules;
    if (*lines != '\0') kd_str_add(out, "command -v module >/dev/null || . /etc/profile\n");
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0) kd_str_addf(out, "module load %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
    kd_str_add(out, o->prologue);
}

static void fill_place(kd_str *out, const char *place, const kd_job *job)
{
    if (strcmp(place, "NAME") == 0)
        kd_str_add(out, job->name);
    else if (strcmp(place, "DIRECTIVES") == 0)
        add_directives(out, job);
    else if (strcmp(place, "PROGRAM") == 0)
        kd_str_add_shell(out, job->program);
    else if (strcmp(place, "WORKERS") == 0)
        add_workers(out, job->options);
    else if (strcmp(place, "PROLOGUE") == 0)
        add_prologue(out, job->options);
    else if (strcmp(place, "RUN") == 0)
        add_run(out, job);
    else if (strcmp(place, "REST") == 0)
        add_rest(out, job);
    else if (strcmp(place, "UNTIL") == 0)
        kd_str_addf(out, "%lld", job->until_s);
    else if (strcmp(place, "RESTARTS") == 0)
        kd_str_addf(out, "%d", job->options->restarts);
    else
        KD_CHECK(false, "job.sh.in: no place is called @%s@", place);
}

/* The length of "@WORD@" at `text`, 0 when there is none. */
static size_t place_length(const char *text)
{
    size_t length = 1;

    while (isupper((unsigned char)text[length])) length++;
    return length > 1 && text[length] == '@' ? length + 1 : 0;
}

static kd_status check_lines(const kd_job *job, kd_error *err)
{
    const char *const texts[] = { job->name, job->folder, job->program, job->experiment,
                                  job->store };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strchr(texts[i], '\n') != NULL)
            return kd_fail(err, KD_ECONFIG, "'%s': a job script cannot hold a line break here",
                           texts[i]);
    return KD_OK;
}

char *kd_job_script_path(const char *store)
{
    size_t length = strlen(store);
    while (length > 1 && store[length - 1] == '/') length--;
    return kd_sprintf("%.*s.sbatch", (int)length, store);
}

kd_status kd_job_script(const kd_job *job, kd_str *out, kd_error *err)
{
    const char *text = kd_job_template;
    kd_status   status = check_lines(job, err);

    while (status == KD_OK && *text != '\0') {
        size_t plain = strcspn(text, "@"), length;
        char   place[32] = "";
        kd_str_add_bytes(out, text, plain);
        text += plain;
        if (*text == '\0') break;
        length = place_length(text);
        if (length > 0 && length < sizeof place) {
            memcpy(place, text + 1, length - 2);
            fill_place(out, place, job);
        } else {
            kd_str_add_char(out, '@');
            length = 1;
        }
        text += length;
    }
    return status;
}
