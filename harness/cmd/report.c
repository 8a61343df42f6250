/* report.c - `kdgrid report`: stores as a page. */
#include <stdlib.h>

#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "results/page/page.h"

typedef struct {
    const char *out, *compare_with, *since;
    kd_arg_list where;
    char      **folders;
    int         folder_count;
    bool        helped;
} options;

static const char about[] =
    "Writes a page about one or several stores: what was asked, warnings, scores with their "
    "spread,\n"
    "learning curves, what a score costs in size and latency, differences with intervals, scores "
    "by\n"
    "type, errors, where the time went, failures, every cell, and where it all comes from.\n"
    "It is one file without a network, readable with scripts off, in light, dark and print. "
    "Numbers\n"
    "and marks say on hover which cells they are made from. docs/REPORT.md walks through it.";

static kd_status check(const options *o, kd_error *err)
{
    if (o->compare_with != NULL && o->since != NULL)
        return kd_fail(err, KD_EUSAGE, "report: --compare-with and --since are two questions");
    return o->since != NULL ? kd_snapshot_check_date(o->since, err) : KD_OK;
}

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = { { 'o', "out", KD_ARG_TEXT, &o->out, "FILE",
                               "where the page goes (report.html)" },
                             KD_ARG_WHERE(o->where),
                             { 0, "compare-with", KD_ARG_TEXT, &o->compare_with, "OLD.html",
                               "say what changed since that page" },
                             { 0, "since", KD_ARG_TEXT, &o->since, "DATE",
                               "say what changed since then: 2026-11-29, or with T14:30 (UTC)" },
                             KD_ARG_END };
    kd_args      args = {
             .verb = "report", .usage = "STORE... [-o FILE.html]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    o->folders = args.words;
    o->folder_count = args.count;
    if ((status = kd_args_expect(&args, 1, -1, err)) != KD_OK) return status;
    return check(o, err);
}

/* The page that `before` was read from, or what there was at a date. */
static kd_status take_before(kd_snapshot *before, const options *o, const kd_report *report,
                             kd_error *err)
{
    if (o->compare_with != NULL) return kd_snapshot_read(before, o->compare_with, err);
    return kd_snapshot_take(before, report, o->since, err);
}

static kd_status make_page(kd_str *page, const options *o, const kd_report *report, kd_error *err)
{
    bool            is_beside = o->compare_with != NULL || o->since != NULL;
    kd_snapshot     before;
    kd_page_options beside = { .what = o->compare_with != NULL ? o->compare_with : o->since };
    kd_status       status = KD_OK;

    if (is_beside) {
        status = take_before(&before, o, report, err);
        beside.before = &before;
    }
    if (status == KD_OK) status = kd_page_write(page, report, &beside, err);
    if (is_beside) kd_snapshot_fini(&before);
    return status;
}

static kd_status write_page(const options *o, kd_error *err)
{
    kd_report report;
    kd_str    page = KD_STR_INIT;
    kd_status status = kd_report_open(&report, (const char *const *)o->folders,
                                      (size_t)o->folder_count, o->where.items, o->where.count, err);

    kd_log_warnings(report.notice.text);
    if (status == KD_OK) status = make_page(&page, o, &report, err);
    if (status == KD_OK) status = kd_fs_write(o->out, page.text, page.length, err);
    if (status == KD_OK)
        kd_log_info("%s: %zu students, %zu kB", o->out, report.students.count,
                    (page.length + 999) / 1000);
    kd_str_fini(&page);
    kd_report_close(&report);
    return status;
}

kd_status kd_cmd_report(int argc, char **argv, kd_error *err)
{
    options   o = { .out = "report.html" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = write_page(&o, err);
    free(o.where.items);
    return status;
}
