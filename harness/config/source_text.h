/* source_text.h - an experiment file as one text that libconfig takes as people mean it.
 *
 *     top.cfg:1    study = {                          1  study = {               top.cfg:1
 *     top.cfg:2    @include "part.cfg"       --->     2  # half                  part.cfg:1
 *     top.cfg:3    };                                 3  weights = (0, 0.5);     part.cfg:2
 *     part.cfg:2   weights = [0, 0.5];                4  };                      top.cfg:3
 *
 * - An included file stands in place of the directive, and every line keeps where it is from.
 * - Arrays become lists: libconfig wants all members of an array to be of one type, and 0 and 0.5 are
 *   of two. A bracket has to be closed by its like, which is seen here because it cannot be seen later.
 * - A whole number that needs more than 32 bits is refused, or with the suffix L more than 64: libconfig
 *   drops what does not fit without a word.
 * - All of it is 4 MB at most, so that files which include others many times come to an end.
 */
#ifndef KD_CONFIG_SOURCE_TEXT_H
#define KD_CONFIG_SOURCE_TEXT_H

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

typedef struct {
    const char *file;
    int         line;
} kd_source_line;

/* Open for reading. */
typedef struct {
    kd_arena *arena; /* borrowed; names of files live in it */
    kd_str    text;
    KD_VEC(kd_source_line) lines; /* one for each line of `text` */
} kd_source_text;

/* Read a file and what it includes, which is looked for beside it; or take a text that is at hand, with
 * `name` for its file ("" for none: messages then have no place). KD_ENOINPUT when the first file is absent, KD_ECONFIG with file:line otherwise.
 * kd_source_text_fini must follow also after a failure. */
kd_status kd_source_text_open(kd_source_text *out, const char *path, kd_arena *arena,
                              kd_error *err);
kd_status kd_source_text_take(kd_source_text *out, const char *text, const char *name,
                              kd_arena *arena, kd_error *err);

/* Where line `number` of the text, from 1, is from; the nearest one for a number that it has not. */
kd_source_line kd_source_text_line(const kd_source_text *text, int number);

void kd_source_text_fini(kd_source_text *text);

#endif
