/* plot.c - `kdgrid plot`: one kind of figure of stores, as a file of one of several forms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "harness/cmd/rows.h"
#include "results/fit.h"
#include "results/page/figures.h"

typedef kd_status draw_figure(kd_charts *out, const kd_report *report, kd_str *notes,
                              kd_error *err);

static const struct {
    const char  *name;
    draw_figure *draw;
    bool         is_by_score;
} figures[] = {
#define X(name, by_score, summary) { #name, kd_figure_##name, by_score },
    KD_FIGURES(X)
#undef X
};
enum { FIGURES = sizeof figures / sizeof *figures };

typedef void write_figures(kd_str *out, const kd_charts *charts);

static const struct {
    const char    *ending;
    write_figures *write;
} forms[] = {
#define X(name, write, summary) { "." #name, write },
    KD_FIGURE_FORMS(X)
#undef X
};
enum { FORMS = sizeof forms / sizeof *forms };

typedef struct {
    const char     *what, *out;
    kd_report_query query;
    char          **folders;
    int             folder_count;
    bool            helped;
} options;

static const char about[] = "Draws figures of one or several stores as one file:\n"
#define X(name, by_score, summary) "    " #name ": " summary "\n"
    KD_FIGURES(X)
#undef X
        "The file's name says its form:\n"
#define X(name, write, summary) "    ." #name ": " summary "\n"
    KD_FIGURE_FORMS(X)
#undef X
        "The parts of an SVG say on hover which cells they are made from.";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        { 'o', "out", KD_ARG_TEXT, &o->out, "FILE", "what is written: .svg .pdf .tex .csv" },
        KD_ARG_METRIC(o->query.metric, "the scores (f1), a figure of each; repeatable"),
        KD_ARG_WHERE(o->query.where),
        KD_ARG_END
    };
    kd_args args = {
        .verb = "plot", .usage = "KIND STORE... -o FILE", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if ((status = kd_args_expect(&args, 2, -1, err)) != KD_OK) return status;
    o->what = args.words[0];
    o->folders = args.words + 1;
    o->folder_count = args.count - 1;
    if (o->out == NULL) return kd_fail(err, KD_EUSAGE, "plot: -o FILE.svg says where it goes");
    return KD_OK;
}

static kd_status find_form(write_figures **out, const char *path, kd_error *err)
{
    for (int i = 0; i < FORMS; i++)
        if (kd_ends_with(path, forms[i].ending)) {
            *out = forms[i].write;
            return KD_OK;
        }
    return kd_fail(err, KD_EUSAGE,
                   "plot: -o %s: the name ends in none of .svg, .pdf, .tex and .csv", path);
}

static kd_status find_figure(draw_figure **out, const char *what, bool has_metric, kd_error *err)
{
    const char *names[FIGURES], *nearest;

    for (int i = 0; i < FIGURES; i++) {
        names[i] = figures[i].name;
        if (strcmp(what, figures[i].name) == 0) {
            *out = figures[i].draw;
            return has_metric && !figures[i].is_by_score
                       ? kd_fail(err, KD_EUSAGE,
                                 "plot: %s shows no score, so --metric says nothing", what)
                       : KD_OK;
        }
    }
    nearest = kd_nearest(what, names, FIGURES);
    return kd_fail(err, KD_EUSAGE,
                   "plot: there is no figure '%s'%s%s%s; kdgrid plot --help has all", what,
                   nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "?" : "");
}

/* What the figures say in words, or leave out, at the width of the terminal. */
static void say_lines(const char *lines)
{
    kd_str seen = KD_STR_INIT, out = KD_STR_INIT;

    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        kd_str_reset(&seen);
        kd_str_add_visible(&seen, lines, length);
        if (length > 0) kd_fit_words(&out, seen.text, seen.length, kd_rows_terminal());
        lines += length + (lines[length] != '\0');
    }
    fputs(out.text, stdout);
    kd_str_fini(&seen);
    kd_str_fini(&out);
}

/* For each score that was asked for, or for the task's. */
static kd_status draw_all(kd_charts *out, kd_report *report, draw_figure *draw, kd_str *notes,
                          kd_error *err)
{
    kd_status status = KD_OK;

    if (report->asked.count == 0) return draw(out, report, notes, err);
    for (size_t i = 0; status == KD_OK && i < report->asked.count; i++) {
        kd_report_turn_to(report, i);
        status = draw(out, report, notes, err);
    }
    return status;
}

/* With the first of the notes, which says why. */
static kd_status fail_empty(const options *o, const char *notes, kd_error *err)
{
    size_t length = strcspn(notes, "\n");

    return kd_fail(err, KD_EDATA, "%s: there is nothing to draw as %s%s%.*s", o->folders[0],
                   o->what, length > 0 ? ": " : " yet", (int)length, notes);
}

static kd_status plot(const options *o, draw_figure *draw, write_figures *write, kd_error *err)
{
    kd_report report;
    kd_charts charts = KD_VEC_INIT;
    kd_str    text = KD_STR_INIT, notes = KD_STR_INIT;
    kd_status status = kd_report_open(&report, (const char *const *)o->folders,
                                      (size_t)o->folder_count, &o->query, err);

    kd_log_warnings(report.notice.text);
    if (status == KD_OK) status = draw_all(&charts, &report, draw, &notes, err);
    if (status == KD_OK && charts.count == 0) status = fail_empty(o, notes.text, err);
    if (status == KD_OK) {
        write(&text, &charts);
        status = kd_fs_write(o->out, text.text, text.length, err);
    }
    if (status == KD_OK) say_lines(notes.text);
    kd_charts_fini(&charts);
    kd_str_fini(&notes);
    kd_str_fini(&text);
    kd_report_close(&report);
    return status;
}

kd_status kd_cmd_plot(int argc, char **argv, kd_error *err)
{
    options        o = { 0 };
    draw_figure   *draw = NULL;
    write_figures *write = NULL;
    kd_status      status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) {
        status = find_figure(&draw, o.what, o.query.metric.count > 0, err);
        if (status == KD_OK) status = find_form(&write, o.out, err);
        if (status == KD_OK) status = plot(&o, draw, write, err);
    }
    free(o.query.metric.items);
    free(o.query.where.items);
    return status;
}
