/* kinds.c - the table of kinds, and the settings that are joined from their tables. */
#include <limits.h>
#include <string.h>

#include "harness/base/vec.h"
#include "models/model.h"

static const kd_model_kind *const kinds[] = {
#define X(constant, name) [KD_KIND_##constant] = &kd_kind_##name,
    KD_MODEL_KINDS(X)
#undef X
};

static const kd_choice kind_words[] = {
#define X(constant, name) { #name, KD_KIND_##constant },
    KD_MODEL_KINDS(X)
#undef X
        KD_CHOICE_END
};

static const kd_choice head_words[] = {
#define X(constant, word) { word, KD_HEAD_##constant },
    KD_HEADS(X)
#undef X
        KD_CHOICE_END
};

const kd_model_kind *kd_model_kind_at(kd_kind kind)
{
    return kinds[kind];
}

const kd_model_kind *kd_arch_kind(const kd_arch *arch)
{
    return kinds[arch->kind];
}

int kd_arch_longest(const kd_arch *arch)
{
    const kd_model_kind *kind = kd_arch_kind(arch);
    return kind->longest ? kind->longest(arch) : INT_MAX;
}

int kd_arch_width(const kd_arch *arch)
{
    const kd_model_kind *kind = kd_arch_kind(arch);
    return kind->width ? kind->width(arch) : arch->hidden;
}

bool kd_arch_reads_marks(const kd_arch *arch)
{
    const kd_model_kind *kind = kd_arch_kind(arch);
    return kind->reads_marks && kind->reads_marks(arch);
}

/* ---- settings ---- */

/* Of every network. A kind that does not look at one has it in its ids all the same. */
static const kd_setting common[] = {
    KD_CHOICE_ROW(kd_arch, kind, "kind", "bilstm", kind_words, NULL, "family of the network"),
    KD_INT_ROW(kd_arch, vocab, "vocab", "0", 0, 10000000, NULL,
               "entries of the vocabulary; 0: as many as the vocabulary file has"),
    KD_INT_ROW(kd_arch, hidden, "hidden", "300", 1, 65536, NULL,
               "units of a direction (bilstm), or width of the encoder"),
    KD_INT_ROW(kd_arch, layers, "layers", "2", 1, KD_LAYERS_MAX, NULL,
               "layers, one above the other", .flags = KD_ROW_LAYERS),
    KD_INT_ROW(kd_arch, positions, "positions", "512", 1, 1048576, NULL,
               "longest sequence in pieces"),
    KD_INT_ROW(kd_arch, segments, "segments", "2", 0, 1024, NULL,
               "kinds of segment; 0: no segment embedding (DistilBERT)"),
    KD_INT_ROW(
        kd_arch, classifier, "classifier", "0", 0, 65536, NULL,
        "width of the head's hidden layer; 0: a linear head (before a roberta's classes: as wide "
        "as the states)"),
    KD_INT_ROW(kd_arch, labels, "labels", "0", 0, 1000000, NULL,
               "classes of the head; 0: as many as the corpus has"),
    KD_CHOICE_ROW(kd_arch, head, "head", "tags", head_words, NULL,
                  "what is predicted: a tag for every piece, a class or classes for a sentence, "
                  "hidden words, an answer's ends, or nothing"),
    { .key = "crf",
      .type = KD_SETTING_BOOL,
      .offset = offsetof(kd_arch, crf),
      .size = sizeof(bool),
      .fallback = "false",
      .before = "false",
      .help =
          "tags are scored together with their neighbours, by a linear-chain CRF over the first "
          "pieces of words; what their scheme forbids is never predicted" },
    KD_REAL_ROW(kd_arch, dropout, "dropout", "-1", -1, 0.95, NULL,
                "share of features dropped; -1: what the kind was published with"),
    KD_REAL_ROW(kd_arch, norm_eps, "norm_eps", "1e-12", 0, 1, NULL,
                "added to the variance in LayerNorm"),
    KD_REAL_ROW(kd_arch, init_range, "init_range", "0.02", 0, 10, NULL,
                "standard deviation of an encoder's new weights; 0.02 suits a width of 768"),
    KD_SETTING_END,
};

/* A row, and which kinds read it: a bit each. */
typedef struct {
    kd_setting setting;
    unsigned   readers;
} joined;

typedef KD_VEC(joined) joined_rows;

enum { EVERY_KIND = (1 << KD_KIND_COUNT) - 1 };

static void join(joined_rows *rows, const kd_setting *table, unsigned readers)
{
    for (const kd_setting *s = table; s->key; s++) {
        size_t i = 0;
        while (i < rows->count && strcmp(rows->items[i].setting.key, s->key) != 0) i++;
        if (i == rows->count) kd_vec_push(rows, (joined){ *s, 0 });
        KD_CHECK(rows->items[i].setting.offset == s->offset &&
                     strcmp(rows->items[i].setting.fallback, s->fallback) == 0,
                 "setting %s: two kinds mean different things by it", s->key);
        rows->items[i].readers |= readers;
    }
}

static const char *words_of(unsigned readers)
{
    kd_str words = KD_STR_INIT;
    if (readers == EVERY_KIND) return NULL;
    for (int k = 0; k < KD_KIND_COUNT; k++)
        if (readers & 1u << k) kd_str_addf(&words, words.length ? " %s" : "%s", kind_words[k].word);
    return kd_str_take(&words);
}

/* This kind's own default of a setting, or NULL. */
static const char *default_of(const kd_model_kind *kind, const char *key)
{
    for (int i = 0; i < KD_DEFAULTS_MAX && kind->defaults[i].key; i++)
        if (strcmp(kind->defaults[i].key, key) == 0) return kind->defaults[i].value;
    return NULL;
}

/* "longest sequence in pieces (roberta 514)" */
static const char *tell_defaults(const char *key, const char *help)
{
    kd_str text = KD_STR_INIT;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        const char *value = default_of(kinds[k], key);
        if (!value) continue;
        if (!text.length) kd_str_addf(&text, "%s (default of", help);
        kd_str_addf(&text, " %s: %s", kind_words[k].word, value);
    }
    if (!text.length) return help;
    kd_str_add_char(&text, ')');
    return kd_str_take(&text);
}

/* "...; -1: what the kind was published with (bilstm 0.5, bert 0.1)" */
static const char *tell_dropouts(const char *help)
{
    kd_str text = KD_STR_INIT;
    kd_str_addf(&text, "%s (", help);
    for (int k = 0; k < KD_KIND_COUNT; k++)
        kd_str_addf(&text, k ? ", %s %g" : "%s %g", kind_words[k].word, kinds[k]->dropout);
    kd_str_add_char(&text, ')');
    return kd_str_take(&text);
}

static kd_setting *make_settings(void)
{
    static const kd_setting end = KD_SETTING_END;
    joined_rows             rows = KD_VEC_INIT;
    join(&rows, common, EVERY_KIND);
    for (int k = 0; k < KD_KIND_COUNT; k++)
        for (int t = 0; t < KD_TABLES_MAX && kinds[k]->settings[t]; t++)
            join(&rows, kinds[k]->settings[t], 1u << k);
    kd_setting *made = kd_alloc(rows.count + 1, sizeof *made);
    for (size_t i = 0; i < rows.count; i++) {
        made[i] = rows.items[i].setting;
        made[i].used_by = words_of(rows.items[i].readers);
        made[i].help = tell_defaults(made[i].key, made[i].help);
        if (strcmp(made[i].key, "dropout") == 0) made[i].help = tell_dropouts(made[i].help);
    }
    made[rows.count] = end;
    kd_vec_fini(&rows);
    return made;
}

const kd_setting *kd_arch_settings(void)
{
    static kd_setting *made;
    if (!made) made = make_settings();
    return made;
}

void kd_arch_begin(kd_arch *arch, kd_kind kind)
{
    kd_error err;

    kd_setting_defaults(kd_arch_settings(), arch);
    arch->kind = kind;
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        const char *value = default_of(kinds[kind], row->key);
        KD_CHECK(!value || kd_setting_put(row, arch, value, &err) == KD_OK, "%s: default of %s: %s",
                 kinds[kind]->name, row->key, err.text);
    }
}

void kd_arch_write(const kd_arch *arch, const kd_setting *row, kd_json_writer *w)
{
    const void *member = (const char *)arch + row->offset;

    switch (row->type) {
    case KD_SETTING_BOOL:
        kd_json_bool(w, *(const bool *)member);
        break;
    case KD_SETTING_INT:
        kd_json_int(w, *(const int *)member);
        break;
    case KD_SETTING_REAL:
        kd_json_real(w, *(const double *)member);
        break;
    case KD_SETTING_TEXT:
        kd_json_text(w, member);
        break;
    case KD_SETTING_CHOICE:
        kd_json_text(w, kd_choice_word(row->words, *(const int *)member));
        break;
    }
}

/* ---- names ---- */

bool kd_name_is_of_head(const char *name)
{
    return kd_starts_with(name, "classifier") || kd_starts_with(name, "cls.") ||
           kd_starts_with(name, "qa_outputs") || kd_starts_with(name, "crf.") ||
           kd_starts_with(name, "pooling.");
}

bool kd_name_is_of_pooler(const char *name, const kd_model_kind *kind)
{
    return kind->pooler && kd_starts_with(name, kind->pooler);
}
