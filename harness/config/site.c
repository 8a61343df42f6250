/* site.c - where the file of a site stands, and the probe's part of it. */
#include "harness/config/site.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"

#define FIRST_LINE                                                                                \
    "# >>> by `kdgrid submit --probe`, which makes this part anew; what stands outside of it is " \
    "yours\n"
#define LAST_LINE "# <<< by `kdgrid submit --probe`\n"

char *kd_site_path(void)
{
    const char *site = getenv("KDGRID_SITE"), *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (site) return *site ? kd_strdup(site) : NULL;
    if (config && *config) return kd_sprintf("%s/kdgrid/site.cfg", config);
    return home && *home ? kd_sprintf("%s/.config/kdgrid/site.cfg", home) : NULL;
}

char *kd_site_find(void)
{
    char *path = kd_site_path();
    if (!path || getenv("KDGRID_SITE") || kd_fs_exists(path)) return path;
    free(path);
    return NULL;
}

/* Without the part between the two lines, both of them included. */
static void cut_part(kd_str *text)
{
    kd_str      kept = KD_STR_INIT;
    const char *first = strstr(text->text, FIRST_LINE);
    const char *last = first ? strstr(first, LAST_LINE) : NULL;
    if (!last) return;
    kd_str_add_bytes(&kept, text->text, (size_t)(first - text->text));
    kd_str_add(&kept, last + strlen(LAST_LINE));
    kd_str_reset(text);
    kd_str_add(text, kept.text);
    kd_str_fini(&kept);
}

kd_status kd_site_remember(const char *path, const char *text, kd_error *err)
{
    kd_str    all = KD_STR_INIT;
    char     *folder = kd_fs_folder(path);
    kd_status status = kd_fs_make_folders(folder, err);
    if (status == KD_OK && kd_fs_exists(path)) status = kd_fs_read(path, &all, err);
    if (status == KD_OK) {
        cut_part(&all);
        if (all.length > 0 && all.text[all.length - 1] != '\n') kd_str_add_char(&all, '\n');
        kd_str_addf(&all, FIRST_LINE "%s" LAST_LINE, text);
        status = kd_fs_write(path, all.text, all.length, err);
    }
    kd_str_fini(&all);
    free(folder);
    return status;
}
