/* forward.c - `kdgrid model forward`: what a network says of sentences of token ids, one
 * JSON object a line. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/vec.h"
#include "harness/cmd/finding.h"
#include "harness/cmd/model/model.h"
#include "harness/objects/model.h"

typedef KD_VEC(int32_t) ids;

typedef struct {
    kd_loaded_model network;
    kd_tape        *tape;
    bool            with_hidden;
} forward;

/* ---- sentences ---- */

/* One line of ids within the vocabulary and the longest sequence. */
static kd_status parse_line(ids *out, char *line, const kd_arch *arch, kd_error *err)
{
    char *rest = NULL;
    kd_vec_reset(out);
    for (char *word = strtok_r(line, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
        long long id;
        if (!kd_parse_int(word, &id) || id < 0 || id >= arch->vocab)
            return kd_fail(err, KD_EDATA, "expected a token id below %d, found %s", arch->vocab,
                           word);
        if (out->count == (size_t)kd_arch_longest(arch))
            return kd_fail(err, KD_EDATA, "more than %d tokens, the network's longest sequence",
                           kd_arch_longest(arch));
        kd_vec_push(out, (int32_t)id);
    }
    return out->count ? KD_OK : kd_fail(err, KD_EDATA, "expected token ids, found nothing");
}

/* ---- answers ---- */

static void print_matrix(kd_json_writer *w, const char *key, const kd_tensor *x)
{
    if (key) kd_json_key(w, key);
    kd_json_begin(w, '[');
    for (int n = 0; n < x->n; n++) {
        kd_json_begin(w, '[');
        for (int d = 0; d < x->d; d++)
            kd_json_real_digits(w, (double)x->x[(size_t)n * (size_t)x->d + (size_t)d], 9);
        kd_json_end(w, ']');
    }
    kd_json_end(w, ']');
}

static void print_outputs(const kd_outputs *out)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 0);
    kd_json_begin(&w, '{');
    if (out->logits) print_matrix(&w, "logits", out->logits);
    if (out->hidden_count) {
        kd_json_key(&w, "hidden");
        kd_json_begin(&w, '[');
        for (int l = 0; l < out->hidden_count; l++) print_matrix(&w, NULL, out->hidden[l]);
        kd_json_end(&w, ']');
    }
    kd_json_end(&w, '}');
    puts(text.text);
    kd_str_fini(&text);
}

static void apply(const forward *f, const ids *sentence)
{
    const int32_t begin[] = { 0, (int32_t)sentence->count };
    kd_batch      batch = { sentence->items, NULL, { 1, begin }, NULL, NULL };
    kd_wants      wants = { .hidden = f->with_hidden };
    kd_outputs    out = kd_model_apply(f->network.model, f->tape, &batch, &wants);
    print_outputs(&out);
    kd_tape_reset(f->tape);
}

static kd_status apply_lines(const forward *f, char *text, const char *path, kd_error *err)
{
    ids       sentence = KD_VEC_INIT;
    kd_status status = KD_OK;
    for (int line = 1; *text && status == KD_OK; line++) {
        char *end = strchrnul(text, '\n'), *next = *end ? end + 1 : end;
        *end = 0;
        status = parse_line(&sentence, text, kd_model_arch(f->network.model), err);
        if (status == KD_OK)
            apply(f, &sentence);
        else
            kd_while(err, status, "%s:%d", path, line);
        text = next;
    }
    kd_vec_fini(&sentence);
    return status;
}

/* ---- the verb ---- */

static kd_status run(forward *f, const char *from, const char *path, kd_precision precision,
                     kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_gemm_require(precision, err);
    if (status == KD_OK) status = kd_fs_read(path, &text, err);
    if (status == KD_OK) status = kd_loaded_model_open(&f->network, from, err);
    if (status == KD_OK && !f->with_hidden && kd_model_arch(f->network.model)->head == KD_HEAD_NONE)
        status = kd_fail(err, KD_EUSAGE, "%s: has no head; --hidden prints its states", from);
    if (status == KD_OK) {
        kd_params_seal(f->network.params, precision);
        f->tape = kd_tape_create(&(kd_tape_options){ .precision = precision });
        status = strlen(text.text) == text.length ? apply_lines(f, text.text, path, err)
                                                  : kd_fail(err, KD_EDATA, "%s: a NUL byte", path);
    }
    kd_tape_destroy(f->tape);
    kd_loaded_model_fini(&f->network);
    kd_str_fini(&text);
    return status;
}

static kd_status run_found(forward *f, const kd_finding *finding, const char *word,
                           const char *sentences, kd_precision precision, kd_error *err)
{
    char     *path;
    kd_status status = kd_finding_path(&path, finding, word, err);
    if (status == KD_OK) status = run(f, path, sentences, precision, err);
    free(path);
    return status;
}

kd_status kd_cmd_model_forward(int argc, char **argv, kd_error *err)
{
    forward      f = { .with_hidden = false };
    const char  *path = NULL, *word = "f32";
    bool         as_json = false;
    kd_precision precision;
    kd_finding   finding = { .folder = NULL };
    const kd_arg table[] = {
        KD_ARGS_FINDING(finding),
        { 0, "ids", KD_ARG_TEXT, &path, "FILE", "one sentence of token ids a line" },
        { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON, an object a line (always so)" },
        { 0, "hidden", KD_ARG_FLAG, &f.with_hidden, NULL,
          "also print the embedding output and the output of every layer" },
        { 0, "precision", KD_ARG_TEXT, &word, "P", "of products: f32, bf16 or int8 (f32)",
          "f32 bf16 int8" },
        KD_ARG_END,
    };
    kd_args args = {
        "model forward", "DIR|FILE.h5|CELL|best --ids FILE --json [OPTION]...",
        "Applies a network to sentences of token ids: a published checkpoint (config.json "
        "beside\nmodel.safetensors, its shards, or pytorch_model.bin), or an object of "
        "a study, by its file or the name of\nits cell (docs/FINDING.md). One row of logits a "
        "token, or one a sentence.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped && !path)
        status = kd_fail(err, KD_EUSAGE, "model forward: --ids FILE is missing");
    if (status == KD_OK && !args.helped && !kd_precision_parse(word, &precision))
        status = kd_fail(err, KD_EUSAGE, "model forward: --precision is f32, bf16 or int8, not %s",
                         word);
    if (status == KD_OK && !args.helped)
        status = run_found(&f, &finding, args.words[0], path, precision, err);
    kd_args_fini(&args);
    return status;
}
