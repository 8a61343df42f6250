/* folder.c - the readers' lists, one after the other. */
#include "models/weights/folder.h"

#include <stdlib.h>

#include "harness/base/fs.h"
#include "models/text/tokenizer.h"
#include "models/weights/config.h"
#include "models/weights/weights.h"

static void add_if_there(kd_map *names, const char *folder, const char *name)
{
    char *path = kd_fs_join(folder, name);
    if (kd_fs_exists(path)) kd_map_put_number(names, name, 1);
    free(path);
}

kd_status kd_folder_list(kd_map *names, const char *folder, kd_error *err)
{
    const char *name;
    add_if_there(names, folder, KD_CONFIG_FILE);
    for (int i = 0; (name = kd_tokenizer_file(i)); i++) add_if_there(names, folder, name);
    return kd_weights_list(names, folder, err);
}
