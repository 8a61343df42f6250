/* synth.c - three splits of one invented language, and what of it only devel and test have. */
#include "models/text/synth.h"

#include <string.h>

#include "harness/base/map.h"
#include "models/text/pack.h"
#include "models/text/synth_internal.h"
#include "models/text/unlabelled.h"

const kd_setting kd_synth_settings[] = {
    KD_INT_ROW(kd_synth_options, sentences, "sentences", "2000", 1, 50000000, NULL,
               "sentences of the training split"),
    KD_INT_ROW(kd_synth_options, devel, "devel", "300", 1, 50000000, NULL,
               "sentences of the development split"),
    KD_INT_ROW(kd_synth_options, test, "test", "500", 1, 50000000, NULL,
               "sentences of the test split"),
    KD_INT_ROW(kd_synth_options, seed, "seed", "1", 0, 2147483647, NULL,
               "another seed, another language and other sentences"),
    KD_INT_ROW(kd_synth_options, names, "names", "100", 1, 100000, NULL,
               "distinct names of each kind in the training split"),
    KD_REAL_ROW(kd_synth_options, ambiguity, "ambiguity", "0.15", 0, 1, NULL,
                "share of names that genes, diseases and plain things have in common"),
    KD_REAL_ROW(kd_synth_options, unseen, "unseen", "0.15", 0, 1, NULL,
                "share of names in devel and test that train never has"),
    KD_REAL_ROW(kd_synth_options, noise, "noise", "0.02", 0, 1, NULL,
                "share of mentions or rows whose label is wrong"),
    KD_SETTING_END
};

/* What a row is labelled with, beside the tags of its words. */
typedef struct {
    kd_synth_asked asked;    /* QA and PAIR */
    kd_synth_set   set;      /* HOC */
    int            class_id; /* RE and PAIR */
} labelling;

static void make_row(kd_maker *maker, kd_task task, labelling *out)
{
    switch (task) {
    case KD_TASK_NER:
    case KD_TASK_TEXT:
        kd_synth_sentence(maker);
        break;
    case KD_TASK_RE:
        out->class_id = kd_synth_relation(maker);
        break;
    case KD_TASK_HOC:
        out->set = kd_synth_hallmarks(maker);
        break;
    case KD_TASK_QA:
        kd_synth_ask(maker, &out->asked);
        break;
    case KD_TASK_PAIR:
        out->class_id = kd_synth_ask_yes_no(maker, &out->asked);
        break;
    }
}

static void keep_words(kd_corpus *corpus, const kd_maker *maker)
{
    for (size_t i = 0; i < maker->words.count; i++) {
        const kd_synth_word *word = &maker->words.items[i];

        kd_corpus_add_word(corpus, word->text, (size_t)word->length, word->tag);
    }
    kd_corpus_end_sentence(corpus);
}

/* Hand the row over: its words for NER, else its text as one word, or two texts. */
static void keep_row(kd_corpus *corpus, kd_maker *maker, const kd_str *text, const labelling *l)
{
    switch (corpus->task) {
    case KD_TASK_NER:
        keep_words(corpus, maker);
        break;
    case KD_TASK_RE:
    case KD_TASK_TEXT:
        kd_corpus_add_row(corpus, text->text, text->length, l->class_id, 0);
        break;
    case KD_TASK_HOC:
        kd_synth_keep_hallmarks(corpus, maker, text, l->set);
        break;
    case KD_TASK_QA:
        kd_synth_keep_asked(corpus, &l->asked);
        break;
    case KD_TASK_PAIR:
        kd_synth_keep_claim(corpus, &l->asked, l->class_id);
        break;
    }
}

static void join_words(const kd_maker *maker, kd_str *out)
{
    kd_str_reset(out);
    for (size_t i = 0; i < maker->words.count; i++) {
        if (i > 0) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, maker->words.items[i].text, (size_t)maker->words.items[i].length);
    }
}

/* The best score: a reader who knows the grammar finds all there is and is right where the
 * label is. F1 = 2 tp / (predicted + gold). */
static double best_f1(const kd_maker *maker)
{
    int64_t all = maker->predicted + maker->gold;

    return all > 0 ? 2 * (double)maker->right / (double)all : 0;
}

/* No sentence is made twice, in one split or in two, unless the grammar has run dry: with very
 * few names there are not enough, and after some attempts a repeated one is taken. */
static void make_split(kd_corpus *corpus, kd_maker *maker, int sentences, kd_map *known)
{
    enum { ATTEMPTS = 20 };
    kd_str    text = KD_STR_INIT;
    labelling row = { { KD_STR_INIT, KD_STR_INIT, KD_STR_INIT, 0 }, { 0, 0 }, 0 };

    for (int s = 0; s < sentences; s++) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            kd_synth_split report = *maker->report;
            kd_maker       before = *maker;

            make_row(maker, corpus->task, &row);
            join_words(maker, &text);
            if (kd_map_get(known, text.text) == NULL || attempt + 1 == ATTEMPTS) break;
            *maker->report = report;
            maker->right = before.right;
            maker->predicted = before.predicted;
            maker->gold = before.gold;
        }
        kd_map_put_number(known, text.text, s);
        keep_row(corpus, maker, &text, &row);
    }
    if (corpus->task == KD_TASK_QA) kd_corpus_settle_questions(corpus);
    kd_str_fini(&row.asked.question);
    kd_str_fini(&row.asked.context);
    kd_str_fini(&row.asked.answer);
    maker->report->best_f1 = best_f1(maker);
    kd_str_fini(&text);
}

static void add_labels(kd_labels *labels, kd_task task)
{
    if (task == KD_TASK_NER) {
        kd_labels_add_type(labels, KD_SCHEME_IOBES, "Disease", 7);
        kd_labels_add_type(labels, KD_SCHEME_IOBES, "Gene", 4);
    }
    if (task == KD_TASK_RE)
        for (int c = 0; c < KD_SYNTH_CLASSES; c++)
            kd_labels_add_class(labels, kd_synth_classes[c], strlen(kd_synth_classes[c]));
    if (task == KD_TASK_HOC && kd_labels_count(labels) == 0)
        kd_hallmarks_add(labels, KD_HALLMARKS_ONE);
    if (task == KD_TASK_PAIR) {
        kd_labels_add_class(labels, "no", 2);
        kd_labels_add_class(labels, "yes", 3);
    }
}

/* One language, and the sentences that were made in it. */
typedef struct {
    kd_task                 task;
    const kd_synth_options *options;
    kd_labels              *labels;
    kd_rng                  root;
    kd_lexicon              lexicon;
    kd_map                 *known;
} language;

static void begin(language *l, kd_task task, const kd_synth_options *options, kd_labels *labels)
{
    *l = (language){ task, options, labels, kd_rng_root((uint64_t)options->seed), .known = NULL };
    if (labels != NULL) add_labels(labels, task);
    l->known = kd_map_create();
    kd_lexicon_init(&l->lexicon, options->names, kd_rng_split(&l->root, "names", 0));
}

static void end(language *l)
{
    kd_lexicon_fini(&l->lexicon);
    kd_map_destroy(l->known);
}

static void make(language *l, const char *name, kd_corpus *corpus, int sentences,
                 kd_synth_split *report)
{
    kd_maker maker = { .options = l->options,
                       .lexicon = &l->lexicon,
                       .labels = l->task == KD_TASK_NER ? l->labels : NULL,
                       .rng = kd_rng_split(&l->root, name, 0),
                       .is_train = strcmp(name, "train") == 0,
                       .report = report };

    kd_corpus_init(corpus, l->task, name, l->labels);
    make_split(corpus, &maker, sentences, l->known);
    kd_vec_fini(&maker.words);
}

static void make_splits(language *l, kd_corpus *train, kd_corpus *devel, kd_corpus *test,
                        kd_synth_report *report)
{
    memset(report, 0, sizeof *report);
    make(l, "train", train, l->options->sentences, &report->train);
    make(l, "devel", devel, l->options->devel, &report->devel);
    make(l, "test", test, l->options->test, &report->test);
}

void kd_synth_make(kd_corpus *train, kd_corpus *devel, kd_corpus *test, kd_task task,
                   const kd_synth_options *options, kd_labels *labels, kd_synth_report *report)
{
    kd_synth_report own;
    language        l;

    begin(&l, task, options, labels);
    make_splits(&l, train, devel, test, report != NULL ? report : &own);
    end(&l);
}

static void forget_labels(kd_corpus *corpus)
{
    for (size_t i = 0; i < corpus->tags.count; i++) corpus->tags.items[i] = KD_UNTOLD;
    for (size_t b = 0; b < corpus->classes.count; b++) corpus->classes.items[b] = KD_UNTOLD;
}

void kd_synth_unlabelled(kd_corpus *out, kd_task task, const kd_synth_options *options,
                         int sentences)
{
    kd_corpus       splits[3];
    kd_synth_report report;
    kd_synth_split  own = { .mentions = 0 };
    kd_labels      *labels = kd_labels_create();
    language        l;

    KD_CHECK(kd_unlabelled_suits(task), "synth: %s has no unlabelled text", kd_task_name(task));
    begin(&l, task, options, labels);
    make_splits(&l, &splits[0], &splits[1], &splits[2], &report); /* so that none is made again */
    make(&l, "unlabelled", out, sentences, &own);
    forget_labels(out);
    out->labels = NULL;
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    end(&l);
    kd_labels_destroy(labels);
}
