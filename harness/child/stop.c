/* stop.c - signals become a count; the loops look at it. */
#include "harness/child/stop.h"

#include <signal.h>
#include <stddef.h>

#include "harness/base/interrupt.h"

static volatile sig_atomic_t count;

static void note(int number)
{
    (void)number;
    count = count + 1;
}

void kd_stop_install(void)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
    /* No SA_RESTART: a sleeping loop wakes at once. */
    kd_interrupt_catch(numbers, sizeof numbers / sizeof *numbers, note, 0);
}

int kd_stop_count(void)
{
    return count;
}
