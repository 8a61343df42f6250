/* main.c - one line for an error, one exit code. */
#include <signal.h>
#include <stdio.h>

#include "harness/base/log.h"
#include "harness/cmd/cmd.h"

/* Results that could not be written are an error too. */
static kd_status flush_results(kd_status status, kd_error *err)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == KD_OK)
        return kd_fail(err, KD_EIO, "standard output cannot be written");
    return status;
}

int main(int argc, char **argv)
{
    kd_error  err = { "" };
    kd_status status;
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error, not an end */
    status = flush_results(kd_cmd_run_program(argc, argv, &err), &err);
    if (status != KD_OK && *err.text) kd_log_error("%s", err.text);
    kd_leave(kd_status_exit(status));
}
