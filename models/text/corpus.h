/* corpus.h - sentences, their words, and what is to be learned of them.
 *
 *     words   The Abc1 gene is  .  |  Xyz fever  recurs          words of all sentences
 *     tags    O   B-G  E-G  O   O  |  B-D E-D    O               NER: a label id for each word
 *     begin   0                       5                   8      where sentences begin
 *     labels  0                       2                          RE: a class, HOC: classes as bits
 *
 * Only NER has words as such. In the other tasks a sentence has one word, its whole text, which
 * a tokenizer splits further; in QA it has two, a question and the text that answers it, and in PAIR any two. docs/CORPORA.md shows every form that is read.
 *
 * A corpus read from a file keeps the file mapped and its words point into the map; one that
 * is built in memory owns its words' bytes; one that augmentation made borrows them.
 */
#ifndef KD_TEXT_CORPUS_H
#define KD_TEXT_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/setting.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/questions.h"
#include "models/text/tags.h"
#include "models/text/task.h"

#define KD_DOCUMENT_END ".json"   /* of the files of a folder of questions */
#define KD_LINE_LIMIT   (1 << 20) /* bytes: a line as long as this is refused */

typedef struct {
    const char *text; /* not ended by NUL */
    uint32_t    length;
    int32_t     line; /* of the file, from 1; 0 when there is no file */
} kd_word;

/* What a reader accepted by a rule of its own and has to tell. */
#define KD_NOTES(X)                                                                    \
    X(BOM, "a byte order mark is skipped")                                             \
    X(CRLF, "line ends in CR LF; the CR is dropped")                                   \
    X(DOCSTART, "a document mark is skipped")                                          \
    X(BLANKS, "a line of blanks ends a sentence like an empty one")                    \
    X(INNER_BLANK, "a token with a blank inside is kept as it is")                     \
    X(COLUMNS, "more than two columns: the first is the token, the last the tag")      \
    X(INVALID, "a tag that its scheme forbids here")                                   \
    X(CONVERTED, "a sentence is written again in the other scheme")                    \
    X(NEW_LABEL, "a type or class that the splits read before do not have")            \
    X(UNMARKED, "a pair without both of its marks")                                    \
    X(OTHER_MASK, "a mark of a type that the relation task does not have")             \
    X(UNTERMINATED, "the last sentence has no empty line after it")                    \
    X(DROPPED, "the last sentence is left out because no empty line ends it")          \
    X(IN_PARTS, "a mention in parts is taken from its first part to its last")         \
    X(INSIDE_WORD, "a mention that begins or ends inside a word takes the whole word") \
    X(JOINED, "sentences with a mention across their end are one")                     \
    X(OVERLAP, "a mention that overlaps a longer one is left out")                     \
    X(NO_WORD, "a mention without a word is left out")                                 \
    X(OTHER_LINE, "an annotation that is no mention is passed over")                   \
    X(UNANNOTATED, "a text has no .ann file beside it")                                \
    X(NOWHERE, "none of a question's answers stands in its text")

typedef enum {
#define X(name, text) KD_NOTE_##name,
    KD_NOTES(X)
#undef X
        KD_NOTE_COUNT
} kd_note;

#define KD_NOTE_PLACES 5

typedef struct {
    int64_t count;
    int32_t lines[KD_NOTE_PLACES]; /* the first few */
} kd_note_place;

typedef enum {
    KD_RELATION_AUTO, /* the task that knows all classes met */
    KD_RELATION_CHEMPROT,
    KD_RELATION_GAD,
    KD_RELATION_DDI,
    KD_RELATION_I2B2,
    KD_RELATION_OTHER, /* none of these */
} kd_relation;

/* How many outputs a network has for each hallmark. */
typedef enum {
    KD_HALLMARKS_ONE, /* "3": that it holds */
    KD_HALLMARKS_TWO, /* "3_0" and "3_1", as the published flags are written: that it does not, and that it does */
} kd_hallmarks;

/* How a file is read. */
typedef struct {
    kd_scheme    scheme;            /* how its tags are written; NONE: as the file shows */
    kd_scheme    convert;           /* what they become; NONE: they stay */
    kd_relation  relation;          /* which fixes the order of classes */
    int          tag_column;        /* from 1; 0 for the last one */
    bool         drop_unterminated; /* leave out a last sentence that no empty line ends */
    kd_hallmarks hallmarks;         /* the labels of HOC */
} kd_corpus_options;

extern const kd_setting kd_corpus_settings[];

/* Open on purpose: loops read it. */
typedef struct {
    kd_task    task;
    char      *name;       /* the path, or what the maker called it */
    kd_labels *labels;     /* borrowed; must outlive the corpus. NULL for plain text */
    kd_scheme  scheme;     /* as the file had it, before any conversion */
    bool       has_header; /* RE, HOC and PAIR */

    KD_VEC(kd_word) words;
    KD_VEC(int16_t) tags;      /* (words), NER only */
    KD_VEC(int32_t) begin;     /* (B+1) */
    KD_VEC(int32_t) classes;   /* (B), RE, PAIR and HOC */
    KD_VEC(int32_t) documents; /* (B), HOC: running number of the document, from 0 */
    kd_questions questions;    /* QA: a row for each sentence, whose words are question and text */

    kd_note_place notes[KD_NOTE_COUNT];

    kd_fs_view map;   /* private: what the words point into */
    kd_arena  *arena; /* private but to its maker: or this */
} kd_corpus;

/* Columns of pairs, by the names that published corpora have for the first text, for the second and for the class. */
#define KD_PAIR_FIRST  "sentence1 question premise text1 text_a question1"
#define KD_PAIR_SECOND "sentence2 context hypothesis text2 text_b question2 sentence"
#define KD_PAIR_LABEL  "label class gold_label"

/* Read a file. Labels that `labels` lacks are added to it in a fixed order (tags.h; for
 * relations the published order of the task, else byte order with the negative class last), so
 * read the training split first and give every split the same table. NULL is fine for text.
 *
 * A split whose tags are in another scheme than the table's is converted to it. KD_EDATA says
 * "file:line: what and why"; KD_ENOINPUT when there is no such file. `options` NULL for the
 * defaults. `out` must be fini'd only after success. A folder is read as BRAT standoff (NER), .txt
 * with .ann files beside them, or (QA, PAIR) as several JSON documents; its notes have no lines. */
kd_status kd_corpus_read(kd_corpus *out, const char *path, kd_task task,
                         const kd_corpus_options *options, kd_labels *labels, kd_error *err);

/* Of words and tags: "-DOCSTART-" stands before each document, alone or with columns behind it. The line may have its end. */
bool kd_corpus_is_document_mark(const char *line, size_t length);

/* What a file without a name for it holds, by its first line: the header's names or the flags
 * say HOC; a header, or a sentence with blanks before a tab, says RE, and two of them PAIR; a JSON object says
 * QA, or PAIR where all of its questions are answered with yes, no or maybe; anything else is read as NER. A folder is told by its
 * first JSON document, where it has no BRAT. Plain text is never guessed: it would hide that blanks stand for tabs. */
kd_status kd_corpus_guess_task(kd_task *out, const char *path, kd_error *err);

/* Or build one: start it, add words and end sentences, or add whole rows; of questions, fill
 * corpus->questions with texts of corpus->arena and settle. */
void kd_corpus_init(kd_corpus *out, kd_task task, const char *name, kd_labels *labels);
void kd_corpus_add_word(kd_corpus *corpus, const char *text, size_t length, int tag);
void kd_corpus_add_borrowed(kd_corpus *corpus, kd_word word,
                            int tag); /* the bytes must outlive it */
void kd_corpus_end_sentence(kd_corpus *corpus);
void kd_corpus_add_row(kd_corpus *corpus, const char *text, size_t length, int32_t class_or_bits,
                       int32_t document);

void kd_corpus_settle_questions(kd_corpus *corpus);

/* Forget all but the first `sentences`, of which there must be at least as many. Labels and
 * notes stay those of the whole. */
void kd_corpus_keep(kd_corpus *corpus, int sentences);

void kd_corpus_fini(kd_corpus *corpus);

static inline int kd_corpus_sentences(const kd_corpus *corpus)
{
    return (int)corpus->begin.count - 1;
}

/* The form that kd_corpus_read reads, with header for RE, PAIR and HOC; to text, or to a file. */
void      kd_corpus_print(const kd_corpus *corpus, kd_str *out);
kd_status kd_corpus_write(const kd_corpus *corpus, const char *path, kd_error *err);

/* Add "<name>:<first line>: <rule> (<count> times)" lines, one for each kind of note met, but none for what
 * nearly every published corpus does: document marks, no empty line at the end. */
void        kd_corpus_tell(const kd_corpus *corpus, kd_str *out);
const char *kd_note_text(kd_note note);
const char *kd_note_name(kd_note note); /* "crlf", for JSON */

/* The relation tasks that are known by name. Classes are in index order. */
typedef struct {
    kd_relation relation;
    const char *name;     /* "chemprot" */
    const char *classes;  /* with blanks between; the negative one is what kd_relation_is_positive
                            says */
    const char *masks;    /* what stands for the mentions of a pair; a hyphen is an overlap */
    bool        overlaps; /* a mask of any two of these types is one of an overlap: @drug-brand$ */
} kd_relation_task;

extern const kd_relation_task kd_relation_tasks[]; /* ends with a row whose name is NULL */

/* Whether the task has a mask, whatever its case: "@drug_n$", "@drug-group$". */
bool kd_relation_has_mask(const kd_relation_task *task, const char *mask, size_t length);

/* Whether a class counts as a relation: false for "false", "0", "DDI-false" and the like. */
bool kd_relation_is_positive(const char *class_name);

/* The number of hallmarks of cancer, and so of bits in an HOC row. Where each has two labels the bits are those of the
 * second, 1, 3, 5 and so on; the first has none, and is what its second is not. */
#define KD_HALLMARKS 10

/* Add their labels, which an HOC corpus does by itself to a table without any. */
void kd_hallmarks_add(kd_labels *labels, kd_hallmarks how);

/* Whether each hallmark has two labels in this table. */
bool kd_hallmarks_are_two(const kd_labels *labels);

/* Whether output `k` of `outputs` is to say yes of a row with these bits. */
static inline bool kd_hallmark_holds(int outputs, int32_t bits, int k)
{
    bool is_not = outputs == 2 * KD_HALLMARKS && k % 2 == 0;
    return is_not ? !(bits >> (k + 1) & 1) : bits >> k & 1;
}

#endif
