/* clock.h - time, in seconds. */
#ifndef KD_BASE_CLOCK_H
#define KD_BASE_CLOCK_H

#include <stddef.h>

double kd_clock_s(void);        /* since some start; never goes back */
double kd_clock_cpu_s(void);    /* this process's own computing time */
double kd_clock_thread_s(void); /* this thread's own */
double kd_clock_unix_s(void);   /* since 1970, for records that people read */
void   kd_sleep_s(double seconds);

/* How long this process was away between two turns of a loop that comes round several times a
 * second: stopped by a signal, suspended by a scheduler, caught in a disk. 0 for a turn of ordinary
 * length. Who was away could hear nobody and must not blame others for their silence. */
double kd_clock_absence_s(double last_turn_s, double now_s);

/* "1.2 s", "3 min 20 s", "5 h 12 min" in `out`, which it returns. */
const char *kd_clock_words(char *out, size_t size, double seconds);

/* "2026-11-21T06:42:00Z" of a kd_clock_unix_s. */
const char *kd_clock_stamp(char *out, size_t size, double unix_s);

#endif
