/* finding.c - from the words of a command line to a cell, or to the file of its object. */
#include "harness/cmd/finding.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/arena.h"
#include "harness/base/log.h"

kd_status kd_finding_cell(kd_id *out, const kd_finding *f, const kd_store *store, const char *word,
                          kd_error *err)
{
    kd_find_choice choice = { .where = f->where.items,
                              .where_count = f->where.count,
                              .metrics = f->metric.items,
                              .metric_count = f->metric.count,
                              .role = f->role,
                              .without_object = f->without_object };
    kd_str         said = KD_STR_INIT;
    kd_status      status = kd_find(out, store, word, &choice, &said, err);
    if (said.length > 0) kd_log_info("%s", said.text);
    kd_str_fini(&said);
    return status;
}

static bool is_of_a_store(const kd_finding *f, const char *word)
{
    if (f->folder || f->role || f->where.count > 0 || f->metric.count > 0) return true;
    if (access(word, F_OK) == 0) return false;
    return strcmp(word, "best") == 0 ||
           (strlen(word) >= KD_FIND_DIGITS && word[strspn(word, "0123456789abcdef")] == '\0');
}

kd_status kd_finding_path(char **out, const kd_finding *f, const char *word, kd_error *err)
{
    kd_store *store = NULL;
    kd_id     id;
    *out = NULL;
    if (!is_of_a_store(f, word)) {
        *out = kd_strdup(word);
        return KD_OK;
    }
    kd_status status = kd_store_open(&store, f->folder ? f->folder : "store", KD_STORE_READ, err);
    if (status == KD_OK) status = kd_finding_cell(&id, f, store, word, err);
    if (status == KD_OK) *out = kd_store_object_path(store, id);
    kd_store_close(store);
    return status;
}
