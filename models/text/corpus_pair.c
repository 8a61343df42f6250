/* corpus_pair.c - two texts and a class a line; corpus_json.c has yes/no questions beside what they are asked of.
 *
 *     index<TAB>sentence1<TAB>sentence2<TAB>label     with a header that names the columns, in any order
 *     text<TAB>text<TAB>label                         without one; or with an index in front
 *
 * Columns go by the names that published corpora have for them. Double quotes are plain characters.
 */
#include "models/text/corpus_internal.h"

typedef struct {
    kd_corpus     *corpus;
    kd_lines      *lines;
    kd_class_table classes;
    int            columns; /* of every row */
    int            text_at[2], label_at;
} pair_reader;

/* Which column holds what: by the header's names, or by their number. */
static kd_status read_first_line(void *user, bool *is_header, kd_error *err)
{
    pair_reader *r = user;
    kd_slice     columns[KD_COLUMNS_MOST];

    r->columns = kd_lines_columns(r->lines, columns);
    *is_header = kd_lines_name_pairs(r->lines);
    if (*is_header) {
        r->text_at[0] = kd_lines_find_column(r->lines, KD_PAIR_FIRST);
        r->text_at[1] = kd_lines_find_column(r->lines, KD_PAIR_SECOND);
        r->label_at = kd_lines_find_column(r->lines, KD_PAIR_LABEL);
        return KD_OK;
    }
    if (r->columns != 3 && r->columns != 4)
        return kd_lines_fail(r->lines, err,
                             "expected [index<TAB>]text<TAB>text<TAB>label, found %d column%s",
                             r->columns, r->columns == 1 ? "" : "s");
    r->label_at = r->columns - 1;
    r->text_at[0] = r->columns - 3;
    r->text_at[1] = r->columns - 2;
    return KD_OK;
}

static kd_status read_row(void *user, kd_error *err)
{
    pair_reader *r = user;
    kd_lines    *lines = r->lines;
    int32_t class;
    kd_slice columns[KD_COLUMNS_MOST];
    int      count = kd_lines_columns(lines, columns);

    if (count != r->columns)
        return kd_lines_fail(lines, err, "expected %d columns, found %d", r->columns, count);
    for (int t = 0; t < 2; t++)
        if (kd_slice_is_blank(columns[r->text_at[t]]))
            return kd_lines_fail(lines, err, "the %s text is empty", t ? "second" : "first");
    if (kd_slice_is_blank(columns[r->label_at])) return kd_lines_fail(lines, err, "an empty label");
    kd_status status = kd_classes_number(&r->classes, lines, columns[r->label_at], &class, err);
    if (status != KD_OK) return status;
    for (int t = 0; t < 2; t++) {
        kd_slice text = columns[r->text_at[t]];
        kd_corpus_add_borrowed(r->corpus,
                               (kd_word){ text.text, (uint32_t)text.length, lines->number }, 0);
    }
    kd_corpus_end_row(r->corpus, class, 0);
    return KD_OK;
}

kd_status kd_corpus_read_pairs(kd_corpus *corpus, kd_lines *lines, kd_error *err)
{
    pair_reader reader = { .corpus = corpus, .lines = lines };

    KD_CHECK(corpus->labels != NULL, "corpus: pairs need a table of labels");
    kd_classes_init(&reader.classes);
    kd_status status = kd_lines_read_table(lines, read_first_line, read_row, &reader, err);
    if (status == KD_OK) kd_classes_settle(&reader.classes, corpus, false);
    kd_classes_fini(&reader.classes);
    return status;
}
