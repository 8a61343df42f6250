/* survey.c - which files are the splits of a corpus, and what is in them. */
#include "harness/review/survey.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/say.h"
#include "harness/base/vec.h"
#include "harness/review/documents.h"
#include "models/text/brat.h"
#include "models/text/marks.h"

enum {
    BLOCK_MOST = 20,    /* sentences that are cut out together */
    BLOCKS_LEAST = 50,  /* of a corpus, where it has so many sentences */
    BLOCKS_A_ROUND = 10 /* of which one is devel and one is test */
};

/* ---- which files ---- */

static const char *const split_words[KD_SPLITS] = {
    [KD_TRAIN] = "train training",
    [KD_DEVEL] = "devel dev development valid validation",
    [KD_TEST] = "test testing",
};
static const char endings[] =
    "tsv conll iob iob2 bio json txt"; /* the first ones before the others */

/* The place of a file's ending in the list, behind all for a folder, or -1. */
static int rank_of(const char *folder, const char *name, const char *ending)
{
    int rank = 0;
    if (!*ending) {
        char *path = kd_fs_join(folder, name);
        bool  is_folder = kd_fs_is_folder(path);
        free(path);
        return is_folder ? (int)sizeof endings : -1;
    }
    for (const char *at = endings; *at; at += strspn(at, " "), rank++) {
        size_t length = strcspn(at, " ");
        if (strlen(ending) == length && strncmp(at, ending, length) == 0) return rank;
        at += length;
    }
    return -1;
}

/* "Train.tsv": its first part in small letters, and what follows the dot. */
static bool is_named(const char *name, const char *words, const char **ending)
{
    char        stem[32];
    const char *dot = strchr(name, '.');
    size_t      length = dot ? (size_t)(dot - name) : strlen(name);
    if (length == 0 || length >= sizeof stem) return false;
    for (size_t i = 0; i < length; i++) stem[i] = (char)tolower((unsigned char)name[i]);
    stem[length] = '\0';
    *ending = dot ? dot + 1 : "";
    return kd_list_has(words, stem);
}

static char *find_split(const char *folder, char **names, size_t count, const char *words)
{
    const char *best = NULL, *ending;
    int         lowest = 0;
    for (size_t i = 0; i < count; i++) {
        int rank = is_named(names[i], words, &ending) ? rank_of(folder, names[i], ending) : -1;
        if (rank < 0 || (best && rank >= lowest)) continue;
        best = names[i];
        lowest = rank;
    }
    return best ? kd_fs_join(folder, best) : NULL;
}

/* The only name that a corpus can have, or NULL. Notes of its makers end in .txt, too. */
static const char *only_file(const char *folder, char **names, size_t count)
{
    const char *only = NULL;
    size_t      found = 0;
    for (size_t i = 0; i < count; i++) {
        const char *dot = strrchr(names[i], '.');
        if (!dot || rank_of(folder, names[i], dot + 1) < 0 || kd_ends_with(names[i], ".txt"))
            continue;
        only = names[i];
        found++;
    }
    return found == 1 ? only : NULL;
}

static bool is_brat(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kd_ends_with(names[i], KD_BRAT_MENTIONS)) return true;
    return false;
}

/* Several files of questions, and no others that a corpus can have. */
static bool are_documents(const char *folder, char **names, size_t count)
{
    bool   has_others = false;
    size_t documents = 0;
    for (size_t i = 0; i < count; i++) {
        const char *dot = strrchr(names[i], '.');
        bool        is_document = kd_ends_with(names[i], KD_DOCUMENT_END);
        documents += is_document;
        has_others |= !is_document && dot && rank_of(folder, names[i], dot + 1) >= 0 &&
                      !kd_ends_with(names[i], ".txt");
    }
    return documents > 1 && !has_others;
}

static kd_status no_train(const char *folder, char **names, size_t count, kd_error *err)
{
    kd_str some = KD_STR_INIT;
    for (size_t i = 0; i < count && i < 4; i++)
        kd_str_addf(&some, "%s%.40s", i > 0 ? ", " : "", names[i]);
    kd_fail(err, KD_EDATA,
            "%s: no file is called train.tsv (or training, .conll, .iob, .bio, .json, .txt), none "
            "is the "
            "only one, and "
            "none is an .ann of BRAT; there is %s%s",
            folder, count > 0 ? some.text : "nothing", count > 4 ? ", ..." : "");
    kd_str_fini(&some);
    return KD_EDATA;
}

static kd_status find_files(kd_survey *s, kd_error *err)
{
    char    **names;
    size_t    count;
    kd_status status = KD_OK;
    if (!kd_fs_is_folder(s->path)) {
        s->file[KD_TRAIN] = kd_strdup(s->path);
        return kd_fs_check(s->path, err);
    }
    if ((status = kd_fs_list(s->path, &names, &count, err)) != KD_OK) return status;
    for (int k = 0; k < KD_SPLITS; k++)
        s->file[k] = find_split(s->path, names, count, split_words[k]);
    if (!s->file[KD_TRAIN]) {
        const char *only = only_file(s->path, names, count);
        if (is_brat(names, count) || are_documents(s->path, names, count))
            s->file[KD_TRAIN] = kd_strdup(s->path);
        else if (only)
            s->file[KD_TRAIN] = kd_fs_join(s->path, only);
        else
            status = no_train(s->path, names, count, err);
    }
    kd_fs_free_names(names, count);
    return status;
}

/* Whether a study that names the folder alone finds these files. */
static bool are_plain(const kd_survey *s)
{
    bool is_plain = true;
    for (kd_split k = KD_TRAIN; k < KD_SPLITS && is_plain; k++) {
        char *usual =
            kd_sprintf("%s/%s.%s", s->path, kd_split_word(k), kd_task_of(s->task)->suffix);
        is_plain = s->file[k] && strcmp(s->file[k], usual) == 0;
        free(usual);
    }
    return is_plain;
}

/* ---- cutting ---- */

static void copy_sentence(kd_corpus *to, const kd_corpus *from, int b)
{
    int last = from->begin.items[b + 1] - 1;
    for (int w = from->begin.items[b]; w <= last; w++) {
        const kd_word *word = &from->words.items[w];
        if (from->task == KD_TASK_NER)
            kd_corpus_add_borrowed(to, *word, from->tags.items[w]);
        else if (w < last) /* the first text of a pair */
            kd_corpus_add_word(to, word->text, word->length, 0);
        else
            kd_corpus_add_row(to, word->text, word->length, from->classes.items[b],
                              from->task == KD_TASK_HOC ? from->documents.items[b] : 0);
    }
    if (from->task == KD_TASK_NER) kd_corpus_end_sentence(to);
}

/* Which split a block belongs to, of those that are missing. */
static kd_split split_of(const kd_survey *s, int block)
{
    int turn = block % BLOCKS_A_ROUND;
    if (turn == BLOCKS_A_ROUND - 2 && !s->file[KD_DEVEL]) return KD_DEVEL;
    if (turn == BLOCKS_A_ROUND - 1 && !s->file[KD_TEST]) return KD_TEST;
    return KD_TRAIN;
}

/* Rows of one question go to one split, where it has a number of its own. */
static void cut_questions(kd_survey *s, int size)
{
    const kd_questions *whole = &s->whole.questions;
    for (int32_t q = 0; q < whole->count; q++) {
        kd_corpus *to = &s->split[split_of(s, q / size)];
        int32_t    number = to->questions.count;
        for (int32_t r = whole->first.items[q]; r >= 0; r = whole->rows.items[r].next) {
            kd_question row = whole->rows.items[r];
            row.number = number;
            kd_questions_add(&to->questions, row);
        }
    }
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++)
        if (k == KD_TRAIN || !s->file[k]) kd_corpus_settle_questions(&s->split[k]);
}

static kd_status cut_sentences(kd_survey *s, int size, kd_error *err)
{
    int       sentences = kd_corpus_sentences(&s->whole), documents;
    int32_t  *number = kd_alloc((size_t)sentences + 1, sizeof *number);
    kd_status status = kd_documents_find(number, &documents, &s->whole, s->file[KD_TRAIN], err);
    s->cuts_documents = s->task == KD_TASK_HOC || documents >= BLOCKS_A_ROUND;
    for (int b = 0; b < sentences && status == KD_OK; b++) {
        int block = s->cuts_documents ? number[b] : b / size;
        copy_sentence(&s->split[split_of(s, block)], &s->whole, b);
    }
    free(number);
    return status;
}

static kd_status cut(kd_survey *s, kd_error *err)
{
    int sentences = kd_corpus_sentences(&s->whole);
    int size = sentences / BLOCKS_LEAST;
    size = size < 1 ? 1 : size > BLOCK_MOST ? BLOCK_MOST : size;
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++)
        if (k == KD_TRAIN || !s->file[k])
            kd_corpus_init(&s->split[k], s->task, kd_split_word(k), s->labels);
    kd_status status = KD_OK;
    if (s->task == KD_TASK_QA)
        cut_questions(s, size);
    else
        status = cut_sentences(s, size, err);
    if (status != KD_OK) return status;
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++)
        if (kd_corpus_sentences(&s->split[k]) == 0)
            return kd_fail(
                err, KD_EDATA,
                "%s: too few sentences (%d) to cut a %s split from; give it files train, devel "
                "and test",
                s->file[KD_TRAIN], sentences, kd_split_word(k));
    return KD_OK;
}

/* ---- reading ---- */

static kd_status choose_task(kd_survey *s, const char *name, kd_error *err)
{
    if (!name) return kd_corpus_guess_task(&s->task, s->file[KD_TRAIN], err);
    return kd_task_choose(&s->task, name, kd_task_is_answered, err);
}

/* Whether the first line that says something has three or more. */
static bool has_more_columns(const char *path)
{
    kd_fs_view file;
    kd_error   none;
    if (kd_fs_is_folder(path) || kd_fs_map(&file, path, &none) != KD_OK) return false;
    size_t at = 0, tabs = 0;
    while (at < file.length && strchr("\r\n", file.bytes[at]) && file.bytes[at]) at++;
    for (; at < file.length && file.bytes[at] != '\n'; at++) tabs += file.bytes[at] == '\t';
    kd_fs_unmap(&file);
    return tabs >= 2;
}

/* What a guess was wrong about is said in the words of its task, so the guess is said with it. */
static kd_status tell_guess(const kd_survey *s, kd_status status, kd_error *err)
{
    kd_error found = *err;
    bool     has_columns =
        s->task == KD_TASK_NER && s->tag_column == 0 && has_more_columns(s->file[KD_TRAIN]);
    return kd_fail(err, status, "%s; taken for the task %s: --task names another%s", found.text,
                   kd_task_name(s->task), has_columns ? ", --tag-column the column of tags" : "");
}

static kd_status read_files(kd_survey *s, kd_error *err)
{
    kd_status         status = KD_OK;
    kd_corpus_options how;
    kd_setting_defaults(kd_corpus_settings, &how);
    how.tag_column = s->tag_column;
    s->is_cut = !s->file[KD_DEVEL] || !s->file[KD_TEST];
    for (int k = 0; k < KD_SPLITS && status == KD_OK; k++) {
        kd_corpus *to = k == KD_TRAIN && s->is_cut ? &s->whole : &s->split[k];
        if (s->file[k]) status = kd_corpus_read(to, s->file[k], s->task, &how, s->labels, err);
        if (status != KD_OK) *to = (kd_corpus){ .name = NULL };
    }
    return status;
}

/* BioASQ's files have them beside those that a part of a text answers. */
static int count_verdicts(const char *path)
{
    kd_corpus  corpus;
    kd_error   none;
    int        count = 0;
    kd_labels *labels = kd_labels_create();
    if (kd_corpus_read(&corpus, path, KD_TASK_PAIR, NULL, labels, &none) == KD_OK) {
        count = kd_corpus_sentences(&corpus);
        kd_corpus_fini(&corpus);
    }
    kd_labels_destroy(labels);
    return count;
}

kd_status kd_survey_open(kd_survey *out, const char *path, const char *task, int tag_column,
                         kd_error *err)
{
    size_t    length = strlen(path);
    kd_status status;
    while (length > 1 && path[length - 1] == '/') length--;
    *out = (kd_survey){ .path = kd_strndup(path, length),
                        .tag_column = tag_column,
                        .labels = kd_labels_create() };
    if ((status = find_files(out, err)) != KD_OK || (status = choose_task(out, task, err)) != KD_OK)
        return status;
    status = read_files(out, err);
    if (status == KD_EDATA && !task) return tell_guess(out, status, err);
    if (status == KD_OK && out->is_cut) status = cut(out, err);
    if (status != KD_OK) return status;
    for (int k = 0; k < KD_SPLITS && out->task == KD_TASK_QA && !task; k++)
        if (out->file[k]) out->verdicts += count_verdicts(out->file[k]);
    out->is_plain = are_plain(out);
    for (; out->splits < KD_SPLITS; out->splits++)
        kd_corpus_stats_make(&out->stats[out->splits], &out->split[out->splits]);
    return KD_OK;
}

void kd_survey_close(kd_survey *survey)
{
    for (int k = 0; k < KD_SPLITS; k++) {
        if (k < survey->splits) kd_corpus_stats_fini(&survey->stats[k]);
        kd_corpus_fini(&survey->split[k]);
        free(survey->file[k]);
    }
    kd_corpus_fini(&survey->whole);
    if (survey->labels) kd_labels_destroy(survey->labels);
    free(survey->path);
    *survey = (kd_survey){ .path = NULL };
}

/* ---- telling ---- */

enum { TOLD_FROM = 6 }; /* behind a split's name */

/* Whether any row has the marks of a pair; one without is a text with a class. */
static bool has_pairs(const kd_survey *s)
{
    const kd_corpus *train = &s->split[KD_TRAIN];
    for (size_t i = 0; i < train->words.count; i++)
        if (kd_mask_has_pair(train->words.items[i].text, train->words.items[i].length)) return true;
    return false;
}

static void tell_form(const kd_survey *s, kd_str *out)
{
    static const char *const forms[] = { [KD_TASK_NER] = "mentions in text",
                                         [KD_TASK_RE] = "relations of pairs",
                                         [KD_TASK_HOC] = "hallmarks of documents",
                                         [KD_TASK_QA] = "questions about texts",
                                         [KD_TASK_PAIR] = "pairs of texts" };
    kd_str_say(out, "%s: %s (%s)", s->path,
               s->task == KD_TASK_RE && !has_pairs(s) ? "texts of one class" : forms[s->task],
               kd_task_name(s->task));
    if (s->task == KD_TASK_NER)
        kd_str_say(out, ", tags are %s", kd_scheme_name(s->split[KD_TRAIN].scheme));
    kd_str_add_char(out, '\n');
}

static void tell_kinds(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    enum { MOST = 6 };
    for (int k = 0; k < stats->kinds && k < MOST; k++) {
        const char *name = kd_corpus_stats_kind(corpus, k);
        kd_str_say(out, "%s %s %lld", k > 0 ? "," : ":", *name ? name : "(bare)",
                   (long long)stats->by_kind[k]);
    }
    if (stats->kinds > MOST) kd_str_addf(out, " and %d more", stats->kinds - MOST);
}

static void tell_split(const kd_survey *s, kd_split k, kd_str *out)
{
    const kd_corpus_stats *stats = &s->stats[k];
    kd_str                 line = KD_STR_INIT;
    kd_str_addf(&line, "%d sentences, longest %d words", stats->sentences, stats->longest);
    if (s->task == KD_TASK_NER) kd_str_addf(&line, ", %lld mentions", (long long)stats->mentions);
    if (s->task == KD_TASK_QA)
        kd_str_addf(&line, ", %d questions, %d rows without an answer", stats->questions,
                    stats->unanswered);
    tell_kinds(&s->split[k], stats, &line);
    kd_str_add_filled(out, kd_split_word(k), 0, TOLD_FROM, line.text);
    kd_str_fini(&line);
    if (!s->file[k])
        kd_str_say(out, "      cut from %s, which has no %s beside it%s\n", s->file[KD_TRAIN],
                   kd_split_word(k), s->cuts_documents ? "; by documents" : "");
    if (stats->repeated > 0)
        kd_str_addf(out, "      sentences equal to an earlier one: %d\n", stats->repeated);
}

static void tell_shared(const kd_survey *s, kd_split earlier, kd_split later, kd_str *out)
{
    kd_duplicates same = kd_corpus_duplicates(&s->split[earlier], &s->split[later]);
    if (same.count > 0)
        kd_str_addf(out, "sentences of %s that are also in %s: %d\n", kd_split_word(later),
                    kd_split_word(earlier), same.count);
}

static void tell_kinds_unseen(const kd_survey *s, kd_split k, kd_str *out)
{
    for (int i = 0; i < s->stats[k].kinds; i++) {
        int64_t known = i < s->stats[KD_TRAIN].kinds ? s->stats[KD_TRAIN].by_kind[i] : 0;
        if (known == 0 && s->stats[k].by_kind[i] > 0)
            kd_str_say(out, "%s of %s is never in train, so nothing can learn it\n",
                       kd_corpus_stats_kind(&s->split[k], i), kd_split_word(k));
    }
}

/* Names of files in it may be anybody's. */
static void tell_notes(const kd_corpus *corpus, kd_str *out)
{
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(corpus, &notes);
    for (char *rest = notes.text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        kd_str_say(out, "%s\n", line);
    kd_str_fini(&notes);
}

void kd_survey_tell(const kd_survey *s, kd_str *out)
{
    tell_form(s, out);
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++) tell_split(s, k, out);
    for (kd_split later = KD_DEVEL; later < KD_SPLITS; later++) {
        for (kd_split earlier = KD_TRAIN; earlier < later; earlier++)
            tell_shared(s, earlier, later, out);
        tell_kinds_unseen(s, later, out);
    }
    if (s->verdicts > 0)
        kd_str_addf(out,
                    "questions of yes and no that are passed over: %d; --task pair takes them\n",
                    s->verdicts);
    if (s->is_cut) tell_notes(&s->whole, out);
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++)
        if (s->file[k] && !(k == KD_TRAIN && s->is_cut)) tell_notes(&s->split[k], out);
}

kd_status kd_survey_write(const kd_survey *s, const char *folder, kd_error *err)
{
    kd_status status = kd_fs_make_folders(folder, err);
    for (kd_split k = KD_TRAIN; k < KD_SPLITS && status == KD_OK; k++) {
        char *path = kd_sprintf("%s/%s.%s", folder, kd_split_word(k), kd_task_of(s->task)->suffix);
        status = kd_corpus_write(&s->split[k], path, err);
        free(path);
    }
    return status;
}
