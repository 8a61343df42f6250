/* record.c - look-ups in the sorted rows of a record, and two of them compared. */
#include "harness/store/record.h"

#include <string.h>

const char *kd_record_value(const kd_record *record, const char *key)
{
    size_t low = 0, high = record->setting_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int    order = strcmp(key, record->settings[middle].key);
        if (order == 0) return record->settings[middle].value;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const double *kd_record_number(const kd_record *record, const char *metric)
{
    size_t low = 0, high = record->metric_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int    order = strcmp(metric, record->metrics[middle].name);
        if (order == 0) return &record->metrics[middle].value;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool kd_record_has_settings_of(const kd_record *a, const kd_record *b)
{
    if (a->setting_count != b->setting_count) return false;
    for (size_t i = 0; i < a->setting_count; i++)
        if (strcmp(a->settings[i].key, b->settings[i].key) != 0 ||
            strcmp(a->settings[i].value, b->settings[i].value) != 0)
            return false;
    return true;
}

/* As bits, so that a NaN is itself and zeros have a sign. */
static bool is_same_number(double a, double b)
{
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static bool has_same_metrics(const kd_record *a, const kd_record *b)
{
    if (a->metric_count != b->metric_count) return false;
    for (size_t i = 0; i < a->metric_count; i++)
        if (strcmp(a->metrics[i].name, b->metrics[i].name) != 0 ||
            !is_same_number(a->metrics[i].value, b->metrics[i].value))
            return false;
    return true;
}

bool kd_record_is_same(const kd_record *a, const kd_record *b)
{
    return kd_id_equal(a->id, b->id) && strcmp(a->kind, b->kind) == 0 &&
           kd_record_has_settings_of(a, b) && has_same_metrics(a, b);
}
