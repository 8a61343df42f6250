/* folder.c - the readers' lists, one after the other. */
#include "models/weights/folder.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/brat.h"
#include "models/text/corpus.h"
#include "models/text/tokenizer.h"
#include "models/weights/config.h"
#include "models/weights/weights.h"

static void add_if_there(kd_map *names, const char *folder, const char *name)
{
    char *path = kd_fs_join(folder, name);
    if (kd_fs_exists(path)) kd_map_put_number(names, name, 1);
    free(path);
}

/* A folder of documents with their annotations, as a corpus may be. */
static kd_status add_documents(kd_map *names, const char *folder, kd_error *err)
{
    char    **found;
    size_t    count;
    bool      has_annotations = false;
    kd_status status = kd_fs_list(folder, &found, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++) has_annotations |= kd_ends_with(found[i], KD_BRAT_MENTIONS);
    for (size_t i = 0; i < count && has_annotations; i++)
        if (kd_ends_with(found[i], KD_BRAT_TEXT) || kd_ends_with(found[i], KD_BRAT_MENTIONS))
            kd_map_put_number(names, found[i], 1);
    kd_fs_free_names(found, count);
    return KD_OK;
}

/* Where a vocabulary is there too, a tokenizer in one file is not asked. */
static void add_tokenizer(kd_map *names, const char *folder)
{
    const char *name;
    size_t      before = kd_map_count(names);
    for (int i = 0; (name = kd_tokenizer_file(i)); i++)
        if (strcmp(name, KD_TOKENIZER_FILE) != 0) add_if_there(names, folder, name);
    if (kd_map_count(names) == before) add_if_there(names, folder, KD_TOKENIZER_FILE);
}

/* Or one of questions, when nothing else is here. */
static kd_status add_questions(kd_map *names, const char *folder, kd_error *err)
{
    char    **found;
    size_t    count;
    kd_status status = kd_fs_list(folder, &found, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++)
        if (kd_ends_with(found[i], KD_DOCUMENT_END)) kd_map_put_number(names, found[i], 1);
    kd_fs_free_names(found, count);
    return KD_OK;
}

kd_status kd_folder_list(kd_map *names, const char *folder, kd_error *err)
{
    add_if_there(names, folder, KD_CONFIG_FILE);
    add_tokenizer(names, folder);
    kd_status status = kd_weights_list(names, folder, err);
    if (status == KD_OK) status = add_documents(names, folder, err);
    bool is_empty = status == KD_OK && kd_map_count(names) == 0;
    return is_empty ? add_questions(names, folder, err) : status;
}
