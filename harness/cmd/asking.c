/* asking.c - how many threads may ask a network. */
#include "harness/cmd/asking.h"

#include "harness/child/cores.h"

enum { THREADS_MOST = 1024 }; /* each has what a batch takes, so more would only fill the memory */

kd_status kd_asking_threads(int *threads, const char *verb, kd_error *err)
{
    if (*threads < 0 || *threads > THREADS_MOST)
        return kd_fail(err, KD_EUSAGE, "%s: --threads is 1 to %d", verb, THREADS_MOST);
    if (*threads == 0) *threads = kd_cores_here().count;
    return KD_OK;
}
