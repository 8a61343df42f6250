/* doctor_told.c - checkups, as they are told and as they are read. */
#include "harness/review/doctor_internal.h"

#include <stdlib.h>

void kd_doctor_count_at_most(kd_doctor *d, const char *check, const char *where, const char *what,
                             int64_t value, int64_t limit)
{
    kd_vec_push(&d->told->checkups, (kd_checkup){ check, kd_strdup(where), what, (double)value,
                                                  (double)limit, .is_count = true });
}

void kd_doctor_count_at_least(kd_doctor *d, const char *check, const char *where, const char *what,
                              int64_t value, int64_t limit)
{
    kd_doctor_count_at_most(d, check, where, what, value, limit);
    d->told->checkups.items[d->told->checkups.count - 1].is_least = true;
}

void kd_doctor_share_at_most(kd_doctor *d, const char *check, const char *where, const char *what,
                             double value, double limit)
{
    kd_vec_push(&d->told->checkups, (kd_checkup){ check, kd_strdup(where), what, value, limit });
}

void kd_doctor_share_at_least(kd_doctor *d, const char *check, const char *where, const char *what,
                              double value, double limit)
{
    kd_vec_push(&d->told->checkups,
                (kd_checkup){ check, kd_strdup(where), what, value, limit, .is_least = true });
}

const kd_checkup *kd_diagnosis_checkups(const kd_diagnosis *diagnosis, size_t *count)
{
    *count = diagnosis->checkups.count;
    return diagnosis->checkups.items;
}

bool kd_checkup_is_fine(const kd_checkup *f)
{
    return f->is_least ? f->value >= f->limit : f->value <= f->limit;
}

void kd_diagnosis_destroy(kd_diagnosis *diagnosis)
{
    if (!diagnosis) return;
    for (size_t i = 0; i < diagnosis->checkups.count; i++) free(diagnosis->checkups.items[i].where);
    kd_vec_fini(&diagnosis->checkups);
    free(diagnosis);
}
