/* submit.c - sbatch copies the script, so ours may go when it has answered. */
#include "slurm/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/process.h"

/* Its last line, which says why, without the line's end. */
static const char *last_line(kd_str *text)
{
    char *line;

    while (text->length > 0 && text->text[text->length - 1] == '\n')
        kd_str_cut(text, text->length - 1);
    line = strrchr(text->text, '\n');
    return line != NULL ? line + 1 : text->text;
}

enum { WORDS = 8 };

/* One that can never start, because what it waits for ended well, leaves the queue. */
static void add_dependency(const char *argv[WORDS], char **owned, const char *after)
{
    int number = (int)strcspn(after, ";"); /* without the cluster */
    owned[0] = kd_sprintf("--dependency=afternotok:%.*s", number, after);
    owned[1] = kd_sprintf("--export=ALL,KDGRID_AFTER=%.*s", number, after);
    argv[2] = owned[0];
    argv[3] = owned[1];
    argv[4] = "--kill-on-invalid-dep=yes";
}

/* A job that a job hands in is none of its steps and has its own number, restarts and ranks; what a person set stays. */
static kd_status run_sbatch(const char *const *argv, double most_s, kd_str *output, kd_str *errors,
                            kd_process_end *end, kd_error *err)
{
    static const char *const drop[] = { "SLURM_", "OMPI_", "PMIX_", "KDGRID_AFTER", NULL };
    static const char *const keep[] = { "SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT" };
    char                    *kept[4] = { NULL };
    size_t                   count = 0;
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        if (getenv(keep[i])) kept[count++] = kd_sprintf("%s=%s", keep[i], getenv(keep[i]));
    kd_process_options options = { .argv = argv,
                                   .extra_env = (const char *const *)kept,
                                   .drop_env = drop };
    kd_status          status = kd_process_capture_with(&options, most_s, output, errors, end, err);
    for (size_t i = 0; i < count; i++) free(kept[i]);
    return status;
}

static kd_status ask(char *job, size_t size, const char *path, const char *after, double most_s,
                     kd_error *err)
{
    const char    *argv[WORDS] = { "sbatch", "--parsable", path };
    char          *owned[2] = { NULL, NULL };
    kd_str         output = KD_STR_INIT, errors = KD_STR_INIT;
    kd_process_end end;
    if (after != NULL) {
        add_dependency(argv, owned, after);
        argv[5] = path;
    }
    kd_status status = run_sbatch(argv, most_s, &output, &errors, &end, err);
    char      how[64];

    if (status == KD_ENOINPUT)
        status = kd_fail(err, KD_EUNAVAILABLE,
                         "sbatch is not here: this machine hands in no SLURM "
                         "jobs; --dry-run prints the script");
    else if (status == KD_OK && (!end.exited || end.code != 0 || output.length == 0))
        status = kd_fail(err, KD_EUNAVAILABLE, "%s",
                         errors.length > 0 ? last_line(&errors)
                                           : kd_process_end_words(how, sizeof how, &end));
    else if (status == KD_OK)
        snprintf(job, size, "%s", last_line(&output));
    kd_str_fini(&output);
    kd_str_fini(&errors);
    free(owned[0]);
    free(owned[1]);
    return status;
}

kd_status kd_submit(char *job, size_t size, const char *script, const char *after, double most_s,
                    kd_error *err)
{
    const char *folder = getenv("TMPDIR");
    char       *path = kd_sprintf("%s/kdgrid-job-XXXXXX", folder != NULL ? folder : "/tmp");
    int         fd = mkstemp(path);
    kd_status   status;

    if (fd < 0) {
        status = kd_fail_errno(err, errno, "%s: cannot create", path);
        free(path);
        return status;
    }
    close(fd);
    status = kd_fs_write(path, script, strlen(script), err);
    if (status == KD_OK) status = ask(job, size, path, after, most_s, err);
    unlink(path);
    free(path);
    return status;
}
