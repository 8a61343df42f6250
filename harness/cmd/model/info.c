/* info.c - `kdgrid model info`: the size of a network without making it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/base/args.h"
#include "harness/base/say.h"
#include "harness/cmd/model/model.h"
#include "models/model.h"
#include "results/format.h"

typedef struct {
    kd_arg_list defines, distill, teacher;
    const char *rounding;
    int         length, decimals;
    bool        as_json;
} info_options;

/* ---- the network ---- */

/* "hidden=300" into the options that the table is of. */
static kd_status put_setting(const kd_setting *table, void *options, const char *text,
                             kd_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals) return kd_fail(err, KD_EUSAGE, "model: expected key=value, found %s", text);
    char             *key = kd_strndup(text, (size_t)(equals - text));
    const kd_setting *row = kd_setting_find(table, key);
    kd_status         status;
    if (!row) {
        const char *near = kd_setting_nearest(table, key);
        status = kd_fail(err, KD_ECONFIG, "model: no setting is called %s%s%s%s", key,
                         near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    } else {
        status = kd_setting_put(row, options, equals + 1, err);
        if (status != KD_OK) kd_while(err, status, "model: %s", key);
    }
    free(key);
    return status;
}

static kd_status put_all(const kd_setting *table, void *options, const kd_arg_list *texts,
                         kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t i = 0; i < texts->count && status == KD_OK; i++)
        status = put_setting(table, options, texts->items[i], err);
    return status;
}

static kd_status read_arch(kd_arch *arch, const char *kind, const kd_arg_list *defines,
                           kd_error *err)
{
    kd_setting_defaults(kd_arch_settings(), arch);
    kd_status status = kd_setting_put(kd_setting_find(kd_arch_settings(), "kind"), arch, kind, err);
    if (status != KD_OK) return kd_while(err, KD_EUSAGE, "model: kind");
    kd_arch_begin(arch, arch->kind);
    return put_all(kd_arch_settings(), arch, defines, err);
}

/* ---- what a method trains beside it ---- */

static bool names_method(const char *text)
{
    return kd_starts_with(text, "method=");
}

/* The method first, wherever it stands, and then its settings. */
static kd_status read_method(const kd_method **method, kd_distill_options *options,
                             const kd_arg_list *texts, kd_error *err)
{
    char name[64] = { 0 };
    *method = kd_methods[0];
    for (size_t i = 0; i < texts->count; i++) {
        if (!names_method(texts->items[i])) continue;
        kd_status status = put_setting(kd_distill_settings(), name, texts->items[i], err);
        if (status != KD_OK) return status;
        *method = kd_method_find(name);
    }
    kd_distill_defaults(options, *method);
    kd_status status = KD_OK;
    for (size_t i = 0; i < texts->count && status == KD_OK; i++)
        if (!names_method(texts->items[i]))
            status = put_setting((*method)->settings, options, texts->items[i], err);
    return status;
}

/* The teacher is like the student but for what --teacher says. */
static kd_status count_method(kd_model_size *size, const kd_arch *arch, const info_options *o,
                              kd_error *err)
{
    kd_arch            teacher = *arch;
    const kd_method   *method;
    kd_distill_options options;
    kd_status          status = read_method(&method, &options, &o->distill, err);
    if (status == KD_OK) status = put_all(kd_arch_settings(), &teacher, &o->teacher, err);
    if (status != KD_OK) return status;
    if ((status = kd_method_fits(method, &options, arch, &teacher, err)) != KD_OK) return status;
    kd_params *own = kd_params_create();
    status = kd_method_declare(method, own, &options, arch, &teacher, err);
    if (status == KD_OK) kd_model_size_add(size, kd_params_total(own));
    kd_params_destroy(own);
    return status;
}

/* ---- printing ---- */

static void print_json(const kd_arch *arch, const kd_model_size *size, const char *mib)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_model_info_json(arch, size, &w);
    kd_json_put_text(&w, "size", mib);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

static void print_text(const kd_arch *arch, const kd_model_size *size, const char *mib)
{
    kd_say("%-24s %s\n", "kind", kd_arch_kind(arch)->name);
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        kd_str text = KD_STR_INIT;
        if (strcmp(row->key, "kind") == 0 || !kd_setting_used_by(row, kd_arch_kind(arch)->name))
            continue;
        kd_setting_print(row, arch, &text);
        kd_say("%-24s %s\n", row->key, text.text);
        kd_str_fini(&text);
    }
    kd_say("\n%-24s %15zu\n", "parameters", size->parameters);
    for (int i = 0; i < size->block_count; i++)
        kd_say("  %-22s %15zu\n", size->block[i].name, size->block[i].parameters);
    kd_say("%-24s %15s MiB as f32\n", "size", mib);
    kd_say("%-24s %15.4g a token, in a sentence of %d\n", "operations", size->operations_per_token,
           size->length);
}

static kd_status print_info(const char *kind, const info_options *o, kd_error *err)
{
    kd_arch       arch;
    kd_model_size size;
    kd_rounding   rounding;
    kd_str        mib = KD_STR_INIT;
    kd_status     status = read_arch(&arch, kind, &o->defines, err);
    if (status == KD_OK && !kd_rounding_parse(o->rounding, &rounding))
        status = kd_fail(err, KD_EUSAGE,
                         "model info: --rounding is half_up_2stage or trunc, not %s", o->rounding);
    if (status == KD_OK && (o->decimals < 0 || o->decimals > 6 || o->length < 1))
        status = kd_fail(err, KD_EUSAGE, "model info: --decimals is 0 to 6, --length 1 or more");
    if (status == KD_OK) status = kd_model_measure(&size, &arch, o->length, err);
    if (status == KD_OK && o->distill.count) status = count_method(&size, &arch, o, err);
    if (status != KD_OK) return status;
    kd_format_size(&mib, size.mib, o->decimals, rounding);
    if (o->as_json)
        print_json(&arch, &size, mib.text);
    else
        print_text(&arch, &size, mib.text);
    kd_str_fini(&mib);
    return KD_OK;
}

/* ---- the verb ---- */

static void describe(kd_str *out)
{
    kd_str_add(out, "Layers, dimensions, parameters, size and operations of a network.\n\nkinds:");
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        const kd_model_kind *kind = kd_model_kind_at((kd_kind)k);
        kd_str_addf(out, "\n  %-10s %s", kind->name, kind->about);
    }
}

kd_status kd_cmd_model_info(int argc, char **argv, kd_error *err)
{
    info_options o = { .rounding = "half_up_2stage", .length = KD_USUAL_LENGTH, .decimals = 1 };
    const kd_arg table[] = {
        { 'D', "define", KD_ARG_LIST, &o.defines, "KEY=VALUE",
          "a setting of the network, as under student." },
        { 0, "length", KD_ARG_INT, &o.length, "N",
          "pieces of the sentence that operations are counted for (35)" },
        { 0, "distill", KD_ARG_LIST, &o.distill, "KEY=VALUE",
          "a setting as under distill.; what its method trains beside the network counts too" },
        { 0, "teacher", KD_ARG_LIST, &o.teacher, "KEY=VALUE",
          "what the method's teacher has other than the network" },
        { 0, "decimals", KD_ARG_INT, &o.decimals, "N", "of the size (1)" },
        { 0, "rounding", KD_ARG_TEXT, &o.rounding, "RULE",
          "of the size: half_up_2stage, or trunc (half_up_2stage)", "half_up_2stage trunc" },
        KD_ARG_JSON(o.as_json),
        KD_ARG_END,
    };
    kd_str about = KD_STR_INIT;
    describe(&about);
    kd_args   args = { "model info", "KIND [-D KEY=VALUE]... [--json]", about.text, table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped && (status = kd_args_expect(&args, 1, 1, err)) == KD_OK)
        status = print_info(args.words[0], &o, err);
    kd_args_fini(&args);
    kd_str_fini(&about);
    return status;
}
