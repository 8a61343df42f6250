/* schema.c - the rooms' tables under their prefixes, in one list. */
#include "harness/config/schema.h"

#include <stdlib.h>
#include <string.h>

#include "distill/augment.h"
#include "distill/masked.h"
#include "distill/method.h"
#include "distill/trainer.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/config/options.h"
#include "harness/config/schema_internal.h"
#include "models/model.h"
#include "models/tensor/optim.h"
#include "models/text/corpus.h"
#include "models/text/piece_vectors.h"
#include "models/text/synth.h"
#include "models/text/tokenizer.h"

#define TEACHER KD_READ_TEACHER
#define STUDENT KD_READ_STUDENT
#define START   KD_READ_START
#define TARGETS KD_READ_TARGETS
#define STATES  KD_READ_STATES
#define MODELS  (KD_READ_STUDENT | KD_READ_TEACHER | KD_READ_START)
#define CORPUS  KD_READ_CORPUS
#define READING KD_READ_READING

/* A table is read by its columns. */
/* clang-format off */
const kd_schema_room kd_schema_rooms[] = {
    /* prefix            table                     readers  selector                  gate              words     about                  make */
    { "",                 kd_cell_settings,         MODELS,  NULL,                     NULL,             NULL,     "The cell as a whole." },
    { "data.",            kd_data_settings,         CORPUS,  "data.vocab",             NULL,             NULL,     "Where sentences come from." },
    { "data.",            kd_corpus_settings,       CORPUS,  NULL,                     "data.corpus",    "!synth", "How files are read." },
    { "data.",            kd_token_settings,        CORPUS,  NULL,                     NULL,             NULL,     "How words become pieces." },
    { "data.synth.",      kd_synth_settings,        CORPUS,  NULL,                     "data.corpus",    "synth",  "The invented corpus; read when `data.corpus` is `synth`." },
    { "data.",            kd_unlabelled_settings,   CORPUS,  NULL,                     "data.unlabelled", "*",     "Sentences without labels; read when `data.unlabelled` names some." },
    { "augment.",         kd_augment_settings,      CORPUS,  NULL,                     "augment.passes", "!0",     "More training sentences for the student; read when `augment.passes` is not 0." },
    { "student.",         NULL,                     STUDENT | START, "student.kind",           NULL,             NULL,     "The student's network.", kd_arch_settings },
    { "student.",         kd_student_init_settings, STUDENT, NULL,                     NULL,             NULL,     "What it starts from." },
    { "student.",         kd_vectors_settings,      STUDENT | START, NULL,             "student.vectors", "*",     "Vectors of words for pieces; read when `student.vectors` names a file." },
    { "train.",           kd_train_settings,        STUDENT, NULL,                     NULL,             NULL,     "How the student is trained." },
    { "train.",           kd_optim_settings,        STUDENT, NULL,                     NULL,             NULL,     "How its weights are moved." },
    { "train.",           kd_mask_settings,         STUDENT, NULL,                     "task",           "text",   "Which words of a text are hidden; read when `task` is `text`." },
    { "distill.",         NULL,                     STUDENT, "distill.method",         NULL,             NULL,     "What the student learns from.", kd_distill_settings },
    { "teacher.",         NULL,                     TEACHER, "teacher.kind",           NULL,             NULL,     "The teacher's network.", kd_arch_settings },
    { "teacher.",         kd_teacher_init_settings, TEACHER, NULL,                     NULL,             NULL,     "What it starts from." },
    { "teacher.",         kd_teacher_settings,      TEACHER, NULL,                     NULL,             NULL,     "Its random choices." },
    { "teacher.data.",    kd_reading_settings,      READING, "teacher.data.vocab",     NULL,             NULL,     "The pieces in which it reads the sentences, where these are not the student's." },
    { "teacher.data.",    kd_token_settings,        READING, NULL,                     "teacher.data.vocab", "*",  "How words become those pieces." },
    { "teacher.train.",   kd_train_settings,        TEACHER, NULL,                     NULL,             NULL,     "How the teacher is trained." },
    { "teacher.train.",   kd_optim_settings,        TEACHER, NULL,                     NULL,             NULL,     "How its weights are moved." },
    { "teacher.train.",   kd_mask_settings,         TEACHER, NULL,                     "task",           "text",   "Which words of a text it is asked for." },
    { "teacher.distill.", NULL,                     TEACHER, "teacher.distill.method", NULL,             NULL,     "What the teacher learns from: a method that needs no teacher.", kd_distill_settings_alone },
    { "finetune.",        kd_finetune_init_settings, START, NULL,                    "student.init",   "fine-tuned", "What a student with `init = \"fine-tuned\"` was before it learned its task." },
    { "finetune.train.",  kd_train_settings,        START,   NULL,                     "student.init",   "fine-tuned", "How it learned that, from the corpus without augmentation." },
    { "finetune.train.",  kd_optim_settings,        START,   NULL,                     "student.init",   "fine-tuned", "How its weights were moved." },
    { "finetune.train.",  kd_mask_settings,         START,   NULL,                     "task",           "text",   "Which words of a text it was asked for." },
    { "finetune.distill.", NULL,                    START,   "finetune.distill.method", "student.init",  "fine-tuned", "What it learned from: a method that needs no teacher.", kd_distill_settings_alone },
    { "targets.",         kd_targets_settings,      TARGETS, NULL,                     NULL,             NULL,     "What the teacher says of the training sentences." },
    { "targets.",         kd_word_settings,         TARGETS, NULL,                     "teacher.data.vocab", "*",  "How it says that to a student with other pieces." },
    { "measure.",         kd_measure_settings,      MODELS,  NULL,                     NULL,             NULL,     "What is measured of a trained network beside its scores." },
    { 0 },
};
/* clang-format on */

/* Where a row's readers are not those of its room. */
static const struct {
    const char *key;
    unsigned    readers;
} exceptions[] = {
    { "task", CORPUS },
    { "seed", STUDENT | START },
    { "precision", MODELS | TARGETS | STATES },
    { "inference", MODELS | TARGETS },
    { "threads", MODELS | TARGETS | STATES }, /* sums in another order are other numbers */
    { "data.report", MODELS },                /* all are measured; this one is printed */
    { "data.unlabelled_share", STUDENT },     /* of its batches, not of the corpus */
    { "student.vectors", STUDENT | START },
    { "teacher.count", TARGETS },
    { "targets.format", TARGETS | STATES },
    { "targets.states_gib", STATES }, /* what is kept says the node's own lines */
};

/* Rows that no study sets: ids have them, always at the default. */
static const struct {
    const char *key, *from;
} following[] = {
    { "data.tag_specials", "from data.labels, where source tags [CLS] and [SEP]" },
    { "teacher.data.tag_specials", "from data.labels, where source tags [CLS] and [SEP]" },
    { "student.vocab", "from data.vocab and data.vocab_size" },
    { "student.labels", "from the corpus and data.labels" },
    { "teacher.vocab", "from data.vocab and data.vocab_size" },
    { "teacher.labels", "from the corpus and data.labels" },
};

/* What a row is where a network of this kind says nothing of it. */
typedef struct {
    int         kind_row, row;
    const char *kind, *value;
} own_default;

static struct {
    KD_VEC(kd_schema_row) rows;
    KD_VEC(const char *) defaults;
    KD_VEC(own_default) own;
    kd_map *numbers;
} schema;

const kd_setting *kd_schema_table(const kd_schema_room *room)
{
    return room->table ? room->table : room->make();
}

static unsigned readers_of(const char *key, unsigned of_room)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (strcmp(exceptions[i].key, key) == 0) return exceptions[i].readers;
    return of_room;
}

static const char *what_it_follows(const char *key)
{
    for (size_t i = 0; i < sizeof following / sizeof *following; i++)
        if (strcmp(following[i].key, key) == 0) return following[i].from;
    return NULL;
}

static void add_room(const kd_schema_room *room)
{
    for (const kd_setting *s = kd_schema_table(room); s->key; s++) {
        char    *key = kd_sprintf("%s%s", room->prefix, s->key);
        kd_str   value = KD_STR_INIT;
        kd_error err;
        KD_CHECK(kd_map_number(schema.numbers, key, -1) < 0, "schema: two rows are called %s", key);
        KD_CHECK(kd_setting_canonical(s, s->fallback, &value, &err) == KD_OK,
                 "schema: the default of %s: %s", key, err.text);
        kd_map_put_number(schema.numbers, key, (int64_t)schema.rows.count);
        kd_vec_push(&schema.rows, ((kd_schema_row){ .key = key,
                                                    .setting = s,
                                                    .readers = readers_of(key, room->readers),
                                                    .selector = -1,
                                                    .gate = -1,
                                                    .gate_words = room->gate_words,
                                                    .follows = what_it_follows(key) }));
        kd_vec_push(&schema.defaults, kd_str_take(&value));
    }
}

/* Selectors and gates may stand further down the list, so they are joined when all is there. */
static void join_rows(void)
{
    kd_schema_row *row = schema.rows.items;
    for (const kd_schema_room *room = kd_schema_rooms; room->prefix; room++)
        for (const kd_setting *s = kd_schema_table(room); s->key; s++, row++) {
            if (s->used_by && room->selector) row->selector = kd_schema_find(room->selector);
            if (!room->gate) continue;
            row->gate = kd_schema_find(room->gate);
            if (&schema.rows.items[row->gate] == row) row->gate = -1; /* it opens its own room */
        }
}

static int find_in(const char *prefix, const char *key)
{
    char *full = kd_sprintf("%s%s", prefix, key);
    int   row = (int)kd_map_number(schema.numbers, full, -1);
    KD_CHECK(row >= 0, "schema: no row is called %s", full);
    free(full);
    return row;
}

/* Defaults that a kind of network has of its own, found once: completing a cell is asked a million times. */
static void join_own_defaults(void)
{
    static const char *const networks[] = { "student.", "teacher." };
    for (size_t n = 0; n < sizeof networks / sizeof *networks; n++)
        for (int k = 0; k < KD_KIND_COUNT; k++) {
            const kd_model_kind *kind = kd_model_kind_at((kd_kind)k);
            for (int i = 0; i < KD_DEFAULTS_MAX && kind->defaults[i].key; i++)
                kd_vec_push(&schema.own,
                            ((own_default){ .kind_row = find_in(networks[n], "kind"),
                                            .kind = kind->name,
                                            .row = find_in(networks[n], kind->defaults[i].key),
                                            .value = kind->defaults[i].value }));
        }
}

/* The list is made at the first question and kept to the program's end. */
static void build(void)
{
    if (schema.numbers) return;
    schema.numbers = kd_map_create();
    for (const kd_schema_room *room = kd_schema_rooms; room->prefix; room++) add_room(room);
    join_rows();
    join_own_defaults();
}

const kd_schema_row *kd_schema_rows(size_t *count)
{
    build();
    if (count) *count = schema.rows.count;
    return schema.rows.items;
}

const char *const *kd_schema_defaults(void)
{
    build();
    return schema.defaults.items;
}

int kd_schema_find(const char *key)
{
    build();
    return (int)kd_map_number(schema.numbers, key, -1);
}

/* "student.lr" may be the right word in the wrong group. */
static const char *same_last_part(const char *key)
{
    const char *dot = strrchr(key, '.');
    const char *name = dot ? dot + 1 : key;
    for (size_t i = 0; i < schema.rows.count; i++)
        if (!schema.rows.items[i].follows && strcmp(schema.rows.items[i].setting->key, name) == 0)
            return schema.rows.items[i].key;
    return NULL;
}

const char *kd_schema_nearest(const char *key)
{
    build();
    const char **keys = kd_alloc(schema.rows.count, sizeof *keys);
    size_t       count = 0;
    for (size_t i = 0; i < schema.rows.count; i++)
        if (!schema.rows.items[i].follows) keys[count++] = schema.rows.items[i].key;
    const char *near = same_last_part(key);
    if (!near) near = kd_nearest(key, keys, count);
    free(keys);
    return near;
}

bool kd_schema_has_group(const char *name)
{
    size_t length = strlen(name);
    for (const kd_schema_room *room = kd_schema_rooms; room->prefix; room++)
        if (strncmp(room->prefix, name, length) == 0 && room->prefix[length] == '.') return true;
    return false;
}

/* "a b" is one of them, "!a b" none of them, "*" anything but the empty text. */
static bool opens(const char *words, const char *value)
{
    if (strcmp(words, "*") == 0) return *value;
    bool is_not = words[0] == '!';
    return kd_list_has(words + is_not, value) != is_not;
}

bool kd_schema_reads(int row, unsigned reader, const char *const *values)
{
    const kd_schema_row *r = &schema.rows.items[row];
    if (!(r->readers & reader)) return false;
    if (r->gate >= 0 && !opens(r->gate_words, values[r->gate])) return false;
    return r->selector < 0 || kd_setting_used_by(r->setting, values[r->selector]);
}

void kd_schema_complete(const char **values)
{
    const char *const *builtin = kd_schema_defaults();
    for (size_t i = 0; i < schema.own.count; i++) {
        const own_default *d = &schema.own.items[i];
        if (values[d->row] == builtin[d->row] && strcmp(values[d->kind_row], d->kind) == 0)
            values[d->row] = d->value;
    }
}
