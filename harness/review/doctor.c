/* doctor.c - nodes of the plan, one after another, each looked at once by what matters of it. */
#include "harness/review/doctor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/cell/source_corpus.h"
#include "harness/plan/id_map.h"
#include "harness/plan/plan.h"
#include "harness/store/foreign.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"
#include "models/model.h"
#include "models/text/basic.h"
#include "models/text/embeddings.h"
#include "models/text/pack_build.h"
#include "models/text/piece_vectors.h"
#include "models/text/stats.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"
#include "results/study_table.h"

struct kd_diagnosis {
    KD_VEC(kd_checkup) checkups;
};

/* What the checks of networks need to know of a corpus that has been read. */
typedef struct {
    int     sentences; /* of train, not augmented, and unlabelled ones */
    int     longest;   /* pieces of the longest row, as packed */
    char   *labels;    /* a name a line, in the order of ids */
    char   *name;      /* of train */
    kd_map *words;     /* of train, with how often they occur */
} examined;

static void fini_examined(examined *e)
{
    free(e->labels);
    free(e->name);
    kd_map_destroy(e->words);
}

typedef struct {
    const kd_doctor_limits *limits;
    kd_diagnosis           *told;
    kd_plan                *plan;
    kd_arena               *arena;
    KD_VEC(examined) corpora;
    kd_id_map numbers; /* a corpus node's id to its index in `corpora` */
    kd_map   *seen;    /* what has been checked, by what matters of it; corpora to their index */
} doctor;

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static void count_at_most(doctor *d, const char *check, const char *where, const char *what,
                          int64_t value, int64_t limit)
{
    kd_vec_push(&d->told->checkups, (kd_checkup){ check, kd_strdup(where), what, (double)value,
                                                  (double)limit, .is_count = true });
}

static void count_at_least(doctor *d, const char *check, const char *where, const char *what,
                           int64_t value, int64_t limit)
{
    count_at_most(d, check, where, what, value, limit);
    d->told->checkups.items[d->told->checkups.count - 1].is_least = true;
}

static void share_at_most(doctor *d, const char *check, const char *where, const char *what,
                          double value, double limit)
{
    kd_vec_push(&d->told->checkups, (kd_checkup){ check, kd_strdup(where), what, value, limit });
}

static void share_at_least(doctor *d, const char *check, const char *where, const char *what,
                           double value, double limit)
{
    kd_vec_push(&d->told->checkups,
                (kd_checkup){ check, kd_strdup(where), what, value, limit, .is_least = true });
}

/* How a corpus is looked at: in a teacher's own pieces the sentences are what they were in the student's, and where its
 * labelled sentences were told of, which another one shares, only the unlabelled ones are new. */
typedef struct {
    bool is_apart, is_told;
} looking;

/* ---- one split ---- */

static void check_labels(doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (corpus->task == KD_TASK_NER) {
        share_at_most(d, "invalid", corpus->name, "tags that their scheme forbids",
                      share(corpus->notes[KD_NOTE_INVALID].count, (int64_t)corpus->tags.count),
                      d->limits->max_invalid);
        if (s != KD_TRAIN)
            count_at_most(d, "scheme", corpus->name, "schemes that train is not written in",
                          corpus->scheme != source->split[KD_TRAIN].scheme, 0);
    }
    if (s != KD_TRAIN && corpus->task != KD_TASK_TEXT)
        count_at_most(d, "labels", corpus->name, "labels that earlier splits do not have",
                      corpus->notes[KD_NOTE_NEW_LABEL].count, d->limits->max_labels);
}

static void check_duplicates(doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (s == KD_TRAIN) return;
    kd_duplicates same = kd_corpus_duplicates(&source->split[KD_TRAIN], corpus);
    share_at_most(d, "duplicates", corpus->name, "sentences that train has too",
                  share(same.count, kd_corpus_sentences(corpus)), d->limits->max_duplicates);
}

static kd_map *count_words(const kd_corpus *corpus, bool is_uncased)
{
    kd_map  *counts = kd_map_create();
    kd_basic basic = KD_BASIC_INIT;
    for (size_t i = 0; i < corpus->words.count; i++)
        kd_basic_count(&basic, corpus->words.items[i].text, corpus->words.items[i].length,
                       is_uncased, counts);
    kd_basic_fini(&basic);
    return counts;
}

static double coverage(const kd_map *known, const kd_map *counts)
{
    int64_t found = 0, all = 0;
    for (size_t i = 0; i < kd_map_count(counts); i++) {
        int64_t number = kd_map_at(counts, i)->number;
        all += number;
        if (kd_map_get(known, kd_map_key(counts, i))) found += number;
    }
    return all ? share(found, all) : 1.0;
}

/* `words` are those of train, as they are written. */
static void check_coverage(doctor *d, const kd_source_corpus *source, const kd_map *words)
{
    bool    is_uncased = source->tokenizer && kd_tokenizer_is_uncased(source->tokenizer);
    kd_map *folded = is_uncased ? count_words(&source->split[KD_TRAIN], true) : NULL;
    for (int s = KD_DEVEL; s < source->splits; s++) {
        kd_map *counts = count_words(&source->split[s], is_uncased);
        share_at_least(d, "coverage", source->split[s].name, "words that train has too",
                       coverage(folded ? folded : words, counts), d->limits->min_coverage);
        kd_map_destroy(counts);
    }
    kd_map_destroy(folded);
}

static void tell_pieces(doctor *d, const kd_corpus *corpus, bool is_apart, const kd_pack *pack,
                        const kd_pack_stats *stats)
{
    char *where = kd_sprintf("%s%s", corpus->name, is_apart ? " as the teacher reads it" : "");
    share_at_most(d, "unknown", where, "pieces that are [UNK]",
                  share(stats->unknown, stats->pieces), d->limits->max_unknown);
    share_at_most(d, "cut", where, "words cut by the length limit",
                  share(stats->cut_words, pack->words), d->limits->max_cut);
    free(where);
}

static kd_status check_pieces(doctor *d, const kd_source_corpus *source, const kd_corpus *corpus,
                              const looking *how, int *longest, kd_error *err)
{
    kd_pack       pack;
    kd_pack_stats stats;
    if (!source->tokenizer) return KD_OK; /* another study's, which is not built yet */
    kd_status status =
        kd_pack_build(&pack, corpus, source->tokenizer, &source->tokens, &stats, err);
    if (status != KD_OK) return status;
    if (!how->is_told || corpus == &source->unlabelled)
        tell_pieces(d, corpus, how->is_apart, &pack, &stats);
    int most = source->tokens.max_pieces;
    int row = most > 0 && stats.longest > most ? most : stats.longest;
    if (row > *longest) *longest = row;
    kd_pack_fini(&pack);
    return KD_OK;
}

/* ---- word vectors ---- */

/* Words of train against a file of vectors. */
static kd_status check_vectors(doctor *d, const kd_map *counts, const char *where, const char *path,
                               kd_error *err)
{
    kd_map        *wanted = kd_map_create();
    kd_embeddings *embeddings;
    for (size_t i = 0; i < kd_map_count(counts); i++) {
        const char *word = kd_map_key(counts, i);
        kd_embeddings_want(wanted, word, strlen(word));
    }
    kd_status status = kd_embeddings_read(&embeddings, path, wanted, err);
    if (status == KD_OK) {
        kd_embeddings_hits hits = kd_embeddings_cover(embeddings, counts);
        share_at_least(d, "vectors", where, "words that have a vector",
                       share(hits.tokens_found, hits.tokens), d->limits->min_hits);
        kd_embeddings_destroy(embeddings);
    }
    kd_map_destroy(wanted);
    return status;
}

/* ---- sentences without labels ---- */

static void add_without_blanks(kd_str *out, kd_word word)
{
    for (uint32_t i = 0; i < word.length; i++)
        if (word.text[i] != ' ') kd_str_add_char(out, word.text[i]);
}

/* Sentences as rows without blanks: who cuts words otherwise still has the same sentence. */
static kd_corpus glue(const kd_corpus *corpus)
{
    kd_corpus out;
    kd_str    text = KD_STR_INIT;
    kd_corpus_init(&out, KD_TASK_TEXT, corpus->name, NULL);
    for (int b = 0; b < kd_corpus_sentences(corpus); b++) {
        kd_str_reset(&text);
        for (int i = corpus->begin.items[b]; i < corpus->begin.items[b + 1]; i++)
            add_without_blanks(&text, corpus->words.items[i]);
        kd_corpus_add_row(&out, text.text, text.length, 0, 0);
    }
    kd_str_fini(&text);
    return out;
}

/* What is evaluated should not be what a teacher labelled for its student. */
static void check_unlabelled(doctor *d, const kd_source_corpus *source)
{
    kd_corpus text = glue(&source->unlabelled);
    count_at_least(d, "unlabelled", "data.unlabelled", "sentences without labels",
                   kd_corpus_sentences(&source->unlabelled), 1);
    for (int s = KD_DEVEL; s < source->splits; s++) {
        kd_corpus     split = glue(&source->split[s]);
        kd_duplicates same = kd_corpus_duplicates(&text, &split);
        share_at_most(d, "duplicates", split.name, "sentences that data.unlabelled has too",
                      share(same.count, kd_corpus_sentences(&split)), d->limits->max_duplicates);
        kd_corpus_fini(&split);
    }
    kd_corpus_fini(&text);
}

/* ---- a corpus ---- */

static kd_status check_source(doctor *d, const kd_source_corpus *source, const looking *how,
                              examined *out, kd_error *err)
{
    kd_status status = KD_OK;
    kd_str    labels = KD_STR_INIT;
    int       unlabelled = kd_source_corpus_unlabelled(source);
    kd_labels_to_text(source->labels, &labels);
    out->labels = kd_str_take(&labels);
    out->sentences = kd_corpus_sentences(&source->split[KD_TRAIN]) + unlabelled;
    out->name = kd_strdup(source->split[KD_TRAIN].name);
    out->words = count_words(&source->split[KD_TRAIN], false);
    bool tells_words = !how->is_apart && !how->is_told;
    for (kd_split s = KD_TRAIN; (int)s < source->splits && status == KD_OK; s++) {
        if (tells_words) check_labels(d, source, s);
        if (tells_words) check_duplicates(d, source, s);
        status = check_pieces(d, source, &source->split[s], how, &out->longest, err);
    }
    if (tells_words) check_coverage(d, source, out->words);
    if (status == KD_OK && unlabelled > 0)
        status = check_pieces(d, source, &source->unlabelled, how, &out->longest, err);
    if (status == KD_OK && unlabelled > 0 && !how->is_apart) check_unlabelled(d, source);
    if (status != KD_OK || !d->limits->vectors || !tells_words) return status;
    return check_vectors(d, out->words, out->name, d->limits->vectors, err);
}

/* A text is as large as it likes, and has no labels that could be wrong. */
static void examine_text(const kd_source_corpus *source, examined *out)
{
    out->labels = kd_strdup("");
    out->name = kd_strdup(kd_resolved_file_of(source->node, KD_FILE_TRAIN)->path);
    out->words = kd_map_create();
    out->sentences = INT_MAX;
    out->longest = source->tokens.max_pieces;
}

/* The node without its augmentation, which changes none of the checks; and without its unlabelled text, of which some are
 * not. */
static void describe_source(const kd_resolved *node, bool has_unlabelled, kd_str *out)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (!kd_starts_with(node->set[i].key, "augment.") &&
            (has_unlabelled || !kd_starts_with(node->set[i].key, "data.unlabelled")))
            kd_str_addf(out, "\n%s=%s", node->set[i].key, node->set[i].value);
    for (size_t i = 0; i < node->file_count; i++)
        if (has_unlabelled || node->files[i].role < KD_FILE_UNLABELLED ||
            node->files[i].role >= kd_file_unlabelled(KD_UNLABELLED_MAX))
            kd_str_addf(out, "\n%s %s", kd_file_role_word(node->files[i].role),
                        node->files[i].path);
    if (node->input_count > 0) kd_str_add(out, "\nin another's pieces");
}

static kd_status examine_source(doctor *d, const kd_resolved *node, const looking *how,
                                examined *out, kd_error *err)
{
    kd_source_corpus source;
    kd_str           notes = KD_STR_INIT;
    kd_status        status = kd_source_corpus_open(&source, node, err);
    if (status == KD_OK && !how->is_told) kd_source_corpus_tell(&source, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
    if (status == KD_OK && source.is_streamed)
        examine_text(&source, out);
    else if (status == KD_OK)
        status = check_source(d, &source, how, out, err);
    kd_source_corpus_close(&source);
    return status;
}

static kd_status examine_corpus(doctor *d, const kd_resolved *node, bool is_apart, kd_error *err)
{
    kd_str    key = KD_STR_INIT, labelled = KD_STR_INIT;
    examined  found = { .sentences = 0 };
    kd_status status = KD_OK;
    kd_str_add(&key, "corpus");
    describe_source(node, true, &key);
    kd_str_add(&labelled, "labelled");
    describe_source(node, false, &labelled);
    looking how = { is_apart, kd_map_get(d->seen, labelled.text) };
    int64_t number = kd_map_number(d->seen, key.text, -1);
    if (number < 0 && (status = examine_source(d, node, &how, &found, err)) == KD_OK) {
        number = (int64_t)d->corpora.count;
        kd_map_put_number(d->seen, key.text, number);
        kd_map_put_number(d->seen, labelled.text, number);
        kd_vec_push(&d->corpora, found);
    } else if (status != KD_OK) {
        fini_examined(&found);
    }
    if (status == KD_OK) kd_id_map_put(&d->numbers, node->id, (int32_t)number);
    kd_str_fini(&key);
    kd_str_fini(&labelled);
    return status;
}

/* ---- labels of a checkpoint ---- */

/* A network can be read without config.json. */
static bool is_bare(const char *folder, const char *config)
{
    kd_arch  ignored;
    kd_error why;
    return !kd_fs_exists(config) && kd_pretrained_arch(&ignored, folder, &why) == KD_OK;
}

/* Of a published folder, as those who load it read them; none when it names none. */
static kd_status read_folder_labels(const char *folder, kd_str *out, kd_error *err)
{
    char        *path = kd_fs_join(folder, KD_CONFIG_FILE);
    bool         has_config = !is_bare(folder, path);
    kd_published published;
    kd_status    status = has_config ? kd_config_read(&published, path, err) : KD_OK;
    if (status == KD_OK && has_config) {
        if (published.labels) kd_str_add(out, published.labels);
        kd_published_fini(&published);
    }
    free(path);
    return status;
}

static kd_status read_object_labels(const char *path, kd_str *out, kd_error *err)
{
    kd_object *object = NULL;
    bool       has = false;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status == KD_OK) status = kd_object_has(object, KD_KEY_LABELS, &has, err);
    if (status == KD_OK && has) status = kd_object_get_text(object, KD_KEY_LABELS, out, err);
    kd_object_close(object);
    return status;
}

/* Name -> its id, of names that stand a line each. */
static kd_map *number_lines(const char *lines)
{
    kd_map *numbers = kd_map_create();
    for (int64_t id = 0; *lines; id++) {
        size_t length = strcspn(lines, "\n");
        char  *name = kd_strndup(lines, length);
        kd_map_put_number(numbers, name, id);
        free(name);
        lines += length + (lines[length] == '\n');
    }
    return numbers;
}

/* How many labels one side has elsewhere or not at all. Sides that have at most O in common are
 * different tasks: the network gets a new head, and nothing is mixed up. */
static int64_t count_displaced(const char *theirs, const char *ours)
{
    kd_map *there = number_lines(theirs), *here = number_lines(ours);
    int64_t common = 0, equal = 0, all;
    for (size_t i = 0; i < kd_map_count(there); i++) {
        const char *name = kd_map_key(there, i);
        int64_t     id = kd_map_number(here, name, -1);
        common += id >= 0 && strcmp(name, "O") != 0;
        equal += id == kd_map_at(there, i)->number;
    }
    all = (int64_t)(kd_map_count(there) > kd_map_count(here) ? kd_map_count(there)
                                                             : kd_map_count(here));
    kd_map_destroy(there);
    kd_map_destroy(here);
    return common > 0 ? all - equal : 0;
}

/* How many of ours one side has not. */
static int64_t count_missing(const char *theirs, const char *ours)
{
    kd_map *there = number_lines(theirs), *here = number_lines(ours);
    int64_t missing = 0;
    for (size_t i = 0; i < kd_map_count(here); i++)
        missing += !kd_map_get(there, kd_map_key(here, i));
    kd_map_destroy(there);
    kd_map_destroy(here);
    return missing;
}

/* Whether the head is trained no further, and so found by name (harness/cell/first_weights.h). */
static bool is_ready(const kd_resolved *node)
{
    static const char *const trains[] = { "teacher.train.", "finetune.train.", "train." };
    for (size_t i = 0; i < sizeof trains / sizeof *trains; i++) {
        char       *epochs_key = kd_sprintf("%sepochs", trains[i]);
        char       *steps_key = kd_sprintf("%ssteps", trains[i]);
        const char *epochs = kd_resolved_value(node, epochs_key);
        const char *steps = kd_resolved_value(node, steps_key);
        free(epochs_key);
        free(steps_key);
        if (epochs) return strcmp(epochs, "0") == 0 && (!steps || strcmp(steps, "0") == 0);
    }
    return false;
}

static bool names_labels(const kd_resolved *node)
{
    static const char *const keys[] = { "teacher.label_names", "finetune.label_names",
                                        "student.label_names" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *names = kd_resolved_value(node, keys[i]);
        if (names && *names) return true;
    }
    return false;
}

static void count_labels(doctor *d, const kd_resolved *node, const char *path, const char *theirs,
                         const char *ours)
{
    if (*theirs && is_ready(node))
        count_at_most(d, "labels", path, "labels of the data that its head has not",
                      count_missing(theirs, ours), 0);
    else
        count_at_most(d, "labels", path, "labels that stand elsewhere than in the data",
                      count_displaced(theirs, ours), 0);
}

/* Weights of the head that stand for other labels would be taken for those of the data. Names that
 * the study gives them are held against the head by the cell. */
static kd_status check_checkpoint(doctor *d, const kd_resolved *node, const examined *corpus,
                                  kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_INIT);
    if (!file || names_labels(node)) return KD_OK;
    kd_str    key = KD_STR_INIT, theirs = KD_STR_INIT;
    kd_status status = KD_OK;
    kd_str_addf(&key, "%s\n%d\n%s", file->path, is_ready(node), corpus->labels);
    if (!kd_map_get(d->seen, key.text)) {
        kd_map_put_number(d->seen, key.text, 0);
        status = kd_fs_is_folder(file->path) ? read_folder_labels(file->path, &theirs, err)
                                             : read_object_labels(file->path, &theirs, err);
        if (status == KD_OK) count_labels(d, node, file->path, theirs.text, corpus->labels);
    }
    kd_str_fini(&key);
    kd_str_fini(&theirs);
    return status;
}

static const examined *corpus_of(const doctor *d, const kd_resolved *node)
{
    int32_t number = kd_id_map_get(&d->numbers, kd_resolved_input_id(node, KD_INPUT_CORPUS));
    return number < 0 ? NULL : &d->corpora.items[number];
}

/* Columns of a file of targets have to be the labels of the data, all of them, in their order. */
static kd_status examine_targets(doctor *d, const kd_resolved *node, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_TARGETS);
    const examined         *corpus = corpus_of(d, node);
    kd_foreign             *foreign;
    kd_str                  theirs = KD_STR_INIT;
    if (!file || !corpus) return KD_OK;
    kd_status status = kd_foreign_open(&foreign, file->path, err);
    if (status == KD_OK) status = kd_foreign_texts(foreign, "labels", &theirs, err);
    if (status == KD_OK) {
        bool    agrees = strcmp(theirs.text, corpus->labels) == 0;
        int64_t displaced = count_displaced(theirs.text, corpus->labels);
        count_at_most(d, "labels", file->path, "labels that stand elsewhere than in the data",
                      agrees          ? 0
                      : displaced > 0 ? displaced
                                      : 1,
                      0);
    }
    kd_foreign_close(foreign);
    kd_str_fini(&theirs);
    return status;
}

/* How much of what a student reads begins with a vector, by the rule that it has. Augmentation would change the
 * counts of a mean a little, and is left out. */
static kd_status count_vectors(doctor *d, const kd_source_corpus *source, const kd_resolved *node,
                               const char *path, kd_error *err)
{
    kd_arch            arch;
    kd_vectors_options how;
    kd_vectors_hits    hits;
    kd_pack            pack;
    const kd_corpus   *train = &source->split[KD_TRAIN];
    kd_status          status = kd_resolved_fill(node, "student.", kd_arch_settings(), &arch, err);
    if (status == KD_OK)
        status = kd_resolved_fill(node, "student.", kd_vectors_settings, &how, err);
    if (status == KD_OK)
        status = kd_pack_build(&pack, train, source->tokenizer, &source->tokens, NULL, err);
    if (status != KD_OK) return status;
    status = kd_piece_vectors(NULL, arch.embedding, path, kd_tokenizer_vocab(source->tokenizer),
                              &pack, how.vectors_rule, &hits, err);
    kd_pack_fini(&pack);
    if (status != KD_OK) return status;
    share_at_least(d, "pieces", train->name, "pieces that begin with a vector of their own",
                   share(hits.uses_own, hits.uses), 0);
    if (how.vectors_rule == KD_VECTORS_PARTS)
        share_at_least(d, "pieces", train->name, "pieces that begin with the mean of their words'",
                       share(hits.uses_mean, hits.uses), 0);
    return KD_OK;
}

static kd_status check_pieces_of_vectors(doctor *d, const kd_resolved *node, const char *path,
                                         kd_error *err)
{
    kd_resolved      of;
    kd_source_corpus source;
    size_t           corpus = kd_plan_find(d->plan, kd_resolved_input_id(node, KD_INPUT_CORPUS));
    kd_status        status = kd_plan_resolve(d->plan, corpus, d->arena, &of, err);
    if (status != KD_OK) return status;
    status = kd_source_corpus_open(&source, &of, err);
    if (status == KD_OK && !source.is_streamed) status = count_vectors(d, &source, node, path, err);
    kd_source_corpus_close(&source);
    return status;
}

/* The vectors that the study itself names. */
static kd_status check_own_vectors(doctor *d, const kd_resolved *node, const examined *corpus,
                                   kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_VECTORS);
    kd_status               status = KD_OK;
    if (!file) return KD_OK;
    char *key = kd_sprintf("vectors %s %s", file->path, corpus->name);
    if (!kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        status = check_vectors(d, corpus->words, corpus->name, file->path, err);
    }
    const char *rule = kd_resolved_value(node, "student.vectors_rule");
    free(key);
    key = kd_sprintf("pieces %s %s %s", file->path, corpus->name, rule ? rule : "");
    if (status == KD_OK && !kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        status = check_pieces_of_vectors(d, node, file->path, err);
        if (status != KD_OK) kd_while(err, status, "student.vectors");
    }
    free(key);
    return status;
}

/* ---- a network and its training ---- */

static void check_network(doctor *d, const char *where, const kd_arch *arch,
                          const kd_train_options *train, const examined *corpus)
{
    int longest = kd_arch_longest(arch);
    if (longest < INT_MAX && corpus->longest > 0) /* else its pieces are not known yet */
        count_at_most(d, "positions", where, "pieces of the longest row, against its positions",
                      corpus->longest, longest);
    count_at_most(d, "batch", where, "sentences of a batch, against those of train", train->batch,
                  corpus->sentences);
}

/* Cells by the thousand differ in what no check asks for, so each combination is looked at once. */
static kd_status examine_model(doctor *d, const kd_resolved *node, bool is_teacher, kd_error *err)
{
    kd_arch          arch;
    kd_train_options train;
    const char      *name = is_teacher ? "teacher" : "student";
    const examined  *corpus = corpus_of(d, node);
    kd_status        status = kd_resolved_fill(node, is_teacher ? "teacher." : "student.",
                                               kd_arch_settings(), &arch, err);
    if (status == KD_OK)
        status = kd_resolved_fill(node, is_teacher ? "teacher.train." : "train.", kd_train_settings,
                                  &train, err);
    if (status != KD_OK || !corpus) return status;
    if ((status = check_checkpoint(d, node, corpus, err)) != KD_OK ||
        (status = check_own_vectors(d, node, corpus, err)) != KD_OK)
        return status;

    char *key = kd_sprintf("%s %d %d %d %d", name, kd_arch_longest(&arch), train.batch,
                           corpus->longest, corpus->sentences);
    if (!kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        check_network(d, name, &arch, &train, corpus);
    }
    free(key);
    return KD_OK;
}

/* Also of another study. */
static bool is_teacher(const kd_plan *plan, size_t number)
{
    size_t         there;
    const kd_plan *home = kd_plan_home(plan, number, &there);
    return kd_plan_node_at(home, there)->part == KD_PART_TEACHER;
}

static kd_status examine_node(doctor *d, size_t number, kd_error *err)
{
    const kd_plan_node *node = kd_plan_node_at(d->plan, number);
    kd_resolved         resolved;
    if (node->kind == KD_NODE_STATES) return KD_OK;
    kd_arena_mark mark = kd_arena_here(d->arena);
    kd_status     status = kd_plan_resolve(d->plan, number, d->arena, &resolved, err);
    if (status == KD_OK && node->kind == KD_NODE_CORPUS)
        status = examine_corpus(d, &resolved, node->is_apart, err);
    else if (status == KD_OK && node->kind == KD_NODE_TARGETS)
        status = examine_targets(d, &resolved, err);
    else if (status == KD_OK)
        status = examine_model(d, &resolved, is_teacher(d->plan, number), err);
    kd_arena_rewind(d->arena, mark);
    return status;
}

static kd_status examine_plan(doctor *d, kd_study *study, kd_error *err)
{
    kd_lacks  lacks = KD_VEC_INIT;
    kd_status status = kd_study_tables_check(study, err);
    if (status == KD_OK)
        status = kd_plan_create(&d->plan, study, &(kd_plan_options){ .lacks = &lacks }, err);
    if (status == KD_ENOINPUT && lacks.count > 0)
        status = kd_lacks_tell(&lacks, kd_study_path(study), err);
    kd_lacks_fini(&lacks);
    for (size_t i = 0; status == KD_OK && i < kd_plan_count(d->plan); i++)
        status = examine_node(d, i, err);
    return status;
}

kd_status kd_doctor_examine(kd_diagnosis **out, kd_study *study, const kd_doctor_limits *limits,
                            kd_error *err)
{
    doctor    d = { .limits = limits,
                    .told = kd_alloc(1, sizeof *d.told),
                    .arena = kd_arena_create(0),
                    .seen = kd_map_create() };
    kd_status status = examine_plan(&d, study, err);
    for (size_t i = 0; i < d.corpora.count; i++) fini_examined(&d.corpora.items[i]);
    kd_vec_fini(&d.corpora);
    kd_id_map_fini(&d.numbers);
    kd_map_destroy(d.seen);
    kd_arena_destroy(d.arena);
    kd_plan_destroy(d.plan);
    if (status == KD_OK)
        *out = d.told;
    else
        kd_diagnosis_destroy(d.told);
    return status;
}

/* ---- what was found ---- */

const kd_checkup *kd_diagnosis_checkups(const kd_diagnosis *diagnosis, size_t *count)
{
    *count = diagnosis->checkups.count;
    return diagnosis->checkups.items;
}

bool kd_checkup_is_fine(const kd_checkup *f)
{
    return f->is_least ? f->value >= f->limit : f->value <= f->limit;
}

void kd_diagnosis_destroy(kd_diagnosis *diagnosis)
{
    if (!diagnosis) return;
    for (size_t i = 0; i < diagnosis->checkups.count; i++) free(diagnosis->checkups.items[i].where);
    kd_vec_fini(&diagnosis->checkups);
    free(diagnosis);
}
