/* service.h - texts that come in one by one, answered by threads that wait for them.
 *
 *     kd_service_put --> | queue, bounded | --> a thread with its asker --> on_done
 *
 * A job is one text, or JSON lines, and its answer what `kdgrid predict --json` prints of it. Each thread
 * takes one job at a time; jobs are taken in order and end in any.
 */
#ifndef KD_USE_SERVICE_H
#define KD_USE_SERVICE_H

#include "harness/use/intake.h"
#include "harness/use/predictor.h"

/* The caller owns it from before the put until on_done was called, and looks at it in neither's meantime. */
typedef struct {
    kd_form   form; /* KD_FORM_TEXT or KD_FORM_JSONL */
    kd_str    text;
    kd_str    answer; /* JSON lines, when status is KD_OK */
    kd_status status; /* KD_EDATA: the text is at fault, and err says where */
    kd_error  err;
    void (*on_taken)(void *user); /* called by who puts it, before a thread can have it */
    void (*on_done)(void *user);  /* called by the thread that answered */
    void *user;
} kd_asked_text;

typedef struct {
    int     waiting, busy; /* jobs now */
    int64_t answered, failed, refused;
    int64_t sentences;
    double  busy_s; /* that threads worked, together */
} kd_service_counts;

typedef struct kd_service kd_service;

/* Start `threads` threads; at most `most` jobs wait. The predictor must outlive the service. */
kd_status kd_service_create(kd_service **out, const kd_predictor *predictor, int threads, int most,
                            kd_error *err);

/* Hand in a job; false, and nothing was taken, when too many wait. */
bool kd_service_put(kd_service *service, kd_asked_text *job);

kd_service_counts kd_service_counted(kd_service *service);

/* Answer what is begun, refuse what waits (KD_EUNAVAILABLE), and end. NULL is fine. */
void kd_service_destroy(kd_service *service);

#endif
