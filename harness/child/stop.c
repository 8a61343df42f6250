/* stop.c - signals become a count; the loops look at it. */
#include "harness/child/stop.h"

#include <signal.h>
#include <stddef.h>

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
    struct sigaction action = { .sa_handler = note };
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

int kd_stop_count(void)
{
    return count;
}
