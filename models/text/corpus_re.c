/* corpus_re.c - one pair a line: a sentence with its two mentions masked, and a class.
 *
 *     index<TAB>sentence<TAB>label        with a header that names the columns, in any order
 *     sentence<TAB>label                  without one; or with an index in front
 *
 * Double quotes are plain characters.
 */
#include <stdlib.h>
#include <string.h>

#include "models/text/corpus_internal.h"
#include "models/text/marks.h"

const kd_relation_task kd_relation_tasks[] = {
    { KD_RELATION_CHEMPROT, "chemprot", "CPR:3 CPR:4 CPR:5 CPR:6 CPR:9 false",
      "@CHEMICAL$ @GENE$ @CHEM-GENE$" },
    { KD_RELATION_GAD, "gad", "0 1", "@GENE$ @DISEASE$" },
    { KD_RELATION_DDI, "ddi", "DDI-mechanism DDI-effect DDI-advise DDI-int DDI-false",
      "@drug$ @brand$ @group$ @drug_n$", .overlaps = true },
    { KD_RELATION_I2B2, "i2b2", "PIP TeCP TeRP TrAP TrCP TrIP TrNAP TrWP false",
      "@problem$ @treatment$ @test$" },
    { .name = NULL },
};

/* Whether `masks` has "@<type>$". */
static bool has_type(const char *masks, const char *type, size_t length)
{
    for (const char *at = masks; (at = strchr(at, '@')) != NULL; at++)
        if (strncasecmp(at + 1, type, length) == 0 && at[1 + length] == '$') return true;
    return false;
}

bool kd_relation_has_mask(const kd_relation_task *task, const char *mask, size_t length)
{
    const char *type = mask + 1, *hyphen = memchr(mask, '-', length);
    size_t      type_length = length - 2;

    if (has_type(task->masks, type, type_length)) return true;
    if (!task->overlaps || hyphen == NULL) return false;
    return has_type(task->masks, type, (size_t)(hyphen - type)) &&
           has_type(task->masks, hyphen + 1, (size_t)(type + type_length - hyphen - 1));
}

typedef struct {
    kd_corpus     *corpus;
    kd_lines      *lines;
    kd_class_table classes;
    int            columns; /* of every row */
    int            sentence_at, label_at;
} re_reader;

/* ---- rows ---- */

/* Which column holds what: by the header's names, or by their number. */
static kd_status read_first_line(void *user, bool *is_header, kd_error *err)
{
    re_reader *reader = user;
    kd_slice   columns[KD_COLUMNS_MOST];

    reader->columns = kd_lines_columns(reader->lines, columns);
    reader->sentence_at = kd_lines_find_column(reader->lines, "sentence Sentence text Text");
    reader->label_at = kd_lines_find_column(reader->lines, "label Label class Class");
    *is_header = reader->sentence_at >= 0 && reader->label_at >= 0;
    if (*is_header) return KD_OK;
    if (reader->columns != 2 && reader->columns != 3)
        return kd_lines_fail(reader->lines, err,
                             "expected [index<TAB>]sentence<TAB>label, found "
                             "%d column%s",
                             reader->columns, reader->columns == 1 ? "" : "s");
    reader->sentence_at = reader->columns - 2;
    reader->label_at = reader->columns - 1;
    return KD_OK;
}

static kd_status read_row(void *user, kd_error *err)
{
    re_reader *reader = user;
    kd_lines  *lines = reader->lines;
    int32_t    line = lines->number, class;
    kd_slice   columns[KD_COLUMNS_MOST], sentence, label;
    int        count = kd_lines_columns(lines, columns);
    kd_status  status;

    if (count != reader->columns)
        return kd_lines_fail(lines, err, "expected %d columns, found %d", reader->columns, count);
    sentence = columns[reader->sentence_at];
    label = columns[reader->label_at];
    if (kd_slice_is_blank(sentence)) return kd_lines_fail(lines, err, "an empty sentence");
    if (kd_slice_is_blank(label)) return kd_lines_fail(lines, err, "an empty label");
    if ((status = kd_classes_number(&reader->classes, lines, label, &class, err)) != KD_OK)
        return status;
    if (!kd_mask_has_pair(sentence.text, sentence.length))
        kd_corpus_note(reader->corpus, KD_NOTE_UNMARKED, line);
    kd_corpus_add_borrowed(reader->corpus,
                           (kd_word){ sentence.text, (uint32_t)sentence.length, line }, 0);
    kd_corpus_end_row(reader->corpus, class, 0);
    return KD_OK;
}

/* ---- at the end: the order of classes ---- */

static bool knows_all(const kd_relation_task *task, const kd_map *classes)
{
    for (size_t c = 0; c < kd_map_count(classes); c++)
        if (!kd_list_has(task->classes, kd_map_key(classes, c))) return false;
    return true;
}

/* The task that was named, or the one that has all classes met; NULL for none. */
static const kd_relation_task *find_task(const re_reader *reader, kd_relation relation)
{
    for (const kd_relation_task *task = kd_relation_tasks; task->name != NULL; task++) {
        if (task->relation == relation) return task;
        if (relation == KD_RELATION_AUTO && knows_all(task, reader->classes.numbers)) return task;
    }
    return NULL;
}

static kd_status check_classes(const re_reader *reader, const kd_relation_task *task, kd_error *err)
{
    for (size_t c = 0; c < kd_map_count(reader->classes.numbers); c++)
        if (!kd_list_has(task->classes, kd_map_key(reader->classes.numbers, c)))
            return kd_fail(err, KD_EDATA, "%s:%d: '%s' is no class of %s, which has %s",
                           reader->corpus->name, reader->classes.lines.items[c],
                           kd_map_key(reader->classes.numbers, c), task->name, task->classes);
    return KD_OK;
}

static void add_list(kd_labels *labels, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, " ");

        kd_labels_add_class(labels, names, length);
        names += length;
        names += *names == ' ';
    }
}

/* A mask that the task does not have is one of another corpus, or was written otherwise. */
static void note_masks(const re_reader *reader, const kd_relation_task *task)
{
    kd_corpus *corpus = reader->corpus;
    kd_mask    mask;

    for (size_t w = 0; w < corpus->words.count; w++) {
        const char *at = corpus->words.items[w].text, *end = at + corpus->words.items[w].length;

        for (; kd_mask_find(&mask, at, (size_t)(end - at)); at = mask.text + mask.length)
            if (!mask.is_other && !kd_relation_has_mask(task, mask.text, mask.length))
                kd_corpus_note(corpus, KD_NOTE_OTHER_MASK, corpus->words.items[w].line);
    }
}

static kd_status settle_classes(const re_reader *reader, const kd_corpus_options *options,
                                kd_error *err)
{
    kd_corpus              *corpus = reader->corpus;
    const kd_relation_task *task = find_task(reader, options->relation);
    kd_status               status;

    if (task != NULL && (status = check_classes(reader, task, err)) != KD_OK) return status;
    if (task != NULL && kd_labels_count(corpus->labels) == 0)
        add_list(corpus->labels, task->classes);
    kd_classes_settle(&reader->classes, corpus, true);
    if (task != NULL) note_masks(reader, task);
    /* A task of somebody's own without marks at all is not one that lacks some. */
    if (task == NULL && corpus->notes[KD_NOTE_UNMARKED].count == kd_corpus_sentences(corpus))
        corpus->notes[KD_NOTE_UNMARKED] = (kd_note_place){ 0 };
    return KD_OK;
}

kd_status kd_corpus_read_re(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                            kd_error *err)
{
    re_reader reader = { .corpus = corpus, .lines = lines };
    kd_status status;

    KD_CHECK(corpus->labels != NULL, "corpus: relations need a table of labels");
    kd_classes_init(&reader.classes);
    status = kd_lines_read_table(lines, read_first_line, read_row, &reader, err);
    if (status == KD_OK) status = settle_classes(&reader, options, err);
    kd_classes_fini(&reader.classes);
    return status;
}
