/* text.c - `kdgrid bench text`: words a second of reading, tokenising, packing and
 * augmenting, and the most memory that took; of a corpus, or of the documents of a text. */
#include "harness/cmd/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "distill/augment.h"
#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/map.h"
#include "models/text/basic.h"
#include "models/text/pack_build.h"
#include "models/text/synth.h"
#include "models/text/text_files.h"
#include "models/text/text_pack.h"

typedef struct {
    const char *vocab; /* NULL to build one */
    int         sentences, passes, repeats;
    bool        takes_documents, as_json;
} text_options;

/* One step's best time over all repeats. It is the processor's, since others use the machine too.
 */
typedef struct {
    const char *name;
    int64_t     words;
    double      best_s;
} timing;

enum { READ, CUT, TOKENIZE, PACK, AUGMENT, STEPS };

typedef struct {
    const text_options *options;
    const char         *path;
    kd_labels          *labels;
    kd_corpus           corpus; /* as the last reading left it */
    kd_token_options    tokens;
    timing              step[STEPS];
} text_bench;

static void note_time(timing *t, size_t words, double begin_s)
{
    double took_s = kd_clock_cpu_s() - begin_s;
    if (t->words == 0 || took_s < t->best_s) t->best_s = took_s;
    t->words = (int64_t)words;
}

static kd_status time_reading(text_bench *b, kd_error *err)
{
    kd_corpus_fini(&b->corpus);
    double    begin_s = kd_clock_cpu_s();
    kd_status status = kd_corpus_read(&b->corpus, b->path, KD_TASK_NER, NULL, b->labels, err);
    if (status == KD_OK) note_time(&b->step[READ], b->corpus.words.count, begin_s);
    return status;
}

static kd_status open_tokenizer(const text_bench *b, kd_tokenizer **out, kd_error *err)
{
    enum { PIECES = 4000 };
    if (b->options->vocab) return kd_tokenizer_open(out, b->options->vocab, &b->tokens, err);
    kd_map   *counts = kd_map_create();
    kd_basic  basic = KD_BASIC_INIT;
    kd_vocab *vocab;
    for (size_t i = 0; i < b->corpus.words.count; i++)
        kd_basic_count(&basic, b->corpus.words.items[i].text, b->corpus.words.items[i].length,
                       false, counts);
    kd_status status = kd_vocab_build(&vocab, counts, PIECES, err);
    if (status == KD_OK) status = kd_tokenizer_from_vocab(out, vocab, &b->tokens, err);
    kd_basic_fini(&basic);
    kd_map_destroy(counts);
    return status;
}

/* A tokenizer remembers words, so each repeat has a new one; a text (CUT) is never remembered. */
static kd_status time_tokens(text_bench *b, int step, kd_error *err)
{
    kd_tokenizer *tokenizer;
    kd_ids        ids = KD_VEC_INIT;
    kd_status     status = open_tokenizer(b, &tokenizer, err);
    if (status != KD_OK) return status;
    double begin_s = kd_clock_cpu_s();
    for (size_t i = 0; i < b->corpus.words.count; i++)
        (step == CUT ? kd_tokenizer_encode : kd_tokenizer_encode_word)(
            tokenizer, b->corpus.words.items[i].text, b->corpus.words.items[i].length, &ids);
    note_time(&b->step[step], b->corpus.words.count, begin_s);
    kd_vec_fini(&ids);
    kd_tokenizer_destroy(tokenizer);
    return KD_OK;
}

static kd_status time_packing(text_bench *b, kd_error *err)
{
    kd_tokenizer *tokenizer;
    kd_pack       pack;
    kd_status     status = open_tokenizer(b, &tokenizer, err);
    if (status != KD_OK) return status;
    double begin_s = kd_clock_cpu_s();
    status = kd_pack_build(&pack, &b->corpus, tokenizer, &b->tokens, NULL, err);
    if (status == KD_OK) {
        note_time(&b->step[PACK], b->corpus.words.count, begin_s);
        kd_pack_fini(&pack);
    }
    kd_tokenizer_destroy(tokenizer);
    return status;
}

static kd_status time_augmenting(text_bench *b, kd_error *err)
{
    kd_augment_options options;
    kd_corpus          more;
    kd_setting_defaults(kd_augment_settings, &options);
    options.passes = b->options->passes;
    double    begin_s = kd_clock_cpu_s();
    kd_status status = kd_augment(&more, &b->corpus, &options, err);
    if (status != KD_OK) return status;
    note_time(&b->step[AUGMENT], more.words.count, begin_s);
    kd_corpus_fini(&more);
    return KD_OK;
}

static kd_status time_file(text_bench *b, kd_error *err)
{
    kd_status status = KD_OK;
    for (int r = 0; r < b->options->repeats && status == KD_OK; r++)
        if ((status = time_reading(b, err)) == KD_OK &&
            (status = time_tokens(b, CUT, err)) == KD_OK &&
            (status = time_tokens(b, TOKENIZE, err)) == KD_OK &&
            (status = time_packing(b, err)) == KD_OK && b->options->passes > 0)
            status = time_augmenting(b, err);
    kd_corpus_fini(&b->corpus);
    return status;
}

/* ---- documents ---- */

static size_t count_words(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
    return count;
}

/* All documents of a text; with a packer as rows, which are forgotten whenever there are many. */
static kd_status go_through(const char *path, kd_text_packer *packer, size_t *words, kd_error *err)
{
    enum { MANY = 1 << 20 };
    kd_text_files *files;
    kd_text_stats  stats = { 0 };
    kd_ids         ids = KD_VEC_INIT, ends = KD_VEC_INIT;
    const char    *text;
    size_t         length;
    bool           more;
    kd_status      status = kd_text_files_open(&files, path, err);
    if (status != KD_OK) return status;
    while ((status = kd_text_files_next(files, &text, &length, &more, err)) == KD_OK && more) {
        *words += count_words(text, length);
        if (packer) kd_text_packer_add(packer, text, length, &ids, &ends, &stats);
        if (ids.count > MANY) ids.count = ends.count = 0;
    }
    kd_text_files_close(files);
    kd_vec_fini(&ids);
    kd_vec_fini(&ends);
    return status;
}

static kd_status time_documents(text_bench *b, int step, kd_error *err)
{
    kd_tokenizer  *tokenizer = NULL;
    kd_text_packer packer = { .tokenizer = NULL };
    size_t         words = 0;
    kd_status      status = KD_OK;
    if (step == PACK) status = kd_tokenizer_open(&tokenizer, b->options->vocab, &b->tokens, err);
    if (status == KD_OK && tokenizer)
        status = kd_text_packer_init(&packer, tokenizer, &b->tokens, KD_DOCUMENTS_SPLIT, err);
    double begin_s = kd_clock_cpu_s();
    if (status == KD_OK) status = go_through(b->path, tokenizer ? &packer : NULL, &words, err);
    if (status == KD_OK) note_time(&b->step[step], words, begin_s);
    kd_text_packer_fini(&packer);
    kd_tokenizer_destroy(tokenizer);
    return status;
}

static kd_status time_text(text_bench *b, kd_error *err)
{
    kd_status status = KD_OK;
    if (!b->options->vocab)
        return kd_fail(err, KD_EUSAGE, "bench text: of documents --vocab is needed");
    for (int r = 0; r < b->options->repeats && status == KD_OK; r++)
        if ((status = time_documents(b, READ, err)) == KD_OK) status = time_documents(b, PACK, err);
    return status;
}

/* Of the whole process until now, in MiB. */
static double peak_memory_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

static void print_timings(const text_bench *b, kd_str *out)
{
    kd_str_addf(out, "%s\n", b->path);
    for (int i = 0; i < STEPS; i++) {
        if (b->step[i].words == 0) continue;
        kd_str_addf(out, "  %-9s %10lld words %9.3f s %12.0f words/s\n", b->step[i].name,
                    (long long)b->step[i].words, b->step[i].best_s,
                    (double)b->step[i].words / b->step[i].best_s);
    }
    kd_str_addf(out, "  memory    %.0f MiB at most\n", peak_memory_mib());
}

static void write_timings(const text_bench *b, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "file", b->path);
    for (int i = 0; i < STEPS; i++) {
        if (b->step[i].words == 0) continue;
        kd_json_key(&w, b->step[i].name);
        kd_json_begin(&w, '{');
        kd_json_put_int(&w, "words", b->step[i].words);
        kd_json_put_real(&w, "seconds", b->step[i].best_s);
        kd_json_put_real(&w, "words_per_s", (double)b->step[i].words / b->step[i].best_s);
        kd_json_end(&w, '}');
    }
    kd_json_put_real(&w, "memory_mib", peak_memory_mib());
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

static kd_status bench_file(const text_options *options, const char *path, kd_error *err)
{
    text_bench b = {
        .options = options,
        .path = path,
        .labels = kd_labels_create(),
        .step = { { .name = "read" },
                  { .name = "cut" }, /* every word anew */
                  { .name = "tokenize" },
                  { .name = "pack" },
                  { .name = "augment" } },
    };
    kd_str out = KD_STR_INIT;
    kd_setting_defaults(kd_token_settings, &b.tokens);
    kd_status status = options->takes_documents ? time_text(&b, err) : time_file(&b, err);
    if (status == KD_OK) {
        (options->as_json ? write_timings : print_timings)(&b, &out);
        fputs(out.text, stdout);
    }
    kd_str_fini(&out);
    kd_labels_destroy(b.labels);
    return status;
}

/* Without a file: an invented corpus, written once so that reading can be timed too. */
static kd_status bench_synth(const text_options *options, kd_error *err)
{
    const char      *folder = getenv("TMPDIR");
    char            *path = kd_sprintf("%s/kdgrid-bench-XXXXXX.tsv", folder ? folder : "/tmp");
    kd_synth_options how;
    kd_corpus        splits[3];
    kd_labels       *labels = kd_labels_create();
    int              file = mkstemps(path, 4);
    kd_status        status;
    kd_setting_defaults(kd_synth_settings, &how);
    how.sentences = options->sentences;
    kd_synth_make(&splits[0], &splits[1], &splits[2], KD_TASK_NER, &how, labels, NULL);
    status = file < 0 ? kd_fail(err, KD_ECREATE, "%s: cannot be made", path)
                      : kd_corpus_write(&splits[0], path, err);
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    if (status == KD_OK) status = bench_file(options, path, err);
    if (file >= 0) {
        close(file);
        unlink(path);
    }
    free(path);
    kd_labels_destroy(labels);
    return status;
}

kd_status kd_bench_text(int argc, char **argv, kd_error *err)
{
    text_options o = { .sentences = 20000, .passes = 3, .repeats = 3 };
    const kd_arg table[] = {
        { 0, "vocab", KD_ARG_TEXT, &o.vocab, "FILE", "a vocabulary; else one is built" },
        { 0, "sentences", KD_ARG_INT, &o.sentences, "N", "of the invented corpus (20000)" },
        { 0, "passes", KD_ARG_INT, &o.passes, "K", "of augmentation (3); 0 for none" },
        { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "the best of so many counts (3)" },
        { 0, "documents", KD_ARG_FLAG, &o.takes_documents, NULL,
          "FILE is a text or a folder of texts: read and pack it" },
        { 0, "json", KD_ARG_FLAG, &o.as_json, NULL, "print one JSON object a file" },
        KD_ARG_END
    };
    kd_args args = {
        "bench text", "[FILE...]",
        "Words a second of reading, cutting every word anew, tokenising as a cell does\n"
        "(words that came before are remembered), packing and augmenting, in processor time\n"
        "of one core; and the most memory that the program took.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.sentences < 1 || o.passes < 0 || o.repeats < 1)
        return kd_fail(err, KD_EUSAGE,
                       "bench text: sentences and repeats are 1 or more, passes 0 or more");
    if (o.takes_documents && args.count == 0)
        return kd_fail(err, KD_EUSAGE, "bench text: --documents needs a file or a folder");
    if (args.count == 0) return bench_synth(&o, err);
    for (int i = 0; i < args.count && status == KD_OK; i++)
        status = bench_file(&o, args.words[i], err);
    return status;
}
