/* say.h - results for people on stdout, in which words from outside are seen and do nothing.
 *
 *     kd_say("%s: %zu objects\n", folder, count);        store\x1b[2J: 2 objects
 *
 * Names and texts come from files that others made: tags, tensors, cells, paths, hosts. What of them would
 * act on a terminal, or look like a line of its own, is shown as kd_str_add_visible shows it. Line ends
 * with which the format itself begins or ends stay, so a format is one line, or a piece of one. What
 * goes to stderr goes through log.h, what goes to programs through json.h, tables through results/writer.h.
 */
#ifndef KD_BASE_SAY_H
#define KD_BASE_SAY_H

#include "harness/base/str.h"

/* As printf. */
__attribute__((format(printf, 1, 2))) void kd_say(const char *fmt, ...);

/* The same into a text that is printed later. */
__attribute__((format(printf, 2, 3))) void kd_str_say(kd_str *out, const char *fmt, ...);

#endif
