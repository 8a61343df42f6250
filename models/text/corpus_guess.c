/* corpus_guess.c - what a file or folder holds that nobody has a name for. */
#include <stdlib.h>
#include <string.h>

#include "models/text/brat.h"
#include "models/text/corpus_internal.h"

/* It may be one line of any length. */
bool kd_corpus_is_document(const kd_corpus *corpus)
{
    kd_fs_view map = corpus->map;
    size_t     at = map.length >= 3 && memcmp(map.bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < map.length && strchr(" \t\r\n", map.bytes[at]) && map.bytes[at]) at++;
    return at < map.length && map.bytes[at] == '{';
}

static bool has_blank(kd_slice column)
{
    return memchr(column.text, ' ', column.length) != NULL;
}

static kd_task guess_by_line(const kd_lines *lines)
{
    kd_slice columns[KD_COLUMNS_MOST];
    int      count = kd_lines_columns(lines, columns);

    if (kd_lines_name_pairs(lines)) return KD_TASK_PAIR;
    if (kd_lines_find_column(lines, "sentence Sentence text Text") >= 0) {
        if (kd_lines_find_column(lines, "labels Labels") >= 0) return KD_TASK_HOC;
        if (kd_lines_find_column(lines, "label Label class Class") >= 0) return KD_TASK_RE;
    }
    if (count >= 2 && columns[0].length > 4 && memcmp(columns[0].text, "0_", 2) == 0 &&
        columns[0].text[3] == ',')
        return KD_TASK_HOC;
    bool has_text = count >= 2 && has_blank(columns[count - 2]);
    if (has_text && count >= 3 && has_blank(columns[count - 3])) return KD_TASK_PAIR;
    if (has_text) return KD_TASK_RE;
    return KD_TASK_NER;
}

/* What only yes, no and maybe answer is a pair; anything else is for the reader of questions to find fault with. */
static kd_task guess_by_questions(const char *bytes, size_t length)
{
    kd_questions questions = { .count = 0 };
    kd_arena    *arena = kd_arena_create(0);
    int64_t      nowhere = 0;
    kd_error     ignored;
    bool         is_qa =
        length <= KD_DOCUMENT_LARGEST &&
        kd_questions_parse(&questions, arena, bytes, length, "", &nowhere, &ignored) == KD_OK;
    kd_questions_fini(&questions);
    questions = (kd_questions){ .count = 0 };
    bool is_pair =
        !is_qa && length <= KD_DOCUMENT_LARGEST &&
        kd_questions_parse_verdicts(&questions, arena, bytes, length, "", &ignored) == KD_OK;
    kd_questions_fini(&questions);
    kd_arena_destroy(arena);
    return is_pair ? KD_TASK_PAIR : KD_TASK_QA;
}

/* By its first document; texts with annotations, and what is none of both, are for the reader of BRAT. */
static kd_status guess_by_folder(kd_task *out, const char *folder, kd_error *err)
{
    char      **names;
    const char *first = NULL;
    size_t      count;
    bool        is_brat = false;
    kd_status   status = kd_fs_list(folder, &names, &count, err);

    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++) {
        is_brat |= kd_ends_with(names[i], KD_BRAT_MENTIONS);
        if (!first && kd_ends_with(names[i], KD_DOCUMENT_END)) first = names[i];
    }
    if (first && !is_brat) {
        char *path = kd_fs_join(folder, first);
        status = kd_corpus_guess_task(out, path, err);
        free(path);
    }
    kd_fs_free_names(names, count);
    return status;
}

kd_status kd_corpus_guess_task(kd_task *out, const char *path, kd_error *err)
{
    kd_corpus corpus;
    kd_lines  lines;
    kd_status status;
    bool      more = true;

    *out = KD_TASK_NER;
    if (kd_fs_is_folder(path)) return guess_by_folder(out, path, err);
    kd_corpus_init(&corpus, KD_TASK_TEXT, path, NULL);
    if ((status = kd_fs_map(&corpus.map, path, err)) == KD_OK && kd_corpus_is_document(&corpus)) {
        *out = guess_by_questions(corpus.map.bytes, corpus.map.length);
        more = false;
    } else if (status == KD_OK && (status = kd_lines_open(&lines, &corpus, err)) == KD_OK)
        do status = kd_lines_next(&lines, &more, err);
        while (status == KD_OK && more && kd_slice_is_blank(lines.line));
    if (status == KD_OK && more) *out = guess_by_line(&lines);
    kd_corpus_fini(&corpus);
    return status;
}
