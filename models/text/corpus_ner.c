/* corpus_ner.c - one token a line, with its tag; an empty line after each sentence.
 *
 * The file is read once, with tags kept in a table of its own that knows every part. Only at
 * its end is it known which scheme the file is in, and which types it has: then the tags are
 * written again as ids of the caller's table.
 */
#include <stdlib.h>
#include <string.h>

#include "models/text/corpus_internal.h"

typedef struct {
    kd_corpus *corpus;
    kd_lines  *lines;
    kd_labels *raw;             /* B, I, E and S of every type that was met */
    kd_scheme  given;           /* KD_SCHEME_NONE to look */
    bool       has_ends;        /* an E or S was met */
    int        columns;         /* of the first token's line */
    int        tag_column;      /* from 1; 0 for the last one */
    KD_VEC(int32_t) type_lines; /* where each type was met first */
} ner_reader;

/* The raw id of a tag, or a failure that says what is wrong with it. */
static kd_status read_tag(ner_reader *reader, kd_slice text, int16_t *out, kd_error *err)
{
    const char *type;
    size_t      length;
    kd_part     part;
    int         id = kd_labels_find(reader->raw, text.text, text.length);

    if (id >= 0) {
        *out = (int16_t)id;
        return KD_OK;
    }
    if (text.length == 0) return kd_lines_fail(reader->lines, err, "an empty tag");
    if (!kd_tag_parse(text.text, text.length, &part, &type, &length))
        return kd_lines_fail(reader->lines, err,
                             "'%.*s' is no tag: expected O, B-, I-, E- or S-"
                             " and a type, or bare O, B, I, E, S",
                             (int)(text.length < 80 ? text.length : 80), text.text);
    if (kd_labels_count(reader->raw) > 8000)
        return kd_lines_fail(reader->lines, err, "more than 2000 types");
    kd_labels_add_type(reader->raw, KD_SCHEME_IOBES, type, length);
    kd_vec_push(&reader->type_lines, reader->lines->number);
    *out = (int16_t)kd_labels_find(reader->raw, text.text, text.length);
    return KD_OK;
}

static kd_status check_columns(ner_reader *reader, const kd_slice *columns, int count,
                               kd_error *err)
{
    const kd_lines *lines = reader->lines;

    if (count == 1 && memchr(lines->line.text, ' ', lines->line.length) != NULL)
        return kd_lines_fail(lines, err, "expected token<TAB>tag, found blanks and no tab");
    if (count == 1) return kd_lines_fail(lines, err, "expected 2 columns, found 1");
    if (count < reader->tag_column)
        return kd_lines_fail(lines, err, "expected a tag in column %d, found %d columns",
                             reader->tag_column, count);
    if (reader->columns == 0) reader->columns = count;
    if (count != reader->columns)
        return kd_lines_fail(lines, err, "expected %d columns as on the lines above, found %d",
                             reader->columns, count);
    if (columns[0].length == 0 || kd_slice_is_blank(columns[0]))
        return kd_lines_fail(lines, err, "an empty token");
    return KD_OK;
}

static kd_status read_token(ner_reader *reader, const kd_slice *columns, int count, kd_error *err)
{
    kd_corpus *corpus = reader->corpus;
    kd_slice   token = columns[0];
    int32_t    line = reader->lines->number;
    int        tag_column = reader->tag_column > 0 ? reader->tag_column : count;
    int16_t    tag = 0;
    kd_part    part;
    kd_status  status;

    if ((status = check_columns(reader, columns, count, err)) != KD_OK) return status;
    if ((status = read_tag(reader, columns[tag_column - 1], &tag, err)) != KD_OK) return status;
    part = kd_labels_tags(reader->raw)[tag].part;
    if (part == KD_PART_E || part == KD_PART_S) {
        if (reader->given != KD_SCHEME_NONE && reader->given != KD_SCHEME_IOBES)
            return kd_lines_fail(reader->lines, err, "%s has no tag %s",
                                 kd_scheme_name(reader->given), kd_labels_name(reader->raw, tag));
        reader->has_ends = true;
    }
    if (count > 2 && reader->tag_column == 0) kd_corpus_note(corpus, KD_NOTE_COLUMNS, line);
    if (memchr(token.text, ' ', token.length)) kd_corpus_note(corpus, KD_NOTE_INNER_BLANK, line);
    kd_corpus_add_borrowed(corpus, (kd_word){ token.text, (uint32_t)token.length, line }, tag);
    return KD_OK;
}

static bool in_sentence(const kd_corpus *corpus)
{
    return (int32_t)corpus->words.count > corpus->begin.items[corpus->begin.count - 1];
}

static void end_sentence(kd_corpus *corpus)
{
    if (in_sentence(corpus)) kd_corpus_end_sentence(corpus);
}

static void end_file(ner_reader *reader, bool drop_unterminated)
{
    kd_corpus *corpus = reader->corpus;

    if (!in_sentence(corpus)) return;
    if (drop_unterminated) {
        corpus->words.count = (size_t)corpus->begin.items[corpus->begin.count - 1];
        corpus->tags.count = corpus->words.count;
        kd_corpus_note(corpus, KD_NOTE_DROPPED, reader->lines->number);
        return;
    }
    end_sentence(corpus);
    kd_corpus_note(corpus, KD_NOTE_UNTERMINATED, reader->lines->number);
}

bool kd_corpus_is_document_mark(const char *line, size_t length)
{
    static const char mark[] = "-DOCSTART-";
    size_t            end = sizeof mark - 1;

    if (length < end || memcmp(line, mark, end) != 0) return false;
    return length == end || strchr("\t \r\n", line[end]) != NULL;
}

static kd_status read_lines(ner_reader *reader, kd_error *err)
{
    kd_lines *lines = reader->lines;
    kd_slice  columns[KD_COLUMNS_MOST];
    kd_status status;
    bool      more;

    while ((status = kd_lines_next(lines, &more, err)) == KD_OK && more) {
        int count = kd_lines_columns(lines, columns);

        if (kd_corpus_is_document_mark(lines->line.text, lines->line.length)) {
            kd_corpus_note(reader->corpus, KD_NOTE_DOCSTART, lines->number);
            end_sentence(reader->corpus);
        } else if (kd_slice_is_blank(lines->line)) {
            if (lines->line.length > 0)
                kd_corpus_note(reader->corpus, KD_NOTE_BLANKS, lines->number);
            end_sentence(reader->corpus);
        } else if ((status = read_token(reader, columns, count, err)) != KD_OK) {
            return status;
        }
    }
    return status;
}

/* ---- at the end: scheme, types, ids ---- */

/* How many tags `scheme` forbids; each is noted with its line when `is_noted`. */
static int64_t count_invalid(const ner_reader *reader, kd_scheme scheme, bool is_noted)
{
    kd_corpus    *corpus = reader->corpus;
    const kd_tag *tags = kd_labels_tags(reader->raw);
    const kd_tag  outside = kd_tag_of(tags, -1);
    int64_t       count = 0;

    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int    end = corpus->begin.items[s + 1];
        kd_tag last = outside;

        for (int i = corpus->begin.items[s]; i <= end; i++) {
            kd_tag next = i < end ? tags[corpus->tags.items[i]] : outside;

            if (!kd_tags_may_follow(scheme, last, next)) {
                count++;
                if (is_noted)
                    kd_corpus_note(corpus, KD_NOTE_INVALID,
                                   corpus->words.items[i < end ? i : end - 1].line);
            }
            last = next;
        }
    }
    return count;
}

/* IOBES has E or S. Without them a file is in the scheme of the splits before it when that is
 * IOB, or when it has no mention to tell; else IOB1 never has a B but after its own type, and an
 * I that opens a span. What could be both is IOB2, the commoner one. */
static kd_scheme find_scheme(const ner_reader *reader)
{
    kd_scheme expected = kd_labels_scheme(reader->corpus->labels);

    if (reader->given != KD_SCHEME_NONE) return reader->given;
    if (reader->has_ends) return KD_SCHEME_IOBES;
    if (expected == KD_SCHEME_IOB1 || expected == KD_SCHEME_IOB2) return expected;
    if (expected != KD_SCHEME_NONE && kd_labels_types(reader->raw) == 0) return expected;
    if (count_invalid(reader, KD_SCHEME_IOB2, false) > 0 &&
        count_invalid(reader, KD_SCHEME_IOB1, false) == 0)
        return KD_SCHEME_IOB1;
    return KD_SCHEME_IOB2;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Add the types that the caller's table lacks, in byte order. */
static void add_types(const ner_reader *reader, kd_scheme scheme)
{
    kd_labels   *labels = reader->corpus->labels;
    int          count = kd_labels_types(reader->raw);
    bool         is_later_split = kd_labels_types(labels) > 0;
    const char **names = kd_alloc((size_t)count + 1, sizeof *names);

    kd_labels_add_class(labels, "O", 1);
    for (int t = 0; t < count; t++) names[t] = kd_labels_type(reader->raw, t);
    qsort(names, (size_t)count, sizeof *names, compare_names);
    for (int t = 0; t < count; t++) {
        size_t length = strlen(names[t]);

        if (kd_labels_find_type(labels, names[t], length) >= 0) continue;
        kd_labels_add_type(labels, scheme, names[t], length);
        if (is_later_split) {
            int raw = kd_labels_find_type(reader->raw, names[t], length);

            kd_corpus_note(reader->corpus, KD_NOTE_NEW_LABEL, reader->type_lines.items[raw]);
        }
    }
    free(names);
}

/* Same scheme: every raw id has its counterpart. */
static void renumber_tags(const ner_reader *reader)
{
    const kd_labels *labels = reader->corpus->labels, *raw = reader->raw;
    const kd_tag    *tags = kd_labels_tags(raw);
    int              count = kd_labels_count(raw);
    int16_t         *ids = kd_alloc((size_t)count, sizeof *ids);

    for (int id = 0; id < count; id++) {
        const char *type = tags[id].type >= 0 ? kd_labels_type(raw, tags[id].type) : "";
        int         index = kd_labels_find_type(labels, type, strlen(type));

        ids[id] = (int16_t)kd_labels_tag_id(labels, tags[id].part, index);
    }
    for (size_t i = 0; i < reader->corpus->tags.count; i++)
        reader->corpus->tags.items[i] = ids[reader->corpus->tags.items[i]];
    free(ids);
}

static void convert_tags(const ner_reader *reader)
{
    kd_corpus *corpus = reader->corpus;
    int16_t   *before = kd_alloc(corpus->tags.count + 1, sizeof *before);

    memcpy(before, corpus->tags.items, corpus->tags.count * sizeof *before);
    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int first = corpus->begin.items[s];

        kd_tags_convert(corpus->labels, corpus->tags.items + first, reader->raw, before + first,
                        corpus->begin.items[s + 1] - first);
        kd_corpus_note(corpus, KD_NOTE_CONVERTED, corpus->words.items[first].line);
    }
    free(before);
}

static kd_status settle_tags(ner_reader *reader, const kd_corpus_options *options, kd_error *err)
{
    kd_corpus *corpus = reader->corpus;
    kd_scheme  expected = kd_labels_scheme(corpus->labels), target = options->convert;

    corpus->scheme = find_scheme(reader);
    if (target == KD_SCHEME_NONE) target = expected != KD_SCHEME_NONE ? expected : corpus->scheme;
    if (expected != KD_SCHEME_NONE && expected != target)
        return kd_fail(err, KD_ECONFIG, "%s: tags are to become %s, the other splits have %s",
                       corpus->name, kd_scheme_name(target), kd_scheme_name(expected));
    count_invalid(reader, corpus->scheme, true);
    add_types(reader, target);
    if (corpus->scheme == target)
        renumber_tags(reader);
    else
        convert_tags(reader);
    return KD_OK;
}

kd_status kd_corpus_read_ner(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                             kd_error *err)
{
    ner_reader reader = { .corpus = corpus,
                          .lines = lines,
                          .raw = kd_labels_create(),
                          .given = options->scheme,
                          .tag_column = options->tag_column };
    kd_status  status;

    KD_CHECK(corpus->labels != NULL, "corpus: a tagged corpus needs a table of labels");
    kd_labels_add_class(reader.raw, "O", 1);
    status = read_lines(&reader, err);
    if (status == KD_OK) end_file(&reader, options->drop_unterminated);
    if (status == KD_OK) status = settle_tags(&reader, options, err);
    kd_labels_destroy(reader.raw);
    kd_vec_fini(&reader.type_lines);
    return status;
}
