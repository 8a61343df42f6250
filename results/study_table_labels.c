/* study_table_labels.c - what keys and values are called in print. */
#include <string.h>

#include "results/study_table_internal.h"

/* What a key (value NULL) or a value is called; the fallback when the file does not say. */
static const char *label_of(const kd_study_builder *b, const char *key, const char *value,
                            const char *fallback)
{
    for (size_t i = 0; i < b->spec->label_count; i++) {
        const kd_table_label *label = &b->spec->labels[i];
        if (strcmp(label->key, key) != 0) continue;
        if (value == NULL ? label->value == NULL
                          : label->value != NULL && strcmp(label->value, value) == 0)
            return label->label;
    }
    return fallback;
}

const char *kd_study_table_label(const kd_study_builder *b, const char *key, const char *value)
{
    return value != NULL ? label_of(b, key, value, value) : "-";
}

const char *kd_study_table_key_label(const kd_study_builder *b, const char *key,
                                     const char *fallback)
{
    return label_of(b, key, NULL, fallback);
}
