/* progress.h - how a sweep goes, told to people or to programs.
 *
 *     bar     [=======>          ] 5/12 cells, 1 failed, 2 running, eta 12 s     on a terminal
 *             devel f1: best 0.8123 hidden=64 seed=2, last 0.8011 hidden=32 seed=1
 *     lines   [ 7/18] student hidden=64 seed=2: devel f1 0.8123 in 3.2 s (eta 12 s)
 *     json    {"event":"done","cell":"3f0c...","label":"student ...","devel_f1":0.8123,...}
 *
 * Lines and JSON count all steps, corpora and teachers among them; the bar counts the study's cells. It
 * stands in place and neither of its lines is wider than 79 columns; what failed is told whole, in a
 * line of its own above it.
 */
#ifndef KD_DISPATCH_PROGRESS_H
#define KD_DISPATCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"

typedef enum {
    KD_PROGRESS_NONE,
    KD_PROGRESS_BAR,
    KD_PROGRESS_LINES,
    KD_PROGRESS_JSON,
} kd_progress_style;

/* How the study stands. */
typedef struct {
    size_t total, done, failed, blocked, running;
    size_t cells, cells_done,
        cells_failed; /* of these, the study's own results; failed: or blocked */
    int    workers;
    double eta_s; /* negative while unknown: see kd_ledger_eta_s */
} kd_progress_counts;

typedef enum {
    KD_EVENT_DONE,
    KD_EVENT_ADOPTED, /* its object was there */
    KD_EVENT_RETRY,
    KD_EVENT_FAILED,
    KD_EVENT_STOPPED,
} kd_event_kind;

/* Something happened to one cell. */
typedef struct {
    kd_event_kind kind;
    kd_id         id;
    const char   *label;
    bool          is_cell; /* a result of the study, not what one stands on */
    double        score;   /* its last on the devel split; NaN when it has none */
    double        wall_s;
    const char   *cause;  /* RETRY, FAILED: "crash" */
    const char   *text;   /* RETRY, FAILED: one line */
    size_t        blocks; /* FAILED: how many others it takes with it */
} kd_event;

typedef struct kd_progress kd_progress;

/* "auto" (a bar when `out` is a terminal, else lines), "bar", "lines", "json", "none".
 * KD_EUSAGE for another word. */
kd_status kd_progress_parse(kd_progress_style *out, const char *word, FILE *stream, kd_error *err);

/* Writes to `stream`, which is borrowed. NO_COLOR is honoured. */
kd_progress *kd_progress_create(kd_progress_style style, FILE *stream);

void kd_progress_tell(kd_progress *progress, const kd_event *event,
                      const kd_progress_counts *standing);

/* Draw the bar again, when it is time to; `now_s` is kd_clock_s. */
void kd_progress_tick(kd_progress *progress, const kd_progress_counts *standing, double now_s);

/* Whether tick would draw: what a standing costs need not be paid for nothing. */
bool kd_progress_is_due(const kd_progress *progress, double now_s);

/* The last line: "18 of 18 done in 12 s". */
void kd_progress_end(kd_progress *progress, const kd_progress_counts *standing, double wall_s,
                     const char *why);

void kd_progress_destroy(kd_progress *progress); /* NULL is fine */

#endif
