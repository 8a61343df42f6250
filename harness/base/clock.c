/* clock.c - the system's clocks in seconds. */
#include "harness/base/clock.h"

#include <stdio.h>
#include <time.h>

#include "harness/base/fault.h"

static double read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double haste(void)
{
    static double known;
    if (known <= 0) known = kd_fault_haste();
    return known;
}

double kd_clock_s(void)
{
    return haste() * read_clock(CLOCK_MONOTONIC);
}

double kd_clock_cpu_s(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double kd_clock_thread_s(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double kd_clock_unix_s(void)
{
    return read_clock(CLOCK_REALTIME) + kd_fault_jump_s();
}

double kd_clock_absence_s(double last_turn_s, double now_s)
{
    double ordinary_s = 2 * haste();
    return now_s - last_turn_s > ordinary_s ? now_s - last_turn_s : 0;
}

void kd_sleep_s(double seconds)
{
    if (seconds <= 0) return;
    struct timespec span = { (time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds)) };
    nanosleep(&span, NULL);
}

const char *kd_clock_words(char *out, size_t size, double seconds)
{
    if (seconds < 0) seconds = 0;
    if (seconds < 9.95) {
        snprintf(out, size, "%.1f s", seconds);
        return out;
    }
    long long whole = (long long)(seconds + 0.5);
    if (whole < 60)
        snprintf(out, size, "%lld s", whole);
    else if (whole < 3600)
        snprintf(out, size, "%lld min %lld s", whole / 60, whole % 60);
    else if (whole < 48 * 3600)
        snprintf(out, size, "%lld h %lld min", whole / 3600, whole / 60 % 60);
    else
        snprintf(out, size, "%lld days %lld h", whole / 86400, whole / 3600 % 24);
    return out;
}

const char *kd_clock_stamp(char *out, size_t size, double unix_s)
{
    time_t    whole = (time_t)unix_s;
    struct tm parts;
    gmtime_r(&whole, &parts);
    if (!strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &parts) && size) *out = 0;
    return out;
}
