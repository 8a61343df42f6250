/* pack_build.c - the arrays of pack.h, filled from a corpus in one pass. */
#include <stdlib.h>
#include <string.h>

#include "models/text/marks.h"
#include "models/text/pack_build.h"

typedef KD_VEC(int16_t) tag_vec;

typedef struct {
    const kd_corpus        *corpus;
    kd_tokenizer           *tokenizer;
    const kd_token_options *options;
    kd_specials             specials;
    int16_t                 start_tag, end_tag; /* of [CLS] and [SEP] */
    int                     separators;         /* between two texts */
    kd_ids                  text[2];            /* pieces of the pair at hand */
    kd_ids                  ids, word;
    tag_vec                 tags; /* stays empty when there is nothing to tag */
    kd_ids                  begin;
    kd_pack_stats           stats;
} packer;

static bool is_tagged(const packer *p)
{
    return p->corpus->task == KD_TASK_NER;
}

static void push_special(packer *p, int32_t id, int16_t tag)
{
    kd_vec_push(&p->ids, id);
    kd_vec_push(&p->word, -1);
    if (is_tagged(p)) kd_vec_push(&p->tags, tag);
}

/* Append the pieces of the word at `at`. */
static void encode(packer *p, size_t at, kd_ids *out)
{
    const kd_word *word = &p->corpus->words.items[at];
    size_t         before = out->count;

    if (is_tagged(p))
        kd_tokenizer_encode_word(p->tokenizer, word->text, word->length, out);
    else
        kd_tokenizer_encode(p->tokenizer, word->text, word->length, out);
    if (out->count > before) return;
    kd_vec_push(out, p->specials.unk);
    p->stats.empty_words++;
}

/* The pieces of the word at `at`, the n-th of its sentence. */
static void push_word(packer *p, size_t at, int32_t n)
{
    size_t before = p->ids.count;

    encode(p, at, &p->ids);
    for (size_t i = before; i < p->ids.count; i++) {
        kd_vec_push(&p->word, n);
        if (!is_tagged(p)) continue;
        bool carries = i == before || p->options->inherit;
        kd_vec_push(&p->tags, carries ? p->corpus->tags.items[at] : KD_NO_TAG);
    }
}

/* Cut the row that begins at `begin` so that [SEP] still fits, or so that it does not, and count what it loses. False
 * when it ends without [SEP]. */
static bool cut_row(packer *p, size_t begin, int32_t words)
{
    bool   keeps = p->options->keep_sep;
    size_t length = p->ids.count - begin + 1, most = (size_t)p->options->max_pieces;
    if (length > (size_t)p->stats.longest) p->stats.longest = (int)length;
    if (most == 0 || length <= most) return true;

    size_t end = begin + most - keeps;
    p->stats.cut_sentences++;
    if (end < p->ids.count) p->stats.cut_words += words - p->word.items[end];
    p->ids.count = p->word.count = end;
    if (is_tagged(p)) p->tags.count = end;
    return keeps;
}

/* ---- two texts ---- */

/* How many pieces of each are kept where `room` is for both: the longer one loses its last ones until both are
 * equally long, then each in turn. */
static void fit(size_t kept[2], size_t room)
{
    size_t half = room / 2, first = kept[0], second = kept[1];
    if (first + second <= room) return;
    if (second <= half)
        kept[0] = room - second;
    else if (first <= room - half)
        kept[1] = room - first;
    else {
        kept[0] = room - half;
        kept[1] = half;
    }
}

static void cut_pair(packer *p, size_t kept[2])
{
    size_t around = 2 + (size_t)p->separators, most = (size_t)p->options->max_pieces;
    size_t length = kept[0] + kept[1] + around, whole[2] = { kept[0], kept[1] };
    if (length > (size_t)p->stats.longest) p->stats.longest = (int)length;
    if (most == 0 || length <= most) return;
    fit(kept, most - around);
    p->stats.cut_sentences++;
    p->stats.cut_words += (kept[0] < whole[0]) + (kept[1] < whole[1]);
}

static void push_pair(packer *p, int b)
{
    size_t kept[2], first = (size_t)p->corpus->begin.items[b];

    for (size_t t = 0; t < 2; t++) {
        kd_vec_reset(&p->text[t]);
        encode(p, first + t, &p->text[t]);
        kept[t] = p->text[t].count;
    }
    cut_pair(p, kept);
    kd_vec_push(&p->begin, (int32_t)p->ids.count);
    push_special(p, p->specials.cls, KD_NO_TAG);
    for (int t = 0; t < 2; t++) {
        for (size_t i = 0; i < kept[t]; i++) {
            kd_vec_push(&p->ids, p->text[t].items[i]);
            kd_vec_push(&p->word, t);
            p->stats.unknown += p->text[t].items[i] == p->specials.unk;
        }
        p->stats.pieces += (int64_t)kept[t];
        for (int i = 0; i < (t == 0 ? p->separators : 1); i++)
            push_special(p, p->specials.sep, KD_NO_TAG);
    }
}

/* ---- one text, or words ---- */

/* Of a special piece of a sentence whose first word has this tag. */
static int16_t tag_beside(int16_t special, int16_t word)
{
    return special != KD_NO_TAG && word == KD_UNTOLD ? KD_UNTOLD : special;
}

static void push_sentence(packer *p, int b)
{
    size_t  first = (size_t)p->corpus->begin.items[b], last = (size_t)p->corpus->begin.items[b + 1];
    size_t  begin = p->ids.count;
    int16_t word = is_tagged(p) && first < last ? p->corpus->tags.items[first] : KD_NO_TAG;

    kd_vec_push(&p->begin, (int32_t)begin);
    push_special(p, p->specials.cls, tag_beside(p->start_tag, word));
    for (size_t at = first; at < last; at++) push_word(p, at, (int32_t)(at - first));
    bool has_sep = cut_row(p, begin, (int32_t)(last - first));
    for (size_t i = begin + 1; i < p->ids.count; i++)
        p->stats.unknown += p->ids.items[i] == p->specials.unk;
    p->stats.pieces += (int64_t)(p->ids.count - begin - 1);
    if (has_sep) push_special(p, p->specials.sep, tag_beside(p->end_tag, word));
}

/* The label of a special piece, if such labels are wanted and known. */
static int16_t special_tag(const packer *p, const char *name)
{
    if (!is_tagged(p) || !p->options->tag_specials || !p->corpus->labels) return KD_NO_TAG;
    return (int16_t)kd_labels_find(p->corpus->labels, name, strlen(name));
}

static bool are_pairs(const packer *p)
{
    return p->corpus->task == KD_TASK_PAIR;
}

static kd_status check(const packer *p, kd_error *err)
{
    if (p->specials.cls < 0 || p->specials.sep < 0 || p->specials.unk < 0)
        return kd_fail(err, KD_EDATA,
                       "the vocabulary lacks [CLS], [SEP] or [UNK] (<s>, </s>, <unk>)");
    if (p->options->max_pieces != 0 && p->options->max_pieces < 3)
        return kd_fail(err, KD_ECONFIG,
                       "max_pieces: %d leaves no room for a piece beside [CLS] and [SEP]",
                       p->options->max_pieces);
    if (are_pairs(p) && p->options->max_pieces != 0 && p->options->max_pieces < 4 + p->separators)
        return kd_fail(err, KD_ECONFIG,
                       "max_pieces: %d leaves no room for a piece of both texts beside the special "
                       "ones",
                       p->options->max_pieces);
    return KD_OK;
}

/* Hand an array over, without the room it grew in advance. */
static void *take(void *items, size_t count, size_t size)
{
    return count ? kd_realloc(items, count, size) : items;
}
#define TAKE(vec) take((vec).items, (vec).count, sizeof *(vec).items)

static void *copy(const void *items, size_t count, size_t size)
{
    if (count == 0) return NULL;
    void *twin = kd_alloc(count, size);
    return memcpy(twin, items, count * size);
}
#define COPY(vec) copy((vec).items, (vec).count, sizeof *(vec).items)

static const char *piece_of(const void *vocab, int32_t id)
{
    return kd_vocab_piece(vocab, id);
}

static kd_status finish(kd_pack *out, packer *p, kd_error *err)
{
    const kd_corpus *corpus = p->corpus;
    if (p->ids.count > INT32_MAX || corpus->words.count > INT32_MAX)
        return kd_fail(err, KD_EDATA, "%s: more than %d pieces", corpus->name, INT32_MAX);
    kd_vec_push(&p->begin, (int32_t)p->ids.count);
    *out = (kd_pack){
        .task = corpus->task,
        .sentences = kd_corpus_sentences(corpus),
        .pieces = (int)p->ids.count,
        .words = (int)corpus->words.count,
        .ids = TAKE(p->ids),
        .word = TAKE(p->word),
        .tags = TAKE(p->tags),
        .piece_begin = TAKE(p->begin),
        .word_begin = COPY(corpus->begin),
        .word_tags = COPY(corpus->tags),
        .labels = COPY(corpus->classes),
        .documents = COPY(corpus->documents),
    };
    if (corpus->task == KD_TASK_RE) {
        out->marks = kd_alloc(2 * (size_t)out->sentences + 1, sizeof *out->marks);
        kd_pack_find_marks(out, piece_of, kd_tokenizer_vocab(p->tokenizer));
    }
    if (are_pairs(p)) {
        out->segments = kd_alloc((size_t)out->pieces + 1, sizeof *out->segments);
        kd_pack_find_segments(out, out->segments);
    }
    return KD_OK;
}

kd_status kd_pack_build(kd_pack *out, const kd_corpus *corpus, kd_tokenizer *tokenizer,
                        const kd_token_options *options, kd_pack_stats *stats, kd_error *err)
{
    packer p = { .corpus = corpus, .tokenizer = tokenizer, .options = options };
    p.specials = kd_vocab_specials(kd_tokenizer_vocab(tokenizer));
    p.start_tag = special_tag(&p, "START");
    p.end_tag = special_tag(&p, "END");

    p.separators = kd_vocab_separators(kd_tokenizer_vocab(tokenizer));
    kd_status status = check(&p, err);
    if (status != KD_OK) return status;
    if (corpus->task == KD_TASK_QA)
        return kd_pack_questions(out, corpus, tokenizer, options, stats, err);
    for (int b = 0; b < kd_corpus_sentences(corpus) && p.ids.count <= INT32_MAX; b++)
        (are_pairs(&p) ? push_pair : push_sentence)(&p, b);
    for (int t = 0; t < 2; t++) kd_vec_fini(&p.text[t]);
    if (stats) *stats = p.stats;
    if ((status = finish(out, &p, err)) == KD_OK) return KD_OK;

    kd_vec_fini(&p.ids);
    kd_vec_fini(&p.word);
    kd_vec_fini(&p.tags);
    kd_vec_fini(&p.begin);
    return status;
}

/* The part that a row is in. */
static const kd_pack_part *part_of(const kd_pack *pack, int row)
{
    int low = 0, high = pack->parts - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (pack->part[middle].first <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return &pack->part[low];
}

int kd_pack_length(const kd_pack *pack, int sentence)
{
    const int32_t *begin = pack->piece_begin + sentence;
    if (pack->parts) {
        const kd_pack_part *part = part_of(pack, sentence);
        begin = part->begin + (sentence - part->first);
    }
    return begin[1] - begin[0];
}

void kd_pack_copy(const kd_pack *pack, int sentence, int32_t *ids)
{
    size_t length = (size_t)kd_pack_length(pack, sentence);
    if (!pack->parts) {
        memcpy(ids, pack->ids + pack->piece_begin[sentence], length * sizeof *ids);
        return;
    }
    const kd_pack_part *part = part_of(pack, sentence);
    size_t              from = (size_t)part->begin[sentence - part->first];
    if (part->wide)
        memcpy(ids, part->wide + from, length * sizeof *ids);
    else
        for (size_t i = 0; i < length; i++) ids[i] = part->narrow[from + i];
}

static bool is_untold(const kd_pack *pack, int sentence)
{
    if (pack->labels) return pack->labels[sentence] == KD_UNTOLD;
    if (!pack->word_tags) return false;
    int word = pack->word_begin[sentence];
    return word < pack->word_begin[sentence + 1] && pack->word_tags[word] == KD_UNTOLD;
}

int kd_pack_told(const kd_pack *pack)
{
    int told = pack->sentences;
    while (told > 0 && is_untold(pack, told - 1)) told--;
    return told;
}

int kd_pack_longest(const kd_pack *pack)
{
    int longest = pack->longest;
    for (int b = 0; b < pack->sentences && !pack->parts; b++)
        if (kd_pack_length(pack, b) > longest) longest = kd_pack_length(pack, b);
    return longest;
}

int kd_pack_mean(const kd_pack *pack)
{
    int64_t pieces = pack->pieces;
    if (pack->sentences == 0) return 1;
    if (pack->parts) pieces = 0;
    for (int i = 0; i < pack->parts; i++) pieces += pack->part[i].begin[pack->part[i].rows];
    return (int)(pieces / pack->sentences);
}

void kd_pack_fini(kd_pack *pack)
{
    free(pack->ids);
    free(pack->word);
    free(pack->tags);
    free(pack->piece_begin);
    free(pack->word_begin);
    free(pack->word_tags);
    free(pack->labels);
    free(pack->documents);
    free(pack->marks);
    free(pack->segments);
    free(pack->spans);
    free(pack->places);
    *pack = (kd_pack){ .task = pack->task };
}

/* Words of a row come in order and a cut one loses only its last words, so one walk over the
 * pieces meets every word that has any. */
void kd_pack_words(const kd_pack *pack, const int16_t *piece_tags, int16_t outside,
                   int16_t *word_tags)
{
    for (int w = 0; w < pack->words; w++) word_tags[w] = outside;
    for (int b = 0; b < pack->sentences; b++)
        for (int i = pack->piece_begin[b]; i < pack->piece_begin[b + 1]; i++)
            if (kd_pack_is_first(pack, i))
                word_tags[pack->word_begin[b] + pack->word[i]] = piece_tags[i];
}
