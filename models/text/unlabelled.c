/* unlabelled.c - lines of text files, cut into sentences and words, or taken whole. */
#include "models/text/unlabelled.h"

#include <string.h>

#include "models/text/corpus_internal.h"
#include "models/text/marks.h"
#include "models/text/pack.h"
#include "models/text/sentences.h"
#include "models/text/text_files.h"

bool kd_unlabelled_suits(kd_task task)
{
    return task == KD_TASK_NER || task == KD_TASK_RE;
}

typedef struct {
    kd_corpus *corpus;
    int        most;
} taker;

static bool is_full(const taker *t)
{
    return t->most > 0 && kd_corpus_sentences(t->corpus) >= t->most;
}

/* ---- words ---- */

static void take_sentence(const kd_sentence *sentence, void *user)
{
    taker *t = user;
    if (is_full(t)) return; /* of a line of several */
    for (size_t i = 0; i < sentence->word_count; i++)
        kd_corpus_add_word(t->corpus, sentence->text + sentence->words[i].begin,
                           sentence->words[i].length, KD_UNTOLD);
    kd_corpus_end_sentence(t->corpus);
}

/* ---- pairs ---- */

static bool is_header(kd_slice column)
{
    return kd_slice_is(column, "sentence") || kd_slice_is(column, "Sentence") ||
           kd_slice_is(column, "text") || kd_slice_is(column, "Text");
}

static void take_pair(taker *t, kd_slice sentence)
{
    kd_corpus_add_row(t->corpus, sentence.text, sentence.length, KD_UNTOLD, 0);
}

/* The column with both marks; of a line of one column that one, whatever it has. */
static kd_status take_row(taker *t, const kd_text_files *files, const char *text, size_t length,
                          kd_error *err)
{
    kd_slice columns[KD_COLUMNS_MOST];
    kd_lines line = { .line = { text, length } };
    int64_t  number;
    int      count = kd_lines_columns(&line, columns), at = 0;
    while (at < count && !kd_mask_has_pair(columns[at].text, columns[at].length)) at++;
    if (at < count || count == 1) {
        take_pair(t, columns[at < count ? at : 0]);
        return KD_OK;
    }
    for (int c = 0; c < count; c++)
        if (is_header(columns[c])) return KD_OK;
    const char *name = kd_text_files_place(files, &number);
    return kd_fail(err, KD_EDATA,
                   "%s:%lld: none of %d columns has both marks of a pair: which is the sentence?",
                   name, (long long)number, count);
}

/* ---- files ---- */

static kd_status take_files(taker *t, const char *path, kd_error *err)
{
    kd_text_files *files;
    kd_splitter   *splitter = kd_splitter_create(NULL, take_sentence, t);
    const char    *text;
    size_t         length;
    bool           more = true, has_words = t->corpus->task == KD_TASK_NER;
    kd_status      status = kd_text_files_open(&files, path, err);
    if (status != KD_OK) files = NULL;
    while (status == KD_OK && more && !is_full(t)) {
        status = kd_text_files_next(files, &text, &length, &more, err);
        if (status != KD_OK || !more) break;
        if (!has_words) {
            status = take_row(t, files, text, length, err);
            continue;
        }
        kd_splitter_feed(splitter, text, length); /* each line is a text of its own */
        kd_splitter_finish(splitter);
    }
    kd_text_files_close(files);
    kd_splitter_destroy(splitter);
    return status;
}

static const char *const tagged[] = { ".tsv", ".conll", ".iob", ".iob2", ".bio" };

/* Whether a file is one of words with tags, by the end of its name before `packed`. */
static bool is_tagged(const char *path, const char *packed)
{
    char end[16];
    for (size_t i = 0; i < sizeof tagged / sizeof *tagged; i++) {
        strcat(strcpy(end, tagged[i]), packed);
        if (kd_ends_with(path, end)) return true;
    }
    return false;
}

static kd_status take_tagged(taker *t, const char *path, kd_error *err)
{
    kd_corpus  from;
    kd_labels *labels = kd_labels_create();
    kd_status  status = kd_corpus_read(&from, path, KD_TASK_NER, NULL, labels, err);
    for (int b = 0; status == KD_OK && b < kd_corpus_sentences(&from) && !is_full(t); b++) {
        for (int i = from.begin.items[b]; i < from.begin.items[b + 1]; i++)
            kd_corpus_add_word(t->corpus, from.words.items[i].text, from.words.items[i].length,
                               KD_UNTOLD);
        kd_corpus_end_sentence(t->corpus);
    }
    if (status == KD_OK) kd_corpus_fini(&from);
    kd_labels_destroy(labels);
    return status;
}

kd_status kd_unlabelled_read(kd_corpus *corpus, const char *path, int most, kd_error *err)
{
    taker     t = { corpus, most };
    int       before = kd_corpus_sentences(corpus);
    bool      has_words = corpus->task == KD_TASK_NER;
    kd_status status;
    KD_CHECK(kd_unlabelled_suits(corpus->task), "unlabelled: not for %s",
             kd_task_name(corpus->task));
    if (has_words && (is_tagged(path, ".gz") || is_tagged(path, ".zst")))
        return kd_fail(err, KD_EDATA, "%s: words with tags are read from files that are not packed",
                       path);
    status =
        has_words && is_tagged(path, "") ? take_tagged(&t, path, err) : take_files(&t, path, err);
    if (status == KD_OK && kd_corpus_sentences(corpus) == before && !is_full(&t))
        return kd_fail(err, KD_EDATA, "%s: no sentence is in it", path);
    return status;
}

void kd_unlabelled_append(kd_corpus *to, const kd_corpus *unlabelled)
{
    for (int b = 0; b < kd_corpus_sentences(unlabelled); b++) {
        for (int i = unlabelled->begin.items[b]; i < unlabelled->begin.items[b + 1]; i++)
            kd_corpus_add_borrowed(to, unlabelled->words.items[i], KD_UNTOLD);
        if (to->task == KD_TASK_NER)
            kd_corpus_end_sentence(to);
        else
            kd_corpus_end_row(to, KD_UNTOLD, 0);
    }
}
