/* shm.c - one folder a job. */
#include "harness/dispatch/shm.h"

#include <stdlib.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/child/scratch.h"

#define PLACE     "/dev/shm"
#define DIRECTIVE "OMPI_MCA_btl_vader_backing_directory"

static struct {
    char *path;
    int   fd;
} own = { NULL, -1 };

const char *kd_shm_job(void)
{
    const char *job = getenv(KD_SHM_JOB);
    return job ? job : getenv("PMIX_NAMESPACE");
}

void kd_shm_enter(void)
{
    const char *job = kd_shm_job();
    if (!job || getenv(DIRECTIVE)) return;
    kd_scratch_clean(PLACE);
    own.path = kd_scratch_path(PLACE, job);
    own.fd = kd_scratch_hold(own.path);
    if (own.fd >= 0) setenv(DIRECTIVE, own.path, 1);
}

void kd_shm_leave(void)
{
    if (own.fd >= 0) {
        kd_scratch_remove(own.path);
        close(own.fd);
    }
    free(own.path);
    own.path = NULL;
    own.fd = -1;
}

void kd_shm_remove(const char *job)
{
    char *path = kd_scratch_path(PLACE, job);
    kd_scratch_remove(path);
    free(path);
}
