/* session.h - a study, its store and its plan, opened together and in the order that leaves nothing behind.
 *
 *     EXPERIMENT.cfg --> study --+
 *     STORE -----------> store --+--> plan: what is done, what has to be made
 *
 * A store is made only for a study that can be planned; one that is there is opened once.
 */
#ifndef KD_PLAN_SESSION_H
#define KD_PLAN_SESSION_H

#include "harness/config/study.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"

/* What the store is for. */
typedef enum {
    KD_SESSION_PLANS, /* there is none, and nothing is done */
    KD_SESSION_SHOWS, /* the same, and files may be missing: then `plan` is NULL and `lacks` has them */
    KD_SESSION_READS, /* it must be there; the plan does not ask what it has */
    KD_SESSION_LOOKS, /* what it has is done; there may be none, and then `store` is NULL */
    KD_SESSION_MAKES, /* the same, and it is written to; kd_session_make where there is none yet */
} kd_session_way;

typedef struct {
    kd_study *study;
    kd_store *store;
    kd_plan  *plan;
    kd_lacks  lacks; /* of KD_SESSION_SHOWS alone */
} kd_session;

/* `store` is the folder. Mistakes of the experiment file are told as kd_study_open_telling tells them, missing
 * files as kd_lacks_tell does. The caller closes the session, also after a failure; or the three, plan first, when it
 * keeps them elsewhere. */
kd_status kd_session_open(kd_session *out, const char *experiment, const kd_study_options *study,
                          const char *store, kd_session_way way, kd_error *err);

/* Make the store of a session that had none; nothing where it has. */
kd_status kd_session_make(kd_session *session, const char *store, kd_error *err);

/* Let a plan know what this store has by now. */
kd_status kd_session_look(kd_plan *plan, const kd_store *store, kd_error *err);

void kd_session_close(kd_session *session);

#endif
