/* intake.c - files, one after another, as lines for their form.
 *
 *     next -> open a file -> next_line -> the form -> sentences in the portion
 *                ^             |  |
 *                '-- its end --'  '-- nothing more for now: the portion goes as it is
 */
#include "harness/use/intake_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/text/brat.h"

#define READ_BYTES        65536
#define PART_BYTES        65536 /* of a long line */
#define PORTION_BYTES     ((size_t)256 << 10)
#define PORTION_SENTENCES 512

static const char *const form_words[] = {
#define X(name, word) word,
    KD_FORMS(X)
#undef X
};

const char *kd_form_word(kd_form form)
{
    return form_words[form];
}

bool kd_form_parse(kd_form *out, const char *word)
{
    if (strcmp(word, "conll") == 0) word = kd_form_word(KD_FORM_TSV);
    for (kd_form form = 0; form < KD_FORM_COUNT; form++)
        if (strcmp(word, form_words[form]) == 0) {
            *out = form;
            return true;
        }
    return false;
}

static kd_form form_by_name(const char *path)
{
    static const struct {
        const char *end;
        kd_form     form;
    } ends[] = {
        { ".tsv", KD_FORM_TSV },      { ".conll", KD_FORM_TSV },  { ".iob", KD_FORM_TSV },
        { ".iob2", KD_FORM_TSV },     { ".bio", KD_FORM_TSV },    { ".jsonl", KD_FORM_JSONL },
        { ".ndjson", KD_FORM_JSONL }, { ".json", KD_FORM_JSONL },
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (kd_ends_with(path, ends[i].end)) return ends[i].form;
    return KD_FORM_TEXT;
}

/* ---- opening ---- */

static void add_file(kd_intake *in, char *path, kd_form form)
{
    kd_vec_push(&in->paths, path);
    kd_vec_push(&in->forms, form);
}

static kd_status add_folder(kd_intake *in, const char *folder, kd_error *err)
{
    char    **names;
    size_t    count, before = in->paths.count;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++)
        if (kd_ends_with(names[i], KD_BRAT_TEXT))
            add_file(in, kd_fs_join(folder, names[i]), KD_FORM_BRAT);
    kd_fs_free_names(names, count);
    if (in->paths.count == before)
        return kd_fail(err, KD_ENOINPUT, "%s: no .txt file here", folder);
    return KD_OK;
}

/* A question and what it is asked of are two texts, which only JSON keeps apart; other pairs are rows of a table, too. */
static kd_status settle_form(kd_intake *in, kd_error *err)
{
    kd_form *form = &in->options.form;
    bool     are_pairs = in->options.task == KD_TASK_PAIR;
    if (kd_task_of(in->options.task)->texts == 1) return KD_OK;
    if (*form == KD_FORM_AUTO && !are_pairs) *form = KD_FORM_JSONL;
    if (*form == KD_FORM_JSONL || (are_pairs && (*form == KD_FORM_TSV || *form == KD_FORM_AUTO)))
        return KD_OK;
    if (are_pairs)
        return kd_fail(err, KD_EUSAGE, "pairs of texts come as tsv or jsonl, not as %s",
                       kd_form_word(*form));
    return kd_fail(err, KD_EUSAGE,
                   "questions come as JSON lines with \"question\" and \"context\", not as %s",
                   kd_form_word(*form));
}

/* What no name says of pairs is JSON, for running text is none. */
static kd_form form_of_file(const kd_intake *in, const char *path)
{
    kd_form form = form_by_name(path);
    if (in->options.form != KD_FORM_AUTO) return in->options.form;
    return form == KD_FORM_TEXT && in->options.task == KD_TASK_PAIR ? KD_FORM_JSONL : form;
}

static kd_status add_path(kd_intake *in, const char *path, kd_error *err)
{
    kd_form form = in->options.form;
    if (strcmp(path, "-") != 0 && kd_fs_is_folder(path)) {
        if ((form != KD_FORM_AUTO && form != KD_FORM_BRAT) || in->options.task == KD_TASK_PAIR)
            return kd_fail(err, KD_EUSAGE, "%s: is a folder, and no %s", path,
                           form == KD_FORM_AUTO ? "file of pairs" : kd_form_word(form));
        return add_folder(in, path, err);
    }
    add_file(in, kd_strdup(path), form_of_file(in, path));
    return KD_OK;
}

kd_status kd_intake_open(kd_intake **out, const char *const *paths, size_t count,
                         const kd_intake_options *options, kd_error *err)
{
    kd_intake *in = kd_alloc(1, sizeof *in);
    *in = (kd_intake){ .options = *options, .fd = -1 };
    kd_str_init(&in->bytes);
    kd_str_init(&in->words);
    kd_status status = settle_form(in, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) status = add_path(in, paths[i], err);
    *out = status == KD_OK ? in : NULL;
    if (status != KD_OK) kd_intake_close(in);
    return status;
}

static void close_file(kd_intake *in)
{
    if (in->fd > STDIN_FILENO) close(in->fd);
    in->fd = -1;
    kd_splitter_destroy(in->splitter);
    in->splitter = NULL;
}

void kd_intake_close(kd_intake *in)
{
    if (!in) return;
    close_file(in);
    for (size_t i = 0; i < in->paths.count; i++) free(in->paths.items[i]);
    kd_vec_fini(&in->paths);
    kd_vec_fini(&in->forms);
    kd_str_fini(&in->bytes);
    kd_str_fini(&in->words);
    kd_vec_fini(&in->places);
    free(in);
}

kd_intake_counts kd_intake_counted(const kd_intake *in)
{
    return in->counts;
}

/* A pipe that the shell made for us is read as it comes; another path has to be a file. */
static kd_status open_path(int *fd, const char *path, kd_error *err)
{
    if (strcmp(path, "-") == 0) {
        *fd = STDIN_FILENO;
        return KD_OK;
    }
    if (!kd_starts_with(path, "/dev/fd/") && strcmp(path, "/dev/stdin") != 0)
        return kd_fs_open(fd, path, err);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? KD_OK : kd_fail_errno(err, errno, "%s", path);
}

static const kd_intake_form *form_of(const kd_intake *in)
{
    return kd_intake_form_of(in->forms.items[in->at], in->options.task);
}

static kd_status open_next(kd_intake *in, kd_error *err)
{
    struct stat info;
    kd_status   status = open_path(&in->fd, in->paths.items[in->at], err);
    if (status != KD_OK) return status;
    in->is_file = fstat(in->fd, &info) == 0 && S_ISREG(info.st_mode);
    in->is_at_end = in->is_swallowing = in->goes_on = false;
    in->line = 0;
    in->used = 0;
    kd_str_reset(&in->bytes);
    form_of(in)->begin(in);
    return KD_OK;
}

/* ---- lines ---- */

typedef enum { LINE, END, PAUSE, FAILED } step;

static bool is_quiet(const kd_intake *in)
{
    struct pollfd one = { .fd = in->fd, .events = POLLIN };
    return !in->is_file && poll(&one, 1, 0) == 0;
}

static step fill(kd_intake *in, kd_error *err)
{
    size_t left = in->bytes.length - in->used;
    if (in->portion->items.count > 0 && is_quiet(in)) return PAUSE;
    memmove(in->bytes.text, in->bytes.text + in->used, left);
    kd_str_cut(&in->bytes, left);
    in->used = 0;
    kd_str_reserve(&in->bytes, READ_BYTES);
    ssize_t got;
    do got = read(in->fd, in->bytes.text + left, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        kd_fail_errno(err, errno, "%s", kd_intake_path(in));
        return FAILED;
    }
    in->is_at_end = got == 0;
    in->bytes.length = left + (size_t)got;
    in->bytes.text[in->bytes.length] = 0;
    in->counts.bytes += got;
    return LINE;
}

/* Give the next `length` bytes on; what ends a line goes with them. */
static void give(kd_intake *in, kd_intake_line *out, size_t length, bool ends)
{
    char *text = in->bytes.text + in->used;
    *out = (kd_intake_line){ text, length, !in->goes_on, ends };
    in->line += out->begins;
    in->goes_on = !ends;
    in->used += length + ends;
    if (in->used > in->bytes.length) in->used = in->bytes.length;
}

/* How much of a long line makes a part: no character is torn. */
static size_t part_length(const char *text)
{
    size_t length = PART_BYTES;
    while (length > PART_BYTES - 4 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    return length;
}

static kd_status refuse_line(kd_intake *in)
{
    in->line++;
    in->is_swallowing = true;
    return kd_intake_skip(in, "a line of %d bytes or more", KD_LINE_LIMIT);
}

static step next_line(kd_intake *in, kd_intake_line *out, kd_error *err)
{
    bool   in_parts = form_of(in)->in_parts;
    size_t limit = in_parts ? PART_BYTES : KD_LINE_LIMIT;
    for (;;) {
        char  *from = in->bytes.text + in->used;
        size_t have = in->bytes.length - in->used;
        char  *stop = memchr(from, '\n', have);
        size_t length = stop ? (size_t)(stop - from) : have;
        if (in->is_swallowing) {
            in->used += stop ? length + 1 : length;
            in->is_swallowing = !stop;
            if (stop) continue;
        } else if (length > limit) {
            if (in_parts) {
                give(in, out, part_length(from), false);
                return LINE;
            }
            in->failed = refuse_line(in);
            if (in->failed != KD_OK) return LINE;
            continue;
        } else if (stop || (in->is_at_end && have > 0)) {
            give(in, out, length, true);
            return LINE;
        }
        if (in->is_at_end) return END;
        step got = fill(in, err);
        if (got != LINE) return got;
    }
}

/* ---- portions ---- */

static bool is_full(const kd_portion *portion)
{
    return portion->sentences >= PORTION_SENTENCES || portion->text.length >= PORTION_BYTES;
}

static kd_status end_file(kd_intake *in)
{
    form_of(in)->end(in);
    close_file(in);
    in->at++;
    return in->failed;
}

/* One more line, or the end of the file; `pauses` when there is neither for now. */
static kd_status advance(kd_intake *in, bool *pauses, kd_error *err)
{
    kd_intake_line line;
    switch (next_line(in, &line, err)) {
    case LINE:
        if (in->failed == KD_OK) {
            char after = line.text[line.length];
            line.text[line.length] = 0;
            in->failed = form_of(in)->line(in, &line);
            line.text[line.length] = after;
        }
        break;
    case END:
        in->failed = end_file(in);
        break;
    case PAUSE:
        *pauses = true;
        break;
    case FAILED:
        return KD_EIO;
    }
    if (in->failed != KD_OK) *err = in->error;
    return in->failed;
}

kd_status kd_intake_next(kd_intake *in, kd_portion *out, bool *more, kd_error *err)
{
    kd_status status = in->failed;
    bool      pauses = false;
    kd_portion_reset(out);
    in->portion = out;
    if (status != KD_OK) *err = in->error;
    while (status == KD_OK && !pauses && !is_full(out)) {
        if (in->fd >= 0)
            status = advance(in, &pauses, err);
        else if (in->at < in->paths.count)
            status = open_next(in, err);
        else
            break;
    }
    in->counts.sentences += out->sentences;
    *more = out->items.count > 0;
    if (status == KD_OK || !*more) return status;
    in->failed = status; /* what came before it goes first */
    in->error = *err;
    return KD_OK;
}
