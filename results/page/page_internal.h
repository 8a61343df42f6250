/* page_internal.h - the sections of a page and the texts around them. */
#ifndef KD_PAGE_PAGE_INTERNAL_H
#define KD_PAGE_PAGE_INTERNAL_H

#include "results/page/report.h"

extern const char kd_page_style[], kd_page_script[]; /* page.css, page.js */

/* Each adds what stands below its heading, or nothing when there is nothing to say: then the heading is
 * left out too. */
void kd_section_asked(kd_str *out, const kd_report *report);
void kd_section_scores(kd_str *out, const kd_report *report);
void kd_section_tables(kd_str *out, const kd_report *report);
void kd_section_errors(kd_str *out, const kd_report *report);
void kd_section_failures(kd_str *out, const kd_report *report);
void kd_section_cells(kd_str *out, const kd_report *report);
void kd_section_provenance(kd_str *out, const kd_report *report);
void kd_section_warnings(kd_str *out, const kd_report *report);

/* Add the values of a key among the students: "16, 32", "none set" for those that have none. */
void kd_section_add_values(kd_str *out, const kd_report *report, const char *key);

#endif
