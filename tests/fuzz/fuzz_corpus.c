/* Any bytes as a corpus of each task: refused with a place, or read, complete and well-formed,
 * counted, augmented, and the same after it is written and read again. */
#include <string.h>

#include "distill/augment.h"
#include "models/text/stats.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "The\tO\nAbc\tB-G\nfactor\tE-G\n\nXyz\tS-D\n\n",
    "-DOCSTART-\tO\r\n\r\nAbc\tI-G\r\nXyz\tB-G\r\n",
    "a\tNN\tB\nb\tNN\tI\n\n \nc\tNN\tO\n",
    "index\tsentence\tlabel\n0\t@GENE$ \"binds @CHEMICAL$ .\tCPR:9\n",
    "@GENE$ binds @DISEASE$ .\t1\n@X-Y$ .\t0\n",
    "labels\tsentence\tindex\n0_0,1_1,2_0,3_0,4_0,5_0,6_0,7_0,8_0,9_1\tGrowth .\t12_s0\n",
    "index\tsentence1\tsentence2\tlabel\n0\tIs it ?\tIt is .\tyes\n",
    "Is it ?\tIt is .\tyes\nIs it ?\tNo .\tno\n",
    "{\"questions\": [{\"id\": \"5a\", \"type\": \"yesno\", \"body\": \"Is it?\", "
    "\"exact_answer\": \"yes\", "
    "\"snippets\": [{\"text\": \"It\\tis.\"}]}]}",
    "",
};

static void check_tags(const kd_corpus *corpus)
{
    for (size_t i = 0; i < corpus->tags.count; i++)
        KD_CHECK(corpus->tags.items[i] >= 0 &&
                     corpus->tags.items[i] < kd_labels_count(corpus->labels),
                 "tag %d", corpus->tags.items[i]);
    if (corpus->notes[KD_NOTE_CONVERTED].count == 0 && corpus->notes[KD_NOTE_INVALID].count > 0)
        return;
    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int first = corpus->begin.items[s], length = corpus->begin.items[s + 1] - first;

        KD_CHECK(kd_tags_invalid(corpus->labels, corpus->tags.items + first, length) == 0,
                 "sentence %d is malformed", s);
    }
}

static void check(const kd_corpus *corpus)
{
    kd_corpus_stats stats;

    KD_CHECK(kd_corpus_sentences(corpus) > 0, "no sentence");
    for (int s = 0; s < kd_corpus_sentences(corpus); s++)
        KD_CHECK(corpus->begin.items[s] < corpus->begin.items[s + 1], "sentence %d is empty", s);
    for (size_t i = 0; i < corpus->words.count; i++)
        KD_CHECK(corpus->words.items[i].length > 0 &&
                     (corpus->words.items[i].line > 0 || corpus->task == KD_TASK_PAIR),
                 "word %zu", i);
    if (corpus->task == KD_TASK_NER) check_tags(corpus);
    kd_corpus_stats_make(&stats, corpus);
    KD_CHECK(stats.sentences == kd_corpus_sentences(corpus), "sentences are lost");
    kd_corpus_stats_fini(&stats);
}

static void check_augmented(const kd_corpus *corpus)
{
    kd_error err;

    for (kd_augment_mode m = KD_AUGMENT_SOURCE; m <= KD_AUGMENT_PAPER; m++) {
        kd_augment_options options = { .mode = m, .passes = 1, .seed = (int)m };
        kd_corpus          out;

        KD_CHECK(kd_augment(&out, corpus, &options, &err) == KD_OK, "%s", err.text);
        KD_CHECK(out.words.count == out.tags.count, "tags are lost");
        for (int n = 0; m != KD_AUGMENT_SOURCE && n < kd_corpus_sentences(&out); n++) {
            int first = out.begin.items[n], length = out.begin.items[n + 1] - first;

            KD_CHECK(kd_tags_invalid(out.labels, out.tags.items + first, length) == 0,
                     "mode %d made sentence %d malformed", (int)m, n);
        }
        kd_corpus_fini(&out);
    }
}

static kd_corpus_options options_without_guessing(const kd_labels *labels)
{
    kd_corpus_options options;

    kd_setting_defaults(kd_corpus_settings, &options);
    options.scheme = kd_labels_scheme(labels);
    return options;
}

/* What was written is read as the same labels and words. */
static void check_again(const kd_corpus *corpus)
{
    kd_corpus_options options = options_without_guessing(corpus->labels);
    kd_labels        *labels = kd_labels_create();
    kd_str            text = KD_STR_INIT;
    kd_corpus         again;
    kd_error          err;

    kd_corpus_print(corpus, &text);
    KD_CHECK(kd_corpus_read(&again, kd_fuzz_file(".again", text.text, text.length), corpus->task,
                            &options, labels, &err) == KD_OK,
             "%s", err.text);
    KD_CHECK(again.words.count == corpus->words.count && again.begin.count == corpus->begin.count,
             "words are lost");
    for (size_t i = 0; i < again.tags.count; i++)
        KD_CHECK(again.tags.items[i] == corpus->tags.items[i], "tag %zu differs", i);
    kd_corpus_fini(&again);
    kd_labels_destroy(labels);
    kd_str_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = kd_fuzz_file(".tsv", data, size);

    for (kd_task task = KD_TASK_NER; task <= KD_TASK_PAIR; task++) {
        kd_labels *labels = kd_labels_create();
        kd_corpus  corpus;
        kd_error   err;

        if (kd_corpus_read(&corpus, path, task, NULL, labels, &err) == KD_OK) {
            check(&corpus);
            if (task == KD_TASK_NER) check_augmented(&corpus);
            check_again(&corpus);
            kd_corpus_fini(&corpus);
        } else {
            KD_CHECK(strstr(err.text, ".tsv:") != NULL, "no place in: %s", err.text);
        }
        kd_labels_destroy(labels);
    }
    return 0;
}
