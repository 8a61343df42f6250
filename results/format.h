/* format.h - numbers as tables print them. */
#ifndef KD_RESULTS_FORMAT_H
#define KD_RESULTS_FORMAT_H

#include "harness/base/str.h"

/* How a size is cut to its decimals. Published tables need both: 47.5486 MiB is printed as
 * 47.6 (rounded to hundredths, then half up to tenths) and 46.9735 MiB as 46.9 (cut off). */
typedef enum {
    KD_ROUND_HALF_UP_2STAGE, /* half_up(half_up(x, 2), decimals) */
    KD_ROUND_TRUNC,          /* digits beyond `decimals` are dropped */
} kd_rounding;

/* A size x >= 0 with 0 to 6 decimals. */
void kd_format_size(kd_str *out, double mib, int decimals, kd_rounding rounding);

/* "half_up_2stage" and "trunc", as experiment files write them; false for another word. */
bool kd_rounding_parse(const char *word, kd_rounding *out);

/* `decimals` digits after the point; a number too small to show keeps no minus sign. */
void kd_format_real(kd_str *out, double x, int decimals);

/* The shortest decimal that reads back as x; nothing for a number that is not finite. */
void kd_format_exact(kd_str *out, double x);

/* A text as a field of CSV, quoted where it must be. A text that a spreadsheet would compute ("=1+2") has
 * an apostrophe before it, but in the raw form. */
void kd_format_csv(kd_str *out, const char *text, bool is_raw);

#endif
