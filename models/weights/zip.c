/* zip.c - the only door to libzip. */
#include "models/weights/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "harness/base/str.h"

struct kd_zip {
    zip_t *archive;
    char  *path;
    size_t left; /* bytes that members can still have: together no more than the file */
};

static bool leads_out(const char *name)
{
    return *name == '/' || strchr(name, '\\') || strncmp(name, "../", 3) == 0 ||
           strstr(name, "/../") || kd_ends_with(name, "/..");
}

/* Of two members of one name it would be chance which one is read. */
static kd_status check_names(const kd_zip *zip, kd_error *err)
{
    kd_map   *seen = kd_map_create();
    kd_status status = KD_OK;
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip->archive, 0) && status == KD_OK; i++) {
        const char *name = zip_get_name(zip->archive, (zip_uint64_t)i, 0);
        if (!name || leads_out(name))
            status = kd_fail(err, KD_EDATA, "%s: member %s: its name leads out of the file",
                             zip->path, name ? name : "without a name");
        else if (kd_map_get(seen, name))
            status = kd_fail(err, KD_EDATA, "%s: member %s: is there twice", zip->path, name);
        else
            kd_map_put_number(seen, name, 1);
    }
    kd_map_destroy(seen);
    return status;
}

kd_status kd_zip_open(kd_zip **out, const char *path, kd_error *err)
{
    int    code;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &code);
    if (!archive) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        kd_status status = kd_fail(err, code == ZIP_ER_NOENT ? KD_ENOINPUT : KD_EDATA, "%s: %s",
                                   path, zip_error_strerror(&error));
        zip_error_fini(&error);
        return status;
    }
    kd_zip *zip = kd_alloc(1, sizeof *zip);
    *zip = (kd_zip){ archive, kd_strdup(path), (size_t)kd_fs_size(path) };
    kd_status status = check_names(zip, err);
    if (status == KD_OK)
        *out = zip;
    else
        kd_zip_close(zip);
    return status;
}

void kd_zip_close(kd_zip *zip)
{
    if (!zip) return;
    zip_discard(zip->archive);
    free(zip->path);
    free(zip);
}

const char *kd_zip_folder_of(const kd_zip *zip, const char *name, kd_arena *arena)
{
    zip_int64_t place = zip_name_locate(zip->archive, name, ZIP_FL_NODIR);
    if (place < 0) return NULL;
    const char *full = zip_get_name(zip->archive, (zip_uint64_t)place, 0);
    return kd_arena_strndup(arena, full, strlen(full) - strlen(name));
}

bool kd_zip_has(const kd_zip *zip, const char *member)
{
    return zip_name_locate(zip->archive, member, 0) >= 0;
}

static kd_status read_member(zip_file_t *file, char *out, size_t length)
{
    size_t done = 0;
    while (done < length) {
        zip_int64_t got = zip_fread(file, out + done, length - done);
        if (got <= 0) return KD_EDATA;
        done += (size_t)got;
    }
    return zip_fread(file, &(char){ 0 }, 1) == 0 ? KD_OK : KD_EDATA; /* also checks the CRC */
}

kd_status kd_zip_read(kd_zip *zip, const char *member, kd_arena *arena, const char **bytes,
                      size_t *length, kd_error *err)
{
    zip_stat_t info;
    zip_t     *archive = zip->archive;
    if (zip_stat(archive, member, 0, &info) != 0)
        return kd_fail(err, KD_EDATA, "has no member %s", member);
    if (info.comp_method != ZIP_CM_STORE || info.encryption_method != ZIP_EM_NONE ||
        info.size != info.comp_size)
        return kd_fail(err, KD_EDATA, "%s: is compressed, which weights never are", member);
    if (info.size > zip->left)
        return kd_fail(err, KD_EDATA, "%s: members are larger than the file", member);
    zip->left -= info.size;
    zip_file_t *file = zip_fopen_index(archive, info.index, 0);
    if (!file) return kd_fail(err, KD_EDATA, "%s: %s", member, zip_strerror(archive));
    char     *out = kd_arena_alloc(arena, (size_t)info.size + 1, 1);
    kd_status status = read_member(file, out, (size_t)info.size);
    zip_fclose(file);
    if (status != KD_OK) return kd_fail(err, status, "%s: is damaged", member);
    *bytes = out;
    *length = (size_t)info.size;
    return KD_OK;
}
