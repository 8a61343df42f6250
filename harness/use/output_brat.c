/* output_brat.c - a file of mentions for each text, in a folder, and the text beside it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/use/output_internal.h"
#include "models/text/brat.h"

/* "<folder>/<name without its end><end>"; the caller frees it. */
static char *path_of(const kd_output *o, const char *end)
{
    const char *name = kd_fs_name(o->name.text), *dot = strrchr(name, '.');
    return kd_sprintf("%s/%.*s%s", o->options.folder,
                      (int)(dot ? (size_t)(dot - name) : strlen(name)), name, end);
}

static kd_status begin(kd_output *o, kd_error *err)
{
    if ((o->of != KD_OF_FILE && o->of != KD_OF_FOLDER) || strcmp(o->name.text, "-") == 0)
        return kd_fail(err, KD_EUSAGE, "brat stands beside files of text, and this is none");
    char     *path = path_of(o, KD_BRAT_MENTIONS), *text = path_of(o, KD_BRAT_TEXT);
    bool      is_there = kd_fs_exists(path) || kd_fs_exists(text);
    kd_status status = is_there ? kd_fail(err, KD_ECREATE, "%s: is there already", path)
                                : kd_fs_draft_open(&o->draft, path, err);
    free(text);
    free(path);
    o->before = o->mentions;
    return status;
}

static kd_status sentence(kd_output *o, const kd_answered *a, kd_error *err)
{
    kd_str  lines = KD_STR_INIT;
    int64_t number = o->mentions - (int64_t)a->told_count - o->before;
    for (size_t i = 0; i < a->told_count; i++) {
        const kd_told *m = &a->told[i];
        kd_str_addf(&lines, "T%lld\t%s %llu %llu\t", (long long)++number, m->type,
                    (unsigned long long)m->begin, (unsigned long long)m->end);
        kd_str_add_plain(&lines, a->text + m->at, m->length);
        kd_str_add_char(&lines, '\n');
    }
    kd_status status =
        lines.length ? kd_fs_draft_write(&o->draft, lines.text, lines.length, err) : KD_OK;
    kd_str_fini(&lines);
    return status;
}

static kd_status copy(kd_fs_draft *to, const char *from, kd_error *err)
{
    int       fd;
    char      bytes[65536];
    ssize_t   got = 0;
    kd_status status = kd_fs_open(&fd, from, err);
    while (status == KD_OK && (got = read(fd, bytes, sizeof bytes)) > 0)
        status = kd_fs_draft_write(to, bytes, (size_t)got, err);
    if (got < 0) status = kd_fail_errno(err, errno, "%s", from);
    if (fd >= 0) close(fd);
    return status;
}

static kd_status copy_text(const kd_output *o, kd_error *err)
{
    kd_fs_draft draft;
    char       *path = path_of(o, KD_BRAT_TEXT);
    kd_status   status = kd_fs_draft_open(&draft, path, err);
    if (status == KD_OK && (status = copy(&draft, o->name.text, err)) != KD_OK)
        kd_fs_draft_discard(&draft);
    else if (status == KD_OK)
        status = kd_fs_draft_commit(&draft, path, err);
    free(path);
    return status;
}

static kd_status end(kd_output *o, kd_error *err)
{
    char     *path = path_of(o, KD_BRAT_MENTIONS);
    kd_status status = kd_fs_draft_commit(&o->draft, path, err);
    o->draft.fd = -1;
    free(path);
    return status == KD_OK ? copy_text(o, err) : status;
}

const kd_output_form kd_output_brat = { begin, sentence, end };
