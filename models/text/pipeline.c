/* pipeline.c - normalising steps write from one buffer into the other; splitting steps call the
 * next one for each of their chunks.
 *
 * Unicode categories relied on: C* (dropped by BertNormalizer but for TAB, LF, CR), Mn (accents),
 * P* (punctuation), White_Space; \w is taken as L*, M*, Nd, Nl and Pc.
 */
#include "models/text/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "models/text/basic.h"
#include "models/text/bpe_chunk.h"
#include "models/text/unicode.h"

static const char *const step_names[] = {
#define X(name, word) word,
    KD_STEPS(X)
#undef X
};

const char *kd_step_name(kd_step_kind kind)
{
    return step_names[kind];
}

kd_pipeline *kd_pipeline_create(void)
{
    kd_pipeline *p = kd_alloc(1, sizeof *p);
    kd_trie_init(&p->raw);
    kd_trie_init(&p->normal);
    kd_str_init(&p->word);
    kd_str_init(&p->text);
    kd_str_init(&p->other);
    return p;
}

static void fini_steps(kd_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(steps[i].from);
        free(steps[i].to);
        kd_charsmap_fini(&steps[i].map);
        kd_str_fini(&steps[i].work);
    }
    kd_vec_free(steps);
}

void kd_pipeline_destroy(kd_pipeline *p)
{
    if (!p) return;
    fini_steps(p->normalise.items, p->normalise.count);
    fini_steps(p->split.items, p->split.count);
    kd_vec_fini(&p->added);
    kd_trie_fini(&p->raw);
    kd_trie_fini(&p->normal);
    kd_str_fini(&p->word);
    kd_str_fini(&p->text);
    kd_str_fini(&p->other);
    free(p);
}

kd_step *kd_pipeline_add(kd_pipeline *p, kd_step_kind kind)
{
    kd_step step = { .kind = kind, .splits = true };
    kd_str_init(&step.work);
    if (kind < KD_STEP_FIRST_SPLIT) {
        kd_vec_push(&p->normalise, step);
        return &p->normalise.items[p->normalise.count - 1];
    }
    kd_vec_push(&p->split, step);
    return &p->split.items[p->split.count - 1];
}

bool kd_pipeline_has(const kd_pipeline *p, kd_step_kind kind)
{
    for (size_t i = 0; i < p->normalise.count; i++)
        if (p->normalise.items[i].kind == kind) return true;
    for (size_t i = 0; i < p->split.count; i++)
        if (p->split.items[i].kind == kind) return true;
    return false;
}

bool kd_pipeline_lowers(const kd_pipeline *p)
{
    for (size_t i = 0; i < p->normalise.count; i++)
        if (p->normalise.items[i].kind == KD_STEP_LOWERCASE || p->normalise.items[i].lowers)
            return true;
    return false;
}

/* ---- normalising ---- */

/* BertNormalizer's first two parts: what is no text goes, white space becomes blanks, and an
 * ideograph gets a blank on either side. */
static void clean(const kd_step *step, const kd_str *in, kd_str *out)
{
    for (size_t at = 0; at < in->length;) {
        size_t  here = at;
        int32_t c = kd_utf8_next(in->text, in->length, &at);
        bool    is_plain = c == '\t' || c == '\n' || c == '\r';
        if (step->cleans) {
            if (!is_plain && (c == KD_UNICODE_BAD || kd_unicode_is_other(c))) continue;
            if (kd_unicode_is_space(c)) {
                kd_str_add_char(out, ' ');
                continue;
            }
        }
        bool is_apart = step->parts_ideographs && kd_basic_is_ideograph(c);
        if (is_apart) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, in->text + here, at - here);
        if (is_apart) kd_str_add_char(out, ' ');
    }
}

static void drop_accents(const kd_str *in, kd_str *out)
{
    for (size_t at = 0; at < in->length;) {
        size_t here = at;
        if (!kd_unicode_is_mark(kd_utf8_next(in->text, in->length, &at)))
            kd_str_add_bytes(out, in->text + here, at - here);
    }
}

static void swap(kd_str *a, kd_str *b)
{
    kd_str kept = *a;
    *a = *b;
    *b = kept;
    kd_str_reset(b);
}

static void normalise_as_bert(const kd_step *step, kd_str *text, kd_str *other)
{
    clean(step, text, other);
    swap(text, other);
    if (step->strips_accents) {
        kd_unicode_strip(other, text->text, text->length, false);
        swap(text, other);
    }
    if (step->lowers) {
        kd_unicode_lower(other, text->text, text->length);
        swap(text, other);
    }
}

static void strip(const kd_step *step, const kd_str *in, kd_str *out)
{
    size_t begin = 0, end = 0;
    bool   has_begun = !step->is_left;
    for (size_t at = 0; at < in->length;) {
        size_t here = at;
        bool   is_space = kd_unicode_is_space(kd_utf8_next(in->text, in->length, &at));
        if (!has_begun && !is_space) {
            has_begun = true;
            begin = here;
        }
        if (!is_space || !step->is_right) end = at;
    }
    if (has_begun && end > begin) kd_str_add_bytes(out, in->text + begin, end - begin);
}

static size_t match_at(const kd_step *step, const char *text, size_t length)
{
    size_t size = step->is_run ? 0 : strlen(step->from);
    if (!step->is_run) return size <= length && memcmp(text, step->from, size) == 0 ? size : 0;
    while (size < length && text[size] == ' ') size++;
    return size >= 2 ? size : 0;
}

static void replace(const kd_step *step, const kd_str *in, kd_str *out)
{
    for (size_t at = 0, size; at < in->length; at += size) {
        size = match_at(step, in->text + at, in->length - at);
        if (size > 0)
            kd_str_add(out, step->to);
        else
            kd_str_add_char(out, in->text[at]);
        size += size == 0;
    }
}

static void map_characters(const kd_step *step, const kd_str *in, kd_str *out)
{
    for (size_t at = 0, size; at < in->length; at += size) {
        const char *to = kd_charsmap_find(&step->map, in->text + at, in->length - at, &size);
        if (to) {
            kd_str_add(out, to);
            continue;
        }
        size_t next = at;
        kd_utf8_next(in->text, in->length, &next);
        size = next - at;
        kd_str_add_bytes(out, in->text + at, size);
    }
}

/* What `text` becomes; `other` is the second buffer. */
static void apply(const kd_step *step, kd_str *text, kd_str *other)
{
    kd_str_reset(other);
    switch (step->kind) {
    case KD_STEP_BERT_NORMALIZER:
        normalise_as_bert(step, text, other);
        return;
    case KD_STEP_LOWERCASE:
        kd_unicode_lower(other, text->text, text->length);
        break;
    case KD_STEP_NFC:
    case KD_STEP_NFD:
    case KD_STEP_NFKC:
    case KD_STEP_NFKD:
        kd_unicode_normalise(other, text->text, text->length,
                             step->kind == KD_STEP_NFC || step->kind == KD_STEP_NFKC,
                             step->kind == KD_STEP_NFKC || step->kind == KD_STEP_NFKD);
        break;
    case KD_STEP_STRIP_ACCENTS:
        drop_accents(text, other);
        break;
    case KD_STEP_STRIP:
        strip(step, text, other);
        break;
    case KD_STEP_REPLACE:
        replace(step, text, other);
        break;
    case KD_STEP_PREPEND:
        if (text->length > 0) kd_str_add(other, step->to);
        kd_str_add_bytes(other, text->text, text->length);
        break;
    case KD_STEP_PRECOMPILED:
        map_characters(step, text, other);
        break;
    default:
        KD_CHECK(false, "pipeline: %s does not normalise", kd_step_name(step->kind));
    }
    swap(text, other);
}

/* p->text becomes the normal form of these bytes. */
static void normalise(kd_pipeline *p, const char *text, size_t length)
{
    kd_str_reset(&p->text);
    kd_str_add_bytes(&p->text, text, length);
    for (size_t i = 0; i < p->normalise.count; i++)
        apply(&p->normalise.items[i], &p->text, &p->other);
}

/* ---- splitting ---- */

typedef struct {
    kd_pipeline      *p;
    kd_pipeline_visit visit;
    void             *user;
    bool              is_first; /* nothing of the text was given on yet */
} run;

typedef enum { SPACE, WORD, OTHER } class;

static class class_of(int32_t c)
{
    if (kd_unicode_is_space(c)) return SPACE;
    return kd_unicode_is_word(c) ? WORD : OTHER;
}

static void split_from(run *r, size_t step, const char *text, size_t length);

/* At white space, and where `is_apart` says that two neighbours are no chunk. */
static void split_where(run *r, size_t step, const char *text, size_t length,
                        bool (*is_apart)(int32_t last, int32_t c))
{
    size_t  begin = 0;
    int32_t last = ' ';
    for (size_t at = 0; at < length;) {
        size_t  here = at;
        int32_t c = kd_utf8_next(text, length, &at);
        bool    ends = kd_unicode_is_space(c) || kd_unicode_is_space(last) || is_apart(last, c);
        if (ends && here > begin && !kd_unicode_is_space(last))
            split_from(r, step + 1, text + begin, here - begin);
        if (ends) begin = here;
        last = c;
    }
    if (length > begin && !kd_unicode_is_space(last))
        split_from(r, step + 1, text + begin, length - begin);
}

static bool parts_punctuation(int32_t last, int32_t c)
{
    return kd_basic_is_punctuation(last) || kd_basic_is_punctuation(c);
}
static bool parts_classes(int32_t last, int32_t c)
{
    return class_of(last) != class_of(c);
}
static bool parts_nothing(int32_t last, int32_t c)
{
    (void)last;
    (void)c;
    return false;
}

static void split_bytes(run *r, size_t i, const char *text, size_t length)
{
    kd_step *step = &r->p->split.items[i];
    if (step->adds_blank && length > 0 && text[0] != ' ') {
        kd_str_reset(&step->work);
        kd_str_add_char(&step->work, ' ');
        kd_str_add_bytes(&step->work, text, length);
        text = step->work.text;
        length = step->work.length;
    }
    for (size_t at = 0, size; at < length; at += size) {
        size = step->splits ? kd_bpe_chunk(text + at, length - at) : length;
        split_from(r, i + 1, text + at, size);
    }
}

static void mark_blanks(run *r, kd_step *step, const char *text, size_t length)
{
    bool adds =
        step->prepend == KD_PREPEND_ALWAYS || (step->prepend == KD_PREPEND_FIRST && r->is_first);
    size_t mark = strlen(step->to);
    bool   is_there =
        length > 0 && (text[0] == ' ' || (length >= mark && memcmp(text, step->to, mark) == 0));
    kd_str_reset(&step->work);
    if (adds && length > 0 && !is_there) kd_str_add(&step->work, step->to);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ' ')
            kd_str_add(&step->work, step->to);
        else
            kd_str_add_char(&step->work, text[i]);
    }
}

static void split_marks(run *r, size_t i, const char *text, size_t length)
{
    kd_step *step = &r->p->split.items[i];
    size_t   mark = strlen(step->to), begin = 0;
    mark_blanks(r, step, text, length);
    const char *marked = step->work.text;
    length = step->work.length;
    for (size_t at = 1; step->splits && at + mark <= length; at++) {
        if (memcmp(marked + at, step->to, mark) != 0) continue;
        split_from(r, i + 1, marked + begin, at - begin);
        begin = at;
    }
    if (length > begin) split_from(r, i + 1, marked + begin, length - begin);
}

static void split_from(run *r, size_t i, const char *text, size_t length)
{
    if (i == r->p->split.count) {
        if (length > 0) r->visit(text, length, -1, r->user);
        r->is_first = false;
        return;
    }
    switch (r->p->split.items[i].kind) {
    case KD_STEP_BERT_SPLIT:
        split_where(r, i, text, length, parts_punctuation);
        return;
    case KD_STEP_WHITESPACE:
        split_where(r, i, text, length, parts_classes);
        return;
    case KD_STEP_WHITESPACE_SPLIT:
        split_where(r, i, text, length, parts_nothing);
        return;
    case KD_STEP_BYTE_LEVEL:
        split_bytes(r, i, text, length);
        return;
    case KD_STEP_METASPACE:
        split_marks(r, i, text, length);
        return;
    default:
        KD_CHECK(false, "pipeline: %s does not split", kd_step_name(r->p->split.items[i].kind));
    }
}

/* ---- added tokens ---- */

kd_status kd_pipeline_add_token(kd_pipeline *p, const char *content, kd_added token, kd_error *err)
{
    int32_t index = (int32_t)p->added.count;
    kd_vec_push(&p->added, token);
    if (token.is_raw) {
        kd_trie_put(&p->raw, content, strlen(content), index);
        p->has_raw = true;
        return kd_trie_check(&p->raw, err);
    }
    normalise(p, content, strlen(content));
    if (p->text.length == 0) return KD_OK; /* nothing that text could hold */
    kd_trie_put(&p->normal, p->text.text, p->text.length, index);
    p->has_normal = true;
    return kd_trie_check(&p->normal, err);
}

typedef struct {
    const kd_added *token;
    size_t          begin, end; /* of the text that it takes */
} found;

/* Whether a character of a word ends just before `at`. */
static bool word_before(const char *text, size_t length, size_t at)
{
    size_t from = at;
    while (from > 0 && from + 4 > at) {
        from--;
        if (((unsigned char)text[from] & 0xC0) == 0x80) continue;
        size_t next = from;
        return kd_unicode_is_word(kd_utf8_next(text, length, &next));
    }
    return false;
}

static bool word_after(const char *text, size_t length, size_t at)
{
    return at < length && kd_unicode_is_word(kd_utf8_next(text, length, &at));
}

static size_t skip_space(const char *text, size_t length, size_t at)
{
    while (at < length) {
        size_t next = at;
        if (!kd_unicode_is_space(kd_utf8_next(text, length, &next))) break;
        at = next;
    }
    return at;
}

/* The longest token that begins at `at` and may stand there. */
static bool match_token(const kd_pipeline *p, const kd_trie *trie, const char *text, size_t length,
                        size_t at, found *out)
{
    const kd_added *best = NULL;
    size_t          end = at;
    int32_t         node = KD_TRIE_ROOT;
    for (size_t i = at; i < length; i++) {
        node = kd_trie_step(trie, node, (unsigned char)text[i]);
        if (node == KD_TRIE_NONE) break;
        if (trie->values.items[node] == KD_TRIE_NONE) continue;
        const kd_added *token = &p->added.items[trie->values.items[node]];
        if (token->is_word && (word_before(text, length, at) || word_after(text, length, i + 1)))
            continue;
        best = token;
        end = i + 1;
    }
    *out = (found){ best, at, end };
    if (best && best->eats_right) out->end = skip_space(text, length, end);
    return best != NULL;
}

/* Where white space before `at` begins, not before `from`. */
static size_t space_before(const char *text, size_t from, size_t at)
{
    size_t begin = at;
    for (size_t i = from; i < at;) {
        size_t here = i;
        if (!kd_unicode_is_space(kd_utf8_next(text, at, &i)))
            begin = at;
        else if (begin == at)
            begin = here;
    }
    return begin;
}

/* What lies between tokens goes to `rest`, tokens to the visitor. */
static void take_tokens(run *r, const kd_trie *trie, const char *text, size_t length,
                        void (*rest)(run *, const char *, size_t))
{
    size_t begin = 0;
    found  hit;
    for (size_t at = 0; at < length;) {
        if (!match_token(r->p, trie, text, length, at, &hit)) {
            at++;
            continue;
        }
        if (hit.token->eats_left) hit.begin = space_before(text, begin, at);
        if (hit.begin > begin) rest(r, text + begin, hit.begin - begin);
        r->visit(text + hit.begin, hit.end - hit.begin, hit.token->id, r->user);
        r->is_first = false;
        begin = at = hit.end;
    }
    if (length > begin) rest(r, text + begin, length - begin);
}

static void split(run *r, const char *text, size_t length)
{
    split_from(r, 0, text, length);
}

static void normalise_and_split(run *r, const char *text, size_t length)
{
    normalise(r->p, text, length);
    if (r->p->has_normal)
        take_tokens(r, &r->p->normal, r->p->text.text, r->p->text.length, split);
    else
        split(r, r->p->text.text, r->p->text.length);
}

/* Byte BPE and Metaspace see whether a blank stands before a word; a Prepend puts its own there. */
static bool sees_blanks(const kd_pipeline *p)
{
    return kd_pipeline_has(p, KD_STEP_BYTE_LEVEL) ||
           (kd_pipeline_has(p, KD_STEP_METASPACE) && !kd_pipeline_has(p, KD_STEP_PREPEND));
}

void kd_pipeline_run(kd_pipeline *p, const char *text, size_t length, bool is_word,
                     kd_pipeline_visit visit, void *user)
{
    run r = { p, visit, user, true };
    if (is_word && length > 0 && sees_blanks(p)) {
        kd_str_reset(&p->word);
        kd_str_add_char(&p->word, ' ');
        kd_str_add_bytes(&p->word, text, length);
        text = p->word.text;
        length = p->word.length;
    }
    if (p->has_raw)
        take_tokens(&r, &p->raw, text, length, normalise_and_split);
    else
        normalise_and_split(&r, text, length);
}
