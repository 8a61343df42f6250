/* cores.c - the mask that the scheduler keeps for this process. */
#include "harness/child/cores.h"

#include <sched.h>
#include <unistd.h>

#include "harness/base/digest.h"

kd_cores kd_cores_here(void)
{
    cpu_set_t mask;
    char      host[65] = "";
    CPU_ZERO(&mask);
    gethostname(host, sizeof host - 1);
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) CPU_SET(0, &mask);
    return (kd_cores){ .count = CPU_COUNT(&mask),
                       .set = kd_checksum(&mask, sizeof mask, kd_checksum(host, sizeof host, 0)) };
}
