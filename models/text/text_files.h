/* text_files.h - the documents of a text, one a line: of a file, or of all texts of a folder, whatever their size.
 *
 *     PATH            a file, plain, gzip or zstd
 *     PATH/           every *.txt, *.txt.gz and *.txt.zst in it and below, in the order of their names
 *
 * A line that is empty or blank is none. UTF-8 is checked, a byte order mark and carriage returns are taken off. Memory
 * is that of a window and of the longest line.
 */
#ifndef KD_TEXT_TEXT_FILES_H
#define KD_TEXT_TEXT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/map.h"
#include "harness/base/status.h"

typedef struct kd_text_files kd_text_files;

/* Add the texts of a folder to `names`, relative to it. */
kd_status kd_text_files_list(kd_map *names, const char *folder, kd_error *err);

/* The caller owns the reader. KD_ENOINPUT when there is nothing, or a folder without texts. */
kd_status kd_text_files_open(kd_text_files **out, const char *path, kd_error *err);

/* The next document, until the one after; *more is false behind the last. KD_EDATA with "file:line: ...", and what
 * kd_stream_read says. */
kd_status kd_text_files_next(kd_text_files *files, const char **text, size_t *length, bool *more,
                             kd_error *err);

/* Where the document given last stands: its file, borrowed for as long as the document, and its line. */
const char *kd_text_files_place(const kd_text_files *files, int64_t *line);

void kd_text_files_close(kd_text_files *files); /* NULL is fine */

#endif
