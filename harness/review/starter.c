/* starter.c - the numbers of a study from the sizes of its corpus, and the lines of a template. */
#include "harness/review/starter.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/say.h"
#include "harness/base/setting.h"
#include "harness/config/options.h"
#include "harness/config/source.h"
#include "harness/review/shelf.h"
#include "models/text/text_files.h"
#include "models/text/tokenizer.h"
#include "models/weights/config.h"
#include "models/weights/weights.h"

/* ---- numbers ---- */

/* The rules are told in the head of every template. */
enum {
    BATCH_LEAST = 8,
    STEPS_MOST = 6000,
    EPOCHS_MOST = 50,
    EVALUATIONS = 20,
    WORDS_A_PIECE = 50,
    VOCAB_LEAST = 300,
    VOCAB_MOST = 8000,
    PIECES_A_WORD = 4,
    LONGEST_ROW = 512,
    LAPTOP_TRAIN = 2500,
    LAPTOP_OTHERS = 1000,
    SMOKE_TRAIN = 200,
    SMOKE_OTHERS = 60,
};

typedef struct {
    int     sentences[KD_SPLITS];
    int64_t words; /* of train */
    int     longest;
} sizes;

static int64_t within(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static int batch_of(const sizes *s)
{
    return s->sentences[KD_TRAIN] < 500 ? BATCH_LEAST : s->sentences[KD_TRAIN] < 5000 ? 16 : 32;
}

static int steps_of(const sizes *s)
{
    int batch = batch_of(s), epoch = (s->sentences[KD_TRAIN] + batch - 1) / batch;
    return (int)within((int64_t)epoch * EPOCHS_MOST, 1, STEPS_MOST);
}

/* A tagged sentence is words; any other text is counted by its blanks, so both have as many pieces a word. */
static int pieces_of(const sizes *s)
{
    return (int)within(((int64_t)s->longest * PIECES_A_WORD + 2 + 63) / 64 * 64, 64, LONGEST_ROW);
}

static int vocab_of(const sizes *s)
{
    return (int)within(s->words / WORDS_A_PIECE / 100 * 100, VOCAB_LEAST, VOCAB_MOST);
}

/* ---- what stands for a word of a template ---- */

typedef struct {
    const kd_starter_options *options;
    char                     *file;   /* NAME.cfg */
    char                     *folder; /* NAME-corpus */
    const char               *study;
    kd_survey                 survey;
    int                       tag_column;
    bool                      is_invented;
    sizes                     sizes;
    kd_str                    network; /* the published teacher's settings */
    bool                      is_published, is_alone;
    kd_shelf                  shelf;
    kd_shelf_grounds          grounds; /* what a whole study stands on, copied too */
    const kd_shelf_item *template;
    kd_task task;
} starter;

/* A path as a study finds it: as it was given when that is whole or the file is written here, else
 * whole. What is another word to a study is told from it by "./". */
static void add_path(kd_str *out, const starter *s, const char *path)
{
    char *whole = strchr(s->file, '/') && path[0] != '/' ? realpath(path, NULL) : NULL;
    if (!whole && !kd_option_is_path(path)) whole = kd_sprintf("./%s", path);
    kd_source_quote(out, whole ? whole : path);
    free(whole);
}

static void add_files(kd_str *out, const starter *s)
{
    static const char *const keys[] = { "train", "devel", "test" };
    for (kd_split k = KD_TRAIN; k < KD_SPLITS; k++) {
        kd_str_addf(out, "\n    %-10s = ", keys[k]);
        add_path(out, s, s->survey.file[k]);
        kd_str_add_char(out, ';');
    }
}

static void add_corpus(kd_str *out, const starter *s)
{
    kd_str_add(out, "    corpus     = ");
    if (s->is_invented)
        kd_str_addf(out, "\"%s\"; # an invented one; name a folder here", KD_CORPUS_SYNTH);
    else if (s->task == KD_TASK_TEXT) {
        add_path(out, s, s->options->corpus);
        kd_str_add_char(out, ';');
    } else {
        if (s->survey.is_cut) /* stands beside the file */
            kd_source_quote(out, kd_fs_name(s->folder));
        else
            add_path(out, s, s->survey.path);
        kd_str_add_char(out, ';');
        if (!s->survey.is_cut && !s->survey.is_plain) add_files(out, s);
        if (!s->survey.is_cut && s->tag_column > 0)
            kd_str_addf(out, "\n    tag_column = %d;", s->tag_column);
    }
}

/* A comment: every line of what was found. */
static void add_found(kd_str *out, const starter *s)
{
    kd_str found = KD_STR_INIT;
    if (s->task == KD_TASK_TEXT && !s->is_invented)
        kd_str_addf(&found,
                    "The documents of %s, a line each; how many they are is not looked at.\n",
                    s->options->corpus);
    else if (s->is_invented)
        kd_str_add(&found,
                   "An invented corpus, which stands for yours until data.corpus names it.\n");
    else
        kd_survey_tell(&s->survey, &found);
    for (char *rest = found.text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        kd_str_addf(out, "# %s\n", line);
    kd_str_fini(&found);
}

/* For a shell, and for a comment, which ends with its line. */
static void add_shell_word(kd_str *out, const char *text)
{
    if (text[strspn(text,
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-+=@%,")])
        kd_str_add_shell(out, text);
    else
        kd_str_add(out, text);
}

static void add_part(kd_str *out, const sizes *s, int train, int others)
{
    kd_str_addf(out, "train_sentences = %d; devel_sentences = %d; test_sentences = %d;",
                (int)within(s->sentences[KD_TRAIN], 0, train),
                (int)within(s->sentences[KD_DEVEL], 0, others),
                (int)within(s->sentences[KD_TEST], 0, others));
}

static bool add_word(kd_str *out, const starter *s, const char *word)
{
    if (!strcmp(word, "name"))
        kd_source_quote(out, s->study);
    else if (!strcmp(word, "file"))
        add_shell_word(out, s->file);
    else if (!strcmp(word, "found"))
        add_found(out, s);
    else if (!strcmp(word, "corpus"))
        add_corpus(out, s);
    else if (!strcmp(word, "teacher"))
        add_path(out, s, s->options->teacher);
    else if (!strcmp(word, "vocab"))
        add_path(out, s, s->options->vocab);
    else if (!strcmp(word, "teacher_network"))
        kd_str_add(out, s->network.text);
    else if (!strcmp(word, "batch"))
        kd_str_addf(out, "%d", batch_of(&s->sizes));
    else if (!strcmp(word, "steps"))
        kd_str_addf(out, "%d", steps_of(&s->sizes));
    else if (!strcmp(word, "every"))
        kd_str_addf(out, "%d", (int)within(steps_of(&s->sizes) / EVALUATIONS, 1, STEPS_MOST));
    else if (!strcmp(word, "warmup"))
        kd_str_addf(out, "%d", steps_of(&s->sizes) / 10);
    else if (!strcmp(word, "vocab_size"))
        kd_str_addf(out, "%d", vocab_of(&s->sizes));
    else if (!strcmp(word, "max_pieces"))
        kd_str_addf(out, "%d", pieces_of(&s->sizes));
    else if (!strcmp(word, "smoke_sentences"))
        add_part(out, &s->sizes, SMOKE_TRAIN, SMOKE_OTHERS);
    else if (!strcmp(word, "laptop_sentences"))
        add_part(out, &s->sizes, LAPTOP_TRAIN, LAPTOP_OTHERS);
    else
        return false;
    return true;
}

/* ---- templates ---- */

/* Students learn from pieces of their own when no others are named: by --vocab or with the teacher. */
static bool builds_pieces(const starter *s)
{
    const char *vocab = s->options->vocab;
    return vocab ? strcmp(vocab, KD_VOCAB_BUILT) == 0 : !s->is_published;
}

static bool holds(const starter *s, const char *word)
{
    if (!strcmp(word, "published")) return s->is_published;
    if (!strcmp(word, "own")) return builds_pieces(s);
    if (!strcmp(word, "given")) return s->options->vocab && !builds_pieces(s);
    if (!strcmp(word, "shared")) return s->is_published && !s->options->vocab;
    if (!strcmp(word, "two")) return s->is_published && s->options->vocab;
    if (!strcmp(word, "alone")) return s->is_alone;
    if (!strcmp(word, "taught")) return !s->is_alone;
    return !strcmp(word, "trained") && !s->is_alone && !s->is_published;
}

static kd_status fill_line(kd_str *out, const starter *s, char *line, kd_error *err)
{
    for (char *open; (open = strstr(line, "${")) != NULL;) {
        char *close = strchr(open, '}');
        if (!close) return kd_fail(err, KD_ECONFIG, "template: no } behind %s", open);
        kd_str_add_bytes(out, line, (size_t)(open - line));
        *close = '\0';
        if (!add_word(out, s, open + 2))
            return kd_fail(err, KD_ECONFIG, "template: nothing stands for %s", open + 2);
        line = close + 1;
    }
    kd_str_add(out, line);
    return KD_OK;
}

static kd_status fill(kd_str *out, const starter *s, kd_error *err)
{
    kd_status status = KD_OK;
    kd_str    text = KD_STR_INIT; /* is cut up */
    kd_str_add(&text, s->template->text.text);
    for (char *line = text.text, *next; *line && status == KD_OK; line = next) {
        char *end = strchrnul(line, '\n'), *bar;
        next = end + (*end != '\0');
        *end = '\0';
        if (*line == '?' && (bar = strchr(line, '|')) != NULL) {
            *bar = '\0';
            if (!holds(s, line + 1)) continue;
            line = bar + 1;
        }
        size_t before = out->length;
        status = fill_line(out, s, line, err);
        bool is_whole = out->length > before && out->text[out->length - 1] == '\n';
        if (!is_whole) kd_str_add_char(out, '\n');
    }
    kd_str_fini(&text);
    return status;
}

/* ---- whole studies ---- */

static void add_replaced(kd_str *out, const char *text, const char *from, const char *to)
{
    for (const char *next; (next = strstr(text, from)) != NULL; text = next + strlen(from)) {
        kd_str_add_bytes(out, text, (size_t)(next - text));
        kd_str_add(out, to);
    }
    kd_str_add(out, text);
}

/* Under a name of its own; its comments then name this file. */
static void copy_study(kd_str *out, const starter *s)
{
    const char *text = s->template->text.text, *name = strstr(text, "\n  name");
    kd_str      named = KD_STR_INIT, file = KD_STR_INIT;
    KD_CHECK(name, "%s: no name of the study", s->template->place);
    kd_str_add_bytes(&named, text, (size_t)(name - text));
    kd_str_add(&named, "\n  name  = ");
    kd_source_quote(&named, s->study);
    kd_str_add(&named, strchr(name, ';'));
    add_shell_word(&file, s->file);
    add_replaced(out, named.text, s->template->place, file.text);
    kd_str_fini(&file);
    kd_str_fini(&named);
}

/* ---- the parts of a study ---- */

/* The settings of its kind that config.json gives another value than they have without it. */
static void print_network(kd_str *out, const kd_arch *arch)
{
    const kd_model_kind *kind = kd_arch_kind(arch);
    kd_arch              usual;
    kd_arch_begin(&usual, arch->kind);
    kd_str_addf(out, "kind = \"%s\";", kind->name);
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        kd_str value = KD_STR_INIT, without = KD_STR_INIT;
        kd_setting_print(row, arch, &value);
        kd_setting_print(row, &usual, &without);
        if (!kd_list_has("kind vocab labels head", row->key) &&
            kd_setting_used_by(row, kind->name) && strcmp(value.text, without.text) != 0) {
            bool is_word = row->type == KD_SETTING_TEXT || row->type == KD_SETTING_CHOICE;
            kd_str_addf(out, is_word ? " %s = \"%s\";" : " %s = %s;", row->key, value.text);
        }
        kd_str_fini(&without);
        kd_str_fini(&value);
    }
}

/* The study opens both; without them it would be one that does not run. */
static kd_status check_teacher(const char *folder, kd_error *err)
{
    kd_weights      *weights = NULL;
    kd_tokenizer    *tokenizer = NULL;
    kd_token_options options;
    kd_setting_defaults(kd_token_settings, &options);
    kd_status status = kd_weights_open(&weights, folder, err);
    if (status == KD_OK) status = kd_tokenizer_open(&tokenizer, folder, &options, err);
    if (status == KD_OK) kd_tokenizer_destroy(tokenizer);
    kd_weights_close(weights);
    return status;
}

/* A sequence's head reads the pooler, which config.json does not speak of; masked words do without. */
static kd_status read_teacher(starter *s, kd_error *err)
{
    kd_published published;
    if (!s->is_published) return KD_OK;
    char     *path = kd_fs_join(s->options->teacher, KD_CONFIG_FILE);
    kd_status status = kd_config_read(&published, path, err);
    free(path);
    if (status != KD_OK) return kd_while(err, status, "--teacher");
    if ((status = check_teacher(s->options->teacher, err)) != KD_OK) {
        kd_published_fini(&published);
        return kd_while(err, status, "--teacher");
    }
    bool is_text = s->task == KD_TASK_TEXT;
    if (is_text || !kd_task_is_of_pieces(s->task)) published.arch.encoder.pooler = !is_text;
    print_network(&s->network, &published.arch);
    kd_published_fini(&published);
    return KD_OK;
}

/* Whether a text has a first document. */
static kd_status find_texts(const char *path, kd_error *err)
{
    kd_text_files *files = NULL;
    const char    *text;
    size_t         length;
    bool           more = true;
    kd_status      status = kd_text_files_open(&files, path, err);
    if (status == KD_OK) status = kd_text_files_next(files, &text, &length, &more, err);
    if (status == KD_OK && !more) status = kd_fail(err, KD_EDATA, "%s: no document in it", path);
    kd_text_files_close(files);
    return status;
}

static kd_status read_column(int *out, const char *text, kd_error *err)
{
    kd_corpus_options reading;
    kd_setting_defaults(kd_corpus_settings, &reading);
    if (text && kd_setting_put(kd_setting_find(kd_corpus_settings, "tag_column"), &reading, text,
                               err) != KD_OK)
        return kd_while(err, KD_EUSAGE, "--tag-column");
    *out = reading.tag_column;
    return KD_OK;
}

static kd_status read_corpus(starter *s, kd_error *err)
{
    kd_status status;
    s->is_invented = s->options->corpus == NULL;
    if (s->is_invented || s->task == KD_TASK_TEXT) {
        s->sizes = (sizes){ .sentences = { 2000, 300, 500 }, .words = 30000, .longest = 30 };
        return s->is_invented ? KD_OK : find_texts(s->options->corpus, err);
    }
    if ((status = read_column(&s->tag_column, s->options->tag_column, err)) != KD_OK) return status;
    status = kd_survey_open(&s->survey, s->options->corpus, s->options->task, s->tag_column, err);
    if (status != KD_OK) return status;
    for (int k = 0; k < KD_SPLITS; k++) {
        s->sizes.sentences[k] = s->survey.stats[k].sentences;
        if (s->survey.stats[k].longest > s->sizes.longest)
            s->sizes.longest = s->survey.stats[k].longest;
    }
    s->task = s->survey.task;
    s->sizes.words = s->survey.stats[KD_TRAIN].words;
    if (s->sizes.sentences[KD_TRAIN] >= BATCH_LEAST) return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: too few training sentences for a study: %d, at least %d",
                   s->survey.path, s->sizes.sentences[KD_TRAIN], BATCH_LEAST);
}

/* Each task has its template. */
static const char *const of_task[] = {
    [KD_TASK_NER] = "entities", [KD_TASK_RE] = "relations", [KD_TASK_HOC] = "documents",
    [KD_TASK_QA] = "questions", [KD_TASK_PAIR] = "pairs",   [KD_TASK_TEXT] = "pretraining",
};

/* What was asked for: a template, whose task is that of an invented corpus, or a whole study. */
static kd_status find_asked(starter *s, kd_error *err)
{
    const kd_starter_options *o = s->options;
    if (!o->corpus && !o->template)
        return kd_fail(
            err, KD_EUSAGE,
            "new: --corpus or --template is missing; `kdgrid new --list` shows templates");
    if (o->template && !(s->template = kd_shelf_find(&s->shelf, o->template)))
        return kd_fail(err, KD_EUSAGE, "no template is called %s; `kdgrid new --list` shows them",
                       o->template);
    if (s->template && s->template->kind != KD_SHELF_TEMPLATE &&
        (o->corpus || o->task || o->teacher || o->vocab || o->tag_column))
        return kd_fail(err, KD_EUSAGE,
                       "new: --template %s is a whole study, with corpora and networks of its own",
                       o->template);
    for (int t = 0; o->template && t < KD_TASK_COUNT; t++)
        if (!strcmp(of_task[t], o->template)) s->task = (kd_task)t;
    if (o->task && !strcmp(o->task, kd_task_name(KD_TASK_TEXT))) s->task = KD_TASK_TEXT;
    return KD_OK;
}

/* The one of the corpus' task. */
static kd_status choose_template(starter *s, kd_error *err)
{
    const char *asked = s->options->template;
    if (asked && strcmp(asked, of_task[s->task]) != 0)
        return kd_fail(
            err, KD_EUSAGE, "new: --template %s is not for the task %s of %s, which has %s", asked,
            kd_task_name(s->task), s->survey.path ? s->survey.path : "--task", of_task[s->task]);
    s->template = kd_shelf_find(&s->shelf, of_task[s->task]);
    if (s->template) return KD_OK;
    return kd_fail(err, KD_ENOINPUT, "no template %s came with the program", of_task[s->task]);
}

static kd_status check_vocab(const starter *s, kd_error *err)
{
    const char *vocab = s->options->vocab;
    if (vocab && strcmp(vocab, KD_VOCAB_BUILT) != 0 && !kd_fs_exists(vocab))
        return kd_fail(err, KD_ENOINPUT, "--vocab: no such file or folder: %s", vocab);
    if (vocab && s->is_published && (s->task == KD_TASK_QA || s->task == KD_TASK_TEXT))
        return kd_fail(
            err, KD_EUSAGE,
            "new: --vocab: of %s a published teacher and its students read the same pieces",
            of_task[s->task]);
    return KD_OK;
}

static kd_status fill_template(kd_str *out, starter *s, kd_error *err)
{
    kd_status status = read_corpus(s, err);
    if (status == KD_OK) status = choose_template(s, err);
    if (status == KD_OK) status = check_vocab(s, err);
    if (status == KD_OK) status = read_teacher(s, err);
    return status == KD_OK ? fill(out, s, err) : status;
}

/* Names that are part of other things: of a study, of a path in quotes, of a line of text. */
static kd_status check_names(const starter *s, kd_error *err)
{
    const char *paths[] = { s->options->name, s->options->corpus, s->options->teacher,
                            s->options->vocab };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (paths[i] && strchr(paths[i], '\n'))
            return kd_fail(
                err, KD_EUSAGE,
                "new: a path with an end of line in it cannot stand in an experiment file");
    if (!*s->study ||
        s->study[strspn(s->study,
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
        return kd_fail(err, KD_EUSAGE,
                       "new: '%s': the name of a study is letters, digits, and . _ -", s->study);
    if (kd_fs_exists(s->file))
        return kd_fail(err, KD_ECREATE, "%s is there already; nothing is written", s->file);
    return KD_OK;
}

/* Where what the study stands on is looked for; the caller frees it. */
static char *path_of_ground(const starter *s, const kd_shelf_ground *ground)
{
    char *folder = kd_fs_folder(s->file), *path = kd_fs_join(folder, ground->path);
    free(folder);
    return path;
}

/* What is there already has to be the same; another copy brought it. */
static kd_status check_ground(const char *path, const kd_shelf_ground *ground, kd_error *err)
{
    kd_str    there = KD_STR_INIT;
    kd_status status = KD_OK;
    if (!kd_fs_exists(path)) return KD_OK;
    if ((status = kd_fs_read(path, &there, err)) == KD_OK &&
        strcmp(there.text, ground->item->text.text) != 0)
        status = kd_fail(err, KD_ECREATE,
                         "%s is there already, and is another study; nothing is written", path);
    kd_str_fini(&there);
    return status;
}

static kd_status write_ground(const char *path, const kd_shelf_ground *ground, kd_error *err)
{
    char     *folder = kd_fs_folder(path);
    kd_status status = kd_fs_make_folders(folder, err);
    if (status == KD_OK)
        status = kd_fs_write(path, ground->item->text.text, ground->item->text.length, err);
    free(folder);
    return status;
}

static kd_status each_ground(const starter *s,
                             kd_status (*act)(const char *path, const kd_shelf_ground *ground,
                                              kd_error *err),
                             kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t i = 0; i < s->grounds.count && status == KD_OK; i++) {
        char *path = path_of_ground(s, &s->grounds.items[i]);
        status = act(path, &s->grounds.items[i], err);
        free(path);
    }
    return status;
}

/* Splits that had to be cut, what the study stands on, and then the file. */
static kd_status write_all(const starter *s, const kd_str *text, kd_error *err)
{
    kd_status status = each_ground(s, check_ground, err);
    if (status != KD_OK) return status;
    if (s->survey.is_cut && kd_fs_exists(s->folder))
        return kd_fail(err, KD_ECREATE, "%s is there already; nothing is written", s->folder);
    if (s->survey.is_cut) status = kd_survey_write(&s->survey, s->folder, err);
    if (status == KD_OK) status = each_ground(s, write_ground, err);
    if (status == KD_OK) status = kd_fs_write(s->file, text->text, text->length, err);
    if (status != KD_OK && s->survey.is_cut) kd_fs_remove(s->folder, NULL);
    return status;
}

/* A verb, and what follows the file. */
static void tell_next(kd_str *out, const char *file, const char *const *lines)
{
    const char *before = "next:   ";
    for (; *lines; lines += 2, before = "        ")
        kd_str_say(out, "%s kdgrid %-5s %s%s\n", before, lines[0], file, lines[1]);
}

static void tell(const starter *s, kd_str *out)
{
    static const char *const of_study[] = {
        "plan",  " --profile smoke", "run",  " --profile smoke",
        "table", " --profile smoke", "plan", "",
        NULL,
    };
    static const char *const of_corpus[] = {
        "plan", " --profile smoke",       "run", " --profile smoke", "table", " --profile smoke",
        "run",  " --profile laptop -n 2", NULL,
    };
    static const char *const uses[] = {
        [KD_TASK_NER] = "predict best TEXT",
        [KD_TASK_RE] = "predict best SENTENCES --lines",
        [KD_TASK_HOC] = "predict best TEXT",
        [KD_TASK_QA] = "predict best QUESTIONS.jsonl",
        [KD_TASK_PAIR] = "predict best PAIRS.jsonl",
        [KD_TASK_TEXT] = "model export best -o FOLDER",
    };
    kd_str file = KD_STR_INIT;
    bool   is_template = s->template->kind == KD_SHELF_TEMPLATE;
    if (s->survey.path) kd_survey_tell(&s->survey, out);
    add_shell_word(&file, s->file);
    kd_str_say(out, "\nwritten: %s", s->file);
    if (s->survey.is_cut) kd_str_say(out, ", and the splits to %s", s->folder);
    for (size_t i = 0; i < s->grounds.count; i++)
        kd_str_say(out, "%s%s", i ? ", " : ", which stands on ", s->grounds.items[i].path);
    kd_str_add_char(out, '\n');
    tell_next(out, file.text, is_template ? of_corpus : of_study);
    if (is_template) kd_str_say(out, "         kdgrid %s\n", uses[s->task]);
    kd_str_fini(&file);
}

kd_status kd_starter_list(kd_str *out, kd_error *err)
{
    kd_shelf  shelf;
    kd_status status = kd_shelf_open(&shelf, err);
    if (status == KD_OK) kd_shelf_tell(&shelf, out);
    kd_shelf_close(&shelf);
    return status;
}

static kd_status make_text(kd_str *out, starter *s, kd_error *err)
{
    kd_status status = check_names(s, err);
    if (status == KD_OK) status = kd_shelf_open(&s->shelf, err);
    if (status == KD_OK) status = find_asked(s, err);
    if (status != KD_OK) return status;
    if (!s->template || s->template->kind == KD_SHELF_TEMPLATE) return fill_template(out, s, err);
    copy_study(out, s);
    kd_shelf_find_grounds(&s->shelf, s->template, &s->grounds);
    return KD_OK;
}

kd_status kd_starter_write(const kd_starter_options *options, kd_str *told, kd_error *err)
{
    size_t  length = strlen(options->name);
    bool    has_end = kd_ends_with(options->name, ".cfg");
    char   *base = kd_strndup(options->name, length - (has_end ? 4 : 0));
    starter s = { .options = options,
                  .file = kd_sprintf("%s.cfg", base),
                  .folder = kd_sprintf("%s-corpus", base),
                  .study = kd_fs_name(base),
                  .grounds = KD_VEC_INIT,
                  .network = KD_STR_INIT };
    kd_str  text = KD_STR_INIT;
    s.is_alone = options->teacher && !strcmp(options->teacher, KD_STARTER_ALONE);
    s.is_published =
        options->teacher && !s.is_alone && strcmp(options->teacher, KD_STARTER_TRAINED) != 0;
    kd_status status = make_text(&text, &s, err);
    if (status == KD_OK) status = write_all(&s, &text, err);
    if (status == KD_OK) tell(&s, told);
    kd_str_fini(&text);
    kd_str_fini(&s.network);
    kd_survey_close(&s.survey);
    kd_shelf_grounds_fini(&s.grounds);
    kd_shelf_close(&s.shelf);
    free(s.folder);
    free(s.file);
    free(base);
    return status;
}
