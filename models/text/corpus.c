/* corpus.c - sentences as they are stored, whatever form they came in; what readers noted on the way. */
#include "models/text/corpus.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/text/corpus_internal.h"

#define SCHEMES(without)                                                                 \
    { without, KD_SCHEME_NONE }, { "iob1", KD_SCHEME_IOB1 }, { "iob2", KD_SCHEME_IOB2 }, \
        { "iobes", KD_SCHEME_IOBES }, KD_CHOICE_END

static const kd_choice written[] = { SCHEMES("auto") }, converted[] = { SCHEMES("none") };

static const kd_choice relations[] = { { "auto", KD_RELATION_AUTO },
                                       { "chemprot", KD_RELATION_CHEMPROT },
                                       { "gad", KD_RELATION_GAD },
                                       { "ddi", KD_RELATION_DDI },
                                       { "i2b2", KD_RELATION_I2B2 },
                                       { "other", KD_RELATION_OTHER },
                                       KD_CHOICE_END };

static const kd_choice hallmarks[] = { { "one", KD_HALLMARKS_ONE },
                                       { "two", KD_HALLMARKS_TWO },
                                       KD_CHOICE_END };

const kd_setting kd_corpus_settings[] = {
    KD_CHOICE_ROW(kd_corpus_options, scheme, "scheme", "auto", written, NULL,
                  "how the files' tags are written; auto looks at each file"),
    KD_CHOICE_ROW(kd_corpus_options, convert, "convert", "none", converted, NULL,
                  "the scheme that tags are converted to when they are read"),
    KD_CHOICE_ROW(kd_corpus_options, relation, "relation", "auto", relations, NULL,
                  "the relation task, which fixes the order of classes"),
    KD_INT_ROW(kd_corpus_options, tag_column, "tag_column", "0", 0, 16, NULL,
               "which column holds the tag, from 1; 0 for the last one"),
    KD_BOOL_ROW(kd_corpus_options, drop_unterminated, "drop_unterminated", "false", NULL,
                "leave out a last sentence that no empty line ends"),
    KD_CHOICE_ROW(
        kd_corpus_options, hallmarks, "hallmarks", "one", hallmarks, NULL,
        "outputs of a network for each hallmark: one says that it holds; two, as DoKTra's 20, "
        "that it does not and that it does",
        .before = "one"),
    KD_SETTING_END
};

static const char *const note_texts[] = {
#define X(name, text) text,
    KD_NOTES(X)
#undef X
};

static const char *const note_names[] = {
#define X(name, text) #name,
    KD_NOTES(X)
#undef X
};

const char *kd_note_text(kd_note note)
{
    return note_texts[note];
}

const char *kd_note_name(kd_note note)
{
    return note_names[note];
}

/* ---- building ---- */

void kd_corpus_init(kd_corpus *out, kd_task task, const char *name, kd_labels *labels)
{
    *out = (kd_corpus){ .task = task, .name = kd_strdup(name), .labels = labels };
    out->scheme = labels != NULL ? kd_labels_scheme(labels) : KD_SCHEME_NONE;
    kd_vec_push(&out->begin, 0);
}

void kd_corpus_add_borrowed(kd_corpus *corpus, kd_word word, int tag)
{
    KD_CHECK(corpus->words.count < INT_MAX, "corpus: more than %d words", INT_MAX);
    kd_vec_push(&corpus->words, word);
    if (corpus->task == KD_TASK_NER) kd_vec_push(&corpus->tags, (int16_t)tag);
}

void kd_corpus_add_word(kd_corpus *corpus, const char *text, size_t length, int tag)
{
    kd_word word = { .length = (uint32_t)length };

    if (corpus->arena == NULL) corpus->arena = kd_arena_create(0);
    word.text = kd_arena_strndup(corpus->arena, text, length);
    kd_corpus_add_borrowed(corpus, word, tag);
}

void kd_corpus_end_sentence(kd_corpus *corpus)
{
    kd_vec_push(&corpus->begin, (int32_t)corpus->words.count);
}

void kd_corpus_add_row(kd_corpus *corpus, const char *text, size_t length, int32_t class_or_bits,
                       int32_t document)
{
    kd_corpus_add_word(corpus, text, length, 0);
    kd_corpus_end_row(corpus, class_or_bits, document);
}

void kd_corpus_end_row(kd_corpus *corpus, int32_t class_or_bits, int32_t document)
{
    if (corpus->task != KD_TASK_TEXT) kd_vec_push(&corpus->classes, class_or_bits);
    if (corpus->task == KD_TASK_HOC) kd_vec_push(&corpus->documents, document);
    kd_corpus_end_sentence(corpus);
}

void kd_corpus_settle_questions(kd_corpus *corpus)
{
    for (size_t i = 0; i < corpus->questions.rows.count; i++) {
        const kd_question *row = &corpus->questions.rows.items[i];
        const char        *texts[] = { row->question, row->context };
        for (int t = 0; t < 2; t++)
            kd_corpus_add_borrowed(
                corpus, (kd_word){ .text = texts[t], .length = (uint32_t)strlen(texts[t]) }, 0);
        kd_corpus_end_sentence(corpus);
    }
    if (!corpus->labels) return;
    kd_labels_add_class(corpus->labels, "start", 5);
    kd_labels_add_class(corpus->labels, "end", 3);
}

void kd_corpus_keep(kd_corpus *corpus, int sentences)
{
    int have = kd_corpus_sentences(corpus);
    KD_CHECK(sentences >= 0 && sentences <= have, "corpus: %d of %d sentences", sentences, have);
    size_t rows = (size_t)sentences, words = (size_t)corpus->begin.items[sentences];

    corpus->begin.count = rows + 1;
    corpus->words.count = words;
    if (corpus->task == KD_TASK_NER) corpus->tags.count = words;
    if (corpus->classes.count > 0) corpus->classes.count = rows;
    if (corpus->documents.count > 0) corpus->documents.count = rows;
    if (corpus->task == KD_TASK_QA) kd_questions_keep(&corpus->questions, sentences);
}

void kd_corpus_fini(kd_corpus *corpus)
{
    free(corpus->name);
    kd_vec_fini(&corpus->words);
    kd_vec_fini(&corpus->tags);
    kd_vec_fini(&corpus->begin);
    kd_vec_fini(&corpus->classes);
    kd_vec_fini(&corpus->documents);
    kd_questions_fini(&corpus->questions);
    kd_fs_unmap(&corpus->map);
    kd_arena_destroy(corpus->arena);
    *corpus = (kd_corpus){ 0 };
}

/* ---- writing ---- */

void kd_hallmarks_add(kd_labels *labels, kd_hallmarks how)
{
    int count = how == KD_HALLMARKS_TWO ? 2 : 1;
    for (int k = 0; k < KD_HALLMARKS; k++)
        for (int flag = 0; flag < count; flag++)
            kd_labels_add_class(labels, (char[]){ (char)('0' + k), '_', (char)('0' + flag) },
                                count == 2 ? 3 : 1);
}

bool kd_hallmarks_are_two(const kd_labels *labels)
{
    return kd_labels_count(labels) == 2 * KD_HALLMARKS && kd_labels_find(labels, "0_0", 3) == 0;
}

static void print_bits(uint32_t bits, bool are_two, kd_str *out)
{
    for (int k = 0; k < KD_HALLMARKS; k++)
        kd_str_addf(out, "%s%d_%d", k > 0 ? "," : "", k,
                    (int)(bits >> (are_two ? 2 * k + 1 : k) & 1));
}

/* A text of a pair from JSON may have tabs and line ends, which here would be those of rows. */
static void print_in_column(kd_word word, kd_str *out)
{
    for (uint32_t i = 0; i < word.length; i++)
        kd_str_add_char(out, word.text[i] == '\t' || word.text[i] == '\n' ? ' ' : word.text[i]);
}

static void print_words(const kd_corpus *corpus, int sentence, kd_str *out)
{
    int first = corpus->begin.items[sentence];

    for (int i = first; i < corpus->begin.items[sentence + 1]; i++) {
        kd_word word = corpus->words.items[i];

        if (corpus->task == KD_TASK_PAIR) {
            if (i > first) kd_str_add_char(out, '\t');
            print_in_column(word, out);
            continue;
        }
        kd_str_add_bytes(out, word.text, word.length);
        if (corpus->task != KD_TASK_NER) continue;
        kd_str_add_char(out, '\t');
        kd_str_add(out, kd_labels_name(corpus->labels, corpus->tags.items[i]));
        kd_str_add_char(out, '\n');
    }
}

static void print_header(kd_task task, kd_str *out)
{
    if (task == KD_TASK_RE) kd_str_add(out, "index\tsentence\tlabel\n");
    if (task == KD_TASK_PAIR) kd_str_add(out, "index\tsentence1\tsentence2\tlabel\n");
    if (task == KD_TASK_HOC) kd_str_add(out, "labels\tsentence\tindex\n");
}

/* The index of an HOC row is "<document>_s<sentence>", so that documents can be found again. */
static void print_row(const kd_corpus *corpus, int row, int sentence, kd_str *out)
{
    int32_t class = corpus->task == KD_TASK_TEXT ? 0 : corpus->classes.items[row];

    if (kd_task_is_of_class(corpus->task)) kd_str_addf(out, "%d\t", row);
    if (corpus->task == KD_TASK_HOC) {
        print_bits((uint32_t) class, kd_hallmarks_are_two(corpus->labels), out);
        kd_str_add_char(out, '\t');
    }
    print_words(corpus, row, out);
    if (kd_task_is_of_class(corpus->task))
        kd_str_addf(out, "\t%s", kd_labels_name(corpus->labels, class));
    if (corpus->task == KD_TASK_HOC)
        kd_str_addf(out, "\t%d_s%d", corpus->documents.items[row], sentence);
    kd_str_add_char(out, '\n');
}

void kd_corpus_print(const kd_corpus *corpus, kd_str *out)
{
    int sentence = 0;

    if (corpus->task == KD_TASK_QA) {
        kd_questions_print(&corpus->questions, out);
        kd_str_add_char(out, '\n');
        return;
    }
    print_header(corpus->task, out);
    for (int row = 0; row < kd_corpus_sentences(corpus); row++) {
        if (corpus->task == KD_TASK_NER) {
            print_words(corpus, row, out);
            kd_str_add_char(out, '\n');
            continue;
        }
        if (corpus->task == KD_TASK_HOC && row > 0)
            sentence =
                corpus->documents.items[row] == corpus->documents.items[row - 1] ? sentence + 1 : 0;
        print_row(corpus, row, sentence, out);
    }
}

kd_status kd_corpus_write(const kd_corpus *corpus, const char *path, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status;

    kd_corpus_print(corpus, &text);
    status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}

/* What nearly every published corpus does is counted and not told. */
static bool is_usual(kd_note note)
{
    return note == KD_NOTE_UNTERMINATED || note == KD_NOTE_DOCSTART;
}

void kd_corpus_tell(const kd_corpus *corpus, kd_str *out)
{
    for (kd_note note = 0; note < KD_NOTE_COUNT; note++) {
        const kd_note_place *place = &corpus->notes[note];

        if (place->count == 0 || is_usual(note)) continue;
        kd_str_add(out, corpus->name);
        if (place->lines[0] > 0) kd_str_addf(out, ":%d", place->lines[0]);
        kd_str_addf(out, ": %s", note_texts[note]);
        if (place->count > 1) kd_str_addf(out, " (%lld times)", (long long)place->count);
        kd_str_add_char(out, '\n');
    }
}
