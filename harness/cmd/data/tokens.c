/* tokens.c - `kdgrid data tokenize`, `vocab` and `embeddings`: pieces of text, a
 * vocabulary made from a corpus, and what a file of word vectors covers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"
#include "models/text/basic.h"
#include "models/text/corpus.h"
#include "models/text/embeddings.h"
#include "models/text/tokenizer.h"
#include "models/text/unicode.h"

/* Print what is in `out` and empty it; whether stdout took it shows when the command ends. */
static void flush_text(kd_str *out)
{
    fwrite(out->text, 1, out->length, stdout);
    kd_str_reset(out);
}

/* ---- tokenize ---- */

typedef struct {
    bool as_ids, as_json;
} listing;

static void print_pieces(const kd_vocab *vocab, const kd_ids *ids, kd_str *out)
{
    for (size_t i = 0; i < ids->count; i++)
        kd_str_say(out, "%s%s", i ? " " : "", kd_vocab_piece(vocab, ids->items[i]));
    kd_str_add_char(out, '\n');
}

static void print_ids(const kd_ids *ids, kd_str *out)
{
    for (size_t i = 0; i < ids->count; i++) kd_str_addf(out, "%s%d", i ? " " : "", ids->items[i]);
    kd_str_add_char(out, '\n');
}

static void print_json(const kd_vocab *vocab, const kd_ids *ids, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "pieces");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < ids->count; i++) kd_json_text(&w, kd_vocab_piece(vocab, ids->items[i]));
    kd_json_end(&w, ']');
    kd_json_key(&w, "ids");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < ids->count; i++) kd_json_int(&w, ids->items[i]);
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

static kd_status tokenize_line(kd_tokenizer *tokenizer, listing how, const char *line,
                               size_t length, kd_ids *ids, kd_str *out, kd_error *err)
{
    size_t bad_at;
    if (!kd_utf8_check(line, length, &bad_at))
        return kd_fail(err, KD_EDATA, "byte %zu is not UTF-8", bad_at + 1);
    kd_vec_reset(ids);
    kd_tokenizer_encode(tokenizer, line, length, ids);
    if (how.as_json)
        print_json(kd_tokenizer_vocab(tokenizer), ids, out);
    else if (how.as_ids)
        print_ids(ids, out);
    else
        print_pieces(kd_tokenizer_vocab(tokenizer), ids, out);
    flush_text(out);
    return KD_OK;
}

static kd_status tokenize_stream(kd_tokenizer *tokenizer, listing how, FILE *in, const char *name,
                                 kd_error *err)
{
    char     *line = NULL;
    size_t    room = 0;
    ssize_t   length;
    kd_ids    ids = KD_VEC_INIT;
    kd_str    out = KD_STR_INIT;
    kd_status status = KD_OK;

    for (int number = 1; status == KD_OK && (length = getline(&line, &room, in)) >= 0; number++) {
        if (length > 0 && line[length - 1] == '\n') length--;
        status = tokenize_line(tokenizer, how, line, (size_t)length, &ids, &out, err);
        if (status != KD_OK) kd_while(err, status, "%s:%d", name, number);
    }
    if (status == KD_OK && ferror(in)) status = kd_fail_errno(err, errno, "%s", name);
    free(line);
    kd_vec_fini(&ids);
    kd_str_fini(&out);
    return status;
}

static kd_status tokenize_file(kd_tokenizer *tokenizer, listing how, const char *path,
                               kd_error *err)
{
    int       fd;
    kd_status status = kd_fs_open(&fd, path, err);
    if (status != KD_OK) return status;
    FILE *in = fdopen(fd, "r");
    KD_CHECK(in, "data tokenize: %s cannot be read as a stream", path);
    status = tokenize_stream(tokenizer, how, in, path, err);
    fclose(in);
    return status;
}

/* Settings from the command line; the row's own choices check --tokenizer. */
static kd_status choose(kd_token_options *options, const char *kind, bool cased, bool uncased,
                        kd_error *err)
{
    kd_setting_defaults(kd_token_settings, options);
    if (cased && uncased)
        return kd_fail(err, KD_EUSAGE, "data tokenize: --cased or --uncased, not both");
    if (cased) options->letters = KD_LETTERS_CASED;
    if (uncased) options->letters = KD_LETTERS_UNCASED;
    kd_status status =
        kd_setting_put(kd_setting_find(kd_token_settings, "tokenizer"), options, kind, err);
    if (status == KD_OK) return KD_OK;
    kd_while(err, status, "data tokenize: --tokenizer");
    return KD_EUSAGE;
}

kd_status kd_cmd_data_tokenize(int argc, char **argv, kd_error *err)
{
    const char  *vocab = NULL, *kind = "auto";
    bool         cased = false, uncased = false, lowercase = false;
    listing      how = { 0 };
    const kd_arg table[] = {
        { 0, "vocab", KD_ARG_TEXT, &vocab, "FILE",
          "vocab.txt, vocab.json, spiece.model, tokenizer.json, or its folder" },
        { 0, "tokenizer", KD_ARG_TEXT, &kind, "KIND",
          "wordpiece, bpe or unigram, if the name does not tell", "wordpiece bpe unigram" },
        { 0, "cased", KD_ARG_FLAG, &cased, NULL, "the vocabulary has capitals and accents" },
        { 0, "uncased", KD_ARG_FLAG, &uncased, NULL,
          "the vocabulary has none: lower, strip accents" },
        { 0, "lowercase", KD_ARG_FLAG, &lowercase, NULL, "lower the text first, keep accents" },
        { 0, "ids", KD_ARG_FLAG, &how.as_ids, NULL, "print ids instead of pieces" },
        { 0, "json", KD_ARG_FLAG, &how.as_json, NULL, "print one JSON object a line" },
        KD_ARG_END
    };
    kd_args          args = { "data tokenize", "--vocab FILE [--cased|--uncased] [FILE...] < text",
                              "Cuts each line of text into pieces and prints them with blanks between.\n"
                                       "Without --cased and --uncased the vocabulary itself tells which it is.",
                              table };
    kd_token_options options;
    kd_tokenizer    *tokenizer = NULL;
    kd_status        status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (!vocab) return kd_fail(err, KD_EUSAGE, "data tokenize: --vocab FILE is needed");

    status = choose(&options, kind, cased, uncased, err);
    options.lowercase = lowercase;
    if (status == KD_OK) status = kd_tokenizer_open(&tokenizer, vocab, &options, err);
    if (status == KD_OK && args.count == 0)
        status = tokenize_stream(tokenizer, how, stdin, "standard input", err);
    for (int i = 0; i < args.count && status == KD_OK; i++)
        status = tokenize_file(tokenizer, how, args.words[i], err);
    kd_tokenizer_destroy(tokenizer);
    return status == KD_OK ? kd_data_finish(err) : status;
}

/* ---- words of corpora ---- */

/* Count the words of a file into `counts`, as WordPiece sees them before it cuts them. */
static kd_status count_file(const char *path, kd_task task, kd_labels *labels, bool is_uncased,
                            kd_map *counts, kd_error *err)
{
    kd_corpus corpus;
    kd_basic  basic = KD_BASIC_INIT;
    kd_status status = kd_corpus_read(&corpus, path, task, NULL, labels, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < corpus.words.count; i++)
        kd_basic_count(&basic, corpus.words.items[i].text, corpus.words.items[i].length, is_uncased,
                       counts);
    kd_basic_fini(&basic);
    kd_corpus_fini(&corpus);
    return KD_OK;
}

static kd_status count_files(char **paths, int count, kd_task task, bool is_uncased, kd_map *counts,
                             kd_error *err)
{
    kd_labels *labels = kd_labels_create();
    kd_status  status = KD_OK;
    for (int i = 0; i < count && status == KD_OK; i++)
        status = count_file(paths[i], task, labels, is_uncased, counts, err);
    kd_labels_destroy(labels);
    return status;
}

static int64_t sum_of(const kd_map *counts)
{
    int64_t sum = 0;
    for (size_t i = 0; i < kd_map_count(counts); i++) sum += kd_map_at(counts, i)->number;
    return sum;
}

/* ---- vocab ---- */

static kd_status build_vocab(const kd_map *counts, int size, const char *path, kd_error *err)
{
    kd_vocab *vocab;
    kd_status status = kd_vocab_build(&vocab, counts, size, err);
    if (status != KD_OK) return status;
    status = kd_vocab_write(vocab, path, err);
    if (status == KD_OK)
        kd_say("%s: %d pieces from %lld words, %zu of them different\n", path, kd_vocab_size(vocab),
               (long long)sum_of(counts), kd_map_count(counts));
    kd_vocab_destroy(vocab);
    return status;
}

kd_status kd_cmd_data_vocab(int argc, char **argv, kd_error *err)
{
    const char  *path = NULL, *task_name = "ner";
    int          size = 0;
    bool         lowercase = false;
    const kd_arg table[] = { { 0, "size", KD_ARG_INT, &size, "N",
                               "how many pieces, the five specials included" },
                             { 'o', "output", KD_ARG_TEXT, &path, "FILE", "where vocab.txt goes" },
                             { 0, "lowercase", KD_ARG_FLAG, &lowercase, NULL,
                               "an uncased vocabulary: no capitals, no accents" },
                             { 0, "task", KD_ARG_TEXT, &task_name, "TASK",
                               "how the files are read: ner (default), re, hoc, qa, pair, text",
                               "ner re hoc qa pair text" },
                             KD_ARG_END };
    kd_args      args = {
             "data vocab", "FILE... --size N [--lowercase] -o vocab.txt",
             "Builds a WordPiece vocabulary from the words of corpora: all characters, then\n"
                  "the most frequent neighbours joined, until there are N pieces.",
             table
    };
    kd_task   task;
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, -1, err)) != KD_OK) return status;
    if ((status = kd_task_choose(&task, task_name, NULL, err)) != KD_OK) return status;
    if (!path || size <= 0)
        return kd_fail(err, KD_EUSAGE, "data vocab: --size N and -o FILE are needed");

    kd_map *counts = kd_map_create();
    status = count_files(args.words, args.count, task, lowercase, counts, err);
    if (status == KD_OK) status = build_vocab(counts, size, path, err);
    kd_map_destroy(counts);
    return status == KD_OK ? kd_data_finish(err) : status;
}

/* ---- embeddings ---- */

static double percent(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void print_coverage(const kd_embeddings_info *info, const kd_embeddings_hits *hits,
                           const char *against)
{
    kd_say("rows        %lld\n", (long long)info->rows);
    kd_say("dimensions  %d\n", info->dim);
    kd_say("header      %s\n", info->has_header ? "yes" : "no");
    kd_say("repeated    %lld\n", (long long)info->repeated);
    kd_say("spaced      %lld\n", (long long)info->spaced);
    kd_say("not UTF-8   %lld\n", (long long)info->not_utf8);
    if (!against) return;
    kd_say("against     %s\n", against);
    kd_say("words       %lld of %lld found (%.2f %%)\n", (long long)hits->words_found,
           (long long)hits->words, percent(hits->words_found, hits->words));
    kd_say("tokens      %lld of %lld found (%.2f %%)\n", (long long)hits->tokens_found,
           (long long)hits->tokens, percent(hits->tokens_found, hits->tokens));
}

static void print_coverage_json(const kd_embeddings_info *info, const kd_embeddings_hits *hits,
                                const char *against)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    const struct {
        const char *key;
        int64_t     number;
    } rows[] = {
        { "rows", info->rows },
        { "dimensions", info->dim },
        { "repeated", info->repeated },
        { "spaced", info->spaced },
        { "not_utf8", info->not_utf8 },
        { "words", hits->words },
        { "words_found", hits->words_found },
        { "tokens", hits->tokens },
        { "tokens_found", hits->tokens_found },
    };
    size_t count = sizeof rows / sizeof *rows - (against ? 0 : 4);
    for (size_t i = 0; i < count; i++) {
        kd_json_put_int(&w, rows[i].key, rows[i].number);
    }
    kd_json_put_bool(&w, "has_header", info->has_header);
    kd_json_put_text(&w, "against", against);
    kd_json_end(&w, '}');
    kd_str_add_char(&out, '\n');
    flush_text(&out);
    kd_str_fini(&out);
}

/* The words that the vectors are held against: pieces of a vocabulary, or words of a corpus. */
static kd_status count_wanted(const char *vocab_path, const char *corpus_path, kd_task task,
                              kd_map *counts, kd_error *err)
{
    kd_vocab *vocab;
    if (corpus_path)
        return count_files((char *[]){ (char *)corpus_path }, 1, task, false, counts, err);
    if (!vocab_path) return KD_OK;
    kd_status status = kd_vocab_read(&vocab, vocab_path, err);
    if (status != KD_OK) return status;
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++)
        kd_map_put_number(counts, kd_vocab_piece(vocab, id), 1);
    kd_vocab_destroy(vocab);
    return KD_OK;
}

static kd_status cover(const char *path, const kd_map *counts, const char *against, bool as_json,
                       kd_error *err)
{
    kd_map        *wanted = kd_map_create();
    kd_embeddings *embeddings;
    for (size_t i = 0; i < kd_map_count(counts); i++)
        kd_embeddings_want(wanted, kd_map_key(counts, i), strlen(kd_map_key(counts, i)));
    kd_status status = kd_embeddings_read(&embeddings, path, wanted, err);
    if (status == KD_OK) {
        kd_embeddings_info info = kd_embeddings_about(embeddings);
        kd_embeddings_hits hits = kd_embeddings_cover(embeddings, counts);
        (as_json ? print_coverage_json : print_coverage)(&info, &hits, against);
        kd_embeddings_destroy(embeddings);
    }
    kd_map_destroy(wanted);
    return status;
}

kd_status kd_cmd_data_embeddings(int argc, char **argv, kd_error *err)
{
    const char  *vocab = NULL, *corpus = NULL, *task_name = "ner";
    bool         as_json = false;
    const kd_arg table[] = {
        { 0, "vocab", KD_ARG_TEXT, &vocab, "FILE", "which of its pieces have a vector" },
        { 0, "corpus", KD_ARG_TEXT, &corpus, "FILE", "which of its words have a vector" },
        { 0, "task", KD_ARG_TEXT, &task_name, "TASK",
          "how the corpus is read: ner (default), re, hoc, qa, pair, text",
          "ner re hoc qa pair text" },
        KD_ARG_JSON(as_json),
        KD_ARG_END
    };
    kd_args   args = { "data embeddings", "FILE [--vocab FILE | --corpus FILE] [--json]",
                       "Checks a file of word vectors (GloVe or word2vec text) and counts the words\n"
                         "that have one, as they are written or else in lower case.",
                       table };
    kd_task   task;
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    if ((status = kd_task_choose(&task, task_name, NULL, err)) != KD_OK) return status;
    if (vocab && corpus)
        return kd_fail(err, KD_EUSAGE, "data embeddings: --vocab or --corpus, not both");

    kd_map *counts = kd_map_create();
    status = count_wanted(vocab, corpus, task, counts, err);
    if (status == KD_OK)
        status = cover(args.words[0], counts, vocab ? vocab : corpus, as_json, err);
    kd_map_destroy(counts);
    return status == KD_OK ? kd_data_finish(err) : status;
}
