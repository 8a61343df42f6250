/* tensors.c - `kdgrid model tensors`: what is in a file of weights.
 *
 * A tensor has the same digest in every form of file that keeps its type: it is made from the
 * numbers alone, row by row. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/finding.h"
#include "harness/cmd/model/model.h"
#include "harness/objects/model.h"
#include "models/weights/weights.h"

/* ---- printing ---- */

static void add_text(kd_json_writer *w, const char *key, const char *text)
{
    kd_json_put_text(w, key, text);
}

static void print_text(const kd_weight *weight)
{
    kd_str shape = KD_STR_INIT;
    char   digest[KD_ID_TEXT];
    kd_weight_shape(weight, &shape);
    kd_id_text(digest, kd_id_of_bytes(weight->bytes, weight->length));
    kd_say("%s %-5s %-16s %s\n", digest, kd_dtype_word(weight->type), shape.text, weight->name);
    kd_str_fini(&shape);
}

static void add_json(kd_json_writer *w, const kd_weight *weight)
{
    char digest[KD_ID_TEXT];
    kd_id_text(digest, kd_id_of_bytes(weight->bytes, weight->length));
    kd_json_begin(w, '{');
    add_text(w, "name", weight->name);
    add_text(w, "type", kd_dtype_word(weight->type));
    kd_json_key(w, "shape");
    kd_json_begin(w, '[');
    for (int k = 0; k < weight->rank; k++) kd_json_int(w, weight->dim[k]);
    kd_json_end(w, ']');
    add_text(w, "digest", digest);
    kd_json_end(w, '}');
}

static void print_all(const kd_weight *const *weights, size_t count, bool as_json)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    for (size_t i = 0; i < count && !as_json; i++) print_text(weights[i]);
    if (!as_json) return;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < count; i++) add_json(&w, weights[i]);
    kd_json_end(&w, ']');
    puts(out.text);
    kd_str_fini(&out);
}

/* ---- reading ---- */

static kd_status print_published(const char *path, bool as_json, kd_error *err)
{
    kd_weights *weights;
    kd_status   status = kd_weights_open(&weights, path, err);
    if (status != KD_OK) return status;
    size_t            count = kd_weights_count(weights);
    const kd_weight **all = kd_alloc(count + 1, sizeof *all);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        all[i] = kd_weights_at(weights, i);
        if ((status = kd_weight_check(all[i], err)) != KD_OK) kd_while(err, status, "%s", path);
    }
    if (status == KD_OK) print_all(all, count, as_json);
    free(all);
    kd_weights_close(weights);
    return status;
}

static const kd_weight *weight_of(kd_arena *arena, const kd_params *params, const kd_param *p)
{
    kd_weight *weight = kd_arena_zero(arena, 1, sizeof *weight);
    weight->name = p->name;
    weight->type = KD_DTYPE_F32;
    weight->rank = p->rank;
    for (int i = 0; i < p->rank; i++) weight->dim[i] = p->dim[i];
    weight->bytes = (const char *)kd_param_block(params, p, KD_VALUES);
    weight->length = p->length * sizeof(float);
    return weight;
}

static kd_status print_object(const char *path, bool as_json, kd_error *err)
{
    kd_loaded_model loaded;
    kd_status       status = kd_loaded_model_open(&loaded, path, err);
    if (status != KD_OK) return status;
    kd_arena         *arena = kd_arena_create(0);
    int               count = kd_params_count(loaded.params);
    const kd_weight **all = kd_arena_alloc(arena, (size_t)count + 1, sizeof *all);
    for (int i = 0; i < count; i++)
        all[i] = weight_of(arena, loaded.params, kd_params_at(loaded.params, i));
    print_all(all, (size_t)count, as_json);
    kd_arena_destroy(arena);
    kd_loaded_model_fini(&loaded);
    return KD_OK;
}

static kd_status print(const kd_finding *finding, const char *word, bool as_json, kd_error *err)
{
    char     *path;
    kd_status status = kd_finding_path(&path, finding, word, err);
    if (status == KD_OK)
        status = kd_ends_with(path, ".h5") ? print_object(path, as_json, err)
                                           : print_published(path, as_json, err);
    free(path);
    return status;
}

kd_status kd_cmd_model_tensors(int argc, char **argv, kd_error *err)
{
    bool         as_json = false;
    kd_finding   finding = { .folder = NULL };
    const kd_arg table[] = { KD_ARGS_FINDING(finding), KD_ARG_JSON(as_json), KD_ARG_END };
    kd_args      args = { "model tensors", "FILE|CELL|best [--store DIR] [--json]",
                          "Names, types, shapes and digests of the tensors of a file, which is checked "
                               "whole, every number\nincluded: .safetensors, an index of shards, .bin, .pt, "
                               "or an object of a model (.h5), also by the\nname of its cell "
                               "(docs/FINDING.md).",
                          table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped) status = print(&finding, args.words[0], as_json, err);
    kd_args_fini(&args);
    return status;
}
