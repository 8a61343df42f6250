/* report.c - `kdgrid report`: stores as a page. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/child/stop.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "results/page/page.h"

typedef struct {
    const char     *out, *compare_with, *since;
    bool            follows;
    double          interval_s;
    kd_report_query query;
    char          **folders;
    int             folder_count;
    bool            helped;
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
    if (!(o->interval_s >= 1))
        return kd_fail(err, KD_EUSAGE, "--interval: expected at least 1 second");
    return o->since != NULL ? kd_snapshot_check_date(o->since, err) : KD_OK;
}

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        { 'o', "out", KD_ARG_TEXT, &o->out, "FILE", "where the page goes (report.html)" },
        KD_ARG_METRIC(o->query.metric, "the scores (f1); the first makes the figures; repeatable"),
        KD_ARG_WHERE(o->query.where),
        { 0, "compare-with", KD_ARG_TEXT, &o->compare_with, "OLD.html",
          "say what changed since that page" },
        { 0, "since", KD_ARG_TEXT, &o->since, "DATE",
          "say what changed since then: 2026-11-29, or with T14:30 (UTC)" },
        { 0, "follow", KD_ARG_FLAG, &o->follows, NULL,
          "write it again and again while a run goes on" },
        { 0, "interval", KD_ARG_REAL, &o->interval_s, "SECONDS", "between two of these (10)" },
        KD_ARG_END
    };
    kd_args args = {
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

/* `beside` says how the page is followed. */
static kd_status make_page(kd_str *page, const options *o, const kd_report *report,
                           kd_page_options beside, kd_error *err)
{
    bool        is_beside = o->compare_with != NULL || o->since != NULL;
    kd_snapshot before;
    kd_status   status = KD_OK;

    if (is_beside) {
        status = take_before(&before, o, report, err);
        beside.before = &before;
        beside.what = o->compare_with != NULL ? o->compare_with : o->since;
    }
    if (status == KD_OK) status = kd_page_write(page, report, &beside, err);
    if (is_beside) kd_snapshot_fini(&before);
    return status;
}

static void take_trails(kd_trails *trails, const kd_report *report)
{
    kd_trails_begin(trails);
    for (size_t i = 0; i < report->parts.count; i++)
        if (report->parts.items[i].stands) kd_trails_take(trails, &report->parts.items[i].standing);
    kd_trails_end(trails);
}

/* Look at the stores and write the page; it is one that loads itself again while a run goes on that is followed. */
static kd_status write_page(const options *o, kd_trails *trails, bool *goes_on, kd_error *err)
{
    kd_report report;
    kd_str    page = KD_STR_INIT;
    kd_status status = kd_report_open(&report, (const char *const *)o->folders,
                                      (size_t)o->folder_count, &o->query, err);

    if (!*goes_on) kd_log_warnings(report.notice.text); /* once, and not with every look */
    if (status == KD_OK) {
        kd_page_options beside = { .trails = trails };
        take_trails(trails, &report);
        *goes_on = o->follows && kd_running_goes_on(&report) && kd_stop_count() == 0;
        beside.reload_s = *goes_on ? o->interval_s : 0;
        status = make_page(&page, o, &report, beside, err);
    }
    if (status == KD_OK) status = kd_fs_write(o->out, page.text, page.length, err);
    if (status == KD_OK && !*goes_on)
        kd_log_info("%s: %zu student%s, %zu kB", o->out, report.students.count,
                    report.students.count == 1 ? "" : "s", (page.length + 999) / 1000);
    kd_str_fini(&page);
    kd_report_close(&report);
    return status;
}

/* Until the run is over, or somebody asks to stop: then once more, so that the page that stays does not wait for another. */
static kd_status follow(const options *o, kd_error *err)
{
    bool      goes_on = false;
    kd_trails trails = KD_VEC_INIT;
    kd_status status;

    if (o->follows) kd_stop_install();
    for (;;) {
        status = write_page(o, &trails, &goes_on, err);
        if (status != KD_OK || !goes_on) break;
        for (double left_s = o->interval_s; left_s > 0 && kd_stop_count() == 0; left_s -= 0.1)
            kd_sleep_s(fmin(left_s, 0.1));
    }
    kd_trails_fini(&trails);
    return status;
}

kd_status kd_cmd_report(int argc, char **argv, kd_error *err)
{
    options   o = { .out = "report.html", .interval_s = 10 };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = follow(&o, err);
    free(o.query.metric.items);
    free(o.query.where.items);
    return status;
}
