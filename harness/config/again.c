/* again.c - the lines of a cell, put into groups. */
#include "harness/config/again.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/vec.h"
#include "harness/config/options.h"
#include "harness/config/schema.h"
#include "harness/config/source.h"

typedef struct {
    const char *key, *value;
} line;
typedef KD_VEC(line) line_vec;

/* ---- paths ---- */

static bool sets(const kd_resolved *node, const char *prefix)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (kd_starts_with(node->set[i].key, prefix)) return true;
    return false;
}

/* A corpus in a teacher's own pieces has the vocabulary of these where others have the student's. */
static bool reads_by(const kd_resolved *corpus, const char *vocab)
{
    const char *own = kd_resolved_value(corpus, "data.vocab");
    return own && strcmp(own, vocab) == 0;
}

/* The file that a setting names, if this is the node that keeps it. */
static const kd_resolved_file *file_in(const kd_resolved *node, const line *l)
{
    static const struct {
        const char  *key;
        kd_file_role role;
        kd_node_kind kind;
        const char  *sets; /* what the node's own settings begin with; NULL for any */
    } places[] = {
        { "data.corpus", KD_FILE_TRAIN, KD_NODE_CORPUS, NULL },
        { "data.train", KD_FILE_TRAIN, KD_NODE_CORPUS, NULL },
        { "data.devel", KD_FILE_DEVEL, KD_NODE_CORPUS, NULL },
        { "data.test", KD_FILE_TEST, KD_NODE_CORPUS, NULL },
        { "data.unlabelled", KD_FILE_UNLABELLED, KD_NODE_CORPUS, NULL },
        { "data.vocab", KD_FILE_VOCAB, KD_NODE_CORPUS, NULL },
        { "teacher.data.vocab", KD_FILE_VOCAB, KD_NODE_CORPUS, NULL },
        { "targets.file", KD_FILE_TARGETS, KD_NODE_TARGETS, NULL },
        { "teacher.init", KD_FILE_INIT, KD_NODE_MODEL, "teacher." },
        { "finetune.init", KD_FILE_INIT, KD_NODE_MODEL, "finetune." },
        { "student.init", KD_FILE_INIT, KD_NODE_MODEL, "student." },
        { "student.vectors", KD_FILE_VECTORS, KD_NODE_MODEL, "student." },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].key, l->key) == 0 && node->kind == places[i].kind &&
            (!places[i].sets || sets(node, places[i].sets)) &&
            (places[i].role != KD_FILE_VOCAB || reads_by(node, l->value)))
            return kd_resolved_file_of(node, places[i].role);
    return NULL;
}

/* The whole path of an experiment file that a setting names; NULL for none. */
static const char *study_of(const kd_resolved *cell, const line *l)
{
    for (size_t i = 0; i < cell->from_count; i++) {
        const char *key = cell->from[i].key;
        if (kd_starts_with(key, l->key) && strcmp(key + strlen(l->key), KD_RESOLVED_STUDY) == 0)
            return cell->from[i].value;
    }
    return NULL;
}

/* The whole paths of a list, as it is written. */
static char *paths_of(const kd_resolved *corpus)
{
    kd_str paths = KD_STR_INIT;
    for (int i = 0; i < KD_UNLABELLED_MAX; i++) {
        const kd_resolved_file *file = kd_resolved_file_of(corpus, kd_file_unlabelled(i));
        if (file) kd_str_addf(&paths, "%s%s", i ? "," : "", file->path);
    }
    return kd_str_take(&paths);
}

/* The whole path of a setting, or what the study said: also where a kept store has left the folder out. The caller frees it. A
 * corpus is a folder, unless its files have names of their own. */
static char *value_of(const kd_resolved *nodes, size_t count, const line *l)
{
    const char *study = study_of(&nodes[0], l);
    if (study) return kd_strdup(study);
    int  row = kd_schema_find(l->key);
    bool is_path = row >= 0 && kd_schema_rows(NULL)[row].setting->flags & KD_ROW_PATH &&
                   kd_option_is_path(l->value);
    if (is_path && strcmp(l->key, "data.corpus") == 0)
        is_path = !kd_resolved_value(&nodes[0], "data.train");
    for (size_t i = 0; is_path && i < count; i++) {
        const kd_resolved_file *file = file_in(&nodes[i], l);
        if (!file || strchr(file->path, '/') == NULL) continue;
        if (file->role == KD_FILE_UNLABELLED) return paths_of(&nodes[i]);
        return strcmp(l->key, "data.corpus") == 0 ? kd_fs_folder(file->path)
                                                  : kd_strdup(file->path);
    }
    return kd_strdup(l->value);
}

/* ---- lines ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const line *)a)->key, ((const line *)b)->key);
}

/* Not what follows from others, nor what is no setting of a study. */
static void add_settings(line_vec *lines, const kd_resolved_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int row = kd_schema_find(settings[i].key);
        if (row >= 0 && !kd_schema_rows(NULL)[row].follows)
            kd_vec_push(lines, (line){ settings[i].key, settings[i].value });
    }
}

/* A text that is older than a setting means what was done before. */
static void add_what_was_before(line_vec *lines, const kd_resolved *cell)
{
    const unsigned anybody = KD_READ_CORPUS | KD_READ_STUDENT | KD_READ_TEACHER | KD_READ_TARGETS |
                             KD_READ_STATES | KD_READ_START | KD_READ_READING;
    size_t               rows;
    const kd_schema_row *schema = kd_schema_rows(&rows);
    const char         **values = kd_alloc(rows, sizeof *values);
    for (size_t r = 0; r < rows; r++) {
        const char *value = kd_resolved_value(cell, schema[r].key);
        values[r] = value ? value : kd_schema_defaults()[r];
    }
    for (size_t r = 0; r < rows; r++) {
        const char *before = schema[r].setting->before;
        if (before && *before && !schema[r].follows && !kd_resolved_value(cell, schema[r].key) &&
            strcmp(before, kd_schema_defaults()[r]) != 0 &&
            kd_schema_reads((int)r, anybody, values))
            kd_vec_push(lines, (line){ schema[r].key, before });
    }
    free(values);
}

/* ---- groups ---- */

static void add_value(kd_str *out, const char *key, const char *value)
{
    kd_setting_type type = kd_schema_rows(NULL)[kd_schema_find(key)].setting->type;
    if (type == KD_SETTING_TEXT || type == KD_SETTING_CHOICE)
        kd_source_quote(out, value);
    else
        kd_str_add(out, value);
}

static int depth_of(const char *key)
{
    int depth = 0;
    for (; *key; key++) depth += *key == '.';
    return depth;
}

/* How many groups two keys share: "teacher.train.lr" and "teacher.train.steps" two. */
static int shared_depth(const char *a, const char *b)
{
    int depth = 0;
    for (; *a && *a == *b; a++, b++) depth += *a == '.';
    return depth;
}

static void indent(kd_str *out, int depth)
{
    kd_str_addf(out, "%*s", 2 * depth + 2, "");
}

/* Leave the groups of the key before that this one is not in, and enter its own. */
static void enter(kd_str *out, const char *before, const char *key)
{
    int         common = before ? shared_depth(before, key) : 0, depth = 0;
    const char *part = key;
    for (int d = before ? depth_of(before) : 0; d > common; d--) {
        indent(out, d - 1);
        kd_str_add(out, "};\n");
    }
    for (const char *dot; (dot = strchr(part, '.')) != NULL; part = dot + 1, depth++) {
        if (depth < common) continue;
        indent(out, depth);
        kd_str_addf(out, "%.*s = {\n", (int)(dot - part), part);
    }
}

void kd_again_print(const kd_resolved *nodes, size_t count, kd_str *out)
{
    line_vec    lines = KD_VEC_INIT;
    const char *before = NULL;
    char        id[KD_ID_TEXT];
    kd_id_text(id, nodes[0].id);
    add_settings(&lines, nodes[0].set, nodes[0].set_count);
    add_settings(&lines, nodes[0].tell, nodes[0].tell_count);
    add_what_was_before(&lines, &nodes[0]);
    if (lines.count > 0) qsort(lines.items, lines.count, sizeof *lines.items, by_key);
    kd_str_addf(out,
                "# The cell %s: kdgrid run THIS-FILE --store DIR\nstudy = {\n"
                "  name = \"again-%.7s\";\n",
                id, id);
    for (size_t i = 0; i < lines.count; i++) {
        const line *l = &lines.items[i];
        const char *dot = strrchr(l->key, '.');
        char       *value = value_of(nodes, count, l);
        enter(out, before, l->key);
        indent(out, depth_of(l->key));
        kd_str_addf(out, "%s = ", dot ? dot + 1 : l->key);
        add_value(out, l->key, value);
        kd_str_add(out, ";\n");
        before = l->key;
        free(value);
    }
    enter(out, before, "");
    kd_str_add(out, "};\n");
    kd_vec_fini(&lines);
}
