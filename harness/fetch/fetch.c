/* fetch.c - each file: is it there, from where does it come, into which form, is it the right one. */
#include "harness/fetch/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/str.h"
#include "harness/fetch/download.h"

#define FILE_MOST    ((int64_t)8 << 30) /* of which nobody says how long it is */
#define CONVERT_MOST ((int64_t)64 << 20)
#define RECORD       "FETCHED.json"

typedef struct {
    const kd_fetch_set     *set;
    const kd_fetch_options *options;
    kd_fetch_report        *report;
    char                   *folder;
    const kd_fetch_file    *file; /* the one that is at work */
    char                    digests[KD_FETCH_FILES][KD_SHA256_TEXT];
} fetching;

/* ---- forms ---- */

static const char *const chemprot_marks[][2] = { { "BC6ENTC", "@CHEMICAL$" },
                                                 { "BC6ENTG", "@GENE$" },
                                                 { "BC6OTHER", "@OTHER$" } };

static void add_marked(kd_str *out, const char *text, size_t length)
{
    size_t i = 0, marks = sizeof chemprot_marks / sizeof *chemprot_marks;
    while (i < length) {
        size_t m = 0, wide = 0;
        for (; m < marks; m++) {
            wide = strlen(chemprot_marks[m][0]);
            if (i + wide <= length && !memcmp(text + i, chemprot_marks[m][0], wide)) break;
        }
        if (m < marks) {
            kd_str_add(out, chemprot_marks[m][1]);
            i += wide;
        } else {
            kd_str_add_char(out, text[i++]);
        }
    }
}

kd_status kd_fetch_convert_chemprot(kd_str *out, const kd_str *in, const char *name, kd_error *err)
{
    const char *at = in->text, *end = at + in->length;
    long        line = 0;
    for (; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *next = stop ? stop + 1 : end;
        if (!stop) stop = end;
        if (stop > at && stop[-1] == '\r') stop--;
        const char *tab = memrchr(at, '\t', (size_t)(stop - at));
        if (!tab)
            return kd_fail(err, KD_EDATA, "%s:%ld: no tab between sentence and label", name,
                           line + 1);
        if (line == 0) {
            kd_str_add(out, "index\tsentence\tlabel\n");
        } else {
            bool is_none = stop - tab == 6 && !memcmp(tab + 1, "False", 5);
            kd_str_addf(out, "%ld\t", line - 1);
            add_marked(out, at, (size_t)(tab - at));
            kd_str_addf(out, "\t%.*s\n", is_none ? 5 : (int)(stop - tab - 1),
                        is_none ? "false" : tab + 1);
        }
        at = next;
    }
    return KD_OK;
}

static kd_status convert(fetching *f, const char *raw, const char *path, kd_error *err)
{
    kd_str in = KD_STR_INIT, out = KD_STR_INIT;
    if (kd_fs_size(raw) > CONVERT_MOST)
        return kd_fail(err, KD_EDATA, "%s: larger than anything that is converted", raw);
    kd_status status = kd_fs_read(raw, &in, err);
    if (status == KD_OK) status = kd_fetch_convert_chemprot(&out, &in, f->file->from, err);
    if (status == KD_OK) status = kd_fs_write(path, out.text, out.length, err);
    kd_str_fini(&in);
    kd_str_fini(&out);
    return status;
}

/* ---- where it comes from ---- */

static bool is_address(const char *from)
{
    return strstr(from, "://") != NULL;
}

static bool tell(void *user, int64_t done, int64_t total)
{
    const fetching *f = user;
    return !f->options->told || f->options->told(f->options->user, f->file->as, done, total);
}

static char *digest_of(fetching *f)
{
    return f->digests[f->file - f->set->files];
}

/* What is known of a file is known of what is kept: a conversion changes it. */
static kd_status download(fetching *f, const char *path, kd_error *err)
{
    const kd_fetch_options *o = f->options;
    bool                    is_kept = f->file->form == KD_FETCH_AS_IT_IS;
    const char             *end = o->from && kd_ends_with(o->from, "/") ? "" : "/";
    char       *url = o->from ? kd_sprintf("%s%s%s/%s", o->from, end, f->set->name, f->file->from)
                              : kd_sprintf("%s%s", f->set->base, f->file->from);
    kd_download what = { .url = url,
                         .path = path,
                         .sha256 = is_kept ? f->file->sha256 : NULL,
                         .bytes = is_kept ? f->file->bytes : 0,
                         .most = is_kept ? FILE_MOST : CONVERT_MOST,
                         .patience_s = o->patience_s,
                         .told = tell,
                         .user = f };
    kd_status   status = kd_download_file(&what, digest_of(f), err);
    free(url);
    return status;
}

static kd_status copy(const char *from, const char *to, kd_error *err)
{
    kd_fs_view view;
    kd_status  status = kd_fs_map(&view, from, err);
    if (status != KD_OK) return status;
    status = kd_fs_write(to, view.bytes, view.length, err);
    kd_fs_unmap(&view);
    return status;
}

/* A mirror may have what the publisher has, or what we made of it. */
static char *find_in_mirror(const fetching *f)
{
    const char *names[] = { f->file->as, f->file->from };
    for (int i = 0; i < 4; i++) {
        char *path = i < 2 ? kd_sprintf("%s/%s/%s", f->options->from, f->set->name, names[i])
                           : kd_sprintf("%s/%s", f->options->from, names[i - 2]);
        if (kd_fs_exists(path)) return path;
        free(path);
    }
    return NULL;
}

static kd_status copy_from_mirror(const fetching *f, const char *path, kd_error *err)
{
    char *found = find_in_mirror(f);
    if (!found)
        return kd_fail(err, KD_ENOINPUT, "%s has neither %s/%s nor %s", f->options->from,
                       f->set->name, f->file->as, f->file->from);
    kd_status status = copy(found, path, err);
    free(found);
    return status;
}

/* ---- one file ---- */

static kd_status check(fetching *f, const char *path, bool *is_right, kd_error *err)
{
    kd_status status = kd_sha256_of_file(digest_of(f), path, err);
    *is_right = status == KD_OK && (!f->file->sha256 || !strcmp(digest_of(f), f->file->sha256));
    return status;
}

static kd_status make_form(fetching *f, const char *raw, const char *path, kd_error *err)
{
    bool      is_right = false;
    kd_status status = check(f, raw, &is_right, err);
    if (status != KD_OK) return status;
    if (is_right && rename(raw, path) != 0) return kd_fail_errno(err, errno, "%s", path);
    return is_right ? KD_OK : convert(f, raw, path, err);
}

/* A download is held against its digest while it comes; what is converted or copied is read for it. One that nobody
 * states a digest of is right when it came whole: it has its name then only. */
static kd_status get(fetching *f, const char *path, kd_error *err)
{
    const kd_fetch_options *o = f->options;
    bool                    is_raw = f->file->form != KD_FETCH_AS_IT_IS, is_right = true;
    bool                    is_copied = o->from && !is_address(o->from);
    char                   *raw = kd_sprintf("%s%s", path, is_raw ? ".raw" : "");
    kd_status status = is_copied ? copy_from_mirror(f, raw, err) : download(f, raw, err);
    if (status == KD_OK) f->report->bytes += kd_fs_size(raw);
    if (status == KD_OK && is_raw) status = make_form(f, raw, path, err);
    if (status == KD_OK && (is_raw || is_copied)) status = check(f, path, &is_right, err);
    if (status == KD_OK && !is_right) {
        status = kd_fail(err, KD_EDATA, "%s: its SHA-256 is %s, and should be %s", path,
                         digest_of(f), f->file->sha256);
        unlink(path);
    }
    if (is_raw) unlink(raw);
    free(raw);
    return status;
}

static kd_status provide(fetching *f, kd_error *err)
{
    char     *path = kd_fs_join(f->folder, f->file->as);
    bool      is_right = false;
    kd_status status = kd_fs_exists(path) ? check(f, path, &is_right, err) : KD_OK;
    if (status == KD_OK && !is_right) status = get(f, path, err);
    *(is_right ? &f->report->kept : &f->report->fetched) += status == KD_OK;
    f->report->unsure += !f->file->sha256;
    free(path);
    return status;
}

/* ---- the record ---- */

static kd_status write_record(const fetching *f, kd_error *err)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    char           day[16], *path = kd_fs_join(f->folder, RECORD);
    time_t         now = time(NULL);
    strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
    kd_json_start(&w, &text, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "name", f->set->name);
    kd_json_put_text(&w, "source", f->set->source);
    kd_json_put_text(&w, "from", f->options->from ? f->options->from : f->set->base);
    kd_json_put_text(&w, "licence", f->set->licence);
    kd_json_put_text(&w, "day", day);
    kd_json_key(&w, "files");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < kd_fetch_file_count(f->set); i++) {
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "name", f->set->files[i].as);
        kd_json_put_text(&w, "sha256", f->digests[i]);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(&text, '\n');
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    free(path);
    return status;
}

static bool has_record(const fetching *f)
{
    char *path = kd_fs_join(f->folder, RECORD);
    bool  has = kd_fs_exists(path);
    free(path);
    return has;
}

kd_status kd_fetch(const kd_fetch_set *set, const kd_fetch_options *options,
                   kd_fetch_report *report, kd_error *err)
{
    fetching f = { .set = set, .options = options, .report = report };
    *report = (kd_fetch_report){ 0 };
    if (set->by_hand)
        return kd_fail(err, KD_EUSAGE, "%s is not fetched by a program (%s; %s): %s", set->name,
                       set->source, set->licence, set->by_hand);
    f.folder = kd_fs_join(options->into, set->name);
    kd_status status = kd_fs_make_folders(f.folder, err);
    for (size_t i = 0; i < kd_fetch_file_count(set) && status == KD_OK; i++) {
        f.file = &set->files[i];
        status = provide(&f, err);
    }
    if (status == KD_OK && (report->fetched > 0 || !has_record(&f))) status = write_record(&f, err);
    free(f.folder);
    return status;
}
