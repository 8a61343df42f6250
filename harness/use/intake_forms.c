/* intake_forms.c - what a line is: a part of a text, a word, a row, a text in JSON. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/json.h"
#include "harness/use/intake_internal.h"
#include "models/text/corpus.h"
#include "models/text/unicode.h"

static const char mark[] = "\xEF\xBB\xBF"; /* of the order of bytes */

static bool has_mark(const kd_intake *in, const kd_intake_line *line)
{
    return in->line == 1 && line->begins && kd_starts_with(line->text, mark);
}

/* A line without the CR before its end, and without a mark in front of the first. */
static kd_intake_line trim(const kd_intake *in, const kd_intake_line *line)
{
    kd_intake_line t = *line;
    if (has_mark(in, line)) {
        t.text += sizeof mark - 1;
        t.length -= sizeof mark - 1;
    }
    while (t.length > 0 && t.text[t.length - 1] == '\r') t.text[--t.length] = 0;
    return t;
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t at = 0; at < length;)
        if (!kd_unicode_is_space(kd_utf8_next(text, length, &at))) return false;
    return true;
}

/* ---- running text ---- */

void kd_intake_hear(const kd_sentence *sentence, void *user)
{
    kd_intake *in = user;
    bool       has_words = in->options.task == KD_TASK_NER;
    in->counts.cut_sentences += sentence->is_cut;
    kd_portion_add(in->portion, sentence->text, sentence->length, sentence->character,
                   sentence->words, has_words ? sentence->word_count : 0);
}

static kd_splitter *make_splitter(kd_intake *in)
{
    bool is_brat = in->at < in->forms.count && in->forms.items[in->at] == KD_FORM_BRAT;
    return kd_splitter_create(&(kd_split_options){ .lines_end = is_brat || in->options.lines_end },
                              kd_intake_hear, in);
}

static void begin_file(kd_intake *in)
{
    in->character = 0;
    in->columns = 0;
    in->is_spoiled = false;
    kd_str_reset(&in->words);
    kd_vec_reset(&in->places);
    kd_portion_begin(in->portion, in->paths.items[in->at],
                     in->forms.items[in->at] == KD_FORM_BRAT ? KD_OF_FOLDER : KD_OF_FILE);
}

static void begin_text(kd_intake *in)
{
    begin_file(in);
    in->splitter = make_splitter(in);
}

/* What is passed over still counts: as many blanks. */
static void feed_blanks(kd_intake *in, const char *text, size_t length)
{
    kd_str blanks = KD_STR_INIT;
    for (size_t at = 0; at < length;) {
        kd_utf8_next(text, length, &at);
        kd_str_add_char(&blanks, ' ');
    }
    kd_splitter_feed(in->splitter, blanks.text, blanks.length);
    kd_str_fini(&blanks);
}

static kd_status take_part(kd_intake *in, const kd_intake_line *line)
{
    kd_status   status;
    const char *text = line->text;
    size_t      length = line->length;
    if (has_mark(in, line)) {
        kd_splitter_feed(in->splitter, " ", 1);
        text += sizeof mark - 1;
        length -= sizeof mark - 1;
    }
    if (kd_intake_check(in, text, length, &status))
        kd_splitter_feed(in->splitter, text, length);
    else
        feed_blanks(in, text, length);
    if (line->ends) kd_splitter_feed(in->splitter, "\n", 1);
    if (status != KD_OK) kd_splitter_finish(in->splitter); /* nothing more comes */
    return status;
}

static void end_text(kd_intake *in)
{
    kd_splitter_finish(in->splitter);
    kd_portion_end(in->portion);
}

/* ---- a row of text ---- */

static kd_status take_row(kd_intake *in, const kd_intake_line *line)
{
    kd_status      status;
    bool           is_marked = has_mark(in, line);
    kd_intake_line row = trim(in, line);
    size_t         ends = line->length - row.length - (is_marked ? sizeof mark - 1 : 0);
    in->character += is_marked;
    if (kd_intake_check(in, row.text, row.length, &status) && !is_blank(row.text, row.length))
        kd_portion_add(in->portion, row.text, row.length, in->character, NULL, 0);
    for (size_t at = 0; at < row.length; in->character++) kd_utf8_next(row.text, row.length, &at);
    in->character += ends + 1;
    return status;
}

static void end_file(kd_intake *in)
{
    kd_portion_end(in->portion);
}

/* ---- words ---- */

static void end_words(kd_intake *in)
{
    if (in->places.count > 0 && !in->is_spoiled) {
        kd_portion_add(in->portion, in->words.text, in->words.length, in->character,
                       in->places.items, in->places.count);
        in->character += in->characters + 1;
    }
    kd_str_reset(&in->words);
    kd_vec_reset(&in->places);
    in->characters = 0;
    in->is_spoiled = false;
}

static void add_word(kd_intake *in, const char *text, size_t length)
{
    uint32_t characters = (uint32_t)kd_utf8_count(text, length);
    if (in->places.count > 0) {
        kd_str_add_char(&in->words, ' ');
        in->characters++;
    }
    kd_vec_push(&in->places, (kd_place){ (uint32_t)in->words.length, (uint32_t)length,
                                         in->characters, characters });
    kd_str_add_bytes(&in->words, text, length);
    in->characters += characters;
}

static kd_status spoil(kd_intake *in, kd_status status)
{
    in->is_spoiled = true;
    return status;
}

static kd_status take_word(kd_intake *in, const kd_intake_line *given)
{
    kd_status      status;
    kd_intake_line line = trim(in, given);
    size_t         length = strcspn(line.text, "\t");
    if (is_blank(line.text, line.length) || kd_corpus_is_document_mark(line.text, line.length)) {
        end_words(in);
        return KD_OK;
    }
    if (in->is_spoiled) return KD_OK;
    if (!kd_intake_check(in, line.text, line.length, &status)) return spoil(in, status);
    if (is_blank(line.text, length)) return spoil(in, kd_intake_skip(in, "an empty word"));
    if (length > KD_SENTENCE_BYTES)
        return spoil(in, kd_intake_skip(in, "a word of %zu bytes", length));
    if (in->places.count == KD_SENTENCE_WORDS || in->words.length + length > KD_SENTENCE_BYTES) {
        in->counts.cut_sentences++;
        end_words(in);
    }
    add_word(in, line.text, length);
    return KD_OK;
}

static void end_of_words(kd_intake *in)
{
    end_words(in);
    end_file(in);
}

/* ---- rows of a table ---- */

typedef struct {
    char  *text;
    size_t length;
} column;

static int split_columns(const kd_intake_line *line, column columns[KD_COLUMNS_SHOWN])
{
    int   count = 0;
    char *at = line->text, *end = line->text + line->length;
    while (count < KD_COLUMNS_SHOWN) {
        char *tab = memchr(at, '\t', (size_t)(end - at));
        char *stop = tab ? tab : end;
        columns[count++] = (column){ at, (size_t)(stop - at) };
        if (!tab) break;
        at = tab + 1;
    }
    return count;
}

/* The first column with one of these names, or -1. */
static int find_column(const column *columns, int count, const char *names)
{
    for (int c = 0; c < count; c++) {
        char name[16] = "";
        for (size_t i = 0; i < columns[c].length && columns[c].length < sizeof name; i++)
            name[i] = (char)tolower((unsigned char)columns[c].text[i]);
        if (*name && kd_list_has(names, name)) return c;
    }
    return -1;
}

/* Which column is the text: by the header's names, or by their number as in a corpus. */
static bool read_header(kd_intake *in, const column *columns, int count)
{
    int text = find_column(columns, count, "sentence text");
    in->columns = count;
    if (text >= 0) in->text_column[0] = text;
    if (text >= 0) return true;
    bool is_document = in->options.task == KD_TASK_HOC;
    in->text_column[0] = count == 1 || (count == 2 && !is_document) ? 0 : 1;
    return false;
}

/* The same of two texts; behind them a label may stand, and before them an index. */
static bool read_header_of_pairs(kd_intake *in, const column *columns, int count)
{
    int first = find_column(columns, count, KD_PAIR_FIRST);
    int second = find_column(columns, count, KD_PAIR_SECOND);
    in->columns = count;
    in->text_column[0] = count <= 3 ? 0 : 1;
    in->text_column[1] = in->text_column[0] + 1;
    if (first < 0 || second < 0) return false;
    in->text_column[0] = first;
    in->text_column[1] = second;
    return true;
}

static kd_status take_columns(kd_intake *in, const kd_intake_line *given)
{
    kd_status      status;
    column         columns[KD_COLUMNS_SHOWN];
    kd_intake_line line = trim(in, given);
    if (is_blank(line.text, line.length)) return KD_OK;
    if (!kd_intake_check(in, line.text, line.length, &status)) return status;
    int  count = split_columns(&line, columns), texts = kd_task_of(in->options.task)->texts;
    bool is_first = in->columns == 0;
    if (is_first && (texts == 2 ? read_header_of_pairs : read_header)(in, columns, count))
        return KD_OK;
    for (int t = 0; t < texts; t++) {
        if (count <= in->text_column[t])
            return kd_intake_skip(in, "expected %d columns, found %d", in->columns, count);
        const column *text = &columns[in->text_column[t]];
        if (is_blank(text->text, text->length)) return kd_intake_skip(in, "an empty sentence");
    }
    const column *text = &columns[in->text_column[0]], *other = &columns[in->text_column[1]];
    if (texts == 2)
        kd_portion_pair(in->portion, text->text, text->length, other->text, other->length);
    else
        kd_portion_add(in->portion, text->text, text->length, in->character, NULL, 0);
    in->character += kd_utf8_count(text->text, text->length) + 1;
    return KD_OK;
}

/* ---- JSON ---- */

static void add_text(kd_intake *in, const char *text)
{
    if (in->options.task == KD_TASK_RE) {
        if (!is_blank(text, strlen(text)))
            kd_portion_add(in->portion, text, strlen(text), 0, NULL, 0);
        return;
    }
    kd_splitter_feed(in->splitter, text, strlen(text));
    kd_splitter_finish(in->splitter);
}

static bool is_text(const kd_json *value)
{
    return kd_json_type_of(value) == KD_JSON_TEXT;
}

/* Of a line: one text, or two, by the names that a pair has in a corpus or a question has. */
typedef struct {
    const kd_json *first, *second;
} texts;

static texts texts_of(const kd_json *root, kd_task task)
{
    texts t = { kd_json_get(root, "question"), kd_json_get(root, "context") };
    if (kd_task_of(task)->texts == 1) return (texts){ kd_json_get(root, "text"), NULL };
    if (task == KD_TASK_PAIR && !t.first)
        t = (texts){ kd_json_get(root, "sentence1"), kd_json_get(root, "sentence2") };
    return t;
}

/* In words, or NULL. */
static const char *wrong_with(const kd_json *root, kd_task task, texts t)
{
    bool is_object = kd_json_type_of(root) == KD_JSON_OBJECT,
         are_two = kd_task_of(task)->texts == 2;
    bool are_texts = is_object && is_text(t.first) && (!are_two || is_text(t.second));
    if (!are_texts)
        return !are_two ? "expected an object with a \"text\""
               : task == KD_TASK_QA
                   ? "expected an object with a \"question\" and a \"context\""
                   : "expected an object with a \"question\" and a \"context\", or with a "
                     "\"sentence1\" and a \"sentence2\"";
    if (!are_two) return NULL;
    const char *asked = kd_json_to_text(t.first, ""), *of = kd_json_to_text(t.second, "");
    if (is_blank(asked, strlen(asked)))
        return task == KD_TASK_QA ? "an empty question" : "an empty first text";
    if (!is_blank(of, strlen(of))) return NULL;
    return task == KD_TASK_QA ? "an empty context" : "an empty second text";
}

static kd_status take_object(kd_intake *in, const kd_json *root)
{
    const kd_json *id = kd_json_get(root, "id");
    texts          t = texts_of(root, in->options.task);
    const char    *wrong = wrong_with(root, in->options.task, t);
    bool           is_number = !id || kd_json_type_of(id) == KD_JSON_INT;
    char           number[24];
    if (wrong) return kd_intake_skip(in, "%s", wrong);
    if (!is_number && kd_json_type_of(id) != KD_JSON_TEXT)
        return kd_intake_skip(in, "\"id\" is neither text nor a whole number");
    snprintf(number, sizeof number, "%" PRId64, id ? kd_json_to_int(id, 0) : in->line);
    kd_portion_begin(in->portion, is_number ? number : kd_json_to_text(id, ""),
                     is_number ? KD_OF_NUMBER : KD_OF_NAME);
    const char *first = kd_json_to_text(t.first, ""), *second = kd_json_to_text(t.second, "");
    if (t.second)
        kd_portion_pair(in->portion, first, strlen(first), second, strlen(second));
    else
        add_text(in, first);
    kd_portion_end(in->portion);
    return KD_OK;
}

static kd_status take_json(kd_intake *in, const kd_intake_line *given)
{
    kd_status         status;
    kd_error          why;
    kd_json_document *document;
    kd_intake_line    line = trim(in, given);
    if (is_blank(line.text, line.length)) return KD_OK;
    if (!kd_intake_check(in, line.text, line.length, &status)) return status;
    if (kd_json_parse(&document, line.text, line.length, "it", &why) != KD_OK)
        return kd_intake_skip(in, "%s",
                              why.text + strcspn(why.text, " ") + 1); /* without "it:1:" */
    status = take_object(in, kd_json_root(document));
    kd_json_close(document);
    return status;
}

static void begin_json(kd_intake *in)
{
    in->splitter = make_splitter(in);
}

static void end_json(kd_intake *in)
{
    (void)in; /* each line was a document */
}

/* ---- which is which ---- */

const kd_intake_form *kd_intake_form_of(kd_form form, kd_task task)
{
    static const kd_intake_form text = { begin_text, take_part, end_text, true },
                                rows = { begin_file, take_row, end_file, false },
                                words = { begin_file, take_word, end_of_words, false },
                                table = { begin_file, take_columns, end_file, false },
                                json = { begin_json, take_json, end_json, false };
    switch (form) {
    case KD_FORM_TSV:
        return task == KD_TASK_NER ? &words : &table;
    case KD_FORM_JSONL:
        return &json;
    default:
        return task == KD_TASK_RE ? &rows : &text;
    }
}
