/* tex_words.h - words in LaTeX, of tables and of pictures: what they say is shown, and does nothing. */
#ifndef KD_CHART_TEX_WORDS_H
#define KD_CHART_TEX_WORDS_H

#include "harness/base/str.h"

/* Add a text. What TeX would read as a command is shown, signs and Greek letters become the commands that pdfTeX has for
 * them, what would stop it its number, and an end of line a blank. A formula ("$K_{i}$") of known words stays one. */
void kd_tex_add(kd_str *out, const char *text);

#endif
