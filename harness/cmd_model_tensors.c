/* cmd_model_tensors.c - `kdgrid model tensors`: what is in a file of weights. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/cmd_model.h"
#include "models/weights/weights.h"

static void print_text(const kd_weights *weights)
{
    for (size_t i = 0; i < kd_weights_count(weights); i++) {
        const kd_weight *weight = kd_weights_at(weights, i);
        kd_str           shape = KD_STR_INIT;
        char             digest[KD_ID_TEXT];
        kd_weight_shape(weight, &shape);
        kd_id_text(digest, kd_id_of_bytes(weight->bytes, weight->length));
        printf("%s %-5s %-16s %s\n", digest, kd_dtype_word(weight->type), shape.text, weight->name);
        kd_str_fini(&shape);
    }
}

static void add_text(kd_json_writer *w, const char *key, const char *text)
{
    kd_json_key(w, key);
    kd_json_text(w, text);
}

static void print_json(const kd_weights *weights)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < kd_weights_count(weights); i++) {
        const kd_weight *weight = kd_weights_at(weights, i);
        char             digest[KD_ID_TEXT];
        kd_id_text(digest, kd_id_of_bytes(weight->bytes, weight->length));
        kd_json_begin(&w, '{');
        add_text(&w, "name", weight->name);
        add_text(&w, "type", kd_dtype_word(weight->type));
        kd_json_key(&w, "shape");
        kd_json_begin(&w, '[');
        for (int k = 0; k < weight->rank; k++) kd_json_int(&w, weight->dim[k]);
        kd_json_end(&w, ']');
        add_text(&w, "digest", digest);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    puts(out.text);
    kd_str_fini(&out);
}

kd_status kd_model_tensors(int argc, char **argv, kd_error *err)
{
    bool         as_json = false;
    const kd_arg table[] = { { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON" }, KD_ARG_END };
    kd_args      args = { "model tensors", "FILE [--json]",
                          "Names, types, shapes and digests of the tensors of a published file, "
                               "which is checked whole:\n.safetensors, an index of shards, .bin or .pt.",
                          table };
    kd_weights  *weights;
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    if ((status = kd_weights_open(&weights, args.words[0], err)) != KD_OK) return status;
    if (as_json)
        print_json(weights);
    else
        print_text(weights);
    kd_weights_close(weights);
    return KD_OK;
}
