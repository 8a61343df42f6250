/* session.c - the study first, then what is there, then the plan. */
#include "harness/plan/session.h"

#include <stdlib.h>

#include "harness/base/fs.h"

typedef struct {
    kd_id *ids;
    size_t count;
} inventory;

static bool is_there(kd_id id, void *user)
{
    const inventory *i = user;
    return kd_store_list_has(i->ids, i->count, id);
}

/* A folder that is going to be a store may be there already; one that is looked at has to be one. */
static bool is_store(const char *folder, kd_session_way way)
{
    char *objects = kd_fs_join(folder, "objects");
    bool  is = way == KD_SESSION_MAKES ? kd_fs_is_folder(objects) : kd_fs_exists(folder);
    free(objects);
    return is;
}

static kd_status open_store(kd_session *s, const char *folder, kd_session_way way, kd_error *err)
{
    kd_store_mode mode = way == KD_SESSION_MAKES ? KD_STORE_CREATE : KD_STORE_READ;
    if (way == KD_SESSION_PLANS || way == KD_SESSION_SHOWS) return KD_OK;
    if (way != KD_SESSION_READS && !is_store(folder, way)) return KD_OK;
    return kd_store_open(&s->store, folder, mode, err);
}

kd_status kd_session_look(kd_plan *plan, const kd_store *store, kd_error *err)
{
    inventory stock = { NULL, 0 };
    kd_status status = kd_store_list_whole(store, &stock.ids, &stock.count, err);
    if (status == KD_OK)
        kd_plan_look(plan, &(kd_plan_options){ .is_done = is_there, .user = &stock });
    free(stock.ids);
    return status;
}

static kd_status make_plan(kd_session *s, kd_session_way way, kd_error *err)
{
    kd_status status =
        kd_plan_create(&s->plan, s->study, &(kd_plan_options){ .lacks = &s->lacks }, err);
    if (status == KD_ENOINPUT && s->lacks.count > 0) {
        if (way == KD_SESSION_SHOWS) return KD_OK;
        status = kd_lacks_tell(&s->lacks, kd_study_path(s->study), err);
        kd_lacks_fini(&s->lacks);
    }
    if (status != KD_OK || !s->store || way == KD_SESSION_READS) return status;
    return kd_session_look(s->plan, s->store, err);
}

kd_status kd_session_open(kd_session *out, const char *experiment, const kd_study_options *study,
                          const char *store, kd_session_way way, kd_error *err)
{
    *out = (kd_session){ NULL };
    kd_status status = kd_study_open_telling(&out->study, experiment, study, err);
    if (status == KD_OK) status = open_store(out, store, way, err);
    return status == KD_OK ? make_plan(out, way, err) : status;
}

kd_status kd_session_make(kd_session *session, const char *store, kd_error *err)
{
    return session->store ? KD_OK : kd_store_open(&session->store, store, KD_STORE_CREATE, err);
}

void kd_session_close(kd_session *session)
{
    kd_plan_destroy(session->plan);
    kd_store_close(session->store);
    kd_study_close(session->study);
    kd_lacks_fini(&session->lacks);
    *session = (kd_session){ NULL };
}
