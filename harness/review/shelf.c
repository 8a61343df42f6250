/* shelf.c - the folder of experiment files that came with the program. */
#include "harness/review/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/say.h"

#define EXPERIMENTS "experiments"
#define TEMPLATES   "templates"

/* $KDGRID_SHARE, what was installed beside the program, or the sources that it was built in; NULL: none of them. */
static char *find_folder(void)
{
    const char *share = getenv("KDGRID_SHARE");
    if (share && *share) return kd_fs_join(share, EXPERIMENTS);
    static const char *const ways[] = { "../share/kdgrid", "../../..", "../.." };
    char *self = realpath("/proc/self/exe", NULL), *folder = kd_fs_folder(self ? self : "."),
         *found = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !found; i++) {
        found = kd_sprintf("%s/%s/" EXPERIMENTS, folder, ways[i]);
        if (kd_fs_is_folder(found)) break;
        free(found);
        found = NULL;
    }
    free(folder);
    free(self);
    return found;
}

/* ---- reading ---- */

static void drop(kd_shelf_item *item)
{
    free(item->name);
    free(item->place);
    kd_str_fini(&item->text);
}

/* A profile that is of an invented corpus, so that it needs no files. */
static bool has_smoke(const char *text)
{
    const char *smoke = strstr(text, "\n  smoke = {");
    return smoke && strstr(smoke, "corpus = \"synth\"");
}

/* `part` is the folder below experiments, "" for itself. */
static kd_status add_file(kd_shelf *shelf, const char *path, const char *part, const char *name,
                          kd_error *err)
{
    kd_shelf_item item = { .name = kd_strndup(name, strlen(name) - strlen(".cfg")),
                           .place = kd_sprintf(EXPERIMENTS "/%s%s%s", part, *part ? "/" : "", name),
                           .text = KD_STR_INIT };
    kd_status     status = kd_fs_read(path, &item.text, err);
    if (status == KD_OK) {
        item.kind = strcmp(part, TEMPLATES) == 0 ? KD_SHELF_TEMPLATE
                    : has_smoke(item.text.text)  ? KD_SHELF_STUDY
                                                 : KD_SHELF_PART;
        kd_vec_push(&shelf->items, item);
    } else {
        drop(&item);
    }
    return status;
}

static kd_status add_folder(kd_shelf *shelf, const char *root, const char *part, kd_error *err)
{
    char    **names = NULL, *folder = kd_fs_join(root, part);
    size_t    count = 0;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *path = kd_fs_join(folder, names[i]);
        if (kd_ends_with(names[i], ".cfg")) status = add_file(shelf, path, part, names[i], err);
        free(path);
    }
    kd_fs_free_names(names, count);
    free(folder);
    return status;
}

/* The folders beside the studies, in the order of their names. */
static kd_status add_folders(kd_shelf *shelf, const char *root, kd_error *err)
{
    char    **names = NULL;
    size_t    count = 0;
    kd_status status = kd_fs_list(root, &names, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *folder = kd_fs_join(root, names[i]);
        if (kd_fs_is_folder(folder) && strcmp(names[i], TEMPLATES) != 0)
            status = add_folder(shelf, root, names[i], err);
        free(folder);
    }
    kd_fs_free_names(names, count);
    return status;
}

kd_status kd_shelf_open(kd_shelf *out, kd_error *err)
{
    char *root = find_folder();
    *out = (kd_shelf){ .items = KD_VEC_INIT };
    if (!root)
        return kd_fail(err, KD_ENOINPUT,
                       "no " EXPERIMENTS
                       " beside the program; KDGRID_SHARE names the folder that has it");
    kd_status status = add_folder(out, root, TEMPLATES, err);
    if (status == KD_OK) status = add_folder(out, root, "", err);
    if (status == KD_OK) status = add_folders(out, root, err);
    free(root);
    return status;
}

void kd_shelf_close(kd_shelf *shelf)
{
    for (size_t i = 0; i < shelf->items.count; i++) drop(&shelf->items.items[i]);
    kd_vec_fini(&shelf->items);
}

const kd_shelf_item *kd_shelf_find(const kd_shelf *shelf, const char *name)
{
    for (size_t i = 0; i < shelf->items.count; i++)
        if (shelf->items.items[i].kind != KD_SHELF_PART &&
            strcmp(shelf->items.items[i].name, name) == 0)
            return &shelf->items.items[i];
    return NULL;
}

/* ---- what studies stand on ---- */

/* The path of `name` beside the file `beside`; the caller frees it. */
static char *path_beside(const char *beside, const char *name)
{
    const char *slash = strrchr(beside, '/');
    return kd_sprintf("%.*s%s", slash ? (int)(slash + 1 - beside) : 0, beside, name);
}

static const kd_shelf_item *find_place(const kd_shelf *shelf, const char *place)
{
    for (size_t i = 0; i < shelf->items.count; i++)
        if (strcmp(shelf->items.items[i].place, place) == 0) return &shelf->items.items[i];
    return NULL;
}

static bool has_path(const kd_shelf_grounds *grounds, const char *path)
{
    for (size_t i = 0; i < grounds->count; i++)
        if (strcmp(grounds->items[i].path, path) == 0) return true;
    return false;
}

static void add_grounds(const kd_shelf *shelf, const kd_shelf_item *item, const char *path,
                        kd_shelf_grounds *out);

/* The file that `item`, which a copy has at `path`, calls `name`. */
static void add_ground(const kd_shelf *shelf, const kd_shelf_item *item, const char *path,
                       const char *name, kd_shelf_grounds *out)
{
    char           *place = path_beside(item->place, name);
    kd_shelf_ground ground = { find_place(shelf, place), path_beside(path, name) };
    free(place);
    if (ground.item && !has_path(out, ground.path)) {
        kd_vec_push(out, ground);
        add_grounds(shelf, ground.item, ground.path, out);
    } else {
        free(ground.path);
    }
}

/* Texts of the file that end in .cfg, but not those of comments. */
static void add_grounds(const kd_shelf *shelf, const kd_shelf_item *item, const char *path,
                        kd_shelf_grounds *out)
{
    static const char end[] = ".cfg\"";
    const char       *line = item->text.text, *at = line;
    for (; (at = strstr(at, end)) != NULL; at += strlen(end)) {
        for (const char *next; (next = strchr(line, '\n')) != NULL && next < at;) line = next + 1;
        if (memchr(line, '#', (size_t)(at - line))) continue;
        const char *begin = at;
        while (begin > line && begin[-1] != '"') begin--;
        char *name = kd_strndup(begin, (size_t)(at - begin) + strlen(end) - 1);
        add_ground(shelf, item, path, name, out);
        free(name);
    }
}

void kd_shelf_find_grounds(const kd_shelf *shelf, const kd_shelf_item *item, kd_shelf_grounds *out)
{
    add_grounds(shelf, item, "", out);
}

void kd_shelf_grounds_fini(kd_shelf_grounds *grounds)
{
    for (size_t i = 0; i < grounds->count; i++) free(grounds->items[i].path);
    kd_vec_fini(grounds);
}

/* ---- telling ---- */

enum { TEXT_FROM = 17 };

/* What the comment at the head says first: its first paragraph, up to a line that ends a sentence, on one line. */
static void add_about(kd_str *out, const kd_shelf_item *item)
{
    bool has_ended = false;
    for (const char *line = item->text.text; line[0] == '#' && line[1] == ' ' && !has_ended;) {
        size_t length = strcspn(line, "\n");
        if (out->length) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, line + 2, length - 2);
        has_ended = line[length - 1] == '.';
        line += length + (line[length] == '\n');
    }
}

void kd_shelf_tell(const kd_shelf *shelf, kd_str *out)
{
    for (size_t i = 0; i < shelf->items.count; i++) {
        const kd_shelf_item *item = &shelf->items.items[i];
        kd_str               about = KD_STR_INIT, seen = KD_STR_INIT;
        size_t               name = strlen(item->name);
        if (item->kind == KD_SHELF_PART) continue;
        add_about(&about, item);
        bool is_told =
            strncmp(about.text, item->name, name) == 0 && kd_starts_with(about.text + name, ": ");
        kd_str_say(&seen, "%s", about.text + (is_told ? name + 2 : 0));
        kd_str_add_filled(out, item->name, 0, TEXT_FROM, seen.text);
        kd_str_fini(&seen);
        kd_str_fini(&about);
    }
}
