/* corpus_hoc.c - one sentence a line, with a flag for each of ten hallmarks of cancer.
 *
 *     labels<TAB>sentence<TAB>index            with a header that names the columns, in any order
 *     0_0,1_1,...,9_0<TAB>sentence[<TAB>index] without one
 *
 * Flag K_1 says that hallmark K holds. The index "<document>_s<n>" joins the sentences of a
 * document; without it each row is a document.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "models/text/corpus_internal.h"

typedef struct {
    kd_corpus *corpus;
    kd_lines  *lines;
    kd_map    *documents; /* name -> number */
    bool       are_two;   /* labels of a hallmark */
    int        columns;
    int        labels_at, sentence_at, index_at; /* -1 for no index */
} hoc_reader;

static kd_status read_first_line(void *user, bool *is_header, kd_error *err)
{
    hoc_reader *reader = user;
    kd_slice    columns[KD_COLUMNS_MOST];

    reader->columns = kd_lines_columns(reader->lines, columns);
    reader->labels_at = kd_lines_find_column(reader->lines, "labels Labels label Label");
    reader->sentence_at = kd_lines_find_column(reader->lines, "sentence Sentence text Text");
    reader->index_at = kd_lines_find_column(reader->lines, "index Index");
    *is_header = reader->labels_at >= 0 && reader->sentence_at >= 0;
    if (*is_header) return KD_OK;
    if (reader->columns != 2 && reader->columns != 3)
        return kd_lines_fail(reader->lines, err,
                             "expected labels<TAB>sentence[<TAB>index], found %d column%s",
                             reader->columns, reader->columns == 1 ? "" : "s");
    reader->labels_at = 0;
    reader->sentence_at = 1;
    reader->index_at = reader->columns == 3 ? 2 : -1;
    return KD_OK;
}

static kd_status read_flags(const hoc_reader *reader, kd_slice text, int32_t *bits, kd_error *err)
{
    unsigned known = 0;
    size_t   at = 0;

    *bits = 0;
    for (; at + 3 <= text.length; at += 4) {
        int  k = text.text[at] - '0', flag = text.text[at + 2] - '0';
        bool goes_on = at + 3 < text.length;

        if (k < 0 || k >= KD_HALLMARKS || text.text[at + 1] != '_' || (flag != 0 && flag != 1))
            break;
        if (known >> k & 1) break;
        if (goes_on && text.text[at + 3] != ',') break;
        known |= 1u << k;
        *bits |= flag << (reader->are_two ? 2 * k + 1 : k);
        if (!goes_on && known == (1u << KD_HALLMARKS) - 1) return KD_OK;
    }
    return kd_lines_fail(reader->lines, err,
                         "expected 0_0,1_0,...,9_0 with each hallmark once, "
                         "found '%.*s'",
                         (int)(text.length < 80 ? text.length : 80), text.text);
}

/* "1234_s0" and "1234_s1" are sentences of document 1234. */
static int32_t number_document(hoc_reader *reader, kd_slice index)
{
    const char         *mark = memrchr(index.text, '_', index.length);
    size_t              length = mark != NULL ? (size_t)(mark - index.text) : index.length;
    const kd_map_value *known = kd_map_get_n(reader->documents, index.text, length);
    int32_t             number = (int32_t)kd_map_count(reader->documents);
    char               *name;

    if (known != NULL) return (int32_t)known->number;
    name = kd_strndup(index.text, length);
    kd_map_put_number(reader->documents, name, number);
    free(name);
    return number;
}

static kd_status read_row(void *user, kd_error *err)
{
    hoc_reader *reader = user;
    kd_lines   *lines = reader->lines;
    kd_slice    columns[KD_COLUMNS_MOST], sentence;
    int         count = kd_lines_columns(lines, columns);
    int32_t     bits, document = kd_corpus_sentences(reader->corpus);
    kd_status   status;

    if (count != reader->columns)
        return kd_lines_fail(lines, err, "expected %d columns, found %d", reader->columns, count);
    sentence = columns[reader->sentence_at];
    if (kd_slice_is_blank(sentence)) return kd_lines_fail(lines, err, "an empty sentence");
    if ((status = read_flags(reader, columns[reader->labels_at], &bits, err)) != KD_OK)
        return status;
    if (reader->index_at >= 0) {
        if (kd_slice_is_blank(columns[reader->index_at]))
            return kd_lines_fail(lines, err, "an empty index");
        document = number_document(reader, columns[reader->index_at]);
    }
    kd_corpus_add_borrowed(reader->corpus,
                           (kd_word){ sentence.text, (uint32_t)sentence.length, lines->number }, 0);
    kd_corpus_end_row(reader->corpus, bits, document);
    return KD_OK;
}

/* A table that has labels already says how many a hallmark has. */
static void add_labels(hoc_reader *reader, kd_hallmarks how)
{
    kd_labels *labels = reader->corpus->labels;
    bool are_two = kd_labels_count(labels) ? kd_hallmarks_are_two(labels) : how == KD_HALLMARKS_TWO;

    reader->are_two = are_two;
    kd_hallmarks_add(labels, are_two ? KD_HALLMARKS_TWO : KD_HALLMARKS_ONE);
}

kd_status kd_corpus_read_hoc(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                             kd_error *err)
{
    hoc_reader reader = { .corpus = corpus, .lines = lines, .documents = kd_map_create() };
    kd_status  status;

    KD_CHECK(corpus->labels != NULL, "corpus: hallmarks need a table of labels");
    add_labels(&reader, options->hallmarks);
    status = kd_lines_read_table(lines, read_first_line, read_row, &reader, err);
    kd_map_destroy(reader.documents);
    return status;
}
