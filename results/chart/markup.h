/* markup.h - words in HTML and SVG: what they say is shown, and does nothing. */
#ifndef KD_CHART_MARKUP_H
#define KD_CHART_MARKUP_H

#include "harness/base/str.h"

/* Add a text between tags or in an attribute with double quotes: & < > " ' by their names, what is no
 * character of XML (control characters, bytes that are no UTF-8) or turns the direction of writing as
 * kd_str_add_visible shows it. A line's end stays one. */
void kd_markup_add(kd_str *out, const char *text);

/* The same on one line: line ends become blanks. */
void kd_markup_add_line(kd_str *out, const char *text);

/* "<li>words</li>", and "</tag>" for "<tag attribute...>": the words on one line. */
void kd_markup_add_element(kd_str *out, const char *tag, const char *words);

/* How wide a text is about, in pixels, in a sans-serif type of this size: rather too wide than too narrow. */
double kd_markup_width(const char *text, double size);

/* Add the text as it is, or as much of it as `width` has room for and "…". */
void kd_markup_fit(kd_str *out, const char *text, double size, double width);

#endif
