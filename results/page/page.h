/* page.h - a report as one file of HTML: no network, and everything readable with scripts off.
 *
 *     what was asked, warnings, the main table, figures (figures.h) with what they show in words,
 *     failures, every cell, provenance
 *
 * The script sorts and filters tables and changes between light and dark; it adds nothing that the page
 * does not say.
 */
#ifndef KD_PAGE_PAGE_H
#define KD_PAGE_PAGE_H

#include "results/page/report.h"

/* Add the page. KD_EDATA when the counts of an object cannot be read. */
kd_status kd_page_write(kd_str *out, const kd_report *report, kd_error *err);

#endif
