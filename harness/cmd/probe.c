/* probe.c - what a site says of itself, for people and for its file. */
#include "harness/cmd/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/say.h"
#include "harness/config/site.h"
#include "slurm/probe.h"

typedef struct {
    kd_str           facts; /* lines */
    kd_probe_choices choices;
} findings;

static kd_status find_partition(const kd_arg_list *overrides, const char **out, kd_error *err)
{
    static const char key[] = "slurm.partition=";
    *out = NULL;
    for (size_t i = 0; i < overrides->count; i++) {
        if (!kd_starts_with(overrides->items[i], key))
            return kd_fail(err, KD_EUSAGE, "-D %s: a probe takes a partition and no other setting",
                           overrides->items[i]);
        *out = overrides->items[i] + strlen(key);
    }
    return KD_OK;
}

/* ---- telling ---- */

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return at + (*at == '\n');
}

static void print_json(const findings *f)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "site");
    kd_json_begin(&w, '[');
    for (const char *at = f->facts.text; *at; at = next_line(at)) {
        char *line = kd_strndup(at, strcspn(at, "\n"));
        kd_json_text(&w, line);
        free(line);
    }
    kd_json_end(&w, ']');
    kd_json_key(&w, "chosen");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < f->choices.count; i++) {
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "key", f->choices.items[i].key);
        kd_json_put_text(&w, "value", f->choices.items[i].value);
        kd_json_put_text(&w, "why", f->choices.items[i].why);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

static void print_text(const findings *f)
{
    for (const char *at = f->facts.text; *at; at = next_line(at))
        kd_say("%.*s\n", (int)strcspn(at, "\n"), at);
    kd_say("\n");
    for (size_t i = 0; i < f->choices.count; i++)
        kd_say("slurm.%s = %s: %s\n", f->choices.items[i].key, f->choices.items[i].value,
               f->choices.items[i].why);
}

/* ---- remembering ---- */

static void add_choices(kd_str *out, const kd_probe_choices *choices)
{
    kd_str_add(out, "probe = {\n");
    for (size_t i = 0; i < choices->count; i++)
        kd_str_addf(out, "  %s = %s; # %s\n", choices->items[i].key, choices->items[i].value,
                    choices->items[i].why);
    kd_str_add(out, "};\n");
}

/* Facts stand there as remarks. */
static kd_status remember(const findings *f, kd_error *err)
{
    char   stamp[32], *path = kd_site_path();
    kd_str text = KD_STR_INIT;
    if (!path)
        return kd_fail(
            err, KD_EUSAGE,
            "there is no place for the site's file: KDGRID_SITE is empty, or there is no "
            "HOME; --dry-run remembers nothing");
    kd_str_addf(&text, "# asked at %s\n", kd_clock_stamp(stamp, sizeof stamp, kd_clock_unix_s()));
    for (const char *at = f->facts.text; *at; at = next_line(at))
        kd_str_addf(&text, "#   %.*s\n", (int)strcspn(at, "\n"), at);
    add_choices(&text, &f->choices);
    kd_status status = kd_site_remember(path, text.text, err);
    if (status == KD_OK) kd_log_info("remembered in %s", path);
    kd_str_fini(&text);
    free(path);
    return status;
}

kd_status kd_cmd_probe(const kd_cmd_probe_options *options, kd_error *err)
{
    kd_probe    site;
    const char *partition;
    char       *folder = kd_fs_folder(options->store);
    findings    f = { KD_STR_INIT, KD_VEC_INIT };
    kd_status   status = find_partition(options->overrides, &partition, err);
    if (status == KD_OK) status = kd_probe_ask(&site, partition, folder, err);
    if (status == KD_OK) {
        kd_probe_tell(&site, &f.facts);
        kd_probe_choose(&site, &f.choices);
        if (options->as_json)
            print_json(&f);
        else
            print_text(&f);
        if (!options->is_dry) status = remember(&f, err);
    }
    kd_str_fini(&f.facts);
    kd_vec_fini(&f.choices);
    free(folder);
    return status;
}
