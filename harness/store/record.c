/* record.c - look-ups in the sorted rows of a record. */
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
