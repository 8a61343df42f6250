/* corpus_brat.c - a folder of texts with BRAT standoff beside them, as a tagged corpus.
 *
 * A text is cut by sentences.h, an end of line ending a sentence, and its mentions become tags of
 * its words. Where words or tags cannot say what a mention says, a rule decides and is counted:
 *
 *     in parts            from the first part to the last
 *     inside a word       the whole word
 *     over a sentence end both sentences are one
 *     overlapping         the one of more words stays; of equals the one that begins first
 *     without a word      left out
 */
#include <stdlib.h>
#include <string.h>

#include "models/text/brat.h"
#include "models/text/corpus_internal.h"
#include "models/text/sentences.h"
#include "models/text/unicode.h"

/* A mention by its words in the corpus. */
typedef struct {
    char   *type; /* owned */
    int32_t first, last;
} spot;

typedef struct {
    kd_corpus *corpus;
    KD_VEC(spot) spots; /* of all documents, without overlap */

    /* Of one document. */
    kd_str      text;
    kd_mentions mentions;
    KD_VEC(kd_place) words; /* places in the document */
    KD_VEC(int32_t) begin;  /* which words begin sentences */
    KD_VEC(spot) wanted;
    KD_VEC(bool) is_taken; /* (words) */
} reader;

static void hear(const kd_sentence *sentence, void *user)
{
    reader *r = user;
    kd_vec_push(&r->begin, (int32_t)r->words.count);
    for (size_t i = 0; i < sentence->word_count; i++) {
        kd_place word = sentence->words[i];
        word.begin += (uint32_t)sentence->byte;
        word.character += (uint32_t)sentence->character;
        kd_vec_push(&r->words, word);
    }
}

static void split(reader *r)
{
    kd_split_options options = { .lines_end = true };
    kd_splitter     *splitter = kd_splitter_create(&options, hear, r);
    kd_splitter_feed(splitter, r->text.text, r->text.length);
    kd_splitter_finish(splitter);
    kd_splitter_destroy(splitter);
}

/* The first word that ends behind this character. */
static int32_t find_word(const reader *r, uint32_t character)
{
    size_t low = 0, high = r->words.count;
    while (low < high) {
        size_t          middle = (low + high) / 2;
        const kd_place *word = &r->words.items[middle];
        if (word->character + word->characters > character)
            high = middle;
        else
            low = middle + 1;
    }
    return (int32_t)low;
}

/* The words of a mention, if it has any. */
static void place_mention(reader *r, kd_mention *m)
{
    int32_t first = find_word(r, m->begin), last = find_word(r, m->end - 1);
    int32_t count = (int32_t)r->words.count;
    if (m->has_parts) kd_corpus_note(r->corpus, KD_NOTE_IN_PARTS, 0);
    if (last == count || r->words.items[last].character >= m->end) last--;
    if (first > last) {
        kd_corpus_note(r->corpus, KD_NOTE_NO_WORD, 0);
        return;
    }
    const kd_place *a = &r->words.items[first], *z = &r->words.items[last];
    if (a->character < m->begin || z->character + z->characters > m->end)
        kd_corpus_note(r->corpus, KD_NOTE_INSIDE_WORD, 0);
    kd_vec_push(&r->wanted, (spot){ m->type, first, last });
    m->type = NULL;
}

static int by_length(const void *a, const void *b)
{
    const spot *x = a, *y = b;
    int         wide_x = x->last - x->first, wide_y = y->last - y->first;
    if (wide_x != wide_y) return wide_x > wide_y ? -1 : 1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return strcmp(x->type, y->type);
}

static int by_place(const void *a, const void *b)
{
    const spot *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool is_free(const reader *r, const spot *s)
{
    /* The ends tell: what stands already is at least as long. */
    return !r->is_taken.items[s->first] && !r->is_taken.items[s->last];
}

/* Keep the longest without overlap, in the order of the text. */
static void choose(reader *r, int32_t offset)
{
    kd_vec_reset(&r->is_taken);
    for (size_t i = 0; i < r->words.count; i++) kd_vec_push(&r->is_taken, false);
    size_t kept = r->spots.count;
    if (r->wanted.count > 0)
        qsort(r->wanted.items, r->wanted.count, sizeof *r->wanted.items, by_length);
    for (size_t i = 0; i < r->wanted.count; i++) {
        spot s = r->wanted.items[i];
        if (!is_free(r, &s)) {
            kd_corpus_note(r->corpus, KD_NOTE_OVERLAP, 0);
            free(s.type);
            continue;
        }
        for (int32_t w = s.first; w <= s.last; w++) r->is_taken.items[w] = true;
        kd_vec_push(&r->spots, (spot){ s.type, s.first + offset, s.last + offset });
    }
    if (r->spots.count > kept)
        qsort(r->spots.items + kept, r->spots.count - kept, sizeof *r->spots.items, by_place);
}

/* Add the document's words; a sentence begins where no mention of `spots` from `kept` on is open.
 */
static void add_words(reader *r, int32_t offset, size_t kept)
{
    size_t sentence = 1, s = kept;
    for (int32_t w = 0; w < (int32_t)r->words.count; w++) {
        while (s < r->spots.count && r->spots.items[s].last < w + offset) s++;
        bool is_open = s < r->spots.count && r->spots.items[s].first < w + offset;
        if (sentence < r->begin.count && r->begin.items[sentence] == w) {
            sentence++;
            if (is_open)
                kd_corpus_note(r->corpus, KD_NOTE_JOINED, 0);
            else
                kd_corpus_end_sentence(r->corpus);
        }
        const kd_place *word = &r->words.items[w];
        kd_corpus_add_word(r->corpus, r->text.text + word->begin, word->length, 0);
    }
    if (r->words.count > 0) kd_corpus_end_sentence(r->corpus);
}

static kd_status check_text(const reader *r, const char *path, kd_error *err)
{
    size_t bad_at;
    if (r->text.length >= (size_t)1 << 30)
        return kd_fail(err, KD_EDATA, "%s: a text of %zu bytes", path, r->text.length);
    if (memchr(r->text.text, 0, r->text.length))
        return kd_fail(err, KD_EDATA, "%s: a NUL byte", path);
    if (!kd_utf8_check(r->text.text, r->text.length, &bad_at))
        return kd_fail(err, KD_EDATA, "%s: byte %zu is not UTF-8", path, bad_at + 1);
    return KD_OK;
}

static kd_status read_mentions(reader *r, const char *txt, kd_error *err)
{
    char     *path = kd_sprintf("%.*s.ann", (int)(strlen(txt) - 4), txt);
    int64_t   others = 0;
    kd_status status = KD_OK;
    if (kd_fs_exists(path))
        status = kd_brat_read(&r->mentions, &others, path, r->text.text, r->text.length, err);
    else
        kd_corpus_note(r->corpus, KD_NOTE_UNANNOTATED, 0);
    for (; others > 0; others--) kd_corpus_note(r->corpus, KD_NOTE_OTHER_LINE, 0);
    free(path);
    return status;
}

static kd_status read_document(reader *r, const char *path, kd_error *err)
{
    kd_vec_reset(&r->words);
    kd_vec_reset(&r->begin);
    kd_vec_reset(&r->wanted);
    kd_status status = kd_fs_read(path, &r->text, err);
    if (status == KD_OK) status = check_text(r, path, err);
    if (status == KD_OK) status = read_mentions(r, path, err);
    if (status == KD_OK) {
        int32_t offset = (int32_t)r->corpus->words.count;
        size_t  kept = r->spots.count;
        split(r);
        for (size_t i = 0; i < r->mentions.count; i++) place_mention(r, &r->mentions.items[i]);
        choose(r, offset);
        add_words(r, offset, kept);
    }
    kd_mentions_fini(&r->mentions);
    return status;
}

/* ---- labels ---- */

static int by_type(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Types in byte order, behind those that the table has. */
static void add_types(const reader *r, kd_scheme scheme)
{
    KD_VEC(char *) types = KD_VEC_INIT;
    kd_labels *labels = r->corpus->labels;
    bool       is_new = kd_labels_types(labels) == 0;
    for (size_t i = 0; i < r->spots.count; i++) kd_vec_push(&types, r->spots.items[i].type);
    if (types.count > 0) qsort(types.items, types.count, sizeof *types.items, by_type);
    for (size_t i = 0; i < types.count; i++) {
        if (kd_labels_find_type(labels, types.items[i], strlen(types.items[i])) >= 0) continue;
        kd_labels_add_type(labels, scheme, types.items[i], strlen(types.items[i]));
        if (!is_new) kd_corpus_note(r->corpus, KD_NOTE_NEW_LABEL, 0);
    }
    kd_vec_fini(&types);
}

static void write_tags(const reader *r)
{
    kd_corpus *c = r->corpus;
    int        outside = kd_labels_outside(c->labels), sentence = 0;
    for (size_t i = 0; i < c->tags.count; i++) c->tags.items[i] = (int16_t)outside;
    for (size_t i = 0; i < r->spots.count; i++) {
        const spot *s = &r->spots.items[i];
        while (c->begin.items[sentence + 1] <= s->first) sentence++;
        int     begin = c->begin.items[sentence];
        kd_span span = { s->first - begin, s->last - begin,
                         kd_labels_find_type(c->labels, s->type, strlen(s->type)) };
        kd_tags_write_span(c->labels, span, c->tags.items + begin);
    }
}

/* The scheme of the table, or that of the options, or IOB2. */
static kd_scheme scheme_of(const kd_corpus *corpus, const kd_corpus_options *options)
{
    kd_scheme scheme = kd_labels_scheme(corpus->labels);
    if (scheme == KD_SCHEME_NONE) scheme = options->convert;
    if (scheme == KD_SCHEME_NONE) scheme = options->scheme;
    return scheme == KD_SCHEME_NONE ? KD_SCHEME_IOB2 : scheme;
}

static kd_status settle(reader *r, const kd_corpus_options *options, kd_error *err)
{
    kd_corpus *corpus = r->corpus;
    if (kd_corpus_sentences(corpus) == 0)
        return kd_fail(err, KD_EDATA, "%s: no sentences", corpus->name);
    corpus->scheme = scheme_of(corpus, options);
    add_types(r, corpus->scheme);
    if (kd_labels_outside(corpus->labels) < 0)
        return kd_fail(err, KD_EDATA, "%s: no mention in any file", corpus->name);
    write_tags(r);
    return KD_OK;
}

/* Whether what "<stem>.ann" annotates is there. */
static kd_status check_text_of(const reader *r, const char *name, kd_error *err)
{
    char     *path = kd_sprintf("%s/%.*s" KD_BRAT_TEXT, r->corpus->name,
                                (int)(strlen(name) - strlen(KD_BRAT_MENTIONS)), name);
    kd_status status = KD_OK;
    if (!kd_fs_exists(path)) status = kd_fail(err, KD_ENOINPUT, "%s: is not beside %s", path, name);
    free(path);
    return status;
}

static kd_status read_folder(reader *r, kd_error *err)
{
    char    **names;
    size_t    count, texts = 0;
    kd_status status = kd_fs_list(r->corpus->name, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (kd_ends_with(names[i], KD_BRAT_MENTIONS)) status = check_text_of(r, names[i], err);
        if (!kd_ends_with(names[i], KD_BRAT_TEXT)) continue;
        char *path = kd_fs_join(r->corpus->name, names[i]);
        status = read_document(r, path, err);
        free(path);
        texts++;
    }
    kd_fs_free_names(names, count);
    if (status == KD_OK && texts == 0)
        status = kd_fail(err, KD_ENOINPUT, "%s: no .txt file here", r->corpus->name);
    return status;
}

kd_status kd_corpus_read_brat(kd_corpus *corpus, const kd_corpus_options *options, kd_error *err)
{
    reader    r = { .corpus = corpus, .text = KD_STR_INIT };
    kd_status status = read_folder(&r, err);
    if (status == KD_OK) status = settle(&r, options, err);
    for (size_t i = 0; i < r.spots.count; i++) free(r.spots.items[i].type);
    kd_vec_fini(&r.spots);
    kd_str_fini(&r.text);
    kd_vec_fini(&r.words);
    kd_vec_fini(&r.begin);
    kd_vec_fini(&r.wanted);
    kd_vec_fini(&r.is_taken);
    return status;
}
