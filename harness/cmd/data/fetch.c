/* fetch.c - `kdgrid data fetch`: public data sets and networks, their terms shown before they come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/child/stop.h"
#include "harness/cmd/data/data.h"
#include "harness/fetch/fetch.h"

static const char about[] =
    "Fetch public corpora and published networks into folders where experiment files find\n"
    "them, and check that they are what they should be. Without a NAME, or with --list, say\n"
    "which there are. What is there is left alone; what broke off goes on. Each has a licence,\n"
    "which is shown and has to be accepted.";

typedef struct {
    const char *into, *from;
    bool        lists, accepts, as_json, as_markdown;
} options;

/* ---- the list ---- */

static const char *how_sure(const kd_fetch_set *set)
{
    size_t count = kd_fetch_file_count(set), known = 0;
    for (size_t i = 0; i < count; i++) known += set->files[i].sha256 != NULL;
    return set->by_hand ? "by hand" : known == count ? "all" : known > 0 ? "some" : "none";
}

static void list_for_people(kd_str *out)
{
    for (size_t i = 0; i < kd_fetch_set_count; i++) {
        const kd_fetch_set *set = &kd_fetch_sets[i];
        kd_str_addf(out, "%s\n    %s\n    %s\n", set->name, set->what, set->source);
        kd_str_addf(out, "    licence: %s\n", set->licence);
        if (set->by_hand) kd_str_addf(out, "    by hand: %s\n", set->by_hand);
    }
}

static void list_as_markdown(kd_str *out)
{
    kd_str_add(out, "| name | what | from | licence | SHA-256 known |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < kd_fetch_set_count; i++) {
        const kd_fetch_set *set = &kd_fetch_sets[i];
        kd_str_addf(out, "| `%s` | %s | %s | %s | %s |\n", set->name, set->what, set->source,
                    set->licence, how_sure(set));
    }
}

static void list_as_json(kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < kd_fetch_set_count; i++) {
        const kd_fetch_set *set = &kd_fetch_sets[i];
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "name", set->name);
        kd_json_put_text(&w, "what", set->what);
        kd_json_put_text(&w, "source", set->source);
        kd_json_put_text(&w, "licence", set->licence);
        kd_json_put_text(&w, "by_hand", set->by_hand);
        kd_json_put_text(&w, "sha256_known", how_sure(set));
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    kd_str_add_char(out, '\n');
}

static kd_status list(const options *o, kd_error *err)
{
    kd_str out = KD_STR_INIT;
    (o->as_json ? list_as_json : o->as_markdown ? list_as_markdown : list_for_people)(&out);
    kd_status status = kd_data_print(&out, err);
    kd_str_fini(&out);
    return status;
}

/* ---- terms ---- */

static kd_status accept(const kd_fetch_set *set, bool is_accepted, kd_error *err)
{
    char answer[16] = "";
    fprintf(stderr, "%s, from %s\nlicence: %s\n", set->name, set->source, set->licence);
    if (is_accepted || set->by_hand) return KD_OK;
    if (!isatty(STDIN_FILENO))
        return kd_fail(err, KD_EUSAGE,
                       "data fetch: --accept says that you accept the licence of %s: %s", set->name,
                       set->licence);
    fputs("Do you accept it? [yes/no] ", stderr);
    if (fgets(answer, sizeof answer, stdin) && !strcmp(answer, "yes\n")) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "data fetch: the licence of %s is not accepted", set->name);
}

/* ---- what is fetched ---- */

static bool show(void *user, const char *file, int64_t done, int64_t total)
{
    if (isatty(STDERR_FILENO) && total > 0)
        fprintf(stderr, "\r\033[K%s/%s: %.1f of %.1f MB", (const char *)user, file,
                (double)done / 1e6, (double)total / 1e6);
    return kd_stop_count() == 0;
}

static void tell(const kd_fetch_set *set, const options *o, const kd_fetch_report *report)
{
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
    kd_say("%s/%s: %d fetched (%.1f MB), %d were there", o->into, set->name, report->fetched,
           (double)report->bytes / 1e6, report->kept);
    if (report->unsure > 0)
        printf("; of %d no SHA-256 is known here, FETCHED.json has theirs", report->unsure);
    putchar('\n');
}

static kd_status fetch_one(const char *name, const options *o, kd_error *err)
{
    const char         *near;
    const kd_fetch_set *set = kd_fetch_find(name, &near);
    kd_fetch_report     report;
    if (!set)
        return kd_fail(err, KD_EUSAGE,
                       "data fetch: there is no %s%s%s; --list says which there are", name,
                       near ? ", did you mean " : "", near ? near : "");
    kd_status status = accept(set, o->accepts, err);
    if (status != KD_OK) return status;
    kd_fetch_options how = {
        .into = o->into, .from = o->from, .told = show, .user = (void *)set->name
    };
    status = kd_fetch(set, &how, &report, err);
    if (status == KD_OK) tell(set, o, &report);
    return status;
}

kd_status kd_cmd_data_fetch(int argc, char **argv, kd_error *err)
{
    const char  *data = getenv("KDGRID_DATA");
    options      o = { .into = data && *data ? data : "." };
    const kd_arg table[] = {
        { 'l', "list", KD_ARG_FLAG, &o.lists, NULL, "say which there are, and on what terms" },
        { 0, "markdown", KD_ARG_FLAG, &o.as_markdown, NULL, "list them as a table of Markdown" },
        KD_ARG_JSON(o.as_json),
        { 'i', "into", KD_ARG_TEXT, &o.into, "DIR",
          "where the folders go ($KDGRID_DATA, or here)" },
        { 0, "from", KD_ARG_TEXT, &o.from, "DIR|URL", "a mirror that has NAME/FILE" },
        { 0, "accept", KD_ARG_FLAG, &o.accepts, NULL, "accept the licences of what is named" },
        KD_ARG_END
    };
    kd_args   args = { "data fetch", "[NAME...]", about, table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.lists || args.count == 0) return list(&o, err);
    kd_stop_install();
    for (int i = 0; i < args.count && status == KD_OK; i++)
        status = fetch_one(args.words[i], &o, err);
    return status;
}
