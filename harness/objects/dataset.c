/* dataset.c - packs as arrays of an object, and back. */
#include "harness/objects/dataset.h"

#include <stdio.h>
#include <string.h>

#include "harness/store/keys.h"
#include "models/text/corpus.h"
#include "models/text/marks.h"

static const char *const split_words[KD_SPLITS] = { "train", "devel", "test" };

const char *kd_split_word(kd_split split)
{
    return split_words[split];
}

/* The arrays of a pack, once, for both ways. */
typedef struct {
    const char *name;
    kd_h5_type  type;
    size_t      offset; /* of the pointer in kd_pack */
    enum { PIECES, SENTENCES, BOUNDS, WORDS, PAIRS, PIECE_PAIRS } length;
} array;

static const array arrays[] = {
    { "ids", KD_H5_I32, offsetof(kd_pack, ids), PIECES },
    { "word", KD_H5_I32, offsetof(kd_pack, word), PIECES },
    { "tags", KD_H5_I16, offsetof(kd_pack, tags), PIECES },
    { "piece_begin", KD_H5_I32, offsetof(kd_pack, piece_begin), BOUNDS },
    { "word_begin", KD_H5_I32, offsetof(kd_pack, word_begin), BOUNDS },
    { "word_tags", KD_H5_I16, offsetof(kd_pack, word_tags), WORDS },
    { "labels", KD_H5_I32, offsetof(kd_pack, labels), SENTENCES },
    { "documents", KD_H5_I32, offsetof(kd_pack, documents), SENTENCES },
    { "spans", KD_H5_I32, offsetof(kd_pack, spans), PAIRS },
    { "places", KD_H5_I32, offsetof(kd_pack, places), PIECE_PAIRS },
};

enum { ARRAYS = sizeof arrays / sizeof *arrays };

static size_t length_of(const kd_pack *pack, const array *a)
{
    switch (a->length) {
    case PIECES:
        return (size_t)pack->pieces;
    case SENTENCES:
        return (size_t)pack->sentences;
    case BOUNDS:
        return (size_t)pack->sentences + 1;
    case WORDS:
        return (size_t)pack->words;
    case PAIRS:
        return 2 * (size_t)pack->sentences;
    case PIECE_PAIRS:
        return 2 * (size_t)pack->pieces;
    }
    return 0;
}

static void **pointer_of(kd_pack *pack, const array *a)
{
    return (void **)(void *)((char *)pack + a->offset);
}

static const char *name_of(char *out, size_t size, kd_split split, const array *a)
{
    snprintf(out, size, "%s/%s", split_words[split], a->name);
    return out;
}

/* ---- put ---- */

void kd_labels_to_text(const kd_labels *labels, kd_str *out)
{
    for (int k = 0; k < kd_labels_count(labels); k++)
        kd_str_addf(out, "%s\n", kd_labels_name(labels, k));
}

static kd_status put_questions(kd_object_draft *draft, kd_split split, const kd_pack *pack,
                               kd_error *err)
{
    char   name[64];
    kd_str text = KD_STR_INIT;
    snprintf(name, sizeof name, "%s/answer_pieces", split_words[split]);
    kd_status status = kd_object_put_i32(draft, name, &pack->answer_pieces, 1, 0, err);
    snprintf(name, sizeof name, "%s/questions", split_words[split]);
    kd_questions_print(pack->questions, &text);
    if (status == KD_OK) status = kd_object_put_text(draft, name, text.text, err);
    kd_str_fini(&text);
    return status;
}

static kd_status put_split(kd_object_draft *draft, kd_split split, const kd_pack *pack,
                           kd_error *err)
{
    char      name[64];
    kd_pack   copy = *pack;
    kd_status status = KD_OK;
    for (int i = 0; i < ARRAYS && status == KD_OK; i++) {
        const void *data = *pointer_of(&copy, &arrays[i]);
        if (!data) continue;
        status = kd_object_put(draft, name_of(name, sizeof name, split, &arrays[i]), arrays[i].type,
                               data, length_of(pack, &arrays[i]), 0, err);
    }
    if (status == KD_OK && pack->questions) status = put_questions(draft, split, pack, err);
    return status;
}

kd_status kd_dataset_put(kd_object_draft *draft, const kd_labels *labels, const char *vocab_text,
                         const kd_pack split[KD_SPLITS], kd_error *err)
{
    kd_str    names = KD_STR_INIT;
    kd_status status;
    kd_labels_to_text(labels, &names);
    if ((status = kd_object_put_text(draft, "task", kd_task_name(split[KD_TRAIN].task), err)) ||
        (status =
             kd_object_put_text(draft, "scheme", kd_scheme_name(kd_labels_scheme(labels)), err)) ||
        (status = kd_object_put_text(draft, KD_KEY_LABELS, names.text, err)) ||
        (status = kd_object_put_text(draft, KD_KEY_VOCAB, vocab_text, err)))
        goto done;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK; s++)
        status = put_split(draft, s, &split[s], err);
done:
    kd_str_fini(&names);
    return status;
}

/* ---- load ---- */

static kd_status take_array(kd_object *object, kd_dataset *out, kd_split split, const array *a,
                            size_t *count, kd_error *err)
{
    char   name[64];
    size_t cols;
    bool   has;
    *count = 0;
    name_of(name, sizeof name, split, a);
    kd_status status = kd_object_has(object, name, &has, err);
    if (status != KD_OK || !has) return status;
    return kd_object_take(object, name, a->type, out->arena, pointer_of(&out->split[split], a),
                          count, &cols, err);
}

static kd_status load_split(kd_object *object, kd_dataset *out, kd_split split, kd_error *err)
{
    size_t   count[ARRAYS];
    kd_pack *pack = &out->split[split];
    for (int i = 0; i < ARRAYS; i++) {
        kd_status status = take_array(object, out, split, &arrays[i], &count[i], err);
        if (status != KD_OK) return status;
    }
    pack->task = out->task;
    pack->pieces = (int)count[0];
    pack->sentences = count[3] ? (int)count[3] - 1 : 0;
    pack->words = count[4] ? pack->word_begin[count[4] - 1] : 0;
    for (int i = 0; i < ARRAYS; i++)
        if (count[i] && count[i] != length_of(pack, &arrays[i]))
            return kd_fail(err, KD_EDATA, "%s/%s has %zu entries, expected %zu", split_words[split],
                           arrays[i].name, count[i], length_of(pack, &arrays[i]));
    return KD_OK;
}

static kd_status take_text(kd_object *object, const char *name, kd_arena *arena, const char **out,
                           kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_object_get_text(object, name, &text, err);
    if (status == KD_OK) *out = kd_arena_strdup(arena, text.text);
    kd_str_fini(&text);
    return status;
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

kd_status kd_labels_of_text(kd_labels *out, const char *names, kd_scheme scheme, kd_error *err)
{
    int expected = 0;
    for (const char *line = names; *line; expected++) {
        size_t      length = strcspn(line, "\n"), type_length;
        const char *type;
        kd_part     part;
        bool        is_tag =
            scheme != KD_SCHEME_NONE && kd_tag_parse(line, length, &part, &type, &type_length);
        if (!is_tag)
            kd_labels_add_class(out, line, length);
        else if (part != KD_PART_O)
            kd_labels_add_type(out, scheme, type, type_length);
        if (kd_labels_find(out, line, length) != expected && part != KD_PART_O)
            return kd_fail(err, KD_EDATA, "label %d is %.*s, which the table numbers otherwise",
                           expected, (int)length, line);
        line += length + 1;
    }
    return KD_OK;
}

static kd_status load_names(kd_object *object, kd_dataset *out, kd_error *err)
{
    const char *task = NULL, *scheme_word = NULL;
    kd_scheme   scheme;
    kd_status   status;
    if ((status = take_text(object, "task", out->arena, &task, err)) ||
        (status = take_text(object, "scheme", out->arena, &scheme_word, err)) ||
        (status = take_text(object, KD_KEY_LABELS, out->arena, &out->labels_text, err)) ||
        (status = take_text(object, KD_KEY_VOCAB, out->arena, &out->vocab_text, err)))
        return status;
    if (!kd_task_parse(&out->task, task))
        return kd_fail(err, KD_EDATA, "no task is called %s", task);
    if (!kd_scheme_parse(&scheme, scheme_word)) scheme = KD_SCHEME_NONE;
    out->vocab_size = count_lines(out->vocab_text);
    return kd_labels_of_text(out->labels, out->labels_text, scheme, err);
}

/* The vocabulary by number: each of its lines as a text of its own. */
typedef struct {
    const char **line;
    int          count;
} pieces;

static const char *piece_of(const void *vocab, int32_t id)
{
    const pieces *p = vocab;
    return id >= 0 && id < p->count ? p->line[id] : "";
}

static pieces cut_lines(kd_dataset *out)
{
    pieces p = { .count = out->vocab_size };
    char  *at = kd_arena_strdup(out->arena, out->vocab_text);
    p.line = kd_arena_alloc(out->arena, (size_t)p.count + 1, sizeof *p.line);
    for (int i = 0; i < p.count; i++) {
        p.line[i] = at;
        at += strcspn(at, "\n");
        *at++ = '\0';
    }
    return p;
}

static bool has_sentences(const kd_pack *pack)
{
    if (!pack->ids || !pack->word || pack->piece_begin[0] != 0) return false;
    for (int b = 0; b < pack->sentences; b++)
        if (pack->piece_begin[b + 1] < pack->piece_begin[b]) return false;
    return pack->piece_begin[pack->sentences] == pack->pieces;
}

static kd_status refuse_bounds(kd_split split, kd_error *err)
{
    return kd_fail(err, KD_EDATA, "%s/piece_begin does not cut its pieces into sentences",
                   split_words[split]);
}

/* Made of pieces and not kept, so that objects from before anything asked for them have them too. */
static kd_status find_marks(kd_dataset *out, kd_error *err)
{
    pieces vocab = cut_lines(out);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        kd_pack *pack = &out->split[s];
        if (pack->sentences == 0) continue;
        if (!has_sentences(pack)) return refuse_bounds(s, err);
        pack->marks = kd_arena_alloc(out->arena, 2 * (size_t)pack->sentences, sizeof *pack->marks);
        kd_pack_find_marks(pack, piece_of, &vocab);
    }
    return KD_OK;
}

static void find_segments(kd_dataset *out, kd_pack *pack)
{
    pack->segments = kd_arena_alloc(out->arena, (size_t)pack->pieces + 1, sizeof *pack->segments);
    kd_pack_find_segments(pack, pack->segments);
}

static kd_status find_pairs(kd_dataset *out, kd_error *err)
{
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        kd_pack *pack = &out->split[s];
        if (pack->sentences == 0) continue;
        if (!has_sentences(pack)) return refuse_bounds(s, err);
        find_segments(out, pack);
    }
    return KD_OK;
}

/* What is mapped lives as long as the object, which is then the dataset's. */
static kd_status load_text(kd_object **object, kd_dataset *out, kd_error *err)
{
    bool      has;
    kd_status status = kd_dataset_load_parts(&out->split[KD_TRAIN], *object, out->arena, &has, err);
    if (status != KD_OK || !has) return status;
    out->object = *object;
    *object = NULL;
    return KD_OK;
}

/* Whether windows point at rows, pieces and characters that there are. */
static bool is_whole(const kd_pack *pack)
{
    int rows = (int)pack->questions->rows.count;
    if (!has_sentences(pack) || !pack->documents || !pack->spans || !pack->places) return false;
    for (int b = 0; b < pack->sentences; b++) {
        int length = pack->piece_begin[b + 1] - pack->piece_begin[b];
        if (pack->documents[b] < 0 || pack->documents[b] >= rows) return false;
        for (int i = 2 * b; i < 2 * b + 2; i++)
            if (pack->spans[i] < 0 || pack->spans[i] >= length) return false;
    }
    return true;
}

static kd_status load_questions(kd_object *object, kd_dataset *out, kd_split split, kd_error *err)
{
    char      name[64];
    kd_str    text = KD_STR_INIT;
    kd_pack  *pack = &out->split[split];
    kd_status status;
    if (pack->sentences == 0) return KD_OK;
    snprintf(name, sizeof name, "%s/answer_pieces", split_words[split]);
    status = kd_object_get(object, name, KD_H5_I32, &pack->answer_pieces, 1, 0, err);
    snprintf(name, sizeof name, "%s/questions", split_words[split]);
    if (status == KD_OK) status = kd_object_get_text(object, name, &text, err);
    if (status == KD_OK)
        status = kd_questions_parse(&out->questions[split], out->arena, text.text, text.length,
                                    name, NULL, err);
    pack->questions = &out->questions[split];
    if (status == KD_OK && !is_whole(pack))
        status =
            kd_fail(err, KD_EDATA, "%s: its windows do not fit its questions", split_words[split]);
    if (status == KD_OK) find_segments(out, pack);
    kd_str_fini(&text);
    return status;
}

kd_status kd_dataset_load(kd_dataset *out, const kd_store *store, kd_id id, unsigned wanted,
                          kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open(&object, store, id, err);
    if (status != KD_OK) return status;
    *out = (kd_dataset){ .arena = kd_arena_create(0), .labels = kd_labels_create() };
    status = load_names(object, out, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK; s++)
        if (wanted & 1u << s) status = load_split(object, out, s, err);
    if (status == KD_OK && out->task == KD_TASK_TEXT && wanted & 1u << KD_TRAIN)
        status = load_text(&object, out, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK && out->task == KD_TASK_QA; s++)
        status = load_questions(object, out, s, err);
    if (status == KD_OK && out->task == KD_TASK_RE) status = find_marks(out, err);
    if (status == KD_OK && out->task == KD_TASK_PAIR) status = find_pairs(out, err);
    if (status != KD_OK) {
        char text[KD_ID_TEXT];
        kd_id_text(text, id);
        kd_while(err, status, "corpus %s", text);
        kd_dataset_fini(out);
    }
    kd_object_close(object);
    return status;
}

void kd_dataset_fini(kd_dataset *dataset)
{
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) kd_questions_fini(&dataset->questions[s]);
    kd_labels_destroy(dataset->labels);
    kd_object_close(dataset->object);
    kd_arena_destroy(dataset->arena);
}

int32_t kd_dataset_pad(const kd_dataset *dataset)
{
    int32_t number = 0;
    for (const char *line = dataset->vocab_text; *line; number++) {
        size_t length = strcspn(line, "\n");
        if ((length == 5 && !strncmp(line, "[PAD]", 5)) ||
            (length == 5 && !strncmp(line, "<pad>", 5)))
            return number;
        line += length + (line[length] == '\n');
    }
    return 0;
}

/* ---- labels of others ---- */

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

kd_status kd_dataset_agrees(const kd_dataset *dataset, const char *labels, kd_error *err)
{
    const char *there = labels, *here = dataset->labels_text;
    int         column = 0;
    if (strcmp(there, here) == 0) return KD_OK;
    while (*there && *here && line_length(there) == line_length(here) &&
           strncmp(there, here, line_length(there)) == 0) {
        there += line_length(there) + 1;
        here += line_length(here) + 1;
        column++;
    }
    if (!*there || !*here)
        return kd_fail(err, KD_EDATA,
                       "there are %s names than in the corpus, from label %d on: %.*s",
                       *there ? "more" : "fewer", column, (int)line_length(*there ? there : here),
                       *there ? there : here);
    return kd_fail(err, KD_EDATA, "label %d is %.*s, and the corpus calls it %.*s", column,
                   (int)line_length(there), there, (int)line_length(here), here);
}
