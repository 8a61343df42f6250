/* corpus_classes.c - the classes of rows, numbered as they are met and put into order when all are known. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "models/text/corpus_internal.h"

enum { CLASSES_MOST = 1000 };

bool kd_relation_is_positive(const char *class_name)
{
    return strcasecmp(class_name, "false") != 0 && strcmp(class_name, "0") != 0 &&
           strcmp(class_name, "DDI-false") != 0;
}

void kd_classes_init(kd_class_table *table)
{
    *table = (kd_class_table){ .numbers = kd_map_create() };
}

void kd_classes_fini(kd_class_table *table)
{
    kd_map_destroy(table->numbers);
    kd_vec_fini(&table->lines);
}

kd_status kd_classes_number(kd_class_table *table, const kd_lines *lines, kd_slice label,
                            int32_t *out, kd_error *err)
{
    const kd_map_value *known = kd_map_get_n(table->numbers, label.text, label.length);

    *out = known != NULL ? (int32_t)known->number : (int32_t)kd_map_count(table->numbers);
    if (known != NULL) return KD_OK;
    if (*out > CLASSES_MOST)
        return kd_lines_fail(lines, err, "more than %d classes: is this column the label?",
                             CLASSES_MOST);
    char *name = kd_strndup(label.text, label.length);
    kd_map_put_number(table->numbers, name, *out);
    kd_vec_push(&table->lines, lines->number);
    free(name);
    return KD_OK;
}

static int compare_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Byte order, with negative classes behind all others. */
static int compare_by_sign(const void *a, const void *b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    int         by_sign = kd_relation_is_positive(right) - kd_relation_is_positive(left);

    return by_sign != 0 ? by_sign : strcmp(left, right);
}

static void add_found(const kd_class_table *table, kd_corpus *corpus, bool negative_last)
{
    kd_labels   *labels = corpus->labels;
    size_t       count = kd_map_count(table->numbers);
    bool         is_later_split = kd_labels_count(labels) > 0;
    const char **names = kd_alloc(count + 1, sizeof *names);

    for (size_t c = 0; c < count; c++) names[c] = kd_map_key(table->numbers, c);
    qsort(names, count, sizeof *names, negative_last ? compare_by_sign : compare_bytes);
    for (size_t c = 0; c < count; c++) {
        size_t length = strlen(names[c]);

        if (kd_labels_find(labels, names[c], length) >= 0) continue;
        kd_labels_add_class(labels, names[c], length);
        if (is_later_split) {
            int64_t met = kd_map_number(table->numbers, names[c], 0);

            kd_corpus_note(corpus, KD_NOTE_NEW_LABEL, table->lines.items[met]);
        }
    }
    free(names);
}

static void renumber_rows(const kd_class_table *table, kd_corpus *corpus)
{
    size_t count = kd_map_count(table->numbers);
    int   *ids = kd_alloc(count + 1, sizeof *ids);

    for (size_t c = 0; c < count; c++) {
        const char *name = kd_map_key(table->numbers, c);

        ids[c] = kd_labels_find(corpus->labels, name, strlen(name));
    }
    for (size_t row = 0; row < corpus->classes.count; row++)
        corpus->classes.items[row] = ids[corpus->classes.items[row]];
    free(ids);
}

void kd_classes_settle(const kd_class_table *table, kd_corpus *corpus, bool negative_last)
{
    add_found(table, corpus, negative_last);
    renumber_rows(table, corpus);
}
