/* page.h - a report as one file of HTML: no network, and everything readable with scripts off.
 *
 *     what was asked, what runs now, what changed, warnings, the main table, the study's own, figures (figures.h) with what they show in words,
 *     failures, every cell, provenance
 *
 * It carries its own numbers (snapshot.h), so that a later page can say what changed since. The script sorts and filters tables and changes between light and dark; it adds nothing that the page
 * does not say.
 */
#ifndef KD_PAGE_PAGE_H
#define KD_PAGE_PAGE_H

#include "results/page/report.h"
#include "results/page/running.h"
#include "results/page/snapshot.h"

/* What the page is held against, and how it is followed. */
typedef struct {
    const kd_snapshot
               *before; /* of another page, or of this report at another time; NULL for nothing */
    const char *what;   /* that is, in words: "old.html" */
    const kd_trails *trails; /* of what runs, as it was seen before; or NULL */
    double
        reload_s; /* the browser loads it again after so long; 0 for a page that stays as it is */
} kd_page_options;

/* Add the page. `options` may be NULL. KD_EDATA when the counts of an object cannot be read. */
kd_status kd_page_write(kd_str *out, const kd_report *report, const kd_page_options *options,
                        kd_error *err);

#endif
