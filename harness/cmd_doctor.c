/* cmd_doctor.c - `kdgrid doctor`: what ruins a sweep, found before it. */
#include "harness/cmd.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/cell/source_corpus.h"
#include "harness/config/study.h"
#include "harness/plan/id_map.h"
#include "harness/plan/plan.h"
#include "harness/store/foreign.h"
#include "harness/store/object.h"
#include "models/model.h"
#include "models/text/basic.h"
#include "models/text/embeddings.h"
#include "models/text/pack_build.h"
#include "models/text/stats.h"
#include "models/weights/config.h"

static const char about[] =
    "Read the corpora of a study as its cells will, and check what would ruin the sweep:\n"
    "schemes and labels that differ between splits, invalid tags, sentences that train and an\n"
    "evaluation split share, unknown pieces, words cut by the length limit, rows longer than a\n"
    "network has positions, batches larger than the corpus, checkpoints and files of targets\n"
    "whose labels stand in another order, vectors that few words have. Exit 3 when a check says "
    "no.\n"
    "\n"
    "A limit is a share from 0 to 1; docs/DOCTOR.md says what each is a share of.";

typedef struct {
    const char *experiment, *profile, *vectors;
    kd_arg_list overrides;
    bool        as_json;
    double      max_invalid, max_duplicates, max_unknown, max_cut, min_coverage, min_hits;
    int         max_labels;
} doctor_options;

/* One check and what it found. */
typedef struct {
    const char *check; /* "duplicates" */
    char       *where; /* "corpus/test.tsv" */
    const char *what;  /* "sentences that train has too" */
    double      value, limit;
    bool        is_count; /* else a share */
    bool        is_least; /* the limit is a lower one */
} finding;

/* What the checks of networks need to know of a corpus that has been read. */
typedef struct {
    int     sentences; /* of train, not augmented */
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
    const doctor_options *options;
    kd_study             *study;
    kd_plan              *plan;
    kd_arena             *arena;
    KD_VEC(finding) findings;
    KD_VEC(examined) corpora;
    kd_id_map numbers; /* a corpus node's id to its index in `corpora` */
    kd_map   *seen;    /* what has been checked, by what matters of it; corpora to their index */
} doctor;

static bool is_fine(const finding *f)
{
    return f->is_least ? f->value >= f->limit : f->value <= f->limit;
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static void count_at_most(doctor *d, const char *check, const char *where, const char *what,
                          int64_t value, int64_t limit)
{
    kd_vec_push(&d->findings, (finding){ check, kd_strdup(where), what, (double)value,
                                         (double)limit, .is_count = true });
}

static void share_at_most(doctor *d, const char *check, const char *where, const char *what,
                          double value, double limit)
{
    kd_vec_push(&d->findings, (finding){ check, kd_strdup(where), what, value, limit });
}

static void share_at_least(doctor *d, const char *check, const char *where, const char *what,
                           double value, double limit)
{
    kd_vec_push(&d->findings,
                (finding){ check, kd_strdup(where), what, value, limit, .is_least = true });
}

/* ---- one split ---- */

static void check_labels(doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (corpus->task == KD_TASK_NER) {
        share_at_most(d, "invalid", corpus->name, "tags that their scheme forbids",
                      share(corpus->notes[KD_NOTE_INVALID].count, (int64_t)corpus->tags.count),
                      d->options->max_invalid);
        if (s != KD_TRAIN)
            count_at_most(d, "scheme", corpus->name, "schemes that train is not written in",
                          corpus->scheme != source->split[KD_TRAIN].scheme, 0);
    }
    if (s != KD_TRAIN && corpus->task != KD_TASK_TEXT)
        count_at_most(d, "labels", corpus->name, "labels that earlier splits do not have",
                      corpus->notes[KD_NOTE_NEW_LABEL].count, d->options->max_labels);
}

static void check_duplicates(doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (s == KD_TRAIN) return;
    kd_duplicates same = kd_corpus_duplicates(&source->split[KD_TRAIN], corpus);
    share_at_most(d, "duplicates", corpus->name, "sentences that train has too",
                  share(same.count, kd_corpus_sentences(corpus)), d->options->max_duplicates);
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
    bool    is_uncased = kd_tokenizer_is_uncased(source->tokenizer);
    kd_map *folded = is_uncased ? count_words(&source->split[KD_TRAIN], true) : NULL;
    for (int s = KD_DEVEL; s < source->splits; s++) {
        kd_map *counts = count_words(&source->split[s], is_uncased);
        share_at_least(d, "coverage", source->split[s].name, "words that train has too",
                       coverage(folded ? folded : words, counts), d->options->min_coverage);
        kd_map_destroy(counts);
    }
    kd_map_destroy(folded);
}

static kd_status check_pieces(doctor *d, const kd_source_corpus *source, kd_split s, int *longest,
                              kd_error *err)
{
    const kd_corpus *corpus = &source->split[s];
    kd_pack          pack;
    kd_pack_stats    stats;
    kd_status        status =
        kd_pack_build(&pack, corpus, source->tokenizer, &source->tokens, &stats, err);
    if (status != KD_OK) return status;
    share_at_most(d, "unknown", corpus->name, "pieces that are [UNK]",
                  share(stats.unknown, stats.pieces), d->options->max_unknown);
    share_at_most(d, "cut", corpus->name, "words cut by the length limit",
                  share(stats.cut_words, pack.words), d->options->max_cut);
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
                       share(hits.tokens_found, hits.tokens), d->options->min_hits);
        kd_embeddings_destroy(embeddings);
    }
    kd_map_destroy(wanted);
    return status;
}

/* ---- a corpus ---- */

static kd_status check_source(doctor *d, const kd_source_corpus *source, examined *out,
                              kd_error *err)
{
    kd_status status = KD_OK;
    kd_str    labels = KD_STR_INIT;
    kd_labels_to_text(source->labels, &labels);
    out->labels = labels.text;
    out->sentences = kd_corpus_sentences(&source->split[KD_TRAIN]);
    for (kd_split s = KD_TRAIN; (int)s < source->splits && status == KD_OK; s++) {
        check_labels(d, source, s);
        check_duplicates(d, source, s);
        status = check_pieces(d, source, s, &out->longest, err);
    }
    out->name = kd_strdup(source->split[KD_TRAIN].name);
    out->words = count_words(&source->split[KD_TRAIN], false);
    check_coverage(d, source, out->words);
    if (status != KD_OK || !d->options->vectors) return status;
    return check_vectors(d, out->words, out->name, d->options->vectors, err);
}

/* The node without its augmentation, which changes none of the checks. */
static void describe_source(const kd_resolved *node, kd_str *out)
{
    kd_str_add(out, "corpus");
    for (size_t i = 0; i < node->set_count; i++)
        if (!kd_starts_with(node->set[i].key, "augment."))
            kd_str_addf(out, "\n%s=%s", node->set[i].key, node->set[i].value);
    for (size_t i = 0; i < node->file_count; i++)
        kd_str_addf(out, "\n%s %s", node->files[i].role, node->files[i].path);
}

static kd_status examine_source(doctor *d, const kd_resolved *node, examined *out, kd_error *err)
{
    kd_source_corpus source;
    kd_status        status = kd_source_corpus_open(&source, node, err);
    if (status == KD_OK) status = check_source(d, &source, out, err);
    kd_source_corpus_close(&source);
    return status;
}

static kd_status examine_corpus(doctor *d, const kd_resolved *node, kd_error *err)
{
    kd_str    key = KD_STR_INIT;
    examined  found = { .sentences = 0 };
    kd_status status = KD_OK;
    describe_source(node, &key);
    int64_t number = kd_map_number(d->seen, key.text, -1);
    if (number < 0 && (status = examine_source(d, node, &found, err)) == KD_OK) {
        number = (int64_t)d->corpora.count;
        kd_map_put_number(d->seen, key.text, number);
        kd_vec_push(&d->corpora, found);
    } else if (status != KD_OK) {
        fini_examined(&found);
    }
    if (status == KD_OK) kd_id_map_put(&d->numbers, node->id, (int32_t)number);
    kd_str_fini(&key);
    return status;
}

/* ---- labels of a checkpoint ---- */

/* The names of config.json's id2label in the order of ids, a line each; none when it has none. */
static kd_status read_folder_labels(const char *folder, kd_str *out, kd_error *err)
{
    char             *path = kd_fs_join(folder, KD_CONFIG_FILE);
    kd_json_document *document = NULL;
    kd_status         status = kd_json_open(&document, path, err);
    const kd_json    *names = document ? kd_json_get(kd_json_root(document), "id2label") : NULL;
    for (size_t id = 0; names && id < kd_json_count(names); id++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", id);
        kd_str_addf(out, "%s\n", kd_json_to_text(kd_json_get(names, key), ""));
    }
    kd_json_close(document);
    free(path);
    return status;
}

static kd_status read_object_labels(const char *path, kd_str *out, kd_error *err)
{
    kd_object *object = NULL;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status == KD_OK && kd_object_has(object, "labels"))
        status = kd_object_get_text(object, "labels", out, err);
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

/* Weights of the head that stand for other labels would be taken for those of the data. */
static kd_status check_checkpoint(doctor *d, const kd_resolved *node, const examined *corpus,
                                  kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, "init");
    if (!file) return KD_OK;
    kd_str    key = KD_STR_INIT, theirs = KD_STR_INIT;
    kd_status status = KD_OK;
    kd_str_addf(&key, "%s\n%s", file->path, corpus->labels);
    if (!kd_map_get(d->seen, key.text)) {
        kd_map_put_number(d->seen, key.text, 0);
        status = kd_fs_is_folder(file->path) ? read_folder_labels(file->path, &theirs, err)
                                             : read_object_labels(file->path, &theirs, err);
        if (status == KD_OK)
            count_at_most(d, "labels", file->path, "labels that stand elsewhere than in the data",
                          count_displaced(theirs.text, corpus->labels), 0);
    }
    kd_str_fini(&key);
    kd_str_fini(&theirs);
    return status;
}

static const examined *corpus_of(const doctor *d, const kd_resolved *node)
{
    int32_t number = kd_id_map_get(&d->numbers, kd_resolved_input_id(node, "corpus"));
    return number < 0 ? NULL : &d->corpora.items[number];
}

/* Columns of a file of targets have to be the labels of the data, all of them, in their order. */
static kd_status examine_targets(doctor *d, const kd_resolved *node, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, "targets");
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

/* The vectors that the study itself names. */
static kd_status check_own_vectors(doctor *d, const kd_resolved *node, const examined *corpus,
                                   kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, "vectors");
    kd_status               status = KD_OK;
    if (!file) return KD_OK;
    char *key = kd_sprintf("vectors %s %s", file->path, corpus->name);
    if (!kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        status = check_vectors(d, corpus->words, corpus->name, file->path, err);
    }
    free(key);
    return status;
}

/* ---- a network and its training ---- */

static void check_network(doctor *d, const char *where, const kd_arch *arch,
                          const kd_train_options *train, const examined *corpus)
{
    int longest = kd_arch_longest(arch);
    if (longest < INT_MAX)
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

static kd_status examine_node(doctor *d, size_t number, kd_error *err)
{
    const kd_plan_node *node = kd_plan_node_at(d->plan, number);
    kd_resolved         resolved;
    if (node->kind == KD_NODE_STATES) return KD_OK;
    kd_arena_mark mark = kd_arena_here(d->arena);
    kd_status     status = kd_plan_resolve(d->plan, number, d->arena, &resolved, err);
    if (status == KD_OK && node->kind == KD_NODE_CORPUS)
        status = examine_corpus(d, &resolved, err);
    else if (status == KD_OK && node->kind == KD_NODE_TARGETS)
        status = examine_targets(d, &resolved, err);
    else if (status == KD_OK)
        status = examine_model(d, &resolved, node->part == KD_PART_TEACHER, err);
    kd_arena_rewind(d->arena, mark);
    return status;
}

static kd_status examine_study(doctor *d, kd_error *err)
{
    kd_study_options how = { .profile = d->options->profile, .overrides = d->options->overrides };
    kd_status        status = kd_study_open(&d->study, d->options->experiment, &how, err);
    if (status == KD_OK)
        status = kd_plan_create(&d->plan, d->study, &(kd_plan_options){ .is_done = NULL }, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < kd_plan_count(d->plan) && status == KD_OK; i++)
        status = examine_node(d, i, err);
    return status;
}

/* ---- the report ---- */

static void print_number(const finding *f, double value, kd_str *out)
{
    if (f->is_count)
        kd_str_addf(out, "%.0f", value);
    else
        kd_str_addf(out, "%.2f %%", 100.0 * value);
}

static void print_finding(const finding *f, kd_str *out)
{
    kd_str_addf(out, "%s: %s: ", f->where, f->what);
    print_number(f, f->value, out);
    kd_str_addf(out, ", at %s ", f->is_least ? "least" : "most");
    print_number(f, f->limit, out);
}

static void print_report(const doctor *d, kd_str *out)
{
    for (size_t i = 0; i < d->findings.count; i++) {
        const finding *f = &d->findings.items[i];
        kd_str_addf(out, "%-3s %-10s ", is_fine(f) ? "ok" : "NO", f->check);
        print_finding(f, out);
        kd_str_add_char(out, '\n');
    }
}

static void write_report(const doctor *d, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < d->findings.count; i++) {
        const finding *f = &d->findings.items[i];
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "check", f->check);
        kd_json_put_text(&w, "where", f->where);
        kd_json_put_text(&w, "what", f->what);
        kd_json_put_real(&w, "value", f->value);
        kd_json_put_real(&w, f->is_least ? "least" : "most", f->limit);
        kd_json_put_bool(&w, "ok", is_fine(f));
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    kd_str_add_char(out, '\n');
}

/* KD_ECHECK with the first reason when any check says no. */
static kd_status judge(const doctor *d, kd_error *err)
{
    const finding *first = NULL;
    size_t         bad = 0;
    for (size_t i = 0; i < d->findings.count; i++)
        if (!is_fine(&d->findings.items[i])) {
            if (!first) first = &d->findings.items[i];
            bad++;
        }
    if (!bad) return KD_OK;
    kd_str text = KD_STR_INIT;
    print_finding(first, &text);
    kd_fail(err, KD_ECHECK, "%s: %zu of %zu checks say no: %s", d->options->experiment, bad,
            d->findings.count, text.text);
    kd_str_fini(&text);
    return KD_ECHECK;
}

static kd_status diagnose(const doctor_options *options, kd_error *err)
{
    doctor d = { .options = options, .arena = kd_arena_create(0), .seen = kd_map_create() };
    kd_str out = KD_STR_INIT;

    kd_status status = examine_study(&d, err);
    if (status == KD_OK) {
        (options->as_json ? write_report : print_report)(&d, &out);
        fputs(out.text, stdout);
        status = judge(&d, err);
    }
    kd_str_fini(&out);
    for (size_t i = 0; i < d.findings.count; i++) free(d.findings.items[i].where);
    kd_vec_fini(&d.findings);
    for (size_t i = 0; i < d.corpora.count; i++) fini_examined(&d.corpora.items[i]);
    kd_vec_fini(&d.corpora);
    kd_id_map_fini(&d.numbers);
    kd_map_destroy(d.seen);
    kd_arena_destroy(d.arena);
    kd_plan_destroy(d.plan);
    kd_study_close(d.study);
    return status;
}

static kd_status check_limits(const doctor_options *o, kd_error *err)
{
    const double limits[] = { o->max_invalid, o->max_duplicates, o->max_unknown,
                              o->max_cut,     o->min_coverage,   o->min_hits };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!(limits[i] >= 0.0 && limits[i] <= 1.0))
            return kd_fail(err, KD_EUSAGE, "doctor: a limit is a share from 0 to 1, found %g",
                           limits[i]);
    if (o->max_labels < 0)
        return kd_fail(err, KD_EUSAGE, "doctor: --max-labels is 0 or more, found %d",
                       o->max_labels);
    return KD_OK;
}

kd_status kd_cmd_doctor(int argc, char **argv, kd_error *err)
{
    doctor_options o = { .max_duplicates = 0.05,
                         .max_unknown = 0.01,
                         .max_cut = 0.01,
                         .min_coverage = 0.5,
                         .min_hits = 0.5 };
    const kd_arg   table[] = {
          { 0, "profile", KD_ARG_TEXT, &o.profile, "NAME", "a profile of the experiment file" },
          { 'D', "define", KD_ARG_LIST, &o.overrides, "KEY=VALUE", "set a value, over the file's" },
          { 0, "max-invalid", KD_ARG_REAL, &o.max_invalid, "R", "invalid tags of a split (0)" },
          { 0, "max-labels", KD_ARG_INT, &o.max_labels, "N",
            "labels of devel or test that earlier splits do not have (0)" },
          { 0, "max-duplicates", KD_ARG_REAL, &o.max_duplicates, "R",
            "sentences of devel or test that train has too (0.05)" },
          { 0, "max-unk", KD_ARG_REAL, &o.max_unknown, "R", "pieces that are [UNK] (0.01)" },
          { 0, "max-cut", KD_ARG_REAL, &o.max_cut, "R", "words cut by the length limit (0.01)" },
          { 0, "min-coverage", KD_ARG_REAL, &o.min_coverage, "R",
            "words of devel or test that train has too (0.5)" },
          { 0, "vectors", KD_ARG_TEXT, &o.vectors, "FILE",
            "hold train against these vectors as well" },
          { 0, "min-hits", KD_ARG_REAL, &o.min_hits, "R", "words of train with a vector (0.5)" },
          { 0, "json", KD_ARG_FLAG, &o.as_json, NULL, "print JSON" },
          KD_ARG_END
    };
    kd_args   args = { "doctor", "EXPERIMENT.cfg [--profile P] [-D KEY=VALUE] [--max-... R]", about,
                       table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped && (status = kd_args_expect(&args, 1, 1, err)) == KD_OK &&
        (status = check_limits(&o, err)) == KD_OK) {
        o.experiment = args.words[0];
        status = diagnose(&o, err);
    }
    kd_args_fini(&args);
    return status;
}
