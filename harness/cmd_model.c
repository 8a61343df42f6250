/* cmd_model.c - `kdgrid model`: its verbs, and of them `info KIND`, the size of a network without
 * making it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/cmd.h"
#include "harness/cmd_model.h"
#include "models/model.h"

/* "hidden=300" into the architecture. */
static kd_status put_setting(kd_arch *arch, const char *text, kd_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals) return kd_fail(err, KD_EUSAGE, "model: -D expects key=value, found %s", text);
    char             *key = kd_strndup(text, (size_t)(equals - text));
    const kd_setting *row = kd_setting_find(kd_arch_settings, key);
    kd_status         status;
    if (!row) {
        const char *near = kd_setting_nearest(kd_arch_settings, key);
        status = kd_fail(err, KD_ECONFIG, "model: no setting is called %s%s%s%s", key,
                         near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    } else {
        status = kd_setting_put(row, arch, equals + 1, err);
        if (status != KD_OK) kd_while(err, status, "model: %s", key);
    }
    free(key);
    return status;
}

static kd_status read_arch(kd_arch *arch, const char *kind, const kd_arg_list *defines,
                           kd_error *err)
{
    kd_setting_defaults(kd_arch_settings, arch);
    kd_status status = kd_setting_put(kd_setting_find(kd_arch_settings, "kind"), arch, kind, err);
    if (status != KD_OK) return kd_while(err, KD_EUSAGE, "model: kind");
    for (size_t i = 0; i < defines->count && status == KD_OK; i++)
        status = put_setting(arch, defines->items[i], err);
    return status;
}

static kd_status print_json(const kd_arch *arch, kd_error *err)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_status status = kd_model_info_json(arch, &w, err);
    if (status == KD_OK) puts(out.text);
    kd_str_fini(&out);
    return status;
}

static kd_status print_text(const kd_arch *arch, int length, kd_error *err)
{
    kd_model_size size;
    kd_status     status = kd_model_measure(&size, arch, length, err);
    if (status != KD_OK) return status;
    printf("%-24s %s\n", "kind", arch->kind);
    for (const kd_setting *row = kd_arch_settings; row->key; row++) {
        kd_str text = KD_STR_INIT;
        if (strcmp(row->key, "kind") == 0 || !kd_setting_used_by(row, arch->kind)) continue;
        kd_setting_print(row, arch, &text);
        printf("%-24s %s\n", row->key, text.text);
        kd_str_fini(&text);
    }
    printf("\n%-24s %15zu\n", "parameters", size.parameters);
    for (int i = 0; i < size.block_count; i++)
        printf("  %-22s %15zu\n", size.block[i].name, size.block[i].parameters);
    printf("%-24s %15.1f MiB as f32\n", "size", size.mib);
    printf("%-24s %15.4g a token, in a sentence of %d\n", "operations", size.operations_per_token,
           size.length);
    return KD_OK;
}

static kd_status model_info(int argc, char **argv, kd_error *err)
{
    kd_arg_list  defines = { NULL, 0 };
    bool         as_json = false;
    int          length = 35;
    const kd_arg table[] = {
        { 'D', "define", KD_ARG_LIST, &defines, "KEY=VALUE",
          "a setting of the network, as under student." },
        { 0, "length", KD_ARG_INT, &length, "N",
          "pieces of the sentence that operations are counted for (35)" },
        { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON" },
        KD_ARG_END,
    };
    kd_str kinds = KD_STR_INIT;
    kd_str_add(&kinds,
               "Layers, dimensions, parameters, size and operations of a network.\n\nkinds:");
    for (int i = 0; kd_model_kinds[i]; i++)
        kd_str_addf(&kinds, "\n  %-10s %s", kd_model_kinds[i]->name, kd_model_kinds[i]->about);
    kd_args   args = { "model info", "KIND [-D KEY=VALUE]... [--json]", kinds.text, table };
    kd_arch   arch;
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) goto done;
    if ((status = read_arch(&arch, args.words[0], &defines, err)) != KD_OK) goto done;
    status = as_json ? print_json(&arch, err) : print_text(&arch, length, err);
done:
    kd_args_fini(&args);
    kd_str_fini(&kinds);
    return status;
}

static const struct {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
} verbs[] = {
    { "info", model_info },
    { "tensors", kd_model_tensors },
    { "forward", kd_model_forward },
    { "export", kd_model_export },
};

kd_status kd_cmd_model(int argc, char **argv, kd_error *err)
{
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1, err);
    const kd_arg table[] = { KD_ARG_END };
    kd_args      args = { "model", "info|tensors|forward|export ...",
                          "Networks: their sizes, and published weights.\n\n"
                               "  info      layers, dimensions, parameters, size, operations\n"
                               "  tensors   names, types, shapes and digests in a file of weights\n"
                               "  forward   logits of a published checkpoint for token ids\n"
                               "  export    an object of a study as a published checkpoint",
                          table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (args.count == 0) return kd_args_expect(&args, 1, -1, err);
    return kd_fail(err, KD_EUSAGE,
                   "model: there is no %s; there are: info, tensors, forward, export",
                   args.words[0]);
}
