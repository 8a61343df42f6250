/* doctor_labels.c - what a head's outputs stand for, against the labels of the data. */
#include "harness/review/doctor_internal.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/store/foreign.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"

/* A network can be read without config.json. */
static bool is_bare(const char *folder, const char *config)
{
    kd_arch  ignored;
    kd_error why;
    return !kd_fs_exists(config) && kd_pretrained_arch(&ignored, folder, &why) == KD_OK;
}

/* Of a published folder, as those who load it read them; none when it names none. */
static kd_status read_folder_labels(const char *folder, kd_str *out, kd_error *err)
{
    char        *path = kd_fs_join(folder, KD_CONFIG_FILE);
    bool         has_config = !is_bare(folder, path);
    kd_published published;
    kd_status    status = has_config ? kd_config_read(&published, path, err) : KD_OK;
    if (status == KD_OK && has_config) {
        if (published.labels) kd_str_add(out, published.labels);
        kd_published_fini(&published);
    }
    free(path);
    return status;
}

static kd_status read_object_labels(const char *path, kd_str *out, kd_error *err)
{
    kd_object *object = NULL;
    bool       has = false;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status == KD_OK) status = kd_object_has(object, KD_KEY_LABELS, &has, err);
    if (status == KD_OK && has) status = kd_object_get_text(object, KD_KEY_LABELS, out, err);
    kd_object_close(object);
    return status;
}

/* Name -> its id, of names that stand a line each. */
static kd_map *number_lines(const char *lines)
{
    kd_map *numbers = kd_map_create();
    for (int64_t id = 0; *lines; id++) {
        size_t length = strcspn(lines, "\n");
        char  *name = kd_strndup(lines, length);
        kd_map_put_number(numbers, name, id);
        free(name);
        lines += length + (lines[length] == '\n');
    }
    return numbers;
}

/* How many labels one side has elsewhere or not at all. Sides that have at most O in common are
 * different tasks: the network gets a new head, and nothing is mixed up. */
static int64_t count_displaced(const char *theirs, const char *ours)
{
    kd_map *there = number_lines(theirs), *here = number_lines(ours);
    int64_t common = 0, equal = 0, all;
    for (size_t i = 0; i < kd_map_count(there); i++) {
        const char *name = kd_map_key(there, i);
        int64_t     id = kd_map_number(here, name, -1);
        common += id >= 0 && strcmp(name, "O") != 0;
        equal += id == kd_map_at(there, i)->number;
    }
    all = (int64_t)(kd_map_count(there) > kd_map_count(here) ? kd_map_count(there)
                                                             : kd_map_count(here));
    kd_map_destroy(there);
    kd_map_destroy(here);
    return common > 0 ? all - equal : 0;
}

/* How many of ours one side has not. */
static int64_t count_missing(const char *theirs, const char *ours)
{
    kd_map *there = number_lines(theirs), *here = number_lines(ours);
    int64_t missing = 0;
    for (size_t i = 0; i < kd_map_count(here); i++)
        missing += !kd_map_get(there, kd_map_key(here, i));
    kd_map_destroy(there);
    kd_map_destroy(here);
    return missing;
}

/* Whether the head is trained no further, and so found by name (harness/cell/first_weights.h). */
static bool is_ready(const kd_resolved *node)
{
    static const char *const trains[] = { "teacher.train.", "finetune.train.", "train." };
    for (size_t i = 0; i < sizeof trains / sizeof *trains; i++) {
        char       *epochs_key = kd_sprintf("%sepochs", trains[i]);
        char       *steps_key = kd_sprintf("%ssteps", trains[i]);
        const char *epochs = kd_resolved_value(node, epochs_key);
        const char *steps = kd_resolved_value(node, steps_key);
        free(epochs_key);
        free(steps_key);
        if (epochs) return strcmp(epochs, "0") == 0 && (!steps || strcmp(steps, "0") == 0);
    }
    return false;
}

static bool names_labels(const kd_resolved *node)
{
    static const char *const keys[] = { "teacher.label_names", "finetune.label_names",
                                        "student.label_names" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *names = kd_resolved_value(node, keys[i]);
        if (names && *names) return true;
    }
    return false;
}

static void count_labels(kd_doctor *d, const kd_resolved *node, const char *path,
                         const char *theirs, const char *ours)
{
    if (*theirs && is_ready(node))
        kd_doctor_count_at_most(d, "labels", path, "labels of the data that its head has not",
                                count_missing(theirs, ours), 0);
    else
        kd_doctor_count_at_most(d, "labels", path, "labels that stand elsewhere than in the data",
                                count_displaced(theirs, ours), 0);
}

kd_status kd_doctor_check_checkpoint(kd_doctor *d, const kd_resolved *node,
                                     const kd_doctor_corpus *corpus, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_INIT);
    if (!file || names_labels(node)) return KD_OK;
    kd_str    key = KD_STR_INIT, theirs = KD_STR_INIT;
    kd_status status = KD_OK;
    kd_str_addf(&key, "%s\n%d\n%s", file->path, is_ready(node), corpus->labels);
    if (!kd_map_get(d->seen, key.text)) {
        kd_map_put_number(d->seen, key.text, 0);
        status = kd_fs_is_folder(file->path) ? read_folder_labels(file->path, &theirs, err)
                                             : read_object_labels(file->path, &theirs, err);
        if (status == KD_OK) count_labels(d, node, file->path, theirs.text, corpus->labels);
    }
    kd_str_fini(&key);
    kd_str_fini(&theirs);
    return status;
}

kd_status kd_doctor_examine_targets(kd_doctor *d, const kd_resolved *node, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_TARGETS);
    const kd_doctor_corpus *corpus = kd_doctor_corpus_of(d, node);
    kd_foreign             *foreign;
    kd_str                  theirs = KD_STR_INIT;
    if (!file || !corpus) return KD_OK;
    kd_status status = kd_foreign_open(&foreign, file->path, err);
    if (status == KD_OK) status = kd_foreign_texts(foreign, "labels", &theirs, err);
    if (status == KD_OK) {
        bool    agrees = strcmp(theirs.text, corpus->labels) == 0;
        int64_t displaced = count_displaced(theirs.text, corpus->labels);
        kd_doctor_count_at_most(d, "labels", file->path,
                                "labels that stand elsewhere than in the data",
                                agrees          ? 0
                                : displaced > 0 ? displaced
                                                : 1,
                                0);
    }
    kd_foreign_close(foreign);
    kd_str_fini(&theirs);
    return status;
}
