/* documents.c - a document ends at the last word of its text, or before the line of the next mark. */
#include "harness/review/documents.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/brat.h"
#include "models/text/sentences.h"

/* Places in the order of the corpus behind which another document begins: words so far, or lines. */
typedef KD_VEC(int64_t) ends;

/* ---- a folder of texts ---- */

static void count_words(const kd_sentence *sentence, void *user)
{
    *(int64_t *)user += (int64_t)sentence->word_count;
}

/* As the reader of BRAT cuts it; mentions join sentences, but never texts. */
static kd_status add_text(ends *out, const char *path, int64_t *words, kd_error *err)
{
    kd_split_options options = { .lines_end = true };
    kd_str           text = KD_STR_INIT;
    kd_status        status = kd_fs_read(path, &text, err);
    if (status == KD_OK) {
        kd_splitter *splitter = kd_splitter_create(&options, count_words, words);
        kd_splitter_feed(splitter, text.text, text.length);
        kd_splitter_finish(splitter);
        kd_splitter_destroy(splitter);
        kd_vec_push(out, *words);
    }
    kd_str_fini(&text);
    return status;
}

static kd_status find_texts(ends *out, const char *folder, kd_error *err)
{
    char    **names;
    size_t    count;
    int64_t   words = 0;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *path = kd_fs_join(folder, names[i]);
        if (kd_ends_with(names[i], KD_BRAT_TEXT)) status = add_text(out, path, &words, err);
        free(path);
    }
    kd_fs_free_names(names, count);
    return status;
}

/* ---- marks in a file ---- */

static kd_status find_marks(ends *out, const char *path, kd_error *err)
{
    kd_fs_view file;
    kd_status  status = kd_fs_map(&file, path, err);
    if (status != KD_OK) return status;
    const char *at = file.bytes, *end = file.bytes + file.length;
    for (int64_t line = 1; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        if (kd_corpus_is_document_mark(at, (size_t)(next - at))) kd_vec_push(out, line);
        at = next;
    }
    kd_fs_unmap(&file);
    return KD_OK;
}

/* ---- sentences ---- */

/* Where a sentence begins: its first word, or that word's line. */
static int64_t place_of(const kd_corpus *corpus, int b, bool by_lines)
{
    int32_t first = corpus->begin.items[b];
    return by_lines ? corpus->words.items[first].line : first;
}

static int number_sentences(int32_t *out, const kd_corpus *corpus, const ends *at, bool by_lines)
{
    size_t passed = 0, before = SIZE_MAX;
    int    count = 0;
    for (int b = 0; b < kd_corpus_sentences(corpus); b++) {
        while (passed < at->count && at->items[passed] <= place_of(corpus, b, by_lines)) passed++;
        if (passed != before) count++;
        before = passed;
        out[b] = count - 1;
    }
    return count;
}

static int copy_numbers(int32_t *out, const kd_corpus *corpus)
{
    int count = 0;
    for (size_t b = 0; b < corpus->documents.count; b++) {
        out[b] = corpus->documents.items[b];
        if (out[b] >= count) count = out[b] + 1;
    }
    return count;
}

kd_status kd_documents_find(int32_t *out, int *count, const kd_corpus *corpus, const char *path,
                            kd_error *err)
{
    bool      is_folder = kd_fs_is_folder(path);
    ends      at = KD_VEC_INIT;
    kd_status status = KD_OK;
    *count = corpus->task == KD_TASK_HOC ? copy_numbers(out, corpus) : 0;
    if (corpus->task != KD_TASK_NER) return KD_OK;
    status = is_folder ? find_texts(&at, path, err) : find_marks(&at, path, err);
    if (status == KD_OK && at.count > 0) *count = number_sentences(out, corpus, &at, !is_folder);
    kd_vec_fini(&at);
    return status;
}
