/* resolved.c - a node as text, and back. */
#include "harness/config/resolved.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/vec.h"
#include "harness/config/resolved_id.h"

#define FORMAT "kdgrid-cell 1"

static int by_key(const void *a, const void *b)
{
    return strcmp(((const kd_resolved_setting *)a)->key, ((const kd_resolved_setting *)b)->key);
}

static int by_id_key(const void *a, const void *b)
{
    return kd_resolved_id_compare((*(const kd_resolved_setting *const *)a)->key,
                                  (*(const kd_resolved_setting *const *)b)->key);
}

static int by_input_role(const void *a, const void *b)
{
    return (int)((const kd_resolved_input *)a)->role - (int)((const kd_resolved_input *)b)->role;
}

static int by_file_role(const void *a, const void *b)
{
    return (int)((const kd_resolved_file *)a)->role - (int)((const kd_resolved_file *)b)->role;
}

static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 1) qsort(items, count, size, compare);
}

static void add_settings_in_id_order(const kd_resolved *node, kd_str *text)
{
    const kd_resolved_setting **order = kd_alloc(node->set_count + 1, sizeof *order);
    for (size_t i = 0; i < node->set_count; i++) order[i] = &node->set[i];
    sort(order, node->set_count, sizeof *order, by_id_key);
    for (size_t i = 0; i < node->set_count; i++)
        kd_resolved_id_set(text, order[i]->key, order[i]->value);
    free(order);
}

void kd_resolved_seal(kd_resolved *node)
{
    kd_str text = KD_STR_INIT;
    sort(node->set, node->set_count, sizeof *node->set, by_key);
    sort(node->tell, node->tell_count, sizeof *node->tell, by_key);
    sort(node->from, node->from_count, sizeof *node->from, by_key);
    sort(node->inputs, node->input_count, sizeof *node->inputs, by_input_role);
    sort(node->files, node->file_count, sizeof *node->files, by_file_role);
    kd_resolved_id_begin(&text, node->kind);
    for (size_t i = 0; i < node->input_count; i++)
        kd_resolved_id_input(&text, node->inputs[i].role, node->inputs[i].id);
    for (size_t i = 0; i < node->file_count; i++)
        kd_resolved_id_file(&text, node->files[i].role, node->files[i].contents);
    add_settings_in_id_order(node, &text);
    node->id = kd_resolved_id_end(&text);
    kd_str_fini(&text);
}

/* ---- to text ---- */

static void print_settings(const char *word, const kd_resolved_setting *settings, size_t count,
                           kd_str *out)
{
    for (size_t i = 0; i < count; i++)
        kd_str_addf(out, "%s %s = %s\n", word, settings[i].key, settings[i].value);
}

void kd_resolved_print(const kd_resolved *node, kd_str *out)
{
    char digits[KD_ID_TEXT];
    kd_id_text(digits, node->id);
    kd_str_addf(out, FORMAT "\nnode %s\nid %s\n", kd_node_kind_word(node->kind), digits);
    for (size_t i = 0; i < node->input_count; i++)
        kd_resolved_id_input(out, node->inputs[i].role, node->inputs[i].id);
    for (size_t i = 0; i < node->file_count; i++) {
        kd_id_text(digits, node->files[i].contents);
        kd_str_addf(out, "file %s %s %s\n", kd_file_role_word(node->files[i].role), digits,
                    node->files[i].path);
    }
    print_settings("set", node->set, node->set_count, out);
    print_settings("tell", node->tell, node->tell_count, out);
    print_settings("from", node->from, node->from_count, out);
}

/* ---- from text ---- */

typedef struct {
    kd_resolved *node;
    kd_arena    *arena;
    bool         has_kind;
    kd_id        claimed; /* what the `id` line says */
    KD_VEC(kd_resolved_setting) set;
    KD_VEC(kd_resolved_setting) tell;
    KD_VEC(kd_resolved_setting) from;
    KD_VEC(kd_resolved_input) inputs;
    KD_VEC(kd_resolved_file) files;
} parse;

/* Each reader takes what follows the first word of its line; false when it is not that. */

static bool read_kind(parse *p, char *rest)
{
    p->has_kind = kd_node_kind_of(&p->node->kind, rest);
    return p->has_kind;
}

static bool read_id(parse *p, char *rest)
{
    return kd_id_parse(&p->claimed, rest);
}

static bool read_input(parse *p, char *rest)
{
    kd_resolved_input input;
    if (!kd_input_role_of(&input.role, strsep(&rest, " "))) return false;
    if (!rest || !kd_id_parse(&input.id, rest)) return false;
    kd_vec_push(&p->inputs, input);
    return true;
}

static bool read_file(parse *p, char *rest)
{
    kd_resolved_file file;
    if (!kd_file_role_of(&file.role, strsep(&rest, " "))) return false;
    char *digits = rest ? strsep(&rest, " ") : NULL;
    if (!rest || !*rest || !kd_id_parse(&file.contents, digits)) return false;
    file.path = kd_arena_strdup(p->arena, rest);
    kd_vec_push(&p->files, file);
    return true;
}

static bool split_setting(parse *p, char *rest, kd_resolved_setting *out)
{
    char *equals = strstr(rest, " = ");
    if (!equals || equals == rest) return false;
    out->key = kd_arena_strndup(p->arena, rest, (size_t)(equals - rest));
    out->value = kd_arena_strdup(p->arena, equals + 3);
    return true;
}

static bool read_set(parse *p, char *rest)
{
    kd_resolved_setting setting;
    if (!split_setting(p, rest, &setting)) return false;
    kd_vec_push(&p->set, setting);
    return true;
}

static bool read_tell(parse *p, char *rest)
{
    kd_resolved_setting setting;
    if (!split_setting(p, rest, &setting)) return false;
    kd_vec_push(&p->tell, setting);
    return true;
}

static bool read_from(parse *p, char *rest)
{
    kd_resolved_setting setting;
    if (!split_setting(p, rest, &setting)) return false;
    kd_vec_push(&p->from, setting);
    return true;
}

static const struct {
    const char *word;
    bool (*read)(parse *p, char *rest);
    const char *form;
} readers[] = {
    { "node", read_kind, "node corpus, model, targets or noop" },
    { "id", read_id, "id <32 digits>" },
    { "input", read_input, "input <role> <32 digits>" },
    { "file", read_file, "file <role> <32 digits> <path>" },
    { "set", read_set, "set <key> = <value>" },
    { "tell", read_tell, "tell <key> = <value>" },
    { "from", read_from, "from <key> = <origin>" },
};

static kd_status read_line(parse *p, char *line, const char *name, int number, kd_error *err)
{
    char *word = strsep(&line, " ");
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(word, readers[i].word) != 0) continue;
        if (line && readers[i].read(p, line)) return KD_OK;
        return kd_fail(err, KD_EDATA, "%s:%d: expected `%s`", name, number, readers[i].form);
    }
    return kd_fail(err, KD_EDATA, "%s:%d: no line of a cell begins with `%.40s`", name, number,
                   word);
}

static kd_status read_lines(parse *p, char *text, const char *name, kd_error *err)
{
    int       number = 1;
    kd_status status = KD_OK;
    char     *line = strsep(&text, "\n");
    if (strcmp(line, FORMAT) != 0)
        return kd_fail(err, KD_EDATA, "%s:1: expected `" FORMAT "`", name);
    while (status == KD_OK && (line = strsep(&text, "\n"))) {
        number++;
        if (*line) status = read_line(p, line, name, number, err);
    }
    if (status == KD_OK && !p->has_kind)
        status = kd_fail(err, KD_EDATA, "%s:%d: there is no `node` line", name, number);
    return status;
}

/* An array from a vector into the arena. */
static void *keep(parse *p, void *items, size_t count, size_t size)
{
    void *kept = kd_arena_alloc(p->arena, count + 1, size);
    if (count) memcpy(kept, items, count * size);
    kd_vec_free(items);
    return kept;
}

kd_status kd_resolved_parse(kd_resolved *out, kd_arena *arena, const char *text, const char *name,
                            kd_error *err)
{
    parse p = { .node = out, .arena = arena };
    memset(out, 0, sizeof *out);
    char     *copy = kd_strdup(text);
    kd_status status = read_lines(&p, copy, name, err);
    free(copy);
    out->set_count = p.set.count;
    out->tell_count = p.tell.count;
    out->from_count = p.from.count;
    out->input_count = p.inputs.count;
    out->file_count = p.files.count;
    out->set = keep(&p, p.set.items, p.set.count, sizeof *p.set.items);
    out->tell = keep(&p, p.tell.items, p.tell.count, sizeof *p.tell.items);
    out->from = keep(&p, p.from.items, p.from.count, sizeof *p.from.items);
    out->inputs = keep(&p, p.inputs.items, p.inputs.count, sizeof *p.inputs.items);
    out->files = keep(&p, p.files.items, p.files.count, sizeof *p.files.items);
    if (status != KD_OK) return status;
    kd_resolved_seal(out);
    if (kd_id_equal(out->id, p.claimed)) return KD_OK;
    char digits[KD_ID_TEXT];
    kd_id_text(digits, out->id);
    return kd_fail(err, KD_EDATA, "%s: its settings give the id %s, not the one it names", name,
                   digits);
}

/* ---- asking ---- */

/* Lines under `prefix` whose key is a row of the table; others belong to a table beside it. */
static kd_status take(const kd_resolved_setting *settings, size_t count, const char *prefix,
                      const kd_setting *table, void *options, kd_error *err)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(settings[i].key, prefix, length) != 0) continue;
        const kd_setting *row = kd_setting_find(table, settings[i].key + length);
        kd_status status = row ? kd_setting_put(row, options, settings[i].value, err) : KD_OK;
        if (status != KD_OK) return kd_while(err, status, "%s", settings[i].key);
    }
    return KD_OK;
}

/* Text that is older than a row has no line of it. */
static void put_what_was_before(const kd_setting *table, void *options)
{
    for (; table->key; table++) {
        kd_error err;
        KD_CHECK(!table->before || kd_setting_put(table, options, table->before, &err) == KD_OK,
                 "setting %s: what was before is wrong: %s", table->key, err.text);
    }
}

/* A `tell` line under the prefix is a setting of this node that its id leaves out: a path, how
 * often to write a checkpoint. */
kd_status kd_resolved_fill(const kd_resolved *node, const char *prefix, const kd_setting *table,
                           void *options, kd_error *err)
{
    kd_setting_defaults(table, options);
    put_what_was_before(table, options);
    kd_status status = take(node->tell, node->tell_count, prefix, table, options, err);
    if (status == KD_OK) status = take(node->set, node->set_count, prefix, table, options, err);
    return status;
}

static const char *find(const kd_resolved_setting *settings, size_t count, const char *key)
{
    kd_resolved_setting        wanted = { key, NULL };
    const kd_resolved_setting *found =
        count ? bsearch(&wanted, settings, count, sizeof *settings, by_key) : NULL;
    return found ? found->value : NULL;
}

const char *kd_resolved_value(const kd_resolved *node, const char *key)
{
    const char *value = find(node->set, node->set_count, key);
    return value ? value : find(node->tell, node->tell_count, key);
}

kd_id kd_resolved_input_id(const kd_resolved *node, kd_input_role role)
{
    for (size_t i = 0; i < node->input_count; i++)
        if (node->inputs[i].role == role) return node->inputs[i].id;
    return (kd_id){ 0, 0 };
}

const kd_resolved_file *kd_resolved_file_of(const kd_resolved *node, kd_file_role role)
{
    for (size_t i = 0; i < node->file_count; i++)
        if (node->files[i].role == role) return &node->files[i];
    return NULL;
}
