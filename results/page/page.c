/* page.c - the sections in their order, each with its heading and a place in the list at the top. */
#include "results/page/page.h"

#include <math.h>
#include <string.h>

#include "harness/base/program.h"
#include "results/chart/markup.h"
#include "results/chart/svg.h"
#include "results/page/figures.h"
#include "results/page/html.h"
#include "results/page/page_internal.h"

typedef void      words_of(kd_str *out, const kd_report *report);
typedef void      words_beside(kd_str *out, const kd_report *report, const kd_page_options *options,
                               const kd_snapshot *now);
typedef kd_status figures_of(kd_charts *out, const kd_report *report, kd_str *notes, kd_error *err);

static void add_running(kd_str *out, const kd_report *report, const kd_page_options *options,
                        const kd_snapshot *now)
{
    (void)now;
    if (kd_running_goes_on(report)) kd_running_add(out, report, options->trails);
}

static void add_changes(kd_str *out, const kd_report *report, const kd_page_options *options,
                        const kd_snapshot *now)
{
    (void)report;
    if (options->before != NULL) kd_snapshot_add_changes(out, options->before, now, options->what);
}

static const struct {
    const char   *name, *heading;
    words_of     *words;
    figures_of   *figures;
    words_beside *beside; /* of the report and what it is held against */
} sections[] = {
    { "asked", "What was asked", kd_section_asked, NULL },
    { "running", "What runs now", NULL, NULL, add_running },
    { "changes", "What changed", NULL, NULL, add_changes },
    { "warnings", "Warnings", kd_section_warnings, NULL },
    { "scores", "Scores", kd_section_scores, NULL },
    { "tables", "The study's own tables", kd_section_tables, NULL },
    { "curves", "Learning curves", NULL, kd_figure_curves },
    { "tradeoff", "What it costs", NULL, kd_figure_tradeoff },
    { "differences", "Differences", NULL, kd_figure_differences },
    { "heat", "Settings and types", NULL, kd_figure_heat },
    { "errors", "What they get wrong", kd_section_errors, kd_figure_errors },
    { "time", "Where the time went", NULL, kd_figure_time },
    { "failures", "Failures", kd_section_failures, NULL },
    { "cells", "Every cell", kd_section_cells, NULL },
    { "provenance", "Provenance", kd_section_provenance, NULL },
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static kd_status write_figures(kd_str *out, const kd_report *report, figures_of *figures,
                               kd_error *err)
{
    kd_charts charts = KD_VEC_INIT;
    kd_str    notes = KD_STR_INIT;
    kd_status status = figures(&charts, report, &notes, err);

    if (status == KD_OK && charts.count > 0) {
        const char *about = charts.items[0].words.about;
        kd_str_add(out, "<p>");
        if (about != NULL) kd_markup_add(out, about);
        kd_str_add(out,
                   "<span class=\"screen\"> Point at a mark for the cells behind it.</span></p>\n");
        kd_html_figures(out, &charts);
    }
    if (status == KD_OK) kd_html_lines(out, notes.text);
    kd_charts_fini(&charts);
    kd_str_fini(&notes);
    return status;
}

static void add_links(kd_str *out, const kd_str *parts)
{
    kd_str_add(out, "<nav aria-label=\"sections\">");
    for (int i = 0; i < SECTIONS; i++)
        if (parts[i].length > 0)
            kd_str_addf(out, "<a href=\"#%s\">%s</a>", sections[i].name, sections[i].heading);
    kd_str_add(out, "</nav>\n");
}

/* The colours of figures are those of the page: light, dark as the reader has it or asks for it, and light on paper. */
static void add_style(kd_str *out)
{
    static const char *const begins[] = { ":root{",
                                          "@media(prefers-color-scheme:dark){:root:not(.light){",
                                          ":root.dark{",
                                          "@media print{:root,:root:not(.light),:root.dark{" };
    static const char *const ends[] = { "}\n", "}}\n", "}\n", "}}\n" };

    kd_str_add(out, "<style>\n");
    for (int i = 0; i < 4; i++) {
        kd_str_add(out, begins[i]);
        kd_svg_add_colours(out, i == 1 || i == 2);
        kd_str_add(out, ends[i]);
    }
    kd_str_add(out, "</style>\n<style id=\"chart-style\">\n");
    kd_svg_add_style(out);
    kd_str_add(out, "</style>\n<style>\n");
    kd_str_add(out, kd_page_style);
    kd_str_add(out, "</style>\n");
}

/* A script reloads and stays where the reader is; without one the browser begins at the top again. */
static void add_reload(kd_str *out, double reload_s)
{
    kd_str_addf(out,
                "<noscript><meta http-equiv=\"refresh\" content=\"%.0f\"/></noscript>\n"
                "<script>setTimeout(function () { location.reload(); }, %.0f);</script>\n",
                fmax(1, reload_s), 1000 * reload_s);
}

static void add_page(kd_str *out, const kd_report *report, const kd_page_options *options,
                     const kd_snapshot *now, const kd_str *parts)
{
    const char *study = kd_report_study(report);

    kd_str_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"/>\n"
                    "<title>");
    kd_markup_add(out, *study != '\0' ? study : "kdgrid report");
    kd_str_add(out, "</title>\n");
    if (options->reload_s > 0) add_reload(out, options->reload_s);
    add_style(out);
    kd_str_add(out, "</head>\n<body>\n<h1>");
    kd_markup_add(out, *study != '\0' ? study : "kdgrid report");
    kd_str_add(out, "</h1>\n");
    add_links(out, parts);
    for (int i = 0; i < SECTIONS; i++) {
        if (parts[i].length == 0) continue;
        kd_str_addf(out, "<section id=\"%s\" class=\"%s\">\n<h2>%s</h2>\n%s</section>\n",
                    sections[i].name, sections[i].name, sections[i].heading, parts[i].text);
    }
    kd_snapshot_write(out, now);
    kd_str_addf(
        out,
        "<footer>kdgrid %s</footer>\n<script>\n//<![CDATA[\n%s//]]>\n</script>\n</body>\n</html>\n",
        kd_program_version, kd_page_script);
}

kd_status kd_page_write(kd_str *out, const kd_report *report, const kd_page_options *options,
                        kd_error *err)
{
    static const kd_page_options none = { 0 };
    kd_str                       parts[SECTIONS];
    kd_snapshot                  now;
    kd_status                    status = kd_snapshot_take(&now, report, NULL, err);

    if (options == NULL) options = &none;
    for (int i = 0; i < SECTIONS; i++) kd_str_init(&parts[i]);
    for (int i = 0; status == KD_OK && i < SECTIONS; i++) {
        if (sections[i].beside != NULL) sections[i].beside(&parts[i], report, options, &now);
        if (sections[i].words != NULL) sections[i].words(&parts[i], report);
        if (sections[i].figures != NULL)
            status = write_figures(&parts[i], report, sections[i].figures, err);
    }
    if (status == KD_OK) add_page(out, report, options, &now, parts);
    for (int i = 0; i < SECTIONS; i++) kd_str_fini(&parts[i]);
    kd_snapshot_fini(&now);
    return status;
}
